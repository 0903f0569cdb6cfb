//! Events of Jetstream, in both shapes.

use super::*;

fn uri(rkey: &str) -> String {
    format!("at://did:plc:ann/app.bsky.feed.post/{rkey}")
}

/// A commit in the first shape, and the same in the second.
fn commit(operation: &str, collection: &str, record: &str) -> [String; 2] {
    let change = format!(
        r#""rev":"3l","operation":"{operation}","collection":"app.bsky.{collection}","rkey":"3k","record":{record},"cid":"b""#
    );
    [
        format!(r#"{{"did":"did:plc:ann","time_us":1795176000000000,"kind":"commit","commit":{{{change}}}}}"#),
        format!(
            r#"{{"$type":"message","payload":{{"$type":"network.bsky.jetstream.subscribeEvents#commit","seq":12,
                "did":"did:plc:ann","time":"2026-11-20T12:00:00.000000Z",{change}}}}}"#
        ),
    ]
}

#[test]
fn every_field_of_a_post_is_read() {
    let record = r#"{"$type":"app.bsky.feed.post","createdAt":"2026-11-20T12:00:00.000Z","langs":["en","de"],
        "text":"@bo see example.org/a… & this","reply":{"root":{"cid":"x","uri":"at://r"},"parent":{"uri":"at://p"}},
        "facets":[{"index":{"byteStart":0,"byteEnd":3},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"did:plc:bo"}]},
            {"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://example.org/all"},{"tag":"dogs"}]}],
        "embed":{"$type":"app.bsky.embed.recordWithMedia","media":{"external":{"uri":"https://example.org/all"}},
            "record":{"record":{"cid":"x","uri":"at://q"}}}}"#;
    for line in commit("create", "feed.post", record) {
        let post = posted(&line);
        assert_eq!((&*post.id, &*post.text), (&*uri("3k"), "@bo see example.org/a… & this"));
        assert_eq!((post.author.as_deref(), post.platform.as_deref()), (Some("did:plc:ann"), Some("bluesky")));
        assert_eq!((post.created_at, post.lang.as_deref(), post.reach), (Some(noon()), Some("en"), None));
        assert_eq!((post.reply_to.as_deref(), post.thread.as_deref()), (Some("at://p"), Some("at://r")));
        assert_eq!(post.quotes.as_deref(), Some("at://q"));
        assert_eq!((post.links, post.mentions), (vec!["https://example.org/all".into()], vec!["did:plc:bo".into()]));
    }
}

#[test]
fn a_quote_may_be_all_that_is_attached() {
    let record = r#"{"text":"this","embed":{"$type":"app.bsky.embed.record","record":{"uri":"at://q","cid":"x"}}}"#;
    assert_eq!(posted(&commit("create", "feed.post", record)[0]).quotes.as_deref(), Some("at://q"));
    let card = r#"{"text":"this","embed":{"external":{"uri":"https://example.org","title":"x"}}}"#;
    assert_eq!(posted(&commit("create", "feed.post", card)[1]).links, ["https://example.org"]);
}

#[test]
fn an_update_is_an_edit_and_a_delete_names_the_same_post() {
    for line in commit("update", "feed.post", r#"{"text":"better"}"#) {
        assert!(matches!(event(&line), Event::Edit(post) if post.id == uri("3k") && post.text == "better"));
    }
    for line in commit("delete", "feed.post", "null") {
        let gone =
            Deletion { id: uri("3k").into(), platform: Some("bluesky".into()), author: Some("did:plc:ann".into()) };
        assert_eq!(event(&line), Event::Delete(gone));
    }
}

