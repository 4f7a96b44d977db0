//! The two clocks at the cursor: the one that rules the axis, and the other.
//!
//! Each is written as fully as its place allows; with its zone's name where that fits, since an
//! hour that clocks show twice is told apart by nothing else.

use super::screens::plot::DAY_NS;
use super::span::Span;
use crate::clock::{NS_PER_S, Zone};

/// The instant by one clock in at most `room` cells: `15:55:20 BST`, with tenths of a second
/// where a cell is shorter than a second, with the day where the stretch is longer than one.
/// Empty where not even hours and minutes fit.
pub fn clock(at_ns: i64, zone: Zone, span: Span, columns: usize, room: usize) -> String {
    let local = zone.local(at_ns);
    let name = match zone.name_at(at_ns) {
        utc if utc == "UTC" => "Z".to_owned(),
        name => name,
    };
    let full = zone.name_at(at_ns);
    let tenths = local.and_utc().timestamp_subsec_millis() / 100;
    let day = || local.format("%-d%b %H:%M").to_string();
    let second = || local.format("%H:%M:%S").to_string();
    let minute = || local.format("%H:%M").to_string();
    let is_fine = span.cell_ns(columns) < NS_PER_S;
    let mut forms = Vec::new();
    if span.length_ns() > DAY_NS {
        forms.extend([
            format!("{} {full}", day()),
            format!("{}{name}", day()),
            day(),
        ]);
    } else if is_fine {
        let fine = format!("{}.{tenths}", second());
        forms.extend([format!("{fine} {full}"), format!("{fine}{name}"), fine]);
    }
    forms.extend([
        format!("{} {full}", second()),
        format!("{}{name}", second()),
    ]);
    // The header names the zone: where its clocks are not changed within the stretch seconds say more.
    let is_plain = zone.seconds_east(span.from_ns) == zone.seconds_east(span.to_ns);
    forms.extend(is_plain.then(second));
    forms.extend([
        format!("{} {full}", minute()),
        format!("{}{name}", minute()),
        minute(),
    ]);
    let fits = |form: &String| form.chars().count() <= room;
    forms.into_iter().find(fits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America::New_York, Europe::London};

    /// 25 October 2020, 00:30 UTC: 01:30 in London, for the first time.
    const FIRST: i64 = 1_603_585_800 * NS_PER_S;
    const HOUR: i64 = 3600 * NS_PER_S;

    fn check(at_ns: i64, zone: Zone, seconds: i64, room: usize, expected: &str) {
        let span = Span::new(at_ns, at_ns + seconds * NS_PER_S);
        assert_eq!(clock(at_ns, zone, span, 60, room), expected);
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart_by_its_zone() {
        let london = Zone::Named(London);
        check(FIRST, london, 7200, 17, "01:30:00 BST");
        check(FIRST + HOUR, london, 7200, 17, "01:30:00 GMT");
        check(FIRST, Zone::UTC, 7200, 12, "00:30:00 UTC");
        let new_york = Zone::Named(New_York);
        check(1_604_208_600 * NS_PER_S, new_york, 7200, 12, "01:30:00 EDT");
        check(1_604_212_200 * NS_PER_S, new_york, 7200, 12, "01:30:00 EST");
        // Without its name an hour that comes twice is not told apart: rather without seconds.
        check(1_604_208_600 * NS_PER_S, new_york, 7200, 9, "01:30 EDT");
        check(1_604_212_200 * NS_PER_S, new_york, 7200, 9, "01:30:00");
    }

    #[test]
    fn what_does_not_fit_is_left_out_from_the_least_important() {
        let half = Zone::Fixed(19_800);
        check(FIRST, half, 7200, 17, "06:00:00 UTC+5:30");
        check(FIRST, half, 7200, 12, "06:00:00");
        check(FIRST, half, 7200, 7, "06:00");
        check(FIRST, Zone::UTC, 7200, 9, "00:30:00Z");
        check(FIRST, Zone::UTC, 7200, 8, "00:30:00");
        check(FIRST, Zone::UTC, 7200, 6, "00:30Z");
        check(FIRST, Zone::UTC, 7200, 4, "");
        check(FIRST, Zone::UTC, 200_000, 12, "25Oct 00:30Z");
        check(FIRST + NS_PER_S / 4, Zone::UTC, 6, 12, "00:30:00.2Z");
    }
}
