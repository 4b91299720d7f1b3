//! Signing in, what the authority says to it, and what is told of a sign-in: the forms to the byte, every refusal.
//! It refuses a leak: no run of these may show a token, a secret or a device code.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::server::{Answer, Request, Server};
use crate::{CUSTOMER, Home, Output, assert_ended, assert_quiet, assert_report, finish};

const TENANT: &str = "contoso.onmicrosoft.com";
const APP: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";
const SECRETS: [&str; 6] =
    ["old-refresh", "new-refresh", "old-access", "new-access", "the-device-code", "the-client-secret"];

fn token_path() -> String {
    format!("/{TENANT}/oauth2/v2.0/token")
}

fn tokens() -> Answer {
    Answer::status(200)
        .json(r#"{"token_type":"Bearer","expires_in":3600,"access_token":"new-access","refresh_token":"new-refresh"}"#)
        .for_path(token_path())
}

fn refused(body: &str) -> Answer {
    Answer::status(400).json(body).for_path(token_path())
}

fn file(home: &Home) -> PathBuf {
    home.path().join("state").join("pc-usage").join("default.json")
}

/// A stored sign-in whose access token ends at this time.
fn store(home: &Home, url: &str, ends: &str) {
    let folder = home.path().join("state/pc-usage");
    fs::create_dir_all(&folder).expect("a folder");
    let text = format!(
        r#"{{"version":1,"cloud":"global","baseUrl":"{url}","authority":"{url}","tenantId":"{TENANT}","clientId":"{APP}","clientSecret":null,"refreshToken":"old-refresh","refreshTokenDate":"2017-03-01T00:00:00Z","accessToken":"old-access","accessTokenExpiresAt":"{ends}"}}"#
    );
    fs::write(file(home), text).expect("room for a file");
    set_mode(&file(home), 0o600);
}

const FRESH: &str = "2100-01-01T00:00:00Z";

fn set_mode(path: &std::path::Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("our own file");
    #[cfg(not(unix))]
    let _ = (path, mode);
}

fn stored(home: &Home) -> serde_json::Value {
    crate::read_sign_in(&file(home))
}

fn kept_secret(output: Output) -> Output {
    for secret in SECRETS {
        assert!(!output.stderr.contains(secret) && !output.text().contains(secret), "{secret} in {}", output.stderr);
    }
    output
}

const REFRESH: &str = "client_id=0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01&grant_type=refresh_token&refresh_token=old-refresh&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation+offline_access";

#[test]
fn a_store_that_cannot_be_trusted_or_read_is_refused_and_left_alone() {
    let error =
        |path: &std::path::Path, what: &str| format!("pc-usage: error: the stored sign-in {} {what}\n", path.display());
    let home = Home::new();
    store(&home, "https://127.0.0.1:1", FRESH);
    let path = file(&home);
    if cfg!(unix) {
        set_mode(&path, 0o640);
        let mut command = home.command();
        command.arg(CUSTOMER);
        let output = finish(command, "");
        let hint =
            format!("  hint: others may know its tokens: run `chmod 600 {}`, and sign in again\n", path.display());
        assert_eq!((output.code, output.stderr), (4, error(&path, "can be read by others (mode 640)") + &hint));
    }
    for (text, what, hint) in [
        (
            "half a fi",
            "is damaged",
            "remove it with `pc-usage logout --profile default`, then sign in again with `pc-usage login`",
        ),
        (
            r#"{"version":2}"#,
            "was written by a newer pc-usage (format version 2)",
            "update pc-usage, or use another --profile",
        ),
    ] {
        fs::write(&path, text).expect("room for a file");
        set_mode(&path, 0o600);
        for args in [&[CUSTOMER][..], &["status"], &["login", "--tenant-id", TENANT, "--client-id", APP]] {
            let mut command = home.command();
            command.args(args);
            let output = finish(command, "");
            assert_eq!(
                (output.code, output.stderr),
                (4, format!("{}  hint: {hint}\n", error(&path, what))),
                "{args:?}"
            );
        }
        assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
    }
    let mut command = home.command();
    command.arg("logout");
    assert_eq!(finish(command, "").code, 0);
    assert!(!path.exists());
}

/// `login` with this script as its authority.
fn login(answers: Vec<Answer>, args: &[&str], stdin: &str) -> (Home, Output, Vec<Request>) {
    let home = Home::new();
    let server = Server::start(answers);
    let mut command = home.command();
    command.args(["login", "-vv", "--retries", "0", "--tenant-id", TENANT, "--client-id", APP]);
    command.args(["--base-url", server.url(), "--authority", server.url()]).args(args);
    let output = kept_secret(finish(command, stdin));
    (home, output, server.done())
}

fn device_code(expires_in: u32) -> Answer {
    let body = format!(
        r#"{{"device_code":"the-device-code","user_code":"ABCD-EFGH","verification_uri":"https://microsoft.com/devicelogin","expires_in":{expires_in},"interval":"1"}}"#
    );
    Answer::status(200).json(body).for_path(format!("/{TENANT}/oauth2/v2.0/devicecode"))
}

/// What is told, without the lines of `-vv`.
fn told(output: &Output) -> Vec<&str> {
    let is_trace = |line: &&str| {
        ["POST ", "> ", "< ", "200 ", "400 "]
            .iter()
            .any(|start| line.trim_start_matches("pc-usage: ").starts_with(start))
    };
    output.stderr.lines().filter(|line| !is_trace(line)).collect()
}

#[test]
fn a_device_code_is_told_polled_for_and_the_sign_in_kept() {
    let pending = refused(r#"{"error":"authorization_pending","error_description":"AADSTS70016: pending"}"#);
    let (home, output, requests) = login(vec![device_code(900), pending, tokens()], &[], "");
    assert_eq!(output.code, 0, "{}", output.stderr);
    let told = told(&output);
    assert_eq!(
        told[..2],
        [
            "pc-usage: to sign in, open https://microsoft.com/devicelogin and enter the code ABCD-EFGH",
            "pc-usage: waiting up to 15 minutes"
        ]
    );
    // The clock of this machine says when tokens end.
    let (told, until) = told[2].split_once("; valid until ").expect("an end");
    assert_eq!(told, "pc-usage: signed in as a user that the token does not name, stored as profile default");
    assert_eq!(until.split_at(10).1, " and renewed each time it is used");
    let forms: Vec<_> = requests.iter().map(|request| str::from_utf8(&request.body).expect("a form")).collect();
    let poll = format!(
        "client_id={APP}&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=the-device-code"
    );
    let start = format!(
        "client_id={APP}&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation+offline_access"
    );
    assert_eq!(forms, [&start, &poll, &poll]);
    assert!(requests[2].at - requests[1].at >= Duration::from_secs(1));
    assert_eq!(stored(&home)["refreshToken"], "new-refresh");
    assert_eq!(stored(&home)["tenantId"], TENANT);
}

#[test]
fn a_poll_on_a_kept_connection_that_is_dead_is_sent_again_on_a_new_one() {
    let dead = Answer::hang_up().for_path(token_path());
    let (home, output, requests) = login(vec![device_code(900), dead, tokens()], &[], "");
    assert_eq!(output.code, 0, "{}", output.stderr);
    let connections: Vec<_> = requests.iter().map(|request| request.connection).collect();
    assert_eq!((connections, &requests[1].body), (vec![0, 0, 1], &requests[2].body));
    assert_eq!(stored(&home)["refreshToken"], "new-refresh");
}

#[test]
fn a_device_code_that_comes_to_nothing_is_told_and_stores_nothing() {
    let again = "  hint: run `pc-usage login` again";
    for (answers, what, hint) in [
        (
            vec![device_code(900), refused(r#"{"error":"authorization_declined"}"#)],
            "the sign-in was declined in the browser",
            again.to_owned(),
        ),
        (
            vec![device_code(900), refused(r#"{"error":"bad_verification_code"}"#)],
            "the sign-in service no longer recognises the code",
            again.to_owned(),
        ),
        (
            vec![device_code(900), refused(r#"{"error":"expired_token"}"#)],
            "the code expired before anyone signed in with it",
            format!("{again}, and enter the new code in time"),
        ),
        // Five seconds more, for good, are longer than this code lives.
        (
            vec![device_code(5), refused(r#"{"error":"slow_down"}"#)],
            "the code expired before anyone signed in with it",
            format!("{again}, and enter the new code in time"),
        ),
    ] {
        let (home, output, _) = login(answers, &[], "");
        assert_eq!(told(&output)[2..], [format!("pc-usage: error: signing in: {what}"), hint]);
        assert_eq!(output.code, 4);
        assert!(!file(&home).exists());
    }
}

#[test]
fn a_refresh_token_that_is_brought_is_exchanged_once_and_kept() {
    let (home, output, requests) = login(vec![tokens()], &["--refresh-token-file", "-"], "old-refresh\n");
    assert_eq!((output.code, requests.len()), (0, 1));
    assert_eq!(str::from_utf8(&requests[0].body).expect("a form"), REFRESH);
    assert_eq!(stored(&home)["refreshToken"], "new-refresh");
    let (home, output, _) = login(
        vec![refused(
            r#"{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired.\r\nTrace ID: t","error_codes":[700082],"trace_id":"t-1","correlation_id":"c-1"}"#,
        )],
        &["--refresh-token-file", "-"],
        "old-refresh",
    );
    assert_eq!(
        told(&output),
        [
            "pc-usage: error: exchanging the refresh token: 400 Bad Request: invalid_grant: AADSTS700082: The refresh token has \
             expired.",
            "  hint: the sign-in expired or was revoked: sign in again with `pc-usage login`",
            "  ids: trace_id t-1, correlation_id c-1"
        ]
    );
    assert_eq!(output.code, 4);
    assert!(!file(&home).exists());
}

#[test]
fn every_number_of_the_authority_has_its_hint() {
    for (numbers, hint) in [
        (
            &[700_082, 70_008, 50_173, 70_043][..],
            "the sign-in expired or was revoked: sign in again with `pc-usage login`",
        ),
        (
            &[50_076, 50_079, 50_074, 50_078],
            "multi-factor authentication is required: sign in again, using it, with `pc-usage login`",
        ),
        (&[53_003, 530_032], "a Conditional Access policy blocks this sign-in; ask the tenant's administrator"),
        (&[65_001], "the app has no consent for Partner Center; grant it in the app registration's API permissions"),
        (
            &[650_057, 500_011],
            "the app registration lacks the delegated permission on Microsoft Partner Center, or --cloud is wrong",
        ),
        (&[7_000_215], "the client secret is wrong; often the secret's id was copied instead of its value"),
        (&[7_000_222], "the client secret has expired; create a new one in the app registration"),
        (
            &[7_000_218],
            "a confidential app needs its secret (--client-secret-file); for a public one turn on \"Allow public client \
             flows\" in the app registration",
        ),
        (&[700_025], "this is a public app: sign in without a client secret"),
        (&[700_016], "there is no such app in this tenant; check --client-id and --tenant-id"),
        (&[700_007], "the sign-in was made for another app; check --client-id"),
        (&[90_002], "there is no such tenant in this cloud; check --tenant-id and --cloud"),
    ] {
        for number in numbers {
            let body = format!(r#"{{"error":"invalid_request","error_description":"AADSTS{number}: no"}}"#);
            let (_, output, _) = login(vec![refused(&body)], &["--refresh-token-file", "-"], "old-refresh");
            let message = "exchanging the refresh token: 400 Bad Request: invalid_request";
            let error = format!("pc-usage: error: {message}: AADSTS{number}: no");
            assert_eq!((output.code, told(&output)), (4, vec![&*error, &*format!("  hint: {hint}")]));
        }
    }
}

#[test]
fn trouble_of_the_authority_has_the_code_of_trouble() {
    for (answer, code, what) in [
        (Answer::status(503), 8, "503 Service Unavailable"),
        (Answer::status(429), 7, "429 Too Many Requests"),
        (Answer::status(200).body("<html>"), 9, "the response from the sign-in service is an HTML page"),
        (Answer::status(200), 9, "the response from the sign-in service is empty"),
        (Answer::status(400).body("<html>"), 4, "400 Bad Request: an HTML page"),
    ] {
        let (home, output, _) = login(vec![answer], &["--refresh-token-file", "-"], "old-refresh");
        let first = format!("pc-usage: error: exchanging the refresh token: {what}");
        let errors: Vec<_> = told(&output).into_iter().filter(|line| line.contains("error:")).collect();
        assert_eq!((output.code, errors), (code, vec![first.as_str()]));
        assert!(!file(&home).exists());
    }
}

#[test]
fn what_is_known_of_a_sign_in_is_told_without_the_network() {
    let home = Home::new();
    store(&home, "https://127.0.0.1:1", FRESH);
    let mut command = home.command();
    command.args(["status", "-o", "json"]);
    let output = kept_secret(finish(command, ""));
    let expected = r#"{"source":"stored sign-in","profile":"default","cloud":"global","tenantId":"contoso.onmicrosoft.com","clientId":"0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01","user":null,"audience":null,"kind":null,"mfa":null,"expiresAt":"2100-01-01T00:00:00Z","refreshTokenAgeDays":14,"usable":true,"warnings":[],"storePath":"#;
    let path = serde_json::json!(file(&home)).to_string();
    // It was not written by the program itself, which would have sealed it on Windows.
    let protection = if cfg!(windows) { "none" } else { "file mode 0600" };
    assert_report(&output, &format!("{expected}{path},\"storeProtection\":\"{protection}\"}}\n"));
    let mut command = home.command();
    command.arg("status");
    let expected = format!(
        "source             stored sign-in
profile            default
cloud              global
tenant             contoso.onmicrosoft.com
app                0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
user               –
audience           –
kind               –
mfa                –
access token ends  2100-01-01T00:00:00Z, in 82 years
refresh token      14 of 90 days old
store              {}
protected by       {protection}
usable             yes
",
        file(&home).display()
    );
    assert_report(&finish(command, ""), &expected);
    for (now, code, warning) in [
        ("2017-04-29T00:00:00Z", 0, ""),
        ("2017-04-30T00:00:00Z", 0, "the refresh token is 60 days old and expires at 90; any run renews it"),
        ("2017-05-30T00:00:00Z", 0, "the refresh token is 90 days old and expires at 90; any run renews it"),
        (
            "2017-05-31T00:00:00Z",
            4,
            "the refresh token is 91 days old and expired at 90: sign in again with `pc-usage login`",
        ),
    ] {
        let mut command = home.command();
        command.arg("status").env("PC_USAGE_NOW", now);
        let output = finish(command, "");
        let warning = if warning.is_empty() { String::new() } else { format!("pc-usage: warning: {warning}\n") };
        assert_eq!((output.code, output.stderr), (code, warning), "{now}");
    }
    let mut command = home.command();
    command.args(["status", "-o", "csv"]);
    let output = finish(command, "");
    assert_eq!(
        (output.code, output.stderr.as_str()),
        (2, "pc-usage: error: `status` only works with -o table or -o json\n")
    );
}

#[test]
fn the_demo_shows_the_sign_in_and_keeps_nothing() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "login"]);
    let output = finish(command, "");
    assert_ended(
        &output,
        0,
        "",
        "pc-usage: to sign in, open https://microsoft.com/devicelogin and enter the code DEMO-CODE\npc-usage: waiting up to \
         15 minutes\npc-usage: signed in as admin@partner.example; --demo stores nothing\n",
    );
    let mut command = home.command();
    command.args(["status", "--demo"]);
    let output = finish(command, "");
    assert_report(
        &output,
        "\
source             the built-in sample service (--demo)
cloud              global
tenant             5db05eb0-ea26-4fb3-91bc-806e7fc19d06
app                6ec16fc1-fb37-40c4-a2cd-917f80d2ae07
user               admin@partner.example
audience           https://api.partnercenter.microsoft.com
kind               delegated (App+User)
mfa                yes
access token ends  2100-01-01T00:00:00Z, in 82 years
usable             yes
",
    );
    let mut command = home.command();
    command.args(["logout"]);
    assert_eq!(finish(command, "").stderr, "pc-usage: nothing is stored for profile default\n");
    assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 0);
}

#[test]
fn claims_only_warn_and_a_given_token_past_its_end_is_no_use() {
    for (payload, code, warnings) in [
        (r#"{"scp":"user_impersonation","amr":["mfa"],"aud":"https://api.partnercenter.microsoft.com"}"#, 0, &[][..]),
        (r#"{"roles":["x"],"amr":["mfa"]}"#, 0, &["the token is app-only; licence usage needs an App+User token"]),
        (
            r#"{"scp":"x","amr":["mfa"],"aud":"https://graph.windows.net"}"#,
            0,
            &["the token is for https://graph.windows.net, not for https://api.partnercenter.microsoft.com"],
        ),
        (
            r#"{"scp":"x","amr":["pwd"]}"#,
            0,
            &["the token does not say that multi-factor authentication was used; Partner Center requires it"],
        ),
        (r#"{"scp":"x","amr":["mfa"],"exp":1489104000}"#, 4, &["the access token has expired"]),
    ] {
        let home = Home::new();
        let mut command = home.command();
        command.arg("status").env("PC_USAGE_ACCESS_TOKEN", format!("e30.{}.x", base64url(payload)));
        let output = finish(command, "");
        let warnings: Vec<_> = warnings.iter().map(|warning| format!("pc-usage: warning: {warning}\n")).collect();
        assert_eq!((output.code, output.stderr), (code, warnings.concat()), "{payload}");
    }
    let home = Home::new();
    let mut command = home.command();
    command.args(["status"]).env("PC_USAGE_ACCESS_TOKEN", "opaque");
    let output = finish(command, "");
    assert_quiet(&output);
}

/// Base64 as a JWT has it (RFC 4648 §5, without padding).
fn base64url(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn an_access_token_that_cannot_be_sent_fails_the_sign_in() {
    for (token, why) in [
        ("", "is empty"),
        ("new-access\\r\\nX-Evil: 1", "has more than one line"),
        ("new-access\\u0000", "contains characters that are not valid in a token"),
        ("new-access ü", "contains characters that are not valid in a token"),
    ] {
        let body = format!(r#"{{"expires_in":3600,"access_token":"{token}","refresh_token":"new-refresh"}}"#);
        let answer = Answer::status(200).json(body).for_path(token_path());
        let (home, output, _) = login(vec![answer], &["--refresh-token-file", "-"], "old-refresh");
        let what =
            format!("pc-usage: error: exchanging the refresh token: the access token from the sign-in service {why}");
        let hint = "  hint: something else is answering at this address; check --authority and the proxy";
        assert_eq!((output.code, told(&output)), (9, vec![what.as_str(), hint]));
        assert!(!file(&home).exists());
    }
}

#[test]
fn the_words_of_a_refusal_are_kept_whatever_its_form() {
    const EXPIRED: &str = "the sign-in expired or was revoked: sign in again with `pc-usage login`";
    const OTHER: &str = "check --tenant-id and --client-id, and the app registration";
    const ELSE: &str = "something else is answering at this address; check --authority and the proxy";
    for (body, shown, hint) in [
        ("\u{feff}{\"error\":\"invalid_grant\",\"error_description\":\"Over.\"}", "invalid_grant: Over.", EXPIRED),
        (r#"{"error":"other","error_description":"Over.","error_codes":null,"trace_id":null}"#, "other: Over.", OTHER),
        (r#"{"error":"other","error_description":null,"error_codes":["700082"]}"#, "other", EXPIRED),
        (r#"{"error":"other","error_description":"No.","error_codes":["x",{}],"trace_id":7}"#, "other: No.", OTHER),
        (r#"{"error":"other","error_description":"No.","error_codes":"700082"}"#, "other: No.", EXPIRED),
        (r#"{"error":700082,"error_description":"No."}"#, "700082: No.", OTHER),
        (r#"{"error":null,"error_description":"No."}"#, "No.", ELSE),
        (r#"{"error":{"code":"other","message":"No."}}"#, "other: No.", OTHER),
        ("AADSTS700082: Over.\r\nmore", "AADSTS700082: Over.", EXPIRED),
    ] {
        let (_, output, _) = login(vec![refused(body)], &["--refresh-token-file", "-"], "old-refresh");
        let lines = told(&output);
        assert_eq!(
            lines[..2],
            [
                format!("pc-usage: error: exchanging the refresh token: 400 Bad Request: {shown}"),
                format!("  hint: {hint}")
            ],
            "{body}"
        );
        assert_eq!(output.code, 4);
    }
}

#[test]
fn a_device_code_of_the_form_of_old_is_polled_for_with_a_byte_order_mark_before_its_refusals() {
    let pending = refused("\u{feff}{\"error\":\"authorization_pending\",\"error_codes\":[\"70016\"]}");
    let (home, output, requests) = login(vec![device_code(900), pending, tokens()], &[], "");
    assert_eq!((output.code, requests.len()), (0, 3), "{}", output.stderr);
    assert_eq!(stored(&home)["refreshToken"], "new-refresh");
}

/// What a script reads where there is nothing to sign in with.
fn unusable(source: &str, profile: &str, warning: &str, path: Option<&std::path::Path>) -> String {
    let [warning, path] = [serde_json::json!(warning), serde_json::json!(path)];
    format!(
        r#"{{"source":"{source}","profile":{profile},"cloud":"global","tenantId":null,"clientId":null,"user":null,"audience":null,"kind":null,"mfa":null,"expiresAt":null,"refreshTokenAgeDays":null,"usable":false,"warnings":[{warning}],"storePath":{path},"storeProtection":null}}"#
    ) + "\n"
}

#[test]
fn what_is_known_of_a_sign_in_is_json_also_where_there_is_none() {
    let home = Home::new();
    let status = |args: &[&str]| {
        let mut command = home.command();
        command.args(["status", "-o", "json"]).args(args);
        command
    };
    let nothing = "not signed in: nothing is stored for profile default";
    let hint = "  hint: sign in with `pc-usage login`, or pass an access token with --token-file FILE (`-` is standard input) \
                or in PC_USAGE_ACCESS_TOKEN\n";
    let output = finish(status(&[]), "");
    assert_ended(
        &output,
        4,
        &unusable("stored sign-in", "\"default\"", nothing, Some(&file(&home))),
        &format!("pc-usage: error: {nothing}\n{hint}"),
    );

    let output = finish(status(&["--out-file", "status.json"]), "");
    assert_eq!((output.code, output.text()), (4, ""));
    let written = fs::read_to_string(home.path().join("status.json")).expect("a file");
    assert_eq!(written, unusable("stored sign-in", "\"default\"", nothing, Some(&file(&home))));

    store(&home, "https://127.0.0.1:1", FRESH);
    fs::write(file(&home), "half a fi").expect("room for a file");
    let damaged = format!("the stored sign-in {} is damaged", file(&home).display());
    let hint = "  hint: remove it with `pc-usage logout --profile default`, then sign in again with `pc-usage login`\n";
    let output = finish(status(&[]), "");
    assert_ended(
        &output,
        4,
        &unusable("stored sign-in", "\"default\"", &damaged, Some(&file(&home))),
        &format!("pc-usage: error: {damaged}\n{hint}"),
    );

    let hint = "  hint: a token or secret is one line of letters, digits and punctuation, and nothing else\n";
    let output = finish(status(&["--token-file", "-"]), " ");
    assert_ended(
        &output,
        4,
        &unusable("standard input", "null", "standard input is empty", None),
        &format!("pc-usage: error: standard input is empty\n{hint}"),
    );

    // Wrong arguments are no state of the sign-in.
    store(&home, "https://127.0.0.1:1", FRESH);
    let output = finish(status(&["--cloud", "china"]), "");
    assert_eq!((output.code, output.text()), (2, ""));
}

/// A sign-in whose secrets were sealed for another user: DPAPI knows no such blob.
fn store_of_another_user(home: &Home) -> Vec<u8> {
    store(home, "https://127.0.0.1:1", FRESH);
    let text = fs::read_to_string(file(home)).expect("a stored sign-in");
    let text = text.replace("\"version\":1,", "\"version\":1,\"protection\":\"dpapi\",");
    let text = text
        .replace("old-refresh", "AQAAANCMnd8BFdERjHoAwE/Cl+s=")
        .replace("old-access", "AQAAANCMnd8BFdERjHoAwE/Cl+s=");
    fs::write(file(home), &text).expect("our own file");
    text.into_bytes()
}

#[test]
fn a_sign_in_of_another_account_is_refused_with_advice_and_left_alone() {
    let home = Home::new();
    let before = store_of_another_user(&home);
    fs::write(home.path().join("refresh.txt"), "other-refresh").expect("room for a file");
    let login = ["login", "--tenant-id", TENANT, "--client-id", APP, "--refresh-token-file", "refresh.txt"];
    for args in [&[CUSTOMER][..], &["status"], &login] {
        let mut command = home.command();
        command.args(args);
        let output = finish(command, "");
        let (said, hint) = output.stderr.split_once('\n').expect("two lines");
        let refused = format!("pc-usage: error: the stored sign-in {} cannot be decrypted: ", file(&home).display());
        // The rest is the system's.
        assert!(said.starts_with(&refused) && said.len() > refused.len(), "{said}");
        let expected = "  hint: only the Windows account that signed in can use it, on the same machine and with its profile loaded: run \
            pc-usage as that account, use another --profile, or remove it with `pc-usage logout --profile default`, then sign in \
            again with `pc-usage login`\n";
        assert_eq!((output.code, output.text(), hint), (4, "", expected));
        assert_eq!(fs::read(file(&home)).expect("it is still there"), before);
    }
    // What is not sealed can be read.
    let mut command = home.command();
    command.args(["status", "-o", "json"]);
    let output = finish(command, "");
    let known: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (output.code, &known["tenantId"], &known["refreshTokenAgeDays"], &known["usable"], &known["storeProtection"]),
        (4, &TENANT.into(), &14.into(), &false.into(), &"DPAPI (user)".into())
    );
    let mut command = home.command();
    command.arg("logout");
    assert_eq!(finish(command, "").code, 0);
    assert!(!file(&home).exists());
}

#[test]
fn the_help_of_status_offers_the_formats_that_it_has() {
    let home = Home::new();
    for help in ["-h", "--help"] {
        let mut command = home.command();
        command.args(["status", help]);
        let output = finish(command, "");
        assert_quiet(&output);
        let words = output.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("table") && words.contains("json"), "{words}");
        assert!(!words.contains("csv") && !words.contains("jsonl"), "{words}");
    }
}
