//! `pc-usage` reports how the licences of a Partner Center customer are used.
//!
//! The way of the data, forward only:
//!
//! ```text
//! argv ─cli→ Cli ─config→ Config ─auth→ token ─partner_center, http→ body ─insight→ rows ─report→ bytes ─output→ stdout
//! ```
//!
//! - [`cli`] is what a person may type, [`config`] what is to be done, the only reader of the environment.
//! - [`fetch`] gets the body of an answer: [`auth`] brings the token, [`partner_center`] knows the calls and errors of the
//!   service, [`http`] sends and retries, [`demo`] is a service of our own to try it on.
//! - [`account`] is signing in, forgetting it, and what is known of it.
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
mod demo;
mod failure;
mod fetch;
mod http;
mod insight;
mod output;
mod partner_center;
mod report;
mod secret;
mod signals;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

use crate::cli::Format;
use crate::config::{Config, Report};
use crate::failure::{Failure, Kind};
use crate::output::{Destination, Written};
use crate::report::table::{self, View};
use crate::report::{csv, json};

/// The exit code of a report without rows, where that is to be a failure.
const NO_ROWS: u8 = 11;

fn main() -> ExitCode {
    let code = run().unwrap_or_else(|error| {
        // Anything that is no `Failure` is a file's or the system's error, told with all its causes.
        let failure = error.downcast().unwrap_or_else(|error| Failure::new(Kind::Other, format!("{error:#}")));
        output::error(&failure);
        failure.kind.exit_code()
    });
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
        Config::Report(report) => run_report(report),
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
            print(&script)
        }
    }
}

fn print(text: &[u8]) -> anyhow::Result<u8> {
    Destination::Stdout.write(text)?;
    Ok(0)
}

fn run_report(report: Report) -> anyhow::Result<u8> {
    let Report { source, customer, .. } = report;
    let id = customer.map(|id| id.to_string());
    let destination = Arc::new(Mutex::new(Some(Destination::open(report.out_file.as_deref())?)));
    end_on_signal(Arc::clone(&destination))?;
    let answer = fetch::answer(source, customer);
    // From here on a signal waits until what is being written is whole.
    let mut destination = take(&destination).context("ending on a signal")?;
    let answer = answer?;

    let not_understood = |failure: Failure| Failure { ids: answer.ids.clone(), ..failure.during(&answer.what) };
    let body = insight::body_text(&answer.body).map_err(not_understood)?;
    let rows = insight::rows(body, id.as_deref()).map_err(not_understood)?;
    let bytes = match report.format {
        Format::Table => table::render(&rows, View { customer: id.as_deref(), ..report.view }).into_bytes(),
        Format::Csv => csv::render(&rows, report.csv)?,
        Format::Json => json::body(body),
        Format::Jsonl => json::lines(&rows)?,
    };
    if destination.write(&bytes)? == Written::PipeClosed {
        return Ok(0);
    }
    if rows.is_empty() {
        let subject = id.as_ref().map_or_else(|| answer.what.clone(), |id| format!("customer {id}"));
        output::warning(&format!("{subject} has no licence usage rows; that is not the same as no usage"));
    }
    if let Some(signal) = signals::caught() {
        return Err(signal.into());
    }
    destination.finish()?;
    Ok(if rows.is_empty() && report.fail_on_empty { NO_ROWS } else { 0 })
}

/// While the answer is awaited, nothing is being written: a signal removes the temporary file and ends the process.
fn end_on_signal(destination: Arc<Mutex<Option<Destination>>>) -> anyhow::Result<()> {
    signals::watch(move |signal| {
        // Locked until the end, so that the report cannot begin meanwhile.
        let mut destination = destination.lock().unwrap_or_else(PoisonError::into_inner);
        if destination.take().is_some() {
            output::error(&signal);
            std::process::exit(signal.kind.exit_code().into());
        }
    })
    .context("setting up signal handling")
}

fn take(destination: &Mutex<Option<Destination>>) -> Option<Destination> {
    destination.lock().unwrap_or_else(PoisonError::into_inner).take()
}
