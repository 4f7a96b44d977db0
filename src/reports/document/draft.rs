//! What the sections share while the document is made: the snapshot, its clocks, and the numbered
//! sources, each once.

use std::collections::BTreeMap;

use super::Line;
use super::times::Times;
use crate::analysis::{Concluded, Snapshot};
use crate::clock::words::utc;
use crate::durations::Choice;
use crate::events::Evidence;
use crate::records::{ClaimSource, MilestoneKind};
use crate::reports::words::amount;

/// Pieces of evidence cited behind one statement; the JSON report has all.
const CITED_MAX: usize = 3;

/// A document in the making.
pub struct Draft<'a> {
    /// What is written about.
    pub snapshot: &'a Snapshot,
    /// The clocks.
    pub times: Times,
    sources: Vec<Line>,
    numbers: BTreeMap<String, usize>,
    units: BTreeMap<String, &'a str>,
}

impl<'a> Draft<'a> {
    /// An empty one.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let series = snapshot.series.iter().map(|series| &series.signal);
        let signals = series.chain(snapshot.anomalies.iter().map(|one| &one.signal));
        Self {
            snapshot,
            times: Times::of(snapshot),
            sources: Vec::new(),
            numbers: BTreeMap::new(),
            units: signals
                .map(|signal| (signal.full_name(), signal.unit.as_str()))
                .collect(),
        }
    }

    /// The sources in the order of their numbers.
    pub fn finish(self) -> Vec<Line> {
        self.sources
    }

    /// The numbers of the first pieces of evidence.
    pub fn cite(&mut self, evidence: &[Evidence]) -> Vec<usize> {
        self.cite_as(evidence, None)
    }

    /// The same where the figures are not in the signal's unit: events of a contributor.
    pub fn cite_events(&mut self, evidence: &[Evidence]) -> Vec<usize> {
        self.cite_as(evidence, Some("events"))
    }

    fn cite_as(&mut self, evidence: &[Evidence], unit: Option<&str>) -> Vec<usize> {
        let cited = evidence.iter().take(CITED_MAX);
        let mut numbers: Vec<usize> = cited.map(|one| self.number(one, unit)).collect();
        numbers.dedup();
        numbers
    }

    /// The number of a statement that is counted from the logs and has no single line.
    pub fn computed(&mut self, how: String) -> Vec<usize> {
        vec![self.add(how.clone(), Line::of(how))]
    }

    /// What a chosen milestone rests on.
    pub fn cite_choice(&mut self, concluded: &Concluded, choice: &Choice) -> Vec<usize> {
        self.cite(evidence_of(concluded, choice))
    }

    /// What the windows rest on: the logs' first claim that impact began.
    pub fn cite_windows(&mut self, concluded: &Concluded) -> Vec<usize> {
        let mut claims = concluded.incident.milestones.iter();
        let start = claims.find(|claim| {
            claim.kind == MilestoneKind::ImpactStart && claim.source == ClaimSource::Log
        });
        self.cite(start.map_or(&[], |claim| claim.evidence()))
    }

    fn number(&mut self, evidence: &Evidence, unit: Option<&str>) -> usize {
        match evidence {
            Evidence::Line { path, line, .. } => {
                let place = format!("{path}:{line}");
                self.add(place.clone(), Line::default().code(place))
            }
            Evidence::Signal {
                signal,
                bucket,
                observed,
                expected,
                rule,
            } => {
                let key = format!("{signal}@{bucket}@{rule}");
                let of_signal = self.units.get(signal).copied().unwrap_or_default();
                let unit = unit.unwrap_or(of_signal);
                let mut words = format!(
                    ", bucket {}: {}, expected {}",
                    bucket_words(bucket),
                    amount(*observed, unit),
                    amount(*expected, unit)
                );
                if !rule.is_empty() {
                    words += &format!(" ({rule})");
                }
                self.add(key, Line::default().code(signal).text(words))
            }
        }
    }

    fn add(&mut self, key: String, line: Line) -> usize {
        let next = self.sources.len() + 1;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.sources.push(line);
        }
        number
    }
}

/// `2015-07-22 14:35:00 UTC`; as it is where it is no instant.
fn bucket_words(bucket: &str) -> String {
    let at = chrono::DateTime::parse_from_rfc3339(bucket).ok();
    match at.and_then(|at| at.timestamp_nanos_opt()) {
        Some(ns) => utc(ns).format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        None => bucket.to_owned(),
    }
}

/// The evidence of the claim that was chosen, or of the logs' claim about the same edge of a window.
fn evidence_of<'a>(concluded: &'a Concluded, choice: &Choice) -> &'a [Evidence] {
    let claims = &concluded.incident.milestones;
    let same = |claim: &&crate::records::Milestone| {
        claim.kind == choice.kind && claim.when.at_ns == choice.when.at_ns
    };
    let claim = choice.claim.and_then(|i| claims.get(i));
    let claim = claim.or_else(|| claims.iter().find(same));
    claim.map_or(&[], |claim| claim.evidence())
}
