//! Hand-made series and anomalies for the tests of this folder.

use std::ops::Range;
use std::sync::Arc;

use super::Scene;
use crate::anomalies::{Anomaly, Direction};
use crate::clock::{NS_PER_MIN, When};
use crate::events::{Chunk, EventStore, Evidence, Interner, Number, Symbol, Text};
use crate::records::{Change, Record};
use crate::series::{BucketWidth, Family, Grid, Role, Series, Signal, Values};

/// Minutes in the data.
pub const MINUTES: usize = 240;

/// An access log of 100 requests a minute over four hours, in buckets of a minute, with the
/// anomalies and records that a test adds.
pub struct World {
    pub sources: Vec<String>,
    pub series: Vec<Series>,
    pub expected: Vec<Vec<f64>>,
    pub anomalies: Vec<Anomaly>,
    pub store: EventStore,
    pub records: Vec<Record>,
    pub grid: Grid,
}

/// A minute of the data as an instant, ns.
pub fn minute(n: i64) -> i64 {
    n * NS_PER_MIN
}

impl World {
    /// Failure shares per minute decide the world: 0.0 is normal.
    pub fn new(failed: impl Fn(usize) -> f64) -> Self {
        let grid = Grid {
            start_ns: 0,
            width: BucketWidth::MINUTE,
            n: MINUTES,
        };
        let k: Vec<u64> = (0..MINUTES)
            .map(|i| (failed(i) * 100.0).round() as u64)
            .collect();
        let mut world = Self {
            sources: vec!["web.log".to_owned()],
            series: Vec::new(),
            expected: Vec::new(),
            anomalies: Vec::new(),
            store: store(&k),
            records: Vec::new(),
            grid,
        };
        world.add_series(
            "request rate",
            Family::Traffic,
            Role::UserFacing,
            Values::Count(vec![100; MINUTES]),
            100.0 / 60.0,
        );
        world.add_series(
            "error share",
            Family::Errors,
            Role::UserFacing,
            Values::Ratio {
                k,
                n: vec![100; MINUTES],
            },
            0.0,
        );
        world
    }

    pub fn add_series(
        &mut self,
        name: &str,
        family: Family,
        role: Role,
        values: Values,
        expected: f64,
    ) -> usize {
        let signal = Signal {
            source: "web.log".into(),
            name: name.into(),
            role,
            entity: None,
            unit: "x".into(),
        };
        self.series.push(Series {
            signal,
            family,
            grid: self.grid,
            values,
            covered: 0..MINUTES,
            limit: None,
        });
        self.expected.push(vec![expected; MINUTES]);
        self.series.len() - 1
    }

    /// An anomaly of a series over minutes; `None` as end: it is still on.
    pub fn add_anomaly(
        &mut self,
        series: usize,
        direction: Direction,
        start: i64,
        end: Option<i64>,
        score: f64,
    ) {
        let one = &self.series[series];
        let flagged = start + 1;
        self.anomalies.push(Anomaly {
            id: format!("a{}", self.anomalies.len() + 1),
            signal: one.signal.clone(),
            family: one.family,
            direction,
            start: When::between(minute(start), minute(start), minute(start + 1)),
            end: end.map(|end| When::between(minute(end - 1), minute(end), minute(end))),
            flagged_at_ns: minute(flagged),
            observed: 1.0,
            expected: 0.0,
            effect: 1.0,
            p_value: 1e-9,
            n: 100,
            score,
            detector: "test",
            rule: "made by a test".into(),
            series,
            buckets: start as usize..end.unwrap_or(MINUTES as i64) as usize,
            growth: vec![(start as usize, score)],
            new_normal: false,
            lasting: crate::anomalies::Lasting::default(),
            reaches_limit: None,
            evidence: vec![Evidence::Line {
                path: "web.log".into(),
                line: 1,
                offset: 0,
            }],
        });
        self.anomalies.sort_by_key(|one| one.start.at_ns);
    }

    pub fn change(&mut self, at: i64, title: &str, kind: &str, status: &str) {
        let change = Change {
            when: When::exact(minute(at)),
            title: title.into(),
            service: String::new(),
            kind: kind.into(),
            status: status.into(),
            evidence: Evidence::Line {
                path: "changes.csv".into(),
                line: 2,
                offset: 0,
            },
        };
        if self.records.is_empty() {
            let context = crate::records::Context::default();
            self.records.push(crate::records::read(
                "changes.csv",
                b"time,kind,ref,service,status\n",
                &context,
            ));
        }
        self.records[0].changes.push(change);
    }

    pub fn scene(&self) -> Scene<'_> {
        Scene {
            sources: &self.sources,
            paths: &self.sources,
            series: &self.series,
            expected: &self.expected,
            anomalies: &self.anomalies,
            tested: &[],
            grid: self.grid,
            first_ns: 0,
            end_of_data_ns: self.grid.end_ns(),
            store: &self.store,
            records: &self.records,
            window_gap_ns: minute(5),
            group_gap_ns: minute(24 * 60),
            slo: 0.999,
        }
    }

    pub fn members(&self) -> Vec<usize> {
        (0..self.anomalies.len()).collect()
    }
}

/// One event a request; failures all come from client `b` and endpoint `/pay`.
fn store(failed: &[u64]) -> EventStore {
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(10)).collect();
    let clients: Vec<Symbol> = ["a", "b"]
        .iter()
        .map(|name| names[Text::Client as usize].intern(name.as_bytes()))
        .collect();
    let paths: Vec<Symbol> = ["/", "/pay"]
        .iter()
        .map(|name| names[Text::Endpoint as usize].intern(name.as_bytes()))
        .collect();
    let mut chunk = Chunk::default();
    for (i, failed) in failed.iter().enumerate() {
        for request in 0..100u64 {
            let fails = request < *failed;
            chunk.open(
                minute(i as i64) + request as i64 * 600_000_000,
                i as u64 * 100 + request + 1,
                0,
                10,
            );
            chunk.set_number(Number::Status, if fails { 503 } else { 200 });
            chunk.set_number(Number::LatencyUs, 50_000);
            let which = usize::from(fails || request >= 90);
            chunk.set_text(Text::Client, clients[which]);
            chunk.set_text(Text::Endpoint, paths[which]);
        }
    }
    chunk.seal();
    EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names))
}

/// The windows' stretches of a scene with all its anomalies in one group.
pub fn selection(world: &World) -> Vec<Range<i64>> {
    let scene = world.scene();
    super::windows::windows(&scene, &world.members())
        .iter()
        .map(|window| super::windows::range(window, scene.end_of_data_ns))
        .collect()
}
