//! What the team's own systems are told: at least once, signed, tried again, and never by two at the same time.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use predicates::str::contains;
use rustix::process::Signal;
use serde_json::Value;

use crate::cli::{self, NOW, posts, stderr, stdout, tiny, tiny_dir};
use crate::desk::Desk;
use crate::live::{Live, wait_until};
use crate::receiver::{Receiver, Reply};

const SECRET: &str = "a secret of enough bytes";
const VARIABLE: &str = "HEARKEN_HOOK_SECRET";

/// A hook at a server, with more keys.
fn web(url: &str, more: &str) -> String {
    format!(
        "[[desk.hook]]\nname = \"helpdesk\"\nurl = \"{url}\"\nsecret-env = \"{VARIABLE}\"\non = [\"enter\", \"resolve\"]\n{more}\n"
    )
}

/// A hook that is a shell's line.
fn shell(line: &str, more: &str) -> String {
    let line = toml_text(line);
    format!("[[desk.hook]]\nname = \"pager\"\ncommand = [\"sh\", \"-c\", {line}]\non = [\"enter\"]\n{more}\n")
}

fn toml_text(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A desk that goes by a policy with these hooks, and has the cases of these texts. Nothing is delivered yet.
fn desk(hooks: &str, texts: &[&str]) -> Desk {
    let desk = Desk::none();
    apply(&desk, hooks);
    take_in(&desk, texts);
    desk
}

/// Has a desk go by a policy; makes it where there is none.
fn apply(desk: &Desk, hooks: &str) {
    take_in(desk, &[]);
    let policy = desk.dir.path().join("policy.toml");
    fs::write(&policy, hooks).unwrap();
    let mut command = cli::hearken();
    command.args(["policy", "apply"]).arg(&policy).arg("--desk").arg(desk.path()).args(["--as", "ann", "--now", NOW]);
    command.assert().success();
}

/// A run that delivers nothing: the hooks have no secret, or fail.
fn take_in(desk: &Desk, texts: &[&str]) {
    tiny().arg("--desk").arg(desk.path()).write_stdin(posts(texts)).assert().success();
}

fn by(desk: &Desk, time: &str, args: &[&str]) -> Command {
    let mut command = desk.by("ann", "22:00", args);
    command.env("HEARKEN_NOW", format!("2026-11-20T{time}Z")).env(VARIABLE, SECRET);
    command
}

/// What `deliver` says it did at a time.
fn deliver(desk: &Desk, time: &str) -> (u64, u64, u64) {
    let done = by(desk, time, &["deliver", "--json"]).assert();
    let said: Value = serde_json::from_str(stdout(&done)).unwrap();
    let of = |key: &str| said[key].as_u64().unwrap();
    let all = (of("delivered"), of("failed"), of("put_aside"));
    assert_eq!(done.get_output().status.success(), all.1 + all.2 == 0, "{}", stderr(&done));
    all
}

#[test]
fn a_run_tells_of_what_comes_in_and_signs_it() {
    let receiver = Receiver::start(&[]);
    let desk = Desk::none();
    apply(&desk, &web(&receiver.url, ""));
    let day = posts(&["grief grief", "what a fine day"]);
    tiny().arg("--desk").arg(desk.path()).env(VARIABLE, SECRET).write_stdin(day).assert().success().stderr("");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1, "one of the posts needs somebody");
    let body = requests[0].body();
    assert_eq!((&body["type"], &body["data"]["ticket"]), (&"enter".into(), &"T1".into()));
    assert!(!requests[0].text.contains("grief grief"), "no text unless it is asked for");
    let signed = format!("{}.{}.{}", requests[0].id(), requests[0].header("webhook-timestamp"), requests[0].text);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let expected = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(requests[0].header("webhook-signature"), format!("v1,{expected}"));

    by(&desk, "22:05:00", &["claim", "T1"]).assert().success();
    by(&desk, "22:05:00", &["resolve", "T1", "--outcome", "helped"]).assert().success();
    assert_eq!(deliver(&desk, "22:06:00"), (1, 0, 0));
    let resolved = receiver.requests()[1].body();
    assert_eq!((&resolved["type"], &resolved["data"]["outcome"]), (&"resolve".into(), &"helped".into()));
    assert_eq!(deliver(&desk, "23:00:00"), (0, 0, 0), "once it was accepted, never again");
}

