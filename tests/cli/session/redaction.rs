//! What a server echoes of a token is not printed, whatever it makes of it.
//! It refuses to judge by the whole token alone: no piece of one may be left.

use super::*;
use crate::failures::{DENIED, NOT_PARTNER_CENTER};
use crate::{assert_failed, assert_quiet, assert_report};

/// As long as real ones, and with all that is written in another way somewhere.
const LONG: &str = "SECRET-long.a+b/c=d~e&f\"g<h'i_0123456789abcdefghijklmnopqrstuvwxyz";

const REDACTED: &str = "[redacted]";

/// A stored sign-in with these tokens, whose service gives this answer.
fn refused_with(answer: impl FnOnce(Answer) -> Answer, args: &[&str]) -> (String, Vec<Request>) {
    let server = Server::start(vec![answer(Answer::status(403).for_path(usage_path()))]);
    let mut sign_in = sign_in(&server, 3600);
    sign_in["accessToken"] = LONG.into();
    sign_in["clientSecret"] = "SECRET~client+1".into();
    let home = home_with(&sign_in);
    let mut command = command(&home);
    command.args(args);
    let output = finish(command, "");
    assert_eq!((output.code, output.text()), (5, ""));
    for piece in ["SECRET", "ijklmnop", "wxyz"] {
        assert!(!output.stderr.contains(piece), "{}", output.stderr);
    }
    (output.stderr, server.done())
}

#[track_caller]
fn assert_told(body: &str, shown: &str) {
    let (stderr, requests) = refused_with(|answer| answer.body(body), &[]);
    assert_eq!(stderr, error(&format!("403 Forbidden: {shown}")) + DENIED + &sent_ids(&requests[0]));
}

#[test]
fn an_echoed_token_is_not_printed() {
    for secret in [LONG, OLD_REFRESH, "SECRET~client+1"] {
        assert_told(&format!("for Bearer {secret} no"), &format!("for Bearer {REDACTED} no"));
    }
    // Twice, and side by side.
    assert_told(&format!("{LONG}{OLD_REFRESH},{LONG}"), &format!("{REDACTED}{REDACTED},{REDACTED}"));
}

#[test]
fn an_echoed_token_is_recognised_however_it_is_written() {
    let form = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let json = LONG.replace('/', "\\/").replace('"', "\\\"").replace('&', "\\u0026").replace('<', "\\u003C");
    let html = LONG.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('\'', "&#39;");
    let twice = html.replace('+', "&#x2B;").replace('&', "&amp;");
    for echo in [form(LONG), form(LONG).to_lowercase().replace("secret", "SECRET"), json, html, twice] {
        assert_told(&format!("is {echo} good"), &format!("is {REDACTED} good"));
    }
    assert_told(&format!("is {} good", form(OLD_REFRESH)), &format!("is {REDACTED} good"));
}

#[test]
fn a_piece_of_a_token_is_not_printed_either() {
    // What is shown ends within the token, near its beginning or its end.
    for shown in [4, 6, 20, 60] {
        let before = "x".repeat(500 - shown);
        assert_told(&format!("{before}{LONG} and more"), &format!("{before}{REDACTED}…"));
    }
    // The service itself shows only its beginning.
    let half = &LONG[..30];
    assert_told(&format!("'{half}' is no token"), &format!("'{REDACTED}' is no token"));
}

#[test]
fn an_echo_in_a_header_is_not_printed() {
    let challenge = format!("Bearer error=\"{OLD_REFRESH}\"");
    let (stderr, _) = refused_with(
        |answer| answer.header("MS-CV", LONG).header("WWW-Authenticate", &challenge).reason(LONG),
        &["-vv"],
    );
    for line in [
        format!("pc-usage: < ms-cv: {REDACTED}\n"),
        format!("pc-usage: < www-authenticate: Bearer error=\"{REDACTED}\"\n"),
        format!(", MS-CV {REDACTED}\n"),
    ] {
        assert!(stderr.contains(&line), "{line}{stderr}");
    }
}

#[test]
fn an_echo_in_an_address_is_not_printed() {
    let server = Server::start(vec![
        Answer::status(302).header("Location", &format!("https://login.example/?t={TOKEN}")).for_path(usage_path()),
    ]);
    let home = Home::new();
    let mut command = home.command_for(&server);
    command.arg(CUSTOMER);
    let output = finish(command, "");
    let requests = server.done();
    let text =
        error("302 Found, to https://login.example/?t=[redacted]") + NOT_PARTNER_CENTER + &sent_ids(&requests[0]);
    assert_failed(&output, 9, &text);
}

#[test]
fn what_the_sign_in_service_echoes_is_not_printed() {
    let body = json!({"error": "invalid_grant", "error_description": format!("AADSTS700082: {OLD_REFRESH} is over.")});
    let server = Server::start(vec![Answer::status(400).json(body.to_string()).for_path(token_path())]);
    let home = home_with(&sign_in(&server, 0));
    let output = finish(command(&home), "");
    server.done();
    let message =
        "renewing the sign-in of profile default: 400 Bad Request: invalid_grant: AADSTS700082: [redacted] is over.";
    let hint = "  hint: the sign-in expired or was revoked: sign in again with `pc-usage login`\n";
    assert_failed(&output, 4, &(error(message) + hint));
}

#[test]
fn a_token_that_was_just_exchanged_is_not_printed() {
    let echo = Answer::status(403).body(format!("{NEW_ACCESS} {NEW_REFRESH}")).for_path(usage_path());
    let server = Server::start(vec![tokens(Some(NEW_REFRESH)), echo]);
    let home = home_with(&sign_in(&server, 0));
    let output = finish(command(&home), "");
    let requests = server.done();
    let text = error("403 Forbidden: [redacted] [redacted]") + DENIED + &sent_ids(&requests[1]);
    assert_failed(&output, 5, &text);
}

#[test]
fn what_is_known_of_a_sign_in_shows_no_token_either() {
    let part =
        |json: Value| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, json.to_string());
    let claims = json!({"upn": OLD_REFRESH, "aud": "https://api.partnercenter.microsoft.com", "amr": ["mfa"]});
    let server = Server::start(vec![]);
    let mut sign_in = sign_in(&server, 3600);
    sign_in["accessToken"] = format!("e30.{}.x", part(claims)).into();
    sign_in["baseUrl"] = "https://api.partnercenter.microsoft.com".into();
    let home = home_with(&sign_in);
    for (format, shown) in [("table", "user               [redacted]\n"), ("json", "\"user\":\"[redacted]\"")] {
        let mut command = home.command();
        command.args(["status", "-o", format]);
        let output = finish(command, "");
        assert!(output.text().contains(shown) && !output.text().contains("SECRET"), "{}", output.text());
        assert_quiet(&output);
    }
    server.done();
}

#[test]
fn a_report_is_the_services_own_words() {
    let body = format!(r#"{{"items":[{{"productName":"{TOKEN}"}}]}}"#);
    let server = Server::start(vec![Answer::status(200).json(&body[..]).for_path(usage_path())]);
    let home = Home::new();
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "-o", "json"]);
    let output = finish(command, "");
    server.done();
    assert_report(&output, &format!("{body}\n"));
}
