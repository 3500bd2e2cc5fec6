//! Whether a model behaves: what every model must do before its figures mean anything.

mod checkpoint;

use std::path::Path;

use dyad_annotate::entities::decode;
use dyad_core::{Backend, Precision};
use dyad_models::{FrameHeadModel, JointModel, ModelError, ModelOptions, backend, relation_features};
use ndarray::{Array1, Array2, Axis};
use serde::Serialize;

use crate::EvaluateError;
use crate::reading::{read_all, read_in_batches};

pub use checkpoint::check_checkpoint;

/// How far a hidden state may depend on its neighbours in a batch, and one fp32 backend differ from the other.
const TOLERANCE: f32 = 1e-3;
/// Share of the words on which int8 must give the type of fp32. These texts are stranger than news, so it is a check of
/// a broken quantisation; what int8 costs in F1 is for `evaluate` to say.
const SAME_TAGS: f64 = 0.9;

/// Ordinary text and what breaks models: scripts from right to left, emoji, capitals, bare numbers, control characters.
const TEXTS: [&str; 10] = [
    "Microsoft will invest another $10bn in OpenAI, the maker of ChatGPT, Satya Nadella said on Monday in Redmond.",
    "OpenAI and Microsoft disagree.",
    "MICROSOFT SUES OPENAI OVER AZURE",
    "lol openai is down again and so is azure",
    "شركة مايكروسوفت تستثمر في أوبن إيه آي",
    "מיקרוסופט ו-OpenAI חתמו על הסכם",
    "👩‍💻🚀 OpenAI 💥 Microsoft 🇺🇸 #AI @sama",
    "微软与OpenAI的关系",
    "3.14159 -- 2,718 %%% ((( ] \u{200d}\u{feff}",
    "Zürich’s ﬁrst “quoted” naïve café — Łódź, Ünïcödé\u{301}",
];

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// Figures, or why not.
    pub detail: String,
}

impl Check {
    fn new(name: impl Into<String>, passed: bool, detail: impl Into<String>) -> Self {
        Self { name: name.into(), passed, detail: detail.into() }
    }
}

/// Checks a joint model on every backend and precision that this binary and the model offer.
///
/// # Errors
/// [`EvaluateError::Annotate`] when batches cannot be planned; whatever the model does wrong is a failed [`Check`].
pub fn check(folder: &Path, threads: usize) -> Result<Vec<Check>, EvaluateError> {
    let mut checks = Vec::new();
    let mut reference: Option<(String, Vec<Option<Array2<f32>>>)> = None;
    let mut tags: Option<Vec<Option<Vec<String>>>> = None;
    for (backend, precision, name) in variants() {
        let loaded = JointModel::load(folder, ModelOptions { backend, precision, threads });
        let Some(mut model) = loaded_or_told(&name, loaded, &mut checks) else { continue };
        let labels = &model.manifest.heads;
        let detail = format!(
            "files as in model.toml, {} tags, {} frames, longest input {} tokens",
            labels.entities.labels.len(),
            labels.frames.labels.len(),
            model.manifest.max_length
        );
        checks.push(Check::new(format!("{name}: loads"), true, detail));
        let states = states(&mut model, TEXTS.len())?;
        checks.push(finite(&name, &states));
        checks.push(odd_lengths(&name, &mut model)?);
        let found = tags_of(&mut model)?;
        if precision == Precision::Fp32 {
            let alone = self::states(&mut model, 1)?;
            checks.push(compare(
                format!("{name}: batch invariance"),
                "alone and in one batch",
                &alone,
                &states,
            ));
            match &reference {
                Some((other, expected)) => checks.push(compare(
                    format!("{name}: agrees with {other}"),
                    "hidden states",
                    expected,
                    &states,
                )),
                None => reference = Some((name.clone(), states)),
            }
            tags.get_or_insert(found);
        } else if let Some(expected) = &tags {
            checks.push(same_tags(&name, expected, &found));
        }
    }
    if reference.is_none() {
        checks.push(Check::new("fp32", false, "no backend of this binary runs the model in fp32"));
    }
    Ok(checks)
}

/// Checks a frame head on the joint model in `base`: it loads, belongs to that model, and its probabilities are numbers that do
/// not depend on the batch.
///
/// # Errors
/// [`EvaluateError::Annotate`] when batches cannot be planned; whatever the head does wrong is a failed [`Check`].
pub fn check_frame_head(folder: &Path, base: &Path, threads: usize) -> Result<Vec<Check>, EvaluateError> {
    let mut checks = Vec::new();
    for (backend, precision, name) in variants().into_iter().filter(|(_, p, _)| *p == Precision::Fp32) {
        let loaded = JointModel::load(base, ModelOptions { backend, precision, threads })
            .and_then(|joint| Ok((FrameHeadModel::load(folder, &joint.manifest)?, joint)));
        let Some((head, mut joint)) = loaded_or_told(&name, loaded, &mut checks) else { continue };
        let (labels, base) = (&head.manifest.heads.frames.labels, &head.manifest.base);
        let detail =
            format!("files as in model.toml, {} frames, on the hidden states of {base}", labels.len());
        checks.push(Check::new(format!("{name}: loads"), true, detail));
        let together = frame_scores(&mut joint, &head, TEXTS.len())?;
        checks.push(finite(&name, &together));
        let alone = frame_scores(&mut joint, &head, 1)?;
        checks.push(compare(
            format!("{name}: batch invariance"),
            "alone and in one batch",
            &alone,
            &together,
        ));
    }
    if checks.iter().all(|check| check.detail.starts_with("left out")) {
        checks.push(Check::new("fp32", false, "no backend of this binary runs the base model in fp32"));
    }
    Ok(checks)
}

