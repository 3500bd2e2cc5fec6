//! rust-bert's BERT layers on libtorch: reads the safetensors of any Hugging Face BERT checkpoint.

use std::path::Path;

use ndarray::Array2;
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::nn::VarStore;
use tch::{Device, Kind, TchError, Tensor};

use crate::{Encoder, EncoderInfo, ModelError, RaggedBatch};

const NAME: &str = "torch";

/// An encoder made of rust-bert's layers. Only the layers: its pipelines pad without a mask and lose
/// track of sentences after the first batch.
pub struct TorchEncoder {
    // Holds the tensors that the layers point into.
    _weights: VarStore,
    model: BertModel<BertEmbeddings>,
    hidden_size: usize,
    info: EncoderInfo,
}

impl TorchEncoder {
    /// Loads `config.json` and `model.safetensors` (any float type; computed in fp32).
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor that is missing, [`ModelError::Inference`] a configuration
    /// that does not parse.
    pub fn load(weights: &Path, config: &Path, threads: usize) -> Result<Self, ModelError> {
        let text =
            std::fs::read_to_string(config).map_err(|e| failed(format!("{}: {e}", config.display())))?;
        let config: BertConfig =
            serde_json::from_str(&text).map_err(|e| failed(format!("{}: {e}", config.display())))?;
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        let mut store = VarStore::new(Device::Cpu);
        let model = BertModel::<BertEmbeddings>::new_with_optional_pooler(store.root(), &config, false);
        store.load(weights).map_err(|e| ModelError::Weights {
            tensor: weights.display().to_string(),
            message: e.to_string(),
        })?;
        // Loading takes over the file's type; fp16 weights are computed in fp32.
        store.float();
        store.freeze();
        let hidden_size = usize::try_from(config.hidden_size).unwrap_or_default();
        let info = EncoderInfo { backend: NAME, precision: "fp32", device: "cpu", threads };
        Ok(Self { _weights: store, model, hidden_size, info })
    }

    fn run(&self, batch: &RaggedBatch) -> Result<Tensor, String> {
        let Inputs { ids, mask, types } = Inputs::of(batch).map_err(|e| e.to_string())?;
        tch::no_grad(|| {
            self.model.forward_t(Some(&ids), Some(&mask), Some(&types), None, None, None, None, false)
        })
        .map(|output| output.hidden_state)
        .map_err(|e| e.to_string())
    }
}

/// A batch as libtorch takes it; all `[sequences, longest]`, int64.
pub(crate) struct Inputs {
    pub ids: Tensor,
    /// 1 for a real token, 0 for padding.
    pub mask: Tensor,
    pub types: Tensor,
}

impl Inputs {
    /// Pads a batch.
    pub fn of(batch: &RaggedBatch) -> Result<Self, TchError> {
        let padded = batch.pad();
        let tensor = |array: Array2<i64>| {
            let size = [array.nrows() as i64, array.ncols() as i64];
            Tensor::f_from_slice(&array.into_raw_vec_and_offset().0)?.f_reshape(size)
        };
        Ok(Self {
            ids: tensor(padded.input_ids)?,
            mask: tensor(padded.attention_mask)?,
            types: tensor(padded.token_type_ids)?,
        })
    }
}

/// Runs a batch through `run`, which gives hidden states `[sequences, longest, hidden]`, and takes the padding out.
pub(crate) fn encode_padded(
    batch: &RaggedBatch,
    hidden_size: usize,
    run: impl FnOnce() -> Result<Tensor, String>,
) -> Result<Array2<f32>, ModelError> {
    if batch.is_empty() {
        return Ok(Array2::zeros((0, hidden_size)));
    }
    let flat = |states: Tensor| -> Result<Vec<f32>, TchError> {
        Vec::try_from(&states.f_to_kind(Kind::Float)?.f_reshape([-1])?)
    };
    let states = run().and_then(|states| flat(states).map_err(|e| e.to_string())).map_err(failed)?;
    batch
        .unpad(&states, hidden_size)
        .ok_or_else(|| failed("hidden states have another size than the batch".to_owned()))
}

impl Encoder for TorchEncoder {
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

fn failed(message: String) -> ModelError {
    ModelError::Inference { backend: NAME, message }
}
