//! Tickets as a table for people.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use hearken::Timestamp;
use hearken_desk::{Alarm, Case, Label, Standing, Ticket};

use super::words;
use crate::output::{table, text};

/// Characters of a post that are shown.
const SHOWN: usize = 160;

/// From this urgency on a row is red.
const RED_FROM: f64 = 2.0;

/// The table, with a line end.
pub(super) fn render(cases: &[Case], now: Timestamp, color: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(table::width());
    if color {
        table.enforce_styling();
    }
    table.set_header(["ticket", "waits", "heard", "post", "state"]);
    table.add_rows(cases.iter().map(|case| row(case, now, color)));
    format!("{table}\n")
}

/// What was heard, as words.
pub(super) fn labels(ticket: &Ticket) -> Vec<String> {
    let name = |label| match label {
        Label::Grief => "grief",
        Label::Frustration => "frustration",
        Label::Advice => "advice",
        Label::Promotion => "promotion",
    };
    ticket.labels.iter().map(|label| name(label).to_owned()).collect()
}

fn row(case: &Case, now: Timestamp, color: bool) -> Vec<Cell> {
    let ticket = &case.ticket;
    let mut waits = Vec::new();
    if let Some(since) = ticket.waiting_since.filter(|_| case.standing != Standing::Aside) {
        waits.push(words::between(since, now));
        waits.extend(ticket.due_by.map(|due| words::due(due, now)));
    }
    let mut heard = vec![format!("urgency {:.1}", ticket.urgency)];
    heard.extend(labels(ticket));
    let mut state = vec![words::state(&ticket.state, now)];
    state.extend(ticket.team.as_deref().map(|team| format!("team {}", words::name(team))));
    state.extend(ticket.pinned.then(|| "pinned".to_owned()));

    let mut id = Cell::new(ticket.id);
    let mut waits = Cell::new(waits.join("\n"));
    let mut heard = Cell::new(heard.join("\n"));
    if color {
        let tone = tone(ticket);
        id = id.add_attribute(Attribute::Bold);
        (waits, heard) = (waits.fg(tone), heard.fg(tone));
    }
    vec![id, waits, heard, Cell::new(said(case)), Cell::new(state.join("\n"))]
}

/// The last post, and how much more there is.
fn said(case: &Case) -> String {
    let live: Vec<_> = case.posts.iter().filter(|post| !post.gone).collect();
    let who = words::person(&case.ticket);
    let Some(last) = live.last() else { return who };
    let said = if case.blurred && last.post.text.is_empty() {
        "▒▒▒▒▒▒".to_owned()
    } else {
        text::plain(&last.post.text, SHOWN)
    };
    let mut told = format!("{who} · {}\n{said}", text::moment(last.post.created_at));
    let more = [
        (live.len() - 1, if live.len() == 2 { "post before it" } else { "posts before it" }),
        (case.replies.len(), if case.replies.len() == 1 { "reply" } else { "replies" }),
    ];
    let more: Vec<String> =
        more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if !more.is_empty() {
        told += &format!("\n({})", more.join(", "));
    }
    told
}

/// Red is for what can't wait; else the weightiest label decides.
fn tone(ticket: &Ticket) -> Color {
    if ticket.urgency >= RED_FROM || ticket.alarm == Some(Alarm::Breached) {
        Color::Red
    } else if ticket.is_grief() {
        Color::Magenta
    } else if ticket.labels.contains(Label::Frustration) {
        Color::Yellow
    } else {
        Color::Cyan
    }
}
