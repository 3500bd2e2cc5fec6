//! Whole pages, written for these tests.

use super::*;
use proptest::prelude::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_753_963_200, 0).expect("31 July 2025, noon")
}

fn read(html: &str) -> Extracted {
    extract_at(html.as_bytes(), None, None, now()).expect("an article")
}

const FIRST: &str = "The two firms said on Monday that they would end the agreement they made in 2019.";
const SECOND: &str = "Analysts had expected the step for months, and shares of both hardly moved after it.";
const THIRD: &str = "Neither side said what the other would pay, nor who would keep the machines in Iowa.";

fn story() -> String {
    [FIRST, SECOND, THIRD].map(|text| format!("<p>{text}</p>")).concat()
}

#[test]
fn an_article_is_read_with_its_metadata_and_nothing_around_it() {
    let html = format!(
        r#"<!doctype html><html lang="en-GB"><head><title>Firms part | The Paper</title>
        <link rel="canonical" href="https://www.paper.com/2024/07/31/firms-part?utm_source=x">
        <meta property="og:site_name" content="The Paper"><meta name="author" content="Ann Lee">
        <script type="application/ld+json">{{"@type":"NewsArticle","headline":"Firms part","datePublished":"2024-07-31T08:00:00-04:00"}}</script>
        </head><body><nav><ul><li><a href=/>Home</a><li><a href=/world>World</a></ul></nav>
        <article><h1>Firms part</h1><div class="byline">By Ann Lee</div><figure><img><figcaption>The caption of a picture, long enough to be a text of its own.</figcaption></figure>
        {}<div class="newsletter-signup"><p>Get our briefing every morning, and never miss what the two firms do next.</p></div>
        <aside class="related"><h3>Related</h3><p><a href=/x>Another story that is about the same two firms and their plans</a></p></aside>
        <p>Read more: <a href=/y>What they said in May</a></p></article>
        <div id="cookie-banner"><p>We and our 800 partners store cookies on your device to measure what you read here.</p></div>
        <section class="comments"><p>I never believed that this would last, and said so in the comments in 2019 already.</p></section>
        <footer><p>© 2024 The Paper. All rights reserved, also those that nobody has thought of.</p></footer></body>"#,
        story()
    );
    let found = read(&html);
    assert_eq!(found.paragraphs, [FIRST, SECOND, THIRD]);
    assert_eq!(found.title.as_deref(), Some("Firms part"));
    assert_eq!(found.author.as_deref(), Some("Ann Lee"));
    assert_eq!(found.source.as_deref(), Some("The Paper"));
    assert_eq!(found.canonical_url.as_deref(), Some("https://www.paper.com/2024/07/31/firms-part"));
    assert_eq!(found.language.as_deref(), Some("en"));
    let (date, from) = found.published.expect("a date");
    assert_eq!((date.to_rfc3339().as_str(), from), ("2024-07-31T12:00:00+00:00", PublishedFrom::Metadata));
    assert_eq!(found.notes, []);
}

fn with_linked_body(page: &str, body: &str) -> Extracted {
    let json = serde_json::json!({"@type": "NewsArticle", "articleBody": body});
    read(&format!("<script type='application/ld+json'>{json}</script><body>{page}"))
}

#[test]
fn json_lds_body_is_taken_where_the_page_shows_less() {
    let body = format!("{FIRST}\n\n{SECOND}\n{THIRD}");
    let found = with_linked_body(&format!("<div><p>{FIRST}</p></div>"), &body);
    assert_eq!(found.paragraphs, [FIRST, SECOND, THIRD]);
    assert_eq!(found.notes, [Note::BodyFromJsonLd]);
    let run_together = with_linked_body("<p>Loading</p>", &format!("{FIRST}{SECOND}{THIRD}"));
    assert_eq!(run_together.paragraphs, [FIRST, SECOND, THIRD]);
    let marked_up = with_linked_body("<p>Loading</p>", &story());
    assert_eq!(marked_up.paragraphs, [FIRST, SECOND, THIRD]);
}

