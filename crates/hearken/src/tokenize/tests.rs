#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::ops::RangeInclusive;

use super::*;
use crate::testing::{crate_dir, fast_dir, texts::Texts, tiny_dir};

fn fast_json() -> String {
    std::fs::read_to_string(fast_dir().join("tokenizer.json")).unwrap()
}

fn ids(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    let mut tokens = Tokens::default();
    tokenizer.encode(text, &mut tokens).unwrap();
    assert_eq!(tokens.len(), 1);
    tokens.row(0).to_vec()
}

/// The release of `tokenizers` that models are trained with.
fn reference(json: &str) -> tokenizers_023::Tokenizer {
    let mut tokenizer: tokenizers_023::Tokenizer = json.parse().unwrap();
    tokenizer.set_encode_special_tokens(true);
    tokenizer
}

/// Characters that the two releases tell apart: each has another edition of Unicode, and with it another idea of what is
/// punctuation and so ends a word. None of the 143 is in use on social networks, none is in the vocabulary.
const PUNCTUATION_OF_ONE_EDITION: [RangeInclusive<char>; 42] = [
    '\u{61d}'..='\u{61d}',
    '\u{9fd}'..='\u{9fd}',
    '\u{a76}'..='\u{a76}',
    '\u{c77}'..='\u{c77}',
    '\u{c84}'..='\u{c84}',
    '\u{166d}'..='\u{166d}',
    '\u{1b4e}'..='\u{1b4f}',
    '\u{1b7d}'..='\u{1b7f}',
    '\u{2e43}'..='\u{2e4f}',
    '\u{2e52}'..='\u{2e5d}',
    '\u{10d6e}'..='\u{10d6e}',
    '\u{10ead}'..='\u{10ead}',
    '\u{10ed0}'..='\u{10ed0}',
    '\u{10f55}'..='\u{10f59}',
    '\u{10f86}'..='\u{10f89}',
    '\u{111c9}'..='\u{111c9}',
    '\u{113d4}'..='\u{113d5}',
    '\u{113d7}'..='\u{113d8}',
    '\u{1144b}'..='\u{1144f}',
    '\u{1145a}'..='\u{1145b}',
    '\u{1145d}'..='\u{1145d}',
    '\u{11660}'..='\u{1166c}',
    '\u{116b9}'..='\u{116b9}',
    '\u{1183b}'..='\u{1183b}',
    '\u{11944}'..='\u{11946}',
    '\u{119e2}'..='\u{119e2}',
    '\u{11a3f}'..='\u{11a46}',
    '\u{11a9a}'..='\u{11a9c}',
    '\u{11a9e}'..='\u{11aa2}',
    '\u{11b00}'..='\u{11b09}',
    '\u{11be1}'..='\u{11be1}',
    '\u{11c41}'..='\u{11c45}',
    '\u{11c70}'..='\u{11c71}',
    '\u{11ef7}'..='\u{11ef8}',
    '\u{11f43}'..='\u{11f4f}',
    '\u{11fff}'..='\u{11fff}',
    '\u{12ff1}'..='\u{12ff2}',
    '\u{16d6d}'..='\u{16d6f}',
    '\u{16e97}'..='\u{16e9a}',
    '\u{16fe2}'..='\u{16fe2}',
    '\u{1e5ff}'..='\u{1e5ff}',
    '\u{1e95e}'..='\u{1e95f}',
];

fn is_disputed(character: char) -> bool {
    PUNCTUATION_OF_ONE_EDITION.iter().any(|range| range.contains(&character))
}

#[test]
fn ids_are_those_of_the_release_that_models_are_trained_with() {
    let json = fast_json();
    let (ours, theirs) = (Tokenizer::from_json(&json, 8192, false).unwrap(), reference(&json));
    let mut different = Vec::new();
    let (mut ids_in_all, mut unknown) = (0, 0);
    for text in Texts::new(23).filter(|text| !text.contains(is_disputed)).take(8_000) {
        let found = ids(&ours, &text);
        let expected = theirs.encode_fast(text.as_str(), false).unwrap().get_ids().to_vec();
        ids_in_all += expected.len();
        unknown += expected.iter().filter(|&&id| Some(id) == theirs.token_to_id("[UNK]")).count();
        if found != expected {
            different.push((text, found, expected));
        }
    }
    assert!(different.is_empty(), "{} texts differ, such as {:?}", different.len(), different[0]);
    assert!(
        ids_in_all > 100_000 && unknown * 3 < ids_in_all,
        "{ids_in_all} ids, {unknown} unknown: that tests nothing"
    );
}

