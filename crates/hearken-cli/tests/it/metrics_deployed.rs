//! The dashboard and the alerts in `deploy` ask for nothing that a run doesn't tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use crate::broker::Broker;
use crate::cli::{self, NOW, PATIENCE, tiny_dir};
use crate::live::{Live, wait_until};
use crate::nats_server::{Server, free_port};
use crate::scrape::Page;

/// Labels that Prometheus adds.
const ADDED: [&str; 2] = ["instance", "job"];

/// What each figure of the run says.
const ACME: (&str, &str) = ("tenant", "acme");

/// Two hooks, of which one fails.
const POLICY: &str = r#"
[[desk.hook]]
name = "pager"
command = ["true"]
on = ["enter"]

[[desk.hook]]
name = "helpdesk"
command = ["false"]
on = ["enter"]
"#;

fn deployed(name: &str) -> PathBuf {
    cli::project().join("deploy").join(name)
}

/// Figures of the process, which are of no tenant.
const OF_NO_TENANT: [&str; 2] = ["hearken_build_info", "hearken_ready"];

/// The page of a tenant's run that has all there is: a stream, a cascade, a desk with hooks, a dead letter.
fn full_page() -> Page {
    let (server, dir, port) = (Server::start(), tempfile::tempdir().unwrap(), free_port());
    let broker = Broker::of(&server.address());
    broker.make(&["posts", "dead"], 1);
    let policy = dir.path().join("policy.toml");
    fs::write(&policy, POLICY).unwrap();
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--metrics", &port.to_string(), "--tenant", "acme", "--model"]).arg(tiny_dir());
    command.arg("--careful").arg(tiny_dir()).arg("--policy").arg(&policy).args(["--budget", "100%"]);
    command.arg("--desk").arg(dir.path().join("desk.db")).arg("--dead-letter").arg(dir.path().join("bad.jsonl"));
    let source = format!("nats://{}?stream=posts&consumer=triage&dead-letter=dead.posts", server.address());
    let run = Live::start(command.args(["--source", &source]));
    for post in ["{\"text\":\"grief grief urgent urgent\",\"author\":\"a\"}", "{\"text\":\"hello\"}", "no post"] {
        broker.publish(post);
    }
    let page = wait_until(PATIENCE, || {
        let page = Page::of(port)?;
        let told = page.sum("hearken_desk_tickets") == 1.0 && page.sum("hearken_outbox_failures_total") >= 1.0;
        told.then_some(page)
    });
    assert_eq!(page.get("hearken_desk_people", &[("standing", "waiting"), ACME]), Some(1.0));
    assert_eq!(page.get("hearken_dead_letters_total", &[ACME]), Some(2.0), "in the file, and on the stream");
    let source = format!("nats://{}/posts/triage", server.address());
    let source = page.values("hearken_source_up", "source").next().map(|named| (named == source, named)).unwrap();
    assert!(source.0, "{}", source.1);
    let delivered = [("source", source.1), ("event", "delivered"), ACME];
    assert_eq!(page.get("hearken_source_messages_total", &delivered), Some(3.0));
    assert_eq!(page.get("hearken_careful_posts_total", &[("source", source.1), ACME]), Some(2.0));
    run.signal(Signal::TERM);
    assert_eq!(run.end().status.code(), Some(0));
    page
}

/// The figures that an expression asks for, each with the labels by which it chooses; and the labels by which it groups.
fn asked(expression: &str) -> (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>) {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let (mut figures, mut groups) = (BTreeMap::<_, BTreeSet<String>>::new(), BTreeSet::new());
    let mut rest = expression;
    while let Some(at) = rest.find(is_name) {
        let word: String = rest[at..].chars().take_while(|letter| is_name(*letter)).collect();
        rest = &rest[at + word.len()..];
        let within = |open: char, close: char| {
            let inner = rest.trim_start().strip_prefix(open)?.split_once(close)?.0;
            Some(inner.split(',').map(|part| part.trim().chars().take_while(|letter| is_name(*letter)).collect()))
        };
        if word.starts_with("hearken_") || word.starts_with("process_") || word == "up" {
            figures.entry(word).or_default().extend(within('{', '}').into_iter().flatten());
            // What stands in quotes is no figure.
            rest = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(rest, |(_, rest)| rest);
        } else if ["by", "on"].contains(&word.as_str()) {
            groups.extend(within('(', ')').into_iter().flatten());
        }
    }
    (figures, groups)
}

