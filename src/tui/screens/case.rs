//! One incident of a review in full: its durations with their clocks and evidence, what people
//! said, what the linter found in its records.

use super::super::document::{Document, Target};
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::count;
use super::super::pen::Piece;
use super::review::started;
use super::{incident, wrap};
use crate::analysis::review::metrics::METRICS;
use crate::analysis::review::{Case, Details, Ending};
use crate::clock::Zone;
use crate::reports::review::board::Board;
use crate::reports::review::frame::noticed_by_word;
use crate::reports::review::lints::Mend;

/// The selected incident.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let (Some(board), Some((index, _))) = (&model.review.board, model.review.case()) else {
        document.text("There is no incident.", Ink::Strong);
        return document;
    };
    told(&mut document, model, board, index);
    document
}

/// The only incident there is: no statistics, but its own numbers.
pub fn alone(model: &Model, board: &Board) -> Document {
    let mut document = Document::default();
    let width = usize::from(model.size.0);
    let text = "One incident: nothing to put together. A median needs 6, p90 29, a comparison 4 \
                against 4; its own numbers are:";
    for line in wrap(text, width.saturating_sub(4)) {
        document.text(line, Ink::Strong);
    }
    for warning in &board.warnings {
        document.text(warning.clone(), Ink::Warn);
    }
    document.text("", Ink::Plain);
    told(&mut document, model, board, 0);
    document
}

fn told(document: &mut Document, model: &Model, board: &Board, index: usize) {
    let (width, zone) = (usize::from(model.size.0), zone(model));
    let Some(case) = board.review.cases.get(index) else {
        return;
    };
    head(document, case, zone, width);
    match &case.details {
        Details::Measured(concluded) => {
            incident::durations(document, concluded, zone, width);
            segments(document, case);
            let heading = "Milestones (Enter: the evidence)";
            incident::milestones::claims(document, heading, &model.marking, concluded, zone);
        }
        Details::Reported(_) => reported(document, case),
    }
    mends(document, board, index, width);
    if model.review.alone {
        // There is no Timeline to lead to.
        for row in &mut document.rows {
            let is_line = matches!(row.target, Some(Target::Line { .. }));
            row.target = row.target.take().filter(|_| is_line);
        }
    }
}

fn zone(model: &Model) -> Zone {
    if model.utc {
        Zone::UTC
    } else {
        model.review.zone()
    }
}

/// How it ended, and when: `restored 2015-07-22 17:22 UTC+1`.
fn ended(case: &Case, zone: Zone) -> String {
    let words = case.ending().words();
    match case.restored.filter(|_| case.ending() == Ending::Restored) {
        Some(when) => {
            let at = zone.local(when.at_ns).format("%Y-%m-%d %H:%M");
            format!("{words} {at} {}", zone.name_at(when.at_ns))
        }
        None => words.to_owned(),
    }
}

fn head(document: &mut Document, case: &Case, zone: Zone, width: usize) {
    let title = if case.title.is_empty() {
        &case.id
    } else {
        &case.title
    };
    document.row("title", vec![Piece::new(title.clone(), Ink::Strong)]);
    let at = case.start.map_or(0, |start| start.at_ns);
    let noticed = noticed_by_word(case.noticed_by);
    let facts = [
        ("name", case.id.clone()),
        (
            "started",
            format!("{} {}", started(case, zone), zone.name_at(at)),
        ),
        ("ended", ended(case, zone)),
        ("service", case.service.clone()),
        ("severity", case.severity.clone()),
        ("noticed by", noticed.to_owned()),
        ("records", case.records.join(", ")),
    ];
    for (name, text) in facts.into_iter().filter(|(_, text)| !text.is_empty()) {
        fact(document, name, &text, Ink::Plain, width);
    }
    if case.start_assumed && case.start.is_some() {
        let text = "? is the first that anybody says: no record says when impact began";
        fact(document, "", text, Ink::Dim, width);
    }
    if case.planned {
        fact(
            document,
            "planned",
            "maintenance: in no number of the review",
            Ink::Warn,
            width,
        );
    }
    for note in &case.notes {
        fact(document, "note", note, Ink::Warn, width);
    }
}

fn fact(document: &mut Document, name: &str, text: &str, ink: Ink, width: usize) {
    for (i, line) in wrap(text, width.saturating_sub(17)).into_iter().enumerate() {
        let name = if i == 0 { name } else { "" };
        let pieces = vec![
            Piece::new(format!("{name:<13}"), Ink::Dim),
            Piece::new(line, ink),
        ];
        document.row(format!("{name} {i} {text}"), pieces);
    }
}

/// The legs of it that are known.
fn segments(document: &mut Document, case: &Case) {
    let segments = METRICS
        .iter()
        .filter(|metric| metric.duration.starts_with("segment_"));
    let known = segments.filter_map(|metric| {
        let duration = case.durations.get(metric.duration)?;
        duration.seconds.map(|_| (metric, duration))
    });
    for (metric, duration) in known {
        let name = metric.duration.trim_start_matches("segment_");
        let clock = metric.name.split_once('[').map_or("", |(_, clock)| clock);
        let pieces = vec![
            Piece::new(format!("{name:<13}"), Ink::Strong),
            Piece::new(format!("{:<25} ", duration.to_string()), Ink::Plain),
            Piece::new(clock.trim_end_matches(']'), Ink::Dim),
        ];
        document.row(format!("segment {name}"), pieces);
    }
}

/// Durations as a report of rfo's gives them: measured when it was written.
fn reported(document: &mut Document, case: &Case) {
    document.heading("Durations, as they were measured for the report");
    for metric in METRICS {
        let Some(duration) = case.durations.get(metric.duration) else {
            continue;
        };
        let ink = if duration.seconds.is_some() {
            Ink::Plain
        } else {
            Ink::Dim
        };
        let pieces = vec![
            Piece::new(format!("{:<20}", metric.duration), Ink::Strong),
            Piece::new(format!("{:<25} ", duration.to_string()), ink),
            Piece::new(metric.title, Ink::Dim),
        ];
        document.row(format!("duration {}", metric.duration), pieces);
    }
}

/// What the linter found about it.
fn mends(document: &mut Document, board: &Board, index: usize, width: usize) {
    let places = board.mends.get(index).map_or(&[][..], Vec::as_slice);
    if board.linted.is_empty() {
        return;
    }
    document.heading(&format!("Lint: {}", count(places.len() as u64, "finding")));
    for &(record, mend) in places {
        let linted = &board.linted[record];
        self::mend(document, &linted.path, &linted.mends[mend], width);
    }
}

/// One finding: where, as written, what is wrong, how it would be right.
pub fn mend(document: &mut Document, path: &str, mend: &Mend, width: usize) {
    let place = match mend.line {
        0 => path.to_owned(),
        line => format!("{path}:{line}"),
    };
    let key = format!("mend {place} {} {}", mend.literal, mend.what);
    let pieces = vec![
        Piece::new(format!("{place}  "), Ink::Dim),
        Piece::new(mend.literal.clone(), Ink::Strong),
    ];
    document.row(key, pieces);
    let mut said = |text: &str, ink: Ink| {
        for line in wrap(text, width.saturating_sub(6)) {
            document.text(format!("  {line}"), ink);
        }
    };
    said(&mend.what, Ink::Warn);
    if !mend.reading.is_empty() {
        said(&format!("reading: {}", mend.reading), Ink::Dim);
    }
}
