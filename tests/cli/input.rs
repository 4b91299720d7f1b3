//! Reports on saved answers: files, standard input, with and without an id, and everything that a file can be instead.
//! It refuses to be online: a variable that names a server names one that fails the test where it is asked anything.

use std::fs;
use std::process::Command;

use crate::many::id;
use crate::report::SAMPLE_TABLE;
use crate::server::{Answer, Server};
use crate::{
    ADVICE, CUSTOMER, Home, Output, SAMPLE, assert_ended, assert_failed, assert_quiet, assert_refused, assert_report,
    assert_sample, big_endian, finish, little_endian, sample_json,
};

/// The table of the documented answer where nobody said whose it is.
fn anonymous() -> String {
    SAMPLE_TABLE.replace(&format!(" · {CUSTOMER}"), "")
}

/// Reports on standard input.
fn piped(body: impl Into<Vec<u8>>, args: &[&str]) -> Output {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--input", "-"]).args(args);
    finish(command, body)
}

/// Reports on a file of the home, named `usage.json`.
fn from_file(body: impl AsRef<[u8]>, args: &[&str]) -> Output {
    let home = Home::new();
    fs::write(home.path().join("usage.json"), body).expect("room for a body");
    let mut command = home.command();
    command.args(["--input", "usage.json"]).args(args);
    finish(command, "")
}

fn warning(subject: &str) -> String {
    format!("pc-usage: warning: {subject} has no licence usage rows; that is not the same as no usage\n")
}

#[test]
fn a_file_and_standard_input_give_the_same_report() {
    assert_report(&from_file(SAMPLE, &[CUSTOMER]), SAMPLE_TABLE);
    assert_report(&piped(SAMPLE, &[CUSTOMER]), SAMPLE_TABLE);
    assert_report(&from_file(SAMPLE, &[]), &anonymous());
    assert_report(&piped(SAMPLE, &[]), &anonymous());
}

#[test]
fn a_byte_order_mark_is_no_matter() {
    assert_report(&from_file(sample_json(), &[CUSTOMER]), SAMPLE_TABLE);
    for body in [SAMPLE, sample_json().as_bytes()] {
        assert_sample(&piped(body, &["-o", "json"]));
    }
}

#[test]
fn files_in_utf_16_are_read() {
    for utf_16 in [little_endian, big_endian] {
        let body = utf_16(&format!("\u{feff}{}\r\n", sample_json().trim_end()));
        assert_report(&from_file(&body, &[CUSTOMER]), SAMPLE_TABLE);
        assert_report(&piped(body.clone(), &[CUSTOMER]), SAMPLE_TABLE);
        // What is written is UTF-8, whatever was read.
        let output = from_file(&body, &["-o", "json"]);
        assert_report(&output, &sample_json().replace('\n', "\r\n"));

        let home = Home::new();
        fs::write(home.path().join("then.json"), &body).expect("room for a body");
        let mut command = home.command();
        command.args(["--input", "-", "--compare", "then.json", "-o", "csv", "--no-header", "--columns", "change"]);
        let rows = sample_json().matches("licensesActive").count();
        assert_report(&finish(command, SAMPLE), &"same\n".repeat(rows));

        fs::write(
            home.path().join("list.csv"),
            utf_16(&format!("\u{feff}customerId;companyName\r\n{CUSTOMER};Löwe\r\n")),
        )
        .expect("room for a list");
        let mut command = home.command();
        command.args(["--demo", "--customers", "list.csv", "-o", "csv", "--no-header", "--columns", "customerId"]);
        assert_report(&finish(command, ""), &format!("{CUSTOMER}\n").repeat(rows));
    }
    for broken in [&b"\xff\xfe{"[..], b"\xff\xfe\x3d\xd8"] {
        let refused = "usage.json is not valid UTF-16\n  hint: save it as UTF-8\n";
        assert_refused(&from_file(broken, &[]), refused);
    }
}

#[test]
fn an_id_on_the_command_line_names_the_customer_that_the_body_does_not() {
    let body =
        r#"{"items":[{"productName":"A"},{"customerId":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04"},{"customerId":"odd"}]}"#;
    let rest = [",,A,,,,,,,,,,", ",,,,,,,,,,,,", ",,,,,,,,,,,,"];
    let csv = |ids: [&str; 3]| ids.iter().zip(rest).flat_map(|(id, rest)| [id, rest, "\n"]).collect::<String>();
    let args = ["-o", "csv", "--no-header"];
    assert_report(&piped(body, &args), &csv(["", CUSTOMER, "odd"]));
    for id in [
        CUSTOMER,
        "4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04",
        "{4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04}",
        "4d3cf48770f44e1e9ff1b2bfce8d9f04",
    ] {
        assert_report(&piped(body, &[&args[..], &[id]].concat()), &csv([CUSTOMER, CUSTOMER, "odd"]));
    }
}

