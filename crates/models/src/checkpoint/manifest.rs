//! `model.toml` of a checkpoint: which files it has, which question it answers, how its labels are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::{Architecture, ModelConfig};
use crate::files::{self, FileSpec};
use crate::kind::{read_manifest, write_manifest};
use crate::{ModelError, Role};

/// Keys under `[files]`.
const KNOWN_FILES: [&str; 8] =
    ["encoder", "config", "tokenizer", "tokenizer-config", "vocab", "merges", "onnx-fp32", "onnx-data"];

/// The one value of `kind`; [`ModelKind::of`](crate::ModelKind::of) tells the kinds of manifest apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckpointKind {
    /// A Hugging Face checkpoint with one head.
    Checkpoint,
}

/// `model.toml` of a Hugging Face checkpoint that fills one role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointManifest {
    /// Name; equals the folder's name.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// Always `checkpoint`.
    pub kind: CheckpointKind,
    /// Family; must be `model_type` of `config.json`.
    pub architecture: Architecture,
    /// The role that the model fills: exactly one of entities, sentiment and frames.
    pub roles: Vec<Role>,
    /// Longest input in tokens, special tokens included.
    pub max_length: usize,
    /// Width of a hidden state.
    pub hidden_size: usize,
    /// Licence of the weights; empty when nobody has filled it in.
    pub licence: String,
    /// Data sets used in training; empty when nobody has filled it in.
    pub data: Vec<String>,
    /// Files by role: `encoder` (safetensors) and `config`; `tokenizer`, or `vocab` (with `merges` for
    /// byte-level BPE, and `tokenizer-config`); optionally `onnx-fp32` (the whole model, output `logits`)
    /// with `onnx-data`.
    pub files: BTreeMap<String, FileSpec>,
    /// From the model's own label to ours, where its name does not say what it means.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Measured figures, for people.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub metrics: toml::Table,
    /// The folder the manifest was read from.
    #[serde(skip)]
    pub folder: PathBuf,
}

impl CheckpointManifest {
    /// Reads and checks `model.toml` in a folder. Weights are not touched.
    ///
    /// # Errors
    /// [`ModelError::ManifestUnreadable`] or [`ModelError::ManifestInvalid`], which names the field.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let mut manifest: Self = read_manifest(folder)?;
        manifest.folder = folder.to_owned();
        manifest.check().map_err(|message| manifest.invalid(message))?;
        Ok(manifest)
    }

    /// Writes `model.toml` into a folder, over one that is there.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] when the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        write_manifest(self, folder)
    }

    /// The role that the model fills.
    pub fn role(&self) -> Role {
        // `check` and `describe` leave exactly one.
        self.roles.first().copied().unwrap_or(Role::Entities)
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

    /// An error about this manifest.
    pub(super) fn invalid(&self, message: String) -> ModelError {
        ModelError::ManifestInvalid { path: self.folder.join("model.toml"), message }
    }

    /// Reads `config.json` and checks that the manifest agrees with it.
    pub(super) fn config(&self) -> Result<ModelConfig, ModelError> {
        let config = ModelConfig::read(&self.verified("config")?)?;
        let found = config.architecture()?;
        if found != self.architecture {
            return Err(self.invalid(format!(
                "architecture = \"{}\" but config.json says model_type = \"{found}\"",
                self.architecture
            )));
        }
        let width = config.size(width_field(found))?;
        if width != self.hidden_size {
            return Err(
                self.invalid(format!("hidden_size = {} but config.json says {width}", self.hidden_size))
            );
        }
        let longest = config.max_length(found)?;
        if self.max_length > longest && !has_no_positions(found, &config) {
            return Err(self.invalid(format!(
                "max_length = {} but the model has positions for {longest} tokens (config.json, max_position_embeddings)",
                self.max_length
            )));
        }
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let fits = |role: &Role| matches!(role, Role::Entities | Role::Sentiment | Role::Frames);
        if self.roles.len() != 1 || !self.roles.iter().all(fits) {
            return Err(
                "roles: a checkpoint fills exactly one of \"entities\", \"sentiment\" and \"frames\""
                    .to_owned(),
            );
        }
        if self.max_length < 8 {
            return Err(format!("max_length = {}: must be at least 8 tokens", self.max_length));
        }
        if let Some(key) = self.files.keys().find(|key| !KNOWN_FILES.contains(&key.as_str())) {
            return Err(format!("files.{key}: known are {}", KNOWN_FILES.join(", ")));
        }
        if let Some(key) = ["encoder", "config"].into_iter().find(|key| !self.offers(key)) {
            return Err(format!("[files.{key}] is missing"));
        }
        let encoder = &self.files["encoder"].path;
        if encoder.extension().is_none_or(|extension| extension != "safetensors") {
            return Err(format!(
                "files.encoder = \"{}\": weights must be safetensors; {}",
                encoder.display(),
                super::describe::TO_SAFETENSORS
            ));
        }
        self.check_tokenizer()
    }

    fn check_tokenizer(&self) -> Result<(), String> {
        if self.offers("tokenizer") {
            return Ok(());
        }
        let needed: &[&str] = match self.architecture {
            architecture if architecture.is_word_piece() => &["vocab"],
            Architecture::Roberta => &["vocab", "merges"],
            _ => &["tokenizer"],
        };
        match needed.iter().find(|key| !self.offers(key)) {
            Some(key) => Err(format!(
                "[files.{key}] is missing: {} needs files.{}; {}",
                self.architecture,
                needed.join(" and files."),
                super::describe::TO_TOKENIZER_JSON
            )),
            None => Ok(()),
        }
    }
}

/// The field of `config.json` that holds the width of a hidden state.
pub(super) fn width_field(architecture: Architecture) -> &'static str {
    if architecture == Architecture::DistilBert { "dim" } else { "hidden_size" }
}

/// Whether the model has only relative positions, so that any length can be encoded.
pub(super) fn has_no_positions(architecture: Architecture, config: &ModelConfig) -> bool {
    architecture == Architecture::DebertaV2 && !config.flag_or("position_biased_input", true)
}
