//! Untrusted text on its way into HTML, Markdown, embedded JSON, CSV, chart labels and file names.

use std::borrow::Cow;

use serde::Serialize;
use url::Url;

use crate::ReportError;

/// Longest link the report carries; a longer one is dropped, since a cut link leads elsewhere.
const MAX_URL_BYTES: usize = 2000;

/// Text for an HTML element or a quoted attribute; control characters other than tab and newline are dropped.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A value as JSON that can stand in a `<script>` element: nothing in it can end the element or a line.
pub(crate) fn json_in_script(value: &impl Serialize, part: &'static str) -> Result<String, ReportError> {
    let json = serde_json::to_string(value).map_err(|source| ReportError::Json { part, source })?;
    let mut out = String::with_capacity(json.len());
    // These five occur in JSON only inside strings, where the escape means the same character.
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// Text for a Plotly label, which reads a subset of HTML.
pub(crate) fn plotly(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text within a line of Markdown (a cell, a quotation): one line, no markup, no HTML, no mention of a user
/// or an issue, no direction overrides.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        match c {
            // Entities, because some renderers pass on a tag whose bracket has only a backslash before it.
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // A word joiner keeps "@name" and "#1" from notifying people and linking issues.
            '@' | '#' => {
                out.push('\\');
                out.push(c);
                out.push('\u{2060}');
            }
            c => out.push(c),
        }
    }
    out
}

/// The text on one line, without control characters and without characters that change the direction of what follows.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// The text with U+FFFD for each character that forces a direction on what follows, so that a headline cannot
/// read other than it is. Both take three bytes and one UTF-16 unit: positions in the text still hold.
pub(crate) fn without_overrides(text: &str) -> Cow<'_, str> {
    if text.contains(['\u{202d}', '\u{202e}']) {
        Cow::Owned(text.replace(['\u{202d}', '\u{202e}'], "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A text cell that no spreadsheet takes for a formula.
pub(crate) fn csv_cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The link in normal form if it is absolute, http or https, and of a sane length.
pub(crate) fn link(url: &str) -> Option<String> {
    let parsed = Url::parse(url.trim()).ok()?;
    let web = matches!(parsed.scheme(), "http" | "https") && parsed.has_host();
    let text = parsed.to_string();
    (web && text.len() <= MAX_URL_BYTES).then_some(text)
}

/// A link as the target of a Markdown link.
pub(crate) fn markdown_link(url: &str) -> Option<String> {
    let link = link(url)?;
    Some(
        link.replace('(', "%28")
            .replace(')', "%29")
            .replace('|', "%7C")
            .replace('\\', "%5C")
            .replace('<', "%3C"),
    )
}

/// At most `max_chars` characters, with an ellipsis in place of the rest.
pub(crate) fn cut(text: &str, max_chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max_chars) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text[..end].trim_end())),
    }
}

/// A metric name as part of a file name: letters, digits, `_` and `-` only.
pub(crate) fn file_stem(name: &str) -> String {
    let stem: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' })
        .take(80)
        .collect();
    if stem.is_empty() { "unnamed".to_owned() } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_leaves_no_way_out_of_an_element_or_attribute() {
        assert_eq!(html("<b a='\"'>&\u{0}"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }

    #[test]
    fn json_cannot_end_its_script_element() {
        let json = json_in_script(&"</script><!--&\u{2028}", "test").expect("a string encodes");
        assert_eq!(json, "\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\"");
        assert_eq!(serde_json::from_str::<String>(&json).expect("still JSON"), "</script><!--&\u{2028}");
    }

    #[test]
    fn links_are_web_links_or_nothing() {
        assert_eq!(link("javascript:alert(1)"), None);
        assert_eq!(link("java\nscript:alert(1)"), None);
        assert_eq!(link("data:text/html,x"), None);
        assert_eq!(link("//example.org/x"), None);
        assert_eq!(link(&format!("https://example.org/{}", "x".repeat(3000))), None);
        assert_eq!(link(" https://example.org/a b\"c").as_deref(), Some("https://example.org/a%20b%22c"));
        assert_eq!(markdown_link("http://e.org/a(b)|c").as_deref(), Some("http://e.org/a%28b%29%7Cc"));
    }

    #[test]
    fn markdown_stays_on_one_line_and_calls_nobody() {
        assert_eq!(markdown("a|b\n<i>*@me #1"), "a\\|b &lt;i&gt;\\*\\@\u{2060}me \\#\u{2060}1");
        assert_eq!(markdown("abc\u{202e}def"), "abcdef");
    }

    #[test]
    fn formula_cells_become_text() {
        for start in ["=", "+", "-", "@", "\t", "\r"] {
            assert!(csv_cell(&format!("{start}cmd")).starts_with('\''));
        }
        assert_eq!(csv_cell("a=1"), "a=1");
    }

    #[test]
    fn file_stems_stay_in_their_folder() {
        assert_eq!(file_stem("frame_../../etc/passwd"), "frame_------etc-passwd");
        assert_eq!(file_stem("frame_Größe"), "frame_gr--e");
        assert_eq!(file_stem(""), "unnamed");
    }

    #[test]
    fn cutting_counts_characters_not_bytes() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
