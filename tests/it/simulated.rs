//! The 200 scenarios of the evaluation (`cargo run --release --example evaluate -- scenarios`):
//! simulated services with eight days of past, from series to incidents.

use crate::concluding::conclude;
use crate::troubles::{KINDS, Kind, RATES, SIZES, quiet, scenario};

/// A window this many buckets from a trouble belongs to it.
const NEAR: usize = 3;
/// Days of past.
const DAYS: usize = 8;

#[test]
fn troubles_of_3_sigma_a_bucket_are_found_within_a_bucket_of_their_onset() {
    let (mut errors, mut strong, mut found, mut missed) = (Vec::new(), 0, 0, String::new());
    for (kind, size, rate, seed) in all() {
        let one = scenario(kind, size, rate, seed, DAYS);
        let windows = conclude(&one.series).windows;
        let near = windows.iter().filter(|window| {
            let at = &window.buckets;
            at.start <= one.end + NEAR && one.onset <= at.end + NEAR
        });
        let error = near
            .map(|window| window.buckets.start.abs_diff(one.onset))
            .min();
        errors.extend(error);
        if one.sigmas >= 3.0 {
            strong += 1;
            found += usize::from(error.is_some());
            if error.is_none() {
                missed += &format!("\n{} {size} {rate} {seed}", kind.name());
            }
        }
    }
    errors.sort_unstable();
    assert!(strong >= 140, "{strong} effects of at least 3 sigma");
    assert!(
        found * 100 >= strong * 95,
        "{found} of {strong} found, not{missed}"
    );
    let at = |p: usize| errors[errors.len() * p / 100];
    assert!(at(50) <= 1 && at(90) <= 3, "{errors:?}");
}

/// Five kinds, five sizes, four rates, two seeds.
fn all() -> impl Iterator<Item = (Kind, usize, f64, u64)> {
    KINDS.into_iter().flat_map(|kind| {
        (0..SIZES).flat_map(move |size| {
            RATES
                .into_iter()
                .flat_map(move |rate| (0..2).map(move |seed| (kind, size, rate, seed)))
        })
    })
}

#[test]
fn weeks_with_days_and_weekends_have_at_most_one_false_incident_each() {
    let (mut windows, mut weeks) = (Vec::new(), 0);
    for (rate, seed) in RATES.into_iter().zip(0..) {
        windows.extend(conclude(&quiet(rate, seed, 2)).windows);
        weeks += 2;
    }
    assert!(windows.len() <= weeks, "{windows:?}");
}
