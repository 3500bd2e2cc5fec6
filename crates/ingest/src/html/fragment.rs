//! HTML in a field of a record: told from plain text, and turned into it.
//!
//! Unlike a page, a fragment is all article: nothing is left out but what is no text (scripts, styles, captions).

use std::borrow::Cow;

use memchr::{memchr, memmem, memrchr};

use super::blocks::line;
use super::tag::Tag;
use super::tree::{Kind, Tree};

/// Marks `<` within quoted values that a tag may hold. More are an unclosed quotation mark; the limit keeps the search
/// for tags linear.
const MAX_INNER_MARKS: usize = 16;
/// Class that WordPress gives captions that are no `<figcaption>`.
const CAPTION_CLASS: &str = "wp-caption-text";

/// Elements of which one tag alone tells HTML: their end tag is often left out, or there is none.
const LONE: [Tag; 7] = [Tag::P, Tag::Br, Tag::Li, Tag::Hr, Tag::Td, Tag::Tr, Tag::Th];
/// Elements that prose mentions by name (`the <div> element`), or whose names stand for other things (`<img>` for what
/// was left out): these tell HTML only with an attribute, with their end tag, or when the text opens with them.
#[rustfmt::skip]
const PAIRED: [Tag; 35] = [
    Tag::Div, Tag::Span, Tag::A, Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6, Tag::Strong, Tag::Em, Tag::B,
    Tag::I, Tag::U, Tag::Ul, Tag::Ol, Tag::Table, Tag::Blockquote, Tag::Section, Tag::Article, Tag::Pre, Tag::Code,
    Tag::Sup, Tag::Sub, Tag::Small, Tag::Font, Tag::Center, Tag::Body, Tag::Html, Tag::Img, Tag::Iframe, Tag::Script,
    Tag::Style, Tag::Figure, Tag::Q,
];
const CDATA: &str = "<![CDATA[";
/// Elements within a sentence that the parser does not know, and would take for blocks.
const PHRASES: [&str; 17] = [
    "tt", "big", "strike", "nobr", "kbd", "var", "samp", "dfn", "acronym", "bdo", "bdi", "data", "ruby",
    "rb", "rt", "rp", "blink",
];

/// A tag as it stands in a text.
struct Written<'t> {
    name: &'t str,
    is_end: bool,
    has_attributes: bool,
    /// Index after the `>`.
    end: usize,
}

/// The tag that starts at a `<`, if one does: `a < b`, `<3` and an unclosed `<p` are none.
fn tag_at(text: &str, start: usize) -> Option<Written<'_>> {
    let bytes = text.as_bytes();
    let is_end = bytes.get(start + 1) == Some(&b'/');
    let name_start = start + 1 + usize::from(is_end);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':');
    let length = bytes.get(name_start..)?.iter().take_while(|b| is_name(b)).count();
    let mut at = name_start + length;
    let name = text.get(name_start..at)?;
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let (mut has_attributes, mut inner_marks) = (false, 0);
    loop {
        let before = at;
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace() || **b == b'/').count();
        match *bytes.get(at)? {
            b'>' => return Some(Written { name, is_end, has_attributes, end: at + 1 }),
            b'<' => return None,
            // The first attribute is parted from the name.
            _ if at == before && !has_attributes => return None,
            _ => {}
        }
        at += 1;
        let is_attribute = |b: &u8| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/' | b'<');
        at += bytes[at..].iter().take_while(|b| is_attribute(b)).count();
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        if bytes.get(at) != Some(&b'=') {
            // Words behind a name are prose; attributes without a value follow others.
            if !has_attributes {
                return None;
            }
            continue;
        }
        has_attributes = true;
        at += 1;
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        match *bytes.get(at)? {
            quote @ (b'"' | b'\'') => loop {
                at += 1;
                match *bytes.get(at)? {
                    b if b == quote => {
                        at += 1;
                        break;
                    }
                    b'<' if inner_marks == MAX_INNER_MARKS => return None,
                    b'<' => inner_marks += 1,
                    _ => {}
                }
            },
            _ => {
                let is_value = |b: &u8| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'<');
                at += bytes[at..].iter().take_while(|b| is_value(b)).count();
            }
        }
    }
}

/// Every place of a `<` in a text.
fn marks(text: &str) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'<', text.as_bytes())
}

/// Whether a text that came as plain is HTML in truth. One tag of HTML is enough, but signs of comparison, `List<String>`
/// and `<unk>` are none.
pub(crate) fn holds_markup(text: &str) -> bool {
    let opening = text.len() - text.trim_start().len();
    let (mut started, mut ended) = ([false; Tag::COUNT], [false; Tag::COUNT]);
    for start in marks(text) {
        let Some(written) = tag_at(text, start) else { continue };
        let tag = Tag::of(written.name);
        let is_paired = PAIRED.contains(&tag);
        if LONE.contains(&tag) || is_paired && (written.has_attributes || start == opening && !written.is_end)
        {
            return true;
        }
        if is_paired {
            let seen = if written.is_end { &mut ended } else { &mut started };
            seen[tag as usize] = true;
            if started[tag as usize] && ended[tag as usize] {
                return true;
            }
        }
    }
    false
}

