use std::path::Path;

use dyad_core::Span;
use tokenizers::{Encoding, PreTokenizerWrapper};

use crate::ModelError;
use crate::checkpoint::part_words;

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

/// A text, or a pair of texts, as a sequence classifier takes it; special tokens included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncodedPair {
    /// Vocabulary ids.
    pub ids: Vec<u32>,
    /// Token type ids: as the tokenizer gives them, or all 0 for families that have none.
    pub type_ids: Vec<u32>,
    /// Tokens cut off the end of the first text to stay within the longest input; 0 when all fitted.
    pub n_cut_tokens: usize,
}

/// How a [`Tokenizer`] fills token type ids and finds words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Words as the tokenizer parts them; the word's case pattern as type id.
    CasePatterns,
    /// Words as the tokenizer parts them, which is as BERT does; type ids 0.
    Plain,
    /// Words parted anew, as BERT does; type ids 0.
    Reparted,
}

/// Text to tokens, without padding or truncation: every cut is made by the caller and counted.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    reading: Reading,
    pairs_have_types: bool,
}

impl Tokenizer {
    /// Reads a Hugging Face `tokenizer.json`; `case_patterns` turns the casing trick on.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the file does not parse.
    pub fn from_file(path: &Path, case_patterns: bool) -> Result<Self, ModelError> {
        let failed =
            |message: String| ModelError::Tokenizer { message: format!("{}: {message}", path.display()) };
        let inner = tokenizers::Tokenizer::from_file(path).map_err(|error| failed(error.to_string()))?;
        let reading = if case_patterns { Reading::CasePatterns } else { Reading::Plain };
        Self::new(inner, reading, true)
    }

    /// The tokenizer of a checkpoint: words are parted as BERT does, whatever the family.
    /// `pairs_have_types` is false for families that do not tell the texts of a pair by type ids.
    pub(crate) fn of_checkpoint(
        inner: tokenizers::Tokenizer,
        pairs_have_types: bool,
    ) -> Result<Self, ModelError> {
        let as_bert = matches!(inner.get_pre_tokenizer(), Some(PreTokenizerWrapper::BertPreTokenizer(_)));
        Self::new(inner, if as_bert { Reading::Plain } else { Reading::Reparted }, pairs_have_types)
    }

    fn new(
        mut inner: tokenizers::Tokenizer,
        reading: Reading,
        pairs_have_types: bool,
    ) -> Result<Self, ModelError> {
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|error| ModelError::Tokenizer { message: error.to_string() })?;
        Ok(Self { inner, reading, pairs_have_types })
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
        match self.reading {
            Reading::CasePatterns => mark_case(text, &mut encoded),
            Reading::Plain => {}
            Reading::Reparted => part_words(text, &mut encoded)?,
        }
        Ok(encoded)
    }

    /// Ids of a text, or of a pair, for a model that takes `max_length` tokens, special tokens included.
    ///
    /// What is too long loses tokens off the end of the FIRST text, never of the second; they are counted.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the tokenizer fails, or when nothing of the first text would be left.
    pub fn encode_pair(
        &self,
        text: &str,
        pair: Option<&str>,
        max_length: usize,
    ) -> Result<EncodedPair, ModelError> {
        let encoding = match pair {
            Some(pair) => self.inner.encode((text, pair), true),
            None => self.inner.encode(text, true),
        }
        .map_err(|error| ModelError::Tokenizer { message: error.to_string() })?;
        let cut = cut_first(&encoding, max_length)?;
        let kept = |values: &[u32]| [&values[..cut.start], &values[cut.end..]].concat();
        let ids = kept(encoding.get_ids());
        let type_ids = if self.pairs_have_types { kept(encoding.get_type_ids()) } else { vec![0; ids.len()] };
        Ok(EncodedPair { ids, type_ids, n_cut_tokens: cut.len() })
    }
}

/// The tokens at the end of the first text that must go for the whole to have `max_length` tokens.
fn cut_first(encoding: &Encoding, max_length: usize) -> Result<std::ops::Range<usize>, ModelError> {
    let excess = encoding.len().saturating_sub(max_length);
    let specials = encoding.get_special_tokens_mask();
    let of_first = |&index: &usize| specials[index] == 0 && encoding.token_to_sequence(index) == Some(0);
    let first: Vec<usize> = (0..encoding.len()).filter(of_first).collect();
    let Some(&last) = first.last().filter(|_| excess > 0) else { return Ok(0..0) };
    if excess >= first.len() {
        return Err(ModelError::Tokenizer {
            message: format!(
                "the second text takes {} of {max_length} tokens and leaves no room for the first; shorten it",
                encoding.len() - first.len()
            ),
        });
    }
    Ok(last + 1 - excess..last + 1)
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
