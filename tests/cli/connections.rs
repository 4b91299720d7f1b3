//! What becomes of a run where a connection dies, an answer's body cannot be read, or the machine has no thread to give.
//! It refuses to look at how connections are kept: it counts them, and the requests, and reads what is told.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::failures::{
    ASK_SUPPORT, CHECK_NETWORK, DENIED, EXPIRED_OR_MFA, NO_CUSTOMER, NOT_PARTNER_CENTER, THROTTLED, TROUBLE,
    error as failed, sent_ids,
};
use crate::listing::{item, page};
use crate::many::{ask, csv, error, good};
use crate::retries::at_once;
use crate::server::{Answer, Request, Server};
use crate::tls::TlsServer;
use crate::{
    ADVICE, CUSTOMER, Home, Output, SAMPLE, TOKEN, assert_ended, assert_failed, assert_report, assert_sample, finish,
    serve,
};

/// One job and no retry: what is sent again is not counted as one.
const ONE_BY_ONE: [&str; 6] = ["-o", "csv", "--jobs", "1", "--retries", "0"];

fn connections(requests: &[Request]) -> Vec<usize> {
    requests.iter().map(|request| request.connection).collect()
}

#[test]
fn a_kept_connection_that_is_dead_is_replaced_at_once_and_it_is_no_retry() {
    let (output, requests) = ask(vec![good(1), Answer::hang_up(), good(2), good(3)], 1..=3, &ONE_BY_ONE);
    assert_report(&output, &csv(1..=3));
    assert_eq!(connections(&requests), [0, 0, 1, 1]);
    // The same request, and no pause.
    let same = |request: &Request| (request.path.clone(), request.headers.clone());
    assert_eq!(same(&requests[1]), same(&requests[2]));
    assert!(requests[2].at - requests[1].at < Duration::from_millis(250), "{requests:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_kept_connection_that_is_dead_is_replaced_under_tls_too() {
    let home = Home::new();
    let server = TlsServer::start(vec![good(1), Answer::hang_up(), good(2)]);
    let mut command = home.command_for(&server);
    command.args([1, 2].map(crate::many::id)).args(ONE_BY_ONE).env("SSL_CERT_FILE", server.ca_file());
    assert_report(&finish(command, ""), &csv(1..=2));
    assert_eq!(connections(&server.requests()), [0, 0, 1]);
}

#[test]
fn a_server_that_closes_quietly_after_each_answer_costs_no_customer() {
    at_once(["1", "4"], |jobs| {
        let answers = (1..=50).map(|n| good(n).then_hang_up()).collect();
        let (output, requests) = ask(answers, 1..=50, &["-o", "csv", "--retries", "0", "--jobs", jobs]);
        assert_report(&output, &csv(1..=50));
        assert_eq!(requests.len(), 50);
    });
}

const CUT: &str = "was closed before the response was complete";

/// That of two customers the second failed, since its connection was cut.
#[track_caller]
fn assert_second_cut(output: &Output, requests: &[Request]) {
    let start = output.stderr.find("127.0.0.1").expect("an address");
    let host: String = output.stderr[start..].chars().take_while(|char| *char != ' ').collect();
    let message = format!("the connection to {host} {CUT}\n{CHECK_NETWORK}");
    assert_ended(output, 3, &csv([1]), &(error(2, &message, requests) + "pc-usage: 1 of 2 customers failed\n"));
}

#[test]
fn a_new_connection_that_dies_is_a_failure() {
    let (output, requests) = ask(vec![good(1), Answer::hang_up(), Answer::hang_up()], 1..=2, &ONE_BY_ONE);
    assert_second_cut(&output, &requests);
    assert_eq!(connections(&requests), [0, 0, 1]);
}

#[test]
fn a_kept_connection_that_dies_within_an_answer_is_a_failure() {
    for part in ["H", "HTTP/1.1 200 OK\r\nContent-"] {
        let (output, requests) = ask(vec![good(1), Answer::raw(part)], 1..=2, &ONE_BY_ONE);
        assert_second_cut(&output, &requests);
        assert_eq!(connections(&requests), [0, 0]);
    }
}

/// Answers of this status whose body cannot be read, or is none.
fn unreadable(status: u16) -> [(&'static str, Answer); 5] {
    let gzip = |body: &str| Answer::status(status).header("Content-Encoding", "gzip").body(body);
    [
        ("cut", Answer::status(status).body("Never to be read.").truncate(0)),
        ("cut chunks", Answer::status(status).chunked(["Never", "read"]).truncate(1)),
        ("cut gzip", Answer::status(status).body("Never to be read.").gzip().truncate(5)),
        ("bad gzip", gzip("this was never compressed")),
        ("gzip of nothing", gzip("")),
    ]
}

const ANOTHER_SERVICE: &str = "  hint: something else is answering at this address; check --base-url and the proxy\n";

/// That one customer failed so, with one request.
#[track_caller]
fn assert_call_failed((output, requests): &(Output, Vec<Request>), code: i32, message: &str, hint: &str, what: &str) {
    let [request] = &requests[..] else { panic!("{what}: {requests:?}") };
    assert_eq!(output.stderr, failed(message) + hint + &sent_ids(request), "{what}");
    assert_eq!((output.code, output.text()), (code, ""), "{what}");
}

#[test]
fn a_status_counts_also_where_its_body_cannot_be_read() {
    for (status, code, message, hint) in [
        (302, 9, "302 Found", NOT_PARTNER_CENTER),
        (400, 1, "400 Bad Request", ASK_SUPPORT),
        (401, 4, "401 Unauthorized", EXPIRED_OR_MFA),
        (403, 5, "403 Forbidden", DENIED),
        (404, 6, "404 Not Found", NO_CUSTOMER),
        (429, 7, "429 Too Many Requests", THROTTLED),
        (503, 8, "503 Service Unavailable", TROUBLE),
    ] {
        at_once(unreadable(status), |(what, answer)| {
            assert_call_failed(&serve(vec![answer], [CUSTOMER, "--retries", "0"]), code, message, hint, what);
        });
    }
}

#[test]
fn what_came_of_a_body_that_was_cut_is_shown() {
    let cut = Answer::status(404).body("No such customer, and more").truncate(16);
    let outcome = serve(vec![cut], [CUSTOMER]);
    assert_call_failed(&outcome, 6, "404 Not Found: No such customer", NO_CUSTOMER, "cut");
}

#[test]
fn the_wait_that_a_service_asks_for_counts_also_where_the_body_cannot_be_read() {
    for (what, answer) in unreadable(429) {
        let asked = "after 1 attempt; the service asks for a wait of 57 s, --max-wait leaves 56 s";
        let outcome = serve(vec![answer.header("Retry-After", "57")], [CUSTOMER, "--max-wait", "56"]);
        assert_call_failed(&outcome, 7, &format!("429 Too Many Requests ({asked})"), THROTTLED, what);
    }
}

#[test]
fn an_error_without_end_is_not_read_to_its_end() {
    // Whole, they would take as long as a call may.
    let stalls = Answer::status(404).chunked(["No such customer.", ""]).pause(Duration::from_secs(3600));
    let drips = Answer::status(404).chunked(vec!["No such customer."; 1000]).pause(Duration::from_millis(700));
    // The pause, however short, makes the server write piece by piece.
    let floods = Answer::status(404).chunked(vec![vec![b' '; 1 << 20]; 65]).pause(Duration::from_nanos(1));
    at_once([stalls, drips, floods], |answer| {
        let start = Instant::now();
        let (output, requests) = serve(vec![answer], [CUSTOMER]);
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!((output.code, requests.len()), (6, 1), "{}", output.stderr);
        assert!(output.stderr.starts_with(&failed("404 Not Found").trim_end().to_owned()), "{}", output.stderr);
    });
}

#[test]
fn a_success_whose_body_cannot_be_read_is_tried_again() {
    let cut = Answer::status(200).json(SAMPLE).truncate(100);
    let (output, requests) = serve(vec![cut, Answer::status(200).json(SAMPLE)], [CUSTOMER, "-o", "json"]);
    assert_sample(&output);
    assert_eq!(requests.len(), 2);
}

#[test]
fn gzip_has_other_names_and_may_hold_nothing() {
    for name in ["gzip", "GZIP", "x-gzip", "X-GZip", " gzip "] {
        let packed = Answer::status(200).body(crate::gzip::gzip(SAMPLE)).header("Content-Encoding", name);
        let (output, _) = serve(vec![packed], [CUSTOMER, "-o", "json"]);
        assert_sample(&output);

        for nothing in [
            Answer::status(200).header("Content-Encoding", name),
            Answer::status(200).header("Content-Encoding", name).chunked([""; 0]),
            Answer::status(204).header("Content-Encoding", name),
        ] {
            let (output, _) = serve(vec![nothing], [CUSTOMER, "-o", "json"]);
            let warning = format!(
                "pc-usage: warning: customer {CUSTOMER} has no licence usage rows; that is not the same as no usage ({ADVICE})\n"
            );
            assert_eq!((output.code, output.text(), output.stderr.as_str()), (0, "null\n", warning.as_str()), "{name}");
        }
    }
}

#[test]
fn a_change_of_protocol_is_not_understood() {
    let outcome = serve(vec![Answer::raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")], [CUSTOMER]);
    assert_call_failed(&outcome, 9, "101 Switching Protocols", NOT_PARTNER_CENTER, "101");
}

const KIB: usize = 1 << 10;

#[test]
fn a_token_may_have_64_kib() {
    let token = "t".repeat(64 * KIB);
    let home = Home::new();
    let server = Server::start(vec![good(1), good(2)]);
    let mut command = home.command();
    command.args([1, 2].map(crate::many::id)).args(ONE_BY_ONE).args(["--base-url", server.url()]);
    command.args(["--token-file", "-"]);
    assert_report(&finish(command, token.as_str()), &csv(1..=2));
    let requests = server.done();
    let bearer = format!("Bearer {token}");
    assert!(requests.iter().all(|request| request.header("Authorization") == Some(&bearer)));
    assert_eq!(connections(&requests), [0, 0]);
}

/// A first page whose next link has so long a token.
fn first_page(token: &str) -> Answer {
    let link = format!(
        r#"{{"uri":"/customers?size=500","method":"GET","headers":[{{"key":"MS-ContinuationToken","value":"{token}"}}]}}"#
    );
    page([1], Some(&link))
}

#[test]
fn a_continuation_token_may_have_64_kib_and_is_refused_where_it_cannot_be_sent() {
    let token = "c".repeat(64 * KIB);
    let (output, requests) = serve(vec![first_page(&token), page([2], None)], ["customers", "-o", "json"]);
    assert_report(&output, &format!("[\n{},\n{}\n]\n", item(1), item(2)));
    assert_eq!(requests[1].header("MS-ContinuationToken"), Some(&*token));

    let (output, requests) = serve(vec![first_page(&format!("{token}{}", "c".repeat(2 * KIB)))], ["customers"]);
    let [request] = &requests[..] else { panic!("{requests:?}") };
    let message =
        "pc-usage: error: the list of customers: the header ms-continuationtoken would be longer than 64 KiB\n";
    // The call that was not sent has an id of its own.
    let ids = crate::failures::without_guids(&sent_ids(request));
    assert_eq!(crate::failures::without_guids(&output.stderr), format!("{message}{ANOTHER_SERVICE}{ids}"));
    assert_eq!((output.code, output.text()), (9, ""));
}

#[test]
fn a_next_link_may_be_long() {
    let path = format!("/v1/customers?size=500&seek={}", "s".repeat(30 * KIB));
    let link = format!(r#"{{"uri":"{path}","method":"GET"}}"#);
    let (output, requests) = serve(vec![page([1], Some(&link)), page([2], None)], ["customers", "-o", "json"]);
    assert_report(&output, &format!("[\n{},\n{}\n]\n", item(1), item(2)));
    assert_eq!(requests[1].path, path);
}

/// The same command where threads have stacks of a GiB, and so many KiB of address space are left for all of it: there can
/// be as many threads as it has whole GiB.
#[cfg(target_os = "linux")]
fn with_threads(command: &Command, threads: usize) -> Command {
    let mut limited = Command::new("sh");
    let kib = (threads << 20) + (768 << 10);
    limited.args(["-c", &format!(r#"ulimit -v {kib} && exec "$0" "$@""#)]).arg(command.get_program());
    limited.args(command.get_args()).env_clear();
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.env("RUST_MIN_STACK", (1 << 30).to_string()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    limited.current_dir(command.get_current_dir().expect("a home"));
    limited
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_is_looked_up_also_where_no_thread_can_be_made_for_it() {
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
    let mut command = home.command();
    command.env("PC_USAGE_ACCESS_TOKEN", TOKEN).args([CUSTOMER, "-o", "json", "--base-url"]);
    command.arg(server.url().replace("127.0.0.1", "localhost"));
    // The one that waits for signals.
    assert_sample(&finish(with_threads(&command, 1), ""));
    server.done();
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_goes_on_with_the_threads_that_can_be_made() {
    let home = Home::new();
    let server = Server::start((1..=6).map(good).collect());
    let mut command = home.command_for(&server);
    command.args((1..=6).map(crate::many::id)).args(["-o", "csv", "--jobs", "4"]);
    assert_report(&finish(with_threads(&command, 2), ""), &csv(1..=6));
    // One worker, and so one connection.
    assert_eq!(connections(&server.done()), [0; 6]);
}

#[cfg(target_os = "linux")]
#[test]
fn where_no_thread_can_be_made_at_all_it_is_told() {
    let home = Home::new();
    let server = Server::start(vec![]);
    let mut command = home.command_for(&server);
    command.args([1, 2].map(crate::many::id)).args(["-o", "csv"]);
    for (threads, what) in [(0, "setting up signal handling"), (1, "starting a thread")] {
        let output = finish(with_threads(&command, threads), "");
        let error = format!("pc-usage: error: {what}: Resource temporarily unavailable (os error 11)\n");
        assert_failed(&output, 1, &error);
    }
    server.done();
}

#[cfg(target_os = "linux")]
#[test]
fn the_demo_needs_no_thread_for_each_connection() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "--all", "--jobs", "4", "-o", "csv", "--no-header", "--columns", "customerId"]);
    let usual = finish(command, "");
    assert_eq!(usual.code, 3);
    for threads in [4, 5, 6] {
        let mut command = home.command();
        command.args(["--demo", "--all", "--jobs", "4", "-o", "csv", "--no-header", "--columns", "customerId"]);
        let output = finish(with_threads(&command, threads), "");
        assert_eq!(output.text(), usual.text());
    }
}
