//! Random operations, with crashes in between, against a model that is as simple as can be.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hearken_desk::store::{Rows, RowsMut, Store, Survives};
use hearken_desk::{Claimant, Desk, Filter, MemoryStore, Next, Outcome, Result, Rules, Ticket, TicketId};
use proptest::prelude::*;

use crate::testing::{at, post, posts};

const NAMES: [&str; 3] = ["ann", "bob", "cem"];
const LEASE: i64 = 30;

#[derive(Clone, Debug)]
enum Op {
    Write { author: u8 },
    Next(usize),
    Claim(i64, usize),
    Renew(i64, usize),
    Release(i64, usize),
    HandOff(i64, usize, usize),
    Answer(i64, usize),
    Resolve(i64, usize),
    Snooze(i64, usize, i64),
    Reopen(i64, usize),
    Hold(i64, usize),
    Pin(i64, usize, bool),
    Undo(usize),
    Wait(i64),
}

fn op() -> impl Strategy<Value = Op> {
    let (who, which) = (0..NAMES.len(), 1..4i64);
    prop_oneof![
        3 => (0..3u8).prop_map(|author| Op::Write { author }),
        4 => who.clone().prop_map(Op::Next),
        1 => (which.clone(), who.clone()).prop_map(|(id, by)| Op::Claim(id, by)),
        1 => (which.clone(), who.clone()).prop_map(|(id, by)| Op::Renew(id, by)),
        1 => (which.clone(), who.clone()).prop_map(|(id, by)| Op::Release(id, by)),
        1 => (which.clone(), who.clone(), who.clone()).prop_map(|(id, by, to)| Op::HandOff(id, by, to)),
        2 => (which.clone(), who.clone()).prop_map(|(id, by)| Op::Answer(id, by)),
        2 => (which.clone(), who.clone()).prop_map(|(id, by)| Op::Resolve(id, by)),
        1 => (which.clone(), who.clone(), 1..50i64).prop_map(|(id, by, minutes)| Op::Snooze(id, by, minutes)),
        1 => (which.clone(), who.clone()).prop_map(|(id, by)| Op::Reopen(id, by)),
        1 => (which.clone(), who.clone()).prop_map(|(id, by)| Op::Hold(id, by)),
        1 => (which, who.clone(), any::<bool>()).prop_map(|(id, by, pinned)| Op::Pin(id, by, pinned)),
        1 => who.prop_map(Op::Undo),
        2 => (1..40i64).prop_map(Op::Wait),
    ]
}

/// A ticket as the model has it: the name of a state, whose it is, and until when.
#[derive(Clone, Debug, PartialEq)]
struct Simple {
    author: u8,
    state: &'static str,
    holder: Option<usize>,
    until: i64,
    pinned: bool,
    rank: i64,
    waits: bool,
}

#[derive(Clone, Debug, Default)]
struct Model {
    now: i64,
    tickets: Vec<Simple>,
    /// What the desk calls them: a store may leave numbers out where a change failed.
    ids: Vec<TicketId>,
}

impl Model {
    /// The ticket of a number, from 1; one that isn't there has an id all the same.
    fn id(&self, number: i64) -> TicketId {
        self.ids.get(number as usize - 1).copied().unwrap_or(TicketId(1_000_000 + number))
    }

    /// Learns what the desk calls the tickets that are new.
    fn name_new<S: Store>(&mut self, desk: &Desk<S>) {
        for ticket in &self.tickets[self.ids.len()..] {
            let by_author = Filter { author: Some(ticket.author.to_string()), ..Filter::default() };
            self.ids.extend(desk.list(&by_author, None, 1, at(self.now)).unwrap().first().map(|ticket| ticket.id));
        }
    }

    fn end_what_has_ended(&mut self) {
        for ticket in &mut self.tickets {
            if ["claimed", "snoozed"].contains(&ticket.state) && ticket.until <= self.now {
                (ticket.state, ticket.holder) = ("open", None);
            }
        }
    }

    fn next(&self) -> Option<usize> {
        let free = |ticket: &Simple| ["open", "reopened"].contains(&ticket.state);
        (0..self.tickets.len())
            .filter(|place| free(&self.tickets[*place]))
            .min_by_key(|place| (!self.tickets[*place].pinned, self.tickets[*place].rank, *place))
    }

