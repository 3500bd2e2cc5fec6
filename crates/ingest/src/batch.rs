use std::sync::Arc;

use dyad_core::Origin;

use crate::jobs::{self, Item, Job, Layout};
use crate::produce::Stopped;
use crate::records::RawRecord;
use crate::stream::{Compression, read_failure};

/// A batch is sent when it holds this many bytes of records …
const BATCH_BYTES: usize = 256 << 10;
/// … or this many records.
const BATCH_RECORDS: usize = 128;

/// Records of one file that will be parsed together.
pub(crate) struct Batch {
    file: Arc<str>,
    layout: Layout,
    items: Vec<Item>,
    bytes: usize,
    is_first: bool,
}

impl Batch {
    pub(crate) fn new(file: Arc<str>, layout: Layout) -> Self {
        Self { file, layout, items: Vec::new(), bytes: 0, is_first: true }
    }

    pub(crate) fn origin(&self, position: u64) -> Origin {
        Origin { file: self.file.to_string(), position }
    }

    pub(crate) fn delimiter(&self) -> u8 {
        match &self.layout {
            Layout::Row(header) => header.delimiter,
            _ => b',',
        }
    }

    pub(crate) fn item(&self, position: u64, record: RawRecord, limit: u64) -> Item {
        if record.too_large {
            return Item::Reject(jobs::too_large(self.origin(position), record.total, limit, &record.bytes));
        }
        Item::Raw { position, bytes: record.bytes }
    }

    pub(crate) fn failure(
        &self,
        (position, raw): (u64, &[u8]),
        compression: Compression,
        error: &std::io::Error,
    ) -> Item {
        Item::Reject(read_failure(compression, self.origin(position), error, raw))
    }

    pub(crate) fn push(
        &mut self,
        item: Item,
        emit: &mut impl FnMut(Job) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        self.bytes += match &item {
            Item::Raw { bytes, .. } => bytes.len(),
            Item::Page { page, .. } => page.bytes.len(),
            Item::Reject(reject) => reject.raw.len(),
        };
        self.items.push(item);
        if self.bytes < BATCH_BYTES && self.items.len() < BATCH_RECORDS {
            return Ok(());
        }
        self.flush(emit)
    }

    pub(crate) fn flush(&mut self, emit: &mut impl FnMut(Job) -> Result<(), Stopped>) -> Result<(), Stopped> {
        self.is_first = false;
        self.bytes = 0;
        let items = std::mem::take(&mut self.items);
        emit(Job::Records { file: self.file.clone(), layout: self.layout.clone(), items })
    }

    /// Sends what is left, or the reject for a file that held no record.
    pub(crate) fn finish(
        mut self,
        if_empty: &str,
        emit: &mut impl FnMut(Job) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        if !self.items.is_empty() {
            return self.flush(emit);
        }
        if self.is_first { emit(Job::Rejected(jobs::empty(&self.file, if_empty))) } else { Ok(()) }
    }
}
