//! `hearken desk audit`: people look at some of what the queue passed over, and learn how much it misses.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail, ensure};
use hearken::Timestamp;
use hearken::kept::Kept;
use hearken_desk::{Estimate, NewPost, PostKey, Question, Sampled, Ticket, TicketId};
use serde::Serialize;
use serde_json::Value;

use super::Session;
use super::args::AuditArgs;
use super::print::{json_line, print};
use super::words;
use crate::output::text;

/// So far back, unless told otherwise.
const A_WEEK: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

/// So many are asked about in one go at the most. Nobody judges more at a sitting.
const ASKED: usize = 200;

/// Characters of a post that are shown.
const SHOWN: usize = 50_000;

/// From this probability of grief on a text is shown only to who says so: not enough for the queue, enough to be warned.
const MAY_BE_HEAVY: f64 = 0.2;

const HIDDEN: &str = "▒▒▒▒▒▒ this may be heavy; v shows it";

const QUESTION: &str = "grief, urgent, both, neither, skip, quit? [g/u/b/n/s/q] ";

/// The days that are looked at.
#[derive(Clone, Copy)]
struct Days {
    from: Timestamp,
    to: Timestamp,
}

/// What was said of a post.
#[derive(Clone, Copy)]
enum Said {
    Verdict { grief: bool, urgent: bool },
    Skip,
    Quit,
}

/// A post that was passed over, for programs.
#[derive(Serialize)]
struct Drawn<'a> {
    /// What `--judge` takes.
    post: String,
    platform: &'a str,
    id: &'a str,
    author: Option<&'a str>,
    text: &'a str,
    created_at: Timestamp,
    annotation: Value,
}

/// What came of a verdict, for programs.
#[derive(Serialize)]
struct Judged {
    post: String,
    grief: bool,
    urgent: bool,
    ticket: Option<TicketId>,
}

/// How much is heard, for programs.
#[derive(Serialize)]
struct Estimates {
    from: Timestamp,
    to: Timestamp,
    grief: Estimate,
    urgency: Estimate,
}

impl Session {
    pub(super) fn audit(&self, args: &AuditArgs) -> Result<bool> {
        let from = match args.since {
            Some(since) => since,
            None => self.now.saturating_sub(A_WEEK)?,
        };
        let days = Days { from, to: args.until.unwrap_or(self.now) };
        ensure!(days.from <= days.to, "--since {} is after --until {}", days.from, days.to);
        match (&args.draw, &args.judge) {
            (Some(count), _) => self.draw(days, usize::from(*count))?,
            (None, Some(post)) => {
                ensure!(
                    args.grief || args.urgent || args.neither,
                    "what is in it? --grief, --urgent, both of them, or --neither"
                );
                self.judge(&key(post), args.grief, args.urgent)?;
            }
            (None, None) if args.estimate => self.estimate(days)?,
            (None, None) => self.ask_about_all(days)?,
        }
        Ok(true)
    }

    fn draw(&self, days: Days, count: usize) -> Result<()> {
        for sampled in self.desk.draw(days.from, days.to, count)? {
            match self.print.json {
                true => json_line(&Drawn::new(&sampled.post))?,
                false => {
                    let hidden = !self.reveal && may_be_heavy(&sampled.post);
                    let said = if hidden {
                        "▒▒▒▒▒▒ --reveal".to_owned()
                    } else {
                        text::plain(&sampled.post.text, 160)
                    };
                    print(&format!("{}\n  {said}\n", title(&sampled.post)))?;
                }
            }
        }
        Ok(())
    }

    /// Keeps a verdict, and says what came of it.
    fn judge(&self, key: &PostKey, grief: bool, urgent: bool) -> Result<()> {
        let ticket = self.desk.judge(key, &self.name()?, grief, urgent, self.now)?;
        if self.print.json {
            return json_line(&Judged { post: name(key), grief, urgent, ticket: ticket.map(|ticket| ticket.id) });
        }
        print(&noted(ticket.as_ref()))
    }

