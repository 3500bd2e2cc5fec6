//! Entity F1 against figures that `seqeval` gave for the same labels.

use std::collections::BTreeMap;

use dyad_evaluate::scores;
use serde::Deserialize;

#[derive(Deserialize)]
struct Stored {
    gold: Vec<String>,
    predicted: Vec<String>,
    micro: BTreeMap<String, f64>,
    classes: BTreeMap<String, BTreeMap<String, f64>>,
    macro_f1: f64,
}

#[test]
fn figures_agree_with_seqeval_to_four_digits() {
    let stored: Stored = serde_json::from_str(include_str!("fixtures/seqeval.json")).unwrap();
    let split = |cases: &[String]| -> Vec<Vec<String>> {
        cases.iter().map(|case| case.split(' ').map(str::to_owned).collect()).collect()
    };
    let scores = scores::entities(&split(&stored.gold), &split(&stored.predicted));
    let close = |ours: f64, theirs: f64, what: &str| {
        assert!((ours - theirs).abs() < 5e-5, "{what}: {ours} here, {theirs} in seqeval");
    };
    close(scores.micro_f1, stored.micro["f1"], "micro F1");
    close(scores.macro_f1, stored.macro_f1, "macro F1");
    assert_eq!(scores.classes.len(), stored.classes.len());
    for class in &scores.classes {
        let theirs = &stored.classes[&class.label];
        close(class.precision, theirs["precision"], &class.label);
        close(class.recall, theirs["recall"], &class.label);
        close(class.f1, theirs["f1-score"], &class.label);
        close(class.support as f64, theirs["support"], &class.label);
    }
}
