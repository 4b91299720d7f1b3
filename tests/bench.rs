//! Times whole `pc-usage` processes beside `curl` and `jq` against a loopback server, each command in turn, and prints medians.
//! It refuses to judge: no time fails it, targets are only printed; a command that fails or writes too few rows ends it.
//!
//! `cargo bench` takes about two minutes, `cargo bench --bench bench -- --quick` a few seconds: a tenth of the runs and of the
//! customers of a run, so it only shows that everything works. A name, such as `endpoints`, runs that race alone.
//! Every command runs with the same, nearly empty environment and writes to the null device, so that no reader is timed with it.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use nix::sys::resource::{UsageWho, getrusage};

const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
const PC_USAGE: &str = env!("CARGO_BIN_EXE_pc-usage");

/// How many calls may be under way at once, where there are many customers.
const JOBS: usize = 16;

/// What the service takes for an answer there.
const SERVER_TIME: Duration = Duration::from_millis(50);

/// Stands between two commands whose processes run at the same time, as in a shell.
const PIPE: &str = "|";

/// Does what `-o csv` does: the same header and the same 13 columns.
const JQ: &str = r#"
["customerId","customerName","productName","workloadName","workloadCode","serviceName","serviceCode","channel",
 "licensesQualified","licensesActive","licensesIdle","usagePercent","processedDateTime"],
(.items[] | [.customerId // $id, .customerName, .productName, .workloadName, .workloadCode, .serviceName, .serviceCode, .channel,
 .licensesQualified, .licensesActive, ([.licensesQualified - .licensesActive, 0] | max), .usagePercent, .processedDateTime])
| @csv"#;

/// The formats, each of which takes the same saved rows.
const FORMATS: [&str; 7] = ["table", "csv", "json", "jsonl", "markdown", "html", "xlsx"];

/// What a Python script has to do for the same: read the rows, give them the columns of `-o csv`.
const PYTHON: &str = r#"
import datetime, io, json, sys
NAMES = ["customerId", "customerName", "productName", "workloadName", "workloadCode", "serviceName", "serviceCode", "channel",
         "licensesQualified", "licensesActive", "licensesIdle", "usagePercent", "processedDateTime"]
def rows():
    for row in json.load(open(sys.argv[1], encoding="utf-8-sig"))["items"]:
        row["licensesIdle"] = max(row["licensesQualified"] - row["licensesActive"], 0)
        row["processedDateTime"] = datetime.datetime.fromisoformat(row["processedDateTime"]).replace(tzinfo=None)
        yield [row.get(name) for name in NAMES]
"#;

/// To a workbook, in the mode that holds no rows.
const OPENPYXL: &str = r#"
from openpyxl import Workbook
book = Workbook(write_only=True)
sheet = book.create_sheet("Usage")
sheet.append(NAMES)
for row in rows():
    sheet.append(row)
file = io.BytesIO()
book.save(file)
sys.stdout.buffer.write(file.getvalue())
"#;

/// To a page.
const PANDAS: &str = r"
import pandas
pandas.DataFrame(rows(), columns=NAMES).to_html(sys.stdout)
";

/// The floor of every process: nothing at all.
const EMPTY: &str = "fn main() {}";

/// The floor of every fetch: the same request, the answer read to its end, nothing done with it.
const CLIENT: &str = r#"
use std::io::{Read, Write};
fn main() -> std::io::Result<()> {
    let argument = |n| std::env::args().nth(n).expect("an address and a path");
    let mut server = std::net::TcpStream::connect(argument(1))?;
    let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", argument(2), argument(1));
    server.write_all(request.as_bytes())?;
    let mut piece = [0; 1 << 17];
    while server.read(&mut piece)? > 0 {}
    Ok(())
}"#;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, command @ ..] = &arguments[..]
        && first == "--peak"
    {
        return print_peak(command);
    }
    // Without `--bench` it is `cargo test --all-targets` that runs us: enough to see that it works.
    let given = |option: &str| arguments.iter().any(|argument| argument == option);
    let quick = given("--quick") || !given("--bench");
    let bench = Bench::new(if quick { 10 } else { 1 });

    println!("pc-usage: whole processes run in turn, output to the null device");
    println!("binary: {} (target: at most 5.5 MB)", megabytes(binary_size()));
    let races: [(&str, &dyn Fn()); 9] = [
        ("start-up", &|| bench.start_up()),
        ("small", &|| {
            bench.customer(5, 200, "5 rows", &[("curl", 0.25), ("curl | jq", 0.09)]);
            bench.customer(1_000, 60, "1 000 rows", &[]);
        }),
        ("large", &|| bench.customer(100_000, 7, "100 000 rows", &[("curl | jq", 0.08)])),
        ("empty", &|| bench.empty_rows(3)),
        ("slow", &|| bench.many_slow(200, 15)),
        ("many", &|| bench.many_rows(1_000, 50, 11)),
        ("closing", &|| bench.closing(50, 15)),
        ("endpoints", &|| bench.endpoints(2_000, 50, 7)),
        ("formats", &|| bench.formats(100_000, 5)),
    ];
    // Those that are named, or all.
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    let names_none = !races.iter().any(|(name, _)| is_named(name));
    for (_, race) in races.iter().filter(|(name, _)| names_none || is_named(name)) {
        race();
    }
}

