//! All events in memory, for drill-down: chunks in order, one interner per text field.

use std::ops::Range;
use std::sync::Arc;

use super::chunk::{Chunk, Text};
use super::intern::{Interner, Symbol};

/// Where an event lies in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowRef {
    /// Index of the chunk.
    pub chunk: u32,
    /// Index of the row in it.
    pub row: u32,
}

/// One event's place in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine {
    /// Index of the source.
    pub source: usize,
    /// When, ns UTC.
    pub time_ns: i64,
    /// Line number, from 1.
    pub line: u64,
    /// Byte offset in the (decompressed) source.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
}

/// Sealed chunks of all sources. Cheap to clone: chunks are shared.
#[derive(Debug, Clone, Default)]
pub struct EventStore {
    chunks: Vec<(usize, Arc<Chunk>)>,
    /// First and last time of each chunk, ns UTC.
    spans: Vec<(i64, i64)>,
    names: Arc<Vec<Interner>>,
}

impl EventStore {
    /// A store of sealed chunks, each with the index of its source, and the interner of
    /// each text field in the order of `Text::ALL`.
    pub fn new(chunks: Vec<(usize, Arc<Chunk>)>, names: Arc<Vec<Interner>>) -> Self {
        let spans = chunks.iter().map(|(_, chunk)| chunk.span()).collect();
        Self {
            chunks,
            spans,
            names,
        }
    }

    /// The chunks with the index of their source, in reading order per source.
    pub fn chunks(&self) -> impl Iterator<Item = (usize, &Chunk)> {
        self.chunks
            .iter()
            .map(|(source, chunk)| (*source, chunk.as_ref()))
    }

    /// The chunks of a source that have an event in one of the ranges, ns UTC.
    pub fn touching<'a>(
        &'a self,
        source: usize,
        ranges: &'a [Range<i64>],
    ) -> impl Iterator<Item = &'a Chunk> {
        let within = |(first, last): (i64, i64)| {
            ranges
                .iter()
                .any(|range| first < range.end && last >= range.start)
        };
        let chunks = self
            .chunks
            .iter()
            .zip(&self.spans)
            .filter(move |((of, _), span)| *of == source && within(**span));
        chunks.map(|((_, chunk), _)| chunk.as_ref())
    }

    /// The interner of a field. `None` while nothing was read.
    pub fn names(&self, field: Text) -> Option<&Interner> {
        self.names.get(field as usize)
    }

    /// A symbol as printable text.
    pub fn text(&self, field: Text, symbol: Symbol) -> String {
        self.names(field)
            .map(|names| names.text(symbol))
            .unwrap_or_default()
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(|(_, chunk)| chunk.len()).sum()
    }

    /// True when it holds none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The place of an event.
    /// # Panics
    /// If the row is not of this store.
    pub fn line(&self, at: RowRef) -> LogLine {
        let (source, chunk) = &self.chunks[at.chunk as usize];
        let row = at.row as usize;
        LogLine {
            source: *source,
            time_ns: chunk.time_ns[row],
            line: chunk.line[row],
            offset: chunk.offset[row],
            length: chunk.length[row],
        }
    }

    /// The chunk and row of an event, for its fields.
    /// # Panics
    /// If the row is not of this store.
    pub fn chunk_of(&self, at: RowRef) -> (&Chunk, usize) {
        (self.chunks[at.chunk as usize].1.as_ref(), at.row as usize)
    }

    /// Events of all sources merged by time (ties: source, then line) in `[from_ns, to_ns)`,
    /// at most `limit`: the earliest, or the latest if `last`.
    pub fn merged(&self, from_ns: i64, to_ns: i64, limit: usize, last: bool) -> Vec<RowRef> {
        let mut rows: Vec<(i64, usize, u64, RowRef)> = Vec::new();
        let touched =
            |index: &usize| self.spans[*index].0 < to_ns && self.spans[*index].1 >= from_ns;
        for index in (0..self.chunks.len()).filter(touched) {
            let (source, chunk) = &self.chunks[index];
            for (row, &time_ns) in chunk.time_ns.iter().enumerate() {
                if (from_ns..to_ns).contains(&time_ns) {
                    rows.push((
                        time_ns,
                        *source,
                        chunk.line[row],
                        RowRef {
                            chunk: index as u32,
                            row: row as u32,
                        },
                    ));
                }
            }
        }
        rows.sort_unstable();
        let from = if last {
            rows.len().saturating_sub(limit)
        } else {
            0
        };
        rows[from..].iter().take(limit).map(|row| row.3).collect()
    }
}
