//! What stamps leave out, as their source decides it: zone, year, order of day and month, the
//! machine's start.
//!
//! In: a stamp as written. Out: its instant, ns UTC. A stamp without a year is of the year in
//! which it is nearest to the stamp before it, so that the turn of the year needs no rule of its
//! own and lines out of order near it stay where they are. A clock without a date is of the day on
//! which it goes back by less than `CLOCK_BACK_NS`, or forward.

use super::pieces::is_leap;
use super::{LEAP_YEAR, Lack, Stamp};
use crate::clock::NS_PER_S;
use crate::clock::Zone;
use crate::clock::words::utc;
use crate::clock::zone::Local;

/// Seconds of a day.
const DAY_S: i64 = 86_400;
/// Farther than this from the stamp before, a stamp says nothing of those after it: a clock that
/// stood at 1970 once must not move the years of a file.
const STRAY_NS: i64 = 400 * DAY_S * NS_PER_S;

/// A clock without a date that goes back by less is out of order, or was set back; else it is of the
/// next day.
pub const CLOCK_BACK_NS: i64 = 3 * 3_600 * NS_PER_S;

/// How a source's stamps are completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StampContext {
    /// The zone of stamps without one.
    pub zone: Zone,
    /// An instant that the next stamp is near to, ns UTC: the stamp before it, at the start of a
    /// source what the plan found. It decides the year of stamps without one (none: 1972), the day
    /// of clocks without a date (none: the first of 1970), and
    /// which of two readings a local time has that the clocks showed twice (none: the earlier).
    pub near_ns: Option<i64>,
    /// True if `03/04/2019` is the third of April. `None`: it is not, but `03-04-2019` is.
    pub day_first: Option<bool>,
    /// When the machine started, ns UTC, for stamps that count from there.
    pub started_ns: Option<i64>,
}

impl From<Zone> for StampContext {
    fn from(zone: Zone) -> Self {
        Self {
            zone,
            near_ns: None,
            day_first: None,
            started_ns: None,
        }
    }
}

impl StampContext {
    /// The same, and every stamp can be read: what counts from the machine's start counts from
    /// 1970. For looking at lines of which nothing is known yet.
    pub fn open_start(self) -> Self {
        Self {
            started_ns: self.started_ns.or(Some(0)),
            ..self
        }
    }

    /// The same, for stamps near an instant.
    pub fn near(self, near_ns: Option<i64>) -> Self {
        Self { near_ns, ..self }
    }

    /// The instant of a stamp, ns UTC. A local time that the clocks skipped is read with the
    /// offset before the change. `None` if it is out of range or lacks what is not known here.
    pub fn instant(&self, stamp: Stamp) -> Option<i64> {
        match stamp.lack {
            Lack::Nothing => self.placed(stamp.local_ns, stamp.offset_s),
            Lack::Order {
                day_first_ns,
                dashed,
            } => {
                let day_first = self.day_first.unwrap_or(dashed);
                let local_ns = if day_first {
                    day_first_ns
                } else {
                    stamp.local_ns
                };
                self.placed(local_ns, stamp.offset_s)
            }
            Lack::Year => self.in_nearest_year(stamp),
            Lack::Date => self.on_nearest_day(stamp),
            Lack::Start => self.started_ns?.checked_add(stamp.local_ns),
        }
    }

    /// Takes an instant as the one that the next stamp is near to.
    pub fn follow(&mut self, ns: i64) {
        let stray = |near_ns: i64| near_ns.abs_diff(ns) > STRAY_NS as u64;
        if !self.near_ns.is_some_and(stray) {
            self.near_ns = Some(ns);
        }
    }

    fn in_nearest_year(&self, stamp: Stamp) -> Option<i64> {
        let Some(near_ns) = self.near_ns else {
            return self.placed(stamp.local_ns, stamp.offset_s);
        };
        let near_year = 1970 + (near_ns / NS_PER_S).div_euclid(DAY_S * 365 + DAY_S / 4);
        let at = |year: i64| self.placed(in_year(stamp.local_ns, year)?, stamp.offset_s);
        let nearest = |years: std::ops::RangeInclusive<i64>| {
            years.filter_map(at).min_by_key(|ns| ns.abs_diff(near_ns))
        };
        // Leap years are at most eight years apart.
        nearest(near_year - 2..=near_year + 2).or_else(|| nearest(near_year - 8..=near_year + 8))
    }

    fn on_nearest_day(&self, stamp: Stamp) -> Option<i64> {
        let Some(near_ns) = self.near_ns else {
            return self.placed(stamp.local_ns, stamp.offset_s);
        };
        let day_ns = DAY_S * NS_PER_S;
        let near_day = near_ns.div_euclid(day_ns);
        let days = near_day - 2..=near_day + 2;
        let at = |day: i64| {
            let local_ns = day.checked_mul(day_ns)?.checked_add(stamp.local_ns)?;
            self.placed(local_ns, stamp.offset_s)
        };
        let middle_ns = near_ns.saturating_add(day_ns / 2 - CLOCK_BACK_NS);
        days.filter_map(at).min_by_key(|ns| ns.abs_diff(middle_ns))
    }

