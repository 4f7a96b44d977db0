//! The terminal app: snapshots and keys in, screens out.
//!
//! `update` changes the `Model`, `view` draws it and can change nothing, `run` is the only part
//! that touches a terminal, a thread or a file. Reads `Snapshot`s and computes no finding itself.

mod axis;
mod compare;
mod document;
mod drawn;
mod duration_rows;
mod fetch;
mod keys;
mod lanes;
mod layout;
mod live_words;
mod logs;
mod look;
mod marks;
mod matches;
mod model;
mod moves;
mod numbers;
mod pen;
mod prompt;
mod refresh;
mod resample;
mod review;
mod screens;
mod sift;
mod span;
mod terminal;
mod update;
mod view;
mod words;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use compare::{CompareRequest, Compared};
pub use fetch::{Anchor, LinesPage, LinesRequest, fetch};
pub use keys::{Action, Binding, TABLE as KEYS};
pub use look::{Colour, Look};
pub use matches::{Counts, Sieve};
pub use model::{Effect, Model, Msg, Screen};
pub use review::{Answer as ReviewAnswer, Request as ReviewRequest};
pub use terminal::{Ended, review, run};
pub use update::update;
pub use view::view;

/// Reads raw bytes of a source for the Logs screen: index of the input, byte offset in the
/// decompressed source, length in bytes. Gives at most `length` bytes, fewer at the end of the
/// source; an error is a sentence for the user. Called on a thread of its own.
pub type LineReader = Box<dyn FnMut(usize, u64, u32) -> Result<Vec<u8>, String> + Send>;
