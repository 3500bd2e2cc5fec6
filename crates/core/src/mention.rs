use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Polarity, Side, Span};

/// What kind of thing a mention names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityType {
    /// A person.
    Person,
    /// A company, agency, team or other organisation.
    Organisation,
    /// A place.
    Location,
    /// Another name: nationality, event, work.
    Misc,
    /// A product or service. The joint model has no such label; linking to a configured product gives it.
    Product,
}

impl EntityType {
    /// Every entity type.
    pub const ALL: [EntityType; 5] = [
        EntityType::Person,
        EntityType::Organisation,
        EntityType::Location,
        EntityType::Misc,
        EntityType::Product,
    ];

    /// The name stored in tables and used in model labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            EntityType::Person => "person",
            EntityType::Organisation => "organisation",
            EntityType::Location => "location",
            EntityType::Misc => "misc",
            EntityType::Product => "product",
        }
    }
}

impl fmt::Display for EntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A model label that names no entity type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{label}' is not an entity type; known are person, organisation, location, misc and product")]
pub struct UnknownEntityType {
    /// The label as found.
    pub label: String,
}

impl FromStr for EntityType {
    type Err = UnknownEntityType;

    /// Accepts our names and the short ones of CoNLL-2003 (PER, ORG, LOC, MISC), in any case.
    fn from_str(label: &str) -> Result<Self, Self::Err> {
        match label.to_ascii_lowercase().as_str() {
            "person" | "per" => Ok(EntityType::Person),
            "organisation" | "organization" | "org" => Ok(EntityType::Organisation),
            "location" | "loc" => Ok(EntityType::Location),
            "misc" | "miscellaneous" => Ok(EntityType::Misc),
            "product" | "prod" => Ok(EntityType::Product),
            _ => Err(UnknownEntityType { label: label.to_owned() }),
        }
    }
}

/// A name in a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    /// Byte range in the sentence.
    pub span: Span,
    /// The text under the span.
    pub text: String,
    /// Kind of thing named.
    pub entity_type: EntityType,
    /// The actor it stands for, if any.
    pub actor: Option<Side>,
    /// Mean over the mention's words of the probability of the label chosen, 0 to 1. A mention that
    /// only the alias list found, not the model, has the model's mean probability of any entity there.
    pub score: f32,
    /// Sentiment of the wording towards the mention; set for mentions of an actor.
    pub sentiment: Option<Polarity>,
}
