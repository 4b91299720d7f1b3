//! Runs the real `pc-usage` as a process against servers on loopback ports and looks at what a caller would see.
//! It refuses to let the machine in: no inherited environment, a home of its own for every run, a fixed clock.

#![cfg_attr(
    not(target_os = "linux"),
    expect(unused, reason = "much of what a caller sees can only be brought about on Linux")
)]

mod asked;
mod call;
mod checked;
mod commercial;
mod completions;
mod connections;
mod demo;
mod exceptions;
mod failures;
mod figures;
mod gzip;
mod input;
mod listing;
mod many;
mod markdown;
mod naming;
mod out_file;
mod page;
mod prices;
mod project;
mod report;
mod retries;
mod rows;
mod server;
mod session;
mod several;
mod sign_in;
mod streams;
mod sums;
mod tls;
#[cfg(unix)]
mod waiting;
#[cfg(windows)]
mod windows;
mod workbook;

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use server::{Answer, Request, Server};
use tempfile::TempDir;

/// The customer of the documented answer.
const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

/// An access token that is no JWT; unlike any other text, so that a leak can be looked for.
const TOKEN: &str = "SECRET-access-token-4711";

/// The documented answer, with its byte order mark.
const SAMPLE: &[u8] = include_bytes!("../../src/demo/customer-usage.json");

/// The documented answer as `-o json` prints it: without the byte order mark, with a line end.
fn sample_json() -> String {
    let body = std::str::from_utf8(SAMPLE).expect("the sample is UTF-8");
    format!("{}\n", body.trim_start_matches('\u{feff}'))
}

/// The columns of a report as CSV names them.
const CSV_HEADER: &str = "customerId,customerName,productName,workloadName,workloadCode,serviceName,serviceCode,channel,\
    licensesQualified,licensesActive,licensesIdle,usagePercent,processedDateTime\n";

/// The clock of every run: six days after the data of [`SAMPLE`].
const NOW: &str = "2017-03-15T12:00:00Z";

/// What a run says once, where the endpoint has no rows or is gone.
const ADVICE: &str = "try `--endpoint commercial`, the successor of this endpoint";

/// Longer than any run, shorter than anyone's patience.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a run left behind.
#[derive(Debug)]
struct Output {
    /// The exit code; the negative signal number where a signal ended the process.
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

impl Output {
    fn new(status: ExitStatus, stdout: Vec<u8>, stderr: Vec<u8>) -> Self {
        #[cfg(unix)]
        let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| -signal);
        #[cfg(not(unix))]
        let signal = None;
        Self {
            code: status.code().or(signal).expect("an exit code or a signal"),
            stdout,
            stderr: String::from_utf8(stderr).expect("messages are UTF-8"),
        }
    }

    /// Standard output as text.
    fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("the report is UTF-8")
    }
}

/// A home folder with everything that `pc-usage` may keep; gone when dropped.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// `pc-usage` in this home: no inherited variable, no standard input, a fixed clock.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pc-usage"));
        command
            .env_clear()
            .env("HOME", self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("PC_USAGE_NOW", NOW)
            .current_dir(self.path())
            .stdin(Stdio::null());
        // Without it Windows opens no socket.
        #[cfg(windows)]
        command
            .env("LOCALAPPDATA", self.path().join("state"))
            .envs(std::env::vars().filter(|(name, _)| name == "SystemRoot"));
        command
    }

    /// The same, with the token of these tests and the server as its Partner Center.
    fn command_for(&self, server: &Server) -> Command {
        let mut command = self.command();
        command.env("PC_USAGE_ACCESS_TOKEN", TOKEN).args(["--base-url", server.url()]);
        command
    }
}

/// A stored sign-in as it was before Windows sealed its secrets, which it must have done.
fn read_sign_in(path: &Path) -> serde_json::Value {
    let bytes = std::fs::read(path).expect("a stored sign-in");
    #[cfg_attr(not(windows), expect(unused_mut, reason = "nothing is sealed here"))]
    let mut sign_in: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    #[cfg(windows)]
    if sign_in.as_object_mut().and_then(|it| it.remove("protection")).is_some_and(|it| it == "dpapi") {
        use base64::{Engine, engine::general_purpose::STANDARD};
        for member in ["clientSecret", "refreshToken", "accessToken"] {
            let Some(sealed) = sign_in[member].as_str() else { continue };
            let sealed = STANDARD.decode(sealed).expect("Base64");
            let secret = windows_dpapi::decrypt_data(&sealed, windows_dpapi::Scope::User, None).expect("our own");
            sign_in[member] = String::from_utf8(secret).expect("text").into();
        }
    }
    sign_in
}

/// Whether Windows is played by Wine.
fn is_wine() -> bool {
    cfg!(windows) && Path::new(r"C:\windows\system32\winecfg.exe").exists()
}

