//! In which order an incident's signals left their baselines, as far as the data can tell.
//!
//! In: the windows and anomalies of an incident. Out: per window steps of onsets. Two onsets
//! whose intervals overlap stand in one step: no order is claimed between them. Does not say
//! that what came first caused the rest.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Scene, Window};
use crate::anomalies::Anomaly;
use crate::clock::{NS_PER_S, When};
use crate::series::Family;

/// Clocks of different sources are trusted to within this, unless they were written by one
/// machine, which the logs do not say.
const CLOCK_ERROR_NS: i64 = NS_PER_S;
/// Anomalies below this score have too vague an onset to be ordered.
const SCORE_MIN: f64 = 4.5;
/// Onsets put into order per window, the strongest.
const ONSETS_MAX: usize = 24;

/// One signal's onset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Onset {
    /// Full name of the signal.
    pub signal: String,
    /// Id of its anomaly.
    pub anomaly: String,
    /// When it left its baseline.
    pub when: When,
}

/// Onsets between which no order can be told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// By their best instant, then name.
    pub onsets: Vec<Onset>,
    /// Seconds for certain between the last step's latest and this step's earliest possible
    /// instant; `None` for the first step. Never negative.
    pub after_s: Option<f64>,
}

/// How often a signal was in the first step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lead {
    /// Full name of the signal.
    pub signal: String,
    /// Windows in which it was in the first step ...
    pub first_in: usize,
    /// ... and was so alone, so that it came before everything else for certain.
    pub alone_in: usize,
}

/// The order of onsets of an incident.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Order {
    /// Of the first window.
    pub steps: Vec<Step>,
    /// Windows in which at least two signals have an onset.
    pub windows: usize,
    /// Signals that were first at least once: the most often first, then by name.
    pub leads: Vec<Lead>,
}

/// The order in each window. An anomaly that lasts over several windows counts in the first.
pub fn order(scene: &Scene<'_>, windows: &[Window]) -> Order {
    let mut seen: Vec<&str> = Vec::new();
    let mut order = Order::default();
    let mut leads: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (number, window) in windows.iter().enumerate() {
        let fresh: Vec<&Anomaly> = scene
            .anomalies
            .iter()
            .filter(|one| window.anomalies.contains(&one.id) && !seen.contains(&one.id.as_str()))
            .filter(|one| !one.is_entity() || one.family == Family::Messages)
            .collect();
        seen.extend(fresh.iter().map(|one| one.id.as_str()));
        let steps = steps(onsets(&fresh));
        if steps.iter().map(|step| step.onsets.len()).sum::<usize>() >= 2 {
            order.windows += 1;
            let first = &steps[0].onsets;
            for onset in first {
                let lead = leads.entry(onset.signal.clone()).or_default();
                lead.0 += 1;
                lead.1 += usize::from(first.len() == 1);
            }
        }
        if number == 0 {
            order.steps = steps;
        }
    }
    order.leads = leads
        .into_iter()
        .map(|(signal, (first_in, alone_in))| Lead {
            signal,
            first_in,
            alone_in,
        })
        .collect();
    order
        .leads
        .sort_by_key(|lead| std::cmp::Reverse((lead.alone_in, lead.first_in)));
    order
}

/// The first onset of each signal, those with the highest scores.
fn onsets<'a>(anomalies: &[&'a Anomaly]) -> Vec<(&'a Anomaly, Onset)> {
    let mut strong: Vec<&Anomaly> = anomalies
        .iter()
        .copied()
        .filter(|one| one.score >= SCORE_MIN)
        .collect();
    strong.sort_by(|a, b| {
        let by_time = || (a.start.at_ns, &a.id).cmp(&(b.start.at_ns, &b.id));
        b.score.total_cmp(&a.score).then_with(by_time)
    });
    strong.truncate(ONSETS_MAX);
    let mut first: BTreeMap<String, &Anomaly> = BTreeMap::new();
    for one in strong {
        let entry = first.entry(one.signal.full_name()).or_insert(one);
        if one.start.at_ns < entry.start.at_ns {
            *entry = one;
        }
    }
    let onset = |(signal, anomaly): (String, &'a Anomaly)| {
        let onset = Onset {
            signal,
            anomaly: anomaly.id.clone(),
            when: anomaly.start,
        };
        (anomaly, onset)
    };
    first.into_iter().map(onset).collect()
}

