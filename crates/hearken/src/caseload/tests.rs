#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::*;
use crate::campaign::Campaign;
use crate::evidence::{Copies, Evidence};
use crate::label::Label;
use crate::likeness::Marker;
use crate::policy::Disposition;
use crate::post::Post;
use crate::receipt::Receipt;
use crate::reply::ReplyKind;
use crate::score::{Judgement, Probability};
use crate::testing::{after_noon, noon};

const COPY: &str = "vote for our little bakery in the big regional contest today and tell all of your friends";
const WORDS: &str = "the boiler is out again";

/// A post that is worth a human's time.
#[derive(Clone, Debug)]
struct Given {
    id: u64,
    author: u64,
    platform: &'static str,
    text: String,
    seconds: i64,
    grief: bool,
    promotion: bool,
}

fn given(id: u64, author: u64) -> Given {
    let text = format!("post number{}", "x".repeat(id as usize % 7));
    Given { id, author, platform: "x", text, seconds: id as i64, grief: false, promotion: false }
}

impl Given {
    fn says(self, text: &str) -> Self {
        Self { text: text.to_owned(), ..self }
    }

    fn on(self, platform: &'static str) -> Self {
        Self { platform, ..self }
    }

    fn at(self, seconds: i64) -> Self {
        Self { seconds, ..self }
    }

    fn grief(self) -> Self {
        Self { grief: true, ..self }
    }

    fn ranked(&self) -> Ranked {
        let mut post = Post::new(self.id.to_string(), self.text.clone());
        post.author = Some(format!("author{}", self.author).into());
        post.platform = Some(self.platform.into());
        let half = Probability::new(0.5);
        let mut judgement = Judgement { frustration: half, ..Judgement::default() };
        if self.grief {
            judgement.grief = Probability::new(0.9);
            judgement.assigned.insert(Label::Grief);
        }
        if self.promotion {
            judgement.assigned.insert(Label::Promotion);
        }
        Ranked {
            created_at: after_noon(self.seconds),
            head_start: Policy::default().head_start(&judgement, &post),
            judgement,
            model: "tiny".into(),
            due_by: None,
            evidence: Evidence::default(),
            also: Vec::new(),
            marks: Marker::default().marks(&post),
            receipt: None,
            post,
        }
    }

    /// The same where it just needs nobody.
    fn missed(&self) -> Ranked {
        let Ranked { mut judgement, .. } = Self { grief: false, ..self.clone() }.ranked();
        judgement.frustration = Probability::default();
        judgement.urgency_at_least[0] = Probability::new(0.4);
        let post = self.ranked().post;
        Ranked { head_start: Policy::default().head_start(&judgement, &post), judgement, ..self.ranked() }
    }

    fn fingerprint(&self) -> u64 {
        self.ranked().marks.post
    }

    fn deletion(&self) -> Deletion<'static> {
        Deletion { id: self.id.to_string().into(), platform: Some(self.platform.into()), author: None }
    }
}

fn reply(id: u64, to: &Given, author: u64, kind: ReplyKind) -> Heard {
    let me = Given { id, author, ..to.clone() }.ranked();
    Heard { reply: me.marks.post, id: id.to_string().into(), to: to.fingerprint(), by: me.marks.person.unwrap(), kind }
}

fn told() -> Wants {
    Wants { held: true, campaigns: true, nameless: false }
}

fn caseload() -> Caseload {
    Caseload::new(Policy::default(), 1_000, WhenFull::Block, told())
}

impl Caseload {
    fn take_missed(&mut self, given: &Given) {
        self.miss(Box::new(given.missed()), Arrival::Written, noon());
    }

    fn take_written(&mut self, given: &Given) {
        assert!(self.offer(given.ranked(), Arrival::Written, noon()).is_none());
    }

    /// The ids of each case, best first.
    fn drained(&mut self) -> Vec<Vec<String>> {
        let ids = |case: Ranked| case.posts().map(|ranked| ranked.post.id.to_string()).collect();
        std::iter::from_fn(|| self.pop()).map(ids).collect()
    }
}