/// All strings under this key, wherever they stand.
fn strings<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == key => found.push(text),
                    _ => strings(field, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, found)),
        _ => {}
    }
}

/// The expressions of the rules: what follows `expr:`, on its line or in the block below it.
fn rules(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut block = false;
    for line in text.lines() {
        match line.trim().strip_prefix("expr: ") {
            Some(expression) => {
                block = expression == ">-";
                all.push(if block { String::new() } else { expression.to_owned() });
            }
            None if block && line.starts_with("          ") => {
                if let Some(last) = all.last_mut() {
                    last.push_str(line);
                }
            }
            None => block = false,
        }
    }
    all
}

#[test]
fn dashboard_and_alerts_ask_for_what_a_run_tells() {
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(deployed("grafana/hearken.json")).unwrap()).unwrap();
    let mut expressions = Vec::new();
    strings(&dashboard, "expr", &mut expressions);
    let alerts = rules(&fs::read_to_string(deployed("prometheus/alerts.yml")).unwrap());
    assert!(expressions.len() > 30 && alerts.len() > 10, "{} and {}", expressions.len(), alerts.len());
    expressions.extend(alerts.iter().map(String::as_str));
    let page = full_page();
    let told = page.families();
    let mut seen = BTreeSet::new();
    for expression in expressions {
        let (figures, groups) = asked(expression);
        assert!(!figures.is_empty(), "{expression} asks for nothing");
        let mut known: BTreeSet<&str> = ADDED.into_iter().collect();
        for (name, labels) in &figures {
            assert!(name == "up" || told.contains(name.as_str()), "{name} is not told: {expression}");
            let of_figure = page.labels(name);
            for label in labels {
                assert!(
                    of_figure.contains(label.as_str()) || ADDED.contains(&label.as_str()),
                    "{name} has no {label}: {expression}"
                );
            }
            known.extend(of_figure);
            seen.insert(name.clone());
        }
        assert!(groups.iter().all(|group| known.contains(group.as_str())), "{groups:?}: {expression}");
    }
    assert!(seen.len() > 30, "only {seen:?}");
    for name in told.iter().filter(|name| name.starts_with("hearken_")) {
        assert_eq!(page.labels(name).contains("tenant"), !OF_NO_TENANT.contains(name), "whose {name} is");
        let family =
            page.text.contains(&format!("# HELP {} ", name.trim_end_matches("_total").trim_end_matches("_info")));
        let of_histogram = ["_bucket", "_sum", "_count"].iter().any(|end| name.ends_with(end));
        assert!(family || of_histogram, "{name} is not explained");
    }
}

#[test]
fn panels_stand_side_by_side() {
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(deployed("grafana/hearken.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        assert!(panel["title"].is_string() && panel["type"].is_string(), "{panel}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        assert!(w > 0 && h > 0 && x + w <= 24, "{panel}");
        let places = (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y)));
        assert!(places.into_iter().all(|place| taken.insert(place)), "{} lies upon another", panel["title"]);
        let targets = panel["targets"].as_array().map_or(0, Vec::len);
        assert!(panel["type"] == "row" || targets > 0, "{} shows nothing", panel["title"]);
    }
}

#[test]
fn the_alerts_come_when_they_should() {
    let promtool = |arguments: &[&str]| {
        let told = Command::new("promtool").args(arguments).current_dir(deployed("prometheus")).output();
        let Ok(told) = told else {
            return eprintln!("skipped: promtool is not installed (on Debian: apt-get install prometheus)");
        };
        assert!(
            told.status.success(),
            "{}{}",
            String::from_utf8_lossy(&told.stdout),
            String::from_utf8_lossy(&told.stderr)
        );
    };
    promtool(&["check", "rules", "alerts.yml"]);
    promtool(&["test", "rules", "alerts_test.yml"]);
    promtool(&["check", "config", "prometheus.yml"]);
    // Each alert has a test.
    let tests = fs::read_to_string(deployed("prometheus/alerts_test.yml")).unwrap();
    let alerts = fs::read_to_string(deployed("prometheus/alerts.yml")).unwrap();
    for name in alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(tests.contains(&format!("alertname: {name}\n        exp_alerts")), "{name} is never seen to come");
    }
}
