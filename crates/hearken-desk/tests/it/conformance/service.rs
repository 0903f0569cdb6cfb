//! Nobody waits longer than was promised without someone hearing of it.

use std::time::Duration;

use hearken_desk::store::Store;
use hearken_desk::{
    Alarm, By, Desk, Filter, Intake, NewPost, Outcome, PostKey, Rules, Share, Ticket, TicketId, Times, Timestamp,
};

use super::{desk, next, next_id, on_every_store};
use crate::testing::{at, grief, post, posts};

on_every_store!(
    who_waits_is_warned_of_and_then_late,
    nobody_need_watch,
    who_is_late_comes_first_but_for_a_crisis_in_grief,
    an_answer_ends_the_alarm_and_a_new_post_begins_anew,
    what_is_put_aside_or_taken_back_has_no_alarm,
    what_was_undone_is_told_only_once,
    a_merge_waits_as_long_as_its_first,
    other_rules_set_other_clocks,
    a_policy_sets_the_clocks_of_those_who_wait,
    the_next_ticket_bounds_its_work,
    alarms_are_read_from_the_trail,
    the_time_people_waited_is_reported,
    reports_leave_out_what_was_no_case,
);

const T1: TicketId = TicketId(1);
const T2: TicketId = TicketId(2);
const HOUR: i64 = 60;

fn crisis(id: &str, author: &str, minutes: i64) -> NewPost {
    NewPost { urgency: 2.8, ..post(id, author, minutes) }
}

fn ticket<S: Store>(desk: &Desk<S>, id: TicketId, minutes: i64) -> Ticket {
    desk.show(id, false, at(minutes)).unwrap().ticket
}

/// The alarms in the history of a ticket.
fn alarms<S: Store>(desk: &Desk<S>, id: TicketId) -> Vec<(&'static str, Timestamp)> {
    let history = desk.show(id, false, at(0)).unwrap().history;
    let alarms = history.iter().filter(|entry| ["warned", "breached"].contains(&entry.deed.name()));
    alarms.map(|entry| (entry.deed.name(), entry.at)).collect()
}

fn who_waits_is_warned_of_and_then_late<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([crisis("1", "a", 0), post("2", "b", 0)]), at(1)).unwrap();
    let case = desk.show(T1, false, at(1)).unwrap();
    let promise = case.service.unwrap();
    assert_eq!(
        (&*promise.target, &*promise.hours, promise.warn_at, promise.due_by),
        ("crisis", "always", at(20), at(30))
    );
    assert_eq!((case.ticket.due_by, case.ticket.alarm_at, case.ticket.alarm), (Some(at(30)), Some(at(20)), None));
    assert_eq!(desk.show(T2, false, at(1)).unwrap().service, None, "no target is for them");

    assert_eq!(desk.watch(at(19)).unwrap(), 0);
    assert_eq!(desk.watch(at(20)).unwrap(), 1);
    assert_eq!(desk.watch(at(21)).unwrap(), 0, "once");
    let warned = ticket(&desk, T1, 21);
    assert_eq!((warned.alarm, warned.alarm_at, warned.raised), (Some(Alarm::Warned), Some(at(30)), 0));
    assert_eq!(desk.ledger(at(29)).unwrap().late, 0);
    // Someone has it by now: they wait all the same.
    desk.claim(T1, "ann", at(22)).unwrap();
    assert_eq!(desk.ledger(at(30)).unwrap().late, 1, "before anyone has noticed");
    assert_eq!((desk.watch(at(30)).unwrap(), desk.watch(at(31)).unwrap()), (1, 0));
    let late = ticket(&desk, T1, 31);
    assert_eq!((late.alarm, late.alarm_at, late.raised), (Some(Alarm::Breached), None, 24 * 60 * 60_000));
    assert_eq!(late.rank_at, at(-24 * HOUR).as_millisecond());
    assert_eq!(late.state.name(), "claimed");
    assert_eq!(alarms(&desk, T1), [("warned", at(20)), ("breached", at(30))]);
    let history = desk.show(T1, false, at(31)).unwrap().history;
    let why = history.last().unwrap().why.clone();
    assert_eq!(why.as_deref(), Some("crisis, due 2026-11-20T08:30:00Z"));
    assert_eq!(desk.ledger(at(31)).unwrap().headline(at(31)), "waiting: 1, oldest 31 min, 1 late");
    assert_eq!(desk.undo("ann", None, at(32)).unwrap().state.name(), "open", "a claim can still be undone");
    assert_eq!(ticket(&desk, T1, 33).alarm, Some(Alarm::Breached));
}

