//! Means over time: a line with its interval as a band.

use dyad_analyze::{ChangePoint, Estimate};
use dyad_core::Grain;
use plotly::Plot;
use plotly::Scatter;
use plotly::common::{DashType, Fill, Font, HoverInfo, Marker, MarkerSymbol, Mode, Title, Visible};
use plotly::layout::{AxisRange, Shape, ShapeLayer, ShapeLine, ShapeType};

use super::{base_layout, hover, middles, thin, time_axis, value_axis};
use crate::escape;
use crate::figures::{self, Kind};
use crate::view::{FEW_SENTENCES, Slot, View};

/// One metric of a line chart and its colours.
pub(super) struct Strand {
    pub(super) metric: String,
    pub(super) name: String,
    pub(super) colour: &'static str,
    pub(super) band: &'static str,
    pub(super) visible: Visible,
}

/// Closeness, and tone for those who choose it in the legend: the two mostly run side by side.
pub(super) fn closeness(view: &View<'_>, grain: Grain) -> Plot {
    let tone = strand("tone", view.label("tone"), "theme:frame", "theme:frame-band");
    let strands = [
        strand("closeness", view.label("closeness"), "theme:tone", "theme:tone-band"),
        Strand { visible: Visible::LegendOnly, ..tone },
    ];
    mean_chart(view, grain, &strands, ["closer", "apart"])
}

pub(super) fn stance(view: &View<'_>, grain: Grain) -> Plot {
    pair(view, grain, ["stance_a_to_b", "stance_b_to_a"], ["for", "against"])
}

pub(super) fn sentiment(view: &View<'_>, grain: Grain) -> Plot {
    pair(view, grain, ["sentiment_a", "sentiment_b"], ["favourable", "unfavourable"])
}

/// Two metrics in the colours of the actors.
fn pair(view: &View<'_>, grain: Grain, metrics: [&str; 2], ends: [&str; 2]) -> Plot {
    let [a, b] = metrics;
    let strands = [
        strand(a, view.label(a), "theme:a", "theme:a-band"),
        strand(b, view.label(b), "theme:b", "theme:b-band"),
    ];
    mean_chart(view, grain, &strands, ends)
}

fn strand(metric: &str, name: String, colour: &'static str, band: &'static str) -> Strand {
    Strand { metric: metric.to_owned(), name, colour, band, visible: Visible::True }
}

/// A chart from -1 to 1, or as much of that as the data need, zero always in the middle.
fn mean_chart(view: &View<'_>, grain: Grain, strands: &[Strand], ends: [&str; 2]) -> Plot {
    let slots = view.slots(grain);
    let mut plot = Plot::new();
    for strand in strands {
        add_strand(&mut plot, slots, strand, Kind::Mean, &view.estimates(&strand.metric, grain));
        add_legend_entry(&mut plot, strand);
    }
    let reach = reach(view, strands.iter().map(|strand| strand.metric.as_str()));
    let ticks = ticks(reach);
    let layout = base_layout(340).show_legend(strands.len() > 1).x_axis(time_axis(slots)).y_axis(
        value_axis()
            .range(AxisRange::new(-reach, reach))
            .tick_values(ticks.clone())
            .tick_text(ticks.iter().map(|&t| figures::signed(t)).collect::<Vec<_>>())
            .title(Title::with_text(format!("{} ←  → {}", ends[1], ends[0])).font(Font::new().size(12))),
    );
    let layout = layout.shapes(change_lines(view, strands));
    plot.set_layout(layout);
    plot
}

/// A dashed line at each day on which one of the strands that are shown at first changed its level.
fn change_lines(view: &View<'_>, strands: &[Strand]) -> Vec<Shape> {
    let line = |change: &ChangePoint| {
        let is_changed = |s: &&Strand| s.metric == change.metric && matches!(s.visible, Visible::True);
        let strand = strands.iter().find(is_changed)?;
        let day = change.date.to_string();
        let style = ShapeLine::new().color(strand.colour).width(1.5).dash(DashType::Dash);
        Some(
            Shape::new()
                .shape_type(ShapeType::Line)
                .layer(ShapeLayer::Below)
                .y_ref("paper")
                .x0(day.clone())
                .x1(day)
                .y0(0)
                .y1(1)
                .line(style),
        )
    };
    view.analysis.change_points.iter().filter_map(line).collect()
}

/// How far the axis goes: the widest estimate of any grain with its interval where the interval is not
/// that of a handful of sentences, in steps of a quarter, so that the grains of one chart compare.
pub(crate) fn reach<'m>(view: &View<'_>, metrics: impl Iterator<Item = &'m str> + Clone) -> f64 {
    let estimates = view
        .grains()
        .into_iter()
        .flat_map(|grain| metrics.clone().map(move |metric| (grain, metric)))
        .flat_map(|(grain, metric)| view.estimates(metric, grain));
    let widest = estimates.flatten().fold(0.0_f64, |widest, e| {
        let ends = if e.sentences >= FEW_SENTENCES { e.low.abs().max(e.high.abs()) } else { 0.0 };
        widest.max(e.value.abs()).max(ends)
    });
    ((widest * 1.05 / 0.25).ceil() * 0.25).clamp(0.5, 1.0) * 1.04
}

