//! `-o xlsx`: what is in the sheets, read by a library that others wrote, and that no unfinished workbook is left anywhere.
//! It refuses to judge fonts, colours and widths, which only an eye can.

use std::fs;
use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};

use crate::server::{Answer, Server};
use crate::{CUSTOMER, Home, SAMPLE, assert_failed, assert_quiet, assert_refused, finish, run, serve};

fn open(workbook: &[u8]) -> Xlsx<Cursor<&[u8]>> {
    Xlsx::new(Cursor::new(workbook)).expect("a workbook")
}

pub fn names(workbook: &[u8]) -> Vec<String> {
    open(workbook).sheet_names()
}

/// The cells of a sheet as typed values, its header among them.
fn typed(workbook: &[u8], name: &str) -> Vec<Vec<Data>> {
    let range = open(workbook).worksheet_range(name).expect("a sheet");
    range.rows().map(<[Data]>::to_vec).collect()
}

/// The same as text: numbers as short as they can be, dates as ISO 8601 has them.
pub fn sheet(workbook: &[u8], name: &str) -> Vec<Vec<String>> {
    let rows = typed(workbook, name).into_iter();
    rows.map(|row| row.iter().map(text).collect()).collect()
}

/// A file inside the workbook.
pub fn part(workbook: &[u8], name: &str) -> String {
    let mut text = String::new();
    let mut parts = zip::ZipArchive::new(Cursor::new(workbook)).expect("a zip file");
    parts.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
    text
}

fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(date) => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year}-{month:02}-{day:02}"),
                _ => format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
            }
        }
        cell => cell.to_string(),
    }
}

/// The workbook of a saved body.
fn of(body: &str, args: &[&str]) -> Vec<u8> {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--input", "-", "-o", "xlsx"]).args(args);
    let output = finish(command, body);
    assert_quiet(&output);
    output.stdout
}

fn sample() -> &'static str {
    std::str::from_utf8(SAMPLE).expect("the sample is UTF-8")
}

/// The lines of the sheet that says what the others are about: its labels, each with what stands behind it.
fn about(workbook: &[u8]) -> Vec<String> {
    let lines = sheet(workbook, "About").into_iter().filter(|line| line.iter().any(|cell| !cell.is_empty()));
    lines.map(|line| line.join("|").trim_end_matches('|').to_owned()).collect()
}

#[test]
fn the_documented_answer_has_its_workbook() {
    let workbook = of(sample(), &[]);
    assert_eq!(names(&workbook), ["Usage", "Summary", "About"]);
    // What CSV has, but for the dates.
    let csv = run(["--demo", "-o", "csv"]);
    let expected: Vec<Vec<String>> = csv
        .text()
        .lines()
        .map(|line| {
            line.split(',')
                .map(|cell| cell.trim_end_matches("T00:00:00+00:00").trim_end_matches(".0").to_owned())
                .collect()
        })
        .collect();
    let found = sheet(&of(sample(), &[]), "Usage");
    // The saved body does not say whose it is.
    let without_id = |rows: &[Vec<String>]| rows.iter().map(|row| row[1..].to_vec()).collect::<Vec<_>>();
    assert_eq!(without_id(&found), without_id(&expected));
    let first = &typed(&workbook, "Usage")[1];
    assert_eq!(first[8], Data::Float(1.0));
    assert_eq!(first[11], Data::Float(0.0));
    assert!(matches!(first[12], Data::DateTime(_)), "{first:?}");
    assert_eq!(
        sheet(&workbook, "Summary").iter().map(|row| row[2..].join(",")).collect::<Vec<_>>(),
        [
            "productName,serviceName,channel,workloads,busiestWorkload,licensesQualified,licensesActive,licensesIdle,usagePercent,processedDateTime",
            "OFFICE 365 BUSINESS ESSENTIALS,o365,reseller,3,Exchange,1,0,1,0,2017-03-09",
            "EXCHANGE ONLINE (PLAN 1),o365,reseller,1,Exchange,5,0,5,0,2017-03-09",
            "EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE,o365,reseller,1,Exchange,2,0,2,0,2017-03-09",
        ]
    );
    assert_eq!(
        about(&workbook),
        [
            "Licence usage",
            "Customer|DT DEMO CSP CUSTOMER 005",
            "Data|2017-03-09 · 6 days old",
            "Age as of|2017-03-15",
            "In short|8 of 8 seats idle (100 %) · most in EXCHANGE ONLINE (PLAN 1): 5 · 5 rows, 3 products",
            "Sheets|Usage: one row per product and workload of a customer.",
            "|All workloads of a product count the same seats, so do not add them up.",
            "|Summary: one row per product of a customer, made of the same rows.",
            "|Each seat counts once: qualified in the largest workload, active in the busiest.",
            "|Usage in Summary is calculated by pc-usage: active × 100 ÷ qualified.",
            "What the figures mean|Qualified seats may use the workload, and active ones used it in the last 28 days; idle is qualified minus active.",
            "|Both count the customer's seats from all partners and from Microsoft directly, of Office 365 and Dynamics 365 only.",
            "|OneDrive is counted with SharePoint.",
            "|A usage over 100 % is possible: leavers, grace periods, trials.",
            "|The data is always some days old.",
            "|An empty cell means that the service left a value out, which is not the same as 0.",
            "|Usage is a percentage, on a scale of 0 to 100.",
            "|Dates are in UTC.",
            "Warnings|none",
        ]
    );
}

