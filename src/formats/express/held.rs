//! What the short way holds of a line, and the event that becomes of it.
//!
//! In: pieces of a line. Out: a row of a chunk, with the same numbers and names that a `Row` of
//! the same pieces gives. Finds no piece itself.

use super::{Express, Take, Track};
use crate::events::Number;
use crate::events::chunk::ABSENT;
use crate::events::sightings::Sighting;
use crate::formats::address::{first_of_list, without_port};
use crate::formats::field::Field;
pub use crate::formats::row::Treatment;
use crate::formats::row::{PARTS_LEVEL_MIN, is_method};
use crate::formats::search::find_byte;
use crate::formats::stamp::StampReader;
use crate::formats::{Parsed, StampSide, value};

/// Most numbers, and most texts, of a line.
pub(super) const FIELDS_MAX: usize = 8;

/// What a line holds so far.
#[derive(Debug)]
pub(super) struct Held<'a> {
    pub(super) time_ns: i64,
    pub(super) numbers: [i64; FIELDS_MAX],
    texts: [&'a [u8]; FIELDS_MAX],
    request_id: &'a [u8],
}

impl Default for Held<'_> {
    #[inline]
    fn default() -> Self {
        Self {
            time_ns: 0,
            numbers: [ABSENT; FIELDS_MAX],
            texts: [&[]; FIELDS_MAX],
            request_id: &[],
        }
    }
}

impl<'a> Held<'a> {
    /// Keeps a piece. `None` for what does not go the short way.
    #[inline]
    pub(super) fn take(
        &mut self,
        take: Take,
        piece: &'a [u8],
        stamps: &mut StampReader,
    ) -> Option<()> {
        let (place, piece) = match take {
            Take::Text(place) => (place, piece),
            Take::Address(place) => (place, without_port(piece)),
            Take::FirstAddress(place) => (place, first_of_list(piece)),
            Take::Request { method, endpoint } => {
                let at = find_byte(b' ', piece).filter(|&at| is_method(&piece[..at]))?;
                let target = &piece[at + 1..];
                if matches!(target, [] | [b' ' | b'-', ..]) {
                    return None;
                }
                *self.texts.get_mut(endpoint)? = target;
                (method, &piece[..at])
            }
            Take::Number(field, place) => {
                *self.numbers.get_mut(place)? = number(field, piece)?.unwrap_or(ABSENT);
                return Some(());
            }
            Take::Time => {
                self.time_ns = stamps.read(piece)?;
                return Some(());
            }
            Take::RequestId => {
                self.request_id = piece;
                return Some(());
            }
            Take::Skip | Take::Whole(_) | Take::Decimal(..) => return Some(()),
        };
        if piece != b"-" {
            *self.texts.get_mut(place)? = piece;
        }
        Some(())
    }

    fn number(&self, place: Option<usize>) -> Option<i64> {
        let value = place.and_then(|place| self.numbers.get(place));
        value.copied().filter(|value| *value != ABSENT)
    }
}

/// The value of a field that is a number, as `Row` reads it.
#[inline]
fn number(field: Field, bytes: &[u8]) -> Option<Option<i64>> {
    Some(match field {
        Field::Level(scale) => value::level(bytes, scale),
        Field::Latency(unit) => value::duration_us(bytes, unit),
        Field::Number(Number::Status) => value::integer(bytes).map(|status| status.max(0)),
        Field::Number(_) => value::integer(bytes),
        _ => return None,
    })
}

impl Express {
    /// Makes an event of what is held. `None`, with no trace, where a mark would change it.
    #[inline]
    pub(super) fn commit(
        &self,
        held: &Held<'_>,
        track: &Track<'_>,
        i: usize,
        parsed: &mut Parsed,
    ) -> Option<()> {
        let message = self.message.map_or(&[][..], |place| held.texts[place]);
        if !message.is_empty() && !track.marks.is_empty() && track.marks.may_mark(message) {
            return None;
        }
        let worked_ns = held.number(self.latency).unwrap_or(0).saturating_mul(1000);
        let time_ns = match track.side {
            StampSide::End => held.time_ns.saturating_sub(worked_ns),
            StampSide::Start => held.time_ns,
        };
        let (start, end) = track.batch.range(i);
        let offset = track.batch.offset(i);
        parsed
            .chunk
            .open(time_ns, i as u64, offset, (end - start) as u32);
        if !held.request_id.is_empty() {
            let end_ns = time_ns.saturating_add(worked_ns.max(0));
            let sighting = Sighting::of(held.request_id, time_ns, end_ns);
            parsed.sightings.extend(sighting);
        }
        for (number, value) in self.numbers.iter().zip(&held.numbers) {
            if *value != ABSENT {
                parsed.chunk.set_number(*number, *value);
            }
        }
        for ((text, treatment), piece) in self.texts.iter().zip(&held.texts) {
            if !piece.is_empty() {
                parsed.put_text(*text, piece, *treatment);
            }
        }
        if !message.is_empty() {
            let level = held.number(self.level);
            if level.is_none_or(|level| level >= PARTS_LEVEL_MIN) {
                parsed.take_parts_of(message);
            }
        }
        Some(())
    }
}
