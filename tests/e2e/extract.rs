//! `dyad extract`: the article of a page, as text and as JSON.

use serde_json::Value;

use crate::support::{dyad, file};

const PAGE: &str = "<html lang=en><head><title>Deal struck | Example News</title><meta property=og:site_name content='Example News'>\
    <meta property=article:published_time content=2024-07-31T08:00:00Z></head><body><div class=menu><a href=/>Home</a></div>\
    <h1>Deal struck</h1><p>Microsoft will invest in OpenAI, the companies said on Wednesday in a joint statement.</p>\
    <p>Nobody in Redmond would comment on the terms of the agreement, which runs until 2030.</p></body></html>";

#[test]
fn text_has_a_blank_line_between_paragraphs_and_json_has_the_metadata() {
    let (_folder, page) = file("page.html", PAGE);
    let text = dyad(&["extract", &page]).expect(0).stdout;
    let paragraphs: Vec<&str> = text.trim_end().split("\n\n").collect();
    assert_eq!(paragraphs.len(), 2, "{text}");
    let found: Value = serde_json::from_str(&dyad(&["extract", &page, "--json"]).expect(0).stdout).unwrap();
    assert_eq!(found["paragraphs"][1], paragraphs[1]);
    assert_eq!(found["title"], "Deal struck");
    assert_eq!(found["source"], "Example News");
    assert_eq!(
        (&found["published"], &found["published_from"]),
        (&"2024-07-31T08:00:00+00:00".into(), &"metadata".into())
    );
}

#[test]
fn a_page_without_an_article_is_named_with_the_reason() {
    let (_folder, page) = file("list.html", "<html><body><a href=/a>A</a></body></html>");
    let output = dyad(&["extract", &page]).expect(2);
    assert!(
        output.stderr.contains("list.html") && output.stderr.contains("no article text"),
        "{}",
        output.stderr
    );
    let missing = dyad(&["extract", "/nowhere/page.html"]).expect(2);
    assert!(missing.stderr.contains("/nowhere/page.html"), "{}", missing.stderr);
}
