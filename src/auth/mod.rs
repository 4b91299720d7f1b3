//! Where an access token comes from, and what it says about itself.
//! It asks Partner Center nothing.

pub mod claims;
pub mod given;
