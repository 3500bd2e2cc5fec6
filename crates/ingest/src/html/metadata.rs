//! Title, author, source, address and language of a page.

use url::Url;

use super::json_ld::{Linked, letters};
use super::tag::Tag;
use super::tree::Tree;
use crate::{byline, language, text, web};

/// First-level headings that are looked at.
const MAX_HEADINGS: usize = 20;
/// Longest name of an outlet, in characters; a longer one is a sentence.
const MAX_NAME_CHARS: usize = 120;

/// The `<meta>` elements of a page, by lower-case `property`, `name` or `itemprop`.
#[derive(Debug, Default)]
pub(crate) struct Metas(Vec<(String, String)>);

impl Metas {
    pub(crate) fn read(tree: &Tree<'_>) -> Self {
        let mut found = Vec::new();
        for at in tree.elements(Tag::Meta) {
            let Some(content) = tree.attribute(at, "content") else { continue };
            for key in ["property", "name", "itemprop", "http-equiv"] {
                if let Some(name) = tree.attribute(at, key) {
                    found.push((name.trim().to_ascii_lowercase(), content.to_owned()));
                }
            }
        }
        Self(found)
    }

    /// The first value on one line under any of the names, in the order of the names.
    pub(crate) fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.all(name).find_map(text::single_line))
    }

    /// Every value under a name, as written.
    pub(crate) fn all<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, content)| content.as_str())
    }
}

/// The title that the page itself shows, before JSON-LD is read: it tells which article is meant.
pub(crate) fn shown_title(tree: &Tree<'_>, metas: &Metas) -> Option<String> {
    metas.first(&["og:title", "twitter:title"]).or_else(|| heading(tree)).or_else(|| page_title(tree))
}

/// JSON-LD's headline, OpenGraph's title, the only first-level heading, or the page's title, of which the
/// outlet's name is taken off.
pub(crate) fn title(tree: &Tree<'_>, metas: &Metas, linked: &Linked, source: Option<&str>) -> Option<String> {
    let heading = heading(tree);
    let found = linked
        .headline
        .as_deref()
        .and_then(without_markup)
        .or_else(|| metas.first(&["og:title", "twitter:title", "dc.title", "parsely-title", "title"]))
        .or_else(|| heading.clone())
        .or_else(|| page_title(tree))?;
    let title = without_outlet(&found, source);
    // Where the heading begins the title, the rest is the outlet's name or section.
    match heading {
        Some(heading) if heading.chars().count() > 20 && title.starts_with(&heading) => Some(heading),
        _ => Some(title),
    }
}

/// The text of the only `<h1>`; of several the first within an `<article>` or `<main>`.
fn heading(tree: &Tree<'_>) -> Option<String> {
    let headings: Vec<usize> =
        tree.elements(Tag::H1).take(MAX_HEADINGS).filter(|&at| !tree.text(at).is_empty()).collect();
    let is_inside = |at: &&usize| {
        tree.ancestors(**at).any(|above| matches!(tree.tag(above), Some(Tag::Article | Tag::Main)))
    };
    let chosen = match headings.as_slice() {
        [only] => Some(only),
        several => several.iter().find(is_inside).or(several.last()),
    };
    chosen.map(|&at| tree.text(at))
}

fn page_title(tree: &Tree<'_>) -> Option<String> {
    tree.elements(Tag::Title).map(|at| tree.text(at)).find(|title| !title.is_empty())
}

/// A headline in which some outlets leave `<em>` and the like.
fn without_markup(headline: &str) -> Option<String> {
    let line = text::single_line(headline)?;
    if !line.contains("</") {
        return Some(line);
    }
    Some(Tree::parse(&line).text(0)).filter(|title| !title.is_empty())
}

/// Takes ` | The Paper` or ` - paper.com` off the end of a title.
fn without_outlet(title: &str, source: Option<&str>) -> String {
    let bars = [" | ", " - ", " – ", " — ", " :: ", " · "];
    let Some((at, bar)) = bars.iter().filter_map(|bar| Some((title.rfind(bar)?, *bar))).max() else {
        return title.to_owned();
    };
    let tail = letters(&title[at + bar.len()..]);
    let is_outlet = source.is_some_and(|source| {
        let source = letters(source);
        !tail.is_empty() && (source.contains(&tail) || tail.contains(&source))
    });
    if is_outlet || bar == " | " && at * 2 > title.len() {
        title[..at].trim().to_owned()
    } else {
        title.to_owned()
    }
}

/// The authors, separated by commas.
pub(crate) fn author(tree: &Tree<'_>, metas: &Metas, linked: &Linked) -> Option<String> {
    let is_name = |name: &String| byline::is_name(name);
    let from_metas = || {
        let keys = ["author", "article:author", "byl", "dc.creator", "parsely-author", "sailthru.author"];
        let all =
            keys.iter().map(|key| metas.all(key).filter_map(text::single_line).filter(is_name).collect());
        all.into_iter().find(|names: &Vec<String>| !names.is_empty())
    };
    let from_page = || {
        let marked = (1..tree.nodes.len()).find(|&at| {
            tree.tag(at).is_some()
                && (tree.attribute(at, "itemprop") == Some("author")
                    || tree.attribute(at, "rel") == Some("author"))
        })?;
        let name = tree.text(marked);
        (!name.is_empty() && is_name(&name)).then(|| vec![name])
    };
    let names: Vec<String> = linked.authors.iter().filter(|name| is_name(name)).cloned().collect();
    let names = if names.is_empty() { from_metas().or_else(from_page)? } else { names };
    byline::joined(names.iter().map(String::as_str))
}

