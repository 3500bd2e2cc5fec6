//! rust-bert's stacks of layers, filled from a checkpoint.

use std::borrow::Borrow;

use rust_bert::bert::{BertConfig, BertEmbedding, BertModel};
use rust_bert::distilbert::{DistilBertConfig, DistilBertModel};
use rust_bert::{Activation as RustBertActivation, RustBertError};
use tch::nn::{Path, VarStore};
use tch::{Device, Tensor};

use super::super::config::{Activation, Architecture, ModelConfig};
use super::super::weights::Weights;
use super::embeddings::Embeddings;
use super::{Inputs, Stack, tensor};
use crate::ModelError;

/// Epsilon of every layer normalisation in rust-bert's BERT layers.
const RUST_BERT_EPSILON: f64 = 1e-12;

/// The embeddings of rust-bert's [`BertModel`], for a caller that has computed them already.
struct Given;

impl BertEmbedding for Given {
    fn new<'p, P: Borrow<Path<'p>>>(_: P, _: &BertConfig) -> Self {
        Given
    }

    fn forward_t(
        &self,
        _input_ids: Option<&Tensor>,
        _token_type_ids: Option<&Tensor>,
        _position_ids: Option<&Tensor>,
        input_embeds: Option<&Tensor>,
        _train: bool,
    ) -> Result<Tensor, RustBertError> {
        let given = input_embeds.map(Tensor::shallow_clone);
        given.ok_or_else(|| RustBertError::ValueError("embeddings are missing: this is a bug".to_owned()))
    }
}

/// BERT, RoBERTa, XLM-R and ELECTRA: our embeddings, rust-bert's layers.
pub(super) struct Bert {
    // Holds the tensors that the layers point into.
    _weights: VarStore,
    embeddings: Embeddings,
    layers: BertModel<Given>,
    /// What hidden states are multiplied by inside: see [`scale`].
    factor: f64,
}

impl Bert {
    /// Loads embeddings and layers.
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor, [`ModelError::ManifestInvalid`] the field of `config.json`.
    pub fn load(
        weights: &Weights<'_>,
        config: &ModelConfig,
        architecture: Architecture,
    ) -> Result<Self, ModelError> {
        check_layers(config, "num_attention_heads", "hidden_size", "num_hidden_layers")?;
        let epsilon = config.float_or("layer_norm_eps", RUST_BERT_EPSILON)?;
        if !(epsilon.is_finite() && epsilon > 0.0) {
            return Err(config.invalid(format!("layer_norm_eps = {epsilon}: must be above 0")));
        }
        let factor = (RUST_BERT_EPSILON / epsilon).sqrt();
        let embeddings = Embeddings::load(weights, config, architecture, epsilon)?;
        let store = VarStore::new(Device::Cpu);
        let layers = BertModel::<Given>::new_with_optional_pooler(store.root(), &bert_config(config)?, false);
        fill(&store, weights, |name| weights.encoder(name), |name| scale(name, factor))?;
        Ok(Self { _weights: store, embeddings, layers, factor })
    }
}

impl Stack for Bert {
    fn forward(&self, inputs: &Inputs) -> Result<Tensor, String> {
        let text = |e: tch::TchError| e.to_string();
        let embedded = self.embeddings.forward(inputs).map_err(text)?;
        let embedded = embedded.f_mul_scalar(self.factor).map_err(text)?;
        let output = self
            .layers
            .forward_t(None, Some(&inputs.mask), None, None, Some(&embedded), None, None, false)
            .map_err(|e| e.to_string())?;
        output.hidden_state.f_div_scalar(self.factor).map_err(text)
    }
}

/// What a tensor of a BERT layer is multiplied by so that rust-bert's fixed epsilon means the model's own.
///
/// Normalising `x` with epsilon `e` is normalising `f * x` with epsilon `f * f * e`. So with
/// `f = sqrt(1e-12 / e)` all hidden states are carried `f` times as large: what makes them (the two outputs
/// of a layer with their normalisations) is multiplied by `f`, what reads them is divided by it.
pub(super) fn scale(name: &str, factor: f64) -> f64 {
    let reads =
        [".attention.self.query.weight", ".attention.self.key.weight", ".attention.self.value.weight"];
    if name.contains(".output.") {
        factor
    } else if reads.iter().any(|read| name.ends_with(read)) || name.ends_with(".intermediate.dense.weight") {
        1.0 / factor
    } else {
        1.0
    }
}

fn bert_config(config: &ModelConfig) -> Result<BertConfig, ModelError> {
    if config.flag_or("is_decoder", false) {
        return Err(config.invalid("is_decoder = true: only encoders are read".to_owned()));
    }
    if config.text("position_embedding_type").is_some_and(|kind| kind != "absolute") {
        return Err(config.invalid("position_embedding_type: only \"absolute\" is read".to_owned()));
    }
    Ok(BertConfig {
        hidden_act: activation(config, "hidden_act")?,
        attention_probs_dropout_prob: 0.0,
        hidden_dropout_prob: 0.0,
        hidden_size: count(config, "hidden_size")?,
        initializer_range: 0.0,
        intermediate_size: count(config, "intermediate_size")?,
        max_position_embeddings: count(config, "max_position_embeddings")?,
        num_attention_heads: count(config, "num_attention_heads")?,
        num_hidden_layers: count(config, "num_hidden_layers")?,
        type_vocab_size: count(config, "type_vocab_size")?,
        vocab_size: count(config, "vocab_size")?,
        output_attentions: None,
        output_hidden_states: None,
        is_decoder: None,
        id2label: None,
        label2id: None,
    })
}

