use std::path::Path;

use dyad_core::{Backend, Precision};
use serde::Serialize;

use crate::{Encoder, Heads, Manifest, ModelError, Tokenizer, backend};

/// What runs, stored with every run so that no fallback goes unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EncoderInfo {
    /// `onnx` or `torch`.
    pub backend: &'static str,
    /// `fp32` or `int8`.
    pub precision: &'static str,
    /// Where it computes.
    pub device: &'static str,
    /// Threads of one encoding.
    pub threads: usize,
}

/// How to load a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelOptions {
    /// Runtime.
    pub backend: Backend,
    /// Numbers the encoder computes with.
    pub precision: Precision,
    /// Threads; 0 takes every core.
    pub threads: usize,
}

/// A model that answers everything in one pass: tokenizer, encoder and heads, verified.
pub struct JointModel {
    /// Its manifest.
    pub manifest: Manifest,
    /// Text to tokens.
    pub tokenizer: Tokenizer,
    /// Tokens to hidden states.
    pub encoder: Box<dyn Encoder>,
    /// Hidden states to answers.
    pub heads: Heads,
}

impl JointModel {
    /// Loads a model from its folder; every file is checked against the manifest's SHA-256 first.
    ///
    /// # Errors
    /// A [`ModelError`] that names the field, file or tensor at fault.
    pub fn load(folder: &Path, options: ModelOptions) -> Result<Self, ModelError> {
        let manifest = Manifest::load(folder)?;
        let tokenizer = Tokenizer::from_file(&manifest.verified("tokenizer")?, manifest.casing.is_some())?;
        let heads = Heads::load(&manifest.verified("heads")?, &manifest)?;
        let encoder = backend::load(&manifest, options)?;
        if encoder.hidden_size() != manifest.hidden_size {
            return Err(ModelError::ManifestInvalid {
                path: folder.join("model.toml"),
                message: format!(
                    "hidden_size = {} but the encoder gives {}",
                    manifest.hidden_size,
                    encoder.hidden_size()
                ),
            });
        }
        Ok(Self { manifest, tokenizer, encoder, heads })
    }

    /// Identifies what decides the scores: name, version, every file's hash, backend and precision.
    pub fn fingerprint(&self) -> String {
        let info = self.encoder.info();
        let files: Vec<String> =
            self.manifest.files.iter().map(|(role, file)| format!("{role}={}", file.sha256)).collect();
        format!(
            "{}@{} {} {} {}",
            self.manifest.name,
            self.manifest.version,
            info.backend,
            info.precision,
            files.join(" ")
        )
    }
}
