//! The short way through a template: lines of its usual shape, straight into columns.
//!
//! In: a line of a batch and where its quotes stand. Out: an event, the same that the template
//! itself would make of it, or nothing at all: what is not of the usual shape (an escaped quote, a
//! list where one word is usual, a number that is none) is left to the template. The law below
//! holds the two together.

use std::collections::BTreeSet;

use super::Template;
use super::step::{Step, find, fits, fits_always, fits_at_once};
use crate::events::chunk::ABSENT;
use crate::events::{Number, Text};
use crate::formats::address::{first_of_list, without_port};
use crate::formats::field::{Field, Unit};
use crate::formats::quotes::Quotes;
use crate::formats::row::is_method;
use crate::formats::search::find_byte;
use crate::formats::stamp::StampReader;
use crate::formats::{Parsed, StampSide, value};
use crate::lines::LineBatch;

/// Most numbers, and most texts, of a line that goes this way.
const FIELDS_MAX: usize = 8;
/// Longest literal, in bytes: it is compared as a word.
const LITERAL_LENGTH_MAX: usize = 8;
/// Longest number, in bytes.
const DIGITS_MAX: usize = 12;

/// A template whose usual lines can go the short way.
#[derive(Debug, Clone)]
pub struct Express<'t> {
    parts: Vec<Part<'t>>,
    /// Where the numbers and the texts go, by their places.
    numbers: Vec<Number>,
    texts: Vec<Text>,
    side: StampSide,
    quotes: Quotes,
}

/// A step, and all that is known of it beforehand.
#[derive(Debug, Clone)]
struct Part<'t> {
    step: &'t Step,
    take: Take,
    stop: Stop,
    literal_length: usize,
    /// Not any piece that ends there is one of the field's.
    is_judged: bool,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Take {
    Skip,
    Time,
    Whole(usize),
    Decimal(Unit, usize),
    Text(usize),
    Address(usize),
    FirstAddress(usize),
    /// The method's place.
    Request(usize),
}

/// Where a field ends.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Quote,
    Byte(u8),
    LineEnd,
}

/// What a line holds so far.
struct Held<'a> {
    time_ns: i64,
    latency_us: Option<i64>,
    numbers: [i64; FIELDS_MAX],
    texts: [&'a [u8]; FIELDS_MAX],
    target: &'a [u8],
}

impl Template {
    /// The short way for its lines, if all of its fields can go it.
    pub fn express(&self, side: StampSide, batch: &LineBatch) -> Option<Express<'_>> {
        let (mut numbers, mut texts, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for step in &self.steps {
            let literal_length = step.literal.len();
            if step.to_last || step.is_list || literal_length > LITERAL_LENGTH_MAX {
                return None;
            }
            let stop = match step.literal.first() {
                None => Stop::LineEnd,
                Some(b'"') => Stop::Quote,
                Some(&byte) => Stop::Byte(byte),
            };
            parts.push(Part {
                step,
                take: take(step.field, &mut numbers, &mut texts)?,
                stop,
                literal_length,
                is_judged: !fits_always(step),
            });
        }
        let timed = parts.iter().any(|part| part.take == Take::Time);
        let distinct = |n: usize, all: BTreeSet<usize>| all.len() == n && n <= FIELDS_MAX;
        let fits = distinct(
            numbers.len(),
            numbers.iter().map(|one| *one as usize).collect(),
        ) && distinct(texts.len(), texts.iter().map(|one| *one as usize).collect());
        (timed && fits && !self.padded).then(|| Express {
            parts,
            numbers,
            texts,
            side,
            quotes: Quotes::of(batch.buffer()),
        })
    }
}

/// What becomes of a field, and where its number or text goes. `None` for what does not go the
/// short way.
fn take(field: Field, numbers: &mut Vec<Number>, texts: &mut Vec<Text>) -> Option<Take> {
    let place = |texts: &mut Vec<Text>, text| {
        texts.push(text);
        texts.len() - 1
    };
    Some(match field {
        Field::Skip => Take::Skip,
        Field::Time(_) => Take::Time,
        Field::Number(Number::LatencyUs) | Field::Latency(Unit::Written) => return None,
        Field::Text(Text::Message | Text::Kind | Text::Endpoint) => return None,
        Field::Number(number) => {
            numbers.push(number);
            Take::Whole(numbers.len() - 1)
        }
        Field::Latency(unit) => {
            numbers.push(Number::LatencyUs);
            Take::Decimal(unit, numbers.len() - 1)
        }
        Field::Text(text) => Take::Text(place(texts, text)),
        Field::Address => Take::Address(place(texts, Text::Client)),
        Field::Addresses => Take::FirstAddress(place(texts, Text::Client)),
        Field::Request => Take::Request(place(texts, Text::Method)),
        _ => return None,
    })
}

