//! Tensors of a checkpoint by name, with their shape checked.

use ndarray::{Array1, Array2};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::config::Architecture;
use crate::ModelError;
use crate::heads::Linear;

/// The tensors of a safetensors file, and what precedes the encoder's names in it.
pub(super) struct Weights<'a> {
    tensors: SafeTensors<'a>,
    prefix: &'static str,
}

impl<'a> Weights<'a> {
    /// Reads the header of a safetensors file.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is no safetensors file.
    pub fn parse(bytes: &'a [u8], architecture: Architecture) -> Result<Self, ModelError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| ModelError::Weights {
            tensor: "files.encoder".to_owned(),
            message: format!("not a safetensors file: {error}"),
        })?;
        let prefix = architecture.prefix();
        // A base model saved without a head has no prefix.
        let prefix = if tensors.names().iter().any(|name| name.starts_with(prefix)) { prefix } else { "" };
        Ok(Self { tensors, prefix })
    }

    /// Full name of a tensor of the encoder.
    pub fn encoder(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A tensor of exactly this shape.
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor that is missing, or has another shape or a type that is no float.
    pub fn view(&self, name: &str, shape: &[usize]) -> Result<TensorView<'a>, ModelError> {
        let error = |message: String| ModelError::Weights { tensor: name.to_owned(), message };
        let view = self
            .tensors
            .tensor(name)
            .or_else(|cause| self.tensors.tensor(&old_name(name)).map_err(|_| cause))
            .map_err(|_| error("is missing from files.encoder".to_owned()))?;
        if view.shape() != shape {
            return Err(error(format!("has shape {:?}, config.json asks for {shape:?}", view.shape())));
        }
        match view.dtype() {
            Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16 => Ok(view),
            other => Err(error(format!("has type {other:?}; F64, F32, F16 and BF16 are known"))),
        }
    }

    /// The numbers of a tensor, row by row.
    ///
    /// # Errors
    /// As [`view`](Self::view).
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let view = self.view(name, shape)?;
        let bytes = view.data();
        Ok(match view.dtype() {
            Dtype::F64 => numbers(bytes, |b: [u8; 8]| f64::from_le_bytes(b) as f32),
            Dtype::F16 => numbers(bytes, |b: [u8; 2]| half::f16::from_le_bytes(b).to_f32()),
            Dtype::BF16 => numbers(bytes, |b: [u8; 2]| half::bf16::from_le_bytes(b).to_f32()),
            _ => numbers(bytes, f32::from_le_bytes),
        })
    }

    /// The affine map `name.weight` `[outputs, inputs]`, `name.bias` `[outputs]`.
    ///
    /// # Errors
    /// As [`view`](Self::view).
    pub fn linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<Linear, ModelError> {
        let weight = self.values(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.values(&format!("{name}.bias"), &[outputs])?;
        let weight = Array2::from_shape_vec((outputs, inputs), weight)
            .map_err(|error| ModelError::Weights { tensor: name.to_owned(), message: error.to_string() })?;
        Ok(Linear { weight, bias: Array1::from_vec(bias) })
    }
}

/// What checkpoints converted from TensorFlow call the parameters of a layer normalisation.
fn old_name(name: &str) -> String {
    name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
}

fn numbers<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(tensors: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
        let views: Vec<(&str, TensorView<'_>)> = tensors
            .iter()
            .map(|&(name, dtype, shape, bytes)| {
                (name, TensorView::new(dtype, shape.to_vec(), bytes).unwrap())
            })
            .collect();
        safetensors::serialize(views, None).unwrap()
    }

    #[test]
    fn every_float_type_is_read_as_fp32() {
        let half: Vec<u8> =
            [1.5f32, -2.0].iter().flat_map(|&v| half::f16::from_f32(v).to_le_bytes()).collect();
        let brain: Vec<u8> =
            [1.5f32, -2.0].iter().flat_map(|&v| half::bf16::from_f32(v).to_le_bytes()).collect();
        let single: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let double: Vec<u8> = [1.5f64, -2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let bytes = file(&[
            ("f16", Dtype::F16, &[2], &half),
            ("bf16", Dtype::BF16, &[2], &brain),
            ("f32", Dtype::F32, &[2], &single),
            ("f64", Dtype::F64, &[2], &double),
            ("i64", Dtype::I64, &[2], &double),
        ]);
        let weights = Weights::parse(&bytes, Architecture::Bert).unwrap();
        for name in ["f16", "bf16", "f32", "f64"] {
            assert_eq!(weights.values(name, &[2]).unwrap(), [1.5, -2.0], "{name}");
        }
        assert!(weights.values("i64", &[2]).unwrap_err().to_string().contains("i64: has type I64"));
        assert!(weights.values("f32", &[1, 2]).unwrap_err().to_string().contains("f32: has shape [2]"));
    }

    #[test]
    fn names_of_old_checkpoints_and_of_base_models_are_found() {
        let one = 1f32.to_le_bytes();
        let bytes = file(&[("embeddings.LayerNorm.gamma", Dtype::F32, &[1], &one)]);
        let weights = Weights::parse(&bytes, Architecture::Bert).unwrap();
        let name = weights.encoder("embeddings.LayerNorm.weight");
        assert_eq!(weights.values(&name, &[1]).unwrap(), [1.0]);
        let bytes = file(&[("bert.pooler.dense.bias", Dtype::F32, &[1], &one)]);
        let weights = Weights::parse(&bytes, Architecture::Bert).unwrap();
        assert_eq!(weights.encoder("pooler.dense.bias"), "bert.pooler.dense.bias");
    }
}
