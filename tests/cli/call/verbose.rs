//! What `-v` and `-vv` show of the requests and answers of a run, line by line.
//! It refuses to let a secret pass: every output here is searched for one.

use crate::failures::{CHECK_NETWORK, UNSEEN_IDS, error, without_guids};
use crate::server::{Answer, Server};
use crate::{CUSTOMER, Home, Output, SAMPLE, TOKEN, finish, sample_json};

/// The text with the server's address as `HOST`, GUIDs other than the customer's as `GUID`, and times as `N`.
pub fn masked(text: &str, server: &Server) -> String {
    let host = server.url().rsplit('/').next().expect("an address");
    let text = without_guids(text).replace(host, "HOST");
    let mut masked = String::new();
    let mut rest = text.as_str();
    while let Some(char) = rest.chars().next() {
        let digits = rest.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(rest.len());
        let unit = &rest[digits..];
        if digits > 0
            && !masked.ends_with(char::is_alphanumeric)
            && (unit.starts_with(" ms") || unit.starts_with(" s "))
        {
            masked.push('N');
            rest = unit;
        } else {
            masked.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    masked
}

/// A gateway's 503 with a secret of its own, then a good answer.
fn trouble_then_good() -> Vec<Answer> {
    vec![
        Answer::status(503)
            .header("Date", "Wed, 15 Mar 2017 12:00:00 GMT")
            .header("Retry-After", "0")
            .header("WWW-Authenticate", "Bearer error=\"none\"")
            .header("Set-Cookie", "session=SECRET-cookie")
            .header("X-Echo", TOKEN)
            .json("busy"),
        Answer::status(200)
            .header("MS-CorrelationId", "ae3b8c36-41c7-4a5f-9d32-0d3a1f2b6c01")
            .header("MS-RequestId", "f657d2a8-5e0b-4c1d-8a7e-9b2c3d4e5f02")
            .header("MS-CV", "0mufM0K1kEOoR7oI.0")
            .header("MS-ServerId", "\u{9b}2J")
            .header("Request-Context", "appId=x")
            .json(SAMPLE),
    ]
}

fn verbose(option: &str, answers: Vec<Answer>, more: &[&str]) -> (Output, String) {
    let home = Home::new();
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "-o", "json", option]).args(more);
    let output = finish(command, "");
    for stream in [output.text(), &output.stderr] {
        assert!(!stream.contains("SECRET"), "{stream}");
    }
    let stderr = masked(&output.stderr, &server);
    server.done();
    (output, stderr)
}

#[test]
fn verbose_shows_requests_answers_and_waits() {
    let (output, stderr) = verbose("-v", trouble_then_good(), &[]);
    assert_eq!(
        stderr,
        format!(
            "pc-usage: GET http://HOST/v1/customers/{CUSTOMER}/analytics/licenses/usage\n\
             pc-usage: 503 Service Unavailable in N ms, 4 bytes\n\
             pc-usage: waiting N s before retry 1 of 3\n\
             pc-usage: GET http://HOST/v1/customers/{CUSTOMER}/analytics/licenses/usage (retry 1)\n\
             pc-usage: 200 OK in N ms, 1726 bytes, ms-correlationid GUID, ms-requestid GUID, \
             ms-cv 0mufM0K1kEOoR7oI.0, ms-serverid \\u{{9b}}2J\n"
        )
    );
    assert_eq!((output.code, output.text()), (0, sample_json().as_str()));
}

#[test]
fn twice_verbose_shows_headers_by_an_allow_list() {
    let sent = format!(
        "pc-usage: > authorization: [31 bytes]\n\
         pc-usage: > accept: [16 bytes]\n\
         pc-usage: > user-agent: [{} bytes]\n\
         pc-usage: > ms-requestid: GUID\n\
         pc-usage: > ms-correlationid: GUID\n\
         pc-usage: > x-locale: [5 bytes]\n\
         pc-usage: > ms-partnercenter-client: pc-usage\n\
         pc-usage: > ms-partnercenter-application: pc-usage\n\
         pc-usage: > ms-contract-version: v1\n",
        concat!("pc-usage/", env!("CARGO_PKG_VERSION")).len()
    );
    let (output, stderr) = verbose("-vv", trouble_then_good(), &[]);
    assert_eq!(
        stderr,
        format!(
            "pc-usage: GET http://HOST/v1/customers/{CUSTOMER}/analytics/licenses/usage\n\
             {sent}\
             pc-usage: 503 Service Unavailable in N ms, 4 bytes\n\
             pc-usage: < date: Wed, 15 Mar 2017 12:00:00 GMT\n\
             pc-usage: < retry-after: 0\n\
             pc-usage: < www-authenticate: Bearer error=\"none\"\n\
             pc-usage: < set-cookie: [21 bytes]\n\
             pc-usage: < x-echo: [24 bytes]\n\
             pc-usage: < content-type: application/json\n\
             pc-usage: < content-length: 4\n\
             pc-usage: waiting N s before retry 1 of 3\n\
             pc-usage: GET http://HOST/v1/customers/{CUSTOMER}/analytics/licenses/usage (retry 1)\n\
             {sent}\
             pc-usage: 200 OK in N ms, 1726 bytes, ms-correlationid GUID, ms-requestid GUID, \
             ms-cv 0mufM0K1kEOoR7oI.0, ms-serverid \\u{{9b}}2J\n\
             pc-usage: < ms-correlationid: GUID\n\
             pc-usage: < ms-requestid: GUID\n\
             pc-usage: < ms-cv: 0mufM0K1kEOoR7oI.0\n\
             pc-usage: < ms-serverid: \\u{{9b}}2J\n\
             pc-usage: < request-context: appId=x\n\
             pc-usage: < content-type: application/json\n\
             pc-usage: < content-length: 1726\n"
        )
    );
    assert_eq!((output.code, output.text()), (0, sample_json().as_str()));
}

#[test]
fn verbose_shows_what_went_wrong_with_each_attempt() {
    let (output, stderr) = verbose("-v", vec![Answer::hang_up(); 2], &["--retries", "1"]);
    let cut = "the connection to HOST was closed before the response was complete";
    assert_eq!(
        stderr,
        format!(
            "pc-usage: GET http://HOST/v1/customers/{CUSTOMER}/analytics/licenses/usage\n\
             pc-usage: {cut} after N ms\n\
             pc-usage: waiting N s before retry 1 of 1\n\
             pc-usage: GET http://HOST/v1/customers/{CUSTOMER}/analytics/licenses/usage (retry 1)\n\
             pc-usage: {cut} after N ms\n"
        ) + &error(&format!("{cut} (after 2 attempts)"))
            + CHECK_NETWORK
            + UNSEEN_IDS
    );
    assert_eq!((output.code, output.text()), (8, ""));
}
