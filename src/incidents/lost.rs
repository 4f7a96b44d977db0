//! How much of the user-facing service was lost in each bucket.

use std::ops::Range;

use super::{Scene, evidence};
use crate::anomalies::{Anomaly, Direction};
use crate::series::{Family, Role, Series, Values};

/// Share of the service lost per bucket, `[0, 1]`: the largest over the user-facing sources
/// of failed requests above the baseline's share, and of traffic missing while a drop or a
/// silence lasts. Where only a host or endpoint fails, what it lost of all. Zero outside `windows`; NaN inside where no source has a request, where users
/// only wait for jobs, and where a program whose work users wait for is silent.
pub fn lost_share(scene: &Scene<'_>, windows: &[Range<i64>], members: &[usize]) -> Vec<f64> {
    let grid = &scene.grid;
    let mut lost = vec![0.0; grid.n];
    let user_facing: Vec<usize> = (0..scene.series.len())
        .filter(|&i| counts(&scene.series[i]))
        .collect();
    // Where jobs wait and requests do not, what the requests lost is noise: it is not known.
    let none = super::queueing::only_jobs_wait(scene, members);
    for window in windows {
        for (i, slot) in lost.iter_mut().enumerate() {
            if grid.time(i + 1) <= window.start || grid.time(i) >= window.end {
                continue;
            }
            let shares = user_facing
                .iter()
                .filter_map(|&s| share(scene, s, i, members));
            let of_parts = super::alone::lost_share(scene, members, i);
            let worst = of_parts.or_else(|| shares.reduce(f64::max));
            // What a silent program did not do, nobody counted: that is not zero.
            let known = !none && !is_silent(scene, i, members);
            *slot = worst.filter(|_| known).unwrap_or(f64::NAN);
        }
    }
    lost
}

/// Whether a source whose work users wait for is silent.
fn is_silent(scene: &Scene<'_>, i: usize, members: &[usize]) -> bool {
    members.iter().map(|&m| &scene.anomalies[m]).any(|one| {
        one.direction == Direction::Silence
            && one.signal.role == Role::AsyncUserFacing
            && one.buckets.contains(&i)
    })
}

fn counts(series: &Series) -> bool {
    series.signal.role == Role::UserFacing
        && series.signal.entity.is_none()
        && matches!(series.family, Family::Errors | Family::Traffic)
}

fn share(scene: &Scene<'_>, s: usize, i: usize, members: &[usize]) -> Option<f64> {
    let series = &scene.series[s];
    let expected = scene.expected[s].get(i).copied().filter(|x| x.is_finite());
    match &series.values {
        Values::Ratio { .. } => {
            let observed = evidence::value(series, i)?;
            let base = expected.unwrap_or(0.0).clamp(0.0, 0.999);
            Some(((observed - base) / (1.0 - base)).clamp(0.0, 1.0))
        }
        Values::Count(_) => {
            let gone = |one: &&Anomaly| {
                one.series == s
                    && matches!(one.direction, Direction::Down | Direction::Silence)
                    && one.buckets.contains(&i)
            };
            members.iter().map(|&m| &scene.anomalies[m]).find(gone)?;
            let observed = evidence::value(series, i).unwrap_or(0.0);
            expected
                .filter(|mu| *mu > 0.0)
                .map(|mu| (1.0 - observed / mu).clamp(0.0, 1.0))
        }
        Values::Gauge(_) | Values::Latency(_) => None,
    }
}
