//! When a call is made again, how often, and how long `pc-usage` waits before it does.
//! It refuses to measure speed: a wait has a lower bound that matters, and an upper one only to catch a hang.

use std::thread;
use std::time::{Duration, Instant};

use crate::failures::{CHECK_NETWORK, NO_CUSTOMER, THROTTLED, TROUBLE, error, sent_ids};
use crate::server::{Answer, Request};
use crate::tls::TlsServer;
use crate::{CUSTOMER, Home, SAMPLE, assert_failed, assert_sample, finish, serve};

/// No machine is so slow that a process and a loopback request take longer.
const SLACK: Duration = Duration::from_secs(10);

/// Does the waits of all cases at the same time.
pub fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || test(case));
        }
    });
}

/// The ids as the last request sent them, for answers that have none.
fn ids(requests: &[Request]) -> String {
    sent_ids(requests.last().expect("a request"))
}

/// The times between the requests.
fn gaps(requests: &[Request]) -> Vec<Duration> {
    requests.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

fn good() -> Answer {
    Answer::status(200).json(SAMPLE)
}

/// An answer, then a good one.
fn recover(first: Answer, args: &[&str]) -> Vec<Request> {
    let (output, requests) = serve(vec![first, good()], [&[CUSTOMER, "-o", "json"], args].concat());
    assert_sample(&output);
    requests
}

#[test]
fn a_passing_trouble_is_tried_again_with_the_same_request() {
    let broken = [
        Answer::hang_up(),
        Answer::raw("HTTP/1.1 200 OK\r\nContent-"),
        good().truncate(0),
        good().truncate(100),
        Answer::status(200).chunked([&SAMPLE[..100], &SAMPLE[100..]]).truncate(60),
        Answer::status(200).chunked([&SAMPLE[..100], &SAMPLE[100..]]).truncate(150),
        good().gzip().truncate(5),
        good().gzip().truncate(100),
        // "10\r\n", 16 bytes, "\r\n", and one digit of the next length.
        Answer::status(200).chunked(<[_; 2]>::from(SAMPLE.split_at(16))).truncate(4 + 16 + 2 + 1),
    ];
    let statuses = [408, 429, 500, 502, 503, 504].map(|status| Answer::status(status).body("busy"));
    at_once(broken.into_iter().chain(statuses), |first| {
        let requests = recover(first, &[]);
        let same = |request: &Request| (request.method.clone(), request.path.clone(), request.headers.clone());
        assert_eq!(same(&requests[0]), same(&requests[1]));
        let [gap] = gaps(&requests)[..] else { panic!("{requests:?}") };
        assert!(gap >= Duration::from_millis(250) && gap < SLACK, "{gap:?}");
    });
}

#[test]
fn a_call_that_recovers_keeps_its_connection() {
    let kept = [
        (Answer::status(503).body("busy".repeat(10_000)), 0),
        (Answer::status(503).chunked(["busy", "still"]), 0),
        (Answer::status(503).close(), 1),
    ];
    at_once(kept, |(first, second_connection)| {
        let requests = recover(first, &[]);
        assert_eq!((requests[0].connection, requests[1].connection), (0, second_connection));
    });
}

#[test]
fn what_does_not_pass_is_never_tried_again() {
    let statuses = [201, 302, 304, 400, 401, 403, 404, 405, 406, 409, 412, 501, 505];
    let others = [
        Answer::raw("SSH-2.0-OpenSSH_9.2\r\n"),
        Answer::status(200).json("no JSON"),
        Answer::status(200).header("Content-Encoding", "gzip").body("this was never compressed"),
    ];
    // `Retry-After` changes nothing about it.
    let statuses = statuses.map(|status| Answer::status(status).header("Retry-After", "0"));
    for answer in statuses.into_iter().chain(others) {
        let (output, requests) = serve(vec![answer], [CUSTOMER]);
        assert_eq!((output.text(), requests.len()), ("", 1));
        assert!(!output.stderr.contains("attempt"), "{}", output.stderr);
    }
}

#[test]
fn a_bad_certificate_is_never_tried_again() {
    let home = Home::new();
    let server = TlsServer::with_wrong_name(vec![]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "-v"]).env("SSL_CERT_FILE", server.ca_file());
    let output = finish(command, "");
    let attempts = output.stderr.lines().filter(|line| line.starts_with("pc-usage: GET ")).count();
    assert_eq!((output.code, attempts), (8, 1), "{}", output.stderr);
}

/// One test, for all of them sleep most of the time.
#[test]
fn what_takes_a_second_or_more() {
    at_once(
        [
            a_time_out_is_tried_again as fn(),
            retries_says_how_often_and_each_pause_is_longer_than_the_one_before,
            retry_after_is_a_minimum,
            max_wait_bounds_all_waits_together,
        ],
        |case| case(),
    );
}

fn a_time_out_is_tried_again() {
    recover(Answer::stall(), &["--timeout", "1"]);
}

fn retries_says_how_often_and_each_pause_is_longer_than_the_one_before() {
    // A third would wait longer than all other tests; that it is the default, `-v` tells in its own test.
    at_once([("0", 1), ("1", 2), ("2", 3)], |(retries, attempts)| {
        let (output, requests) = serve(vec![Answer::status(503); attempts], [CUSTOMER, "--retries", retries]);
        assert_eq!(requests.len(), attempts);
        let after = if attempts == 1 { String::new() } else { format!(" (after {attempts} attempts)") };
        let message = format!("503 Service Unavailable{after}");
        assert_failed(&output, 8, &(error(&message) + TROUBLE + &ids(&requests)));

        for name in ["MS-RequestId", "MS-CorrelationId"] {
            assert!(requests.iter().all(|request| request.header(name) == requests[0].header(name)), "{requests:?}");
        }
        // 0.5 s × 2ⁿ, of which 50 to 100 %.
        for (gap, longest) in gaps(&requests).into_iter().zip([500, 1000].map(Duration::from_millis)) {
            assert!(gap >= longest / 2 && gap < longest + SLACK, "{gap:?}");
        }
    });
}

