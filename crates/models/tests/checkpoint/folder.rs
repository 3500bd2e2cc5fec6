//! A checkpoint folder as it comes from a model hub, its weights computed from a formula.
// A build with one backend leaves out the tests of the other.
#![cfg_attr(not(all(feature = "onnx", feature = "torch")), allow(dead_code))]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dyad_core::{Backend, Precision};
use dyad_models::{CheckpointManifest, ModelOptions};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Deserialize;
use tempfile::TempDir;

/// What `checkpoint_reference.py` wrote.
#[derive(Deserialize)]
pub struct Reference {
    pub token: Vec<Entry>,
    pub sequence: Vec<Entry>,
    pub onnx_token: Entry,
    pub onnx_sequence: Entry,
}

#[derive(Deserialize)]
pub struct Entry {
    pub name: String,
    pub config: serde_json::Value,
    pub files: BTreeMap<String, String>,
    pub tensors: BTreeMap<String, Vec<usize>>,
    #[serde(default)]
    pub tokens: Vec<TokenCase>,
    #[serde(default)]
    pub sequences: Vec<SequenceCase>,
}

#[derive(Deserialize)]
pub struct TokenCase {
    pub text: String,
    pub ids: Vec<u32>,
    /// First byte, end byte and word of each token; `None` for special tokens and white space.
    pub tokens: Vec<Option<(usize, usize, u32)>>,
    pub logits: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
pub struct SequenceCase {
    pub text: String,
    pub pair: Option<String>,
    pub ids: Vec<u32>,
    /// `None` for families without token type ids.
    pub types: Option<Vec<u32>>,
    pub logits: Vec<f32>,
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    serde_json::from_str(&std::fs::read_to_string(fixture("checkpoints.json")).unwrap()).unwrap()
});

impl Reference {
    pub fn token(&self, name: &str) -> &Entry {
        self.token.iter().find(|entry| entry.name == name).unwrap()
    }

    pub fn sequence(&self, name: &str) -> &Entry {
        self.sequence.iter().find(|entry| entry.name == name).unwrap()
    }
}

/// A number of a tensor: must stay as in the script.
fn weight(name: &str, index: usize) -> f64 {
    let phase =
        name.bytes().enumerate().map(|(place, byte)| usize::from(byte) * (place + 1)).sum::<usize>() % 1000;
    let wave = (0.37 * index as f64 + 0.11 * (index * index % 1009) as f64 + phase as f64).sin();
    let is_gain = name.ends_with("LayerNorm.weight") || name.ends_with("layer_norm.weight");
    if is_gain { 1.0 + 0.1 * wave } else { 0.2 * wave }
}

/// Writes the weights of an entry; `change` may rename a tensor (`None` leaves it out) or give it another shape.
pub fn write_weights(
    folder: &Path,
    entry: &Entry,
    change: impl Fn(&str, &[usize]) -> Option<(String, Vec<usize>)>,
) {
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = entry
        .tensors
        .iter()
        .filter_map(|(name, shape)| {
            let (new_name, new_shape) = change(name, shape)?;
            let size = new_shape.iter().product::<usize>();
            let bytes = (0..size).flat_map(|index| (weight(name, index) as f32).to_le_bytes()).collect();
            Some((new_name, new_shape, bytes))
        })
        .collect();
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        })
        .collect();
    safetensors::serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
}

pub fn unchanged(name: &str, shape: &[usize]) -> Option<(String, Vec<usize>)> {
    Some((name.to_owned(), shape.to_vec()))
}

/// The folder of an entry without a manifest.
pub fn bare_folder(entry: &Entry) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), entry.config.to_string()).unwrap();
    for (name, text) in &entry.files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    write_weights(folder.path(), entry, unchanged);
    folder
}

/// The folder of an entry with the manifest that `describe` writes for it.
pub fn folder(entry: &Entry) -> TempDir {
    let folder = bare_folder(entry);
    describe(folder.path());
    folder
}

/// Describes a folder anew, after its files have changed.
pub fn describe(folder: &Path) {
    CheckpointManifest::describe(folder).unwrap().write(folder).unwrap();
}

/// Replaces text in a file of a folder; the text must be there.
pub fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from:?} is not in {file}: {text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

pub fn options(backend: Backend) -> ModelOptions {
    ModelOptions { backend, precision: Precision::Fp32, threads: 1 }
}

#[track_caller]
pub fn close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= tolerance, "{what}: {found:?}, expected {expected:?}");
    }
}
