//! Groups of outlets, each against the rest of the corpus.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dyad_core::{OTHER_GROUP, outlet_key};

use super::model::{GroupMetric, SourceGroup};
use crate::estimate::Estimator;
use crate::metric::Population;
use crate::shift::difference;
use crate::table::ArticleTable;

/// Every configured group by name, then the outlets in none of them; nothing without groups.
///
/// An article belongs to one group, so that a group and its rest share no article, and the draws of both are independent.
pub(crate) fn source_groups(
    estimator: &Estimator<'_>,
    groups: &BTreeMap<String, Vec<String>>,
) -> Vec<SourceGroup> {
    if groups.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = groups.keys().map(String::as_str).chain([OTHER_GROUP]).collect();
    let membership = membership(estimator.table, groups);
    names
        .iter()
        .enumerate()
        .map(|(number, &name)| {
            let configured = groups.get(name).map_or(&[][..], Vec::as_slice);
            source_group(estimator, (name, number), configured, &membership)
        })
        .filter(|group| group.name != OTHER_GROUP || !group.outlets.is_empty())
        .collect()
}

/// Number of the group of every row that counts, in the order of the rows; outlets in no group have the last one.
fn membership(table: &ArticleTable, groups: &BTreeMap<String, Vec<String>>) -> Vec<usize> {
    let configured: HashMap<String, usize> = groups
        .values()
        .enumerate()
        .flat_map(|(number, outlets)| outlets.iter().map(move |outlet| (outlet_key(outlet), number)))
        .collect();
    let mut known = HashMap::<&str, usize>::new();
    table
        .counted()
        .iter()
        .map(|&row| {
            let outlet = table.outlet(row);
            *known
                .entry(outlet)
                .or_insert_with(|| configured.get(&outlet_key(outlet)).copied().unwrap_or(groups.len()))
        })
        .collect()
}

fn source_group(
    estimator: &Estimator<'_>,
    (name, number): (&str, usize),
    configured: &[String],
    membership: &[usize],
) -> SourceGroup {
    let table = estimator.table;
    let rows_of = |is_member: bool| -> Vec<usize> {
        let pairs = table.counted().iter().zip(membership);
        pairs.filter(|&(_, &group)| (group == number) == is_member).map(|(&row, _)| row).collect()
    };
    let (rows, rest) = (rows_of(true), rows_of(false));
    let outlets: BTreeSet<&str> = rows.iter().map(|&row| table.outlet(row)).collect();
    let met: BTreeSet<String> = outlets.iter().map(|outlet| outlet_key(outlet)).collect();
    let relations = || rows.iter().map(|&row| table.sentences(row, Population::Relations));
    SourceGroup {
        name: name.to_owned(),
        missing: configured.iter().filter(|outlet| !met.contains(&outlet_key(outlet))).cloned().collect(),
        outlets: outlets.into_iter().map(str::to_owned).collect(),
        articles: relations().filter(|&count| count > 0.0).count() as u64,
        relations: relations().sum::<f64>() as u64,
        metrics: metrics(estimator, name, &rows, &rest),
    }
}

fn metrics(estimator: &Estimator<'_>, name: &str, rows: &[usize], rest: &[usize]) -> Vec<GroupMetric> {
    let wanted = estimator.all_metrics();
    let group = estimator.estimate(rows, &format!("group {name}"), &wanted);
    let rest = estimator.estimate(rest, &format!("all but group {name}"), &wanted);
    let metrics = estimator.metrics.iter().zip(group.into_iter().zip(rest));
    metrics
        .filter_map(|(metric, (group, rest))| {
            let group = group?;
            Some(GroupMetric {
                metric: metric.id.clone(),
                difference: rest.as_ref().map(|rest| difference(rest, &group)),
                estimate: group.estimate,
                rest: rest.map(|rest| rest.estimate),
            })
        })
        .collect()
}
