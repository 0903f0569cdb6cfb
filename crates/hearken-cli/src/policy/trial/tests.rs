#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use crate::policy::file::parse;

use super::*;

/// A griever, someone whose parcel is late, and a shop, with a team for the first.
const POLICY: &str = r#"
[[desk.route]]
name = "bereavement"
team = "care"
labels = ["grief"]

[[example]]
name = "death"
labels = ["grief"]
urgency = 2.0
EXPECT

[[example]]
name = "parcel"
labels = ["frustration"]
urgency = 0.5

[[example]]
name = "shop"
labels = ["promotion"]

[[example]]
name = "weather"
labels = []
"#;

fn faults(expect: &str) -> Vec<String> {
    let policy = parse(&POLICY.replace("EXPECT", &format!("expect = {{ {expect} }}")), "p").unwrap();
    let tried = try_all(&policy, None).unwrap();
    tried.into_iter().flat_map(|tried| tried.faults).collect()
}

#[test]
fn what_is_expected_and_so_is_no_fault() {
    for expect in [
        "",
        r#"disposition = "queued""#,
        r#"labels = ["grief"]"#,
        r#"route = "bereavement""#,
        r#"team = "care""#,
        "rank = 1",
        r#"before = "parcel""#,
        r#"before = "shop""#,
        r#"disposition = "queued", team = "care", rank = 1, before = "weather""#,
    ] {
        assert_eq!(faults(expect), Vec::<String>::new(), "{expect}");
    }
}

#[test]
fn what_is_expected_and_not_so_is_told() {
    for (expect, told) in [
        (r#"disposition = "held""#, "queued instead of held"),
        (r#"labels = ["grief", "advice"]"#, "grief instead of grief, advice"),
        ("labels = []", "grief instead of no label"),
        (r#"route = "other""#, r#"route "bereavement" instead of "other""#),
        (r#"team = """#, r#"for "care" instead of everyone's"#),
        ("rank = 2", "rank 1 instead of 2"),
        (r#"before = "nobody""#, r#"no example is called "nobody""#),
    ] {
        assert_eq!(faults(expect), [told], "{expect}");
    }
}

#[test]
fn only_queued_examples_have_a_rank_and_only_what_someone_sees_a_team() {
    let policy = parse(&POLICY.replace("EXPECT", ""), "p").unwrap();
    let tried = try_all(&policy, None).unwrap();
    let became: Vec<_> = tried.iter().map(|it| (becomes(it.disposition), it.rank, it.team())).collect();
    let expected =
        [("queued", Some(1), Some("care")), ("queued", Some(2), None), ("held", None, None), ("neutral", None, None)];
    assert_eq!(became, expected);
}

#[test]
fn a_text_needs_a_model() {
    let policy = parse("[[example]]\nname = \"a\"\ntext = \"b\"", "p").unwrap();
    let error = try_all(&policy, None).unwrap_err();
    assert_eq!(format!("{error:#}"), "example \"a\": it needs a model");
}
