//! The front of a line: where its prefix ends, and what the line is to the entry before it.
//!
//! In: a line. Out: the place of its severity, which is the first word of either list that `:  `
//! follows. Looks at 64 bytes at once. Knows nothing of what a prefix says.

use super::tongues;
use crate::events::{Symbol, Text};
use crate::lines::bits::{BLOCK, bits, is};

/// Longest prefix, in bytes.
const PREFIX_MAX: usize = 400;
/// Between a severity and its message.
pub const BEHIND: &[u8] = b":  ";

/// A line with a prefix: where its severity stands. Places, not slices: heads are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The line's number in the batch.
    pub line: usize,
    /// Where the prefix ends and the severity begins.
    severity_at: u32,
    /// Where the severity ends.
    severity_end: u32,
    /// The severity, and so what the line is to the entry before it.
    pub word: Word,
    /// Where the stamp ends of a prefix that is laid out as one before it; 0 for others.
    pub stamp_end: u32,
    /// Whom that names: a symbol or `NONE` for each of `WHO`.
    pub who: [Symbol; WHO.len()],
}

/// Whom a prefix can name.
pub const WHO: [Text; 3] = [Text::User, Text::Service, Text::Client];

/// What a word is in front of `:  `.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A severity opens an entry, and says its level as `Number::Level`, where it says one: `DEBUG`
    /// may have a digit, or a letter.
    Severity(Option<u8>),
    /// The statement of the entry before.
    Statement,
    /// What else belongs to it.
    Attached,
    /// No word that splits a line.
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
            b"STATEMENT" => Self::Statement,
            b"DETAIL" | b"HINT" | b"QUERY" | b"CONTEXT" | b"LOCATION" => Self::Attached,
            _ => Self::Other,
        }
    }

    /// The word that comes first, if it splits a line there, and its length.
    #[inline]
    fn first(text: &[u8]) -> Option<(Self, usize)> {
        // Most lines are of this severity.
        if text.starts_with(b"LOG:  ") {
            return Some((Self::Severity(Some(1)), 3));
        }
        let length = text.iter().take_while(|byte| is_inside(byte)).count();
        let (word, behind) = text.split_at(length);
        let word = Self::of(word);
        if word != Self::Other && behind.starts_with(BEHIND) {
            return Some((word, length));
        }
        Self::first_translated(text)
    }

    /// The same of a word of another language than English, with the space behind it of French.
    #[inline(never)]
    fn first_translated(text: &[u8]) -> Option<(Self, usize)> {
        let length = text.iter().take_while(|byte| is_in_word(byte)).count();
        let behind = &text[length..];
        let gap = usize::from(behind.first() == Some(&b' '));
        let end = length + gap;
        let is_split = behind[gap..].starts_with(BEHIND);
        let word = tongues::word(tongues::without_gap(text.get(..end).filter(|_| is_split)?))?;
        Some((word, end))
    }

    /// Whether a line with this word goes on with the entry before it.
    pub fn is_attached(self) -> bool {
        matches!(self, Self::Statement | Self::Attached)
    }

    /// Whether it opens one.
    pub fn opens(self) -> bool {
        matches!(self, Self::Severity(_))
    }
}

/// Whether a byte can be part of a severity.
fn is_inside(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Whether it can be part of one of another language.
fn is_in_word(byte: &u8) -> bool {
    is_inside(byte) || !byte.is_ascii()
}

impl Head {
    /// A line without one.
    pub const NONE: Self = Self {
        line: usize::MAX,
        severity_at: 0,
        severity_end: 0,
        word: Word::Other,
        stamp_end: 0,
        who: [Symbol::NONE; WHO.len()],
    };

    /// What stands before the severity of its line.
    pub fn prefix<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        &line[..self.severity_at as usize]
    }

    /// Where the message begins in the line.
    pub fn message_at(&self) -> usize {
        self.severity_end as usize + BEHIND.len()
    }

    /// The severity that ends here, if the word does that ends here.
    fn found(line: &[u8], number: usize, end: usize) -> Option<Self> {
        let before = line[..end].iter().rev();
        let at = end - before.take_while(|byte| is_inside(byte)).count();
        let head = Self {
            line: number,
            severity_at: at as u32,
            severity_end: end as u32,
            word: Word::of(&line[at..end]),
            ..Self::NONE
        };
        match head.word {
            Word::Other => Self::translated(line, number, end),
            _ => Some(head),
        }
    }

    /// The same of a word of another language than English. French puts a space before a colon.
    #[inline(never)]
    fn translated(line: &[u8], number: usize, end: usize) -> Option<Self> {
        let before = tongues::without_gap(&line[..end]);
        let word = before.iter().rev().take_while(|byte| is_in_word(byte));
        let length = word.count();
        let severity_at = before.len() - length;
        Some(Self {
            line: number,
            severity_at: severity_at as u32,
            severity_end: end as u32,
            word: tongues::word(&before[severity_at..])?,
            ..Self::NONE
        })
    }

    /// Becomes the head of a line whose prefix is known, if a severity stands behind that.
    #[inline]
    pub fn become_behind(&mut self, line: &[u8], number: usize, prefix: usize) -> bool {
        let first = line.get(prefix..).and_then(Word::first);
        let Some((word, length)) = first.filter(|(_, n)| prefix + n + BEHIND.len() <= PREFIX_MAX)
        else {
            return false;
        };
        self.line = number;
        self.severity_at = prefix as u32;
        self.severity_end = (prefix + length) as u32;
        self.word = word;
        true
    }
}

/// Splits a line at its severity; `number` is the line's.
pub fn head(number: usize, line: &[u8]) -> Option<Head> {
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
            if let Some(head) = Head::found(line, number, end) {
                return Some(head);
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

    /// Where the word begins and ends that splits a line, and which it is; byte by byte. One of
    /// another language may have the space of French behind it, and some are as in English.
    fn plainly(line: &[u8]) -> Option<(usize, usize, Word)> {
        if line.first()?.is_ascii_whitespace() {
            return None;
        }
        let region = &line[..line.len().min(PREFIX_MAX)];
        let start = |before: &[u8], is_part: fn(&u8) -> bool| {
            let other = before.iter().rposition(|byte| !is_part(byte));
            other.map_or(0, |other| other + 1)
        };
        (0..region.len()).find_map(|end| {
            region[end..].starts_with(b":  ").then_some(())?;
            let at = start(&region[..end], is_inside);
            let word = Word::of(&region[at..end]);
            if word != Word::Other {
                return Some((at, end, word));
            }
            let before = tongues::without_gap(&region[..end]);
            let at = start(before, is_in_word);
            Some((at, end, tongues::word(&before[at..])?))
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
                let found = head(7, line);
                let places = |head: Head| (head.prefix(line).len(), head.message_at() - 3, head.word);
                prop_assert_eq!(found.map(places), plainly(line));
                if let Some(found) = found {
                    let mut again = Head::NONE;
                    prop_assert!(again.become_behind(line, 7, found.prefix(line).len()));
                    prop_assert_eq!(again, found);
                }
            }
        }
    }
}
