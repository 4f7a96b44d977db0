//! What was typed in former sessions: filters and commands, in the user's own folder.
//!
//! In: that folder, and texts as they are entered. Out: two files of lines, `filters` and
//! `commands`, the newest last, which only the user may read: a filter may name a client. Each text
//! is put in under a lock, so that several sessions lose nothing of each other, and the file is
//! replaced whole. Where that cannot be, nothing is remembered and the log of rfo itself says why.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded};

use crate::tui::{Entered, Memory, remember};

/// Bytes of a file that are read, at most: as much as the longest texts take.
const BYTES_MAX: u64 = 1 << 20;
/// Texts that wait to be written.
const WAITING_MAX: usize = 64;

/// What former sessions left, and a thread that remembers until `Memory` is dropped. `None` where
/// there is no folder for it.
pub fn open(folder: Option<PathBuf>) -> (Memory, Option<JoinHandle<()>>) {
    let Some(folder) = folder else {
        return (Memory::default(), None);
    };
    let (remember, entered) = bounded(WAITING_MAX);
    let memory = Memory {
        filters: read(&folder.join(name(Entered::Filter))),
        commands: read(&folder.join(name(Entered::Command))),
        remember: Some(remember),
    };
    let writing = std::thread::spawn(move || write(&folder, &entered));
    (memory, Some(writing))
}

fn name(kind: Entered) -> &'static str {
    match kind {
        Entered::Filter => "filters",
        Entered::Command => "commands",
    }
}

/// The texts of a file; none where it cannot be read. What is no text of ours is left out.
fn read(path: &Path) -> Vec<String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes));
    if let Err(error) = read
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "what was typed before cannot be read");
    }
    let mut texts = Vec::new();
    for line in String::from_utf8_lossy(&bytes).lines() {
        remember(&mut texts, line);
    }
    texts
}

fn write(folder: &Path, entered: &Receiver<(Entered, String)>) {
    for (kind, text) in entered {
        if let Err(error) = put(folder, kind, &text) {
            tracing::warn!(%error, folder = %folder.display(), "what was typed is not remembered");
        }
    }
}

/// Puts a text into its file, as the file is then.
fn put(folder: &Path, kind: Entered, text: &str) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let name = name(kind);
    let mut lock = OpenOptions::new();
    lock.create(true).truncate(false).write(true).mode(0o600);
    let lock = lock.open(folder.join(format!(".{name}.lock")))?;
    lock.lock()?;
    let path = folder.join(name);
    let mut texts = read(&path);
    remember(&mut texts, text);
    // Temporary files are their owner's alone.
    let mut file = tempfile::Builder::new()
        .prefix(".rfo-")
        .tempfile_in(folder)?;
    for text in &texts {
        writeln!(file, "{text}")?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    // Closing it lets the next writer go on.
    drop(lock);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A session in which these are typed.
    fn session(folder: &Path, texts: &[&str]) -> Memory {
        let (mut memory, writing) = open(Some(folder.to_path_buf()));
        let remember = memory.remember.take().expect("there is a folder");
        for text in texts {
            let entered = (Entered::Filter, (*text).to_owned());
            remember.send(entered).expect("the thread listens");
        }
        drop(remember);
        writing.expect("a thread").join().expect("no panic");
        memory
    }

    #[test]
    fn what_one_session_typed_the_next_one_has_and_nobody_else_may_read() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("state/rfo");
        assert!(
            session(&folder, &["status>=500", "path~^/api", "status>=500"])
                .filters
                .is_empty()
        );
        let memory = session(&folder, &[]);
        assert_eq!(memory.filters, ["path~^/api", "status>=500"]);
        assert!(memory.commands.is_empty());
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&folder.join("filters")), 0o600);
        assert_eq!(mode(&folder.join(".filters.lock")), 0o600);
        assert_eq!(mode(&folder), 0o700);
    }

    #[test]
    fn several_sessions_at_once_lose_nothing_of_each_other() {
        let home = tempfile::tempdir().expect("a temporary folder");
        std::thread::scope(|scope| {
            for who in 0..4 {
                let folder = home.path();
                scope.spawn(move || {
                    let texts: Vec<String> = (0..10).map(|n| format!("status={who}{n}")).collect();
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    session(folder, &texts)
                });
            }
        });
        let mut texts = session(home.path(), &[]).filters;
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 40);
    }

    #[test]
    fn what_cannot_be_written_or_read_is_no_hindrance() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let file = home.path().join("in-the-way");
        fs::write(&file, "x").expect("written");
        assert!(session(&file, &["status>=500"]).filters.is_empty());
        let folder = home.path().join("rfo");
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join("filters"), b"\xff\x00\x1b[2J\nstatus>=500\n\n").expect("written");
        assert_eq!(session(&folder, &[]).filters, ["status>=500"]);
        let (memory, writing) = open(None);
        assert!(memory.remember.is_none() && writing.is_none());
    }
}
