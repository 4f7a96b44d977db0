//! Values that hosts report, and the restarts that set them back.
//!
//! In: the world. Out: samples of every gauge in order of time, and the restarts. A host that
//! leaks loses units for good until it is restarted: by its watchdog, some time after it reached
//! the limit and hung, or by hand.

use super::model::Second;
use super::random::Random;
use super::scenario::Gauge;
use super::starved::Starved;
use super::world::{World, chosen};

/// One reported value.
#[derive(Debug)]
pub struct Sample<'a> {
    pub at_ns: i64,
    pub gauge: &'a Gauge,
    pub host: &'a str,
    pub value: i64,
}

/// One restart of a host's service.
#[derive(Debug)]
pub struct Restart<'a> {
    pub at_ns: i64,
    pub gauge: &'a Gauge,
    pub host: &'a str,
    /// The watchdog did it, not a person.
    pub by_watchdog: bool,
    /// How many times the watchdog has restarted this host before.
    pub earlier: u64,
}

/// Everything that the gauges of a scenario do.
#[derive(Debug, Default)]
pub struct Course<'a> {
    pub samples: Vec<Sample<'a>>,
    pub restarts: Vec<Restart<'a>>,
    /// The hosts of the gauges that starve requests.
    pub starved: Vec<Starved<'a>>,
}

/// Seconds between two steps of the simulation of gauges.
pub const STEP_S: i64 = 5;

/// Simulates every host of every gauge.
pub fn course<'a>(world: &World<'a>, seconds: &[Second]) -> Course<'a> {
    let mut all = Course::default();
    for gauge in &world.scenario.gauges {
        for (number, host) in gauge.hosts.iter().enumerate() {
            let name = format!("gauge {} {host}", gauge.name);
            let mut random = Random::stream(world.scenario.seed, &name);
            let by_hand = by_hand(world, number, host);
            Host::new(gauge, host, &mut random).run(world, seconds, by_hand, &mut all);
        }
    }
    all.samples.sort_by_key(|sample| sample.at_ns);
    all.restarts.sort_by_key(|restart| restart.at_ns);
    all
}

/// Seconds at which this host is restarted by hand.
fn by_hand(world: &World, number: usize, host: &str) -> Vec<i64> {
    let turn = |hosts: &[String]| {
        hosts
            .iter()
            .position(|other| other == host)
            .unwrap_or(number)
    };
    world
        .restarting()
        .filter(|(_, _, phase)| chosen(&phase.hosts, host))
        .map(|(from_s, apart_s, phase)| from_s + (turn(&phase.hosts) as f64 * apart_s) as i64)
        .collect()
}

struct Host<'a, 'b> {
    gauge: &'a Gauge,
    host: &'a str,
    random: &'b mut Random,
    /// Its own pace of leaking.
    pace: f64,
    /// Its own offset within the reporting interval.
    report_ns: i64,
    /// What it holds apart from its losses.
    base: f64,
    lost: f64,
    /// Second at which the watchdog bites, once the host hangs.
    bites_s: Option<i64>,
    bitten: u64,
}

impl<'a, 'b> Host<'a, 'b> {
    fn new(gauge: &'a Gauge, host: &'a str, random: &'b mut Random) -> Self {
        let pace = random.between([0.985, 1.015]);
        let report_ns = random.below(2_000_000_000) as i64;
        Self {
            gauge,
            host,
            random,
            pace,
            report_ns,
            base: gauge.base,
            lost: 0.0,
            bites_s: None,
            bitten: 0,
        }
    }

    fn run(
        mut self,
        world: &World<'a>,
        seconds: &[Second],
        by_hand: Vec<i64>,
        all: &mut Course<'a>,
    ) {
        let mut shares = Vec::new();
        for at_s in (world.span.start_s..world.span.end_s).step_by(STEP_S as usize) {
            if self.gauge.with_traffic {
                self.base = self.gauge.base * seconds[world.span.step_of(at_s)].rate_times;
            }
            self.leak(world, at_s);
            let watchdog = self.bites_s.is_some_and(|bites_s| at_s >= bites_s);
            let hand = by_hand.iter().any(|&s| (at_s..at_s + STEP_S).contains(&s));
            if watchdog || hand {
                let by_watchdog = !hand;
                all.restarts.push(self.restart(at_s, by_watchdog));
            }
            if self.gauge.starving.is_some() {
                shares.push(((self.base + self.lost) / self.gauge.limit) as f32);
            }
            if (at_s - world.span.start_s) % self.gauge.every_s == 0 {
                let (gauge, host) = (self.gauge, self.host);
                let at_ns = at_s * 1_000_000_000 + self.report_ns;
                let value = self.value();
                all.samples.push(Sample {
                    at_ns,
                    gauge,
                    host,
                    value,
                });
            }
        }
        let (gauge, host) = (self.gauge, self.host);
        all.starved
            .extend(Starved::of(gauge, host, world.span.start_s, shares));
    }

    fn leak(&mut self, world: &World, at_s: i64) {
        for (phase, share) in world.active(at_s) {
            let leak = phase.leak_per_min.get(&self.gauge.name);
            if let Some(per_min) = leak.filter(|_| chosen(&phase.hosts, self.host)) {
                self.lost += per_min * share * self.pace * STEP_S as f64 / 60.0;
            }
        }
        self.lost = self.lost.min(self.gauge.limit);
        let hangs = self.base + self.lost >= self.gauge.limit;
        if let (true, None, Some(range)) = (hangs, self.bites_s, self.gauge.watchdog_min) {
            self.bites_s = Some(at_s + (60.0 * self.random.between(range)) as i64);
        }
    }

    fn restart(&mut self, at_s: i64, by_watchdog: bool) -> Restart<'a> {
        self.lost = 0.0;
        self.bites_s = None;
        let earlier = self.bitten;
        self.bitten += u64::from(by_watchdog);
        let at_ns = at_s * 1_000_000_000 + self.random.below(1_000_000_000) as i64;
        Restart {
            at_ns,
            gauge: self.gauge,
            host: self.host,
            by_watchdog,
            earlier,
        }
    }

    /// A hung host shows its limit exactly; any other one its base, its losses and noise.
    fn value(&mut self) -> i64 {
        let level = self.base + self.lost;
        if level >= self.gauge.limit {
            return self.gauge.limit as i64;
        }
        let value = level + self.gauge.noise * self.random.normal();
        value.round().clamp(0.0, self.gauge.limit) as i64
    }
}
