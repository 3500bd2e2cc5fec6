//! The store of Dyad: six Delta tables in a folder, and a DataFusion session to ask them.
//!
//! ```text
//! STORE/
//!   dyad-store.json     {"version":1}: marks the folder as a store and tells its layout
//!   dyad-store.lock     held by the one process that writes
//!   articles/ sentences/ mentions/ relations/   partitioned by `month` ("2024-07" or "undated")
//!   rejects/ runs/
//! ```
//!
//! Any reader of Delta Lake (Polars, DuckDB, pandas, Spark) opens the folders directly; older versions of
//! a table stay readable ([`Store::open_as_of`]) until [`Store::compact`] removes what only they need.
//!
//! # What is atomic
//! Every append is one Delta commit of one table. Annotation touches three tables, so its order matters:
//! `mentions` and `relations` are appended first, then **one commit of `sentences` makes the annotation
//! count**: an article is annotated under a fingerprint exactly when `sentences` has a row of it with that
//! fingerprint. That one commit also removes the sentences of an older fingerprint. What a crash leaves in
//! `mentions` or `relations` without its sentences is found and removed by [`Store::recover`].
//!
//! # Where it can be called from
//! The API is synchronous and owns a small tokio runtime. Inside another runtime call it through
//! `spawn_blocking`; a runtime cannot block within a runtime.
#![deny(missing_docs)]

mod annotations;
mod changes;
mod columns;
mod compact;
mod encode;
mod error;
mod folder;
mod history;
mod ids;
mod layout;
mod member;
mod output;
mod pending;
mod query;
mod records;
mod schema;
mod store;
mod tables;
#[cfg(test)]
mod tests;

pub use datafusion::arrow;
pub use datafusion::arrow::array::RecordBatch;

pub use annotations::RecoveryCounts;
pub use changes::{ContentDigest, StoredArticle};
pub use compact::CompactCounts;
pub use error::StoreError;
pub use output::QueryFormat;
pub use pending::Pending;
pub use records::RunRecord;
pub use schema::{Table, frame_column};
pub use store::{Store, StoreCounts};
