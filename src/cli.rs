//! The command line: options, their values, and the help text.
//! It does not read the environment or open anything; `config` decides which options go together.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use uuid::Uuid;

use crate::cloud::{Cloud, Endpoint};
use crate::report::format::Format;
use crate::report::words::FIGURES;
use crate::sanitize::is_device;

const EXPRESSIONS: &str = "\
EXPR is FIELD OP VALUE. Numbers and dates take = != < <= > >=, text takes = != ~ (contains) !~ and
ignores case. A row without the value satisfies only != and !~. `and` and `or` join conditions;
`and` binds tighter; there are no parentheses. Put a text in quotes if it contains `and` or `or`
followed by another word and an operator.

Fields, with short names in brackets: customerId, customerName (customer), productName (product),
productId, workloadName (workload), workloadCode, serviceName (service), serviceCode, channel,
licensesQualified (qualified), licensesActive (active), licensesIdle (idle), usagePercent (usage),
processedDateTime (date), age (days since that date).
With --summary: workloads (how many) and busiestWorkload instead of the workload and the codes.
With --summary=customer: customer, products (how many), the counts, usage, date and age.
With --deployment also: licensesSold (sold), licensesDeployed (deployed: assigned to somebody),
licensesUnassigned (unassigned: sold minus deployed) and licensesAssignedIdle (assignedIdle:
deployed minus active).
With --prices also: price (but for a customer), currency, idleCost, and with --deployment
unassignedCost.
With --exceptions also: licensesSpare (spare: idle seats that are accepted) and licensesExcess
(excess: idle seats beyond those).
With --compare also: licensesQualifiedChange, licensesActiveChange, and change, which is new, gone,
changed or same.";

const EXIT_CODES: &str = "\
Exit codes: 0 report written, 1 other errors, 2 wrong arguments, 3 some customers failed,
4 not signed in, 5 forbidden, 6 no such customer, 7 throttled, 8 network or service trouble,
9 response not understood, 10 --fail-if matched, 11 no rows (with --fail-on-empty) or no row that
--fail-if could test, 129 hung up, 130 interrupted, 143 terminated.";

