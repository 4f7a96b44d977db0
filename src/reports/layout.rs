//! Lines of at most a given width: wrapping, indents, headings and paint.
//!
//! In: text of any origin. Out: lines in which no control character of that text survives, and
//! none of which is wider than asked, counted in terminal cells. Knows nothing about incidents.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::redact::Redactor;
use crate::text::{printable, shorten};

/// The least width that a page can have, cells; less is taken as this.
pub const LEAST_WIDTH: usize = 40;

/// Between a number and its unit: no line ends here. Written as a blank.
pub const TIE: char = '\u{a0}';

/// How a word is painted, where colour is wanted. The text must be readable without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Titles.
    Bold,
    /// It is on, or it went wrong.
    Red,
    /// Not sure.
    Yellow,
    /// Over, or as it should be.
    Green,
    /// Beside the point.
    Dim,
}

impl Paint {
    fn codes(self) -> &'static str {
        match self {
            Self::Bold => "\u{1b}[1m",
            Self::Red => "\u{1b}[1;31m",
            Self::Yellow => "\u{1b}[1;33m",
            Self::Green => "\u{1b}[1;32m",
            Self::Dim => "\u{1b}[2m",
        }
    }
}

/// A text that grows line by line.
#[derive(Debug, Clone)]
pub struct Page {
    width: usize,
    colour: bool,
    redactor: Redactor,
    out: String,
}

impl Page {
    /// An empty page.
    pub fn new(width: usize, colour: bool) -> Self {
        Self::redacting(width, colour, Redactor::none())
    }

    /// An empty page on which names are replaced before lines are broken or cut.
    pub fn redacting(width: usize, colour: bool, redactor: Redactor) -> Self {
        Self {
            width: width.max(LEAST_WIDTH),
            colour,
            redactor,
            out: String::new(),
        }
    }

    /// A text as this page shows it, for those who cut it themselves.
    pub fn renamed(&mut self, text: &str) -> String {
        self.redactor.text(text)
    }

    /// Cells per line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }

    /// One line, cut where it is too long, without blanks at its end.
    pub fn line(&mut self, text: &str) {
        let text = shorten(&printable(&self.renamed(text)), self.width).replace(TIE, " ");
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// One painted line.
    pub fn painted(&mut self, paint: Paint, text: &str) {
        let text = shorten(&printable(&self.renamed(text)), self.width).replace(TIE, " ");
        self.out.push_str(&self.paint(paint, text.trim_end()));
        self.out.push('\n');
    }

    /// An empty line and a heading.
    pub fn heading(&mut self, text: &str) {
        self.out.push('\n');
        self.painted(Paint::Bold, text);
    }

    /// Text after `first`, its further lines indented to where it began.
    pub fn item(&mut self, first: &str, text: &str) {
        let first = shorten(&printable(first), self.width / 2);
        let rest = " ".repeat(first.width());
        let text = printable(&self.renamed(text));
        wrapped(&mut self.out, &first, &rest, &text, self.width);
    }

    /// Text after a painted `first`, its further lines indented by `indent` cells.
    pub fn flow(&mut self, paint: Paint, first: &str, indent: usize, text: &str) {
        let (from, first) = (self.out.len(), shorten(&printable(first), self.width / 2));
        let text = printable(&self.renamed(text));
        wrapped(
            &mut self.out,
            &first,
            &" ".repeat(indent.min(self.width / 2)),
            &text,
            self.width,
        );
        let lead = first.replace(TIE, " ");
        if self.colour && self.out[from..].starts_with(&lead) {
            let painted = self.paint(paint, &lead);
            self.out.replace_range(from..from + lead.len(), &painted);
        }
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        match self.colour {
            true => format!("{}{text}\u{1b}[0m", paint.codes()),
            false => text.to_owned(),
        }
    }
}

/// Appends printable text in lines of at most `width` cells: the first begins with `first`, the
/// others with `rest`. Words wider than a line are broken; nothing is lost.
pub fn wrapped(out: &mut String, first: &str, rest: &str, text: &str, width: usize) {
    let mut line = first.to_owned();
    let mut empty = true;
    let blank = |c: char| c.is_whitespace() && c != TIE;
    for word in text.split(blank).filter(|word| !word.is_empty()) {
        let gap = usize::from(!empty);
        if line.width() + gap + word.width() > width && !empty {
            finish(out, &mut line, rest);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        for c in word.chars() {
            if line.width() + c.width().unwrap_or(0) > width {
                finish(out, &mut line, rest);
            }
            line.push(c);
        }
        empty = false;
    }
    finish(out, &mut line, rest);
}

fn finish(out: &mut String, line: &mut String, rest: &str) {
    out.push_str(line.replace(TIE, " ").trim_end());
    out.push('\n');
    line.clear();
    line.push_str(rest);
}

/// Text in a column of `width` cells: cut or filled with blanks.
pub fn column(text: &str, width: usize) -> String {
    padded(&shorten(&printable(text), width), width)
}

/// Text filled with blanks to `width` cells, and never cut.
pub fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    text.to_owned() + &" ".repeat(blanks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let mut out = String::new();
        wrapped(&mut out, "- ", "  ", text, 10);
        assert_eq!(out.lines().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn text_is_wrapped_with_a_hanging_indent() {
        check("one two three", &["- one two", "  three"]);
        check("", &["-"]);
        check("abcdefghijklm no", &["- abcdefgh", "  ijklm no"]);
        check("up 9\u{a0}% of", &["- up 9 %", "  of"]);
        check("up to 19\u{a0}% of", &["- up to", "  19 % of"]);
        check("a 日本語日本語", &["- a", "  日本語日", "  本語"]);
    }

    #[test]
    fn paint_is_only_used_when_asked_for() {
        let page = |colour| {
            let mut page = Page::new(80, colour);
            page.flow(Paint::Red, "ongoing", 2, " since");
            page.finish()
        };
        assert_eq!(page(false), "ongoingsince\n");
        assert_eq!(page(true), "\u{1b}[1;31mongoing\u{1b}[0msince\n");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text: String, lead: String, width in 40usize..100) {
            let mut page = Page::new(width, false);
            page.item(&lead, &text);
            page.line(&text);
            page.heading(&text);
            for line in page.finish().lines() {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }

        #[test]
        fn wrapping_loses_no_letter(text in "[a-z ]{0,200}", width in 40usize..60) {
            let mut page = Page::new(width, false);
            page.item("", &text);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&page.finish()), letters(&text));
        }
    }
}
