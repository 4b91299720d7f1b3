//! Where the access token comes from, and what is no token.
//! It refuses to accept a message that shows any part of one: all of standard error is compared.

use std::fs::{self, File};
use std::process::Command;

use crate::server::{Answer, Server};
use crate::{CUSTOMER, Home, SAMPLE, TOKEN, assert_failed, assert_sample, finish};

/// Runs with what `prepare` makes of it as the token's source, and gives the header that was sent.
fn authorization(stdin: &[u8], prepare: impl FnOnce(&mut Command, &Home)) -> String {
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
    let mut command = home.command();
    command.args([CUSTOMER, "-o", "json", "--base-url", server.url()]);
    prepare(&mut command, &home);
    assert_sample(&finish(command, stdin));
    server.done()[0].header("Authorization").expect("a token").to_owned()
}

#[test]
fn a_token_comes_from_a_file_from_standard_input_or_from_the_environment() {
    for text in [
        "from.HERE-1_~+/=",
        "from.HERE-1_~+/=\n",
        "from.HERE-1_~+/=\r\n",
        "\u{feff}from.HERE-1_~+/=\r\n\r\n",
        " \t\n from.HERE-1_~+/= \t ",
    ] {
        let file = authorization(b"", |command, home| {
            fs::write(home.path().join("token.txt"), text).expect("a file");
            // It goes before the variable, which need not even be good.
            command.args(["--token-file", "token.txt"]).env("PC_USAGE_ACCESS_TOKEN", "other token");
        });
        let stdin = authorization(text.as_bytes(), |command, _| {
            command.args(["--token-file", "-"]).env("PC_USAGE_ACCESS_TOKEN", "other");
        });
        let variable = authorization(b"not this", |command, _| {
            command.env("PC_USAGE_ACCESS_TOKEN", text);
        });
        assert_eq!([file, stdin, variable], ["Bearer from.HERE-1_~+/="; 3], "{text:?}");
    }
}

#[test]
fn without_a_token_the_ways_to_bring_one_are_told() {
    const TEXT: &str = "pc-usage: error: not signed in: nothing is stored for profile default\n  \
        hint: sign in with `pc-usage login`, or pass an access token with --token-file FILE (`-` is standard input) \
        or in PC_USAGE_ACCESS_TOKEN\n";
    let server = Server::start(vec![]);
    for empty in [None, Some("")] {
        let home = Home::new();
        let mut command = home.command();
        command.args([CUSTOMER, "--base-url", server.url()]).envs(empty.map(|value| ("PC_USAGE_ACCESS_TOKEN", value)));
        assert_failed(&finish(command, "a token that nobody asked for"), 4, TEXT);
    }
}

const TOKEN_HINT: &str = "  hint: a token or secret is one line of letters, digits and punctuation, and nothing else\n";

#[test]
fn what_cannot_be_a_token_is_refused_without_showing_it() {
    let server = Server::start(vec![]);
    let long = "s3cret".repeat(11_000);
    for (text, why) in [
        (&b" \r\n"[..], "is empty"),
        (b"s3cret\ns3cret", "has more than one line"),
        (b"s3cret\rs3cret", "has more than one line"),
        (b"s3cret\x1b[2J", "contains characters that are not valid in a token"),
        (b"s3cret s3cret", "contains characters that are not valid in a token"),
        (b"s3cret\x7f", "contains characters that are not valid in a token"),
        ("s3crét".as_bytes(), "contains characters that are not valid in a token"),
        (b"Bearer s3cret", "starts with `Bearer `"),
        (b"bearer  s3cret", "starts with `Bearer `"),
        (long.as_bytes(), "is too long for a token"),
    ] {
        let home = Home::new();
        let command = |args: &[&str]| {
            let mut command = home.command();
            command.args([CUSTOMER, "-vv", "--base-url", server.url()]).args(args);
            command
        };
        fs::write(home.path().join("token.txt"), text).expect("a file");
        let file = finish(command(&["--token-file", "token.txt"]), "");
        assert_failed(&file, 4, &format!("pc-usage: error: the file token.txt {why}\n{TOKEN_HINT}"));
        let stdin = finish(command(&["--token-file", "-"]), text);
        assert_failed(&stdin, 4, &format!("pc-usage: error: standard input {why}\n{TOKEN_HINT}"));
        // A variable on Windows has less room.
        if cfg!(windows) && text.len() > 32_000 {
            continue;
        }
        let mut variable = command(&[]);
        variable.env("PC_USAGE_ACCESS_TOKEN", str::from_utf8(text).expect("text"));
        assert_failed(&finish(variable, ""), 4, &format!("pc-usage: error: PC_USAGE_ACCESS_TOKEN {why}\n{TOKEN_HINT}"));
    }
}

#[test]
fn a_token_file_in_utf_16_is_read() {
    for utf_16 in [crate::little_endian, crate::big_endian] {
        let home = Home::new();
        let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
        fs::write(home.path().join("token.txt"), utf_16(&format!("\u{feff}{TOKEN}\r\n"))).expect("a file");
        let mut command = home.command();
        command.args([CUSTOMER, "-o", "json", "--base-url", server.url(), "--token-file", "token.txt"]);
        assert_sample(&finish(command, ""));
        assert_eq!(server.done()[0].header("authorization"), Some(&format!("Bearer {TOKEN}")[..]));
    }
}

#[test]
fn a_token_file_in_broken_utf_16_is_refused_as_such() {
    let home = Home::new();
    let server = Server::start(vec![]);
    fs::write(home.path().join("token.txt"), b"\xff\xfes\x003").expect("a file");
    let mut command = home.command();
    command.args([CUSTOMER, "--base-url", server.url(), "--token-file", "token.txt"]);
    let text = format!("pc-usage: error: the file token.txt is not valid UTF-16\n{TOKEN_HINT}");
    assert_failed(&finish(command, ""), 4, &text);
}

#[cfg(unix)]
#[test]
fn a_token_variable_that_is_no_text_is_an_illegal_token() {
    use std::os::unix::ffi::OsStrExt;

    let home = Home::new();
    let server = Server::start(vec![]);
    let mut command = home.command_for(&server);
    command.arg(CUSTOMER).env("PC_USAGE_ACCESS_TOKEN", std::ffi::OsStr::from_bytes(b"s3cret\xff"));
    let output = finish(command, "");
    assert_failed(
        &output,
        4,
        &format!(
            "pc-usage: error: PC_USAGE_ACCESS_TOKEN contains characters that are not valid in a token\n{TOKEN_HINT}"
        ),
    );
}

#[test]
fn a_token_file_that_cannot_be_read_is_named() {
    let home = Home::new();
    let reason = File::open(home.path().join("missing.txt")).expect_err("no such file");
    let mut command = home.command();
    command.args([CUSTOMER, "--token-file", "missing.txt"]).env("PC_USAGE_ACCESS_TOKEN", TOKEN);
    assert_failed(&finish(command, ""), 1, &format!("pc-usage: error: reading the file missing.txt: {reason}\n"));
}
