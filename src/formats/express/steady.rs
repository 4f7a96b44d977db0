//! Fields that nearly always hold the same value: a level, a message, the name of a program. They
//! and the literals between and behind them are compared as one text, without looking for where a
//! field ends.
//!
//! In: lines that were usual, and how far their fields go; then a window of lines that are at the
//! first of such fields. Out: the same behind the last one's literal, with what the fields say. A
//! line with another value is walked part by part. What is learned costs or saves time and
//! changes no result: the parts find the same in the same bytes.

use std::ops::Range;

use super::look::{Look, SEEN};
use super::part::{Part, Take};
use super::run::Run;
use super::stop::Stop;
use super::window::{ROWS, Walkers, Window};
use crate::events::chunk::ABSENT;
use crate::events::span::Span;
use crate::events::{Number, Text};
use crate::formats::field::Field;
use crate::formats::places::Places;
use crate::formats::value;

/// Longest text of such fields, in bytes.
const LENGTH_MAX: usize = 96;
/// At least so many of twelve lines hold it. Where a field often says another thing, what comes next
/// cannot be foretold, and a wrong guess costs more than looking for its end.
const OF_TWELVE_MIN: usize = 11;

/// A line that was usual, and where the field of each part begins in it.
pub(super) type Walked<'a> = (&'a [u8], Vec<usize>);

/// Some parts whose fields mostly hold the same values: those, with the literals behind them.
#[derive(Debug, Clone)]
pub(super) struct Steady {
    parts: Range<usize>,
    /// Sixteen bytes each, and which of them count.
    blocks: Vec<([u8; SEEN], u32)>,
    length: usize,
    numbers: Vec<(Number, i64)>,
    /// Where in it they begin, and how long they are.
    texts: Vec<(Text, usize, usize)>,
}

impl Steady {
    /// Those among all parts of some lines.
    pub(super) fn among(parts: &[Part], lines: &[Walked<'_>]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut from = 0;
        while from < parts.len() {
            let mut steady = None;
            for to in from + 1..=parts.len() {
                match Self::of(parts, from..to, lines) {
                    Some(longer) => steady = Some(longer),
                    None => break,
                }
            }
            // A literal alone is compared anyway.
            let is_worth = |one: &Self| parts[one.parts.clone()].iter().any(has_field);
            from = match steady.filter(is_worth) {
                Some(steady) => {
                    let behind = steady.parts.end;
                    found.push(steady);
                    behind
                }
                None => from + 1,
            };
        }
        found
    }

    /// Some parts, if most lines hold the same there.
    fn of(parts: &[Part], range: Range<usize>, lines: &[Walked<'_>]) -> Option<Self> {
        if !can_be(parts.get(range.end - 1)?) {
            return None;
        }
        let usual = lines.get(lines.len() / 2)?;
        let text = text_of(usual, &range)?;
        let its = lines
            .iter()
            .filter(|one| text_of(one, &range) == Some(text));
        let is_steady = 12 * its.count() >= OF_TWELVE_MIN * lines.len();
        (is_steady && text.len() <= LENGTH_MAX).then_some(())?;
        Self::new(parts, range, usual)
    }

    /// What a line holds in some parts.
    fn new(parts: &[Part], range: Range<usize>, walked: &Walked<'_>) -> Option<Self> {
        let text = text_of(walked, &range)?;
        let blocks = text.chunks(SEEN).map(|bytes| {
            let mut block = [0; SEEN];
            block[..bytes.len()].copy_from_slice(bytes);
            (block, (1 << bytes.len()) - 1)
        });
        let mut steady = Self {
            parts: range.clone(),
            blocks: blocks.collect(),
            length: text.len(),
            numbers: Vec::new(),
            texts: Vec::new(),
        };
        let begin = begin_of(walked, range.start)?;
        for i in range {
            let part = parts.get(i)?;
            let start = begin_of(walked, i)?;
            let end = begin_of(walked, i + 1)?.checked_sub(part.literal.bytes().len())?;
            let piece = walked.0.get(start..end)?;
            match (part.take, part.field) {
                (Take::Number(number), Field::Level(scale)) => {
                    let level = value::level(piece, scale).unwrap_or(ABSENT);
                    steady.numbers.push((number, level));
                }
                (Take::Text(text, _), _) => steady.texts.push((text, start - begin, piece.len())),
                _ => {}
            }
        }
        Some(steady)
    }

    /// The first of its parts.
    pub(super) fn first(&self) -> usize {
        self.parts.start
    }

    /// Takes the fields of all lines that are being walked, and goes on behind the last literal,
    /// that of the part before the one whose number it gives.
    pub(super) fn walk(
        &self,
        parts: &[Part],
        buffer: &[u8],
        places: &Places,
        window: &mut Window,
    ) -> usize {
        let its = self.walk_usual(buffer, &mut window.walkers, &mut window.run);
        if !window.walkers.are_all(its) {
            let resting = window.walkers.rest(its);
            for part in &parts[self.parts.clone()] {
                part.walk(buffer, places, window);
            }
            window.walkers.wake(resting);
        }
        self.parts.end
    }

    /// Walks the lines that hold its text. Which do, a bit each.
    fn walk_usual(&self, buffer: &[u8], walkers: &mut Walkers, run: &mut Run) -> u64 {
        let (mut its, mut first) = (0, None);
        walkers.step(|row, at, end| {
            if !self.stands(buffer, at, end) {
                return Some(at);
            }
            its |= 1 << row;
            first = first.or(Some(at));
            Some(at + self.length)
        });
        let Some(first) = first else {
            return 0;
        };
        for (number, value) in &self.numbers {
            let column = run.numbers_mut(*number);
            each(its, |row| column[row] = *value);
        }
        for (text, start, length) in &self.texts {
            // The same bytes: those of one line, so that they are seen to be the same.
            let span = Span::of(first + start, first + start + length);
            let column = run.texts_mut(*text);
            each(its, |row| column[row] = span);
        }
        its
    }

    /// Whether a line that goes to `end` holds it at this place.
    #[inline]
    fn stands(&self, buffer: &[u8], at: usize, end: usize) -> bool {
        let mut from = at;
        for (block, mask) in &self.blocks {
            match Look::at(buffer, from) {
                Some(look) if look.same(*block) & mask == *mask => from += SEEN,
                _ => return false,
            }
        }
        at + self.length <= end
    }
}

/// Whether a part takes up bytes of its own.
fn has_field(part: &Part) -> bool {
    part.stop != Stop::Here
}

/// Whether a part says the same wherever the same bytes stand, and ends in them.
fn can_be(part: &Part) -> bool {
    let is_level = matches!(part.field, Field::Level(_));
    let is_kept = match part.take {
        Take::Skip | Take::Text(..) => true,
        Take::Number(_) => is_level,
        Take::Time | Take::Address { .. } | Take::Request | Take::RequestId => false,
    };
    is_kept && part.judge.is_none() && !part.may_end && !part.literal.bytes().is_empty()
}

/// Where a part begins in a line; the line's end for the one behind the last.
fn begin_of((line, begins): &Walked<'_>, part: usize) -> Option<usize> {
    match begins.get(part) {
        Some(begin) => Some(*begin),
        None => (part == begins.len()).then_some(line.len()),
    }
}

/// What a line holds from the first of some parts to the end of the last.
fn text_of<'a>(walked: &Walked<'a>, parts: &Range<usize>) -> Option<&'a [u8]> {
    let (begin, end) = (begin_of(walked, parts.start)?, begin_of(walked, parts.end)?);
    walked.0.get(begin..end)
}

