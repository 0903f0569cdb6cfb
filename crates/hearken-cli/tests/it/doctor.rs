//! `hearken doctor`: is everything in place, and if not, what to do.

use predicates::prelude::*;
use predicates::str::contains;

use crate::cli::{hearken, stdout, tiny_dir};

#[test]
fn all_in_place_is_0() {
    let done = hearken().arg("doctor").assert().code(0).stderr("");
    let both =
        contains("trial run      1 post judged by fast@").and(contains("careful model  1 post judged by accurate@"));
    let all = both.and(contains("FAIL").not());
    done.stdout(all.and(contains("runtime        1.")));
}

#[test]
fn a_missing_runtime_is_1_and_says_what_to_run() {
    let done = hearken().arg("doctor").env("ORT_DYLIB_PATH", "/no/such/runtime.so").assert().code(1);
    done.stdout(contains("FAIL runtime found").and(contains("/no/such/runtime.so").and(contains("Run scripts/setup"))));
}

#[test]
fn a_missing_model_is_1_and_names_it() {
    let done = hearken().args(["doctor", "--model", "no-such-model"]).assert().code(1);
    done.stdout(contains("FAIL model").and(contains("no-such-model/hearken.json")));
}

#[test]
fn programs_get_one_json_object() {
    let done = hearken().args(["doctor", "--json", "--model"]).arg(tiny_dir()).assert().code(0);
    let report: serde_json::Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_eq!(report["ok"], true);
    let checks: Vec<&String> = report["checks"].as_object().unwrap().keys().collect();
    insta::assert_snapshot!(format!("{checks:?}"), @r#"["cpu", "digest", "hearken", "hears", "languages", "model", "model.onnx", "runtime", "runtime_found", "threads", "thresholds", "tokenizer.json", "trial_run"]"#);
    let done = hearken().args(["doctor", "--model", "nowhere"]).env("HEARKEN_JSON", "1").assert().code(1);
    let report: serde_json::Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_eq!((&report["ok"], &report["checks"]["model"]["ok"]), (&false.into(), &false.into()));
}

#[test]
fn the_runtime_reports_to_nobody() {
    // It would keep there what it has to report. Where CI is set it doesn't report anyway.
    let home = tempfile::tempdir().unwrap();
    let mut doctor = hearken();
    doctor.arg("doctor").env("HOME", home.path());
    for name in ["ORT_DISABLE_TELEMETRY", "CI", "XDG_CACHE_HOME"] {
        doctor.env_remove(name);
    }
    doctor.assert().code(0);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
