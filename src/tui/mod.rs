//! The terminal app: snapshots and keys in, screens out.
//!
//! `update` changes the `Model`, `view` draws it and can change nothing, `run` is the only part
//! that touches a terminal, a thread or a file. Reads `Snapshot`s and computes no finding itself.

mod arrangement;
mod axis;
mod clocks;
mod closer;
mod commands;
mod compare;
mod copy;
mod document;
mod drawn;
mod drill;
mod duration_rows;
mod entity;
mod export;
mod fetch;
mod follow;
mod frozen;
mod herald;
mod history;
mod hold;
mod host;
mod keys;
mod lane_names;
mod lanes;
mod layout;
mod live_words;
mod log_look;
mod logs;
mod look;
mod manners;
mod marking;
mod marking_keys;
mod marking_words;
mod marks;
mod matches;
mod model;
mod mouse;
mod moves;
mod numbers;
mod outside;
mod palette;
mod pen;
mod picking;
mod prompt;
mod range_words;
pub mod reference;
mod refresh;
mod resample;
mod review;
mod screens;
mod shell;
mod sift;
mod span;
mod state_words;
mod terminal;
mod theme;
mod ticking;
mod update;
mod view;
mod words;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use closer::{CameCloser, CloserRequest};
pub use commands::{COMMANDS, Command};
pub use compare::{CompareRequest, Compared};
pub use export::{ExportEnd, ExportRequest, Exportable, Exported, Exporter};
pub use fetch::{Anchor, LinesPage, LinesRequest, fetch};
pub use history::{Entered, Memory, put as remember};
pub use host::{Desk, Host};
pub use keys::{Action, Binding, TABLE as KEYS};
pub use look::{Colour, Look};
pub use marking::{Done, Keep, Keeping, Kept, Opened, Wish};
pub use matches::{Counts, Sieve};
pub use model::{Effect, Model, Msg, Screen};
pub use mouse::Mouse;
pub use outside::Clipboard;
pub use review::{Answer as ReviewAnswer, Request as ReviewRequest};
pub use shell::{Invocation, quoted};
pub use terminal::{Ended, review, run};
pub use theme::Theme;
pub use update::update;
pub use view::view;

/// Reads raw bytes of a source for the Logs screen: index of the input, byte offset in the
/// decompressed source, length in bytes. Gives at most `length` bytes, fewer at the end of the
/// source; an error is a sentence for the user. Called on a thread of its own.
pub type LineReader = Box<dyn FnMut(usize, u64, u32) -> Result<Vec<u8>, String> + Send>;
