//! Several files from one run: which format each has, that all have the same rows, and that all are replaced or none.
//! It refuses to judge how a format looks; only the cells count.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::server::{Answer, Server};
use crate::workbook::sheet;
use crate::{
    CSV_HEADER, CUSTOMER, Home, Output, SAMPLE, assert_failed, assert_quiet, assert_refused, assert_report, finish,
    run, sample_json,
};

/// A run on the documented answer with these files, and what else is asked; the home holds what comes of it.
fn write(answers: Vec<Answer>, files: &[&str], args: &[&str]) -> (Home, Output) {
    let home = Home::new();
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "--retries", "0"]).args(args);
    for file in files {
        command.args(["--out-file", file]);
    }
    let output = finish(command, "");
    server.done();
    (home, output)
}

fn good() -> Vec<Answer> {
    vec![Answer::status(200).json(SAMPLE)]
}

fn text(home: &Home, file: &str) -> String {
    fs::read_to_string(home.path().join(file)).expect("a readable file")
}

/// The names in a folder, so that no temporary file goes unseen.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Two customers, with names that every format has to escape, and without some of the figures.
const BODIES: &str = r#"[{"customerId":"11111111-70f4-4e1e-9ff1-b2bfce8d9f04","response":{"items":[
    {"customerName":"Ä | B & C","productName":"<b>E3</b> | `x`","workloadName":"Exchange","licensesQualified":250,"licensesActive":231,"usagePercent":92.4},
    {"customerName":"Ä | B & C","productName":"<b>E3</b> | `x`","workloadName":"Teams","licensesQualified":250,"licensesActive":96,"usagePercent":38.4},
    {"customerName":"Ä | B & C","productName":"=cmd|' /C calc'!A0","workloadName":"[a](http://b.example)","licensesQualified":40,"usagePercent":30.0},
    {"customerName":"Ä | B & C","productName":"\"><img src=x>","workloadName":"*x* _y_ ~z~ #1","licensesActive":3}]}},
    {"customerId":"22222222-70f4-4e1e-9ff1-b2bfce8d9f04","response":{"items":[
    {"customerName":"Zoë; \"Ltd\"","productName":"P1, \"q\"","workloadName":"Exchange","licensesQualified":1234,"licensesActive":1234,"usagePercent":100.0},
    {"customerName":"Zoë; \"Ltd\"","productName":"0123","workloadName":"2017-03-09","licensesQualified":3,"licensesActive":0,"usagePercent":0.0}]}}]"#;

/// The cells of a report below its header, absent ones empty, as every format should have them.
fn cells(home: &Home, file: &str) -> Vec<Vec<String>> {
    match Path::new(file).extension().and_then(|ending| ending.to_str()) {
        Some("csv") => {
            let mut reader = csv::Reader::from_path(home.path().join(file)).expect("a file");
            // Numbers that look like formulas are none here; texts have a mark in front.
            let cell = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
            reader.records().map(|record| record.expect("a record").iter().map(cell).collect()).collect()
        }
        Some("jsonl") => text(home, file).lines().map(fields).collect(),
        Some("xlsx") => {
            let bytes = fs::read(home.path().join(file)).expect("a workbook");
            let names = crate::workbook::names(&bytes);
            sheet(&bytes, &names[0]).into_iter().skip(1).collect()
        }
        Some("txt") => table(&text(home, file)),
        Some("md") => as_read(&crate::markdown::cells(&text(home, file))),
        Some("html") => as_read(&crate::page::cells(&text(home, file))),
        other => panic!("{other:?}"),
    }
}

/// The members of an object in the order written.
fn fields(line: &str) -> Vec<String> {
    let mut reader = serde_json::Deserializer::from_str(line).into_iter::<serde_json::Map<String, Value>>();
    let object = reader.next().expect("an object").expect("JSON");
    // Their order is that of the names asked for, which a map forgets.
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|(name, _)| line.find(&format!("\"{name}\":")));
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => number(&other.to_string()),
    };
    members.into_iter().map(|(_, value)| text(value)).collect()
}

/// All rows of a table for people, without titles, rules, bars and closing lines.
fn table(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = text.lines();
    while lines.any(|line| line.starts_with("───")) {
        rows.extend(lines.by_ref().take_while(|line| !line.is_empty()).map(|line| {
            let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
            let cells =
                cells.map(|cell| cell.split(['█', '░', '▏', '▎', '▍', '▌', '▋', '▊', '▉']).next().unwrap_or_default());
            cells
                .map(|cell| if cell == "–" { String::new() } else { number(cell.trim().trim_end_matches('%')) })
                .collect()
        }));
    }
    rows
}

