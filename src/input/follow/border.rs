//! The border between two files of a log that is followed: an event whose first lines are the end
//! of one and whose last lines are the beginning of the next.
//!
//! In: what the older file still holds back. Out: it goes before what the newer one holds, if
//! that begins with a line at which no event may begin; else it stays an event of its own.

use std::collections::VecDeque;

use super::OFFSET_BITS;
use super::shelf::Shelf;
use super::tail::{Bytes, Tail};
use crate::input::blocks::{first_cut, last_cut};
use crate::input::{Block, Cut};

/// The last event of a file, which may go on in the next one; its offset is of the source.
#[derive(Debug, PartialEq, Eq)]
pub struct Held {
    /// Its lines.
    pub block: Block,
    /// The generation that they are of.
    pub number: u32,
}

/// Gives what tail `i` holds back at its end to the one behind it, if that goes on with it.
pub fn hand_on(
    tails: &mut VecDeque<(u32, Tail)>,
    i: usize,
    cut: Cut,
    (source, shelf): (usize, &Shelf),
) {
    let Some((_, newer)) = tails.get(i + 1) else {
        return;
    };
    let (number, older) = &tails[i];
    let goes_on = older.may_go_on() && begins_within(&older.carry, newer, cut);
    let number = *number;
    if goes_on && let Some(block) = tails[i].1.take_held() {
        let (next, tail) = &mut tails[i + 1];
        let held = Held { block, number };
        shelf.goes_on(source, &held, *next);
        tail.take_over(held.block);
    }
}

impl Tail {
    /// Whether nothing was read of it.
    fn is_untouched(&self) -> bool {
        self.offset == 0 && self.carry.is_empty()
    }

    /// Whether what is held back may go on in the next file: nothing more of this one is awaited.
    fn may_go_on(&self) -> bool {
        matches!(self.bytes, Bytes::Plain(_) | Bytes::Ended)
    }

    /// What is held back, which another file goes on with.
    fn take_held(&mut self) -> Option<Block> {
        let block = self.finish();
        self.unended = false;
        block
    }

    /// Goes on with the last event of the file before.
    fn take_over(&mut self, last: Block) {
        self.before = Some((last.bytes.len(), last.offset));
        self.carry = last.bytes;
    }
}

/// Gives what the last of the older files held to the file that is followed; back if that does
/// not go on with it.
pub fn hand_over(
    held: Held,
    (number, tail): &mut (u32, Tail),
    cut: Cut,
    (source, shelf): (usize, &Shelf),
) -> Option<Block> {
    if !begins_within(&held.block.bytes, tail, cut) {
        return Some(held.block);
    }
    shelf.goes_on(source, &held, *number);
    tail.take_over(held.block);
    None
}

/// Whether a file of which nothing was read begins with a line that belongs to what is before it.
fn begins_within(before: &[u8], tail: &Tail, cut: Cut) -> bool {
    if !tail.is_untouched() || !before.ends_with(b"\n") {
        return false;
    }
    let head = tail.print().head;
    let line = &head[..memchr::memchr(b'\n', &head).unwrap_or(head.len())];
    let above = &before[..before.len() - 1];
    let start = memchr::memrchr(b'\n', above).map_or(0, |end| end + 1);
    !line.is_empty() && !cut(Some(&above[start..]), line)
}

/// Puts what a file holds behind the event that the file before it ended with: whole blocks into
/// `ready`, and from the last block of a file its last event, which may go on.
pub fn arrange(
    held: Option<Held>,
    (number, mut block): (u32, Block),
    is_last: bool,
    cut: Cut,
    (source, shelf): (usize, &Shelf),
    ready: &mut VecDeque<Block>,
) -> Option<Held> {
    block.offset |= u64::from(number) << OFFSET_BITS;
    if let Some(held) = held {
        let known = held.block.bytes.len();
        let mut whole = held.block.bytes.clone();
        whole.extend_from_slice(&block.bytes);
        let end = first_cut(&whole, known, cut).unwrap_or(whole.len());
        if end > known {
            shelf.goes_on(source, &held, number);
        }
        whole.truncate(end);
        ready.push_back(Block {
            bytes: whole,
            ..held.block
        });
        block = block.parted(end - known).1;
    }
    if block.bytes.is_empty() {
        return None;
    }
    if !is_last || !block.bytes.ends_with(b"\n") {
        ready.push_back(block);
        return None;
    }
    let (before, last) = block
        .clone()
        .parted(last_cut(&block.bytes, cut).unwrap_or(0));
    if !before.bytes.is_empty() {
        ready.push_back(before);
    }
    Some(Held {
        block: last,
        number,
    })
}
