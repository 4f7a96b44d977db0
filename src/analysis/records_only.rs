//! An incident from people's claims alone: no logs, so no contributors and no checks.

use super::Concluded;
use super::conclude::Gathered;
use super::runs::runs;
use crate::clock::Censor;
use crate::durations::{self, Facts};
use crate::incidents::{
    Explanation, Impact, Incident, Severity, State, Verdict, Window, WindowKind,
};
use crate::records::{Milestone, MilestoneKind, Record, RecordKind, Told};
use crate::series::BucketWidth;

/// People write to the minute.
pub const BUCKET: BucketWidth = BucketWidth::MINUTE;

/// One incident for each run of claims: those that a record tells of one incident, and others
/// without a pause longer than the group gap.
pub fn concluded(gathered: &Gathered<'_>) -> Vec<Concluded> {
    let runs = runs(&gathered.records, gathered.options.group_gap_ns);
    let numbered = runs.iter().enumerate();
    numbered.map(|(i, run)| one(i + 1, run)).collect()
}

fn one(number: usize, run: &[(&Record, &Milestone)]) -> Concluded {
    let mut milestones: Vec<Milestone> = run.iter().map(|(_, claim)| (*claim).clone()).collect();
    let facts = Facts {
        windows: &[],
        milestones: &milestones,
        severity: None,
        bucket_ns: BUCKET.ns(),
        cause: None,
    };
    let mut measured = durations::measure(&facts);
    let closed = |span: &durations::Span| {
        !matches!(
            span.end.censor,
            Some(Censor::Now | Censor::EndOfData | Censor::Published)
        )
    };
    let windows: Vec<Window> = measured
        .windows
        .iter()
        .map(|span| Window {
            start: span.start,
            end: closed(span).then_some(span.end),
            kind: WindowKind::Degraded,
            anomalies: Vec::new(),
        })
        .collect();
    // A tool's `resolve` closes paperwork; it does not say that service was back.
    let restored = milestones
        .iter()
        .any(|milestone| milestone.kind == MilestoneKind::Restored);
    for premature in &measured.premature {
        let words = crate::clock::words::length(premature.reopened_after_ns);
        milestones[premature.claim]
            .note
            .push_str(&format!(" (premature: it came back {words} later)"));
    }
    measured
        .notes
        .push("from people's records alone: no log was given".to_owned());
    // What people wrote in words names the incident better than a machine's list.
    let in_words = |(record, _): &&(&Record, &Milestone)| {
        matches!(
            record.kind,
            RecordKind::Report | RecordKind::StatusPosts | RecordKind::Chat
        )
    };
    let named = run.iter().find(in_words).or(run.first());
    let title = named
        .map(|&(record, claim)| title(record, claim))
        .unwrap_or_default();
    let incident = bare(number, title, restored, windows, milestones);
    Concluded {
        incident,
        measured,
        burn_alert_at_ns: None,
    }
}

/// The title of the incident that a claim belongs to: its own, else the record's.
fn title(record: &Record, claim: &Milestone) -> String {
    let mut claims = record.milestones.iter();
    let index = claims.position(|one| std::ptr::eq(one, claim));
    let holds = |told: &&Told| index.is_some_and(|i| told.claims.contains(&i));
    let told = record.incidents.iter().find(holds);
    match told.map(|told| told.title.as_str()) {
        None | Some("") => record.title.clone(),
        Some(own) => own.to_owned(),
    }
}

/// An incident of which only windows and claims are known.
fn bare(
    number: usize,
    title: String,
    restored: bool,
    windows: Vec<Window>,
    milestones: Vec<Milestone>,
) -> Incident {
    Incident {
        id: format!("i{number}"),
        title,
        state: if restored {
            State::Restored
        } else {
            State::NoData
        },
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
            decomposition: None,
            limit: None,
            sentence: "no log was given".to_owned(),
            evidence: Vec::new(),
        },
        checks: Vec::new(),
        impact: Impact::default(),
        lost_share: Vec::new(),
        onsets: crate::incidents::onsets::Order::default(),
        detectable_at_ns: None,
    }
}
