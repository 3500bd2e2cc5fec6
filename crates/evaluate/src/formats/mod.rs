//! Readers of labelled data. Spans are byte ranges of the case's text, end exclusive.

mod frames;

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

use dyad_core::Span;
use serde::Deserialize;

use crate::EvaluateError;

pub use frames::{FrameCase, read_frames};

/// What some editors put before the first character of a text file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A sentence of words, each with a BIO label.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WordCase {
    /// Words as the data parts them.
    pub words: Vec<String>,
    /// One label a word: `O`, `B-person`, `I-ORG`, …
    pub labels: Vec<String>,
}

/// A target in a sentence and how it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetCase {
    /// The sentence.
    pub text: String,
    /// The target.
    pub span: Span,
    /// -1, 0 or 1.
    pub polarity: i8,
}

/// Two actors in a sentence and who is for or against whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StanceCase {
    /// The sentence, brackets removed.
    pub text: String,
    /// Actor A.
    pub a: Span,
    /// Actor B.
    pub b: Span,
    /// Class of the DSE data: 0 neutral, 1 A->B positive, 2 B->A positive, 3 A->B negative, 4 B->A negative.
    pub class: usize,
}

/// CoNLL columns: the word first, the BIO label last, parted by tabs or spaces; an empty line ends a sentence.
/// `-DOCSTART-` lines are left out.
///
/// # Errors
/// [`EvaluateError`] when the file cannot be read, a line has one column only, or nothing is in it.
pub fn read_conll(path: &Path) -> Result<Vec<WordCase>, EvaluateError> {
    let (mut cases, mut case) = (Vec::new(), WordCase::default());
    for (number, line) in lines(path)? {
        let line = line?;
        let line = line.trim_end();
        if line.is_empty() {
            if !case.words.is_empty() {
                cases.push(std::mem::take(&mut case));
            }
            continue;
        }
        let mut columns = line.split(['\t', ' ']).filter(|column| !column.is_empty());
        let (Some(word), Some(label)) = (columns.next(), columns.next_back()) else {
            return Err(bad(path, number, "expected a word and a BIO label in columns"));
        };
        if word != "-DOCSTART-" {
            case.words.push(word.to_owned());
            case.labels.push(label.to_owned());
        }
    }
    if !case.words.is_empty() {
        cases.push(case);
    }
    not_empty(path, cases)
}

#[derive(Deserialize)]
struct NewsMtscLine {
    sentence: String,
    from: usize,
    to: usize,
    polarity: i8,
}

/// NewsMTSC: JSON lines with `sentence`, `from`, `to` (characters, end exclusive) and `polarity` (-1, 0, 1).
///
/// # Errors
/// As [`read_conll`], and for a target that leaves its sentence.
pub fn read_newsmtsc(path: &Path) -> Result<Vec<TargetCase>, EvaluateError> {
    let mut cases = Vec::new();
    for (number, line) in lines(path)? {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let row: NewsMtscLine =
            serde_json::from_str(&line).map_err(|error| bad_json(path, number, &error))?;
        let span = byte_span(&row.sentence, row.from, row.to)
            .ok_or_else(|| bad(path, number, "from and to leave the sentence"))?;
        if !(-1..=1).contains(&row.polarity) {
            return Err(bad(path, number, format!("polarity {} is not -1, 0 or 1", row.polarity)));
        }
        cases.push(TargetCase { text: row.sentence, span, polarity: row.polarity });
    }
    not_empty(path, cases)
}

/// DSE: tab-separated, quoted like CSV: sentence with `[A]` and `[B]`, A, B, class (0 to 4). The brackets, which
/// sometimes stand inside a word, are removed.
///
/// # Errors
/// As [`read_conll`], and for a row without both bracketed actors.
pub fn read_dse(path: &Path) -> Result<Vec<StanceCase>, EvaluateError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .from_path(path)
        .map_err(|error| csv_error(path, &error))?;
    let mut cases = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| csv_error(path, &error))?;
        let line = row.position().map_or(0, csv::Position::line);
        let [Some(marked), Some(a), Some(b), Some(class)] = [0, 1, 2, 3].map(|column| row.get(column)) else {
            return Err(bad(path, line, "expected four columns: sentence, A, B, class"));
        };
        let class: usize =
            class.trim().parse().ok().filter(|class| *class <= 4).ok_or_else(|| {
                bad(path, line, format!("class '{class}' is not a whole number from 0 to 4"))
            })?;
        let case = unbracket(marked, a, b)
            .ok_or_else(|| bad(path, line, format!("[{a}] and then [{b}] are not in the sentence")))?;
        cases.push(StanceCase { text: case.0, a: case.1, b: case.2, class });
    }
    not_empty(path, cases)
}

