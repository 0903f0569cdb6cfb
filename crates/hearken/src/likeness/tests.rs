#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn by(author: &str, platform: &str, text: &str) -> Marks {
    let mut post = Post::new("1", text.to_owned());
    post.author = Some(author.to_owned().into());
    post.platform = Some(platform.to_owned().into());
    Marker::default().marks(&post)
}

fn are_like(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| by("ada", "x", text).signature);
    let (Some(one), Some(other)) = (one, other) else { return false };
    let mut index = SignatureIndex::new();
    index.insert(7, &one);
    index.like(&other) == Some(7)
}

const SALE: &str = "Our winter sale is live now! Every lamp, every chair, every rug at half the price until Sunday night. \
                    Follow the link in our bio and use the code";

#[test]
fn copies_are_like_whatever_copies_differ_in() {
    let copies = [
        format!("@ola {SALE} FROST20 https://example.org/a1"),
        format!("{} FROST77 ❄️❄️", SALE.to_uppercase()),
        SALE.replace("chair", "sofa"),
        SALE.replace("half the price", "half the usual price"),
        SALE.replace("!", "…").replace(", ", " , "),
        format!("Hey friends. {SALE}"),
    ];
    for copy in copies {
        assert!(are_like(SALE, &copy), "{copy}");
    }
}

#[test]
fn everyday_sentences_of_two_people_are_not_like() {
    // Each of these pairs is two people's own grief or trouble in words that many use.
    let pairs = [
        ("my dog died", "my dog died"),
        ("I can't do this anymore", "I can't do this anymore"),
        (
            "My dog died this morning and I don't know what to do.",
            "My cat died last night and I don't know what to do now.",
        ),
        (
            "My father died last night. I held his hand until the end and I can't sleep.",
            "My mother died on Friday. I held her hand the whole time and now I can't stop crying.",
        ),
        (
            "The app keeps crashing since the update, is anyone else having this problem?",
            "The app logs me out since the update, does anyone else have this problem today?",
        ),
        (
            "Thank you all so much for your kind words about my husband, it means the world",
            "Thank you everybody for the kind words about my brother, they mean a lot to us",
        ),
        (
            "How do I get a refund for a train that never came last night?",
            "How do I get a refund for a parcel that never came?",
        ),
    ];
    for (one, other) in pairs {
        assert!(!are_like(one, other), "{one} / {other}");
    }
}

#[test]
fn a_name_is_the_same_with_or_without_what_networks_put_around_it() {
    let text = "the boiler is out again and nobody comes";
    let [one, other, third, stranger] =
        [("@Ada", "x"), ("ada@social.example", "mastodon"), ("ada.example.org", "bluesky"), ("adam", "x")]
            .map(|(author, platform)| by(author, platform, text));
    assert_eq!(one.words_and_name, other.words_and_name);
    assert_eq!(one.words_and_name, third.words_and_name);
    assert_ne!(one.words_and_name, stranger.words_and_name);
    assert_ne!(one.person, other.person, "on another network it may be someone else");
    assert_eq!((one.words, by("ada", "x", "no heating today").words_and_name), (None, None), "too short to tell");
}

#[test]
fn a_text_without_words_has_no_marks_of_words() {
    for text in
        ["😭😭😭", "1 2 3 4 5 6 7 8 9 10 11 12 13", "https://a.example https://b.example", "@a @b @c @d @e @f @g @h @i"]
    {
        let marks = by("ada", "x", text);
        assert_eq!((marks.words, marks.words_and_name, marks.signature), (None, None, None), "{text}");
    }
}

#[test]
fn fingerprints_keep_the_parts_apart() {
    assert_ne!(of_post(Some("ab"), "c"), of_post(Some("a"), "bc"));
    assert_ne!(of_post(None, "1"), of_person(None, "1"));
    assert_eq!(of_post(None, "1"), of_post(Some(""), "1"), "no network is the same as none named");
}

#[test]
fn the_oldest_like_text_is_found_and_removed_ones_are_not() {
    let signature = by("ada", "x", SALE).signature.unwrap();
    let mut index = SignatureIndex::new();
    for key in [5, 3, 9] {
        index.insert(key, &signature);
    }
    assert_eq!(index.like(&signature), Some(3));
    index.remove(3);
    assert_eq!(index.like(&signature), Some(5));
}