#[test]
fn a_name_is_refused_before_the_file_is_looked_at() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["contoso", "--input", "missing.json"]);
    let error = "`contoso` is not a customer id: with --input, a customer is given by id\n";
    assert_refused(&finish(command, ""), error);
}

#[test]
fn an_empty_file_is_an_answer_without_rows() {
    for body in ["", "\u{feff}", "null", "\u{feff}null\n", " \n", "{\"items\":[]}"] {
        let output = piped(body, &["-o", "csv", "--no-header"]);
        assert_ended(&output, 0, "", &warning("standard input"));
        let output = from_file(body, &["-o", "csv", "--no-header"]);
        assert_ended(&output, 0, "", &warning("usage.json"));
        let output = from_file(body, &[CUSTOMER, "--fail-on-empty"]);
        let told = format!("{CUSTOMER}\nNo licence usage rows.\n");
        assert_ended(&output, 11, &told, &warning(&format!("customer {CUSTOMER}")));
    }
    let output = piped("", &[]);
    assert_eq!(output.text(), "Customer unknown\nNo licence usage rows.\n");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let home = Home::new();
    let missing = fs::read(home.path().join("missing.json")).expect_err("it is missing");
    let folder = fs::read(home.path()).expect_err("it is a folder");
    for (file, why) in [("missing.json", missing), (".", folder)] {
        let mut command = home.command();
        command.args(["--input", file]);
        assert_failed(&finish(command, ""), 1, &format!("pc-usage: error: cannot read {file}: {why}\n"));
    }
}

/// What to do about a file that is none.
const HINT: &str = "  hint: is it a response written by `-o json`?\n";