    /// What a step makes of a ticket, if it may be taken.
    fn step(&mut self, op: &Op) -> bool {
        self.end_what_has_ended();
        let now = self.now;
        if let Op::Write { author } = op {
            return self.write(*author);
        }
        let (id, by) = match op {
            Op::Claim(id, by)
            | Op::Renew(id, by)
            | Op::Release(id, by)
            | Op::HandOff(id, by, _)
            | Op::Answer(id, by)
            | Op::Resolve(id, by)
            | Op::Snooze(id, by, _)
            | Op::Reopen(id, by)
            | Op::Hold(id, by)
            | Op::Pin(id, by, _) => (*id, *by),
            _ => return true,
        };
        let Some(ticket) = self.tickets.get_mut(id as usize - 1) else { return false };
        let mine = ticket.holder == Some(by);
        let has = mine && ticket.state == "claimed";
        let taken = !mine && ticket.state == "claimed";
        let (allowed, state, holder) = match op {
            Op::Claim(..) => {
                let free = ["open", "reopened"].contains(&ticket.state);
                (free || has || (mine && ticket.state == "snoozed"), "claimed", Some(by))
            }
            Op::Renew(..) => (has, "claimed", Some(by)),
            Op::Release(..) => (has || (mine && ticket.state == "snoozed"), "open", None),
            Op::HandOff(_, _, to) => (has, "claimed", Some(*to)),
            Op::Answer(..) => (has || (mine && ticket.state == "answered"), "answered", Some(by)),
            Op::Resolve(..) => (has || ["answered", "held"].contains(&ticket.state), "resolved", Some(by)),
            Op::Snooze(..) => {
                (has || ticket.state == "answered" || (mine && ticket.state == "snoozed"), "snoozed", Some(by))
            }
            Op::Reopen(..) => (["snoozed", "answered", "resolved", "held"].contains(&ticket.state), "reopened", None),
            Op::Hold(..) => (!taken, "held", None),
            Op::Pin(_, _, pinned) => {
                ticket.pinned = *pinned;
                return true;
            }
            _ => return true,
        };
        if allowed {
            (ticket.state, ticket.holder) = (state, holder);
            match op {
                Op::Snooze(_, _, minutes) => ticket.until = now + minutes,
                Op::Answer(..) | Op::Resolve(..) => ticket.waits = false,
                Op::Reopen(..) => ticket.waits = true,
                _ => ticket.until = now + LEASE,
            }
        }
        allowed
    }

    fn write(&mut self, author: u8) -> bool {
        let now = self.now;
        let Some(ticket) = self.tickets.iter_mut().find(|ticket| ticket.author == author) else {
            let new = Simple { author, state: "open", holder: None, until: 0, pinned: false, rank: now, waits: true };
            self.tickets.push(new);
            return true;
        };
        match ticket.state {
            "open" | "reopened" | "claimed" => {}
            "held" => (ticket.state, ticket.holder) = ("open", None),
            _ => (ticket.state, ticket.holder) = ("reopened", None),
        }
        if !ticket.waits {
            ticket.rank = now;
        }
        ticket.waits = true;
        true
    }
}

/// A store that fails when it is told to: after the work is done, and before it is committed.
struct Crashing<S>(S, std::cell::Cell<bool>);

impl<S: Store> Store for Crashing<S> {
    fn read<T>(&self, tenant: &str, work: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        self.0.read(tenant, work)
    }

    fn write<T>(
        &self,
        tenant: &str,
        survives: Survives,
        mut work: impl FnMut(&mut dyn RowsMut) -> Result<T>,
    ) -> Result<T> {
        self.0.write(tenant, survives, |rows| {
            let done = work(rows)?;
            assert!(!self.1.replace(false), "the crash that was asked for");
            Ok(done)
        })
    }
}

fn rules() -> Rules {
    let mut rules = Rules { case_within: std::time::Duration::from_secs(1 << 30), ..Rules::default() };
    for budget in [&mut rules.contact, &mut rules.grief_contact] {
        (budget.times, budget.quiet) = (u32::MAX, std::time::Duration::ZERO);
    }
    rules
}

/// Whether it was allowed.
fn perform<S: Store>(desk: &Desk<S>, op: &Op, model: &Model, posts_written: usize) -> Result<Option<Ticket>> {
    let now = at(model.now);
    let (id, name) = (|number| model.id(number), |by: usize| NAMES[by]);
    Ok(Some(match op {
        Op::Write { author } => {
            let post = post(&posts_written.to_string(), &author.to_string(), model.now);
            desk.take_in(&posts([post]), now)?;
            return Ok(None);
        }
        Op::Next(by) => match desk.next(&Claimant::new(name(*by)), now)? {
            Next::Claimed(claimed) => claimed.ticket,
            _ => return Ok(None),
        },
        Op::Claim(ticket, by) => desk.claim(id(*ticket), name(*by), now)?.ticket,
        Op::Renew(ticket, by) => desk.renew(id(*ticket), name(*by), now)?,
        Op::Release(ticket, by) => desk.release(id(*ticket), name(*by), None, now)?,
        Op::HandOff(ticket, by, to) => desk.hand_off(id(*ticket), name(*by), name(*to), None, now)?,
        Op::Answer(ticket, by) => desk.answer(id(*ticket), name(*by), None, false, now)?.ticket,
        Op::Resolve(ticket, by) => desk.resolve(id(*ticket), name(*by), Outcome::Helped, None, now)?,
        Op::Snooze(ticket, by, minutes) => desk.snooze(id(*ticket), name(*by), at(model.now + minutes), None, now)?,
        Op::Reopen(ticket, by) => desk.reopen(id(*ticket), name(*by), None, now)?,
        Op::Hold(ticket, by) => desk.hold(id(*ticket), name(*by), None, now)?,
        Op::Pin(ticket, by, pinned) => desk.pin(id(*ticket), name(*by), *pinned, None, now)?,
        Op::Undo(by) => desk.undo(name(*by), None, now)?,
        Op::Wait(_) => return Ok(None),
    }))
}

