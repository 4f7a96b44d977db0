//! Looks for the reading of the timeline that gives a stated length: the plainest that fits.

use super::candidates::{Candidate, PLAIN};
use super::slips::{SLIPS, Slip};
use super::timeline::Event;
use super::{Clock, Way};
use crate::clock::{NS_PER_S, Zone};
use crate::durations::{Duration, Order, between, within_hours};
use crate::records::stated::{Hours, Length, Stated, StatedHours};

/// It fits only because stamps are to the minute.
const LOOSE: f64 = 0.5;
/// The stated hours do not give it, but the wall clock does, or the reverse.
const OTHER_CLOCK: f64 = 2.0;
/// Hours that the record gives elsewhere are nearer than usual ones.
const HOURS_ELSEWHERE: f64 = 1.5;
/// A slip must move a time by so many times the tolerance: else anything fits.
const SLIP_PER_TOLERANCE: i64 = 24;
/// An end that is less certain than this, s, fits nothing by itself.
const VAGUE_S: f64 = 3600.0;

/// A reading that fits.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub way: Way,
    /// The events and the clock are those that the label plainly means.
    pub plain: bool,
    pub price: f64,
    /// The event that a slip was repaired in, and the slip.
    pub slipped: Option<(u64, Slip)>,
}

/// A clock and what it costs to take it for the one that is meant; the first is meant.
pub(super) fn clocks(stated: &Stated, elsewhere: &[Hours]) -> Vec<(Clock, f64)> {
    let usual = [(540, 1020), (600, 1020)];
    let usual = || {
        let hours = usual
            .iter()
            .filter_map(|&(from, to)| Hours::weekdays(from, to));
        hours.zip([0.0, 0.1])
    };
    let hours = |hours: Hours, price: f64| (Clock::Hours(hours), price);
    let mut clocks: Vec<(Clock, f64)> = Vec::new();
    match stated.hours {
        Some(StatedHours::Told(own)) => {
            clocks.extend([hours(own, 0.0), (Clock::Wall, OTHER_CLOCK)]);
        }
        Some(StatedHours::Untold) => {
            clocks.extend(elsewhere.iter().map(|&one| hours(one, 0.0)));
            clocks.extend(usual().map(|(one, price)| hours(one, price)));
            clocks.push((Clock::Wall, OTHER_CLOCK));
        }
        None => {
            clocks.push((Clock::Wall, 0.0));
            clocks.extend(elsewhere.iter().map(|&one| hours(one, HOURS_ELSEWHERE)));
            clocks.extend(usual().map(|(one, price)| hours(one, OTHER_CLOCK + price)));
        }
    }
    let mut known: Vec<Clock> = Vec::new();
    clocks.retain(|(clock, _)| {
        let new = !known.contains(clock);
        known.push(*clock);
        new
    });
    clocks
}

/// The time between two events by a clock. Missing when the second is certainly before the first.
pub(super) fn measured(from: &Event, to: &Event, clock: Clock, zone: Zone) -> Duration {
    let (start, end) = (from.role.kind(), to.role.kind());
    match clock {
        Clock::Wall => between(
            (start, Some(&from.when)),
            (end, Some(&to.when)),
            Order::Absent,
        ),
        Clock::Hours(hours) => within_hours((start, &from.when), (end, &to.when), hours, zone),
    }
}

/// The way between two events as they are written.
pub(super) fn way(from: &Event, to: &Event, clock: Clock, zone: Zone) -> Way {
    Way {
        from: from.clone(),
        to: to.clone(),
        clock,
        duration: measured(from, to, clock, zone),
        slips: Vec::new(),
    }
}

/// How well a duration agrees with what is stated: 0 within what is stated, `LOOSE` within what
/// is certain of both, `None` not at all.
fn agreement(duration: &Duration, stated: &Length) -> Option<f64> {
    let (best, lo, hi) = (duration.seconds?, duration.lo?, duration.hi?);
    if !duration.is_complete() || hi - lo > VAGUE_S {
        return None;
    }
    let s = |ns: i64| ns as f64 / NS_PER_S as f64;
    let (from, to) = (s(stated.lo_ns), s(stated.hi_ns));
    if (from..=to).contains(&best) {
        Some(0.0)
    } else {
        // Instants are half open: a length that only touches does not fit.
        (lo < to && from < hi).then_some(LOOSE)
    }
}

