//! Which source says whether more work came in.
//!
//! In: the series, an incident's members and windows. Out: the source that is asked. Computes no
//! ratio.

use std::ops::Range;

use super::Scene;
use crate::clock::NS_PER_MIN;
use crate::series::assemble::LATENCY;
use crate::series::{Role, Series, Values};

/// A source that ended no longer before the windows may be one that fell silent.
const BEFORE_NS: i64 = 60 * NS_PER_MIN;

/// The user-facing source with the most requests, durations first; one of the troubled
/// sources where there is no user-facing one that was there about the windows.
pub(super) fn busiest<'a>(
    scene: &Scene<'a>,
    members: &[usize],
    selection: &[Range<i64>],
) -> Option<(usize, &'a Series)> {
    let total = |series: &Series| match &series.values {
        Values::Count(counts) => counts.iter().sum::<u64>(),
        _ => 0,
    };
    let timed = |source: &str| {
        scene
            .series
            .iter()
            .any(|one| one.signal.source == source && one.signal.name == LATENCY)
    };
    let (first_ns, last_ns) = (selection.first()?.start, selection.last()?.end);
    let was_there = |series: &Series| {
        let there = scene.coverage(series);
        there.start < last_ns && there.end > first_ns.saturating_sub(BEFORE_NS)
    };
    let requests = scene.series.iter().filter(|one| {
        one.signal.name == "request rate" && one.signal.role == Role::UserFacing && was_there(one)
    });
    let troubled = members
        .iter()
        .map(|&m| &scene.series[scene.anomalies[m].series])
        .filter_map(|one| match one.values {
            Values::Latency(_) => counted(scene, one),
            _ => Some(one),
        });
    let best = requests.max_by_key(|one| (timed(&one.signal.source), total(one)));
    let best = best.or_else(|| {
        troubled
            .filter(|one| total(one) > 0)
            .max_by_key(|one| total(one))
    })?;
    let source = scene
        .sources
        .iter()
        .position(|name| *name == best.signal.source)?;
    Some((source, best))
}

/// What is timed in a series, counted: the first counts of its source.
fn counted<'a>(scene: &Scene<'a>, timed: &Series) -> Option<&'a Series> {
    scene.series.iter().find(|one| {
        one.signal.source == timed.signal.source
            && one.signal.entity.is_none()
            && matches!(one.values, Values::Count(_))
    })
}
