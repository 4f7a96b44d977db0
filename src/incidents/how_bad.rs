//! One word for what the windows of an incident were, for every screen and report.

use super::{Incident, Severity, WindowKind};
use crate::clock::words::length;

/// `down`, `degraded`, or `impact` where there were windows of both; `lasted` where no user was
/// worse off.
pub fn word(incident: &Incident) -> &'static str {
    let has = |kind: WindowKind| incident.windows.iter().any(|one| one.kind == kind);
    let harmed_nobody = incident.severity == Severity::Minor && !incident.lost_share.is_empty();
    match (has(WindowKind::Degraded), has(WindowKind::Down)) {
        _ if harmed_nobody => "lasted",
        (true, true) => "impact",
        (true, false) => "degraded",
        // People's claims alone have no kind.
        (false, _) => "down",
    }
}

/// `down 48 min`, where only some of the windows were down and those are over.
pub fn down_words(incident: &Incident) -> Option<String> {
    let down = incident
        .windows
        .iter()
        .filter(|one| one.kind == WindowKind::Down);
    let lengths = down.filter_map(|one| Some(one.end?.at_ns - one.start.at_ns));
    (word(incident) == "impact").then(|| format!("down {}", length(lengths.sum())))
}
