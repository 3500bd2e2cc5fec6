//! The frame of the evidence explorer; the page's script fills it.

use super::bdi;
use crate::figures::{count, plural};
use crate::view::View;

pub(super) fn section(view: &View<'_>, shown: usize) -> String {
    let body = if shown == 0 { nothing(view) } else { controls(view, shown) };
    format!(
        "<section id=\"evidence\" aria-labelledby=\"evidence-heading\">\n<h2 id=\"evidence-heading\" tabindex=\"-1\">Evidence</h2>\n{body}</section>\n"
    )
}

fn nothing(view: &View<'_>) -> String {
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    format!(
        "<p id=\"evidence-count\" aria-live=\"polite\">No sentence mentions both {a} and {b}.</p>\n<ol id=\"evidence-list\"></ol>\n"
    )
}

fn controls(view: &View<'_>, shown: usize) -> String {
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    format!(
        "<p class=\"note\">Every sentence that mentions <mark class=\"a\">{a}</mark> and <mark class=\"b\">{b}</mark>, as it was \
         published. {holds}</p>\n{form}\n\
         <p class=\"result\"><span id=\"evidence-count\" aria-live=\"polite\"></span> \
         <button type=\"button\" class=\"link\" id=\"back\" aria-keyshortcuts=\"Escape\" title=\"Escape\" hidden>Back to where I was</button></p>\n\
         <noscript><p class=\"problem\">The sentences are shown by the page's script; they are also in <code>report.json</code>.</p></noscript>\n\
         <ol id=\"evidence-list\"></ol>\n\
         <nav class=\"pages\" aria-label=\"Pages of sentences\"><button type=\"button\" id=\"previous\">Previous 25</button> \
         <span id=\"page-number\"></span> <button type=\"button\" id=\"next\">Next 25</button></nav>\n",
        holds = holds(view, shown as u64),
        form = include_str!("../../assets/filters.html"),
    )
}

/// Says so where the page holds fewer sentences than there are.
fn holds(view: &View<'_>, shown: u64) -> String {
    let total = view.analysis.evidence_total;
    if shown >= total {
        return format!("This page holds all {}.", plural(total, "sentence"));
    }
    format!(
        "<strong>Showing {} of {}; all are in the <code>relations</code> table.</strong> Counts below are of the sentences on \
         this page and can be lower than those of the charts.",
        count(shown),
        count(total)
    )
}
