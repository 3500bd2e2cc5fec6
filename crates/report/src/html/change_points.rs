//! When measures changed their level, what moved with them, and sentences that show it.

use chrono::NaiveDate;
use dyad_analyze::{ChangePoint, Evidence};

use super::{bdi, co_actors};
use crate::escape;
use crate::excerpt::Excerpt;
use crate::figures::{self, Kind};
use crate::view::{View, frame_label};

/// Changes that stand open, those with the smallest p-values; the others open on demand.
const MAX_OPEN: usize = 5;
/// Changes on the page; all of them are in `report.json`.
const MAX_CHANGES: usize = 30;
/// Longest sentence, in characters.
const MAX_TEXT_CHARS: usize = 500;

pub(super) fn section(view: &View<'_>) -> String {
    let changes = &view.analysis.change_points;
    let body = if changes.is_empty() {
        "<p>No measure changed its level on a day that the data can tell: either there was no lasting change, or there is too \
         little dated coverage to see it.</p>\n"
            .to_owned()
    } else {
        let (open, folded) = parted(changes);
        let cards = |changes: &[&ChangePoint]| -> String {
            let cards: Vec<String> = changes.iter().map(|change| card(view, change)).collect();
            format!("<ol class=\"turns\">\n{}</ol>\n", cards.concat())
        };
        let more = match folded.len() {
            0 => String::new(),
            n => format!(
                "<details class=\"behind\"><summary>{}</summary>\n{}{}</details>\n",
                figures::plural(n as u64, "more change"),
                cards(&folded),
                left_out(changes.len())
            ),
        };
        format!(
            "<p class=\"note\">Days from which a measure lay at another level than before, found in the data and not chosen by hand; the \
             charts of tone, stance and sentiment mark theirs with a dashed line. For a frame it is its mean probability. About one in twenty of the measures \
             listed may be here by chance. What coincides in time need not be the cause.</p>\n{}{more}",
            cards(&open)
        )
    };
    format!(
        "<section id=\"turns\" aria-labelledby=\"turns-heading\">\n<h2 id=\"turns-heading\">When it changed</h2>\n{body}</section>\n"
    )
}

/// The most significant changes and those after them, each by date. A single one is not worth folding away.
fn parted(changes: &[ChangePoint]) -> (Vec<&ChangePoint>, Vec<&ChangePoint>) {
    let mut open: Vec<&ChangePoint> = changes.iter().collect();
    open.sort_by(|x, y| x.adjusted_p.total_cmp(&y.adjusted_p));
    open.truncate(MAX_CHANGES);
    let mut folded = if open.len() > MAX_OPEN + 1 { open.split_off(MAX_OPEN) } else { Vec::new() };
    open.sort_by_key(|change| change.date);
    folded.sort_by_key(|change| change.date);
    (open, folded)
}

fn left_out(changes: usize) -> String {
    match changes.saturating_sub(MAX_CHANGES) {
        0 => String::new(),
        n => format!(
            "<p class=\"note\">{} in <code>report.json</code>.</p>\n",
            figures::plural(n as u64, "more change")
        ),
    }
}

fn card(view: &View<'_>, change: &ChangePoint) -> String {
    let kind = Kind::of(&change.metric);
    let moved = if change.difference.value > 0.0 { "rose" } else { "fell" };
    let d = &change.difference;
    let sentences: Vec<String> = change
        .evidence
        .iter()
        .filter_map(|&place| view.analysis.evidence.get(place))
        .map(quotation)
        .collect();
    format!(
        "<li><h3>{date}: {label} {moved} from {before} to {after}</h3>\n\
         <p class=\"note\">Difference <strong>{difference}</strong>, 95 % interval {range}: {n_before} since {since} against {n_after} \
         until {until}. The day lies between {earliest} and {latest} (95 %; adjusted p\u{a0}=\u{a0}{p}).</p>\n{events}{behind}</li>\n",
        date = day(change.date),
        label = label(view, &change.metric),
        before = figures::value(kind, change.before.value),
        after = figures::value(kind, change.after.value),
        since = day(change.since),
        until = day(change.until),
        n_before = figures::plural(change.before.articles, "article"),
        n_after = figures::plural(change.after.articles, "article"),
        difference = figures::difference(kind, d.value),
        range = figures::difference_range(kind, d.low, d.high),
        earliest = day(change.earliest),
        latest = day(change.latest),
        p = figures::p_value(change.adjusted_p),
        events = super::events::line(&crate::events::within(view, change)),
        behind = behind(&drivers(change, kind), &sentences),
    )
}

/// What stands behind a change, folded so that the changes can be read one after the other.
fn behind(drivers: &str, sentences: &[String]) -> String {
    let what = match (drivers.is_empty(), sentences.len()) {
        (true, 0) => return String::new(),
        (true, n) => figures::plural(n as u64, "sentence"),
        (false, 0) => "What moved with it".to_owned(),
        (false, n) => format!("What moved with it, and {}", figures::plural(n as u64, "sentence")),
    };
    format!("<details class=\"behind\"><summary>{what}</summary>\n{drivers}{}</details>", sentences.concat())
}

/// A frame by its name, any other measure by its label.
fn label(view: &View<'_>, metric: &str) -> String {
    match metric.strip_prefix("frame_") {
        Some(frame) => bdi(&frame_label(frame)),
        None => bdi(&view.label(metric)),
    }
}

/// What moved with the measure, and which outlets it came from.
fn drivers(change: &ChangePoint, kind: Kind) -> String {
    let frames: Vec<String> = change
        .frames
        .iter()
        .map(|moved| {
            let (from, to) =
                (figures::value(Kind::Share, moved.before), figures::value(Kind::Share, moved.after));
            format!("{} from {from} to {to}", bdi(&frame_label(&moved.frame)))
        })
        .collect();
    let sources: Vec<String> = change
        .sources
        .iter()
        .map(|moved| {
            let name = bdi(&escape::cut(&moved.source, 80));
            format!("{name} ({})", figures::difference(kind, moved.contribution))
        })
        .collect();
    let mut said = String::new();
    if !frames.is_empty() {
        said += &format!("With it moved {}. ", frames.join(", "));
    }
    said += &co_actors::moved(change);
    if !sources.is_empty() {
        said += &format!("The largest parts of the difference come from {}.", sources.join(", "));
    }
    if said.is_empty() { said } else { format!("<p class=\"note\">{said}</p>\n") }
}

pub(super) fn quotation(e: &Evidence) -> String {
    let source = bdi(&escape::cut(e.source.as_deref().unwrap_or("unknown"), 80));
    let date = e.date.map_or(String::new(), |date| format!(", {}", day(date)));
    let cite = match e.url.as_deref().and_then(escape::link) {
        Some(url) => {
            format!(
                "<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">{source}</a>",
                escape::html(&url)
            )
        }
        None => source,
    };
    format!(
        "<blockquote class=\"turn\"><p>{}</p><p class=\"cite\">{cite}{date}</p></blockquote>\n",
        bdi(&Excerpt::of(e, MAX_TEXT_CHARS).text)
    )
}

pub(super) fn day(date: NaiveDate) -> String {
    date.format("%-d\u{a0}%B\u{a0}%Y").to_string()
}
