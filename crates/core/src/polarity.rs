use serde::{Deserialize, Serialize};

/// Probabilities of a negative, neutral and positive judgement; they sum to 1.
///
/// The same type serves sentiment (how favourably the wording treats an actor) and stance (what one
/// actor is said to think of or do to the other).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Polarity {
    /// Probability of a negative judgement, 0 to 1.
    pub negative: f32,
    /// Probability of no judgement, 0 to 1.
    pub neutral: f32,
    /// Probability of a positive judgement, 0 to 1.
    pub positive: f32,
}

impl Polarity {
    /// Expected judgement, from -1 (negative) to 1 (positive).
    pub fn value(&self) -> f32 {
        self.positive - self.negative
    }

    /// The most probable judgement: -1, 0 or 1. A tie goes to neutral.
    pub fn sign(&self) -> i8 {
        if self.positive > self.neutral && self.positive > self.negative {
            1
        } else if self.negative > self.neutral && self.negative > self.positive {
            -1
        } else {
            0
        }
    }
}

impl From<[f32; 3]> for Polarity {
    fn from([negative, neutral, positive]: [f32; 3]) -> Self {
        Self { negative, neutral, positive }
    }
}

#[cfg(test)]
mod tests {
    use super::Polarity;

    #[test]
    fn sign_follows_the_largest_probability() {
        assert_eq!(Polarity::from([0.2, 0.3, 0.5]).sign(), 1);
        assert_eq!(Polarity::from([0.5, 0.3, 0.2]).sign(), -1);
        assert_eq!(Polarity::from([0.4, 0.2, 0.4]).sign(), 0);
        assert!((Polarity::from([0.25, 0.25, 0.5]).value() - 0.25).abs() < 1e-6);
    }
}