/// UTF-16, as `>` of Windows PowerShell writes it.
fn little_endian(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn big_endian(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Runs the command to its end with `stdin` as its input.
fn finish(command: Command, stdin: impl Into<Vec<u8>>) -> Output {
    let output = assert_cmd::Command::from_std(command).write_stdin(stdin).timeout(DEADLINE).output().expect("it runs");
    Output::new(output.status, output.stdout, output.stderr)
}

/// Runs `pc-usage` in a fresh home.
fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
    let home = Home::new();
    let mut command = home.command();
    command.args(args);
    finish(command, "")
}

/// Runs `pc-usage` in a fresh home against a server with this script; the server fails the test where they do not match.
fn serve<A: AsRef<OsStr>>(answers: Vec<Answer>, args: impl IntoIterator<Item = A>) -> (Output, Vec<Request>) {
    let home = Home::new();
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args(args);
    let output = finish(command, "");
    (output, server.done())
}

/// That a run came to exactly this.
#[track_caller]
fn assert_ended(output: &Output, code: i32, report: &str, stderr: &str) {
    assert_eq!(output.stderr, stderr);
    assert_eq!(output.text(), report);
    assert_eq!(output.code, code);
}

/// That the report is this, and nothing else was said.
#[track_caller]
fn assert_report(output: &Output, report: &str) {
    assert_ended(output, 0, report, "");
}

/// That the report is the documented answer as `-o json` prints it, and not a word about what it took.
#[track_caller]
fn assert_sample(output: &Output) {
    assert_report(output, &sample_json());
}

/// That there is no report, but these words and this exit code.
#[track_caller]
fn assert_failed(output: &Output, code: i32, stderr: &str) {
    assert_ended(output, code, "", stderr);
}

/// That the command line is refused with this error.
#[track_caller]
fn assert_refused(output: &Output, error: &str) {
    assert_failed(output, 2, &format!("pc-usage: error: {error}"));
}

/// That it went well and nothing was said; the report is the test's own to look at.
#[track_caller]
fn assert_quiet(output: &Output) {
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
}

/// A `pc-usage` that runs while the test goes on; killed where the test forgets it.
struct Running(Child);

impl Running {
    /// Starts the command with both outputs piped.
    fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().expect("it starts"))
    }

    /// Its standard output, to be read or closed by the test; [`Running::wait`] then finds it empty.
    fn take_stdout(&mut self) -> ChildStdout {
        self.0.stdout.take().expect("taken once")
    }

    /// The same for its standard error.
    fn take_stderr(&mut self) -> ChildStderr {
        self.0.stderr.take().expect("taken once")
    }

    #[cfg(unix)]
    fn signal(&self, signal: nix::sys::signal::Signal) {
        let id = i32::try_from(self.0.id()).expect("a process id");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), signal).expect("it still runs");
    }

    /// Waits until it handles signals and its work has to wait for something.
    #[cfg(target_os = "linux")]
    fn wait_until_idle(&self) {
        let catches = |mask: &str| u64::from_str_radix(mask, 16).expect("a mask") >> (15 - 1) & 1 == 1;
        until(|| catches(&self.status("SigCgt")) && self.status("State").starts_with('S'));
    }

    /// Sends the signal and waits until it has been noticed: only then is there a thread that looks for a second one.
    #[cfg(target_os = "linux")]
    fn signal_and_see(&self, signal: nix::sys::signal::Signal) {
        let threads = self.status("Threads");
        self.signal(signal);
        until(|| self.status("Threads") != threads);
    }

    /// What Linux says of the process, or of its first thread.
    #[cfg(target_os = "linux")]
    fn status(&self, field: &str) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("a process");
        let value = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        value.expect("a field").trim().to_owned()
    }

    /// Waits for its end, which must come within a minute: that of its outputs comes with it.
    fn wait(mut self) -> Output {
        let [stdout, stderr] = [drain(self.0.stdout.take()), drain(self.0.stderr.take())]
            .map(|output| output.recv_timeout(DEADLINE).expect("it ends, and its output can be read"));
        let status = self.0.wait().expect("it is our child");
        Output::new(status, stdout, stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has ended, and then nothing is left to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something is so that can only be looked at, for as long as anything may take.
#[cfg(unix)]
fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE);
        thread::yield_now();
    }
}

/// Reads a pipe to its end on a thread, so that a full pipe never holds up the process behind it.
fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).expect("a readable pipe");
        }
        // Nobody listens where the test has failed.
        let _ = sender.send(bytes);
    });
    receiver
}

#[test]
fn one_customer_costs_one_request() {
    let (output, requests) = serve(vec![Answer::status(200).json(SAMPLE)], [CUSTOMER, "-o", "json"]);
    assert_sample(&output);
    let [request] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert_eq!(request.method, "GET");
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
    assert_eq!(request.path, path);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(request.header("authorization"), Some(&bearer[..]));
}

#[test]
fn nothing_to_do_is_a_wrong_command_line() {
    let output = run::<&str>([]);
    assert_eq!(output.code, 2);
    assert_eq!(output.text(), "");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE).delay(Duration::from_millis(100))]);
    let mut command = home.command_for(&server);
    command.arg(CUSTOMER);
    let mut running = Running::spawn(command);
    drop(running.take_stdout());
    let output = running.wait();
    assert_quiet(&output);
    server.done();
}

#[cfg(unix)]
#[test]
fn a_termination_does_not_wait_for_the_service() {
    let home = Home::new();
    let server = Server::start(vec![Answer::stall()]);
    let mut command = home.command_for(&server);
    command.arg(CUSTOMER);
    let running = Running::spawn(command);
    server.wait_for_requests(1);
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let output = running.wait();
    assert_eq!((output.code, output.text()), (143, ""));
    server.done();
}
