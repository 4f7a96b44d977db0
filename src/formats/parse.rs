//! A batch of lines through a format's engine.

use super::field::LevelScale;
use super::row::{Place, Row};
use super::stamp::{StampContext, StampKind, StampReader};
use super::{Engine, Format, Parsed, delimited, logfmt, plain};
use crate::events::Text;
use crate::lines::LineBatch;

/// Parses a batch. The context (or a zone alone) is for what stamps leave out.
pub fn parse(format: &Format, context: impl Into<StampContext>, batch: &LineBatch) -> Parsed {
    let context = context.into();
    let mut parsed = Parsed::of_lines(batch.len() as u64);
    let mut stamps = StampReader::new(stamp_kind(format), context);
    match &format.engine {
        Engine::Blocks(blocks) => blocks.parse(format, batch, &mut stamps, &mut parsed),
        Engine::Entries(entries) => entries.parse(format, batch, &mut stamps, &mut parsed),
        Engine::Csv(csv) => csv.parse(format, batch, &mut stamps, &mut parsed),
        Engine::Otlp(otlp) => otlp.parse(format, batch, &mut stamps, &mut parsed),
        Engine::W3c(w3c) => w3c.parse(format, batch, &mut stamps, &mut parsed),
        Engine::Delimited(columns) => delimited::parse(columns, batch, &mut stamps, &mut parsed),
        _ => {
            // Other lines write other stamps: a balancer's own stand in its prefix.
            let mut others = StampReader::new(StampKind::Any, context);
            for i in 0..batch.len() {
                one_line(format, batch, i, (&mut stamps, &mut others), &mut parsed);
            }
        }
    }
    parsed.seen = stamps.seen();
    parsed.chunk.seal();
    parsed
}

/// Parses text as one batch from the start of a source.
pub fn parse_text(format: &Format, context: impl Into<StampContext>, text: &[u8]) -> Parsed {
    parse(format, context, &LineBatch::split(text.to_vec(), 0))
}

fn one_line(
    format: &Format,
    batch: &LineBatch,
    i: usize,
    (stamps, others): (&mut StampReader, &mut StampReader),
    parsed: &mut Parsed,
) {
    let line = batch.line(i);
    if line.trim_ascii().is_empty() {
        parsed.headers += 1;
        return;
    }
    let mut row = Row::new();
    let place = Place {
        line: i as u64,
        offset: batch.offset(i),
        length: line.len() as u32,
    };
    let read = split(format, line, &mut row, stamps).is_some()
        || split_other(format, line, &mut row, others).is_some();
    if read {
        messages(format, &mut row, others);
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
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> Option<()> {
    match &format.engine {
        Engine::Template(alternatives) => alternatives.iter().find_map(|template| {
            let read = template.split(line, row, stamps).is_some() && row.time_ns().is_some();
            if !read {
                *row = Row::new();
            }
            read.then_some(())
        }),
        Engine::Json(plan) => plan.split(line, row, stamps),
        Engine::Regex(patterns) => patterns
            .iter()
            .find_map(|pattern| pattern.split(line, row, stamps)),
        Engine::Logfmt(wanted) => logfmt::split(wanted, line, row, stamps),
        Engine::Plain => plain::split(line, row, stamps),
        Engine::Delimited(_)
        | Engine::W3c(_)
        | Engine::Blocks(_)
        | Engine::Entries(_)
        | Engine::Csv(_)
        | Engine::Otlp(_) => None,
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
        *row = Row::new();
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

/// Looks into the event's message: marks give it a kind and a level, shapes split it into fields.
pub(super) fn messages<'a>(format: &'a Format, row: &mut Row<'a>, stamps: &mut StampReader) {
    if !format.marks.is_empty() {
        mark(format, row);
    }
    if !format.messages.is_empty() {
        row.split_message(&format.messages, stamps);
    }
}

/// Gives an event whose message holds a mark of the format the mark's kind and level.
pub(super) fn mark<'a>(format: &'a Format, row: &mut Row<'a>) {
    let message = row.text_bytes(Text::Message);
    if let Some(found) = format
        .marks
        .iter()
        .find(|mark| memchr::memmem::find(message, mark.contains.as_bytes()).is_some())
    {
        row.set_text(Text::Kind, found.kind.as_bytes());
        let level = found.level.as_ref();
        if let Some(level) =
            level.and_then(|word| super::value::level(word.as_bytes(), LevelScale::Words))
        {
            row.raise_level(level);
        }
    }
}

fn stamp_kind(format: &Format) -> StampKind {
    use super::field::Field;
    let time_of = |field: &Field| match field {
        Field::Time(kind) => Some(*kind),
        _ => None,
    };
    match &format.engine {
        Engine::Template(templates) => {
            let mut kinds = templates
                .iter()
                .filter_map(super::template::Template::stamp_kind);
            let first = kinds.next();
            first.filter(|first| kinds.all(|kind| kind == *first))
        }
        Engine::Json(plan) => plan.wanted().iter().find_map(|(_, field)| time_of(field)),
        Engine::Logfmt(wanted) => wanted.iter().find_map(|(_, field)| time_of(field)),
        Engine::Regex(patterns) => patterns
            .iter()
            .find_map(super::pattern::Pattern::stamp_kind),
        Engine::Csv(csv) => csv.columns().iter().find_map(time_of),
        _ => None,
    }
    .unwrap_or(StampKind::Any)
}