#[test]
fn a_burst_is_one_case_at_the_place_of_its_best_post() {
    let mut caseload = caseload();
    for given in [given(1, 7), given(2, 7).grief(), given(3, 7), given(4, 8)] {
        caseload.take_written(&given);
    }
    let alone = given(2, 7).grief().ranked().head_start;
    let first = caseload.pop().unwrap();
    assert_eq!(first.posts().map(|ranked| &*ranked.post.id).collect::<Vec<_>>(), ["2", "1", "3"]);
    assert_eq!(first.head_start, alone, "many posts are worth no more than the best of them");
    assert_eq!(caseload.drained(), [["4"]]);
    assert_eq!(caseload.take_tally().merged, 2);
}

#[test]
fn posts_of_another_day_are_another_case() {
    let mut caseload = caseload();
    let day = 24 * 3_600;
    for given in [given(1, 7).at(0), given(2, 7).at(day + 1), given(3, 7).at(2 * day + 2)] {
        caseload.take_written(&given);
    }
    assert_eq!(caseload.drained(), [["1"], ["2"], ["3"]]);
}

#[test]
fn the_same_words_on_two_networks_are_one_case() {
    let mut caseload = caseload();
    for given in [
        given(1, 7).says(WORDS),
        given(2, 7).says(WORDS).on("mastodon"),
        // Someone else says the same: only four words and more under the same name tell.
        given(3, 8).says(WORDS).on("mastodon"),
        given(4, 9).says("no heating").on("x"),
        given(5, 9).says("no heating").on("mastodon"),
    ] {
        caseload.take_written(&given);
    }
    assert_eq!(caseload.drained(), [vec!["1", "2"], vec!["3"], vec!["4"], vec!["5"]]);
}

#[test]
fn a_long_text_is_one_persons_on_two_networks_whatever_the_names_and_two_persons_on_one() {
    let mut caseload = caseload();
    for given in [given(1, 7).says(COPY), given(2, 8).says(COPY).on("mastodon"), given(3, 9).says(COPY)] {
        caseload.take_written(&given);
    }
    assert_eq!(caseload.drained(), [vec!["1", "2"], vec!["3"]]);
}

#[test]
fn replies_move_a_case_ahead_up_to_a_bound_before_and_after_it_comes() {
    let mut caseload = caseload();
    let [early, late] = [given(1, 7), given(2, 8)];
    for by in 100..104 {
        caseload.reply(reply(by, &late, by, ReplyKind::Concern), noon());
    }
    caseload.take_written(&early);
    caseload.take_written(&late);
    let minutes = Policy::default().minutes_for_replies(4);
    let first = caseload.ranker.get(late.fingerprint()).unwrap();
    assert_eq!(first.head_start, late.ranked().head_start.with(Reason::Replies, minutes));
    for by in 200..220 {
        caseload.reply(reply(by, &early, by, ReplyKind::SameTrouble), noon());
    }
    assert_eq!(caseload.drained(), [["1"], ["2"]], "at the bound the older one is first again");
    assert_eq!(caseload.take_tally().replies, 24);
}

#[test]
fn replies_to_any_post_of_a_case_count_and_its_author_does_not() {
    let mut caseload = caseload();
    let [one, other] = [given(1, 7), given(2, 7)];
    caseload.take_written(&one);
    caseload.take_written(&other);
    caseload.reply(reply(3, &one, 20, ReplyKind::Concern), noon());
    caseload.reply(reply(4, &other, 20, ReplyKind::Concern), noon());
    caseload.reply(reply(5, &other, 21, ReplyKind::Condolence), noon());
    caseload.reply(reply(6, &one, 7, ReplyKind::SameTrouble), noon());
    let replies = caseload.pop().unwrap().evidence.replies;
    assert_eq!((replies.concern, replies.condolence, replies.same_trouble), (1, 1, 0));
    assert_eq!(replies.named, ["3", "5"]);
}

