//! A checkpoint with its head: tags of tokens, or labels of texts and pairs.

use std::path::Path;

use dyad_core::{Backend, Polarity, Precision};
use ndarray::Array2;

use super::config::ModelConfig;
use super::labels::{SequenceLabel, TagMap, log_softmax, sequence_labels};
use super::{CheckpointManifest, tokenizer};
use crate::tokenize::EncodedPair;
use crate::{Encoder, EncoderInfo, LabelScheme, ModelError, ModelOptions, RaggedBatch, Role, Tokenizer};

/// Which head a classifier needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadKind {
    Token,
    Sequence,
}

/// What turns a batch into logits.
pub(super) trait Network: Send {
    /// Logits `[tokens, labels]` of a token classifier, `[sequences, labels]` of a sequence classifier.
    fn logits(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError>;

    /// What runs, for the run record.
    fn info(&self) -> &EncoderInfo;
}

fn load_network(
    manifest: &CheckpointManifest,
    config: &ModelConfig,
    kind: HeadKind,
    n_labels: usize,
    options: ModelOptions,
) -> Result<Box<dyn Network>, ModelError> {
    if options.precision != Precision::Fp32 {
        let (backend, role) = match options.backend {
            Backend::Onnx => ("onnx", "onnx-int8"),
            Backend::Torch => ("torch", "torch-int8"),
        };
        return Err(not_offered(manifest, role, backend, "int8"));
    }
    match options.backend {
        Backend::Onnx => load_onnx(manifest, kind, n_labels, options),
        Backend::Torch => load_torch(manifest, config, kind, n_labels, options),
    }
}

#[cfg(feature = "torch")]
fn load_torch(
    manifest: &CheckpointManifest,
    config: &ModelConfig,
    kind: HeadKind,
    n_labels: usize,
    options: ModelOptions,
) -> Result<Box<dyn Network>, ModelError> {
    let threads = crate::backend::threads(options);
    Ok(Box::new(super::torch::TorchNetwork::load(manifest, config, kind, n_labels, threads)?))
}

#[cfg(not(feature = "torch"))]
fn load_torch(
    _: &CheckpointManifest,
    _: &ModelConfig,
    _: HeadKind,
    _: usize,
    _: ModelOptions,
) -> Result<Box<dyn Network>, ModelError> {
    Err(ModelError::BackendMissing { backend: "torch" })
}

#[cfg(feature = "onnx")]
fn load_onnx(
    manifest: &CheckpointManifest,
    kind: HeadKind,
    n_labels: usize,
    options: ModelOptions,
) -> Result<Box<dyn Network>, ModelError> {
    if !manifest.offers("onnx-fp32") {
        return Err(not_offered(manifest, "onnx-fp32", "onnx", "fp32"));
    }
    if manifest.offers("onnx-data") {
        // The graph opens this file by itself.
        manifest.verified("onnx-data")?;
    }
    let path = manifest.verified("onnx-fp32")?;
    let threads = crate::backend::threads(options);
    Ok(Box::new(super::onnx::WholeModel::load(&path, kind, n_labels, threads)?))
}

#[cfg(not(feature = "onnx"))]
fn load_onnx(
    _: &CheckpointManifest,
    _: HeadKind,
    _: usize,
    _: ModelOptions,
) -> Result<Box<dyn Network>, ModelError> {
    Err(ModelError::BackendMissing { backend: "onnx" })
}

fn not_offered(
    manifest: &CheckpointManifest,
    role: &'static str,
    backend: &'static str,
    precision: &'static str,
) -> ModelError {
    ModelError::NotOffered { model: manifest.name.clone(), role, backend, precision }
}

/// A loaded checkpoint, whatever its head.
struct Loaded<L> {
    manifest: CheckpointManifest,
    tokenizer: Tokenizer,
    network: Box<dyn Network>,
    labels: L,
}

impl<L> Loaded<L> {
    fn load(
        folder: &Path,
        options: ModelOptions,
        kind: HeadKind,
        read: impl Fn(&[String], &CheckpointManifest) -> Result<L, ModelError>,
    ) -> Result<Self, ModelError> {
        let manifest = CheckpointManifest::load(folder)?;
        let fits = match kind {
            HeadKind::Token => manifest.role() == Role::Entities,
            HeadKind::Sequence => manifest.role() != Role::Entities,
        };
        if !fits {
            let needed = match kind {
                HeadKind::Token => "roles must be [\"entities\"] for a token classifier",
                HeadKind::Sequence => {
                    "roles must be [\"sentiment\"] or [\"frames\"] for a sequence classifier"
                }
            };
            return Err(manifest.invalid(needed.to_owned()));
        }
        let config = manifest.config()?;
        if config.text("problem_type").is_some_and(|problem| problem != "single_label_classification") {
            let message = "problem_type: only single_label_classification is read (exclusive labels)";
            return Err(config.invalid(message.to_owned()));
        }
        let own = config.labels()?;
        let labels = read(&own, &manifest)?;
        let tokenizer = tokenizer::load(&manifest)?;
        let network = load_network(&manifest, &config, kind, own.len(), options)?;
        Ok(Self { manifest, tokenizer, network, labels })
    }

