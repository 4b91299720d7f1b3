//! Which proxy a request takes: every address that is not this machine's, with what the environment says.
//! It refuses to look any name up: a name goes to a proxy on a loopback port, or is one that no resolver takes.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use super::verbose::masked;
use super::{ask, command_beyond};
use crate::failures::{
    CHECK_NETWORK, TOO_SLOW, UNRESOLVABLE, UNSEEN_IDS, assert_unreached, call_at, error, refusal, sent_ids,
    without_guids,
};
use crate::many::id;
use crate::retries::at_once;
use crate::server::{Answer, Server};
use crate::tls::TlsServer;
use crate::{CUSTOMER, Home, Output, SAMPLE, TOKEN, assert_failed, assert_refused, assert_report, finish, sample_json};

/// A proxy that refuses once.
fn refusing_proxy() -> Server {
    Server::start(vec![Answer::status(403)])
}

const CHECK_PROXY: &str = "  hint: check HTTPS_PROXY or ALL_PROXY, and the proxy's user and password\n";

/// That the proxy was asked for the host, and refused.
#[track_caller]
fn assert_refused_by_proxy(output: &Output, host: &str) {
    assert_unreached(output, &format!("no connection to {host}: the proxy returned 403"), CHECK_PROXY);
}

/// What it says when the name is looked up here, for want of a proxy.
fn not_resolved() -> String {
    without_guids(&call_at(&format!("https://{UNRESOLVABLE}")).stderr)
}

#[test]
fn a_cloud_stands_for_its_address() {
    const GLOBAL: &str = "api.partnercenter.microsoft.com";
    const CHINA: &str = "partner.partnercenterapi.microsoftonline.cn";
    for (flag, variable, host) in [
        (None, None, GLOBAL),
        (Some("global"), None, GLOBAL),
        (Some("usgov"), None, GLOBAL),
        (Some("china"), None, CHINA),
        (None, Some("global"), GLOBAL),
        (None, Some("usgov"), GLOBAL),
        (None, Some("china"), CHINA),
        (None, Some(""), GLOBAL),
        (Some("global"), Some("china"), GLOBAL),
    ] {
        let home = Home::new();
        let proxy = refusing_proxy();
        let mut command = command_beyond(&home);
        command.env("HTTPS_PROXY", proxy.url());
        command.args(flag.into_iter().flat_map(|cloud| ["--cloud", cloud]));
        command.envs(variable.map(|cloud| ("PC_USAGE_CLOUD", cloud)));
        assert_refused_by_proxy(&finish(command, ""), host);
        let request = proxy.done().remove(0);
        assert_eq!((request.method.as_str(), request.path), ("CONNECT", format!("{host}:443")));
    }
}

#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    // Nor does it matter then that a proxy could not be used.
    for (name, proxy) in
        [("127.0.0.1", "http://127.0.0.1:1"), ("localhost", "http://127.0.0.1:1"), ("localhost", "no proxy")]
    {
        ask(|command, url| {
            command.args(["--base-url", &url.replace("127.0.0.1", name)]);
            for variable in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
                command.env(variable, proxy);
            }
        });
    }
}

#[test]
fn the_first_proxy_variable_that_is_not_empty_counts() {
    // Windows takes the pairs for one.
    let variables: &[&str] = if cfg!(windows) {
        &["HTTPS_PROXY", "ALL_PROXY"]
    } else {
        &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    };
    for first in 0..variables.len() {
        let home = Home::new();
        let proxy = refusing_proxy();
        let mut command = command_beyond(&home);
        command.args(["--base-url", &format!("https://{UNRESOLVABLE}:8443/v0")]);
        for (index, name) in variables.iter().enumerate() {
            let value = match index {
                _ if index < first => "",
                _ if index == first => proxy.url(),
                _ => "http://127.0.0.1:1",
            };
            command.env(name, value);
        }
        // This one is for plain http.
        command.env("HTTP_PROXY", "http://127.0.0.1:1").env("http_proxy", "http://127.0.0.1:1");
        assert_refused_by_proxy(&finish(command, ""), &format!("{UNRESOLVABLE}:8443"));
        assert_eq!(proxy.done()[0].path, format!("{UNRESOLVABLE}:8443"));
    }
}

#[test]
fn a_proxy_for_plain_http_is_not_for_https() {
    let home = Home::new();
    let mut command = command_beyond(&home);
    command.args(["--base-url", &format!("https://{UNRESOLVABLE}")]);
    command.env("HTTP_PROXY", "http://127.0.0.1:1").env("http_proxy", "http://127.0.0.1:1");
    let output = finish(command, "");
    assert_eq!(without_guids(&output.stderr), not_resolved());
    assert_eq!((output.code, output.text()), (8, ""));
}

