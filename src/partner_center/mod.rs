//! Partner Center's REST API: its calls, and what its errors mean.
//! It renders nothing and reads no environment.

mod client;
mod error;

pub use client::Client;
pub use error::NOT_THE_SERVICE;