/// Ticks on both sides of zero. Plotly's number formats have no sign for positive numbers.
pub(crate) fn ticks(reach: f64) -> Vec<f64> {
    let step = if reach > 0.6 { 0.5 } else { 0.25 };
    let each_side = (reach / step).floor() as i32;
    (-each_side..=each_side).map(|i| f64::from(i) * step).collect()
}

/// The band, then the line over it.
pub(super) fn add_strand(
    plot: &mut Plot,
    slots: &[Slot],
    strand: &Strand,
    kind: Kind,
    estimates: &[Option<Estimate>],
) {
    let (x, y) = band(slots, estimates);
    plot.add_trace(
        Scatter::new(x, y)
            .mode(Mode::Lines)
            .fill(Fill::ToSelf)
            .fill_color(strand.band)
            .line(thin(strand.band, 1.0))
            .hover_info(HoverInfo::Skip)
            .show_legend(false)
            .legend_group(&strand.metric)
            .meta(strand.metric.as_str())
            .visible(strand.visible.clone()),
    );
    let values: Vec<Option<f64>> = estimates.iter().map(|e| e.map(|e| e.value)).collect();
    let text: Vec<String> = slots
        .iter()
        .zip(estimates)
        .map(|(slot, e)| e.as_ref().map_or(String::new(), |e| hover(slot, &strand.name, kind, e)))
        .collect();
    // A hollow point rests on few sentences.
    let fill: Vec<&'static str> = estimates
        .iter()
        .map(|e| if e.is_some_and(|e| e.sentences < FEW_SENTENCES) { "theme:paper" } else { strand.colour })
        .collect();
    plot.add_trace(
        Scatter::new(middles(slots), values)
            .mode(Mode::LinesMarkers)
            .show_legend(false)
            .line(thin(strand.colour, 2.0))
            .marker(
                Marker::new()
                    .size(7)
                    .symbol(symbol(strand.colour))
                    .color_array(fill)
                    .line(thin(strand.colour, 1.5)),
            )
            .hover_text_array(text)
            .hover_info(HoverInfo::Text)
            .legend_group(&strand.metric)
            .meta(strand.metric.as_str())
            .visible(strand.visible.clone()),
    );
}

/// The second actor's points are squares: the two colours are equally dark, and a copy in grey shows no colours.
pub(super) fn symbol(colour: &str) -> MarkerSymbol {
    if colour == "theme:b" { MarkerSymbol::Square } else { MarkerSymbol::Circle }
}

/// An entry for the legend alone: the legend would take the look of a line's first point, which may be hollow.
fn add_legend_entry(plot: &mut Plot, strand: &Strand) {
    plot.add_trace(
        Scatter::new(vec![None::<String>], vec![None::<f64>])
            .name(escape::plotly(&escape::cut(&strand.name, 60)))
            .mode(Mode::LinesMarkers)
            .line(thin(strand.colour, 2.0))
            .marker(Marker::new().size(7).symbol(symbol(strand.colour)).color(strand.colour))
            .legend_group(&strand.metric)
            .visible(strand.visible.clone())
            .hover_info(HoverInfo::Skip),
    );
}

/// Outlines of the intervals, one closed shape per run of periods without a gap; a run of one period is a vertical line.
fn band(slots: &[Slot], estimates: &[Option<Estimate>]) -> (Vec<Option<String>>, Vec<Option<f64>>) {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut run: Vec<(String, f64, f64)> = Vec::new();
    let mut close = |run: &mut Vec<(String, f64, f64)>| {
        for (day, low, _) in run.iter() {
            x.push(Some(day.clone()));
            y.push(Some(*low));
        }
        for (day, _, high) in run.iter().rev() {
            x.push(Some(day.clone()));
            y.push(Some(*high));
        }
        if let Some((day, low, _)) = run.first() {
            x.extend([Some(day.clone()), None]);
            y.extend([Some(*low), None]);
        }
        run.clear();
    };
    for (slot, estimate) in slots.iter().zip(estimates) {
        match estimate {
            Some(e) => run.push((slot.middle().to_string(), e.low, e.high)),
            None => close(&mut run),
        }
    }
    close(&mut run);
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn a_gap_parts_the_band() {
        let slot = |month: u32| {
            let start = NaiveDate::from_ymd_opt(2024, month, 1).expect("a date");
            Slot { label: format!("2024-{month:02}"), start, end: start + chrono::Months::new(1) }
        };
        let slots: Vec<Slot> = (1..=4).map(slot).collect();
        let e = |low: f64, high: f64| Some(Estimate { value: 0.0, low, high, articles: 9, sentences: 9 });
        let (x, y) = band(&slots, &[e(-0.1, 0.1), e(-0.2, 0.2), None, e(-0.3, 0.3)]);
        let first = [Some(-0.1), Some(-0.2), Some(0.2), Some(0.1), Some(-0.1), None];
        let second = [Some(-0.3), Some(0.3), Some(-0.3), None];
        assert_eq!(y, [first.as_slice(), second.as_slice()].concat());
        assert_eq!(x.len(), y.len());
        assert!(x.iter().zip(&y).all(|(x, y)| x.is_none() == y.is_none()));
    }
}
