//! The plotted rows of the Timeline: axis, lanes as bars or heatmaps, marks, and the cursor
//! through all of them.

use ratatui::style::Style;

use super::super::axis::ticks;
use super::super::clocks::clock;
use super::super::lanes::{Drawing, LaneId};
use super::super::layout::{Placed, Plot, Slot};
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::seconds;
use super::super::pen::Pen;
use super::super::resample::Heat;
use super::value::{VALUE_WITH_TOP, value};
use crate::anomalies::Direction;
use crate::clock::NS_PER_S;

/// With so many cells more the time has its zone.
const TIME_BORROWS: usize = 5;
/// Longer stretches than a day are labelled with days.
pub const DAY_NS: i64 = 86_400 * NS_PER_S;

/// Ticks, the selected range, the cursor's time by both clocks.
pub fn axis(model: &Model, pen: &mut Pen<'_>, y: usize, plot: &Plot) {
    let Some(span) = model.span() else { return };
    let cursor = model
        .cursor()
        .map(|cursor| span.nearest(cursor, plot.width));
    let range = match model.range {
        (Some(from), Some(to)) if from < span.to_ns && to >= span.from_ns => {
            Some((span.nearest(from, plot.width), span.nearest(to, plot.width)))
        }
        _ => None,
    };
    let tick_glyph = pen.look.glyphs().tick;
    let free = plot.width - borrowed(plot, cursor);
    for tick in ticks(span, plot.width, model.zone()) {
        let style = pen.look.style(Ink::Dim);
        if tick.column < free {
            pen.cell(plot.x + tick.column, y, tick_glyph, style);
        }
        // A label under the cursor would be cut in two; the cursor's time stands at the right.
        let covers =
            |column: usize| (tick.column..=tick.column + tick.label.len()).contains(&column);
        let in_range = range
            .is_some_and(|(from, to)| from <= tick.column + tick.label.len() && tick.column <= to);
        let fits = tick.column < free && tick.column + tick.label.len() < free;
        let fits = fits || free == plot.width;
        if fits && !cursor.is_some_and(covers) && !in_range {
            pen.text(
                plot.x + tick.column + 1,
                y,
                plot.width - tick.column - 1,
                &tick.label,
                Ink::Dim,
            );
        }
    }
    if let Some((from, to)) = range {
        let (glyph, style) = (pen.look.glyphs().range, pen.look.style(Ink::Key));
        (from..=to).for_each(|column| pen.cell(plot.x + column, y, glyph, style));
    }
    for (end, glyph) in [(model.range.0, '['), (model.range.1, ']')] {
        if let Some(column) = end.and_then(|ns| span.column(ns, plot.width)) {
            let style = pen.look.style(Ink::Key);
            pen.cell(plot.x + column, y, glyph, style);
        }
    }
    let more = borrowed(plot, cursor);
    if let Some(cursor) = model.cursor() {
        let at = |zone, room| clock(cursor, zone, span, plot.width, room);
        let other = model.other_zone(cursor);
        let other = other.map_or_else(String::new, |zone| at(zone, plot.label));
        pen.text(1, y, plot.label, &other, Ink::Dim);
        // The cell before the value's place is free in this row.
        let room = plot.value + 1 + more;
        let time = at(model.zone(), room);
        let x = plot.value_x.saturating_sub(1 + more);
        pen.right(x, y, room, &time, Ink::Strong);
    }
}

/// Cells at the end of the axis that the cursor's time takes where its own place is narrow, and
/// neither the cursor nor the range is there.
fn borrowed(plot: &Plot, cursor: Option<usize>) -> usize {
    let is_free = cursor.is_some_and(|cursor| cursor + TIME_BORROWS + 1 < plot.width);
    match plot.value < VALUE_WITH_TOP && is_free {
        true => TIME_BORROWS,
        false => 0,
    }
}

/// The column of the cursor, through the axis and every lane: reversed, so that it needs no colour.
pub fn cursor(model: &Model, pen: &mut Pen<'_>, plot: &Plot) {
    let (Some(span), Some(cursor)) = (model.span(), model.cursor()) else {
        return;
    };
    if plot.width == 0 {
        return;
    }
    let x = plot.x + span.nearest(cursor, plot.width);
    let selected = pen.look.selected();
    for placed in &model.drawn.rows {
        match placed.slot {
            Slot::Axis => {
                let (glyph, style) = (pen.look.glyphs().cursor, pen.look.style(Ink::Strong));
                pen.cell(x, placed.y, glyph, style);
            }
            Slot::Lane(_) | Slot::Changes | Slot::People | Slot::Windows => {
                (placed.y..placed.y + placed.height).for_each(|y| pen.restyle(x, y, 1, selected));
            }
            _ => {}
        }
    }
}

fn is_selected(model: &Model, id: &LaneId) -> bool {
    match &model.lane {
        Some(selected) => selected == id,
        None => model.drawn.lanes.first().is_some_and(|lane| lane.id == *id),
    }
}

fn label(model: &Model, pen: &mut Pen<'_>, y: usize, plot: &Plot, text: &str, id: &LaneId) {
    let chosen = is_selected(model, id);
    if chosen {
        let (glyph, style) = (pen.look.glyphs().pointer, pen.look.style(Ink::Strong));
        pen.cell(0, y, glyph, style);
    }
    pen.text(
        1,
        y,
        plot.label,
        text,
        if chosen { Ink::Strong } else { Ink::Plain },
    );
}