/// HTML to plain text, all of it: paragraphs parted by a blank line, items of a list and rows of a table on a line
/// each, entities decoded. Whatever is no tag of HTML stays as it is written.
pub(crate) fn fragment_text(html: &str) -> String {
    let html = guarded(html);
    let tree = Tree::parse(&html);
    let mut writer = Writer::default();
    let mut at = 1;
    while at < tree.nodes.len() {
        writer.close(at);
        match tree.nodes[at].kind {
            Kind::Text(text) => writer.raw.push_str(text),
            Kind::JsonLd(_) => {}
            Kind::Element(tag) if is_left_out(&tree, at, tag) => {
                at = tree.end(at);
                continue;
            }
            Kind::Element(tag) if tag.is_raw() => {}
            Kind::Element(tag) => writer.open(tag, tree.end(at)),
        }
        at += 1;
    }
    writer.close(usize::MAX);
    writer.flush();
    writer.out
}

fn is_left_out(tree: &Tree<'_>, at: usize, tag: Tag) -> bool {
    let is_caption = || {
        let classes = tree.attribute(at, "class").unwrap_or_default();
        classes.split_ascii_whitespace().any(|class| class == CAPTION_CLASS)
    };
    matches!(tag, Tag::Head | Tag::Title | Tag::Figcaption) || is_caption()
}

/// The fragment with every `<` that starts no tag of HTML as `&lt;`, so that the parser takes it for text: it would
/// search for the end of `<b and c` up to the end of the fragment.
fn guarded(html: &str) -> Cow<'_, str> {
    // Behind these no search for an end begins, because each would go on to the end of the fragment.
    let last_comment = memmem::rfind(html.as_bytes(), b"-->").unwrap_or(0);
    let last_mark = memrchr(b'>', html.as_bytes()).unwrap_or(0);
    let mut has_cdata = false;
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr(b'<', &html.as_bytes()[at..]) {
        let start = at + found;
        let is_comment = html[start..].starts_with("<!--");
        has_cdata |= html[start..].starts_with(CDATA);
        let found =
            if start < if is_comment { last_comment } else { last_mark } { known(html, start) } else { None };
        let (end, replacement) = match found {
            Some((end, true)) => {
                at = end;
                continue;
            }
            Some((end, false)) => (end, ""),
            None => (start + 1, "&lt;"),
        };
        out.push_str(&html[copied..start]);
        out.push_str(replacement);
        (copied, at) = (end, end);
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(&html[copied..]);
    Cow::Owned(if has_cdata { out.replace("]]>", "") } else { out })
}

/// The end of what markup starts here, and whether the parser is to see it.
fn known(html: &str, start: usize) -> Option<(usize, bool)> {
    let rest = &html[start..];
    if rest.starts_with("<!--") {
        let length = memmem::find(&rest.as_bytes()[4..], b"-->")?;
        return Some((start + 4 + length + 3, false));
    }
    if let Some(inner) = rest.strip_prefix(CDATA) {
        return Some((html.len() - inner.len(), false));
    }
    let is_declaration = rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
    if is_declaration || rest.starts_with("<?xml") || rest.starts_with("<![") {
        return memchr(b'>', rest.as_bytes()).map(|length| (start + length + 1, false));
    }
    let written = tag_at(html, start)?;
    let is_custom = written.name.contains(['-', ':']);
    if is_custom || PHRASES.iter().any(|name| name.eq_ignore_ascii_case(written.name)) {
        return Some((written.end, false));
    }
    (Tag::of(written.name) != Tag::Other).then_some((written.end, true))
}

/// What parts two lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    #[default]
    None,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The line in progress, with its entities.
    raw: String,
    /// What parts it from the lines before.
    pending: Break,
    /// Open block elements: kind and the index after their last descendant.
    open: Vec<(Tag, usize)>,
    /// How many of these are lists.
    n_lists: usize,
}

impl Writer {
    fn open(&mut self, tag: Tag, end: usize) {
        match tag {
            Tag::Br => self.line_break(),
            Tag::Td | Tag::Th => {
                if !self.raw.trim().is_empty() {
                    self.raw.push_str(", ");
                }
            }
            tag if tag.is_inline() => {}
            _ => {
                self.part(tag);
                self.n_lists += usize::from(is_list(tag));
                self.open.push((tag, end));
            }
        }
    }

    /// Closes the elements that end before a node.
    fn close(&mut self, at: usize) {
        while let Some(&(tag, end)) = self.open.last()
            && end <= at
        {
            self.open.pop();
            self.n_lists -= usize::from(is_list(tag));
            self.part(tag);
        }
    }