fn nobody_need_watch<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([crisis("1", "a", 0), crisis("2", "b", 15)]), at(16)).unwrap();
    let list = |alarm, minutes| -> Vec<i64> {
        let filter = Filter { alarm: Some(alarm), ..Filter::default() };
        desk.list(&filter, None, 10, at(minutes)).unwrap().iter().map(|ticket| ticket.id.0).collect()
    };
    for watched in [false, true] {
        assert_eq!((list(Alarm::Warned, 19), list(Alarm::Breached, 19)), (vec![], vec![]));
        if watched {
            desk.watch(at(36)).unwrap();
        }
        assert_eq!((list(Alarm::Warned, 36), list(Alarm::Breached, 36)), (vec![2], vec![1]), "watched: {watched}");
        assert_eq!(desk.ledger(at(36)).unwrap().late, 1);
    }
    assert_eq!(alarms(&desk, T1), [("breached", at(36))], "who is late already is not warned of");
}

fn who_is_late_comes_first_but_for_a_crisis_in_grief<S: Store>(store: S) {
    let desk = desk(store);
    let ranked = |post: NewPost, minutes: i64, head_start: i64| NewPost {
        rank_at: at(minutes - head_start).as_millisecond(),
        ..post
    };
    // As the engine ranks: a question an hour ahead, a problem twelve, a crisis in grief 76.
    let question = ranked(NewPost { urgency: 1.0, ..post("1", "a", 0) }, 0, 60);
    let problem = ranked(NewPost { urgency: 2.0, ..post("2", "b", 49 * HOUR) }, 49 * HOUR, 12 * HOUR);
    let worse = ranked(NewPost { urgency: 3.0, ..grief("3", "c", 49 * HOUR) }, 49 * HOUR, 76 * HOUR);
    desk.take_in(&posts([question]), at(0)).unwrap();
    assert_eq!(ticket(&desk, T1, 0).due_by, Some(at(48 * HOUR)));
    desk.take_in(&posts([problem, worse]), at(49 * HOUR)).unwrap();
    let order: Vec<i64> = std::iter::from_fn(|| next_id(&desk, "ann", 49 * HOUR)).map(|id| id.0).collect();
    assert_eq!(order, [3, 1, 2], "next passes the alarm itself");
    assert_eq!(alarms(&desk, T1), [("breached", at(49 * HOUR))]);
}

fn an_answer_ends_the_alarm_and_a_new_post_begins_anew<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([crisis("1", "a", 0)]), at(0)).unwrap();
    desk.watch(at(40)).unwrap();
    // Another post of the same spell changes no clock.
    desk.take_in(&posts([crisis("2", "a", 41)]), at(41)).unwrap();
    let late = ticket(&desk, T1, 41);
    assert_eq!(
        (late.alarm, late.due_by, late.rank_at),
        (Some(Alarm::Breached), Some(at(30)), at(-24 * HOUR).as_millisecond())
    );
    desk.claim(T1, "ann", at(42)).unwrap();
    desk.answer(T1, "ann", None, false, at(43)).unwrap();
    let answered = ticket(&desk, T1, 100);
    assert_eq!((answered.alarm, answered.alarm_at, answered.raised), (None, None, 0));
    assert_eq!((answered.rank_at, desk.ledger(at(100)).unwrap().late), (at(0).as_millisecond(), 0));
    assert_eq!(desk.watch(at(100)).unwrap(), 0);
    desk.take_in(&posts([crisis("3", "a", 100)]), at(100)).unwrap();
    let again = ticket(&desk, T1, 100);
    assert_eq!((again.alarm, again.alarm_at, again.due_by), (None, Some(at(120)), Some(at(130))));
    assert_eq!((desk.watch(at(125)).unwrap(), desk.watch(at(130)).unwrap()), (1, 1));
    let all = [("breached", at(40)), ("warned", at(125)), ("breached", at(130))];
    assert_eq!(alarms(&desk, T1), all, "once for each time that they wait");
    assert_eq!(desk.check().unwrap(), []);
}