/// A command line, its name in the table, and how many lines it must write (`None`: it writes no report).
struct Contender {
    name: &'static str,
    command: Vec<String>,
    lines: Option<usize>,
}

impl Contender {
    fn new(name: &'static str, command: &[&str], lines: Option<usize>) -> Self {
        let command = command.iter().map(ToString::to_string).collect();
        Self { name, command, lines }
    }
}

/// What became of a contender.
struct Measured {
    median: Duration,
    /// Of memory, in bytes.
    peak: u64,
    /// Opened by each run.
    connections: Vec<usize>,
    /// Sent by its first run.
    requests: usize,
}

impl Measured {
    /// The fewest and the most that a run opened.
    fn connections(&self) -> String {
        let (fewest, most) = (self.connections.iter().min(), self.connections.iter().max());
        let (fewest, most) = (fewest.copied().unwrap_or_default(), most.copied().unwrap_or_default());
        if fewest == most { most.to_string() } else { format!("{fewest} to {most}") }
    }

    fn ratio(&self, other: Duration) -> f64 {
        self.median.as_secs_f64() / other.as_secs_f64()
    }
}

struct Bench {
    /// Home of every process and place of the floor programs; removed at the end.
    home: tempfile::TempDir,
    /// What the number of runs is divided by.
    haste: usize,
    empty: Option<String>,
    client: Option<String>,
    curl: bool,
    jq: bool,
}

