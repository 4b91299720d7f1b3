//! Command lines and variables that will not do, with all that is said about them.
//! It refuses to test what good ones do: that is for the tests of what they are about.

use super::command_beyond;
use crate::{CUSTOMER, Home, TOKEN, assert_refused, finish, run};

/// What a wrong command line is answered with, below what is wrong with it.
const USAGE: &str = "
Usage: pc-usage [OPTIONS] <CUSTOMER>...
       pc-usage [OPTIONS] --customers <FILE>
       pc-usage [OPTIONS] --all
       pc-usage [OPTIONS] [<ID>] --input <FILE>
       pc-usage [OPTIONS] --demo [<CUSTOMER>...]
       pc-usage [OPTIONS] customers | login | logout | status
       pc-usage completions <SHELL>
       pc-usage help [COMMAND]
";

const HELP: &str = "
For more information, try '--help'.
";

#[test]
fn what_can_be_neither_an_id_nor_a_name_is_told_with_what_would_do() {
    const FORM: &str = "  hint: a customer is given by id, a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04, or by 3 to 128 \
        characters of its name or domain\n";
    // A request, or even a look for a token, would be another error.
    let refused = |text: &str, error: &str| assert_refused(&run([text]), &format!("{error}\n{FORM}"));
    let bare = CUSTOMER.replace('-', "");
    for text in [
        &CUSTOMER[1..],
        &format!("{{{}}}", &bare[..30]),
        "4d3cf48770f44e1e9ff1b2bfce8d9f0g",
        &format!(" {CUSTOMER}"),
        &format!("{{{CUSTOMER}"),
        &format!("{{{{{bare}}}}}"),
        &format!("{}-x", &CUSTOMER[..20]),
    ] {
        let form = format!("a customer id is a GUID like {CUSTOMER}");
        let hint = "`pc-usage customers` lists the ids of all customers";
        assert_refused(&run([text]), &format!("`{text}` is not a valid customer id: {form}\n  hint: {hint}\n"));
    }
    for text in ["", " ", "ab", "  ab ", "é\u{301}"] {
        refused(text, &format!("`{text}` is too short for a customer's name or domain"));
    }
    // A token in the wrong place is not shown.
    let token = "eyJ0".repeat(40);
    refused(&token, &format!("`{}…` is too long for a customer's name or domain", &token[..40]));
    refused("cont\u{1b}[2J\u{202e}", "`cont\\u{1b}[2J\\u{202e}` contains a control character");
}

#[test]
fn a_wrong_command_line_is_told_with_a_short_help() {
    for (args, what) in [
        (&[][..], "no customer given; `pc-usage --demo` shows a report on built-in sample data\n"),
        (
            &["--xyzzy"],
            "unexpected argument '--xyzzy' found\n\n  tip: to pass '--xyzzy' as a value, use '-- --xyzzy'\n",
        ),
        (
            &[CUSTOMER, "--basurl", "x"],
            "unexpected argument '--basurl' found\n\n  tip: a similar argument exists: '--base-url'\n",
        ),
        (
            &[CUSTOMER, "--retries", "-1"],
            "unexpected argument '-1' found\n\n  tip: to pass '-1' as a value, use '-- -1'\n",
        ),
        (&[CUSTOMER, "-v", "-q"], "the argument '--verbose...' cannot be used with '--quiet'\n"),
        (&["--quiet", "--verbose", CUSTOMER], "the argument '--quiet' cannot be used with '--verbose...'\n"),
    ] {
        assert_refused(&run(args), &format!("{what}{USAGE}{HELP}"));
    }
}

#[test]
fn a_value_that_an_option_does_not_take_is_named_with_what_it_takes() {
    for (args, what) in [
        (["--retries", "11"], "'11' for '--retries <N>': 11 is not in 0..=10"),
        (["--timeout", "0"], "'0' for '--timeout <SECONDS>': 0 is not in 1..=3600"),
        (["--timeout", "3601"], "'3601' for '--timeout <SECONDS>': 3601 is not in 1..=3600"),
        (["--timeout", "1.5"], "'1.5' for '--timeout <SECONDS>': invalid digit found in string"),
        (["--max-wait", "86401"], "'86401' for '--max-wait <SECONDS>': 86401 is not in 0..=86400"),
        (["--locale", "d"], "'d' for '--locale <TAG>': a locale is a language tag such as en-US or de"),
        (["--locale", "de_DE"], "'de_DE' for '--locale <TAG>': a locale is a language tag such as en-US or de"),
        (
            ["--locale", "de\rX: y"],
            "'de\\u{d}X: y' for '--locale <TAG>': a locale is a language tag such as en-US or de",
        ),
        (
            ["--output", "pdf"],
            "'pdf' for '--output <FORMAT>'\n  [possible values: table, csv, json, jsonl, markdown, html, xlsx]",
        ),
        (
            ["--output", "CSV"],
            "'CSV' for '--output <FORMAT>'\n  [possible values: table, csv, json, jsonl, markdown, html, xlsx]",
        ),
        (["--cloud", "mars"], "'mars' for '--cloud <CLOUD>'\n  [possible values: global, usgov, china]"),
        (["--color", "on"], "'on' for '--color <WHEN>'\n  [possible values: auto, always, never]"),
    ] {
        let output = run([&[CUSTOMER], &args[..]].concat());
        assert_refused(&output, &format!("invalid value {what}\n{HELP}"));
    }
}