#[test]
fn ids_are_the_same_for_every_character_there_is() {
    let json = fast_json();
    let (ours, theirs) = (Tokenizer::from_json(&json, 8192, false).unwrap(), reference(&json));
    let same = |text: &str| ids(&ours, text) == theirs.encode_fast(text, false).unwrap().get_ids();
    let agreed: Vec<char> = ('\0'..=char::MAX).filter(|character| !is_disputed(*character)).collect();
    for characters in agreed.chunks(256) {
        let text: String = characters.iter().map(|character| format!("a{character}b ")).collect();
        assert!(same(&text), "somewhere in {:?} to {:?}", characters[0], characters[characters.len() - 1]);
    }
    // Once they agree, the list can go.
    assert!(PUNCTUATION_OF_ONE_EDITION.iter().all(|range| !same(&format!("a{}b", range.start()))));
}

#[test]
fn the_frame_of_special_tokens_survives_the_cut() {
    let json = fast_json();
    let ours = Tokenizer::from_json(&json, 12, true).unwrap();
    let mut theirs = reference(&json);
    let cut = tokenizers_023::TruncationParams { max_length: 12, ..Default::default() };
    theirs.with_truncation(Some(cut)).unwrap();
    for text in Texts::new(5).filter(|text| !text.contains(is_disputed)).take(500).chain([String::new()]) {
        let found = ids(&ours, &text);
        assert_eq!(found, theirs.encode_fast(text.as_str(), true).unwrap().get_ids(), "{text:?}");
        assert!((2..=12).contains(&found.len()));
        assert_eq!(found.first().copied(), theirs.token_to_id("[CLS]"));
        assert_eq!(found.last().copied(), theirs.token_to_id("[SEP]"));
    }
}

#[test]
fn all_kinds_of_tokenizers_give_the_ids_of_the_release_that_models_are_trained_with() {
    for kind in ["wordpiece", "bpe", "unigram"] {
        let path = crate_dir().join("tests/data/foreign").join(kind).join("tokenizer.json");
        let json = std::fs::read_to_string(path).unwrap();
        for max_tokens in [16, 8192] {
            let ours = Tokenizer::from_json(&json, max_tokens, true).unwrap();
            let mut theirs = reference(&json);
            let cut = tokenizers_023::TruncationParams { max_length: max_tokens, ..Default::default() };
            theirs.with_truncation(Some(cut)).unwrap();
            let fits = |text: &String| !text.contains(is_disputed) && text.len() <= max_tokens * BYTES_PER_TOKEN;
            for text in Texts::new(31).filter(fits).take(1_000) {
                let expected = theirs.encode_fast(text.as_str(), true).unwrap();
                assert_eq!(ids(&ours, &text), expected.get_ids(), "{kind}, {max_tokens}: {text:?}");
            }
        }
    }
}

#[test]
fn lower_case_beforehand_changes_no_id() {
    let beforehand = Tokenizer::from_json(&fast_json(), 64, false).unwrap();
    let mut as_it_is = beforehand.clone();
    as_it_is.ignores_case = false;
    assert!(beforehand.ignores_case);
    let odd = ["MiXeD Café CAFE\u{301}", "İSTANBUL ıI", "\u{212a}ELVIN K\u{30a}", "ΣΑΣ A\tB\nC", "[PAD] [SEP]"]
        .map(str::to_owned);
    for text in Texts::new(41).take(4_000).chain(odd) {
        assert_eq!(ids(&beforehand, &text), ids(&as_it_is, &text), "{text:?}");
    }
}

