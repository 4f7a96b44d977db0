//! One part of a usual line: where it ends, the literal behind it, and numbers read in place.
//!
//! In: a buffer and a place in it. Out: where what follows begins, or nothing where it is not as
//! usual. Makes no event.

use super::Take;
use super::held::Held;
use crate::events::chunk::ABSENT;
use crate::events::intern::same;
use crate::formats::field::{Field, Unit};
use crate::formats::places::Places;
use crate::formats::search::{find_byte, word_of};
use crate::formats::stamp::StampReader;
use crate::formats::value;

/// Longest number that is read in place, in bytes.
const DIGITS_MAX: usize = 12;

/// Where a field ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Before it begins: it is none.
    Here,
    /// At the next quote.
    Quote,
    /// At the next such byte.
    Byte(u8),
    /// At the next space or the end of the line; no quote opens it.
    Word,
    /// Where a number, `true` or `false` of JSON ends.
    Bare,
    /// At the end of the line.
    LineEnd,
}

/// What judges whether a piece is one of the field's.
pub type Judge = fn(Field, &[u8]) -> bool;

/// A field, how it ends and what stands behind it.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) field: Field,
    pub(super) take: Take,
    pub(super) stop: Stop,
    pub(super) literal: Vec<u8>,
    /// The literal's first bytes and which of them count.
    pub(super) word: u64,
    pub(super) mask: u64,
    /// The line may end right behind the field.
    pub(super) may_end: bool,
    /// A stamp that most lines share with the line before.
    pub(super) repeats: bool,
    pub(super) judge: Option<Judge>,
}

impl Part {
    /// A field that goes so far, and the literal behind it.
    pub(super) fn new(
        field: Field,
        take: Take,
        stop: Stop,
        literal: &[u8],
        judge: Option<Judge>,
    ) -> Self {
        Self {
            field,
            take,
            stop,
            literal: literal.to_vec(),
            word: word_of(literal),
            mask: word_of(&[0xff; 8][..literal.len().min(8)]),
            may_end: false,
            repeats: false,
            judge,
        }
    }

    /// Takes the bytes of a field; where they end.
    #[inline]
    pub(super) fn piece<'a>(
        &self,
        places: &Places,
        buffer: &'a [u8],
        (at, end): (usize, usize),
        held: &mut Held<'a>,
        stamps: &mut StampReader,
    ) -> Option<usize> {
        let stop = self.stop(places, buffer, at, end)?;
        if matches!(self.take, Take::Skip) {
            return Some(stop);
        }
        let piece = &buffer[at..stop];
        if let Some(judge) = self.judge {
            judge(self.field, piece).then_some(())?;
        }
        held.take(self.take, piece, stamps)?;
        if self.repeats {
            stamps.stood_before(piece, &self.literal);
        }
        Some(stop)
    }

    /// Where a field ends.
    #[inline]
    fn stop(&self, places: &Places, buffer: &[u8], at: usize, end: usize) -> Option<usize> {
        match self.stop {
            Stop::Here => Some(at),
            Stop::LineEnd => Some(end),
            Stop::Byte(byte) => Some(at + find_byte(byte, &buffer[at..end])?),
            Stop::Quote => {
                let stop = places.quote(at);
                // An escaped quote, or one of another line.
                let is_odd = stop >= end || stop > at && buffer[stop - 1] == b'\\';
                (!is_odd).then_some(stop)
            }
            Stop::Word => {
                let rest = &buffer[at..end];
                (rest.first() != Some(&b'"')).then_some(())?;
                Some(find_byte(b' ', rest).map_or(end, |n| at + n))
            }
            Stop::Bare => {
                let rest = &buffer[at..end];
                let first = rest.first()?;
                let begins = first.is_ascii_digit() || matches!(first, b'-' | b't' | b'f');
                begins.then_some(())?;
                let ends = |byte: &u8| ENDS[usize::from(*byte)];
                Some(rest.iter().position(ends).map_or(end, |n| at + n))
            }
        }
    }

    /// Where what follows the literal begins, if the literal stands here.
    #[inline]
    pub(super) fn behind(&self, buffer: &[u8], stop: usize, end: usize) -> Option<usize> {
        let behind = stop + self.literal.len();
        let stands = match self.literal.len() {
            0 => return (stop == end || self.stop != Stop::LineEnd).then_some(stop),
            1..=8 => {
                let word = u64::from_le_bytes(*buffer.get(stop..)?.first_chunk()?);
                (word ^ self.word) & self.mask == 0
            }
            _ => same(buffer.get(stop..behind)?, &self.literal),
        };
        // What a literal may hold, a line end, is of no line.
        (stands && behind <= end).then_some(behind)
    }
}

/// What ends a bare value of JSON.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        ends[i] = matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
        i += 1;
    }
    ends
};

/// A whole number and where it ends; `ABSENT` for a dash. `None` for anything else.
#[inline]
pub(super) fn whole(buffer: &[u8], at: usize, end: usize) -> Option<(i64, usize)> {
    let bytes = &buffer[at..end.min(at + DIGITS_MAX)];
    let mut n = 0;
    let mut length = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        n = n * 10 + i64::from(digit);
        length += 1;
    }
    match length {
        0 if bytes.first() == Some(&b'-') => Some((ABSENT, at + 1)),
        0 | DIGITS_MAX => None,
        _ => Some((n, at + length)),
    }
}

/// A decimal number in millionths and where it ends, as `value` reads one of few digits.
#[inline]
pub(super) fn decimal(buffer: &[u8], at: usize, end: usize, unit: Unit) -> Option<(i64, usize)> {
    let bytes = &buffer[at..end.min(at + DIGITS_MAX)];
    let (mut n, mut point) = (0, None);
    let mut length = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            n = n * 10 + i64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(length);
        } else {
            break;
        }
        length += 1;
    }
    if length == 0 || length == DIGITS_MAX || point == Some(0) {
        return None;
    }
    if point.is_some() && matches!(unit, Unit::Micros | Unit::WholeMillis) {
        return None;
    }
    let decimals = point.map_or(0, |point| length - 1 - point);
    Some((value::in_millionths(n, decimals)?, at + length))
}
