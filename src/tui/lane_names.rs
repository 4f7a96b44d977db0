//! What a lane is called: the term of its signal, whose it is, its source where that is needed.

use std::collections::BTreeMap;

use super::lanes::{Lane, LaneId};
use crate::series::{Signal, Values};
use crate::text::shorten;

/// A term up to this many cells leaves room for whose it is, behind it.
const TERM_SHORT: usize = 11;
/// Cells for whose a lane is, before a longer term.
const WHOSE_WIDTH: usize = 6;

/// The words for the label: the term, and the entity where it is one's.
pub fn term(signal: &Signal, values: &Values) -> String {
    let name = match signal.name.as_str() {
        "request rate" => "req/s",
        "error share" => "errors",
        "in flight" | "requests in flight" => "in flight",
        name => name,
    };
    let name = match values {
        Values::Latency(_) if !name.contains("p99") => format!("{name} p99"),
        _ => name.to_owned(),
    };
    match &signal.entity {
        Some(entity) => {
            let value = entity
                .split_once('=')
                .map_or(entity.as_str(), |pair| pair.1);
            beside(&name, value)
        }
        None => name,
    }
}

/// A term and whose it is. A label is cut at its end: what tells lanes of one long term apart
/// comes before it.
fn beside(term: &str, whose: &str) -> String {
    match term.chars().count() > TERM_SHORT {
        true => format!("{} {term}", shorten(whose, WHOSE_WIDTH)),
        false => format!("{term} {whose}"),
    }
}

/// Adds the source: always to the long label, to the short one where it is needed.
pub fn name(lanes: &mut [Lane]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for lane in lanes.iter() {
        *counts.entry(lane.label.clone()).or_default() += 1;
    }
    for lane in lanes.iter_mut() {
        let LaneId::Signal(full_name) = &lane.id else {
            continue;
        };
        let source = stem(full_name.split(' ').next().unwrap_or_default());
        lane.long_label = format!("{} {source}", lane.label);
        if counts[&lane.label] > 1 {
            lane.label = beside(&lane.label, source);
        }
    }
}

/// The name of a source without folders and endings: `api-access` of `logs/api-access.log.gz`.
pub fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    match file.split_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_is_a_name_without_folders_and_endings() {
        assert_eq!(stem("logs/api-access.log.gz"), "api-access");
        assert_eq!(stem(".hidden"), ".hidden");
        assert_eq!(stem("plain"), "plain");
    }
}