fn what_is_put_aside_or_taken_back_has_no_alarm<S: Store>(store: S) {
    let desk = desk(store);
    let held = NewPost { disposition: hearken_desk::Disposition::Held, ..crisis("4", "d", 0) };
    desk.take_in(&posts([crisis("1", "a", 0), crisis("2", "b", 0), crisis("3", "c", 0), held]), at(1)).unwrap();
    desk.hold(T1, "ann", None, at(2)).unwrap();
    desk.merge(T2, TicketId(3), "ann", None, at(2)).unwrap();
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "3"))], at(3)).unwrap();
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "2"))], at(3)).unwrap();
    assert_eq!(desk.watch(at(60)).unwrap(), 0);
    assert_eq!(desk.ledger(at(60)).unwrap().late, 0);
    desk.reopen(T1, "ann", None, at(61)).unwrap();
    assert_eq!(desk.watch(at(61)).unwrap(), 1, "they have waited since the first post");
}

fn what_was_undone_is_told_only_once<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([crisis("1", "a", 0)]), at(0)).unwrap();
    desk.watch(at(30)).unwrap();
    desk.claim(T1, "ann", at(31)).unwrap();
    desk.answer(T1, "ann", None, false, at(32)).unwrap();
    desk.undo("ann", None, at(33)).unwrap();
    let again = ticket(&desk, T1, 33);
    assert_eq!((again.alarm, again.raised > 0), (Some(Alarm::Breached), true), "they have never stopped waiting");
    desk.undo("ann", None, at(33)).unwrap();
    desk.hold(T1, "ann", None, at(34)).unwrap();
    desk.undo("ann", None, at(35)).unwrap();
    assert_eq!(desk.watch(at(36)).unwrap(), 0);
    assert_eq!(ticket(&desk, T1, 36).rank_at, at(-24 * HOUR).as_millisecond());
    assert_eq!(alarms(&desk, T1), [("breached", at(30))]);
}

fn a_merge_waits_as_long_as_its_first<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([crisis("1", "a", 0), post("2", "b", 5)]), at(6)).unwrap();
    desk.watch(at(31)).unwrap();
    let merged = desk.merge(T1, T2, "ann", None, at(32)).unwrap();
    assert_eq!((merged.alarm, merged.due_by), (Some(Alarm::Breached), Some(at(30))));
    assert_eq!((merged.rank_at, merged.raised), (at(-24 * HOUR).as_millisecond(), 24 * 60 * 60_000));
    assert_eq!(desk.watch(at(33)).unwrap(), 0, "that it is late is known");
    desk.undo("ann", None, at(34)).unwrap();
    assert_eq!(ticket(&desk, T1, 34).due_by, Some(at(30)));
    let other = ticket(&desk, T2, 34);
    assert_eq!((other.alarm, desk.watch(at(35)).unwrap()), (None, 0), "and nobody is told twice");
    assert_eq!((other.rank_at + other.raised, other.urgency), (at(5).as_millisecond(), 0.0));
}

fn other_rules_set_other_clocks<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([crisis("1", "a", 0)]), at(0)).unwrap();
    let mut rules = Rules::default();
    rules.service.targets[0].first_human = Duration::from_secs(2 * 3600);
    let lenient = Desk::new(desk.into_store(), rules);
    assert_eq!(lenient.watch(at(30)).unwrap(), 0, "by the rules that are in force");
    assert_eq!(ticket(&lenient, T1, 31).due_by, Some(at(2 * HOUR)));
    // Whose clock is to be another at once is asked for.
    lenient.take_in(&posts([NewPost { urgency: 1.0, ..post("2", "b", 0) }]), at(1)).unwrap();
    lenient.claim(T2, "ann", at(1)).unwrap();
    let mut strict = lenient.rules().unwrap();
    strict.service.targets[3].first_human = Duration::from_secs(3600);
    let strict = Desk::new(lenient.into_store(), strict);
    assert_eq!(
        (strict.watch(at(60)).unwrap(), strict.reset_clocks().unwrap(), strict.watch(at(60)).unwrap()),
        (0, 2, 1)
    );
    let mut none = Rules::default();
    none.service.targets.clear();
    let without = Desk::new(strict.into_store(), none);
    assert_eq!(without.watch(at(125)).unwrap(), 0);
    assert_eq!(ticket(&without, T2, 126).alarm, Some(Alarm::Breached), "what was said stays said");
    without.reset_clocks().unwrap();
    assert_eq!(ticket(&without, T1, 126).due_by, None, "as the engine has it");
}

