//! One line that says what is wrong, and where.

use super::alone::{dimension_and_value, fails, is_rare};
use super::ratios::Work;
use super::{Contributor, Explanation, Scene, evidence};
use crate::anomalies::templates::NEW;
use crate::anomalies::{Anomaly, Direction};
use crate::clock::NS_PER_S;
use crate::clock::words::length;
use crate::series::Family;
use crate::series::assemble::{LATENCY, QUERY_TIME};
use crate::series::queue::ENQUEUE_RATE;
use crate::text::shorten;

/// Longest value named in a title, in cells.
const VALUE_WIDTH: usize = 72;

/// The title: the strongest symptom that users feel, the first contributor, the full resource.
pub fn title(
    scene: &Scene<'_>,
    leading: &[usize],
    contributors: &[Contributor],
    explanation: &Explanation,
) -> String {
    let symptom = leading.iter().map(|&i| &scene.anomalies[i]).max_by(|a, b| {
        (rank(a), a.score)
            .partial_cmp(&(rank(b), b.score))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let worded = |one: &Anomaly| match (one.direction, one.signal.name.as_str()) {
        (Direction::Up, "job age") => waiting(scene, one),
        _ => symptom_words(one, Work::of(&scene.series[one.series])),
    };
    // What began long before a silence is told first: the silence came to it.
    let before = |silence: &Anomaly| {
        let others = leading.iter().map(|&i| &scene.anomalies[i]);
        let earlier = others.filter(|one| {
            silence.direction == Direction::Silence
                && one.direction != Direction::Silence
                && one.start.at_ns <= silence.start.at_ns - scene.window_gap_ns
        });
        earlier.max_by(|a, b| {
            a.score
                .total_cmp(&b.score)
                .then_with(|| b.series.cmp(&a.series))
        })
    };
    let words = match symptom {
        None => "trouble".to_owned(),
        Some(one) => match before(one) {
            Some(first) => format!("{}, then {}", worded(first), worded(one)),
            None => worded(one),
        },
    };
    let mut parts = vec![words];
    let named = |one: &&Contributor| {
        let mut dimensions = one.dimensions.iter();
        dimensions.all(|(name, value)| parts[0].contains(&format!("{name} {value}")))
    };
    if let Some(first) = contributors.first().filter(|one| !named(one)) {
        parts.push(who(&first.dimensions));
    }
    if let Some(limit) = &explanation.limit {
        let name = limit
            .signal
            .split_once(' ')
            .map_or(limit.signal.as_str(), |(_, name)| name);
        parts.push(format!("{name} full at {}", grouped(limit.limit)));
    }
    parts.join("; ")
}

/// The dimensions with their values, the longest cut where there is no room for all. A part of a
/// message is named by what it says, since its number tells nobody anything.
fn who(dimensions: &[(String, String)]) -> String {
    let values: Vec<String> = dimensions
        .iter()
        .map(|(name, value)| short_value(name, value))
        .collect();
    let mut lengths: Vec<usize> = values.iter().map(|value| value.chars().count()).collect();
    lengths.sort_unstable();
    let (mut left, mut widest) = (VALUE_WIDTH, 0);
    for (i, length) in lengths.iter().enumerate() {
        widest = *length.min(&(left / (lengths.len() - i)));
        left -= widest;
    }
    let words = dimensions.iter().zip(&values).map(|((name, _), value)| {
        let value = shorten(value, widest);
        match name.starts_with("part ") {
            true => format!("naming {value}"),
            false => format!("{name} {value}"),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// A level with its thousands apart: `12,000`.
pub fn grouped(level: f64) -> String {
    let digits = format!("{:.0}", level.abs());
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if level < 0.0 { format!("-{out}") } else { out }
}

/// A statement named by its table, anything else as it is.
pub fn short_value(dimension: &str, value: &str) -> String {
    if dimension != "query" {
        return value.to_owned();
    }
    let words: Vec<&str> = value.split_whitespace().collect();
    let table = words
        .windows(2)
        .find(|pair| matches!(pair[0], "from" | "into" | "update" | "join"))
        .map(|pair| pair[1]);
    match (words.first(), table) {
        (Some(verb), Some(table)) => format!("{verb} {table}"),
        _ => value.to_owned(),
    }
}

/// Errors say more than slowness, slowness more than traffic.
fn rank(anomaly: &Anomaly) -> u8 {
    match (anomaly.direction, anomaly.family) {
        (Direction::Silence, _) => 4,
        (_, Family::Errors) => 3,
        (_, Family::Latency) if anomaly.signal.name == "in flight" => 0,
        (_, Family::Latency) => 2,
        (_, Family::Traffic) => 1,
        _ => 0,
    }
}

/// How long the oldest job waited at the worst.
fn waiting(scene: &Scene<'_>, anomaly: &Anomaly) -> String {
    let ages = anomaly
        .buckets
        .clone()
        .filter_map(|i| evidence::value(&scene.series[anomaly.series], i));
    let worst_s = ages.fold(0.0, f64::max);
    let (words, source) = (
        length((worst_s * NS_PER_S as f64) as i64),
        &anomaly.signal.source,
    );
    // An age that is derived from counts is the least that the oldest job can have waited.
    let is_derived = scene
        .series
        .iter()
        .any(|one| one.signal.source == *source && one.signal.name == ENQUEUE_RATE);
    match is_derived {
        true => format!("jobs wait {words} and more in {source}"),
        false => format!("jobs wait up to {words} in {source}"),
    }
}

fn symptom_words(anomaly: &Anomaly, work: Work) -> String {
    let (source, name) = (&anomaly.signal.source, &anomaly.signal.name);
    if anomaly.detector == NEW {
        return format!("new in {source}: {}", super::news::template(anomaly));
    }
    match (anomaly.direction, anomaly.family) {
        (_, Family::Errors) if fails(anomaly) => {
            let (dimension, value) = dimension_and_value(anomaly).unwrap_or_default();
            format!(
                "{:.0} % of requests to {dimension} {} fail in {source}",
                (anomaly.observed * 100.0).max(1.0),
                shorten(value, VALUE_WIDTH)
            )
        }
        (Direction::Silence, _) => format!("{source} fell silent"),
        (Direction::Ramp, _) => format!("{} climbs to its limit", anomaly.signal.full_name()),
        (_, Family::Errors) => format!(
            "{:.0} % of requests fail in {source}",
            (anomaly.observed * 100.0).max(1.0)
        ),
        _ if let Some((of, quantile)) = slower_than(name, work) => format!(
            "{source}: {:.0} % of {of} slower than the usual {quantile}",
            anomaly.observed * 100.0
        ),
        (Direction::Down, _) => format!(
            "{} drops to {}",
            anomaly.signal.full_name(),
            against(anomaly)
        ),
        (Direction::Up, _) => format!(
            "{} rises to {}",
            anomaly.signal.full_name(),
            against(anomaly)
        ),
    }
}

/// Of what a share is slower than usual, and than which quantile of the usual.
fn slower_than(name: &str, work: Work) -> Option<(&'static str, &str)> {
    match name.split_once(" over ")? {
        (LATENCY, quantile) if work == Work::Messages => Some(("timed events", quantile)),
        (LATENCY, quantile) => Some(("requests", quantile)),
        (QUERY_TIME, quantile) => Some(("slow queries", quantile)),
        _ => None,
    }
}

/// Larger ratios are not told in figures.
const RATIO_MAX: f64 = 1000.0;

/// The level against the usual one; the level itself where hardly anything is usual.
fn against(anomaly: &Anomaly) -> String {
    if is_rare(anomaly) {
        return level(anomaly.observed, &anomaly.signal.unit);
    }
    risen(anomaly.observed, anomaly.expected, &anomaly.signal.unit)
}

fn risen(observed: f64, expected: f64, unit: &str) -> String {
    match observed / expected {
        ratio if expected <= 0.0 || ratio.is_nan() => level(observed, unit),
        // Of next to nothing, any ratio is as good as another.
        ratio if ratio >= RATIO_MAX => format!("more than x{RATIO_MAX}"),
        ratio => format!("x{ratio:.1}"),
    }
}

/// A level in its unit; rates by the second, minute or hour, whichever gives a figure of at
/// least one.
fn level(x: f64, unit: &str) -> String {
    match unit {
        "1/s" => {
            let per = [(1.0, "s"), (60.0, "min"), (3600.0, "h")];
            let reads = |(seconds, _): &&(f64, &str)| x * seconds >= 1.0;
            let (seconds, each) = per.iter().find(reads).unwrap_or(&per[2]);
            format!("{:.1}/{each}", x * seconds)
        }
        _ => format!("{x:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_to_next_to_nothing_is_no_figure() {
        assert_eq!(risen(7.0, 2.0, "1/s"), "x3.5");
        assert_eq!(risen(0.7, 0.0, "jobs"), "0.7");
        assert_eq!(risen(3.0, 0.0001, "1/s"), "more than x1000");
    }

    #[test]
    fn a_share_is_of_what_its_signal_times() {
        let of = |name: &'static str, work| slower_than(name, work);
        let expected = Some(("requests", "p99"));
        assert_eq!(of("latency over p99", Work::Requests), expected);
        let expected = Some(("timed events", "p99"));
        assert_eq!(of("latency over p99", Work::Messages), expected);
        let expected = Some(("slow queries", "p50"));
        assert_eq!(of("query time over p50", Work::SlowQueries), expected);
        assert_eq!(of("in flight", Work::Requests), None);
        assert_eq!(of("heap over limit", Work::Messages), None);
    }

    #[test]
    fn a_rate_from_nothing_is_told_by_the_time_that_gives_a_figure() {
        let of = |per_s: f64| risen(per_s, 0.0, "1/s");
        assert_eq!(
            [of(12.0), of(0.7), of(0.002)],
            ["12.0/s", "42.0/min", "7.2/h"]
        );
    }

    #[test]
    fn statements_are_named_by_verb_and_table() {
        assert_eq!(
            short_value("query", "select a, b from token_auth where c = ?"),
            "select token_auth"
        );
        assert_eq!(
            short_value("query", "insert into jobs values (?+)"),
            "insert jobs"
        );
        assert_eq!(short_value("query", "commit"), "commit");
        assert_eq!(short_value("client", "10.0.0.1"), "10.0.0.1");
    }

    #[test]
    fn short_values_leave_their_room_to_long_ones() {
        let of = |pairs: &[(&str, &str)]| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            who(&pairs.iter().map(owned).collect::<Vec<_>>())
        };
        let message = "worker <*>: still resolving <*>";
        assert_eq!(
            of(&[
                ("service", "api"),
                ("message", message),
                ("part 1", "auth-2.example")
            ]),
            format!("service api, message {message}, naming auth-2.example")
        );
        let long = "x".repeat(200);
        let words = of(&[("client", &long), ("endpoint", &long)]);
        assert_eq!(words.matches('x').count(), 2 * (VALUE_WIDTH / 2 - 1));
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(2000.0), "2,000");
        assert_eq!(grouped(512.0), "512");
        assert_eq!(grouped(1_234_567.4), "1,234,567");
    }
}
