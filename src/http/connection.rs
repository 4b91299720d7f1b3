//! What is between the HTTP client and the network: looking names up, and connections that tell when they died while they
//! were kept. It knows nothing of requests and answers, and never retries.
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

/// A kept connection was closed before a byte of the answer came: nothing speaks against sending the request again.
#[derive(Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the kept-alive connection was closed")
    }
}

impl std::error::Error for Closed {}

thread_local! {
    /// When this thread gives up reading; each answer is read by the thread that asked for it.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs `read`, whose connection waits no longer than that for all that it is to read.
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

/// A connection that knows whether it has been kept.
#[derive(Debug)]
pub struct Connection {
    inner: Box<dyn Transport>,
    /// It was kept, and not a byte has come since.
    is_untouched: bool,
}

impl Connection {
    /// The other side may close a kept connection at any time, and nobody can know before it is used.
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

    /// Asked when the connection is put aside, and when it is taken again.
    fn is_open(&mut self) -> bool {
        self.is_untouched = true;
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Looks names up as ureq does. It takes an address as it is, for which ureq would start a thread, and does without one where
/// there is none to have, for which ureq would panic.
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
        // Without a time-out ureq looks the name up on the thread it is called on.
        let patient = NextTimeout { after: time::Duration::NotHappening, ..timeout };
        let (tell, told) = mpsc::sync_channel(1);
        let (name, settings) = (uri.clone(), config.clone());
        let look_up = move || {
            // Nobody listens where it took too long.
            let _ = tell.send(DefaultResolver::default().resolve(&name, &settings, patient));
        };
        match thread::Builder::new().spawn(look_up) {
            Ok(_) => told.recv_timeout(*timeout.after).unwrap_or(Err(Error::Timeout(timeout.reason))),
            // The system's own time-out has to do.
            Err(_) => self.0.resolve(uri, config, patient),
        }
    }
}
