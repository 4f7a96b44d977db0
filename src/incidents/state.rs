//! How an incident stands at the end of the data.
//!
//! In: windows with what is known of their ends. Out: ongoing, recovering, relapsed, restored or no
//! data. Silence is not recovery, and what seems over is not restored until it is confirmed.

use serde::Serialize;

use super::group::leading;
use super::{Incident, Scene, Window, worse};
use crate::anomalies::{Anomaly, Direction};
use crate::clock::{NS_PER_MIN, When};
use crate::series::BucketWidth;

/// Back in baseline for this long (and ten buckets) is restored; less is recovering.
const CONFIRM_NS: i64 = 10 * NS_PER_MIN;
/// A source that ends this many minutes before the data says nothing of their end.
const ENDED_MIN: f64 = 5.0;

/// How an incident stands when the data end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// User-facing signals are outside their baseline.
    Ongoing,
    /// Back in baseline, but not for long enough to be sure.
    Recovering,
    /// It came back after a recovery and is on now.
    Relapsed,
    /// Back in baseline for the whole confirmation time.
    Restored,
    /// The sources fell silent during the impact: nothing is known.
    NoData,
}

impl State {
    /// The word for screens and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ongoing => "ongoing",
            Self::Recovering => "recovering",
            Self::Relapsed => "relapsed",
            Self::Restored => "restored",
            Self::NoData => "no data",
        }
    }
}

/// How it stands at the end of the data.
pub fn state(scene: &Scene<'_>, windows: &[Window], members: &[usize]) -> State {
    let Some(last) = windows.last() else {
        return State::NoData;
    };
    // A worsening follows without a recovery between: nothing relapsed.
    let came_back = windows
        .windows(2)
        .any(|pair| !worse::follows(&pair[0], &pair[1]));
    match last.end {
        None if has_ended(scene, members, true) => State::NoData,
        None if last.lasting.calm_since_ns.is_some() => State::Recovering,
        None if came_back => State::Relapsed,
        None => State::Ongoing,
        Some(end)
            if end.at_ns + confirm_ns(scene.grid.width.ns()) <= seen_until_ns(scene, members) =>
        {
            State::Restored
        }
        Some(_) if has_ended(scene, members, false) => State::NoData,
        Some(_) => State::Recovering,
    }
}

/// The first of the windows that follow each other without a recovery up to the last: with it
/// began what is on. `None` without windows.
pub fn first_of_last(windows: &[Window]) -> Option<&Window> {
    let apart = windows
        .windows(2)
        .rposition(|pair| !worse::follows(&pair[0], &pair[1]));
    windows.get(apart.map_or(0, |i| i + 1))
}

/// For how long a service must be back until that is believed, ns, by the width of a bucket, ns.
pub fn confirm_ns(width_ns: i64) -> i64 {
    CONFIRM_NS.max(10 * width_ns)
}

/// A recovery that is not confirmed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// Since when the service is back, ns UTC.
    pub back_ns: i64,
    /// When that is confirmed if nothing comes back until then, ns UTC.
    pub confirmed_ns: i64,
}

/// The recovery under way. `None` where nothing is recovering.
pub fn recovery(incident: &Incident, width: BucketWidth) -> Option<Recovery> {
    if incident.state != State::Recovering {
        return None;
    }
    let last = incident.windows.last()?;
    let back_ns = last
        .end
        .map_or(last.lasting.calm_since_ns, |end| Some(end.at_ns))?;
    Some(Recovery {
        back_ns,
        confirmed_ns: back_ns + confirm_ns(width.ns()),
    })
}

/// Makes the end of the last window provisional where the recovery is not confirmed.
pub fn mark_unconfirmed(state: State, windows: &mut [Window]) {
    if let Some(last) = windows.last_mut().filter(|_| state != State::Restored) {
        last.end = last.end.map(When::unconfirmed);
    }
}

/// Up to where the signals that set the windows were seen, ns UTC: of those that users feel and
/// that fell silent nothing is seen after.
fn seen_until_ns(scene: &Scene<'_>, members: &[usize]) -> i64 {
    let ends = leading(scene.anomalies, members)
        .into_iter()
        .map(|i| &scene.anomalies[i])
        .filter(|one| one.direction != Direction::Silence)
        .map(|one| scene.coverage(&scene.series[one.series]).end);
    // What its source covers only in part, and what is still to be logged, hides no relapse of
    // more than some buckets.
    match ends.max() {
        Some(end_ns) if end_ns >= ended_before_ns(scene) => scene.end_of_data_ns,
        Some(end_ns) => end_ns,
        None => scene.end_of_data_ns,
    }
}

/// A source whose data end before this ended before the others, ns UTC.
fn ended_before_ns(scene: &Scene<'_>) -> i64 {
    let left = scene.grid.width.in_minutes(ENDED_MIN);
    scene.grid.time(scene.grid.n.saturating_sub(left))
}

/// Whether the sources of all leading anomalies (of the open ones: with `open`) ended well before
/// the data: what came after, nobody knows.
fn has_ended(scene: &Scene<'_>, members: &[usize], open: bool) -> bool {
    let before_ns = ended_before_ns(scene);
    let of = leading(scene.anomalies, members);
    let of = of.into_iter().map(|i| &scene.anomalies[i]);
    let mut of = of.filter(|one| one.end.is_none() || !open).peekable();
    let ended = |one: &Anomaly| {
        one.direction != Direction::Silence
            && scene.grid.time(scene.series[one.series].covered.end) < before_ns
    };
    of.peek().is_some() && of.all(ended)
}
