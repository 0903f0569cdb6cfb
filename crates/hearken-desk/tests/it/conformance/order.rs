//! Whose turn it is.

use hearken_desk::{Claimant, Desk, Label, Labels, NewPost, Next, Rules, TicketId, store::Store};

use super::{desk, next, next_id, on_every_store};
use crate::testing::{at, grief, post, posts};

on_every_store!(
    the_smallest_rank_is_next,
    pins_come_first,
    a_ticket_is_claimed_once,
    a_lease_that_ends_returns_the_ticket,
    skills_languages_and_teams_decide,
    tenants_see_their_own,
);

fn the_smallest_rank_is_next<S: Store>(store: S) {
    let desk = desk(store);
    let early = NewPost { rank_at: at(-500).as_millisecond(), ..post("late but urgent", "b", 5) };
    desk.take_in(&posts([post("1", "a", 0), early, post("3", "c", 0)]), at(10)).unwrap();
    let order: Vec<_> = std::iter::from_fn(|| next_id(&desk, "ann", 10)).collect();
    assert_eq!(order, [TicketId(2), TicketId(1), TicketId(3)], "by rank, then the older ticket");
}

fn pins_come_first<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1)]), at(10)).unwrap();
    desk.pin(TicketId(2), "ann", true, None, at(10)).unwrap();
    assert_eq!(next_id(&desk, "ann", 10), Some(TicketId(2)));
}

fn a_ticket_is_claimed_once<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let claimed = next(&desk, "ann", 0).unwrap();
    assert_eq!(claimed.ticket.state.until(), Some(at(30)));
    assert_eq!(next(&desk, "bob", 1), None);
    let taken = desk.claim(TicketId(1), "bob", at(1)).unwrap_err();
    assert!(taken.to_string().starts_with("ann has it until "), "{taken}");
}

fn a_lease_that_ends_returns_the_ticket<S: Store>(store: S) {
    let desk = desk(store);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    next(&desk, "ann", 0).unwrap();
    desk.renew(TicketId(1), "ann", at(20)).unwrap();
    assert_eq!(next(&desk, "bob", 49), None);
    assert_eq!(desk.show(TicketId(1), false, at(50)).unwrap().ticket.state.name(), "open", "before anyone touches it");
    assert_eq!(next_id(&desk, "bob", 50), Some(TicketId(1)));
    let late = desk.answer(TicketId(1), "ann", None, false, at(51)).unwrap_err();
    assert!(late.to_string().starts_with("bob has it"), "{late}");
    let history = desk.show(TicketId(1), false, at(51)).unwrap().history;
    let deeds: Vec<_> = history.iter().map(|entry| (entry.deed.name(), entry.by.as_str())).collect();
    assert_eq!(
        deeds,
        [("opened", "desk"), ("claimed", "ann"), ("renewed", "ann"), ("returned", "desk"), ("claimed", "bob")]
    );
}

fn skills_languages_and_teams_decide<S: Store>(store: S) {
    let desk = desk(store);
    let frustration = Labels::from(Label::Frustration);
    desk.take_in(
        &posts([
            NewPost { lang: Some("de-AT".to_owned()), ..grief("1", "a", 0) },
            NewPost { labels: frustration, lang: Some("en".to_owned()), ..post("2", "b", 1) },
            NewPost { labels: frustration.with(Label::Grief.into()), lang: Some("en".to_owned()), ..post("3", "c", 2) },
            NewPost { team: Some("billing".to_owned()), ..post("4", "d", 3) },
            post("5", "e", 4),
        ]),
        at(10),
    )
    .unwrap();
    let all = |claimant: Claimant| -> Vec<i64> {
        let claims = std::iter::from_fn(|| match desk.next(&claimant, at(10)).unwrap() {
            Next::Claimed(claimed) => Some(claimed.ticket.id),
            _ => None,
        });
        let ids: Vec<TicketId> = claims.collect();
        ids.iter().for_each(|id| drop(desk.release(*id, &claimant.name, None, at(10)).unwrap()));
        ids.iter().map(|id| id.0).collect()
    };
    let someone = || Claimant { more_grief: true, ..Claimant::new("ann") };
    let reads = |lang: &str| vec![lang.to_owned()];
    assert_eq!(all(someone()), [1, 2, 3, 5], "no team but their own");
    assert_eq!(all(Claimant { team: Some("billing".to_owned()), ..someone() }), [1, 2, 3, 4, 5]);
    assert_eq!(all(Claimant { languages: reads("EN"), ..someone() }), [2, 3, 5]);
    assert_eq!(all(Claimant { languages: reads("de"), ..someone() }), [1, 5]);
    assert_eq!(all(Claimant { skills: frustration, ..someone() }), [2, 5], "grief goes to those who name it");
    assert_eq!(all(Claimant { skills: Label::Grief.into(), ..someone() }), [1, 3, 5]);
}

fn tenants_see_their_own<S: Store>(store: S) {
    let store = std::rc::Rc::new(store);
    let one = Desk::for_tenant(Shared(store.clone()), "one", Rules::default());
    let two = Desk::for_tenant(Shared(store), "two", Rules::default());
    one.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    two.take_in(&posts([post("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    assert_eq!(next_id(&one, "ann", 0), Some(TicketId(1)));
    assert_eq!(next_id(&one, "ann", 0), None);
    assert_eq!(two.ledger(at(0)).unwrap().waiting, 2);
    assert_eq!(next_id(&two, "ann", 0), Some(TicketId(1)));
}

struct Shared<S>(std::rc::Rc<S>);

impl<S: Store> Store for Shared<S> {
    fn read<T>(
        &self,
        tenant: &str,
        work: impl FnOnce(&dyn hearken_desk::store::Rows) -> hearken_desk::Result<T>,
    ) -> hearken_desk::Result<T> {
        self.0.read(tenant, work)
    }

    fn write<T>(
        &self,
        tenant: &str,
        survives: hearken_desk::store::Survives,
        work: impl FnMut(&mut dyn hearken_desk::store::RowsMut) -> hearken_desk::Result<T>,
    ) -> hearken_desk::Result<T> {
        self.0.write(tenant, survives, work)
    }
}