    /// As [`crate::JointModel::fingerprint`]; the labels' table decides scores, too.
    fn fingerprint(&self) -> String {
        let info = self.network.info();
        let files: Vec<String> =
            self.manifest.files.iter().map(|(role, file)| format!("{role}={}", file.sha256)).collect();
        let labels: Vec<String> =
            self.manifest.labels.iter().map(|(own, ours)| format!("{own}->{ours}")).collect();
        format!(
            "{}@{} {} {} {} max_length={} {}",
            self.manifest.name,
            self.manifest.version,
            info.backend,
            info.precision,
            files.join(" "),
            self.manifest.max_length,
            labels.join(" ")
        )
    }
}

/// A checkpoint that tags tokens: the role `entities`.
pub struct TokenClassifier {
    inner: Loaded<TagMap>,
}

impl TokenClassifier {
    /// Loads a checkpoint from its folder; every file used is checked against the manifest's SHA-256 first.
    ///
    /// # Errors
    /// A [`ModelError`] that names the field, file, label or tensor at fault.
    pub fn load(folder: &Path, options: ModelOptions) -> Result<Self, ModelError> {
        Ok(Self { inner: Loaded::load(folder, options, HeadKind::Token, TagMap::new)? })
    }

    /// Its manifest.
    pub fn manifest(&self) -> &CheckpointManifest {
        &self.inner.manifest
    }

    /// Text to tokens.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.inner.tokenizer
    }

    /// Longest input in tokens, special tokens included.
    pub fn max_length(&self) -> usize {
        self.inner.manifest.max_length
    }

    /// Tags of the columns that [`log_probabilities`](Self::log_probabilities) gives.
    pub fn scheme(&self) -> &LabelScheme {
        self.inner.labels.scheme()
    }

    /// Log-probabilities of every tag, `[batch.n_tokens(), tags]`, rows in the order of the batch.
    ///
    /// Where the model has one label for the beginning and the inside of an entity, both tags have its
    /// probability; a tag that the model never gives has minus infinity.
    ///
    /// # Errors
    /// [`ModelError::Inference`] when the runtime fails or an id is not in the vocabulary.
    pub fn log_probabilities(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        Ok(self.inner.labels.log_probabilities(self.inner.network.logits(batch)?))
    }

    /// The model's own logits, `[batch.n_tokens(), labels]`, in the order of `config.json`'s labels.
    ///
    /// # Errors
    /// As [`log_probabilities`](Self::log_probabilities).
    pub fn logits(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        self.inner.network.logits(batch)
    }

    /// Identifies what decides the scores: name, version, every file's hash, labels, backend and precision.
    pub fn fingerprint(&self) -> String {
        self.inner.fingerprint()
    }
}

/// Log-probabilities stand in for hidden states, so that whatever batches, cuts into windows and joins the
/// states of an encoder does the same for tags.
impl Encoder for TokenClassifier {
    fn encode(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        self.log_probabilities(batch)
    }

    /// Number of tags.
    fn hidden_size(&self) -> usize {
        self.scheme().0.len()
    }

    fn info(&self) -> &EncoderInfo {
        self.inner.network.info()
    }
}

/// A checkpoint that labels texts or pairs of texts: the roles `sentiment` and `frames`.
pub struct SequenceClassifier {
    inner: Loaded<Vec<SequenceLabel>>,
}

