use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// Longest name of a frame, in bytes, which are letters, digits and underscores.
const LONGEST_NAME: usize = 40;

/// What [`is_frame_name`] asks for, to follow a name in a message.
pub const FRAME_NAME_RULE: &str = "must be lower-case ASCII letters, digits and underscores, begin with a letter and have at most 40 characters, such as joint_venture";

/// A frame of the user's own, told to a zero-shot model in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameDefinition {
    /// Name, as in columns and reports: see [`is_frame_name`].
    pub name: String,
    /// A statement that follows from a sentence with this frame; `{A}` and `{B}` stand for the two actors as the
    /// sentence names them.
    pub description: String,
}

impl FrameDefinition {
    /// The statement about two actors.
    pub fn statement(&self, a: &str, b: &str) -> String {
        // In one pass, so that an actor called "{B}" stays one.
        let parts: Vec<String> = self.description.split("{A}").map(|part| part.replace("{B}", b)).collect();
        parts.join(a)
    }

    /// The first `{…}` of the description that stands for no actor, to its closing bracket or the end.
    fn unknown_placeholder(&self) -> Option<&str> {
        let text = &self.description;
        text.match_indices('{').map(|(start, _)| &text[start..]).find_map(|rest| {
            let is_actor = rest.starts_with("{A}") || rest.starts_with("{B}");
            (!is_actor).then(|| rest.find('}').map_or(rest, |end| &rest[..=end]))
        })
    }
}

/// Whether a frame may have this name, which becomes part of a column's: a lower-case ASCII letter, then such letters, digits
/// and underscores, 40 characters at most.
pub fn is_frame_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Checks the frames of a configuration: names, each once, and a description that names no one but the two actors.
pub(crate) fn check(frames: &[FrameDefinition]) -> Result<(), ConfigError> {
    for (place, frame) in frames.iter().enumerate() {
        let name = frame.name.clone();
        if !is_frame_name(&name) {
            return Err(ConfigError::FrameName { name });
        }
        if frames[..place].iter().any(|other| other.name == name) {
            return Err(ConfigError::FrameTwice { name });
        }
        if frame.description.trim().is_empty() {
            return Err(ConfigError::FrameDescription { name });
        }
        if let Some(found) = frame.unknown_placeholder() {
            return Err(ConfigError::FramePlaceholder { name, found: found.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str, description: &str) -> FrameDefinition {
        FrameDefinition { name: name.to_owned(), description: description.to_owned() }
    }

    #[test]
    fn actors_are_put_in_for_their_letters() {
        let frame = frame("rivalry", "{A} and {B} compete; {A} leads.");
        assert_eq!(frame.statement("Azure", "{A}"), "Azure and {A} compete; Azure leads.");
    }

    #[test]
    fn a_name_is_a_letter_and_then_letters_digits_and_underscores() {
        let longest = "a".repeat(LONGEST_NAME);
        for good in ["a", "ip_2", "joint_venture", "x_", &longest] {
            assert!(is_frame_name(good), "{good}");
        }
        let too_long = "a".repeat(LONGEST_NAME + 1);
        for bad in ["", "_", "_a", "2nd", "a-b", "Deal", "a b", "é", &too_long] {
            assert!(!is_frame_name(bad), "{bad}");
        }
    }

    #[test]
    fn frames_are_named_once_and_described() {
        let said = |frames: &[FrameDefinition]| check(frames).map_err(|error| error.to_string());
        assert_eq!(said(&[frame("joint_venture", "{A}"), frame("love", "x {B}}")]), Ok(()));
        for (frames, expected) in [
            (vec![frame("Joint venture", "x")], "\"Joint venture\""),
            (vec![frame("", "x")], "lower-case"),
            (vec![frame("love", "x"), frame("love", "y")], "twice"),
            (vec![frame("love", " ")], "description"),
            (vec![frame("love", "{A} loves {b}.")], "\"love\" holds {b}"),
            (vec![frame("love", "{A} loves {B")], "\"love\" holds {B"),
            (vec![frame("love", "{{A}} loves {B}")], "\"love\" holds {{A}"),
        ] {
            let error = said(&frames).expect_err("refused");
            assert!(error.contains(expected), "{error}");
        }
    }
}
