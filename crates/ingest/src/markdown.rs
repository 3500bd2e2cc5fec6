use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// HTML elements that stand between paragraphs.
const BLOCK_TAGS: [&str; 32] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "section",
    "summary",
    "table",
    "td",
    "tr",
    "ul",
];
/// HTML elements within a paragraph.
const INLINE_TAGS: [&str; 28] = [
    "a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "iframe", "img", "input", "ins",
    "kbd", "label", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "time", "u", "video", "wbr",
];

/// No tag of an article is longer; a lone `<` must not cost a search through the whole text.
const MAX_TAG_BYTES: usize = 4_096;
/// Nor is a script, for the same reason.
const MAX_HIDDEN_BYTES: usize = 65_536;

/// A Markdown text without its markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    /// The text of a level-one heading that opens the document.
    pub(crate) heading: Option<String>,
    /// The rest: paragraphs parted by a blank line.
    pub(crate) text: String,
}

/// Whether a text that came as plain is Markdown in truth: several links, headings or list markers.
pub(crate) fn looks_like_markdown(text: &str) -> bool {
    let links = text.matches("](http").take(2).count();
    let mut headings = 0;
    let mut items = 0;
    for line in text.lines().map(str::trim_start) {
        let hashes = line.bytes().take_while(|&b| b == b'#').count();
        headings += usize::from((1..=6).contains(&hashes) && line[hashes..].starts_with(' '));
        items += usize::from(line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ "));
    }
    links >= 2 || headings >= 2 || items >= 3 || (links + headings >= 1 && links + headings + items >= 2)
}

/// Markdown to paragraphs of plain text.
///
/// Emphasis marks go, links keep their text, images and fenced code are left out; every heading, list
/// item and table row is a paragraph of its own; entities and HTML tags are resolved. Indentation is
/// ignored, so that nested lists come out flat and no indented line of prose counts as code.
pub(crate) fn to_plain(markdown: &str) -> Plain {
    let lines = markdown.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    let source = without_html(&without_comments(&lines));
    let source: String = source.lines().flat_map(|line| [line.trim_start(), "\n"]).collect();
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS;
    let mut writer = Writer::default();
    for event in Parser::new_ext(&source, options) {
        writer.event(event);
    }
    writer.finish()
}

#[derive(Default)]
struct Writer {
    paragraphs: Vec<String>,
    current: String,
    heading: Option<String>,
    /// Depth of images and code blocks, whose text is left out.
    hidden: usize,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Image { .. }) => self.hidden += 1,
            Event::End(TagEnd::Image) => self.hidden = self.hidden.saturating_sub(1),
            Event::Start(Tag::CodeBlock(_)) => {
                self.flush();
                self.hidden += 1;
            }
            Event::End(TagEnd::CodeBlock) => self.hidden = self.hidden.saturating_sub(1),
            Event::Start(Tag::TableCell) if !self.current.is_empty() => self.current.push_str(", "),
            Event::End(TagEnd::Heading(HeadingLevel::H1))
                if self.paragraphs.is_empty() && self.heading.is_none() =>
            {
                let heading = std::mem::take(&mut self.current);
                self.heading = Some(heading).filter(|heading| !heading.trim().is_empty());
            }
            Event::Start(tag) if !is_inline(&tag.to_end()) => self.flush(),
            Event::End(tag) if !is_inline(&tag) => self.flush(),
            Event::Rule => self.flush(),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.write(&text)
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => self.write(&text),
            Event::SoftBreak => self.write(" "),
            Event::HardBreak => self.write("\n"),
            Event::Start(_) | Event::End(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn write(&mut self, text: &str) {
        if self.hidden == 0 {
            self.current.push_str(text);
        }
    }

    fn flush(&mut self) {
        let paragraph = std::mem::take(&mut self.current);
        let trimmed = paragraph.trim();
        if !trimmed.is_empty() && !is_macro(trimmed) {
            self.paragraphs.push(trimmed.to_owned());
        }
    }

    fn finish(mut self) -> Plain {
        self.flush();
        Plain { heading: self.heading, text: self.paragraphs.join("\n\n") }
    }
}

fn is_inline(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::TableCell
            | TagEnd::Superscript
            | TagEnd::Subscript
    )
}

/// A paragraph that is an instruction to the publishing program, not text.
fn is_macro(paragraph: &str) -> bool {
    paragraph.eq_ignore_ascii_case("[toc]")
        || (paragraph.starts_with("{%") && paragraph.ends_with("%}") && !paragraph.contains('\n'))
}