#[test]
fn texts_go_along_only_where_they_are_asked_for() {
    let receiver = Receiver::start(&[]);
    let desk = desk(&web(&receiver.url, "texts = true"), &["grief grief"]);
    assert_eq!(deliver(&desk, "22:06:00"), (1, 0, 0));
    assert_eq!(receiver.requests()[0].body()["data"]["texts"][0]["text"], "grief grief");
}

#[test]
fn what_failed_is_tried_again_later() {
    let receiver = Receiver::start(&[Reply::Status(500), Reply::After(429, 120)]);
    let desk = desk(&web(&receiver.url, ""), &["grief grief"]);
    assert_eq!(deliver(&desk, "22:06:00"), (0, 1, 0));
    assert_eq!(deliver(&desk, "22:06:00"), (0, 0, 0), "not at once");
    assert_eq!(deliver(&desk, "22:06:06"), (0, 1, 0));
    assert_eq!(deliver(&desk, "22:07:30"), (0, 0, 0), "it asked for two minutes");
    assert_eq!(deliver(&desk, "22:08:07"), (1, 0, 0));
    let ids: HashSet<String> = receiver.requests().iter().map(|request| request.id().to_owned()).collect();
    assert_eq!((receiver.requests().len(), ids.len()), (3, 1), "under the same id each time");
}

#[test]
fn what_fails_too_often_is_put_aside_until_someone_retries_it() {
    let receiver = Receiver::start(&[Reply::Status(500), Reply::Status(302)]);
    let desk = desk(&web(&receiver.url, "tries = 2"), &["grief grief"]);
    assert_eq!(deliver(&desk, "22:06:00"), (0, 1, 0));
    assert_eq!(deliver(&desk, "22:07:00"), (0, 0, 1));
    assert_eq!(deliver(&desk, "23:59:00"), (0, 0, 0));
    let listed = desk.json("ann", "23:59", &["outbox"]);
    assert_eq!((&listed[0]["put_aside"], &listed[1]["state"]), (&1.into(), &"put_aside".into()));
    assert_eq!(listed[1]["last_error"], "the server answered 302");
    by(&desk, "23:59:00", &["outbox", "--retry", "all"]).assert().success();
    assert_eq!(deliver(&desk, "23:59:00"), (1, 0, 0));
    by(&desk, "23:59:00", &["outbox", "--retry", "nobody"]).assert().code(2).stderr(contains("there is no hook"));
}

#[test]
fn a_receiver_that_is_gone_is_left_alone() {
    let receiver = Receiver::start(&[Reply::Status(410)]);
    let desk = desk(&web(&receiver.url, ""), &["grief grief", "angry angry"]);
    assert_eq!(deliver(&desk, "22:06:00"), (0, 1, 0));
    assert_eq!(deliver(&desk, "23:59:00"), (0, 0, 0));
    by(&desk, "23:59:00", &["outbox", "--retry", "helpdesk"]).assert().success();
    assert_eq!(deliver(&desk, "23:59:00"), (2, 0, 0));
}

#[test]
fn a_deliverer_that_is_killed_leaves_its_message_to_the_next() {
    let receiver = Receiver::start(&[Reply::Never]);
    let desk = desk(&web(&receiver.url, ""), &["grief grief"]);
    let mut command = cli::command();
    command.args(["desk", "deliver", "--desk"]).arg(desk.path());
    command.env(VARIABLE, SECRET).env("HEARKEN_NOW", "2026-11-20T22:06:00Z");
    let unlucky = Live::start(&mut command);
    wait_until(cli::PATIENCE, || (!receiver.requests().is_empty()).then_some(()));
    unlucky.signal(Signal::KILL);
    drop(unlucky.end());
    assert_eq!(deliver(&desk, "22:06:30"), (0, 0, 0), "nobody knows yet that it died");
    assert_eq!(deliver(&desk, "22:07:00"), (1, 0, 0));
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].id(), &requests[0].text), (requests[1].id(), &requests[1].text));
}

#[test]
fn a_signal_ends_a_deliverer_that_waits_for_an_answer() {
    let receiver = Receiver::start(&[Reply::Never]);
    let desk = desk(&web(&receiver.url, "timeout = \"5m\""), &["grief grief"]);
    let mut command = cli::command();
    command.args(["desk", "deliver", "--every", "1s", "--desk"]).arg(desk.path()).env(VARIABLE, SECRET);
    let deliverer = Live::start(&mut command);
    wait_until(cli::PATIENCE, || (!receiver.requests().is_empty()).then_some(()));
    deliverer.signal(Signal::TERM);
    assert!(deliverer.end().status.success());
}

