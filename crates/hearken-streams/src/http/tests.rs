#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::*;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct Fixture {
    http: Http,
    server: Server,
    stop: CancellationToken,
}

async fn listen(query: &str) -> Fixture {
    let options = Options::from_url(&format!("listen://127.0.0.1:0{query}")).unwrap();
    let stop = CancellationToken::new();
    let (http, server) = Http::listen(options, stop.clone()).await.unwrap();
    Fixture { http, server, stop }
}

/// What is answered: status and body.
type Answer = (u16, String);

async fn exchange(address: SocketAddr, request: Vec<u8>) -> (Answer, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an answer in time").unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    ((status, body.to_owned()), head.to_lowercase())
}

fn request(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /posts HTTP/1.1\r\nHost: here\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn post(address: SocketAddr, headers: &str, body: &[u8]) -> Answer {
    exchange(address, request(headers, body)).await.0
}

fn spawn_post(address: SocketAddr, body: &'static str) -> JoinHandle<Answer> {
    tokio::spawn(async move { post(address, "", body.as_bytes()).await })
}

async fn next(http: &mut Http) -> Batch {
    timeout(PATIENCE, http.next()).await.expect("a batch in time").unwrap().unwrap()
}

#[tokio::test]
async fn an_answer_comes_when_the_batch_and_all_before_it_are_committed() {
    let Fixture { mut http, .. } = listen("").await;
    let first = spawn_post(http.address(), "{\"text\":\"a\"}\n\nno post\n");
    let a = next(&mut http).await;
    let second = spawn_post(http.address(), "{\"text\":\"b\"}");
    let b = next(&mut http).await;
    assert_eq!((a.lines.as_slice(), a.first_line), (&b"{\"text\":\"a\"}\n\nno post\n"[..], 1));
    assert_ne!(a.name, b.name, "posts without an id are named by it");
    sleep(Duration::from_millis(200)).await;
    assert!(!first.is_finished() && !second.is_finished());
    http.commit(b.token).await.unwrap();
    assert_eq!(first.await.unwrap(), (200, "{\"accepted\":2}".to_owned()), "the empty line is none");
    assert_eq!(second.await.unwrap(), (200, "{\"accepted\":1}".to_owned()));
}

#[tokio::test]
async fn what_takes_longer_is_accepted_but_not_called_durable() {
    let Fixture { mut http, .. } = listen("?wait=1").await;
    let sent = spawn_post(http.address(), "{\"text\":\"a\"}");
    let batch = next(&mut http).await;
    assert_eq!(sent.await.unwrap(), (202, "{\"accepted\":1,\"durable\":false}".to_owned()));
    http.commit(batch.token).await.unwrap();
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_nothing_waits_in_it_for_ever() {
    let Fixture { mut http, .. } = listen("?queue=2&wait=1").await;
    let waiting = [spawn_post(http.address(), "1"), spawn_post(http.address(), "2")];
    sleep(Duration::from_millis(300)).await;
    let ((status, _), head) = exchange(http.address(), request("", b"3")).await;
    assert_eq!(status, 429);
    assert!(head.contains("retry-after: 1"), "{head}");
    for waited in waiting {
        assert_eq!(waited.await.unwrap().0, 429, "nobody took it within its time");
    }
    // None of the three was taken; there is room again.
    let sent = spawn_post(http.address(), "4");
    let batch = next(&mut http).await;
    assert_eq!(batch.lines, b"4");
    http.commit(batch.token).await.unwrap();
    assert_eq!(sent.await.unwrap().0, 200);
}

#[tokio::test]
async fn a_body_is_bounded_packed_and_unpacked_and_the_limit_is_told() {
    let Fixture { http, .. } = listen("?max-body=1000").await;
    let large = vec![b'x'; 1001];
    let gzip = pack(&large);
    let zstd = zstd::encode_all(&large[..], 1).unwrap();
    assert!(gzip.len() < 100 && zstd.len() < 100);
    for (headers, body) in [("", large), ("Content-Encoding: gzip\r\n", gzip), ("Content-Encoding: zstd\r\n", zstd)] {
        let (status, said) = post(http.address(), headers, &body).await;
        assert_eq!(status, 413, "{headers}");
        assert!(said.contains("1000 bytes"), "{said}");
    }
    let endless =
        "POST /posts HTTP/1.1\r\nHost: here\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n";
    let chunked = [endless.as_bytes(), &[b'x'; 1001], b"\r\n0\r\n\r\n"].concat();
    assert_eq!(exchange(http.address(), chunked).await.0.0, 413);
}

fn pack(body: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

#[tokio::test]
async fn bodies_come_packed_and_as_json() {
    let Fixture { mut http, .. } = listen("").await;
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    let pretty = b"[\n  {\"text\": \"a\"},\n  {\"text\":\r\n \"b\\n\"}\n]";
    let cases: [(String, Vec<u8>, &[u8], u64); 5] = [
        ("Content-Type: application/x-ndjson\r\nContent-Encoding: gzip\r\n".into(), pack(b"1\n2\n"), b"1\n2\n", 2),
        ("Content-Encoding: zstd\r\n".into(), zstd::encode_all(&b"1\n"[..], 1).unwrap(), b"1\n", 1),
        (json.into(), b"{\"text\":\n\"a\"}".to_vec(), b"{\"text\": \"a\"}\n", 1),
        (json.into(), pretty.to_vec(), b"{\"text\": \"a\"}\n{\"text\":   \"b\\n\"}\n", 2),
        (format!("{json}Content-Encoding: gzip\r\n"), pack(b"[1,\"no post\"]"), b"1\n\"no post\"\n", 2),
    ];
    for (headers, body, lines, accepted) in cases {
        let address = http.address();
        let sent = tokio::spawn(async move { post(address, &headers, &body).await });
        let batch = next(&mut http).await;
        assert_eq!(String::from_utf8_lossy(&batch.lines), String::from_utf8_lossy(lines));
        http.commit(batch.token).await.unwrap();
        assert_eq!(sent.await.unwrap(), (200, format!("{{\"accepted\":{accepted}}}")));
    }
}

#[tokio::test]
async fn what_is_not_understood_is_refused_with_the_reason_and_without_the_posts() {
    let Fixture { http, .. } = listen("").await;
    let cases = [
        ("Content-Type: text/csv\r\n", "secret", 415, "application/x-ndjson"),
        ("Content-Encoding: br\r\n", "secret", 415, "gzip, zstd"),
        ("Content-Encoding: gzip\r\n", "secret", 400, "can't be unpacked"),
        ("Content-Type: application/json\r\n", "[{\"text\":\"secret\"},", 400, "line 1, column"),
        ("Content-Type: application/json\r\n", "secret", 400, "line 1, column"),
    ];
    for (headers, body, status, reason) in cases {
        let (answered, said) = post(http.address(), headers, body.as_bytes()).await;
        assert_eq!(answered, status, "{headers}{said}");
        assert!(said.contains(reason) && !said.contains("secret"), "{said}");
    }
    assert_eq!(post(http.address(), "", b"\n \n").await, (200, "{\"accepted\":0}".to_owned()));
    let elsewhere = b"GET /posts HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".to_vec();
    assert_eq!(exchange(http.address(), elsewhere).await.0.0, 405);
}

#[tokio::test]
async fn a_token_is_asked_for_and_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, "sesame\n").unwrap();
    let Fixture { mut http, .. } = listen(&format!("?token-file={}", file.display())).await;
    for headers in
        ["", "Authorization: Bearer open\r\n", "Authorization: Basic sesame\r\n", "Authorization: Bearer\r\n"]
    {
        let ((status, said), head) = exchange(http.address(), request(headers, b"1")).await;
        assert_eq!(status, 401, "{headers}");
        assert!(head.contains("www-authenticate: bearer") && !said.contains("sesame"), "{head}{said}");
    }
    let address = http.address();
    let sent = tokio::spawn(async move { post(address, "Authorization: bearer sesame\r\n", b"1").await });
    let batch = next(&mut http).await;
    http.commit(batch.token).await.unwrap();
    assert_eq!(sent.await.unwrap().0, 200);
    let options = Options::from_url("listen://127.0.0.1:0").unwrap().token(Some("sesame".to_owned()));
    assert!(!format!("{options:?}").contains("sesame"), "{options:?}");
}

#[tokio::test]
async fn other_machines_are_served_only_with_a_token_or_on_purpose() {
    let bind = async |query: &str, token: Option<&str>| {
        let options = Options::from_url(&format!("listen://0.0.0.0:0{query}")).unwrap().token(token.map(str::to_owned));
        Http::listen(options, CancellationToken::new()).await.map(|_| ())
    };
    let refused = bind("", None).await.unwrap_err().to_string();
    assert!(refused.contains("HEARKEN_HTTP_TOKEN") && refused.contains("insecure=true"), "{refused}");
    bind("", Some("")).await.unwrap_err();
    bind("", Some("sesame")).await.unwrap();
    bind("?insecure=true", None).await.unwrap();
}

#[test]
fn addresses_are_checked() {
    for (url, said) in [
        ("listen://localhost", "host and port"),
        ("listen://localhost:80/feed", "/posts"),
        ("listen://localhost:80?wait=soon", "wait=soon"),
        ("listen://localhost:80?queue=0", "queue=0"),
        ("listen://localhost:80?tokn=x", "the keys are"),
        ("listen://localhost:80?token-file=/nowhere", "/nowhere"),
        ("listen://:sesame@localhost:80", "HEARKEN_HTTP_TOKEN"),
    ] {
        let error = format!("{:#}", Options::from_url(url).unwrap_err());
        assert!(error.contains(said) && !error.contains("sesame"), "{url}: {error}");
    }
    assert_eq!(Options::from_url("listen://[::1]:8080?wait=3").unwrap().address, "[::1]:8080");
}

#[tokio::test]
async fn a_slow_client_is_given_up_and_others_go_on() {
    let Fixture { mut http, .. } = listen("?patience=1&queue=2").await;
    let slow = b"POST /posts HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{\"te".to_vec();
    let address = http.address();
    let slow = tokio::spawn(async move { exchange(address, slow).await.0 });
    let mut mute = TcpStream::connect(http.address()).await.unwrap();
    mute.write_all(b"POST /po").await.unwrap();
    let quick = spawn_post(http.address(), "1");
    let batch = next(&mut http).await;
    http.commit(batch.token).await.unwrap();
    assert_eq!(quick.await.unwrap().0, 200);
    let (status, said) = slow.await.unwrap();
    assert_eq!(status, 408, "{said}");
    let mut answer = Vec::new();
    timeout(PATIENCE, mute.read_to_end(&mut answer)).await.expect("the connection is closed").unwrap();
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way_and_refuses_what_is_new() {
    let Fixture { mut http, server, stop } = listen("").await;
    let address = http.address();
    let health = b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".to_vec();
    assert_eq!(exchange(address, health.clone()).await.0, (200, "ok\n".to_owned()));
    let taken = spawn_post(address, "1");
    let batch = next(&mut http).await;
    let waiting = spawn_post(address, "2");
    sleep(Duration::from_millis(200)).await;
    stop.cancel();
    assert_eq!(post(address, "", b"3").await.0, 503);
    assert_eq!(exchange(address, health).await.0.0, 503);
    http.commit(batch.token).await.unwrap();
    drop(http);
    timeout(PATIENCE, server.ended()).await.expect("the server ends");
    assert_eq!(taken.await.unwrap().0, 200, "it was under way, and is durable");
    assert_eq!(waiting.await.unwrap().0, 503, "nobody had taken it");
    assert!(TcpStream::connect(address).await.is_err());
}