fn answer(id: u64, to: &Given, author: u64, needs_someone_too: bool) -> (Ranked, Answer) {
    let ranked = Given { id, author, text: "so sorry for your loss".to_owned(), ..to.clone() }.grief().ranked();
    (ranked, Answer { heard: reply(id, to, author, ReplyKind::Condolence), needs_someone_too })
}

#[test]
fn whoever_only_condoles_is_no_case_of_their_own() {
    let griever = given(1, 7).grief();
    for griever_first in [true, false] {
        let mut caseload = caseload();
        if griever_first {
            caseload.take_written(&griever);
        }
        for (id, too) in [(10, false), (11, true), (12, false)] {
            let (ranked, answer) = answer(id, &griever, id, too);
            assert!(caseload.answer(ranked, answer, Arrival::Written, noon()).is_none());
        }
        if !griever_first {
            assert_eq!(caseload.len(), 3, "while nobody knows whom they answer they may be all there is");
            caseload.take_written(&griever);
        }
        assert_eq!(caseload.len(), 2, "the griever, and who needs someone too");
        assert_eq!(caseload.pop().unwrap().evidence.replies.condolence, 3);
        assert_eq!(caseload.take_tally().replies_only, 2);
    }
}

#[test]
fn a_deleted_post_is_gone_from_everywhere_and_the_next_takes_its_place() {
    let mut caseload = caseload();
    let [lead, next, other] = [given(1, 7).grief(), given(2, 7), given(3, 8)];
    for given in [&lead, &next, &other] {
        caseload.take_written(given);
    }
    caseload.reply(reply(3, &lead, 20, ReplyKind::Concern), noon());
    caseload.delete(&lead.deletion(), noon());
    caseload.take_written(&lead);
    assert_eq!(caseload.drained(), [["2"], ["3"]], "nor does it come back");
    assert!(caseload.take_deletions().is_empty(), "nobody has seen it");
    caseload.delete(&next.deletion(), noon());
    assert_eq!(caseload.take_deletions(), [next.deletion()], "whoever has it must let go of it");
    assert!(caseload.take_deletions().is_empty());
    assert_eq!(caseload.take_tally().withdrawn, 2);
}

#[test]
fn a_deleted_reply_counts_no_more() {
    let mut caseload = caseload();
    let post = given(1, 7);
    caseload.take_written(&post);
    caseload.reply(reply(5, &post, 20, ReplyKind::Concern), noon());
    caseload.delete(&given(5, 20).deletion(), noon());
    let case = caseload.pop().unwrap();
    assert_eq!((case.evidence.replies.waiting(), case.head_start), (0, post.ranked().head_start));
}

#[test]
fn a_deleted_account_takes_all_its_posts_along_and_whoever_comes_back_is_heard() {
    let mut caseload = caseload();
    for given in [given(1, 7).at(-20), given(2, 7).at(-200_000), given(3, 8)] {
        caseload.take_written(&given);
    }
    caseload.reply(reply(9, &given(3, 8), 7, ReplyKind::Concern), noon());
    let account = Deletion { author: Some("author7".into()), platform: Some("x".into()), ..Deletion::default() };
    caseload.delete(&account, noon());
    caseload.take_written(&given(4, 7).at(-10));
    caseload.take_written(&given(5, 7).at(10));
    let first = caseload.pop().unwrap();
    assert_eq!((&*first.post.id, first.evidence.replies.waiting()), ("3", 0));
    assert_eq!(caseload.drained(), [["5"]]);
    caseload.delete(&account, noon());
    assert_eq!(caseload.take_deletions(), [account]);
}

#[test]
fn where_names_are_nobodys_business_an_account_goes_post_by_post() {
    let mut caseload =
        Caseload::new(Policy::default(), 1_000, WhenFull::Block, Wants { nameless: true, ..Wants::default() });
    for given in [given(1, 7), given(2, 8), given(3, 7).at(90_000)] {
        caseload.take_written(&given);
        assert!(caseload.pop().is_some());
    }
    let author = Some("author7".into());
    caseload.delete(&Deletion { author, platform: Some("x".into()), ..Deletion::default() }, after_noon(99_000));
    let mut told = caseload.take_deletions();
    told.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(told, [given(1, 7).deletion(), given(3, 7).deletion()]);
}

