//! Incident files on disk: read, and changed so that nothing is lost.
//!
//! In: a path and a change. Out: the file as it is afterwards. A change holds a lock on a file
//! beside it (`.NAME.lock`, which stays), reads what is there now, writes a temporary file in the
//! same folder, syncs it and renames it: at any moment there is the old file or the new one, whole,
//! and two writers wait for each other. The lock goes with the process that holds it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Entry, IncidentFile, Refused, Unreadable, apply, completed, parse, text};

/// Largest file read, bytes: some 100,000 entries.
const BYTES_MAX: u64 = 64 << 20;

/// Why an incident file cannot be read or changed. In no case was it written.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("cannot open {}", .path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{} is left as it is: {why}", .path.display())]
    Unreadable { path: PathBuf, why: Unreadable },
    #[error("{} is left as it is: it is not text", .path.display())]
    NotText { path: PathBuf },
    #[error("{} is left as it is: it is larger than 64 MiB", .path.display())]
    TooLarge { path: PathBuf },
    #[error("cannot write {}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{0}")]
    Changed(String),
}

/// Reads an incident file; `None` where there is none.
///
/// # Errors
/// If it is there and cannot be read, or is no incident file.
pub fn open(path: &Path) -> Result<Option<IncidentFile>, Error> {
    let cannot = |source| Error::Open {
        path: path.to_path_buf(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(cannot)?,
    };
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    let path = path.to_path_buf();
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Error::TooLarge { path });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Error::NotText { path });
    };
    match parse(&text) {
        Ok(file) => Ok(Some(file)),
        Err(why) => Err(Error::Unreadable { path, why }),
    }
}

/// Appends one entry, completed against the file as it is then; makes the file if there is none.
/// Returns the file and the entry.
///
/// # Errors
/// If the file cannot be read or written, or the entry is not in order.
pub fn append(path: &Path, entry: Entry) -> Result<(IncidentFile, Entry), Error> {
    let file = update(path, |file| {
        let entry = completed(&file, entry);
        Ok(apply(&file, entry)?)
    })?;
    let entry = file.history.last().cloned();
    Ok((file, entry.expect("one was appended just now")))
}

/// Changes the file, or a new one, while no other rfo does. What `change` returns is written.
///
/// # Errors
/// If the file cannot be read or written, or `change` fails: then it is as it was.
pub fn update(
    path: &Path,
    change: impl FnOnce(IncidentFile) -> Result<IncidentFile, Error>,
) -> Result<IncidentFile, Error> {
    // A link stays a link: what it names is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let cannot = |source| Error::Write {
        path: path.clone(),
        source,
    };
    let lock = lock_file(&path).map_err(cannot)?;
    lock.lock().map_err(cannot)?;
    let file = change(open(&path)?.unwrap_or_default())?;
    replace(&path, text(&file).as_bytes()).map_err(cannot)?;
    // Closing it lets the next writer go on.
    drop(lock);
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The file whose lock is held while the other is changed: that one is replaced, and a lock on it
/// would be on its former self.
fn lock_file(path: &Path) -> io::Result<File> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let lock = folder_of(path).join(format!(".{}.lock", name.to_string_lossy()));
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock)
}

/// Puts these bytes in the place of the file, all at once, with its permissions.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let before = fs::metadata(path).map(|meta| meta.permissions()).ok();
    let mut file = tempfile::Builder::new()
        .prefix(".rfo-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    if let Some(permissions) = before {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name too has to reach the disk; some file systems know no such thing.
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Stated, standing};
    use super::*;
    use crate::clock::When;

    fn mark(who: &str, n: i64) -> Entry {
        Entry {
            kind: Some("detected".to_owned()),
            after: Some(Stated::of(&When::exact(n), "human")),
            ..Entry::new(Action::Mark, who, n)
        }
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[test]
    fn two_writers_lose_none_of_their_marks() {
        let folder = folder();
        let path = folder.path().join("inc.rfo.json");
        std::thread::scope(|scope| {
            for who in ["ana", "ben"] {
                let path = &path;
                scope.spawn(move || {
                    for n in 0..100 {
                        append(path, mark(who, n)).expect("appended");
                    }
                });
            }
        });
        let file = open(&path).expect("readable").expect("there");
        let of = |who: &str| {
            standing(&file)
                .marks
                .iter()
                .filter(|one| one.entry.who == who)
                .count()
        };
        assert_eq!((of("ana"), of("ben")), (100, 100));
        let times = |who: &str| -> Vec<i64> {
            let mine = file.history.iter().filter(|one| one.who == who);
            mine.map(|one| one.when_ns).collect()
        };
        assert_eq!(times("ana"), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_an_incident_file_is_never_overwritten() {
        let folder = folder();
        let path = folder.path().join("inc.rfo.json");
        for bytes in [
            &b"10:05 - we are investigating\n"[..],
            b"{\"schema\":\"rfo.report/1\"}",
            b"{\"schema\":\"rfo.incident/2\"}",
            b"{\"schema\":\"rfo.incident/1\",\"history\":[{\"id\"",
            b"",
            b"\xff\xfe",
        ] {
            fs::write(&path, bytes).expect("written");
            let error = append(&path, mark("ana", 1))
                .expect_err("refused")
                .to_string();
            assert!(error.contains("left as it is"), "{error}");
            assert_eq!(fs::read(&path).expect("still there"), bytes);
        }
    }

    #[test]
    fn permissions_and_links_stay_as_they_are() {
        let folder = folder();
        let (path, link) = (
            folder.path().join("inc.rfo.json"),
            folder.path().join("link.rfo.json"),
        );
        append(&path, mark("ana", 1)).expect("made");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("set");
        std::os::unix::fs::symlink(&path, &link).expect("linked");
        append(&link, mark("ana", 2)).expect("appended");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(
            open(&path).expect("readable").expect("there").history.len(),
            2
        );
    }

    #[test]
    fn a_change_that_fails_leaves_the_file_and_no_temporary_one() {
        let folder = folder();
        let path = folder.path().join("inc.rfo.json");
        append(&path, mark("ana", 1)).expect("made");
        let before = fs::read(&path).expect("there");
        let unreasoned = Entry {
            of: Some("ffffffffff".to_owned()),
            ..Entry::new(Action::Undo, "ana", 2)
        };
        append(&path, unreasoned).expect_err("refused");
        assert_eq!(fs::read(&path).expect("there"), before);
        let names = fs::read_dir(folder.path()).expect("readable").flatten();
        let mut names: Vec<_> = names.map(|one| one.file_name()).collect();
        names.sort();
        assert_eq!(names, [".inc.rfo.json.lock", "inc.rfo.json"]);
    }

    #[test]
    fn a_file_that_is_not_there_is_none_and_a_folder_an_error() {
        let folder = folder();
        assert!(
            open(&folder.path().join("no.rfo.json"))
                .expect("no error")
                .is_none()
        );
        assert!(open(folder.path()).is_err());
    }
}
