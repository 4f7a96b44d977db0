//! When a deviation began: the most likely change point, the foot of a ramp, and how sure that is.
//!
//! In: the history and the bucket of the flag. Out: an onset with its interval, as observations.
//! Source: generalised likelihood ratio with a known mean before the change (Basseville &
//! Nikiforov 1993, 2.4); profile likelihood for the interval; a reverse CUSUM (Page 1954) for
//! deviations that grow slowly.

use std::ops::RangeInclusive;

use super::history::{Entry, History, Sum};
use super::rule::LOOKBACK;
use crate::series::baseline::Kind;
use crate::stats::deviance::EXPECTED_MIN;

/// Half the 95 % point of chi-squared with one degree of freedom.
const LIKELIHOOD_DROP: f64 = 1.92;
/// A response still grows if its first two buckets are below this part of its peak ...
const GROWING_SHARE: f64 = 0.6;
/// ... and below this, with a peak above the next.
const GROWING_SIGMAS: f64 = 4.0;
const GROWING_PEAK: f64 = 3.0;
/// Reverse CUSUM: drift per bucket, where it stops, how far it goes.
const CUSUM_DRIFT: f64 = 0.8;
const CUSUM_STOP: f64 = -2.5;
const CUSUM_REACH: usize = 30;
/// The bucket before a step belongs to it above this: the step fell into that bucket.
const PARTIAL_SIGMAS: f64 = 3.0;

/// An onset, as indices of observations.
#[derive(Debug, Clone, PartialEq)]
pub struct Onset {
    /// First observation of the deviation.
    pub at: usize,
    /// Observations that are about as likely.
    pub interval: RangeInclusive<usize>,
}

/// What an onset is looked for in.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// How the values behave.
    pub kind: Kind,
    /// Noise of a gauge.
    pub sigma: f64,
    /// +1 or -1.
    pub sign: f64,
    /// Variance factor of single buckets.
    pub inflation: f64,
    /// Latest observation at which it can have begun.
    pub flag: usize,
    /// Earliest observation: the end of the episode before.
    pub floor: usize,
}

/// Finds the onset of what is flagged, from all observations up to now.
pub fn find(history: &History, search: &Search) -> Onset {
    let entries = history.entries();
    let from = search
        .flag
        .saturating_sub(LOOKBACK - 1)
        .max(search.floor)
        .min(search.flag);
    let (best, interval) = change_point(entries, search, from);
    let at = foot(entries, search, best).max(search.floor);
    Onset {
        at,
        interval: at.min(*interval.start())..=(*interval.end()).max(at),
    }
}

/// Start with the largest likelihood of `start..now`, and the starts that are within the drop.
fn change_point(entries: &[Entry], search: &Search, from: usize) -> (usize, RangeInclusive<usize>) {
    let mut sum = Sum::default();
    let least = least(&entries[from..=search.flag], search.kind);
    let floored = |entry: &Entry| match least {
        Some(least) => Entry {
            m: entry.m.max(least),
            ..*entry
        },
        None => *entry,
    };
    entries[search.flag + 1..]
        .iter()
        .rev()
        .for_each(|entry| sum.add(&floored(entry)));
    let (mut best, mut best_z) = (search.flag, f64::NEG_INFINITY);
    let mut likelihood = Vec::with_capacity(LOOKBACK);
    for k in (from..=search.flag).rev() {
        sum.add(&floored(&entries[k]));
        let z = sum.deviation(search.kind, search.sigma) * search.sign;
        likelihood.push(z * z.abs() / 2.0);
        if z > best_z {
            (best, best_z) = (k, z);
        }
    }
    let least = best_z * best_z.abs() / 2.0 - LIKELIHOOD_DROP * search.inflation.max(1.0);
    let likely = |k: &usize| likelihood[search.flag - k] >= least;
    let first = (from..best).rev().take_while(likely).last().unwrap_or(best);
    let last = (best + 1..=search.flag)
        .take_while(likely)
        .last()
        .unwrap_or(best);
    (best, first..=last)
}

