//! One module a command.

pub mod annotate;
pub mod extract;
pub mod ingest;
pub mod models;
pub mod query;
pub mod report;
pub mod run;
pub mod store;
