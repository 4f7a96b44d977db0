//! What stands around a stamp: in most lines the same bytes as in the line before.
//!
//! In: lines that are at the first of the parts around a stamp. Out: the same behind the stamp, in
//! one comparison where the bytes are those of the line before, part by part where they are not.
//! Also says which stamps are the same, so that one is read for all. Reads none.

use super::look::{Look, SEEN};
use super::part::{Part, Take};
use super::run::Run;
use super::window::Window;
use crate::events::Text;
use crate::events::span::Span;
use crate::formats::places::Places;

/// Longest stretch that is remembered, in looks.
const LOOKS: usize = 3;
/// Windows that are walked part by part once most lines of one differed.
const WITHOUT: u32 = 15;

/// The stretch of the line before, of the parts of one `Express`.
#[derive(Debug, Default)]
pub(super) struct Again {
    bytes: [[u8; SEEN]; LOOKS],
    /// All bits of the bytes behind it.
    others: [[u8; SEEN]; LOOKS],
    /// Zero as long as there is none.
    length: u32,
    /// Its stamp and its user, from where it begins.
    stamp: Span,
    user: Span,
    /// How many were remembered: the name of this one. Zero is none's.
    number: u32,
    /// The stretch whose stamp was read last, and its instant.
    read: (u32, i64),
    without: u32,
    missed: u32,
}

impl Again {
    /// Whether lines of a window are likely to be alike. To be asked once for each.
    pub(super) fn is_worth_it(&mut self) -> bool {
        let is_worth_it = self.without == 0;
        self.without = self.without.saturating_sub(1);
        is_worth_it
    }

    /// Takes the parts of all lines that are being walked, and goes on behind the last one.
    /// Whether a user may be among what they hold.
    pub(super) fn walk(
        &mut self,
        parts: &[Part],
        buffer: &[u8],
        places: &Places,
        window: &mut Window,
    ) -> bool {
        self.missed = 0;
        let run = &mut window.run;
        // One that stands elsewhere is none of these parts'.
        let is_elsewhere = !parts.iter().any(Part::is_user);
        let (mut lines, mut has_user) = (0, is_elsewhere || self.user.length > 0);
        window.walkers.step(|row, at, end| {
            lines += 1;
            let behind = at + self.length as usize;
            if self.stands(buffer, at) && behind <= end {
                run.stretches_mut()[row] = self.number;
                run.pieces_of(Take::Time)[row] = self.stamp.from(at);
                if self.user.length > 0 {
                    run.texts_mut(Text::User)[row] = self.user.from(at);
                }
                return Some(behind);
            }
            let behind = self.other(parts, (buffer, places), (at, end), row, run);
            has_user |= self.user.length > 0;
            behind
        });
        if 2 * self.missed > lines {
            self.without = WITHOUT;
        }
        has_user
    }

    /// Whether the stretch stands here. False where the buffer ends soon.
    #[inline]
    fn stands(&self, buffer: &[u8], at: usize) -> bool {
        let Some(bytes) = buffer.get(at..at + LOOKS * SEEN) else {
            return false;
        };
        let (looks, _) = bytes.as_chunks();
        let same = |i: usize| Look::of(looks[i]).same_but(self.bytes[i], self.others[i]);
        self.length > 0 && same(0).and(same(1)).and(same(2)).all()
    }

    /// The parts of a line that differs, one by one, and where they end; they are remembered.
    #[inline(never)]
    fn other(
        &mut self,
        parts: &[Part],
        (buffer, places): (&[u8], &Places),
        (start, end): (usize, usize),
        row: usize,
        run: &mut Run,
    ) -> Option<usize> {
        self.missed += 1;
        let mut at = start;
        let nothing = Span::of(start, start);
        let (mut stamp, mut user) = (nothing, nothing);
        for part in parts {
            let (piece, behind) = part.piece(buffer, places, at, end)?;
            match part.take {
                Take::Time => stamp = piece,
                Take::Text(..) => user = piece,
                _ => {}
            }
            at = behind;
        }
        if user.of_buffer(buffer) == b"-" {
            user = nothing;
        }
        self.remember(&buffer[start..at], stamp.since(start), user.since(start));
        run.stretches_mut()[row] = self.number;
        run.pieces_of(Take::Time)[row] = stamp;
        if user.length > 0 {
            run.texts_mut(Text::User)[row] = user;
        }
        Some(at)
    }

    fn remember(&mut self, bytes: &[u8], stamp: Span, user: Span) {
        let length = bytes.len();
        self.number += 1;
        (self.length, self.stamp, self.user) = (0, stamp, user);
        if length <= LOOKS * SEEN {
            self.length = length as u32;
            let (known, others) = (
                self.bytes.as_flattened_mut(),
                self.others.as_flattened_mut(),
            );
            known[..length].copy_from_slice(bytes);
            others[..length].fill(0);
            others[length..].fill(u8::MAX);
        }
    }

    /// The instant of the stamp of a stretch, if that was read last.
    #[inline]
    pub(super) fn time_ns(&self, stretch: u32) -> Option<i64> {
        (stretch > 0 && stretch == self.read.0).then_some(self.read.1)
    }

    /// Remembers when the stamp of a stretch was.
    pub(super) fn was_read(&mut self, stretch: u32, time_ns: i64) {
        self.read = (stretch, time_ns);
    }

    /// Other stamps were read, by which this one may have become another.
    pub(super) fn forget_time(&mut self) {
        self.read = (0, 0);
    }
}
