//! Sources that speak only in a narrow, regular part of every period: what they leave out is not
//! an outage, and nothing is known about it.
//!
//! In: the counts of a source. Out: a blind spot that says which part of which period was seen.
//! The caller leaves out what the detectors made of such counts: they are no rates.

use std::collections::BTreeSet;

use super::BlindSpot;
use crate::clock::words::length;
use crate::series::{Series, Values};

/// Periods that schedulers and samplers have, minutes; the one of which the smallest part is seen
/// is reported.
const PERIODS_MIN: [f64; 7] = [1.0, 5.0, 10.0, 15.0, 30.0, 60.0, 1440.0];
/// A narrow part: at most this share of the period.
const SHARE_MAX: f64 = 0.2;
/// A regular one: in at least this share of the periods ...
const REGULAR_SHARE: f64 = 0.8;
/// ... of which there are at least this many.
const PERIODS_LEAST: usize = 6;
/// Events needed for each occupied period on average: three lines a day are no pattern.
const EVENTS_LEAST: u64 = 3;

/// Which series are rates of what is seen in a part of the time only: an entity's too, if its whole
/// source is.
pub fn sampled(series: &[Series]) -> Vec<bool> {
    let own: Vec<bool> = series.iter().map(|one| find(one).is_some()).collect();
    let whole: BTreeSet<(&str, &str)> = series
        .iter()
        .zip(&own)
        .filter(|(one, sampled)| **sampled && one.signal.entity.is_none())
        .map(|(one, _)| (one.signal.source.as_str(), one.signal.name.as_str()))
        .collect();
    let of_source =
        |one: &Series| whole.contains(&(one.signal.source.as_str(), one.signal.name.as_str()));
    let both = series.iter().zip(own);
    both.map(|(one, own)| own || of_source(one)).collect()
}

/// The blind spot of a source whose events occupy only a narrow, regular part of a period.
pub fn find(series: &Series) -> Option<BlindSpot> {
    let Values::Count(counts) = &series.values else {
        return None;
    };
    let first = counts.iter().position(|count| *count > 0)?;
    let last = counts.iter().rposition(|count| *count > 0)?;
    let width = series.grid.width;
    let start = series.grid.time(first).div_euclid(width.ns());
    let fold = |minutes: f64| {
        let period = width.in_minutes(minutes);
        let whole = period as i64 * width.ns() == (minutes * 60e9) as i64;
        let folded = Folded::of(&counts[first..=last], start, period);
        folded.filter(|_| whole).map(|folded| (minutes, folded))
    };
    let share = |(minutes, folded): &(f64, Folded)| folded.long as f64 / minutes;
    let fits = PERIODS_MIN.into_iter().filter_map(fold);
    let (minutes, folded) = fits.min_by(|a, b| share(a).total_cmp(&share(b)))?;
    let at = |phase: usize| length(phase as i64 * width.ns());
    let what = format!(
        "lines only from {} to {} into every {}, in {} of {}: sampled or scheduled, the rest of the \
         time is not seen",
        at(folded.from),
        at(folded.from + folded.long),
        length((minutes * 60e9) as i64),
        folded.occupied,
        folded.periods,
    );
    Some(BlindSpot {
        source: series.signal.source.clone(),
        what,
        kind: "sampled",
        range: None,
    })
}

/// Counts laid over one period: the part of it that has events.
struct Folded {
    from: usize,
    long: usize,
    occupied: usize,
    periods: usize,
}

impl Folded {
    /// `counts` begin `start` buckets after 1970, or before where it is negative. `None` if the
    /// part is not narrow and regular.
    fn of(counts: &[u64], start: i64, period: usize) -> Option<Self> {
        if period < 2 {
            return None;
        }
        let mut seen = vec![false; period];
        let turn = period as i64;
        let mut occupied = Vec::new();
        let mut events = 0u64;
        for (i, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let at = start + i as i64;
            seen[at.rem_euclid(turn) as usize] = true;
            occupied.push(at.div_euclid(turn));
            events = events.saturating_add(*count);
        }
        occupied.dedup();
        let last = start + counts.len() as i64 - 1;
        let periods = (last.div_euclid(turn) - start.div_euclid(turn) + 1) as usize;
        let (from, long) = arc(&seen);
        let narrow = long as f64 <= SHARE_MAX * period as f64;
        let regular = occupied.len() as f64 >= REGULAR_SHARE * periods as f64;
        let enough = periods >= PERIODS_LEAST
            && events >= EVENTS_LEAST.saturating_mul(occupied.len() as u64);
        (narrow && regular && enough).then_some(Self {
            from,
            long,
            occupied: occupied.len(),
            periods,
        })
    }
}

