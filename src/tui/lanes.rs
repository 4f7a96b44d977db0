//! Which signals become lanes, in which order, and what is drawn in them.
//!
//! The lanes that tell the story come first: one of the traffic, then by the strength of their
//! anomalies, no family crowding out the others. Within what fits they keep a fixed order.

use std::collections::{BTreeMap, BTreeSet};

use super::lane_names::{name, term};
use super::resample::{Columns, Heat, Seen, columns, heat};
use super::span::Span;
use crate::analysis::Snapshot;
use crate::analysis::closer::{Closer, Wanted, name_of};
use crate::anomalies::Direction;
use crate::anomalies::settle::is_entity;
use crate::series::{Family, Series, Values};

/// What a row of the timeline is, by identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaneId {
    /// A signal, by its full name.
    Signal(String),
    /// Sources that fell silent.
    Silence,
    /// Deploys and other changes.
    Changes,
    /// What people said.
    People,
    /// The incidents' windows.
    Windows,
}

/// One signal that can be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Its identity.
    pub id: LaneId,
    /// Index in `Snapshot::series`; `None` for the lane of silence.
    pub series: Option<usize>,
    /// Indices in `Snapshot::anomalies` that are marked in it.
    pub anomalies: Vec<usize>,
    /// In a few cells: `req/s`.
    pub label: String,
    /// With its source.
    pub long_label: String,
    /// How much it has to say, 0 for nothing.
    pub relevance: f64,
    /// Of whom it is, where no series is of them: it is counted from the events.
    pub entity: Option<String>,
}

/// What is drawn in one lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Values and levels per column.
    pub columns: Columns,
    /// What is out of the ordinary, per column.
    pub marks: Vec<Option<Direction>>,
    /// Where it is tall enough and shows latencies.
    pub heat: Option<Heat>,
}

/// Entity lanes say less at a glance than those of a whole source.
const ENTITY_FACTOR: f64 = 0.6;
/// Those of a message repeat what its source's errors show; the verdict quotes it.
const TEMPLATE_FACTOR: f64 = 0.02;
/// Beyond this a lane has all to say: huge scores must not crowd out other families.
const RELEVANCE_MAX: f64 = 20.0;
/// Each further lane of a family counts half of the one before.
const REPEAT_FACTOR: f64 = 0.5;
/// Anomalies outside of the selected incident count less.
const OUTSIDE_FACTOR: f64 = 0.3;

/// Lanes of single clients, hosts and the like, the most telling ones.
const PARTS_MAX: usize = 8;

/// Whether a lane is one entity's among many of its source.
fn is_one_of_many(snapshot: &Snapshot, lane: &Lane) -> bool {
    lane.series
        .is_some_and(|index| is_entity(&snapshot.series[index]))
}

fn is_message(snapshot: &Snapshot, lane: &Lane) -> bool {
    family(snapshot, lane) == Some(Family::Messages)
}

/// All lanes of a snapshot, the most telling first. `incident` is an index in
/// `Snapshot::incidents`; its anomalies count in full.
pub fn ranked(snapshot: &Snapshot, incident: Option<usize>) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = (0..snapshot.series.len())
        .map(|index| lane(snapshot, index, incident))
        .filter(|lane| !lane.anomalies.is_empty() || !is_one_of_many(snapshot, lane))
        .collect();
    lanes.extend(silence(snapshot));
    name(&mut lanes);
    let mut out: Vec<Lane> = Vec::new();
    if let Some(first) = busiest(snapshot, &lanes) {
        out.push(lanes.remove(first));
    }
    // A stable sort: among equals the order of the families, then that of the series decides.
    lanes.sort_by_key(|lane| family(snapshot, lane).map_or(u8::MAX, place));
    // Clients and hosts explain what the whole shows: their lanes come last, if it shows anything.
    let (mut parts, whole): (Vec<Lane>, Vec<Lane>) = lanes
        .into_iter()
        .partition(|lane| is_one_of_many(snapshot, lane) && !is_message(snapshot, lane));
    let (mut telling, mut silent): (Vec<Lane>, Vec<Lane>) =
        whole.into_iter().partition(|lane| lane.relevance > 0.0);
    parts.sort_by(|a, b| b.relevance.total_cmp(&a.relevance));
    parts.truncate(PARTS_MAX);
    match telling.is_empty() {
        true => telling = parts,
        false => silent.extend(parts),
    }
    let mut repeats: BTreeMap<Option<Family>, i32> = BTreeMap::new();
    while !telling.is_empty() {
        let weight = |lane: &Lane| {
            let before = repeats.get(&family(snapshot, lane)).copied().unwrap_or(0);
            lane.relevance.min(RELEVANCE_MAX) * REPEAT_FACTOR.powi(before)
        };
        let weights: Vec<f64> = telling.iter().map(weight).collect();
        let best = (0..weights.len())
            .rev()
            .max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
        let lane = telling.remove(best.unwrap_or(0));
        *repeats.entry(family(snapshot, &lane)).or_default() += 1;
        out.push(lane);
    }
    out.extend(silent);
    out
}

