//! The first screen: how it stands, lanes on one time axis, marks, durations.

use unicode_width::UnicodeWidthStr;

use super::super::arrangement::Fold;
use super::super::closer;
use super::super::lanes::LaneId;
use super::super::layout::{Placed, Plot, Slot, plot};
use super::super::live_words;
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::{bytes, count};
use super::super::pen::{Pen, Piece};
use super::super::span::Span;
use super::super::state_words;
use super::super::words;
use super::plot::{DAY_NS, axis, cursor, lane, marks};
use super::value::aside;
use super::wrap;
use crate::analysis::Snapshot;
use crate::clock::words::length;
use crate::text::{printable, shorten};

/// Fewer cells say nothing beside the rule.
const ASIDE_MIN: usize = 8;

/// Cells of the words before the durations, at least.
const LABEL_MIN: usize = 9;

/// Draws everything but header and footer.
pub fn draw(model: &Model, pen: &mut Pen<'_>) {
    let plot = plot(model.size.0);
    for placed in &model.drawn.rows {
        slot(model, pen, placed, &plot);
    }
    cursor(model, pen, &plot);
}

fn slot(model: &Model, pen: &mut Pen<'_>, placed: &Placed, plot: &Plot) {
    let (drawn, y) = (&model.drawn, placed.y);
    let width = pen.width();
    match placed.slot {
        Slot::Header | Slot::Footer => {}
        Slot::State => state(model, pen, y),
        Slot::Title => {
            let title = model
                .concluded()
                .map_or("", |concluded| &concluded.incident.title);
            let title = words::title(title, width - 2);
            pen.text(1, y, width - 2, title, Ink::Strong);
        }
        Slot::Verdict => {
            let pieces = model
                .concluded()
                .map(|concluded| words::verdict(&concluded.incident.explanation));
            pen.fitting(1, y, &pieces.unwrap_or_default());
        }
        Slot::Contributor => {
            let first = model
                .concluded()
                .and_then(|concluded| concluded.incident.contributors.first());
            let pieces = first.map(|contributor| words::contributor(contributor, width - 2));
            pen.pieces(1, y, &pieces.unwrap_or_default());
        }
        Slot::Range(i) => {
            pen.pieces(1, y, drawn.range.get(i).map_or(&[], Vec::as_slice));
        }
        Slot::Prose(i) => {
            pen.pieces(1, y, drawn.prose.get(i).map_or(&[], Vec::as_slice));
        }
        Slot::Axis => axis(model, pen, y, plot),
        Slot::Lane(i) => lane(model, pen, placed, plot, i),
        Slot::Changes => marks(model, pen, y, plot, LaneId::Changes),
        Slot::People => marks(model, pen, y, plot, LaneId::People),
        Slot::Windows => marks(model, pen, y, plot, LaneId::Windows),
        Slot::Rule => rule(model, pen, y),
        Slot::Duration(i) => duration(model, pen, y, i),
        Slot::Note(i) => note(model, pen, y, i),
        Slot::Checked => listing(
            pen,
            y,
            ("checked, normal: ", "2"),
            &drawn.checked,
            Ink::Plain,
        ),
        Slot::Blind => listing(pen, y, ("cannot see: ", "7"), &drawn.blind, Ink::Warn),
    }
}

/// A note; the last one shown says how many more there are.
fn note(model: &Model, pen: &mut Pen<'_>, y: usize, i: usize) {
    let (drawn, width) = (&model.drawn, pen.width());
    let Some(note) = drawn.notes.get(i) else {
        return;
    };
    let more = drawn.notes.len() - i - 1;
    let is_last = !drawn
        .rows
        .iter()
        .any(|other| other.slot == Slot::Note(i + 1));
    let end = if is_last && more > 0 {
        format!("  +{more} more: 2")
    } else {
        String::new()
    };
    let x = pen.text(1, y, width - 2 - end.len(), &format!("! {note}"), Ink::Warn);
    pen.text(x, y, end.len(), &end, Ink::Dim);
}

