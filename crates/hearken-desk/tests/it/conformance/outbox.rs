//! What is told to the team's own systems: every event once or more, to one deliverer at a time, and nothing that was taken back.

use std::time::Duration;

use hearken_desk::outbox::Backlog;
use hearken_desk::{
    Desk, Event, Hook, Intake, Label, Labels, Message, NewPost, Outcome, PostKey, Rules, Sent, Spike, TicketId,
    store::Store,
};
use serde_json::{Value, json};

use super::on_every_store;
use crate::testing::{at, grief, post, posts};

on_every_store!(
    each_event_is_a_message_of_its_hooks,
    who_waits_too_long_is_told_of,
    a_message_is_what_happened_and_how_it_stands,
    one_deliverer_at_a_time,
    a_deliverer_that_dies_gives_it_back,
    failures_wait_longer_and_longer_until_they_are_put_aside,
    a_receiver_that_wants_no_more_is_left_alone,
    what_is_put_aside_can_be_retried,
    what_was_taken_back_is_not_told,
    more_than_are_kept_are_counted,
    what_was_not_delivered_moves_along,
    a_change_that_fails_is_not_told,
    many_at_once_are_a_spike,
    the_feed_leaves_nothing_out,
);

const T1: TicketId = TicketId(1);

fn hook(name: &str) -> Hook {
    Hook { command: vec!["page".to_owned()], ..Hook::new(name) }
}

fn with<S: Store>(store: S, hooks: impl IntoIterator<Item = Hook>) -> Desk<S> {
    Desk::new(store, Rules { hooks: hooks.into_iter().collect(), ..Rules::default() })
}

fn messages<S: Store>(desk: &Desk<S>, hook: &str) -> Vec<Message> {
    desk.messages(hook, None, 1000).unwrap()
}

fn told<S: Store>(desk: &Desk<S>, hook: &str) -> Vec<(Event, i64)> {
    messages(desk, hook)
        .into_iter()
        .map(|message| (message.event, message.ticket.map_or(0, |ticket| ticket.0)))
        .collect()
}

fn failed(why: &str) -> Sent {
    Sent::Failed { why: why.to_owned(), after: None }
}

fn each_event_is_a_message_of_its_hooks<S: Store>(store: S) {
    let only = |name: &str, change: fn(&mut Hook)| {
        let mut hook = hook(name);
        change(&mut hook);
        hook
    };
    let hooks = [
        hook("all"),
        only("done", |hook| hook.on = vec![Event::Resolve]),
        only("grief", |hook| hook.labels = Labels::from(Label::Grief)),
        only("red", |hook| hook.urgency_from = 1.0),
        only("night", |hook| hook.team = Some("night".to_owned())),
    ];
    let desk = with(store, hooks);
    let held = NewPost { disposition: hearken_desk::intake::Disposition::Held, ..post("4", "d", 0) };
    let night = NewPost { team: Some("night".to_owned()), ..post("3", "c", 0) };
    let batch = posts([grief("1", "a", 0), post("2", "b", 0), night, held]);
    desk.take_in(&batch, at(1)).unwrap();
    desk.take_in(&batch, at(2)).unwrap();
    desk.take_in(&posts([post("5", "a", 2)]), at(3)).unwrap();
    let enter = |tickets: &[i64]| -> Vec<_> { tickets.iter().map(|ticket| (Event::Enter, *ticket)).collect() };
    assert_eq!(told(&desk, "all"), enter(&[1, 2, 3]), "once each, and nobody hears of promotion");
    assert_eq!(told(&desk, "done"), []);
    assert_eq!((told(&desk, "grief"), told(&desk, "red")), (enter(&[1]), enter(&[1])));
    assert_eq!(told(&desk, "night"), enter(&[3]));

    desk.claim(T1, "ann", at(4)).unwrap();
    desk.answer(T1, "ann", None, false, at(5)).unwrap();
    desk.resolve(T1, "ann", Outcome::Helped, None, at(6)).unwrap();
    assert_eq!(told(&desk, "done"), [(Event::Resolve, 1)]);
    desk.take_in(&posts([post("6", "a", 7)]), at(8)).unwrap();
    assert_eq!(told(&desk, "grief"), [(Event::Enter, 1), (Event::Resolve, 1), (Event::Enter, 1)], "she writes again");
}

