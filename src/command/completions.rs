//! Completion on the command line: the script for a shell, and the candidates that the script asks the program for.
//! The scripts know nothing of the options, and this reads no files' names, which is left to the shells.
//!
//! clap's scripts, which hold all options, are not used: zsh's offers no commands before a list of customers and runs value
//! names, fish's offers files for any value, and none knows `a,b:desc`.

use std::ffi::{OsStr, OsString};

use clap::Arg;
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use crate::config;
use crate::report::shape::{Field, Scope, Shape};

/// What a shell has to run, once.
pub fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Zsh => include_str!("../../completions/_pc-usage"),
        Shell::Fish => include_str!("../../completions/pc-usage.fish"),
        Shell::PowerShell => include_str!("../../completions/_pc-usage.ps1"),
        Shell::Elvish => include_str!("../../completions/pc-usage.elv"),
        // clap counts on more shells to come.
        _ => include_str!("../../completions/pc-usage.bash"),
    }
}

/// Marks the one candidate that stands for all files.
const FILES: &str = "files";

/// What the last of these words may become: a candidate a line, with its help after a tab. An empty line stands for the
/// names of files.
///
/// # Errors
/// None that a shell could do something about.
pub fn candidates(words: &[OsString]) -> anyhow::Result<String> {
    let mut words = words.to_vec();
    let is_empty = words.last_mut().is_some_and(|last| {
        // Some shells hand over a quote that is still open.
        if let Some(text) = last.to_str() {
            *last = text.trim_start_matches(['"', '\'']).into();
        }
        last.is_empty()
    });
    let mut command = config::command().mut_args(|option| complete_value(option, Scope::Report(Shape::Rows)));
    for name in command.get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>() {
        command =
            command.mut_subcommand(name, |command| command.mut_args(|option| complete_value(option, Scope::Customers)));
    }
    let last = words.len().saturating_sub(1);
    let mut candidates = complete(&mut command, words, last, None)?;
    let is_option = |candidate: &CompletionCandidate| candidate.get_value().as_encoded_bytes().starts_with(b"-");
    // Options are many: they wait for a `-` where there is something else to offer.
    if is_empty && !candidates.iter().all(is_option) {
        candidates.retain(|candidate| !is_option(candidate));
    }
    Ok(candidates.iter().map(line).collect())
}

fn line(candidate: &CompletionCandidate) -> String {
    let value = candidate.get_value().to_string_lossy();
    if candidate.get_id().is_some_and(|id| id == FILES) {
        return "\n".to_owned();
    }
    // It begins with what was typed.
    if value.contains(char::is_control) {
        return String::new();
    }
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    match help.lines().next() {
        Some(help) => format!("{value}\t{help}\n"),
        None => format!("{value}\n"),
    }
}

/// Says how an option's value is completed, where clap does not know it; `scope` has the fields that may be named.
fn complete_value(option: Arg, scope: Scope) -> Arg {
    // By their names, so that an option with such a value needs nothing else.
    let value_names = option.get_value_names().unwrap_or_default();
    let is_file = value_names.iter().any(|name| name == "FILE");
    match option.get_id().as_str() {
        _ if is_file => option
            .add(ArgValueCompleter::new(|_: &OsStr| vec![CompletionCandidate::new("").id(Some(FILES.to_owned()))])),
        "columns" => option.add(ArgValueCompleter::new(move |typed: &OsStr| fields(typed, scope, &[","], &[]))),
        "sort" => {
            option.add(ArgValueCompleter::new(move |typed: &OsStr| fields(typed, scope, &[","], &[":desc", ":asc"])))
        }
        "where" | "fail_if" => {
            option.add(ArgValueCompleter::new(move |typed: &OsStr| fields(typed, scope, &[" and ", " or "], &[])))
        }
        _ => option,
    }
}

/// The fields that what follows the last of the separators may become, and those with an ending once it has begun.
fn fields(typed: &OsStr, scope: Scope, separators: &[&str], endings: &[&str]) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let ends = separators.iter().filter_map(|separator| Some(typed.rfind(separator)? + separator.len()));
    let (before, begun) = typed.split_at(ends.max().unwrap_or(0));
    let endings = if begun.is_empty() { &[] } else { endings };
    let mut candidates = Vec::new();
    for Field(column) in scope.known() {
        let short = scope.short(column);
        let full = short.map(|_| column.name.into());
        for (name, help) in [(Some(column.name), None), (short, full)] {
            let Some(name) = name else { continue };
            for ending in [""].iter().chain(endings) {
                let value = format!("{name}{ending}");
                if value.starts_with(begun) {
                    candidates.push(CompletionCandidate::new(format!("{before}{value}")).help(help.clone()));
                }
            }
        }
    }
    candidates
}
