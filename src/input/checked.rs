//! What was unpacked, against what was said of it.
//!
//! In: a reader, the length and the CRC-32 that its content is to have. Out: the same bytes, and an
//! error where they are not those.

use std::io::{self, Read};

use flate2::Crc;

/// A reader whose end is an error if its content is not what was said.
pub struct Checked<R> {
    inner: R,
    crc: Crc,
    left: u64,
    expected: u32,
}

impl<R> Checked<R> {
    /// Content of so many bytes with this CRC-32.
    pub fn new(inner: R, bytes: u64, crc: u32) -> Self {
        Self {
            inner,
            crc: Crc::new(),
            left: bytes,
            expected: crc,
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
        if n == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.crc.sum() != self.expected {
                return Err(wrong("Invalid checksum"));
            }
        }
        self.left = self
            .left
            .checked_sub(n as u64)
            .ok_or_else(|| wrong("it is larger than was said"))?;
        self.crc.update(&buffer[..n]);
        Ok(n)
    }
}
