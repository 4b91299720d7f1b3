//! What a call is: where the request goes, what it carries, and which answers make a report.
//! It refuses to let a request leave this machine: what is not on a loopback port meets a proxy that is, or a name that no
//! resolver takes.

mod arguments;
mod proxies;
mod token;
mod verbose;

use std::process::Command;
use std::time::Duration;

use uuid::Uuid;

use crate::failures::{CHECK_NETWORK, NOT_PARTNER_CENTER, assert_unreached, call_at, error, refusal, sent_ids};
use crate::gzip::gzip;
use crate::server::{Answer, Request, Server};
use crate::{
    ADVICE, CUSTOMER, Home, SAMPLE, TOKEN, assert_ended, assert_failed, assert_refused, assert_sample, finish, serve,
};

/// Runs with an answer waiting at `server.url()`; the arguments and variables that lead there come from `prepare`.
fn ask(prepare: impl FnOnce(&mut Command, &str)) -> Request {
    let home = Home::new();
    let server = Server::start(vec![Answer::status(200).json(SAMPLE)]);
    let mut command = home.command();
    command.env("PC_USAGE_ACCESS_TOKEN", TOKEN).args([CUSTOMER, "-o", "json"]);
    prepare(&mut command, server.url());
    assert_sample(&finish(command, ""));
    server.done().remove(0)
}

/// A run that has nowhere to go but through a proxy, or to a name that no resolver takes.
fn command_beyond(home: &Home) -> Command {
    let mut command = home.command();
    command.env("PC_USAGE_ACCESS_TOKEN", TOKEN).args([CUSTOMER, "--retries", "0"]);
    command
}

#[test]
fn a_request_carries_these_headers_and_no_others() {
    let locales = [("en-US", &[][..]), ("de", &["--locale", "de"]), ("zh-Hans-CN", &["--locale=zh-Hans-CN"])];
    let mut ids = Vec::new();
    for (locale, args) in locales {
        let mut url = String::new();
        let request = ask(|command, base_url| {
            url = base_url.to_owned();
            command.args(["--base-url", base_url]).args(args);
        });
        for name in ["MS-RequestId", "MS-CorrelationId"] {
            let id = request.header(name).expect("an id");
            let uuid = Uuid::try_parse(id).expect("a GUID");
            assert_eq!((uuid.get_version_num(), uuid.hyphenated().to_string().as_str()), (4, id));
            ids.push(id.to_owned());
        }
        let [.., request_id, correlation_id] = &ids[..] else { panic!("{ids:?}") };
        let headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            headers,
            [
                ("accept-encoding", "gzip"),
                ("host", url.trim_start_matches("http://")),
                ("authorization", &format!("Bearer {TOKEN}")),
                ("accept", "application/json"),
                ("user-agent", concat!("pc-usage/", env!("CARGO_PKG_VERSION"))),
                ("ms-requestid", request_id),
                ("ms-correlationid", correlation_id),
                ("x-locale", locale),
                ("ms-partnercenter-client", "pc-usage"),
                ("ms-partnercenter-application", "pc-usage"),
                ("ms-contract-version", "v1"),
            ]
        );
        assert_eq!((request.method.as_str(), &request.body[..]), ("GET", &b""[..]));
    }
    // Every id of every run is its own.
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
}

#[test]
fn a_base_url_may_have_a_path_and_a_slash_at_its_end() {
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
    for (suffix, prefix) in [("", ""), ("/", ""), ("/partner", "/partner"), ("/a/b%20c/", "/a/b%20c"), ("//", "")] {
        let request = ask(|command, url| {
            command.arg(format!("--base-url={url}{suffix}"));
        });
        assert_eq!(request.path, format!("{prefix}{path}"), "{suffix}");
    }
}

