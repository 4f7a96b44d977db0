//! Lines that end in a bare CR, as old Macs and progress bars write them, with LF.
//!
//! In: a source's bytes. Out: as many bytes, so that offsets stay what they are; each CR is an LF
//! where the first 64 KiB have CRs and no LF at all. Other sources pass as they are.

use std::io::{self, Read};

/// Bytes that tell how lines end.
pub const HEAD_BYTES: usize = 64 << 10;

/// Whether lines that begin a source end in CR alone. A last CR may be half of a CRLF.
pub fn are_bare(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let before = &head[..head.len().saturating_sub(1)];
    memchr::memchr(b'\r', before).is_some() && memchr::memchr(b'\n', head).is_none()
}

/// Makes each CR an LF.
pub fn mend(bytes: &mut [u8]) {
    bytes
        .iter_mut()
        .filter(|byte| **byte == b'\r')
        .for_each(|byte| *byte = b'\n');
}

/// A reader of lines that end in LF.
pub struct Mended<R> {
    inner: R,
    head: Vec<u8>,
    given: usize,
    /// Whether lines end in CR; not known before the head is read.
    bare: Option<bool>,
    /// What ended the head.
    failure: Option<io::Error>,
}

impl<R: Read> Mended<R> {
    /// A reader at the start of its source.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            head: Vec::new(),
            given: 0,
            bare: None,
            failure: None,
        }
    }

    /// A reader within a source of which the line ends are known.
    pub fn known(inner: R, bare: bool) -> Self {
        Self {
            bare: Some(bare),
            ..Self::new(inner)
        }
    }

    fn look(&mut self) -> bool {
        let mut head = self.inner.by_ref().take(HEAD_BYTES as u64);
        // What was read before a failure is in the head.
        self.failure = head.read_to_end(&mut self.head).err();
        let bare = are_bare(&self.head);
        if bare {
            mend(&mut self.head);
        }
        self.bare = Some(bare);
        bare
    }
}

impl<R: Read> Read for Mended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bare = match self.bare {
            Some(bare) => bare,
            None => self.look(),
        };
        if self.given < self.head.len() {
            let rest = &self.head[self.given..];
            let n = rest.len().min(buffer.len());
            buffer[..n].copy_from_slice(&rest[..n]);
            self.given += n;
            return Ok(n);
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let n = self.inner.read(buffer)?;
        if bare {
            mend(&mut buffer[..n]);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut found = String::new();
        let mut reader = Mended::new(text.as_bytes());
        reader
            .read_to_string(&mut found)
            .expect("memory does not fail");
        assert_eq!(found, expected);
    }

    #[test]
    fn bare_line_ends_become_usual_ones_and_others_stay() {
        check("one\rtwo\rthree", "one\ntwo\nthree");
        check("one\r\ntwo\r\n", "one\r\ntwo\r\n");
        check("10 %\r20 %\rdone\nnext\n", "10 %\r20 %\rdone\nnext\n");
        check("one\r", "one\r");
        check("", "");
    }

    #[test]
    fn what_the_head_says_holds_for_all_of_it() {
        let long = "line\r".repeat(HEAD_BYTES / 4);
        check(&long, &long.replace('\r', "\n"));
        let late = format!("{}\r\n", "x".repeat(HEAD_BYTES));
        check(&late, &late);
    }

    #[test]
    fn a_failure_comes_after_what_was_read() {
        struct Cut(bool);
        impl Read for Cut {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("gone"));
                }
                buffer[..4].copy_from_slice(b"a\rb\r");
                Ok(4)
            }
        }
        let mut found = Vec::new();
        let error = Mended::new(Cut(false)).read_to_end(&mut found);
        assert_eq!((found.as_slice(), error.is_err()), (&b"a\nb\n"[..], true));
    }
}
