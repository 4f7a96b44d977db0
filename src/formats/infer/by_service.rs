//! One key, other units: a service that writes seconds beside one that writes milliseconds.
//!
//! In: what was inferred of a sample's keys, and its lines. Out: the services whose durations have
//! another unit than that of the key, if with these units the services are more alike than
//! without. Only where the values alone tell the unit.

use std::collections::BTreeMap;

use super::units::{Writer, latency_field};
use super::{Inferred, Keys};
use crate::events::Text;
use crate::formats::comma::Three;
use crate::formats::field::{Field, Unit};
use crate::formats::json::{self, Value};
use crate::formats::shape::Grammar;
use crate::formats::{logfmt, value};
use crate::lines::LineBatch;

/// Of a service with fewer durations nothing is concluded.
const DURATIONS_MIN: usize = 8;
/// Most services whose units are kept apart.
const SERVICES_MAX: usize = 64;

/// The services with another unit than the key's own, in the order of their names.
pub fn units(
    inferred: &[Inferred],
    keys: &Keys,
    sample: (&LineBatch, Grammar),
) -> Vec<(Vec<u8>, Unit)> {
    let key = |is: &dyn Fn(&Inferred) -> bool| inferred.iter().find(|one| is(one));
    let latency = key(&|one| one.is_unit_guessed);
    let service = key(&|one| one.field == Field::Text(Text::Service));
    let (Some(latency), Some(service)) = (latency, service) else {
        return Vec::new();
    };
    let Field::Latency(own) = latency.field else {
        return Vec::new();
    };
    let writer = Writer::of(keys, inferred);
    let durations = durations(sample, service.key.as_bytes(), latency.key.as_bytes());
    let with_units: Vec<(Vec<u8>, Unit, f64)> = durations
        .into_iter()
        .filter(|(_, values)| values.len() >= DURATIONS_MIN)
        .filter_map(|(service, values)| {
            let Field::Latency(unit) = latency_field(&latency.key, &values, &writer) else {
                return None;
            };
            Some((service, unit, median(&values)?))
        })
        .collect();
    let apart = spread(
        with_units
            .iter()
            .map(|(_, unit, median)| median * unit.in_us()),
    );
    let alike = spread(with_units.iter().map(|(_, _, median)| median * own.in_us()));
    if apart >= alike {
        return Vec::new();
    }
    let others = with_units.into_iter().filter(|(_, unit, _)| *unit != own);
    others.map(|(service, unit, _)| (service, unit)).collect()
}

/// The durations of each service, as they are written.
fn durations(
    (sample, grammar): (&LineBatch, Grammar),
    service: &[u8],
    latency: &[u8],
) -> BTreeMap<Vec<u8>, Vec<Vec<u8>>> {
    let mut found: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for i in 0..sample.len() {
        let (mut who, mut long) = (None, None);
        let mut take = |key: &[u8], value| {
            if key == service {
                who = Some(value);
            } else if key == latency {
                long = Some(value);
            }
        };
        let _ = match grammar {
            Grammar::Json => json::walk(sample.line(i), &mut |path, value| {
                if let Value::Text(bytes) | Value::Bare(bytes) = value {
                    take(path, bytes);
                }
            }),
            Grammar::Logfmt => logfmt::walk(sample.line(i), &mut take),
        };
        if let (Some(who), Some(long)) = (who, long)
            && (found.len() < SERVICES_MAX || found.contains_key(who))
        {
            found.entry(who.to_vec()).or_default().push(long.to_vec());
        }
    }
    found
}

/// `None` without a number above zero.
fn median(values: &[Vec<u8>]) -> Option<f64> {
    let number = |value: &Vec<u8>| value::micro_with_comma(value, Three::Decimals);
    let mut numbers: Vec<i64> = values.iter().filter_map(number).collect();
    numbers.sort_unstable();
    let median = *numbers.get(numbers.len() / 2)?;
    (median > 0).then_some(median as f64)
}

/// How many times the largest is the smallest; 1 of none.
fn spread(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(f64::MIN_POSITIVE, f64::max);
    let smallest = values.fold(largest, f64::min);
    largest / smallest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[(&str, &str)], expected: &[(&str, Unit)]) {
        for grammar in [Grammar::Json, Grammar::Logfmt] {
            check_in(grammar, lines, expected);
        }
    }

    fn check_in(grammar: Grammar, lines: &[(&str, &str)], expected: &[(&str, Unit)]) {
        let line = |(i, (service, took)): (usize, &(&str, &str))| {
            let stamp = format!("2024-05-03T09:{:02}:{:02}Z", i / 60, i % 60);
            match grammar {
                Grammar::Json => format!(
                    "{{\"ts\":\"{stamp}\",\"service\":\"{service}\",\"duration\":{took}}}\n"
                ),
                Grammar::Logfmt => format!("ts={stamp} duration={took} service=\"{service}\"\n"),
            }
        };
        let text: String = lines.iter().enumerate().map(line).collect();
        let batch = LineBatch::split(text.into_bytes(), 0);
        let mut keys = Keys::default();
        assert!((0..batch.len()).all(|i| match grammar {
            Grammar::Json => keys.add_json(batch.line(i)),
            Grammar::Logfmt => keys.add_logfmt(batch.line(i)),
        }));
        let found = units(&keys.infer(), &keys, (&batch, grammar));
        let expected: Vec<(Vec<u8>, Unit)> = expected
            .iter()
            .map(|(service, unit)| (service.as_bytes().to_vec(), *unit))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_service_in_seconds_is_told_from_one_in_milliseconds() {
        let lines = [
            ("cart", "250"),
            ("cart", "310"),
            ("pay", "0.250"),
            ("cart", "190"),
        ]
        .repeat(20);
        check(&lines, &[("pay", Unit::Seconds)]);
        let lines = [("cart", "250"), ("pay", "250000000")].repeat(20);
        check(&lines, &[("cart", Unit::Millis)]);
    }

    #[test]
    fn services_that_are_alike_as_they_stand_have_one_unit() {
        check(&[("cart", "12.5"), ("pay", "81.5")].repeat(20), &[]);
        check(&[("cart", "250"), ("pay", "900")].repeat(20), &[]);
        // Of a few nothing is concluded.
        check(&[("cart", "250"), ("pay", "0.25")].repeat(4), &[]);
    }
}
