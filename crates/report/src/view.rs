//! The analysis seen as the report needs it: series by metric and grain on one common timeline.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use dyad_analyze::{Analysis, Estimate, LevelSince, Series, Shift, SinceLast, metric_label};
use dyad_core::Grain;

/// Below this many sentences a point is drawn hollow, a heat-map column dotted.
pub(crate) const FEW_SENTENCES: u64 = 5;

/// A period with its first day and the first day after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) label: String,
    pub(crate) start: NaiveDate,
    pub(crate) end: NaiveDate,
}

impl Slot {
    /// The day in the middle, where charts place the period on a time axis.
    pub(crate) fn middle(&self) -> NaiveDate {
        let days = (self.end - self.start).num_days().max(0) as u64;
        self.start.checked_add_days(Days::new(days / 2)).unwrap_or(self.start)
    }
}

/// Look-ups over an analysis.
pub(crate) struct View<'a> {
    pub(crate) analysis: &'a Analysis,
    series: HashMap<(&'a str, Grain), &'a Series>,
    slots: BTreeMap<Grain, Vec<Slot>>,
    /// Indices into `analysis.frames`, the most frequent first.
    pub(crate) frame_order: Vec<usize>,
}

impl<'a> View<'a> {
    pub(crate) fn new(analysis: &'a Analysis) -> Self {
        let series = analysis.series.iter().map(|s| ((s.metric.as_str(), s.grain), s)).collect();
        let slots = timelines(&analysis.series);
        let mut view = Self { analysis, series, slots, frame_order: (0..analysis.frames.len()).collect() };
        let weight = |&i: &usize| view.overall(&share_metric(&analysis.frames[i])).map_or(0.0, |e| e.value);
        let mut order = view.frame_order.clone();
        order.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.cmp(b)));
        view.frame_order = order;
        view
    }

    /// Grains with at least one estimate, shortest first.
    pub(crate) fn grains(&self) -> Vec<Grain> {
        let has = |grain: &Grain| {
            self.analysis
                .series
                .iter()
                .filter(|s| s.grain == *grain)
                .any(|s| s.points.iter().any(|p| p.estimate.is_some_and(|e| e.sentences > 0)))
        };
        self.slots.keys().copied().filter(has).collect()
    }

    /// The grain the page opens with: the one that the dates chose; of listed ones quarters, unless they are so few that months
    /// say more.
    pub(crate) fn default_grain(&self) -> Option<Grain> {
        let grains = self.grains();
        if let Some(chosen) = self.analysis.grain.filter(|chosen| grains.contains(chosen)) {
            return Some(chosen);
        }
        let quarters = self.slots(Grain::Quarter).len();
        if grains.contains(&Grain::Quarter) && (quarters >= 6 || !grains.contains(&Grain::Month)) {
            return Some(Grain::Quarter);
        }
        [Grain::Month, Grain::Year, Grain::Week, Grain::Day].into_iter().find(|g| grains.contains(g))
    }

    /// The periods of a grain, in order.
    pub(crate) fn slots(&self, grain: Grain) -> &[Slot] {
        self.slots.get(&grain).map_or(&[], Vec::as_slice)
    }

    /// One estimate per slot of the grain; `None` throughout for a metric the analysis does not have.
    pub(crate) fn estimates(&self, metric: &str, grain: Grain) -> Vec<Option<Estimate>> {
        let slots = self.slots(grain);
        let Some(series) = self.series.get(&(metric, grain)) else { return vec![None; slots.len()] };
        let by_start: HashMap<NaiveDate, Estimate> =
            series.points.iter().filter_map(|p| Some((p.start, p.estimate?))).collect();
        slots.iter().map(|slot| by_start.get(&slot.start).copied().filter(is_finite)).collect()
    }

    /// The estimate over all relations.
    pub(crate) fn overall(&self, metric: &str) -> Option<Estimate> {
        self.analysis.overall.iter().find(|m| m.metric == metric).map(|m| m.estimate).filter(is_finite)
    }

    /// The shifts without the mean probabilities of frames whose share is compared too: two rows that say
    /// the same would hide the others.
    pub(crate) fn main_shifts(&self) -> impl Iterator<Item = &'a Shift> {
        let shifts = &self.analysis.shifts;
        let has_share = |frame: &str| shifts.iter().any(|s| s.metric.strip_prefix("share_") == Some(frame));
        shifts.iter().filter(move |s| !s.metric.strip_prefix("frame_").is_some_and(has_share))
    }

    /// The levels since the last report in the same selection as [`View::main_shifts`].
    pub(crate) fn main_levels<'s>(
        &self,
        since: &'s SinceLast,
    ) -> impl Iterator<Item = &'s LevelSince> + use<'s> {
        let levels = &since.levels;
        let has_share = |frame: &str| levels.iter().any(|l| l.metric.strip_prefix("share_") == Some(frame));
        levels.iter().filter(move |l| !l.metric.strip_prefix("frame_").is_some_and(has_share))
    }

    /// The metric in words, with the actors' names.
    pub(crate) fn label(&self, metric: &str) -> String {
        metric_label(metric, &self.analysis.actor_a, &self.analysis.actor_b)
    }
}

