//! Embeddings of every family but DistilBERT.

use tch::{Kind, TchError, Tensor};

use super::super::config::{Architecture, ModelConfig};
use super::super::weights::Weights;
use super::parts::{Dense, Norm};
use super::{Inputs, tensor};
use crate::ModelError;

/// How a token's row of the position embeddings is found.
enum Positions {
    /// Counted from 0.
    FromZero(Tensor),
    /// Counted from the padding id + 1, over tokens that are not the padding token.
    AfterPadding { table: Tensor, padding_id: i64 },
    /// Relative positions only.
    None,
}

/// Sums of word, position and type embeddings, normalised.
pub(super) struct Embeddings {
    words: Tensor,
    positions: Positions,
    types: Option<Tensor>,
    norm: Norm,
    /// ELECTRA's small models: from the embeddings' width to the layers'.
    projection: Option<Dense>,
}

impl Embeddings {
    /// Loads `embeddings.*`.
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor, [`ModelError::ManifestInvalid`] the field of `config.json`.
    pub fn load(
        weights: &Weights<'_>,
        config: &ModelConfig,
        architecture: Architecture,
        epsilon: f64,
    ) -> Result<Self, ModelError> {
        let hidden = config.size("hidden_size")?;
        let width = config.size_or("embedding_size", hidden)?;
        if width != hidden && architecture != Architecture::Electra {
            return Err(
                config.invalid(format!("embedding_size = {width}: must be hidden_size for {architecture}"))
            );
        }
        let table = |name: &str, rows: usize| {
            tensor(weights, &weights.encoder(&format!("embeddings.{name}.weight")), &[rows, width])
        };
        let positions = if super::super::manifest::has_no_positions(architecture, config) {
            Positions::None
        } else {
            let table = table("position_embeddings", config.size("max_position_embeddings")?)?;
            match architecture.counts_after_padding() {
                true => {
                    Positions::AfterPadding { table, padding_id: config.size_or("pad_token_id", 1)? as i64 }
                }
                false => Positions::FromZero(table),
            }
        };
        let types = match config.size_or("type_vocab_size", 0)? {
            0 => None,
            rows => Some(table("token_type_embeddings", rows)?),
        };
        let projection = match width == hidden {
            true => None,
            false => Some(Dense::load(weights, "embeddings_project", hidden, width)?),
        };
        let words = table("word_embeddings", config.size("vocab_size")?)?;
        let norm = Norm::load(weights, "embeddings.LayerNorm", width, epsilon)?;
        Ok(Self { words, positions, types, norm, projection })
    }

    /// `[sequences, longest, hidden]`.
    pub fn forward(&self, inputs: &Inputs) -> Result<Tensor, TchError> {
        let mut sum = look_up(&self.words, &inputs.ids)?;
        if let Some(types) = &self.types {
            sum = sum.f_add(&look_up(types, &inputs.types)?)?;
        }
        match &self.positions {
            Positions::FromZero(table) => {
                let longest = inputs.ids.size()[1];
                sum = sum.f_add(&table.f_slice(0, 0, longest, 1)?)?;
            }
            Positions::AfterPadding { table, padding_id } => {
                let counted = inputs.ids.f_ne(*padding_id)?.f_to_kind(Kind::Int64)?.f_mul(&inputs.mask)?;
                let rows = counted.f_cumsum(1, Kind::Int64)?.f_mul(&counted)?.f_add_scalar(*padding_id)?;
                sum = sum.f_add(&look_up(table, &rows)?)?;
            }
            Positions::None => {}
        }
        let normed = self.norm.forward(&sum)?;
        match &self.projection {
            Some(projection) => projection.forward(&normed),
            None => Ok(normed),
        }
    }
}

fn look_up(table: &Tensor, rows: &Tensor) -> Result<Tensor, TchError> {
    Tensor::f_embedding(table, rows, -1, false, false)
}
