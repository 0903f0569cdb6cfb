//! The models of the project, as they ship.

use hearken::{Label, Model};

use crate::testing::{accurate, annotated, crate_dir, fast};

/// The texts of the sample day.
fn sample() -> Vec<String> {
    let lines = std::fs::read_to_string(crate_dir().join("examples/posts.jsonl")).unwrap();
    let texts = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    texts.filter_map(|post| Some(post["text"].as_str()?.to_owned())).filter(|text| !text.trim().is_empty()).collect()
}

#[test]
fn a_record_does_not_depend_on_the_posts_beside_it() {
    for (model, every) in [(fast(), 3), (accurate(), 12)] {
        let texts = sample();
        let together = annotated(model.clone(), texts.clone());
        assert_eq!(together.len(), texts.len());
        for (nth, text) in texts.iter().enumerate().step_by(every) {
            let alone = annotated(model.clone(), vec![text.clone()]).remove(0);
            assert_eq!(alone, together[nth], "{}", model.manifest().name);
        }
    }
}

#[test]
fn high_recall_asks_for_no_more_than_the_best_f1() {
    for model in [fast(), accurate()] {
        let manifest = model.manifest();
        let sensitive = manifest.threshold_set("high-recall").unwrap();
        assert!(Label::ALL.into_iter().all(|label| sensitive.get(label) <= manifest.thresholds.get(label)));
        assert!(sensitive.grief < manifest.thresholds.grief);
        assert_eq!(manifest.languages.as_deref(), Some(["en".to_owned()].as_slice()));
    }
}

fn hears_grief(model: Model, text: &str) -> bool {
    annotated(model, vec![text.to_owned()])[0]["assigned"].as_array().unwrap().iter().any(|label| label == "grief")
}

#[test]
fn accurate_reads_more_than_words() {
    for (text, grief) in [
        ("My dog is dead. I found him in the garage this morning.", true),
        ("My dog is not dead, he was asleep in the garage the whole time!", false),
        ("I'm dead lol this video killed me", false),
    ] {
        assert_eq!(hears_grief(accurate(), text), grief, "{text}");
    }
}