fn who_waits_too_long_is_told_of<S: Store>(store: S) {
    let urgent = Hook { on: vec![Event::Warn, Event::Breach], ..hook("urgent") };
    let desk = with(store, [urgent.clone(), Hook { on: vec![Event::Breach], ..hook("late") }]);
    desk.take_in(&posts([NewPost { urgency: 2.8, ..post("1", "a", 0) }]), at(1)).unwrap();
    let due = desk.show(T1, false, at(1)).unwrap().service.unwrap();
    desk.watch(due.warn_at).unwrap();
    assert_eq!((told(&desk, "urgent"), told(&desk, "late")), (vec![(Event::Warn, 1)], vec![]));
    // Whoever asks what is next lets alarms pass too.
    desk.next(&hearken_desk::Claimant::new("ann"), due.due_by).unwrap();
    desk.watch(due.due_by).unwrap();
    assert_eq!(told(&desk, "urgent"), [(Event::Warn, 1), (Event::Breach, 1)]);
    assert_eq!(told(&desk, "late"), [(Event::Breach, 1)], "once each");
    let body: Value = serde_json::from_str(&desk.take_message(&urgent, due.due_by).unwrap().unwrap().body).unwrap();
    assert_eq!((&body["type"], &body["data"]["alarm"]), (&json!("warn"), &json!("breached")), "it got late since");
}

fn a_message_is_what_happened_and_how_it_stands<S: Store>(store: S) {
    let desk = with(store, [hook("quiet"), Hook { texts: true, ..hook("full") }]);
    desk.take_in(&posts([grief("1", "a", 0)]), at(1)).unwrap();
    desk.claim(T1, "ann", at(2)).unwrap();
    let body = |hook: &Hook| -> Value {
        let delivery = desk.take_message(hook, at(3)).unwrap().unwrap();
        serde_json::from_str(&delivery.body).unwrap()
    };
    let quiet = body(&hook("quiet"));
    assert_eq!(
        quiet,
        json!({
            "type": "enter", "timestamp": "2026-11-20T08:01:00Z",
            "data": {
                "entry": 1, "by": "desk", "ticket": "T1", "state": "claimed", "standing": "assigned", "assignee": "ann",
                "until": "2026-11-20T08:32:00Z", "outcome": null, "merged_into": null,
                "person": {"platform": "net", "author": "a"}, "labels": ["grief"], "urgency": 1.0, "lang": null, "team": null,
                "pinned": false, "posts": 1, "due_by": "2026-11-20T16:00:00Z", "alarm": null, "opened_at": "2026-11-20T08:01:00Z",
                "last_post_at": "2026-11-20T08:00:00Z", "waiting_since": "2026-11-20T08:00:00Z", "acknowledged_at": null,
            },
        })
    );
    let full = body(&Hook { texts: true, ..hook("full") });
    assert_eq!(full["data"]["texts"][0]["text"], "words of 1");
    assert_eq!(full["data"]["state"], quiet["data"]["state"]);
}

fn one_deliverer_at_a_time<S: Store>(store: S) {
    let desk = with(store, [hook("a")]);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    let take = |minutes: i64| desk.take_message(&hook("a"), at(minutes)).unwrap();
    let (first, second) = (take(0).unwrap(), take(0).unwrap());
    assert_eq!([first.message.ticket, second.message.ticket], [1, 2].map(|id| Some(TicketId(id))), "in their order");
    assert_eq!(take(0), None);
    for delivery in [&first, &second] {
        assert_eq!(desk.sent(&hook("a"), delivery, &Sent::Delivered, at(0)).unwrap(), None);
    }
    assert_eq!(take(60), None);
    let (channel, backlog) = desk.channels().unwrap().remove(0);
    assert_eq!((channel.delivered, channel.delivered_at), (2, Some(at(0))));
    assert_eq!(backlog, Backlog::default());
}

