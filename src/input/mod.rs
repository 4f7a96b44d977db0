//! Sources: files, folders, globs, bundles, rotated sets, standard input and other programs'
//! output, as blocks of unpacked bytes.
//!
//! In: what the user named. Out: `Source`s, and per source blocks that end where an event
//! may end. Does not know formats; opens files read-only.

pub mod blocks;
pub mod buffers;
pub mod bundle;
pub mod checked;
pub mod child;
pub mod discover;
pub mod ending;
pub mod follow;
pub mod glimpse;
pub mod line_ends;
pub mod open;
pub mod own_reports;
pub mod packing;
pub mod parts;
pub mod raw;
pub mod rotation;
pub mod sets;
pub mod spool;
pub mod stretch;
mod twins;
pub mod utf16;
pub mod zip;

use std::io;
use std::path::{Path, PathBuf};

pub use blocks::{Block, Blocks, Cut};
pub use buffers::Buffers;
pub use discover::{discover, discover_logs, discover_records};
pub use open::open;
pub use parts::Part;
pub use raw::RawReader;
pub use spool::Filler;

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, perhaps packed.
    File(PathBuf),
    /// What can be read only once (standard input, a pipe, a member of a packed bundle), kept in a
    /// file of its own while rfo runs so that lines can be shown.
    Kept(PathBuf),
    /// A stretch of a file, perhaps packed: a member of a bundle that is not packed itself.
    Stretch {
        /// The file.
        path: PathBuf,
        /// Offset of the first byte.
        start: u64,
        /// Bytes of it.
        bytes: u64,
    },
    /// The files of a rotated log, read as one.
    Set(Box<RotatedSet>),
}

/// The files of a rotated log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotatedSet {
    /// Those that are read, oldest first; two at least, or one with copies.
    pub parts: Vec<Part>,
    /// Those that are not: what they hold is in another one.
    pub copies: Vec<SameLines>,
}

/// A file whose lines are all in another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameLines {
    /// The file that is not read.
    pub name: String,
    /// The file that holds its lines.
    pub of: String,
}

impl Origin {
    /// The file that holds the bytes; of a set the newest, which may grow.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Kept(path) | Self::Stretch { path, .. } => path,
            Self::Set(set) => set
                .parts
                .last()
                .map_or(Path::new(""), |part| part.origin.path()),
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

impl SameLines {
    /// What was left out, in words.
    pub fn words(&self) -> String {
        let file = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let (one, other) = (file(&self.name), file(&self.of));
        format!("the lines of {one} are in {other}: read once")
    }
}

impl Source {
    /// Files that are not read, since another part of the rotated log holds their lines.
    pub fn copies(&self) -> &[SameLines] {
        match &self.origin {
            Origin::Set(set) => &set.copies,
            Origin::File(_) | Origin::Kept(_) | Origin::Stretch { .. } => &[],
        }
    }

    /// The files of a rotated log, oldest first; none for any other source.
    pub fn parts(&self) -> &[Part] {
        match &self.origin {
            Origin::Set(set) => &set.parts,
            Origin::File(_) | Origin::Kept(_) | Origin::Stretch { .. } => &[],
        }
    }

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
    #[error("{name} is not read to its end: {source}")]
    Bundle { name: String, source: io::Error },
    #[error("{name}: {hint}")]
    ChildName { name: String, hint: &'static str },
    #[error("{name}: {program} {why}")]
    Child {
        name: String,
        program: &'static str,
        why: String,
    },
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

impl Error {
    /// What cannot be read: the name of a source, or a pattern.
    pub fn name(&self) -> &str {
        match self {
            Self::Read { name, .. }
            | Self::Keep { name, .. }
            | Self::Bundle { name, .. }
            | Self::ChildName { name, .. }
            | Self::Child { name, .. }
            | Self::Binary { name, .. }
            | Self::Device { name } => name,
            Self::NoMatch { pattern } | Self::Pattern { pattern, .. } => pattern,
            Self::TooMany { .. } => "",
        }
    }
}
