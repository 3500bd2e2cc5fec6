//! The three kinds of `model.toml`, told apart before one of them is read in full.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ModelError;

/// What a model's folder holds, by the field `kind` of its `model.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKind {
    /// A joint model (no `kind`): one encoder, all heads. See [`Manifest`](crate::Manifest).
    Joint,
    /// `checkpoint`: a Hugging Face checkpoint that fills one role. See [`CheckpointManifest`](crate::CheckpointManifest).
    Checkpoint,
    /// `frame-head`: frames read off a joint model's hidden states. See [`FrameHeadManifest`](crate::FrameHeadManifest).
    FrameHead,
}

/// Only the field that tells the kinds apart.
#[derive(Deserialize)]
struct KindField {
    kind: Option<String>,
}

impl ModelKind {
    /// The kind of the model in a folder.
    ///
    /// # Errors
    /// [`ModelError::ManifestUnreadable`], or [`ModelError::ManifestInvalid`] when `model.toml` is no TOML or names an
    /// unknown kind.
    pub fn of(folder: &Path) -> Result<Self, ModelError> {
        let field: KindField = read_manifest(folder)?;
        let invalid = |message| ModelError::ManifestInvalid { path: folder.join("model.toml"), message };
        match field.kind.as_deref() {
            None => Ok(ModelKind::Joint),
            Some("checkpoint") => Ok(ModelKind::Checkpoint),
            Some("frame-head") => Ok(ModelKind::FrameHead),
            Some(other) => Err(invalid(format!(
                "kind = \"{other}\": must be \"checkpoint\" or \"frame-head\"; a joint model has no kind"
            ))),
        }
    }
}

/// The `model.toml` of a folder, parsed and not yet checked.
pub(crate) fn read_manifest<T: DeserializeOwned>(folder: &Path) -> Result<T, ModelError> {
    let path = folder.join("model.toml");
    let text = std::fs::read_to_string(&path)
        .map_err(|source| ModelError::ManifestUnreadable { path: folder.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| ModelError::ManifestInvalid { path, message: error.to_string() })
}

/// Writes `model.toml` into a folder, over one that is there.
pub(crate) fn write_manifest(manifest: &impl Serialize, folder: &Path) -> Result<(), ModelError> {
    let path = folder.join("model.toml");
    let written = toml::to_string(manifest)
        .map_err(|e| e.to_string())
        .and_then(|text| std::fs::write(&path, text).map_err(|e| e.to_string()));
    written.map_err(|e| ModelError::ManifestInvalid { path, message: format!("could not be written: {e}") })
}
