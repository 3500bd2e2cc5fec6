//! How much there is to read.

use dyad_core::Grain;
use plotly::common::{HoverInfo, Marker, Mode};
use plotly::layout::{AxisRange, BarMode};
use plotly::{Bar, Plot, Scatter};

use super::lines::symbol;
use super::{base_layout, hover, middles, thin, time_axis, value_axis};
use crate::escape;
use crate::figures::Kind;
use crate::view::View;

/// Articles with both actors as bars, articles with either as lines.
pub(super) fn volume(view: &View<'_>, grain: Grain) -> Plot {
    let slots = view.slots(grain);
    let mut plot = Plot::new();
    let mut top = 1.0_f64;
    for (metric, colour) in
        [("articles_both", "theme:both"), ("articles_a", "theme:a"), ("articles_b", "theme:b")]
    {
        let estimates = view.estimates(metric, grain);
        if estimates.iter().all(Option::is_none) {
            continue;
        }
        top = estimates.iter().flatten().fold(top, |top, e| top.max(e.value));
        let label = view.label(metric);
        let text: Vec<String> = slots
            .iter()
            .zip(&estimates)
            .map(|(slot, e)| e.as_ref().map_or(String::new(), |e| hover(slot, &label, Kind::Count, e)))
            .collect();
        let values: Vec<Option<f64>> = estimates.iter().map(|e| e.map(|e| e.value)).collect();
        let name = escape::plotly(&escape::cut(&label, 60));
        if metric == "articles_both" {
            plot.add_trace(
                Bar::new(middles(slots), values)
                    .name(name)
                    .marker(Marker::new().color(colour).line(thin("theme:edge", 1.0)))
                    .hover_text_array(text)
                    .hover_info(HoverInfo::Text),
            );
        } else {
            plot.add_trace(
                Scatter::new(middles(slots), values)
                    .name(name)
                    .mode(Mode::LinesMarkers)
                    .line(thin(colour, 1.5))
                    .marker(Marker::new().size(5).symbol(symbol(colour)).color(colour))
                    .hover_text_array(text)
                    .hover_info(HoverInfo::Text)
                    .meta(metric),
            );
        }
    }
    let layout = base_layout(300)
        .bar_mode(BarMode::Overlay)
        .bar_gap(0.25)
        .x_axis(time_axis(slots))
        .y_axis(value_axis().range(AxisRange::new(0.0, top * 1.06)));
    plot.set_layout(layout);
    plot
}
