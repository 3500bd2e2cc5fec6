//! DeBERTa v2 and v3.
//!
//! Not rust-bert's `DebertaV2Model` (0.23), whose layers cannot be put right from outside: it looks up
//! content-to-position scores without shifting distances into the table (all negative ones read row 0),
//! divides position scores by `d * k` instead of its square root, and rounds `(max_position - 1) / mid` down
//! to a whole number when it takes distances to buckets.

use tch::{Kind, TchError, Tensor};

use super::super::config::{Activation, Architecture, ModelConfig};
use super::super::weights::Weights;
use super::embeddings::Embeddings;
use super::layers::check_layers;
use super::parts::{Dense, Norm, activate};
use super::{Inputs, Stack, tensor};
use crate::ModelError;

/// Masked scores before softmax, as `transformers` has it.
const MASKED: f64 = f32::MIN as f64;

/// How distances between tokens are looked up; widths and flags of `config.json`.
struct Relative {
    /// `[2 * span, hidden]`, normalised when the model asks for it.
    table: Tensor,
    /// Distances from -span to span - 1 have a row.
    span: i64,
    /// Buckets that grow with the distance, and the largest distance; `None` when every distance is its own.
    buckets: Option<(i64, i64)>,
}

/// A whole encoder.
pub(super) struct Deberta {
    embeddings: Embeddings,
    layers: Vec<Layer>,
    conv: Option<Conv>,
    relative: Option<Relative>,
}

impl Deberta {
    /// Loads embeddings and layers.
    ///
    /// # Errors
    /// [`ModelError::Weights`] names the tensor, [`ModelError::ManifestInvalid`] the field of `config.json`.
    pub fn load(weights: &Weights<'_>, config: &ModelConfig) -> Result<Self, ModelError> {
        check_layers(config, "num_attention_heads", "hidden_size", "num_hidden_layers")?;
        let shape = Shape::read(config)?;
        let relative = match config.flag_or("relative_attention", false) {
            true => Some(Relative::load(weights, config, &shape)?),
            false => None,
        };
        let layers = (0..config.size("num_hidden_layers")?)
            .map(|index| Layer::load(weights, &format!("encoder.layer.{index}"), &shape, relative.is_some()))
            .collect::<Result<_, _>>()?;
        let conv = match config.size_or("conv_kernel_size", 0)? {
            0 => None,
            kernel => Some(Conv::load(weights, config, &shape, kernel)?),
        };
        let embeddings = Embeddings::load(weights, config, Architecture::DebertaV2, shape.epsilon)?;
        Ok(Self { embeddings, layers, conv, relative })
    }

    fn run(&self, inputs: &Inputs) -> Result<Tensor, TchError> {
        // Padding is zero in the embeddings: the convolution looks beyond the last token.
        let mask = inputs.mask.f_unsqueeze(-1)?.f_to_kind(Kind::Float)?;
        let embedded = self.embeddings.forward(inputs)?.f_mul(&mask)?;
        let hidden = inputs.mask.f_eq(0)?.f_unsqueeze(1)?.f_unsqueeze(1)?;
        let distances = match &self.relative {
            Some(relative) => Some(relative.rows(inputs.ids.size()[1])?),
            None => None,
        };
        let mut states = embedded.shallow_clone();
        for (index, layer) in self.layers.iter().enumerate() {
            let relative = self.relative.as_ref().zip(distances.as_ref());
            states = layer.forward(&states, &hidden, relative)?;
            if let Some(conv) = self.conv.as_ref().filter(|_| index == 0) {
                states = conv.forward(&embedded, &states, &mask)?;
            }
        }
        Ok(states)
    }
}

impl Stack for Deberta {
    fn forward(&self, inputs: &Inputs) -> Result<Tensor, String> {
        self.run(inputs).map_err(|e| e.to_string())
    }
}

/// What all layers share.
struct Shape {
    width: usize,
    intermediate: usize,
    heads: usize,
    epsilon: f64,
    activation: Activation,
    shares_keys: bool,
    to_position: bool,
    from_position: bool,
}

impl Shape {
    fn read(config: &ModelConfig) -> Result<Self, ModelError> {
        let kinds = config.texts("pos_att_type");
        if let Some(other) = kinds.iter().find(|kind| !["c2p", "p2c", "none", ""].contains(&kind.as_str())) {
            return Err(config.invalid(format!("pos_att_type: \"{other}\"; known are c2p and p2c")));
        }
        Ok(Self {
            width: config.size("hidden_size")?,
            intermediate: config.size("intermediate_size")?,
            heads: config.size("num_attention_heads")?,
            epsilon: config.float_or("layer_norm_eps", 1e-7)?,
            activation: config.activation("hidden_act")?,
            shares_keys: config.flag_or("share_att_key", false),
            to_position: kinds.iter().any(|kind| kind == "c2p"),
            from_position: kinds.iter().any(|kind| kind == "p2c"),
        })
    }
}

