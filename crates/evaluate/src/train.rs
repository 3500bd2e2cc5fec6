//! A frame head fitted on labelled sentences, and what cross-validation says of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dyad_core::{FRAME_NAME_RULE, is_frame_name};
use dyad_models::{
    FrameExamples, FrameFit, JointModel, LOWEST_THRESHOLD, check_counts, fit_frames, relation_features,
};
use ndarray::{Array1, Array2};

use crate::EvaluateError;
use crate::formats::{FrameCase, read_frames};
use crate::reading::read_all;
use crate::scores::{self, Scores};

/// Pairs from which the cross-validation holds out whole pairs; with fewer, single sentences.
const PAIRS_APART: usize = 5;
/// What a head's F1 must have over that of saying the frame always, to count as learnt.
const LEAST_GAIN: f64 = 0.05;
/// Examples with a frame below which its figures say little.
const FEW: usize = 10;

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
    /// F1 of saying the frame always, one a frame: what a head has to beat.
    pub always: Vec<f64>,
}

impl FrameTraining {
    /// Frames whose F1 does not beat [`always`](Self::always) by 0.05, or whose threshold is the lowest that is tried: the head
    /// has learnt nothing of them that could be used.
    pub fn not_learnt(&self) -> Vec<&str> {
        let figures = self.scores.classes.iter().zip(&self.always).zip(&self.fit.thresholds);
        self.of_frames(figures.map(|((class, always), &threshold)| {
            class.f1 < always + LEAST_GAIN || threshold <= LOWEST_THRESHOLD
        }))
    }

    /// Frames with fewer than ten examples.
    pub fn with_few_examples(&self) -> Vec<&str> {
        self.of_frames(self.scores.classes.iter().map(|class| class.support < FEW))
    }

    fn of_frames(&self, is_meant: impl Iterator<Item = bool>) -> Vec<&str> {
        let named = self.frames.iter().zip(is_meant);
        named.filter(|(_, is_meant)| *is_meant).map(|(name, _)| name.as_str()).collect()
    }
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
            Some(frames) => chosen(frames, &cases)?,
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
    let always = scores.classes.iter().map(|class| f1_of_always(class.support, data.cases.len())).collect();
    Ok(FrameTraining { frames: examples.frames, fit, sentences: data.cases.len(), by_pair, scores, always })
}

/// F1 of saying a frame of every sentence: 2p/(1+p), p being the share of sentences that have it.
fn f1_of_always(examples: usize, sentences: usize) -> f64 {
    2.0 * examples as f64 / (examples + sentences).max(1) as f64
}

/// The frames asked for, without blanks around them: each a name, there once, and in the examples.
fn chosen(frames: &[String], cases: &[FrameCase]) -> Result<Vec<String>, EvaluateError> {
    let frames: Vec<String> = frames.iter().map(|name| name.trim().to_owned()).collect();
    let occurring: BTreeSet<&String> = cases.iter().flat_map(|case| &case.frames).collect();
    for (place, name) in frames.iter().enumerate() {
        let error = |problem: String| EvaluateError::FrameNames { name: name.clone(), problem };
        if !is_frame_name(name) {
            return Err(error(FRAME_NAME_RULE.to_owned()));
        }
        if frames[..place].contains(name) {
            return Err(error("is there twice; name each frame once".to_owned()));
        }
        if !occurring.contains(name) {
            let known: Vec<&str> = occurring.iter().map(|name| name.as_str()).collect();
            return Err(error(format!("does not occur in the examples, which have {}", known.join(", "))));
        }
    }
    Ok(frames)
}

/// The frames of the examples in order of first appearance.
fn names(cases: &[FrameCase], data: &Path) -> Result<Vec<String>, EvaluateError> {
    let bad = |line: u64, message: String| EvaluateError::BadLine { path: data.to_owned(), line, message };
    let mut names: Vec<String> = Vec::new();
    for case in cases {
        for frame in &case.frames {
            if !is_frame_name(frame) {
                return Err(bad(case.line, format!("the frame \"{frame}\" {FRAME_NAME_RULE}")));
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
    fn frames_asked_for_are_trimmed_and_must_occur() {
        let cases = [case(1, "a", None, &["love", "deal"])];
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            chosen(&names, &cases).map_err(|error| error.to_string())
        };
        assert_eq!(chosen(&["love", " deal "]).expect("both occur"), ["love", "deal"]);
        for (names, expected) in [
            (&["lvoe"][..], "which have deal, love"),
            (&["love", ""], "\"\" must be"),
            (&["love", " love"], "twice"),
        ] {
            let said = chosen(names).expect_err("refused");
            assert!(said.contains(expected), "{expected} is not in: {said}");
        }
    }

    #[test]
    fn what_does_not_beat_always_is_named() {
        assert!((f1_of_always(8, 24) - 0.5).abs() < 1e-12 && (f1_of_always(5, 5) - 1.0).abs() < 1e-12);
        let sets = |wrong: usize| -> (Vec<BTreeSet<usize>>, Vec<BTreeSet<usize>>) {
            let gold = (0..24).map(|case| (0..3).filter(|_| case < 12).collect());
            let found =
                (0..24).map(|case| (0..3).filter(|k| (case < 12) != (*k == 0 && case < wrong)).collect());
            (gold.collect(), found.collect())
        };
        let (gold, found) = sets(8);
        let frames: Vec<String> = ["missed", "found", "low"].map(str::to_owned).to_vec();
        let training = FrameTraining {
            scores: scores::independent(&gold, &found, &frames),
            frames,
            fit: FrameFit {
                weight: Array2::zeros((3, 1)),
                bias: Array1::zeros(3),
                thresholds: vec![0.4, 0.4, LOWEST_THRESHOLD],
                out_of_fold: Array2::zeros((24, 3)),
                strength: 1.0,
                folds: 5,
            },
            sentences: 24,
            by_pair: false,
            always: vec![f1_of_always(12, 24); 3],
        };
        assert_eq!(training.not_learnt(), ["missed", "low"]);
        assert!(training.with_few_examples().is_empty());
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
