//! A period in whole days, as people write it: `2024-01..2024-06`, `2024-01-15..2024-03-14`.

use chrono::{Datelike, Days as Many, Months, NaiveDate};

use crate::clock::zone::Local;
use crate::clock::{NS_PER_S, Zone};

/// Days from one on to before another; an end may be open. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    from: Option<NaiveDate>,
    before: Option<NaiveDate>,
}

impl Days {
    /// Reads `FROM..TO`, each a month or a day and both included; one may be missing.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a period like 2024-01..2024-06 or 2024-01-15..");
        let (from, to) = text.split_once("..").ok_or_else(wrong)?;
        let end = |text: &str| match text.trim() {
            "" => Ok(None),
            text => span(text).map(Some).ok_or_else(wrong),
        };
        let (from, to) = (end(from)?, end(to)?);
        let days = Self {
            from: from.map(|(first, _)| first),
            before: to.map(|(_, after)| after),
        };
        match (days.from, days.before) {
            (None, None) => Err(wrong()),
            (Some(from), Some(before)) if from >= before => {
                Err(format!("{text:?} ends before it starts"))
            }
            _ => Ok(days),
        }
    }

    /// All days before that of an instant, and all from that day on, by the calendar of `zone`.
    pub fn around(ns: i64, zone: Zone) -> (Self, Self) {
        let day = Some(zone.local(ns).date());
        let (before, from) = (
            Self {
                from: None,
                before: day,
            },
            Self {
                from: day,
                before: None,
            },
        );
        (before, from)
    }

    /// As it can be typed again: `2024-01-01..2024-06-30`, `..2024-06-14`, `2024-06-15..`.
    pub fn typed(&self) -> String {
        let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
        let last = self.before.and_then(|before| before.pred_opt());
        format!("{}..{}", day(self.from), day(last))
    }

    /// Whether an instant lies in it, by the calendar of `zone`.
    pub fn contains(&self, ns: i64, zone: Zone) -> bool {
        let day = zone.local(ns).date();
        self.from.is_none_or(|from| from <= day) && self.before.is_none_or(|before| day < before)
    }

    /// Whether some day is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let starts_before_end = |a: &Self, b: &Self| {
            a.from
                .zip(b.before)
                .is_none_or(|(from, before)| from < before)
        };
        starts_before_end(self, other) && starts_before_end(other, self)
    }

    /// Its first instant and the one after its last, ns UTC; an open end is that of `outer`.
    pub fn range(&self, outer: (i64, i64), zone: Zone) -> (i64, i64) {
        let ns = |day: Option<NaiveDate>| day.map(|day| midnight(day, zone));
        (
            ns(self.from).unwrap_or(outer.0),
            ns(self.before).unwrap_or(outer.1),
        )
    }

    /// `2024-01-01 to 2024-06-30`.
    pub fn words(&self) -> String {
        let last = self.before.and_then(|before| before.pred_opt());
        match (self.from, last) {
            (Some(from), Some(last)) => format!("{from} to {last}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(last)) => format!("up to {last}"),
            (None, None) => "all".to_owned(),
        }
    }
}

/// First day and the day after the last of `2024-06` or `2024-06-15`. Years are 1700 to 2199, so that
/// every instant of them is one.
fn span(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let (first, after) = match text.len() {
        7 => {
            let first: NaiveDate = format!("{text}-01").parse().ok()?;
            (first, first.checked_add_months(Months::new(1))?)
        }
        10 => {
            let day: NaiveDate = text.parse().ok()?;
            (day, day.checked_add_days(Many::new(1))?)
        }
        _ => return None,
    };
    (1700..2200)
        .contains(&first.year())
        .then_some((first, after))
}

/// The first instant of a day, ns UTC. Where clocks skip midnight it is the instant they do.
pub(super) fn midnight(day: NaiveDate, zone: Zone) -> i64 {
    let local = day.and_hms_opt(0, 0, 0).expect("every day has a midnight");
    match zone.resolve(local) {
        Local::One(ns) | Local::Two(ns, _) => ns,
        Local::Gap => {
            let as_utc = local.and_utc().timestamp_nanos_opt().unwrap_or(i64::MAX);
            let before = as_utc.saturating_sub(24 * 3600 * NS_PER_S);
            as_utc.saturating_sub(i64::from(zone.seconds_east(before)) * NS_PER_S)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;

    fn days(text: &str) -> Days {
        Days::read(text).unwrap()
    }

    #[test]
    fn both_ends_are_included_and_may_be_open() {
        assert_eq!(days("2024-01..2024-06").words(), "2024-01-01 to 2024-06-30");
        assert_eq!(
            days("2024-01-15..2024-02").words(),
            "2024-01-15 to 2024-02-29"
        );
        assert_eq!(days("2024-07..").words(), "from 2024-07-01 on");
        assert_eq!(days("..2023-12-31").words(), "up to 2023-12-31");
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let refused = |text: &str, why: &str| {
            let error = Days::read(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        };
        refused("2024-01", "is not a period");
        refused("..", "is not a period");
        refused("2024-13..", "is not a period");
        refused("9999-12..", "is not a period");
        refused("2024-06..2024-05", "ends before it starts");
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let new_year = 1_704_067_200 * NS_PER_S;
        let east = Zone::Fixed(3600);
        assert!(days("2024-01..").contains(new_year - 1, east));
        assert!(!days("2024-01..").contains(new_year - 1, Zone::UTC));
        let (from, to) = days("2024-01..2024-01").range((0, 0), east);
        assert_eq!(
            [from, to].map(rfc3339),
            ["2023-12-31T23:00:00Z", "2024-01-31T23:00:00Z"]
        );
    }

    #[test]
    fn a_day_parts_time_in_two_that_can_be_typed_again() {
        let ns = 1_718_409_600 * NS_PER_S;
        let (before, from) = Days::around(ns, Zone::UTC);
        assert_eq!(
            [before.typed(), from.typed()],
            ["..2024-06-14", "2024-06-15.."]
        );
        assert_eq!((days(&before.typed()), days(&from.typed())), (before, from));
        assert!(from.contains(ns, Zone::UTC) && before.contains(ns - 1, Zone::UTC));
        assert!(!before.overlaps(&from));
        assert_eq!(days("2024-01..2024-02").typed(), "2024-01-01..2024-02-29");
    }

    #[test]
    fn periods_that_share_a_day_overlap() {
        let check = |a: &str, b: &str, expected: bool| {
            assert_eq!(days(a).overlaps(&days(b)), expected, "{a} {b}");
            assert_eq!(days(b).overlaps(&days(a)), expected, "{b} {a}");
        };
        check("2024-01..2024-06", "2024-07..2024-12", false);
        check("2024-01..2024-06", "2024-06-30..", true);
        check("..2024-06", "2024-07..", false);
        check("2024-01..", "2025-01..", true);
    }
}
