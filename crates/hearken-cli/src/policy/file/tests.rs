#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

#[test]
fn the_file_with_all_defaults_is_the_defaults() {
    let file = parse(DEFAULTS, "policy.toml").unwrap();
    assert_eq!(file, PolicyFile::default());
    assert_eq!(file.engine(), hearken::Policy::default());
}

#[test]
fn the_file_with_all_defaults_and_its_examples_keep_to_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    // What stands there as a comment is a promise too.
    let spelt_out: String = DEFAULTS.lines().map(uncommented).collect::<Vec<_>>().join("\n");
    let with_examples = parse(&spelt_out, "policy.toml").unwrap();
    let desk = &with_examples.desk;
    let shown = [desk.routes.len(), desk.hooks.len(), desk.service.calendars.len(), with_examples.examples.len()];
    assert_eq!(shown, [1, 2, 1, 2]);
    with_examples.validate().unwrap();
    for source in [DEFAULTS, &spelt_out] {
        let value: serde_json::Value = toml::from_str(source).unwrap();
        let faults: Vec<String> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new());
    }
    for wrong in
        ["[head-start]\ngreif = 3", "[head-start]\ncase-within = 3", "[desk]\nlease = 30", "[thresholds]\ngrief = 2"]
    {
        let value: serde_json::Value = toml::from_str(wrong).unwrap();
        assert!(!validator.is_valid(&value), "{wrong}");
    }
}

/// A line that is a key or a table in a comment, without the `#`.
fn uncommented(line: &str) -> &str {
    let bare = line.strip_prefix("# ").unwrap_or_default();
    let is_key = bare.split_once(" = ").is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    if is_key || bare.starts_with('[') { bare } else { line }
}

#[test]
fn every_key_is_in_the_file_with_all_defaults() {
    fn keys(value: &serde_json::Value, path: &str, all: &mut Vec<String>) {
        for (key, value) in value.as_object().into_iter().flatten() {
            if value.as_object().is_none_or(|table| !table.is_empty()) {
                all.push(format!("{path}{key}"));
            }
            keys(value, &format!("{path}{key}."), all);
        }
    }
    let mut known = Vec::new();
    keys(&serde_json::to_value(Rules::default()).unwrap(), "desk.", &mut known);
    keys(&serde_json::to_value(hearken::Policy::default()).unwrap(), "head-start.", &mut known);
    known.retain(|key| key != "head-start.case-within");
    let mut written = Vec::new();
    keys(&toml::from_str(DEFAULTS).unwrap(), "", &mut written);
    written.retain(|key| !["desk", "head-start", "thresholds"].contains(&&**key));
    known.sort();
    written.sort();
    assert_eq!(written, known);
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_was_meant() {
    let cases = [
        ("\n[head-start]\ngreif = 3", r#"p:3: unknown key or name "greif", did you mean "grief"?"#),
        ("[haed-start]", r#"p:1: unknown key or name "haed-start", did you mean "head-start"?"#),
        ("[desk]\nlaese = \"1h\"", r#"p:2: unknown key or name "laese", did you mean "lease"?"#),
        (
            "[[desk.route]]\nname = \"a\"\nteam = \"b\"\nlabels = [\"greif\"]",
            r#"p:4: unknown key or name "greif", did you mean "grief"?"#,
        ),
        ("[desk]\nlease = \"soon\"", r#"p:2: "soon" is no span of time such as "30m", "12h" or "7d""#),
        ("[desk]\nlease = \"-3h\"", r#"p:2: "-3h" is no span of time such as "30m", "12h" or "7d""#),
        (
            "[head-start]\nrespond-within = [\"2d\", \"8h\", \"soon\"]",
            r#"p:2: "soon" is no span of time such as "30m", "8h" or "2d""#,
        ),
        ("[head-start]\ncampaign-within = true", r#"p:2: a number of minutes, or a span of time such as "8h""#),
        ("[head-start]\ncase-within = 60", "p:2: case-within goes for the queue and the desk, so it stands in [desk]"),
        ("[desk.contact]\ntimes = 3", "p:1: missing field `within`"),
        ("lease = ", "p:1: "),
    ];
    for (source, told) in cases {
        let error = parse(source, "p").unwrap_err().to_string();
        assert!(error.starts_with(told), "{source}: {error}");
    }
}

#[test]
fn spans_may_be_written_and_minutes_be_numbers() {
    let file =
        parse("[head-start]\nrespond-within = [60, \"2h\", \"1d 1h\"]\n[desk]\ncase-within = \"2w\"", "p").unwrap();
    assert_eq!(file.engine().respond_within, [60, 120, 25 * 60]);
    assert_eq!(file.engine().case_within, 14 * 24 * 60);
}

#[test]
fn what_is_typed_goes_over_the_file() {
    let file = parse("[thresholds]\nset = \"a\"\ngrief = 0.1\nadvice = 0.2", "p").unwrap();
    let mut typed = hearken::Thresholds::default();
    *typed.own.get_mut(Label::Grief) = Some(0.5);
    let both = file.thresholds_under(&typed);
    assert_eq!(both.set.as_deref(), Some("a"));
    assert_eq!(both.own, PerLabel { grief: Some(0.5), advice: Some(0.2), ..PerLabel::default() });
}
