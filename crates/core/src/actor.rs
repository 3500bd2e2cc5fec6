use std::fmt;

use serde::{Deserialize, Serialize};

/// One side of the dyad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The first actor of the configuration.
    A,
    /// The second actor of the configuration.
    B,
}

impl Side {
    /// Both sides, A first.
    pub const BOTH: [Side; 2] = [Side::A, Side::B];

    /// The opposite side.
    pub const fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }

    /// `"A"` or `"B"`, as stored in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::A => "A",
            Side::B => "B",
        }
    }

    /// The inverse of [`Side::as_str`].
    pub fn parse(text: &str) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| side.as_str() == text)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An actor as configured: its name and everything that stands for it.
///
/// A name written in capitals throughout (`"AWS"`) matches only in capitals; any other name matches in
/// any case, because headlines and posts do not keep it. `case_sensitive` lists the names for which
/// that is wrong (a product called `Edge`, a person called `Will`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The name shown in reports; it is also an alias.
    pub name: String,
    /// Other names of the actor itself.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// People that stand for the actor.
    #[serde(default)]
    pub people: Vec<String>,
    /// Products, services and subsidiaries that stand for the actor.
    #[serde(default)]
    pub products: Vec<String>,
    /// Names out of the lists above that match only in the case they are written in.
    #[serde(default)]
    pub case_sensitive: Vec<String>,
}

impl Actor {
    /// Every name that stands for the actor: its own, then aliases, people and products.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.aliases)
            .chain(&self.people)
            .chain(&self.products)
            .map(String::as_str)
    }
}
