//! Watched metrics that moved since the report before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::AnalyzeError;
use crate::metric;
use crate::model::{ChangePoint, Estimate};
use crate::since_last::SinceLast;

/// A watched metric that moved, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Alert {
    /// The new articles differ from all others by at least the threshold, and the 95 % interval of the difference leaves
    /// out zero.
    Level {
        /// Identifier of the metric, see [`crate::Series::metric`].
        metric: String,
        /// The size asked for, in units of the metric.
        threshold: f64,
        /// Estimate over the new articles.
        new: Estimate,
        /// Estimate over the others.
        others: Estimate,
        /// New less others, with its interval.
        difference: Estimate,
    },
    /// The metric has a change of level that the report before did not show.
    ChangePoint {
        /// Identifier of the metric watched. Shares are not tested for changes themselves: for `share_NAME` it is the mean
        /// probability of the same frame, `frame_NAME`, that changed.
        metric: String,
        /// The size asked for; it does not decide here.
        threshold: f64,
        /// Place in [`crate::Analysis::change_points`].
        change_point: usize,
    },
}

impl Alert {
    /// Identifier of the metric watched.
    pub fn metric(&self) -> &str {
        match self {
            Alert::Level { metric, .. } | Alert::ChangePoint { metric, .. } => metric,
        }
    }
}

/// Checks that every watched metric is one of a report with these frames.
///
/// # Errors
/// [`AnalyzeError::UnknownMetric`] names the metrics there are.
pub fn check_watched(watch: &BTreeMap<String, f64>, frames: &[String]) -> Result<(), AnalyzeError> {
    let metrics = metric::means(frames);
    match watch.keys().find(|watched| metrics.iter().all(|metric| metric.id != **watched)) {
        None => Ok(()),
        Some(unknown) => Err(AnalyzeError::UnknownMetric {
            metric: unknown.clone(),
            known: metrics.into_iter().map(|metric| metric.id).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// The alerts of every watched metric, in the order of their names. Levels and changes read from other annotations than
/// those of the report before say nothing about the coverage: then there are none.
pub(crate) fn alerts(
    since: &SinceLast,
    change_points: &[ChangePoint],
    watch: &BTreeMap<String, f64>,
) -> Vec<Alert> {
    if since.other_annotations.is_some() {
        return Vec::new();
    }
    let of_metric = |(metric, &threshold): (&String, &f64)| {
        let changes = since.appeared.iter().filter(|&&place| {
            change_points.get(place).is_some_and(|change| change.metric == tested_for(metric))
        });
        let changes = changes.map(|&change_point| Alert::ChangePoint {
            metric: metric.clone(),
            threshold,
            change_point,
        });
        level(since, metric, threshold).into_iter().chain(changes).collect::<Vec<_>>()
    };
    watch.iter().flat_map(of_metric).collect()
}

/// The metric whose changes of level stand for those of a watched one.
fn tested_for(metric: &str) -> String {
    match metric.strip_prefix("share_") {
        Some(frame) => format!("frame_{frame}"),
        None => metric.to_owned(),
    }
}

fn level(since: &SinceLast, metric: &str, threshold: f64) -> Option<Alert> {
    let level = since.levels.iter().find(|level| level.metric == metric)?;
    let (others, difference) = level.others.zip(level.difference)?;
    (level.is_clear() && difference.value.abs() >= threshold).then(|| Alert::Level {
        metric: metric.to_owned(),
        threshold,
        new: level.new,
        others,
        difference,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_that_is_none_is_refused_with_those_there_are() {
        let watch = |metric: &str| BTreeMap::from([(metric.to_owned(), 0.2)]);
        let frames = ["tension".to_owned()];
        for metric in ["tone", "share_tension", "frame_tension", "sentiment_b"] {
            check_watched(&watch(metric), &frames).expect("a metric");
        }
        let error = check_watched(&watch("share_romance"), &frames).expect_err("no metric").to_string();
        assert!(
            error.contains("'share_romance'") && error.contains("frame_tension, share_tension"),
            "{error}"
        );
        check_watched(&watch("relations"), &frames).expect_err("counts are no level");
    }
}
