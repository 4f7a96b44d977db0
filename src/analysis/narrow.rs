//! The events that a filter means, taken out of what a block became before anything is counted.
//!
//! In: a parsed block and, where the filter asks for lines, its bytes. Out: the same with the
//! events that are meant, and what was there before: how far the source reaches does not depend on
//! what is asked of it. Lines of the other events are counted as left out.

use std::collections::BTreeMap;

use super::BlindSpot;
use super::by_kind::keep;
use super::options::Options;
use super::plan::{Kind, Planned};
use super::tally::stamps;
use crate::clock::{NS_PER_MIN, Zone};
use crate::events::Chunk;
use crate::filter::{Facts, Filter, Lines, Matcher, NoLines, Tables};
use crate::formats::{Parsed, StampSide};

/// Width of the cells in which events are counted before they are left out, ns.
pub const CELL_NS: i64 = 60 * NS_PER_MIN;

/// A filter ready for blocks.
#[derive(Debug)]
pub struct Narrow {
    matcher: Matcher,
    reads_lines: bool,
}

/// What a block held before a filter was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reach {
    /// First and last event, ns UTC.
    pub range: Option<(i64, i64)>,
    /// First and last stamp, ns UTC.
    pub stamped: Option<(i64, i64)>,
    /// Events by cell of `CELL_NS`.
    pub cells: BTreeMap<i64, u64>,
    /// Events that are not meant.
    pub left_out: u64,
}

/// The bytes of a block and the offset of the first in its source.
pub type Written = (u64, Vec<u8>);

impl Narrow {
    /// The filter that the user asked for, with local times of `zone`.
    pub fn of(options: &Options, zone: Zone) -> Option<Self> {
        // Lengths before the end were anchored where the arguments were read.
        options.filter.as_ref().map(|filter| Self {
            matcher: Matcher::new(filter, zone, i64::MAX),
            reads_lines: filter.reads_lines(),
        })
    }

    /// Whether lines are needed as they were written.
    pub fn reads_lines(&self) -> bool {
        self.reads_lines
    }

    /// Leaves the events that are meant. `written` must be there if lines are needed.
    pub fn keep(&self, parsed: &mut Parsed, planned: &Planned, written: Option<&Written>) -> Reach {
        let (format, side) = match &planned.kind {
            Kind::Log(detected) => (detected.format.name.as_str(), detected.format.side),
            _ => ("", StampSide::Start),
        };
        let mut tables = Tables::default();
        tables.update(&self.matcher, |field| parsed.names.get(field as usize));
        let facts = Facts {
            path: &planned.source.name,
            label: &planned.source.label,
            format,
        };
        let chunk = &parsed.chunk;
        let meant = match written {
            Some(written) => {
                let mut lines = InBlock { written, chunk };
                self.matcher.rows(&tables, chunk, facts, &mut lines)
            }
            None => self.matcher.rows(&tables, chunk, facts, &mut NoLines),
        };
        let reach = Reach {
            range: range(chunk.time_ns.iter().copied()),
            stamped: range(stamps(chunk, side)),
            cells: cells(chunk),
            left_out: meant.iter().filter(|meant| !**meant).count() as u64,
        };
        keep(parsed, &meant);
        reach
    }
}

/// Whether the blocks that the cache keeps are of use: they hold no lines.
pub fn can_use_cache(options: &Options) -> bool {
    !options.filter.as_ref().is_some_and(Filter::reads_lines)
}

/// What a filter hides: where it chooses by how things went, shares are of its own making.
pub fn blind_spot(options: &Options) -> Option<BlindSpot> {
    let filter = options.filter.as_ref()?;
    let what = "it chooses by status, latency or level: shares of failures, latencies and how bad it \
                was are of what matches, not of the service";
    filter.expression.chooses_by_outcome().then(|| BlindSpot {
        source: format!("-w {}", crate::text::printable(&filter.text)),
        what: what.to_owned(),
        kind: "filter",
        range: None,
    })
}

fn range(times: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    times.fold(None, |range, time| {
        Some(range.map_or((time, time), |(a, b): (i64, i64)| {
            (a.min(time), b.max(time))
        }))
    })
}

fn cells(chunk: &Chunk) -> BTreeMap<i64, u64> {
    let mut cells = BTreeMap::new();
    for run in chunk
        .time_ns
        .chunk_by(|a, b| a.div_euclid(CELL_NS) == b.div_euclid(CELL_NS))
    {
        *cells.entry(run[0].div_euclid(CELL_NS)).or_default() += run.len() as u64;
    }
    cells
}

/// The lines of events in the bytes of their block.
struct InBlock<'a> {
    written: &'a Written,
    chunk: &'a Chunk,
}

impl Lines for InBlock<'_> {
    fn lines(&mut self, row: usize) -> &[u8] {
        let (offset, bytes) = self.written;
        let start = self.chunk.offset[row].saturating_sub(*offset) as usize;
        let end = start.saturating_add(self.chunk.length[row] as usize);
        bytes.get(start..end.min(bytes.len())).unwrap_or(&[])
    }
}
