//! Outlets, groups of outlets, before and after a day, and other pairs of actors, a short table each.

use std::fmt::Write;

use dyad_analyze::{Analysis, BeforeAfter, Estimate, OtherDyad, SourceGroup, SourceRow, metric_label};

use super::text;
use crate::figures::{self, Kind, count};
use crate::html::comparisons::{by_chance, by_clearness, nothing_to_compare};
use crate::view::View;

/// Outlets listed.
const MAX_SOURCES: usize = 10;
/// Differences listed of each comparison.
const MAX_DIFFERENCES: usize = 6;
/// Groups and other pairs with a table; all of them are in `report.json`.
const MAX_PARTS: usize = 6;

/// Every part there is something for, or nothing.
pub(super) fn render(view: &View<'_>) -> String {
    let analysis = view.analysis;
    let mut parts = vec![sources(analysis)];
    parts.push(groups(view, &analysis.source_groups));
    parts.extend(analysis.before_after.as_ref().map(|split| before_after(view, split)));
    parts.push(other_dyads(view, &analysis.other_dyads));
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() {
        return String::new();
    }
    format!("## Comparisons\n\n{}", parts.join("\n\n"))
}

fn mean(estimate: &Estimate) -> String {
    format!("{} | {} to {}", signed(estimate.value), signed(estimate.low), signed(estimate.high))
}

fn signed(value: f64) -> String {
    figures::value(Kind::Mean, value)
}

fn sources(analysis: &Analysis) -> String {
    let sources = &analysis.sources;
    if sources.is_empty() {
        return String::new();
    }
    let rows: Vec<String> = sources.iter().take(MAX_SOURCES).map(source_row).collect();
    let more = match sources.len().saturating_sub(MAX_SOURCES) {
        0 => String::new(),
        n => format!("\n\n{} more are in `report.json`.", count(n as u64)),
    };
    format!(
        "### Sources\n\n| Source | Articles | Tone | 95 % interval | Tone, shrunken | 95 % interval |\n|---|---:|---:|---|---:|---|\n{}{more}\n\n\
         *Shrunken*: pulled towards the mean of all sources by as much as chance explains; rank sources by it.",
        rows.join("\n")
    )
}

fn source_row(row: &SourceRow) -> String {
    let pooled = row.shrunken.iter().find(|metric| metric.metric == "tone");
    let pooled = pooled.map_or("– | –".to_owned(), |metric| mean(&metric.estimate));
    format!("| {} | {} | {} | {pooled} |", text(&row.source, 60), count(row.articles), mean(&row.tone))
}

/// A measure in two parts.
struct Difference<'d> {
    metric: &'d str,
    label: String,
    values: [f64; 2],
    difference: &'d Estimate,
    is_clear: bool,
}

/// Tone and the clearest differences, the rest counted.
fn table(headings: [&str; 2], mut all: Vec<Difference<'_>>) -> String {
    all.sort_by(|x, y| {
        let is_tone = |d: &Difference<'_>| d.metric == "tone";
        let order = by_clearness((x.is_clear, x.difference), (y.is_clear, y.difference));
        is_tone(y).cmp(&is_tone(x)).then(order)
    });
    let is_share = |metric: &str| metric.strip_prefix("frame_").map(|frame| format!("share_{frame}"));
    let is_twin = |metric: &str| is_share(metric).is_some_and(|share| all.iter().any(|d| d.metric == share));
    let main: Vec<&Difference<'_>> = all.iter().filter(|d| !is_twin(d.metric)).collect();
    let wanted: Vec<&&Difference<'_>> = main.iter().filter(|d| d.is_clear || d.metric == "tone").collect();
    let mut out = format!(
        "| Measure | {} | {} | Difference | 95 % interval | |\n|---|---:|---:|---:|---|---|",
        headings[0], headings[1]
    );
    for row in wanted.iter().take(MAX_DIFFERENCES) {
        let (kind, d) = (Kind::of(row.metric), row.difference);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\n| {} | {} | {} | {} | {} | {} |",
            row.label,
            figures::value(kind, row.values[0]),
            figures::value(kind, row.values[1]),
            figures::difference(kind, d.value),
            figures::difference_range(kind, d.low, d.high),
            if row.is_clear { "**clear**" } else { "not clear" },
        );
    }
    let clear = main.iter().filter(|d| d.is_clear).count();
    let _ = write!(
        out,
        "\n\n{} of {} differ clearly.",
        count(clear as u64),
        figures::plural(main.len() as u64, "measure"),
    );
    out
}

