//! rust-bert's BERT layers on libtorch: reads the safetensors of any Hugging Face BERT checkpoint.

use std::path::Path;

use ndarray::Array2;
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

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

    fn run(&self, batch: &RaggedBatch) -> Result<Vec<f32>, String> {
        let padded = batch.pad();
        let [ids, mask, types] =
            [padded.input_ids, padded.attention_mask, padded.token_type_ids].map(|array| {
                let size = [array.nrows() as i64, array.ncols() as i64];
                Tensor::f_from_slice(&array.into_raw_vec_and_offset().0).and_then(|t| t.f_reshape(size))
            });
        let text = |e: tch::TchError| e.to_string();
        let (ids, mask, types) = (ids.map_err(text)?, mask.map_err(text)?, types.map_err(text)?);
        let output = tch::no_grad(|| {
            self.model.forward_t(Some(&ids), Some(&mask), Some(&types), None, None, None, None, false)
        })
        .map_err(|e| e.to_string())?;
        let flat =
            output.hidden_state.f_to_kind(Kind::Float).and_then(|t| t.f_reshape([-1])).map_err(text)?;
        Vec::<f32>::try_from(&flat).map_err(text)
    }
}

impl Encoder for TorchEncoder {
    fn encode(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        if batch.is_empty() {
            return Ok(Array2::zeros((0, self.hidden_size)));
        }
        let states = self.run(batch).map_err(failed)?;
        batch
            .unpad(&states, self.hidden_size)
            .ok_or_else(|| failed("hidden states have another size than the batch".to_owned()))
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
