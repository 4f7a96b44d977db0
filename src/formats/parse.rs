//! A batch of lines through a format's engine.

use super::copies::Copies;
use super::crash;
use super::express::{Express, Track};
use super::join::{self, Joiner};
use super::mixed::{self, Anew};
use super::requests::Layout;
use super::row::{Place, Row, SWITCHING_PROTOCOLS};
use super::shape::Shapes;
use super::single::{split, split_other, stamp_kind};
use super::stamp::{StampContext, StampKind, StampReader};
use super::wrap::layers::Origin;
use super::{Also, Engine, Format, Parsed, SourceKind, Tables};
use super::{delimited, gauges, plain};
use crate::events::{Number, Text};
use crate::lines::LineBatch;

/// Parses a batch. The context (or a zone alone) is for what stamps leave out.
pub fn parse(format: &Format, context: impl Into<StampContext>, batch: &LineBatch) -> Parsed {
    let parsed = parse_as(format, context.into(), batch, Anew::Judge);
    waited_for(parsed, format)
}

/// The same with the tables of the batch before.
pub fn parse_with(
    format: &Format,
    context: impl Into<StampContext>,
    batch: &LineBatch,
    tables: Tables,
) -> Parsed {
    let likely = tables.likely_events(batch.len());
    let mut parsed = Parsed::with_tables(batch.len() as u64, tables);
    parsed.chunk.expect(likely);
    let parsed = read_into(parsed, format, context.into(), batch, Anew::Judge);
    waited_for(parsed, format)
}

/// Nobody waits for the end of what lasts as long as its client wants. (A trial of formats sees
/// all that is written.)
fn waited_for(mut parsed: Parsed, format: &Format) -> Parsed {
    if !format.handshakes {
        let chunk = &mut parsed.chunk;
        chunk.clear_where(Number::LatencyUs, Number::Status, SWITCHING_PROTOCOLS);
    }
    parsed
}

/// The lines as they are written; `anew` says whether other formats may be looked for.
pub(super) fn parse_as(
    format: &Format,
    context: StampContext,
    batch: &LineBatch,
    anew: Anew,
) -> Parsed {
    let mut parsed = Parsed::of_lines(batch.len() as u64);
    parsed.chunk.expect(batch.len());
    read_into(parsed, format, context, batch, anew)
}

fn read_into(
    mut parsed: Parsed,
    format: &Format,
    context: StampContext,
    batch: &LineBatch,
    anew: Anew,
) -> Parsed {
    mixed::read(format, context, batch, anew, &mut parsed);
    parsed.chunk.seal();
    parsed
}

/// Lines through the format's engine alone. `origins` say when lines were written that have no
/// time of their own.
pub(super) fn engine(
    format: &Format,
    context: StampContext,
    batch: &LineBatch,
    origins: Option<&[Origin]>,
    parsed: &mut Parsed,
) {
    // What a wrapper dates fully is near to its own time.
    let full = |origin: &Origin| origin.time_ns.filter(|_| origin.is_full);
    let near = origins.and_then(|origins| origins.iter().find_map(full));
    let context = context.near(near.or(context.near_ns));
    let mut stamps = StampReader::new(stamp_kind(format), context);
    match &format.engine {
        Engine::Blocks(blocks) => blocks.parse(format, batch, &mut stamps, parsed),
        Engine::Entries(entries) => entries.parse(format, batch, origins, &mut stamps, parsed),
        Engine::Records(records) => records.parse(format, batch, &mut stamps, parsed),
        Engine::Csv(csv) => csv.parse(format, batch, &mut stamps, parsed),
        Engine::Headed(headed) => headed.parse(format, batch, &mut stamps, parsed),
        Engine::Otlp(otlp) => otlp.parse(format, batch, &mut stamps, parsed),
        Engine::W3c(w3c) => w3c.parse(format, batch, &mut stamps, parsed),
        Engine::Delimited(columns) => delimited::parse(columns, batch, &mut stamps, parsed),
        _ => {
            let mut lines = Lines {
                format,
                batch,
                origins,
                stamps: &mut stamps,
                // Other lines write other stamps: a balancer's own stand in its prefix.
                others: StampReader::new(StampKind::Any, context),
                shapes: Shapes::default(),
                row: Row::new(),
                so_far: SoFar::default(),
            };
            lines.parse(parsed);
        }
    }
    parsed.seen = stamps.seen();
}