impl Express<'_> {
    /// Makes an event of a line of the usual shape. False, with no trace, for any other.
    #[inline]
    pub fn read(
        &self,
        (batch, i): (&LineBatch, usize),
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) -> bool {
        let (start, end) = batch.range(i);
        let mut held = Held {
            time_ns: 0,
            latency_us: None,
            numbers: [ABSENT; FIELDS_MAX],
            texts: [&[]; FIELDS_MAX],
            target: &[],
        };
        let walked = self.walk(batch.buffer(), (start, end), stamps, &mut held);
        if walked.is_some() {
            let length = (end - start) as u32;
            self.commit(&held, (i as u64, batch.offset(i), length), parsed);
        }
        walked.is_some()
    }

    /// `None` where a part does not find what is usual.
    #[inline]
    fn walk<'a>(
        &self,
        buffer: &'a [u8],
        (start, end): (usize, usize),
        stamps: &mut StampReader,
        held: &mut Held<'a>,
    ) -> Option<()> {
        let mut at = start;
        for part in &self.parts {
            let stop = match part.take {
                Take::Time => {
                    at = time(buffer, (at, end), part.step, stamps, held)?;
                    continue;
                }
                Take::Whole(place) => {
                    let (value, stop) = whole(buffer, at, end)?;
                    *held.numbers.get_mut(place)? = value;
                    stop
                }
                Take::Decimal(unit, place) => {
                    let (micro, stop) = decimal(buffer, at, end, unit)?;
                    held.latency_us = value::of_micro(micro, unit);
                    *held.numbers.get_mut(place)? = held.latency_us.unwrap_or(ABSENT);
                    stop
                }
                take => {
                    let stop = self.stop(part, buffer, at, end)?;
                    let piece = &buffer[at..stop];
                    let step = part.step;
                    if part.is_judged {
                        (fits_at_once(step, piece) || fits(step.field, piece)).then_some(())?;
                    }
                    held.take(take, piece)?;
                    stop
                }
            };
            if part.literal_length > 0 {
                if stop == end {
                    return part.step.may_end.then_some(());
                }
                let word = u64::from_le_bytes(*buffer.get(stop..)?.first_chunk()?);
                ((word ^ part.step.word) & part.step.mask == 0).then_some(())?;
            } else if stop != end {
                return None;
            }
            at = stop + part.literal_length;
        }
        Some(())
    }

    /// Where a field ends that is no number.
    #[inline]
    fn stop(&self, part: &Part<'_>, buffer: &[u8], at: usize, end: usize) -> Option<usize> {
        match part.stop {
            Stop::LineEnd => Some(end),
            Stop::Byte(byte) => Some(at + find_byte(byte, &buffer[at..end])?),
            Stop::Quote => {
                let stop = self.quotes.next(at);
                // An escaped quote, or one of another line.
                let is_odd = stop >= end || stop > at && buffer[stop - 1] == b'\\';
                (!is_odd).then_some(stop)
            }
        }
    }

    #[inline]
    fn commit(
        &self,
        held: &Held<'_>,
        (line, offset, length): (u64, u64, u32),
        parsed: &mut Parsed,
    ) {
        let worked_ns = match (self.side, held.latency_us) {
            (StampSide::End, Some(us)) => us.saturating_mul(1000),
            _ => 0,
        };
        let time_ns = held.time_ns.saturating_sub(worked_ns);
        parsed.chunk.open(time_ns, line, offset, length);
        for (number, value) in self.numbers.iter().zip(held.numbers) {
            if value != ABSENT {
                parsed.chunk.set_number(*number, value);
            }
        }
        for (text, piece) in self.texts.iter().zip(held.texts) {
            if !piece.is_empty() {
                parsed.put_plain(*text, piece);
            }
        }
        if !held.target.is_empty() {
            parsed.put_target(held.target);
        }
    }
}

/// Reads a stamp; where the next field begins.
#[inline]
fn time(
    buffer: &[u8],
    (at, end): (usize, usize),
    step: &Step,
    stamps: &mut StampReader,
    held: &mut Held<'_>,
) -> Option<usize> {
    let rest = &buffer[at..end];
    if let Some((length, time_ns)) = stamps.again(rest, &step.literal) {
        held.time_ns = time_ns;
        return Some(at + length + step.literal.len());
    }
    let (piece, tail, _) = find(rest, step)?;
    fits(step.field, piece).then_some(())?;
    held.time_ns = stamps.read(piece)?;
    if step.is_plain_time() {
        stamps.stood_before(piece, &step.literal);
    }
    Some(end - tail.len())
}

impl<'a> Held<'a> {
    /// Keeps a piece that is no number. `None` for what does not go the short way.
    #[inline]
    fn take(&mut self, take: Take, piece: &'a [u8]) -> Option<()> {
        let (place, piece) = match take {
            Take::Text(place) => (place, piece),
            Take::Address(place) => (place, without_port(piece)),
            Take::FirstAddress(place) => (place, first_of_list(piece)),
            Take::Request(place) => {
                let at = find_byte(b' ', piece).filter(|&at| is_method(&piece[..at]))?;
                let target = &piece[at + 1..];
                if matches!(target, [] | [b' ' | b'-', ..]) {
                    return None;
                }
                self.target = target;
                (place, &piece[..at])
            }
            Take::Skip | Take::Time | Take::Whole(_) | Take::Decimal(..) => return Some(()),
        };
        if piece != b"-" {
            *self.texts.get_mut(place)? = piece;
        }
        Some(())
    }
}

