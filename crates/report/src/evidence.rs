//! The sentences of the page as one compact JSON value that the script in the page reads.

use std::collections::HashMap;

use dyad_analyze::{Analysis, Evidence};
use dyad_core::Span;
use serde::Serialize;

use crate::ReportError;
use crate::escape;
use crate::excerpt::Excerpt;

/// Longest sentence, headline and outlet the page holds, in characters; `report.json` has them in full.
pub(crate) const MAX_TEXT_CHARS: usize = 2000;
const MAX_TITLE_CHARS: usize = 300;
const MAX_SOURCE_CHARS: usize = 120;
/// Digits of an article id that are enough to find it in the store.
const ID_CHARS: usize = 16;

/// What the page's script gets.
#[derive(Serialize)]
struct Block<'a> {
    sources: Vec<String>,
    articles: Vec<Article<'a>>,
    rows: Vec<Row>,
}

/// id, date, index into the sources, link, headline.
#[derive(Serialize)]
struct Article<'a>(&'a str, Option<String>, usize, Option<String>, Option<String>);

/// One relation. Fields are positional, since their names would be a third of the page.
#[derive(Serialize)]
struct Row(
    /// Index into the articles.
    usize,
    /// Sentence within the article.
    u32,
    /// The sentence.
    String,
    /// Marks, three numbers each: start, end (UTF-16 code units, the unit of JavaScript strings), 0 for A and 1 for B.
    Vec<usize>,
    /// Probability per frame in hundredths, see [`hundredths`].
    Vec<u8>,
    /// Tone, stance A->B, stance B->A, sentiment towards A and towards B, in hundredths.
    [i8; 5],
    /// Near-copies.
    u32,
);

/// The evidence as JSON for a `<script>` element of at most about `budget` bytes, and how many relations it holds.
///
/// Where all do not fit, relations are left out evenly over time, so that no period loses its evidence alone.
pub(crate) fn block(analysis: &Analysis, budget: usize) -> Result<(String, usize), ReportError> {
    let all = analysis.evidence.len();
    let mut kept = all;
    loop {
        let rows: Vec<&Evidence> = (0..kept).map(|i| &analysis.evidence[i * all / kept]).collect();
        let json = escape::json_in_script(&build(analysis, &rows), "the evidence")?;
        if json.len() <= budget || kept <= 1 {
            return Ok((json, kept));
        }
        // Rows differ in length: aim a little low, and always make progress.
        let fitting = kept as f64 * budget as f64 / json.len() as f64 * 0.98;
        kept = (fitting as usize).clamp(1, kept - 1);
    }
}

fn build<'a>(analysis: &Analysis, evidence: &[&'a Evidence]) -> Block<'a> {
    let mut sources = Interner::default();
    let mut article_index: HashMap<&str, usize> = HashMap::new();
    let mut articles = Vec::new();
    let rows = evidence
        .iter()
        .map(|e| {
            let article = *article_index.entry(e.article_id.as_str()).or_insert_with(|| {
                articles.push(article(e, &mut sources));
                articles.len() - 1
            });
            row(article, e, &analysis.frame_thresholds)
        })
        .collect();
    Block { sources: sources.names, articles, rows }
}

#[derive(Default)]
struct Interner {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl Interner {
    fn intern(&mut self, name: &str) -> usize {
        *self.index.entry(name.to_owned()).or_insert_with(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }
}

fn article<'a>(e: &'a Evidence, sources: &mut Interner) -> Article<'a> {
    let source = e.source.as_deref().filter(|s| !s.trim().is_empty()).unwrap_or("unknown");
    let id = e
        .article_id
        .char_indices()
        .nth(ID_CHARS)
        .map_or(e.article_id.as_str(), |(end, _)| &e.article_id[..end]);
    Article(
        id,
        e.date.map(|d| d.to_string()),
        sources.intern(&shown(source, MAX_SOURCE_CHARS)),
        e.url.as_deref().and_then(escape::link),
        e.title.as_deref().filter(|t| !t.trim().is_empty()).map(|t| shown(t, MAX_TITLE_CHARS)),
    )
}

/// The text as the page shows it.
fn shown(text: &str, max_chars: usize) -> String {
    escape::without_overrides(&escape::cut(text, max_chars)).into_owned()
}

