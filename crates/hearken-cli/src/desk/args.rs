//! What can be typed after `hearken desk`.

use std::path::PathBuf;

use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use hearken::Timestamp;
use hearken_desk::{Alarm, By, Label, Outcome, State, TicketId};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{complete, feed};
use crate::args::When;
use crate::metrics::Address;
use crate::tenants::TenantName;

pub(crate) const EXAMPLES: &str = "\
Examples:
  hearken run posts.jsonl --desk desk.db            the posts of a file become tickets
  export HEARKEN_DESK=desk.db HEARKEN_AS=ann        so that it need not be typed each time
  hearken desk waiting                              how many wait, and who waits longest
  hearken desk next                                 claims whoever needs you most, and shows them
  hearken desk answer T3                            you have replied to them; hearken sends nothing
  hearken desk resolve T3 --outcome helped          and nothing more is to be done
  hearken desk snooze T3 --for 2h --why 'asked for their flight'
  hearken desk hand-off T3 --to ben --why 'speaks German'
  hearken desk list --urgency-from 2 --save-view red; hearken desk list --view red --json
  hearken desk relabel T3 --labels grief --urgency 2          what should have been heard in it
  hearken desk audit                                judge some of what was passed over: how much is missed?
  hearken desk watch --every 30s                    says who will soon have waited too long, and who has
  hearken desk report --since 7d --by label         how long people waited
  hearken desk feed --since 2026-11-20T00:00:00Z    the tickets that have changed, for a helpdesk
  hearken desk outbox                               what your own systems are still to be told (policy: [[desk.hook]])

Exit status: 0 done; 1 refused, as when someone else has the ticket, or nobody is next; 2 usage or fatal.";

const FEED: &str = "\
One object for each ticket that has changed, as it stands now, in the order of its last change:
  cursor           what --since takes to go on after this line; a ticket may come again
  ticket           its name, such as T12
  state            open, reopened, claimed, snoozed, answered, resolved, held, merged, deleted
  standing         waiting, assigned, acknowledged, or aside (held, merged, deleted)
  assignee         who has it, put it off, answered or resolved it
  until            when a claim or a snooze ends
  outcome          of a resolved one: helped, referred, nothing_needed, unreachable, misheard
  merged_into      the ticket that it is part of
  person           {\"platform\", \"author\"}; null if unknown or taken back
  labels, urgency  what was heard; 0 to 3
  lang, team, pinned, posts (how many)
  alarm            null, warned (it will soon be late), or breached (it is)
  due_by, opened_at, last_post_at, waiting_since, acknowledged_at

Times are UTC as in RFC 3339. No line holds a word of a post. These fields stay; more may come.

Example, where push brings a line to a helpdesk, and is asked again from where it failed:
  hearken desk feed --since \"$(cat cursor 2>/dev/null || echo 0)\" |
    while read -r line; do push \"$line\" || break; jq .cursor <<< \"$line\" > cursor; done";

#[derive(Debug, Args)]
pub(crate) struct DeskArgs {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: DeskCommand,
}

/// What goes for every command of a desk.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The desk: a file, or postgres://NAME@HOST/DATABASE, with ?schema=SCHEMA where it isn't hearken, and sslmode and all else as psql
    /// has it. A password is better kept in HEARKEN_DESK than typed.
    #[arg(long, env = "HEARKEN_DESK", hide_env_values = true, value_name = "FILE|URL", global = true)]
    pub(super) desk: Option<PathBuf>,

    /// Whose tickets: those of the tenant NAME alone, where several share a desk; one for whom nobody has run is an error
    /// [default: a desk without tenants].
    #[arg(long, env = "HEARKEN_TENANT", value_name = "NAME", global = true)]
    pub(super) tenant: Option<TenantName>,

    /// Who you are [default: your login name].
    #[arg(long = "as", env = "HEARKEN_AS", value_name = "NAME", global = true)]
    pub(super) name: Option<String>,

    /// Print JSON, one object a line.
    #[arg(long, env = "HEARKEN_JSON", value_parser = BoolishValueParser::new(), global = true)]
    pub(super) json: bool,

    /// Show heavy texts of grief, which are hidden until someone asks.
    #[arg(long, env = "HEARKEN_REVEAL", value_parser = BoolishValueParser::new(), global = true)]
    pub(super) reveal: bool,

    /// Use colours; auto: on a terminal, unless NO_COLOR is set [default: auto].
    #[arg(long, env = "HEARKEN_COLOR", value_enum, value_name = "WHEN", global = true)]
    pub(super) color: Option<When>,

    /// Take TIME for the present, e.g. 2026-11-21T00:00:00Z.
    #[arg(long, env = "HEARKEN_NOW", value_name = "TIME", global = true)]
    pub(super) now: Option<Timestamp>,
}

