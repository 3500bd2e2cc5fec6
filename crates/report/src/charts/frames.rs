//! Frames over time: all of them as a heat map, one of them as a line with its interval.

use dyad_core::Grain;
use plotly::common::{
    ColorBar, ColorScale, ColorScaleElement, HoverInfo, Marker, Mode, ThicknessMode, Visible,
};
use plotly::layout::{Axis, AxisRange, Margin};
use plotly::{HeatMap, Plot, Scatter};

use super::lines::{Strand, add_strand};
use super::{base_layout, hover, middles, time_axis, value_axis};
use crate::escape;
use crate::figures::Kind;
use crate::view::{FEW_SENTENCES, View, frame_label, share_metric};

/// Share of relations that carry a frame: rows are frames, the most frequent on top, columns are periods.
pub(super) fn heat_map(view: &View<'_>, grain: Grain) -> Plot {
    let slots = view.slots(grain);
    // Plotly draws the first row at the bottom.
    let rows: Vec<usize> = view.frame_order.iter().rev().copied().collect();
    let names: Vec<String> = rows.iter().map(|&i| row_name(view, i)).collect();
    let (mut z, mut text) = (Vec::new(), Vec::new());
    for &i in &rows {
        let metric = share_metric(&view.analysis.frames[i]);
        let label = frame_label(&view.analysis.frames[i]);
        let estimates = view.estimates(&metric, grain);
        z.push(estimates.iter().map(|e| e.map(|e| e.value)).collect::<Vec<Option<f64>>>());
        let cells = slots.iter().zip(&estimates);
        text.push(
            cells
                .map(|(slot, e)| e.as_ref().map_or(String::new(), |e| hover(slot, &label, Kind::Share, e)))
                .collect::<Vec<String>>(),
        );
    }
    let top = z.iter().flatten().flatten().fold(0.1_f64, |top, &v| top.max(v));
    let scale = (0..=4).map(|i| ColorScaleElement(f64::from(i) / 4.0, format!("theme:heat-{i}"))).collect();
    let mut plot = Plot::new();
    plot.add_trace(
        HeatMap::new(middles(slots), names.clone(), z)
            .hover_text_matrix(text)
            .hover_info(HoverInfo::Text)
            .hover_on_gaps(false)
            .x_gap(1)
            .y_gap(1)
            .zmin(0.0)
            .zmax(top)
            .color_scale(ColorScale::Vector(scale))
            .color_bar(
                ColorBar::new()
                    .thickness_mode(ThicknessMode::Pixels)
                    .thickness(10)
                    .outline_width(0)
                    .n_ticks(4)
                    .tick_format(".0%"),
            ),
    );
    add_dots(&mut plot, view, grain, &names);
    let layout = base_layout(90 + 30 * names.len())
        .margin(Margin::new().left(20).right(12).top(12).bottom(40))
        .show_legend(false)
        .x_axis(time_axis(slots).fixed_range(true))
        .y_axis(Axis::new().show_grid(false).fixed_range(true).auto_margin(true).tick_color("theme:clear"));
    plot.set_layout(layout);
    plot
}

/// Row names must differ, or Plotly would draw two frames into one row.
fn row_name(view: &View<'_>, index: usize) -> String {
    let frames = &view.analysis.frames;
    let label = escape::plotly(&escape::cut(&frame_label(&frames[index]), 28));
    let twins =
        frames[..index].iter().filter(|f| escape::plotly(&escape::cut(&frame_label(f), 28)) == label).count();
    if twins == 0 { label } else { format!("{label} ({})", twins + 1) }
}

/// A dot in every cell of a period that rests on few sentences.
fn add_dots(plot: &mut Plot, view: &View<'_>, grain: Grain, names: &[String]) {
    let Some(frame) = view.analysis.frames.first() else { return };
    let estimates = view.estimates(&share_metric(frame), grain);
    let few = view
        .slots(grain)
        .iter()
        .zip(&estimates)
        .filter(|(_, e)| e.is_some_and(|e| e.sentences < FEW_SENTENCES));
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (slot, _) in few {
        for name in names {
            x.push(slot.middle().to_string());
            y.push(name.clone());
        }
    }
    if x.is_empty() {
        return;
    }
    plot.add_trace(
        Scatter::new(x, y)
            .mode(Mode::Markers)
            .marker(Marker::new().size(3).color("theme:muted"))
            .hover_info(HoverInfo::Skip)
            .show_legend(false),
    );
}

/// One line per frame; the page's script shows the one that is selected.
pub(super) fn lines(view: &View<'_>, grain: Grain) -> Plot {
    let slots = view.slots(grain);
    let mut plot = Plot::new();
    let mut top = 0.1_f64;
    for (rank, &i) in view.frame_order.iter().enumerate() {
        let frame = &view.analysis.frames[i];
        let strand = Strand {
            metric: share_metric(frame),
            name: frame_label(frame),
            colour: "theme:frame",
            band: "theme:frame-band",
            visible: if rank == 0 { Visible::True } else { Visible::False },
        };
        let estimates = view.estimates(&strand.metric, grain);
        top = estimates.iter().flatten().fold(top, |top, e| top.max(e.high));
        add_strand(&mut plot, slots, &strand, Kind::Share, &estimates);
    }
    // One scale for all frames: choosing another one must not make it look as frequent.
    let layout = base_layout(280)
        .margin(Margin::new().left(60).right(12).top(16).bottom(40))
        .show_legend(false)
        .x_axis(time_axis(slots))
        .y_axis(value_axis().range(AxisRange::new(0.0, (top * 1.05).min(1.02))).tick_format(".0%"));
    plot.set_layout(layout);
    plot
}
