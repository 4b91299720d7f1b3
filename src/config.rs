//! Arguments, environment, terminal and clock to one `Config`: what is to be done, decided before anything is sent.
//! It alone reads the environment. It opens no file and no connection.

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::mem;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, ValueEnum};
use clap_complete::Shell;
use jiff::{Timestamp, tz::TimeZone};

use crate::auth::address;
use crate::auth::given::{self, Given};
use crate::auth::session::{self, Asked, Bound};
use crate::auth::store::{SignIn, Store};
use crate::clean::{clean, clean_cut};
use crate::cli::{self, Cli, Color, Command, Format};
use crate::cloud::Cloud;
use crate::demo;
use crate::failure::{Failure, Kind};
use crate::http::{self, Proxy};
use crate::insight::CustomerId;
use crate::output;
use crate::report::columns::{Shape, named};
use crate::report::query::Query;
use crate::report::{Style, csv, table::View};
use crate::secret::Secret;

/// What is to be done.
pub enum Config {
    Report(Report),
    Customers(Report),
    Login(Login),
    /// And how long its lock is waited for.
    Logout(Store, Duration),
    Status(Status),
    /// `--demo logout`.
    Nothing(&'static str),
    Completions(Shell),
}

/// A report on customers, or the list of them.
pub struct Report {
    pub source: Source,
    pub query: Query,
    /// An earlier answer, to compare with.
    pub compare: Option<SavedFile>,
    pub style: Style,
    pub out_file: Option<PathBuf>,
    pub fail_on_empty: bool,
    pub quiet: bool,
    /// Whether the report itself is seen while it grows.
    pub to_terminal: bool,
}

/// Where the answers come from.
pub enum Source {
    Input(Input),
    Service(Service, Wanted),
    /// The built-in sample service, which makes its own address and token.
    Demo(Service, Wanted),
}

/// A saved answer, and the customer it is about, where it does not say so itself.
pub struct Input {
    pub file: SavedFile,
    pub customer: Option<CustomerId>,
}

/// A file to read; `None` is standard input.
pub type SavedFile = Option<PathBuf>;

/// Which customers.
pub enum Wanted {
    /// The only one on the command line: its JSON is the service's own answer.
    One(CustomerId),
    These(Vec<CustomerId>),
    /// Those of a list; `None` is standard input.
    Listed(Option<PathBuf>),
    All,
}

/// How to ask Partner Center.
pub struct Service {
    /// Without a trailing slash. A stored sign-in brings its own.
    pub base_url: String,
    pub locale: String,
    pub http: http::Options,
    pub token: session::Source,
    /// Calls at a time.
    pub jobs: usize,
    /// Tells a person something that is no failure.
    pub note: fn(&str),
}

/// A sign-in to make.
pub struct Login {
    /// Without tokens yet.
    pub sign_in: SignIn,
    pub client_secret: Option<Given>,
    /// In place of a device code.
    pub refresh_token: Option<Given>,
    pub http: http::Options,
    /// None for `--demo`, which stores nothing.
    pub store: Option<Store>,
}

/// What is known of the token.
pub struct Status {
    /// None for `--demo`.
    pub token: Option<session::Source>,
    pub cloud: Cloud,
    pub base_url: String,
    pub as_json: bool,
    pub out_file: Option<PathBuf>,
    /// From which times are counted.
    pub now: Timestamp,
}

/// The demo's first customer.
const DEMO_CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

/// The command line with, for each command, only the options that act there: for help and completions.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    // Hands shared options on to the commands, where they can be hidden.
    command.build();
    let shared: Vec<_> = command.get_arguments().map(|option| option.get_id().clone()).collect();
    command.mut_subcommands(|command| {
        let takes = takes(command.get_name());
        let is_status = command.get_name() == "status";
        command.mut_args(|option| {
            if is_status && option.get_id() == "output" {
                let formats = STATUS_FORMATS.iter().filter_map(ValueEnum::to_possible_value);
                // Their help is about reports.
                let formats = formats.map(|format| format.help(None::<&str>));
                return option.value_parser(PossibleValuesParser::new(formats));
            }
            let is_idle = shared.contains(option.get_id())
                && option.get_long().is_some_and(|long| !["help", "version"].contains(&long) && !takes.contains(&long));
            option.hide(is_idle)
        })
    })
}

