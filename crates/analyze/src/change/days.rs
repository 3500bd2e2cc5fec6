//! Days of a series and the statistic that compares one run of days with the others.

use chrono::NaiveDate;

use super::{MIN_ARTICLES, MIN_DAYS, Observation};

/// Weight of the variance common to the whole segment, in days, beside that seen in a part.
const PRIOR_DAYS: f64 = 10.0;

/// All articles of a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) articles: f64,
    pub(super) sum: f64,
    pub(super) count: f64,
    /// Sum of the squared counts of the articles: how the variance of the day's sum grows with its size
    /// where every article has a level of its own.
    pub(super) square: f64,
}

/// Adds up the articles of every day, in order of date. Articles without a sentence, or with a number
/// that is not finite, are left out.
pub(super) fn days(observations: &[Observation]) -> Vec<Day> {
    let mut usable: Vec<Observation> = observations
        .iter()
        .copied()
        .filter(|o| o.count > 0.0 && o.count.is_finite() && o.sum.is_finite())
        .collect();
    // By value too, so that sums do not depend on the order given.
    usable.sort_by(|a, b| a.day.cmp(&b.day).then(a.sum.total_cmp(&b.sum)).then(a.count.total_cmp(&b.count)));
    let mut days: Vec<Day> = Vec::new();
    for Observation { day, sum, count } in usable {
        match days.last_mut() {
            Some(last) if last.date == day => {
                last.articles += 1.0;
                last.sum += sum;
                last.count += count;
                last.square += count * count;
            }
            _ => days.push(Day { date: day, articles: 1.0, sum, count, square: count * count }),
        }
    }
    days
}

/// A day as a segment sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// Sum less what the segment's ratio lets expect.
    residual: f64,
    count: f64,
    square: f64,
    articles: f64,
}

/// Sums over the days before a place. One cache line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Totals {
    residual: f64,
    count: f64,
    residual_squared: f64,
    residual_count: f64,
    count_squared: f64,
    square: f64,
    articles: f64,
}

impl Totals {
    pub(super) fn plus(self, point: Point) -> Self {
        Self {
            residual: self.residual + point.residual,
            count: self.count + point.count,
            residual_squared: self.residual_squared + point.residual * point.residual,
            residual_count: self.residual_count + point.residual * point.count,
            count_squared: self.count_squared + point.count * point.count,
            square: self.square + point.square,
            articles: self.articles + point.articles,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            residual: self.residual - other.residual,
            count: self.count - other.count,
            residual_squared: self.residual_squared - other.residual_squared,
            residual_count: self.residual_count - other.residual_count,
            count_squared: self.count_squared - other.count_squared,
            square: self.square - other.square,
            articles: self.articles - other.articles,
        }
    }

    /// Variance of the sum of the residuals around the part's own ratio.
    fn variance(&self, shrinkage: Shrinkage, common: f64) -> f64 {
        let ratio = self.residual / self.count;
        let squares =
            self.residual_squared - ratio * (2.0 * self.residual_count - ratio * self.count_squared);
        shrinkage.own * squares.max(0.0) + shrinkage.common * common * self.square
    }
}

/// How much the variance of a part of so many days rests on itself and on the whole segment.
#[derive(Debug, Clone, Copy)]
struct Shrinkage {
    own: f64,
    common: f64,
}

impl Shrinkage {
    fn of(days: usize) -> Self {
        let days = days as f64;
        // A lone day has no spread of its own; no place leaves one alone.
        let own = if days > 1.0 { days / (days + PRIOR_DAYS) * days / (days - 1.0) } else { 0.0 };
        Self { own, common: PRIOR_DAYS / (days + PRIOR_DAYS) }
    }
}

/// Days between two changes (or ends of the series), ready to be permuted.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) points: Vec<Point>,
    /// Variance of the residual sum of a day of squared size 1.
    common: f64,
    shrinkage: Vec<Shrinkage>,
}

impl Segment {
    /// `None` where the days are too few for any change, or all have the same ratio.
    pub(super) fn new(days: &[Day]) -> Option<Self> {
        let (sum, count) =
            days.iter().fold((0.0, 0.0), |(sum, count), day| (sum + day.sum, count + day.count));
        let articles: f64 = days.iter().map(|day| day.articles).sum();
        if days.len() < 2 * MIN_DAYS || articles < 2.0 * MIN_ARTICLES {
            return None;
        }
        let ratio = sum / count;
        let points: Vec<Point> = days
            .iter()
            .map(|day| Point {
                residual: day.sum - ratio * day.count,
                count: day.count,
                square: day.square,
                articles: day.articles,
            })
            .collect();
        let all = points.iter().fold(Totals::default(), |totals, &point| totals.plus(point));
        let magnitude: f64 = days.iter().map(|day| day.sum * day.sum).sum();
        // Rounding alone leaves residuals of 1e-16 of the sums.
        if all.residual_squared <= 1e-24 * magnitude {
            return None;
        }
        let shrinkage = (0..=points.len()).map(Shrinkage::of).collect();
        Some(Self { points, common: all.residual_squared / all.square, shrinkage })
    }

    pub(super) fn days(&self) -> usize {
        self.points.len()
    }

    /// Sums before every place, `days + 1` of them, of the days in the order given.
    pub(super) fn cumulate(points: &[Point], into: &mut Vec<Totals>) {
        into.clear();
        into.push(Totals::default());
        let mut totals = Totals::default();
        for &point in points {
            totals = totals.plus(point);
            into.push(totals);
        }
    }

    /// Squared studentised difference between the ratio of the days `from..to` and that of the others;
    /// `None` where the days within, before or after hold too few articles. `from` may be 0 or `to` the end,
    /// not both.
    pub(super) fn statistic(&self, before: &[Totals], from: usize, to: usize) -> Option<f64> {
        let all = before[self.days()];
        let inner = before[to].minus(before[from]);
        let is_short = |articles: f64| articles < MIN_ARTICLES;
        if is_short(inner.articles)
            || (from > 0 && is_short(before[from].articles))
            || (to < self.days() && is_short(all.articles - before[to].articles))
        {
            return None;
        }
        let outer = all.minus(inner);
        let days = to - from;
        let (inner_variance, outer_variance) = (
            inner.variance(self.shrinkage[days], self.common),
            outer.variance(self.shrinkage[self.days() - days], self.common),
        );
        // The difference is `inner / inner.count - outer / outer.count`; both sides are multiplied by
        // the squared counts, and the residuals of all days add up to 0.
        let difference = inner.residual * outer.count - outer.residual * inner.count;
        let variance =
            inner_variance * outer.count * outer.count + outer_variance * inner.count * inner.count;
        Some(difference * difference / variance)
    }
}