/// The short way for usual lines, where all that a line says is in its template.
fn express(format: &Format) -> Option<Express> {
    match &format.engine {
        Engine::Template(alternatives) => alternatives.first()?.express(),
        _ => None,
    }
}

/// What is known of a batch beforehand, where lines may go the short way: without more in a line
/// than its fields. (Usual lines have a time of their own and need none from a layer.)
fn track<'a>(format: &'a Format, batch: &'a LineBatch) -> Option<Track<'a>> {
    let can = matches!(
        format.engine,
        Engine::Template(_) | Engine::Json(_) | Engine::Logfmt(_)
    );
    #[cfg(test)]
    let can = can && !super::laws::is_plain();
    let more = !format.messages.is_empty()
        || format.requests.is_some()
        || format.durations.is_some()
        || !format.gauges.is_empty()
        || !format.lasting.is_empty();
    (can && !more).then(|| Track::new(batch, format.side, &format.marks))
}

/// Lines of a batch on their way through an engine that reads them one by one.
struct Lines<'a> {
    format: &'a Format,
    batch: &'a LineBatch,
    origins: Option<&'a [Origin]>,
    stamps: &'a mut StampReader,
    others: StampReader,
    shapes: Shapes,
    row: Row<'a>,
    so_far: SoFar,
}

/// Lines that are looked at together where it is not known yet what is usual.
const FIRST_LOOK: usize = 4;

impl Lines<'_> {
    /// All lines: what is usual the short way.
    fn parse(&mut self, parsed: &mut Parsed) {
        let format = self.format;
        let mut copies = Copies::new(&format.distinct);
        let mut is_copy = |i| !format.distinct.is_empty() && copies.is_one(self.batch.line(i));
        let express = express(format);
        let Some(mut track) = track(format, self.batch) else {
            for i in 0..self.batch.len() {
                match is_copy(i) {
                    true => parsed.headers += 1,
                    false => self.one(i, parsed),
                }
            }
            return;
        };
        let (mut next, mut together) = (0, FIRST_LOOK);
        while let seen @ 1.. = track.look_at(next, &mut together, &mut is_copy) {
            parsed.headers += (seen - track.rows()) as u64;
            next += seen;
            match &express {
                Some(express) => _ = express.walk(&mut track, u64::MAX),
                None => self.shapes.walk(&mut track),
            }
            let odd = self.window(&mut track, parsed);
            let is_usual = 2 * odd < track.rows();
            together = if is_usual { 2 * together } else { FIRST_LOOK };
        }
    }

    /// The lines of a window in their order. How many of them were not usual.
    fn window(&mut self, track: &mut Track<'_>, parsed: &mut Parsed) -> usize {
        let mut odd = 0;
        for row in 0..track.rows() {
            if track.is_usual(row, self.stamps) {
                self.so_far.joiner.opened();
                self.so_far.is_read = true;
                continue;
            }
            track.flush(row, parsed);
            self.one(track.line(row), parsed);
            odd += 1;
        }
        track.flush(track.rows(), parsed);
        odd
    }

    /// A line the engine's way.
    fn one(&mut self, i: usize, parsed: &mut Parsed) {
        self.row.clear();
        #[cfg(test)]
        if super::laws::is_plain() {
            self.shapes = Shapes::default();
        }
        let outer_ns = self.origins.and_then(|origins| origins[i].time_ns);
        let known = (&mut self.shapes, &mut *self.stamps, &mut self.others);
        one_line(
            self.format,
            (self.batch, i),
            outer_ns,
            &mut self.row,
            known,
            &mut self.so_far,
            parsed,
        );
    }
}

/// Farther than this from the wrapper's time a stamp in a text is not the line's own.
const DAY_NS: u64 = 86_400_000_000_000;

/// What came before a line.
#[derive(Default)]
struct SoFar {
    joiner: Joiner,
    /// True if the line before is an event or belongs to one.
    is_read: bool,
}