/// Cells for people, without what only they need.
fn as_read(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let cell = |cell: &String| match cell.trim() {
        "–" => String::new(),
        cell => number(cell.trim_end_matches('%')),
    };
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

/// A number without what only some formats write.
fn number(text: &str) -> String {
    let text = text.strip_suffix(".0").unwrap_or(text);
    text.strip_prefix('−').map_or_else(|| text.to_owned(), |digits| format!("-{digits}"))
}

#[test]
fn every_format_has_the_same_cells() {
    const EARLIER: &str = r#"[{"customerId":"11111111-70f4-4e1e-9ff1-b2bfce8d9f04","response":{"items":[
        {"productName":"<b>E3</b> | `x`","workloadName":"Teams","licensesQualified":250,"licensesActive":100},
        {"productName":"Gone","workloadName":"Teams","licensesQualified":5,"licensesActive":1}]}}]"#;
    const FILES: [&str; 6] = ["usage.csv", "usage.jsonl", "usage.xlsx", "usage.txt", "usage.md", "usage.html"];
    for (args, rows) in [
        (&["--columns", "product,workload,qualified,active,idle,usage"][..], 6),
        (&["--columns", "customer,usage,product", "--sort", "product:desc"], 6),
        (&["--columns", "product,idle", "--where", "idle > 10 or usage = 0"], 3),
        (&["--columns", "product,workloads,qualified,active,idle,usage", "--summary"], 5),
        (&["--columns", "customer,products,active,idle", "--summary=customer", "--sort", "idle"], 2),
        (&["--columns", "product,active,licensesActiveChange,change", "--compare", "earlier.json"], 7),
        (&["--columns", "product,idle", "--where", "idle > 10000"], 0),
    ] {
        let home = Home::new();
        fs::write(home.path().join("bodies.json"), BODIES).expect("room for a file");
        fs::write(home.path().join("earlier.json"), EARLIER).expect("room for a file");
        let mut command = home.command();
        command.args(["--input", "bodies.json"]).args(args);
        for file in FILES {
            command.args(["--out-file", file]);
        }
        let output = finish(command, "");
        assert_eq!((output.code, output.text()), (0, ""), "{args:?} {}", output.stderr);
        let expected = cells(&home, FILES[0]);
        let expected: Vec<Vec<_>> = expected.iter().map(|row| row.iter().map(|cell| number(cell)).collect()).collect();
        assert_eq!(expected.len(), rows, "{args:?}");
        for file in FILES {
            let found = cells(&home, file);
            let found: Vec<Vec<_>> = found.iter().map(|row| row.iter().map(|cell| number(cell)).collect()).collect();
            assert_eq!(found, expected, "{file} {args:?}");
        }
    }
}

#[test]
fn one_request_makes_all_files() {
    let (home, output) = write(good(), &["a.csv", "b.JSON", "c.jsonl", "d.Xlsx", "e.txt"], &[]);
    assert_report(&output, "");
    assert_eq!(names(home.path()), ["a.csv", "b.JSON", "c.jsonl", "d.Xlsx", "e.txt"]);
    assert_eq!(text(&home, "b.JSON"), sample_json());
    for (file, format) in [("a.csv", "csv"), ("c.jsonl", "jsonl"), ("d.Xlsx", "xlsx"), ("e.txt", "table")] {
        let (alone, output) = write(good(), &["alone"], &["-o", format]);
        assert_report(&output, "");
        let read = |home: &Home, name| fs::read(home.path().join(name)).expect("a file");
        assert_eq!(read(&home, file), read(&alone, "alone"), "{format}");
    }
}

#[test]
fn an_ending_says_the_format_unless_an_option_does() {
    let header = text(&write(good(), &["usage.csv"], &[]).0, "usage.csv");
    assert!(header.starts_with(CSV_HEADER), "{header}");
    // As a variable does not.
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "--out-file", "usage.csv", "--out-file", "usage", "--out-file", "-"]);
    command.env("PC_USAGE_OUTPUT", "json");
    let output = finish(command, "");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_eq!(output.text(), sample_json());
    assert_eq!(text(&home, "usage"), sample_json());
    assert_eq!(text(&home, "usage.csv"), header);
    for file in ["usage.csv", "usage.log", "usage"] {
        let (home, output) = write(good(), &[file], &["-o", "json"]);
        assert_report(&output, "");
        assert_eq!(text(&home, file), sample_json(), "{file}");
    }
    // Without one, it is a table.
    for file in ["usage", ".csv", "usage."] {
        let (home, output) = write(good(), &[file], &[]);
        assert_report(&output, "");
        assert!(text(&home, file).starts_with("DT DEMO CSP CUSTOMER 005 · "), "{file}");
    }
}