impl Bench {
    fn new(haste: usize) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        Self {
            empty: compile(home.path(), "empty", EMPTY),
            client: compile(home.path(), "client", CLIENT),
            curl: installed("curl"),
            jq: installed("jq"),
            home,
            haste,
        }
    }

    /// How long a process takes that does nothing.
    fn start_up(&self) {
        let mut contenders = vec![Contender::new("--version", &[PC_USAGE, "--version"], None)];
        if let Some(empty) = &self.empty {
            contenders.push(Contender::new("empty program", &[empty], None));
        }
        if let [version, empty] = &self.race("start-up", 200, &contenders, None)[..] {
            let more = 1e3 * (version.median.as_secs_f64() - empty.median.as_secs_f64());
            println!("  --version − empty program: {more:+.2} ms (target: 0.30 ms)");
        }
    }

    /// The usage of one customer who has so many rows; `targets` are times as parts of another contender's.
    fn customer(&self, rows: usize, runs: usize, title: &str, targets: &[(&str, f64)]) {
        let body = usage(rows);
        let server = Server::start(&body, Duration::ZERO);
        let path = path(CUSTOMER);
        let (base, address) = (server.base(), server.address.to_string());
        let url = format!("{base}{path}");
        let lines = Some(rows + 1);

        let pc_usage = [PC_USAGE, CUSTOMER, "--base-url", &base, "-o", "csv"];
        let curl = ["curl", "-s", &url];
        let jq = [PIPE, "jq", "-r", "--arg", "id", CUSTOMER, JQ];
        let mut contenders = vec![Contender::new("pc-usage", &pc_usage, lines)];
        if self.curl {
            contenders.push(Contender::new("curl", &curl, None));
        }
        if self.curl && self.jq {
            let pipeline = [&curl[..], &jq[..]].concat();
            contenders.push(Contender::new("curl | jq", &pipeline, lines));
        }
        if let Some(client) = &self.client {
            let client = [client.as_str(), &address, &path];
            contenders.push(Contender::new("bare client", &client, None));
        }

        let measured = self.race(title, runs, &contenders, Some(&server));
        for (contender, other) in contenders.iter().zip(&measured).skip(1) {
            let ratio = measured[0].ratio(other.median);
            print!("  pc-usage ÷ {}: {ratio:.3}", contender.name);
            match targets.iter().find(|target| target.0 == contender.name) {
                Some((_, target)) => println!(" (target: {target})"),
                None => println!(),
            }
        }
        // The body, the report made of it, and little else: no list of rows.
        let target = body.len() as u64 * 14 / 10 + 8_000_000;
        println!(
            "  memory: {} (target: at most {}, 1.4 × body + 8 MB)",
            megabytes(measured[0].peak),
            megabytes(target)
        );
    }

    /// As many rows as a body can have, with nothing in them: what raw JSON holds beside the body.
    fn empty_rows(&self, runs: usize) {
        let rows = (63 << 20) / 3 / self.haste;
        let body = format!(r#"{{"items":[{}{{}}]}}"#, "{},".repeat(rows - 1));
        let server = Server::start(body.as_bytes(), Duration::ZERO);
        let command = [PC_USAGE, CUSTOMER, "--base-url", &server.base(), "-o", "json"];
        let contenders = [Contender::new("pc-usage", &command, Some(1))];
        let title = format!("{} of `{{}}` rows to raw JSON", megabytes(body.len() as u64));
        let measured = self.race(&title, runs, &contenders, Some(&server));
        println!("  memory: {} (target: under 200 MB)", megabytes(measured[0].peak));
    }

    /// Many customers of a service that takes its time: how much is added to that, and over how many connections.
    fn many_slow(&self, customers: usize, runs: usize) {
        let customers = customers / self.haste;
        let server = Server::start(&usage(5), SERVER_TIME);
        let (base, jobs) = (server.base(), JOBS.to_string());
        let list = self.file("customers", guids(customers));
        let urls = || guids(customers).map(|guid| format!("{base}{}", path(&guid)));
        let (plain, config) =
            (self.file("urls", urls()), self.file("curlrc", urls().map(|url| format!("url = {url}"))));

        let pc_usage = [PC_USAGE, "--customers", &list, "--jobs", &jobs, "--base-url", &base, "-o", "csv"];
        let xargs = ["cat", &plain, PIPE, "xargs", "-P", &jobs, "-n", "1", "curl", "-s"];
        let parallel = ["curl", "--no-progress-meter", "--parallel", "--parallel-max", &jobs, "--config", &config];
        let mut contenders = vec![Contender::new("pc-usage", &pc_usage, Some(5 * customers + 1))];
        if self.curl && installed("xargs") {
            contenders.push(Contender::new("xargs -P 16 curl", &xargs, None));
        }
        if self.curl {
            contenders.push(Contender::new("curl -Z", &parallel, None));
        }

        let title = format!("{customers} customers, {} ms each, {jobs} at a time", SERVER_TIME.as_millis());
        let measured = self.race(&title, runs, &contenders, Some(&server));
        let rounds = u32::try_from(customers.div_ceil(JOBS)).expect("few rounds");
        let ideal = SERVER_TIME * rounds;
        println!("  ideal: {rounds} × {} ms = {} ms", SERVER_TIME.as_millis(), ideal.as_millis());
        for (contender, measured) in contenders.iter().zip(&measured) {
            assert_eq!(measured.requests, customers, "requests of {}", contender.name);
            let is_ours = contender.name == "pc-usage";
            let target = |target: &str| if is_ours { format!(" (target: {target})") } else { String::new() };
            println!(
                "  {} ÷ ideal: {:.3}{}, over {} connections{}",
                contender.name,
                measured.ratio(ideal),
                target("1.03"),
                measured.connections(),
                target(&JOBS.min(customers).to_string()),
            );
        }
    }

    /// A run over many customers with many rows, and one over twice as many: what a customer costs, and what they hold.
    fn many_rows(&self, customers: usize, rows: usize, runs: usize) {
        let customers = customers / self.haste;
        let server = Server::start(&usage(rows), Duration::ZERO);
        let (base, jobs) = (server.base(), JOBS.to_string());
        let contender = |name, customers| {
            let list = self.file(name, guids(customers));
            let command = [PC_USAGE, "--customers", &list, "--jobs", &jobs, "--base-url", &base, "-o", "csv"];
            Contender::new(name, &command, Some(customers * rows + 1))
        };
        let contenders = [contender("once", customers), contender("twice", 2 * customers)];
        let title = format!("{customers} customers with {rows} rows, and twice as many, {jobs} at a time");
        if let [once, twice] = &self.race(&title, runs, &contenders, Some(&server))[..] {
            println!("  twice ÷ once: {:.3} (target: 2.1)", twice.ratio(once.median));
            println!("  memory of twice as many: {} (target: under 24 MB)", megabytes(twice.peak));
            println!("  connections: {} and {} (target: at most {jobs})", once.connections(), twice.connections());
        }
    }

    /// A run over many customers, one after the other, of a server that closes each connection behind its answer without a
    /// word: it is kept, and dead when it is used again.
    fn closing(&self, customers: usize, runs: usize) {
        let server = Server::start_with(&[usage(5)], |_| 0, Duration::ZERO, true);
        let base = server.base();
        let list = self.file("customers", guids(customers));
        let urls: Vec<String> = guids(customers).map(|guid| format!("{base}{}", path(&guid))).collect();
        // No retry: what dies is none.
        let pc_usage =
            [PC_USAGE, "--customers", &list, "--jobs", "1", "--retries", "0", "--base-url", &base, "-o", "csv"];
        let curl: Vec<&str> = ["curl", "-s"].into_iter().chain(urls.iter().map(String::as_str)).collect();
        let mut contenders = vec![Contender::new("pc-usage", &pc_usage, Some(5 * customers + 1))];
        if self.curl {
            contenders.push(Contender::new("curl", &curl, None));
        }
        let title = format!("{customers} customers of a server that closes quietly after each answer, one at a time");
        if let [ours, curl] = &self.race(&title, runs, &contenders, Some(&server))[..] {
            println!("  pc-usage ÷ curl: {:.3} (target: 1.5)", ours.ratio(curl.median));
        }
    }

    /// All customers of a service that takes its time, from either endpoint: one call each, or a few pages for all.
    fn endpoints(&self, customers: usize, rows: usize, runs: usize) {
        const SERVER_TIME: Duration = Duration::from_millis(20);
        let customers = customers / self.haste;
        let pages = commercial(customers, rows);
        let bodies = [vec![usage(rows), list(customers)], pages].concat();
        let server = Server::start_with(
            &bodies,
            |path| match path.split_once("skip=") {
                Some((_, skip)) => {
                    let digits = skip.bytes().take_while(u8::is_ascii_digit).count();
                    2 + skip[..digits].parse::<usize>().expect("a number") / PAGE
                }
                None if path.contains("/commercial/") => 2,
                None => usize::from(path.contains("size=500")),
            },
            SERVER_TIME,
            false,
        );
        let (base, jobs) = (server.base(), JOBS.to_string());
        let command = |endpoint| {
            [PC_USAGE, "--all", "--endpoint", endpoint, "--jobs", &jobs, "--base-url", &base, "-q", "-o", "csv"]
        };
        let contender = |endpoint| Contender::new(endpoint, &command(endpoint), Some(customers * rows + 1));
        let contenders = [contender("commercial"), contender("customer")];
        let title =
            format!("{customers} customers with {rows} rows, {} ms a call, {jobs} at a time", SERVER_TIME.as_millis());
        if let [commercial, customer] = &self.race(&title, runs, &contenders, Some(&server))[..] {
            println!("  commercial ÷ customer: {:.3} (target: 0.15)", commercial.ratio(customer.median));
            println!("  memory of commercial: {} (target: under 40 MB)", megabytes(commercial.peak));
            println!("  requests: {} and {}", commercial.requests, customer.requests);
        }
    }

    /// The same rows in every format, and by the Python libraries that people would write a workbook or a page with.
    fn formats(&self, rows: usize, runs: usize) {
        let rows = rows / self.haste;
        let body = self.file("body", std::iter::once(String::from_utf8(usage(rows)).expect("JSON is text")));
        let mut contenders: Vec<_> =
            FORMATS.iter().map(|name| Contender::new(name, &[PC_USAGE, "--input", &body, "-o", name], None)).collect();
        let mut pairs = Vec::new();
        for (ours, module, script) in [("xlsx", "openpyxl", OPENPYXL), ("html", "pandas", PANDAS)] {
            if FORMATS.contains(&ours) && has_module(module) {
                let script = self.file(module, [PYTHON, script].map(str::to_owned).into_iter());
                contenders.push(Contender::new(module, &["python3", &script, &body], None));
                pairs.push((ours, module));
            }
        }
        let measured = self.race(&format!("{rows} rows to each format"), runs, &contenders, None);
        let of = |name| contenders.iter().position(|it| it.name == name).map(|at| &measured[at]).expect("a contender");
        for (ours, theirs) in pairs {
            let times = of(theirs).ratio(of(ours).median);
            println!("  {theirs} ÷ {ours}: {times:.1} (target: at least 10)");
        }
        println!("  memory of xlsx: {} (target: under 100 MB)", megabytes(of("xlsx").peak));
    }

    /// Writes a file of these lines, and gives its path.
    fn file(&self, name: &str, lines: impl Iterator<Item = String>) -> String {
        let path = self.home.path().join(name).with_extension("txt");
        fs::write(&path, lines.map(|line| line + "\n").collect::<String>()).expect("room for a small file");
        path.to_str().expect("the temporary folder's name is text").to_owned()
    }

    /// Runs the contenders in turn, so that a machine that slows down slows all of them, and prints a line for each.
    fn race(&self, title: &str, runs: usize, contenders: &[Contender], server: Option<&Server>) -> Vec<Measured> {
        let runs = (runs / self.haste).max(1);
        println!("\n{title} ({runs} × each)");
        println!("  {:16}{:>12}{:>12}{:>12}{:>10}", "", "median", "fastest", "slowest", "memory");
        // The check is the warm-up too.
        let counts = || server.map_or((0, 0), Server::counts);
        let first = |contender| {
            let before = counts();
            self.check(contender);
            let after = counts();
            (vec![after.0 - before.0], after.1 - before.1)
        };
        let mut counted: Vec<(Vec<usize>, usize)> = contenders.iter().map(first).collect();
        let mut times = vec![Vec::new(); contenders.len()];
        for _ in 0..runs {
            for ((contender, times), (connections, _)) in contenders.iter().zip(&mut times).zip(&mut counted) {
                let before = counts();
                times.push(self.time(&contender.command));
                connections.push(counts().0 - before.0);
            }
        }
        let finish = |((contender, times), (connections, requests)): ((&Contender, &mut Vec<Duration>), _)| {
            times.sort_unstable();
            let median = times[times.len() / 2];
            let peak = self.peak(&contender.command);
            println!(
                "  {:16}{}{}{}{:>10}",
                contender.name,
                milliseconds(median),
                milliseconds(times[0]),
                milliseconds(times[times.len() - 1]),
                megabytes(peak),
            );
            Measured { median, peak, connections, requests }
        };
        contenders.iter().zip(&mut times).zip(counted).map(finish).collect()
    }

    /// Times mean nothing where the work is not done.
    fn check(&self, contender: &Contender) {
        let mut running = start(&contender.command, self.home.path(), Stdio::piped());
        let report = BufReader::new(last_output(&mut running));
        let lines = report.split(b'\n').count();
        finish(running);
        if let Some(expected) = contender.lines {
            assert_eq!(lines, expected, "lines written by {}", contender.name);
        }
    }

    fn time(&self, command: &[String]) -> Duration {
        let begin = Instant::now();
        finish(start(command, self.home.path(), Stdio::null()));
        begin.elapsed()
    }

    /// The peak memory, in bytes, of the largest of the command's processes.
    fn peak(&self, command: &[String]) -> u64 {
        // A process of its own, since the system only tells the peak of all children so far; a small one, since a child's
        // peak starts with what its parent had. That start is what the floor programs show.
        let this = env::current_exe().expect("the path of this program");
        let output = Command::new(this)
            .arg("--peak")
            .args(command)
            .current_dir(self.home.path())
            .output()
            .expect("this program starts");
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().expect("a number of bytes")
    }
}

