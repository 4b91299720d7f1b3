//! What goes to which stream, and what ends a run from outside: a reader that leaves, a disk that is full, a signal.
//! It refuses to look into files (`out_file`) and into the report itself.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::server::{Answer, Server};
use crate::{CUSTOMER, Home, Running, SAMPLE, assert_failed, assert_quiet, assert_refused, assert_sample, run, serve};

/// More than a pipe holds.
fn many_rows() -> String {
    json!({"items": vec![json!({"productName": "a product"}); 3000]}).to_string()
}

#[test]
fn a_good_run_says_nothing_beside_the_report() {
    let (output, _) = serve(vec![Answer::status(200).json(SAMPLE)], [CUSTOMER, "-o", "json"]);
    assert_sample(&output);
}

#[test]
fn a_failed_run_prints_no_report_in_any_format() {
    for format in ["table", "csv", "json", "jsonl"] {
        for answer in [
            Answer::status(404).json(SAMPLE),
            Answer::status(200).json(&SAMPLE[..SAMPLE.len() - 20]),
            Answer::status(200).json(SAMPLE).truncate(SAMPLE.len() - 20),
        ] {
            let (output, _) = serve(vec![answer], [CUSTOMER, "-o", format, "--retries", "0"]);
            assert_ne!(output.code, 0);
            assert_eq!(output.text(), "");
        }
    }
}

#[test]
fn a_reader_that_leaves_in_the_middle_is_no_error() {
    let body = many_rows();
    for format in ["table", "csv", "json", "jsonl"] {
        let home = Home::new();
        let server = Server::start(vec![Answer::status(200).json(body.clone())]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "-o", format]);
        let mut running = Running::spawn(command);
        let mut stdout = running.take_stdout();
        stdout.read_exact(&mut [0; 100]).expect("a beginning");
        drop(stdout);
        let output = running.wait();
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{format}");
        server.done();
    }
}

#[test]
fn a_reader_that_leaves_sees_no_warning_and_no_failure_either() {
    let home = Home::new();
    let empty = Answer::status(200).json("null").delay(Duration::from_millis(100));
    let server = Server::start(vec![empty]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "--fail-on-empty"]);
    let mut running = Running::spawn(command);
    drop(running.take_stdout());
    let output = running.wait();
    assert_quiet(&output);
    server.done();
}