impl Relative {
    fn load(weights: &Weights<'_>, config: &ModelConfig, shape: &Shape) -> Result<Self, ModelError> {
        let positions = config.size("max_position_embeddings")?;
        let longest = match config.size_or("max_relative_positions", 0)? {
            0 => positions,
            longest => longest,
        };
        let buckets = config.size_or("position_buckets", 0)?;
        let span = if buckets > 0 { buckets } else { longest };
        let name = weights.encoder("encoder.rel_embeddings.weight");
        let mut table = tensor(weights, &name, &[2 * span, shape.width])?;
        if config.texts("norm_rel_ebd").iter().any(|kind| kind.eq_ignore_ascii_case("layer_norm")) {
            let norm = Norm::load(weights, "encoder.LayerNorm", shape.width, shape.epsilon)?;
            table = norm
                .forward(&table)
                .map_err(|e| ModelError::Weights { tensor: name, message: e.to_string() })?;
        }
        let buckets = (buckets > 0).then_some((buckets as i64, longest as i64));
        Ok(Self { table, span: span as i64, buckets })
    }

    /// Distance from every token (row) to every token, in buckets; int64 `[length, length]`.
    fn rows(&self, length: i64) -> Result<Tensor, TchError> {
        let distance = |from: i64, to: i64| match self.buckets {
            Some((buckets, longest)) => bucket(from - to, buckets, longest),
            None => from - to,
        };
        let all: Vec<i64> = (0..length)
            .flat_map(|from| (0..length).map(move |to| (from, to)))
            .map(|(f, t)| distance(f, t))
            .collect();
        Tensor::f_from_slice(&all)?.f_reshape([length, length])
    }
}

/// Small distances are their own bucket; beyond half of the buckets they share one, ever more of them.
///
/// In fp32 like `transformers`, whose rounding decides at the borders.
fn bucket(distance: i64, buckets: i64, longest: i64) -> i64 {
    let middle = buckets / 2;
    if distance.abs() <= middle {
        return distance;
    }
    let ratio = (distance.abs() as f32 / middle as f32).ln();
    let whole = (((longest - 1) as f64 / middle as f64) as f32).ln();
    let beyond = (ratio / whole * (middle - 1) as f32).ceil() as i64;
    (beyond + middle) * distance.signum()
}

/// One layer: disentangled attention, then two affine maps; a residual and a normalisation after each.
struct Layer {
    query: Dense,
    key: Dense,
    value: Dense,
    /// Position embeddings to keys, for content-to-position scores.
    position_key: Option<Dense>,
    /// Position embeddings to queries, for position-to-content scores.
    position_query: Option<Dense>,
    to_position: bool,
    from_position: bool,
    mixed: Dense,
    mixed_norm: Norm,
    intermediate: Dense,
    activation: Activation,
    output: Dense,
    output_norm: Norm,
    heads: i64,
}

impl Layer {
    fn load(weights: &Weights<'_>, name: &str, shape: &Shape, relative: bool) -> Result<Self, ModelError> {
        let square = |part: &str| Dense::load(weights, &format!("{name}.{part}"), shape.width, shape.width);
        let norm = |part: &str| Norm::load(weights, &format!("{name}.{part}"), shape.width, shape.epsilon);
        let own = |wanted: bool, part: &str| match relative && wanted && !shape.shares_keys {
            true => square(part).map(Some),
            false => Ok(None),
        };
        Ok(Self {
            query: square("attention.self.query_proj")?,
            key: square("attention.self.key_proj")?,
            value: square("attention.self.value_proj")?,
            position_key: own(shape.to_position, "attention.self.pos_key_proj")?,
            position_query: own(shape.from_position, "attention.self.pos_query_proj")?,
            to_position: shape.to_position,
            from_position: shape.from_position,
            mixed: square("attention.output.dense")?,
            mixed_norm: norm("attention.output.LayerNorm")?,
            intermediate: Dense::load(
                weights,
                &format!("{name}.intermediate.dense"),
                shape.intermediate,
                shape.width,
            )?,
            activation: shape.activation,
            output: Dense::load(weights, &format!("{name}.output.dense"), shape.width, shape.intermediate)?,
            output_norm: norm("output.LayerNorm")?,
            heads: shape.heads as i64,
        })
    }

    /// `states` `[sequences, length, hidden]`; `padding` is true where a token is none, `[sequences, 1, 1, length]`.
    fn forward(
        &self,
        states: &Tensor,
        padding: &Tensor,
        relative: Option<(&Relative, &Tensor)>,
    ) -> Result<Tensor, TchError> {
        let mixed = self.mixed.forward(&self.attend(states, padding, relative)?)?;
        let mixed = self.mixed_norm.forward(&mixed.f_add(states)?)?;
        let inner = activate(self.activation, &self.intermediate.forward(&mixed)?)?;
        self.output_norm.forward(&self.output.forward(&inner)?.f_add(&mixed)?)
    }

