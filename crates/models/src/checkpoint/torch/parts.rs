//! The two parts every layer is made of, for what rust-bert does not compute.

use tch::{TchError, Tensor};

use super::super::config::Activation;
use super::super::weights::Weights;
use super::tensor;
use crate::ModelError;

/// An affine map over the last axis.
pub(super) struct Dense {
    weight: Tensor,
    bias: Tensor,
}

impl Dense {
    /// `name.weight` `[outputs, inputs]` and `name.bias`; the name is the encoder's own.
    pub fn load(
        weights: &Weights<'_>,
        name: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<Self, ModelError> {
        let name = weights.encoder(name);
        Ok(Self {
            weight: tensor(weights, &format!("{name}.weight"), &[outputs, inputs])?,
            bias: tensor(weights, &format!("{name}.bias"), &[outputs])?,
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_linear(&self.weight, Some(&self.bias))
    }
}

/// Layer normalisation over the last axis.
pub(super) struct Norm {
    weight: Tensor,
    bias: Tensor,
    width: i64,
    epsilon: f64,
}

impl Norm {
    /// `name.weight` and `name.bias`, both `[width]`; the name is the encoder's own.
    pub fn load(weights: &Weights<'_>, name: &str, width: usize, epsilon: f64) -> Result<Self, ModelError> {
        let name = weights.encoder(name);
        Ok(Self {
            weight: tensor(weights, &format!("{name}.weight"), &[width])?,
            bias: tensor(weights, &format!("{name}.bias"), &[width])?,
            width: width as i64,
            epsilon,
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_layer_norm([self.width], Some(&self.weight), Some(&self.bias), self.epsilon, false)
    }
}

/// Applies an activation to every number.
pub(super) fn activate(activation: Activation, x: &Tensor) -> Result<Tensor, TchError> {
    match activation {
        Activation::Gelu => x.f_gelu("none"),
        Activation::GeluTanh => x.f_gelu("tanh"),
        Activation::Relu => x.f_relu(),
        Activation::Silu => x.f_silu(),
        Activation::Tanh => x.f_tanh(),
    }
}
