//! Where dates and values lie, and which of them an axis names.

use chrono::{Datelike, NaiveDate, Weekday};

use super::picture::Area;

/// The time axis, the same for all charts.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeAxis {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

/// A day that the axis names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) date: NaiveDate,
    pub(super) label: String,
    /// The year, where the label leaves it open and it is the first of its year.
    pub(super) year: Option<String>,
}

/// Distance of ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Days(i32),
    /// Mondays.
    Weeks,
    Months(u32),
    Years(i32),
}

const STEPS: [Step; 14] = [
    Step::Days(1),
    Step::Days(2),
    Step::Weeks,
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Years(1),
    Step::Years(2),
    Step::Years(5),
    Step::Years(10),
    Step::Years(20),
    Step::Years(50),
    Step::Years(100),
];

impl Step {
    fn days(self) -> i64 {
        match self {
            Step::Days(n) => i64::from(n),
            Step::Weeks => 7,
            Step::Months(n) => i64::from(n) * 30,
            Step::Years(n) => i64::from(n) * 365,
        }
    }

    fn is_tick(self, date: NaiveDate) -> bool {
        match self {
            Step::Days(n) => date.num_days_from_ce() % n == 0,
            Step::Weeks => date.weekday() == Weekday::Mon,
            Step::Months(n) => date.day() == 1 && date.month0().is_multiple_of(n),
            Step::Years(n) => date.ordinal() == 1 && date.year() % n == 0,
        }
    }

    fn label(self, date: NaiveDate) -> String {
        let pattern = match self {
            Step::Days(_) | Step::Weeks => "%-d %b",
            Step::Months(_) => "%b",
            Step::Years(_) => "%Y",
        };
        date.format(pattern).to_string()
    }
}

impl TimeAxis {
    /// Horizontal place of the start of a day.
    pub(super) fn x(&self, date: NaiveDate, area: &Area) -> f64 {
        let days = (self.to - self.from).num_days().max(1) as f64;
        area.left + (date - self.from).num_days() as f64 / days * area.width()
    }

    /// The finest ticks of which there are at most `most`.
    pub(super) fn ticks(&self, most: usize) -> Vec<Tick> {
        let days = (self.to - self.from).num_days();
        // Every day would be looked at for each step; what is far too fine is passed over.
        let coarse_enough = STEPS.into_iter().filter(|step| days / step.days() <= 2 * most as i64);
        let mut candidates = coarse_enough.map(|step| self.ticks_of(step));
        candidates.find(|ticks| ticks.len() <= most).unwrap_or_default()
    }

    fn ticks_of(&self, step: Step) -> Vec<Tick> {
        let mut year = None;
        let days = self.from.iter_days().take_while(|date| *date <= self.to);
        days.filter(|date| step.is_tick(*date))
            .map(|date| {
                let is_new = year.replace(date.year()) != Some(date.year());
                let named =
                    (is_new && !matches!(step, Step::Years(_))).then(|| date.format("%Y").to_string());
                Tick { date, label: step.label(date), year: named }
            })
            .collect()
    }
}

/// Values on an axis from `low` to `high`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueAxis {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl ValueAxis {
    /// Vertical place of a value.
    pub(super) fn y(&self, value: f64, area: &Area) -> f64 {
        let range = (self.high - self.low).max(f64::EPSILON);
        area.bottom - (value - self.low) / range * area.height()
    }
}

/// Round numbers from 0 up to `top`, at most six.
pub(super) fn counts(top: f64) -> Vec<f64> {
    let mut step = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(60) {
        if top / step <= 5.0 {
            break;
        }
        step *= factor;
    }
    (0..=5).map(|i| f64::from(i) * step).filter(|&tick| tick <= top).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date")
    }

    fn named(from: NaiveDate, to: NaiveDate, most: usize) -> Vec<String> {
        let ticks = TimeAxis { from, to }.ticks(most);
        ticks
            .into_iter()
            .map(|t| t.label + &t.year.map_or(String::new(), |year| format!("/{year}")))
            .collect()
    }

    #[test]
    fn ticks_are_few_round_and_name_each_year_once() {
        assert_eq!(named(day(2019, 6, 25), day(2021, 7, 9), 3), ["2020", "2021"]);
        assert_eq!(
            named(day(2023, 6, 25), day(2024, 7, 9), 6),
            ["Jul/2023", "Oct", "Jan/2024", "Apr", "Jul"]
        );
        assert_eq!(
            named(day(2023, 12, 29), day(2024, 1, 3), 6),
            ["29 Dec/2023", "30 Dec", "31 Dec", "1 Jan/2024", "2 Jan", "3 Jan"]
        );
    }

    #[test]
    fn every_length_of_time_has_ticks() {
        for days in [1, 3, 10, 45, 200, 800, 3000, 30_000, 80_000] {
            let axis = TimeAxis { from: day(1900, 3, 1), to: day(1900, 3, 1) + chrono::Days::new(days) };
            let ticks = axis.ticks(12);
            assert!((1..=12).contains(&ticks.len()), "{days} days: {ticks:?}");
            assert!(ticks.windows(2).all(|pair| pair[0].date < pair[1].date));
        }
    }

    #[test]
    fn counts_are_round() {
        assert_eq!(counts(1.06), [0.0, 1.0]);
        assert_eq!(counts(27.0), [0.0, 10.0, 20.0]);
        assert_eq!(counts(4300.0), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        assert!(counts(f64::MAX).len() <= 6);
    }
}