/// The first `n` of the ranked lanes in the order in which they are drawn, then the others.
pub fn arranged(snapshot: &Snapshot, mut ranked: Vec<Lane>, n: usize) -> Vec<Lane> {
    let n = n.min(ranked.len());
    ranked[..n].sort_by_key(|lane| {
        (
            family(snapshot, lane).map_or(u8::MAX, place),
            lane.id.clone(),
        )
    });
    ranked
}

fn family(snapshot: &Snapshot, lane: &Lane) -> Option<Family> {
    lane.series.map(|index| snapshot.series[index].family)
}

/// The order of the lanes on the screen.
fn place(family: Family) -> u8 {
    family as u8
}

/// The lane of one series by itself, named with its source.
pub fn of_series(snapshot: &Snapshot, index: usize) -> Lane {
    let mut alone = [lane(snapshot, index, None)];
    name(&mut alone);
    let [lane] = alone;
    lane
}

/// A lane that shows an entity which has no series of the lane's signal.
pub fn of_entity(snapshot: &Snapshot, lane: Lane, entity: &str) -> Lane {
    let Some(series) = lane.series.and_then(|index| snapshot.series.get(index)) else {
        return lane;
    };
    let mut signal = series.signal.clone();
    signal.entity = Some(entity.to_owned());
    let label = term(&signal, &series.values);
    let mut alone = [Lane {
        id: LaneId::Signal(signal.full_name()),
        series: lane.series,
        anomalies: Vec::new(),
        label,
        long_label: String::new(),
        relevance: 0.0,
        entity: signal.entity,
    }];
    name(&mut alone);
    let [mut alone] = alone;
    // In a few cells whose it is says more than what a quantile is of.
    if let Some(short) = alone.label.strip_prefix("latency ") {
        alone.label = short.to_owned();
    }
    Lane {
        id: lane.id,
        ..alone
    }
}

fn lane(snapshot: &Snapshot, index: usize, incident: Option<usize>) -> Lane {
    let series = &snapshot.series[index];
    let anomalies: Vec<usize> = (0..snapshot.anomalies.len())
        .filter(|&i| snapshot.anomalies[i].series == index)
        .collect();
    let factor = match series.signal.entity.as_deref() {
        Some(entity) if entity.starts_with("template=") => TEMPLATE_FACTOR,
        Some(_) => ENTITY_FACTOR,
        None => 1.0,
    };
    let relevance = anomalies
        .iter()
        .map(|&i| strength(snapshot, i, incident))
        .fold(0.0, f64::max)
        * factor;
    Lane {
        id: LaneId::Signal(series.signal.full_name()),
        series: Some(index),
        anomalies,
        label: term(&series.signal, &series.values),
        long_label: String::new(),
        relevance,
        entity: None,
    }
}

fn strength(snapshot: &Snapshot, anomaly: usize, incident: Option<usize>) -> f64 {
    let anomaly = &snapshot.anomalies[anomaly];
    let inside = incident
        .and_then(|i| snapshot.incidents.get(i))
        .is_none_or(|concluded| {
            concluded
                .incident
                .windows
                .iter()
                .any(|window| window.anomalies.contains(&anomaly.id))
        });
    let score = if anomaly.score.is_finite() {
        anomaly.score.abs().max(0.1)
    } else {
        1e6
    };
    if inside {
        score
    } else {
        score * OUTSIDE_FACTOR
    }
}

/// A lane of its own for silence, where any source fell silent.
fn silence(snapshot: &Snapshot) -> Option<Lane> {
    let silent = |i: &usize| snapshot.anomalies[*i].direction == Direction::Silence;
    let anomalies: Vec<usize> = (0..snapshot.anomalies.len()).filter(silent).collect();
    let relevance = anomalies
        .iter()
        .map(|&i| strength(snapshot, i, None))
        .fold(0.0, f64::max);
    let (label, long_label) = ("silence".to_owned(), "silence".to_owned());
    (!anomalies.is_empty()).then_some(Lane {
        id: LaneId::Silence,
        series: None,
        anomalies,
        label,
        long_label,
        relevance,
        entity: None,
    })
}

