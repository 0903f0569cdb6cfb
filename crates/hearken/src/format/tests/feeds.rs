//! What the feed formats have in common: shapes, damage, and what belongs to no post.

use super::*;

/// A line of each format, with a text that says which.
pub(super) fn samples() -> Vec<(Format, String)> {
    let status = r#"{"id":"9","created_at":"2026-11-20T12:00:00.000Z","in_reply_to_id":null,"in_reply_to_account_id":null,
        "content":"<p>a status</p>","account":{"acct":"ann"}}"#;
    let payload = serde_json::to_string(status).unwrap();
    vec![
        (Format::Generic, r#"{"id":"1","text":"a line"}"#.to_owned()),
        (
            Format::Bluesky,
            r#"{"did":"did:plc:ann","time_us":1,"kind":"commit","commit":{"operation":"create",
                "collection":"app.bsky.feed.post","rkey":"3k","record":{"text":"a record"}}}"#
                .to_owned(),
        ),
        (
            Format::Bluesky,
            r#"{"$type":"message","payload":{"$type":"x.y.subscribeEvents#commit","did":"did:plc:ann","operation":"create",
                "collection":"app.bsky.feed.post","rkey":"3k","record":{"text":"a record"}}}"#
                .to_owned(),
        ),
        (Format::Mastodon, status.to_owned()),
        (Format::Mastodon, r#"{"id":"9","content":"a status","account":{"acct":"ann"}}"#.to_owned()),
        (Format::Mastodon, format!(r#"{{"stream":["public"],"event":"update","payload":{payload}}}"#)),
        (Format::TwitterV1, r#"{"created_at":"x","id":7,"id_str":"7","text":"a tweet","user":{"id":1}}"#.to_owned()),
        (Format::TwitterV1, r#"{"full_text":"a tweet","id":7,"text":"a tw…"}"#.to_owned()),
        (Format::TwitterV2, r#"{"data":{"id":"7","text":"a tweet"}}"#.to_owned()),
        (Format::TwitterV2, r#"{"includes":{"users":[]},"data":[{"id":"7","text":"a tweet"}]}"#.to_owned()),
        (Format::TwitterV2, r#"{"edit_history_tweet_ids":["7"],"id":"7","text":"a tweet"}"#.to_owned()),
        (Format::Reddit, r#"{"kind":"t1","data":{"id":"c","name":"t1_c","body":"a comment"}}"#.to_owned()),
        (Format::Reddit, r#"{"subreddit_id":"t5_x","id":"c","body":"a comment"}"#.to_owned()),
        (Format::Reddit, r#"{"title":"a submission","name":"t3_s"}"#.to_owned()),
        (
            Format::Reddit,
            r#"[{"kind":"Listing","data":{"children":[{"kind":"t3","data":{"name":"t3_s","title":"a submission"}}]}}]"#
                .to_owned(),
        ),
    ]
}

#[test]
fn each_format_is_told_by_its_shape() {
    for (format, line) in samples() {
        let told = events(&line, None);
        assert_eq!(told, events(&line, Some(format)), "{line}");
        assert!(matches!(&told[..], [Event::Post(post)] if post.text.starts_with("a ")), "{line}: {told:?}");
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    for (format, line) in samples() {
        // serde_json sorts the keys.
        let sorted = serde_json::from_str::<serde_json::Value>(&line).unwrap().to_string();
        assert_eq!(events(&sorted, None), events(&line, Some(format)), "{sorted}");
    }
}

#[test]
fn a_generic_line_may_use_the_words_of_other_formats() {
    let line = r#"{"text":"hi","data":{"id":1},"event":"update","payload":"x","kind":"question","name":"ann","did":"it",
        "content":"hi","account":{},"delete":{},"$type":"post","subreddit_id":5,"user":{},"errors":[]}"#;
    assert!(matches!(&events(line, None)[..], [Event::Post(post)] if post.text == "hi"));
    let reversed = r#"{"delete":{},"data":{"id":1},"text":"hi"}"#;
    assert!(matches!(&events(reversed, None)[..], [Event::Post(post)] if post.text == "hi"));
    assert_eq!(
        rejection(r#"{"event":"x"}"#, None),
        RejectReason::TextMissing,
        "nothing is skipped that may be a mistake"
    );
    assert_eq!(rejection(r#"{"content":"x"}"#, None), RejectReason::TextMissing);
}

#[test]
fn a_format_that_is_told_counts_whatever_the_shape() {
    let tweet = r#"{"id_str":"7","text":"a tweet"}"#;
    assert!(matches!(&events(tweet, Some(Format::Generic))[..], [Event::Post(post)] if post.id.is_empty()));
    for format in FEEDS {
        let reason = rejection(r#"{"id":"1","txet":"hi"}"#, Some(format));
        assert!(matches!(reason.code(), "field_unusable" | "unknown_object"), "{format:?}: {reason}");
    }
}

#[test]
fn an_array_is_read_thing_by_thing() {
    let line = r#" [ {"id_str":"1","text":"one"}, 5, {"id_str":"2"}, {"id_str":"3","text":"three"}]"#;
    let events = events(line, None);
    let [Event::Post(one), Event::Rejected(number), Event::Rejected(torn), Event::Post(three)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((&*one.id, &*three.id), ("1", "3"));
    assert_eq!((number.code(), torn), ("not_an_object", &RejectReason::FieldUnusable("text")));
    assert_eq!(rejection(r#"[{"text":"hi"}]"#, None), RejectReason::NotAnObject, "the generic format has no arrays");
}

#[test]
fn half_a_surrogate_pair_costs_no_post_of_any_format() {
    for (format, line) in samples() {
        let halved = line
            .replace("\"a ", r#""\ud83d a "#)
            .replace(r#"\"<p>a "#, r#"\"<p>\\ud83d a "#)
            .replace("<p>a ", r"<p>\ud83d a ");
        assert_ne!(halved, line);
        let told = events(&halved, Some(format));
        assert!(matches!(&told[..], [Event::Post(post)] if post.text.starts_with('\u{fffd}')), "{halved}: {told:?}");
    }
}

#[test]
fn a_line_that_is_cut_anywhere_is_rejected_with_a_reason() {
    for (format, line) in samples() {
        for end in (1..line.len()).filter(|end| line.is_char_boundary(*end)) {
            for format in [None, Some(format)] {
                let reason = rejection(&line[..end], format);
                assert_eq!(reason.code(), "invalid_json", "{}", &line[..end]);
            }
        }
    }
}

#[test]
fn nesting_without_end_crashes_nothing() {
    let nested = |open: &str, close: &str, depth| open.repeat(depth) + "1" + &close.repeat(depth);
    for depth in [100, 10_000] {
        let lines = [
            (Format::Reddit, nested(r#"{"kind":"Listing","data":{"children":["#, "]}}", depth)),
            (Format::Reddit, nested(r#"{"kind":"t1","data":{"name":"t1_x","body":"x","replies":"#, "}}", depth)),
            (Format::Mastodon, nested(r#"{"id":"1","content":"x","reblog":"#, "}", depth)),
            (Format::TwitterV1, nested(r#"{"id_str":"1","text":"x","retweeted_status":"#, "}", depth)),
            (Format::TwitterV2, nested(r#"{"data":"#, "}", depth)),
            (Format::TwitterV2, nested(r#"{"data":["#, "]}", depth)),
            (Format::Bluesky, nested(r#"{"did":"did:x","commit":"#, "}", depth)),
        ];
        for (format, line) in lines {
            let _ = read(line.as_bytes(), Some(format), &mut Vec::new());
            let _ = read(line.as_bytes(), None, &mut Vec::new());
        }
    }
}

#[test]
fn more_objects_than_any_feed_sends_are_rejected() {
    let many = |count| format!(r#"{{"data":[{}{{}}],"includes":{{}}}}"#, "{},".repeat(count));
    assert_eq!(rejection(&many(70_000), None), RejectReason::TooManyObjects);
    let (few, rejected) = (many(1_000), RejectReason::FieldUnusable("id"));
    assert!(events(&few, None).iter().all(|event| *event == Event::Rejected(rejected.clone())));
}

#[test]
fn nothing_is_left_of_a_line_that_is_rejected() {
    let mut events = vec![Event::Skipped(Skipped::NoPost)];
    let torn = r#"{"kind":"Listing","data":{"children":[{"kind":"t1","data":{"name":"t1_a","body":"x"}}]}"#;
    assert!(read(torn.as_bytes(), None, &mut events).is_err());
    assert_eq!(events, [Event::Skipped(Skipped::NoPost)]);
}

#[test]
fn fields_of_odd_types_cost_no_post_and_are_counted() {
    let lines = [
        (r#"{"id_str":"1","text":"x","user":"ann","entities":[],"lang":{},"retweeted_status":5}"#, 4),
        (r#"{"data":{"id":"1","text":"x","author_id":[],"entities":5,"referenced_tweets":"x"},"includes":7}"#, 4),
        (r#"{"kind":"t1","data":{"name":"t1_a","body":"x","author":{},"link_id":[],"parent_id":true}}"#, 3),
        (r#"{"id":"1","in_reply_to_account_id":1,"content":"x","account":"ann","mentions":{},"quote":"x"}"#, 3),
        (
            r#"{"did":"did:x","kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"3k",
                "record":{"text":"x","langs":"en","reply":[],"embed":5,"facets":[1,{"features":5}]}}}"#,
            5,
        ),
        (r#"{"text":"x","links":"a","mentions":[{}],"deleted":"no","edited":2}"#, 4),
    ];
    for (line, ignored) in lines {
        let mut events = Vec::new();
        assert_eq!(read(line.as_bytes(), None, &mut events), Ok(ignored), "{line}");
        assert!(matches!(&events[..], [Event::Post(post)] if post.text == "x"), "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn no_json_crashes_any_format(json in arbitrary_json(), format in 0_usize..6) {
        let formats = FEEDS.into_iter().map(Some).chain([None]);
        let format = formats.chain([Some(Format::Generic)]).nth(format).flatten();
        let mut events = Vec::new();
        if read(json.as_bytes(), format, &mut events).is_ok() {
            proptest::prop_assert!(events.iter().all(|event| !matches!(event, Event::Post(post) if post.text.trim().is_empty())));
        } else {
            proptest::prop_assert!(events.is_empty());
        }
    }
}

/// JSON with the keys and words that the formats look for, in places where they don't belong.
fn arbitrary_json() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let keys = "id|id_str|text|full_text|data|kind|name|did|commit|payload|event|[$]type|content|account|record|operation|collection|\
        rkey|embed|facets|reply|children|replies|body|title|selftext|reblog|quote|user|delete|limit|entities|includes|users|tweets|\
        retweeted_status|extended_tweet|referenced_tweets|in_reply_to_account_id|deleted|repost_of|links|mentions|status|error";
    let words = "|1|x|t1|t3|Listing|more|commit|account|message|error|create|update|delete|status.update|app.bsky.feed.post|\
        app.bsky.feed.repost|did:x|<p>x|retweeted|deleted|\\{\\}|\\[deleted\\]";
    let leaf = prop_oneof![
        words.prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    let nested = leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((keys, inner), 0..8).prop_map(|fields| fields.into_iter().collect()),
        ]
    });
    nested.prop_map(|json| json.to_string())
}
