use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use dyad_annotate::entities::{Decoded, decode};
use dyad_core::{EntityType, Polarity, Span};
use dyad_models::{Heads, JointModel, RelationScores, Tag, Tokens};
use ndarray::ArrayView2;
use serde::Serialize;

use crate::EvaluateError;
use crate::formats::{self, FrameCase, StanceCase, TargetCase, WordCase};
use crate::reading::read_all;
use crate::scores::{self, Scores};

/// What is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Named entities; CoNLL columns.
    Entities,
    /// Sentiment towards a target; NewsMTSC JSON lines.
    Sentiment,
    /// Who is said to be for or against whom; DSE rows.
    Stance,
    /// Frames of a relation; frame JSON lines.
    Frames,
    /// Tone of a relation; frame JSON lines.
    Tone,
}

impl Task {
    /// Every task.
    pub const ALL: [Task; 5] = [Task::Entities, Task::Sentiment, Task::Stance, Task::Frames, Task::Tone];

    /// The name used on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Task::Entities => "entities",
            Task::Sentiment => "sentiment",
            Task::Stance => "stance",
            Task::Frames => "frames",
            Task::Tone => "tone",
        }
    }

    /// The figure that stands for the task: micro F1 over entities, else the mean F1 of the classes.
    pub const fn figure(self) -> &'static str {
        match self {
            Task::Entities => "entity F1",
            Task::Sentiment | Task::Stance | Task::Frames | Task::Tone => "macro F1",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Task {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let names = Task::ALL.map(Task::as_str).join(", ");
        Task::ALL
            .into_iter()
            .find(|task| task.as_str() == name)
            .ok_or_else(|| format!("'{name}' is not a task; tasks are {names}"))
    }
}

/// How good a model is on one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Name of the model.
    pub model: String,
    /// Runtime.
    pub backend: &'static str,
    /// Numbers the encoder computed with.
    pub precision: &'static str,
    /// What was evaluated.
    pub task: Task,
    /// The labelled file.
    pub data: PathBuf,
    /// Cases in the file: sentences for entities, else targets or pairs.
    pub cases: usize,
    /// Name of the figure that stands for the task.
    pub figure: &'static str,
    /// Its value, 0 to 1.
    pub value: f64,
    /// All classes.
    #[serde(flatten)]
    pub scores: Scores,
    /// Expected calibration error over ten bins: of the winning label's probability (words, targets, pairs), for frames of each
    /// frame's probability.
    pub calibration_error: f64,
    /// Gold and predicted labels that were confused, most frequent first, with the cases' identifiers (frames only).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confusions: Vec<Confusion>,
}

/// A label that was missed or wrongly given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Frame of the data, or `none`.
    pub gold: String,
    /// Frame given instead, or `none`.
    pub predicted: String,
    /// Identifiers of the cases.
    pub ids: Vec<String>,
}

/// Runs a model over a labelled file and scores it.
///
/// # Errors
/// [`EvaluateError`] when the file is not in the task's format or names labels that the model does not give.
pub fn evaluate(model: &mut JointModel, task: Task, data: &Path) -> Result<Evaluation, EvaluateError> {
    let outcome = match task {
        Task::Entities => entities(model, &formats::read_conll(data)?)?,
        Task::Sentiment => sentiment(model, &formats::read_newsmtsc(data)?)?,
        Task::Stance => stance(model, &formats::read_dse(data)?)?,
        Task::Frames => frames(model, &formats::read_frames(data)?, data)?,
        Task::Tone => tone(model, &formats::read_frames(data)?)?,
    };
    let info = model.encoder.info();
    Ok(Evaluation {
        model: model.manifest.name.clone(),
        backend: info.backend,
        precision: info.precision,
        task,
        data: data.to_owned(),
        cases: outcome.cases,
        figure: task.figure(),
        value: if task == Task::Entities { outcome.scores.micro_f1 } else { outcome.scores.macro_f1 },
        calibration_error: scores::calibration_error(&outcome.confidences),
        confusions: outcome.confusions,
        scores: outcome.scores,
    })
}

struct Outcome {
    cases: usize,
    scores: Scores,
    /// Confidence of each decision and whether it was right.
    confidences: Vec<(f32, bool)>,
    confusions: Vec<Confusion>,
}

