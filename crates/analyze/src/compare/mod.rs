//! Comparisons: outlets with each other, groups of outlets, the time before and after a day, and other pairs of actors.

mod dyads;
mod groups;
mod model;
mod shrinkage;
mod split;
#[cfg(test)]
mod tests;

pub use dyads::check_against;
pub use model::{BeforeAfter, DyadMetric, GroupMetric, OtherDyad, SourceGroup, SplitMetric};

pub(crate) use dyads::other_dyads;
pub(crate) use groups::source_groups;
pub(crate) use shrinkage::shrunken;
pub(crate) use split::before_after;
