use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dyad_core::{FRAME_NAME_RULE, is_frame_name};
use serde::{Deserialize, Serialize};

use crate::files::{self, FileSpec};
use crate::kind::read_manifest;
use crate::{ModelError, classifier_error};

/// A question that a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Who and what is mentioned.
    Entities,
    /// How an actor is judged.
    Sentiment,
    /// Who is said to be for or against whom.
    Stance,
    /// How the relationship is framed, and its tone.
    Frames,
}

/// `model.toml`: what a model is, which files it has, and how its outputs are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name; equals the folder's name.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// Encoder architecture; `bert` is the one that both backends know.
    pub architecture: String,
    /// Roles that the model fills.
    pub roles: Vec<Role>,
    /// Longest input in tokens, special tokens included.
    pub max_length: usize,
    /// Width of a hidden state.
    pub hidden_size: usize,
    /// `token-type` when case patterns are passed as token type ids.
    #[serde(default)]
    pub casing: Option<String>,
    /// Licence of the weights.
    pub licence: String,
    /// Data sets used in training.
    pub data: Vec<String>,
    /// Files by role: `encoder`, `config`, `tokenizer`, `heads`, `onnx-fp32`, `onnx-int8`.
    pub files: BTreeMap<String, FileSpec>,
    /// How the heads' outputs are read.
    pub heads: HeadSpecs,
    /// How far the mean score of a text lies from the truth, as a standard deviation over kinds of text, in units of the
    /// metric, by `tone`, `stance`, `sentiment`, `closeness`, `frame_NAME` (mean probability) or `share_NAME` (share over the
    /// threshold); measured by `scripts/train/errors.py`. What is not there is not known.
    #[serde(default)]
    pub errors: BTreeMap<String, f64>,
    /// Measured figures, for people.
    #[serde(default)]
    pub metrics: toml::Table,
    /// The folder the manifest was read from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// The heads of a joint model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadSpecs {
    /// BIO labels per token.
    pub entities: HeadSpec,
    /// Sentiment towards a mention.
    pub sentiment: HeadSpec,
    /// Stance of one actor towards the other.
    pub stance: HeadSpec,
    /// Tone of the relation.
    pub tone: HeadSpec,
    /// Frames of the relation.
    pub frames: FrameHead,
}

/// A head with exclusive labels.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadSpec {
    /// Label of each output, in order.
    pub labels: Vec<String>,
    /// Divides the logits before softmax (calibration on dev).
    #[serde(default = "one")]
    pub temperature: f32,
}

/// The frame head: independent labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameHead {
    /// Frame of each output, in order.
    pub labels: Vec<String>,
    /// Probability from which a frame counts as present, one per label, after temperature.
    pub thresholds: Vec<f32>,
    /// Divides the logits before the sigmoid (calibration on dev).
    #[serde(default = "one")]
    pub temperature: f32,
}

impl FrameHead {
    /// Checks labels, thresholds and temperature; the error names the field.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.labels.is_empty() || self.labels.len() != self.thresholds.len() {
            return Err(format!(
                "heads.frames: {} labels but {} thresholds; there must be one threshold a label",
                self.labels.len(),
                self.thresholds.len()
            ));
        }
        if let Some(label) = self.labels.iter().find(|label| !is_frame_name(label)) {
            return Err(format!("heads.frames.labels: \"{label}\" {FRAME_NAME_RULE}"));
        }
        if let Some(label) = twice(&self.labels) {
            return Err(format!("heads.frames.labels: \"{label}\" is there twice"));
        }
        if !self.temperature.is_finite() || self.temperature <= 0.0 {
            return Err("heads.frames.temperature must be above 0".to_owned());
        }
        Ok(())
    }
}

/// The first name of a list that stands in it before.
pub(crate) fn twice(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)).map(|(_, name)| name)
}

fn one() -> f32 {
    1.0
}

impl Manifest {
    /// Reads and checks `model.toml` in a folder. Weights are not touched.
    ///
    /// # Errors
    /// [`ModelError::ManifestUnreadable`] or [`ModelError::ManifestInvalid`], which names the field.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let mut manifest: Manifest = read_manifest(folder)?;
        let invalid = |message| ModelError::ManifestInvalid { path: folder.join("model.toml"), message };
        manifest.folder = folder.to_owned();
        manifest.check().map_err(invalid)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if self.max_length < 8 {
            return Err(format!("max_length = {}: must be at least 8 tokens", self.max_length));
        }
        if let Some(casing) = self.casing.as_deref().filter(|casing| *casing != "token-type") {
            return Err(format!("casing = \"{casing}\": only \"token-type\" is known"));
        }
        let heads = &self.heads;
        let temperatures = [
            heads.entities.temperature,
            heads.sentiment.temperature,
            heads.stance.temperature,
            heads.tone.temperature,
        ];
        if temperatures.iter().any(|t| !t.is_finite() || *t <= 0.0) {
            return Err("heads: every temperature must be above 0".to_owned());
        }
        heads.frames.check()?;
        classifier_error::check(&self.errors, &heads.frames.labels)
    }

    /// Path of a file after checking its SHA-256.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] when the manifest does not list the file, [`ModelError::FileUnreadable`]
    /// or [`ModelError::WrongHash`] when the file is not what it promises.
    pub fn verified(&self, role: &str) -> Result<PathBuf, ModelError> {
        files::verified(&self.folder, &self.name, &self.files, role)
    }

    /// Whether the manifest lists a file for this role.
    pub fn offers(&self, role: &str) -> bool {
        self.files.contains_key(role)
    }
}
