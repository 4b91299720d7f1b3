//! How a run comes by its access token: stored, renewed, shared with other processes, or exchanged from the environment.
//! It refuses to look at parts: forms, stores and messages are compared whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::failures::{error, sent_ids};
use crate::server::{Answer, Request, Server};
use crate::{CUSTOMER, Home, Output, Running, SAMPLE, TOKEN, finish, sample_json};

const TENANT: &str = "0d9e3a52-6c1f-4b7a-8e24-5f60c7b1d3a9";
const APP: &str = "5b2c7f10-93d4-4e8a-a6b1-c0d9e8f7a6b5";

/// With all that a form must escape.
const OLD_REFRESH: &str = "SECRET-refresh.old_~+/=&%";
const OLD_REFRESH_ESCAPED: &str = "SECRET-refresh.old_%7E%2B%2F%3D%26%25";
const NEW_REFRESH: &str = "SECRET-refresh.new";
const OLD_ACCESS: &str = "SECRET-access.old";
const NEW_ACCESS: &str = "SECRET-access.new";

const SCOPE: &str = "https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation+offline_access";

fn token_path() -> String {
    format!("/{TENANT}/oauth2/v2.0/token")
}

fn usage_path() -> String {
    format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage")
}

/// Seconds from now: the real clock's, which alone counts for a token's end.
fn from_now(seconds: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(seconds)
}

/// The answer to an exchange; `refresh_token` may be absent.
fn tokens(refresh_token: Option<&str>) -> Answer {
    let mut body = json!({"token_type": "Bearer", "scope": "x", "expires_in": 3600, "access_token": NEW_ACCESS});
    if let Some(token) = refresh_token {
        body["refresh_token"] = token.into();
    }
    Answer::status(200).json(body.to_string()).for_path(token_path())
}

fn usage() -> Answer {
    Answer::status(200).json(SAMPLE).for_path(usage_path())
}

