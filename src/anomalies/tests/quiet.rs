//! Weeks without trouble give no anomalies.

use super::synthetic::{Random, counts, failures, latencies, load, series, wander};
use super::*;

const WEEK: usize = 7 * 1440;

fn check_quiet(what: &str, series: &Series) {
    let found = find(std::slice::from_ref(series), &Options::default());
    let rules: Vec<_> = found
        .anomalies
        .iter()
        .map(|a| (&a.rule, a.buckets.clone()))
        .collect();
    assert!(rules.is_empty(), "{what}: {rules:?}");
    assert!(!found.tested.is_empty(), "{what} was tested");
}

#[test]
fn quiet_weeks_of_counts_have_no_episodes() {
    for seed in 0..6 {
        for peak in [4.0, 300.0, 5000.0] {
            let noise = wander(&mut Random(seed + 100), WEEK, 0.05, 20.0);
            let mean = |t: usize| peak * load(t, 60) * noise[t].exp();
            let values = Values::Count(counts(seed, WEEK, mean));
            check_quiet(
                &format!("seed {seed} peak {peak}"),
                &series(Family::Traffic, 60, values),
            );
        }
    }
}

#[test]
fn quiet_weeks_of_shares_levels_and_latencies_have_no_episodes() {
    for seed in 0..4 {
        let share = wander(&mut Random(seed + 200), WEEK, 0.2, 40.0);
        let values = failures(
            seed,
            WEEK,
            |t| 150.0 * load(t, 60),
            |t| 0.004 * share[t].exp(),
        );
        check_quiet(
            &format!("shares {seed}"),
            &series(Family::Errors, 60, values),
        );
        let noise = wander(&mut Random(seed + 300), WEEK, 2.0, 15.0);
        let levels = (0..WEEK)
            .map(|t| 30.0 + 30.0 * load(t, 60) + noise[t])
            .collect();
        let mut gauge = series(Family::Sessions, 60, Values::Gauge(levels));
        gauge.limit = Some(100.0);
        check_quiet(&format!("levels {seed}"), &gauge);
        let shift = wander(&mut Random(seed + 400), WEEK, 0.03, 25.0);
        let latency = latencies(seed, 2 * 1440, 60.0, |t| 80.0 * shift[t].exp(), |_| 0.015);
        let latency = series(Family::Latency, 60, Values::Latency(latency));
        check_quiet(&format!("latency {seed}"), &latency);
    }
}

#[test]
fn a_source_of_one_line_in_ten_minutes_is_never_silent() {
    for seed in 0..20 {
        let values = Values::Count(counts(seed, WEEK, |_| 0.1));
        check_quiet(
            &format!("seed {seed}"),
            &series(Family::Traffic, 60, values),
        );
    }
}

#[test]
fn a_queue_that_is_nearly_always_empty_is_no_incident_at_its_first_entry() {
    let mut random = Random(5);
    let levels = (0..2000)
        .map(|_| if random.uniform() < 0.01 { 1.0 } else { 0.0 })
        .collect();
    check_quiet(
        "queue",
        &series(Family::Sessions, 60, Values::Gauge(levels)),
    );
}

#[test]
fn an_hourly_job_is_periodic_after_its_first_runs() {
    let mean = |t: usize| if t % 60 < 3 { 400.0 } else { 100.0 };
    let jobs = series(Family::Jobs, 60, Values::Count(counts(9, 3 * 1440, mean)));
    let late = found(&jobs).iter().filter(|place| place.1 > 4 * 60).count();
    assert_eq!(late, 0);
}

#[test]
fn one_long_request_in_a_sparse_log_is_no_rise_of_those_in_flight() {
    let mut random = Random(8);
    let levels = (0..2000)
        .map(|t| 0.01 * random.uniform() + if t % 211 == 40 { 0.25 } else { 0.0 })
        .collect();
    let mut in_flight = series(Family::Latency, 60, Values::Gauge(levels));
    in_flight.signal.unit = "requests".to_owned();
    check_quiet("in flight", &in_flight);
}
