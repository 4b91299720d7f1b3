//! Turns arguments, environment, terminal and clock into one `Config`: what to do, decided before anything is sent. It
//! reads no file and opens no connection.

mod arguments;
mod environment;
mod options;
mod outputs;
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
use crate::auth::sign_in::SignIn;
use crate::auth::store::Store;
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
use environment::{choice, client_id, now, tenant_id, variable};
use options::{Conflict, Origin, REPORT, Typed};
use outputs::outputs;
use sources::{check_source, check_stdin, customer};

pub use arguments::{command, parse};
pub use options::Output;

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
    pub outputs: Vec<Output>,
    /// How each of them looks.
    pub looks: Vec<Look>,
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
    pub outputs: Vec<Output>,
    /// How each of them looks.
    pub looks: Vec<Look>,
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
    pub outputs: Vec<Output>,
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
    let check = |outputs: &[Output]| options::check(&Typed(matches), command, outputs, from).map_err(Failure::from);
    match cli.command.take() {
        None => {
            let customers = cli.customers_typed.iter().map(|text| customer(text)).collect::<Result<Vec<_>, _>>();
            let customers = match customers {
                Ok(customers) => customers,
                // The words of an expression without quotes would be taken for customers.
                Err(failure) => return Err(query::of_report(&cli, true, today()?).err().unwrap_or(failure)),
            };
            check_source(&cli)?;
            let outputs = outputs(&cli, command)?;
            check(&outputs)?;
            check_stdin(&cli)?;
            let has_rows = outputs.iter().any(|output| output.format != Format::Json);
            let query = query::of_report(&cli, has_rows, today()?)?;
            report(cli, customers, query, outputs).map(Config::Report)
        }
        Some(Command::Customers(arguments)) => {
            let outputs = outputs(&cli, command)?;
            check(&outputs)?;
            customers(&cli, &arguments, outputs).map(Config::Customers)
        }
        Some(Command::Login(arguments)) => check(&[]).and_then(|()| login(&cli, arguments)).map(Config::Login),
        Some(Command::Logout) => check(&[]).and_then(|()| logout(&cli)),
        Some(Command::Status) => {
            let outputs = outputs(&cli, command)?;
            check(&outputs)?;
            status(&cli, outputs).map(Config::Status)
        }
        Some(Command::Completions { shell, words }) => check(&[]).map(|()| Config::Completions(shell, words)),
    }
}

fn customers(cli: &Cli, arguments: &CustomersArguments, outputs: Vec<Output>) -> Result<CustomersConfig, Failure> {
    let query = query::of_customers(cli, arguments, today()?)?;
    let looks = looks(cli, &query, &outputs)?;
    Ok(CustomersConfig { service: service(cli)?, query, outputs, looks })
}

fn logout(cli: &Cli) -> Result<Config, Failure> {
    if cli.demo {
        token::profile(cli)?;
        return Ok(Config::Nothing("--demo stores nothing, so there is nothing to forget"));
    }
    Ok(Config::Logout(token::store(cli)?, max_wait(cli)))
}

fn report(cli: Cli, customers: Vec<Asked>, query: Query, outputs: Vec<Output>) -> Result<ReportConfig, Failure> {
    let looks = looks(&cli, &query, &outputs)?;
    Ok(ReportConfig {
        query,
        files: ReportFiles {
            compare: cli.compare.clone().map(file),
            prices: cli.prices.clone().map(file),
            exceptions: cli.exceptions.clone().map(file),
        },
        shows_progress: !cli.quiet && environment::can_redraw()?,
        is_seen: outputs.iter().any(Output::is_to_stdout) && output::is_terminal(),
        note: note(&cli),
        trace: if cli.verbose > 0 { output::trace } else { |_| {} },
        fail_on_empty: cli.fail_on_empty,
        source: source(cli, customers, outputs.iter().any(|output| output.format == Format::Json))?,
        outputs,
        looks,
    })
}

/// How a note is printed.
fn note(cli: &Cli) -> fn(&str) {
    if cli.quiet { |_| {} } else { output::note }
}

fn looks(cli: &Cli, query: &Query, outputs: &[Output]) -> Result<Vec<Look>, Failure> {
    outputs.iter().map(|output| look(cli, query, output.is_to_stdout())).collect()
}

fn look(cli: &Cli, query: &Query, to_stdout: bool) -> Result<Look, Failure> {
    Ok(Look {
        columns: query.columns.clone(),
        layout: query.layout,
        today: query.today,
        is_one: true,
        is_filtered: !query.filters.is_empty(),
        options: query.options(),
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

fn source(cli: Cli, mut customers: Vec<Asked>, is_verbatim: bool) -> Result<Source, Failure> {
    if let Some(path) = cli.input {
        let customer = match customers.pop() {
            Some(Asked::Name { text, .. }) => {
                let message = format!("`{text}` is not a customer id: with --input, a customer is given by id");
                return Err(Failure::usage(message));
            }
            Some(Asked::Id(id)) => Some(id),
            None => None,
        };
        return Ok(Source::Input(Input { file: file(path), customer, is_verbatim }));
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

fn status(cli: &Cli, outputs: Vec<Output>) -> Result<StatusConfig, Failure> {
    let target = token::service(cli)?;
    Ok(StatusConfig {
        token: target.as_ref().map(|target| token::token(cli, target)).transpose()?,
        cloud: target.as_ref().map_or(Cloud::Global, |target| target.cloud),
        base_url: target.map(|target| target.base_url).unwrap_or_default(),
        outputs,
        now: now()?,
    })
}

fn color(flag: Option<Color>, terminal: bool) -> Result<bool, Failure> {
    let is_wanted = match flag {
        Some(Color::Always) => true,
        Some(Color::Never) => false,
        Some(Color::Auto) | None if variable("NO_COLOR")?.is_some() => false,
        Some(Color::Auto) | None => {
            variable("CLICOLOR_FORCE")?.is_some_and(|force| force != "0")
                || terminal && variable("TERM")?.is_none_or(|term| term != "dumb")
        }
    };
    Ok(is_wanted && (!terminal || output::obeys_escape_codes()))
}
