//! The unit of a duration, told by its key's name and its values.

use super::{Inferred, Keys, plain};
use crate::clock::Zone;
use crate::formats::field::{Field, Unit};
use crate::formats::stamp::{StampKind, StampReader};
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

/// More requests in flight than any one log writes down: a unit that makes so many is too long.
const IN_FLIGHT_MAX: f64 = 1_000.0;
/// Durations from which their sum against the time they lie in says something.
const DURATIONS_MIN: usize = 20;

/// What the other keys say of who wrote a log.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// lograge, which writes milliseconds with decimals.
    is_lograge: bool,
    /// From the first stamp of the sample to the last, nanoseconds; 0 if unknown.
    span_ns: i64,
}

impl Writer {
    /// The writer of a sample whose time is found already.
    pub(super) fn of(keys: &Keys, found: &[Inferred]) -> Self {
        let has = |name: &[u8]| keys.values.contains_key(name);
        let time = found.iter().find(|one| matches!(one.field, Field::Time(_)));
        let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
        let times = time.map_or(&[][..], |one| keys.values[one.key.as_bytes()].as_slice());
        let instants: Vec<i64> = times.iter().filter_map(|text| stamps.read(text)).collect();
        let ends = instants.iter().min().zip(instants.iter().max());
        Self {
            is_lograge: has(b"controller") && has(b"action") && (has(b"format") || has(b"db")),
            span_ns: ends.map_or(0, |(first, last)| last.saturating_sub(*first)),
        }
    }
}

/// A name with a unit says it; `responseTime` is pino's and in ms; written units say it; so do
/// some writers; else it is guessed from the values, and too long a unit is shortened as long as
/// it would keep more requests in flight than there can be.
pub(super) fn latency_field(key: &str, values: &[Vec<u8>], writer: &Writer) -> Field {
    let is_written = |value: &Vec<u8>| value.last().is_some_and(u8::is_ascii_alphabetic);
    if values.iter().all(is_written) {
        return Field::Latency(Unit::Written);
    }
    if let Some(unit) = named_unit(key) {
        return Field::Latency(unit);
    }
    let decimal = values.iter().any(|value| value.contains(&b'.'));
    let unit = match plain(key.as_bytes()).as_str() {
        "responsetime" | "meta.responsetime" => Unit::Millis,
        "event.duration" => Unit::Nanos,
        // nginx: seconds with milliseconds behind the point.
        "requesttime" if decimal => Unit::Seconds,
        "duration" if writer.is_lograge => Unit::Millis,
        _ => guessed(values, decimal, writer.span_ns),
    };
    Field::Latency(unit)
}

/// Whole numbers above 100,000 at the median are nanoseconds, others milliseconds, decimals under
/// 30 seconds; shorter if that many cannot have been in flight.
fn guessed(values: &[Vec<u8>], decimal: bool, span_ns: i64) -> Unit {
    const SHORTER: [Unit; 4] = [Unit::Seconds, Unit::Millis, Unit::Micros, Unit::Nanos];
    let numbers = values.iter().filter_map(|value| value::micro(value));
    let mut numbers: Vec<i64> = numbers.collect();
    numbers.sort_unstable();
    let median = numbers.get(numbers.len() / 2).copied().unwrap_or(0) / 1_000_000;
    let longest = match (decimal, median) {
        (true, ..30) => 0,
        (false, 100_000..) => 3,
        _ => 1,
    };
    if numbers.len() < DURATIONS_MIN || span_ns <= 0 {
        return SHORTER[longest];
    }
    let sum = numbers.iter().map(|n| *n as f64 / 1e6).sum::<f64>();
    let in_flight = |unit: &Unit| sum * unit.in_us() * 1e3 / span_ns as f64;
    let mut possible = SHORTER[longest..].iter();
    let found = possible.find(|unit| in_flight(unit) <= IN_FLIGHT_MAX);
    *found.unwrap_or(&Unit::Nanos)
}