#[derive(Debug, Subcommand)]
pub(super) enum DeskCommand {
    /// Claim the best ticket for you and show it; exits with 1 when there is none.
    Next(NextArgs),
    /// Claim this ticket, whosever turn it is.
    Claim(One),
    /// List tickets in the order of their turns.
    List(ListArgs),
    /// Show a ticket: its posts, the replies to them, why it stands where it stands, its history.
    Show(One),
    /// Say how many wait, since when, and list them, whoever waits longest first.
    Waiting(Limit),
    /// Say who will soon have waited too long, and who has.
    ///
    /// Looks at the due time of everyone who waits. Who is close to it is warned of once, as the target of their service level says;
    /// who is past it is told once, marked as late, and moves ahead in the queue. `run --desk` and `next` look too, so this is for
    /// people who want to hear of it. Each is one line, here and in the history of the ticket.
    Watch(WatchArgs),
    /// Say how long people waited for a first answer and for the end of their case.
    ///
    /// Read from the history of all tickets that came to the desk in some time. The first answer counts from the first post that
    /// nobody had answered by then; a case that a colleague closed without one counts as answered then. "In time" is by the targets
    /// that are in force now, and counts those who still wait once they are late. Where a target counts in the hours of a calendar,
    /// those are shown in brackets. Percentiles are right to three digits.
    Report(ReportArgs),
    /// Keep a claimed ticket for another lease.
    Renew(One),
    /// Give a ticket back.
    Release(OneWhy),
    /// Give a claimed ticket to a colleague or a team.
    HandOff(HandOffArgs),
    /// Write down that you have replied; hearken sends nothing.
    Answer(AnswerArgs),
    /// Say that nothing more is to be done, and how it ended.
    Resolve(ResolveArgs),
    /// Promise to come back to a ticket.
    Snooze(SnoozeArgs),
    /// Open a ticket again.
    Reopen(OneWhy),
    /// Put a ticket with the promotion.
    Hold(OneWhy),
    /// Put a ticket before all others, or take the pin out.
    Pin(PinArgs),
    /// Write something down for colleagues to read.
    Note(NoteArgs),
    /// Make a ticket part of another: they are about the same.
    Merge(MergeArgs),
    /// Take posts out of a ticket and make a new one of them.
    Split(SplitArgs),
    /// Take back the last thing that you did.
    Undo(Why),
    /// List those who were kind to people who mourn, and whom nobody thanked yet.
    Supporters(SupportersArgs),
    /// Write down that you have thanked someone for a reply.
    Thank(ThankArgs),
    /// Say what should have been heard in a post; the ticket follows, and a model can learn from it.
    #[command(after_long_help = RELABEL)]
    Relabel(RelabelArgs),
    /// Print what people said of what was heard: corrections, misheard cases, verdicts of audits.
    #[command(after_long_help = VERDICTS)]
    Verdicts(VerdictsArgs),
    /// Judge some of what was passed over or held back, and learn how much the queue misses.
    #[command(after_long_help = AUDIT)]
    Audit(AuditArgs),
    /// List the names of saved views.
    Views,
    /// List when many more people than usual came within minutes, the latest first.
    Spikes(Since),
    /// List what waits to be told to the team's own systems, and how their hooks do; or have it tried again.
    Outbox(OutboxArgs),
    /// Deliver what is due to hooks now, which a run with a desk does by itself; exits with 1 when something was not delivered.
    Deliver(DeliverArgs),
    /// Print the tickets that have changed as JSONL, for helpdesks and the like; each line has the cursor to go on from.
    #[command(after_long_help = FEED)]
    Feed(FeedArgs),
    /// Print all of a desk as JSONL: history, tickets, posts.
    Export,
    /// Take what was exported into a new desk.
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The ticket, such as T12.
    #[arg(value_parser = ticket, add = ArgValueCompleter::new(complete::tickets))]
    pub(super) ticket: TicketId,
}

