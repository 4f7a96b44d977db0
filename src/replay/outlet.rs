//! Where what is played goes: files of the same names, or one stream.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Part;

/// Bytes held back of one file.
const HELD_BYTES_MAX: usize = 1 << 20;

/// Takes what is played.
pub trait Outlet {
    /// Takes a part of source number `source`.
    /// # Errors
    /// If it cannot be written.
    fn put(&mut self, source: usize, part: Part) -> io::Result<()>;

    /// Writes all that is held back.
    /// # Errors
    /// If it cannot be written.
    fn flush(&mut self) -> io::Result<()>;
}

/// Files in a folder. What is appended comes in whole events; what replaces is renamed into place.
#[derive(Debug)]
pub struct Folder {
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Folder {
    /// Files of these paths below `folder`, by number of their source; folders are made.
    /// # Errors
    /// If a folder cannot be made, or a file is there already: nothing is overwritten.
    pub fn new(folder: &Path, paths: &[PathBuf]) -> io::Result<Self> {
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let path = folder.join(path);
            let named = |error: io::Error| {
                io::Error::new(
                    error.kind(),
                    format!("cannot write {}: {error}", path.display()),
                )
            };
            fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(named)?;
            if path.symlink_metadata().is_ok() {
                let why = io::Error::new(io::ErrorKind::AlreadyExists, "it is there already");
                return Err(named(why));
            }
            files.push((path, Vec::new()));
        }
        Ok(Self { files })
    }

    fn write(&mut self, source: usize) -> io::Result<()> {
        let (path, held) = &mut self.files[source];
        // Opened for each piece: as many files as one likes may be played.
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(held)?;
        held.clear();
        Ok(())
    }

    /// Makes the files that got no byte.
    /// # Errors
    /// If one cannot be made.
    pub fn complete(&mut self) -> io::Result<()> {
        (0..self.files.len()).try_for_each(|source| self.write(source))
    }
}

impl Outlet for Folder {
    fn put(&mut self, source: usize, part: Part) -> io::Result<()> {
        match part {
            Part::Append(bytes) => {
                let held = &mut self.files[source].1;
                held.extend_from_slice(&bytes);
                match held.len() > HELD_BYTES_MAX {
                    true => self.write(source),
                    false => Ok(()),
                }
            }
            Part::Replace(bytes) => {
                let path = &self.files[source].0;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                // Its name is hidden: nobody who looks at the folder takes it for a log.
                let new = path.with_file_name(format!(".{name}.new"));
                fs::write(&new, bytes)?;
                fs::rename(new, path)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let held = (0..self.files.len()).filter(|source| !self.files[*source].1.is_empty());
        let held: Vec<usize> = held.collect();
        held.into_iter().try_for_each(|source| self.write(source))
    }
}

/// One stream of lines; what replaces is left out.
#[derive(Debug)]
pub struct Stream<W>(
    /// Where the lines go.
    pub W,
);

impl<W: Write> Outlet for Stream<W> {
    fn put(&mut self, _: usize, part: Part) -> io::Result<()> {
        let Part::Append(bytes) = part else {
            return Ok(());
        };
        self.0.write_all(&bytes)?;
        // The last line of a file may lack its end.
        match bytes.last() {
            None | Some(b'\n') => Ok(()),
            Some(_) => self.0.write_all(b"\n"),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("a.log"), "mine").expect("written");
        let error = Folder::new(folder.path(), &["a.log".into()]).expect_err("refused");
        assert!(error.to_string().contains("there already"), "{error}");
    }

    #[test]
    fn a_line_without_end_gets_one_in_a_stream() {
        let mut stream = Stream(Vec::new());
        for bytes in ["a", "b\n", ""] {
            stream
                .put(0, Part::Append(bytes.into()))
                .expect("memory does not fail");
        }
        stream
            .put(1, Part::Replace(b"[]".to_vec()))
            .expect("memory does not fail");
        assert_eq!(stream.0, b"a\nb\n");
    }
}
