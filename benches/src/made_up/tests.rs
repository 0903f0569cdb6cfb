#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use hearken::{Pipeline, WhenFull};

use super::*;

const POSTS: usize = 20_000;

fn posts() -> Vec<Post<'static>> {
    MadeUp::new(1).unwrap().take(POSTS).collect()
}

fn share(posts: &[Post<'_>], is_so: impl Fn(&str) -> bool) -> f64 {
    posts.iter().filter(|post| is_so(&post.text)).count() as f64 / posts.len() as f64
}

#[test]
fn they_are_as_long_as_those_of_a_real_stream() {
    let mut lengths: Vec<f64> = posts().iter().map(|post| post.text.chars().count() as f64).collect();
    lengths.sort_by(f64::total_cmp);
    let mean = lengths.iter().sum::<f64>() / POSTS as f64;
    assert!((74.0..78.0).contains(&mean), "{mean} characters on average");
    for tenth in 1..10 {
        let share = f64::from(tenth) / 10.0;
        let (found, wanted) = (lengths[(share * POSTS as f64) as usize], lengths::quantile(share));
        assert!((found - wanted).abs() <= 3.0, "{share} of the posts have up to {found} characters, not {wanted}");
    }
}

#[test]
fn they_hold_all_that_posts_hold() {
    let posts = posts();
    let near = |what: &str, found: f64, wanted: f64| {
        assert!((wanted * 0.7..wanted * 1.4).contains(&found), "{what}: {found} of the posts, not {wanted}");
    };
    near("mentions", share(&posts, |text| text.contains('@')), 0.21);
    near("hashtags", share(&posts, |text| text.contains('#')), 0.036);
    near("links", share(&posts, |text| text.contains("https://")), 0.017);
    near("quotes", share(&posts, |text| text.contains('"')), 0.026);
    near("beyond ASCII", share(&posts, |text| !text.is_ascii()), 0.13);
    let words: BTreeSet<&str> = posts.iter().flat_map(|post| post.text.split(' ')).collect();
    assert!(words.len() > 20_000, "{} different words", words.len());
}

#[test]
fn they_are_the_same_every_time_and_others_for_another_seed() {
    let first = |seed| MadeUp::new(seed).unwrap().take(100).collect::<Vec<_>>();
    assert_eq!(first(1), first(1));
    assert_ne!(first(1), first(2));
}

#[test]
fn about_as_many_are_worth_a_humans_time_as_in_a_real_stream() {
    let pipeline = Pipeline::builder(crate::fast().unwrap()).queue(0, WhenFull::KeepBest).start().unwrap();
    for post in posts() {
        pipeline.feeder().submit(post).unwrap();
    }
    let tally = pipeline.finish().unwrap().tally;
    let share = tally.queued as f64 / POSTS as f64;
    // Of the 60,000 posts that the lengths were taken from it was 0.27.
    assert!((0.2..0.35).contains(&share), "{share}: {tally:?}");
}
