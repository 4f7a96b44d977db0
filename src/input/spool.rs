//! What can be read only once, kept in a file: standard input, pipes and other programs' output.
//!
//! In: `-`, the path of a pipe, or `docker:NAME` and the like. Out: a `Source` that can be read
//! again and again, once its `Filler` has copied the bytes. The file is gone when rfo ends.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::child::{Asked, ChildLog, Followed, Pace, Printer};
use super::{Error, Origin, Source, ending};

/// Whether a path names something that gives its bytes only once: `-` or a pipe. Devices
/// do not: most of them give bytes without end.
pub fn gives_once(path: &Path) -> bool {
    let is_pipe = |meta: fs::Metadata| meta.file_type().is_fifo() || meta.file_type().is_socket();
    is_stdin(path) || fs::metadata(path).is_ok_and(is_pipe)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Copies the bytes of one source into the file that keeps them.
#[derive(Debug)]
pub struct Filler {
    name: String,
    path: PathBuf,
    from: From,
}

#[derive(Debug)]
enum From {
    Stdin(File),
    Pipe(PathBuf, File),
    Child(Printer),
}

impl Filler {
    /// What fills an empty file from `-` or a pipe. Reads nothing yet.
    pub fn of_path(from: &Path) -> Result<Self, Error> {
        let name = match is_stdin(from) {
            true => "stdin".to_owned(),
            false => crate::text::printable(&from.to_string_lossy()),
        };
        let (path, into) = keep(&name)?;
        let from = match is_stdin(from) {
            true => From::Stdin(into),
            false => From::Pipe(from.to_path_buf(), into),
        };
        Ok(Self { name, path, from })
    }

    /// What fills an empty file from another program's output. Starts nothing yet.
    pub fn of_child(log: ChildLog, asked: Asked) -> Result<Self, Error> {
        let name = log.name();
        let (path, into) = keep(&name)?;
        let from = From::Child(Printer::new(log, asked, into));
        Ok(Self { name, path, from })
    }

    /// The kept bytes as a source, as many as there are now.
    pub fn source(&self) -> Source {
        Source {
            name: self.name.clone(),
            label: self.name.clone(),
            origin: Origin::Kept(self.path.clone()),
            disk_bytes: self.path.metadata().map_or(0, |meta| meta.len()),
        }
    }

    /// Whose first writer it may have to wait for: a pipe's name.
    pub fn awaits_writer(&self) -> Option<&str> {
        matches!(self.from, From::Pipe(..)).then_some(&self.name)
    }

    /// Copies until the writer closes its end; waits for one if there is none yet. Of another
    /// program: what there is now. An error leaves what came before it.
    pub fn fill(&mut self) -> Result<(), Error> {
        self.fill_once_open(|| {})
    }

    /// The same; says when what is copied has been opened: a pipe once it has a writer.
    pub fn fill_once_open(&mut self, opened: impl FnOnce()) -> Result<(), Error> {
        let copied = match &mut self.from {
            From::Stdin(into) => copy(&mut io::stdin().lock(), into),
            From::Pipe(from, into) => {
                let from = File::open(from).map_err(Failed::Reading);
                opened();
                from.and_then(|mut from| copy(&mut from, into))
            }
            From::Child(printer) => return printer.fill(),
        };
        copied.map_err(|failed| match failed {
            Failed::Reading(source) => Error::Read {
                name: self.name.clone(),
                source,
            },
            Failed::Keeping(source) => Error::Keep {
                name: self.name.clone(),
                source,
            },
        })
    }

    /// After `fill`: copies another program's further lines as they come, until rfo ends or the
    /// program has failed too often; at once where there is none.
    pub fn follow(&mut self, pace: Pace, wait: &mut dyn FnMut(Duration)) -> Followed {
        match &mut self.from {
            From::Child(printer) => printer.follow(pace, wait),
            From::Stdin(_) | From::Pipe(..) => Followed::Ended,
        }
    }
}

/// A file that is gone when rfo ends.
fn keep(name: &str) -> Result<(PathBuf, File), Error> {
    let keep_error = |source| Error::Keep {
        name: name.to_owned(),
        source,
    };
    let kept = NamedTempFile::new().map_err(keep_error)?.keep();
    let (file, path) = kept.map_err(|error| keep_error(error.error))?;
    ending::delete_at_end(path.clone());
    Ok((path, file))
}

/// Which side of a copy failed.
#[derive(Debug)]
enum Failed {
    Reading(io::Error),
    Keeping(io::Error),
}

fn copy(from: &mut impl Read, into: &mut impl Write) -> Result<(), Failed> {
    let mut buffer = vec![0; 1 << 17];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => into.write_all(&buffer[..n]).map_err(Failed::Keeping)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failed::Reading(error)),
        }
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
    fn what_was_kept_is_what_came() {
        let from = NamedTempFile::new().expect("a temporary file");
        fs::write(from.path(), "one\ntwo\n").expect("written");
        let mut filler = Filler::of_path(from.path()).expect("made");
        filler.fill().expect("copied");
        let kept = filler.source().origin.path().to_path_buf();
        assert_eq!(fs::read(&kept).expect("readable"), b"one\ntwo\n");
        fs::remove_file(kept).expect("removed");
    }

    #[test]
    fn a_full_disk_keeps_what_came_before() {
        struct Disk(Vec<u8>);
        impl Write for Disk {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let n = bytes.len().min(5 - self.0.len());
                self.0.extend_from_slice(&bytes[..n]);
                match n {
                    0 => Err(io::ErrorKind::StorageFull.into()),
                    n => Ok(n),
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut disk = Disk(Vec::new());
        let failed = copy(&mut &b"one\ntwo\n"[..], &mut disk);
        assert!(matches!(failed, Err(Failed::Keeping(_))));
        assert_eq!(disk.0, b"one\nt");
    }
}
