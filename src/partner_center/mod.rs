//! Partner Center's REST API: its calls, and what its errors mean.
//! It renders nothing and reads no environment.

pub mod client;
pub mod customers;
pub mod error;
mod said;
pub mod usage;
