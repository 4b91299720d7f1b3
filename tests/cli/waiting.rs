//! What a person in front of a terminal sees while one customer's answer takes its time.
//! It refuses to look at how it is drawn: only at what it says, that it goes, and where it is not.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::pty::{Winsize, openpty};

use crate::listing::page;
use crate::many::{csv, good, id};
use crate::server::{Answer, Server};
use crate::{Home, assert_quiet, finish};

/// Runs a command with a terminal as its standard error; `seen` looks at what is there each time that something is added.
fn watched(mut command: Command, mut seen: impl FnMut(&str)) -> (String, String) {
    let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(&size, None).expect("a pseudo-terminal");
    command.env("TERM", "xterm").stderr(Stdio::from(pair.slave)).stdout(Stdio::piped());
    let child = command.spawn().expect("it starts");
    drop(command);
    let (mut terminal, mut screen, mut part) = (File::from(pair.master), Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = terminal.read(&mut part) {
        screen.extend_from_slice(&part[..length]);
        seen(&String::from_utf8_lossy(&screen));
    }
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    assert!(output.status.success());
    (text(output.stdout), text(screen))
}

#[test]
fn a_slow_answer_is_waited_for_with_a_sign_of_life() {
    let home = Home::new();
    let server = Server::start(vec![page([1], None).held(1), good(1).held(2)]);
    let mut command = home.command_for(&server);
    command.args(["c1.example", "-o", "csv"]);
    // Each answer comes when the sign was seen, so that neither waits for a clock.
    let (report, screen) = watched(command, |screen| {
        if screen.contains(&format!("usage of customer {} (C 1)", id(1))) {
            server.release(2);
        } else if screen.contains("the list of customers") {
            server.release(1);
        }
    });
    assert_eq!(report, csv([1]));
    // The last thing that is done is to clear the line.
    assert!(screen.ends_with("\r\u{1b}[2K"), "{screen:?}");
    server.done();
}

#[test]
fn nobody_who_asked_for_quiet_or_is_fast_sees_it() {
    let late = || good(1).delay(Duration::from_millis(1300));
    for (answer, more) in [(late(), &["-q"][..]), (good(1), &[])] {
        let home = Home::new();
        let server = Server::start(vec![answer]);
        let mut command = home.command_for(&server);
        command.args([&id(1), "-o", "csv"]).args(more);
        assert_eq!(watched(command, |_| {}), (csv([1]), String::new()));
        server.done();
    }
    let home = Home::new();
    let server = Server::start(vec![late()]);
    let mut command = home.command_for(&server);
    command.args([&id(1), "-o", "csv"]);
    assert_quiet(&finish(command, ""));
    server.done();
}

#[test]
fn an_error_is_told_on_a_clean_line() {
    let home = Home::new();
    let server = Server::start(vec![Answer::status(404).held(1)]);
    let command = home.command_for(&server);
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", "\"$@\"; exit 0", "sh", env!("CARGO_BIN_EXE_pc-usage"), "--base-url", server.url(), &id(1)]);
    let (_, screen) = watched(shell, |screen| {
        if screen.contains("usage of customer ") {
            server.release(1);
        }
    });
    let told = format!("\r\u{1b}[2Kpc-usage: error: usage of customer {}: 404 Not Found\r\n", id(1));
    assert!(screen.contains(&told), "{screen:?}");
    server.done();
}

#[test]
fn how_far_a_run_over_many_customers_is_can_be_seen() {
    let home = Home::new();
    let path = |number| format!("/v1/customers/{}/analytics/licenses/usage", id(number));
    let server = Server::start(vec![good(1), Answer::status(404).for_path(path(2)), good(3).held(1)]);
    let command = home.command_for(&server);
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", "\"$@\"; test $? = 3", "sh", env!("CARGO_BIN_EXE_pc-usage"), "--base-url", server.url()]);
    shell.args([&id(1), &id(2), &id(3), "-o", "csv"]);
    // The answer that is waited for comes when it was seen that it is.
    let (report, screen) = watched(shell, |screen| {
        if screen.contains("\r\u{1b}[2K█████████████░░░░░░░ 2 of 3 customers, 1 failed")
        {
            server.release(1);
        }
    });
    assert_eq!(report, csv([1, 3]));
    assert!(
        screen.contains(&format!("\r\u{1b}[2Kpc-usage: error: usage of customer {}: 404 Not Found\r\n", id(2))),
        "{screen:?}"
    );
    assert!(screen.ends_with("pc-usage: 1 of 3 customers failed\r\n"), "{screen:?}");
    server.done();
}
