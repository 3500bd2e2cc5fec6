//! The summary for a pull request or a chat.

use std::collections::HashSet;
use std::fmt::Write;

use dyad_analyze::{Analysis, ChangePoint, Evidence, Shift, summary};

use crate::escape;
use crate::events;
use crate::figures::{self, Kind, count};
use crate::view::{View, frame_label, grain_label, share_metric};

mod co_actors;
mod comparisons;
mod since_last;

/// Rows of the table over time; more belong in the CSV files.
const MAX_PERIODS: usize = 40;
/// Change points listed.
const MAX_CHANGES: usize = 12;
/// Events named for a change point.
const MAX_WITHIN: usize = 4;
/// Differences listed.
const MAX_SHIFTS: usize = 8;
/// Sentences quoted, each from another source.
const QUOTES: usize = 5;
/// Longest quotation in characters.
const MAX_QUOTE_CHARS: usize = 400;

/// The summary as GitHub-flavoured Markdown.
pub(crate) fn render(analysis: &Analysis) -> String {
    let view = View::new(analysis);
    let (a, b) = (text(&analysis.actor_a, 80), text(&analysis.actor_b, 80));
    let parts = [
        format!("# How the press frames {a} and {b}"),
        escape::markdown(&summary::paragraph(analysis)),
        since_last::section(&view),
        when_it_changed(&view),
        list_of_events(&view),
        what_changed(&view),
        comparisons::render(&view),
        over_time(&view),
        co_actors::table(analysis),
        quotations(&view),
        data_quality(analysis),
        format!(
            "*95 % intervals from a bootstrap over articles, {} draws{}. Made by Dyad, {}; the page with every sentence is \
             `report.html`.*",
            count(analysis.bootstrap_draws as u64),
            if analysis.classifier_errors.is_empty() {
                ""
            } else {
                ", levels with the measured error of the model"
            },
            analysis.generated_at.format("%-d %B %Y, %H:%M UTC")
        ),
    ];
    let mut out = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n\n");
    out.push('\n');
    out
}

pub(crate) fn text(raw: &str, max_chars: usize) -> String {
    escape::markdown(&escape::cut(raw.trim(), max_chars))
}

fn when_it_changed(view: &View<'_>) -> String {
    let changes = &view.analysis.change_points;
    if changes.is_empty() {
        return String::new();
    }
    let (column, rule) =
        if view.analysis.events.is_empty() { ("", "") } else { (" Events within the interval |", "---|") };
    let mut out = format!(
        "## When it changed\n\n| New level from | 95 % interval | Measure | Before | After | Adjusted p |{column}\n\
         |---|---|---|---:|---:|---:|{rule}"
    );
    for change in changes.iter().take(MAX_CHANGES) {
        let kind = Kind::of(&change.metric);
        let _ = write!(
            out,
            "\n| {} | {} to {} | {} | {} | {} | {} |",
            change.date,
            change.earliest,
            change.latest,
            text(&view.label(&change.metric), 80),
            figures::value(kind, change.before.value),
            figures::value(kind, change.after.value),
            figures::p_value(change.adjusted_p),
        );
        if !column.is_empty() {
            let _ = write!(out, " {} |", events_within(view, change));
        }
    }
    if changes.len() > MAX_CHANGES {
        let _ = write!(out, "\n\n{} more are in `report.json`.", count((changes.len() - MAX_CHANGES) as u64));
    }
    out
}

/// Numbers of the events in the interval of a change; the list of events says what they are.
fn events_within(view: &View<'_>, change: &ChangePoint) -> String {
    let within = events::within(view, change);
    let named: Vec<String> = within
        .iter()
        .take(MAX_WITHIN)
        .map(|(number, event)| format!("{number}: {}", text(&event.label, 60)))
        .collect();
    let more = within.len().saturating_sub(MAX_WITHIN);
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    if named.is_empty() { "–".to_owned() } else { named.join("; ") + &more }
}

fn list_of_events(view: &View<'_>) -> String {
    if view.analysis.events.is_empty() {
        return String::new();
    }
    let mut out = "## Events\n\nGiven with this report, not found in the data. That a measure changes at the time of an event does \
                   not mean that it changed because of it.\n\n| | Date | Event |\n|---:|---|---|"
        .to_owned();
    for (number, event) in events::numbered(view) {
        let label = text(&event.label, 200);
        let label = match event.link.as_deref().and_then(escape::markdown_link) {
            Some(url) => format!("[{label}]({url})"),
            None => label,
        };
        let outside = if events::is_covered(view, event) { "" } else { " (outside of the time covered)" };
        let _ = write!(out, "\n| {number} | {} | {label}{outside} |", events::long_date(event));
    }
    out
}

fn what_changed(view: &View<'_>) -> String {
    let shifts: Vec<&Shift> = view.main_shifts().take(MAX_SHIFTS).collect();
    let Some(first) = shifts.first() else {
        return "## What changed\n\nThere is too little dated coverage to compare an early with a late part."
            .to_owned();
    };
    let mut out = format!(
        "## What changed\n\n| Measure | {} | {} | Difference | 95 % interval | |\n|---|---:|---:|---:|---|---|",
        text(&first.early_label, 40),
        text(&first.late_label, 40)
    );
    for s in shifts {
        let kind = Kind::of(&s.metric);
        let d = &s.difference;
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\n| {} | {} | {} | {} | {} | {} |",
            text(&view.label(&s.metric), 80),
            figures::value(kind, s.early.value),
            figures::value(kind, s.late.value),
            figures::difference(kind, d.value),
            figures::difference_range(kind, d.low, d.high),
            if s.is_clear() { "**clear**" } else { "not clear" },
        );
    }
    out
}

