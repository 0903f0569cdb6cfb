//! `hearken desk`: people take turns with those who need a human.

mod annotation;
mod args;
mod audit;
mod complete;
mod deliver;
mod feed;
mod hooks;
mod intake;
mod keep;
mod list;
mod look;
mod open;
mod outbox;
mod port;
mod print;
mod record;
mod relabel;
mod report;
mod show;
mod verdicts;
mod watch;
mod words;
mod work;

use anyhow::Result;
use hearken::Timestamp;
use hearken_desk::{Error, Filter};

pub(crate) use args::{DeskArgs, EXAMPLES};
pub(crate) use hooks::{Delivering, Failures};
pub(crate) use intake::{disposition_of, labels, terms};
pub(crate) use keep::{Keeper, Kept};
pub(crate) use open::{AnyDesk, name, of_tenant, open_named, open_or_make, store_of};
pub(crate) use print::{json_line, print};
pub(crate) use words::reason;

use crate::args::When;
use crate::output::{in_color, say};
use crate::settings::positive;
use args::{Common, DeskCommand};
use print::Printer;

/// What one command works with.
struct Session {
    desk: AnyDesk,
    name: Option<String>,
    reveal: bool,
    now: Timestamp,
    /// Whether that is the present, which goes on.
    goes_on: bool,
    print: Printer,
}

/// Does what was typed. False where the desk refuses it, or nobody is next.
pub(crate) fn desk(args: DeskArgs) -> Result<bool> {
    match run(args) {
        Err(error) if matches!(error.downcast_ref::<Error>(), Some(Error::Refused(_))) => {
            say(format_args!("{error:#}"));
            Ok(false)
        }
        outcome => outcome,
    }
}

fn run(DeskArgs { common, command }: DeskArgs) -> Result<bool> {
    if let DeskCommand::Import(args) = &command {
        return port::import(open::path(common.desk.as_ref())?, common.tenant.as_ref(), args.file.as_deref());
    }
    let (place, tenant, typed_now) = (common.desk.clone(), common.tenant.clone(), common.now);
    let session = Session::new(common)?;
    match command {
        DeskCommand::Next(args) => session.next(args),
        DeskCommand::Claim(one) => session.claim(one.ticket),
        DeskCommand::List(args) => session.list(args),
        DeskCommand::Show(one) => {
            let case = session.desk.show(one.ticket, session.reveal, session.now)?;
            session.print.case(&case, &[]).map(|()| true)
        }
        DeskCommand::Waiting(limit) => session.waiting(limit.limit.into()),
        DeskCommand::Watch(args) => {
            let serve = |at| watch::serve(&at, place.as_ref(), tenant.as_ref(), typed_now);
            let _served = args.every.and(args.metrics).map(serve).transpose()?;
            session.watch(args.every)
        }
        DeskCommand::Report(args) => session.report(&args),
        DeskCommand::Renew(one) => session.renew(one.ticket),
        DeskCommand::Release(args) => session.release(&args),
        DeskCommand::HandOff(args) => session.hand_off(&args),
        DeskCommand::Answer(args) => session.answer(&args),
        DeskCommand::Resolve(args) => session.resolve(&args),
        DeskCommand::Snooze(args) => session.snooze(&args),
        DeskCommand::Reopen(args) => session.reopen(&args),
        DeskCommand::Hold(args) => session.hold(&args),
        DeskCommand::Pin(args) => session.pin(&args),
        DeskCommand::Note(args) => session.note(&args),
        DeskCommand::Merge(args) => session.merge(&args),
        DeskCommand::Split(args) => session.split(&args),
        DeskCommand::Undo(why) => session.undo(why.why.as_deref()),
        DeskCommand::Supporters(args) => session.supporters(&args),
        DeskCommand::Thank(args) => session.thank(args),
        DeskCommand::Relabel(args) => session.relabel(&args),
        DeskCommand::Verdicts(args) => session.verdicts(&args),
        DeskCommand::Audit(args) => session.audit(&args),
        DeskCommand::Views => session.views(),
        DeskCommand::Spikes(args) => session.spikes(args.since),
        DeskCommand::Outbox(args) => session.outbox(&args),
        DeskCommand::Deliver(args) => {
            let every = args.every.map(positive).transpose()?;
            deliver::deliver(session.desk, every, typed_now, session.print.json)
        }
        DeskCommand::Feed(args) => feed::feed(&session.desk, args.since, args.follow, typed_now),
        DeskCommand::Export => port::export(&session.desk),
        DeskCommand::Import(_) => Ok(true),
    }
}

/// Prints those whose turn comes first, as a run with a desk does when asked for its queue.
pub(crate) fn show_first(desk: &AnyDesk, count: usize, now: Option<Timestamp>, table: When, color: When) -> Result<()> {
    let now = work::present(now);
    let ready = Filter { states: vec!["open".to_owned(), "reopened".to_owned()], ..Filter::default() };
    let tickets = desk.list(&ready, None, count, now)?;
    let cases: Vec<_> =
        tickets.iter().map(|ticket| desk.show(ticket.id, false, now)).collect::<hearken_desk::Result<_>>()?;
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
    let print = Printer { json: !table.or_auto(terminal), color: in_color(color), now };
    print.list(&cases, "Nobody at this desk waits for a human now.")
}

impl Session {
    fn new(common: Common) -> Result<Self> {
        let Common { desk, tenant, name, json, reveal, color, now } = common;
        let desk = open::open(open::path(desk.as_ref())?, tenant.as_ref())?;
        let (now, goes_on) = (work::present(now), now.is_none());
        let print = Printer { json, color: in_color(color.unwrap_or_default()), now };
        Ok(Self { desk, name, reveal, now, goes_on, print })
    }

    /// Who acts.
    fn name(&self) -> Result<String> {
        name(self.name.as_deref())
    }
}
