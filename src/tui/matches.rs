//! Which events the filter of the Logs screen means: found chunk by chunk on the reader's thread,
//! and remembered as bits.
//!
//! In: a filter, the store, the reader of lines. Out: whether an event is meant, and how many are.
//! Counting takes turns of bounded length, so that lines that are asked for meanwhile come soon.

use std::sync::Arc;

use super::LineReader;
use crate::clock::Zone;
use crate::events::spill::ChunkMark;
use crate::events::{Chunk, EventStore, RowRef};
use crate::filter::{Facts, Filter, Lines, Matcher, NoLines, Tables};

/// Rows looked at in one turn of counting; of filters that read lines fewer.
const ROWS_A_TURN: u64 = 2_000_000;
const LINES_A_TURN: u64 = 100_000;
/// Bytes read at a time where lines are needed; more than a longest line is not read.
const WINDOW_BYTES: u32 = 1 << 16;

/// A filter and what it needs to know of the sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Sieve {
    /// The filter; lengths before the end are anchored.
    pub filter: Arc<Filter>,
    /// Of its local times.
    pub zone: Zone,
    /// Path, label and format of each source.
    pub sources: Vec<[String; 3]>,
}

/// How many events are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Events that are.
    pub matched: u64,
    /// Events that were looked at.
    pub looked: u64,
    /// Events that there are.
    pub of: u64,
}

/// What was found so far.
#[derive(Default)]
pub struct Matches {
    asked: Option<(Sieve, Matcher)>,
    tables: Tables,
    marks: Vec<ChunkMark>,
    /// By chunk.
    found: Vec<Option<Found>>,
}

/// The events of a chunk.
struct Found {
    of: ChunkMark,
    /// One bit a row.
    rows: Vec<u64>,
    matched: u64,
}

impl Matches {
    /// Gets ready for a filter over a store. What was found for the same filter stays.
    pub fn ask(&mut self, sieve: &Sieve, store: &EventStore) {
        let same = |(asked, _): &(Sieve, Matcher)| {
            asked.filter == sieve.filter && asked.zone == sieve.zone
        };
        let matcher = match self.asked.take().filter(same) {
            Some((_, matcher)) => matcher,
            None => {
                (self.tables, self.found) = (Tables::default(), Vec::new());
                Matcher::new(&sieve.filter, sieve.zone, i64::MAX)
            }
        };
        self.tables.update(&matcher, |field| store.names(field));
        self.marks = store.marks().collect();
        self.found.resize_with(self.marks.len(), || None);
        for (found, mark) in self.found.iter_mut().zip(&self.marks) {
            // A chunk that has grown is looked at anew.
            found.take_if(|found| found.of != *mark);
        }
        self.asked = Some((sieve.clone(), matcher));
    }

    /// Whether an event is meant. `chunk` is the one that it is in.
    pub fn holds(&mut self, at: RowRef, chunk: &Chunk, reader: &mut LineReader) -> bool {
        self.look(at.chunk as usize, chunk, reader);
        let found = self.found.get(at.chunk as usize).and_then(Option::as_ref);
        found.is_some_and(|found| {
            let word = found.rows.get(at.row as usize / 64).copied().unwrap_or(0);
            word >> (at.row % 64) & 1 == 1
        })
    }

    /// Looks at some more chunks, and says how many events are meant among all looked at.
    pub fn count(&mut self, store: &EventStore, reader: &mut LineReader) -> Counts {
        let reads_lines = self
            .asked
            .as_ref()
            .is_some_and(|(sieve, _)| sieve.filter.reads_lines());
        let turn = if reads_lines {
            LINES_A_TURN
        } else {
            ROWS_A_TURN
        };
        let mut looked_now = 0;
        for index in 0..self.marks.len() {
            if looked_now >= turn {
                break;
            }
            if self.found[index].is_some() {
                continue;
            }
            looked_now += self.marks[index].rows as u64;
            let first = RowRef {
                chunk: index as u32,
                row: 0,
            };
            if let Some((chunk, _)) = store.chunk_of(first) {
                self.look(index, &chunk, reader);
            }
        }
        let found = self.found.iter().flatten();
        let (matched, looked) = found.fold((0, 0), |(matched, looked), found| {
            (matched + found.matched, looked + found.of.rows as u64)
        });
        let of = self.marks.iter().map(|mark| mark.rows as u64).sum();
        Counts {
            matched,
            looked,
            of,
        }
    }

