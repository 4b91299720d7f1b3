//! Where reports go and in which format each is: by `-o`, by the endings of the files, or by the environment. It writes
//! nothing, and looks at a file only to see what it is.

use std::path::Path;

use super::environment::choice;
use super::options::{Conflict, Output, REPORT, formats};
use crate::cli::Cli;
use crate::failure::Failure;
use crate::output;
use crate::report::format::Format;
use crate::report::wording::listed;
use crate::sanitize::sanitize_cut;

/// The reports of a command.
///
/// # Errors
/// `Usage` if a format cannot be told from a file's name, the command lacks it, or it cannot go where it should.
pub fn outputs(cli: &Cli, command: &str) -> Result<Vec<Output>, Failure> {
    let fits = formats(command);
    let files = &cli.out_file[..];
    let outputs = match (cli.output, files) {
        (Some(_), [_, _, ..]) => return Err(Conflict::OneFormat.into()),
        (Some(format), _) if fits.contains(&format) => {
            vec![Output { file: files.first().cloned(), format, origin: "" }]
        }
        (Some(_), _) => return Err(Conflict::Lacks { command: command.to_owned(), fits }.into()),
        (None, []) => vec![of_environment(None, fits)?],
        (None, files) => files.iter().map(|file| of_file(file, command, fits)).collect::<Result<_, _>>()?,
    };
    for Output { file, format, origin } in &outputs {
        if *format == Format::Xlsx && output::is_terminal_at(file.as_deref()) {
            let message = format!("a workbook{origin} cannot be shown in a terminal");
            return Err(Failure::usage(message).hint("write it to a file: --out-file usage.xlsx"));
        }
    }
    Ok(outputs)
}

/// The format that the file's ending stands for.
fn of_file(file: &Path, command: &str, fits: &[Format]) -> Result<Output, Failure> {
    let ending = file.extension().filter(|ending| !ending.is_empty() && file.as_os_str() != "-");
    let Some(ending) = ending.filter(|_| !output::is_special(file)) else {
        return of_environment(Some(file), fits);
    };
    let named = || format!("--out-file {}", sanitize_cut(&file.display().to_string(), 100));
    let known = Format::ENDINGS.iter().filter(|(_, format)| fits.contains(format));
    let known: Vec<_> = known.map(|(ending, _)| format!(".{ending}")).collect();
    let known = listed(&known.iter().map(String::as_str).collect::<Vec<_>>(), "and");
    match Format::ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)) {
        Some((_, format)) if fits.contains(format) => {
            Ok(Output { file: Some(file.to_owned()), format: *format, origin: "" })
        }
        Some((_, format)) => {
            let of = if command == REPORT { "a report".to_owned() } else { format!("`{command}`") };
            let message = format!("{}: {of} does not come as {}", named(), format.name());
            Err(Failure::usage(message).hint(format!("the endings are {known}; -o chooses a format for any other")))
        }
        None => {
            let message = format!("{}: this ending does not say a format; choose one with -o", named());
            Err(Failure::usage(message).hint(format!("the endings that do are {known}")))
        }
    }
}

/// What has no ending takes the variable's format. The variable is for all commands: a format that this one lacks is
/// ignored.
fn of_environment(file: Option<&Path>, fits: &[Format]) -> Result<Output, Failure> {
    let chosen = choice("PC_USAGE_OUTPUT")?.filter(|format| fits.contains(format));
    let (format, origin) = chosen.map_or((Format::Table, ""), |format| (format, " (PC_USAGE_OUTPUT)"));
    Ok(Output { file: file.map(Path::to_owned), format, origin })
}
