//! The rows of a chunk as they are counted by value: where each lies in time, and what became of it.
//!
//! In: a chunk, the grid, what is counted. Out: for each row its bucket, or its lane, which is one of
//! `CLASSES` of its bucket. Does not look at values.

use crate::events::chunk::ABSENT;
use crate::events::{Chunk, Number, Symbol, Text};
use crate::series::rollup::STATUS_FAILED;
use crate::series::{Grid, tally};

/// What can have become of a row, each a lane of its bucket: answered, without a status, failed.
pub const CLASSES: usize = 3;
/// The lane of those without a status.
pub const UNTRIED: usize = 1;
/// The lane of those that failed.
pub const FAILED: usize = 2;

/// The columns that are looked at, beside times and values.
pub const NUMBERS: [Number; 4] = [
    Number::Status,
    Number::LatencyUs,
    Number::JobStep,
    Number::Repeat,
];
/// The same of texts.
pub const TEXTS: [Text; 1] = [Text::Kind];

/// Which rows of a source are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Requests, and of jobs those that come in: what `tally` splits as well.
    Work,
    /// Statements and transactions that a database logs with their duration.
    Timed,
}

impl Counted {
    /// Puts the rows that are not counted into the bucket `nowhere`.
    fn leave_out(self, chunk: &Chunk, buckets: &mut [u32], nowhere: u32) {
        // Half of the rows may be none, in no order: that would be guessed wrongly.
        let leave_out = |(bucket, is_left_out): (&mut u32, bool)| {
            *bucket = if is_left_out { nowhere } else { *bucket };
        };
        let column = |field: Number| chunk.number(field).iter();
        let has_steps = !chunk.number(Number::JobStep).is_empty();
        match self {
            Self::Timed if chunk.number(Number::LatencyUs).is_empty() => buckets.fill(nowhere),
            Self::Timed => {
                let untimed = column(Number::LatencyUs).map(|us| *us < 0);
                buckets.iter_mut().zip(untimed).for_each(leave_out);
            }
            Self::Work if has_steps => {
                let left_out = (0..chunk.len()).map(|row| !tally::counts(chunk, row));
                buckets.iter_mut().zip(left_out).for_each(leave_out);
            }
            // Without one of the two columns all are counted.
            Self::Work => {
                let rows = column(Number::Status).zip(chunk.text(Text::Kind));
                let left_out =
                    rows.map(|(status, kind)| (*status == ABSENT) & (*kind != Symbol::NONE));
                buckets.iter_mut().zip(left_out).for_each(leave_out);
            }
        }
    }
}

/// The rows of a chunk, and which of them are counted.
#[derive(Default)]
pub struct Rows {
    /// The bucket of each row; of those that are not counted, the one behind the last.
    buckets: Vec<u32>,
    /// The lane of each row: of its bucket, the one of what became of it.
    lanes: Vec<u32>,
    /// How many events each row stands for; empty where each that is counted is one.
    pub events: Vec<u64>,
}

impl Rows {
    /// Takes in another chunk in place of the last; lanes only if they are wanted.
    pub fn take(&mut self, chunk: &Chunk, counted: Counted, grid: &Grid, lanes: bool) {
        let nowhere = grid.n as u32;
        grid.find(&chunk.time_ns, &mut self.buckets);
        counted.leave_out(chunk, &mut self.buckets, nowhere);
        self.events.clear();
        let repeats = chunk.number(Number::Repeat).iter().zip(&self.buckets);
        self.events.extend(repeats.map(|(repeat, bucket)| {
            // What is not there is the least of all numbers.
            (*repeat).max(1).unsigned_abs() * u64::from(*bucket < nowhere)
        }));
        self.lanes.clear();
        if lanes {
            self.tell_apart(chunk.number(Number::Status));
        }
    }

    /// Finds the lane of each row.
    fn tell_apart(&mut self, statuses: &[i64]) {
        let lane = |bucket: &u32, class: usize| bucket * CLASSES as u32 + class as u32;
        if statuses.is_empty() {
            let untried = self.buckets.iter().map(|bucket| lane(bucket, UNTRIED));
            self.lanes.extend(untried);
            return;
        }
        let class = |status: i64| {
            let is_untried = status == ABSENT;
            let is_failure = !is_untried & !(1..STATUS_FAILED).contains(&status);
            usize::from(is_untried) * UNTRIED + usize::from(is_failure) * FAILED
        };
        let rows = self.buckets.iter().zip(statuses);
        self.lanes
            .extend(rows.map(|(bucket, status)| lane(bucket, class(*status))));
    }

    /// Where each row lies: its lane, or its bucket where classes are not told apart.
    pub fn places(&self, classes: usize) -> &[u32] {
        match classes {
            CLASSES => &self.lanes,
            _ => &self.buckets,
        }
    }
}