#[test]
fn an_edit_replaces_what_was_said_and_an_older_version_does_not_come_back() {
    let mut caseload = caseload();
    let [before, after] = [given(1, 7).grief(), given(1, 7).says("all is well, only the boiler")];
    caseload.take_written(&before);
    caseload.retract(before.fingerprint());
    assert!(caseload.is_empty(), "it may need nobody now");
    assert!(caseload.offer(after.ranked(), Arrival::Edited, noon()).is_none());
    caseload.take_written(&before);
    let case = caseload.pop().unwrap();
    assert_eq!(case.post.text, after.text, "whatever its rank");
    assert!(caseload.is_empty());
}

#[test]
fn a_repost_counts_on_its_original_and_is_no_second_case() {
    let mut caseload = caseload();
    let post = given(1, 7);
    for by in [20, 21, 21] {
        caseload.repost(post.fingerprint(), by);
        assert!(caseload.offer(post.ranked(), Arrival::PassedOn, noon()).is_none());
    }
    assert_eq!(caseload.len(), 1, "it came with the first of them");
    assert_eq!(caseload.pop().unwrap().evidence.reposts, 2);
    assert!(caseload.offer(post.ranked(), Arrival::PassedOn, noon()).is_none());
    assert!(caseload.is_empty(), "it was handed out");
}

#[test]
fn a_campaign_is_one_entry_that_is_held_back_with_its_count() {
    let mut caseload = caseload();
    for n in 0..40 {
        let post = Given { promotion: n % 2 == 1, ..given(n, n).says(COPY) };
        // Some are promotion to the model, some are not.
        if n % 2 == 0 {
            caseload.take_written(&post);
        } else {
            caseload.hold_back(post.ranked(), Arrival::Written, noon());
        }
    }
    assert!(caseload.is_empty());
    assert!(caseload.take_held(noon(), false).is_empty(), "it may go on");
    let [held] = caseload.take_held(noon(), true).try_into().unwrap();
    assert_eq!(held.evidence.campaign, Some(Copies { posts: 40, authors: 40 }));
    assert_eq!(held.head_start.why().iter().find(|term| term.minutes.value() < 0.0).unwrap().reason, Reason::Campaign);
    let tally = caseload.take_tally();
    assert_eq!((tally.campaigns, tally.campaign_posts, tally.folded), (1, 40, 20));
}

#[test]
fn copied_grief_is_one_entry_that_stays_in_the_queue() {
    let mut caseload = caseload();
    let condolence = "we are all heartbroken to hear that our dear headmaster has died far too young last night";
    for n in 0..10 {
        caseload.take_written(&given(n, n).says(condolence).grief());
    }
    assert_eq!(caseload.len(), 1);
    let first = given(0, 0).says(condolence).grief();
    caseload.delete(&first.deletion(), noon());
    let case = caseload.pop().unwrap();
    assert_eq!(&*case.post.id, "1", "the next takes its place");
    assert_eq!(case.evidence.campaign.unwrap().authors, 9);
    assert!(caseload.take_held(noon(), true).is_empty());
}

#[test]
fn someone_in_grief_comes_out_of_a_campaign_that_is_held_back() {
    let mut caseload = caseload();
    (0..9).for_each(|n| caseload.take_written(&given(n, n).says(COPY)));
    assert!(caseload.is_empty());
    caseload.take_written(&given(9, 9).says(COPY).grief());
    assert_eq!(caseload.drained(), [["9"]]);
    caseload.take_written(&given(10, 10).says(COPY).grief());
    assert_eq!(caseload.drained(), [["10"]], "though the first was handed out");
}

