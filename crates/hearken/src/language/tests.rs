#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::testing::{crate_dir, texts::Texts};

fn reading(codes: &[&'static str]) -> Languages {
    Languages::new(codes.iter().copied()).unwrap()
}

/// Whether a model of these languages judges a post, and what is known of the post's language.
fn judged(codes: &[&'static str], tag: Option<&'static str>, text: &str) -> (bool, Option<String>) {
    let mut post = Post::new("1", text);
    post.lang = tag.map(Cow::Borrowed);
    let admitted = reading(codes).admit(&mut post);
    (admitted, post.lang.map(Cow::into_owned))
}

/// Posts made up for this test, each with its language.
fn posts(file: &str) -> Vec<(String, String)> {
    let path = crate_dir().join("tests/data/languages").join(file);
    let lines = std::fs::read_to_string(path).unwrap();
    lines.lines().map(|line| line.split_once('\t').unwrap()).map(|(lang, text)| (lang.into(), text.into())).collect()
}

#[test]
fn a_model_of_english_judges_english_however_it_is_written() {
    let english = posts("english.tsv");
    assert!(english.len() > 50);
    for (_, text) in english {
        let (admitted, lang) = judged(&["en"], None, &text);
        assert!(admitted, "called {lang:?}: {text}");
        assert!(lang.as_deref().is_none_or(|lang| lang == "en"), "called {lang:?}: {text}");
    }
}

#[test]
fn a_model_of_english_leaves_foreign_posts_alone() {
    let foreign = posts("foreign.tsv");
    let languages: std::collections::BTreeSet<&String> = foreign.iter().map(|(lang, _)| lang).collect();
    assert!(foreign.len() >= 90 && languages.len() >= 30);
    let found: Vec<_> = foreign.iter().map(|(lang, text)| (lang, judged(&["en"], None, text))).collect();
    let left_alone = found.iter().filter(|(_, (admitted, _))| !admitted).count();
    let named = found.iter().filter(|(expected, (_, lang))| lang.as_ref() == Some(*expected)).count();
    assert!(left_alone * 20 >= foreign.len() * 19, "only {left_alone} of {}", foreign.len());
    assert!(named * 4 >= foreign.len() * 3, "only {named} of {} by their name", foreign.len());
    let called_english = found.iter().filter(|(_, (_, lang))| lang.as_deref() == Some("en")).count();
    assert_eq!(called_english, 0);
}

#[test]
fn with_the_tag_of_its_language_every_foreign_post_is_left_alone() {
    for (lang, text) in posts("foreign.tsv") {
        let mut post = Post::new("1", text.as_str());
        post.lang = Some(Cow::Owned(format!("{lang}-X")));
        assert!(!reading(&["en"]).admit(&mut post), "{lang}: {text}");
        assert_eq!(post.lang.unwrap(), format!("{lang}-X"), "the tag stays as it was");
    }
}

#[test]
fn a_tag_of_a_language_that_the_model_reads_is_believed_unseen() {
    for tag in ["en", "EN", "en-US", "en_GB", "eng"] {
        let found = judged(&["en"], Some(tag), "no puedo creer que mi abuela ya no esté, la extraño muchísimo");
        assert_eq!(found, (true, Some(tag.to_owned())));
    }
}

#[test]
fn a_foreign_tag_does_not_outweigh_plain_english_or_too_little_text() {
    let english = "my dog died today and I don't know what to do";
    assert_eq!(judged(&["en"], Some("es"), english), (true, Some("en".to_owned())));
    for short in ["rip grandpa", "lol", "😭😭😭", "@ana miss u", ""] {
        assert_eq!(judged(&["en"], Some("ht"), short), (true, None), "{short}");
    }
    let german = "mein Hund ist heute gestorben, ich weine nur noch";
    assert_eq!(judged(&["de"], Some("en"), german), (true, Some("de".to_owned())));
    // Only a tag tells that this is Swahili; no detector needs to know it.
    assert!(!judged(&["en"], Some("sw"), "pole sana ndugu yangu kwa msiba").0);
}

#[test]
fn a_tag_that_says_nothing_counts_as_none() {
    for tag in ["und", "zxx", "mul", "mis", "qme", "art", "", "-", "x", "English", "🇬🇧"] {
        let found = judged(&["en"], Some(tag), "hoy hace un año que murió mi perro y todavía lloro cada noche");
        assert_eq!(found, (false, Some("es".to_owned())), "{tag}");
        assert!(judged(&["en"], Some(tag), "lol").0, "{tag}");
    }
}

#[test]
fn old_and_long_codes_are_understood() {
    assert_eq!([declared("in"), declared("iw"), declared("ji")], [Some("id"), Some("he"), Some("yi")]);
    assert_eq!([declared("spa"), declared("deu"), declared("fil")], [Some("es"), Some("de"), Some("fil")]);
    assert_eq!([code("cmn"), code("pes"), code("eng"), code("nob")], ["zh", "fa", "en", "nb"]);
    // Every language that the detectors know has a code.
    assert!(whatlang::Lang::all().iter().all(|lang| code(lang.code()) != UNDETERMINED));
    assert!(whichlang::LANGUAGES.iter().all(|lang| code(lang.three_letter_code()).len() == 2));
}

#[test]
fn what_is_in_no_language_is_judged() {
    for text in ["ಠ_ಠ", "ヽ(´ー｀)ノ", "¯\\_(ツ)_/¯", "12:30 1/2 100%", "@a @b https://example.es/perro", "𝓶𝔂 𝓭𝓸𝓰 𝓭𝓲𝓮𝓭"]
    {
        assert_eq!(judged(&["en"], None, text), (true, None), "{text}");
    }
}

#[test]
fn short_posts_in_foreign_letters_are_foreign() {
    for (text, lang) in [("γεια σου", "el"), ("안녕하세요", "ko"), ("สวัสดี", "th")] {
        assert_eq!(judged(&["en"], None, text), (false, Some(lang.to_owned())));
    }
    assert!(!judged(&["en"], None, "Привет").0);
}

#[test]
fn models_of_other_languages_judge_theirs() {
    let (english, german) =
        ("my dog died today and I can't stop crying", "mein Hund ist heute gestorben, ich weine nur");
    assert_eq!(judged(&["de"], None, german), (true, Some("de".to_owned())));
    assert_eq!(judged(&["de"], None, english), (false, Some("en".to_owned())));
    assert_eq!(judged(&["en", "de"], None, german), (true, Some("de".to_owned())));
    assert_eq!(judged(&["en", "de"], None, english), (true, Some("en".to_owned())));
    for (lang, text) in posts("foreign.tsv") {
        // Of the detectors' languages these are not; such a model must not be kept from its own posts.
        let unknown = lang == "sw";
        let own = Languages::new([lang.as_str()]).unwrap();
        let mut post = Post::new("1", text.as_str());
        assert_eq!(own.detectable, !unknown, "{lang}");
        assert!(own.admit(&mut post) || ["ru", "uk", "bg"].contains(&lang.as_str()), "{lang}: {text}");
    }
}

#[test]
fn a_model_of_a_language_that_no_detector_knows_goes_by_tags_alone() {
    assert_eq!(judged(&["sw"], None, "my dog died today and I can't stop crying"), (true, None));
    assert_eq!(judged(&["sw"], Some("sw"), "pole sana"), (true, Some("sw".to_owned())));
    assert!(!judged(&["sw"], Some("en"), "my dog died").0);
}

#[test]
fn two_different_everyday_words_are_english_however_they_are_written() {
    let count = |text: &str| english::everyday(words(text));
    assert_eq!([count(""), count("hola amigos"), count("my"), count("my MY My")], [0, 0, 1, 1]);
    for text in ["my dog", "MY #Dog", "\"my\" (dog)", "@my my dog", "It's you", "i’m alone", "my, dog!", "don't I'LL"]
    {
        assert_eq!(count(text), 2, "{text}");
    }
    for text in ["@the @and", "https://the.and/you", "theé andrés", "l'amour d'antan", "the-", "my's"] {
        assert!(count(text) < 2, "{text}");
    }
}

/// What the words of a text show to a model of English, if the first detector is not sure of it.
fn by_words(text: &str) -> Option<Finding> {
    let text = only_words_of_letters(text);
    let sentence = text.split(' ').filter(|word| word.starts_with(char::is_lowercase)).count() >= MANY_WORDS;
    reading(&["en"]).find_by_words(&text, english::everyday(words(&text)), first_opinion(&text), sentence)
}

#[test]
fn two_everyday_words_more_of_a_foreign_language_settle_a_short_post() {
    for (lang, text) in [
        ("sv", "jag saknar min mormor så"),
        ("da", "jeg savner min mormor så meget"),
        ("nb", "jeg er så lei meg nå"),
        ("hr", "ne znam što da radim"),
        ("hu", "nem tudom, mit csináljak most"),
        ("tr", "bugün çok kötü bir gün"),
        ("id", "aku kangen banget sama nenek"),
        ("tl", "hindi ko alam kung bakit ganito"),
        ("it", "non ho più parole oggi"),
        ("sk", "neviem čo mám robiť, som unavená"),
    ] {
        assert_eq!(by_words(text), Some(Finding::Foreign(lang)), "{text}");
        assert_eq!(judged(&["en"], None, text), (false, Some(lang.to_owned())), "{text}");
    }
}

#[test]
fn names_and_their_articles_are_no_foreign_words() {
    for text in [
        "RIP Señor Gutiérrez de la Fuente",
        "Juan de la Cruz y Maria del Carmen",
        "Ursula von der Leyen resigns",
        "Rafael van der Vaart scores",
        "c'mon c'mon",
    ] {
        assert!(judged(&["en"], None, text).0, "{text}");
    }
    let german = "Feierabend am Fluss, Pommes in der Hand, Enten im Wasser";
    assert_eq!(by_words(german), Some(Finding::Foreign("de")), "the same articles with more of their kind");
    // What no list has is judged too, where it is short.
    assert_eq!(by_words("gruwelijk mooie zonsondergang vanavond"), Some(Finding::Unclear));
}

#[test]
fn a_foreign_sentence_needs_one_word_if_the_first_detector_says_the_same() {
    // One word of its language against none of English, and one against one.
    let (bare, even) =
        ("perro gato casa mesa silla ventana puerta nunca", "perro gato casa mesa silla puerta nunca in");
    assert_eq!([first_opinion(bare), first_opinion(even)], ["es", "es"]);
    assert_eq!([by_words(bare), by_words(even)], [Some(Finding::Foreign("es")), None]);
    let short = "perros gatos ventana puerta nunca";
    assert_eq!((first_opinion(short), by_words(short)), ("es", Some(Finding::Unclear)), "no sentence");
}

#[test]
fn among_two_foreign_words_one_everyday_word_of_english_is_doubt_enough() {
    let text = "lost mi abuela hoy, te extraño";
    assert_eq!((english::everyday(words(text)), first_opinion(text)), (1, "es"));
    assert_eq!(by_words(text), Some(Finding::Unclear));
    assert_eq!(by_words("lost mi abuela hoy, te extraño mucho siempre"), Some(Finding::Foreign("es")));
}

#[test]
fn small_words_of_english_settle_a_sentence_that_has_no_others() {
    for text in ["u sure bout dat, cuz im tryna sleep n ur phone keeps ringin", "me n u r so done wit dis one"] {
        assert_eq!(english::everyday(words(text)), 0, "{text}");
        assert_eq!(by_words(text), Some(Finding::Likely("en")), "{text}");
    }
}

#[test]
fn a_sentence_of_unknown_words_is_shown_to_the_second_detector() {
    let text = "bibi yangu alifariki jana usiku siwezi kulala kabisa";
    assert_eq!(by_words(text), None);
    assert!(!judged(&["en"], None, text).0);
}

#[test]
fn words_speak_against_no_model_whose_language_has_no_list() {
    let estonian = "ma ei saa täna magada, sest homme on raske päev ja olen väga väsinud";
    assert_eq!(by_words(estonian), Some(Finding::Foreign("fi")), "its sister");
    assert!(reading(&["et"]).find_by_words(estonian, 0, "sv", true).is_none());
    assert!(judged(&["et"], None, estonian).0);
}

#[test]
fn words_of_all_languages_that_a_model_reads_count_for_it() {
    let german = "ich weiß nicht mehr was ich noch sagen soll";
    assert_eq!(judged(&["en"], None, german), (false, Some("de".to_owned())));
    for codes in [&["de"][..], &["en", "de"]] {
        assert_eq!(judged(codes, None, german), (true, Some("de".to_owned())));
    }
    // The first detector doesn't know Polish: words alone keep it from being foreign to a model of it.
    let polish = "nie wiem co mam teraz robić, bo wszystko jest bez sensu";
    assert_eq!(judged(&["en"], None, polish), (false, Some("pl".to_owned())));
    assert!(judged(&["pl"], None, polish).0);
}

#[test]
fn a_foreign_script_is_named_by_its_letters_or_by_the_detector() {
    for (lang, text) in [
        ("ru", "опять опоздал поезд, и мы стоим на морозе"),
        ("uk", "потяг знову спізнився, і її ніхто не чекає"),
        ("bg", "влакът пак закъсня, а навън е много студено и няма кой да ме вземе"),
        ("ur", "آج پھر ٹرین دیر سے آئی ہے"),
        ("fa", "قطار باز هم دیر کرد و من پول ندارم"),
        ("he", "הרכבת שוב מאחרת ואני עומדת בקור"),
    ] {
        assert_eq!(judged(&["en"], None, text), (false, Some(lang.to_owned())), "{text}");
    }
    // With a tag nobody asks for the name, and a model of one of the script's languages is asked with care.
    assert_eq!(judged(&["en"], Some("bg"), "влакът пак закъсня"), (false, Some("bg".to_owned())));
    assert!(judged(&["uk"], None, "потяг знову спізнився, і її ніхто не чекає").0);
}

#[test]
fn of_a_huge_post_the_beginning_counts() {
    let text = format!("{} {}", "mein Hund ist heute gestorben".repeat(10_000), "my dog died");
    assert_eq!(judged(&["en"], None, &text), (false, Some("de".to_owned())));
}

#[test]
fn no_code_of_a_language_is_refused_by_name() {
    assert_eq!(Languages::new(["en", "xx"]).unwrap_err(), "xx");
    assert_eq!(Languages::new(["english"]).unwrap_err(), "english");
}

#[test]
fn odd_texts_are_no_trouble() {
    for text in Texts::new(3).take(2_000) {
        judged(&["en"], None, &text);
        judged(&["de", "ja"], Some("fr"), &text);
    }
}

proptest! {
    #[test]
    fn no_text_and_no_tag_is_any_trouble(text in "\\PC{0,80}", tag in "\\PC{0,6}") {
        let mut post = Post::new("1", text);
        post.lang = Some(tag.into());
        reading(&["en"]).admit(&mut post);
    }
}
