//! All events for drill-down: chunks in order, packed in memory or in a temporary file, one interner
//! per text field.
//!
//! Chunks are unpacked when they are asked for, and the last ones are kept open within a bound.
//! What cannot be read back any more is empty, and counted.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chunk::Chunk;
use super::columns::Only;
use super::fields::{Number, Text};
use super::intern::{Interner, Symbol};
use super::opened::Opened;
use super::spill::{ChunkMark, Entry, Kept};

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

/// How much may be looked at in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that the rows of one question may take at once.
    pub rows_bytes: usize,
    /// Bytes of opened chunks kept for the next question.
    pub opened_bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            rows_bytes: usize::MAX,
            opened_bytes: 64 << 20,
        }
    }
}

/// Sealed chunks of all sources. Cheap to clone: chunks are shared.
#[derive(Debug, Clone, Default)]
pub struct EventStore {
    entries: Vec<Entry>,
    names: Arc<Vec<Arc<Interner>>>,
    room: Room,
    opened: Arc<Mutex<Opened>>,
}

impl EventStore {
    /// A store of sealed chunks in memory, each with the index of its source, and the interner of
    /// each text field in the order of `Text::ALL`.
    pub fn new(chunks: Vec<(usize, Arc<Chunk>)>, names: Arc<Vec<Interner>>) -> Self {
        let entries = chunks.into_iter();
        let names = names.iter().map(|names| Arc::new(names.clone()));
        Self {
            entries: entries
                .map(|(source, chunk)| Entry::new(source, chunk))
                .collect(),
            names: Arc::new(names.collect()),
            ..Self::default()
        }
    }

    /// A store of what was kept so far, and how much of it may be looked at in one piece.
    /// Stores with the same `opened` share what is opened: they must be of the same chunks.
    pub fn of(
        kept: &Kept,
        names: Vec<Arc<Interner>>,
        room: Room,
        opened: &Arc<Mutex<Opened>>,
    ) -> Self {
        Self {
            entries: kept.entries().to_vec(),
            names: Arc::new(names),
            room,
            opened: Arc::clone(opened),
        }
    }

    /// How many rows of a source one question may hold at once: each takes `row_bytes`, and
    /// `value_bytes` for every text that the source has.
    pub fn rows_at_once(&self, source: usize, row_bytes: usize, value_bytes: usize) -> usize {
        let texts = Text::ALL.iter().filter(|field| self.has(source, **field));
        self.room.rows_bytes / (row_bytes + value_bytes * texts.count()).max(1)
    }

    /// Remembers that of `rows` rows of a source only `taken` were looked at.
    pub fn note_sample(&self, source: usize, rows: usize, taken: usize) {
        let mut opened = self.lock();
        let noted = opened.sampled.entry(source).or_insert((rows, taken));
        *noted = (*noted).max((rows, taken));
    }

    /// For each source of which not all rows were looked at: how many there were at the most, and
    /// how many of these were.
    pub fn samples(&self) -> Vec<(usize, usize, usize)> {
        let opened = self.lock();
        let sampled = opened.sampled.iter();
        sampled
            .map(|(source, (rows, taken))| (*source, *rows, *taken))
            .collect()
    }

    /// The chunks with the index of their source, in reading order per source, opened one by one.
    pub fn chunks(&self) -> impl Iterator<Item = (usize, Arc<Chunk>)> {
        let chunks = self.opening(|_| true);
        chunks.map(|(index, chunk)| (self.entries[index as usize].source, chunk))
    }

    /// The marks of all chunks, in the order of their indices. Opens none.
    pub fn marks(&self) -> impl Iterator<Item = ChunkMark> {
        self.entries.iter().map(Entry::mark)
    }

    /// The chunks of a source with their indices, in reading order, opened one by one.
    pub fn of_source(&self, source: usize) -> impl Iterator<Item = (u32, Arc<Chunk>)> {
        self.opening(move |entry| entry.source == source)
    }

