//! Where an access token comes from, how it stays fresh, and what it says about itself.
//! It asks Partner Center nothing.

pub mod address;
pub mod claims;
pub mod given;
pub mod oauth;
pub mod session;
pub mod store;