fn a_policy_sets_the_clocks_of_those_who_wait<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([NewPost { urgency: 1.0, ..post("1", "a", 0) }]), at(0)).unwrap();
    desk.claim(T1, "ann", at(1)).unwrap();
    assert_eq!(ticket(&desk, T1, 1).due_by, Some(at(48 * HOUR)));
    // Of a Friday, in Berlin: they have an hour of the office, which closes at 09:30, UTC 08:30.
    let service = r#"{
        "target": [{"name": "all", "first-human": "1h", "hours": "office"}],
        "calendar": {"office": {"time-zone": "Europe/Berlin", "monday": ["09:00-17:00"], "friday": ["09:00-09:30"]}}
    }"#;
    let rules = Rules { service: serde_json::from_str(service).unwrap(), ..Rules::default() };
    desk.adopt(&rules, "all within an hour", "ann", at(2)).unwrap().unwrap();
    let case = desk.show(T1, false, at(3)).unwrap();
    let promise = case.service.unwrap();
    assert_eq!((&*promise.hours, promise.time_zone.as_deref()), ("office", Some("Europe/Berlin")));
    assert_eq!((case.ticket.due_by, case.ticket.alarm_at), (Some(at(72 * HOUR + 30)), Some(at(72 * HOUR + 30))));
    assert_eq!(desk.watch(at(72 * HOUR + 29)).unwrap(), 0);
    assert_eq!(desk.watch(at(72 * HOUR + 30)).unwrap(), 1);
    desk.answer(T1, "ann", None, false, at(72 * HOUR + 31)).unwrap_err();
    desk.claim(T1, "ann", at(72 * HOUR + 31)).unwrap();
    desk.answer(T1, "ann", None, false, at(72 * HOUR + 60)).unwrap();
    let report = desk.report(at(0)..at(1), By::Label, at(100 * HOUR)).unwrap();
    let median = report.all.first_response.median.unwrap();
    assert!(median.abs_diff(73 * 3600) < 263, "73 hours to three digits: {median}");
    assert_eq!(report.all.first_response_in_hours.median, Some(90 * 60), "half an hour on Friday, an hour on Monday");
    let never = r#"{"target": [{"name": "all", "first-human": "1h", "hours": "night"}]}"#;
    let never = Rules { service: serde_json::from_str(never).unwrap(), ..Rules::default() };
    let refused = desk.adopt(&never, "", "ann", at(3)).unwrap_err();
    assert_eq!(refused.to_string(), "service: target all: no calendar is called night");
}

fn the_next_ticket_bounds_its_work<S: Store>(store: S) {
    let desk = desk(store);
    let many = (0..300).map(|number| crisis(&format!("{number:03}"), &format!("{number:03}"), 0));
    desk.take_in(&posts(many), at(0)).unwrap();
    assert!(next(&desk, "ann", 60).is_some());
    assert_eq!(desk.watch(at(60)).unwrap(), 300 - 4, "the rest");
}

fn alarms_are_read_from_the_trail<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([crisis("1", "a", 0), crisis("2", "b", 15)]), at(16)).unwrap();
    let start = desk.last_entry().unwrap();
    next(&desk, "ann", 35).unwrap();
    let (found, last) = desk.alarms_since(start).unwrap();
    let told: Vec<_> = found.iter().map(|alarmed| (alarmed.ticket.id, alarmed.entry.deed.name())).collect();
    assert_eq!(told, [(T1, "breached"), (T2, "warned")], "whoever noticed");
    assert_eq!(last, desk.last_entry().unwrap());
    assert_eq!(desk.alarms_since(last).unwrap(), (vec![], last));
}

fn times(median: u64, p90: u64) -> Times {
    Times { median: Some(median), p90: Some(p90), p95: Some(p90) }
}

