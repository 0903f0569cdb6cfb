#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use hearken::{Model, Pipeline};

use super::*;
use crate::stats::Judges;

const PATIENCE: Duration = Duration::from_secs(60);

fn until(mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "it did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

fn tiny() -> hearken::Builder {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hearken/tests/data/tiny");
    Pipeline::builder(Model::open(model).unwrap()).workers(1)
}

#[test]
fn a_pipeline_that_has_failed_is_neither_alive_nor_ready() {
    let board = Board::new(&Stop::unset().unwrap());
    let server = Server::start(&"0".parse().unwrap(), Arc::clone(&board)).unwrap();
    assert!(get(server.address, "/healthz").starts_with("HTTP/1.1 200"));
    let starting = get(server.address, "/readyz");
    assert!(starting.starts_with("HTTP/1.1 503") && starting.contains("starting: "), "{starting}");
    let pipeline = tiny().annotated(Box::new(|_| Err(io::Error::other("the disk is full")))).start().unwrap();
    board.add(Engine::new(&pipeline, &Judges::of(&pipeline), None, None));
    board.set_phase(Phase::Running);
    assert!(get(server.address, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(get(server.address, "/metrics").contains("\nhearken_ready 1\n"));
    let _ = pipeline.read(&b"{\"text\":\"grief\"}\n"[..], "posts");
    until(|| get(server.address, "/healthz").starts_with("HTTP/1.1 503"));
    let failed = get(server.address, "/readyz");
    assert!(
        failed.starts_with("HTTP/1.1 503")
            && failed.ends_with("the pipeline has failed; the run ends with the reason\n")
    );
    assert!(get(server.address, "/metrics").contains("\nhearken_ready 0\n"));
    assert!(get(server.address, "/other").starts_with("HTTP/1.1 404"));
    pipeline.finish().unwrap_err();
}

#[test]
fn a_run_that_stops_or_has_read_all_is_not_ready() {
    let stop = Stop::unset().unwrap();
    let board = Board::new(&stop);
    board.set_phase(Phase::Running);
    assert_eq!(health::ready(&board), Ok(()));
    board.set_phase(Phase::Finishing);
    assert!(health::ready(&board).unwrap_err().starts_with("the input has ended"));
    board.set_phase(Phase::Running);
    stop.now();
    assert!(health::ready(&board).unwrap_err().starts_with("stopping"));
    assert_eq!(health::alive(&board), Ok(()));
}

#[test]
fn a_desk_that_can_not_be_read_is_said_without_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::new(&Stop::unset().unwrap());
    board.set_phase(Phase::Running);
    // A folder is no desk.
    board.watch_desk(dir.path(), None, None).unwrap();
    until(|| health::ready(&board) == Err("the desk can't be read".to_owned()));
    let page = board.page().unwrap();
    assert!(page.contains("\nhearken_desk_up 0\n") && !page.contains(&dir.path().display().to_string()), "{page}");

    let board = Board::new(&Stop::unset().unwrap());
    board.set_phase(Phase::Running);
    board.watch_desk(&dir.path().join("desk.db"), None, None).unwrap();
    until(|| health::ready(&board).is_ok());
    assert!(board.page().unwrap().contains("\nhearken_desk_people{standing=\"waiting\"} 0\n"));
}
