//! Gauges with a limit: ramps are raised before it is reached, look-alikes are not.

use super::Direction::Ramp;
use super::synthetic::{Random, load, series, wander};
use super::*;
use crate::series::Role;

fn ports(width_s: u64, levels: Vec<f64>) -> Series {
    let mut series = series(Family::Sessions, width_s, Values::Gauge(levels));
    series.signal.role = Role::Resource;
    series.limit = Some(16_384.0);
    series
}

fn ramps(series: &Series) -> Vec<Anomaly> {
    let found = find(std::slice::from_ref(series), &Options::default());
    found
        .anomalies
        .into_iter()
        .filter(|a| a.direction == Ramp)
        .collect()
}

#[test]
fn a_ramp_is_raised_before_the_limit_with_the_time_that_is_left() {
    for (seed, minutes) in [(1, 60), (2, 90), (3, 120)] {
        let mut random = Random(seed);
        let (from, to) = (300, 300 + minutes);
        let level = |t: usize| match t {
            _ if t < from || t >= to + 20 => 2000.0,
            _ => 2000.0 + 14_384.0 * ((t - from) as f64 / minutes as f64).min(1.0),
        };
        let levels = (0..700)
            .map(|t| level(t) + 60.0 * random.normal())
            .collect();
        let series = ports(60, levels);
        let ramps = ramps(&series);
        assert_eq!(ramps.len(), 1, "{ramps:?}");
        let (_, start, end) = place(&series, &ramps[0]);
        assert!(
            start.abs_diff(from) <= 2 && end.abs_diff(to + 20) <= 1,
            "{start}..{end}"
        );
        let limit_ns = series.grid.time(to);
        assert!(ramps[0].flagged_at_ns < series.grid.time(from + minutes / 2));
        let reaches = ramps[0].reaches_limit.expect("a ramp has a limit");
        assert!(
            reaches.lo_ns <= limit_ns && limit_ns <= reaches.hi_ns,
            "{limit_ns} {reaches:?}"
        );
        let error_ns = (reaches.at_ns - limit_ns).abs();
        assert!(
            error_ns < minutes as i64 * 9_000_000_000,
            "{error_ns} ns off"
        );
    }
}

#[test]
fn noise_a_day_and_a_sawtooth_are_no_ramps() {
    for seed in 0..5 {
        let mut random = Random(seed);
        let noise = wander(&mut random, 4320, 1500.0, 15.0);
        let wandering = (0..4320).map(|t| 9000.0 + noise[t]).collect();
        assert_eq!(ramps(&ports(60, wandering)), []);
        let daily = (0..4320)
            .map(|t| 2000.0 + 9000.0 * load(t, 60) + 0.1 * noise[t])
            .collect();
        assert_eq!(ramps(&ports(60, daily)), []);
        let saw = (0..4320)
            .map(|t| 9000.0 + 150.0 * (t % 25) as f64 + 0.02 * noise[t])
            .collect();
        assert_eq!(ramps(&ports(60, saw)), []);
    }
}

#[test]
fn a_ramp_out_of_a_sawtooth_is_seen() {
    let mut random = Random(4);
    let level = |t: usize| {
        let tooth = 100.0 * (t % 20) as f64;
        3000.0
            + tooth.min(2000.0)
            + if t > 1500 {
                60.0 * (t - 1500) as f64
            } else {
                0.0
            }
    };
    let levels = (0..1650)
        .map(|t| level(t).min(16_384.0) + 20.0 * random.normal())
        .collect();
    let seen = find(&[ports(60, levels)], &Options::default()).anomalies;
    assert!(
        seen.iter().any(|a| a.buckets.start.abs_diff(1500) < 60),
        "{seen:?}"
    );
}
