//! What the analysis says of a co-actor, as `report.json` holds it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::model::{Estimate, Shift};

/// Identifier of the share of articles in [`CoActor::shift`].
pub const SHARE_OF_ARTICLES: &str = "share_of_articles";

/// Another organisation or person named in articles that have a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoActor {
    /// Its most frequent spelling, or the name that the configuration gives it.
    pub name: String,
    /// What it is; an organisation where nothing tells.
    pub kind: CoActorKind,
    /// Articles with a relation that name it, in any annotated sentence; near-copies not counted (unless configured).
    pub articles: u64,
    /// Relations that name it.
    pub sentences: u64,
    /// Share of the articles with a relation that name it, 0 to 1. As for every share of articles here, its `articles` and
    /// `sentences` are all articles with a relation and their relations.
    pub share: Estimate,
    /// Mean tone of the relations in articles that name it; `None` where there is none.
    pub tone_with: Option<Estimate>,
    /// Mean tone of the relations in all other articles.
    pub tone_without: Option<Estimate>,
    /// Tone in articles that name it less tone in the others.
    pub tone_difference: Option<Estimate>,
    /// Its share early and late, parted as in [`crate::Analysis::shifts`]; the metric is [`SHARE_OF_ARTICLES`].
    pub shift: Option<Shift>,
    /// Its share by quarter (or the longest period configured), for the first eight co-actors; empty for others.
    pub series: Vec<CoActorPoint>,
}

/// What a co-actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoActorKind {
    /// A company, agency or other organisation.
    Organisation,
    /// A person.
    Person,
}

/// A period with an article that has a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoActorPoint {
    /// First day of the period.
    pub start: NaiveDate,
    /// Share of the period's articles with a relation that name the co-actor, 0 to 1.
    pub share: f64,
    /// Those articles, whether they name it or not.
    pub articles: u64,
}

/// A co-actor that is named more or less often from a change point on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovedCoActor {
    /// Its name, as in [`CoActor::name`].
    pub name: String,
    /// Share of the articles with a relation that name it, before.
    pub before: f64,
    /// The same, after.
    pub after: f64,
    /// After less before.
    pub difference: Estimate,
}
