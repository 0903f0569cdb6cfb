//! `hearken policy backtest`: who would have come when, had a policy gone before, by what a desk keeps.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use hearken::Timestamp;
use hearken::label::PerLabel;
use hearken_desk::{Label, Row, TicketPost};
use serde::Serialize;

use super::args::BacktestArgs;
use super::file::{Loaded, PolicyFile};
use super::moves::{Cases, Change, Course, Spot};
use super::weigh::{Left, Scales, as_kept};
use crate::desk::{self, json_line, print};
use crate::models;
use crate::output::{table, text};

/// Terms that differ by less than so many minutes would move nobody; JSON has them all.
const SMALLEST_TERM: f64 = 1.0;

/// What would be different in all.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Summary {
    since: Timestamp,
    /// Posts that were weighed,
    posts: u64,
    /// those of them that were suppressed and kept as a sample,
    suppressed: u64,
    /// and the cases that they make up, each suppressed post one.
    cases: usize,
    enter: u64,
    leave: u64,
    up: u64,
    down: u64,
    stay: u64,
    /// Cases that another team would get.
    other_team: u64,
    /// Cases that would have a label that they haven't, and the other way round.
    gain: BTreeMap<Label, u64>,
    lose: BTreeMap<Label, u64>,
    #[serde(flatten)]
    left: Left,
}

/// Weighs all posts of a desk anew and prints who would move.
pub(super) fn backtest(args: &BacktestArgs) -> Result<()> {
    let Loaded { policy, .. } = Loaded::read(&args.file.file)?;
    let desk = desk::open_named(args.desk.desk.as_ref(), args.desk.tenant.as_ref())?;
    let since = args.since.moment(args.now.unwrap_or_else(Timestamp::now));
    let routes_now = desk.rules()?.routes;
    let thresholds = thresholds(&policy, args.model.as_deref())?;
    let mut scales = Scales::new(policy.engine(), &policy.desk.routes, thresholds, policy.thresholds.own());
    let mut summary = Summary { since, ..Summary::default() };
    let mut cases = Cases::default();
    // What was held back is in the sample as well; it is one case all the same.
    let mut of_tickets = HashSet::new();
    desk.export(|row| {
        let (ticket, post) = match row {
            Row::Post(TicketPost { ticket, post, gone: false, .. }) => (Some(ticket), post),
            Row::Sampled(sampled) => (None, sampled.post),
            _ => return Ok(()),
        };
        if post.created_at < since || (ticket.is_none() && of_tickets.contains(&post.key())) {
            return Ok(());
        }
        if ticket.is_some() {
            of_tickets.insert(post.key());
        }
        summary.posts += 1;
        summary.suppressed += u64::from(ticket.is_none());
        cases.add(ticket, &post, as_kept(&post, &routes_now), scales.weigh(&post));
        Ok(())
    })?;
    summary.cases = cases.count();
    summary.left = scales.left;
    let changes = cases.changes();
    changes.iter().for_each(|change| summary.count(change));
    let differs = changes.iter().filter(|change| change.course != Course::Stays || change.is_its_own());
    if args.json.json {
        json_line(&summary)?;
        return differs.take(args.top as usize).try_for_each(json_line);
    }
    let seen = differs.filter(|change| change.course != Course::Stays || !different(change).is_empty());
    print(&(summary.told() + &render(&seen.take(args.top as usize).collect::<Vec<_>>())))
}

/// The thresholds in force under a policy, by the name of the model.
fn thresholds(policy: &PolicyFile, own: Option<&Path>) -> Result<BTreeMap<String, PerLabel<f64>>> {
    let under = policy.thresholds_under(&hearken::Thresholds::default());
    let mut known = BTreeMap::new();
    for name in models::BUILT_IN.map(Path::new).into_iter().chain(own) {
        let manifest = models::manifest(name)?;
        known.insert(manifest.name.clone(), under.in_force(&manifest)?);
    }
    Ok(known)
}

impl Summary {
    fn count(&mut self, change: &Change) {
        let count = match change.course {
            Course::Enters => &mut self.enter,
            Course::Leaves => &mut self.leave,
            Course::Up(_) => &mut self.up,
            Course::Down(_) => &mut self.down,
            Course::Stays => &mut self.stay,
        };
        *count += 1;
        self.other_team += u64::from(change.moves_team());
        for label in Label::ALL {
            let changed = match () {
                () if change.gains(label) => &mut self.gain,
                () if change.loses(label) => &mut self.lose,
                () => continue,
            };
            *changed.entry(label).or_default() += 1;
        }
    }

