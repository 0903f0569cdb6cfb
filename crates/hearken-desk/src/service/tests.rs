#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

const NONE: Labels = Labels::from_bits(0);

fn about(labels: Labels, urgency: f64) -> About<'static> {
    About { labels, urgency, lang: None, team: None }
}

fn named(levels: &ServiceLevels, about: About<'_>) -> Option<String> {
    levels.target(about).map(|target| target.name.clone())
}

#[test]
fn the_first_target_that_goes_for_a_case_counts() {
    let levels = ServiceLevels::default();
    let grief = Labels::from(Label::Grief);
    let table = [
        (NONE, 3.0, Some("crisis")),
        (grief, 2.5, Some("crisis")),
        (grief, 0.0, Some("grief")),
        (Label::Advice.into(), 1.6, Some("problem")),
        (NONE, 0.5, Some("question")),
        (NONE, 0.4, None),
    ];
    for (labels, urgency, target) in table {
        assert_eq!(named(&levels, about(labels, urgency)).as_deref(), target, "{labels:?} {urgency}");
    }
}

#[test]
fn languages_and_teams_are_asked_for() {
    let mut levels = ServiceLevels::default();
    let any = levels.targets.remove(3);
    let german = Target { name: "german".to_owned(), languages: vec!["de".to_owned()], ..any.clone() };
    let billing = Target { name: "billing".to_owned(), team: Some("billing".to_owned()), ..any };
    levels.targets = vec![german, billing];
    let about = |lang, team| About { lang, team, ..about(NONE, 1.0) };
    assert_eq!(named(&levels, about(None, None)), None);
    assert_eq!(named(&levels, about(Some("DE"), None)).as_deref(), Some("german"));
    assert_eq!(named(&levels, about(Some("en"), Some("billing"))).as_deref(), Some("billing"));
}

#[test]
fn a_warning_comes_while_people_are_there() {
    let json = r#"{
        "target": [{"name": "all", "first-human": "1h", "resolution": "16h", "hours": "office", "warn-before": "15m"}],
        "calendar": {"office": {"time-zone": "Europe/Berlin", "monday": ["09:00-17:00"], "tuesday": ["09:00-17:00"]}}
    }"#;
    let levels: ServiceLevels = serde_json::from_str(json).unwrap();
    assert_eq!(levels.faults(), Vec::<String>::new());
    // A Monday, ten minutes before they leave.
    let since: Timestamp = "2026-11-23T15:15:00Z".parse().unwrap();
    let due = levels.due(about(NONE, 0.0), since).unwrap();
    let at = |time: &str| time.parse::<Timestamp>().unwrap();
    assert_eq!(due.warn_at, at("2026-11-23T16:00:00Z"), "before they leave, not at night");
    assert_eq!(due.due_by, at("2026-11-24T08:15:00Z"));
    assert_eq!(due.resolve_by, Some(at("2026-11-30T15:15:00Z")));
    let again: ServiceLevels = serde_json::from_str(&serde_json::to_string(&levels).unwrap()).unwrap();
    assert_eq!(again, levels);
}

#[test]
fn what_makes_no_sense_is_told() {
    assert_eq!(ServiceLevels::default().faults(), Vec::<String>::new());
    let json = r#"{
        "target": [
            {"name": "a", "first-human": "1h", "hours": "office"},
            {"name": "a", "first-human": "1h"},
            {"name": "b", "first-human": "0s"},
            {"name": "c", "first-human": "1h", "urgency-from": 4},
            {"name": "d", "first-human": "1h", "warn-before": "2h"},
            {"name": " ", "first-human": "1h"},
            {"name": "e", "first-human": "9000h"}
        ],
        "calendar": {"always": {"time-zone": "UTC"}},
        "breach": "9000h"
    }"#;
    let levels: ServiceLevels = serde_json::from_str(json).unwrap();
    assert_eq!(
        levels.faults(),
        [
            "calendar always: a target that names it counts around the clock; take another name",
            "calendar always: it has no hours, so that time would never pass",
            "target a: no calendar is called office",
            "target a: another one has that name",
            "target b: its times must be more than nothing, and at most a year",
            "target c: urgency-from is 4, it must be 0 to 3",
            "target d: it would warn before anyone waits",
            "target  : it needs a name",
            "target e: its times must be more than nothing, and at most a year",
            "breach: a year is the most",
        ]
    );
}
