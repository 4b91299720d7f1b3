//! The commands: each is one function from its part of the configuration to an outcome.
//! They do not repeat decisions of `config`, and turn no failure into a message.

pub mod completions;
pub mod customers;
mod files;
pub mod login;
pub mod report;
pub mod status;
mod tally;

use crate::config::Config;
use crate::failure::Outcome;
use crate::output;

/// Does what was decided.
///
/// # Errors
/// Whatever ends the run.
pub fn run(config: Config) -> anyhow::Result<Outcome> {
    match config {
        Config::Report(report) => report::report(report),
        Config::Customers(customers) => customers::customers(customers),
        Config::Login(login) => login::login(login),
        Config::Logout(store, patience) => login::logout(&store, patience),
        Config::Status(status) => status::status(&status),
        Config::Nothing(why) => {
            output::say(why);
            Ok(Outcome::Done)
        }
        Config::Completions(shell, words) => {
            match &words[..] {
                [] => output::print(completions::script(shell).as_bytes())?,
                words => output::print(completions::candidates(words)?.as_bytes())?,
            }
            Ok(Outcome::Done)
        }
    }
}
