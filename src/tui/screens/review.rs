//! Draws the Review screen: numbers with their gates, a dot plot on a log axis, the incidents.

use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::super::look::Ink;
use super::super::model::Model;
use super::super::pen::{Pen, Piece};
use super::super::review::{COLUMN_WIDTH, Column, LEAD_WIDTH, NAME_WIDTH, Numbers, Sort, value};
use crate::analysis::review::Case;
use crate::clock::Zone;
use crate::reports::review::board::Board;
use crate::reports::review::dots::Dots;
use crate::text::{printable, shorten};

/// Cells of a severity.
const SEVERITY_WIDTH: usize = 8;

/// Draws numbers, plot and table.
pub fn draw(model: &Model, numbers: &Numbers, pen: &mut Pen<'_>) {
    for (y, line) in numbers.lines.iter().enumerate() {
        pen.pieces(0, y, line);
    }
    let mut y = numbers.lines.len();
    if let Some(dots) = &numbers.dots {
        y = plot(pen, y, dots, numbers.mark);
    }
    table(model, numbers, pen, y);
}

/// Dots, arrows, median and axis; gives the row below.
fn plot(pen: &mut Pen<'_>, top: usize, dots: &Dots, mark: Option<(usize, bool)>) -> usize {
    let (left, cells, levels) = (NAME_WIDTH + 2, dots.known.len(), dots.levels());
    let (dot, chosen) = if pen.look.ascii {
        ('o', '@')
    } else {
        ('•', '◆')
    };
    let style = |pen: &Pen<'_>, is_marked: bool, ink: Ink| -> Style {
        let style = pen.look.style(ink);
        if is_marked {
            style.patch(pen.look.selected())
        } else {
            style
        }
    };
    let mut y = top;
    for level in (0..levels).rev() {
        for cell in (0..cells).filter(|&cell| dots.height(cell) > level) {
            let is_marked = level == 0 && mark == Some((cell, false));
            let style = style(pen, is_marked, Ink::Strong);
            pen.cell(left + cell, y, if is_marked { chosen } else { dot }, style);
        }
        let name = match (level, levels) {
            (0, _) => "known",
            (level, levels) if level + 1 == levels && dots.per_dot > 1 => {
                &format!("• <={}", dots.per_dot)
            }
            _ => "",
        };
        pen.text(
            1,
            y,
            NAME_WIDTH,
            &name.replace('•', &dot.to_string()),
            Ink::Dim,
        );
        y += 1;
    }
    if dots.cut_off.iter().any(|n| *n > 0) {
        pen.text(1, y, NAME_WIDTH, "at least", Ink::Dim);
        for cell in (0..cells).filter(|&cell| dots.cut_off[cell] > 0) {
            let style = style(pen, mark == Some((cell, true)), Ink::Warn);
            pen.cell(left + cell, y, '>', style);
        }
        y += 1;
    }
    if let Some(bracket) = dots.median {
        pen.text(1, y, NAME_WIDTH, "median CI", Ink::Dim);
        for (cell, letter) in (0..cells).filter_map(|cell| Some((cell, bracket.letter(cell)?))) {
            pen.cell(left + cell, y, letter, pen.look.style(Ink::Key));
        }
        y += 1;
    }
    axis(pen, y, dots)
}

fn axis(pen: &mut Pen<'_>, y: usize, dots: &Dots) -> usize {
    let left = NAME_WIDTH + 2;
    let (rule, tick) = if pen.look.ascii {
        ('-', '+')
    } else {
        ('─', '┬')
    };
    for cell in 0..dots.known.len() {
        pen.cell(left + cell, y, rule, pen.look.style(Ink::Dim));
    }
    for one in dots.axis.ticks() {
        pen.cell(left + one.cell, y, tick, pen.look.style(Ink::Dim));
        pen.text(
            left + one.start,
            y + 1,
            one.words.len(),
            one.words,
            Ink::Dim,
        );
    }
    if dots.off > 0 {
        // Lengths of 0 have no place on such an axis.
        pen.text(1, y, NAME_WIDTH, &format!("+{} <=0 s", dots.off), Ink::Warn);
    }
    y + 2
}

