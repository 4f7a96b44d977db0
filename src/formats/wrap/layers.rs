//! A batch of lines without its wrappers, one lane per process.
//!
//! In: a batch and its layers, outermost first. Out: `Lane`s: inner lines as batches of their
//! own, and for each of them which lines of the batch it was, with outer time, host, service
//! and severity. Parts of one line are put together.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::{Inner, Peeled, Wrapper, console, export, nested, paired, pretty};
use crate::events::{Interner, Symbol, Text};
use crate::formats::stamp::{Seen, StampContext, StampKind, StampReader};
use crate::formats::{clean, csv, escapes, json};
use crate::lines::LineBatch;

/// Lanes of a batch; the lines of further processes share one.
const LANES_MAX: usize = 256;
/// Parts are put together up to this many bytes.
pub(super) const WHOLE_BYTES_MAX: usize = 16 << 20;

/// Where an inner line comes from and what its wrappers say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// First line of the batch.
    pub first: u32,
    /// Last line of the batch: another one where parts were put together.
    pub last: u32,
    /// The innermost wrapper's time, ns UTC.
    pub time_ns: Option<i64>,
    /// True if that time was written with its offset from UTC.
    pub is_full: bool,
    /// Host, pod or container; `Symbol::NONE` if not said.
    pub host: Symbol,
    /// Service or program.
    pub service: Symbol,
    /// Severity as in `Number::Level`.
    pub level: Option<i64>,
    /// Which bytes of the line it is, where a line holds several objects and nothing is around it.
    pub part: Option<(u32, u32)>,
    lane: u32,
}

/// Lines with where they come from, on the way through the layers.
pub(super) struct Stage<'a> {
    pub(super) buffer: Cow<'a, [u8]>,
    pub(super) items: Vec<(Range<u32>, Origin)>,
    /// Lines stand as they do in the batch.
    pub(super) as_written: bool,
    /// Items beyond the first of their line.
    pub(super) extra: u64,
}

/// The lines of one process.
#[derive(Debug, Clone)]
pub struct Lane {
    /// What the process wrote.
    pub batch: LineBatch,
    /// One per line of it.
    pub origins: Vec<Origin>,
}

/// A batch without its layers.
#[derive(Debug, Clone)]
pub struct Unwrapped {
    /// In the order in which the processes first speak.
    pub lanes: Vec<Lane>,
    /// Lines of the batch that were parts of the line before.
    pub joined: u64,
    /// Objects beyond the first of their line.
    pub extra: u64,
    /// What the outer stamps were like.
    pub seen: Seen,
}

/// A batch without these layers. Hosts
/// and services are interned in `names`; `context` is for what stamps leave out. A line without a layer stands as it is in the lane of
/// the line before it.
pub fn unwrap(
    wrappers: &[Wrapper],
    context: StampContext,
    batch: &LineBatch,
    names: &mut [Interner],
) -> Unwrapped {
    let mut stage = Stage::of(batch);
    let mut seen = Seen::default();
    for wrapper in wrappers {
        stage = match wrapper {
            Wrapper::Colour => cleaned(&stage),
            Wrapper::Nested => nested::opened_all(&stage),
            Wrapper::Pretty => pretty::joined(&stage),
            Wrapper::Console => console::entries(&stage),
            Wrapper::Paired => paired::entries(&stage),
            // The outermost: what is between line ends decides.
            Wrapper::Export => export::entries(batch),
            _ => {
                let (stage, inner) = peeled(*wrapper, context, &stage, names);
                if inner.range_ns.is_some() {
                    seen = inner;
                }
                stage
            }
        };
    }
    Unwrapped {
        joined: (batch.len() as u64 + stage.extra).saturating_sub(stage.items.len() as u64),
        extra: stage.extra,
        lanes: lanes(stage),
        seen,
    }
}

impl<'a> Stage<'a> {
    /// The lines of a batch, where they stand in it.
    pub(super) fn of(batch: &'a LineBatch) -> Self {
        let item = |i: usize| {
            let (start, end) = batch.range(i);
            (start as u32..end as u32, Origin::of_lines(i, i))
        };
        Self {
            buffer: Cow::Borrowed(batch.buffer()),
            items: (0..batch.len()).map(item).collect(),
            as_written: true,
            extra: 0,
        }
    }

    pub(super) fn with_capacity(bytes: usize, lines: usize) -> Self {
        Self {
            buffer: Cow::Owned(Vec::with_capacity(bytes)),
            items: Vec::with_capacity(lines),
            as_written: false,
            extra: 0,
        }
    }

    pub(super) fn line(&self, i: usize) -> &[u8] {
        let range = &self.items[i].0;
        &self.buffer[range.start as usize..range.end as usize]
    }

    pub(super) fn push(&mut self, line: &[u8], origin: Origin) {
        let buffer = self.buffer.to_mut();
        let start = buffer.len() as u32;
        buffer.extend_from_slice(line);
        self.items.push((start..buffer.len() as u32, origin));
        buffer.push(b'\n');
    }
}

