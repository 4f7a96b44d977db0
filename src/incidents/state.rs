//! How an incident stands at the end of the data.

use super::group::leading;
use super::{Scene, State, Window, evidence};
use crate::anomalies::Direction;
use crate::clock::NS_PER_MIN;
use crate::series::Values;

/// Back in baseline for this long (and ten buckets) is restored; less is recovering.
const CONFIRM_NS: i64 = 10 * NS_PER_MIN;
/// An open incident is recovering when the last buckets, this many, are back...
const CALM_BUCKETS: usize = 3;
/// ... to within this share of its excess.
const CALM_SHARE: f64 = 0.1;
/// A source that ends this many minutes before the data says nothing of their end.
const ENDED_MIN: f64 = 5.0;

/// How it stands at the end of the data.
pub fn state(scene: &Scene<'_>, windows: &[Window], members: &[usize]) -> State {
    let confirm_ns = CONFIRM_NS.max(10 * scene.grid.width.ns());
    match windows.last().and_then(|window| window.end) {
        None if has_ended(scene, members) => State::NoData,
        None if is_calm(scene, members) => State::Recovering,
        None if windows.len() > 1 => State::Relapsed,
        None => State::Ongoing,
        Some(end) if scene.end_of_data_ns - end.at_ns < confirm_ns => State::Recovering,
        Some(_) => State::Restored,
    }
}

/// Whether every leading anomaly that is still open has been back at its baseline for the
/// last buckets: the end is not confirmed yet, but nothing is wrong any more.
fn is_calm(scene: &Scene<'_>, members: &[usize]) -> bool {
    let open = leading(scene.anomalies, members)
        .into_iter()
        .map(|i| &scene.anomalies[i])
        .filter(|one| one.end.is_none());
    let mut any = false;
    for one in open {
        any = true;
        let (series, excess) = (
            &scene.series[one.series],
            (one.observed - one.expected).abs(),
        );
        // A latency's anomaly is of a share, its series of durations: they cannot be compared.
        if matches!(series.values, Values::Latency(_)) {
            return false;
        }
        let last = series.covered.end.saturating_sub(CALM_BUCKETS)..series.covered.end;
        let near = |i: usize| {
            let observed = evidence::value(series, i)?;
            Some((observed - scene.expected[one.series][i]).abs() <= CALM_SHARE * excess)
        };
        if !last.into_iter().all(|i| near(i) == Some(true)) {
            return false;
        }
    }
    any
}

/// Whether the sources of all open leading anomalies ended well before the data: what came
/// after, nobody knows.
fn has_ended(scene: &Scene<'_>, members: &[usize]) -> bool {
    let open = leading(scene.anomalies, members)
        .into_iter()
        .map(|i| &scene.anomalies[i])
        .filter(|one| one.end.is_none());
    let left = scene
        .grid
        .n
        .saturating_sub(scene.grid.width.in_minutes(ENDED_MIN));
    let mut open = open.peekable();
    open.peek().is_some()
        && open.all(|one| {
            one.direction != Direction::Silence && scene.series[one.series].covered.end < left
        })
}
