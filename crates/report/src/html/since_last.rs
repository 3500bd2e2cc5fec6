//! What is new since the last report, and what moved of what is watched.

use dyad_analyze::{LevelSince, PastChange, SinceLast, ThenNow, summary};

use super::bdi;
use super::change_points::{day, quotation};
use super::tables::forest;
use crate::escape;
use crate::figures::{self, Kind};
use crate::view::View;

/// Changes of level that stand open; more open on demand.
const MAX_OPEN_CHANGES: usize = 4;
/// Longest name of an outlet, in characters.
const MAX_SOURCE_CHARS: usize = 80;

/// The section, nothing where there was no report to compare with.
pub(super) fn section(view: &View<'_>) -> String {
    let Some(since) = &view.analysis.since_last else { return String::new() };
    let words = summary::since_last(view.analysis).unwrap_or_default();
    let parts = [
        alert_list(view),
        format!("<p>{}</p>\n", prose(&words)),
        new_outlets(since),
        counts(since),
        levels(view, since),
        changes(view, since),
        sentences(view, since),
    ];
    format!(
        "<section id=\"since\" aria-labelledby=\"since-heading\">\n<h2 id=\"since-heading\">Since the last report</h2>\n{}</section>\n",
        parts.concat()
    )
}

/// One line for the opening of the page, where there are alerts.
pub(super) fn alerts(view: &View<'_>) -> String {
    let words = match summary::alerts(view.analysis).as_slice() {
        [] => return String::new(),
        [only] => only.clone(),
        _ => {
            let mut names: Vec<String> =
                view.analysis.alerts.iter().map(|alert| view.label(alert.metric())).collect();
            // Alerts of one metric stand together.
            names.dedup();
            let numbers = figures::plural(names.len() as u64, "watched number");
            format!("{numbers} moved since the last report: {}.", names.join(", "))
        }
    };
    format!("<p class=\"alert\"><a href=\"#since\">Alert</a>: {}</p>\n", prose(&words))
}

/// A sentence as HTML; a number and its per cent sign stay on one line.
fn prose(text: &str) -> String {
    escape::html(&text.replace(" %", "\u{202f}%"))
}

fn alert_list(view: &View<'_>) -> String {
    let items: Vec<String> = summary::alerts(view.analysis)
        .iter()
        .map(|alert| format!("<li class=\"alert\">{}</li>\n", prose(alert)))
        .collect();
    if items.is_empty() { String::new() } else { format!("<ul class=\"alerts\">\n{}</ul>\n", items.concat()) }
}

fn new_outlets(since: &SinceLast) -> String {
    let names: Vec<String> =
        since.new_outlets.iter().map(|name| bdi(&escape::cut(name, MAX_SOURCE_CHARS))).collect();
    if names.is_empty() {
        return String::new();
    }
    let more = match since.new_outlets_total.saturating_sub(names.len() as u64) {
        0 => String::new(),
        n => format!(" and {} more", figures::count(n)),
    };
    format!(
        "<p>{} the last report did not have: {}{more}.</p>\n",
        figures::plural(since.new_outlets_total, "source"),
        names.join(", ")
    )
}

fn counts(since: &SinceLast) -> String {
    let row = |label: &str, ThenNow { then, now }: ThenNow| {
        format!(
            "<tr><th scope=\"row\">{label}</th><td class=\"number\">{}</td><td class=\"number strong\">{}</td></tr>\n",
            then.map_or("–".to_owned(), figures::count),
            figures::count(now)
        )
    };
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: counts then and now\"><table><thead><tr>\
         <th scope=\"col\">Number of</th><th scope=\"col\" class=\"number\">Last report</th><th scope=\"col\" class=\"number\">This report</th>\
         </tr></thead>\n<tbody>\n{}{}{}</tbody></table></div>\n",
        row("Articles", since.articles),
        row("Sentences that mention both", since.relations),
        row("Sources", since.sources),
    )
}