#[test]
fn two_deliverers_never_deliver_the_same_at_the_same_time() {
    const MESSAGES: usize = 40;
    let receiver = Receiver::slow(&[], Duration::from_millis(5));
    let texts: Vec<String> = (0..MESSAGES).map(|_| "grief grief".to_owned()).collect();
    let desk = desk(&web(&receiver.url, ""), &texts.iter().map(String::as_str).collect::<Vec<_>>());
    thread::scope(|scope| {
        let deliverers: Vec<_> = (0..3).map(|_| scope.spawn(|| deliver(&desk, "22:06:00").0)).collect();
        let delivered: Vec<u64> = deliverers.into_iter().map(|deliverer| deliverer.join().unwrap()).collect();
        assert_eq!(delivered.iter().sum::<u64>(), MESSAGES as u64);
        assert!(delivered.iter().filter(|delivered| **delivered > 0).count() > 1, "only one of them delivered");
    });
    let ids: HashSet<String> = receiver.requests().iter().map(|request| request.id().to_owned()).collect();
    assert_eq!((receiver.requests().len(), ids.len()), (MESSAGES, MESSAGES));
    assert_eq!(receiver.overlaps(), Vec::<String>::new());
}

#[test]
fn a_hook_without_its_secret_waits_and_a_run_goes_on() {
    let receiver = Receiver::start(&[]);
    let desk = Desk::none();
    apply(&desk, &web(&receiver.url, ""));
    let run = tiny().arg("--desk").arg(desk.path()).write_stdin(posts(&["grief grief"])).assert().success();
    assert!(stderr(&run).contains("hook \"helpdesk\" can't be served, its messages wait: its secret should be in"));
    by(&desk, "22:06:00", &["deliver"]).env_remove(VARIABLE).assert().code(1).stderr(contains(VARIABLE));
    by(&desk, "22:06:00", &["deliver"]).env(VARIABLE, "short").assert().code(1).stderr(contains("at least 16 bytes"));
    assert!(receiver.requests().is_empty());
    assert_eq!(deliver(&desk, "22:06:00"), (1, 0, 0));
}

#[test]
fn a_command_gets_the_message_and_says_whether_it_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let script = format!(
        "cat > {0}/$HEARKEN_EVENT.json; echo $HEARKEN_ID > {0}/id; echo noise; test -e {0}/ready",
        folder.path().display()
    );
    let desk = desk(&shell(&script, ""), &[]);
    let fresh = tiny().arg("--desk").arg(desk.path()).write_stdin(posts(&["grief grief"])).assert().success();
    assert_eq!(stdout(&fresh), "", "what a command prints is no data");
    let body: Value = serde_json::from_str(&fs::read_to_string(file("enter.json")).unwrap()).unwrap();
    assert_eq!(body["data"]["ticket"], "T1");
    let listed = desk.json("ann", "22:01", &["outbox"]);
    assert_eq!((&listed[0]["to"], &listed[1]["last_error"]), (&"sh".into(), &"sh: exit status: 1".into()));
    assert_eq!(listed[1]["id"], fs::read_to_string(file("id")).unwrap().trim());
    fs::write(file("ready"), "").unwrap();
    assert_eq!(deliver(&desk, "22:06:00"), (1, 0, 0));
}

#[test]
fn a_command_that_hangs_is_killed_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
    let desk = desk(&shell(&script, "timeout = \"1s\""), &["grief grief"]);
    deliver(&desk, "22:06:00");
    let child = fs::read_to_string(&pid).unwrap();
    let status = Path::new("/proc").join(child.trim()).join("stat");
    let is_gone = || fs::read_to_string(&status).map_or(true, |stat| stat.contains(") Z "));
    wait_until(cli::PATIENCE, || is_gone().then_some(()));
    let listed = desk.json("ann", "22:06", &["outbox"]);
    assert_eq!(listed[1]["last_error"], "sh took longer than 1 s, and was killed");
}

#[test]
fn a_policy_with_an_unusable_hook_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    let unsigned = "[[desk.hook]]\nname = \"helpdesk\"\non = [\"enter\"]\nurl = \"https://helpdesk.example\"\n";
    for (text, fault) in [
        (unsigned.to_owned(), "hook \"helpdesk\": its receiver must be able to tell who sends"),
        (web("https://helpdesk.example", "secret = \"hunter2\""), "secret"),
        (web("https://helpdesk.example", "timeout = \"1 day\""), "its timeout must be between"),
    ] {
        fs::write(&policy, text).unwrap();
        cli::hearken().args(["policy", "check"]).arg(&policy).assert().failure().stdout(contains(fault));
    }
}

