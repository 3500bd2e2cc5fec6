//! Who else is in the story: other organisations and people named in articles that have a relation, how often, with what
//! tone, and what changed.
//!
//! `mentions` counts names in one stream, `joining` makes one of a co-actor's names and keeps some sixty, `share` puts
//! intervals around shares of articles. What coincides with a name is an association: articles that name somebody
//! differ from the others in more than that.

use std::collections::BTreeMap;

use chrono::Datelike as _;
use dyad_core::{Grain, Period};
use dyad_store::Store;
use rayon::prelude::*;

use crate::change::benjamini_hochberg;
use crate::estimate::{Estimator, Sampled};
use crate::metric::{Population, TONE};
use crate::model::{ChangePoint, Shift};
use crate::shift::{self, difference, relative_size};
use crate::table::{ArticleTable, Candidate};
use crate::{AnalyzeError, AnalyzeOptions};

mod joining;
mod lexicon;
mod mentions;
pub(crate) mod model;
mod name;
mod share;
mod short_forms;
#[cfg(test)]
mod tests;

use joining::Presence;
use model::{CoActor, CoActorPoint, MovedCoActor, SHARE_OF_ARTICLES};
use share::{Articles, fisher};

/// Co-actors in the analysis.
const MOST_LISTED: usize = dyad_core::MAX_CO_ACTORS;
/// Of these, how many have a series.
const MOST_SERIES: usize = 8;
/// Co-actors named for a change, at most.
const MOST_MOVED: usize = 5;
/// Fewest articles around a change that name a co-actor which is tested there: with fewer no test can tell anything.
const LEAST_AROUND: usize = 3;
/// False discovery rate among the co-actors named for a change.
const FALSE_DISCOVERIES: f64 = 0.05;

/// The co-actors of a store, each with the articles that name it.
pub(crate) struct CoActors<'t> {
    table: &'t ArticleTable,
    /// Configured ones in their order, then those in most articles.
    presences: Vec<Presence>,
    /// Rows that count and have a relation, by date (undated last) and identifier.
    related: Vec<usize>,
    grain: Option<Grain>,
    draws: usize,
    seed: u64,
}

impl<'t> CoActors<'t> {
    /// Counts names in the store and joins those of one co-actor.
    ///
    /// # Errors
    /// [`AnalyzeError`] where the mentions cannot be read.
    pub(crate) fn read(
        store: &Store,
        table: &'t ArticleTable,
        candidates: &[Candidate],
        (options, grains): (&AnalyzeOptions, &[Grain]),
    ) -> Result<Self, AnalyzeError> {
        let lexicon = lexicon::Lexicon::new(table, options);
        let names = mentions::names(store, table, candidates, &lexicon)?;
        Ok(Self::new(table, joining::join(names, &lexicon, &options.co_actors), options, grains))
    }

    fn new(
        table: &'t ArticleTable,
        presences: Vec<Presence>,
        options: &AnalyzeOptions,
        grains: &[Grain],
    ) -> Self {
        let has_relation = |row: &usize| table.sentences(*row, Population::Relations) > 0.0;
        let quarter = grains.contains(&Grain::Quarter).then_some(Grain::Quarter);
        Self {
            table,
            presences,
            related: table.counted().iter().copied().filter(has_relation).collect(),
            grain: quarter.or(grains.iter().copied().max()),
            draws: options.report.bootstrap_draws,
            seed: options.report.seed,
        }
    }

    /// What the analysis says of each: configured ones first, then those in most articles. Empty without a relation.
    pub(crate) fn described(&self, estimator: &Estimator<'_>) -> Vec<CoActor> {
        let listed: Vec<&Presence> = self.presences.iter().take(MOST_LISTED).collect();
        let articles = Articles::new(self.table, &self.related);
        let shares = articles.shares(&listed, self.draws, self.seed, "co-actors");
        let mut described: Vec<CoActor> = listed
            .par_iter()
            .zip(shares)
            .enumerate()
            .map(|(rank, (presence, share))| {
                let (with, without) = self.tones(estimator, presence);
                CoActor {
                    name: presence.name.clone(),
                    kind: presence.kind,
                    articles: presence.rows.len() as u64,
                    sentences: presence.sentences,
                    share: share.estimate,
                    tone_difference: with.as_ref().zip(without.as_ref()).map(|(w, wo)| difference(wo, w)),
                    tone_with: with.map(|sampled| sampled.estimate),
                    tone_without: without.map(|sampled| sampled.estimate),
                    shift: None,
                    series: if rank < MOST_SERIES { self.series(presence) } else { Vec::new() },
                }
            })
            .collect();
        let shifts = self.shifts(estimator, &listed);
        described.iter_mut().zip(shifts).for_each(|(co_actor, shift)| co_actor.shift = Some(shift));
        described
    }

