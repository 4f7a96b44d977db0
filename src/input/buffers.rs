//! Buffers of blocks that go round: whoever has read a block gives its buffer back, and the next
//! block is read into it. Its memory is there already and in the caches, and not cleared again.
//!
//! Keeps no more of them than were in use at once, and none that a long line has made large.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::blocks::BLOCK_BYTES;

/// A new buffer has room for a block and for what is carried over from the one before.
const NEW_BYTES: usize = BLOCK_BYTES + BLOCK_BYTES / 8;
/// A larger one is not kept.
const KEPT_BYTES_MAX: usize = 2 * BLOCK_BYTES;

/// Buffers that go round. A copy shares them.
#[derive(Debug, Clone, Default)]
pub struct Buffers(Arc<Mutex<Round>>);

#[derive(Debug, Default)]
struct Round {
    free: Vec<Vec<u8>>,
    /// How many were taken and not given back: as many may be.
    in_use: usize,
}

impl Buffers {
    /// A buffer with anything in it, the one given back last if there is one: it is the warmest.
    pub fn take(&self) -> Vec<u8> {
        let mut round = self.lock();
        round.in_use += 1;
        let free = round.free.pop();
        drop(round);
        free.unwrap_or_else(|| Vec::with_capacity(NEW_BYTES))
    }

    /// Gives back a buffer of a block. One that was not taken here is let go.
    pub fn give(&self, buffer: Vec<u8>) {
        let mut round = self.lock();
        if round.in_use > 0 {
            round.in_use -= 1;
            if buffer.capacity() <= KEPT_BYTES_MAX {
                round.free.push(buffer);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Round> {
        // Nothing is left half done by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_used_again_unless_it_has_grown() {
        let buffers = Buffers::default();
        let (mut one, other) = (buffers.take(), buffers.take());
        assert!(one.is_empty() && one.capacity() >= BLOCK_BYTES);
        one.push(7);
        let kept = (one.as_ptr(), one.capacity());
        buffers.give(one);
        buffers.give(Vec::with_capacity(KEPT_BYTES_MAX + 1));
        buffers.give(Vec::with_capacity(BLOCK_BYTES));
        assert_eq!(buffers.lock().free.len(), 1);
        let again = buffers.take();
        assert_eq!(
            (again.as_ptr(), again.capacity(), &again[..]),
            (kept.0, kept.1, &[7][..])
        );
        let fresh = buffers.take();
        assert_ne!(fresh.as_ptr(), other.as_ptr());
    }
}
