//! Writing annotations so that a crash at any moment leaves something [`Store::recover`] can mend.
//!
//! With nothing older in the way an annotation is three appends: mentions, relations, sentences, all
//! noting generation N. Where an older fingerprint must go, the sentences are *replaced* in one commit
//! that notes N+1, and the old mentions and relations are deleted afterwards, noting N+1 as well. Either
//! way the three tables end with equal generations, and the commit of `sentences` is the moment at which
//! the annotation changes: rows of the other two tables whose (article, fingerprint) `sentences` lacks
//! are what remains of a write cut short, before that moment (new rows) or after it (old ones).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use datafusion::prelude::{Expr, col, lit};
use dyad_core::AnnotatedArticle;
use dyad_core::Article;
use serde::{Deserialize, Serialize};

use crate::encode::{self, Annotation, Provenance};
use crate::member::article_id_in;
use crate::schema::check_frames;
use crate::store::Writer;
use crate::{RecordBatch, Store, StoreError, Table};

/// What [`Store::recover`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCounts {
    /// Articles of whose annotation only a part was there.
    pub articles: u64,
    /// Rows of `mentions` without their sentences.
    pub mentions: u64,
    /// Rows of `relations` without their sentences.
    pub relations: u64,
}

/// The rows of one call, built before anything is written.
struct Rows {
    mentions: Vec<RecordBatch>,
    relations: Vec<RecordBatch>,
    sentences: Vec<RecordBatch>,
}

/// Rows without sentences: months and articles, by fingerprint.
#[derive(Default)]
struct Orphans {
    by_fingerprint: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
    rows: u64,
}

impl Store {
    /// Stores the annotations of some articles (about 1,000 a call) and makes them count, replacing
    /// what an older fingerprint said about the same articles.
    ///
    /// `frames` names the frames in the order of every relation's probabilities; each becomes the column
    /// `frame_<name>`.
    ///
    /// # Errors
    /// Nothing is written when the store is read-only, a frame's name cannot be a column, or an article
    /// - comes with another article's annotation, or twice,
    /// - has no sentence (its annotation could not be told from a missing one),
    /// - is already annotated under this fingerprint,
    /// - has a relation with another number of frames.
    ///
    /// When a commit fails, what was written before it does not count, and the next write or
    /// [`Store::recover`] removes it.
    pub fn write_annotations(
        &self,
        run_id: &str,
        fingerprint: &str,
        frames: &[String],
        articles: &[(Article, AnnotatedArticle)],
    ) -> Result<(), StoreError> {
        let mut writer = self.writer()?;
        check_frames(frames)?;
        if articles.is_empty() {
            return Ok(());
        }
        self.with_annotated(|annotated| {
            let is_done = |id: &str| annotated.contains(fingerprint, id);
            check_annotations(frames.len(), articles, &is_done)
        })??;
        let rows = build_rows(Provenance { run_id, fingerprint }, frames, articles)?;
        if writer.generation.is_none() {
            self.recover_with(&mut writer)?;
        }
        // Taken out, so that a failure below makes the next write recover first.
        let generation = writer.generation.take().unwrap_or(0) + 1;
        let written = self.write_rows(rows, fingerprint, articles, generation);
        if written.is_err() {
            self.forget_annotated();
        }
        writer.generation = Some(written?);
        self.with_annotated(|annotated| {
            articles
                .iter()
                .for_each(|(article, _)| annotated.replace(fingerprint, article.article_id.as_str()));
        })
    }

    /// The commits of one call; returns the generation that all three tables then have.
    fn write_rows(
        &self,
        rows: Rows,
        fingerprint: &str,
        articles: &[Annotation],
        generation: i64,
    ) -> Result<i64, StoreError> {
        let stale: Vec<&Article> = self.with_annotated(|annotated| {
            let articles = articles.iter().map(|(article, _)| article);
            articles.filter(|a| annotated.is_stale(fingerprint, a.article_id.as_str())).collect()
        })?;
        self.append_unmarked(rows.mentions, rows.relations, generation)?;
        let tables = self.tables();
        if stale.is_empty() {
            self.block_on(tables.append(Table::Sentences, rows.sentences, Some(generation)))?;
            return Ok(generation);
        }
        let generation = generation + 1;
        let all = articles.iter().map(|(article, _)| article);
        let replaced = tables.replace(Table::Sentences, of_articles(all), rows.sentences, Some(generation));
        self.block_on(replaced)?;
        let old = of_articles(stale.into_iter()).and(col("fingerprint").not_eq(lit(fingerprint)));
        for table in [Table::Mentions, Table::Relations] {
            self.block_on(tables.delete(table, old.clone(), generation))?;
        }
        Ok(generation)
    }