    /// The chunks of a source that may have an event in one of the ranges, ns UTC, with their
    /// indices.
    pub fn touching<'a>(
        &'a self,
        source: usize,
        ranges: &'a [Range<i64>],
    ) -> impl Iterator<Item = (u32, Arc<Chunk>)> + 'a {
        self.opening(move |entry| entry.source == source && entry.touches(ranges))
    }

    /// Shows each chunk of a source, in reading order, with times and some other columns at least.
    /// None is kept open.
    pub fn each_of(&self, source: usize, only: Only, mut each: impl FnMut(&Chunk)) {
        let mut opened = Chunk::default();
        let mine = self.entries.iter().enumerate();
        for (index, entry) in mine.filter(|(_, entry)| entry.source == source) {
            if let Some(chunk) = entry.in_memory() {
                each(chunk);
                continue;
            }
            match entry.open_into(&mut opened, only) {
                Ok(()) => each(&opened),
                Err(error) => self.note_failure(index, &error),
            }
        }
    }

    fn opening<'a>(
        &'a self,
        wanted: impl Fn(&Entry) -> bool + 'a,
    ) -> impl Iterator<Item = (u32, Arc<Chunk>)> + 'a {
        let entries = self.entries.iter().enumerate();
        entries
            .filter(move |(_, entry)| wanted(entry))
            .map(|(index, _)| (index as u32, self.chunk(index)))
    }

    /// Most rows that `touching` can give.
    pub fn rows_touching(&self, source: usize, ranges: &[Range<i64>]) -> usize {
        let touched = self.entries.iter();
        let touched = touched.filter(|entry| entry.source == source && entry.touches(ranges));
        touched.map(|entry| entry.rows).sum()
    }

    /// How many events of a source can be opened.
    pub fn rows_of(&self, source: usize) -> usize {
        let mine = self.entries.iter().filter(|entry| entry.source == source);
        mine.map(|entry| entry.rows).sum()
    }

    /// Whether any event of a source has a text.
    pub fn has(&self, source: usize, field: Text) -> bool {
        let mut mine = self.entries.iter().filter(|entry| entry.source == source);
        mine.any(|entry| entry.has(field))
    }

    /// Whether any event of a source has a number.
    pub fn has_number(&self, source: usize, field: Number) -> bool {
        let mut mine = self.entries.iter().filter(|entry| entry.source == source);
        mine.any(|entry| entry.has_number(field))
    }

    /// How many values of a field a source tells apart. Costs a pass over the source the first
    /// time it is asked.
    pub fn distinct(&self, source: usize, field: Text) -> usize {
        let key = (source, field, self.rows_of(source));
        if let Some(known) = self.lock().distinct.get(&key) {
            return *known;
        }
        let mut seen: Vec<bool> = Vec::new();
        self.each_of(source, Only::of([], [field]), |chunk| {
            for symbol in chunk.text(field) {
                let at = symbol.0 as usize;
                if seen.len() <= at {
                    seen.resize(at + 1, false);
                }
                seen[at] = true;
            }
        });
        let n = seen.into_iter().filter(|seen| *seen).count();
        self.lock().distinct.insert(key, n);
        n
    }

    /// Chunk number `index`; empty if it cannot be read back.
    fn chunk(&self, index: usize) -> Arc<Chunk> {
        let entry = &self.entries[index];
        if let Some(chunk) = entry.in_memory() {
            return Arc::clone(chunk);
        }
        if let Some(found) = self.lock().find(index) {
            return found;
        }
        match entry.open() {
            Ok(chunk) => {
                self.lock()
                    .keep(index, Arc::clone(&chunk), self.room.opened_bytes);
                chunk
            }
            Err(error) => {
                self.note_failure(index, &error);
                Arc::default()
            }
        }
    }

    fn note_failure(&self, index: usize, error: &io::Error) {
        let lost = (self.entries[index].rows as u64, error.to_string());
        self.lock().failed.insert(index, lost);
    }

    fn lock(&self) -> MutexGuard<'_, Opened> {
        // Nothing is left half done by a panic: every change is one call.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many events could not be read back from the temporary file, and why.
    pub fn unreadable(&self) -> Option<(u64, String)> {
        let opened = self.lock();
        let (_, (_, why)) = opened.failed.first_key_value()?;
        let events = opened.failed.values().map(|(events, _)| events).sum();
        Some((events, why.clone()))
    }

    /// The interner of a field. `None` while nothing was read.
    pub fn names(&self, field: Text) -> Option<&Interner> {
        self.names.get(field as usize).map(Arc::as_ref)
    }

    /// A symbol as printable text.
    pub fn text(&self, field: Text, symbol: Symbol) -> String {
        self.names(field)
            .map(|names| names.text(symbol))
            .unwrap_or_default()
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.entries.iter().map(|entry| entry.rows).sum()
    }

    /// True when it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// First and last time of all events, ns UTC. `None` without an event.
    pub fn extent(&self) -> Option<(i64, i64)> {
        let spans = self.entries.iter().map(|entry| entry.span);
        spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The place of an event. `None` if it is not of this store or cannot be read back.
    pub fn line(&self, at: RowRef) -> Option<LogLine> {
        let (chunk, row) = self.chunk_of(at)?;
        Some(line_of(self.entries[at.chunk as usize].source, &chunk, row))
    }

    /// The chunk and row of an event, for its fields. `None` if it is not of this store or cannot
    /// be read back.
    pub fn chunk_of(&self, at: RowRef) -> Option<(Arc<Chunk>, usize)> {
        self.entries.get(at.chunk as usize)?;
        let chunk = self.chunk(at.chunk as usize);
        let row = at.row as usize;
        (row < chunk.len()).then_some((chunk, row))
    }

    /// The event of a source that holds a byte: also one of the lines joined to it.
    pub fn at_offset(&self, source: usize, offset: u64) -> Option<LogLine> {
        let holds = |entry: &Entry| {
            entry.source == source && entry.offsets.0 <= offset && offset <= entry.offsets.1
        };
        self.opening(holds).find_map(|(_, chunk)| {
            // Offsets ascend within a source. A line that was joined belongs to the event before it.
            let row = chunk.offset.partition_point(|&start| start <= offset);
            let row = row.checked_sub(1)?;
            let inside = offset < chunk.offset[row] + u64::from(chunk.length[row]).max(1);
            inside.then(|| line_of(source, &chunk, row))
        })
    }

    /// Events of all sources merged by time (ties: source, then line) in `[from_ns, to_ns)` whose
    /// place is wanted (with the chunk it is in), at most `limit`: the earliest, or the latest if
    /// `last`. Holds few more than that at once.
    pub fn merged(
        &self,
        from_ns: i64,
        to_ns: i64,
        limit: usize,
        last: bool,
        mut wanted: impl FnMut(&LogLine, RowRef, &Chunk) -> bool,
    ) -> Vec<(LogLine, RowRef)> {
        let range = [from_ns..to_ns];
        let mut rows: Vec<(LogLine, RowRef)> = Vec::new();
        for (index, chunk) in self.opening(|entry| entry.touches(&range)) {
            let source = self.entries[index as usize].source;
            for row in 0..chunk.len() {
                if !range[0].contains(&chunk.time_ns[row]) {
                    continue;
                }
                let line = line_of(source, &chunk, row);
                let at = RowRef {
                    chunk: index,
                    row: row as u32,
                };
                if wanted(&line, at, &chunk) {
                    rows.push((line, at));
                }
            }
            if rows.len() / 2 > limit {
                keep(&mut rows, limit, last);
            }
        }
        keep(&mut rows, limit, last);
        rows
    }
}

