use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// What reading did, counted; `records == articles + rejects`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestCounts {
    /// Records seen: every article and every reject. A file that fails as a whole is one record.
    pub records: u64,
    /// Records that became articles.
    pub articles: u64,
    /// Records, files and folders that did not.
    pub rejects: u64,
    /// Files opened or tried, standard input included; an archive counts, and so does every file in it.
    pub files: u64,
    /// Files in folders and archives left out as descriptions of the corpus (`README`, `LICENSE`, `LICENCE`).
    pub skipped_files: u64,
    /// Files and objects not opened, because they were last changed before [`crate::IngestOptions::modified_since`].
    #[serde(default)]
    pub unchanged_files: u64,
    /// Bytes of all records that were read, after decompression, without line ends.
    pub bytes: u64,
    /// Articles without a date.
    pub undated: u64,
    /// Articles whose date was found in the path of their URL.
    pub dated_by_url: u64,
    /// Articles with a date field that holds no date, or one before 1990 or in the future.
    pub unreadable_dates: u64,
    /// Articles whose text was converted from Markdown, declared or detected.
    pub from_markdown: u64,
    /// Articles taken from HTML pages.
    #[serde(default)]
    pub from_html: u64,
    /// Records of web archives that are no page and so neither article nor reject: requests, metadata, images, redirects.
    #[serde(default)]
    pub other_records: u64,
    /// Articles whose text was HTML in a field of a record or an entry of a feed.
    #[serde(default)]
    pub from_html_fields: u64,
    /// Articles whose language is neither named nor told reliably.
    pub unknown_language: u64,
}

impl AddAssign for IngestCounts {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.articles += other.articles;
        self.rejects += other.rejects;
        self.files += other.files;
        self.skipped_files += other.skipped_files;
        self.unchanged_files += other.unchanged_files;
        self.bytes += other.bytes;
        self.undated += other.undated;
        self.dated_by_url += other.dated_by_url;
        self.unreadable_dates += other.unreadable_dates;
        self.from_markdown += other.from_markdown;
        self.from_html += other.from_html;
        self.other_records += other.other_records;
        self.from_html_fields += other.from_html_fields;
        self.unknown_language += other.unknown_language;
    }
}
