//! What a store remembers of the questions before: chunks that were unpacked, and what they held.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::chunk::Chunk;
use super::fields::Text;

/// What was unpacked, and what is known of all of it.
#[derive(Debug, Default)]
pub struct Opened {
    /// The newest last.
    chunks: VecDeque<(usize, Arc<Chunk>)>,
    pub(super) bytes: usize,
    /// By source, field and how many rows there were.
    pub(super) distinct: BTreeMap<(usize, Text, usize), usize>,
    /// By source: rows, and how many of them were looked at.
    pub(super) sampled: BTreeMap<usize, (usize, usize)>,
    /// By chunk: the events that could not be read back, and why.
    pub(super) failed: BTreeMap<usize, (u64, String)>,
}

impl Opened {
    pub(super) fn find(&mut self, index: usize) -> Option<Arc<Chunk>> {
        let at = self.chunks.iter().position(|(of, _)| *of == index)?;
        let found = self.chunks.remove(at)?;
        let chunk = Arc::clone(&found.1);
        self.chunks.push_back(found);
        Some(chunk)
    }

    /// Keeps a chunk, and lets go of those that were not asked for for longest.
    pub(super) fn keep(&mut self, index: usize, chunk: Arc<Chunk>, bytes_max: usize) {
        if self.chunks.iter().any(|(of, _)| *of == index) {
            return;
        }
        self.bytes += chunk.bytes();
        self.chunks.push_back((index, chunk));
        while self.bytes > bytes_max
            && let Some((_, oldest)) = self.chunks.pop_front()
        {
            self.bytes -= oldest.bytes();
        }
    }
}