/// The outlet: JSON-LD's publisher or OpenGraph's site name, whichever is like the host (the other may be a
/// slogan or the owner), else the former; without both, the host.
pub(crate) fn source(metas: &Metas, linked: &Linked, address: Option<&Url>) -> Option<String> {
    let host = address.and_then(web::outlet);
    let is_like_host = |name: &&String| {
        let host = host.as_deref().map(letters).unwrap_or_default();
        let name = letters(name);
        !name.is_empty() && (host.contains(&name) || host.contains(name.trim_start_matches("the")))
    };
    let names: Vec<String> = linked
        .publisher
        .iter()
        .cloned()
        .chain(metas.first(&["og:site_name"]))
        .chain(metas.first(&["application-name", "dc.publisher"]))
        .filter(|name| name.chars().count() <= MAX_NAME_CHARS)
        .collect();
    names.iter().find(is_like_host).or(names.first()).cloned().or(host)
}

/// The page's own address, else the one it was fetched from; relative ones are completed with the latter.
pub(crate) fn canonical_url(
    tree: &Tree<'_>,
    metas: &Metas,
    linked: &Linked,
    fetched: Option<&str>,
) -> Option<Url> {
    let base = fetched.and_then(|address| Url::parse(address.trim()).ok());
    let absolute = |address: &str| {
        let address = text::single_line(address)?;
        match &base {
            Some(base) => web::canonical(base.join(&address).ok()?.as_str()),
            None => web::canonical(&address),
        }
        .filter(web::names_a_page)
    };
    let is_canonical = |at: &usize| {
        tree.attribute(*at, "rel")
            .is_some_and(|rel| rel.split_whitespace().any(|r| r.eq_ignore_ascii_case("canonical")))
    };
    tree.elements(Tag::Link)
        .filter(is_canonical)
        .find_map(|at| absolute(tree.attribute(at, "href")?))
        .or_else(|| metas.all("og:url").find_map(absolute))
        .or_else(|| linked.url.as_deref().and_then(absolute))
        .or_else(|| fetched.and_then(web::canonical))
}

/// The language that the page names, else the one its words tell; ISO 639-1.
pub(crate) fn language(
    tree: &Tree<'_>,
    metas: &Metas,
    linked: &Linked,
    title: Option<&str>,
    body: &[String],
) -> Option<String> {
    let sample: String = body.iter().flat_map(|paragraph| [paragraph.as_str(), "\n"]).take(40).collect();
    // A template's language is often not the article's; words that tell one reliably are believed.
    language::detect(title, &sample)
        .or_else(|| linked.language.as_deref().and_then(language::from_name))
        .or_else(|| tree.elements(Tag::Html).find_map(|at| language::from_name(tree.attribute(at, "lang")?)))
        .or_else(|| {
            let named = metas.first(&["og:locale", "content-language", "dc.language", "language"])?;
            language::from_name(&named)
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::json_ld;

    struct Page {
        title: Option<String>,
        author: Option<String>,
        source: Option<String>,
        url: Option<String>,
    }

    fn page(html: &str, fetched: Option<&str>) -> Page {
        let tree = Tree::parse(html);
        let metas = Metas::read(&tree);
        let linked = json_ld::read(&tree, shown_title(&tree, &metas).as_deref());
        let url = canonical_url(&tree, &metas, &linked, fetched);
        let source = source(&metas, &linked, url.as_ref());
        Page {
            title: title(&tree, &metas, &linked, source.as_deref()),
            author: author(&tree, &metas, &linked),
            source,
            url: url.map(String::from),
        }
    }

    #[test]
    fn titles_lose_the_outlets_name_and_no_more() {
        let found = page(
            "<meta property=og:site_name content='The Paper'><title>A &amp; B - old rivals - The Paper</title>",
            None,
        );
        assert_eq!(found.title.as_deref(), Some("A & B - old rivals"));
        assert_eq!(
            page("<title>Markets: up - and down</title>", None).title.as_deref(),
            Some("Markets: up - and down")
        );
        assert_eq!(
            page("<h1>Menu</h1><article><h1>The story</h1></article>", None).title.as_deref(),
            Some("The story")
        );
    }

    #[test]
    fn authors_are_names_once() {
        let found = page(
            "<meta name=author content='By Ann Lee'><meta name=author content='Ann Lee'><meta property=article:author content='https://e.com/ann'>",
            None,
        );
        assert_eq!(found.author.as_deref(), Some("Ann Lee"));
        assert_eq!(
            page("<meta name=author content='https://e.com'><a rel=author>Bo Li</a>", None).author.as_deref(),
            Some("Bo Li")
        );
        assert_eq!(page("<p>x", None).author, None);
    }

    #[test]
    fn addresses_are_completed_and_home_pages_are_none() {
        let fetched = Some("https://www.e.com/amp/a?utm_source=x");
        assert_eq!(
            page("<link rel='canonical' href='/a'>", fetched).url.as_deref(),
            Some("https://www.e.com/a")
        );
        assert_eq!(
            page("<link rel=canonical href='/'>", fetched).url.as_deref(),
            Some("https://www.e.com/amp/a")
        );
        let found = page("<meta property=og:url content='https://www.e.com/b'>", None);
        assert_eq!(
            (found.url.as_deref(), found.source.as_deref()),
            (Some("https://www.e.com/b"), Some("e.com"))
        );
    }

    #[test]
    fn the_outlets_name_is_like_its_host() {
        let ld = "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"publisher\":{\"name\":\"News for all\"}}</script>";
        let site = "<meta property=og:site_name content='The Daily Paper'>";
        let source = |html: &str, fetched| page(html, fetched).source;
        let fetched = Some("https://www.dailypaper.com/a");
        assert_eq!(source(&format!("{ld}{site}"), fetched).as_deref(), Some("The Daily Paper"));
        assert_eq!(source(ld, fetched).as_deref(), Some("News for all"));
    }
}