fn row(article: usize, e: &Evidence, thresholds: &[f32]) -> Row {
    let excerpt = Excerpt::of(e, MAX_TEXT_CHARS);
    let marks = marks(&excerpt.text, &excerpt.places(&e.spans_a), &excerpt.places(&e.spans_b));
    // Both take as much room, so that the marks hold.
    let text = escape::without_overrides(&excerpt.text).into_owned();
    let frames = e.frames.iter().zip(thresholds).map(|(&p, &t)| hundredths(p, t));
    let scores = [e.tone, e.stance_a_to_b, e.stance_b_to_a, e.sentiment_a, e.sentiment_b];
    Row(
        article,
        e.sentence_no,
        text,
        marks,
        frames.collect(),
        scores.map(|s| (s.clamp(-1.0, 1.0) * 100.0).round() as i8),
        e.near_copies,
    )
}

/// A threshold in hundredths: from here a rounded probability counts as present.
pub(crate) fn threshold_hundredths(threshold: f32) -> u8 {
    (f64::from(threshold) * 100.0 - 1e-4).ceil().clamp(0.0, 101.0) as u8
}

/// A probability in hundredths that stays on its side of the threshold, so that the page counts the same
/// sentences as the analysis; it is off by less than one hundredth.
fn hundredths(probability: f32, threshold: f32) -> u8 {
    let limit = threshold_hundredths(threshold);
    let rounded = (probability.clamp(0.0, 1.0) * 100.0).round() as u8;
    if probability >= threshold { rounded.max(limit) } else { rounded.min(limit.saturating_sub(1)) }
}

/// The mentions in the order of the text, in UTF-16 code units, without overlaps.
///
/// A span that leaves the text, splits a character or overlaps an earlier one is left out: the sentence matters more than
/// its colours.
fn marks(text: &str, spans_a: &[Span], spans_b: &[Span]) -> Vec<usize> {
    let mut spans: Vec<(Span, usize)> =
        spans_a.iter().map(|&s| (s, 0)).chain(spans_b.iter().map(|&s| (s, 1))).collect();
    spans.sort();
    let (mut byte, mut unit, mut out) = (0, 0, Vec::new());
    for (span, side) in spans {
        if span.is_empty() || span.start < byte {
            continue;
        }
        let (Some(before), Some(mention)) = (text.get(byte..span.start), span.slice(text)) else { continue };
        let start = unit + utf16_len(before);
        unit = start + utf16_len(mention);
        byte = span.end;
        out.extend([start, unit, side]);
    }
    out
}

fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn marks_are_utf16_and_never_overlap() {
        // "🦀 é Ab": the crab is 4 bytes and 2 units, é is 2 bytes and 1 unit.
        let text = "🦀 é Ab";
        let a = [Span::new(5, 7), Span::new(8, 10), Span::new(9, 10)];
        let b = [Span::new(0, 4), Span::new(1, 3), Span::new(8, 99), Span::new(7, 7)];
        assert_eq!(marks(text, &a, &b), [0, 2, 1, 3, 4, 0, 5, 7, 0]);
    }

    #[test]
    fn rounding_never_crosses_the_threshold() {
        assert_eq!(threshold_hundredths(0.5), 50);
        assert_eq!(threshold_hundredths(0.07), 7);
        assert_eq!(threshold_hundredths(0.503), 51);
        for t in [0.07_f32, 0.35, 0.5, 0.503, 0.999] {
            for step in 0..=10_000u16 {
                let p = f32::from(step) / 10_000.0;
                assert_eq!(hundredths(p, t) >= threshold_hundredths(t), p >= t, "{p} {t}");
            }
        }
        assert_eq!(hundredths(f32::NAN, 0.5), 0);
    }

    #[test]
    fn a_small_budget_thins_the_evidence_evenly() {
        let analysis = fixture::analysis();
        let (whole, all) = block(&analysis, usize::MAX).expect("encodes");
        assert_eq!(all, analysis.evidence.len());
        let (half, kept) = block(&analysis, whole.len() / 2).expect("encodes");
        assert!(half.len() <= whole.len() / 2);
        assert!(kept > 0 && kept < all, "{kept} of {all}");
        let (_, one) = block(&analysis, 1).expect("encodes");
        assert_eq!(one, 1);
    }

    #[test]
    fn hostile_rows_are_cut_unlinked_and_cannot_end_the_script() {
        let (json, _) = block(&fixture::analysis(), usize::MAX).expect("encodes");
        assert!(!json.contains(['<', '>', '&', '\u{2028}']));
        assert!(!json.to_lowercase().contains("\"javascript:"));
        assert!(json.len() < 200_000, "a 100 kB headline must be cut, the block has {} bytes", json.len());
    }

    #[test]
    fn no_evidence_is_an_empty_block() {
        let (json, kept) = block(&fixture::empty(), 1000).expect("encodes");
        assert_eq!((json.as_str(), kept), (r#"{"sources":[],"articles":[],"rows":[]}"#, 0));
    }
}
