#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use hearken::Timestamp;
use hearken_desk::Label as Heard;
use serde_json::json;

use super::*;

/// A post with 50 % of everything but promotion, urgency 1.5, as a run with the default policy keeps it.
fn post() -> NewPost {
    let record = json!({
        "id": "1", "labels": {"grief": 0.5, "frustration": 0.5, "advice": 0.5, "promotion": 0.0},
        "advice": {"seeking": 0.5, "giving": 0.0}, "assigned": ["grief"], "urgency": 1.5, "priority": 0.0, "lang": "en",
        "model": "tiny@0123456789ab", "urgency_at_least": [1.0, 0.5, 0.0],
    });
    let mut post = NewPost::new("net", "1", "words", Timestamp::UNIX_EPOCH);
    post.labels = Labels::from(Heard::Grief);
    post.urgency = 1.5;
    post.record = record.to_string();
    post
}

fn all(threshold: f64) -> BTreeMap<String, PerLabel<f64>> {
    let one = PerLabel { grief: threshold, frustration: threshold, advice: threshold, promotion: threshold };
    BTreeMap::from([("tiny".to_owned(), one)])
}

fn scales(policy: Policy, routes: &[Route], threshold: f64) -> Scales<'_> {
    Scales::new(policy, routes, all(threshold), PerLabel::default())
}

fn minutes(stand: &Stand, reason: &str) -> f64 {
    stand.why.iter().find(|term| term.reason == reason).map_or(0.0, |term| term.minutes)
}

#[test]
fn minutes_labels_and_disposition_follow_the_policy() {
    let stand = scales(Policy { grief: 100.0, ..Policy::default() }, &[], 0.5).weigh(&post());
    assert_eq!((minutes(&stand, "grief"), minutes(&stand, "urgency")), (50.0, 60.0 + 330.0));
    assert_eq!(stand.labels, [Heard::Grief, Heard::Frustration, Heard::Advice].into_iter().collect());
    assert_eq!(stand.disposition, Disposition::Queued);
    let stand = scales(Policy { queue_from: 5000.0, ..Policy::default() }, &[], 0.6).weigh(&post());
    assert_eq!((stand.labels, stand.disposition), (Labels::default(), Disposition::Suppressed));
    assert_eq!(stand.rank_at, -60_000 * (390 + 120 + 30 + 30));
}

#[test]
fn of_an_unknown_model_only_labels_with_a_threshold_change() {
    let own = PerLabel { frustration: Some(0.4), ..PerLabel::default() };
    let mut scales = Scales::new(Policy::default(), &[], BTreeMap::new(), own);
    assert_eq!(scales.weigh(&post()).labels, [Heard::Grief, Heard::Frustration].into_iter().collect());
    assert_eq!(scales.left.unknown_models, BTreeSet::from(["tiny".to_owned()]));
}

#[test]
fn what_others_replied_counts_as_it_did_up_to_the_most() {
    let term = |reason: &str, minutes| Term { reason: reason.to_owned(), minutes, ..Term::default() };
    let kept = NewPost { why: vec![term("replies", 135.0)], ..post() };
    let weigh = |at_most| scales(Policy { replies_at_most: at_most, ..Policy::default() }, &[], 0.5).weigh(&kept);
    assert_eq!(minutes(&weigh(180.0), "replies"), 135.0);
    assert_eq!(minutes(&weigh(90.0), "replies"), 90.0);
    // A campaign stays one: nobody counts its copies again.
    let kept = NewPost { why: vec![term("campaign", -1440.0)], disposition: Disposition::Held, ..post() };
    let stand = scales(Policy { campaign: -7.0, ..Policy::default() }, &[], 0.6).weigh(&kept);
    assert_eq!((minutes(&stand, "campaign"), stand.disposition), (-7.0, Disposition::Held));
    let stand = scales(Policy::default(), &[], 0.5).weigh(&kept);
    assert_eq!(
        (minutes(&stand, "campaign"), stand.disposition),
        (0.0, Disposition::Queued),
        "grief never waits for it"
    );
}

#[test]
fn the_team_follows_the_routes_and_the_labels_that_it_would_have() {
    let route: Route = serde_json::from_value(json!({"name": "r", "team": "t", "labels": ["grief"]})).unwrap();
    let routes = [route];
    let weigh = |threshold, post| scales(Policy::default(), &routes, threshold).weigh(&post).team;
    assert_eq!(weigh(0.5, post()), Some((0, "t".to_owned())));
    assert_eq!(weigh(0.6, post()), None);
    let given = NewPost { team: Some("theirs".to_owned()), ..post() };
    assert_eq!(weigh(0.5, given), Some((usize::MAX, "theirs".to_owned())));
    let routed = NewPost { team: Some("old".to_owned()), route: Some("gone".to_owned()), ..post() };
    assert_eq!(weigh(0.5, routed), Some((0, "t".to_owned())));
}

#[test]
fn what_can_not_be_weighed_stays_and_is_counted() {
    let mut scales = scales(Policy { grief: 1.0, ..Policy::default() }, &[], 0.5);
    let unread = NewPost { record: "{}".to_owned(), ..post() };
    let by_hand = NewPost { labels: Labels::from(Heard::Advice), ..post() };
    let more_urgent = NewPost { urgency: 3.0, ..post() };
    for post in [&unread, &by_hand, &more_urgent] {
        assert_eq!(scales.weigh(post), as_kept(post, &[]));
    }
    assert_eq!((scales.left.unreadable, scales.left.by_hand), (1, 2));
}
