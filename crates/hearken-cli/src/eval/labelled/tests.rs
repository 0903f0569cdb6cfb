#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn truth(labels: &str) -> Result<Truth, String> {
    parse(format!(r#"{{"text":"hi"{labels}}}"#).as_bytes()).map(|(_, truth)| truth)
}

fn label(labels: &str, question: Question) -> Option<bool> {
    truth(labels).unwrap().labels[question]
}

#[test]
fn labels_are_0_or_1_in_any_notation() {
    for (json, expected) in [
        ("0", Some(false)),
        ("1", Some(true)),
        ("false", Some(false)),
        ("true", Some(true)),
        ("0.0", Some(false)),
        ("1.0", Some(true)),
        ("null", None),
    ] {
        assert_eq!(label(&format!(r#","grief":{json}"#), Question::Grief), expected, "{json}");
    }
    assert_eq!(truth("").unwrap(), Truth::default());
}

#[test]
fn each_label_is_read_from_its_own_field() {
    for question in Question::ALL {
        let truth = truth(&format!(r#","{question}":0"#)).unwrap();
        let known: Vec<Question> = Question::ALL.into_iter().filter(|of| truth.labels[*of].is_some()).collect();
        assert_eq!(known, [question]);
    }
    for urgency in 0..=3 {
        assert_eq!(truth(&format!(r#","urgency":{urgency}"#)).unwrap().urgency, Some(urgency));
    }
    assert_eq!(truth(r#","urgency":2.0"#).unwrap().urgency, Some(2));
}

#[test]
fn advice_is_sought_or_given() {
    let advice = |seeking: &str, giving: &str| {
        label(&format!(r#","advice_seeking":{seeking},"advice_giving":{giving}"#), Question::Advice)
    };
    assert_eq!(advice("1", "0"), Some(true));
    assert_eq!(advice("null", "1"), Some(true));
    assert_eq!(advice("0", "0"), Some(false));
    assert_eq!(advice("0", "null"), None);
    assert_eq!(advice("null", "null"), None);
    assert_eq!(label(r#","advice":1,"advice_seeking":0,"advice_giving":0"#, Question::Advice), Some(true));
    assert_eq!(label(r#","advice":null,"advice_giving":1"#, Question::Advice), Some(true));
}

#[test]
fn what_is_no_label_is_named_but_never_quoted() {
    for (labels, reason) in [
        (r#","grief":7"#, r#""grief" is 7, not 0, 1 or null"#),
        (r#","promotion":0.5"#, r#""promotion" is 0.5, not 0, 1 or null"#),
        (r#","advice_giving":-1"#, r#""advice_giving" is -1, not 0, 1 or null"#),
        (r#","frustration":"secret""#, r#""frustration" is a string, not 0, 1 or null"#),
        (r#","grief":[1]"#, r#""grief" is an array, not 0, 1 or null"#),
        (r#","urgency":"high""#, r#""urgency" is a string, not 0, 1, 2, 3 or null"#),
        (r#","urgency":4"#, r#""urgency" is 4, not 0, 1, 2, 3 or null"#),
        (r#","urgency":true"#, r#""urgency" is a boolean, not 0, 1, 2, 3 or null"#),
    ] {
        assert_eq!(truth(labels).unwrap_err(), reason);
    }
    assert!(truth(r#","grief":1,"grief":0"#).unwrap_err().contains("duplicate field"));
}

#[test]
fn a_line_that_is_no_post_has_the_reason_of_a_run() {
    let reason = |line: &str| parse(line.as_bytes()).unwrap_err();
    assert_eq!(reason(r#"{"grief":1}"#), "the object has no \"text\"");
    assert!(reason("{").starts_with("not JSON: "));
}

#[test]
fn half_a_surrogate_pair_costs_no_label() {
    let (post, truth) = parse(br#"{"text":"so sad \ud83d","grief":1}"#).unwrap();
    assert_eq!((&*post.text, truth.labels[Question::Grief]), ("so sad \u{fffd}", Some(true)));
}