#[test]
fn json_lds_body_tells_which_of_the_pages_paragraphs_are_the_article() {
    let other = "Another story of the page is long as well, and its paragraphs are set in the same way.";
    let page =
        format!("<div>{}</div><div><p>{other}</p><p>{other} Twice.</p><p>{other} Thrice.</p></div>", story());
    let found = with_linked_body(&page, &format!("{FIRST} {SECOND} {THIRD}"));
    assert_eq!(found.paragraphs, [FIRST, SECOND, THIRD]);
    assert_eq!(found.notes, []);
}

#[test]
fn an_excerpt_in_json_ld_does_not_cut_the_article() {
    let long: String = (0..6).map(|i| format!("<p>{SECOND} Part {i}.</p>")).collect();
    let found = with_linked_body(
        &format!("<article>{}{long}</article>", story()),
        &format!("{FIRST} {SECOND} {THIRD}"),
    );
    assert_eq!(found.paragraphs.len(), 9);
}

#[test]
fn a_body_in_pieces_is_read_whole_and_the_next_article_is_not() {
    let piece =
        |text: &str| format!("<div class='article-body'><p>{text}</p></div><div class='ad-slot'>Buy</div>");
    let html = format!(
        "<article>{}{}{}</article><article><div class='article-body'><p>Of another day: {THIRD}</p></div></article>",
        piece(FIRST),
        piece(SECOND),
        piece(THIRD)
    );
    assert_eq!(read(&html).paragraphs, [FIRST, SECOND, THIRD]);
}

#[test]
fn text_without_paragraph_elements_is_parted_at_double_breaks() {
    let html = format!("<table><tr><td><font>{FIRST}<br><br>{SECOND}<BR/>\n<br>{THIRD}</font></table>");
    assert_eq!(read(&html).paragraphs, [FIRST, SECOND, THIRD]);
}

#[test]
fn headings_stay_only_above_text() {
    let html = format!(
        "<main><h1>T</h1><p>{FIRST}</p><h2>Why now</h2><p>{SECOND}</p><p>{THIRD}</p><h2>More stories</h2></main>"
    );
    assert_eq!(read(&html).paragraphs, [FIRST, "Why now", SECOND, THIRD]);
}

#[test]
fn a_list_at_the_end_of_the_text_stays_and_a_list_of_links_does_not() {
    let html = format!(
        "<article><p>{FIRST}</p><p>{SECOND} They are:</p><ul><li>Ann Lee</li><li>Bo Li</li></ul></article>\
         <ul><li>News</li><li>World</li></ul>"
    );
    assert_eq!(read(&html).paragraphs[2..], ["Ann Lee", "Bo Li"]);
    let links = "<ul><li><a href=a>What they said in May</a></li></ul>";
    let html =
        format!("<article><p>{FIRST}</p><p>{SECOND}</p>{links}<p class=tagline>The Paper</p></article>");
    assert_eq!(read(&html).paragraphs, [FIRST, SECOND]);
}

#[test]
fn charsets_are_read_from_header_mark_and_page() {
    let page = format!("<html><body><p>Café – {FIRST}</p>");
    let utf_16: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let windows = encoding_rs::WINDOWS_1252.encode(&page).0.into_owned();
    let meta = [b"<meta charset=windows-1252>".as_slice(), &windows].concat();
    let cases: [(&[u8], Option<&str>); 4] =
        [(&utf_16, None), (&windows, Some("windows-1252")), (&meta, None), (page.as_bytes(), Some("latin1"))];
    for (bytes, hint) in cases {
        let found = extract_at(bytes, hint, None, now()).expect("an article");
        assert_eq!(found.paragraphs, [format!("Café – {FIRST}")], "{hint:?}");
    }
    let broken =
        [b"<meta charset=utf-8>".as_slice(), page.as_bytes(), b"<p>\xff", SECOND.repeat(20).as_bytes()]
            .concat();
    let found = extract_at(&broken, None, None, now()).expect("an article");
    assert_eq!(found.notes, [Note::Malformed { charset: "UTF-8", n_characters: 1 }]);
}

