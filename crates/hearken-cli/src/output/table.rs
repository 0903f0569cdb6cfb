//! The queue as a table: rank, head start with a bar, what was heard, the post, and why it stands there.

use std::io;

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use hearken::{Label, Ranked};
use rustix::termios::tcgetwinsize;

use super::text;

/// Width where the terminal's is not known.
const DEFAULT_WIDTH: u16 = 110;

/// Characters of a post that are shown.
const SHOWN: usize = 280;

/// Cells of the longest bar.
const BAR: usize = 10;

/// Terms of fewer minutes than this would fill the table without moving anybody; JSONL has them all.
const SMALLEST_TERM: f64 = 5.0;

/// From this urgency on a row is red.
const RED_FROM: f64 = 2.0;

const CAPTION: &str = "Order: time of writing minus head start. Times are UTC.";

/// The table, with a line end.
pub(super) fn render(queue: &[Ranked], color: bool) -> String {
    if queue.is_empty() {
        return "Nobody in these posts needs a human now.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(width());
    if color {
        table.enforce_styling();
    }
    table.set_header(["#", "head start", "heard", "post", "why, minutes"]);
    let longest = queue.iter().map(|ranked| ranked.head_start.total().value()).fold(1.0, f64::max);
    for (before, ranked) in queue.iter().enumerate() {
        table.add_row(row(before + 1, ranked, longest, color));
    }
    format!("{table}\n{CAPTION}\n")
}

/// Columns to fill: `COLUMNS` where it is set, as for a pager; else those of the terminal.
pub(crate) fn width() -> u16 {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col);
    [named, terminal].into_iter().flatten().find(|columns| *columns > 0).unwrap_or(DEFAULT_WIDTH)
}

fn row(rank: usize, ranked: &Ranked, longest: f64, color: bool) -> Vec<Cell> {
    let head_start = ranked.head_start.total();
    let mut lead = vec![text::span(head_start), text::bar(head_start.value() / longest, BAR)];
    lead.extend(ranked.due_by.map(|due| format!("due {}", text::moment(due))));

    let judgement = &ranked.judgement;
    let percent = |label| format!("{label} {:.0} %", judgement.probability(label).value() * 100.0);
    let mut heard = vec![format!("urgency {:.1}", judgement.urgency())];
    heard.extend(judgement.assigned.iter().map(percent));

    let post = &ranked.post;
    let author = post
        .author
        .as_deref()
        .map_or_else(|| post.id.to_string(), |author| format!("@{}", author.trim_start_matches('@')));
    let author = text::plain(&author, 40);
    let mut said = format!("{author} · {}\n{}", text::moment(ranked.created_at), text::plain(&post.text, SHOWN));
    let beside = beside(ranked);
    if !beside.is_empty() {
        said += &format!("\n({})", beside.join(", "));
    }

    let why: Vec<String> = ranked
        .head_start
        .why()
        .iter()
        .filter(|term| term.minutes.value().abs() >= SMALLEST_TERM)
        .map(|term| format!("{:+.0} {}", term.minutes.value(), text::reason(term.reason)))
        .collect();

    let mut lead = Cell::new(lead.join("\n"));
    let mut heard = Cell::new(heard.join("\n"));
    let mut number = Cell::new(rank);
    if color {
        let tone = tone(ranked);
        lead = lead.fg(tone);
        heard = heard.fg(tone);
        number = number.add_attribute(Attribute::Bold);
    }
    vec![number, lead, heard, Cell::new(said), Cell::new(why.join("\n"))]
}

/// What there is beside the post: others of the same person, and what people make of it.
fn beside(ranked: &Ranked) -> Vec<String> {
    let evidence = &ranked.evidence;
    let replies = &evidence.replies;
    let counts = [
        (ranked.also.len() as u64 + u64::from(evidence.unlisted), "more of the same person"),
        (u64::from(replies.concern), "worried"),
        (u64::from(replies.condolence), "in sympathy"),
        (u64::from(replies.same_trouble), "with the same trouble"),
        (u64::from(replies.advice), "with advice"),
        (u64::from(evidence.reposts), "passed it on"),
        (evidence.campaign.map_or(0, |copies| u64::from(copies.posts)), "say nearly the same"),
    ];
    counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", text::count(*count)))
        .collect()
}

/// Red is for what can't wait; else the weightiest label decides.
fn tone(ranked: &Ranked) -> Color {
    let assigned = ranked.judgement.assigned;
    if ranked.judgement.urgency() >= RED_FROM {
        Color::Red
    } else if assigned.contains(Label::Grief) {
        Color::Magenta
    } else if assigned.contains(Label::Frustration) {
        Color::Yellow
    } else {
        Color::Cyan
    }
}