fn more(parts: usize) -> String {
    match parts.saturating_sub(MAX_PARTS) {
        0 => String::new(),
        n => format!("\n\n{} more are in `report.json`.", count(n as u64)),
    }
}

fn groups(view: &View<'_>, groups: &[SourceGroup]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = groups.iter().take(MAX_PARTS).map(|group| source_group(view, group)).collect();
    format!(
        "### Groups of sources\n\nEach group against all other articles; about one difference in twenty looks clear by chance.\n\n{}{}",
        parts.join("\n\n"),
        more(groups.len())
    )
}

fn source_group(view: &View<'_>, group: &SourceGroup) -> String {
    let name = text(&group.name, 60);
    let missing: Vec<String> = group.missing.iter().take(8).map(|outlet| text(outlet, 60)).collect();
    let missing =
        if missing.is_empty() { String::new() } else { format!("; no article from {}", missing.join(", ")) };
    let differences: Vec<Difference<'_>> = group
        .metrics
        .iter()
        .filter_map(|metric| {
            Some(Difference {
                metric: &metric.metric,
                label: text(&view.label(&metric.metric), 80),
                values: [metric.estimate.value, metric.rest?.value],
                difference: metric.difference.as_ref()?,
                is_clear: metric.is_clear(),
            })
        })
        .collect();
    let head = format!(
        "**{name}**: {} from {}{missing}.",
        figures::plural(group.articles, "article"),
        figures::plural(group.outlets.len() as u64, "outlet")
    );
    if differences.is_empty() {
        head
    } else {
        format!("{head}\n\n{}", table([&name, "The rest"], differences))
    }
}

fn before_after(view: &View<'_>, split: &BeforeAfter) -> String {
    let day = split.date.format("%-d %B %Y");
    let heading = format!("### Before and after {day}");
    if split.metrics.is_empty() {
        return format!("{heading}\n\n{}", nothing_to_compare(view, split));
    }
    let differences = split.metrics.iter().map(|metric| Difference {
        metric: &metric.shift.metric,
        label: text(&view.label(&metric.shift.metric), 80),
        values: [metric.shift.early.value, metric.shift.late.value],
        difference: &metric.shift.difference,
        is_clear: metric.is_clear(),
    });
    format!(
        "{heading}\n\n{} before that day, {} from it on; *clear* is adjusted for the number of measures (false discovery rate 5 %). \
         What differs after a day need not be due to it.\n\n{}",
        figures::plural(split.articles_before, "article"),
        count(split.articles_after),
        table(["Before", "From that day"], differences.collect())
    )
}

fn other_dyads(view: &View<'_>, dyads: &[OtherDyad]) -> String {
    if dyads.is_empty() {
        return String::new();
    }
    let comparisons: usize = dyads.iter().map(|dyad| dyad.metrics.len()).sum();
    let parts: Vec<String> = dyads.iter().take(MAX_PARTS).map(|dyad| other_dyad(view, dyad)).collect();
    format!(
        "### Other pairs of actors\n\nThe two reports are taken for independent: articles that mention both pairs make the intervals too \
         wide where they portray both alike, too narrow where they set one against the other. {} of the differences would look clear \
         by chance.\n\n{}{}",
        capitalised(&by_chance(comparisons)),
        parts.join("\n\n"),
        more(dyads.len())
    )
}

fn capitalised(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

fn other_dyad(view: &View<'_>, dyad: &OtherDyad) -> String {
    let (a, b) = (text(&dyad.actor_a, 60), text(&dyad.actor_b, 60));
    let here = format!("{} and {}", text(&view.analysis.actor_a, 60), text(&view.analysis.actor_b, 60));
    let label = |metric: &str| {
        let this = view.label(metric);
        let other = metric_label(metric, &dyad.actor_a, &dyad.actor_b);
        if this == other {
            text(&this, 80)
        } else {
            format!("{} against {}", text(&this, 80), text(&other, 80))
        }
    };
    let differences = dyad.metrics.iter().map(|metric| Difference {
        metric: &metric.metric,
        label: label(&metric.metric),
        values: [metric.this.value, metric.other.value],
        difference: &metric.difference,
        is_clear: metric.is_clear(),
    });
    let caution = match dyad.is_same_model {
        Some(false) => " Another model made its judgements: levels cannot be compared.",
        _ => "",
    };
    format!(
        "**{a} and {b}**: {} in {}.{caution}\n\n{}",
        figures::plural(dyad.relations, "sentence"),
        figures::plural(dyad.articles_related, "article"),
        table([&here, &format!("{a} and {b}")], differences.collect())
    )
}
