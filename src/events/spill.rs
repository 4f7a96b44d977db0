//! Chunks as they come: packed in memory up to a bound, beyond it in a temporary file.
//!
//! In: sealed chunks in reading order. Out: `Entry`s, which know where each chunk lies and what can
//! be said of it without opening it. Small ones stay as they are while more may join them. The file
//! has no name: it is gone when nobody holds it any more, however rfo ends. What cannot be written
//! is counted, and why.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::checksum::checksum;
use super::chunk::Chunk;
use super::columns::{Only, put_chunk, take_into};
use super::fields::{Number, Text};
use super::spares::Spares;
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
    /// In memory, as `columns` writes it.
    Packed(Arc<[u8]>),
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

    /// A chunk in memory, as it is.
    pub fn new(source: usize, chunk: Arc<Chunk>) -> Self {
        let place = Place::Memory(Arc::clone(&chunk));
        Self::at(place, source, &chunk)
    }

    /// A chunk that lies there.
    fn at(place: Place, source: usize, chunk: &Chunk) -> Self {
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
            place,
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

    /// The chunk if it lies in memory as it is.
    pub fn in_memory(&self) -> Option<&Arc<Chunk>> {
        match &self.place {
            Place::Memory(chunk) => Some(chunk),
            Place::Packed(_) | Place::File { .. } => None,
        }
    }

    /// The chunk, unpacked, and read from its file if it lies in one.
    ///
    /// # Errors
    /// If it cannot be read back.
    pub fn open(&self) -> io::Result<Arc<Chunk>> {
        if let Place::Memory(chunk) = &self.place {
            return Ok(Arc::clone(chunk));
        }
        let mut chunk = Chunk::default();
        self.open_into(&mut chunk, Only::ALL)?;
        Ok(Arc::new(chunk))
    }

    /// Some columns of the chunk at least, in place of what `chunk` held.
    ///
    /// # Errors
    /// If it cannot be read back; what `chunk` holds then is of no use.
    pub fn open_into(&self, chunk: &mut Chunk, only: Only) -> io::Result<()> {
        let read;
        let mut packed = match &self.place {
            Place::Memory(whole) => {
                chunk.clone_from(whole);
                return Ok(());
            }
            Place::Packed(packed) => &packed[..],
            Place::File {
                file,
                offset,
                bytes,
                checksum: sum,
            } => {
                read = read_back(file, *offset, *bytes, *sum)?;
                &read[..]
            }
        };
        let taken = take_into(chunk, &mut packed, only).filter(|()| chunk.len() == self.rows);
        taken.ok_or_else(damaged)
    }
}

