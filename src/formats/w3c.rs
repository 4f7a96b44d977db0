//! The W3C engine: cells named by a `#Fields` line above them, which may come again and change
//! (W3C working draft "Extended Log File Format", 1996). IIS and CloudFront write it.
//!
//! In: a batch of lines, with the `#Fields` line that held before it. Out: one event a line; one
//! with other cells than its header names is unparsed. Knows no program's own columns: the
//! format says which of them mean what.

use super::field::Field;
use super::row::{Place, Row};
use super::stamp::StampReader;
use super::{Format, Parsed};
use crate::lines::LineBatch;

/// What begins a line that names the columns.
pub const FIELDS: &[u8] = b"#Fields:";
/// Directives that say the date of lines that have only a clock.
const DATES: [&[u8]; 2] = [b"#Date:", b"#Start-Date:"];
/// How many headers back a line may belong to.
const HEADERS_MAX: usize = 4;
/// Most columns of a header that are looked at.
const COLUMNS_MAX: usize = 256;

/// Which column means what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct W3c {
    wanted: Vec<(Vec<u8>, Field)>,
    /// The columns that hold until a line names others.
    opening: Vec<u8>,
}

/// The columns in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Header {
    /// How many cells a line has.
    cells: usize,
    /// Cells and what they mean, the first choice of a field last.
    fields: Vec<(usize, Field)>,
    /// The cells hold a date.
    has_date: bool,
}

impl W3c {
    /// An engine for columns that mean these fields. Where two columns feed one field the first
    /// of the list wins.
    pub fn new(wanted: Vec<(Vec<u8>, Field)>) -> Self {
        let opening = Vec::new();
        Self { wanted, opening }
    }

    /// The columns and their fields.
    pub fn wanted(&self) -> &[(Vec<u8>, Field)] {
        &self.wanted
    }

    /// The same for a source whose first lines are these.
    pub fn opened_by(&self, head: &LineBatch) -> Self {
        let first = (0..head.len())
            .map(|i| head.line(i))
            .find(|line| line.starts_with(FIELDS));
        Self {
            wanted: self.wanted.clone(),
            opening: first.unwrap_or(b"").to_vec(),
        }
    }

    /// Parses a batch.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        let mut headers = vec![self.header(batch.header().unwrap_or(&self.opening))];
        let mut date: &[u8] = b"";
        for i in 0..batch.len() {
            let line = batch.line(i);
            if line.starts_with(b"#") || line.trim_ascii().is_empty() {
                parsed.headers += 1;
                if line.starts_with(FIELDS) {
                    headers.truncate(HEADERS_MAX - 1);
                    headers.insert(0, self.header(line));
                } else if let Some(said) = date_of(line) {
                    date = said;
                }
                continue;
            }
            let mut row = Row::new();
            let place = Place {
                line: i as u64,
                offset: batch.offset(i),
                length: line.len() as u32,
            };
            // Lines kept back in a buffer may come under the header of a later configuration.
            let read = headers.iter().any(|header| {
                row = Row::new();
                if !header.has_date {
                    row.set(Field::Date, date, stamps);
                }
                header.split(line, &mut row, stamps).is_some()
            });
            if !read || !row.commit(place, format.side, parsed) {
                parsed.refuse(i as u64, line);
            }
        }
    }

    fn header(&self, line: &[u8]) -> Header {
        let names = line.strip_prefix(FIELDS).unwrap_or(b"");
        let names: Vec<&[u8]> = cells(names).take(COLUMNS_MAX).collect();
        let place = |(name, field): &(Vec<u8>, Field)| {
            let is_it = |other: &&[u8]| other.eq_ignore_ascii_case(name);
            Some((names.iter().position(is_it)?, *field))
        };
        let fields: Vec<(usize, Field)> = self.wanted.iter().rev().filter_map(place).collect();
        Header {
            cells: names.len(),
            has_date: fields
                .iter()
                .any(|(_, field)| matches!(field, Field::Date | Field::Time(_))),
            fields,
        }
    }
}

impl Header {
    fn split<'a>(&self, line: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) -> Option<()> {
        let mut found: [&[u8]; COLUMNS_MAX] = [b""; COLUMNS_MAX];
        let mut n = 0;
        for cell in cells(line) {
            *found.get_mut(n)? = cell;
            n += 1;
        }
        if n != self.cells || n == 0 {
            return None;
        }
        for (at, field) in &self.fields {
            // A column that is there and says nothing leaves the field to the next choice.
            if found[*at] != b"-" && !found[*at].is_empty() {
                row.set(*field, found[*at], stamps);
            }
        }
        row.time_ns().map(|_| ())
    }
}

/// The date of `#Date: 2001-10-31 00:00:18`.
fn date_of(line: &[u8]) -> Option<&[u8]> {
    let rest = DATES.iter().find_map(|name| line.strip_prefix(*name))?;
    cells(rest).next()
}

/// Cells of a line: between tabs if there is one, else between spaces; a quoted cell may hold
/// both and loses its quotes.
fn cells(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_tabbed = memchr::memchr(b'\t', line).is_some();
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        if is_tabbed {
            let end = memchr::memchr(b'\t', line).unwrap_or(line.len());
            rest = line.get(end + 1..);
            return Some(line[..end].trim_ascii());
        }
        let line = line.trim_ascii_start();
        if line.is_empty() {
            rest = None;
            return None;
        }
        if let Some(body) = line.strip_prefix(b"\"")
            && let Some(end) = closing_quote(body)
        {
            rest = Some(&body[end + 1..]);
            return Some(&body[..end]);
        }
        let end = memchr::memchr(b' ', line).unwrap_or(line.len());
        rest = Some(&line[end..]);
        Some(&line[..end])
    })
}

