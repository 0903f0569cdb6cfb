//! `hearken desk report`: how long people waited, as two tables for people or a line of JSON for each group.

use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use hearken::Timestamp;
use hearken_desk::{By, Line, Report, Share, Times};
use jiff::SignedDuration;
use serde::Serialize;

use super::args::{Moment, ReportArgs};
use super::print::{json_line, print};
use super::{Session, words};
use crate::output::{table, text};

/// Cases of so long, unless told otherwise: four whole weeks.
const FOUR_WEEKS: SignedDuration = SignedDuration::from_hours(28 * 24);

/// What programs read of a group.
#[derive(Debug, Serialize)]
struct Record<'a> {
    by: By,
    since: Timestamp,
    until: Timestamp,
    #[serde(flatten)]
    line: &'a Line,
}

impl Session {
    pub(super) fn report(&self, args: &ReportArgs) -> Result<bool> {
        let moment = |moment: Moment| match moment {
            Moment::At(at) => Ok(at),
            Moment::Ago(ago) => self.now.saturating_sub(ago),
        };
        let since = moment(args.since.unwrap_or(Moment::Ago(FOUR_WEEKS)))?;
        let until = match args.until {
            Some(until) => moment(until)?,
            // What came at this very moment has come.
            None => self.now.saturating_add(SignedDuration::from_millis(1))?,
        };
        let shown = if args.until.is_some() { until } else { self.now };
        let report = self.desk.report(since..until, args.by, self.now)?;
        if args.csv {
            print(&csv(&report)?)?;
            return Ok(true);
        } else if !self.print.json {
            print(&render(&report))?;
            return Ok(true);
        }
        for line in std::iter::once(&report.all).chain(&report.groups) {
            json_line(&Record { by: report.by, since, until: shown, line })?;
        }
        Ok(true)
    }
}

/// The names of the columns, as JSON has them.
const COLUMNS: [&str; 21] = [
    "group",
    "cases",
    "answered",
    "waiting",
    "resolved",
    "first_response_median",
    "first_response_p90",
    "first_response_p95",
    "first_response_in_hours_median",
    "first_response_in_hours_p90",
    "first_response_in_hours_p95",
    "first_response_in_time_met",
    "first_response_in_time_of",
    "resolution_median",
    "resolution_p90",
    "resolution_p95",
    "resolution_in_hours_median",
    "resolution_in_hours_p90",
    "resolution_in_hours_p95",
    "resolution_in_time_met",
    "resolution_in_time_of",
];

fn csv(report: &Report) -> Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS)?;
    for line in std::iter::once(&report.all).chain(&report.groups) {
        let counts = [line.cases, line.answered, line.waiting, line.resolved].map(Some);
        let times = |times: &Times| [times.median, times.p90, times.p95];
        let share = |share: &Share| [share.met, share.of].map(Some);
        let figures = counts.into_iter().chain(times(&line.first_response));
        let figures = figures.chain(times(&line.first_response_in_hours)).chain(share(&line.first_response_in_time));
        let figures = figures.chain(times(&line.resolution)).chain(times(&line.resolution_in_hours));
        let figures = figures.chain(share(&line.resolution_in_time));
        let fields = figures.map(|figure| figure.map(|figure| figure.to_string()).unwrap_or_default());
        out.write_record(std::iter::once(line.group.clone()).chain(fields))?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

fn render(report: &Report) -> String {
    let Report { since, until, by, all, groups } = report;
    let what = match by {
        By::Label => "label",
        By::Urgency => "urgency",
        By::Team => "team",
        By::Week => "week",
    };
    let cases = if all.cases == 1 { "1 case".to_owned() } else { format!("{} cases", text::count(all.cases)) };
    let mut out = format!("{cases} from {} to {}, by {what}\n", text::moment(*since), text::moment(*until));
    if all.cases == 0 {
        return out;
    }
    let lines: Vec<&Line> = std::iter::once(all).chain(groups).collect();
    let answered = lines.iter().map(|line| {
        let Line { cases, answered, waiting, first_response, first_response_in_hours, first_response_in_time, .. } =
            line;
        let counts = [*cases, *answered, *waiting].map(text::count).to_vec();
        row(line, counts, [first_response, first_response_in_hours], *first_response_in_time)
    });
    out += &section("First answer", &["cases", "answered", "waiting"], answered.collect());
    let resolved = lines.iter().map(|line| {
        let counts = vec![text::count(line.resolved), text::count(line.cases - line.resolved)];
        row(line, counts, [&line.resolution, &line.resolution_in_hours], line.resolution_in_time)
    });
    out += &section("All done", &["done", "open"], resolved.collect());
    if lines.iter().any(|line| in_hours_differ(line)) {
        out += "\nIn brackets: in the hours of the targets' calendars.\n";
    }
    out
}

fn in_hours_differ(line: &Line) -> bool {
    line.first_response != line.first_response_in_hours || line.resolution != line.resolution_in_hours
}

fn row(line: &Line, counts: Vec<String>, [clock, hours]: [&Times; 2], share: Share) -> Vec<String> {
    let mut row = vec![words::name(&line.group)];
    row.extend(counts);
    let times = |times: &Times| [times.median, times.p90, times.p95];
    row.extend(times(clock).into_iter().zip(times(hours)).map(|(clock, hours)| match (clock, hours) {
        (Some(clock), Some(hours)) if clock != hours => format!("{}\n({})", span(clock), span(hours)),
        (Some(clock), _) => span(clock),
        (None, _) => "–".to_owned(),
    }));
    row.push(match share.of {
        0 => "–".to_owned(),
        of => format!("{:.0} % of {}", share.met as f64 * 100.0 / of as f64, text::count(of)),
    });
    row
}

fn span(seconds: u64) -> String {
    match i64::try_from(seconds / 60 + u64::from(seconds % 60 >= 30)) {
        Ok(0) => "< 1 min".to_owned(),
        minutes => text::whole_minutes(minutes.unwrap_or(i64::MAX)),
    }
}

fn section(title: &str, counts: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(table::width());
    let header = std::iter::once(title).chain(counts.iter().copied()).chain(["half within", "90 %", "95 %", "in time"]);
    table.set_header(header.collect::<Vec<_>>());
    table.add_rows(rows);
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if place == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    let lines: Vec<String> = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    format!("\n{}", lines.concat())
}
