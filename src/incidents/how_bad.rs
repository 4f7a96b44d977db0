//! One word for what the windows of an incident were, for every screen and report.

use super::{Incident, Severity, WindowKind};
use crate::clock::words::length;

/// `down`, `degraded`, or `impact` where there were windows of both or people alone tell of them;
/// `lasted` where no user was worse off.
pub fn word(incident: &Incident) -> &'static str {
    let has = |kind: WindowKind| incident.windows.iter().any(|one| one.kind == kind);
    let harmed_nobody = incident.severity == Severity::Minor && !incident.lost_share.is_empty();
    match (has(WindowKind::Degraded), has(WindowKind::Down)) {
        _ if is_told(incident) => "impact",
        _ if harmed_nobody => "lasted",
        (true, true) => "impact",
        (true, false) => "degraded",
        (false, _) => "down",
    }
}

/// Whether people alone tell of it: no log shows how bad it was.
pub fn is_told(incident: &Incident) -> bool {
    incident
        .windows
        .iter()
        .all(|window| window.anomalies.is_empty())
}

/// `down 48 min`, where only some of the windows were down.
pub fn down_words(incident: &Incident) -> Option<String> {
    let down = incident
        .windows
        .iter()
        .filter(|one| one.kind == WindowKind::Down);
    let lengths = down
        .clone()
        .filter_map(|one| Some(one.end?.at_ns - one.start.at_ns));
    let n = down.count();
    let some = n > 0 && n < incident.windows.len() && !is_told(incident);
    some.then(|| format!("down {}", length(lengths.sum())))
}