fn over_time(view: &View<'_>) -> String {
    let Some(grain) = view.default_grain() else {
        return "## Over time\n\nNo article that mentions both carries a date.".to_owned();
    };
    let tone = view.estimates("tone", grain);
    let articles = view.estimates("articles_both", grain);
    let shares: Vec<_> =
        view.analysis.frames.iter().map(|f| view.estimates(&share_metric(f), grain)).collect();
    let slots = view.slots(grain);
    let skipped = slots.len().saturating_sub(MAX_PERIODS);
    let mut out = format!(
        "## {} in numbers\n\n| Period | Articles | Sentences | Tone | 95 % interval | Leading frames (share of sentences) |\n\
         |---|---:|---:|---:|---|---|",
        grain_label(grain)
    );
    for (i, slot) in slots.iter().enumerate().skip(skipped) {
        let (value, interval, sentences) = match &tone[i] {
            Some(e) => (
                figures::value(Kind::Mean, e.value),
                format!("{} to {}", figures::value(Kind::Mean, e.low), figures::value(Kind::Mean, e.high)),
                count(e.sentences),
            ),
            None => ("–".to_owned(), "–".to_owned(), "0".to_owned()),
        };
        let articles = articles[i].map_or("–".to_owned(), |e| figures::value(Kind::Count, e.value));
        let at: Vec<(usize, f64)> =
            shares.iter().enumerate().filter_map(|(f, s)| Some((f, s[i]?.value))).collect();
        let _ = write!(
            out,
            "\n| {} | {articles} | {sentences} | {value} | {interval} | {} |",
            text(&slot.label, 20),
            leading(view, at)
        );
    }
    if skipped > 0 {
        let _ = write!(out, "\n\n{} earlier periods are in `report.json`.", count(skipped as u64));
    }
    out
}

/// The three largest shares above zero.
fn leading(view: &View<'_>, mut shares: Vec<(usize, f64)>) -> String {
    shares.retain(|(_, share)| *share >= 0.005);
    shares.sort_by(|x, y| y.1.total_cmp(&x.1));
    let names = shares.iter().take(3).map(|&(f, share)| {
        format!("{} {}", text(&frame_label(&view.analysis.frames[f]), 40), figures::percent(share))
    });
    let joined = names.collect::<Vec<_>>().join(", ");
    if joined.is_empty() { "–".to_owned() } else { joined }
}

/// The sentences with the most outspoken tone, one a source.
fn quotations(view: &View<'_>) -> String {
    let mut by_strength: Vec<&Evidence> = view.analysis.evidence.iter().collect();
    let frame = |e: &Evidence| e.frames.iter().copied().fold(0.0_f32, f32::max);
    by_strength.sort_by(|x, y| y.tone.abs().total_cmp(&x.tone.abs()).then(frame(y).total_cmp(&frame(x))));
    let mut sources = HashSet::new();
    let chosen = by_strength.into_iter().filter(|e| sources.insert(e.source.as_deref().unwrap_or("unknown")));
    let quotes: Vec<String> = chosen.take(QUOTES).map(|e| quotation(view, e)).collect();
    if quotes.is_empty() {
        return String::new();
    }
    format!("## Sentences with the strongest tone, one a source\n\n{}", quotes.join("\n\n"))
}

fn quotation(view: &View<'_>, e: &Evidence) -> String {
    let source = text(e.source.as_deref().unwrap_or("unknown"), 60);
    let date = e.date.map_or("undated".to_owned(), |d| d.to_string());
    let title = e.title.as_deref().map(|t| text(t, 120)).filter(|t| !t.is_empty());
    let link = match (e.url.as_deref().and_then(escape::markdown_link), title) {
        (Some(url), title) => format!(", [{}]({url})", title.as_deref().unwrap_or("article")),
        (None, Some(title)) => format!(", {title}"),
        (None, None) => String::new(),
    };
    let present: Vec<(usize, f64)> = e
        .frames
        .iter()
        .zip(&view.analysis.frame_thresholds)
        .enumerate()
        .filter(|(_, (p, t))| p >= t)
        .map(|(i, (&p, _))| (i, f64::from(p)))
        .collect();
    let frames = if present.is_empty() { "no frame".to_owned() } else { leading(view, present) };
    format!(
        "> “{}”\n> — **{source}**, {date}{link} (tone {}; {frames})",
        text(&e.text, MAX_QUOTE_CHARS),
        figures::signed(f64::from(e.tone))
    )
}

fn data_quality(analysis: &Analysis) -> String {
    let c = &analysis.coverage;
    let mut rows = vec![
        ("Articles read".to_owned(), c.articles),
        ("Articles without a date (in no series)".to_owned(), c.undated),
        ("Near-copies (counted once)".to_owned(), c.duplicates),
        ("Articles in another language (not annotated)".to_owned(), c.foreign),
        ("Rejected inputs".to_owned(), c.rejected),
    ];
    rows.extend(c.rejects_by_code.iter().map(|(code, n)| (format!("Rejected: {code}"), *n)));
    rows.push(("Sentences".to_owned(), c.sentences));
    rows.extend(c.annotation_notes.iter().map(|(name, n)| (frame_label(name), *n)));
    rows.push(("Articles with both in one sentence".to_owned(), c.articles_related));
    rows.push(("Sentences that mention both".to_owned(), c.relations));
    rows.push(("Sentences that mention both, near-copies included".to_owned(), c.relations_raw));
    let lines: Vec<String> =
        rows.iter().map(|(label, n)| format!("| {} | {} |", text(label, 80), count(*n))).collect();
    format!("## Data quality\n\n| | Count |\n|---|---:|\n{}", lines.join("\n"))
}
