//! Shell completion: the script for a shell, and the candidates that the script asks this program for. The scripts know no
//! options, and this lists no file names: the shells do.
//!
//! clap's static scripts are not used: in zsh they offer no commands before a list of customers and run value names, in
//! fish they offer files for any value, and none completes `a,b:desc`.

use std::ffi::{OsStr, OsString};

use clap::Arg;
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use crate::config;
use crate::report::shape::{Field, Scope, Shape};

/// The script that a shell has to load.
pub fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Zsh => include_str!("../../completions/_pc-usage"),
        Shell::Fish => include_str!("../../completions/pc-usage.fish"),
        Shell::PowerShell => include_str!("../../completions/_pc-usage.ps1"),
        Shell::Elvish => include_str!("../../completions/pc-usage.elv"),
        // clap may add more shells.
        _ => include_str!("../../completions/pc-usage.bash"),
    }
}

/// Marks the candidate that stands for all files.
const FILES: &str = "files";

/// Completions of the last word: one candidate per line, with its help after a tab. An empty line stands for file names.
///
/// # Errors
/// None that a shell could do anything about.
pub fn candidates(words: &[OsString]) -> anyhow::Result<String> {
    let mut words = words.to_vec();
    let is_empty = words.last_mut().is_some_and(|last| {
        // Some shells pass on a quote that is still open.
        if let Some(text) = last.to_str() {
            *last = text.trim_start_matches(['"', '\'']).into();
        }
        last.is_empty()
    });
    let mut command = config::command().mut_args(|option| complete_value(option, Scope::Report(Shape::Rows.into())));
    for name in command.get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>() {
        command =
            command.mut_subcommand(name, |command| command.mut_args(|option| complete_value(option, Scope::Customers)));
    }
    let last = words.len().saturating_sub(1);
    let before = words.get(last.wrapping_sub(1)).and_then(|word| word.to_str()?.strip_prefix("--").map(str::to_owned));
    let only_with_equals = command
        .get_arguments()
        .find(|option| option.is_require_equals_set() && before.is_some() && option.get_long() == before.as_deref())
        .map(|option| option.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect());
    let only_with_equals: Vec<String> = only_with_equals.unwrap_or_default();
    let mut candidates = complete(&mut command, words, last, None)?;
    // clap offers the values of `--summary=` behind a blank too, where they would be customers.
    candidates.retain(|candidate| !only_with_equals.iter().any(|value| candidate.get_value() == value.as_str()));
    let is_option = |candidate: &CompletionCandidate| candidate.get_value().as_encoded_bytes().starts_with(b"-");
    // There are many options: if there is anything else to offer, they are only shown after a `-`.
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
    // It begins with what was typed, which may be anything.
    if value.contains(char::is_control) {
        return String::new();
    }
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    match help.lines().next() {
        Some(help) => format!("{value}\t{help}\n"),
        None => format!("{value}\n"),
    }
}

/// Tells clap how to complete an option's value, where it does not know; `scope` has the fields that may be named.
fn complete_value(option: Arg, scope: Scope) -> Arg {
    // By value name, so that new options with a FILE need no further code.
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

/// Completes the field after the last separator; the endings are offered once a field has been started.
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
