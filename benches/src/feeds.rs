//! Posts as the feeds write them: the fields that a real object has round a text, made up.

use anyhow::Result;
use hearken::{Format, Post};
use serde_json::{Value, json};

/// The formats by the names of the command's `--format`.
pub const FORMATS: [(&str, Format); 6] = [
    ("generic", Format::Generic),
    ("bluesky", Format::Bluesky),
    ("mastodon", Format::Mastodon),
    ("twitter-v1", Format::TwitterV1),
    ("twitter-v2", Format::TwitterV2),
    ("reddit", Format::Reddit),
];

/// The posts as JSONL of a format.
///
/// # Errors
///
/// When a post can't be written, which all can.
pub fn jsonl(posts: &[Post<'_>], format: Format) -> Result<String> {
    let mut lines = String::new();
    for (number, post) in posts.iter().enumerate() {
        let line = match format {
            Format::Generic => serde_json::to_string(post),
            Format::Bluesky => serde_json::to_string(&bluesky(number, &post.text)),
            Format::Mastodon => serde_json::to_string(&mastodon(number, &post.text)),
            Format::TwitterV1 => serde_json::to_string(&twitter_v1(number, &post.text)),
            Format::TwitterV2 => serde_json::to_string(&twitter_v2(number, &post.text)),
            Format::Reddit => serde_json::to_string(&reddit(number, &post.text)),
        }?;
        lines.push_str(&line);
        lines.push('\n');
    }
    Ok(lines)
}

fn bluesky(number: usize, text: &str) -> Value {
    json!({
        "did": format!("did:plc:{:024}", number % 50_000), "time_us": 1_767_225_600_000_000_u64, "kind": "commit",
        "commit": {
            "rev": "3l3qo2vutsw2b", "operation": "create", "collection": "app.bsky.feed.post",
            "rkey": format!("{number:013}"), "cid": "bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi",
            "record": {"$type": "app.bsky.feed.post", "createdAt": "2026-01-01T12:00:00.000Z", "langs": ["en"], "text": text}
        }
    })
}

fn mastodon(number: usize, text: &str) -> Value {
    let content = format!("<p>{}</p>", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    let name = format!("author{}", number % 50_000);
    json!({
        "id": format!("{:018}", number), "created_at": "2026-01-01T12:00:00.000Z", "in_reply_to_id": null,
        "in_reply_to_account_id": null, "sensitive": false, "spoiler_text": "", "visibility": "public", "language": "en",
        "uri": format!("https://social.example/users/{name}/statuses/{number}"),
        "url": format!("https://social.example/@{name}/{number}"), "replies_count": 0, "reblogs_count": 0,
        "favourites_count": 0, "edited_at": null, "content": content, "reblog": null,
        "account": {
            "id": "1", "username": name, "acct": name, "display_name": "An author", "locked": false, "bot": false,
            "created_at": "2020-01-01T00:00:00.000Z", "note": "<p>Words about an author, of which there are some.</p>",
            "url": format!("https://social.example/@{name}"), "avatar": "https://files.example/avatars/original/1.png",
            "avatar_static": "https://files.example/avatars/original/1.png", "header": "https://files.example/headers/1.png",
            "header_static": "https://files.example/headers/1.png", "followers_count": 120, "following_count": 80,
            "statuses_count": 900, "last_status_at": "2026-01-01", "emojis": [], "fields": []
        },
        "media_attachments": [], "mentions": [], "tags": [], "emojis": [], "card": null, "poll": null
    })
}

fn twitter_v1(number: usize, text: &str) -> Value {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({
        "created_at": "Thu Jan 01 12:00:00 +0000 2026", "id": number, "id_str": format!("{number:019}"), "text": text,
        "source": "<a href=\"https://x.example\" rel=\"nofollow\">X</a>", "truncated": false, "in_reply_to_status_id": null,
        "in_reply_to_status_id_str": null, "in_reply_to_user_id": null, "in_reply_to_user_id_str": null,
        "in_reply_to_screen_name": null,
        "user": {
            "id": 1, "id_str": "1", "name": "An author", "screen_name": format!("author{}", number % 50_000),
            "location": null, "url": null, "description": "Words about an author.", "protected": false, "verified": false,
            "followers_count": 120, "friends_count": 80, "listed_count": 0, "favourites_count": 7, "statuses_count": 900,
            "created_at": "Wed Jan 01 00:00:00 +0000 2020", "lang": null, "profile_image_url": "https://files.example/1.jpg"
        },
        "geo": null, "coordinates": null, "place": null, "contributors": null, "is_quote_status": false, "quote_count": 0,
        "reply_count": 0, "retweet_count": 0, "favorite_count": 0,
        "entities": {"hashtags": [], "urls": [], "user_mentions": [], "symbols": []},
        "favorited": false, "retweeted": false, "filter_level": "low", "lang": "en", "timestamp_ms": "1767268800000"
    })
}

fn twitter_v2(number: usize, text: &str) -> Value {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (id, author) = (format!("{number:019}"), format!("{}", number % 50_000));
    json!({
        "data": {
            "author_id": author, "conversation_id": id, "created_at": "2026-01-01T12:00:00.000Z",
            "edit_history_tweet_ids": [id], "id": id, "lang": "en", "possibly_sensitive": false,
            "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0}, "text": text
        },
        "includes": {"users": [{
            "created_at": "2020-01-01T00:00:00.000Z", "id": author, "name": "An author", "username": format!("author{author}"),
            "public_metrics": {"followers_count": 120, "following_count": 80, "tweet_count": 900, "listed_count": 0}
        }]},
        "matching_rules": [{"id": "1", "tag": "all"}]
    })
}

fn reddit(number: usize, text: &str) -> Value {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({
        "kind": "t1",
        "data": {
            "subreddit_id": "t5_2qh1i", "approved_at_utc": null, "author_is_blocked": false, "link_id": "t3_1abcde",
            "likes": null, "replies": "", "user_reports": [], "saved": false, "id": format!("{number:07}"), "gilded": 0,
            "archived": false, "author": format!("author{}", number % 50_000), "parent_id": "t3_1abcde", "score": 1,
            "author_fullname": "t2_1abcde", "body": text, "edited": false, "downs": 0, "is_submitter": false,
            "body_html": format!("&lt;div class=\"md\"&gt;&lt;p&gt;{text}&lt;/p&gt;\n&lt;/div&gt;"), "stickied": false,
            "subreddit": "words", "score_hidden": false, "permalink": format!("/r/words/comments/1abcde/x/{number:07}/"),
            "name": format!("t1_{number:07}"), "created": 1_767_268_800.0, "created_utc": 1_767_268_800.0, "ups": 1,
            "distinguished": null, "mod_reports": [], "num_reports": null, "depth": 0
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use hearken::{Event, format};

    use super::*;
    use crate::made_up::MadeUp;

    #[test]
    fn every_format_says_the_same() {
        let posts: Vec<_> = MadeUp::new(1).unwrap().take(200).collect();
        for (name, format) in FORMATS {
            let lines = jsonl(&posts, format).unwrap();
            let mut events = Vec::new();
            for line in lines.lines() {
                assert_eq!(format::read(line.as_bytes(), None, &mut events), Ok(0), "{name}: {line}");
            }
            let texts = events.iter().map(|event| if let Event::Post(post) = event { &*post.text } else { "" });
            assert!(texts.eq(posts.iter().map(|post| &*post.text)), "{name}");
        }
    }
}