#[test]
fn the_options_that_shape_the_rows_are_told_and_no_path() {
    let home = Home::new();
    fs::write(home.path().join("secret-name.json"), SAMPLE).expect("room for a body");
    let mut command = home.command();
    command.args([
        "--input",
        "-",
        "-o",
        "xlsx",
        "--compare",
        "secret-name.json",
        "--where",
        "idle>0 and product~online",
    ]);
    let output = finish(
        {
            command.args(["--sort", "idle:desc", "--columns", "product,idle,change"]);
            command
        },
        SAMPLE,
    );
    assert_quiet(&output);
    let about = about(&output.stdout);
    let options: Vec<_> = about.iter().skip_while(|line| !line.starts_with("Options|")).take(4).collect();
    assert_eq!(
        options,
        [
            "Options|--compare an earlier response",
            "|--where licensesIdle > 0 and productName ~ online",
            "|--sort licensesIdle:desc",
            "|--columns productName,licensesIdle,change",
        ]
    );
    assert!(!about.concat().contains("secret"), "{about:?}");
}

#[test]
fn hostile_text_is_text_and_nothing_else() {
    let names = [
        "=cmd|' /C calc'!A0",
        "+1",
        "@SUM(1+1)",
        "http://evil.example/x",
        "mailto:a@b.example",
        "file:///etc/passwd",
        "<script>alert(1)</script>",
        "]]><x a='&amp;'>",
        "_x0041_",
        "0123",
        "2017-03-09",
        "TRUE",
        "1E5",
        " blank ",
        "a\nb\tc",
        "a\u{202e}b\u{200d}c",
    ];
    let rows: Vec<_> =
        names.iter().map(|name| serde_json::json!({"productName": name, "workloadName": name})).collect();
    let workbook = of(&serde_json::json!({"items": rows}).to_string(), &["--columns", "product,workload"]);
    let found = typed(&workbook, "Usage");
    for (name, row) in names.iter().zip(&found[1..]) {
        assert_eq!(row[..], [Data::String((*name).to_owned()), Data::String((*name).to_owned())], "{name}");
    }
    let formulas = open(&workbook).worksheet_formula("Usage").expect("a sheet");
    assert!(formulas.rows().flatten().all(String::is_empty));
}

#[test]
fn a_text_that_no_cell_holds_is_cut_and_that_is_said() {
    let body = serde_json::json!({"items": [{"productName": "P", "channel": "x".repeat(40_000)}]}).to_string();
    let home = Home::new();
    let mut command = home.command();
    command.args(["--input", "-", "-o", "xlsx", "--summary"]);
    let output = finish(command, body);
    let warning = "the workbook: 1 text cut to 32767 characters, which is all that a cell holds";
    assert_eq!((output.code, &output.stderr[..]), (0, &format!("pc-usage: warning: {warning}\n")[..]));
    assert_eq!(sheet(&output.stdout, "Summary")[1][4].len(), 32_767);
    assert_eq!(about(&output.stdout).last().map(String::as_str), Some(&format!("Warnings|{warning}")[..]));
}

