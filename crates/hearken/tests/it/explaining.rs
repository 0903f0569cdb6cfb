//! What is said of each word: true to what a pipeline makes of the text without it.

use hearken::explain::{Effect, Explanation, Findings, MOST_WORDS};
use hearken::label::PerLabel;
use hearken::policy::Disposition;
use hearken::record::{Annotated, Explained};
use hearken::{ErrorKind, Explainer, Label, Model, ModelFiles, Pipeline, Policy, Post, Thresholds};
use serde_json::Value;

use crate::testing::{annotated, fast, noon, tiny, tiny_dir, within};

fn explainer(model: &Model) -> Explainer {
    Explainer::new(model, &Thresholds::default(), Policy::default()).unwrap()
}

fn with_tiny(text: &str) -> Explanation {
    explainer(&Model::open(tiny_dir()).unwrap()).explain(&Post::new("1", text)).unwrap()
}

/// The tiny model, reading so many ids.
fn tiny_of(max_tokens: usize) -> Model {
    let read = |name: &str| std::fs::read(tiny_dir().join(name)).unwrap();
    let manifest = String::from_utf8(read("hearken.json")).unwrap();
    let manifest = manifest.replace("\"max_tokens\": 16", &format!("\"max_tokens\": {max_tokens}")).into_bytes();
    let (onnx, tokenizer) = (read("model.onnx").into(), read("tokenizer.json").into());
    Model::from_files(ModelFiles { onnx, tokenizer, manifest: manifest.into() }).unwrap()
}

fn effects(explanation: &Explanation) -> Vec<Effect> {
    explanation.words.iter().map(|word| word.effect.unwrap()).collect()
}

#[test]
fn the_word_that_pushes_a_head_has_the_effect_and_the_others_have_none() {
    type Head = fn(&Findings) -> f64;
    let heads: [(&str, Head); 6] = [
        ("grief", |found| found.grief),
        ("angry", |found| found.frustration),
        ("seeking", |found| found.advice_seeking),
        ("giving", |found| found.advice_giving),
        ("promo", |found| found.promotion),
        ("urgent", |found| found.urgency),
    ];
    for (word, head) in heads {
        let effects = effects(&with_tiny(&format!("well {word} then")));
        let most = if word == "urgent" { 1.4991 } else { 0.4997 };
        assert_eq!(head(&effects[1].probability), most, "{word}");
        assert!((head(&effects[1].log_odds) - 8.0).abs() < 1e-3, "{word}");
        for (other, of_other) in heads.iter().filter(|(other, _)| *other != word) {
            assert_eq!(of_other(&effects[1].probability), 0.0, "{word} on {other}");
        }
        for none in [effects[0], effects[2]] {
            assert_eq!((none.probability, none.log_odds), Default::default(), "beside {word}");
            assert_eq!(none.priority.value(), 0.0);
        }
    }
}

#[test]
fn advice_is_the_greater_of_its_two_heads_with_and_without_a_word() {
    let explanation = with_tiny("seeking giving giving");
    let effects = effects(&explanation);
    assert_eq!(effects[0].probability.advice, 0.0, "giving is heard all the same");
    assert_eq!(effects[0].probability.advice_seeking, 0.4997);
    assert_eq!(effects[1].probability.advice, 0.4997);
    assert_eq!(effects[1].probability.get(Label::Advice), 0.4997);
}

#[test]
fn where_a_probability_stands_at_1_the_log_odds_still_tell() {
    let effects = effects(&with_tiny("grief grief grief grief so"));
    for effect in &effects[..4] {
        assert_eq!((effect.probability.grief, effect.log_odds.grief), (0.0, 8.0));
    }
    assert_eq!(effects[4].log_odds.grief, 0.0);
}

/// Posts of several kinds, with characters of one to four bytes and white space of all sorts.
const POSTS: [&str; 6] = [
    "My dog died this morning. I don't know what to do without him 😢",
    "@NorthlineAir  day four\twithout my suitcase, nobody answers. is this a joke??",
    "Win a FREE tablet!!! Follow us, tag two friends → bit.example/x  #giveaway",
    "has anyone here got a café to recommend near the Żabka on 3rd?\nsomething quiet",
    "not sad at all, it's only a film",
    "hello",
];

