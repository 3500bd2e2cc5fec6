//! What went in, what did not count, how the numbers were made and what they cannot say.

use dyad_analyze::Coverage;

use super::{bdi, measured};
use crate::escape;
use crate::evidence::MAX_TEXT_CHARS;
use crate::figures::{count, plural};
use crate::view::{View, frame_label};

pub(super) fn sections(view: &View<'_>) -> String {
    quality(view) + &methods(view)
}

fn quality(view: &View<'_>) -> String {
    let coverage = &view.analysis.coverage;
    let rows: Vec<String> =
        quality_rows(view).into_iter().map(|(label, n, note)| quality_row(&label, n, &note)).collect();
    format!(
        "<section id=\"quality\" aria-labelledby=\"quality-heading\">\n<h2 id=\"quality-heading\">Data quality</h2>\n\
         <p class=\"note\">What was read, what counts, and what was left out and why.</p>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: data quality\"><table class=\"quality\"><thead><tr>\
         <th scope=\"col\">Inputs</th><th scope=\"col\" class=\"number\">Count</th><th scope=\"col\">What happened to them</th></tr></thead>\n\
         <tbody>\n{}</tbody></table></div>\n{}</section>\n",
        rows.concat(),
        undated_note(coverage),
    )
}

/// Label (text), count, note (text).
fn quality_rows(view: &View<'_>) -> Vec<(String, u64, String)> {
    let c = &view.analysis.coverage;
    let (a, b) = (&view.analysis.actor_a, &view.analysis.actor_b);
    let row = |label: &str, n: u64, note: &str| (label.to_owned(), n, note.to_owned());
    let mut rows = vec![
        row("Articles read", c.articles, "in the store, each once"),
        row("– with a date", c.dated, "in the series"),
        row(
            "– without a date",
            c.undated,
            "kept and counted, in no series; their sentences are among the evidence",
        ),
        row("– near-copies", c.duplicates, "of an earlier article; not counted again unless configured"),
        row("– in another language", c.foreign, "kept, not annotated"),
        row(
            "Rejected inputs",
            c.rejected,
            "could not become an article; file and position are in the rejects table",
        ),
    ];
    rows.extend(c.rejects_by_code.iter().map(|(code, n)| (format!("– {code}"), *n, String::new())));
    rows.push(row("Sentences", c.sentences, "in all articles that were annotated"));
    rows.extend(
        c.annotation_notes
            .iter()
            .map(|(name, n)| (format!("– {}", name.replace('_', " ")), *n, String::new())),
    );
    rows.extend([
        (format!("Articles that mention {a}"), c.articles_a, String::new()),
        (format!("Articles that mention {b}"), c.articles_b, String::new()),
        row("Articles with both in one sentence", c.articles_related, "what this report rests on"),
        row("Sentences that mention both", c.relations, "as counted"),
        row(
            "Sentences that mention both, copies included",
            c.relations_raw,
            "before near-copies are set aside",
        ),
    ]);
    rows
}

fn quality_row(label: &str, n: u64, note: &str) -> String {
    let indent = if label.starts_with('–') { " class=\"part\"" } else { "" };
    let label = bdi(label.trim_start_matches("– "));
    format!(
        "<tr{indent}><th scope=\"row\">{label}</th><td class=\"number\">{}</td><td>{}</td></tr>\n",
        count(n),
        escape::html(note)
    )
}

fn undated_note(coverage: &Coverage) -> String {
    if coverage.articles == 0 || coverage.undated * 10 < coverage.articles {
        return String::new();
    }
    format!(
        "<p class=\"problem\">{} of {} carry no date and are missing from everything over time.</p>\n",
        count(coverage.undated),
        plural(coverage.articles, "article")
    )
}

fn methods(view: &View<'_>) -> String {
    format!(
        "<section id=\"methods\" aria-labelledby=\"methods-heading\">\n<h2 id=\"methods-heading\">Methods</h2>\n{}{}{}{}{}</section>\n",
        definitions(view),
        thresholds(view),
        intervals(view),
        limits(view),
        provenance(view)
    )
}

fn definitions(view: &View<'_>) -> String {
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    format!(
        "<h3>What is measured</h3>\n<dl class=\"terms\">\n\
         <dt>Unit</dt><dd>A sentence in which both {a} and {b} are mentioned, by name or by a product, person or alias that the \
         configuration lists for them. Near-copies of an article count once.</dd>\n\
         <dt>Tone</dt><dd>How close the sentence portrays the two, from −1 (conflict, drifting apart) to 1 (cooperation, getting \
         closer). Shown as the mean over sentences.</dd>\n{}\
         <dt>Frame</dt><dd>How the relationship is portrayed. The model gives each frame a probability; frames do not exclude each \
         other. <em>Share</em> is the part of sentences whose probability reaches the frame’s threshold, <em>mean probability</em> \
         the mean over all sentences.</dd>\n\
         <dt>Stance {a} → {b}</dt><dd>What {a} is said to think of or do to {b}: the probability of a positive stance minus that of \
         a negative one, from −1 to 1. Stance {b} → {a} likewise.</dd>\n\
         <dt>Sentiment</dt><dd>How favourable the wording is towards one actor, from −1 to 1, over all sentences that mention it.</dd>\n\
         <dt>Volume</dt><dd>Articles by what they mention. Counts are exact and carry no interval.</dd>\n\
         <dt>Period</dt><dd>By date of publication in UTC. A period without a sentence stays empty; nothing is smoothed or filled in.</dd>\n\
         </dl>\n",
        measured::closeness(view)
    )
}

