//! Blocks whose first lines go on with an event of the block before: a log that is followed is
//! handed on while a program is still writing its trace.
//!
//! In: the last event of the block before as it was written, and the lines behind it. Out: what
//! these lines became as if all had been one batch, without what they stand behind.

use super::stamp::StampContext;
use super::{Format, Parsed, Tables, crash, parse, parse_with};
use crate::events::Text;
use crate::lines::LineBatch;

/// The last event of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Its lines, up to the end of the block.
    pub bytes: Vec<u8>,
    /// What its stamp was read with.
    pub context: StampContext,
}

/// Parses a batch of which the first lines may belong to the event before it. If that event would
/// be another one with these lines, they are read alone: it is counted already.
pub fn parse_behind(
    format: &Format,
    (before, context): (Before, StampContext),
    batch: &LineBatch,
    tables: Tables,
) -> Parsed {
    let length = before.bytes.len() as u64;
    let Some(start) = batch.first_offset().checked_sub(length) else {
        return parse_with(format, context, batch, tables);
    };
    let under =
        |lines: Vec<u8>| LineBatch::split(lines, start).under(batch.header().map(Into::into));
    let both = under([&before.bytes, batch.buffer()].concat());
    let first = parse(format, before.context, &under(before.bytes));
    let mut parsed = parse_with(format, before.context, &both, tables);
    if begins_with(&parsed, &first) {
        take_off(&mut parsed, &first);
        parsed
    } else {
        parse_with(format, context, batch, parsed.take_tables())
    }
}

/// Where the last event of a batch from the start of a text begins; a crash is one only behind
/// another.
pub fn last_start(parsed: &Parsed) -> Option<usize> {
    let chunk = &parsed.chunk;
    let kinds = &parsed.names[Text::Kind as usize];
    let is_crash = |row: usize| {
        let kind = chunk.text_at(Text::Kind, row);
        kind.is_some_and(|kind| kinds.bytes(kind) == crash::KIND)
    };
    let row = (0..chunk.len()).rev().find(|row| !is_crash(*row))?;
    usize::try_from(chunk.offset[row]).ok()
}

/// What is counted of a batch, whatever its lines say.
fn counts(parsed: &Parsed) -> [u64; 6] {
    let Parsed {
        lines,
        joined,
        unparsed,
        headers,
        extra,
        left_out,
        ..
    } = parsed;
    [*lines, *joined, *unparsed, *headers, *extra, *left_out]
}

/// Whether all that `first` counts is counted by `parsed` too, and its events come first there.
fn begins_with(parsed: &Parsed, first: &Parsed) -> bool {
    let is_within = |(all, part): (u64, u64)| part <= all;
    let read_by = |name: &String| parsed.read_by.get(name).copied().unwrap_or(0);
    let same_times = parsed.chunk.time_ns.starts_with(&first.chunk.time_ns);
    let same_places = parsed.chunk.offset.starts_with(&first.chunk.offset);
    let mut counted = counts(parsed).into_iter().zip(counts(first));
    counted.all(is_within)
        && (same_times && same_places)
        && parsed.sightings.starts_with(&first.sightings)
        && first.read_by.iter().all(|(name, n)| *n <= read_by(name))
}

/// Takes what `first` counts off what begins with it.
fn take_off(parsed: &mut Parsed, first: &Parsed) {
    let rows: Vec<usize> = (first.chunk.len()..parsed.chunk.len()).collect();
    parsed.chunk = parsed.chunk.taken(&rows);
    for line in &mut parsed.chunk.line {
        *line = line.saturating_sub(first.lines);
    }
    parsed.foreign.retain(|(row, _)| first.chunk.len() <= *row);
    for (row, _) in &mut parsed.foreign {
        *row -= first.chunk.len();
    }
    parsed.samples.retain(|(line, _)| first.lines <= *line);
    for (line, _) in &mut parsed.samples {
        *line -= first.lines;
    }
    parsed.sightings.drain(..first.sightings.len());
    for (name, n) in &first.read_by {
        if let Some(left) = parsed.read_by.get_mut(name) {
            *left -= n;
        }
    }
    parsed.read_by.retain(|_, n| *n > 0);
    parsed.lines -= first.lines;
    parsed.joined -= first.joined;
    parsed.unparsed -= first.unparsed;
    parsed.headers -= first.headers;
    parsed.extra -= first.extra;
    parsed.left_out -= first.left_out;
}
