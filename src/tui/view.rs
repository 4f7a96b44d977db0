//! Draws the model. Can change nothing; draws the same for the same model and size.

mod header;

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::entity;
use super::keys::{Action, Meaning, TABLE, continuations, meaning};
use super::layout::SIZE_MIN;
use super::look::Ink;
use super::model::{Model, Screen};

use super::palette;
use super::pen::{Pen, Piece};
use super::picking;
use super::prompt::{Prompt, Purpose};
use super::review::{Page, refused};
use super::screens;
use super::sift::Typed;
use crate::text::printable;
use header::header;

/// Rows that a long message may take.
const MESSAGE_ROWS_MAX: usize = 5;

/// Draws the whole screen.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut pen = Pen::new(frame.buffer_mut(), area, model.look);
    if area.width < SIZE_MIN.0 || area.height < SIZE_MIN.1 {
        small(model, &mut pen);
        return;
    }
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    header(model, &mut pen, width);
    footer(model, &mut pen, width, height - 1);
    let body = Rect {
        y: area.y + 1,
        height: area.height - 2,
        ..area
    };
    match model.screen {
        Screen::Timeline => screens::timeline::draw(model, &mut pen),
        Screen::Logs => {
            let mut pen = Pen::new(frame.buffer_mut(), body, model.look);
            screens::logs::draw(model, &mut pen, usize::from(body.height));
        }
        Screen::Review if let Page::Numbers(numbers) = &model.review.page => {
            let mut pen = Pen::new(frame.buffer_mut(), body, model.look);
            screens::review::draw(model, numbers, &mut pen);
        }
        screen => {
            let mut pen = Pen::new(frame.buffer_mut(), body, model.look);
            model
                .drawn
                .document
                .draw(&mut pen, usize::from(body.height), model.rows.get(&screen));
        }
    }
    let mut pen = Pen::new(frame.buffer_mut(), area, model.look);
    match &model.prompt {
        Some(prompt) if prompt.purpose == Purpose::Palette => {
            palette::draw(model, prompt, &mut pen, width, height - 1);
        }
        None if let Some(picking) = &model.picking => {
            picking::draw(model, picking, &mut pen, width, height - 1);
        }
        _ => long_message(model, &mut pen, width, height),
    }
}

/// A message that the footer has no room for, over the last rows: a path or a command is of use
/// only whole.
fn long_message(model: &Model, pen: &mut Pen<'_>, width: usize, height: usize) {
    let typed = model.logs.sift.typed.is_some() && model.screen == Screen::Logs;
    let message = model.message.as_ref().filter(|message| {
        message.width() > width - 2 && model.prompt.is_none() && model.pending.is_none() && !typed
    });
    let Some(message) = message else { return };
    let lines = screens::wrap(&printable(message), width - 2);
    let lines = &lines[..lines.len().min(MESSAGE_ROWS_MAX.min(height / 3))];
    for (i, line) in lines.iter().enumerate() {
        let y = height - lines.len() + i;
        pen.blank(y);
        pen.text(1, y, width - 2, line, Ink::Strong);
    }
}

/// Too small for a plot: how it stands, and what would help.
fn small(model: &Model, pen: &mut Pen<'_>) {
    let state = model
        .concluded()
        .map(|concluded| concluded.incident.state.word().to_uppercase());
    pen.text(
        0,
        0,
        usize::MAX,
        &state.unwrap_or_else(|| "rfo".to_owned()),
        Ink::Strong,
    );
    pen.text(
        0,
        1,
        usize::MAX,
        &format!("needs {}x{}", SIZE_MIN.0, SIZE_MIN.1),
        Ink::Plain,
    );
    pen.text(0, 2, usize::MAX, "q quits", Ink::Dim);
}

/// The pattern being typed, the keys that may follow, a message, or the keys of the screen.
fn footer(model: &Model, pen: &mut Pen<'_>, width: usize, y: usize) {
    if let Some(prompt) = &model.prompt {
        prompt_line(model, prompt, pen, width, y);
    } else if let Some(typed) = model
        .logs
        .sift
        .typed
        .as_ref()
        .filter(|_| model.screen == Screen::Logs)
    {
        filter_line(typed, pen, width, y);
    } else if let Some(first) = &model.pending {
        pen.pieces(0, y, &sequence(model.screen, first, width));
    } else if let Some(message) = &model.message {
        pen.text(1, y, width - 2, message, Ink::Strong);
    } else {
        keys(model, pen, width, y);
    }
}