impl Origin {
    /// These lines, of which nothing else is said.
    pub(super) fn of_lines(first: usize, last: usize) -> Self {
        Self {
            first: first as u32,
            last: last as u32,
            time_ns: None,
            is_full: false,
            host: Symbol::NONE,
            service: Symbol::NONE,
            level: None,
            part: None,
            lane: 0,
        }
    }

    /// The same lines up to the end of `later`.
    pub(super) fn through(self, later: Self) -> Self {
        Self {
            last: self.last.max(later.last),
            ..self
        }
    }

    /// The same lines, of which it is these bytes.
    pub(super) fn at(self, part: Option<(u32, u32)>) -> Self {
        Self { part, ..self }
    }

    pub(super) fn lane(self) -> u32 {
        self.lane
    }
}

/// Lines without colours and control bytes.
pub(super) fn cleaned(stage: &Stage<'_>) -> Stage<'static> {
    let mut out = Stage::with_capacity(stage.buffer.len(), stage.items.len());
    let mut line = Vec::new();
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        clean::cleaned(stage.line(i), &mut line);
        out.push(&line, *origin);
    }
    out
}

/// One layer off, and what its stamps were like.
pub(super) fn peeled(
    wrapper: Wrapper,
    context: StampContext,
    stage: &Stage<'_>,
    names: &mut [Interner],
) -> (Stage<'static>, Seen) {
    let mut peeler = Peeler {
        out: Stage::with_capacity(stage.buffer.len(), stage.items.len()),
        stamps: StampReader::new(StampKind::Any, context),
        lanes: Interner::new(LANES_MAX),
        waiting: BTreeMap::new(),
        lane: 0,
        key: Vec::new(),
        host: Named::default(),
        service: Named::default(),
        decoded: Vec::new(),
    };
    let rows = match wrapper {
        Wrapper::Rows(columns) => Some(columns.joined(stage)),
        _ => None,
    };
    let stage = rows.as_ref().unwrap_or(stage);
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        let line = stage.line(i);
        match wrapper.peel(line) {
            Some(peeled) => peeler.take(peeled, *origin, names),
            None => peeler.out.push(
                line,
                Origin {
                    lane: peeler.lane,
                    ..*origin
                },
            ),
        }
    }
    let left = std::mem::take(&mut peeler.waiting);
    left.into_values()
        .for_each(|(bytes, origin)| peeler.out.push(&bytes, origin));
    (peeler.out, peeler.stamps.seen())
}

struct Peeler {
    out: Stage<'static>,
    stamps: StampReader,
    lanes: Interner,
    /// Lines of which parts are to come, by lane.
    waiting: BTreeMap<u32, (Vec<u8>, Origin)>,
    /// The lane of the line before.
    lane: u32,
    /// What that is told apart by.
    key: Vec<u8>,
    host: Named,
    service: Named,
    decoded: Vec<u8>,
}

/// The name that lines said last: most say the same again.
#[derive(Default)]
struct Named {
    text: Vec<u8>,
    symbol: Symbol,
}

impl Named {
    /// The symbol of a name; of none, the outer one.
    fn symbol(&mut self, name: &[u8], outer: Symbol, names: &mut Interner) -> Symbol {
        if matches!(name, b"" | b"-") {
            return outer;
        }
        if self.text != name {
            self.text.clear();
            self.text.extend_from_slice(name);
            self.symbol = names.intern(name);
        }
        self.symbol
    }
}

impl Peeler {
    /// Makes a lane within an outer one that of the next line.
    fn enter(&mut self, outer: u32, lane: &[u8]) {
        let outer = outer.to_le_bytes();
        if self.key.strip_prefix(&outer) == Some(lane) {
            return;
        }
        self.key.clear();
        self.key.extend_from_slice(&outer);
        self.key.extend_from_slice(lane);
        self.lane = self.lanes.intern(&self.key).0;
    }

    fn take(&mut self, peeled: Peeled<'_>, outer: Origin, names: &mut [Interner]) {
        self.enter(outer.lane, peeled.lane);
        let stamped = self.stamps.read(peeled.stamp);
        let seen = self.stamps.seen();
        let is_full = matches!(seen.written_offset, Some(Some(_))) && !seen.lacks_year;
        let origin = Origin {
            // What is nearer to the program knows better when it spoke.
            time_ns: stamped.or(outer.time_ns),
            is_full: if stamped.is_some() {
                is_full
            } else {
                outer.is_full
            },
            host: self
                .host
                .symbol(peeled.host, outer.host, &mut names[Text::Host as usize]),
            service: self.service.symbol(
                peeled.service,
                outer.service,
                &mut names[Text::Service as usize],
            ),
            level: peeled.level.or(outer.level),
            lane: self.lane,
            ..outer
        };
        let inner = match peeled.inner {
            Inner::Bytes(bytes) => bytes,
            Inner::Escaped(bytes) => {
                escapes::unescape(bytes, &mut self.decoded);
                &self.decoded
            }
            Inner::ByteList(list) => {
                json::bytes_of(list, &mut self.decoded);
                &self.decoded
            }
            Inner::Doubled(bytes) => {
                csv::undouble(bytes, &mut self.decoded);
                &self.decoded
            }
        };
        let before = match self.waiting.is_empty() {
            true => None,
            false => self.waiting.remove(&self.lane),
        };
        match (before, peeled.partial) {
            (None, false) => self.out.push(inner, origin),
            (None, true) => {
                self.waiting.insert(self.lane, (inner.to_vec(), origin));
            }
            (Some((mut bytes, first)), partial) => {
                bytes.extend_from_slice(inner);
                let whole = first.through(origin);
                if partial && bytes.len() < WHOLE_BYTES_MAX {
                    self.waiting.insert(self.lane, (bytes, whole));
                } else {
                    self.out.push(&bytes, whole);
                }
            }
        }
    }
}

