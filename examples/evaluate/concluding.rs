//! From series to incidents without logs: detection and grouping as the product does them.

use std::ops::Range;
use std::sync::Arc;

use rfo::anomalies::{self, Found};
use rfo::events::{EventStore, Interner, Text};
use rfo::incidents::{self, Scene};
use rfo::series::Series;

const NS_PER_MIN: i64 = 60_000_000_000;

/// What was concluded from series.
pub struct Concluded {
    /// The anomalies of single series.
    pub found: Found,
    /// Windows of all incidents in buckets, by start; the start may lie within a bucket.
    pub windows: Vec<Window>,
}

/// A window of an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Its incident.
    pub incident: usize,
    /// Buckets from start to end.
    pub buckets: Range<usize>,
    /// The incident's title.
    pub title: String,
}

/// Detects, groups, and places the windows.
pub fn conclude(series: &[Series]) -> Concluded {
    let found = anomalies::find(series, &anomalies::Options::default());
    let Some(grid) = series.first().map(|one| one.grid) else {
        return Concluded {
            found,
            windows: Vec::new(),
        };
    };
    let sources = ["service".to_owned()];
    let names = Text::ALL.iter().map(|_| Interner::new(1)).collect();
    let store = EventStore::new(Vec::new(), Arc::new(names));
    let scene = Scene {
        sources: &sources,
        paths: &sources,
        series,
        expected: &found.expected,
        anomalies: &found.anomalies,
        tested: &found.tested,
        grid,
        first_ns: grid.start_ns,
        end_of_data_ns: grid.end_ns(),
        store: &store,
        records: &[],
        window_gap_ns: (3 * grid.width.ns()).max(5 * NS_PER_MIN),
        group_gap_ns: 1440 * NS_PER_MIN,
        slo: 0.999,
    };
    let built = incidents::build(&scene);
    let windows = built.iter().enumerate().flat_map(|(i, incident)| {
        incident.windows.iter().map(move |window| Window {
            incident: i,
            buckets: grid.nearest(window.start.at_ns)
                ..window.end.map_or(grid.n, |end| grid.nearest(end.at_ns)),
            title: incident.title.clone(),
        })
    });
    let mut windows: Vec<Window> = windows.collect();
    windows.sort_by_key(|window| (window.buckets.start, window.incident));
    Concluded { found, windows }
}
