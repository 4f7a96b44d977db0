//! Files that are still being written: what is appended comes as blocks cut where an event may
//! end, through rename and create, copytruncate, packing, deletion, and files that come later.
//!
//! In: a path, and what time it is (polling is by `stat`; the caller decides how often). Out:
//! `Block`s, the same way as `Blocks` cuts them; every byte once. Does not know formats, has no
//! thread and asks for no time, so every case can be driven step by step.
//!
//! A source is followed through *generations*: the files that bore its name, one after the other.
//! An offset of a followed source says both: generation << 44 | offset in that file.

pub mod border;
pub mod copies;
pub mod filling;
pub mod follower;
pub mod late;
pub mod names;
pub mod older;
pub mod print;
pub mod shelf;
pub mod siblings;
pub mod standing;
pub mod tail;

pub use filling::Filling;
pub use follower::Follower;
pub use late::late;
pub use shelf::Shelf;
pub use siblings::Surroundings;
pub use standing::Standing;

/// Bits of an offset that say where in its generation's file it is: 16 TiB a file.
pub const OFFSET_BITS: u32 = 44;
/// How long a last event is held back for lines that might still belong to it, ns.
pub const HOLD_NS: i64 = 300_000_000;
/// How long a last line without an end is held back, ns.
pub const UNFINISHED_NS: i64 = 5_000_000_000;
/// How long a file that was renamed is still looked at: its writer may not know yet, ns.
pub const GRACE_NS: i64 = 10_000_000_000;

#[cfg(test)]
mod tests;
