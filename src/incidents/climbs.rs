//! The climbs of a resource to its limit, before each of the windows.
//!
//! In: the ramps of one gauge. Out: when each climb began, when it was flagged and when the
//! limit was reached. Does not find ramps: `anomalies::ramps` does.

use serde::{Serialize, Serializer};

use super::Scene;
use crate::anomalies::{Anomaly, Direction};
use crate::clock::words::rfc3339;
use crate::clock::{NS_PER_S, When};

/// One climb to the limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Climb {
    /// When it began.
    pub start: When,
    /// When it was flagged: the limit could be foreseen from here on, ns UTC.
    #[serde(rename = "flagged_at", serialize_with = "as_time")]
    pub flagged_at_ns: i64,
    /// When the limit was foreseen to be reached.
    pub foreseen: When,
    /// When the limit was reached, ns UTC.
    #[serde(rename = "reached_at", serialize_with = "as_time")]
    pub reached_at_ns: i64,
    /// Seconds from the start to the limit.
    pub time_to_limit_s: f64,
    /// Seconds from the flag to the limit; negative when it came too late.
    pub warning_s: f64,
}

/// The climbs among an incident's anomalies of series `s` that reached `at_limit`, by start.
pub fn climbs(
    scene: &Scene<'_>,
    members: &[usize],
    s: usize,
    levels: &[f64],
    at_limit: f64,
) -> Vec<Climb> {
    let ramps = members.iter().map(|&m| &scene.anomalies[m]);
    let mut found: Vec<Climb> = ramps
        .filter(|one| one.series == s && one.direction == Direction::Ramp)
        .filter_map(|one| climb(scene, one, levels, at_limit))
        .collect();
    found.sort_by_key(|climb| climb.start.at_ns);
    // A ramp that is flagged anew on its way up is one climb.
    found.dedup_by_key(|climb| climb.reached_at_ns);
    found
}

fn climb(scene: &Scene<'_>, ramp: &Anomaly, levels: &[f64], at_limit: f64) -> Option<Climb> {
    let first = scene.grid.nearest(ramp.start.at_ns);
    let reached = (first..levels.len()).find(|&i| levels[i] >= at_limit)?;
    let reached_at_ns = scene.grid.time(reached);
    let seconds = |from_ns: i64| (reached_at_ns - from_ns) as f64 / NS_PER_S as f64;
    Some(Climb {
        start: ramp.start,
        flagged_at_ns: ramp.flagged_at_ns,
        foreseen: ramp.reaches_limit?,
        reached_at_ns,
        time_to_limit_s: seconds(ramp.start.at_ns),
        warning_s: seconds(ramp.flagged_at_ns),
    })
}

fn as_time<S: Serializer>(ns: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*ns))
}