fn simple(ticket: &Ticket, author: u8) -> Simple {
    let holder = ticket.state.holder().map(|holder| NAMES.iter().position(|name| *name == holder).unwrap());
    let minutes = |time: hearken_desk::Timestamp| (time.as_second() - at(0).as_second()) / 60;
    Simple {
        author,
        state: ticket.state.name(),
        holder,
        until: ticket.state.until().map_or(0, minutes),
        pinned: ticket.pinned,
        rank: (ticket.rank_at - at(0).as_millisecond()) / 60_000,
        waits: ticket.waiting_since.is_some(),
    }
}

/// Compares the desk with the model after each step. `reopen` opens the store anew after a crash.
fn run<S: Store>(ops: &[(Op, bool)], reopen: impl Fn(Option<S>) -> S) {
    let mut desk = Desk::new(Crashing(reopen(None), false.into()), rules());
    let mut model = Model::default();
    for (number, (op, crash)) in ops.iter().enumerate() {
        if let Op::Wait(minutes) = op {
            model.now += minutes;
        }
        let mut crashed = false;
        if *crash {
            let store = Crashing(desk.into_store().0, true.into());
            let crashing = Desk::new(store, rules());
            crashed = catch_unwind(AssertUnwindSafe(|| perform(&crashing, op, &model, number))).is_err();
            let Crashing(store, _) = crashing.into_store();
            // What it was about to do never took place.
            desk = Desk::new(Crashing(reopen(Some(store)), false.into()), rules());
            compare(&desk, &model);
        }
        let done = perform(&desk, op, &model, number);
        let writes = done.is_ok() && !matches!(op, Op::Wait(_));
        assert_eq!(crashed, *crash && writes, "the crash comes where something is written");
        match op {
            Op::Undo(_) => adopt(&desk, &mut model),
            Op::Next(by) => {
                model.end_what_has_ended();
                let best = model.next();
                assert_eq!(done.unwrap().map(|ticket| ticket.id), best.map(|place| model.ids[place]));
                best.map(|place| model.step(&Op::Claim(place as i64 + 1, *by)));
            }
            op => assert_eq!(done.is_ok(), model.step(op), "{op:?}: {done:?} in {model:?}"),
        }
        model.name_new(&desk);
        compare(&desk, &model);
    }
    assert_eq!(desk.check().unwrap(), []);
}

/// What an undo leads to is looked at in tests of its own; the model goes on from there.
fn adopt<S: Store>(desk: &Desk<S>, model: &mut Model) {
    for (simple_, id) in model.tickets.iter_mut().zip(&model.ids) {
        let ticket = desk.show(*id, false, at(model.now)).unwrap().ticket;
        *simple_ = simple(&ticket, simple_.author);
    }
}

fn compare<S: Store>(desk: &Desk<S>, model: &Model) {
    let mut model = model.clone();
    model.end_what_has_ended();
    for (expected, id) in model.tickets.iter().zip(&model.ids) {
        let ticket = desk.show(*id, false, at(model.now)).unwrap().ticket;
        let mut got = simple(&ticket, expected.author);
        if !["claimed", "snoozed"].contains(&got.state) {
            got.until = expected.until;
        }
        assert_eq!(got, *expected, "{id}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_desk_in_memory_does_what_the_model_does(
        ops in prop::collection::vec((op(), prop::bool::weighted(0.15)), 1..100),
    ) {
        run(&ops, Option::<MemoryStore>::unwrap_or_default);
    }
}

#[cfg(feature = "sqlite")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_desk_in_a_file_does_what_the_model_does(
        ops in prop::collection::vec((op(), prop::bool::weighted(0.15)), 1..100),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("desk.db");
        run(&ops, |_: Option<hearken_desk::SqliteStore>| hearken_desk::SqliteStore::open(&file).unwrap());
        assert_eq!(hearken_desk::SqliteStore::open(&file).unwrap().integrity().unwrap(), Vec::<String>::new());
    }
}

#[cfg(feature = "postgres")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_desk_in_postgresql_does_what_the_model_does(
        ops in prop::collection::vec((op(), prop::bool::weighted(0.15)), 1..60),
    ) {
        let Some(url) = crate::postgres::new_desk() else { return Ok(()) };
        let open = || hearken_desk::PostgresStore::open(&url).unwrap();
        run(&ops, |store: Option<hearken_desk::PostgresStore>| store.unwrap_or_else(open));
    }
}
