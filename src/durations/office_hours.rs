//! The clock of working hours: only the time in which someone was at work counts.
//!
//! In: two instants, each with what is certain of it, the hours that count, the zone they are in.
//! Out: a duration, with the interval that follows from both. Not used for any `ttx`: those are
//! wall clock. It answers whether a length that a record states was counted this way.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};

use super::Duration;
use super::interval::bounded;
use crate::clock::words::length;
use crate::clock::zone::Local;
use crate::clock::{When, Zone};
use crate::records::MilestoneKind;
use crate::records::stated::Hours;

/// Longer stretches than this, days, are not counted.
const DAYS_MAX: usize = 1500;

/// The working time between two milestones. Hours that clocks skip do not count and hours that
/// they show twice count twice, as they do for who works them. Missing for a censored end, for
/// more than four years, and where the second is certainly before the first.
pub fn within_hours(
    from: (MilestoneKind, &When),
    to: (MilestoneKind, &When),
    hours: Hours,
    zone: Zone,
) -> Duration {
    let worked = |start: i64, end: i64| worked_ns(start, end, hours, zone);
    let (start, end) = (from.1, to.1);
    let duration = if start.censor.or(end.censor).is_some() {
        Duration::missing("an end is cut off")
    } else if end.hi_ns < start.lo_ns {
        let apart = length(start.at_ns.saturating_sub(end.at_ns));
        Duration::missing(format!(
            "{} is {apart} before {}",
            to.0.name(),
            from.0.name()
        ))
    } else {
        let best = worked(start.at_ns, end.at_ns.max(start.at_ns));
        let least = worked(start.hi_ns, end.lo_ns.max(start.hi_ns));
        let most = worked(start.lo_ns, end.hi_ns);
        match (least, best, most) {
            (Some(least), Some(best), Some(most)) => {
                bounded(Some(least), best, Some(most), true, false)
            }
            _ => Duration::missing("it is too long to be counted in working hours"),
        }
    };
    Duration {
        from: Some(from.0),
        to: Some(to.0),
        ..duration
    }
}

/// Working time in `[start, end)`, ns.
fn worked_ns(start_ns: i64, end_ns: i64, hours: Hours, zone: Zone) -> Option<i64> {
    let (first, last) = (zone.local(start_ns).date(), zone.local(end_ns).date());
    let days: Vec<NaiveDate> = (0..=DAYS_MAX)
        .map_while(|n| first.checked_add_days(Days::new(n as u64)))
        .take_while(|day| *day <= last)
        .collect();
    if days.last() != Some(&last) {
        return None;
    }
    let of_day = |day: &NaiveDate| -> i64 {
        let is_free = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        if is_free && !hours.has_weekends() {
            return 0;
        }
        let (from, to) = hours.minutes();
        let opens = edge(*day, from, zone).max(start_ns);
        let closes = edge(*day, to, zone).min(end_ns);
        (closes - opens).max(0)
    };
    Some(days.iter().map(of_day).sum())
}

