#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::state::{Outcome, State};
use crate::ticket::TicketId;
use crate::time::Timestamp;

fn entry(deed: Deed, from: Option<State>, to: State) -> Entry {
    let (before, why) = (None, None);
    let at = Timestamp::UNIX_EPOCH;
    Entry {
        seq: 1,
        ticket: TicketId(1),
        at,
        by: "desk".to_owned(),
        deed,
        from,
        to,
        why,
        other: None,
        undoes: None,
        before,
    }
}

fn claimed() -> State {
    State::Claimed { by: "ann".to_owned(), until: Timestamp::MAX }
}

fn snoozed() -> State {
    State::Snoozed { by: "ann".to_owned(), until: Timestamp::MAX }
}

fn resolved() -> State {
    State::Resolved { by: "ann".to_owned(), outcome: Outcome::Helped }
}

#[test]
fn each_event_has_its_entries() {
    let of = |deed, from, to| Event::of(&entry(deed, from, to));
    let answered = || State::Answered { by: "ann".to_owned() };
    for (deed, from, to, event) in [
        (Deed::Opened, None, State::Open, Some(Event::Enter)),
        (Deed::Opened, None, State::Held, None),
        (Deed::SplitOff, None, State::Open, Some(Event::Enter)),
        (Deed::Wrote, Some(State::Held), State::Open, Some(Event::Enter)),
        (Deed::Wrote, Some(answered()), State::Reopened, Some(Event::Enter)),
        (Deed::Wrote, Some(resolved()), State::Reopened, Some(Event::Enter)),
        (Deed::Wrote, Some(State::Open), State::Open, None),
        (Deed::Wrote, Some(claimed()), claimed(), None),
        (Deed::Wrote, Some(snoozed()), State::Reopened, None),
        (Deed::Reopened, Some(resolved()), State::Reopened, Some(Event::Enter)),
        (Deed::Returned, Some(claimed()), State::Open, None),
        (Deed::Warned, Some(State::Open), State::Open, Some(Event::Warn)),
        (Deed::Breached, Some(State::Open), State::Open, Some(Event::Breach)),
        (Deed::Resolved, Some(claimed()), resolved(), Some(Event::Resolve)),
        (Deed::Noted, Some(State::Open), State::Open, None),
    ] {
        assert_eq!(of(deed, from.clone(), to.clone()), event, "{deed:?} from {from:?} to {to:?}");
    }
}

#[test]
fn what_makes_a_hook_unusable_is_said_with_its_name() {
    let good = || Hook { command: vec!["page".to_owned()], ..Hook::new("pager") };
    let url = |url: &str| Hook { url: Some(url.to_owned()), command: Vec::new(), ..good() };
    let signed = || Hook { secret_env: Some("SECRET".to_owned()), ..url("https://desk.example/hooks") };
    assert_eq!(Hook::faults(&[good(), Hook { name: "web".to_owned(), ..signed() }]), Vec::<String>::new());
    for (hook, fault) in [
        (Hook { name: " ".to_owned(), ..good() }, "its name must have"),
        (Hook { on: Vec::new(), ..good() }, "tells it of nothing"),
        (Hook { command: Vec::new(), ..good() }, "either a url or a command"),
        (Hook { command: good().command, ..signed() }, "either a url or a command"),
        (url("desk.example"), "must begin with https://"),
        (url("https://desk.example"), "secret-env names the variable"),
        (Hook { secret_env: Some("SECRET".to_owned()), ..good() }, "goes with a url"),
        (Hook { urgency_from: f64::NAN, ..good() }, "urgency-from"),
        (Hook { timeout: Duration::ZERO, ..good() }, "timeout"),
        (Hook { tries: 0, ..good() }, "delivers nothing"),
    ] {
        let faults = Hook::faults(std::slice::from_ref(&hook));
        assert!(faults.len() == 1 && faults[0].contains(fault), "{faults:?} for {hook:?}");
    }
    assert_eq!(Hook::faults(&[good(), good()]), ["hook \"pager\": another hook has this name"]);
}

#[test]
fn a_policy_needs_to_name_little() {
    let hook: Hook = serde_json::from_str(r#"{"name": "pager", "on": ["breach"], "command": ["page"]}"#).unwrap();
    let command = vec!["page".to_owned()];
    assert_eq!(hook, Hook { on: vec![Event::Breach], command, ..Hook::new("pager") });
    assert!(serde_json::from_str::<Hook>(r#"{"name": "pager", "on": ["breach"], "comand": ["page"]}"#).is_err());
}
