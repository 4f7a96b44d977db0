//! A batch of lines through a format's engine.

use super::names::{Names, empty_tables};
use super::row::{Place, Row};
use super::search::{find_text, rarest};
use super::shape::Shapes;
use super::stamp::{StampKind, StampReader};
use super::{Engine, Format, Parsed, delimited, logfmt, plain, template};
use crate::clock::Zone;
use crate::events::{Interner, Text};
use crate::lines::LineBatch;

/// Parses a batch. `zone` is for stamps without an offset.
pub fn parse(format: &Format, zone: Zone, batch: &LineBatch) -> Parsed {
    parse_naming(format, zone, batch, empty_tables())
}

/// The same with the names that a worker keeps from the blocks of this source before.
pub fn parse_with(
    format: &Format,
    zone: Zone,
    batch: &LineBatch,
    source: usize,
    names: &mut Names,
) -> Parsed {
    let mut parsed = parse_naming(format, zone, batch, names.lend(source));
    parsed.fresh = Some(names.take_back(std::mem::take(&mut parsed.names)));
    parsed
}

fn parse_naming(format: &Format, zone: Zone, batch: &LineBatch, names: Vec<Interner>) -> Parsed {
    let mut parsed = Parsed::with_names(batch.len() as u64, names);
    parsed.chunk.expect(batch.len());
    let mut stamps = StampReader::new(stamp_kind(format), zone);
    match &format.engine {
        Engine::Blocks(blocks) => blocks.parse(format, batch, &mut stamps, &mut parsed),
        Engine::Entries(entries) => entries.parse(format, batch, &mut stamps, &mut parsed),
        Engine::Delimited(columns) => delimited::parse(columns, batch, &mut stamps, &mut parsed),
        _ => {
            // Other lines write other stamps: a balancer's own stand in its prefix.
            let mut others = StampReader::new(StampKind::Any, zone);
            let mut shapes = Shapes::default();
            let mut row = Row::new();
            for i in 0..batch.len() {
                row.clear();
                let known = (&mut shapes, &mut stamps, &mut others);
                one_line(format, batch, i, &mut row, known, &mut parsed);
            }
        }
    }
    parsed.written_offset = stamps.written_offset();
    parsed.chunk.seal();
    parsed
}

/// Parses text as one batch from the start of a source.
pub fn parse_text(format: &Format, zone: Zone, text: &[u8]) -> Parsed {
    parse(format, zone, &LineBatch::split(text.to_vec(), 0))
}

fn one_line<'a>(
    format: &'a Format,
    batch: &'a LineBatch,
    i: usize,
    row: &mut Row<'a>,
    (shapes, stamps, others): (&mut Shapes, &mut StampReader, &mut StampReader),
    parsed: &mut Parsed,
) {
    let line = batch.line(i);
    if line.trim_ascii_start().is_empty() {
        parsed.headers += 1;
        return;
    }
    let place = Place {
        line: i as u64,
        offset: batch.offset(i),
        length: line.len() as u32,
    };
    let read = split(format, line, shapes, row, stamps).is_some()
        || split_other(format, line, row, others).is_some();
    if read {
        if !format.marks.is_empty() {
            mark(format, row);
        }
        if row.commit(place, format.side, parsed) {
            return;
        }
    }
    if is_continuation(line) && !parsed.chunk.is_empty() {
        join(parsed, batch, i);
    } else {
        parsed.refuse(i as u64, line);
    }
}

fn split<'a>(
    format: &'a Format,
    line: &'a [u8],
    shapes: &mut Shapes,
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> Option<()> {
    match &format.engine {
        Engine::Template(alternatives) => template::split_any(alternatives, line, row, stamps),
        Engine::Json(plan) => plan.split(line, shapes, row, stamps),
        Engine::Logfmt(wanted) => logfmt::split(wanted, line, shapes, row, stamps),
        Engine::Plain => plain::split(line, row, stamps),
        Engine::Delimited(_) | Engine::Blocks(_) | Engine::Entries(_) => None,
    }
}

/// A line that is no event of the format's own, as one of its other shapes.
fn split_other<'a>(
    format: &'a Format,
    line: &'a [u8],
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> Option<()> {
    format.also.iter().find_map(|also| {
        row.clear();
        also.template.split(line, row, stamps)?;
        row.time_ns()?;
        row.set_text(Text::Kind, also.kind.as_bytes());
        Some(())
    })
}

/// Where a block may be cut: before a line that is not the continuation of another.
pub fn may_open_event(_before: Option<&[u8]>, line: &[u8]) -> bool {
    !line.is_empty() && !is_continuation(line)
}

/// A line that cannot open an event: indented, or the usual words of stack traces.
fn is_continuation(line: &[u8]) -> bool {
    const OPENINGS: [&[u8]; 4] = [b"Caused by:", b"Traceback ", b"... ", b"}"];
    matches!(line[0], b' ' | b'\t') || OPENINGS.iter().any(|opening| line.starts_with(opening))
}

fn join(parsed: &mut Parsed, batch: &LineBatch, i: usize) {
    parsed.joined += 1;
    let end = batch.offset(i) + batch.line(i).len() as u64;
    if let (Some(length), Some(offset)) =
        (parsed.chunk.length.last_mut(), parsed.chunk.offset.last())
    {
        *length = u32::try_from(end - offset).unwrap_or(u32::MAX);
    }
}

/// Gives an event whose message holds a mark of the format the mark's kind.
pub(super) fn mark<'a>(format: &'a Format, row: &mut Row<'a>) {
    let message = row.text_bytes(Text::Message);
    if let Some(found) = format
        .marks
        .iter()
        .find(|mark| contains(message, mark.contains.as_bytes()))
    {
        row.set_text(Text::Kind, found.kind.as_bytes());
    }
}

/// Short texts in short messages: building a searcher for each would cost more than the search.
fn contains(message: &[u8], text: &[u8]) -> bool {
    text.is_empty() || find_text(text, rarest(text), message).is_some()
}

fn stamp_kind(format: &Format) -> StampKind {
    use super::field::Field;
    let time_of = |field: &Field| match field {
        Field::Time(kind) => Some(*kind),
        _ => None,
    };
    match &format.engine {
        Engine::Template(templates) => templates
            .iter()
            .find_map(super::template::Template::stamp_kind),
        Engine::Json(plan) => plan.wanted().iter().find_map(|(_, field)| time_of(field)),
        Engine::Logfmt(wanted) => wanted.iter().find_map(|(_, field)| time_of(field)),
        _ => None,
    }
    .unwrap_or(StampKind::Any)
}