#[test]
fn case_matters_where_the_tokenizer_says_so() {
    let json = fast_json();
    let cased = json
        .replace(r#""lowercase":true"#, r#""lowercase":false"#)
        .replace(r#""lowercase": true"#, r#""lowercase": false"#);
    let added = json.replacen(r#""special":true"#, r#""special":false"#, 1).replacen(
        r#""special": true"#,
        r#""special": false"#,
        1,
    );
    assert!(cased != json && added != json);
    assert!(ignores_case(&json) && !ignores_case(&cased) && !ignores_case(&added) && !ignores_case("{}"));
    assert_ne!(
        ids(&Tokenizer::from_json(&cased, 64, false).unwrap(), "THE"),
        ids(&Tokenizer::from_json(&json, 64, false).unwrap(), "THE")
    );
}

#[test]
fn special_tokens_that_people_type_are_text() {
    let json = fast_json();
    let (ours, theirs) = (Tokenizer::from_json(&json, 64, false).unwrap(), reference(&json));
    for name in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
        let special = theirs.token_to_id(name).unwrap();
        let found = ids(&ours, &format!("so {name} sad"));
        assert!(!found.contains(&special), "{name} became a command: {found:?}");
        assert!(found.len() > 3);
    }
}

#[test]
fn a_text_is_cut_to_its_first_tokens() {
    let json = fast_json();
    let whole = Tokenizer::from_json(&json, 8192, false).unwrap();
    for max_tokens in [3, 64] {
        let cutting = Tokenizer::from_json(&json, max_tokens, false).unwrap();
        for text in Texts::new(9).filter(|text| text.len() <= max_tokens * BYTES_PER_TOKEN).take(300) {
            let all = ids(&whole, &text);
            assert_eq!(ids(&cutting, &text), all[..all.len().min(max_tokens)], "{text:?}");
        }
    }
}

#[test]
fn of_a_huge_text_only_the_beginning_is_looked_at() {
    let tokenizer = Tokenizer::from_json(&fast_json(), 4, false).unwrap();
    let limit = 4 * BYTES_PER_TOKEN;
    for character in ["x", "é", "界", "😢"] {
        // Nothing but spaces up to the limit, so that a look beyond it would show.
        for spaces in limit - 5..=limit {
            let found = ids(&tokenizer, &(" ".repeat(spaces) + &character.repeat(1_000_000)));
            assert_eq!(found.is_empty(), spaces + character.len() > limit, "{character} after {spaces} spaces");
        }
    }
}

#[test]
fn a_cut_falls_between_characters() {
    let text = "a\u{e9}\u{754c}\u{1f622}";
    let cuts: Vec<&str> = (0..12).map(|limit| truncate(text, limit)).collect();
    let (a, ae, aec) = ("a", "a\u{e9}", "a\u{e9}\u{754c}");
    assert_eq!(cuts, ["", a, a, ae, ae, ae, aec, aec, aec, aec, text, text]);
}

#[test]
fn rows_stay_apart() {
    let tokenizer =
        Tokenizer::from_json(&std::fs::read_to_string(tiny_dir().join("tokenizer.json")).unwrap(), 2, false);
    let tokenizer = tokenizer.unwrap();
    let mut tokens = Tokens::default();
    assert!(tokens.is_empty());
    for text in ["grief", "", "angry promo grief", "\u{200d}", "promo"] {
        tokenizer.encode(text, &mut tokens).unwrap();
    }
    let rows: Vec<&[u32]> = (0..tokens.len()).map(|row| tokens.row(row)).collect();
    assert_eq!(rows, [&[5][..], &[], &[6, 9], &[], &[9]]);
    tokens.clear();
    assert!(tokens.is_empty());
    tokenizer.encode("promo", &mut tokens).unwrap();
    assert_eq!(tokens.row(0), [9]);
}

#[test]
fn what_is_no_tokenizer_is_refused() {
    for json in ["", "{}", "garbage", r#"{"version":"1.0","model":{"type":"Mystery"}}"#] {
        let error = Tokenizer::from_json(json, 64, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().starts_with("tokenizer.json can't be used: "), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn words_are_read_as_far_as_the_ids_reach() {
    let json = std::fs::read_to_string(tiny_dir().join("tokenizer.json")).unwrap();
    let read = |max_tokens, special_tokens, text: &str| {
        let tokenizer = Tokenizer::from_json(&json, max_tokens, special_tokens).unwrap();
        let mut end = 0;
        let ends: Vec<usize> = text.split(' ').map(|word| (end + word.len(), end += word.len() + 1).0).collect();
        tokenizer.words_read(text, &ends).unwrap()
    };
    let text = "grief so angry,giving a grief so angry";
    for (max_tokens, words) in [(1, 1), (2, 2), (3, 3), (4, 3), (5, 3), (6, 4), (8, 6), (9, 7), (10, 7)] {
        assert_eq!(read(max_tokens, false, text), words, "{max_tokens} ids");
        // The frame takes two.
        assert_eq!(read(max_tokens + 2, true, text), words, "{max_tokens} ids in a frame");
    }
    // Far fewer ids than there are bytes, which have an end as well.
    let long = format!("{} grief", "x".repeat(BYTES_PER_TOKEN * 4));
    assert_eq!(read(4, false, &long), 1);
    assert_eq!(read(5, false, &long), 2);
}
