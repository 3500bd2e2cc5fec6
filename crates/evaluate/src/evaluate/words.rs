//! Entities against words and their labels.

use std::str::FromStr;

use dyad_annotate::entities::{Decoded, decode, decode_scores};
use dyad_core::{EntityType, Span};
use dyad_models::{LabelScheme, Tag, Tokens};
use ndarray::{ArrayView2, Axis};

use super::{Outcome, Task};
use crate::formats::WordCase;
use crate::reading::{BATCH_SEQUENCES, read_all, read_tags};
use crate::{EvaluateError, Measured, scores};

/// Labels of a sentence's words, and the confidence of each with whether it is right.
type Answer = (Vec<String>, Vec<(f32, bool)>);

pub(super) fn entities(model: &mut Measured, cases: &[WordCase]) -> Result<Outcome, EvaluateError> {
    let texts: Vec<String> = cases.iter().map(|case| case.words.join(" ")).collect();
    let views: Vec<&str> = texts.iter().map(String::as_str).collect();
    let gold: Vec<Vec<String>> =
        cases.iter().map(|case| case.labels.iter().map(|label| canonical(label)).collect()).collect();
    let judged = |number: usize,
                  tokens: &Tokens,
                  decoded: &Decoded,
                  scores: ArrayView2<'_, f32>,
                  scheme: &LabelScheme| {
        let case = &cases[number];
        (word_labels(case, decoded), word_confidences(case, &gold[number], tokens, scores, scheme))
    };
    let answers: Vec<Option<Answer>> = match model {
        Measured::Entities(model) => {
            let scheme = model.scheme().clone();
            read_tags(model, &views, BATCH_SEQUENCES, |number, tokens, scores| {
                judged(number, tokens, &decode_scores(tokens, scores, &scheme), scores, &scheme)
            })?
        }
        other => read_all(other.joint(Task::Entities)?, &views, |number, tokens, hidden, heads| {
            let scores = heads.entity_log_probabilities(hidden);
            judged(number, tokens, &decode(tokens, hidden, heads), scores.view(), heads.scheme())
        })?,
    };
    let mut confidences = Vec::new();
    let mut predicted = Vec::with_capacity(cases.len());
    for (answer, case) in answers.into_iter().zip(cases) {
        let (labels, sure) = answer.unwrap_or_else(|| (vec!["O".to_owned(); case.words.len()], Vec::new()));
        predicted.push(labels);
        confidences.extend(sure);
    }
    let scores = scores::entities(&gold, &predicted);
    Ok(Outcome { cases: cases.len(), scores, confidences, confusions: Vec::new(), left_out_labels: 0 })
}

/// The label with our name for its type (`B-PER` becomes `B-person`); a type we do not know stays and cannot be found.
fn canonical(label: &str) -> String {
    match label.split_once('-') {
        Some((position, kind)) => match EntityType::from_str(kind) {
            Ok(kind) => format!("{position}-{kind}"),
            Err(_) => label.to_owned(),
        },
        None => label.to_owned(),
    }
}

/// Byte range of each word in the words joined with one space.
fn word_spans(case: &WordCase) -> Vec<Span> {
    let mut start = 0;
    case.words
        .iter()
        .map(|word| {
            let span = Span::new(start, start + word.len());
            start = span.end + 1;
            span
        })
        .collect()
}

/// A data-set word takes the label of its first token: the model may part it further.
fn word_labels(case: &WordCase, decoded: &Decoded) -> Vec<String> {
    word_spans(case)
        .into_iter()
        .map(|word| {
            let entity = decoded
                .entities
                .iter()
                .find(|entity| entity.span.start <= word.start && word.start < entity.span.end);
            match entity {
                Some(entity) if entity.span.start == word.start => format!("B-{}", entity.entity_type),
                Some(entity) => format!("I-{}", entity.entity_type),
                None => "O".to_owned(),
            }
        })
        .collect()
}

/// Probability of the likeliest tag of each data-set word, and whether that tag is right; `scores` are log-probabilities,
/// `[tokens, tags]`.
fn word_confidences(
    case: &WordCase,
    gold: &[String],
    tokens: &Tokens,
    scores: ArrayView2<'_, f32>,
    scheme: &LabelScheme,
) -> Vec<(f32, bool)> {
    let spans = word_spans(case);
    let (mut rows, mut owners) = (Vec::new(), Vec::new());
    for (number, word) in spans.iter().enumerate() {
        // Cleaning may leave nothing of a word (control characters); it has no probability then.
        if let Some(&row) = tokens.overlapping(&[*word]).first() {
            rows.push(row);
            owners.push(number);
        }
    }
    scores
        .select(Axis(0), &rows)
        .rows()
        .into_iter()
        .zip(owners)
        .map(|(row, number)| {
            let (best, value) = row
                .iter()
                .enumerate()
                .fold((0, f32::NEG_INFINITY), |best, (tag, &v)| if v > best.1 { (tag, v) } else { best });
            let label = match scheme.0[best] {
                Tag::Outside => "O".to_owned(),
                Tag::Begin(kind) => format!("B-{kind}"),
                Tag::Inside(kind) => format!("I-{kind}"),
            };
            (value.exp(), label == gold[number])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyad_annotate::entities::Entity;

    #[test]
    fn a_word_takes_the_label_of_its_first_token() {
        let case = WordCase {
            words: ["U.S.-led", "New", "York", "talks"].map(str::to_owned).to_vec(),
            labels: vec!["O".to_owned(); 4],
        };
        let entity = |start, end| Entity {
            span: Span::new(start, end),
            entity_type: EntityType::Location,
            score: 1.0,
        };
        let decoded = Decoded { entities: vec![entity(0, 4), entity(9, 17)], words: Vec::new() };
        assert_eq!(word_labels(&case, &decoded), ["B-location", "B-location", "I-location", "O"]);
        let inside = Decoded { entities: vec![entity(5, 17)], words: Vec::new() };
        assert_eq!(word_labels(&case, &inside), ["O", "I-location", "I-location", "O"]);
    }

    #[test]
    fn types_of_other_data_sets_are_read() {
        assert_eq!(canonical("B-PER"), "B-person");
        assert_eq!(canonical("I-chemical"), "I-chemical");
        assert_eq!(canonical("O"), "O");
    }
}
