//! Relations: stance, tone and frames of two actors in a sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dyad_core::{Polarity, Span};
use dyad_models::{FrameHead, JointModel, RelationScores, relation_features};

use super::polarities::{NEUTRAL, exclusive, polarity_class, polarity_names, triple};
use super::{Confusion, Outcome, Task};
use crate::formats::{FrameCase, StanceCase};
use crate::reading::read_all;
use crate::{EvaluateError, Measured, scores};

pub(super) fn stance(model: &mut Measured, cases: &[StanceCase]) -> Result<Outcome, EvaluateError> {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let answers = relations(model.joint(Task::Stance)?, &texts, |number| {
        (vec![cases[number].a], vec![cases[number].b])
    })?;
    let gold: Vec<usize> = cases.iter().map(|case| case.class).collect();
    let rows = answers.into_iter().map(|answer| match answer {
        Some(answer) => dse_probabilities(answer.stance_a_to_b, answer.stance_b_to_a),
        None => vec![1.0, 0.0, 0.0, 0.0, 0.0],
    });
    let names = ["neutral", "A->B positive", "B->A positive", "A->B negative", "B->A negative"];
    Ok(exclusive(&gold, rows, &names.map(str::to_owned)))
}

/// Probabilities of the five DSE classes: products of the two directions, normalised; the data knows no sentence in which
/// both directions are judged.
fn dse_probabilities(ab: Polarity, ba: Polarity) -> Vec<f32> {
    let products = [
        ab.neutral * ba.neutral,
        ab.positive * ba.neutral,
        ab.neutral * ba.positive,
        ab.negative * ba.neutral,
        ab.neutral * ba.negative,
    ];
    let sum: f32 = products.iter().sum();
    products.iter().map(|product| product / sum.max(f32::MIN_POSITIVE)).collect()
}

pub(super) fn tone(model: &mut Measured, cases: &[FrameCase], data: &Path) -> Result<Outcome, EvaluateError> {
    let labelled: Vec<(&FrameCase, i8)> = cases.iter().filter_map(|case| Some((case, case.tone?))).collect();
    if labelled.is_empty() {
        return Err(EvaluateError::Empty { path: data.to_owned() });
    }
    let texts: Vec<&str> = labelled.iter().map(|(case, _)| case.text.as_str()).collect();
    let answers = relations(model.joint(Task::Tone)?, &texts, |number| {
        let case = labelled[number].0;
        (case.a.clone(), case.b.clone())
    })?;
    let gold: Vec<usize> = labelled.iter().map(|(_, tone)| polarity_class(*tone)).collect();
    let rows = answers
        .into_iter()
        .map(|answer| answer.map_or(NEUTRAL, |answer| triple(answer.tone_probabilities)).to_vec());
    Ok(exclusive(&gold, rows, &polarity_names()))
}

pub(super) fn frames(
    model: &mut Measured,
    cases: &[FrameCase],
    data: &Path,
) -> Result<Outcome, EvaluateError> {
    let head = model.frame_head()?.clone();
    let is_joint = matches!(model, Measured::Joint(_));
    let (gold, left_out) = gold_frames(cases, &head, data, is_joint)?;
    let answers = frame_probabilities(model, cases)?;
    let mut confidences = Vec::new();
    let predicted: Vec<BTreeSet<usize>> = answers
        .into_iter()
        .zip(&gold)
        .map(|(answer, gold)| {
            let probabilities = answer.unwrap_or_else(|| vec![0.0; head.labels.len()]);
            confidences.extend(probabilities.iter().enumerate().map(|(k, &p)| (p, gold.contains(&k))));
            (0..probabilities.len()).filter(|&k| probabilities[k] >= head.thresholds[k]).collect()
        })
        .collect();
    let scores = scores::independent(&gold, &predicted, &head.labels);
    let confusions = confusions(cases, &gold, &predicted, &head.labels);
    Ok(Outcome { cases: cases.len(), scores, confidences, confusions, left_out_labels: left_out })
}

/// The frames of each case as indices into the model's, and how many labels of the data the model does not give.
///
/// There must be none of them for a joint model, whose frames are those of its data; a head may have been fitted on some of the
/// frames that a file has, but on one of them at least.
fn gold_frames(
    cases: &[FrameCase],
    head: &FrameHead,
    data: &Path,
    is_joint: bool,
) -> Result<(Vec<BTreeSet<usize>>, usize), EvaluateError> {
    let index = |label: &String| head.labels.iter().position(|known| known == label);
    let gold: Vec<BTreeSet<usize>> =
        cases.iter().map(|case| case.frames.iter().filter_map(index).collect()).collect();
    let unknown: Vec<&String> =
        cases.iter().flat_map(|case| &case.frames).filter(|label| index(label).is_none()).collect();
    match unknown.first() {
        Some(label) if is_joint || gold.iter().all(BTreeSet::is_empty) => Err(EvaluateError::UnknownFrame {
            path: data.to_owned(),
            label: (*label).clone(),
            known: head.labels.join(", "),
        }),
        _ => Ok((gold, unknown.len())),
    }
}

