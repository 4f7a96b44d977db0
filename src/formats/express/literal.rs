//! What stands behind a field: the same bytes in every line.
//!
//! In: a buffer and a place in it. Out: where what follows the literal begins, or nothing where
//! other bytes stand.

use super::look::{Look, SEEN};
use crate::formats::search::word_of;

/// Longest literal that is looked for in what is known of the bytes behind a number.
const SHORT: usize = 2;

/// A literal, ready to be compared sixteen bytes at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Literal {
    bytes: Vec<u8>,
    /// Its first bytes and which of them count.
    head: [u8; SEEN],
    mask: u32,
    /// The same of one that is short, as a word: a look at what was seen already tells it. No
    /// word is this one of those that are not.
    word: u64,
    word_mask: u64,
    /// Its last bytes, where it has more than those.
    tail: [u8; SEEN],
}

impl Literal {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut head = [0; SEEN];
        let length = bytes.len().min(SEEN);
        head[..length].copy_from_slice(&bytes[..length]);
        let is_short = bytes.len() <= SHORT && !bytes.contains(&0);
        let (word, word_mask) = match is_short {
            true => (word_of(bytes), (1 << (8 * bytes.len())) - 1),
            false => (1, 0),
        };
        Self {
            bytes: bytes.to_vec(),
            word,
            word_mask,
            head,
            mask: (1 << length) - 1,
            tail: bytes.last_chunk().copied().unwrap_or_default(),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// For a loop over lines.
    #[inline]
    pub(super) fn ready(&self) -> Ready<'_> {
        Ready {
            literal: self,
            word: self.word,
            word_mask: self.word_mask,
            length: self.bytes.len(),
            mask: self.mask,
        }
    }
}

/// A literal that is being compared.
#[derive(Clone, Copy)]
pub(super) struct Ready<'a> {
    literal: &'a Literal,
    word: u64,
    word_mask: u64,
    length: usize,
    mask: u32,
}

impl Ready<'_> {
    /// The same where the next bytes are known; zeros are unknown ones.
    #[inline]
    pub(super) fn behind_number(
        self,
        rest: u64,
        buffer: &[u8],
        at: usize,
        end: usize,
    ) -> Option<usize> {
        let behind = at + self.length;
        match rest & self.word_mask == self.word && behind <= end {
            true => Some(behind),
            false => self.behind(buffer, at, end),
        }
    }

    /// Where what follows it begins, if it stands here within the line that goes to `end`.
    #[inline]
    pub(super) fn behind(self, buffer: &[u8], at: usize, end: usize) -> Option<usize> {
        let behind = at + self.length;
        // What a literal may hold, a line end, is of no line.
        if behind > end {
            return None;
        }
        let Some(look) = Look::at(buffer, at) else {
            return self.is_last(buffer, at, behind).then_some(behind);
        };
        if look.same(self.literal.head) & self.mask != self.mask {
            return None;
        }
        if self.length > SEEN {
            let tail = Look::at(buffer, behind - SEEN)?.same(self.literal.tail);
            let is_long = self.length > 2 * SEEN;
            if tail != ALL || is_long && !self.is_last(buffer, at, behind) {
                return None;
            }
        }
        Some(behind)
    }

    /// Where the buffer ends too soon for a look, or two looks do not see all.
    #[inline(never)]
    fn is_last(self, buffer: &[u8], at: usize, behind: usize) -> bool {
        buffer.get(at..behind) == Some(&self.literal.bytes)
    }
}

/// All bytes of a look.
const ALL: u32 = (1 << SEEN) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_literal_stands_where_its_bytes_are(literal in "[ab]{0,3}|[ab]{15,50}", before in "[ab]{0,3}", behind in "[ab]{0,20}", less in 0usize..3) {
            let text = format!("{before}{literal}{behind}");
            let (text, literal) = (text.as_bytes(), literal.as_bytes());
            let literal_of = Literal::new(literal);
            let ready = literal_of.ready();
            for at in 0..=text.len() - less.min(behind.len()) {
                let end = text.len() - less.min(behind.len());
                let expected = text[at..end].starts_with(literal).then_some(at + literal.len());
                prop_assert_eq!(ready.behind(text, at, end), expected, "{}", at);
                let next = &text[at..(at + 3).min(text.len())];
                prop_assert_eq!(ready.behind_number(word_of(next), text, at, end), expected, "{}", at);
            }
        }
    }
}
