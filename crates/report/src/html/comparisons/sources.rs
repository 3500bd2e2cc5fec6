//! The outlets, with their means as they are and pulled together by partial pooling.

use dyad_analyze::{Estimate, SourceRow};

use super::contrast::interval;
use crate::escape;
use crate::figures::{self, Kind};
use crate::html::bdi;
use crate::view::{View, frame_label};

/// Outlets listed on the page; all of them are in `report.json`.
const MAX_SOURCES: usize = 40;

pub(super) fn part(view: &View<'_>) -> String {
    let sources = &view.analysis.sources;
    let heading = "<h3 id=\"sources\">Sources</h3>\n";
    if sources.is_empty() {
        return format!("{heading}<p>There is no source to compare.</p>\n");
    }
    let shown = &sources[..sources.len().min(MAX_SOURCES)];
    let reach =
        shown.iter().fold(0.25_f64, |reach, s| reach.max(s.tone.low.abs()).max(s.tone.high.abs())).min(1.0);
    let has_pooled = sources.iter().any(|row| pooled(row).is_some());
    let rows: Vec<String> = shown.iter().map(|row| source_row(row, reach, has_pooled)).collect();
    let more = match sources.len() - shown.len() {
        0 => String::new(),
        n => format!(
            "<p class=\"note\">{} more in <code>report.json</code>.</p>\n",
            figures::plural(n as u64, "source")
        ),
    };
    format!(
        "{heading}<p class=\"note\">Sources with the most sentences first; choose a name to read its sentences. Two sources whose \
         intervals overlap widely cannot be told apart. {}</p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: sources\"><table class=\"sources\"><thead><tr>\
         <th scope=\"col\">Source</th><th scope=\"col\" class=\"number\">Articles</th><th scope=\"col\" class=\"number\">Sentences</th>\
         <th scope=\"col\">Tone, with its 95 % interval</th>{}<th scope=\"col\">Leading frame (mean probability)</th>\
         </tr></thead>\n<tbody>\n{}</tbody></table></div>\n{more}",
        explanation(has_pooled),
        if has_pooled { "<th scope=\"col\">Tone, shrunken</th>" } else { "" },
        rows.concat()
    )
}

fn explanation(has_pooled: bool) -> &'static str {
    if has_pooled {
        "With few articles, a tone far from the others’ is mostly chance, so that sources are better ranked by the <em>tone, \
         shrunken</em>, the stronger lines: it is pulled towards the mean of all sources, the further the fewer its articles and the \
         less sources differ at all (<a href=\"#methods\">methods</a>)."
    } else {
        "There are too few named sources, or articles in each, to tell how much of their differences is chance."
    }
}

/// The tone after pooling.
fn pooled(row: &SourceRow) -> Option<&Estimate> {
    row.shrunken.iter().find(|metric| metric.metric == "tone").map(|metric| &metric.estimate)
}

fn source_row(row: &SourceRow, reach: f64, has_pooled: bool) -> String {
    let name = escape::cut(&row.source, 120);
    let estimate = |e: &Estimate| {
        format!(
            "<span class=\"strong\">{}</span> <span class=\"interval\">{}</span>",
            figures::value(Kind::Mean, e.value),
            interval(Kind::Mean, e)
        )
    };
    let shrunken = match (has_pooled, pooled(row)) {
        (false, _) => String::new(),
        (true, None) => "<td class=\"quiet\">–</td>".to_owned(),
        (true, Some(pooled)) => format!("<td class=\"range\">{}</td>", estimate(pooled)),
    };
    format!(
        "<tr><th scope=\"row\"><button type=\"button\" class=\"link\" data-source=\"{attribute}\">{name}</button></th>\
         <td class=\"number\">{articles}</td><td class=\"number\">{relations}</td>\
         <td class=\"range\">{drawing}{tone}</td>{shrunken}<td>{frame} {share}</td></tr>\n",
        attribute = escape::html(&escape::without_overrides(&name)),
        name = bdi(&name),
        articles = figures::count(row.articles),
        relations = figures::count(row.relations),
        drawing = drawing(&row.tone, pooled(row), reach),
        tone = estimate(&row.tone),
        frame = bdi(&frame_label(&row.top_frame)),
        share = figures::value(Kind::Share, row.top_frame_share),
    )
}

/// The interval as it is and, where there is one, the shrunken one below it, on a line from `-reach` to `reach` with zero
/// in the middle. The numbers stand beside it, so that it is hidden from those who hear the page.
fn drawing(raw: &Estimate, pooled: Option<&Estimate>, reach: f64) -> String {
    let is_finite = |e: &Estimate| [e.value, e.low, e.high].iter().all(|x| x.is_finite());
    if !is_finite(raw) || !reach.is_finite() || reach <= 0.0 {
        return String::new();
    }
    let x = |v: f64| 60.0 + (v / reach).clamp(-1.0, 1.0) * 56.0;
    let mark = |e: &Estimate, y: f64, line: &str, dot: &str| {
        format!(
            "<line class=\"{line}\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y}\" y2=\"{y}\"/><circle{dot} cx=\"{:.1}\" cy=\"{y}\" r=\"3\"/>",
            x(e.low),
            x(e.high),
            x(e.value)
        )
    };
    let (height, marks) = match pooled.filter(|pooled| is_finite(pooled)) {
        Some(pooled) => (18, mark(raw, 5.0, "span", "") + &mark(pooled, 13.0, "pooled", " class=\"mean\"")),
        None => (14, mark(raw, 7.0, "span", "")),
    };
    format!(
        "<svg class=\"forest\" viewBox=\"0 0 120 {height}\" width=\"120\" height=\"{height}\" aria-hidden=\"true\">\
         <line class=\"zero\" x1=\"60\" x2=\"60\" y1=\"0\" y2=\"{height}\"/>{marks}</svg>"
    )
}
