//! Both models that ship, one after the other: what runs when nobody asks for anything else.

use std::fs;

use predicates::str::contains;

use crate::cli::{cascade, fast, posts, stderr, stdout, tiny, tiny_dir};
use crate::records::{annotated, queue};

fn stats(done: &assert_cmd::assert::Assert) -> serde_json::Value {
    let line = stderr(done).lines().find(|line| line.starts_with('{')).unwrap();
    serde_json::from_str(line).unwrap()
}

#[test]
fn it_is_what_runs_by_default_and_each_record_names_its_model() {
    let done = cascade().args(["--stats", "json", "--output", "annotated", "posts.jsonl"]).assert().success();
    let stats = stats(&done);
    let [first, careful] = ["model", "careful_model"].map(|key| stats[key].as_str().unwrap().to_owned());
    assert!(first.starts_with("fast@") && careful.starts_with("accurate@"), "{stats}");
    let judged: Vec<serde_json::Value> =
        stdout(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let with_care = judged.iter().filter(|record| record["model"] == careful.as_str()).count() as u64;
    assert!(judged.iter().all(|record| record["model"] == first.as_str() || record["model"] == careful.as_str()));
    assert_eq!(stats["with_care"].as_u64(), Some(with_care));
    assert!(with_care > 0);
}

#[test]
fn the_whole_budget_is_the_careful_model_alone() {
    let args = ["--output", "annotated", "--unsupported-language", "through", "posts.jsonl"];
    let together = cascade().args(["--budget", "100%"]).args(args).assert().success();
    let alone = cascade().args(["--model", "accurate"]).args(args).assert().success();
    assert_eq!(stdout(&together), stdout(&alone));
    assert_eq!(annotated(&together).len(), 252);
}

#[test]
fn no_budget_is_the_fast_model_alone() {
    let nothing = cascade().args(["--budget", "0%,0s", "posts.jsonl"]).assert().success();
    assert_eq!(stdout(&nothing), stdout(&fast().arg("posts.jsonl").assert().success()));
    assert_eq!(queue(&nothing).len(), 50);
}

#[test]
fn people_are_told_how_many_were_judged_twice() {
    let done = cascade().args(["--stats", "human"]).write_stdin(posts(&["hello there my friend"])).assert().success();
    assert!(stderr(&done).contains("judged by fast@") && stderr(&done).contains(", 1 of them again by accurate@"));
}

#[test]
fn any_model_can_be_the_careful_one() {
    let run = |mut command: assert_cmd::Command| {
        stats(&command.args(["--stats", "json", "posts.jsonl"]).assert().success())["careful_model"].to_string()
    };
    let mut typed = tiny();
    typed.arg("--careful").arg(tiny_dir());
    assert!(run(typed).starts_with("\"tiny@"));

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("hearken.toml");
    fs::write(&config, format!("careful = {:?}\nbudget = \"10%,1s\"\n", tiny_dir())).unwrap();
    let mut configured = tiny();
    configured.arg("--config").arg(&config);
    assert!(run(configured).starts_with("\"tiny@"));
    assert_eq!(run(tiny()), "null", "only a cascade has one");
}

#[test]
fn a_budget_that_is_none_is_refused() {
    for (budget, why) in [("150%", "from 0% to 100%"), ("soon", "neither a share like 25% nor a time like 200ms")] {
        cascade().args(["--budget", budget, "posts.jsonl"]).assert().code(2).stderr(contains(why));
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("hearken.toml");
    fs::write(&config, "budget = \"soon\"\n").unwrap();
    let done = cascade().arg("--config").arg(&config).arg("posts.jsonl").assert().code(2);
    done.stderr(contains("neither a share like 25%"));
}