/// Start and length of the shortest arc of the circle that holds all that was seen.
fn arc(seen: &[bool]) -> (usize, usize) {
    let n = seen.len();
    let places: Vec<usize> = (0..n).filter(|i| seen[*i]).collect();
    let Some((&first, &last)) = places.first().zip(places.last()) else {
        return (0, n);
    };
    let around = (n + first - last, first);
    let gaps = places.windows(2).map(|two| (two[1] - two[0], two[1]));
    // The widest gap; of equals the first.
    let (gap, from) = gaps.fold(around, |best, gap| if gap.0 > best.0 { gap } else { best });
    (from, n - gap + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{BucketWidth, Family, Grid, Role, Signal};

    #[test]
    fn a_part_of_a_sampled_source_is_sampled_too() {
        let whole = rate(|t| if t % 60 == 5 { 100 } else { 0 });
        let rare = |t| u64::from(t % 60 == 5 && t % 720 < 60);
        let mut part = rate(rare);
        assert!(find(&part).is_none(), "too rare to tell by itself");
        part.signal.entity = Some("client=10.0.0.1".to_owned());
        let mut other = part.clone();
        other.signal.source = "other.log".to_owned();
        assert_eq!(sampled(&[whole, part, other]), [true, true, false]);
    }

    #[test]
    fn a_day_before_1970_folds_like_any_other() {
        let mut sampled = rate(|t| if t % 60 == 5 { 100 } else { 0 });
        sampled.grid.start_ns = -86_400 * 1_000_000_000;
        let what = find(&sampled).expect("it is seen").what;
        assert!(what.starts_with("lines only from 5 min to 6 min"), "{what}");
    }

    fn said(count: impl Fn(usize) -> u64) -> Option<String> {
        find(&rate(count)).map(|spot| spot.what)
    }

    /// Days of minutes with a count each.
    fn rate(count: impl Fn(usize) -> u64) -> Series {
        let n = 3 * 1440;
        Series {
            signal: Signal {
                source: "web.log".to_owned(),
                name: "request rate".to_owned(),
                role: Role::UserFacing,
                entity: None,
                unit: "1/s".to_owned(),
            },
            family: Family::Traffic,
            grid: Grid {
                start_ns: 1_704_067_200_000_000_000,
                width: BucketWidth::MINUTE,
                n,
            },
            values: Values::Count((0..n).map(count).collect()),
            covered: 0..n,
            limit: None,
        }
    }

    #[test]
    fn one_minute_of_every_hour_is_a_sample() {
        let what = said(|t| if t % 60 == 5 { 100 } else { 0 }).expect("it is seen");
        assert!(
            what.starts_with("lines only from 5 min to 6 min into every 1 h, in 72 of 72"),
            "{what}"
        );
    }

    #[test]
    fn a_part_that_reaches_over_the_turn_of_the_period_is_one_part() {
        let what = said(|t| if t % 60 > 57 || t % 60 < 3 { 10 } else { 0 }).expect("it is seen");
        assert!(what.starts_with("lines only from 58 min to"), "{what}");
    }

    #[test]
    fn steady_rare_and_irregular_lines_are_no_sample() {
        assert_eq!(said(|_| 4), None);
        assert_eq!(said(|t| u64::from(t % 1440 == 300)), None);
        assert_eq!(
            said(|t| if t % 60 == 5 && t < 1440 { 9 } else { 0 }).map(|_| ()),
            Some(())
        );
        assert_eq!(said(|t| if (t * t / 7) % 53 == 0 { 9 } else { 0 }), None);
        assert_eq!(
            said(|t| if (2000..2060).contains(&t) { 50 } else { 0 }),
            None
        );
    }
}
