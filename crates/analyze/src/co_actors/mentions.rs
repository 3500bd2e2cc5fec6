//! Counts the names of the articles with a relation, in one stream over the mentions.
//!
//! Memory: about 150 bytes a distinct name and 8 bytes for every article and every relation that has it.

use std::collections::{HashMap, HashSet};

use dyad_core::EntityType;
use dyad_store::Store;

use super::lexicon::Lexicon;
use super::name::{self, Spelling};
use crate::AnalyzeError;
use crate::metric::Population;
use crate::rows::{Rows, Scores, stream, text};
use crate::table::{ArticleTable, Candidate, sentence_no};

/// Longest part of a mention's text that is looked at, in bytes.
const LONGEST_TEXT: usize = 400;

/// Least probability of the model at which a mention is more likely than not a name of its kind.
const LEAST_SCORE: f64 = 0.5;

/// Row of an article and the relation that has the name, or [`NO_RELATION`].
pub(super) type Place = (u32, u32);

/// The number of the sentence where it is no relation.
pub(super) const NO_RELATION: u32 = u32::MAX;

/// Everything found under one key.
#[derive(Debug, Clone, Default)]
pub(super) struct Name {
    pub(super) key: String,
    /// Spellings with their mentions.
    pub(super) spellings: Vec<(String, u64)>,
    pub(super) persons: u64,
    pub(super) organisations: u64,
    pub(super) mentions: u64,
    /// Whether a mention of it stands for an actor.
    pub(super) is_of_actor: bool,
    /// Where it stands; any order, and repeated where the store returns an article's rows apart.
    pub(super) places: Vec<Place>,
    /// Rows of articles in which the model takes it for such a name more likely than not; any order, perhaps repeated.
    pub(super) sure: Vec<u32>,
}

impl Name {
    pub(super) fn is_person(&self) -> bool {
        self.persons > self.organisations
    }

    /// Takes over what was found under another key.
    pub(super) fn absorb(&mut self, other: Name) {
        self.persons += other.persons;
        self.organisations += other.organisations;
        self.mentions += other.mentions;
        self.is_of_actor |= other.is_of_actor;
        self.spellings.extend(other.spellings);
        self.places.extend(other.places);
        self.sure.extend(other.sure);
    }

    /// Puts places in order, each once.
    pub(super) fn settle(&mut self) {
        self.places.sort_unstable();
        self.places.dedup();
        self.sure.sort_unstable();
        self.sure.dedup();
    }

    /// The most frequent spelling, of equals the shortest, then the first in the alphabet.
    pub(super) fn spelling(&self) -> &str {
        let by_use = |x: &&(String, u64), y: &&(String, u64)| {
            y.1.cmp(&x.1).then(x.0.len().cmp(&y.0.len())).then_with(|| x.0.cmp(&y.0))
        };
        let most = self.spellings.iter().min_by(by_use).map_or(self.key.as_str(), |(text, _)| text);
        if self.is_person() { name::without_possessive(most) } else { most }
    }

    fn count(&mut self, spelling: &str, place: Place, score: f64) {
        self.mentions += 1;
        match self.spellings.iter_mut().find(|(text, _)| text == spelling) {
            Some((_, mentions)) => *mentions += 1,
            None => self.spellings.push((spelling.to_owned(), 1)),
        }
        if self.places.last() != Some(&place) {
            self.places.push(place);
        }
        if score >= LEAST_SCORE && self.sure.last() != Some(&place.0) {
            self.sure.push(place.0);
        }
    }
}