#[test]
fn files_that_do_not_go_together_are_refused_before_any_request() {
    const KNOWN: &str = ".txt, .csv, .json, .jsonl, .md, .html, .htm and .xlsx";
    for (files, args, error) in [
        (
            &["usage.log"][..],
            &[][..],
            format!(
                "--out-file usage.log: this ending does not say a format; choose one with -o\n  hint: the endings that do are {KNOWN}\n"
            ),
        ),
        (
            &["a.csv", "b.json"],
            &["-o", "csv"],
            "-o takes one --out-file, and there are several: leave it out, and each file's ending says its format\n"
                .to_owned(),
        ),
        (&["a.csv", "./a.csv"], &[], "--out-file a.csv and --out-file ./a.csv are the same file\n".to_owned()),
        (&["-", "-"], &[], "--out-file - and --out-file - are the same file\n".to_owned()),
        (
            &["a.json", "b.xlsx"],
            &["--excel"],
            "--excel only works with -o csv, not with the formats json and xlsx\n".to_owned(),
        ),
        (
            &["a.json", "b.JSON"],
            &["--where", "idle > 1"],
            "--where only works with -o table, -o csv, -o jsonl, -o markdown, -o html or -o xlsx, not with the format json\n"
                .to_owned(),
        ),
    ] {
        let (home, output) = write(vec![], files, args);
        assert_refused(&output, &error);
        assert!(names(home.path()).is_empty(), "{files:?}");
    }
    for (command, fits) in [("customers", ".txt, .csv, .json and .jsonl"), ("status", ".txt and .json")] {
        let error = format!(
            "--out-file usage.xlsx: `{command}` does not come as xlsx\n  hint: the endings are {fits}; -o chooses a format for any other\n"
        );
        assert_refused(&run(["--demo", command, "--out-file", "usage.xlsx"]), &error);
    }
    let error = "`customers` only works with -o table, -o csv, -o json or -o jsonl\n";
    assert_refused(&run(["--demo", "customers", "-o", "xlsx"]), error);
    assert_refused(&run(["--demo", "status", "-o", "xlsx"]), "`status` only works with -o table or -o json\n");
}

#[test]
fn a_variable_with_a_format_that_a_command_lacks_is_ignored() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "customers"]).env("PC_USAGE_OUTPUT", "xlsx");
    let output = finish(command, "");
    assert_quiet(&output);
    assert!(output.text().starts_with("CustomerId "), "{}", output.text());
}

#[test]
fn the_other_commands_write_several_files_too() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "customers", "--where", "companyName ~ contoso"]);
    command.args(["--out-file", "a.csv", "--out-file", "b.json", "--out-file", "-"]);
    let output = finish(command, "");
    assert_quiet(&output);
    assert!(output.text().ends_with("\n1 of 6 customers\n"), "{}", output.text());
    assert_eq!(text(&home, "a.csv").lines().count(), 2);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&text(&home, "b.json")).expect("a list").len(), 6);
    let mut command = home.command();
    command.args(["--demo", "status", "--out-file", "c.txt", "--out-file", "c.json"]);
    assert_report(&finish(command, ""), "");
    assert!(text(&home, "c.json").starts_with("{\"source\":"));
    assert!(!text(&home, "c.txt").starts_with('{'));
}

#[test]
fn files_before_and_behind_a_command_are_refused_rather_than_forgotten() {
    for command in ["customers", "status"] {
        let output = run(["--demo", "--out-file", "a.json", command, "--out-file", "b.json"]);
        let how = format!("--out-file stands before and behind `{command}`; put all of them behind it\n");
        assert_eq!(output.code, 2);
        assert!(output.stderr.starts_with(&format!("pc-usage: error: {how}")), "{}", output.stderr);
    }
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "--out-file", "a.json", "--out-file", "b.csv", "customers"]);
    assert_report(&finish(command, ""), "");
    assert_eq!(names(home.path()), ["a.json", "b.csv"]);
}