fn read_back(file: &File, offset: u64, bytes: usize, sum: u64) -> io::Result<Vec<u8>> {
    let mut read = vec![0; bytes];
    file.read_exact_at(&mut read, offset)?;
    match checksum(&read) == sum {
        true => Ok(read),
        false => Err(damaged()),
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged")
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
    spares: Spares,
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
            spares: Spares::default(),
        }
    }

    /// Where the memory of chunks goes that are packed.
    pub fn spares(&self) -> &Spares {
        &self.spares
    }

    /// Keeps a chunk of a source. A small one, as they come of a file that is followed, goes
    /// together with the one before it if that has room.
    pub fn join(&mut self, source: usize, chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        let bytes = chunk.bytes();
        let mut recent = self.entries.iter().rev().take(RECENT_CHUNKS);
        let back = recent.position(|entry| entry.source == source);
        let at = back.map(|back| self.entries.len() - 1 - back);
        if let Some(entry) = at.map(|at| &mut self.entries[at])
            && let Place::Memory(last) = &mut entry.place
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
        if let Some(at) = at {
            self.pack(at);
        }
        self.push(source, chunk);
    }

    /// Packs a chunk that nothing joins any more.
    fn pack(&mut self, at: usize) {
        let place = &mut self.entries[at].place;
        if let Place::Memory(chunk) = place {
            self.scratch.clear();
            put_chunk(&mut self.scratch, chunk);
            self.bytes = self.bytes - chunk.bytes() + self.scratch.len();
            *place = Place::Packed(Arc::from(&self.scratch[..]));
        }
    }

    /// Keeps a chunk of a source. An empty one is nothing.
    pub fn push(&mut self, source: usize, mut chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        if chunk.len() < SMALL_CHUNK {
            chunk.shrink();
            let bytes = chunk.bytes();
            if self.bytes + bytes <= self.bytes_max {
                self.bytes += bytes;
                self.entries.push(Entry::new(source, Arc::new(chunk)));
                return;
            }
        }
        self.scratch.clear();
        put_chunk(&mut self.scratch, &chunk);
        if let Some(place) = self.place() {
            self.entries.push(Entry::at(place, source, &chunk));
        } else {
            self.lost += chunk.len() as u64;
        }
        self.spares.give(chunk);
    }

    /// Puts what was packed last into memory, or into the file if it has no room there. `None` if
    /// that cannot be written.
    fn place(&mut self) -> Option<Place> {
        let bytes = self.scratch.len();
        if self.bytes + bytes <= self.bytes_max {
            self.bytes += bytes;
            return Some(Place::Packed(Arc::from(&self.scratch[..])));
        }
        // After one failure a later success would leave holes that nobody could explain.
        if self.failure.is_some() {
            return None;
        }
        match self.write() {
            Ok(place) => {
                self.file_bytes += bytes as u64;
                Some(place)
            }
            Err(error) => {
                let folder = self.folder.display();
                self.failure = Some(format!("cannot write to {folder}: {error}"));
                None
            }
        }
    }

    fn write(&mut self) -> io::Result<Place> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(
                self.file
                    .insert(Arc::new(tempfile::tempfile_in(&self.folder)?)),
            ),
        };
        file.write_all_at(&self.scratch, self.file_bytes)?;
        Ok(Place::File {
            file,
            offset: self.file_bytes,
            bytes: self.scratch.len(),
            checksum: checksum(&self.scratch),
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Symbol;
    use std::path::Path;

    fn chunk(from: i64) -> Chunk {
        chunk_of(100, from)
    }

    fn chunk_of(rows: i64, from: i64) -> Chunk {
        let mut chunk = Chunk::default();
        for i in 0..rows {
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
    fn what_nothing_joins_any_more_is_packed_and_leaves_its_memory() {
        let rows = SMALL_CHUNK as i64;
        let mut kept = Kept::new(usize::MAX, PathBuf::new());
        let spares = kept.spares().clone();
        let mut large = spares.take();
        large.append(chunk_of(rows, 0));
        let memory = large.time_ns.as_ptr();
        kept.join(0, large);
        assert_eq!(spares.take().time_ns.as_ptr(), memory);
        let in_memory = |kept: &Kept| {
            let rows = kept.entries().iter();
            rows.map(|one| one.in_memory().map(|chunk| chunk.len()))
                .collect::<Vec<_>>()
        };
        for i in 0..3 {
            let mut small = chunk_of(rows / 2, i + 1);
            small
                .offset
                .iter_mut()
                .for_each(|at| *at += i as u64 * 100_000);
            kept.join(1, small);
        }
        assert_eq!(in_memory(&kept), [None, Some(SMALL_CHUNK / 2 * 3)]);
        let joined = kept.entries()[1].open().expect("in memory");
        let (all, before) = (kept.bytes, joined.bytes());
        kept.join(1, chunk_of(rows, 7));
        assert_eq!(in_memory(&kept), [None; 3]);
        assert_eq!(*kept.entries()[1].open().expect("readable"), *joined);
        assert_eq!(
            *kept.entries()[2].open().expect("readable"),
            chunk_of(rows, 7)
        );
        assert!(
            kept.bytes < all - before + joined.bytes() / 2,
            "{}",
            kept.bytes
        );
        let packed = kept.entries().iter().map(|one| match &one.place {
            Place::Packed(bytes) => bytes.len(),
            _ => 0,
        });
        assert_eq!(kept.bytes, packed.sum::<usize>());
    }

    #[test]
    fn what_cannot_be_written_is_counted_with_its_cause() {
        let room = 3 * chunk(0).bytes();
        let kept = kept(room, Path::new("/no/such/folder"));
        let there = kept.entries().len();
        assert!((3..20).contains(&there), "{there}");
        let (lost, why) = kept.lost().expect("some are lost");
        assert_eq!(lost, 100 * (20 - there as u64));
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