    /// The share of each co-actor early and late; empty where the dates do not yield two parts.
    fn shifts(&self, estimator: &Estimator<'_>, listed: &[&Presence]) -> Vec<Shift> {
        let Some((early, late)) = shift::split(&shift::articles_by_year(estimator)) else {
            return Vec::new();
        };
        let shares = |years: &std::ops::RangeInclusive<i32>, name: &str| {
            let rows = self.rows(|date| years.contains(&date.year()));
            let articles = Articles::new(self.table, &rows);
            articles.shares(listed, self.draws, self.seed, &format!("co-actors {name}"))
        };
        let parts = shares(&early, "early").into_iter().zip(shares(&late, "late"));
        let (early_label, late_label) = (shift::label(&early), shift::label(&late));
        parts
            .map(|(early, late)| {
                shift::between(SHARE_OF_ARTICLES, (&early_label, &early), (&late_label, &late))
            })
            .collect()
    }

    /// The share of a co-actor by period.
    fn series(&self, presence: &Presence) -> Vec<CoActorPoint> {
        let Some(grain) = self.grain else { return Vec::new() };
        let mut periods = BTreeMap::<Period, (u64, u64)>::new();
        for &row in &self.related {
            if let Some(date) = self.table.articles[row].date {
                let (naming, articles) = periods.entry(Period::containing(date, grain)).or_default();
                *naming += u64::from(presence.is_in(row));
                *articles += 1;
            }
        }
        periods
            .into_iter()
            .map(|(period, (naming, articles))| CoActorPoint {
                start: period.start,
                share: naming as f64 / articles as f64,
                articles,
            })
            .collect()
    }

    /// The change points, each with the co-actors that are named more or less often from it on.
    pub(crate) fn named_for(&self, mut points: Vec<ChangePoint>) -> Vec<ChangePoint> {
        points.par_iter_mut().for_each(|point| point.co_actors = self.moved(point));
        points
    }

    /// Those whose share of articles differs clearly between the two levels of a change, the clearest first.
    fn moved(&self, point: &ChangePoint) -> Vec<MovedCoActor> {
        let before = self.rows(|date| point.since <= date && date < point.date);
        let after = self.rows(|date| point.date <= date && date <= point.until);
        let (before, after) = (Articles::new(self.table, &before), Articles::new(self.table, &after));
        let differing = self.differing(&before, &after);
        let shares = |articles: &Articles, when: &str| {
            let label = format!("co-actors {when} {} {}", point.metric, point.date);
            articles.shares(&differing, self.draws, self.seed, &label)
        };
        let pairs = shares(&before, "before").into_iter().zip(shares(&after, "after"));
        let mut moved: Vec<MovedCoActor> = differing
            .iter()
            .zip(pairs)
            .map(|(presence, (early, late))| MovedCoActor {
                name: presence.name.clone(),
                before: early.estimate.value,
                after: late.estimate.value,
                difference: difference(&early, &late),
            })
            .filter(|moved| moved.difference.leaves_out_zero())
            .collect();
        moved.sort_by(|x, y| relative_size(&y.difference).total_cmp(&relative_size(&x.difference)));
        moved.truncate(MOST_MOVED);
        moved
    }

    /// Those whose shares differ after Fisher's test, adjusted for all that are tested. Of sixty co-actors of whom none is
    /// named more or less often, some would otherwise look as if they were.
    fn differing(&self, before: &Articles, after: &Articles) -> Vec<&Presence> {
        let tested: Vec<(&Presence, f64)> = self
            .presences
            .iter()
            .filter_map(|presence| {
                let (early, late) = (before.number_naming(presence), after.number_naming(presence));
                (early + late >= LEAST_AROUND)
                    .then(|| (presence, fisher((early, before.count()), (late, after.count()))))
            })
            .collect();
        let p_values: Vec<f64> = tested.iter().map(|&(_, p)| p).collect();
        let adjusted = benjamini_hochberg(&p_values).into_iter();
        let is_real = adjusted.map(|p| p <= FALSE_DISCOVERIES);
        tested
            .into_iter()
            .zip(is_real)
            .filter(|&(_, is_real)| is_real)
            .map(|((presence, _), _)| presence)
            .collect()
    }

    /// Rows with a relation whose date is wanted.
    fn rows(&self, is_wanted: impl Fn(chrono::NaiveDate) -> bool) -> Vec<usize> {
        let is_wanted = |row: &usize| self.table.articles[*row].date.is_some_and(&is_wanted);
        self.related.iter().copied().filter(is_wanted).collect()
    }

    /// Tone of the relations in articles that name a co-actor, and in the others.
    fn tones(&self, estimator: &Estimator<'_>, presence: &Presence) -> (Option<Sampled>, Option<Sampled>) {
        let (with, without): (Vec<usize>, Vec<usize>) =
            self.related.iter().partition(|&&row| presence.is_in(row));
        let tone = |rows: &[usize], label: &str| {
            estimator.estimate(rows, &format!("{label} {}", presence.name), &[TONE]).pop().flatten()
        };
        (tone(&with, "tone with"), tone(&without, "tone without"))
    }
}