/// What is expected of a bucket at least, if counts are rare. Where less than one event is in all
/// of them, which bucket more are expected in says nothing: the first events of their kind teach
/// the baseline, and a stretch that began long before them would be as likely.
fn least(entries: &[Entry], kind: Kind) -> Option<f64> {
    let most = entries.iter().map(|entry| entry.m).fold(0.0, f64::max);
    let is_rare = kind == Kind::Count && most * (entries.len() as f64) < 1.0;
    is_rare.then(|| most.max(EXPECTED_MIN))
}

/// Extends a change point backwards: to the foot of a ramp if the response still grows, or by the
/// bucket into which a step fell.
fn foot(entries: &[Entry], search: &Search, best: usize) -> usize {
    let z = |k: usize| entries[k].z * search.sign;
    let peak = (best..entries.len()).map(z).fold(0.0, f64::max);
    let first_two = best..(best + 2).min(entries.len());
    let start = first_two.clone().map(z).sum::<f64>() / first_two.len().max(1) as f64;
    if start < GROWING_SHARE * peak && peak > GROWING_PEAK && start < GROWING_SIGMAS {
        let (mut sum, mut most, mut at) = (0.0, 0.0, best);
        for k in (search.floor.max(best.saturating_sub(CUSUM_REACH)) + 1..best).rev() {
            sum += z(k) - CUSUM_DRIFT;
            if sum > most {
                (most, at) = (sum, k);
            }
            if sum < CUSUM_STOP {
                break;
            }
        }
        return at;
    }
    if best > search.floor + 1 && z(best - 1) > PARTIAL_SIGMAS {
        best - 1
    } else {
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::baseline::Sample;

    fn history(values: &[f64]) -> History {
        let mut history = History::default();
        for (bucket, &x) in values.iter().enumerate() {
            history.push(bucket, Sample { x, n: 0.0 }, 100.0);
            history.score_last((x - 100.0) / 10.0);
        }
        history
    }

    fn search(kind: Kind, flag: usize) -> Search {
        Search {
            kind,
            sigma: 1.0,
            sign: 1.0,
            inflation: 1.0,
            flag,
            floor: 0,
        }
    }

    fn check(values: &[f64], at: usize, interval: RangeInclusive<usize>) {
        let search = search(Kind::Count, values.len() - 1);
        assert_eq!(find(&history(values), &search), Onset { at, interval });
    }

    #[test]
    fn a_step_is_found_at_its_bucket_and_a_faint_one_with_an_interval() {
        check(&[100., 100., 100., 100., 200., 200., 200.], 4, 4..=4);
        check(&[100., 105., 95., 100., 110., 125., 120., 118.], 4, 3..=5);
    }

    #[test]
    fn what_never_came_before_begins_where_it_first_comes() {
        // The baseline knows nothing of them at first, and learns from the first of them.
        for learnt in [0.0, 3e-4] {
            let mut history = History::default();
            for (bucket, x) in [0., 0., 0., 0., 0., 0., 3., 9., 12., 11.]
                .into_iter()
                .enumerate()
            {
                let m = if bucket > 6 { learnt } else { 1e-12 };
                history.push(bucket, Sample { x, n: 0.0 }, m);
                history.score_last(x);
            }
            let search = search(Kind::Count, 9);
            let onset = Onset {
                at: 6,
                interval: 6..=6,
            };
            assert_eq!(find(&history, &search), onset, "{learnt}");
        }
    }

    #[test]
    fn a_gauge_below_zero_has_its_own_expectation() {
        let mut history = History::default();
        for (bucket, x) in [-50., -50., -50., -50., -42., -41.].into_iter().enumerate() {
            history.push(bucket, Sample { x, n: 0.0 }, -50.0);
            history.score_last(x + 50.0);
        }
        let search = search(Kind::Gauge, 5);
        let onset = Onset {
            at: 4,
            interval: 4..=4,
        };
        assert_eq!(find(&history, &search), onset);
    }

    #[test]
    fn a_step_inside_a_bucket_and_a_ramp_begin_where_they_are_first_seen() {
        check(&[100., 100., 100., 135., 900., 900.], 3, 3..=4);
        check(
            &[
                100., 99., 101., 100., 110., 117., 124., 131., 138., 145., 152.,
            ],
            4,
            4..=7,
        );
    }
}
