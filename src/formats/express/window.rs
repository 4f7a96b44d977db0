//! Some lines that are walked together, part by part: a loop over lines does one thing, and what
//! one line has to wait for the next one does meanwhile.
//!
//! In: lines of a batch. Out: which of them are usual, and what these hold, in a `Run`. Knows how
//! far each line was walked, and nothing of parts.

use std::ops::Range;

use super::run::Run;

/// Lines of a window: they, and what they hold, have room in the nearest cache. A bit each.
pub(super) const ROWS: usize = 64;

/// Lines that are walked together.
#[derive(Debug)]
pub(super) struct Window {
    /// The lines' numbers in their batch, the lines before they are walked, and how many there are.
    pub(super) lines: [u32; ROWS],
    fresh: [Walker; ROWS],
    pub(super) rows: usize,
    pub(super) walkers: Walkers,
    /// Lines that are usual, a bit each.
    pub(super) usual: u64,
    pub(super) run: Run,
}

/// Lines that are being walked.
#[derive(Debug)]
pub(super) struct Walkers {
    all: [Walker; ROWS],
    count: usize,
    /// Lines that ended early, a bit each.
    ended: u64,
}

/// A line that is being walked.
#[derive(Debug, Clone, Copy, Default)]
struct Walker {
    /// How far it was walked; `LEFT` if it is walked no further.
    at: u32,
    end: u32,
    row: u32,
}

/// No place in a buffer.
const LEFT: u32 = u32::MAX;

impl Window {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            lines: [0; ROWS],
            fresh: [Walker::default(); ROWS],
            rows: 0,
            walkers: Walkers {
                all: [Walker::default(); ROWS],
                count: 0,
                ended: 0,
            },
            usual: 0,
            run: Run::new(),
        })
    }

    /// Adds a line; there must be room.
    pub(super) fn push(&mut self, line: usize, (start, end): (usize, usize)) {
        let row = self.rows % ROWS;
        self.lines[row] = line as u32;
        self.fresh[row] = Walker {
            at: start as u32,
            end: end as u32,
            row: row as u32,
        };
        self.rows += 1;
    }

    /// The rows that hold a line and are not known to be usual, a bit each.
    pub(super) fn open(&self) -> u64 {
        let all = match self.rows {
            0 => 0,
            rows => u64::MAX >> (ROWS - rows.min(ROWS)),
        };
        all & !self.usual
    }

    /// Begins to walk these rows.
    pub(super) fn begin(&mut self, mut rows: u64) {
        let walkers = &mut self.walkers;
        (walkers.count, walkers.ended) = (0, 0);
        if rows.count_ones() as usize == self.rows {
            walkers.all[..self.rows].copy_from_slice(&self.fresh[..self.rows]);
            walkers.count = self.rows;
            return;
        }
        while rows != 0 {
            let row = rows.trailing_zeros() as usize;
            rows &= rows - 1;
            walkers.all[walkers.count % ROWS] = self.fresh[row];
            walkers.count += 1;
        }
    }

    /// Of rows that were walked, those that came to their end, or ended early, are usual, and the
    /// others are empty. `whole`: nothing may stand behind the last part. `columns`: which of them
    /// may hold something, a bit each. `is_usual` looks at what a row holds, if that matters.
    pub(super) fn finish(
        &mut self,
        mut rows: u64,
        whole: bool,
        columns: (u32, u32),
        is_usual: Option<impl Fn(&Run, usize) -> bool>,
    ) {
        let mut reached = self.walkers.ended;
        for walker in &self.walkers.all[..self.walkers.count] {
            let is_over = !whole || walker.at == walker.end;
            reached |= u64::from(is_over) << walker.row;
        }
        if is_usual.is_none() {
            self.usual |= reached & rows;
            rows &= !reached;
        }
        let is_usual = |run: &Run, row| is_usual.as_ref().is_none_or(|is_usual| is_usual(run, row));
        while rows != 0 {
            let row = rows.trailing_zeros() as usize;
            rows &= rows - 1;
            if reached >> row & 1 == 1 && is_usual(&self.run, row) {
                self.usual |= 1 << row;
            } else {
                self.run.clear(row, columns.0, columns.1);
            }
        }
    }
}

impl Walkers {
    /// Walks each line a step: in this row, from where it is, in a line that goes so far, to what
    /// the step says. Lines for which it says nothing are walked no further.
    #[inline]
    pub(super) fn step(&mut self, mut step: impl FnMut(usize, usize, usize) -> Option<usize>) {
        // One that is left has all bits; if all together have, it is tidied up in vain.
        let mut places = 0;
        for walker in &mut self.all[..self.count] {
            let row = walker.row as usize % ROWS;
            let behind = step(row, walker.at as usize, walker.end as usize);
            walker.at = behind.map_or(LEFT, |behind| behind as u32);
            places |= walker.at;
        }
        if places == LEFT {
            self.let_go();
        }
    }

    /// Lines that end where they are, are usual so far, and walked no further.
    pub(super) fn end(&mut self) {
        let mut ended = 0;
        self.step(|row, at, end| {
            ended |= u64::from(at == end) << row;
            (at < end).then_some(at)
        });
        self.ended |= ended;
    }

    /// Whether these rows, a bit each, are all that are being walked.
    pub(super) fn are_all(&self, rows: u64) -> bool {
        rows.count_ones() as usize == self.count
    }

    /// Lets some rows, a bit each, be where they are until they are woken.
    pub(super) fn rest(&mut self, rows: u64) -> Range<usize> {
        let (mut walking, all) = (0, self.count);
        while walking < self.count {
            if rows >> self.all[walking].row & 1 == 1 {
                self.count -= 1;
                self.all.swap(walking, self.count);
            } else {
                walking += 1;
            }
        }
        self.count..all
    }

    /// Goes on with those that rest.
    pub(super) fn wake(&mut self, resting: Range<usize>) {
        let more = resting.len();
        self.all.copy_within(resting, self.count);
        self.count += more;
    }

    #[cold]
    fn let_go(&mut self) {
        let mut kept = 0;
        for i in 0..self.count {
            self.all[kept] = self.all[i];
            kept += usize::from(self.all[i].at != LEFT);
        }
        self.count = kept;
    }
}
