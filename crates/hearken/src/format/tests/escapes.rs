//! Strings with escapes say what any parser of JSON takes them for.

use std::borrow::Cow;

use bumpalo::Bump;
use proptest::prelude::*;

use super::super::read_keeping;
use super::*;

#[test]
fn every_escape_is_read() {
    let line = r#"{"text":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude22!"}"#;
    assert_eq!(post(line).text, "\"\\/\u{8}\u{c}\n\r\té€😢!");
    for torn in [r"\", r"\x", r"\u", r"\u12", r"\u12g4", r"\u+123"] {
        assert_eq!(reason(format!(r#"{{"text":"{torn}"}}"#)).code(), "invalid_json", "{torn}");
        assert_eq!(reason(format!(r#"{{"text":"hi","other":"{torn}"}}"#)).code(), "invalid_json", "{torn}");
    }
}

#[test]
fn fields_that_are_compared_or_counted_are_unescaped_too() {
    let tweet = r#"{"id_str":"\u0037","full_text":"hi","created_at":"Fri Nov 20 12:00:00 \u002b0000 2026"}"#;
    let tweet = posted(tweet);
    assert_eq!((&*tweet.id, tweet.created_at), ("7", Some(noon())));
    assert_eq!(posted(r#"{"kind":"\u00741","data":{"name":"t1_c","body":"hi"}}"#).id, "t1_c");
    let written = post(r#"{"text":"hi","created_at":"2026-11-20T12:00:00\u002b00:00","id":"\u0031"}"#);
    assert_eq!((&*written.id, written.created_at), ("1", Some(noon())));
}

#[test]
fn a_text_with_escapes_is_kept_where_there_is_room_for_it() {
    let texts = Bump::new();
    let line = br#"{"text":"two\nlines"}"#;
    let mut events = Vec::new();
    read_keeping(line, None, Some(&texts), &mut events).unwrap();
    read_keeping(line, None, None, &mut events).unwrap();
    let [Event::Post(kept), Event::Post(owned)] = &events[..] else { panic!("{events:?}") };
    assert!(matches!(kept.text, Cow::Borrowed("two\nlines")));
    assert!(matches!(&owned.text, Cow::Owned(text) if text == "two\nlines"));
}

proptest! {
    #[test]
    fn what_is_escaped_comes_back(text in "\\PC{0,20}[\\x00-\\x1f\"\\\\/é😢]{0,6}\\PC{0,20}") {
        prop_assume!(!text.trim().is_empty());
        let plain = serde_json::to_string(&text).unwrap();
        let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        for written in [plain, format!("\"{units}\"")] {
            let line = format!("{{\"text\":{written}}}");
            prop_assert_eq!(&*post(&line).text, &text);
        }
    }
}
