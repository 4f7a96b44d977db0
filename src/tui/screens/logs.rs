//! Merged lines of all sources around the cursor; the selected one in full below.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::super::lane_names::stem;
use super::super::log_look;
use super::super::logs::selected_index;
use super::super::look::Ink;
use super::super::matches::Counts;
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
    let names = source_names(model);
    let place = Place::of(&names, pen.width());
    let full = below(model, at, pen.width());
    let below = full.len().min(height / 3) + 1;
    let room = height.saturating_sub(below + top);
    let mut y = top;
    for (index, rows) in visible(model, at, room, place.text_room()) {
        let rows = &rows[..rows.len().min((top + room).saturating_sub(y))];
        line(model, pen, (y, rows), index, &place);
        if index == at {
            let (glyph, style) = (pen.look.glyphs().pointer, pen.look.selected());
            pen.cell(0, y, glyph, style);
            (0..rows.len()).for_each(|i| pen.restyle(0, y + i, pen.width(), style));
        }
        y += rows.len();
    }
    rule(model, pen, top + room, at);
    for (i, text) in full.iter().take(below - 1).enumerate() {
        pen.text(1, top + room + 1 + i, usize::MAX, text, Ink::Plain);
    }
}

/// The selected line in full, unless it is whole where it stands.
fn below(model: &Model, at: usize, width: usize) -> Vec<String> {
    match model.logs.look.wrap {
        true => Vec::new(),
        false => full_text(model, at, width),
    }
}

/// Index of the loaded line in row `y` of a screen of this size.
pub fn line_at(model: &Model, (width, height): (usize, usize), y: usize) -> Option<usize> {
    let (at, sift) = (selected_index(model)?, &model.logs.sift);
    let top = usize::from(sift.typed.is_some() || sift.filter.is_some());
    let names = source_names(model);
    let place = Place::of(&names, width);
    let below = below(model, at, width).len().min(height / 3) + 1;
    let room = height.saturating_sub(below + top);
    let row = y.checked_sub(top).filter(|row| *row < room)?;
    let mut end = 0;
    let lines = visible(model, at, room, place.text_room());
    let found = lines.into_iter().find(|(_, rows)| {
        end += rows.len();
        row < end
    });
    found.map(|(index, _)| index)
}

/// Where the parts of a line go.
struct Place<'a> {
    /// Of the sources.
    names: &'a [String],
    /// Cells for these.
    longest: usize,
    /// Cells of the screen.
    width: usize,
}

impl<'a> Place<'a> {
    fn of(names: &'a [String], width: usize) -> Self {
        let longest = names.iter().map(|name| name.chars().count()).max();
        Self {
            names,
            longest: longest.unwrap_or(0).clamp(4, 16),
            width,
        }
    }

    fn text_x(&self) -> usize {
        TIME + 2 + self.longest + 3
    }

    fn text_room(&self) -> usize {
        self.width.saturating_sub(self.text_x())
    }
}

/// The lines that fit around the selected one, each with its rows as ranges of its text.
fn visible(model: &Model, at: usize, room: usize, width: usize) -> Vec<(usize, Vec<Range<usize>>)> {
    let logs = &model.logs;
    let cut = |index: usize| {
        let row = &logs.rows[index];
        let text = log_look::text(logs.look.columns, &row.text, &row.fields);
        log_look::rows(&text, logs.look, width, room.max(1))
    };
    let mut chosen = VecDeque::from([(at, cut(at))]);
    let mut used = chosen[0].1.len();
    let (mut above, mut below) = (at, at + 1);
    // Half of the room above, the rest below, and above again where the lines end.
    for (upwards, limit) in [(true, room / 2 + 1), (false, room), (true, room)] {
        while used < limit
            && (if upwards {
                above > 0
            } else {
                below < logs.rows.len()
            })
        {
            let index = if upwards { above - 1 } else { below };
            let rows = cut(index);
            if upwards && used + rows.len() > room {
                break;
            }
            used += rows.len();
            if upwards {
                above = index;
                chosen.push_front((index, rows));
            } else {
                below = index + 1;
                chosen.push_back((index, rows));
            }
        }
    }
    chosen.into()
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
        let counts = typed.counts.map_or_else(String::new, counted);
        let room = width.saturating_sub(counts.len() + 2 * usize::from(!counts.is_empty()));
        pen.text(1, 0, room, &text, ink);
        pen.right(1, 0, width, &counts, Ink::Warn);
        return 1;
    }
    let Some(filter) = &sift.filter else { return 0 };
    let counts = sift.counts.map_or_else(String::new, counted);
    let room = width.saturating_sub(counts.len() + 10);
    let text = shorten(&printable(&filter.text), room);
    let x = pen.text(1, 0, width, "filter ", Ink::Key);
    pen.text(x, 0, room, &text, Ink::Strong);
    pen.right(x, 0, (width + 1).saturating_sub(x), &counts, Ink::Warn);
    1
}

/// `1,234 of 2,000,000 so far`.
fn counted(counts: Counts) -> String {
    let (matched, looked) = (grouped(counts.matched), grouped(counts.looked));
    match counts.looked < counts.of {
        true => format!("{matched} of {looked} so far"),
        false => format!("{matched} of {looked}"),
    }
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
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for stem in &stems {
        *counts.entry(stem).or_default() += 1;
    }
    let unique = |i: usize| counts[stems[i]] == 1;
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
    (y, rows): (usize, &[Range<usize>]),
    index: usize,
    place: &Place<'_>,
) {
    let row = &model.logs.rows[index];
    let local = model.zone().local(row.line.time_ns);
    let time = local.format("%H:%M:%S%.3f").to_string();
    pen.text(1, y, TIME, &time, Ink::Dim);
    let name = place.names.get(row.line.source);
    let name = name.map_or("?", String::as_str);
    pen.text(TIME + 2, y, place.longest, name, Ink::Key);
    let ink = match row.mark {
        'F' | 'E' | '5' => Ink::Bad,
        'W' => Ink::Warn,
        _ => Ink::Plain,
    };
    let x = place.text_x();
    pen.text(x - 2, y, 1, &row.mark.to_string(), ink);
    let logs = &model.logs;
    let text = log_look::text(logs.look.columns, &row.text, &row.fields);
    let style = pen.look.style(Ink::Hit);
    for (i, part) in rows.iter().enumerate() {
        // A line that is cut says so.
        let shown = match logs.look.wrap {
            true => &text[part.clone()],
            false => &text[part.start..],
        };
        pen.text(x, y + i, place.text_room(), shown, Ink::Plain);
        for hit in log_look::hits(&text, &logs.pattern, part) {
            let before = text[part.start..hit.start].width();
            pen.restyle(x + before, y + i, text[hit].width(), style);
        }
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
