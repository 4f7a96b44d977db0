//! One incident in full: durations, windows, milestones, verdict, contributors, causes, checks.
//! Enter on a row opens its evidence.

pub mod milestones;

use super::super::document::{Document, Target};
use super::super::duration_rows;
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::{count, figure, times, with_unit};
use super::super::pen::Piece;
use super::super::state_words;
use super::super::words;
use crate::analysis::Concluded;
use crate::clock::words::{clock_time, length};
use crate::clock::{Censor, NS_PER_S, When, Zone};
use crate::events::Evidence;
use crate::incidents::{Check, Contributor, Impact};

pub use milestones::claim_key;

/// Everything that is known of the selected incident.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let (Some(concluded), Some(snapshot)) = (model.concluded(), &model.snapshot) else {
        document.text("No incident was found.", Ink::Strong);
        return document;
    };
    let (zone, incident) = (model.zone(), &concluded.incident);
    let place = (
        model.incident_index().unwrap_or(0),
        snapshot.incidents.len(),
    );
    let room = usize::from(model.size.0).saturating_sub(4);
    let of = (&**snapshot, concluded);
    document.row("state", state_words::state(model, of, place, true, room));
    document.row(
        "title",
        vec![Piece::new(words::title(&incident.title, room), Ink::Strong)],
    );
    document
        .row("verdict", words::verdict(&incident.explanation))
        .target = incident.explanation.evidence.first().and_then(target);
    wrapped(
        &mut document,
        "sentence",
        &incident.explanation.sentence,
        usize::from(model.size.0),
    );
    durations(&mut document, concluded, zone, usize::from(model.size.0));
    milestones::since_saved(&mut document, model, concluded, zone);
    windows(&mut document, concluded, zone);
    milestones::rows(&mut document, model, concluded, zone);
    contributors(
        &mut document,
        &incident.contributors,
        usize::from(model.size.0),
    );
    causes(&mut document, concluded, zone);
    impact(&mut document, &incident.impact);
    checks(&mut document, &incident.checks);
    document
}

/// Where a piece of evidence leads.
pub fn target(evidence: &Evidence) -> Option<Target> {
    match evidence {
        Evidence::Line { path, line, offset } => Some(Target::Line {
            path: path.clone(),
            line: *line,
            offset: *offset,
        }),
        Evidence::Signal { signal, bucket, .. } => {
            let at = chrono::DateTime::parse_from_rfc3339(bucket).ok()?;
            Some(Target::Moment {
                signal: Some(signal.clone()),
                at_ns: at.timestamp_nanos_opt()?,
            })
        }
    }
}

/// In few words where a piece of evidence is.
fn place(evidence: &[Evidence]) -> String {
    match evidence.first() {
        Some(Evidence::Line { path, line, .. }) => format!("{path}:{line}"),
        Some(Evidence::Signal { signal, .. }) => signal.clone(),
        None => String::new(),
    }
}

/// How long everything took, with what is missing.
pub fn durations(document: &mut Document, concluded: &Concluded, zone: Zone, width: usize) {
    document.heading("Durations");
    let (missing, known): (Vec<_>, Vec<_>) = duration_rows::durations(concluded, zone, usize::MAX)
        .into_iter()
        .partition(|row| row.missing);
    for row in known {
        let pieces = vec![
            Piece::new(format!("{:<13}", row.label), Ink::Strong),
            Piece::new(
                format!("{:<25} {:<15} {}", row.value, row.way, row.source),
                Ink::Plain,
            ),
            Piece::new(format!("  {}", row.computed), Ink::Warn),
        ];
        document.row(format!("duration {}", row.label), pieces);
    }
    for row in missing {
        let pieces = vec![Piece::new(
            format!("{:<13}{}", row.label, row.value),
            Ink::Dim,
        )];
        document.row(format!("duration {}", row.label), pieces);
    }
    let counterfactual = duration_rows::counterfactual(concluded);
    if !counterfactual.is_empty() {
        let text = format!("would have told after the start: {counterfactual}");
        document.row("counterfactual", vec![Piece::new(text, Ink::Plain)]);
    }
    let measured = &concluded.measured;
    if measured.sensitivity.len() > 1 {
        let counts: Vec<String> = measured
            .sensitivity
            .iter()
            .map(|(gap_ns, n)| format!("{n} (gap {})", length(*gap_ns)))
            .collect();
        document.row(
            "sensitivity",
            vec![Piece::new(
                format!("windows: {}", counts.join(", ")),
                Ink::Plain,
            )],
        );
    }
    for (i, note) in measured.notes.iter().enumerate() {
        wrapped(document, &format!("note {i}"), note, width);
    }
    for conflict in &measured.conflicts {
        let evidence: Vec<Evidence> = conflict
            .claims
            .iter()
            .flat_map(|claim| claim.evidence.clone())
            .collect();
        let text = words::conflict_words(conflict, concluded, zone);
        let row = document.row(
            format!("conflict {}", conflict.kind.name()),
            vec![Piece::new(text, Ink::Warn)],
        );
        row.target = evidence.first().and_then(target);
    }
}

