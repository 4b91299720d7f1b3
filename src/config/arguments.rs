//! Parses the command line: argv to `Cli`, and the help that goes with it.
//! It does not decide what the options mean together.

use std::ffi::OsString;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind as ClapErrorKind};
use clap::{ArgMatches, CommandFactory, FromArgMatches, ValueEnum};

use super::options::{formats, is_for};
use crate::cli::Cli;
use crate::report::format::Format;
use crate::sanitize::sanitize;

/// The command line for help and completions: each command shows only the options that work with it.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    // Copies shared options to the commands, where they can be hidden.
    command.build();
    let shared: Vec<_> = command.get_arguments().map(|option| option.get_id().clone()).collect();
    command.mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        if name == "help" {
            return command.about("Show this help, or the help of a command");
        }
        command.mut_args(|option| {
            if option.get_id() == "output" && is_for("output", &name) {
                let formats = formats(&name).iter().filter_map(ValueEnum::to_possible_value);
                // Their help is about rows, which a status has none of.
                let formats = formats.map(|format| if name == "status" { format.help(None::<&str>) } else { format });
                return option.value_parser(PossibleValuesParser::new(formats));
            }
            let id = option.get_id();
            let is_idle =
                shared.contains(id) && !["help", "version"].contains(&id.as_str()) && !is_for(id.as_str(), &name);
            option.hide(is_idle)
        })
    })
}

/// Parses the arguments, or returns clap's error; help and version are such "errors" too.
pub fn parse(arguments: &[OsString]) -> Result<(Cli, ArgMatches), clap::Error> {
    if let Some(by) = lone_summary(arguments) {
        let how = format!("`--summary {by}` would look for a customer `{by}`; write `--summary={by}`");
        return Err(Cli::command().error(ClapErrorKind::ValueValidation, how));
    }
    let mut quick = Cli::command();
    let is_typed = |name: &str| arguments.iter().any(|argument| argument == name);
    if !quick.get_subcommands().any(|command| is_typed(command.get_name())) {
        // Copying shared options into each command would take a quarter of the instructions at start-up (`cargo bench`).
        quick = quick.mut_args(|option| option.global(false));
    }
    let matches = match quick.try_get_matches_from(arguments) {
        // Parse again for help, which hides the options that do not work with the command.
        Err(error) if error.kind() == ClapErrorKind::DisplayHelp => command().try_get_matches_from(arguments)?,
        Err(version) if !version.use_stderr() => return Err(version),
        Err(error) => {
            // The error repeats what was typed: parse again with control and invisible characters shown as code points.
            let cleaned = arguments.iter().map(|argument| sanitize(&argument.to_string_lossy()).into_owned());
            let cleaned = Cli::command().try_get_matches_from(cleaned).err().filter(clap::Error::use_stderr);
            return Err(with_format_tip(cleaned.unwrap_or(error)));
        }
        Ok(matches) => matches,
    };
    let cli = Cli::from_arg_matches(&matches)?;
    // clap would drop those before the command's name where there are some behind it.
    let is_out_file =
        |argument: &&OsString| argument.as_encoded_bytes().split(|byte| *byte == b'=').next() == Some(b"--out-file");
    let out_files = arguments.iter().take_while(|argument| *argument != "--").filter(is_out_file).count();
    if let Some(command) = matches.subcommand_name().filter(|_| (1..out_files).contains(&cli.out_file.len())) {
        let how = format!("--out-file stands before and behind `{command}`; put all of them behind it");
        return Err(Cli::command().error(ClapErrorKind::ArgumentConflict, how));
    }
    let names_source = !cli.customers_typed.is_empty() || cli.customers.is_some() || cli.input.is_some() || cli.all;
    if cli.command.is_none() && !names_source && !cli.demo {
        let how = "no customer given; `pc-usage --demo` shows a report on built-in sample data";
        return Err(Cli::command().error(ClapErrorKind::MissingRequiredArgument, how));
    }
    Ok((cli, matches))
}

/// The word after `--summary`, if a `=` is missing between them.
fn lone_summary(arguments: &[OsString]) -> Option<&'static str> {
    let options = arguments.iter().take_while(|argument| *argument != "--");
    let (before, behind) = (options.clone(), options.skip(1));
    let word = before.zip(behind).find(|(option, _)| *option == "--summary").map(|(_, word)| word)?;
    ["product", "customer"].into_iter().find(|by| word == by)
}

/// For `--json`, suggests `-o json` instead of clap's tip, which would make it a customer.
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
