//! Exclusive classes: judgements of a target, and what they share with stance and tone.

use dyad_core::Polarity;
use dyad_models::SequenceClassifier;

use super::{Outcome, Task};
use crate::formats::TargetCase;
use crate::reading::{BATCH_SEQUENCES, judge_pairs, read_all};
use crate::{EvaluateError, Measured, scores};

pub(super) fn sentiment(model: &mut Measured, cases: &[TargetCase]) -> Result<Outcome, EvaluateError> {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let answers = match model {
        Measured::Sentiment(model) => judge(model, cases)?,
        other => read_all(other.joint(Task::Sentiment)?, &texts, |number, tokens, hidden, heads| {
            heads.sentiment(hidden, &tokens.overlapping(&[cases[number].span]))
        })?,
    };
    let gold: Vec<usize> = cases.iter().map(|case| polarity_class(case.polarity)).collect();
    let rows = answers.into_iter().map(|answer| answer.map_or(NEUTRAL, triple).to_vec());
    Ok(exclusive(&gold, rows, &polarity_names()))
}

/// The judgement of each target by a checkpoint, which is told it as the second text.
fn judge(
    model: &mut SequenceClassifier,
    cases: &[TargetCase],
) -> Result<Vec<Option<Polarity>>, EvaluateError> {
    let pairs: Vec<(&str, &str)> = cases
        .iter()
        .map(|case| (case.text.as_str(), case.span.slice(&case.text).unwrap_or_default()))
        .collect();
    judge_pairs(model, &pairs, BATCH_SEQUENCES, SequenceClassifier::polarities)
}

/// What a sentence that could not be read counts as.
pub(super) const NEUTRAL: [f32; 3] = [0.0, 1.0, 0.0];

pub(super) fn triple(polarity: Polarity) -> [f32; 3] {
    [polarity.negative, polarity.neutral, polarity.positive]
}

pub(super) fn polarity_class(polarity: i8) -> usize {
    match polarity {
        i8::MIN..=-1 => 0,
        0 => 1,
        1.. => 2,
    }
}

pub(super) fn polarity_names() -> [String; 3] {
    ["negative", "neutral", "positive"].map(str::to_owned)
}

/// Scores of exclusive classes from one row of probabilities a case.
pub(super) fn exclusive(gold: &[usize], rows: impl Iterator<Item = Vec<f32>>, labels: &[String]) -> Outcome {
    let (mut predicted, mut confidences) = (Vec::with_capacity(gold.len()), Vec::with_capacity(gold.len()));
    for (row, &gold) in rows.zip(gold) {
        let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        predicted.push(best);
        confidences.push((row[best], best == gold));
    }
    let scores = scores::exclusive(gold, &predicted, labels);
    Outcome { cases: gold.len(), scores, confidences, confusions: Vec::new(), left_out_labels: 0 }
}
