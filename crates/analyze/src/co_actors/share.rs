//! Shares of articles: what part of some articles name a co-actor.
//!
//! An article names it or does not, so that such a share is a proportion of independent articles. The interval is that of the
//! bootstrap over articles that every other number has. Where fewer than five articles name the co-actor, or fewer than
//! five do not, the bootstrap cannot see how rare the rare case is (in some draws nobody names what somebody named), and
//! Wilson's interval (1927) takes its place.

use ndarray::Array2;

use super::joining::Presence;
use crate::bootstrap::replicates;
use crate::estimate::Sampled;
use crate::interval::{FEW_ARTICLES, percentile_interval, wider, wilson};
use crate::metric::Population;
use crate::model::Estimate;
use crate::table::ArticleTable;

/// Co-actors drawn together: their indicators take 8 bytes each for every article.
const AT_A_TIME: usize = 20;

/// Articles over which shares are taken, each with a relation.
pub(super) struct Articles {
    /// Place of a row among the articles plus one; 0 where it is none of them.
    places: Vec<u32>,
    count: usize,
    relations: u64,
}

impl Articles {
    pub(super) fn new(table: &ArticleTable, rows: &[usize]) -> Self {
        let mut places = vec![0; table.articles.len()];
        for (place, &row) in rows.iter().enumerate() {
            places[row] = place as u32 + 1;
        }
        let relations =
            rows.iter().map(|&row| table.sentences(row, Population::Relations)).sum::<f64>() as u64;
        Self { places, count: rows.len(), relations }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Places of the articles that name a co-actor.
    fn naming<'p>(&'p self, presence: &'p Presence) -> impl Iterator<Item = usize> + 'p {
        presence.rows.iter().filter_map(|&row| (self.places[row as usize] as usize).checked_sub(1))
    }

    /// How many of the articles name a co-actor.
    pub(super) fn number_naming(&self, presence: &Presence) -> usize {
        self.naming(presence).count()
    }

    /// The share that names each co-actor, from the same draws; empty without an article.
    pub(super) fn shares(&self, names: &[&Presence], draws: usize, seed: u64, label: &str) -> Vec<Sampled> {
        if self.count == 0 {
            return Vec::new();
        }
        names.chunks(AT_A_TIME).flat_map(|names| self.shares_of_few(names, draws, seed, label)).collect()
    }

    fn shares_of_few(&self, names: &[&Presence], draws: usize, seed: u64, label: &str) -> Vec<Sampled> {
        let mut units = Array2::zeros((self.count, names.len() + 1));
        units.column_mut(names.len()).fill(1.0);
        for (column, presence) in names.iter().enumerate() {
            self.naming(presence).for_each(|place| units[[place, column]] = 1.0);
        }
        let naming: Vec<usize> = names.iter().map(|presence| self.number_naming(presence)).collect();
        let draws = replicates(units, draws, seed, label);
        draws.outer_iter().zip(naming).map(|(draws, naming)| self.sampled(naming, draws.to_vec())).collect()
    }

    fn sampled(&self, naming: usize, draws: Vec<f64>) -> Sampled {
        let value = naming as f64 / self.count as f64;
        let has_spread = naming.min(self.count - naming) >= FEW_ARTICLES;
        let interval = if has_spread {
            percentile_interval(&mut draws.clone(), self.count)
        } else {
            wilson(value, self.count as f64)
        };
        let (low, high) = wider(interval, (value, value));
        let sampling = (low.max(0.0), high.min(1.0));
        let estimate = Estimate {
            value,
            low: sampling.0,
            high: sampling.1,
            articles: self.count as u64,
            sentences: self.relations,
        };
        Sampled { estimate, draws, sampling, has_spread }
    }
}

/// Two-sided p-value of Fisher's exact test (1922) that two shares are the same: the probability, given how many articles
/// name it in all, of a table no more likely than the one at hand. Arguments are `(naming, articles)`.
pub(super) fn fisher(before: (usize, usize), after: (usize, usize)) -> f64 {
    let naming = before.0 + after.0;
    let articles = before.1 + after.1;
    let log_choose = |n: usize, k: usize| log_factorial(n) - log_factorial(k) - log_factorial(n - k);
    let log_p = |in_before: usize| {
        log_choose(before.1, in_before) + log_choose(after.1, naming - in_before)
            - log_choose(articles, naming)
    };
    // Rounding must not tell tables apart that are equally likely.
    let at_hand = log_p(before.0) + 1e-7;
    let possible = naming.saturating_sub(after.1)..=naming.min(before.1);
    possible.map(log_p).filter(|&p| p <= at_hand).map(f64::exp).sum::<f64>().min(1.0)
}

fn log_factorial(n: usize) -> f64 {
    libm::lgamma(n as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::co_actors::model::CoActorKind;
    use crate::shift::difference;

    fn table(articles: usize) -> ArticleTable {
        ArticleTable::of((0..articles).map(|_| (None, vec![0.0; 6], [2.0, 2.0, 2.0])).collect())
    }

    fn presence(rows: impl Iterator<Item = usize>) -> Presence {
        let rows = rows.map(|row| row as u32).collect();
        Presence { name: "X".to_owned(), kind: CoActorKind::Organisation, rows, sentences: 0 }
    }

    fn share(naming: usize, articles: usize) -> Sampled {
        let table = table(articles);
        let rows: Vec<usize> = (0..articles).collect();
        let presence = presence(0..naming);
        Articles::new(&table, &rows).shares(&[&presence], 1000, 1, &format!("{naming}")).remove(0)
    }

    #[test]
    fn the_interval_of_a_share_is_the_usual_one() {
        let half = share(50, 100).estimate;
        assert_eq!((half.value, half.articles, half.sentences), (0.5, 100, 200));
        assert!((half.low - 0.4).abs() < 0.02 && (half.high - 0.6).abs() < 0.02, "{half:?}");
    }

    #[test]
    fn a_rare_name_is_not_taken_for_certain() {
        let never = share(0, 20).estimate;
        assert!(never.low == 0.0 && (never.high - 0.1611).abs() < 1e-3, "Wilson, 0 of 20: {never:?}");
        let always = share(20, 20).estimate;
        assert!(always.high == 1.0 && (always.low - 0.8389).abs() < 1e-3, "{always:?}");
        let once = share(1, 20).estimate;
        assert!((once.low - 0.0089).abs() < 1e-4 && (once.high - 0.2361).abs() < 1e-4, "{once:?}");
    }

    #[test]
    fn a_difference_of_rare_names_is_as_wide_as_newcombes() {
        // Newcombe (1998), table II, method 10: 0 of 10 against 0 of 20 is -0.2775 to 0.1611.
        let (early, late) = (share(0, 10), share(0, 20));
        let difference = difference(&early, &late);
        assert!(difference.low <= -0.2774 && difference.high >= 0.161, "{difference:?}");
    }

    #[test]
    fn only_articles_at_hand_count() {
        let table = table(10);
        let articles = Articles::new(&table, &[1, 3, 5, 7]);
        let presence = presence([0, 1, 2, 3].into_iter());
        assert_eq!((articles.number_naming(&presence), articles.count()), (2, 4));
        assert_eq!(articles.shares(&[&presence], 100, 1, "x")[0].estimate.value, 0.5);
        assert!(Articles::new(&table, &[]).shares(&[&presence], 100, 1, "x").is_empty());
    }

    #[test]
    fn fisher_agrees_with_r() {
        // fisher.test(matrix(c(3, 1, 1, 3), 2)) is Fisher's tea; then c(1, 99, 12, 88) and equal shares.
        assert!((fisher((3, 4), (1, 4)) - 0.485_714_3).abs() < 1e-6);
        assert!((fisher((1, 100), (12, 100)) - 0.002_539_5).abs() < 1e-6);
        assert!((fisher((5, 50), (5, 50)) - 1.0).abs() < 1e-9);
        assert_eq!(fisher((0, 7), (0, 9)), 1.0);
    }
}
