//! One ticket for people: who and where it stands, what they wrote, what others replied, why it comes when it comes, what was
//! done.

use comfy_table::{ContentArrangement, Table, presets};
use hearken::Timestamp;
use hearken_desk::{Case, Entry, Standing, Ticket, TicketPost, TicketReply};

use super::annotation::Annotation;
use super::record::{route, why};
use super::words;
use crate::output::{table, text};

/// Characters of a post that are shown: no network allows so many.
const SHOWN: usize = 50_000;

/// Terms of fewer minutes would move nobody; JSON has them all.
const SMALLEST_TERM: f64 = 5.0;

const HIDDEN: &str = "▒▒▒▒▒▒ heavy grief, hidden until you ask: --reveal";

/// The ticket, with a line end.
pub(super) fn render(case: &Case, now: Timestamp, color: bool) -> String {
    let ticket = &case.ticket;
    let title = format!("{} · {} · {}", ticket.id, words::person(ticket), words::state(&ticket.state, now));
    let bold = if color { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    let mut out = format!("{bold}{title}{bold:#}\n{}\n", facts(case, now).join(" · "));
    out += &case.service.as_ref().map(|promise| format!("{}\n", words::promise(promise))).unwrap_or_default();
    let posts = case.posts.iter().map(|post| post_row(post, case.blurred)).collect();
    out += &section("Posts", posts);
    let replies = case.replies.iter().map(|reply| reply_row(reply, case.blurred)).collect();
    out += &section("Replies", replies);
    let why = why(ticket, &case.posts);
    let why = why.iter().filter(|term| term.minutes.abs() >= SMALLEST_TERM);
    out += &section("Why, minutes", why.map(|term| [format!("{:+.0}", term.minutes), words::term(term)]).collect());
    out += &section("History", case.history.iter().map(|entry| entry_row(entry, ticket)).collect());
    out
}

/// What is known of a ticket, in few words.
fn facts(case: &Case, now: Timestamp) -> Vec<String> {
    let ticket = &case.ticket;
    let mut facts: Vec<String> = super::list::labels(ticket);
    facts.push(format!("urgency {:.1}", ticket.urgency));
    facts.extend(ticket.lang.as_deref().map(words::name));
    let by = route(ticket, &case.posts).map(|route| format!(", by route {}", words::name(route))).unwrap_or_default();
    facts.extend(ticket.team.as_deref().map(|team| format!("team {}{by}", words::name(team))));
    facts.extend(ticket.pinned.then(|| "pinned".to_owned()));
    if let Some(since) = ticket.waiting_since.filter(|_| case.standing != Standing::Aside) {
        facts.push(format!("waits {}", words::between(since, now)));
        facts.extend(ticket.due_by.map(|due| words::due(due, now)));
    }
    facts.extend(ticket.quiet_until.map(|until| format!("left in peace for {}", words::between(now, until))));
    facts
}

fn post_row(kept: &TicketPost, hidden: bool) -> [String; 2] {
    let mut said = match kept.gone {
        true => "(taken back)".to_owned(),
        false if hidden && kept.post.text.is_empty() => HIDDEN.to_owned(),
        false => text::plain(&kept.post.text, SHOWN),
    };
    if kept.reposts > 0 {
        said += &format!(" ({} passed it on)", text::count(kept.reposts));
    }
    said += &Annotation::of(kept).in_words().map(|words| format!(" ({words})")).unwrap_or_default();
    [text::moment(kept.post.created_at), said]
}

fn reply_row(kept: &TicketReply, hidden: bool) -> [String; 2] {
    let reply = &kept.reply;
    let who = format!("{} {}", words::author(reply.author.as_deref()), words::reply(reply.kind));
    let said = if hidden { "▒▒▒▒▒▒".to_owned() } else { text::plain(&reply.text, SHOWN) };
    let thanks = kept.thanked_by.as_deref().map(|by| format!(" (thanked by {})", words::name(by)));
    [text::moment(reply.created_at), format!("{who}: {said}{}", thanks.unwrap_or_default())]
}

fn entry_row(entry: &Entry, of: &Ticket) -> [String; 2] {
    let mut told = format!("{} {}", words::name(&entry.by), words::deed(entry));
    told += &entry.other.map(|other| format!(" ({other})")).unwrap_or_default();
    told += &entry.why.as_deref().map(|why| format!(": {}", text::plain(why, SHOWN))).unwrap_or_default();
    if entry.ticket != of.id {
        told = format!("{}: {told}", entry.ticket);
    }
    [text::moment(entry.at), told]
}

/// Two columns under a title; nothing where there are no rows.
fn section(title: &str, rows: Vec<[String; 2]>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(table::width());
    table.add_rows(rows);
    let lines: Vec<String> = table.lines().map(|line| format!(" {}\n", line.trim_end())).collect();
    format!("\n{title}\n{}", lines.concat())
}