fn a_deliverer_that_dies_gives_it_back<S: Store>(store: S) {
    let desk = with(store, [hook("a")]);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let take = |minutes: i64| desk.take_message(&hook("a"), at(minutes)).unwrap();
    let lost = take(0).unwrap();
    assert_eq!(take(0), None);
    let again = take(1).unwrap();
    assert_eq!((again.message.id.clone(), again.message.tries), (lost.message.id.clone(), 2));
    // Whoever was slow has no say any more; but what they delivered is delivered.
    let left = desk.sent(&hook("a"), &lost, &failed("too slow"), at(1)).unwrap().unwrap();
    assert_eq!((left.last_error, left.under_way), (None, true));
    assert_eq!(desk.sent(&hook("a"), &lost, &Sent::Delivered, at(1)).unwrap(), None);
    assert_eq!(desk.sent(&hook("a"), &again, &failed("?"), at(1)).unwrap(), None);
    assert_eq!(take(100), None);
}

fn failures_wait_longer_and_longer_until_they_are_put_aside<S: Store>(store: S) {
    let thrice = Hook { tries: 3, ..hook("a") };
    let desk = with(store, [thrice.clone()]);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let mut now = at(0);
    let mut fail = |sent: &Sent| -> (Option<i64>, Message) {
        let delivery = desk.take_message(&thrice, now).unwrap().unwrap();
        let message = desk.sent(&thrice, &delivery, sent, now).unwrap().unwrap();
        let wait = message.next_try_at.map(|next| next.as_millisecond() - now.as_millisecond());
        assert_eq!(desk.take_message(&thrice, now).unwrap(), None, "not at once");
        now = message.next_try_at.unwrap_or(now);
        (wait, message)
    };
    let (wait, _) = fail(&failed("the server answered 500"));
    assert!((2_500..=5_000).contains(&wait.unwrap()), "{wait:?} ms");
    let (wait, _) = fail(&Sent::Failed { why: "429".to_owned(), after: Some(Duration::from_secs(120)) });
    assert_eq!(wait, Some(120_000), "as long as the receiver says");
    let (wait, message) = fail(&failed("the server answered 502"));
    assert_eq!((wait, message.tries), (None, 3));
    assert_eq!(message.last_error.as_deref(), Some("the server answered 502"));
    assert_eq!(desk.take_message(&thrice, at(100_000)).unwrap(), None);
    assert_eq!(desk.channels().unwrap()[0].1, Backlog { waiting: 0, put_aside: 1 });
}

fn a_receiver_that_wants_no_more_is_left_alone<S: Store>(store: S) {
    let desk = with(store, [hook("a"), hook("b")]);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    let delivery = desk.take_message(&hook("a"), at(0)).unwrap().unwrap();
    let closed = Sent::Closed { why: "the server answered 410".to_owned() };
    let message = desk.sent(&hook("a"), &delivery, &closed, at(0)).unwrap().unwrap();
    assert!(message.next_try_at.is_some(), "it waits with the others");
    assert_eq!(desk.take_message(&hook("a"), at(1000)).unwrap(), None);
    assert!(desk.take_message(&hook("b"), at(0)).unwrap().is_some(), "the others go on");
    assert_eq!(desk.channels().unwrap()[0].0.closed_at, Some(at(0)));
    assert_eq!(desk.retry_all("a", at(1000)).unwrap(), 2);
    assert!(desk.take_message(&hook("a"), at(1000)).unwrap().is_some());
}

