//! A batch through all that its source may hold: the layers around its lines, its own format,
//! and other formats for the lines which that refuses.
//!
//! In: a batch and a format with what is `Around` it. Out: events in the order of the lines,
//! each pointing to the lines of the batch; every line accounted for. Splits no lines itself:
//! the engines do.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::catalogue::builtin_named;
use super::marks::Marks;
use super::parse::engine;
use super::placed::{attach, is_set_right, length, put_in_order, refine, settle};
use super::stamp::{Seen, StampContext};
use super::template::Template;
use super::wrap::layers::{Lane, Origin};
use super::wrap::{self, Wrapper};
use super::{Engine, Format, Parsed, SourceKind, StampSide, catalogue, clean, detect, join, plain};
use crate::events::{Interner, Text};
use crate::lines::LineBatch;

/// What a source's lines have around them, and which other lines stand among them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Around {
    /// Layers around the lines, outermost first.
    pub wrappers: Vec<Wrapper>,
    /// Formats for lines that the source's own refuses, in the order they are tried.
    pub others: Vec<Format>,
}

/// Whether a batch that is hardly read is judged anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// Its refused lines are looked at again.
    Judge,
    /// It is taken as it is: the format itself is being judged.
    Keep,
}

/// A batch is judged anew if so many lines are refused ...
const REFUSED_MIN: usize = 20;
/// ... and at least this share.
const REFUSED_SHARE: f64 = 0.3;
/// Lines on their way through one format after the other.
struct Reading<'a> {
    format: &'a Format,
    context: StampContext,
    batch: &'a LineBatch,
    /// What the layers say of each line, if there are layers.
    origins: Option<&'a [Origin]>,
}

/// Reads a batch. Whoever calls seals the chunk.
pub fn read(
    format: &Format,
    context: StampContext,
    batch: &LineBatch,
    anew: Anew,
    parsed: &mut Parsed,
) {
    let mut refused = lines(format, context, batch, anew, parsed);
    put_in_order(parsed);
    if matches!(format.engine, Engine::Plain | Engine::Clock) {
        refused = attach(batch, &refused, parsed);
    }
    for i in refused {
        parsed.refuse(i as u64, batch.line(i));
    }
}

/// The lines of a sample that a format with what is around it refuses, even where they would be
/// taken for the rest of a message.
pub(super) fn refused(format: &Format, context: StampContext, sample: &LineBatch) -> Vec<usize> {
    let mut parsed = Parsed::of_lines(sample.len() as u64);
    lines(format, context, sample, Anew::Keep, &mut parsed)
}

/// The lines of a sample that a format with its others refuses, without layers, and without those
/// that go on with a line before them.
pub(super) fn left_over(format: &Format, context: StampContext, sample: &LineBatch) -> LineBatch {
    let mut parsed = Parsed::of_lines(sample.len() as u64);
    let wrappers = &format.around.wrappers;
    let lanes = (!wrappers.is_empty())
        .then(|| wrap::unwrap(wrappers, context, sample, &mut parsed.names).lanes);
    let parts: Vec<(&LineBatch, Option<&[Origin]>)> = match &lanes {
        Some(lanes) => lanes
            .iter()
            .map(|lane| (&lane.batch, Some(lane.origins.as_slice())))
            .collect(),
        None => vec![(sample, None)],
    };
    let mut text = Vec::new();
    for (batch, origins) in parts {
        let reading = Reading {
            format,
            context,
            batch,
            origins,
        };
        let mut joiner = join::Joiner::default();
        for i in reading.all(Anew::Keep, &mut parsed) {
            if !joiner.joins(batch.line(i)) {
                text.extend_from_slice(batch.line(i));
                text.push(b'\n');
            }
        }
    }
    LineBatch::split(text, 0)
}

/// Reads a batch with or without layers; the lines that nothing reads, in their order.
fn lines(
    format: &Format,
    context: StampContext,
    batch: &LineBatch,
    anew: Anew,
    parsed: &mut Parsed,
) -> Vec<usize> {
    if format.around.wrappers.is_empty() {
        let reading = Reading {
            format,
            context,
            batch,
            origins: None,
        };
        return reading.all(anew, parsed);
    }
    let unwrapped = wrap::unwrap(&format.around.wrappers, context, batch, &mut parsed.names);
    parsed.joined += unwrapped.joined;
    parsed.extra += unwrapped.extra;
    // Entries of an export are lines of JSON to what is within them.
    let is_export = format.around.wrappers.first() == Some(&Wrapper::Export);
    let in_place = is_export.then(|| wrap::export::in_place(batch));
    let outer = in_place.as_ref().unwrap_or(batch);
    let mut refused = Vec::new();
    for lane in &unwrapped.lanes {
        let text = messages_of(lane, &parsed.names);
        let reading = Reading {
            format: match format.engine {
                Engine::Plain if text.name == KERNEL => text,
                _ => format,
            },
            context,
            batch: &lane.batch,
            origins: Some(&lane.origins),
        };
        let from = parsed.chunk.len();
        let left = reading.all(anew, parsed);
        let left = reading.as_it_stands(outer, left, parsed);
        let left = reading.messages(text, left, parsed);
        settle(lane, batch, from, parsed);
        refused.extend(left.iter().map(|&i| lane.origins[i].first as usize));
    }
    if parsed.is_outer_timed || parsed.seen.range_ns.is_none() {
        parsed.seen = with(unwrapped.seen, parsed.seen);
    }
    refused.sort_unstable();
    refused
}