fn table(model: &Model, numbers: &Numbers, pen: &mut Pen<'_>, top: usize) {
    let state = &model.review;
    let Some(board) = &state.board else {
        return;
    };
    let order = &state.order.0;
    let sign = |is_sorted: bool, sign: &'static str| if is_sorted { sign } else { "" };
    let mut heading = format!(
        "{:<17} {:<SEVERITY_WIDTH$} ",
        format!("started{}", sign(state.sort == Sort::Start, " ↑")),
        "severity"
    );
    for column in &numbers.columns {
        let is_sorted = column.is_shown && state.sort == Sort::Metric;
        let name = format!("{}{}", short_name(column.duration), sign(is_sorted, " ↓"));
        heading += &format!("{name:>width$} ", width = COLUMN_WIDTH - 1);
    }
    let at = state.place() + 1;
    heading += &format!("title  ({at} of {})", order.len());
    pen.text(2, top, pen.width().saturating_sub(2), &heading, Ink::Dim);
    let zone = if model.utc { Zone::UTC } else { state.zone() };
    let shown = order
        .iter()
        .enumerate()
        .skip(numbers.first)
        .take(numbers.rows);
    for (y, (place, &case)) in shown.enumerate() {
        let y = top + 1 + y;
        pen.pieces(2, y, &row(board, case, numbers, zone));
        if place + 1 == at {
            let (pointer, style) = (pen.look.glyphs().pointer, pen.look.style(Ink::Strong));
            pen.cell(0, y, pointer, style);
            pen.restyle(0, y, pen.width(), pen.look.selected());
        }
    }
}

fn row(board: &Board, index: usize, numbers: &Numbers, zone: Zone) -> Vec<Piece> {
    let case = &board.review.cases[index];
    let severity = match case.planned {
        true => "planned",
        false => &case.severity,
    };
    let lead = format!(
        "{:<17} {} ",
        started(case, zone),
        padded(severity, SEVERITY_WIDTH)
    );
    debug_assert_eq!(lead.width(), LEAD_WIDTH);
    let plain = if case.planned { Ink::Dim } else { Ink::Plain };
    let mut pieces = vec![Piece::new(lead, plain)];
    for Column { duration, is_shown } in &numbers.columns {
        let value = value(case.durations.get(duration));
        let ink = match (is_shown, value.ink) {
            (true, Ink::Plain) if !case.planned => Ink::Strong,
            (_, ink) => ink,
        };
        let text = shorten(&value.text, COLUMN_WIDTH - 1);
        pieces.push(Piece::new(
            format!("{text:>width$} ", width = COLUMN_WIDTH - 1),
            ink,
        ));
    }
    if board
        .mends
        .get(index)
        .is_some_and(|mends| !mends.is_empty())
    {
        pieces.push(Piece::new("! ", Ink::Warn));
    }
    let title = if case.title.is_empty() {
        &case.id
    } else {
        &case.title
    };
    pieces.push(Piece::new(title.clone(), plain));
    pieces
}

/// `2024-05-03 10:00`, with `?` where it is only the first that anybody says.
pub fn started(case: &Case, zone: Zone) -> String {
    let Some(start) = case.start else {
        return "n/a".to_owned();
    };
    let at = zone.local(start.at_ns).format("%Y-%m-%d %H:%M").to_string();
    format!("{at}{}", if case.start_assumed { "?" } else { "" })
}

/// Text in just so many cells.
fn padded(text: &str, width: usize) -> String {
    let text = shorten(&printable(text), width);
    let room = width.saturating_sub(text.width());
    text + &" ".repeat(room)
}

/// The kernel's name of a duration in a column's width.
fn short_name(duration: &str) -> &str {
    match duration {
        "effective_downtime" => "full outage",
        "alert_to_resolve" => "alert-resolve",
        "reaction_repair" => "repair",
        "change_lead" => "change lead",
        "segment_acknowledge" => "ack segment",
        "segment_diagnose" => "diagnose",
        "segment_fix" => "fix",
        "segment_recover" => "recover",
        name => name,
    }
}