/// Each row of a set.
#[inline]
fn each(mut set: u64, mut take: impl FnMut(usize)) {
    while set != 0 {
        take(set.trailing_zeros() as usize % ROWS);
        set &= set - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::express::Express;
    use crate::formats::field::LevelScale;
    use crate::formats::stamp::StampKind;

    #[test]
    fn fields_that_say_the_same_are_found_with_the_literals_around_them() {
        let mut express = Express::new(true);
        for (field, stop, literal) in [
            (Field::Skip, Stop::Here, "l="),
            (Field::Level(LevelScale::Words), Stop::Word, " b="),
            (Field::Number(Number::Bytes), Stop::Word, " m=\""),
            (Field::Message, Stop::Quote, "\" t="),
            (Field::Time(StampKind::Any), Stop::Word, ""),
        ] {
            let added = express.add(field, stop, literal.as_bytes(), None);
            assert!(added.is_some(), "{literal}");
        }
        let both = &[(0, 2), (3, 4)][..];
        for (others, expected) in [(0, both), (1, both), (2, &both[1..])] {
            let line = |i: usize| {
                let level = if i < others { "warn" } else { "info" };
                format!("l={level} b={i} m=\"done\" t=1709510400")
            };
            let lines: Vec<String> = (0..12).map(line).collect();
            let walked = lines.iter().map(|line| {
                let behind = |text: &str| line.find(text).expect("there") + text.len();
                let begins = ["l=", " b=", " m=\"", " t="].map(behind);
                (line.as_bytes(), [&[0], &begins[..]].concat())
            });
            let found = Steady::among(&express.parts, &walked.collect::<Vec<_>>());
            let parts = |one: &Steady| (one.parts.start, one.parts.end);
            let found: Vec<_> = found.iter().map(parts).collect();
            assert_eq!(found, expected, "{others}");
        }
    }
}