#[test]
fn a_campaign_is_told_to_whoever_has_its_first_copies() {
    let mut caseload = caseload();
    let copy = |n| given(n, n).says(COPY).at(n as i64);
    for n in 1..5 {
        caseload.take_written(&copy(n));
        assert!(caseload.pop().is_some() && caseload.take_campaigns().is_empty(), "one of few");
    }
    caseload.take_written(&copy(5));
    let ids = |campaign: &Campaign| campaign.posts.iter().map(|name| name.id.to_string()).collect::<Vec<_>>();
    let [campaign] = caseload.take_campaigns().try_into().unwrap();
    assert_eq!(ids(&campaign), ["1", "2", "3", "4", "5"]);
    assert_eq!(&*campaign.entry.post.id, "5", "the others are not here any more");
    assert_eq!(campaign.entry.evidence.campaign, Some(Copies { posts: 5, authors: 5 }));
    assert!(caseload.take_campaigns().is_empty(), "it is told once");
    (6..9).for_each(|n| caseload.take_written(&copy(n)));
    let [campaign] = caseload.take_campaigns().try_into().unwrap();
    assert_eq!((ids(&campaign), &*campaign.entry.post.id), (vec!["6".into(), "7".into(), "8".into()], "5"));
    assert_eq!(campaign.entry.evidence.campaign.unwrap().posts, 8);
    caseload.delete(&copy(5).deletion(), noon());
    let [campaign] = caseload.take_campaigns().try_into().unwrap();
    assert_eq!((ids(&campaign), &*campaign.entry.post.id), (vec!["5".into()], "6"), "the next takes its place");
    let [held] = caseload.take_held(noon(), true).try_into().unwrap();
    assert_eq!((&*held.post.id, held.evidence.campaign.unwrap().posts), ("6", 7), "as it was told");
}

#[test]
fn a_campaign_of_grief_is_not_told_and_without_listeners_none_is() {
    let copy = |n| given(n, n).says(COPY);
    let mut grieving = caseload();
    (0..9).for_each(|n| grieving.take_written(&copy(n).grief()));
    assert!(grieving.take_campaigns().is_empty());
    let mut alone = Caseload::new(Policy::default(), 1_000, WhenFull::Block, Wants { held: true, ..Wants::default() });
    (0..9).for_each(|n| alone.take_written(&copy(n)));
    assert!(alone.take_campaigns().is_empty());
}

#[test]
fn replies_bring_a_post_in_that_just_missed_the_queue() {
    let mut caseload = caseload();
    let [post, early] = [given(1, 7).says("i sat in the car for an hour again"), given(2, 8)];
    caseload.take_missed(&post);
    caseload.reply(reply(20, &post, 7, ReplyKind::Concern), noon());
    caseload.reply(reply(21, &post, 21, ReplyKind::Advice), noon());
    assert!(caseload.is_empty(), "neither the author nor one who knows better");
    caseload.reply(reply(22, &post, 22, ReplyKind::Concern), noon());
    // A reply may come before what it answers.
    caseload.reply(reply(23, &early, 22, ReplyKind::SameTrouble), noon());
    caseload.take_missed(&early);
    let tally = caseload.take_tally();
    assert_eq!((caseload.len(), tally.lifted), (2, 2));
    caseload.reply(reply(24, &post, 24, ReplyKind::Concern), noon());
    let case = caseload.pop().unwrap();
    assert_eq!((&*case.post.id, &case.evidence.replies.named), ("1", &vec!["22".to_owned(), "24".to_owned()]));
    assert!(case.head_start.why().iter().any(|term| term.reason == Reason::Replies && term.minutes.value() == 90.0));
    caseload.take_missed(&post);
    caseload.reply(reply(25, &post, 25, ReplyKind::Concern), noon());
    assert_eq!(caseload.drained(), [["2"]], "what was handed out does not come back");
}

