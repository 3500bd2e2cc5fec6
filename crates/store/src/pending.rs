//! The articles that still need annotation, streamed.

use std::collections::{BTreeSet, btree_set};
use std::sync::Arc;

use datafusion::physical_plan::SendableRecordBatchStream;
use dyad_core::Article;
use futures::StreamExt as _;
use tokio::runtime::Runtime;

use crate::columns::Columns;
use crate::ids::IdSet;
use crate::query::Scan;
use crate::records::{ARTICLE_COLUMNS, article};
use crate::{Store, StoreError, Table};

/// Articles without annotation under a fingerprint, as they stood when [`Store::pending`] was called;
/// what is written meanwhile changes nothing here.
pub struct Pending {
    /// Articles that [`Pending::next_chunk`] will give in all.
    pub total_articles: u64,
    /// Articles left out because they are in a language that is not asked for.
    pub skipped_foreign: u64,
    runtime: Arc<Runtime>,
    articles: Scan,
    /// Months that hold wanted articles and were not begun.
    months: btree_set::IntoIter<String>,
    /// The month at work.
    stream: Option<SendableRecordBatchStream>,
    /// Rows read but not yet given, and the first of them.
    rest: Option<(Columns, usize)>,
    choice: Choice,
}

/// Which articles are wanted.
#[derive(Clone)]
struct Choice {
    languages: Vec<String>,
    /// Annotated already, or given before.
    done: IdSet,
}

enum Verdict {
    Wanted,
    Done,
    Foreign,
}

impl Choice {
    /// Judges an article and notes that it was seen, so that none is given twice.
    fn judge(&mut self, id: &str, language: Option<&str>) -> Verdict {
        if !self.done.insert(id) {
            return Verdict::Done;
        }
        match language {
            Some(language) if !self.languages.iter().any(|wanted| wanted == language) => Verdict::Foreign,
            _ => Verdict::Wanted,
        }
    }
}

impl Store {
    /// The articles without annotation under this fingerprint whose language is in the list or unknown.
    /// Two passes over `articles`: one over identifiers now, for the totals; one over the articles
    /// themselves as [`Pending::next_chunk`] asks for them.
    ///
    /// # Errors
    /// A table cannot be read.
    pub fn pending(&self, fingerprint: &str, languages: &[String]) -> Result<Pending, StoreError> {
        let runtime = Arc::clone(self.runtime());
        let articles = runtime.block_on(Scan::new(self.tables(), Table::Articles))?;
        let done = self.with_annotated(|annotated| annotated.under(fingerprint))?;
        let choice = Choice { languages: languages.to_vec(), done };
        let (mut total_articles, mut skipped_foreign) = (0, 0);
        let mut months = BTreeSet::new();
        let mut judge = choice.clone();
        let mut stream = runtime.block_on(articles.stream(&["article_id", "language", "month"], None))?;
        while let Some(columns) = next_columns(&runtime, &mut stream)? {
            let (ids, languages) = (columns.text("article_id")?, columns.text("language")?);
            for ((id, language), month) in ids.iter().zip(languages).zip(columns.text("month")?) {
                match judge.judge(id.unwrap_or_default(), language) {
                    Verdict::Wanted => {
                        total_articles += 1;
                        months.insert(month.unwrap_or_default().to_owned());
                    }
                    Verdict::Foreign => skipped_foreign += 1,
                    Verdict::Done => {}
                }
            }
        }
        let months = months.into_iter();
        Ok(Pending {
            total_articles,
            skipped_foreign,
            runtime,
            articles,
            months,
            stream: None,
            rest: None,
            choice,
        })
    }
}

impl Pending {
    /// The next articles, at most `max_articles` (and at least one, whatever the number); `None` when there
    /// are no more.
    ///
    /// They come month by month, undated ones last: an annotation written in the same chunks then touches
    /// few partitions a commit, and few files are rewritten when a new model replaces it.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn next_chunk(&mut self, max_articles: usize) -> Result<Option<Vec<Article>>, StoreError> {
        let mut chunk = Vec::new();
        while chunk.len() < max_articles.max(1) {
            let Some((columns, row)) = self.next_row()? else { break };
            let id = columns.text("article_id")?.value(row);
            let language = columns.optional_text("language", row)?;
            if let Verdict::Wanted = self.choice.judge(id, language.as_deref()) {
                chunk.push(article(&columns, row)?);
            }
            self.rest = Some((columns, row + 1));
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn next_row(&mut self) -> Result<Option<(Columns, usize)>, StoreError> {
        loop {
            match self.rest.take() {
                Some((columns, row)) if row < columns.len() => return Ok(Some((columns, row))),
                _ => {}
            }
            let stream = match &mut self.stream {
                Some(stream) => stream,
                None => {
                    let Some(month) = self.months.next() else { return Ok(None) };
                    let stream =
                        self.runtime.block_on(self.articles.stream(&ARTICLE_COLUMNS, Some(&month)))?;
                    self.stream.insert(stream)
                }
            };
            match next_columns(&self.runtime, stream)? {
                Some(columns) => self.rest = Some((columns, 0)),
                None => self.stream = None,
            }
        }
    }
}

fn next_columns(
    runtime: &Runtime,
    stream: &mut SendableRecordBatchStream,
) -> Result<Option<Columns>, StoreError> {
    let Some(batch) = runtime.block_on(stream.next()) else { return Ok(None) };
    let batch = batch.map_err(|error| StoreError::read(Table::Articles, error))?;
    Columns::new(Table::Articles, &batch).map(Some)
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending")
            .field("total_articles", &self.total_articles)
            .field("skipped_foreign", &self.skipped_foreign)
            .finish_non_exhaustive()
    }
}
