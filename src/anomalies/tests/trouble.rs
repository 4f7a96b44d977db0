//! Trouble of known shape is found where it was put, by the signal that shows it.

use super::Direction::{Down, Silence, Up};
use super::synthetic::{Random, counts, failures, latencies, load, series, wander};
use super::*;

const DAY: usize = 1440;

#[test]
fn two_of_three_doublings_on_a_steep_day_are_found_nearly_all_within_one_bucket() {
    let (mut seen, mut near, mut stray, draws) = (0, 0, 0, 40);
    for seed in 0..draws {
        let mut random = Random(seed + 50);
        let at = 7 * DAY + (random.uniform() * 1380.0) as usize;
        let noise = wander(&mut random, 8 * DAY, 0.05, 20.0);
        let mean = |t: usize| {
            let factor = if (at..at + 40).contains(&t) { 2.0 } else { 1.0 };
            300.0 * load(t, 60) * noise[t].exp() * factor
        };
        let traffic = series(
            Family::Traffic,
            60,
            Values::Count(counts(seed, 8 * DAY, mean)),
        );
        let places = found(&traffic);
        let step = places.iter().find(|place| place.1.abs_diff(at) < 20);
        seen += u64::from(step.is_some());
        near += u64::from(step.is_some_and(|place| place.1.abs_diff(at) <= 1));
        stray += places.len() as u64 - u64::from(step.is_some());
    }
    assert!(seen * 3 >= draws * 2, "{seen} of {draws} seen");
    assert!(near * 20 >= seen * 19, "{near} of {seen} within a bucket");
    assert!(stray <= 1, "{stray} others in {} days", 8 * draws);
}

#[test]
fn half_the_traffic_lost_and_all_of_it_lost_are_told_apart() {
    let traffic = |left: f64| {
        let mean = |t: usize| 200.0 * if (2000..2030).contains(&t) { left } else { 1.0 };
        series(Family::Traffic, 60, Values::Count(counts(3, 2880, mean)))
    };
    check(&traffic(0.5), &[(Down, 2000, 2030)], 1);
    check(&traffic(0.0), &[(Silence, 2000, 2030)], 0);
}

#[test]
fn messages_that_stop_are_no_trouble() {
    let mean = |t: usize| if (2000..2200).contains(&t) { 0.0 } else { 50.0 };
    check(
        &series(Family::Messages, 60, Values::Count(counts(4, 2880, mean))),
        &[],
        0,
    );
}

#[test]
fn failures_from_a_half_to_five_percent_are_found_at_bucket_precision() {
    for seed in 0..5 {
        let share = |t: usize| {
            if (3000..3025).contains(&t) {
                0.05
            } else {
                0.004
            }
        };
        let errors = series(
            Family::Errors,
            60,
            failures(seed, 2 * DAY + 600, |_| 300.0, share),
        );
        check(&errors, &[(Up, 3000, 3025)], 1);
    }
}

#[test]
fn an_outage_of_fifteen_hours_is_one_episode_and_no_new_normal() {
    let share = |t: usize| {
        if (2000..2900).contains(&t) {
            0.5
        } else {
            0.003
        }
    };
    let errors = series(
        Family::Errors,
        60,
        failures(1, 2 * DAY + 600, |_| 100.0, share),
    );
    check(&errors, &[(Up, 2000, 2900)], 1);
}

#[test]
fn a_shifted_count_is_the_new_normal_after_six_hours_unless_it_returns() {
    let shifted = |until: usize| {
        let mean = |t: usize| {
            if (2000..until).contains(&t) {
                250.0
            } else {
                100.0
            }
        };
        series(Family::Traffic, 60, Values::Count(counts(2, 4000, mean)))
    };
    let for_good = find(&[shifted(4000)], &Options::default()).anomalies;
    assert!(
        for_good.len() == 1 && for_good[0].new_normal,
        "{for_good:?}"
    );
    check(&shifted(4000), &[(Up, 2000, 2361)], 1);
    check(&shifted(2900), &[(Up, 2000, 2900)], 1);
}

#[test]
fn five_percent_of_the_requests_at_900_ms_are_found_though_the_median_does_not_move() {
    let slow = |t: usize| if (600..630).contains(&t) { 0.05 } else { 0.002 };
    let values = Values::Latency(latencies(8, 900, 300.0, |_| 80.0, slow));
    let latency = series(Family::Latency, 60, values);
    let found = find(std::slice::from_ref(&latency), &Options::default());
    let p99 = found
        .anomalies
        .iter()
        .find(|a| a.signal.name == "latency over p99");
    let (_, start, end) = place(&latency, p99.expect("found above the p99"));
    assert!(
        start.abs_diff(600) <= 1 && end.abs_diff(630) <= 1,
        "{start}..{end}"
    );
    assert!(
        found
            .tested
            .iter()
            .any(|t| t.signal.name == "latency over p50")
    );
}

#[test]
fn one_giant_bucket_does_not_hide_what_follows() {
    let mut x = counts(6, 3000, |t| {
        if (2500..2520).contains(&t) {
            200.0
        } else {
            100.0
        }
    });
    x[2400] = 1_000_000_000_000;
    let places = found(&series(Family::Traffic, 60, Values::Count(x)));
    assert!(
        places.iter().any(|p| p.0 == Up && p.1.abs_diff(2500) <= 1),
        "{places:?}"
    );
    assert!(
        places
            .iter()
            .all(|p| [2400, 2500].iter().any(|at| p.1.abs_diff(*at) <= 1))
    );
}

#[test]
fn missing_buckets_are_not_zero() {
    let mut random = Random(11);
    let levels = (0..3000).map(|t| match t {
        1000..1200 => f64::NAN,
        _ if t % 3 > 0 => f64::NAN,
        _ => 180.0 + 5.0 * random.normal(),
    });
    check(
        &series(Family::Gauge, 10, Values::Gauge(levels.collect())),
        &[],
        0,
    );
    let requests = |t: usize| if (1000..1200).contains(&t) { 0.0 } else { 50.0 };
    let errors = failures(12, 3000, requests, |_| 0.004);
    check(&series(Family::Errors, 10, errors), &[], 0);
}

#[test]
fn a_second_outage_soon_after_a_long_one_is_not_taken_for_periodic() {
    let share = |t: usize| match t {
        1000..1040 | 1056..1070 => 0.3,
        _ => 0.004,
    };
    let errors = series(Family::Errors, 60, failures(13, 1440, |_| 200.0, share));
    check(&errors, &[(Up, 1000, 1040), (Up, 1056, 1070)], 1);
}

#[test]
fn a_source_that_falls_silent_is_told_from_a_file_that_ends() {
    let lines = |last: usize| {
        let mut traffic = series(
            Family::Traffic,
            60,
            Values::Count(counts(14, 1000, |t| if t < last { 60.0 } else { 0.0 })),
        );
        traffic.covered = 0..last;
        traffic
    };
    // The last bucket has few lines by chance: the source may have stopped within it.
    check(&lines(727), &[(Silence, 727, usize::MAX)], 1);
    check(&lines(720), &[], 0); // ends at 12:00
    check(&lines(995), &[], 0); // the others end five minutes later
}
