//! Posts as the feeds write them: the fields that a real object has round a text, made up.

use anyhow::Result;
use hearken::{Format, Post};

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
        let escaped = || post.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let (object, text) = match format {
            Format::Generic => {
                lines.push_str(&serde_json::to_string(post)?);
                lines.push('\n');
                continue;
            }
            Format::Bluesky => (BLUESKY, post.text.to_string()),
            Format::Mastodon => (MASTODON, format!("<p>{}</p>", escaped())),
            Format::TwitterV1 => (TWITTER_V1, escaped()),
            Format::TwitterV2 => (TWITTER_V2, escaped()),
            Format::Reddit => (REDDIT, escaped()),
        };
        let line = object.replace("NUMBER", &format!("{number:07}")).replace("AUTHOR", &format!("{}", number % 50_000));
        // The text comes last: it may hold any word.
        let (before, after) = line.split_once("\"TEXT\"").unwrap_or_default();
        for part in [before, &serde_json::to_string(&text)?, after] {
            lines.extend(part.lines().map(str::trim_start));
        }
        lines.push('\n');
    }
    Ok(lines)
}

// With the keys in the order in which the feeds send them.

const BLUESKY: &str = r#"{"did":"did:plc:aaaaaaaaaaaaaaaaaAUTHOR","time_us":1767268800000000,"kind":"commit","commit":{
    "rev":"3l3qo2vutsw2b","operation":"create","collection":"app.bsky.feed.post","rkey":"3l3qo2NUMBER",
    "record":{"$type":"app.bsky.feed.post","createdAt":"2026-01-01T12:00:00.000Z","langs":["en"],"text":"TEXT"},
    "cid":"bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi"}}"#;

const MASTODON: &str = r#"{"id":"11626305554NUMBER","created_at":"2026-01-01T12:00:00.000Z","in_reply_to_id":null,
    "in_reply_to_account_id":null,"sensitive":false,"spoiler_text":"","visibility":"public","language":"en",
    "uri":"https://social.example/users/AUTHOR/statuses/NUMBER","url":"https://social.example/@AUTHOR/NUMBER",
    "replies_count":0,"reblogs_count":0,"favourites_count":0,"edited_at":null,"content":"TEXT","reblog":null,
    "account":{"id":"1","username":"AUTHOR","acct":"AUTHOR","display_name":"An author","locked":false,"bot":false,
    "discoverable":true,"group":false,"created_at":"2020-01-01T00:00:00.000Z",
    "note":"<p>Words about an author, of which there are some.</p>","url":"https://social.example/@AUTHOR",
    "avatar":"https://files.example/avatars/original/1.png","avatar_static":"https://files.example/avatars/original/1.png",
    "header":"https://files.example/headers/1.png","header_static":"https://files.example/headers/1.png",
    "followers_count":120,"following_count":80,"statuses_count":900,"last_status_at":"2026-01-01","emojis":[],"fields":[]},
    "media_attachments":[],"mentions":[],"tags":[],"emojis":[],"card":null,"poll":null}"#;

const TWITTER_V1: &str = r#"{"created_at":"Thu Jan 01 12:00:00 +0000 2026","id":186123456789NUMBER,"id_str":"186123456789NUMBER",
    "text":"TEXT","source":"<a href=\"https://x.example\" rel=\"nofollow\">X</a>","truncated":false,
    "in_reply_to_status_id":null,"in_reply_to_status_id_str":null,"in_reply_to_user_id":null,"in_reply_to_user_id_str":null,
    "in_reply_to_screen_name":null,"user":{"id":1,"id_str":"1","name":"An author","screen_name":"AUTHOR","location":null,
    "url":null,"description":"Words about an author.","protected":false,"verified":false,"followers_count":120,
    "friends_count":80,"listed_count":0,"favourites_count":7,"statuses_count":900,
    "created_at":"Wed Jan 01 00:00:00 +0000 2020","lang":null,"profile_image_url":"https://files.example/1.jpg"},
    "geo":null,"coordinates":null,"place":null,"contributors":null,"is_quote_status":false,"quote_count":0,"reply_count":0,
    "retweet_count":0,"favorite_count":0,"entities":{"hashtags":[],"urls":[],"user_mentions":[],"symbols":[]},
    "favorited":false,"retweeted":false,"filter_level":"low","lang":"en","timestamp_ms":"1767268800000"}"#;

const TWITTER_V2: &str = r#"{"data":{"author_id":"AUTHOR","conversation_id":"186123456789NUMBER",
    "created_at":"2026-01-01T12:00:00.000Z","edit_history_tweet_ids":["186123456789NUMBER"],"id":"186123456789NUMBER",
    "lang":"en","public_metrics":{"retweet_count":0,"reply_count":0,"like_count":0,"quote_count":0},"text":"TEXT"},
    "includes":{"users":[{"created_at":"2020-01-01T00:00:00.000Z","id":"AUTHOR","name":"An author","username":"AUTHOR",
    "public_metrics":{"followers_count":120,"following_count":80,"tweet_count":900,"listed_count":0}}]},
    "matching_rules":[{"id":"1","tag":"all"}]}"#;

const REDDIT: &str = r#"{"kind":"t1","data":{"subreddit_id":"t5_2qh1i","approved_at_utc":null,"author_is_blocked":false,
    "link_id":"t3_1abcde","likes":null,"replies":"","user_reports":[],"saved":false,"id":"NUMBER","gilded":0,"archived":false,
    "author":"AUTHOR","parent_id":"t3_1abcde","score":1,"author_fullname":"t2_1abcde","body":"TEXT","edited":false,"downs":0,
    "is_submitter":false,"body_html":"&lt;div class=\"md\"&gt;&lt;p&gt;about as long as the text itself, for it is the same
    once more, as HTML&lt;/p&gt;&lt;/div&gt;","stickied":false,"subreddit":"words","score_hidden":false,
    "permalink":"/r/words/comments/1abcde/x/NUMBER/","name":"t1_NUMBER","created":1767268800.0,"created_utc":1767268800.0,
    "ups":1,"distinguished":null,"mod_reports":[],"num_reports":null,"depth":0}}"#;

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
