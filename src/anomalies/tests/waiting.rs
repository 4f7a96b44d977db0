//! Jobs that wait: users in the background, who do not get used to it.

use super::synthetic::{Random, series};
use super::*;
use crate::series::Role;

fn age(levels: Vec<f64>, role: Role) -> Series {
    let mut series = series(Family::Jobs, 60, Values::Gauge(levels));
    series.signal.role = role;
    series.signal.name = "job age".to_owned();
    series
}

/// Half a second and noise, and `extra` seconds more between two buckets.
fn with(extra: f64, from: usize, to: usize) -> Vec<f64> {
    let mut random = Random(5);
    (0..1200)
        .map(|i| {
            let quiet = (0.5 + 0.2 * random.normal()).max(0.0);
            quiet + if (from..to).contains(&i) { extra } else { 0.0 }
        })
        .collect()
}

#[test]
fn waiting_for_ten_hours_never_becomes_normal() {
    let waits = with(3600.0, 300, 900);
    let expected = [(Direction::Up, 300, 900)];
    check(&age(waits.clone(), Role::AsyncUserFacing), &expected, 1);
    let lasting = with(3600.0, 300, 1200);
    let adopted =
        |role| find(&[age(lasting.clone(), role)], &Options::default()).anomalies[0].new_normal;
    assert!(!adopted(Role::AsyncUserFacing));
    assert!(adopted(Role::Resource), "a resource's level is adopted");
}

#[test]
fn a_few_seconds_more_hurt_nobody() {
    check(&age(with(4.0, 300, 330), Role::AsyncUserFacing), &[], 0);
    let late = [(Direction::Up, 300, 330)];
    check(&age(with(20.0, 300, 330), Role::AsyncUserFacing), &late, 1);
}

#[test]
fn jobs_that_waited_when_the_log_began_are_seen_once_they_no_longer_wait() {
    let mut levels = with(0.0, 0, 0);
    (0..200).for_each(|i| levels[i] += 30.0 * i as f64);
    let found = find(&[age(levels, Role::AsyncUserFacing)], &Options::default());
    let [one] = found.anomalies.as_slice() else {
        panic!("{:?}", found.anomalies);
    };
    assert_eq!(one.start.censor, Some(crate::clock::Censor::Left));
    assert_eq!(one.buckets, 0..200);
    assert!(found.expected[0][100] < 1.0, "that of the healthy end");
}
