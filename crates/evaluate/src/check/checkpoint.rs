//! Whether a checkpoint that fills one role behaves.

use std::path::Path;

use dyad_core::Precision;
use dyad_models::{CheckpointManifest, ModelError, ModelOptions, Role, SequenceClassifier, TokenClassifier};
use ndarray::{Array2, Axis};

use super::{Check, TEXTS, compare, finite, loaded_or_told, long_texts, variants};
use crate::EvaluateError;
use crate::reading::{BATCH_SEQUENCES, judge_pairs, read_tags};

/// What a sequence classifier is asked about every text: a target, or a statement.
const QUESTION: &str = "OpenAI";

/// A loaded checkpoint.
enum Reader {
    Tags(Box<TokenClassifier>),
    Pairs(Box<SequenceClassifier>),
}

impl Reader {
    fn load(folder: &Path, role: Role, options: ModelOptions) -> Result<Self, ModelError> {
        Ok(match role {
            Role::Entities => Reader::Tags(Box::new(TokenClassifier::load(folder, options)?)),
            Role::Sentiment | Role::Stance | Role::Frames => {
                Reader::Pairs(Box::new(SequenceClassifier::load(folder, options)?))
            }
        })
    }

    /// What the checkpoint says of each text: log-probabilities `[tokens, tags]`, or probabilities `[1, labels]`.
    fn scores(
        &mut self,
        texts: &[&str],
        sequences: usize,
    ) -> Result<Vec<Option<Array2<f32>>>, EvaluateError> {
        match self {
            Reader::Tags(model) => read_tags(model, texts, sequences, |_, _, states| states.to_owned()),
            Reader::Pairs(model) => {
                let pairs: Vec<(&str, &str)> = texts.iter().map(|text| (*text, QUESTION)).collect();
                judge_pairs(model, &pairs, sequences, |model, batch| {
                    let scores = model.probabilities(batch)?;
                    Ok(scores.rows().into_iter().map(|row| row.to_owned().insert_axis(Axis(0))).collect())
                })
            }
        }
    }

    fn max_length(&self) -> usize {
        match self {
            Reader::Tags(model) => model.max_length(),
            Reader::Pairs(model) => model.max_length(),
        }
    }
}

/// Checks a checkpoint in fp32 on every backend that this binary and the checkpoint offer: it loads with its labels, its scores
/// are numbers whatever the script, do not depend on the batch, and are the same on every backend, and empty and long texts pass.
///
/// # Errors
/// [`EvaluateError::Model`] when `model.toml` cannot be read, [`EvaluateError::Annotate`] when batches cannot be planned; whatever
/// the model does wrong is a failed [`Check`].
pub fn check_checkpoint(folder: &Path, threads: usize) -> Result<Vec<Check>, EvaluateError> {
    let manifest = CheckpointManifest::load(folder)?;
    let mut checks = Vec::new();
    let mut reference: Option<(String, Vec<Option<Array2<f32>>>)> = None;
    for (backend, precision, name) in variants().into_iter().filter(|(_, p, _)| *p == Precision::Fp32) {
        let options = ModelOptions { backend, precision, threads };
        let loaded = Reader::load(folder, manifest.role(), options);
        let Some(mut reader) = loaded_or_told(&name, loaded, &mut checks) else { continue };
        let detail = format!(
            "files, labels and shapes as in model.toml, longest input {} tokens",
            reader.max_length()
        );
        checks.push(Check::new(format!("{name}: loads"), true, detail));
        let together = reader.scores(&TEXTS, TEXTS.len())?;
        checks.push(finite(&name, &together));
        checks.push(odd_lengths(&name, &mut reader)?);
        let alone = reader.scores(&TEXTS, 1)?;
        checks.push(compare(
            format!("{name}: batch invariance"),
            "alone and in one batch",
            &alone,
            &together,
        ));
        match &reference {
            Some((other, expected)) => {
                checks.push(compare(format!("{name}: agrees with {other}"), "scores", expected, &together));
            }
            None => reference = Some((name, together)),
        }
    }
    if reference.is_none() {
        checks.push(Check::new("fp32", false, "no backend of this binary runs the checkpoint"));
    }
    Ok(checks)
}

/// Nothing, white space, one word, exactly the longest input, far beyond it: none may be lost, and no score be no number.
fn odd_lengths(name: &str, reader: &mut Reader) -> Result<Check, EvaluateError> {
    let long = long_texts(reader.max_length());
    let mut texts = vec!["", " \t ", "deal"];
    texts.extend(long.iter().map(String::as_str));
    let scores = reader.scores(&texts, BATCH_SEQUENCES)?;
    let sound =
        |scores: &Option<Array2<f32>>| scores.as_ref().is_some_and(|s| s.iter().all(|v| v.is_finite()));
    let whole = scores[2..].iter().all(sound);
    // A text without a word has no tags, but can be asked about.
    let empty = match reader {
        Reader::Tags(_) => scores[..2].iter().all(Option::is_none),
        Reader::Pairs(_) => scores[..2].iter().all(sound),
    };
    let detail = format!(
        "empty text is treated as such: {empty}; one word to {} words are read: {whole}",
        20 * reader.max_length()
    );
    Ok(Check::new(format!("{name}: empty and long input"), empty && whole, detail))
}
