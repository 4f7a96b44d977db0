//! What a log of requests shows: how many, how they ended, how long they took, what was full.

use super::Maker;
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
        if self.any(|cell| cell.sessions.n > 0) {
            // The largest of a bucket: what counts is how close it came to the limit.
            let sessions = self.gauge(|cell| {
                if cell.sessions.n > 0 {
                    cell.sessions.max as f64
                } else {
                    f64::NAN
                }
            });
            series.push(self.series(
                "sessions",
                Role::Resource,
                Family::Sessions,
                "sessions",
                sessions,
            ));
        }
        if self.any(|cell| cell.servers_down > 0) {
            series.push(
                self.count("servers down", Role::Internal, Family::Messages, |cell| {
                    cell.servers_down
                }),
            );
        }
        if self.any(|cell| cell.queue.max > 0) {
            let queue = self.gauge(|cell| {
                if cell.queue.n > 0 {
                    cell.queue.max as f64
                } else {
                    f64::NAN
                }
            });
            series.push(self.series("queue", Role::Resource, Family::Sessions, "requests", queue));
        }
        series
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
