use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// Most co-actors that a configuration names: as many as a report lists.
pub const MAX_CO_ACTORS: usize = 25;

/// Another organisation or person of the story: its names count as one, and the report lists it before those it
/// finds by itself. A name matches in any case, with or without a leading "the" or a suffix such as "Inc".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoActorDefinition {
    /// The name shown in reports; it is also an alias.
    pub name: String,
    /// Other names.
    #[serde(default)]
    pub aliases: Vec<String>,
}

impl CoActorDefinition {
    /// Every name that stands for the co-actor, its own first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }
}

/// Checks the co-actors of a configuration: not too many, every name there, none twice and none of an actor, whose names
/// are given in lower case.
pub(crate) fn check(co_actors: &[CoActorDefinition], actors: &[String]) -> Result<(), ConfigError> {
    if co_actors.len() > MAX_CO_ACTORS {
        return Err(ConfigError::OutOfRange { field: "co_actors", allowed: "at most 25 of them" });
    }
    let mut seen: Vec<String> = Vec::new();
    for (place, co_actor) in co_actors.iter().enumerate() {
        for name in co_actor.names() {
            if !name.chars().any(char::is_alphanumeric) {
                return Err(ConfigError::CoActorName { number: place + 1 });
            }
            let lower = name.to_lowercase();
            if actors.contains(&lower) {
                return Err(ConfigError::CoActorIsActor { name: name.to_owned() });
            }
            if seen.contains(&lower) {
                return Err(ConfigError::CoActorTwice { name: name.to_owned() });
            }
            seen.push(lower);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn co_actor(name: &str, aliases: &[&str]) -> CoActorDefinition {
        CoActorDefinition {
            name: name.to_owned(),
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        }
    }

    #[test]
    fn a_name_is_there_stands_once_and_for_no_actor() {
        let actors = ["microsoft".to_owned(), "sam altman".to_owned()];
        let said =
            |co_actors: &[CoActorDefinition]| check(co_actors, &actors).map_err(|error| error.to_string());
        assert_eq!(said(&[co_actor("Oracle", &["OCI"]), co_actor("SoftBank", &[])]), Ok(()));
        let many: Vec<_> = (0..=MAX_CO_ACTORS).map(|i| co_actor(&format!("Name {i}"), &[])).collect();
        assert_eq!(said(&many[1..]), Ok(()));
        for (co_actors, expected) in [
            (vec![co_actor("Oracle", &[]), co_actor(" ", &[])], "co_actors: number 2"),
            (vec![co_actor("Oracle", &["…"])], "co_actors: number 1"),
            (vec![co_actor("Oracle", &["ORACLE"])], "'ORACLE' is there twice"),
            (vec![co_actor("Oracle", &["OCI"]), co_actor("oci", &[])], "'oci' is there twice"),
            (vec![co_actor("The CEO", &["Sam Altman"])], "'Sam Altman' stands for an actor"),
            (many, "at most 25"),
        ] {
            let error = said(&co_actors).expect_err("refused");
            assert!(error.contains(expected), "{error}");
        }
    }
}
