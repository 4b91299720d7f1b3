//! What each option needs to work: which commands, which formats, and where the answers come from. A table read by one
//! check, and the messages for options that cannot work. It parses nothing.

use std::fmt;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::report::format::Format;
use crate::report::wording::listed;

/// What an option needs. Its id is the one in `cli`.
struct Needs {
    id: &'static str,
    commands: &'static [&'static str],
    formats: &'static [Format],
    source: NeededSource,
}

/// Where the answers must come from for an option to work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NeededSource {
    Any,
    /// A request is sent, even if only to the sample service.
    Service,
    /// A request is sent to a real account.
    Account,
}

/// The report, which has no name of its own on the command line.
pub const REPORT: &str = "";

const LISTS: &[&str] = &[REPORT, "customers"];
const SHOWS: &[&str] = &[REPORT, "customers", "status"];
const SENDS: &[&str] = &[REPORT, "customers", "login"];
const ADDRESSES: &[&str] = &[REPORT, "customers", "login", "status"];
const STORED: &[&str] = &[REPORT, "customers", "login", "logout", "status"];

const EVERY: &[Format] = Format::EVERY;
const OF_ROWS: &[Format] = Format::OF_ROWS;

/// Every option of the program.
const OPTIONS: &[Needs] = &[
    any("customers_typed", &[REPORT]),
    any("customers", &[REPORT]),
    any("all", &[REPORT]),
    any("input", &[REPORT]),
    any("demo", STORED),
    any("output", SHOWS),
    any("out_file", SHOWS),
    of("excel", LISTS, &[Format::Csv]),
    of("delimiter", LISTS, &[Format::Csv]),
    of("no_header", LISTS, &[Format::Csv, Format::Table]),
    of("raw_text", LISTS, &[Format::Csv]),
    of("color", LISTS, &[Format::Table]),
    of("where", LISTS, OF_ROWS),
    of("sort", LISTS, OF_ROWS),
    of("columns", LISTS, OF_ROWS),
    of("summary", &[REPORT], OF_ROWS),
    Needs { source: NeededSource::Service, ..of("deployment", &[REPORT], OF_ROWS) },
    of("compare", &[REPORT], OF_ROWS),
    of("prices", &[REPORT], OF_ROWS),
    any("exceptions", &[REPORT]),
    any("fail_if", &[REPORT]),
    any("fail_on_empty", &[REPORT]),
    to("token_file", SHOWS, NeededSource::Account),
    to("profile", STORED, NeededSource::Account),
    to("cloud", ADDRESSES, NeededSource::Account),
    to("base_url", ADDRESSES, NeededSource::Account),
    to("authority", ADDRESSES, NeededSource::Account),
    to("endpoint", &[REPORT], NeededSource::Service),
    to("locale", LISTS, NeededSource::Service),
    to("retries", SENDS, NeededSource::Service),
    to("jobs", &[REPORT], NeededSource::Service),
    to("timeout", SENDS, NeededSource::Service),
    to("max_wait", &[REPORT, "customers", "login", "logout"], NeededSource::Service),
    any("verbose", STORED),
    any("quiet", STORED),
    any("tenant_id", &["login"]),
    any("client_id", &["login"]),
    any("client_secret_file", &["login"]),
    any("refresh_token_file", &["login"]),
    any("shell", &["completions"]),
    any("words", &["completions"]),
];

