//! What a file is, whatever its name: its inode, and its first bytes.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;

use super::names::unpacked;
use crate::input::Origin;
use crate::input::open::{packing, unpacked as unpacked_bytes};
use crate::input::packing::Packing;

/// First bytes that tell contents apart: stamps of some lines are among them.
pub const HEAD_BYTES: usize = 2048;

/// Device and inode: one file as long as somebody holds it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Of what `stat` said.
    pub fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
        }
    }
}

/// First bytes and length of a content, unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Print {
    /// At most `HEAD_BYTES`.
    pub head: Vec<u8>,
    /// How long it is, where that is known; a content shorter than `HEAD_BYTES` always says so.
    pub length: Option<u64>,
}

/// Whether one content is a copy of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// It is.
    Same,
    /// It may become one, or the other may still grow: too little is there to tell.
    Open,
    /// It is not.
    Other,
}

impl Print {
    /// Whether the shorter of both is how the longer one begins; false where one is empty.
    pub fn begins_alike(&self, other: &Self) -> bool {
        let common = self.head.len().min(other.head.len());
        common > 0 && self.head[..common] == other.head[..common]
    }

    /// Compares a file with a content that we know. `known.length` is `None` for one that may
    /// still grow.
    pub fn likeness(&self, known: &Self) -> Likeness {
        let common = self.head.len().min(known.head.len());
        if self.head.is_empty() {
            return Likeness::Open;
        }
        if !self.begins_alike(known) {
            return Likeness::Other;
        }
        if common >= HEAD_BYTES {
            return Likeness::Same;
        }
        match (known.length, self.length) {
            (None, _) => Likeness::Open,
            (Some(known), Some(own)) if own == known => Likeness::Same,
            (Some(known), Some(own)) if own < known => Likeness::Open,
            _ => Likeness::Other,
        }
    }
}

/// The print of the file at a path, packed or not. An error while its packing is not readable.
pub fn print_of(path: &Path) -> io::Result<Print> {
    let mut head = Vec::new();
    if is_plain(path)? {
        let file = File::open(path)?;
        let length = Some(file.metadata()?.len());
        file.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        return Ok(Print { head, length });
    }
    reader(path)?
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)?;
    let length = (head.len() < HEAD_BYTES).then_some(head.len() as u64);
    Ok(Print { head, length })
}

/// Whether a file is not packed. An error where its name says that it is and its first bytes do
/// not: it is only just being written.
pub fn is_plain(path: &Path) -> io::Result<bool> {
    let plain = packing(&Origin::File(path.to_path_buf()))? == Packing::None;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match plain && unpacked(&name).is_some() {
        true => Err(io::ErrorKind::UnexpectedEof.into()),
        false => Ok(plain),
    }
}

/// The unpacked content of a file.
pub fn reader(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    unpacked_bytes(&Origin::File(path.to_path_buf()), Arc::default())
}

/// Reads at an offset until the buffer is full or the file ends; gives how much.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(own: (&str, u64), known: (&str, Option<u64>), expected: Likeness) {
        let print = |head: &str, length| Print {
            head: head.as_bytes().to_vec(),
            length,
        };
        let (own_print, known_print) = (print(own.0, Some(own.1)), print(known.0, known.1));
        assert_eq!(
            own_print.likeness(&known_print),
            expected,
            "{own:?} {known:?}"
        );
    }

    #[test]
    fn a_copy_is_told_by_its_first_bytes() {
        let long = "x".repeat(HEAD_BYTES);
        check((&long, 9000), (&long, Some(8000)), Likeness::Same);
        check((&long, 9000), (&long, None), Likeness::Same);
        check(("abc", 3), ("abc", Some(3)), Likeness::Same);
        check(("ab", 2), ("abc", Some(3)), Likeness::Open);
        check(("abcd", 4), ("abc", Some(3)), Likeness::Other);
        check(("abcd", 4), ("abc", None), Likeness::Open);
        check(("b", 1), ("abc", Some(3)), Likeness::Other);
        check(("", 0), ("abc", Some(3)), Likeness::Open);
        check(("b", 1), ("", None), Likeness::Other);
    }
}
