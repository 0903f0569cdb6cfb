#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn draw(posts: u32, seed: u64, resample: u32) -> Vec<u32> {
    let mut weights = vec![7; 3];
    Resampler { posts, seed }.draw(resample, &mut weights);
    weights
}

#[test]
fn as_many_are_drawn_as_there_are() {
    for posts in [0, 1, 2, 1000] {
        let weights = draw(posts, 1, 0);
        assert_eq!((weights.len(), weights.iter().sum::<u32>()), (posts as usize, posts));
    }
}

#[test]
fn a_draw_depends_on_seed_and_number_alone() {
    assert_eq!(draw(100, 1, 5), draw(100, 1, 5));
    assert_ne!(draw(100, 1, 5), draw(100, 1, 6));
    assert_ne!(draw(100, 1, 5), draw(100, 2, 5));
    // Written down, so that another version or machine that draws otherwise is noticed.
    assert_eq!(draw(8, 1, 0), [1, 2, 0, 2, 2, 0, 0, 1]);
}

#[test]
fn every_post_is_drawn_equally_often() {
    let mut drawn = [0_u32; 10];
    for resample in 0..5000 {
        for (sum, weight) in drawn.iter_mut().zip(draw(10, 1, resample)) {
            *sum += weight;
        }
    }
    // 5000 each, with a standard deviation of 67.
    assert!(drawn.iter().all(|sum| sum.abs_diff(5000) < 350), "{drawn:?}");
}

#[test]
fn the_interval_is_the_middle_95_percent() {
    let figures: Vec<Option<f64>> = (0..=1000).rev().map(|figure| Some(f64::from(figure))).collect();
    let (low, high) = interval(figures.into_iter()).unwrap();
    assert!((low - 25.0).abs() < 1e-9 && (high - 975.0).abs() < 1e-9, "{low} to {high}");
    assert_eq!(interval([Some(2.0)].into_iter()), Some((2.0, 2.0)));
}

#[test]
fn a_figure_that_is_often_not_defined_has_no_interval() {
    let mixed = |undefined: usize| (0..100).map(move |at| (at >= undefined).then_some(1.0));
    assert_eq!(interval(mixed(5)), Some((1.0, 1.0)));
    assert_eq!(interval(mixed(6)), None);
    assert_eq!(interval(mixed(100)), None);
    assert_eq!(interval([].into_iter()), None);
}
