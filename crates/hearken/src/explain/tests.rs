#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

#[test]
fn a_word_goes_with_the_white_space_that_parted_it() {
    let text = " one\t\ttwo \u{a0}żółć\n";
    let words = words(text);
    let found: Vec<(usize, &str)> = words.iter().map(|word| (word.start, &text[word.start..word.end])).collect();
    assert_eq!(found, [(1, "one"), (6, "two"), (12, "żółć")]);
    let rest: Vec<String> = (0..3).map(|nth| without(text, &words, nth)).collect();
    assert_eq!(rest, [" two \u{a0}żółć\n", " one\t\tżółć\n", " one\t\ttwo\n"]);
    let one = " alone ";
    assert_eq!(without(one, &super::words(one), 0), "  ");
}

#[test]
fn log_odds_stay_finite() {
    use Column::{AdviceGiving, AdviceSeeking, Grief, Urgency1, Urgency2, Urgency3};
    for logit in [f64::INFINITY, f64::NEG_INFINITY, 1e30, -800.0, 0.0] {
        let columns = [Grief, AdviceSeeking, AdviceGiving, Urgency1, Urgency2, Urgency3];
        let found = Findings::log_odds(columns.into_iter().map(|column| (column, logit)));
        let Findings { grief, advice, promotion, urgency, .. } = found;
        assert!(grief.is_finite() && (urgency - grief).abs() < 1e-9, "{logit}: {found:?}");
        assert_eq!((advice, promotion), (grief, 0.0));
    }
    // An urgency of 1.5 is an even chance of the 3 there are.
    let levels = [(Urgency1, 500.0), (Urgency2, 0.0), (Urgency3, -500.0)];
    assert_eq!(Findings::log_odds(levels.into_iter()).urgency, 0.0);
    assert_eq!(Findings::log_odds([(AdviceGiving, -3.0)].into_iter()).advice, -3.0, "the only head there is");
}

proptest! {
    #[test]
    fn the_text_without_a_word_has_all_other_words(text in "\\PC{0,20}( |\t|\u{3000}|\\PC{1,6}){0,12}") {
        let words = words(&text);
        let all: Vec<&str> = text.split_whitespace().collect();
        prop_assert_eq!(words.len(), all.len());
        for (nth, word) in words.iter().enumerate() {
            prop_assert_eq!(&text[word.start..word.end], all[nth]);
            let rest = without(&text, &words, nth);
            let others: Vec<&str> = all.iter().enumerate().filter(|(other, _)| *other != nth).map(|(_, word)| *word).collect();
            prop_assert_eq!(rest.split_whitespace().collect::<Vec<_>>(), others);
        }
    }
}
