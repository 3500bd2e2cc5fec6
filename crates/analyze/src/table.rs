//! What the numbers are made of: sums and counts of every article that mentions an actor.
//!
//! Three streams fill it, none of which joins or holds text: sentences (who is mentioned where), relations
//! and articles. Memory: per article that mentions an actor `8 × (9 + 2 × frames)` bytes of numbers and about
//! 150 of identifier, date and outlet; 16 bytes a relation; about 150 bytes a near-copy.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use dyad_core::Side;
use dyad_store::{Store, frame_column};
use ndarray::{Array2, ArrayView1};

use crate::closeness::Closeness;
use crate::metric::{
    CLOSENESS, FIRST_FRAME, Population, SENTIMENT_A, SENTIMENT_B, STANCE_A_TO_B, STANCE_B_TO_A, TONE,
};
use crate::rows::{Scores, stream, text};
use crate::{AnalyzeError, AnalyzeOptions, Coverage};

/// An article that mentions an actor.
#[derive(Debug, Clone)]
pub(crate) struct ArticleRow {
    pub(crate) id: Arc<str>,
    /// Publication date in UTC.
    pub(crate) date: Option<NaiveDate>,
    pub(crate) source: Option<Arc<str>>,
    /// Near-copies that this article stands for; 0 where near-copies count themselves.
    pub(crate) near_copies: u32,
    /// Whether `articles` has it.
    known: bool,
    /// Whether it is a near-copy that does not count.
    folded: bool,
}

/// An outlet's name; "unknown" where the input does not tell it.
pub(crate) fn outlet(source: Option<&str>) -> &str {
    source.unwrap_or("unknown")
}

/// A relation that may become evidence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// Row of the article.
    pub(crate) row: u32,
    pub(crate) sentence_no: u32,
    /// Largest probability of a frame plus the size of the tone: how much the sentence says.
    pub(crate) weight: f32,
}

/// Finds the row of an article.
#[derive(Debug, Default)]
struct Index {
    /// Row and number of the fingerprint.
    rows: HashMap<Arc<str>, (u32, u32)>,
    fingerprints: Vec<String>,
}

impl Index {
    fn row(&self, article_id: &str) -> Option<usize> {
        self.rows.get(article_id).map(|&(row, _)| row as usize)
    }

    fn annotated_row(&self, article_id: &str, fingerprint: &str) -> Option<usize> {
        let &(row, number) = self.rows.get(article_id)?;
        (self.fingerprints[number as usize] == fingerprint).then_some(row as usize)
    }

    fn insert(&mut self, article_id: Arc<str>, fingerprint: &str, row: usize) {
        let known = self.fingerprints.iter().position(|known| known == fingerprint);
        let number = known.unwrap_or_else(|| {
            self.fingerprints.push(fingerprint.to_owned());
            self.fingerprints.len() - 1
        });
        self.rows.insert(article_id, (row as u32, number as u32));
    }
}

/// Sums and counts per article.
#[derive(Debug)]
pub(crate) struct ArticleTable {
    pub(crate) articles: Vec<ArticleRow>,
    index: Index,
    /// `[articles, metrics]`, columns as in [`crate::metric::means`].
    sums: Array2<f64>,
    /// Sentences `[articles, populations]`.
    counts: Array2<f64>,
    /// Rows that count, by date (undated last) and identifier.
    counted: Vec<usize>,
}

impl ArticleTable {
    pub(crate) fn sums(&self, row: usize) -> ArrayView1<'_, f64> {
        self.sums.row(row)
    }

    /// Sentences of an article in a population.
    pub(crate) fn sentences(&self, row: usize, population: Population) -> f64 {
        self.counts[[row, population.column()]]
    }

    /// Rows that count, by date (undated last) and identifier.
    pub(crate) fn counted(&self) -> &[usize] {
        &self.counted
    }

    /// Rows that count and whose date is wanted, by date and identifier.
    pub(crate) fn dated(&self, is_wanted: impl Fn(NaiveDate) -> bool) -> Vec<usize> {
        let is_wanted = |row: usize| self.articles[row].date.is_some_and(&is_wanted);
        self.counted.iter().copied().filter(|&row| is_wanted(row)).collect()
    }

    /// The outlet of an article, with a name for those whose outlet the input does not tell.
    pub(crate) fn outlet(&self, row: usize) -> &str {
        outlet(self.articles[row].source.as_deref())
    }

    pub(crate) fn is_counted(&self, row: usize) -> bool {
        !self.articles[row].folded
    }

    /// Relations with near-copies.
    pub(crate) fn relations_raw(&self) -> u64 {
        self.counts.column(Population::Relations.column()).sum() as u64
    }

    /// The row of an article annotated under this fingerprint. Rows of another one are left by a run that
    /// was interrupted and do not count, as the store documents.
    pub(crate) fn annotated_row(&self, article_id: &str, fingerprint: &str) -> Option<usize> {
        self.index.annotated_row(article_id, fingerprint)
    }

    /// The row of an article, whatever its fingerprint.
    pub(crate) fn row(&self, article_id: &str) -> Option<usize> {
        self.index.row(article_id)
    }
}

