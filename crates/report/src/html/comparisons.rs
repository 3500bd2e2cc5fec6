//! Comparisons: outlets, groups of outlets, the time before and after a day, other pairs of actors.

use chrono::NaiveDate;
use dyad_analyze::{BeforeAfter, OtherDyad, SourceGroup};

use super::bdi;
use crate::escape;
use crate::figures::{self, Kind};
use crate::view::View;
use contrast::{Contrast, Row};

pub(crate) use contrast::by_clearness;

mod contrast;
mod sources;

/// Outlets named for a group.
const MAX_OUTLETS: usize = 8;
/// Longest name of a group or an outlet in running text, in characters.
const MAX_NAME_CHARS: usize = 80;

pub(super) fn section(view: &View<'_>) -> String {
    let analysis = view.analysis;
    let before_after = analysis.before_after.as_ref().map(|split| before_after(view, split));
    format!(
        "<section id=\"comparisons\" aria-labelledby=\"comparisons-heading\">\n\
         <h2 id=\"comparisons-heading\">Comparisons</h2>\n{}{}{}{}</section>\n",
        sources::part(view),
        groups(view),
        before_after.unwrap_or_default(),
        other_dyads(view),
    )
}

fn name(text: &str) -> String {
    bdi(&escape::cut(text, MAX_NAME_CHARS))
}

fn day(date: NaiveDate) -> String {
    date.format("%-d\u{a0}%B\u{a0}%Y").to_string()
}

/// How many of so many comparisons would look clear if there were no difference at all.
pub(crate) fn by_chance(comparisons: usize) -> String {
    match (comparisons as f64 * 0.05).round() as u64 {
        0 => "fewer than one".to_owned(),
        n => format!("about {}", figures::count(n)),
    }
}

fn groups(view: &View<'_>) -> String {
    let groups = &view.analysis.source_groups;
    if groups.is_empty() {
        return String::new();
    }
    let comparisons: usize = groups.iter().map(|group| group_contrast(view, group).rows.len()).sum();
    let reach = groups.iter().filter_map(tone).fold(0.25_f64, |r, e| r.max(e.low.abs()).max(e.high.abs()));
    let rows: Vec<String> = groups.iter().map(|group| group_row(group, reach)).collect();
    let details: Vec<String> =
        groups.iter().enumerate().map(|(place, group)| group_details(view, group, place)).collect();
    format!(
        "<h3 id=\"groups\">Groups of sources</h3>\n\
         <p class=\"note\">The groups of the configuration. The intervals speak of the articles of these outlets, not of other outlets \
         like them. Each group is compared with all other articles; of the {comparisons} differences below {chance} would be \
         marked clear by chance if no group differed.</p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: groups of sources\"><table class=\"groups\"><thead><tr>\
         <th scope=\"col\">Group</th><th scope=\"col\">Outlets</th><th scope=\"col\" class=\"number\">Articles</th>\
         <th scope=\"col\" class=\"number\">Sentences</th><th scope=\"col\" class=\"number\">Tone</th>\
         <th scope=\"col\">95 % interval</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n{}",
        rows.concat(),
        details.concat(),
        chance = by_chance(comparisons),
    )
}

fn tone(group: &SourceGroup) -> Option<&dyad_analyze::Estimate> {
    group.metrics.iter().find(|metric| metric.metric == "tone").map(|metric| &metric.estimate)
}

