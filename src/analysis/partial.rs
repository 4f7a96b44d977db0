//! What is shown while reading goes on, at a bounded cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::conclude::{self, Gathered};
use super::merge::Merged;
use super::options::Options;
use super::pace::Pace;
use super::plan::Planned;
use super::tally::Tally;
use super::{Progress, Snapshot};
use crate::clock;

/// What a caller wants to see while reading goes on. Each returns false to stop the reading.
pub enum Show<'a> {
    /// Only the end.
    Nothing,
    /// How far it is: costs nothing.
    Progress(&'a mut dyn FnMut(Progress) -> bool),
    /// What is there so far: takes up to a tenth of the time.
    Snapshots(&'a mut dyn FnMut(Snapshot) -> bool),
}

/// How far the first reading is.
pub struct Reading {
    /// Bytes on disk of all sources.
    pub bytes_total: u64,
    /// Bytes taken from disk.
    pub on_disk: Arc<AtomicU64>,
}

impl Reading {
    /// Of these sources, before the first byte.
    pub fn of(planned: &[Planned]) -> Self {
        Self {
            bytes_total: planned.iter().map(|one| one.source.disk_bytes).sum(),
            on_disk: Arc::default(),
        }
    }

    /// As a snapshot says it.
    pub fn progress(&self, merged: &Merged, finished: bool) -> Progress {
        Progress {
            bytes_read: self.on_disk.load(Ordering::Relaxed),
            bytes_total: self.bytes_total,
            events: merged.tallies.iter().map(Tally::events).sum(),
            finished,
            following: false,
        }
    }
}

/// Partial snapshots of what does not change while it is read.
pub struct Partial<'a> {
    /// For the title bar.
    pub title: &'a str,
    /// The sources.
    pub planned: &'a [Planned],
    /// The zone of local times.
    pub zone: clock::Zone,
    /// What the user asked for.
    pub options: &'a Options,
    /// How far it is.
    pub reading: &'a Reading,
    /// How often.
    pub pace: Pace,
}

impl Partial<'_> {
    /// Shows what is there if it is time to. False to stop reading.
    pub fn show(&mut self, merged: &Merged, show: &mut Show<'_>) -> bool {
        let now_ns = clock::now_ns();
        if !self.pace.is_due(now_ns) {
            return true;
        }
        let go_on = match show {
            Show::Nothing => true,
            Show::Progress(show) => show(self.reading.progress(merged, false)),
            Show::Snapshots(show) => show(self.so_far(merged)),
        };
        self.pace.done(now_ns, clock::now_ns());
        go_on
    }

    fn so_far(&self, merged: &Merged) -> Snapshot {
        let gathered = Gathered {
            title: self.title,
            planned: self.planned,
            zone: self.zone,
            merged,
            records: Vec::new(),
            progress: self.reading.progress(merged, false),
            options: self.options,
            extent: std::cell::OnceCell::new(),
        };
        conclude::partial(&gathered)
    }
}
