//! The report as tables: what was judged by whom, the labels, the rankings.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use hearken_eval::measure::NDCG_DEPTH;
use hearken_eval::report::{Difference, Estimate, Figure, Figures};
use hearken_eval::{Measure, Report};

use crate::output::{table, text};

/// What two models are called where there is no room for their names.
pub(super) const SHORT: [&str; 2] = ["A", "B"];

/// What is not defined.
const NONE: &str = "–";

/// The tables, with a line end.
pub(super) fn render(report: &Report, rejected: u64, color: bool) -> String {
    let mut out = head(report, rejected);
    out += &labels(report, color);
    out.push('\n');
    match rankings(report, color) {
        Some(rankings) => out += &format!("\n{rankings}\n"),
        None => out += "\nUrgency is not known of any post, so no ranking is measured.\n",
    }
    out += &caption(report);
    out
}

fn head(report: &Report, rejected: u64) -> String {
    let posts = text::count(report.posts as u64);
    let mut out = format!("{posts} labelled {}", if report.posts == 1 { "post" } else { "posts" });
    if rejected > 0 {
        out += &format!(", {} {} rejected", text::count(rejected), if rejected == 1 { "line" } else { "lines" });
    }
    out.push('\n');
    for (model, short) in report.models.iter().zip(SHORT) {
        let called = if report.models.len() > 1 { format!("{short}: ") } else { "judged by ".to_owned() };
        out += &format!("{called}{}, {} left unjudged\n", model.model, text::count(model.unjudged as u64));
    }
    out.push('\n');
    out
}

fn labels(report: &Report, color: bool) -> String {
    let mut table = table_of(&Measure::OF_LABEL, "label", report, color);
    for label in &report.labels {
        let known = format!("{} of {}", text::count(label.positives as u64), text::count(label.known as u64));
        let name = label.label.name().replace('_', " ");
        add_rows(&mut table, &name, &known, &label.figures, color);
    }
    let over = match report.macro_average.labels.len() {
        1 => "of 1 label".to_owned(),
        count => format!("of {count} labels"),
    };
    add_rows(&mut table, "macro", &over, &report.macro_average.figures, color);
    table.to_string()
}

fn rankings(report: &Report, color: bool) -> Option<String> {
    let urgency = report.urgency.as_ref()?;
    let mut table = table_of(&Measure::OF_RANKING, "ranked by", report, color);
    let known = format!("{} of {}", text::count(urgency.urgent as u64), text::count(urgency.known as u64));
    add_rows(&mut table, "urgency", &known, &urgency.by_urgency, color);
    add_rows(&mut table, "priority", &known, &urgency.by_priority, color);
    Some(table.to_string())
}

fn table_of(measures: &[Measure], of: &str, report: &Report, color: bool) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(table::width());
    if color {
        table.enforce_styling();
    }
    let model = (report.models.len() > 1).then_some("");
    let leads = std::iter::once(of).chain(model);
    let columns = leads.clone().count()..;
    table.set_header(leads.map(Cell::new).chain(measures.iter().map(|measure| right(&title(*measure)))));
    // Two models and their differences fill a usual terminal to the last column.
    for column in columns.take(measures.len()) {
        if let Some(column) = table.column_mut(column) {
            column.set_padding((0, 1));
        }
    }
    table
}

/// A row for each model, and one for their difference.
fn add_rows(table: &mut Table, name: &str, known: &str, figures: &Figures, color: bool) {
    let mut lead = Cell::new(format!("{name}\n{known}"));
    if color {
        lead = lead.add_attribute(Attribute::Bold);
    }
    let of_model = |model: usize| figures.0.iter().map(move |figure| right(&estimate(&figure.models[model], "")));
    if figures.0.iter().all(|figure| figure.difference.is_none()) {
        table.add_row(std::iter::once(lead).chain(of_model(0)));
        return;
    }
    table.add_row([lead, Cell::new(SHORT[0])].into_iter().chain(of_model(0)));
    table.add_row([Cell::new(""), Cell::new(SHORT[1])].into_iter().chain(of_model(1)));
    let differences = figures.0.iter().map(|figure| difference(figure, color));
    table.add_row([Cell::new(""), Cell::new("B−A")].into_iter().chain(differences));
}

fn difference(figure: &Figure, color: bool) -> Cell {
    let Some(Difference { estimate: by, clear }) = &figure.difference else { return right(NONE) };
    let star = if *clear { " *" } else { "" };
    let cell = right(&estimate(by, "+").replacen("\n", &format!("{star}\n"), 1));
    if !color || !clear {
        return cell;
    }
    let better = by.value.is_some_and(|value| (value > 0.0) == figure.measure.more_is_better());
    cell.fg(if better { Color::Green } else { Color::Red })
}

/// The value above its interval; positive numbers begin with `plus`.
fn estimate(estimate: &Estimate, plus: &str) -> String {
    let number = |number: f64| {
        let digits = format!("{:.3}", number.abs());
        let zero = digits.trim_matches(['0', '.']).is_empty();
        format!(
            "{}{digits}",
            if zero {
                ""
            } else if number < 0.0 {
                "−"
            } else {
                plus
            }
        )
    };
    let value = estimate.value.map_or_else(|| NONE.to_owned(), number);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{value}\n{}…{}", number(low), number(high)),
        _ => value,
    }
}

fn right(text: &str) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn title(measure: Measure) -> String {
    match measure {
        Measure::Precision => "precision".to_owned(),
        Measure::Recall => "recall".to_owned(),
        Measure::F1 => "F1".to_owned(),
        Measure::AveragePrecision => "avg precision".to_owned(),
        Measure::Brier => "Brier".to_owned(),
        Measure::CalibrationError => "ECE".to_owned(),
        Measure::Ndcg => format!("NDCG@{NDCG_DEPTH}"),
        Measure::UrgentInTop1 => "urgency 3 in top 1 %".to_owned(),
        Measure::UrgentInTop5 => "in top 5 %".to_owned(),
        Measure::UrgentInTop10 => "in top 10 %".to_owned(),
        Measure::Spearman => "Spearman".to_owned(),
    }
}

fn caption(report: &Report) -> String {
    let mut out = String::from("Under each label, its positives of the posts where it is known");
    if report.urgency.is_some() {
        out += "; under each ranking, urgency 3 likewise.\n\
                Priority: as though all posts were written at the same moment";
    }
    out += ".\n";
    if report.resamples > 0 {
        let resamples = text::count(u64::from(report.resamples));
        out += &format!(
            "Below a figure, its 95 % interval: {resamples} resamples, seed {}; none where many of them leave it undefined.\n",
            report.seed
        );
        if report.models.len() > 1 {
            out += "* The interval of the difference excludes 0.\n";
        }
    }
    out
}
