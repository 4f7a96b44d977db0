//! Counts: events per bucket that are too many or, for traffic and jobs, too few.
//!
//! In: a count series. Out: what the engine finds in it. Buckets outside the source's data are
//! missing, zeros inside are zeros. Falls of messages or slow queries are no trouble and not
//! looked for.

use super::engine::Engine;
use super::report::{self, Subject};
use super::rule::{Rule, THRESHOLD, THRESHOLD_ENTITY};
use super::{Found, Options};
use crate::series::baseline::{Kind, Prior, Sample};
use crate::series::{Family, Series, Signal};

/// A rate must grow by 30 %, or it is not worth an alarm.
const EFFECT_MIN: f64 = 0.3;
/// ... and by six events in the window.
const EXCESS_MIN: f64 = 6.0;

/// Threshold of a signal: entities are many, so each must be surer.
pub fn threshold(signal: &Signal) -> f64 {
    if signal.entity.is_some() {
        THRESHOLD_ENTITY
    } else {
        THRESHOLD
    }
}

/// The rule for a count.
pub fn rule(signal: &Signal, family: Family, options: &Options) -> Rule {
    Rule {
        kind: Kind::Count,
        threshold: threshold(signal),
        p_value: options.p_value,
        effect_min: EFFECT_MIN,
        excess_min: EXCESS_MIN,
        difference_min: 0.0,
        // Fewer jobs done are trouble if jobs wait, and then their age says so; else there were
        // fewer to do.
        falls: match family {
            Family::Traffic => true,
            Family::Jobs => signal.name != "finish rate",
            _ => false,
        },
        adopt_after_min: options.adopt_after_min,
        prior: Prior { k: 0.0, n: 0.0 },
    }
}

/// Tests a count series.
pub fn find(index: usize, series: &Series, counts: &[u64], options: &Options) -> Found {
    let mut engine = Engine::new(
        rule(&series.signal, series.family, options),
        series.grid.width,
    );
    for bucket in covered(series, counts.len()) {
        let sample = Sample {
            x: counts[bucket] as f64,
            n: 0.0,
        };
        engine.step(bucket, series.grid.time(bucket), sample);
    }
    let mut found = report::found(&engine, &Subject::of(index, series, "rates"));
    found.expected = vec![report::expected(&engine, &series.grid)];
    found
}

/// Buckets in which the source has data, within the grid and the values.
pub fn covered(series: &Series, values: usize) -> std::ops::Range<usize> {
    let end = series.covered.end.min(series.grid.n).min(values);
    series.covered.start.min(end)..end
}
