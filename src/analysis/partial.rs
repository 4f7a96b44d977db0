//! What is told while reading goes on: how far it is, or what there is so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::conclude::{self, Gathered};
use super::merge::Merged;
use super::options::Options;
use super::plan::Planned;
use super::{Progress, Snapshot};
use crate::clock;

/// Partial snapshots take at most this share of the time: a pause of nine times their cost.
const PARTIAL_PAUSE: i64 = 9;
/// At most this many partial snapshots a second, as a pause in ns.
const PARTIAL_PAUSE_NS: i64 = 200_000_000;

/// What is told while reading goes on; both return false to stop.
pub enum Told<'a> {
    /// What there is so far.
    Snapshots(&'a mut dyn FnMut(Snapshot) -> bool),
    /// How far it is.
    Progress(&'a mut dyn FnMut(Progress) -> bool),
}

/// Snapshots while reading goes on.
pub struct Partial<'a> {
    title: &'a str,
    planned: &'a [Planned],
    zone: clock::Zone,
    options: &'a Options,
    bytes_total: u64,
    on_disk: Arc<AtomicU64>,
    next_ns: i64,
}

impl<'a> Partial<'a> {
    /// Nothing told yet.
    pub fn new(
        title: &'a str,
        planned: &'a [Planned],
        zone: clock::Zone,
        options: &'a Options,
        bytes_total: u64,
        on_disk: Arc<AtomicU64>,
    ) -> Self {
        Self {
            title,
            planned,
            zone,
            options,
            bytes_total,
            on_disk,
            next_ns: 0,
        }
    }

    /// How far the reading is.
    pub fn progress(&self, merged: &Merged, finished: bool) -> Progress {
        let events = merged.tallies.iter().map(super::merge::Tally::events).sum();
        Progress {
            bytes_read: self.on_disk.load(Ordering::Relaxed),
            bytes_total: self.bytes_total,
            events,
            finished,
        }
    }

    /// Shows what is there if it is time to. False to stop reading.
    pub fn show(&mut self, merged: &Merged, told: &mut Told<'_>) -> bool {
        let now_ns = clock::now_ns();
        if now_ns < self.next_ns {
            return true;
        }
        let progress = self.progress(merged, false);
        let show = match told {
            Told::Snapshots(show) => show,
            Told::Progress(tell) => {
                self.next_ns = now_ns + PARTIAL_PAUSE_NS;
                return tell(progress);
            }
        };
        let gathered = Gathered {
            title: self.title,
            planned: self.planned,
            zone: self.zone,
            merged,
            records: Vec::new(),
            progress,
            options: self.options,
        };
        let go_on = show(conclude::partial(&gathered));
        let done_ns = clock::now_ns();
        self.next_ns = done_ns + ((done_ns - now_ns) * PARTIAL_PAUSE).max(PARTIAL_PAUSE_NS);
        go_on
    }
}
