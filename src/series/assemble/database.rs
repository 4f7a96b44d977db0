//! What databases and queues say of themselves: slow statements, long transactions, waits for
//! locks, transactions a second, the age of jobs.

use super::{Maker, QUERY_TIME};
use crate::events::Number;
use crate::series::rollup::Cell;
use crate::series::{Family, Role, Series};

const SLOW_QUERIES: &str = "slow queries";

impl Maker<'_> {
    /// A database server's log. Statements and transactions are those that it logs as slow.
    pub(super) fn database(&self) -> Vec<Series> {
        let mut series = Vec::new();
        let mut add = |name: &str, family: Family, of: fn(&Cell) -> u64| {
            if self.any(|cell| of(cell) > 0) {
                series.push(self.count(name, Role::Internal, family, of));
            }
        };
        add(SLOW_QUERIES, Family::SlowQueries, |cell| {
            cell.latency.count()
        });
        add("long transactions", Family::SlowQueries, |cell| cell.long);
        add("lock waits", Family::SlowQueries, |cell| cell.lock_waits);
        add("error messages", Family::Messages, |cell| cell.errors);
        if self.any(|cell| cell.latency.count() > 0) {
            series.push(self.query_time());
        }
        series
    }

    /// A log of slow queries: how many there are, and how long they take.
    pub(super) fn slow_queries(&self) -> Vec<Series> {
        let (role, family) = (Role::Internal, Family::SlowQueries);
        let rate = self.count(SLOW_QUERIES, role, family, |cell| cell.count);
        vec![rate, self.query_time()]
    }

    /// Of one family with their number: the same queries are no evidence twice.
    fn query_time(&self) -> Series {
        self.durations(QUERY_TIME, Role::Internal, Family::SlowQueries)
    }

    /// Gauges in a program's own statistics.
    pub(super) fn statistics(&self) -> Vec<Series> {
        let mut series = Vec::new();
        if self.any(|cell| cell.levels.of(Number::JobAgeUs).n > 0) {
            // The largest of a bucket: what counts is how late the last ones are.
            let age = self.gauge(|cell| cell.levels.of(Number::JobAgeUs).largest() / 1e6);
            series.push(self.series("job age", Role::AsyncUserFacing, Family::Jobs, "s", age));
        }
        if self.any(|cell| cell.levels.of(Number::Queue).n > 0) {
            let depth = self.gauge(|cell| cell.levels.of(Number::Queue).largest());
            series.push(self.series("queue depth", Role::Resource, Family::Jobs, "jobs", depth));
        }
        if self.any(|cell| cell.levels.of(Number::Transactions).n > 0) {
            let rate = self.gauge(|cell| cell.levels.of(Number::Transactions).mean());
            series.push(self.series("transactions", Role::Internal, Family::Traffic, "1/s", rate));
        }
        series
    }

    /// Whom the silence of a program would hurt: those who wait for its jobs, where it has any.
    pub(super) fn role_of_program(&self) -> Role {
        if self.any(|cell| cell.levels.of(Number::JobAgeUs).n > 0) {
            Role::AsyncUserFacing
        } else {
            Role::Internal
        }
    }
}
