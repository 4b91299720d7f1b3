//! How a run comes by its access token: stored, renewed, shared with other processes, or exchanged from the environment.
//! It refuses to look at parts: forms, stores and messages are compared whole.

mod keeping;
mod redaction;
mod renewal;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::failures::{UNAUTHORIZED, error, sent_ids};
use crate::server::{Answer, Request, Server};
use crate::{
    CUSTOMER, Home, Output, Running, SAMPLE, TOKEN, assert_ended, assert_failed, assert_refused, assert_sample, finish,
    sample_json,
};

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
    home.path().join("state").join("pc-usage").join(format!("default.{ending}"))
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
    crate::read_sign_in(&stored(home, "json"))
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
    assert_sample(&finish(command(&home), ""));
    assert_asked(&server.done(), &[("usage", OLD_ACCESS)]);
    assert_eq!(read_store(&home), before);
}

#[test]
fn a_stored_token_with_little_time_left_is_renewed_first() {
    let server = Server::start(vec![tokens(Some(NEW_REFRESH)), usage()]);
    let before = sign_in(&server, 299);
    let home = home_with(&before);
    let (earliest, start) = (from_now(3600), Timestamp::now());
    assert_sample(&finish(command(&home), ""));
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
    assert_sample(&finish(command(&home), ""));
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
        assert_sample(&finish(command(&home), ""));
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
    assert_sample(&running.wait());
    server.done();
}

/// How a refused token of no claims ends.
#[test]
fn a_refused_token_is_renewed_once_and_the_call_repeated() {
    // The repeat is none of the attempts that `--retries` counts.
    for retries in ["0", "3"] {
        let server = Server::start(vec![refused(), tokens(Some(NEW_REFRESH)), usage()]);
        let home = home_with(&sign_in(&server, 3600));
        let mut command = command(&home);
        command.args(["--retries", retries]);
        assert_sample(&finish(command, ""));
        let requests = server.done();
        assert_asked(&requests, &[("usage", OLD_ACCESS), ("token", ""), ("usage", NEW_ACCESS)]);
        for name in ["MS-RequestId", "MS-CorrelationId"] {
            assert_eq!(requests[0].header(name).expect("an id"), requests[2].header(name).expect("an id"));
        }
        assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
    }
}

#[test]
fn a_token_is_renewed_also_where_the_words_of_the_refusal_cannot_be_read() {
    let server = Server::start(vec![refused().truncate(5), tokens(Some(NEW_REFRESH)), usage()]);
    let home = home_with(&sign_in(&server, 3600));
    assert_sample(&finish(command(&home), ""));
    assert_asked(&server.done(), &[("usage", OLD_ACCESS), ("token", ""), ("usage", NEW_ACCESS)]);
}

#[test]
fn a_second_refusal_is_final() {
    let server = Server::start(vec![refused(), tokens(Some(NEW_REFRESH)), refused()]);
    let home = home_with(&sign_in(&server, 3600));
    let output = finish(command(&home), "");
    let requests = server.done();
    assert_asked(&requests, &[("usage", OLD_ACCESS), ("token", ""), ("usage", NEW_ACCESS)]);
    let text = error("401 Unauthorized: No. (code 1)") + UNAUTHORIZED + &sent_ids(&requests[2]);
    assert_failed(&output, 4, &text);
    // It came from the sign-in service, and was kept.
    assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
}

#[test]
fn a_refusal_that_no_renewal_cures_is_not_renewed() {
    const MFA: &str = "  hint: the token was issued without multi-factor authentication; sign in again, using it, \
                       with `pc-usage login`; renewing the token does not help\n";
    const AUDIENCE: &str = "  hint: the token is for another service; request one for \
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
        assert_failed(&output, 4, &(error(shown) + hint + &sent_ids(&requests[0])));
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
    let text = error("401 Unauthorized: No. (code 1)") + UNAUTHORIZED + &sent_ids(&requests[0]);
    assert_failed(&output, 4, &text);
    assert_asked(&requests, &[("usage", TOKEN)]);
    assert_eq!(read_store(&home), before);
}