    /// Removes the annotations of some articles, under whichever fingerprint. The commit of `sentences`
    /// comes first: what a crash leaves of the other two is found by [`Store::recover`].
    pub(crate) fn remove_annotations(
        &self,
        writer: &mut Writer,
        ids: &BTreeSet<&str>,
    ) -> Result<(), StoreError> {
        if writer.generation.is_none() {
            self.recover_with(writer)?;
        }
        let known = self.with_annotated(|annotated| ids.iter().any(|id| annotated.is_known(id)))?;
        if !known {
            return Ok(());
        }
        // Taken out, so that a failure below makes the next write recover first.
        let generation = writer.generation.take().unwrap_or(0) + 1;
        let deleted = self.delete_annotations(ids, generation, 3);
        // After the commits: who looked meanwhile may have kept what was there before.
        self.forget_annotated();
        deleted?;
        writer.generation = Some(generation);
        Ok(())
    }

    /// The first `n_tables` commits of a removal, which are three.
    fn delete_annotations(
        &self,
        ids: &BTreeSet<&str>,
        generation: i64,
        n_tables: usize,
    ) -> Result<(), StoreError> {
        let tables = [Table::Sentences, Table::Mentions, Table::Relations];
        tables.into_iter().take(n_tables).try_for_each(|table| {
            let matching = article_id_in(ids.iter().copied());
            self.block_on(self.tables().delete(table, matching, generation))
        })
    }

    /// Does what a crash after so many commits of a removal leaves behind.
    #[cfg(test)]
    pub(crate) fn remove_annotations_and_crash(
        &self,
        ids: &BTreeSet<&str>,
        n_tables: usize,
    ) -> Result<(), StoreError> {
        let generation = self.block_on(self.tables().generation(Table::Sentences))? + 1;
        self.delete_annotations(ids, generation, n_tables)
    }

    /// The commits before the one that counts.
    fn append_unmarked(
        &self,
        mentions: Vec<RecordBatch>,
        relations: Vec<RecordBatch>,
        generation: i64,
    ) -> Result<(), StoreError> {
        self.block_on(self.tables().append(Table::Mentions, mentions, Some(generation)))?;
        self.block_on(self.tables().append(Table::Relations, relations, Some(generation)))
    }

    /// Does what a crash just before the commit of `sentences` leaves behind.
    #[cfg(test)]
    pub(crate) fn write_annotations_and_crash(
        &self,
        fingerprint: &str,
        frames: &[String],
        articles: &[Annotation],
    ) -> Result<(), StoreError> {
        let rows = build_rows(Provenance { run_id: "crashed", fingerprint }, frames, articles)?;
        let generation = self.block_on(self.tables().generation(Table::Sentences))? + 1;
        self.append_unmarked(rows.mentions, rows.relations, generation)
    }

    /// Does what a crash just after the commit of `sentences` leaves behind: the old mentions and
    /// relations are still there.
    #[cfg(test)]
    pub(crate) fn replace_sentences_and_crash(
        &self,
        fingerprint: &str,
        frames: &[String],
        articles: &[Annotation],
    ) -> Result<(), StoreError> {
        self.write_annotations_and_crash(fingerprint, frames, articles)?;
        let rows = build_rows(Provenance { run_id: "crashed", fingerprint }, frames, articles)?;
        let generation = self.block_on(self.tables().generation(Table::Mentions))? + 1;
        let all = of_articles(articles.iter().map(|(article, _)| article));
        self.block_on(self.tables().replace(Table::Sentences, all, rows.sentences, Some(generation)))
    }

    /// Removes what a write cut short left behind. Call it at the start of a writing run; a write does it
    /// itself otherwise. When nothing is wrong it reads three numbers from the log and no row.
    ///
    /// # Errors
    /// The store is read-only, a table cannot be read, or the file system refuses.
    pub fn recover(&self) -> Result<RecoveryCounts, StoreError> {
        let mut writer = self.writer()?;
        self.recover_with(&mut writer)
    }

    fn recover_with(&self, writer: &mut Writer) -> Result<RecoveryCounts, StoreError> {
        let generation = |table| self.block_on(self.tables().generation(table));
        let generations =
            [generation(Table::Mentions)?, generation(Table::Relations)?, generation(Table::Sentences)?];
        let target = generations.into_iter().fold(0, i64::max);
        let mut counts = RecoveryCounts::default();
        if generations.iter().any(|&generation| generation != target) {
            counts = self.remove_orphans(target)?;
        }
        writer.generation = Some(target);
        Ok(counts)
    }

