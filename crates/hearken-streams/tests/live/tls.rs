//! TLS: servers whose certificate an authority has signed that is named, and servers that nobody vouches for.
//!
//! Whom the system trusts is said to a process when it starts, so the sources run in a process of their own: this program again,
//! which then runs nothing but [`as_a_child`].

use std::env;
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use hearken_streams::{Cursors, Source, Waits, bluesky, mastodon};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::instance::{Instance, Plan};
use crate::jetstream::{Play, Server, feed};

/// Where the servers of the child are, as `BLUESKY MASTODON`.
const SERVERS: &str = "HEARKEN_TEST_SERVERS";

const WAITS: Waits = Waits { min: Duration::from_millis(1), max: Duration::from_millis(5) };

/// Signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// For a server on loopback.
    fn acceptor(&self) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Speaks TLS with whoever comes, and passes on what they say.
struct Front(JoinHandle<()>);

impl Front {
    fn start(listener: TcpListener, acceptor: TlsAcceptor, to: SocketAddr) -> Self {
        Self(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut client = acceptor.accept(client).await.ok()?;
                    let mut server = TcpStream::connect(to).await.ok()?;
                    copy_bidirectional(&mut client, &mut server).await.ok()
                });
            }
        }))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs both sources in a process that trusts an authority, against servers with certificates by another or the same.
async fn run(trusted: &Authority, signer: &Authority) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, trusted.0.pem()).unwrap();
    let jetstream = Server::start(Play { feed: Arc::new(feed(1_000, 500)), ..Play::default() }).await;
    let [bluesky, mastodon] =
        [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
    let addresses = [&bluesky, &mastodon].map(|listener| listener.local_addr().unwrap());
    let plan = Plan { secure_at: Some(addresses[1]), ..Plan::default() };
    let instance = Instance::start(plan, Vec::new()).await;
    let _fronts = [
        Front::start(bluesky, signer.acceptor(), jetstream.address),
        Front::start(mastodon, signer.acceptor(), instance.address),
    ];
    let world = Arc::clone(&instance.world);
    let posting = tokio::spawn(async move {
        world.until_opened(1).await;
        (1..=20).for_each(|id| world.post(id));
    });
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "tls::as_a_child", "--ignored", "--nocapture"]).env("SSL_CERT_FILE", file);
    child.env(SERVERS, addresses.map(|address| address.to_string()).join(" ")).env_remove("SSL_CERT_DIR");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    posting.abort();
    output
}

/// Says whether so many lines come from a source, or why they don't.
async fn tell(name: &str, mut source: impl Source, enough: usize) {
    let mut lines = 0;
    while lines < enough {
        match tokio::time::timeout(Duration::from_secs(30), source.next()).await {
            Ok(Ok(Some(batch))) => lines += batch.lines.iter().filter(|byte| **byte == b'\n').count(),
            Ok(Ok(None)) => return println!("{name}: ended"),
            Ok(Err(error)) => return println!("{name}: {error:#}"),
            Err(_) => return println!("{name}: nothing more came"),
        }
    }
    println!("{name}: enough");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is run by the others"]
async fn as_a_child() {
    let Ok(servers) = env::var(SERVERS) else { return };
    let (bluesky, mastodon) = servers.split_once(' ').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cursors = Cursors::open(folder.path().join("cursors.json")).unwrap();
    let mut options = bluesky::Options::from_url(&format!("bluesky://{bluesky}")).unwrap();
    (options.waits, options.linger.lines) = (WAITS, 100);
    let source = bluesky::Bluesky::new(options, Some(cursors.cursor("bluesky").unwrap())).unwrap();
    tell("bluesky", source, 900).await;
    let mut options = mastodon::Options::from_url(&format!("mastodon://{mastodon}/public")).unwrap();
    (options.waits, options.linger.lines) = (WAITS, 10);
    let source = mastodon::Mastodon::new(options, Some(cursors.cursor("mastodon").unwrap())).unwrap();
    tell("mastodon", source, 10).await;
}

fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_speak_tls_with_servers_whose_authority_is_named() {
    let authority = Authority::new();
    let said = said(&run(&authority, &authority).await);
    assert!(said.contains("bluesky: enough") && said.contains("mastodon: enough"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_nobody_vouches_for_are_refused() {
    let said = said(&run(&Authority::new(), &Authority::new()).await);
    for name in ["bluesky", "mastodon"] {
        let told = said.lines().find(|line| line.contains(&format!("{name}: "))).unwrap_or_default();
        assert!(told.contains("certificate") && told.contains("SSL_CERT_FILE"), "{said}");
    }
}
