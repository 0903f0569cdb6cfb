//! Two colleagues take turns at a desk in memory: `cargo run -p hearken-desk --example turns` prints what they see.
#![allow(clippy::print_stdout, reason = "an example prints")]

use hearken_desk::{
    Claimant, Desk, Intake, Label, Labels, MemoryStore, NewPost, Next, Outcome, Result, Rules, Term, TicketId,
    Timestamp,
};

fn main() -> Result<()> {
    let desk = Desk::new(MemoryStore::default(), Rules::default());
    let minute = |minutes: i64| Timestamp::from_second(1_795_161_600 + 60 * minutes).unwrap_or_default();
    let post = |id: &str, author: &str, text: &str, label, urgency, minutes| {
        let mut post = NewPost::new("example", id, text, minute(minutes));
        post.author = Some(author.to_owned());
        (post.labels, post.urgency) = (Labels::from(label), urgency);
        post.why = vec![Term { reason: "urgent".to_owned(), minutes: 1000.0 * urgency, ..Term::default() }];
        post.rank_at -= (60_000_000.0 * urgency) as i64;
        Intake::Post(post)
    };
    let batch = [
        post("1", "suki_arden", "The ramp was booked, and nobody came.", Label::Frustration, 2.6, 0),
        post("2", "tomasz_wr", "My father died last night.", Label::Grief, 2.8, 1),
        post("3", "tomasz_wr", "I keep reaching for the phone to ring him.", Label::Grief, 1.1, 3),
    ];
    println!("taken in: {:?}", desk.take_in(&batch, minute(5))?);
    println!("the same again: {:?}", desk.take_in(&batch, minute(6))?);

    for name in ["ann", "bob", "cem"] {
        match desk.next(&Claimant::new(name), minute(10))? {
            Next::Claimed(claimed) => println!("next for {name}: {}", json(&claimed)),
            other => println!("next for {name}: {other:?}"),
        }
    }
    println!("{}", desk.ledger(minute(10))?.headline(minute(10)));
    if let Err(refused) = desk.answer(TicketId(2), "bob", None, false, minute(11)) {
        println!("bob answers T2: {refused}");
    }
    desk.answer(TicketId(2), "ann", Some("wrote to him"), false, minute(12))?;
    desk.resolve(TicketId(2), "ann", Outcome::Helped, None, minute(13))?;
    println!("bob's lease ends: {}", desk.ledger(minute(130))?.headline(minute(130)));
    println!("T2, texts withheld: {}", json(&desk.show(TicketId(2), false, minute(130))?));
    println!("faults of the trail: {:?}", desk.check()?);
    Ok(())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