/// Of one record there is neither a table of rows nor a line for each.
const STATUS_FORMATS: [Format; 2] = [Format::Table, Format::Json];

/// The shared options that a command has a use for.
fn takes(command: &str) -> Vec<&'static str> {
    const TARGET: [&str; 3] = ["cloud", "base-url", "authority"];
    const NETWORK: [&str; 3] = ["retries", "timeout", "max-wait"];
    const ALL: [&str; 4] = ["demo", "profile", "verbose", "quiet"];
    match command {
        "customers" => {
            let looks = ["excel", "delimiter", "no-header", "raw-text", "color"];
            let source = ["token-file", "output", "out-file", "locale"];
            [&ALL[..], &TARGET, &NETWORK, &looks, &source].concat()
        }
        "login" => [&ALL[..], &TARGET, &NETWORK].concat(),
        "logout" => [&ALL[..], &["max-wait"]].concat(),
        "status" => [&ALL[..], &TARGET, &["token-file", "output", "out-file"]].concat(),
        _ => Vec::new(),
    }
}

/// What the arguments and the environment ask for, or clap's error: help and version are such "errors" too.
pub fn parse(arguments: &[OsString]) -> Result<(Cli, ArgMatches), clap::Error> {
    let mut quick = Cli::command();
    let is_typed = |name: &str| arguments.iter().any(|argument| argument == name);
    if !quick.get_subcommands().any(|command| is_typed(command.get_name())) {
        // Shared options would be copied for each command, for a sixteenth of a whole run.
        quick = quick.mut_args(|option| option.global(false));
    }
    let matches = match quick.try_get_matches_from(arguments) {
        // Once more, for the help of a command without the options that it has no use for.
        Err(error) if error.kind() == ErrorKind::DisplayHelp => command().try_get_matches_from(arguments)?,
        Err(version) if !version.use_stderr() => return Err(version),
        Err(error) => {
            // It repeats what was typed: once more, with all that could steer a terminal shown as its code point.
            let cleaned = arguments.iter().map(|argument| clean(&argument.to_string_lossy()).into_owned());
            let cleaned = Cli::command().try_get_matches_from(cleaned).err().filter(clap::Error::use_stderr);
            return Err(cleaned.unwrap_or(error));
        }
        Ok(matches) => matches,
    };
    let cli = Cli::from_arg_matches(&matches)?;
    let names_source = !cli.customer_ids.is_empty() || cli.customers.is_some() || cli.input.is_some() || cli.all;
    if cli.command.is_none() && !names_source && !cli.demo {
        let how = "no customer given; `pc-usage --demo` shows a report on built-in sample data";
        return Err(Cli::command().error(ErrorKind::MissingRequiredArgument, how));
    }
    Ok((cli, matches))
}

/// # Errors
/// `Usage`, naming the option or variable, what is wrong with it, and what would do.
pub fn resolve(mut cli: Cli, matches: &ArgMatches) -> Result<Config, Failure> {
    if let Some(name) = matches.subcommand_name() {
        check_command(name, matches)?;
    }
    match cli.command.take() {
        None => report(cli, matches).map(Config::Report),
        Some(Command::Customers) => report(Cli { all: true, ..cli }, matches).map(Config::Customers),
        Some(Command::Login(login)) => self::login(&cli, login).map(Config::Login),
        Some(Command::Logout) if cli.demo => {
            profile(&cli)?;
            Ok(Config::Nothing("--demo stores nothing, so there is nothing to forget"))
        }
        Some(Command::Logout) => Ok(Config::Logout(store(&cli)?, max_wait(&cli))),
        Some(Command::Status) => status(&cli).map(Config::Status),
        Some(Command::Completions { shell }) => Ok(Config::Completions(shell)),
    }
}

