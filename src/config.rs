//! Arguments, environment, terminal and clock to one `Config`: what is to be done, decided before anything is sent.
//! It alone reads the environment. It opens no file and no connection.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, ValueEnum};
use clap_complete::Shell;
use jiff::{Timestamp, tz::TimeZone};
use ureq::http::Uri;

use crate::auth::given::Given;
use crate::clean::{clean, clean_cut};
use crate::cli::{Cli, Color, Command, Format};
use crate::cloud::Cloud;
use crate::failure::Failure;
use crate::http::{self, Proxy};
use crate::insight::CustomerId;
use crate::output;
use crate::report::{csv, table::View};
use crate::secret::Secret;

/// What is to be done.
#[expect(clippy::large_enum_variant, reason = "there is one a run")]
pub enum Config {
    Report(Report),
    Completions(Shell),
}

/// A report on one customer.
pub struct Report {
    pub source: Source,
    pub customer: Option<CustomerId>,
    pub format: Format,
    pub csv: csv::Style,
    pub view: View<'static>,
    pub out_file: Option<PathBuf>,
    pub fail_on_empty: bool,
}

/// Where the answer comes from.
pub enum Source {
    /// A saved answer; `None` is standard input.
    Input(Option<PathBuf>),
    Service(Service),
    /// The built-in sample service, which makes its own address and token.
    Demo(Service),
}

/// How to ask Partner Center.
pub struct Service {
    /// Without a trailing slash.
    pub base_url: String,
    pub locale: String,
    pub http: http::Options,
    pub token: Given,
}

/// The demo's first customer.
const DEMO_CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

/// What the arguments and the environment ask for, or clap's error: help and version are such "errors" too.
pub fn parse(arguments: &[OsString]) -> Result<(Cli, ArgMatches), clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments).map_err(|error| {
        // An error repeats what was typed: once more, with all that could steer a terminal shown as its code point.
        let cleaned = arguments.iter().map(|argument| clean(&argument.to_string_lossy()).into_owned());
        Cli::command().try_get_matches_from(cleaned).err().filter(clap::Error::use_stderr).unwrap_or(error)
    })?;
    let cli = Cli::from_arg_matches(&matches)?;
    if cli.command.is_none() && cli.customer_id.is_none() && cli.input.is_none() && !cli.demo {
        let how = "no customer given; `pc-usage --demo` shows a report on built-in sample data";
        return Err(Cli::command().error(ErrorKind::MissingRequiredArgument, how));
    }
    Ok((cli, matches))
}

/// # Errors
/// `Usage`, naming the option or variable, what is wrong with it, and what would do.
pub fn resolve(cli: Cli, matches: &ArgMatches) -> Result<Config, Failure> {
    if let Some(Command::Completions { shell }) = cli.command {
        if let Some(typed) = typed(matches).next() {
            return Err(Failure::usage(format!("{typed} has no meaning for `completions`")));
        }
        return Ok(Config::Completions(shell));
    }
    let customer = cli.customer_id.as_deref().map(customer_id).transpose()?;
    check_source(&cli, matches)?;
    let (format, format_origin) = match cli.output {
        Some(format) => (format, ""),
        None => choice::<Format>("PC_USAGE_OUTPUT")?.map_or((Format::Table, ""), |it| (it, " (PC_USAGE_OUTPUT)")),
    };
    check_format(format, format_origin, matches)?;
    let today = match variable("PC_USAGE_NOW")? {
        None => Timestamp::now(),
        Some(text) => text
            .parse()
            .map_err(|_| Failure::usage(format!("PC_USAGE_NOW is no RFC 3339 time: {}", clean_cut(&text, 60))))?,
    };
    let to_stdout = cli.out_file.as_deref().is_none_or(|path| path.as_os_str() == "-");
    Ok(Config::Report(Report {
        customer: match customer {
            None if cli.demo => DEMO_CUSTOMER.parse().ok(),
            customer => customer,
        },
        format,
        csv: csv::Style {
            delimiter: cli.delimiter.unwrap_or(b','),
            excel: cli.excel,
            header: !cli.no_header,
            raw_text: cli.raw_text,
        },
        view: View {
            customer: None,
            today: today.to_zoned(TimeZone::UTC).date(),
            width: if to_stdout { output::terminal_width() } else { None },
            color: format == Format::Table && color(cli.color, to_stdout && output::is_terminal())?,
            header: !cli.no_header,
        },
        fail_on_empty: cli.fail_on_empty,
        out_file: cli.out_file.clone(),
        source: source(cli)?,
    }))
}

