//! `config.json` of a Hugging Face checkpoint: only what decides the shape and the reading of a model.
// A build without libtorch reads only what the manifest is checked against.
#![cfg_attr(not(feature = "torch"), allow(dead_code))]

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ModelError;

/// Family of a checkpoint, named as `model_type` of its `config.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// BERT.
    #[serde(rename = "bert")]
    Bert,
    /// DistilBERT.
    #[serde(rename = "distilbert")]
    DistilBert,
    /// RoBERTa.
    #[serde(rename = "roberta")]
    Roberta,
    /// XLM-RoBERTa: RoBERTa with another vocabulary.
    #[serde(rename = "xlm-roberta")]
    XlmRoberta,
    /// DeBERTa v2 and v3.
    #[serde(rename = "deberta-v2")]
    DebertaV2,
    /// ELECTRA.
    #[serde(rename = "electra")]
    Electra,
}

impl Architecture {
    /// Every architecture.
    pub const ALL: [Architecture; 6] = [
        Architecture::Bert,
        Architecture::DistilBert,
        Architecture::Roberta,
        Architecture::XlmRoberta,
        Architecture::DebertaV2,
        Architecture::Electra,
    ];

    /// `model_type` in `config.json` and `architecture` in `model.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Architecture::Bert => "bert",
            Architecture::DistilBert => "distilbert",
            Architecture::Roberta => "roberta",
            Architecture::XlmRoberta => "xlm-roberta",
            Architecture::DebertaV2 => "deberta-v2",
            Architecture::Electra => "electra",
        }
    }

    /// What precedes the encoder's tensor names in a checkpoint with a head.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Architecture::Bert => "bert.",
            Architecture::DistilBert => "distilbert.",
            Architecture::Roberta | Architecture::XlmRoberta => "roberta.",
            Architecture::DebertaV2 => "deberta.",
            Architecture::Electra => "electra.",
        }
    }

    /// Whether positions are counted after the padding id, as in RoBERTa.
    pub(super) const fn counts_after_padding(self) -> bool {
        matches!(self, Architecture::Roberta | Architecture::XlmRoberta)
    }

    /// Whether the second text of a pair is told from the first by token type ids.
    pub(super) const fn takes_type_ids(self) -> bool {
        matches!(self, Architecture::Bert | Architecture::DebertaV2 | Architecture::Electra)
    }

    /// Whether a WordPiece vocabulary (`vocab.txt`) is enough to build the tokenizer.
    pub(super) const fn is_word_piece(self) -> bool {
        matches!(self, Architecture::Bert | Architecture::DistilBert | Architecture::Electra)
    }
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A function applied to each number between two affine maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    Gelu,
    GeluTanh,
    Relu,
    Silu,
    Tanh,
}

impl Activation {
    /// The function of one number, as `transformers` computes it.
    pub fn of(self, x: f32) -> f32 {
        match self {
            Activation::Gelu => {
                let x = f64::from(x);
                (0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2))) as f32
            }
            Activation::GeluTanh => {
                let x = f64::from(x);
                let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
                (0.5 * x * (1.0 + inner.tanh())) as f32
            }
            Activation::Relu => x.max(0.0),
            Activation::Silu => x / (1.0 + (-x).exp()),
            Activation::Tanh => x.tanh(),
        }
    }
}

/// A `config.json` as it was read; every getter's error names the file and the field.
#[derive(Debug)]
pub(super) struct ModelConfig {
    path: PathBuf,
    fields: Map<String, Value>,
}

