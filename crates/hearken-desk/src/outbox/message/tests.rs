use super::*;

#[test]
fn waits_double_up_to_the_longest_and_differ() {
    let waits = |id: &str| -> Vec<f64> { (1..40).map(|tries| wait(id, tries).as_secs_f64()).collect() };
    for (before, wait) in waits("msg_a").into_iter().enumerate() {
        let full = (5.0 * 2_f64.powi(before as i32)).min(4.0 * 3600.0);
        assert!((full / 2.0..=full).contains(&wait), "{wait} s after {} tries", before + 1);
    }
    assert_ne!(waits("msg_a"), waits("msg_b"));
    assert_eq!(waits("msg_a"), waits("msg_a"), "no clock and no chance takes part");
}

#[test]
fn no_two_messages_have_the_same_id() {
    let id = |tenant: &str, hook: &str, label| {
        let time = Timestamp::UNIX_EPOCH;
        let spike = Spike { label, at: time, since: time, minutes: 10, tickets: 9, expected: 1.0 };
        Message::of_spike(tenant, hook, &spike, 1).id
    };
    let grief = Some(crate::label::Label::Grief);
    let ids = [id("", "a", None), id("a", "", None), id("", "b", None), id("", "a", grief)];
    for (place, id) in ids.iter().enumerate() {
        assert!(id.starts_with("msg_") && id.len() == 28, "{id}");
        assert!(!ids[..place].contains(id));
    }
    assert_eq!(ids[0], id("", "a", None));
}
