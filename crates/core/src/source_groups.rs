//! Groups of outlets that the report compares with each other.

use std::collections::{BTreeMap, HashMap};

use crate::ConfigError;

/// Name of the group of all outlets that are in no other.
pub const OTHER_GROUP: &str = "other";

/// An outlet's name as groups compare it: without case, and without spaces around it.
pub fn outlet_key(outlet: &str) -> String {
    outlet.trim().to_lowercase()
}

/// Checks that every group has a name of its own and outlets, each in one group only.
pub(crate) fn check(groups: &BTreeMap<String, Vec<String>>) -> Result<(), ConfigError> {
    let mut taken = HashMap::<String, &str>::new();
    for (name, outlets) in groups {
        if name.trim().is_empty() || outlet_key(name) == OTHER_GROUP {
            return Err(ConfigError::GroupName { name: name.clone() });
        }
        if outlets.is_empty() || outlets.iter().any(|outlet| outlet.trim().is_empty()) {
            return Err(ConfigError::EmptyGroup { group: name.clone() });
        }
        for outlet in outlets {
            let other = taken.insert(outlet_key(outlet), name);
            if let Some(other) = other.filter(|&other| other != name) {
                return Err(ConfigError::OutletTwice {
                    outlet: outlet.clone(),
                    groups: [other.to_owned(), name.clone()],
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(groups: &[(&str, &[&str])]) -> Result<(), String> {
        let list = |outlets: &[&str]| outlets.iter().map(|&outlet| outlet.to_owned()).collect();
        let groups = groups.iter().map(|&(name, outlets)| (name.to_owned(), list(outlets))).collect();
        check(&groups).map_err(|error| error.to_string())
    }

    #[test]
    fn an_outlet_is_in_one_group_and_every_group_has_one() {
        assert_eq!(said(&[]), Ok(()));
        assert_eq!(said(&[("agencies", &["Reuters", "AP", "reuters"]), ("tech", &["The Verge"])]), Ok(()));
        for (groups, expected) in [
            (&[("agencies", &[] as &[&str])] as &[(&str, &[&str])], "\"agencies\" names no outlet"),
            (&[("agencies", &["Reuters", " "])], "\"agencies\" names no outlet"),
            (&[(" ", &["Reuters"])], "\" \""),
            (&[("Other", &["Reuters"])], "\"Other\""),
            (&[("agencies", &["Reuters"]), ("tech", &["Wired", " REUTERS"])], "\"agencies\" and in \"tech\""),
        ] {
            let error = said(groups).expect_err("refused");
            assert!(error.starts_with("report.source_groups") && error.contains(expected), "{error}");
        }
    }
}
