//! Working hours that nobody stated, from several lengths that were counted in them.
//!
//! One length fits too many hours by accident. Two that fit the same hours, each between its own
//! plain events, hardly do.

use super::candidates::{Candidate, PLAIN};
use super::readings::measured;
use super::{Clock, Way};
use crate::clock::{NS_PER_S, Zone};
use crate::records::stated::{Hours, Length};

/// Hours are tried in steps of this, minutes ...
const STEP_MIN: u16 = 30;
/// ... from those that begin at these ...
const FROM_MIN: std::ops::RangeInclusive<u16> = 14..=20;
/// ... and end at these.
const TO_MIN: std::ops::RangeInclusive<u16> = 31..=40;
/// How many different lengths must fit.
const LEAST: usize = 2;

/// A length that nothing explains yet, and the pairs of events it may lie between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open<'a> {
    pub length: Length,
    pub pairs: &'a [Candidate<'a>],
}

/// The hours that most of the open lengths fit, at least two different ones; of several the
/// nearest to 9 to 17. For each length its way by these hours.
pub(super) fn shared(open: &[Open], zone: Zone) -> Option<Vec<Option<Way>>> {
    let mut best: Option<(usize, u32, Vec<Option<Way>>)> = None;
    for from in FROM_MIN {
        for to in TO_MIN {
            let (from, to) = (from * STEP_MIN, to * STEP_MIN);
            let Some(hours) = Hours::weekdays(from, to) else {
                continue;
            };
            let ways: Vec<Option<Way>> = open
                .iter()
                .map(|one| fitting(one, Clock::Hours(hours), zone))
                .collect();
            let mut lengths: Vec<i64> = open
                .iter()
                .zip(&ways)
                .filter_map(|(one, way)| way.as_ref().map(|_| one.length.ns))
                .collect();
            lengths.sort_unstable();
            lengths.dedup();
            let unusual = u32::from(from.abs_diff(540)) + u32::from(to.abs_diff(1020));
            let better = best.as_ref().is_none_or(|(count, other, _)| {
                lengths.len() > *count || lengths.len() == *count && unusual < *other
            });
            if lengths.len() >= LEAST && better {
                best = Some((lengths.len(), unusual, ways));
            }
        }
    }
    best.map(|(.., ways)| ways)
}

fn fitting(open: &Open, clock: Clock, zone: Zone) -> Option<Way> {
    let plain = open.pairs.iter().take_while(|pair| pair.price < PLAIN);
    plain
        .filter_map(|pair| {
            let duration = measured(pair.from, pair.to, clock, zone);
            let ns = (duration.seconds? * NS_PER_S as f64) as i64;
            let fits = (open.length.lo_ns..=open.length.hi_ns).contains(&ns);
            fits.then(|| Way {
                from: pair.from.clone(),
                to: pair.to.clone(),
                clock,
                duration,
                slips: Vec::new(),
            })
        })
        .next()
}
