//! Help, manual pages and completions: made from the flags, so they can't fall behind them.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, starts_with};

use crate::cli::{hearken, stdout};

#[test]
fn help_in_short() {
    let done = hearken().arg("-h").write_stdin("").assert().success().stderr("");
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn help_at_length() {
    let done = hearken().arg("--help").write_stdin("").assert().success().stderr("");
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn each_command_has_its_help() {
    for command in ["run", "explain", "desk", "doctor", "completions", "man"] {
        let usage = format!("Usage: hearken {command}");
        hearken().args([command, "--help"]).assert().success().stdout(contains(usage));
    }
    hearken().args(["help", "run"]).assert().success().stdout(contains("--dead-letter"));
}

#[test]
fn the_version_is_told() {
    hearken().arg("--version").assert().success().stdout(format!("hearken {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish"] {
        hearken().args(["completions", shell]).assert().success().stdout(contains("HEARKEN_COMPLETE")).stderr("");
    }
    hearken().args(["completions", "abacus"]).assert().code(2).stdout("");
}

#[test]
fn the_manual_is_roff() {
    let page = starts_with(".ie").or(starts_with(".TH"));
    let flags = contains(r"\-\-dead\-letter").and(contains("HEARKEN_DEAD_LETTER"));
    hearken().arg("man").assert().success().stdout(page.and(contains(".TH hearken 1")).and(flags));
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("share/man/man1");
    hearken().args(["man", "--out"]).arg(&out).assert().success().stdout("");
    let mut pages: Vec<String> =
        fs::read_dir(out).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    let of_the_desk = pages.extract_if(.., |page| page.starts_with("hearken-desk-")).count();
    assert!(of_the_desk > 20, "{of_the_desk}");
    insta::assert_snapshot!(format!("{pages:?}"), @r#"["hearken-completions.1", "hearken-desk.1", "hearken-doctor.1", "hearken-eval.1", "hearken-explain.1", "hearken-man.1", "hearken-policy-apply.1", "hearken-policy-backtest.1", "hearken-policy-check.1", "hearken-policy-init.1", "hearken-policy-schema.1", "hearken-policy-show.1", "hearken-policy-test.1", "hearken-policy-tune.1", "hearken-policy.1", "hearken-run.1", "hearken.1"]"#);
}