fn state(model: &Model, pen: &mut Pen<'_>, y: usize) {
    let mut pieces = Vec::new();
    if let Some(snapshot) = &model.snapshot
        && !snapshot.progress.finished
        && !snapshot.inputs.is_empty()
    {
        pieces.push(Piece::new("READING: ", Ink::Warn));
    }
    match (model.concluded(), &model.snapshot) {
        (Some(concluded), Some(snapshot)) => {
            let place = (
                model.incident_index().unwrap_or(0),
                snapshot.incidents.len(),
            );
            let many_days = model.span().is_some_and(|span| span.length_ns() > DAY_NS);
            let taken: usize = pieces.iter().map(|piece| piece.text.width()).sum();
            let room = pen.width().saturating_sub(taken + 2);
            let of = (&**snapshot, concluded);
            pieces.extend(state_words::state(model, of, place, many_days, room));
        }
        (None, Some(snapshot)) if awaited(model, snapshot).is_some() => {
            pieces.push(Piece::new("WAITING", Ink::Warn));
            pieces.push(Piece::new("  for the first file", Ink::Plain));
        }
        (None, Some(snapshot)) if live_words::without_writer(snapshot).is_some() => {
            pieces.push(Piece::new("WAITING", Ink::Warn));
            pieces.push(Piece::new(
                "  for somebody to write to the pipe",
                Ink::Plain,
            ));
        }
        (None, Some(snapshot)) if !snapshot.progress.finished => {
            let judged = "what came so far is drawn; it is judged when all is read";
            pieces.push(Piece::new(judged, Ink::Plain));
        }
        (None, Some(snapshot)) if snapshot.series.is_empty() => {
            pieces.push(Piece::new("NO DATA", Ink::Warn));
            pieces.push(Piece::new(
                "  nothing was tested: this does not mean that all is well",
                Ink::Plain,
            ));
        }
        (None, Some(snapshot)) => {
            let tested = count(snapshot.tested.len() as u64, "signal");
            pieces.push(Piece::new("NO INCIDENT found", Ink::Strong));
            pieces.push(Piece::new(format!("  {tested} normal"), Ink::Plain));
        }
        _ => pieces.push(Piece::new("READING", Ink::Warn)),
    }
    pen.fitting(1, y, &pieces);
}

/// What is waited for, while there is no file.
fn awaited(model: &Model, snapshot: &Snapshot) -> Option<String> {
    live_words::awaited(snapshot, &model.manners.invocation.sources)
}

/// What is said before the first snapshot.
pub fn nothing_yet(model: &Model) -> Vec<Vec<Piece>> {
    let Some(snapshot) = &model.snapshot else {
        return vec![vec![Piece::new(
            "The sources are being opened.",
            Ink::Plain,
        )]];
    };
    let no_file = awaited(model, snapshot).map(|named| {
        format!("There is no file yet in {named}: the first one is read as it comes.")
    });
    let no_writer = live_words::without_writer(snapshot).map(|named| {
        format!("Nobody has opened {named} to write yet: what comes is read as it comes.")
    });
    if let Some(text) = no_file.or(no_writer) {
        let rows = wrap(&text, usize::from(model.size.0).saturating_sub(2));
        let piece = |row: String| vec![Piece::new(row, Ink::Strong)];
        return rows.into_iter().map(piece).collect();
    }
    let mut lines = vec![vec![Piece::new(
        if snapshot.progress.finished {
            "No event with a time was found."
        } else {
            "No event with a time was read yet."
        },
        Ink::Strong,
    )]];
    for input in &snapshot.inputs {
        lines.push(vec![match &input.error {
            Some(error) => Piece::new(error.clone(), Ink::Bad),
            None => {
                let lines = count(input.lines, "line");
                Piece::new(
                    format!(
                        "{}: {}, {lines}, {}",
                        input.path,
                        input.format,
                        bytes(input.bytes)
                    ),
                    Ink::Plain,
                )
            }
        }]);
    }
    lines.push(vec![Piece::new(
        "7 shows how each source was read.",
        Ink::Dim,
    )]);
    lines
}

/// What is said when nothing is wrong, or nothing that the data show.
pub fn no_incident(snapshot: &Snapshot, checked: &[String], width: usize) -> Vec<Vec<Piece>> {
    let room = width.saturating_sub(20);
    let mut lines = Vec::new();
    if !checked.is_empty() {
        lines.push(vec![
            Piece::new("checked, normal: ", Ink::Good),
            Piece::new(words::listed(checked, room, "2"), Ink::Plain),
        ]);
    }
    if !snapshot.anomalies.is_empty() {
        let n = snapshot.anomalies.len();
        let what = if n == 1 {
            "1 stretch"
        } else {
            &format!("{n} stretches")
        };
        lines.push(vec![Piece::new(
            format!("{what} out of the ordinary, none an incident (]a walks through)"),
            Ink::Plain,
        )]);
    }
    lines.extend(snapshot.inputs.iter().filter_map(|input| {
        let error = input.error.as_ref()?;
        Some(vec![Piece::new(error.clone(), Ink::Bad)])
    }));
    lines
}

