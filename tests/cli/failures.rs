//! What a failed call tells: the whole of standard error and the exit code, for every status, shape of body and broken connection.
//! It refuses to look at parts of a message, and to wait for retries: those have tests of their own.

use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::retries::at_once;
use crate::server::{Answer, Request, Server};
use crate::tls::TlsServer;
use crate::{CUSTOMER, Home, Output, assert_failed, finish};

/// A customer's usage, so that it is clear what failed.
pub fn error(message: &str) -> String {
    format!("pc-usage: error: usage of customer {CUSTOMER}: {message}\n")
}

/// The ids that a request carried, for an answer that has none.
pub fn sent_ids(request: &Request) -> String {
    let sent = |name| request.header(name).expect("an id");
    format!("  ids: MS-CorrelationId {}, MS-RequestId {}\n", sent("MS-CorrelationId"), sent("MS-RequestId"))
}

/// The same as [`without_guids`] leaves it, for a request that no server of the test saw.
pub const UNSEEN_IDS: &str = "  ids: MS-CorrelationId GUID, MS-RequestId GUID\n";

/// The text with every GUID but the customer's as `GUID`.
pub fn without_guids(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let (shown, length) = match rest.get(..36) {
            Some(guid) if guid != CUSTOMER && Uuid::try_parse(guid).is_ok() => ("GUID", guid.len()),
            _ => (&rest[..char.len_utf8()], char.len_utf8()),
        };
        masked += shown;
        rest = &rest[length..];
    }
    masked
}

/// That no server of the test was reached, for this reason.
#[track_caller]
pub fn assert_unreached(output: &Output, message: &str, hint: &str) {
    assert_eq!(without_guids(&output.stderr), error(message) + hint + UNSEEN_IDS);
    assert_eq!((output.code, output.text()), (8, ""));
}

/// A name whose first label is longer than DNS allows: looking it up fails on this machine, before anything is sent.
pub const UNRESOLVABLE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.partner.example";

/// What the system says where nothing listens.
pub fn refusal(address: &str) -> String {
    TcpStream::connect(address).expect_err("nothing listens there").to_string()
}

pub const TOO_SLOW: &str = "  hint: slow responses are normal for this service; try again later, or raise --timeout\n";
pub const CHECK_NETWORK: &str = "  hint: check the network, the address and the proxy settings, then try again\n";

const CORRELATION: &str = "ae3b8c36-41c7-4a5f-9d32-0d3a1f2b6c01";
const REQUEST: &str = "f657d2a8-5e0b-4c1d-8a7e-9b2c3d4e5f02";

pub const ASK_SUPPORT: &str = "  hint: the service rejected this call; ask Microsoft support, quoting the ids below\n";
const APP_ONLY: &str = "  hint: the token is app-only; this call needs an App+User token: sign in as a user\n";
const AUDIENCE: &str = "  hint: the token is for another service; request one for https://api.partnercenter.microsoft.com (or your cloud's)\n";
const CUSTOMER_ID: &str = "  hint: the service does not accept this customer id; check it\n";
pub const DENIED: &str =
    "  hint: the signed-in user may not do this; the Admin agent role in the partner's tenant is required\n";
const EXPIRED: &str = "  hint: the token has expired; use a new one, or sign in with `pc-usage login`\n";
pub const EXPIRED_OR_MFA: &str = "  hint: the token has expired, or was issued without multi-factor authentication; use a new one, or sign in with `pc-usage login`\n";
const MFA: &str = "  hint: the token was issued without multi-factor authentication; sign in again, using it; renewing the token does not help\n";
pub const NOT_PARTNER_CENTER: &str =
    "  hint: this does not look like Partner Center; check --base-url, and whether a proxy requires a sign-in\n";
const NOT_YOURS: &str =
    "  hint: this is not, or no longer, a customer of the signed-in partner; check the id with `pc-usage customers`\n";
pub const NO_CUSTOMER: &str = "  hint: there is no such customer for the signed-in partner; check the id, and that --cloud is the right one; or try `--endpoint commercial`, the successor of this endpoint\n";
const ROLE: &str = "  hint: the signed-in user lacks the required role: Admin agent in the partner's tenant\n";
pub const THROTTLED: &str =
    "  hint: too many requests for this partner at the moment; try again later, or raise --retries and --max-wait\n";