fn line_of(source: usize, chunk: &Chunk, row: usize) -> LogLine {
    LogLine {
        source,
        time_ns: chunk.time_ns[row],
        line: chunk.line[row],
        offset: chunk.offset[row],
        length: chunk.length[row],
    }
}

/// The first or last `limit` rows in the order of merged lines.
fn keep(rows: &mut Vec<(LogLine, RowRef)>, limit: usize, last: bool) {
    rows.sort_unstable_by_key(|(line, at)| (line.time_ns, line.source, line.line, *at));
    match last {
        true => drop(rows.drain(..rows.len().saturating_sub(limit))),
        false => rows.truncate(limit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOURCES: usize = 3;

    fn stores(rows: &[(usize, i64)], folder: &std::path::Path) -> [EventStore; 2] {
        let mut lines = [0u64; SOURCES];
        let mut all = [usize::MAX, 0].map(|bytes| Kept::new(bytes, folder.to_path_buf()));
        for few in rows.chunk_by(|a, b| a.0 == b.0) {
            let mut chunk = Chunk::default();
            for (source, time_ns) in few {
                lines[*source] += 1;
                let line = lines[*source];
                chunk.open(*time_ns, line, line * 10, 9);
                chunk.set_text(Text::Client, Symbol(2 + line as u32 % 3));
            }
            chunk.seal();
            all.iter_mut()
                .for_each(|kept| kept.push(few[0].0, chunk.clone()));
        }
        all.map(|kept| {
            let room = Room {
                opened_bytes: 2000,
                ..Room::default()
            };
            EventStore::of(&kept, Vec::new(), room, &Arc::default())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_spilled_store_answers_as_one_in_memory(
            rows in prop::collection::vec((0..SOURCES, 0i64..100), 0..80),
            from in 0i64..100, long in 0i64..100, limit in 0usize..20, last: bool, source in 0..SOURCES,
        ) {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let [memory, file] = stores(&rows, folder.path());
            let merged = |store: &EventStore| store.merged(from, from + long, limit, last, |_, _, _| true);
            prop_assert_eq!(merged(&memory), merged(&file));
            let within = rows.iter().filter(|row| (from..from + long).contains(&row.1)).count();
            prop_assert_eq!(merged(&file).len(), within.min(limit));
            for (line, at) in merged(&file) {
                prop_assert_eq!(file.line(at), Some(line));
            }
            let ranges = [from..from + long];
            let touched = |store: &EventStore| store.touching(source, &ranges).collect::<Vec<_>>();
            prop_assert_eq!(touched(&memory), touched(&file));
            prop_assert_eq!(memory.distinct(source, Text::Client), file.distinct(source, Text::Client));
            prop_assert_eq!(memory.at_offset(source, 25), file.at_offset(source, 25));
            prop_assert_eq!((memory.len(), memory.extent()), (file.len(), file.extent()));
            prop_assert!(file.lock().bytes <= 2000);
        }
    }

    #[test]
    fn an_event_that_is_not_there_is_none() {
        let store = EventStore::default();
        assert_eq!(store.line(RowRef { chunk: 3, row: 0 }), None);
        assert_eq!(store.extent(), None);
    }
}