/// The plainest reading of the timeline as it is written that gives the stated length.
pub(super) fn as_written(
    length: &Length,
    pairs: &[Candidate],
    clocks: &[(Clock, f64)],
    zone: Zone,
) -> Option<Fit> {
    let mut best: Option<Fit> = None;
    for pair in pairs {
        for &(clock, price) in clocks {
            let least = pair.price + price;
            if best.as_ref().is_some_and(|best| best.price <= least) {
                continue;
            }
            let way = way(pair.from, pair.to, clock, zone);
            let Some(loose) = agreement(&way.duration, length) else {
                continue;
            };
            let price = least + loose;
            if best.as_ref().is_none_or(|best| price < best.price) {
                best = Some(Fit {
                    way,
                    plain: least < PLAIN,
                    price,
                    slipped: None,
                });
            }
        }
    }
    best
}

/// The readings with one slip repaired that give the stated length, all of the lowest price. By
/// the clock that is meant only.
pub(super) fn with_a_slip(
    length: &Length,
    pairs: &[Candidate],
    clock: Clock,
    zone: Zone,
) -> Vec<Fit> {
    let Some(tolerance) = tolerance_ns(length) else {
        return Vec::new();
    };
    let slips = SLIPS
        .iter()
        .filter(|slip| slip.reach_ns() / SLIP_PER_TOLERANCE >= tolerance);
    let mut fits: Vec<Fit> = Vec::new();
    for slip in slips {
        let most = slip.other_events_max();
        for pair in pairs.iter().filter(|pair| pair.price <= most) {
            for at_start in [true, false] {
                fits.extend(repaired(length, pair, *slip, at_start, clock, zone));
            }
        }
    }
    let least = fits
        .iter()
        .map(|fit| fit.price)
        .fold(f64::INFINITY, f64::min);
    fits.retain(|fit| fit.price <= least);
    fits
}

/// How far off a stated length may be, ns; `None` when it has no upper end.
fn tolerance_ns(length: &Length) -> Option<i64> {
    (length.hi_ns != i64::MAX).then(|| (length.hi_ns - length.ns).max(length.ns - length.lo_ns))
}

fn repaired(
    length: &Length,
    pair: &Candidate,
    slip: Slip,
    at_start: bool,
    clock: Clock,
    zone: Zone,
) -> Option<Fit> {
    let slipped = if at_start { pair.from } else { pair.to };
    let when = slip.repair(&slipped.when, zone)?;
    let mended = Event {
        when,
        ..slipped.clone()
    };
    let (from, to) = match at_start {
        true => (&mended, pair.to),
        false => (pair.from, &mended),
    };
    let mut way = way(from, to, clock, zone);
    // Many slips are tried: what is only near is near by accident.
    if agreement(&way.duration, length)? > 0.0 {
        return None;
    }
    way.from = pair.from.clone();
    way.to = pair.to.clone();
    way.slips = vec![format!(
        "{} (line {}) was {} ({})",
        super::words::quoted(slipped),
        slipped.line,
        slip.words(),
        slip.name(),
    )];
    Some(Fit {
        way,
        plain: false,
        price: pair.price + f64::from(slip.rank()),
        slipped: Some((slipped.line, slip)),
    })
}

/// The way that comes nearest to a stated length by a clock, and how much longer it is, s.
pub(super) fn nearest(
    length: &Length,
    pairs: &[Candidate],
    clock: Clock,
    zone: Zone,
) -> Option<(Way, f64)> {
    let stated_s = length.ns as f64 / NS_PER_S as f64;
    let ways = pairs.iter().filter_map(|pair| {
        let way = way(pair.from, pair.to, clock, zone);
        let apart = way.duration.seconds? - stated_s;
        Some((way, apart))
    });
    ways.min_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
}
