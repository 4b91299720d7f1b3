//! The commands: each is one function from its part of the configuration to an outcome.
//! They do not repeat decisions of `config`, and turn no failure into a message.

pub mod completions;
pub mod customers;
pub mod login;
pub mod report;
pub mod status;
mod tally;