fn entities(model: &mut JointModel, cases: &[WordCase]) -> Result<Outcome, EvaluateError> {
    let texts: Vec<String> = cases.iter().map(|case| case.words.join(" ")).collect();
    let views: Vec<&str> = texts.iter().map(String::as_str).collect();
    let gold: Vec<Vec<String>> =
        cases.iter().map(|case| case.labels.iter().map(|label| canonical(label)).collect()).collect();
    let mut confidences = Vec::new();
    let answers = read_all(model, &views, |number, tokens, hidden, heads| {
        let case = &cases[number];
        let decoded = decode(tokens, hidden, heads);
        confidences.extend(word_confidences(case, &gold[number], tokens, hidden, heads));
        word_labels(case, &decoded)
    })?;
    let predicted: Vec<Vec<String>> = answers
        .into_iter()
        .zip(cases)
        .map(|(labels, case)| labels.unwrap_or_else(|| vec!["O".to_owned(); case.words.len()]))
        .collect();
    let scores = scores::entities(&gold, &predicted);
    Ok(Outcome { cases: cases.len(), scores, confidences, confusions: Vec::new() })
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

/// Probability of the likeliest tag of each data-set word, and whether that tag is right.
fn word_confidences(
    case: &WordCase,
    gold: &[String],
    tokens: &Tokens,
    hidden: ArrayView2<'_, f32>,
    heads: &Heads,
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
    let log = heads.entity_log_probabilities(hidden.select(ndarray::Axis(0), &rows).view());
    log.rows()
        .into_iter()
        .zip(owners)
        .map(|(row, number)| {
            let (best, value) = row
                .iter()
                .enumerate()
                .fold((0, f32::NEG_INFINITY), |best, (tag, &v)| if v > best.1 { (tag, v) } else { best });
            let label = match heads.scheme().0[best] {
                Tag::Outside => "O".to_owned(),
                Tag::Begin(kind) => format!("B-{kind}"),
                Tag::Inside(kind) => format!("I-{kind}"),
            };
            (value.exp(), label == gold[number])
        })
        .collect()
}

fn sentiment(model: &mut JointModel, cases: &[TargetCase]) -> Result<Outcome, EvaluateError> {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let answers = read_all(model, &texts, |number, tokens, hidden, heads| {
        heads.sentiment(hidden, &tokens.overlapping(&[cases[number].span]))
    })?;
    let gold: Vec<usize> = cases.iter().map(|case| polarity_class(case.polarity)).collect();
    let rows = answers.into_iter().map(|answer| answer.map_or(NEUTRAL, triple).to_vec());
    Ok(exclusive(&gold, rows, &polarity_names()))
}

fn stance(model: &mut JointModel, cases: &[StanceCase]) -> Result<Outcome, EvaluateError> {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let answers = relations(model, &texts, |number| (vec![cases[number].a], vec![cases[number].b]))?;
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

fn tone(model: &mut JointModel, cases: &[FrameCase]) -> Result<Outcome, EvaluateError> {
    let labelled: Vec<(&FrameCase, i8)> = cases.iter().filter_map(|case| Some((case, case.tone?))).collect();
    let texts: Vec<&str> = labelled.iter().map(|(case, _)| case.text.as_str()).collect();
    let answers = relations(model, &texts, |number| {
        let case = labelled[number].0;
        (case.a.clone(), case.b.clone())
    })?;
    let gold: Vec<usize> = labelled.iter().map(|(_, tone)| polarity_class(*tone)).collect();
    let rows = answers
        .into_iter()
        .map(|answer| answer.map_or(NEUTRAL, |answer| triple(answer.tone_probabilities)).to_vec());
    Ok(exclusive(&gold, rows, &polarity_names()))
}

fn frames(model: &mut JointModel, cases: &[FrameCase], data: &Path) -> Result<Outcome, EvaluateError> {
    let head = model.manifest.heads.frames.clone();
    let index = |label: &String| {
        head.labels.iter().position(|known| known == label).ok_or_else(|| EvaluateError::UnknownFrame {
            path: data.to_owned(),
            label: label.clone(),
            known: head.labels.join(", "),
        })
    };
    let gold: Vec<BTreeSet<usize>> = cases
        .iter()
        .map(|case| case.frames.iter().map(index).collect::<Result<_, _>>())
        .collect::<Result<_, _>>()?;
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let answers = relations(model, &texts, |number| (cases[number].a.clone(), cases[number].b.clone()))?;
    let mut confidences = Vec::new();
    let predicted: Vec<BTreeSet<usize>> = answers
        .iter()
        .zip(&gold)
        .map(|(answer, gold)| {
            let zeros = vec![0.0; head.labels.len()];
            let probabilities = answer.as_ref().map_or(&zeros, |answer| &answer.frames);
            confidences.extend(probabilities.iter().enumerate().map(|(k, &p)| (p, gold.contains(&k))));
            (0..probabilities.len()).filter(|&k| probabilities[k] >= head.thresholds[k]).collect()
        })
        .collect();
    let scores = scores::independent(&gold, &predicted, &head.labels);
    Ok(Outcome {
        cases: cases.len(),
        scores,
        confidences,
        confusions: confusions(cases, &gold, &predicted, &head.labels),
    })
}

/// Frames missed and frames given in their place, most frequent first.
fn confusions(
    cases: &[FrameCase],
    gold: &[BTreeSet<usize>],
    predicted: &[BTreeSet<usize>],
    labels: &[String],
) -> Vec<Confusion> {
    let mut found: std::collections::BTreeMap<(String, String), Vec<String>> = Default::default();
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

/// What a sentence that could not be read counts as.
const NEUTRAL: [f32; 3] = [0.0, 1.0, 0.0];

fn triple(polarity: Polarity) -> [f32; 3] {
    [polarity.negative, polarity.neutral, polarity.positive]
}

fn polarity_class(polarity: i8) -> usize {
    match polarity {
        i8::MIN..=-1 => 0,
        0 => 1,
        1.. => 2,
    }
}

fn polarity_names() -> [String; 3] {
    ["negative", "neutral", "positive"].map(str::to_owned)
}

/// Scores of exclusive classes from one row of probabilities a case.
fn exclusive(gold: &[usize], rows: impl Iterator<Item = Vec<f32>>, labels: &[String]) -> Outcome {
    let (mut predicted, mut confidences) = (Vec::with_capacity(gold.len()), Vec::with_capacity(gold.len()));
    for (row, &gold) in rows.zip(gold) {
        let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        predicted.push(best);
        confidences.push((row[best], best == gold));
    }
    let scores = scores::exclusive(gold, &predicted, labels);
    Outcome { cases: gold.len(), scores, confidences, confusions: Vec::new() }
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

    #[test]
    fn what_was_missed_stands_against_what_was_given() {
        let case = |id: &str| FrameCase {
            id: id.to_owned(),
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
