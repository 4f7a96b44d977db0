//! The list of incidents.

use super::super::document::{Document, Target};
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::with_unit;
use super::super::pen::Piece;
use super::super::words::{severity, severity_ink, state_ink};
use crate::analysis::{Concluded, Snapshot};
use crate::clock::Zone;
use crate::clock::words::{clock_time, date};

/// One row per incident, in order of start; without any, what was checked.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let Some(snapshot) = &model.snapshot else {
        document.text("Reading: nothing is known yet.", Ink::Plain);
        return document;
    };
    if snapshot.incidents.is_empty() {
        none(&mut document, snapshot);
        return document;
    }
    let heading = format!(
        "{:<4} {:<10} {:<12} {:<20} {:>3} {:>12}  {}",
        "id", "state", "severity", "since", "win", "down", "what"
    );
    document.text(heading, Ink::Dim);
    document.fixed = 1;
    for concluded in &snapshot.incidents {
        let id = &concluded.incident.id;
        let row = document.row(id.clone(), pieces(concluded, model.zone()));
        row.target = Some(Target::Incident(id.clone()));
    }
    document
}

fn none(document: &mut Document, snapshot: &Snapshot) {
    if snapshot.series.is_empty() {
        document.text(
            "Nothing was tested: this does not mean that all is well.",
            Ink::Warn,
        );
        return;
    }
    let (tested, strange) = (snapshot.tested.len(), snapshot.anomalies.len());
    document.text("No incident was found.", Ink::Strong);
    document.text(
        format!("{tested} signals were tested and found normal."),
        Ink::Plain,
    );
    document.text(
        format!("{strange} stretches were out of the ordinary, none an incident."),
        Ink::Plain,
    );
    document.heading("Tested, normal");
    for tested in &snapshot.tested {
        let (signal, unit) = (tested.signal.full_name(), &tested.signal.unit);
        let (observed, expected) = (
            with_unit(tested.observed, unit),
            with_unit(tested.expected, unit),
        );
        let text = format!("{signal:<40} {observed:>10}, usual {expected}");
        document.row(
            format!("tested {signal}"),
            vec![Piece::new(text, Ink::Plain)],
        );
    }
}

fn pieces(concluded: &Concluded, zone: Zone) -> Vec<Piece> {
    let incident = &concluded.incident;
    let at = |ns: i64| format!("{} {}", date(ns, zone), clock_time(ns, zone));
    let since = incident
        .windows
        .first()
        .map_or("n/a".to_owned(), |window| at(window.start.at_ns));
    let down = concluded
        .measured
        .durations
        .get("downtime")
        .map(ToString::to_string);
    let down = down.unwrap_or_else(|| "n/a".to_owned());
    // What is certain of it is on the incident's own screen.
    let down = down.split(" (").next().unwrap_or_default();
    let state = incident.state.word().to_uppercase();
    let how_bad = severity(incident.severity);
    let windows = incident.windows.len();
    vec![
        Piece::new(format!("{:<4} ", incident.id), Ink::Key),
        Piece::new(format!("{state:<10} "), state_ink(incident.state)),
        Piece::new(format!("{how_bad:<12} "), severity_ink(incident.severity)),
        Piece::new(format!("{since:<20} {windows:>3} {down:>12}  "), Ink::Plain),
        Piece::new(incident.title.clone(), Ink::Strong),
    ]
}
