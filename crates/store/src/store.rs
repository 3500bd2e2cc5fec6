//! The store as callers see it: opening, articles, rejects, runs and counts.

use std::collections::HashSet;
use std::fs::File;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use dyad_core::{Article, Reject};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use crate::columns::Columns;
use crate::ids::Annotated;
use crate::query::Scan;
use crate::records::{self, RunRecord};
use crate::tables::Tables;
use crate::{RecordBatch, StoreError, Table, encode, folder, layout};

/// A folder of Delta tables, opened for reading or for writing.
///
/// A store shows every table as it stood when it was opened, and what it wrote itself since. It may be
/// shared between threads; writing calls wait for one another.
pub struct Store {
    path: PathBuf,
    runtime: Arc<Runtime>,
    tables: Tables,
    /// Held by the writer for as long as it lives; `None` for readers.
    lock: Option<File>,
    writer: Mutex<Writer>,
    annotated: Mutex<Option<Annotated>>,
}

/// What only writing needs to remember.
#[derive(Default)]
pub(crate) struct Writer {
    /// The generation of the last complete annotation; `None` until [`Store::recover`] has looked, and
    /// after a failed write.
    pub(crate) generation: Option<i64>,
    /// Digests of the rejects stored; `None` until they are needed.
    reject_digests: Option<HashSet<[u8; 32]>>,
}

/// How much a store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreCounts {
    /// Articles, near-copies included.
    pub articles: u64,
    /// Articles without a date.
    pub undated_articles: u64,
    /// Articles that are near-copies of an earlier one.
    pub duplicate_articles: u64,
    /// Articles annotated, under whichever fingerprint.
    pub annotated_articles: u64,
    /// Sentences of annotated articles, titles included.
    pub sentences: u64,
    /// Mentions in those sentences.
    pub mentions: u64,
    /// Sentences that mention both actors.
    pub relations: u64,
    /// Inputs that could not become articles.
    pub rejects: u64,
    /// Runs that came to their end.
    pub runs: u64,
}

