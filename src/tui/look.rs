//! What things look like: styles by meaning, and glyphs for terminals with and without UTF-8.
//!
//! Nothing is said by colour alone: every style that means something has a letter or shape
//! beside it, and without colour the styles fall back to bold, dim and reversed.

use ratatui::style::{Modifier, Style};

use super::theme::{Theme, hue};

/// How many colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// None: `NO_COLOR` or `--color never`.
    None,
    /// The 16 of every terminal.
    Sixteen,
    /// The 256 of most terminals.
    Indexed,
    /// 24 bits per colour.
    True,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How many colours there are.
    pub colour: Colour,
    /// Which of them are used.
    pub theme: Theme,
    /// True when only ASCII may be drawn.
    pub ascii: bool,
}

/// What a piece of text or a cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Ordinary.
    Plain,
    /// Present, but not to be read first.
    Dim,
    /// To be read first.
    Strong,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// A key to press.
    Key,
    /// What a search found.
    Hit,
}

/// The shapes of the plots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Bars from zero to full, eight levels.
    pub bars: [char; 8],
    /// A full cell below the top of a bar.
    pub full: char,
    /// Nothing is known here.
    pub gap: char,
    /// Shades of the heatmap, from some to most.
    pub shades: [char; 4],
    /// A window: start, inside, end, within one cell, still open, before the data.
    pub window: WindowGlyphs,
    /// The same for windows of incidents that are not selected.
    pub other: WindowGlyphs,
    /// The cursor on the axis.
    pub cursor: char,
    /// A tick of the axis.
    pub tick: char,
    /// The selected row.
    pub pointer: char,
    /// A horizontal rule.
    pub rule: char,
    /// A change on the timeline.
    pub change: char,
    /// The range selected on the axis.
    pub range: char,
}

/// The shapes of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowGlyphs {
    /// Where it starts.
    pub start: char,
    /// Inside.
    pub inside: char,
    /// Where it ends.
    pub end: char,
    /// All of it in one cell.
    pub single: char,
    /// It lasts beyond the data.
    pub open_end: char,
    /// It began before the data.
    pub open_start: char,
    /// Where an edge may lie.
    pub uncertain: char,
}

const UNICODE: Glyphs = Glyphs {
    bars: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
    full: '█',
    gap: '·',
    shades: ['░', '▒', '▓', '█'],
    window: WindowGlyphs {
        start: '┣',
        inside: '━',
        end: '┫',
        single: '┃',
        open_end: '▶',
        open_start: '◀',
        uncertain: '╌',
    },
    other: WindowGlyphs {
        start: '├',
        inside: '─',
        end: '┤',
        single: '│',
        open_end: '▷',
        open_start: '◁',
        uncertain: '┄',
    },
    cursor: '▼',
    tick: '╷',
    pointer: '›',
    rule: '─',
    change: '^',
    range: '═',
};

const ASCII: Glyphs = Glyphs {
    bars: ['_', '-', '~', '=', '+', '*', '%', '#'],
    full: '#',
    gap: '.',
    shades: ['-', '+', '*', '#'],
    window: WindowGlyphs {
        start: '[',
        inside: '=',
        end: ']',
        single: 'I',
        open_end: '>',
        open_start: '<',
        uncertain: '~',
    },
    other: WindowGlyphs {
        start: '(',
        inside: '-',
        end: ')',
        single: 'i',
        open_end: '>',
        open_start: '<',
        uncertain: '~',
    },
    cursor: 'v',
    tick: '\'',
    pointer: '>',
    rule: '-',
    change: '^',
    range: '=',
};

impl Look {
    /// The shapes for this terminal.
    pub fn glyphs(self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// The style of a meaning.
    pub fn style(self, ink: Ink) -> Style {
        let plain = Style::new();
        let weight = match ink {
            Ink::Plain | Ink::Good => plain,
            Ink::Dim => plain.add_modifier(Modifier::DIM),
            Ink::Strong | Ink::Bad | Ink::Warn | Ink::Key => plain.add_modifier(Modifier::BOLD),
            Ink::Hit => plain.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        };
        match hue(self.theme, self.colour, ink) {
            // Dim on top of a grey is unreadable on many terminals: a hue stands alone.
            Some(hue) => weight.remove_modifier(Modifier::DIM).fg(hue),
            None => weight,
        }
    }

    /// The style of a selected row or cell, on top of its own: reversed, so that it needs no colour.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Text as this terminal can show it: in ASCII, signs are spelled out and the rest is `?`.
    pub fn text(self, text: &str) -> String {
        if !self.ascii || text.is_ascii() {
            return text.to_owned();
        }
        text.chars().fold(String::new(), |mut out, c| {
            match c {
                '±' => out.push_str("+/-"),
                '→' => out.push_str("->"),
                '≤' => out.push_str("<="),
                '×' => out.push('x'),
                '·' => out.push('.'),
                '…' => out.push('~'),
                '↑' => out.push('^'),
                '↓' => out.push('v'),
                '–' | '—' => out.push('-'),
                c if c.is_ascii() => out.push(c),
                _ => out.push('?'),
            }
            out
        })
    }
}