impl Reading<'_> {
    /// The source's format, then the same without control bytes, then the others.
    fn all(&self, anew: Anew, parsed: &mut Parsed) -> Vec<usize> {
        let mut refused = stage(self.format, self.context, self.batch, self.origins, parsed);
        if refused.is_empty() {
            return refused;
        }
        refused = self.cleaned(refused, parsed);
        for other in &self.format.around.others {
            refused = self.again(other, refused, parsed);
        }
        let many = refused.len() >= REFUSED_MIN
            && refused.len() as f64 >= REFUSED_SHARE * self.batch.len() as f64;
        if anew == Anew::Judge && many {
            let sample = self.batch.only(&refused);
            let timed = self.origins.is_some();
            if let Some(found) = detect::bare(&sample, "", timed) {
                refused = self.again(&found.format, refused, parsed);
            }
        }
        refused
    }

    /// Refused lines that hold control bytes, without them.
    fn cleaned(&self, refused: Vec<usize>, parsed: &mut Parsed) -> Vec<usize> {
        let is_dirty = |i: &usize| clean::is_dirty(self.batch.line(*i));
        if !refused.iter().any(is_dirty) {
            return refused;
        }
        // All of them: what belongs to a dirty line may be clean.
        let (mut text, mut line) = (Vec::new(), Vec::new());
        for &i in &refused {
            clean::cleaned(self.batch.line(i), &mut line);
            text.extend_from_slice(&line);
            text.push(b'\n');
        }
        self.part(self.format, &LineBatch::split(text, 0), refused, parsed)
    }

    fn again(&self, other: &Format, refused: Vec<usize>, parsed: &mut Parsed) -> Vec<usize> {
        let is_text = matches!(other.engine, Engine::Plain)
            && other.around.wrappers.is_empty()
            && self.origins.is_none();
        // A stamp somewhere in a line of another format that is broken makes it no message.
        let fits = |i: &usize| {
            let line = self.batch.line(*i);
            !is_text || plain::leads(line) || !join::may_open(line)
        };
        let (tried, mut left): (Vec<usize>, Vec<usize>) = refused.into_iter().partition(fits);
        if tried.is_empty() {
            return left;
        }
        left.extend(self.part(other, &self.batch.only(&tried), tried, parsed));
        left.sort_unstable();
        left
    }

    /// Lines by the outer line as it stands: what a format knows of its own wrapper, and entries of
    /// the journal that are no format's.
    fn as_it_stands(
        &self,
        outer: &LineBatch,
        refused: Vec<usize>,
        parsed: &mut Parsed,
    ) -> Vec<usize> {
        let origins = self.origins.unwrap_or(&[]);
        let mut wrappers = self.format.around.wrappers.iter();
        let is_journal = wrappers.find(|one| **one != Wrapper::Export) == Some(&Wrapper::Journald);
        let own = match is_journal {
            true => catalogue::builtin_named("journald"),
            false => (!self.format.also.is_empty()).then_some(self.format),
        };
        let Some(own) = own.filter(|_| !refused.is_empty()) else {
            return refused;
        };
        let firsts: Vec<usize> = refused.iter().map(|&i| origins[i].first as usize).collect();
        self.part(own, &outer.only(&firsts), refused, parsed)
    }

    /// Lines that no format reads but a wrapper dates: they are messages.
    fn messages(&self, text: &Format, refused: Vec<usize>, parsed: &mut Parsed) -> Vec<usize> {
        if matches!(self.format.engine, Engine::Plain) {
            return refused;
        }
        self.again(text, refused, parsed)
    }

    /// Reads lines `which` of the reading, given as `lines`, by another format. What that
    /// refuses.
    fn part(
        &self,
        format: &Format,
        lines: &LineBatch,
        which: Vec<usize>,
        parsed: &mut Parsed,
    ) -> Vec<usize> {
        let (from, foreign_from) = (parsed.chunk.len(), parsed.foreign.len());
        let left = if format.around.wrappers.is_empty() || std::ptr::eq(format, self.format) {
            let origins: Option<Vec<Origin>> = self
                .origins
                .map(|origins| which.iter().map(|&i| origins[i]).collect());
            stage(format, self.context, lines, origins.as_deref(), parsed)
        } else {
            self::lines(format, self.context, lines, Anew::Keep, parsed)
        };
        let end_of = |i: usize| self.batch.offset(i) + self.batch.line(i).len() as u64;
        for row in from..parsed.chunk.len() {
            let chunk = &mut parsed.chunk;
            let last = lines.line_before(chunk.offset[row] + u64::from(chunk.length[row]));
            let first = which[chunk.line[row] as usize];
            chunk.line[row] = first as u64;
            chunk.offset[row] = self.batch.offset(first);
            chunk.length[row] = length(end_of(which[last]), chunk.offset[row]);
        }
        let events = parsed.chunk.len() - from;
        if events > 0 && !std::ptr::eq(format, self.format) {
            *parsed.read_by.entry(format.name.clone()).or_default() += events as u64;
        }
        // What differed from the other format's kind may be of the source's.
        let nested: BTreeMap<_, _> = parsed.foreign.split_off(foreign_from).into_iter().collect();
        let kinds = (from..parsed.chunk.len())
            .map(|row| (row, nested.get(&row).copied().unwrap_or(format.kind)));
        let own = self.format.kind;
        parsed
            .foreign
            .extend(kinds.filter(|(_, kind)| *kind != own));
        left.into_iter().map(|k| which[k]).collect()
    }
}

