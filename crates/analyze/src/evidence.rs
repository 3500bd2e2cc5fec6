//! Which relations stand on the page, and everything needed to check them.

use std::collections::HashMap;

use chrono::{Datelike as _, NaiveDate};
use dyad_core::{Side, Span};
use dyad_store::Store;

use crate::model::Evidence;
use crate::rows::{Scores, stream, text};
use crate::table::{ArticleTable, Candidate, RELATIONS_SQL, RelationScores, relation_columns, sentence_no};
use crate::{AnalyzeError, AnalyzeOptions};

/// The relations to embed, by date, undated last. Only their texts are held.
pub(crate) fn evidence(
    store: &Store,
    table: &ArticleTable,
    candidates: Vec<Candidate>,
    options: &AnalyzeOptions,
) -> Result<Vec<Evidence>, AnalyzeError> {
    let mut kept = select(table, candidates, options.report.max_evidence);
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    kept.sort_by_cached_key(|candidate| {
        let article = &table.articles[candidate.row as usize];
        (article.date.is_none(), article.date, article.id.clone(), candidate.sentence_no)
    });
    let mut page = Page {
        places: kept.iter().enumerate().map(|(place, c)| ((c.row, c.sentence_no), place)).collect(),
        evidence: kept.iter().map(|candidate| blank(table, candidate)).collect(),
        table,
    };
    page.read_scores(store, &options.frames)?;
    page.read_texts(store)?;
    page.read_mentions(store)?;
    page.read_articles(store)?;
    match page.evidence.iter().find(|evidence| evidence.text.is_empty()) {
        Some(evidence) => Err(AnalyzeError::Missing {
            wanted: "the sentence of a relation",
            article_id: evidence.article_id.clone(),
        }),
        None => Ok(page.evidence),
    }
}

/// The candidates that count, at most `most` of them: every month keeps those of its relations that carry
/// most weight, and no month gives up its last but one while another keeps more.
fn select(table: &ArticleTable, candidates: Vec<Candidate>, most: usize) -> Vec<Candidate> {
    let mut months = HashMap::<Option<(i32, u32)>, Vec<Candidate>>::new();
    for candidate in candidates {
        if table.is_counted(candidate.row as usize) {
            let date = table.articles[candidate.row as usize].date;
            months
                .entry(date.map(|date: NaiveDate| (date.year(), date.month())))
                .or_default()
                .push(candidate);
        }
    }
    let by_weight = |x: &Candidate, y: &Candidate| {
        let id = |c: &Candidate| (&table.articles[c.row as usize].id, c.sentence_no);
        y.weight.total_cmp(&x.weight).then_with(|| id(x).cmp(&id(y)))
    };
    // Taking turns, every month gives its heaviest, then every month its second, and so on.
    let mut turns: Vec<(usize, Candidate)> = Vec::new();
    for month in months.values_mut() {
        month.sort_unstable_by(by_weight);
        turns.extend(month.drain(..).enumerate());
    }
    turns.sort_unstable_by(|(turn, x), (other, y)| turn.cmp(other).then_with(|| by_weight(x, y)));
    turns.truncate(most);
    turns.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Evidence before anything but the table is read.
fn blank(table: &ArticleTable, candidate: &Candidate) -> Evidence {
    let article = &table.articles[candidate.row as usize];
    Evidence {
        article_id: article.id.to_string(),
        sentence_no: candidate.sentence_no,
        date: article.date,
        source: article.source.as_deref().map(str::to_owned),
        url: None,
        title: None,
        text: String::new(),
        spans_a: Vec::new(),
        spans_b: Vec::new(),
        frames: Vec::new(),
        stance_a_to_b: 0.0,
        stance_b_to_a: 0.0,
        sentiment_a: 0.0,
        sentiment_b: 0.0,
        tone: 0.0,
        near_copies: article.near_copies,
    }
}

/// The evidence while its parts are read.
struct Page<'t> {
    /// Place in `evidence` of an article's row and a sentence number.
    places: HashMap<(u32, u32), usize>,
    evidence: Vec<Evidence>,
    table: &'t ArticleTable,
}

