//! Where an access token comes from, how it is renewed, and what it says about itself.
//! It makes no call to Partner Center.

pub mod address;
pub mod claims;
pub mod given;
pub mod oauth;
pub mod protection;
pub mod session;
pub mod sign_in;
pub mod store;
