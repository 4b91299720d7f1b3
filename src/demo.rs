//! A small built-in Partner Center on a loopback port of this process, for `--demo`.
//! It checks what the real one checks and nothing else; its figures and dates are fixed.

mod commercial;
mod each;
mod sample;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::secret::Secret;
use sample::{CUSTOMERS, DOCUMENTED, SampleCustomer};

/// Starts the service and returns its address.
///
/// # Errors
/// If no loopback port can be had.
pub fn start() -> io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let seen = Arc::new(Seen::default());
    thread::Builder::new().spawn(move || {
        for connection in listener.incoming().flatten() {
            let connection = Arc::new(connection);
            let (client, seen_there) = (Arc::clone(&connection), Arc::clone(&seen));
            // If a client goes away, only its own connection ends.
            let talk = move || drop(serve(&client, &seen_there, usize::MAX));
            if thread::Builder::new().spawn(talk).is_err() {
                // Without a thread, answer one request here, then take the next client.
                drop(serve(&connection, &seen, 1));
            }
        }
    })?;
    Ok(format!("http://{address}"))
}

/// State that answers depend on besides the request.
#[derive(Default)]
struct Seen {
    /// Whether the throttled customer was asked for.
    throttled: AtomicBool,
    /// Whether the device code was polled.
    polled: AtomicBool,
}

/// The audience of the demo's token.
pub const AUDIENCE: &str = "https://api.partnercenter.microsoft.com";

