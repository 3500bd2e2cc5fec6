use std::path::Path;

use dyad_core::Span;

use crate::ModelError;

/// Case of a word, which gives an uncased encoder its casing back: it is passed as token type id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum CasePattern {
    /// No upper-case letter: `data`, `2024`, `,`.
    Lower = 0,
    /// Only the first letter is upper-case: `Microsoft`, `A`.
    Title = 1,
    /// At least two letters and none lower-case: `IBM`.
    Upper = 2,
    /// Anything else: `OpenAI`, `iPhone`.
    Mixed = 3,
}

impl CasePattern {
    /// The pattern of one word, by the Unicode properties Uppercase and Lowercase.
    pub fn of(word: &str) -> Self {
        let upper = word.chars().filter(|c| c.is_uppercase()).count();
        if upper == 0 {
            return CasePattern::Lower;
        }
        let first_is_upper =
            word.chars().find(|c| c.is_alphabetic() || c.is_uppercase()).is_some_and(char::is_uppercase);
        if upper == 1 && first_is_upper {
            CasePattern::Title
        } else if upper >= 2 && !word.chars().any(char::is_lowercase) {
            CasePattern::Upper
        } else {
            CasePattern::Mixed
        }
    }
}

/// One token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Bytes of the text that the token stands for; empty for special tokens.
    pub span: Span,
    /// Index of the word (BERT pre-token: parted by white space and punctuation) it belongs to; `None`
    /// for special tokens.
    pub word: Option<u32>,
}

/// A text as the encoder takes it. All three lists have one entry a token, special tokens included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Vocabulary ids.
    pub ids: Vec<u32>,
    /// Token type ids: the word's case pattern, or all 0 for a model without the casing trick.
    pub type_ids: Vec<u32>,
    /// Spans and words.
    pub tokens: Vec<Token>,
}

impl Tokens {
    /// Number of tokens, special tokens included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no token but special ones.
    pub fn is_empty(&self) -> bool {
        self.tokens.iter().all(|token| token.word.is_none())
    }

    /// Positions of the tokens that share a byte with one of the spans, in order.
    pub fn overlapping(&self, spans: &[Span]) -> Vec<usize> {
        let hit =
            |token: &Token| !token.span.is_empty() && spans.iter().any(|span| span.overlaps(&token.span));
        self.tokens.iter().enumerate().filter(|(_, token)| hit(token)).map(|(index, _)| index).collect()
    }

    /// Positions `[first, last)` of each word's tokens, in order of the words.
    pub fn words(&self) -> Vec<std::ops::Range<usize>> {
        let mut words: Vec<std::ops::Range<usize>> = Vec::new();
        let mut current = None;
        for (index, token) in self.tokens.iter().enumerate() {
            if token.word.is_some() && token.word == current {
                if let Some(last) = words.last_mut() {
                    last.end = index + 1;
                }
            } else if token.word.is_some() {
                words.push(index..index + 1);
            }
            current = token.word;
        }
        words
    }
}

/// Text to tokens, without padding or truncation: every cut is made by the caller and counted.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    case_patterns: bool,
}

impl Tokenizer {
    /// Reads a Hugging Face `tokenizer.json`; `case_patterns` turns the casing trick on.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the file does not parse.
    pub fn from_file(path: &Path, case_patterns: bool) -> Result<Self, ModelError> {
        let failed =
            |message: String| ModelError::Tokenizer { message: format!("{}: {message}", path.display()) };
        let mut inner = tokenizers::Tokenizer::from_file(path).map_err(|error| failed(error.to_string()))?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|error| failed(error.to_string()))?;
        Ok(Self { inner, case_patterns })
    }

    /// Tokens of a text with the model's special tokens around them.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the tokenizer fails on the text.
    pub fn encode(&self, text: &str) -> Result<Tokens, ModelError> {
        let encoding = self
            .inner
            .encode(text, true)
            .map_err(|error| ModelError::Tokenizer { message: error.to_string() })?;
        let tokens: Vec<Token> = encoding
            .get_offsets()
            .iter()
            .zip(encoding.get_word_ids())
            .map(|(&(start, end), &word)| Token { span: Span::new(start, end), word })
            .collect();
        let mut encoded =
            Tokens { ids: encoding.get_ids().to_vec(), type_ids: vec![0; tokens.len()], tokens };
        if self.case_patterns {
            mark_case(text, &mut encoded);
        }
        Ok(encoded)
    }
}

/// Writes each word's case pattern, taken from the original text, into the type ids of its tokens.
fn mark_case(text: &str, encoded: &mut Tokens) {
    for word in encoded.words() {
        let tokens = &encoded.tokens[word.clone()];
        let start = tokens.iter().map(|token| token.span.start).min().unwrap_or(0);
        let end = tokens.iter().map(|token| token.span.end).max().unwrap_or(0);
        let pattern = text.get(start..end).map_or(CasePattern::Lower, CasePattern::of);
        encoded.type_ids[word].fill(pattern as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_patterns() {
        for (word, pattern) in [
            ("data", CasePattern::Lower),
            ("2024", CasePattern::Lower),
            (",", CasePattern::Lower),
            ("Microsoft", CasePattern::Title),
            ("A", CasePattern::Title),
            ("IBM", CasePattern::Upper),
            ("OpenAI", CasePattern::Mixed),
            ("iPhone", CasePattern::Mixed),
            ("4K", CasePattern::Title),
            ("Élysée", CasePattern::Title),
            ("日本", CasePattern::Lower),
        ] {
            assert_eq!(CasePattern::of(word), pattern, "{word}");
        }
    }

    #[test]
    fn words_part_at_specials_and_word_changes() {
        let token = |word| Token { span: Span::new(0, 1), word };
        let tokens = Tokens {
            ids: vec![0; 6],
            type_ids: vec![0; 6],
            tokens: vec![
                token(None),
                token(Some(0)),
                token(Some(0)),
                token(Some(1)),
                token(Some(2)),
                token(None),
            ],
        };
        assert_eq!(tokens.words(), [1..3, 3..4, 4..5]);
        assert!(!tokens.is_empty());
    }
}