/// A line between plot and figures, which says what did not fit.
fn rule(model: &Model, pen: &mut Pen<'_>, y: usize) {
    let (glyph, style) = (pen.look.glyphs().rule, pen.look.style(Ink::Dim));
    (1..pen.width().saturating_sub(1)).for_each(|x| pen.cell(x, y, glyph, style));
    let hidden = model
        .drawn
        .lanes
        .len()
        .saturating_sub(model.drawn.drawings.len());
    let mut left = 2;
    if hidden > 0 {
        let away = &model.arrangement.folded;
        let away = away.values().filter(|fold| **fold == Fold::Away).count();
        let folded = if away == 0 {
            String::new()
        } else {
            format!(" ({away} folded: Z)")
        };
        let text = format!(
            " +{hidden} more {}: j{folded} ",
            words::plural(hidden, "lane")
        );
        left = pen.text(2, y, text.len(), &text, Ink::Key);
    }
    let Some(span) = model.span() else { return };
    let text = format!(" {} ", per_cell(model, span));
    let right = pen.width().saturating_sub(text.len() + 2);
    pen.text(right, y, text.len(), &text, Ink::Dim);
    // Under the values, as far as there is room.
    let room = right.saturating_sub(left + 4);
    let aside = aside(model, &plot(model.size.0)).map(|words| shorten(&printable(&words), room));
    if let Some(words) = aside.filter(|_| room >= ASIDE_MIN) {
        let text = format!(" {words} ");
        pen.text(left + 1, y, text.width(), &text, Ink::Plain);
    }
}

/// `3 min 20 s per cell`; where a cell is less than what is known of a lane, that.
fn per_cell(model: &Model, span: Span) -> String {
    let text = format!(
        "{} per cell",
        length(span.cell_ns(plot(model.size.0).width))
    );
    match closer::words(model, span) {
        Some(words) => format!("{text}, {words}"),
        None => text,
    }
}

fn duration(model: &Model, pen: &mut Pen<'_>, y: usize, i: usize) {
    let Some(row) = model.drawn.durations.get(i) else {
        return;
    };
    let width = pen.width();
    let ink = if row.missing { Ink::Dim } else { Ink::Plain };
    let wide = width >= 100;
    let (label, value, way, source) = if wide {
        (14, 22, 18, 14)
    } else {
        let labels = model.drawn.durations.iter().map(|row| row.label.len() + 1);
        let label = labels.fold(LABEL_MIN, usize::max);
        (label, LABEL_MIN + 20 - label, 15, 12)
    };
    // A long value moves what follows: it is never cut.
    let value = value.max(row.value.chars().count() + 1);
    pen.text(1, y, label - 1, row.label, Ink::Strong);
    let room = if row.missing { width } else { value - 1 };
    pen.text(
        1 + label,
        y,
        room,
        &row.value,
        if row.missing { Ink::Dim } else { Ink::Strong },
    );
    if !row.missing {
        pen.text(1 + label + value, y, way - 1, &row.way, ink);
        pen.text(1 + label + value + way, y, source - 1, &row.source, ink);
        let x = 1 + label + value + way + source;
        let fits = x + row.aside.chars().count() <= width;
        let first = row.aside.split(", ").next().unwrap_or_default();
        pen.text(x, y, width, if fits { &row.aside } else { first }, Ink::Dim);
    } else if !row.aside.is_empty() {
        pen.right(1, y, width - 2, &row.aside, Ink::Dim);
    }
}

/// Items after a title; the key shows those that do not fit.
fn listing(pen: &mut Pen<'_>, y: usize, (title, key): (&str, &str), items: &[String], ink: Ink) {
    let room = pen.width().saturating_sub(title.len() + 2);
    let x = pen.text(1, y, usize::MAX, title, ink);
    pen.text(x, y, room, &words::listed(items, room, key), Ink::Plain);
}
