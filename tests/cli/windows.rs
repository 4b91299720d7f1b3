//! What only Windows has: files that another program holds, devices by name, sealed secrets, Ctrl-Break. It refuses what cannot be
//! brought about without a person: a console (colours, its end), another account, Excel itself.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use send_ctrlc::Interruptible;

use crate::server::{Answer, Server};
use crate::{
    CUSTOMER, Home, Output, Running, SAMPLE, assert_ended, assert_failed, assert_report, finish, is_wine, read_sign_in,
    sample_json,
};

/// What a program lets others do with a file that it has open.
const READ: u32 = 1;
const WRITE: u32 = 2;
const DELETE: u32 = 4;

/// As `fopen` opens it.
const READER: u32 = READ | WRITE;

/// As Excel opens it.
const EXCEL: u32 = READ;

/// Marks a file that backup programs leave out.
const TEMPORARY: u32 = 0x100;

fn hold(file: &PathBuf, shared: u32) -> File {
    OpenOptions::new().read(true).share_mode(shared).open(file).expect("a file")
}

fn home_with_old() -> (Home, PathBuf) {
    let home = Home::new();
    let file = home.path().join("usage.json");
    fs::write(&file, "old").expect("room for a file");
    (home, file)
}

fn write(home: &Home, server: &Server, file: &str) -> Command {
    let mut command = home.command_for(server);
    command.args([CUSTOMER, "-o", "json", "--retries", "0", "--out-file", file]);
    command
}

fn names(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.path()).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

const IN_USE: &str =
    "  hint: another program has it open, as Excel does with what it shows: close it there, or write to another file\n";

#[test]
fn a_file_that_another_program_keeps_to_itself_is_told_before_any_request() {
    for shared in [EXCEL, READER] {
        let (home, file) = home_with_old();
        let held = hold(&file, shared);
        let server = Server::start(vec![]);
        let reason = std::io::Error::from_raw_os_error(32);
        let expected = format!("pc-usage: error: cannot write usage.json: {reason}\n{IN_USE}");
        assert_failed(&finish(write(&home, &server, "usage.json"), ""), 1, &expected);
        server.done();
        drop(held);
        assert_eq!(
            (fs::read_to_string(file).expect("our own"), names(&home)),
            ("old".into(), vec!["usage.json".into()])
        );
    }
}

#[test]
fn a_file_that_another_program_opens_meanwhile_stays_as_it_is() {
    let (home, file) = home_with_old();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE).held(1)]);
    let running = Running::spawn(write(&home, &server, "usage.json"));
    server.wait_for_requests(1);
    let held = hold(&file, READER);
    server.release(1);
    let output = running.wait();
    assert_eq!((output.code, output.text()), (1, ""));
    let (said, hint) = output.stderr.split_once('\n').expect("two lines");
    assert!(said.starts_with("pc-usage: error: cannot write usage.json: "), "{said}");
    assert!(hint.contains("close it there, or write to another file"), "{hint}");
    server.done();
    drop(held);
    assert_eq!((fs::read_to_string(file).expect("our own"), names(&home)), ("old".into(), vec!["usage.json".into()]));
}

#[test]
fn a_file_that_is_held_for_a_moment_is_waited_for() {
    let (home, file) = home_with_old();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
    let held = hold(&file, EXCEL);
    let running = Running::spawn(write(&home, &server, "usage.json"));
    drop(held);
    assert_report(&running.wait(), "");
    server.done();
    assert_eq!(fs::read_to_string(file).expect("our own"), sample_json());
}

#[test]
fn a_file_is_replaced_while_it_is_read_and_its_reader_sees_the_old_one_to_its_end() {
    // Wine replaces no file that is open.
    if is_wine() {
        return;
    }
    let (home, file) = home_with_old();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
    let mut held = hold(&file, READ | WRITE | DELETE);
    assert_report(&finish(write(&home, &server, "usage.json"), ""), "");
    server.done();
    let mut old = String::new();
    held.read_to_string(&mut old).expect("its own file");
    assert_eq!((old, fs::read_to_string(&file).expect("our own")), ("old".into(), sample_json()));
    drop(held);
    assert_eq!(names(&home), ["usage.json"]);
    assert_eq!(fs::metadata(&file).expect("it is there").file_attributes() & TEMPORARY, 0);
}

#[test]
fn a_new_file_is_not_marked_as_temporary_either() {
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
    assert_report(&finish(write(&home, &server, "new.json"), ""), "");
    server.done();
    assert_eq!(fs::metadata(home.path().join("new.json")).expect("it is there").file_attributes() & TEMPORARY, 0);
}

#[test]
fn devices_are_written_directly() {
    for device in ["NUL", "nul", r"\\.\NUL"] {
        let home = Home::new();
        let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
        assert_report(&finish(write(&home, &server, device), ""), "");
        server.done();
        assert!(names(&home).is_empty(), "{device}: {:?}", names(&home));
    }
}

#[test]
fn a_file_that_some_versions_take_for_a_device_is_refused() {
    for name in ["nul.csv", "con.txt", r"folder\aux.json"] {
        let server = Server::start(vec![]);
        let home = Home::new();
        let expected =
            format!("pc-usage: error: cannot write {name}: Windows takes a file of this name for a device\n");
        assert_failed(&finish(write(&home, &server, name), ""), 1, &expected);
        server.done();
    }
}

#[test]
fn a_backslash_at_the_end_is_a_folder() {
    let server = Server::start(vec![]);
    let home = Home::new();
    let expected = "pc-usage: error: cannot write usage\\: it is a folder\n";
    assert_failed(&finish(write(&home, &server, "usage\\"), ""), 1, expected);
    server.done();
}