    fn placed(&self, local_ns: i64, offset_s: Option<i32>) -> Option<i64> {
        let seconds = match (offset_s, self.zone) {
            (Some(seconds), _) | (None, Zone::Fixed(seconds)) => i64::from(seconds),
            (None, zone) => return Some(self.resolved(zone, local_ns)),
        };
        local_ns.checked_sub(seconds * NS_PER_S)
    }

    fn resolved(&self, zone: Zone, local_ns: i64) -> i64 {
        match zone.resolve(utc(local_ns).naive_utc()) {
            Local::One(ns) => ns,
            Local::Two(first, second) => match self.near_ns {
                Some(near_ns) if near_ns.abs_diff(second) < near_ns.abs_diff(first) => second,
                _ => first,
            },
            Local::Gap => {
                let before = zone.seconds_east(local_ns - DAY_S * NS_PER_S);
                local_ns - i64::from(before) * NS_PER_S
            }
        }
    }
}

/// A time of `LEAP_YEAR` in another year, ns. `None` for 29 February where there is none, and
/// before 1970.
pub(super) fn in_year(local_ns: i64, year: i64) -> Option<i64> {
    let start = super::pieces::days(LEAP_YEAR, 1, 1)?;
    let day_ns = DAY_S * NS_PER_S;
    let (day_of_year, time_ns) = (
        local_ns.div_euclid(day_ns) - start,
        local_ns.rem_euclid(day_ns),
    );
    let day_of_year = match day_of_year {
        59 if !is_leap(year) => return None,
        day if day > 59 && !is_leap(year) => day - 1,
        day => day,
    };
    let days = super::pieces::days(year, 1, 1)? + day_of_year;
    (days * DAY_S).checked_mul(NS_PER_S)?.checked_add(time_ns)
}

#[cfg(test)]
mod tests {
    use super::super::StampKind;
    use super::*;
    use crate::clock::words::rfc3339;
    use chrono_tz::Tz;
    use proptest::prelude::*;

    fn ns(text: &str) -> i64 {
        let stamp = StampKind::Iso.read(text.as_bytes()).expect("a stamp");
        StampContext::from(Zone::UTC)
            .instant(stamp)
            .expect("a time")
    }

    /// Stamps one after the other, the first near `near`, in a zone.
    fn check(zone: Zone, near: &str, stamps: &[(&str, &str)]) {
        let mut context = StampContext::from(zone).near((!near.is_empty()).then(|| ns(near)));
        for (text, expected) in stamps {
            let stamp = StampKind::Any.read(text.as_bytes()).expect("a stamp");
            let at = context.instant(stamp).expect("an instant");
            context.follow(at);
            assert_eq!(rfc3339(at), *expected, "{text}");
        }
    }

    #[test]
    fn the_year_goes_up_at_its_turn_and_does_not_flip_flop() {
        check(
            Zone::UTC,
            "2019-12-30T00:00:00Z",
            &[
                ("Dec 31 23:59:58", "2019-12-31T23:59:58Z"),
                ("Jan  1 00:00:01", "2020-01-01T00:00:01Z"),
                ("Dec 31 23:59:59", "2019-12-31T23:59:59Z"),
                ("Jan  1 00:00:02", "2020-01-01T00:00:02Z"),
                ("Feb 29 12:00:00", "2020-02-29T12:00:00Z"),
            ],
        );
    }

    #[test]
    fn the_29th_of_february_is_of_a_leap_year() {
        check(
            Zone::UTC,
            "2023-03-01T00:00:00Z",
            &[
                ("Feb 28 12:00:00", "2023-02-28T12:00:00Z"),
                ("Feb 29 12:00:00", "2024-02-29T12:00:00Z"),
                ("Mar  1 12:00:00", "2024-03-01T12:00:00Z"),
            ],
        );
    }

    #[test]
    fn a_stamp_with_a_year_gives_it_to_those_behind_it_unless_it_is_stray() {
        check(
            Zone::UTC,
            "",
            &[
                ("Feb 3 2024 06:09:12", "2024-02-03T06:09:12Z"),
                ("Feb 3 06:09:13", "2024-02-03T06:09:13Z"),
                ("Jan 1 1970 00:00:13", "1970-01-01T00:00:13Z"),
                ("Feb 3 06:09:14", "2024-02-03T06:09:14Z"),
            ],
        );
    }

    #[test]
    fn a_time_shown_twice_is_the_later_one_once_the_clocks_are_set_back() {
        let berlin = Zone::Named(Tz::Europe__Berlin);
        check(
            berlin,
            "",
            &[
                ("2019-10-27 02:30:00", "2019-10-27T00:30:00Z"),
                ("2019-10-27 02:59:59", "2019-10-27T00:59:59Z"),
                ("2019-10-27 02:59:57", "2019-10-27T00:59:57Z"),
                ("2019-10-27 02:00:01", "2019-10-27T01:00:01Z"),
                ("2019-10-27 02:30:00", "2019-10-27T01:30:00Z"),
                ("2019-10-27 02:29:58", "2019-10-27T01:29:58Z"),
                ("2019-10-27 03:00:00", "2019-10-27T02:00:00Z"),
            ],
        );
        check(
            Zone::Named(Tz::America__New_York),
            "",
            &[
                ("11/03/2024 01:59:00 AM", "2024-11-03T05:59:00Z"),
                ("11/03/2024 01:01:00 AM", "2024-11-03T06:01:00Z"),
            ],
        );
    }