fn what_is_put_aside_can_be_retried<S: Store>(store: S) {
    let once = Hook { tries: 1, ..hook("a") };
    let desk = with(store, [once.clone()]);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    let [first, second] = [(); 2].map(|()| desk.take_message(&once, at(0)).unwrap().unwrap());
    desk.sent(&once, &first, &failed("?"), at(0)).unwrap();
    assert_eq!(desk.channels().unwrap()[0].1, Backlog { waiting: 1, put_aside: 1 });
    assert_eq!(desk.retry_all("a", at(0)).unwrap(), 1, "the second is under way");
    let again = desk.take_message(&once, at(0)).unwrap().unwrap();
    assert_eq!((again.message.id, again.message.tries), (first.message.id.clone(), 1));
    assert_eq!(desk.take_message(&once, at(0)).unwrap(), None);
    desk.sent(&once, &second, &failed("?"), at(0)).unwrap();
    let retried = desk.retry(&second.message.id, at(0)).unwrap();
    assert_eq!((retried.tries, retried.last_error.as_deref()), (0, Some("?")));
    assert!(desk.take_message(&once, at(0)).unwrap().is_some());
    let unknown = desk.retry("msg_0", at(0)).unwrap_err().to_string();
    assert_eq!(unknown, "no message msg_0 waits to be delivered");
}

