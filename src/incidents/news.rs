//! Messages that are new in an incident, and messages that are missing, in words.

use super::Scene;
use super::title::grouped;
use crate::anomalies::templates::{NEW, VANISHED};
use crate::anomalies::{Anomaly, Direction};
use crate::series::Values;
use crate::series::assemble::FAILURE_MESSAGES;
use crate::text::shorten;

/// New templates named; further ones are counted.
const NEW_MAX: usize = 2;
/// Longest template quoted, in cells.
const TEMPLATE_WIDTH: usize = 100;

/// `new: connect EADDRNOTAVAIL <*> (1,204 times); no more: job <*> done`; `None` if all
/// messages are the usual ones. Errors first, then by score. Where none is new, failures that say no
/// level and came more often: nothing else names them.
pub fn words(scene: &Scene<'_>, members: &[usize]) -> Option<String> {
    let of = |detector: &str| {
        let members = members.iter().map(|&i| &scene.anomalies[i]);
        let mut found: Vec<&Anomaly> = members.filter(|one| one.detector == detector).collect();
        let is_error = |one: &Anomaly| one.signal.name == "error messages";
        found.sort_by(|a, b| {
            let by_score = || b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id));
            is_error(b).cmp(&is_error(a)).then_with(by_score)
        });
        found
    };
    let (mut new, gone) = (of(NEW), of(VANISHED));
    // Beside new errors and warnings, new chatter is no news.
    if new.iter().any(|one| one.signal.name != "messages") {
        new.retain(|one| one.signal.name != "messages");
    }
    let end = members
        .iter()
        .map(|&i| scene.anomalies[i].buckets.end)
        .max();
    let (what, others) = match new.is_empty() {
        true => ("more of: ", "more messages"),
        false => ("new: ", "more new messages"),
    };
    if new.is_empty() {
        new = more_failures(scene, members);
    }
    let new = alike(scene, &new, end.unwrap_or(0));
    let mut parts: Vec<String> = new.iter().take(NEW_MAX).map(New::words).collect();
    if let Some(first) = parts.first_mut() {
        first.insert_str(0, what);
    }
    if new.len() > NEW_MAX {
        parts.push(format!("{} {others}", new.len() - NEW_MAX));
    }
    parts.extend(
        gone.first()
            .map(|one| format!("no more: {}", template(one))),
    );
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Templates of failures without a level that came more often, by score.
fn more_failures<'a>(scene: &Scene<'a>, members: &[usize]) -> Vec<&'a Anomaly> {
    let members = members.iter().map(|&i| &scene.anomalies[i]);
    let more = members.filter(|one| {
        let (signal, is_up) = (&one.signal, one.direction == Direction::Up);
        is_up && one.is_entity() && signal.name == FAILURE_MESSAGES
    });
    let mut found: Vec<&Anomaly> = more.collect();
    found.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        by_score.then_with(|| a.id.cmp(&b.id))
    });
    found
}

/// One message, however many sources wrote it.
struct New {
    template: String,
    sources: Vec<String>,
    events: u64,
}

impl New {
    /// `connect EADDRNOTAVAIL <*> (1,204 times in 4 sources)`.
    fn words(&self) -> String {
        let times = grouped(self.events as f64);
        match self.sources.len() {
            1 => format!("{} ({times} times)", self.template),
            n => format!("{} ({times} times in {n} sources)", self.template),
        }
    }
}

/// The same message of several sources is one piece of news; the order is kept. Counted is what
/// came from its first sign to the incident's last bucket, flagged or not.
fn alike(scene: &Scene<'_>, found: &[&Anomaly], end: usize) -> Vec<New> {
    let mut news: Vec<New> = Vec::new();
    for one in found {
        let (template, source) = (template(one), &one.signal.source);
        let mut same = found.iter().filter(|other| other.series == one.series);
        // A message that came in bursts has an anomaly for each.
        if same.next().is_some_and(|first| first.id != one.id) {
            continue;
        }
        let bursts = found.iter().filter(|other| other.series == one.series);
        let first = bursts.map(|other| other.buckets.start).min().unwrap_or(0);
        let events = match &scene.series[one.series].values {
            Values::Count(counts) => counts
                .get(first..end.min(counts.len()))
                .map_or(one.n, |within| within.iter().sum()),
            _ => one.n,
        };
        match news.iter_mut().find(|other| other.template == template) {
            Some(known) => {
                known.sources.push(source.clone());
                known.events += events;
            }
            None => news.push(New {
                template,
                sources: vec![source.clone()],
                events,
            }),
        }
    }
    news
}

/// The template of a template's anomaly, shortened.
pub fn template(anomaly: &Anomaly) -> String {
    let entity = anomaly.signal.entity.as_deref().unwrap_or_default();
    shorten(
        entity.strip_prefix("template=").unwrap_or(entity),
        TEMPLATE_WIDTH,
    )
}