/// The traffic lane that is always shown: that the load did not move is half of the story.
fn busiest(snapshot: &Snapshot, lanes: &[Lane]) -> Option<usize> {
    let volume = |lane: &Lane| {
        let series = &snapshot.series[lane.series?];
        match &series.values {
            Values::Count(counts)
                if series.family == Family::Traffic && series.signal.entity.is_none() =>
            {
                Some(counts.iter().sum::<u64>())
            }
            _ => None,
        }
    };
    // A source with troubles of its own is the better witness than a louder one without.
    let source = |lane: &Lane| {
        let series = lane.series.map(|index| &snapshot.series[index]);
        series.map(|series| series.signal.source.as_str())
    };
    let telling = lanes.iter().filter(|lane| lane.relevance > 0.0);
    let sources: BTreeSet<Option<&str>> = telling.map(source).collect();
    let troubled = |lane: &Lane| sources.contains(&source(lane));
    (0..lanes.len())
        .filter_map(|i| {
            volume(&lanes[i]).map(|volume| ((troubled(&lanes[i]), volume, std::cmp::Reverse(i)), i))
        })
        .max()
        .map(|(_, i)| i)
}

/// Resamples a lane. `heat_rows` is how many rows a heatmap would have; 0 for none. What was counted
/// `closer` than the series' buckets is drawn where cells are narrower than these.
pub fn drawing(
    snapshot: &Snapshot,
    lane: &Lane,
    span: Span,
    (n, heat_rows): (usize, usize),
    closer: Option<&Closer>,
) -> Drawing {
    let marks = marks(snapshot, &lane.anomalies, span, n);
    let Some(series) = lane.series.map(|index| &snapshot.series[index]) else {
        let (first, last) = snapshot.range.unwrap_or((i64::MAX, i64::MIN));
        let level = |i: usize| match marks[i] {
            Some(_) => 1.0,
            // Before the data and after them nobody knows who spoke.
            None if span.time(i + 1, n) <= first || span.time(i, n) > last => f64::NAN,
            None => 0.0,
        };
        let levels: Vec<f64> = (0..n).map(level).collect();
        let columns = Columns {
            values: levels.clone(),
            levels,
            unit: String::new(),
            factor: 1.0,
            top: f64::NAN,
            between: vec![false; n],
        };
        return Drawing {
            columns,
            marks,
            heat: None,
        };
    };
    let gaps = gaps(snapshot, &series.signal.source);
    let wanted = lane.series.map(|series| Wanted {
        series,
        entity: lane.entity.clone(),
    });
    let name = wanted.and_then(|wanted| name_of(snapshot, &wanted));
    let found = closer
        .zip(name)
        .and_then(|(closer, name)| closer.series.get(&name));
    let bucket = series.grid.width;
    let is_closer = |found: &&Series| span.cell_ns(n) < bucket.ns() && found.grid.width < bucket;
    let seen = Seen {
        series,
        closer: found.filter(|found| lane.entity.is_some() || is_closer(found)),
        is_part: lane.entity.is_some(),
    };
    let heat = heat(seen, span, n, heat_rows, &gaps);
    let alarmed = marks.iter().any(Option::is_some);
    Drawing {
        columns: columns(seen, span, n, &gaps, alarmed),
        marks,
        heat,
    }
}

fn gaps(snapshot: &Snapshot, source: &str) -> Vec<(i64, i64)> {
    let of_source = snapshot
        .blind_spots
        .iter()
        .filter(|spot| spot.source == source && spot.kind == "gap");
    of_source.filter_map(|spot| spot.range).collect()
}

