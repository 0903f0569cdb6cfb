//! A filter as SQL. [`Filter::matches`] says what it means; the stores' common tests hold the two together.

use super::value::{Value, values};
use crate::store::Filter;
use crate::ticket::{Alarm, Place};
use crate::time::Timestamp;

/// Whether a lease or a snooze has ended: $2 is the time.
const ENDED: &str = "(state IN ('claimed', 'snoozed') AND until <= $2)";

/// Whether a service level was missed, and nobody has written that down yet.
const LATE: &str = "(alarm_at <= $2 AND due_by <= $2)";

/// What comes after `ORDER BY`. Tickets of one holder or one author, or that are late, are few, so they are found by that and then sorted; a plain
/// column would lead through all tickets in their order instead.
pub(super) fn order(filter: &Filter) -> &'static str {
    if filter.holder.is_some() || filter.author.is_some() || filter.alarm.is_some() {
        "unpinned::INT, rank_at, id"
    } else {
        "unpinned, rank_at, id"
    }
}

/// What comes after `WHERE`, and its parameters: $1 is the tenant, $2 the time.
pub(super) fn condition(tenant: i64, filter: &Filter, now: Timestamp, after: Option<Place>) -> (String, Vec<Value>) {
    // The time takes part in every list, so that its number is always the same.
    let mut sql = "tenant = $1 AND $2::BIGINT IS NOT NULL".to_owned();
    let mut values = vec![Value::from(tenant), Value::from(now)];
    let mut and = |condition: &str, value: Option<Value>| {
        let number = values.len() + 1;
        values.extend(value);
        sql += " AND ";
        sql += &condition.replace('#', &format!("${number}"));
    };
    if filter.states.is_empty() {
        and("state NOT IN ('merged', 'deleted')", None);
    } else {
        let mut any: Vec<String> = Vec::new();
        for name in &filter.states {
            any.push(match name.as_str() {
                "open" => format!("state = 'open' OR {ENDED}"),
                // Names come from a user: only those that are names of states become SQL.
                known @ ("claimed" | "snoozed") => format!("state = '{known}' AND NOT {ENDED}"),
                known @ ("reopened" | "answered" | "resolved" | "held" | "merged" | "deleted") => {
                    format!("state = '{known}'")
                }
                _ => "FALSE".to_owned(),
            });
        }
        and(&format!("(({}))", any.join(") OR (")), None);
    }
    if !filter.labels.is_empty() {
        and("labels & # <> 0", Some(filter.labels.bits().into()));
    }
    if let Some(least) = filter.urgency_from {
        and("urgency >= #", Some(least.into()));
    }
    if let Some(lang) = &filter.lang {
        and("lang = #", Some(lang.into()));
    }
    if let Some(team) = &filter.team {
        and("team = #", Some(team.into()));
    }
    if let Some(holder) = &filter.holder {
        and(&format!("holder = # AND NOT {ENDED}"), Some(holder.into()));
    }
    if let Some(author) = &filter.author {
        and("author = #", Some(author.into()));
    }
    if let Some(limit) = filter.due_before {
        and("due_by < #", Some(limit.into()));
    }
    match filter.alarm {
        None => {}
        Some(Alarm::Breached) => and(&format!("(alarm = 'breached' OR {LATE})"), None),
        // What is not known is not late.
        Some(Alarm::Warned) => {
            and(&format!("(alarm = 'warned' OR alarm_at <= $2) AND NOT coalesce({LATE}, FALSE)"), None);
        }
    }
    if let Some(after) = after {
        let Place { unpinned, rank_at, id } = after;
        let number = values.len() + 1;
        let (unpinned_at, rank_at_at, id_at) = (number, number + 1, number + 2);
        values.extend(values![unpinned, rank_at, id.0]);
        let columns = order(filter);
        let cast = if columns.starts_with("unpinned::") { "::BOOLEAN::INT" } else { "" };
        sql += &format!(" AND ({columns}) > (${unpinned_at}{cast}, ${rank_at_at}, ${id_at})");
    }
    (sql, values)
}
