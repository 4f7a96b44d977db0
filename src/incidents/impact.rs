//! What users lost in the windows.

use std::collections::BTreeSet;
use std::ops::Range;

use super::group::is_felt;
use super::{Impact, Scene, evidence};
use crate::clock::NS_PER_MIN;
use crate::events::{Number, Text};
use crate::series::assemble::LATENCY;
use crate::series::rollup::STATUS_FAILED;
use crate::series::{Family, Role, Series, Values};

/// A request this many times slower than the mean before the incident was slow.
const SLOW_TIMES: f64 = 3.0;

/// The impact over the windows, from the user-facing source that tells most clients apart:
/// the one nearest to the users. As logged: a sampled log counts its sample.
/// Who was hit is told from failures and slowness, where requests failed or were slow at all.
pub fn impact(
    scene: &Scene<'_>,
    members: &[usize],
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Impact {
    let rates = scene
        .series
        .iter()
        .filter(|one| one.signal.role == Role::UserFacing && one.signal.name == "request rate");
    let nearest = match rates.clone().count() {
        // Counting its clients would not change the answer.
        1 => rates.clone().next(),
        _ => rates
            .rev()
            .max_by_key(|one| clients_of(scene, &one.signal.source)),
    };
    let Some(nearest) = nearest else {
        return Impact::default();
    };
    let source = &nearest.signal.source;
    let share = scene
        .series
        .iter()
        .enumerate()
        .find(|(_, one)| one.signal.source == *source && one.signal.name == "error share");
    let felt = |family: Family| {
        let mut members = members.iter().map(|&m| &scene.anomalies[m]);
        members
            .any(|one| one.family == family && one.signal.role == Role::UserFacing && is_felt(one))
    };
    let mean_us =
        usual_mean_us(scene, source, selection, troubled).filter(|_| felt(Family::Latency));
    let (clients, user_minutes) = match felt(Family::Latency) || felt(Family::Errors) {
        true => hurt(scene, source, selection, mean_us),
        false => (None, None),
    };
    let failed_requests = share.map(|(s, one)| failed_above(scene, s, one, selection));
    let budget = share
        .map(|(_, one)| total(one) * (1.0 - scene.slo))
        .filter(|budget| *budget > 0.0);
    Impact {
        failed_requests,
        clients,
        user_minutes,
        excess_seconds: mean_us.map(|mean_us| excess_seconds(scene, source, selection, mean_us)),
        slo_budget_share: failed_requests
            .zip(budget)
            .map(|(failed, budget)| failed / budget),
    }
}

/// How many clients a source tells apart.
fn clients_of(scene: &Scene<'_>, source: &str) -> usize {
    let mut sources = scene.sources.iter();
    let index = sources.position(|one| one == source);
    index.map_or(0, |index| scene.store.distinct(index, Text::Client))
}

fn failed_above(scene: &Scene<'_>, s: usize, series: &Series, selection: &[Range<i64>]) -> f64 {
    let Values::Ratio { k, n } = &series.values else {
        return 0.0;
    };
    let of = |i: usize| {
        let expected = scene.expected[s]
            .get(i)
            .copied()
            .filter(|x| x.is_finite())
            .unwrap_or(0.0);
        k[i] as f64 - expected * n[i] as f64
    };
    // The sum is cut off at zero, not each bucket: else noise alone would look like a loss.
    evidence::buckets(series, selection)
        .into_iter()
        .map(of)
        .sum::<f64>()
        .max(0.0)
}

fn total(series: &Series) -> f64 {
    match &series.values {
        Values::Ratio { n, .. } => n.iter().sum::<u64>() as f64,
        _ => 0.0,
    }
}

/// Mean duration of the source's requests in the baseline of the windows, microseconds.
fn usual_mean_us(
    scene: &Scene<'_>,
    source: &str,
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Option<f64> {
    let is_it = |one: &&Series| one.signal.source == source && one.signal.name == LATENCY;
    let series = scene.series.iter().find(is_it)?;
    let baseline = scene.stretches(series, selection, troubled).baseline;
    let usual = evidence::mean(series, evidence::buckets(series, &baseline).into_iter());
    usual.map(|(seconds, _)| seconds * 1e6)
}

/// Distinct clients that met a failure or slowness in the windows, and their minutes of it.
fn hurt(
    scene: &Scene<'_>,
    source: &str,
    selection: &[Range<i64>],
    mean_us: Option<f64>,
) -> (Option<u64>, Option<u64>) {
    let mut minutes: BTreeSet<(u32, i64)> = BTreeSet::new();
    let index = scene.sources.iter().position(|one| one == source);
    let known = index.is_some_and(|index| scene.store.has(index, Text::Client));
    let touched = index.into_iter();
    for (_, chunk) in touched.flat_map(|index| scene.store.touching(index, selection)) {
        for row in 0..chunk.len() {
            let time_ns = chunk.time_ns[row];
            if !selection.iter().any(|range| range.contains(&time_ns)) {
                continue;
            }
            let failed = chunk
                .number_at(Number::Status, row)
                .is_some_and(|status| status >= STATUS_FAILED || status <= 0);
            let latency_us = chunk.number_at(Number::LatencyUs, row).unwrap_or(0) as f64;
            let slow = mean_us.is_some_and(|mean_us| latency_us > SLOW_TIMES * mean_us);
            if let Some(client) = chunk.text_at(Text::Client, row).filter(|_| failed || slow) {
                minutes.insert((client.0, time_ns.div_euclid(NS_PER_MIN)));
            }
        }
    }
    let clients: BTreeSet<u32> = minutes.iter().map(|(client, _)| *client).collect();
    (
        known.then_some(clients.len() as u64),
        known.then_some(minutes.len() as u64),
    )
}

fn excess_seconds(scene: &Scene<'_>, source: &str, selection: &[Range<i64>], mean_us: f64) -> f64 {
    let mut excess_us = 0.0;
    let index = scene.sources.iter().position(|one| one == source);
    let touched = index.into_iter();
    for (_, chunk) in touched.flat_map(|index| scene.store.touching(index, selection)) {
        for row in 0..chunk.len() {
            if selection
                .iter()
                .any(|range| range.contains(&chunk.time_ns[row]))
            {
                excess_us += chunk
                    .number_at(Number::LatencyUs, row)
                    .map_or(0.0, |latency_us| latency_us as f64 - mean_us);
            }
        }
    }
    (excess_us / 1e6).max(0.0)
}