/// DistilBERT: rust-bert's model as it is.
pub(super) struct DistilBert {
    // Holds the tensors that the layers point into.
    _weights: VarStore,
    model: DistilBertModel,
}

impl DistilBert {
    /// Loads embeddings and layers.
    ///
    /// # Errors
    /// As [`Bert::load`].
    pub fn load(weights: &Weights<'_>, config: &ModelConfig) -> Result<Self, ModelError> {
        check_layers(config, "n_heads", "dim", "n_layers")?;
        let parsed = DistilBertConfig {
            activation: activation(config, "activation")?,
            attention_dropout: 0.0,
            dim: count(config, "dim")?,
            dropout: 0.0,
            hidden_dim: count(config, "hidden_dim")?,
            max_position_embeddings: count(config, "max_position_embeddings")?,
            n_heads: count(config, "n_heads")?,
            n_layers: count(config, "n_layers")?,
            // Sinusoidal ones are stored in the checkpoint, too.
            sinusoidal_pos_embds: false,
            vocab_size: count(config, "vocab_size")?,
            ..DistilBertConfig::default()
        };
        let store = VarStore::new(Device::Cpu);
        let model = DistilBertModel::new(store.root(), &parsed);
        let own_name = |name: &str| weights.encoder(name.strip_prefix("distilbert.").unwrap_or(name));
        fill(&store, weights, own_name, |_| 1.0)?;
        Ok(Self { _weights: store, model })
    }
}

impl Stack for DistilBert {
    fn forward(&self, inputs: &Inputs) -> Result<Tensor, String> {
        let output = self.model.forward_t(Some(&inputs.ids), Some(&inputs.mask), None, false);
        Ok(output.map_err(|e| e.to_string())?.hidden_state)
    }
}

/// Copies the checkpoint into a store's variables, every one of which must be there in its shape.
fn fill(
    store: &VarStore,
    weights: &Weights<'_>,
    own_name: impl Fn(&str) -> String,
    factor: impl Fn(&str) -> f64,
) -> Result<(), ModelError> {
    let mut variables: Vec<(String, Tensor)> = store.variables().into_iter().collect();
    // The same tensor is named first whenever several are wrong.
    variables.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, mut variable) in variables {
        let shape: Vec<usize> = variable.size().iter().map(|&n| n as usize).collect();
        let own = own_name(&name);
        let values = tensor(weights, &own, &shape)?;
        tch::no_grad(|| variable.f_copy_(&values.f_mul_scalar(factor(&name))?))
            .map_err(|e| ModelError::Weights { tensor: own, message: e.to_string() })?;
    }
    Ok(())
}

/// What rust-bert would only find out by a panic.
pub(super) fn check_layers(
    config: &ModelConfig,
    heads: &str,
    width: &str,
    layers: &str,
) -> Result<(), ModelError> {
    let (n_heads, n_layers) = (config.size(heads)?, config.size(layers)?);
    if n_heads == 0 || !config.size(width)?.is_multiple_of(n_heads) {
        return Err(config.invalid(format!("{heads} = {n_heads}: {width} must be a multiple of it")));
    }
    if n_layers == 0 {
        return Err(config.invalid(format!("{layers} = 0: there must be a layer")));
    }
    Ok(())
}

fn count(config: &ModelConfig, key: &str) -> Result<i64, ModelError> {
    let size = config.size(key)?;
    i64::try_from(size).map_err(|_| config.invalid(format!("{key} = {size}: too large")))
}

fn activation(config: &ModelConfig, key: &str) -> Result<RustBertActivation, ModelError> {
    Ok(match config.activation(key)? {
        Activation::Gelu => RustBertActivation::gelu,
        Activation::GeluTanh => RustBertActivation::gelu_new,
        Activation::Relu => RustBertActivation::relu,
        Activation::Silu => RustBertActivation::swish,
        Activation::Tanh => RustBertActivation::tanh,
    })
}

#[cfg(test)]
mod tests {
    use super::scale;

    #[test]
    fn what_makes_hidden_states_is_scaled_and_what_reads_them_is_scaled_back() {
        let layer = |name: &str| scale(&format!("encoder.layer.0.{name}"), 0.5);
        for made in ["attention.output.dense.weight", "attention.output.LayerNorm.bias", "output.dense.bias"]
        {
            assert_eq!(layer(made), 0.5, "{made}");
        }
        for read in ["attention.self.query.weight", "intermediate.dense.weight"] {
            assert_eq!(layer(read), 2.0, "{read}");
        }
        for kept in ["attention.self.query.bias", "intermediate.dense.bias"] {
            assert_eq!(layer(kept), 1.0, "{kept}");
        }
    }
}
