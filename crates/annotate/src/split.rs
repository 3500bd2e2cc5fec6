//! Article text to sentences.
//!
//! Lines are kept apart first (a headline or list item without a full stop must not run into the next
//! line), then the `sentencex` crate finds sentence ends inside a line.

use dyad_core::{Article, Sentence, Span};

/// Longest sentence in bytes; a longer run of text without a sentence end is cut at white space.
pub const MAX_SENTENCE_BYTES: usize = 4096;

/// The sentences of an article: its title (if any) as number 0, then those of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Sentences in order, numbered from 0.
    pub sentences: Vec<Sentence>,
    /// Cuts made at [`MAX_SENTENCE_BYTES`].
    pub hard_splits: u64,
}

/// Splits an article. An article with only a title gives one sentence.
pub fn split_article(article: &Article) -> Split {
    let language = article.language.as_deref().unwrap_or("en");
    let mut split = Split::default();
    if let Some(title) = article.title.as_deref().filter(|title| !title.trim().is_empty()) {
        let span = trimmed(title, 0, title.len());
        split.push(title, span, true);
    }
    let mut line_start = 0;
    for line in article.text.split_inclusive('\n') {
        for (start, end) in sentence_bounds(language, line) {
            let span = trimmed(&article.text, line_start + start, line_start + end);
            if !span.is_empty() {
                split.push(&article.text, span, false);
            }
        }
        line_start += line.len();
    }
    split
}

impl Split {
    /// Adds a span of `source`, cut where it is too long.
    fn push(&mut self, source: &str, span: Span, is_title: bool) {
        let mut rest = span;
        while rest.len() > MAX_SENTENCE_BYTES {
            let cut = cut_point(source, rest);
            self.hard_splits += 1;
            self.add(source, trimmed(source, rest.start, cut), is_title);
            rest = trimmed(source, cut, rest.end);
        }
        self.add(source, rest, is_title);
    }

    fn add(&mut self, source: &str, span: Span, is_title: bool) {
        let Some(text) = span.slice(source).filter(|text| !text.is_empty()) else { return };
        let sentence_no = u32::try_from(self.sentences.len()).unwrap_or(u32::MAX);
        self.sentences.push(Sentence { sentence_no, span, text: text.to_owned(), is_title });
    }
}

fn sentence_bounds(language: &str, line: &str) -> Vec<(usize, usize)> {
    if line.trim().is_empty() {
        return Vec::new();
    }
    let mut bounds = Vec::new();
    let mut start = 0;
    for sentence in sentencex::segment(language, line) {
        let end = start + sentence.len();
        bounds.push((start, end));
        start = end;
    }
    // The segments of a line are its parts in order; anything it left out still belongs to a sentence.
    if start < line.len() {
        bounds.push((start, line.len()));
    }
    bounds
}

/// The span without white space at its ends; empty when nothing is left.
fn trimmed(source: &str, start: usize, end: usize) -> Span {
    let Some(text) = source.get(start..end) else { return Span::new(start, start) };
    let leading = text.len() - text.trim_start().len();
    Span::new(start + leading, start + leading + text.trim().len())
}

/// Where to cut an overlong span: the last white space before the limit, else the last character boundary.
fn cut_point(source: &str, span: Span) -> usize {
    let mut limit = span.start + MAX_SENTENCE_BYTES;
    while !source.is_char_boundary(limit) {
        limit -= 1;
    }
    match source[span.start..limit].rfind(char::is_whitespace) {
        Some(offset) if offset > 0 => span.start + offset,
        _ => limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyad_core::{ArticleId, Origin, PublishedFrom};
    use proptest::prelude::*;

    fn article(title: Option<&str>, text: &str) -> Article {
        Article {
            article_id: ArticleId("0".repeat(32)),
            url: None,
            source: None,
            title: title.map(str::to_owned),
            author: None,
            published: None,
            published_from: PublishedFrom::None,
            language: Some("en".to_owned()),
            text: text.to_owned(),
            n_bytes: 0,
            duplicate_of: None,
            origin: Origin { file: "-".to_owned(), position: 1 },
        }
    }

    fn texts(split: &Split) -> Vec<&str> {
        split.sentences.iter().map(|s| s.text.as_str()).collect()
    }

    #[test]
    fn abbreviations_and_lines() {
        let text = "Mr. Nadella met U.S. officials at 3.5 p.m. in Washington. OpenAI Inc. paid $1.5 billion.\n- a list item\nWithout a stop";
        let split = split_article(&article(Some("Microsoft and OpenAI talk"), text));
        assert_eq!(
            texts(&split),
            [
                "Microsoft and OpenAI talk",
                "Mr. Nadella met U.S. officials at 3.5 p.m. in Washington.",
                "OpenAI Inc. paid $1.5 billion.",
                "- a list item",
                "Without a stop"
            ]
        );
        assert!(split.sentences[0].is_title && !split.sentences[1].is_title);
    }

    #[test]
    fn a_run_without_an_end_is_cut_and_counted() {
        let split = split_article(&article(None, &"word ".repeat(2000)));
        assert_eq!(split.hard_splits, 2);
        assert!(split.sentences.iter().all(|s| s.text.len() <= MAX_SENTENCE_BYTES));
        let words: usize = split.sentences.iter().map(|s| s.text.split(' ').count()).sum();
        assert_eq!(words, 2000);
    }

    proptest! {
        #[test]
        fn sentences_keep_every_character_in_order(text in "[a-zA-Zé .!?\n\"'“”…日🎉0-9-]{0,300}") {
            let article = article(None, &text);
            let split = split_article(&article);
            let mut end = 0;
            for (number, sentence) in split.sentences.iter().enumerate() {
                prop_assert_eq!(sentence.sentence_no as usize, number);
                prop_assert!(sentence.span.start >= end);
                prop_assert_eq!(sentence.span.slice(&article.text), Some(sentence.text.as_str()));
                end = sentence.span.end;
            }
            let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let kept: String = split.sentences.iter().map(|s| letters(&s.text)).collect();
            prop_assert_eq!(kept, letters(&text));
        }
    }
}
