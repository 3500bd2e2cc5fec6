use serde::{Deserialize, Serialize};

use crate::{Polarity, Span};

/// What one sentence says about the relationship between the two actors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The mention of A, out of the pair of mentions that stand closest together.
    pub span_a: Span,
    /// The mention of B, out of the pair of mentions that stand closest together.
    pub span_b: Span,
    /// One probability per frame, in the order of the run's frame set; frames are not exclusive.
    pub frames: Vec<f32>,
    /// What A is said to think of or do to B.
    pub stance_a_to_b: Polarity,
    /// What B is said to think of or do to A.
    pub stance_b_to_a: Polarity,
    /// How favourably the sentence treats A.
    pub sentiment_a: Polarity,
    /// How favourably the sentence treats B.
    pub sentiment_b: Polarity,
    /// How close the relation is portrayed: -1 conflict or drifting apart, 1 cooperation or getting closer.
    pub tone: f32,
}
