//! The lines of bytes of a text that is read from its start to its end.

use crate::events::Evidence;

/// Lines of a text, counted once for bytes asked in rising order.
pub(super) struct Places<'a> {
    text: &'a str,
    /// Line breaks before this byte are counted.
    counted: usize,
    line: u64,
    start: usize,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            counted: 0,
            line: 1,
            start: 0,
        }
    }

    /// The line on which a byte lies. Cheap for bytes in rising order; one before the last that was
    /// asked for counts from the start again.
    pub(super) fn evidence(&mut self, byte: usize, path: &str) -> Evidence {
        let byte = byte.min(self.text.len());
        if byte < self.counted {
            *self = Self::of(self.text);
        }
        let between = &self.text.as_bytes()[self.counted..byte];
        self.line += memchr::memchr_iter(b'\n', between).count() as u64;
        if let Some(end) = memchr::memrchr(b'\n', between) {
            self.start = self.counted + end + 1;
        }
        self.counted = byte;
        Evidence::Line {
            path: path.to_owned(),
            line: self.line,
            offset: self.start as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_the_plain_count(text in "[ab\n]{0,40}", asked in prop::collection::vec(0usize..50, 0..9)) {
            let mut places = Places::of(&text);
            for byte in asked {
                prop_assert_eq!(places.evidence(byte, "x"), super::super::place(&text, byte, "x"));
            }
        }
    }
}
