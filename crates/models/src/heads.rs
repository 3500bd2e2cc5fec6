use std::path::Path;
use std::str::FromStr;

use dyad_core::{EntityType, Polarity};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, concatenate, s};
use safetensors::tensor::Dtype;
use safetensors::{SafeTensors, tensor::TensorView};

use crate::{Manifest, ModelError, files};

/// A BIO tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// No entity.
    Outside,
    /// First word of an entity.
    Begin(EntityType),
    /// A further word of an entity.
    Inside(EntityType),
}

impl Tag {
    /// Whether `self` may follow `previous` (`None` at the start): an inside tag only continues its own type.
    pub fn may_follow(self, previous: Option<Tag>) -> bool {
        match self {
            Tag::Inside(kind) => {
                matches!(previous, Some(Tag::Begin(other) | Tag::Inside(other)) if other == kind)
            }
            Tag::Outside | Tag::Begin(_) => true,
        }
    }
}

/// The tags of the entity head's outputs, in order, read from the manifest's labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelScheme(pub Vec<Tag>);

impl LabelScheme {
    /// Reads labels such as `O`, `B-person`, `I-ORG`.
    ///
    /// # Errors
    /// [`ModelError::Labels`] for a label that names no tag, or when `O` is missing.
    pub fn parse(labels: &[String]) -> Result<Self, ModelError> {
        let error = |message: String| ModelError::Labels { head: "entities", message };
        let mut tags = Vec::with_capacity(labels.len());
        for label in labels {
            let tag = match label.split_once('-') {
                None if label == "O" => Tag::Outside,
                Some(("B", kind)) => {
                    Tag::Begin(EntityType::from_str(kind).map_err(|e| error(e.to_string()))?)
                }
                Some(("I", kind)) => {
                    Tag::Inside(EntityType::from_str(kind).map_err(|e| error(e.to_string()))?)
                }
                _ => return Err(error(format!("'{label}' is not O, B-TYPE or I-TYPE"))),
            };
            tags.push(tag);
        }
        if !tags.contains(&Tag::Outside) {
            return Err(error("'O' is missing".to_owned()));
        }
        Ok(Self(tags))
    }
}

/// What the heads say about a relation.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationScores {
    /// One probability per frame, in the order of the manifest's labels.
    pub frames: Vec<f32>,
    /// -1 to 1.
    pub tone: f32,
    /// Probabilities of a tone of conflict (negative), none (neutral) and cooperation (positive).
    pub tone_probabilities: Polarity,
    /// A towards B.
    pub stance_a_to_b: Polarity,
    /// B towards A.
    pub stance_b_to_a: Polarity,
}

/// An affine map: `x · weightᵀ + bias`, weight `[outputs, inputs]`.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub(crate) weight: Array2<f32>,
    pub(crate) bias: Array1<f32>,
}

impl Linear {
    pub(crate) fn apply(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        x.dot(&self.weight.t()) + &self.bias
    }
}

/// Two affine maps with tanh between them, over one feature vector.
#[derive(Debug, Clone)]
struct Mlp {
    hidden: Linear,
    output: Linear,
}

impl Mlp {
    /// `features` `[inputs]` -> logits `[outputs]`.
    fn apply(&self, features: ArrayView1<'_, f32>) -> Array1<f32> {
        let hidden = self.hidden.apply(features.insert_axis(Axis(0))).mapv(f32::tanh);
        self.output.apply(hidden.view()).remove_axis(Axis(0))
    }
}

/// The small matrices on top of the encoder; the same code whatever the backend.
///
/// Hidden states have shape `[tokens, hidden]`; features are concatenations of means over tokens.
#[derive(Debug, Clone)]
pub struct Heads {
    scheme: LabelScheme,
    entities: Linear,
    entities_temperature: f32,
    sentiment: Mlp,
    sentiment_temperature: f32,
    stance: Mlp,
    stance_temperature: f32,
    frames: Mlp,
    frames_temperature: f32,
    tone_temperature: f32,
    n_frames: usize,
}

