use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::Grain;

/// A day, ISO week, month, quarter or year in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// Length of the period.
    pub grain: Grain,
    /// First day of the period.
    pub start: NaiveDate,
}

impl Period {
    /// The period of the given grain that contains a date.
    pub fn containing(date: NaiveDate, grain: Grain) -> Self {
        let start = match grain {
            Grain::Day => Some(date),
            Grain::Week => date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))),
            Grain::Month => date.with_day(1),
            Grain::Quarter => NaiveDate::from_ymd_opt(date.year(), (date.month0() / 3) * 3 + 1, 1),
            Grain::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        };
        // Only the first days of the calendar chrono can express have no period start of their own.
        Self { grain, start: start.unwrap_or(date) }
    }

    /// First day after the period.
    pub fn end(&self) -> NaiveDate {
        let next = match self.grain {
            Grain::Day => self.start.checked_add_days(Days::new(1)),
            Grain::Week => self.start.checked_add_days(Days::new(7)),
            Grain::Month => self.start.checked_add_months(Months::new(1)),
            Grain::Quarter => self.start.checked_add_months(Months::new(3)),
            Grain::Year => self.start.checked_add_months(Months::new(12)),
        };
        next.unwrap_or(NaiveDate::MAX)
    }

    /// The following period.
    pub fn next(&self) -> Self {
        Self { grain: self.grain, start: self.end() }
    }

    /// `2024-07-31`, `2024-W31`, `2024-07`, `2024-Q3` or `2024`.
    pub fn label(&self) -> String {
        let d = self.start;
        match self.grain {
            Grain::Day => d.format("%Y-%m-%d").to_string(),
            Grain::Week => d.format("%G-W%V").to_string(),
            Grain::Month => d.format("%Y-%m").to_string(),
            Grain::Quarter => format!("{}-Q{}", d.year(), d.month0() / 3 + 1),
            Grain::Year => d.year().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("a real date")
    }

    #[test]
    fn labels_read_as_people_write_them() {
        let d = date(2024, 12, 31);
        let labels: Vec<String> = Grain::ALL.iter().map(|&g| Period::containing(d, g).label()).collect();
        assert_eq!(labels, ["2024-12-31", "2025-W01", "2024-12", "2024-Q4", "2024"]);
    }

    proptest! {
        #[test]
        fn a_period_contains_its_date_and_touches_the_next(days in -200_000i64..200_000, grain in prop::sample::select(Grain::ALL.to_vec())) {
            let d = date(2000, 1, 1) + chrono::Duration::days(days);
            let period = Period::containing(d, grain);
            prop_assert!(period.start <= d && d < period.end());
            prop_assert_eq!(Period::containing(period.end(), grain), period.next());
        }
    }
}