    fn estimate(&self, days: Days) -> Result<()> {
        let grief = self.desk.estimate(Question::Grief, days.from, days.to)?;
        let urgency = self.desk.estimate(Question::Urgency, days.from, days.to)?;
        if self.print.json {
            let Days { from, to } = days;
            return json_line(&Estimates { from, to, grief, urgency });
        }
        for (what, estimate) in [("grief", grief), ("urgency", urgency)] {
            let [heard, missed, judged, suppressed] =
                [estimate.heard, estimate.missed, estimate.judged, estimate.suppressed].map(text::count);
            print(&format!(
                "estimated {what} recall {estimate}: {heard} heard, {missed} missed among {judged} judged of {suppressed} passed over\n"
            ))?;
        }
        Ok(())
    }

    fn ask_about_all(&self, days: Days) -> Result<()> {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            bail!(
                "an audit asks on a terminal; elsewhere --draw N prints posts, --judge keeps a verdict, --estimate sums up"
            );
        }
        // Before anyone reads what they then can't answer for.
        self.name()?;
        let drawn = self.desk.draw(days.from, days.to, ASKED)?;
        let count = drawn.len();
        if count == 0 {
            print("Nothing is left to judge of what was passed over on these days.\n")?;
        } else {
            print(&format!(
                "{count} to judge, drawn at random from what was passed over or held back. Some may tell of death, despair or violence.\n\
                 What you say is kept at once; q ends it at any time.\n"
            ))?;
        }
        for (place, Sampled { post, .. }) in drawn.iter().enumerate() {
            print(&format!("\n{} of {count} · {}\n", place + 1, title(post)))?;
            match self.ask_about(post)? {
                Said::Verdict { grief, urgent } => self.judge(&post.key(), grief, urgent)?,
                Said::Skip => {}
                Said::Quit => break,
            }
        }
        print("\n")?;
        self.estimate(days)
    }

    /// Shows a post and asks until something is said that makes sense. The end of the input is as good as a goodbye.
    fn ask_about(&self, post: &NewPost) -> Result<Said> {
        let shown = format!("  {}\n", text::plain(&post.text, SHOWN));
        let hidden = !self.reveal && may_be_heavy(post);
        print(if hidden { HIDDEN } else { &shown })?;
        if hidden {
            print("\n")?;
        }
        loop {
            print(QUESTION)?;
            let mut line = String::new();
            if io::stdin().lock().read_line(&mut line).context("reading what you say")? == 0 {
                print("\n")?;
                return Ok(Said::Quit);
            }
            let verdict = |grief, urgent| Ok(Said::Verdict { grief, urgent });
            match line.trim().to_lowercase().as_str() {
                "g" | "grief" => return verdict(true, false),
                "u" | "urgent" => return verdict(false, true),
                "b" | "both" => return verdict(true, true),
                "n" | "neither" => return verdict(false, false),
                "s" | "skip" => return Ok(Said::Skip),
                "q" | "quit" => return Ok(Said::Quit),
                "v" => print(&shown)?,
                _ => {}
            }
        }
    }
}

impl<'a> Drawn<'a> {
    fn new(post: &'a NewPost) -> Self {
        Self {
            post: name(&post.key()),
            platform: &post.platform,
            id: &post.id,
            author: post.author.as_deref(),
            text: &post.text,
            created_at: post.created_at,
            annotation: serde_json::from_str(&post.record).unwrap_or_default(),
        }
    }
}

/// Who wrote it, when and where.
fn title(post: &NewPost) -> String {
    let who = words::author(post.author.as_deref());
    format!("{who} · {} · {}", text::moment(post.created_at), text::plain(&name(&post.key()), 200))
}

fn noted(ticket: Option<&Ticket>) -> String {
    match ticket {
        Some(ticket) => format!("Noted: {} comes before all others now.\n", ticket.id),
        None => "Noted.\n".to_owned(),
    }
}

fn name(key: &PostKey) -> String {
    format!("{}/{}", key.platform, key.id)
}

/// No platform has a slash in its name; many an id has.
fn key(name: &str) -> PostKey {
    let (platform, id) = name.split_once('/').unwrap_or(("", name));
    PostKey::new(platform, id)
}

fn may_be_heavy(post: &NewPost) -> bool {
    Kept::from_json(&post.record).is_ok_and(|kept| kept.judgement.grief.value() >= MAY_BE_HEAVY)
}
