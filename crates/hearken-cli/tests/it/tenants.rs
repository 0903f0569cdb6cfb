//! Many tenants in one process, and on one desk: each has what is its own, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use predicates::str::contains;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{self, NOW, PATIENCE, many};
use crate::live::{Live, wait_until};
use crate::sources::{free_port, send};

/// A folder with a file of tenants, a desk and cursors.
struct Place(TempDir);

impl Place {
    fn new(tenants: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("tenants.toml"), tenants.replace("DIR", place.0.path().to_str().unwrap())).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Command {
        let mut command = cli::command();
        command
            .args(["run", "--now", NOW, "--model"])
            .arg(cli::tiny_dir())
            .arg("--tenants")
            .arg(self.path("tenants.toml"));
        command.arg("--cursor").arg(self.path("cursors.json")).args(args);
        command
    }

    fn with_desk(&self, args: &[&str]) -> Command {
        let mut command = self.run(args);
        command.arg("--desk").arg(self.path("desk.db"));
        command
    }

    /// The ids of posts on the desk of a tenant, or of nobody.
    fn listed(&self, tenant: Option<&str>) -> Vec<String> {
        listed(&self.path("desk.db"), tenant)
    }
}

fn listed(desk: &Path, tenant: Option<&str>) -> Vec<String> {
    if !desk.exists() {
        return Vec::new();
    }
    let mut command = cli::hearken();
    command.args(["desk", "list", "--limit", "1000", "--json", "--reveal", "--now", NOW, "--desk"]).arg(desk);
    if let Some(tenant) = tenant {
        command.args(["--tenant", tenant]);
    }
    let done = command.assert().success();
    let ids = |line: &str| {
        let ticket: Value = serde_json::from_str(line).unwrap();
        ticket["posts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut ids: Vec<String> = cli::stdout(&done).lines().flat_map(ids).collect();
    ids.sort();
    ids
}

/// Posts of this tenant that need somebody.
fn own(tenant: &str, ids: std::ops::Range<usize>) -> String {
    ids.map(|id| format!("{{\"id\":\"{tenant}-{id}\",\"author\":\"{tenant}{id}\",\"text\":\"grief grief\"}}\n"))
        .collect()
}

fn ids(tenant: &str, ids: std::ops::Range<usize>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(|id| format!("{tenant}-{id}")).collect();
    ids.sort();
    ids
}

/// The counts of each tenant at the end of a run.
fn stats(stderr: &str) -> BTreeMap<String, Value> {
    let lines =
        stderr.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|stats| (stats["tenant"].as_str().unwrap().to_owned(), stats)).collect()
}

#[test]
fn tenants_share_a_process_and_a_desk_and_see_nothing_of_one_another() {
    let port = free_port();
    let place = Place::new(&format!(
        "[tenant.acme]\nsources = ['file:DIR/posts.jsonl']\nshare = 2\n\
         [tenant.globex]\nsources = ['listen://127.0.0.1:{port}']\nquota = '1000/s'\n"
    ));
    let same = "{\"id\":\"same\",\"author\":\"ann\",\"text\":\"grief grief\"}\n";
    fs::write(place.path("posts.jsonl"), own("acme", 0..20) + same).unwrap();
    let mut command = place.with_desk(&["--stats", "json"]);
    let run = Live::start(command.env("HEARKEN_HTTP_TOKEN_GLOBEX", "sesame"));
    assert_eq!(send(port, &(own("globex", 0..3) + same)).0, "200");
    wait_until(PATIENCE, || (place.listed(Some("acme")).len() == 21).then_some(()));
    let with_same = |mut ids: Vec<String>| {
        ids.push("same".to_owned());
        ids
    };
    assert_eq!(place.listed(Some("acme")), with_same(ids("acme", 0..20)));
    assert_eq!(place.listed(Some("globex")), with_same(ids("globex", 0..3)));
    assert_eq!(place.listed(None), Vec::<String>::new());
    assert_eq!(place.listed(Some("nobody")), Vec::<String>::new());
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("tenant globex: listening at"), "{ended:?}");
    let stats = stats(&ended.stderr);
    assert_eq!((&stats["acme"]["posts"], &stats["globex"]["posts"]), (&Value::from(21), &Value::from(4)));
    assert_eq!(stats["acme"]["desk"]["opened"], 21);
}

#[test]
fn after_a_kill_each_tenant_goes_on_where_it_was() {
    let port = free_port();
    let place = Place::new(&format!(
        "[tenant.acme]\nsources = ['file:DIR/posts.jsonl']\n[tenant.globex]\nsources = ['file:DIR/posts.jsonl', 'listen://127.0.0.1:{port}']\n"
    ));
    let append = |posts: &str| {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(place.path("posts.jsonl")).unwrap();
        file.write_all(posts.as_bytes()).unwrap();
    };
    let has = |tenant, count| wait_until(PATIENCE, || (place.listed(Some(tenant)).len() == count).then_some(()));
    let start = || Live::start(place.with_desk(&["--follow"]).env("HEARKEN_HTTP_TOKEN_GLOBEX", "sesame"));
    append(&own("file", 0..30));
    let run = start();
    assert_eq!(send(port, &own("sent", 0..5)).0, "200");
    has("acme", 30);
    append(&own("file", 30..60));
    run.signal(Signal::KILL);
    assert_eq!(run.end().status.code(), None);
    append(&own("file", 60..90));
    let run = start();
    has("acme", 90);
    has("globex", 95);
    assert_eq!(place.listed(Some("acme")), ids("file", 0..90));
    run.signal(Signal::TERM);
    assert_eq!(run.end().status.code(), Some(0));
    let cursors = fs::read_to_string(place.path("cursors.json")).unwrap();
    assert!(cursors.contains("\"acme/") && cursors.contains("\"globex/"), "{cursors}");
}

