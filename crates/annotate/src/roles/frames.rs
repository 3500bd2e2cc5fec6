//! Frames by a fitted head on the joint model's hidden states, or by a zero-shot checkpoint and the user's own words.

use dyad_core::{AnnotateConfig, AnnotatedArticle, FrameDefinition};
use dyad_models::{EncodedPair, FrameHeadModel, Role, SequenceClassifier};

use super::{Filled, check_role};
use crate::AnnotateError;
use crate::encode::answer_pairs;

/// Probability from which a frame of a zero-shot model counts as present: it entails the statement rather than rules it out.
pub const ZERO_SHOT_THRESHOLD: f32 = 0.5;
/// Tokens that a description must leave for the sentence and the actors' names; with fewer there is nothing to judge.
const ROOM: usize = 8;

/// What finds the frames instead of the joint model; the tone stays with the joint model.
pub enum FrameModel {
    /// Reads the joint model's hidden states: no second pass.
    Head(Box<FrameHeadModel>),
    /// Reads each sentence again, once a frame.
    ZeroShot(Box<ZeroShot>),
}

impl FrameModel {
    /// Name of the model.
    pub fn name(&self) -> &str {
        match self {
            FrameModel::Head(head) => &head.manifest.name,
            FrameModel::ZeroShot(model) => &model.filled.model.manifest().name,
        }
    }

    /// Names of the frames, in the order of a relation's probabilities.
    pub fn frames(&self) -> &[String] {
        match self {
            FrameModel::Head(head) => &head.manifest.heads.frames.labels,
            FrameModel::ZeroShot(model) => &model.names,
        }
    }

    /// Probability from which a frame counts as present, in the same order.
    pub fn thresholds(&self) -> Vec<f32> {
        match self {
            FrameModel::Head(head) => head.manifest.heads.frames.thresholds.clone(),
            FrameModel::ZeroShot(model) => vec![ZERO_SHOT_THRESHOLD; model.names.len()],
        }
    }

    /// The head, where there is one.
    pub(crate) fn head(&self) -> Option<&FrameHeadModel> {
        match self {
            FrameModel::Head(head) => Some(head),
            FrameModel::ZeroShot(_) => None,
        }
    }

    /// Identifies what decides the probabilities.
    pub fn fingerprint(&self) -> String {
        match self {
            FrameModel::Head(head) => head.fingerprint(),
            FrameModel::ZeroShot(model) => {
                let said: Vec<String> =
                    model.frames.iter().map(|f| format!("{}={:?}", f.name, f.description)).collect();
                format!("{} {}", model.filled.model.fingerprint(), said.join(" "))
            }
        }
    }
}

/// A checkpoint for natural language inference with the statements it is asked about: how far does "{A} and {B} compete" follow
/// from a sentence? After Yin, Hay and Roth (2019), "Benchmarking zero-shot text classification".
pub struct ZeroShot {
    filled: Filled<SequenceClassifier>,
    frames: Vec<FrameDefinition>,
    names: Vec<String>,
}

impl ZeroShot {
    /// Takes in a checkpoint and the frames it is asked about.
    ///
    /// # Errors
    /// [`AnnotateError::WrongRole`] for a checkpoint that answers another question, [`AnnotateError::NoFrames`] without frames,
    /// [`AnnotateError::LongDescription`] for a description that leaves no room for a sentence,
    /// [`AnnotateError::BudgetTooSmall`] when its longest input does not fit a batch.
    pub fn new(
        model: SequenceClassifier,
        frames: Vec<FrameDefinition>,
        limits: &AnnotateConfig,
    ) -> Result<Self, AnnotateError> {
        check_role(&model, Role::Frames)?;
        if frames.is_empty() {
            return Err(AnnotateError::NoFrames { model: model.manifest().name.clone() });
        }
        check_room(&model, &frames)?;
        let longest = model.max_length();
        let names = frames.iter().map(|frame| frame.name.clone()).collect();
        Ok(Self { filled: Filled::new(model, longest, limits)?, frames, names })
    }

    /// Replaces the frames of every relation in some sentences. A sentence in which a frame cannot be judged loses its relation,
    /// keeps its other answers, and is counted as failed.
    pub(crate) fn frame(&mut self, places: &[(usize, usize)], annotated: &mut [AnnotatedArticle]) {
        let mut owners = Vec::new();
        let mut pairs: Vec<Option<EncodedPair>> = Vec::new();
        for &(article, sentence) in places {
            let entry = &annotated[article].sentences[sentence];
            let Some(relation) = &entry.relation else { continue };
            let text = &entry.sentence.text;
            let (a, b) = (relation.span_a.slice(text), relation.span_b.slice(text));
            owners.push((article, sentence));
            pairs.extend(self.frames.iter().map(|frame| {
                let statement = frame.statement(a?, b?);
                self.filled.model.encode(text, Some(&statement)).ok()
            }));
        }
        let Filled { model, budget } = &mut self.filled;
        let judged = answer_pairs(model, &pairs, *budget, SequenceClassifier::entailment);
        let n = self.frames.len();
        for ((&(article, sentence), pairs), judged) in
            owners.iter().zip(pairs.chunks(n)).zip(judged.chunks(n))
        {
            let entry = &mut annotated[article];
            let is_cut = pairs.iter().flatten().any(|pair| pair.n_cut_tokens > 0);
            entry.counts.cut_relations += u64::from(is_cut);
            let frames: Option<Vec<f32>> = judged.iter().copied().collect();
            let target = &mut entry.sentences[sentence];
            match (frames, &mut target.relation) {
                (Some(frames), Some(relation)) => relation.frames = frames,
                _ => {
                    target.relation = None;
                    entry.counts.failed_sentences += 1;
                }
            }
        }
    }
}

/// Refuses a description that leaves the model hardly a token of the sentence.
fn check_room(model: &SequenceClassifier, frames: &[FrameDefinition]) -> Result<(), AnnotateError> {
    let longest = model.max_length();
    for frame in frames {
        // A tokenizer that fails here fails on every sentence, which is counted there.
        let statement = frame.statement("A", "B");
        let Ok(pair) = model.tokenizer().encode_pair("A", Some(&statement), usize::MAX) else { continue };
        let tokens = pair.ids.len().saturating_sub(1);
        if tokens + ROOM > longest {
            return Err(AnnotateError::LongDescription {
                frame: frame.name.clone(),
                tokens,
                model: model.manifest().name.clone(),
                longest,
            });
        }
    }
    Ok(())
}
