//! Events: what a line becomes. Columns of integers, interned text, sealed chunks.
//!
//! In: fields that `formats` split out of lines. Out: `Chunk`s, the `EventStore` that holds
//! them, and frames for questions. Does not know any log format.

pub mod added;
pub mod checksum;
pub mod chunk;
pub mod columns;
pub mod evidence;
pub mod fields;
pub mod frame;
pub mod intern;
mod key;
pub mod level;
pub mod opened;
pub mod sightings;
pub mod span;
pub mod spares;
pub mod spill;
pub mod store;

pub use added::{Added, Brought};
pub use chunk::Chunk;
pub use evidence::Evidence;
pub use fields::{Number, Text};
pub use intern::{Interner, Symbol};
pub use store::{EventStore, LogLine, RowRef};
