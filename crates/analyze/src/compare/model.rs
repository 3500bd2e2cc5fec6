//! What comparisons give: plain data, as in [`crate::model`].

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{Estimate, Shift};

/// Largest adjusted p-value of a difference that is called clear.
const LEVEL: f64 = 0.05;

/// Some outlets of the corpus, compared with all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceGroup {
    /// Name in the configuration; "other" for the outlets in no group.
    pub name: String,
    /// Its outlets that articles come from, by name.
    pub outlets: Vec<String>,
    /// Its outlets in the configuration that no article comes from.
    pub missing: Vec<String>,
    /// Articles with a relation.
    pub articles: u64,
    /// Relations.
    pub relations: u64,
    /// Every metric that a sentence of the group carries.
    pub metrics: Vec<GroupMetric>,
}

/// A metric in a group of outlets and in the rest of the corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupMetric {
    /// Identifier of the metric, see [`crate::Series::metric`].
    pub metric: String,
    /// The group's estimate.
    pub estimate: Estimate,
    /// The estimate over all other articles; `None` where none of them carries the metric.
    pub rest: Option<Estimate>,
    /// Group less rest, with its interval.
    pub difference: Option<Estimate>,
}

impl GroupMetric {
    /// Whether the 95 % interval of the difference leaves out zero.
    pub fn is_clear(&self) -> bool {
        self.difference.is_some_and(|difference| difference.leaves_out_zero())
    }
}

/// Every metric before a day and from it on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeforeAfter {
    /// First day of the later part, in UTC.
    pub date: NaiveDate,
    /// Dated articles with a relation before that day.
    pub articles_before: u64,
    /// Dated articles with a relation from that day on.
    pub articles_after: u64,
    /// Clear differences first, then by size relative to their uncertainty; empty where a part has no article.
    pub metrics: Vec<SplitMetric>,
}

/// A metric before a day and from it on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitMetric {
    /// The two estimates and their difference, later less earlier.
    pub shift: Shift,
    /// p-value of a permutation of whole days; `None` where a part has fewer than ten articles on five days.
    pub p_value: Option<f64>,
    /// The same, adjusted for all metrics tested (Benjamini and Hochberg, 1995).
    pub adjusted_p: Option<f64>,
}

impl SplitMetric {
    /// Whether the difference is significant among all metrics tested, and its 95 % interval leaves out zero.
    pub fn is_clear(&self) -> bool {
        self.shift.is_clear() && self.adjusted_p.is_some_and(|p| p <= LEVEL)
    }
}

/// Another pair of actors, as its own report tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherDyad {
    /// Name of its actor A.
    pub actor_a: String,
    /// Name of its actor B.
    pub actor_b: String,
    /// When its report was made.
    pub generated_at: DateTime<Utc>,
    /// Articles of its store.
    pub articles: u64,
    /// Articles with a relation.
    pub articles_related: u64,
    /// Relations.
    pub relations: u64,
    /// Date of the first dated article with a relation.
    pub first_date: Option<NaiveDate>,
    /// Date of the last one.
    pub last_date: Option<NaiveDate>,
    /// Whether both reports name the same models; levels of different models are not comparable. `None` where a report
    /// names none.
    pub is_same_model: Option<bool>,
    /// The metrics that both reports have, in the order of this one.
    pub metrics: Vec<DyadMetric>,
    /// Metrics left out because one report lacks them, or because the frame counts as present from another probability.
    pub left_out: Vec<String>,
}

/// A metric of this pair of actors and of another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DyadMetric {
    /// Identifier of the metric; actors are compared by position, A with A and B with B.
    pub metric: String,
    /// The estimate of this report.
    pub this: Estimate,
    /// That of the other.
    pub other: Estimate,
    /// This less other; its interval takes the two for independent (Newcombe, 1998).
    pub difference: Estimate,
}

impl DyadMetric {
    /// Whether the 95 % interval of the difference leaves out zero.
    pub fn is_clear(&self) -> bool {
        self.difference.leaves_out_zero()
    }
}
