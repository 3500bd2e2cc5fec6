//! Names that are known beforehand: those of the two actors, of the outlets, and of the co-actors of the configuration.

use std::collections::{HashMap, HashSet};

use dyad_core::CoActorDefinition;

use super::name::{compact, head, key, outlet_keys};
use crate::AnalyzeOptions;
use crate::table::ArticleTable;

/// Known names by their keys, of which spaces do not count.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// Names that stand for an actor, and the names within them: "Redmond" of "the Redmond giant".
    actors: Vec<String>,
    /// The same and the outlets, without spaces.
    left_out: HashSet<String>,
    /// Place among the configured co-actors, by name without spaces.
    configured: HashMap<String, usize>,
}

impl Lexicon {
    pub(super) fn new(table: &ArticleTable, options: &AnalyzeOptions) -> Self {
        let own = [options.actor_a.as_str(), options.actor_b.as_str()];
        let actors = own.into_iter().chain(options.actor_names.iter().map(String::as_str));
        let outlets: HashSet<&str> = table.articles.iter().filter_map(|a| a.source.as_deref()).collect();
        let co_actors = options.co_actors.iter().map(CoActorDefinition::names);
        Self::of(actors, outlets.into_iter(), co_actors)
    }

    /// A lexicon of the names of actors, outlets and configured co-actors.
    pub(super) fn of<'n>(
        actors: impl Iterator<Item = &'n str>,
        outlets: impl Iterator<Item = &'n str>,
        configured: impl Iterator<Item = impl Iterator<Item = &'n str>>,
    ) -> Self {
        let mut actors: Vec<String> = actors
            .flat_map(|name| [Some(key(name)), head(name)])
            .flatten()
            .filter(|key| !key.is_empty())
            .collect();
        actors.sort_unstable();
        actors.dedup();
        let left_out = actors.iter().map(|key| compact(key)).chain(outlets.flat_map(outlet_keys)).collect();
        let mut places = HashMap::new();
        for (place, names) in configured.enumerate() {
            names.for_each(|name| {
                places.entry(compact(&key(name))).or_insert(place);
            });
        }
        Self { actors, left_out, configured: places }
    }

    /// Place among the configured co-actors.
    pub(super) fn configured(&self, key: &str) -> Option<usize> {
        if self.configured.is_empty() { None } else { self.configured.get(&compact(key)).copied() }
    }

    /// Whether co-actors are configured, whose names a model may call something else than an organisation or person.
    pub(super) fn has_configured(&self) -> bool {
        !self.configured.is_empty()
    }

    /// Whether the name is that of an actor or an outlet, and of no configured co-actor.
    pub(super) fn is_left_out(&self, key: &str) -> bool {
        self.configured(key).is_none() && self.left_out.contains(&compact(key))
    }

    /// Keys of the actors' names.
    pub(super) fn actors(&self) -> impl Iterator<Item = &str> {
        self.actors.iter().map(String::as_str)
    }
}
