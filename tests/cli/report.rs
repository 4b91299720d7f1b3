//! The report of one answer in every format, as whole texts: on a pipe, in terminals of several widths, coloured and not, for
//! the documented answer and for the worst one that a service could send. It refuses to test where an answer comes from.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::failures::{NOT_PARTNER_CENTER, error, sent_ids};
use crate::server::Answer;
use crate::{
    CSV_HEADER, CUSTOMER, Home, Output, SAMPLE, assert_failed, assert_quiet, assert_refused, assert_report, finish,
    sample_json, serve,
};

/// An answer with everything that a naive reader falls over; without a byte order mark and without a line end.
pub const TRAP: &str = r#"{"items":[
 {"customerId":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04","customerName":"株式会社 Zürich","productId":"e3","productName":"OFFICE 365 ENTERPRISE E3","workloadName":"Exchange","workloadCode":"EXO","serviceName":"o365","serviceCode":"O365","channel":"reseller","licensesQualified":206.0,"licensesActive":99.000,"usagePercent":48.06,"processedDateTime":"2017-03-14T03:25:16.36+00:00","futureMember":{"a":[1,{"items":null}]}},
 {"licensesActive":12,"licensesQualified":10,"productName":"クラウド製品 プレミアム","usagePercent":120,"workloadName":"Teams 👩‍💻🚀","processedDateTime":"2017-03-13T00:00:00Z"},
 {"productName":"\u001b[31mred\u0007 \u202eexe.doc\nsecond\u200bline","workloadName":null,"licensesActive":3,"usagePercent":99.97,"processedDateTime":"2017-03-10T00:00:00"},
 {"customerId":null,"productName":"=cmd|' /C calc'!A0","workloadName":"+1","serviceName":"-1","channel":"@x","licensesQualified":null,"usagePercent":null,"processedDateTime":"soon"},
 {"productName":"\ttab","workloadName":"\rreturn","workloadCode":"a,b","serviceName":"say \"hi\"","serviceCode":"two\nlines","channel":" plain = fine ","licensesQualified":1,"licensesActive":0,"usagePercent":0.04,"processedDateTime":"2017-03-09T00:00:00+00:00"},
 {}
],"next":null}"#;

/// The documented answer as wide as it needs.
pub const SAMPLE_TABLE: &str = r"DT DEMO CSP CUSTOMER 005 · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 · 6 days old

Product                                        Workload            Qualified  Active  Idle  Usage
────────────────────────────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 BUSINESS ESSENTIALS                 Exchange                    1       0     1   0.0% ░░░░░░░░░░
OFFICE 365 BUSINESS ESSENTIALS                 SharePoint                  1       0     1   0.0% ░░░░░░░░░░
OFFICE 365 BUSINESS ESSENTIALS                 Skype For Business          1       0     1   0.0% ░░░░░░░░░░
EXCHANGE ONLINE (PLAN 1)                       Exchange                    5       0     5   0.0% ░░░░░░░░░░
EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE  Exchange                    2       0     2   0.0% ░░░░░░░░░░

8 of 8 seats idle (100 %) · most in EXCHANGE ONLINE (PLAN 1): 5 · 5 rows, 3 products
";

/// The same in a terminal of 60 columns.
const SAMPLE_AT_60: &str = r"DT DEMO CSP CUSTOMER 005
  4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 · 6 days old

Product          Workload        Qualified Active Idle Usage
────────────────────────────────────────────────────────────
OFFICE 365       Exchange                1      0    1  0.0%
BUSINESS
ESSENTIALS
OFFICE 365       SharePoint              1      0    1  0.0%
BUSINESS
ESSENTIALS
OFFICE 365       Skype For               1      0    1  0.0%
BUSINESS         Business
ESSENTIALS
EXCHANGE ONLINE  Exchange                5      0    5  0.0%
(PLAN 1)
EXCHANGE ONLINE  Exchange                2      0    2  0.0%
ARCHIVING FOR
EXCHANGE ONLINE

8 of 8 seats idle (100 %)
  most in EXCHANGE ONLINE (PLAN 1): 5 · 5 rows, 3 products
";

/// The same in a terminal of 80 columns.
const SAMPLE_AT_80: &str = r"DT DEMO CSP CUSTOMER 005 · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 · 6 days old

Product                           Workload           Qualified Active Idle Usage
────────────────────────────────────────────────────────────────────────────────
OFFICE 365 BUSINESS ESSENTIALS    Exchange                   1      0    1  0.0%
OFFICE 365 BUSINESS ESSENTIALS    SharePoint                 1      0    1  0.0%
OFFICE 365 BUSINESS ESSENTIALS    Skype For Business         1      0    1  0.0%
EXCHANGE ONLINE (PLAN 1)          Exchange                   5      0    5  0.0%
EXCHANGE ONLINE ARCHIVING FOR     Exchange                   2      0    2  0.0%
EXCHANGE ONLINE

8 of 8 seats idle (100 %) · most in EXCHANGE ONLINE (PLAN 1): 5
  5 rows, 3 products
";

/// [`TRAP`] as wide as it needs.
const TRAP_TABLE: &str = r"株式会社 Zürich · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 – 2017-03-14 · 1 to 6 days old