#[derive(Debug, Args)]
pub(super) struct Why {
    /// Why, for the history.
    #[arg(long, env = "HEARKEN_WHY", value_name = "TEXT")]
    pub(super) why: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct OneWhy {
    #[command(flatten)]
    pub(super) one: One,
    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct Limit {
    /// List so many at the most.
    #[arg(long, env = "HEARKEN_LIMIT", value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) limit: u16,
}

#[derive(Debug, Args)]
pub(super) struct NextArgs {
    /// What you can deal with: grief, frustration, advice, promotion [default: everything].
    #[arg(long, env = "HEARKEN_SKILLS", value_name = "LABELS", value_delimiter = ',', value_parser = label())]
    pub(super) skills: Vec<Label>,

    /// The languages that you read, e.g. en,de [default: all].
    #[arg(long, env = "HEARKEN_LANGUAGES", value_name = "TAGS", value_delimiter = ',')]
    pub(super) languages: Vec<String>,

    /// Your team.
    #[arg(long, env = "HEARKEN_TEAM", value_name = "NAME")]
    pub(super) team: Option<String>,

    /// More grief, although you had much of it.
    #[arg(long, env = "HEARKEN_MORE_GRIEF", value_parser = BoolishValueParser::new())]
    pub(super) more_grief: bool,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Tickets in these states [default: those with which something is still to be done].
    #[arg(long, env = "HEARKEN_STATE", value_name = "STATES", value_delimiter = ',', value_parser = PossibleValuesParser::new(State::NAMES))]
    pub(super) state: Vec<String>,

    /// With at least one of these labels.
    #[arg(long, env = "HEARKEN_LABEL", value_name = "LABELS", value_delimiter = ',', value_parser = label())]
    pub(super) label: Vec<Label>,

    /// At least so urgent, 0 to 3.
    #[arg(long, env = "HEARKEN_URGENCY_FROM", value_name = "N")]
    pub(super) urgency_from: Option<f64>,

    /// In this language.
    #[arg(long, env = "HEARKEN_LANG", value_name = "TAG")]
    pub(super) lang: Option<String>,

    /// For this team.
    #[arg(long, env = "HEARKEN_TEAM", value_name = "NAME")]
    pub(super) team: Option<String>,

    /// That this colleague has, has put off, answered or resolved.
    #[arg(long, env = "HEARKEN_HOLDER", value_name = "NAME")]
    pub(super) holder: Option<String>,

    /// By this author.
    #[arg(long, env = "HEARKEN_AUTHOR", value_name = "NAME")]
    pub(super) author: Option<String>,

    /// Due before this time.
    #[arg(long, env = "HEARKEN_DUE_BEFORE", value_name = "TIME")]
    pub(super) due_before: Option<Timestamp>,

    /// That will soon be late, or are.
    #[arg(long, env = "HEARKEN_ALARM", value_name = "ALARM", value_parser = alarm())]
    pub(super) alarm: Option<Alarm>,

    /// Begin with the filters of a saved view.
    #[arg(long, env = "HEARKEN_VIEW", value_name = "NAME", add = ArgValueCompleter::new(complete::views))]
    pub(super) view: Option<String>,

    /// Keep these filters as a view.
    #[arg(long, env = "HEARKEN_SAVE_VIEW", value_name = "NAME")]
    pub(super) save_view: Option<String>,

    #[command(flatten)]
    pub(super) limit: Limit,
}

#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Stay, and look so often, e.g. 30s [default: look once].
    #[arg(long, env = "HEARKEN_EVERY", value_name = "DURATION", value_parser = period)]
    pub(super) every: Option<SignedDuration>,

    /// With --every: serve metrics of the desk for Prometheus at ADDR, a port of this machine or HOST:PORT.
    #[arg(long, env = "HEARKEN_METRICS", value_name = "ADDR")]
    pub(super) metrics: Option<Address>,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Of cases that came since then: a time, or so long ago, e.g. 7d [default: 28d].
    #[arg(long, env = "HEARKEN_SINCE", value_name = "TIME", value_parser = moment)]
    pub(super) since: Option<Moment>,

    /// And before then [default: now].
    #[arg(long, env = "HEARKEN_UNTIL", value_name = "TIME", value_parser = moment)]
    pub(super) until: Option<Moment>,

    /// A line for each.
    #[arg(long, env = "HEARKEN_BY", value_name = "WHAT", default_value = "label", value_parser = by())]
    pub(super) by: By,

    /// Print CSV, for spreadsheets; times are whole seconds.
    #[arg(long, env = "HEARKEN_CSV", value_parser = BoolishValueParser::new(), conflicts_with = "json")]
    pub(super) csv: bool,
}

/// A moment as it is typed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    At(Timestamp),
    /// So long before the present.
    Ago(SignedDuration),
}

