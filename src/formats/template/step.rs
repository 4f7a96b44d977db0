//! One step of a template: a field and the literal behind it.
//!
//! In: the rest of a line. Out: the field's bytes and what follows its literal, or nothing where
//! the line is of another shape. Sets nothing.

use crate::events::intern::same;
use crate::events::{Number, Text};
use crate::formats::field::{Field, Unit};
use crate::formats::search::{find_byte, word_of};
use crate::formats::stamp::StampKind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) field: Field,
    /// What must follow the field; empty at the end of the line.
    pub(super) literal: Vec<u8>,
    /// The field stands in double quotes and may hold escaped ones.
    pub(super) quoted: bool,
    /// The line may end right after this field.
    pub(super) may_end: bool,
    /// The field goes on to the last place where the literal stands.
    pub(super) to_last: bool,
    /// A list: commas and colons with spaces around them belong to the field.
    pub(super) is_list: bool,
    /// The literal's first bytes and which of them count.
    pub(super) word: u64,
    pub(super) mask: u64,
}

impl Step {
    /// A literal and whatever stands before it.
    pub(super) fn literal(text: &str, may_end: bool) -> Self {
        Self {
            field: Field::Skip,
            literal: text.into(),
            quoted: false,
            may_end,
            to_last: false,
            is_list: false,
            word: 0,
            mask: 0,
        }
    }

    /// Knows the literal's first bytes as a word.
    pub(super) fn ready(mut self) -> Self {
        self.word = word_of(&self.literal);
        self.mask = word_of(&[0xff; 8][..self.literal.len().min(8)]);
        self
    }

    /// A stamp that ends at the first place of the literal, whatever the bytes behind that are.
    pub(super) fn is_plain_time(&self) -> bool {
        matches!(
            self.field,
            Field::Time(StampKind::Clf | StampKind::Iso | StampKind::Epoch)
        ) && !self.to_last
            && !self.is_list
    }
}

/// Whether every piece fits that ends where the literal's first byte first stands.
pub(super) fn fits_always(step: &Step) -> bool {
    match step.field {
        Field::Skip | Field::Request | Field::Text(Text::Agent | Text::Method | Text::Flags) => {
            true
        }
        Field::Addresses | Field::Address | Field::Text(Text::Client) => {
            step.literal.first() == Some(&b' ')
        }
        _ => false,
    }
}

/// Whether a piece fits for sure: one without a space, since a space ends it and the first one
/// was the end, is an address; a dash is nobody.
#[inline]
pub(super) fn fits_at_once(step: &Step, piece: &[u8]) -> bool {
    match step.field {
        Field::Skip | Field::Request => true,
        Field::Addresses | Field::Address | Field::Text(Text::Client) => {
            step.literal.first() == Some(&b' ')
        }
        Field::Text(Text::User) => piece == b"-",
        _ => false,
    }
}

/// A status or a duration begins like a number, or is `-`: else the line is of another shape,
/// as `"GET / HTTP/1.1" 200 5 "-" "agent" "10.0.0.1"` is not one with a duration at the end.
/// Spaces in a list of addresses stand behind commas, which no name of a service ends in.
pub(super) fn fits(field: Field, piece: &[u8]) -> bool {
    match field {
        Field::Latency(unit)
            if unit != Unit::Written && piece.iter().any(u8::is_ascii_alphabetic) =>
        {
            false
        }
        // Microseconds are whole: a decimal number is seconds.
        Field::Latency(Unit::Micros | Unit::WholeMillis) if piece.contains(&b'.') => false,
        // `10.0.0.1` is none.
        Field::Number(Number::Status) if find_byte(b'.', piece).is_some() => false,
        Field::Latency(_) | Field::LatencyPart(_) | Field::Number(_) => {
            piece.is_empty() || piece[0].is_ascii_digit() || matches!(piece[0], b'-' | b'+' | b'.')
        }
        // Reading them tells programs apart; others are read when they are set.
        Field::Time(kind @ (StampKind::Ctime | StampKind::DayMonth)) => kind.read(piece).is_some(),
        Field::ClockNear => matches!(piece, [_, _, b':', _, _, b':', _, _]),
        Field::Level(scale) => crate::formats::value::level(piece, scale).is_some(),
        Field::JobStep => crate::formats::jobs::step(piece).is_some(),
        Field::Addresses => {
            memchr::memchr_iter(b' ', piece).all(|at| at > 0 && piece[at - 1] == b',')
        }
        // `Feb  3 06:09:12 lb haproxy[7]: 203.0.113.5`: a prefix stands in front of the address.
        Field::Address | Field::Text(Text::Client) => find_byte(b' ', piece).is_none(),
        Field::Text(Text::Host) => !piece.contains(&b'"'),
        Field::Text(Text::Service) => !piece.ends_with(b","),
        // A prefix, or a field more in front than the template has: `shop.example 10.0.0.1 - - [`.
        Field::Text(Text::User) => {
            !piece.starts_with(b"- ")
                && (find_byte(b':', piece).is_none() || piece.starts_with(b"arn:"))
        }
        _ => true,
    }
}

/// True within a list of servers or durations: `a, b : c` (retries, redirects).
fn goes_on(before: &[u8], rest: &[u8]) -> bool {
    rest.starts_with(b" ")
        && (before.ends_with(b",") || before.ends_with(b" :") || rest.starts_with(b" : "))
}

/// The field's bytes, what follows its literal, and whether the literal's first byte stands
/// nowhere in the field.
#[inline]
pub(super) fn find<'a>(rest: &'a [u8], step: &Step) -> Option<(&'a [u8], &'a [u8], bool)> {
    let Some(&first) = step.literal.first() else {
        return Some((rest, &[], false));
    };
    if step.to_last {
        let at = memchr::memmem::rfind(rest, &step.literal)?;
        return Some((&rest[..at], &rest[at + step.literal.len()..], false));
    }
    // A date and a clock with a space between are one stamp.
    let mut from = match step.field {
        Field::Time(kind) => kind.spaced_length(rest),
        _ => 0,
    };
    loop {
        let at = from + find_byte(first, &rest[from..])?;
        let is_escaped = || step.quoted && is_escaped(rest, at);
        let is_inside = || step.is_list && goes_on(&rest[..at], &rest[at..]);
        if begins(&rest[at..], step) && !is_escaped() && !is_inside() {
            let tail = &rest[at + step.literal.len()..];
            return Some((&rest[..at], tail, from == 0));
        }
        // A literal that stands whole but not here: skip this first byte. Only a field whose
        // literal is longer than one byte, or a quoted one, may contain the byte.
        from = at + 1;
    }
}

/// Literals are short: comparing a word is cheaper than a call.
#[inline]
fn begins(bytes: &[u8], step: &Step) -> bool {
    match bytes.first_chunk() {
        Some(word) if step.literal.len() <= 8 => {
            (u64::from_le_bytes(*word) ^ step.word) & step.mask == 0
        }
        _ => starts(bytes, &step.literal),
    }
}

/// Whether bytes begin with a literal; without a call where it is short.
#[inline]
pub fn starts(bytes: &[u8], literal: &[u8]) -> bool {
    let front = bytes.get(..literal.len());
    front.is_some_and(|front| same(front, literal))
}

/// An odd number of backslashes stands before it.
#[inline]
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    let before = bytes[..at].iter().rev();
    before.take_while(|byte| **byte == b'\\').count() % 2 == 1
}
