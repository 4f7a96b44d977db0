//! An incident from people's claims alone: no logs, so no contributors and no checks.

use super::Concluded;
use super::conclude::Gathered;
use crate::clock::{Censor, NS_PER_MIN};
use crate::durations::{self, Facts};
use crate::incidents::{Explanation, Impact, Incident, Severity, State, Verdict, Window};
use crate::records::{Milestone, MilestoneKind};

/// Concludes from claims.
pub fn concluded(gathered: &Gathered<'_>, mut milestones: Vec<Milestone>) -> Concluded {
    milestones.sort_by_key(|milestone| (milestone.when.at_ns, milestone.kind, milestone.source));
    let facts = Facts { windows: &[], milestones: &milestones, severity: None, bucket_ns: NS_PER_MIN, cause: None };
    let mut measured = durations::measure(&facts);
    let closed = |span: &durations::Span| !matches!(span.end.censor, Some(Censor::Now | Censor::EndOfData | Censor::Published));
    let windows: Vec<Window> = measured
        .windows
        .iter()
        .map(|span| Window { start: span.start, end: closed(span).then_some(span.end), anomalies: Vec::new() })
        .collect();
    let restored = milestones.iter().any(|milestone| matches!(milestone.kind, MilestoneKind::Restored | MilestoneKind::Closed));
    for premature in &measured.premature {
        let words = crate::clock::words::length(premature.reopened_after_ns);
        milestones[premature.claim].note.push_str(&format!(" (premature: it came back {words} later)"));
    }
    measured.notes.push("from people's records alone: no log was given".to_owned());
    let title = gathered.records.first().map(|record| record.title.clone()).unwrap_or_default();
    let incident = Incident {
        id: "i1".to_owned(),
        title,
        state: if restored { State::Restored } else { State::NoData },
        severity: Severity::Minor,
        windows,
        milestones,
        contributors: Vec::new(),
        causes: Vec::new(),
        explanation: Explanation {
            verdict: Verdict::Unknown,
            traffic_ratio: None,
            cost_ratio: None,
            in_flight_ratio: None,
            limit: None,
            sentence: "unknown: no log was given".to_owned(),
            evidence: Vec::new(),
        },
        checks: Vec::new(),
        impact: Impact::default(),
        lost_share: Vec::new(),
        detectable_at_ns: None,
    };
    Concluded { incident, measured, burn_alert_at_ns: None }
}
