//! Many customers in one run: their order, the gate that shuts for all, what one failure costs, and what is left when a run ends early.
//! It refuses to measure speed and memory: the bench does.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failures::{THROTTLED, sent_ids};
use crate::listing::page;
use crate::retries::at_once;
use crate::server::{Answer, Request, Server};
use crate::{
    ADVICE, CSV_HEADER, CUSTOMER, Home, Output, assert_ended, assert_failed, assert_refused, assert_report, finish,
    run, serve,
};

/// Customer number `n`.
pub fn id(n: usize) -> String {
    format!("{n:08}-aaaa-4000-8000-000000000000")
}

pub fn usage_path(n: usize) -> String {
    format!("/v1/customers/{}/analytics/licenses/usage", id(n))
}

/// One row, different for each customer.
fn body(n: usize) -> String {
    format!(
        r#"{{"totalCount":1,"items":[{{"customerName":"C {n}","productName":"P","licensesActive":{n},"licensesQualified":1000,"usagePercent":0.5,"workloadName":"Exchange","processedDateTime":"2017-03-09T00:00:00Z","serviceName":"o365","channel":"reseller"}}]}}"#
    )
}

/// The rows of [`body`] as CSV, without the header.
fn row(n: usize) -> String {
    format!("{},C {n},P,Exchange,,o365,,reseller,1000,{n},{},0.5,2017-03-09T00:00:00Z\n", id(n), 1000 - n)
}

pub fn csv(customers: impl IntoIterator<Item = usize>) -> String {
    CSV_HEADER.to_owned() + &customers.into_iter().map(row).collect::<String>()
}

fn json(customers: impl IntoIterator<Item = usize>) -> String {
    let element = |n| format!("{{\"customerId\":\"{}\",\"response\":{}}}", id(n), body(n));
    format!("[\n{}\n]\n", customers.into_iter().map(element).collect::<Vec<_>>().join(",\n"))
}

fn jsonl(customers: impl IntoIterator<Item = usize>) -> String {
    let line = |n| {
        format!(
            "{{\"customerId\":\"{}\",\"customerName\":\"C {n}\",\"productName\":\"P\",\"workloadName\":\"Exchange\",\
             \"workloadCode\":null,\"serviceName\":\"o365\",\"serviceCode\":null,\"channel\":\"reseller\",\
             \"licensesQualified\":1000,\"licensesActive\":{n},\"licensesIdle\":{},\"usagePercent\":0.5,\
             \"processedDateTime\":\"2017-03-09T00:00:00Z\"}}\n",
            id(n),
            1000 - n
        )
    };
    customers.into_iter().map(line).collect()
}

pub fn good(n: usize) -> Answer {
    Answer::status(200).json(body(n)).for_path(usage_path(n))
}

pub fn bad(n: usize, status: u16) -> Answer {
    Answer::status(status).for_path(usage_path(n))
}

