//! The scripted server over TLS, with a certificate authority of its own that a test may trust or not.
//! It refuses to touch the machine's trust store: `ca_file()` is for `SSL_CERT_FILE`.

use std::io::Write as _;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::NamedTempFile;

use crate::server::{Answer, Server};
use crate::{CUSTOMER, Home, Output, SAMPLE, assert_sample, finish};

/// A [`Server`] that speaks TLS; everything else is the same.
pub struct TlsServer {
    server: Server,
    ca_file: NamedTempFile,
}

impl TlsServer {
    /// With a good certificate for `localhost` and 127.0.0.1.
    pub fn start(answers: Vec<Answer>) -> Self {
        Self::with(answers, &certificate_for(&["localhost", "127.0.0.1"]))
    }

    /// With a good certificate for some other host.
    pub fn with_wrong_name(answers: Vec<Answer>) -> Self {
        Self::with(answers, &certificate_for(&["elsewhere.example"]))
    }

    /// With a certificate that ended years ago.
    pub fn with_expired_certificate(answers: Vec<Answer>) -> Self {
        let mut certificate = certificate_for(&["localhost", "127.0.0.1"]);
        certificate.not_before = date_time_ymd(2016, 1, 1);
        certificate.not_after = date_time_ymd(2017, 1, 1);
        Self::with(answers, &certificate)
    }

    /// The authority's certificate, as PEM.
    pub fn ca_file(&self) -> &Path {
        self.ca_file.path()
    }

    fn with(answers: Vec<Answer>, certificate: &CertificateParams) -> Self {
        let mut authority = CertificateParams::default();
        // Its own name: a certificate with its issuer's name counts as self-signed.
        let name = &mut authority.distinguished_name;
        name.push(DnType::CommonName, "pc-usage test authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().expect("a key");
        let ca = CertifiedIssuer::self_signed(authority, ca_key).expect("an authority");
        let mut ca_file = NamedTempFile::new().expect("a temporary file");
        ca_file.write_all(ca.pem().as_bytes()).expect("room for a certificate");

        let key = KeyPair::generate().expect("a key");
        let certificate = certificate.signed_by(&key, &ca).expect("a certificate");
        // Named, not taken from the process: a test binary has no default provider.
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .expect("the key fits the certificate");
        let config = Arc::new(config);
        // The handshake happens at the first read, so a client that refuses the certificate leaves no request behind.
        let server = Server::listen(
            "https",
            |_| answers,
            move |tcp| {
                let connection = ServerConnection::new(Arc::clone(&config));
                let connection = connection.map_err(std::io::Error::other)?;
                Ok(StreamOwned::new(connection, tcp))
            },
        );
        Self { server, ca_file }
    }
}

impl Deref for TlsServer {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

fn certificate_for(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    CertificateParams::new(names).expect("names that a certificate can hold")
}

fn fetch(server: &TlsServer, trusted: bool) -> Output {
    let home = Home::new();
    let mut command = home.command_for(server);
    command.args([CUSTOMER, "-o", "json", "--retries", "0"]);
    if trusted {
        command.env("SSL_CERT_FILE", server.ca_file());
    }
    finish(command, "")
}

/// Windows and macOS have stores of their own, which no variable replaces.
#[cfg(target_os = "linux")]
#[test]
fn an_authority_that_the_machine_trusts_is_trusted() {
    let server = TlsServer::start(vec![Answer::status(200).json(SAMPLE)]);
    let output = fetch(&server, true);
    assert_sample(&output);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_certificate_that_proves_nothing_gets_no_token() {
    for (server, trusted) in [
        (TlsServer::start(vec![]), false),
        (TlsServer::with_wrong_name(vec![]), true),
        (TlsServer::with_expired_certificate(vec![]), true),
    ] {
        let output = fetch(&server, trusted);
        assert_eq!((output.code, output.text()), (8, ""));
        // A request, and the token in it, would have been recorded as a fault.
        drop(server);
    }
}
