//! Partner Center's REST API: its calls, and what its errors mean.
//! It renders nothing and does not read the environment.

pub mod client;
pub mod commercial;
pub mod customers;
pub mod deployment;
pub mod envelope;
pub mod error;
mod said;
pub mod usage;