#[derive(Debug, Args)]
pub(super) struct HandOffArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// The colleague who has it from now on, for one lease.
    #[arg(
        long,
        env = "HEARKEN_TO",
        value_name = "NAME",
        required_unless_present = "to_team",
        conflicts_with = "to_team"
    )]
    pub(super) to: Option<String>,

    /// The team any of whom may claim it.
    #[arg(long, env = "HEARKEN_TO_TEAM", value_name = "NAME")]
    pub(super) to_team: Option<String>,

    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct AnswerArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// Although the person was contacted lately.
    #[arg(long, env = "HEARKEN_DESPITE_BUDGET", value_parser = BoolishValueParser::new())]
    pub(super) despite_budget: bool,

    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct ResolveArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// How it ended.
    #[arg(long, env = "HEARKEN_OUTCOME", value_name = "OUTCOME", value_parser = outcome())]
    pub(super) outcome: Outcome,

    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct SnoozeArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// For so long, e.g. 2h or 1d.
    #[arg(
        long = "for",
        env = "HEARKEN_FOR",
        value_name = "DURATION",
        required_unless_present = "until",
        conflicts_with = "until"
    )]
    pub(super) period: Option<SignedDuration>,

    /// Until this time.
    #[arg(long, env = "HEARKEN_UNTIL", value_name = "TIME")]
    pub(super) until: Option<Timestamp>,

    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct PinArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// Take the pin out.
    #[arg(long, env = "HEARKEN_OFF", value_parser = BoolishValueParser::new())]
    pub(super) off: bool,

    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct NoteArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// What to write down.
    #[arg(required = true, value_name = "TEXT")]
    pub(super) note: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// The ticket that it becomes part of.
    #[arg(long, env = "HEARKEN_INTO", value_name = "TICKET", value_parser = ticket, add = ArgValueCompleter::new(complete::tickets))]
    pub(super) into: TicketId,

    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct SplitArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// The ids of the posts.
    #[arg(required = true, value_name = "POSTS")]
    pub(super) posts: Vec<String>,

    #[command(flatten)]
    pub(super) why: Why,
}

#[derive(Debug, Args)]
pub(super) struct SupportersArgs {
    /// Who replied since this time [default: a week ago].
    #[arg(long, env = "HEARKEN_SINCE", value_name = "TIME")]
    pub(super) since: Option<Timestamp>,

    #[command(flatten)]
    pub(super) limit: Limit,
}

#[derive(Debug, Args)]
pub(super) struct Since {
    /// Since this time [default: a week ago].
    #[arg(long, env = "HEARKEN_SINCE", value_name = "TIME")]
    pub(super) since: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(super) struct OutboxArgs {
    /// Have this message tried again, or all of a hook, or all.
    #[arg(long, env = "HEARKEN_RETRY", value_name = "ID|HOOK|all")]
    pub(super) retry: Option<String>,

    #[command(flatten)]
    pub(super) limit: Limit,
}

#[derive(Debug, Args)]
pub(super) struct DeliverArgs {
    /// Stay, and look so often, e.g. 10s.
    #[arg(long, env = "HEARKEN_EVERY", value_name = "DURATION")]
    pub(super) every: Option<SignedDuration>,
}

#[derive(Debug, Args)]
pub(super) struct FeedArgs {
    /// Only what was changed after the line with this cursor, or from this time on [default: everything].
    #[arg(long, env = "HEARKEN_SINCE", value_name = "CURSOR|TIME")]
    pub(super) since: Option<feed::Since>,

