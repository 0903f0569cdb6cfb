#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::post::{Timestamp, effective_time};
use crate::testing::noon;

mod bluesky;
mod escapes;
mod feeds;
mod mastodon;
mod reddit;
mod twitter;

/// All formats but the generic one.
const FEEDS: [Format; 5] = [Format::Bluesky, Format::Mastodon, Format::TwitterV1, Format::TwitterV2, Format::Reddit];

/// All that a line holds.
fn events(line: &str, format: Option<Format>) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    read(line.as_bytes(), format, &mut events).unwrap_or_else(|reason| panic!("{line}: {reason}"));
    events
}

/// The one thing that a line holds, told by its shape.
fn event(line: &str) -> Event<'_> {
    let mut events = events(line, None);
    assert_eq!(events.len(), 1, "{line}");
    events.remove(0)
}

/// The post that a line holds, told by its shape.
fn posted(line: &str) -> Post<'_> {
    match event(line) {
        Event::Post(post) => post,
        other => panic!("{line}: {other:?}"),
    }
}

/// Why nothing of a line can be used.
fn rejection(line: &str, format: Option<Format>) -> RejectReason {
    let mut events = Vec::new();
    match read(line.as_bytes(), format, &mut events) {
        Ok(_) => panic!("{line}: {events:?}"),
        Err(reason) => reason,
    }
}

fn post(line: &str) -> Post<'_> {
    parse(line.as_bytes()).unwrap_or_else(|reason| panic!("{line}: {reason}")).post
}

fn reason(line: impl AsRef<[u8]>) -> RejectReason {
    let line = line.as_ref();
    match parse(line) {
        Ok(parsed) => panic!("{} was taken for {parsed:?}", String::from_utf8_lossy(line)),
        Err(reason) => reason,
    }
}

#[test]
fn every_field_is_read() {
    let line = r#"{"id":"7","text":"hi","author":"ann","created_at":"2026-11-20T12:00:00Z","reply_to":"6","thread":"1",
        "lang":"en","platform":"mastodon","reach":12}"#;
    let post = post(line);
    assert_eq!((&*post.id, &*post.text, post.author.as_deref()), ("7", "hi", Some("ann")));
    assert_eq!((post.created_at, post.reach), (Some(noon()), Some(12)));
    assert_eq!((post.reply_to.as_deref(), post.thread.as_deref()), (Some("6"), Some("1")));
    assert_eq!((post.lang.as_deref(), post.platform.as_deref()), (Some("en"), Some("mastodon")));
}

