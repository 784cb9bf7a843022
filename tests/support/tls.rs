//! TLS in front of a scripted model, with certificates of a test's own.
//!
//! [`Authority`] vouches for certificates; a program started with its [`Authority::file`] as
//! `SSL_CERT_FILE` trusts it and nobody else. [`Front`] ends TLS and passes what is inside on.

use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use rcgen::CertificateParams;
use rcgen::Issuer;
use rcgen::KeyPair;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Whoever vouches for certificates.
pub struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    /// A new one, whose name is shown in its certificates.
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        // By its name alone nobody is taken for another.
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let own = params.self_signed(&key).expect("a certificate");
        let folder = TempDir::with_prefix("greenlight-authority-").expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), own.pem()).expect("a file can be written");
        Self {
            folder,
            issuer: Issuer::new(params, key),
        }
    }

    /// The file that makes a program trust it.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for `name` that is good.
    pub fn good(&self, name: &str) -> Identity {
        self.signed(params(name))
    }

    /// One for `name` whose time is over.
    pub fn expired(&self, name: &str) -> Identity {
        let mut params = params(name);
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        self.signed(params)
    }

    fn signed(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity::of(certificate.der().clone(), &key)
    }
}

impl Identity {
    /// A certificate for `name` that only vouches for itself.
    pub fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = params(name).self_signed(&key).expect("a certificate");
        Self::of(certificate.der().clone(), &key)
    }

    fn of(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key that rustls knows");
        Self { certificate, key }
    }
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("a name that a certificate can have")
}

/// A server that speaks TLS and passes what is inside on; stops when dropped.
pub struct Front {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    /// Starts in front of the server at `behind`.
    pub fn start(identity: Identity, behind: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        listener.set_nonblocking(true).expect("a new socket");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate], identity.key)
            .expect("the key fits the certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be built");
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, acceptor, behind) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Its base URL under `host`, which has to lead to this machine.
    pub fn base_url(&self, host: &str) -> String {
        format!("https://{host}:{}/v1", self.address.port())
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, behind: SocketAddr) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("the socket is non-blocking");
    while let Ok((connection, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that does not trust us hangs up here, which is what tests are about.
            let Ok(mut inside) = acceptor.accept(connection).await else {
                return;
            };
            let Ok(mut model) = tokio::net::TcpStream::connect(behind).await else {
                return;
            };
            drop(tokio::io::copy_bidirectional(&mut inside, &mut model).await);
        });
    }
}
