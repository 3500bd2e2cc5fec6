//! The closeness index: how close a sentence portrays the two actors, out of tone, stance and frames.

/// Frames of actors that are close or get closer.
const COOPERATIVE: [&str; 2] = ["partnership", "investment"];

/// Frames of actors that oppose each other or drift apart. Rivalry is none of them: sentences that compare competitors are mostly
/// neutral in tone, and with it the index agrees less with labelled tone.
const CONFLICTING: [&str; 2] = ["tension", "separation"];

/// Computes the index of a sentence, from -1 (conflict, drifting apart) to 1 (cooperation, getting closer):
///
/// ```text
/// (2 tone + stance + balance) / 4
/// stance  = mean of the stances both ways
/// balance = largest probability of a cooperative frame (partnership, investment)
///           less that of a conflicting one (tension, separation)
/// ```
///
/// Where the configured frames hold none of one of the two kinds, it is `(2 tone + stance) / 3`. It was chosen among some dozen
/// such definitions on labelled sentences (`scripts/train/closeness.py`, `scripts/measured/closeness.txt`), where none agreed
/// clearly better with labelled tone than the model's tone does alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closeness {
    /// Places of the cooperative frames among the configured ones.
    cooperative: Vec<usize>,
    /// Places of the conflicting ones.
    conflicting: Vec<usize>,
}

impl Closeness {
    /// The index for frames of these names, whose probabilities come in this order.
    pub(crate) fn new<'f>(frames: impl Iterator<Item = &'f str> + Clone) -> Self {
        let places = |kind: &[&str]| {
            let of_kind = frames.clone().enumerate().filter(|(_, frame)| kind.contains(frame));
            of_kind.map(|(place, _)| place).collect()
        };
        Self { cooperative: places(&COOPERATIVE), conflicting: places(&CONFLICTING) }
    }

    /// The index of a sentence with this tone and these stances (-1 to 1) and the probability (0 to 1) of the frame at a place.
    pub(crate) fn of(&self, tone: f64, stances: [f64; 2], probability: impl Fn(usize) -> f64) -> f64 {
        let stance = (stances[0] + stances[1]) / 2.0;
        if self.cooperative.is_empty() || self.conflicting.is_empty() {
            return (2.0 * tone + stance) / 3.0;
        }
        let largest = |places: &[usize]| places.iter().map(|&place| probability(place)).fold(0.0, f64::max);
        (2.0 * tone + stance + largest(&self.cooperative) - largest(&self.conflicting)) / 4.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: [&str; 5] = ["product", "partnership", "rivalry", "tension", "separation"];

    fn index(frames: &[&str], tone: f64, stances: [f64; 2], probabilities: &[f64]) -> f64 {
        let index = Closeness::new(frames.iter().copied()).of(tone, stances, |place| probabilities[place]);
        (index * 1e9).round() / 1e9
    }

    #[test]
    fn tone_counts_half_stance_and_frames_a_quarter_each() {
        let nothing = [0.0; 5];
        assert_eq!(index(&FRAMES, 0.6, [0.0, 0.0], &nothing), 0.3);
        assert_eq!(index(&FRAMES, 0.0, [0.4, 0.0], &nothing), 0.05);
        assert_eq!(index(&FRAMES, 0.0, [0.0, 0.4], &nothing), 0.05);
        assert_eq!(index(&FRAMES, 0.0, [0.0, 0.0], &[1.0, 0.0, 1.0, 0.0, 0.0]), 0.0);
        assert_eq!(index(&FRAMES, 0.5, [0.2, 0.0], &[0.0, 0.9, 0.0, 0.1, 0.0]), 0.475);
        // The larger of two conflicting frames counts, not their sum.
        assert_eq!(index(&FRAMES, -0.5, [0.0, 0.0], &[0.0, 0.1, 0.0, 0.6, 0.5]), -0.375);
        assert_eq!(index(&FRAMES, 1.0, [1.0, 1.0], &[0.0, 1.0, 0.0, 0.0, 0.0]), 1.0);
        assert_eq!(index(&FRAMES, -1.0, [-1.0, -1.0], &[0.0, 0.0, 0.0, 1.0, 1.0]), -1.0);
    }

    #[test]
    fn other_frames_leave_tone_and_stance() {
        assert_eq!(index(&["deal", "court"], 0.3, [0.6, 0.0], &[0.9, 0.1]), 0.3);
        assert_eq!(index(&[], -0.3, [0.0, 0.0], &[]), -0.2);
        // One kind alone would push every sentence to its side.
        assert_eq!(index(&["tension", "deal"], 0.3, [0.0, 0.0], &[0.9, 0.1]), 0.2);
    }
}