    fn part(&mut self, tag: Tag) {
        self.flush();
        let is_line = self.n_lists > 0 || tag == Tag::Tr;
        self.pending = self.pending.max(if is_line { Break::Line } else { Break::Paragraph });
    }

    /// One line break is one, two are a new paragraph.
    fn line_break(&mut self) {
        let is_second = self.raw.trim().is_empty() && self.pending == Break::Line && self.n_lists == 0;
        self.flush();
        self.pending = self.pending.max(if is_second { Break::Paragraph } else { Break::Line });
    }

    fn flush(&mut self) {
        let Some(text) = line(&self.raw) else {
            self.raw.clear();
            return;
        };
        self.raw.clear();
        if !self.out.is_empty() {
            self.out.push_str(match self.pending {
                Break::None => " ",
                Break::Line => "\n",
                Break::Paragraph => "\n\n",
            });
        }
        self.out.push_str(&text);
        self.pending = Break::None;
    }
}

fn is_list(tag: Tag) -> bool {
    matches!(tag, Tag::Ul | Tag::Ol | Tag::Dl | Tag::Menu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fragment_becomes_paragraphs_and_lines() {
        for (html, expected) in [
            (
                "<p>One <b>two</b>.</p><p>Three &amp; four&nbsp;&mdash; five</p>",
                "One two.\n\nThree & four — five",
            ),
            ("One<br>two<br/><br />three", "One\ntwo\n\nthree"),
            ("Is <a href=\"x?a=1&b=2\">this</a> it?<div>Yes</div>", "Is this it?\n\nYes"),
            (
                "<p>Read:</p><ul><li>one</li><li><p>two</p><ul><li>a</ul></ul><p>End",
                "Read:\n\none\ntwo\na\n\nEnd",
            ),
            ("<script>if (a < b) '</p>'</script>x<style>p > a {}</style><!-- <p> -->y", "xy"),
            ("<figure><img src=a><figcaption>Ann</figcaption></figure><p>Text", "Text"),
            (
                "<p>a < b, List<String> and <unk> <3 stay, 1<2</p>",
                "a < b, List<String> and <unk> <3 stay, 1<2",
            ),
            ("<p>cut <a href=\"http://e.com", "cut <a href=\"http://e.com"),
            ("<table><tr><td>a<td>b<tr><td>c</table>d", "a, b\nc\n\nd"),
            ("<![CDATA[<p>a</p>]]>", "a"),
            ("<p>so<tt>li</tt>d<o:p></o:p></p>", "solid"),
            ("&lt;p&gt; is <em>a tag</em>", "<p> is a tag"),
        ] {
            assert_eq!(fragment_text(html), expected, "{html}");
        }
    }

    #[test]
    fn markup_is_told_from_signs() {
        for html in [
            "<p>One",
            "a<br>b",
            "a<br/>b",
            "<div>cut",
            "x <a href='y'>z</a>",
            "It is <em>so</em>",
            "a<img src=x />b",
            "<b>Bold</b> start",
            "news <span class=\"x\">y",
            "end.</p>",
            "<h2>Head</h2>",
            "<UL><LI>a</UL>",
        ] {
            assert!(holds_markup(html), "{html}");
        }
        for text in [
            "",
            "a < b and c > d",
            "List<String> x",
            "<unk> and <s>",
            "I <3 you",
            "a <b and c> d",
            "x<p y>z",
            "<",
            "the <div> element",
            "1<i>2",
            "<https://e.com/p>",
            "<ann@e.com>",
            "<p",
            "if a<b>c then",
            "<pad> token",
            "&lt;p&gt; AT&amp;T",
            "the <a> and <em> tags",
            "see <img> and <link>",
        ] {
            assert!(!holds_markup(text), "{text}");
        }
    }

    #[test]
    fn long_hostile_fragments_take_linear_time() {
        for unit in ["<p a='", "<p ", "<", "<!--", "<p a=\"<", "<b>", "<![CDATA[", "</", "<p a=b "] {
            let html = unit.repeat(100_000);
            holds_markup(&html);
            fragment_text(&html);
        }
    }

    proptest! {
        #[test]
        fn any_fragment_converts(html in "(<(/?)(p|div|b|li|td|svg|a|br|script|unk)( [a-z]+=?[\"'é>]?)?>?|[a-zé<&\\n]|<!--|-->|]]>|<!\\[CDATA\\[){0,40}") {
            holds_markup(&html);
            let text = fragment_text(&html);
            prop_assert!(!text.contains("\n\n\n"));
        }

        #[test]
        fn text_without_tags_is_no_markup_and_keeps_its_words(text in "([a-zé]{1,6}| ?<=? |[0-9]> |&& ){0,40}") {
            prop_assert!(!holds_markup(&text), "{}", text);
            let folded = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(folded(&fragment_text(&text)), folded(&text));
        }
    }
}