#[test]
fn what_is_tried_again_and_fails_again_tells_the_last_failure() {
    at_once([a_connection_that_fails_twice as fn(), a_connection_that_fails_before_a_status], |case| case());
}

fn a_connection_that_fails_twice() {
    let (output, requests) = serve(vec![Answer::hang_up(); 2], [CUSTOMER, "--retries", "1"]);
    let start = output.stderr.find("127.0.0.1").expect("an address");
    let host: String = output.stderr[start..].chars().take_while(|char| *char != ' ').collect();
    let message = format!("the connection to {host} was closed before the response was complete (after 2 attempts)");
    assert_failed(&output, 8, &(error(&message) + CHECK_NETWORK + &ids(&requests)));
    assert_eq!(requests.len(), 2);
}

fn a_connection_that_fails_before_a_status() {
    let answers = vec![Answer::hang_up(), Answer::status(404)];
    let (output, requests) = serve(answers, [CUSTOMER]);
    assert_failed(&output, 6, &(error("404 Not Found") + NO_CUSTOMER + &ids(&requests)));
}

const DATE: &str = "Wed, 15 Mar 2017 12:00:00 GMT";
const SECOND_LATER: &str = "Wed, 15 Mar 2017 12:00:01 GMT";
const MINUTE_LATER: &str = "Wed, 15 Mar 2017 12:01:00 GMT";

fn retry_after_is_a_minimum() {
    let after = |status, retry_after| Answer::status(status).header("Retry-After", retry_after);
    let answers = [
        after(429, "1"),
        after(503, " 1 "),
        // Relative to the service's clock, which is not this machine's.
        after(429, SECOND_LATER).header("Date", DATE),
    ];
    at_once(answers, |answer| {
        let [gap] = gaps(&recover(answer, &[]))[..] else { panic!("two requests") };
        assert!(gap >= Duration::from_secs(1) && gap < Duration::from_secs(1) + SLACK, "{gap:?}");
    });
}

#[test]
fn a_retry_after_that_cannot_be_read_or_has_passed_is_ignored() {
    let unreadable = ["", "soon", "-1", "1.5", "57 seconds", "0x10", "é", "Wed, 99 Mar 2117 12:00:00 GMT"];
    let passed = ["0", DATE];
    let answer = |retry_after| Answer::status(429).header("Retry-After", retry_after);
    let answers = unreadable.into_iter().chain(passed).map(|value| answer(value).header("Date", MINUTE_LATER));
    // Without a `Date` the clock of this machine has to do: it is later than 2017.
    at_once(answers.chain([answer(MINUTE_LATER)]), |answer| {
        let [gap] = gaps(&recover(answer, &["--max-wait", "1"]))[..] else { panic!("two requests") };
        assert!(gap >= Duration::from_millis(250) && gap < SLACK, "{gap:?}");
    });
}

/// One 429 that is given up at once, with this at the end of its message.
#[track_caller]
fn assert_given_up(answer: Answer, max_wait: &str, why: &str) {
    let start = Instant::now();
    let (output, requests) = serve(vec![answer], [CUSTOMER, "--max-wait", max_wait]);
    assert!(start.elapsed() < SLACK);
    let message = format!("429 Too Many Requests (after 1 attempt; {why})");
    assert_failed(&output, 7, &(error(&message) + THROTTLED + &ids(&requests)));
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_wait_beyond_max_wait_fails_at_once_and_says_what_the_service_asked_for() {
    let throttled = |retry_after| Answer::status(429).header("Retry-After", retry_after);
    let asks = |asked, left| format!("the service asks for a wait of {asked} s, --max-wait leaves {left} s");
    assert_given_up(throttled("57"), "56", &asks("57", "56"));
    assert_given_up(throttled("121"), "120", &asks("121", "120"));
    assert_given_up(throttled("1"), "0", &asks("1", "0"));
    assert_given_up(throttled(MINUTE_LATER).header("Date", DATE), "59", &asks("60", "59"));
    assert_given_up(throttled("18446744073709551615"), "86400", &asks("18446744073709551615", "86400"));
}

#[test]
fn a_wait_beyond_all_bounds_is_no_unreadable_one() {
    let answer = Answer::status(429).header("Retry-After", "99999999999999999999");
    let (output, requests) = serve(vec![answer], [CUSTOMER, "--retries", "1"]);
    assert_eq!((output.code, requests.len()), (7, 1), "{}", output.stderr);
}

fn max_wait_bounds_all_waits_together() {
    let throttled = Answer::status(429).header("Retry-After", "1");
    let (output, requests) = serve(vec![throttled; 2], [CUSTOMER, "--max-wait", "1"]);
    let message = "429 Too Many Requests (after 2 attempts; the service asks for a wait of 1 s, --max-wait leaves 0 s)";
    assert_failed(&output, 7, &(error(message) + THROTTLED + &ids(&requests)));
}

#[test]
fn with_no_wait_allowed_there_is_no_retry() {
    let (output, requests) = serve(vec![Answer::status(503)], [CUSTOMER, "--max-wait", "0"]);
    let message = "503 Service Unavailable (after 1 attempt; --max-wait leaves no time for another)";
    assert_failed(&output, 8, &(error(message) + TROUBLE + &ids(&requests)));
}