/// Licence usage of Microsoft Partner Center customers: a table, a page, a workbook, CSV or JSON
///
/// Shows, for each product and workload of a customer, how many licences are qualified and how many are active.
#[derive(Debug, Parser)]
#[command(
    name = "pc-usage",
    version,
    args_override_self = true,
    subcommand_precedence_over_arg = true,
    max_term_width = 100,
    subcommand_value_name = "COMMAND",
    override_usage = "pc-usage [OPTIONS] <CUSTOMER>...\n       \
                      pc-usage [OPTIONS] --customers <FILE>\n       \
                      pc-usage [OPTIONS] --all\n       \
                      pc-usage [OPTIONS] [<ID>] --input <FILE>\n       \
                      pc-usage [OPTIONS] --demo [<CUSTOMER>...]\n       \
                      pc-usage [OPTIONS] customers | login | logout | status\n       \
                      pc-usage completions <SHELL>\n       \
                      pc-usage help [COMMAND]",
    after_help = EXIT_CODES,
    after_long_help = format!("{FIGURES}\n\n{EXPRESSIONS}\n\n{EXIT_CODES}")
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that a person may type")]
#[expect(clippy::doc_markdown, reason = "these comments are the help text")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Customers by id (the GUID of their Microsoft Entra tenant), or by at least 3 characters of their name or domain
    #[arg(value_name = "CUSTOMER")]
    pub customers_typed: Vec<String>,

    /// Report on the customers listed in a file (`-` is standard input): one id per line, or the CSV from `customers`
    #[arg(action = ArgAction::Append, long, value_name = "FILE", help_heading = "Source")]
    pub customers: Option<PathBuf>,

    /// Report on every customer of the partner
    #[arg(long, help_heading = "Source")]
    pub all: bool,

    /// Report on a saved JSON response (`-` is standard input): no network, no token
    #[arg(action = ArgAction::Append, long, value_name = "FILE", help_heading = "Source")]
    pub input: Option<PathBuf>,

    /// Report on the built-in sample Partner Center: no account, no network
    #[arg(global = true, long, help_heading = "Source")]
    pub demo: bool,

    /// Format of the report [default: table] [env: PC_USAGE_OUTPUT]
    #[arg(global = true, short, long, value_name = "FORMAT", value_enum, help_heading = "Report")]
    pub output: Option<Format>,

    /// Write the report to this file, replacing it in one step (`-` is standard output); its ending is the format if there is no -o; repeatable
    #[arg(global = true, action = ArgAction::Append, long, value_name = "FILE", help_heading = "Report")]
    pub out_file: Vec<PathBuf>,

    /// CSV for Excel: byte order mark and CRLF
    #[arg(global = true, long, help_heading = "Report")]
    pub excel: bool,

    /// CSV delimiter: one ASCII character, `\t` for a tab [default: ,]
    #[arg(global = true, long, value_name = "C", value_parser = delimiter, help_heading = "Report")]
    pub delimiter: Option<u8>,

    /// Leave out the header row (CSV, table)
    #[arg(global = true, long, help_heading = "Report")]
    pub no_header: bool,

    /// Do not escape formula-like CSV cells
    #[arg(global = true, long, help_heading = "Report")]
    pub raw_text: bool,

    /// Colour the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(global = true, long, value_name = "WHEN", value_enum, help_heading = "Report")]
    pub color: Option<Color>,

    /// Show only rows that match, such as 'product ~ E3 and idle > 10'; repeatable, all must match
    #[arg(long = "where", id = "where", value_name = "EXPR", help_heading = "Rows")]
    pub filters: Vec<String>,

    /// Sort by these fields, such as `product,idle:desc`; repeatable, the first field takes precedence; rows without a value come last
    #[arg(long, value_name = "FIELDS", allow_hyphen_values = true, help_heading = "Rows")]
    pub sort: Vec<String>,

    /// Show these fields, in this order: `product,idle,usage`; repeatable
    #[arg(long, value_name = "FIELDS", help_heading = "Rows")]
    pub columns: Vec<String>,

    /// One row per product, each seat counted once across its workloads, or one row per customer [default: product]
    #[arg(
        long,
        value_name = "BY",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "product",
        help_heading = "Rows"
    )]
    pub summary: Option<Summary>,

    /// Add how many seats were sold and how many are assigned, with --summary; one more call per customer, or one more query with `--endpoint commercial`
    #[arg(long, help_heading = "Rows")]
    pub deployment: bool,

    /// Add what changed since an earlier `-o json` response (`-` is standard input): today's figure minus the earlier one
    #[arg(action = ArgAction::Append, long, value_name = "FILE", help_heading = "Rows")]
    pub compare: Option<PathBuf>,

    /// Add what idle seats cost, with --summary: a CSV of product, price (per seat and month) and currency (`-` is standard input)
    #[arg(action = ArgAction::Append, long, value_name = "FILE", help_heading = "Rows")]
    pub prices: Option<PathBuf>,

    /// Leave out customers and accept spare seats: a CSV of customer, product, spare, until and reason (`-` is standard input)
    #[arg(action = ArgAction::Append, long, value_name = "FILE", help_heading = "Rows")]
    pub exceptions: Option<PathBuf>,

    /// Exit with 10 if a shown row matches, such as 'age > 7'; repeatable, one match is enough
    #[arg(long, value_name = "EXPR", help_heading = "Rows")]
    pub fail_if: Vec<String>,

    /// Exit with 11 if the service returns no rows
    #[arg(long, help_heading = "Rows")]
    pub fail_on_empty: bool,

    /// Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]
    #[arg(global = true, action = ArgAction::Append, long, value_name = "FILE", help_heading = "Connection")]
    pub token_file: Option<PathBuf>,

    /// Stored sign-in to use [default: default] [env: PC_USAGE_PROFILE]
    #[arg(global = true, long, value_name = "NAME", value_parser = profile, help_heading = "Connection")]
    pub profile: Option<String>,

    /// Microsoft cloud [default: global] [env: PC_USAGE_CLOUD]
    #[arg(global = true, long, value_name = "CLOUD", value_enum, help_heading = "Connection")]
    pub cloud: Option<Cloud>,

    /// Address of the service [default: the cloud's] [env: PC_USAGE_BASE_URL]
    #[arg(global = true, long, value_name = "URL", help_heading = "Connection")]
    pub base_url: Option<String>,

    /// Address of the sign-in service [default: the cloud's] [env: PC_USAGE_AUTHORITY]
    #[arg(global = true, long, value_name = "URL", help_heading = "Connection")]
    pub authority: Option<String>,

    /// Endpoint of Partner Center to ask [default: customer] [env: PC_USAGE_ENDPOINT]
    #[arg(long, value_name = "ENDPOINT", value_enum, help_heading = "Connection")]
    pub endpoint: Option<Endpoint>,

    /// Language of the service's texts [default: en-US]
    #[arg(global = true, long, value_name = "TAG", value_parser = locale, help_heading = "Connection")]
    pub locale: Option<String>,

    /// Retries after a failure, 0 to 10 [default: 3]
    #[arg(global = true, long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10), help_heading = "Connection")]
    pub retries: Option<u32>,

    /// Customers fetched at a time, 1 to 32 [default: 4] [env: PC_USAGE_JOBS]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=32), help_heading = "Connection")]
    pub jobs: Option<u8>,

    /// Timeout per attempt in seconds, 1 to 3600 [default: 180]
    #[arg(global = true, long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600), help_heading = "Connection")]
    pub timeout: Option<u64>,

    /// Total time to wait between retries in seconds, 0 to 86400 [default: 120]
    #[arg(global = true, long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86400), help_heading = "Connection")]
    pub max_wait: Option<u64>,

    /// Show requests, responses and waits on standard error; twice: headers too, without secrets
    #[arg(global = true, short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// Hide notes and progress; warnings and errors are still shown
    #[arg(global = true, short, long, conflicts_with = "verbose")]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the partner's customers
    ///
    /// The fields are customerId, companyName, domain and relationshipToPartner; all are text.
    Customers(CustomersArguments),
    /// Sign in once, for unattended runs
    ///
    /// Prints an address and a code, waits for someone to sign in there, and stores the sign-in: in ~/.local/state/pc-usage, or on
    /// Windows, encrypted for your account, in %LOCALAPPDATA%\pc-usage.
    Login(LoginArguments),
    /// Forget a stored sign-in
    Logout,
    /// Show which token a run would use and what it says, without using the network
    Status,
    /// Print a completion script for a shell
    Completions {
        /// Shell to print the script for
        #[arg(value_enum)]
        shell: Shell,

        /// Passed by the script: the command line up to the cursor, whose last word is to be completed
        #[arg(last = true, hide = true)]
        words: Vec<OsString>,
    },
}

