//! What may be said of many values, and what may not: behind each number stands its gate.
//!
//! In: a `Sample`. Out: numbers with intervals, or why there is none. Median and its interval by
//! order statistics, a bound for p90 likewise (Conover, Practical Nonparametric Statistics, 3.2),
//! Kaplan-Meier with what is not over.

use super::metrics::{Metric, Sample};
use crate::stats::means::{geometric_mean, mean};
use crate::stats::median::{Median, median, median_interval, quantile, quantile_upper_bound};
use crate::stats::survival::{Observed, Step, kaplan_meier, median_survival};

/// Values from which a median has an interval of 95 %; with fewer the values are listed.
pub const MEDIAN_MIN: usize = 6;
/// A median of Kaplan-Meier needs so many that ended...
const ENDED_MIN: usize = 5;
/// ... and that one of so many did.
const ENDED_PART: usize = 10;
/// Values from which p90 has an upper bound of 95 %.
pub const P90_MIN: usize = 29;

/// A 90th percentile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct P90 {
    /// Of the values, interpolated (Hyndman & Fan 1996, type 7), seconds.
    pub seconds: f64,
    /// With 95 % confidence it is not above this value, seconds.
    pub at_most: f64,
}

/// How long it takes when those that are cut off are counted as long as they were seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// Half of all last no longer, seconds; `None` where too few are known to have ended.
    pub median: Option<f64>,
    /// The curve, shortest first, seconds.
    pub steps: Vec<Step>,
}

/// What one metric says over some cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Of this metric.
    pub metric: Metric,
    /// The values themselves.
    pub sample: Sample,
    /// With its 95 % interval, seconds; from 6 values on.
    pub median: Option<Median>,
    /// The median if every duration were as short, and as long, as it may be, seconds.
    pub median_certain: Option<(f64, f64)>,
    /// From 29 values on.
    pub p90: Option<P90>,
    /// Seconds; from 6 values on, all above zero.
    pub geometric_mean: Option<f64>,
    /// Seconds; from 6 values on.
    pub mean: Option<f64>,
    /// Where some are cut off and some are not; from 6 on together.
    pub survival: Option<Survival>,
    /// Why what is not there is not there, in words.
    pub gates: Vec<String>,
}

impl Statistics {
    /// Computes all that the number of values allows.
    pub fn of(metric: Metric, sample: Sample) -> Self {
        let values = sample.seconds();
        let enough = values.len() >= MEDIAN_MIN;
        let of = |pick: fn(&super::metrics::Value) -> f64| -> Option<f64> {
            let picked: Vec<f64> = sample.known.iter().map(pick).collect();
            median(&picked)
        };
        let certain = of(|value| value.lo).zip(of(|value| value.hi));
        Self {
            metric,
            median: median_interval(&values),
            median_certain: certain.filter(|_| enough),
            p90: p90(&values),
            geometric_mean: geometric_mean(&values).filter(|_| enough),
            mean: mean(&values).filter(|_| enough),
            survival: survival(&sample),
            gates: gates(&values, &sample),
            sample,
        }
    }

    /// Values that count.
    pub fn n(&self) -> usize {
        self.sample.known.len()
    }

    /// Those known only to last at least so long: not over when last seen, or begun before.
    pub fn cut_off(&self) -> usize {
        self.sample.cut_off.len()
    }

    /// Cases without a number.
    pub fn excluded(&self) -> usize {
        self.sample
            .excluded
            .iter()
            .map(|(_, cases)| cases.len())
            .sum()
    }

    /// Whether the values are to be listed: they are too few for a number.
    pub fn is_listed(&self) -> bool {
        let few = 1..MEDIAN_MIN;
        few.contains(&self.n()) || (self.n() == 0 && few.contains(&self.cut_off()))
    }
}

fn p90(values: &[f64]) -> Option<P90> {
    let at_most = quantile_upper_bound(values, 0.9)?;
    let seconds = quantile(values, 0.9)?;
    Some(P90 { seconds, at_most })
}

fn survival(sample: &Sample) -> Option<Survival> {
    let seen = |values: &[super::metrics::Value], ended: bool| -> Vec<Observed> {
        let one = |value: &super::metrics::Value| Observed {
            length: value.seconds,
            ended,
        };
        values.iter().map(one).collect()
    };
    let observed = [seen(&sample.known, true), seen(&sample.cut_off, false)].concat();
    let one_sided = sample.cut_off.is_empty() || sample.known.is_empty();
    if one_sided || observed.len() < MEDIAN_MIN {
        return None;
    }
    let steps = kaplan_meier(&observed);
    let median = median_survival(&steps).filter(|_| enough_ended(sample));
    Some(Survival { median, steps })
}

/// Few that ended among many that were cut off say where the few lie, not where half of all do.
fn enough_ended(sample: &Sample) -> bool {
    let ended = sample.known.len();
    ended >= ENDED_MIN && ended * ENDED_PART >= ended + sample.cut_off.len()
}

