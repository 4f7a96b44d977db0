//! Writing into cells: everything that reaches the terminal as text goes through a `Pen`.
//!
//! It replaces control characters, spells signs out for ASCII terminals, cuts with a mark and
//! never writes outside its area.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::look::{Ink, Look};
use crate::text::{printable, shorten};

/// Writes into one area of a buffer.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    /// What the terminal can show.
    pub look: Look,
}

impl<'a> Pen<'a> {
    /// A pen for `area`, as far as it lies in the buffer.
    pub fn new(buffer: &'a mut Buffer, area: Rect, look: Look) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, look }
    }

    /// Cells per row.
    pub fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    /// Writes text at column `x` of row `y`, in at most `width` cells; gives the column after it.
    pub fn text(&mut self, x: usize, y: usize, width: usize, text: &str, ink: Ink) -> usize {
        let style = self.look.style(ink);
        self.styled(x, y, width, text, style)
    }

    /// The same with a style of its own.
    pub fn styled(&mut self, x: usize, y: usize, width: usize, text: &str, style: Style) -> usize {
        let room = width.min(self.width().saturating_sub(x));
        if room == 0 || y >= usize::from(self.area.height) {
            return x;
        }
        let text = shorten(&self.look.text(&printable(text)), room);
        // `shorten` marks a cut in text that is not ASCII with a sign of its own.
        let text = self.look.text(&text);
        let (column, row) = (self.area.x + x as u16, self.area.y + y as u16);
        // What was drawn there before leaves nothing of its colours.
        let style = Style::reset().patch(style);
        self.buffer.set_stringn(column, row, &text, room, style);
        x + text.width().min(room)
    }

    /// Writes text so that it ends at the right edge of `[x, x + width)`.
    pub fn right(&mut self, x: usize, y: usize, width: usize, text: &str, ink: Ink) {
        let text = shorten(&self.look.text(text), width);
        let pad = width.saturating_sub(text.width());
        self.text(x + pad, y, width - pad, &text, ink);
    }

    /// Writes pieces one after another; gives the column after them.
    pub fn pieces(&mut self, x: usize, y: usize, pieces: &[Piece]) -> usize {
        let width = self.width();
        pieces.iter().fold(x, |x, piece| {
            self.text(x, y, width.saturating_sub(x), &piece.text, piece.ink)
        })
    }

    /// The same, but a piece that does not fit is left out instead of cut; the first is always written.
    pub fn fitting(&mut self, x: usize, y: usize, pieces: &[Piece]) -> usize {
        let Some((first, others)) = pieces.split_first() else {
            return x;
        };
        let x = self.pieces(x, y, std::slice::from_ref(first));
        others.iter().fold(x, |x, piece| {
            let fits = x + self.look.text(&piece.text).width() < self.width();
            if fits {
                self.pieces(x, y, std::slice::from_ref(piece))
            } else {
                x
            }
        })
    }

    /// One cell. A letter of foreign text is held to what any text is held to.
    pub fn cell(&mut self, x: usize, y: usize, glyph: char, style: Style) {
        let glyph = match glyph {
            glyph if glyph.is_control() => '?',
            glyph if self.look.ascii && !glyph.is_ascii() => {
                let spelled = self.look.text(glyph.encode_utf8(&mut [0; 4]));
                spelled.chars().next().unwrap_or('?')
            }
            glyph => glyph,
        };
        if x >= self.width() || y >= usize::from(self.area.height) {
            return;
        }
        let at = Position::new(self.area.x + x as u16, self.area.y + y as u16);
        if let Some(cell) = self.buffer.cell_mut(at) {
            cell.set_char(glyph).set_style(style);
        }
    }

    /// Empties a row.
    pub fn blank(&mut self, y: usize) {
        let row = Rect::new(
            self.area.x,
            self.area.y.saturating_add(y as u16),
            self.area.width,
            1,
        );
        for at in row.intersection(self.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(at) {
                cell.reset();
            }
        }
    }

    /// Adds a style to `width` cells of a row.
    pub fn restyle(&mut self, x: usize, y: usize, width: usize, style: Style) {
        let area = Rect::new(
            self.area.x.saturating_add(x.min(self.width()) as u16),
            self.area.y.saturating_add(y as u16),
            width.min(self.width().saturating_sub(x)) as u16,
            1,
        );
        self.buffer.set_style(area.intersection(self.area), style);
    }
}

/// Text with a meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// What it means.
    pub ink: Ink,
}

impl Piece {
    /// A piece of text.
    pub fn new(text: impl Into<String>, ink: Ink) -> Self {
        Self {
            text: text.into(),
            ink,
        }
    }
}
