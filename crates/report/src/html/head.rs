//! The opening of the page: title, the paragraph, the key figures, the way to the sections.

use chrono::NaiveDate;
use dyad_analyze::summary;

use super::{bdi, since_last};
use crate::escape;
use crate::figures::count;
use crate::view::View;

pub(super) fn section(view: &View<'_>) -> String {
    let analysis = view.analysis;
    format!(
        "<p class=\"kicker\">Dyad report · made {date} from {articles} articles</p>\n\
         <h1>How the press frames {a} and {b}</h1>\n\
         <p class=\"lede\">{paragraph}</p>\n{alerts}{figures}",
        date = analysis.generated_at.format("%-d %B %Y, %H:%M UTC"),
        articles = count(analysis.coverage.articles),
        a = bdi(&analysis.actor_a),
        b = bdi(&analysis.actor_b),
        // A number and its per cent sign stay on one line.
        paragraph = escape::html(&escape::without_overrides(
            &summary::paragraph(analysis).replace([' ', '\u{2009}'], " ").replace(" %", "\u{202f}%")
        )),
        alerts = since_last::alerts(view),
        figures = key_figures(view),
    )
}

fn key_figures(view: &View<'_>) -> String {
    let coverage = &view.analysis.coverage;
    let period = match (coverage.first_date, coverage.last_date) {
        (Some(first), Some(last)) => format!("{} – {}", month(first), month(last)),
        _ => "no dates".to_owned(),
    };
    let figure = |value: &str, label: &str| format!("<div><dt>{label}</dt><dd>{value}</dd></div>\n");
    let figures = [
        figure(&count(coverage.articles_related), "articles with such a sentence"),
        figure(&count(coverage.relations), "sentences that mention both"),
        figure(&count(coverage.sources), if coverage.sources == 1 { "source" } else { "sources" }),
        figure(&period, "period covered"),
    ];
    format!("<dl class=\"key-figures\">\n{}</dl>\n", figures.concat())
}

fn month(date: NaiveDate) -> String {
    date.format("%b\u{a0}%Y").to_string()
}
