//! The front of a line: where its prefix ends, and what the line is to the entry before it.
//!
//! In: a line. Out: the place of its severity, which is the first word of either list that `:  `
//! follows. Looks at 64 bytes at once. Knows nothing of what a prefix says.

use super::tongues;
use crate::lines::bits::{BLOCK, bits, is};

/// Longest prefix, in bytes.
const PREFIX_MAX: usize = 400;
/// Between a severity and its message.
const BEHIND: &[u8] = b":  ";

/// A line with a prefix: where its severity stands. Places, not slices: heads are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The line's number in the batch.
    pub line: usize,
    /// Where the prefix ends and the severity begins.
    severity_at: u32,
    /// Where the severity ends.
    severity_end: u32,
    /// How bad it is, where the severity says so: as `Number::Level`.
    pub level: Option<u8>,
}

/// What a line with a prefix is to the entry before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The next entry.
    Opening(Head),
    /// A part of it.
    Attached(Head),
}

/// What a word is in front of `:  `.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// A severity and its level; `DEBUG` may have a digit, or a letter.
    Severity(Option<u8>),
    /// What belongs to the entry before.
    Attached,
    Other,
}

impl Word {
    fn of(word: &[u8]) -> Self {
        match word {
            b"LOG" | b"INFO" => Self::Severity(Some(1)),
            b"ERROR" => Self::Severity(Some(4)),
            b"FATAL" | b"PANIC" => Self::Severity(Some(5)),
            b"WARNING" => Self::Severity(Some(3)),
            b"NOTICE" => Self::Severity(Some(2)),
            b"DEBUG" | b"DEBUG1" => Self::Severity(Some(0)),
            [b'D', b'E', b'B', b'U', b'G', _] => Self::Severity(None),
            b"DETAIL" | b"HINT" | b"QUERY" | b"CONTEXT" | b"LOCATION" | b"STATEMENT" => {
                Self::Attached
            }
            _ => Self::Other,
        }
    }
}

impl Head {
    /// What stands before the severity of its line.
    pub fn prefix<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        &line[..self.severity_at as usize]
    }

    /// The severity of its line, or what else the line is.
    pub fn severity<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        &line[self.severity_at as usize..self.severity_end as usize]
    }

    /// Where the message begins in the line.
    pub fn message_at(&self) -> usize {
        self.severity_end as usize + BEHIND.len()
    }

    /// The severity that ends here, if the word does that ends here.
    fn found(line: &[u8], number: usize, end: usize) -> Option<Found> {
        let is_word = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let before = line[..end].iter().rev();
        let at = end - before.take_while(|byte| is_word(byte)).count();
        let head = |level| Self {
            line: number,
            severity_at: at as u32,
            severity_end: end as u32,
            level,
        };
        match Word::of(&line[at..end]) {
            Word::Severity(level) => Some(Found::Opening(head(level))),
            Word::Attached => Some(Found::Attached(head(None))),
            Word::Other => Self::translated(line, number, end),
        }
    }

    /// The same of a word of another language than English. French puts a space before a colon.
    #[inline(never)]
    fn translated(line: &[u8], number: usize, end: usize) -> Option<Found> {
        let before = tongues::without_gap(&line[..end]);
        let is_word =
            |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || !byte.is_ascii();
        let length = before.iter().rev().take_while(|byte| is_word(byte)).count();
        let severity_at = before.len() - length;
        let head = |level| Self {
            line: number,
            severity_at: severity_at as u32,
            severity_end: end as u32,
            level,
        };
        match tongues::word(&before[severity_at..])? {
            tongues::Word::Severity(level) => Some(Found::Opening(head(Some(level)))),
            tongues::Word::Attached => Some(Found::Attached(head(None))),
        }
    }
}

/// Splits a line at its severity; `number` is the line's.
pub fn head(number: usize, line: &[u8]) -> Option<Found> {
    if line.first()?.is_ascii_whitespace() {
        return None;
    }
    let region = &line[..line.len().min(PREFIX_MAX)];
    // The last two bytes of a block can begin no `:  ` that ends in it.
    for from in (0..region.len()).step_by(BLOCK - 2) {
        let rest = &region[from..];
        let mut padded = [0; BLOCK];
        let block = rest.first_chunk().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let spaces = bits(block, |bytes| is(bytes, b' '));
        let colons = bits(block, |bytes| is(bytes, b':'));
        let mut ends = colons & (spaces >> 1) & (spaces >> 2);
        while ends != 0 {
            let end = from + ends.trailing_zeros() as usize;
            if let Some(found) = Head::found(line, number, end) {
                return Some(found);
            }
            ends &= ends - 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::field::LevelScale;
    use crate::formats::value;
    use proptest::prelude::*;

    /// Where the word begins and ends that splits a line, and whether it is attached; byte by byte.
    fn plainly(line: &[u8]) -> Option<(usize, usize, bool)> {
        if line.first()?.is_ascii_whitespace() {
            return None;
        }
        let region = &line[..line.len().min(PREFIX_MAX)];
        (0..region.len()).find_map(|end| {
            let is_word = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            let before = region[..end].iter().rposition(|byte| !is_word(byte));
            let at = before.map_or(0, |before| before + 1);
            let word = Word::of(&region[at..end]);
            let splits = region[end..].starts_with(b":  ") && word != Word::Other;
            splits.then_some((at, end, word == Word::Attached))
        })
    }

    #[test]
    fn a_severity_is_the_level_that_its_word_is_anywhere() {
        let words = "LOG ERROR FATAL PANIC WARNING NOTICE INFO DEBUG DEBUG1 DEBUG2 DEBUG5";
        for word in words.split(' ') {
            let plain = word.strip_suffix('1').unwrap_or(word);
            let level = value::level(plain.as_bytes(), LevelScale::Words);
            let Word::Severity(found) = Word::of(word.as_bytes()) else {
                panic!("{word} is a severity");
            };
            assert_eq!(found.map(i64::from), level, "{word}");
        }
    }

    proptest! {
        #[test]
        fn blocks_of_a_line_say_what_its_bytes_say(
            line in "( |\t)?(LOG|DEBUG[15]?|DETAIL|STATEMENT|XLOG|[a-z@ \\[]{1,70}|: |:  |:|  |A|7){0,14}",
            pad in 0usize..420,
        ) {
            let padded = format!("{}{line}", "x ".repeat(pad / 2));
            for line in [line.as_bytes(), padded.as_bytes()] {
                let found = head(7, line).map(|found| match found {
                    Found::Opening(head) => (head, false),
                    Found::Attached(head) => (head, true),
                });
                let places = found.map(|(head, attached)| {
                    (head.prefix(line).len(), head.message_at() - 3, attached)
                });
                prop_assert_eq!(places, plainly(line));
            }
        }
    }
}
