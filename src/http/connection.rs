//! The layer between the HTTP client and the network: name resolution, and kept-alive connections that report when they
//! were closed while idle. It knows nothing of requests and answers, and never retries.
//!
//! It is written against `ureq::unversioned`, which may change with each minor version of ureq: hence the pin in Cargo.toml.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport, time,
};

/// A kept-alive connection was closed before any byte of the answer came: the request can safely be sent again.
#[derive(Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the kept-alive connection was closed")
    }
}

impl std::error::Error for Closed {}

thread_local! {
    /// When this thread gives up reading; each answer is read by the thread that sent its request.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs `read` with a limit on the total time that its connection waits for input.
pub fn within<T>(time: Duration, read: impl FnOnce() -> T) -> T {
    DEADLINE.set(Some(Instant::now() + time));
    let result = read();
    DEADLINE.set(None);
    result
}

/// Connects as ureq does.
#[derive(Debug, Default)]
pub struct Connections(DefaultConnector);

impl Connector for Connections {
    type Out = Connection;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Connection>, Error> {
        let inner = self.0.connect(details, chained)?;
        Ok(inner.map(|inner| Connection { inner, is_untouched: false }))
    }
}

/// A connection that knows whether it was kept alive.
#[derive(Debug)]
pub struct Connection {
    inner: Box<dyn Transport>,
    /// It was kept alive, and no byte has come since.
    is_untouched: bool,
}

impl Connection {
    /// The server may close a kept-alive connection at any time, which shows only when it is used.
    fn checked<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        use io::ErrorKind as K;
        match result {
            Err(Error::Io(error))
                if self.is_untouched
                    && matches!(
                        error.kind(),
                        K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::NotConnected
                    ) =>
            {
                Err(Error::Other(Box::new(Closed)))
            }
            other => other,
        }
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let result = self.inner.transmit_output(amount, timeout);
        self.checked(result)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        if let Some(deadline) = DEADLINE.get() {
            let left = deadline.saturating_duration_since(Instant::now());
            timeout.after = left.min(*timeout.after).into();
        }
        let result = self.inner.await_input(timeout);
        match self.checked(result)? {
            true => {
                self.is_untouched = false;
                Ok(true)
            }
            false if self.is_untouched => Err(Error::Other(Box::new(Closed))),
            false => Ok(false),
        }
    }

    /// Called when the connection is put into the pool, and when it is taken out.
    fn is_open(&mut self) -> bool {
        self.is_untouched = true;
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Resolves names as ureq does, with two differences: an IP address needs no thread, and where no thread can be started it
/// does without, where ureq would panic.
#[derive(Debug, Default)]
pub struct Names(DefaultResolver);

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().or_else(|| uri.scheme_str().map(|scheme| if scheme == "http" { 80 } else { 443 }));
        if let (Ok(address), Some(port)) = (host.parse::<IpAddr>(), port) {
            let mut addresses = self.empty();
            addresses.push((address, port).into());
            return Ok(addresses);
        }
        // Without a time-out ureq resolves the name on the calling thread.
        let patient = NextTimeout { after: time::Duration::NotHappening, ..timeout };
        let (tell, told) = mpsc::sync_channel(1);
        let (name, settings) = (uri.clone(), config.clone());
        let look_up = move || {
            // If it took too long, nobody is listening.
            let _ = tell.send(DefaultResolver::default().resolve(&name, &settings, patient));
        };
        match thread::Builder::new().spawn(look_up) {
            Ok(_) => told.recv_timeout(*timeout.after).unwrap_or(Err(Error::Timeout(timeout.reason))),
            // Rely on the system's own time-out.
            Err(_) => self.0.resolve(uri, config, patient),
        }
    }
}
