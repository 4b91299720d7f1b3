//! Times whole `pc-usage` processes beside `curl` and `jq` against a loopback server, each command in turn, and prints medians.
//! It refuses to judge: no time fails it, targets are only printed; a command that fails or writes too few rows ends it.
//!
//! `cargo bench` takes about a minute, `cargo bench --bench bench -- --quick` a few seconds.
//! Every command runs with the same, nearly empty environment and writes to the null device, so that no reader is timed with it.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
const PC_USAGE: &str = env!("CARGO_BIN_EXE_pc-usage");

/// Stands between two commands whose processes run at the same time, as in a shell.
const PIPE: &str = "|";

/// Does what `-o csv` does: the same header and the same 13 columns.
const JQ: &str = r#"
["customerId","customerName","productName","workloadName","workloadCode","serviceName","serviceCode","channel",
 "licensesQualified","licensesActive","licensesIdle","usagePercent","processedDateTime"],
(.items[] | [.customerId // $id, .customerName, .productName, .workloadName, .workloadCode, .serviceName, .serviceCode, .channel,
 .licensesQualified, .licensesActive, ([.licensesQualified - .licensesActive, 0] | max), .usagePercent, .processedDateTime])
| @csv"#;

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
    println!("binary: {} (target: under 4 MB)", megabytes(binary_size()));
    bench.start_up();
    bench.customer(5, 200, "5 rows", &[("curl", 0.25), ("curl | jq", 0.09)]);
    bench.customer(1_000, 60, "1 000 rows", &[]);
    bench.customer(100_000, 7, "100 000 rows", &[("curl | jq", 0.08)]);
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
        let medians = self.race("start-up", 200, &contenders);
        if let [version, empty] = medians[..] {
            let more = 1e3 * (version.as_secs_f64() - empty.as_secs_f64());
            println!("  --version − empty program: {more:+.2} ms (target: 0.30 ms)");
        }
    }

    /// The usage of one customer who has so many rows; `targets` are times as parts of another contender's.
    fn customer(&self, rows: usize, runs: usize, title: &str, targets: &[(&str, f64)]) {
        let server = serve(&usage(rows));
        let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
        let (base, address) = (format!("http://{server}"), server.to_string());
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

        let medians = self.race(title, runs, &contenders);
        for (contender, median) in contenders.iter().zip(&medians).skip(1) {
            let ratio = medians[0].as_secs_f64() / median.as_secs_f64();
            print!("  pc-usage ÷ {}: {ratio:.3}", contender.name);
            match targets.iter().find(|target| target.0 == contender.name) {
                Some((_, target)) => println!(" (target: {target})"),
                None => println!(),
            }
        }
    }

    /// Runs the contenders in turn, so that a machine that slows down slows all of them; prints a line for each, gives the medians.
    fn race(&self, title: &str, runs: usize, contenders: &[Contender]) -> Vec<Duration> {
        let runs = (runs / self.haste).max(1);
        println!("\n{title} ({runs} × each)");
        println!("  {:14}{:>12}{:>12}{:>12}{:>10}", "", "median", "fastest", "slowest", "memory");
        // The check is the warm-up too.
        for contender in contenders {
            self.check(contender);
        }
        let mut times = vec![Vec::new(); contenders.len()];
        for _ in 0..runs {
            for (contender, times) in contenders.iter().zip(&mut times) {
                times.push(self.time(&contender.command));
            }
        }
        let finish = |(contender, times): (&Contender, &mut Vec<Duration>)| {
            times.sort_unstable();
            let median = times[times.len() / 2];
            println!(
                "  {:14}{}{}{}{:>10}",
                contender.name,
                milliseconds(median),
                milliseconds(times[0]),
                milliseconds(times[times.len() - 1]),
                megabytes(self.peak(&contender.command)),
            );
            median
        };
        contenders.iter().zip(&mut times).map(finish).collect()
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
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the children's usage");
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    println!("{}", usage.max_rss() * unit);
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

/// Answers every request with this body, until the bench ends; each answer is one prepared piece of memory.
fn serve(body: &[u8]) -> SocketAddr {
    let answer = |mark: &[u8]| {
        let length = mark.len() + body.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        [head.as_bytes(), mark, body].concat()
    };
    // The service sends a byte order mark, but jq stops at one: curl, and so jq, is spared it rather than made to filter it out.
    let (marked, plain) = (answer(b"\xEF\xBB\xBF"), answer(b""));
    let answers = Arc::new((marked, plain));
    let listener = Arc::new(TcpListener::bind("127.0.0.1:0").expect("a loopback port"));
    let address = listener.local_addr().expect("the port's number");
    // Threads that wait for a connection from the start: no client pays for making one.
    for _ in 0..4 {
        let (listener, answers) = (Arc::clone(&listener), Arc::clone(&answers));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A client that leaves early is not the server's business; the check of its exit code is.
                let _ = talk(&connection, &answers);
            }
        });
    }
    address
}

fn talk(mut connection: &TcpStream, (marked, plain): &(Vec<u8>, Vec<u8>)) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    loop {
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            if reader.by_ref().read_line(&mut request)? == 0 {
                return Ok(());
            }
        }
        let request = request.to_ascii_lowercase();
        let spared = request.contains("\r\nuser-agent: curl/");
        connection.write_all(if spared { plain } else { marked })?;
        if request.contains("\r\nconnection: close\r\n") {
            return Ok(());
        }
    }
}