/// Every name of a person or organisation in the articles that count and have a relation, and those of other kinds that are
/// configured. Of the actors' own names only people are kept, behind whom a surname alone may stand.
pub(super) fn names(
    store: &Store,
    table: &ArticleTable,
    candidates: &[Candidate],
    lexicon: &Lexicon,
) -> Result<Vec<Name>, AnalyzeError> {
    let mut counting = Counting {
        table,
        lexicon,
        relations: candidates.iter().map(|candidate| (candidate.row, candidate.sentence_no)).collect(),
        texts: HashMap::new(),
        numbers: HashMap::new(),
        names: Vec::new(),
    };
    let kinds = if lexicon.has_configured() { "" } else { " WHERE type IN ('person', 'organisation')" };
    let sql =
        format!("SELECT article_id, fingerprint, sentence_no, text, type, actor, score FROM mentions{kinds}");
    stream(store, "mentions", &sql, |rows| counting.read(&rows))?;
    Ok(counting.names)
}

struct Counting<'t> {
    table: &'t ArticleTable,
    lexicon: &'t Lexicon,
    /// Row and number of every relation.
    relations: HashSet<Place>,
    /// What every text as found is: a spelling and the number of its name, or no name.
    texts: HashMap<Box<str>, Option<(Box<str>, usize)>>,
    /// Number of a key's name.
    numbers: HashMap<String, usize>,
    names: Vec<Name>,
}

impl Counting<'_> {
    fn read(&mut self, rows: &Rows<'_>) -> Result<(), AnalyzeError> {
        let (ids, fingerprints) = (rows.strings("article_id")?, rows.strings("fingerprint")?);
        let (texts, kinds, actors) = (rows.strings("text")?, rows.strings("type")?, rows.strings("actor")?);
        let numbers = rows.integers("sentence_no")?;
        let scores = Scores::read(rows, &["score".to_owned()])?;
        for i in 0..rows.len() {
            let kind = kinds.value(i).parse().unwrap_or(EntityType::Misc);
            let is_of_actor = text(&actors, i).is_some();
            let Some(row) = self.row(ids.value(i), fingerprints.value(i)) else { continue };
            if is_of_actor && kind != EntityType::Person {
                continue;
            }
            let Some((spelling, number)) = self.named(texts.value(i)) else { continue };
            let is_configured = self.lexicon.configured(&self.names[number].key).is_some();
            if !is_configured && !matches!(kind, EntityType::Person | EntityType::Organisation) {
                continue;
            }
            let at = (row, sentence_no(numbers.value(i)));
            let place = if self.relations.contains(&at) { at } else { (row, NO_RELATION) };
            let score = scores.required(0, i, ids.value(i))?;
            let name = &mut self.names[number];
            name.count(&spelling, place, score);
            name.persons += u64::from(kind == EntityType::Person);
            name.organisations += u64::from(kind == EntityType::Organisation);
            name.is_of_actor |= is_of_actor;
        }
        Ok(())
    }

    /// The row of an article that counts and has a relation.
    fn row(&self, id: &str, fingerprint: &str) -> Option<u32> {
        let row = self.table.annotated_row(id, fingerprint)?;
        let counts = self.table.is_counted(row) && self.table.sentences(row, Population::Relations) > 0.0;
        counts.then_some(row as u32)
    }

    /// The spelling of a text and the number of its name, made where it is new.
    fn named(&mut self, raw: &str) -> Option<(Box<str>, usize)> {
        let raw = beginning(raw);
        if let Some(known) = self.texts.get(raw) {
            return known.clone();
        }
        let named = self.spelling(raw).map(|Spelling { text, key }| {
            let next = self.names.len();
            let number = *self.numbers.entry(key.clone()).or_insert(next);
            if number == next {
                self.names.push(Name { key, ..Name::default() });
            }
            (text.into_boxed_str(), number)
        });
        self.texts.insert(raw.into(), named.clone());
        named
    }

    /// A configured name is one, whatever it looks like.
    fn spelling(&self, raw: &str) -> Option<Spelling> {
        let text = name::displayed(raw);
        let key = name::key(&text);
        if self.lexicon.configured(&key).is_some() {
            Some(Spelling { text, key })
        } else {
            name::spelling(raw)
        }
    }
}

/// At most [`LONGEST_TEXT`] bytes of the text, in whole characters.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_TEXT)]
}