fn report(mut cli: Cli, matches: &ArgMatches) -> Result<Report, Failure> {
    let customers = cli.customer_ids.iter().map(|id| customer_id(id)).collect::<Result<Vec<_>, _>>()?;
    check_source(&cli, matches)?;
    check_stdin(&cli)?;
    let query = query(&mut cli)?;
    let (format, format_origin) = match cli.output {
        Some(format) => (format, ""),
        None => choice::<Format>("PC_USAGE_OUTPUT")?.map_or((Format::Table, ""), |it| (it, " (PC_USAGE_OUTPUT)")),
    };
    check_format(format, format_origin, matches)?;
    let to_stdout = cli.out_file.as_deref().is_none_or(|path| path.as_os_str() == "-");
    let style = match format {
        Format::Table => Style::Table(View {
            width: if to_stdout { output::terminal_width() } else { None },
            color: color(cli.color, to_stdout && output::is_terminal())?,
            header: !cli.no_header,
        }),
        Format::Csv => Style::Csv(csv::Style {
            delimiter: cli.delimiter.unwrap_or(b','),
            excel: cli.excel,
            mark: true,
            header: !cli.no_header,
            raw_text: cli.raw_text,
        }),
        Format::Json => Style::Json,
        Format::Jsonl => Style::Jsonl,
    };
    Ok(Report {
        style,
        query,
        compare: cli.compare.take().map(file),
        quiet: cli.quiet,
        to_terminal: to_stdout && output::is_terminal(),
        fail_on_empty: cli.fail_on_empty,
        out_file: cli.out_file.clone(),
        source: source(cli, customers)?,
    })
}

/// What is asked of the rows.
fn query(cli: &mut Cli) -> Result<Query, Failure> {
    let shape = match (cli.summary, cli.compare.is_some()) {
        (true, true) => return Err(Failure::usage("--summary and --compare cannot be used together")),
        (true, false) => Shape::Summary,
        (false, true) => Shape::Changes,
        (false, false) => Shape::Rows,
    };
    let query = Query {
        shape,
        filters: mem::take(&mut cli.filters),
        sort: mem::take(&mut cli.sort),
        columns: cli.columns.take(),
        alarms: mem::take(&mut cli.fail_if),
        today: now()?.to_zoned(TimeZone::UTC).date(),
    };
    let fields = shape.fields();
    let Some((option, field)) = query.named().find(|(_, field)| !fields.contains(field)) else { return Ok(query) };
    let name = field.0.name;
    let needs = [("--summary", Shape::Summary), ("--compare FILE", Shape::Changes)];
    let failure = match needs.iter().find(|(_, other)| *other != shape && other.fields().contains(&field)) {
        _ if shape == Shape::Summary => Failure::usage(format!("{option}: a summary has no field {name}")),
        Some((need, _)) => Failure::usage(format!("{option}: the field {name} needs {need}")),
        None => Failure::usage(format!("{option}: {name} is no field of this report")),
    };
    Err(failure.hint(format!("the fields are {}", named(&fields))))
}

fn file(path: PathBuf) -> SavedFile {
    (path.as_os_str() != "-").then_some(path)
}

