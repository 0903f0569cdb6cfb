#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn read_all(lines: &str) -> Vec<(usize, Prediction)> {
    let (records, judged) = mpsc::channel();
    read(lines.as_bytes(), &records).unwrap();
    drop(records);
    judged.iter().collect()
}

#[test]
fn a_record_says_which_post_it_judges_and_how() {
    let found = read_all(concat!(
        r#"{"id":"12","labels":{"grief":0.1,"frustration":0.2,"advice":0.4,"promotion":0.5},"#,
        r#""advice":{"seeking":0.3,"giving":0.4},"assigned":["advice","promotion"],"urgency":1.5,"priority":-20.5,"#,
        r#""lang":null,"model":"m@0"}"#,
        "\n"
    ));
    let (number, prediction) = found[0];
    assert_eq!((number, prediction.judged), (12, true));
    assert_eq!(prediction.probabilities.0, [0.1, 0.2, 0.4, 0.3, 0.4, 0.5]);
    let no = Some(false);
    assert_eq!(prediction.assigned.0, [no, no, Some(true), None, None, Some(true)]);
    assert_eq!((prediction.urgency, prediction.priority), (1.5, -20.5));
}

#[test]
fn a_record_without_a_judgement_is_probability_0_and_last() {
    let found = read_all(concat!(
        r#"{"id":"3","labels":null,"advice":null,"assigned":[],"urgency":null,"priority":null,"#,
        r#""reason":"unsupported language","lang":"fr","model":"m@0"}"#,
        "\n"
    ));
    assert_eq!(found, [(3, Prediction::unjudged())]);
}

#[test]
fn a_record_that_makes_no_sense_is_an_error() {
    let (records, _judged) = mpsc::channel();
    assert!(read(b"{\"id\":\"3\"}\n", &records).is_err());
    assert!(read(b"{\"id\":\"x\",\"assigned\":[]}\n", &records).is_err());
    assert!(read(b"{\"id\":\"3\",\"assigned\":[\"joy\"]}\n", &records).is_err());
}
