//! What can be read only once, kept in a file: standard input and pipes.
//!
//! In: `-` or the path of a pipe. Out: a `Source` that can be read again and again, once its
//! `Filler` has copied the bytes. The file is gone when the `Spool` is.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Error, Origin, Source};

/// Whether a path names something that gives its bytes only once: `-` or a pipe. Devices
/// do not: most of them give bytes without end.
pub fn gives_once(path: &Path) -> bool {
    let is_pipe = |meta: fs::Metadata| meta.file_type().is_fifo() || meta.file_type().is_socket();
    is_stdin(path) || fs::metadata(path).is_ok_and(is_pipe)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The file that keeps the bytes; dropping it deletes the file.
#[derive(Debug)]
pub struct Spool {
    name: String,
    file: NamedTempFile,
}

/// Copies the bytes into the file of a spool.
#[derive(Debug)]
pub struct Filler {
    name: String,
    from: PathBuf,
    into: File,
}

impl Spool {
    /// An empty spool for `from`, and what fills it. Reads nothing yet.
    pub fn new(from: &Path) -> Result<(Self, Filler), Error> {
        let name = match is_stdin(from) {
            true => "stdin".to_owned(),
            false => crate::text::printable(&from.to_string_lossy()),
        };
        let keep_error = |source| Error::Keep {
            name: name.clone(),
            source,
        };
        let file = NamedTempFile::new().map_err(keep_error)?;
        let into = file.reopen().map_err(keep_error)?;
        let filler = Filler {
            name: name.clone(),
            from: from.to_path_buf(),
            into,
        };
        Ok((Self { name, file }, filler))
    }

    /// The kept bytes as a source.
    pub fn source(&self) -> Source {
        let origin = Origin::Kept(self.file.path().to_path_buf());
        Source {
            name: self.name.clone(),
            label: self.name.clone(),
            origin,
            disk_bytes: 0,
        }
    }
}

impl Filler {
    /// Copies until the writer closes its end; waits for one if there is none yet.
    pub fn fill(mut self) -> Result<(), Error> {
        let copied = match is_stdin(&self.from) {
            true => io::copy(&mut io::stdin().lock(), &mut self.into),
            false => {
                File::open(&self.from).and_then(|mut from| io::copy(&mut from, &mut self.into))
            }
        };
        copied.map_err(|source| Error::Keep {
            name: self.name,
            source,
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_can_be_read_again() {
        assert!(gives_once(Path::new("-")) && !gives_once(Path::new("/dev/null")));
        assert!(!gives_once(Path::new("/")) && !gives_once(Path::new("/no/such/file")));
        let file = NamedTempFile::new().expect("a temporary file");
        assert!(!gives_once(file.path()));
    }

    #[test]
    fn what_was_kept_is_what_came_and_goes_with_the_spool() {
        let from = NamedTempFile::new().expect("a temporary file");
        fs::write(from.path(), "one\ntwo\n").expect("written");
        let (spool, filler) = Spool::new(from.path()).expect("made");
        filler.fill().expect("copied");
        let kept = spool.source().origin.path().to_path_buf();
        assert_eq!(fs::read(&kept).expect("readable"), b"one\ntwo\n");
        drop(spool);
        assert!(!kept.exists());
    }
}
