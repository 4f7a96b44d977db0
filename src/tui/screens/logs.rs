//! Merged lines of all sources around the cursor; the selected one in full below.

use unicode_width::UnicodeWidthStr;

use super::super::lanes::stem;
use super::super::logs::{position, selected_index};
use super::super::look::Ink;
use super::super::model::Model;
use super::super::pen::Pen;
use crate::clock::words::{clock_time, date};
use crate::text::{printable, shorten};

/// Shown while a filter is typed.
const HINT: &str =
    "status>=500 and path~^/api and latency>1s @14:02..14:10   Tab completes, Up recalls";
/// Cells for the time: `15:35:10.123`.
const TIME: usize = 12;

/// Draws into `height` rows.
pub fn draw(model: &Model, pen: &mut Pen<'_>, height: usize) {
    let logs = &model.logs;
    let top = filter_bar(model, pen);
    if logs.rows.is_empty() {
        let text = match (logs.loading, &logs.sift.filter) {
            (true, _) => "reading lines ...",
            (_, Some(_)) => "no event matches; f changes the filter, empty it shows all",
            _ => "no lines here",
        };
        pen.text(1, top, usize::MAX, text, Ink::Dim);
        return;
    }
    let at = selected_index(model).unwrap_or(0);
    let full = full_text(model, at, pen.width());
    let below = full.len().min(height / 3) + 1;
    let (first, room) = page(model, at, height.saturating_sub(below + top));
    let names = source_names(model);
    let longest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .clamp(4, 16);
    for y in 0..room.min(logs.rows.len()) {
        line(
            model,
            pen,
            top + y,
            first + y,
            (&names, longest),
            first + y == at,
        );
    }
    rule(model, pen, top + room, at);
    for (i, text) in full.iter().take(below - 1).enumerate() {
        pen.text(1, top + room + 1 + i, usize::MAX, text, Ink::Plain);
    }
}

/// The first loaded line that is drawn into `room` rows, and the rows.
fn page(model: &Model, at: usize, room: usize) -> (usize, usize) {
    let last = model.logs.rows.len().saturating_sub(room);
    (at.saturating_sub(room / 2).min(last), room)
}

/// Index of the loaded line in row `y` of a screen of this size.
pub fn line_at(model: &Model, (width, height): (usize, usize), y: usize) -> Option<usize> {
    let (at, sift) = (selected_index(model)?, &model.logs.sift);
    let top = usize::from(sift.typed.is_some() || sift.filter.is_some());
    let below = full_text(model, at, width).len().min(height / 3) + 1;
    let (first, room) = page(model, at, height.saturating_sub(below + top));
    let row = y.checked_sub(top).filter(|row| *row < room)?;
    Some(first + row).filter(|index| *index < model.logs.rows.len())
}

/// The filter with what it means in numbers, or what helps while it is typed. Rows it takes.
fn filter_bar(model: &Model, pen: &mut Pen<'_>) -> usize {
    let sift = &model.logs.sift;
    let width = pen.width().saturating_sub(2);
    if let Some(typed) = &sift.typed {
        let (text, ink) = match (&typed.error, typed.offers.is_empty()) {
            (Some((_, what)), _) => (printable(what), Ink::Bad),
            (None, false) => (typed.offers.join("  "), Ink::Plain),
            (None, true) => (HINT.to_owned(), Ink::Dim),
        };
        pen.text(1, 0, width, &text, ink);
        return 1;
    }
    let Some(filter) = &sift.filter else { return 0 };
    let counts = sift.counts.map_or_else(String::new, |counts| {
        let whole = |n: u64| grouped(n);
        match counts.looked < counts.of {
            true => format!(
                "{} of {} so far",
                whole(counts.matched),
                whole(counts.looked)
            ),
            false => format!("{} of {}", whole(counts.matched), whole(counts.of)),
        }
    });
    let room = width.saturating_sub(counts.len() + 10);
    let text = shorten(&printable(&filter.text), room);
    let x = pen.text(1, 0, width, "filter ", Ink::Key);
    pen.text(x, 0, room, &text, Ink::Strong);
    pen.right(x, 0, (width + 1).saturating_sub(x), &counts, Ink::Warn);
    1
}