#[test]
fn a_quota_is_kept_nothing_is_lost_and_records_say_whose_they_are() {
    let place = Place::new(
        "[tenant.acme]\nsources = ['file:DIR/a.jsonl']\nquota = '40/s'\nburst = 20\n[tenant.globex]\nsources = ['file:DIR/b.jsonl']\n",
    );
    fs::write(place.path("a.jsonl"), many(60)).unwrap();
    fs::write(place.path("b.jsonl"), many(500)).unwrap();
    let started = Instant::now();
    let ended = Live::start(&mut place.run(&["--output", "annotated", "--stats", "json"])).finish();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(started.elapsed() >= Duration::from_secs(1), "60 posts within {:?}", started.elapsed());
    let mut seen = BTreeMap::<String, Vec<u64>>::new();
    for line in ended.stdout.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let id = record["id"].as_str().unwrap().parse().unwrap();
        seen.entry(record["tenant"].as_str().unwrap().to_owned()).or_default().push(id);
    }
    assert!(seen["acme"].iter().copied().eq(0..60) && seen["globex"].iter().copied().eq(0..500), "{seen:?}");
    let stats = stats(&ended.stderr);
    assert_eq!((&stats["acme"]["waited_for_quota"], &stats["globex"]["waited_for_quota"]), (&40.into(), &0.into()));
}

#[test]
fn a_stop_does_not_wait_for_the_quota() {
    let place = Place::new("[tenant.acme]\nsources = ['-']\nquota = '1/h'\n");
    let mut run = Live::start(&mut place.run(&["--output", "annotated"]));
    run.say(&many(5));
    // The first one is within its quota.
    assert!(run.line().contains("\"tenant\":\"acme\",\"id\":\"0\""));
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[test]
fn a_tenant_that_fails_is_told_of_and_the_others_go_on() {
    let place = Place::new("[tenant.acme]\nsources = ['file:DIR/none-*.jsonl']\n[tenant.globex]\nsources = ['-']\n");
    let mut run = Live::start(&mut place.run(&["--output", "annotated"]));
    std::thread::sleep(Duration::from_millis(500));
    run.say(&many(1));
    assert!(run.line().contains("\"tenant\":\"globex\",\"id\":\"0\""));
    let ended = run.close();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    for said in ["tenant acme: ", "no file with posts in it matches", "other tenants go on", "1 of 2 tenants failed"] {
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
}

#[test]
fn a_single_tenant_is_named_by_a_flag() {
    let dir = tempfile::tempdir().unwrap();
    let desk = dir.path().join("desk.db");
    for tenant in ["acme", "globex"] {
        let mut run = cli::tiny();
        run.args(["--tenant", tenant, "--desk"]).arg(&desk).write_stdin(own(tenant, 0..3)).assert().success();
    }
    assert_eq!(listed(&desk, Some("acme")), ids("acme", 0..3));
    assert_eq!(listed(&desk, Some("globex")), ids("globex", 0..3));
    assert_eq!(listed(&desk, None), Vec::<String>::new());
    let policy = dir.path().join("policy.toml");
    fs::write(&policy, "[desk]\nlease = \"45m\"\n").unwrap();
    let hearken = |args: &[&str]| {
        let mut command = cli::hearken();
        command.arg("policy").args(args).args(["--desk"]).arg(&desk);
        command
    };
    let apply = ["apply", policy.to_str().unwrap(), "--tenant", "acme", "--as", "ann"];
    hearken(&apply).assert().success();
    hearken(&["show", "--tenant", "acme"]).assert().success().stdout(contains("45m"));
    hearken(&["show", "--tenant", "globex"]).assert().success().stdout(contains("no policy was applied"));
}

#[test]
fn what_does_not_go_together_is_told() {
    let place = Place::new("[tenant.acme]\nsources = ['-']\nshares = 2\n");
    let file = place.path("tenants.toml");
    let file = file.to_str().unwrap();
    for (args, said) in [
        (&["--tenants", file][..], "tenants.toml:3: unknown key or name \"shares\", did you mean \"share\"?"),
        (&["--tenants", file, "--tenant", "acme"], "not both"),
        (&["--tenants", file, "--source", "-"], "sources stand in the file"),
        (&["--tenants", file, "--desk", "desk.db", "--top", "3"], "hearken desk --tenant NAME list"),
        (&["--tenants", "/nowhere.toml"], "/nowhere.toml"),
        (&["--tenant", "Acme!"], "is no name of a tenant"),
    ] {
        cli::tiny().args(args).write_stdin("").assert().code(2).stdout("").stderr(contains(said));
    }
}