/// Drops `<!-- … -->`; CommonMark would drop what stands beside it on the line as well. A comment that
/// is never closed is text.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        let Some((_, behind)) = after.split_once("-->") else { break };
        out.push_str(before);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Takes HTML tags away before the Markdown is parsed, because CommonMark reads no Markdown within an
/// HTML block. Block elements become paragraph breaks; anything that is no known tag stays.
fn without_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match known_tag(rest) {
            Some((length, kind)) => {
                rest = &rest[length..];
                if kind != Element::Inline {
                    out.push_str("\n\n");
                }
                if kind == Element::Hidden {
                    rest = behind_hidden(rest);
                }
            }
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    /// Stands within a paragraph.
    Inline,
    /// Parts paragraphs.
    Block,
    /// Holds a program or a style sheet, not text.
    Hidden,
}

/// The length of the HTML tag at the start of the text and what it is.
fn known_tag(text: &str) -> Option<(usize, Element)> {
    let bytes = text.as_bytes();
    let closing = bytes.get(1) == Some(&b'/');
    let name_start = if closing { 2 } else { 1 };
    let name_length = bytes[name_start..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = text[name_start..name_start + name_length].to_ascii_lowercase();
    let after = bytes.get(name_start + name_length)?;
    if !matches!(after, b'>' | b'/') && !after.is_ascii_whitespace() {
        return None;
    }
    let end = bytes.iter().take(MAX_TAG_BYTES).position(|&b| b == b'>')? + 1;
    let kind = match name.as_str() {
        "script" | "style" if closing => Element::Block,
        "script" | "style" => Element::Hidden,
        name if BLOCK_TAGS.contains(&name) => Element::Block,
        name if INLINE_TAGS.contains(&name) => Element::Inline,
        _ => return None,
    };
    Some((end, kind))
}

/// What follows the end of a script or style; the text itself where none ends nearby.
fn behind_hidden(text: &str) -> &str {
    let near = &text[..text.floor_char_boundary(MAX_HIDDEN_BYTES)];
    near.find("</s").map_or(text, |at| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_goes_and_text_stays() {
        let plain = to_plain(
            "# Two *firms*\n\nA **bold** [deal](https://e.com/x) &amp; `Azure`\non one line.  \nNext\n\n\
             ![chart](c.png)\n\n- one\n  - two ~~not~~\n1. [ ] three\n\n> quoted\n\n```rust\nfn main() {}\n```\n\n\
             | a | b |\n|---|---|\n| c | d |\n\nEnd[^1].\n\n[^1]: A note.\n\n---\n\n[TOC]\n\n## Heading\n",
        );
        assert_eq!(plain.heading.as_deref(), Some("Two firms"));
        let paragraphs: Vec<&str> = plain.text.split("\n\n").collect();
        assert_eq!(
            paragraphs,
            [
                "A bold deal & Azure on one line.\nNext",
                "one",
                "two not",
                "three",
                "quoted",
                "a, b",
                "c, d",
                "End.",
                "A note.",
                "Heading",
            ]
        );
    }

    #[test]
    fn html_inside_markdown_becomes_paragraphs() {
        let plain = to_plain(
            "<!-- mode: x -->Hi **all**\n\n<ul><li><a href=\"https://e.com\">First</a>: **more**</li>\n<li>Second</li></ul>\n\
             <script>alert('x')</script>\n    indented prose, 2 < 3 and <RET> stay",
        );
        let paragraphs: Vec<&str> = plain.text.split("\n\n").collect();
        assert_eq!(paragraphs, ["Hi all", "First: more", "Second", "indented prose, 2 < 3 and <RET> stay"]);
    }

    #[test]
    fn only_markup_in_numbers_counts_as_markdown() {
        for text in [
            "See [one](https://a.b) and [two](https://c.d).",
            "## First\n\nText\n\n## Second",
            "Intro:\n- a\n- b\n- c",
            "# Title\n\n- item",
        ] {
            assert!(looks_like_markdown(text), "{text}");
        }
        for text in [
            "A plain story.\n\nWith two paragraphs.",
            "He said - twice - that #1 is best.",
            "One [link](https://a.b) only.",
            "- a dash opens this line\nand no other",
        ] {
            assert!(!looks_like_markdown(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_converts_and_plain_words_survive(text in "[a-z<>/!*_`#\\[\\]()| é\\n-]{0,120}", words in "[a-z]{1,9}( [a-z]{1,9}){0,9}") {
            to_plain(&text);
            prop_assert_eq!(to_plain(&words).text, words);
        }
    }
}