    #[test]
    fn a_time_that_the_clocks_skipped_is_read_with_the_offset_before() {
        check(
            Zone::Named(Tz::Europe__Berlin),
            "",
            &[
                ("2019-03-31 01:59:59", "2019-03-31T00:59:59Z"),
                ("2019-03-31 02:00:01", "2019-03-31T01:00:01Z"),
                ("2019-03-31 03:00:02", "2019-03-31T01:00:02Z"),
            ],
        );
    }

    #[test]
    fn stamps_with_offsets_of_their_own_may_differ_within_a_file() {
        check(
            Zone::Named(Tz::Europe__Berlin),
            "",
            &[
                ("27/Oct/2019:02:59:59 +0200", "2019-10-27T00:59:59Z"),
                ("27/Oct/2019:02:00:00 +0100", "2019-10-27T01:00:00Z"),
                ("26/Oct/2019:20:00:01 -0500", "2019-10-27T01:00:01Z"),
            ],
        );
    }

    #[test]
    fn the_order_of_day_and_month_is_the_sources() {
        let stamp = StampKind::Slashed
            .read(b"03/04/2019 10:00:00")
            .expect("a stamp");
        let mut context = StampContext::from(Zone::UTC);
        assert_eq!(
            context.instant(stamp).map(rfc3339).as_deref(),
            Some("2019-03-04T10:00:00Z")
        );
        context.day_first = Some(true);
        assert_eq!(
            context.instant(stamp).map(rfc3339).as_deref(),
            Some("2019-04-03T10:00:00Z")
        );
    }

    #[test]
    fn seconds_since_the_start_need_the_start() {
        let stamp = StampKind::Boot.read(b"60.5").expect("a stamp");
        let mut context = StampContext::from(Zone::UTC);
        assert_eq!(context.instant(stamp), None);
        context.started_ns = Some(ns("2024-01-05T10:00:00Z"));
        assert_eq!(
            context.instant(stamp).map(rfc3339).as_deref(),
            Some("2024-01-05T10:01:00.500Z")
        );
    }

    #[test]
    fn a_clock_goes_forward_unless_it_goes_back_by_a_few_hours() {
        let near = StampContext::from(Zone::Named(Tz::Europe__Berlin))
            .near(Some(ns("2024-03-04T22:30:00Z")));
        let mut context = near;
        for (text, expected) in [
            ("23:59:59", "2024-03-04T22:59:59Z"),
            ("00:00:01.5", "2024-03-04T23:00:01.500Z"),
            ("23:59:58", "2024-03-04T22:59:58Z"),
            ("09:00:00 AM", "2024-03-05T08:00:00Z"),
            ("23:00:00", "2024-03-05T22:00:00Z"),
            ("20:30:00", "2024-03-05T19:30:00Z"),
            ("17:00:00", "2024-03-06T16:00:00Z"),
        ] {
            let stamp = StampKind::Clock.read(text.as_bytes()).expect("a clock");
            let at = context.instant(stamp).expect("an instant");
            context.follow(at);
            assert_eq!(rfc3339(at), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn clocks_up_to_21_hours_apart_keep_their_days(
            start_s in 100_000_000i64..3_000_000_000,
            steps_s in prop::collection::vec(-10_700i64..75_500, 1..40),
        ) {
            let mut context = StampContext::from(Zone::UTC).near(Some(start_s * NS_PER_S));
            let mut at_s = start_s;
            for step_s in steps_s {
                at_s = (at_s + step_s).max(100_000_000);
                let text = utc(at_s * NS_PER_S).format("%H:%M:%S").to_string();
                let stamp = StampKind::Clock.read(text.as_bytes()).expect("a clock");
                let ns = context.instant(stamp).expect("an instant");
                prop_assert_eq!(ns, at_s * NS_PER_S, "{}", text);
                context.follow(ns);
            }
        }

        #[test]
        fn lines_up_to_five_months_apart_keep_their_years(
            start_s in 100_000_000i64..3_000_000_000,
            steps_s in prop::collection::vec(-12_900_000i64..12_900_000, 1..40),
        ) {
            let mut context = StampContext::from(Zone::UTC).near(Some(start_s * NS_PER_S));
            let mut at_s = start_s;
            for step_s in steps_s {
                at_s = (at_s + step_s).max(100_000_000);
                let text = utc(at_s * NS_PER_S).format("%b %e %H:%M:%S").to_string();
                let stamp = StampKind::Syslog.read(text.as_bytes()).expect("a stamp");
                let ns = context.instant(stamp).expect("an instant");
                prop_assert_eq!(ns, at_s * NS_PER_S, "{}", text);
                context.follow(ns);
            }
        }
    }
}
