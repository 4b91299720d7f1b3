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

use std::mem;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use clap_complete::Shell;

use crate::cli::Format;
use crate::config::{Config, Report};
use crate::failure::{Failure, Kind};
use crate::output::{Destination, Target, Written};
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
            if shell == Shell::Bash {
                // clap_complete spells the state of a command in two ways where the program has a hyphen (clap #6421).
                script = String::from_utf8(script)?.replace("pc__subcmd__usage", "pc__usage").into_bytes();
            }
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
    let phase = Arc::new(Mutex::new(Phase::Opening));
    end_on_signal(Arc::clone(&phase))?;
    open(&phase, report.out_file.as_deref())?;
    let answer = fetch::answer(source, customer);
    // From here on a signal waits until what is being written is whole.
    let Phase::Waiting(mut destination) = mem::replace(&mut *lock(&phase), Phase::Writing) else {
        return Err(signals::caught().unwrap_or_else(|| Failure::new(Kind::Other, "internal: no destination")).into());
    };
    let answer = answer.map_err(|error| signals::caught().map_or(error, Into::into))?;

    let not_understood =
        |failure: Failure| Failure { ids: answer.ids.clone(), ..failure.during(&answer.what).hint(answer.hint) };
    let body = insight::body_text(&answer.body).map_err(not_understood)?;
    let rows = insight::rows(body, id.as_deref()).map_err(not_understood)?;
    let bytes = match report.format {
        Format::Table => table::render(&rows, View { customer: id.as_deref(), ..report.view }).into_bytes(),
        Format::Csv => csv::render(&rows, report.csv)?,
        Format::Json => json::body(body),
        Format::Jsonl => json::lines(&rows)?,
    };
    let written = destination.write(&bytes)?;
    if let Some(signal) = signals::caught() {
        return Err(signal.into());
    }
    if written == Written::PipeClosed {
        return Ok(0);
    }
    if rows.is_empty() {
        let subject = id.as_ref().map_or_else(|| answer.what.clone(), |id| format!("customer {id}"));
        output::warning(&format!("{subject} has no licence usage rows; that is not the same as no usage"));
    }
    destination.finish()?;
    Ok(if rows.is_empty() && report.fail_on_empty { NO_ROWS } else { 0 })
}

/// How far a report is, for whoever has to end it.
enum Phase {
    /// The reader of a FIFO may be waited for.
    Opening,
    /// For the answer: nothing is written yet.
    Waiting(Destination),
    Writing,
}

/// Until the report is written, a signal removes the temporary file and ends the process.
fn end_on_signal(phase: Arc<Mutex<Phase>>) -> anyhow::Result<()> {
    signals::watch(move |signal| {
        // Locked until the end, so that the report cannot begin meanwhile.
        let mut phase = lock(&phase);
        if matches!(*phase, Phase::Writing) {
            return;
        }
        *phase = Phase::Writing;
        output::error(&signal);
        std::process::exit(signal.kind.exit_code().into());
    })
    .context("setting up signal handling")
}

fn open(phase: &Mutex<Phase>, out_file: Option<&Path>) -> anyhow::Result<()> {
    let target = Target::of(out_file)?;
    if target.may_wait() {
        let destination = target.open()?;
        *lock(phase) = Phase::Waiting(destination);
    } else {
        // Under the lock, so that no signal finds a temporary file that nobody removes.
        let mut phase = lock(phase);
        *phase = Phase::Waiting(target.open()?);
    }
    Ok(())
}

fn lock(phase: &Mutex<Phase>) -> MutexGuard<'_, Phase> {
    phase.lock().unwrap_or_else(PoisonError::into_inner)
}
