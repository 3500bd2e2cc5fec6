//! Relations by outlet.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::estimate::Estimator;
use crate::metric::{FIRST_FRAME, Population, TONE};
use crate::model::SourceRow;

/// Every outlet with a relation, the one with most relations first.
pub(crate) fn sources(estimator: &Estimator<'_>, frames: &[String]) -> Vec<SourceRow> {
    let table = estimator.table;
    let mut shrunken = crate::compare::shrunken(estimator);
    let mut outlets = BTreeMap::<&str, Vec<usize>>::new();
    for &row in table.counted() {
        if table.sentences(row, Population::Relations) > 0.0 {
            outlets.entry(table.outlet(row)).or_default().push(row);
        }
    }
    let mut rows: Vec<SourceRow> = outlets
        .into_par_iter()
        .filter_map(|(source, rows)| source_row(estimator, frames, source, &rows))
        .collect();
    for row in &mut rows {
        row.shrunken = shrunken.remove(&row.source).unwrap_or_default();
    }
    rows.sort_by(|x, y| (Reverse(x.relations), &x.source).cmp(&(Reverse(y.relations), &y.source)));
    rows
}

fn source_row(
    estimator: &Estimator<'_>,
    frames: &[String],
    source: &str,
    rows: &[usize],
) -> Option<SourceRow> {
    let table = estimator.table;
    let tone = estimator.estimate(rows, &format!("source {source}"), &[TONE]).remove(0)?.estimate;
    let mean = |frame: usize| {
        rows.iter().map(|&row| table.sums(row)[FIRST_FRAME + frame]).sum::<f64>() / tone.sentences as f64
    };
    // The first of equals wins, so that ties follow the order of the configuration.
    let top =
        (0..frames.len()).map(|frame| (frame, mean(frame))).fold(None, |best, (frame, mean)| match best {
            Some((_, largest)) if largest >= mean => best,
            _ => Some((frame, mean)),
        });
    Some(SourceRow {
        source: source.to_owned(),
        articles: tone.articles,
        relations: tone.sentences,
        tone,
        shrunken: Vec::new(),
        top_frame: top.map(|(frame, _)| frames[frame].clone()).unwrap_or_default(),
        top_frame_share: top.map_or(0.0, |(_, mean)| mean),
    })
}
