//! Instants as people type them: RFC 3339, `2024-02-03 15:40`, `15:40`, `-3h`, `now`.

use chrono::{Days, NaiveDate};

use super::Stated;
use crate::clock::{NS_PER_MIN, NS_PER_S, When, Zone};
use crate::records::instant::{Unreadable, read_instant};

/// Local days before today that are looked through for a clock time: more than any gap of a zone.
const DAYS_BACK: u64 = 2;

/// The instant of a typed text, as exact as it is typed: `15:40` is a minute, `-90s` a second,
/// `-3h` a minute, `now` the instant. A clock time without a date is the last one that is not
/// after now.
///
/// # Errors
/// If it is no time, or a local time that clocks skipped.
pub fn when_of(text: &str, zone: Zone, now_ns: i64) -> Result<Stated, String> {
    let text = text.trim();
    let when = match text.strip_prefix('-') {
        _ if text == "now" => When::exact(now_ns),
        Some(ago) => before(ago, now_ns)?,
        None if is_clock(text) => on_the_clock(text, zone, now_ns)?,
        None => read_instant(&text.replacen(' ', "T", 1), Some(zone))
            .map_err(|why| wrong(text, &why))?,
    };
    let zone = match zone {
        Zone::Named(zone) => zone.name().to_owned(),
        Zone::Fixed(_) => zone.name_at(when.at_ns),
    };
    Ok(Stated {
        literal: text.to_owned(),
        zone,
        ..Stated::of(&when, "human")
    })
}

fn wrong(text: &str, why: &Unreadable) -> String {
    match why {
        Unreadable::Skipped => format!("{text:?} does not exist: clocks were set forward over it"),
        _ => format!(
            "{text:?} is not a time like 15:40, \"2024-02-03 15:40\", 2024-02-03T15:40:00Z or -5m"
        ),
    }
}

fn before(ago: &str, now_ns: i64) -> Result<When, String> {
    let digits = ago.find(|c: char| !c.is_ascii_digit()).unwrap_or(ago.len());
    let (number, unit) = ago.split_at(digits);
    let (unit_ns, precision_ns) = match unit {
        "s" => (NS_PER_S, NS_PER_S),
        "m" | "min" => (NS_PER_MIN, NS_PER_MIN),
        "h" => (60 * NS_PER_MIN, NS_PER_MIN),
        "d" => (24 * 60 * NS_PER_MIN, NS_PER_MIN),
        _ => {
            return Err(format!(
                "\"-{ago}\" is not a length of time like -90s, -5m or -3h"
            ));
        }
    };
    let length_ns = number
        .parse::<i64>()
        .ok()
        .and_then(|n| n.checked_mul(unit_ns));
    let at_ns = length_ns
        .and_then(|length_ns| now_ns.checked_sub(length_ns))
        .ok_or_else(|| format!("\"-{ago}\" is longer than a length of time like -3h can be"))?;
    // Nobody counts back exactly: half of the unit on each side.
    Ok(When::between(
        at_ns - precision_ns / 2,
        at_ns,
        at_ns + precision_ns / 2,
    ))
}

fn is_clock(text: &str) -> bool {
    text.len() <= 8 && text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || b == b':')
}

fn on_the_clock(text: &str, zone: Zone, now_ns: i64) -> Result<When, String> {
    let today = zone.local(now_ns).date();
    let hour = if text.find(':') == Some(1) { "0" } else { "" };
    let on = |day: NaiveDate| read_instant(&format!("{day}T{hour}{text}"), Some(zone));
    let days = (0..=DAYS_BACK).filter_map(|back| today.checked_sub_days(Days::new(back)));
    let mut failed = Unreadable::NotATime;
    for day in days {
        match on(day) {
            Ok(when) if when.at_ns <= now_ns => return Ok(when),
            Ok(_) => {}
            Err(why) => failed = why,
        }
    }
    Err(wrong(text, &failed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    /// Typed at 03:00 on 4 Feb 2024 by the clock of UTC+1.
    fn check(text: &str, at: &str, width_s: i64) {
        let now_ns = 1_707_012_000 * NS_PER_S;
        let stated = when_of(text, Zone::Fixed(3600), now_ns).expect(text);
        assert_eq!(rfc3339(stated.at_ns), at, "{text}");
        let width_ns = stated.hi_ns - stated.lo_ns;
        assert_eq!((width_ns + NS_PER_S / 2) / NS_PER_S, width_s, "{text}");
    }

    #[test]
    fn an_instant_is_as_exact_as_it_was_typed() {
        check("now", "2024-02-04T02:00:00Z", 0);
        check("02:40", "2024-02-04T01:40:00Z", 60);
        check("2:40:10", "2024-02-04T01:40:10Z", 1);
        check("15:40", "2024-02-03T14:40:00Z", 60);
        check("2024-02-03 15:40", "2024-02-03T14:40:00Z", 60);
        check("2024-02-03T15:40:05Z", "2024-02-03T15:40:05Z", 1);
        check("2024-02-03T15:40:05+05:30", "2024-02-03T10:10:05Z", 1);
        check("-90s", "2024-02-04T01:58:30Z", 1);
        check("-3h", "2024-02-03T23:00:00Z", 60);
    }

    #[test]
    fn an_hour_that_clocks_show_twice_is_both_and_one_that_they_skip_none() {
        let london = Zone::Named(chrono_tz::Europe::London);
        let now_ns = 1_603_700_000 * NS_PER_S;
        let twice = when_of("2020-10-25 01:30", london, now_ns).expect("a time");
        assert_eq!((twice.hi_ns - twice.at_ns) / NS_PER_MIN, 60);
        let why = when_of("2020-03-29 01:30", london, now_ns).expect_err("skipped");
        assert!(why.contains("set forward"), "{why}");
    }

    #[test]
    fn what_is_no_time_says_what_would_be() {
        for text in [
            "noon",
            "25:00",
            "-3",
            "-",
            "",
            "2024-02-30 10:00",
            "1:2:3:4",
        ] {
            let why = when_of(text, Zone::UTC, 0).expect_err(text);
            assert!(why.contains("like"), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, now_ns: i32) {
            let _ = when_of(&text, Zone::UTC, i64::from(now_ns) * NS_PER_S);
            let _ = when_of(&format!("-{text}"), Zone::UTC, i64::from(now_ns));
        }
    }
}