fn group_row(group: &SourceGroup, reach: f64) -> String {
    let list = |names: &[String]| {
        let more = match names.len().saturating_sub(MAX_OUTLETS) {
            0 => String::new(),
            n => format!(" and {} more", figures::count(n as u64)),
        };
        names.iter().take(MAX_OUTLETS).map(|outlet| name(outlet)).collect::<Vec<_>>().join(", ") + &more
    };
    let mut outlets = list(&group.outlets);
    if !group.missing.is_empty() {
        let gap = if outlets.is_empty() { "" } else { "<br>" };
        outlets += &format!("{gap}<span class=\"quiet\">no article from {}</span>", list(&group.missing));
    }
    let (value, range) = match tone(group) {
        Some(tone) => (
            figures::value(Kind::Mean, tone.value),
            format!(
                "{}<span class=\"interval\">{}</span>",
                super::tables::forest(tone.value, tone.low, tone.high, reach),
                contrast::interval(Kind::Mean, tone)
            ),
        ),
        None => ("–".to_owned(), String::new()),
    };
    format!(
        "<tr><th scope=\"row\">{}</th><td>{outlets}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
         <td class=\"number strong\">{value}</td><td class=\"range\">{range}</td></tr>\n",
        name(&group.name),
        figures::count(group.articles),
        figures::count(group.relations),
    )
}

fn group_contrast(view: &View<'_>, group: &SourceGroup) -> Contrast {
    let rows = group.metrics.iter().filter_map(|metric| {
        Some(Row {
            metric: metric.metric.clone(),
            label: bdi(&view.label(&metric.metric)),
            values: [metric.estimate.value, metric.rest?.value],
            difference: metric.difference?,
            p: None,
            is_clear: metric.is_clear(),
        })
    });
    Contrast::new([name(&group.name), "The rest".to_owned()], rows.collect())
}

fn group_details(view: &View<'_>, group: &SourceGroup, place: usize) -> String {
    let contrast = group_contrast(view, group);
    if contrast.rows.is_empty() {
        return String::new();
    }
    let summary = format!("{} against the rest: {}", name(&group.name), contrast.verdict());
    let what = format!("group {}, {}, against the rest", place + 1, escape::cut(&group.name, MAX_NAME_CHARS));
    contrast.details(&what, &summary, view.analysis.source_groups.len() == 1)
}

fn before_after(view: &View<'_>, split: &BeforeAfter) -> String {
    let date = day(split.date);
    let heading = format!("<h3 id=\"split\">Before and after {date}</h3>\n");
    if split.metrics.is_empty() {
        return format!("{heading}<p>{}</p>\n", escape::html(&nothing_to_compare(view, split)));
    }
    let rows = split.metrics.iter().map(|metric| Row {
        metric: metric.shift.metric.clone(),
        label: bdi(&view.label(&metric.shift.metric)),
        values: [metric.shift.early.value, metric.shift.late.value],
        difference: metric.shift.difference,
        p: Some(metric.adjusted_p),
        is_clear: metric.is_clear(),
    });
    let contrast = Contrast::new(["Before".to_owned(), "From that day".to_owned()], rows.collect());
    let tested = split.metrics.iter().filter(|metric| metric.p_value.is_some()).count();
    let test = match tested {
        0 => "Differences are not tested: that takes ten articles on five days in each part.".to_owned(),
        n => format!(
            "The adjusted p-value comes from a test that deals whole days out to the two parts at random; it is adjusted for the {n} \
             measures tested (mean probabilities of frames among them, which are in <code>report.json</code>), so that of those marked \
             clear about one in twenty at most should be chance (Benjamini and Hochberg). <strong>Clear</strong> asks for an adjusted p of at most 0.05 and an interval that leaves out zero."
        ),
    };
    format!(
        "{heading}<p class=\"note\">{before} before that day, {after} from it on. The day was given, not found in the data. {test} \
         What differs after a day need not be due to it.</p>\n{table}",
        before = figures::plural(split.articles_before, "article"),
        after = figures::count(split.articles_after),
        table = contrast.table("before and after"),
    )
}