fn marks(snapshot: &Snapshot, anomalies: &[usize], span: Span, n: usize) -> Vec<Option<Direction>> {
    let mut marks = vec![None; n];
    for anomaly in anomalies.iter().map(|&i| &snapshot.anomalies[i]) {
        // Where it seems over nothing is out of the ordinary any more.
        let calm_ns = || anomaly.lasting.calm_since_ns.unwrap_or(i64::MAX);
        let to_ns = anomaly.end.map_or_else(calm_ns, |end| end.at_ns);
        if n == 0 || to_ns <= span.from_ns || anomaly.start.at_ns >= span.to_ns {
            continue;
        }
        let first = span.nearest(anomaly.start.at_ns, n);
        let last = span.nearest(to_ns.saturating_sub(1).max(anomaly.start.at_ns), n);
        marks[first..=last].fill(Some(anomaly.direction));
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture;

    fn labels(lanes: &[Lane]) -> Vec<&str> {
        lanes.iter().map(|lane| lane.label.as_str()).collect()
    }

    #[test]
    fn the_traffic_comes_first_and_then_what_is_out_of_the_ordinary() {
        let lanes = ranked(&fixture::outage(), Some(0));
        assert_eq!(
            labels(&lanes)[..3],
            ["req/s api-access", "errors", "latency p99"]
        );
        assert_eq!(labels(&lanes)[6..], ["req/s haproxy", "response bytes"]);
    }

    #[test]
    fn one_family_does_not_crowd_out_the_others() {
        let mut snapshot = fixture::outage();
        for host in 0..9 {
            let mut series = snapshot.series[1].clone();
            series.signal.entity = Some(format!("host=app-{host}"));
            let mut anomaly = snapshot.anomalies[0].clone();
            anomaly.series = snapshot.series.len();
            snapshot.series.push(series);
            snapshot.anomalies.push(anomaly);
        }
        let lanes = ranked(&snapshot, Some(0));
        let first = labels(&lanes)[..6].join(", ");
        for lane in ["errors", "latency p99", "slow queries"] {
            assert!(first.contains(lane), "{lane} is not in {first}");
        }
    }

    #[test]
    fn single_clients_come_last_and_are_not_many() {
        let mut snapshot = fixture::outage();
        let whole = ranked(&snapshot, Some(0));
        for client in 0..30 {
            let mut series = snapshot.series[1].clone();
            series.signal.entity = Some(format!("client=10.0.0.{client}"));
            let mut anomaly = snapshot.anomalies[0].clone();
            (anomaly.series, anomaly.score) = (snapshot.series.len(), 10.0 + f64::from(client));
            snapshot.series.push(series);
            snapshot.anomalies.push(anomaly);
        }
        let lanes = ranked(&snapshot, Some(0));
        assert_eq!(labels(&lanes)[..whole.len()], labels(&whole));
        let clients = labels(&lanes)[whole.len()..].join(", ");
        assert_eq!(lanes.len(), whole.len() + PARTS_MAX);
        assert!(
            clients.contains("10.0.0.29") && !clients.contains("10.0.0.21"),
            "{clients}"
        );
    }

    #[test]
    fn what_fits_is_drawn_in_the_order_of_the_families() {
        let snapshot = fixture::outage();
        let lanes = arranged(&snapshot, ranked(&snapshot, Some(0)), 6);
        let families: Vec<u8> = lanes[..6]
            .iter()
            .filter_map(|lane| family(&snapshot, lane))
            .map(place)
            .collect();
        assert!(families.is_sorted(), "{families:?}");
    }

    #[test]
    fn a_silent_source_has_a_lane_that_names_the_silence_only() {
        let mut snapshot = fixture::outage();
        snapshot.anomalies[0].direction = Direction::Silence;
        let lanes = ranked(&snapshot, Some(0));
        let lane = lanes
            .iter()
            .find(|lane| lane.id == LaneId::Silence)
            .unwrap();
        let span = Span::new(fixture::START, fixture::START + 8400 * fixture::S);
        let drawing = drawing(&snapshot, lane, span, (84, 0), None);
        let silent: Vec<usize> = (0..84)
            .filter(|&i| drawing.columns.levels[i] == 1.0)
            .collect();
        assert_eq!(silent, [9, 10, 11]);
    }

    #[test]
    fn what_is_calm_again_is_not_marked_though_it_may_come_back() {
        let mut snapshot = fixture::outage();
        let span = Span::new(fixture::START, fixture::START + 8400 * fixture::S);
        let marked = |snapshot: &Snapshot| {
            let marks = marks(snapshot, &[0], span, 84);
            marks.iter().filter(|mark| mark.is_some()).count()
        };
        snapshot.anomalies[0].end = None;
        assert_eq!(marked(&snapshot), 84 - 9);
        let calm_ns = fixture::START + 1200 * fixture::S;
        snapshot.anomalies[0].lasting.calm_since_ns = Some(calm_ns);
        assert_eq!(marked(&snapshot), 3);
    }
}