#[test]
fn a_proxy_gets_its_own_password_and_never_the_token() {
    for (user, authorization) in
        [("", None), ("me:hunter2@", Some("Basic bWU6aHVudGVyMg==")), ("me:p%40ss@", Some("Basic bWU6cEBzcw=="))]
    {
        let home = Home::new();
        let proxy = refusing_proxy();
        let mut command = command_beyond(&home);
        command.arg("-vv").args(["--base-url", &format!("https://{UNRESOLVABLE}")]);
        // Without a scheme it is an HTTP one.
        command.env("HTTPS_PROXY", proxy.url().replace("http://", user));
        let output = finish(command, "");
        let refused = error(&format!("no connection to {UNRESOLVABLE}: the proxy returned 403"));
        let end = refused + CHECK_PROXY + UNSEEN_IDS;
        assert!(without_guids(&output.stderr).ends_with(&end), "{}", output.stderr);
        assert!(!output.stderr.contains("hunter2") && !output.stderr.contains("ss@"), "{}", output.stderr);
        let request = proxy.done().remove(0);
        assert_eq!(request.header("Proxy-Authorization"), authorization);
        assert!(!format!("{request:?}").contains(TOKEN), "{request:?}");
    }
}

#[test]
fn no_proxy_lists_hosts_domains_and_a_star() {
    let direct = not_resolved();
    let passed = |variable: &str, list: &str| {
        let home = Home::new();
        let proxy = Server::start(vec![]);
        let mut command = command_beyond(&home);
        command.args(["--base-url", &format!("https://{UNRESOLVABLE}")]);
        command.env("HTTPS_PROXY", proxy.url()).env(variable, list);
        assert_eq!(without_guids(&finish(command, "").stderr), direct, "{list}");
    };
    for list in [
        "*",
        UNRESOLVABLE,
        &UNRESOLVABLE.to_uppercase(),
        "partner.example",
        ".partner.example",
        "*.partner.example",
        "EXAMPLE",
        "localhost, partner.example ,other.example",
        "localhost partner.example",
        " * ",
    ] {
        passed("NO_PROXY", list);
    }
    passed("no_proxy", "partner.example");

    for list in ["", ",", "artner.example", "partner.exam", "a.partner.example", "www.example", "127.0.0.1", "."] {
        let home = Home::new();
        let proxy = refusing_proxy();
        let mut command = command_beyond(&home);
        command.args(["--base-url", &format!("https://{UNRESOLVABLE}")]);
        command.env("HTTPS_PROXY", proxy.url()).env("NO_PROXY", list);
        assert_refused_by_proxy(&finish(command, ""), UNRESOLVABLE);
        proxy.done();
    }
}

/// That this value is refused, for each of the variables, and not shown.
#[track_caller]
fn assert_no_proxy(value: &str) {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let home = Home::new();
        let mut command = command_beyond(&home);
        command.env(name, value).args(["--base-url", &format!("https://{UNRESOLVABLE}")]);
        let hint = "  hint: it takes an address such as http://proxy.example.com:8080; SOCKS is not supported\n";
        // Windows takes the pairs for one, and the first name is the one that is asked for.
        let name = if cfg!(windows) { name.to_uppercase() } else { name.to_owned() };
        assert_refused(&finish(command, ""), &format!("{name} does not name a usable proxy\n{hint}"));
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused_without_showing_it() {
    for value in [
        "socks5://me:hunter2@127.0.0.1:1080",
        "socks5h://127.0.0.1",
        "socks4://127.0.0.1",
        "socks://127.0.0.1",
        "ftp://hunter2@127.0.0.1",
        "http://",
        "http://:8080",
        "hunter2 hunter2",
        "http://[::1",
        "/hunter2",
        "*",
    ] {
        assert_no_proxy(value);
    }
}

#[test]
fn a_proxy_with_a_port_that_is_none_is_refused() {
    for value in ["http://127.0.0.1:65536", "http://127.0.0.1:0", "http://127.0.0.1:80x", "127.0.0.1:http"] {
        assert_no_proxy(value);
    }
}

#[test]
fn a_proxy_that_is_not_there_says_so() {
    let home = Home::new();
    let mut command = command_beyond(&home);
    command.env("HTTPS_PROXY", "http://127.0.0.1:1").args(["--base-url", &format!("https://{UNRESOLVABLE}")]);
    let output = finish(command, "");
    let reason = refusal("127.0.0.1:1");
    assert_unreached(&output, &format!("no connection to {UNRESOLVABLE} through the proxy: {reason}"), CHECK_NETWORK);
}

/// What comes of a proxy with these answers, and how often it was asked.
fn call_through(answers: Vec<Answer>, args: &[&str]) -> (Output, usize) {
    let home = Home::new();
    let proxy = Server::start(answers);
    let mut command = home.command();
    command.env("PC_USAGE_ACCESS_TOKEN", TOKEN).env("HTTPS_PROXY", proxy.url());
    command.args([CUSTOMER, "--base-url", &format!("https://{UNRESOLVABLE}")]).args(args);
    let output = finish(command, "");
    let requests = proxy.done();
    assert!(requests.iter().all(|request| request.method == "CONNECT"), "{requests:?}");
    (output, requests.len())
}

#[test]
fn what_a_proxy_refuses_is_never_tried_again() {
    // A wrong password, tried again and again, locks an account.
    for status in [400, 403, 404, 407, 408, 429] {
        let (output, connects) = call_through(vec![Answer::status(status)], &[]);
        assert_unreached(
            &output,
            &format!("no connection to {UNRESOLVABLE}: the proxy returned {status}"),
            CHECK_PROXY,
        );
        assert_eq!(connects, 1);
    }
}

#[test]
fn a_proxy_in_trouble_is_tried_again() {
    let statuses = [500, 502, 503, 504].map(|status| (Answer::status(status), format!("the proxy returned {status}")));
    let silence = (Answer::hang_up(), "proxy server did not respond".to_owned());
    at_once(statuses.into_iter().chain([silence]), |(answer, what)| {
        let (output, connects) = call_through(vec![answer; 2], &["--retries", "1"]);
        let message = format!("no connection to {UNRESOLVABLE}: {what} (after 2 attempts)");
        assert_unreached(&output, &message, CHECK_PROXY);
        assert_eq!(connects, 2);
    });
}

/// A proxy that leads to `target`, whatever it is asked for; gives its URL and the heads of what it was asked.
fn tunnel(target: &Server) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("its number"));
    let target = target.url().trim_start_matches("https://").to_owned();
    let (tell, told) = mpsc::channel();
    let lead = move |mut client: TcpStream, target: String, tell: Sender<String>| -> io::Result<()> {
        let mut head = String::new();
        let mut reader = BufReader::new(client.try_clone()?);
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head)?;
        }
        tell.send(head).map_err(io::Error::other)?;
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let mut server = TcpStream::connect(target)?;
        let (mut back, mut forth) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || -> io::Result<()> {
            io::copy(&mut back, &mut forth)?;
            forth.shutdown(Shutdown::Both)
        });
        io::copy(&mut reader, &mut server)?;
        server.shutdown(Shutdown::Both)
    };
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (target, tell) = (target.clone(), tell.clone());
            thread::spawn(move || lead(client, target, tell));
        }
    });
    (url, told)
}

