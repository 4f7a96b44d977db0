//! An incident from people's claims alone: no logs, so no contributors and no checks.

use super::Concluded;
use super::told::{self, Claim, Group};
use crate::clock::Censor;
use crate::durations::{self, Facts};
use crate::incidents::{
    Explanation, Impact, Incident, Severity, State, Verdict, Window, WindowKind,
};
use crate::records::{Milestone, MilestoneKind, Record, RecordKind};
use crate::series::BucketWidth;

/// People write to the minute.
pub const BUCKET: BucketWidth = BucketWidth::MINUTE;

/// One incident for each that a record tells apart, and for each run of other claims without a
/// pause longer than the group gap.
pub fn concluded(records: &[Record], group_gap_ns: i64) -> Vec<Concluded> {
    let groups = told::groups(records, group_gap_ns);
    let numbered = groups.iter().enumerate();
    numbered.map(|(i, group)| one(i + 1, group)).collect()
}

fn one(number: usize, group: &Group<'_>) -> Concluded {
    let run = &group.claims;
    let milestones: Vec<Milestone> = run.iter().map(|(_, claim)| (*claim).clone()).collect();
    // What people wrote in words names the incident better than a machine's list.
    let in_words = |(record, _): &&Claim<'_>| {
        matches!(
            record.kind,
            RecordKind::Report | RecordKind::StatusPosts | RecordKind::Chat
        )
    };
    let of_record = |(record, _): &Claim<'_>| record.title.clone();
    let written = run.iter().find(in_words).map(of_record);
    let told = Some(group.title.to_owned()).filter(|title| !title.is_empty());
    let listed = || run.first().map(of_record);
    let title = written.or(told).or_else(listed).unwrap_or_default();
    of_claims(format!("i{number}"), title, milestones)
}

/// The incident that these claims tell of, measured; not a word of any log.
pub(super) fn of_claims(id: String, title: String, mut milestones: Vec<Milestone>) -> Concluded {
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
            lasting: crate::anomalies::Lasting::default(),
            kind: WindowKind::Degraded,
            anomalies: Vec::new(),
        })
        .collect();
    // A tool's `resolve` closes paperwork; it does not say that service was back. Neither does a
    // text that was published before it was.
    let restored = milestones.iter().any(|one| {
        one.kind == MilestoneKind::Restored
            && (one.is_claim() || one.overrides())
            && matches!(one.when.censor, None | Some(Censor::Left))
    });
    for premature in &measured.premature {
        let words = crate::clock::words::length(premature.reopened_after_ns);
        milestones[premature.claim]
            .note
            .push_str(&format!(" (premature: it came back {words} later)"));
    }
    measured
        .notes
        .push("from people's records alone: no log was given".to_owned());
    let incident = bare(id, title, restored, windows, milestones);
    Concluded {
        incident,
        measured,
        burn_alert_at_ns: None,
    }
}

/// An incident of which only windows and claims are known.
fn bare(
    id: String,
    title: String,
    restored: bool,
    windows: Vec<Window>,
    milestones: Vec<Milestone>,
) -> Incident {
    Incident {
        id,
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