#[test]
fn what_just_missed_the_queue_is_forgotten_when_it_is_gone_changed_or_old() {
    let mut caseload = caseload();
    let mut concern = 1_000_000;
    let mut reply_to = |caseload: &mut Caseload, post: &Given| {
        concern += 1;
        caseload.reply(reply(concern, post, concern, ReplyKind::Concern), noon());
        caseload.drained()
    };
    let [deleted, changed, of_a_closed_account, old] = [given(1, 1), given(2, 2), given(3, 3), given(4, 4)];
    for post in [&deleted, &changed, &of_a_closed_account, &old] {
        caseload.take_missed(post);
    }
    caseload.delete(&deleted.deletion(), noon());
    caseload.retract(changed.fingerprint());
    let author = Some("author3".into());
    caseload.delete(&Deletion { author, platform: Some("x".into()), ..Deletion::default() }, noon());
    (10..10 + 4096).for_each(|n| caseload.take_missed(&given(n, n)));
    for post in [&deleted, &changed, &of_a_closed_account, &old] {
        assert!(reply_to(&mut caseload, post).is_empty(), "{post:?}");
    }
    assert_eq!(reply_to(&mut caseload, &given(10, 10)), [["10"]], "the others are there");
    caseload.take_missed(&deleted);
    assert!(reply_to(&mut caseload, &deleted).is_empty(), "it does not come back");
}

#[test]
fn an_edit_takes_the_head_start_back_that_was_handed_out() {
    let mut caseload = caseload();
    let post = given(1, 7).grief();
    caseload.take_written(&post);
    assert!(caseload.pop().is_some() && caseload.moved(post.fingerprint()).is_some());
    caseload.retract(post.fingerprint());
    caseload.reply(reply(20, &post, 20, ReplyKind::Concern), noon());
    assert_eq!(caseload.moved(post.fingerprint()), None, "it says something else now");
    caseload.miss(Box::new(post.missed()), Arrival::Edited, noon());
    let case = caseload.pop().unwrap();
    assert_eq!(case.evidence.replies.named, ["20"], "and that just missed the queue");
    assert_eq!(caseload.moved(post.fingerprint()).unwrap().head_start, case.head_start);
}

#[test]
fn what_someone_wrote_is_forgotten_in_the_same_order_each_time() {
    let wants = Wants { nameless: true, ..told() };
    let deletions = || {
        let mut caseload = Caseload::new(Policy::default(), 1_000, WhenFull::Block, wants);
        (0..20).for_each(|id| caseload.take_written(&given(id, 7)));
        caseload.drained();
        caseload.delete(
            &Deletion { author: Some("author7".into()), platform: Some("x".into()), ..Deletion::default() },
            noon(),
        );
        caseload.take_deletions()
    };
    assert_eq!(deletions().len(), 20);
    assert_eq!(deletions(), deletions());
}

#[test]
fn what_is_held_back_is_listed_in_time() {
    let mut caseload = caseload();
    let post = Given { promotion: true, ..given(1, 7) };
    assert_eq!(Policy::default().disposition(&post.ranked().judgement, &post.ranked().head_start), Disposition::Held);
    caseload.hold_back(post.ranked(), Arrival::Written, noon());
    assert!(caseload.take_held(after_noon(599), false).is_empty());
    assert_eq!(caseload.take_held(after_noon(600), false).len(), 1);
    // Where a source wants to know when a post is durable, at once.
    let receipt = Some(Receipt::new(|| ()));
    caseload.hold_back(Ranked { receipt, ..given(2, 8).ranked() }, Arrival::Written, noon());
    assert_eq!(caseload.take_held(noon(), false).len(), 1);
}

#[test]
fn a_case_is_bounded_and_the_rest_is_counted() {
    let mut caseload = caseload();
    (0..100).for_each(|n| caseload.take_written(&given(n, 7)));
    let case = caseload.pop().unwrap();
    assert_eq!((case.also.len(), case.evidence.unlisted), (32, 67));
}

fn names(queue: &[Ranked]) -> Vec<Vec<&str>> {
    queue.iter().map(|case| case.posts().map(|ranked| &*ranked.post.id).collect()).collect()
}

