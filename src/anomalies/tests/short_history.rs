//! Ten-second buckets, half an hour of past, then four windows within two hours: each is an
//! episode of its own, in every kind of signal.

use super::Direction::Up;
use super::synthetic::{Random, counts, failures, latencies, series};
use super::*;

/// 15:35-15:40, 15:55-16:12, 16:30-16:40, 17:20-17:22 after a start at 15:05, in buckets.
const WINDOWS: [(usize, usize); 4] = [(180, 210), (300, 402), (510, 570), (810, 822)];
const N: usize = 1000;

fn bad(t: usize) -> bool {
    WINDOWS.iter().any(|&(from, to)| (from..to).contains(&t))
}

fn check_windows(series: &Series) {
    check(series, &WINDOWS.map(|(from, to)| (Up, from, to)), 2);
}

#[test]
fn failures_from_a_third_to_ten_percent_of_sixty() {
    for seed in 0..8 {
        let values = failures(seed, N, |_| 60.0, |t| if bad(t) { 0.1 } else { 0.003 });
        check_windows(&series(Family::Errors, 10, values));
    }
}

#[test]
fn all_requests_twenty_times_slower() {
    for seed in 0..3 {
        let median = |t: usize| if bad(t) { 1000.0 } else { 50.0 };
        let values = Values::Latency(latencies(seed, N, 60.0, median, |_| 0.0));
        let latency = series(Family::Latency, 10, values);
        let found = find(std::slice::from_ref(&latency), &Options::default());
        for name in ["latency over p50", "latency over p90", "latency over p99"] {
            let of = found.anomalies.iter().filter(|a| a.signal.name == name);
            let places: Vec<_> = of.map(|a| place(&latency, a)).collect();
            let near = places.iter().zip(WINDOWS).all(|(place, (from, to))| {
                place.1.abs_diff(from) <= 1 && place.2.abs_diff(to) <= 2
            });
            assert!(places.len() == 4 && near, "{name}: {places:?}");
        }
    }
}

#[test]
fn sessions_from_180_to_2000() {
    for seed in 0..8 {
        let mut random = Random(seed);
        let level = |t| {
            if bad(t) {
                2000.0
            } else {
                180.0 + 8.0 * random.normal()
            }
        };
        let levels = (0..N).map(level).collect();
        check_windows(&series(Family::Sessions, 10, Values::Gauge(levels)));
    }
}

#[test]
fn slow_queries_from_one_to_thirty() {
    for seed in 0..8 {
        let values = counts(seed, N, |t| if bad(t) { 30.0 } else { 1.0 });
        check_windows(&series(Family::SlowQueries, 10, Values::Count(values)));
    }
}

#[test]
fn twenty_five_minutes_of_past_are_enough() {
    for seed in 0..8 {
        let share = |t: usize| if (150..180).contains(&t) { 0.1 } else { 0.003 };
        let values = failures(seed, 300, |_| 60.0, share);
        check(&series(Family::Errors, 10, values), &[(Up, 150, 180)], 2);
    }
}
