//! Many tenants in one process, and on one desk: each has what is its own, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
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

    /// The ids of posts on the desk of a tenant, or of nobody; none where a run has made neither desk nor tenant yet.
    fn listed(&self, tenant: Option<&str>) -> Vec<String> {
        listed(self.path("desk.db").to_str().unwrap(), tenant)
    }
}

/// `hearken desk …` for a tenant, or for nobody in particular.
fn desk_of(place: &str, tenant: Option<&str>, args: &[&str]) -> assert_cmd::Command {
    let mut command = cli::hearken();
    command.arg("desk").args(args).args(["--reveal", "--now", NOW, "--desk", place]);
    if let Some(tenant) = tenant {
        command.args(["--tenant", tenant]);
    }
    command
}

/// The posts on a desk of a tenant, or of nobody; none where a run has made neither desk nor tenant yet.
fn listed(place: &str, tenant: Option<&str>) -> Vec<String> {
    let done = desk_of(place, tenant, &["list", "--limit", "1000", "--json"]).assert();
    let not_yet = ["there is no desk", "has no tenant"].iter().any(|what| cli::stderr(&done).contains(what));
    if not_yet { Vec::new() } else { posts_of(cli::stdout(&done.success())) }
}

/// The posts of all whom `next` gives to one colleague after the other, until there is nobody.
#[cfg(feature = "postgres")]
fn taken(place: &str, tenant: Option<&str>) -> Vec<String> {
    let take = |number: usize| {
        let done = desk_of(place, tenant, &["next", "--json", "--as", &format!("ann{number}")]).assert();
        let given = done.get_output().status.success();
        if !given {
            assert_eq!((done.get_output().status.code(), cli::stdout(&done)), (Some(1), ""));
        }
        given.then(|| cli::stdout(&done).to_owned())
    };
    posts_of(&(0..).map_while(take).collect::<String>())
}

/// The ids of the posts of tickets, sorted.
fn posts_of(tickets: &str) -> Vec<String> {
    let ids = |line: &str| {
        let ticket: Value = serde_json::from_str(line).unwrap();
        ticket["posts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut ids: Vec<String> = tickets.lines().flat_map(ids).collect();
    ids.sort();
    ids
}

/// A post that several tenants get.
const SAME: &str = "{\"id\":\"same\",\"author\":\"ann\",\"text\":\"grief grief\"}\n";

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

/// Beside these, the post that several have.
fn with_same(mut ids: Vec<String>) -> Vec<String> {
    ids.push("same".to_owned());
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
    fs::write(place.path("posts.jsonl"), own("acme", 0..20) + SAME).unwrap();
    let mut command = place.with_desk(&["--stats", "json"]);
    let run = Live::start(command.env("HEARKEN_HTTP_TOKEN_GLOBEX", "sesame"));
    assert_eq!(send(port, &(own("globex", 0..3) + SAME)).0, "200");
    wait_until(PATIENCE, || (place.listed(Some("acme")).len() == 21).then_some(()));
    assert_eq!(place.listed(Some("acme")), with_same(ids("acme", 0..20)));
    assert_eq!(place.listed(Some("globex")), with_same(ids("globex", 0..3)));
    assert_eq!(place.listed(None), Vec::<String>::new());
    let mistyped =
        desk_of(place.path("desk.db").to_str().unwrap(), Some("acmee"), &["list"]).assert().code(2).stdout("");
    mistyped.stderr("hearken: this desk has no tenant acmee, only acme, globex; a run with that tenant makes it\n");
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("tenant globex: listening at"), "{ended:?}");
    let stats = stats(&ended.stderr);
    assert_eq!((&stats["acme"]["posts"], &stats["globex"]["posts"]), (&Value::from(21), &Value::from(4)));
    assert_eq!(stats["acme"]["desk"]["opened"], 21);
}

#[cfg(feature = "postgres")]
#[test]
fn tenants_share_a_desk_in_postgresql_and_their_people_see_nothing_of_one_another() {
    let Some(server) = crate::postgres_server::Server::start() else { return };
    let url = server.url("shared");
    let place =
        Place::new("[tenant.acme]\nsources = ['file:DIR/a.jsonl']\n[tenant.globex]\nsources = ['file:DIR/b.jsonl']\n");
    fs::write(place.path("a.jsonl"), own("acme", 0..6) + SAME).unwrap();
    fs::write(place.path("b.jsonl"), own("globex", 0..3) + SAME).unwrap();
    let ended = Live::start(&mut place.run(&["--stats", "json", "--desk", &url])).finish();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let opened = stats(&ended.stderr).into_iter().map(|(tenant, stats)| (tenant, stats["desk"]["opened"].clone()));
    assert_eq!(
        opened.collect::<Vec<_>>(),
        [("acme".to_owned(), Value::from(7)), ("globex".to_owned(), Value::from(4))]
    );

    let (acme, globex) = (with_same(ids("acme", 0..6)), with_same(ids("globex", 0..3)));
    assert_eq!(listed(&url, Some("acme")), acme);
    assert_eq!(listed(&url, Some("globex")), globex);
    assert_eq!(listed(&url, None), Vec::<String>::new());
    // Each counts its own tickets: T7 is nothing to globex, and T1 is another one.
    desk_of(&url, Some("acme"), &["show", "T7"]).assert().success();
    desk_of(&url, Some("globex"), &["show", "T7"]).assert().code(2).stderr(contains("T7 is not on this desk"));
    desk_of(&url, None, &["show", "T1"]).assert().code(2).stderr(contains("T1 is not on this desk"));
    // No tenant is told of the others, not even by whoever mistypes its name.
    let mistyped = desk_of(&url, Some("acmee"), &["next", "--as", "ann"]).assert().code(2).stdout("");
    mistyped.stderr("hearken: this desk has no tenant acmee; a run with that tenant makes it\n");
    // Whoever takes all of one tenant's takes none of another's.
    assert_eq!(taken(&url, None), Vec::<String>::new());
    assert_eq!(taken(&url, Some("globex")), globex);
    assert_eq!(taken(&url, Some("acme")), acme);
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
    let place = desk.to_str().unwrap();
    assert_eq!(listed(place, Some("acme")), ids("acme", 0..3));
    assert_eq!(listed(place, Some("globex")), ids("globex", 0..3));
    assert_eq!(listed(place, None), Vec::<String>::new());
    // A run makes its tenant, though nothing comes; a command that reads makes none.
    let empty = || desk_of(place, Some("initech"), &["list", "--json"]).assert();
    empty().code(2).stderr(contains("no tenant initech, only acme, globex;"));
    empty().code(2);
    let mut run = cli::tiny();
    run.args(["--tenant", "initech", "--desk"]).arg(&desk).write_stdin("").assert().success();
    empty().success().stdout("");
    let policy = dir.path().join("policy.toml");
    fs::write(&policy, "[desk]\nlease = \"45m\"\n").unwrap();
    let hearken = |args: &[&str]| {
        let mut command = cli::hearken();
        command.arg("policy").args(args).args(["--desk"]).arg(&desk);
        command
    };
    let apply = ["apply", policy.to_str().unwrap(), "--tenant", "acme", "--as", "ann"];
    hearken(&apply).assert().success();
    hearken(&["show", "--tenant", "acmee"]).assert().code(2).stderr(contains("this desk has no tenant acmee"));
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
