//! A forgiving, bounded parser: the elements and texts of a page in document order.
//!
//! It covers what article extraction asks of HTML and no more: raw text elements, void elements, the
//! implied ends of paragraphs, list items and table cells, and end tags that match nothing. It does not
//! recurse, looks at each byte a bounded number of times, and opens no more than [`MAX_DEPTH`] elements
//! within each other; deeper ones become siblings, which [`Tree::flattened`] counts.

use super::parser::Parser;
use super::tag::Tag;

/// Most elements open within each other. News pages nest 20 to 60 deep.
pub(crate) const MAX_DEPTH: usize = 512;

/// Bytes of a class, an identifier or a style that are looked at.
pub(super) const MAX_NAME_BYTES: usize = 2_048;
/// Bytes of text that [`Tree::text`] gathers: a title, a name or a date, not a page.
const MAX_TEXT_BYTES: usize = 4_096;

/// Attributes that some rule reads; the others are passed over.
pub(super) const KEPT: [&str; 20] = [
    "class",
    "id",
    "role",
    "itemprop",
    "property",
    "name",
    "content",
    "href",
    "rel",
    "datetime",
    "lang",
    "xml:lang",
    "type",
    "style",
    "hidden",
    "aria-hidden",
    "http-equiv",
    "data-testid",
    "data-component",
    "pubdate",
];

