//! Plays a script of raw HTTP answers on a loopback port and records what was asked, so that a test can be as rude as a real gateway.
//! It refuses to be lenient: an answer that nobody asked for, or a request without an answer, fails the test that owns the server.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::gzip::gzip;

/// What a request without a scripted answer gets; no real service sends it and no client retries it.
const UNSCRIPTED: u16 = 599;

/// One answer of the script: a normal HTTP answer unless told otherwise.
#[derive(Clone)]
pub struct Answer {
    manner: Manner,
    path: Option<String>,
    delay: Duration,
    held: usize,
    status: u16,
    reason: Option<String>,
    headers: Vec<(String, String)>,
    pieces: Vec<Vec<u8>>,
    pause: Duration,
    truncate: Option<usize>,
    close: bool,
    hang_up: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Sized,
    Chunked,
    Raw,
    HangUp,
    Stall,
}

/// Longer than any test.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

impl Answer {
    fn new(manner: Manner) -> Self {
        Self {
            manner,
            path: None,
            delay: Duration::ZERO,
            held: 0,
            status: 200,
            reason: None,
            headers: Vec::new(),
            pieces: Vec::new(),
            pause: Duration::ZERO,
            truncate: None,
            close: false,
            hang_up: false,
        }
    }

    /// An HTTP answer with this status and, so far, no body.
    pub fn status(status: u16) -> Self {
        let mut answer = Self::new(Manner::Sized);
        answer.status = status;
        answer
    }

    /// These bytes in place of an HTTP answer; then the connection is closed.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let mut answer = Self::new(Manner::Raw);
        answer.pieces = vec![bytes.into()];
        answer
    }

    /// Closes the connection without a byte.
    pub fn hang_up() -> Self {
        Self::new(Manner::HangUp)
    }

    /// Says nothing until the server ends.
    pub fn stall() -> Self {
        Self::new(Manner::Stall)
    }

    /// Keeps this answer for requests to `path`: the whole path, with the query only where `path` has one.
    pub fn for_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Waits before the first byte.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Waits until the test says so, with [`Server::release`] of this number or a greater one.
    pub fn held(mut self, until: usize) -> Self {
        self.held = until;
        self
    }

    /// A reason phrase of one's own (it may be empty).
    pub fn reason(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// Adds a header; a `Content-Length` given here is sent in place of the true one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body.
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.pieces = vec![bytes.into()];
        self
    }

    /// The body and its type; the bytes need not be good JSON.
    pub fn json(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.header("Content-Type", "application/json").body(bytes)
    }

    /// The body as chunks (`Transfer-Encoding: chunked`), `pause` apart where one is set.
    pub fn chunked<B: Into<Vec<u8>>>(mut self, chunks: impl IntoIterator<Item = B>) -> Self {
        self.manner = Manner::Chunked;
        self.pieces = chunks.into_iter().map(Into::into).collect();
        self
    }

    /// Waits so long between two chunks.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Compresses the body given so far (each chunk is one gzip member).
    pub fn gzip(mut self) -> Self {
        self.pieces = self.pieces.iter().map(|piece| gzip(piece)).collect();
        self.header("Content-Encoding", "gzip")
    }

    /// Sends the headers of the whole answer but only `bytes` bytes of what follows them, then closes the connection.
    pub fn truncate(mut self, bytes: usize) -> Self {
        self.truncate = Some(bytes);
        self
    }

    /// Says `Connection: close` and does so.
    pub fn close(mut self) -> Self {
        self.close = true;
        self
    }

    /// Closes the connection behind the answer, without having said so.
    pub fn then_hang_up(mut self) -> Self {
        self.hang_up = true;
        self
    }

    fn fits(&self, request: &Request) -> bool {
        let asked = request.path.as_str();
        self.path
            .as_deref()
            .is_none_or(|path| path == asked || asked.split_once('?').is_some_and(|(bare, _)| bare == path))
    }

    fn head(&self) -> Vec<u8> {
        let reason = self.reason.as_deref().unwrap_or(match self.status {
            200 => "OK",
            204 => "No Content",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            503 => "Service Unavailable",
            _ => "Scripted",
        });
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        let mut add = |name: &str, value: &str| {
            write!(head, "{name}: {value}\r\n").expect("a String takes everything");
        };
        for (name, value) in &self.headers {
            add(name, value);
        }
        let told = |name: &str| self.headers.iter().any(|h| h.0.eq_ignore_ascii_case(name));
        if self.manner == Manner::Chunked {
            add("Transfer-Encoding", "chunked");
        } else if self.status != 204 && !told("Content-Length") {
            let length: usize = self.pieces.iter().map(Vec::len).sum();
            add("Content-Length", &length.to_string());
        }
        if self.close {
            add("Connection", "close");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// What follows the headers, cut where `pause` comes between.
    fn parts(&self) -> Vec<Vec<u8>> {
        let mut parts = self.pieces.clone();
        if self.manner == Manner::Chunked {
            for part in &mut parts {
                part.splice(0..0, format!("{:x}\r\n", part.len()).into_bytes());
                part.extend_from_slice(b"\r\n");
            }
            parts.push(b"0\r\n\r\n".to_vec());
        }
        parts
    }

    /// Gives the answer; true where the connection is good for another one.
    fn play<S: Read + Write>(&self, stream: &mut S, shared: &Shared) -> io::Result<bool> {
        shared.sleep(self.delay);
        shared.wait_for_release(self.held);
        let mut wire = match self.manner {
            Manner::HangUp => return Ok(false),
            // Not by reading on: Wine does not wake a reader whose connection is shut down.
            Manner::Stall => {
                shared.sleep(FOREVER);
                return Ok(false);
            }
            Manner::Raw => Vec::new(),
            Manner::Sized | Manner::Chunked => self.head(),
        };
        let mut left = self.truncate.unwrap_or(usize::MAX);
        for (index, part) in self.parts().into_iter().enumerate() {
            if index > 0 && !self.pause.is_zero() {
                stream.write_all(&wire)?;
                stream.flush()?;
                wire.clear();
                shared.state().pauses += 1;
                shared.changed.notify_all();
                shared.sleep(self.pause);
            }
            let sent = part.len().min(left);
            left -= sent;
            wire.extend_from_slice(&part[..sent]);
        }
        stream.write_all(&wire)?;
        stream.flush()?;
        Ok(!self.close && !self.hang_up && self.truncate.is_none() && self.manner != Manner::Raw)
    }
}

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    /// In the order, and with the letter case, in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When it had been read to its end.
    pub at: Instant,
    /// Counts the server's connections from 0: equal numbers mean that a connection was used again.
    pub connection: usize,
}

