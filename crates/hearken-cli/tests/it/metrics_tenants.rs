//! What a run for many tenants says of each.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use crate::cli::{self, NOW, PATIENCE};
use crate::live::{Live, wait_until};
use crate::nats_server::free_port;
use crate::scrape::{Page, get};
use crate::sources::send;

/// A run of the tenants of a file with one desk, which tells how it does at this port.
fn run(dir: &Path, tenants: &str, port: u16) -> Command {
    let file = dir.join("tenants.toml");
    fs::write(&file, tenants.replace("DIR", dir.to_str().unwrap())).unwrap();
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--metrics", &port.to_string(), "--model"]).arg(cli::tiny_dir());
    command.arg("--tenants").arg(&file).arg("--desk").arg(dir.join("desk.db"));
    command.arg("--cursor").arg(dir.join("cursors.json"));
    command
}

#[test]
fn each_tenant_has_rows_of_its_own_for_sources_desk_and_outlets() {
    let (dir, port, posts, globex) = (tempfile::tempdir().unwrap(), free_port(), free_port(), "globex");
    fs::write(
        dir.path().join("acme.toml"),
        "[[desk.hook]]\nname = \"pager\"\ncommand = [\"false\"]\non = [\"enter\"]\n",
    )
    .unwrap();
    let griever = |id: u32| format!("{{\"id\":\"{id}\",\"author\":\"a{id}\",\"text\":\"grief grief\"}}\n");
    fs::write(dir.path().join("posts.jsonl"), griever(1) + &griever(2) + "no post\nno post\n").unwrap();
    let tenants = format!(
        "[tenant.acme]\nsources = ['file:DIR/posts.jsonl']\npolicy = 'DIR/acme.toml'\ndead-letter = 'DIR/bad.jsonl'\n\
         [tenant.globex]\nsources = ['listen://127.0.0.1:{posts}']\n"
    );
    let mut command = run(dir.path(), &tenants, port);
    let run = Live::start(command.arg("--follow").env("HEARKEN_HTTP_TOKEN_GLOBEX", "sesame"));
    assert_eq!(send(posts, &(griever(1) + "no post\n")).0, "200");
    let waiting = |page: &Page, tenant| page.get("hearken_desk_people", &[("standing", "waiting"), ("tenant", tenant)]);
    let page = wait_until(PATIENCE, || {
        let page = Page::of(port)?;
        let failed = page.get("hearken_outbox_failures_total", &[("hook", "pager"), ("tenant", "acme")]);
        let all = (waiting(&page, "acme"), waiting(&page, globex)) == (Some(2.0), Some(1.0));
        (all && failed.is_some_and(|count| count >= 1.0)).then_some(page)
    });
    let file = format!("file:{}", dir.path().join("posts.jsonl").display());
    let listening = format!("listen://127.0.0.1:{posts}");
    for (name, label, value, of_acme, of_globex) in [
        ("hearken_source_up", "source", file.as_str(), Some(1.0), None),
        ("hearken_source_up", "source", &listening, None, Some(1.0)),
        ("hearken_lines_rejected_total", "source", &listening, None, Some(1.0)),
        ("hearken_desk_taken_in_total", "what", "opened", Some(2.0), Some(1.0)),
        ("hearken_rejections_total", "reason", "invalid_json", Some(2.0), Some(1.0)),
        ("hearken_outbox_closed", "hook", "pager", Some(0.0), None),
    ] {
        for (tenant, wanted) in [("acme", of_acme), (globex, of_globex)] {
            assert_eq!(page.get(name, &[(label, value), ("tenant", tenant)]), wanted, "{name} {tenant}\n{}", page.text);
        }
    }
    for (name, of_acme, of_globex) in [
        ("hearken_dead_letters_total", Some(2.0), None),
        ("hearken_desk_up", Some(1.0), Some(1.0)),
        ("hearken_failed", Some(0.0), Some(0.0)),
    ] {
        for (tenant, wanted) in [("acme", of_acme), (globex, of_globex)] {
            assert_eq!(page.get(name, &[("tenant", tenant)]), wanted, "{name} {tenant}\n{}", page.text);
        }
    }
    assert_eq!(get(port, "/readyz").unwrap().status, 200);
    run.signal(Signal::TERM);
    assert_eq!(run.end().status.code(), Some(0));
}

#[test]
fn one_tenant_that_fails_is_shown_and_the_process_is_ready_for_the_others() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let tenants = "[tenant.acme]\nsources = ['file:DIR/none-*.jsonl']\n[tenant.globex]\nsources = ['-']\n";
    let mut run = Live::start(&mut run(dir.path(), tenants, port));
    let page = wait_until(PATIENCE, || {
        let page = Page::of(port)?;
        (page.get("hearken_failed", &[("tenant", "acme")]) == Some(1.0)).then_some(page)
    });
    assert_eq!(page.get("hearken_failed", &[("tenant", "globex")]), Some(0.0));
    wait_until(PATIENCE, || get(port, "/readyz").filter(|answer| answer.status == 200));
    assert_eq!(get(port, "/healthz").unwrap().status, 200);
    run.say("{\"text\":\"grief grief\"}\n");
    assert_eq!(run.close().status.code(), Some(2));
}

#[test]
fn a_run_is_not_ready_for_one_tenant_while_another_waits_for_its_source() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let tenants = format!(
        "[tenant.acme]\nsources = ['-']\n[tenant.globex]\nsources = ['bluesky+insecure://127.0.0.1:{}']\n",
        free_port()
    );
    let run = Live::start(&mut run(dir.path(), &tenants, port));
    let reason = wait_until(PATIENCE, || get(port, "/readyz").filter(|answer| answer.body.contains("reached")));
    assert!(reason.status == 503 && reason.body.starts_with("tenant globex: bluesky"), "{reason:?}");
    run.signal(Signal::TERM);
    run.end();
}
