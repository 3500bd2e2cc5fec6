//! A frame head fitted on labelled sentences, and what cross-validation says of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dyad_core::is_frame_name;
use dyad_models::{FrameExamples, FrameFit, JointModel, check_counts, fit_frames, relation_features};
use ndarray::{Array1, Array2};

use crate::EvaluateError;
use crate::formats::{FrameCase, read_frames};
use crate::reading::read_all;
use crate::scores::{self, Scores};

/// Pairs from which the cross-validation holds out whole pairs; with fewer, single sentences.
const PAIRS_APART: usize = 5;

/// A fitted head with its figures.
#[derive(Debug, Clone)]
pub struct FrameTraining {
    /// Names of the frames, in the order of the head's outputs.
    pub frames: Vec<String>,
    /// The head.
    pub fit: FrameFit,
    /// Sentences it was fitted on.
    pub sentences: usize,
    /// Whether cross-validation held out whole pairs of actors rather than sentences.
    pub by_pair: bool,
    /// Figures of heads that had not seen the sentence they judge. Thresholds and regularisation were chosen on the same
    /// judgements, so they are a little too good.
    pub scores: Scores,
}

/// Labelled sentences for a frame head, read and checked before any model is loaded.
#[derive(Debug, Clone)]
pub struct FrameData {
    path: PathBuf,
    cases: Vec<FrameCase>,
    frames: Vec<String>,
    /// `[cases, frames]`.
    labels: Array2<bool>,
}

impl FrameData {
    /// Reads a file in the format of [`read_frames`].
    ///
    /// The frames are those of the file in order of first appearance, or `frames`, whose order counts; frames of the file that
    /// are not among them are left out.
    ///
    /// # Errors
    /// [`EvaluateError`] for a file that is not in the format (with the line), a name that is none for a frame, or too few
    /// examples of one.
    pub fn read(path: &Path, frames: Option<&[String]>) -> Result<Self, EvaluateError> {
        let cases = read_frames(path)?;
        let frames = match frames {
            Some(frames) => checked(frames)?,
            None => names(&cases, path)?,
        };
        let labels = Array2::from_shape_fn((cases.len(), frames.len()), |(case, frame)| {
            cases[case].frames.contains(&frames[frame])
        });
        check_counts(&frames, &labels)
            .map_err(|cause| EvaluateError::Fit { path: path.to_owned(), cause })?;
        Ok(Self { path: path.to_owned(), cases, frames, labels })
    }
}

/// Fits a frame head on the hidden states of a joint model.
///
/// # Errors
/// [`EvaluateError`] for a sentence that the model cannot read (with its line), or examples that cannot be fitted.
pub fn train_frames(model: &mut JointModel, data: FrameData) -> Result<FrameTraining, EvaluateError> {
    let (groups, by_pair) = groups(&data.cases);
    let features = features(model, &data.cases, &data.path)?;
    let examples = FrameExamples { frames: data.frames, features, labels: data.labels, groups };
    let fit = fit_frames(&examples).map_err(|cause| EvaluateError::Fit { path: data.path, cause })?;
    let scores = cross_validated(&examples, &fit);
    Ok(FrameTraining { frames: examples.frames, fit, sentences: data.cases.len(), by_pair, scores })
}

/// The frames asked for, each a name and there once.
fn checked(frames: &[String]) -> Result<Vec<String>, EvaluateError> {
    for (place, name) in frames.iter().enumerate() {
        let error = |problem| EvaluateError::FrameNames { name: name.clone(), problem };
        if !is_frame_name(name) {
            return Err(error("must be lower-case ASCII letters and underscores"));
        }
        if frames[..place].contains(name) {
            return Err(error("is there twice"));
        }
    }
    Ok(frames.to_vec())
}

/// The frames of the examples in order of first appearance.
fn names(cases: &[FrameCase], data: &Path) -> Result<Vec<String>, EvaluateError> {
    let bad = |line: u64, message: String| EvaluateError::BadLine { path: data.to_owned(), line, message };
    let mut names: Vec<String> = Vec::new();
    for case in cases {
        for frame in &case.frames {
            if !is_frame_name(frame) {
                let message =
                    format!("the frame \"{frame}\" must be lower-case ASCII letters and underscores");
                return Err(bad(case.line, message));
            }
            if !names.contains(frame) {
                names.push(frame.clone());
            }
        }
    }
    if names.is_empty() {
        return Err(bad(
            cases.last().map_or(1, |case| case.line),
            "no line up to here names a frame".to_owned(),
        ));
    }
    Ok(names)
}

