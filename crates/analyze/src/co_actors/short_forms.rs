//! Surnames and initials, and the full names they stand for.

use std::collections::HashMap;

use super::lexicon::Lexicon;
use super::mentions::Name;
use super::name;

/// The full names that surnames and initials may stand for.
pub(super) struct ShortForms {
    /// By the number of the short name: numbers of full names, `None` for one of an actor that no article has.
    full: HashMap<usize, Vec<Option<usize>>>,
    /// Short names of two letters, which are believed only where the article has the full one.
    two_letters: Vec<usize>,
}

impl ShortForms {
    /// Looks for a full name behind every surname of a person and all initials. `names` are sorted by key.
    pub(super) fn new(names: &[Name], lexicon: &Lexicon) -> Self {
        let mut shorts: HashMap<&str, usize> = HashMap::new();
        let mut two_letters = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let is_acronym = !name.is_person() && name::is_acronym(name.spelling());
            if is_acronym || name.is_person() && name::is_surname(&name.key) {
                shorts.insert(&name.key, number);
                two_letters.extend((is_acronym && name.key.chars().count() == 2).then_some(number));
            }
        }
        let mut found: HashMap<usize, Vec<(&str, Option<usize>)>> = HashMap::new();
        let mut add = |short: &str, key, full, of_persons: bool| {
            if let Some(&number) = shorts.get(short)
                && names[number].is_person() == of_persons
            {
                found.entry(number).or_default().push((key, full));
            }
        };
        for (number, name) in names.iter().enumerate() {
            if !name.is_of_actor && name.sure.is_empty() {
                continue;
            }
            if name.is_person() {
                endings(&name.key).for_each(|ending| add(ending, &name.key, Some(number), true));
            } else if let Some([all, main]) = name::initials(&name.key) {
                add(&all, &name.key, Some(number), false);
                if main != all {
                    add(&main, &name.key, Some(number), false);
                }
            }
        }
        for key in lexicon.actors().filter(|key| names.binary_search_by(|n| n.key.as_str().cmp(key)).is_err())
        {
            endings(key).for_each(|ending| add(ending, key, None, true));
        }
        let full = found.into_iter().map(|(short, full)| (short, without_longer(full))).collect();
        Self { full, two_letters }
    }

    /// The full name that a short one stands for in the article of a row: the only one there, or where there is none, the
    /// only one anywhere. `None` where there is no such name, `Some(None)` for one of an actor that no article has.
    pub(super) fn full_name(&self, names: &[Name], short: usize, row: u32) -> Option<Option<usize>> {
        let all = self.full.get(&short)?;
        let mut here = all.iter().filter(|full| full.is_some_and(|full| has(&names[full], row)));
        match (here.next(), here.next(), all.as_slice()) {
            (Some(&only), None, _) => Some(only),
            (None, _, &[only]) if !self.two_letters.contains(&short) => Some(only),
            _ => None,
        }
    }
}

fn has(name: &Name, row: u32) -> bool {
    name.places.get(name.places.partition_point(|place| place.0 < row)).is_some_and(|place| place.0 == row)
}

/// The key without its first word, its first two and so on.
fn endings(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices(' ').map(|(at, _)| &key[at + 1..])
}

/// Leaves out names that end with another of them, such as "Chief Sam Altman" where there is "Sam Altman".
fn without_longer(full: Vec<(&str, Option<usize>)>) -> Vec<Option<usize>> {
    let is_longer = |key: &str| full.iter().any(|&(other, _)| endings(key).any(|ending| ending == other));
    full.iter().filter(|(key, _)| !is_longer(key)).map(|&(_, number)| number).collect()
}
