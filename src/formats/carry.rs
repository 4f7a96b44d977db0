//! What the stamps of a block need from the blocks before it.
//!
//! In: the blocks of a source in order. Out: the context with which each is parsed, so that blocks
//! can be parsed on any number of threads with the same result. A block is looked at in a few
//! places only, unless the clocks were set back within it or have no date. Sources whose stamps
//! leave out neither year, date nor zone are not looked at at all.

use super::Format;
use super::copies::Earlier;
use super::parse::parse_text;
use super::stamp::{Seen, StampContext};
use crate::clock::{NS_PER_MIN, Zone};

/// Places of a block that are looked at.
const PLACES: usize = 8;
/// Bytes looked at in each, rounded up to whole lines.
const PLACE_BYTES: usize = 1 << 10;
/// A change of clocks this near to a block may touch it, ns.
const NEAR_NS: i64 = 180 * NS_PER_MIN;

/// What is known at the end of the blocks so far.
#[derive(Debug, Clone)]
pub struct Carry {
    context: StampContext,
    needed: bool,
    /// A midnight in each place of a block may be missed: all of it is looked at.
    is_dateless: bool,
    earlier: Earlier,
}

impl Carry {
    /// Before the first block; `seen` is what the source's stamps are like.
    pub fn new(context: StampContext, seen: Seen) -> Self {
        let local = matches!(context.zone, Zone::Named(_)) && seen.lacks_zone;
        Self {
            context,
            needed: seen.lacks_year || seen.lacks_date || local,
            is_dateless: seen.lacks_date,
            earlier: Earlier::default(),
        }
    }

    /// Whether blocks need the blocks before them.
    pub fn is_needed(&self) -> bool {
        self.needed
    }

    /// Makes lines of the next block blank that are copies of lines before them; of formats whose
    /// lines have something of their own, without layers around them.
    pub fn blank_copies(&mut self, format: &Format, block: &mut [u8]) {
        if !format.distinct.is_empty() && format.around.wrappers.is_empty() {
            self.earlier.blank_copies(&format.distinct, block);
        }
    }

    /// The context of the next block.
    pub fn over(&mut self, format: &Format, block: &[u8]) -> StampContext {
        let before = self.context;
        if self.needed {
            self.look(format, block);
        }
        before
    }

    fn look(&mut self, format: &Format, block: &[u8]) {
        let before = self.context;
        let mut is_set_back = self.is_dateless;
        let mut east = before.near_ns.map(|ns| self.east(ns - NEAR_NS));
        let places = match self.is_dateless {
            true => Vec::new(),
            false => places(block),
        };
        for place in places {
            let Some((first_ns, last_ns)) = self.range(format, place) else {
                continue;
            };
            for ns in [first_ns - NEAR_NS, first_ns, last_ns, last_ns + NEAR_NS] {
                let next = self.east(ns);
                is_set_back |= east.is_some_and(|east| next < east);
                east = Some(next);
            }
            self.context.follow(last_ns);
        }
        if is_set_back {
            self.context = before;
            if let Some((_, last_ns)) = self.range(format, block) {
                self.context.follow(last_ns);
            }
        }
    }

    fn east(&self, ns: i64) -> i32 {
        self.context.zone.seconds_east(ns)
    }

    fn range(&self, format: &Format, lines: &[u8]) -> Option<(i64, i64)> {
        parse_text(format, self.context, lines).seen.range_ns
    }
}

/// Whole lines from a few places of a block, in order: its first and its last ones are among
/// them.
fn places(block: &[u8]) -> Vec<&[u8]> {
    let step = block.len() / PLACES;
    if step <= PLACE_BYTES {
        return vec![block];
    }
    let line_start = |from: usize| {
        let end = memchr::memrchr(b'\n', &block[..from]);
        end.map_or(0, |end| end + 1)
    };
    let line_end = |from: usize| {
        let end = memchr::memchr(b'\n', &block[from..]);
        end.map_or(block.len(), |n| from + n + 1)
    };
    let mut ranges: Vec<(usize, usize)> = (0..PLACES)
        .map(|k| (line_start(k * step), line_end(k * step + PLACE_BYTES)))
        .collect();
    ranges.push((line_start(block.len() - PLACE_BYTES), block.len()));
    ranges
        .iter()
        .map(|(start, end)| &block[*start..*end])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_S;
    use crate::clock::words::{rfc3339, utc};
    use crate::formats::{Engine, SourceKind, StampSide, parse};
    use crate::lines::LineBatch;
    use chrono_tz::Tz;

    fn text() -> Format {
        Format::new("text", SourceKind::App, StampSide::Start, Engine::Plain)
    }

    /// Lines at these instants, written as `words` in `zone`, are read as these instants from
    /// blocks of `block_lines` lines.
    fn check(zone: Zone, words: &str, times_ns: &[i64], block_lines: usize) {
        let format = text();
        let line = |ns: &i64| format!("{} x\n", zone.local(*ns).format(words));
        let context = StampContext::from(zone).near(times_ns.first().copied());
        let whole: String = times_ns.iter().map(line).collect();
        let seen = parse(&format, context, &LineBatch::split(whole.into_bytes(), 0)).seen;
        let mut carry = Carry::new(context, seen);
        for (k, block) in times_ns.chunks(block_lines).enumerate() {
            let bytes: Vec<u8> = block.iter().map(line).collect::<String>().into_bytes();
            let context = carry.over(&format, &bytes);
            let mut found = Vec::new();
            let parsed = parse(&format, context, &LineBatch::split(bytes, 0));
            found.extend(parsed.chunk.time_ns);
            let words = |times: &[i64]| times.iter().copied().map(rfc3339).collect::<Vec<_>>();
            assert_eq!(words(&found), words(block), "block {k}");
        }
    }

    fn every(start_s: i64, step_s: i64, n: i64) -> Vec<i64> {
        (0..n).map(|i| (start_s + i * step_s) * NS_PER_S).collect()
    }

    #[test]
    fn three_years_without_a_number_are_three_years_in_blocks_of_any_size() {
        for block_lines in [3, 100, 2000] {
            check(
                Zone::UTC,
                "%b %e %H:%M:%S",
                &every(1_577_000_000, 86_000, 1_100),
                block_lines,
            );
        }
    }

    #[test]
    fn the_hour_that_is_shown_twice_is_read_twice_in_blocks_of_any_size() {
        // The clocks in Berlin were set back at 1572138000.
        for block_lines in [50, 700, 3000] {
            let zone = Zone::Named(Tz::Europe__Berlin);
            check(
                zone,
                "%Y-%m-%d %H:%M:%S",
                &every(1_572_130_000, 5, 4_000),
                block_lines,
            );
        }
    }

    #[test]
    fn blocks_whose_stamps_are_complete_are_not_looked_at() {
        let format = text();
        let context = StampContext::from(Zone::Named(Tz::Europe__Berlin));
        let mut carry = Carry::new(context, Seen::default());
        let _ = carry.over(&format, b"2019-10-27T02:00:00Z x\n");
        assert_eq!(carry.over(&format, b""), context);
    }

    #[test]
    fn the_places_of_a_block_are_whole_lines() {
        let block: String = (0..5_000)
            .map(|i| format!("{}\n", utc(i * NS_PER_S)))
            .collect();
        let places = places(block.as_bytes());
        assert!(places.iter().all(|place| place.ends_with(b"\n")));
        assert!(block.as_bytes().starts_with(places[0]));
        assert!(block.as_bytes().ends_with(places.last().expect("places")));
    }
}
