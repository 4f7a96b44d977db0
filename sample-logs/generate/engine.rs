//! Makes the logs of a simulated system from a scenario.
//!
//! In: a [`Scenario`], which is data. Out: every file's name and its text, the same bytes for the
//! same scenario on any machine. It reads and writes no file and asks no clock.

pub mod scenario;

mod gauges;
mod jobs;
mod model;
mod random;
mod requests;
mod span;
mod starved;
mod world;
mod writers;

use random::Random;
use scenario::{Format, Log, Scenario};
use world::World;

/// The files of a scenario in its order: name (with `.zst` or `.gz`, if it is to be compressed)
/// and text (not compressed).
/// # Panics
/// If the scenario names something that it does not have.
pub fn generate(scenario: &Scenario) -> Vec<(String, Vec<u8>)> {
    let world = World::new(scenario);
    let seconds = model::seconds(&world);
    let course = gauges::course(&world, &seconds);
    let text = |log: &Log| {
        let random = &mut Random::stream(scenario.seed, &log.file);
        let requests =
            |random: &mut Random| requests::requests(&world, &seconds, &course, log, random);
        match log.format {
            Format::Nginx => writers::nginx::write(&world, log, &requests(random), random),
            Format::Haproxy => writers::haproxy::write(&world, log, &requests(random), random),
            Format::HaproxySyslog => {
                writers::haproxy_syslog::write(&world, log, &requests(random), &course, random)
            }
            Format::Envoy => writers::envoy::write(&world, log, &requests(random), random),
            Format::Pino => writers::pino::write(&world, log, &requests(random), random),
            Format::MysqlSlow => writers::mysql_slow::write(&world, log, &seconds, random),
            Format::Zap => writers::zap::write(&world, log, random),
            Format::Node => writers::node::write(&world, log, &course, random),
            Format::Journald => writers::journald::write(&world, log, &course, random),
            Format::Metrics => writers::metrics::write(&course),
            Format::Jobs => writers::jobs::write(&jobs::course(&world)),
            Format::Postgresql => writers::postgresql::write(&world, log, random),
            Format::Pgbouncer => writers::pgbouncer::write(&world, log, &seconds, random),
        }
    };
    scenario
        .logs
        .iter()
        .map(|log| (log.file.clone(), text(log).into_bytes()))
        .collect()
}
