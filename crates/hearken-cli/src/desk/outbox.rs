//! What waits to be told to others, and how their hooks do.

use anyhow::{Result, ensure};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use hearken::Timestamp;
use hearken_desk::outbox::{Backlog, Channel};
use hearken_desk::{Message, Spike, TicketId};
use serde::Serialize;

use super::args::OutboxArgs;
use super::hooks::host;
use super::print::{json_line, print};
use super::{Session, words};
use crate::output::{table, text};

/// Characters of a reason that are shown.
const REASON: usize = 80;

/// A hook as programs read it.
#[derive(Serialize)]
struct HookRecord {
    #[serde(flatten)]
    channel: Channel,
    /// The host of its address, or its program; none if the policy knows it no more.
    to: Option<String>,
    #[serde(flatten)]
    backlog: Backlog,
}

/// A message as programs read it.
#[derive(Serialize)]
struct MessageRecord<'a> {
    #[serde(flatten)]
    message: &'a Message,
    state: &'static str,
}

impl Session {
    /// Lists the hooks and what waits for them; or retries.
    pub(super) fn outbox(&self, args: &OutboxArgs) -> Result<bool> {
        if let Some(what) = &args.retry {
            return self.retry(what);
        }
        let hooks = self.desk.rules()?.hooks;
        let (mut records, mut messages) = (Vec::new(), Vec::new());
        for (channel, backlog) in self.desk.channels()? {
            let room = usize::from(args.limit.limit) - messages.len();
            messages.extend(self.desk.messages(&channel.hook, None, room)?);
            let hook = hooks.iter().find(|hook| hook.name == channel.hook);
            records.push(HookRecord { to: hook.map(host), channel, backlog });
        }
        if self.print.json {
            records.iter().try_for_each(json_line)?;
            let message = |message| json_line(&MessageRecord { message, state: state(message, self.now) });
            messages.iter().try_for_each(message)?;
            return Ok(true);
        }
        if records.is_empty() {
            print("This desk has no hooks: nobody is told of anything.\n")?;
            return Ok(true);
        }
        print(&hooks_table(&records))?;
        if !messages.is_empty() {
            print(&format!("\n{}", messages_table(&messages, self.now)))?;
        }
        Ok(true)
    }

    fn retry(&self, what: &str) -> Result<bool> {
        let mut retried = 0;
        if what == "all" {
            for (channel, _) in self.desk.channels()? {
                retried += self.desk.retry_all(&channel.hook, self.now)?;
            }
        } else if self.desk.channels()?.iter().any(|(channel, _)| channel.hook == what) {
            retried = self.desk.retry_all(what, self.now)?;
        } else {
            ensure!(what.starts_with("msg_"), "there is no hook {what:?}, and the id of a message begins with msg_");
            self.desk.retry(what, self.now)?;
            retried = 1;
        }
        match self.print.json {
            true => json_line(&serde_json::json!({"retried": retried})),
            false => print(&format!("Tried again as soon as possible: {}\n", text::count(retried))),
        }?;
        Ok(true)
    }

    /// Lists spikes, the latest first.
    pub(super) fn spikes(&self, since: Option<Timestamp>) -> Result<bool> {
        #[derive(Serialize)]
        struct Record<'a> {
            #[serde(flatten)]
            spike: &'a Spike,
            /// Whether it was noticed within the last hour.
            current: bool,
        }
        let since = self.since(since)?;
        let spikes = self.desk.spikes(since)?;
        for spike in &spikes {
            let current = spike.is_recent(self.now);
            if self.print.json {
                json_line(&Record { spike, current })?;
                continue;
            }
            let (what, tickets, minutes) = (spike.name(), text::count(spike.tickets), spike.minutes);
            let usual = format!("where {:.1} are usual", spike.expected);
            let now = if current { " · now" } else { "" };
            let since = text::moment(spike.since);
            print(&format!("{since} · {what}: {tickets} new tickets in {minutes} min, {usual}{now}\n"))?;
        }
        if spikes.is_empty() && !self.print.json {
            print("No spikes.\n")?;
        }
        Ok(true)
    }
}

fn state(message: &Message, now: Timestamp) -> &'static str {
    match message.next_try_at {
        None => "put_aside",
        Some(_) if message.is_under_way(now) => "under_way",
        Some(_) => "waiting",
    }
}

fn hooks_table(records: &[HookRecord]) -> String {
    let mut table = plain(["hook", "to", "waiting", "put aside", "delivered", "dropped", ""]);
    for HookRecord { channel, to, backlog } in records {
        let to = to.as_deref().map_or_else(|| "(not in the policy any more)".to_owned(), words::name);
        let closed = channel.closed_at.map(|at| format!("wants no more since {}", text::moment(at)));
        let [waiting, put_aside, delivered, dropped] =
            [backlog.waiting, backlog.put_aside, channel.delivered, channel.dropped].map(text::count);
        table.add_row([
            words::name(&channel.hook),
            to,
            waiting,
            put_aside,
            delivered,
            dropped,
            closed.unwrap_or_default(),
        ]);
    }
    for column in table.column_iter_mut().skip(2).take(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    rendered(&table)
}

fn messages_table(messages: &[Message], now: Timestamp) -> String {
    let mut table = plain(["message", "for", "what", "tries", "next", "why not yet"]);
    for message in messages {
        let of = message.ticket.map_or_else(|| message.spike.as_ref().map_or("", |spike| spike.name()).to_owned(), id);
        let next = match (state(message, now), message.next_try_at) {
            ("under_way", _) => "under way".to_owned(),
            (_, None) => "put aside".to_owned(),
            (_, Some(at)) if at <= now => "now".to_owned(),
            (_, Some(at)) => text::moment(at),
        };
        table.add_row([
            message.id.clone(),
            words::name(&message.hook),
            format!("{} {of}", message.event.name()),
            message.tries.to_string(),
            next,
            text::plain(message.last_error.as_deref().unwrap_or_default(), REASON),
        ]);
    }
    rendered(&table)
}

fn id(ticket: TicketId) -> String {
    ticket.to_string()
}

fn plain<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(table::width());
    table.set_header(header);
    table
}

fn rendered(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