fn source(cli: Cli, mut customers: Vec<CustomerId>) -> Result<Source, Failure> {
    if let Some(path) = cli.input {
        return Ok(Source::Input(Input { file: file(path), customer: customers.pop() }));
    }
    let jobs = match cli.jobs {
        Some(jobs) => jobs,
        None => jobs()?.filter(|_| !cli.demo).unwrap_or(DEFAULT_JOBS),
    };
    let jobs = usize::from(jobs);
    let http = http::Options { connections: jobs, ..http_options(&cli)? };
    let note = if cli.quiet { |_: &str| {} } else { output::note };
    let locale = cli.locale.clone().unwrap_or_else(|| "en-US".to_owned());
    let target = service(&cli)?;
    let token = match &target {
        Some(target) => token(&cli, target)?,
        None => session::Source::Given(demo::token()),
    };
    let wanted = match (cli.customers, customers.len()) {
        (Some(path), _) => Wanted::Listed(file(path)),
        (None, _) if cli.all => Wanted::All,
        (None, 0) => Wanted::One(DEMO_CUSTOMER.parse().map_err(Failure::usage)?),
        (None, 1) => Wanted::One(customers[0]),
        (None, _) => {
            let mut seen = HashSet::new();
            customers.retain(|customer| seen.insert(*customer));
            Wanted::These(customers)
        }
    };
    let base_url = target.map(|target| target.base_url);
    let is_demo = base_url.is_none();
    let service = Service { token, base_url: base_url.unwrap_or_default(), locale, http, jobs, note };
    Ok(if is_demo { Source::Demo(service, wanted) } else { Source::Service(service, wanted) })
}

const DEFAULT_JOBS: u8 = 4;

fn jobs() -> Result<Option<u8>, Failure> {
    let Some(text) = variable("PC_USAGE_JOBS")? else { return Ok(None) };
    match text.parse() {
        Ok(jobs @ 1..=32) => Ok(Some(jobs)),
        _ => {
            Err(Failure::usage(format!("PC_USAGE_JOBS is `{}`, which is no number from 1 to 32", clean_cut(&text, 40))))
        }
    }
}

fn http_options(cli: &Cli) -> Result<http::Options, Failure> {
    Ok(http::Options {
        timeout: Duration::from_secs(cli.timeout.unwrap_or(180)),
        retries: cli.retries.unwrap_or(3),
        max_wait: max_wait(cli),
        connections: 1,
        // The demo honours nothing of the environment but what the report looks like.
        proxy: if cli.demo { None } else { proxy()? },
        verbose: cli.verbose,
        trace: output::trace,
    })
}

fn max_wait(cli: &Cli) -> Duration {
    Duration::from_secs(cli.max_wait.unwrap_or(120))
}

/// The cloud and its addresses, and what of them was asked for.
struct Target {
    cloud: Cloud,
    base_url: String,
    authority: String,
    asked: Asked,
}

/// None for the sample service, which looks at no variable that leads elsewhere but whether its value is good.
fn service(cli: &Cli) -> Result<Option<Target>, Failure> {
    let target = target(cli)?;
    if !cli.demo {
        return Ok(Some(target));
    }
    profile(cli)?;
    tenant_id()?;
    client_id()?;
    Ok(None)
}

fn target(cli: &Cli) -> Result<Target, Failure> {
    let mut asked = Vec::new();
    let cloud = match cli.cloud {
        Some(cloud) => Some(("--cloud", cloud)),
        None => choice("PC_USAGE_CLOUD")?.map(|cloud| ("PC_USAGE_CLOUD", cloud)),
    };
    asked.extend(cloud.map(|(name, cloud)| (Bound::Cloud, name, cloud.name().to_owned())));
    let cloud = cloud.map_or(Cloud::Global, |(_, cloud)| cloud);
    let mut url = |bound, flag: &Option<String>, option, variable_name, default: &str| -> Result<String, Failure> {
        let (name, url) = match flag {
            Some(url) => (option, Some(url.clone())),
            None => (variable_name, variable(variable_name)?),
        };
        let Some(url) = url else { return Ok(default.to_owned()) };
        let url = address::checked(&url).map_err(|why| {
            let hint = format!("give an address such as {default}, without user, query and fragment");
            Failure::usage(format!("{name}: {why}")).hint(hint)
        })?;
        asked.push((bound, name, url.clone()));
        Ok(url)
    };
    let base_url = url(Bound::BaseUrl, &cli.base_url, "--base-url", "PC_USAGE_BASE_URL", cloud.base_url())?;
    let authority = url(Bound::Authority, &cli.authority, "--authority", "PC_USAGE_AUTHORITY", cloud.authority())?;
    Ok(Target { cloud, base_url, authority, asked: Asked(asked) })
}

