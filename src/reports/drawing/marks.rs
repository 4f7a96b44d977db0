//! Windows of impact and what happened at instants, each with the words of its tip.

use crate::analysis::{Concluded, Snapshot};
use crate::clock::{Censor, When};
use crate::durations::{Order, Span, between};
use crate::events::Evidence;
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use crate::reports::excerpt::excerpt;
use crate::reports::words::Clock;

/// Marks in one row; the rest is counted in its name.
const MARKS_MAX: usize = 200;
/// Cells of a note in a tip.
const NOTE_CELLS_MAX: usize = 300;

/// One window of impact.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// `i1 w2`.
    pub name: String,
    /// When it began, as far as that is known.
    pub start: When,
    /// When it was over.
    pub end: When,
    /// What the tip says, line by line; the last lines are the evidence.
    pub tip: Vec<String>,
}

/// What happened at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// When.
    pub when: When,
    /// The letter of its milestone.
    pub letter: char,
    /// What the tip says, line by line.
    pub tip: Vec<String>,
}

/// Marks of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// `changes`, `alerts`, `people`, `logs`.
    pub name: &'static str,
    /// Its marks, ascending.
    pub marks: Vec<Mark>,
    /// Marks that found no room.
    pub left_out: usize,
}

/// All windows of all incidents.
pub fn windows(snapshot: &Snapshot, clock: Clock) -> Vec<Bar> {
    let of_incident = |concluded: &Concluded| {
        let windows = &concluded.measured.windows;
        let bar = |(i, span): (usize, &Span)| bar(snapshot, clock, concluded, i, span);
        windows.iter().enumerate().map(bar).collect::<Vec<Bar>>()
    };
    snapshot.incidents.iter().flat_map(of_incident).collect()
}

fn bar(snapshot: &Snapshot, clock: Clock, concluded: &Concluded, i: usize, span: &Span) -> Bar {
    let name = format!("{} w{}", concluded.incident.id, i + 1);
    let ends = (
        (MilestoneKind::ImpactStart, Some(&span.start)),
        (MilestoneKind::Restored, Some(&span.end)),
    );
    let long = between(ends.0, ends.1, Order::Required);
    let zone = clock.zone.name_at(span.start.at_ns);
    let end = match span.end.censor {
        Some(Censor::Unconfirmed) => clock.when(&span.end),
        Some(_) => format!("not over at {}", clock.at(span.end.at_ns)),
        None => clock.when(&span.end),
    };
    let mut tip = vec![
        format!("{name}: {}", concluded.incident.title),
        format!("{} to {end} {zone}: {long}", clock.when(&span.start)),
    ];
    let of_logs = concluded
        .incident
        .windows
        .iter()
        .find(|one| one.start == span.start);
    let anomalies = of_logs.into_iter().flat_map(|window| &window.anomalies);
    let of_window = |id: &String| snapshot.anomalies.iter().find(|one| one.id == *id);
    let whole = anomalies
        .filter_map(of_window)
        .filter(|one| !one.is_entity());
    let mut whole: Vec<_> = whole.collect();
    whole.sort_by(|a, b| {
        a.signal
            .role
            .cmp(&b.signal.role)
            .then(b.score.total_cmp(&a.score))
    });
    for anomaly in whole.iter().take(3) {
        let value = |x: f64| crate::reports::words::amount(x, &anomaly.signal.unit);
        tip.push(format!(
            "{}: {}, expected {}{}",
            anomaly.signal.full_name(),
            value(anomaly.observed),
            value(anomaly.expected),
            clock.sources(&anomaly.evidence)
        ));
    }
    let claims = concluded.incident.milestones.iter();
    let told = claims.filter(|one| whole.is_empty() && one.source != ClaimSource::Log);
    tip.extend(told.take(3).map(|one| words(clock, one)));
    Bar {
        name,
        start: span.start,
        end: span.end,
        tip,
    }
}

/// Changes, alerts, what people say, what the logs show; rows without a mark are left out.
pub fn rows(snapshot: &Snapshot, clock: Clock) -> Vec<Row> {
    let of_row = |name: &str| {
        let mine = snapshot.claims().filter(|claim| row_of(claim) == name);
        let mark = |claim: &Milestone| Mark {
            when: claim.when,
            letter: claim.kind.letter(),
            tip: vec![words(clock, claim)],
        };
        mine.map(mark).collect::<Vec<Mark>>()
    };
    let is_claimed = |evidence: &Evidence| {
        let mut claims = snapshot.claims();
        claims.any(|claim| claim.evidence().contains(evidence))
    };
    let listed = snapshot.records.iter().flat_map(|record| &record.changes);
    let listed = listed
        .filter(|change| !is_claimed(&change.evidence))
        .map(|change| Mark {
            when: change.when,
            letter: MilestoneKind::Change.letter(),
            tip: vec![format!(
                "{} change: {}{}",
                clock.when(&change.when),
                excerpt(&change.title, NOTE_CELLS_MAX),
                clock.sources(std::slice::from_ref(&change.evidence))
            )],
        });
    let mut changes = of_row("changes");
    changes.extend(listed);
    let rows = [
        ("changes", changes),
        ("alerts", of_row("alerts")),
        ("people", of_row("people")),
        ("logs", of_row("logs")),
    ];
    let rows = rows.into_iter().filter(|(_, marks)| !marks.is_empty());
    rows.map(|(name, mut marks)| {
        marks.sort_by_key(|mark| (mark.when.at_ns, mark.letter));
        let left_out = marks.len().saturating_sub(MARKS_MAX);
        marks.truncate(MARKS_MAX);
        Row {
            name,
            marks,
            left_out,
        }
    })
    .collect()
}

fn row_of(claim: &Milestone) -> &'static str {
    use MilestoneKind::{AlertFired, Change, Notified};
    match (claim.source, claim.kind) {
        (ClaimSource::Log, _) => "logs",
        (_, Change) => "changes",
        (_, AlertFired | Notified) => "alerts",
        _ => "people",
    }
}

fn words(clock: Clock, claim: &Milestone) -> String {
    let note = match claim.note.as_str() {
        "" => String::new(),
        note => format!(": {}", excerpt(note, NOTE_CELLS_MAX)),
    };
    format!(
        "{} {} ({}){note}{}",
        clock.when(&claim.when),
        claim.kind.name().replace('_', " "),
        claim.source.words(),
        clock.sources(claim.evidence())
    )
}
