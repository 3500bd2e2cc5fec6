//! Sets of article identifiers, small enough for a million articles.

use std::collections::{HashMap, HashSet};

/// A set of article identifiers. The usual ones (32 hexadecimal digits) take 16 bytes each instead of a
/// string; any other identifier is kept as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdSet {
    numbers: HashSet<u128>,
    others: HashSet<String>,
}

impl IdSet {
    /// Adds an identifier; whether it was new.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        match number(id) {
            Some(number) => self.numbers.insert(number),
            None if self.others.contains(id) => false,
            None => self.others.insert(id.to_owned()),
        }
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        match number(id) {
            Some(number) => self.numbers.contains(&number),
            None => self.others.contains(id),
        }
    }

    pub(crate) fn remove(&mut self, id: &str) {
        match number(id) {
            Some(number) => self.numbers.remove(&number),
            None => self.others.remove(id),
        };
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len() + self.others.len()
    }
}

/// The number behind 32 lower-case hexadecimal digits; no two such texts share one.
fn number(id: &str) -> Option<u128> {
    let canonical = id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    canonical.then(|| u128::from_str_radix(id, 16).ok()).flatten()
}

/// Which articles are annotated, by fingerprint: what `sentences` says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Annotated {
    by_fingerprint: HashMap<String, IdSet>,
}

impl Annotated {
    pub(crate) fn insert(&mut self, fingerprint: &str, id: &str) {
        match self.by_fingerprint.get_mut(fingerprint) {
            Some(ids) => ids.insert(id),
            None => self.by_fingerprint.entry(fingerprint.to_owned()).or_default().insert(id),
        };
    }

    pub(crate) fn contains(&self, fingerprint: &str, id: &str) -> bool {
        self.by_fingerprint.get(fingerprint).is_some_and(|ids| ids.contains(id))
    }

    /// Whether the article is annotated under any other fingerprint.
    pub(crate) fn is_stale(&self, fingerprint: &str, id: &str) -> bool {
        self.by_fingerprint.iter().any(|(other, ids)| other != fingerprint && ids.contains(id))
    }

    /// Whether the article is annotated under any fingerprint.
    pub(crate) fn is_known(&self, id: &str) -> bool {
        self.by_fingerprint.values().any(|ids| ids.contains(id))
    }

    /// The articles annotated under a fingerprint.
    pub(crate) fn under(&self, fingerprint: &str) -> IdSet {
        self.by_fingerprint.get(fingerprint).cloned().unwrap_or_default()
    }

    /// Records that the article is now annotated under this fingerprint and no other.
    pub(crate) fn replace(&mut self, fingerprint: &str, id: &str) {
        self.by_fingerprint.values_mut().for_each(|ids| ids.remove(id));
        self.insert(fingerprint, id);
    }

    /// How many articles are annotated under any fingerprint.
    pub(crate) fn len(&self) -> usize {
        self.by_fingerprint.values().map(IdSet::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_that_look_alike_stay_apart() {
        let hex = "00000000000000000000000000000abc";
        let mut set = IdSet::default();
        assert!(set.insert(hex));
        assert!(!set.insert(hex));
        for other in ["abc", "00000000000000000000000000000ABC", "+0000000000000000000000000000abc", ""] {
            assert!(!set.contains(other), "{other:?}");
            assert!(set.insert(other) && !set.insert(other), "{other:?}");
        }
        assert_eq!(set.len(), 5);
        set.remove("abc");
        assert!(!set.contains("abc") && set.contains(hex));
    }

    #[test]
    fn a_new_fingerprint_replaces_the_old_one() {
        let mut annotated = Annotated::default();
        annotated.insert("old", "x");
        assert!(annotated.is_stale("new", "x") && !annotated.is_stale("old", "x"));
        annotated.replace("new", "x");
        assert!(annotated.contains("new", "x") && !annotated.contains("old", "x"));
        assert_eq!(annotated.len(), 1);
    }
}
