//! A table of measures in two parts, with their differences.

use std::cmp::Ordering;

use dyad_analyze::Estimate;

use crate::escape;
use crate::figures::{self, Kind};
use crate::html::tables::forest;

/// One measure in two parts.
pub(super) struct Row {
    pub(super) metric: String,
    /// HTML.
    pub(super) label: String,
    /// In the order of the headings.
    pub(super) values: [f64; 2],
    pub(super) difference: Estimate,
    /// The adjusted p-value, in a table that has such a column.
    pub(super) p: Option<Option<f64>>,
    pub(super) is_clear: bool,
}

/// Measures in two parts.
pub(super) struct Contrast {
    /// HTML.
    headings: [String; 2],
    pub(super) rows: Vec<Row>,
}

impl Contrast {
    /// Clear differences first, then by size relative to their uncertainty. Leaves out mean probabilities of frames whose
    /// share is there: two rows that say the same would hide the others.
    pub(super) fn new(headings: [String; 2], mut rows: Vec<Row>) -> Self {
        let shares: Vec<String> =
            rows.iter().filter_map(|row| Some(row.metric.strip_prefix("share_")?.to_owned())).collect();
        let has_share = |metric: &str| {
            metric.strip_prefix("frame_").is_some_and(|frame| shares.iter().any(|share| share == frame))
        };
        rows.retain(|row| !has_share(&row.metric));
        rows.sort_by(|x, y| by_clearness((x.is_clear, &x.difference), (y.is_clear, &y.difference)));
        Self { headings, rows }
    }

    /// "3 of 15 measures differ clearly"
    pub(super) fn verdict(&self) -> String {
        let clear = self.rows.iter().filter(|row| row.is_clear).count();
        let verb = if clear == 1 { "differs" } else { "differ" };
        format!("{clear} of {} {verb} clearly", figures::plural(self.rows.len() as u64, "measure"))
    }

    /// The table behind a summary (HTML); `what` is for those who hear it, and no other table has it.
    pub(super) fn details(&self, what: &str, summary: &str, is_open: bool) -> String {
        let open = if is_open { " open" } else { "" };
        format!(
            "<details class=\"contrast\"{open}><summary>{summary}</summary>\n{}</details>\n",
            self.table(what)
        )
    }

    /// The table; `what` is for those who hear it.
    pub(super) fn table(&self, what: &str) -> String {
        let reach = self
            .rows
            .iter()
            .fold(0.05_f64, |reach, row| reach.max(row.difference.low.abs()).max(row.difference.high.abs()));
        let has_p = self.rows.iter().any(|row| row.p.is_some());
        let p = if has_p { "<th scope=\"col\" class=\"number\">Adjusted p</th>" } else { "" };
        let rows: Vec<String> = self.rows.iter().map(|row| row.html(reach)).collect();
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: {what}\"><table class=\"shifts\"><thead><tr>\
             <th scope=\"col\">Measure</th><th scope=\"col\" class=\"number\">{}</th><th scope=\"col\" class=\"number\">{}</th>\
             <th scope=\"col\" class=\"number\">Difference</th><th scope=\"col\">95 % interval</th>{p}<th scope=\"col\">Clear?</th></tr></thead>\n\
             <tbody>\n{}</tbody></table></div>\n",
            self.headings[0],
            self.headings[1],
            rows.concat(),
            what = escape::html(&escape::visible(what)),
        )
    }
}

impl Row {
    fn html(&self, reach: f64) -> String {
        let (kind, d) = (Kind::of(&self.metric), &self.difference);
        let p = match self.p {
            None => String::new(),
            Some(None) => "<td class=\"number\">–</td>".to_owned(),
            Some(Some(p)) => format!("<td class=\"number\">{}</td>", figures::p_value(p)),
        };
        let (class, mark) = match self.is_clear {
            true => (" class=\"clear\"", "<span class=\"badge\">clear</span>"),
            false => ("", "<span class=\"quiet\">not clear</span>"),
        };
        format!(
            "<tr{class}><th scope=\"row\">{label}</th><td class=\"number\">{first}</td><td class=\"number\">{second}</td>\
             <td class=\"number strong\">{difference}</td><td class=\"range\">{drawing}<span class=\"interval\">{range}</span></td>{p}\
             <td>{mark}</td></tr>\n",
            label = self.label,
            first = figures::value(kind, self.values[0]),
            second = figures::value(kind, self.values[1]),
            difference = figures::difference(kind, d.value),
            drawing = forest(d.value, d.low, d.high, reach),
            range = figures::difference_range(kind, d.low, d.high),
        )
    }
}

/// Orders differences: clear ones first, then by size in half widths of their intervals.
pub(crate) fn by_clearness(x: (bool, &Estimate), y: (bool, &Estimate)) -> Ordering {
    let size = |e: &Estimate| if e.value == 0.0 { 0.0 } else { e.value.abs() / (e.high - e.low) };
    y.0.cmp(&x.0).then(size(y.1).total_cmp(&size(x.1)))
}

/// `low to high`
pub(super) fn interval(kind: Kind, estimate: &Estimate) -> String {
    format!("{} to {}", figures::value(kind, estimate.low), figures::value(kind, estimate.high))
}