#[test]
fn what_is_asked_of_rows_does_not_touch_the_answer_itself() {
    for args in [
        &["--where", "product ~ online", "--sort", "idle:desc", "--columns", "product,idle"][..],
        &["--summary", "--fail-if", "workloads > 99"],
        &["--summary=customer"],
        &["--compare", "-"],
    ] {
        let home = Home::new();
        let server = Server::start(good());
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "--out-file", "a.json", "--out-file", "b.csv"]).args(args);
        assert_report(&finish(command, SAMPLE), "");
        server.done();
        assert_eq!(text(&home, "a.json"), sample_json(), "{args:?}");
    }
    for args in [&["--sort", "idle"][..], &["--summary=customer"], &["--where", "idle > 100"]] {
        let home = Home::new();
        let json = |args: &[&str]| {
            let mut command = home.command();
            command.args(["--input", "-", "--out-file", "a.json"]).args(args);
            assert_quiet_but_warnings(&finish(command, BODIES));
            text(&home, "a.json")
        };
        let alone = json(&[]);
        assert_eq!(json(&[&["--out-file", "b.csv"], args].concat()), alone, "{args:?}");
    }
}

/// That it went well, whatever is odd about the figures.
#[track_caller]
fn assert_quiet_but_warnings(output: &Output) {
    let is_warning = |line: &str| line.starts_with("pc-usage: warning: ");
    assert!(output.code == 0 && output.stderr.lines().all(is_warning), "{} {}", output.code, output.stderr);
}

#[test]
fn an_alarm_is_told_once_and_all_files_are_written() {
    let files = ["a.csv", "b.xlsx", "c.json", "d.txt"];
    let (home, output) = write(good(), &files, &["--fail-if", "usage < 50", "--fail-if", "age > 99"]);
    let told = "pc-usage: --fail-if 'usagePercent < 50' matches 5 of 5 rows, worst: DT DEMO CSP CUSTOMER 005, OFFICE 365 BUSINESS \
        ESSENTIALS, Exchange: usagePercent 0.0\n";
    assert_failed(&output, 10, told);
    assert_eq!(names(home.path()), files);
}

#[test]
fn a_run_that_fails_replaces_none_of_its_files() {
    let home = Home::new();
    for file in ["a.csv", "b.json"] {
        fs::write(home.path().join(file), "old").expect("room for a file");
    }
    let files = ["--out-file", "a.csv", "--out-file", "b.json", "--out-file", "c.xlsx"];
    let server = Server::start(vec![Answer::status(404)]);
    let mut command = home.command_for(&server);
    command.arg(CUSTOMER).args(files);
    assert_eq!(finish(command, "").code, 6);
    server.done();
    // Nor does one that could not write the last.
    let mut command = home.command();
    command.arg("--demo").args(files).args(["--out-file", "missing/d.txt"]);
    let missing = std::io::Error::from_raw_os_error(2);
    let error = format!("pc-usage: error: cannot write missing/d.txt: cannot create a file in its folder: {missing}\n");
    assert_failed(&finish(command, ""), 1, &error);
    assert_eq!(names(home.path()), ["a.csv", "b.json"]);
    assert_eq!((text(&home, "a.csv"), text(&home, "b.json")), ("old".to_owned(), "old".to_owned()));
}