fn source(cli: Cli) -> Result<Source, Failure> {
    if let Some(path) = cli.input {
        return Ok(Source::Input((path.as_os_str() != "-").then_some(path)));
    }
    let options = |proxy| http::Options {
        timeout: Duration::from_secs(cli.timeout.unwrap_or(180)),
        retries: cli.retries.unwrap_or(3),
        max_wait: Duration::from_secs(cli.max_wait.unwrap_or(120)),
        proxy,
        verbose: cli.verbose,
        trace: output::trace,
    };
    let locale = cli.locale.unwrap_or_else(|| "en-US".to_owned());
    if cli.demo {
        let demo = Service { base_url: String::new(), locale, http: options(None), token: Given::Nowhere };
        return Ok(Source::Demo(demo));
    }
    let cloud = match cli.cloud {
        Some(cloud) => cloud,
        None => choice("PC_USAGE_CLOUD")?.unwrap_or(Cloud::Global),
    };
    let base_url = match cli.base_url {
        Some(url) => base_url("--base-url", &url)?,
        None => match variable("PC_USAGE_BASE_URL")? {
            Some(url) => base_url("PC_USAGE_BASE_URL", &url)?,
            None => cloud.base_url().to_owned(),
        },
    };
    let token = match cli.token_file {
        Some(path) if path.as_os_str() == "-" => Given::Stdin,
        Some(path) => Given::File(path),
        // What is no text is no token, which is for `given` to say.
        None => match env::var_os("PC_USAGE_ACCESS_TOKEN").filter(|token| !token.is_empty()) {
            Some(token) => Given::Environment(Secret::new(token.to_string_lossy().into_owned())),
            None => Given::Nowhere,
        },
    };
    let proxy = proxy(&base_url)?;
    Ok(Source::Service(Service { http: options(proxy), base_url, locale, token }))
}

/// A customer id, or the way to a right one.
fn customer_id(text: &str) -> Result<CustomerId, Failure> {
    text.parse().map_err(|form| {
        // Cut short: it might be a token that went to the wrong place.
        let failure = Failure::usage(format!("`{}` is no customer id: {form}", clean_cut(text, 40)));
        match nearest_command(text) {
            Some(command) => failure.hint(format!("did you mean the command `{command}`?")),
            None => {
                failure.hint("the id is the GUID of the customer's Microsoft Entra tenant; Partner Center shows it")
            }
        }
    })
}

fn nearest_command(text: &str) -> Option<String> {
    Cli::command()
        .get_subcommands()
        .map(|command| {
            (strsim::normalized_damerau_levenshtein(text, command.get_name()), command.get_name().to_owned())
        })
        .filter(|(similarity, _)| *similarity > 0.5)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// Exactly one source, and no option that it has no use for.
fn check_source(cli: &Cli, matches: &ArgMatches) -> Result<(), Failure> {
    const NETWORK: [&str; 4] = ["locale", "retries", "timeout", "max_wait"];
    const ACCOUNT: [&str; 3] = ["token_file", "cloud", "base_url"];
    let refuse = |options: &[&str], why: &str| {
        typed_of(matches, options).map_or(Ok(()), |typed| Err(Failure::usage(format!("{typed} {why}"))))
    };
    if cli.input.is_some() {
        refuse(&["demo"], "and --input are two sources: give one")?;
        refuse(&NETWORK, "has no meaning with --input: nothing is sent")?;
        return refuse(&ACCOUNT, "has no meaning with --input: nothing is sent");
    }
    if cli.demo {
        return refuse(&ACCOUNT, "has no meaning with --demo: the sample service is built in");
    }
    Ok(())
}

/// No option that the format has no use for.
fn check_format(format: Format, origin: &str, matches: &ArgMatches) -> Result<(), Failure> {
    let refuse = |acts: bool, options: &[&str], formats: &str| match typed_of(matches, options) {
        Some(typed) if !acts => {
            let name = format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            Err(Failure::usage(format!("{typed} has no meaning for the format {name}{origin}: it is for {formats}")))
        }
        _ => Ok(()),
    };
    refuse(format == Format::Csv, &["excel", "delimiter", "raw_text"], "-o csv")?;
    refuse(matches!(format, Format::Csv | Format::Table), &["no_header"], "-o csv and -o table")?;
    refuse(format == Format::Table, &["color"], "-o table")
}

/// The options that were typed, as they are typed.
fn typed(matches: &ArgMatches) -> impl Iterator<Item = String> {
    matches
        .ids()
        .filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine))
        .filter(|id| id.as_str() != "Cli")
        .map(|id| match id.as_str() {
            "customer_id" => "a customer id".to_owned(),
            option => format!("--{}", option.replace('_', "-")),
        })
}