impl Request {
    /// The first header of this name, in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|header| header.0.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Reads one request; `None` where the client closed the connection instead.
    fn read(reader: &mut impl BufRead, connection: usize) -> io::Result<Option<Self>> {
        let Some(start) = line(reader)? else {
            return Ok(None);
        };
        let [method, path, "HTTP/1.1"] = start.split(' ').collect::<Vec<_>>()[..] else {
            return Err(io::Error::other(format!("no request line: {start:?}")));
        };
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            at: Instant::now(),
            connection,
        };
        loop {
            match line(reader)? {
                None => return Ok(None),
                Some(end) if end.is_empty() => break,
                Some(header) => {
                    let (name, value) =
                        header.split_once(':').ok_or_else(|| io::Error::other(format!("no header: {header:?}")))?;
                    let pair = (name.to_owned(), value.trim().to_owned());
                    request.headers.push(pair);
                }
            }
        }
        if request.header("Transfer-Encoding").is_some() {
            return Err(io::Error::other("a request body of unknown length"));
        }
        let length = request.header("Content-Length").unwrap_or("0");
        let length = length.parse().map_err(|_| io::Error::other(format!("no length: {length:?}")))?;
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body)?;
        request.at = Instant::now();
        Ok(Some(request))
    }
}

/// A line without its end; `None` where the input ends before the line does.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let line = String::from_utf8_lossy(&line);
    let ended = line.strip_suffix('\n');
    Ok(ended.map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// A loopback server; dropping it ends it, and fails the test where script and requests did not match.
pub struct Server {
    url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    script: Vec<Answer>,
    requests: Vec<Request>,
    faults: Vec<String>,
    open: Vec<TcpStream>,
    released: usize,
    pauses: usize,
    stopping: bool,
}

impl Server {
    /// Starts a server that gives each request the first unused answer that fits it.
    pub fn start(answers: Vec<Answer>) -> Self {
        Self::start_with(|_| answers)
    }

    /// The same, for answers that name the server's own URL.
    pub fn start_with(answers: impl FnOnce(&str) -> Vec<Answer>) -> Self {
        Self::listen("http", answers, Ok)
    }

    /// Starts a server that speaks through what `wrap` makes of each connection.
    pub fn listen<S: Read + Write + 'static>(
        scheme: &str,
        answers: impl FnOnce(&str) -> Vec<Answer>,
        wrap: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("the port's number");
        let url = format!("{scheme}://{address}");
        let shared = Arc::new(Shared {
            state: Mutex::new(State { script: answers(&url), ..State::default() }),
            changed: Condvar::new(),
        });
        let listening = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared, &Arc::new(wrap))
        });
        Self { url, address, shared, listening: Some(listening) }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was asked so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// Blocks until so many requests have arrived; fails the test after 20 seconds.
    pub fn wait_for_requests(&self, count: usize) {
        self.wait_for(count, "requests arrived", |state| state.requests.len());
    }

    /// Blocks until so many answers, or parts of one, have been written up to a pause; fails the test after 20 seconds.
    #[cfg(unix)]
    pub fn wait_for_pauses(&self, count: usize) {
        self.wait_for(count, "pauses came", |state| state.pauses);
    }

    fn wait_for(&self, count: usize, what: &str, so_far: impl Fn(&State) -> usize) {
        let short = |state: &mut State| so_far(state) < count;
        let wait = self.shared.changed.wait_timeout_while(self.shared.state(), Duration::from_secs(20), short);
        let came = wait.map_or(0, |(state, _)| so_far(&state));
        assert!(came >= count, "{came} of {count} {what}");
    }

    /// Lets the answers go that are held until this number or a lower one.
    pub fn release(&self, number: usize) {
        self.shared.state().released = number;
        self.shared.changed.notify_all();
    }

    /// Ends the server, fails the test where the script did not match, and gives what was asked.
    pub fn done(mut self) -> Vec<Request> {
        self.stop();
        self.requests()
    }

    fn stop(&mut self) {
        let Some(listening) = self.listening.take() else {
            return;
        };
        let mut state = self.shared.state();
        state.stopping = true;
        for connection in &state.open {
            // Wakes a thread that waits for its client; fails only where the client has gone.
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        if listening.join().is_err() {
            self.shared.fault("the server panicked".to_owned());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            return;
        }
        let mut state = self.shared.state();
        let mut faults = std::mem::take(&mut state.faults);
        for answer in &state.script {
            let path = answer.path.as_deref().unwrap_or("any path");
            faults.push(format!("nobody asked for {} on {path}", answer.status));
        }
        drop(state);
        assert!(faults.is_empty(), "{}: {}", self.url, faults.join("; "));
    }
}