/// `--peak COMMAND…`: runs it once and prints the largest of its processes' peak memory in bytes.
fn print_peak(command: &[String]) {
    finish(start(command, Path::new("."), Stdio::null()));
    println!("{}", peak());
}

#[cfg(unix)]
fn peak() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the children's usage");
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    usage.max_rss() * unit
}

/// Windows would tell only through handles of processes.
#[cfg(not(unix))]
fn peak() -> i64 {
    0
}

/// Starts the commands between the `|`s, each reading what the one before writes.
fn start(command: &[String], home: &Path, output: Stdio) -> Vec<Child> {
    let mut output = Some(output);
    let mut running: Vec<Child> = Vec::new();
    let mut stages = command.split(|word| word == PIPE).peekable();
    while let Some(stage) = stages.next() {
        let input = running.last_mut().and_then(|child| child.stdout.take());
        let last = stages.peek().is_none();
        let child = Command::new(&stage[0])
            .args(&stage[1..])
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("PC_USAGE_ACCESS_TOKEN", "bench")
            .stdin(input.map_or_else(Stdio::null, Stdio::from))
            .stdout(output.take_if(|_| last).unwrap_or_else(Stdio::piped))
            .spawn()
            .expect("the command starts");
        running.push(child);
    }
    running
}

fn last_output(running: &mut [Child]) -> ChildStdout {
    let last = running.last_mut().and_then(|child| child.stdout.take());
    last.expect("the last command's output is piped")
}