#[derive(Clone, Debug)]
enum Act {
    Written(Given),
    PassedOn(Given),
    Edited(Given),
    HeldBack(Given),
    Missed(Given),
    Reply(Given, u64),
    Answer(Given, u64),
    Delete(Given),
    DeleteAuthor(Given),
    Pop,
}

fn some_given() -> impl Strategy<Value = Given> {
    let text = proptest::sample::select(vec![WORDS, COPY, "no heating", "all is lost since she has gone"]);
    let platform = proptest::sample::select(vec!["x", "mastodon"]);
    (0..16u64, text, platform, 0..4i64).prop_map(|(id, text, platform, days)| Given {
        id,
        author: id % 11,
        platform,
        text: text.to_owned(),
        seconds: days * 40_000 - 100_000,
        grief: id % 3 == 0,
        promotion: false,
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => some_given().prop_map(Act::Written),
        2 => some_given().prop_map(Act::PassedOn),
        2 => some_given().prop_map(Act::Edited),
        2 => some_given().prop_map(Act::HeldBack),
        2 => some_given().prop_map(|given| Act::Missed(Given { id: given.id + 50, ..given })),
        3 => (some_given(), any::<bool>(), 0..16u64).prop_map(|(post, missed, by)| {
            Act::Reply(Given { id: post.id + if missed { 50 } else { 0 }, ..post }, by)
        }),
        2 => (some_given(), 0..16u64).prop_map(|(post, by)| Act::Answer(post, by)),
        2 => some_given().prop_map(Act::Delete),
        1 => some_given().prop_map(Act::DeleteAuthor),
        1 => Just(Act::Pop),
    ];
    proptest::collection::vec(act, 0..120)
}

impl Caseload {
    /// Acts; returns whether a post was offered, and what was taken.
    fn act(&mut self, act: Act, receipt: Option<&Receipt>) -> (bool, Option<Ranked>) {
        let owned = |given: &Given| Ranked { receipt: receipt.cloned(), ..given.ranked() };
        let mut offered = true;
        let back = match &act {
            Act::Written(given) => self.offer(owned(given), Arrival::Written, noon()),
            Act::PassedOn(given) => self.offer(owned(given), Arrival::PassedOn, noon()),
            Act::Edited(given) => {
                self.retract(given.fingerprint());
                self.offer(owned(given), Arrival::Edited, noon())
            }
            Act::Answer(to, by) => {
                let (ranked, answer) = answer(100 + by, to, *by, by % 2 == 0);
                self.answer(Ranked { receipt: receipt.cloned(), ..ranked }, answer, Arrival::Written, noon())
            }
            _ => {
                offered = false;
                None
            }
        };
        assert!(back.is_none(), "there is room for all");
        match act {
            Act::HeldBack(given) => {
                let given = Given { grief: false, promotion: true, ..given };
                self.hold_back(owned(&given), Arrival::Written, noon());
            }
            Act::Reply(post, by) => self.reply(reply(200 + by, &post, by, ReplyKind::Concern), noon()),
            Act::Missed(given) => self.miss(Box::new(given.missed()), Arrival::Written, noon()),
            Act::Delete(given) => self.delete(&given.deletion(), noon()),
            Act::DeleteAuthor(given) => {
                let author = Some(format!("author{}", given.author).into());
                self.delete(&Deletion { author, platform: Some(given.platform.into()), ..Deletion::default() }, noon());
            }
            Act::Pop => return (false, self.pop()),
            _ => {}
        }
        (offered, None)
    }
}

proptest! {
    #[test]
    fn nobody_stands_twice_nobody_is_lost_and_no_batch_stays_open(acts in acts(), capacity in 1..12usize, keep in any::<bool>()) {
        let when_full = if keep { WhenFull::KeepBest } else { WhenFull::Block };
        let mut caseload = Caseload::new(Policy::default(), if keep { capacity } else { 1_000 }, when_full, told());
        let settled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&settled);
        let receipt = Receipt::new(move || flag.store(true, Ordering::SeqCst));
        let (mut offered, mut taken) = (0, 0);
        let mut taken_out = Vec::new();
        for act in acts {
            let (was_offered, case) = caseload.act(act, Some(&receipt));
            offered += u64::from(was_offered);
            taken_out.extend(case);
            let standing: u64 = caseload.cases.posts.len() as u64;
            let in_cases: HashSet<u64> = caseload.cases.posts.values().map(|(lead, _)| *lead).collect();
            prop_assert_eq!(in_cases.len(), caseload.len());
            prop_assert!(!keep || caseload.len() <= capacity);
            for (post, (lead, _)) in &caseload.cases.posts {
                let case = caseload.ranker.get(*lead).unwrap();
                prop_assert!(case.posts().any(|ranked| ranked.marks.post == *post));
                prop_assert!(case.also.iter().all(|also| also.evidence == Evidence::default()));
            }
            prop_assert!(standing <= offered + caseload.tally.lifted);
        }
        taken_out.extend(std::iter::from_fn(|| caseload.pop()));
        for case in &mut taken_out {
            taken += case.posts().count() as u64;
            case.settle();
        }
        let tally = caseload.take_tally();
        let Tally { duplicates, below_cut, replies_only, folded, withdrawn, lifted, .. } = tally;
        prop_assert_eq!(taken + duplicates + below_cut + replies_only + folded + withdrawn, offered + lifted, "{:?}", tally);
        for mut held in caseload.take_held(noon(), true) {
            held.settle();
        }
        receipt.settle();
        prop_assert!(settled.load(Ordering::SeqCst), "a batch stays open");
    }

    #[test]
    fn what_a_worker_leaves_out_by_an_earlier_cut_changes_nothing(
        acts in acts(), capacity in 0..5usize, late in proptest::collection::vec(0..8usize, 120),
    ) {
        let new = || Caseload::new(Policy::default(), capacity, WhenFull::KeepBest, told());
        let (mut all, mut some) = (new(), new());
        // The cuts that the workers have seen so far.
        let mut cuts = vec![some.cut()];
        for (act, late) in acts.into_iter().filter(|act| !matches!(act, Act::Pop)).zip(late) {
            all.act(act.clone(), None);
            let cut = cuts[cuts.len().saturating_sub(1 + late)];
            let behind = |given: &Given| {
                let ranked = given.ranked();
                is_behind(rank_at(ranked.created_at, &ranked.head_start), cut, &Policy::default())
            };
            match &act {
                Act::Written(given) if behind(given) => {
                    let ranked = given.ranked();
                    some.tally.count_left_out(WhenFull::KeepBest, ranked.judgement.assigned);
                    some.note(&ranked.marks, ranked.created_at, Arrival::Written, noon());
                }
                Act::Answer(to, by) if behind(&Given { grief: true, ..to.clone() }) => {
                    let (ranked, answer) = answer(100 + by, to, *by, by % 2 == 0);
                    some.reply(answer.heard, noon());
                    some.tally.count_left_out(WhenFull::KeepBest, ranked.judgement.assigned);
                    some.note(&ranked.marks, ranked.created_at, Arrival::Written, noon());
                }
                _ => drop(some.act(act, None)),
            }
            cuts.push(some.cut());
        }
        let (all_left, some_left): (Vec<Ranked>, Vec<Ranked>) =
            (std::iter::from_fn(|| all.pop()).collect(), std::iter::from_fn(|| some.pop()).collect());
        prop_assert!(all_left == some_left, "{:?}\n{:?}", names(&all_left), names(&some_left));
        let (all_tally, some_tally) = (all.take_tally(), some.take_tally());
        // Whether a post that was deleted or came before counts as that or as too far behind depends on who looks first.
        prop_assert_eq!(all_tally.merged, some_tally.merged);
        prop_assert_eq!(all_tally.campaign_posts, some_tally.campaign_posts);
        prop_assert_eq!(all.take_held(noon(), true), some.take_held(noon(), true));
    }
}
