//! `pc-usage` reports how the licences of a Partner Center customer are used.
//!
//! Data flows one way only:
//!
//! ```text
//! argv ─cli→ Cli ─config→ Config ─auth→ token ─partner_center, http→ body ─insight→ rows ─report→ bytes ─output→ stdout
//! ```
//!
//! - [`cli`] is what a person may type. [`config`] decides what to do before anything is sent. Only it reads the
//!   environment; `config::options` says which options go together.
//! - [`command`] does it: the report on customers, the list of them, sign-in, sign-out, sign-in status, completion.
//! - [`fetch`] gets answers: saved ones, or many in parallel, kept in order.
//! - [`partner_center`] knows the calls: the list of customers, the usage and deployment endpoints and their successors, what
//!   errors mean.
//! - [`auth`] supplies the token, and `auth::session` renews it; [`http`] sends, retries, and holds back every call while the
//!   service is throttling (`http::gate`).
//! - [`insight`] is a row as served, with exact figures, idle seats among them. [`report`] derives, filters, sorts and sums
//!   rows, adds what files say of them (`report::additions`: an earlier answer, prices, exceptions), and writes them in a
//!   format, each in its own file: `report::table`, `report::csv`, `report::json`, `report::jsonl`, `report::markdown`,
//!   `report::html`, `report::xlsx`. Both are pure, but for the temporary files of a workbook.
//! - [`output`] alone prints and writes files, [`input`] reads them, [`signals`] ends a run early, [`demo`] is a service of our
//!   own to try it on.
//! - [`failure`] has the kinds of errors, the outcomes of a run, and every exit code; [`sanitize`] makes text from outside
//!   harmless; [`secret`] is never shown; [`cloud`] names Microsoft's clouds and endpoints.
//!
//! This file is the one place where a failure becomes a message.

mod auth;
mod cli;
mod cloud;
mod command;
mod config;
mod demo;
mod failure;
mod fetch;
mod http;
mod input;
mod insight;
mod output;
mod partner_center;
mod report;
mod sanitize;
mod secret;
mod signals;

use std::process::ExitCode;

use crate::failure::{ErrorKind, Failure, Outcome};

fn main() -> ExitCode {
    let result = run().map_err(Failure::of);
    let outcome = result.as_ref().copied().unwrap_or_else(|failure| Outcome::Failed(failure.kind));
    signals::heed();
    if let Err(failure) = result {
        output::error(&failure);
    }
    ExitCode::from(outcome.exit_code())
}

fn run() -> anyhow::Result<Outcome> {
    let (cli, matches) = match config::parse(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(parsed) => parsed,
        Err(error) if error.use_stderr() => {
            output::usage_error(&error.render().to_string());
            return Ok(Outcome::Failed(ErrorKind::Usage));
        }
        Err(help_or_version) => {
            output::print(help_or_version.render().to_string().as_bytes())?;
            return Ok(Outcome::Done);
        }
    };
    command::run(config::resolve(cli, &matches)?)
}
