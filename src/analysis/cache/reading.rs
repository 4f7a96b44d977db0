//! A source block by block: first what the cache keeps of it, then what is new.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blocks_file::{Place, Stored};
use super::identity::Identity;
use super::{CacheOptions, Keepers};
use crate::analysis::plan::Planned;
use crate::events::Chunk;
use crate::formats::{Parsed, packed};
use crate::input::open::{open, open_at};
use crate::input::{Block, Blocks, Buffers, Cut};

/// New bytes from which a file that has grown is kept anew...
const GROWN_MIN: u64 = 16 << 20;
/// ... if they are this part of what is kept already.
const GROWN_PART: u64 = 16;

/// A block on its way to a worker.
#[derive(Debug)]
pub enum Work {
    /// To be parsed; and kept, if it has a place.
    Block(Block, Option<Place>),
    /// What it became when it was parsed.
    Stored(Place, Vec<u8>),
}

/// One source being read.
pub struct Reading<'a> {
    planned: &'a Planned,
    cut: Cut,
    on_disk: Arc<AtomicU64>,
    buffers: Buffers,
    stored: Option<Arc<Stored>>,
    /// The next of the stored blocks.
    next: usize,
    blocks: Option<Blocks<Box<dyn Read + Send>>>,
    kept: bool,
    ended: bool,
}

impl<'a> Reading<'a> {
    /// Reads nothing yet. `keepers` learn of a source whose blocks are to be kept.
    pub fn new(
        planned: &'a Planned,
        source: usize,
        cut: Cut,
        (on_disk, buffers): (Arc<AtomicU64>, Buffers),
        keepers: &Keepers<'_>,
    ) -> Self {
        let mut reading = Self {
            planned,
            cut,
            on_disk,
            buffers,
            stored: None,
            next: 0,
            blocks: None,
            kept: false,
            ended: false,
        };
        let large = |options: &&CacheOptions| planned.source.disk_bytes >= options.file_bytes_min;
        let found = keepers.options().filter(large).and_then(|options| {
            let identity = Identity::of(planned)?;
            Some((options, identity))
        });
        if let Some((options, identity)) = found {
            let stored = stored(options, planned, &identity);
            let last = stored.as_ref().and_then(|stored| stored.places.last());
            let (covered, whole) = last.map_or((0, false), |last| (last.end(), last.at_end == 1));
            let fresh = identity.bytes.saturating_sub(covered);
            reading.stored = stored.map(Arc::new);
            reading.kept = !whole
                && (reading.stored.is_none() || fresh >= GROWN_MIN.max(covered / GROWN_PART));
            if reading.kept {
                keepers.start(source, identity, reading.stored.clone());
            }
        }
        reading
    }

    /// The next block; `None` at the end. What was read before a failure is handed out first; why
    /// it failed comes after it, once, as a sentence.
    pub fn next_work(&mut self) -> Result<Option<Work>, String> {
        if let Some(work) = self.next_stored() {
            return Ok(Some(work));
        }
        if self.ended {
            return Ok(None);
        }
        let name = &self.planned.source.name;
        let mut blocks = match self.blocks.take() {
            Some(blocks) => blocks,
            None => self.open()?,
        };
        let next = blocks.next_block();
        let work = match next {
            Ok(Some(block)) => {
                let (carried, at_end) = (blocks.carried(), blocks.has_ended());
                let place = || Place::new(block.offset, &block.bytes, carried, at_end);
                let place = self.kept.then(place);
                Some(Work::Block(block, place))
            }
            Ok(None) => None,
            Err(error) => {
                self.ended = true;
                return Err(format!("cannot read {name} to its end: {error}"));
            }
        };
        self.ended = work.is_none();
        self.blocks = Some(blocks);
        Ok(work)
    }

    /// The next of the stored blocks. A damaged one ends them: from there on the source is read.
    fn next_stored(&mut self) -> Option<Work> {
        let stored = self.stored.as_ref()?;
        let place = *stored.places.get(self.next)?;
        let Some(frame) = stored.frame(&place) else {
            stored.forget();
            let mut places = stored.places.clone();
            places.truncate(self.next);
            self.stored = stored.with(places).map(Arc::new);
            return None;
        };
        self.next += 1;
        self.ended = place.at_end == 1;
        let on_disk = match stored.of.plain {
            1 => place.bytes,
            _ if self.ended => stored.of.bytes,
            _ => 0,
        };
        self.on_disk.fetch_add(on_disk, Ordering::Relaxed);
        Some(Work::Stored(place, frame))
    }

    /// Opens the source behind what is stored of it.
    fn open(&mut self) -> Result<Blocks<Box<dyn Read + Send>>, String> {
        let (source, on_disk) = (&self.planned.source, Arc::clone(&self.on_disk));
        let last = self.stored.as_ref().and_then(|stored| stored.places.last());
        let opened = match last {
            None => open(source, on_disk).map(|reader| Blocks::new(reader, self.cut)),
            Some(last) => open_at(source, on_disk, last.end())
                .map(|reader| Blocks::resumed(reader, self.cut, last.end(), last.carried as usize)),
        };
        let opened = opened.map(|blocks| blocks.with(&self.buffers));
        opened.map_err(|error| {
            self.ended = true;
            error.to_string()
        })
    }
}

/// The blocks of a source that may be used: those that are as they were.
fn stored(options: &CacheOptions, planned: &Planned, identity: &Identity) -> Option<Stored> {
    let mut stored = Stored::open(&options.folder.join(identity.name()))?;
    if !identity.continues(&stored.of) {
        return None;
    }
    if !identity.is_unchanged(&stored.of) {
        // Where a source ended is no place where an event must end.
        stored.places.retain(|place| place.at_end == 0);
    }
    let path = planned.source.origin.path();
    (stored.of.plain == 0 || stored.are_as_they_were(path)).then_some(stored)
}

/// What a stored block became, its events in the spare chunk; where its frame makes no sense, what
/// it becomes now by `parse`.
pub fn restored(
    planned: &Planned,
    place: &Place,
    (frame, spare): (&[u8], Chunk),
    parse: impl Fn(Block) -> Parsed,
) -> Parsed {
    let mut rest = frame;
    if let Some(parsed) = packed::take(&mut rest, spare).filter(|_| rest.is_empty()) {
        return parsed;
    }
    let read = || -> io::Result<Vec<u8>> {
        let reader = open_at(&planned.source, Arc::default(), place.offset);
        let mut bytes = Vec::new();
        let reader = reader.map_err(io::Error::other)?;
        reader.take(place.bytes).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    parse(Block {
        bytes: read().unwrap_or_default(),
        offset: place.offset,
        header: None,
    })
}
