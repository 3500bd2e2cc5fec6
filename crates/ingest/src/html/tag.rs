//! The elements that extraction tells apart.

macro_rules! tags {
    ($($tag:ident $name:literal),* $(,)?) => {
        /// An element's name; [`Tag::Other`] stands for all that no rule asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Tag { $(#[doc = $name] $tag),*, /// Any other name.
            Other }

        impl Tag {
            pub(crate) const COUNT: usize = Tag::Other as usize + 1;

            /// The element of that name, in any case.
            pub(crate) fn of(name: &str) -> Tag {
                let mut lower = [0; 12];
                let Some(buffer) = lower.get_mut(..name.len()) else { return Tag::Other };
                buffer.copy_from_slice(name.as_bytes());
                buffer.make_ascii_lowercase();
                match &*buffer {
                    $(name if name == $name.as_bytes() => Tag::$tag,)*
                    _ => Tag::Other,
                }
            }

            pub(crate) fn name(self) -> &'static str {
                match self { $(Tag::$tag => $name,)* Tag::Other => "" }
            }
        }
    };
}

tags! {
    // The commonest first: names are compared in this order.
    Div "div", Span "span", A "a", P "p", Li "li", Img "img", Script "script", Svg "svg", Button "button",
    Ul "ul", Link "link", Meta "meta", Style "style", Section "section", Article "article", H1 "h1",
    H2 "h2", H3 "h3", H4 "h4", H5 "h5", H6 "h6", Strong "strong", Em "em", B "b", I "i", U "u", Br "br",
    Figure "figure", Figcaption "figcaption", Picture "picture", Source "source", Time "time",
    Header "header", Footer "footer", Nav "nav", Aside "aside", Main "main", Form "form", Input "input",
    Label "label", Select "select", Textarea "textarea", Iframe "iframe", Noscript "noscript",
    Template "template", Blockquote "blockquote", Q "q", Cite "cite", Pre "pre", Code "code", Ol "ol",
    Dl "dl", Dt "dt", Dd "dd", Table "table", Thead "thead", Tbody "tbody", Tfoot "tfoot", Tr "tr",
    Td "td", Th "th", Caption "caption", Title "title", Base "base", Html "html", Head "head",
    Body "body", Hr "hr", Sup "sup", Sub "sub", Small "small", Font "font", Mark "mark", Abbr "abbr",
    Wbr "wbr", Col "col", Embed "embed", Area "area", Track "track", Param "param", Video "video",
    Audio "audio", Canvas "canvas", Object "object", Math "math", Fieldset "fieldset",
    Details "details", Summary "summary", Address "address", Dialog "dialog", Menu "menu",
    Hgroup "hgroup", Center "center", Ins "ins", Del "del", S "s", Xmp "xmp", Noembed "noembed",
}

impl Tag {
    pub(crate) fn is_void(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Img | Link | Meta | Br | Source | Input | Base | Hr | Wbr | Col | Embed | Area | Track | Param
        )
    }

    /// Elements whose content is no text of the page, or that is read as a whole.
    pub(crate) fn is_raw(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Script
                | Style
                | Svg
                | Math
                | Template
                | Iframe
                | Noscript
                | Select
                | Textarea
                | Title
                | Video
                | Audio
                | Canvas
                | Xmp
                | Noembed
        )
    }

    /// Elements within a line of text. Unknown elements are taken for blocks.
    pub(crate) fn is_inline(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Span | A
                | Img
                | Strong
                | Em
                | B
                | I
                | U
                | Br
                | Time
                | Button
                | Label
                | Q
                | Cite
                | Code
                | Sup
                | Sub
                | Small
                | Font
                | Mark
                | Abbr
                | Wbr
                | Ins
                | Del
                | S
                | Picture
                | Source
                | Input
        )
    }

    pub(crate) fn is_heading(self) -> bool {
        use Tag::*;
        matches!(self, H1 | H2 | H3 | H4 | H5 | H6)
    }

    pub(crate) fn is_cell(self) -> bool {
        matches!(self, Tag::Td | Tag::Th | Tag::Caption)
    }

    /// Parts of a table whose end tag ends the cells in it.
    pub(crate) fn is_row(self) -> bool {
        use Tag::*;
        matches!(self, Td | Th | Tr | Thead | Tbody | Tfoot | Caption)
    }

    /// Whether its start tag ends an open paragraph.
    pub(crate) fn ends_paragraph(self) -> bool {
        use Tag::*;
        self.is_heading()
            || matches!(
                self,
                Div | P
                    | Ul
                    | Ol
                    | Dl
                    | Section
                    | Article
                    | Figure
                    | Figcaption
                    | Header
                    | Footer
                    | Nav
                    | Aside
                    | Main
                    | Form
                    | Blockquote
                    | Pre
                    | Table
                    | Hr
                    | Li
                    | Dt
                    | Dd
                    | Fieldset
                    | Details
                    | Address
                    | Dialog
                    | Menu
                    | Hgroup
                    | Center
                    | Summary
            )
    }

    /// Elements through which a paragraph's end is not implied.
    pub(crate) fn bounds_paragraph(self) -> bool {
        use Tag::*;
        matches!(self, Button | Td | Th | Table | Caption | Object)
    }

    pub(crate) fn bounds_item(self) -> bool {
        use Tag::*;
        matches!(self, Ul | Ol | Dl | Menu | Table | Td | Th | Section | Article | Main | Aside | Nav)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_unknown_ones_are_other() {
        assert_eq!(Tag::of("BlockQuote"), Tag::Blockquote);
        assert_eq!(Tag::of("h1"), Tag::H1);
        for name in ["", "x-card", "a-very-long-element-name", "é"] {
            assert_eq!(Tag::of(name), Tag::Other);
        }
    }
}