#[test]
fn a_summary_is_the_first_sheet_and_the_rows_are_left_out() {
    for (args, rows) in [(&["--summary"][..], 4), (&["--summary=customer"], 2)] {
        let workbook = of(sample(), args);
        assert_eq!(names(&workbook), ["Summary", "About"]);
        assert_eq!(sheet(&workbook, "Summary").len(), rows, "{args:?}");
    }
}

#[test]
fn what_is_gone_is_a_row_and_no_product() {
    let earlier =
        r#"{"items":[{"productName":"GONE","workloadName":"Teams","licensesQualified":9,"licensesActive":1}]}"#;
    let home = Home::new();
    fs::write(home.path().join("earlier.json"), earlier).expect("room for a body");
    let mut command = home.command();
    command.args(["--input", "-", "-o", "xlsx", "--compare", "earlier.json"]);
    let output = finish(command, SAMPLE);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let usage = sheet(&output.stdout, "Usage");
    assert_eq!(usage[0][13..], ["licensesQualifiedChange", "licensesActiveChange", "change"]);
    assert_eq!((usage.len(), usage[6][2].as_str(), usage[6][15].as_str()), (7, "GONE", "gone"));
    assert_eq!(sheet(&output.stdout, "Summary").len(), 4);
}

#[test]
fn without_rows_there_are_headers_and_a_warning() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--input", "-", "-o", "xlsx"]);
    let output = finish(command, "{\"items\":[]}");
    assert_eq!(output.code, 0);
    assert_eq!(sheet(&output.stdout, "Usage").len(), 1);
    assert_eq!(sheet(&output.stdout, "Summary").len(), 1);
    let about = about(&output.stdout);
    assert!(about.iter().any(|line| line == "Data|No licence usage rows."), "{about:?}");
    let warning = about.last().expect("a line").strip_prefix("Warnings|").expect("a warning").to_owned();
    assert_eq!(output.stderr, format!("pc-usage: warning: {warning}\n"));
}

#[test]
fn all_customers_are_in_one_workbook_with_what_went_wrong() {
    let output = run(["--demo", "--all", "-o", "xlsx"]);
    assert_eq!(output.code, 3);
    let csv = run(["--demo", "--all", "-o", "csv"]);
    assert_eq!(sheet(&output.stdout, "Usage").len(), csv.text().lines().count());
    let summary = run(["--demo", "--all", "-o", "csv", "--summary"]);
    assert_eq!(sheet(&output.stdout, "Summary").len(), summary.text().lines().count());
    let about = about(&output.stdout);
    assert_eq!(
        about[1..5],
        [
            "Customers|5",
            "Data|2017-03-09 – 2017-03-12 · 3 to 6 days old",
            "Age as of|2017-03-15",
            "In short|177 of 1052 seats idle (17 %) · 5 customers, 19 rows",
        ]
    );
    assert_eq!(
        about[about.len() - 2..],
        [
            "Warnings|1 customer has no licence usage rows; that is not the same as no usage: \
            3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04 (Tailspin Toys)",
            "|1 of 6 customers failed: 4caf4daf-d915-4ea2-80ab-7f5d6eb08c05 (Wingtip Toys)",
        ]
    );
}

#[test]
fn the_same_run_at_the_same_time_makes_the_same_bytes() {
    let workbook = || run(["--demo", "contoso", "-o", "xlsx"]).stdout;
    let first = workbook();
    assert!(first.starts_with(b"PK"));
    assert!((0..3).all(|_| workbook() == first));
    // They are made within a second, in which a clock would not show.
    let mut parts = zip::ZipArchive::new(Cursor::new(&first)).expect("a zip file");
    let mut properties = String::new();
    parts.by_name("docProps/core.xml").expect("a part").read_to_string(&mut properties).expect("XML");
    assert_eq!(properties.matches("2017-03-15T00:00:00Z").count(), 2, "{properties}");
    let days: Vec<_> = (0..parts.len()).map(|at| parts.by_index(at).expect("a part").last_modified()).collect();
    assert!(days.iter().all(|day| *day == Some(zip::DateTime::default())), "{days:?}");
    // A name is no link, so nothing leads out of the workbook.
    assert!(parts.file_names().all(|name| !name.expect("a name").contains("worksheets/_rels")));
}

