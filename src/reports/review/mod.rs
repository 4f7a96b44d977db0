//! A review of many incidents, written for people, programs, spreadsheets, monitors and calendars.
//!
//! In: a `Review`. Out: texts, and a table of statistics as a polars frame. Every aggregate's name
//! carries its clock, what is missing is missing, planned maintenance stands apart, and no people
//! are ranked.

pub mod board;
pub mod calendar;
pub mod csv;
pub mod dots;
pub mod frame;
mod groups;
pub mod json;
pub mod lints;
pub mod markdown;
pub mod openmetrics;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod text;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::analysis::review::Review;
use crate::analysis::review::compare::{TwoPeriods, two_periods};
use crate::analysis::review::metrics::{METRICS, Metric, Sample};
use crate::analysis::review::months::{Month, Rate, in_months, months, period};
use crate::analysis::review::statistics::Statistics;

pub use groups::{Group, Split, Total};

/// All numbers of a review, computed once for whatever is written.
#[derive(Debug, Clone)]
pub struct Summary<'a> {
    /// What it is of.
    pub review: &'a Review,
    /// The period looked at, ns UTC.
    pub period: Option<(i64, i64)>,
    /// Of all incidents but planned maintenance.
    pub all: Group,
    /// Of planned maintenance.
    pub planned: Group,
    /// By service, severity, month, who noticed, and by the first three together; in that order,
    /// and each in the order of its names.
    pub groups: Vec<Group>,
    /// Each month of the period with its incidents; the share of it that was looked at.
    pub months: Vec<(Month, f64, Option<Rate>)>,
    /// The two periods that were to be compared.
    pub compared: Option<TwoPeriods>,
}

impl<'a> Summary<'a> {
    /// Computes everything.
    pub fn of(review: &'a Review) -> Self {
        let zone = review.asked.zone;
        let period = period(&review.cases, &review.asked);
        let exposure = period.map_or(0.0, |period| in_months(period, zone));
        let months_in = period.map_or_else(Vec::new, |period| months(period, zone));
        let shares: BTreeMap<String, f64> = months_in
            .iter()
            .map(|(month, share)| (month.words(), *share))
            .collect();
        let group = |split: Split, names: Vec<String>, cases: Vec<usize>| {
            // A month's incidents happened in that month.
            let share = |name: &String| shares.get(name).copied().unwrap_or(0.0);
            let exposure = match split {
                Split::Month => names.first().map_or(0.0, share),
                Split::Each => names.last().map_or(0.0, share),
                _ => exposure,
            };
            Group::of(review, split, names, cases, exposure)
        };
        let all = group(Split::All, Vec::new(), review.unplanned());
        let planned = group(Split::Planned, Vec::new(), review.planned());
        let groups = Split::TABLES
            .into_iter()
            .flat_map(|split| {
                let found = frame::groups(review, split);
                found
                    .into_iter()
                    .map(move |(names, cases)| (split, names, cases))
            })
            .map(|(split, names, cases)| group(split, names, cases))
            .collect();
        Self {
            review,
            period,
            months: by_month(review, &months_in),
            compared: two_periods(review),
            all,
            planned,
            groups,
        }
    }

    /// The metric of tables by group: see `Group::main_metric`.
    pub fn main_metric(&self) -> Option<Metric> {
        self.all.main_metric()
    }
}

fn by_month(review: &Review, months: &[(Month, f64)]) -> Vec<(Month, f64, Option<Rate>)> {
    let mut counts: BTreeMap<Month, usize> = BTreeMap::new();
    for case in review.cases.iter().filter(|case| !case.planned) {
        if let Some(start) = case.start {
            let month = Month::of(start.at_ns, review.asked.zone);
            *counts.entry(month).or_default() += 1;
        }
    }
    let row = |&(month, share): &(Month, f64)| {
        let count = counts.get(&month).copied().unwrap_or(0);
        (month, share, Rate::of(count, share))
    };
    months.iter().map(row).collect()
}

/// Every metric over some cases.
fn statistics(review: &Review, cases: &[usize]) -> Vec<Statistics> {
    let one = |metric| Statistics::of(metric, Sample::of(&review.cases, cases, metric));
    METRICS.into_iter().map(one).collect()
}
