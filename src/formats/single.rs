//! One line by an engine that reads lines one by one.
//!
//! In: a line and a format. Out: the pieces of the event that it is, in a row. Makes no event of
//! them, and knows nothing of the lines around it.

use super::field::Field;
use super::row::Row;
use super::shape::Shapes;
use super::stamp::{StampContext, StampKind, StampReader};
use super::{Also, Engine, Format};
use super::{dateless, logfmt, plain, template};
use crate::clock::Zone;
use crate::events::Text;
use crate::lines::LineBatch;

/// Splits a line by the format's engine. `None` for lines that are none of its events.
pub(super) fn split<'a>(
    format: &'a Format,
    line: &'a [u8],
    shapes: &mut Shapes,
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> Option<()> {
    match &format.engine {
        Engine::Template(alternatives) => template::split_any(alternatives, line, row, stamps),
        Engine::Json(plan) => plan.split(line, shapes, row, stamps),
        Engine::Regex(patterns) => patterns
            .iter()
            .find_map(|pattern| pattern.split(line, row, stamps)),
        Engine::Logfmt(plan) => logfmt::split(plan, line, shapes, row, stamps),
        Engine::Plain => plain::split(line, row, stamps),
        Engine::Clock => dateless::split(line, row, stamps),
        Engine::Delimited(_)
        | Engine::W3c(_)
        | Engine::Blocks(_)
        | Engine::Entries(_)
        | Engine::Records(_)
        | Engine::Csv(_)
        | Engine::Headed(_)
        | Engine::Otlp(_) => None,
    }
}

/// A line that is no event of the format's own, as one of its other shapes.
pub(super) fn split_other<'a>(
    format: &'a Format,
    line: &'a [u8],
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> Option<&'a Also> {
    format.also.iter().find(|also| {
        row.clear();
        let is_one = also.template.split(line, row, stamps).is_some() && row.time_ns().is_some();
        if let Some(kind) = also.kind.as_ref().filter(|_| is_one) {
            row.set_text(Text::Kind, kind.as_bytes());
        }
        is_one
    })
}

/// The messages of a sample's lines, as they are written. `is_timed`: a layer says when the lines
/// were written; those that text has no stamp for are messages as a whole.
pub(super) fn messages_in(format: &Format, sample: &LineBatch, is_timed: bool) -> Vec<Vec<u8>> {
    let context = StampContext::from(Zone::UTC).open_start();
    let mut stamps = StampReader::new(stamp_kind(format), context);
    let (mut shapes, mut row) = (Shapes::default(), Row::new());
    let is_text = matches!(format.engine, Engine::Plain);
    let mut messages = Vec::new();
    for line in (0..sample.len()).map(|i| sample.line(i)) {
        row.clear();
        let is_read = split(format, line, &mut shapes, &mut row, &mut stamps).is_some();
        if !is_read && is_timed && is_text {
            plain::message(line, &mut row, &mut stamps);
        }
        let message = row.text_bytes(Text::Message);
        if !message.is_empty() {
            messages.push(message.to_vec());
        }
    }
    messages
}

/// How its stamps are written.
pub(super) fn stamp_kind(format: &Format) -> StampKind {
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
        Engine::Json(plan) | Engine::Logfmt(plan) => {
            plan.wanted().iter().find_map(|(_, field)| time_of(field))
        }
        Engine::Regex(patterns) => patterns
            .iter()
            .find_map(super::pattern::Pattern::stamp_kind),
        Engine::Csv(csv) => csv.columns().iter().find_map(time_of),
        Engine::Headed(headed) => headed.wanted().iter().find_map(|(_, field)| time_of(field)),
        Engine::Clock => Some(StampKind::Clock),
        _ => None,
    }
    .unwrap_or(StampKind::Any)
}
