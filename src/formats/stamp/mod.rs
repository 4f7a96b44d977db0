//! Time stamps read by bytes: no format strings, no allocation.
//!
//! In: the bytes of a stamp. Out: the calendar time as it is written and its zone, where the
//! stamp says. What a stamp leaves out (zone, year, order of day and month) is the
//! `context`'s; the `reader` puts both together. Never asks what time or year it is now.

mod counted;
mod kind;
mod named;
mod numeric;
mod offset;
mod pieces;
mod reader;

pub mod context;

pub use context::StampContext;
pub use kind::StampKind;
pub use reader::{Seen, StampReader};

use crate::clock::{NS_PER_S, Zone};

/// The year in which stamps without a year are given. Every date of a calendar is in it.
pub const LEAP_YEAR: i64 = 1972;

/// A stamp as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds since 1970 of the written calendar time, as if it were UTC.
    pub local_ns: i64,
    /// Seconds east of UTC, if the stamp says.
    pub offset_s: Option<i32>,
    /// What it leaves out besides the zone.
    pub lack: Lack,
}

/// What a stamp leaves out besides the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Nothing.
    Nothing,
    /// The year: `local_ns` is in `LEAP_YEAR`.
    Year,
    /// Which of two numbers is the month: `local_ns` takes the first, this the second.
    Order {
        /// Nanoseconds like `local_ns`, the day written first.
        day_first_ns: i64,
        /// True between dashes, where the day usually comes first; between slashes it does not.
        dashed: bool,
    },
    /// The date: `local_ns` is the time of day.
    Date,
    /// Its beginning: `local_ns` counts from the start of the machine.
    Start,
}

/// The instant of a stamp by itself, ns UTC; `zone` is for one without an offset.
pub fn instant(stamp: Stamp, zone: Zone) -> Option<i64> {
    StampContext::from(zone).instant(stamp)
}

/// A stamp and where its parts lie.
#[derive(Debug, Clone, Copy)]
struct Read {
    stamp: Stamp,
    /// Bytes up to the second, where a fraction may follow. `None` where that is no place.
    second_end: Option<usize>,
}

/// The part of a stamp that needs no zone.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// Seconds since 1970 as if UTC.
    local_s: i64,
    lack: Lack,
    fraction_ns: i64,
    /// Bytes up to the second.
    second_end: usize,
    /// Bytes in all.
    length: usize,
    /// The zone, where it stands within the stamp.
    offset_s: Option<i32>,
}

impl Head {
    /// A date and a clock of the same bytes.
    fn new(date: pieces::Date, clock: pieces::Clock) -> Self {
        let lack = match (date.yearless, date.swapped_days) {
            (true, _) => Lack::Year,
            (false, Some(days)) => Lack::Order {
                day_first_ns: (days * 86_400 + clock.seconds) * NS_PER_S + clock.fraction_ns,
                dashed: date.dashed,
            },
            (false, None) => Lack::Nothing,
        };
        Self {
            local_s: date.days * 86_400 + clock.seconds,
            lack,
            fraction_ns: clock.fraction_ns,
            second_end: clock.second_end,
            length: clock.length,
            offset_s: None,
        }
    }

    /// The stamp, with the zone that `bytes` write behind it.
    fn with_zone(self, bytes: &[u8]) -> Option<Read> {
        let local_ns = self.local_s * NS_PER_S + self.fraction_ns;
        let rest = &bytes[self.length..];
        let offset_s = match self.offset_s {
            Some(seconds) if rest.is_empty() => Some(seconds),
            Some(_) => return None,
            None => offset::offset(rest, local_ns)?,
        };
        Some(Read {
            stamp: Stamp {
                local_ns,
                offset_s,
                lack: self.lack,
            },
            second_end: Some(self.second_end),
        })
    }
}