pub const TROUBLE: &str = "  hint: the service is having problems; try again later\n";
pub const UNAUTHORIZED: &str =
    "  hint: the token has expired or is not valid; use a new one, or sign in with `pc-usage login`\n";

/// One attempt with this answer, which gets Partner Center's ids.
fn call(answer: Answer, token: Option<&str>) -> Output {
    let answer = answer
        .header("MS-CorrelationId", CORRELATION)
        .header("MS-RequestId", REQUEST)
        .header("MS-CV", "0mufM0K1kEOoR7oI.0")
        .header("MS-ServerId", "000009");
    let home = Home::new();
    let server = Server::start(vec![answer]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "--retries", "0"]);
    if let Some(token) = token {
        command.env("PC_USAGE_ACCESS_TOKEN", token);
    }
    let output = finish(command, "");
    server.done();
    output
}

/// That the output is this failure and nothing else.
#[track_caller]
fn assert_call_failed(output: &Output, code: i32, message: &str, hint: &str) {
    let ids = format!("  ids: MS-CorrelationId {CORRELATION}, MS-RequestId {REQUEST}, MS-CV 0mufM0K1kEOoR7oI.0\n");
    assert_failed(output, code, &(error(message) + hint + &ids));
}

#[track_caller]
fn assert_calls_failed<const N: usize>(cases: [(u16, &str, i32, &str, &str); N]) {
    for (status, body, code, message, hint) in cases {
        assert_call_failed(&call(Answer::status(status).body(body), None), code, message, hint);
    }
}

#[test]
fn every_status_has_its_message_its_hint_and_its_exit_code() {
    assert_calls_failed([
        (400, "", 1, "400 Bad Request", ASK_SUPPORT),
        (401, "", 4, "401 Unauthorized", EXPIRED_OR_MFA),
        (403, "", 5, "403 Forbidden", DENIED),
        (404, "", 6, "404 Not Found", NO_CUSTOMER),
        (405, "", 1, "405 Method Not Allowed", ASK_SUPPORT),
        (406, "", 1, "406 Not Acceptable", ASK_SUPPORT),
        (408, "", 8, "408 Request Timeout", TROUBLE),
        (409, "", 1, "409 Conflict", ASK_SUPPORT),
        (412, "", 1, "412 Precondition Failed", ASK_SUPPORT),
        (418, "", 1, "418 I'm a teapot", ASK_SUPPORT),
        (429, "", 7, "429 Too Many Requests", THROTTLED),
        (499, "", 1, "499", ASK_SUPPORT),
        (500, "", 8, "500 Internal Server Error", TROUBLE),
        (501, "", 8, "501 Not Implemented", TROUBLE),
        (502, "", 8, "502 Bad Gateway", TROUBLE),
        (503, "", 8, "503 Service Unavailable", TROUBLE),
        (504, "", 8, "504 Gateway Timeout", TROUBLE),
        (201, "{}", 9, "201 Created", NOT_PARTNER_CENTER),
        (304, "", 9, "304 Not Modified", NOT_PARTNER_CENTER),
    ]);
}

