//! Lists, filters and views: what a store selects is what the filter means.

use hearken_desk::{Filter, Label, Labels, NewPost, Outcome, Ticket, TicketId, store::Store};

use super::{desk, on_every_store};
use crate::testing::{at, post, posts};

on_every_store!(a_store_selects_what_the_filter_means, a_list_goes_on, views_are_kept);

fn ids(tickets: &[Ticket]) -> Vec<i64> {
    tickets.iter().map(|ticket| ticket.id.0).collect()
}

fn a_store_selects_what_the_filter_means<S: Store>(store: S) {
    let desk = desk(store);
    let batch = (0..40).map(|number: i64| NewPost {
        labels: Labels::from_bits((number % 16) as u8),
        urgency: (number % 4) as f64,
        lang: ["en", "de", "pl"].get(number as usize % 4).map(|lang| (*lang).to_owned()),
        team: (number % 3 == 0).then(|| "night".to_owned()),
        due_by: (number % 2 == 0).then(|| at(number)),
        ..post(&number.to_string(), &format!("author {}", number % 37), number)
    });
    desk.take_in(&posts(batch), at(50)).unwrap();
    for id in 1..20 {
        let (id, by) = (TicketId(id), ["ann", "bob"][id as usize % 2]);
        desk.claim(id, by, at(50)).unwrap();
        match id.0 % 6 {
            0 => drop(desk.resolve(id, by, Outcome::Helped, None, at(50)).unwrap()),
            1 => drop(desk.answer(id, by, None, true, at(50)).unwrap()),
            2 => drop(desk.snooze(id, by, at(60 + id.0), None, at(50)).unwrap()),
            3 => drop(desk.renew(id, by, at(50 + id.0)).unwrap()),
            4 => drop(desk.hold(id, by, None, at(50)).unwrap()),
            _ => {}
        }
    }
    desk.pin(TicketId(30), "ann", true, None, at(50)).unwrap();
    desk.merge(TicketId(31), TicketId(30), "ann", None, at(50)).unwrap();
    let states =
        |names: &[&str]| Filter { states: names.iter().map(|name| (*name).to_owned()).collect(), ..Filter::default() };
    let some = |text: &str| Some(text.to_owned());
    let filters = [
        Filter::default(),
        states(&["open"]),
        states(&["open", "reopened", "claimed"]),
        states(&["snoozed"]),
        states(&["answered", "resolved", "held", "merged", "deleted"]),
        states(&["nothing'; DROP TABLE ticket"]),
        Filter { labels: Label::Grief.into(), ..Filter::default() },
        Filter { urgency_from: Some(2.0), ..Filter::default() },
        Filter { lang: some("de"), ..Filter::default() },
        Filter { team: some("night"), ..Filter::default() },
        Filter { holder: some("ann"), ..Filter::default() },
        Filter { author: some("author 3"), ..Filter::default() },
        Filter { due_before: Some(at(9)), ..Filter::default() },
        Filter { labels: Label::Advice.into(), lang: some("en"), urgency_from: Some(1.0), ..states(&["open"]) },
    ];
    let everything =
        states(&["open", "reopened", "claimed", "snoozed", "answered", "resolved", "held", "merged", "deleted"]);
    let mut matched = 0;
    for minutes in [50, 70, 100] {
        let all = desk.list(&everything, None, 1000, at(minutes)).unwrap();
        assert_eq!(all.len(), 37);
        for filter in &filters {
            let expected: Vec<Ticket> =
                all.iter().filter(|ticket| filter.matches(ticket, at(minutes))).cloned().collect();
            matched += expected.len();
            assert_eq!(ids(&desk.list(filter, None, 1000, at(minutes)).unwrap()), ids(&expected), "{filter:?}");
        }
    }
    assert!(matched > 300, "only {matched} were listed");
}

fn a_list_goes_on<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts((0..10).map(|number| post(&number.to_string(), &number.to_string(), number / 3))), at(5))
        .unwrap();
    desk.pin(TicketId(10), "ann", true, None, at(5)).unwrap();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let part = desk.list(&Filter::default(), after, 3, at(5)).unwrap();
        let Some(last) = part.last() else { break };
        after = Some(last.place());
        seen.extend(ids(&part));
    }
    assert_eq!(seen, [10, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

fn views_are_kept<S: Store>(store: S) {
    let desk = desk(store);
    let mine = Filter { holder: Some("ann".to_owned()), ..Filter::default() };
    desk.save_view("mine", &mine).unwrap();
    assert_eq!(desk.view("mine").unwrap(), mine);
    let unknown = desk.view("yours").unwrap_err();
    assert_eq!(unknown.to_string(), "no view is called yours; there is mine");
    assert!(desk.save_view("", &mine).is_err());
}
