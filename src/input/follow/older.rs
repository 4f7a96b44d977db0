//! The older files of a rotated log, read once, before the one that is followed.
//!
//! In: the parts of a set but its newest. Out: their blocks, each part a generation of its own.
//! A part that was renamed or packed meanwhile is found by what it holds.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::border::{Held, arrange};
use super::shelf::Shelf;
use crate::input::open::unpacked;
use crate::input::parts::Extent;
use crate::input::{Block, Blocks, Cut, Origin, Part};

/// Parts that are not read yet.
#[derive(Default)]
pub struct Older {
    left: VecDeque<(u32, Part)>,
    current: Option<Current>,
    on_disk: Arc<AtomicU64>,
    failures: Vec<String>,
    /// Blocks that are whole, and the event that the next part may go on with.
    ready: VecDeque<Block>,
    held: Option<Held>,
}

struct Current {
    number: u32,
    part: Part,
    blocks: Blocks<Box<dyn Read + Send>>,
    extent: Extent,
    ended: bool,
}

impl Older {
    /// Reads nothing yet. `on_disk` counts the bytes taken from disk.
    pub fn new(parts: &[Part], on_disk: Arc<AtomicU64>) -> Self {
        Self {
            left: (0..).zip(parts.iter().cloned()).collect(),
            on_disk,
            ..Self::default()
        }
    }

    /// Whether all were read.
    pub fn is_done(&self) -> bool {
        self.current.is_none() && self.left.is_empty() && self.ready.is_empty()
    }

    /// The event that the last part ended with, once all were read.
    pub fn take_held(&mut self) -> Option<Held> {
        self.is_done().then(|| self.held.take()).flatten()
    }

    /// What could not be read; `None` if all could.
    pub fn failure(&self) -> Option<String> {
        (!self.failures.is_empty()).then(|| self.failures.join("; "))
    }

    /// The next block, the oldest first; `None` after the last, but for what is held.
    pub fn next_block(&mut self, cut: Cut, (source, shelf): (usize, &Shelf)) -> Option<Block> {
        loop {
            if let Some(block) = self.ready.pop_front() {
                return Some(block);
            }
            let Some(current) = &mut self.current else {
                let (number, part) = self.left.pop_front()?;
                self.open(number, part, cut, (source, shelf));
                continue;
            };
            match current.blocks.next_block() {
                Ok(Some(block)) => {
                    current.extent.add(&block.bytes);
                    current.ended = block.bytes.ends_with(b"\n");
                    let is_last = current.blocks.has_ended() && current.blocks.carried() == 0;
                    let (held, numbered) = (self.held.take(), (current.number, block));
                    let on_shelf = (source, shelf);
                    self.held = arrange(held, numbered, is_last, cut, on_shelf, &mut self.ready);
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    let failure = format!("{}: {error}", current.part.name);
                    self.failures.push(failure);
                }
            }
            if !current.ended {
                // The line end that a part is given where it has none.
                current.extent.add(b"\n");
            }
            current.part.extent.get_or_init(|| current.extent);
            self.current = None;
        }
    }

    fn open(&mut self, number: u32, part: Part, cut: Cut, (source, shelf): (usize, &Shelf)) {
        let opened = shelf.whereabouts(source, number).and_then(|path| {
            let reader = unpacked(&Origin::File(path), Arc::clone(&self.on_disk))?;
            Ok(Blocks::new(reader, cut))
        });
        match opened {
            Ok(blocks) => {
                self.current = Some(Current {
                    number,
                    part,
                    blocks,
                    extent: Extent::default(),
                    ended: true,
                });
            }
            Err(error) => {
                self.failures.push(format!("{}: {error}", part.name));
                part.extent.get_or_init(Extent::default);
            }
        }
    }
}