/// How syslog daemons write that a program said the same again.
const REPEATED: [&str; 3] = [
    "last message repeated {repeat} times",
    "{host} last message repeated {repeat} times",
    "message repeated {repeat} times: [ {message...}]",
];

/// Messages that a wrapper dates.
pub(super) fn messages() -> Format {
    text().clone()
}

fn text() -> &'static Format {
    static TEXT: LazyLock<Format> = LazyLock::new(|| {
        let template = |text: &&str| Template::compile(text, None);
        let repeated = REPEATED.iter().map(template);
        Format {
            messages: repeated.collect::<Result<_, _>>().expect("they compile"),
            ..Format::new("text", SourceKind::App, StampSide::Start, Engine::Plain)
        }
    });
    &TEXT
}

/// Who speaks of memory that runs out and of disks that fail, and the format that knows how.
const KERNEL: &str = "kernel";

/// The format of messages of a process; of the kernel's with what they mean.
fn messages_of(lane: &Lane, names: &[Interner]) -> &'static Format {
    static SAID: LazyLock<Format> = LazyLock::new(|| Format {
        name: KERNEL.to_owned(),
        marks: builtin_named(KERNEL).map_or_else(Marks::default, |kernel| kernel.marks.clone()),
        ..messages()
    });
    let names = &names[Text::Service as usize];
    let is_kernel = |origin: &Origin| names.bytes(origin.service) == KERNEL.as_bytes();
    match lane.origins.first().is_some_and(is_kernel) {
        true => &SAID,
        false => text(),
    }
}

/// One format over a batch. What it refuses is taken out of the counts again.
fn stage(
    format: &Format,
    context: StampContext,
    batch: &LineBatch,
    origins: Option<&[Origin]>,
    parsed: &mut Parsed,
) -> Vec<usize> {
    let (from, unparsed, samples) = (parsed.chunk.len(), parsed.unparsed, parsed.samples.len());
    let before = std::mem::take(&mut parsed.seen);
    engine(format, context, batch, origins, parsed);
    let lacks = parsed.seen.lacks_zone || parsed.seen.lacks_year;
    if let Some(origins) = origins.filter(|_| lacks)
        && is_set_right(format.side, origins, from, parsed)
    {
        // The wrapper said what the stamps leave out.
        parsed.seen = Seen {
            written_offset: Some(Some(0)),
            range_ns: parsed.seen.range_ns,
            ..Seen::default()
        };
    }
    if let Some(origins) = origins {
        refine(format.side, origins, from, parsed);
    }
    parsed.seen = with(before, parsed.seen);
    parsed.unparsed = unparsed;
    parsed.samples.truncate(samples);
    let refused = std::mem::take(&mut parsed.refused);
    refused.into_iter().map(|i| i as usize).collect()
}

/// What stamps were like, with those of other lines of the same source.
fn with(first: Seen, second: Seen) -> Seen {
    Seen {
        written_offset: first.written_offset.or(second.written_offset),
        range_ns: first.range_ns.or(second.range_ns),
        lacks_zone: first.lacks_zone || second.lacks_zone,
        lacks_year: first.lacks_year || second.lacks_year,
        lacks_date: first.lacks_date || second.lacks_date,
        lacks_order: first.lacks_order || second.lacks_order,
        lacks_start: first.lacks_start || second.lacks_start,
    }
}
