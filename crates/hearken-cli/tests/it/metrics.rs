//! What a run says of itself while it goes on.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use predicates::str::contains;
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::{self, NOW, PATIENCE, posts, stderr, tiny_dir};
use crate::live::{Live, wait_until};
use crate::nats_server::free_port;
use crate::scrape::{Page, get};

/// A run that tells how it does at this port.
fn run(port: u16) -> Command {
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--model"]).arg(tiny_dir()).args(["--metrics", &port.to_string()]);
    command
}

/// Waits until a figure has come to a value.
fn until(port: u16, name: &str, labels: &[(&str, &str)], value: f64) -> Page {
    wait_until(PATIENCE, || Page::of(port).filter(|page| page.get(name, labels) == Some(value)))
}

#[test]
fn what_came_is_counted_exactly() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut command = run(port);
    command.arg("--dead-letter").arg(dir.path().join("bad.jsonl"));
    let mut run = Live::start(&mut command);
    let texts = ["grief grief", "angry angry", "promo promo", "sesame", "sesame", "grief grief angry angry"];
    run.say(&posts(&texts));
    run.say("no sesame\n\n{\"text\":\"\"}\n{\"id\":\"1\",\"deleted\":true}\n{\"id\":9,\"text\":\"hello\",\"lang\":\"fi\"}\n");
    let page = until(port, "hearken_post_latency_seconds_count", &[], 7.0);
    let outcome = |outcome| page.get("hearken_posts_total", &[("source", "stdin"), ("outcome", outcome)]);
    assert_eq!(["queued", "held", "neutral"].map(outcome), [Some(3.0), Some(1.0), Some(3.0)]);
    let label = |label| page.get("hearken_posts_labelled_total", &[("source", "stdin"), ("label", label)]).unwrap();
    assert_eq!(["grief", "frustration", "advice", "promotion"].map(label), [2.0, 2.0, 0.0, 1.0]);
    for (name, labels, value) in [
        ("hearken_lines_rejected_total", &[("source", "stdin")][..], 2.0),
        ("hearken_rejections_total", &[("reason", "invalid_json")], 1.0),
        ("hearken_dead_letters_total", &[], 2.0),
        ("hearken_input_oddities_total", &[("kind", "blank_line")], 1.0),
        ("hearken_stream_events_total", &[("kind", "deletion")], 1.0),
        ("hearken_queue_fates_total", &[("fate", "withdrawn")], 1.0),
        ("hearken_post_latency_seconds_count", &[], 7.0),
        ("hearken_ready", &[], 1.0),
    ] {
        assert_eq!(page.get(name, labels), Some(value), "{name}{labels:?}\n{}", page.text);
    }
    assert_eq!(page.sum("hearken_queue_cases"), 2.0, "one of three was deleted");
    let oldest = page.sum("hearken_queue_oldest_seconds");
    assert!(oldest >= 9.0 * 3600.0, "they wait since noon, and it is ten in the evening: {oldest}");
    assert!(page.families().contains("hearken_model_info") && page.text.contains("model=\"tiny@"));
    assert!(page.text.ends_with("# EOF\n") && !page.text.contains("sesame"), "no word of a post");
    let ended = run.close();
    assert_eq!(ended.status.code(), Some(0));
    assert!(get(port, "/metrics").is_none(), "it ends with the run");
}

#[test]
fn a_scrape_disturbs_nothing_and_counters_only_rise() {
    const POSTS: usize = 2000;
    let port = free_port();
    let mut command = run(port);
    let mut run = Live::start(command.args(["--output", "annotated", "--source", "-"]));
    let mut input = run.take_stdin();
    let lines: String = (0..POSTS).map(|id| format!("{{\"id\":{id},\"text\":\"hello\"}}\n")).collect();
    let writer = thread::spawn(move || {
        use std::io::Write as _;
        for some in lines.as_bytes().chunks(4096) {
            input.write_all(some).unwrap();
            thread::sleep(Duration::from_millis(10));
        }
        // The run goes on as long as this is open.
        input
    });
    let (mut last, mut scrapes) = (0.0, 0);
    while last < POSTS as f64 {
        let page = wait_until(PATIENCE, || Page::of(port));
        let total = page.sum("hearken_posts_total");
        assert!(total >= last);
        (last, scrapes) = (total, scrapes + 1);
        thread::sleep(Duration::from_millis(10));
    }
    drop(writer.join().unwrap());
    let ended = run.finish();
    assert_eq!((ended.status.code(), ended.stdout.lines().count()), (Some(0), POSTS));
    assert!(scrapes > 1, "there was one scrape only");
}

