//! The successor endpoint: one query for one, several or all customers, in pages that must all be there.
//! It refuses to take the built-in sample for the service: pages are scripted, good ones and bad ones.

use std::fs;
use std::time::Duration;

use crate::failures::{NOT_PARTNER_CENTER, TROUBLE, sent_ids};
use crate::listing::page as list_page;
use crate::many::{id, ids};
use crate::server::{Answer, Request, Server};
use crate::{CSV_HEADER, Home, Output, assert_ended, assert_failed, assert_refused, assert_report, finish, run, serve};

const USAGE: &str = "/partner/v1/analytics/commercial/usage/license";
const DEPLOYMENT: &str = "/partner/v1/analytics/commercial/deployment/license";

/// Row `n` of a query, with so many of its 1000 seats active; every customer has five rows.
fn row(n: usize) -> String {
    let id = id(n / 5).to_uppercase();
    format!(
        r#"{{"processedDateTime":"2017-03-09T00:00:00","workloadCode":"EXO","workloadName":"Exchange","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"{id}","customerName":"C {}","productId":"6FD2C87F-B296-42F0-B197-1E91E994B9{:02}","productName":"P {n}","licensesActive":{n},"licensesQualified":1000}}"#,
        n / 5,
        n % 100
    )
}

/// A page with these rows of a query that has `total` in all.
fn page(rows: impl IntoIterator<Item = usize>, total: usize) -> String {
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    format!(r#"{{"Value":[{}],"@nextLink":null,"TotalCount":{total}}}"#, rows.join(","))
}

/// The same as an answer to the request that asks for it.
fn answer(path: &str, body: impl Into<Vec<u8>>) -> Answer {
    Answer::status(200).json(body).for_path(path)
}

fn csv_row(n: usize) -> String {
    let (whole, tenth) = (n / 10, n % 10);
    format!(
        "{},C {},P {n},Exchange,EXO,Microsoft Office 365,o365,reseller,1000,{n},{},{whole}.{tenth},2017-03-09T00:00:00Z\n",
        id(n / 5),
        n / 5,
        1000 - n
    )
}

fn csv(rows: impl IntoIterator<Item = usize>) -> String {
    CSV_HEADER.to_owned() + &rows.into_iter().map(csv_row).collect::<String>()
}

const ALL: [&str; 6] = ["--all", "--endpoint", "commercial", "-o", "csv", "-q"];

/// The path of a page of a query for all customers; `skip` is 0 for the first, later ones name its date.
fn of_all(skip: usize) -> String {
    match skip {
        0 => format!("{USAGE}?top=10000"),
        skip => format!("{USAGE}?top=10000&skip={skip}&processedDateTime=2017-03-09T00%3A00%3A00"),
    }
}

/// Asks for all customers; what was asked must be in order, as with `--jobs 1`.
fn all(answers: Vec<Answer>, args: &[&str]) -> (Output, Vec<Request>) {
    serve(answers, [&ALL[..], &["--jobs", "1", "--retries", "0"], args].concat())
}

/// Three pages of ten rows and one of five.
fn pages() -> Vec<Answer> {
    let page = |skip: usize| answer(&of_all(skip), page(skip..(skip + 10).min(35), 35));
    [0, 10, 20, 30].map(page).into()
}

#[test]
fn all_customers_cost_one_request_for_each_page_and_no_list() {
    for jobs in ["1", "4", "16"] {
        let (output, requests) = serve(pages(), [&ALL[..], &["--jobs", jobs]].concat());
        assert_report(&output, &csv(0..35));
        assert_eq!(requests[0].path, of_all(0));
        let header =
            |name: &'static str| requests.iter().map(move |request| request.header(name).expect(name).to_owned());
        assert_eq!(header("ms-correlationid").collect::<std::collections::HashSet<_>>().len(), 1);
        assert_eq!(header("ms-requestid").collect::<std::collections::HashSet<_>>().len(), 4);
    }
}

#[test]
fn pages_are_written_in_order_whatever_comes_first_and_four_are_fetched_at_a_time() {
    let page = |skip: usize| answer(&of_all(skip), page(skip..skip + 5, 45));
    // The second page is the last to come of those that are asked for with it.
    let answers = (0..45).step_by(5).map(|skip| page(skip).held(usize::from(skip == 5))).collect();
    let home = Home::new();
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args(ALL).args(["--jobs", "16"]);
    let running = crate::Running::spawn(command);
    // The first, then four: one of them is held, and none goes further ahead than four behind what was written.
    server.wait_for_requests(5);
    server.release(1);
    assert_report(&running.wait(), &csv(0..45));
    server.done();
}

#[test]
fn the_other_address_is_tried_once_and_kept_for_the_run() {
    let other = |skip: usize| of_all(skip).replace("/partner/v1", "/v1").replace("/license", "/license/");
    let pages = [0, 10].map(|skip| answer(&other(skip), page(skip..skip + 10, 20)));
    let answers = [vec![Answer::status(404).for_path(of_all(0))], pages.into()].concat();
    assert_report(&all(answers, &[]).0, &csv(0..20));

    let answers = vec![Answer::status(404).for_path(of_all(0)), Answer::status(404).for_path(other(0))];
    let (output, requests) = all(answers, &[]);
    let error = format!(
        "pc-usage: error: usage of all customers: 404 Not Found\n  hint: this service does not have the endpoint; \
         `--endpoint customer` asks the older one, customer by customer\n{}",
        sent_ids(&requests[1])
    );
    assert_failed(&output, 1, &error);

    // Once one has answered, a 404 is an error.
    let answers = vec![answer(&of_all(0), page(0..10, 20)), Answer::status(404).for_path(of_all(10))];
    let (output, requests) = all(answers, &[]);
    let error = error.replace("all customers:", "all customers from row 11:");
    let error = format!("{}{}", error.split_once("  ids").expect("ids").0, sent_ids(&requests[1]));
    assert_ended(&output, 1, &csv(0..10), &error);
}

#[test]
fn an_error_from_in_front_of_the_service_says_nothing_about_its_address() {
    let filter = |ids: &[usize]| {
        let ids: Vec<_> = ids.iter().map(|n| format!("customerTenantId%20eq%20%27{}%27", id(*n))).collect();
        format!("?top=10000&filter={}", ids.join("%20or%20"))
    };
    let (one, another): (Vec<_>, Vec<_>) = ((0..25).collect(), (25..27).collect());
    let other = USAGE.replace("/partner/v1", "/v1") + "/";
    let answers = vec![
        Answer::status(403).for_path(USAGE.to_owned() + &filter(&one)),
        Answer::status(404).for_path(USAGE.to_owned() + &filter(&another)),
        answer(&(other + &filter(&another)), page([125, 130], 2)),
    ];
    let args = ["--endpoint", "commercial", "--jobs", "1", "-o", "csv"].map(str::to_owned);
    let (output, _) = serve(answers, ids(0..27).into_iter().chain(args));
    assert_eq!((output.code, output.text()), (3, csv([125, 130]).as_str()));
}

#[test]
fn one_customer_is_its_page_and_its_json_the_body() {
    let path = format!("{USAGE}?top=10000&filter=customerTenantId%20eq%20%27{}%27", id(3));
    let body = page(15..20, 5);
    let marked = format!("\u{feff}{body}");
    let one = |args: &[&str]| {
        let id = id(3);
        let args = [&[id.as_str(), "--endpoint", "commercial"], args].concat();
        serve(vec![answer(&path, marked.clone())], args).0
    };
    assert_report(&one(&["-o", "json"]), &format!("{body}\n"));
    assert_report(&one(&["-o", "csv"]), &csv(15..20));
    let table = one(&["--columns", "product,idle,usage", "--where", "active < 17"]);
    assert_report(
        &table,
        &format!(
            "C 3 · {}\nData of 2017-03-09 · 6 days old\n\n\
             Product  Idle  Usage\n\
             ───────────────────────────────\n\
             P 15      985   1.5% ▏░░░░░░░░░\n\
             P 16      984   1.6% ▏░░░░░░░░░\n\n\
             1969 of 2000 seats idle (98 %), over all workloads · most in P 15: 985 · 2 of 5 rows, 2 products\n\
             Usage calculated by pc-usage: active × 100 ÷ qualified\n",
            id(3)
        ),
    );
}

#[test]
fn a_customer_with_more_than_a_page_is_an_array_of_pages() {
    let path = format!("{USAGE}?top=10000&filter=customerTenantId%20eq%20%27{}%27", id(0));
    let later = format!(
        "{USAGE}?top=10000&skip=3&processedDateTime=2017-03-09T00%3A00%3A00&filter=customerTenantId%20eq%20%27{}%27",
        id(0)
    );
    // A row that does not say whose it is, is whose it can only be.
    let nameless = |body: String| body.replacen(&id(0).to_uppercase(), "", 1);
    let pages = || vec![answer(&path, page(0..3, 5)), answer(&later, nameless(page(3..5, 5)))];
    let ask = |args: &[&str]| serve(pages(), [&[&id(0) as &str, "--endpoint", "commercial"], args].concat()).0;
    let element = |rows| format!(r#"{{"customerId":null,"response":{}}}"#, page(rows, 5));
    assert_report(&ask(&["-o", "json"]), &format!("[\n{},\n{}\n]\n", element(0..3), nameless(element(3..5))));
    assert_report(&ask(&["-o", "csv"]), &csv(0..5));
    // What was saved gives the same reports.
    let home = Home::new();
    fs::write(home.path().join("saved"), ask(&["-o", "json"]).text()).expect("room for a file");
    let saved = |args: &[&str]| {
        let mut command = home.command();
        command.args([&id(0) as &str, "--input", "saved"]).args(args);
        finish(command, "")
    };
    assert_report(&saved(&["-o", "csv"]), &csv(0..5));
    assert_report(
        &saved(&["--summary", "-o", "csv", "--columns", "product,active"]),
        "productName,licensesActive\nP 0,0\nP 1,1\nP 2,2\nP 3,3\nP 4,4\n",
    );
}

#[test]
fn twenty_five_ids_go_into_a_request_and_the_sections_follow_the_order_asked_for() {
    // Thirty customers, the last one first; number 7 has no rows.
    let asked: Vec<_> = (0..30).rev().collect();
    let path = |ids: &[usize]| {
        let ids: Vec<_> = ids.iter().map(|n| format!("customerTenantId%20eq%20%27{}%27", id(*n))).collect();
        let path = format!("{USAGE}?top=10000&filter={}", ids.join("%20or%20"));
        assert!(path.len() < 2000);
        path
    };
    let rows = |ids: &[usize]| {
        let mut rows: Vec<_> = ids.iter().filter(|n| **n != 7).map(|n| n * 5).collect();
        rows.sort_unstable();
        rows
    };
    let answers = || {
        let chunks = asked.chunks(25).map(|ids| answer(&path(ids), page(rows(ids), rows(ids).len())));
        chunks.collect::<Vec<_>>()
    };
    let ask = |args: &[&str]| {
        let args = args.iter().map(ToString::to_string).chain(["--endpoint".to_owned(), "commercial".to_owned()]);
        serve(answers(), ids(asked.clone()).into_iter().chain(args)).0
    };
    let warning = format!(
        "pc-usage: warning: 1 customer has no licence usage rows; that is not the same as no usage: {}\n",
        id(7)
    );
    let output = ask(&["--columns", "product"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, warning.as_str()));
    let titles: Vec<_> = output.text().lines().filter(|line| line.contains("-aaaa-")).map(str::to_owned).collect();
    let title = |n: &usize| if *n == 7 { id(7) } else { format!("C {n} · {}", id(*n)) };
    assert_eq!(titles, asked.iter().map(title).collect::<Vec<_>>());
    let as_served = rows(&asked[..25]).into_iter().chain(rows(&asked[25..]));
    assert_ended(&ask(&["-o", "csv"]), 0, &csv(as_served), &warning);
    assert_eq!(ask(&["--fail-on-empty", "-o", "csv"]).code, 0);
}

#[test]
fn customers_of_one_request_fail_together() {
    let (one, another): (Vec<_>, Vec<_>) = ((0..25).collect(), (25..27).collect());
    let path = |ids: &[usize]| {
        let ids: Vec<_> = ids.iter().map(|n| format!("customerTenantId%20eq%20%27{}%27", id(*n))).collect();
        format!("{USAGE}?top=10000&filter={}", ids.join("%20or%20"))
    };
    let answers = vec![Answer::status(500).for_path(path(&one)), answer(&path(&another), page([125, 130], 2))];
    let args = ["--endpoint", "commercial", "--retries", "0", "-o", "csv"].map(str::to_owned);
    let (output, requests) = serve(answers, ids(0..27).into_iter().chain(args));
    let failed = requests.iter().find(|request| request.path == path(&one)).expect("it was asked");
    let first: Vec<_> = (0..5).map(id).collect();
    let errors = format!(
        "pc-usage: error: usage of 25 customers ({}, …): 500 Internal Server Error\n{TROUBLE}{}pc-usage: 25 of 27 customers failed\n",
        first.join(", "),
        sent_ids(failed)
    );
    assert_ended(&output, 3, &csv([125, 130]), &errors);
}

#[test]
fn counts_may_be_texts_and_members_may_be_spelt_otherwise() {
    let odd = r#"{"value":[
        {"customerTenantId":"00000001-AAAA-4000-8000-000000000000","productName":"P","licenseActive":"405","licensesQualified":"810.0"},
        {"customerTenantId":"00000001-AAAA-4000-8000-000000000000","productName":"Q","licensesActive":0.0,"licensesQualified":0},
        {"customerTenantId":"00000001-AAAA-4000-8000-000000000000","productName":"R","licensesActive":"0","licensesQualified":null}
    ],"@odata.nextLink":"","totalCount":"3"}"#;
    let (output, _) =
        all(vec![answer(&of_all(0), odd)], &["--columns", "customerId,product,active,qualified,idle,usage"]);
    let id = id(1);
    let rows = format!("{id},P,405,810,405,50.0\n{id},Q,0,0,0,\n{id},R,0,,,\n");
    assert_report(
        &output,
        &format!("customerId,productName,licensesActive,licensesQualified,licensesIdle,usagePercent\n{rows}"),
    );
    for (value, shown) in [
        (r#""4 05""#, r#""4 05""#),
        (r#""many""#, r#""many""#),
        (r#""""#, r#""""#),
        ("true", "true"),
        (r#""0x10""#, r#""0x10""#),
    ] {
        let body = format!(r#"{{"VALUE":[{{"licensesActive":{value}}}],"TOTALCOUNT":1}}"#);
        let (output, requests) = all(vec![answer(&of_all(0), body)], &[]);
        let error = format!(
            "pc-usage: error: usage of all customers: licensesActive of row 1 is not a number: {shown}\n{NOT_PARTNER_CENTER}{}",
            sent_ids(&requests[0])
        );
        assert_failed(&output, 9, &error);
    }
}

#[test]
fn pages_that_are_missing_short_or_repeated_end_the_run() {
    let bad = |skip: usize, body: String| vec![answer(&of_all(0), page(0..10, 20)), answer(&of_all(skip), body)];
    for (answers, from, why, written) in [
        (bad(10, page(10..13, 20)), " from row 11", "it has 3 rows where 10 are due", 10),
        (bad(10, page(10..10, 20)), " from row 11", "it has 0 rows where 10 are due", 10),
        (bad(10, page(0..10, 20)), " from row 11", "it repeats an earlier page", 10),
        (bad(10, String::new()), " from row 11", "it has 0 rows where 10 are due", 10),
        (vec![answer(&of_all(0), page(0..0, 25))], "", "it has 0 rows, and a TotalCount of 25", 0),
        (vec![answer(&of_all(0), page(0..1, 1_000_000_000))], "", "it has 1 row, and a TotalCount of 1000000000", 0),
    ] {
        for format in ["csv", "json", "table"] {
            let (output, requests) = all(answers.clone(), &["-o", format]);
            let last = requests.last().expect("it was asked");
            let error = format!(
                "pc-usage: error: usage of all customers{from}: unexpected page: {why}\n{NOT_PARTNER_CENTER}{}",
                sent_ids(last)
            );
            let report = if format == "csv" && written > 0 { csv(0..written) } else { String::new() };
            assert_ended(&output, 9, &report, &error);
        }
    }
    // The last page is short too.
    let answers = [0, 10, 20].map(|skip| answer(&of_all(skip), page(skip..(skip + 10).min(24), 25)));
    let (output, _) = all(answers.into(), &[]);
    assert_eq!((output.code, output.text()), (9, csv(0..20).as_str()));
}

#[test]
fn a_file_is_not_replaced_by_pages_that_are_not_all() {
    let home = Home::new();
    fs::write(home.path().join("out"), "old").expect("room for a file");
    let server = Server::start(vec![answer(&of_all(0), page(0..10, 25)), Answer::status(503).for_path(of_all(10))]);
    let mut command = home.command_for(&server);
    command.args(ALL).args(["--jobs", "1", "--retries", "0", "--out-file", "out"]);
    assert_eq!(finish(command, "").code, 8);
    assert_eq!(fs::read_to_string(home.path().join("out")).expect("a file"), "old");
    server.done();
}

#[test]
fn a_link_says_that_there_is_more_and_is_never_followed() {
    let linked = |rows: std::ops::Range<usize>, link: &str| {
        page(rows, 0).replace(r#""@nextLink":null,"TotalCount":0"#, &format!(r#""@nextLink":{link}"#))
    };
    let elsewhere = r#""https://attacker.example/page?skip=10""#;
    let answers = vec![
        answer(&of_all(0), linked(0..10, elsewhere)),
        answer(&of_all(10), linked(10..20, r#""license?skip=20""#)),
        answer(&of_all(20), linked(20..23, "null")),
    ];
    assert_report(&all(answers, &[]).0, &csv(0..23));
    for (body, why) in [
        (linked(10..10, "null"), "it has 0 rows, and more are promised"),
        (linked(10..12, elsewhere), "it has 2 rows, and more are promised"),
        (linked(0..10, "null"), "it repeats an earlier page"),
    ] {
        let answers = vec![answer(&of_all(0), linked(0..10, elsewhere)), answer(&of_all(10), body)];
        let (output, requests) = all(answers, &[]);
        let error = format!(
            "pc-usage: error: usage of all customers from row 11: unexpected page: {why}\n{NOT_PARTNER_CENTER}{}",
            sent_ids(&requests[1])
        );
        assert_ended(&output, 9, &csv(0..10), &error);
    }
}

#[test]
fn the_date_of_the_first_page_is_asked_for_as_long_as_the_service_takes_it() {
    let later = format!("{USAGE}?top=10000&skip=10");
    let third = format!("{USAGE}?top=10000&skip=20");
    let answers = vec![
        answer(&of_all(0), page(0..10, 25)),
        Answer::status(400).for_path(of_all(10)),
        answer(&later, page(10..20, 25)),
        answer(&third, page(20..25, 25)),
    ];
    assert_report(&all(answers, &[]).0, &csv(0..25));
    // Where the first page has several dates there is none to ask for.
    let first = page(0..10, 15).replacen("2017-03-09", "2017-03-08", 1);
    let answers = vec![answer(&of_all(0), first), answer(&later, page(10..15, 15))];
    let (output, _) = all(answers, &[]);
    assert_report(&output, &csv(0..15).replacen("2017-03-09", "2017-03-08", 1));
}

#[test]
fn throttling_between_pages_is_waited_for() {
    let mut answers = pages();
    answers.insert(1, Answer::status(429).header("Retry-After", "0").for_path(of_all(10)));
    let (output, requests) = serve(answers, [&ALL[..], &["--jobs", "1"]].concat());
    assert_report(&output, &csv(0..35));
    assert_eq!(requests.len(), 5);
}

#[cfg(unix)]
#[test]
fn a_kill_in_mid_list_leaves_whole_rows_and_no_array() {
    use nix::sys::signal::Signal;
    for (format, report) in [("csv", csv(0..10)), ("json", String::new()), ("table", String::new())] {
        let home = Home::new();
        let server = Server::start(vec![answer(&of_all(0), page(0..10, 20)), Answer::stall().for_path(of_all(10))]);
        let mut command = home.command_for(&server);
        command.args(ALL).args(["--jobs", "1", "-o", format]);
        let running = crate::Running::spawn(command);
        server.wait_for_requests(2);
        #[cfg(target_os = "linux")]
        running.wait_until_idle();
        running.signal(Signal::SIGTERM);
        assert_ended(&running.wait(), 143, &report, "pc-usage: error: terminated (SIGTERM)\n");
        server.done();
    }
}

#[test]
fn rows_of_others_are_not_taken_for_those_asked_for() {
    let path = format!("{USAGE}?top=10000&filter=customerTenantId%20eq%20%27{}%27", id(0));
    let (output, requests) = serve(vec![answer(&path, page(0..6, 6))], [&id(0), "--endpoint", "commercial"]);
    let error = format!(
        "pc-usage: error: usage of customer {} (C 0): the response has rows of customer {}, which was not asked for\n{NOT_PARTNER_CENTER}{}",
        id(0),
        id(1),
        sent_ids(&requests[0])
    );
    assert_failed(&output, 9, &error);
}

#[test]
fn without_rows_it_says_so_and_what_is_unknown() {
    let nothing = || vec![answer(&of_all(0), page(0..0, 0))];
    let warning = "pc-usage: warning: the service has no licence usage rows; that is not the same as no usage\n";
    assert_ended(&all(nothing(), &[]).0, 0, CSV_HEADER, warning);
    assert_ended(&all(nothing(), &["--fail-on-empty"]).0, 11, CSV_HEADER, warning);
    let (output, _) = serve(nothing(), ["--all", "--endpoint", "commercial", "-o", "jsonl"]);
    let note = "pc-usage: note: --endpoint commercial leaves out customers without rows\n";
    assert_ended(&output, 0, "", &format!("{note}{warning}"));
    // An empty answer has no rows either.
    assert_ended(&all(vec![Answer::status(204).for_path(of_all(0))], &[]).0, 0, CSV_HEADER, warning);
}

#[test]
fn a_name_is_looked_up_in_the_list_and_then_asked_for_by_its_id() {
    let path = format!("{USAGE}?top=10000&filter=customerTenantId%20eq%20%27{}%27", id(2));
    let answers = vec![list_page([1, 2], None).for_path("/v1/customers"), answer(&path, page(10..15, 5))];
    let (output, _) = serve(answers, ["C 2", "--endpoint", "commercial", "-o", "csv"]);
    assert_report(&output, &csv(10..15));
}

#[test]
fn the_variable_chooses_it_and_the_option_goes_before() {
    let home = Home::new();
    let server = Server::start(vec![answer(&of_all(0), page(0..5, 5))]);
    let mut command = home.command_for(&server);
    command.env("PC_USAGE_ENDPOINT", "commercial").args(["--all", "-q", "-o", "csv"]);
    assert_report(&finish(command, ""), &csv(0..5));
    server.done();
    for (args, error) in [
        (
            &["--input", "x", "--endpoint", "commercial"][..],
            "--endpoint cannot be used with --input: nothing is sent\n",
        ),
        (&["--input", "x", "--summary", "--deployment"], "--deployment cannot be used with --input: nothing is sent\n"),
        (&["--all", "--deployment", "--compare", "x"], "--deployment and --compare cannot be used together\n"),
        (&["--all", "--deployment"], "--deployment needs --summary, by product or by customer\n"),
        (
            &["--all", "--deployment", "-o", "json"],
            "--deployment only works with -o table, -o csv, -o jsonl, -o markdown, -o html or -o xlsx, not with the format json\n",
        ),
        (&["customers", "--deployment"], "unexpected argument '--deployment' found\n"),
    ] {
        let output = run(args);
        if args[0] == "customers" {
            assert!(output.stderr.contains(error), "{}", output.stderr);
        } else {
            assert_refused(&output, error);
        }
    }
}

#[test]
fn saved_answers_of_both_endpoints_are_compared_with_each_other() {
    let home = Home::new();
    let demo = |args: &[&str]| {
        let mut command = home.command();
        command.args(args);
        finish(command, "")
    };
    let old = demo(&["--demo", "contoso", "-o", "json"]);
    let new = demo(&["--demo", "contoso", "--endpoint", "commercial", "-o", "json"]);
    let all = demo(&["--demo", "--all", "--endpoint", "commercial", "-o", "json", "-q"]);
    for (name, output) in [("old", &old), ("new", &new), ("all", &all)] {
        fs::write(home.path().join(name), output.text()).expect("room for a file");
    }
    let id = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";
    for (now, then) in [("old", "new"), ("new", "old"), ("all", "old"), ("old", "all"), ("new", "all")] {
        let output = demo(&[id, "--input", now, "--compare", then, "-o", "csv", "--columns", "change"]);
        assert_report(&output, &format!("change\n{}", "same\n".repeat(6)));
    }
    // Both in one array.
    let mixed = format!(
        "[{{\"customerId\":\"{id}\",\"response\":{}}},{{\"customerId\":null,\"response\":{}}}]",
        old.text(),
        all.text()
            .split_once("response\":")
            .map(|(_, rest)| rest.trim_end().trim_end_matches(['}', ']', '\n']).to_owned() + "}")
            .unwrap_or_default()
    );
    fs::write(home.path().join("mixed"), mixed).expect("room for a file");
    let output = demo(&["--input", "mixed", "-o", "csv", "--columns", "customer"]);
    assert_eq!((output.code, output.text().lines().count()), (0, 1 + 6 + 19));
    let twice = format!(
        "pc-usage: warning: 1 customer is in responses of both endpoints, so that the same seats count twice: {id}\n"
    );
    assert_eq!(output.stderr, twice);
    // What names its customer may be compared with what does not, if there is only one.
    let output = demo(&["--input", "new", "--compare", "old", "-o", "csv", "--columns", "change"]);
    assert_report(&output, &format!("change\n{}", "same\n".repeat(6)));
    let error = "the earlier response does not name its customer, and this report covers several\n  hint: give the customer id \
        too, or compare with the JSON of a run over several customers\n";
    assert_refused(&demo(&["--input", "all", "--compare", "old"]), error);
    // A page of several customers, as curl saves it, is one section each; it cannot be one customer's JSON.
    let body = all
        .text()
        .split_once("response\":")
        .map(|(_, rest)| rest.trim_end().trim_end_matches(['}', ']', '\n']).to_owned() + "}")
        .unwrap_or_default();
    fs::write(home.path().join("page"), &body).expect("room for a file");
    let output = demo(&["--input", "page", "--columns", "product"]);
    let titles =
        output.text().lines().filter(|line| line.contains(" · ") && line.ends_with(|end: char| end.is_ascii_digit()));
    assert_eq!(titles.count(), 4);
    assert!(
        output.text().contains("\nTotal\n177 of 1052 seats idle (17 %) · 4 customers, 19 rows\n"),
        "{}",
        output.text()
    );
    assert_report(&demo(&["--input", "page", "-o", "json"]), &format!("{body}\n"));
    let error = "page holds rows of several customers, and -o json writes a response unchanged\n  hint: -o jsonl writes the rows of one\n";
    assert_refused(&demo(&[id, "--input", "page", "-o", "json"]), error);
}

#[test]
fn a_customer_that_is_gone_from_all_is_gone_and_one_that_stays_is_not() {
    let home = Home::new();
    fs::write(home.path().join("then"), page(0..15, 15)).expect("room for a file");
    let server = Server::start(vec![answer(&of_all(0), page(5..15, 10))]);
    let mut command = home.command_for(&server);
    command.args(ALL).args([
        "--compare",
        "then",
        "--columns",
        "customerId,product,change",
        "--where",
        "change != same",
    ]);
    let output = finish(command, "");
    let gone: Vec<_> = (0..5).map(|n| format!("{},P {n},gone\n", id(0))).collect();
    assert_report(&output, &format!("customerId,productName,change\n{}", gone.concat()));
    server.done();
}

#[test]
fn the_endpoint_is_named_where_the_older_one_is_gone() {
    let path = crate::many::usage_path(1);
    let (output, requests) = serve(vec![Answer::status(410).for_path(path)], [id(1)]);
    let error = format!(
        "pc-usage: error: usage of customer {}: 410 Gone\n  hint: the service no longer offers this call; check --base-url; or {}\n{}",
        id(1),
        crate::ADVICE,
        sent_ids(&requests[0])
    );
    assert_failed(&output, 1, &error);
}

/// A page of deployment rows: customer, product, sold, deployed.
fn deployment(rows: &[(usize, &str, u32, u32)]) -> String {
    let row = |(customer, product, sold, deployed): &(usize, &str, u32, u32)| {
        format!(
            r#"{{"processedDateTime":"2017-03-09T00:00:00","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"{}","customerName":"C {customer}","productName":"{product}","licensesDeployed":{deployed},"licensesSold":{sold}}}"#,
            id(*customer).to_uppercase()
        )
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    format!(r#"{{"Value":[{}],"TotalCount":{}}}"#, rows.join(","), rows.len())
}

const SOLD: &[&str] =
    &["--summary", "--deployment", "--columns", "customer,product,active,idle,sold,deployed,unassigned,assignedIdle"];
const SOLD_HEADER: &str = "customerName,productName,licensesActive,licensesIdle,licensesSold,licensesDeployed,licensesUnassigned,licensesAssignedIdle\n";

#[test]
fn a_report_to_hand_over_names_who_failed_in_the_second_call() {
    let path = crate::many::usage_path(1).replace("usage", "deployment");
    let answers = vec![
        crate::many::good(1),
        Answer::status(403).for_path(path),
        crate::many::good(2),
        answer(&crate::many::usage_path(2).replace("usage", "deployment"), r#"{"items":[]}"#),
    ];
    let args = ["--summary", "--deployment", "--jobs", "1", "-o", "markdown"].map(str::to_owned);
    let (output, _) = serve(answers, ids(1..=2).into_iter().chain(args));
    let told = format!("\n**Warning:** 1 of 2 customers failed: {}\n", id(1));
    assert!(output.text().contains(&told), "{}", output.text());
}

#[test]
fn what_was_sold_stands_beside_what_is_used() {
    let usage = || answer(&of_all(0), page([0, 1, 5], 3));
    let sold = |body: String| answer(&of_all(0).replace(USAGE, DEPLOYMENT), body);
    // Names are compared ignoring case; customer 2 has no usage, and P 5 was not sold.
    let rows = deployment(&[(0, "p 0", 1000, 600), (0, "P 1", 10, 20), (2, "P 9", 7, 3)]);
    let (output, _) = all(vec![sold(rows.clone()), usage()], SOLD);
    let expected = "C 0,P 0,0,1000,1000,600,400,600\nC 0,P 1,1,999,10,20,0,19\nC 1,P 5,5,995,,,,\nC 2,P 9,,,7,3,4,\n";
    assert_report(&output, &format!("{SOLD_HEADER}{expected}"));
    // As rows of an alarm, and per customer: what is unknown is not 0.
    let args = [
        "--summary=customer",
        "--deployment",
        "--columns",
        "customer,sold,unassigned",
        "--sort",
        "customer",
        "--fail-if",
        "unassigned > 399",
    ];
    let (output, _) = all(vec![sold(rows), usage()], &args);
    let told = "pc-usage: --fail-if 'licensesUnassigned > 399' matches 1 of 3 rows, worst: C 0: licensesUnassigned 400\n\
        pc-usage: warning: 1 of 3 rows has no licensesUnassigned, so --fail-if 'licensesUnassigned > 399' says nothing about it\n";
    assert_eq!(output.text(), "customerName,licensesSold,licensesUnassigned\nC 0,1010,400\nC 1,,\nC 2,7,4\n");
    assert_eq!(output.code, 10);
    assert!(output.stderr.contains(told.lines().next().unwrap_or_default()), "{}", output.stderr);
}

#[test]
fn deployment_without_rows_leaves_the_columns_empty_and_is_told_once() {
    let sold = answer(&of_all(0).replace(USAGE, DEPLOYMENT), deployment(&[]));
    let (output, _) = all(vec![sold, answer(&of_all(0), page([0, 1], 2))], SOLD);
    let warning = "pc-usage: warning: the service has no deployment rows; sold and assigned seats are unknown\n";
    assert_ended(&output, 0, &format!("{SOLD_HEADER}C 0,P 0,0,1000,,,,\nC 0,P 1,1,999,,,,\n"), warning);
    // A usage without rows stays empty, whatever was sold.
    let sold = answer(&of_all(0).replace(USAGE, DEPLOYMENT), deployment(&[(0, "P", 3, 1)]));
    let (output, _) = all(vec![sold, answer(&of_all(0), page(0..0, 0))], &[SOLD, &["--fail-on-empty"]].concat());
    let warning = "pc-usage: warning: the service has no licence usage rows; that is not the same as no usage\n";
    assert_ended(&output, 11, &format!("{SOLD_HEADER}C 0,P,,,3,1,2,\n"), warning);
}

#[test]
fn a_failed_deployment_call_fails_its_customers_or_the_run() {
    let path = of_all(0).replace(USAGE, DEPLOYMENT);
    let (output, requests) = all(vec![Answer::status(503).for_path(path)], SOLD);
    let error = format!(
        "pc-usage: error: deployment of all customers: 503 Service Unavailable\n{TROUBLE}{}",
        sent_ids(&requests[0])
    );
    assert_failed(&output, 8, &error);
    let older = |n: usize| crate::many::usage_path(n).replace("usage", "deployment");
    let sold = r#"{"totalCount":1,"items":[{"productName":"P","channel":"reseller","licensesDeployed":600,"licensesSold":"x"}]}"#;
    // One whose usage cannot be read has failed, and is not told again as one without rows.
    let bad = Answer::status(200).json("[]").for_path(crate::many::usage_path(4));
    let args = SOLD.iter().chain(&["-o", "csv", "--jobs", "1"]).map(ToString::to_string);
    let answers = vec![
        bad,
        answer(&older(4), r#"{"items":[]}"#),
        crate::many::good(3),
        answer(&older(3), sold.replace(r#""x""#, "9")),
    ];
    let (output, _) = serve(answers, ids([4, 3]).into_iter().chain(args));
    assert_eq!((output.code, output.stderr.contains("deployment rows")), (3, false), "{}", output.stderr);
    let good = sold.replace(r#""x""#, "1000");
    let answers = vec![
        crate::many::good(1),
        Answer::status(500).for_path(older(1)),
        crate::many::good(2),
        answer(&older(2), sold),
        crate::many::good(3),
        answer(&older(3), good),
    ];
    let args = SOLD.iter().chain(&["-o", "csv", "--jobs", "1", "--retries", "0"]).map(ToString::to_string);
    let (output, requests) = serve(answers, ids(1..=3).into_iter().chain(args));
    let ids_of = |n: usize| sent_ids(requests.iter().find(|request| request.path == older(n)).expect("it was asked"));
    let errors = format!(
        "pc-usage: error: deployment of customer {}: 500 Internal Server Error\n{TROUBLE}{}\
         pc-usage: error: deployment of customer {}: licensesSold of row 1 is not a number: \"x\"\n{NOT_PARTNER_CENTER}{}\
         pc-usage: 2 of 3 customers failed\n",
        id(1),
        ids_of(1),
        id(2),
        ids_of(2)
    );
    assert_ended(&output, 3, &format!("{SOLD_HEADER}C 3,P,3,997,1000,600,400,597\n"), &errors);
}

#[test]
fn the_sample_has_both_endpoints_with_the_same_figures() {
    let demo = |args: &[&str]| run([&["--demo", "--all", "-q", "-o", "csv"], args].concat());
    let fields = ["--columns", "customerId,customer,product,workload,channel,qualified,active,idle,usage"];
    let (older, newer) = (demo(&fields), demo(&[&fields[..], &["--endpoint", "commercial"]].concat()));
    assert_eq!((older.code, newer.code), (3, 0));
    assert_eq!(older.text(), newer.text());
    for by in ["--summary", "--summary=customer"] {
        let sold = [by, "--deployment", "--columns", "customer,products,sold,deployed,unassigned,assignedIdle"];
        let sold = if by == "--summary" {
            [by, "--deployment", "--columns", "customer,product,sold,deployed,unassigned,assignedIdle"]
        } else {
            sold
        };
        let (older, newer) = (demo(&sold), demo(&[&sold[..], &["--endpoint", "commercial"]].concat()));
        assert_eq!(older.text(), newer.text());
        assert!(older.text().lines().all(|line| !line.ends_with(',')), "{}", older.text());
    }
    let output = run(["--demo", "contoso", "--summary", "--deployment"]);
    assert!(output.text().contains("most in EXCHANGE ONLINE (PLAN 1): 28 · 50 unassigned · 3 rows, 3 products\n"));
}

#[test]
fn a_slow_page_is_no_reason_to_hold_more_than_four() {
    let page = |skip: usize| {
        answer(&of_all(skip), page(skip..skip + 5, 60)).delay(Duration::from_millis(if skip == 5 { 200 } else { 0 }))
    };
    let (output, _) = serve((0..60).step_by(5).map(page).collect(), [&ALL[..], &["--jobs", "32"]].concat());
    assert_report(&output, &csv(0..60));
}
