#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::error::Error as _;
use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::batch::{BatchLimits, Batcher};
use crate::testing::{crate_dir, fast, texts::Texts, tiny_dir};
use crate::tokenize::Tokens;

/// The tiny model's files, with a manifest that was changed.
fn tiny_files(change: impl FnOnce(&mut Value)) -> ModelFiles {
    let read = |name: &str| fs::read(tiny_dir().join(name)).unwrap();
    let mut manifest: Value = serde_json::from_slice(&read("hearken.json")).unwrap();
    change(&mut manifest);
    ModelFiles {
        onnx: read("model.onnx").into(),
        tokenizer: read("tokenizer.json").into(),
        manifest: serde_json::to_vec(&manifest).unwrap().into(),
    }
}

fn sha256(bytes: &[u8]) -> Value {
    hex(&Sha256::digest(bytes)).into()
}

/// Why a model isn't taken: by its files, or at the latest by its graph.
fn refusal(files: ModelFiles) -> Error {
    let error = Model::from_files(files).and_then(|model| model.classifier()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    error
}

fn assert_says(error: &Error, words: &[&str]) {
    let message = error.to_string();
    assert!(words.iter().all(|word| message.contains(word)), "{words:?} are not all in: {message}");
}

#[test]
fn a_manifest_that_makes_no_sense_is_refused_by_what_is_wrong() {
    type Change = fn(&mut Value);
    let cases: &[(&[&str], Change)] = &[
        (&["schema 2", "schema 1"], |json| json["schema"] = json!(2)),
        (&["unknown field", "`colour`"], |json| json["colour"] = json!("red")),
        (&["columns", "\"joy\"", "label_map", "urgency_3"], |json| json["columns"][0] = json!("joy")),
        (&["no column", "\"joy\""], |json| json["calibration"]["joy"] = json!({"scale": 1.0, "bias": 0.0})),
        (&["label_map", "\"joy\"", "none of the columns"], |json| json["label_map"] = json!({"joy": "grief"})),
        (&["no column", "\"joy\"", "advice_giving"], |json| json["label_map"] = json!({"grief": "joy"})),
        (&["label_map is empty"], |json| json["label_map"] = json!({})),
        (&["softmax", "grief", "always be 1"], |json| {
            json["activation"] = json!("softmax");
            json["columns"] = json!(["loss", "sorrow"]);
            json["label_map"] = json!({"loss": "grief", "sorrow": "grief"});
        }),
        (&["unknown variant", "`tanh`"], |json| json["activation"] = json!("tanh")),
        (&["batch", "at least 1"], |json| json["batch"] = json!({"rows": 0})),
        (&["unknown field", "`colums`"], |json| json["batch"] = json!({"colums": 1})),
        (&["languages", "\"english\"", "ISO 639-1"], |json| json["languages"] = json!(["en", "english"])),
        (&["languages is empty"], |json| json["languages"] = json!([])),
        (&["-1", "u32"], |json| json["padding_id"] = json!(-1)),
        (&["threshold", "grief", "careful", "2"], |json| {
            json["threshold_sets"] =
                json!({"careful": {"grief": 2.0, "frustration": 0.1, "advice": 0.1, "promotion": 0.1}});
        }),
        (&["two sets", "\"best-f1\""], |json| json["threshold_sets"] = json!({"best-f1": json["thresholds"]})),
        (&["missing field", "`output`"], |json| drop(json.as_object_mut().unwrap().remove("output"))),
        (&["columns is empty"], |json| json["columns"] = json!([])),
        (&["twice", "grief"], |json| json["columns"][1] = json!("grief")),
        (&["threshold", "advice", "1.5"], |json| json["thresholds"]["advice"] = json!(1.5)),
        (&["threshold", "grief", "-0.1"], |json| json["thresholds"]["grief"] = json!(-0.1)),
        (&["calibration", "grief", "above 0"], |json| json["calibration"]["grief"]["scale"] = json!(0.0)),
        (&["calibration", "urgency_3"], |json| json["calibration"]["urgency_3"]["scale"] = json!(-1.0)),
        (&["max_tokens", "0"], |json| json["max_tokens"] = json!(0)),
        (&["max_tokens", "1000000"], |json| json["max_tokens"] = json!(1_000_000)),
    ];
    for (words, change) in cases {
        let error = refusal(tiny_files(change));
        assert_says(&error, &["hearken.json: "]);
        assert_says(&error, words);
    }
    let garbage = ModelFiles { manifest: b"garbage"[..].into(), ..tiny_files(|_| ()) };
    assert_says(&refusal(garbage), &["hearken.json: ", "line 1"]);
}

#[test]
fn a_file_that_is_not_the_one_described_is_refused_with_both_digests() {
    let files = || tiny_files(|_| ());
    let other_graph = ModelFiles { onnx: b"other"[..].into(), ..files() };
    let expected = hex(&Sha256::digest(&files().onnx));
    assert_says(&refusal(other_graph), &["model.onnx", &expected, &hex(&Sha256::digest("other"))]);
    let other_tokenizer = ModelFiles { tokenizer: b"other"[..].into(), ..files() };
    assert_says(&refusal(other_tokenizer), &["tokenizer.json", &hex(&Sha256::digest("other"))]);
    let shouted = |json: &mut Value| {
        let digest = json["sha256"]["model.onnx"].as_str().unwrap().to_uppercase();
        json["sha256"]["model.onnx"] = digest.into();
    };
    assert!(Model::from_files(tiny_files(shouted)).is_ok(), "digits may be upper case");
}

#[test]
fn a_graph_that_does_not_fit_its_manifest_is_refused_by_name() {
    let renamed_input = tiny_files(|json| json["inputs"]["input_ids"] = json!("tokens"));
    assert_says(&refusal(renamed_input), &["the graph needs an input \"input_ids\""]);
    let one_input_more = tiny_files(|json| json["inputs"]["attention_mask"] = json!("mask"));
    assert_says(&refusal(one_input_more), &["the graph has no input \"mask\""]);
    let renamed_output = tiny_files(|json| json["output"] = json!("scores"));
    assert_says(&refusal(renamed_output), &["the graph has no output \"scores\""]);
    let one_column_less = tiny_files(|json| drop(json["columns"].as_array_mut().unwrap().pop()));
    assert_says(&refusal(one_column_less), &["\"logits\"", "8", "7 columns"]);
}

#[test]
fn a_graph_of_other_types_or_shapes_than_a_text_classifier_is_refused_by_what_it_has() {
    let odd = |name: &str| {
        let graph = fs::read(crate_dir().join("tests/data/foreign/odd").join(name)).unwrap();
        let files = tiny_files(|json| json["sha256"]["model.onnx"] = sha256(&graph));
        refusal(ModelFiles { onnx: graph.into(), ..files })
    };
    assert_says(&odd("int32_ids.onnx"), &["input \"input_ids\"", "i32", "not int64"]);
    assert_says(&odd("float64_logits.onnx"), &["output \"logits\"", "f64", "not float32"]);
    assert_says(&odd("logits_per_token.onnx"), &["output \"logits\"", "8 columns are named", "[batch, columns]"]);
}

#[test]
fn garbage_with_the_right_digest_is_refused() {
    let garbage = b"garbage";
    let onnx = tiny_files(|json| json["sha256"]["model.onnx"] = sha256(garbage));
    let error = refusal(ModelFiles { onnx: garbage[..].into(), ..onnx });
    assert_says(&error, &["can't load model.onnx"]);
    assert!(error.source().is_some());

    for garbage in [&b"garbage"[..], b"\xFF\xFE", b"{}"] {
        let tokenizer = tiny_files(|json| json["sha256"]["tokenizer.json"] = sha256(garbage));
        let error = refusal(ModelFiles { tokenizer: garbage.into(), ..tokenizer });
        assert_says(&error, &["tokenizer.json"]);
        assert!(error.source().is_some());
    }
}

#[test]
fn a_folder_that_lacks_a_file_is_refused_by_its_path() {
    for missing in ["hearken.json", "tokenizer.json", "model.onnx"] {
        let dir = tempfile::tempdir().unwrap();
        for name in ["hearken.json", "tokenizer.json", "model.onnx"].into_iter().filter(|name| *name != missing) {
            fs::copy(tiny_dir().join(name), dir.path().join(name)).unwrap();
        }
        let error = Model::open(dir.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert_says(&error, &[&dir.path().join(missing).display().to_string()]);
        assert!(error.source().unwrap().is::<std::io::Error>());
    }
    let nowhere = Model::open("/nowhere").unwrap_err();
    assert_says(&nowhere, &["/nowhere/hearken.json"]);
}

#[test]
fn a_damaged_folder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["hearken.json", "tokenizer.json"] {
        fs::copy(tiny_dir().join(name), dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("model.onnx"), "cut").unwrap();
    let error = Model::open(dir.path()).unwrap_err();
    assert_says(&error, &[&dir.path().display().to_string(), "model.onnx is not the file"]);
}

#[test]
fn the_digest_changes_with_each_file() {
    let digest = |files| Model::from_files(files).unwrap().digest();
    let original = tiny_files(|_| ());
    // Bytes that change nothing but themselves: an empty field of the protobuf, white space in the JSON.
    let onnx: Vec<u8> = [&original.onnx, &b"\x32\x00"[..]].concat();
    let tokenizer: Vec<u8> = [&original.tokenizer, &b"\n"[..]].concat();
    let digests = [
        digest(original.clone()),
        digest(ModelFiles {
            onnx: onnx.clone().into(),
            ..tiny_files(|json| json["sha256"]["model.onnx"] = sha256(&onnx))
        }),
        digest(ModelFiles {
            tokenizer: tokenizer.clone().into(),
            ..tiny_files(|json| json["sha256"]["tokenizer.json"] = sha256(&tokenizer))
        }),
        digest(tiny_files(|json| json["thresholds"]["grief"] = json!(0.41))),
    ];
    for (nth, one) in digests.iter().enumerate() {
        assert!(digests[..nth].iter().all(|other| other != one), "{nth}");
    }
    assert_eq!(digests[0], digest(original), "and with nothing else");
}

/// Logits of all rows, through batches of these limits.
fn logits(classifier: &mut Classifier, tokens: &Tokens, limits: BatchLimits) -> Vec<Vec<f32>> {
    let mut logits = vec![Vec::new(); tokens.len()];
    let mut batcher = Batcher::new(limits);
    batcher.start(tokens);
    while let Some(batch) = batcher.next_batch(tokens) {
        for (&row, found) in batch.rows.iter().zip(classifier.classify(&batch).unwrap().rows()) {
            logits[row] = found.to_vec();
        }
    }
    logits
}

#[test]
fn a_batch_answers_as_its_rows_do_one_by_one() {
    let model = fast();
    let max_tokens = model.manifest().max_tokens;
    let mut tokens = Tokens::default();
    let long = ["sad ", "[PAD] "].map(|word| word.repeat(2 * max_tokens));
    let odd = [String::new(), "\u{200d}".to_owned(), "x".to_owned()].into_iter().chain(long);
    for text in Texts::new(41).take(400).chain(odd) {
        model.tokenizer().encode(&text, &mut tokens).unwrap();
    }
    let count_of = |length| (0..tokens.len()).filter(|&row| tokens.row(row).len() == length).count();
    let fewest = if model.manifest().special_tokens { 2 } else { 0 };
    assert!(count_of(fewest) >= 2 && count_of(max_tokens) >= 2, "the extremes are missing");

    let mut classifier = model.classifier().unwrap();
    let single = logits(&mut classifier, &tokens, BatchLimits { rows: 1, ids: 1 });
    assert!(single.iter().all(|logits| logits.len() == model.manifest().columns.len()));
    assert!(single.iter().any(|logits| *logits != single[0]));
    let everything_in_one = BatchLimits { rows: usize::MAX, ids: usize::MAX };
    for limits in [BatchLimits::default(), BatchLimits { rows: 7, ids: 200 }, everything_in_one] {
        let batched = logits(&mut classifier, &tokens, limits);
        for (row, (batched, single)) in batched.iter().zip(&single).enumerate() {
            let same = batched.iter().zip(single).all(|(batched, single)| (batched - single).abs() <= 1e-5);
            assert!(same && batched.len() == single.len(), "row {row}, {limits:?}: {batched:?} for {single:?}");
        }
    }
}

#[test]
fn a_mask_covers_what_is_text() {
    let ids = ndarray::array![[5, 6, 0], [7, 8, 9], [0, 0, 0]];
    let batch = Batch { rows: &[0, 1, 2], ids: ids.view(), lengths: &[2, 3, 0] };
    let mut mask = vec![9; 20];
    fill_mask(&mut mask, &batch);
    assert_eq!(mask, [1, 1, 0, 1, 1, 1, 1, 0, 0], "of a text of no tokens, one of padding");
}

#[test]
fn what_the_graph_cannot_do_is_an_inference_error_with_its_cause() {
    let model = Model::from_files(tiny_files(|_| ())).unwrap();
    let mut classifier = model.classifier().unwrap();
    let outside_the_table = ndarray::array![[1_000_000]];
    let batch = Batch { rows: &[0], ids: outside_the_table.view(), lengths: &[1] };
    let error = classifier.classify(&batch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inference);
    assert_says(&error, &["(1, 1)"]);
    assert!(error.source().is_some());
    // The session survives it.
    let inside = ndarray::array![[5]];
    let logits = classifier.classify(&Batch { ids: inside.view(), ..batch }).unwrap().to_owned();
    assert_eq!(logits.row(0)[0], 8.0);
}

#[test]
fn the_runtime_tells_its_build() {
    assert!(runtime_info().unwrap().contains("ORT Build Info"));
}

#[test]
fn the_manifest_that_the_documentation_shows_is_one() {
    let page = include_str!("../../../../models/README.md");
    let (_, example) = page.split_once("```json\n").unwrap();
    let manifest = Manifest::from_json(example.split("```").next().unwrap().as_bytes()).unwrap();
    assert_eq!(manifest.heads().count(), 5);
    assert_eq!(manifest.threshold_set("high-recall").unwrap().grief, 0.2);
}
