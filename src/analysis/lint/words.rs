//! Events, clocks and ways as a reader is told of them.

use chrono::NaiveDate;

use super::timeline::Event;
use super::{Clock, Way};
use crate::clock::Zone;
use crate::clock::words::{clock_minute, clock_time};
use crate::durations::Duration;

/// An interval wider than this, s, is said; stamps to the minute make two.
const WIDTH_S: f64 = 120.0;

/// `33 h 14 min`: as records state lengths, days in hours; with its margin where that is wide.
pub(super) fn exact(duration: &Duration) -> String {
    let (Some(best), Some(lo), Some(hi)) = (duration.seconds, duration.lo, duration.hi) else {
        return duration.to_string();
    };
    if !duration.is_complete() || hi - lo > WIDTH_S || best < 0.0 {
        return duration.to_string();
    }
    let seconds = best.round() as u64;
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect();
    match told.is_empty() {
        true => "0 min".to_owned(),
        false => told.join(" "),
    }
}

/// `"Incident declared"`.
pub(super) fn quoted(event: &Event) -> String {
    format!("\"{}\"", event.words)
}

/// `"Incident declared" (2020-02-12 11:51, line 10)`; without its date where that is known.
pub fn event_words(event: &Event, known: Option<NaiveDate>, zone: Zone) -> String {
    let at_ns = event.when.at_ns;
    let day = zone.local(at_ns).date();
    let date = match known == Some(day) {
        true => String::new(),
        false => format!("{day} "),
    };
    let to_the_minute = at_ns % crate::clock::NS_PER_MIN == 0;
    let time = match to_the_minute {
        true => clock_minute(at_ns, zone),
        false => clock_time(at_ns, zone),
    };
    format!("{} ({date}{time}, line {})", quoted(event), event.line)
}

/// `wall clock`, `working hours 10:00-17:00 Mon-Fri`.
pub fn clock_words(clock: Clock) -> String {
    match clock {
        Clock::Wall => "wall clock".to_owned(),
        Clock::Hours(hours) => format!("working hours {}", hours.words()),
    }
}

/// `16 min from "Incident declared" (11:51, line 10) to "Resolved" (12:07, line 11), wall clock`.
pub fn way_words(way: &Way, zone: Zone) -> String {
    let from_day = zone.local(way.from.when.at_ns).date();
    let to_day = zone.local(way.to.when.at_ns).date();
    let from_known = (from_day == to_day).then_some(from_day);
    let slips = match way.slips.is_empty() {
        true => String::new(),
        false => format!(", if {}", way.slips.join(" and ")),
    };
    format!(
        "{} from {} to {}, {}{slips}",
        exact(&way.duration),
        event_words(&way.from, from_known, zone),
        event_words(&way.to, Some(from_day), zone),
        clock_words(way.clock),
    )
}
