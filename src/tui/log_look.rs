//! How the lines of the Logs screen are shown: as they are or by their fields, wrapped or scrolled.
//!
//! In: what the user chose, one line with its fields. Out: the text that is drawn, cut into rows of
//! cells. Looks at no more of a line than was fetched of it.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::logs::position;
use crate::events::{Chunk, EventStore, Number, Text};

/// Cells that one key scrolls by.
const STEP_CELLS: usize = 8;

/// What is shown of a line, beside its time and source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Columns {
    /// The line as it is.
    #[default]
    Line,
    /// Status, duration, and what was asked or said.
    What,
    /// Status, who asked, who answered, and what was asked.
    Who,
}

impl Columns {
    /// In the order in which a key goes through them.
    fn next(self) -> Self {
        match self {
            Self::Line => Self::What,
            Self::What => Self::Who,
            Self::Who => Self::Line,
        }
    }

    /// For the user.
    pub fn words(self) -> &'static str {
        match self {
            Self::Line => "the lines as they are",
            Self::What => "columns: status, latency, what was asked or said",
            Self::Who => "columns: status, client, service, host, what was asked",
        }
    }
}

/// What the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogLook {
    /// Which fields.
    pub columns: Columns,
    /// Long lines go on in the next row.
    pub wrap: bool,
    /// Cells at the left that are scrolled away.
    pub left: usize,
}

impl LogLook {
    /// Other columns; what they are.
    pub fn turn(&mut self) -> &'static str {
        (self.columns, self.left) = (self.columns.next(), 0);
        self.columns.words()
    }

    /// On or off; wrapped lines have no place to scroll to.
    pub fn toggle_wrap(&mut self) -> &'static str {
        (self.wrap, self.left) = (!self.wrap, 0);
        match self.wrap {
            true => "long lines are wrapped",
            false => "long lines are cut; h and l scroll",
        }
    }

    /// To the left or right, never beyond the widest of the loaded lines.
    pub fn scroll(&mut self, right: bool, widest: usize) {
        self.left = match right {
            true if !self.wrap => (self.left + STEP_CELLS).min(widest.saturating_sub(1)),
            true => self.left,
            false => self.left.saturating_sub(STEP_CELLS),
        };
    }
}

/// What a format read out of a line; absent fields are `None` or empty. Printable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// HTTP status; 0 when there was no response.
    pub status: Option<i64>,
    /// Duration, microseconds.
    pub latency_us: Option<i64>,
    /// Method and endpoint, statement, message, metric or kind of job: the first there is.
    pub what: String,
    /// Client or user.
    pub client: String,
    /// Backend or logger.
    pub service: String,
    /// Host.
    pub host: String,
}

/// The fields of an event.
pub fn fields(store: &EventStore, chunk: &Chunk, row: usize) -> Fields {
    let text = |field| {
        let symbol = chunk.text_at(field, row);
        symbol
            .map(|symbol| store.text(field, symbol))
            .unwrap_or_default()
    };
    let first = |fields: &[Text]| {
        let mut texts = fields.iter().map(|field| text(*field));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    };
    let asked = match (text(Text::Method), text(Text::Endpoint)) {
        (method, path) if method.is_empty() => path,
        (method, path) => format!("{method} {path}"),
    };
    let said = || first(&[Text::Query, Text::Message, Text::Metric, Text::Kind]);
    Fields {
        status: chunk.number_at(Number::Status, row),
        latency_us: chunk.number_at(Number::LatencyUs, row),
        what: if asked.is_empty() { said() } else { asked },
        client: first(&[Text::Client, Text::User]),
        service: text(Text::Service),
        host: text(Text::Host),
    }
}

/// The text of a line as it is chosen; a line of which nothing was read is shown as it is.
pub fn text<'a>(columns: Columns, line: &'a str, fields: &Fields) -> std::borrow::Cow<'a, str> {
    let Fields {
        what,
        client,
        service,
        host,
        ..
    } = fields;
    if what.is_empty() {
        return line.into();
    }
    let status = fields
        .status
        .map_or(String::new(), |status| status.to_string());
    match columns {
        Columns::Line => line.into(),
        Columns::What => {
            let latency = fields.latency_us.map_or(String::new(), took);
            format!("{status:>3} {latency:>8}  {what}").into()
        }
        Columns::Who => {
            let fit = |text: &str, width| crate::text::shorten(text, width);
            let (client, service, host) = (fit(client, 15), fit(service, 14), fit(host, 12));
            format!("{status:>3} {client:<15} {service:<14} {host:<12} {what}").into()
        }
    }
}

