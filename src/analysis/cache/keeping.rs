//! Blocks on their way into the cache: each source's in reading order, a file at a time.
//!
//! A cache that cannot be written is no cache: nothing is said, and nothing else changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::blocks_file::{Place, Stored, Unfinished};
use super::identity::Identity;
use super::{CacheOptions, prune};
use crate::formats::{Parsed, packed};

/// A source may take this part of the cache; of a larger one the first blocks are kept.
const PART_OF_ALL: u64 = 2;

/// A block for the cache: where it lies in its source, and what it became.
#[derive(Debug)]
pub struct Packed {
    /// Where it lies.
    pub place: Place,
    /// What it became.
    pub frame: Vec<u8>,
}

impl Packed {
    /// What a block became, as bytes.
    pub fn new(place: Place, parsed: &Parsed) -> Self {
        let mut frame = Vec::with_capacity(place.bytes as usize / 4);
        packed::put(&mut frame, parsed);
        Self { place, frame }
    }
}

/// What is being kept. Shared by the reader, who starts, and the merger, who adds.
#[derive(Debug)]
pub struct Keepers<'a> {
    options: Option<&'a CacheOptions>,
    sources: Mutex<BTreeMap<usize, Keeper>>,
}

#[derive(Debug)]
enum Keeper {
    /// Nothing was added yet.
    Started(Identity, Option<Arc<Stored>>),
    Open(Unfinished),
    /// No more of it fits.
    Full(Unfinished),
}

impl<'a> Keepers<'a> {
    /// Keeps nothing without a cache.
    pub fn new(options: Option<&'a CacheOptions>) -> Self {
        Self {
            options,
            sources: Mutex::default(),
        }
    }

    /// Where the cache lies.
    pub fn options(&self) -> Option<&'a CacheOptions> {
        self.options
    }

    /// The blocks of a source will be added, behind those that are kept already.
    pub fn start(&self, source: usize, identity: Identity, before: Option<Arc<Stored>>) {
        let keeper = Keeper::Started(identity, before);
        self.lock().insert(source, keeper);
    }

    /// Adds the next block of a source; sources before it are finished.
    pub fn add(&self, source: usize, packed: Option<Packed>) {
        let Some(options) = self.options else { return };
        let mut sources = self.lock();
        let later = sources.split_off(&source);
        let earlier = std::mem::replace(&mut *sources, later);
        earlier
            .into_values()
            .for_each(|keeper| keeper.finish(options));
        let Some(packed) = packed else { return };
        let kept = sources.remove(&source);
        if let Some(keeper) = kept.and_then(|keeper| keeper.add(options, packed)) {
            sources.insert(source, keeper);
        }
    }

    /// Finishes all, also what was not read to its end: the blocks that are there are whole.
    pub fn finish(self) {
        let Some(options) = self.options else { return };
        let sources = self.sources.into_inner();
        let sources = sources.unwrap_or_else(PoisonError::into_inner);
        sources
            .into_values()
            .for_each(|keeper| keeper.finish(options));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, Keeper>> {
        // Every change is one call: nothing is left half done by a panic.
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// `None` if it cannot be written.
    fn add(self, options: &CacheOptions, packed: Packed) -> Option<Self> {
        let mut file = match self {
            Self::Started(identity, before) => {
                Unfinished::new(options, identity, before.as_deref()).ok()?
            }
            Self::Open(file) => file,
            Self::Full(_) => return Some(self),
        };
        let bytes = file.bytes() + packed.frame.len() as u64;
        if bytes > options.bytes_max / PART_OF_ALL {
            return Some(Self::Full(file));
        }
        file.add(packed.place, &packed.frame).ok()?;
        Some(Self::Open(file))
    }

    fn finish(self, options: &CacheOptions) {
        if let Self::Open(file) | Self::Full(file) = self
            && file.finish().is_ok()
        {
            prune(&options.folder, options.bytes_max, crate::clock::now_ns());
        }
    }
}
