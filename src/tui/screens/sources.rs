//! How each source was read, and what cannot be seen.

use super::super::document::{Document, Target};
use super::super::live_words;
use super::super::look::Ink;
use super::super::model::{Model, Screen};
use super::super::numbers::{bytes, figure};
use super::super::pen::Piece;
use crate::analysis::{Input, Snapshot};
use crate::clock::Zone;
use crate::clock::words::{clock_time, date};

/// One row per source, the selected one with its details; then the blind spots and the records.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let Some(snapshot) = &model.snapshot else {
        document.text("Reading: nothing is known yet.", Ink::Plain);
        return document;
    };
    let width = usize::from(model.size.0);
    let longest = snapshot
        .inputs
        .iter()
        .map(|input| input.path.chars().count())
        .max()
        .unwrap_or(0);
    let path_width = longest.clamp(6, (width / 3).max(6));
    let heading = format!(
        "{:<path_width$} {:<18} {:>5} {:>8} {:>8} {:>9}",
        "source", "format", "sure", "events", "size", "unparsed"
    );
    document.text(heading, Ink::Dim);
    document.fixed = 1;
    let chosen = model.rows.get(&Screen::Sources);
    for (i, input) in snapshot.inputs.iter().enumerate() {
        let selected = chosen.map_or(i == 0, |key| *key == input.path);
        document.row(input.path.clone(), row(input, path_width));
        if let Some(error) = &input.error {
            document.text(format!("  {error}"), Ink::Bad);
        }
        if selected {
            details(&mut document, input, model.zone(), width);
            let record = snapshot
                .records
                .iter()
                .find(|record| record.path == input.path);
            for reading in record.iter().flat_map(|record| &record.readings) {
                let at = |ns| {
                    format!(
                        "{} {}",
                        date(ns, model.zone()),
                        clock_time(ns, model.zone())
                    )
                };
                let text = format!(
                    "line {}: {:?} is taken for {}; {} {}",
                    reading.line,
                    reading.literal,
                    at(reading.taken_ns),
                    at(reading.instead_ns),
                    reading.why
                );
                for line in super::wrap(&text, width.saturating_sub(6)) {
                    document.text(format!("  {line}"), Ink::Warn);
                }
            }
            for defect in record.iter().flat_map(|record| &record.defects) {
                document.text(
                    format!(
                        "  line {}: {:?}: {} {}",
                        defect.line, defect.literal, defect.what, defect.reading
                    ),
                    Ink::Warn,
                );
            }
        }
    }
    blind_spots(&mut document, snapshot, model.zone(), width);
    document
}

fn row(input: &Input, path_width: usize) -> Vec<Piece> {
    let path = crate::text::shorten(&input.path, path_width);
    let format = crate::text::shorten(&input.format, 18);
    let unparsed = unparsed_share(input);
    let ink = if input.error.is_some() {
        Ink::Bad
    } else {
        Ink::Plain
    };
    vec![
        Piece::new(format!("{path:<path_width$} "), Ink::Strong),
        Piece::new(
            format!(
                "{format:<18} {:>3.0} % {:>8} {:>8} ",
                input.confidence * 100.0,
                figure(input.events as f64),
                bytes(input.bytes)
            ),
            ink,
        ),
        Piece::new(
            format!("{:>9}", share(unparsed)),
            if unparsed > 0.01 {
                Ink::Warn
            } else {
                Ink::Plain
            },
        ),
    ]
}

/// Share of the lines that no format could read; NaN for no lines.
fn unparsed_share(input: &Input) -> f64 {
    input.unparsed as f64 / input.lines as f64
}

/// Rounded so that "none" and "nearly none" differ.
fn share(x: f64) -> String {
    match x {
        x if x.is_nan() => "n/a".to_owned(),
        0.0 => "0 %".to_owned(),
        x if x < 0.000_05 => "<0.01 %".to_owned(),
        x => format!("{} %", figure((x * 1e4).round() / 100.0)),
    }
}

fn details(document: &mut Document, input: &Input, zone: Zone, width: usize) {
    for line in super::wrap(&format!("why: {}", input.reason), width.saturating_sub(6)) {
        document.text(format!("  {line}"), Ink::Dim);
    }
    document.text(format!("  zone: {}", input.zone), Ink::Dim);
    let lines = format!(
        "  {} lines = {} events + {} joined + {} headers + {} unparsed",
        figure(input.lines as f64),
        figure(input.events as f64),
        figure(input.joined as f64),
        figure(input.headers as f64),
        figure(input.unparsed as f64)
    );
    document.text(lines, Ink::Dim);
    if let Some((first, last)) = input.range {
        let at = |ns| format!("{} {}", date(ns, zone), clock_time(ns, zone));
        document.text(format!("  from {} to {}", at(first), at(last)), Ink::Dim);
    }
    for part in &input.parts {
        let from = part
            .first_line
            .map_or_else(String::new, |line| format!(" from line {line}"));
        document.text(format!("  part: {}{from}", part.file()), Ink::Dim);
    }
    if let Some(live) = &input.live {
        document.text(format!("  {}", live_words::standing(live, zone)), Ink::Dim);
    }
    for sample in &input.samples {
        document.text(
            format!("  unparsed, line {}: {}", sample.line, sample.text),
            Ink::Warn,
        );
    }
}

fn blind_spots(document: &mut Document, snapshot: &Snapshot, zone: Zone, width: usize) {
    document.heading("What I cannot see");
    if snapshot.blind_spots.is_empty() {
        let unread = snapshot.inputs.iter().any(|input| input.error.is_some());
        let words = match (snapshot.progress.finished, unread) {
            (false, _) => "told when all is read",
            (true, true) => "what could not be read, as is said above",
            (true, false) => "nothing is known to be missing",
        };
        document.text(words, Ink::Plain);
    }
    for (i, spot) in snapshot.blind_spots.iter().enumerate() {
        let when = spot.range.map_or_else(String::new, |(from, to)| {
            format!(" ({} to {})", clock_time(from, zone), clock_time(to, zone))
        });
        let source = if spot.source.is_empty() {
            String::new()
        } else {
            format!("{}: ", spot.source)
        };
        let text = format!("{}{}{when}", source, spot.what);
        let target = spot.range.map(|(from, _)| Target::Moment {
            signal: None,
            at_ns: from,
        });
        for (at, line) in super::wrap(&text, width.saturating_sub(14))
            .into_iter()
            .enumerate()
        {
            let kind = if at == 0 {
                spot.kind.replace('_', " ")
            } else {
                String::new()
            };
            let pieces = vec![
                Piece::new(format!("{kind:<9} "), Ink::Warn),
                Piece::new(line, Ink::Plain),
            ];
            document
                .row(format!("blind {i} {at}"), pieces)
                .target
                .clone_from(&target);
        }
    }
}