/// Where the token comes from: the first of the places that says something.
fn token(cli: &Cli, target: &Target) -> Result<session::Source, Failure> {
    if let Some(path) = &cli.token_file {
        if cli.profile.is_some() {
            return Err(Failure::usage("--token-file and --profile are two sources of a token: give one"));
        }
        return Ok(session::Source::Given(given(path)));
    }
    if cli.profile.is_none() {
        // What is no text is no token, which is for `given` to say.
        if let Some(token) = env::var_os("PC_USAGE_ACCESS_TOKEN").filter(|token| !token.is_empty()) {
            let token = Secret::new(token.to_string_lossy().into_owned());
            return Ok(session::Source::Given(Given::Environment("PC_USAGE_ACCESS_TOKEN", token)));
        }
        if let Some(refresh_token) = variable("PC_USAGE_REFRESH_TOKEN")? {
            let missing = |name| {
                Failure::usage(format!(
                    "{name} is missing: PC_USAGE_REFRESH_TOKEN needs the tenant and the app it was made for"
                ))
            };
            let tenant_id = tenant_id()?.ok_or_else(|| missing("PC_USAGE_TENANT_ID"))?;
            let client_id = client_id()?.ok_or_else(|| missing("PC_USAGE_CLIENT_ID"))?;
            let (base_url, authority) = (target.base_url.clone(), target.authority.clone());
            let mut sign_in = SignIn::new(target.cloud, base_url, authority, tenant_id, client_id);
            let checked = |name, text: String| given::checked(text.as_bytes(), name);
            sign_in.refresh_token = checked("PC_USAGE_REFRESH_TOKEN", refresh_token)?;
            sign_in.client_secret =
                variable("PC_USAGE_CLIENT_SECRET")?.map(|it| checked("PC_USAGE_CLIENT_SECRET", it)).transpose()?;
            return Ok(session::Source::Environment(sign_in));
        }
    }
    let mut asked = target.asked.clone();
    asked.0.extend(tenant_id()?.map(|it| (Bound::TenantId, "PC_USAGE_TENANT_ID", it)));
    asked.0.extend(client_id()?.map(|it| (Bound::ClientId, "PC_USAGE_CLIENT_ID", it)));
    Ok(session::Source::Stored(store(cli)?, asked))
}

fn profile(cli: &Cli) -> Result<String, Failure> {
    match &cli.profile {
        Some(profile) => Ok(profile.clone()),
        None => Ok(checked("PC_USAGE_PROFILE", cli::profile)?.unwrap_or_else(|| "default".to_owned())),
    }
}

/// The place of the profile's sign-in (source: XDG Base Directory Specification, `$XDG_STATE_HOME`).
fn store(cli: &Cli) -> Result<Store, Failure> {
    let profile = profile(cli)?;
    let absolute = |name| Ok(variable(name)?.map(PathBuf::from).filter(|path| path.is_absolute()));
    let state = if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else {
        absolute("XDG_STATE_HOME")?.or_else(|| env::home_dir().map(|home| home.join(".local/state")))
    };
    let state = state.ok_or_else(|| {
        Failure::new(Kind::NotSignedIn, "there is no place for stored sign-ins: neither XDG_STATE_HOME nor HOME is set")
    })?;
    Ok(Store::new(state.join("pc-usage"), profile))
}

