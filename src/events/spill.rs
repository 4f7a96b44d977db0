//! Chunks as they come: in memory up to a bound, beyond it in a temporary file.
//!
//! In: sealed chunks in reading order. Out: `Entry`s, which know where each chunk lies and what can
//! be said of it without opening it. The file has no name: it is gone when nobody holds it any
//! more, however rfo ends. What cannot be written is counted, and why.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunk::Chunk;
use super::columns::{checksum, put_chunk, take_chunk};
use super::fields::{Number, Text};
use crate::stats::extremes::extremes;

/// A chunk of fewer rows is joined to the one before it of its source...
const SMALL_CHUNK: usize = 2048;
/// ... up to so many rows...
const JOINED_CHUNK_MAX: usize = 1 << 14;
/// ... if that is among so many last ones.
const RECENT_CHUNKS: usize = 1024;

/// Where a chunk lies.
#[derive(Debug, Clone)]
enum Place {
    Memory(Arc<Chunk>),
    File {
        file: Arc<File>,
        offset: u64,
        bytes: usize,
        checksum: u64,
    },
}

/// A chunk as it was at one time: one that has grown has another mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkMark {
    /// Index of its source.
    pub source: usize,
    /// Events.
    pub rows: usize,
    /// Byte offsets in the source: of the first event, and the first behind the last.
    pub offsets: (u64, u64),
}

/// A chunk of a source, and what is known of it without opening it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Index of the source.
    pub source: usize,
    /// Events.
    pub rows: usize,
    /// First and last time, ns UTC.
    pub span: (i64, i64),
    /// Byte offsets in the source: of the first event, and the first behind the last.
    pub offsets: (u64, u64),
    numbers: u32,
    texts: u32,
    place: Place,
}

impl Entry {
    /// Its mark.
    pub fn mark(&self) -> ChunkMark {
        ChunkMark {
            source: self.source,
            rows: self.rows,
            offsets: self.offsets,
        }
    }

    /// A chunk in memory.
    pub fn new(source: usize, chunk: Arc<Chunk>) -> Self {
        let span = extremes(&chunk.time_ns).unwrap_or((i64::MAX, i64::MIN));
        let lines = chunk.offset.iter().zip(&chunk.length);
        let ends = lines.map(|(offset, length)| offset + u64::from(*length));
        let has = |field: &&Text| !chunk.text(**field).is_empty();
        let texts = Text::ALL.iter().filter(has);
        let has = |field: &&Number| !chunk.number(**field).is_empty();
        let numbers = Number::ALL.iter().filter(has);
        Self {
            source,
            rows: chunk.len(),
            span,
            offsets: (
                chunk.offset.first().copied().unwrap_or(0),
                ends.max().unwrap_or(0),
            ),
            numbers: numbers.map(|field| 1 << *field as u32).sum(),
            texts: texts.map(|field| 1 << *field as u32).sum(),
            place: Place::Memory(chunk),
        }
    }

    /// Whether any of its events has a text.
    pub fn has(&self, field: Text) -> bool {
        self.texts & 1 << field as u32 != 0
    }

    /// Whether any of its events has a number.
    pub fn has_number(&self, field: Number) -> bool {
        self.numbers & 1 << field as u32 != 0
    }

    /// Whether an event may lie in one of the ranges, ns UTC.
    pub fn touches(&self, ranges: &[Range<i64>]) -> bool {
        let (first, last) = self.span;
        ranges
            .iter()
            .any(|range| first < range.end && last >= range.start)
    }

    /// The chunk if it lies in memory.
    pub fn in_memory(&self) -> Option<&Arc<Chunk>> {
        match &self.place {
            Place::Memory(chunk) => Some(chunk),
            Place::File { .. } => None,
        }
    }

    /// The chunk, read from its file if it lies in one.
    pub fn open(&self) -> io::Result<Arc<Chunk>> {
        match &self.place {
            Place::Memory(chunk) => Ok(Arc::clone(chunk)),
            Place::File {
                file,
                offset,
                bytes,
                checksum: sum,
            } => {
                let mut read = vec![0; *bytes];
                file.read_exact_at(&mut read, *offset)?;
                let chunk = (checksum(&read) == *sum)
                    .then(|| take_chunk(&mut &read[..]))
                    .flatten()
                    .filter(|chunk| chunk.len() == self.rows);
                let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
                chunk.map(Arc::new).ok_or_else(damaged)
            }
        }
    }
}

/// All chunks so far. A copy shares them; only the first may keep more: both write to one file.
#[derive(Debug, Clone)]
pub struct Kept {
    entries: Vec<Entry>,
    bytes: usize,
    bytes_max: usize,
    folder: PathBuf,
    file: Option<Arc<File>>,
    file_bytes: u64,
    scratch: Vec<u8>,
    lost: u64,
    failure: Option<String>,
}

impl Kept {
    /// Nothing yet; at most `bytes_max` bytes of columns in memory, the rest in a file in `folder`.
    pub fn new(bytes_max: usize, folder: PathBuf) -> Self {
        Self {
            entries: Vec::new(),
            bytes: 0,
            bytes_max,
            folder,
            file: None,
            file_bytes: 0,
            scratch: Vec::new(),
            lost: 0,
            failure: None,
        }
    }

