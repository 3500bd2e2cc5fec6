//! Which of the names in the configuration gave the articles their fields: what was guessed can then be pinned.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use dyad_core::FieldNames;
use serde_json::{Map, Value};

use crate::fields::Fields;

/// One record in so many is looked at.
const SAMPLED: u64 = 128;
const ROLES: [&str; 7] = ["text", "title", "url", "source", "published", "language", "author"];

/// For each role the names that were used, with the number of sampled records. Shared by threads.
#[derive(Debug, Default)]
pub(crate) struct FieldUse(Mutex<[BTreeMap<String, u64>; ROLES.len()]>);

impl FieldUse {
    /// Notes the names whose fields an article was made of; the record's `position` decides whether it is sampled. A role
    /// for which the configuration has one name only is left out: it is pinned already.
    pub(crate) fn note(
        &self,
        position: u64,
        values: &Map<String, Value>,
        names: &FieldNames,
        now: DateTime<Utc>,
    ) {
        if position % SAMPLED != 1 {
            return;
        }
        let used = Fields::new(values, names).used(now);
        let FieldNames { text, title, url, source, published, language, author } = names;
        let lists = [text, title, url, source, published, language, author];
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ((name, list), counts) in used.into_iter().zip(lists).zip(counts.iter_mut()) {
            if let Some(name) = name.filter(|_| list.len() > 1) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
        }
    }

    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().all(BTreeMap::is_empty)
    }
}

impl fmt::Display for FieldUse {
    /// `text from body, title from headline or title`; the commonest name of each role first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut separator = "";
        for (role, counts) in ROLES.iter().zip(counts.iter()).filter(|(_, counts)| !counts.is_empty()) {
            let mut names: Vec<_> = counts.iter().collect();
            names.sort_by_key(|&(name, count)| (std::cmp::Reverse(*count), name));
            let names: Vec<&str> = names.into_iter().map(|(name, _)| name.as_str()).collect();
            write!(f, "{separator}{role} from {}", names.join(" or "))?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn noted(names: &FieldNames, records: &[(u64, Value)]) -> String {
        let found = FieldUse::default();
        assert!(found.is_empty());
        let now = DateTime::from_timestamp(1_753_963_200, 0).expect("31 July 2025");
        for (position, record) in records {
            found.note(*position, record.as_object().expect("an object"), names, now);
        }
        found.to_string()
    }

    #[test]
    fn the_names_found_are_told_by_role() {
        let records = [
            (1, json!({"body": "A", "Headline": "B", "pubDate": "2024-01-01"})),
            (129, json!({"body": "A", "title": "B", "published": " "})),
            (130, json!({"content": "not sampled"})),
            (257, json!({"body": "A", "title": "B"})),
        ];
        assert_eq!(
            noted(&FieldNames::default(), &records),
            "text from body, title from title or headline, published from pubDate"
        );
    }

    #[test]
    fn only_names_whose_values_count_are_told() {
        let record = json!({
            "text": " ", "body": 5, "content": "A", "url": "a1ee8502", "link": "https://e.com/a",
            "published": "soon", "date": "2024-01-01", "source": {"name": null}, "site": {"name": "The Ledger"},
            "language": "Klingon, they say", "lang": "en"
        });
        assert_eq!(
            noted(&FieldNames::default(), &[(1, record)]),
            "text from content, url from link, source from site, published from date"
        );
    }

    #[test]
    fn a_role_with_one_name_is_pinned_already() {
        let pinned = FieldNames { text: vec!["body".into()], ..FieldNames::default() };
        let record = [(1, json!({"body": "A", "title": "B"}))];
        assert_eq!(noted(&pinned, &record), "title from title");
    }
}
