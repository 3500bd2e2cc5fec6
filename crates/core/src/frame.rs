use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// A frame of the user's own, told to a zero-shot model in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameDefinition {
    /// Name, as in columns and reports: lower-case ASCII letters and underscores.
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
}

/// Whether a frame may have this name: lower-case ASCII letters and underscores, at least one.
pub fn is_frame_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Checks the frames of a configuration: names, each once, and a description.
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
    fn frames_are_named_once_and_described() {
        let said = |frames: &[FrameDefinition]| check(frames).map_err(|error| error.to_string());
        assert_eq!(said(&[frame("joint_venture", "{A}"), frame("love", "x")]), Ok(()));
        for (frames, expected) in [
            (vec![frame("Joint venture", "x")], "\"Joint venture\""),
            (vec![frame("", "x")], "lower-case"),
            (vec![frame("love", "x"), frame("love", "y")], "twice"),
            (vec![frame("love", " ")], "description"),
        ] {
            let error = said(&frames).expect_err("refused");
            assert!(error.contains(expected), "{error}");
        }
    }
}
