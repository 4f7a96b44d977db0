//! Events counted into the cells of a rollup, one by one.
//!
//! In: a chunk and the symbols of the kinds that are counted apart. Out: what a cell counts of
//! each event, but for the bin of its duration and its time in flight, which lie elsewhere.

use std::borrow::Cow;

use super::levels::LEVELS;
use super::queue::Steps;
use super::rollup::{Cell, Kinds, LONG_US, STATUS_CLIENT_CLOSED, STATUS_FAILED, STATUSES_TIMEOUT};
use crate::events::chunk::ABSENT;
use crate::events::{Chunk, Number, Symbol, Text, level};
use crate::formats::jobs::Step;

impl Cell {
    /// Counts a request by how it ended.
    fn count_status(&mut self, status: i64, repeat: u64) {
        self.requests += repeat;
        if status == STATUS_CLIENT_CLOSED {
            self.client_closed += repeat;
        } else if (400..STATUS_FAILED).contains(&status) {
            self.rejected += repeat;
        } else if status >= STATUS_FAILED || status <= 0 {
            self.failed += repeat;
        }
        if STATUSES_TIMEOUT.contains(&status) {
            self.timed_out += repeat;
        }
    }
}

/// Counts events of a chunk into cells.
pub(super) struct Counter<'a> {
    chunk: &'a Chunk,
    kinds: Kinds,
    /// Whether any column of a level has values: most logs have none.
    leveled: bool,
    /// Whether each row is one request or message; those of a kind that is counted apart are not.
    plain: bool,
}

impl<'a> Counter<'a> {
    /// A counter of a chunk; `kinds` are its symbols.
    pub(super) fn new(chunk: &'a Chunk, kinds: Kinds) -> Self {
        let has = |number: &Number| !chunk.number(*number).is_empty();
        let leveled = LEVELS.iter().any(has);
        let special = [Number::Repeat, Number::JobStep].iter().any(has);
        Self {
            chunk,
            kinds,
            leveled,
            plain: !leveled && !special,
        }
    }

    /// Counts all events, each into the cell at its place, of which the last is nobody's. The bins of
    /// their durations and their time in flight are not counted, nor the durations themselves of the
    /// rows that have a place in what is returned.
    pub(super) fn count_all<'p>(&self, cells: &mut [Cell], places: &'p [u32]) -> Cow<'p, [u32]> {
        let nowhere = cells.len() as u32 - 1;
        if !self.plain {
            let all = places.iter().enumerate();
            all.for_each(|(row, place)| self.count(&mut cells[*place as usize], row));
            return Cow::Owned(vec![nowhere; places.len()]);
        }
        let mut usual = Cow::Borrowed(places);
        for row in self.apart() {
            self.count(&mut cells[places[row] as usize], row);
            usual.to_mut()[row] = nowhere;
        }
        let statuses = self.chunk.number(Number::Status);
        match statuses.is_empty() {
            true => for_each_row(usual.len(), |row| cells[usual[row] as usize].count += 1),
            false => count_requests(cells, &usual, statuses),
        }
        let levels = self.chunk.number(Number::Level);
        for_each_row(levels.len(), |row| {
            let cell = &mut cells[usual[row] as usize];
            cell.leveled += u64::from(levels[row] != ABSENT);
            cell.errors += u64::from(levels[row] >= level::ERROR);
        });
        usual
    }

    /// The rows of the kinds that are counted apart.
    fn apart(&self) -> impl Iterator<Item = usize> {
        let is_apart = self.kinds.apart();
        let kinds = match is_apart.is_empty() {
            true => &[],
            false => self.chunk.text(Text::Kind),
        };
        let kinds = kinds.iter().enumerate();
        let apart =
            kinds.filter(move |(_, kind)| is_apart.get(kind.0 as usize).copied().unwrap_or(false));
        apart.map(|(row, _)| row)
    }

    /// Counts one event into its cell; its duration's bin and its time in flight are not.
    #[inline]
    pub(super) fn count(&self, cell: &mut Cell, row: usize) {
        let number = |field| self.chunk.number_at(field, row);
        let kinds = &self.kinds;
        let repeat = number(Number::Repeat).map_or(1, |n| n.max(1) as u64);
        let kind = self.chunk.text_at(Text::Kind, row);
        let is = |one: Option<Symbol>| kind.is_some() && kind == one;
        if is(kinds.server_down) {
            cell.servers_down += repeat;
            return;
        }
        if kinds.aside.into_iter().any(is) {
            return;
        }
        cell.count += repeat;
        if let Some(status) = number(Number::Status) {
            cell.count_status(status, repeat);
        }
        if let Some(level) = number(Number::Level) {
            cell.leveled += repeat;
            cell.errors += if level >= level::ERROR { repeat } else { 0 };
        }
        if is(kinds.restart) {
            cell.restarts += repeat;
        }
        if is(kinds.lock_wait) {
            cell.lock_waits += repeat;
        }
        if let Some(latency_us) = number(Number::LatencyUs).filter(|us| *us >= 0) {
            cell.latency_sum_us = cell.latency_sum_us.saturating_add(latency_us as u64);
            cell.long += if latency_us >= LONG_US { repeat } else { 0 };
        }
        if let Some(step) = number(Number::JobStep) {
            count_step(cell.steps.get_or_insert_default(), step, repeat);
        }
        if self.leveled {
            self.count_levels(cell, row);
        }
    }

    fn count_levels(&self, cell: &mut Cell, row: usize) {
        for (place, field) in LEVELS.into_iter().enumerate() {
            if let Some(value) = self.chunk.number_at(field, row) {
                cell.levels.add(place, value);
            }
        }
    }
}

/// Calls `each` once with every row below `rows`: with rows far from each other in turn, so that
/// what is added to the second of one does not wait for what the last one added to the same second.
#[inline]
pub(super) fn for_each_row(rows: usize, mut each: impl FnMut(usize)) {
    let quarter = rows / 4;
    for row in 0..quarter {
        for part in 0..4 {
            each(row + part * quarter);
        }
    }
    (4 * quarter..rows).for_each(each);
}

/// Counts events that are requests where they have a status. Nothing depends on whether a row has
/// one: where half of them do, that would be guessed wrongly.
fn count_requests(cells: &mut [Cell], places: &[u32], statuses: &[i64]) {
    for_each_row(places.len(), |row| {
        let (cell, status) = (&mut cells[places[row] as usize], statuses[row]);
        // Nearly all are neither rejected nor failed.
        let is_usual = (1..400).contains(&status);
        cell.count += 1;
        cell.requests += u64::from(is_usual);
        if !(is_usual | (status == ABSENT)) {
            cell.count_status(status, 1);
        }
    });
}

fn count_step(steps: &mut Steps, step: i64, repeat: u64) {
    let counted = match step {
        step if step == Step::Enqueued as i64 => &mut steps.enqueued,
        step if step == Step::Started as i64 => &mut steps.started,
        step if step == Step::Finished as i64 => &mut steps.finished,
        step if step == Step::Failed as i64 => &mut steps.failed,
        step if step == Step::Discarded as i64 => &mut steps.discarded,
        _ => return,
    };
    *counted = counted.saturating_add(repeat);
}