#[cfg(target_os = "linux")]
#[test]
fn the_service_is_reached_through_a_proxy_with_tls_all_the_way() {
    // The name is in its certificate, and only the proxy knows where it is.
    let service = TlsServer::with_wrong_name(vec![Answer::status(200).json(SAMPLE)]);
    let (proxy, told) = tunnel(&service);
    let home = Home::new();
    let mut command = command_beyond(&home);
    command.args(["-o", "json", "-v", "--base-url", "https://elsewhere.example"]);
    command.env("HTTPS_PROXY", proxy).env("SSL_CERT_FILE", service.ca_file());
    let output = finish(command, "");
    assert_eq!(
        masked(&output.stderr, &service),
        format!(
            "pc-usage: GET https://elsewhere.example/v1/customers/{CUSTOMER}/analytics/licenses/usage through the proxy\n\
             pc-usage: 200 OK in N ms, {} bytes\n",
            SAMPLE.len()
        )
    );
    assert_eq!((output.code, output.text()), (0, sample_json().as_str()));
    let requests = service.requests();
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(requests[0].header("Authorization"), Some(bearer.as_str()));
    assert_eq!(requests[0].header("Host"), Some("elsewhere.example"));
    let head = told.recv().expect("it was asked");
    assert!(head.starts_with("CONNECT elsewhere.example:443 HTTP/1.1\r\n") && !head.contains(TOKEN), "{head}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_kept_connection_that_is_dead_is_replaced_through_a_proxy_too() {
    let good = || Answer::status(200).json(SAMPLE);
    let service = TlsServer::with_wrong_name(vec![good(), Answer::hang_up(), good()]);
    let (proxy, told) = tunnel(&service);
    let home = Home::new();
    let mut command = command_beyond(&home);
    command.args([&*id(2), "-o", "json", "--jobs", "1", "--base-url", "https://elsewhere.example"]);
    command.env("HTTPS_PROXY", proxy).env("SSL_CERT_FILE", service.ca_file());
    let output = finish(command, "");
    let element =
        |id: &str| format!("{{\"customerId\":\"{id}\",\"response\":{}}}", sample_json().trim_end_matches('\n'));
    assert_report(&output, &format!("[\n{},\n{}\n]\n", element(CUSTOMER), element(&id(2))));
    assert_eq!((service.requests().len(), told.try_iter().count()), (3, 2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_service_that_takes_too_long_behind_a_proxy_says_so() {
    let service = TlsServer::with_wrong_name(vec![Answer::stall()]);
    let (proxy, _told) = tunnel(&service);
    let home = Home::new();
    let mut command = command_beyond(&home);
    command.args(["--timeout", "1", "--base-url", "https://elsewhere.example"]);
    command.env("HTTPS_PROXY", proxy).env("SSL_CERT_FILE", service.ca_file());
    let output = finish(command, "");
    let message = error("no complete response from elsewhere.example through the proxy within 1 s");
    assert_failed(&output, 8, &(message + TOO_SLOW + &sent_ids(&service.requests()[0])));
}