fn refused() -> Answer {
    Answer::status(401).json(r#"{"code":1,"description":"No."}"#).for_path(usage_path())
}

/// A public app's sign-in at this server, whose access token ends so many seconds from now.
fn sign_in(server: &Server, seconds: i64) -> Value {
    json!({
        "version": 1,
        "cloud": "global",
        "baseUrl": server.url(),
        "authority": server.url(),
        "tenantId": TENANT,
        "clientId": APP,
        "clientSecret": null,
        "refreshToken": OLD_REFRESH,
        "refreshTokenDate": "2017-03-01T00:00:00Z",
        "accessToken": OLD_ACCESS,
        "accessTokenExpiresAt": from_now(seconds).to_string(),
    })
}

/// The file of the profile `default` with this ending.
fn stored(home: &Home, ending: &str) -> PathBuf {
    home.path().join("state/pc-usage").join(format!("default.{ending}"))
}

/// Puts the bytes where the profile `default` is, as `login` would have left them.
fn store(home: &Home, bytes: impl AsRef<[u8]>) {
    let path = stored(home, "json");
    let folder = path.parent().expect("a folder");
    fs::create_dir_all(folder).expect("a folder");
    set_mode(folder, 0o700);
    fs::write(&path, bytes).expect("a file");
    set_mode(&path, 0o600);
}

/// A home with this sign-in.
fn home_with(sign_in: &Value) -> Home {
    let home = Home::new();
    store(&home, sign_in.to_string());
    home
}

fn read_store(home: &Home) -> Value {
    serde_json::from_slice(&fs::read(stored(home, "json")).expect("a store")).expect("JSON")
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

/// That nobody but its owner can use the store.
#[cfg(unix)]
#[track_caller]
fn assert_private(home: &Home) {
    use std::os::unix::fs::PermissionsExt;
    let path = stored(home, "json");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o7777;
    assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
}

#[cfg(not(unix))]
fn assert_private(_home: &Home) {}

fn command(home: &Home) -> Command {
    let mut command = home.command();
    command.args([CUSTOMER, "-o", "json"]);
    command
}

#[track_caller]
fn assert_reported(output: &Output) {
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_eq!(output.text(), sample_json());
}

#[track_caller]
fn assert_refused(output: &Output, code: i32, text: &str) {
    assert_eq!(output.stderr, text);
    assert_eq!((output.code, output.text()), (code, ""));
}

/// Method, path and authorization of each request.
#[track_caller]
fn assert_asked(requests: &[Request], expected: &[(&str, &str)]) {
    let asked: Vec<_> = requests
        .iter()
        .map(|request| {
            let path = request.path.as_str();
            (format!("{} {path}", request.method), request.header("Authorization").unwrap_or_default().to_owned())
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(what, token)| match *what {
            "token" => (format!("POST {}", token_path()), String::new()),
            _ => (format!("GET {}", usage_path()), format!("Bearer {token}")),
        })
        .collect();
    assert_eq!(asked, expected);
}

/// Two strings of a store.
fn kept(home: &Home) -> (String, String) {
    let store = read_store(home);
    let text = |name: &str| store[name].as_str().expect("a string").to_owned();
    (text("refreshToken"), text("accessToken"))
}

#[test]
fn a_stored_token_with_time_left_costs_no_renewal() {
    let server = Server::start(vec![usage()]);
    let before = sign_in(&server, 330);
    let home = home_with(&before);
    assert_reported(&finish(command(&home), ""));
    assert_asked(&server.done(), &[("usage", OLD_ACCESS)]);
    assert_eq!(read_store(&home), before);
}

#[test]
fn a_stored_token_with_little_time_left_is_renewed_first() {
    let server = Server::start(vec![tokens(Some(NEW_REFRESH)), usage()]);
    let before = sign_in(&server, 299);
    let home = home_with(&before);
    let (earliest, start) = (from_now(3600), Timestamp::now());
    assert_reported(&finish(command(&home), ""));
    let requests = server.done();
    assert_asked(&requests, &[("token", ""), ("usage", NEW_ACCESS)]);
    assert_eq!(requests[0].header("Content-Type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(requests[0].header("Accept"), Some("application/json"));
    assert_eq!(
        str::from_utf8(&requests[0].body).expect("a form"),
        format!("client_id={APP}&grant_type=refresh_token&refresh_token={OLD_REFRESH_ESCAPED}&scope={SCOPE}")
    );

    let mut after = read_store(&home);
    let time = |name: &str| after[name].as_str().expect("a string").parse::<Timestamp>().expect("a time");
    let (date, end) = (time("refreshTokenDate"), time("accessTokenExpiresAt"));
    assert!(date >= start && date <= Timestamp::now(), "{date}");
    assert!(end >= earliest && end <= from_now(3600), "{end}");
    for name in ["refreshTokenDate", "accessTokenExpiresAt"] {
        after[name] = before[name].clone();
    }
    let mut expected = before;
    expected["refreshToken"] = NEW_REFRESH.into();
    expected["accessToken"] = NEW_ACCESS.into();
    assert_eq!(after, expected);
    assert_private(&home);
    assert!(!stored(&home, "json.new").exists());
}

#[test]
fn a_confidential_app_sends_its_stored_secret() {
    let server = Server::start(vec![tokens(Some(NEW_REFRESH)), usage()]);
    let mut before = sign_in(&server, 0);
    before["clientSecret"] = "SECRET~client+1".into();
    // Right after a sign-in that was brought there may be none.
    before["accessToken"] = Value::Null;
    before["accessTokenExpiresAt"] = Value::Null;
    let home = home_with(&before);
    assert_reported(&finish(command(&home), ""));
    assert_eq!(
        str::from_utf8(&server.done()[0].body).expect("a form"),
        format!(
            "client_id={APP}&client_secret=SECRET%7Eclient%2B1&grant_type=refresh_token\
             &refresh_token={OLD_REFRESH_ESCAPED}&scope={SCOPE}"
        )
    );
    assert_eq!(read_store(&home)["clientSecret"], "SECRET~client+1");
}

#[test]
fn an_answer_without_a_refresh_token_leaves_the_old_one() {
    for absent in [None, Some("")] {
        let server = Server::start(vec![tokens(absent), usage()]);
        let home = home_with(&sign_in(&server, 0));
        assert_reported(&finish(command(&home), ""));
        assert_asked(&server.done(), &[("token", ""), ("usage", NEW_ACCESS)]);
        assert_eq!(kept(&home), (OLD_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
        assert_eq!(read_store(&home)["refreshTokenDate"], "2017-03-01T00:00:00Z");
    }
}

#[test]
fn the_new_refresh_token_is_on_the_disk_before_the_access_token_is_used() {
    let server = Server::start(vec![tokens(Some(NEW_REFRESH)), usage().delay(Duration::from_millis(300))]);
    let home = home_with(&sign_in(&server, 0));
    let running = Running::spawn(command(&home));
    server.wait_for_requests(2);
    assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
    assert_reported(&running.wait());
    server.done();
}

/// How a refused token of no claims ends.
const NOT_VALID: &str = "  hint: the token has expired or is not valid; bring a new one\n";

#[test]
fn a_refused_token_is_renewed_once_and_the_call_repeated() {
    // The repeat is none of the attempts that `--retries` counts.
    for retries in ["0", "3"] {
        let server = Server::start(vec![refused(), tokens(Some(NEW_REFRESH)), usage()]);
        let home = home_with(&sign_in(&server, 3600));
        let mut command = command(&home);
        command.args(["--retries", retries]);
        assert_reported(&finish(command, ""));
        let requests = server.done();
        assert_asked(&requests, &[("usage", OLD_ACCESS), ("token", ""), ("usage", NEW_ACCESS)]);
        for name in ["MS-RequestId", "MS-CorrelationId"] {
            assert_eq!(requests[0].header(name).expect("an id"), requests[2].header(name).expect("an id"));
        }
        assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
    }
}

#[test]
fn a_second_refusal_is_final() {
    let server = Server::start(vec![refused(), tokens(Some(NEW_REFRESH)), refused()]);
    let home = home_with(&sign_in(&server, 3600));
    let output = finish(command(&home), "");
    let requests = server.done();
    assert_asked(&requests, &[("usage", OLD_ACCESS), ("token", ""), ("usage", NEW_ACCESS)]);
    let text = error("401 Unauthorized: No. (code 1)") + NOT_VALID + &sent_ids(&requests[2]);
    assert_refused(&output, 4, &text);
    // It came from the sign-in service, and was kept.
    assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
}

#[test]
fn a_refusal_that_no_renewal_cures_is_not_renewed() {
    const MFA: &str = "  hint: the token was issued without multi-factor authentication; sign in again with it, renewing \
                       the token does not help\n";
    const AUDIENCE: &str = "  hint: the token is for another service; ask for one for \
                            https://api.partnercenter.microsoft.com (or your cloud's)\n";
    for (body, shown, hint) in [
        (r#"{"code":900421}"#, "401 Unauthorized (code 900421)", MFA),
        (r#"{"code":10001}"#, "401 Unauthorized (code 10001)", MFA),
        (r#"{"code":"900420"}"#, "401 Unauthorized (code 900420)", AUDIENCE),
        ("MFA required", "401 Unauthorized: MFA required", MFA),
    ] {
        let server = Server::start(vec![Answer::status(401).body(body)]);
        let before = sign_in(&server, 3600);
        let home = home_with(&before);
        let output = finish(command(&home), "");
        let requests = server.done();
        assert_refused(&output, 4, &(error(shown) + hint + &sent_ids(&requests[0])));
        assert_asked(&requests, &[("usage", OLD_ACCESS)]);
        assert_eq!(read_store(&home), before);
    }
}

#[test]
fn a_given_token_is_never_renewed() {
    let server = Server::start(vec![refused()]);
    let before = sign_in(&server, 3600);
    let home = home_with(&before);
    fs::write(home.path().join("token.txt"), TOKEN).expect("a file");
    let mut command = command(&home);
    command.args(["--token-file", "token.txt", "--base-url", server.url()]);
    let output = finish(command, "");
    let requests = server.done();
    let text = error("401 Unauthorized: No. (code 1)") + NOT_VALID + &sent_ids(&requests[0]);
    assert_refused(&output, 4, &text);
    assert_asked(&requests, &[("usage", TOKEN)]);
    assert_eq!(read_store(&home), before);
}

#[test]
fn a_token_that_another_process_renewed_meanwhile_is_used() {
    let server = Server::start(vec![refused().delay(Duration::from_millis(300)), usage()]);
    let home = home_with(&sign_in(&server, 3600));
    let running = Running::spawn(command(&home));
    server.wait_for_requests(1);
    let mut renewed = sign_in(&server, 3600);
    renewed["accessToken"] = "SECRET-access.other".into();
    store(&home, renewed.to_string());
    assert_reported(&running.wait());
    assert_asked(&server.done(), &[("usage", OLD_ACCESS), ("usage", "SECRET-access.other")]);
    assert_eq!(read_store(&home), renewed);
}
