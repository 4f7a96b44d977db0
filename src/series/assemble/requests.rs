//! What a log of requests shows: how many, how they ended, how long they took, what was full.

use super::Maker;
use crate::events::Number;
use crate::series::rollup::Cell;
use crate::series::{Family, Role, Series};

/// Requests per bucket from which the work done in it is a level: the sum of a few durations is
/// as uneven as single requests are, and no gauge's noise.
const IN_FLIGHT_REQUESTS_MIN: f64 = 10.0;

impl Maker<'_> {
    /// The signals of a log of requests.
    pub(super) fn access(&self) -> Vec<Series> {
        let mut series =
            vec![
                self.count("request rate", Role::UserFacing, Family::Traffic, |cell| {
                    cell.count
                }),
            ];
        series.extend(self.failures());
        if self.any(|cell| cell.latency_sum_us > 0) {
            series.push(self.latency(Role::UserFacing));
            series.extend(self.in_flight());
        }
        series.extend(self.sessions());
        let count = |name: &str, of: fn(&Cell) -> u64| {
            let any = self.any(|cell| of(cell) > 0);
            any.then(|| self.count(name, Role::Internal, Family::Messages, of))
        };
        series.extend(count("servers down", |cell| cell.servers_down));
        series.extend(count("retries", retries));
        if self.any(|cell| cell.levels.of(Number::Queue).max > 0) {
            series.push(self.fullness("queue", "requests", Number::Queue));
        }
        series
    }

    /// Sessions of a proxy's process, and of a frontend, a backend and a server once it is narrowed to
    /// some: what the fullest of all has says hardly more than the process.
    fn sessions(&self) -> impl Iterator<Item = Series> {
        let all = [
            ("sessions", Number::Sessions),
            ("frontend sessions", Number::FrontendSessions),
            ("backend sessions", Number::BackendSessions),
            ("server sessions", Number::ServerSessions),
        ];
        let up_to = if self.source.narrowed { all.len() } else { 1 };
        let known = |(_, number): &(&str, Number)| self.any(|cell| cell.levels.of(*number).n > 0);
        let known = all.into_iter().take(up_to).filter(known);
        known.map(|(name, number)| self.fullness(name, "sessions", number))
    }

    /// A level that may have a limit. The largest of a bucket: what counts is how close it came.
    fn fullness(&self, name: &str, unit: &str, number: Number) -> Series {
        let levels = self.gauge(|cell| cell.levels.of(number).largest());
        self.series(name, Role::Resource, Family::Sessions, unit, levels)
    }

    /// Shares of requests by how they ended badly. Those of which there is none are left out,
    /// but for the failures: that there is none of these says something.
    fn failures(&self) -> Vec<Series> {
        if !self.any(|cell| cell.requests > 0) {
            return Vec::new();
        }
        type Kind = (&'static str, Role, fn(&Cell) -> u64);
        let kinds: [Kind; 4] = [
            ("error share", Role::UserFacing, |cell| cell.failed),
            ("timeout share", Role::UserFacing, |cell| cell.timed_out),
            ("client closed share", Role::UserFacing, |cell| {
                cell.client_closed
            }),
            ("client error share", Role::Internal, |cell| cell.rejected),
        ];
        let told = |(i, (name, role, of)): (usize, Kind)| {
            let some = i == 0 || self.any(|cell| of(cell) > 0);
            let values = || self.ratio(|cell| (of(cell), cell.requests));
            some.then(|| self.series(name, role, Family::Errors, "share", values()))
        };
        kinds.into_iter().enumerate().filter_map(told).collect()
    }

    /// Requests in flight, by the work done in each bucket. `None` where a bucket holds too few
    /// requests for that to be a level.
    fn in_flight(&self) -> Option<Series> {
        let requests: u64 = self.cells[self.covered.clone()]
            .iter()
            .map(|cell| cell.count)
            .sum();
        let per_bucket = requests as f64 / self.covered.len().max(1) as f64;
        if per_bucket < IN_FLIGHT_REQUESTS_MIN && !self.is_part {
            return None;
        }
        let width_us = self.grid.width.as_s() * 1e6;
        let busy = self.gauge(|cell| cell.busy_us as f64 / width_us);
        let role = Role::Resource;
        Some(self.series("in flight", role, Family::Latency, "requests", busy))
    }
}

/// Connections to servers that a proxy tried again.
fn retries(cell: &Cell) -> u64 {
    u64::try_from(cell.levels.of(Number::Retries).sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::{Counted, Nature, assemble};
    use super::*;
    use crate::clock::NS_PER_S;
    use crate::events::Chunk;
    use crate::series::rollup::Kinds;
    use crate::series::{BucketWidth, Grid, Rollup, Values};
    use std::collections::BTreeMap;

    /// Requests of two seconds through a proxy of two servers.
    fn series(narrowed: bool) -> Vec<Series> {
        let mut chunk = Chunk::default();
        for (second, sessions, of_server, retries) in [(0, 20, 9, 0), (0, 21, 2, 3), (1, 30, 11, 1)]
        {
            chunk.open(second * NS_PER_S, 0, 0, 0);
            chunk.set_number(Number::Status, 200);
            chunk.set_number(Number::Sessions, sessions);
            chunk.set_number(Number::ServerSessions, of_server);
            chunk.set_number(Number::Retries, retries);
        }
        chunk.seal();
        let rollup = Rollup::of(&chunk, Kinds::default());
        let source = Counted {
            source: "lb",
            nature: Nature::Access,
            rollup: &rollup,
            stamped: (0, NS_PER_S),
            names: BTreeMap::new(),
            narrowed,
        };
        let width = BucketWidth::seconds(1).expect("not zero");
        assemble(&[source], Grid::covering(0, NS_PER_S, width))
    }

    fn values<'a>(series: &'a [Series], name: &str) -> Option<&'a Values> {
        let found = series.iter().find(|one| one.signal.name == name)?;
        Some(&found.values)
    }

    #[test]
    fn sessions_of_a_server_are_told_once_the_log_is_narrowed_to_it() {
        let (whole, narrowed) = (series(false), series(true));
        assert_eq!(values(&whole, "server sessions"), None);
        let most = |name| match values(&narrowed, name) {
            Some(Values::Gauge(levels)) => levels[..2].to_vec(),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(most("sessions"), [21.0, 30.0]);
        assert_eq!(most("server sessions"), [9.0, 11.0]);
        assert_eq!(values(&narrowed, "backend sessions"), None);
    }

    #[test]
    fn connections_that_were_tried_again_are_counted() {
        match values(&series(false), "retries") {
            Some(Values::Count(counts)) => assert_eq!(counts[..2], [3, 1]),
            other => panic!("{other:?}"),
        }
    }
}
