//! Encoders of checkpoints on libtorch: rust-bert's layers where they compute what `transformers` does.
//!
//! What was compared with `transformers` 4.44 (see `scripts/train/checkpoint_reference.py`) and found:
//!
//! - `BertModel` is right but for layer normalisation, whose epsilon is fixed at 1e-12 (RoBERTa: 1e-5):
//!   see [`layers::scale`]. It serves BERT, RoBERTa, XLM-R and ELECTRA, with our own embeddings.
//! - `RobertaEmbeddings` takes the padding id as 1 whatever the configuration says, and epsilon 1e-12.
//! - `ElectraModel` adds the mask of ones and zeros to the scores, so that it masks nothing.
//! - `DistilBertModel` is right; it insists on its prefix and on fields of `config.json` that may be absent.
//! - `DebertaV2Model` reads wrong relative positions: see [`deberta`], which does not use it.

mod deberta;
mod embeddings;
mod layers;
mod parts;

use ndarray::Array2;
use tch::Tensor;

use super::CheckpointManifest;
use super::classifier::{HeadKind, Network};
use super::config::{Architecture, ModelConfig};
use super::heads::Head;
use super::weights::Weights;
use crate::backend::torch::{Inputs, encode_padded};
use crate::{Encoder, EncoderInfo, ModelError, RaggedBatch};

const NAME: &str = "torch";

/// A checkpoint's encoder with its head on top.
pub(super) struct TorchNetwork {
    encoder: CheckpointEncoder,
    head: Head,
}

impl TorchNetwork {
    /// Loads the weights that the manifest lists.
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor, [`ModelError::ManifestInvalid`] the field of `config.json`.
    pub fn load(
        manifest: &CheckpointManifest,
        config: &ModelConfig,
        kind: HeadKind,
        n_labels: usize,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let path = manifest.verified("encoder")?;
        let bytes = std::fs::read(&path).map_err(|source| ModelError::FileUnreadable {
            model: manifest.name.clone(),
            role: "encoder".to_owned(),
            path,
            source,
        })?;
        let (architecture, width) = (manifest.architecture, manifest.hidden_size);
        let weights = Weights::parse(&bytes, architecture)?;
        let head = match kind {
            HeadKind::Token => Head::token(&weights, width, n_labels)?,
            HeadKind::Sequence => Head::sequence(&weights, architecture, config, width, n_labels)?,
        };
        Ok(Self { encoder: CheckpointEncoder::load(&weights, config, architecture, threads)?, head })
    }
}

impl Network for TorchNetwork {
    fn logits(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        Ok(self.head.logits(&self.encoder.encode(batch)?, batch))
    }

    fn info(&self) -> &EncoderInfo {
        self.encoder.info()
    }
}

/// The stack of one family.
trait Stack: Send {
    /// Hidden states `[sequences, longest, hidden]`.
    fn forward(&self, inputs: &Inputs) -> Result<Tensor, String>;
}

/// Any family's encoder.
pub(super) struct CheckpointEncoder {
    stack: Box<dyn Stack>,
    hidden_size: usize,
    vocabulary: usize,
    /// Rows of the position embeddings that tokens may use; `None` for relative positions.
    positions: Option<usize>,
    /// Rows of the token type embeddings; `None` when type ids are not looked at.
    types: Option<usize>,
    info: EncoderInfo,
}

impl CheckpointEncoder {
    fn load(
        weights: &Weights<'_>,
        config: &ModelConfig,
        architecture: Architecture,
        threads: usize,
    ) -> Result<Self, ModelError> {
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        let stack: Box<dyn Stack> = match architecture {
            Architecture::DistilBert => Box::new(layers::DistilBert::load(weights, config)?),
            Architecture::DebertaV2 => Box::new(deberta::Deberta::load(weights, config)?),
            _ => Box::new(layers::Bert::load(weights, config, architecture)?),
        };
        let positions = match super::manifest::has_no_positions(architecture, config) {
            true => None,
            false => Some(config.max_length(architecture)?),
        };
        let types = match architecture {
            Architecture::DistilBert => None,
            Architecture::DebertaV2 => Some(config.size_or("type_vocab_size", 0)?).filter(|&n| n > 0),
            _ => Some(config.size("type_vocab_size")?),
        };
        Ok(Self {
            stack,
            hidden_size: config.size(super::manifest::width_field(architecture))?,
            vocabulary: config.size("vocab_size")?,
            positions,
            types,
            info: EncoderInfo { backend: NAME, precision: "fp32", device: "cpu", threads },
        })
    }

    /// libtorch would stop the whole process, or read beyond a table.
    fn check(&self, batch: &RaggedBatch) -> Result<(), String> {
        let beyond = |ids: &[u32], rows: usize| ids.iter().copied().find(|&id| id as usize >= rows);
        if let Some(id) = beyond(&batch.input_ids, self.vocabulary) {
            return Err(format!(
                "token id {id}: the model knows {} (config.json, vocab_size); is the tokenizer another model's?",
                self.vocabulary
            ));
        }
        if let Some((rows, id)) =
            self.types.and_then(|rows| Some((rows, beyond(&batch.token_type_ids, rows)?)))
        {
            return Err(format!("token type id {id}: the model knows {rows} (config.json, type_vocab_size)"));
        }
        match self.positions {
            Some(positions) if batch.max_length() > positions => {
                Err(format!("{} tokens: the model has positions for {positions}", batch.max_length()))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, batch: &RaggedBatch) -> Result<Tensor, String> {
        self.check(batch)?;
        let inputs = Inputs::of(batch).map_err(|e| e.to_string())?;
        tch::no_grad(|| self.stack.forward(&inputs))
    }
}

impl Encoder for CheckpointEncoder {
    fn encode(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        encode_padded(batch, self.hidden_size, || self.run(batch))
    }

    fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    fn info(&self) -> &EncoderInfo {
        &self.info
    }
}

/// A tensor of the checkpoint in fp32.
fn tensor(weights: &Weights<'_>, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
    let values = weights.values(name, shape)?;
    let size: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
    Tensor::f_from_slice(&values)
        .and_then(|flat| flat.f_reshape(size))
        .map_err(|e| ModelError::Weights { tensor: name.to_owned(), message: e.to_string() })
}
