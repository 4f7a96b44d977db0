//! Zones: an IANA name or a fixed offset, and local times resolved to instants.

use chrono::{LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::When;
use super::words::utc;

/// Where a local time was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    /// An IANA zone, with its daylight saving.
    Named(Tz),
    /// Seconds east of UTC: what `+0100` in a log says.
    Fixed(i32),
}

/// What a local time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    /// One instant, ns UTC.
    One(i64),
    /// Clocks were set back: both instants, ns UTC, earlier first (fold 0, fold 1).
    Two(i64, i64),
    /// Clocks were set forward: it does not exist.
    Gap,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self::Fixed(0);

    /// The instants a naive local time may mean.
    pub fn resolve(self, naive: NaiveDateTime) -> Local {
        let ns = |seconds_east: i32| {
            naive
                .and_utc()
                .timestamp_nanos_opt()
                .map(|ns| ns - i64::from(seconds_east) * super::NS_PER_S)
        };
        let instants = match self {
            Self::Fixed(seconds) => LocalResult::Single(ns(seconds)),
            Self::Named(tz) => tz
                .offset_from_local_datetime(&naive)
                .map(|offset| ns(offset.fix().local_minus_utc())),
        };
        match instants {
            LocalResult::Single(Some(at)) => Local::One(at),
            LocalResult::Ambiguous(Some(a), Some(b)) => Local::Two(a.min(b), a.max(b)),
            _ => Local::Gap,
        }
    }

    /// The instant of a local time that is written down to `precision_ns`. An ambiguous one is
    /// the interval of both, best at the first.
    ///
    /// # Errors
    /// A local time that does not exist gives its two neighbours, ns UTC: as it would be by the
    /// clocks after and by those before they were set forward.
    pub fn when(self, naive: NaiveDateTime, precision_ns: i64) -> Result<When, (i64, i64)> {
        match self.resolve(naive) {
            Local::One(at) => Ok(When::stamped(at, precision_ns)),
            Local::Two(first, second) => Ok(When::between(
                first,
                first,
                When::stamped(second, precision_ns).hi_ns,
            )),
            Local::Gap => {
                let as_utc = naive.and_utc().timestamp_nanos_opt().unwrap_or(i64::MAX);
                // A day off, beyond any offset: which side of the gap is certain there.
                let east = |at: i64| i64::from(self.seconds_east(at)) * super::NS_PER_S;
                let day = 24 * 60 * super::NS_PER_MIN;
                let (before, after) = (as_utc.saturating_sub(day), as_utc.saturating_add(day));
                let neighbour = |side: i64| as_utc.saturating_sub(east(side));
                Err((neighbour(after), neighbour(before)))
            }
        }
    }

    /// Seconds east of UTC at an instant.
    pub fn seconds_east(self, ns: i64) -> i32 {
        match self {
            Self::Fixed(seconds) => seconds,
            Self::Named(tz) => tz
                .offset_from_utc_datetime(&utc(ns).naive_utc())
                .fix()
                .local_minus_utc(),
        }
    }

    /// The zone's name at an instant: `BST`, `UTC`, `UTC+3`, `UTC+5:30`.
    pub fn name_at(self, ns: i64) -> String {
        match self {
            Self::Named(tz) => utc(ns).with_timezone(&tz).format("%Z").to_string(),
            Self::Fixed(0) => "UTC".to_owned(),
            Self::Fixed(seconds) => {
                let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
                match minutes % 60 {
                    0 => format!("UTC{sign}{}", minutes / 60),
                    rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
                }
            }
        }
    }

    /// The local time of an instant.
    pub fn local(self, ns: i64) -> NaiveDateTime {
        utc(ns).naive_utc() + chrono::Duration::seconds(i64::from(self.seconds_east(ns)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_MIN;
    use crate::clock::words::rfc3339;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_repeated_hour_is_two_instants_and_an_interval() {
        let zone = Zone::Named(Tz::Europe__London);
        let Local::Two(first, second) = zone.resolve(local("2020-10-25T01:30:00")) else {
            panic!("ambiguous")
        };
        assert_eq!(rfc3339(first), "2020-10-25T00:30:00Z");
        assert_eq!(rfc3339(second), "2020-10-25T01:30:00Z");
        let when = zone.when(local("2020-10-25T01:30:00"), 1).unwrap();
        assert_eq!(when.hi_ns - when.lo_ns, 60 * NS_PER_MIN);
    }

    #[test]
    fn a_skipped_hour_does_not_exist_and_has_neighbours() {
        let zone = Zone::Named(Tz::America__New_York);
        assert_eq!(zone.resolve(local("2021-03-14T02:30:00")), Local::Gap);
        let (before, after) = zone.when(local("2021-03-14T02:30:00"), 1).unwrap_err();
        assert_eq!(zone.local(before), local("2021-03-14T01:30:00"));
        assert_eq!(zone.local(after), local("2021-03-14T03:30:00"));
    }

    #[test]
    fn the_same_two_local_times_last_one_hour_in_spring_and_three_in_autumn() {
        let hours = |day: &str| {
            let zone = Zone::Named(Tz::Europe__London);
            let at = |time: &str| zone.when(local(&format!("{day}T{time}")), 1).unwrap().at_ns;
            (at("02:30:00") - at("00:30:00")) / (60 * NS_PER_MIN)
        };
        assert_eq!((hours("2026-03-29"), hours("2026-10-25")), (1, 3));
    }
}
