//! The files beside the followed ones: folders listed once for all who ask, and which files are
//! open.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::names::{age, is_rotation_of, unpacked};
use super::print::Identity;

/// Entries of a folder that are looked at; of a larger one the first by name.
const ENTRIES_MAX: usize = 100_000;
/// Listings compared until two agree: entries that are renamed meanwhile may be missed.
const LISTINGS_MAX: usize = 4;

/// A folder's clock may tick that slowly: a change just after a listing has the same time, ns.
const TICK_NS: i64 = 50_000_000;

/// What all followers share.
#[derive(Debug, Default)]
pub struct Surroundings {
    round: u64,
    now_ns: i64,
    folders: BTreeMap<PathBuf, Folder>,
}

#[derive(Debug, Default)]
struct Folder {
    round: u64,
    changed: Option<(i64, i64)>,
    /// Counts up with every change.
    version: u64,
    /// When the change was seen, ns.
    seen_ns: i64,
    /// It was listed a tick after that.
    settled: bool,
    names: Arc<Vec<String>>,
}

/// A file that may have borne a log's name before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// Where.
    pub path: PathBuf,
    /// Which file.
    pub identity: Identity,
    /// Bytes on disk.
    pub length: u64,
    /// When it was written last: seconds, nanoseconds.
    pub written: (i64, i64),
}

/// A file as it stood: identity, length, when it was written.
pub type Verdict = (Identity, u64, (i64, i64));

impl Sibling {
    /// What a verdict on it holds for.
    pub fn verdict(&self) -> Verdict {
        (self.identity, self.length, self.written)
    }
}

impl Surroundings {
    /// Begins a round: folders are looked at once in each.
    pub fn begin_round(&mut self, now_ns: i64) {
        self.round += 1;
        self.now_ns = now_ns;
    }

    /// A number that changes when entries of a folder may have.
    pub fn version(&mut self, folder: &Path) -> u64 {
        self.folder(folder).version
    }

    fn folder(&mut self, path: &Path) -> &Folder {
        if !self.folders.contains_key(path) {
            self.folders.insert(path.to_path_buf(), Folder::default());
        }
        let (round, now_ns) = (self.round, self.now_ns);
        let folder = self.folders.get_mut(path).expect("it was put there");
        if folder.round == round && folder.version > 0 {
            return folder;
        }
        folder.round = round;
        let meta = fs::metadata(path).ok();
        let changed = meta.map(|meta| (meta.mtime(), meta.mtime_nsec()));
        if folder.version == 0 || changed != folder.changed {
            (folder.changed, folder.seen_ns, folder.settled) = (changed, now_ns, false);
        }
        if folder.version == 0 || !folder.settled {
            folder.version += 1;
            folder.names = Arc::new(names(path));
            folder.settled = now_ns.saturating_sub(folder.seen_ns) > TICK_NS;
        }
        folder
    }

    /// Earlier files of the log `base` in a folder, the oldest first. A packed file is left out
    /// while what it is made from is there.
    pub fn rotated(&mut self, folder: &Path, base: &str) -> Vec<Sibling> {
        let mut before = self.look(folder, base, false);
        for _ in 0..LISTINGS_MAX {
            let now = self.look(folder, base, true);
            if now == before {
                break;
            }
            before = now;
        }
        before
    }

    fn look(&mut self, folder: &Path, base: &str, anew: bool) -> Vec<Sibling> {
        let listed = match anew {
            true => Arc::new(names(folder)),
            false => Arc::clone(&self.folder(folder).names),
        };
        let is_there = |name: &str| {
            listed
                .binary_search_by(|one| one.as_str().cmp(name))
                .is_ok()
        };
        let being_packed =
            |name: &String| unpacked(name).is_some_and(|plain| plain != base && is_there(plain));
        let mut found: Vec<(Sibling, String)> = listed
            .iter()
            .filter(|name| is_rotation_of(base, name) && !being_packed(name))
            .filter_map(|name| {
                let path = folder.join(name);
                let meta = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
                let sibling = Sibling {
                    path,
                    identity: Identity::of(&meta),
                    length: meta.len(),
                    written: (meta.mtime(), meta.mtime_nsec()),
                };
                Some((sibling, name.clone()))
            })
            .collect();
        found.sort_by_cached_key(|(sibling, name)| (sibling.written, age(name)));
        found.into_iter().map(|(sibling, _)| sibling).collect()
    }
}

/// The names in a folder, sorted; none where it cannot be read.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .take(ENTRIES_MAX)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_looked_at_again_after_a_change_and_once_more() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (mut around, mut now_ns) = (Surroundings::default(), 0);
        let mut version = || {
            now_ns += 2 * TICK_NS;
            around.begin_round(now_ns);
            around.version(folder.path())
        };
        let first = version();
        assert_eq!(version(), first + 1, "once more");
        assert_eq!(version(), first + 1);
        fs::write(folder.path().join("app.log.1"), "x").expect("written");
        assert_eq!(version(), first + 2);
        assert_eq!(version(), first + 3, "once more");
        assert_eq!(version(), first + 3);
    }

    #[test]
    fn a_file_that_is_being_packed_is_not_taken_twice() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [
            "app.log",
            "app.log.1",
            "app.log.1.gz",
            "app.log.2.gz",
            "b.log.1",
        ] {
            fs::write(folder.path().join(name), "x").expect("written");
        }
        let found = Surroundings::default().rotated(folder.path(), "app.log");
        let mut names: Vec<_> = found
            .iter()
            .map(|one| one.path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["app.log.1", "app.log.2.gz"]);
    }
}
