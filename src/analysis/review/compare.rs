//! Two periods side by side: has it changed, and what could so few incidents have shown?
//!
//! In: a review with two periods. Out: per metric the exact permutation test on the mean of the
//! logarithms, the ratio of the geometric means with its interval, the smallest change to be seen;
//! per period the rate. Below 4 against 4 there is no test: no p below 0.05 exists there.

use super::metrics::{METRICS, Metric, Sample};
use super::months::{Rate, in_months, period};
use super::{Days, Review};
use crate::stats::means::{geometric_mean, mean};
use crate::stats::permutation::{Comparison, compare_unless};

/// Values that each period needs.
pub const EACH_MIN: usize = 4;
/// A p-value below this is called a change.
pub const ALPHA: f64 = 0.05;

/// One of the two periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Its days.
    pub days: Days,
    /// Cases that started in it, planned ones apart.
    pub cases: Vec<usize>,
    /// How often.
    pub rate: Option<Rate>,
}

/// One metric in both periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Which one.
    pub metric: Metric,
    /// Its values, first and second period.
    pub samples: [Sample; 2],
    /// Geometric means, seconds; with a test only.
    pub geometric_means: Option<[f64; 2]>,
    /// Means, seconds; with a test only.
    pub means: Option<[f64; 2]>,
    /// The test.
    pub comparison: Option<Comparison>,
    /// Why there is no test.
    pub gate: Option<String>,
}

/// The two periods.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoPeriods {
    /// First and second.
    pub periods: [Period; 2],
    /// Every metric of which a period has a value.
    pub metrics: Vec<Compared>,
}

/// Compares the two periods that were asked for; `None` where none were.
pub fn two_periods(review: &Review) -> Option<TwoPeriods> {
    let periods = periods(review, review.asked.compare?);
    let metrics = METRICS
        .into_iter()
        .filter_map(|metric| of_metric(review, &periods, metric, &|| false))
        .filter(|compared| compared.samples.iter().any(|one| !one.known.is_empty()))
        .collect();
    Some(TwoPeriods { periods, metrics })
}

/// What started in each of two periods.
pub fn periods(review: &Review, (first, second): (Days, Days)) -> [Period; 2] {
    [first, second].map(|days| of_days(review, days))
}

fn of_days(review: &Review, days: Days) -> Period {
    let zone = review.asked.zone;
    let starts_in = |&i: &usize| {
        let start = review.cases[i].start;
        start.is_some_and(|start| days.contains(start.at_ns, zone))
    };
    let cases: Vec<usize> = review.unplanned().into_iter().filter(starts_in).collect();
    let rate = period(&review.cases, &review.asked).and_then(|outer| {
        let range = days.range(outer, zone);
        Rate::of(cases.len(), in_months(range, zone))
    });
    Period { days, cases, rate }
}

/// One metric in both periods. Of 10,000 values it takes about half a second; `None` where `stop`
/// said meanwhile that nobody wants it any more.
pub fn of_metric(
    review: &Review,
    periods: &[Period; 2],
    metric: Metric,
    stop: &dyn Fn() -> bool,
) -> Option<Compared> {
    let samples = periods
        .each_ref()
        .map(|period| Sample::of(&review.cases, &period.cases, metric));
    let values = samples.each_ref().map(Sample::seconds);
    let comparison = compare_unless(&values[0], &values[1], stop);
    if comparison.is_none() && stop() {
        return None;
    }
    let both = |of: fn(&[f64]) -> Option<f64>| -> Option<[f64; 2]> {
        comparison?;
        Some([of(&values[0])?, of(&values[1])?])
    };
    let gate = comparison.is_none().then(|| why_not(&values));
    Some(Compared {
        metric,
        geometric_means: both(geometric_mean),
        means: both(mean),
        comparison,
        gate,
        samples,
    })
}

fn why_not(values: &[Vec<f64>; 2]) -> String {
    let n = values.each_ref().map(Vec::len);
    if n[0].min(n[1]) < EACH_MIN {
        return format!(
            "a test needs {EACH_MIN} against {EACH_MIN}, there are {} against {}",
            n[0], n[1]
        );
    }
    let not_above = values.iter().flatten().filter(|x| **x <= 0.0).count();
    format!("a test needs values above 0, {not_above} are not")
}