/// The sentence without brackets and the two spans; `None` when they are not there in this order.
fn unbracket(marked: &str, a: &str, b: &str) -> Option<(String, Span, Span)> {
    let (first, after) = bracketed(marked, a.trim(), 0)?;
    let (second, _) = bracketed(marked, b.trim(), after)?;
    let mut text = marked[..first.start - 1].to_owned();
    let mut push = |inner: &Span, upto: usize| {
        let start = text.len();
        text.push_str(&marked[inner.start..inner.end]);
        let span = Span::new(start, text.len());
        text.push_str(&marked[inner.end + 1..upto]);
        span
    };
    let span_a = push(&first, second.start - 1);
    let span_b = push(&second, marked.len());
    Some((text, span_a, span_b))
}

/// The inside of the first `[name]` from a byte on (white space inside the brackets allowed), and the byte after it.
fn bracketed(marked: &str, name: &str, from: usize) -> Option<(Span, usize)> {
    let mut at = from;
    loop {
        let open = at + marked.get(at..)?.find('[')?;
        let inside = &marked[open + 1..];
        if let Some(close) = inside.find(name).map(|start| start + name.len()).and_then(|end| {
            let gap = inside[end..].find(']')?;
            inside[end..end + gap].trim().is_empty().then_some(end + gap)
        }) && inside[..close].trim() == name
        {
            return Some((Span::new(open + 1, open + 1 + close), open + close + 2));
        }
        at = open + 1;
    }
}

/// Byte range of characters `from` to `to` (end exclusive).
fn byte_span(text: &str, from: usize, to: usize) -> Option<Span> {
    let position =
        |character: usize| text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(character);
    let span = Span::new(position(from)?, position(to)?);
    (!span.is_empty()).then_some(span)
}

/// The lines of a file with their numbers, from 1, without a byte-order mark.
fn lines(
    path: &Path,
) -> Result<impl Iterator<Item = (u64, Result<String, EvaluateError>)> + use<'_>, EvaluateError> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let read = move |(number, line): (u64, std::io::Result<String>)| {
        let line = line.map_err(|source| match source.kind() {
            ErrorKind::InvalidData => bad(path, number, "not UTF-8; save the file in that encoding"),
            _ => unreadable(path, source),
        });
        (number, line.map(|line| if number == 1 { without_mark(line) } else { line }))
    };
    Ok((1..).zip(BufReader::new(file).lines()).map(read))
}

fn without_mark(line: String) -> String {
    line.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(line)
}

fn not_empty<T>(path: &Path, cases: Vec<T>) -> Result<Vec<T>, EvaluateError> {
    if cases.is_empty() { Err(EvaluateError::Empty { path: path.to_owned() }) } else { Ok(cases) }
}

fn unreadable(path: &Path, source: std::io::Error) -> EvaluateError {
    EvaluateError::Unreadable { path: path.to_owned(), source }
}

fn bad(path: &Path, line: u64, message: impl Into<String>) -> EvaluateError {
    EvaluateError::BadLine { path: path.to_owned(), line, message: message.into() }
}

/// A line that is not the JSON expected; the position that serde gives is one within the line.
fn bad_json(path: &Path, line: u64, error: &serde_json::Error) -> EvaluateError {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    bad(path, line, message.strip_suffix(&position).unwrap_or(&message))
}

fn csv_error(path: &Path, error: &csv::Error) -> EvaluateError {
    let line = error.position().map_or(0, csv::Position::line);
    bad(path, line, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_go_and_spans_stay() {
        let (text, a, b) =
            unbracket("In [ Kyiv] the [Congre]ss met [x].", "Kyiv", "Congre").expect("both there");
        assert_eq!(text, "In  Kyiv the Congress met [x].");
        assert_eq!(a.slice(&text), Some(" Kyiv"));
        assert_eq!(b.slice(&text), Some("Congre"));
        assert!(unbracket("no [A] here", "A", "B").is_none());
        assert!(unbracket("[] [A", "A", "B").is_none());
    }

    #[test]
    fn the_same_name_twice_is_two_actors() {
        let (text, a, b) = unbracket("[AI] against [AI]", "AI", "AI").expect("both there");
        assert_eq!((text.as_str(), a, b), ("AI against AI", Span::new(0, 2), Span::new(11, 13)));
    }

    #[test]
    fn characters_become_bytes() {
        assert_eq!(byte_span("né à", 1, 4), Some(Span::new(1, 6)));
        assert_eq!(byte_span("né", 1, 3), None);
        assert_eq!(byte_span("né", 1, 1), None);
    }
}
