//! What can be wrong with a configuration that parses.

use crate::Side;

/// A configuration that parses but makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// An actor or one of its names is empty.
    #[error(
        "actors.{side}: every name must hold at least one character; write name = \"…\" and remove empty aliases"
    )]
    EmptyName {
        /// The side with the empty name.
        side: Side,
    },
    /// One name stands for both actors.
    #[error("actors: '{name}' stands for both A and B; remove it from one of them")]
    SharedName {
        /// The name found twice.
        name: String,
    },
    /// No name of a field is there for the text, so that no record could become an article.
    #[error("input.fields.text: names no field; write e.g. text = [\"text\", \"body\"] or remove the line")]
    NoTextField,
    /// A number outside its range.
    #[error("{field}: out of range, allowed is {allowed}")]
    OutOfRange {
        /// Path of the field in `dyad.toml`.
        field: &'static str,
        /// The range in words.
        allowed: &'static str,
    },
    /// A group of outlets has no name, or that of the group of all others.
    #[error(
        "report.source_groups: \"{name}\" cannot name a group; write a name, and not \"other\", which stands for the outlets in no group"
    )]
    GroupName {
        /// The name.
        name: String,
    },
    /// A group of outlets has none.
    #[error(
        "report.source_groups: \"{group}\" names no outlet, or one without a name; list outlets such as [\"Reuters\", \"AP\"], or remove the group"
    )]
    EmptyGroup {
        /// The group.
        group: String,
    },
    /// An outlet is in two groups.
    #[error(
        "report.source_groups: the outlet \"{outlet}\" is in \"{first}\" and in \"{second}\"; remove it from one of them",
        first = .groups[0],
        second = .groups[1]
    )]
    OutletTwice {
        /// The outlet, as the second group writes it.
        outlet: String,
        /// The two groups.
        groups: [String; 2],
    },
    /// Frames are defined, but no model reads the definitions.
    #[error(
        "frames: the joint model has its own frames and reads no [[frames]]; fit a head on labelled examples (dyad models train-frames) or name a zero-shot model as model.frames, or remove [[frames]]"
    )]
    FramesWithoutModel,
    /// A frame's name cannot be a column.
    #[error("frames: name = \"{name}\" {rule}", rule = crate::FRAME_NAME_RULE)]
    FrameName {
        /// The name.
        name: String,
    },
    /// Two frames have one name.
    #[error("frames: name = \"{name}\" is there twice; every frame needs a name of its own")]
    FrameTwice {
        /// The name.
        name: String,
    },
    /// A frame says nothing to a model.
    #[error(
        "frames: \"{name}\" has no description; write what such a sentence says, such as \"{{A}} and {{B}} compete with each other.\""
    )]
    FrameDescription {
        /// The frame.
        name: String,
    },
    /// A name of a co-actor holds no letter or digit.
    #[error(
        "co_actors: number {number} has a name without a letter or digit; write name = \"…\" and remove empty aliases"
    )]
    CoActorName {
        /// Which one, from 1.
        number: usize,
    },
    /// A co-actor has a name of an actor.
    #[error(
        "co_actors: '{name}' stands for an actor already; remove it here or from the names of that actor"
    )]
    CoActorIsActor {
        /// The name.
        name: String,
    },
    /// One name stands for two co-actors, or twice for one.
    #[error("co_actors: '{name}' is there twice; every name stands once and for one co-actor")]
    CoActorTwice {
        /// The name.
        name: String,
    },
    /// A description names something else than the two actors.
    #[error(
        "frames: the description of \"{name}\" holds {found}; only {{A}} and {{B}} are replaced, by the two actors"
    )]
    FramePlaceholder {
        /// The frame.
        name: String,
        /// The brackets and what is in them.
        found: String,
    },
}