#[test]
fn a_repost_names_what_it_passes_on() {
    let record =
        r#"{"$type":"app.bsky.feed.repost","subject":{"cid":"x","uri":"at://q"},"createdAt":"2026-11-20T12:00:00Z"}"#;
    for line in commit("create", "feed.repost", record) {
        let Event::Repost(repost) = event(&line) else { panic!("{line}") };
        assert_eq!(repost.id.as_deref(), Some("at://did:plc:ann/app.bsky.feed.repost/3k"));
        assert_eq!((repost.author.as_deref(), repost.created_at), (Some("did:plc:ann"), Some(noon())));
        assert_eq!((&*repost.of.id, &*repost.of.text, repost.of.platform.as_deref()), ("at://q", "", Some("bluesky")));
    }
}

#[test]
fn what_no_one_wrote_is_skipped() {
    let picture = r#"{"text":" ","embed":{"$type":"app.bsky.embed.images"}}"#;
    let no_post = [
        commit("create", "feed.like", r#"{"subject":{"uri":"at://q"}}"#),
        commit("create", "graph.follow", r#"{"subject":"did:plc:bo"}"#),
        commit("create", "feed.post", picture),
        commit("create", "feed.post", "{}"),
        commit("delete", "feed.repost", "null"),
        commit("delete", "feed.like", "null"),
    ];
    for line in no_post.iter().flatten() {
        assert_eq!(event(line), Event::Skipped(Skipped::NoPost), "{line}");
    }
    for line in [
        r#"{"did":"did:plc:ann","time_us":1,"kind":"identity","identity":{"did":"did:plc:ann","handle":"ann.example"}}"#,
        r#"{"did":"did:plc:ann","time_us":1,"kind":"account","account":{"active":true,"did":"did:plc:ann"}}"#,
        r#"{"did":"did:plc:ann","kind":"account","account":{"active":false,"status":"deactivated"}}"#,
        r#"{"$type":"message","payload":{"$type":"a.b.subscribeEvents#sync","did":"did:plc:ann","seq":1}}"#,
    ] {
        assert_eq!(event(line), Event::Skipped(Skipped::Account), "{line}");
    }
    for line in [
        r#"{"$type":"error","error":"ConsumerTooSlow","message":"x"}"#,
        r#"{"$type":"message","payload":{"$type":"a.b.subscribeEvents#info","name":"OutdatedCursor"}}"#,
    ] {
        assert_eq!(event(line), Event::Skipped(Skipped::Control), "{line}");
    }
}

#[test]
fn the_end_of_an_account_is_that_of_all_its_posts() {
    let gone = Deletion { id: "".into(), platform: Some("bluesky".into()), author: Some("did:plc:ann".into()) };
    for line in [
        r#"{"did":"did:plc:ann","time_us":1,"kind":"account","account":{"active":false,"status":"deleted"}}"#,
        r#"{"did":"did:plc:ann","time_us":1,"kind":"account","account":{"active":false,"status":"takendown"}}"#,
        r#"{"$type":"message","payload":{"$type":"a#account","did":"did:plc:ann","account":{"status":"deleted"}}}"#,
        r#"{"$type":"message","payload":{"$type":"a#account","did":"did:plc:ann","active":false,"status":"deleted"}}"#,
    ] {
        assert_eq!(event(line), Event::Delete(gone.clone()), "{line}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (line, field) in [
        (r#"{"did":"did:plc:ann","kind":"commit"}"#, "commit"),
        (r#"{"did":"did:plc:ann","kind":"news"}"#, "kind"),
        (r#"{"$type":"message"}"#, "payload"),
        (r#"{"$type":"message","payload":{"$type":"a#commit"}}"#, "did"),
        (
            r#"{"did":"did:x","kind":"commit","commit":{"collection":"app.bsky.feed.post","operation":"create"}}"#,
            "rkey",
        ),
    ] {
        assert_eq!(rejection(line, None), RejectReason::FieldUnusable(field), "{line}");
    }
    let [line, _] = commit("create", "feed.post", r#"{"text":5}"#);
    assert_eq!(rejection(&line, None), RejectReason::FieldUnusable("text"));
    let [line, _] = commit("create", "feed.post", "[]");
    assert_eq!(rejection(&line, None), RejectReason::FieldUnusable("record"));
}
