//! The figures of the page, as Plotly data and layout per chart and grain.
//!
//! Colours are names such as `theme:tone`; the page's script replaces them by the custom property of the
//! style sheet, so that light, dark and print share one palette. Every trace a reader can click has one
//! point per period of the grain (empty where there is no estimate): the index of a point is the index of its period.

use chrono::{Days, NaiveDate};
use dyad_analyze::Estimate;
use dyad_core::Grain;
use plotly::common::{Anchor, Font, Label, Line, Orientation};
use plotly::layout::{Axis, AxisRange, AxisType, Legend, Margin, ModeBar};
use plotly::{Layout, Plot};
use serde_json::{Map, Value};

use crate::ReportError;
use crate::escape;
use crate::figures::{self, Kind};
use crate::view::{Slot, View};

mod frames;
mod lines;
mod volume;

pub(crate) use lines::{reach, ticks};

/// Figures by chart and grain: `{"chart-tone": {"month": {"data": …, "layout": …}}}`.
pub(crate) fn all(view: &View<'_>) -> Result<Value, ReportError> {
    let mut charts = Map::new();
    for (id, draw) in CHARTS {
        let mut by_grain = Map::new();
        for grain in view.grains() {
            by_grain.insert(grain.as_str().to_owned(), as_json(&draw(view, grain))?);
        }
        charts.insert((*id).to_owned(), Value::Object(by_grain));
    }
    Ok(Value::Object(charts))
}

type Draw = fn(&View<'_>, Grain) -> Plot;

const CHARTS: &[(&str, Draw)] = &[
    ("chart-tone", lines::closeness),
    ("chart-frames", frames::heat_map),
    ("chart-frame-line", frames::lines),
    ("chart-stance", lines::stance),
    ("chart-sentiment", lines::sentiment),
    ("chart-volume", volume::volume),
];

fn as_json(plot: &Plot) -> Result<Value, ReportError> {
    let json_error = |source| ReportError::Json { part: "a chart", source };
    let mut value = serde_json::to_value(plot).map_err(json_error)?;
    // The page's script has one configuration for all charts, which depends on the device.
    if let Some(figure) = value.as_object_mut() {
        figure.retain(|key, _| key == "data" || key == "layout");
    }
    Ok(value)
}

/// Periods as positions on the time axis.
fn middles(slots: &[Slot]) -> Vec<String> {
    slots.iter().map(|slot| slot.middle().to_string()).collect()
}

/// What all charts share.
fn base_layout(height: usize) -> Layout {
    Layout::new()
        .height(height)
        .margin(Margin::new().left(60).right(12).top(40).bottom(40))
        .font(Font::new().family("system-ui, sans-serif").size(13).color("theme:muted"))
        .paper_background_color("theme:clear")
        .plot_background_color("theme:clear")
        .mode_bar(
            ModeBar::new().background_color("theme:clear").color("theme:rule").active_color("theme:ink"),
        )
        .hover_label(
            Label::new()
                .background_color("theme:paper")
                .border_color("theme:rule")
                .font(Font::new().size(13).color("theme:ink"))
                .align("left"),
        )
        .legend(
            Legend::new()
                .orientation(Orientation::Horizontal)
                .x(0.0)
                .y(1.02)
                .y_anchor(Anchor::Bottom)
                .background_color("theme:clear"),
        )
}

/// From just before the first day to just after the last.
pub(crate) fn time_range(slots: &[Slot]) -> Option<(NaiveDate, NaiveDate)> {
    let (first, last) = slots.first().zip(slots.last())?;
    let margin = Days::new((last.end - first.start).num_days().max(60) as u64 / 60);
    let from = first.start.checked_sub_days(margin).unwrap_or(first.start);
    let to = last.end.checked_add_days(margin).unwrap_or(last.end);
    Some((from, to))
}

/// The same for all charts of a grain, so that they can be read one below the other.
fn time_axis(slots: &[Slot]) -> Axis {
    let axis = Axis::new();
    let axis = match time_range(slots) {
        Some((from, to)) => axis.range(AxisRange::new(from.to_string(), to.to_string())),
        None => axis,
    };
    axis.type_(AxisType::Date)
        .show_grid(false)
        .zero_line(false)
        .show_line(true)
        .line_color("theme:rule")
        .tick_color("theme:rule")
        .tick_length(4)
        .n_ticks(8)
        .auto_margin(true)
}

fn value_axis() -> Axis {
    Axis::new()
        .show_grid(true)
        .grid_color("theme:grid")
        .zero_line(true)
        .zero_line_color("theme:rule")
        .zero_line_width(1)
        .fixed_range(true)
        .n_ticks(6)
}

fn thin(colour: &'static str, width: f64) -> Line {
    Line::new().color(colour).width(width)
}

/// What a point says under the pointer.
fn hover(slot: &Slot, label: &str, kind: Kind, e: &Estimate) -> String {
    let mut lines = vec![format!("<b>{}</b>", escape::plotly(&slot.label))];
    lines.push(format!(
        "{}: <b>{}</b>",
        escape::plotly(&escape::cut(label, 80)),
        figures::value(kind, e.value)
    ));
    if kind != Kind::Count {
        let (low, high) = (figures::value(kind, e.low), figures::value(kind, e.high));
        lines.push(format!("95 % interval {low} to {high}"));
        lines.push(format!(
            "{} in {}",
            figures::plural(e.sentences, "sentence"),
            figures::plural(e.articles, "article")
        ));
    }
    lines.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_chart_has_every_grain_and_one_point_per_period() {
        let analysis = fixture::analysis();
        let view = View::new(&analysis);
        let charts = all(&view).expect("charts encode");
        assert_eq!(charts.as_object().expect("an object").len(), 6);
        for (id, _) in CHARTS {
            for grain in ["month", "quarter"] {
                let figure = &charts[id][grain];
                let n = view.slots(if grain == "month" { Grain::Month } else { Grain::Quarter }).len();
                let traces = figure["data"].as_array().expect("traces");
                let clickable = traces.iter().filter(|t| t["hoverinfo"] != "skip");
                assert!(clickable.clone().count() > 0, "{id}");
                for trace in clickable {
                    assert_eq!(trace["x"].as_array().expect("x").len(), n, "{id} {grain}");
                }
                assert!(figure["config"].is_null());
            }
        }
    }

    #[test]
    fn hover_text_cannot_carry_markup_of_a_name() {
        let mut analysis = fixture::analysis();
        analysis.actor_a = "<a href='https://evil.example'>A</a>".to_owned();
        let view = View::new(&analysis);
        let json = all(&view).expect("charts encode").to_string();
        assert!(!json.contains("<a href"));
        assert!(json.contains("&lt;a href"));
    }
}