/// The instant of a time of day; that after the gap where clocks skip it, the first of two.
fn edge(day: NaiveDate, minutes: u16, zone: Zone) -> i64 {
    let (hour, minute) = (u32::from(minutes / 60), u32::from(minutes % 60));
    let local = match NaiveTime::from_hms_opt(hour, minute, 0) {
        Some(time) => day.and_time(time),
        None => (day + Days::new(1)).and_time(NaiveTime::MIN),
    };
    match zone.resolve(local) {
        Local::One(at) | Local::Two(at, _) => at,
        Local::Gap => zone
            .when(local, 1)
            .map_or_else(|(_, after)| after, |when| when.at_ns),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Censor, NS_PER_MIN};
    use crate::durations::{Order, Status, between};
    use MilestoneKind::{ImpactStart, Restored};
    use proptest::prelude::*;

    const LONDON: Zone = Zone::Named(chrono_tz::Tz::Europe__London);

    fn at(text: &str, zone: Zone) -> When {
        let local = format!("{text}:00").parse().expect("a local time");
        zone.when(local, 1).expect("it exists")
    }

    /// Working minutes from 10:00 to 17:00.
    fn check(from: &str, to: &str, zone: Zone, minutes: i64) {
        let hours = Hours::weekdays(600, 1020).expect("in order");
        let (from, to) = (at(from, zone), at(to, zone));
        let counted = within_hours((ImpactStart, &from), (Restored, &to), hours, zone);
        assert_eq!(counted.seconds, Some(minutes as f64 * 60.0), "{counted:?}");
    }

    #[test]
    fn only_the_hours_of_work_count() {
        check("2021-03-03T07:30", "2021-03-03T18:30", Zone::UTC, 420);
        check("2021-03-03T12:00", "2021-03-03T12:30", Zone::UTC, 30);
        check("2021-03-03T18:00", "2021-03-03T23:00", Zone::UTC, 0);
        check("2021-03-03T16:00", "2021-03-04T11:15", Zone::UTC, 135);
    }

    #[test]
    fn weekends_are_free() {
        check("2021-03-05T16:30", "2021-03-08T10:10", Zone::UTC, 40);
        check("2021-03-06T11:00", "2021-03-07T12:00", Zone::UTC, 0);
        let every = Hours::weekdays(0, 1440).expect("in order").on_all_days();
        let (from, to) = (
            at("2021-03-05T16:30", Zone::UTC),
            at("2021-03-08T10:10", Zone::UTC),
        );
        let counted = within_hours((ImpactStart, &from), (Restored, &to), every, Zone::UTC);
        assert_eq!(
            counted.seconds,
            Some(((2 * 24 + 17) * 60 + 40) as f64 * 60.0)
        );
    }

    #[test]
    fn hours_are_those_of_the_place_whatever_its_season() {
        // 27 to 30 March 2020: summer time begins on the Sunday.
        check("2020-03-27T16:00", "2020-03-30T11:00", LONDON, 120);
        let night = Hours::weekdays(0, 240).expect("in order").on_all_days();
        let count = |from, to| {
            let (from, to) = (at(from, LONDON), at(to, LONDON));
            within_hours((ImpactStart, &from), (Restored, &to), night, LONDON).seconds
        };
        assert_eq!(
            count("2026-03-29T00:00", "2026-03-29T04:00"),
            Some(3.0 * 3600.0)
        );
        assert_eq!(
            count("2026-10-25T00:00", "2026-10-25T04:00"),
            Some(5.0 * 3600.0)
        );
    }

    #[test]
    fn what_is_cut_off_or_reversed_has_no_length() {
        let hours = Hours::weekdays(600, 1020).expect("in order");
        let (early, late) = (When::exact(0), When::exact(9 * NS_PER_MIN));
        let reversed = within_hours((ImpactStart, &late), (Restored, &early), hours, Zone::UTC);
        assert_eq!((reversed.status, reversed.seconds), (Status::Missing, None));
        let open = When::censored(late.at_ns, Censor::Now);
        let ongoing = within_hours((ImpactStart, &early), (Restored, &open), hours, Zone::UTC);
        assert_eq!(ongoing.status, Status::Missing);
        let far = When::exact(i64::MAX);
        let long = within_hours((ImpactStart, &early), (Restored, &far), hours, Zone::UTC);
        assert_eq!(long.status, Status::Missing);
    }

    proptest! {
        #[test]
        fn all_day_every_day_is_the_wall_clock(from in 0i64..3_000_000, minutes in 0i64..200_000, width in 1i64..90) {
            let when = |minute: i64| When::stamped(minute * NS_PER_MIN, width * NS_PER_MIN);
            let (from, to) = (when(from), when(from + minutes));
            let all = Hours::weekdays(0, 1440).expect("in order").on_all_days();
            let worked = within_hours((ImpactStart, &from), (Restored, &to), all, LONDON);
            let wall = between((ImpactStart, Some(&from)), (Restored, Some(&to)), Order::Required);
            prop_assert_eq!((worked.seconds, worked.lo, worked.hi), (wall.seconds, wall.lo, wall.hi));
        }

        #[test]
        fn more_time_is_never_less_work(from in 0i64..3_000_000, a in 0i64..90_000, b in 0i64..90_000) {
            let hours = Hours::weekdays(540, 1020).expect("in order");
            let count = |to: i64| worked_ns(from * NS_PER_MIN, (from + to) * NS_PER_MIN, hours, LONDON);
            prop_assert!(count(a.min(b)) <= count(a.max(b)));
        }
    }
}
