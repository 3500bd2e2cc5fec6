//! `model.toml` of a frame head: which frames it gives, and on whose hidden states.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{FrameFit, ROLE};
use crate::kind::{read_manifest, write_manifest};
use crate::manifest::FrameHead;
use crate::{FileSpec, Manifest, ModelError, Role, files};

/// The one value of `kind`; [`ModelKind::of`](crate::ModelKind::of) tells the kinds of manifest apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FrameHeadKind {
    /// A head for frames, without an encoder of its own.
    #[serde(rename = "frame-head")]
    FrameHead,
}

/// `model.toml` of a frame head fitted on a joint model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameHeadManifest {
    /// Name; equals the folder's name.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// Always `frame-head`.
    pub kind: FrameHeadKind,
    /// Always `["frames"]`.
    pub roles: Vec<Role>,
    /// Name of the joint model whose hidden states it reads.
    pub base: String,
    /// SHA-256 of that model's `files.encoder`: other weights give other hidden states.
    pub base_encoder_sha256: String,
    /// Licence of the head; empty when nobody has filled it in.
    pub licence: String,
    /// What it was fitted on.
    pub data: Vec<String>,
    /// Files by role: `head` (safetensors with `frames.weight` `[frames, 4 * hidden]` and `frames.bias` `[frames]`).
    pub files: BTreeMap<String, FileSpec>,
    /// Frames and thresholds.
    pub heads: FrameHeadSpecs,
    /// Measured figures, for people.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub metrics: toml::Table,
    /// The folder the manifest was read from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// The heads of a frame head: one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameHeadSpecs {
    /// Frames of the relation.
    pub frames: FrameHead,
}

impl FrameHeadManifest {
    /// The manifest of a head for `frames`, fitted on `base`; it lists no file yet.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] when `base` has no `files.encoder` to tell its hidden states by, or a frame's name or
    /// threshold is none.
    pub fn new(name: &str, base: &Manifest, frames: Vec<String>, fit: &FrameFit) -> Result<Self, ModelError> {
        let manifest = Self {
            name: name.to_owned(),
            version: "1".to_owned(),
            kind: FrameHeadKind::FrameHead,
            roles: vec![Role::Frames],
            base: base.name.clone(),
            base_encoder_sha256: encoder_hash(base)?.to_owned(),
            licence: String::new(),
            data: Vec::new(),
            files: BTreeMap::new(),
            heads: FrameHeadSpecs {
                frames: FrameHead { labels: frames, thresholds: fit.thresholds.clone(), temperature: 1.0 },
            },
            metrics: toml::Table::new(),
            folder: PathBuf::new(),
        };
        manifest.check().map_err(|message| manifest.invalid(message))?;
        Ok(manifest)
    }

    /// Reads and checks `model.toml` in a folder. Weights are not touched.
    ///
    /// # Errors
    /// [`ModelError::ManifestUnreadable`] or [`ModelError::ManifestInvalid`], which names the field.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let mut manifest: Self = read_manifest(folder)?;
        manifest.folder = folder.to_owned();
        manifest.check().map_err(|message| manifest.invalid(message))?;
        if !manifest.files.contains_key(ROLE) {
            return Err(manifest.invalid(format!("[files.{ROLE}] is missing")));
        }
        Ok(manifest)
    }

    /// Writes `model.toml` into a folder, over one that is there.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] when the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        write_manifest(self, folder)
    }

    /// Path of a file after checking its SHA-256.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] when the manifest does not list the file, [`ModelError::FileUnreadable`]
    /// or [`ModelError::WrongHash`] when the file is not what it promises.
    pub fn verified(&self, role: &str) -> Result<PathBuf, ModelError> {
        files::verified(&self.folder, &self.name, &self.files, role)
    }

    /// Checks that `base` is the model that the head was fitted on.
    ///
    /// # Errors
    /// [`ModelError::OtherBase`] when its encoder is another one.
    pub fn check_base(&self, base: &Manifest) -> Result<(), ModelError> {
        let found = encoder_hash(base)?;
        if found.eq_ignore_ascii_case(&self.base_encoder_sha256) {
            return Ok(());
        }
        Err(ModelError::OtherBase {
            model: self.name.clone(),
            base: self.base.clone(),
            found: format!("{} (files.encoder {found})", base.name),
            expected: self.base_encoder_sha256.clone(),
        })
    }

    fn invalid(&self, message: String) -> ModelError {
        ModelError::ManifestInvalid { path: self.folder.join("model.toml"), message }
    }

    fn check(&self) -> Result<(), String> {
        if self.roles != [Role::Frames] {
            return Err("roles: a frame head fills \"frames\" and nothing else".to_owned());
        }
        if let Some(role) = self.files.keys().find(|role| *role != ROLE) {
            return Err(format!("files.{role}: only files.{ROLE} is known"));
        }
        if let Some(threshold) = self.heads.frames.thresholds.iter().find(|t| !(0.0..=1.0).contains(*t)) {
            return Err(format!("heads.frames.thresholds: {threshold} is not a probability, 0 to 1"));
        }
        self.heads.frames.check()
    }
}

fn encoder_hash(base: &Manifest) -> Result<&str, ModelError> {
    let file = base.files.get("encoder").ok_or_else(|| ModelError::ManifestInvalid {
        path: base.folder.join("model.toml"),
        message: "[files.encoder] is missing: a frame head is tied to its base by that file's hash"
            .to_owned(),
    })?;
    Ok(&file.sha256)
}