fn the_time_people_waited_is_reported<S: Store>(store: S) {
    let mut rules = Rules::default();
    for target in &mut rules.service.targets {
        target.resolution = Some(Duration::from_secs(3600));
    }
    let desk = Desk::new(store, rules);
    // Answered after 10, 20 and 34 minutes, one never; and one who writes something harmless after the answer.
    let waits = [("1", 10), ("2", 20), ("3", 34)];
    desk.take_in(&posts(waits.map(|(id, _)| crisis(id, id, 0))), at(0)).unwrap();
    desk.take_in(&posts([grief("4", "d", 0)]), at(0)).unwrap();
    for (id, minutes) in waits {
        let id: TicketId = id.parse().unwrap();
        desk.claim(id, "ann", at(minutes)).unwrap();
        desk.answer(id, "ann", None, false, at(minutes)).unwrap();
    }
    desk.resolve(T1, "ann", Outcome::Helped, None, at(30)).unwrap();
    desk.resolve(T2, "ann", Outcome::Helped, None, at(90)).unwrap();
    desk.take_in(&posts([post("5", "3", 50)]), at(50)).unwrap();
    let week = at(0)..at(7 * 24 * HOUR);
    let report = desk.report(week.clone(), By::Urgency, at(100)).unwrap();
    let all = &report.all;
    assert_eq!((all.cases, all.answered, all.waiting, all.resolved), (4, 3, 1, 2));
    assert_eq!(all.first_response, times(1200, 2040));
    assert_eq!(all.first_response_in_hours, all.first_response, "around the clock");
    assert_eq!(all.first_response_in_time, Share { met: 2, of: 3 }, "the fourth still has time");
    assert_eq!(all.resolution, Times { median: Some(1800), p90: Some(5400), p95: Some(5400) }, "to three digits");
    assert_eq!(all.resolution_in_time, Share { met: 1, of: 4 }, "two are open after an hour");
    let groups: Vec<_> = report.groups.iter().map(|line| (&*line.group, line.cases)).collect();
    assert_eq!(groups, [("1", 1), ("3", 3)], "as it was when it was answered, whatever came later");
    // They are late in the end.
    let late = desk.report(week.clone(), By::Label, at(9 * HOUR)).unwrap();
    assert_eq!(late.all.first_response_in_time, Share { met: 2, of: 4 });
    let groups: Vec<_> = late.groups.iter().map(|line| (&*line.group, line.cases, line.waiting)).collect();
    assert_eq!(groups, [("grief", 1, 1), ("none", 3, 0)]);
    // An answer that was none; a case that is open again.
    desk.undo("ann", None, at(101)).unwrap();
    let undone = desk.report(week.clone(), By::Week, at(102)).unwrap();
    assert_eq!((undone.all.resolved, &*undone.groups[0].group), (1, "2026-W47"));
    desk.reopen(T1, "ann", None, at(103)).unwrap();
    assert_eq!(desk.report(week, By::Team, at(104)).unwrap().all.resolved, 0);
    let none = desk.report(at(1)..at(2), By::Label, at(100)).unwrap();
    assert_eq!((none.all.cases, none.all.first_response, none.groups.len()), (0, Times::default(), 0));
}

fn reports_leave_out_what_was_no_case<S: Store>(store: S) {
    let desk = desk(store);
    let held = NewPost { disposition: hearken_desk::Disposition::Held, ..post("4", "d", 0) };
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 5), post("3", "c", 0), held]), at(6)).unwrap();
    desk.merge(T2, T1, "ann", None, at(7)).unwrap();
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "3"))], at(8)).unwrap();
    let cases = |minutes| desk.report(at(0)..at(60), By::Label, at(minutes)).unwrap().all.cases;
    assert_eq!(cases(9), 1, "one is part of another, one was taken back, one is held back");
    // Who was answered counts, though they took it back later; so does a case that needed no answer.
    desk.claim(T1, "ann", at(10)).unwrap();
    desk.resolve(T1, "ann", Outcome::NothingNeeded, None, at(11)).unwrap();
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "1"))], at(12)).unwrap();
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "2"))], at(12)).unwrap();
    let report = desk.report(at(0)..at(60), By::Label, at(13)).unwrap();
    assert_eq!((report.all.cases, report.all.answered, report.all.first_response), (1, 1, times(660, 660)));
}