    fn told(&self) -> String {
        let count = |number: u64, one: &str, more: &str| {
            format!("{} {}", text::count(number), if number == 1 { one } else { more })
        };
        let mut told = format!(
            "{} since {} in {}, {} suppressed\n",
            count(self.posts, "post", "posts"),
            text::moment(self.since),
            count(self.cases as u64, "case", "cases"),
            text::count(self.suppressed),
        );
        let [enter, leave, up, down, stay] = [self.enter, self.leave, self.up, self.down, self.stay].map(text::count);
        told += &format!("  {enter} would enter the queue, {leave} leave it; {up} move up, {down} down, {stay} stay\n");
        let mut others = Vec::new();
        for (changed, what) in [(&self.gain, "gain"), (&self.lose, "lose")] {
            others.extend(
                changed.iter().map(|(label, cases)| format!("{} {what} {}", text::count(*cases), name(*label))),
            );
        }
        if self.other_team > 0 {
            others.push(format!("{} to another team", count(self.other_team, "goes", "go")));
        }
        if !others.is_empty() {
            told += &format!("  {}\n", others.join(", "));
        }
        let Left { unreadable, by_hand, unknown_models } = &self.left;
        if *unreadable > 0 {
            told += &format!(
                "  {} as they are: their records hold too little\n",
                count(*unreadable, "post stays", "posts stay")
            );
        }
        if *by_hand > 0 {
            told += &format!(
                "  {} as they are: a colleague said what is to be heard in them\n",
                count(*by_hand, "post stays", "posts stay")
            );
        }
        for model in unknown_models {
            told +=
                &format!("  thresholds of the model {} are not known, --model DIR names it\n", text::plain(model, 40));
        }
        told
    }
}

/// The table of those who move, with a line end; nothing where nobody does.
fn render(changes: &[&Change]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let mut rows = Table::new();
    rows.load_style(presets::UTF8_HORIZONTAL_ONLY);
    rows.set_content_arrangement(ContentArrangement::Dynamic);
    rows.force_no_tty().set_width(table::width());
    rows.set_header(["case", "", "place", "head start", "what is different"]);
    for change in changes {
        let name = change.ticket.map_or("suppressed".to_owned(), |ticket| ticket.to_string());
        let author =
            change.author.as_deref().map(|author| format!("@{}", text::plain(author.trim_start_matches('@'), 40)));
        rows.add_row([
            [Some(name), author].into_iter().flatten().collect::<Vec<_>>().join("\n"),
            course(change.course),
            format!("{} → {}", place(&change.before), place(&change.after)),
            format!("{} → {}", minutes(&change.before), minutes(&change.after)),
            different(change).join("\n"),
        ]);
    }
    format!("{rows}\n")
}

fn course(course: Course) -> String {
    match course {
        Course::Enters => "enters".to_owned(),
        Course::Leaves => "leaves".to_owned(),
        Course::Up(places) => format!("▲ {places}"),
        Course::Down(places) => format!("▼ {places}"),
        Course::Stays => "stays".to_owned(),
    }
}

fn place(spot: &Spot) -> String {
    spot.place.map_or("–".to_owned(), |place| place.to_string())
}

fn minutes(spot: &Spot) -> String {
    text::whole_minutes(spot.priority.round() as i64)
}

fn different(change: &Change) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for label in Label::ALL {
        if change.gains(label) {
            all.push(format!("heard: {}", name(label)));
        } else if change.loses(label) {
            all.push(format!("not heard: {}", name(label)));
        }
    }
    if change.moves_team() {
        let of = |spot: &Spot| spot.team.as_deref().map_or("everyone".to_owned(), |team| text::plain(team, 40));
        all.push(format!("{} → {}", of(&change.before), of(&change.after)));
    }
    let terms = change.terms.iter().filter(|term| (term.after - term.before).abs() >= SMALLEST_TERM);
    all.extend(terms.map(|term| format!("{:+.0} {}", term.after - term.before, desk::reason(&term.reason))));
    all
}

fn name(label: Label) -> &'static str {
    match label {
        Label::Grief => "grief",
        Label::Frustration => "frustration",
        Label::Advice => "advice",
        Label::Promotion => "promotion",
    }
}
