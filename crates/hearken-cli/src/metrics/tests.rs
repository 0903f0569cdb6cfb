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
    let panel = board.panel(None);
    panel.set_engine(Engine::new(&pipeline, &Judges::of(&pipeline), None, None));
    panel.set_phase(Phase::Running);
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
    let panel = board.panel(None);
    panel.set_phase(Phase::Running);
    assert_eq!(health::ready(&board), Ok(()));
    panel.set_phase(Phase::Finishing);
    assert!(health::ready(&board).unwrap_err().starts_with("the input has ended"));
    panel.set_phase(Phase::Running);
    stop.now();
    assert!(health::ready(&board).unwrap_err().starts_with("stopping"));
    assert_eq!(health::alive(&board), Ok(()));
}

#[test]
fn a_desk_that_can_not_be_read_is_said_without_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::new(&Stop::unset().unwrap());
    board.panel(None).set_phase(Phase::Running);
    // A folder is no desk.
    board.watch_desk(&board.panel(None), dir.path(), None).unwrap();
    until(|| health::ready(&board) == Err("the desk can't be read".to_owned()));
    let page = board.page().unwrap();
    assert!(page.contains("\nhearken_desk_up 0\n") && !page.contains(&dir.path().display().to_string()), "{page}");

    let board = Board::new(&Stop::unset().unwrap());
    board.panel(None).set_phase(Phase::Running);
    board.watch_desk(&board.panel(None), &dir.path().join("desk.db"), None).unwrap();
    until(|| health::ready(&board).is_ok());
    assert!(board.page().unwrap().contains("\nhearken_desk_people{standing=\"waiting\"} 0\n"));
}

#[test]
fn a_run_of_many_is_ready_when_all_run_that_have_not_failed() {
    let stop = Stop::unset().unwrap();
    let board = Board::new(&stop);
    let [acme, globex, hooli] = ["acme", "globex", "hooli"].map(|name| board.panel(Some(&name.parse().unwrap())));
    let starting = || health::ready(&board).unwrap_err().starts_with("starting: ");
    acme.set_phase(Phase::Running);
    globex.set_phase(Phase::Failed);
    assert!(starting(), "one hasn't begun");
    hooli.set_phase(Phase::Running);
    assert_eq!(health::ready(&board), Ok(()), "one has failed, and the others run");
    let row = |tenant, value| format!("\nhearken_failed{{tenant=\"{tenant}\"}} {value}\n");
    let page = board.page().unwrap();
    assert!(page.contains(&row("globex", 1)) && page.contains(&row("hooli", 0)), "{page}");
    let dir = tempfile::tempdir().unwrap();
    board.watch_desk(&hooli, dir.path(), None).unwrap();
    until(|| health::ready(&board) == Err("tenant hooli: the desk can't be read".to_owned()));
    hooli.set_phase(Phase::Finishing);
    assert_eq!(health::ready(&board), Ok(()), "the input of one has ended, and another runs");
    acme.set_phase(Phase::Failed);
    assert!(health::ready(&board).unwrap_err().starts_with("the input has ended: "), "no other is left");
    assert_eq!(health::alive(&board), Ok(()));
    hooli.set_phase(Phase::Failed);
    assert!(health::alive(&board).is_err());
}

#[test]
fn rows_of_one_tenant_that_can_not_be_read_hide_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("desk.db");
    let names = ["acme", "globex"].map(|name| name.parse::<TenantName>().unwrap());
    let now = "2026-11-20T22:00:00Z".parse().unwrap();
    for name in &names {
        let desk = crate::desk::open_or_make(&place, Some(name)).unwrap();
        let post = hearken_desk::NewPost::new("", "1", "hello", now);
        desk.take_in(&[hearken_desk::Intake::Post(post)], now).unwrap();
    }
    let file = rusqlite::Connection::open(&place).unwrap();
    let spoilt = "UPDATE ticket SET labels = -1 WHERE tenant = (SELECT id FROM tenant WHERE name = 'acme')";
    assert_eq!(file.execute(spoilt, []).unwrap(), 1);
    let board = Board::new(&Stop::unset().unwrap());
    for name in &names {
        board.watch_desk(&board.panel(Some(name)), &place, None).unwrap();
    }
    until(|| board.page().unwrap().contains("hearken_desk_people{standing=\"waiting\",tenant=\"globex\"} "));
    let page = board.page().unwrap();
    for up in ["hearken_desk_up{tenant=\"acme\"} 0\n", "hearken_desk_up{tenant=\"globex\"} 1\n"] {
        assert!(page.contains(up), "{page}");
    }
    assert!(!page.contains("hearken_desk_people{standing=\"waiting\",tenant=\"acme\"}"), "{page}");
}
