//! What a piece of a line says: a duration, who asked, what was asked for, a number.
//!
//! In: where a piece stands. Out: its value, as `Row` reads it. Finds no piece.

use super::digits::{Quick, quick_decimal};
use super::look::{Look, SEEN};
use super::part::Take;
use super::run::Run;
use super::stop::find;
use crate::events::chunk::ABSENT;
use crate::events::span::Span;
use crate::events::{Number, Text};
use crate::formats::address::{first_of_list, without_port};
use crate::formats::field::{Field, Unit};
use crate::formats::row::is_method;
use crate::formats::value;

/// A duration of few digits, in microseconds.
#[inline]
pub(super) fn quick_duration(buffer: &[u8], at: usize, unit: Unit) -> Option<Quick> {
    let quick = quick_decimal(buffer, at, unit)?;
    let value = value::of_micro(quick.value, unit).unwrap_or(ABSENT);
    Some(Quick { value, ..quick })
}

/// What a piece that begins at `at` says of who asked.
pub(super) fn address(take: Take, piece: &[u8], at: usize) -> Span {
    let one = match take {
        Take::Address { of_list: true } => first_of_list(piece),
        _ => without_port(piece),
    };
    let start = at + (one.as_ptr() as usize - piece.as_ptr() as usize);
    Span::of(start, start + one.len())
}

/// Takes `GET /path HTTP/1.1`. `None` for what has no method, or no path behind it.
#[inline]
pub(super) fn request(
    buffer: &[u8],
    (at, stop): (usize, usize),
    row: usize,
    run: &mut Run,
) -> Option<()> {
    let capitals = Look::at(buffer, at).map_or(SEEN, Look::capitals);
    let space = match capitals {
        SEEN => long_method(buffer, at, stop)?,
        _ => at + capitals,
    };
    // A path and a method of at least one byte.
    let is_usual = space + 1 < stop && space > at;
    is_usual.then_some(())?;
    let [b' ', first, ..] = buffer[space..] else {
        return None;
    };
    if matches!(first, b' ' | b'-') {
        return None;
    }
    run.texts_mut(Text::Method)[row] = Span::of(at, space);
    run.texts_mut(Text::Endpoint)[row] = Span::of(space + 1, stop);
    Some(())
}

/// Where the space stands behind a method that one look does not see all of.
#[inline(never)]
fn long_method(buffer: &[u8], at: usize, stop: usize) -> Option<usize> {
    let space = find(b' ', buffer, at, stop)?;
    is_method(&buffer[at..space]).then_some(space)
}

/// The value of a field that is a number, as `Row` reads it.
#[inline]
pub(super) fn number_of(field: Field, bytes: &[u8]) -> Option<Option<i64>> {
    Some(match field {
        Field::Latency(unit) => value::duration_us(bytes, unit),
        Field::Number(Number::Status) => value::integer(bytes).map(|status| status.max(0)),
        Field::Number(_) => value::integer(bytes),
        _ => return None,
    })
}
