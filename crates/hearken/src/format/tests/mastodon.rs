//! Statuses and events of Mastodon.

use super::*;

const STATUS: &str = r#"{"id":"110","created_at":"2026-11-20T12:00:00.000Z","in_reply_to_id":"109","in_reply_to_account_id":"2",
    "sensitive":false,"spoiler_text":"","visibility":"public","language":"en","uri":"https://a.example/users/ann/statuses/110",
    "content":"\u003cp\u003eMy dog died. I \u0026amp; the kids cry.\u003c/p\u003e","reblog":null,"edited_at":null,
    "account":{"id":"1","acct":"ann@a.example","followers_count":12},"quote":{"state":"accepted","quoted_status":{"id":"99"}},
    "mentions":[{"id":"2","acct":"bo"}],"tags":[]}"#;

fn with_content(content: &str) -> String {
    let content = serde_json::to_string(content).unwrap();
    format!(r#"{{"id":"1","in_reply_to_account_id":null,"content":{content},"account":{{"acct":"ann"}}}}"#)
}

fn streamed(name: &str, payload: &str) -> String {
    let payload = serde_json::to_string(payload).unwrap();
    format!(r#"{{"stream":["public"],"event":"{name}","payload":{payload}}}"#)
}

#[test]
fn every_field_of_a_status_is_read() {
    let post = posted(STATUS);
    assert_eq!((&*post.id, &*post.text), ("110", "My dog died. I & the kids cry."));
    assert_eq!((post.author.as_deref(), post.platform.as_deref()), (Some("ann@a.example"), Some("mastodon")));
    assert_eq!((post.created_at, post.lang.as_deref(), post.reach), (Some(noon()), Some("en"), Some(12)));
    assert_eq!((post.reply_to.as_deref(), post.quotes.as_deref()), (Some("109"), Some("99")));
    assert_eq!(post.mentions, ["bo"]);
}

#[test]
fn html_becomes_the_text_that_people_see() {
    let cases = [
        ("plain", "plain"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>1 &lt; 2 &amp; 3 &#39;so&#x27; &nbsp; </p>", "1 < 2 & 3 'so'"),
        ("<p>1 &lt; 2 &amp; 3 <b>&#39;so&#x27;</b> &nbsp; </p>", "1 < 2 & 3 'so'"),
        ("<p>one<br>two<br />three</p>", "one\ntwo\nthree"),
        ("<p>1 &lt; 2 &amp; &quot;so&#39;</p>", "1 < 2 & \"so'"),
        ("<p>caf&eacute; 🐕</p>", "café 🐕"),
        (
            r#"<p><span class="h-card"><a href="https://a.example/@bo" class="u-url mention">@<span>bo</span></a></span> hi</p>"#,
            "@bo hi",
        ),
        (r#"<a href="https://a.example/tags/dog" class="mention hashtag" rel="tag">#<span>dog</span></a>"#, "#dog"),
        ("<ul><li>one</li><li>two</li></ul><p>three</p>", "one\ntwo\n\nthree"),
        ("<blockquote><p>said</p></blockquote>\n<p>so</p>", "said\n\nso"),
        (r#"<p class="quote-inline">RE: <a href="https://x">x</a></p><p>mine</p>"#, "mine"),
        ("a <b>bold</b> and <unknown>odd</unknown> word", "a bold and odd word"),
        ("1 < 2, unclosed <p>and <b>so", "1 < 2, unclosed \n\nand so"),
    ];
    for (html, text) in cases {
        assert_eq!(posted(&with_content(html)).text, text, "{html}");
    }
}

#[test]
fn of_a_long_address_the_text_has_what_is_shown_and_the_links_have_all() {
    let html = r#"<p>see <a href="https://example.org/a/long/way?x=1&amp;y=2" rel="nofollow"><span class="invisible">https://</span><span
        class="ellipsis">example.org/a/lo</span><span class="invisible">ng/way?x=1&amp;y=2</span></a> now</p>"#;
    let line = with_content(html);
    let post = posted(&line);
    assert_eq!(post.text, "see example.org/a/lo… now");
    assert_eq!(post.links, ["https://example.org/a/long/way?x=1&y=2"]);
}

#[test]
fn a_content_warning_stands_before_the_text() {
    let line = STATUS.replace(r#""spoiler_text":"""#, r#""spoiler_text":"pet loss""#);
    assert_eq!(posted(&line).text, "pet loss\n\nMy dog died. I & the kids cry.");
}

#[test]
fn events_of_a_stream_are_unwrapped() {
    assert_eq!(event(&streamed("update", STATUS)), Event::Post(posted(STATUS)));
    assert_eq!(event(&streamed("status.update", STATUS)), Event::Edit(posted(STATUS)));
    let gone = Deletion { id: "110".into(), platform: Some("mastodon".into()), author: None };
    assert_eq!(event(&streamed("delete", "110")), Event::Delete(gone));
    for name in ["filters_changed", "announcement", "conversation", "notifications_merged"] {
        assert_eq!(event(&streamed(name, "{}")), Event::Skipped(Skipped::Control));
    }
    assert_eq!(event(r#"{"stream":["user"],"event":"filters_changed"}"#), Event::Skipped(Skipped::Control));
    let error = events(r#"{"error":"Unknown stream type","status":400}"#, Some(Format::Mastodon));
    assert_eq!(error, [Event::Skipped(Skipped::Control)]);
}

#[test]
fn whoever_is_named_is_told() {
    let mention = format!(r#"{{"id":"3","type":"mention","status":{STATUS}}}"#);
    assert_eq!(event(&streamed("notification", &mention)), Event::Post(posted(STATUS)));
    let like = format!(r#"{{"id":"3","type":"favourite","status":{STATUS}}}"#);
    assert_eq!(event(&streamed("notification", &like)), Event::Skipped(Skipped::NoPost));
}

#[test]
fn an_edited_status_is_an_edit_wherever_it_comes_from() {
    let line = STATUS.replace(r#""edited_at":null"#, r#""edited_at":"2026-11-20T13:00:00.000Z""#);
    assert!(matches!(event(&line), Event::Edit(post) if post.id == "110"));
}

#[test]
fn a_boost_brings_the_whole_status_along() {
    let line = format!(
        r#"{{"id":"111","in_reply_to_account_id":null,"created_at":"2026-11-20T12:00:00Z","content":"<p>x</p>",
            "account":{{"acct":"bo"}},"reblog":{STATUS}}}"#
    );
    let Event::Repost(repost) = event(&line) else { panic!() };
    assert_eq!((repost.id.as_deref(), repost.author.as_deref()), (Some("111"), Some("bo")));
    assert_eq!((repost.created_at, repost.of), (Some(noon()), posted(STATUS)));
}

#[test]
fn a_picture_without_words_is_skipped() {
    for html in ["", "<p></p>", "<p><br></p>"] {
        assert_eq!(event(&with_content(html)), Event::Skipped(Skipped::NoPost), "{html}");
    }
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(rejection(r#"{"in_reply_to_account_id":null}"#, None), RejectReason::FieldUnusable("id"));
    assert_eq!(rejection(r#"{"id":"1","in_reply_to_account_id":null}"#, None), RejectReason::FieldUnusable("content"));
    assert_eq!(rejection(r#"{"stream":[],"event":"update"}"#, None), RejectReason::FieldUnusable("payload"));
    assert_eq!(rejection(&streamed("update", "{\"id\":"), None).code(), "invalid_json");
    assert_eq!(rejection(&streamed("update", "5"), None), RejectReason::FieldUnusable("payload"));
}