impl Shared {
    // A test that panicked must still be able to end its server: poison is no news here.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, fault: String) {
        self.state().faults.push(fault);
    }

    /// Sleeps, but not beyond the server's end.
    fn sleep(&self, time: Duration) {
        let going_on = |state: &mut State| !state.stopping;
        drop(self.changed.wait_timeout_while(self.state(), time, going_on));
    }

    fn wait_for_release(&self, number: usize) {
        let held = |state: &mut State| !state.stopping && state.released < number;
        drop(self.changed.wait_while(self.state(), held));
    }

    /// Records the request and takes its answer out of the script.
    fn answer(&self, request: Request) -> Answer {
        let mut state = self.state();
        let fit = state.script.iter().position(|a| a.fits(&request));
        let answer = if let Some(index) = fit {
            state.script.remove(index)
        } else {
            let fault = format!("no answer for {} {}", request.method, request.path);
            state.faults.push(fault);
            Answer::status(UNSCRIPTED).body("no answer in the test's script")
        };
        state.requests.push(request);
        drop(state);
        self.changed.notify_all();
        answer
    }
}

fn accept<S: Read + Write + 'static>(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    wrap: &Arc<impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static>,
) {
    let mut threads = Vec::new();
    for (number, connection) in listener.incoming().enumerate() {
        let connection = connection.expect("a connection");
        let handle = connection.try_clone().expect("a second handle");
        let mut state = shared.state();
        if state.stopping {
            break;
        }
        state.open.push(handle);
        drop(state);
        let (shared, wrap) = (Arc::clone(shared), Arc::clone(wrap));
        threads.push(thread::spawn(move || {
            let handle = connection.try_clone().expect("a third handle");
            // Answers are written whole: nothing is gained by holding back a small packet.
            handle.set_nodelay(true).expect("no delay");
            let talk = wrap(connection).and_then(|stream| converse(stream, number, &shared));
            // A client may go away at any time, that is what some tests are about; one that speaks no HTTP is a bug.
            if let Err(error) = talk
                && error.kind() == io::ErrorKind::Other
            {
                shared.fault(error.to_string());
            }
            // The handles above keep the socket open: only this closes the connection.
            let _ = handle.shutdown(Shutdown::Both);
        }));
    }
    for thread in threads {
        thread.join().expect("a connection's thread ends well");
    }
}

