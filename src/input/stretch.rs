//! A part of a file, read at places as if it were all of it, and no more of it than is allowed.
//!
//! In: an origin of one piece. Out: its bytes. Knows nothing of archives but that they may be
//! damaged.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::Origin;

/// What an error of damaged data begins with.
pub const DAMAGED: &str = "damaged zip data: ";

/// An error of damaged data.
pub fn damaged(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{DAMAGED}{words}"))
}

/// An origin of one piece, to be read at places, and how much may still be read of it.
pub struct Stretch {
    file: File,
    start: u64,
    bytes: u64,
    at: u64,
    allowance: u64,
}

impl Stretch {
    /// Its bytes; of them no more than `allowance` may be read.
    pub fn open(origin: &Origin, bytes: u64, allowance: u64) -> io::Result<Self> {
        let start = match origin {
            Origin::Stretch { start, .. } => *start,
            Origin::File(_) | Origin::Kept(_) | Origin::Set(_) => 0,
        };
        let mut file = File::open(origin.path())?;
        file.seek(SeekFrom::Start(start))?;
        Ok(Self {
            file,
            start,
            bytes,
            at: 0,
            allowance,
        })
    }
}

impl Read for Stretch {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.bytes.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let n = self.file.read(&mut buffer[..wanted])?;
        self.at += n as u64;
        let rest = self.allowance.checked_sub(n as u64);
        self.allowance = rest.ok_or_else(|| damaged("its directory is larger than it can be"))?;
        Ok(n)
    }
}

impl Seek for Stretch {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let place = at.and_then(|at| Some((at, self.start.checked_add(at)?)));
        let (at, place) = place.ok_or_else(|| damaged("a place in it is none"))?;
        self.file.seek(SeekFrom::Start(place))?;
        self.at = at;
        Ok(at)
    }
}
