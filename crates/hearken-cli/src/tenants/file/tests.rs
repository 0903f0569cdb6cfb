#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use clap::Parser;

use super::*;
use crate::args::Cli;

fn all() -> Settings {
    let cli = Cli::parse_from(["hearken", "--tenants", "tenants.toml", "--output", "annotated"]);
    Settings::new(cli.run).unwrap()
}

fn read(text: &str) -> Result<Vec<Settings>> {
    settings(text, "tenants.toml", &all())
}

#[track_caller]
fn assert_refused(text: &str, said: &str) {
    let error = format!("{:#}", read(text).unwrap_err());
    assert!(error.contains(said), "{error}");
}

#[test]
fn each_tenant_has_its_own_over_what_goes_for_all() {
    let tenants = read(
        "[tenant.acme-eu]\nsources = ['listen://127.0.0.1:0', 'file:a.jsonl']\nshare = 3\nquota = '90/m'\nburst = 7\n\
         output = 'queue'\n[tenant.globex]\nsources = ['file:a.jsonl']\nquota = '1000/s'\n",
    );
    let [acme, globex] = <[Settings; 2]>::try_from(tenants.unwrap()).unwrap();
    assert_eq!((acme.tenant.as_ref().unwrap().as_str(), acme.share), ("acme-eu", 3));
    assert_eq!(acme.quota, Some(Quota { posts_per_second: 1.5, burst: 7 }));
    assert_eq!((acme.output, acme.http_token_env.as_str()), (OutputMode::Queue, "HEARKEN_HTTP_TOKEN_ACME_EU"));
    assert!(acme.every.is_some() && acme.sources.len() == 2);
    assert_eq!((globex.share, globex.output), (1, OutputMode::Annotated));
    assert_eq!(globex.quota, Some(Quota { posts_per_second: 1000.0, burst: 1000 }));
}

#[test]
fn mistakes_are_told_with_their_line() {
    assert_refused(
        "[tenant.a]\nsources = ['-']\nshares = 2\n",
        "tenants.toml:3: unknown key or name \"shares\", did you mean \"share\"?",
    );
    assert_refused("[tenant.a]\nsources = ['-']\nquota = '5'\n", "tenants.toml:3: \"5\" is no quota");
    assert_refused("[tenant.a]\nsources = ['-']\nquota = '0/s'\n", "is no quota");
    assert_refused("[tenant.Acme]\nsources = ['-']\n", "\"Acme\" is no name of a tenant");
    assert_refused("[tenant.'']\nsources = ['-']\n", "is no name of a tenant");
    assert_refused("[tenant.a]\nsources = ['-']\nburst = 5\n", "tenant a: burst goes with a quota");
    assert_refused("[tenant.a]\nsources = ['-']\nshare = 0\n", "tenant a: share = 0");
    assert_refused("[tenant.a]\nsources = []\n", "tenant a: it has no sources");
    assert_refused("[tenant.a]\nsources = ['kafkaesque://x']\n", "tenant a: --source kafkaesque://x");
    assert_refused("[tenant]\n", "no tenant stands in it");
    assert_refused("[tenant.a]\nsources = ['-']\n[tenant.a]\n", "tenants.toml:3: ");
}

#[test]
fn nothing_of_one_tenant_comes_to_another() {
    let both = |one: &str, other: &str| format!("[tenant.a]\n{one}\n[tenant.b]\n{other}\n");
    let file = "sources = ['file:x']";
    for twice in ["sources = ['-']", "sources = ['listen://127.0.0.1:8080']"] {
        assert_refused(&both(twice, twice), "tenant b: the source ");
    }
    let nats = |consumer: &str| format!("sources = ['nats://h?stream=s&consumer={consumer}']");
    assert_refused(&both(&nats("c"), &nats("c")), "tenant b: the source nats://h with stream=s consumer=c");
    read(&both(&nats("c"), &nats("d"))).unwrap();
    read(&both(file, file)).unwrap();
    for key in ["dead-letter = 'd'", "held = 'd'", "sink = 'nats://u:secret@h?subject=x'"] {
        let own = format!("{file}\n{key}");
        assert_refused(&both(&own, &own), "is another tenant's too");
        assert!(!format!("{:#}", read(&both(&own, &own)).unwrap_err()).contains("secret"));
    }
    let listening = |name: &str| format!("[tenant.{name}]\nsources = ['listen://127.0.0.1:0?wait={}']\n", name.len());
    let error = format!("{:#}", read(&(listening("\"a.b\"") + &listening("a-b"))).unwrap_err());
    assert!(error.contains("another tenant's"), "{error}");
}
