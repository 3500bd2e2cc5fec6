//! Which metrics there are, what they are a mean of, and what they are called.

use dyad_core::Side;

/// Metrics that count, in the order reported.
pub(crate) const COUNTS: [&str; 4] = ["articles_both", "articles_a", "articles_b", "relations"];

/// The sentences a mean is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Population {
    /// Sentences that mention both actors.
    Relations,
    /// Sentences that mention one side, alone or not.
    Mentions(Side),
}

impl Population {
    pub(crate) const ALL: [Population; 3] =
        [Population::Relations, Population::Mentions(Side::A), Population::Mentions(Side::B)];

    /// Column of the table's counts.
    pub(crate) const fn column(self) -> usize {
        match self {
            Population::Relations => 0,
            Population::Mentions(Side::A) => 1,
            Population::Mentions(Side::B) => 2,
        }
    }
}

/// What a metric's values are, which decides their range and how few articles are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From -1 to 1.
    Signed,
    /// A probability.
    Probability,
    /// 0 or 1 per sentence.
    Share,
}

impl Kind {
    /// Smallest and largest value possible.
    pub(crate) const fn range(self) -> (f64, f64) {
        match self {
            Kind::Signed => (-1.0, 1.0),
            Kind::Probability | Kind::Share => (0.0, 1.0),
        }
    }
}

/// A metric that is a mean over sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metric {
    /// Identifier, as in [`crate::Series::metric`].
    pub(crate) id: String,
    pub(crate) population: Population,
    pub(crate) kind: Kind,
}

/// Columns of the sums that hold tone, both stances, both sentiments and closeness.
pub(crate) const TONE: usize = 0;
pub(crate) const STANCE_A_TO_B: usize = 1;
pub(crate) const STANCE_B_TO_A: usize = 2;
pub(crate) const SENTIMENT_A: usize = 3;
pub(crate) const SENTIMENT_B: usize = 4;
pub(crate) const CLOSENESS: usize = 5;
/// First column of the frames' probabilities; their shares follow in the same order.
pub(crate) const FIRST_FRAME: usize = 6;

/// Every mean, in the order of the columns of the table's sums.
pub(crate) fn means(frames: &[String]) -> Vec<Metric> {
    let signed = [
        ("tone", Population::Relations),
        ("stance_a_to_b", Population::Relations),
        ("stance_b_to_a", Population::Relations),
        ("sentiment_a", Population::Mentions(Side::A)),
        ("sentiment_b", Population::Mentions(Side::B)),
        ("closeness", Population::Relations),
    ]
    .map(|(id, population)| Metric { id: id.to_owned(), population, kind: Kind::Signed });
    let of_frames = |prefix: &'static str, kind| {
        frames.iter().map(move |frame| Metric {
            id: format!("{prefix}{frame}"),
            population: Population::Relations,
            kind,
        })
    };
    signed
        .into_iter()
        .chain(of_frames("frame_", Kind::Probability))
        .chain(of_frames("share_", Kind::Share))
        .collect()
}

/// The name of a metric as people read it, such as `Stance Microsoft → OpenAI`; an identifier that is
/// not known comes back as it is.
pub fn metric_label(metric: &str, actor_a: &str, actor_b: &str) -> String {
    match metric {
        "articles_both" => "Articles that mention both".to_owned(),
        "articles_a" => format!("Articles that mention {actor_a}"),
        "articles_b" => format!("Articles that mention {actor_b}"),
        "relations" => "Sentences that mention both".to_owned(),
        "tone" => "Tone".to_owned(),
        "closeness" => "Closeness".to_owned(),
        "stance_a_to_b" => format!("Stance {actor_a} → {actor_b}"),
        "stance_b_to_a" => format!("Stance {actor_b} → {actor_a}"),
        "sentiment_a" => format!("Sentiment towards {actor_a}"),
        "sentiment_b" => format!("Sentiment towards {actor_b}"),
        other => {
            if let Some(frame) = other.strip_prefix("frame_") {
                format!("{} (mean probability)", capitalised(&frame_words(frame)))
            } else if let Some(frame) = other.strip_prefix("share_") {
                format!("{} (share of sentences)", capitalised(&frame_words(frame)))
            } else {
                other.to_owned()
            }
        }
    }
}

/// A frame's name in words: `joint_venture` is "joint venture".
pub(crate) fn frame_words(frame: &str) -> String {
    frame.replace(['_', '-'], " ")
}

/// The text with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_hold_what_their_names_say() {
        let metrics = means(&["partnership".to_owned(), "rivalry".to_owned()]);
        assert_eq!(metrics[TONE].id, "tone");
        assert_eq!(metrics[STANCE_A_TO_B].id, "stance_a_to_b");
        assert_eq!(metrics[STANCE_B_TO_A].id, "stance_b_to_a");
        assert_eq!(metrics[SENTIMENT_A].id, "sentiment_a");
        assert_eq!(metrics[SENTIMENT_B].id, "sentiment_b");
        assert_eq!(metrics[CLOSENESS].id, "closeness");
        assert_eq!(metrics[FIRST_FRAME].id, "frame_partnership");
        assert_eq!(metrics[FIRST_FRAME + 2].id, "share_partnership");
        assert_eq!(metrics.len(), FIRST_FRAME + 4);
    }

    #[test]
    fn labels_read_as_people_write_them() {
        let label = |metric| metric_label(metric, "Microsoft", "OpenAI");
        assert_eq!(label("stance_a_to_b"), "Stance Microsoft → OpenAI");
        assert_eq!(label("stance_b_to_a"), "Stance OpenAI → Microsoft");
        assert_eq!(label("sentiment_b"), "Sentiment towards OpenAI");
        assert_eq!(label("share_joint_venture"), "Joint venture (share of sentences)");
        assert_eq!(label("frame_rivalry"), "Rivalry (mean probability)");
        assert_eq!(label("something"), "something");
    }
}
