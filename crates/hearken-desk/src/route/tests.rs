#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::label::Label;
use crate::time::Timestamp;

fn route(toml: &str) -> Route {
    let mut fields: serde_json::Value = serde_json::from_str(toml).unwrap();
    fields["name"] = "r".into();
    fields["team"] = "t".into();
    serde_json::from_value(fields).unwrap()
}

fn post() -> NewPost {
    let mut post = NewPost::new("Bluesky", "1", "My Dog died. Ça alors!", Timestamp::UNIX_EPOCH);
    post.author = Some("Marguerite_O".to_owned());
    post.lang = Some("pt-BR".to_owned());
    post.labels = Labels::from(Label::Grief);
    post.urgency = 2.0;
    post
}

#[test]
fn all_conditions_have_to_hold_and_one_of_a_list() {
    let cases = [
        ("{}", true),
        (r#"{"labels": ["grief"]}"#, true),
        (r#"{"labels": ["advice", "grief"]}"#, true),
        (r#"{"labels": ["advice"]}"#, false),
        (r#"{"urgency-from": 2.0}"#, true),
        (r#"{"urgency-from": 2.1}"#, false),
        (r#"{"languages": ["PT"]}"#, true),
        (r#"{"languages": ["pt-PT"]}"#, true),
        (r#"{"languages": ["en", "de"]}"#, false),
        (r#"{"languages": ["nonsense"]}"#, false),
        (r#"{"platforms": ["bluesky"]}"#, true),
        (r#"{"platforms": ["mastodon"]}"#, false),
        (r#"{"authors": ["@marguerite_o"]}"#, true),
        (r#"{"authors": ["marguerite"]}"#, false),
        (r#"{"words": ["dog"]}"#, true),
        (r#"{"words": ["DOG DIED"]}"#, true),
        (r#"{"words": ["ça"]}"#, true),
        (r#"{"words": ["do"]}"#, false),
        (r#"{"words": ["g died"]}"#, false),
        (r#"{"words": [""]}"#, false),
        (r#"{"labels": ["grief"], "words": ["dog"], "urgency-from": 1.5}"#, true),
        (r#"{"labels": ["grief"], "words": ["cat"], "urgency-from": 1.5}"#, false),
    ];
    for (conditions, expected) in cases {
        assert_eq!(route(conditions).is_for(&post()), expected, "{conditions}");
    }
    let unknown = NewPost { author: None, lang: None, ..post() };
    assert!(!route(r#"{"authors": [""]}"#).is_for(&unknown), "nobody is no author");
    assert!(!route(r#"{"languages": ["pt"]}"#).is_for(&unknown));
}

#[test]
fn the_first_route_decides() {
    let routes = [route(r#"{"labels": ["advice"]}"#), route(r#"{"labels": ["grief"]}"#), route("{}")];
    assert_eq!(first_for(&routes, &post()).map(|(place, _)| place), Some(1));
    assert_eq!(first_for(&routes[..1], &post()), None);
}

#[test]
fn a_route_covers_those_that_ask_for_more() {
    let cases = [
        ("{}", r#"{"words": ["dog"]}"#, true),
        (r#"{"words": ["dog"]}"#, "{}", false),
        (r#"{"labels": ["grief", "advice"]}"#, r#"{"labels": ["advice"], "urgency-from": 2.0}"#, true),
        (r#"{"labels": ["grief"]}"#, r#"{"labels": ["grief", "advice"]}"#, false),
        (r#"{"urgency-from": 1.0}"#, r#"{"urgency-from": 2.0}"#, true),
        (r#"{"urgency-from": 2.0}"#, r#"{"urgency-from": 1.0}"#, false),
        (r#"{"urgency-from": 2.0}"#, "{}", false),
        (r#"{"languages": ["pt"]}"#, r#"{"languages": ["pt-BR"]}"#, true),
        (r#"{"authors": ["@ann", "ben"]}"#, r#"{"authors": ["Ann"]}"#, true),
        (r#"{"platforms": ["x"], "words": ["dog"]}"#, r#"{"platforms": ["x"]}"#, false),
    ];
    for (wide, narrow, expected) in cases {
        assert_eq!(route(wide).covers(&route(narrow)), expected, "{wide} {narrow}");
    }
}