#[test]
fn names_that_others_chose_can_not_break_the_page_or_flood_it() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut command = run(port);
    let long = "x".repeat(200);
    let mut names: Vec<String> = (0..100).map(|number| format!("{number}.jsonl")).collect();
    names.splice(0..0, ["a\"b\\c\n# TYPE d.jsonl".to_owned(), format!("{long}1"), format!("{long}2")]);
    for name in &names {
        fs::write(dir.path().join(name), "{\"text\":\"hello\"}\n").unwrap();
    }
    command.current_dir(dir.path()).args(&names).arg("-");
    let run = Live::start(&mut command);
    let page = wait_until(PATIENCE, || Page::of(port).filter(|page| page.sum("hearken_posts_total") == 103.0));
    let sources: BTreeSet<&str> = page.values("hearken_posts_total", "source").collect();
    // 64 and the rest; two of them differ only in what is cut off.
    assert_eq!(sources.len(), 64, "{sources:?}");
    assert!(sources.contains("other") && sources.contains("a\"b\\c # TYPE d.jsonl"), "{sources:?}");
    assert!(sources.iter().all(|source| source.chars().count() <= 128));
    assert_eq!(run.close().status.code(), Some(0));
}

#[test]
fn who_is_not_ready_says_why() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let source = format!("bluesky+insecure://127.0.0.1:{}?did=did:plc:sesame", free_port());
    let mut command = run(port);
    let run = Live::start(command.args(["--source", &source, "--cursor"]).arg(dir.path().join("cursors")));
    let reason = wait_until(PATIENCE, || get(port, "/readyz").filter(|answer| answer.body.contains("reached")));
    assert_eq!(reason.status, 503);
    assert!(reason.body.starts_with("bluesky+insecure://127.0.0.1:") && !reason.body.contains("sesame"), "{reason:?}");
    assert_eq!(get(port, "/healthz").unwrap().status, 200, "it lives, and tries again");
    let page = Page::of(port).unwrap();
    assert_eq!((page.get("hearken_ready", &[]), page.sum("hearken_source_up")), (Some(0.0), 0.0));
    assert!(!page.text.contains("sesame"));
    run.signal(Signal::TERM);
    run.end();
}

#[test]
fn while_it_stops_it_is_not_ready_and_still_tells() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let file = dir.path().join("posts.jsonl");
    fs::write(&file, (0..5000).map(|id| format!("{{\"id\":{id},\"text\":\"hello\"}}\n")).collect::<String>()).unwrap();
    let mut command = run(port);
    command.args(["--output", "annotated", "--source", &format!("file:{}", file.display())]);
    // Nobody reads what it prints, so it can't finish.
    let mut run = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(PATIENCE, || get(port, "/readyz").filter(|answer| answer.status == 200));
    kill_process(Pid::from_child(&run), Signal::TERM).unwrap();
    let stopping = wait_until(PATIENCE, || get(port, "/readyz").filter(|answer| answer.status == 503));
    assert!(stopping.body.starts_with("stopping: "), "{stopping:?}");
    assert_eq!(get(port, "/healthz").unwrap().status, 200);
    assert_eq!(Page::of(port).unwrap().get("hearken_ready", &[]), Some(0.0));
    let mut printed = run.stdout.take().unwrap();
    std::io::copy(&mut printed, &mut std::io::sink()).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(0), "it stops cleanly");
}

#[test]
fn an_address_is_checked_told_and_never_taken_from_another() {
    let told = cli::tiny().args(["--metrics", "0"]).write_stdin("").assert().success();
    assert!(stderr(&told).starts_with("hearken: metrics at http://127.0.0.1:"), "{}", stderr(&told));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = format!("--metrics 127.0.0.1:{port}: another program listens there");
    cli::tiny().args(["--metrics", &port.to_string()]).write_stdin("").assert().code(2).stderr(contains(said));
    cli::tiny().args(["--metrics", "here"]).write_stdin("").assert().code(2).stderr(contains("neither a port nor"));
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("hearken.toml");
    fs::write(&config, "metrics = \"0\"\n").unwrap();
    let told = cli::tiny().arg("--config").arg(&config).write_stdin("").assert().success();
    assert!(stderr(&told).contains("metrics at http://"));
}

#[test]
fn a_watcher_tells_of_the_desk() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let desk = dir.path().join("desk.db");
    cli::tiny().arg("--desk").arg(&desk).write_stdin(posts(&["grief", "hello"])).assert().success();
    let mut command = cli::command();
    command.args(["desk", "watch", "--every", "1s", "--now", NOW, "--metrics", &port.to_string(), "--desk"]).arg(&desk);
    let run = Live::start(&mut command);
    let page = until(port, "hearken_desk_people", &[("standing", "waiting")], 1.0);
    assert_eq!(page.get("hearken_desk_waiting_people_labelled", &[("label", "grief")]), Some(1.0));
    assert!(page.sum("hearken_desk_oldest_waiting_seconds") >= 9.0 * 3600.0);
    assert_eq!(get(port, "/readyz").unwrap().status, 200);
    run.signal(Signal::TERM);
    run.end();
}
