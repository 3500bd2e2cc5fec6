//! The page: one self-contained file that runs no script but its own.

use dyad_analyze::Analysis;

use crate::ReportError;
use crate::charts;
use crate::escape;
use crate::evidence;
use crate::view::View;

mod about;
mod change_points;
mod co_actors;
pub(crate) mod comparisons;
mod contents;
mod data;
mod events;
mod explorer;
mod head;
mod measured;
mod script;
mod since_last;
mod tables;
mod time;

/// Size the page stays under, so that it opens quickly, can be mailed and fits artefact limits.
const MAX_BYTES: usize = 5_980_000;
/// However large the rest of the page is (years of daily series), this much is left for sentences.
const MIN_EVIDENCE_BYTES: usize = 400_000;

/// The page as text.
pub(crate) fn render(analysis: &Analysis) -> Result<String, ReportError> {
    let view = View::new(analysis);
    let has_charts = !view.grains().is_empty();
    let plotly = if has_charts { Some(script::Plotly::load()?) } else { None };
    let page_data = escape::json_in_script(&data::page_data(&view), "the page data")?;
    let chart_data = if has_charts { script::pack(&charts::all(&view)?.to_string())? } else { String::new() };
    let sections = Sections::build(&view);
    let packed = plotly.as_ref().map_or("", |p| p.packed.as_str());
    let rest = script::APP.len()
        + include_str!("../assets/report.css").len()
        + include_str!("../assets/page.html").len()
        + packed.len()
        + page_data.len()
        + chart_data.len()
        + sections.len();
    let budget = MAX_BYTES.saturating_sub(rest).max(MIN_EVIDENCE_BYTES);
    let (evidence_data, shown) = evidence::block(analysis, budget)?;
    let explorer = explorer::section(&view, shown);
    let title = format!("How the press frames {} and {}", analysis.actor_a, analysis.actor_b);
    Ok(fill(
        include_str!("../assets/page.html"),
        &[
            ("csp", &script::policy(plotly.as_ref())),
            ("title", &escape::html(&escape::visible(&title))),
            ("style", include_str!("../assets/report.css")),
            ("head", &sections.head),
            ("contents", &sections.contents),
            ("before", &sections.before),
            ("evidence", &explorer),
            ("after", &sections.after),
            ("page-data", &page_data),
            ("charts", &chart_data),
            ("evidence-data", &evidence_data),
            ("plotly", packed),
            ("script", script::APP),
        ],
    ))
}

/// The parts of the page whose size does not depend on the evidence.
struct Sections {
    head: String,
    contents: String,
    /// Everything before the evidence.
    before: String,
    /// Everything after it.
    after: String,
}

impl Sections {
    /// A section that has nothing to say is empty, and then is not in the contents either.
    fn build(view: &View<'_>) -> Self {
        let before = [
            time::sections(view, &(change_points::section(view) + &events::section(view))),
            tables::shifts(view),
            co_actors::section(view),
            comparisons::section(view),
            since_last::section(view),
        ]
        .concat();
        let after = about::sections(view);
        Self { head: head::section(view), contents: contents::strip(&[&before, &after]), before, after }
    }

    fn len(&self) -> usize {
        self.head.len() + self.contents.len() + self.before.len() + self.after.len()
    }
}

/// Replaces `{{name}}` in one pass: what is filled in is never searched, so that a headline that says
/// `{{script}}` stays a headline. A name without a value is left as it is.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + values.iter().map(|(_, v)| v.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after
            .split_once("}}")
            .and_then(|(name, tail)| Some((values.iter().find(|(n, _)| *n == name)?, tail)))
        {
            Some(((_, value), tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Untrusted text as HTML that cannot change the direction of what stands around it.
fn bdi(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape::html(&escape::without_overrides(text)))
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn filled_text_is_not_filled_again() {
        assert_eq!(fill("a{{x}}b{{y}}{{z}}", &[("x", "{{y}}"), ("y", "2")]), "a{{y}}b2{{z}}");
    }
}