const APP: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";

const LOGIN: [&str; 7] =
    ["login", "--tenant-id", "contoso.onmicrosoft.com", "--client-id", APP, "--refresh-token-file", "refresh.txt"];

fn signed_in(home: &Home, profile: &str) -> Output {
    let body =
        r#"{"token_type":"Bearer","expires_in":3600,"access_token":"SECRET-access","refresh_token":"SECRET-refresh"}"#;
    let server = Server::start(vec![Answer::status(200).json(body)]);
    fs::write(home.path().join("refresh.txt"), "SECRET-old").expect("room for a file");
    let mut command = home.command();
    command.args(LOGIN).args(["--profile", profile, "--base-url", server.url(), "--authority", server.url()]);
    let output = finish(command, "");
    server.done();
    output
}

#[test]
fn secrets_are_sealed_for_the_user() {
    let home = Home::new();
    assert_eq!(signed_in(&home, "default").code, 0);
    let file = home.path().join(r"state\pc-usage\default.json");
    let text = fs::read_to_string(&file).expect("a stored sign-in");
    assert!(text.contains(r#""protection":"dpapi""#) && !text.contains("SECRET"), "{text}");
    let sign_in = read_sign_in(&file);
    assert_eq!(
        (&sign_in["refreshToken"], &sign_in["accessToken"]),
        (&"SECRET-refresh".into(), &"SECRET-access".into())
    );
    let mut command = home.command();
    command.args(["status", "-o", "json"]);
    let status: serde_json::Value = serde_json::from_slice(&finish(command, "").stdout).expect("JSON");
    assert_eq!(
        (&status["usable"], &status["storePath"], &status["storeProtection"]),
        (&true.into(), &file.display().to_string().into(), &"DPAPI (user)".into())
    );
}

#[test]
fn profiles_that_differ_only_by_case_are_one() {
    let home = Home::new();
    assert_eq!(signed_in(&home, "Work").code, 0);
    let mut command = home.command();
    command.args(["logout", "--profile", "WORK"]);
    assert_ended(
        &finish(command, ""),
        0,
        "",
        "pc-usage: the sign-in of profile WORK has been forgotten; its tokens are not revoked at Microsoft\n",
    );
}

#[test]
fn without_a_place_for_sign_ins_the_variable_is_named() {
    let home = Home::new();
    let mut command = home.command();
    command.args([CUSTOMER]).env_remove("LOCALAPPDATA");
    let said = "pc-usage: error: there is nowhere to store sign-ins: LOCALAPPDATA is not set to a folder\n";
    assert_failed(&finish(command, ""), 4, said);
}

/// The process group of a run, to which the console sends an event.
struct Group(u32);

impl Interruptible for Group {
    fn pid(&mut self) -> std::io::Result<Option<u32>> {
        Ok(Some(self.0))
    }
}

/// A run in a process group of its own, so that Ctrl-Break does not reach the test.
fn spawn(mut command: Command) -> (Running, Group) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    let running = Running::spawn(command);
    let group = Group(running.0.id());
    (running, group)
}

/// Wine gives tests no console, and ends a process at once that gets Ctrl-Break.
fn hears_ctrl_break() -> bool {
    !is_wine()
}

const INTERRUPTED: &str = "pc-usage: error: interrupted\n";

#[test]
fn ctrl_break_ends_a_run_that_waits_for_the_service_and_leaves_no_temporary_file() {
    if !hears_ctrl_break() {
        return;
    }
    let (home, file) = home_with_old();
    let server = Server::start(vec![Answer::stall()]);
    let (running, mut group) = spawn(write(&home, &server, "usage.json"));
    server.wait_for_requests(1);
    group.terminate().expect("it runs");
    assert_failed(&running.wait(), 130, INTERRUPTED);
    server.done();
    assert_eq!((fs::read_to_string(file).expect("our own"), names(&home)), ("old".into(), vec!["usage.json".into()]));
}

#[test]
fn ctrl_break_closes_an_array_that_was_begun() {
    if !hears_ctrl_break() {
        return;
    }
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json("{\"items\":[]}"), Answer::stall()]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, APP, "-o", "json", "--jobs", "1"]);
    let (running, mut group) = spawn(command);
    server.wait_for_requests(2);
    group.terminate().expect("it runs");
    let report = format!("[\n{{\"customerId\":\"{CUSTOMER}\",\"response\":{{\"items\":[]}}}}\n]\n");
    assert_ended(&running.wait(), 130, &report, INTERRUPTED);
    server.done();
}

#[test]
fn another_ctrl_break_ends_a_run_at_once_whose_report_nobody_reads() {
    if !hears_ctrl_break() {
        return;
    }
    let rows = vec![r#"{"productName":"a product"}"#; 50_000].join(",");
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json(format!("{{\"items\":[{rows}]}}"))]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "-o", "csv"]);
    let (mut running, mut group) = spawn(command);
    let mut stdout = running.take_stdout();
    stdout.read_exact(&mut [0; 10]).expect("a beginning");
    let start = Instant::now();
    // Two at once would be taken for one.
    while running.0.try_wait().expect("our child").is_none() {
        // Fails once it has ended.
        let _ = group.terminate();
        assert!(start.elapsed() < Duration::from_secs(3), "the first alone ends it after 4 s");
        std::thread::yield_now();
    }
    let output = running.wait();
    assert_eq!((output.code, output.stderr.as_str()), (130, ""));
    server.done();
    drop(stdout);
}