    /// Wait for more.
    #[arg(long, env = "HEARKEN_FOLLOW", value_parser = BoolishValueParser::new())]
    pub(super) follow: bool,
}

#[derive(Debug, Args)]
pub(super) struct ThankArgs {
    /// The id of the reply.
    pub(super) reply: String,

    /// The network that it is on.
    #[arg(long, env = "HEARKEN_PLATFORM", value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(super) platform: String,
}

const RELABEL: &str = "\
  hearken desk relabel T3 --labels grief,advice_seeking --urgency 2     all that is in the post
  hearken desk relabel T3 --labels none --urgency 0                     nothing is
  hearken desk relabel T3 --not-heard promotion                         this is not; of the rest nothing is said

The turn of the ticket follows at once, as if the model had been sure; undo takes it back, and a later word takes the place of an
earlier one. What the model said stays in the annotation, and both can be trained on: hearken desk verdicts --training.";

/// What a model hears in a post, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Head {
    Grief,
    Frustration,
    AdviceSeeking,
    AdviceGiving,
    Promotion,
}

const HEADS: [&str; 5] = ["grief", "frustration", "advice_seeking", "advice_giving", "promotion"];

#[derive(Debug, Args)]
pub(super) struct RelabelArgs {
    #[command(flatten)]
    pub(super) one: One,

    /// The id of the post, where the ticket has several.
    #[arg(long, env = "HEARKEN_POST", value_name = "ID")]
    pub(super) post: Option<String>,

    /// All that should have been heard; the rest should not. None of it: none.
    #[arg(
        long,
        env = "HEARKEN_LABELS",
        value_name = "LABELS",
        value_delimiter = ',',
        value_parser = head_or_none(),
        conflicts_with = "not_heard",
        required_unless_present_any = ["not_heard", "urgency"]
    )]
    pub(super) labels: Option<Vec<Option<Head>>>,

    /// What should not have been heard; nothing is said of the rest.
    #[arg(long, env = "HEARKEN_NOT_HEARD", value_name = "LABELS", value_delimiter = ',', value_parser = head())]
    pub(super) not_heard: Vec<Head>,

    /// How urgent it is: 0 nobody is needed, 1 a question, 2 a clear problem, 3 a crisis.
    #[arg(long, env = "HEARKEN_URGENCY", value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(super) urgency: Option<u8>,

    #[command(flatten)]
    pub(super) why: Why,
}

const VERDICTS: &str = "\
Each post comes once: by what a colleague corrected, else by a case that was resolved as misheard (of one post and one label, for
of more nobody knows which is meant), else by its verdict in an audit. Posts that were taken back are left out.

With --training one row of training data a line, in the format of scripts/train: the text, 1 or 0 for each label and null where
nobody said so. Names of authors are left out, e-mail addresses and numbers masked; the rest of the text is a person's own words.";

#[derive(Debug, Args)]
pub(super) struct VerdictsArgs {
    /// Print rows of training data, with the texts.
    #[arg(long, env = "HEARKEN_TRAINING", value_parser = BoolishValueParser::new())]
    pub(super) training: bool,

    /// What was said since this time.
    #[arg(long, env = "HEARKEN_SINCE", value_name = "TIME")]
    pub(super) since: Option<Timestamp>,
}

const AUDIT: &str = "\
Of the posts that nobody needs, by what was heard in them, and of those that are held back, an even sample of 500 a day is kept.
An audit shows some of them in random order and asks what they are about; from the answers follows how much was missed:

  hearken desk audit                                one after the other, on a terminal
  hearken desk audit --draw 20 --json               for programs: 20 posts to judge
  hearken desk audit --judge example/n7 --grief     what was found in one; whoever it is comes before all others
  hearken desk audit --estimate                     estimated grief recall 0.94 [0.89, 0.97]: …