Product                                                    Workload     Qualified  Active  Idle   Usage
──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3                                   Exchange           206      99   107   48.1% ████▊░░░░░
クラウド製品 プレミアム                                    Teams 👩‍💻🚀          10      12     0  120.0% ██████████
\u{1b}[31mred\u{7} \u{202e}exe.doc\u{a}second\u{200b}line  –                    –       3     –  >99.9% █████████▉
=cmd|' /C calc'!A0                                         +1                   –       –     –       –
\u{9}tab                                                   \u{d}return          1       0     1   <0.1% ▏░░░░░░░░░
–                                                          –                    –       –     –       –

108 of 217 seats idle (50 %) · most in OFFICE 365 ENTERPRISE E3: 107 · 3 products without figures · 6 rows, 6 products
";

/// The same in a terminal of 60 columns.
const TRAP_AT_60: &str = r"株式会社 Zürich · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 – 2017-03-14 · 1 to 6 days old

Product                                Workload    Qualified Active Idle  Usage
───────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3               Exchange          206     99  107  48.1%
クラウド製品 プレミアム                Teams 👩‍💻🚀         10     12    0 120.0%
\u{1b}[31mred\u{7}                     –                   –      3    – >99.9%
\u{202e}exe.doc\u{a}second\u{200b}line
=cmd|' /C calc'!A0                     +1                  –      –    –      –
\u{9}tab                               \u{d}return         1      0    1  <0.1%
–                                      –                   –      –    –      –

108 of 217 seats idle (50 %)
  most in OFFICE 365 ENTERPRISE E3: 107
  3 products without figures · 6 rows, 6 products
";

/// The same in a terminal of 80 columns.
const TRAP_AT_80: &str = r"株式会社 Zürich · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 – 2017-03-14 · 1 to 6 days old

Product                                 Workload    Qualified Active Idle  Usage
────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3                Exchange          206     99  107  48.1%
クラウド製品 プレミアム                 Teams 👩‍💻🚀         10     12    0 120.0%
\u{1b}[31mred\u{7}                      –                   –      3    – >99.9%
\u{202e}exe.doc\u{a}second\u{200b}line
=cmd|' /C calc'!A0                      +1                  –      –    –      –
\u{9}tab                                \u{d}return         1      0    1  <0.1%
–                                       –                   –      –    –      –

108 of 217 seats idle (50 %) · most in OFFICE 365 ENTERPRISE E3: 107
  3 products without figures · 6 rows, 6 products
";

const SAMPLE_CSV: &str = "\
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,OFFICE 365 BUSINESS ESSENTIALS,Exchange,,o365,,reseller,1,0,1,0.0,2017-03-09T00:00:00+00:00
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,OFFICE 365 BUSINESS ESSENTIALS,SharePoint,,o365,,reseller,1,0,1,0.0,2017-03-09T00:00:00+00:00
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,OFFICE 365 BUSINESS ESSENTIALS,Skype For Business,,o365,,reseller,1,0,1,0.0,2017-03-09T00:00:00+00:00
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,EXCHANGE ONLINE (PLAN 1),Exchange,,o365,,reseller,5,0,5,0.0,2017-03-09T00:00:00+00:00
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE,Exchange,,o365,,reseller,2,0,2,0.0,2017-03-09T00:00:00+00:00
";

const SAMPLE_LINES: &str = r#"{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","workloadName":"Exchange","workloadCode":null,"serviceName":"o365","serviceCode":null,"channel":"reseller","licensesQualified":1,"licensesActive":0,"licensesIdle":1,"usagePercent":0.0,"processedDateTime":"2017-03-09T00:00:00+00:00"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","workloadName":"SharePoint","workloadCode":null,"serviceName":"o365","serviceCode":null,"channel":"reseller","licensesQualified":1,"licensesActive":0,"licensesIdle":1,"usagePercent":0.0,"processedDateTime":"2017-03-09T00:00:00+00:00"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","workloadName":"Skype For Business","workloadCode":null,"serviceName":"o365","serviceCode":null,"channel":"reseller","licensesQualified":1,"licensesActive":0,"licensesIdle":1,"usagePercent":0.0,"processedDateTime":"2017-03-09T00:00:00+00:00"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"DT DEMO CSP CUSTOMER 005","productName":"EXCHANGE ONLINE (PLAN 1)","workloadName":"Exchange","workloadCode":null,"serviceName":"o365","serviceCode":null,"channel":"reseller","licensesQualified":5,"licensesActive":0,"licensesIdle":5,"usagePercent":0.0,"processedDateTime":"2017-03-09T00:00:00+00:00"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"DT DEMO CSP CUSTOMER 005","productName":"EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE","workloadName":"Exchange","workloadCode":null,"serviceName":"o365","serviceCode":null,"channel":"reseller","licensesQualified":2,"licensesActive":0,"licensesIdle":2,"usagePercent":0.0,"processedDateTime":"2017-03-09T00:00:00+00:00"}
"#;

const TRAP_CSV: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,株式会社 Zürich,OFFICE 365 ENTERPRISE E3,Exchange,EXO,o365,O365,reseller,206,99,107,48.06,2017-03-14T03:25:16.36+00:00
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,,クラウド製品 プレミアム,Teams 👩‍💻🚀,,,,,10,12,0,120,2017-03-13T00:00:00Z
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,,\"'\u{1b}[31mred\u{7} \u{202e}exe.doc\nsecond\u{200b}line\",,,,,,,3,,99.97,2017-03-10T00:00:00Z
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,,'=cmd|' /C calc'!A0,'+1,,'-1,,'@x,,,,,soon
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,,'\ttab,\"'\rreturn\",\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\", plain = fine ,1,0,1,0.04,2017-03-09T00:00:00+00:00
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,,,,,,,,,,,,
";

const TRAP_LINES: &str = r#"{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"株式会社 Zürich","productName":"OFFICE 365 ENTERPRISE E3","workloadName":"Exchange","workloadCode":"EXO","serviceName":"o365","serviceCode":"O365","channel":"reseller","licensesQualified":206,"licensesActive":99,"licensesIdle":107,"usagePercent":48.06,"processedDateTime":"2017-03-14T03:25:16.36+00:00"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":null,"productName":"クラウド製品 プレミアム","workloadName":"Teams 👩‍💻🚀","workloadCode":null,"serviceName":null,"serviceCode":null,"channel":null,"licensesQualified":10,"licensesActive":12,"licensesIdle":0,"usagePercent":120,"processedDateTime":"2017-03-13T00:00:00Z"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":null,"productName":"\u001b[31mred\u0007 @RLO@exe.doc\nsecond@ZWSP@line","workloadName":null,"workloadCode":null,"serviceName":null,"serviceCode":null,"channel":null,"licensesQualified":null,"licensesActive":3,"licensesIdle":null,"usagePercent":99.97,"processedDateTime":"2017-03-10T00:00:00Z"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":null,"productName":"=cmd|' /C calc'!A0","workloadName":"+1","workloadCode":null,"serviceName":"-1","serviceCode":null,"channel":"@x","licensesQualified":null,"licensesActive":null,"licensesIdle":null,"usagePercent":null,"processedDateTime":"soon"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":null,"productName":"\ttab","workloadName":"\rreturn","workloadCode":"a,b","serviceName":"say \"hi\"","serviceCode":"two\nlines","channel":" plain = fine ","licensesQualified":1,"licensesActive":0,"licensesIdle":1,"usagePercent":0.04,"processedDateTime":"2017-03-09T00:00:00+00:00"}
{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":null,"productName":null,"workloadName":null,"workloadCode":null,"serviceName":null,"serviceCode":null,"channel":null,"licensesQualified":null,"licensesActive":null,"licensesIdle":null,"usagePercent":null,"processedDateTime":null}
"#;

/// Serves a body and reports on it.
fn report(body: impl Into<Vec<u8>>, args: &[&str]) -> Output {
    serve(vec![Answer::status(200).json(body)], [&[CUSTOMER], args].concat()).0
}

/// Reports on a saved body.
pub fn saved(body: impl Into<Vec<u8>>, args: &[&str]) -> Output {
    let home = Home::new();
    let mut command = home.command();
    command.args([CUSTOMER, "--input", "-"]).args(args);
    finish(command, body)
}

/// Runs a command with a terminal of so many columns as its standard output; gives what was written there, with every control
/// character.
#[cfg(unix)]
pub fn in_terminal(columns: u16, mut command: std::process::Command) -> Output {
    use std::io::Read;
    use std::process::Stdio;

    use nix::pty::{Winsize, openpty};
    use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(&size, None).expect("a pseudo-terminal");
    // Raw: a line end stays a line end.
    let mut mode = tcgetattr(&pair.slave).expect("its mode");
    cfmakeraw(&mut mode);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &mode).expect("another mode");
    command.stdout(Stdio::from(pair.slave)).stderr(Stdio::piped());
    let child = command.spawn().expect("it starts");
    // The last handle to the terminal on this side: the child's end is then the end of the reading.
    drop(command);
    let mut terminal = std::fs::File::from(pair.master);
    let mut screen = Vec::new();
    let mut part = [0; 4096];
    // Linux says with an error that nobody is left on the other side.
    while let Ok(length @ 1..) = terminal.read(&mut part) {
        screen.extend_from_slice(&part[..length]);
    }
    let output = child.wait_with_output().expect("it ends");
    Output::new(output.status, screen, output.stderr)
}

/// Shows a saved body in a terminal.
#[cfg(unix)]
fn shown(columns: u16, body: &[u8], args: &[&str]) -> Output {
    let home = Home::new();
    let file = home.path().join("usage.json");
    std::fs::write(&file, body).expect("room for a body");
    let mut command = home.command();
    command.args([CUSTOMER, "--input"]).arg(file).args(args);
    in_terminal(columns, command)
}

#[test]
fn the_documented_answer_has_its_table_its_csv_its_json_and_its_json_lines() {
    let csv = [CSV_HEADER, SAMPLE_CSV].concat();
    let json = sample_json();
    let formats =
        [(&[][..], SAMPLE_TABLE), (&["-o", "table"], SAMPLE_TABLE), (&["-o", "csv"], &csv), (&["-o", "json"], &json)];
    for (args, expected) in formats.into_iter().chain([(&["-o", "jsonl"][..], SAMPLE_LINES)]) {
        assert_report(&report(SAMPLE, args), expected);
    }
}

#[test]
fn every_trap_of_an_answer_is_stepped_over_with_and_without_a_byte_order_mark() {
    let csv = [CSV_HEADER, TRAP_CSV].concat();
    let json = format!("{TRAP}\n");
    let lines = TRAP_LINES.replace("@RLO@", "\u{202e}").replace("@ZWSP@", "\u{200b}");
    for mark in ["", "\u{feff}"] {
        for (format, expected) in [("table", TRAP_TABLE), ("csv", &csv), ("json", &json), ("jsonl", &lines)] {
            assert_report(&report(format!("{mark}{TRAP}"), &["-o", format]), expected);
        }
    }
}

#[test]
fn raw_json_is_the_body_to_the_byte_with_one_line_end_at_least() {
    for (body, printed) in [
        ("{\"items\":[{}]}\n", "{\"items\":[{}]}\n"),
        ("{\"items\":[{}]}\r\n\r\n", "{\"items\":[{}]}\r\n\r\n"),
        (" \t{ \"items\" : [ { } ] }  ", " \t{ \"items\" : [ { } ] }  \n"),
        (
            "\u{feff}{\"items\":[{\"x\":1e2,\"é\":\"\\u00e9/\\/\"}]}",
            "{\"items\":[{\"x\":1e2,\"é\":\"\\u00e9/\\/\"}]}\n",
        ),
    ] {
        assert_report(&saved(body, &["-o", "json"]), printed);
    }
}

#[cfg(unix)]
#[test]
fn a_table_fits_its_terminal() {
    for (columns, sample, trap) in
        [(60, SAMPLE_AT_60, TRAP_AT_60), (80, SAMPLE_AT_80, TRAP_AT_80), (140, SAMPLE_TABLE, TRAP_TABLE)]
    {
        assert_report(&shown(columns, SAMPLE, &["--color", "never"]), sample);
        assert_report(&shown(columns, TRAP.as_bytes(), &["--color", "never"]), trap);
    }
}

#[cfg(unix)]
#[test]
fn no_line_is_wider_than_the_terminal_and_no_figure_is_broken() {
    for columns in (40..160).step_by(5).chain([49, 51, 59, 61, 79, 81, 95, 96, 99, 101]) {
        let output = shown(columns, SAMPLE, &["--color", "never"]);
        let text = output.text();
        let too_wide = text.lines().find(|line| line.chars().count() > usize::from(columns));
        assert_eq!(too_wide, None, "{columns}:\n{text}");
        // The bar goes before a name is wrapped.
        let has_bars = columns >= 96;
        assert_eq!(text.contains('░'), has_bars, "{columns}:\n{text}");
        // Each row of figures stands in one line: qualified, active, idle, usage.
        let figures = [[1, 0, 1], [1, 0, 1], [1, 0, 1], [5, 0, 5], [2, 0, 2]];
        let lines: Vec<_> = text.lines().filter(|line| line.contains("0.0%")).collect();
        assert_eq!(lines.len(), figures.len(), "{columns}:\n{text}");
        for (line, row) in lines.iter().zip(figures) {
            let words: Vec<_> = line.split_whitespace().collect();
            let end = words.len() - usize::from(has_bars);
            assert_eq!(words[end - 4..end], [&row.map(|figure| figure.to_string())[..], &["0.0%".into()]].concat());
        }
    }
}

#[test]
fn excel_gets_a_mark_and_its_line_ends() {
    let csv = [CSV_HEADER, SAMPLE_CSV].concat();
    let expected = format!("\u{feff}{}", csv.replace('\n', "\r\n"));
    assert_report(&saved(SAMPLE, &["-o", "csv", "--excel"]), &expected);
    // A line end inside a cell is the customer's own.
    let body = r#"{"items":[{"productName":"two\nlines"}]}"#;
    let expected =
        format!("\u{feff}{}\"two\nlines\"{}", CSV_HEADER.replace('\n', "\r\n") + CUSTOMER + ",,", ",,,,,,,,,,\r\n");
    assert_report(&saved(body, &["-o", "csv", "--excel"]), &expected);
    let expected = format!("\u{feff}{}", SAMPLE_CSV.replace('\n', "\r\n"));
    assert_report(&saved(SAMPLE, &["-o", "csv", "--excel", "--no-header"]), &expected);
}

#[test]
fn a_header_can_be_left_out() {
    assert_report(&saved(SAMPLE, &["-o", "csv", "--no-header"]), SAMPLE_CSV);
    let table = "\
DT DEMO CSP CUSTOMER 005 · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 · 6 days old

OFFICE 365 BUSINESS ESSENTIALS                 Exchange            1  0  1  0.0% ░░░░░░░░░░
OFFICE 365 BUSINESS ESSENTIALS                 SharePoint          1  0  1  0.0% ░░░░░░░░░░
OFFICE 365 BUSINESS ESSENTIALS                 Skype For Business  1  0  1  0.0% ░░░░░░░░░░
EXCHANGE ONLINE (PLAN 1)                       Exchange            5  0  5  0.0% ░░░░░░░░░░
EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE  Exchange            2  0  2  0.0% ░░░░░░░░░░

8 of 8 seats idle (100 %) · most in EXCHANGE ONLINE (PLAN 1): 5 · 5 rows, 3 products
";
    assert_report(&saved(SAMPLE, &["--no-header"]), table);
}

#[test]
fn text_that_a_spreadsheet_would_run_is_disarmed_unless_asked_not_to() {
    // Everywhere a text can stand; a number is never touched, and a quote is no formula.
    let body = json!({"items": [{
        "customerId": "=1", "customerName": "+1", "productName": "-1", "workloadName": "@1", "workloadCode": "\t1",
        "serviceName": "\r1", "serviceCode": " =1", "channel": "'=1", "licensesQualified": -5, "licensesActive": -7,
        "usagePercent": -0.5, "processedDateTime": "=now()"
    }]});
    let rest = "'=1,-5,-7,2,-0.5,";
    let armed = format!("=1,+1,-1,@1,\t1,\"\r1\", =1,{rest}=now()\n");
    let disarmed = format!("'=1,'+1,'-1,'@1,'\t1,\"'\r1\",' =1,{rest}'=now()\n");
    assert_report(&saved(body.to_string(), &["-o", "csv", "--no-header"]), &disarmed);
    assert_report(&saved(body.to_string(), &["-o", "csv", "--no-header", "--raw-text"]), &armed);
}

#[test]
fn every_delimiter_that_is_allowed_gives_the_same_cells() {
    let cells = cells(&saved(TRAP, &["-o", "csv"]), b',');
    let refused = |byte: u8| byte.is_ascii_alphanumeric() || b"\"\r\n.+-'".contains(&byte);
    // An argument cannot hold a NUL.
    for delimiter in (1..128_u8).filter(|byte| !refused(*byte)) {
        let argument = char::from(delimiter).to_string();
        let output = saved(TRAP, &["-o", "csv", "--delimiter", &argument]);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{argument:?}");
        assert_eq!(self::cells(&output, delimiter), cells, "{argument:?}");
        assert!(output.text().starts_with(&format!("customerId{argument}customerName{argument}")), "{argument:?}");
    }
    let tabs = saved(TRAP, &["-o", "csv", "--delimiter", "\\t"]);
    assert_report(&saved(TRAP, &["-o", "csv", "--delimiter", "\t"]), tabs.text());
    assert_eq!(self::cells(&tabs, b'\t'), cells);
}

#[test]
fn a_delimiter_that_would_garble_the_csv_is_refused() {
    let why = "a delimiter is one ASCII character, or `\\t` for a tab; not a quote, a line break, a letter, a digit or one \
               of . + - '";
    let characters = ('0'..='9').chain('A'..='Z').chain('a'..='z').chain("\".+-'".chars()).map(String::from);
    let others = ["", ",,", "ä", "\\n", "\\", "tab"].map(String::from);
    for delimiter in characters.chain(others).filter(|delimiter| delimiter != "\\") {
        let output = saved(SAMPLE, &["-o", "csv", "--delimiter", &delimiter]);
        let expected = format!(
            "invalid value '{delimiter}' for '--delimiter <C>': {why}\n\nFor more information, try '--help'.\n"
        );
        assert_refused(&output, &expected);
    }
    for delimiter in ["\n", "\r"] {
        let output = saved(SAMPLE, &["-o", "csv", "--delimiter", delimiter]);
        assert_eq!((output.code, output.text()), (2, ""));
    }
}

/// The cells of a CSV, with its header, as another program reads them.
fn cells(output: &Output, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(&output.stdout[..]);
    let records = reader.records().map(|record| record.expect("rows of equal length"));
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_csv_that_is_read_back_has_the_cells_of_the_json_lines() {
    let lines = saved(TRAP, &["-o", "jsonl"]);
    let objects = lines.text().lines().map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    let mut rows = cells(&saved(TRAP, &["-o", "csv", "--raw-text"]), b',').into_iter();
    let names = rows.next().expect("a header");
    let read: Vec<Vec<_>> = rows.collect();
    let written: Vec<Vec<_>> = objects
        .map(|object| {
            let texts = names.iter().map(|name| match &object[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                number => number.to_string(),
            });
            texts.collect()
        })
        .collect();
    assert_eq!(read, written);
    assert_eq!(names.join(",") + "\n", CSV_HEADER);
    assert_eq!(read.len(), 6);
}

/// A row of each colour.
const LEVELS: &str = r#"{"items":[
    {"customerName":"Contoso","productName":"E3","workloadName":"Exchange","licensesQualified":250,"licensesActive":231,"usagePercent":92.4,"processedDateTime":"2017-03-12T00:00:00Z"},
    {"productName":"E3","workloadName":"Teams","licensesQualified":250,"licensesActive":148,"usagePercent":59.2},
    {"productName":"P1","workloadName":"Exchange","licensesQualified":40,"licensesActive":12,"usagePercent":30.0},
    {"productName":"P1","workloadName":"Teams"}]}"#;

const LEVELS_PLAIN: &str = "\
Contoso · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-12 · 3 days old

Product  Workload  Qualified  Active  Idle  Usage
────────────────────────────────────────────────────────────
E3       Exchange        250     231    19  92.4% █████████▎
E3       Teams           250     148   102  59.2% █████▉░░░░
P1       Exchange         40      12    28  30.0% ███░░░░░░░
P1       Teams             –       –     –      –

47 of 290 seats idle (16 %) · most in P1: 28 · 4 rows, 2 products
";

const LEVELS_COLOURED: &str = "\
\x1b[1mContoso\x1b[0m · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-12 · 3 days old

Product  Workload  Qualified  Active  Idle  Usage
────────────────────────────────────────────────────────────
E3       Exchange        250     231    19  92.4% \x1b[32m█████████▎\x1b[0m
\x1b[2mE3\x1b[0m       Teams           250     148   \x1b[1m102\x1b[0m  59.2% \x1b[33m█████▉\x1b[0m\x1b[2m░░░░\x1b[0m
P1       Exchange         40      12    28  30.0% \x1b[31m███\x1b[0m\x1b[2m░░░░░░░\x1b[0m
\x1b[2mP1\x1b[0m       Teams             –       –     –      –

47 of 290 seats idle (16 %) · most in P1: 28 · 4 rows, 2 products
";

/// Environment, arguments, and whether the table is coloured on a pipe and in a terminal.
type ColourCase<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], bool, bool);

const COLOUR_CASES: [ColourCase<'_>; 17] = [
    (&[], &[], false, true),
    (&[("TERM", "xterm-256color")], &[], false, true),
    (&[("TERM", "dumb")], &[], false, false),
    (&[("TERM", "dumb")], &["--color", "auto"], false, false),
    (&[("TERM", "dumb")], &["--color", "always"], true, true),
    (&[], &["--color", "auto"], false, true),
    (&[], &["--color", "always"], true, true),
    (&[], &["--color", "never"], false, false),
    (&[("NO_COLOR", "1")], &[], false, false),
    (&[("NO_COLOR", "")], &[], false, true),
    (&[("NO_COLOR", "1")], &["--color", "always"], true, true),
    (&[("NO_COLOR", "1")], &["--color", "auto"], false, false),
    (&[("CLICOLOR_FORCE", "1")], &[], true, true),
    (&[("CLICOLOR_FORCE", "0")], &[], false, true),
    (&[("CLICOLOR_FORCE", "")], &[], false, true),
    (&[("CLICOLOR_FORCE", "1")], &["--color", "never"], false, false),
    (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[], false, false),
];

#[test]
fn colour_on_a_pipe_is_a_matter_of_being_asked() {
    for (variables, args, coloured, _) in COLOUR_CASES {
        let home = Home::new();
        let mut command = home.command();
        command.args([CUSTOMER, "--input", "-"]).args(args).envs(variables.iter().copied());
        let output = finish(command, LEVELS);
        assert_eq!(output.text(), if coloured { LEVELS_COLOURED } else { LEVELS_PLAIN }, "{variables:?} {args:?}");
        assert_quiet(&output);
    }
}

#[cfg(unix)]
#[test]
fn colour_in_a_terminal_is_a_matter_of_not_being_refused() {
    for (variables, args, _, coloured) in COLOUR_CASES {
        let home = Home::new();
        let file = home.path().join("usage.json");
        std::fs::write(&file, LEVELS).expect("room for a body");
        let mut command = home.command();
        command.args([CUSTOMER, "--input"]).arg(&file).args(args).envs(variables.iter().copied());
        let output = in_terminal(120, command);
        assert_eq!(output.text(), if coloured { LEVELS_COLOURED } else { LEVELS_PLAIN }, "{variables:?} {args:?}");
        assert_quiet(&output);
    }
}

#[cfg(unix)]
#[test]
fn colour_changes_no_letter_and_no_place() {
    for columns in [30, 46, 59, 60, 80, 99, 100, 140] {
        for body in [SAMPLE, TRAP.as_bytes(), LEVELS.as_bytes()] {
            let plain = shown(columns, body, &["--color", "never"]);
            let coloured = shown(columns, body, &["--color", "always"]);
            assert_ne!(coloured.text(), plain.text());
            let mut bare = coloured.text().to_owned();
            for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"] {
                bare = bare.replace(code, "");
            }
            assert_eq!(bare, plain.text());
        }
    }
}

#[test]
fn wide_letters_keep_the_columns_in_line() {
    let body = json!({"items": [
        {"customerName": "한국 지사", "productName": "オフィス", "workloadName": "チーム", "licensesQualified": 1,
         "licensesActive": 1, "usagePercent": 100, "processedDateTime": "2017-03-14"},
        {"productName": "Büro", "workloadName": "🚀", "licensesQualified": 10, "licensesActive": 5, "usagePercent": 50},
        {"productName": "👩‍💻 dev", "workloadName": "é\u{301}e\u{301}", "licensesQualified": 100, "licensesActive": 1,
         "usagePercent": 1},
        {"productName": "ＡＢＣ", "workloadName": "שלום", "licensesQualified": 7, "licensesActive": 0, "usagePercent": 0},
    ]});
    // Japanese, full-width letters and emoji take two columns each, a combining accent none.
    let table = "\
한국 지사 · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-14 · 1 day old

Product   Workload  Qualified  Active  Idle   Usage
──────────────────────────────────────────────────────────────
オフィス  チーム            1       1     0  100.0% ██████████
Büro      🚀               10       5     5   50.0% █████░░░░░
👩‍💻 dev    é\u{301}e\u{301}              100       1    99    1.0% ▏░░░░░░░░░
ＡＢＣ    שלום              7       0     7    0.0% ░░░░░░░░░░

111 of 118 seats idle (94 %) · most in 👩‍💻 dev: 99 · 4 rows, 4 products
";
    assert_report(&saved(body.to_string(), &[]), table);
}

const EMPTY_TABLE: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04\nNo licence usage rows.\n";

const EMPTY_WARNING: &str = "pc-usage: warning: customer 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04 has no licence usage rows; \
    that is not the same as no usage (try `--endpoint commercial`, the successor of this endpoint)\n";

#[test]
fn an_answer_without_rows_is_a_report_with_a_warning_in_every_format() {
    let collection = "{\"totalCount\":0,\"items\":[],\"attributes\":{\"objectType\":\"Collection\"}}";
    let with_line_end = format!("{collection}\n");
    let none = Answer::status(204);
    let body = |body: &str| Answer::status(200).json(body);
    for (answer, json) in [
        (body(collection), with_line_end.as_str()),
        (body(&format!("\u{feff}{collection}")), &with_line_end),
        (body(""), "null\n"),
        (body("\u{feff}"), "null\n"),
        (body("null"), "null\n"),
        (none, "null\n"),
    ] {
        for (format, expected) in [("table", EMPTY_TABLE), ("csv", CSV_HEADER), ("json", json), ("jsonl", "")] {
            for (flag, code) in [(None, 0), (Some("--fail-on-empty"), 11), (Some("--quiet"), 0)] {
                let args = [CUSTOMER, "-o", format].into_iter().chain(flag);
                let (output, _) = serve(vec![answer.clone()], args);
                assert_eq!(output.text(), expected, "{format} {flag:?}");
                assert_eq!((output.code, output.stderr.as_str()), (code, EMPTY_WARNING), "{format} {flag:?}");
            }
        }
    }
}

#[test]
fn fail_on_empty_has_nothing_to_say_about_rows() {
    assert_report(&saved(SAMPLE, &["--fail-on-empty"]), SAMPLE_TABLE);
}

#[test]
fn a_body_of_null_is_printed_to_the_byte_too() {
    assert_eq!(saved("null\r\n", &["-o", "json"]).text(), "null\r\n");
}

#[test]
fn an_empty_csv_for_excel_is_a_header_and_without_one_a_mark() {
    let csv = |args: &[&str]| saved("", &[&["-o", "csv"], args].concat()).text().to_owned();
    assert_eq!(csv(&["--excel"]), format!("\u{feff}{}", CSV_HEADER.replace('\n', "\r\n")));
    assert_eq!(csv(&["--no-header"]), "");
    assert_eq!(csv(&["--no-header", "--excel"]), "\u{feff}");
}

#[test]
fn an_answer_that_is_not_the_documented_one_is_no_report_in_any_format() {
    let not_documented = "the response is not the documented JSON: ";
    for (body, words) in [
        ("[]", "the response is not a JSON object; it starts with: []".to_owned()),
        ("\"text\"", "the response is not a JSON object; it starts with: \"text\"".to_owned()),
        ("17", "the response is not a JSON object; it starts with: 17".to_owned()),
        (
            "<!DOCTYPE html>\n<title>Sign in\u{1b}[2J</title>",
            "the response is not a JSON object; it starts with: <!DOCTYPE html>\\u{a}<title>Sign in\\u{1b}[2J</titl…"
                .to_owned(),
        ),
        ("{}", format!("{not_documented}missing field `items` at line 1 column 2")),
        (r#"{"items":{}}"#, format!("{not_documented}invalid type: map, expected a sequence at line 1 column 9")),
        (
            r#"{"items":[7]}"#,
            format!("{not_documented}invalid type: integer `7`, expected an object at line 1 column 11"),
        ),
        (
            r#"{"items":[["x"]]}"#,
            format!("{not_documented}invalid type: sequence, expected an object at line 1 column 10"),
        ),
        (r#"{"items":[]"#, format!("{not_documented}EOF while parsing an object at line 1 column 11")),
        (r#"{"items":[]} more"#, format!("{not_documented}trailing characters at line 1 column 14")),
        (r#"{"items":[{"licensesActive":"5"}]}"#, "licensesActive of row 1 is not a number: \"5\"".to_owned()),
        (r#"{"items":[{},{"licensesQualified":true}]}"#, "licensesQualified of row 2 is not a number: true".to_owned()),
        (r#"{"items":[{"usagePercent":"0.5"}]}"#, "usagePercent of row 1 is not a number: \"0.5\"".to_owned()),
        (r#"{"items":[{"usagePercent":[1]}]}"#, "usagePercent of row 1 is not a number: [1]".to_owned()),
    ] {
        for format in ["table", "csv", "json", "jsonl"] {
            let (output, requests) = serve(vec![Answer::status(200).json(body)], [CUSTOMER, "-o", format]);
            assert_failed(&output, 9, &(error(&words) + NOT_PARTNER_CENTER + &sent_ids(&requests[0])));
        }
    }
}

#[test]
fn an_answer_that_is_no_text_is_no_report() {
    let output = saved(&b"{\"items\":[\xff]}"[..], &["-o", "json"]);
    let words = "the response is not UTF-8: byte 11 is not valid there";
    assert_failed(
        &output,
        9,
        &format!("pc-usage: error: standard input: {words}\n  hint: is it a response written by `-o json`?\n"),
    );
}

#[test]
fn the_dates_of_the_rows_are_told_as_days_and_ages() {
    for (dates, told) in [
        (&["2017-03-15T00:00:00Z"][..], "Data of 2017-03-15 · of today"),
        (&["2017-03-15T23:59:59.9999999+00:00"], "Data of 2017-03-15 · of today"),
        (&["2017-03-14T03:25:16.36+00:00"], "Data of 2017-03-14 · 1 day old"),
        (&["2017-03-14T00:00:00"], "Data of 2017-03-14 · 1 day old"),
        // The day is UTC's.
        (&["2017-03-15T01:00:00+02:00"], "Data of 2017-03-14 · 1 day old"),
        (&["2017-03-13T23:30:00-01:00"], "Data of 2017-03-14 · 1 day old"),
        (&["2016-03-15T00:00:00Z"], "Data of 2016-03-15 · 365 days old"),
        (&["2017-03-12T00:00:00Z", "2017-03-12T10:00:00Z"], "Data of 2017-03-12 · 3 days old"),
        (
            &["2017-03-12T00:00:00Z", "2017-03-09T00:00:00", "2017-03-10T00:00:00Z"],
            "Data of 2017-03-09 – 2017-03-12 · 3 to 6 days old",
        ),
        (&["2017-03-12T00:00:00Z", "some day"], "Data of 2017-03-12 · 3 days old"),
        (&["some day"], "Data without a date"),
        (&["2017-03-16T00:00:00Z"], "Data of 2017-03-16 · 1 day ahead of today"),
        (&["2017-03-18T00:00:00Z"], "Data of 2017-03-18 · 3 days ahead of today"),
        (&["2017-03-14T00:00:00Z", "2017-03-15T00:00:00Z"], "Data of 2017-03-14 – 2017-03-15 · 0 to 1 days old"),
    ] {
        let items: Vec<_> = dates.iter().map(|date| json!({"processedDateTime": date})).collect();
        let output = saved(json!({"items": items}).to_string(), &[]);
        assert_eq!(output.text().lines().nth(1), Some(told), "{dates:?}");
    }
}

#[test]
fn the_last_line_counts_each_idle_seat_once() {
    let row = |product: &str, workload: &str, qualified: u32, active: u32| json!({"productName": product, "workloadName": workload, "licensesQualified": qualified, "licensesActive": active});
    for (items, told) in [
        (vec![row("A", "x", 1, 0)], "1 of 1 seat idle (100 %) · 1 row, 1 product"),
        (vec![row("A", "x", 1, 1)], "0 of 1 seat idle (0 %) · 1 row, 1 product"),
        // More than all of them are active: leavers, trials.
        (vec![row("A", "x", 40, 44)], "0 of 40 seats idle (0 %) · 1 row, 1 product"),
        (vec![row("A", "x", 0, 0)], "0 of 0 seats idle · 1 row, 1 product"),
        (vec![row("A", "x", 1000, 999)], "1 of 1000 seats idle (<1 %) · 1 row, 1 product"),
        (vec![row("A", "x", 10, 4), row("A", "y", 10, 7)], "3 of 10 seats idle (30 %) · 2 rows, 1 product"),
        (
            vec![row("A", "x", 5, 4), row("B", "x", 5, 3)],
            "3 of 10 seats idle (30 %) · most in B: 2 · 2 rows, 2 products",
        ),
        (
            vec![row("A", "x", 5, 4), row("B", "x", 5, 4)],
            "2 of 10 seats idle (20 %) · most in A: 1 · 2 rows, 2 products",
        ),
        (
            vec![row("A", "x", 5, 4), json!({"productName": "B"})],
            "1 of 5 seats idle (20 %) · most in A: 1 · 1 product without figures · 2 rows, 2 products",
        ),
        (vec![json!({"productName": "B"})], "idle seats unknown · 1 row, 1 product"),
        (
            vec![row("\u{1b}", "x", 5, 4), row("B", "x", 5, 5)],
            "1 of 10 seats idle (10 %) · most in \\u{1b}: 1 · 2 rows, 2 products",
        ),
    ] {
        let output = saved(json!({"items": items}).to_string(), &[]);
        assert_eq!(output.text().lines().last(), Some(told));
    }
}

/// Text such as nobody should have to read: formulas, quotes, line breaks, controls, marks, any letter at all.
fn name() -> impl Strategy<Value = String> {
    let nasty = "=+-@\t\r\n\"',; \0\u{1b}\u{7f}\u{9b}\u{ad}\u{34f}\u{61c}\u{180e}\u{200b}\u{200d}\u{200f}\u{2028}\u{202e}\u{2061}\u{2064}\u{2066}\u{206a}\u{3164}\u{fe0f}\u{feff}\u{e0041}\u{e0101}＝é漢👩";
    let nasty = prop::sample::select(nasty.chars().collect::<Vec<_>>());
    vec(prop_oneof![nasty, any::<char>()], 0..12).prop_map(String::from_iter)
}

/// Whether it is to be shown as its code point; joiners and variation selectors, which may have something to do, are another
/// matter.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(u32::from(char),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b | 0x200e..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
}

#[test]
fn any_name_survives_the_csv_and_none_reaches_the_terminal_as_it_is() {
    // A process is slow, a row is not. Nothing is written beside the sources.
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let names = vec((name(), name(), name()), 1..60);
    let result = TestRunner::new(config).run(&names, |names| {
        let row = |(customer, product, channel): &(String, String, String)| {
            json!({"customerId": "c", "customerName": customer, "productName": product, "channel": channel})
        };
        let body = json!({"items": names.iter().map(row).collect::<Vec<_>>()}).to_string();
        let read = |args: &[&str]| -> Vec<_> {
            let rows = cells(&saved(body.clone(), &[&["-o", "csv", "--no-header"], args].concat()), b',');
            rows.into_iter().map(|row| (row[1].clone(), row[2].clone(), row[7].clone())).collect()
        };
        assert_eq!(read(&["--raw-text"]), names);
        let disarm = |text: &str| {
            let first = text.chars().find(|char| char.is_control() || !char.is_whitespace());
            let runs = first.is_some_and(|first| first.is_control() || "=+-@＝＋－＠".contains(first));
            format!("{}{text}", if runs { "'" } else { "" })
        };
        let disarmed: Vec<_> = names.iter().map(|(a, b, c)| (disarm(a), disarm(b), disarm(c))).collect();
        assert_eq!(read(&[]), disarmed);

        let table = saved(body.clone(), &[]);
        assert_eq!(table.text().chars().find(|char| *char != '\n' && is_hidden(*char)), None, "{:?}", table.text());
        // Two lines above the table, two of header, two below it, and two blank ones.
        assert_eq!(table.text().lines().count(), names.len() + 7, "{:?}", table.text());
        Ok(())
    });
    result.expect("it holds for every name");
}
