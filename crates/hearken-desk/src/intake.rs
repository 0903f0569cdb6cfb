//! What comes to the desk: posts with what was heard in them, what others replied, what was changed and taken back.

use serde::{Deserialize, Serialize};

use crate::label::Labels;
use crate::ticket::{Person, TicketId};
use crate::time::Timestamp;

/// Identifies a post.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostKey {
    /// The network that it is on; may be empty.
    pub platform: String,
    /// Its id there.
    pub id: String,
}

impl PostKey {
    /// The key of a post.
    pub fn new(platform: impl Into<String>, id: impl Into<String>) -> Self {
        Self { platform: platform.into(), id: id.into() }
    }
}

/// One thing that comes to the desk. The same thing twice changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "intake", rename_all = "snake_case")]
pub enum Intake {
    /// A post. One that the desk knows already stays as it is.
    Post(NewPost),
    /// What a post says now. One that the desk doesn't know is taken in as a post.
    Edit(NewPost),
    /// What a post says now that nobody has judged, as it is in a language that the model doesn't read: what was heard in it counts
    /// no more. What is to become of it stays as it was. One that the desk doesn't know is nothing.
    Unjudged(NewPost),
    /// Many like texts by many authors. Their tickets become one that is held back, but those of grief and those that a colleague
    /// has touched.
    Campaign {
        /// The post that stands for all of them, with their number in its record.
        entry: Box<NewPost>,
        /// Others, which may be on the desk.
        copies: Vec<PostKey>,
    },
    /// What someone else replied to a post. Without that post on the desk it is nothing.
    Reply(NewReply),
    /// How often a post was passed on by now.
    Reposts {
        /// The post.
        post: PostKey,
        /// All reposts that are known of; a smaller number than before changes nothing.
        total: u64,
    },
    /// What counts for a post has grown, as others reply to it. A later turn than the one that is known changes nothing.
    HeadStart {
        /// The post.
        post: PostKey,
        /// See [`NewPost::rank_at`].
        rank_at: i64,
        /// See [`NewPost::why`].
        why: Vec<Term>,
    },
    /// A post was taken back. Its text is wiped.
    Deletion(PostKey),
    /// Someone took back all that they wrote until now. All of it is wiped, and their name with it.
    AccountDeletion(Person),
}

/// What is to become of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It waits for a human.
    #[default]
    Queued,
    /// It is promotion or part of a campaign: a ticket in nobody's way, unless the person's case is open, and perhaps part of the
    /// sample too.
    Held,
    /// It needs nobody, or ranked too low for a ticket: it may become part of the sample that people check. As a change of a post of
    /// a ticket: nobody is needed there any more.
    Suppressed,
}

/// A part of a head start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// What counts.
    pub reason: String,
    /// How much, minutes.
    pub minutes: f64,
    /// The ids of the first few posts that it comes from, where these are others' than the post itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<String>,
}

/// A post as it comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewPost {
    /// The network that it is on; may be empty.
    pub platform: String,
    /// Its id there.
    pub id: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// What they wrote.
    pub text: String,
    /// The time that it is ranked by.
    pub created_at: Timestamp,
    /// When it was changed, if it was. An older change than the one that is known changes nothing.
    pub edited_at: Option<Timestamp>,
    /// The id of the post that it answers.
    pub reply_to: Option<String>,
    /// The id of the first post of the conversation.
    pub thread: Option<String>,
    /// BCP 47 tag of its language.
    pub lang: Option<String>,
    /// What was heard.
    pub labels: Labels,
    /// 0 to 3.
    pub urgency: f64,
    /// What decides its turn: `created_at − head start`, milliseconds since 1970.
    pub rank_at: i64,
    /// When a person should have seen it.
    pub due_by: Option<Timestamp>,
    /// What the head start is made of.
    pub why: Vec<Term>,
    /// The team that it is for, if a policy says so.
    pub team: Option<String>,
    /// The route that gave it its team, see [`crate::route`].
    #[serde(default)]
    pub route: Option<String>,
    /// What is to become of it.
    pub disposition: Disposition,
    /// The annotation: a JSON object.
    pub record: String,
}

impl NewPost {
    /// A post that waits for a human, of which nothing else is known; set the other fields.
    pub fn new(
        platform: impl Into<String>,
        id: impl Into<String>,
        text: impl Into<String>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            platform: platform.into(),
            id: id.into(),
            author: None,
            text: text.into(),
            created_at,
            edited_at: None,
            reply_to: None,
            thread: None,
            lang: None,
            labels: Labels::default(),
            urgency: 0.0,
            rank_at: created_at.as_millisecond(),
            due_by: None,
            why: Vec::new(),
            team: None,
            route: None,
            disposition: Disposition::Queued,
            record: "{}".to_owned(),
        }
    }

    /// What identifies it.
    pub fn key(&self) -> PostKey {
        PostKey::new(&self.platform, &self.id)
    }

    /// Who wrote it.
    pub fn person(&self) -> Option<Person> {
        Some(Person { platform: self.platform.clone(), author: self.author.clone()? })
    }
}

/// What a reply is, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// They worry about the person.
    Concern,
    /// They mourn with them.
    Condolence,
    /// They have the same trouble.
    SameTrouble,
    /// They give advice.
    Advice,
    /// Anything else.
    Other,
}

impl ReplyKind {
    /// Whether it is a kindness that one may thank for.
    pub fn is_support(self) -> bool {
        matches!(self, Self::Concern | Self::Condolence)
    }
}

/// What someone else said to a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewReply {
    /// The network that it is on.
    pub platform: String,
    /// Its id there.
    pub id: String,
    /// The id of the post that it answers.
    pub of: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// What they wrote.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
    /// What it is.
    pub kind: ReplyKind,
}

impl NewReply {
    /// What identifies it.
    pub fn key(&self) -> PostKey {
        PostKey::new(&self.platform, &self.id)
    }
}

/// A post of a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TicketPost {
    /// The ticket.
    pub ticket: TicketId,
    /// When it came to the desk.
    pub taken_at: Timestamp,
    /// How often it was passed on.
    pub reposts: u64,
    /// Whether it was taken back. Text, author and record of such a post are empty.
    pub gone: bool,
    /// The post.
    #[serde(flatten)]
    pub post: NewPost,
}

/// A reply to a post of a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TicketReply {
    /// The ticket.
    pub ticket: TicketId,
    /// Who thanked them for it, if anyone did.
    pub thanked_by: Option<String>,
    /// The reply.
    #[serde(flatten)]
    pub reply: NewReply,
}
