//! Backends: what runs the encoder. Each is one file behind one cargo feature.

#[cfg(feature = "onnx")]
pub(crate) mod onnx;
#[cfg(feature = "torch")]
pub(crate) mod torch;

use dyad_core::{Backend, Precision};

use crate::{Encoder, Manifest, ModelError, ModelOptions};

/// Backends compiled into this binary.
pub fn available() -> Vec<&'static str> {
    let mut names = Vec::new();
    if cfg!(feature = "onnx") {
        names.push("onnx");
    }
    if cfg!(feature = "torch") {
        names.push("torch");
    }
    names
}

/// Loads the encoder of a model on the backend asked for; never falls back to another one.
///
/// # Errors
/// [`ModelError::BackendMissing`] when the backend is not compiled in, [`ModelError::NotOffered`] when the
/// model has no file for the precision, or the backend's own failure.
pub fn load(manifest: &Manifest, options: ModelOptions) -> Result<Box<dyn Encoder>, ModelError> {
    match options.backend {
        Backend::Onnx => load_onnx(manifest, options),
        Backend::Torch => load_torch(manifest, options),
    }
}

#[cfg(feature = "onnx")]
fn load_onnx(manifest: &Manifest, options: ModelOptions) -> Result<Box<dyn Encoder>, ModelError> {
    let (role, precision) = match options.precision {
        Precision::Fp32 => ("onnx-fp32", "fp32"),
        Precision::Int8 => ("onnx-int8", "int8"),
    };
    if !manifest.offers(role) {
        return Err(ModelError::NotOffered {
            model: manifest.name.clone(),
            role,
            backend: "onnx",
            precision,
        });
    }
    if options.precision == Precision::Fp32 {
        // The fp32 graph takes its weights from the safetensors file: both must be what they promise.
        manifest.verified("encoder")?;
    }
    let path = manifest.verified(role)?;
    Ok(Box::new(onnx::OnnxEncoder::load(&path, manifest.hidden_size, precision, threads(options))?))
}

#[cfg(not(feature = "onnx"))]
fn load_onnx(_: &Manifest, _: ModelOptions) -> Result<Box<dyn Encoder>, ModelError> {
    Err(ModelError::BackendMissing { backend: "onnx" })
}

#[cfg(feature = "torch")]
fn load_torch(manifest: &Manifest, options: ModelOptions) -> Result<Box<dyn Encoder>, ModelError> {
    if options.precision != Precision::Fp32 {
        return Err(ModelError::NotOffered {
            model: manifest.name.clone(),
            role: "torch-int8",
            backend: "torch",
            precision: "int8",
        });
    }
    if manifest.architecture != "bert" {
        return Err(ModelError::ManifestInvalid {
            path: manifest.folder.join("model.toml"),
            message: format!(
                "architecture = \"{}\": the torch backend knows \"bert\"",
                manifest.architecture
            ),
        });
    }
    let weights = manifest.verified("encoder")?;
    let config = manifest.verified("config")?;
    Ok(Box::new(torch::TorchEncoder::load(&weights, &config, threads(options))?))
}

#[cfg(not(feature = "torch"))]
fn load_torch(_: &Manifest, _: ModelOptions) -> Result<Box<dyn Encoder>, ModelError> {
    Err(ModelError::BackendMissing { backend: "torch" })
}

#[cfg(any(feature = "onnx", feature = "torch"))]
pub(crate) fn threads(options: ModelOptions) -> usize {
    match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    }
}
