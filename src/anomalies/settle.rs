//! Many entities must not mean many alarms.
//!
//! In: what was found in all series. Out: the same without those anomalies of single entities
//! that so many tests would give by chance, and without templates that only stopped because
//! their source did. Series of whole sources are untouched.
//! Source: Benjamini & Hochberg 1995 over the entities of each source, at q = .05; the p-value
//! of a flag counts once for each bucket in which it might have come.

use std::collections::BTreeMap;

use super::rates::covered;
use super::templates::{VANISHED, is_template};
use super::{Anomaly, Found, number};
use crate::series::{Series, Values};
use crate::stats::false_discovery::discoveries;

/// Share of false ones among the anomalies of entities that is put up with.
const FALSE_SHARE: f64 = 0.05;
/// While a template is gone the rest of its source must write that many events, and ...
const OTHERS_MIN: u64 = 10;
/// ... this share of what it wrote before.
const OTHERS_SHARE: f64 = 0.5;
/// What a source wrote before is taken from that long, minutes.
const BEFORE_MIN: f64 = 60.0;

/// Whether a series is one entity's among many of its source. The gauges of a metric file are
/// series of their own.
pub fn is_entity(series: &Series) -> bool {
    series.signal.entity.is_some() && !matches!(series.values, Values::Gauge(_))
}

/// Drops what cannot be believed and numbers the rest again.
pub fn settle(mut found: Found, series: &[Series]) -> Found {
    found
        .anomalies
        .retain(|one| one.detector != VANISHED || goes_on(series, one));
    let mut tests: BTreeMap<(&str, &str), Vec<(usize, f64)>> = BTreeMap::new();
    let mut of_series = vec![Vec::new(); series.len()];
    for (i, anomaly) in found.anomalies.iter().enumerate() {
        of_series[anomaly.series].push(i);
    }
    for (s, one) in series.iter().enumerate().filter(|(_, one)| is_entity(one)) {
        let tests = tests
            .entry((&one.signal.source, dimension(one)))
            .or_default();
        let buckets = one.covered.len().max(1) as f64;
        match of_series[s].as_slice() {
            [] => tests.push((usize::MAX, 1.0)),
            flagged => tests.extend(flagged.iter().map(|&i| {
                let p_value = found.anomalies[i].p_value;
                (i, (p_value * buckets).min(1.0))
            })),
        }
    }
    let mut believed = vec![true; found.anomalies.len()];
    for tests in tests.values() {
        let p_values: Vec<f64> = tests.iter().map(|test| test.1).collect();
        for (test, holds) in tests.iter().zip(discoveries(&p_values, FALSE_SHARE)) {
            if let Some(believed) = believed.get_mut(test.0) {
                *believed = holds;
            }
        }
    }
    let mut believed = believed.into_iter();
    found.anomalies.retain(|_| believed.next() == Some(true));
    number(&mut found.anomalies);
    found
}

/// `template` of `template=disk full`.
fn dimension(series: &Series) -> &str {
    let entity = series.signal.entity.as_deref().unwrap_or_default();
    entity.split('=').next().unwrap_or_default()
}

/// Whether the other templates of its source went on while one was gone.
fn goes_on(series: &[Series], gone: &Anomaly) -> bool {
    let own = &series[gone.series];
    let others = |range: std::ops::Range<usize>| -> u64 {
        let same = |one: &&Series| is_template(one) && one.signal.source == own.signal.source;
        let counts = series.iter().filter(same).map(|one| match &one.values {
            Values::Count(counts) => counts[range.clone()].iter().sum::<u64>(),
            _ => 0,
        });
        let all: u64 = counts.sum();
        let Values::Count(mine) = &own.values else {
            return 0;
        };
        all.saturating_sub(mine[range].iter().sum())
    };
    let Values::Count(mine) = &own.values else {
        return false;
    };
    let speaks = covered(own, mine.len());
    let (from, to) = (gone.buckets.start, gone.buckets.end.min(speaks.end));
    let hour = own.grid.width.in_minutes(BEFORE_MIN);
    let before = from.saturating_sub(hour).max(speaks.start)..from;
    if to <= from || before.is_empty() {
        return false;
    }
    let usual = others(before.clone()) as f64 / before.len() as f64 * (to - from) as f64;
    let now = others(from..to);
    now >= OTHERS_MIN && now as f64 >= OTHERS_SHARE * usual
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomalies::tests::synthetic::{Random, series};
    use crate::anomalies::{Options, find};
    use crate::series::Family;

    fn template(name: usize, counts: Vec<u64>) -> Series {
        let mut one = series(Family::Messages, 60, Values::Count(counts));
        one.signal.name = "messages".to_owned();
        one.signal.entity = Some(format!("template=message {name}"));
        one
    }

    #[test]
    fn a_template_that_stops_with_its_source_has_not_vanished() {
        let of = |mean: f64, seed: u64, until: usize| -> Vec<u64> {
            let mut random = Random(seed);
            let draw = |i| if i < until { random.poisson(mean) } else { 0 };
            (0..400).map(draw).collect()
        };
        let stop = |others_until: usize| {
            let all = [
                template(0, of(3.0, 1, 300)),
                template(1, of(5.0, 2, others_until)),
            ];
            find(&all, &Options::default()).anomalies.len()
        };
        assert_eq!((stop(400), stop(300)), (1, 0));
    }

    #[test]
    fn many_quiet_templates_give_no_alarm() {
        let mut random = Random(11);
        let mut rate = || 0.2 * (1.0 - random.uniform()).powi(-1).min(60.0);
        let rates: Vec<f64> = (0..150).map(|_| rate()).collect();
        let of = |(i, rate): (usize, &f64)| {
            let mut random = Random(100 + i as u64);
            template(i, (0..2880).map(|_| random.poisson(*rate)).collect())
        };
        let all: Vec<Series> = rates.iter().enumerate().map(of).collect();
        let found = find(&all, &Options::default()).anomalies;
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_doubtful_flag_is_believed_among_few_and_not_among_many() {
        let quiet = |n: usize| {
            let all: Vec<Series> = (0..n).map(|i| template(i, vec![1; 100])).collect();
            let mut spike = vec![0; 400];
            spike[200..260].fill(20);
            let model = find(&[template(0, spike)], &Options::default());
            let mut found = Found::default();
            let mut flag = model.anomalies[0].clone();
            flag.p_value = 2e-5;
            found.anomalies.push(flag);
            settle(found, &all).anomalies.len()
        };
        assert_eq!((quiet(2), quiet(200)), (1, 0));
    }
}
