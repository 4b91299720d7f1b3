//! `pc-usage` reports how the licences of a Partner Center customer are used.
//!
//! The way of the data, forward only:
//!
//! ```text
//! argv ─cli→ Cli ─config→ Config ─auth→ token ─partner_center, http→ body ─insight→ rows ─report→ bytes ─output→ stdout
//! ```
//!
//! - [`cli`] is what a person may type, [`config`] what is to be done, the only reader of the environment.
//! - [`run`] is the report from its first byte to its exit code, [`account`] is signing in, forgetting it, and what is known
//!   of it.
//! - [`fetch`] gets the answers: [`customers`] says of whom ([`input`] reads lists that are CSV), [`auth`] brings the token,
//!   [`partner_center`] knows the calls and errors of the service, [`http`] sends and retries behind one [`gate`], over
//!   connections of [`transport`], [`demo`] is a service of our own to try it on.
//! - [`insight`] and [`report`] are pure: body to rows, rows to table, CSV or JSON.
//! - [`output`] alone prints; [`signals`] alone waits; [`failure`], [`secret`], [`clean`] and [`cloud`] are words for all.
//!
//! This file is the one place where a failure becomes a message and an exit code.

mod account;
mod auth;
mod clean;
mod cli;
mod cloud;
mod config;
mod customers;
mod demo;
mod failure;
mod fetch;
mod gate;
mod http;
mod input;
mod insight;
mod output;
mod partner_center;
mod report;
mod run;
mod secret;
mod signals;
mod transport;

use std::process::ExitCode;

use clap_complete::Shell;

use crate::config::Config;
use crate::failure::{Failure, Kind};

fn main() -> ExitCode {
    let result = run().map_err(|error| {
        // Anything that is no `Failure` is a file's or the system's error, told with all its causes.
        error.downcast().unwrap_or_else(|error| Failure::new(Kind::Other, format!("{error:#}")))
    });
    let code = result.as_ref().copied().unwrap_or_else(|failure| failure.kind.exit_code());
    signals::heed();
    if let Err(failure) = result {
        output::error(&failure);
    }
    ExitCode::from(code)
}

fn run() -> anyhow::Result<u8> {
    let (cli, matches) = match config::parse(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(parsed) => parsed,
        Err(error) if error.use_stderr() => {
            output::usage_error(&error.render().to_string());
            return Ok(Kind::Usage.exit_code());
        }
        Err(help_or_version) => return print(help_or_version.render().to_string().as_bytes()),
    };
    match config::resolve(cli, &matches)? {
        Config::Report(report) => run::report(report),
        Config::Customers(report) => run::customers(report),
        Config::Login(login) => account::login(login),
        Config::Logout(store, patience) => account::logout(&store, patience),
        Config::Status(status) => account::status(&status),
        Config::Nothing(why) => {
            output::say(why);
            Ok(0)
        }
        Config::Completions(shell) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut config::command(), "pc-usage", &mut script);
            if shell == Shell::Bash {
                // clap_complete spells the state of a command in two ways where the program has a hyphen (clap #6421).
                script = String::from_utf8(script)?.replace("pc__subcmd__usage", "pc__usage").into_bytes();
            }
            print(&script)
        }
    }
}

fn print(text: &[u8]) -> anyhow::Result<u8> {
    output::print(text)?;
    Ok(0)
}
