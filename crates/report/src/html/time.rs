//! The sections with charts.

use super::bdi;
use crate::escape;
use crate::figures::{self, Kind};
use crate::view::{View, frame_label, grain_label, share_metric};

/// A chart with what stands around it.
struct Panel {
    section: &'static str,
    chart: &'static str,
    heading: &'static str,
    /// How to read it: HTML.
    note: String,
    /// Metrics whose overall value and shift stand above the chart.
    findings: Vec<String>,
}

/// Charts over time, or one sentence where no period has a number. `after_first` is what belongs to the first
/// chart: sections that stand between it and the others.
pub(super) fn sections(view: &View<'_>, after_first: &str) -> String {
    if view.grains().is_empty() {
        return without_time(view) + after_first;
    }
    let mut out = toolbar(view);
    for (place, panel) in panels(view).iter().enumerate() {
        out.push_str(&draw(view, panel));
        if place == 0 {
            out.push_str(after_first);
        }
    }
    out
}

fn panels(view: &View<'_>) -> Vec<Panel> {
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    let own = |metrics: &[&str]| metrics.iter().map(|&m| m.to_owned()).collect();
    vec![
        Panel {
            section: "tone",
            chart: "chart-tone",
            heading: "Closeness over time",
            note: format!(
                "How close the sentences portray {a} and {b}, out of tone, stance and the frames that speak for closeness or \
                 against it (<a href=\"#methods\">methods</a>): +1 is cooperation and getting closer, −1 is conflict and drifting \
                 apart, 0 is neutral or mixed. Choose <em>Tone</em> in the legend to see it, too. The band is the 95 % interval; a \
                 hollow point rests on fewer than five sentences; a dashed line is a <a href=\"#turns\">change of level</a>{}.",
                if view.analysis.events.is_empty() { "" } else { "; a number is an <a href=\"#events\">event</a>" }
            ),
            findings: own(&["closeness", "tone"]),
        },
        Panel {
            section: "frames",
            chart: "chart-frames",
            heading: "Frames over time",
            note: "The share of sentences that carry each frame; a sentence can carry several or none. The stronger the \
                   colour, the more; a dot marks a period with fewer than five sentences."
                .to_owned(),
            findings: view.frame_order.iter().take(2).map(|&i| share_metric(&view.analysis.frames[i])).collect(),
        },
        Panel {
            section: "stance",
            chart: "chart-stance",
            heading: "Stance, both ways",
            note: format!(
                "What {a} is said to think of or do to {b}, and the other way round, from −1 (against) to +1 (for)."
            ),
            findings: own(&["stance_a_to_b", "stance_b_to_a"]),
        },
        Panel {
            section: "sentiment",
            chart: "chart-sentiment",
            heading: "Sentiment towards each",
            note: format!(
                "How favourable the wording is towards {a} and towards {b}, in every sentence that mentions the \
                 actor, alone or with the other. The sentences below hold those that mention both."
            ),
            findings: own(&["sentiment_a", "sentiment_b"]),
        },
        Panel {
            section: "volume",
            chart: "chart-volume",
            heading: "Volume",
            note: "How many articles there are to draw on. A change above that coincides with a change here may be a \
                   change of what was collected."
                .to_owned(),
            findings: vec![],
        },
    ]
}

fn toolbar(view: &View<'_>) -> String {
    let buttons: Vec<String> = view
        .grains()
        .into_iter()
        .map(|g| {
            let pressed = Some(g) == view.default_grain();
            let (id, label) = (g.as_str(), grain_label(g));
            format!("<button type=\"button\" data-grain=\"{id}\" aria-pressed=\"{pressed}\">{label}</button>")
        })
        .collect();
    format!(
        "<div class=\"toolbar\"><div class=\"switch\" role=\"group\" aria-label=\"Length of the periods in all charts\">{}</div>\
         <p class=\"hint\">Choose a point to read its sentences.</p></div>\n\
         <p id=\"chart-problem\" class=\"problem\" role=\"status\" hidden></p>\n",
        buttons.concat()
    )
}

fn draw(view: &View<'_>, panel: &Panel) -> String {
    let Panel { section, chart, heading, note, .. } = panel;
    let findings: Vec<String> = panel.findings.iter().filter_map(|m| finding(view, m)).collect();
    let findings = if findings.is_empty() {
        String::new()
    } else {
        format!("<p class=\"finding\">{}</p>\n", findings.join(" "))
    };
    let line = if *chart == "chart-frames" { frame_line(view) } else { String::new() };
    format!(
        "<section id=\"{section}\" aria-labelledby=\"{section}-heading\">\n<h2 id=\"{section}-heading\">{heading}</h2>\n\
         {findings}<p class=\"note\" id=\"{section}-note\">{note}</p>\n\
         <div class=\"chart\" id=\"{chart}\" role=\"group\" tabindex=\"-1\" aria-label=\"Chart: {heading}. The table below holds \
         the same numbers.\" aria-describedby=\"{section}-note\"></div>\n\
         <details class=\"data\" data-table=\"{chart}\"><summary>{heading}: the numbers</summary>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: {heading}\"></div></details>\n{line}</section>\n"
    )
}