#[test]
fn a_token_that_another_process_renewed_meanwhile_is_used() {
    let server = Server::start(vec![refused(), usage()]);
    let home = home_with(&sign_in(&server, 3600));
    let lock = File::create(stored(&home, "lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let running = Running::spawn(command(&home));
    server.wait_for_requests(1);
    let mut renewed = sign_in(&server, 3600);
    renewed["accessToken"] = "SECRET-access.other".into();
    store(&home, renewed.to_string());
    drop(lock);
    assert_sample(&running.wait());
    assert_asked(&server.done(), &[("usage", OLD_ACCESS), ("usage", "SECRET-access.other")]);
    assert_eq!(read_store(&home), renewed);
}

#[test]
fn eight_processes_make_one_renewal_between_them() {
    // So slow that all of them have come to the lock.
    let renewal = tokens(Some(NEW_REFRESH)).delay(Duration::from_millis(400));
    let server = Server::start([vec![renewal], vec![usage(); 8]].concat());
    let home = home_with(&sign_in(&server, -60));
    let running: Vec<_> = (0..8).map(|_| Running::spawn(command(&home))).collect();
    for process in running {
        assert_sample(&process.wait());
    }
    let renewed = ("usage", NEW_ACCESS);
    assert_asked(&server.done(), &[&[("token", "")][..], &[renewed; 8]].concat());
    assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
}

/// Eight processes get a good report, though the service refuses them all before one of them can renew the token.
fn eight_refused_at_once(server: &Server) {
    let home = home_with(&sign_in(server, 3600));
    // Taken until the service has refused all of them.
    let lock = File::create(stored(&home, "lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let running: Vec<_> = (0..8).map(|_| Running::spawn(command(&home))).collect();
    server.wait_for_requests(8);
    drop(lock);
    for process in running {
        assert_sample(&process.wait());
    }
}

#[test]
fn eight_processes_with_a_revoked_token_make_one_renewal_between_them() {
    let server = Server::start([vec![refused(); 8], vec![tokens(Some(NEW_REFRESH))], vec![usage(); 8]].concat());
    eight_refused_at_once(&server);
    let (old, renewed) = (("usage", OLD_ACCESS), ("usage", NEW_ACCESS));
    assert_asked(&server.done(), &[&[old; 8], &[("token", "")][..], &[renewed; 8]].concat());
}

#[test]
fn a_lock_that_stays_taken_is_waited_for_only_so_long() {
    let server = Server::start(vec![]);
    let before = sign_in(&server, 0);
    let home = home_with(&before);
    let lock = File::create(stored(&home, "lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let mut command = command(&home);
    command.args(["--max-wait", "1"]);
    let start = Instant::now();
    let output = finish(command, "");
    assert!(start.elapsed() >= Duration::from_secs(1));
    let message = "the stored sign-in of profile default has been locked by another process for more than 1 s";
    let hint = format!(
        "  hint: another pc-usage is probably renewing it; see which process has {} open, or wait longer with --max-wait\n",
        stored(&home, "lock").display()
    );
    assert_failed(&output, 1, &(error(message) + &hint));
    assert_eq!(read_store(&home), before);
    server.done();
}

#[test]
fn a_lock_that_is_taken_briefly_is_waited_for() {
    let server = Server::start(vec![tokens(Some(NEW_REFRESH)), usage()]);
    let home = home_with(&sign_in(&server, 0));
    let lock = File::create(stored(&home, "lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let running = Running::spawn(command(&home));
    // It has the file open while it waits for it.
    #[cfg(target_os = "linux")]
    crate::until(|| {
        let files = fs::read_dir(format!("/proc/{}/fd", running.0.id())).expect("a process");
        let mut files = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
        files.any(|file| file == stored(&home, "lock"))
    });
    assert_eq!(server.requests().len(), 0);
    drop(lock);
    assert_sample(&running.wait());
    assert_asked(&server.done(), &[("token", ""), ("usage", NEW_ACCESS)]);
}

#[test]
fn a_token_with_time_left_needs_no_lock() {
    let server = Server::start(vec![usage()]);
    let home = home_with(&sign_in(&server, 3600));
    let lock = File::create(stored(&home, "lock")).expect("a lock file");
    lock.lock().expect("the lock");
    assert_sample(&finish(command(&home), ""));
    server.done();
}

#[test]
fn a_run_that_is_killed_while_it_renews_leaves_a_sign_in_that_works() {
    let server = Server::start(vec![Answer::stall().for_path(token_path()), tokens(Some(NEW_REFRESH)), usage()]);
    let before = sign_in(&server, 0);
    let home = home_with(&before);
    let mut running = Running::spawn(command(&home));
    server.wait_for_requests(1);
    running.0.kill().expect("it still runs");
    running.0.wait().expect("it is our child");
    assert_eq!(read_store(&home), before);
    assert_private(&home);

    // The lock went with the process.
    assert_sample(&finish(command(&home), ""));
    assert_asked(&server.done(), &[("token", ""), ("token", ""), ("usage", NEW_ACCESS)]);
    assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
}

#[test]
fn what_a_killed_run_left_half_written_does_not_disturb() {
    let server = Server::start(vec![usage(), tokens(Some(NEW_REFRESH)), usage()]);
    let home = home_with(&sign_in(&server, 3600));
    let half = stored(&home, "json.new");
    fs::write(&half, r#"{"version":1,"cl"#).expect("a file");
    // What another umask or tool made of it must not last either.
    set_mode(&half, 0o644);
    assert_sample(&finish(command(&home), ""));
    store(&home, sign_in(&server, 0).to_string());
    assert_sample(&finish(command(&home), ""));
    assert_asked(&server.done(), &[("usage", OLD_ACCESS), ("token", ""), ("usage", NEW_ACCESS)]);
    assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
    assert_private(&home);
    assert!(!half.exists());
}

/// That the store is refused for this reason, untouched, before anything is sent; for `status` just so.
#[track_caller]
fn assert_unusable(home: &Home, why: &str, hint: &str) {
    let path = stored(home, "json");
    let before = fs::read(&path).expect("a store");
    let text = format!("pc-usage: error: the stored sign-in {} {why}\n  hint: {hint}\n", path.display());
    assert_failed(&finish(command(home), ""), 4, &text);
    let mut status = home.command();
    status.arg("status");
    assert_failed(&finish(status, ""), 4, &text);
    assert_eq!(fs::read(&path).expect("a store"), before);
    assert!(!stored(home, "lock").exists());
}

#[cfg(unix)]
#[test]
fn a_store_that_is_open_to_others_is_refused() {
    let server = Server::start(vec![]);
    for (mode, shown) in [(0o644, "644"), (0o640, "640"), (0o602, "602"), (0o660, "660")] {
        let home = home_with(&sign_in(&server, 3600));
        let path = stored(&home, "json");
        set_mode(&path, mode);
        let hint = format!("others may know its tokens: run `chmod 600 {}`, and sign in again", path.display());
        assert_unusable(&home, &format!("can be read by others (mode {shown})"), &hint);
    }
    server.done();
}

#[test]
fn a_damaged_store_is_refused_and_not_shown() {
    let server = Server::start(vec![]);
    let good = sign_in(&server, 3600);
    let text = good.to_string();
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed.to_string()
    };
    for damaged in [
        String::new(),
        "\0".repeat(400),
        text[..text.len() / 2].to_owned(),
        format!("{text}}}"),
        "[]".to_owned(),
        r#"{"version":1}"#.to_owned(),
        with("version", "1".into()),
        with("version", 0.into()),
        with("refreshToken", json!({"SECRET": 1})),
        with("cloud", "SECRET".into()),
        with("accessTokenExpiresAt", "SECRET".into()),
        with("SECRET", "an unknown member".into()),
    ] {
        let home = Home::new();
        store(&home, damaged);
        let hint = "remove it with `pc-usage logout --profile default`, then sign in again with `pc-usage login`";
        assert_unusable(&home, "is damaged", hint);
    }
    server.done();
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let home = Home::new();
    store(&home, r#"{"version":2,"sealed":"SECRET"}"#);
    let hint = "update pc-usage, or use another --profile";
    assert_unusable(&home, "was written by a newer pc-usage (format version 2)", hint);
}

#[test]
fn a_sign_in_serves_only_what_it_was_made_for() {
    const OTHER: &str = "https://other.example";
    const OTHER_ID: &str = "11111111-2222-4333-8444-555555555555";
    let server = Server::start(vec![]);
    let before = sign_in(&server, 0);
    let home = home_with(&before);
    let url = server.url();
    for (name, asked, made) in [
        ("--cloud", "china", "global"),
        ("PC_USAGE_CLOUD", "usgov", "global"),
        ("--base-url", OTHER, url),
        ("PC_USAGE_BASE_URL", OTHER, url),
        ("--authority", OTHER, url),
        ("PC_USAGE_AUTHORITY", OTHER, url),
        ("PC_USAGE_TENANT_ID", "other.example", TENANT),
        ("PC_USAGE_CLIENT_ID", OTHER_ID, APP),
    ] {
        let mut command = command(&home);
        if name.starts_with("--") {
            command.args([name, asked]);
        } else {
            command.env(name, asked);
        }
        let text = format!(
            "{name} is {asked}, but the sign-in of profile default was made with {made}\n  \
             hint: use another --profile, or make a sign-in for it with `pc-usage login --profile NAME`\n"
        );
        assert_refused(&finish(command, ""), &text);
    }
    server.done();
    assert_eq!(read_store(&home), before);
}

#[test]
fn asking_for_what_a_sign_in_was_made_for_is_no_contradiction() {
    let server = Server::start(vec![usage()]);
    let home = home_with(&sign_in(&server, 3600));
    let mut command = command(&home);
    command
        .args(["--cloud", "global", "--base-url", &format!("{}/", server.url()), "--authority", server.url()])
        .envs([("PC_USAGE_TENANT_ID", TENANT.to_uppercase()), ("PC_USAGE_CLIENT_ID", APP.to_uppercase())]);
    assert_sample(&finish(command, ""));
    assert_asked(&server.done(), &[("usage", OLD_ACCESS)]);
}

/// Gives the command a refresh token to exchange at this server.
fn exchange<'a>(command: &'a mut Command, server: &Server) -> &'a mut Command {
    command.args(["--base-url", server.url(), "--authority", server.url()]).envs([
        ("PC_USAGE_REFRESH_TOKEN", OLD_REFRESH),
        ("PC_USAGE_TENANT_ID", TENANT),
        ("PC_USAGE_CLIENT_ID", APP),
    ])
}

/// Runs in a home with a stored sign-in, with what `prepare` adds, and gives what the service was asked.
fn ask(answers: Vec<Answer>, prepare: impl FnOnce(&mut Command, &Server)) -> Vec<Request> {
    let server = Server::start(answers);
    let home = home_with(&sign_in(&server, 3600));
    let mut other = sign_in(&server, 3600);
    other["accessToken"] = "SECRET-access.named".into();
    let named = stored(&home, "json").with_file_name("named.json");
    fs::write(&named, other.to_string()).expect("a file");
    set_mode(&named, 0o600);
    fs::write(home.path().join("token.txt"), "SECRET-access.file").expect("a file");
    let mut command = command(&home);
    prepare(&mut command, &server);
    assert_sample(&finish(command, ""));
    server.done()
}

#[test]
fn a_token_file_goes_before_everything_in_the_environment() {
    let requests = ask(vec![usage()], |command, server| {
        exchange(command, server).env("PC_USAGE_ACCESS_TOKEN", TOKEN).env("PC_USAGE_PROFILE", "named");
        command.args(["--token-file", "token.txt"]);
    });
    assert_asked(&requests, &[("usage", "SECRET-access.file")]);
}

#[test]
fn a_named_profile_goes_before_every_token_in_the_environment() {
    let requests = ask(vec![usage()], |command, server| {
        exchange(command, server).env("PC_USAGE_ACCESS_TOKEN", TOKEN).env("PC_USAGE_PROFILE", "default");
        command.args(["--profile", "named"]);
    });
    assert_asked(&requests, &[("usage", "SECRET-access.named")]);
}

#[test]
fn an_access_token_in_the_environment_goes_before_a_refresh_token() {
    let requests = ask(vec![usage()], |command, server| {
        exchange(command, server).env("PC_USAGE_ACCESS_TOKEN", TOKEN).env("PC_USAGE_PROFILE", "named");
    });
    assert_asked(&requests, &[("usage", TOKEN)]);
}

#[test]
fn a_refresh_token_in_the_environment_goes_before_a_stored_sign_in() {
    let requests = ask(vec![tokens(None), usage()], |command, server| {
        // An empty variable is none.
        exchange(command, server).env("PC_USAGE_ACCESS_TOKEN", "").env("PC_USAGE_PROFILE", "named");
    });
    assert_asked(&requests, &[("token", ""), ("usage", NEW_ACCESS)]);
}

#[test]
fn a_stored_sign_in_comes_last_and_may_be_named_in_the_environment() {
    let requests = ask(vec![usage()], |command, _| {
        command.env("PC_USAGE_REFRESH_TOKEN", "");
    });
    assert_asked(&requests, &[("usage", OLD_ACCESS)]);
    let requests = ask(vec![usage()], |command, _| {
        command.env("PC_USAGE_PROFILE", "named");
    });
    assert_asked(&requests, &[("usage", "SECRET-access.named")]);
}

#[test]
fn a_token_file_and_a_profile_contradict_each_other() {
    let home = Home::new();
    fs::write(home.path().join("token.txt"), TOKEN).expect("a file");
    let mut command = command(&home);
    command.args(["--token-file", "token.txt", "--profile", "named"]);
    let text = "--token-file and --profile cannot be used together: give one\n";
    assert_refused(&finish(command, ""), text);
}

#[test]
fn a_refresh_token_in_the_environment_needs_its_tenant_and_app() {
    let server = Server::start(vec![]);
    for (name, value) in [
        ("PC_USAGE_TENANT_ID", None),
        ("PC_USAGE_CLIENT_ID", None),
        ("PC_USAGE_TENANT_ID", Some("")),
        ("PC_USAGE_CLIENT_ID", Some("")),
    ] {
        let home = home_with(&sign_in(&server, 3600));
        let mut command = command(&home);
        exchange(&mut command, &server).env_remove(name).envs(value.map(|value| (name, value)));
        let text =
            format!("{name} is missing: PC_USAGE_REFRESH_TOKEN needs the tenant and the app that it was issued to\n");
        assert_refused(&finish(command, ""), &text);
    }
    server.done();
}

/// All files and folders below a home.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found
}

#[test]
fn a_refresh_token_in_the_environment_is_exchanged_each_run_and_kept_nowhere() {
    const NOTE: &str = "pc-usage: note: the sign-in service gave a newer refresh token than PC_USAGE_REFRESH_TOKEN, which \
                        was not stored; `pc-usage login --refresh-token-file` would store it\n";
    let home = Home::new();
    // A token that is not rotated is nothing to tell of.
    for (answer, option, note) in [
        (Some(NEW_REFRESH), None, NOTE),
        (Some(NEW_REFRESH), Some("-q"), ""),
        (Some(OLD_REFRESH), None, ""),
        (None, None, ""),
    ] {
        let server = Server::start(vec![tokens(answer), usage()]);
        let mut command = command(&home);
        exchange(&mut command, &server).env("PC_USAGE_CLIENT_SECRET", "SECRET~client+1").args(option);
        let output = finish(command, "");
        assert_ended(&output, 0, &sample_json(), note);
        let requests = server.done();
        assert_asked(&requests, &[("token", ""), ("usage", NEW_ACCESS)]);
        assert_eq!(requests[0].header("Content-Type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(
            str::from_utf8(&requests[0].body).expect("a form"),
            format!(
                "client_id={APP}&client_secret=SECRET%7Eclient%2B1&grant_type=refresh_token\
                 &refresh_token={OLD_REFRESH_ESCAPED}&scope={SCOPE}"
            )
        );
        assert_eq!(below(home.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_public_app_in_the_environment_sends_no_secret() {
    for (cloud, host) in
        [("usgov", "api.partnercenter.microsoft.com"), ("china", "partner.partnercenterapi.microsoftonline.cn")]
    {
        let server = Server::start(vec![tokens(None), usage()]);
        let home = Home::new();
        let mut command = command(&home);
        exchange(&mut command, &server).env("PC_USAGE_CLIENT_SECRET", "").args(["--cloud", cloud]);
        assert_sample(&finish(command, ""));
        assert_eq!(
            str::from_utf8(&server.done()[0].body).expect("a form"),
            format!(
                "client_id={APP}&grant_type=refresh_token&refresh_token={OLD_REFRESH_ESCAPED}\
                 &scope=https%3A%2F%2F{host}%2Fuser_impersonation+offline_access"
            )
        );
    }
}

#[test]
fn a_refused_token_from_the_environment_is_exchanged_anew() {
    let renewed = json!({"expires_in": "3600", "access_token": "SECRET-access.newer"}).to_string();
    let server = Server::start(vec![
        tokens(Some(NEW_REFRESH)),
        refused(),
        Answer::status(200).json(renewed).for_path(token_path()),
        usage(),
    ]);
    let home = Home::new();
    let mut command = command(&home);
    exchange(&mut command, &server).arg("-q");
    assert_sample(&finish(command, ""));
    let requests = server.done();
    assert_asked(&requests, &[("token", ""), ("usage", NEW_ACCESS), ("token", ""), ("usage", "SECRET-access.newer")]);
    // The newer refresh token serves for the rest of the run.
    assert_eq!(
        str::from_utf8(&requests[2].body).expect("a form"),
        format!("client_id={APP}&grant_type=refresh_token&refresh_token={NEW_REFRESH}&scope={SCOPE}")
    );
}

/// That a run with `-vv` told what it asked, and no secret: all of them, and no other text, say SECRET.
#[track_caller]
fn assert_discreet(output: &Output, code: i32) {
    assert_eq!(output.code, code);
    assert!(output.stderr.contains(&format!("{}\n", token_path())), "{}", output.stderr);
    for stream in [output.text(), &output.stderr] {
        assert!(!stream.contains("SECRET"), "{stream}");
    }
}

#[test]
fn twice_verbose_shows_no_secret_of_a_session() {
    let unreadable = Answer::status(200).json(format!(r#"{{"access_token":"{NEW_ACCESS}"}}"#)).for_path(token_path());
    let declined = Answer::status(400).json(r#"{"error":"invalid_grant"}"#).for_path(token_path());
    for (answers, code) in [
        (vec![tokens(Some(NEW_REFRESH)), usage()], 0),
        (vec![tokens(Some(NEW_REFRESH)), refused(), tokens(None), usage()], 0),
        (vec![tokens(Some(NEW_REFRESH)), refused(), tokens(None), refused()], 4),
        (vec![declined], 4),
        (vec![unreadable], 9),
    ] {
        let server = Server::start(answers.clone());
        let mut stale = sign_in(&server, 0);
        stale["clientSecret"] = "SECRET-client".into();
        let home = home_with(&stale);
        let mut command_of_store = command(&home);
        command_of_store.arg("-vv");
        assert_discreet(&finish(command_of_store, ""), code);
        server.done();

        let server = Server::start(answers);
        let home = Home::new();
        let mut command = command(&home);
        exchange(&mut command, &server).env("PC_USAGE_CLIENT_SECRET", "SECRET-client").arg("-vv");
        assert_discreet(&finish(command, ""), code);
        server.done();
    }
}
