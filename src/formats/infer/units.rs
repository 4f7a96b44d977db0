//! The unit of a duration, told by its key's name and its values.

use super::plain;
use crate::formats::field::{Field, Unit};
use crate::formats::value;

/// The unit a key's name ends in: `duration_ms`, `took.us`, `latencySeconds`.
pub fn named_unit(key: &str) -> Option<Unit> {
    let lower = key.to_lowercase();
    let endings = [
        ("seconds", Unit::Seconds),
        ("secs", Unit::Seconds),
        ("sec", Unit::Seconds),
        ("millis", Unit::Millis),
        ("milliseconds", Unit::Millis),
        ("micros", Unit::Micros),
        ("microseconds", Unit::Micros),
        ("nanos", Unit::Nanos),
        ("_ms", Unit::Millis),
        ("_us", Unit::Micros),
        ("_ns", Unit::Nanos),
        ("_s", Unit::Seconds),
        (".ms", Unit::Millis),
        ("ms", Unit::Millis),
        ("ns", Unit::Nanos),
        ("us", Unit::Micros),
    ];
    let longest_first = endings
        .iter()
        .filter(|(ending, _)| lower.ends_with(ending))
        .max_by_key(|(ending, _)| ending.len());
    longest_first.map(|(_, unit)| *unit)
}

/// A key's name without the unit that it ends in.
pub(super) fn without_unit(name: &str) -> String {
    const ENDINGS: [&str; 11] = [
        "milliseconds",
        "microseconds",
        "seconds",
        "millis",
        "micros",
        "nanos",
        "secs",
        "sec",
        "ms",
        "us",
        "ns",
    ];
    let stem = ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    let stem = if stem.len() > 3 && ["durations", "latencys", "elapseds", "tooks"].contains(&stem) {
        &stem[..stem.len() - 1]
    } else {
        stem
    };
    stem.trim_end_matches('.').to_owned()
}

/// A name with a unit says it; `responseTime` is pino's and in ms; written units say it;
/// else whole numbers above 100,000 are nanoseconds, other whole numbers milliseconds,
/// decimals under 30 at the median seconds.
pub(super) fn latency_field(key: &str, values: &[Vec<u8>]) -> Field {
    if values
        .iter()
        .all(|value| value.last().is_some_and(u8::is_ascii_alphabetic))
    {
        return Field::Latency(Unit::Written);
    }
    if let Some(unit) = named_unit(key) {
        return Field::Latency(unit);
    }
    match plain(key.as_bytes()).as_str() {
        "responsetime" => return Field::Latency(Unit::Millis),
        "event.duration" => return Field::Latency(Unit::Nanos),
        _ => {}
    }
    let mut numbers: Vec<i64> = values
        .iter()
        .filter_map(|value| value::micro(value))
        .collect();
    numbers.sort_unstable();
    let median = numbers.get(numbers.len() / 2).copied().unwrap_or(0) / 1_000_000;
    let decimal = values.iter().any(|value| value.contains(&b'.'));
    Field::Latency(match (decimal, median) {
        (true, ..30) => Unit::Seconds,
        (false, 100_000..) => Unit::Nanos,
        _ => Unit::Millis,
    })
}