/// The token that the service accepts: a JWT like a real one, but without a signature.
pub fn token() -> Secret {
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let claims = format!(
        r#"{{"aud":"{AUDIENCE}","tid":"{TENANT}","appid":"{APP}","upn":"admin@partner.example","scp":"user_impersonation","amr":["pwd","mfa"],"exp":4102444800}}"#
    );
    Secret::new(format!("{}.{}.", part(r#"{"alg":"none","typ":"JWT"}"#), part(&claims)))
}

const TENANT: &str = "5db05eb0-ea26-4fb3-91bc-806e7fc19d06";
const APP: &str = "6ec16fc1-fb37-40c4-a2cd-917f80d2ae07";

/// Answers up to `requests` requests on one connection.
fn serve(connection: &TcpStream, seen: &Seen, requests: usize) -> io::Result<()> {
    // No real request line and headers are longer; no more is read.
    const MAX_HEAD: u64 = 64 << 10;
    let mut reader = BufReader::new(connection);
    for _ in 0..requests {
        let mut head = Vec::new();
        let mut limited = (&mut reader).take(MAX_HEAD);
        while !head.ends_with(b"\r\n\r\n") {
            if limited.read_until(b'\n', &mut head)? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&head);
        let mut lines = head.lines();
        let request_line = lines.next().unwrap_or_default();
        let header = |name: &str| {
            lines.clone().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let length = header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut form = String::new();
        (&mut reader).take(length.min(MAX_HEAD)).read_to_string(&mut form)?;
        let answer = match request_line.strip_prefix("POST ") {
            Some(path) => sign_in(path, &form, seen),
            None => answer(request_line, &header, &seen.throttled),
        };
        let mut writer = connection;
        writer.write_all(&answer.to_bytes(&header))?;
    }
    Ok(())
}

struct Reply {
    status: &'static str,
    retry_after: Option<u8>,
    body: Vec<u8>,
}

impl Reply {
    /// A success starts with a byte order mark, as from the real service.
    fn ok(body: &[u8]) -> Self {
        let body = body.strip_prefix(BOM).unwrap_or(body);
        Self { status: "200 OK", retry_after: None, body: [BOM, body].concat() }
    }

    fn error(status: &'static str, code: u32, description: &str) -> Self {
        let body = format!(r#"{{"code":{code},"description":"{description}","data":[],"source":"PartnerFD"}}"#);
        Self { status, retry_after: None, body: body.into_bytes() }
    }

    fn to_bytes<'a>(&self, header: &dyn Fn(&str) -> Option<&'a str>) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n",
            self.status,
            self.body.len()
        );
        for name in ["MS-CorrelationId", "MS-RequestId"] {
            head += &format!("{name}: {}\r\n", header(name).unwrap_or_default());
        }
        head += "MS-CV: 0mufM0K1kEOoR7oI.0\r\nMS-ServerId: demo\r\n";
        if let Some(seconds) = self.retry_after {
            head += &format!("Retry-After: {seconds}\r\n");
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

fn answer<'a>(request_line: &str, header: &dyn Fn(&str) -> Option<&'a str>, throttled: &AtomicBool) -> Reply {
    let token = token();
    let bearer = header("Authorization").and_then(|value| value.strip_prefix("Bearer "));
    if bearer != Some(token.expose()) {
        return Reply::error("401 Unauthorized", 900_420, "The token is not one of this service.");
    }
    let is_guid = |name| header(name).is_some_and(|value| Uuid::try_parse(value).is_ok());
    if !is_guid("MS-RequestId") || !is_guid("MS-CorrelationId") || header("Accept") != Some("application/json") {
        return Reply::error("400 Bad Request", 2000, "MS-RequestId, MS-CorrelationId or Accept is missing.");
    }
    let path = request_line.strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1")).unwrap_or_default();
    if path == "/v1/customers?size=500" {
        return Reply::ok(page(header("MS-ContinuationToken")).as_bytes());
    }
    if let Some(page) = commercial::page(path) {
        return Reply::ok(page.as_bytes());
    }
    let call = path.strip_prefix("/v1/customers/").and_then(|rest| rest.split_once("/analytics/licenses/"));
    let customer = call.and_then(|(id, call)| Some((CUSTOMERS.iter().find(|customer| customer.id == id)?, call)));
    match customer {
        Some((customer, "usage" | "deployment")) if customer.is_forbidden => {
            Reply::error("403 Forbidden", 20002, "No relationship between caller and account.")
        }
        Some((customer, "usage")) if customer.is_throttled && !throttled.swap(true, Ordering::SeqCst) => Reply {
            retry_after: Some(1),
            ..Reply::error("429 Too Many Requests", 429, "Rate limit is exceeded. Try again in 1 seconds.")
        },
        Some((customer, "usage")) if customer.id == DOCUMENTED => Reply::ok(include_bytes!("demo/customer-usage.json")),
        Some((customer, "usage")) => Reply::ok(each::usage(customer).as_bytes()),
        Some((customer, "deployment")) => Reply::ok(each::deployment(customer).as_bytes()),
        _ => Reply::error("404 Not Found", 3000, "No customer of this partner has this id."),
    }
}

/// Half of the customers, and a link to the other half. The link leaves out `/v1`, as the real service sometimes does.
fn page(continuation: Option<&str>) -> String {
    let (first, second) = CUSTOMERS.split_at(CUSTOMERS.len() / 2);
    let (customers, links) = match continuation {
        None => (
            first,
            r#","links":{"next":{"uri":"/customers?size=500","method":"GET","headers":[{"key":"MS-ContinuationToken","value":"second"}]}}"#,
        ),
        Some(_) => (second, ""),
    };
    let items: Vec<String> = customers
        .iter()
        .map(|SampleCustomer { id, name, domain, .. }| {
            format!(
                r#"{{"id":"{id}","companyProfile":{{"tenantId":"{id}","domain":"{domain}","companyName":"{name}"}},"relationshipToPartner":"reseller"}}"#
            )
        })
        .collect();
    format!(r#"{{"totalCount":{},"items":[{}]{links}}}"#, CUSTOMERS.len(), items.join(","))
}

/// The sign-in service's side of the device code flow: the second poll succeeds.
fn sign_in(path: &str, form: &str, seen: &Seen) -> Reply {
    let body = if path.contains("/oauth2/v2.0/devicecode ") {
        r#"{"device_code":"demo","user_code":"DEMO-CODE","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":1}"#.to_owned()
    } else if form.contains("device_code=demo") && seen.polled.swap(true, Ordering::SeqCst) {
        let token = token();
        format!(
            r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{}","refresh_token":"demo"}}"#,
            token.expose()
        )
    } else {
        let pending =
            br#"{"error":"authorization_pending","error_description":"AADSTS70016: nobody has signed in yet."}"#;
        return Reply { status: "400 Bad Request", retry_after: None, body: pending.to_vec() };
    };
    Reply { status: "200 OK", retry_after: None, body: body.into_bytes() }
}
