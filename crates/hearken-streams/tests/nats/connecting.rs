//! Which servers are spoken to, and as whom.

use std::io::Write as _;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use hearken_streams::Away;
use hearken_streams::nats::{Nats, Options};
use tokio::time::timeout;

use crate::server::{Server, free_port};
use crate::stream::{PATIENCE, client, make, url};

async fn refused(url: &str) -> String {
    format!("{:#}", error(url).await)
}

async fn error(url: &str) -> anyhow::Error {
    let options = Options::from_url(url).unwrap();
    timeout(PATIENCE, Nats::connect(options)).await.unwrap().unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_too_old_is_told_of() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let hello =
                br#"INFO {"server_id":"x","version":"2.10.29","headers":true,"max_payload":1048576,"jetstream":true}"#;
            stream.write_all(hello).unwrap();
            stream.write_all(b"\r\nPONG\r\n").unwrap();
            thread::sleep(Duration::from_secs(5));
        }
    });
    let error = refused(&format!("nats://{address}?stream=posts&consumer=triage")).await;
    assert_eq!(error, format!("nats://{address} is NATS 2.10.29, and 2.11 or newer is needed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_of() {
    let port = free_port();
    let error = error(&format!("nats://127.0.0.1:{port}?stream=posts&consumer=triage")).await;
    assert!(error.is::<Away>() && error.source().is_some(), "{error:?}");
    assert!(format!("{error:#}").starts_with(&format!("connecting to nats://127.0.0.1:{port}: ")), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_there_is_told_of() {
    let server = Server::start();
    let error = error(&url(&server, "")).await;
    assert!(!error.is::<Away>());
    let error = format!("{error:#}");
    assert!(error.contains("the stream posts (nats stream add posts --subjects 'posts.>'"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_come_from_files_and_no_error_shows_them() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display();
    let secret = |text: &str| std::fs::write(file.path(), text).unwrap();
    let server = Server::with(&["--user", "ann", "--pass", "sesame"]);
    let url = format!("nats://ann@{}?stream=posts&consumer=triage&password-file={path}", server.address());
    secret("wrong-sesame");
    let error = refused(&url).await;
    assert!(error.contains("authorization violation") && !error.contains("wrong-sesame"), "{error}");
    secret("sesame\n");
    assert!(refused(&url).await.contains("the stream posts"), "it was let in");
    let server = Server::with(&["--auth", "s3cret"]);
    let url = format!("nats://{}?stream=posts&consumer=triage&token-file={path}", server.address());
    assert!(refused(&url).await.contains("authorization violation"));
    secret("s3cret");
    assert!(refused(&url).await.contains("the stream posts"), "it was let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_of_the_servers_will_do() {
    let server = Server::start();
    make(&client(&server).await).await;
    let url = format!("nats://127.0.0.1:{},{}?stream=posts&consumer=triage", free_port(), server.address());
    assert!(Nats::connect(Options::from_url(&url).unwrap()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_ones_own_are_shown_and_believed() {
    let file = |name: &str| format!("{}/tests/nats/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let [ca, own, key] = ["ca.pem", "server.pem", "server.key"].map(file);
    let server = Server::with(&["--tlsverify", "--tlscacert", &ca, "--tlscert", &own, "--tlskey", &key]);
    let [client, client_key] = ["client.pem", "client.key"].map(file);
    let url = |settings: &str| url(&server, settings);
    let believed = refused(&url(&format!("&tls-ca={ca}&tls-cert={client}&tls-key={client_key}"))).await;
    assert!(believed.contains("the stream posts"), "it was let in: {believed}");
    let distrusted = error(&url("")).await;
    assert!(!distrusted.is::<Away>(), "time doesn't mend a certificate: {distrusted:?}");
    for settings in [String::new(), format!("&tls-cert={client}&tls-key={client_key}"), format!("&tls-ca={ca}")] {
        let error = refused(&url(&settings)).await;
        assert!(
            error.starts_with("connecting to nats://") && !error.contains("the stream posts"),
            "{settings}: {error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_proves_who_reads() {
    let dir = tempfile::tempdir().unwrap();
    let (config, seed) = (dir.path().join("config"), dir.path().join("seed"));
    // A pair that NATS's own documentation shows.
    let user = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
    std::fs::write(&config, format!("authorization {{ users = [ {{ nkey: {user} }} ] }}")).unwrap();
    std::fs::write(&seed, "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n").unwrap();
    let server = Server::with(&["-c", config.to_str().unwrap()]);
    assert!(!refused(&url(&server, "")).await.contains("the stream posts"));
    let error = refused(&url(&server, &format!("&nkey-file={}", seed.display()))).await;
    assert!(error.contains("the stream posts"), "it was let in: {error}");
}