    /// Brings the tables to the target generation, `sentences` last: until then a second crash is seen.
    fn remove_orphans(&self, target: i64) -> Result<RecoveryCounts, StoreError> {
        let mentions = self.orphans(Table::Mentions)?;
        let relations = self.orphans(Table::Relations)?;
        for (table, orphans) in [(Table::Mentions, &mentions), (Table::Relations, &relations)] {
            self.block_on(match orphans.predicate() {
                Some(predicate) => {
                    futures::future::Either::Left(self.tables().delete(table, predicate, target))
                }
                None => futures::future::Either::Right(self.tables().note_generation(table, target)),
            })?;
        }
        self.block_on(self.tables().note_generation(Table::Sentences, target))?;
        let articles: BTreeSet<&String> =
            [&mentions, &relations].into_iter().flat_map(Orphans::articles).collect();
        Ok(RecoveryCounts {
            articles: articles.len() as u64,
            mentions: mentions.rows,
            relations: relations.rows,
        })
    }

    /// The rows of a table whose article `sentences` does not mark under their fingerprint.
    fn orphans(&self, table: Table) -> Result<Orphans, StoreError> {
        let mut orphans = Orphans::default();
        self.with_annotated(|annotated| {
            self.scan(table, &["article_id", "fingerprint", "month"], &mut |columns| {
                let ids = columns.text("article_id")?;
                let (fingerprints, months) = (columns.text("fingerprint")?, columns.text("month")?);
                for row in 0..columns.len() {
                    if !annotated.contains(fingerprints.value(row), ids.value(row)) {
                        orphans.add(fingerprints.value(row), months.value(row), ids.value(row));
                    }
                }
                Ok(())
            })
        })??;
        Ok(orphans)
    }
}

impl Orphans {
    fn add(&mut self, fingerprint: &str, month: &str, article: &str) {
        let (months, articles) = self.by_fingerprint.entry(fingerprint.to_owned()).or_default();
        months.insert(month.to_owned());
        articles.insert(article.to_owned());
        self.rows += 1;
    }

    fn articles(&self) -> impl Iterator<Item = &String> {
        self.by_fingerprint.values().flat_map(|(_, articles)| articles)
    }

    /// A condition that holds for these rows and no others; `None` without any.
    fn predicate(&self) -> Option<Expr> {
        let conditions = self.by_fingerprint.iter().map(|(fingerprint, (months, articles))| {
            col("fingerprint").eq(lit(fingerprint.as_str())).and(in_articles(months, articles))
        });
        conditions.reduce(Expr::or)
    }
}

fn of_articles<'a>(articles: impl Iterator<Item = &'a Article>) -> Expr {
    let (months, ids): (BTreeSet<String>, BTreeSet<String>) =
        articles.map(|article| (encode::month(article), article.article_id.0.clone())).unzip();
    in_articles(&months, &ids)
}

/// The months are not needed to tell the rows apart; they spare the partitions of other months.
fn in_articles(months: &BTreeSet<String>, ids: &BTreeSet<String>) -> Expr {
    let months = months.iter().map(|month| lit(month.as_str())).collect();
    col("month").in_list(months, false).and(article_id_in(ids.iter().map(String::as_str)))
}

fn check_annotations(
    n_frames: usize,
    articles: &[Annotation],
    is_done: &dyn Fn(&str) -> bool,
) -> Result<(), StoreError> {
    let mut seen = HashSet::new();
    for (article, annotated) in articles {
        let article_id = &article.article_id;
        let error = |problem: String| Err(StoreError::Annotation { article_id: article_id.clone(), problem });
        if annotated.article_id != *article_id {
            return error(format!("it belongs to article {}", annotated.article_id));
        }
        if annotated.sentences.is_empty() {
            return error("it has no sentence".to_owned());
        }
        if !seen.insert(article_id.as_str()) {
            return error("the article is given twice".to_owned());
        }
        if is_done(article_id.as_str()) {
            return error("the article is already annotated under this fingerprint".to_owned());
        }
        let relations = annotated.sentences.iter().filter_map(|sentence| sentence.relation.as_ref());
        if let Some(relation) = relations.into_iter().find(|relation| relation.frames.len() != n_frames) {
            return error(format!("a relation has {} frames, expected {n_frames}", relation.frames.len()));
        }
        encode::check_text(Table::Sentences, article)?;
    }
    Ok(())
}

fn build_rows(
    provenance: Provenance<'_>,
    frames: &[String],
    articles: &[Annotation],
) -> Result<Rows, StoreError> {
    let mut rows = Rows { mentions: Vec::new(), relations: Vec::new(), sentences: Vec::new() };
    let bytes = |(article, _): &Annotation| encode::text_bytes(article);
    for group in encode::groups(articles, encode::GROUP_BYTES, bytes) {
        rows.mentions.push(encode::mentions(provenance, group)?);
        rows.relations.push(encode::relations(provenance, frames, group)?);
        rows.sentences.push(encode::sentences(provenance, group)?);
    }
    Ok(rows)
}