fn login(cli: &Cli, login: cli::Login) -> Result<Login, Failure> {
    let http = http_options(cli)?;
    let Some(target) = service(cli)? else {
        let sign_in = SignIn::new(Cloud::Global, String::new(), String::new(), "demo".into(), "demo".into());
        return Ok(Login { sign_in, client_secret: None, refresh_token: None, http, store: None });
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
        return Err(Failure::usage("--client-secret-file and --refresh-token-file cannot both read standard input"));
    }
    let client_secret = match &login.client_secret_file {
        Some(path) => Some(given(path)),
        None => variable("PC_USAGE_CLIENT_SECRET")?
            .map(|secret| Given::Environment("PC_USAGE_CLIENT_SECRET", Secret::new(secret))),
    };
    Ok(Login {
        sign_in: SignIn::new(target.cloud, target.base_url, target.authority, tenant_id, client_id),
        client_secret,
        refresh_token: login.refresh_token_file.as_deref().map(given),
        http,
        store: Some(store(cli)?),
    })
}

fn status(cli: &Cli) -> Result<Status, Failure> {
    let format = match cli.output {
        Some(format) => format,
        // A format that this command lacks is no mistake of the environment.
        None => choice("PC_USAGE_OUTPUT")?.filter(|format| STATUS_FORMATS.contains(format)).unwrap_or(Format::Table),
    };
    if !STATUS_FORMATS.contains(&format) {
        return Err(Failure::usage("`status` has the formats table and json"));
    }
    let target = service(cli)?;
    Ok(Status {
        token: target.as_ref().map(|target| token(cli, target)).transpose()?,
        cloud: target.as_ref().map_or(Cloud::Global, |target| target.cloud),
        base_url: target.map(|target| target.base_url).unwrap_or_default(),
        as_json: format == Format::Json,
        out_file: cli.out_file.clone(),
        now: now()?,
    })
}

fn given(path: &Path) -> Given {
    if path.as_os_str() == "-" { Given::Stdin } else { Given::File(path.to_owned()) }
}

/// Now, or what stands in for it in tests and in reports that must not change.
fn now() -> Result<Timestamp, Failure> {
    let Some(text) = variable("PC_USAGE_NOW")? else { return Ok(Timestamp::now()) };
    text.parse().map_err(|_| Failure::usage(format!("PC_USAGE_NOW is no RFC 3339 time: {}", clean_cut(&text, 60))))
}

fn tenant_id() -> Result<Option<String>, Failure> {
    checked("PC_USAGE_TENANT_ID", cli::tenant_id)
}

fn client_id() -> Result<Option<String>, Failure> {
    checked("PC_USAGE_CLIENT_ID", cli::client_id)
}

/// A variable that is held to the rules of its option.
fn checked(name: &str, check: fn(&str) -> Result<String, String>) -> Result<Option<String>, Failure> {
    let check = |text: String| check(&text).map_err(|why| format!("{name} is `{}`: {why}", clean_cut(&text, 60)));
    variable(name)?.map(check).transpose().map_err(Failure::usage)
}