fn windows(document: &mut Document, concluded: &Concluded, zone: Zone) {
    document.heading("Windows");
    for (i, window) in concluded.incident.windows.iter().enumerate() {
        let end = window.end.map_or_else(
            || "not over".to_owned(),
            |end| format!("{}{}", instant(end, concluded, zone), provisional(end)),
        );
        let how_long = window.end.map_or_else(String::new, |end| {
            length(end.at_ns.saturating_sub(window.start.at_ns))
        });
        let kinds = &concluded.incident.windows;
        let kind = match kinds.iter().any(|other| other.kind != window.kind) {
            true => format!("{}, ", window.kind.word()),
            false => String::new(),
        };
        let text = format!(
            "{}  {} → {end}  {how_long}  {kind}{}",
            i + 1,
            instant(window.start, concluded, zone),
            count(window.anomalies.len() as u64, "anomaly").replace("anomalys", "anomalies"),
        );
        let row = document.row(
            format!("window {}", window.start.at_ns),
            vec![Piece::new(text, Ink::Plain)],
        );
        row.target = Some(Target::Moment {
            signal: None,
            at_ns: window.start.at_ns,
        });
    }
}

/// What is to be said of an end that is not confirmed.
fn provisional(when: When) -> &'static str {
    match when.censor {
        Some(Censor::Unconfirmed) => ", not confirmed",
        _ => "",
    }
}

/// An instant, with its day where the incident knows several.
fn instant(when: When, concluded: &Concluded, zone: Zone) -> String {
    let day = |ns: i64| zone.local(ns).date();
    let first = concluded
        .incident
        .windows
        .first()
        .map_or(when.at_ns, |window| window.start.at_ns);
    let words = words::instant(when, zone);
    match day(first) == day(when.at_ns) {
        true => words,
        false => format!("{} {words}", zone.local(when.at_ns).format("%-d %b")),
    }
}

fn contributors(document: &mut Document, contributors: &[Contributor], width: usize) {
    if contributors.is_empty() {
        return;
    }
    document.heading("Contributors");
    for contributor in contributors {
        let mut pieces = words::contributor(contributor, width.saturating_sub(14));
        pieces.push(Piece::new(
            format!("  {}", times(contributor.risk_ratio)),
            Ink::Dim,
        ));
        let key = format!(
            "contributor {:?} {}",
            contributor.dimensions, contributor.signal
        );
        document.row(key, pieces).target = contributor.evidence.first().and_then(target);
    }
}

fn causes(document: &mut Document, concluded: &Concluded, zone: Zone) {
    if concluded.incident.causes.is_empty() {
        return;
    }
    document.heading("Preceded by");
    for cause in &concluded.incident.causes {
        let lead = length((cause.lead_s * NS_PER_S as f64) as i64);
        let text = format!(
            "{}  {} {}  {lead} before  score {}",
            clock_time(cause.at.at_ns, zone),
            cause.kind,
            cause.title,
            figure(cause.score)
        );
        let key = format!("cause {} {}", cause.at.at_ns, cause.title);
        document
            .row(key.clone(), vec![Piece::new(text, Ink::Plain)])
            .target = cause.evidence.first().and_then(target);
        let sides = [
            ("for", &cause.supported_by, Ink::Plain),
            ("against", &cause.contradicted_by, Ink::Warn),
        ];
        for (side, words, ink) in sides {
            for word in words {
                document.row(
                    format!("{key} {side} {word}"),
                    vec![Piece::new(format!("  {side}: {word}"), ink)],
                );
            }
        }
    }
}

fn impact(document: &mut Document, impact: &Impact) {
    let items = [
        impact
            .failed_requests
            .map(|n| format!("{} failed requests above the usual", figure(n))),
        impact
            .clients
            .map(|n| format!("{} hit", count(n, "client"))),
        impact
            .user_minutes
            .map(|n| format!("{} user-minutes", figure(n as f64))),
        impact
            .excess_seconds
            .map(|n| format!("{} waited in excess", length((n * NS_PER_S as f64) as i64))),
        impact.slo_budget_share.map(|n| match n >= 2.0 {
            true => format!("{} times the error budget", figure(n)),
            false => format!("{} of the error budget", with_unit(n, "share")),
        }),
    ];
    let items: Vec<String> = items.into_iter().flatten().collect();
    if !items.is_empty() {
        document.heading("Impact");
        for item in items {
            document.row(format!("impact {item}"), vec![Piece::new(item, Ink::Plain)]);
        }
    }
}

fn checks(document: &mut Document, checks: &[Check]) {
    if checks.is_empty() {
        return;
    }
    document.heading("Checked, normal");
    for check in checks {
        let (observed, expected) = (
            with_unit(check.observed, &check.unit),
            with_unit(check.expected, &check.unit),
        );
        let text = format!(
            "{:<40} {observed:>10}, usual {expected} ({})",
            check.signal,
            count(check.n, "bucket")
        );
        document.row(
            format!("check {}", check.signal),
            vec![Piece::new(text, Ink::Plain)],
        );
    }
}

/// Text over several rows; the first carries the key, the others go on from it.
fn wrapped(document: &mut Document, key: &str, text: &str, width: usize) {
    for (i, line) in super::wrap(text, width.saturating_sub(4))
        .into_iter()
        .enumerate()
    {
        document.row(format!("{key} {i}"), vec![Piece::new(line, Ink::Plain)]);
    }
}
