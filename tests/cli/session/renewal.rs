//! What a renewal costs a run over many customers: one call's worth of requests, whatever becomes of it.
//! It refuses to count on luck: answers and requests are told whole, and no test waits for a clock of its own.

use std::process::Command;

use super::*;
use crate::assert_quiet;

const CUSTOMERS: usize = 12;

fn customer(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn usage_of(number: usize, status: u16) -> Answer {
    Answer::status(status).json(SAMPLE).for_path(format!("/v1/customers/{}/analytics/licenses/usage", customer(number)))
}

/// A run over so many customers.
fn run_over(home: &Home, count: usize, args: &[&str]) -> Command {
    let mut command = home.command();
    command.args((1..=count).map(customer)).args(["-o", "jsonl"]).args(args);
    command
}

fn from_authority(status: u16) -> Answer {
    Answer::status(status).for_path(token_path())
}

/// How many requests went to the sign-in service, and how many to Partner Center.
fn counted(requests: &[Request]) -> (usize, usize) {
    let tokens = requests.iter().filter(|request| request.method == "POST").count();
    (tokens, requests.len() - tokens)
}

/// What is told where the first customer's renewal failed.
fn told(failure: &str) -> String {
    format!(
        "pc-usage: error: usage of customer {}: {failure}\
         pc-usage: error: 11 customers were not asked: the sign-in could not be renewed\n\
         pc-usage: 12 of 12 customers failed\n",
        customer(1)
    )
}

const TROUBLE: &str = "  hint: the sign-in service is having problems; try again later\n";
const ELSE: &str = "  hint: something else is answering at this address; check --authority and the proxy\n";

#[test]
fn a_sign_in_service_in_trouble_is_asked_no_more_often_than_for_one_call() {
    for (answer, asked, code, failure) in [
        (from_authority(503), 2, 8, format!("503 Service Unavailable (after 2 attempts)\n{TROUBLE}")),
        (
            Answer::status(200).body("<html>").for_path(token_path()),
            1,
            9,
            format!("the response from the sign-in service is an HTML page\n{ELSE}"),
        ),
    ] {
        for jobs in ["1", "4"] {
            let server = Server::start(vec![answer.clone(); asked]);
            let home = home_with(&sign_in(&server, 0));
            let output = finish(run_over(&home, CUSTOMERS, &["--retries", "1", "--jobs", jobs]), "");
            assert_eq!(counted(&server.done()), (asked, 0));
            assert_eq!((output.code, output.text()), (code, ""));
            // With several jobs any of the first customers may be the one that told why.
            let first = output.stderr.split_once(": renewing").expect("a reason").0.to_owned();
            let stderr = output.stderr.replace(&first, &format!("pc-usage: error: usage of customer {}", customer(1)));
            assert_eq!(stderr, told(&format!("renewing the sign-in of profile default: {failure}")));
        }
    }
}

#[test]
fn a_sign_in_service_that_throttles_is_left_alone() {
    let server = Server::start(vec![from_authority(429).header("Retry-After", "3600")]);
    let home = home_with(&sign_in(&server, 0));
    let output = finish(run_over(&home, CUSTOMERS, &["--jobs", "3"]), "");
    assert_eq!(counted(&server.done()), (1, 0));
    assert_eq!((output.code, output.text()), (7, ""));
}

#[test]
fn a_refused_sign_in_is_tried_once() {
    let refusal = Answer::status(400).json(r#"{"error":"invalid_grant"}"#).for_path(token_path());
    let server = Server::start(vec![refusal]);
    let home = home_with(&sign_in(&server, 0));
    let output = finish(run_over(&home, CUSTOMERS, &["--jobs", "8"]), "");
    assert_eq!(counted(&server.done()), (1, 0));
    assert_eq!((output.code, output.text()), (4, ""));
}

#[test]
fn a_sign_in_of_the_environment_is_exchanged_in_vain_only_once() {
    let server = Server::start(vec![from_authority(503)]);
    let home = Home::new();
    let mut command = run_over(&home, CUSTOMERS, &["--retries", "0", "--jobs", "1"]);
    exchange(&mut command, &server);
    let output = finish(command, "");
    assert_eq!(counted(&server.done()), (1, 0));
    let failure = format!("exchanging PC_USAGE_REFRESH_TOKEN: 503 Service Unavailable\n{TROUBLE}");
    assert_failed(&output, 8, &told(&failure));
}

#[test]
fn a_lock_that_stays_taken_is_waited_for_once_a_run() {
    let server = Server::start(vec![]);
    let home = home_with(&sign_in(&server, 0));
    let lock = File::create(stored(&home, "lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let output = finish(run_over(&home, CUSTOMERS, &["--max-wait", "1", "--jobs", "1"]), "");
    let failure = format!(
        "the stored sign-in of profile default has been locked by another process for more than 1 s\n  \
         hint: another pc-usage is probably renewing it; see which process has {} open, or wait longer with --max-wait\n",
        stored(&home, "lock").display()
    );
    assert_failed(&output, 1, &told(&failure));
    server.done();
}

#[test]
fn what_was_fetched_before_a_renewal_failed_is_reported() {
    let server = Server::start(vec![usage_of(1, 200), usage_of(2, 401), from_authority(503)]);
    let home = home_with(&sign_in(&server, 3600));
    let output = finish(run_over(&home, 4, &["--retries", "0", "--jobs", "1"]), "");
    // The refused token is not sent again either.
    assert_eq!(counted(&server.done()), (1, 2));
    let (first, second) = (customer(1), customer(2));
    assert_eq!(
        output.stderr,
        format!(
            "pc-usage: error: usage of customer {second}: renewing the sign-in of profile default: 503 Service \
             Unavailable\n{TROUBLE}\
             pc-usage: error: 2 customers were not asked: the sign-in could not be renewed\n\
             pc-usage: 3 of 4 customers failed\n"
        )
    );
    assert!(output.text().lines().all(|line| line.contains(&first)), "{}", output.text());
    assert_eq!((output.code, output.text().lines().count()), (3, 5));
}

/// The answer to an exchange, with a token that lives so long.
fn tokens_for(expires_in: &Value) -> Answer {
    let body = json!({"expires_in": expires_in, "access_token": NEW_ACCESS, "refresh_token": NEW_REFRESH});
    Answer::status(200).json(body.to_string()).for_path(token_path())
}

#[test]
fn a_token_that_lives_five_minutes_or_less_is_used_for_more_than_one_customer() {
    for expires_in in [json!(300), json!("60"), json!(0)] {
        let server =
            Server::start([vec![tokens_for(&expires_in)], (1..=3).map(|n| usage_of(n, 200)).collect()].concat());
        let home = home_with(&sign_in(&server, 0));
        let output = finish(run_over(&home, 3, &[]), "");
        assert_quiet(&output);
        assert_eq!(counted(&server.done()), (1, 3));
    }
}

#[test]
fn a_short_token_of_the_environment_is_used_for_more_than_one_customer() {
    let server = Server::start([vec![tokens_for(&json!(60))], (1..=3).map(|n| usage_of(n, 200)).collect()].concat());
    let home = Home::new();
    let mut command = run_over(&home, 3, &["-q"]);
    exchange(&mut command, &server);
    let output = finish(command, "");
    assert_quiet(&output);
    assert_eq!(counted(&server.done()), (1, 3));
}

#[test]
fn a_short_token_that_has_run_out_is_exchanged() {
    let slow = usage_of(1, 200).delay(Duration::from_millis(1100));
    let server = Server::start(vec![tokens_for(&json!(1)), slow, tokens_for(&json!(3600)), usage_of(2, 200)]);
    let home = home_with(&sign_in(&server, 0));
    let output = finish(run_over(&home, 2, &["--jobs", "1"]), "");
    assert_quiet(&output);
    assert_eq!(counted(&server.done()), (2, 2));
}

#[test]
fn eight_processes_share_a_short_token() {
    let server = Server::start([vec![refused(); 8], vec![tokens_for(&json!(60))], vec![usage(); 8]].concat());
    eight_refused_at_once(&server);
    assert_eq!(counted(&server.done()), (1, 16));
}

/// Waits until the process has this file open, or has ended.
#[cfg(target_os = "linux")]
fn wait_until_open(running: &mut Running, path: &Path) {
    let folder = format!("/proc/{}/fd", running.0.id());
    let is_open = || {
        let mut entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        entries.any(|entry| fs::read_link(entry.path()).is_ok_and(|open| open == path))
    };
    while running.0.try_wait().expect("our child").is_none() && !is_open() {
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_lock_that_is_about_to_be_free_is_waited_for_even_where_nothing_else_is() {
    let server = Server::start(vec![tokens(Some(NEW_REFRESH)), usage()]);
    let home = home_with(&sign_in(&server, 0));
    let path = stored(&home, "lock");
    let lock = File::create(&path).expect("a lock file");
    lock.lock().expect("the lock");
    let mut command = command(&home);
    command.args(["--max-wait", "0"]);
    let mut running = Running::spawn(command);
    wait_until_open(&mut running, &path.canonicalize().expect("it is there"));
    drop(lock);
    assert_sample(&running.wait());
    assert_asked(&server.done(), &[("token", ""), ("usage", NEW_ACCESS)]);
}