fn gates(values: &[f64], sample: &Sample) -> Vec<String> {
    let n = values.len();
    let (together, mut gates) = (n + sample.cut_off.len(), Vec::new());
    let not_above = values.iter().filter(|value| **value <= 0.0).count();
    if n < MEDIAN_MIN {
        gates.push(format!(
            "median and means need {MEDIAN_MIN}, p90 {P90_MIN}: there are {n}"
        ));
    } else if n < P90_MIN {
        gates.push(format!("p90 needs {P90_MIN}: there are {n}"));
    }
    if n >= MEDIAN_MIN && not_above > 0 {
        gates.push(format!(
            "the geometric mean needs values above 0: {not_above} are not"
        ));
    }
    if n == 0 && together >= MEDIAN_MIN {
        gates.push("Kaplan-Meier needs one that ended: all are cut off".to_owned());
    }
    if n > 0 && together >= MEDIAN_MIN && !sample.cut_off.is_empty() && !enough_ended(sample) {
        gates.push(format!(
            "the median of Kaplan-Meier needs {ENDED_MIN} that ended, and a tenth of all: {n} of {together} did"
        ));
    }
    if !sample.cut_off.is_empty() && together < MEDIAN_MIN {
        gates.push(format!(
            "Kaplan-Meier needs {MEDIAN_MIN} with those cut off: there are {together}"
        ));
    }
    gates
}

#[cfg(test)]
mod tests {
    use super::super::metrics::{METRICS, Value};
    use super::*;

    fn values(seconds: &[f64]) -> Vec<Value> {
        let one = |(case, &seconds): (usize, &f64)| Value {
            case,
            seconds,
            lo: seconds,
            hi: seconds,
        };
        seconds.iter().enumerate().map(one).collect()
    }

    fn statistics(known: &[f64], cut_off: &[f64]) -> Statistics {
        let sample = Sample {
            known: values(known),
            cut_off: values(cut_off),
            excluded: Vec::new(),
        };
        Statistics::of(METRICS[5], sample)
    }

    #[test]
    fn five_ended_and_one_ongoing_have_a_kaplan_meier_median_and_no_mean() {
        let found = statistics(&[5.0, 10.0, 17.0, 30.0, 158.0], &[120.0]);
        let survival = found.survival.clone().unwrap();
        assert_eq!(survival.median, Some(17.0));
        let steps: Vec<String> = survival
            .steps
            .iter()
            .map(|step| format!("{:.3}", step.survival))
            .collect();
        assert_eq!(steps, ["0.833", "0.667", "0.500", "0.333", "0.000"]);
        assert_eq!(
            (found.mean, found.geometric_mean, found.median),
            (None, None, None)
        );
        assert!(found.is_listed());
    }

    #[test]
    fn few_that_ended_among_many_have_no_kaplan_meier_median() {
        let median = |ended: usize, cut_off: usize| {
            let known: Vec<f64> = (0..ended).map(|i| 100.0 + i as f64).collect();
            let found = statistics(&known, &vec![1.0; cut_off]);
            assert_eq!(
                found.gates.iter().any(|gate| gate.contains("Kaplan")),
                found.survival.as_ref().unwrap().median.is_none()
            );
            found.survival.unwrap().median
        };
        assert!(median(5, 45).is_some());
        assert_eq!(median(5, 46), None);
        assert_eq!(median(4, 2), None);
    }

    #[test]
    fn each_number_has_its_gate() {
        let counted = |n: usize| (1..=n).map(|i| i as f64).collect::<Vec<_>>();
        let check = |n: usize, median: bool, p90: bool| {
            let found = statistics(&counted(n), &[]);
            assert_eq!(
                (found.median.is_some(), found.mean.is_some()),
                (median, median),
                "{n}"
            );
            assert_eq!(found.p90.is_some(), p90, "{n}");
            assert_eq!(found.gates.is_empty(), median && p90, "{:?}", found.gates);
        };
        check(0, false, false);
        check(5, false, false);
        check(6, true, false);
        check(28, true, false);
        check(29, true, true);
        assert!(!statistics(&[], &[]).is_listed());
        assert!(statistics(&[], &[3.0]).is_listed());
        let many = statistics(&[], &[3.0; 6]);
        assert!(!many.is_listed() && many.survival.is_none());
        assert!(
            many.gates[1].contains("all are cut off"),
            "{:?}",
            many.gates
        );
    }

    #[test]
    fn a_zero_keeps_the_geometric_mean_away_and_says_so() {
        let found = statistics(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &[]);
        assert_eq!((found.geometric_mean, found.mean), (None, Some(2.5)));
        assert!(
            found.gates[1].contains("above 0: 1 are not"),
            "{:?}",
            found.gates
        );
    }

    #[test]
    fn what_is_cut_off_never_stands_in_a_mean() {
        let ended = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let (with, without) = (statistics(&ended, &[1e6, 2e6]), statistics(&ended, &[]));
        assert_eq!(with.mean, without.mean);
        assert_eq!(with.median, without.median);
        assert_eq!(with.geometric_mean, without.geometric_mean);
        assert_eq!((with.survival.is_some(), without.survival), (true, None));
    }
}
