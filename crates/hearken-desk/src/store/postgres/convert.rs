//! Rows to values and back.

use postgres::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::feedback::{Correction, Truth};
use crate::intake::{NewPost, NewReply, PostKey, TicketPost, TicketReply};
use crate::label::Labels;
use crate::policy::Adopted;
use crate::sample::{Sampled, Verdict};
use crate::state::State;
use crate::store::Crowd;
use crate::ticket::{Lane, Person, Ticket, TicketId};
use crate::time::{Timestamp, moment};
use crate::trail::{Contact, Entry};

pub(super) const TICKET: &str = "id, state, holder, until, outcome, part_of, platform, author, thread, labels, urgency, lang, \
     team, rank_at, due_by, unpinned, posts, opened_at, last_post_at, waiting_since, acknowledged_at, since, quiet_until, entry, \
     alarm, alarm_at, raised";

pub(super) const POST: &str = "platform, id, ticket, taken_at, reposts, gone, author, text, created_at, edited_at, reply_to, \
     thread, lang, labels, urgency, rank_at, due_by, why, team, disposition, record, route";

pub(super) const REPLY: &str = "platform, id, ticket, of, author, text, created_at, kind, thanked_by";

pub(super) const ENTRY: &str = "seq, ticket, at, by, deed, from_state, to_state, why, other, undoes, before";

pub(super) const CONTACT: &str = "entry, platform, author, at, by, grief";

pub(super) const CORRECTION: &str = "entry, platform, id, by, at, model, grief, frustration, advice_seeking, advice_giving, promotion, \
     urgency, urgent";

pub(super) const POLICY: &str = "seq, at, by, digest, rules, source";

pub(super) const SAMPLED: &str = "day, mark, post, grief, urgent, judged_by, judged_at";

pub(super) type Unreadable = Box<dyn std::error::Error + Send + Sync>;

pub(super) type Result<T> = std::result::Result<T, Unreadable>;

pub(super) fn time(row: &Row, column: usize) -> Result<Timestamp> {
    Ok(moment(row.try_get(column)?))
}

pub(super) fn time_if_any(row: &Row, column: usize) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(moment))
}

/// A count, which tables have as a signed number.
pub(super) fn number<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T> {
    let count: i64 = row.try_get(column)?;
    T::try_from(count).map_err(|_| format!("{count} is no count").into())
}

/// A value as JSON. Of the types of this crate none can fail: they have no maps and no non-text keys.
pub(super) fn json<T: Serialize>(value: &T) -> crate::error::Result<String> {
    serde_json::to_string(value).map_err(|error| crate::error::Error::store("the desk can't be written", error))
}

/// The name of an enum's variant, as JSON has it but without quotes.
pub(super) fn name<T: Serialize>(value: &T) -> crate::error::Result<String> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

pub(super) fn named<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T> {
    Ok(serde_json::from_str(&format!("\"{}\"", row.try_get::<_, &str>(column)?))?)
}

pub(super) fn json_at<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T> {
    Ok(serde_json::from_str(row.try_get(column)?)?)
}

pub(super) fn json_if_any<T: DeserializeOwned>(row: &Row, column: usize) -> Result<Option<T>> {
    Ok(row.try_get::<_, Option<&str>>(column)?.map(serde_json::from_str).transpose()?)
}

fn labels(row: &Row, column: usize) -> Result<Labels> {
    number(row, column).map(Labels::from_bits)
}

fn state(row: &Row) -> Result<State> {
    let by = || row.try_get(2);
    let until = || time(row, 3);
    Ok(match row.try_get(1)? {
        "open" => State::Open,
        "reopened" => State::Reopened,
        "claimed" => State::Claimed { by: by()?, until: until()? },
        "snoozed" => State::Snoozed { by: by()?, until: until()? },
        "answered" => State::Answered { by: by()? },
        "resolved" => State::Resolved { by: by()?, outcome: named(row, 4)? },
        "held" => State::Held,
        "merged" => State::Merged { into: TicketId(row.try_get(5)?) },
        "deleted" => State::Deleted,
        other => return Err(format!("no state is called {other}").into()),
    })
}

pub(super) fn crowd(row: &Row) -> Result<Crowd> {
    Ok(Crowd {
        state: row.try_get(0)?,
        team: row.try_get(1)?,
        labels: labels(row, 2)?,
        urgency: number(row, 3)?,
        tickets: number(row, 4)?,
        unanswered: number(row, 5)?,
        oldest: time_if_any(row, 6)?,
    })
}