#[test]
fn codes_and_words_of_the_service_lead_to_the_hint_that_helps() {
    assert_calls_failed([
        (
            401,
            r#"{"code":"900420","description":"The audience 'https://graph.windows.net' is not valid"}"#,
            4,
            "401 Unauthorized: The audience 'https://graph.windows.net' is not valid (code 900420)",
            AUDIENCE,
        ),
        (401, r#"{"code":10001}"#, 4, "401 Unauthorized (code 10001)", MFA),
        (401, r#"{"code":900421}"#, 4, "401 Unauthorized (code 900421)", MFA),
        (
            401,
            "Authentication failed. MFA required. (10001)",
            4,
            "401 Unauthorized: Authentication failed. MFA required. (code 10001)",
            MFA,
        ),
        (401, r#"{"message":"mfa Required"}"#, 4, "401 Unauthorized: mfa Required", MFA),
        (
            401,
            r#"{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed."}}"#,
            4,
            "401 Unauthorized: Lifetime validation failed. (code InvalidAuthenticationToken)",
            UNAUTHORIZED,
        ),
        (403, r#"{"code":900329,"description":"Denied"}"#, 5, "403 Forbidden: Denied (code 900329)", APP_ONLY),
        (
            403,
            "This resource can't be accessed by application credentials.",
            5,
            "403 Forbidden: This resource can't be accessed by application credentials.",
            APP_ONLY,
        ),
        (403, r#"{"code":20002}"#, 5, "403 Forbidden (code 20002)", NOT_YOURS),
        (
            403,
            r#"{"description":"No relationship between caller and account."}"#,
            5,
            "403 Forbidden: No relationship between caller and account.",
            NOT_YOURS,
        ),
        (403, r#"{"code":"900150"}"#, 5, "403 Forbidden (code 900150)", ROLE),
        (
            403,
            r#"{"code":7,"description":"The supplied role does not have the rights to do this"}"#,
            5,
            "403 Forbidden: The supplied role does not have the rights to do this (code 7)",
            ROLE,
        ),
        (403, r#"{"code":403,"description":"Access denied"}"#, 5, "403 Forbidden: Access denied", DENIED),
        (404, r#"{"code":60003,"description":"Gone"}"#, 6, "404 Not Found: Gone (code 60003)", NO_CUSTOMER),
        (
            404,
            r#"{"code":3000,"description":"Customer not found","data":[],"source":"PartnerFD"}"#,
            6,
            "404 Not Found: Customer not found (code 3000)",
            NO_CUSTOMER,
        ),
        (404, r#"{"code":"1000"}"#, 6, "404 Not Found (code 1000)", NO_CUSTOMER),
        (400, r#"{"code":2000,"description":"Bad id"}"#, 1, "400 Bad Request: Bad id (code 2000)", CUSTOMER_ID),
        (400, r#"{"code":"900118"}"#, 1, "400 Bad Request (code 900118)", CUSTOMER_ID),
        (400, r#"{"code":2001,"description":"Odd"}"#, 1, "400 Bad Request: Odd (code 2001)", ASK_SUPPORT),
        (
            429,
            r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }"#,
            7,
            "429 Too Many Requests: Rate limit is exceeded. Try again in 57 seconds.",
            THROTTLED,
        ),
    ]);
}

#[test]
fn the_words_of_the_service_are_made_readable() {
    assert_calls_failed([
        (
            500,
            r#"{"code":"900420","description":"We&#39;re sorry &amp; so on"}"#,
            8,
            "500 Internal Server Error: We're sorry & so on (code 900420)",
            TROUBLE,
        ),
        (
            400,
            r#"{"code":2000,"description":"{\"error\":{\"code\":\"X\",\"message\":\"inner words\"}}"}"#,
            1,
            "400 Bad Request: inner words (code 2000)",
            CUSTOMER_ID,
        ),
        (500, "\u{feff}{\"description\":\"behind a mark\"}", 8, "500 Internal Server Error: behind a mark", TROUBLE),
        (500, " two\r\n\tlines \n", 8, "500 Internal Server Error: two lines", TROUBLE),
        (500, r#"{"code":null,"description":null,"data":[]}"#, 8, "500 Internal Server Error", TROUBLE),
        (500, r#"{"code":3000,"#, 8, r#"500 Internal Server Error: {"code":3000,"#, TROUBLE),
        (
            502,
            "<!DOCTYPE html>\n<html><head><title>502 Bad&nbsp;Gateway</title></head><body>nginx</body></html>",
            8,
            "502 Bad Gateway: an HTML page, 502 Bad Gateway",
            TROUBLE,
        ),
        (503, "<html><body>down</body></html>", 8, "503 Service Unavailable: an HTML page", TROUBLE),
    ]);
}

#[test]
fn long_words_of_the_service_are_cut_to_500_characters() {
    let words = "ä".repeat(500);
    let whole = call(Answer::status(500).body(words.clone()), None);
    assert_call_failed(&whole, 8, &format!("500 Internal Server Error: {words}"), TROUBLE);
    let cut = call(Answer::status(500).body(format!("{words}öü")), None);
    assert_call_failed(&cut, 8, &format!("500 Internal Server Error: {words}…"), TROUBLE);
}

#[test]
fn a_long_code_is_cut_wherever_it_stands() {
    let code = "x".repeat(600);
    let shown = format!("{}…", "x".repeat(40));
    for (body, words) in [
        (format!(r#"{{"code":"{code}","description":"w"}}"#), "w"),
        (format!(r#"{{"error":{{"code":"{code}","message":"w"}}}}"#), "w"),
        (format!(r#"{{"code":"{code}","description":"{{\"message\":\"inner\"}}"}}"#), "inner"),
    ] {
        let output = call(Answer::status(500).body(body), None);
        assert_call_failed(&output, 8, &format!("500 Internal Server Error: {words} (code {shown})"), TROUBLE);
    }
}

#[test]
fn hostile_words_of_the_service_reach_no_terminal() {
    assert_calls_failed([
        (
            500,
            "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}txt\u{200b}",
            8,
            "500 Internal Server Error: \\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}txt\\u{200b}",
            TROUBLE,
        ),
        (
            500,
            r#"{"code":"\u001b[2J","description":"\u001b[1A\u2066\u009d"}"#,
            8,
            "500 Internal Server Error: \\u{1b}[1A\\u{2066}\\u{9d} (code \\u{1b}[2J)",
            TROUBLE,
        ),
        (500, "&#27;[2J&#x202e;", 8, "500 Internal Server Error: &#27;[2J\\u{202e}", TROUBLE),
        (500, "<title>\u{1b}[2J</title>", 8, "500 Internal Server Error: an HTML page, \\u{1b}[2J", TROUBLE),
    ]);
    let output = call(Answer::status(500).body(b"\xff\xfe\x00".as_slice()), None);
    assert_call_failed(&output, 8, "500 Internal Server Error: \u{fffd}\u{fffd}\\u{0}", TROUBLE);
}

#[test]
fn a_challenge_tells_of_missing_multi_factor_authentication() {
    let refused = |challenge: &str| Answer::status(401).header("WWW-Authenticate", challenge);
    let output = call(refused(r#"Bearer error="invalid_token", error_description="MFA Required""#), None);
    assert_call_failed(&output, 4, "401 Unauthorized", MFA);
    let output = call(refused(r#"Bearer error="invalid_token""#).reason("Unauthorized - MFA required"), None);
    assert_call_failed(&output, 4, "401 Unauthorized", EXPIRED_OR_MFA);
}

#[test]
fn the_tokens_own_claims_explain_a_401_that_does_not() {
    const PAST: &str = r#""exp":1489104000"#;
    const FUTURE: &str = r#""exp":32503680000"#;
    let jwt = |payload: &str| {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.c2ln", part(r#"{"alg":"none"}"#), part(payload))
    };
    for (token, hint) in [
        ("opaque".to_owned(), EXPIRED_OR_MFA),
        (jwt(&format!("{{{PAST}}}")), EXPIRED),
        (jwt(&format!(r#"{{{PAST},"amr":["pwd","mfa"]}}"#)), EXPIRED),
        (jwt(&format!(r#"{{{PAST},"amr":["pwd"]}}"#)), EXPIRED),
        (jwt(&format!(r#"{{{FUTURE},"amr":["pwd","rsa"]}}"#)), MFA),
        (jwt(&format!(r#"{{{FUTURE},"amr":["pwd","mfa"]}}"#)), UNAUTHORIZED),
        (jwt(r#"{"amr":["mfa"]}"#), UNAUTHORIZED),
        (jwt(&format!("{{{FUTURE}}}")), EXPIRED_OR_MFA),
        (jwt("[]"), EXPIRED_OR_MFA),
    ] {
        assert_call_failed(&call(Answer::status(401), Some(&token)), 4, "401 Unauthorized", hint);
    }
    // What the service says counts for more than what the token says.
    let output = call(Answer::status(401).body(r#"{"code":900420}"#), Some(&jwt(&format!("{{{PAST}}}"))));
    assert_call_failed(&output, 4, "401 Unauthorized (code 900420)", AUDIENCE);
    let output = call(Answer::status(401).body("No."), Some(&jwt(&format!(r#"{{{FUTURE},"amr":["pwd"]}}"#))));
    assert_call_failed(&output, 4, "401 Unauthorized: No.", MFA);
}

#[test]
fn an_answer_that_is_not_the_documented_one_is_not_understood() {
    for (body, message) in [
        (
            "<html><title>Sign in</title>",
            "the response is not a JSON object; it starts with: <html><title>Sign in</title>",
        ),
        ("[]", "the response is not a JSON object; it starts with: []"),
        ("\u{1b}[2J", "the response is not a JSON object; it starts with: \\u{1b}[2J"),
        ("{}", "the response is not the documented JSON: missing field `items` at line 1 column 2"),
        (
            r#"{"items":[{"licensesActive":1},{"licensesActive":"many"}]}"#,
            "licensesActive of row 2 is not a number: \"many\"",
        ),
    ] {
        let output = call(Answer::status(200).json(body), None);
        assert_call_failed(&output, 9, message, NOT_PARTNER_CENTER);
    }
}

/// One attempt with this answer as it is; what it says, and the ids that were sent.
fn call_without_ids(answer: Answer) -> (Output, String) {
    let home = Home::new();
    let server = Server::start(vec![answer]);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "--retries", "0"]);
    let mut output = finish(command, "");
    output.stderr = output.stderr.replace(server.url().trim_start_matches("http://"), "HOST");
    let ids = sent_ids(&server.done()[0]);
    (output, ids)
}

#[test]
fn where_the_service_sends_no_ids_those_of_the_request_are_told() {
    let unreadable =
        || Answer::status(502).header("MS-RequestId", "é").header("MS-CorrelationId", "").header("MS-CV", "");
    for answer in [Answer::status(502), unreadable()] {
        let (output, ids) = call_without_ids(answer);
        assert_failed(&output, 8, &(error("502 Bad Gateway") + TROUBLE + &ids));
    }
    let (output, ids) = call_without_ids(Answer::status(200).body("no"));
    assert_failed(
        &output,
        9,
        &(error("the response is not a JSON object; it starts with: no") + NOT_PARTNER_CENTER + &ids),
    );
}

#[test]
fn a_long_id_is_cut() {
    let (output, sent) = call_without_ids(Answer::status(502).header("MS-CV", &"v".repeat(101)));
    let ids = format!("{}, MS-CV {}…\n", sent.trim_end(), "v".repeat(100));
    assert_eq!(output.stderr, (error("502 Bad Gateway") + TROUBLE + &ids));
}

#[test]
fn a_connection_that_breaks_or_speaks_something_else_says_so() {
    const CUT: &str = "the connection to HOST was closed before the response was complete";
    const ELSE: &str = "  hint: something else is answering at this address; check --base-url and the proxy\n";
    let gzipped = || Answer::status(200).json("{\"items\":[]}").gzip();
    for (answer, code, message, hint) in [
        (Answer::hang_up(), 8, CUT, CHECK_NETWORK),
        (Answer::raw("HTTP/1.1 200 OK\r\nContent-"), 8, CUT, CHECK_NETWORK),
        (Answer::status(200).json("{\"items\":[]}").truncate(5), 8, CUT, CHECK_NETWORK),
        (Answer::status(200).chunked(["{\"items\":", "[]}"]).truncate(14), 8, CUT, CHECK_NETWORK),
        (gzipped().truncate(15), 8, CUT, CHECK_NETWORK),
        (
            Answer::raw("SSH-2.0-OpenSSH_9.2\r\n"),
            9,
            "the response from HOST is not valid HTTP: protocol: http parse fail: invalid HTTP version",
            ELSE,
        ),
        (
            Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
            9,
            "the response from HOST is not valid HTTP: protocol: chunk length cannot be read as a number",
            ELSE,
        ),
        (
            Answer::status(200).header("Content-Encoding", "gzip").body("this was never compressed"),
            9,
            "the response from HOST is not valid HTTP: gzip decompression failed: invalid gzip header",
            ELSE,
        ),
    ] {
        let (output, ids) = call_without_ids(answer);
        assert_failed(&output, code, &(error(message) + hint + &ids));
    }
}

#[test]
fn a_chunked_answer_that_is_cut_in_a_chunks_length_was_cut() {
    let (output, ids) =
        call_without_ids(Answer::status(200).chunked(["{\"items\":[", "]                }"]).truncate(16));
    let message = error("the connection to HOST was closed before the response was complete");
    assert_failed(&output, 8, &(message + CHECK_NETWORK + &ids));
}

#[test]
fn an_answer_that_takes_too_long_is_given_up() {
    let slow = || Answer::status(200).chunked(["{\"items\":", "[]}"]).pause(Duration::from_secs(30));
    at_once([Answer::stall(), slow()], |answer| {
        let home = Home::new();
        let server = Server::start(vec![answer]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "--retries", "0", "--timeout", "1"]);
        let output = finish(command, "");
        let host = server.url().trim_start_matches("http://");
        let message = error(&format!("no complete response from {host} within 1 s"));
        assert_failed(&output, 8, &(message + TOO_SLOW + &sent_ids(&server.done()[0])));
    });
}

/// One attempt at an address where no server of a test is.
pub fn call_at(base_url: &str) -> Output {
    let home = Home::new();
    let mut command = home.command();
    command.env("PC_USAGE_ACCESS_TOKEN", crate::TOKEN);
    command.args([CUSTOMER, "--retries", "0", "--base-url", base_url]);
    finish(command, "")
}

#[test]
fn where_nobody_listens_there_is_no_connection() {
    let output = call_at("http://127.0.0.1:1");
    let message = format!("no connection to 127.0.0.1:1: {}", refusal("127.0.0.1:1"));
    assert_unreached(&output, &message, CHECK_NETWORK);
}

#[test]
fn a_name_that_cannot_be_resolved_is_named() {
    let output = call_at(&format!("https://{UNRESOLVABLE}"));
    let reason = (UNRESOLVABLE, 443).to_socket_addrs().expect_err("no such name");
    assert_unreached(&output, &format!("no connection to {UNRESOLVABLE}: {reason}"), CHECK_NETWORK);
}

const TLS: &str = "  hint: its certificate must be trusted by this machine's certificate store; where a company proxy inspects TLS, \
                   add the company's root certificate to it, or name its file in SSL_CERT_FILE\n";

/// One attempt at a server that this file's authority vouches for, or not; the host is masked.
#[cfg(target_os = "linux")]
fn call_over_tls(server: &Server, ca_file: &Path) -> Output {
    let home = Home::new();
    let mut command = home.command_for(server);
    // Retries as by default: a certificate does not get better.
    command.arg(CUSTOMER).env("SSL_CERT_FILE", ca_file);
    let mut output = finish(command, "");
    output.stderr = output.stderr.replace(server.url().trim_start_matches("https://"), "HOST");
    output
}

#[cfg(target_os = "linux")]
#[test]
fn a_certificate_that_proves_nothing_is_told_with_what_to_do() {
    let other = rcgen::generate_simple_self_signed(["other.example".to_owned()]).expect("a certificate");
    let mut ca_file = tempfile::NamedTempFile::new().expect("a temporary file");
    ca_file.write_all(other.cert.pem().as_bytes()).expect("room for a certificate");
    let unknown = TlsServer::start(vec![]);
    let wrong_name = TlsServer::with_wrong_name(vec![]);
    for (server, ca_file, reason, hint) in [
        (&unknown, ca_file.path(), "invalid peer certificate: UnknownIssuer", TLS),
        (
            &wrong_name,
            wrong_name.ca_file(),
            "invalid peer certificate: certificate not valid for name \"127.0.0.1\"; \
             certificate is only valid for DnsName(\"elsewhere.example\")",
            TLS,
        ),
        (
            &unknown,
            Path::new("/dev/null"),
            "unexpected error: No CA certificates were loaded from the system",
            "  hint: this machine's certificate store is empty; install its CA certificates, or name a file in SSL_CERT_FILE\n",
        ),
    ] {
        let output = call_over_tls(server, ca_file);
        assert_unreached(&output, &format!("no secure connection to HOST: {reason}"), hint);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_expired_certificate_says_so() {
    let server = TlsServer::with_expired_certificate(vec![]);
    let output = call_over_tls(&server, server.ca_file());
    // Seconds since 1970, and since the certificate's end: those of now.
    let digits = |text: &str| -> String {
        let parts: Vec<&str> = text.split(|char: char| char.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
        parts.join("N")
    };
    let message = error(
        "no secure connection to HOST: invalid peer certificate: certificate expired: verification time 1 (UNIX), \
         but certificate is not valid after 1483228800 (1 seconds ago)",
    );
    assert_eq!(digits(&without_guids(&output.stderr)), digits(&(message + TLS + UNSEEN_IDS)));
    assert_eq!((output.code, output.text()), (8, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_without_tls_is_no_secure_connection() {
    use std::io::{self, Read};

    let ca = TlsServer::start(vec![]);
    // Speaks HTTP to whatever it hears; no HTTP request ever comes.
    let server = Server::listen(
        "https",
        |_| vec![],
        |mut tcp| -> io::Result<TcpStream> {
            let _ = tcp.read(&mut [0; 1024])?;
            tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
            Err(io::ErrorKind::ConnectionAborted.into())
        },
    );
    let output = call_over_tls(&server, ca.ca_file());
    let message = "no secure connection to HOST: received corrupt message of type InvalidContentType";
    let hint = "  hint: this address does not speak TLS; check the address and its port\n";
    assert_unreached(&output, message, hint);
    server.done();
}