#[test]
fn every_usual_form_of_a_customer_id_names_the_same_customer() {
    let upper = CUSTOMER.to_uppercase();
    let digits = CUSTOMER.replace('-', "");
    let braced = [&upper, &digits].map(|id| format!("{{{id}}}"));
    for id in [upper, digits].into_iter().chain(braced) {
        let (output, requests) = serve(vec![Answer::status(200).json(SAMPLE)], [&id, "-o", "json"]);
        assert_sample(&output);
        assert_eq!(requests[0].path, format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage"), "{id}");
    }
}

#[test]
fn the_flag_beats_the_environment_and_what_is_empty_counts_as_unset() {
    // The variable alone.
    ask(|command, url| {
        command.env("PC_USAGE_BASE_URL", url);
    });
    // The flag: what is wrong with the variables does not matter then.
    ask(|command, url| {
        command.args(["--base-url", url, "--cloud", "china"]);
        command.env("PC_USAGE_BASE_URL", "nonsense").env("PC_USAGE_OUTPUT", "nonsense").env("PC_USAGE_CLOUD", "mars");
    });
    ask(|command, url| {
        command.args(["--base-url", url]);
        for name in ["PC_USAGE_BASE_URL", "PC_USAGE_OUTPUT", "PC_USAGE_CLOUD", "PC_USAGE_NOW", "HTTPS_PROXY"] {
            command.env(name, "");
        }
    });
}

#[test]
fn plain_http_is_for_this_machine_by_any_of_its_names() {
    ask(|command, url| {
        command.args(["--base-url", &url.replace("127.0.0.1", "localhost")]);
    });
    ask(|command, url| {
        command.args(["--base-url", &url.replace("http", "HTTP")]);
    });
    // Nobody listens there, but it is tried.
    for address in ["[::1]:1", "127.0.0.2:1", "LOCALHOST:1"] {
        let output = call_at(&format!("http://{address}"));
        assert_unreached(&output, &format!("no connection to {address}: {}", refusal(address)), CHECK_NETWORK);
    }
}

#[test]
fn an_address_that_will_not_do_is_refused_before_anything_is_sent() {
    const HINT: &str =
        "  hint: give an address such as https://api.partnercenter.microsoft.com, without a user, query or fragment\n";
    for (url, why) in [
        ("https://user:hunter2@example.com", "an address must not contain a user"),
        ("https://hunter2@example.com", "an address must not contain a user"),
        ("http://127.0.0.1:1\\@example.com", "an address must not contain a user"),
        ("https://example.com/?a=b", "an address must not contain a query or a fragment"),
        ("https://example.com?", "an address must not contain a query or a fragment"),
        ("https://example.com/?code=hunter2", "an address must not contain a query or a fragment"),
        ("https://example.com/#f", "an address must not contain a query or a fragment"),
        ("http://example.com", "`http://example.com` is not https, so the token would be sent in clear text"),
        (
            "http://localhost.example",
            "`http://localhost.example` is not https, so the token would be sent in clear text",
        ),
        (
            "http://127.0.0.1.example",
            "`http://127.0.0.1.example` is not https, so the token would be sent in clear text",
        ),
        ("http://0.0.0.0", "`http://0.0.0.0` is not https, so the token would be sent in clear text"),
        ("ftp://127.0.0.1", "`ftp://127.0.0.1` is not an https address"),
        ("example.com", "`example.com` is not an https address"),
        ("//example.com", "`//example.com` is not a valid address"),
        ("https://", "`https://` is not a valid address"),
        ("https:///v1", "`https:///v1` is not a valid address"),
        ("https://:443", "`https://:443` is not a valid address"),
        ("https://example.com:", "`https://example.com:` is not a valid address"),
        ("https://example.com:0", "`https://example.com:0` is not a valid address"),
        ("https://example.com:65536", "`https://example.com:65536` is not a valid address"),
        ("https://example.com:443x", "`https://example.com:443x` is not a valid address"),
        ("https://[::1", "`https://[::1` is not a valid address"),
        ("https://example.com/a b", "`https://example.com/a b` is not a valid address"),
        ("https://example.com/\u{1b}[2J", "`https://example.com/\\u{1b}[2J` is not a valid address"),
        ("file:///etc/passwd", "`file:///etc/passwd` is not a valid address"),
    ] {
        let home = Home::new();
        let mut flag = home.command();
        flag.env("PC_USAGE_ACCESS_TOKEN", TOKEN).args([CUSTOMER, "--base-url", url]);
        assert_refused(&finish(flag, ""), &format!("--base-url: {why}\n{HINT}"));
        let mut variable = home.command();
        variable.env("PC_USAGE_ACCESS_TOKEN", TOKEN).env("PC_USAGE_BASE_URL", url).arg(CUSTOMER);
        assert_refused(&finish(variable, ""), &format!("PC_USAGE_BASE_URL: {why}\n{HINT}"));
    }
}

#[test]
fn an_address_for_signing_in_that_will_not_do_is_told_with_one_that_will() {
    const HINT: &str =
        "  hint: give an address such as https://login.microsoftonline.com, without a user, query or fragment\n";
    let home = Home::new();
    let mut flag = home.command();
    flag.args([CUSTOMER, "--authority", "http://example.com"]);
    let why = "`http://example.com` is not https, so the token would be sent in clear text";
    assert_refused(&finish(flag, ""), &format!("--authority: {why}\n{HINT}"));
    let mut variable = home.command();
    variable.env("PC_USAGE_AUTHORITY", "nonsense").arg(CUSTOMER);
    assert_refused(&finish(variable, ""), &format!("PC_USAGE_AUTHORITY: `nonsense` is not an https address\n{HINT}"));
}

#[test]
fn a_report_is_the_same_however_its_answer_travels() {
    let bare = &SAMPLE[3..];
    assert_eq!(SAMPLE[..3], *b"\xef\xbb\xbf");
    let pieces = || SAMPLE.chunks(500);
    for answer in [
        Answer::status(200).json(SAMPLE),
        Answer::status(200).json(bare),
        Answer::status(200).header("Content-Type", "text/plain").body(SAMPLE),
        Answer::status(200).body(SAMPLE),
        Answer::status(200).json(SAMPLE).gzip(),
        Answer::status(200).json(bare).gzip(),
        Answer::status(200)
            .json([gzip(&SAMPLE[..700]), gzip(&SAMPLE[700..])].concat())
            .header("Content-Encoding", "gzip"),
        Answer::status(200).chunked(pieces()),
        Answer::status(200).chunked(pieces()).pause(Duration::from_millis(20)),
        // Even the byte order mark comes in two parts.
        Answer::status(200).chunked([&SAMPLE[..1], &SAMPLE[1..]]).pause(Duration::from_millis(20)),
        Answer::status(200).chunked([SAMPLE]).gzip(),
        Answer::status(200).json(SAMPLE).close(),
        // Its end is the connection's end.
        Answer::raw([b"HTTP/1.1 200 OK\r\n\r\n", SAMPLE].concat()),
        Answer::raw([b"HTTP/1.0 200 OK\r\n\r\n", SAMPLE].concat()),
        Answer::status(200).json(SAMPLE).delay(Duration::from_millis(50)),
    ] {
        let (output, _) = serve(vec![answer], [CUSTOMER, "-o", "json"]);
        assert_sample(&output);
    }
}

#[test]
fn an_empty_answer_is_a_report_without_rows_and_says_so() {
    for (answer, json) in [
        (Answer::status(204), "null\n"),
        (Answer::status(200), "null\n"),
        (Answer::status(200).body("\u{feff}"), "null\n"),
        (Answer::status(200).chunked([""; 0]), "null\n"),
        (Answer::status(200).json("{\"items\":[]}"), "{\"items\":[]}\n"),
    ] {
        // It is said with `--quiet` too: silence would be taken for no usage.
        for option in [&[][..], &["-q"]] {
            let (output, _) = serve(vec![answer.clone()], [&[CUSTOMER, "-o", "json"], option].concat());
            let warning = format!(
                "pc-usage: warning: customer {CUSTOMER} has no licence usage rows; that is not the same as no usage ({ADVICE})\n"
            );
            assert_ended(&output, 0, json, &warning);
        }
    }
}

const MIB: usize = 1 << 20;

/// An answer of so many bytes, in gzip members of a MiB at most.
fn bomb(bytes: usize) -> Answer {
    const HEAD: &[u8] = b"{\"items\":[],\"padding\":\"";
    const TAIL: &[u8] = b"\"}";
    let member = gzip(&vec![b'a'; MIB]);
    let padding = bytes - HEAD.len() - TAIL.len();
    let mut body = gzip(HEAD);
    body.extend(member.repeat(padding / MIB));
    body.extend(gzip(&vec![b'a'; padding % MIB]));
    body.extend(gzip(TAIL));
    assert!(body.len() < MIB);
    Answer::status(200).header("Content-Encoding", "gzip").body(body)
}

#[test]
fn an_answer_may_have_64_mib_and_not_a_byte_more() {
    let (output, _) = serve(vec![bomb(64 * MIB)], [CUSTOMER, "-o", "csv", "--no-header"]);
    let warning = format!(
        "pc-usage: warning: customer {CUSTOMER} has no licence usage rows; that is not the same as no usage ({ADVICE})\n"
    );
    assert_ended(&output, 0, "", &warning);

    // The pause, however short, makes the server write piece by piece.
    let plain = Answer::status(200).chunked(vec![vec![b' '; MIB]; 65]).pause(Duration::from_nanos(1));
    for answer in [bomb(64 * MIB + 1), plain] {
        let home = Home::new();
        let server = Server::start(vec![answer]);
        let mut command = home.command_for(&server);
        command.arg(CUSTOMER);
        let output = finish(command, "");
        let host = server.url().trim_start_matches("http://");
        let message = error(&format!("the response from {host} is larger than 64 MiB"));
        let hint = "  hint: Partner Center does not send responses this large; check --base-url\n";
        assert_failed(&output, 9, &(message + hint + &sent_ids(&server.done()[0])));
    }
}

#[test]
fn a_redirect_is_not_followed_and_the_token_goes_nowhere_else() {
    let elsewhere = Server::start(vec![]);
    let target = format!("{}/v1", elsewhere.url());
    for (status, reason) in [
        (301, "301 Moved Permanently"),
        (302, "302 Found"),
        (307, "307 Temporary Redirect"),
        (308, "308 Permanent Redirect"),
    ] {
        let answer = Answer::status(status)
            .header("Location", &target)
            .header("MS-CorrelationId", "c")
            .header("MS-RequestId", "r");
        let (output, requests) = serve(vec![answer], [CUSTOMER]);
        let ids = "  ids: MS-CorrelationId c, MS-RequestId r\n";
        assert_failed(&output, 9, &(error(&format!("{reason}, to {target}")) + NOT_PARTNER_CENTER + ids));
        assert_eq!(requests.len(), 1);
    }
    assert!(elsewhere.done().is_empty());
}
