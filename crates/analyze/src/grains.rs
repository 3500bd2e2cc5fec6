//! Which period lengths suit the dates of the articles.
//!
//! A period with few articles says little: its interval is wide. Automatically, an analysis opens with the shortest periods
//!
//! - of which at least half hold an article with a relation, so that the series is no row of gaps, and
//! - that put at least half of these articles together with four others or more, so that most of what was read lies in
//!   periods with an interval worth looking at;
//!
//! where there are none, with the longest that part the articles at all. All longer ones are made too, and for those who look
//! for an event months and quarters, even if shorter, where half of them hold an article. The second condition counts
//! articles, not periods: a corpus with a thin beginning is not to be shown by year because of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dyad_core::{Grain, Grains, Period};

use crate::metric::Population;
use crate::table::ArticleTable;

/// Fewest articles in a period whose interval rests on their differences; see [`crate::interval::FEW_ARTICLES`].
const WELL_FILLED: usize = crate::interval::FEW_ARTICLES;

/// Period lengths of an analysis.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Those for which series are made.
    pub(crate) grains: Vec<Grain>,
    /// The one to open with; `None` where the user listed them or no article with a relation has a date.
    pub(crate) opening: Option<Grain>,
}

/// The period lengths that the configuration asks for, or those that suit the dated articles with a relation.
pub(crate) fn choose(configured: &Grains, table: &ArticleTable) -> Chosen {
    match configured {
        Grains::Listed(grains) => Chosen { grains: grains.clone(), opening: None },
        Grains::Auto => {
            let has_relation = |row: &usize| table.sentences(*row, Population::Relations) > 0.0;
            let rows = table.counted().iter().filter(|row| has_relation(row));
            automatic(&rows.filter_map(|&row| table.articles[row].date).collect::<Vec<_>>())
        }
    }
}

fn automatic(dates: &[NaiveDate]) -> Chosen {
    if dates.is_empty() {
        return Chosen { grains: vec![Grain::Month], opening: None };
    }
    let fillings = Grain::ALL.map(|grain| (grain, Filling::of(dates, grain)));
    let made = |suits: &dyn Fn(&Filling) -> bool, among: &[Grain]| {
        let mut found = fillings.iter().filter(|(grain, filling)| among.contains(grain) && suits(filling));
        found.next().map(|&(grain, _)| grain)
    };
    let is_series = |filling: &Filling| filling.periods >= 2;
    let by_fill = made(&|f| is_series(f) && f.is_dense() && f.is_well_filled(), &Grain::ALL);
    let for_events = made(&|f| is_series(f) && f.is_dense(), &[Grain::Month, Grain::Quarter]);
    let shortest = by_fill.into_iter().chain(for_events).min();
    let mut grains: Vec<Grain> = fillings
        .iter()
        .filter(|(grain, filling)| is_series(filling) && shortest.is_none_or(|shortest| *grain >= shortest))
        .map(|&(grain, _)| grain)
        .collect();
    if shortest.is_none() {
        // Neither dense nor well filled: years, or the longest periods that part the articles at all.
        grains = grains.pop().into_iter().collect();
    }
    if grains.is_empty() {
        grains.push(Grain::Month);
    }
    let opening = by_fill.or(grains.last().copied());
    Chosen { grains, opening }
}

/// How articles fill the periods of one length.
struct Filling {
    /// Periods from the first to the last article, as far as they were counted: not beyond what [`Filling::is_dense`] asks.
    periods: usize,
    /// Those with an article.
    filled: usize,
    articles: usize,
    /// Articles in periods with at least [`WELL_FILLED`].
    together: usize,
}

impl Filling {
    fn of(dates: &[NaiveDate], grain: Grain) -> Self {
        let mut counts = BTreeMap::<Period, usize>::new();
        for &date in dates {
            *counts.entry(Period::containing(date, grain)).or_default() += 1;
        }
        let ends = counts.first_key_value().zip(counts.last_key_value());
        let periods = ends.map_or(0, |((&first, _), (&last, _))| {
            // A wrong date (year 1) may lie a million days away.
            std::iter::successors(Some(first), |period| Some(period.next()))
                .take(2 * counts.len() + 1)
                .take_while(|&period| period <= last)
                .count()
        });
        let together = counts.values().filter(|&&count| count >= WELL_FILLED).sum();
        Self { periods, filled: counts.len(), articles: dates.len(), together }
    }

    fn is_dense(&self) -> bool {
        2 * self.filled >= self.periods
    }

    fn is_well_filled(&self) -> bool {
        2 * self.together >= self.articles
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Grain::{Day, Month, Quarter, Week, Year};
    use chrono::Days;

    /// `count` articles on each of the days with these numbers, from 2020 on.
    fn on(days: impl Iterator<Item = u64>, count: usize) -> Vec<NaiveDate> {
        let start = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a date");
        days.flat_map(|day| std::iter::repeat_n(start + Days::new(day), count)).collect()
    }

    fn chosen(dates: &[NaiveDate]) -> (Vec<Grain>, Option<Grain>) {
        let Chosen { grains, opening } = automatic(dates);
        (grains, opening)
    }

    #[test]
    fn the_more_articles_the_shorter_the_periods() {
        let years = 0..3 * 365;
        assert_eq!(chosen(&on(years.clone(), 6)), (vec![Day, Week, Month, Quarter, Year], Some(Day)));
        assert_eq!(chosen(&on(years.clone(), 1)), (vec![Week, Month, Quarter, Year], Some(Week)));
        assert_eq!(chosen(&on(years.clone().step_by(5), 1)), (vec![Month, Quarter, Year], Some(Month)));
        // Two a quarter: no month would be well filled, nor a quarter, yet half of the months hold one.
        assert_eq!(chosen(&on(years.clone().step_by(45), 1)), (vec![Month, Quarter, Year], Some(Year)));
        assert_eq!(chosen(&on(years.step_by(180), 1)), (vec![Quarter, Year], Some(Year)));
    }

    #[test]
    fn a_thin_beginning_does_not_decide() {
        // One article a quarter for four years, then ten a month for three.
        let dates = [on((0..1460).step_by(90), 1), on((1461..2550).step_by(30), 10)].concat();
        assert_eq!(chosen(&dates), (vec![Month, Quarter, Year], Some(Month)));
    }

    #[test]
    fn there_is_always_one() {
        assert_eq!(chosen(&[]), (vec![Month], None));
        assert_eq!(chosen(&on(3..4, 1)), (vec![Month], Some(Month)));
        assert_eq!(chosen(&on(3..4, 500)), (vec![Month], Some(Month)));
        // A wrong date far away leaves years, however empty.
        let first = NaiveDate::from_ymd_opt(1, 1, 1).expect("a date");
        assert_eq!(chosen(&[on(3..4, 9), vec![first]].concat()), (vec![Year], Some(Year)));
    }

    #[test]
    fn a_short_burst_is_shown_by_day() {
        assert_eq!(chosen(&on(0..14, 8)), (vec![Day, Week], Some(Day)));
    }

    #[test]
    fn a_list_is_followed() {
        let table = ArticleTable::of(vec![]);
        let listed = choose(&Grains::Listed(vec![Year, Day]), &table);
        assert_eq!(listed, Chosen { grains: vec![Year, Day], opening: None });
        assert_eq!(choose(&Grains::Auto, &table), Chosen { grains: vec![Month], opening: None });
    }
}
