//! The lines around an instant or a line: found in the event store, their text read from the
//! sources. Runs outside of `update`, on the reader's thread.

use std::sync::Arc;

use super::LineReader;
use super::log_look::{Fields, fields};
use super::matches::{Counts, Matches, Sieve};
use crate::events::{Chunk, EventStore, LogLine, Number, RowRef};
use crate::text::printable_line;

/// Lines asked for on each side.
pub const PAGE: usize = 200;
/// No more of a line than this is shown, bytes.
const TEXT_MAX: u32 = 8192;
/// The first stretch of time searched on each side; it grows until it holds a page.
const REACH_NS: i64 = 100_000_000;
const REACH_FACTOR: i64 = 8;

/// Around what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The first line at or after an instant, ns UTC, or the last before it.
    Time(i64),
    /// No line: events that the filter means are counted.
    Nowhere,
    /// A line: index of its source, byte offset, when it was, if that is known.
    Line {
        /// Index of the input.
        source: usize,
        /// Line number, from 1.
        line: u64,
        /// Byte offset of its first byte.
        offset: u64,
        /// When it was, ns UTC, if it is an event that was seen before.
        time_ns: Option<i64>,
    },
}

/// A wish for lines.
#[derive(Debug, Clone)]
pub struct LinesRequest {
    /// Comes back with the answer.
    pub number: u64,
    /// Where to look.
    pub store: Arc<EventStore>,
    /// Around what.
    pub anchor: Anchor,
    /// Which events; all without one.
    pub sieve: Option<Sieve>,
}

/// One line with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRow {
    /// Its place.
    pub line: LogLine,
    /// Printable; of a joined event all lines, the ends replaced.
    pub text: String,
    /// What the format read out of it.
    pub fields: Fields,
    /// `F`atal, `E`rror, `W`arning by its level; `5` for a server's failure; else a space.
    pub mark: char,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinesPage {
    /// The request's number.
    pub number: u64,
    /// Ascending in time.
    pub rows: Vec<LogRow>,
    /// The line asked for: source and offset.
    pub selected: Option<(usize, u64)>,
    /// Nothing lies before.
    pub at_start: bool,
    /// Nothing lies after.
    pub at_end: bool,
    /// One sentence for the user.
    pub message: Option<String>,
    /// How many events the filter means, where there is one.
    pub counts: Option<Counts>,
}

/// Answers a request. Reads at most `2 * PAGE` lines, and those that the filter asks for.
pub fn fetch(request: &LinesRequest, reader: &mut LineReader) -> LinesPage {
    fetch_with(request, reader, &mut Matches::default())
}

/// The same; `matches` remembers what the filter means.
pub fn fetch_with(
    request: &LinesRequest,
    reader: &mut LineReader,
    matches: &mut Matches,
) -> LinesPage {
    let store = &request.store;
    let Some(sieve) = &request.sieve else {
        return page(request, reader, None);
    };
    matches.ask(sieve, store);
    let mut page = match request.anchor {
        Anchor::Nowhere => LinesPage {
            number: request.number,
            ..LinesPage::default()
        },
        _ => page(request, reader, Some(matches)),
    };
    page.counts = Some(matches.count(store, reader));
    page
}

fn page(
    request: &LinesRequest,
    reader: &mut LineReader,
    mut matches: Option<&mut Matches>,
) -> LinesPage {
    let store = &request.store;
    let Some(key) = key_of(store, request.anchor) else {
        return single(request, reader);
    };
    let extent = store.extent().unwrap_or((0, 0));
    let key = (
        key.0.clamp(extent.0, extent.1.saturating_add(1)),
        key.1,
        key.2,
    );
    let mut meant = |at: RowRef, chunk: &Chunk, reader: &mut LineReader| match &mut matches {
        Some(matches) => matches.holds(at, chunk, reader),
        None => true,
    };
    let (before, at_start) = side(store, (key, extent, true), reader, &mut meant);
    let (after, at_end) = side(store, (key, extent, false), reader, &mut meant);
    let selected = after.first().or(before.last()).map(|(line, _)| *line);
    let mut failed = None;
    let rows: Vec<LogRow> = before
        .into_iter()
        .chain(after)
        .map(|row| log_row(store, row, reader, &mut failed))
        .collect();
    LinesPage {
        number: request.number,
        rows,
        selected: selected.map(|line| (line.source, line.offset)),
        at_start,
        at_end,
        counts: None,
        message: failed.map(|why| format!("cannot read: {why}")),
    }
}

/// The order of merged lines: time, then source, then line.
type Key = (i64, usize, u64);

fn key_of(store: &EventStore, anchor: Anchor) -> Option<Key> {
    match anchor {
        Anchor::Nowhere => None,
        Anchor::Time(ns) => (!store.is_empty()).then_some((ns, 0, 0)),
        Anchor::Line {
            source,
            line,
            time_ns: Some(ns),
            ..
        } => Some((ns, source, line)),
        Anchor::Line {
            source,
            offset,
            time_ns: None,
            ..
        } => {
            let line = store.at_offset(source, offset)?;
            Some((line.time_ns, source, line.line))
        }
    }
}