/// Probabilities of every text, `[1, frames]`, its first token taken for A and its last for B.
fn frame_scores(
    joint: &mut JointModel,
    head: &FrameHeadModel,
    sequences: usize,
) -> Result<Vec<Option<Array2<f32>>>, EvaluateError> {
    read_in_batches(joint, &TEXTS, sequences, |_, _, hidden, _| {
        let features = relation_features(hidden, &[1], &[hidden.nrows() - 2]);
        Array1::from_vec(head.probabilities(features.view())).insert_axis(Axis(0))
    })
}

/// What was loaded; where nothing was, a check says whether it is not offered or fails.
fn loaded_or_told<T>(name: &str, loaded: Result<T, ModelError>, checks: &mut Vec<Check>) -> Option<T> {
    match loaded {
        Ok(loaded) => return Some(loaded),
        Err(error @ (ModelError::NotOffered { .. } | ModelError::BackendMissing { .. })) => {
            checks.push(Check::new(format!("{name}: offered"), true, format!("left out: {error}")));
        }
        Err(error) => checks.push(Check::new(format!("{name}: loads"), false, error.to_string())),
    }
    None
}

/// Backends of this binary with their precisions, fp32 first.
fn variants() -> Vec<(Backend, Precision, String)> {
    let compiled = backend::available();
    [
        (Backend::Onnx, Precision::Fp32, "onnx fp32"),
        (Backend::Torch, Precision::Fp32, "torch fp32"),
        (Backend::Onnx, Precision::Int8, "onnx int8"),
    ]
    .into_iter()
    .filter(|(.., name)| compiled.iter().any(|backend| name.starts_with(backend)))
    .map(|(backend, precision, name)| (backend, precision, name.to_owned()))
    .collect()
}

fn states(model: &mut JointModel, sequences: usize) -> Result<Vec<Option<Array2<f32>>>, EvaluateError> {
    read_in_batches(model, &TEXTS, sequences, |_, _, hidden, _| hidden.to_owned())
}

/// Tags of every text's words.
fn tags_of(model: &mut JointModel) -> Result<Vec<Option<Vec<String>>>, EvaluateError> {
    read_all(model, &TEXTS, |_, tokens, hidden, heads| {
        let decoded = decode(tokens, hidden, heads);
        let tag = |start: usize| {
            decoded
                .entities
                .iter()
                .find(|entity| entity.span.start <= start && start < entity.span.end)
                .map_or_else(|| "O".to_owned(), |entity| entity.entity_type.to_string())
        };
        decoded.words.iter().map(|(span, _)| tag(span.start)).collect()
    })
}

fn finite(name: &str, states: &[Option<Array2<f32>>]) -> Check {
    let lost = states.iter().filter(|states| states.is_none()).count();
    let broken = states.iter().flatten().filter(|states| states.iter().any(|v| !v.is_finite())).count();
    let detail = format!(
        "{} texts in five scripts: {lost} not encoded, {broken} with values that are no numbers",
        TEXTS.len()
    );
    Check::new(format!("{name}: scripts, emoji, capitals"), lost + broken == 0, detail)
}

/// Exactly the longest input in words of one token, one more, twenty times as many.
fn long_texts(max_length: usize) -> Vec<String> {
    let room = max_length - 2;
    [room, room + 1, 20 * room].iter().map(|&n| vec!["deal"; n].join(" ")).collect()
}

/// Nothing, white space, one word, exactly the longest input, far beyond it.
fn odd_lengths(name: &str, model: &mut JointModel) -> Result<Check, EvaluateError> {
    let room = model.manifest.max_length - 2;
    let long = long_texts(model.manifest.max_length);
    let mut texts = vec!["", " \t ", "deal"];
    texts.extend(long.iter().map(String::as_str));
    let rows = read_all(model, &texts, |_, tokens, hidden, _| hidden.nrows() == tokens.len())?;
    let empty = rows[..2].iter().all(Option::is_none);
    let whole = rows[2..].iter().all(|whole| *whole == Some(true));
    let detail =
        format!("empty text has no answer: {empty}; every token of {} has a state: {whole}", 20 * room + 2);
    Ok(Check::new(format!("{name}: empty and long input"), empty && whole, detail))
}

/// The largest difference of two lists of hidden states.
fn compare(name: String, what: &str, a: &[Option<Array2<f32>>], b: &[Option<Array2<f32>>]) -> Check {
    let mut worst = 0f32;
    for pair in a.iter().zip(b) {
        worst = match pair {
            (Some(a), Some(b)) if a.dim() == b.dim() => {
                a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(worst, f32::max)
            }
            (None, None) => worst,
            _ => f32::INFINITY,
        };
    }
    Check::new(
        name,
        worst <= TOLERANCE,
        format!("{what} differ by at most {worst:.1e} (allowed {TOLERANCE:.0e})"),
    )
}

fn same_tags(name: &str, expected: &[Option<Vec<String>>], found: &[Option<Vec<String>>]) -> Check {
    let pairs: Vec<bool> = expected
        .iter()
        .zip(found)
        .flat_map(|(a, b)| a.iter().flatten().zip(b.iter().flatten()))
        .map(|(a, b)| a == b)
        .collect();
    let share = pairs.iter().filter(|same| **same).count() as f64 / pairs.len().max(1) as f64;
    let detail = format!("{:.1} % of {} words have the same entity type", 100.0 * share, pairs.len());
    Check::new(format!("{name}: agrees with fp32"), !pairs.is_empty() && share >= SAME_TAGS, detail)
}
