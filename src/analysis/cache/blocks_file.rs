//! A file of the cache: frames, one a block, and behind them a table that says what they are of.
//!
//! Written to its end before it gets its name; read from its end. Every part has a checksum: what
//! is damaged is as if it were not there.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::identity::Identity;
use super::{CacheOptions, UNFINISHED};
use crate::events::checksum::checksum;
use crate::events::columns::{put_u64, take_u64};

/// The last eight bytes of every file. Another number where the layout is another.
const MAGIC: u64 = u64::from_le_bytes(*b"rfo-idx2");
/// Bytes behind the table: its length, its checksum, the magic number.
const TAIL_BYTES: u64 = 24;
/// Bytes of a block that are looked at to tell whether it is still the same.
pub const SAMPLE_BYTES: usize = 4096;

/// Where a block lies in its source and in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Offset of its first byte in the (decompressed) source.
    pub offset: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Bytes behind it that had been read already when it was cut off.
    pub carried: u64,
    /// One if it ends where the source ended, else 0.
    pub at_end: u64,
    /// Offset of the bytes of it that are looked at again, and how many.
    pub sample: (u64, u64),
    /// Their checksum.
    pub sample_checksum: u64,
    /// Offset and length of its frame.
    pub frame: (u64, u64),
    /// The frame's checksum.
    pub frame_checksum: u64,
}

impl Place {
    /// Of a block that has no frame yet. Which of its bytes are looked at again changes from block
    /// to block; of the first block it is the first ones.
    pub fn new(offset: u64, block: &[u8], carried: usize, at_end: bool) -> Self {
        let long = block.len().min(SAMPLE_BYTES);
        let room = (block.len() - long) as u64;
        let mixed = offset.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let from = (mixed % (room + 1)) as usize;
        Self {
            offset,
            bytes: block.len() as u64,
            carried: carried as u64,
            at_end: u64::from(at_end),
            sample: (offset + from as u64, long as u64),
            sample_checksum: checksum(&block[from..from + long]),
            frame: (0, 0),
            frame_checksum: 0,
        }
    }

    fn values(&self) -> [u64; 10] {
        let Self {
            offset,
            bytes,
            carried,
            at_end,
            sample,
            sample_checksum,
            frame,
            frame_checksum,
        } = *self;
        [
            offset,
            bytes,
            carried,
            at_end,
            sample.0,
            sample.1,
            sample_checksum,
            frame.0,
            frame.1,
            frame_checksum,
        ]
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let mut values = [0; 10];
        for value in &mut values {
            *value = take_u64(bytes)?;
        }
        let [
            offset,
            bytes,
            carried,
            at_end,
            sample,
            long,
            sum,
            frame,
            framed,
            frame_checksum,
        ] = values;
        Some(Self {
            offset,
            bytes,
            carried,
            at_end,
            sample: (sample, long),
            sample_checksum: sum,
            frame: (frame, framed),
            frame_checksum,
        })
    }

    /// The first byte behind the block.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes
    }
}

/// A file of the cache, opened.
#[derive(Debug)]
pub struct Stored {
    file: File,
    path: PathBuf,
    /// Of what its blocks are.
    pub of: Identity,
    /// The blocks from the source's start on.
    pub places: Vec<Place>,
}

impl Stored {
    /// Opens what is kept under a name. `None` if there is nothing, or nothing whole.
    pub fn open(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut tail = [0; TAIL_BYTES as usize];
        file.read_exact_at(&mut tail, length.checked_sub(TAIL_BYTES)?)
            .ok()?;
        let mut tail = &tail[..];
        let (table_bytes, sum) = (take_u64(&mut tail)?, take_u64(&mut tail)?);
        if take_u64(&mut tail)? != MAGIC {
            return None;
        }
        let table_at = (length - TAIL_BYTES).checked_sub(table_bytes)?;
        file.seek(SeekFrom::Start(table_at)).ok()?;
        let mut table = Vec::new();
        Read::by_ref(&mut file)
            .take(table_bytes)
            .read_to_end(&mut table)
            .ok()?;
        if checksum(&table) != sum {
            return None;
        }
        let mut table = &table[..];
        let of = Identity::take(&mut table)?;
        let mut places = Vec::new();
        while !table.is_empty() {
            places.push(Place::take(&mut table)?);
        }
        // Used just now: what is used stays longest.
        let _ = file.set_modified(std::time::UNIX_EPOCH + now());
        Some(Self {
            file,
            path: path.to_path_buf(),
            of,
            places,
        })
    }

