//! A manifest for a folder as it comes from a model hub.

use std::collections::BTreeMap;
use std::path::Path;

use super::config::{Architecture, ModelConfig};
use super::labels::{self, SequenceLabel};
use super::manifest::{has_no_positions, width_field};
use super::{CheckpointKind, CheckpointManifest};
use crate::files::{self, FileSpec};
use crate::{ModelError, Role};

/// Remedy for weights that are no safetensors.
pub(super) const TO_SAFETENSORS: &str = "write safetensors once, in Python: \
     AutoModelForTokenClassification (or AutoModelForSequenceClassification).from_pretrained(FOLDER)\
     .save_pretrained(FOLDER, safe_serialization=True)";

/// Remedy for a SentencePiece model without `tokenizer.json`.
pub(super) const TO_TOKENIZER_JSON: &str = "write tokenizer.json once, in Python, with the packages \
     transformers, sentencepiece, protobuf and tiktoken: AutoTokenizer.from_pretrained(FOLDER, use_fast=True)\
     .save_pretrained(FOLDER)";

/// Longest input of a model with relative positions only, unless its tokenizer's configuration says less.
const RELATIVE_MAX_LENGTH: usize = 512;

impl CheckpointManifest {
    /// Describes a folder from a model hub: finds its files and their SHA-256, and reads architecture, role,
    /// width and longest input from `config.json`.
    ///
    /// The role is entities for a token classifier; for a sequence classifier sentiment or frames (natural
    /// language inference), as its labels tell. Licence and data are left empty: no file states them reliably.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] names the file or the field of `config.json` that stands in the way:
    /// pickled or sharded weights, no tokenizer, another architecture, labels that tell no role.
    pub fn describe(folder: &Path) -> Result<Self, ModelError> {
        Self::describe_as(folder, None)
    }

