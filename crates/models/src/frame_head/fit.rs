//! Fitting: cross-validation for the strength of the regularisation and the thresholds, then one fit on everything.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::logistic::{Affine, Problem, Standard};
use super::thresholds;

/// Parts of the cross-validation; fewer when there are fewer different sentences.
const FOLDS: usize = 5;
/// Strengths of the regularisation that are tried, strongest first: each fit starts where the last one ended.
const STRENGTHS: [f64; 6] = [10.0, 3.0, 1.0, 0.3, 0.1, 0.03];
/// Largest component of the gradient at which a fit counts as done, in cross-validation and at the end.
const CV_TOLERANCE: f64 = 3e-4;
const TOLERANCE: f64 = 1e-6;
/// Least number of examples with a frame, and without it.
const FEWEST: usize = 2;

/// Labelled sentences as a frame head sees them.
#[derive(Debug, Clone)]
pub struct FrameExamples {
    /// Names of the frames, one a column of `labels`.
    pub frames: Vec<String>,
    /// [`relation_features`](crate::relation_features) of each sentence, `[examples, inputs]`.
    pub features: Array2<f32>,
    /// Whether a sentence has a frame, `[examples, frames]`.
    pub labels: Array2<bool>,
    /// What a sentence belongs to: sentences of one group are never on both sides of the cross-validation.
    pub groups: Vec<String>,
}

/// A frame head and how it was found.
#[derive(Debug, Clone)]
pub struct FrameFit {
    /// `[frames, inputs]`.
    pub weight: Array2<f32>,
    /// `[frames]`.
    pub bias: Array1<f32>,
    /// Probability from which a frame counts as present, one a frame.
    pub thresholds: Vec<f32>,
    /// What a head that has not seen the example's group says of it, `[examples, frames]`.
    pub out_of_fold: Array2<f32>,
    /// Strength of the regularisation, chosen by cross-validation.
    pub strength: f64,
    /// Parts of the cross-validation.
    pub folds: usize,
}

/// Why no head could be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// A frame that hardly ever occurs, or nearly always.
    #[error(
        "frame \"{frame}\": {found} of the examples {side}, at least {FEWEST} are needed; label more sentences, or leave the frame out with --frames"
    )]
    TooFewExamples {
        /// The frame.
        frame: String,
        /// Examples there are.
        found: usize,
        /// `have it` or `lack it`.
        side: &'static str,
    },
    /// Nothing can be held out.
    #[error("all examples are one and the same sentence; at least two different ones are needed")]
    OneGroup,
    /// The parts of the examples do not fit each other, or a feature is no number.
    #[error("the examples cannot be fitted: {message}")]
    Malformed {
        /// What is wrong.
        message: String,
    },
}

/// Fits a head: logistic regression on standardised features with the strength that has the least out-of-fold log loss over
/// all frames, thresholds from the out-of-fold probabilities, and standardisation folded into the weights.
///
/// The outcome depends on the examples, not on their order (but for rounding).
///
/// # Errors
/// [`FitError`] names the frame with too few examples with or without it, or what else is wrong.
pub fn fit(examples: &FrameExamples) -> Result<FrameFit, FitError> {
    check(examples)?;
    let x = examples.features.mapv(f64::from);
    let y = examples.labels.mapv(|label| f64::from(u8::from(label)));
    let (folds, of) = folds(&examples.groups);
    if folds < 2 {
        return Err(FitError::OneGroup);
    }
    let (strength, out_of_fold) = cross_validate(&x, &y, &of, folds);
    let standard = Standard::of(x.view());
    let problem = Problem::new(standard.apply(x.view()), y.clone());
    let affine = problem.minimise(&problem.start(), strength, TOLERANCE);
    let (weight, bias) = standard.unfold(&affine);
    Ok(FrameFit {
        weight: weight.mapv(|v| v as f32),
        bias: bias.mapv(|v| v as f32),
        thresholds: thresholds::choose(&y, &out_of_fold),
        out_of_fold: out_of_fold.mapv(|v| v as f32),
        strength,
        folds,
    })
}

