//! What on a page is no part of its article, told from the kinds, states and names of elements.
//!
//! The rules know habits of the web (what a menu, a caption or a newsletter box is called), never an outlet.

use super::names::{is_strong_word, is_weak_pair, is_weak_word};
use super::tag::Tag;
use super::tree::Tree;

/// How surely an element is no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing says so.
    Keep,
    /// Its name says so; not believed of an element with a good part of the page's text.
    Weak,
    /// Hidden, or a part that no article is in; not believed of an element with nearly all of the text.
    Strong,
}

/// Whether an element's kind, state or names say that it is no part of the article.
pub(crate) fn is_boilerplate(tree: &Tree<'_>, at: usize) -> Verdict {
    is_boilerplate_but(tree, at, |_, _| false)
}

/// [`is_boilerplate`], where a class that `is_spared` does not count.
pub(crate) fn is_boilerplate_but(
    tree: &Tree<'_>,
    at: usize,
    is_spared: impl Fn(&str, Verdict) -> bool,
) -> Verdict {
    let Some(tag) = tree.tag(at) else { return Verdict::Keep };
    let by_tag = match tag {
        Tag::Html | Tag::Body | Tag::Main => return Verdict::Keep,
        Tag::Nav | Tag::Footer | Tag::Dialog | Tag::Menu => Verdict::Strong,
        Tag::Button | Tag::Input | Tag::Label | Tag::Fieldset | Tag::Object | Tag::Figcaption => {
            Verdict::Strong
        }
        Tag::Aside | Tag::Form | Tag::Figure | Tag::Caption | Tag::Address | Tag::Table | Tag::Time => {
            Verdict::Weak
        }
        _ => Verdict::Keep,
    };
    by_tag.max(by_attributes(tree, at, tag, is_spared))
}

fn by_attributes(tree: &Tree<'_>, at: usize, tag: Tag, is_spared: impl Fn(&str, Verdict) -> bool) -> Verdict {
    let mut verdict = Verdict::Keep;
    for (name, value) in tree.attributes(at) {
        verdict = verdict.max(match name {
            "hidden" => Verdict::Strong,
            "aria-hidden" if value.eq_ignore_ascii_case("true") => Verdict::Strong,
            "style" if hides(value) => Verdict::Strong,
            "role" => by_role(value),
            "itemprop" if matches!(value, "caption" | "author" | "datePublished" | "dateModified") => {
                Verdict::Weak
            }
            "class" | "id" | "data-testid" | "data-component" if tag != Tag::Article => value
                .split_ascii_whitespace()
                .map(|name| (name, by_name(name)))
                .filter(|&(name, found)| found > verdict && !is_spared(name, found))
                .map(|(_, found)| found)
                .max()
                .unwrap_or(Verdict::Keep),
            _ => Verdict::Keep,
        });
    }
    verdict
}

/// Whether an element is not shown, or shown to screen readers only.
pub(crate) fn is_hidden(tree: &Tree<'_>, at: usize) -> bool {
    tree.attributes(at).any(|(name, value)| match name {
        "hidden" => true,
        "aria-hidden" => value.eq_ignore_ascii_case("true"),
        "style" => hides(value),
        "class" => value.split_ascii_whitespace().any(|class| {
            let joined: String = words(class).collect();
            ["visuallyhidden", "screenreader", "sronly"].iter().any(|name| joined.contains(name))
        }),
        _ => false,
    })
}

fn by_role(role: &str) -> Verdict {
    match role.trim() {
        "navigation" | "contentinfo" | "dialog" | "alertdialog" | "search" | "menu" | "menubar"
        | "toolbar" | "tooltip" | "alert" | "button" | "form" => Verdict::Strong,
        "complementary" => Verdict::Weak,
        _ => Verdict::Keep,
    }
}

fn hides(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden") || style.contains("clip:rect(0")
}

fn by_name(name: &str) -> Verdict {
    let mut verdict = Verdict::Keep;
    let mut before = String::new();
    for word in words(name) {
        if is_strong_word(&word) {
            return Verdict::Strong;
        }
        before.push_str(&word);
        if is_weak_word(&word) || is_weak_pair(&before) {
            verdict = Verdict::Weak;
        }
        before = word;
    }
    verdict
}

/// The lower-case words of a name written `like-this`, `like_this` or `likeThis`.
pub(crate) fn words(name: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len();
        let mut was_lower = false;
        for (i, c) in rest.char_indices() {
            if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_lower) {
                end = i;
                break;
            }
            was_lower = c.is_ascii_lowercase();
        }
        let word = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        Some(word)
    })
}

