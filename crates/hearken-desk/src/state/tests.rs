#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::time::moment;

const NOW: i64 = 1_000_000;

fn at(minutes: i64) -> Timestamp {
    moment(NOW + minutes * 60_000)
}

fn claimed(by: &str, minutes: i64) -> State {
    State::Claimed { by: by.to_owned(), until: at(minutes) }
}

fn snoozed(by: &str, minutes: i64) -> State {
    State::Snoozed { by: by.to_owned(), until: at(minutes) }
}

fn states() -> [(&'static str, State); 12] {
    let by = |by: &str| by.to_owned();
    [
        ("open", State::Open),
        ("reopened", State::Reopened),
        ("mine", claimed("ann", 10)),
        ("theirs", claimed("bob", 10)),
        ("ended", claimed("bob", 0)),
        ("my snooze", snoozed("ann", 10)),
        ("their snooze", snoozed("bob", 10)),
        ("I answered", State::Answered { by: by("ann") }),
        ("they answered", State::Answered { by: by("bob") }),
        ("resolved", State::Resolved { by: by("bob"), outcome: Outcome::Helped }),
        ("held", State::Held),
        ("merged", State::Merged { into: TicketId(7) }),
    ]
}

fn actions() -> [Action; 14] {
    [
        Action::Claim(at(30)),
        Action::Renew(at(30)),
        Action::Release,
        Action::HandOff("cem".to_owned(), at(30)),
        Action::Answer,
        Action::Resolve(Outcome::Helped),
        Action::Snooze(at(30)),
        Action::Reopen,
        Action::Hold,
        Action::Merge(TicketId(9)),
        Action::Write,
        Action::Expire,
        Action::Delete,
        Action::Restore(State::Held),
    ]
}

/// Every step from every state, taken by ann. A small letter is the first of the new state's name, `x` resolved, `=` the same
/// state; capitals are refusals: Taken, Unclaimed, Answered, Resolved, Held, Merged, Open, Not due.
const TABLE: &str = "
               claim renew release hand-off answer resolve snooze reopen hold merge write expire delete restore
open             c     U      U       U       U      U       U      O     h     m     =      N      d      h
reopened         c     U      U       U       U      U       U      O     h     m     =      N      d      h
mine             c     c      o       c       a      x       s      O     h     m     =      N      d      h
theirs           T     T      T       T       T      T       T      T     T     T     =      N      d      h
ended            c     U      U       U       U      U       U      O     h     m     o      o      d      h
my snooze        c     U      o       U       U      U       s      r     h     m     r      N      d      h
their snooze     T     T      T       T       T      T       T      r     h     m     r      N      d      h
I answered       A     A      A       A       =      x       s      r     h     m     r      N      d      h
they answered    A     A      A       A       A      x       s      r     h     m     r      N      d      h
resolved         R     R      R       R       R      R       R      r     h     m     r      N      d      h
held             H     H      H       H       H      x       H      r     =     m     o      N      d      =
merged           M     M      M       M       M      M       M      M     M     M     M      M      M      h
";

fn letter(state: &State, after: &Result<State, Refused>) -> char {
    match after {
        Ok(after) if after == state => '=',
        Ok(State::Resolved { .. }) => 'x',
        Ok(after) => after.name().chars().next().unwrap(),
        Err(Refused::Taken { .. }) => 'T',
        Err(Refused::Unclaimed) => 'U',
        Err(Refused::Answered { .. }) => 'A',
        Err(Refused::Resolved { .. }) => 'R',
        Err(Refused::Held) => 'H',
        Err(Refused::Merged { .. }) => 'M',
        Err(Refused::Deleted) => 'D',
        Err(Refused::Open) => 'O',
        Err(Refused::NotDue) => 'N',
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn each_step_leads_where_the_table_says() {
    let rows: Vec<&str> = TABLE.trim_matches('\n').lines().skip(1).collect();
    for ((name, state), row) in states().into_iter().zip(rows) {
        let letters: Vec<char> =
            row.strip_prefix(name).unwrap().split_whitespace().map(|cell| cell.chars().next().unwrap()).collect();
        for (action, expected) in actions().iter().zip(letters) {
            let after = transition(&state, action, "ann", at(0));
            assert_eq!(letter(&state, &after), expected, "{action:?} from {name}: {after:?}");
        }
    }
}

#[test]
fn what_is_deleted_stays_deleted() {
    for action in actions() {
        assert_eq!(transition(&State::Deleted, &action, "ann", at(0)), Err(Refused::Deleted), "{action:?}");
    }
}

#[test]
fn a_time_that_is_over_is_refused() {
    let past = Refused::Past { until: at(0) };
    for (state, action) in [
        (State::Open, Action::Claim(at(0))),
        (claimed("ann", 1), Action::Renew(at(0))),
        (claimed("ann", 1), Action::HandOff("bob".to_owned(), at(0))),
        (claimed("ann", 1), Action::Snooze(at(0))),
    ] {
        assert_eq!(transition(&state, &action, "ann", at(0)), Err(past.clone()), "{action:?}");
    }
}

#[test]
fn a_lease_ends_at_its_moment() {
    assert_eq!(claimed("bob", 10).at(at(10)), &State::Open);
    assert_eq!(claimed("bob", 10).at(moment(at(10).as_millisecond() - 1)).name(), "claimed");
    assert_eq!(transition(&claimed("bob", 10), &Action::Claim(at(40)), "ann", at(10)), Ok(claimed("ann", 40)));
}
