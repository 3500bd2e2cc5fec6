//! Mentions to actors: configured names are found in the sentence and joined with the model's entities.
//!
//! Names are matched at word boundaries, longest match first: in "Azure OpenAI Service" the product of
//! one actor hides the name of the other. A name written in capitals throughout matches only in capitals,
//! a name listed as case-sensitive only as written, any other name in any case (ASCII). Names inside web
//! addresses do not count.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use dyad_core::{Actor, Config, EntityType, Mention, Scope, Side, Span};

use crate::AnnotateError;
use crate::entities::{Decoded, Entity};

/// What a configured name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameKind {
    Actor,
    Person,
    Product,
}

impl NameKind {
    fn entity_type(self) -> EntityType {
        match self {
            NameKind::Actor => EntityType::Organisation,
            NameKind::Person => EntityType::Person,
            NameKind::Product => EntityType::Product,
        }
    }
}

#[derive(Debug, Clone)]
struct Name {
    text: String,
    side: Side,
    kind: NameKind,
    exact_case: bool,
}

/// A configured name found in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameMatch {
    /// Bytes of the sentence.
    pub span: Span,
    /// The actor it stands for.
    pub side: Side,
    name: usize,
}

/// Finds the two actors in sentences.
#[derive(Debug, Clone)]
pub struct ActorLinker {
    names: Vec<Name>,
    search: AhoCorasick,
}

impl ActorLinker {
    /// Compiles the names of both actors.
    ///
    /// # Errors
    /// [`AnnotateError::Aliases`] when the names do not compile (too many or too long).
    pub fn new(config: &Config) -> Result<Self, AnnotateError> {
        let names: Vec<Name> =
            Side::BOTH.into_iter().flat_map(|side| actor_names(side, config.actor(side))).collect();
        let search = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            // The largest of the automata and the fastest: some hundred names make a few hundred kilobytes.
            .kind(Some(AhoCorasickKind::DFA))
            .build(names.iter().map(|name| name.text.as_bytes()))
            .map_err(|error| AnnotateError::Aliases { message: error.to_string() })?;
        Ok(Self { names, search })
    }

    /// The names in a sentence, in order, without overlaps: of overlapping ones the longest, then the first.
    pub fn find(&self, text: &str) -> Vec<NameMatch> {
        let mut found: Vec<NameMatch> = self
            .search
            .find_overlapping_iter(text)
            .map(|hit| {
                let name = hit.pattern().as_usize();
                NameMatch { span: Span::new(hit.start(), hit.end()), side: self.names[name].side, name }
            })
            .filter(|hit| self.fits(text, hit))
            .collect();
        found.sort_by_key(|hit| (std::cmp::Reverse(hit.span.len()), hit.span.start));
        let mut kept: Vec<NameMatch> = Vec::new();
        for hit in found {
            if !kept.iter().any(|other| other.span.overlaps(&hit.span)) {
                kept.push(hit);
            }
        }
        kept.sort_by_key(|hit| hit.span.start);
        kept
    }

    /// Whether a scope takes a sentence, or a whole text, in.
    pub fn in_scope(&self, text: &str, scope: Scope) -> bool {
        // Most text names nobody, which one pass without a look at words or overlaps tells.
        if scope != Scope::All && !self.search.is_match(text) {
            return false;
        }
        match scope {
            Scope::All => true,
            Scope::Either => !self.find(text).is_empty(),
            Scope::Pair => {
                let found = self.find(text);
                Side::BOTH.iter().all(|side| found.iter().any(|hit| hit.side == *side))
            }
        }
    }

    fn fits(&self, text: &str, hit: &NameMatch) -> bool {
        let name = &self.names[hit.name];
        let Some(found) = hit.span.slice(text) else { return false };
        (!name.exact_case || found == name.text)
            && at_word_boundaries(text, hit.span)
            && !in_web_address(text, hit.span)
    }

