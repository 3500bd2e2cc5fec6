//! A model over a labelled file, and the figures.

mod polarities;
mod relations;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use dyad_models::Role;
use serde::Serialize;

use crate::formats;
use crate::scores::{self, Scores};
use crate::{EvaluateError, Measured};

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

    /// The role of a model that answers it.
    pub const fn role(self) -> Role {
        match self {
            Task::Entities => Role::Entities,
            Task::Sentiment => Role::Sentiment,
            Task::Stance => Role::Stance,
            Task::Frames | Task::Tone => Role::Frames,
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
    /// Labels of the data that a frame head does not give; the figures are those of its own frames.
    pub left_out_labels: usize,
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
/// [`EvaluateError::OtherTask`] when the model does not answer the task; otherwise [`EvaluateError`] when the file is not in the
/// task's format or names labels that the model does not give.
/// A frame head leaves out frames that are not its own, and counts them.
pub fn evaluate(model: &mut Measured, task: Task, data: &Path) -> Result<Evaluation, EvaluateError> {
    model.check_answers(task)?;
    let outcome = match task {
        Task::Entities => words::entities(model, &formats::read_conll(data)?)?,
        Task::Sentiment => polarities::sentiment(model, &formats::read_newsmtsc(data)?)?,
        Task::Stance => relations::stance(model, &formats::read_dse(data)?)?,
        Task::Frames => relations::frames(model, &formats::read_frames(data)?, data)?,
        Task::Tone => relations::tone(model, &formats::read_frames(data)?, data)?,
    };
    let info = model.info();
    Ok(Evaluation {
        model: model.name().to_owned(),
        backend: info.backend,
        precision: info.precision,
        task,
        data: data.to_owned(),
        cases: outcome.cases,
        figure: task.figure(),
        value: if task == Task::Entities { outcome.scores.micro_f1 } else { outcome.scores.macro_f1 },
        calibration_error: scores::calibration_error(&outcome.confidences),
        confusions: outcome.confusions,
        left_out_labels: outcome.left_out_labels,
        scores: outcome.scores,
    })
}

/// What came of a task.
struct Outcome {
    cases: usize,
    scores: Scores,
    /// Confidence of each decision and whether it was right.
    confidences: Vec<(f32, bool)>,
    confusions: Vec<Confusion>,
    /// Labels of the data that the model does not give.
    left_out_labels: usize,
}