#[test]
fn a_run_that_fails_writes_no_workbook() {
    let (output, _) = serve(vec![Answer::status(404)], [CUSTOMER, "-o", "xlsx"]);
    assert_eq!((output.code, output.stdout.len()), (6, 0));
}

#[cfg(unix)]
mod unix {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::Running;
    use crate::report::in_terminal;

    fn is_empty(folder: &Path) -> bool {
        fs::read_dir(folder).expect("a folder").next().is_none()
    }

    #[test]
    fn a_terminal_is_no_place_for_a_workbook() {
        const HINT: &str = "hint: write it to a file: --out-file usage.xlsx\n";
        for args in
            [&["-o", "xlsx"][..], &["-o", "xlsx", "--out-file", "-"], &["-o", "xlsx", "--out-file", "/dev/stdout"]]
        {
            let home = Home::new();
            let mut command = home.command();
            command.arg("--demo").args(args);
            let error = format!("a workbook cannot be shown in a terminal\n  {HINT}");
            assert_refused(&in_terminal(80, command), &error);
        }
        let home = Home::new();
        let mut command = home.command();
        command.arg("--demo").env("PC_USAGE_OUTPUT", "xlsx");
        let error = format!("a workbook (PC_USAGE_OUTPUT) cannot be shown in a terminal\n  {HINT}");
        assert_refused(&in_terminal(80, command), &error);
    }

    #[test]
    fn no_room_for_temporary_files_is_found_out_before_any_report_is_asked_for() {
        let home = Home::new();
        let mut command = home.command();
        command.args(["--demo", "-o", "xlsx", "--out-file", "a.xlsx"]).env("TMPDIR", "missing");
        let missing = std::io::Error::from_raw_os_error(2);
        let error =
            format!("pc-usage: error: cannot create a temporary file for the workbook in missing: {missing}\n{HINT}");
        assert_failed(&finish(command, ""), 1, &error);
        assert!(is_empty(home.path()));
    }

    const HINT: &str = "  hint: a workbook is put together in the folder for temporary files, which TMPDIR names\n";

    #[test]
    fn temporary_files_that_cannot_grow_are_an_error_and_nothing_is_left() {
        let home = Home::new();
        fs::create_dir(home.path().join("temporary")).expect("room for a folder");
        let row = r#"{"productName":"P","workloadName":"Teams","licensesQualified":9,"licensesActive":1},"#;
        let body = format!("{{\"items\":[{}{{}}]}}", row.repeat(2000));
        let mut command = home.command();
        command.args(["--input", "-", "--out-file", "a.csv", "--out-file", "b.xlsx"]);
        let mut shell = Command::new("sh");
        shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env("TMPDIR", home.path().join("temporary")).current_dir(home.path());
        shell.args(["-c", "ulimit -f 20; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
        let error = format!("pc-usage: error: cannot write the workbook's temporary file: File too large\n{HINT}");
        assert_failed(&finish(shell, body), 1, &error);
        assert!(is_empty(&home.path().join("temporary")));
        fs::remove_dir(home.path().join("temporary")).expect("an empty folder");
        assert!(is_empty(home.path()));
    }

    #[test]
    fn a_termination_in_the_middle_leaves_no_workbook_and_no_temporary_file() {
        let home = Home::new();
        fs::create_dir(home.path().join("temporary")).expect("room for a folder");
        let other = "22222222-70f4-4e1e-9ff1-b2bfce8d9f04";
        let server = Server::start(vec![
            Answer::status(200).json(SAMPLE).for_path(format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage")),
            Answer::stall().for_path(format!("/v1/customers/{other}/analytics/licenses/usage")),
        ]);
        let mut command = home.command_for(&server);
        command.env("TMPDIR", home.path().join("temporary"));
        command.args([CUSTOMER, other, "-o", "xlsx", "--out-file", "a.xlsx"]);
        let running = Running::spawn(command);
        server.wait_for_requests(2);
        running.signal(nix::sys::signal::Signal::SIGTERM);
        assert_failed(&running.wait(), 143, "pc-usage: error: terminated (SIGTERM)\n");
        server.done();
        assert!(is_empty(&home.path().join("temporary")));
        fs::remove_dir(home.path().join("temporary")).expect("an empty folder");
        assert!(is_empty(home.path()));
    }
}
