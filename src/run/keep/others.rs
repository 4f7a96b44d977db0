//! What other processes write to the incident file while the app has it open.
//!
//! In: the file on disk. Out: it and what is known here as one, as two files that are named
//! together. Writes nothing.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Keeper;
use crate::records::incident_file::{Entry, IncidentFile, merge, store};
use crate::tui::{Done, Kept};

/// A file as it was last seen: another writer replaces it or changes its length or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    place: (u64, u64),
    bytes: u64,
    changed: (i64, i64),
}

impl Seen {
    /// As it is now; `None` where it is not there.
    pub fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        Some(Self {
            place: (meta.dev(), meta.ino()),
            bytes: meta.len(),
            changed: (meta.mtime(), meta.mtime_nsec()),
        })
    }
}

impl Keeper {
    /// Takes up what somebody else wrote to the file since it was looked at; `None` where that is
    /// nothing. What is only here is written with the next wish.
    pub(super) fn look(&mut self) -> Option<Kept> {
        let seen = Seen::of(&self.path);
        if !self.free.is_empty() || seen.is_none() || seen == self.seen {
            return None;
        }
        self.seen = seen;
        // Half a file of another program's is looked at again when it is whole.
        let theirs = store::open(&self.path).ok()??;
        let is_known = |entry: &&Entry| self.file.history.iter().any(|one| one.id == entry.id);
        let new = theirs.history.iter().filter(|one| !is_known(one)).count();
        if new == 0 {
            return None;
        }
        self.file = together(theirs, &self.file);
        self.tell_analysis();
        Some(self.kept(None, Done::ByOthers(new)))
    }
}

/// What is on disk, and of what is known here all that it lacks: as two files named together.
pub fn together(on_disk: IncidentFile, known: &IncidentFile) -> IncidentFile {
    merge(&[on_disk, known.clone()]).0
}
