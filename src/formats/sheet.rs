//! Rows of CSV: what stands between their cells, and where they end. A cell in quotes may hold
//! separators, line ends and quotes written as two.

use std::ops::Range;

use super::csv::cell;
use crate::lines::LineBatch;

/// What may stand between cells.
pub const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Most columns.
const COLUMNS_MAX: usize = 256;
/// Most lines of a row: a quote that is never closed must not take in what follows.
const ROW_LINES_MAX: usize = 500;

/// What stands between the cells of the first of some lines, and its cells: the names of columns.
pub fn header(lines: &LineBatch) -> Option<(u8, Vec<&[u8]>)> {
    let first = (!lines.is_empty()).then(|| lines.line(0))?;
    let first = first.strip_prefix("\u{feff}".as_bytes()).unwrap_or(first);
    let separator = separator(first)?;
    Some((separator, cells(first, separator)?))
}

/// Where the row ends that begins at the first of some lines: those behind a line in which a cell's
/// quote is open belong to it, if one closes it.
pub fn row_end<'a>(line: impl Fn(usize) -> &'a [u8], lines: Range<usize>, separator: u8) -> usize {
    let mut is_open = false;
    let first = lines.start;
    let last = lines.take(ROW_LINES_MAX).find(|&i| {
        is_open = is_open_behind(line(i), is_open, separator);
        !is_open
    });
    last.unwrap_or(first) + 1
}

/// Whether a cell's quote is open behind a line, given whether one is in front of it. A quote
/// within a cell that does not begin with one is a part of its text.
fn is_open_behind(line: &[u8], mut is_open: bool, separator: u8) -> bool {
    let mut rest = line;
    let mut begins = !is_open;
    loop {
        if begins && let Some(quoted) = rest.strip_prefix(b"\"") {
            (is_open, rest) = (true, quoted);
        }
        while is_open {
            let Some(at) = memchr::memchr(b'"', rest) else {
                return true;
            };
            let doubled = rest.get(at + 1) == Some(&b'"');
            is_open = doubled;
            rest = &rest[at + 1 + usize::from(doubled)..];
        }
        let Some(at) = memchr::memchr(separator, rest) else {
            return false;
        };
        (begins, rest) = (true, &rest[at + 1..]);
    }
}

/// What stands between the names of columns: the one that stands there most often.
fn separator(header: &[u8]) -> Option<u8> {
    let count = |byte: &u8| memchr::memchr_iter(*byte, header).count();
    SEPARATORS.into_iter().rev().max_by_key(count)
}

/// The cells of a row. `None` if a quote is not closed, or there are too many.
pub fn cells(text: &[u8], separator: u8) -> Option<Vec<&[u8]>> {
    let mut cells = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (piece, tail) = cell(text, separator)?;
        cells.push(piece.trim_ascii());
        rest = tail;
        if cells.len() > COLUMNS_MAX {
            return None;
        }
    }
    Some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_open_where_a_cell_begins_with_it() {
        let is = |line: &str, before: bool, expected: bool| {
            assert_eq!(
                is_open_behind(line.as_bytes(), before, b','),
                expected,
                "{line}"
            );
        };
        is(r#"a,"b"#, false, true);
        is(r#""a"#, false, true);
        is(r#"a,"b","c""#, false, false);
        is(r#"a,"b ""c"#, false, true);
        is(r#"a,a disk of 5" and more,b"#, false, false);
        is(r#"goes on"#, true, true);
        is(r#"goes "" on"#, true, true);
        is(r#"ends",b"#, true, false);
        is(r#"ends","begins"#, true, true);
        is("", false, false);
        is("", true, true);
    }

    #[test]
    fn a_row_ends_where_its_last_quote_is_closed() {
        let check = |text: &str, expected: usize| {
            let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
            let end = row_end(|i| batch.line(i), 1..batch.len(), b',');
            assert_eq!(end, expected, "{text}");
        };
        check("h\na,b\nc,d\n", 2);
        check("h\na,\"b\nc\",d\ne,f\n", 3);
        check("h\na,\"b\nc,d\ne,f\n", 2);
    }

    #[test]
    fn a_header_is_cut_at_what_stands_in_it_most_often() {
        let check = |text: &str, expected: Option<(u8, &[&str])>| {
            let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
            let expected = expected.map(|(separator, names)| {
                (
                    separator,
                    names.iter().map(|name| name.as_bytes()).collect(),
                )
            });
            assert_eq!(header(&batch), expected, "{text}");
        };
        check(
            "\u{feff}time;\"a, b\";c\n1;2;3\n",
            Some((b';', &["time", "a, b", "c"])),
        );
        check("time,\"never closed\n", None);
        check("", None);
    }
}