    /// As [`describe`](Self::describe), with the role of a sequence classifier given: for labels such as
    /// `LABEL_0`, which tell none and must then be translated under `[labels]`.
    ///
    /// # Errors
    /// As [`describe`](Self::describe); also when the model cannot fill the role.
    pub fn describe_as(folder: &Path, role: Option<Role>) -> Result<Self, ModelError> {
        let config = ModelConfig::read(&folder.join("config.json"))?;
        let architecture = config.architecture()?;
        let mut listed = weight_files(folder)?;
        listed.push(("config", "config.json"));
        listed.extend(tokenizer_files(folder, architecture)?);
        listed.extend(onnx_files(folder));
        let name = folder
            .canonicalize()
            .ok()
            .and_then(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .unwrap_or_else(|| folder.display().to_string());
        Ok(Self {
            name,
            version: "1".to_owned(),
            kind: CheckpointKind::Checkpoint,
            architecture,
            roles: vec![infer_role(&config, role)?],
            max_length: max_length(folder, &config, architecture)?,
            hidden_size: config.size(width_field(architecture))?,
            licence: String::new(),
            data: Vec::new(),
            files: hashed(folder, &listed)?,
            labels: BTreeMap::new(),
            metrics: toml::Table::new(),
            folder: folder.to_owned(),
        })
    }

    /// The model's own labels in the order of its outputs, each with our reading of it; `None` where
    /// `[labels]` still has to say what it stands for.
    ///
    /// # Errors
    /// [`ModelError`] when `config.json` is not what the manifest promises or names no labels.
    pub fn readings(&self) -> Result<Vec<(String, Option<String>)>, ModelError> {
        let labels = self.config()?.labels()?;
        let read = |label: String| {
            let name = self.labels.get(&label).unwrap_or(&label);
            let reading = labels::reading(self.role(), name);
            (label, reading)
        };
        Ok(labels.into_iter().map(read).collect())
    }
}

fn invalid(folder: &Path, message: String) -> ModelError {
    ModelError::ManifestInvalid { path: folder.to_owned(), message }
}

type Listed = Vec<(&'static str, &'static str)>;

fn weight_files(folder: &Path) -> Result<Listed, ModelError> {
    let has = |name: &str| folder.join(name).exists();
    if has("model.safetensors") {
        return Ok(vec![("encoder", "model.safetensors")]);
    }
    if has("model.safetensors.index.json") {
        let message = "model.safetensors.index.json: weights in several files are not read; write one file, in \
             Python: model.save_pretrained(FOLDER, max_shard_size=\"100GB\")";
        return Err(invalid(folder, message.to_owned()));
    }
    let pickled = [
        "pytorch_model.bin",
        "pytorch_model.bin.index.json",
        "model.pt",
        "tf_model.h5",
        "flax_model.msgpack",
    ];
    Err(invalid(
        folder,
        match pickled.into_iter().find(|name| has(name)) {
            Some(name) if name.starts_with("pytorch_model") || name == "model.pt" => {
                format!(
                    "{name}: pickled weights can run code when they are opened and are refused; {TO_SAFETENSORS}"
                )
            }
            Some(name) => format!("{name}: only safetensors are read; {TO_SAFETENSORS}"),
            None => "model.safetensors is missing".to_owned(),
        },
    ))
}

fn tokenizer_files(folder: &Path, architecture: Architecture) -> Result<Listed, ModelError> {
    let has = |name: &str| folder.join(name).exists();
    if has("tokenizer.json") {
        return Ok(vec![("tokenizer", "tokenizer.json")]);
    }
    let mut listed = match architecture {
        _ if architecture.is_word_piece() && has("vocab.txt") => vec![("vocab", "vocab.txt")],
        Architecture::Roberta if has("vocab.json") && has("merges.txt") => {
            vec![("vocab", "vocab.json"), ("merges", "merges.txt")]
        }
        _ => {
            let pieces = ["sentencepiece.bpe.model", "spm.model", "spiece.model", "tokenizer.model"];
            let found = pieces.into_iter().find(|name| has(name));
            let found = found.map_or_else(String::new, |name| format!(" ({name} alone is not read)"));
            return Err(invalid(folder, format!("tokenizer.json is missing{found}; {TO_TOKENIZER_JSON}")));
        }
    };
    if has("tokenizer_config.json") {
        listed.push(("tokenizer-config", "tokenizer_config.json"));
    }
    Ok(listed)
}

fn onnx_files(folder: &Path) -> Listed {
    for (graph, data) in [("model.onnx", "model.onnx_data"), ("onnx/model.onnx", "onnx/model.onnx_data")] {
        if folder.join(graph).exists() {
            let mut listed = vec![("onnx-fp32", graph)];
            if folder.join(data).exists() {
                listed.push(("onnx-data", data));
            }
            return listed;
        }
    }
    Listed::new()
}

fn hashed(folder: &Path, listed: &Listed) -> Result<BTreeMap<String, FileSpec>, ModelError> {
    listed
        .iter()
        .map(|&(role, name)| {
            let sha256 = files::sha256(&folder.join(name))
                .map_err(|e| invalid(folder, format!("{name} could not be read: {e}")))?;
            Ok((role.to_owned(), FileSpec { path: name.into(), sha256 }))
        })
        .collect()
}

fn max_length(folder: &Path, config: &ModelConfig, architecture: Architecture) -> Result<usize, ModelError> {
    let mut longest = config.max_length(architecture)?;
    if has_no_positions(architecture, config) {
        longest = RELATIVE_MAX_LENGTH;
    }
    let path = folder.join("tokenizer_config.json");
    if !path.exists() {
        return Ok(longest);
    }
    // "No limit" is written as a number of 30 digits, which is no count.
    let said = ModelConfig::read(&path)?.float_or("model_max_length", f64::INFINITY)?;
    if said >= 8.0 && said < longest as f64 { Ok(said as usize) } else { Ok(longest) }
}

/// The role that a model's head and labels tell.
fn infer_role(config: &ModelConfig, given: Option<Role>) -> Result<Role, ModelError> {
    let heads = config.texts("architectures");
    let is = |kind: &str| heads.iter().any(|head| head.ends_with(kind));
    if is("ForTokenClassification") {
        return match given {
            None | Some(Role::Entities) => Ok(Role::Entities),
            Some(other) => Err(config.invalid(format!("a token classifier cannot fill the role {other:?}"))),
        };
    }
    if !is("ForSequenceClassification") {
        return Err(config.invalid(format!(
            "architectures = {heads:?}: only ...ForTokenClassification and ...ForSequenceClassification have a head that answers a question"
        )));
    }
    match given {
        Some(role @ (Role::Sentiment | Role::Frames)) => return Ok(role),
        Some(other) => {
            return Err(config.invalid(format!("a sequence classifier cannot fill the role {other:?}")));
        }
        None => {}
    }
    let labels = config.labels()?;
    let read = |role: Role| -> Vec<Option<SequenceLabel>> {
        labels.iter().map(|label| SequenceLabel::read_for(role, label)).collect()
    };
    let (polarity, inference) = (read(Role::Sentiment), read(Role::Frames));
    if inference.contains(&Some(SequenceLabel::Entailment)) {
        Ok(Role::Frames)
    } else if polarity.iter().all(Option::is_some) && polarity.contains(&Some(SequenceLabel::Positive)) {
        Ok(Role::Sentiment)
    } else {
        Err(config.invalid(format!(
            "id2label: the labels {} tell neither sentiment (negative, neutral, positive) nor frames (entailment, contradiction); give them their names in config.json, or state the role",
            labels.join(", ")
        )))
    }
}
