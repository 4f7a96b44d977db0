//! How far the data can be trusted: sources as they were read, gaps, clocks, mistakes in records.

use super::draft::Draft;
use super::{Block, Line, Section};
use crate::analysis::Input;
use crate::reports::excerpt::excerpt;
use crate::reports::words::{number, percent};

/// Rows of a table, items of a list; the rest is counted.
const ROWS_MAX: usize = 60;
/// Cells of a foreign text.
const TEXT_CELLS_MAX: usize = 200;

/// The whole section.
pub fn section(draft: &Draft) -> Section {
    let snapshot = draft.snapshot;
    let mut blocks = Vec::new();
    if snapshot.inputs.is_empty() {
        blocks.push(Block::Paragraph(Line::of("No source was read.")));
    } else {
        let head = [
            "source",
            "format",
            "lines",
            "events",
            "not parsed",
            "from (UTC)",
            "to (UTC)",
            "stamps",
        ];
        let rows = snapshot.inputs.iter().take(ROWS_MAX);
        blocks.push(Block::Table {
            head: head.map(str::to_owned).to_vec(),
            rows: rows.map(|input| row(draft, input)).collect(),
        });
        blocks.extend(more(snapshot.inputs.len()));
    }
    let items = notes(draft);
    if items.is_empty() {
        let words = "No gap, no unread line, no assumed zone: nothing is known to be missing.";
        blocks.push(Block::Paragraph(Line::of(words)));
    } else {
        blocks.push(Block::List(items));
    }
    Section::new(2, "Data quality", blocks)
}

fn more(n: usize) -> Option<Block> {
    let rest = n.saturating_sub(ROWS_MAX);
    (rest > 0).then(|| Block::Paragraph(Line::of(format!("And {rest} more, in the JSON report."))))
}

fn row(draft: &Draft, input: &Input) -> Vec<Line> {
    let count = |n: u64| Line::of(number(n as f64));
    let unparsed = match (input.unparsed, input.lines) {
        (0, _) | (_, 0) => "0".to_owned(),
        (n, lines) => format!(
            "{} ({})",
            number(n as f64),
            percent(n as f64 / lines as f64)
        ),
    };
    let end = |ns: Option<i64>| Line::of(ns.map_or(String::new(), |ns| draft.times.utc.at(ns)));
    vec![
        Line::default().code(&input.path),
        Line::of(&input.format),
        count(input.lines),
        count(input.events),
        Line::of(unparsed),
        end(input.range.map(|range| range.0)),
        end(input.range.map(|range| range.1)),
        Line::of(&input.zone),
    ]
}

/// What is missing, assumed or wrong, each with its source.
fn notes(draft: &Draft) -> Vec<Line> {
    let snapshot = draft.snapshot;
    let mut items = Vec::new();
    for spot in &snapshot.blind_spots {
        let mut line = Line::default();
        if !spot.source.is_empty() {
            line = line.code(&spot.source).text(": ");
        }
        let span = spot.range.map(|(from, to)| {
            format!(
                ", {} to {}",
                draft.times.instant(from),
                draft.times.instant(to)
            )
        });
        items.push(line.text(format!("{}{}.", spot.what, span.unwrap_or_default())));
    }
    for input in &snapshot.inputs {
        if let Some(error) = &input.error {
            let line = Line::default()
                .code(&input.path)
                .text(": not read to its end: ");
            items.push(line.text(excerpt(error, TEXT_CELLS_MAX)));
        }
        if let Some(sample) = input.samples.first() {
            let line = Line::of(format!(
                "{} lines fit no format, such as ",
                number(input.unparsed as f64)
            ));
            let place = format!("{}:{}", input.path, sample.line);
            let line = line
                .code(excerpt(&sample.text, TEXT_CELLS_MAX))
                .text(" (")
                .code(place);
            items.push(line.text(")."));
        }
    }
    for proposal in &snapshot.clock_proposals {
        let words = format!("Clocks: {}; to correct it: ", proposal.words());
        items.push(Line::of(words).code(proposal.flag()));
    }
    for record in &snapshot.records {
        for defect in &record.defects {
            let reading = match defect.reading.as_str() {
                "" => "left out".to_owned(),
                reading => format!("read as {reading}"),
            };
            let line = Line::of("A mistake in a record: ")
                .quote(excerpt(&defect.literal, TEXT_CELLS_MAX))
                .text(format!(" {reading}: {} (", defect.what))
                .code(format!("{}:{}", record.path, defect.line));
            items.push(line.text(")."));
        }
    }
    let rest = items.len().saturating_sub(ROWS_MAX);
    items.truncate(ROWS_MAX);
    if rest > 0 {
        items.push(Line::of(format!("And {rest} more, in the JSON report.")));
    }
    items
}
