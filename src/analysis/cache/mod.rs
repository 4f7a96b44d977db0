//! The index cache: what the blocks of a file became, kept for the next time it is opened.
//!
//! In: planned sources, and blocks with what workers made of them. Out: the same, without parsing,
//! for the part of a file that has not changed since. A file that has grown is read from where it
//! was read to. What is trusted is written in ARCHITECTURE.md; what cannot be read or does not fit
//! is as if it were not there. Never changes a report.

pub mod blocks_file;
pub mod identity;
pub mod keeping;
pub mod reading;

use std::path::{Path, PathBuf};

pub use keeping::{Keepers, Packed};
pub use reading::{Reading, Work, restored};

/// Where the cache lies, and how much it may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// The folder; made when it is needed.
    pub folder: PathBuf,
    /// Bytes of all files in it; the ones that were not used for longest go first.
    pub bytes_max: u64,
    /// Smaller files are read faster than they are looked up.
    pub file_bytes_min: u64,
}

impl CacheOptions {
    /// A cache in `folder` with the usual bounds.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            bytes_max: 1 << 30,
            file_bytes_min: 16 << 20,
        }
    }
}

/// The ending of the cache's files.
const ENDING: &str = "blocks";
/// What files begin with that are still being written.
const UNFINISHED: &str = ".new-";
/// An unfinished file of a process that is gone, by its age.
const FORGOTTEN_NS: i64 = 24 * 3600 * 1_000_000_000;

/// Deletes what was not used for longest until the rest is at most `bytes_max`, and what nobody
/// finished. Another rfo may do the same: what is gone already is no harm.
fn prune(folder: &Path, bytes_max: u64, now_ns: i64) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<(i64, PathBuf, u64)> = Vec::new();
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(meta) = entry.metadata() else { continue };
        let used_ns = identity::modified_ns(&meta);
        if name.to_string_lossy().starts_with(UNFINISHED) {
            if now_ns.saturating_sub(used_ns) > FORGOTTEN_NS {
                let _ = std::fs::remove_file(path);
            }
        } else if path.extension().is_some_and(|ending| ending == ENDING) {
            files.push((used_ns, path, meta.len()));
        }
    }
    files.sort();
    let mut total: u64 = files.iter().map(|(_, _, bytes)| bytes).sum();
    for (_, path, bytes) in files {
        if total <= bytes_max {
            return;
        }
        let _ = std::fs::remove_file(path);
        total = total.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_was_not_used_for_longest_goes_first_and_other_files_stay() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str, second: u64| {
            let path = folder.path().join(name);
            fs::write(&path, [0; 100]).expect("written");
            let file = fs::File::options().write(true).open(path).expect("there");
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(second);
            file.set_modified(at).expect("set");
        };
        for (name, second) in [("b.blocks", 1000), ("a.blocks", 3000), ("c.blocks", 2000)] {
            file(name, second);
        }
        file("notes.txt", 1);
        file(".new-old", 1);
        file(".new-young", 90_000);
        prune(folder.path(), 250, 90_001 * 1_000_000_000);
        let entries = fs::read_dir(folder.path()).expect("there").flatten();
        let mut left: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, [".new-young", "a.blocks", "c.blocks", "notes.txt"]);
    }
}