#[test]
fn a_reader_of_the_help_that_leaves_is_no_error() {
    for args in [&["--help"][..], &["--version"], &["completions", "bash"]] {
        let home = Home::new();
        let mut command = home.command();
        command.args(args);
        // Its reading end is closed before there is a process.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        command.stdout(Stdio::from(writer)).stderr(Stdio::piped());
        let child = command.spawn().expect("it starts");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_whatever_is_written() {
    let full = std::io::Error::from_raw_os_error(28);
    for args in [
        &["--demo"][..],
        &["--demo", "-o", "csv"],
        &["--demo", "-o", "json"],
        &["--demo", "-o", "jsonl"],
        &["--help"],
        &["completions", "zsh"],
    ] {
        let home = Home::new();
        let mut command = home.command();
        command.args(args).stderr(Stdio::piped());
        command.stdout(std::fs::File::options().write(true).open("/dev/full").expect("a full device"));
        let child = command.spawn().expect("it starts");
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8(output.stderr).expect("words");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(stderr, format!("pc-usage: error: cannot write standard output: {full}\n"), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn standard_output_that_another_program_made_not_wait_loses_nothing() {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    let home = Home::new();
    let body = format!("{{\"items\":[{}{{}}]}}", " ".repeat(4 << 20));
    let server = Server::start(vec![Answer::status(200).json(body.clone())]);
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("our own pipe");
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "-o", "json"]).stdout(writer).stderr(Stdio::piped());
    let running = Running(command.spawn().expect("it starts"));
    drop(command);
    let mut report = vec![0];
    reader.read_exact(&mut report).expect("a beginning");
    reader.read_to_end(&mut report).expect("the rest");
    let output = running.wait();
    assert_quiet(&output);
    assert!(report == format!("{body}\n").into_bytes(), "{} bytes", report.len());
    server.done();
}

#[cfg(unix)]
#[test]
fn standard_output_that_is_not_open_for_writing_is_an_error_before_any_request() {
    let denied = std::io::Error::from_raw_os_error(9);
    for args in [&[CUSTOMER][..], &["customers"], &["status"], &["--help"]] {
        let home = Home::new();
        let server = Server::start(vec![]);
        let mut command = home.command_for(&server);
        command.args(args).stderr(Stdio::piped());
        command.stdout(std::fs::File::open("/dev/null").expect("a device"));
        let output = command.spawn().expect("it starts").wait_with_output().expect("it ends");
        let stderr = String::from_utf8(output.stderr).expect("words");
        assert_eq!(stderr, format!("pc-usage: error: cannot write standard output: {denied}\n"), "{args:?}");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        server.done();
    }
}

#[test]
fn the_words_of_the_service_cannot_steer_the_terminal() {
    let words =
        "\u{1b}]0;title\u{7}\u{1b}[31mred\u{9b}2J \u{202e}gnp.exe\u{2066} a\u{200b}b\u{feff} \u{e0041}tag end\u{200d}";
    let body = json!({"code": "\u{1b}[1m7", "description": words}).to_string();
    let shown = "\\u{1b}]0;title\\u{7}\\u{1b}[31mred\\u{9b}2J \\u{202e}gnp.exe\\u{2066} a\\u{200b}b\\u{feff} \
        \\u{e0041}tag end\\u{200d} (code \\u{1b}[1m7)";
    let answer = Answer::status(500).json(body).header("MS-CorrelationId", "c").header("MS-RequestId", "r");
    let (output, _) = serve(vec![answer], [CUSTOMER, "--retries", "0"]);
    let rest = "  hint: the service is having problems; try again later\n  ids: MS-CorrelationId c, MS-RequestId r\n";
    assert_failed(
        &output,
        8,
        &format!("pc-usage: error: usage of customer {CUSTOMER}: 500 Internal Server Error: {shown}\n{rest}"),
    );
}

#[test]
fn what_was_typed_cannot_steer_the_terminal_either() {
    let output = run(["\u{1b}[2J\u{202e}id"]);
    let error = "`\\u{1b}[2J\\u{202e}id` contains a control character\n  hint: a customer is given by id, a GUID like \
        4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04, or by 3 to 128 characters of its name or domain\n";
    assert_refused(&output, error);
    let output = run(["--\u{1b}[2J"]);
    assert_eq!((output.code, output.text()), (2, ""));
    let control = output.stderr.chars().find(|char| char.is_control() && *char != '\n');
    assert_eq!(control, None, "{:?}", output.stderr);
}

#[test]
fn a_line_break_that_was_typed_makes_no_line_of_its_own() {
    for args in [["--x\npc-usage: error: forged", ""], ["--delimiter", "\npc-usage: error: forged"]] {
        let output = run(args);
        assert_eq!((output.code, output.text()), (2, ""));
        let forged: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("pc-usage: error: forged")).collect();
        assert!(forged.is_empty(), "{}", output.stderr);
    }
}

#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::thread;
    use std::time::{Duration, Instant};

    use nix::sys::signal::Signal;

    use super::{Answer, CUSTOMER, Home, Running, Server, assert_failed, assert_quiet, many_rows};
    use crate::retries::at_once;
    use crate::{Output, finish};

    const SIGNALS: [(Signal, i32, &str); 3] = [
        (Signal::SIGHUP, 129, "pc-usage: error: hung up (SIGHUP)\n"),
        (Signal::SIGINT, 130, "pc-usage: error: interrupted (SIGINT)\n"),
        (Signal::SIGTERM, 143, "pc-usage: error: terminated (SIGTERM)\n"),
    ];

    /// What counts as at once; whatever is being waited for takes an hour.
    const PROMPT: Duration = Duration::from_secs(5);
    const HOUR: Duration = Duration::from_secs(3600);

    /// Sends the signal after the first request has come and what `moment` waits for, and waits for the end.
    fn interrupt(answer: Answer, args: &[&str], moment: impl Fn(&Server, &mut Running), signal: Signal) -> Output {
        let home = Home::new();
        let server = Server::start(vec![answer]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "-o", "csv", "--timeout", "3600", "--max-wait", "86400"]).args(args);
        let mut running = Running::spawn(command);
        server.wait_for_requests(1);
        moment(&server, &mut running);
        let start = Instant::now();
        running.signal(signal);
        let output = running.wait();
        assert!(start.elapsed() < PROMPT, "{:?}", start.elapsed());
        assert_eq!(server.done().len(), 1);
        output
    }

    #[test]
    fn a_signal_does_not_wait_for_the_service() {
        at_once(SIGNALS, |(signal, code, stderr)| {
            assert_failed(&interrupt(Answer::stall(), &[], |_, _| {}, signal), code, stderr);
        });
    }

    #[test]
    fn a_signal_does_not_wait_for_the_rest_of_a_body() {
        at_once(SIGNALS, |(signal, code, stderr)| {
            // More than a connection holds: once all of the first part is written, it is being read.
            let part = " ".repeat(16 << 20) + "{\"items\":[";
            let stalled = Answer::status(200).chunked([&part[..], "]}"]).pause(HOUR);
            let output = interrupt(stalled, &[], |server, _| server.wait_for_pauses(1), signal);
            assert_failed(&output, code, stderr);
        });
    }

    #[test]
    fn a_signal_does_not_wait_for_the_next_attempt() {
        at_once(SIGNALS, |(signal, code, stderr)| {
            let later = Answer::status(429).header("Retry-After", "3600");
            let (sender, told) = std::sync::mpsc::channel();
            let moment = |_: &Server, running: &mut Running| {
                let mut lines = BufReader::new(running.take_stderr());
                let mut line = String::new();
                while !line.starts_with("pc-usage: waiting 3600.0 s") {
                    line.clear();
                    assert!(lines.read_line(&mut line).expect("a line") > 0);
                }
                sender.send(lines).expect("somebody who listens");
            };
            assert_failed(&interrupt(later, &["-v"], moment, signal), code, "");
            let mut last = String::new();
            told.recv().expect("the rest").read_to_string(&mut last).expect("the last words");
            assert_eq!(last, stderr);
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_signal_does_not_wait_for_standard_input() {
        at_once([&["--input", "-"][..], &[CUSTOMER, "--token-file", "-"]], |args| {
            let home = Home::new();
            let mut command = home.command();
            let (reader, writer) = std::io::pipe().expect("a pipe");
            command.args(args).stdin(reader);
            let running = Running::spawn(command);
            running.wait_until_idle();
            let start = Instant::now();
            running.signal(Signal::SIGTERM);
            assert_failed(&running.wait(), 143, "pc-usage: error: terminated (SIGTERM)\n");
            assert!(start.elapsed() < PROMPT);
            drop(writer);
        });
    }

    /// A run whose report fills a pipe that nobody reads on: its beginning has been read, and the rest is stuck.
    struct Stuck {
        running: Running,
        stdout: std::process::ChildStdout,
        start: Vec<u8>,
        server: Server,
        // Held until the run has ended.
        _home: Home,
    }

    impl Stuck {
        fn new(format: &str) -> Self {
            let home = Home::new();
            let server = Server::start(vec![Answer::status(200).json(many_rows())]);
            let mut command = home.command_for(&server);
            command.args([CUSTOMER, "-o", format]);
            let mut running = Running::spawn(command);
            let mut stdout = running.take_stdout();
            let mut start = vec![0; 10];
            stdout.read_exact(&mut start).expect("a beginning");
            Self { running, stdout, start, server, _home: home }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_report_that_has_begun_is_ended_whole() {
        at_once(["table", "csv", "json", "jsonl"], |format| {
            let home = Home::new();
            let mut command = home.command();
            command.args([CUSTOMER, "--input", "-", "-o", format]);
            let whole = finish(command, many_rows()).stdout;
            let (signal, code, stderr) = SIGNALS[2];
            let mut stuck = Stuck::new(format);
            stuck.running.signal_and_see(signal);
            let mut report = stuck.start;
            stuck.stdout.read_to_end(&mut report).expect("the rest");
            assert!(report == whole, "{format}: {} of {} bytes", report.len(), whole.len());
            assert_failed(&stuck.running.wait(), code, stderr);
            stuck.server.done();
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_second_signal_ends_at_once() {
        let pairs = [
            (Signal::SIGTERM, Signal::SIGTERM, 143),
            (Signal::SIGINT, Signal::SIGINT, 130),
            (Signal::SIGTERM, Signal::SIGINT, 130),
        ];
        at_once(pairs, |(first, second, code)| {
            let stuck = Stuck::new("csv");
            // Two at once could be taken for one.
            stuck.running.signal_and_see(first);
            stuck.running.signal(second);
            let start = Instant::now();
            let output = stuck.running.wait();
            assert!(start.elapsed() < PROMPT);
            assert_eq!((output.code, output.stderr.as_str()), (code, ""));
            stuck.server.done();
            drop(stuck.stdout);
        });
    }

    #[test]
    fn a_signal_ends_a_report_that_nobody_reads_within_seconds() {
        at_once(SIGNALS, |(signal, code, _)| {
            let stuck = Stuck::new("csv");
            stuck.running.signal(signal);
            let output = stuck.running.wait();
            assert_eq!((output.code, output.stderr.as_str()), (code, ""));
            stuck.server.done();
            drop(stuck.stdout);
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_signal_that_the_parent_ignores_stays_ignored() {
        at_once([("HUP", Signal::SIGHUP), ("INT", Signal::SIGINT), ("TERM", Signal::SIGTERM)], |(name, signal)| {
            let home = Home::new();
            let body = many_rows();
            let mut command = std::process::Command::new("/bin/sh");
            let words = format!("trap '' {name}; exec \"$0\" \"$@\"");
            command.args(["-c", &words, env!("CARGO_BIN_EXE_pc-usage"), CUSTOMER, "--input", "-", "-o", "json"]);
            command.current_dir(home.path());
            let (reader, mut writer) = std::io::pipe().expect("a pipe");
            command.stdin(reader);
            let running = Running::spawn(command);
            // More than a pipe holds: once all of it is written, it is being read.
            writer.write_all(body.as_bytes()).expect("somebody who reads");
            running.signal(signal);
            drop(writer);
            let output = running.wait();
            assert_quiet(&output);
            assert!(output.text() == format!("{body}\n"), "{} bytes", output.stdout.len());
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_signal_does_not_wait_for_a_report_that_is_being_made() {
        let home = Home::new();
        let rows = "{\"productName\":\"a product\"},".repeat(60_000);
        std::fs::write(home.path().join("saved.json"), format!("{{\"items\":[{rows}{{}}]}}")).expect("room for a file");
        let mut command = home.command();
        command.args([CUSTOMER, "--input", "saved.json"]);
        let running = Running::spawn(command);
        // The rows are read in a tenth of the time that the table takes.
        let path = format!("/proc/{}/stat", running.0.id());
        let start = Instant::now();
        loop {
            let fields = std::fs::read_to_string(&path).expect("a process");
            let ticks = fields.rsplit(')').next().and_then(|rest| rest.split(' ').nth(12)).map(str::parse::<u32>);
            if ticks.expect("a field").expect("a number") > 60 {
                break;
            }
            assert!(start.elapsed() < crate::DEADLINE);
            thread::yield_now();
        }
        running.signal(Signal::SIGTERM);
        let output = running.wait();
        assert_eq!((output.code, output.stderr.as_str()), (143, "pc-usage: error: terminated (SIGTERM)\n"));
        assert!(output.stdout.is_empty(), "{} bytes", output.stdout.len());
    }

    #[test]
    fn a_signal_at_any_moment_ends_the_run() {
        let home = Home::new();
        std::fs::write(home.path().join("saved.json"), crate::SAMPLE).expect("room for a file");
        for moment in 0..60 {
            let mut command = home.command();
            command.args([CUSTOMER, "--input", "saved.json"]);
            let running = Running::spawn(command);
            let start = Instant::now();
            while start.elapsed() < Duration::from_micros(moment * 60) {
                std::hint::spin_loop();
            }
            running.signal(Signal::SIGTERM);
            let output = running.wait();
            // Before it can say anything, while it runs, or too late.
            assert!([-15, 143, 0].contains(&output.code), "{output:?}");
        }
    }
}
