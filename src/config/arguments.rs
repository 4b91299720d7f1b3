//! The command line as it was typed: argv to `Cli`, and the help that goes with it.
//! It decides nothing about what was typed.

use std::ffi::OsString;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind as ClapErrorKind};
use clap::{ArgMatches, CommandFactory, FromArgMatches, ValueEnum};

use super::options::is_for;
use crate::cli::Cli;
use crate::report::format::Format;
use crate::sanitize::sanitize;

/// The command line with, for each command, only the options that act there: for help and completions.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    // Hands shared options on to the commands, where they can be hidden.
    command.build();
    let shared: Vec<_> = command.get_arguments().map(|option| option.get_id().clone()).collect();
    command.mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        if name == "help" {
            return command.about("Show this help, or the help of a command");
        }
        command.mut_args(|option| {
            if name == "status" && option.get_id() == "output" {
                let formats = STATUS_FORMATS.iter().filter_map(ValueEnum::to_possible_value);
                // Their help is about reports.
                let formats = formats.map(|format| format.help(None::<&str>));
                return option.value_parser(PossibleValuesParser::new(formats));
            }
            let id = option.get_id();
            let is_idle =
                shared.contains(id) && !["help", "version"].contains(&id.as_str()) && !is_for(id.as_str(), &name);
            option.hide(is_idle)
        })
    })
}

/// Of one record there is neither a table of rows nor a line for each.
pub const STATUS_FORMATS: [Format; 2] = [Format::Table, Format::Json];

/// What the arguments and the environment ask for, or clap's error: help and version are such "errors" too.
pub fn parse(arguments: &[OsString]) -> Result<(Cli, ArgMatches), clap::Error> {
    if let Some(by) = lone_summary(arguments) {
        let how = format!("`--summary {by}` would look for a customer `{by}`; write `--summary={by}`");
        return Err(Cli::command().error(ClapErrorKind::ValueValidation, how));
    }
    let mut quick = Cli::command();
    let is_typed = |name: &str| arguments.iter().any(|argument| argument == name);
    if !quick.get_subcommands().any(|command| is_typed(command.get_name())) {
        // Shared options would be copied into each command: a quarter of all instructions of a start (`cargo bench`, start-up).
        quick = quick.mut_args(|option| option.global(false));
    }
    let matches = match quick.try_get_matches_from(arguments) {
        // Once more, for the help of a command without the options that it has no use for.
        Err(error) if error.kind() == ClapErrorKind::DisplayHelp => command().try_get_matches_from(arguments)?,
        Err(version) if !version.use_stderr() => return Err(version),
        Err(error) => {
            // It repeats what was typed: once more, with all that could steer a terminal shown as its code point.
            let cleaned = arguments.iter().map(|argument| sanitize(&argument.to_string_lossy()).into_owned());
            let cleaned = Cli::command().try_get_matches_from(cleaned).err().filter(clap::Error::use_stderr);
            return Err(with_format_tip(cleaned.unwrap_or(error)));
        }
        Ok(matches) => matches,
    };
    let cli = Cli::from_arg_matches(&matches)?;
    let names_source = !cli.customers_typed.is_empty() || cli.customers.is_some() || cli.input.is_some() || cli.all;
    if cli.command.is_none() && !names_source && !cli.demo {
        let how = "no customer given; `pc-usage --demo` shows a report on built-in sample data";
        return Err(Cli::command().error(ClapErrorKind::MissingRequiredArgument, how));
    }
    Ok((cli, matches))
}

/// What stands behind a `--summary` that needs a `=` in between.
fn lone_summary(arguments: &[OsString]) -> Option<&'static str> {
    let options = arguments.iter().take_while(|argument| *argument != "--");
    let (before, behind) = (options.clone(), options.skip(1));
    let word = before.zip(behind).find(|(option, _)| *option == "--summary").map(|(_, word)| word)?;
    ["product", "customer"].into_iter().find(|by| word == by)
}

/// `--json` is no option: the tip is the one that chooses the format, not clap's, which would make a customer of it.
fn with_format_tip(mut error: clap::Error) -> clap::Error {
    let format = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(typed)) if error.kind() == ClapErrorKind::UnknownArgument => {
            typed.strip_prefix("--").filter(|name| Format::from_str(name, false).is_ok()).map(str::to_owned)
        }
        _ => None,
    };
    if let Some(format) = format {
        error.remove(ContextKind::SuggestedArg);
        let tip = format!("use '-o {format}'").into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
}