impl Store {
    /// Opens a store for writing, creating the folder and the tables where they are missing.
    ///
    /// # Errors
    /// The path is a file, a folder with other content, or a store of a newer version; another process
    /// writes to it; or the file system refuses.
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let lock = folder::create(path.as_ref())?;
        Self::open_with(path.as_ref(), Some(lock), None)
    }

    /// Opens an existing store for writing.
    ///
    /// # Errors
    /// As [`Store::open_or_create`], and the path is missing or an empty folder.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        folder::check(path.as_ref())?;
        let lock = folder::lock(path.as_ref())?;
        Self::open_with(path.as_ref(), Some(lock), None)
    }

    /// Opens an existing store for reading; works while another process writes to it, and needs no
    /// permission to write.
    ///
    /// # Errors
    /// As [`Store::open_existing`], without the lock.
    pub fn open_existing_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        folder::check(path.as_ref())?;
        Self::open_with(path.as_ref(), None, None)
    }

    /// Opens an existing store for reading as it stood at a time: every table shows its last commit at or
    /// before it. A time before the store was made gives empty tables.
    ///
    /// # Errors
    /// As [`Store::open_existing_read_only`], and the time is before what [`Store::compact`] kept.
    pub fn open_as_of(path: impl AsRef<Path>, at: DateTime<Utc>) -> Result<Self, StoreError> {
        let kept_since = folder::check(path.as_ref())?.kept_since;
        if let Some(kept_since) = kept_since.filter(|&since| at < since) {
            return Err(StoreError::NoLongerKept { path: path.as_ref().to_owned(), at, kept_since });
        }
        Self::open_with(path.as_ref(), None, Some(at))
    }

    fn open_with(path: &Path, lock: Option<File>, at: Option<DateTime<Utc>>) -> Result<Self, StoreError> {
        let path = folder::absolute(path)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("dyad-store")
            .enable_all()
            .build()
            .map_err(|source| StoreError::Io {
                path: path.clone(),
                action: "start threads for the store",
                source,
            })?;
        let tables = match lock {
            Some(_) => {
                let tables = runtime.block_on(Tables::open_or_create(&path))?;
                runtime.block_on(layout::migrate(&tables))?;
                // Last, so that a migration cut short is taken up again.
                folder::note_layout(&path)?;
                tables
            }
            None => runtime.block_on(Tables::open(&path, at))?,
        };
        let runtime = Arc::new(runtime);
        Ok(Self { path, runtime, tables, lock, writer: Mutex::default(), annotated: Mutex::default() })
    }

    /// The folder, without links and dots.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends articles in one commit. The caller gives none whose identifier is in
    /// [`Store::for_each_article`], and none twice.
    ///
    /// # Errors
    /// Nothing of the call is stored when the store is read-only, a text exceeds 1 GiB, or the file
    /// system refuses.
    pub fn append_articles(&self, run_id: &str, articles: &[Article]) -> Result<(), StoreError> {
        let _writer = self.writer()?;
        let rows = encode::article_rows(run_id, articles)?;
        if rows.is_empty() {
            return Ok(());
        }
        self.block_on(self.tables.append(Table::Articles, rows, None))
    }

    /// Appends rejects in one commit, leaving out those already stored (same file, position, code and
    /// raw bytes). Returns how many were new.
    ///
    /// # Errors
    /// Nothing of the call is stored when the store is read-only or the file system refuses.
    pub fn append_rejects(&self, run_id: &str, rejects: &[Reject]) -> Result<u64, StoreError> {
        let mut writer = self.writer()?;
        if rejects.is_empty() {
            return Ok(0);
        }
        let mut stored = match writer.reject_digests.take() {
            Some(digests) => digests,
            None => self.reject_digests()?,
        };
        let new: Vec<&Reject> = rejects.iter().filter(|reject| stored.insert(digest_of(reject))).collect();
        if !new.is_empty() {
            let rows = encode::rejects(run_id, Utc::now(), &new)?;
            self.block_on(self.tables.append(Table::Rejects, vec![rows], None))?;
        }
        // Only now: a failed append leaves the digests to be read anew.
        writer.reject_digests = Some(stored);
        Ok(new.len() as u64)
    }

    fn reject_digests(&self) -> Result<HashSet<[u8; 32]>, StoreError> {
        let mut digests = HashSet::new();
        self.scan(Table::Rejects, &["file", "position", "code", "raw"], &mut |columns| {
            let (files, codes, raws) = (columns.text("file")?, columns.text("code")?, columns.text("raw")?);
            for row in 0..columns.len() {
                let position = columns.count("position", row)?;
                digests.insert(digest(files.value(row), position, codes.value(row), raws.value(row)));
            }
            Ok(())
        })?;
        Ok(digests)
    }

    /// Appends the record of a run; call it once, at the run's end.
    ///
    /// # Errors
    /// The store is read-only or the file system refuses.
    pub fn append_run(&self, run: &RunRecord) -> Result<(), StoreError> {
        let _writer = self.writer()?;
        let rows = encode::run(run)?;
        self.block_on(self.tables.append(Table::Runs, vec![rows], None))
    }

    /// The run that ended last; `None` before the first.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn last_run(&self) -> Result<Option<RunRecord>, StoreError> {
        let latest = self.query("SELECT * FROM runs ORDER BY finished_at DESC, started_at DESC LIMIT 1")?;
        match latest.iter().find(|batch| batch.num_rows() > 0) {
            Some(batch) => records::run(&Columns::new(Table::Runs, batch)?, 0).map(Some),
            None => Ok(None),
        }
    }

    /// Every run that came to its end, the last one last.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        let mut runs = Vec::new();
        for batch in self.query("SELECT * FROM runs ORDER BY finished_at, started_at")? {
            let columns = Columns::new(Table::Runs, &batch)?;
            for row in 0..columns.len() {
                runs.push(records::run(&columns, row)?);
            }
        }
        Ok(runs)
    }

    /// How much the store holds.
    ///
    /// # Errors
    /// A table cannot be read.
    pub fn counts(&self) -> Result<StoreCounts, StoreError> {
        let articles = "SELECT count(*) AS n, count(*) - count(published) AS undated, \
                        count(duplicate_of) AS duplicates FROM articles";
        let batch = self.query(articles)?;
        let count = |batches: &[RecordBatch], table, column| -> Result<u64, StoreError> {
            match batches.iter().find(|batch| batch.num_rows() > 0) {
                Some(batch) => Columns::new(table, batch)?.count(column, 0),
                None => Ok(0),
            }
        };
        let rows =
            |table: Table| count(&self.query(&format!("SELECT count(*) AS n FROM {table}"))?, table, "n");
        Ok(StoreCounts {
            articles: count(&batch, Table::Articles, "n")?,
            undated_articles: count(&batch, Table::Articles, "undated")?,
            duplicate_articles: count(&batch, Table::Articles, "duplicates")?,
            annotated_articles: self.with_annotated(|annotated| annotated.len() as u64)?,
            sentences: rows(Table::Sentences)?,
            mentions: rows(Table::Mentions)?,
            relations: rows(Table::Relations)?,
            rejects: rows(Table::Rejects)?,
            runs: rows(Table::Runs)?,
        })
    }

    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    pub(crate) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The writer's memory, which also keeps two writing calls apart.
    pub(crate) fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        match self.lock {
            Some(_) => Ok(self.writer.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Err(StoreError::ReadOnly { path: self.path.clone() }),
        }
    }

    /// What `sentences` says about which articles are annotated; read once, then kept up to date.
    pub(crate) fn with_annotated<T>(&self, f: impl FnOnce(&mut Annotated) -> T) -> Result<T, StoreError> {
        let mut cached = self.annotated.lock().unwrap_or_else(PoisonError::into_inner);
        let mut annotated = match cached.take() {
            Some(annotated) => annotated,
            None => self.read_annotated()?,
        };
        let result = f(&mut annotated);
        *cached = Some(annotated);
        Ok(result)
    }

    /// Forgets what was read, after a write whose outcome is not known.
    pub(crate) fn forget_annotated(&self) {
        *self.annotated.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn read_annotated(&self) -> Result<Annotated, StoreError> {
        let mut annotated = Annotated::default();
        self.scan(Table::Sentences, &["article_id", "fingerprint"], &mut |columns| {
            let (ids, fingerprints) = (columns.text("article_id")?, columns.text("fingerprint")?);
            let mut last = None;
            for pair in ids.iter().flatten().zip(fingerprints.iter().flatten()) {
                // The sentences of an article stand together: most rows repeat the row before.
                if last != Some(pair) {
                    annotated.insert(pair.1, pair.0);
                    last = Some(pair);
                }
            }
            Ok(())
        })?;
        Ok(annotated)
    }

    /// Streams some columns of a table through `f`, in the table's order, a few hundred rows at a time.
    pub(crate) fn scan(
        &self,
        table: Table,
        columns: &[&str],
        f: &mut dyn FnMut(&Columns) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut stream =
            self.block_on(async { Scan::new(&self.tables, table).await?.stream(columns, None).await })?;
        while let Some(batch) = self.block_on(stream.next()) {
            let batch = batch.map_err(|error| StoreError::read(table, error))?;
            f(&Columns::new(table, &batch)?)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).field("writes", &self.lock.is_some()).finish()
    }
}

fn digest_of(reject: &Reject) -> [u8; 32] {
    digest(&reject.origin.file, reject.origin.position, reject.code.as_str(), &reject.raw)
}

/// Lengths go in, too, so that no two different rejects run together into the same bytes.
fn digest(file: &str, position: u64, code: &str, raw: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&position.to_le_bytes());
    for part in [file, code, raw] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}