#[test]
fn only_the_text_is_required() {
    assert_eq!(post(r#"{"text":"hi"}"#), Post::new("", "hi"));
    let nulls = r#"{"text":"hi","id":null,"author":null,"created_at":null,"reply_to":null,"thread":null,"lang":null,
        "platform":null,"reach":null}"#;
    assert_eq!(parse(nulls.as_bytes()).unwrap(), Parsed { post: Post::new("", "hi"), ignored_fields: 0 });
}

#[test]
fn a_text_without_escapes_is_borrowed() {
    let line = r#"{"text":"plain","author":"esc\u0061ped"}"#;
    let post = post(line);
    assert!(matches!(post.text, std::borrow::Cow::Borrowed("plain")));
    assert!(matches!(post.author, Some(std::borrow::Cow::Owned(author)) if author == "escaped"));
}

#[test]
fn malformed_json_is_rejected_with_what_the_parser_said() {
    let torn =
        [r#"{"text":"hi""#, r#"{"text":"hi"}}"#, r#"{"text":hi}"#, r#"{'text':'hi'}"#, "{", "}", "hi", "[1,", "-"];
    for line in torn {
        assert_eq!(reason(line).code(), "invalid_json", "{line}");
    }
    assert_eq!(reason(r#"{"text":"hi""#).to_string(), "not JSON: EOF while parsing an object at column 12");
    assert_eq!(reason(r#"{"text":"a","text":"b"}"#).code(), "invalid_json", "two texts: which one was meant?");
}

#[test]
fn json_that_is_no_object_is_rejected() {
    for line in ["[]", r#"["hi"]"#, "12", r#""hi""#, "null", "true", r#" [{"text":"hi"}]"#] {
        assert_eq!(reason(line), RejectReason::NotAnObject, "{line}");
    }
    let as_many_as_there_are_fields = r#"["hi","1",null,null,null,null,null,null,null]"#;
    assert_eq!(reason(as_many_as_there_are_fields), RejectReason::NotAnObject);
}

#[test]
fn a_post_without_text_is_rejected() {
    for line in ["{}", r#"{"id":"1"}"#, r#"{"text":null}"#, r#"{"Text":"hi"}"#, r#"{"a":{"text":"hi"}}"#] {
        assert_eq!(reason(line), RejectReason::TextMissing, "{line}");
    }
}

#[test]
fn a_text_of_another_type_is_rejected_and_the_type_named() {
    let found = [("12", "a number"), ("-1.5e3", "a number"), ("true", "a boolean"), ("[\"hi\"]", "an array")];
    for (text, name) in found.into_iter().chain([("{\"text\":\"hi\"}", "an object"), ("[]", "an array")]) {
        assert_eq!(reason(format!(r#"{{"text":{text}}}"#)), RejectReason::TextNotAString(name));
    }
}

#[test]
fn an_empty_text_is_rejected() {
    for text in ["", " ", "\\t\\r\\n", "\u{a0}", "\u{3000}", " \u{2003}\u{a0}\\u3000 "] {
        assert_eq!(reason(format!(r#"{{"text":"{text}"}}"#)), RejectReason::TextEmpty, "{text:?}");
    }
}

#[test]
fn a_megabyte_of_text_is_accepted() {
    let text = "word ".repeat(200_000);
    assert_eq!(post(&format!(r#"{{"text":"{text}"}}"#)).text, text);
}

#[test]
fn a_line_that_is_not_utf_8_is_rejected_with_the_offset() {
    assert_eq!(reason(b"{\"text\":\"caf\xE9\"}"), RejectReason::InvalidUtf8 { at: 12 });
    assert_eq!(reason(b"\xFF"), RejectReason::InvalidUtf8 { at: 0 });
    assert_eq!(reason(b"{\"text\":\"\xED\xA0\xBD\"}").code(), "invalid_utf8", "a surrogate in bytes");
}

#[test]
fn half_a_surrogate_pair_becomes_one_replacement_character() {
    let cases = [
        (r"\ud83d", "\u{fffd}"),
        (r"so sad \ud83d", "so sad \u{fffd}"),
        (r"\ude22 sad", "\u{fffd} sad"),
        (r"\ude22\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\u0041", "\u{fffd}A"),
        (r"\uD83D\n", "\u{fffd}\n"),
        (r"\ud83d\ud83d\ude22", "\u{fffd}\u{1f622}"),
        (r"\\ud83d \ud83d", "\\ud83d \u{fffd}"),
        (r"é\ud83dé", "é\u{fffd}é"),
    ];
    for (escaped, expected) in cases {
        assert_eq!(post(&format!(r#"{{"text":"{escaped}"}}"#)).text, expected, "{escaped}");
    }
    let author = post(r#"{"text":"\ud83d\ude22","author":"ann \ud83d","x":"\ud83d"}"#).into_owned();
    assert_eq!((&*author.text, author.author.as_deref()), ("\u{1f622}", Some("ann \u{fffd}")));
    assert_eq!(reason(r#"{"text":"\ud83d"#).code(), "invalid_json", "what else is wrong stays wrong");
    assert_eq!(reason(r#"{"text":"\ud83d\"#).code(), "invalid_json");
}

#[test]
fn control_characters_must_be_escaped() {
    for raw in ["\0", "\u{1}", "\u{1f}", "\t"] {
        assert_eq!(reason(format!(r#"{{"text":"a{raw}b"}}"#)).code(), "invalid_json", "{raw:?}");
    }
    assert_eq!(post(r#"{"text":"a\u0000b\tc"}"#).text, "a\0b\tc");
}

#[test]
fn unknown_fields_are_skipped() {
    assert_eq!(post(r#"{"x":{"text":1},"text":"hi","y":[null,{}],"text2":2}"#).text, "hi");
}

#[test]
fn deep_nesting_crashes_nothing() {
    let deep = |open: &str, close: &str| open.repeat(10_000) + "1" + &close.repeat(10_000);
    for nested in [deep("[", "]"), deep("{\"a\":", "}"), "[".repeat(10_000)] {
        let well_formed = !nested.ends_with('[');
        let unknown = format!(r#"{{"x":{nested},"text":"hi"}}"#);
        assert_eq!(parse(unknown.as_bytes()).is_ok(), well_formed);
        let author = format!(r#"{{"author":{nested},"text":"hi"}}"#);
        assert_eq!(parse(author.as_bytes()).is_ok_and(|parsed| parsed.ignored_fields == 1), well_formed);
        let code = reason(format!(r#"{{"text":{nested}}}"#)).code();
        assert_eq!(code, if well_formed { "text_not_a_string" } else { "invalid_json" });
        let code = reason(nested.replace("{\"a\":", "[").replace('}', "]")).code();
        assert_eq!(code, if well_formed { "not_an_object" } else { "invalid_json" });
    }
}

#[test]
fn numbers_will_do_for_ids() {
    let post = post(r#"{"text":"hi","id":1861234567890123456,"author":-5,"thread":1.5}"#);
    assert_eq!((&*post.id, post.author.as_deref()), ("1861234567890123456", Some("-5")));
    assert_eq!(post.thread.as_deref(), Some("1.5"));
}

#[test]
fn fields_that_cannot_be_used_are_counted_and_cost_no_post() {
    let line = r#"{"text":"hi","id":[1],"author":{"name":"ann"},"lang":true,"platform":[],"reach":"many"}"#;
    let parsed = parse(line.as_bytes()).unwrap();
    assert_eq!(parsed, Parsed { post: Post::new("", "hi"), ignored_fields: 5 });
}

#[test]
fn reach_is_cut_to_what_it_can_be() {
    let reach = |json: &str| post(&format!(r#"{{"text":"hi","reach":{json}}}"#)).reach;
    assert_eq!(reach("-3"), Some(0));
    assert_eq!(reach("12.9"), Some(12));
    assert_eq!(reach("18446744073709551615"), Some(u64::MAX));
    assert_eq!(reach("1e300"), Some(u64::MAX));
    assert_eq!(reach("-1e300"), Some(0));
}

fn created_at(json: &str) -> Option<Timestamp> {
    post(&format!(r#"{{"text":"hi","created_at":{json}}}"#)).created_at
}

#[test]
fn times_are_read_in_all_common_notations() {
    let noons = [
        r#""2026-11-20T12:00:00Z""#,
        r#""2026-11-20T12:00:00.000Z""#,
        r#""2026-11-20T13:00:00+01:00""#,
        r#""2026-11-20 12:00:00""#,
        "1795176000",
        "1795176000000",
        "1795176000.0",
    ];
    for json in noons {
        assert_eq!(created_at(json), Some(noon()), "{json}");
    }
}

#[test]
fn times_that_make_no_sense_give_way_to_the_arrival() {
    let nonsense = [
        "-1",
        "0",
        "1",
        "-99999999999999",
        "99999999999",
        "9223372036854775807",
        "1e300",
        "-1e300",
        "123e-400",
        "99999999999999999999999999",
        r#""""#,
        r#""yesterday""#,
        r#""2026-13-45T99:00:00Z""#,
        "true",
        "{}",
        "[1795176000]",
        r#""1970-01-01T00:00:00Z""#,
        r#""9999-12-31T23:59:59Z""#,
        r#""0001-01-01T00:00:00Z""#,
        "null",
    ];
    for json in nonsense {
        assert_eq!(effective_time(created_at(json), noon()), (noon(), false), "{json}");
    }
}

#[test]
fn a_clock_may_be_a_day_ahead() {
    let at = |seconds: i64| Some(Timestamp::from_second(noon().as_second() + seconds).unwrap());
    assert_eq!(effective_time(at(86_400), noon()), (at(86_400).unwrap(), true));
    assert_eq!(effective_time(at(86_401), noon()), (noon(), false));
    assert!(effective_time(at(-86_400 * 365 * 20), noon()).1);
}

#[test]
fn quotes_links_and_mentions_are_read() {
    let post = post(r#"{"text":"hi","quote_of":5,"links":["https://x.example",null,7],"mentions":["bo",""]}"#);
    assert_eq!(post.quotes.as_deref(), Some("5"));
    assert_eq!((post.links, post.mentions), (vec!["https://x.example".into(), "7".into()], vec!["bo".into()]));
}

#[test]
fn a_post_is_written_as_a_line_that_is_read_as_the_same_post() {
    let mut written = Post::new("7", "hi");
    written.quotes = Some("5".into());
    written.links = vec!["https://x.example".into()];
    written.mentions = vec!["bo".into()];
    written.created_at = Some(noon());
    let line = serde_json::to_string(&written).unwrap();
    assert_eq!(post(&line), written);
}

#[test]
fn a_line_says_what_became_of_a_post() {
    let deleted = Deletion { id: "7".into(), platform: Some("x".into()), author: Some("ann".into()) };
    assert_eq!(event(r#"{"id":7,"deleted":true,"platform":"x","author":"ann"}"#), Event::Delete(deleted.clone()));
    assert_eq!(event(r#"{"id":7,"text":"hi","deleted":true,"platform":"x","author":"ann"}"#), Event::Delete(deleted));
    assert_eq!(event(r#"{"id":7,"text":"hi","edited":true}"#), Event::Edit(Post::new("7", "hi")));
    let plain = r#"{"id":7,"text":"hi","edited":false,"deleted":null,"repost_of":null}"#;
    assert_eq!(event(plain), Event::Post(Post::new("7", "hi")));
    let nobody_knows_which = rejection(r#"{"author":"ann","deleted":true}"#, None);
    assert_eq!(nobody_knows_which, RejectReason::FieldUnusable("id"), "not all that ann ever wrote");
    assert_eq!(reason(r#"{"id":7,"deleted":true}"#), RejectReason::NoPost, "where a post is wanted");
}

#[test]
fn a_repost_has_the_text_of_what_it_passes_on() {
    let line = r#"{"id":8,"author":"bo","repost_of":7,"text":"hi","lang":"en","created_at":"2026-11-20T12:00:00Z"}"#;
    let Event::Repost(repost) = event(line) else { panic!() };
    let mut of = Post::new("7", "hi");
    of.lang = Some("en".into());
    let expected = Repost { id: Some("8".into()), author: Some("bo".into()), created_at: Some(noon()), of };
    assert_eq!(repost, expected);
    let Event::Repost(bare) = event(r#"{"repost_of":"7"}"#) else { panic!() };
    assert_eq!(bare, Repost { id: None, author: None, created_at: None, of: Post::new("7", "") });
}
