//! What was measured about the model, for the methods section: the definition of closeness with its agreement, and the error that
//! the intervals hold.

use dyad_analyze::ClassifierError;

use super::bdi;
use crate::figures::Kind;
use crate::view::View;

/// Half widths of 95 % intervals in standard deviations.
const Z_975: f64 = 1.959_963_984_540_054;

/// `scripts/measured/closeness.txt`.
const AGREEMENT: &str = "Measured with the model joint-minilm and its own frames, on sentences that neither training nor the choice of \
                         this definition used. Against people&#39;s labels of who is for or against whom, their sign taken as tone \
                         (1,623 pairs in political news, DSE&#39;s test part; its training part taught the model stance): rank \
                         correlation 0.63 (the tone alone: 0.62), weighted kappa 0.62 (0.62), for means of ten sentences a \
                         correlation of 0.68 (0.66). Against tone as labelled by language models after a written guide: rank \
                         correlation 0.54 on 247 real sentences and 0.62 on 477 written ones (0.55 and 0.64), weighted kappa 0.59 \
                         and 0.61 (0.61 and 0.63), for means of ten sentences 0.67 and 0.67 (0.68 and 0.68). It draws on more of \
                         what the model says than the tone does; it follows the labels about as well.";

/// The entry of closeness among the terms.
pub(super) fn closeness(view: &View<'_>) -> String {
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    format!(
        "<dt>Closeness</dt><dd>How close {a} and {b} are portrayed, from −1 (conflict, drifting apart) to 1 (cooperation, getting \
         closer): half of it is the tone, a quarter the mean of the stances both ways, a quarter the balance of frames, which is the \
         larger probability of <em>partnership</em> and <em>investment</em> minus the larger one of <em>tension</em> and \
         <em>separation</em>. With frames that lack one of the two groups it is two thirds tone and one third stance.\
         <details class=\"behind\"><summary>How well it agrees with labels</summary><p>{AGREEMENT}</p></details></dd>\n"
    )
}

/// What the intervals of levels hold besides sampling, per metric.
pub(super) fn classifier_error(view: &View<'_>) -> String {
    let errors = &view.analysis.classifier_errors;
    if errors.is_empty() {
        return "<p>The intervals speak of which articles happened to be in the corpus; how far the model is off on average is not in \
                them, because no figures of it come with the model.</p>\n"
            .to_owned();
    }
    let items: Vec<String> = errors.iter().map(|error| item(view, error)).collect();
    format!(
        "<p>A mean over many sentences can still be off because the model is, and more articles do not mend that. How far was measured \
         on labelled sentences that the model was not trained on, from several sources (tone and frames labelled by language models): \
         the difference between mean score and mean label, and how much it varies from source to source (pooled with random effects; \
         DerSimonian and Laird 1986). The interval of every level – by period, over all, by outlet, early and late – is widened by \
         it: each side becomes the root of the sum of the squares of its own length and of the figure below. Differences between two \
         parts are not widened, on the assumption that the model is off by as much in both. Few sources were measured, and text unlike \
         all of them may be misread by more.</p>\n<p>On average the model may be off by (95 %):</p>\n<ul class=\"thresholds\">{}</ul>\n{}",
        items.concat(),
        without_figure(view)
    )
}

fn item(view: &View<'_>, error: &ClassifierError) -> String {
    let reach = Z_975 * error.deviation;
    let size = match Kind::of(&error.metric) {
        Kind::Share => format!("±{:.0}\u{a0}points", reach * 100.0),
        _ => format!("±{reach:.2}"),
    };
    format!("<li>{} <span class=\"interval\">{size}</span></li>", bdi(&view.label(&error.metric)))
}

/// The means whose intervals are of sampling alone.
fn without_figure(view: &View<'_>) -> String {
    let errors = &view.analysis.classifier_errors;
    let has_figure = |metric: &str| errors.iter().any(|error| error.metric == metric);
    let missing: Vec<String> = view
        .analysis
        .overall
        .iter()
        .filter(|m| Kind::of(&m.metric) != Kind::Count && !has_figure(&m.metric))
        .map(|m| bdi(&view.label(&m.metric)))
        .collect();
    if missing.is_empty() {
        return String::new();
    }
    format!(
        "<p>No figure is known for these; their intervals speak only of which articles happened to be in the corpus: {}.</p>\n",
        missing.join(", ")
    )
}