/// Reads the store: the table, every relation, and the part of the coverage that all articles tell.
pub(crate) fn load(
    store: &Store,
    options: &AnalyzeOptions,
) -> Result<(ArticleTable, Vec<Candidate>, Coverage), AnalyzeError> {
    let mut builder = Builder::new(options);
    builder.read_sentences(store)?;
    let candidates = builder.read_relations(store, options)?;
    let coverage = builder.read_articles(store, options)?;
    Ok((builder.finish()?, candidates, coverage))
}

/// Grows row by row, so that its matrices are flat until their height is known.
struct Builder {
    articles: Vec<ArticleRow>,
    index: Index,
    width: usize,
    sums: Vec<f64>,
    counts: Vec<f64>,
}

const POPULATIONS: usize = Population::ALL.len();

impl Builder {
    fn new(options: &AnalyzeOptions) -> Self {
        Self {
            articles: Vec::new(),
            index: Index::default(),
            width: FIRST_FRAME + 2 * options.frames.len(),
            sums: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn read_sentences(&mut self, store: &Store) -> Result<(), AnalyzeError> {
        let columns = polarity_columns(&["sentiment_a", "sentiment_b"]);
        let sql = format!(
            "SELECT article_id, fingerprint, {} FROM sentences \
             WHERE sentiment_a_neutral IS NOT NULL OR sentiment_b_neutral IS NOT NULL",
            columns.join(", ")
        );
        stream(store, "sentences", &sql, |rows| {
            let (ids, fingerprints) = (rows.strings("article_id")?, rows.strings("fingerprint")?);
            let scores = Scores::read(&rows, &columns)?;
            for i in 0..rows.len() {
                let id = ids.value(i);
                let row = self.row(id, fingerprints.value(i));
                for (side, column, first) in [(Side::A, SENTIMENT_A, 0), (Side::B, SENTIMENT_B, 2)] {
                    let negative = scores.optional(first, i, id)?;
                    if let (Some(negative), Some(positive)) = (negative, scores.optional(first + 1, i, id)?) {
                        self.add(row, column, positive - negative);
                        self.count(row, Population::Mentions(side));
                    }
                }
            }
            Ok(())
        })
    }

    fn read_relations(
        &mut self,
        store: &Store,
        options: &AnalyzeOptions,
    ) -> Result<Vec<Candidate>, AnalyzeError> {
        let columns = relation_columns(&options.frames);
        let n_frames = options.frames.len();
        let closeness = Closeness::new(options.frames.iter().map(String::as_str));
        let mut candidates = Vec::new();
        stream(store, "relations", RELATIONS_SQL, |rows| {
            let (ids, fingerprints) = (rows.strings("article_id")?, rows.strings("fingerprint")?);
            let numbers = rows.integers("sentence_no")?;
            let scores = Scores::read(&rows, &columns)?;
            for i in 0..rows.len() {
                let id = ids.value(i);
                let Some(row) = self.index.annotated_row(id, fingerprints.value(i)) else { continue };
                let relation = RelationScores::read(&scores, i, id, n_frames)?;
                self.count(row, Population::Relations);
                self.add(row, TONE, relation.tone);
                self.add(row, STANCE_A_TO_B, relation.stance_a_to_b);
                self.add(row, STANCE_B_TO_A, relation.stance_b_to_a);
                let stances = [relation.stance_a_to_b, relation.stance_b_to_a];
                self.add(
                    row,
                    CLOSENESS,
                    closeness.of(relation.tone, stances, |frame| relation.frames[frame]),
                );
                for (frame, &probability) in relation.frames.iter().enumerate() {
                    let present = probability >= f64::from(options.frame_thresholds[frame]);
                    self.add(row, FIRST_FRAME + frame, probability);
                    self.add(row, FIRST_FRAME + n_frames + frame, f64::from(u8::from(present)));
                }
                candidates.push(Candidate {
                    row: row as u32,
                    sentence_no: sentence_no(numbers.value(i)),
                    weight: relation.weight() as f32,
                });
            }
            Ok(())
        })?;
        Ok(candidates)
    }

    fn read_articles(&mut self, store: &Store, options: &AnalyzeOptions) -> Result<Coverage, AnalyzeError> {
        let sql = "SELECT article_id, published, source, language, duplicate_of FROM articles";
        let mut coverage = Coverage::default();
        let mut sources: HashSet<Arc<str>> = HashSet::new();
        let mut originals: HashMap<Box<str>, Box<str>> = HashMap::new();
        stream(store, "articles", sql, |rows| {
            let (ids, times, outlets) =
                (rows.strings("article_id")?, rows.micros("published")?, rows.strings("source")?);
            let (languages, copies) = (rows.strings("language")?, rows.strings("duplicate_of")?);
            for i in 0..rows.len() {
                let date = date(&times, i);
                let original = text(&copies, i);
                coverage.articles += 1;
                coverage.dated += u64::from(date.is_some());
                coverage.duplicates += u64::from(original.is_some());
                coverage.foreign += u64::from(is_foreign(text(&languages, i), &options.languages));
                if let Some(original) = original {
                    originals.insert(ids.value(i).into(), original.into());
                }
                if let Some(row) = self.index.row(ids.value(i)) {
                    let article = &mut self.articles[row];
                    article.known = true;
                    article.date = date;
                    article.source = text(&outlets, i).map(|outlet| intern(&mut sources, outlet));
                    article.folded = original.is_some() && !options.report.count_duplicates;
                }
            }
            Ok(())
        })?;
        coverage.undated = coverage.articles - coverage.dated;
        if !options.report.count_duplicates {
            self.fold_copies(&originals);
        }
        Ok(coverage)
    }

    /// Credits every near-copy to the article at the root of its chain of copies.
    fn fold_copies(&mut self, originals: &HashMap<Box<str>, Box<str>>) {
        for first in originals.values() {
            let mut root = first;
            // An original is earlier than its copy; the bound only guards against a table that says otherwise.
            for _ in 0..originals.len() {
                match originals.get(root) {
                    Some(earlier) => root = earlier,
                    None => break,
                }
            }
            if let Some(row) = self.index.row(root) {
                self.articles[row].near_copies += 1;
            }
        }
    }

    fn finish(self) -> Result<ArticleTable, AnalyzeError> {
        if let Some(article) = self.articles.iter().find(|article| !article.known) {
            return Err(AnalyzeError::Missing { wanted: "the entry", article_id: article.id.to_string() });
        }
        let mut counted: Vec<usize> =
            (0..self.articles.len()).filter(|&row| !self.articles[row].folded).collect();
        counted.sort_unstable_by_key(|&row| {
            let article = &self.articles[row];
            (article.date.is_none(), article.date, article.id.clone())
        });
        let height = self.articles.len();
        Ok(ArticleTable {
            sums: matrix(self.sums, height, self.width),
            counts: matrix(self.counts, height, POPULATIONS),
            articles: self.articles,
            index: self.index,
            counted,
        })
    }

    /// The row of an article, made where it is new.
    fn row(&mut self, id: &str, fingerprint: &str) -> usize {
        if let Some(row) = self.index.row(id) {
            return row;
        }
        let (row, id) = (self.articles.len(), Arc::<str>::from(id));
        self.index.insert(id.clone(), fingerprint, row);
        self.articles.push(ArticleRow {
            id,
            date: None,
            source: None,
            near_copies: 0,
            known: false,
            folded: false,
        });
        self.sums.resize(self.sums.len() + self.width, 0.0);
        self.counts.resize(self.counts.len() + POPULATIONS, 0.0);
        row
    }

    fn add(&mut self, row: usize, column: usize, value: f64) {
        self.sums[row * self.width + column] += quantised(value);
    }

    fn count(&mut self, row: usize, population: Population) {
        self.counts[row * POPULATIONS + population.column()] += 1.0;
    }
}

/// Scores of one relation, each expected judgement from -1 to 1.
pub(crate) struct RelationScores {
    pub(crate) tone: f64,
    pub(crate) stance_a_to_b: f64,
    pub(crate) stance_b_to_a: f64,
    pub(crate) sentiment_a: f64,
    pub(crate) sentiment_b: f64,
    pub(crate) frames: Vec<f64>,
}

impl RelationScores {
    /// Reads a row of the columns that [`relation_columns`] names.
    pub(crate) fn read(scores: &Scores, i: usize, id: &str, n_frames: usize) -> Result<Self, AnalyzeError> {
        let score = |column| scores.required(column, i, id);
        let polarity = |first| Ok::<_, AnalyzeError>(score(first + 1)? - score(first)?);
        Ok(Self {
            tone: score(0)?,
            stance_a_to_b: polarity(1)?,
            stance_b_to_a: polarity(3)?,
            sentiment_a: polarity(5)?,
            sentiment_b: polarity(7)?,
            frames: (9..9 + n_frames).map(score).collect::<Result<_, _>>()?,
        })
    }

    fn weight(&self) -> f64 {
        self.frames.iter().copied().fold(0.0, f64::max) + self.tone.abs()
    }
}

/// The score columns of `relations` in the order that [`RelationScores::read`] expects.
pub(crate) fn relation_columns(frames: &[String]) -> Vec<String> {
    let polarities = polarity_columns(&["stance_a_to_b", "stance_b_to_a", "sentiment_a", "sentiment_b"]);
    let frames = frames.iter().map(|frame| frame_column(frame));
    std::iter::once("tone".to_owned()).chain(polarities).chain(frames).collect()
}

/// Reads every relation. All columns, because the table of a store without annotation has none for frames,
/// which a query that names them could not survive.
pub(crate) const RELATIONS_SQL: &str = "SELECT * FROM relations";

/// `NAME_negative` and `NAME_positive` of every name; the expected judgement is their difference.
fn polarity_columns(names: &[&str]) -> Vec<String> {
    names
        .iter()
        .flat_map(|name| ["negative", "positive"].map(|judgement| format!("{name}_{judgement}")))
        .collect()
}

/// Rounded to a multiple of 2^-32. Sums of up to a million such scores are exact in 64-bit floating point, so
/// that they do not depend on the order in which the store returns its rows.
fn quantised(score: f64) -> f64 {
    const STEPS: f64 = (1u64 << 32) as f64;
    (score * STEPS).round() / STEPS
}

/// The number of a sentence; the store writes them from 32-bit ones.
pub(crate) fn sentence_no(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn date(times: &datafusion::arrow::array::Int64Array, i: usize) -> Option<NaiveDate> {
    use datafusion::arrow::array::Array as _;
    let micros = times.is_valid(i).then(|| times.value(i))?;
    DateTime::from_timestamp_micros(micros).map(|time| time.date_naive())
}

/// The same test by which annotation leaves articles out.
fn is_foreign(language: Option<&str>, covered: &[String]) -> bool {
    language.is_some_and(|language| covered.iter().all(|known| known != language))
}

fn intern(known: &mut HashSet<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(shared) = known.get(text) {
        return shared.clone();
    }
    let shared = Arc::<str>::from(text);
    known.insert(shared.clone());
    shared
}

fn matrix(flat: Vec<f64>, height: usize, width: usize) -> Array2<f64> {
    Array2::from_shape_vec((height, width), flat).expect("this is a bug: every row added its width")
}

#[cfg(test)]
impl ArticleTable {
    /// A table out of dates and rows of `(sums, counts)`.
    pub(crate) fn of(articles: Vec<(Option<NaiveDate>, Vec<f64>, [f64; 3])>) -> Self {
        let mut builder = Builder {
            articles: Vec::new(),
            index: Index::default(),
            width: articles.first().map_or(FIRST_FRAME, |(_, sums, _)| sums.len()),
            sums: Vec::new(),
            counts: Vec::new(),
        };
        for (number, (date, sums, counts)) in articles.into_iter().enumerate() {
            let row = builder.row(&format!("article-{number:05}"), "test");
            builder.articles[row].known = true;
            builder.articles[row].date = date;
            sums.into_iter().enumerate().for_each(|(column, value)| builder.add(row, column, value));
            builder.counts[row * POPULATIONS..].copy_from_slice(&counts);
        }
        builder.finish().expect("a table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_outside_the_list_are_foreign() {
        let covered = ["en".to_owned()];
        assert!(is_foreign(Some("de"), &covered));
        assert!(!is_foreign(Some("en"), &covered));
        assert!(!is_foreign(None, &covered));
    }

    #[test]
    fn sums_do_not_depend_on_order() {
        let values: Vec<f64> = (1..2000).map(|i| f64::from(1.0 / i as f32)).collect();
        let forwards: f64 = values.iter().map(|&v| quantised(v)).sum();
        let backwards: f64 = values.iter().rev().map(|&v| quantised(v)).sum();
        assert_eq!(forwards.to_bits(), backwards.to_bits());
    }

    #[test]
    fn copies_of_copies_count_for_the_first() {
        let mut builder = Builder {
            articles: Vec::new(),
            index: Index::default(),
            width: FIRST_FRAME,
            sums: Vec::new(),
            counts: Vec::new(),
        };
        let row = builder.row("first", "f");
        let pair = |a: &str, b: &str| (Box::<str>::from(a), Box::<str>::from(b));
        // The last two name each other, which must end.
        let originals = [pair("second", "first"), pair("third", "second"), pair("x", "y"), pair("y", "x")];
        builder.fold_copies(&originals.into_iter().collect());
        assert_eq!(builder.articles[row].near_copies, 2);
    }
}