    /// The same with other places. `None` if the file cannot be shared.
    pub fn with(&self, places: Vec<Place>) -> Option<Self> {
        Some(Self {
            file: self.file.try_clone().ok()?,
            path: self.path.clone(),
            of: self.of,
            places,
        })
    }

    /// Deletes the file: it is damaged, and will be made anew.
    pub fn forget(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    /// Whether the bytes of the source that are looked at again are those of its blocks.
    pub fn are_as_they_were(&self, source: &Path) -> bool {
        let Ok(source) = File::open(source) else {
            return false;
        };
        let mut sample = Vec::new();
        self.places.iter().all(|place| {
            sample.resize((place.sample.1 as usize).min(SAMPLE_BYTES), 0);
            let read = source.read_exact_at(&mut sample, place.sample.0);
            read.is_ok() && checksum(&sample) == place.sample_checksum
        })
    }

    /// The frame of a block. `None` if it is damaged.
    pub fn frame(&self, place: &Place) -> Option<Vec<u8>> {
        let mut frame = vec![0; usize::try_from(place.frame.1).ok()?];
        self.file.read_exact_at(&mut frame, place.frame.0).ok()?;
        (checksum(&frame) == place.frame_checksum).then_some(frame)
    }
}

fn now() -> std::time::Duration {
    std::time::Duration::from_nanos(crate::clock::now_ns().unsigned_abs())
}

/// A file of the cache that is being written.
#[derive(Debug)]
pub struct Unfinished {
    /// Written without a buffer: a frame is large.
    file: NamedTempFile,
    path: PathBuf,
    of: Identity,
    places: Vec<Place>,
    bytes: u64,
}

impl Unfinished {
    /// Nothing yet of a source; with `before`, its first blocks, as they were kept.
    pub fn new(options: &CacheOptions, of: Identity, before: Option<&Stored>) -> io::Result<Self> {
        // What a log says is nobody else's: neither are the folder and the files.
        make_private(&options.folder)?;
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&options.folder)?;
        let mut made = Self {
            file,
            path: options.folder.join(of.name()),
            of,
            places: Vec::new(),
            bytes: 0,
        };
        for place in before.iter().flat_map(|stored| &stored.places) {
            let frame = before.and_then(|stored| stored.frame(place));
            let Some(frame) = frame else { break };
            made.add(*place, &frame)?;
        }
        Ok(made)
    }

    /// Adds the next block.
    pub fn add(&mut self, place: Place, frame: &[u8]) -> io::Result<()> {
        if self.places.last().map_or(0, Place::end) != place.offset {
            return Err(io::Error::other("it does not follow on the block before"));
        }
        self.file.write_all(frame)?;
        self.places.push(Place {
            frame: (self.bytes, frame.len() as u64),
            frame_checksum: checksum(frame),
            ..place
        });
        self.bytes += frame.len() as u64;
        Ok(())
    }

    /// Bytes of all frames.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes the table and gives the file its name, in place of what had it. Not synced: what a
    /// crash leaves damaged is not used.
    pub fn finish(mut self) -> io::Result<()> {
        let mut table = Vec::new();
        self.of.put(&mut table);
        for value in self.places.iter().flat_map(Place::values) {
            put_u64(&mut table, value);
        }
        let (length, sum) = (table.len() as u64, checksum(&table));
        for value in [length, sum, MAGIC] {
            put_u64(&mut table, value);
        }
        self.file.write_all(&table)?;
        self.file.persist(&self.path)?;
        Ok(())
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
