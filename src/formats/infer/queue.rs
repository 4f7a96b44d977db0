//! Figures of a queue in an application's statistics: how old its jobs are, how many wait.
//!
//! In: the keys of a sample. Out: the two keys that say it best. A name must have a word for what
//! is measured and one for whose it is: `oldest_job_age_s`, `queueLatency`, `jobs.waiting`.

use super::units::named_unit;
use super::{Inferred, Keys, is_amount};
use crate::events::Number;
use crate::formats::field::{Field, Unit};
use crate::formats::value;

const AGE: &[&str] = &["age", "lag", "latency"];
const OF_JOBS: &[&str] = &[
    "job", "jobs", "queue", "queued", "oldest", "task", "tasks", "message", "messages", "backlog",
];
const WAITING: &[&str] = &[
    "depth", "size", "length", "len", "waiting", "pending", "queued", "enqueued", "backlog",
];
const OF_QUEUE: &[&str] = &[
    "queue", "queues", "backlog", "job", "jobs", "task", "tasks", "message", "messages",
];
/// Where there are several, the largest age says most, then the higher quantile.
const PREFERRED: &[&str] = &["oldest", "max", "p99", "p95", "p90"];
/// A share of the values must fit, as for other roles.
const FITTING: f64 = 0.8;

/// Adds the meanings that are there.
pub(super) fn pick(keys: &Keys, found: &mut Vec<Inferred>) {
    let age = |words: &[String]| has(words, AGE) && has(words, OF_JOBS);
    // `latency` of a queue is an age; how long the queue's work takes is none of the two.
    let depth = |words: &[String]| {
        has(words, WAITING) && has(words, OF_QUEUE) && (words.len() > 1 || words[0] == "backlog")
    };
    let count = |value: &[u8]| value::integer(value).is_some_and(|n| n >= 0);
    let taken: Vec<String> = found.iter().map(|one| one.key.clone()).collect();
    let free = |key: &str| !taken.iter().any(|other| other == key);
    let age = best(keys, &free, &age, &is_amount).map(|(key, share)| {
        let field = Field::JobAge(unit(&key, &keys.values[key.as_bytes()]));
        inferred(key, share, field)
    });
    let depth = best(keys, &free, &depth, &count)
        .map(|(key, share)| inferred(key, share, Field::Number(Number::Queue)));
    found.extend(age.into_iter().chain(depth));
}

fn inferred(key: String, share: f64, field: Field) -> Inferred {
    Inferred {
        key,
        field,
        confidence: share * 0.9,
        is_unit_guessed: false,
    }
}

/// The key that is preferred of those whose words and values fit; the first by name of equals.
fn best(
    keys: &Keys,
    free: &dyn Fn(&str) -> bool,
    named: &dyn Fn(&[String]) -> bool,
    fits: &dyn Fn(&[u8]) -> bool,
) -> Option<(String, f64)> {
    let mut candidates: Vec<(usize, String, f64)> = Vec::new();
    for (key, values) in &keys.values {
        let key = String::from_utf8_lossy(key).into_owned();
        let words = words(&key);
        if words.is_empty() || !named(&words) || !free(&key) || values.is_empty() {
            continue;
        }
        let share = values.iter().filter(|value| fits(value)).count() as f64 / values.len() as f64;
        if share >= FITTING {
            let is_preferred = |name: &str| words.iter().any(|word| word == name);
            let rank = PREFERRED.iter().position(|name| is_preferred(name));
            candidates.push((rank.unwrap_or(PREFERRED.len()), key, share));
        }
    }
    candidates.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    let (_, key, share) = candidates.into_iter().next()?;
    Some((key, share))
}

fn has(words: &[String], known: &[&str]) -> bool {
    words.iter().any(|word| known.contains(&word.as_str()))
}

/// Ages are written in seconds unless the name or the values say otherwise.
fn unit(key: &str, values: &[Vec<u8>]) -> Unit {
    let written = |value: &Vec<u8>| value.last().is_some_and(u8::is_ascii_alphabetic);
    if values.iter().all(written) {
        return Unit::Written;
    }
    named_unit(key).unwrap_or(Unit::Seconds)
}

/// The words of a name in lower case: `oldestJobAge_s` is `oldest`, `job`, `age`, `s`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in key.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && before.is_lowercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &str, expected: &[(&str, Field)]) {
        let mut keys = Keys::default();
        assert!(keys.add_json(format!(r#"{{"ts":1571998355.8,{pairs}}}"#).as_bytes()));
        let found = keys.infer();
        let found: Vec<(&str, Field)> = found
            .iter()
            .skip(1)
            .map(|one| (one.key.as_str(), one.field))
            .collect();
        assert_eq!(found, expected, "{pairs}");
    }

    #[test]
    fn ages_and_depths_are_told_by_their_names() {
        let depth = Field::Number(Number::Queue);
        check(
            r#""oldest_job_age_s":2.1,"queue_depth":9"#,
            &[
                ("oldest_job_age_s", Field::JobAge(Unit::Seconds)),
                ("queue_depth", depth),
            ],
        );
        check(
            r#""queueLatencyMs":210,"jobs":{"waiting":4}"#,
            &[
                ("queueLatencyMs", Field::JobAge(Unit::Millis)),
                ("jobs.waiting", depth),
            ],
        );
        check(
            r#""job_age_p50":1,"job_age_p95":3,"backlog":7"#,
            &[
                ("job_age_p95", Field::JobAge(Unit::Seconds)),
                ("backlog", depth),
            ],
        );
        check(
            r#""oldest_message_age":"1m30s""#,
            &[("oldest_message_age", Field::JobAge(Unit::Written))],
        );
    }

    #[test]
    fn other_ages_and_sizes_are_none() {
        check(
            r#""max_age":3600,"page_size":20,"storage":5,"message_id":7,"queue":"mail","batch_size":4"#,
            &[],
        );
        check(r#""queue_size":"large","job_age":"old""#, &[]);
    }
}
