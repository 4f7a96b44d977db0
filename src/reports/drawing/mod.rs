//! The timeline as a drawing: lanes of signals, windows and marks over one axis.
//!
//! In: a `Snapshot`. Out: a `Drawing`, and an SVG of it that needs nothing else. Not known is
//! drawn otherwise than zero. Measures nothing.

mod axis;
mod cells;
mod lanes;
mod marks;
pub mod svg;
pub mod values;

use crate::analysis::Snapshot;
use crate::clock::Zone;
use crate::reports::text;
use crate::reports::words::Clock;

pub use lanes::Lane;
pub use marks::{Bar, Mark, Row};

/// The whole picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// What it shows, in one line.
    pub title: String,
    /// The clock of its axis.
    pub clock: Clock,
    /// First instant, ns UTC.
    pub from_ns: i64,
    /// First instant behind it, ns UTC.
    pub to_ns: i64,
    /// Width of one cell of its lanes, ns.
    pub cell_ns: i64,
    /// The signals.
    pub lanes: Vec<Lane>,
    /// Signals that found no room.
    pub left_out: usize,
    /// Windows of impact.
    pub windows: Vec<Bar>,
    /// Changes, alerts, people, logs.
    pub rows: Vec<Row>,
}

impl Drawing {
    /// The picture of a snapshot with at most `cells` cells across; `None` where nothing has a
    /// place in time.
    pub fn of(snapshot: &Snapshot, cells: usize) -> Option<Self> {
        let (from_ns, to_ns) = text::timeline_range(snapshot)?;
        let to_ns = to_ns.max(from_ns.saturating_add(crate::clock::NS_PER_S));
        let clock = text::clock_in(snapshot, snapshot.zone);
        let width_ns = snapshot.grid.map_or(1, |grid| grid.width.ns());
        let cell_ns = cells::width_ns(to_ns.saturating_sub(from_ns), width_ns, cells);
        let (lanes, left_out) = lanes::lanes(snapshot, from_ns, to_ns, cell_ns);
        let titles: Vec<&str> = snapshot
            .incidents
            .iter()
            .map(|one| one.incident.title.as_str())
            .collect();
        let title = match titles.as_slice() {
            [] => format!("{}: no incident found", snapshot.title),
            some => some.join("; "),
        };
        Some(Self {
            title,
            clock,
            from_ns,
            to_ns,
            cell_ns,
            lanes,
            left_out,
            windows: marks::windows(snapshot, clock),
            rows: marks::rows(snapshot, clock),
        })
    }

    /// Puts every text through `change`, from top to bottom.
    pub fn map(&mut self, change: &mut dyn FnMut(&str) -> String) {
        self.title = change(&self.title);
        for lane in &mut self.lanes {
            lane.name = change(&lane.name);
            lane.source = change(&lane.source);
            lane.unit = change(&lane.unit);
        }
        let bars = self.windows.iter_mut().map(|bar| &mut bar.tip);
        let marks = self.rows.iter_mut().flat_map(|row| &mut row.marks);
        for tip in bars.chain(marks.map(|mark| &mut mark.tip)) {
            tip.iter_mut().for_each(|line| *line = change(line));
        }
    }

    /// The zone of its axis.
    pub fn zone(&self) -> Zone {
        self.clock.zone
    }
}