/// A customer id, or the way to a right one.
fn customer_id(text: &str) -> Result<CustomerId, Failure> {
    text.parse().map_err(|form| {
        // Cut short: it might be a token that went to the wrong place.
        let failure = Failure::usage(format!("`{}` is no customer id: {form}", clean_cut(text, 40)));
        match nearest_command(text) {
            Some(command) => failure.hint(format!("did you mean the command `{command}`?")),
            None => failure
                .hint("the id is the GUID of the customer's Microsoft Entra tenant; `pc-usage customers` lists them"),
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

/// No option that the command has no use for. Those behind its name clap has checked already, but for shared ones.
fn check_command(name: &str, matches: &ArgMatches) -> Result<(), Failure> {
    let takes = takes(name);
    match typed(matches).find(|typed| !takes.contains(&typed.trim_start_matches("--"))) {
        Some(typed) => Err(Failure::usage(format!("{typed} has no meaning for `{name}`"))),
        None if matches.get_flag("demo") => match typed_of(matches, &ACCOUNT) {
            Some(typed) => Err(Failure::usage(format!("{typed} {DEMO_IS_BUILT_IN}"))),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// What has no meaning where the service is built in.
const ACCOUNT: [&str; 5] = ["token_file", "profile", "cloud", "base_url", "authority"];
const DEMO_IS_BUILT_IN: &str = "has no meaning with --demo: the sample service is built in";

/// Exactly one source, and no option that it has no use for.
fn check_source(cli: &Cli, matches: &ArgMatches) -> Result<(), Failure> {
    const NETWORK: [&str; 5] = ["locale", "retries", "timeout", "max_wait", "jobs"];
    let refuse = |options: &[&str], why: &str| {
        typed_of(matches, options).map_or(Ok(()), |typed| Err(Failure::usage(format!("{typed} {why}"))))
    };
    let ids = match cli.customer_ids.len() {
        0 => None,
        1 => Some("a customer id"),
        _ => Some("customer ids"),
    };
    let lists = cli.customers.is_some().then_some("--customers");
    let all = cli.all.then_some("--all");
    let input = cli.input.is_some().then_some("--input");
    // A saved answer may be told whose it is.
    let named = ids.filter(|_| input.is_none() || cli.customer_ids.len() > 1);
    let sources: Vec<&str> = [named, lists, all, input].into_iter().flatten().collect();
    if let [one, another, ..] = sources[..] {
        return Err(Failure::usage(format!("{one} and {another} are two sources: give one")));
    }
    if input.is_some() {
        refuse(&["demo"], "and --input are two sources: give one")?;
        refuse(&NETWORK, "has no meaning with --input: nothing is sent")?;
        return refuse(&ACCOUNT, "has no meaning with --input: nothing is sent");
    }
    if cli.demo {
        return refuse(&ACCOUNT, DEMO_IS_BUILT_IN);
    }
    Ok(())
}

/// Standard input is read once.
fn check_stdin(cli: &Cli) -> Result<(), Failure> {
    let files = [
        ("--token-file", &cli.token_file),
        ("--customers", &cli.customers),
        ("--input", &cli.input),
        ("--compare", &cli.compare),
    ];
    let is_stdin = |path: &Option<PathBuf>| path.as_deref().is_some_and(|path| path.as_os_str() == "-");
    let stdin: Vec<&str> = files.into_iter().filter(|(_, path)| is_stdin(path)).map(|(name, _)| name).collect();
    if let [one, another, ..] = stdin[..] {
        return Err(Failure::usage(format!("{one} and {another} cannot both read standard input")));
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
    refuse(format == Format::Table, &["color"], "-o table")?;
    let rows = ["where", "sort", "columns", "summary", "compare"];
    refuse(format != Format::Json, &rows, "-o table, -o csv and -o jsonl")
}

/// The options that were typed, as they are typed.
fn typed(matches: &ArgMatches) -> impl Iterator<Item = String> {
    matches
        .ids()
        .filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine))
        .filter(|id| id.as_str() != "Cli")
        .map(|id| match id.as_str() {
            "customer_ids" => "a customer id".to_owned(),
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

/// The proxy, by the variables that everybody knows.
fn proxy() -> Result<Option<Proxy>, Failure> {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let Some(text) = variable(name)? else { continue };
        let server = ureq::Proxy::new(&text)
            .ok()
            .filter(|proxy| matches!(proxy.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https))
            // ureq takes 80 for a port that is none.
            .filter(|proxy| !proxy.host().is_empty() && address::has_port(proxy.uri()))
            .ok_or(name);
        let list = match variable("NO_PROXY")? {
            Some(list) => Some(list),
            None => variable("no_proxy")?,
        };
        let entries = list.unwrap_or_default();
        let bypass = entries.split([',', ' ']).filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
        return Ok(Some(Proxy { server, bypass }));
    }
    Ok(None)
}