fn finish(running: Vec<Child>) {
    for mut child in running {
        let status = child.wait().expect("the command ends");
        assert!(status.success(), "a command failed: {status}");
    }
}

fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!(
            "{program} is missing, so it is not compared; try `apt install {program}` or `brew install {program}`"
        );
    }
    found
}

/// Whether Python can use the module.
fn has_module(module: &str) -> bool {
    let import = Command::new("python3").args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
    let found = import.is_ok_and(|status| status.success());
    if !found {
        println!("Python's {module} is missing, so it is not compared; try `pip install {module}`");
    }
    found
}

/// Builds a floor program; `None`, and a word about it, where there is no compiler.
fn compile(folder: &Path, name: &str, source: &str) -> Option<String> {
    let (file, program) = (folder.join(name).with_extension("rs"), folder.join(name));
    fs::write(&file, source).expect("room for a small file");
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(compiler)
        .args(["--edition", "2024", "-O", "-o"])
        .args([&program, &file])
        .status()
        .is_ok_and(|status| status.success());
    if !built {
        println!("rustc did not build the {name} program, so it is not compared");
        return None;
    }
    program.to_str().map(str::to_owned)
}

fn binary_size() -> u64 {
    fs::metadata(PC_USAGE).expect("pc-usage is built").len()
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

fn milliseconds(time: Duration) -> String {
    format!("{:>9.2} ms", 1e3 * time.as_secs_f64())
}

/// The documented answer for five rows, else rows like it, without the byte order mark.
fn usage(rows: usize) -> Vec<u8> {
    if rows == 5 {
        return include_bytes!("../src/demo/customer-usage.json")[3..].to_vec();
    }
    let workloads = ["Exchange", "SharePoint", "Skype For Business", "Teams"];
    let mut body = format!(r#"{{"totalCount":{rows},"items":["#);
    for row in 0..rows {
        let (product, workload) = (row / workloads.len(), workloads[row % workloads.len()]);
        let (qualified, active) = (product % 997 + 1, row * 7 % (product % 997 + 2));
        let tenths = active * 1000 / qualified;
        let comma = if row == 0 { "" } else { "," };
        write!(
            body,
            r#"{comma}{{"customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 PLAN {product}","licensesActive":{active},"licensesQualified":{qualified},"usagePercent":{}.{},"workloadName":"{workload}","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{{"objectType":"CustomerLicensesUsageInsights"}}}}"#,
            tenths / 10,
            tenths % 10,
        )
        .expect("a String takes everything");
    }
    body.push_str(r#"],"attributes":{"objectType":"Collection"}}"#);
    body.into_bytes()
}

/// Rows on a page of the successor endpoint.
const PAGE: usize = 10_000;

/// The pages of the successor endpoint for so many customers with so many rows each.
fn commercial(customers: usize, rows: usize) -> Vec<Vec<u8>> {
    let ids: Vec<String> = guids(customers).map(|guid| guid.to_uppercase()).collect();
    let (total, workloads) = (customers * rows, [("EXO", "Exchange"), ("SPO", "SharePoint")]);
    let page = |first: usize| {
        let mut body = String::from(r#"{"Value":["#);
        for row in first..(first + PAGE).min(total) {
            let (id, product, (code, workload)) = (&ids[row / rows], row % rows, workloads[row % workloads.len()]);
            let comma = if row == first { "" } else { "," };
            write!(
                body,
                r#"{comma}{{"processedDateTime":"2018-10-14T00:00:00","workloadCode":"{code}","workloadName":"{workload}","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"{id}","customerName":"TEST COMPANY","productId":"6FD2C87F-B296-42F0-B197-1E91E994{product:04}","productName":"OFFICE 365 PLAN {product}","licenseActive":{},"licensesQualified":{}}}"#,
                row * 7 % 500,
                500 + row % 97,
            )
            .expect("a String takes everything");
        }
        write!(body, r#"],"@nextLink":null,"TotalCount":{total}}}"#).expect("a String takes everything");
        body.into_bytes()
    };
    (0..total).step_by(PAGE).map(page).collect()
}

/// The list of so many customers, on one page.
fn list(customers: usize) -> Vec<u8> {
    let items: Vec<_> = guids(customers).map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    format!(r#"{{"totalCount":{customers},"items":[{}]}}"#, items.join(",")).into_bytes()
}

fn path(customer: &str) -> String {
    format!("/v1/customers/{customer}/analytics/licenses/usage")
}

/// So many customer ids.
fn guids(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|index| format!("{index:08x}-70f4-4e1e-9ff1-b2bfce8d9f04"))
}

/// Answers every request with a prepared body, until the bench ends.
struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// Each answer is one prepared piece of memory: with a byte order mark, and without.
    answers: Vec<[Vec<u8>; 2]>,
    /// The number of the answer to a request for this path.
    route: fn(&str) -> usize,
    /// Between a request and its answer.
    delay: Duration,
    /// Each connection is closed after one answer, which does not say so.
    closes: bool,
    connections: AtomicUsize,
    requests: AtomicUsize,
    /// Whether nobody asks any more.
    has_ended: Mutex<bool>,
    ended: Condvar,
}

impl Server {
    /// More connections at once than any client is to open: one too many is counted, not held up.
    const THREADS: usize = 4 * JOBS;

    fn start(body: &[u8], delay: Duration) -> Self {
        Self::start_with(&[body.to_vec()], |_| 0, delay, false)
    }

    fn start_with(bodies: &[Vec<u8>], route: fn(&str) -> usize, delay: Duration, closes: bool) -> Self {
        let answer = |body: &[u8], mark: &[u8]| {
            let length = mark.len() + body.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
            [head.as_bytes(), mark, body].concat()
        };
        // The service sends a byte order mark, but jq stops at one: curl, and so jq, is spared it rather than made to filter it out.
        let answers = bodies.iter().map(|body| [answer(body, b"\xEF\xBB\xBF"), answer(body, b"")]).collect();
        let (connections, requests) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (has_ended, ended) = (Mutex::new(false), Condvar::new());
        let shared = Arc::new(Shared { answers, route, delay, closes, connections, requests, has_ended, ended });
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").expect("a loopback port"));
        let address = listener.local_addr().expect("the port's number");
        // A thread for each connection, but there from the start: no client pays for making one.
        for _ in 0..Self::THREADS {
            let (listener, shared) = (Arc::clone(&listener), Arc::clone(&shared));
            thread::spawn(move || {
                for connection in listener.incoming().flatten() {
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    // A client that leaves early is not the server's business; the check of its exit code is.
                    let _ = shared.talk(&connection);
                }
            });
        }
        Self { address, shared }
    }

    fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections and requests so far.
    fn counts(&self) -> (usize, usize) {
        (self.shared.connections.load(Ordering::Relaxed), self.shared.requests.load(Ordering::Relaxed))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.shared.has_ended.lock().expect("no thread panics with it") = true;
        self.shared.ended.notify_all();
    }
}

impl Shared {
    /// Waits for the end of the server, but no longer than `time`; whether it goes on.
    fn goes_on(&self, time: Duration) -> bool {
        let has_ended = self.has_ended.lock().expect("no thread panics with it");
        let waited = self.ended.wait_timeout_while(has_ended, time, |has_ended| !*has_ended);
        waited.expect("no thread panics with it").1.timed_out()
    }

    fn talk(&self, mut connection: &TcpStream) -> std::io::Result<()> {
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection);
        loop {
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") {
                if reader.by_ref().read_line(&mut request)? == 0 {
                    return Ok(());
                }
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            let request = request.to_ascii_lowercase();
            let spared = request.contains("\r\nuser-agent: curl/");
            // How slow the service is.
            if !self.delay.is_zero() && !self.goes_on(self.delay) {
                return Ok(());
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            connection.write_all(&self.answers[(self.route)(path)][usize::from(spared)])?;
            if self.closes || request.contains("\r\nconnection: close\r\n") {
                return Ok(());
            }
        }
    }
}
