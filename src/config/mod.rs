//! Turns arguments, environment, terminal and clock into one `Config`: what to do, decided before anything is sent. It
//! opens no file and no connection.

mod arguments;
mod environment;
mod options;
mod query;
mod sources;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use clap_complete::Shell;
use jiff::{Timestamp, tz::TimeZone};

use crate::auth::given::Given;
use crate::auth::session::TokenSource;
use crate::auth::store::{SignIn, Store};
use crate::cli::{Cli, Color, Command, CustomersArguments, LoginArguments};
use crate::cloud::{Cloud, Endpoint};
use crate::failure::{ErrorKind, Failure};
use crate::fetch::or_command;
use crate::fetch::source::{Asked, Input, InputFile, Service, Source, Wanted};
use crate::http::message::Options;
use crate::output;
use crate::report::format::Format;
use crate::report::query::Query;
use crate::report::writer::Look;
use crate::secret::Secret;
use arguments::STATUS_FORMATS;
use environment::{choice, client_id, now, tenant_id, variable};
use options::{Conflict, Origin, REPORT, Typed};

use sources::{check_source, check_stdin, customer};

pub use arguments::{command, parse};

/// What to do.
pub enum Config {
    Report(ReportConfig),
    Customers(CustomersConfig),
    Login(LoginConfig),
    /// With the time to wait for its lock.
    Logout(Store, Duration),
    Status(StatusConfig),
    /// `--demo logout`.
    Nothing(&'static str),
    /// With the words to complete; empty for the script.
    Completions(Shell, Vec<OsString>),
}

/// A report on customers.
pub struct ReportConfig {
    pub source: Source,
    pub query: Query,
    pub files: ReportFiles,
    pub format: Format,
    pub look: Look,
    pub out_file: Option<PathBuf>,
    pub fail_on_empty: bool,
    /// Whether progress may be shown.
    pub shows_progress: bool,
    /// Whether the user sees the report as it is written.
    pub is_seen: bool,
    /// Prints a note.
    pub note: fn(&str),
    /// Prints a line of `-v`.
    pub trace: fn(&str),
}

/// The files that add to a report.
pub struct ReportFiles {
    /// An earlier answer to compare with.
    pub compare: Option<InputFile>,
    /// What seats cost.
    pub prices: Option<InputFile>,
    /// What is known and accepted.
    pub exceptions: Option<InputFile>,
}

/// The list of the partner's customers.
pub struct CustomersConfig {
    pub service: Service,
    pub query: Query,
    pub format: Format,
    pub look: Look,
    pub out_file: Option<PathBuf>,
}

/// How to sign in.
pub struct LoginConfig {
    /// Without tokens yet.
    pub sign_in: SignIn,
    pub client_secret: Option<Given>,
    /// Instead of a device code.
    pub refresh_token: Option<Given>,
    pub http: Options,
    /// `None` for `--demo`, which stores nothing.
    pub store: Option<Store>,
}

/// What `status` needs to know.
pub struct StatusConfig {
    /// None for `--demo`.
    pub token: Option<TokenSource>,
    pub cloud: Cloud,
    pub base_url: String,
    pub as_json: bool,
    pub out_file: Option<PathBuf>,
    /// The time from which ages and remaining times are counted.
    pub now: Timestamp,
}

/// The demo's first customer.
const DEMO_CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

/// # Errors
/// `Usage`, naming the option or variable, what is wrong with it, and what would work.
pub fn resolve(mut cli: Cli, matches: &ArgMatches) -> Result<Config, Failure> {
    let command = matches.subcommand_name().unwrap_or(REPORT);
    let from = if cli.input.is_some() {
        Origin::Saved
    } else if cli.demo {
        Origin::Demo
    } else {
        Origin::Account
    };
    let check = |format| options::check(&Typed(matches), command, format, from).map_err(Failure::from);
    match cli.command.take() {
        None => {
            let customers = cli.customers_typed.iter().map(|text| customer(text)).collect::<Result<Vec<_>, _>>();
            let customers = match customers {
                Ok(customers) => customers,
                // The words of an expression without quotes would be taken for customers.
                Err(failure) => return Err(query::of_report(&cli, Format::Table, today()?).err().unwrap_or(failure)),
            };
            check_source(&cli)?;
            let format = format(&cli)?;
            check(Some(format))?;
            check_stdin(&cli)?;
            let query = query::of_report(&cli, format.0, today()?)?;
            report(cli, customers, query, format.0).map(Config::Report)
        }
        Some(Command::Customers(arguments)) => {
            let format = format(&cli)?;
            check(Some(format))?;
            customers(&cli, &arguments, format.0).map(Config::Customers)
        }
        Some(Command::Login(arguments)) => check(None).and_then(|()| login(&cli, arguments)).map(Config::Login),
        Some(Command::Logout) => check(None).and_then(|()| logout(&cli)),
        Some(Command::Status) => check(None).and_then(|()| status(&cli)).map(Config::Status),
        Some(Command::Completions { shell, words }) => check(None).map(|()| Config::Completions(shell, words)),
    }
}

fn customers(cli: &Cli, arguments: &CustomersArguments, format: Format) -> Result<CustomersConfig, Failure> {
    let query = query::of_customers(cli, arguments, today()?)?;
    let look = look(cli, &query)?;
    Ok(CustomersConfig { service: service(cli)?, query, format, look, out_file: cli.out_file.clone() })
}

fn logout(cli: &Cli) -> Result<Config, Failure> {
    if cli.demo {
        token::profile(cli)?;
        return Ok(Config::Nothing("--demo stores nothing, so there is nothing to forget"));
    }
    Ok(Config::Logout(token::store(cli)?, max_wait(cli)))
}

/// The format, and the variable that chose it, if one did.
fn format(cli: &Cli) -> Result<(Format, &'static str), Failure> {
    if let Some(format) = cli.output {
        return Ok((format, ""));
    }
    Ok(choice("PC_USAGE_OUTPUT")?.map_or((Format::Table, ""), |format| (format, " (PC_USAGE_OUTPUT)")))
}

fn report(cli: Cli, customers: Vec<Asked>, query: Query, format: Format) -> Result<ReportConfig, Failure> {
    let look = look(&cli, &query)?;
    Ok(ReportConfig {
        query,
        format,
        files: ReportFiles {
            compare: cli.compare.clone().map(file),
            prices: cli.prices.clone().map(file),
            exceptions: cli.exceptions.clone().map(file),
        },
        shows_progress: !cli.quiet && environment::can_redraw()?,
        is_seen: is_to_stdout(&cli) && output::is_terminal(),
        note: note(&cli),
        trace: if cli.verbose > 0 { output::trace } else { |_| {} },
        fail_on_empty: cli.fail_on_empty,
        out_file: cli.out_file.clone(),
        source: source(cli, customers, format)?,
        look,
    })
}

/// How a note is printed.
fn note(cli: &Cli) -> fn(&str) {
    if cli.quiet { |_| {} } else { output::note }
}

fn is_to_stdout(cli: &Cli) -> bool {
    cli.out_file.as_deref().is_none_or(|path| path.as_os_str() == "-")
}

fn look(cli: &Cli, query: &Query) -> Result<Look, Failure> {
    let to_stdout = is_to_stdout(cli);
    Ok(Look {
        columns: query.columns.clone(),
        layout: query.layout,
        today: query.today,
        is_one: true,
        is_filtered: !query.filters.is_empty(),
        header: !cli.no_header,
        width: if to_stdout { output::terminal_width() } else { None },
        color: color(cli.color, to_stdout && output::is_terminal())?,
        delimiter: cli.delimiter.unwrap_or(b','),
        excel: cli.excel,
        raw_text: cli.raw_text,
    })
}

fn today() -> Result<jiff::civil::Date, Failure> {
    Ok(now()?.to_zoned(TimeZone::UTC).date())
}

fn file(path: PathBuf) -> InputFile {
    (path.as_os_str() != "-").then_some(path)
}

fn source(cli: Cli, mut customers: Vec<Asked>, format: Format) -> Result<Source, Failure> {
    if let Some(path) = cli.input {
        let customer = match customers.pop() {
            Some(Asked::Name { text, .. }) => {
                let message = format!("`{text}` is not a customer id: with --input, a customer is given by id");
                return Err(Failure::usage(message));
            }
            Some(Asked::Id(id)) => Some(id),
            None => None,
        };
        return Ok(Source::Input(Input { file: file(path), customer, is_verbatim: format == Format::Json }));
    }
    let service = service(&cli).map_err(|failure| match failure.kind {
        // There is nowhere to store a sign-in, but a mistyped command would not need one.
        ErrorKind::NotSignedIn => or_command(failure, &customers),
        _ => failure,
    })?;
    let wanted = match (cli.customers, &customers[..]) {
        (Some(path), _) => Wanted::Listed(file(path)),
        (None, _) if cli.all => Wanted::All,
        (None, []) => Wanted::These(vec![Asked::Id(DEMO_CUSTOMER.parse().map_err(Failure::usage)?)]),
        (None, _) => Wanted::These(customers),
    };
    Ok(Source::Service(Box::new(service), wanted))
}

fn service(cli: &Cli) -> Result<Service, Failure> {
    let jobs = match cli.jobs {
        Some(jobs) => jobs,
        None => environment::jobs()?.filter(|_| !cli.demo).unwrap_or(DEFAULT_JOBS),
    };
    let jobs = usize::from(jobs);
    let target = token::service(cli)?;
    Ok(Service {
        token: match &target {
            Some(target) => token::token(cli, target)?,
            None => TokenSource::Given(token::of_demo()),
        },
        base_url: target.map(|target| target.base_url),
        endpoint: match cli.endpoint {
            Some(endpoint) => endpoint,
            None => choice("PC_USAGE_ENDPOINT")?.filter(|_| !cli.demo).unwrap_or(Endpoint::Customer),
        },
        deployment: cli.deployment,
        locale: cli.locale.clone().unwrap_or_else(|| "en-US".to_owned()),
        http: Options { connections: jobs, ..http_options(cli)? },
        jobs,
        note: note(cli),
    })
}

const DEFAULT_JOBS: u8 = 4;

fn http_options(cli: &Cli) -> Result<Options, Failure> {
    Ok(Options {
        timeout: Duration::from_secs(cli.timeout.unwrap_or(180)),
        retries: cli.retries.unwrap_or(3),
        max_wait: max_wait(cli),
        connections: 1,
        // From the environment, the demo takes only how the report looks.
        proxy: if cli.demo { None } else { environment::proxy()? },
        verbose: cli.verbose,
        trace: output::trace,
    })
}

fn max_wait(cli: &Cli) -> Duration {
    Duration::from_secs(cli.max_wait.unwrap_or(120))
}

fn login(cli: &Cli, login: LoginArguments) -> Result<LoginConfig, Failure> {
    let http = http_options(cli)?;
    let Some(target) = token::service(cli)? else {
        let sign_in = SignIn::new(Cloud::Global, String::new(), String::new(), "demo".into(), "demo".into());
        return Ok(LoginConfig { sign_in, client_secret: None, refresh_token: None, http, store: None });
    };
    let missing = |option, name| {
        Failure::usage(format!("{option} is missing, and {name} is not set"))
            .hint("`login` needs your partner tenant and an app registration in it; the README says how to make one")
    };
    let tenant_id = match login.tenant_id {
        Some(id) => id,
        None => tenant_id()?.ok_or_else(|| missing("--tenant-id", "PC_USAGE_TENANT_ID"))?,
    };
    let client_id = match login.client_id {
        Some(id) => id,
        None => client_id()?.ok_or_else(|| missing("--client-id", "PC_USAGE_CLIENT_ID"))?,
    };
    let is_stdin = |path: &Option<PathBuf>| path.as_deref().is_some_and(|path| path.as_os_str() == "-");
    if is_stdin(&login.client_secret_file) && is_stdin(&login.refresh_token_file) {
        let (one, another) = ("--client-secret-file".to_owned(), "--refresh-token-file".to_owned());
        return Err(Conflict::OneStdin { one, another }.into());
    }
    let client_secret = match &login.client_secret_file {
        Some(path) => Some(token::given(path)),
        None => variable("PC_USAGE_CLIENT_SECRET")?
            .map(|secret| Given::Environment("PC_USAGE_CLIENT_SECRET", Secret::new(secret))),
    };
    Ok(LoginConfig {
        sign_in: SignIn::new(target.cloud, target.base_url, target.authority, tenant_id, client_id),
        client_secret,
        refresh_token: login.refresh_token_file.as_deref().map(token::given),
        http,
        store: Some(token::store(cli)?),
    })
}

fn status(cli: &Cli) -> Result<StatusConfig, Failure> {
    let format = match cli.output {
        Some(format) => format,
        // The variable is for all commands: a format that this one lacks is ignored.
        None => choice("PC_USAGE_OUTPUT")?.filter(|format| STATUS_FORMATS.contains(format)).unwrap_or(Format::Table),
    };
    if !STATUS_FORMATS.contains(&format) {
        return Err(Failure::usage("`status` only works with -o table or -o json"));
    }
    let target = token::service(cli)?;
    Ok(StatusConfig {
        token: target.as_ref().map(|target| token::token(cli, target)).transpose()?,
        cloud: target.as_ref().map_or(Cloud::Global, |target| target.cloud),
        base_url: target.map(|target| target.base_url).unwrap_or_default(),
        as_json: format == Format::Json,
        out_file: cli.out_file.clone(),
        now: now()?,
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