#[test]
fn what_holds_no_article_is_an_error_that_says_so() {
    let error = |bytes: &[u8]| extract_at(bytes, None, None, now()).expect_err("no article");
    for bytes in [b"".as_slice(), b"no tag at all", b"a < b", &[0, 1, 2, 255, 60, 98, 62].repeat(100)] {
        assert_eq!(error(bytes), ExtractError::NotHtml);
    }
    assert_eq!(error(b"<html><body><script>app()</script></body>"), ExtractError::NoText);
    assert_eq!(error(b"<ul><li><a href=x>One</a><li><a href=y>Two</a></ul>"), ExtractError::NoText);
    let n_bytes = MAX_PAGE_BYTES + 1;
    assert_eq!(error(&vec![b'<'; n_bytes]), ExtractError::TooLarge { n_bytes });
}

#[test]
fn damaged_pages_are_read_as_far_as_they_go() {
    let nul = story().replace("The two", "The\0 two\0").replace("<p>", "<p>\0");
    assert_eq!(read(&nul).paragraphs, [FIRST, SECOND, THIRD]);
    let whole = format!("<article>{}</article>", story());
    let cut = &whole[..whole.len() - 40];
    assert_eq!(read(cut).paragraphs[..2], [FIRST, SECOND]);
    assert_eq!(read(&format!("{whole}<!-- never closed <p>{FIRST}")).paragraphs.len(), 3);
    assert_eq!(read(&format!("{whole}<a href=\"never closed {FIRST}")).paragraphs.len(), 3);
}

#[test]
fn deep_nesting_is_flattened_and_noted() {
    for unit in ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<article class=story-body>"] {
        let found = read(&format!("{}{}", unit.repeat(10_000), story()));
        assert!(found.paragraphs.contains(&SECOND.to_owned()), "{unit}");
        assert!(
            matches!(found.notes.as_slice(), [Note::Flattened { n_elements }] if *n_elements > 9_000),
            "{unit}"
        );
    }
}

#[test]
fn hostile_pages_of_two_megabytes_come_to_an_end() {
    let body = serde_json::json!({"@type": "NewsArticle", "articleBody": FIRST.repeat(2_000)}).to_string();
    let units = [
        "<time datetime=2024-13-01>x</time>".to_owned(),
        "<h1>x".to_owned(),
        format!("<p class='{}'>x</p>", "ad ".repeat(100)),
        "<article class=article-body><p>a".to_owned(),
        "<svg><b><p>".to_owned(),
        format!("<p>{FIRST}"),
    ];
    for unit in units {
        let html = format!(
            "<script type='application/ld+json'>{body}</script>{}{}",
            unit.repeat(2_000_000 / unit.len()),
            story()
        );
        // Time that grows with the square of such a page would be hours.
        assert!(extract_at(html.as_bytes(), None, None, now()).is_ok(), "{}", &unit[..10]);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_article_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = extract_at(&bytes, None, Some("https://e.com/a"), now());
    }

    #[test]
    fn any_page_is_an_article_or_an_error(
        html in "(<(/?)(p|div|h1|article|ul|li|td|time|meta|title|script type=application/ld\\+json)( (class|datetime|property|content)=[a-z2\"é-]{0,12}>?)?>?|[A-Za-zé.&;#\\{\\}\":1 ]{0,80}|<!--|-->){0,40}",
    ) {
        if let Ok(found) = extract_at(html.as_bytes(), None, None, now()) {
            prop_assert!(found.paragraphs.iter().all(|p| !p.trim().is_empty() && !p.contains('\n')));
        }
    }
}
