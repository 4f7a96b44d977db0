//! How often: incidents per calendar month, with an interval.
//!
//! In: starts of incidents, the period that was looked at. Out: counts per month and the rate with
//! its exact Poisson interval (Garwood 1936), which takes incidents as independent of each other.

use chrono::{Datelike, Months, NaiveDate};

use super::days::midnight;
use super::{Asked, Case};
use crate::clock::Zone;
use crate::stats::poisson::poisson_interval;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    /// From 1.
    month: u32,
}

impl Month {
    /// The month of an instant by the calendar of `zone`.
    pub fn of(ns: i64, zone: Zone) -> Self {
        let day = zone.local(ns).date();
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// `2024-06`.
    pub fn words(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    fn first(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).expect("a month has a first day")
    }

    fn next(self) -> Self {
        let first = self.first() + Months::new(1);
        Self {
            year: first.year(),
            month: first.month(),
        }
    }

    /// First instant, and the one after the last, ns UTC.
    fn range(self, zone: Zone) -> (i64, i64) {
        (
            midnight(self.first(), zone),
            midnight(self.next().first(), zone),
        )
    }
}

/// How often something happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// How many incidents.
    pub count: usize,
    /// In so many months; parts of a month count by their share.
    pub months: f64,
    /// Incidents a month.
    pub per_month: f64,
    /// 95 % interval of it.
    pub lo: f64,
    /// See `lo`.
    pub hi: f64,
}

impl Rate {
    /// The rate of `count` incidents in so many months. `None` for no time at all.
    pub fn of(count: usize, months: f64) -> Option<Self> {
        let (lo, hi) = poisson_interval(count as u64);
        (months > 0.0 && months.is_finite()).then(|| Self {
            count,
            months,
            per_month: count as f64 / months,
            lo: lo / months,
            hi: hi / months,
        })
    }
}

/// The period that was looked at, ns UTC: what was asked for, else the whole months of the first
/// and the last incident. `None` without either.
pub fn period(cases: &[Case], asked: &Asked) -> Option<(i64, i64)> {
    let starts = || cases.iter().filter_map(|case| Some(case.start?.at_ns));
    let month = |ns: i64| Month::of(ns, asked.zone).range(asked.zone);
    let from = asked.since_ns.or(starts().min().map(|ns| month(ns).0))?;
    let to = asked.until_ns.or(starts().max().map(|ns| month(ns).1))?;
    (from < to).then_some((from, to))
}

/// The months that a period touches, in order, each with the share of it that lies within.
pub fn months((from, to): (i64, i64), zone: Zone) -> Vec<(Month, f64)> {
    let mut months = Vec::new();
    let mut month = Month::of(from, zone);
    loop {
        let (start, end) = month.range(zone);
        if start >= to || end <= start {
            return months;
        }
        let within = end.min(to).saturating_sub(start.max(from)).max(0);
        months.push((month, within as f64 / (end - start) as f64));
        month = month.next();
    }
}

/// How many months a period is.
pub fn in_months(period: (i64, i64), zone: Zone) -> f64 {
    months(period, zone).iter().map(|(_, share)| share).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_S;

    const NEW_YEAR_2024: i64 = 1_704_067_200 * NS_PER_S;
    const DAY: i64 = 86_400 * NS_PER_S;

    #[test]
    fn whole_months_count_as_one_and_parts_by_their_share() {
        let year = (NEW_YEAR_2024, NEW_YEAR_2024 + 366 * DAY);
        assert_eq!(months(year, Zone::UTC).len(), 12);
        assert_eq!(in_months(year, Zone::UTC), 12.0);
        let part = (
            NEW_YEAR_2024 + 31 * DAY,
            NEW_YEAR_2024 + (31 + 29 + 31) * DAY,
        );
        assert_eq!(in_months(part, Zone::UTC), 2.0);
        let days = (NEW_YEAR_2024, NEW_YEAR_2024 + 31 * DAY / 2);
        assert_eq!(in_months(days, Zone::UTC), 0.5);
        assert_eq!(Month::of(NEW_YEAR_2024 - 1, Zone::UTC).words(), "2023-12");
    }

    #[test]
    fn a_rate_has_the_interval_of_its_count() {
        let rate = Rate::of(10, 5.0).unwrap();
        assert_eq!(rate.per_month, 2.0);
        assert!((rate.lo - 0.959).abs() < 1e-3 && (rate.hi - 3.678).abs() < 1e-3);
        assert_eq!(Rate::of(3, 0.0), None);
        assert_eq!(Rate::of(0, 1.0).unwrap().lo, 0.0);
    }

    #[test]
    fn the_ends_of_time_are_months_too() {
        for ns in [i64::MIN, i64::MAX - 1] {
            assert!(months((ns, ns + 1), Zone::UTC).len() <= 1);
        }
    }
}
