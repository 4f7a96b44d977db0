//! The CSV engine: cells by their place and without a header, as PostgreSQL's csvlog has them.
//! A cell in quotes may hold separators, line ends and quotes written as two.
//!
//! In: a batch of whole records. Out: one event a record. Files with a header of names are the
//! `delimited` engine's.

use std::ops::Range;

use super::field::Field;
use super::row::{Place, Row};
use super::stamp::{StampKind, StampReader};
use super::{Format, Parsed, parse};
use crate::lines::LineBatch;

/// Longest first cell of a record, in bytes.
const STAMP_MAX: usize = 40;

/// The SQLSTATE of what went well says nothing.
const SUCCESS: &[u8] = b"00000";

/// What stands in which cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    columns: Vec<Field>,
}

/// True if a record may begin at this line: its first cell is a time. A line within a quoted cell
/// that looks so is taken for one.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    let head = &line[..line.len().min(STAMP_MAX)];
    memchr::memchr(b',', head).is_some_and(|end| StampKind::Any.read(&head[..end]).is_some())
}

impl Csv {
    /// An engine for cells that mean these words, in their order; more cells may follow.
    pub fn new(words: &[String]) -> Result<Self, String> {
        let field = |word: &String| {
            Field::of(word).ok_or_else(|| format!("there is no field {word:?} for a column"))
        };
        let columns: Vec<Field> = words.iter().map(field).collect::<Result<_, _>>()?;
        match columns.first() {
            Some(Field::Time(_)) => Ok(Self { columns }),
            _ => Err("the first of the columns must be the time".to_owned()),
        }
    }

    /// What the cells mean.
    pub fn columns(&self) -> &[Field] {
        &self.columns
    }

    /// Parses a batch of whole records.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        let opens_at = |i: usize| i < batch.len() && opens(None, batch.line(i));
        let mut i = 0;
        let mut is_record = opens_at(0);
        while i < batch.len() {
            let first = i;
            i += 1;
            let mut is_next = opens_at(i);
            if batch.line(first).trim_ascii().is_empty() {
                parsed.headers += 1;
                is_record = is_next;
                continue;
            }
            while is_record && i < batch.len() && !is_next {
                i += 1;
                is_next = opens_at(i);
            }
            if self.one(format, batch, first..i, stamps, parsed).is_none() {
                (first..i).for_each(|i| parsed.refuse(i as u64, batch.line(i)));
            }
            is_record = is_next;
        }
    }

    fn one(
        &self,
        format: &Format,
        batch: &LineBatch,
        lines: Range<usize>,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) -> Option<()> {
        let record = batch.span(lines.start, lines.end);
        let mut row = Row::new();
        let mut rest = Some(record);
        for field in &self.columns {
            let (piece, tail) = cell(rest?, b',')?;
            if *field != Field::Skip && piece != SUCCESS {
                row.set_doubled(*field, piece, stamps);
            }
            rest = tail;
        }
        commit(format, row, (batch, lines), stamps, parsed)
    }
}

/// Makes an event of what the cells of some lines said.
pub(super) fn commit<'a>(
    format: &'a Format,
    mut row: Row<'a>,
    (batch, lines): (&LineBatch, Range<usize>),
    stamps: &mut StampReader,
    parsed: &mut Parsed,
) -> Option<()> {
    let _ = parse::messages(format, &mut row, stamps);
    let record = batch.span(lines.start, lines.end);
    let place = Place {
        line: lines.start as u64,
        offset: batch.offset(lines.start),
        length: u32::try_from(record.len()).unwrap_or(u32::MAX),
    };
    row.commit(place, format.side, parsed).then(|| {
        parsed.joined += lines.len() as u64 - 1;
    })
}

/// The first cell without its quotes and what stands behind its separator; `None` where nothing
/// more stands. A quote that is never closed makes it no cell.
pub(super) fn cell(bytes: &[u8], separator: u8) -> Option<(&[u8], Option<&[u8]>)> {
    let Some(body) = bytes.strip_prefix(b"\"") else {
        let end = memchr::memchr(separator, bytes).unwrap_or(bytes.len());
        return Some((&bytes[..end], bytes.get(end + 1..)));
    };
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', &body[from..])?;
        match body.get(at + 1) {
            Some(b'"') => from = at + 2,
            Some(byte) if *byte == separator => return Some((&body[..at], Some(&body[at + 2..]))),
            _ => return Some((&body[..at], None)),
        }
    }
}

/// Writes a quoted cell's text into `out`: two quotes are one.
pub fn undouble(bytes: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        let doubled = rest.get(at + 1) == Some(&b'"');
        rest = &rest[at + 1 + usize::from(doubled)..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(record: &str, expected: &[&str]) {
        let (mut rest, mut found) = (Some(record.as_bytes()), Vec::new());
        while let Some((piece, tail)) = rest.and_then(|rest| cell(rest, b',')) {
            found.push(String::from_utf8_lossy(piece).into_owned());
            rest = tail;
        }
        assert_eq!(found, expected, "{record}");
    }

    #[test]
    fn a_quoted_cell_may_hold_anything() {
        check("a,,\"b,c\",d", &["a", "", "b,c", "d"]);
        check("\"x\n\"\"y\"\"\",", &["x\n\"\"y\"\"", ""]);
        check("\"never closed", &[]);
    }

    #[test]
    fn two_quotes_are_one() {
        let mut out = Vec::new();
        undouble(b"say \"\"no\"\"", &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "say \"no\"");
    }

    #[test]
    fn columns_begin_with_the_time() {
        assert!(Csv::new(&["message".to_owned()]).is_err());
        assert!(Csv::new(&["time:iso".to_owned(), "colour".to_owned()]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let mut rest = Some(bytes.as_slice());
            while let Some((_, tail)) = rest.and_then(|rest| cell(rest, b',')) {
                rest = tail;
            }
            undouble(&bytes, &mut Vec::new());
        }
    }
}