The interval covers 95 %. It holds if posts are judged in the order in which they are shown, and none is skipped for what it says.
Posts in languages that the model doesn't read are not among them.";

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Print up to N posts that nobody has judged yet, and ask nothing.
    #[arg(long, env = "HEARKEN_DRAW", value_name = "N", conflicts_with_all = ["judge", "estimate"], value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) draw: Option<u16>,

    /// Keep what you made of this post, as --draw names it; a later word takes the place of an earlier one.
    #[arg(long, env = "HEARKEN_JUDGE", value_name = "PLATFORM/ID", conflicts_with = "estimate")]
    pub(super) judge: Option<String>,

    /// With --judge: someone mourns in it.
    #[arg(long, env = "HEARKEN_GRIEF", requires = "judge", value_parser = BoolishValueParser::new())]
    pub(super) grief: bool,

    /// With --judge: someone needed a human soon.
    #[arg(long, env = "HEARKEN_URGENT", requires = "judge", value_parser = BoolishValueParser::new())]
    pub(super) urgent: bool,

    /// With --judge: neither of the two.
    #[arg(long, env = "HEARKEN_NEITHER", requires = "judge", conflicts_with_all = ["grief", "urgent"], value_parser = BoolishValueParser::new())]
    pub(super) neither: bool,

    /// Say how much of what should have been heard was heard.
    #[arg(long, env = "HEARKEN_ESTIMATE", value_parser = BoolishValueParser::new())]
    pub(super) estimate: bool,

    /// Of the day of this time and later ones, in UTC [default: a week ago].
    #[arg(long, env = "HEARKEN_SINCE", value_name = "TIME")]
    pub(super) since: Option<Timestamp>,

    /// Of the day of this time and earlier ones [default: today].
    #[arg(long, env = "HEARKEN_UNTIL", value_name = "TIME")]
    pub(super) until: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// What was exported; "-" or none is standard input.
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
}

fn ticket(name: &str) -> Result<TicketId, String> {
    name.parse().map_err(|_| "a ticket has a name such as T12".to_owned())
}

fn label() -> impl TypedValueParser<Value = Label> {
    PossibleValuesParser::new(["grief", "frustration", "advice", "promotion"]).try_map(|name| named(&name))
}

fn head() -> impl TypedValueParser<Value = Head> {
    PossibleValuesParser::new(HEADS).try_map(|name| named(&name))
}

/// A head; none for the word that stands for none.
fn head_or_none() -> impl TypedValueParser<Value = Option<Head>> {
    PossibleValuesParser::new(HEADS.into_iter().chain(["none"])).try_map(|name| match name.as_str() {
        "none" => Ok(None),
        name => named(name).map(Some),
    })
}

fn outcome() -> impl TypedValueParser<Value = Outcome> {
    PossibleValuesParser::new(["helped", "referred", "nothing-needed", "unreachable", "misheard"])
        .try_map(|name| named(&name))
}

fn alarm() -> impl TypedValueParser<Value = Alarm> {
    PossibleValuesParser::new(["warned", "breached"]).try_map(|name| named(&name))
}

fn by() -> impl TypedValueParser<Value = By> {
    PossibleValuesParser::new(["label", "urgency", "team", "week"]).try_map(|name| named(&name))
}

/// A span of time that is more than nothing, such as `30s` or `7d`.
fn period(typed: &str) -> Result<SignedDuration, String> {
    let span: Result<Span, _> = typed.parse();
    let period = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    period.ok().filter(SignedDuration::is_positive).ok_or_else(|| "a span of time is written 30s, 2h or 7d".to_owned())
}

fn moment(typed: &str) -> Result<Moment, String> {
    let at = typed.parse().map(Moment::At);
    at.or_else(|_| period(typed).map(Moment::Ago))
        .map_err(|_| "a time is written 2026-11-21T00:00:00Z, or 7d for so long ago".to_owned())
}

/// What records call by this name.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(name.replace('-', "_").into())
}
