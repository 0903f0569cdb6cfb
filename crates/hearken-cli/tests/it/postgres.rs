//! A desk in PostgreSQL, from the command line: what holds for one in a file holds for it.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::cli::{hearken, stdout, tiny};
use crate::desk::day;
use crate::postgres_server::Server;

/// A password that nothing may show.
const SECRET: &str = "hunter2";

/// `hearken desk …` by ann, late in the day.
fn desk(url: &str, args: &[&str]) -> assert_cmd::Command {
    let mut command = hearken();
    command.arg("desk").args(args).env("HEARKEN_DESK", url).env("HEARKEN_AS", "ann");
    command.env("HEARKEN_NOW", "2026-11-20T22:00:00Z");
    command
}

#[test]
fn people_take_turns_at_a_desk_in_postgresql() {
    let Some(server) = Server::start() else { return };
    let url = server.url("night").replace("hearken@", &format!("hearken:{SECRET}@"));
    // Who mistypes a name is not shown an empty desk.
    let missing = contains("there is no desk in the schema night").and(contains(SECRET).not());
    desk(&url, &["waiting"]).assert().code(2).stderr(missing);
    tiny().args(["--desk", &url]).write_stdin(day()).assert().success().stdout("").stderr("");
    tiny().args(["--desk", &url]).write_stdin(day()).assert().success();
    desk(&url, &["waiting"]).assert().success().stdout(contains("waiting: 3"));
    desk(&url, &["next"]).assert().success().stdout(contains("T1").and(contains("marguerite_o")));
    desk(&url, &["answer", "T1"]).assert().success();
    desk(&url, &["resolve", "T1", "--outcome", "helped"]).assert().success();
    let done = desk(&url, &["show", "T1", "--json"]).assert().success();
    let case: Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_eq!((&case["state"], &case["posts"][0]["id"]), (&"resolved".into(), &"g1".into()));
    desk(&url, &["answer", "T99"]).assert().code(2).stderr(contains("T99 is not on this desk"));

    // Nothing of a password: not in the help, which tells what is set, and not where the server is gone.
    for page in ["--help", "-h"] {
        desk(&url, &["next", page]).assert().success().stdout(contains("HEARKEN_DESK").and(contains(SECRET).not()));
    }
    let completed = complete(&url);
    assert!(completed.contains("T2") && !completed.contains(SECRET), "{completed}");
    drop(server);
    desk(&url, &["waiting"]).assert().code(2).stderr(contains("can't be opened").and(contains(SECRET).not()));
    assert_eq!(complete(&url), "", "a shell has no use for an error");
}

/// What a shell offers after `hearken desk show T`.
fn complete(url: &str) -> String {
    let mut command = hearken();
    command.args(["--", "hearken", "desk", "show", "T"]);
    command.env("HEARKEN_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3");
    command.env("_CLAP_IFS", "\n").env("HEARKEN_DESK", url);
    stdout(&command.assert().success()).to_owned()
}

#[test]
fn what_a_file_exports_postgresql_imports() {
    let Some(server) = Server::start() else { return };
    let file = crate::desk::Desk::with(&day());
    let url = server.url("moved");
    let exported = |place: &str| stdout(&desk(place, &["export"]).assert().success()).to_owned();
    let rows = exported(file.path().to_str().unwrap());
    desk(&url, &["import"]).write_stdin(rows.clone()).assert().success();
    assert_eq!(exported(&url), rows);
    // Numbers go on where they were.
    let more = r#"{"id":"n1","platform":"example","author":"new","created_at":"2026-11-20T21:00:00Z","lang":"en","text":"angry angry"}"#;
    for place in [url.as_str(), file.path().to_str().unwrap()] {
        tiny().args(["--desk", place]).write_stdin(more).assert().success();
    }
    assert_eq!(exported(&url), exported(file.path().to_str().unwrap()));
}
