//! Levels: gauges that leave their baseline.
//!
//! In: a gauge series. Out: what the engine finds in it. NaN and infinities are missing samples.
//! Resources are looked at upwards only: having more free is no trouble.

use super::engine::Engine;
use super::rates::{covered, threshold};
use super::report::{self, Subject};
use super::rule::Rule;
use super::{Found, Options, before};
use crate::series::baseline::{Kind, Prior, Sample};
use crate::series::{Family, Role, Series};

/// A level must move by a fifth.
const EFFECT_MIN: f64 = 0.2;
/// ... and by a hundredth of the limit, where one is known.
const LIMIT_SHARE_MIN: f64 = 0.01;
/// Work in the background may wait this much longer than usual before it matters, seconds.
const WAIT_MIN_S: f64 = 5.0;
/// Requests in flight or waiting: by one of them. In a sparse log a single long one is a rise.
const REQUESTS_MIN: f64 = 1.0;
/// Levels beyond this are no measurements.
const LEVEL_MAX: f64 = 1e100;

/// The rule for a gauge.
pub fn rule(series: &Series, options: &Options) -> Rule {
    let waits = series.signal.role == Role::AsyncUserFacing;
    let least = match series.signal.unit.as_str() {
        _ if waits => WAIT_MIN_S,
        "requests" => REQUESTS_MIN,
        _ => 0.0,
    };
    Rule {
        kind: Kind::Gauge,
        threshold: threshold(&series.signal),
        p_value: options.p_value,
        effect_min: EFFECT_MIN,
        excess_min: 0.0,
        difference_min: series
            .limit
            .map_or(least, |limit| least.max(LIMIT_SHARE_MIN * limit.abs())),
        falls: series.family == Family::Gauge && series.signal.role != Role::Resource,
        // Users who wait for hours do not get used to it.
        adopt_after_min: options.adopt_after_min.filter(|_| !waits),
        prior: Prior { k: 0.0, n: 0.0 },
    }
}

/// Whether a sample is a measurement.
pub fn measured(level: f64) -> bool {
    level.abs() <= LEVEL_MAX
}

/// Tests a gauge series.
pub fn find(index: usize, series: &Series, levels: &[f64], options: &Options) -> Found {
    let mut engine = Engine::new(rule(series, options), series.grid.width);
    for bucket in covered(series, levels.len()) {
        if measured(levels[bucket]) {
            let sample = Sample {
                x: levels[bucket],
                n: 0.0,
            };
            engine.step(bucket, series.grid.time(bucket), sample);
        }
    }
    let mut found = report::found(&engine, &Subject::of(index, series, "levels"));
    found.expected = vec![report::expected(&engine, &series.grid)];
    // Jobs that no longer wait waited before, even if the log begins in the midst of it.
    if series.signal.role == Role::AsyncUserFacing {
        let range = covered(series, levels.len());
        if let Some(before) = before::find(index, series, range, (*engine.rule(), "levels")) {
            before.replace_in(&mut found);
        }
    }
    found
}
