//! Tweets of both APIs.

use super::*;

const CLASSIC: &str = r#"{"created_at":"Fri Nov 20 12:00:00 +0000 2026","id":1861234567890123456,"id_str":"1861234567890123456",
    "text":"@bo My dog died &amp; I cry https:\/\/t.co\/x","truncated":false,"in_reply_to_status_id":18,
    "in_reply_to_status_id_str":"18","user":{"id":1,"screen_name":"ann","followers_count":12},"quoted_status_id_str":"17",
    "entities":{"urls":[{"url":"https:\/\/t.co\/x","expanded_url":"https:\/\/example.org\/a"}],
    "user_mentions":[{"screen_name":"bo","id":2}]},"lang":"en"}"#;

#[test]
fn every_field_of_a_tweet_is_read() {
    let post = posted(CLASSIC);
    assert_eq!((&*post.id, &*post.text), ("1861234567890123456", "@bo My dog died & I cry https://t.co/x"));
    assert_eq!((post.author.as_deref(), post.platform.as_deref()), (Some("ann"), Some("twitter")));
    assert_eq!((post.created_at, post.lang.as_deref(), post.reach), (Some(noon()), Some("en"), Some(12)));
    assert_eq!((post.reply_to.as_deref(), post.quotes.as_deref()), (Some("18"), Some("17")));
    assert_eq!((post.links, post.mentions), (vec!["https://example.org/a".into()], vec!["bo".into()]));
}

