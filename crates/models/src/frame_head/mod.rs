//! A frame head of one's own: logistic regression on the hidden states of a joint model, whose encoder stays as it is.
//!
//! [`fit()`] makes one from a few labelled sentences, [`FrameHeadModel::save`] writes it as a model folder
//! (`model.toml`, `head.safetensors`), and [`FrameHeadModel::load`] reads it for the joint model it was fitted on.

mod fit;
mod logistic;
mod manifest;
#[cfg(test)]
mod tests;
mod thresholds;

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{ArrayView1, Axis};
use safetensors::tensor::{Dtype, TensorView};

use crate::heads::{Linear, RELATION_PARTS, linear, sigmoid, tensors};
use crate::{FileSpec, Manifest, ModelError, files};

pub use fit::{FitError, FrameExamples, FrameFit, check_counts, fit};
pub use manifest::{FrameHeadKind, FrameHeadManifest, FrameHeadSpecs};
pub use thresholds::LOWEST_THRESHOLD;

/// File of the weights in a model's folder.
const FILE: &str = "head.safetensors";
/// Key under `[files]`.
const ROLE: &str = "head";

/// A fitted frame head, ready to read the features of a sentence.
#[derive(Debug, Clone)]
pub struct FrameHeadModel {
    /// Its manifest.
    pub manifest: FrameHeadManifest,
    head: Linear,
}

impl FrameHeadModel {
    /// Loads a head from its folder for the joint model `base`; the file is checked against its SHA-256 first.
    ///
    /// # Errors
    /// [`ModelError::OtherBase`] when the head was fitted on another encoder; otherwise a [`ModelError`] that names the
    /// field, file or tensor at fault.
    pub fn load(folder: &Path, base: &Manifest) -> Result<Self, ModelError> {
        let manifest = FrameHeadManifest::load(folder)?;
        manifest.check_base(base)?;
        let path = manifest.verified(ROLE)?;
        let bytes = files::read(&path, &manifest.name, ROLE)?;
        let tensors = tensors(&path, &bytes)?;
        let frames = manifest.heads.frames.labels.len();
        let head = linear(&tensors, "frames", frames, RELATION_PARTS * base.hidden_size)?;
        Ok(Self { manifest, head })
    }

    /// Writes `head.safetensors` and `model.toml` into a folder that is there.
    ///
    /// # Errors
    /// [`ModelError::FileUnreadable`] or [`ModelError::ManifestInvalid`] when a file cannot be written.
    pub fn save(folder: &Path, fit: &FrameFit, mut manifest: FrameHeadManifest) -> Result<(), ModelError> {
        let path = folder.join(FILE);
        let failed = |source: std::io::Error| ModelError::FileUnreadable {
            model: manifest.name.clone(),
            role: ROLE.to_owned(),
            path: path.clone(),
            source,
        };
        let bytes = |values: &mut dyn Iterator<Item = &f32>| -> Vec<u8> {
            values.flat_map(|value| value.to_le_bytes()).collect()
        };
        let weight = bytes(&mut fit.weight.iter());
        let bias = bytes(&mut fit.bias.iter());
        let written = TensorView::new(Dtype::F32, fit.weight.shape().to_vec(), &weight)
            .and_then(|weight| Ok((weight, TensorView::new(Dtype::F32, fit.bias.shape().to_vec(), &bias)?)))
            .and_then(|(weight, bias)| {
                safetensors::serialize([("frames.weight", weight), ("frames.bias", bias)], None)
            });
        let written = written.map_err(|error| failed(std::io::Error::other(error)))?;
        std::fs::write(&path, written).map_err(failed)?;
        let sha256 = files::sha256(&path).map_err(failed)?;
        manifest.files = BTreeMap::from([(ROLE.to_owned(), FileSpec { path: FILE.into(), sha256 })]);
        manifest.write(folder)
    }

    /// One probability a frame, in the order of the manifest's labels, from a sentence's
    /// [`relation_features`](crate::relation_features) `[4 * hidden]`.
    pub fn probabilities(&self, features: ArrayView1<'_, f32>) -> Vec<f32> {
        let temperature = self.manifest.heads.frames.temperature;
        let logits = self.head.apply(features.insert_axis(Axis(0)));
        logits.iter().map(|&logit| sigmoid(logit / temperature)).collect()
    }

    /// Identifies what decides the scores: name, version, the head's hash, its frames and temperature. The base has a
    /// fingerprint of its own.
    pub fn fingerprint(&self) -> String {
        let frames = &self.manifest.heads.frames;
        let hash = self.manifest.files.get(ROLE).map_or("", |file| file.sha256.as_str());
        format!(
            "{}@{} {ROLE}={hash} temperature={} {}",
            self.manifest.name,
            self.manifest.version,
            frames.temperature,
            frames.labels.join(" ")
        )
    }
}