impl ModelConfig {
    /// Reads a JSON file that holds one object.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let invalid = |message: String| ModelError::ManifestInvalid { path: path.to_owned(), message };
        let text = std::fs::read_to_string(path).map_err(|e| invalid(format!("could not be read: {e}")))?;
        let fields = serde_json::from_str(&text).map_err(|e| invalid(format!("not a JSON object: {e}")))?;
        Ok(Self { path: path.to_owned(), fields })
    }

    /// An error about this file.
    pub fn invalid(&self, message: String) -> ModelError {
        ModelError::ManifestInvalid { path: self.path.clone(), message }
    }

    fn field(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// A count that must be there.
    pub fn size(&self, key: &str) -> Result<usize, ModelError> {
        let value = self.field(key).ok_or_else(|| self.invalid(format!("{key} is missing")))?;
        let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| self.invalid(format!("{key} = {value}: must be a whole number of 0 or more")))
    }

    /// A count, `default` when it is absent or negative (`-1` stands for "none").
    pub fn size_or(&self, key: &str, default: usize) -> Result<usize, ModelError> {
        match self.field(key) {
            None => Ok(default),
            Some(value) if value.as_i64().is_some_and(|size| size < 0) => Ok(default),
            Some(_) => self.size(key),
        }
    }

    /// A number, `default` when it is absent.
    pub fn float_or(&self, key: &str, default: f64) -> Result<f64, ModelError> {
        match self.field(key) {
            None => Ok(default),
            Some(value) => {
                value.as_f64().ok_or_else(|| self.invalid(format!("{key} = {value}: must be a number")))
            }
        }
    }

    /// A switch, `default` when it is absent.
    pub fn flag_or(&self, key: &str, default: bool) -> bool {
        self.field(key).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.field(key).and_then(Value::as_str)
    }

    /// Texts, given as a list or as one text parted by `|`.
    pub fn texts(&self, key: &str) -> Vec<String> {
        match self.field(key) {
            Some(Value::String(text)) => text.split('|').map(|part| part.trim().to_owned()).collect(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The activation under `key`, `gelu` when it is absent.
    pub fn activation(&self, key: &str) -> Result<Activation, ModelError> {
        match self.text(key) {
            None | Some("gelu") => Ok(Activation::Gelu),
            Some("gelu_new" | "gelu_pytorch_tanh") => Ok(Activation::GeluTanh),
            Some("relu") => Ok(Activation::Relu),
            Some("silu" | "swish") => Ok(Activation::Silu),
            Some("tanh") => Ok(Activation::Tanh),
            Some(other) => Err(self.invalid(format!(
                "{key} = \"{other}\": known are gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish and tanh"
            ))),
        }
    }

    /// The architecture that `model_type` names.
    pub fn architecture(&self) -> Result<Architecture, ModelError> {
        let known = || Architecture::ALL.map(Architecture::as_str).join(", ");
        let name = self
            .text("model_type")
            .ok_or_else(|| self.invalid(format!("model_type is missing; known are {}", known())))?;
        Architecture::ALL
            .into_iter()
            .find(|architecture| architecture.as_str() == name)
            .ok_or_else(|| self.invalid(format!("model_type = \"{name}\": known are {}", known())))
    }

    /// Longest input in tokens, special tokens included.
    pub fn max_length(&self, architecture: Architecture) -> Result<usize, ModelError> {
        let positions = self.size("max_position_embeddings")?;
        if architecture.counts_after_padding() {
            // Position 0 up to the padding id are never given to a token: 514 positions hold 512 tokens.
            return Ok(positions.saturating_sub(self.size_or("pad_token_id", 1)? + 1));
        }
        Ok(positions)
    }

    /// The model's own labels, in the order of its outputs.
    pub fn labels(&self) -> Result<Vec<String>, ModelError> {
        let Some(table) = self.field("id2label").and_then(Value::as_object) else {
            // `transformers` leaves out the labels of a model with two outputs that nobody named.
            return Ok(vec!["LABEL_0".to_owned(), "LABEL_1".to_owned()]);
        };
        (0..table.len())
            .map(|index| {
                let label = table.get(&index.to_string()).and_then(Value::as_str);
                label.map(str::to_owned).ok_or_else(|| {
                    self.invalid(format!(
                        "id2label: output {index} of {} has no name; ids must count up from 0",
                        table.len()
                    ))
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> ModelConfig {
        ModelConfig { path: PathBuf::from("config.json"), fields: serde_json::from_str(json).unwrap() }
    }

    #[test]
    fn activations_are_those_of_torch() {
        // torch.nn.functional.gelu(torch.tensor([-1.0, 0.5]), approximate=...) and silu.
        for (activation, x, expected) in [
            (Activation::Gelu, -1.0, -0.158_655_25),
            (Activation::Gelu, 0.5, 0.345_731_23),
            (Activation::GeluTanh, -1.0, -0.158_808_01),
            (Activation::Silu, 0.5, 0.311_229_65),
            (Activation::Relu, -1.0, 0.0),
        ] {
            assert!((activation.of(x) - expected).abs() < 1e-6, "{activation:?} of {x}");
        }
    }

    #[test]
    fn roberta_keeps_positions_for_its_padding() {
        let config = config(r#"{"max_position_embeddings": 514, "pad_token_id": 1}"#);
        assert_eq!(config.max_length(Architecture::XlmRoberta).unwrap(), 512);
        assert_eq!(config.max_length(Architecture::Bert).unwrap(), 514);
    }

    #[test]
    fn errors_name_the_field() {
        let config = config(
            r#"{"model_type": "gpt2", "hidden_size": "32", "hidden_act": "snake", "id2label": {"1": "O"}}"#,
        );
        let said = |error: ModelError| error.to_string();
        assert!(said(config.architecture().unwrap_err()).contains("model_type = \"gpt2\""));
        assert!(said(config.size("hidden_size").unwrap_err()).contains("hidden_size = \"32\""));
        assert!(said(config.size("vocab_size").unwrap_err()).contains("vocab_size is missing"));
        assert!(said(config.activation("hidden_act").unwrap_err()).contains("hidden_act = \"snake\""));
        assert!(said(config.labels().unwrap_err()).contains("id2label: output 0"));
    }
}
