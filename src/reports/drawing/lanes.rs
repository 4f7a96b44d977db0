//! Which signals become lanes, and in which order.

use super::cells;
use crate::analysis::Snapshot;
use crate::anomalies::settle::is_entity;
use crate::series::{Family, Role, Series};

/// Lanes drawn; the rest is counted.
const LANES_MAX: usize = 14;
/// Of one family at most so many: no kind of signal crowds out the others.
const FAMILY_MAX: usize = 3;

/// One signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What it is: `error share`, `busy_workers host=gw-7`.
    pub name: String,
    /// Of which source.
    pub source: String,
    /// The unit of its values.
    pub unit: String,
    /// What it tells about, which gives it its colour.
    pub family: Family,
    /// One per cell; NaN where nothing is known.
    pub values: Vec<f64>,
    /// What was expected, likewise.
    pub expected: Vec<f64>,
    /// The level at which the resource has run out, where one is known.
    pub limit: Option<f64>,
}

impl Lane {
    /// The highest value; NaN where none is known.
    pub fn peak(&self) -> f64 {
        let known = self.values.iter().copied().filter(|x| x.is_finite());
        known.fold(f64::NAN, f64::max)
    }
}

/// The lanes, and how many more signals there are: request rate first, then errors, latency, slow
/// queries, what is in flight or queued, jobs, gauges, messages; within a kind those that left
/// their baseline, the strongest first.
pub fn lanes(snapshot: &Snapshot, from_ns: i64, to_ns: i64, cell_ns: i64) -> (Vec<Lane>, usize) {
    let mut ranked: Vec<(usize, u8, f64)> = (0..snapshot.series.len())
        .filter_map(|i| {
            let score = score(snapshot, i);
            let place = place(&snapshot.series[i], score)?;
            Some((i, place, score))
        })
        .collect();
    ranked.sort_by(|a, b| {
        let by_name = || {
            snapshot.series[a.0]
                .signal
                .cmp(&snapshot.series[b.0].signal)
        };
        a.1.cmp(&b.1).then(b.2.total_cmp(&a.2)).then_with(by_name)
    });
    let mut of_family: Vec<(Family, usize)> = Vec::new();
    let n = ranked.len();
    let mut chosen = Vec::new();
    for (i, ..) in ranked {
        let family = snapshot.series[i].family;
        let place = of_family.iter().position(|(one, _)| *one == family);
        let place = place.unwrap_or_else(|| {
            of_family.push((family, 0));
            of_family.len() - 1
        });
        of_family[place].1 += 1;
        if of_family[place].1 <= FAMILY_MAX && chosen.len() < LANES_MAX {
            chosen.push(i);
        }
    }
    let lane = |i: &usize| lane(snapshot, *i, from_ns, to_ns, cell_ns);
    (chosen.iter().map(lane).collect(), n - chosen.len())
}

fn lane(snapshot: &Snapshot, i: usize, from_ns: i64, to_ns: i64, cell_ns: i64) -> Lane {
    let series = &snapshot.series[i];
    let spots = snapshot
        .blind_spots
        .iter()
        .filter(|spot| spot.kind == "gap" && spot.source == series.signal.source);
    let gaps: Vec<(i64, i64)> = spots.filter_map(|spot| spot.range).collect();
    let expected = snapshot.expected.get(i).map_or(&[][..], Vec::as_slice);
    let name = match &series.signal.entity {
        Some(entity) => format!("{} {entity}", series.signal.name),
        None => series.signal.name.clone(),
    };
    Lane {
        name,
        source: series.signal.source.clone(),
        unit: series.signal.unit.clone(),
        family: series.family,
        values: cells::values(series, from_ns, to_ns, cell_ns, &gaps),
        expected: cells::expected(series, expected, from_ns, to_ns, cell_ns),
        limit: series.limit,
    }
}

/// The strongest anomaly of a series; 0 without one.
fn score(snapshot: &Snapshot, i: usize) -> f64 {
    let of_series = snapshot.anomalies.iter().filter(|one| one.series == i);
    of_series.map(|one| one.score).fold(0.0, f64::max)
}

/// The place of its kind from the top; `None` for what is not drawn.
fn place(series: &Series, score: f64) -> Option<u8> {
    let told = score > 0.0 || series.signal.role == Role::UserFacing;
    if is_entity(series) || !(told || series.family == Family::Traffic) {
        return None;
    }
    // The lanes stand in the order of the families.
    Some(series.family as u8)
}
