//! What the numbers rest on: counts of the input, rejects, the classifier's errors, and how the annotations were made.

use dyad_analyze::{Analysis, Coverage};

use super::METRIC;
use super::table::{Rows, Scale, Table};

/// Name, description, scale and value of a count.
type Count = (&'static str, &'static str, Scale, fn(&Coverage) -> u64);

pub(super) fn coverage(analysis: &Analysis) -> Table<'_> {
    let counts: [Count; 12] = [
        ("articles", "Articles in the store", Scale::ARTICLES, |c| c.articles),
        ("dated", "Articles with a date", Scale::ARTICLES, |c| c.dated),
        ("undated", "Articles without a date: counted, in no series", Scale::ARTICLES, |c| c.undated),
        ("duplicates", "Near-copies of an earlier article", Scale::ARTICLES, |c| c.duplicates),
        ("foreign", "Articles in a language that is not annotated", Scale::ARTICLES, |c| c.foreign),
        ("rejected", "Inputs that could not become an article", Scale::count("inputs"), |c| c.rejected),
        ("articles_a", "Articles that mention A", Scale::ARTICLES, |c| c.articles_a),
        ("articles_b", "Articles that mention B", Scale::ARTICLES, |c| c.articles_b),
        ("articles_related", "Articles in which a sentence mentions both", Scale::ARTICLES, |c| {
            c.articles_related
        }),
        ("relations", "Sentences that mention both, near-copies once", Scale::SENTENCES, |c| c.relations),
        ("relations_raw", "The same with near-copies", Scale::SENTENCES, |c| c.relations_raw),
        ("sentences", "Sentences of annotated articles", Scale::SENTENCES, |c| c.sentences),
    ];
    let mut rows = Rows::new("The report: who it is about and what it rests on. One row.", [analysis])
        .column("generated_at", "When the numbers were made", |a| a.generated_at)
        .column("actor_a", "Actor A", |a| a.actor_a.as_str())
        .column("actor_b", "Actor B", |a| a.actor_b.as_str());
    for (name, description, scale, count) in counts {
        rows = rows.column(name, description, |a| count(&a.coverage)).scale(scale);
    }
    rows.column("sources", "Outlets with a sentence that mentions both", |a| a.coverage.sources)
        .scale(Scale::count("outlets"))
        .column("first_date", "Day of the first dated article with such a sentence", |a| {
            a.coverage.first_date
        })
        .column("last_date", "Day of the last dated article with such a sentence", |a| a.coverage.last_date)
        .column("bootstrap_draws", "Draws of the bootstrap behind every interval", |a| a.bootstrap_draws)
        .column("bootstrap_seed", "Seed of the bootstrap", |a| a.bootstrap_seed)
        .key(&["generated_at"])
}

pub(super) fn rejects_by_code(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "A reason for which inputs could not become articles; the store’s table `rejects` names each input.",
        &analysis.coverage.rejects_by_code,
    )
    .column("code", "The reason, such as `malformed` or `missing_text`", |(code, _)| code.as_str())
    .column("rejects", "Inputs refused for it", |(_, n)| *n)
    .scale(Scale::count("inputs"))
    .key(&["code"])
}

pub(super) fn classifier_errors(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "How far the mean of a metric’s scores may lie from the truth, however many articles there are. It is in the intervals \
         of the metric’s levels; a metric that is not here has intervals of sampling alone.",
        &analysis.classifier_errors,
    )
    .column("metric", METRIC, |error| error.metric.as_str())
    .column("deviation", "Standard deviation of the error over kinds of text", |error| error.deviation)
    .scale(Scale { minimum: Some(0.0), ..Scale::METRIC })
    .key(&["metric"])
}

pub(super) fn provenance(analysis: &Analysis) -> Table<'_> {
    Rows::new("A fact about how the annotations were made.", analysis.provenance.iter().enumerate())
        .column("place", "Order in the report, from 1", |(place, _)| place + 1)
        .column("name", "What is told, such as `Model` or `Precision`", |(_, (name, _))| name.as_str())
        .column("value", "The fact", |(_, (_, value))| value.as_str())
        .key(&["place"])
}
