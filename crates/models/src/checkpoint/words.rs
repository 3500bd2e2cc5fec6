//! Words for tokenizers that do not part them as BERT does.
//!
//! Byte-level and Metaspace tokenizers count the leading space to a token and may take punctuation into a
//! word; entities are decoded over words parted at white space and punctuation, whatever the model.

use dyad_core::Span;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

use crate::{ModelError, Tokens};

/// Trims white space off every token's span and gives each token the word that holds its first byte.
///
/// A token of white space alone belongs to the word that starts where it ends (XLM-R's lone `▁` before a
/// piece that has no form with a space), else to none.
///
/// # Errors
/// [`ModelError::Tokenizer`] when the text cannot be parted.
pub(crate) fn part_words(text: &str, tokens: &mut Tokens) -> Result<(), ModelError> {
    let words = words(text)?;
    for token in tokens.tokens.iter_mut().filter(|token| token.word.is_some()) {
        token.span = trim(text, token.span);
        token.word = word_at(&words, token.span.start)
            .filter(|&index| !token.span.is_empty() || words[index].start == token.span.start)
            .and_then(|index| u32::try_from(index).ok());
    }
    Ok(())
}

/// Spans of the words, parted at white space and before and after every punctuation mark.
fn words(text: &str) -> Result<Vec<Span>, ModelError> {
    let mut parts = PreTokenizedString::from(text);
    BertPreTokenizer
        .pre_tokenize(&mut parts)
        .map_err(|error| ModelError::Tokenizer { message: error.to_string() })?;
    let splits = parts.get_splits(OffsetReferential::Original, OffsetType::Byte);
    Ok(splits.into_iter().map(|(_, (start, end), _)| Span::new(start, end)).collect())
}

/// The span without white space at its ends, widened to whole characters first; where nothing is left, an
/// empty span at its end.
fn trim(text: &str, span: Span) -> Span {
    let mut start = span.start.min(text.len());
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let covered = &text[start..end];
    let rest = covered.trim_start();
    let start = end - rest.len();
    Span::new(start, start + rest.trim_end().len())
}

/// Index of the word that holds a byte.
fn word_at(words: &[Span], byte: usize) -> Option<usize> {
    let index = words.partition_point(|word| word.end <= byte);
    words.get(index).filter(|word| word.start <= byte).map(|_| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Token;

    fn parted(text: &str, spans: &[(usize, usize)]) -> Vec<(usize, usize, Option<u32>)> {
        let token = |&(start, end): &(usize, usize)| Token { span: Span::new(start, end), word: Some(7) };
        let mut tokens = Tokens {
            ids: vec![0; spans.len()],
            type_ids: vec![0; spans.len()],
            tokens: spans.iter().map(token).collect(),
        };
        part_words(text, &mut tokens).unwrap();
        tokens.tokens.iter().map(|t| (t.span.start, t.span.end, t.word)).collect()
    }

    #[test]
    fn leading_spaces_are_trimmed_and_punctuation_parts_words() {
        // "Open", "AI", "'s", " deal", "."
        let found = parted("OpenAI's deal.", &[(0, 4), (4, 6), (6, 8), (8, 13), (13, 14)]);
        assert_eq!(
            found,
            [(0, 4, Some(0)), (4, 6, Some(0)), (6, 8, Some(1)), (9, 13, Some(3)), (13, 14, Some(4))]
        );
    }

    #[test]
    fn a_lone_space_starts_the_word_that_touches_it() {
        assert_eq!(parted("a b", &[(0, 1), (1, 2), (2, 3)])[1], (2, 2, Some(1)));
        // Two spaces: the first one belongs to nothing.
        assert_eq!(parted("a  b", &[(0, 1), (1, 2), (2, 4)])[1..], [(2, 2, None), (3, 4, Some(1))]);
    }

    #[test]
    fn half_a_character_counts_as_the_whole() {
        assert_eq!(
            parted("né", &[(0, 1), (1, 2), (2, 3)]),
            [(0, 1, Some(0)), (1, 3, Some(0)), (1, 3, Some(0))]
        );
    }

    #[test]
    fn special_tokens_stay_without_a_word() {
        let mut tokens = Tokens {
            ids: vec![0],
            type_ids: vec![0],
            tokens: vec![Token { span: Span::new(0, 0), word: None }],
        };
        part_words("a", &mut tokens).unwrap();
        assert_eq!(tokens.tokens[0].word, None);
    }
}
