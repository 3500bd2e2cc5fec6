//! Sentences with two actors and what frames them: JSON lines.

use std::path::Path;

use dyad_core::Span;
use serde::Deserialize;

use super::{bad, bad_json, lines, not_empty};
use crate::EvaluateError;

/// A sentence of the frame data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameCase {
    /// Identifier in the file, for the lists of mistakes.
    pub id: String,
    /// Line of the file, from 1.
    pub line: u64,
    /// The two actors, as `A|B`; `None` where the data does not say.
    pub pair: Option<String>,
    /// The sentence.
    pub text: String,
    /// Mentions of A.
    pub a: Vec<Span>,
    /// Mentions of B.
    pub b: Vec<Span>,
    /// Frames present.
    pub frames: Vec<String>,
    /// Tone, -1, 0 or 1; `None` where the data has none.
    pub tone: Option<i8>,
}

#[derive(Deserialize)]
struct FrameLine {
    #[serde(default)]
    id: String,
    #[serde(default)]
    pair: Option<String>,
    text: String,
    a: Vec<[usize; 2]>,
    b: Vec<[usize; 2]>,
    frames: Vec<String>,
    #[serde(default)]
    tone: Option<i8>,
}

/// Frame sentences (`corpora/frames`): JSON lines with `text`, the byte spans `a` and `b`, `frames` and, where known, `tone`.
///
/// # Errors
/// As [`read_conll`](super::read_conll), and for a span that is none: it leaves its sentence, cuts a character, or holds white
/// space at an end, as spans do that count characters.
pub fn read_frames(path: &Path) -> Result<Vec<FrameCase>, EvaluateError> {
    let mut cases = Vec::new();
    for (number, line) in lines(path)? {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let row: FrameLine = serde_json::from_str(&line).map_err(|error| bad_json(path, number, &error))?;
        let spans = |name, pairs| spans(name, pairs, &row.text).map_err(|message| bad(path, number, message));
        let (a, b) = (spans("a", &row.a)?, spans("b", &row.b)?);
        let id = if row.id.is_empty() { format!("line {number}") } else { row.id };
        cases.push(FrameCase {
            id,
            line: number,
            pair: row.pair,
            text: row.text,
            a,
            b,
            frames: row.frames,
            tone: row.tone,
        });
    }
    not_empty(path, cases)
}

/// The mentions of one actor, or which of them is wrong and why.
fn spans(name: &str, pairs: &[[usize; 2]], text: &str) -> Result<Vec<Span>, String> {
    if pairs.is_empty() {
        return Err(format!("{name} is an empty list: give the byte span [start, end] of each mention"));
    }
    let of = |(place, &[start, end]): (usize, &[usize; 2])| match fault(start, end, text) {
        None => Ok(Span::new(start, end)),
        Some(fault) => Err(format!("{name}[{place}] = [{start}, {end}]: {fault}")),
    };
    pairs.iter().enumerate().map(of).collect()
}

/// What is wrong with a span; `None` for a good one.
fn fault(start: usize, end: usize, text: &str) -> Option<String> {
    if start >= end {
        return Some("the start must lie before the end, which is exclusive".to_owned());
    }
    if end > text.len() {
        return Some(format!("it ends beyond the text of {} bytes", text.len()));
    }
    if let Some(byte) = [start, end].into_iter().find(|&byte| !text.is_char_boundary(byte)) {
        let around = text.char_indices().rev().find(|(first, _)| *first < byte)?.1;
        return Some(format!("byte {byte} is inside '{around}': spans count UTF-8 bytes, not characters"));
    }
    let inside = &text[start..end];
    let problem = match inside.trim() {
        "" => "is nothing but white space",
        trimmed if trimmed.len() < inside.len() => "has white space at an end",
        _ => return None,
    };
    Some(format!("{inside:?} {problem}: spans hold a mention and nothing else, and count UTF-8 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_span_is_named_with_its_fault() {
        let text = "Café Acme sued Bolt.";
        assert_eq!(
            spans("a", &[[0, 5], [6, 10]], text),
            Ok(vec![Span::new(0, 5), Span::new(6, 10)]),
            "bytes, not characters"
        );
        for (pairs, expected) in [
            (&[][..], "a is an empty list"),
            (&[[0, 5], [10, 6]], "a[1] = [10, 6]: the start must lie before"),
            (&[[6, 6]], "the start must lie before"),
            (&[[16, 22]], "beyond the text of 21 bytes"),
            (&[[0, 4]], "byte 4 is inside 'é': spans count UTF-8 bytes"),
            (&[[5, 9]], "\" Acm\" has white space at an end"),
            (&[[6, 11]], "\"Acme \" has white space"),
            (&[[5, 6]], "nothing but white space"),
        ] {
            let said = spans("a", pairs, text).expect_err("refused");
            assert!(said.contains(expected), "{expected} is not in: {said}");
        }
    }
}
