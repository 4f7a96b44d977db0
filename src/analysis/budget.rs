//! How the memory a user allows is divided.
//!
//! In: a number of bytes. Out: what each table may hold. The program itself, the series, what the
//! screens draw and what an allocator cannot give back take a fixed part that is set aside first.
//! Measures nothing: who holds a table keeps it within its part.

use crate::events::store::Room;

/// The default: no more than this, and no more than a quarter of the machine.
const DEFAULT_MAX: u64 = 2 << 30;
/// The least that can be asked for.
pub const LEAST: u64 = 64 << 20;
/// Set aside for all that is not divided; of small bounds a half.
const FIXED: u64 = 64 << 20;
/// A block of a source, the lines found in it and what is made of them.
const BLOCK_BYTES: u64 = 6 << 20;

/// The parts, bytes but for `blocks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Columns of events in memory; those beyond lie in a file.
    pub columns: usize,
    /// Names, templates and words. A screen may show the tables as they were a moment ago: as much
    /// again is left for that.
    pub names: usize,
    /// Counts per bucket of all sources.
    pub counts: usize,
    /// Blocks read and not yet merged.
    pub blocks: usize,
    /// Opened chunks kept for the next question.
    pub opened: usize,
    /// Rows compared at once. They take the place of the blocks: questions are asked after reading.
    pub rows: usize,
}

impl Budget {
    /// Divides `bytes`.
    pub fn of(bytes: u64) -> Self {
        let free = bytes.max(LEAST) - FIXED.min(bytes.max(LEAST) / 2);
        let part = |of_16: u64| usize::try_from(free / 16 * of_16).unwrap_or(usize::MAX);
        Self {
            columns: part(5),
            opened: part(1),
            names: part(2),
            counts: part(2),
            blocks: (part(4) as u64 / BLOCK_BYTES).max(2) as usize,
            rows: part(4),
        }
    }

    /// What one question may look at in one piece.
    pub fn room(self) -> Room {
        Room {
            rows_bytes: self.rows,
            opened_bytes: self.opened,
        }
    }
}

/// A quarter of the machine's memory, at most 2 GiB; 2 GiB where the machine does not say.
pub fn default_bytes() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    machine_bytes(&told).map_or(DEFAULT_MAX, |bytes| (bytes / 4).clamp(LEAST, DEFAULT_MAX))
}

/// `MemTotal:       16318052 kB`.
fn machine_bytes(told: &str) -> Option<u64> {
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_machine_says_how_much_it_has() {
        let told = "MemTotal:       16318052 kB\nMemFree:         100 kB\n";
        assert_eq!(machine_bytes(told), Some(16_318_052 * 1024));
        assert_eq!(machine_bytes("MemFree: 1 kB"), None);
        assert!((LEAST..=DEFAULT_MAX).contains(&default_bytes()));
    }

    proptest! {
        #[test]
        fn the_parts_are_no_more_than_the_whole(bytes in LEAST..1 << 45) {
            let budget = Budget::of(bytes);
            let while_reading = budget.columns + budget.opened + 2 * budget.names + budget.counts
                + budget.blocks * BLOCK_BYTES as usize;
            prop_assert!(while_reading as u64 <= bytes.max(LEAST));
            let after = while_reading - budget.blocks * BLOCK_BYTES as usize + budget.rows;
            prop_assert!(after as u64 <= bytes);
        }
    }
}