fn empty(n: usize) -> Answer {
    Answer::status(200).json(r#"{"items":[]}"#).for_path(usage_path(n))
}

/// Good answers with delays that mix up their order.
pub fn rounds(customers: impl IntoIterator<Item = usize>) -> Vec<Answer> {
    let mixed = |n: usize| good(n).delay(Duration::from_millis(n as u64 * 37 % 23));
    customers.into_iter().map(mixed).collect()
}

pub fn ids(customers: impl IntoIterator<Item = usize>) -> Vec<String> {
    customers.into_iter().map(id).collect()
}

/// Asks for these customers by name.
pub fn ask(answers: Vec<Answer>, customers: impl IntoIterator<Item = usize>, args: &[&str]) -> (Output, Vec<Request>) {
    let args = args.iter().map(ToString::to_string);
    serve(answers, ids(customers).into_iter().chain(args))
}

/// Asks for these customers in a home with an old report in `out`; gives its new text too.
fn ask_into_file(answers: Vec<Answer>, customers: std::ops::Range<usize>, args: &[&str]) -> (Output, String) {
    let home = Home::new();
    fs::write(home.path().join("out"), "old").expect("room for a file");
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args(ids(customers)).args(["-o", "csv", "--out-file", "out", "--retries", "0"]).args(args);
    let output = finish(command, "");
    server.done();
    assert_eq!(output.text(), "");
    (output, only_file(home.path()))
}

/// The text of `out`, which is the only file of the folder: no temporary one was left.
fn only_file(folder: &Path) -> String {
    let names: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(names, [folder.join("out")]);
    fs::read_to_string(&names[0]).expect("a readable file")
}

/// The error of a customer's call, with the ids of its last request.
pub fn error(n: usize, message: &str, requests: &[Request]) -> String {
    let request = requests.iter().rev().find(|request| request.path == usage_path(n)).expect("it was asked");
    format!("pc-usage: error: usage of customer {}: {message}{}", id(n), sent_ids(request))
}

const NOT_FOUND: &str = "404 Not Found\n  hint: there is no such customer for the signed-in partner; check the id, and \
    that --cloud is the right one; or try `--endpoint commercial`, the successor of this endpoint\n";
const FORBIDDEN: &str = "403 Forbidden\n  hint: the signed-in user may not do this; the Admin agent role in the partner's \
    tenant is required\n";
pub const UNAUTHORIZED: &str = "401 Unauthorized\n  hint: the token has expired, or was issued without multi-factor \
    authentication; use a new one, or sign in with `pc-usage login`\n";
const NOT_UNUSED: &str = "no licence usage rows; that is not the same as no usage";

#[test]
fn the_order_asked_for_is_kept_whatever_comes_first() {
    let order = || (1..=12).rev().chain(13..=24);
    at_once([("csv", csv(order())), ("json", json(order())), ("jsonl", jsonl(order()))], |(format, report)| {
        let (output, requests) = ask(rounds(1..=24), order(), &["-o", format, "--jobs", "5"]);
        assert_report(&output, &report);
        assert_eq!(requests.len(), 24);
        // One run, and a call a customer.
        let header =
            |name| requests.iter().map(|request| request.header(name)).collect::<std::collections::HashSet<_>>();
        assert_eq!((header("MS-CorrelationId").len(), header("MS-RequestId").len()), (1, 24));
    });
}

const TABLE: &str = "\
C 2 · 00000002-aaaa-4000-8000-000000000000
Data of 2017-03-09 · 6 days old

Product  Workload  Qualified  Active  Idle  Usage
────────────────────────────────────────────────────────────
P        Exchange       1000       2   998   0.5% ▏░░░░░░░░░

998 of 1000 seats idle (>99 %) · 1 row, 1 product

C 1 · 00000001-aaaa-4000-8000-000000000000
Data of 2017-03-09 · 6 days old

Product  Workload  Qualified  Active  Idle  Usage
────────────────────────────────────────────────────────────
P        Exchange       1000       1   999   0.5% ▏░░░░░░░░░

999 of 1000 seats idle (>99 %) · 1 row, 1 product

Total
1997 of 2000 seats idle (>99 %) · 2 customers, 2 rows

Most idle seats by customer
  999  C 1
  998  C 2

Most idle seats by product
  1997  P
";

#[test]
fn a_table_has_a_section_each_and_a_total() {
    let answers = vec![good(2).delay(Duration::from_millis(30)), good(1)];
    assert_report(&ask(answers, [2, 1], &[]).0, TABLE);
}

#[test]
fn a_list_is_a_file_or_standard_input() {
    let list = format!("\u{feff}# ours\r\n{}, C 2\r\n\r\n{}\r\n{}\r\n", id(2), id(1).to_uppercase(), id(2));
    for name in ["list", "-"] {
        let home = Home::new();
        fs::write(home.path().join("list"), &list).expect("room for a file");
        let server = Server::start(rounds([1, 2]));
        let mut command = home.command_for(&server);
        command.args(["--customers", name, "-o", "csv"]);
        assert_report(&finish(command, list.as_str()), &csv([2, 1]));
        server.done();
    }
}

#[test]
fn a_customer_is_asked_for_once() {
    let (output, requests) = ask(rounds([1, 2]), [2, 1, 2, 1], &["-o", "json"]);
    assert_report(&output, &json([2, 1]));
    assert_eq!(requests.len(), 2);
    // Twice the same is an array nevertheless.
    assert_report(&ask(rounds([1]), [1, 1], &["-o", "json"]).0, &json([1]));
}

#[test]
fn a_wrong_id_in_a_list_is_named_with_its_line_before_any_request() {
    const FORM: &str = "is not a valid customer id: a customer id is a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    const TWICE: &str = "\n  hint: a quote inside a quoted cell is written twice";
    for (list, error) in [
        (format!("{CUSTOMER}\n\nnobody, x\n"), format!("line 3 of list: `nobody` {FORM}")),
        (format!("customerId,companyName\n{CUSTOMER},\"a\nb\"\n,x\n"), format!("line 4 of list: `` {FORM}")),
        ("# none\n\n".to_owned(), "list lists no customers".to_owned()),
        // What our own CSV put before a text is no part of it.
        (format!("customerId\n{CUSTOMER}\n\n\n'=x\n"), format!("line 5 of list: `=x` {FORM}")),
        // Nobody behind a slip is left out.
        (
            format!("customerId,companyName\n{CUSTOMER},\"Contoso\n{},Fabrikam\n", id(1)),
            format!("line 2 of list: a quote is opened and never closed{TWICE}"),
        ),
        (
            format!("\u{feff}customerId;companyName\r\n{CUSTOMER};\"a\r\nb\"x\r\n{};y\r\n", id(1)),
            format!("line 3 of list: there is text after a closing quote{TWICE}"),
        ),
        (
            format!("customerId\tx\n\"{CUSTOMER}\" \t1\n"),
            format!("line 2 of list: there is text after a closing quote{TWICE}"),
        ),
    ] {
        let home = Home::new();
        fs::write(home.path().join("list"), list).expect("room for a file");
        let server = Server::start(vec![]);
        let mut command = home.command_for(&server);
        command.args(["--customers", "list"]);
        let output = finish(command, "");
        assert_refused(&output, &format!("{error}\n"));
        assert!(server.done().is_empty());
    }
}

#[test]
fn exactly_one_source_is_taken() {
    for (args, error) in [
        (&[CUSTOMER, "--all"][..], "a customer and --all cannot be used together: give one source"),
        (&[CUSTOMER, "--customers", "x"], "a customer and --customers cannot be used together: give one source"),
        (&["--customers", "x", "--all"], "--customers and --all cannot be used together: give one source"),
        (&["--all", "--input", "x"], "--all and --input cannot be used together: give one source"),
        (&["--customers", "x", "--input", "x"], "--customers and --input cannot be used together: give one source"),
        (&[CUSTOMER, CUSTOMER, "--input", "x"], "customers and --input cannot be used together: give one source"),
        (&["--customers", "-", "--token-file", "-"], "--token-file and --customers cannot both read standard input"),
    ] {
        let output = run(args);
        assert_refused(&output, &format!("{error}\n"));
    }
}

#[test]
fn a_wrong_number_of_jobs_is_named_with_its_variable() {
    for jobs in ["0", "33", "x"] {
        let home = Home::new();
        let mut command = home.command();
        command.args(["--all"]).env("PC_USAGE_JOBS", jobs);
        let output = finish(command, "");
        let error = format!("PC_USAGE_JOBS is `{jobs}`, which is not a number from 1 to 32\n");
        assert_refused(&output, &error);
    }
}

#[test]
fn a_connection_is_kept_for_the_next_customer() {
    for (args, jobs) in [(&["--jobs", "4"][..], 4), (&[], 4), (&["--jobs", "1"], 1)] {
        let answers = (1..=40).map(|n| good(n).delay(Duration::from_millis(3))).collect();
        let (output, requests) = ask(answers, 1..=40, &[&["-o", "csv"], args].concat());
        assert_report(&output, &csv(1..=40));
        let last = requests.iter().map(|request| request.connection).max();
        assert_eq!(last, Some(jobs - 1));
    }
}

/// Between a 429 and its reading, the others may still send.
const GRACE: Duration = Duration::from_millis(100);

#[test]
fn a_throttled_customer_stops_all_for_as_long_as_the_service_asks() {
    type Manner = fn(Answer) -> Answer;
    let whole = |answer: Answer| answer;
    // The status and its headers count, whatever becomes of the body.
    let cut = |answer: Answer| answer.body("busy").truncate(2);
    let cases: [(u16, &str, Manner); 4] = [(429, "3", whole), (503, "3", whole), (429, "0", whole), (429, "3", cut)];
    at_once(cases, |(status, retries, manner)| {
        // The others answer in the middle of the pause, when nobody may go on.
        let mut answers: Vec<_> = (2..=12).map(|n| good(n).delay(Duration::from_millis(300))).collect();
        answers.push(manner(bad(1, status).header("Retry-After", "1")));
        if retries != "0" {
            answers.push(good(1));
        }
        let (output, requests) = ask(answers, 1..=12, &["-o", "csv", "--jobs", "4", "--retries", retries]);
        let shut = requests.iter().find(|request| request.path == usage_path(1)).expect("it was asked").at;
        for request in &requests {
            let after = request.at.saturating_duration_since(shut);
            assert!(after < GRACE || after >= Duration::from_secs(1), "{after:?}: {}", request.path);
        }
        if retries == "0" {
            let mut expected = error(1, &format!("429 Too Many Requests\n{THROTTLED}"), &requests);
            expected += "pc-usage: 1 of 12 customers failed\n";
            assert_ended(&output, 3, &csv(2..=12), &expected);
            return;
        }
        assert_report(&output, &csv(1..=12));
        let asked: Vec<_> = requests.iter().filter(|request| request.path == usage_path(1)).collect();
        assert_eq!((asked.len(), asked[0].header("MS-RequestId")), (2, asked[1].header("MS-RequestId")));
    });
}

#[test]
fn a_pause_beyond_max_wait_ends_the_run() {
    let answers = vec![good(1), good(2), bad(3, 429).header("Retry-After", "3600")];
    let (output, requests) = ask(answers, 1..=9, &["-o", "csv", "--jobs", "1", "--max-wait", "60"]);
    let message = |left: &str| {
        let asked = format!("the service asks for a wait of 3600 s, --max-wait leaves {left} s");
        format!("429 Too Many Requests (after 1 attempt; {asked})\n{THROTTLED}")
    };
    let stderr = error(3, &message("60"), &requests)
        + "pc-usage: error: 6 customers were not asked: the service is throttling this partner\n\
           pc-usage: 7 of 9 customers failed\n";
    assert_ended(&output, 3, &csv([1, 2]), &stderr);
    assert_eq!(requests.len(), 3);

    // The code that all share.
    let answers = vec![bad(1, 429).header("Retry-After", "3600")];
    let (output, requests) = ask(answers, 1..=9, &["-o", "csv", "--jobs", "1"]);
    let stderr = error(1, &message("120"), &requests)
        + "pc-usage: error: 8 customers were not asked: the service is throttling this partner\n\
           pc-usage: 9 of 9 customers failed\n";
    assert_failed(&output, 7, &stderr);
    assert_eq!(requests.len(), 1);
}

#[test]
fn pauses_without_a_success_that_add_up_end_the_run() {
    let throttled = |n| bad(n, 429).header("Retry-After", "1");
    let args = ["-o", "csv", "--jobs", "1", "--retries", "0", "--max-wait", "1"];
    let (output, requests) = ask(vec![throttled(1), throttled(2)], 1..=9, &args);
    let message = format!("429 Too Many Requests\n{THROTTLED}");
    let stderr = error(1, &message, &requests)
        + &error(2, &message, &requests)
        + "pc-usage: error: 7 customers were not asked: the service is throttling this partner\n\
           pc-usage: 9 of 9 customers failed\n";
    assert_failed(&output, 7, &stderr);
    assert!(requests[1].at - requests[0].at >= Duration::from_millis(990));
}

#[test]
fn a_broken_customer_costs_its_own_rows_only() {
    at_once([1, 4], |jobs: usize| {
        let answers = vec![good(1), bad(2, 404), good(3), bad(4, 403), good(5)];
        let jobs = jobs.to_string();
        let (output, requests) = ask(answers, 1..=5, &["-o", "csv", "--jobs", &jobs]);
        let stderr =
            error(2, NOT_FOUND, &requests) + &error(4, FORBIDDEN, &requests) + "pc-usage: 2 of 5 customers failed\n";
        assert_ended(&output, 3, &csv([1, 3, 5]), &stderr);
    });
}

#[test]
fn the_header_comes_with_the_first_customer_that_succeeds() {
    let (output, _) = ask(vec![bad(1, 404), good(2), good(3)], 1..=3, &["-o", "csv", "-q"]);
    assert_eq!((output.code, output.text()), (3, &*csv([2, 3])));
    let (output, _) = ask(vec![bad(1, 404), good(2), good(3)], 1..=3, &["-o", "json"]);
    assert_eq!((output.code, output.text()), (3, &*json([2, 3])));
}

#[test]
fn the_line_of_failed_customers_is_printed_with_quiet_too() {
    let (output, requests) = ask(vec![bad(1, 404), good(2)], 1..=2, &["-q"]);
    assert_eq!(output.stderr, error(1, NOT_FOUND, &requests) + "pc-usage: 1 of 2 customers failed\n");
}

#[test]
fn where_all_fail_it_is_the_code_they_share() {
    for format in ["table", "csv", "json", "jsonl"] {
        let (output, requests) = ask(vec![bad(1, 404), bad(2, 404)], 1..=2, &["-o", format]);
        // What else could be tried is told once.
        let again = NOT_FOUND.replace(&format!("; or {ADVICE}"), "");
        let both = error(1, NOT_FOUND, &requests) + &error(2, &again, &requests);
        assert_failed(&output, 6, &(both + "pc-usage: 2 of 2 customers failed\n"));
        let (output, requests) = ask(vec![bad(1, 404), bad(2, 403)], 1..=2, &["-o", format]);
        let both = error(1, NOT_FOUND, &requests) + &error(2, FORBIDDEN, &requests);
        assert_failed(&output, 1, &(both + "pc-usage: 2 of 2 customers failed\n"));
    }
}

#[test]
fn an_answer_that_is_none_is_one_failure_of_several() {
    let nonsense = bad(2, 200).json("[1]");
    let (output, _) = ask(vec![good(1), nonsense, good(3)], 1..=3, &["-o", "csv"]);
    assert_eq!((output.code, output.text()), (3, &*csv([1, 3])));
    let nonsense = |n| bad(n, 200).json("[1]");
    let (output, _) = ask(vec![nonsense(1), nonsense(2)], 1..=2, &["-o", "csv"]);
    assert_eq!((output.code, output.text()), (9, ""));
}

#[test]
fn a_refused_sign_in_stops_everything_at_once() {
    let (output, requests) = ask(vec![good(1), bad(2, 401)], 1..=9, &["-o", "csv", "--jobs", "1"]);
    let stderr = error(2, UNAUTHORIZED, &requests)
        + "pc-usage: error: 7 customers were not asked: the sign-in was refused\n\
           pc-usage: 8 of 9 customers failed\n";
    assert_ended(&output, 4, &csv([1]), &stderr);
    assert_eq!(requests.len(), 2);
}

/// Asks for these customers with three jobs. Answers that are held until 1 wait for the third request, those that are held
/// until 2 for the first error that is told.
fn ask_and_hold(answers: Vec<Answer>, customers: std::ops::RangeInclusive<usize>) -> (Output, Vec<Request>) {
    let home = Home::new();
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args(ids(customers)).args(["-o", "csv", "--jobs", "3"]);
    let mut running = crate::Running::spawn(command);
    server.wait_for_requests(3);
    server.release(1);
    // Whatever has been told has been taken in.
    let mut stderr = BufReader::new(running.take_stderr());
    let mut told = String::new();
    stderr.read_line(&mut told).expect("an error");
    server.release(2);
    stderr.read_to_string(&mut told).expect("the other errors");
    let output = running.wait();
    (Output { stderr: told, ..output }, server.done())
}

#[test]
fn what_was_under_way_when_the_sign_in_was_refused_is_reported() {
    let (output, requests) = ask_and_hold(vec![bad(1, 401).held(1), good(2).held(2), good(3).held(2)], 1..=6);
    let stderr = error(1, UNAUTHORIZED, &requests)
        + "pc-usage: error: 3 customers were not asked: the sign-in was refused\n\
           pc-usage: 4 of 6 customers failed\n";
    assert_ended(&output, 4, &csv([2, 3]), &stderr);
    assert_eq!(requests.len(), 3);
}

#[test]
fn each_customer_that_was_asked_with_a_refused_sign_in_is_told() {
    let (output, requests) = ask_and_hold(vec![bad(1, 401).held(1), bad(2, 404).held(2), bad(3, 401).held(2)], 1..=6);
    let stderr = error(1, UNAUTHORIZED, &requests)
        + &error(2, NOT_FOUND, &requests)
        + &error(3, UNAUTHORIZED, &requests)
        + "pc-usage: error: 3 customers were not asked: the sign-in was refused\n\
           pc-usage: 6 of 6 customers failed\n";
    assert_failed(&output, 4, &stderr);
    assert_eq!(requests.len(), 3);
}

#[test]
fn what_was_under_way_when_the_service_throttled_to_the_end_is_reported() {
    let throttled = bad(1, 429).header("Retry-After", "3600");
    let (output, requests) = ask_and_hold(vec![throttled.held(1), good(2).held(2), good(3).held(2)], 1..=6);
    let asked = "the service asks for a wait of 3600 s, --max-wait leaves 120 s";
    let stderr = error(1, &format!("429 Too Many Requests (after 1 attempt; {asked})\n{THROTTLED}"), &requests)
        + "pc-usage: error: 3 customers were not asked: the service is throttling this partner\n\
           pc-usage: 4 of 6 customers failed\n";
    assert_ended(&output, 3, &csv([2, 3]), &stderr);
    assert_eq!(requests.len(), 3);
}

#[test]
fn a_customer_that_was_asked_is_told_with_its_answer_where_it_is_not_asked_again() {
    // Both wait for the same pause; whoever is first after it is told that the run is over.
    let throttled = |n| bad(n, 429).header("Retry-After", "1").held(1);
    let last = Answer::status(429).header("Retry-After", "3600");
    let (output, requests) = ask_and_hold(vec![throttled(1), throttled(2), good(3).held(1), last], 1..=3);
    let first =
        "429 Too Many Requests (after 2 attempts; the service asks for a wait of 3600 s, --max-wait leaves 119 s)";
    let second = "429 Too Many Requests (after 1 attempt; the service is throttling this partner)";
    let told = |one: &str, two: &str| {
        let message = |n, message| error(n, &format!("{message}\n{THROTTLED}"), &requests);
        message(1, one) + &message(2, two) + "pc-usage: 2 of 3 customers failed\n"
    };
    assert!([told(first, second), told(second, first)].contains(&output.stderr), "{}", output.stderr);
    assert_eq!((output.code, output.text(), requests.len()), (3, &*csv([3]), 4));
}

#[test]
fn a_refused_sign_in_leaves_no_retry() {
    const BUSY: &str = "503 Service Unavailable (after 1 attempt; the sign-in was refused)\n  hint: the service is \
        having problems; try again later\n";
    // It would be asked again in a minute, and nobody waits for that.
    let busy = bad(1, 503).header("Retry-After", "60").held(1);
    let (output, requests) = ask_and_hold(vec![busy, bad(2, 401).held(1), good(3).held(1)], 1..=3);
    let stderr = error(1, BUSY, &requests) + &error(2, UNAUTHORIZED, &requests) + "pc-usage: 2 of 3 customers failed\n";
    assert_ended(&output, 4, &csv([3]), &stderr);
    assert_eq!(requests.len(), 3);
}

#[test]
fn a_customer_given_twice_is_one_and_its_failure_is_told_once() {
    let (output, requests) = ask(vec![bad(1, 404)], [1, 1], &["-o", "csv"]);
    assert_failed(&output, 6, &error(1, NOT_FOUND, &requests));
    assert_eq!(requests.len(), 1);
}

#[test]
fn customers_without_rows_are_counted_in_one_line() {
    let answers = (1..=7).map(|n| if n == 4 { good(n) } else { empty(n) }).collect();
    let (output, _) = ask(answers, 1..=7, &["-o", "csv", "--fail-on-empty", "-q"]);
    let five = [1, 2, 3, 5, 6].map(id).join(", ");
    assert_ended(
        &output,
        0,
        &csv([4]),
        &format!("pc-usage: warning: 6 customers have {NOT_UNUSED}: {five}, … ({ADVICE})\n"),
    );

    let (output, _) = ask(vec![good(1), empty(2)], 1..=2, &["-o", "csv"]);
    assert_ended(
        &output,
        0,
        &csv([1]),
        &format!("pc-usage: warning: 1 customer has {NOT_UNUSED}: {} ({ADVICE})\n", id(2)),
    );
}

#[test]
fn it_fails_on_empty_only_where_nobody_has_rows() {
    for (args, code) in [(&["-o", "csv", "--fail-on-empty"][..], 11), (&["-o", "csv"], 0)] {
        let (output, _) = ask(vec![empty(1), empty(2)], 1..=2, args);
        let both = [1, 2].map(id).join(", ");
        assert_ended(
            &output,
            code,
            CSV_HEADER,
            &format!("pc-usage: warning: 2 customers have {NOT_UNUSED}: {both} ({ADVICE})\n"),
        );
    }
}

#[test]
fn a_partner_without_customers_has_an_empty_report() {
    let table = "0 customers\nNo licence usage rows.\n";
    for (format, report) in [("csv", CSV_HEADER), ("json", "[]\n"), ("jsonl", ""), ("table", table)] {
        for (args, code) in [(&["--fail-on-empty"][..], 11), (&[], 0)] {
            let (output, _) = serve(vec![page([], None)], [&["--all", "-o", format], args].concat());
            assert_ended(&output, code, report, "pc-usage: warning: the partner has no customers\n");
        }
    }
}

#[test]
fn a_saved_array_gives_the_same_report_as_the_service_did() {
    let show = |args: &[&str]| ask(rounds([1, 2]), [2, 1], args).0.stdout;
    let saved = show(&["-o", "json"]);
    let (output, _) = serve(vec![page([], None)], ["--all", "-o", "json"]);
    assert_eq!(output.text(), "[]\n");
    for format in ["csv", "table", "json", "jsonl"] {
        let home = Home::new();
        let mut command = home.command();
        command.args(["--input", "-", "-o", format]);
        let output = finish(command, saved.clone());
        assert_report(&output, str::from_utf8(&show(&["-o", format])).expect("text"));
    }
}

#[test]
fn bodies_are_kept_byte_for_byte_in_the_array() {
    let strange = "{ \"items\" :\t[ ] , \"x\": 1.50e+0, \"\\u00e9\": \"é\" }";
    let answers = vec![bad(1, 200).json(format!("\u{feff}{strange}")), bad(2, 204)];
    let (output, _) = ask(answers, 1..=2, &["-o", "json"]);
    let array = format!(
        "[\n{{\"customerId\":\"{}\",\"response\":{strange}}},\n{{\"customerId\":\"{}\",\"response\":null}}\n]\n",
        id(1),
        id(2)
    );
    assert_eq!((output.code, output.text()), (0, &*array));
}

#[test]
fn the_mark_for_excel_comes_once() {
    let (output, _) = ask(rounds([1, 2, 3]), 1..=3, &["-o", "csv", "--excel"]);
    assert_report(&output, &format!("\u{feff}{}", csv(1..=3).replace('\n', "\r\n")));
    let (output, _) = ask(rounds([1, 2]), 1..=2, &["-o", "csv", "--no-header"]);
    assert_report(&output, &(row(1) + &row(2)));
}

#[test]
fn a_file_is_replaced_only_by_a_report() {
    for (answers, args, code, text) in [
        (vec![good(1), good(2)], &[][..], 0, csv([1, 2])),
        (vec![good(1), bad(2, 404)], &[], 3, csv([1])),
        (vec![empty(1), empty(2)], &["--fail-on-empty"], 11, CSV_HEADER.to_owned()),
        (vec![good(1), bad(2, 401)], &[], 4, "old".to_owned()),
        (vec![bad(1, 404), bad(2, 404)], &[], 6, "old".to_owned()),
        (vec![bad(1, 429).header("Retry-After", "3600")], &["--jobs", "1"], 7, "old".to_owned()),
        (vec![bad(1, 404), bad(2, 403)], &[], 1, "old".to_owned()),
    ] {
        let (output, file) = ask_into_file(answers, 1..3, args);
        assert_eq!((output.code, file), (code, text), "{}", output.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_in_the_middle_leaves_whole_rows_and_a_closed_array() {
    use nix::sys::signal::Signal;

    let cases = [
        (Signal::SIGTERM, 143, "csv", "terminated (SIGTERM)"),
        (Signal::SIGINT, 130, "csv", "interrupted (SIGINT)"),
        (Signal::SIGTERM, 143, "json", "terminated (SIGTERM)"),
        (Signal::SIGINT, 130, "json", "interrupted (SIGINT)"),
    ];
    at_once(cases, |(signal, code, format, said)| {
        for into_file in [false, true] {
            let home = Home::new();
            fs::write(home.path().join("out"), "old").expect("room for a file");
            let mut answers: Vec<_> = (1..60).map(good).collect();
            // Nobody waits for those that come after.
            answers.extend((60..64).map(|n| good(n).delay(Duration::from_secs(3600))));
            let server = Server::start(answers);
            let mut command = home.command_for(&server);
            command.args(ids(1..200)).args(["-o", format, "--jobs", "4"]);
            if into_file {
                command.args(["--out-file", "out"]);
            }
            let mut running = crate::Running::spawn(command);
            server.wait_for_requests(63);
            let report = match (into_file, format) {
                (true, _) => String::new(),
                (false, "csv") => csv(1..60),
                (false, _) => json(1..60),
            };
            // All that came has been written; what closes an array comes in the end.
            let mut stdout = running.take_stdout();
            let mut text = vec![0; report.trim_end_matches("\n]\n").len()];
            stdout.read_exact(&mut text).expect("the customers that came");
            let start = Instant::now();
            running.signal(signal);
            let output = running.wait();
            assert!(start.elapsed() < Duration::from_secs(5));
            stdout.read_to_end(&mut text).expect("the end");
            assert_eq!(String::from_utf8(text).expect("text"), report);
            assert_eq!((output.code, output.stderr), (code, format!("pc-usage: error: {said}\n")));
            assert_eq!(only_file(home.path()), "old");
            server.done();
        }
    });
}
