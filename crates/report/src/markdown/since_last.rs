//! What is new since the last report, as a part of the summary in Markdown.

use std::fmt::Write;

use dyad_analyze::{LevelSince, SinceLast, summary};

use crate::escape;
use crate::figures::{self, Kind};
use crate::markdown::text;
use crate::view::View;

/// Differences listed, the clearest first; all are in `report.json`.
const MAX_LEVELS: usize = 6;

/// The section, nothing where there was no report to compare with.
pub(crate) fn section(view: &View<'_>) -> String {
    let Some(since) = &view.analysis.since_last else { return String::new() };
    let words = summary::since_last(view.analysis).unwrap_or_default();
    let mut out = format!("## Since the last report\n\n{}", escape::markdown(&words));
    if !since.new_outlets.is_empty() {
        let names: Vec<String> = since.new_outlets.iter().map(|name| text(name, 60)).collect();
        let more = since.new_outlets_total.saturating_sub(names.len() as u64);
        let more = if more == 0 { String::new() } else { format!(" and {} more", figures::count(more)) };
        // Writing to a String cannot fail.
        let _ = write!(out, " New sources: {}{more}.", names.join(", "));
    }
    for alert in summary::alerts(view.analysis) {
        let _ = write!(out, "\n\n> **Alert:** {}", escape::markdown(&alert));
    }
    out + &levels(view, since)
}

fn levels(view: &View<'_>, since: &SinceLast) -> String {
    let levels: Vec<&LevelSince> =
        view.main_levels(since).filter(|level| level.difference.is_some()).take(MAX_LEVELS).collect();
    if levels.is_empty() {
        return String::new();
    }
    let mut out = "\n\n| Measure | New articles | All others | Difference | 95 % interval | |\n|---|---:|---:|---:|---|---|".to_owned();
    for level in levels {
        let kind = Kind::of(&level.metric);
        let Some((others, d)) = level.others.zip(level.difference) else { continue };
        let _ = write!(
            out,
            "\n| {} | {} | {} | {} | {} | {} |",
            text(&view.label(&level.metric), 80),
            figures::value(kind, level.new.value),
            figures::value(kind, others.value),
            figures::difference(kind, d.value),
            figures::difference_range(kind, d.low, d.high),
            if level.is_clear() { "**clear**" } else { "not clear" },
        );
    }
    out
}
