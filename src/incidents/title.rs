//! One line that says what is wrong, and where.

use super::{Contributor, Explanation, Scene};
use crate::anomalies::{Anomaly, Direction};
use crate::series::Family;
use crate::text::shorten;

/// Longest value named in a title, in cells.
const VALUE_WIDTH: usize = 60;

/// The title: the strongest symptom that users feel, the first contributor, the full resource.
pub fn title(scene: &Scene<'_>, leading: &[usize], contributors: &[Contributor], explanation: &Explanation) -> String {
    let symptom = leading.iter().map(|&i| &scene.anomalies[i]).max_by(|a, b| (rank(a), a.score).partial_cmp(&(rank(b), b.score)).unwrap_or(std::cmp::Ordering::Equal));
    let mut parts = vec![symptom.map_or_else(|| "trouble".to_owned(), symptom_words)];
    if let Some(first) = contributors.first() {
        let (dimension, value) = &first.dimensions[0];
        parts.push(format!("{dimension} {}", shorten(&short_value(dimension, value), VALUE_WIDTH)));
    }
    if let Some(limit) = &explanation.limit {
        parts.push(format!("{} full at {}", limit.signal, limit.limit));
    }
    parts.join("; ")
}

/// A statement named by its table, anything else as it is.
pub fn short_value(dimension: &str, value: &str) -> String {
    if dimension != "query" {
        return value.to_owned();
    }
    let words: Vec<&str> = value.split_whitespace().collect();
    let table = words.windows(2).find(|pair| matches!(pair[0], "from" | "into" | "update" | "join")).map(|pair| pair[1]);
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
        (_, Family::Latency) => 2,
        (_, Family::Traffic) => 1,
        _ => 0,
    }
}

fn symptom_words(anomaly: &Anomaly) -> String {
    let (source, name) = (&anomaly.signal.source, &anomaly.signal.name);
    match (anomaly.direction, anomaly.family) {
        (Direction::Silence, _) => format!("{source} fell silent"),
        (Direction::Ramp, _) => format!("{} climbs to its limit", anomaly.signal.full_name()),
        (_, Family::Errors) => format!("{:.1} % of requests fail in {source} (usually {:.1} %)", anomaly.observed * 100.0, anomaly.expected * 100.0),
        (_, Family::Latency) if name.starts_with("latency") => {
            format!("{source}: {:.0} % of requests slower than the usual {}", anomaly.observed * 100.0, name.trim_start_matches("latency over "))
        }
        (Direction::Down, _) => format!("{} drops to {}", anomaly.signal.full_name(), ratio_words(anomaly)),
        (Direction::Up, _) => format!("{} rises to {}", anomaly.signal.full_name(), ratio_words(anomaly)),
    }
}

fn ratio_words(anomaly: &Anomaly) -> String {
    match anomaly.expected > 0.0 {
        true => format!("x{:.1}", anomaly.observed / anomaly.expected),
        false => format!("{:.1}", anomaly.observed),
    }
}