#[test]
fn a_profile_that_would_be_a_device_on_windows_is_refused_everywhere() {
    for name in ["con", "NUL", "Aux", "prn", "com1", "LPT9", "nul.work", "com0", "con."] {
        let device = "on Windows a file of this name is a device; choose another name";
        let output = run(["status", "--profile", name]);
        assert_refused(&output, &format!("invalid value '{name}' for '--profile <NAME>': {device}\n{HELP}"));
    }
    for name in ["console", "com", "com10", "nul-1", "x.con"] {
        assert_eq!(run(["status", "--profile", name]).code, 4, "{name}");
    }
}

#[test]
fn an_option_that_cannot_act_is_refused() {
    for (option, formats, others) in [
        ("--excel", "-o csv", &["table", "json", "jsonl", "markdown", "html", "xlsx"][..]),
        ("--delimiter=;", "-o csv", &["table", "json", "jsonl", "xlsx"]),
        ("--raw-text", "-o csv", &["table", "json", "jsonl", "xlsx"]),
        ("--no-header", "-o csv or -o table", &["json", "jsonl", "markdown", "html", "xlsx"]),
        ("--color=always", "-o table", &["csv", "json", "jsonl", "markdown", "html", "xlsx"]),
    ] {
        let name = option.split('=').next().expect("a name");
        for format in others {
            let text = |origin| format!("{name} only works with {formats}, not with the format {format}{origin}\n");
            assert_refused(&run([CUSTOMER, option, "-o", format]), &text(""));
            let home = Home::new();
            let mut command = home.command();
            command.args([CUSTOMER, option]).env("PC_USAGE_OUTPUT", format);
            assert_refused(&finish(command, ""), &text(" (PC_USAGE_OUTPUT)"));
        }
    }
    let network = ["--locale=de", "--retries=3", "--timeout=9", "--max-wait=9"];
    let account = ["--token-file=-", "--cloud=global", "--base-url=https://example.com"];
    for option in network.into_iter().chain(account) {
        let name = option.split('=').next().expect("a name");
        let text = format!("{name} cannot be used with --input: nothing is sent\n");
        assert_refused(&run(["--input", "-", option]), &text);
        assert_refused(&run([CUSTOMER, option, "--input", "missing.json"]), &text);
    }
    for option in account {
        let name = option.split('=').next().expect("a name");
        let text = format!("{name} cannot be used with --demo: the sample service is built in\n");
        assert_refused(&run(["--demo", option]), &text);
    }
    assert_refused(&run(["--demo", "--input", "-"]), "--demo and --input cannot be used together: give one source\n");
    for option in
        ["--demo", "--verbose", "--quiet", "--excel", "--output=csv", "--retries=1", "--out-file=x", "--input=x"]
    {
        let name = option.split('=').next().expect("a name");
        assert_refused(&run([option, "completions", "bash"]), &format!("`completions` does not take {name}\n"));
    }
    assert_refused(&run([CUSTOMER, "completions", "bash"]), "`completions` does not take a customer\n");
}

#[test]
fn a_bad_value_in_a_variable_is_told_with_its_name() {
    for (name, value, text) in [
        (
            "PC_USAGE_OUTPUT",
            "xml",
            "PC_USAGE_OUTPUT is `xml`, which is not one of table, csv, json, jsonl, markdown, html, xlsx",
        ),
        (
            "PC_USAGE_OUTPUT",
            "\u{1b}[2J",
            "PC_USAGE_OUTPUT is `\\u{1b}[2J`, which is not one of table, csv, json, jsonl, markdown, html, xlsx",
        ),
        ("PC_USAGE_CLOUD", "mars", "PC_USAGE_CLOUD is `mars`, which is not one of global, usgov, china"),
        ("PC_USAGE_NOW", "yesterday", "PC_USAGE_NOW is not a valid RFC 3339 time: yesterday"),
        ("PC_USAGE_NOW", "2017-03-15", "PC_USAGE_NOW is not a valid RFC 3339 time: 2017-03-15"),
    ] {
        let home = Home::new();
        let mut command = home.command();
        command.env("PC_USAGE_ACCESS_TOKEN", TOKEN).env(name, value).arg(CUSTOMER);
        assert_refused(&finish(command, ""), &format!("{text}\n"));
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_told_with_its_name() {
    use std::os::unix::ffi::OsStrExt;

    for name in ["PC_USAGE_OUTPUT", "PC_USAGE_CLOUD", "PC_USAGE_NOW", "PC_USAGE_BASE_URL", "HTTPS_PROXY"] {
        let home = Home::new();
        let mut command = command_beyond(&home);
        command.env(name, std::ffi::OsStr::from_bytes(b"https://\xff"));
        assert_refused(&finish(command, ""), &format!("{name} is not UTF-8\n"));
    }
}