const fn any(id: &'static str, commands: &'static [&'static str]) -> Needs {
    Needs { id, commands, formats: EVERY, source: NeededSource::Any }
}

const fn of(id: &'static str, commands: &'static [&'static str], formats: &'static [Format]) -> Needs {
    Needs { id, commands, formats, source: NeededSource::Any }
}

const fn to(id: &'static str, commands: &'static [&'static str], source: NeededSource) -> Needs {
    Needs { id, commands, formats: EVERY, source }
}

/// A report to write.
#[derive(Clone)]
pub struct Output {
    /// `None` and `-` are standard output.
    pub file: Option<PathBuf>,
    pub format: Format,
    /// Names the variable that chose the format, or is empty.
    pub origin: &'static str,
}

impl Output {
    pub fn is_to_stdout(&self) -> bool {
        self.file.as_deref().is_none_or(|path| path.as_os_str() == "-")
    }
}

/// Where the answers of a run come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Saved,
    Demo,
    Account,
}

/// Why options cannot be used together. An option is shown as typed.
#[derive(Debug, PartialEq)]
pub enum Conflict {
    /// The command does not take it.
    Command { option: String, command: String },
    /// It does not work with the format; `origin` names the variable that chose the format, or is empty.
    Format { option: String, formats: Vec<Format>, origin: &'static str, fits: Vec<Format> },
    /// The command lacks the format.
    Lacks { command: String, fits: &'static [Format] },
    /// Several files, whose endings say the format, and one format for all.
    OneFormat,
    /// A file given twice, of which one would be dropped silently.
    Twice { option: String },
    /// Nothing is sent with `--input`.
    NothingSent { option: String },
    /// The sample service is built in.
    BuiltIn { option: String },
    /// Two options that each say whose licences to report on.
    TwoSources { one: String, another: String },
    /// Two options that each read standard input.
    OneStdin { one: String, another: String },
    /// Two options that each bring a token.
    TwoTokens,
    /// `--summary` with `--compare`.
    TwoShapes,
    /// An option that adds to what cannot be compared.
    NotCompared { option: &'static str },
    /// An option that adds to the rows of a summary only.
    NoSummary { option: &'static str },
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { option, command } => write!(formatter, "`{command}` does not take {option}"),
            Self::Format { option, formats, origin, fits } => {
                let fits = typed(fits);
                let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
                let formats = if names.len() == 1 { "format" } else { "formats" };
                let names = listed(&names.iter().map(String::as_str).collect::<Vec<_>>(), "and");
                write!(formatter, "{option} only works with {fits}, not with the {formats} {names}{origin}")
            }
            Self::Lacks { command, fits } => write!(formatter, "`{command}` only works with {}", typed(fits)),
            Self::OneFormat => formatter.write_str(
                "-o takes one --out-file, and there are several: leave it out; each file's ending says its format, and \
                 PC_USAGE_OUTPUT that of `-` and of names without an ending",
            ),
            Self::Twice { option } => write!(formatter, "{option} takes one file, and it is given twice"),
            Self::NothingSent { option } => {
                write!(formatter, "{option} cannot be used with --input: nothing is sent")
            }
            Self::BuiltIn { option } => {
                write!(formatter, "{option} cannot be used with --demo: the sample service is built in")
            }
            Self::TwoSources { one, another } => {
                write!(formatter, "{one} and {another} cannot be used together: give one source")
            }
            Self::OneStdin { one, another } => {
                write!(formatter, "{one} and {another} cannot both read standard input")
            }
            Self::TwoTokens => formatter.write_str("--token-file and --profile cannot be used together: give one"),
            Self::NotCompared { option } => write!(formatter, "{option} and --compare cannot be used together"),
            Self::NoSummary { option } => write!(formatter, "{option} needs --summary, by product or by customer"),
            Self::TwoShapes => formatter.write_str("--summary and --compare cannot be used together"),
        }
    }
}

impl std::error::Error for Conflict {}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Failure::usage(conflict.to_string())
    }
}

/// Formats as they are typed.
fn typed(formats: &[Format]) -> String {
    let formats: Vec<_> = formats.iter().map(|format| format!("-o {}", format.name())).collect();
    listed(&formats.iter().map(String::as_str).collect::<Vec<_>>(), "or")
}

/// The options as typed.
pub struct Typed<'m>(pub &'m ArgMatches);

impl Typed<'_> {
    /// Whether it was typed, before or after the command's name.
    fn has(&self, id: &str) -> bool {
        let is_in = |matches: &ArgMatches| {
            matches.ids().any(|known| known == id) && matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        is_in(self.0) || self.0.subcommand().is_some_and(|(_, matches)| is_in(matches))
    }

    /// More than one file, where one is taken; only reports may go to several.
    fn is_twice(&self, id: &str) -> bool {
        if id == "out_file" {
            return false;
        }
        let values =
            |matches: &ArgMatches| matches.try_get_many::<PathBuf>(id).ok().flatten().map_or(0, Iterator::count);
        values(self.0).max(self.0.subcommand().map_or(0, |(_, matches)| values(matches))) > 1
    }

    /// As typed: a flag, or what an argument without a flag stands for.
    fn name(id: &str) -> String {
        let command = Cli::command();
        let long = command.get_arguments().find(|option| option.get_id() == id).and_then(clap::Arg::get_long);
        long.map_or_else(|| "a customer".to_owned(), |long| format!("--{long}"))
    }
}

/// The formats of a command.
pub fn formats(command: &str) -> &'static [Format] {
    match command {
        "customers" => Format::OF_CUSTOMERS,
        "status" => Format::OF_STATUS,
        _ => EVERY,
    }
}

/// Whether a command takes an option.
pub fn is_for(id: &str, command: &str) -> bool {
    OPTIONS.iter().any(|needs| needs.id == id && needs.commands.contains(&command))
}

/// Checks that every option typed can work, and acts on at least one of the reports, which `outputs` are.
///
/// # Errors
/// The first that cannot.
pub fn check(typed: &Typed<'_>, command: &str, outputs: &[Output], from: Origin) -> Result<(), Conflict> {
    for needs in OPTIONS.iter().filter(|needs| typed.has(needs.id)) {
        let option = || Typed::name(needs.id);
        if !needs.commands.contains(&command) {
            return Err(Conflict::Command { option: option(), command: command.to_owned() });
        }
        if typed.is_twice(needs.id) {
            return Err(Conflict::Twice { option: option() });
        }
        match (needs.source, from) {
            (NeededSource::Service | NeededSource::Account, Origin::Saved) => {
                return Err(Conflict::NothingSent { option: option() });
            }
            (NeededSource::Account, Origin::Demo) => return Err(Conflict::BuiltIn { option: option() }),
            _ => {}
        }
        let idle = outputs.iter().filter(|output| !needs.formats.contains(&output.format));
        let idle: Vec<_> = idle.map(|output| output.format).collect();
        if !idle.is_empty() && idle.len() == outputs.len() {
            let fits = needs.formats.iter().filter(|format| formats(command).contains(format)).copied().collect();
            let origin = outputs[0].origin;
            let mut formats = idle;
            formats.dedup();
            return Err(Conflict::Format { option: option(), formats, origin, fits });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_option_says_what_it_needs() {
        let command = Cli::command();
        let commands = [&command].into_iter().chain(command.get_subcommands());
        let named: BTreeSet<&str> =
            commands.flat_map(clap::Command::get_arguments).map(|option| option.get_id().as_str()).collect();
        let told: Vec<&str> = OPTIONS.iter().map(|needs| needs.id).collect();
        assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), named);
        assert_eq!(told.len(), named.len(), "an option is told twice");
        let known: BTreeSet<&str> = command.get_subcommands().map(clap::Command::get_name).chain([REPORT]).collect();
        assert!(OPTIONS.iter().flat_map(|needs| needs.commands).all(|command| known.contains(command)));
    }
}
