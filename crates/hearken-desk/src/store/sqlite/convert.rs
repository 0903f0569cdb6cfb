//! Rows to values and back.

use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::feedback::{Correction, Truth};
use crate::intake::{NewPost, NewReply, PostKey, TicketPost, TicketReply};
use crate::label::Labels;
use crate::policy::Adopted;
use crate::sample::{Sampled, Verdict};
use crate::state::State;
use crate::store::Crowd;
use crate::ticket::{Lane, Person, Place, Ticket, TicketId};
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

type Result<T> = rusqlite::Result<T>;

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    row.get(column).map(moment)
}

pub(super) fn time_if_any(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(moment))
}

/// A value as JSON. Of the types of this crate none can fail: they have no maps and no non-text keys.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str, column: usize) -> Result<T> {
    let failed = |error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error));
    serde_json::from_str(text).map_err(failed)
}

/// The name of an enum's variant, as JSON has it but without quotes.
pub(super) fn name<T: Serialize>(value: &T) -> Result<String> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

pub(super) fn named<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    from_json(&format!("\"{}\"", row.get_ref(column)?.as_str()?), column)
}

fn json_at<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    from_json(row.get_ref(column)?.as_str()?, column)
}

fn json_if_any<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    row.get_ref(column)?.as_str_or_null()?.map(|text| from_json(text, column)).transpose()
}

fn labels(row: &Row<'_>, column: usize) -> Result<Labels> {
    row.get(column).map(Labels::from_bits)
}

fn state(row: &Row<'_>) -> Result<State> {
    let by = || row.get(2);
    let until = || time(row, 3);
    Ok(match row.get_ref(1)?.as_str()? {
        "open" => State::Open,
        "reopened" => State::Reopened,
        "claimed" => State::Claimed { by: by()?, until: until()? },
        "snoozed" => State::Snoozed { by: by()?, until: until()? },
        "answered" => State::Answered { by: by()? },
        "resolved" => State::Resolved { by: by()?, outcome: named(row, 4)? },
        "held" => State::Held,
        "merged" => State::Merged { into: TicketId(row.get(5)?) },
        "deleted" => State::Deleted,
        other => {
            let error = format!("no state is called {other}");
            return Err(rusqlite::Error::FromSqlConversionFailure(1, Type::Text, error.into()));
        }
    })
}

pub(super) fn crowd(row: &Row<'_>) -> Result<Crowd> {
    Ok(Crowd {
        state: row.get(0)?,
        team: row.get(1)?,
        labels: labels(row, 2)?,
        urgency: row.get(3)?,
        tickets: row.get(4)?,
        unanswered: row.get(5)?,
        oldest: time_if_any(row, 6)?,
    })
}

pub(super) fn ticket(row: &Row<'_>) -> Result<Ticket> {
    let (platform, author): (Option<String>, Option<String>) = (row.get(6)?, row.get(7)?);
    Ok(Ticket {
        id: TicketId(row.get(0)?),
        state: state(row)?,
        person: author.map(|author| Person { platform: platform.unwrap_or_default(), author }),
        thread: row.get(8)?,
        labels: labels(row, 9)?,
        urgency: row.get(10)?,
        lang: row.get(11)?,
        team: row.get(12)?,
        rank_at: row.get(13)?,
        due_by: time_if_any(row, 14)?,
        pinned: !row.get::<_, bool>(15)?,
        posts: row.get(16)?,
        opened_at: time(row, 17)?,
        last_post_at: time(row, 18)?,
        waiting_since: time_if_any(row, 19)?,
        acknowledged_at: time_if_any(row, 20)?,
        since: time(row, 21)?,
        quiet_until: time_if_any(row, 22)?,
        entry: row.get(23)?,
        alarm: if row.get_ref(24)?.as_str_or_null()?.is_some() { Some(named(row, 24)?) } else { None },
        alarm_at: time_if_any(row, 25)?,
        raised: row.get(26)?,
    })
}