impl Heads {
    /// Reads the heads' weights (`heads.safetensors`) and checks every shape against the manifest.
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor that is missing or has another shape.
    pub fn load(path: &Path, manifest: &Manifest) -> Result<Self, ModelError> {
        let bytes = files::read(path, &manifest.name, "heads")?;
        let tensors = tensors(path, &bytes)?;
        let h = manifest.hidden_size;
        let spec = &manifest.heads;
        for (head, labels) in [("sentiment", &spec.sentiment), ("stance", &spec.stance), ("tone", &spec.tone)]
        {
            polarity_labels(head, &labels.labels)?;
        }
        let scheme = LabelScheme::parse(&spec.entities.labels)?;
        let n_frames = spec.frames.labels.len();
        Ok(Self {
            entities: linear(&tensors, "entities", scheme.0.len(), h)?,
            sentiment: mlp(&tensors, "sentiment", 2 * h, h, 3)?,
            stance: mlp(&tensors, "stance", 3 * h, h, 3)?,
            frames: mlp(&tensors, "frames", 4 * h, h, n_frames + 3)?,
            entities_temperature: spec.entities.temperature,
            sentiment_temperature: spec.sentiment.temperature,
            stance_temperature: spec.stance.temperature,
            frames_temperature: spec.frames.temperature,
            tone_temperature: spec.tone.temperature,
            scheme,
            n_frames,
        })
    }

    /// Tags of the entity head's outputs.
    pub fn scheme(&self) -> &LabelScheme {
        &self.scheme
    }

    /// Log-probabilities of every tag, `[rows, tags]`, for some rows of the hidden states `[rows, hidden]`.
    pub fn entity_log_probabilities(&self, hidden: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut logits = self.entities.apply(hidden) / self.entities_temperature;
        for mut row in logits.rows_mut() {
            let max = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
            let log_sum = row.mapv(|v| (v - max).exp()).sum().ln() + max;
            row -= log_sum;
        }
        logits
    }

    /// Sentiment towards mentions that cover the given token rows (at least one).
    pub fn sentiment(&self, hidden: ArrayView2<'_, f32>, mention: &[usize]) -> Polarity {
        let features = features(&[mean(hidden, mention).view(), hidden.row(0)]);
        polarity(self.sentiment.apply(features.view()).as_slice(), self.sentiment_temperature)
    }

    /// Frames, tone and stance of a sentence whose mentions of A and B cover the given token rows.
    ///
    /// Row 0 is the classification token and the last row the separator, as the tokenizer puts them.
    pub fn relation(&self, hidden: ArrayView2<'_, f32>, a: &[usize], b: &[usize]) -> RelationScores {
        self.relation_of(relation_features(hidden, a, b).view())
    }

    /// The same from the sentence's [`relation_features`], `[4 * hidden]`, which a frame head of its own may read, too.
    pub fn relation_of(&self, relation: ArrayView1<'_, f32>) -> RelationScores {
        let width = relation.len() / RELATION_PARTS;
        let part = |number: usize| relation.slice_move(s![number * width..(number + 1) * width]);
        let (mean_a, mean_b, cls) = (part(0), part(1), part(2));
        let stance = |source: ArrayView1<'_, f32>, target: ArrayView1<'_, f32>| {
            let features = features(&[source, target, cls]);
            polarity(self.stance.apply(features.view()).as_slice(), self.stance_temperature)
        };
        let logits = self.frames.apply(relation).to_vec();
        let (frame_logits, tone_logits) = logits.split_at(self.n_frames);
        let tone = polarity(Some(tone_logits), self.tone_temperature);
        RelationScores {
            frames: frame_logits.iter().map(|&v| sigmoid(v / self.frames_temperature)).collect(),
            tone: tone.value(),
            tone_probabilities: tone,
            stance_a_to_b: stance(mean_a, mean_b),
            stance_b_to_a: stance(mean_b, mean_a),
        }
    }
}

/// Vectors of the width of a hidden state that [`relation_features`] joins.
pub(crate) const RELATION_PARTS: usize = 4;

/// What a frame head sees of a sentence, `[4 * hidden]`: mean over the token rows of A's mentions, mean over those of B's,
/// the classification token, mean over all tokens but the first and the last.
///
/// `hidden` is `[tokens, hidden]`; a mean over no row is zero.
pub fn relation_features(hidden: ArrayView2<'_, f32>, a: &[usize], b: &[usize]) -> Array1<f32> {
    let inner: Vec<usize> = (1..hidden.nrows().saturating_sub(1)).collect();
    let (mean_a, mean_b, everything) = (mean(hidden, a), mean(hidden, b), mean(hidden, &inner));
    features(&[mean_a.view(), mean_b.view(), hidden.row(0), everything.view()])
}

/// The order negative, neutral, positive is part of [`Polarity`]; other labels would be read wrongly.
fn polarity_labels(head: &'static str, labels: &[String]) -> Result<(), ModelError> {
    if labels == ["negative", "neutral", "positive"] {
        return Ok(());
    }
    let message =
        format!("must be [\"negative\", \"neutral\", \"positive\"] in this order, found {labels:?}");
    Err(ModelError::Labels { head, message })
}

