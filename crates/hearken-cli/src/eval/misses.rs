//! The worst misses: which posts a model was most wrong about, by their ids, and with their texts where those are wanted.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use hearken_eval::misses::{Late, Miss};
use hearken_eval::report::Confusion;
use hearken_eval::{Predictions, Question, Report, misses};
use serde::Serialize;

use super::labelled::Labelled;
use super::table::SHORT;
use crate::output::{table, text};

/// Characters of an id, and of a text, that are shown.
const SHOWN_OF_ID: usize = 60;
const SHOWN_OF_TEXT: usize = 280;

/// The worst misses of one model.
#[derive(Debug, Serialize)]
pub(super) struct Listing<'a> {
    model: &'a str,
    labels: Vec<OfLabel<'a>>,
    /// The posts of urgency 3 that come last in the order of priority.
    late: Vec<Missed<'a>>,
}

#[derive(Debug, Serialize)]
struct OfLabel<'a> {
    label: Question,
    missed: Vec<Missed<'a>>,
    false_alarms: Vec<Missed<'a>>,
}

#[derive(Debug, Serialize)]
struct Missed<'a> {
    /// The id, or where the post stands if it has none.
    id: &'a str,
    /// `FILE:LINE`
    place: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    /// Among the posts of known urgency, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl<'a> Listing<'a> {
    /// Finds at most `limit` of each kind; `show_text` puts the texts in.
    pub(super) fn new(labelled: &'a Labelled, model: &'a Predictions, limit: usize, show_text: bool) -> Self {
        let missed = |post: usize, probability, rank| Missed {
            id: labelled.name(post),
            place: &labelled.places[post],
            probability,
            rank,
            text: show_text.then_some(&*labelled.posts[post].text),
        };
        let all = |found: &[Miss]| found.iter().map(|miss| missed(miss.post, Some(miss.probability), None)).collect();
        let found = misses(&labelled.truths, &model.posts, limit);
        let labels = found.labels.iter().map(|label| OfLabel {
            label: label.label,
            missed: all(&label.missed),
            false_alarms: all(&label.false_alarms),
        });
        let late = found.late.iter().map(|Late { post, rank }| missed(*post, None, Some(*rank)));
        Self { model: &model.model, labels: labels.collect(), late: late.collect() }
    }
}

/// The listings as a table for each model, with a line end.
pub(super) fn render(report: &Report, listings: &[Listing<'_>]) -> String {
    let mut out = String::new();
    for (model, listing) in listings.iter().enumerate() {
        let short = if listings.len() > 1 { format!(" of {}", SHORT[model]) } else { String::new() };
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.force_no_tty().set_width(table::width());
        table.set_header([format!("worst misses{short}"), "posts".to_owned(), "which".to_owned()]);
        for label in &listing.labels {
            let confusion = report.labels.iter().find(|of| of.label == label.label);
            let Confusion { false_negatives, false_positives, .. } =
                confusion.and_then(|of| of.confusion[model]).unwrap_or_default();
            add_row(&mut table, format!("{} not heard", label.label), false_negatives, &label.missed);
            add_row(&mut table, format!("{} wrongly heard", label.label), false_positives, &label.false_alarms);
        }
        let urgent = report.urgency.as_ref().map_or(0, |urgency| urgency.urgent);
        add_row(&mut table, "urgency 3 that comes last".to_owned(), urgent, &listing.late);
        out += &if table.is_empty() { format!("\nNo misses{short}.\n") } else { format!("\n{table}\n") };
    }
    out
}

fn add_row(table: &mut Table, what: String, count: usize, posts: &[Missed<'_>]) {
    if posts.is_empty() {
        return;
    }
    let with_text = posts.iter().any(|post| post.text.is_some());
    let which: Vec<String> = posts.iter().map(in_words).collect();
    let which = which.join(if with_text { "\n" } else { ", " });
    let count = Cell::new(text::count(count as u64)).set_alignment(CellAlignment::Right);
    table.add_row([Cell::new(what), count, Cell::new(which)]);
}

fn in_words(post: &Missed<'_>) -> String {
    let id = text::plain(post.id, SHOWN_OF_ID);
    let how = match (post.probability, post.rank) {
        (Some(probability), _) => format!(" ({:.0} %)", probability * 100.0),
        (None, Some(rank)) => format!(" (rank {})", text::count(rank.round() as u64)),
        (None, None) => String::new(),
    };
    let said = post.text.map_or_else(String::new, |said| format!(": {}", text::plain(said, SHOWN_OF_TEXT)));
    format!("{id}{how}{said}")
}