/// A lane: its label, its bars or heatmap, its value at the cursor.
pub fn lane(model: &Model, pen: &mut Pen<'_>, placed: &Placed, plot: &Plot, i: usize) {
    let (Some(lane), Some(drawing)) = (
        model.drawn.lanes.get(model.drawn.first_lane + i),
        model.drawn.drawings.get(i),
    ) else {
        return;
    };
    let text = if plot.label >= 16 {
        &lane.long_label
    } else {
        &lane.label
    };
    // A heatmap shows more than the one quantile.
    let text = if drawing.heat.is_some() {
        text.replacen(" p99", "", 1)
    } else {
        text.clone()
    };
    // The label of bars stands at their foot, where the usual level is.
    let y = if drawing.heat.is_some() {
        placed.y
    } else {
        placed.y + placed.height - 1
    };
    label(model, pen, y, plot, &text, &lane.id);
    match &drawing.heat {
        Some(heat) => heatmap(pen, placed, plot, drawing, (heat, text.chars().count())),
        None => bars(pen, placed, plot, drawing),
    }
    value(model, pen, (placed, y), plot, lane, drawing);
}

/// Bars from the bottom of the lane; a gap is a dot, zero is the lowest bar.
fn bars(pen: &mut Pen<'_>, placed: &Placed, plot: &Plot, drawing: &Drawing) {
    let (glyphs, unknown) = (pen.look.glyphs(), pen.look.style(Ink::Dim));
    for (column, &level) in drawing.columns.levels.iter().enumerate().take(plot.width) {
        let style = ink(pen, drawing.marks[column]);
        // Between two events nothing is missing.
        if drawing.columns.between[column] {
            continue;
        }
        if level.is_nan() {
            pen.cell(
                plot.x + column,
                placed.y + placed.height - 1,
                glyphs.gap,
                unknown,
            );
            continue;
        }
        let steps =
            ((level * (8 * placed.height) as f64).ceil() as usize).clamp(1, 8 * placed.height);
        for row in 0..steps.div_ceil(8) {
            let glyph = match steps - row * 8 {
                rest @ 1..8 => glyphs.bars[rest - 1],
                _ => glyphs.full,
            };
            pen.cell(
                plot.x + column,
                placed.y + placed.height - 1 - row,
                glyph,
                style,
            );
        }
    }
}

/// Shades by the share of the column's requests in each band of latency.
fn heatmap(
    pen: &mut Pen<'_>,
    placed: &Placed,
    plot: &Plot,
    drawing: &Drawing,
    (heat, label_cells): (&Heat, usize),
) {
    let glyphs = pen.look.glyphs();
    for (row, band) in heat.shares.iter().enumerate().take(placed.height) {
        let y = placed.y + row;
        let edge = match row.checked_sub(1).filter(|_| row + 1 == heat.edges_s.len()) {
            Some(above) => format!("< {}", seconds(heat.edges_s[above])),
            None => format!("> {}", seconds(heat.edges_s[row])),
        };
        let room = if row == 0 {
            plot.label.saturating_sub(label_cells + 2)
        } else {
            plot.label - 1
        };
        if row > 0 || room >= edge.len() {
            pen.right(plot.label - room, y, room, &edge, Ink::Dim);
        }
        for (column, &share) in band.iter().enumerate().take(plot.width) {
            let style = ink(
                pen,
                drawing.marks[column].filter(|_| row * 2 < placed.height),
            );
            // A square root: the slow hundredth is what matters.
            let shade = (share.max(0.0).sqrt() * 4.0).ceil() as usize;
            match shade {
                _ if drawing.columns.between[column] => {}
                _ if share.is_nan() => {
                    let dim = pen.look.style(Ink::Dim);
                    pen.cell(plot.x + column, y, glyphs.gap, dim);
                }
                0 => {}
                shade => pen.cell(plot.x + column, y, glyphs.shades[shade.min(4) - 1], style),
            }
        }
    }
}

fn ink(pen: &Pen<'_>, mark: Option<Direction>) -> Style {
    pen.look.style(match mark {
        Some(Direction::Up | Direction::Down | Direction::Silence) => Ink::Bad,
        Some(Direction::Ramp) => Ink::Warn,
        None => Ink::Plain,
    })
}

/// A row of marks, and what is to be said of the one at the cursor.
pub fn marks(model: &Model, pen: &mut Pen<'_>, y: usize, plot: &Plot, id: LaneId) {
    let drawn = &model.drawn;
    let (name, marks) = match id {
        LaneId::Changes => ("changes", &drawn.changes),
        LaneId::People => ("people", &drawn.people),
        _ => ("windows", &drawn.windows),
    };
    label(model, pen, y, plot, name, &id);
    for (column, cell) in marks.cells.iter().enumerate().take(plot.width) {
        if let Some((glyph, ink)) = cell {
            let style = pen.look.style(*ink);
            // Pen::text spells signs out for ASCII; a glyph of the plot is drawn as it is.
            let glyph = if pen.look.ascii && !glyph.is_ascii() {
                '?'
            } else {
                *glyph
            };
            pen.cell(plot.x + column, y, glyph, style);
        }
    }
    if let (Some(span), Some(cursor)) = (model.span(), model.cursor()) {
        let words = marks
            .words
            .get(span.nearest(cursor, plot.width))
            .map_or("", String::as_str);
        pen.right(plot.value_x, y, plot.value, words, Ink::Plain);
    }
}
