//! The nouns of Dyad: what an article, a mention, a relation, a frame or a period is.
//!
//! This crate does no I/O and knows no runtime; every other crate speaks in its types. One word has
//! one meaning throughout the project:
//!
//! - an *actor* is one side of the dyad, [`Side::A`] or [`Side::B`], with aliases, people and products;
//! - a *mention* is a span of a sentence with an entity type and perhaps an actor;
//! - a *relation* is one sentence in which both actors are mentioned;
//! - a *reject* is an input that could not become an article.
//!
//! Spans are byte ranges into UTF-8 text, end exclusive.
#![deny(missing_docs)]

mod actor;
mod annotation;
mod article;
mod co_actor;
mod config;
mod config_error;
mod frame;
mod grains;
mod mention;
mod optional_day;
mod period;
mod polarity;
mod reject;
mod relation;
mod report_format;
mod source_groups;
mod span;

pub use actor::{Actor, Side};
pub use annotation::{AnnotatedArticle, AnnotatedSentence, AnnotationCounts};
pub use article::{Article, ArticleId, Origin, PublishedFrom, Sentence};
pub use co_actor::{CoActorDefinition, MAX_CO_ACTORS};
pub use config::{
    Actors, AnnotateConfig, Backend, Config, FieldNames, Grain, InputConfig, ModelConfig, Precision,
    ReportConfig, Scope,
};
pub use config_error::ConfigError;
pub use frame::{FRAME_NAME_RULE, FrameDefinition, is_frame_name};
pub use grains::Grains;
pub use mention::{EntityType, Mention, UnknownEntityType};
pub use period::Period;
pub use polarity::Polarity;
pub use reject::{Reject, RejectCode};
pub use relation::Relation;
pub use report_format::{ReportFormat, UnknownReportFormat};
pub use source_groups::{OTHER_GROUP, outlet_key};
pub use span::Span;
