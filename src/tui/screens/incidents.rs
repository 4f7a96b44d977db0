//! The list of incidents.

use super::super::document::{Document, Target};
use super::super::look::Ink;
use super::super::model::Model;
use super::super::pen::Piece;
use super::super::words::{severity, severity_ink, state_ink};
use crate::clock::words::{clock_time, date};

/// One row per incident, in order of start; without any, what was checked.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let Some(snapshot) = &model.snapshot else {
        document.text("Reading: nothing is known yet.", Ink::Plain);
        return document;
    };
    if snapshot.incidents.is_empty() {
        if snapshot.series.is_empty() {
            document.text(
                "Nothing was tested: this does not mean that all is well.",
                Ink::Warn,
            );
            return document;
        }
        document.text("No incident was found.", Ink::Strong);
        document.text(
            format!(
                "{} signals were tested and found normal.",
                snapshot.tested.len()
            ),
            Ink::Plain,
        );
        document.text(
            format!(
                "{} stretches were out of the ordinary, none an incident.",
                snapshot.anomalies.len()
            ),
            Ink::Plain,
        );
        return document;
    }
    let heading = format!(
        "{:<4} {:<10} {:<12} {:<20} {:>3} {:>12}  {}",
        "id", "state", "severity", "since", "win", "down", "what"
    );
    document.text(heading, Ink::Dim);
    document.fixed = 1;
    let zone = model.zone();
    for concluded in &snapshot.incidents {
        let incident = &concluded.incident;
        let since = incident.windows.first().map_or_else(
            || "n/a".to_owned(),
            |window| {
                format!(
                    "{} {}",
                    date(window.start.at_ns, zone),
                    clock_time(window.start.at_ns, zone)
                )
            },
        );
        let down = concluded.measured.durations.get("downtime").map_or_else(
            || "n/a".to_owned(),
            |down| {
                // The interval is on the incident's own screen.
                down.to_string()
                    .split(" (")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            },
        );
        let pieces = vec![
            Piece::new(format!("{:<4} ", incident.id), Ink::Key),
            Piece::new(
                format!("{:<10} ", incident.state.word().to_uppercase()),
                state_ink(incident.state),
            ),
            Piece::new(
                format!("{:<12} ", severity(incident.severity)),
                severity_ink(incident.severity),
            ),
            Piece::new(
                format!("{since:<20} {:>3} {down:>12}  ", incident.windows.len()),
                Ink::Plain,
            ),
            Piece::new(incident.title.clone(), Ink::Strong),
        ];
        document.row(incident.id.clone(), pieces).target =
            Some(Target::Incident(incident.id.clone()));
    }
    document
}