/// The metrics of the new articles against the others.
fn levels(view: &View<'_>, since: &SinceLast) -> String {
    let levels: Vec<&LevelSince> = view.main_levels(since).collect();
    if levels.is_empty() {
        return String::new();
    }
    let differences = || levels.iter().filter_map(|level| level.difference);
    let reach = differences().fold(0.05_f64, |reach, d| reach.max(d.low.abs()).max(d.high.abs()));
    let rows: Vec<String> = levels.iter().map(|level| level_row(view, level, reach)).collect();
    format!(
        "<h3>What the new articles say</h3>\n<p class=\"note\">New articles against all others, whenever those were published; clear \
         differences first. A difference is <strong>clear</strong> where its 95 % interval (the bar) leaves out zero. Of the measures \
         that did not move at all, about one in twenty would look clear, with fewer than ten new articles up to one in twelve.</p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: new articles and others\"><table class=\"shifts\">\
         <thead><tr><th scope=\"col\">Measure</th><th scope=\"col\" class=\"number\">New articles</th>\
         <th scope=\"col\" class=\"number\">All others</th><th scope=\"col\" class=\"number\">Difference</th>\
         <th scope=\"col\">95 % interval</th><th scope=\"col\">Clear?</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
        rows.concat()
    )
}

fn level_row(view: &View<'_>, level: &LevelSince, reach: f64) -> String {
    let kind = Kind::of(&level.metric);
    let none = || "–".to_owned();
    let clear = level.is_clear();
    format!(
        "<tr{class}><th scope=\"row\">{label}</th><td class=\"number\">{new}</td><td class=\"number\">{others}</td>\
         <td class=\"number strong\">{difference}</td><td class=\"range\">{range}</td><td>{mark}</td></tr>\n",
        class = if clear { " class=\"clear\"" } else { "" },
        label = bdi(&view.label(&level.metric)),
        new = figures::value(kind, level.new.value),
        others = level.others.map_or_else(none, |others| figures::value(kind, others.value)),
        difference = level.difference.map_or_else(none, |d| figures::difference(kind, d.value)),
        range = level.difference.map_or_else(none, |d| format!(
            "{}<span class=\"interval\">{}</span>",
            forest(d.value, d.low, d.high, reach),
            figures::difference_range(kind, d.low, d.high)
        )),
        mark = if clear {
            "<span class=\"badge\">clear</span>"
        } else {
            "<span class=\"quiet\">not clear</span>"
        },
    )
}

/// Changes of level that the last report did not show, and those that this one does not.
fn changes(view: &View<'_>, since: &SinceLast) -> String {
    let appeared = since.appeared.iter().filter_map(|&place| view.analysis.change_points.get(place));
    let appeared = appeared.map(|change| {
        let kind = Kind::of(&change.metric);
        format!(
            "<li>New: {} on {}, from {} to {}</li>\n",
            bdi(&view.label(&change.metric)),
            day(change.date),
            figures::value(kind, change.before.value),
            figures::value(kind, change.after.value)
        )
    });
    let went = since.went.iter().map(|change: &PastChange| {
        format!(
            "<li>Gone: {} on {} (between {} and {})</li>\n",
            bdi(&view.label(&change.metric)),
            day(change.date),
            day(change.earliest),
            day(change.latest)
        )
    });
    let items: Vec<String> = appeared.chain(went).collect();
    let list = format!("<ul class=\"moved\">\n{}</ul>\n", items.concat());
    let list = match items.len() {
        0 => return String::new(),
        1..=MAX_OPEN_CHANGES => list,
        n => format!(
            "<details class=\"behind\"><summary>{}: {} new, {} gone</summary>\n{list}</details>\n",
            figures::plural(n as u64, "change"),
            since.appeared.len(),
            since.went.len()
        ),
    };
    format!(
        "<h3>Changes of level</h3>\n<p class=\"note\">A change is the same as in the last report where the measure is the same and the \
         intervals of its day overlap. With more articles a change can appear, move or go without anything new having happened. \
         What stands behind each is told under <a href=\"#turns\">when it changed</a>.</p>\n{list}"
    )
}

fn sentences(view: &View<'_>, since: &SinceLast) -> String {
    let quotes: Vec<String> =
        since.evidence.iter().filter_map(|&place| view.analysis.evidence.get(place)).map(quotation).collect();
    if quotes.is_empty() {
        return String::new();
    }
    format!(
        "<h3>New sentences with the strongest frames and tone, one a source</h3>\n<div class=\"turns\">\n{}</div>\n",
        quotes.concat()
    )
}