#[test]
fn effects_are_what_a_pipeline_finds_without_the_word() {
    let mut explainer = explainer(&fast());
    for text in POSTS {
        let explanation = explainer.explain(&Post::new("1", text)).unwrap();
        let words: Vec<&str> = text.split_whitespace().collect();
        // `hello` alone leaves an empty text, which a pipeline takes as well.
        let without = |nth| [&words[..nth], &words[nth + 1..]].concat().join(" ");
        let mut records =
            annotated(fast(), std::iter::once(text.to_owned()).chain((0..words.len()).map(without)).collect());
        let whole = records.remove(0);
        assert_eq!(records.len(), explanation.words.len());
        for ((record, word), name) in records.iter().zip(&explanation.words).zip(words) {
            let number = |record: &Value, pointer: &str| record.pointer(pointer).unwrap().as_f64().unwrap();
            let effect = word.effect.unwrap();
            let found = [
                ("/labels/grief", effect.probability.grief),
                ("/labels/frustration", effect.probability.frustration),
                ("/labels/advice", effect.probability.advice),
                ("/advice/seeking", effect.probability.advice_seeking),
                ("/advice/giving", effect.probability.advice_giving),
                ("/labels/promotion", effect.probability.promotion),
                ("/urgency", effect.probability.urgency),
                ("/priority", effect.priority.value()),
            ];
            for (pointer, effect) in found {
                let expected = number(&whole, pointer) - number(record, pointer);
                assert!(
                    (effect - expected).abs() < 1e-9,
                    "{pointer} of {name:?} in {text:?}: {effect}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn all_at_once_is_the_same_as_one_after_the_other() {
    let mut explainer = explainer(&fast());
    for text in POSTS {
        let together = explainer.explain(&Post::new("1", text)).unwrap();
        for (nth, word) in together.words.iter().enumerate() {
            let words: Vec<&str> = text.split_whitespace().collect();
            let other = [&words[..nth], &words[nth + 1..]].concat().join(" ");
            let alone = explainer.explain(&Post::new("1", other)).unwrap().judgement;
            let expected = together.judgement.grief.value() - alone.grief.value();
            assert!((word.effect.unwrap().probability.grief - expected).abs() < 1e-9, "{:?}", words[nth]);
        }
    }
}

#[test]
fn the_whole_is_what_a_pipeline_makes_of_the_post() {
    let mut explainer = explainer(&fast());
    for text in POSTS {
        let mut post = Post::new("1", text);
        post.reach = Some(40_000);
        let explanation = explainer.explain(&post).unwrap();
        let judge = Pipeline::builder(fast()).workers(1).start().unwrap();
        assert_eq!(explainer.judge(), judge.judge(), "one name for the same judge");
        let lang = explanation.lang.as_deref();
        let record = Annotated::new("1", lang, &explanation.judgement, &explanation.head_start, explainer.judge());
        let mut expected = annotated(fast(), vec![text.to_owned()]).remove(0);
        // The pipeline was given no reach.
        let reach =
            explanation.head_start.why().into_iter().find(|term| serde_json::to_value(term.reason).unwrap() == "reach");
        let priority = expected["priority"].as_f64().unwrap() + reach.unwrap().minutes.value();
        expected["priority"] = ((priority * 10.0).round() / 10.0).into();
        assert_eq!(serde_json::to_value(record).unwrap(), expected);
    }
}

#[test]
fn thresholds_and_minutes_of_the_caller_are_in_force() {
    let model = Model::open(tiny_dir()).unwrap();
    let own = |thresholds| Thresholds { set: None, own: thresholds };
    let thresholds = own(PerLabel { grief: Some(0.9), ..PerLabel::default() });
    let policy = Policy { grief: 1000.0, ..Policy::default() };
    let mut explainer = Explainer::new(&model, &thresholds, policy.clone()).unwrap();
    assert_eq!((explainer.thresholds().grief, explainer.thresholds().promotion), (0.9, 0.4));
    let explanation = explainer.explain(&Post::new("1", "grief")).unwrap();
    assert_eq!(explanation.judgement.assigned.iter().count(), 0);
    assert_eq!(explanation.words[0].effect.unwrap().priority.value(), 499.7);
    let pipeline = tiny().threshold(Label::Grief, 0.9).policy(policy).start().unwrap();
    assert_eq!(explainer.judge(), pipeline.judge());

    let refused = |thresholds, policy| Explainer::new(&model, &own(thresholds), policy).unwrap_err();
    let error = refused(PerLabel { advice: Some(1.5), ..PerLabel::default() }, Policy::default());
    assert_eq!((error.kind(), error.to_string().contains("advice is 1.5")), (ErrorKind::Config, true), "{error}");
    let error = refused(PerLabel::default(), Policy { grief: f64::NAN, ..Policy::default() });
    assert_eq!((error.kind(), error.to_string().contains("grief is NaN")), (ErrorKind::Config, true), "{error}");
}

#[test]
fn a_post_in_a_language_that_the_model_does_not_read_is_explained_with_a_warning() {
    let spanish = Post::new("1", "Mi perro murió esta mañana y no sé qué hacer sin él, estoy destrozada");
    let explanation = explainer(&fast()).explain(&spanish).unwrap();
    assert_eq!((explanation.lang.as_deref(), explanation.lang_is_read), (Some("es"), false));
    let english = explainer(&fast()).explain(&Post::new("1", "My dog died this morning")).unwrap();
    assert_eq!((english.lang.as_deref(), english.lang_is_read), (Some("en"), true));
    let reads_all = with_tiny(&spanish.text);
    assert_eq!((reads_all.lang, reads_all.lang_is_read), (None, true));
}

#[test]
fn it_says_what_becomes_of_the_post() {
    let cases = [("grief", Disposition::Queued), ("promo promo", Disposition::Held), ("hi", Disposition::Neutral)];
    for (text, disposition) in cases {
        assert_eq!(with_tiny(text).disposition, disposition, "{text}");
    }
}

#[test]
fn words_beyond_the_end_of_the_model_are_not_read_and_do_not_move_up() {
    // 16 ids are read.
    let text = format!("grief {}{}", "so ".repeat(15), "angry ".repeat(5));
    let explanation = with_tiny(&text);
    let read: Vec<bool> = explanation.words.iter().map(|word| word.read).collect();
    assert_eq!(read, [[true; 16].as_slice(), &[false; 5]].concat());
    for word in &explanation.words {
        assert_eq!(word.effect.is_some(), word.read);
    }
    assert_eq!(explanation.words[0].effect.unwrap().probability.grief, 0.4997);
    assert_eq!(explanation.words[1].effect.unwrap().probability.frustration, 0.0, "no later word takes its place");
}

#[test]
fn a_word_that_is_read_in_part_is_read() {
    // Two ids of the word, the end of what is read between them.
    let explanation = with_tiny(&format!("{}grief,angry promo", "so ".repeat(14)));
    assert_eq!(explanation.words.iter().filter(|word| word.read).count(), 15);
    assert_eq!(explanation.words[14].effect.unwrap().probability.grief, 0.4997);
    assert_eq!(explanation.words[14].effect.unwrap().probability.frustration, 0.0);
}

#[test]
fn a_text_just_as_long_as_the_model_reads_is_read_whole() {
    assert!(with_tiny(&"so ".repeat(16)).words.iter().all(|word| word.read));
    // A zero-width space is no white space and gives no id.
    assert!(with_tiny("grief \u{200b} so \u{200b}").words.iter().all(|word| word.read));
}

#[test]
fn the_longest_text_is_bounded() {
    let model = tiny_of(8192);
    let text = "grief so ".repeat(5_000);
    let mut explainer = explainer(&model);
    let explanation = within(move || explainer.explain(&Post::new("1", text)).unwrap());
    assert_eq!(explanation.words.len(), 10_000);
    assert_eq!(explanation.words.iter().filter(|word| word.read).count(), 8192);
    let tried = explanation.words.iter().filter(|word| word.effect.is_some()).count();
    assert_eq!(tried, MOST_WORDS);
    assert!(explanation.words[..MOST_WORDS].iter().all(|word| word.effect.is_some()));
}

#[test]
fn a_text_without_words_has_none_to_explain() {
    for text in ["", " \n\t"] {
        let explanation = with_tiny(text);
        assert_eq!(explanation.words, []);
        assert_eq!(explanation.judgement.grief.value(), 0.0003);
    }
}

#[test]
fn a_model_that_fails_is_an_error() {
    let mut explainer = explainer(&Model::open(tiny_dir()).unwrap());
    assert!(explainer.explain(&Post::new("1", "all is well")).is_ok());
    let error = explainer.explain(&Post::new("1", "some poison here")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inference);
    assert!(!error.to_string().contains("poison"), "{error}");
    assert!(explainer.explain(&Post::new("1", "all is well")).is_ok(), "and the next post is none the worse");
}

#[test]
fn the_record_has_the_documented_fields_in_order() {
    let mut explainer = explainer(&Model::open(tiny_dir()).unwrap());
    let mut post = Post::new("7", "ż  Grief!");
    post.lang = Some("pl".into());
    let explanation = explainer.explain(&post).unwrap();
    let record = serde_json::to_string(&Explained::new(&post, &explanation, Some(noon()), &explainer)).unwrap();
    let zero = "\"grief\":0.0,\"frustration\":0.0,\"advice_seeking\":0.0,\"advice_giving\":0.0,\"advice\":0.0,\
                \"promotion\":0.0,\"urgency\":0.0";
    let grief = |effect: &str| zero.replacen("0.0", effect, 1);
    let expected = format!(
        "{{\"text\":\"ż  Grief!\",\"lang\":\"pl\",\
         \"labels\":{{\"grief\":0.5,\"frustration\":0.0003,\"advice\":0.0003,\"promotion\":0.0003}},\
         \"advice\":{{\"seeking\":0.0003,\"giving\":0.0003}},\"assigned\":[\"grief\"],\"urgency\":0.0009,\
         \"thresholds\":{{\"grief\":0.4,\"frustration\":0.4,\"advice\":0.4,\"promotion\":0.4}},\
         \"priority\":120.9,\"why\":[{{\"reason\":\"grief\",\"minutes\":120.0}},{{\"reason\":\"urgency\",\"minutes\":1.3}},\
         {{\"reason\":\"promotion\",\"minutes\":-0.4}}],\"disposition\":\"queued\",\"due_by\":\"2026-11-20T12:00:00Z\",\
         \"words\":[\
         {{\"word\":\"ż\",\"start\":0,\"end\":2,\"read\":true,\"effect\":{{{zero},\"priority\":0.0}},\"log_odds\":{{{zero}}}}},\
         {{\"word\":\"Grief!\",\"start\":4,\"end\":10,\"read\":true,\"effect\":{{{},\"priority\":119.9}},\"log_odds\":{{{}}}}}\
         ],\"model\":\"{}\"}}",
        grief("0.4997"),
        grief("8.0"),
        explainer.judge()
    );
    assert_eq!(record, expected);
}
