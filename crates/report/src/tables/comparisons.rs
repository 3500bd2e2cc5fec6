//! Comparisons: outlets after partial pooling, groups of outlets, the time before and after a day, other pairs of actors.

use std::collections::HashSet;

use dyad_analyze::Analysis;

use super::METRIC;
use super::table::{Rows, Scale, Table};

const CLEAR: &str = "Whether the interval of the difference leaves out zero";
const DYAD: &str = "Number of the other pair, from 1 in the order of the files given";

pub(super) fn source_shrinkage(analysis: &Analysis) -> Table<'_> {
    let rows = analysis.sources.iter().flat_map(|row| row.shrunken.iter().map(move |metric| (row, metric)));
    Rows::new(
        "A score of an outlet, pulled towards the mean of all outlets by as much as chance explains (partial pooling), so \
         that outlets with few articles can be compared; none where fewer than five outlets carry the metric.",
        rows,
    )
    .column("source", "The outlet", |(row, _)| row.source.as_str())
    .column("metric", METRIC, |(_, metric)| metric.metric.as_str())
    .estimate("value", "The metric after partial pooling", Scale::SIGNED, |(_, metric)| metric.estimate)
    .refers(&["source"], "sources")
    .refers(&["metric"], "metrics")
    .key(&["source", "metric"])
}

pub(super) fn source_groups(analysis: &Analysis) -> Table<'_> {
    let rows = analysis
        .source_groups
        .iter()
        .flat_map(|group| group.metrics.iter().map(move |metric| (group, metric)));
    Rows::new("A metric in a group of outlets, and in all other articles.", rows)
        .column("group", "The group as configured; `other` for outlets in none", |(group, _)| {
            group.name.as_str()
        })
        .column("metric", METRIC, |(_, metric)| metric.metric.as_str())
        .estimate("value", "The metric in the group", Scale::METRIC, |(_, metric)| metric.estimate)
        .estimate("rest", "The metric over all other articles", Scale::METRIC, |(_, metric)| metric.rest)
        .interval("difference", "Group less rest", Scale::METRIC, |(_, metric)| metric.difference)
        .column("clear", CLEAR, |(_, metric)| metric.difference.map(|_| metric.is_clear()))
        .refers(&["metric"], "metrics")
        .key(&["group", "metric"])
}

pub(super) fn source_group_outlets(analysis: &Analysis) -> Table<'_> {
    let outlets = analysis.source_groups.iter().flat_map(|group| {
        let found = group.outlets.iter().map(move |outlet| (group, outlet, true));
        found.chain(group.missing.iter().map(move |outlet| (group, outlet, false)))
    });
    // A configuration may list an outlet twice.
    let mut seen = HashSet::new();
    let outlets = outlets.filter(|(group, outlet, _)| seen.insert((group.name.as_str(), outlet.as_str())));
    Rows::new("An outlet of a group.", outlets)
        .column("group", "The group as configured; `other` for outlets in none", |(group, ..)| {
            group.name.as_str()
        })
        .column("source", "The outlet; `unknown` where the input names none", |(_, outlet, _)| {
            outlet.as_str()
        })
        .column(
            "found",
            "Whether an article comes from it; false for one that is only configured",
            |(.., found)| found,
        )
        .key(&["group", "source"])
}

pub(super) fn before_after(analysis: &Analysis) -> Table<'_> {
    let rows = analysis.before_after.iter().flat_map(|split| split.metrics.iter().map(move |m| (split, m)));
    Rows::new("A metric before a day that was asked for, and from it on.", rows)
        .column("metric", METRIC, |(_, metric)| metric.shift.metric.as_str())
        .column("date", "The day: first of the later part", |(split, _)| split.date)
        .estimate("before", "The metric before the day", Scale::METRIC, |(_, metric)| metric.shift.early)
        .estimate("after", "The metric from the day on", Scale::METRIC, |(_, metric)| metric.shift.late)
        .interval("difference", "After less before", Scale::METRIC, |(_, metric)| metric.shift.difference)
        .column(
            "p_value",
            "p-value of a permutation of whole days; missing where a part has fewer than ten articles on five days",
            |(_, metric)| metric.p_value,
        )
        .scale(Scale::SHARE)
        .column("adjusted_p", "The p-value adjusted for all metrics tested", |(_, metric)| metric.adjusted_p)
        .scale(Scale::SHARE)
        .column(
            "clear",
            "Whether the adjusted p-value is 0.05 at most and the interval of the difference leaves out zero",
            |(_, metric)| metric.is_clear(),
        )
        .refers(&["metric"], "metrics")
        .key(&["metric"])
}

pub(super) fn other_dyad_reports(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "Another pair of actors and the report that was read of it.",
        analysis.other_dyads.iter().enumerate(),
    )
    .column("dyad", DYAD, |(place, _)| place + 1)
    .column("actor_a", "Its actor A", |(_, dyad)| dyad.actor_a.as_str())
    .column("actor_b", "Its actor B", |(_, dyad)| dyad.actor_b.as_str())
    .column("generated_at", "When its numbers were made", |(_, dyad)| dyad.generated_at)
    .column("articles", "Articles in its store", |(_, dyad)| dyad.articles)
    .scale(Scale::ARTICLES)
    .column("articles_related", "Articles in which a sentence mentions both of its actors", |(_, dyad)| {
        dyad.articles_related
    })
    .scale(Scale::ARTICLES)
    .column("relations", "Sentences that mention both of its actors, near-copies once", |(_, dyad)| dyad.relations)
    .scale(Scale::SENTENCES)
    .column("first_date", "Day of the first dated article with such a sentence", |(_, dyad)| dyad.first_date)
    .column("last_date", "Day of the last dated article with such a sentence", |(_, dyad)| dyad.last_date)
    .column(
        "same_model",
        "Whether both reports name the same models; levels of different models are not comparable; missing where one names none",
        |(_, dyad)| dyad.is_same_model,
    )
    .key(&["dyad"])
}

pub(super) fn other_dyads(analysis: &Analysis) -> Table<'_> {
    let dyads = analysis.other_dyads.iter().enumerate();
    let rows = dyads.flat_map(|(place, dyad)| dyad.metrics.iter().map(move |metric| (place, dyad, metric)));
    Rows::new(
        "A metric of this pair of actors and of another one; actors are compared by position, A with A and B with B.",
        rows,
    )
    .column("dyad", DYAD, |(place, ..)| place + 1)
    .column("metric", METRIC, |(.., metric)| metric.metric.as_str())
    .column("actor_a", "Actor A of the other pair", |(_, dyad, _)| dyad.actor_a.as_str())
    .column("actor_b", "Actor B of the other pair", |(_, dyad, _)| dyad.actor_b.as_str())
    .estimate("this", "The metric of this pair", Scale::METRIC, |(.., metric)| metric.this)
    .estimate("other", "The metric of the other pair", Scale::METRIC, |(.., metric)| metric.other)
    .interval(
        "difference",
        "This less other; the interval takes the two for independent",
        Scale::METRIC,
        |(.., metric)| metric.difference,
    )
    .column("clear", CLEAR, |(.., metric)| metric.is_clear())
    .refers(&["dyad"], "other_dyad_reports")
    .refers(&["metric"], "metrics")
    .key(&["dyad", "metric"])
}
