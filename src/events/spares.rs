//! Chunks that go round: what is packed leaves its columns to the next block. Their memory is there
//! already and in the caches.
//!
//! Keeps no more of them than were in use at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chunk::Chunk;

/// Chunks that go round. A copy shares them.
#[derive(Debug, Clone, Default)]
pub struct Spares(Arc<Mutex<Round>>);

#[derive(Debug, Default)]
struct Round {
    free: Vec<Chunk>,
    /// How many were taken and not given back: as many may be.
    in_use: usize,
}

/// A larger chunk is not kept: more than a block of very short lines has.
const KEPT_BYTES_MAX: usize = 4 << 20;

impl Spares {
    /// An empty chunk, with the room of one that is not needed any more if there is one.
    pub fn take(&self) -> Chunk {
        let mut round = self.lock();
        round.in_use += 1;
        round.free.pop().unwrap_or_default()
    }

    /// Takes a chunk that is not needed any more. One that was not taken here is let go.
    pub fn give(&self, mut chunk: Chunk) {
        chunk.clear();
        let mut round = self.lock();
        if round.in_use > 0 {
            round.in_use -= 1;
            if chunk.bytes() <= KEPT_BYTES_MAX {
                round.free.push(chunk);
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
    use crate::events::Number;

    #[test]
    fn what_is_given_back_is_empty_and_used_again() {
        let spares = Spares::default();
        let mut one = spares.take();
        one.expect(100);
        one.open(7, 1, 0, 9);
        one.set_number(Number::Status, 200);
        let room = one.time_ns.as_ptr();
        spares.give(one);
        spares.give(Chunk::default());
        assert_eq!(spares.lock().free.len(), 1, "the other one was not taken");
        let again = spares.take();
        assert_eq!(again, Chunk::default());
        assert_eq!(again.time_ns.as_ptr(), room);
        let mut large = spares.take();
        large.expect(KEPT_BYTES_MAX / 28 + 1);
        spares.give(large);
        assert!(spares.lock().free.is_empty());
    }
}