    /// Joins the names with the model's entities into mentions, in order and without overlaps.
    ///
    /// An entity that holds names of one actor becomes a mention of that actor ("Microsoft Research"); one that
    /// holds names of both is given up for the names; entities without a name keep no actor.
    pub fn link(&self, text: &str, decoded: &Decoded) -> Vec<Mention> {
        let mut names: Vec<NameMatch> = self.find(text);
        let mut mentions = Vec::new();
        for entity in &decoded.entities {
            let inside: Vec<NameMatch> =
                names.iter().filter(|name| contains(entity.span, name.span)).copied().collect();
            let overlaps = names.iter().any(|name| name.span.overlaps(&entity.span));
            match inside.as_slice() {
                [] if !overlaps => {
                    mentions.push(mention(text, entity.span, entity.entity_type, None, entity.score))
                }
                // A name that reaches over the entity's edge knows better where it ends.
                [] => {}
                [first, rest @ ..] if rest.iter().all(|name| name.side == first.side) => {
                    names.retain(|name| !contains(entity.span, name.span));
                    mentions.push(self.entity_mention(text, entity, &inside));
                }
                _ => {}
            }
        }
        for name in names {
            let score = mean_entity_probability(decoded, name.span);
            let kind = self.names[name.name].kind.entity_type();
            mentions.push(mention(text, name.span, kind, Some(name.side), score));
        }
        mentions.sort_by_key(|mention| mention.span.start);
        mentions
    }

    /// An entity that holds one or more names of a single actor.
    fn entity_mention(&self, text: &str, entity: &Entity, inside: &[NameMatch]) -> Mention {
        let first = inside[0];
        let exact = inside.len() == 1 && first.span == entity.span;
        let kind = if exact { self.names[first.name].kind.entity_type() } else { entity.entity_type };
        let stands_for = exact || inside.iter().any(|name| self.may_extend(name, entity));
        mention(text, entity.span, kind, stands_for.then_some(first.side), entity.score)
    }

    /// Whether a name inside a longer entity still means the actor: "Microsoft Teams" does, but a product's
    /// name inside a person's ("Bing Crosby") or a lone surname inside a full name ("Steve Altman") does not.
    fn may_extend(&self, name: &NameMatch, entity: &Entity) -> bool {
        let known = &self.names[name.name];
        match entity.entity_type {
            EntityType::Person => known.kind == NameKind::Person && known.text.contains(' '),
            _ => true,
        }
    }
}

fn actor_names(side: Side, actor: &Actor) -> Vec<Name> {
    let own = std::iter::once(&actor.name).chain(&actor.aliases).map(|text| (text, NameKind::Actor));
    let people = actor.people.iter().map(|text| (text, NameKind::Person));
    let products = actor.products.iter().map(|text| (text, NameKind::Product));
    own.chain(people)
        .chain(products)
        .map(|(text, kind)| {
            let listed = actor.case_sensitive.contains(text);
            let capitals = text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase);
            Name { text: text.clone(), side, kind, exact_case: listed || capitals }
        })
        .collect()
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn mention(text: &str, span: Span, entity_type: EntityType, actor: Option<Side>, score: f32) -> Mention {
    let text = span.slice(text).unwrap_or_default().to_owned();
    Mention { span, text, entity_type, actor, score, sentiment: None }
}

fn mean_entity_probability(decoded: &Decoded, span: Span) -> f32 {
    let inside: Vec<f32> =
        decoded.words.iter().filter(|(word, _)| word.overlaps(&span)).map(|(_, p)| *p).collect();
    if inside.is_empty() { 0.0 } else { inside.iter().sum::<f32>() / inside.len() as f32 }
}

/// Neither neighbour continues a word.
fn at_word_boundaries(text: &str, span: Span) -> bool {
    let continues = |c: char| c.is_alphanumeric() || c == '_';
    let before = text[..span.start].chars().next_back();
    let after = text[span.end..].chars().next();
    !before.is_some_and(continues) && !after.is_some_and(continues)
}

