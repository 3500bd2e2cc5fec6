//! The paragraphs of a page, without the parts that are no article.

use std::collections::HashMap;

use super::charset::c1_as_windows_1252;
use super::rules::{self, Verdict};
use super::tag::Tag;
use super::tree::{Kind, Tree};

/// A text outside of `<p>` counts as running text from this many bytes on.
const MIN_RUNNING_BYTES: usize = 80;
/// An element is not left out for its name if it, or all of its class, hold this share of the running text.
const WEAK_SHARE: f64 = 0.3;
const STRONG_SHARE: f64 = 0.8;
/// Classes of one element that are looked at.
const MAX_CLASSES: usize = 40;

/// One paragraph, heading, list item or cell.
#[derive(Debug)]
pub(crate) struct Block {
    /// Its first text node.
    pub(crate) at: usize,
    /// The block element around it.
    pub(crate) owner: usize,
    /// Its kind.
    pub(crate) tag: Tag,
    /// On one line, entities decoded.
    pub(crate) text: String,
    /// Characters of the text.
    pub(crate) n_chars: usize,
    /// Characters within links.
    pub(crate) n_link_chars: usize,
}

impl Block {
    /// Share of the text within links, 0 to 1.
    pub(crate) fn link_share(&self) -> f64 {
        self.n_link_chars as f64 / self.n_chars.max(1) as f64
    }
}

/// Splits a page into its blocks, in document order.
pub(crate) fn blocks(tree: &Tree<'_>) -> Vec<Block> {
    let masses = Masses::of(tree);
    let mut builder = Builder::new();
    let mut at = 1;
    while at < tree.nodes.len() {
        builder.close(at);
        match tree.nodes[at].kind {
            Kind::Text(text) => builder.text(at, text),
            Kind::JsonLd(_) => {}
            Kind::Element(Tag::Head | Tag::Title) => {
                at = tree.end(at);
                continue;
            }
            Kind::Element(tag) if tag.is_raw() => {}
            Kind::Element(Tag::Br) => builder.line_break(),
            Kind::Element(tag) => {
                if builder.is_left_out(tree, at, tag, &masses) {
                    if !tag.is_inline() {
                        builder.flush();
                    }
                    at = tree.end(at);
                    continue;
                }
                builder.open(tag, at, tree.end(at));
            }
        }
        at += 1;
    }
    builder.close(usize::MAX);
    builder.flush();
    builder.blocks
}

/// How much running text each part of a page holds.
struct Masses<'h> {
    /// Bytes of running text before each node, and one more at the end.
    before: Vec<u32>,
    /// The same by class, over all elements of it.
    of_class: HashMap<&'h str, u32>,
}

impl<'h> Masses<'h> {
    fn of(tree: &Tree<'h>) -> Self {
        let mut before = Vec::with_capacity(tree.nodes.len() + 1);
        let (mut sum, mut paragraph_end, mut link_end) = (0_u32, 0, 0);
        for (at, node) in tree.nodes.iter().enumerate() {
            before.push(sum);
            match node.kind {
                Kind::Element(Tag::P) => paragraph_end = paragraph_end.max(tree.end(at)),
                Kind::Element(Tag::A) => link_end = link_end.max(tree.end(at)),
                Kind::Text(text) if at >= link_end => {
                    let length = text.trim().len();
                    if at < paragraph_end || length >= MIN_RUNNING_BYTES {
                        sum = sum.saturating_add(length as u32);
                    }
                }
                _ => {}
            }
        }
        before.push(sum);
        let mut masses = Self { before, of_class: HashMap::new() };
        for at in 0..tree.nodes.len() {
            let mass = masses.mass(tree, at);
            if mass > 0 {
                let classes = tree.attribute(at, "class").unwrap_or_default().split_ascii_whitespace();
                for class in classes.take(MAX_CLASSES) {
                    let sum = masses.of_class.entry(class).or_default();
                    *sum = sum.saturating_add(mass);
                }
            }
        }
        masses
    }

    fn mass(&self, tree: &Tree<'_>, at: usize) -> u32 {
        self.before[tree.end(at)] - self.before[at]
    }

    fn is_left_out(&self, tree: &Tree<'_>, at: usize) -> bool {
        let total = f64::from(self.before.last().copied().unwrap_or(0).max(1));
        let is_most = |mass: u32, verdict| {
            f64::from(mass) / total >= if verdict == Verdict::Strong { STRONG_SHARE } else { WEAK_SHARE }
        };
        let of_class = |class: &str| self.of_class.get(class).copied().unwrap_or(0);
        let verdict = rules::is_boilerplate_but(tree, at, |class, verdict| is_most(of_class(class), verdict));
        verdict != Verdict::Keep && !is_most(self.mass(tree, at), verdict)
    }
}

struct Builder {
    blocks: Vec<Block>,
    /// Open elements: kind, index, and the index after their last descendant.
    open: Vec<(Tag, usize, usize)>,
    n_links: usize,
    raw: String,
    n_link_bytes: usize,
    at: usize,
    tag: Tag,
    owner: usize,
    /// Whether the last thing seen is a line break.
    broken: bool,
}