/// Whether an element calls itself a date.
pub(crate) fn is_date(tree: &Tree<'_>, at: usize) -> bool {
    if tree.tag(at) == Some(Tag::Time) {
        return true;
    }
    let named = |value: &str| {
        words(value).any(|word| {
            matches!(
                word.as_str(),
                "date"
                    | "dates"
                    | "time"
                    | "timestamp"
                    | "published"
                    | "pubdate"
                    | "posted"
                    | "dateline"
                    | "datetime"
            )
        })
    };
    ["class", "id", "itemprop"].iter().any(|name| tree.attribute(at, name).is_some_and(named))
}

/// How surely an element is the article's body: 0 no sign, 3 its name says so.
pub(crate) fn body_rank(tree: &Tree<'_>, at: usize) -> u8 {
    const NAMES: [&str; 26] = [
        "articlebody",
        "storybody",
        "entrycontent",
        "postcontent",
        "articlecontent",
        "storycontent",
        "bodycontent",
        "postbody",
        "articletext",
        "storytext",
        "contentbody",
        "bodycopy",
        "bodytext",
        "richtext",
        "articlebodycontent",
        "newsbody",
        "pagecontent",
        "maincontent",
        "contentarticle",
        "articlecopy",
        "storybodycontent",
        "wysiwyg",
        "newscontent",
        "newstext",
        "textcontent",
        "articlemain",
    ];
    if tree.attribute(at, "itemprop").is_some_and(|name| name.eq_ignore_ascii_case("articleBody")) {
        return 3;
    }
    let tag = tree.tag(at);
    if matches!(tag, Some(Tag::Div | Tag::Section | Tag::Article | Tag::Main | Tag::Other)) {
        let named = |value: &str| {
            value.split_ascii_whitespace().any(|name| {
                let words: Vec<String> = words(name).collect();
                words.windows(2).any(|pair| NAMES.contains(&pair.concat().as_str()))
                    || words.iter().any(|word| NAMES.contains(&word.as_str()))
            })
        };
        let attributes = ["class", "id", "data-testid", "data-component"];
        if attributes.iter().any(|name| tree.attribute(at, name).is_some_and(named)) {
            return 3;
        }
    }
    match tag {
        Some(Tag::Article) => 2,
        Some(Tag::Main) => 1,
        _ => u8::from(tree.attribute(at, "role").is_some_and(|role| matches!(role, "main" | "article"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(html: &str) -> Verdict {
        is_boilerplate(&Tree::parse(html), 1)
    }

    #[test]
    fn names_are_read_as_words() {
        assert_eq!(
            words("Article__related-linksBox2").collect::<Vec<_>>(),
            ["article", "related", "links", "box2"]
        );
        assert_eq!(verdict("<div class='story relatedLinks'>"), Verdict::Strong);
        assert_eq!(verdict("<div class='sign-up-box'>"), Verdict::Weak);
        assert_eq!(
            verdict("<div class='download shadow correlated'>"),
            Verdict::Keep,
            "parts of words are no names"
        );
    }

    #[test]
    fn hidden_parts_and_parts_of_the_page_are_no_article() {
        for html in [
            "<nav>",
            "<div hidden>",
            "<p style='display: none'>",
            "<div role=navigation>",
            "<span aria-hidden=true>",
        ] {
            assert_eq!(verdict(html), Verdict::Strong, "{html}");
        }
        for html in
            ["<p>", "<div style='color: red'>", "<body class=has-newsletter>", "<article class=promo>"]
        {
            assert_eq!(verdict(html), Verdict::Keep, "{html}");
        }
    }

    #[test]
    fn bodies_are_known_by_name() {
        let rank = |html: &str| body_rank(&Tree::parse(html), 1);
        for html in
            ["<div itemprop=articleBody>", "<div class='article-body__content'>", "<section id=storyBody>"]
        {
            assert_eq!(rank(html), 3, "{html}");
        }
        assert_eq!((rank("<article>"), rank("<main>"), rank("<div>")), (2, 1, 0));
    }
}