/// Whether the span is part of a web address or domain: `https://openai.com/blog`, `openai.com`.
fn in_web_address(text: &str, span: Span) -> bool {
    let start = text[..span.start].rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = text[start..].split_whitespace().next().unwrap_or_default();
    let mut after = text[span.end..].chars();
    let domain = after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_lowercase());
    domain || word.contains("://") || word.trim_start_matches('(').starts_with("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linker() -> ActorLinker {
        let mut config = Config::default();
        config.actors.a = Actor {
            name: "Microsoft".into(),
            aliases: vec!["MS".into()],
            people: vec!["Satya Nadella".into(), "Nadella".into()],
            products: vec!["Azure".into(), "Azure OpenAI Service".into(), "Bing".into(), "Edge".into()],
            case_sensitive: vec!["Edge".into()],
        };
        config.actors.b = Actor {
            name: "OpenAI".into(),
            people: vec!["Sam Altman".into(), "Altman".into()],
            products: vec!["ChatGPT".into()],
            ..Actor::default()
        };
        ActorLinker::new(&config).expect("names compile")
    }

    fn found(text: &str) -> Vec<(&str, Side)> {
        linker().find(text).iter().map(|hit| (&text[hit.span.start..hit.span.end], hit.side)).collect()
    }

    fn entity(text: &str, part: &str, entity_type: EntityType) -> Entity {
        let start = text.find(part).expect("part of the text");
        Entity { span: Span::new(start, start + part.len()), entity_type, score: 0.9 }
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(found("Azure OpenAI Service is here"), [("Azure OpenAI Service", Side::A)]);
        assert_eq!(found("Azure and OpenAI's model"), [("Azure", Side::A), ("OpenAI", Side::B)]);
    }

    #[test]
    fn word_boundaries_and_case() {
        assert_eq!(found("openai-backed, the Microsoft–OpenAI deal").len(), 3);
        assert_eq!(found("MSNBC, ms, OpenAIs, on the edge, bingeing"), []);
        assert_eq!(found("MS and Edge"), [("MS", Side::A), ("Edge", Side::A)]);
        assert_eq!(found("chatgpt beats bing"), [("chatgpt", Side::B), ("bing", Side::A)]);
    }

    #[test]
    fn web_addresses_do_not_count() {
        assert_eq!(found("see https://openai.com/microsoft and openai.com or www.bing.com"), []);
        assert_eq!(found("It was OpenAI. Then Bing."), [("OpenAI", Side::B), ("Bing", Side::A)]);
    }

    #[test]
    fn scope_goes_by_names() {
        let linker = linker();
        let scopes =
            |text| [Scope::All, Scope::Either, Scope::Pair].map(|scope| linker.in_scope(text, scope));
        assert_eq!(scopes("It rained."), [true, false, false]);
        assert_eq!(scopes("Azure was down."), [true, true, false]);
        assert_eq!(scopes("Azure runs ChatGPT."), [true, true, true]);
        assert_eq!(scopes("Azure OpenAI Service was down."), [true, true, false]);
    }

    #[test]
    fn an_entity_around_a_name_becomes_the_mention() {
        let text = "Microsoft Research hired Bing Crosby and Steve Altman in Texas";
        let decoded = Decoded {
            entities: vec![
                entity(text, "Microsoft Research", EntityType::Organisation),
                entity(text, "Bing Crosby", EntityType::Person),
                entity(text, "Steve Altman", EntityType::Person),
                entity(text, "Texas", EntityType::Location),
            ],
            words: Vec::new(),
        };
        let mentions = linker().link(text, &decoded);
        let actors: Vec<(&str, Option<Side>)> = mentions.iter().map(|m| (m.text.as_str(), m.actor)).collect();
        assert_eq!(
            actors,
            [
                ("Microsoft Research", Some(Side::A)),
                ("Bing Crosby", None),
                ("Steve Altman", None),
                ("Texas", None)
            ]
        );
    }

    #[test]
    fn an_entity_around_both_actors_is_given_up() {
        let text = "The Microsoft OpenAI pact";
        let decoded = Decoded {
            entities: vec![entity(text, "Microsoft OpenAI", EntityType::Organisation)],
            words: Vec::new(),
        };
        let actors: Vec<Option<Side>> = linker().link(text, &decoded).iter().map(|m| m.actor).collect();
        assert_eq!(actors, [Some(Side::A), Some(Side::B)]);
    }

    #[test]
    fn a_name_reaching_over_an_entity_replaces_it() {
        let text = "Sam Altman spoke";
        let decoded = Decoded { entities: vec![entity(text, "Sam", EntityType::Person)], words: Vec::new() };
        let mentions = linker().link(text, &decoded);
        assert_eq!(mentions.len(), 1);
        assert_eq!((mentions[0].text.as_str(), mentions[0].actor), ("Sam Altman", Some(Side::B)));
    }
}
