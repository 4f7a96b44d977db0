//! Logs played again: each line comes when its time comes.
//!
//! In: sources and how they are read. Out: steps, each with the time at which it was written, put
//! in order and released as a clock allows that is handed in. Knows no terminal, no signal and
//! no clock of its own; opens sources read-only.

pub mod log;
pub mod outlet;
pub mod play;
pub mod record;
pub mod speed;

use std::io;
use std::ops::Range;

pub use log::log;
pub use outlet::{Folder, Outlet, Stream};
pub use play::{Ended, Pace, play};
pub use record::record;
pub use speed::Speed;

/// What happens at one time to one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When it was written, ns UTC; never before that of the step before. `None` where no line
    /// says: at once.
    pub time_ns: Option<i64>,
    /// What is written.
    pub part: Part,
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These bytes behind what is there.
    Append(Vec<u8>),
    /// These bytes in place of what is there.
    Replace(Vec<u8>),
}

/// The steps of one source, in order.
pub type Steps = Box<dyn Iterator<Item = io::Result<Step>>>;

/// All times: nothing is cut.
pub const ALWAYS: Range<i64> = i64::MIN..i64::MAX;