fn typed_of(matches: &ArgMatches, options: &[&str]) -> Option<String> {
    let names: Vec<String> = options.iter().map(|option| format!("--{}", option.replace('_', "-"))).collect();
    typed(matches).find(|typed| names.contains(typed))
}

/// A variable's value; an empty one counts as unset.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
    }
}

/// A variable that takes the same values as an option.
fn choice<T: ValueEnum>(name: &str) -> Result<Option<T>, Failure> {
    let Some(text) = variable(name)? else { return Ok(None) };
    T::from_str(&text, false).map(Some).map_err(|_| {
        let values: Vec<String> =
            T::value_variants().iter().filter_map(|it| Some(it.to_possible_value()?.get_name().to_owned())).collect();
        Failure::usage(format!("{name} is `{}`, which is none of {}", clean_cut(&text, 40), values.join(", ")))
    })
}

fn color(flag: Option<Color>, terminal: bool) -> Result<bool, Failure> {
    match flag {
        Some(Color::Always) => return Ok(true),
        Some(Color::Never) => return Ok(false),
        Some(Color::Auto) | None => {}
    }
    if variable("NO_COLOR")?.is_some() {
        return Ok(false);
    }
    if variable("CLICOLOR_FORCE")?.is_some_and(|force| force != "0") {
        return Ok(true);
    }
    Ok(terminal && variable("TERM")?.is_none_or(|term| term != "dumb"))
}

/// The address of a service: https, or http on this machine; a path is a prefix. Gives it without a trailing slash.
fn base_url(name: &str, text: &str) -> Result<String, Failure> {
    let refused = |why: &str| {
        Failure::usage(format!("{name}: {why}"))
            .hint("give an address such as https://api.partnercenter.microsoft.com, without user, query and fragment")
    };
    if text.contains('@') {
        // Not shown: what stands before it may be a password.
        return Err(refused("an address with a user is not taken"));
    }
    if text.contains(['?', '#']) {
        return Err(refused("an address with a query or a fragment is not taken"));
    }
    let shown = format!("`{}`", clean_cut(text, 100));
    let url: Uri = text.parse().map_err(|_| refused(&format!("{shown} is no address")))?;
    let host = url.host().unwrap_or_default();
    if host.is_empty() || !has_port(&url) {
        return Err(refused(&format!("{shown} is no address")));
    }
    match url.scheme_str() {
        Some("https") => {}
        Some("http") if http::is_loopback(host) => {}
        Some("http") => return Err(refused(&format!("{shown} is not https, so the token would travel in clear"))),
        _ => return Err(refused(&format!("{shown} is no https address"))),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Whether the address has a port that is one, or none at all.
fn has_port(url: &Uri) -> bool {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let address = authority.rsplit('@').next().unwrap_or_default();
    Some(address) == url.host() || url.port_u16().is_some_and(|port| port > 0)
}

/// The proxy for an address, by the variables that everybody knows; none for this machine.
fn proxy(base_url: &str) -> Result<Option<Proxy>, Failure> {
    let host = base_url.parse::<Uri>().ok().and_then(|url| url.host().map(str::to_owned)).unwrap_or_default();
    if http::is_loopback(&host) {
        return Ok(None);
    }
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let Some(text) = variable(name)? else { continue };
        // Not shown: it may hold a password.
        let server = ureq::Proxy::new(&text)
            .ok()
            .filter(|proxy| matches!(proxy.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https))
            // ureq takes 80 for a port that is none.
            .filter(|proxy| !proxy.host().is_empty() && has_port(proxy.uri()))
            .ok_or_else(|| {
                Failure::usage(format!("{name} names no proxy that can be used"))
                    .hint("it takes an address such as http://proxy.example.com:8080; SOCKS is not supported")
            })?;
        let list = match variable("NO_PROXY")? {
            Some(list) => Some(list),
            None => variable("no_proxy")?,
        };
        let bypass = list
            .unwrap_or_default()
            .split([',', ' '])
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(str::to_owned)
            .collect();
        return Ok(Some(Proxy { server, bypass }));
    }
    Ok(None)
}