/// Cuts the onsets into steps: a new one begins where every onset so far was over for certain
/// before any of the rest could be. Onsets that the data begin inside of have no earliest instant.
fn steps(mut onsets: Vec<(&Anomaly, Onset)>) -> Vec<Step> {
    let earliest = |one: &Anomaly| match one.start.censor {
        Some(_) => i64::MIN,
        None => one.start.lo_ns,
    };
    onsets.sort_by(|(a, one), (b, other)| {
        (earliest(a), a.start.at_ns, &one.signal).cmp(&(earliest(b), b.start.at_ns, &other.signal))
    });
    let mut steps: Vec<Step> = Vec::new();
    let mut latest_ns = i64::MIN;
    for (anomaly, onset) in onsets {
        let lo_ns = earliest(anomaly);
        let apart_ns = lo_ns.saturating_sub(latest_ns.saturating_add(CLOCK_ERROR_NS));
        latest_ns = latest_ns.max(anomaly.start.hi_ns);
        match steps.last_mut() {
            Some(step) if apart_ns <= 0 => step.onsets.push(onset),
            last => {
                let after_s = last.map(|_| apart_ns as f64 / NS_PER_S as f64);
                steps.push(Step {
                    onsets: vec![onset],
                    after_s,
                });
            }
        }
    }
    for step in &mut steps {
        step.onsets
            .sort_by(|a, b| (a.when.at_ns, &a.signal).cmp(&(b.when.at_ns, &b.signal)));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{World, minute};
    use super::*;
    use crate::anomalies::Direction;
    use crate::series::{Family, Role, Values};

    /// A world with one gauge per onset `(from, to)` in minutes, all in one window.
    fn world(onsets: &[(i64, i64)]) -> (World, Window) {
        let mut world = World::new(|_| 0.0);
        for (i, (from, to)) in onsets.iter().enumerate() {
            let name = format!("gauge {i}");
            let values = Values::Gauge(vec![1.0; super::super::fixture::MINUTES]);
            let series = world.add_series(&name, Family::Gauge, Role::Resource, values, 1.0);
            world.add_anomaly(series, Direction::Up, *from, Some(200), 9.0);
            let mut found = world.anomalies.iter_mut();
            let one = found.find(|one| one.series == series);
            one.expect("just added").start =
                When::between(minute(*from), minute(*from), minute(*to));
        }
        let window = Window {
            start: When::exact(minute(onsets[0].0)),
            end: None,
            lasting: crate::anomalies::Lasting::default(),
            kind: crate::incidents::WindowKind::Degraded,
            anomalies: world.anomalies.iter().map(|one| one.id.clone()).collect(),
        };
        (world, window)
    }

    fn check(onsets: &[(i64, i64)], expected: &str) {
        let (world, window) = world(onsets);
        let order = order(&world.scene(), &[window]);
        let words: Vec<String> = order
            .steps
            .iter()
            .map(|step| {
                let names: Vec<&str> = step
                    .onsets
                    .iter()
                    .map(|one| one.signal.trim_start_matches("web.log gauge "))
                    .collect();
                names.join(" ")
            })
            .collect();
        assert_eq!(words.join(" < "), expected);
    }

    #[test]
    fn onsets_whose_intervals_do_not_meet_are_in_order() {
        check(&[(10, 12), (20, 21), (30, 31)], "0 < 1 < 2");
        check(&[(30, 31), (10, 12), (20, 21)], "1 < 2 < 0");
    }

    #[test]
    fn where_intervals_overlap_no_order_is_claimed() {
        check(&[(10, 12), (11, 13), (20, 21)], "0 1 < 2");
        check(&[(10, 25), (11, 13), (20, 21)], "0 1 2");
        // Touching intervals may be one instant on two clocks.
        check(&[(10, 12), (12, 13)], "0 1");
    }

    #[test]
    fn the_gap_is_what_is_certain_less_the_error_of_the_clocks() {
        let (world, window) = world(&[(10, 12), (20, 21)]);
        let order = order(&world.scene(), &[window]);
        assert_eq!(order.steps[1].after_s, Some(8.0 * 60.0 - 1.0));
        assert_eq!(order.leads[0].signal, "web.log gauge 0");
        assert_eq!((order.leads[0].first_in, order.leads[0].alone_in), (1, 1));
    }

    #[test]
    fn what_was_on_before_the_data_comes_before_nothing_for_certain_after_it() {
        let (mut world, window) = world(&[(10, 12), (20, 21)]);
        world.anomalies[1].start.censor = Some(crate::clock::Censor::Left);
        let order = order(&world.scene(), &[window]);
        assert_eq!(order.steps.len(), 1);
    }
}
