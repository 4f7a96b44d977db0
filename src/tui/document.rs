//! A list of rows, as the list screens show it: one selected by its key, the page following it.

use unicode_width::UnicodeWidthStr;

use super::look::Ink;
use super::pen::{Pen, Piece};
use crate::text::shorten;

/// Where Enter leads from a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An incident's screen.
    Incident(String),
    /// A line of a source.
    Line {
        /// The source as the user named it.
        path: String,
        /// Line number, from 1.
        line: u64,
        /// Byte offset.
        offset: u64,
    },
    /// An instant on the Timeline, with the lane of a signal.
    Moment {
        /// The signal's full name, where there is one.
        signal: Option<String>,
        /// ns UTC.
        at_ns: i64,
    },
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its identity; empty for rows that cannot be selected.
    pub key: String,
    /// What it says.
    pub pieces: Vec<Piece>,
    /// Where Enter leads.
    pub target: Option<Target>,
}

/// The rows of a screen. The first `fixed` rows stay when the others move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// From the top.
    pub rows: Vec<Row>,
    /// How many of the first rows are headings of the table.
    pub fixed: usize,
}

impl Document {
    /// Adds a row that can be selected.
    pub fn row(&mut self, key: impl Into<String>, pieces: Vec<Piece>) -> &mut Row {
        self.rows.push(Row {
            key: key.into(),
            pieces,
            target: None,
        });
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }

    /// Adds a row that cannot.
    pub fn text(&mut self, text: impl Into<String>, ink: Ink) {
        self.rows.push(Row {
            key: String::new(),
            pieces: vec![Piece::new(text, ink)],
            target: None,
        });
    }

    /// Adds a heading, with an empty row before it.
    pub fn heading(&mut self, text: &str) {
        if !self.rows.is_empty() {
            self.text("", Ink::Plain);
        }
        self.text(text, Ink::Strong);
    }

    /// Index of the selected row: that of the key, or the first that can be selected.
    pub fn selected(&self, key: Option<&String>) -> Option<usize> {
        let found = key.and_then(|key| self.rows.iter().position(|row| row.key == *key));
        found.or_else(|| self.rows.iter().position(|row| !row.key.is_empty()))
    }

    /// The key of the row that is `by` selectable rows further, or the last one on the way.
    pub fn moved(&self, key: Option<&String>, by: isize) -> Option<String> {
        let selectable: Vec<usize> = (0..self.rows.len())
            .filter(|&i| !self.rows[i].key.is_empty())
            .collect();
        let at = selectable
            .iter()
            .position(|&i| Some(i) == self.selected(key))?;
        let to = at.saturating_add_signed(by).min(selectable.len() - 1);
        Some(self.rows[selectable[to]].key.clone())
    }

    /// Indices of the rows that are drawn into `height` rows, from the top.
    pub fn shown(&self, height: usize, key: Option<&String>) -> Vec<usize> {
        let fixed = self.fixed.min(self.rows.len()).min(height);
        let moving = self.rows.len() - fixed;
        let room = height - fixed;
        let at = self.selected(key).unwrap_or(0).saturating_sub(fixed);
        let first = at.saturating_sub(room / 2).min(moving.saturating_sub(room));
        let all = (0..fixed).chain(fixed + first..self.rows.len());
        all.take(height).collect()
    }

    /// Draws as much as fits into `height` rows, the selected row near the middle.
    pub fn draw(&self, pen: &mut Pen<'_>, height: usize, key: Option<&String>) {
        let selected = self.selected(key);
        let shown = self.shown(height, key);
        let below = match shown.last().map_or(0, |last| self.rows.len() - 1 - last) {
            0 => String::new(),
            below => format!(" {below} more below "),
        };
        let more = pen.width().saturating_sub(below.len() + 1);
        for (y, index) in shown.into_iter().enumerate() {
            let row = &self.rows[index];
            let is_selected = selected == Some(index) && !row.key.is_empty();
            if is_selected {
                let pointer = pen.look.glyphs().pointer;
                let style = pen.look.style(Ink::Strong);
                pen.cell(0, y, pointer, style);
            }
            match y + 1 == height && !below.is_empty() {
                true => pen.pieces(2, y, &cut(&row.pieces, more.saturating_sub(3))),
                false => pen.pieces(2, y, &row.pieces),
            };
            if is_selected {
                let style = pen.look.selected();
                pen.restyle(0, y, pen.width(), style);
            }
        }
        if height > 0 {
            pen.text(more, height - 1, below.len(), &below, Ink::Dim);
        }
    }
}

/// The pieces in at most `width` cells; what is cut says so.
fn cut(pieces: &[Piece], width: usize) -> Vec<Piece> {
    let mut left = width;
    let fitting = pieces.iter().map_while(|piece| {
        let text = shorten(&piece.text, left);
        left = left.saturating_sub(text.width());
        (!text.is_empty()).then(|| Piece::new(text, piece.ink))
    });
    fitting.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so_and_nothing_follows_it() {
        let of = |width: usize| {
            let pieces = ["one ", "two ", "three"].map(|text| Piece::new(text, Ink::Plain));
            let texts = cut(&pieces, width).into_iter().map(|piece| piece.text);
            texts.collect::<String>()
        };
        assert_eq!(of(20), "one two three");
        assert_eq!(of(10), "one two t~");
        assert_eq!(of(6), "one t~");
        assert_eq!(of(0), "");
    }

    #[test]
    fn a_selection_survives_new_rows_before_it() {
        let mut document = Document::default();
        document.text("heading", Ink::Strong);
        document.row("b", Vec::new());
        let key = document.moved(None, 0);
        document.rows.insert(
            1,
            Row {
                key: "a".into(),
                pieces: Vec::new(),
                target: None,
            },
        );
        assert_eq!(document.selected(key.as_ref()), Some(2));
        assert_eq!(document.moved(key.as_ref(), -5), Some("a".to_owned()));
        assert_eq!(document.moved(key.as_ref(), 5), Some("b".to_owned()));
    }
}