/// The keys that may follow the first one of a sequence: close together where they are many,
/// those left out that do not fit.
fn sequence(screen: Screen, first: &str, width: usize) -> Vec<Piece> {
    let next = continuations(screen, first);
    let note = match meaning(screen, first) {
        Meaning::Action { .. } => "; alone: that end of the range",
        _ if first == "." => "  capital: now",
        _ => "",
    };
    let loose = (next.len(), "  ");
    let close = (1..=next.len()).rev().map(|n| (n, " "));
    let of = |(n, between): (usize, &str)| {
        let mut pieces = vec![Piece::new(format!(" {first}"), Ink::Key)];
        for (key, help) in &next[..n] {
            pieces.push(Piece::new(format!("{between}{key}"), Ink::Key));
            pieces.push(Piece::new(format!(" {help}"), Ink::Plain));
        }
        pieces.push(Piece::new(note, Ink::Dim));
        pieces
    };
    let cells = |pieces: &[Piece]| pieces.iter().map(|one| one.text.width()).sum::<usize>();
    let mut ways = [loose].into_iter().chain(close).map(of);
    ways.find(|way| cells(way) <= width).unwrap_or_default()
}

/// The line being typed around its place, and what is wrong with it.
fn prompt_line(model: &Model, prompt: &Prompt, pen: &mut Pen<'_>, width: usize, y: usize) {
    // The palette has room for it above.
    let error = prompt
        .error
        .as_deref()
        .filter(|_| prompt.purpose != Purpose::Palette);
    let error = error.unwrap_or_default();
    let head = pen.text(1, y, width, prompt.purpose.head(), Ink::Key);
    let room = width.saturating_sub(head + error.width() + 3).max(8);
    let (before, behind) = prompt.shown(room);
    let place = pen.text(head, y, width, &before, Ink::Strong);
    let end = pen.text(place, y, width, &format!("{behind} "), Ink::Strong);
    pen.restyle(place, y, 1, pen.look.selected());
    let end = pen.text(end + 1, y, width, error, Ink::Bad);
    if prompt.purpose == Purpose::Entity {
        pen.fitting(end, y, &entity::pieces(model, &prompt.text));
    }
}

/// The end of the filter being typed, with what is wrong in it marked.
fn filter_line(typed: &Typed, pen: &mut Pen<'_>, width: usize, y: usize) {
    let text = printable(&typed.text);
    let room = width.saturating_sub(12);
    let hidden = text.chars().count().saturating_sub(room);
    let shown: String = text.chars().skip(hidden).collect();
    let start = pen.text(1, y, width, "filter ", Ink::Key);
    let end = pen.text(start, y, room, &shown, Ink::Strong);
    pen.cell(end, y, ' ', pen.look.selected());
    if let Some((at, _)) = &typed.error {
        let cells = |until: usize| {
            let before = printable(typed.text.get(..until).unwrap_or(&typed.text));
            let before: String = before.chars().skip(hidden).collect();
            before.width()
        };
        let (from, to) = (cells(at.start), cells(at.end));
        let style = pen.look.style(Ink::Bad);
        pen.restyle(start + from, y, (to - from).max(1), style);
    }
}

/// As many keys of the table as fit, and always the way to the help.
fn keys(model: &Model, pen: &mut Pen<'_>, width: usize, y: usize) {
    let screen = model.screen;
    let shown = TABLE
        .iter()
        .filter(|key| !key.footer.is_empty() && key.screens.contains(&screen))
        .filter(|key| key.action != Action::Show(screen))
        .filter(|key| refused(model, key.action).is_none());
    let cells = |key: &&super::keys::Binding| key.shown.len() + key.footer.len() + 3;
    let (last, others): (Vec<_>, Vec<_>) = shown.partition(|key| matches!(key.shown, "?" | "q"));
    let mut room = width.saturating_sub(last.iter().map(cells).sum::<usize>());
    let fitting = others.into_iter().filter(|key| {
        let fits = cells(key) <= room;
        room -= if fits { cells(key) } else { 0 };
        fits
    });
    let mut x = 1;
    let all: Vec<_> = fitting.chain(last).collect();
    for key in all {
        x = pen.text(x, y, width, key.shown, Ink::Key) + 1;
        // The first screen is where `q` leaves for good.
        let word = if key.shown == "q" && screen != model.home() {
            "back"
        } else {
            key.footer
        };
        x = pen.text(x, y, width, word, Ink::Dim) + 2;
    }
}
