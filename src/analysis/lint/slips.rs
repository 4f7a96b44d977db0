//! Slips of the pen in a time: the other half of the day, another day, year, month or zone.

use chrono::{Duration, Months, NaiveDateTime};

use crate::clock::{NS_PER_MIN, When, Zone};

const HOUR_NS: i64 = 60 * NS_PER_MIN;
const DAY_NS: i64 = 24 * HOUR_NS;

/// A slip and what repairs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slip {
    /// Am for pm or the reverse: hours later, 12 or -12.
    HalfDay(i64),
    /// Days later.
    Day(i64),
    /// Years later.
    Year(i32),
    /// Hours later: the label of a neighbouring zone, or of the other season.
    Zone(i64),
    /// Months later.
    Month(i32),
}

/// All, the commonest first.
pub(super) const SLIPS: [Slip; 10] = [
    Slip::HalfDay(12),
    Slip::HalfDay(-12),
    Slip::Day(1),
    Slip::Day(-1),
    Slip::Year(1),
    Slip::Year(-1),
    Slip::Zone(1),
    Slip::Zone(-1),
    Slip::Month(1),
    Slip::Month(-1),
];

impl Slip {
    /// How rare it is, from 0.
    pub(super) fn rank(self) -> u32 {
        match self {
            Self::HalfDay(_) => 0,
            Self::Day(_) => 1,
            Self::Year(_) => 2,
            Self::Zone(_) => 3,
            Self::Month(_) => 4,
        }
    }

    /// How far from the plain meaning of a label its events may be, as `candidates` prices them:
    /// an hour or a month off between any events explains too much.
    pub(super) fn other_events_max(self) -> f64 {
        match self {
            Self::HalfDay(_) | Self::Day(_) | Self::Year(_) => 2.0,
            Self::Zone(_) | Self::Month(_) => 0.0,
        }
    }

    /// About how far it moves a time, ns.
    pub(super) fn reach_ns(self) -> i64 {
        match self {
            Self::HalfDay(_) => 12 * HOUR_NS,
            Self::Day(_) => DAY_NS,
            Self::Year(_) => 365 * DAY_NS,
            Self::Zone(_) => HOUR_NS,
            Self::Month(_) => 28 * DAY_NS,
        }
    }

    /// The time without the slip, by the clocks of `zone`. `None` where that time does not exist.
    pub(super) fn repair(self, when: &When, zone: Zone) -> Option<When> {
        let by_ns = |ns: i64| moved(when, ns);
        match self {
            Self::HalfDay(hours) | Self::Zone(hours) => by_ns(hours * HOUR_NS),
            Self::Day(_) | Self::Year(_) | Self::Month(_) => {
                let other = self.other(zone.local(when.at_ns))?;
                let at = zone.when(other, 1).ok()?.at_ns;
                by_ns(at.checked_sub(when.at_ns)?)
            }
        }
    }

    fn other(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let months = |n: i32| match n >= 0 {
            true => local.checked_add_months(Months::new(n.unsigned_abs())),
            false => local.checked_sub_months(Months::new(n.unsigned_abs())),
        };
        match self {
            Self::Day(days) => local.checked_add_signed(Duration::days(days)),
            Self::Year(years) => months(12 * years),
            Self::Month(n) => months(n),
            Self::HalfDay(_) | Self::Zone(_) => None,
        }
    }

    /// `12 h later`, `a year earlier`.
    pub(super) fn words(self) -> String {
        let (what, later) = match self {
            Self::HalfDay(hours) => ("12 h", hours > 0),
            Self::Day(days) => ("a day", days > 0),
            Self::Year(years) => ("a year", years > 0),
            Self::Zone(hours) => ("1 h", hours > 0),
            Self::Month(months) => ("a month", months > 0),
        };
        format!("{what} {}", if later { "later" } else { "earlier" })
    }

    /// What kind of slip: `am for pm`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HalfDay(_) => "am/pm",
            Self::Day(_) => "wrong day",
            Self::Year(_) => "wrong year",
            Self::Zone(_) => "wrong zone",
            Self::Month(_) => "wrong month",
        }
    }
}

fn moved(when: &When, by_ns: i64) -> Option<When> {
    Some(When {
        at_ns: when.at_ns.checked_add(by_ns)?,
        lo_ns: when.lo_ns.checked_add(by_ns)?,
        hi_ns: when.hi_ns.checked_add(by_ns)?,
        ..*when
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    fn check(slip: Slip, local: &str, expected: &str) {
        let london = Zone::Named(chrono_tz::Tz::Europe__London);
        let when = london.when(local.parse().unwrap(), NS_PER_MIN).unwrap();
        let repaired = slip.repair(&when, london).map(|when| rfc3339(when.at_ns));
        assert_eq!(repaired.as_deref().unwrap_or("none"), expected);
    }

    #[test]
    fn a_date_moves_by_the_calendar_and_the_clock_stays() {
        check(Slip::Day(1), "2020-03-28T12:00:00", "2020-03-29T11:00:00Z");
        check(Slip::Year(1), "2022-02-01T10:30:00", "2023-02-01T10:30:00Z");
        check(
            Slip::Year(-1),
            "2020-02-29T10:30:00",
            "2019-02-28T10:30:00Z",
        );
        check(
            Slip::Month(1),
            "2020-01-31T10:30:00",
            "2020-02-29T10:30:00Z",
        );
        check(
            Slip::HalfDay(-12),
            "2020-01-31T10:30:00",
            "2020-01-30T22:30:00Z",
        );
        check(Slip::Day(1), "2020-03-28T01:30:00", "none");
    }

    proptest! {
        #[test]
        fn any_instant_is_safe(at: i64, width in 0i64..1_000_000_000_000, n in 0usize..SLIPS.len()) {
            let when = When::between(at, at, at.saturating_add(width));
            let _ = SLIPS[n].repair(&when, Zone::Named(chrono_tz::Tz::Europe__London));
        }
    }
}