fn converse<S: Read + Write>(stream: S, number: usize, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader, number)? {
        let last = request.header("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let answer = shared.answer(request);
        if !answer.play(reader.get_mut(), shared)? || last {
            break;
        }
    }
    Ok(())
}

fn ask(server: &Server, requests: &str) -> String {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream.write_all(requests.as_bytes()).expect("it reads");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).expect("it answers");
    answers
}

fn complaint(server: Server) -> String {
    let end = AssertUnwindSafe(|| drop(server));
    let panic = panic::catch_unwind(end).expect_err("the server complains");
    panic.downcast_ref::<String>().expect("in words").clone()
}

#[test]
fn a_connection_carries_several_answers_until_one_closes_it() {
    let server = Server::start(vec![
        Answer::status(200).json("{}").header("MS-CV", "x.0"),
        Answer::status(401).reason("Unauthorized - MFA required"),
        Answer::status(204).close(),
    ]);
    let asked = "POST /a HTTP/1.1\r\nX-One: 1\r\ncontent-length: 3\r\n\r\nk=v\
        GET /b?c=d HTTP/1.1\r\n\r\nGET /e HTTP/1.1\r\n\r\n";
    assert_eq!(
        ask(&server, asked),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMS-CV: x.0\r\nContent-Length: 2\r\n\r\n{}\
        HTTP/1.1 401 Unauthorized - MFA required\r\nContent-Length: 0\r\n\r\n\
        HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    );
    let requests = server.done();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].headers[0], ("X-One".to_owned(), "1".to_owned()));
    assert_eq!(requests[0].header("Content-Length"), Some("3"));
    assert_eq!(requests[0].body, b"k=v");
    assert_eq!(requests[1].path, "/b?c=d");
    assert_eq!(requests[2].connection, 0);
    assert!(requests[0].at <= requests[2].at);
}

#[test]
fn an_answer_for_a_path_waits_for_that_path() {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n");
    let server = Server::start_with(|url| {
        vec![Answer::status(302).header("Location", url).for_path("/moved"), Answer::status(404)]
    });
    assert!(ask(&server, &get("/other")).starts_with("HTTP/1.1 404 Not Found\r\n"));
    let moved = ask(&server, &get("/moved?page=2"));
    assert!(moved.contains(&format!("Location: {}\r\n", server.url())));
    assert_eq!(server.done()[1].connection, 1);
}

#[test]
fn a_chunked_answer_can_pause_and_break_off() {
    let pause = Duration::from_millis(30);
    let chunks = || Answer::status(200).chunked(["abc", "defg"]).pause(pause).close();
    let server = Server::start(vec![chunks(), chunks().truncate(12)]);
    let start = Instant::now();
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n4\r\n";
    let get = "GET / HTTP/1.1\r\n\r\n";
    assert_eq!(ask(&server, get), format!("{head}defg\r\n0\r\n\r\n"));
    assert!(start.elapsed() >= 2 * pause);
    assert_eq!(ask(&server, get), format!("{head}d"));
}

#[test]
fn a_rude_answer_is_given_as_it_is() {
    let server = Server::start(vec![Answer::raw("SSH-2.0\r\n").delay(Duration::from_millis(1)), Answer::hang_up()]);
    let get = "GET / HTTP/1.1\r\n\r\n";
    assert_eq!(ask(&server, get), "SSH-2.0\r\n");
    assert_eq!(ask(&server, get), "");
}

#[test]
fn a_stalled_client_does_not_outlive_the_server() {
    let slow = Duration::from_secs(3600);
    let server = Server::start(vec![Answer::stall(), Answer::status(200).delay(slow)]);
    let mut clients = [(); 2].map(|()| TcpStream::connect(server.address).expect("it listens"));
    for client in &mut clients {
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("it reads");
    }
    server.wait_for_requests(2);
    let start = Instant::now();
    server.done();
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_unused_answer_fails_the_test() {
    let server = Server::start(vec![Answer::status(200).for_path("/never")]);
    let text = complaint(server);
    assert!(text.ends_with(": nobody asked for 200 on /never"), "{text}");
}

#[test]
fn a_request_without_an_answer_fails_the_test() {
    let server = Server::start(vec![]);
    let answer = ask(&server, "GET /v1 HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 599 "), "{answer}");
    let text = complaint(server);
    assert!(text.ends_with(": no answer for GET /v1"), "{text}");
}