/// `840 us`, `12.4 ms`, `1.2 s`.
fn took(us: i64) -> String {
    let x = us as f64;
    match us {
        ..1_000 => format!("{us} us"),
        1_000..100_000 => format!("{:.1} ms", x / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", x / 1e3),
        _ => format!("{:.1} s", x / 1e6),
    }
}

/// A text in rows of so many cells, as ranges of its bytes: the first row alone without `wrap`, from
/// `left` cells on. At most `most` rows.
pub fn rows(text: &str, look: LogLook, width: usize, most: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = skip(text, look.left);
    let most = if look.wrap { most } else { 1 };
    while out.len() < most && width > 0 {
        let length = skip(&text[start..], width);
        // A character wider than the row still takes one.
        let first = text[start..].chars().next().map_or(0, char::len_utf8);
        let end = start + length.max(first);
        out.push(start..end);
        start = end;
        if start >= text.len() {
            break;
        }
    }
    out
}

/// The first byte of a text that is not within so many cells.
fn skip(text: &str, cells: usize) -> usize {
    if cells == 0 {
        return 0;
    }
    let mut used = 0;
    let beyond = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > cells
    });
    beyond.map_or(text.len(), |(at, _)| at)
}

/// Where a pattern is in a part of a text, bytes of the whole: every place, also those that begin
/// in one row and end in the next. At most so many as the part has bytes.
pub fn hits(text: &str, pattern: &str, part: &Range<usize>) -> Vec<Range<usize>> {
    let mut from = part.start.saturating_sub(pattern.len());
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    // A row of an endless line costs what the row costs.
    let mut until = part.end.saturating_add(pattern.len()).min(text.len());
    while !text.is_char_boundary(until) {
        until += 1;
    }
    let mut out = Vec::new();
    while let Some(at) = text
        .get(from..until)
        .and_then(|rest| position(rest, pattern))
    {
        let hit = from + at..from + at + pattern.len();
        if hit.start >= part.end {
            break;
        }
        from = hit.end.max(from + 1);
        out.push(hit.start.max(part.start)..hit.end.min(part.end));
    }
    out.retain(|hit| hit.start < hit.end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WRAPPED: LogLook = LogLook {
        columns: Columns::Line,
        wrap: true,
        left: 0,
    };

    fn cut(text: &str, look: LogLook, width: usize) -> Vec<&str> {
        let rows = rows(text, look, width, 10);
        rows.into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn a_long_line_goes_on_in_the_next_row_or_is_scrolled() {
        assert_eq!(cut("abcdefghij", WRAPPED, 4), ["abcd", "efgh", "ij"]);
        assert_eq!(cut("", WRAPPED, 4), [""]);
        let scrolled = |left| LogLook {
            left,
            wrap: false,
            ..WRAPPED
        };
        assert_eq!(cut("abcdefghij", scrolled(8), 4), ["ij"]);
        assert_eq!(cut("abcdefghij", scrolled(99), 4), [""]);
        assert_eq!(cut("日本語", WRAPPED, 1), ["日", "本", "語"]);
    }

    #[test]
    fn a_hit_is_marked_in_every_row_that_it_is_in() {
        assert_eq!(hits("error ERROR", "error", &(0..11)), [0..5, 6..11]);
        assert_eq!(hits("abcdef", "cd", &(0..3)), [2..3]);
        assert_eq!(hits("abcdef", "cd", &(3..6)), [3..4]);
        assert!(hits("abcdef", "", &(0..6)).is_empty());
    }

    #[test]
    fn what_was_not_read_is_shown_as_it_is() {
        let line = "plain words";
        assert_eq!(text(Columns::Line, line, &Fields::default()), line);
        assert_eq!(text(Columns::What, line, &Fields::default()), line);
        let fields = Fields {
            status: Some(503),
            latency_us: Some(12_400),
            what: "GET /token".to_owned(),
            ..Fields::default()
        };
        assert_eq!(
            text(Columns::What, line, &fields),
            "503  12.4 ms  GET /token"
        );
    }

    proptest! {
        #[test]
        fn wrapped_rows_are_the_whole_text(text: String, width in 1usize..30) {
            let all = rows(&text, WRAPPED, width, usize::MAX);
            let joined: String = all.iter().map(|row| &text[row.clone()]).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn hits_lie_within_the_part(text: String, pattern: String, width in 1usize..30) {
            for row in rows(&text, WRAPPED, width, 100) {
                for hit in hits(&text, &pattern, &row) {
                    prop_assert!(row.start <= hit.start && hit.end <= row.end);
                    prop_assert!(text.get(hit).is_some());
                }
            }
        }
    }
}
