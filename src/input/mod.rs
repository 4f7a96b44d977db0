//! Sources: files, folders, globs and standard input, as blocks of decompressed bytes.
//!
//! In: what the user named. Out: `Source`s, and per source blocks that end where an event
//! may end. Does not know formats; opens files read-only.

pub mod blocks;
pub mod discover;
pub mod follow;
pub mod open;
pub mod raw;
pub mod spool;

use std::io;
use std::path::PathBuf;

pub use blocks::{Block, Blocks, Cut};
pub use discover::discover;
pub use open::open;
pub use raw::RawReader;
pub use spool::Spool;

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, perhaps compressed.
    File(PathBuf),
    /// Standard input or a pipe, kept in a file of its own while rfo runs so that lines can be
    /// shown.
    Kept(PathBuf),
}

impl Origin {
    /// The file that holds the bytes.
    pub fn path(&self) -> &std::path::Path {
        match self {
            Self::File(path) | Self::Kept(path) => path,
        }
    }
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As the user named it, or its path below the named folder; unique among the sources.
    pub name: String,
    /// The shortest end of the name that no other source has, without `.gz` and the like:
    /// how screens and reports call it.
    pub label: String,
    /// Where its bytes come from.
    pub origin: Origin,
    /// Bytes on disk; 0 when unknown.
    pub disk_bytes: u64,
}

impl Source {
    /// The file's name without folders and endings: names a lone gauge.
    pub fn stem(&self) -> String {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        crate::text::printable(name.split('.').next().unwrap_or(name))
    }
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("cannot read {name}: {source}")]
    Read { name: String, source: io::Error },
    #[error("cannot keep {name} in a temporary file: {source}")]
    Keep { name: String, source: io::Error },
    #[error("{name} is not a log: {share:.0} % of its start is not text")]
    Binary { name: String, share: f64 },
    #[error("{files} files were named; the first {taken} in order of name are read")]
    TooMany { files: usize, taken: usize },
    #[error("{name} is a device, not a log")]
    Device { name: String },
    #[error("{pattern}: no file matches")]
    NoMatch { pattern: String },
    #[error("{pattern}: not a pattern: {why}")]
    Pattern { pattern: String, why: String },
}