impl SoFar {
    /// Whether a line without a stamp goes on with the event before it. One that tells of a request
    /// does not, though it may be indented (`  --> GET /pay 200 12ms`).
    fn goes_on(&self, format: &Format, line: &[u8]) -> bool {
        let tells = |layout: Layout| layout.read(line).is_some();
        self.is_read && self.joiner.clone().joins(line) && !format.requests.is_some_and(tells)
    }
}

/// Parses text as one batch from the start of a source.
pub fn parse_text(format: &Format, context: impl Into<StampContext>, text: &[u8]) -> Parsed {
    parse(format, context, &LineBatch::split(text.to_vec(), 0))
}

fn one_line<'a>(
    format: &'a Format,
    (batch, i): (&'a LineBatch, usize),
    outer_ns: Option<i64>,
    row: &mut Row<'a>,
    (shapes, stamps, others): (&mut Shapes, &mut StampReader, &mut StampReader),
    so_far: &mut SoFar,
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
    let is_own = split(format, line, shapes, row, stamps).is_some();
    let also = (!is_own).then(|| split_other(format, line, row, others));
    let also = also.flatten();
    let mut read = is_own || also.is_some();
    if is_own && matches!(format.engine, Engine::Plain) {
        plain::say_next(
            row,
            (i + 1 < batch.len()).then(|| batch.line(i + 1)),
            stamps,
        );
    }
    if let Some(outer_ns) = outer_ns {
        // A time somewhere in a text may be what the text is about.
        let is_far = |ns: i64| ns.abs_diff(outer_ns) > DAY_NS;
        if matches!(format.engine, Engine::Plain) && row.time_ns().is_some_and(is_far) {
            row.set_time_ns(outer_ns);
        }
        if !read && matches!(format.engine, Engine::Plain) && !so_far.goes_on(format, line) {
            plain::message(line, row, stamps);
            read = true;
        }
        // A pair alone, `addr=:80`, makes a text no logfmt.
        let is_pair = matches!(format.engine, Engine::Logfmt(_))
            && row.text_bytes(Text::Message).is_empty()
            && !row.has_number(Number::Level);
        if !is_pair {
            parsed.is_outer_timed |= row.set_outer_time(outer_ns);
        }
    }
    if read {
        let tells_of_request = messages(format, row, others);
        if row.is_lasting(&format.lasting) {
            row.forget_latency();
        }
        let at = parsed.chunk.len();
        if row.commit(place, format.side, parsed) {
            let kind = kind_of(format, also, tells_of_request);
            if kind != format.kind {
                parsed.foreign.push((at, kind));
            }
            if !format.gauges.is_empty() {
                gauges::add(&format.gauges, line, place, parsed);
            }
            so_far.joiner.opened();
            so_far.is_read = true;
            return;
        }
    }
    let (of, said) = ((format.kind, format.side), (line, place, outer_ns));
    if so_far.is_read && crash::add(of, said, (row, others), parsed) {
        so_far.joiner.crashed(line);
        return;
    }
    // What goes on with an unread line is unread.
    if so_far.joiner.joins(line) && so_far.is_read {
        join::join(parsed, batch, i);
    } else {
        so_far.is_read = false;
        parsed.refuse(i as u64, line);
    }
}

/// What an event is that was read as one of the format's other shapes or as its own.
fn kind_of(format: &Format, also: Option<&Also>, tells_of_request: bool) -> SourceKind {
    match (also, format.requests) {
        (Some(Also { kind: None, .. }), _) => SourceKind::App,
        (None, Some(_)) if tells_of_request => SourceKind::Access,
        (None, Some(_)) => SourceKind::App,
        _ => format.kind,
    }
}

/// Where a block may be cut: before a line that is not the continuation of another.
pub fn may_open_event(_before: Option<&[u8]>, line: &[u8]) -> bool {
    join::may_open(line)
}

/// Looks into the event's message: marks give it a kind and a level, shapes split it into fields.
/// Whether it tells of a request.
pub(super) fn messages<'a>(
    format: &'a Format,
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> bool {
    format.marks.apply(row);
    if !format.messages.is_empty() {
        row.split_message(&format.messages, stamps);
    }
    if let Some(durations) = &format.durations {
        row.take_work(durations);
    }
    let requests = format.requests.as_ref();
    requests.is_some_and(|layout| row.take_request(layout) || row.is_request())
}