fn check(examples: &FrameExamples) -> Result<(), FitError> {
    let n = examples.features.nrows();
    if examples.labels.dim() != (n, examples.frames.len()) || examples.groups.len() != n {
        let message = format!(
            "{n} rows of features, labels {:?} and {} groups do not belong together",
            examples.labels.dim(),
            examples.groups.len()
        );
        return Err(FitError::Malformed { message });
    }
    if examples.features.iter().any(|value| !value.is_finite()) {
        return Err(FitError::Malformed { message: "a feature is not a finite number".to_owned() });
    }
    check_counts(&examples.frames, &examples.labels)
}

/// Checks that each frame is there often enough, and missing often enough, to be fitted; `labels` is `[examples, frames]`.
///
/// # Errors
/// [`FitError::TooFewExamples`] names the frame.
pub fn check_counts(frames: &[String], labels: &Array2<bool>) -> Result<(), FitError> {
    for (frame, labels) in frames.iter().zip(labels.columns()) {
        let having = labels.iter().filter(|label| **label).count();
        for (found, side) in [(having, "have it"), (labels.len() - having, "lack it")] {
            if found < FEWEST {
                return Err(FitError::TooFewExamples { frame: frame.clone(), found, side });
            }
        }
    }
    Ok(())
}

/// The number of folds and the fold of each example: the groups in the order of their hashes are dealt out in turn, so that
/// the folds are of one size and do not depend on the order of the examples.
fn folds(groups: &[String]) -> (usize, Vec<usize>) {
    let hashed: BTreeMap<(Vec<u8>, &str), ()> =
        groups.iter().map(|group| ((Sha256::digest(group).to_vec(), group.as_str()), ())).collect();
    let fold: BTreeMap<&str, usize> =
        hashed.keys().enumerate().map(|(rank, (_, group))| (*group, rank % FOLDS)).collect();
    (fold.len().min(FOLDS), groups.iter().map(|group| fold[group.as_str()]).collect())
}

/// One fold: the examples held out, and the problem of the others.
struct Fold {
    examples: Vec<usize>,
    held: Array2<f64>,
    problem: Problem,
    affine: Affine,
}

impl Fold {
    fn new(x: &Array2<f64>, y: &Array2<f64>, of: &[usize], fold: usize) -> Self {
        let (examples, others): (Vec<usize>, Vec<usize>) =
            (0..of.len()).partition(|&example| of[example] == fold);
        let training = x.select(Axis(0), &others);
        let standard = Standard::of(training.view());
        let problem = Problem::new(standard.apply(training.view()), y.select(Axis(0), &others));
        let held = standard.apply(x.select(Axis(0), &examples).view());
        Self { examples, held, affine: problem.start(), problem }
    }
}

/// The strength with the least out-of-fold log loss, and the probabilities it gives, `[examples, frames]`.
///
/// The weaker the regularisation, the longer a fit takes; the loss first falls and then rises, so the rest is left out as soon
/// as it rises.
fn cross_validate(x: &Array2<f64>, y: &Array2<f64>, of: &[usize], folds: usize) -> (f64, Array2<f64>) {
    let mut folds: Vec<Fold> = (0..folds).into_par_iter().map(|fold| Fold::new(x, y, of, fold)).collect();
    let mut best = (STRENGTHS[0], Array2::from_elem(y.dim(), 0.5), f64::INFINITY);
    for strength in STRENGTHS {
        folds.par_iter_mut().for_each(|fold| {
            fold.affine = fold.problem.minimise(&fold.affine, strength, CV_TOLERANCE);
        });
        let mut probabilities = Array2::zeros(y.dim());
        for fold in &folds {
            let found = fold.affine.probabilities(fold.held.view());
            for (&example, row) in fold.examples.iter().zip(found.rows()) {
                probabilities.row_mut(example).assign(&row);
            }
        }
        let loss = log_loss(y, &probabilities);
        if loss >= best.2 {
            break;
        }
        best = (strength, probabilities, loss);
    }
    (best.0, best.1)
}

/// Mean over examples and frames of the logarithm of the probability given to what is the case, negated.
fn log_loss(y: &Array2<f64>, probabilities: &Array2<f64>) -> f64 {
    let loss = |(&y, &p): (&f64, &f64)| -(y * p.max(1e-12).ln() + (1.0 - y) * (1.0 - p).max(1e-12).ln());
    y.iter().zip(probabilities).map(loss).sum::<f64>() / y.len().max(1) as f64
}
