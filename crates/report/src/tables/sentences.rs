//! The sentences behind the numbers: scores, a column for each frame, and where the actors are mentioned.

use dyad_analyze::Analysis;
use dyad_core::{Side, Span};

use super::table::{Rows, Scale, Table};

pub(super) fn frames(analysis: &Analysis) -> Table<'_> {
    let thresholds = analysis.frames.iter().zip(&analysis.frame_thresholds);
    Rows::new("A frame: a way in which the relationship is portrayed.", thresholds)
        .column("frame", "Name of the frame, as in `frame_NAME` and `share_NAME`", |(name, _)| name.as_str())
        .column("threshold", "Probability from which the frame counts as present in a sentence", |(_, t)| *t)
        .scale(Scale::SHARE)
        .key(&["frame"])
}

/// The column names are those of the file `evidence.csv` that earlier reports had.
pub(super) fn evidence(analysis: &Analysis) -> Table<'_> {
    let mut rows = Rows::new(
        "A sentence that mentions both actors, by date, undated last. The setting report.max_evidence bounds the rows; \
         the store’s table `relations` has all.",
        &analysis.evidence,
    )
    .column("article_id", "The article: key of the store’s table `articles`", |e| e.article_id.as_str())
    .column("sentence_no", "The sentence within the article, from 0", |e| e.sentence_no)
    .column("date", "Day of publication", |e| e.date)
    .column("source", "Outlet", |e| e.source.as_deref())
    .column("url", "Link as the input gives it; it may lead anywhere", |e| e.url.as_deref())
    .column("title", "Headline", |e| e.title.as_deref())
    .column("text", "The sentence", |e| e.text.as_str())
    .column(
        "spans_a",
        "Mentions of A as `start-end`, parted by blanks, in bytes of the text in UTF-8 before neutralising; see `evidence_spans`",
        |e| packed(&e.spans_a),
    )
    .column("spans_b", "Mentions of B, likewise", |e| packed(&e.spans_b))
    .column("tone", "From -1 (conflict, drifting apart) to 1 (cooperation, getting closer)", |e| e.tone)
    .scale(Scale::SIGNED)
    .column("stance_a_to_b", "Stance of A towards B, from -1 (against) to 1 (in favour)", |e| e.stance_a_to_b)
    .scale(Scale::SIGNED)
    .column("stance_b_to_a", "Stance of B towards A", |e| e.stance_b_to_a)
    .scale(Scale::SIGNED)
    .column("sentiment_a", "Sentiment of the sentence towards A, from -1 (negative) to 1 (positive)", |e| {
        e.sentiment_a
    })
    .scale(Scale::SIGNED)
    .column("sentiment_b", "Sentiment of the sentence towards B", |e| e.sentiment_b)
    .scale(Scale::SIGNED)
    .column("near_copies", "Near-copies of the article that carry the same sentence or stand behind it", |e| e.near_copies)
    .scale(Scale::ARTICLES);
    for (place, frame) in analysis.frames.iter().enumerate() {
        let what = format!("Probability of the frame {frame}");
        rows =
            rows.column(format!("frame_{frame}"), what, |e| e.frames.get(place).copied()).scale(Scale::SHARE);
    }
    rows.key(&["article_id", "sentence_no"])
}

/// Nothing where the actor is not mentioned by name: an empty field is a missing value.
fn packed(spans: &[Span]) -> Option<String> {
    let parts: Vec<String> = spans.iter().map(|s| format!("{}-{}", s.start, s.end)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

pub(super) fn spans(analysis: &Analysis) -> Table<'_> {
    let rows = analysis.evidence.iter().flat_map(|e| {
        Side::BOTH.into_iter().flat_map(move |side| {
            let spans = if side == Side::A { &e.spans_a } else { &e.spans_b };
            spans.iter().enumerate().map(move |(place, &span)| (e, side, place + 1, span))
        })
    });
    Rows::new("A mention of an actor in a sentence.", rows)
        .column("article_id", "The article", |(e, ..)| e.article_id.as_str())
        .column("sentence_no", "The sentence within the article", |(e, ..)| e.sentence_no)
        .column("actor", "`A` or `B`", |(_, side, ..)| side.as_str())
        .column("place", "1 for the actor’s first mention in the sentence", |(_, _, place, _)| place)
        .column("start", "First byte of the mention in the sentence’s text in UTF-8", |(.., span)| {
            span.start
        })
        .scale(Scale::BYTES)
        .column("end", "First byte after the mention", |(.., span)| span.end)
        .scale(Scale::BYTES)
        .column("mention", "The words", |(e, _, _, span)| span.slice(&e.text))
        .refers(&["article_id", "sentence_no"], "evidence")
        .key(&["article_id", "sentence_no", "actor", "place"])
}