pub(super) fn place(row: &Row<'_>) -> Result<Place> {
    Ok(Place { unpinned: row.get(0)?, rank_at: row.get(1)?, id: TicketId(row.get(2)?) })
}

pub(super) fn post(row: &Row<'_>) -> Result<TicketPost> {
    Ok(TicketPost {
        ticket: TicketId(row.get(2)?),
        taken_at: time(row, 3)?,
        reposts: row.get(4)?,
        gone: row.get(5)?,
        post: NewPost {
            platform: row.get(0)?,
            id: row.get(1)?,
            author: row.get(6)?,
            text: row.get(7)?,
            created_at: time(row, 8)?,
            edited_at: time_if_any(row, 9)?,
            reply_to: row.get(10)?,
            thread: row.get(11)?,
            lang: row.get(12)?,
            labels: labels(row, 13)?,
            urgency: row.get(14)?,
            rank_at: row.get(15)?,
            due_by: time_if_any(row, 16)?,
            why: json_at(row, 17)?,
            team: row.get(18)?,
            route: row.get(21)?,
            disposition: named(row, 19)?,
            record: row.get(20)?,
        },
    })
}

pub(super) fn reply(row: &Row<'_>) -> Result<TicketReply> {
    Ok(TicketReply {
        ticket: TicketId(row.get(2)?),
        thanked_by: row.get(8)?,
        reply: NewReply {
            platform: row.get(0)?,
            id: row.get(1)?,
            of: row.get(3)?,
            author: row.get(4)?,
            text: row.get(5)?,
            created_at: time(row, 6)?,
            kind: named(row, 7)?,
        },
    })
}

pub(super) fn entry(row: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        seq: row.get(0)?,
        ticket: TicketId(row.get(1)?),
        at: time(row, 2)?,
        by: row.get(3)?,
        deed: named(row, 4)?,
        from: json_if_any(row, 5)?,
        to: json_at(row, 6)?,
        why: row.get(7)?,
        other: row.get::<_, Option<i64>>(8)?.map(TicketId),
        undoes: row.get(9)?,
        before: json_if_any(row, 10)?,
    })
}

pub(super) fn contact(row: &Row<'_>) -> Result<Contact> {
    Ok(Contact {
        entry: row.get(0)?,
        person: Person { platform: row.get(1)?, author: row.get(2)? },
        at: time(row, 3)?,
        by: row.get(4)?,
        grief: row.get(5)?,
    })
}

pub(super) fn policy(row: &Row<'_>) -> Result<Adopted> {
    Ok(Adopted {
        seq: row.get(0)?,
        at: time(row, 1)?,
        by: row.get(2)?,
        digest: row.get(3)?,
        rules: row.get(4)?,
        source: row.get(5)?,
    })
}

pub(super) fn sampled(row: &Row<'_>) -> Result<Sampled> {
    let verdict = match (row.get(3)?, row.get(4)?, row.get(5)?, time_if_any(row, 6)?) {
        (Some(grief), Some(urgent), Some(by), Some(at)) => Some(Verdict { by, at, grief, urgent }),
        _ => None,
    };
    Ok(Sampled { day: row.get(0)?, mark: row.get(1)?, post: json_at(row, 2)?, verdict })
}

pub(super) fn correction(row: &Row<'_>) -> Result<Correction> {
    Ok(Correction {
        entry: row.get(0)?,
        post: PostKey { platform: row.get(1)?, id: row.get(2)? },
        by: row.get(3)?,
        at: time(row, 4)?,
        model: row.get(5)?,
        truth: Truth {
            grief: row.get(6)?,
            frustration: row.get(7)?,
            advice_seeking: row.get(8)?,
            advice_giving: row.get(9)?,
            promotion: row.get(10)?,
            urgency: row.get(11)?,
            urgent: row.get(12)?,
        },
    })
}

pub(super) fn lane(row: &Row<'_>) -> Result<Lane> {
    Ok(Lane::from_key(row.get_ref(0)?.as_str()?))
}
