//! The unit of a duration, told by its key's name and its values.

use super::{Inferred, Keys, plain};
use crate::clock::Zone;
use crate::events::Number;
use crate::formats::comma::Three;
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
        ("msec", Unit::Millis),
        ("usec", Unit::Micros),
        ("nsec", Unit::Nanos),
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

/// More requests in flight than any one log writes down: a unit that makes so many is too long.
const IN_FLIGHT_MAX: f64 = 1_000.0;
/// Durations from which their sum against the time they lie in says something.
const DURATIONS_MIN: usize = 20;

/// What the other keys say of who wrote a log.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// lograge, which writes milliseconds with decimals.
    is_lograge: bool,
    /// zerolog, which does so too unless it was told otherwise.
    is_zerolog: bool,
    /// Its lines are requests: nearly all are answered within seconds.
    is_access: bool,
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
        let is_status =
            |one: &Inferred| matches!(one.field, Field::Number(Number::Status) | Field::RpcStatus);
        let others = [&b"msg"[..], b"pid", b"hostname", b"logger", b"@timestamp"];
        Self {
            is_zerolog: [&b"level"[..], b"time", b"message"].into_iter().all(has)
                && !others.into_iter().any(has),
            is_access: found.iter().any(is_status),
            is_lograge: has(b"controller") && has(b"action") && (has(b"format") || has(b"db")),
            span_ns: ends.map_or(0, |(first, last)| last.saturating_sub(*first)),
        }
    }
}

/// A name with a unit says it; `responseTime` is of node's libraries and in ms; written units say it; so do
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
    let decimal = values.iter().any(|value| has_fraction(value));
    let unit = match plain(key.as_bytes()).as_str() {
        _ if is_of_node(key) => Unit::Millis,
        "event.duration" => Unit::Nanos,
        "http.server.request.duration" => Unit::Seconds,
        // nginx: seconds with milliseconds behind the point.
        "requesttime" if values.iter().any(|value| value.contains(&b'.')) => Unit::Seconds,
        "duration" if writer.is_lograge => Unit::Millis,
        _ => guessed(values, decimal, writer),
    };
    Field::Latency(unit)
}

/// Whether a number has digits behind its point that are not all zero: some write `12000000.0`.
fn has_fraction(value: &[u8]) -> bool {
    let point = value.iter().position(|byte| matches!(byte, b'.' | b','));
    point.is_some_and(|at| value[at + 1..].iter().any(|byte| *byte != b'0'))
}

/// `responseTime`, as pino, hapi and their like write it; `response_time` is anybody's.
fn is_of_node(key: &str) -> bool {
    key.rsplit('.').next() == Some("responseTime")
}

/// Whether a key says itself which unit its values have; nginx' `request_time` does if they have
/// decimals.
pub(super) fn is_said(key: &str, values: &[Vec<u8>]) -> bool {
    const NAMES: [&str; 2] = ["event.duration", "http.server.request.duration"];
    let name = plain(key.as_bytes());
    let is_nginx = name == "requesttime" && values.iter().any(|value| value.contains(&b'.'));
    is_nginx || is_of_node(key) || named_unit(key).is_some() || NAMES.contains(&name.as_str())
}

/// Whole numbers above 100,000 at the median are nanoseconds, others milliseconds; those of
/// requests microseconds where half would take longer than 10 s as milliseconds, and nearly all
/// longer than one. Decimals are seconds while their median is one of work: below 3 of requests, 1
/// where zerolog wrote them, 30 of anything else. All are shorter if that many cannot have been in
/// flight.
fn guessed(values: &[Vec<u8>], decimal: bool, writer: &Writer) -> Unit {
    let span_ns = writer.span_ns;
    const SHORTER: [Unit; 4] = [Unit::Seconds, Unit::Millis, Unit::Micros, Unit::Nanos];
    let number = |value: &Vec<u8>| value::micro_with_comma(value, Three::Decimals);
    let mut numbers: Vec<i64> = values.iter().filter_map(number).collect();
    numbers.sort_unstable();
    let median = numbers.get(numbers.len() / 2).copied().unwrap_or(0) / 1_000_000;
    let seconds_max = match (writer.is_zerolog, writer.is_access) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 30,
    };
    let low = numbers.get(numbers.len() / 10).copied().unwrap_or(0) / 1_000_000;
    let longest = match (decimal, median) {
        (true, _) if median < seconds_max => 0,
        (false, 10_000..100_000) if writer.is_access && low >= 1_000 => 2,
        (false, 100_000..) => 3,
        (true, 100_000..) => 2,
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