#[test]
fn a_file_that_is_no_answer_is_named() {
    for (body, words) in [
        ("<html>", "the response is not a JSON object; it starts with: <html>"),
        (
            "customerId,customerName\n",
            "the response is not a JSON object; it starts with: customerId,customerName\\u{a}",
        ),
        ("{}", "the response is not the documented JSON: missing field `items` at line 1 column 2"),
        (r#"{"items":[{"usagePercent":"0"}]}"#, "usagePercent of row 1 is not a number: \"0\""),
    ] {
        for format in ["table", "csv", "json", "jsonl"] {
            let output = from_file(body, &["-o", format]);
            assert_failed(&output, 9, &format!("pc-usage: error: usage.json: {words}\n{HINT}"));
            let output = piped(body, &["-o", format, CUSTOMER]);
            assert_failed(&output, 9, &format!("pc-usage: error: standard input: {words}\n{HINT}"));
        }
    }
}

#[test]
fn a_file_has_the_cap_of_an_answer() {
    let home = Home::new();
    let file = fs::File::create(home.path().join("usage.json")).expect("room for a file");
    let limit = 64 << 20;
    let start = "\\u{0}".repeat(40);
    for (length, words) in [
        (limit, format!("usage.json: the response is not a JSON object; it starts with: {start}…\n{HINT}")),
        (limit + 1, "usage.json is larger than the limit for a response (64 MiB)\n".to_owned()),
    ] {
        // It takes no room: nothing was written into it.
        file.set_len(length).expect("a long file");
        let mut command = home.command();
        command.args(["--input", "usage.json"]);
        assert_failed(&finish(command, ""), 9, &format!("pc-usage: error: {words}"));
    }
}

/// Every variable that sends a normal run somewhere, with values that would be found out.
fn online(command: &mut Command, server: &Server) {
    command
        .env("PC_USAGE_BASE_URL", server.url())
        .env("PC_USAGE_ACCESS_TOKEN", "two\nlines")
        .env("PC_USAGE_CLOUD", "nonsense")
        .env("HTTPS_PROXY", "socks5://nonsense")
        .env("ALL_PROXY", server.url());
}

#[test]
fn nothing_is_sent_and_no_token_is_looked_for() {
    let home = Home::new();
    let server = Server::start(vec![]);
    let mut command = home.command();
    command.args([CUSTOMER, "--input", "-"]);
    online(&mut command, &server);
    assert_report(&finish(command, SAMPLE), SAMPLE_TABLE);
    let mut command = home.command();
    command.args([CUSTOMER, "--input", "-"]).env("PC_USAGE_BASE_URL", "ftp://nonsense");
    assert_report(&finish(command, SAMPLE), SAMPLE_TABLE);
    server.done();
}

#[test]
fn an_option_about_the_service_is_refused() {
    for (option, value) in [
        ("--base-url", "https://example.com"),
        ("--token-file", "-"),
        ("--cloud", "china"),
        ("--locale", "de"),
        ("--retries", "1"),
        ("--timeout", "1"),
        ("--max-wait", "1"),
    ] {
        let output = piped(SAMPLE, &[option, value]);
        let error = format!("{option} cannot be used with --input: nothing is sent\n");
        assert_refused(&output, &error);
    }
    assert_refused(&piped(SAMPLE, &["--demo"]), "--demo and --input cannot be used together: give one source\n");
}

#[test]
fn what_the_service_said_once_gives_the_same_reports_later() {
    let served = |args: &[&str]| {
        let home = Home::new();
        let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
        let mut command = home.command_for(&server);
        command.arg(CUSTOMER).args(args);
        let output = finish(command, "");
        server.done();
        output
    };
    let json = served(&["-o", "json"]);
    for args in [&[][..], &["-o", "csv"], &["-o", "csv", "--excel"], &["-o", "json"], &["-o", "jsonl"]] {
        let now = served(args);
        assert_report(&from_file(&json.stdout, &[&[CUSTOMER], args].concat()), now.text());
        assert!(!now.text().is_empty());
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_with_a_name_is_a_file_too() {
    let home = Home::new();
    let fifo = home.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    let writer = std::thread::spawn(move || fs::write(fifo, SAMPLE).expect("a reader"));
    let mut command = home.command();
    command.args([CUSTOMER, "--input", "fifo"]);
    assert_report(&finish(command, ""), SAMPLE_TABLE);
    writer.join().expect("it was written");
}

#[test]
fn an_answer_whose_items_are_null_has_no_rows_and_one_without_them_is_none() {
    let output = piped(r#"{"totalCount":0,"items":null}"#, &["-o", "csv", "--no-header"]);
    assert_ended(&output, 0, "", &warning("standard input"));
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json(r#"{"items":null}"#)]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "--fail-on-empty"]);
    let output = finish(command, "");
    let told = format!("{CUSTOMER}\nNo licence usage rows.\n");
    let warned = warning(&format!("customer {CUSTOMER}")).replace('\n', &format!(" ({ADVICE})\n"));
    assert_ended(&output, 11, &told, &warned);
    server.done();
    let error = "pc-usage: error: standard input: the response is not the documented JSON: missing field `items` at line 1 \
        column 16\n  hint: is it a response written by `-o json`?\n";
    assert_failed(&piped(r#"{"totalCount":0}"#, &[]), 9, error);
}

/// An answer with so many rows, and these members behind them.
fn counted(rows: usize, members: &str) -> String {
    let rows: Vec<_> = (0..rows).map(|n| format!(r#"{{"productName":"P{n}"}}"#)).collect();
    format!(r#"{{"items":[{}]{members}}}"#, rows.join(","))
}

const NEXT: &str = r#","links":{"self":{"uri":"/x"},"next":{"uri":"/y"}}"#;

#[test]
fn an_answer_that_may_be_incomplete_is_told_with_both_numbers() {
    let told = |what: &str| format!("pc-usage: warning: the report may be incomplete: {what}\n");
    let link = "and a link to a next page, which is not followed";
    for (rows, members, what) in [
        (2, r#","totalCount":5"#.to_owned(), "has 2 rows, but a totalCount of 5".to_owned()),
        (1, r#","totalCount":0"#.to_owned(), "has 1 row, but a totalCount of 0".to_owned()),
        (2, NEXT.to_owned(), format!("has 2 rows, no totalCount, {link}")),
        (2, format!(r#","totalCount":2.0{NEXT}"#), format!("has 2 rows, a totalCount of 2.0, {link}")),
        (2, format!(r#","totalCount":1e999{NEXT}"#), format!("has 2 rows, but a totalCount of 1e999, {link}")),
    ] {
        let body = counted(rows, &members);
        for (args, of) in [(&[][..], "standard input".to_owned()), (&[CUSTOMER], format!("customer {CUSTOMER}"))] {
            for format in ["json", "csv"] {
                let output = piped(
                    &*body,
                    &[args, &["-o", format, "--columns", "product"][..if format == "csv" { 4 } else { 2 }]].concat(),
                );
                assert_eq!((output.code, &*output.stderr), (0, &*told(&format!("{of} {what}"))));
                assert_eq!(output.text().matches("P1").count(), rows - 1);
            }
        }
        let home = Home::new();
        let server = Server::start(vec![Answer::status(200).json(body)]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "-o", "csv"]);
        let output = finish(command, "");
        assert_eq!((output.code, &*output.stderr), (0, &*told(&format!("customer {CUSTOMER} {what}"))));
        server.done();
    }
    let output = piped(counted(0, r#","totalCount":3"#), &["-o", "csv", "--no-header"]);
    let both = warning("standard input") + &told("standard input has 0 rows, but a totalCount of 3");
    assert_ended(&output, 0, "", &both);
}

#[test]
fn a_count_that_fits_or_is_none_is_no_matter() {
    for members in [
        r#","totalCount":2"#,
        r#","totalCount":2.0"#,
        r#","totalCount":null,"links":null"#,
        r#","totalCount":"many","links":"x""#,
        r#","totalCount":2,"links":{"self":{"uri":"/x"},"next":null}"#,
        r#","links":{}"#,
        r#","links":[]"#,
    ] {
        assert_report(&piped(counted(2, members), &["-o", "csv", "--no-header", "--columns", "product"]), "P0\nP1\n");
    }
}

#[test]
fn of_several_answers_that_may_be_incomplete_there_is_one_line() {
    let id = |n: usize| format!("{n:08}-aaaa-4000-8000-000000000000");
    let array = |gaps: &[usize]| {
        let elements: Vec<_> = (1..=8)
            .map(|n| {
                let body = counted(1, &format!(r#","totalCount":{}"#, if gaps.contains(&n) { n + 1 } else { 1 }));
                format!(r#"{{"customerId":"{}","response":{body}}}"#, id(n))
            })
            .collect();
        format!("[{}]", elements.join(","))
    };
    let told = |gaps: &[usize]| piped(array(gaps), &["-o", "csv", "--no-header", "--columns", "product"]).stderr;
    let one = |n: usize| format!("{} has 1 row, but a totalCount of {}", id(n), n + 1);
    assert_eq!(told(&[3]), format!("pc-usage: warning: the report may be incomplete for 1 customer: {}\n", one(3)));
    let two = format!("{}; {}", one(3), one(5));
    assert_eq!(told(&[3, 5]), format!("pc-usage: warning: the report may be incomplete for 2 customers: {two}\n"));
    let five = [2, 3, 4, 5, 6].map(one).join("; ");
    let seven = told(&[2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(seven, format!("pc-usage: warning: the report may be incomplete for 7 customers: {five}; …\n"));
}

#[test]
fn an_earlier_answer_that_may_be_incomplete_is_told_too() {
    let home = Home::new();
    fs::write(home.path().join("then.json"), counted(1, r#","totalCount":2"#)).expect("room for a body");
    let mut command = home.command();
    command.args(["--input", "-", "--compare", "then.json", "-o", "csv", "--no-header", "--columns", "product,change"]);
    let output = finish(command, counted(2, ""));
    assert_eq!((output.code, output.text()), (0, "P0,same\nP1,new\n"));
    let told =
        "pc-usage: warning: the earlier response may be incomplete: then.json has 1 row, but a totalCount of 2\n";
    assert_eq!(output.stderr, told);
}

#[test]
fn an_array_may_say_nobodys_name_and_have_the_rows_of_several_customers_in_an_element() {
    let row = |n: usize, product: &str, active: usize| {
        format!(
            r#"{{"customerId":"{}","customerName":"C {n}","productName":"{product}","licensesQualified":9,"licensesActive":{active}}}"#,
            id(n)
        )
    };
    let element = |customer: &str, rows: &[String]| {
        format!(r#"{{"customerId":{customer},"response":{{"items":[{}]}}}}"#, rows.join(","))
    };
    let mixed = [
        element("null", &[row(1, "A", 1), row(2, "A", 2), row(1, "B", 3)]),
        element("null", &[row(3, "A", 4), row(1, "B", 5)]),
    ];
    let mixed = format!("[\n{}\n]\n", mixed.join(",\n"));
    let apart = [(1, vec![row(1, "A", 1), row(1, "B", 3), row(1, "B", 5)]), (2, vec![row(2, "A", 2)])]
        .into_iter()
        .chain([(3, vec![row(3, "A", 4)])])
        .map(|(n, rows)| element(&format!("\"{}\"", id(n)), &rows))
        .collect::<Vec<_>>();
    let apart = format!("[{}]", apart.join(","));
    for args in [&[][..], &["--summary"], &["--summary", "-o", "csv"], &["--sort", "active:desc"]] {
        let expected = piped(&*apart, args);
        assert_quiet(&expected);
        assert_report(&piped(&*mixed, args), expected.text());
    }
    let columns = ["-o", "csv", "--no-header", "--columns", "customer,product,active"];
    assert_report(&piped(&*mixed, &columns), "C 1,A,1\nC 2,A,2\nC 1,B,3\nC 3,A,4\nC 1,B,5\n");
    let sorted = [&columns[..], &["--sort", "active:desc"]].concat();
    assert_report(&piped(&*mixed, &sorted), "C 1,B,5\nC 3,A,4\nC 1,B,3\nC 2,A,2\nC 1,A,1\n");
    let sums = [&columns[..], &["--summary"]].concat();
    assert_report(&piped(&*mixed, &sums), "C 1,A,1\nC 1,B,5\nC 2,A,2\nC 3,A,4\n");
    // What it was written from is written again.
    assert_report(&piped(&*mixed, &["-o", "json"]), &mixed);
}