/// Ports differ from run to run.
fn snapshot(name: &str, told: &str) {
    insta::with_settings!({filters => vec![(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]")]}, {
        insta::assert_snapshot!(name, told);
    });
}

/// What each of some commands says, at half past ten.
fn told(desk: &Desk, commands: &[&str], json: bool) -> String {
    let mut told = String::new();
    for typed in commands {
        let mut args: Vec<&str> = typed.split(' ').collect();
        args.extend(json.then_some("--json"));
        let done = by(desk, "22:30:00", &args).env(VARIABLE, SECRET).assert();
        told += &format!("$ hearken desk {typed}\n{}{}\n", stdout(&done), stderr(&done));
    }
    told
}

const COMMANDS: [&str; 6] =
    ["outbox", "deliver", "outbox", "outbox --retry helpdesk", "spikes", "feed --since 2026-11-20T22:00:00Z"];

fn busy() -> Desk {
    let receiver = Receiver::start(&[Reply::Status(200), Reply::Status(503), Reply::Status(503)]);
    let hooks = format!("{}\n{}", web(&receiver.url, "tries = 1"), shell("exit 3", "labels = [\"grief\"]"));
    let desk = Desk::none();
    apply(&desk, &hooks);
    // After some quiet hours many come at once, each of them somebody else.
    let post = |id: usize| {
        let created_at = "2026-11-20T22:25:00Z";
        serde_json::json!({"id": format!("b{id}"), "author": format!("a{id}"), "text": "angry angry", "created_at": created_at})
    };
    let burst: String = (0..8).map(|id| format!("{}\n", post(id))).collect();
    let quiet = posts(&["grief grief", "seeking seeking"]);
    for (now, lines) in [("2026-11-20T18:00:00Z", quiet), ("2026-11-20T22:29:00Z", burst)] {
        let mut command = cli::hearken();
        command.arg("--model").arg(tiny_dir()).arg("--desk").arg(desk.path()).args(["--now", now]);
        command.write_stdin(lines).assert().success();
    }
    desk
}

#[test]
fn people_read_what_is_told_to_others() {
    snapshot("people_read_what_is_told_to_others", &told(&busy(), &COMMANDS, false));
}

#[test]
fn programs_read_what_is_told_to_others() {
    snapshot("programs_read_what_is_told_to_others", &told(&busy(), &COMMANDS, true));
}

#[test]
fn a_feed_goes_on_after_any_line_and_follows() {
    let desk = desk("", &["grief grief", "angry angry", "seeking seeking"]);
    let feed = |args: &[&str]| -> Vec<Value> {
        let done = by(&desk, "22:30:00", &[&["feed"], args].concat()).assert().success();
        stdout(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = feed(&[]);
    assert_eq!(all.iter().map(|line| line["ticket"].as_str().unwrap()).collect::<Vec<_>>(), ["T1", "T2", "T3"]);
    by(&desk, "22:31:00", &["claim", "T1"]).assert().success();
    let second = all[1]["cursor"].to_string();
    let rest = feed(&["--since", &second]);
    assert_eq!(rest.iter().map(|line| line["ticket"].as_str().unwrap()).collect::<Vec<_>>(), ["T3", "T1"]);
    assert_eq!((&rest[1]["assignee"], &rest[1]["state"]), (&"ann".into(), &"claimed".into()));
    let last = rest[1]["cursor"].to_string();
    assert!(feed(&["--since", &last]).is_empty());
    assert_eq!(feed(&["--since", "2026-11-20T22:31:00Z"]).len(), 1);
    by(&desk, "22:31:00", &["feed", "--since", "soon"]).assert().code(2).stderr(contains("a cursor is a number"));

    let mut command = cli::command();
    command.args(["desk", "feed", "--follow", "--since", &last, "--desk"]).arg(desk.path());
    let follower = Live::start(&mut command);
    by(&desk, "22:32:00", &["claim", "T2"]).assert().success();
    let line: Value = serde_json::from_str(&follower.line()).unwrap();
    assert_eq!(line["ticket"], "T2");
    follower.signal(Signal::TERM);
    assert!(follower.end().status.success());
}