/// Identifier of the share of a frame.
pub(crate) fn share_metric(frame: &str) -> String {
    format!("share_{frame}")
}

/// A frame's name as a word in a sentence.
pub(crate) fn frame_label(frame: &str) -> String {
    frame.replace('_', " ")
}

/// What a grain is called on a switch.
pub(crate) const fn grain_label(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "Days",
        Grain::Week => "Weeks",
        Grain::Month => "Months",
        Grain::Quarter => "Quarters",
        Grain::Year => "Years",
    }
}

fn is_finite(e: &Estimate) -> bool {
    e.value.is_finite() && e.low.is_finite() && e.high.is_finite()
}

/// Per grain every period that occurs in any series, so that all charts share one axis.
fn timelines(series: &[Series]) -> BTreeMap<Grain, Vec<Slot>> {
    let mut by_start: BTreeMap<Grain, BTreeMap<NaiveDate, Slot>> = BTreeMap::new();
    for s in series {
        let slots = by_start.entry(s.grain).or_default();
        for p in &s.points {
            slots.entry(p.start).or_insert_with(|| Slot {
                label: p.label.clone(),
                start: p.start,
                end: p.end,
            });
        }
    }
    by_start.into_iter().map(|(grain, slots)| (grain, slots.into_values().collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn estimates_stand_on_the_common_timeline() {
        let mut analysis = fixture::analysis();
        // A series that starts later than the others must not slide to the left.
        for s in analysis.series.iter_mut().filter(|s| s.metric == "tone" && s.grain == Grain::Quarter) {
            s.points.remove(0);
        }
        let view = View::new(&analysis);
        let tone = view.estimates("tone", Grain::Quarter);
        assert_eq!(tone.len(), view.slots(Grain::Quarter).len());
        assert!(tone[0].is_none());
        assert!(tone[1].is_some());
        assert!(view.estimates("no_such_metric", Grain::Quarter).iter().all(Option::is_none));
    }

    #[test]
    fn the_page_opens_with_the_grain_that_the_dates_chose() {
        let opens_with = |grain| View::new(&Analysis { grain, ..fixture::analysis() }).default_grain();
        assert_eq!(opens_with(None), Some(Grain::Quarter));
        assert_eq!(opens_with(Some(Grain::Month)), Some(Grain::Month));
        assert_eq!(opens_with(Some(Grain::Day)), Some(Grain::Quarter), "there is no series by day");
    }

    #[test]
    fn an_analysis_without_dates_has_no_grain() {
        let analysis = fixture::undated();
        let view = View::new(&analysis);
        assert!(view.grains().is_empty());
        assert_eq!(view.default_grain(), None);
    }
}