/// Why a day leaves a part without an article, as text.
pub(crate) fn nothing_to_compare(view: &View<'_>, split: &BeforeAfter) -> String {
    let coverage = &view.analysis.coverage;
    let when = split.date.format("%-d %B %Y");
    let (Some(first), Some(last)) = (coverage.first_date, coverage.last_date) else {
        return format!("No article that mentions both carries a date, so that {when} parts nothing.");
    };
    let side = if split.articles_before == 0 { "before" } else { "from" };
    let dates = format!("{} to {}", first.format("%-d %B %Y"), last.format("%-d %B %Y"));
    format!(
        "No dated article that mentions both is {side} {when}{}: the coverage runs from {dates}. Choose a day within it.",
        if side == "from" { " or later" } else { "" }
    )
}

fn other_dyads(view: &View<'_>) -> String {
    let dyads = &view.analysis.other_dyads;
    if dyads.is_empty() {
        return String::new();
    }
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    let parts: Vec<String> =
        dyads.iter().enumerate().map(|(place, dyad)| dyad_part(view, dyad, place)).collect();
    format!(
        "<h3 id=\"pairs\">Other pairs of actors</h3>\n\
         <p class=\"note\">{a} and {b} beside other pairs, from the reports of those. Actors are compared by position, the first with the \
         first. The intervals of the differences take the two reports for independent. Articles that mention both pairs make \
         them too wide where such articles portray both pairs alike, and too narrow where they set one pair against the \
         other.</p>\n{}",
        parts.concat()
    )
}

fn dyad_part(view: &View<'_>, dyad: &OtherDyad, place: usize) -> String {
    let pair = |a: &str, b: &str| format!("{} and {}", name(a), name(b));
    let this = pair(&view.analysis.actor_a, &view.analysis.actor_b);
    let other = pair(&dyad.actor_a, &dyad.actor_b);
    let rows = dyad.metrics.iter().map(|metric| Row {
        metric: metric.metric.clone(),
        label: dyad_label(view, dyad, &metric.metric),
        values: [metric.this.value, metric.other.value],
        difference: metric.difference,
        p: None,
        is_clear: metric.is_clear(),
    });
    let contrast = Contrast::new([this, other.clone()], rows.collect());
    if contrast.rows.is_empty() {
        return format!("<p>{other}: the two reports have no measure in common.</p>\n");
    }
    let summary = format!("{other}: {}", contrast.verdict());
    let cut = |actor: &str| escape::cut(actor, MAX_NAME_CHARS).into_owned();
    let what = format!("pair {}, {} and {}", place + 1, cut(&dyad.actor_a), cut(&dyad.actor_b));
    let summary = summary + &extent(dyad) + &caution(dyad);
    contrast.details(&what, &summary, view.analysis.other_dyads.len() == 1)
}

/// What a measure is called for this pair, and for the other one where it differs.
fn dyad_label(view: &View<'_>, dyad: &OtherDyad, metric: &str) -> String {
    let this = view.label(metric);
    let cut = |actor: &str| escape::cut(actor, MAX_NAME_CHARS).into_owned();
    let other = dyad_analyze::metric_label(metric, &cut(&dyad.actor_a), &cut(&dyad.actor_b));
    match this == other {
        true => bdi(&this),
        false => format!("{}<br><span class=\"quiet\">against {}</span>", bdi(&this), bdi(&other)),
    }
}

/// What the other report rests on, for the summary of its table.
fn extent(dyad: &OtherDyad) -> String {
    let dates = match (dyad.first_date, dyad.last_date) {
        (Some(first), Some(last)) => format!(", {} to {}", day(first), day(last)),
        _ => String::new(),
    };
    format!(
        " <span class=\"quiet\">({} in {}{dates}; report of {})</span>",
        figures::plural(dyad.relations, "sentence"),
        figures::plural(dyad.articles_related, "article"),
        day(dyad.generated_at.date_naive()),
    )
}

fn caution(dyad: &OtherDyad) -> String {
    match dyad.is_same_model {
        Some(true) => String::new(),
        Some(false) => {
            " <strong>Another model made its judgements: levels cannot be compared.</strong>".to_owned()
        }
        None => " <span class=\"quiet\">Whether the same model made its judgements is not known.</span>"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests;