/// What stands at one place of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'h> {
    /// An element.
    Element(Tag),
    /// Text between tags, with its entities still encoded.
    Text(&'h str),
    /// The content of a script that holds JSON-LD, as written.
    JsonLd(&'h str),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'h> {
    pub(crate) kind: Kind<'h>,
    /// Index of the parent; the root is its own.
    pub(crate) parent: u32,
    /// Index after the last descendant.
    pub(crate) end: u32,
    pub(super) attributes: (u32, u32),
}

/// Nodes in document order: the descendants of node `i` are `i + 1 .. nodes[i].end`.
#[derive(Debug)]
pub(crate) struct Tree<'h> {
    pub(crate) nodes: Vec<Node<'h>>,
    pub(super) attributes: Vec<(&'static str, &'h str)>,
    /// Elements that were too deep to open.
    pub(crate) flattened: usize,
}

impl<'h> Tree<'h> {
    /// Parses a page. Every text is one; there are no errors.
    pub(crate) fn parse(html: &'h str) -> Self {
        Parser::new(html).run()
    }

    pub(crate) fn tag(&self, at: usize) -> Option<Tag> {
        match self.nodes[at].kind {
            Kind::Element(tag) => Some(tag),
            _ => None,
        }
    }

    pub(crate) fn end(&self, at: usize) -> usize {
        self.nodes[at].end as usize
    }

    /// An attribute as written, with its entities; `name` must be one of those kept.
    pub(crate) fn attribute(&self, at: usize, name: &str) -> Option<&'h str> {
        debug_assert!(KEPT.contains(&name), "{name} is not kept");
        self.attributes(at).find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn attributes(&self, at: usize) -> impl Iterator<Item = (&'static str, &'h str)> + '_ {
        let (start, end) = self.nodes[at].attributes;
        self.attributes[start as usize..end as usize].iter().copied()
    }

    /// The elements of a kind, in document order.
    pub(crate) fn elements(&self, tag: Tag) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(move |&at| self.tag(at) == Some(tag))
    }

    pub(crate) fn elements_count(&self) -> usize {
        self.nodes[1..].iter().filter(|node| matches!(node.kind, Kind::Element(_))).count()
    }

    /// The ancestors of a node, nearest first, without the root.
    pub(crate) fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.nodes[at].parent as usize;
        std::iter::from_fn(move || {
            let at = next;
            next = self.nodes[at].parent as usize;
            (at != 0).then_some(at)
        })
    }

    /// The text below a node on one line, entities decoded; of a long one the beginning.
    pub(crate) fn text(&self, at: usize) -> String {
        let mut out = String::new();
        for node in &self.nodes[at..self.end(at)] {
            match node.kind {
                Kind::Text(text) => out.push_str(&text[..text.floor_char_boundary(MAX_TEXT_BYTES)]),
                // Words of two blocks are apart, letters of two spans are not.
                Kind::Element(tag) if tag.is_inline() && tag != Tag::Br => {}
                _ if out.ends_with(' ') => {}
                _ => out.push(' '),
            }
            if out.len() >= MAX_TEXT_BYTES {
                break;
            }
        }
        crate::text::single_line(&out).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tree as nested brackets.
    fn shape(html: &str) -> String {
        fn write(tree: &Tree<'_>, at: usize, out: &mut String) {
            match tree.nodes[at].kind {
                Kind::Text(text) => out.push_str(text),
                Kind::JsonLd(text) => out.push_str(&format!("{{{text}}}")),
                Kind::Element(tag) => {
                    out.push_str(&format!("{tag:?}("));
                    let mut child = at + 1;
                    while child < tree.end(at) {
                        write(tree, child, out);
                        child = tree.end(child);
                    }
                    out.push(')');
                }
            }
        }
        let mut out = String::new();
        write(&Tree::parse(html), 0, &mut out);
        out
    }

    #[test]
    fn ends_are_implied_where_html_implies_them() {
        for (html, expected) in [
            ("<p>a<p>b<div>c</div>", "Other(P(a)P(b)Div(c))"),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>d", "Other(Ul(Li(a)Li(bUl(Li(c))))d)"),
            ("<table><tr><td>a<td>b<tr><td>c</table>", "Other(Table(Tr(Td(a)Td(b))Tr(Td(c))))"),
            ("<div><b>a</div>b</b>", "Other(Div(B(a))b)"),
            ("<div>a</span>b</div></div>c", "Other(Div(ab)c)"),
            ("a <br/> 1 < 2 <IMG src=x>", "Other(a Br() 1 < 2 Img())"),
        ] {
            assert_eq!(shape(html), expected, "{html}");
        }
    }

    #[test]
    fn scripts_styles_and_comments_are_no_text_and_json_ld_is_kept() {
        assert_eq!(
            shape(
                "<script>if (a</b>) '<p>'</script><!-- <p> --><style>p > a{}</style><svg><title>x</title></svg>c"
            ),
            "Other(Script()Style()Svg()c)"
        );
        assert_eq!(
            shape("<script TYPE='application/ld+json'>{\"a\":\"</p>\"}</SCRIPT >b"),
            "Other(Script({{\"a\":\"</p>\"}})b)"
        );
    }

    #[test]
    fn attributes_of_every_writing_are_read() {
        let tree =
            Tree::parse("<div CLASS='a b' id=c data-x=\"<p>\" hidden><meta name = n content=\"x'y\" />");
        assert_eq!(tree.attribute(1, "class"), Some("a b"));
        assert_eq!(tree.attribute(1, "id"), Some("c"));
        assert_eq!(tree.attribute(1, "hidden"), Some(""));
        assert_eq!((tree.attribute(2, "name"), tree.attribute(2, "content")), (Some("n"), Some("x'y")));
    }

    #[test]
    fn deep_and_unfinished_pages_are_parsed_in_bounds() {
        let deep = "<div>".repeat(10_000) + "x";
        let tree = Tree::parse(&deep);
        assert_eq!(tree.flattened, 10_000 - (MAX_DEPTH - 1));
        assert_eq!(tree.text(0), "x");
        // Each of these would be quadratic if every tag looked for its end.
        for unit in ["<svg>", "<template>", "<b>", "</i>", "<", "<!-", "<p><b>", "<a href='"] {
            let page = unit.repeat(200_000);
            assert!(Tree::parse(&page).nodes.len() <= 600_001);
        }
    }

    proptest! {
        #[test]
        fn any_text_parses_to_a_tree_in_document_order(html in "(<(/?)(p|div|b|li|td|svg|a|script)( [a-z]+=?[\"'é>]?)?>?|[a-zé<&]|<!--|-->){0,40}") {
            let tree = Tree::parse(&html);
            for (at, node) in tree.nodes.iter().enumerate() {
                prop_assert!(node.end as usize > at && node.end <= tree.nodes[node.parent as usize].end);
            }
        }
    }
}