/// `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn source_names(model: &Model) -> Vec<String> {
    let inputs = model
        .snapshot
        .as_ref()
        .map_or(&[][..], |snapshot| &snapshot.inputs);
    let stems: Vec<&str> = inputs.iter().map(|input| stem(&input.path)).collect();
    // Where two sources have one stem, the path tells them apart.
    let unique = |i: usize| stems.iter().filter(|other| **other == stems[i]).count() == 1;
    (0..inputs.len())
        .map(|i| {
            if unique(i) {
                stems[i].to_owned()
            } else {
                inputs[i].path.clone()
            }
        })
        .collect()
}

fn line(
    model: &Model,
    pen: &mut Pen<'_>,
    y: usize,
    index: usize,
    (names, longest): (&[String], usize),
    selected: bool,
) {
    let row = &model.logs.rows[index];
    let local = model.zone().local(row.line.time_ns);
    pen.text(
        1,
        y,
        TIME,
        &local.format("%H:%M:%S%.3f").to_string(),
        Ink::Dim,
    );
    let x = TIME + 2;
    pen.text(
        x,
        y,
        longest,
        names.get(row.line.source).map_or("?", String::as_str),
        Ink::Key,
    );
    let ink = match row.mark {
        'F' | 'E' | '5' => Ink::Bad,
        'W' => Ink::Warn,
        _ => Ink::Plain,
    };
    let x = x + longest + 1;
    pen.text(x, y, 1, &row.mark.to_string(), ink);
    let (x, room) = (x + 2, pen.width().saturating_sub(x + 2));
    pen.text(x, y, room, &row.text, Ink::Plain);
    let pattern = &model.logs.pattern;
    if let Some(at) = position(&row.text, pattern) {
        let (cells, width) = (
            row.text[..at].width(),
            row.text[at..at + pattern.len()].width(),
        );
        let style = pen.look.style(Ink::Hit);
        pen.restyle(x + cells, y, width.min(room.saturating_sub(cells)), style);
    }
    if selected {
        let (glyph, style) = (pen.look.glyphs().pointer, pen.look.selected());
        pen.cell(0, y, glyph, style);
        pen.restyle(0, y, pen.width(), style);
    }
}

fn rule(model: &Model, pen: &mut Pen<'_>, y: usize, at: usize) {
    let (glyph, style) = (pen.look.glyphs().rule, pen.look.style(Ink::Dim));
    (1..pen.width().saturating_sub(1)).for_each(|x| pen.cell(x, y, glyph, style));
    let logs = &model.logs;
    let line = logs.rows[at].line;
    let path = model
        .snapshot
        .as_ref()
        .and_then(|snapshot| snapshot.inputs.get(line.source))
        .map_or("?", |input| &input.path);
    let day = date(line.time_ns, model.zone());
    let left = format!(
        " {path}:{}  {day} {} ",
        line.line,
        clock_time(line.time_ns, model.zone())
    );
    pen.text(2, y, pen.width().saturating_sub(4), &left, Ink::Strong);
    let ends = match (
        logs.loading,
        at == 0 && logs.at_start,
        at + 1 == logs.rows.len() && logs.at_end,
    ) {
        (true, _, _) => " reading ",
        (_, true, _) => " first line ",
        (_, _, true) => " last line ",
        _ => "",
    };
    let x = pen.width().saturating_sub(ends.len() + 2);
    pen.text(x, y, ends.len(), ends, Ink::Dim);
}

fn full_text(model: &Model, at: usize, width: usize) -> Vec<String> {
    super::wrap(&model.logs.rows[at].text, width.saturating_sub(2))
}
