#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

#[test]
fn steps_go_back_to_the_recall_before() {
    let curve = [(0.0, 0.0), (0.5, 1.0), (0.5, 0.5), (1.0, 0.75)];
    assert_eq!(steps(&curve), [(0.0, 1.0), (0.5, 1.0), (0.5, 0.75), (1.0, 0.75)]);
}

#[test]
fn the_area_under_the_steps_is_average_precision() {
    let mut truths = vec![Truth::default(); 6];
    let mut posts = vec![hearken_eval::Prediction::unjudged(); 6];
    for (post, positive) in [true, false, true, true, false, false].into_iter().enumerate() {
        truths[post].labels[Question::Grief] = Some(positive);
        posts[post].probabilities[Question::Grief] = 1.0 - post as f64 / 10.0;
    }
    let line = steps(&curve::precision_recall(Question::Grief, &truths, &posts));
    let area: f64 = line.windows(2).map(|pair| (pair[1].0 - pair[0].0) * pair[1].1).sum();
    assert!((area - (1.0 + 2.0 / 3.0 + 0.75) / 3.0).abs() < 1e-12, "{area}");
}

#[test]
fn nothing_known_is_drawn_as_nothing() {
    let truths = vec![Truth::default(); 3];
    let model = Predictions { model: "<m> & \u{1b}n".to_owned(), posts: vec![hearken_eval::Prediction::unjudged(); 3] };
    for chart in
        [precision_recall(&truths, &[&model]), reliability(&truths, &[&model]), queue_depth(&truths, &[&model])]
    {
        let svg = draw::svg(&chart).unwrap();
        let svg = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<&str> =
            svg.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).map(str::trim).collect();
        assert!(texts.contains(&"<m> & n"), "{texts:?}");
        assert_eq!(texts.iter().filter(|text| **text == "nothing to draw").count(), chart.panels.len());
    }
}
