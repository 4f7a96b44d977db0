//! Durations that no service has: the format that reads them reads something else.
//!
//! In: a format and what it made of a sample. Out: how much less it is believed. Which format is
//! taken is for `detect`.

use super::field::Unit;
use super::template::Template;
use super::{Engine, Format, Parsed};
use crate::events::Number;

/// Nearly all requests of a service take at least this, microseconds.
const LATENCY_US_MIN: i64 = 20;
/// Half of the requests of a service take at most this, microseconds.
const LATENCY_US_MAX: i64 = 120_000_000;
/// Half of the requests take at most this where durations are whole seconds, microseconds.
const WHOLE_US_MAX: i64 = 1_000_000;
/// Of fewer durations nothing is concluded from their all being whole.
const WHOLE_MIN: usize = 20;
/// What an unlikely unit of durations costs of the confidence.
const UNLIKELY: f64 = 0.02;

/// How much less a format is believed whose durations are those of no service: a bare number
/// behind a line may be seconds or microseconds, and only one of them is a likely duration.
pub(super) fn doubt(format: &Format, parsed: &Parsed) -> f64 {
    let Engine::Template(templates) = &format.engine else {
        return 0.0;
    };
    let column = parsed.chunk.number(Number::LatencyUs);
    let mut latencies: Vec<i64> = column.iter().copied().filter(|us| *us >= 0).collect();
    if latencies.is_empty() {
        // What stands where its durations do may be something else: `"agent" "10.0.0.1"`.
        let reads_none = templates.iter().all(|one| one.latency_unit().is_some());
        return if reads_none { UNLIKELY } else { 0.0 };
    }
    latencies.sort_unstable();
    let median_us = latencies[latencies.len() / 2];
    let in_us = |template: &Template| template.latency_unit() == Some(Unit::Micros);
    let tenth_us = latencies[latencies.len() / 10];
    let is_too_short = templates.iter().any(in_us) && tenth_us < LATENCY_US_MIN;
    let ninth_us = latencies[latencies.len() * 9 / 10];
    // Whole seconds, as `%T` writes them, are none for most requests; else they are milliseconds.
    let is_whole = median_us > WHOLE_US_MAX || ninth_us > 10 * WHOLE_US_MAX;
    let is_whole =
        is_whole && latencies.len() >= WHOLE_MIN && latencies.iter().all(|us| us % 1_000_000 == 0);
    let is_unlikely = is_too_short || is_whole || median_us > LATENCY_US_MAX;
    if is_unlikely { UNLIKELY } else { 0.0 }
}