fn what_was_taken_back_is_not_told<S: Store>(store: S) {
    let full = Hook { texts: true, ..hook("a") };
    let desk = with(store, [full.clone()]);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0), post("3", "b", 0)]), at(0)).unwrap();
    let gone = |id: &str| Intake::Deletion(PostKey::new("net", id));
    desk.take_in(&[gone("1"), gone("2")], at(1)).unwrap();
    let body = || desk.take_message(&full, at(1)).unwrap().unwrap().body;
    let first = body();
    assert!(!first.contains("words of") && !first.contains(r#""author":"a""#), "{first}");
    assert!(first.contains(r#""state":"deleted""#), "{first}");
    let second = body();
    assert!(second.contains("words of 3") && !second.contains("words of 2"), "{second}");
}

fn more_than_are_kept_are_counted<S: Store>(store: S) {
    let desk = with(store, [hook("a")]);
    for batch in 0..11 {
        let all = (0..1000).map(|place| post(&format!("{batch}/{place}"), &format!("{batch}/{place}"), 0));
        desk.take_in(&posts(all), at(0)).unwrap();
    }
    let (channel, backlog) = desk.channels().unwrap().remove(0);
    assert_eq!((channel.dropped, backlog), (1000, Backlog { waiting: 10_000, put_aside: 0 }));
    assert_eq!(messages(&desk, "a")[0].ticket, Some(TicketId(1001)), "the oldest are dropped");
}

fn what_was_not_delivered_moves_along<S: Store>(store: S) {
    let once = Hook { tries: 1, ..hook("a") };
    let desk = with(store, [once.clone()]);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    let delivery = desk.take_message(&once, at(0)).unwrap().unwrap();
    desk.sent(&once, &delivery, &failed("?"), at(0)).unwrap();
    let mut rows = Vec::new();
    desk.export(|row| {
        rows.push(serde_json::to_string(&row).unwrap());
        Ok(())
    })
    .unwrap();
    let copy = with(hearken_desk::MemoryStore::default(), [once.clone()]);
    copy.import(rows.iter().map(|row| Ok(serde_json::from_str(row).unwrap()))).unwrap();
    assert_eq!(messages(&copy, "a"), messages(&desk, "a"), "none more, none less");
    assert_eq!(copy.channels().unwrap(), desk.channels().unwrap());
    let (here, there) = (desk.take_message(&once, at(0)).unwrap(), copy.take_message(&once, at(0)).unwrap());
    assert_eq!(here, there, "with the same id, so that a receiver knows that it is the same");
    assert!(here.is_some());
}

fn a_change_that_fails_is_not_told<S: Store>(store: S) {
    let desk = with(store, [hook("a")]);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    assert!(desk.resolve(T1, "ann", Outcome::Helped, None, at(1)).is_err());
    assert_eq!(told(&desk, "a"), [(Event::Enter, 1)]);
}

fn many_at_once_are_a_spike<S: Store>(store: S) {
    let of_grief = Hook { on: vec![Event::Spike], labels: Label::Grief.into(), ..hook("grief") };
    let of_all = Hook { on: vec![Event::Spike], ..hook("all") };
    let of_advice = Hook { on: vec![Event::Spike], labels: Label::Advice.into(), ..hook("advice") };
    let desk = with(store, [of_grief.clone(), of_all, of_advice]);
    let arrive = |from: usize, to: usize, minutes: i64| {
        let all = (from..to).map(|number| grief(&number.to_string(), &number.to_string(), minutes));
        desk.take_in(&posts(all), at(minutes)).unwrap();
    };
    arrive(0, 20, 0);
    assert_eq!(desk.spikes(at(0)).unwrap(), [], "who has only begun to listen knows nothing unusual");
    arrive(20, 21, 110);
    // Written an hour ago: a stream that catches up.
    let late = (100..120).map(|number| grief(&number.to_string(), &number.to_string(), 50));
    desk.take_in(&posts(late), at(120)).unwrap();
    assert_eq!(desk.spikes(at(0)).unwrap(), []);
    arrive(30, 60, 300);
    let spikes = desk.spikes(at(0)).unwrap();
    let expected: Vec<(Option<Label>, u64)> = spikes.iter().map(|spike: &Spike| (spike.label, spike.tickets)).collect();
    assert_eq!(expected, [(None, 30), (Some(Label::Grief), 30)]);
    assert_eq!(told(&desk, "grief"), [(Event::Spike, 0)]);
    assert_eq!(told(&desk, "all").len(), 2, "of all tickets, and of grief");
    assert_eq!(told(&desk, "advice"), []);
    let body = desk.take_message(&of_grief, at(301)).unwrap().unwrap().body;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["type"], &body["data"]["label"]), (&json!("spike"), &json!("grief")));
    assert_eq!((&body["data"]["tickets"], &body["data"]["since"]), (&json!(30), &json!("2026-11-20T13:00:00Z")));
    arrive(60, 120, 330);
    assert_eq!(desk.spikes(at(0)).unwrap().len(), 2, "one an hour");
}

fn the_feed_leaves_nothing_out<S: Store>(store: S) {
    let desk = with(store, []);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 0), post("3", "c", 0)]), at(0)).unwrap();
    desk.claim(T1, "ann", at(10)).unwrap();
    let of = |after: i64| -> Vec<(i64, i64)> {
        let changes = desk.changes(after).unwrap();
        assert!(changes.complete);
        changes.tickets.iter().map(|(entry, ticket)| (*entry, ticket.id.0)).collect()
    };
    assert_eq!(of(0), [(2, 2), (3, 3), (4, 1)], "each once, by its last change");
    assert_eq!(of(2), [(3, 3), (4, 1)]);
    assert_eq!(of(4), []);
    assert_eq!(of(desk.changes_since(at(5)).unwrap()), [(4, 1)]);
    assert_eq!(desk.changes_since(at(11)).unwrap(), 4);
    desk.resolve(TicketId(2), "ann", Outcome::Helped, None, at(11)).unwrap_err();
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "3"))], at(12)).unwrap();
    assert_eq!(of(4), [(5, 3)]);
    // More than fit into one list.
    for round in 0..3 {
        let all = (0..500).map(|place| post(&format!("{round}/{place}"), &format!("{round}/{place}"), 0));
        desk.take_in(&posts(all), at(20)).unwrap();
    }
    let (mut after, mut seen) = (0, std::collections::HashSet::new());
    loop {
        let changes = desk.changes(after).unwrap();
        seen.extend(changes.tickets.iter().map(|(_, ticket)| ticket.id));
        after = changes.tickets.last().map_or(after, |(entry, _)| *entry);
        if changes.complete {
            break;
        }
    }
    assert_eq!(seen.len(), 1503);
}