/// One probability a frame for each case, by the joint model's own head or by a fitted one on its hidden states.
fn frame_probabilities(
    model: &mut Measured,
    cases: &[FrameCase],
) -> Result<Vec<Option<Vec<f32>>>, EvaluateError> {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    if let Measured::Frames { joint, head } = model {
        return read_all(joint, &texts, |number, tokens, hidden, _| {
            let case = &cases[number];
            let features =
                relation_features(hidden, &tokens.overlapping(&case.a), &tokens.overlapping(&case.b));
            head.probabilities(features.view())
        });
    }
    let answers = relations(model.joint(Task::Frames)?, &texts, |number| {
        (cases[number].a.clone(), cases[number].b.clone())
    })?;
    Ok(answers.into_iter().map(|answer| answer.map(|answer| answer.frames)).collect())
}

/// Frames missed and frames given in their place, most frequent first.
fn confusions(
    cases: &[FrameCase],
    gold: &[BTreeSet<usize>],
    predicted: &[BTreeSet<usize>],
    labels: &[String],
) -> Vec<Confusion> {
    let mut found: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (case, (gold, predicted)) in cases.iter().zip(gold.iter().zip(predicted)) {
        let named = |set: BTreeSet<usize>| -> Vec<String> {
            if set.is_empty() {
                vec!["none".to_owned()]
            } else {
                set.into_iter().map(|k| labels[k].clone()).collect()
            }
        };
        let missed: BTreeSet<usize> = gold.difference(predicted).copied().collect();
        let extra: BTreeSet<usize> = predicted.difference(gold).copied().collect();
        if missed.is_empty() && extra.is_empty() {
            continue;
        }
        for left in named(missed) {
            for right in named(extra.clone()) {
                found.entry((left.clone(), right)).or_default().push(case.id.clone());
            }
        }
    }
    let mut list: Vec<Confusion> =
        found.into_iter().map(|((gold, predicted), ids)| Confusion { gold, predicted, ids }).collect();
    list.sort_by_key(|confusion| std::cmp::Reverse(confusion.ids.len()));
    list
}

fn relations(
    model: &mut JointModel,
    texts: &[&str],
    spans: impl Fn(usize) -> (Vec<Span>, Vec<Span>),
) -> Result<Vec<Option<RelationScores>>, EvaluateError> {
    read_all(model, texts, |number, tokens, hidden, heads| {
        let (a, b) = spans(number);
        heads.relation(hidden, &tokens.overlapping(&a), &tokens.overlapping(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_leaves_out_frames_it_does_not_give() {
        let case = |frames: &[&str]| FrameCase {
            id: String::new(),
            line: 1,
            pair: None,
            text: String::new(),
            a: Vec::new(),
            b: Vec::new(),
            frames: frames.iter().map(|&frame| frame.to_owned()).collect(),
            tone: None,
        };
        let head = FrameHead { labels: vec!["deal".to_owned()], thresholds: vec![0.5], temperature: 1.0 };
        let gold = |cases: &[FrameCase], is_joint| gold_frames(cases, &head, Path::new("x"), is_joint);
        let cases = [case(&["love", "deal"]), case(&["love"])];
        let (found, left_out) = gold(&cases, false).expect("one frame is its own");
        assert_eq!((found[0].len(), found[1].len(), left_out), (1, 0, 2));
        assert!(gold(&cases, true).is_err(), "a joint model gives all frames of its data");
        assert!(gold(&cases[1..], false).is_err(), "nothing to measure");
    }

    #[test]
    fn what_was_missed_stands_against_what_was_given() {
        let case = |id: &str| FrameCase {
            id: id.to_owned(),
            line: 1,
            pair: None,
            text: String::new(),
            a: Vec::new(),
            b: Vec::new(),
            frames: Vec::new(),
            tone: None,
        };
        let set = |items: &[usize]| items.iter().copied().collect::<BTreeSet<_>>();
        let labels = ["partnership", "rivalry"].map(str::to_owned);
        let list = confusions(
            &[case("1"), case("2"), case("3")],
            &[set(&[0]), set(&[0, 1]), set(&[1])],
            &[set(&[1]), set(&[1]), set(&[1])],
            &labels,
        );
        let view: Vec<(&str, &str)> = list.iter().map(|c| (c.gold.as_str(), c.predicted.as_str())).collect();
        assert_eq!(view, [("partnership", "none"), ("partnership", "rivalry")]);
        assert_eq!(list[1].ids, ["1"]);
    }
}
