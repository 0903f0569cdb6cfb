//! Traces: what a collector is told of batches.

use serde_json::Value;

use rustix::process::Signal;

use crate::cli::{self, NOW, PATIENCE, posts, tiny_dir};
use crate::live::{Live, wait_until};
use crate::nats_server::free_port;
use crate::receiver::Receiver;
use crate::sources::send;

/// The spans that came, each with its resource.
fn spans(collector: &Receiver) -> Vec<(Value, Value)> {
    let mut all = Vec::new();
    for request in collector.requests() {
        for of_resource in request.body()["resourceSpans"].as_array().unwrap() {
            for of_scope in of_resource["scopeSpans"].as_array().unwrap() {
                let spans = of_scope["spans"].as_array().unwrap();
                all.extend(spans.iter().map(|span| (of_resource["resource"].clone(), span.clone())));
            }
        }
    }
    all
}

fn attribute<'a>(of: &'a Value, key: &str) -> &'a Value {
    let found = of["attributes"].as_array().unwrap().iter().find(|attribute| attribute["key"] == key);
    &found.unwrap_or_else(|| panic!("no {key} in {of}"))["value"]
}

fn nanos(span: &Value, key: &str) -> u64 {
    span[key].as_str().unwrap().parse().unwrap()
}

/// A run that is sent posts, and whose collector is there.
fn traced(collector: &Receiver, more: &[&str], body: &str) -> (String, Vec<(Value, Value)>) {
    let (port, dir) = (free_port(), tempfile::tempdir().unwrap());
    let source = format!("listen://127.0.0.1:{port}");
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--model"]).arg(tiny_dir()).args(["--source", &format!("{source}?wait=1")]);
    command.args(more).arg("--cursor").arg(dir.path().join("cursors")).env("HEARKEN_HTTP_TOKEN", "sesame");
    let run = Live::start(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url));
    send(port, body);
    run.signal(Signal::TERM);
    assert_eq!(run.end().status.code(), Some(0));
    let spans = wait_until(PATIENCE, || Some(spans(collector)).filter(|spans| !spans.is_empty()));
    (source, spans)
}

#[test]
fn a_batch_is_one_span_until_it_is_durable() {
    let collector = Receiver::start(&[]);
    let (source, spans) = traced(&collector, &["--output", "annotated"], &posts(&["grief sesame", "hello"]));
    let [(resource, span)] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(attribute(resource, "service.name")["stringValue"], "hearken");
    assert_eq!(span["name"], "batch");
    assert_eq!(attribute(span, "messaging.source.name")["stringValue"], source);
    assert_eq!(span["status"]["code"], 1, "{span}");
    assert!(nanos(span, "endTimeUnixNano") >= nanos(span, "startTimeUnixNano"));
    assert_eq!(span["events"][0]["name"], "read");
    let all = collector.requests().into_iter().map(|request| request.text).collect::<String>();
    assert!(!all.contains("sesame"), "neither a token nor a word of a post");
}

#[test]
fn a_batch_that_is_not_done_with_says_so() {
    let collector = Receiver::start(&[]);
    let (_, spans) = traced(&collector, &["--every", "1h", "--top", "1"], &posts(&["grief", "grief grief"]));
    let [(_, span)] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(span["status"]["code"], 2, "{span}");
}

#[test]
fn without_a_collector_nothing_is_traced() {
    let done = cli::tiny().args(["--source", "-"]).write_stdin("{\"text\":\"grief\"}\n").assert().success();
    assert_eq!(cli::stderr(&done), "");
}