/// Where a quoted cell ends: at a quote with a space or nothing behind; two quotes are one.
fn closing_quote(body: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', &body[from..])?;
        match body.get(at + 1) {
            None | Some(b' ') => return Some(at),
            Some(b'"') => from = at + 2,
            Some(_) => from = at + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::events::Number;
    use crate::formats::stamp::StampKind;
    use crate::formats::{Engine, SourceKind, StampSide};
    use proptest::prelude::*;

    fn engine() -> W3c {
        let word =
            |(key, word): (&str, &str)| (key.as_bytes().to_vec(), Field::of(word).expect("a word"));
        let words = [
            ("date", "date"),
            ("time", "clock:utc"),
            ("sc-status", "status"),
            ("bytes", "bytes"),
            ("sc-bytes", "bytes"),
        ];
        W3c::new(words.into_iter().map(word).collect())
    }

    fn read(engine: &W3c, batch: &LineBatch) -> Parsed {
        let format = Format::new(
            "x",
            SourceKind::Access,
            StampSide::Start,
            Engine::W3c(engine.clone()),
        );
        let mut parsed = Parsed::of_lines(batch.len() as u64);
        // The clock is UTC whatever the source's zone.
        let mut stamps = StampReader::new(StampKind::Any, Zone::Fixed(3600));
        engine.parse(&format, batch, &mut stamps, &mut parsed);
        parsed
    }

    fn check(text: &str, expected: &[&str]) {
        let parsed = read(&engine(), &LineBatch::split(text.as_bytes().to_vec(), 0));
        let event = |row: usize| {
            let number = |field| {
                let number = parsed.chunk.number_at(field, row);
                number.map_or("-".to_owned(), |n| n.to_string())
            };
            let (status, bytes) = (number(Number::Status), number(Number::Bytes));
            format!("{} {status} {bytes}", rfc3339(parsed.chunk.time_ns[row]))
        };
        let found: Vec<String> = (0..parsed.chunk.len()).map(event).collect();
        assert_eq!(found, expected, "{text}");
        let sum = found.len() as u64 + parsed.headers + parsed.unparsed;
        assert_eq!(parsed.lines, sum, "{text}");
    }

    #[test]
    fn a_line_of_fields_names_the_cells_until_the_next() {
        check(
            "#Version: 1.0\n#Fields: date time sc-status\n2024-01-05 10:00:00 200\n\
             #Fields: time date sc-bytes sc-status\n10:00:01 2024-01-05 17 503\n2024-01-05 200\n",
            &["2024-01-05T10:00:00Z 200 -", "2024-01-05T10:00:01Z 503 17"],
        );
    }

    #[test]
    fn a_line_of_an_earlier_header_is_read_by_its_number_of_cells() {
        check(
            "#Fields: date time sc-status\n#Fields: date time sc-status sc-bytes\n\
             2024-01-05 10:00:00 200\n2024-01-05 10:00:01 200 5\n",
            &["2024-01-05T10:00:00Z 200 -", "2024-01-05T10:00:01Z 200 5"],
        );
    }

    #[test]
    fn the_first_choice_of_a_field_wins_unless_it_says_nothing() {
        check(
            "#Fields: date time sc-bytes bytes\n2024-01-05 10:00:00 5 7\n2024-01-05 10:00:00 5 -",
            &["2024-01-05T10:00:00Z - 7", "2024-01-05T10:00:00Z - 5"],
        );
    }

    #[test]
    fn cells_stand_between_tabs_or_spaces_or_in_quotes() {
        check(
            "#Fields: date time x sc-status\n2024-01-05\t10:00:00\ta b\t200\n\
             \"2024-01-05\" \"10:00:01\" \"a \"\"b\"\" c\"  404\n2024-01-05 10:00:02 a b 500",
            &["2024-01-05T10:00:00Z 200 -", "2024-01-05T10:00:01Z 404 -"],
        );
    }

    #[test]
    fn a_clock_alone_is_of_the_day_that_a_directive_says() {
        check(
            "#Date: 2024-01-05 09:59:59\n#Fields: time sc-status\n10:00:00 200\n#Date: 2024-01-06 00:00:01\n00:00:01 200",
            &["2024-01-05T10:00:00Z 200 -", "2024-01-06T00:00:01Z 200 -"],
        );
    }

    #[test]
    fn lines_before_any_line_of_fields_are_unparsed() {
        check("2024-01-05 10:00:00 200\n", &[]);
        let tail = LineBatch::split(b"2024-01-05 10:00:00 200\n".to_vec(), 900);
        let head = b"#Fields: date time sc-status\n".to_vec();
        let opened = engine().opened_by(&LineBatch::split(head.clone(), 0));
        assert_eq!(read(&opened, &tail).chunk.len(), 1);
        let tail = tail.under(Some(head[..28].into()));
        assert_eq!(read(&engine(), &tail).chunk.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "(#Fields: [a-z \\t\"-]*\n|[0-9:\" \\t-]*\n|.*\n){0,8}") {
            read(&engine(), &LineBatch::split(text.into_bytes(), 0));
        }
    }
}