fn lanes(stage: Stage<'_>) -> Vec<Lane> {
    let is_one = |pair: &[(_, Origin)]| pair[0].1.lane == pair[1].1.lane;
    if stage.items.windows(2).all(is_one) {
        let (ranges, origins) = stage.items.into_iter().unzip();
        return vec![Lane {
            batch: LineBatch::of(stage.buffer.into_owned(), ranges),
            origins,
        }];
    }
    let mut order: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        order.entry(origin.lane).or_default().push(i);
    }
    let lane = |items: Vec<usize>| {
        let mut own = Stage::with_capacity(0, items.len());
        for i in items {
            own.push(stage.line(i), stage.items[i].1);
        }
        let (ranges, origins) = own.items.into_iter().unzip();
        Lane {
            batch: LineBatch::of(own.buffer.into_owned(), ranges),
            origins,
        }
    };
    order.into_values().map(lane).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use proptest::prelude::*;

    /// Each lane's lines with the lines of the batch that they were.
    fn check(wrappers: &[Wrapper], text: &str, expected: &[&str]) {
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let mut names = vec![Interner::new(100); Text::COUNT];
        let Unwrapped { lanes, .. } = unwrap(wrappers, Zone::UTC.into(), &batch, &mut names);
        let said: Vec<String> = lanes
            .iter()
            .map(|lane| {
                let line = |i: usize| {
                    let Origin { first, last, .. } = lane.origins[i];
                    let text = String::from_utf8_lossy(lane.batch.line(i)).into_owned();
                    format!("{first}-{last} {text}")
                };
                (0..lane.batch.len())
                    .map(line)
                    .collect::<Vec<_>>()
                    .join(" / ")
            })
            .collect();
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn parts_of_one_stream_are_put_together_whatever_comes_between() {
        let cri = |rest: &str| format!("2024-02-03T06:09:12.655123456Z {rest}\n");
        let text = [
            cri("stdout P {\"a\":"),
            cri("stderr F oh"),
            cri("stdout P 1,"),
            cri("stdout F \"b\":2}"),
            cri("stdout F x"),
            cri("stdout P cut"),
        ]
        .concat();
        check(
            &[Wrapper::Cri],
            &text,
            &["0-3 {\"a\":1,\"b\":2} / 4-4 x / 5-5 cut", "1-1 oh"],
        );
    }

    #[test]
    fn every_process_has_a_lane_of_its_own() {
        check(
            &[Wrapper::Compose],
            "a-1  | one\nb-1  | uno\na-1  |  two\nnoise\n",
            &["0-0 one / 2-2  two / 3-3 noise", "1-1 uno"],
        );
    }

    #[test]
    fn layers_stack() {
        check(
            &[Wrapper::DockerJson, Wrapper::Syslog],
            "{\"log\":\"Feb  3 06:09:12 lb-1 web[7]: {\\\"a\\\":1}\\n\",\"stream\":\"stdout\",\"time\":\"x\"}",
            &["0-0 {\"a\":1}"],
        );
    }

    proptest! {
        #[test]
        fn every_line_is_in_one_lane(text in "(2024-02-03T06:09:12.655123456Z (stdout|stderr) [FP] (a|\\{|\\}| b)\n|[ab]-1 \\| c\n|\\{\n|\\}\n|\\[\\{\\},\\{\\}\\]\n| x\n|\n){0,30}") {
            let batch = LineBatch::split(text.into_bytes(), 0);
            for wrappers in [&[Wrapper::Cri, Wrapper::Pretty][..], &[Wrapper::Compose], &[Wrapper::Pretty], &[Wrapper::Colour, Wrapper::Cri]] {
                let mut names = vec![Interner::new(100); Text::COUNT];
                let Unwrapped { lanes, joined, extra, .. } = unwrap(wrappers, Zone::UTC.into(), &batch, &mut names);
                let inner: usize = lanes.iter().map(|lane| lane.batch.len()).sum();
                prop_assert_eq!(inner as u64 + joined, batch.len() as u64 + extra);
                prop_assert!(lanes.iter().all(|lane| lane.batch.len() == lane.origins.len()));
            }
        }
    }
}
