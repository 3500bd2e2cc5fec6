//! Articles that came again with other content: their rows are replaced and their annotation goes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use dyad_core::{Article, ArticleId};

use crate::member::article_id_in;
use crate::{Store, StoreError, Table, encode};

/// Tells whether an article that comes again has changed: 64 bits of the blake3 hash of title, text and
/// publication time (in microseconds, as the store keeps it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest(u64);

impl ContentDigest {
    /// The digest of an article as it was read.
    pub fn of(article: &Article) -> Self {
        Self::new(article.title.as_deref(), &article.text, article.published)
    }

    fn new(title: Option<&str>, text: &str, published: Option<DateTime<Utc>>) -> Self {
        let mut hasher = blake3::Hasher::new();
        // A length before each part, so that no two articles run together into the same bytes.
        for part in [title.unwrap_or_default(), text] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        if let Some(published) = published {
            hasher.update(&published.timestamp_micros().to_le_bytes());
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Self(u64::from_le_bytes(first))
    }
}

/// What an ingest needs to know of an article that the store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArticle {
    /// Its identifier.
    pub article_id: ArticleId,
    /// Its text.
    pub text: String,
    /// The earlier article of which it is a near-copy.
    pub duplicate_of: Option<ArticleId>,
    /// What tells whether it has changed.
    pub digest: ContentDigest,
}

impl Store {
    /// Calls `f` with every article, holding a few hundred at a time.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn for_each_article(&self, f: &mut dyn FnMut(StoredArticle)) -> Result<(), StoreError> {
        let names = ["article_id", "title", "text", "published", "duplicate_of"];
        self.scan(Table::Articles, &names, &mut |columns| {
            let (ids, texts) = (columns.text("article_id")?, columns.text("text")?);
            for row in 0..columns.len() {
                let (title, text) = (columns.optional_text("title", row)?, texts.value(row));
                let digest = ContentDigest::new(title.as_deref(), text, columns.time("published", row)?);
                let article_id = ArticleId(ids.value(row).to_owned());
                let duplicate_of = columns.optional_text("duplicate_of", row)?.map(ArticleId);
                f(StoredArticle { article_id, text: text.to_owned(), duplicate_of, digest });
            }
            Ok(())
        })
    }

    /// Puts articles in the place of those with the same identifiers, whose annotation is removed. The
    /// earlier rows stay reachable with [`Store::open_as_of`].
    ///
    /// The annotation goes first: after a crash in between, the article is as it was and waits to be
    /// annotated, and the next ingest finds the change again.
    ///
    /// # Errors
    /// The store is read-only, a text exceeds 1 GiB, or the file system refuses.
    pub fn replace_articles(&self, run_id: &str, articles: &[Article]) -> Result<(), StoreError> {
        let mut writer = self.writer()?;
        if articles.is_empty() {
            return Ok(());
        }
        let rows = encode::article_rows(run_id, articles)?;
        let ids: BTreeSet<&str> = articles.iter().map(|article| article.article_id.as_str()).collect();
        self.remove_annotations(&mut writer, &ids)?;
        self.block_on(self.tables().replace(Table::Articles, article_id_in(ids), rows, None))
    }
}