/// A whole number and where it ends; `ABSENT` for a dash. `None` for anything else.
#[inline]
fn whole(buffer: &[u8], at: usize, end: usize) -> Option<(i64, usize)> {
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
fn decimal(buffer: &[u8], at: usize, end: usize, unit: Unit) -> Option<(i64, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::row::{Place, Row};
    use crate::formats::stamp::StampKind;
    use crate::formats::template::split_any;
    use proptest::prelude::*;

    const TIMED: &str = r#"{client:list} - {user} [{time:clf}] "{request}" {status} {bytes} "{_}" "{agent}" rt={latency:s}{?} {_}"#;
    const COMBINED: &str =
        r#"{client} {_} {user} [{time:clf}] "{request}" {status} {bytes}{?} "{_}" "{agent}""#;
    const USUAL: &str = r#"198.51.100.7 - - [22/Jul/2015:15:35:10 +0100] "GET /a/17?b HTTP/1.1" 200 5 "-" "curl/8 (a long name of a program)" rt=0.250 urt="0.2""#;

    /// What a batch of lines becomes: by the short way where it can be gone, and by the template.
    /// Gives how many went the short way.
    fn check(template: &str, text: &str) -> usize {
        let template = Template::compile(template, Some("]: ")).expect("compiles");
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let express = template.express(StampSide::End, &batch).expect("it can");
        let reader = || StampReader::new(StampKind::Clf, Zone::UTC);
        let (mut stamps, mut others) = (reader(), reader());
        let (mut short, mut whole) = (Parsed::of_lines(9), Parsed::of_lines(9));
        let mut gone = 0;
        for i in 0..batch.len() {
            if !express.read((&batch, i), &mut stamps, &mut short) {
                continue;
            }
            gone += 1;
            let mut row = Row::new();
            let line = batch.line(i);
            let split = split_any(std::slice::from_ref(&template), line, &mut row, &mut others);
            assert!(split.is_some(), "{}", String::from_utf8_lossy(line));
            let place = Place {
                line: i as u64,
                offset: batch.offset(i),
                length: line.len() as u32,
            };
            assert!(row.commit(place, StampSide::End, &mut whole));
        }
        short.chunk.seal();
        whole.chunk.seal();
        assert_eq!(short.chunk, whole.chunk);
        for (one, other) in short.names.iter().zip(&whole.names) {
            assert!(
                one.iter().eq(other.iter()),
                "the same names in the same order"
            );
        }
        gone
    }

    #[test]
    fn usual_lines_go_the_short_way_and_odd_ones_do_not() {
        assert_eq!(check(TIMED, &format!("{USUAL}\n{USUAL}\n")), 2);
        let last = "a line behind them, since the end of the buffer is too near for a word";
        for (from, to) in [
            ("curl", r#"\"curl"#),
            ("198.51.100.7", "198.51.100.7, 10.0.0.1"),
            ("GET /a/17?b HTTP/1.1", r"\x16\x03\x01"),
            ("200 5", "200 x"),
            ("0.250", "-"),
            ("22/Jul", "32/Jul"),
        ] {
            let odd = USUAL.replacen(from, to, 1);
            assert_eq!(check(TIMED, &format!("{odd}\n{last}\n")), 0, "{odd}");
        }
    }

    #[test]
    fn a_template_with_two_of_a_field_goes_the_long_way() {
        let batch = LineBatch::split(Vec::new(), 0);
        for text in [
            "{client} {client} [{time:clf}]",
            "{client} [{status}]",
            "{message} [{time:clf}]",
        ] {
            let template = Template::compile(text, None).expect("compiles");
            assert!(template.express(StampSide::End, &batch).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_goes_the_short_way_becomes_what_the_template_makes_of_it(
            lines in prop::collection::vec(
                r#"(::1|[0-9.]{7,15}|a:80|\[::1\]:80|b, c|)( -){0,2} (-|bob|a b) \[2[2-3]/Jul/2015:15:35:1[0-2] \+0100\] "((GET|get|) ?(/|-|[a-z/?#0-9.]{0,80}|http://x/y)( HTTP/1\.1)?)" (200|-|502|0|x|12345678901234) (-|[0-9]{0,13})( "(-|[a-z]{0,40}|\\")" "(-|[a-zA-Z/;() ]{0,90})")?( rt=[0-9]{0,8}\.?[0-9]{0,8})?( (-|urt="[0-9]"))?"#,
                1..6,
            ),
        ) {
            let text = lines.join("\n");
            check(TIMED, &text);
            check(COMBINED, &text);
        }

        #[test]
        fn any_bytes_are_safe(text: Vec<u8>) {
            let template = Template::compile(COMBINED, None).expect("compiles");
            let batch = LineBatch::split(text, 0);
            let express = template.express(StampSide::End, &batch).expect("it can");
            let mut stamps = StampReader::new(StampKind::Clf, Zone::UTC);
            let mut parsed = Parsed::of_lines(batch.len() as u64);
            for i in 0..batch.len() {
                express.read((&batch, i), &mut stamps, &mut parsed);
            }
        }
    }
}
