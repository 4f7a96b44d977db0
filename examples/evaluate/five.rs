//! The five incidents of the replays, put into a simulated service one after the other; the
//! harder form has two to four times weaker ones amid 2.2 times the noise.

use crate::random::Random;
use crate::service::{Plan, SESSIONS_MAX, Service};

/// A trouble with its truth.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// First bucket.
    pub onset: usize,
    /// One past the last bucket.
    pub end: usize,
    /// Signals that show it; the first ones of their names.
    pub signals: &'static [&'static str],
}

/// Days before the first incident.
const HISTORY_DAYS: usize = 8;
const DAYS: usize = 15;

/// A service of fifteen days in minutes, with up to five incidents from the ninth on.
pub fn service(seed: u64, harder: bool) -> (Service, Vec<Trouble>) {
    let plan = Plan {
        seed,
        width_s: 60,
        n: DAYS * 1440,
        first: (seed as usize % 7) * 1440,
        requests_per_min: 1200.0,
        noise: if harder { 2.2 } else { 1.0 },
        season: true,
    };
    let mut service = Service::new(plan);
    let mut random = Random(seed ^ 0xdead_beef);
    let mut kinds: [usize; 5] = [0, 1, 2, 3, 4];
    for i in (1..5).rev() {
        kinds.swap(i, random.below(i + 1));
    }
    let mut troubles: Vec<Trouble> = Vec::new();
    let mut from = HISTORY_DAYS * 1440;
    for kind in kinds {
        let at = from + random.below(240);
        if at + 600 >= plan.n {
            break;
        }
        let put = [surge, jobs, ports, auth, config][kind];
        let last = put(&mut service, &mut random, at, harder, &mut troubles);
        from = last + 20 * 60;
    }
    (service, troubles)
}

/// One client's surge, slow queries and CPU with it.
fn surge(
    service: &mut Service,
    random: &mut Random,
    at: usize,
    harder: bool,
    found: &mut Vec<Trouble>,
) -> usize {
    let long = 20 + random.below(100);
    let more = if harder {
        random.between(0.12, 0.4)
    } else {
        random.between(0.25, 1.0)
    };
    let ramp = 1 + random.below(3);
    let queries = if harder {
        random.between(1.5, 4.0)
    } else {
        random.between(3.0, 8.0)
    };
    let cpu = if harder {
        random.between(10.0, 20.0)
    } else {
        random.between(25.0, 40.0)
    };
    for i in 0..long {
        let part = ((i + 1) as f64 / ramp as f64).min(1.0);
        service.requests[at + i] *= 1.0 + more * part;
        service.slow_queries[at + i] *= 1.0 + queries * part;
        service.cpu[at + i] += cpu * part;
    }
    let signals = &["request rate", "slow queries", "cpu"];
    found.push(Trouble {
        onset: at,
        end: at + long,
        signals,
    });
    at + long
}

/// 140,000 jobs and their queue.
fn jobs(
    service: &mut Service,
    random: &mut Random,
    at: usize,
    _: bool,
    found: &mut Vec<Trouble>,
) -> usize {
    let long = 20 + random.below(40);
    for i in 0..long {
        service.jobs[at + i] += 140_000.0 / long as f64;
        service.waiting[at + i] += 70_000.0 * i as f64 / long as f64;
    }
    for i in 0..15 {
        service.waiting[at + long + i] += 70_000.0 * (1.0 - i as f64 / 15.0);
    }
    found.push(Trouble {
        onset: at,
        end: at + long,
        signals: &["jobs", "queue"],
    });
    at + long + 15
}

/// Connection errors that grow, three or four times.
fn ports(
    service: &mut Service,
    random: &mut Random,
    at: usize,
    harder: bool,
    found: &mut Vec<Trouble>,
) -> usize {
    let times = 3 + random.below(2);
    let long = 8 + random.below(17);
    let top = if harder {
        random.between(0.02, 0.05)
    } else {
        random.between(0.06, 0.15)
    };
    let gap = 50 + random.below(40);
    let mut from = at;
    for _ in 0..times {
        for i in 0..long {
            let part = top * i as f64 / (long - 1) as f64;
            let load = service.load[from + i];
            service.failing[from + i] += part;
            service.messages[1][from + i] += 200.0 * part * load;
        }
        let signals = &["error share", "messages 1"];
        found.push(Trouble {
            onset: from,
            end: from + long,
            signals,
        });
        from += long + gap;
    }
    from - gap
}

/// Sessions held by slow queries, on and off for 107 minutes.
fn auth(
    service: &mut Service,
    random: &mut Random,
    at: usize,
    harder: bool,
    found: &mut Vec<Trouble>,
) -> usize {
    let end = at + 107;
    let (mut from, mut last) = (at, at);
    while from < end {
        let to = (from + 2 + random.below(5)).min(end);
        let slow = if harder {
            random.between(0.08, 0.15)
        } else {
            random.between(0.15, 0.3)
        };
        let queries = if harder {
            random.between(2.0, 4.0)
        } else {
            random.between(4.0, 8.0)
        };
        for t in from..to {
            service.sessions[t] = if harder {
                1.7 * service.sessions[t]
            } else {
                SESSIONS_MAX
            };
            service.slow[t] += 0.5 * slow;
            service.slow_queries[t] += queries;
            service.failing[t] += if harder { 0.008 } else { 0.02 };
        }
        last = to;
        from = to + 1 + random.below(3);
    }
    let signals = &["sessions", "slow queries", "latency", "error share"];
    found.push(Trouble {
        onset: at,
        end: last,
        signals,
    });
    last
}

/// An outage in three steps of recovery.
fn config(
    service: &mut Service,
    random: &mut Random,
    at: usize,
    harder: bool,
    found: &mut Vec<Trouble>,
) -> usize {
    let steps = [
        20 + random.below(40),
        10 + random.below(15),
        8 + random.below(12),
    ];
    let failing = if harder {
        [0.3, 0.15, 0.06]
    } else {
        [0.97, 0.6, 0.3]
    };
    let left = if harder {
        [0.85, 0.95, 1.0]
    } else {
        [random.between(0.3, 0.6), 0.8, 1.0]
    };
    let mut t = at;
    for ((long, failing), left) in steps.into_iter().zip(failing).zip(left) {
        for _ in 0..long {
            service.failing[t] += failing;
            service.requests[t] *= left;
            t += 1;
        }
    }
    let signals = &["error share", "request rate"];
    found.push(Trouble {
        onset: at,
        end: t,
        signals,
    });
    t
}
