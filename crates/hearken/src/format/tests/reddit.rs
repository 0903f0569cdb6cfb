//! Submissions, comments and listings of Reddit.

use super::*;

const COMMENT: &str = r#"{"kind":"t1","data":{"subreddit_id":"t5_x","link_id":"t3_s","id":"c","author":"ann","parent_id":"t1_b",
    "body":"**My dog** died &amp; I cry","replies":"","edited":false,"name":"t1_c","created_utc":1795176000.0,"score":3}}"#;

fn submission(fields: &str) -> String {
    format!(r#"{{"kind":"t3","data":{{"name":"t3_s","id":"s","author":"ann","title":"My dog died",{fields}}}}}"#)
}

#[test]
fn every_field_of_a_comment_is_read() {
    let post = posted(COMMENT);
    assert_eq!((&*post.id, &*post.text), ("t1_c", "**My dog** died & I cry"));
    assert_eq!((post.author.as_deref(), post.platform.as_deref()), (Some("ann"), Some("reddit")));
    assert_eq!((post.reply_to.as_deref(), post.thread.as_deref()), (Some("t1_b"), Some("t3_s")));
    assert_eq!(post.created_at, Some(noon()));
}

#[test]
fn a_submission_is_its_title_and_its_text() {
    let line =
        submission(r#""selftext":"This morning.","is_self":true,"url":"https://www.reddit.com/r/x/s","edited":false"#);
    let post = posted(&line);
    assert_eq!((&*post.id, &*post.text), ("t3_s", "My dog died\n\nThis morning."));
    assert_eq!((post.reply_to, post.thread, post.links), (None, None, vec![]), "it leads to itself");
    let line = submission(r#""selftext":"","is_self":false,"url":"https://example.org/a","crosspost_parent":"t3_r""#);
    let link = posted(&line);
    assert_eq!(
        (&*link.text, link.links, link.quotes.as_deref()),
        ("My dog died", vec!["https://example.org/a".into()], Some("t3_r"))
    );
}

#[test]
fn what_was_edited_is_an_edit() {
    let line = COMMENT.replace(r#""edited":false"#, r#""edited":1795176060.0"#);
    assert!(matches!(event(&line), Event::Edit(post) if post.id == "t1_c"));
}

#[test]
fn what_was_deleted_or_removed_is_gone() {
    let gone = |id: &'static str, author: Option<&'static str>| {
        Event::Delete(Deletion { id: id.into(), platform: Some("reddit".into()), author: author.map(Into::into) })
    };
    let removed = COMMENT.replace("**My dog** died &amp; I cry", "[removed]");
    assert_eq!(event(&removed), gone("t1_c", Some("ann")));
    let deleted = removed.replace("[removed]", "[deleted]").replace("\"ann\"", "\"[deleted]\"");
    assert_eq!(event(&deleted), gone("t1_c", None));
    assert_eq!(event(&submission(r#""selftext":"[removed]""#)), gone("t3_s", Some("ann")));
    let only_the_account = COMMENT.replace("\"ann\"", "\"[deleted]\"");
    assert_eq!(posted(&only_the_account).author, None);
}

#[test]
fn a_page_of_comments_is_read_from_top_to_bottom() {
    let answer = r#"{"kind":"t1","data":{"name":"t1_d","body":"so sorry","replies":{"kind":"Listing","data":{"children":
        [{"kind":"t1","data":{"name":"t1_e","body":"thanks","replies":""}},{"kind":"more","data":{"children":["f","g"]}}]}}}}"#;
    let page = format!(
        r#"[{{"kind":"Listing","data":{{"children":[{}]}}}},
            {{"kind":"Listing","data":{{"children":[{COMMENT},5,{{"kind":"t1"}},{answer}]}}}}]"#,
        submission(r#""selftext":"x""#)
    );
    let told = events(&page, None);
    let told: Vec<&str> = told
        .iter()
        .map(|event| match event {
            Event::Post(post) => &*post.id,
            Event::Rejected(reason) => reason.code(),
            Event::Skipped(Skipped::NoPost) => "skipped",
            _ => "other",
        })
        .collect();
    assert_eq!(told, ["t3_s", "t1_c", "not_an_object", "field_unusable", "t1_d", "t1_e", "skipped"]);
}

#[test]
fn bare_data_is_read_as_archives_keep_it() {
    let comment =
        r#"{"subreddit_id":"t5_x","id":"c","body":"x","link_id":"t3_s","parent_id":"t3_s","created_utc":"1795176000"}"#;
    assert_eq!((&*posted(comment).id, posted(comment).thread.as_deref()), ("t1_c", Some("t3_s")));
    assert_eq!(posted(r#"{"subreddit_id":"t5_x","id":"s","title":"x","selftext":""}"#).id, "t3_s");
    assert_eq!(rejection(r#"{"subreddit_id":"t5_x","id":"s"}"#, None), RejectReason::UnknownObject);
    assert_eq!(rejection(r#"{"kind":"t1","data":{"body":"x"}}"#, None), RejectReason::FieldUnusable("name"));
    assert_eq!(events(r#"{"kind":"t5","data":{}}"#, Some(Format::Reddit)), [Event::Skipped(Skipped::NoPost)]);
}