/// Up to a page of lines before the key, or from it on; true when nothing lies beyond.
fn side(
    store: &EventStore,
    (key, extent, before): (Key, (i64, i64), bool),
    reader: &mut LineReader,
    meant: &mut dyn FnMut(RowRef, &Chunk, &mut LineReader) -> bool,
) -> (Vec<(LogLine, RowRef)>, bool) {
    let beyond = |line: &LogLine| ((line.time_ns, line.source, line.line) < key) == before;
    let mut reach_ns = REACH_NS;
    loop {
        // All lines of the stretch: with stamps of whole seconds a page may begin inside of one.
        let (from_ns, to_ns) = match before {
            true => (key.0.saturating_sub(reach_ns), key.0.saturating_add(1)),
            false => (key.0, key.0.saturating_add(reach_ns)),
        };
        let all = if before {
            from_ns <= extent.0
        } else {
            to_ns > extent.1
        };
        // One more than a page tells whether it is all.
        let mut rows = store.merged(from_ns, to_ns, PAGE + 1, before, |line, at, chunk| {
            beyond(line) && meant(at, chunk, reader)
        });
        if rows.len() > PAGE || all {
            let complete = rows.len() <= PAGE;
            match before {
                true => drop(rows.drain(..rows.len().saturating_sub(PAGE))),
                false => rows.truncate(PAGE),
            }
            return (rows, complete);
        }
        reach_ns = reach_ns.saturating_mul(REACH_FACTOR);
    }
}

fn log_row(
    store: &EventStore,
    (line, row): (LogLine, RowRef),
    reader: &mut LineReader,
    failed: &mut Option<String>,
) -> LogRow {
    let found = store.chunk_of(row);
    let number = |field| {
        let (chunk, index) = found.as_ref()?;
        chunk.number_at(field, *index)
    };
    let mark = match (number(Number::Level), number(Number::Status)) {
        (Some(5..), _) => 'F',
        (Some(4), _) => 'E',
        (_, Some(500..)) => '5',
        (Some(3), _) => 'W',
        _ => ' ',
    };
    let text = match reader(line.source, line.offset, line.length.min(TEXT_MAX)) {
        Ok(bytes) => printable_line(bytes.trim_ascii_end()),
        Err(why) => failed.insert(why).clone(),
    };
    let fields = found
        .as_ref()
        .map(|(chunk, index)| fields(store, chunk, *index));
    LogRow {
        line,
        text,
        fields: fields.unwrap_or_default(),
        mark,
    }
}

/// A line that is not an event: of a people's record, or of a source that was not kept.
fn single(request: &LinesRequest, reader: &mut LineReader) -> LinesPage {
    let message = match request.anchor {
        Anchor::Time(_) | Anchor::Nowhere => "no lines are loaded".to_owned(),
        Anchor::Line {
            source,
            line,
            offset,
            ..
        } => match reader(source, offset, TEXT_MAX) {
            Ok(bytes) => {
                let end = bytes
                    .iter()
                    .position(|&byte| byte == b'\n')
                    .unwrap_or(bytes.len());
                format!("line {line}: {}", printable_line(bytes[..end].trim_ascii()))
            }
            Err(why) => format!("cannot read: {why}"),
        },
    };
    LinesPage {
        number: request.number,
        message: Some(message),
        ..LinesPage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One source, one line per entry of `times`, each ten bytes long.
    fn store(times: &[i64]) -> Arc<EventStore> {
        let mut chunk = Chunk::default();
        for (i, &ns) in times.iter().enumerate() {
            chunk.open(ns, i as u64 + 1, i as u64 * 10, 9);
        }
        Arc::new(EventStore::new(vec![(0, Arc::new(chunk))], Arc::default()))
    }

    fn page(store: &Arc<EventStore>, anchor: Anchor) -> LinesPage {
        let mut reader: LineReader =
            Box::new(|_, offset, _| Ok(format!("at {offset}\nnext").into_bytes()));
        fetch(
            &LinesRequest {
                number: 1,
                store: Arc::clone(store),
                anchor,
                sieve: None,
            },
            &mut reader,
        )
    }

    #[test]
    fn a_page_is_centred_on_its_line() {
        let times: Vec<i64> = (0..1000).map(|i| i * 1_000_000_000).collect();
        let page = page(&store(&times), Anchor::Time(500_000_000_000));
        assert_eq!(page.rows.len(), 2 * PAGE);
        assert_eq!(page.selected, Some((0, 5000)));
        assert_eq!((page.at_start, page.at_end), (false, false));
    }

    #[test]
    fn a_thousand_lines_of_one_second_can_be_walked() {
        let store = store(&[7; 1000]);
        let mut at = 0;
        for _ in 0..20 {
            let anchor = Anchor::Line {
                source: 0,
                line: at / 10 + 1,
                offset: at,
                time_ns: Some(7),
            };
            let page = page(&store, anchor);
            assert_eq!(page.selected, Some((0, at)));
            at = page.rows.last().unwrap().line.offset;
            if page.at_end {
                break;
            }
        }
        assert_eq!(at, 9990);
    }

    #[test]
    fn after_the_last_line_comes_the_last_line() {
        let page = page(&store(&[1, 2, 3]), Anchor::Time(100));
        assert_eq!(page.selected, Some((0, 20)));
        assert!(page.at_start && page.at_end);
    }

    #[test]
    fn a_line_of_a_record_is_shown_by_itself() {
        let page = page(
            &store(&[1]),
            Anchor::Line {
                source: 3,
                line: 2,
                offset: 17,
                time_ns: None,
            },
        );
        assert_eq!(page.message.as_deref(), Some("line 2: at 17"));
        assert!(page.rows.is_empty());
    }

    #[test]
    fn evidence_inside_a_joined_event_finds_the_event() {
        let page = page(
            &store(&[5, 6]),
            Anchor::Line {
                source: 0,
                line: 9,
                offset: 14,
                time_ns: None,
            },
        );
        assert_eq!(page.selected, Some((0, 10)));
    }
}