/// Options that the report has too, with their own help text. They may come before or after the command's name.
#[derive(Debug, Args)]
pub struct CustomersArguments {
    /// List only customers that match, such as 'companyName ~ contoso'; repeatable, all must match
    #[arg(long = "where", id = "where", value_name = "EXPR", help_heading = "Rows")]
    pub filters: Vec<String>,

    /// Sort by these fields, such as `companyName` or `domain:desc`; repeatable
    #[arg(long, value_name = "FIELDS", allow_hyphen_values = true, help_heading = "Rows")]
    pub sort: Vec<String>,

    /// Show these fields, in this order: `customerId,companyName`; repeatable
    #[arg(long, value_name = "FIELDS", help_heading = "Rows")]
    pub columns: Vec<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text")]
pub struct LoginArguments {
    /// The partner's tenant: its id or domain [env: PC_USAGE_TENANT_ID]
    #[arg(long, value_name = "TENANT", value_parser = tenant_id)]
    pub tenant_id: Option<String>,

    /// The app registration's id [env: PC_USAGE_CLIENT_ID]
    #[arg(long, value_name = "GUID", value_parser = client_id)]
    pub client_id: Option<String>,

    /// Read the app's secret from a file (`-` is standard input) [env: PC_USAGE_CLIENT_SECRET, the secret itself]
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,

    /// Store this refresh token instead of signing in with a device code (`-` is standard input)
    #[arg(long, value_name = "FILE")]
    pub refresh_token_file: Option<PathBuf>,
}

/// What a row of a summary stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Summary {
    /// One row per product; percentage calculated by pc-usage: active × 100 ÷ qualified
    Product,
    /// One row per customer
    Customer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// In a terminal
    Auto,
    Always,
    Never,
}

/// Any ASCII character that does not quote, end a row, or occur in a number, a date or an escaped cell.
fn delimiter(text: &str) -> Result<u8, String> {
    let text = if text == "\\t" { "\t" } else { text };
    match *text.as_bytes() {
        [byte]
            if byte.is_ascii()
                && !byte.is_ascii_alphanumeric()
                && !matches!(byte, b'"' | b'\r' | b'\n' | b'.' | b'+' | b'-' | b'\'') =>
        {
            Ok(byte)
        }
        _ => Err("a delimiter is one ASCII character, or `\\t` for a tab; not a quote, a line break, a letter, \
                  a digit or one of . + - '"
            .to_owned()),
    }
}

fn locale(text: &str) -> Result<String, String> {
    let fits = (2..=35).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits { Ok(text.to_owned()) } else { Err("a locale is a language tag such as en-US or de".to_owned()) }
}

/// Becomes a file name, so only characters that every file system accepts are allowed.
pub fn profile(text: &str) -> Result<String, String> {
    let fits = text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if is_device(text) {
        Err("on Windows a file of this name is a device; choose another name".to_owned())
    } else if fits {
        Ok(text.to_owned())
    } else {
        Err("a profile name has up to 64 letters, digits, `.`, `_` and `-`, and starts with a letter or digit"
            .to_owned())
    }
}

/// Becomes part of a URL.
pub fn tenant_id(text: &str) -> Result<String, String> {
    let fits = text.len() <= 253
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a tenant is a GUID or a domain such as contoso.onmicrosoft.com".to_owned())
    }
}

pub fn client_id(text: &str) -> Result<String, String> {
    match Uuid::try_parse(text) {
        Ok(id) if text.len() == 36 => Ok(id.to_string()),
        _ => Err("an app registration's id is a GUID like 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01".to_owned()),
    }
}