impl Builder {
    fn new() -> Self {
        Self {
            blocks: Vec::new(),
            open: Vec::new(),
            n_links: 0,
            raw: String::new(),
            n_link_bytes: 0,
            at: 0,
            tag: Tag::Other,
            owner: 0,
            broken: false,
        }
    }

    /// Within a paragraph a link or a span is part of the sentence, whatever it is called.
    fn is_left_out(&self, tree: &Tree<'_>, at: usize, tag: Tag, masses: &Masses<'_>) -> bool {
        masses.is_left_out(tree, at)
            && (!tag.is_inline()
                || tag == Tag::Button
                || rules::is_hidden(tree, at)
                || !self.open.iter().any(|(open, _, _)| *open == Tag::P))
    }

    /// Closes the elements that end before a node.
    fn close(&mut self, at: usize) {
        while let Some(&(tag, _, end)) = self.open.last()
            && end <= at
        {
            self.open.pop();
            if tag == Tag::A {
                self.n_links -= 1;
            }
            if !tag.is_inline() {
                self.flush();
            }
        }
    }

    fn open(&mut self, tag: Tag, at: usize, end: usize) {
        if !tag.is_inline() {
            self.flush();
        }
        self.n_links += usize::from(tag == Tag::A);
        self.open.push((tag, at, end));
    }

    fn text(&mut self, at: usize, text: &str) {
        let is_blank = text.trim().is_empty();
        if self.raw.is_empty() {
            if is_blank {
                return;
            }
            self.at = at;
            let owner = self.open.iter().rev().find(|(tag, _, _)| !tag.is_inline());
            (self.tag, self.owner) = owner.map_or((Tag::Other, 0), |&(tag, at, _)| (tag, at));
        }
        self.raw.push_str(text);
        if self.n_links > 0 {
            self.n_link_bytes += text.trim().len();
        }
        self.broken &= is_blank;
    }

    /// One line break is a space, two are a new paragraph.
    fn line_break(&mut self) {
        if self.broken {
            self.flush();
        } else if !self.raw.is_empty() {
            self.raw.push('\n');
            self.broken = true;
        }
    }

    fn flush(&mut self) {
        self.broken = false;
        if !self.raw.is_empty() {
            let n_bytes = self.raw.trim().len().max(1);
            if let Some(text) = line(&self.raw) {
                let n_chars = text.chars().count();
                self.blocks.push(Block {
                    at: self.at,
                    owner: self.owner,
                    tag: self.tag,
                    n_link_chars: (n_chars * self.n_link_bytes / n_bytes).min(n_chars),
                    n_chars,
                    text,
                });
            }
            self.raw.clear();
        }
        self.n_link_bytes = 0;
    }
}

/// Text as written in HTML on one line: entities decoded, white space folded, invisible characters gone.
pub(crate) fn line(raw: &str) -> Option<String> {
    let mut decoded = crate::text::decode_entities(raw);
    // Some systems escape twice ("&amp;mdash;").
    if decoded.contains('&')
        && [
            "&mdash;", "&ndash;", "&rsquo;", "&lsquo;", "&ldquo;", "&rdquo;", "&nbsp;", "&#8217;", "&#039;",
            "&quot;", "&hellip;",
        ]
        .iter()
        .any(|twice| decoded.contains(twice))
    {
        decoded = crate::text::decode_entities(&decoded).into_owned().into();
    }
    let mut out = String::with_capacity(decoded.len());
    for c in decoded.chars() {
        match c1_as_windows_1252(c) {
            c if c.is_whitespace() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(html: &str) -> Vec<String> {
        blocks(&Tree::parse(html)).into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn blocks_are_paragraphs_and_not_lines() {
        assert_eq!(texts("<div>a <b>b</b>\n c<p>d<br>e<br><br>f</p>g</div>"), ["a b c", "d e", "f", "g"]);
        assert_eq!(texts("<ul><li>x &amp; y</li><li><p>z</p></li></ul>"), ["x & y", "z"]);
        assert_eq!(texts("<p>sol&#173;id&#146;s&nbsp;&amp;mdash; <script>no</script>end"), ["solid’s — end"]);
    }

    #[test]
    fn a_name_does_not_throw_out_the_article() {
        let long = "A sentence of the article that is long enough. ".repeat(4);
        let page = |class: &str| format!("<p class={class}>{long}</p>").repeat(5);
        assert_eq!(texts(&page("promo")).len(), 5, "all of a class is most of the text");
        let mixed = format!("{}<div class=promo><p>Buy this.</p></div>", page("x"));
        assert_eq!(texts(&mixed).len(), 5);
        assert_eq!(texts(&format!("<form><div class=share>{long}{long}</div></form>")).len(), 1);
    }

    #[test]
    fn links_and_times_within_a_sentence_stay() {
        let link = "<a class=author-link>Ann Lee</a>";
        let html = format!(
            "<p>On <time>3 May</time> {link} left<span class=sr-only> (tab)</span>, as she had said long before.</p>"
        );
        assert_eq!(texts(&html), ["On 3 May Ann Lee left, as she had said long before."]);
        assert!(texts(&format!("<div><time>3 May</time>{link}</div>")).is_empty());
    }

    #[test]
    fn links_are_counted() {
        let found = blocks(&Tree::parse("<p>abcde <a href=x>fghij</a></p>"));
        assert!((found[0].link_share() - 0.45).abs() < 0.06);
    }
}
