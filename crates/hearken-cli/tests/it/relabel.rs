//! What people say of what was heard: the ticket follows, and a model can learn from it.

use predicates::str::contains;
use serde_json::Value;

use crate::cli::{stderr, stdout};
use crate::desk::{Desk, day, told};

/// Corrections, and what they come to.
const STORY: [(&str, &str, &str); 12] = [
    ("ann", "22:01", "relabel T3 --labels grief,advice_seeking --urgency 3 --why it-is-her-mother"),
    ("ann", "22:01", "next"),
    ("ann", "22:02", "relabel T1 --labels none"),
    ("ann", "22:02", "relabel T1 --post g2 --not-heard grief"),
    ("ben", "22:03", "relabel T4 --labels promotion"),
    ("ben", "22:03", "relabel T4 --not-heard promotion --urgency 1"),
    ("ben", "22:04", "claim T2"),
    ("ben", "22:05", "resolve T2 --outcome misheard"),
    ("ben", "22:06", "verdicts"),
    ("ann", "22:07", "undo"),
    ("ann", "22:08", "verdicts --since 2026-11-20T22:02:00Z"),
    ("ann", "22:09", "verdicts --training"),
];

#[test]
fn people_read_what_they_said() {
    insta::assert_snapshot!(told(&Desk::with(&day()), &STORY, false));
}

#[test]
fn programs_read_what_people_said() {
    let desk = Desk::with(&day());
    insta::with_settings!({filters => vec![(r"tiny@[0-9a-f]{12}", "tiny@[digest]")]}, {
        insta::assert_snapshot!(told(&desk, &STORY, true));
    });
}

#[test]
fn training_rows_have_the_fields_that_the_trainer_reads() {
    let desk = Desk::with(&format!(
        "{}{}",
        day(),
        r#"{"id":"e","platform":"example","author":"eve","created_at":"2026-11-20T19:00:00Z","lang":"en","text":"seeking seeking, write to eve@mail.example"}"#,
    ));
    let of = |author: &str| {
        desk.json("ann", "22:00", &["list", "--author", author])[0]["ticket"].as_str().unwrap().to_owned()
    };
    let ticket = of("eve");
    desk.by("ann", "22:01", &["relabel", &ticket, "--labels", "advice_giving", "--urgency", "2"]).assert().success();
    let rows = desk.by("ann", "22:02", &["verdicts", "--training"]).assert().success();
    let row: Value = serde_json::from_str(stdout(&rows)).unwrap();
    let expected = serde_json::json!({
        "id": "example/e", "source": "desk", "text": "seeking seeking, write to [email]",
        "grief": 0, "frustration": 0, "advice_seeking": 0, "advice_giving": 1, "promotion": 0,
        "urgency": 2, "urgent": null, "stratum": "relabelled",
    });
    assert_eq!(row, expected);
    // The trainer names the same fields.
    let trainer = crate::cli::project().join("scripts/train/hearken_train");
    let source = ["labels.py", "data.py"].map(|file| std::fs::read_to_string(trainer.join(file)).unwrap()).concat();
    for field in
        ["grief", "frustration", "advice_seeking", "advice_giving", "promotion", "urgency", "urgent", "text", "source"]
    {
        assert!(source.contains(&format!("\"{field}\"")), "the trainer knows no {field}");
    }
    desk.take_in("{\"id\":\"e\",\"platform\":\"example\",\"deleted\":true}\n");
    desk.by("ann", "22:03", &["verdicts", "--training"]).assert().success().stdout("");
}

#[test]
fn an_audit_is_a_verdict_too() {
    let desk = Desk::with(
        "{\"id\":\"n\",\"platform\":\"example\",\"author\":\"bo\",\"text\":\"so quiet here\",\"created_at\":\"2026-11-20T18:00:00Z\"}\n",
    );
    desk.by("ann", "22:01", &["audit", "--judge", "example/n", "--grief"]).assert().success();
    let verdict = &desk.json("ann", "22:02", &["verdicts"])[0];
    assert_eq!(
        (&verdict["origin"], &verdict["truth"]["grief"], &verdict["truth"]["urgent"]),
        (&"audited".into(), &true.into(), &false.into())
    );
    assert_eq!((&verdict["stands_for"], &verdict["truth"]["promotion"]), (&1.0.into(), &Value::Null));
    assert!(verdict["model"].as_str().unwrap().starts_with("tiny@"));
}

#[test]
fn a_correction_that_says_nothing_or_nonsense_is_refused() {
    let desk = Desk::with(&day());
    let refused: [(&[&str], &str); 7] = [
        (&["relabel", "T1"], "required arguments were not provided"),
        (&["relabel", "T1", "--urgency", "2"], "T1 has 2 posts; --post ID says which is meant: g1, g2"),
        (&["relabel", "T1", "--post", "nope", "--urgency", "2"], "T1 has no post nope"),
        (&["relabel", "T1", "--labels", "advice"], "advice_seeking"),
        (&["relabel", "T1", "--labels", "grief", "--not-heard", "grief"], "cannot be used with"),
        (&["relabel", "T1", "--urgency", "4"], "4 is not in 0..=3"),
        (&["relabel", "T99", "--urgency", "2"], "T99 is not on this desk"),
    ];
    for (args, said) in refused {
        let refused = desk.by("ann", "22:01", args).assert().code(2).stdout("");
        assert!(stderr(&refused).contains(said), "{args:?}: {}", stderr(&refused));
    }
    desk.by("ann", "22:02", &["verdicts"]).assert().success().stdout("");
    desk.by("ann", "22:02", &["undo"]).assert().code(1).stderr(contains("has done nothing"));
}
