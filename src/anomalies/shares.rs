//! Shares: `k` of `n` per bucket, as failures of requests.
//!
//! In: a ratio series. Out: what the engine finds in it, upwards only. Buckets with no tries are
//! missing. A share never becomes the new normal: fifteen hours of half the requests failing are
//! one outage.

use super::before;
use super::engine::Engine;
use super::rates::{covered, threshold};
use super::report::{self, Subject};
use super::rule::Rule;
use super::{Found, Options};
use crate::series::baseline::{Kind, Prior, Sample};
use crate::series::{Series, Signal};

/// A share must grow by half a percentage point (and by half of itself).
const EFFECT_MIN: f64 = 0.005;
/// ... and by five failures in the window.
const EXCESS_MIN: f64 = 5.0;
/// What is assumed at first: half a percent, worth 100 tries.
const PRIOR: Prior = Prior { k: 0.5, n: 100.0 };

/// Of an entity less is assumed: its first tries say what is usual for it, and are not judged.
const PRIOR_ENTITY: Prior = Prior { k: 0.25, n: 50.0 };
/// That many tries at least.
const TRIES_FIRST: f64 = 200.0;

/// The rule for a share.
pub fn rule(signal: &Signal, options: &Options) -> Rule {
    Rule {
        kind: Kind::Ratio,
        threshold: threshold(signal),
        p_value: options.p_value,
        effect_min: EFFECT_MIN,
        excess_min: EXCESS_MIN,
        difference_min: 0.0,
        falls: false,
        adopt_after_min: None,
        prior: match signal.entity {
            Some(_) => PRIOR_ENTITY,
            None => PRIOR,
        },
    }
}

/// Tests a ratio series.
pub fn find(index: usize, series: &Series, (k, n): (&[u64], &[u64]), options: &Options) -> Found {
    let mut engine = Engine::new(rule(&series.signal, options), series.grid.width);
    let mut first = series.signal.entity.is_some().then_some((0.0, 0.0));
    for bucket in covered(series, k.len().min(n.len())) {
        if let Some((failed, tries)) = &mut first {
            *failed += k[bucket].min(n[bucket]) as f64;
            *tries += n[bucket] as f64;
            if *tries >= TRIES_FIRST {
                engine.rebase(*failed, *tries);
                first = None;
            }
        } else if n[bucket] > 0 {
            let sample = Sample {
                x: k[bucket].min(n[bucket]) as f64,
                n: n[bucket] as f64,
            };
            engine.step(bucket, series.grid.time(bucket), sample);
        }
    }
    let mut found = report::found(&engine, &Subject::of(index, series, "shares"));
    found.expected = vec![report::expected(&engine, &series.grid)];
    let range = covered(series, k.len().min(n.len()));
    // Of many entities some begin badly: what preceded the data is told of whole sources.
    let is_whole = series.signal.entity.is_none();
    let before = || before::find(index, series, range, (*engine.rule(), "shares"));
    if let Some(before) = is_whole.then(before).flatten() {
        before.replace_in(&mut found);
    }
    found
}
