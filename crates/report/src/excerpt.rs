//! The part of a long sentence that shows why it is there: what stands around the two actors.

use std::ops::Range;

use dyad_analyze::Evidence;
use dyad_core::Span;

/// A sentence, or a part of it with an ellipsis for what is left out.
pub(crate) struct Excerpt {
    /// What is shown.
    pub(crate) text: String,
    /// The part of the sentence that it holds, in bytes.
    part: Range<usize>,
    /// Bytes before that part.
    lead: usize,
}

impl Excerpt {
    /// At most `max_chars` characters of the sentence, around the mention of each actor that stand closest together;
    /// from the start where there are no two.
    pub(crate) fn of(e: &Evidence, max_chars: usize) -> Self {
        let pair = closest_pair(&e.text, &e.spans_a, &e.spans_b).unwrap_or(0..0);
        let part = around(&e.text, pair, max_chars);
        let (lead, tail) =
            (if part.start > 0 { "…" } else { "" }, if part.end < e.text.len() { "…" } else { "" });
        let shown = e.text.get(part.clone()).unwrap_or_default();
        let shown = if tail.is_empty() { shown } else { shown.trim_end() };
        Self {
            text: format!("{lead}{shown}{tail}"),
            lead: lead.len(),
            part: part.start..part.start + shown.len(),
        }
    }

    /// The spans of the sentence that lie in what is shown, as spans of that.
    pub(crate) fn places(&self, spans: &[Span]) -> Vec<Span> {
        let within = |span: &&Span| {
            self.part.start <= span.start && span.start <= span.end && span.end <= self.part.end
        };
        let place = |at: usize| at - self.part.start + self.lead;
        spans.iter().filter(within).map(|span| Span::new(place(span.start), place(span.end))).collect()
    }
}

/// From the start of the one to the end of the other of the two mentions, one of each actor, with the least text between.
fn closest_pair(text: &str, spans_a: &[Span], spans_b: &[Span]) -> Option<Range<usize>> {
    let mut mentions: Vec<(Span, usize)> =
        spans_a.iter().map(|&s| (s, 0)).chain(spans_b.iter().map(|&s| (s, 1))).collect();
    mentions.retain(|(span, _)| span.slice(text).is_some());
    mentions.sort();
    let mut last: [Option<Span>; 2] = [None; 2];
    let mut best: Option<(usize, Range<usize>)> = None;
    for (span, side) in mentions {
        if let Some(other) = last[1 - side] {
            let gap = span.start.saturating_sub(other.end);
            if best.as_ref().is_none_or(|(least, _)| gap < *least) {
                best = Some((gap, other.start..span.end.max(other.end)));
            }
        }
        last[side] = Some(span);
    }
    best.map(|(_, pair)| pair)
}

/// `max_chars` characters of the text with the bytes `centre` in their middle, as far as the text reaches; the first of
/// `centre` where it is longer.
fn around(text: &str, centre: Range<usize>, max_chars: usize) -> Range<usize> {
    let chars = |part: Range<usize>| text.get(part).map_or(0, |part| part.chars().count());
    let total = chars(0..text.len());
    if total <= max_chars {
        return 0..text.len();
    }
    let (before, within) = (chars(0..centre.start), chars(centre));
    let first = before.saturating_sub(max_chars.saturating_sub(within) / 2).min(total - max_chars);
    let byte = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    byte(first)..byte(first + max_chars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn evidence(text: &str, a: &[&str], b: &[&str]) -> Evidence {
        let spans = |names: &[&str]| {
            let places = names.iter().flat_map(|name| text.match_indices(*name));
            places.map(|(at, name)| Span::new(at, at + name.len())).collect()
        };
        let first = fixture::analysis().evidence.swap_remove(0);
        Evidence { text: text.to_owned(), spans_a: spans(a), spans_b: spans(b), ..first }
    }

    #[test]
    fn a_short_sentence_is_shown_as_it_is() {
        let e = evidence("Alpha paid Beta.", &["Alpha"], &["Beta"]);
        let excerpt = Excerpt::of(&e, 16);
        assert_eq!(excerpt.text, e.text);
        assert_eq!(excerpt.places(&e.spans_b), e.spans_b);
    }

    #[test]
    fn a_long_one_is_shown_around_the_two_that_stand_closest() {
        let far = "ö".repeat(900);
        let text = format!("Alpha first. {far} then Alpha paid Beta at last. {far} Beta");
        let e = evidence(&text, &["Alpha"], &["Beta"]);
        let excerpt = Excerpt::of(&e, 60);
        assert_eq!(excerpt.text.chars().count(), 62, "and an ellipsis on both sides");
        assert!(excerpt.text.starts_with("…ö") && excerpt.text.ends_with("ö…"), "{}", excerpt.text);
        let shown = |spans: &[Span]| {
            let places = excerpt.places(spans);
            places.iter().filter_map(|s| s.slice(&excerpt.text).map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(
            (shown(&e.spans_a), shown(&e.spans_b)),
            (vec!["Alpha".to_owned()], vec!["Beta".to_owned()])
        );
    }

    #[test]
    fn two_that_stand_too_far_apart_show_the_first() {
        let text = format!("{}Alpha {} Beta", "x ".repeat(50), "y".repeat(500));
        let e = evidence(&text, &["Alpha"], &["Beta"]);
        let excerpt = Excerpt::of(&e, 20);
        assert!(excerpt.text.starts_with("…Alpha yyy"), "{}", excerpt.text);
        assert_eq!((excerpt.places(&e.spans_a).len(), excerpt.places(&e.spans_b).len()), (1, 0));
    }

    #[test]
    fn spans_that_no_text_has_do_no_harm() {
        let mut e = evidence(&"äb".repeat(50), &[], &[]);
        (e.spans_a, e.spans_b) = (vec![Span::new(1, 2), Span::new(900, 901)], vec![Span::new(4, 7)]);
        let excerpt = Excerpt::of(&e, 10);
        assert_eq!(excerpt.text, format!("{}…", "äb".repeat(5)));
        assert_eq!(excerpt.places(&[Span::new(99, 120)]), []);
    }
}
