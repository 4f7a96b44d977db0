//! Events put where their lines are: back from inner lines to those of the batch, beside the
//! wrapper's time, into the order of the lines.
//!
//! In: the events of a batch in the order in which formats read them. Out: the same in the order
//! of the lines, each pointing to its lines, with what the wrappers say. Reads no line.

use super::wrap::layers::{Lane, Origin};
use super::{Parsed, StampSide};
use crate::clock::NS_PER_S;
use crate::events::{Chunk, Number, Symbol, Text};
use crate::lines::LineBatch;

/// Zones differ from UTC by multiples of this.
const ZONE_STEP_NS: i64 = 900 * NS_PER_S;
/// Most lines that are no events by themselves and belong to one before them.
const ATTACHED_MAX: usize = 500;

/// Stamps without a zone are moved by whole quarters of an hour next to the wrapper's time, if
/// that has one. True if all were.
pub(super) fn is_set_right(
    side: StampSide,
    origins: &[Origin],
    from: usize,
    parsed: &mut Parsed,
) -> bool {
    let chunk = &mut parsed.chunk;
    let mut all = true;
    for row in from..chunk.len() {
        let origin = &origins[chunk.line[row] as usize];
        let Some(outer_ns) = origin.time_ns.filter(|_| origin.is_full) else {
            all = false;
            continue;
        };
        let work_ns = match side {
            StampSide::End => chunk.number_at(Number::LatencyUs, row).unwrap_or(0),
            StampSide::Start => 0,
        };
        let stamp_ns = chunk.time_ns[row].saturating_add(work_ns.saturating_mul(1000));
        let steps = outer_ns
            .saturating_sub(stamp_ns)
            .saturating_add(ZONE_STEP_NS / 2)
            .div_euclid(ZONE_STEP_NS);
        chunk.time_ns[row] = chunk.time_ns[row].saturating_add(steps * ZONE_STEP_NS);
    }
    all
}

/// Stamps in whole seconds get the wrapper's part of the second, where that is of the same second.
/// Only if all of them are whole: those of finer stamps are so now and then by accident.
pub(super) fn refine(side: StampSide, origins: &[Origin], from: usize, parsed: &mut Parsed) {
    let chunk = &mut parsed.chunk;
    let work_ns = |chunk: &Chunk, row: usize| {
        let us = chunk.number_at(Number::LatencyUs, row).unwrap_or(0);
        us.saturating_mul(1000)
    };
    let stamp_ns = |chunk: &Chunk, row: usize| match side {
        StampSide::End => chunk.time_ns[row].saturating_add(work_ns(chunk, row)),
        StampSide::Start => chunk.time_ns[row],
    };
    let outer_ns = |chunk: &Chunk, row: usize| {
        let origin = &origins[chunk.line[row] as usize];
        origin.time_ns.filter(|_| origin.is_full)
    };
    // What has no stamp of its own has the wrapper's time already.
    let is_own = |chunk: &Chunk, row: usize| outer_ns(chunk, row) != Some(stamp_ns(chunk, row));
    let own: Vec<usize> = (from..chunk.len())
        .filter(|&row| is_own(chunk, row))
        .collect();
    let is_whole = |row: &usize| stamp_ns(chunk, *row) % NS_PER_S == 0;
    if !own.iter().all(is_whole) {
        return;
    }
    for row in own {
        let Some(outer_ns) = outer_ns(chunk, row) else {
            continue;
        };
        // A wrapper writes when the work is done.
        let finer_ns = match side {
            StampSide::End => outer_ns,
            StampSide::Start => outer_ns.saturating_sub(work_ns(chunk, row)),
        };
        let second = stamp_ns(chunk, row).div_euclid(NS_PER_S);
        if finer_ns.div_euclid(NS_PER_S) == second {
            chunk.time_ns[row] = outer_ns.saturating_sub(work_ns(chunk, row));
        }
    }
}

/// Events of a lane point to the lines of the batch, and have what the wrapper says where they
/// say nothing themselves.
pub(super) fn settle(lane: &Lane, batch: &LineBatch, from: usize, parsed: &mut Parsed) {
    let chunk = &mut parsed.chunk;
    for row in from..chunk.len() {
        let first = lane.origins[chunk.line[row] as usize];
        let end = chunk.offset[row] + u64::from(chunk.length[row]);
        let last = lane.origins[lane.batch.line_before(end)].last as usize;
        let end = batch.offset(last) + batch.line(last).len() as u64;
        chunk.line[row] = u64::from(first.first);
        chunk.offset[row] = batch.offset(first.first as usize);
        chunk.length[row] = length(end, chunk.offset[row]);
        if let Some((start, end)) = first.part {
            chunk.offset[row] += u64::from(start);
            chunk.length[row] = end - start;
        }
        for (field, symbol) in [(Text::Host, first.host), (Text::Service, first.service)] {
            if symbol != Symbol::NONE {
                chunk.fill_text(field, row, symbol);
            }
        }
        if let Some(level) = first.level {
            chunk.fill_number(Number::Level, row, level);
        }
    }
}

/// Bytes from one offset to another.
pub(super) fn length(end: u64, start: u64) -> u32 {
    u32::try_from(end.saturating_sub(start)).unwrap_or(u32::MAX)
}

/// Events in the order of their lines.
pub(super) fn put_in_order(parsed: &mut Parsed) {
    if parsed.chunk.line.is_sorted() {
        return;
    }
    parsed.chunk.seal();
    let mut order: Vec<usize> = (0..parsed.chunk.len()).collect();
    order.sort_by_key(|&row| parsed.chunk.line[row]);
    let mut place = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    parsed.chunk = parsed.chunk.taken(&order);
    for (row, _) in &mut parsed.foreign {
        *row = place[*row];
    }
    parsed.foreign.sort_unstable_by_key(|(row, _)| *row);
}

/// In logs of free text, lines that are no events go on with the message before them. The lines
/// for which there is none.
pub(super) fn attach(batch: &LineBatch, refused: &[usize], parsed: &mut Parsed) -> Vec<usize> {
    let mut left = Vec::new();
    let mut attached = (usize::MAX, 0);
    let end_of = |i: usize| batch.offset(i) + batch.line(i).len() as u64;
    for &i in refused {
        let chunk = &mut parsed.chunk;
        let row = chunk.line.partition_point(|line| *line < i as u64);
        let row = row.checked_sub(1).filter(|row| {
            let is_other = parsed.foreign.binary_search_by_key(row, |(row, _)| *row);
            let before = (0..i)
                .rev()
                .find(|&before| !batch.line(before).trim_ascii().is_empty());
            let behind = before.is_some_and(|before| {
                chunk.offset[*row] + u64::from(chunk.length[*row]) >= end_of(before)
            });
            is_other.is_err() && behind
        });
        let Some(row) = row else {
            left.push(i);
            continue;
        };
        attached = (row, if attached.0 == row { attached.1 + 1 } else { 1 });
        if attached.1 > ATTACHED_MAX {
            left.push(i);
            continue;
        }
        chunk.length[row] = length(end_of(i), chunk.offset[row]);
        parsed.joined += 1;
    }
    left
}