    /// Keeps a chunk of a source. A small one, as they come of a file that is followed, goes
    /// together with the one before it if that lies in memory.
    pub fn join(&mut self, source: usize, chunk: Chunk) {
        let bytes = chunk.bytes();
        let recent = self.entries.iter_mut().rev().take(RECENT_CHUNKS);
        let mut same = recent.filter(|entry| entry.source == source);
        if let Some(entry) = same.next()
            && let Place::Memory(last) = &mut entry.place
            && !chunk.is_empty()
            && chunk.len() < SMALL_CHUNK
            && last.len() + chunk.len() <= JOINED_CHUNK_MAX
            && last.offset.last() < chunk.offset.first()
            && self.bytes + bytes <= self.bytes_max
        {
            let before = last.bytes();
            Arc::make_mut(last).append(chunk);
            let joined = Arc::clone(last);
            self.bytes = self.bytes - before + joined.bytes();
            *entry = Entry::new(source, joined);
            return;
        }
        self.push(source, chunk);
    }

    /// Keeps a chunk of a source. An empty one is nothing.
    pub fn push(&mut self, source: usize, chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        let bytes = chunk.bytes();
        let mut entry = Entry::new(source, Arc::new(chunk));
        if self.bytes + bytes <= self.bytes_max {
            self.bytes += bytes;
            self.entries.push(entry);
            return;
        }
        // After one failure a later success would leave holes that nobody could explain.
        let written = match (&self.failure, &entry.place) {
            (None, Place::Memory(chunk)) => write(
                &mut self.file,
                &self.folder,
                &mut self.scratch,
                self.file_bytes,
                chunk,
            ),
            _ => {
                self.lost += entry.rows as u64;
                return;
            }
        };
        match written {
            Ok(place) => {
                self.file_bytes += self.scratch.len() as u64;
                entry.place = place;
                self.entries.push(entry);
            }
            Err(error) => {
                self.lost += entry.rows as u64;
                let folder = self.folder.display();
                self.failure = Some(format!("cannot write to {folder}: {error}"));
            }
        }
    }

    /// The chunks in the order they came.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many events of a source can be opened.
    pub fn rows_of(&self, source: usize) -> usize {
        let mine = self.entries.iter().filter(|entry| entry.source == source);
        mine.map(|entry| entry.rows).sum()
    }

    /// Bytes in the temporary file.
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// How many events could not be kept, and why; `None` if all were.
    pub fn lost(&self) -> Option<(u64, &str)> {
        self.failure.as_deref().map(|why| (self.lost, why))
    }
}

fn write(
    file: &mut Option<Arc<File>>,
    folder: &Path,
    scratch: &mut Vec<u8>,
    offset: u64,
    chunk: &Chunk,
) -> io::Result<Place> {
    let file = match file {
        Some(file) => Arc::clone(file),
        None => Arc::clone(file.insert(Arc::new(tempfile::tempfile_in(folder)?))),
    };
    scratch.clear();
    put_chunk(scratch, chunk);
    file.write_all_at(scratch, offset)?;
    Ok(Place::File {
        file,
        offset,
        bytes: scratch.len(),
        checksum: checksum(scratch),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Symbol;

    fn chunk(from: i64) -> Chunk {
        let mut chunk = Chunk::default();
        for i in 0..100 {
            chunk.open(from + i * 1000, i as u64 + 1, i as u64 * 10, 9);
            chunk.set_number(Number::LatencyUs, i * 3);
            chunk.set_text(Text::Client, Symbol(2 + i as u32 % 7));
        }
        chunk.seal();
        chunk
    }

    fn kept(bytes_max: usize, folder: &Path) -> Kept {
        let mut kept = Kept::new(bytes_max, folder.to_path_buf());
        (0..20).for_each(|i| kept.push(i as usize % 3, chunk(i * 1_000_000)));
        kept
    }

    #[test]
    fn what_lies_in_the_file_is_what_came() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept(3 * chunk(0).bytes(), folder.path());
        assert_eq!(kept.entries().len(), 20);
        assert_eq!(
            kept.entries()
                .iter()
                .filter(|one| one.in_memory().is_some())
                .count(),
            3
        );
        for (i, entry) in kept.entries().iter().enumerate() {
            let expected = chunk(i as i64 * 1_000_000);
            assert_eq!(*entry.open().expect("readable"), expected);
            assert_eq!(entry.span, (expected.time_ns[0], expected.time_ns[99]));
            assert!(entry.has(Text::Client) && !entry.has(Text::Host));
        }
        assert!(kept.file_bytes() > 0 && kept.lost().is_none());
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("there").collect();
        assert!(left.is_empty(), "the file has no name: {left:?}");
    }

    #[test]
    fn what_cannot_be_written_is_counted_with_its_cause() {
        let kept = kept(3 * chunk(0).bytes(), Path::new("/no/such/folder"));
        assert_eq!(kept.entries().len(), 3);
        let (lost, why) = kept.lost().expect("17 chunks are lost");
        assert_eq!(lost, 1700);
        assert!(
            why.contains("/no/such/folder") && why.contains("No such file"),
            "{why}"
        );
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_event() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept(0, folder.path());
        let file = kept.file.as_ref().expect("it was needed");
        file.write_all_at(&[7; 40], 100).expect("written");
        assert!(kept.entries()[0].open().is_err());
        assert!(kept.entries()[19].open().is_ok());
        file.set_len(kept.file_bytes() - 1).expect("cut");
        assert!(kept.entries()[19].open().is_err());
    }
}