impl SequenceClassifier {
    /// Loads a checkpoint from its folder; every file used is checked against the manifest's SHA-256 first.
    ///
    /// # Errors
    /// A [`ModelError`] that names the field, file, label or tensor at fault.
    pub fn load(folder: &Path, options: ModelOptions) -> Result<Self, ModelError> {
        Ok(Self { inner: Loaded::load(folder, options, HeadKind::Sequence, sequence_labels)? })
    }

    /// Its manifest; [`CheckpointManifest::role`] tells what it is for.
    pub fn manifest(&self) -> &CheckpointManifest {
        &self.inner.manifest
    }

    /// Text to tokens.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.inner.tokenizer
    }

    /// Longest input in tokens, special tokens included.
    pub fn max_length(&self) -> usize {
        self.inner.manifest.max_length
    }

    /// What each output stands for, in the order of [`probabilities`](Self::probabilities).
    pub fn labels(&self) -> &[SequenceLabel] {
        &self.inner.labels
    }

    /// What runs, for the run record.
    pub fn info(&self) -> &EncoderInfo {
        self.inner.network.info()
    }

    /// Identifies what decides the scores: name, version, every file's hash, labels, backend and precision.
    pub fn fingerprint(&self) -> String {
        self.inner.fingerprint()
    }

    /// Ids of a text, or of a pair (sentence and target, or sentence and statement), ready for a batch.
    ///
    /// # Errors
    /// As [`Tokenizer::encode_pair`].
    pub fn encode(&self, text: &str, pair: Option<&str>) -> Result<EncodedPair, ModelError> {
        self.inner.tokenizer.encode_pair(text, pair, self.max_length())
    }

    /// The model's own logits, `[batch.len(), labels]`.
    ///
    /// # Errors
    /// [`ModelError::Inference`] when the runtime fails or an id is not in the vocabulary.
    pub fn logits(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        self.inner.network.logits(batch)
    }

    /// Probabilities `[batch.len(), labels]`, rows in the order of the batch; every row sums to 1.
    ///
    /// # Errors
    /// As [`logits`](Self::logits).
    pub fn probabilities(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        let mut values = self.logits(batch)?;
        log_softmax(&mut values);
        Ok(values.mapv(f32::exp))
    }

    /// For the role `sentiment`: the judgement of each sequence, in the order of the batch.
    ///
    /// A model with two labels never says neutral.
    ///
    /// # Errors
    /// As [`logits`](Self::logits).
    pub fn polarities(&mut self, batch: &RaggedBatch) -> Result<Vec<Polarity>, ModelError> {
        let probabilities = self.probabilities(batch)?;
        let sum = |row: usize, wanted: SequenceLabel| self.sum(&probabilities, row, wanted);
        Ok((0..batch.len())
            .map(|row| Polarity {
                negative: sum(row, SequenceLabel::Negative),
                neutral: sum(row, SequenceLabel::Neutral),
                positive: sum(row, SequenceLabel::Positive),
            })
            .collect())
    }

    /// For the role `frames`: how far each pair's second text follows from the first, 0 to 1, in the order
    /// of the batch: softmax over entailment against contradiction, neutral left out.
    ///
    /// # Errors
    /// As [`logits`](Self::logits).
    pub fn entailment(&mut self, batch: &RaggedBatch) -> Result<Vec<f32>, ModelError> {
        let mut logits = self.logits(batch)?;
        for (column, label) in self.inner.labels.iter().enumerate() {
            if !matches!(label, SequenceLabel::Entailment | SequenceLabel::Contradiction) {
                logits.column_mut(column).fill(f32::NEG_INFINITY);
            }
        }
        log_softmax(&mut logits);
        let probabilities = logits.mapv(f32::exp);
        Ok((0..batch.len()).map(|row| self.sum(&probabilities, row, SequenceLabel::Entailment)).collect())
    }

    fn sum(&self, probabilities: &Array2<f32>, row: usize, wanted: SequenceLabel) -> f32 {
        let columns = self.inner.labels.iter().enumerate().filter(|&(_, &label)| label == wanted);
        columns.map(|(column, _)| probabilities[(row, column)]).sum()
    }
}