/// What is held out together: the pair of actors in either order, or the sentence where pairs are missing or too few.
fn groups(cases: &[FrameCase]) -> (Vec<String>, bool) {
    let of = |case: &FrameCase| -> Option<String> {
        let mut sides: Vec<&str> = case.pair.as_deref()?.split('|').map(str::trim).collect();
        sides.sort_unstable();
        Some(sides.join("|"))
    };
    let pairs: BTreeSet<String> = cases.iter().filter_map(of).collect();
    let by_pair = pairs.len() >= PAIRS_APART;
    let group = |case: &FrameCase| of(case).filter(|_| by_pair).unwrap_or_else(|| case.text.clone());
    (cases.iter().map(group).collect(), by_pair)
}

/// What the head will see of every sentence, `[cases, 4 * hidden]`.
fn features(model: &mut JointModel, cases: &[FrameCase], data: &Path) -> Result<Array2<f32>, EvaluateError> {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let rows: Vec<Option<Array1<f32>>> = read_all(model, &texts, |number, tokens, hidden, _| {
        let case = &cases[number];
        relation_features(hidden, &tokens.overlapping(&case.a), &tokens.overlapping(&case.b))
    })?;
    let mut features = Array2::zeros((0, 0));
    for (row, case) in rows.into_iter().zip(cases) {
        let row = row.ok_or_else(|| EvaluateError::BadLine {
            path: data.to_owned(),
            line: case.line,
            message: "the model cannot read the text; remove the line".to_owned(),
        })?;
        if features.is_empty() {
            features = Array2::zeros((0, row.len()));
        }
        features.push_row(row.view()).expect("every sentence has as many features: this is a bug");
    }
    Ok(features)
}

/// Scores of the out-of-fold probabilities at the chosen thresholds.
fn cross_validated(examples: &FrameExamples, fit: &FrameFit) -> Scores {
    let sets = |present: &dyn Fn(usize, usize) -> bool| -> Vec<BTreeSet<usize>> {
        (0..examples.groups.len())
            .map(|case| (0..examples.frames.len()).filter(|&frame| present(case, frame)).collect())
            .collect()
    };
    let gold = sets(&|case, frame| examples.labels[(case, frame)]);
    let predicted = sets(&|case, frame| fit.out_of_fold[(case, frame)] >= fit.thresholds[frame]);
    scores::independent(&gold, &predicted, &examples.frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(line: u64, text: &str, pair: Option<&str>, frames: &[&str]) -> FrameCase {
        FrameCase {
            id: String::new(),
            line,
            pair: pair.map(str::to_owned),
            text: text.to_owned(),
            a: Vec::new(),
            b: Vec::new(),
            frames: frames.iter().map(|&frame| frame.to_owned()).collect(),
            tone: None,
        }
    }

    #[test]
    fn frames_come_in_order_of_appearance_and_a_bad_name_has_its_line() {
        let path = Path::new("x.jsonl");
        let cases =
            [case(1, "a", None, &[]), case(2, "b", None, &["love", "deal"]), case(4, "c", None, &["deal"])];
        assert_eq!(names(&cases, path).expect("names"), ["love", "deal"]);
        let error = names(&[case(7, "a", None, &["Love"])], path).expect_err("refused").to_string();
        assert!(error.contains("line 7") && error.contains("\"Love\""), "{error}");
        assert!(names(&cases[..1], path).is_err());
    }

    #[test]
    fn a_pair_is_one_group_in_either_order_where_there_are_pairs_enough() {
        let many: Vec<FrameCase> = ["A|B", "B|A", "A|C", "A|D", "A|E", "A|F"]
            .iter()
            .enumerate()
            .map(|(line, pair)| case(line as u64, &format!("text {line}"), Some(pair), &[]))
            .collect();
        let (found, by_pair) = groups(&many);
        assert!(by_pair && found[0] == found[1] && found[1] != found[2], "{found:?}");
        let (found, by_pair) = groups(&many[..2]);
        assert!(!by_pair && found == ["text 0", "text 1"], "one dyad: sentences are held out");
    }
}
