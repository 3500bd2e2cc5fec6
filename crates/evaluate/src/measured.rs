//! What can be measured: a joint model, or one that fills a single role.

use std::path::{Path, PathBuf};

use dyad_models::{
    CheckpointManifest, Encoder, EncoderInfo, FrameHead, FrameHeadManifest, FrameHeadModel, JointModel,
    ModelKind, ModelOptions, Role, SequenceClassifier, TokenClassifier,
};

use crate::{EvaluateError, Task};

/// A model as it is measured.
pub enum Measured {
    /// Answers everything.
    Joint(Box<JointModel>),
    /// A checkpoint that tags words.
    Entities(Box<TokenClassifier>),
    /// A checkpoint that judges a target.
    Sentiment(Box<SequenceClassifier>),
    /// A fitted frame head on the hidden states of its base.
    Frames {
        /// The base.
        joint: Box<JointModel>,
        /// The head.
        head: Box<FrameHeadModel>,
    },
}

impl Measured {
    /// Loads a model of any kind from its folder; `base_folder` gives the folder of a frame head's base by its name.
    ///
    /// # Errors
    /// [`EvaluateError::ZeroShot`] for a zero-shot checkpoint, which has no frames of its own; [`EvaluateError::Model`] when the
    /// model does not load.
    pub fn load(
        folder: &Path,
        base_folder: impl Fn(&str) -> PathBuf,
        options: ModelOptions,
    ) -> Result<Self, EvaluateError> {
        match ModelKind::of(folder)? {
            ModelKind::Joint => Ok(Measured::Joint(Box::new(JointModel::load(folder, options)?))),
            ModelKind::FrameHead => {
                let base = FrameHeadManifest::load(folder)?.base;
                let joint = JointModel::load(&base_folder(&base), options)?;
                let head = FrameHeadModel::load(folder, &joint.manifest)?;
                Ok(Measured::Frames { joint: Box::new(joint), head: Box::new(head) })
            }
            ModelKind::Checkpoint => {
                let manifest = CheckpointManifest::load(folder)?;
                match manifest.role() {
                    Role::Entities => {
                        Ok(Measured::Entities(Box::new(TokenClassifier::load(folder, options)?)))
                    }
                    Role::Frames => Err(EvaluateError::ZeroShot { model: manifest.name }),
                    Role::Sentiment | Role::Stance => {
                        Ok(Measured::Sentiment(Box::new(SequenceClassifier::load(folder, options)?)))
                    }
                }
            }
        }
    }

    /// Name of the model.
    pub fn name(&self) -> &str {
        match self {
            Measured::Joint(model) => &model.manifest.name,
            Measured::Entities(model) => &model.manifest().name,
            Measured::Sentiment(model) => &model.manifest().name,
            Measured::Frames { head, .. } => &head.manifest.name,
        }
    }

    /// What runs.
    pub fn info(&self) -> &EncoderInfo {
        match self {
            Measured::Joint(model) => model.encoder.info(),
            Measured::Entities(model) => Encoder::info(model.as_ref()),
            Measured::Sentiment(model) => model.info(),
            Measured::Frames { joint, .. } => joint.encoder.info(),
        }
    }

    /// Whether the model answers a task.
    pub fn answers(&self, task: Task) -> bool {
        match self {
            Measured::Joint(model) => model.manifest.roles.contains(&task.role()),
            Measured::Entities(_) => task == Task::Entities,
            Measured::Sentiment(_) => task == Task::Sentiment,
            Measured::Frames { .. } => task == Task::Frames,
        }
    }

    /// Refuses a task that the model does not answer.
    pub(crate) fn check_answers(&self, task: Task) -> Result<(), EvaluateError> {
        if self.answers(task) { Ok(()) } else { Err(self.other_task(task)) }
    }

    /// The joint model that answers a task by itself.
    pub(crate) fn joint(&mut self, task: Task) -> Result<&mut JointModel, EvaluateError> {
        match self {
            Measured::Joint(model) => Ok(model),
            other => Err(other.other_task(task)),
        }
    }

    /// Names and thresholds of the frames.
    pub(crate) fn frame_head(&self) -> Result<&FrameHead, EvaluateError> {
        match self {
            Measured::Joint(model) => Ok(&model.manifest.heads.frames),
            Measured::Frames { head, .. } => Ok(&head.manifest.heads.frames),
            Measured::Entities(_) | Measured::Sentiment(_) => Err(self.other_task(Task::Frames)),
        }
    }

    fn other_task(&self, task: Task) -> EvaluateError {
        let known = Task::ALL.into_iter().filter(|&task| self.answers(task)).map(Task::as_str);
        EvaluateError::OtherTask {
            model: self.name().to_owned(),
            task: task.as_str(),
            known: known.collect::<Vec<_>>().join(", "),
        }
    }
}