#[test]
fn an_answer_that_cannot_be_read_is_in_no_file() {
    let home = Home::new();
    let bad = r#"{"items":[{"productName":"P"},{"usagePercent":"x"}]}"#;
    let other = "22222222-70f4-4e1e-9ff1-b2bfce8d9f04";
    let server = Server::start(vec![
        Answer::status(200).json(bad).for_path(format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage")),
        Answer::status(200).json(SAMPLE).for_path(format!("/v1/customers/{other}/analytics/licenses/usage")),
    ]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, other, "--out-file", "a.json", "--out-file", "b.xlsx", "--out-file", "c.csv"]);
    let output = finish(command, "");
    server.done();
    assert_eq!(output.code, 3, "{}", output.stderr);
    assert!(output.stderr.ends_with("pc-usage: 1 of 2 customers failed\n"), "{}", output.stderr);
    assert!(!text(&home, "a.json").contains(CUSTOMER));
    assert_eq!(text(&home, "c.csv").lines().count(), 6);
    let workbook = fs::read(home.path().join("b.xlsx")).expect("a workbook");
    assert_eq!(sheet(&workbook, "Usage").len(), 6);
    let about = sheet(&workbook, "About");
    let warning = format!("1 of 2 customers failed: {CUSTOMER}");
    assert!(about.iter().any(|line| line.last() == Some(&warning)), "{about:?}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::Running;

    #[test]
    fn a_file_by_another_name_is_the_same_file() {
        let home = Home::new();
        fs::write(home.path().join("a.csv"), "old").expect("room for a file");
        symlink("a.csv", home.path().join("link.json")).expect("a link");
        symlink("new.csv", home.path().join("dangling.txt")).expect("a link");
        symlink(".", home.path().join("folder")).expect("a link");
        fs::hard_link(home.path().join("a.csv"), home.path().join("hard.txt")).expect("a link");
        for (one, another) in [
            ("a.csv", "link.json"),
            ("hard.txt", "a.csv"),
            ("a.csv", "folder/a.csv"),
            ("new.csv", "dangling.txt"),
            ("folder/new.csv", "new.csv"),
            ("-", "/dev/stdout"),
            ("/dev/null", "/dev/null"),
        ] {
            let mut command = home.command();
            command.args(["--demo", "--out-file", one, "--out-file", another]);
            let error = format!("--out-file {one} and --out-file {another} are the same file\n");
            assert_refused(&finish(command, ""), &error);
        }
    }

    #[test]
    fn standard_output_that_is_one_of_the_files_is_seen() {
        let home = Home::new();
        let mut shell = Command::new("sh");
        let mut command = home.command();
        command.args(["--demo", "--out-file", "-", "--out-file", "a.csv"]);
        shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(home.path()).args(["-c", "exec \"$0\" \"$@\" > a.csv"]).arg(command.get_program());
        shell.args(command.get_args());
        assert_refused(&finish(shell, ""), "--out-file - and --out-file a.csv are the same file\n");
    }

    #[test]
    fn what_is_not_a_regular_file_has_no_ending() {
        let home = Home::new();
        symlink("/dev/null", home.path().join("nowhere.log")).expect("a link");
        let mut command = home.command();
        command.args(["--demo", "--out-file", "nowhere.log", "--out-file", "/dev/stdout"]);
        let output = finish(command, "");
        assert_quiet(&output);
        assert!(output.text().starts_with("DT DEMO CSP CUSTOMER 005 · "), "{}", output.text());
    }

    #[test]
    fn a_reader_that_goes_away_does_not_cost_the_files() {
        let home = Home::new();
        let server = Server::start(vec![Answer::status(200).json(SAMPLE).held(1)]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "--out-file", "-", "--out-file", "a.csv"]);
        let mut running = Running::spawn(command);
        drop(running.take_stdout());
        server.release(1);
        let output = running.wait();
        assert_quiet(&output);
        server.done();
        assert_eq!(text(&home, "a.csv").lines().count(), 6);
    }

    #[test]
    fn a_failure_between_two_replacements_says_which_are_done() {
        let home = Home::new();
        let server = Server::start(vec![Answer::status(200).json(SAMPLE).held(1)]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "--out-file", "a.csv", "--out-file", "b.json", "--out-file", "c.xlsx"]);
        let running = Running::spawn(command);
        server.wait_for_requests(1);
        // Nothing replaces a folder.
        fs::create_dir(home.path().join("b.json")).expect("room for a folder");
        server.release(1);
        let output = running.wait();
        server.done();
        let is_folder = std::io::Error::from_raw_os_error(21);
        let error = format!(
            "pc-usage: error: cannot write b.json: {is_folder}; replaced: a.csv; not replaced: b.json, c.xlsx\n"
        );
        assert_failed(&output, 1, &error);
        assert_eq!(names(home.path()), ["a.csv", "b.json"]);
        assert!(text(&home, "a.csv").starts_with(CSV_HEADER));
    }

    #[test]
    fn a_termination_leaves_no_file_of_several() {
        let home = Home::new();
        fs::create_dir(home.path().join("temporary")).expect("room for a folder");
        let server = Server::start(vec![Answer::stall()]);
        let mut command = home.command_for(&server);
        command.env("TMPDIR", home.path().join("temporary"));
        command.args([CUSTOMER, "--out-file", "a.csv", "--out-file", "b.xlsx", "--out-file", "-"]);
        let running = Running::spawn(command);
        server.wait_for_requests(1);
        running.signal(nix::sys::signal::Signal::SIGTERM);
        let output = running.wait();
        assert_failed(&output, 143, "pc-usage: error: terminated (SIGTERM)\n");
        server.done();
        assert_eq!(names(home.path()), ["temporary"]);
        assert!(names(&home.path().join("temporary")).is_empty());
    }
}