    fn attend(
        &self,
        states: &Tensor,
        padding: &Tensor,
        relative: Option<(&Relative, &Tensor)>,
    ) -> Result<Tensor, TchError> {
        let query = self.split(&self.query.forward(states)?)?;
        let key = self.split(&self.key.forward(states)?)?;
        let value = self.split(&self.value.forward(states)?)?;
        let kinds = 1 + i64::from(self.to_position) + i64::from(self.from_position);
        let scale = ((query.size()[3] * kinds) as f64).sqrt();
        let mut scores = query.f_matmul(&key.f_transpose(-1, -2)?)?;
        if let Some((relative, distances)) = relative {
            scores = self.add_positions(scores, &query, &key, relative, distances)?;
        }
        let scores = scores.f_div_scalar(scale)?.f_masked_fill(padding, MASKED)?;
        let context = scores.f_softmax(-1, Kind::Float)?.f_matmul(&value)?;
        context.f_transpose(1, 2)?.f_contiguous()?.f_reshape(states.size())
    }

    /// Adds content-to-position and position-to-content scores; all are divided by the same scale later.
    fn add_positions(
        &self,
        mut scores: Tensor,
        query: &Tensor,
        key: &Tensor,
        relative: &Relative,
        distances: &Tensor,
    ) -> Result<Tensor, TchError> {
        let table = relative.table.f_unsqueeze(0)?;
        let size = scores.size();
        let rows = |distances: &Tensor| -> Result<Tensor, TchError> {
            let shifted = distances.f_add_scalar(relative.span)?;
            shifted.f_clamp(0, 2 * relative.span - 1)?.f_expand(size.as_slice(), true)
        };
        if self.to_position {
            let keys = self.split(&self.position_key.as_ref().unwrap_or(&self.key).forward(&table)?)?;
            let all = query.f_matmul(&keys.f_transpose(-1, -2)?)?;
            scores = scores.f_add(&all.f_gather(-1, &rows(distances)?, false)?)?;
        }
        if self.from_position {
            let queries =
                self.split(&self.position_query.as_ref().unwrap_or(&self.query).forward(&table)?)?;
            let all = key.f_matmul(&queries.f_transpose(-1, -2)?)?;
            let gathered = all.f_gather(-1, &rows(&distances.f_neg()?)?, false)?;
            scores = scores.f_add(&gathered.f_transpose(-1, -2)?)?;
        }
        Ok(scores)
    }

    /// `[sequences, length, hidden]` to `[sequences, heads, length, hidden / heads]`.
    fn split(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let [sequences, length, width] = [x.size()[0], x.size()[1], x.size()[2]];
        x.f_reshape([sequences, length, self.heads, width / self.heads])?.f_transpose(1, 2)
    }
}

/// DeBERTa v2's convolution over the embeddings, added after the first layer.
struct Conv {
    weight: Tensor,
    bias: Tensor,
    padding: i64,
    groups: i64,
    activation: Activation,
    norm: Norm,
}

impl Conv {
    fn load(
        weights: &Weights<'_>,
        config: &ModelConfig,
        shape: &Shape,
        kernel: usize,
    ) -> Result<Self, ModelError> {
        let groups = config.size_or("conv_groups", 1)?.max(1);
        let name = weights.encoder("encoder.conv.conv");
        let activation = match config.text("conv_act") {
            None => Activation::Tanh,
            Some(_) => config.activation("conv_act")?,
        };
        Ok(Self {
            weight: tensor(weights, &format!("{name}.weight"), &[shape.width, shape.width / groups, kernel])?,
            bias: tensor(weights, &format!("{name}.bias"), &[shape.width])?,
            padding: (kernel as i64 - 1) / 2,
            groups: groups as i64,
            activation,
            norm: Norm::load(weights, "encoder.conv.LayerNorm", shape.width, shape.epsilon)?,
        })
    }

    /// `mask` is 1 for a real token, `[sequences, length, 1]`.
    fn forward(&self, embedded: &Tensor, states: &Tensor, mask: &Tensor) -> Result<Tensor, TchError> {
        let turned = embedded.f_transpose(1, 2)?.f_contiguous()?;
        let local = turned.f_conv1d(&self.weight, Some(&self.bias), 1, self.padding, 1, self.groups)?;
        let local = activate(self.activation, &local.f_transpose(1, 2)?.f_mul(mask)?)?;
        self.norm.forward(&states.f_add(&local)?)?.f_mul(mask)
    }
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn buckets_are_those_of_transformers() {
        // make_log_bucket_position(torch.tensor([...]), 256, 512) and (..., 8, 64).
        for (distance, expected) in [(0, 0), (128, 128), (129, 129), (200, 169), (511, 255), (-511, -255)] {
            assert_eq!(bucket(distance, 256, 512), expected, "{distance} of 256");
        }
        for (distance, expected) in [(4, 4), (5, 5), (-9, -5), (10, 5), (12, 6), (63, 7)] {
            assert_eq!(bucket(distance, 8, 64), expected, "{distance} of 8");
        }
    }
}