pub(super) fn ticket(row: &Row) -> Result<Ticket> {
    let (platform, author): (Option<String>, Option<String>) = (row.try_get(6)?, row.try_get(7)?);
    Ok(Ticket {
        id: TicketId(row.try_get(0)?),
        state: state(row)?,
        person: author.map(|author| Person { platform: platform.unwrap_or_default(), author }),
        thread: row.try_get(8)?,
        labels: labels(row, 9)?,
        urgency: row.try_get(10)?,
        lang: row.try_get(11)?,
        team: row.try_get(12)?,
        rank_at: row.try_get(13)?,
        due_by: time_if_any(row, 14)?,
        pinned: !row.try_get::<_, bool>(15)?,
        posts: number(row, 16)?,
        opened_at: time(row, 17)?,
        last_post_at: time(row, 18)?,
        waiting_since: time_if_any(row, 19)?,
        acknowledged_at: time_if_any(row, 20)?,
        since: time(row, 21)?,
        quiet_until: time_if_any(row, 22)?,
        entry: row.try_get(23)?,
        alarm: row.try_get::<_, Option<&str>>(24)?.map(|_| named(row, 24)).transpose()?,
        alarm_at: time_if_any(row, 25)?,
        raised: row.try_get(26)?,
    })
}

pub(super) fn post(row: &Row) -> Result<TicketPost> {
    Ok(TicketPost {
        ticket: TicketId(row.try_get(2)?),
        taken_at: time(row, 3)?,
        reposts: number(row, 4)?,
        gone: row.try_get(5)?,
        post: NewPost {
            platform: row.try_get(0)?,
            id: row.try_get(1)?,
            author: row.try_get(6)?,
            text: row.try_get(7)?,
            created_at: time(row, 8)?,
            edited_at: time_if_any(row, 9)?,
            reply_to: row.try_get(10)?,
            thread: row.try_get(11)?,
            lang: row.try_get(12)?,
            labels: labels(row, 13)?,
            urgency: row.try_get(14)?,
            rank_at: row.try_get(15)?,
            due_by: time_if_any(row, 16)?,
            why: json_at(row, 17)?,
            team: row.try_get(18)?,
            route: row.try_get(21)?,
            disposition: named(row, 19)?,
            record: row.try_get(20)?,
        },
    })
}

pub(super) fn reply(row: &Row) -> Result<TicketReply> {
    Ok(TicketReply {
        ticket: TicketId(row.try_get(2)?),
        thanked_by: row.try_get(8)?,
        reply: NewReply {
            platform: row.try_get(0)?,
            id: row.try_get(1)?,
            of: row.try_get(3)?,
            author: row.try_get(4)?,
            text: row.try_get(5)?,
            created_at: time(row, 6)?,
            kind: named(row, 7)?,
        },
    })
}

pub(super) fn entry(row: &Row) -> Result<Entry> {
    Ok(Entry {
        seq: row.try_get(0)?,
        ticket: TicketId(row.try_get(1)?),
        at: time(row, 2)?,
        by: row.try_get(3)?,
        deed: named(row, 4)?,
        from: json_if_any(row, 5)?,
        to: json_at(row, 6)?,
        why: row.try_get(7)?,
        other: row.try_get::<_, Option<i64>>(8)?.map(TicketId),
        undoes: row.try_get(9)?,
        before: json_if_any(row, 10)?,
    })
}

pub(super) fn contact(row: &Row) -> Result<Contact> {
    Ok(Contact {
        entry: row.try_get(0)?,
        person: Person { platform: row.try_get(1)?, author: row.try_get(2)? },
        at: time(row, 3)?,
        by: row.try_get(4)?,
        grief: row.try_get(5)?,
    })
}

pub(super) fn policy(row: &Row) -> Result<Adopted> {
    Ok(Adopted {
        seq: row.try_get(0)?,
        at: time(row, 1)?,
        by: row.try_get(2)?,
        digest: row.try_get(3)?,
        rules: row.try_get(4)?,
        source: row.try_get(5)?,
    })
}

pub(super) fn sampled(row: &Row) -> Result<Sampled> {
    let verdict = match (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?, time_if_any(row, 6)?) {
        (Some(grief), Some(urgent), Some(by), Some(at)) => Some(Verdict { by, at, grief, urgent }),
        _ => None,
    };
    Ok(Sampled { day: row.try_get(0)?, mark: row.try_get(1)?, post: json_at(row, 2)?, verdict })
}

pub(super) fn correction(row: &Row) -> Result<Correction> {
    Ok(Correction {
        entry: row.try_get(0)?,
        post: PostKey { platform: row.try_get(1)?, id: row.try_get(2)? },
        by: row.try_get(3)?,
        at: time(row, 4)?,
        model: row.try_get(5)?,
        truth: Truth {
            grief: row.try_get(6)?,
            frustration: row.try_get(7)?,
            advice_seeking: row.try_get(8)?,
            advice_giving: row.try_get(9)?,
            promotion: row.try_get(10)?,
            urgency: row.try_get::<_, Option<i64>>(11)?.map(u8::try_from).transpose()?,
            urgent: row.try_get(12)?,
        },
    })
}

pub(super) fn lane(row: &Row) -> Result<Lane> {
    Ok(Lane::from_key(row.try_get(0)?))
}
