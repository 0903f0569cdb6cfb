//! Posts and moments for the tests.

use hearken_desk::{Intake, Label, Labels, NewPost, NewReply, ReplyKind, Timestamp};

/// A Friday, 08:00 UTC.
const START: i64 = 1_795_161_600;

/// So many minutes after the start.
pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(START + minutes * 60).unwrap()
}

/// A post by someone, written at the start plus `minutes`, that ranks by that.
pub(crate) fn post(id: &str, author: &str, minutes: i64) -> NewPost {
    let mut post = NewPost::new("net", id, format!("words of {id}"), at(minutes));
    post.author = Some(author.to_owned());
    post.record = format!(r#"{{"id":"{id}"}}"#);
    post
}

pub(crate) fn grief(id: &str, author: &str, minutes: i64) -> NewPost {
    NewPost { labels: Labels::from(Label::Grief), urgency: 1.0, ..post(id, author, minutes) }
}

pub(crate) fn posts(posts: impl IntoIterator<Item = NewPost>) -> Vec<Intake> {
    posts.into_iter().map(Intake::Post).collect()
}

pub(crate) fn reply(id: &str, of: &str, author: &str, kind: ReplyKind, minutes: i64) -> Intake {
    Intake::Reply(NewReply {
        platform: "net".to_owned(),
        id: id.to_owned(),
        of: of.to_owned(),
        author: Some(author.to_owned()),
        text: format!("words of {id}"),
        created_at: at(minutes),
        kind,
    })
}