fn thresholds(view: &View<'_>) -> String {
    let frames = view.analysis.frames.iter().zip(&view.analysis.frame_thresholds);
    let items: Vec<String> = frames
        .map(|(name, t)| {
            format!("<li>{} <span class=\"interval\">{t:.2}</span></li>", bdi(&frame_label(name)))
        })
        .collect();
    if items.is_empty() {
        return String::new();
    }
    format!(
        "<p>A frame counts as present from these probabilities:</p>\n<ul class=\"thresholds\">{}</ul>\n",
        items.concat()
    )
}

fn intervals(view: &View<'_>) -> String {
    let how = format!(
        "<p>The bootstrap takes {} draws (seed {}). The interval is the expanded percentile interval, which makes good for few articles \
         as Student’s t does for a mean, and at least as wide as Student’s t with the spread of these articles and, as if ten of them \
         were added, of the whole corpus. With fewer than five articles, or where all articles agree, it is widened by Wilson’s \
         interval (shares) or Student’s t with the spread of the whole corpus (means). Differences between early and late take both \
         parts from the same draws.</p>\n\
         <p>The shrunken tone of a source is an empirical Bayes estimate (Morris 1983). Its intervals hold for about 95 of 100 sources; \
         for one that really stands apart and has few articles the tone comes out too close to the others.</p>\n",
        count(view.analysis.bootstrap_draws as u64),
        view.analysis.bootstrap_seed,
    );
    let changes = "<p>A change of level is a place between two days at which the days before and after differ most: the studentised difference of \
         the measure between a run of days and the rest, over every run from the start and over runs within. Its p-value comes from \
         permuting whole days, because articles of one day often report one event; the first test of every measure is adjusted so \
         that of the measures reported to change at most 5 % are expected not to (Benjamini and Hochberg), later changes are tested \
         at a level corrected for those before (after Matteson and James). A level needs ten articles on five days at least. The \
         interval of the day holds every day whose likelihood comes near that of the best (Hansen). Differences at a change are on \
         average too large, because the place was searched for, and a slow drift appears as steps.</p>\n";
    format!(
        "<h3>Uncertainty</h3>\n<p>Every mean and share has a 95 % interval from a bootstrap that draws <em>articles</em> with \
         replacement, because sentences of one article are not independent.</p>\n{}{}{}",
        folded("How the intervals are made", &how),
        folded("How far the model may be off", &measured::classifier_error(view)),
        folded("How changes of level are found", changes),
    )
}

/// Text for those who want to know, opened on demand and in print.
fn folded(summary: &str, body: &str) -> String {
    format!("<details class=\"behind\"><summary>{summary}</summary>\n{body}</details>\n")
}

fn limits(view: &View<'_>) -> String {
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    format!(
        "<h3>What the numbers cannot say</h3>\n<ul>\n\
         <li>They describe how {a} and {b} are written about, not how they get on.</li>\n\
         <li>They hold for the articles that were collected. Other sources or other search terms can give other numbers, and a source \
         that joins or leaves the corpus moves a series without any change in the press.</li>\n\
         <li>A model made the judgements. It misreads irony, quotation within quotation and what only the context of the article \
         tells; read the sentences before relying on a number.</li>\n\
         <li>A sentence is judged on its own. What an article says about the two across several sentences is not counted.</li>\n\
         <li>Two things that move together here need have no cause in common.</li>\n\
         <li>Sentences above {} characters are cut on this page; <code>report.json</code> has them in full.</li>\n</ul>\n",
        count(MAX_TEXT_CHARS as u64)
    )
}

fn provenance(view: &View<'_>) -> String {
    let analysis = view.analysis;
    let made = ("report made".to_owned(), analysis.generated_at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
    let rows: Vec<String> = std::iter::once(&made)
        .chain(&analysis.provenance)
        .map(|(key, value)| {
            let value = escape::cut(value, 4000);
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
                bdi(&key.replace('_', " ")),
                bdi(&value)
            )
        })
        .collect();
    format!(
        "<h3>How this report was made</h3>\n{}",
        folded(
            "Model, configuration and versions",
            &format!(
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: provenance\">\
                 <table class=\"provenance\"><tbody>\n{}</tbody></table></div>\n",
                rows.concat()
            )
        )
    )
}
