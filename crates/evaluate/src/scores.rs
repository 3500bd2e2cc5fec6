//! Figures from gold and predicted labels.

use std::collections::BTreeSet;

use serde::Serialize;

/// Bins of the expected calibration error.
const BINS: usize = 10;

/// Precision, recall and F1 of one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassScores {
    /// Name of the class.
    pub label: String,
    /// Share of the predictions that are right, 0 to 1; 0 when nothing was predicted.
    pub precision: f64,
    /// Share of the gold cases that were found, 0 to 1; 0 when there is none.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Gold cases.
    pub support: usize,
}

/// Figures of all classes together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// One entry a class.
    pub classes: Vec<ClassScores>,
    /// Mean of the classes' F1.
    pub macro_f1: f64,
    /// F1 over all decisions together.
    pub micro_f1: f64,
}

/// Right predictions, all predictions and all gold cases of a class.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    right: usize,
    predicted: usize,
    gold: usize,
}

impl Counts {
    fn f1(self) -> f64 {
        ratio(2 * self.right, self.predicted + self.gold)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn scores(labels: &[String], counts: &[Counts]) -> Scores {
    let classes: Vec<ClassScores> = labels
        .iter()
        .zip(counts)
        .map(|(label, class)| ClassScores {
            label: label.clone(),
            precision: ratio(class.right, class.predicted),
            recall: ratio(class.right, class.gold),
            f1: class.f1(),
            support: class.gold,
        })
        .collect();
    let all = counts.iter().fold(Counts::default(), |sum, class| Counts {
        right: sum.right + class.right,
        predicted: sum.predicted + class.predicted,
        gold: sum.gold + class.gold,
    });
    let macro_f1 = classes.iter().map(|class| class.f1).sum::<f64>() / classes.len().max(1) as f64;
    Scores { classes, macro_f1, micro_f1: all.f1() }
}

/// Exclusive classes, given as indices into `labels`. The micro F1 is the accuracy.
///
/// # Panics
/// When an index is outside `labels`.
pub fn exclusive(gold: &[usize], predicted: &[usize], labels: &[String]) -> Scores {
    let mut counts = vec![Counts::default(); labels.len()];
    for (&gold, &predicted) in gold.iter().zip(predicted) {
        counts[gold].gold += 1;
        counts[predicted].predicted += 1;
        counts[gold].right += usize::from(gold == predicted);
    }
    scores(labels, &counts)
}

/// Independent labels: each case has a set of indices into `labels`.
///
/// # Panics
/// When an index is outside `labels`.
pub fn independent(gold: &[BTreeSet<usize>], predicted: &[BTreeSet<usize>], labels: &[String]) -> Scores {
    let mut counts = vec![Counts::default(); labels.len()];
    for (gold, predicted) in gold.iter().zip(predicted) {
        gold.iter().for_each(|&label| counts[label].gold += 1);
        predicted.iter().for_each(|&label| counts[label].predicted += 1);
        gold.intersection(predicted).for_each(|&label| counts[label].right += 1);
    }
    scores(labels, &counts)
}

/// Entities: an entity is right when its words and its type are. Each case is a sequence of BIO labels, one a word; chunks
/// are read as `conlleval` and `seqeval` (default mode) read them, so that an `I-` without its `B-` starts an entity.
pub fn entities(gold: &[Vec<String>], predicted: &[Vec<String>]) -> Scores {
    let chunks = |cases: &[Vec<String>]| -> BTreeSet<(usize, usize, usize, String)> {
        cases
            .iter()
            .enumerate()
            .flat_map(|(case, labels)| {
                chunks(labels).into_iter().map(move |(start, end, kind)| (case, start, end, kind))
            })
            .collect()
    };
    let (gold, predicted) = (chunks(gold), chunks(predicted));
    let kinds: Vec<String> = gold
        .iter()
        .chain(&predicted)
        .map(|chunk| chunk.3.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let count = |set: &mut dyn Iterator<Item = &(usize, usize, usize, String)>, kind: &str| {
        set.filter(|chunk| chunk.3 == kind).count()
    };
    let counts: Vec<Counts> = kinds
        .iter()
        .map(|kind| Counts {
            right: count(&mut gold.intersection(&predicted), kind),
            predicted: count(&mut predicted.iter(), kind),
            gold: count(&mut gold.iter(), kind),
        })
        .collect();
    scores(&kinds, &counts)
}

/// Chunks of a BIO sequence: first word, one past the last word, type.
fn chunks(labels: &[String]) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    for (word, label) in labels.iter().map(String::as_str).chain(["O"]).enumerate() {
        let (begins, kind) = match label.split_once('-') {
            Some((position, kind)) => (position == "B", Some(kind)),
            None => (false, None),
        };
        if let Some((start, current)) = open
            && (begins || kind != Some(current))
        {
            found.push((start, word, current.to_owned()));
            open = None;
        }
        if open.is_none() {
            open = kind.map(|kind| (word, kind));
        }
    }
    found
}

/// Expected calibration error (Naeini et al. 2015; Guo et al. 2017): the mean distance between confidence and accuracy
/// over ten bins of equal width, weighted by the cases in a bin. 0 is perfect, 1 the worst.
///
/// Each case is a confidence (0 to 1) and whether the prediction was right.
pub fn calibration_error(cases: &[(f32, bool)]) -> f64 {
    let mut bins = [(0usize, 0.0f64, 0usize); BINS];
    for &(confidence, right) in cases {
        // The last bin includes 1.
        let bin = ((f64::from(confidence) * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += 1;
        bins[bin].1 += f64::from(confidence);
        bins[bin].2 += usize::from(right);
    }
    bins.iter().map(|(_, confidence, right)| (confidence - *right as f64).abs()).sum::<f64>()
        / cases.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owned(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn chunks_end_and_start_where_conlleval_says() {
        let kinds = |labels: &[&str]| chunks(&owned(labels));
        assert_eq!(kinds(&["B-x", "I-x", "B-x", "O"]), [(0, 2, "x".to_owned()), (2, 3, "x".to_owned())]);
        assert_eq!(kinds(&["O", "I-x", "I-y"]), [(1, 2, "x".to_owned()), (2, 3, "y".to_owned())]);
        assert!(kinds(&["O", "O"]).is_empty());
    }

    #[test]
    fn exclusive_classes() {
        let labels = owned(&["negative", "positive"]);
        let scores = exclusive(&[0, 0, 1, 1], &[0, 1, 1, 1], &labels);
        assert!((scores.micro_f1 - 0.75).abs() < 1e-12);
        assert!((scores.classes[0].recall - 0.5).abs() < 1e-12);
        assert!((scores.macro_f1 - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_class_that_nobody_predicts_counts_as_zero() {
        let labels = owned(&["a", "b"]);
        let set = |items: &[usize]| items.iter().copied().collect::<BTreeSet<_>>();
        let scores = independent(&[set(&[0, 1]), set(&[])], &[set(&[0]), set(&[])], &labels);
        assert_eq!(scores.classes.iter().map(|class| class.f1).collect::<Vec<_>>(), [1.0, 0.0]);
        assert!((scores.macro_f1 - 0.5).abs() < 1e-12);
    }

    #[test]
    fn calibration_of_a_coin() {
        let fair: Vec<(f32, bool)> = (0..100).map(|case| (0.5, case % 2 == 0)).collect();
        assert!(calibration_error(&fair) < 1e-9);
        let sure: Vec<(f32, bool)> = (0..100).map(|case| (1.0, case % 2 == 0)).collect();
        assert!((calibration_error(&sure) - 0.5).abs() < 1e-9);
        assert_eq!(calibration_error(&[]), 0.0);
    }

    proptest! {
        #[test]
        fn figures_stay_between_0_and_1(cases in prop::collection::vec((0usize..3, 0usize..3, 0f32..=1.0), 0..60)) {
            let labels = owned(&["a", "b", "c"]);
            let gold: Vec<usize> = cases.iter().map(|case| case.0).collect();
            let predicted: Vec<usize> = cases.iter().map(|case| case.1).collect();
            let scores = exclusive(&gold, &predicted, &labels);
            prop_assert!((0.0..=1.0).contains(&scores.macro_f1) && (0.0..=1.0).contains(&scores.micro_f1));
            let right: Vec<(f32, bool)> = cases.iter().map(|case| (case.2, case.0 == case.1)).collect();
            prop_assert!((0.0..=1.0 + 1e-9).contains(&calibration_error(&right)));
        }
    }
}