fn frame_line(view: &View<'_>) -> String {
    let options: Vec<String> = view
        .frame_order
        .iter()
        .map(|&i| {
            let name = &view.analysis.frames[i];
            let (metric, label) = (escape::html(&share_metric(name)), escape::html(&frame_label(name)));
            format!("<option value=\"{metric}\">{label}</option>")
        })
        .collect();
    format!(
        "<div class=\"one-frame\"><label for=\"frame-select\">One frame with its interval</label> \
         <select id=\"frame-select\">{}</select></div>\n\
         <div class=\"chart\" id=\"chart-frame-line\" role=\"group\" tabindex=\"-1\" aria-label=\"Chart: one frame over time with its \
         95 % interval. The table above holds the same numbers.\"></div>\n",
        options.concat()
    )
}

/// What a metric is over all, and whether it moved, in a sentence or two of HTML.
fn finding(view: &View<'_>, metric: &str) -> Option<String> {
    let kind = Kind::of(metric);
    let label = match metric.strip_prefix("share_") {
        Some(frame) => format!("The frame <em>{}</em>", bdi(&frame_label(frame))),
        None => bdi(&view.label(metric)),
    };
    let verb = if kind == Kind::Share { "is in" } else { "is" };
    let of = if kind == Kind::Share { " of the sentences" } else { "" };
    let overall = view.overall(metric).map(|e| {
        let interval = interval(kind, e.low, e.high);
        format!("{label} {verb} <strong>{}</strong>{of} {interval} over all.", figures::value(kind, e.value))
    })?;
    let shift = view.analysis.shifts.iter().find(|s| s.metric == metric).map(|s| {
        let (early, late) = (escape::html(&s.early_label), escape::html(&s.late_label));
        let (from, to) = (figures::value(kind, s.early.value), figures::value(kind, s.late.value));
        let d = &s.difference;
        let size = figures::difference(kind, d.value);
        let interval = interval_of_difference(kind, d.low, d.high);
        if s.is_clear() {
            let moved = if d.value > 0.0 { "rose" } else { "fell" };
            format!(
                " It {moved} from {from} in {early} to {to} in {late}: <strong>{size}</strong> {interval}."
            )
        } else {
            format!(" No clear change from {early} ({from}) to {late} ({to}): {size} {interval}.")
        }
    });
    Some(overall + &shift.unwrap_or_default())
}

fn interval(kind: Kind, low: f64, high: f64) -> String {
    format!(
        "<span class=\"interval\">[{} to {}]</span>",
        figures::value(kind, low),
        figures::value(kind, high)
    )
}

fn interval_of_difference(kind: Kind, low: f64, high: f64) -> String {
    format!("<span class=\"interval\">[{}]</span>", figures::difference_range(kind, low, high))
}

fn without_time(view: &View<'_>) -> String {
    let relations = view.analysis.coverage.relations;
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    if relations == 0 {
        return format!(
            "<section id=\"time\" aria-labelledby=\"time-heading\"><h2 id=\"time-heading\">Over time</h2>\n<p>No sentence of the {} mentions both {a} and {b}, so that there is \
             nothing to draw. If that is a surprise, check the names and aliases of the two actors in the configuration \
             and the counts under <a href=\"#quality\">data quality</a>.</p></section>\n",
            figures::plural(view.analysis.coverage.articles, "article")
        );
    }
    let rows: Vec<String> = view
        .analysis
        .overall
        .iter()
        .filter(|m| !m.metric.starts_with("frame_"))
        .map(|m| {
            let kind = Kind::of(&m.metric);
            let (label, value) = (bdi(&view.label(&m.metric)), figures::estimate(kind, &m.estimate));
            format!("<tr><th scope=\"row\">{label}</th><td>{value}</td></tr>\n")
        })
        .collect();
    format!(
        "<section id=\"time\" aria-labelledby=\"time-heading\"><h2 id=\"time-heading\">Over time</h2>\n<p>None of the articles that mention both {a} and {b} carries a date, so that \
         nothing can be shown over time. These are the numbers over all sentences; the sentences themselves are \
         <a href=\"#evidence\">below</a>.</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: over all\"><table class=\"overall\"><thead><tr><th scope=\"col\">Measure</th>\
         <th scope=\"col\">Over all, with its 95 % interval</th></tr></thead><tbody>\n{}</tbody></table></div></section>\n",
        rows.concat()
    )
}