impl Page<'_> {
    /// The evidence of a sentence, if it is on the page.
    fn at(&mut self, article_id: &str, fingerprint: &str, number: i64) -> Option<&mut Evidence> {
        let row = self.table.annotated_row(article_id, fingerprint)?;
        let place = *self.places.get(&(row as u32, sentence_no(number)))?;
        self.evidence.get_mut(place)
    }

    fn read_scores(&mut self, store: &Store, frames: &[String]) -> Result<(), AnalyzeError> {
        let columns = relation_columns(frames);
        stream(store, "relations", RELATIONS_SQL, |rows| {
            let (ids, fingerprints) = (rows.strings("article_id")?, rows.strings("fingerprint")?);
            let numbers = rows.integers("sentence_no")?;
            let scores = Scores::read(&rows, &columns)?;
            for i in 0..rows.len() {
                let id = ids.value(i);
                let Some(evidence) = self.at(id, fingerprints.value(i), numbers.value(i)) else { continue };
                let relation = RelationScores::read(&scores, i, id, frames.len())?;
                evidence.frames = relation.frames.iter().map(|&probability| probability as f32).collect();
                evidence.stance_a_to_b = relation.stance_a_to_b as f32;
                evidence.stance_b_to_a = relation.stance_b_to_a as f32;
                evidence.sentiment_a = relation.sentiment_a as f32;
                evidence.sentiment_b = relation.sentiment_b as f32;
                evidence.tone = relation.tone as f32;
            }
            Ok(())
        })
    }

    fn read_texts(&mut self, store: &Store) -> Result<(), AnalyzeError> {
        let sql = "SELECT article_id, fingerprint, sentence_no, text FROM sentences \
                   WHERE sentiment_a_neutral IS NOT NULL AND sentiment_b_neutral IS NOT NULL";
        stream(store, "sentences", sql, |rows| {
            let (ids, fingerprints) = (rows.strings("article_id")?, rows.strings("fingerprint")?);
            let (numbers, texts) = (rows.integers("sentence_no")?, rows.strings("text")?);
            for i in 0..rows.len() {
                if let Some(evidence) = self.at(ids.value(i), fingerprints.value(i), numbers.value(i)) {
                    evidence.text = texts.value(i).to_owned();
                }
            }
            Ok(())
        })
    }

    fn read_mentions(&mut self, store: &Store) -> Result<(), AnalyzeError> {
        let sql = "SELECT article_id, fingerprint, sentence_no, start_byte, end_byte, actor FROM mentions \
                   WHERE actor IS NOT NULL";
        stream(store, "mentions", sql, |rows| {
            let (ids, fingerprints) = (rows.strings("article_id")?, rows.strings("fingerprint")?);
            let (numbers, actors) = (rows.integers("sentence_no")?, rows.strings("actor")?);
            let (starts, ends) = (rows.integers("start_byte")?, rows.integers("end_byte")?);
            for i in 0..rows.len() {
                let side = text(&actors, i).and_then(Side::parse);
                let evidence = self.at(ids.value(i), fingerprints.value(i), numbers.value(i));
                if let (Some(side), Some(evidence)) = (side, evidence) {
                    let byte = |number: i64| usize::try_from(number).unwrap_or(0);
                    let span = Span::new(byte(starts.value(i)), byte(ends.value(i)));
                    match side {
                        Side::A => evidence.spans_a.push(span),
                        Side::B => evidence.spans_b.push(span),
                    }
                }
            }
            Ok(())
        })?;
        for evidence in &mut self.evidence {
            evidence.spans_a.sort_unstable();
            evidence.spans_b.sort_unstable();
        }
        Ok(())
    }

    fn read_articles(&mut self, store: &Store) -> Result<(), AnalyzeError> {
        let mut places = HashMap::<u32, Vec<usize>>::new();
        for (&(row, _), &place) in &self.places {
            places.entry(row).or_default().push(place);
        }
        stream(store, "articles", "SELECT article_id, url, title FROM articles", |rows| {
            let (ids, urls, titles) =
                (rows.strings("article_id")?, rows.strings("url")?, rows.strings("title")?);
            for i in 0..rows.len() {
                let row = self.table.row(ids.value(i)).map(|row| row as u32);
                for &place in row.and_then(|row| places.get(&row)).into_iter().flatten() {
                    self.evidence[place].url = text(&urls, i).map(str::to_owned);
                    self.evidence[place].title = text(&titles, i).map(str::to_owned);
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(month: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(2024, month, 5)
    }

    /// An article a relation: its date and the relation's weight.
    fn kept(relations: &[(Option<NaiveDate>, f32)], most: usize) -> Vec<(Option<u32>, f32)> {
        let table =
            ArticleTable::of(relations.iter().map(|&(date, _)| (date, vec![0.0; 5], [1.0; 3])).collect());
        let candidates = relations
            .iter()
            .enumerate()
            .map(|(row, &(_, weight))| Candidate { row: row as u32, sentence_no: 0, weight })
            .collect();
        let months = |c: Candidate| (table.articles[c.row as usize].date.map(|date| date.month()), c.weight);
        let mut kept: Vec<_> = select(&table, candidates, most).into_iter().map(months).collect();
        kept.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
        kept
    }

    const RELATIONS: [(u32, f32); 6] = [(1, 0.1), (1, 1.9), (1, 1.0), (2, 0.2), (3, 0.5), (3, 0.6)];

    fn relations() -> Vec<(Option<NaiveDate>, f32)> {
        let dated = RELATIONS.iter().map(|&(m, weight)| (month(m), weight));
        dated.chain([(None, 0.3)]).collect()
    }

    #[test]
    fn every_month_keeps_its_heaviest() {
        let expected = [(None, 0.3), (Some(1), 1.9), (Some(2), 0.2), (Some(3), 0.6)];
        assert_eq!(kept(&relations(), 4), expected);
        // The fifth place goes to the heaviest second, the sixth to the next.
        assert!(kept(&relations(), 5).contains(&(Some(1), 1.0)));
        assert!(kept(&relations(), 6).contains(&(Some(3), 0.5)));
        assert_eq!(kept(&relations(), 100).len(), 7);
        assert_eq!(kept(&relations(), 2), [(Some(1), 1.9), (Some(3), 0.6)]);
        assert!(kept(&relations(), 0).is_empty());
    }
}
