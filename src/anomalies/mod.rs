//! Where a series left its baseline: since when, how far, until when, and by which rule.
//!
//! In: series on one grid. Out: anomalies with onset, end and evidence, what was tested and found
//! normal, and what was expected in every bucket. Does not join anomalies to incidents.
//!
//! One streaming engine (`engine`) judges counts, shares, levels and latencies; ramps towards a
//! limit and silence have their own detectors. Nothing looks ahead: an anomaly flagged at a time
//! is flagged then, whatever follows.

use std::ops::Range;

use serde::{Serialize, Serializer};

use crate::clock::When;
use crate::clock::words::rfc3339;
use crate::events::Evidence;
use crate::series::{Family, Series, Signal, Values};

pub mod before;
pub mod engine;
pub mod episode;
pub mod former;
pub mod gates;
pub mod history;
pub mod lasting;
pub mod latency;
pub mod levels;
pub mod onset;
pub mod ramps;
pub mod rates;
pub mod report;
pub mod rule;
pub mod score;
pub mod settle;
pub mod shares;
pub mod silence;
pub mod templates;

pub use lasting::Lasting;
pub use settle::settle;

#[cfg(test)]
mod tests;

/// Which way a signal left its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Above.
    Up,
    /// Below.
    Down,
    /// Nothing came although something should have.
    Silence,
    /// Growing towards its limit.
    Ramp,
}

/// A stretch in which a signal was outside its baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Anomaly {
    /// `a1`, `a2`, ... by start, then series.
    pub id: String,
    /// The signal; for latency the derived share `latency over p99`.
    pub signal: Signal,
    /// Whose evidence it counts for.
    pub family: Family,
    /// Which way.
    pub direction: Direction,
    /// Onset: best instant, interval from the end of the last clean to the end of the first dirty
    /// bucket widened by the profile likelihood; left-censored when the data begin inside it.
    pub start: When,
    /// When it was over; `None` when it is still on at the end of the data.
    pub end: Option<When>,
    /// While it is on: how far that is certain.
    #[serde(skip)]
    pub lasting: Lasting,
    /// When it was known, ns UTC: the end of the bucket that passed the threshold.
    #[serde(rename = "flagged_at", serialize_with = "as_time")]
    pub flagged_at_ns: i64,
    /// Mean over the episode, in the signal's unit (counts per second; shares of all tries;
    /// mean level).
    pub observed: f64,
    /// The baseline's mean over the same buckets and in the same unit.
    pub expected: f64,
    /// Counts: ratio (observed + 1) / (expected + 1) in events. Shares and levels: difference,
    /// observed - expected. Ramps: rise per second. Silence: length in seconds.
    pub effect: f64,
    /// Chance per bucket of at least this under the series' own quiet past; silence: chance of a
    /// gap that long. In (0, 1].
    pub p_value: f64,
    /// Events, tries or samples in the episode.
    pub n: u64,
    /// Largest calibrated score, sigmas; 4.5 and above is flagged.
    pub score: f64,
    /// The detector's name.
    pub detector: &'static str,
    /// Which rule flagged it, with its thresholds, as a sentence.
    pub rule: String,
    /// Index of the series.
    pub series: usize,
    /// Buckets from onset to end.
    pub buckets: Range<usize>,
    /// How the score grew: buckets at which a new peak was reached, from the flag on.
    pub growth: Vec<(usize, f64)>,
    /// True when it did not recover but became the new normal; `end` is when that was accepted.
    pub new_normal: bool,
    /// Ramps: when the limit is reached on the fitted line, as known when it was flagged.
    pub reaches_limit: Option<When>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// A signal that was tested and found normal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tested {
    /// Index of the series.
    pub series: usize,
    /// The signal, derived ones included.
    pub signal: Signal,
    /// Events, tries or samples it was tested on.
    pub n: u64,
    /// Mean, in the signal's unit.
    pub observed: f64,
    /// Mean of the baseline.
    pub expected: f64,
    /// Largest score, absolute; below the threshold unless a gate held it back.
    pub worst_score: f64,
}

/// Excesses that come back again and again: listed, not raised.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recurring {
    /// Index of the series.
    pub series: usize,
    /// The signal.
    pub signal: Signal,
    /// First bucket of each.
    pub buckets: Vec<usize>,
}

/// All that was found, in a deterministic order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// By start, then series, detector and direction.
    pub anomalies: Vec<Anomaly>,
    /// By series.
    pub tested: Vec<Tested>,
    /// For each series what was expected in each bucket, in the series' own unit: counts per
    /// second, shares, levels; for latency the baseline's p99 in seconds. NaN before the first
    /// value.
    pub expected: Vec<Vec<f64>>,
    /// By series.
    pub recurring: Vec<Recurring>,
}

/// What a user may set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Chance of a false flag per series, bucket and window that is put up with.
    pub p_value: f64,
    /// After that many minutes a shifted count or level becomes the new normal; shares of errors
    /// never do.
    pub adopt_after_min: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            p_value: 1e-7,
            adopt_after_min: Some(360.0),
        }
    }
}

/// Tests all series.
pub fn find(series: &[Series], options: &Options) -> Found {
    let found = series.iter().enumerate();
    settle(
        gather(found.map(|(i, one)| find_one(i, one, options))),
        series,
    )
}

/// Tests one series, number `index`: pure, so series can be tested on any number of threads.
pub fn find_one(index: usize, series: &Series, options: &Options) -> Found {
    if series.grid.n == 0 {
        return Found {
            expected: vec![Vec::new()],
            ..Found::default()
        };
    }
    match &series.values {
        Values::Count(counts) => {
            let mut found = rates::find(index, series, counts, options);
            silence::join(&mut found, silence::find(index, series, counts, options));
            if templates::is_template(series) {
                templates::join(&mut found, index, series, counts, options);
            }
            found
        }
        Values::Ratio { k, n } => shares::find(index, series, (k, n), options),
        Values::Gauge(levels) => {
            let mut found = levels::find(index, series, levels, options);
            found.anomalies.extend(ramps::find(index, series, levels));
            found
        }
        Values::Latency(histograms) => latency::find(index, series, histograms, options),
    }
}

/// Joins what was found in series 0, 1, 2, ... and numbers the anomalies.
pub fn gather(found: impl IntoIterator<Item = Found>) -> Found {
    let mut all = Found::default();
    for one in found {
        all.anomalies.extend(one.anomalies);
        all.tested.extend(one.tested);
        all.expected.extend(one.expected);
        all.recurring.extend(one.recurring);
    }
    all.anomalies.sort_by(|a, b| {
        let key = |x: &Anomaly| (x.start.at_ns, x.series, x.detector, x.direction);
        key(a).cmp(&key(b)).then_with(|| a.signal.cmp(&b.signal))
    });
    number(&mut all.anomalies);
    all
}

/// Names them `a1`, `a2`, ... in their order.
fn number(anomalies: &mut [Anomaly]) {
    for (i, anomaly) in anomalies.iter_mut().enumerate() {
        anomaly.id = format!("a{}", i + 1);
    }
}

impl Anomaly {
    /// Whether it is one entity's among many of its source: it explains, it hardly ever accuses.
    pub fn is_entity(&self) -> bool {
        self.signal.entity.is_some() && self.family != Family::Gauge
    }
}

fn as_time<S: Serializer>(ns: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*ns))
}
