//! UTF-16 as UTF-8, as it is read: what Windows writes.
//!
//! In: bytes that begin with a mark of their order. Out: the same text in UTF-8 without the mark.
//! Offsets of lines are those in the UTF-8 text. Half a character, or a last odd byte, becomes
//! U+FFFD.

use std::io::{self, Chain, Cursor, Read};

/// Bytes decoded at a time.
const STEP_BYTES: usize = 1 << 16;

/// True if bytes begin with the mark of UTF-16 (and not with that of UTF-32).
pub fn is_marked(head: &[u8]) -> bool {
    head.starts_with(&[0xfe, 0xff])
        || head.starts_with(&[0xff, 0xfe]) && !head.starts_with(&[0xff, 0xfe, 0, 0])
}

/// Decodes a reader of UTF-16; the first two bytes say the order.
pub struct Decoder<R> {
    inner: R,
    is_big: Option<bool>,
    /// Bytes of which the rest of the character is to come: at most three.
    held: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Decoder<R> {
    /// A decoder at the start of `inner`.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            is_big: None,
            held: Vec::new(),
            out: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.held);
        let before = bytes.len();
        bytes.resize(before + STEP_BYTES, 0);
        let n = match self.inner.read(&mut bytes[before..]) {
            Ok(n) => n,
            Err(error) => {
                bytes.truncate(before);
                self.held = bytes;
                return Err(error);
            }
        };
        bytes.truncate(before + n);
        self.ended = n == 0;
        self.out.clear();
        self.at = 0;
        self.decode(&bytes);
        Ok(())
    }

    fn decode(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        let Some(mark) = bytes.get(..2) else {
            return self.hold(bytes);
        };
        let is_big = *self.is_big.get_or_insert_with(|| {
            let is_big = mark == [0xfe, 0xff];
            bytes = &bytes[2..];
            is_big
        });
        let unit = |pair: &[u8]| match is_big {
            true => u16::from_be_bytes([pair[0], pair[1]]),
            false => u16::from_le_bytes([pair[0], pair[1]]),
        };
        let mut whole = bytes.len() / 2 * 2;
        let is_half = |unit: u16| (0xd800..0xdc00).contains(&unit);
        if whole >= 2 && !self.ended && is_half(unit(&bytes[whole - 2..whole])) {
            whole -= 2;
        }
        let units = bytes[..whole].chunks_exact(2).map(unit);
        for c in char::decode_utf16(units) {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.out
                .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.hold(&bytes[whole..]);
    }

    fn hold(&mut self, rest: &[u8]) {
        if self.ended && !rest.is_empty() {
            self.out.extend_from_slice("\u{fffd}".as_bytes());
        } else {
            self.held = rest.to_vec();
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() && !self.ended {
            self.fill()?;
        }
        let n = buffer.len().min(self.out.len() - self.at);
        buffer[..n].copy_from_slice(&self.out[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// Bytes that tell UTF-16 from UTF-32.
const MARK_BYTES: u64 = 4;

/// A reader of what may be marked as UTF-16, as UTF-8.
pub struct Perhaps<R>(State<R>);

enum State<R> {
    Unread(Option<R>),
    AsItIs(Chain<Cursor<Vec<u8>>, R>),
    Decoded(Decoder<Chain<Cursor<Vec<u8>>, R>>),
}

impl<R: Read> Perhaps<R> {
    /// A reader at the start of `inner`.
    pub fn new(inner: R) -> Self {
        Self(State::Unread(Some(inner)))
    }
}

impl<R: Read> Read for Perhaps<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let State::Unread(inner) = &mut self.0
            && let Some(mut inner) = inner.take()
        {
            let mut head = Vec::new();
            let read = inner.by_ref().take(MARK_BYTES).read_to_end(&mut head);
            let marked = is_marked(&head);
            let whole = Cursor::new(head).chain(inner);
            self.0 = match marked {
                true => State::Decoded(Decoder::new(whole)),
                false => State::AsItIs(whole),
            };
            read?;
        }
        match &mut self.0 {
            State::Unread(_) => Ok(0),
            State::AsItIs(reader) => reader.read(buffer),
            State::Decoded(reader) => reader.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hands out a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn decoded(bytes: &[u8], step: usize) -> String {
        let mut text = String::new();
        Decoder::new(Slow(bytes, step))
            .read_to_string(&mut text)
            .expect("memory does not fail");
        text
    }

    #[test]
    fn a_cut_character_is_replaced() {
        assert_eq!(decoded(&[0xff, 0xfe, b'a', 0, b'b'], 9), "a\u{fffd}");
        assert_eq!(decoded(&[0xff, 0xfe, 0x3d, 0xd8], 9), "\u{fffd}");
        assert_eq!(decoded(&[0xff], 9), "\u{fffd}");
    }

    #[test]
    fn only_marked_text_is_decoded() {
        assert!(is_marked(&[0xff, 0xfe, b'a', 0]) && is_marked(&[0xfe, 0xff]));
        assert!(!is_marked(&[0xff, 0xfe, 0, 0]) && !is_marked(b"a\0") && !is_marked(b""));
    }

    proptest! {
        #[test]
        fn text_comes_back_in_whatever_pieces(text: String, step in 1usize..9, is_big: bool) {
            let order = if is_big { u16::to_be_bytes } else { u16::to_le_bytes };
            let marked = format!("\u{feff}{text}");
            let bytes: Vec<u8> = marked.encode_utf16().flat_map(order).collect();
            prop_assert_eq!(decoded(&bytes, step), text);
        }
    }
}