    fn look(&mut self, index: usize, chunk: &Chunk, reader: &mut LineReader) {
        let (Some(mark), Some((sieve, matcher))) = (self.marks.get(index), &self.asked) else {
            return;
        };
        if self.found[index].is_some() {
            return;
        }
        let no_name = || <[String; 3]>::default();
        let [path, label, format] = &sieve
            .sources
            .get(mark.source)
            .cloned()
            .unwrap_or_else(no_name);
        let facts = Facts {
            path,
            label,
            format,
        };
        let meant = match sieve.filter.reads_lines() {
            true => {
                let mut lines = Fetched {
                    source: mark.source,
                    chunk,
                    reader,
                    window: (0, Vec::new()),
                };
                matcher.rows(&self.tables, chunk, facts, &mut lines)
            }
            false => matcher.rows(&self.tables, chunk, facts, &mut NoLines),
        };
        let mut rows = vec![0u64; meant.len().div_ceil(64)];
        for (row, _) in meant.iter().enumerate().filter(|(_, meant)| **meant) {
            rows[row / 64] |= 1 << (row % 64);
        }
        let matched = rows.iter().map(|word| u64::from(word.count_ones())).sum();
        self.found[index] = Some(Found {
            of: *mark,
            rows,
            matched,
        });
    }
}

/// Lines of a chunk, read in stretches. What cannot be read is empty.
struct Fetched<'a> {
    source: usize,
    chunk: &'a Chunk,
    reader: &'a mut LineReader,
    /// Where it begins in the source, and its bytes.
    window: (u64, Vec<u8>),
}

impl Lines for Fetched<'_> {
    fn lines(&mut self, row: usize) -> &[u8] {
        let (start, length) = (
            self.chunk.offset[row],
            self.chunk.length[row].min(WINDOW_BYTES),
        );
        let end = start + u64::from(length);
        let (from, bytes) = &self.window;
        if start < *from || end > from + bytes.len() as u64 {
            let read = (self.reader)(self.source, start, WINDOW_BYTES);
            self.window = (start, read.unwrap_or_default());
        }
        let (from, bytes) = &self.window;
        let at = (start - from) as usize;
        let end = (at + length as usize).min(bytes.len());
        bytes.get(at..end).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Interner, Number, Text};

    /// Two sources of lines of ten bytes; every third fails.
    fn store(rows: usize) -> EventStore {
        let chunk = |source: usize| {
            let mut chunk = Chunk::default();
            for i in 0..rows {
                chunk.open(i as i64, i as u64 + 1, i as u64 * 10, 9);
                chunk.set_number(Number::Status, if i % 3 == 0 { 500 } else { 200 });
            }
            chunk.seal();
            (source, Arc::new(chunk))
        };
        let names = Text::ALL.iter().map(|_| Interner::new(10)).collect();
        EventStore::new(vec![chunk(0), chunk(1)], Arc::new(names))
    }

    fn counted(text: &str, rows: usize) -> Counts {
        let filter = Arc::new(Filter::parse(text).expect("a filter"));
        let names = |name: &str| [name.to_owned(), name.to_owned(), "nginx".to_owned()];
        let sources = vec![names("a.log"), names("b.log")];
        let sieve = Sieve {
            filter,
            zone: Zone::UTC,
            sources,
        };
        let mut reader: LineReader = Box::new(|_, offset, length| {
            let text: String = (offset / 10..)
                .take(7000)
                .map(|n| format!("line {n:04}\n"))
                .collect();
            Ok(text.into_bytes()[..length as usize].to_vec())
        });
        let (store, mut matches) = (store(rows), Matches::default());
        matches.ask(&sieve, &store);
        matches.count(&store, &mut reader)
    }

    #[test]
    fn events_of_all_sources_are_counted() {
        let all = |matched| Counts {
            matched,
            looked: 200,
            of: 200,
        };
        assert_eq!(counted("status=5xx", 100), all(68));
        assert_eq!(counted("status=5xx source=b.log", 100), all(34));
        assert_eq!(counted("\"line 004\"", 100), all(20));
    }

    #[test]
    fn another_filter_starts_anew_and_the_same_remembers() {
        let store = store(70);
        let mut matches = Matches::default();
        let mut reads = 0;
        for (text, looked_at) in [("9", 2), ("9", 0), ("8", 2)] {
            let filter = Arc::new(Filter::parse(text).expect("a filter"));
            matches.ask(
                &Sieve {
                    filter,
                    zone: Zone::UTC,
                    sources: Vec::new(),
                },
                &store,
            );
            let counter = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let seen = Arc::clone(&counter);
            let mut reader: LineReader = Box::new(move |_, _, _| {
                seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok(b"line 0008\n".repeat(100))
            });
            matches.count(&store, &mut reader);
            reads += counter.load(std::sync::atomic::Ordering::Relaxed);
            assert_eq!(
                counter.load(std::sync::atomic::Ordering::Relaxed),
                looked_at,
                "{text}"
            );
        }
        assert_eq!(reads, 4);
    }
}
