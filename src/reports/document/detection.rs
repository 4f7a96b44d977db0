//! When it was noticed, and when the logs would have shown it.
//!
//! The second is counterfactual and never mixed with the first. Lengths are made by `durations`.

use super::draft::Draft;
use super::durations::said;
use super::{Block, Line, Section};
use crate::analysis::Concluded;
use crate::clock::When;
use crate::durations::{Choice, Duration, Order, Status, between};
use crate::records::MilestoneKind;
use crate::reports::words::{amount, seconds};

/// The whole section.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let mut items = vec![noticed(draft, concluded)];
    items.extend(alerted(draft, concluded));
    let slo = amount(draft.snapshot.slo * 100.0, "%");
    let would = [
        (
            concluded.incident.detectable_at_ns,
            "The detector of rfo would have flagged it".to_owned(),
            "Replayed over the same logs by rfo's detector, which never looks ahead (docs/METHODS.md).".to_owned(),
        ),
        (
            concluded.burn_alert_at_ns,
            format!("A burn-rate page (SLO {slo}) would have fired"),
            format!("Multi-window burn rate over the same logs: 14.4x over 1 h and 5 min, or 6x over 6 h and 30 min, of an SLO of {slo} (docs/METHODS.md)."),
        ),
    ];
    for (at_ns, lead, source) in would {
        if let Some(at_ns) = at_ns {
            let line = counterfactual(draft, concluded, at_ns, &lead);
            items.push(line.cite(draft.computed(source)));
        }
    }
    items.extend(conflict(concluded));
    Some(Section::new(level, "Detection", vec![Block::List(items)]))
}

fn noticed(draft: &mut Draft, concluded: &Concluded) -> Line {
    let Some(choice) = detected(concluded) else {
        return Line::of("When people noticed is not on record.");
    };
    let ttd = concluded.measured.durations.get("ttd");
    let ttd = match ttd {
        Some(ttd) if ttd.seconds.is_some_and(|s| s < 0.0) => format!(", before impact ({ttd})"),
        Some(ttd) if ttd.seconds.is_some() => format!(", {ttd} after impact began"),
        Some(ttd) => format!("; time to detect is {ttd}"),
        None => String::new(),
    };
    let words = format!(
        "The first record that people or their tools knew is of {} ({}){ttd}.",
        draft.times.moment(&choice.when),
        said(concluded, choice)
    );
    Line::of(words).cite(draft.cite_choice(concluded, choice))
}

/// An alert of which nobody is known to have heard.
fn alerted(draft: &mut Draft, concluded: &Concluded) -> Option<Line> {
    let chosen = &concluded.measured.chosen;
    let of = |kind: MilestoneKind| chosen.iter().find(|choice| choice.kind == kind);
    let alert = of(MilestoneKind::AlertFired)?;
    if of(MilestoneKind::Notified).is_some() || alert.assumed.is_some() {
        return None;
    }
    let words = format!(
        "An alert is on record of {} ({}); that anybody received it is not.",
        draft.times.moment(&alert.when),
        said(concluded, alert)
    );
    Some(Line::of(words).cite(draft.cite_choice(concluded, alert)))
}

fn detected(concluded: &Concluded) -> Option<&Choice> {
    let mut chosen = concluded.measured.chosen.iter();
    chosen.find(|choice| choice.kind == MilestoneKind::Detected)
}

/// When something would have fired, how long after impact, and how long before it was noticed.
fn counterfactual(draft: &Draft, concluded: &Concluded, at_ns: i64, lead: &str) -> Line {
    let would = When::exact(at_ns);
    let start = concluded.measured.windows.first().map(|one| one.start);
    let after = start.map(|start| {
        let from = (MilestoneKind::ImpactStart, Some(&start));
        let to = (MilestoneKind::Detected, Some(&would));
        gap(
            &between(from, to, Order::Legal("before impact")),
            "after impact began",
            "before impact",
        )
    });
    let lag = detected(concluded).map(|choice| {
        let from = (MilestoneKind::AlertFired, Some(&would));
        let to = (MilestoneKind::Detected, Some(&choice.when));
        let lag = between(from, to, Order::Legal("before it"));
        gap(&lag, "before it was noticed", "after it was noticed")
    });
    let parts: Vec<String> = after.into_iter().chain(lag).collect();
    Line::of(format!(
        "{lead} at {}: {} (counterfactual).",
        draft.times.instant(at_ns),
        parts.join(", ")
    ))
}

/// `4 min 30 s before it was noticed`: the best value, which way it lies.
fn gap(duration: &Duration, forth: &str, back: &str) -> String {
    match (duration.status, duration.seconds) {
        (Status::Exact | Status::Interval, Some(s)) if s < 0.0 => format!("{} {back}", seconds(-s)),
        (Status::Exact | Status::Interval, Some(s)) => format!("{} {forth}", seconds(s)),
        _ => format!("{duration} {forth}"),
    }
}

/// Records that disagree about detection.
fn conflict(concluded: &Concluded) -> Option<Line> {
    let mut conflicts = concluded.measured.conflicts.iter();
    let conflict = conflicts.find(|one| one.kind == MilestoneKind::Detected)?;
    Some(Line::of(format!(
        "Records disagree about when it was noticed, by {}: see Recovery and conflicts.",
        seconds(conflict.difference_s)
    )))
}