#[test]
fn the_whole_text_comes_before_the_cut_one() {
    let extended = r#"{"id_str":"1","text":"My dog di…","truncated":true,"entities":{"urls":[]},"extended_tweet":
        {"full_text":"My dog died","display_text_range":[0,11],"entities":{"user_mentions":[{"screen_name":"bo"}]}}}"#;
    let post = posted(extended);
    assert_eq!((&*post.text, post.mentions), ("My dog died", vec!["bo".into()]));
    assert_eq!(posted(r#"{"id_str":"1","full_text":"My dog died","text":"My dog di…"}"#).text, "My dog died");
    assert_eq!(posted(r#"{"id":7,"full_text":"x"}"#).id, "7");
}

#[test]
fn a_language_that_was_not_determined_is_none() {
    assert_eq!(posted(r#"{"id_str":"1","text":"x","lang":"und"}"#).lang, None);
    assert_eq!(posted(r#"{"data":{"id":"1","text":"x","lang":"und"}}"#).lang, None);
}

#[test]
fn a_retweet_brings_the_whole_tweet_along() {
    let line = format!(
        r#"{{"id_str":"19","text":"RT @ann: @bo My do…","created_at":"Fri Nov 20 12:00:00 +0000 2026","user":{{"screen_name":"cy"}},
            "retweeted_status":{CLASSIC}}}"#
    );
    let Event::Repost(repost) = event(&line) else { panic!() };
    assert_eq!(
        (repost.id.as_deref(), repost.author.as_deref(), repost.created_at),
        (Some("19"), Some("cy"), Some(noon()))
    );
    assert_eq!(repost.of, posted(CLASSIC));
}

#[test]
fn a_deleted_tweet_is_named_by_its_id() {
    let gone = Deletion { id: "7".into(), platform: Some("twitter".into()), author: None };
    for line in [
        r#"{"delete":{"status":{"id":7,"id_str":"7","user_id":1,"user_id_str":"1"},"timestamp_ms":"1"}}"#,
        r#"{"data":{"delete":{"tweet":{"id":"7","author_id":"1"},"event_at":"2026-11-20T12:00:00Z"}}}"#,
    ] {
        assert_eq!(event(line), Event::Delete(gone.clone()), "{line}");
    }
    assert_eq!(rejection(r#"{"delete":{"status":{}}}"#, None), RejectReason::FieldUnusable("id_str"));
}

#[test]
fn notices_are_skipped() {
    for name in ["limit", "warning", "disconnect", "scrub_geo", "status_withheld", "user_withheld"] {
        let line = format!(r#"{{"{name}":{{"track":5,"timestamp_ms":"1"}}}}"#);
        assert_eq!(event(&line), Event::Skipped(Skipped::Control), "{line}");
    }
    for line in [r#"{"meta":{"result_count":0}}"#, r#"{"errors":[{"title":"operational-disconnect"}]}"#] {
        assert_eq!(events(line, Some(Format::TwitterV2)), [Event::Skipped(Skipped::Control)], "{line}");
    }
    assert_eq!(event(r#"{"id_str":"1","text":""}"#), Event::Skipped(Skipped::NoPost));
}

const RESPONSE: &str = r#"{"data":[
    {"id":"20","text":"@bo My dog died &amp; I cry","author_id":"1","created_at":"2026-11-20T12:00:00.000Z","conversation_id":"18",
        "in_reply_to_user_id":"2","lang":"en","edit_history_tweet_ids":["20"],"public_metrics":{"like_count":3},
        "referenced_tweets":[{"type":"replied_to","id":"19"},{"type":"quoted","id":"17"}],
        "entities":{"urls":[{"expanded_url":"https://example.org/a"}],"mentions":[{"start":0,"end":3,"username":"bo","id":"2"}]}},
    {"id":"21","text":"RT @ann: …","author_id":"3","referenced_tweets":[{"type":"retweeted","id":"17"}]},
    {"id":"22","text":"RT @ann: …","author_id":"3","referenced_tweets":[{"type":"retweeted","id":"16"}]},
    {"id":"23"},
    {"id":"24","text":"better","author_id":"9","conversation_id":"24","edit_history_tweet_ids":["15","24"]},
    {"id":"25","text":"cut…","note_tweet":{"text":"not cut","entities":{"mentions":[{"username":"cy"}]}}}],
    "includes":{"users":[{"id":"2","name":"Bo","username":"bo"},
        {"id":"1","name":"Ann","username":"ann","public_metrics":{"followers_count":12}},{"id":"3","username":"cy"}],
        "tweets":[{"id":"19","text":"oh"},{"id":"17","text":"the whole","author_id":"1"}]},"meta":{"result_count":6}}"#;

#[test]
fn a_response_is_read_tweet_by_tweet_with_what_it_includes() {
    let told = events(RESPONSE, None);
    let [
        Event::Post(reply),
        Event::Repost(retweet),
        Event::Repost(unknown),
        Event::Rejected(reason),
        Event::Edit(edit),
        Event::Post(long),
    ] = &told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!((&*reply.id, &*reply.text, reply.author.as_deref()), ("20", "@bo My dog died & I cry", Some("ann")));
    assert_eq!((reply.created_at, reply.lang.as_deref(), reply.reach), (Some(noon()), Some("en"), Some(12)));
    assert_eq!((reply.reply_to.as_deref(), reply.thread.as_deref()), (Some("19"), Some("18")));
    assert_eq!((reply.quotes.as_deref(), reply.platform.as_deref()), (Some("17"), Some("twitter")));
    assert_eq!((&reply.links, &reply.mentions), (&vec!["https://example.org/a".into()], &vec!["bo".into()]));

    assert_eq!((retweet.id.as_deref(), retweet.author.as_deref()), (Some("21"), Some("cy")));
    assert_eq!(
        (&*retweet.of.text, retweet.of.author.as_deref(), retweet.of.reach),
        ("the whole", Some("ann"), Some(12))
    );
    assert_eq!((&*unknown.of.id, &*unknown.of.text), ("16", ""));

    assert_eq!(*reason, RejectReason::FieldUnusable("text"));
    assert_eq!((&*edit.id, &*edit.text), ("15", "better"), "the post that the first version was");
    assert_eq!((edit.author.as_deref(), edit.thread.as_deref()), (Some("9"), None));
    assert_eq!((&*long.text, &long.mentions), ("not cut", &vec!["cy".into()]));
}

#[test]
fn one_tweet_of_a_stream_or_a_bare_one_is_read() {
    let streamed = r#"{"data":{"id":"1","text":"x"},"includes":{"users":[]},"matching_rules":[{"id":"5"}]}"#;
    assert_eq!(posted(streamed).id, "1");
    let bare =
        r#"{"id":"1","text":"x","edit_history_tweet_ids":["1"],"author_id":"5","author":{"id":"5","username":"ann"}}"#;
    assert_eq!(posted(bare).author.as_deref(), Some("ann"));
    assert_eq!(rejection(r#"{"data":5}"#, None), RejectReason::FieldUnusable("data"));
    assert_eq!(rejection(r#"{"data":{"id":"1"}}"#, None), RejectReason::FieldUnusable("text"));
}
