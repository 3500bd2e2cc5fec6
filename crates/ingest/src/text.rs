use std::borrow::Cow;
use std::fmt::Display;

use crate::html;

/// Longest first line of a plain text that can be its title, in characters.
const MAX_TITLE_CHARS: usize = 150;

/// A text as the store keeps it: line ends are `\n`, control characters and invisible marks are gone,
/// no line ends in white space, and at most one blank line parts two paragraphs.
pub(crate) fn clean(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                plain.push('\n');
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' => plain.push('\n'),
            '\u{2029}' => plain.push_str("\n\n"),
            '\n' | '\t' => plain.push(c),
            // No-break spaces would part a name from its aliases.
            '\u{a0}' | '\u{2007}' | '\u{202f}' => plain.push(' '),
            // Soft hyphens, zero-width spaces and byte order marks hide inside words.
            '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => {}
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    fold_blank_lines(&plain)
}

fn fold_blank_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        out.push_str(line);
    }
    // The first line alone may still be indented.
    match out.trim_start() {
        trimmed if trimmed.len() == out.len() => out,
        trimmed => trimmed.to_owned(),
    }
}

/// A title or name on one line; `None` when nothing is left of it.
pub(crate) fn single_line(text: &str) -> Option<String> {
    let line = unbroken(&clean(&decode_entities(text)));
    (!line.is_empty()).then_some(line)
}

/// The words of a text with one space between them.
pub(crate) fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A headline on one line, without the HTML that some records put into it; `None` when nothing is left of it.
pub(crate) fn headline(text: &str) -> Option<String> {
    if html::holds_markup(text) {
        let line = unbroken(&clean(&html::fragment_text(text)));
        return (!line.is_empty()).then_some(line);
    }
    single_line(text)
}

/// A name or message of an input as a sentence of ours shows it: on one line, and not longer than so many characters.
pub(crate) fn shown(text: &str, max_chars: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What a parser says, which may hold pieces of the input, as a sentence of ours shows it.
pub(crate) fn cause(error: &impl Display) -> String {
    const MAX_CHARS: usize = 200;
    shown(&error.to_string(), MAX_CHARS)
}

/// `&amp;`, `&#39;` and their like as the characters they stand for.
pub(crate) fn decode_entities(text: &str) -> Cow<'_, str> {
    html_escape::decode_html_entities(text)
}

/// Parts a cleaned plain text into title and body. The first line is the title only if it is short,
/// ends in no full stop and a blank line and more text follow.
pub(crate) fn split_title(text: &str) -> (Option<&str>, &str) {
    let whole = (None, text);
    let Some((first, rest)) = text.split_once("\n\n") else { return whole };
    let is_title = !first.contains('\n')
        && first.chars().count() <= MAX_TITLE_CHARS
        && !first.ends_with(['.', '。'])
        && !rest.is_empty();
    // Its first line may be indented.
    if is_title { (Some(first), rest.trim_start()) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn line_ends_and_control_characters_are_normalised() {
        assert_eq!(
            clean("\u{feff} A\0b\r\nc\rd  \n \t \n\n\n e\u{7}\tf\u{a0}g\u{ad}h\n"),
            "Ab\nc\nd\n\n e\tf gh"
        );
        assert_eq!(clean(" \n\r\n\0 "), "");
    }

    #[test]
    fn titles_are_short_and_stand_alone() {
        assert_eq!(split_title("Two firms part\n\nThe body."), (Some("Two firms part"), "The body."));
        assert_eq!(split_title("Two firms part\n\n\t The body."), (Some("Two firms part"), "The body."));
        for text in ["A sentence.\n\nMore.", "No body", "Line one\nline two\n\nBody"] {
            assert_eq!(split_title(text), (None, text));
        }
        let long = format!("{}\n\nBody", "x".repeat(151));
        assert_eq!(split_title(&long).0, None);
    }

    #[test]
    fn single_lines_hold_no_line_end_and_no_entity() {
        assert_eq!(single_line(" Q&amp;A:\n  it&#39;s  on "), Some("Q&A: it's on".to_owned()));
        assert_eq!(single_line(" \n "), None);
    }

    #[test]
    fn what_an_input_says_is_shown_on_one_line_of_bearable_length() {
        assert_eq!(shown(" a\r\n\0b\u{85}c ", 9), "a b c");
        assert_eq!(shown("ééé", 3), "ééé");
        assert_eq!(shown("éééé", 3), "ééé…");
    }

    proptest! {
        #[test]
        fn cleaning_is_stable_and_drops_nothing_visible(text in "[a-zé \\n\\r\\t\\x00\\u{a0}\\u{2029}]{0,60}") {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once.clone());
            prop_assert!(!once.contains("\n\n\n") && !once.contains('\r'));
            let letters = |s: &str| s.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            prop_assert_eq!(letters(&once), letters(&text));
        }
    }
}
