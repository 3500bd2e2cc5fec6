//! Models that answer one question in place of the joint model: checkpoints, and frame heads on its hidden states.

mod entities;
mod frames;
mod sentiment;

use dyad_core::{AnnotateConfig, AnnotatedSentence};
use dyad_models::{Role, SequenceClassifier, TokenClassifier};

use crate::AnnotateError;
use crate::plan::Budget;

pub use frames::{FrameModel, ZERO_SHOT_THRESHOLD, ZeroShot};

/// A model with the limits of its batches.
pub struct Filled<M> {
    model: M,
    budget: Budget,
}

impl<M> Filled<M> {
    fn new(model: M, max_length: usize, limits: &AnnotateConfig) -> Result<Self, AnnotateError> {
        let budget = Budget::new(limits.batch_tokens, limits.batch_sentences, max_length)?;
        Ok(Self { model, budget })
    }
}

/// Models that fill single roles; a role without one stays with the joint model.
#[derive(Default)]
pub struct RoleModels {
    /// Finds entities.
    pub(crate) entities: Option<Filled<TokenClassifier>>,
    /// Judges a target in a sentence.
    pub(crate) sentiment: Option<Filled<SequenceClassifier>>,
    /// Finds the frames of a relation.
    pub(crate) frames: Option<FrameModel>,
}

impl RoleModels {
    /// Takes in the models that are there.
    ///
    /// # Errors
    /// [`AnnotateError::WrongRole`] for a sequence classifier that does not judge sentiment,
    /// [`AnnotateError::BudgetTooSmall`] when the longest input of one does not fit a batch.
    pub fn new(
        entities: Option<TokenClassifier>,
        sentiment: Option<SequenceClassifier>,
        frames: Option<FrameModel>,
        limits: &AnnotateConfig,
    ) -> Result<Self, AnnotateError> {
        if let Some(model) = &sentiment {
            check_role(model, Role::Sentiment)?;
        }
        let entities = entities.map(|model| {
            let longest = model.max_length();
            Filled::new(model, longest, limits)
        });
        let sentiment = sentiment.map(|model| {
            let longest = model.max_length();
            Filled::new(model, longest, limits)
        });
        Ok(Self { entities: entities.transpose()?, sentiment: sentiment.transpose()?, frames })
    }

    /// What identifies the models, for fingerprints; empty without any.
    pub fn fingerprint(&self) -> String {
        let entities = self.entities.as_ref().map(|filled| filled.model.fingerprint());
        let sentiment = self.sentiment.as_ref().map(|filled| filled.model.fingerprint());
        let frames = self.frames.as_ref().map(FrameModel::fingerprint);
        [("entities", entities), ("sentiment", sentiment), ("frames", frames)]
            .into_iter()
            .filter_map(|(role, print)| Some(format!("{role} {}", print?)))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Names of the models by role, for messages.
    pub fn names(&self) -> Vec<(&'static str, &str)> {
        let entities = self.entities.as_ref().map(|filled| filled.model.manifest().name.as_str());
        let sentiment = self.sentiment.as_ref().map(|filled| filled.model.manifest().name.as_str());
        let frames = self.frames.as_ref().map(FrameModel::name);
        [("entities", entities), ("sentiment", sentiment), ("frames", frames)]
            .into_iter()
            .filter_map(|(role, name)| Some((role, name?)))
            .collect()
    }
}

/// Refuses a classifier that answers another question.
fn check_role(model: &SequenceClassifier, wanted: Role) -> Result<(), AnnotateError> {
    let manifest = model.manifest();
    if manifest.role() == wanted {
        return Ok(());
    }
    Err(AnnotateError::WrongRole {
        role: if wanted == Role::Frames { "frames" } else { "sentiment" },
        model: manifest.name.clone(),
        found: format!("{:?}", manifest.role()).to_lowercase(),
    })
}

/// Takes every answer off a sentence, because one of them could not be had.
fn lose_answers(sentence: &mut AnnotatedSentence) {
    sentence.mentions.clear();
    (sentence.sentiment_a, sentence.sentiment_b, sentence.relation) = (None, None, None);
}