/// The tensors in the bytes of a safetensors file.
pub(crate) fn tensors<'b>(path: &Path, bytes: &'b [u8]) -> Result<SafeTensors<'b>, ModelError> {
    SafeTensors::deserialize(bytes).map_err(|error| ModelError::Weights {
        tensor: path.display().to_string(),
        message: format!("not a safetensors file: {error}"),
    })
}

fn mlp(
    tensors: &SafeTensors<'_>,
    head: &str,
    inputs: usize,
    hidden: usize,
    outputs: usize,
) -> Result<Mlp, ModelError> {
    Ok(Mlp {
        hidden: linear(tensors, &format!("{head}.0"), hidden, inputs)?,
        output: linear(tensors, &format!("{head}.1"), outputs, hidden)?,
    })
}

/// Reads `NAME.weight` `[outputs, inputs]` and `NAME.bias` `[outputs]`.
pub(crate) fn linear(
    tensors: &SafeTensors<'_>,
    name: &str,
    outputs: usize,
    inputs: usize,
) -> Result<Linear, ModelError> {
    let weight = values(tensors, &format!("{name}.weight"), &[outputs, inputs])?;
    let bias = values(tensors, &format!("{name}.bias"), &[outputs])?;
    let weight = Array2::from_shape_vec((outputs, inputs), weight)
        .map_err(|error| ModelError::Weights { tensor: name.to_owned(), message: error.to_string() })?;
    Ok(Linear { weight, bias: Array1::from_vec(bias) })
}

fn values(tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
    let error = |message: String| ModelError::Weights { tensor: name.to_owned(), message };
    let view: TensorView<'_> = tensors.tensor(name).map_err(|e| error(e.to_string()))?;
    if view.shape() != shape {
        return Err(error(format!("has shape {:?}, the manifest asks for {shape:?}", view.shape())));
    }
    let bytes = view.data();
    match view.dtype() {
        Dtype::F32 => {
            Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }
        Dtype::F16 => {
            Ok(bytes.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect())
        }
        other => Err(error(format!("has type {other:?}; F32 and F16 are known"))),
    }
}

/// Mean of some rows; zeros when there is none.
fn mean(hidden: ArrayView2<'_, f32>, rows: &[usize]) -> Array1<f32> {
    hidden.select(Axis(0), rows).mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(hidden.ncols()))
}

fn features(parts: &[ArrayView1<'_, f32>]) -> Array1<f32> {
    // Concatenating vectors along their only axis cannot disagree in shape.
    concatenate(Axis(0), parts).expect("vectors always concatenate: this is a bug")
}

pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Softmax over three logits.
fn polarity(logits: Option<&[f32]>, temperature: f32) -> Polarity {
    let logits = logits.unwrap_or_default();
    let scaled: Vec<f32> = logits.iter().map(|v| v / temperature).collect();
    let max = scaled.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exp: Vec<f32> = scaled.iter().map(|v| (v - max).exp()).collect();
    let sum: f32 = exp.iter().sum();
    match exp.as_slice() {
        [negative, neutral, positive] => Polarity::from([negative / sum, neutral / sum, positive / sum]),
        _ => Polarity::from([0.0, 1.0, 0.0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_only_continues_its_own_type() {
        let (person, place) = (EntityType::Person, EntityType::Location);
        assert!(!Tag::Inside(person).may_follow(None));
        assert!(!Tag::Inside(person).may_follow(Some(Tag::Begin(place))));
        assert!(Tag::Inside(person).may_follow(Some(Tag::Inside(person))));
        assert!(Tag::Begin(person).may_follow(Some(Tag::Outside)));
    }

    #[test]
    fn labels_of_other_models_are_read_and_unknown_ones_named() {
        let labels = |list: &[&str]| list.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
        let scheme = LabelScheme::parse(&labels(&["O", "B-PER", "I-org"])).expect("known labels");
        assert_eq!(scheme.0[2], Tag::Inside(EntityType::Organisation));
        let error = LabelScheme::parse(&labels(&["O", "B-animal"])).expect_err("unknown type");
        assert!(error.to_string().contains("animal"), "{error}");
        assert!(LabelScheme::parse(&labels(&["B-PER"])).is_err());
    }

    #[test]
    fn polarity_is_a_softmax() {
        let p = polarity(Some(&[0.0, 0.0, 2f32.ln()]), 1.0);
        assert!((p.positive - 0.5).abs() < 1e-6 && (p.negative - 0.25).abs() < 1e-6);
        assert!(polarity(Some(&[0.0, 0.0, 1.0]), 10.0).positive < p.positive);
    }

    #[test]
    fn mean_of_rows() {
        let hidden = ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        assert_eq!(mean(hidden.view(), &[0, 2]).to_vec(), [3.0, 4.0]);
        assert_eq!(mean(hidden.view(), &[]).to_vec(), [0.0, 0.0]);
    }
}
