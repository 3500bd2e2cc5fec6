//! Classification heads of the families, evaluated with `ndarray` on any encoder's hidden states.

use ndarray::{Array2, Axis};

use super::config::{Activation, Architecture, ModelConfig};
use super::weights::Weights;
use crate::heads::Linear;
use crate::{ModelError, RaggedBatch};

/// What a checkpoint puts on top of its encoder.
#[derive(Debug, Clone)]
pub(super) enum Head {
    /// One affine map over every token.
    Token(Linear),
    /// Two affine maps, a function between them, over the first token of each sequence.
    Sequence { hidden: Linear, activation: Activation, output: Linear },
}

impl Head {
    /// The head of a token classifier.
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor that is missing or has another shape.
    pub fn token(weights: &Weights<'_>, hidden_size: usize, labels: usize) -> Result<Self, ModelError> {
        Ok(Head::Token(weights.linear("classifier", labels, hidden_size)?))
    }

    /// The head of a sequence classifier.
    ///
    /// # Errors
    /// As [`token`](Self::token), and an activation in `config.json` that is not known.
    pub fn sequence(
        weights: &Weights<'_>,
        architecture: Architecture,
        config: &ModelConfig,
        hidden_size: usize,
        labels: usize,
    ) -> Result<Self, ModelError> {
        let (hidden, activation, output) = match architecture {
            Architecture::Bert => (weights.encoder("pooler.dense"), Activation::Tanh, "classifier"),
            Architecture::DistilBert => ("pre_classifier".to_owned(), Activation::Relu, "classifier"),
            Architecture::Roberta | Architecture::XlmRoberta => {
                ("classifier.dense".to_owned(), Activation::Tanh, "classifier.out_proj")
            }
            // The only family whose pooler stands outside the encoder's prefix.
            Architecture::DebertaV2 => {
                ("pooler.dense".to_owned(), config.activation("pooler_hidden_act")?, "classifier")
            }
            Architecture::Electra => ("classifier.dense".to_owned(), Activation::Gelu, "classifier.out_proj"),
        };
        Ok(Head::Sequence {
            hidden: weights.linear(&hidden, hidden_size, hidden_size)?,
            activation,
            output: weights.linear(output, labels, hidden_size)?,
        })
    }

    /// Hidden states `[tokens, hidden]` of a batch to logits: `[tokens, labels]`, or `[sequences, labels]`.
    pub fn logits(&self, states: &Array2<f32>, batch: &RaggedBatch) -> Array2<f32> {
        match self {
            Head::Token(linear) => linear.apply(states.view()),
            Head::Sequence { hidden, activation, output } => {
                let first = states.select(Axis(0), &batch.offsets[..batch.len()]);
                output.apply(hidden.apply(first.view()).mapv(|x| activation.of(x)).view())
            }
        }
    }
}
