//! What a `Snapshot` says once people have marked something more in the app.
//!
//! In: a judged snapshot and the incident file of the app. Out: the same logs, signals and
//! anomalies with the incidents, claims and durations that follow now. Reads no file and no log.

use std::sync::Arc;

use super::recorded::read_as_one;
use super::{Snapshot, conclude, records_only};
use crate::incidents::Scene;
use crate::records::incident_file::{self, IncidentFile, merge};
use crate::records::{ByHand, Record};

/// The incident file of the app, with all that was marked in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// Its path, as a record would be called.
    pub path: String,
    /// As it was kept last, or as it is in memory where it could not be kept.
    pub file: Arc<IncidentFile>,
}

/// The snapshot with what the file says now. Costs what attributing the incidents costs; finds no
/// anomaly anew. The same file on fresh logs gives the same.
pub fn restated(snapshot: &Snapshot, own: &Own) -> Snapshot {
    let mut restated = snapshot.clone();
    join(&mut restated.records, own, snapshot.range.is_some());
    restated.incidents = match (snapshot.grid, snapshot.range) {
        (Some(_), Some(_)) => conclude::of_scene(&scene(
            &restated,
            &labels(snapshot, |input| &input.label),
            &labels(snapshot, |input| &input.path),
        )),
        _ => records_only::concluded(&restated.records, snapshot.group_gap_ns),
    };
    restated
}

fn labels(snapshot: &Snapshot, of: impl Fn(&super::Input) -> &String) -> Vec<String> {
    snapshot
        .inputs
        .iter()
        .map(|input| of(input).clone())
        .collect()
}

fn scene<'a>(snapshot: &'a Snapshot, sources: &'a [String], paths: &'a [String]) -> Scene<'a> {
    let (grid, range) = (snapshot.grid, snapshot.range);
    let grid = grid.expect("asked for where there is an axis");
    let (first_ns, last_ns) = range.expect("where there is an axis there is a range");
    Scene {
        sources,
        paths,
        series: &snapshot.series,
        expected: &snapshot.expected,
        anomalies: &snapshot.anomalies,
        tested: &snapshot.tested,
        grid,
        first_ns: snapshot
            .first_stamp_ns
            .map_or(first_ns, |stamp| stamp.max(first_ns)),
        end_of_data_ns: last_ns + 1,
        store: &snapshot.store,
        records: &snapshot.records,
        window_gap_ns: snapshot.window_gap_ns,
        group_gap_ns: snapshot.group_gap_ns,
        slo: snapshot.slo,
    }
}

/// The records with the file among them: in the place of what was read of it before, unless that
/// holds entries that it lacks.
pub(super) fn join(records: &mut Vec<Record>, own: &Own, any_log: bool) {
    let has_all = |file: &IncidentFile, of: &IncidentFile| {
        let has = |id: &str| file.history.iter().any(|one| one.id == id);
        of.history.iter().all(|one| has(&one.id))
    };
    let read = records.iter().position(|record| record.path == own.path);
    let file = match read.and_then(|at| records[at].file.as_deref()) {
        Some(read) if has_all(&own.file, read) => (*own.file).clone(),
        Some(read) if has_all(read, &own.file) => read.clone(),
        Some(read) => merge(&[read.clone(), (*own.file).clone()]).0,
        None => (*own.file).clone(),
    };
    let text = match read.filter(|&at| records[at].file.as_deref() == Some(&file)) {
        // Its lines are where they were read.
        Some(at) => records[at].written.clone(),
        None => Some(incident_file::text(&file).into()),
    };
    let text = text.unwrap_or_default();
    let fresh = incident_file::read_together(&[(&own.path, &text)]);
    match read {
        Some(at) => records.splice(at..=at, fresh).for_each(drop),
        None => records.extend(fresh),
    }
    for claim in records.iter_mut().flat_map(|one| &mut one.milestones) {
        // What was retracted before may count again.
        claim.hand = (claim.hand.take()).filter(|hand| hand.what != ByHand::Retracted);
    }
    read_as_one(records, any_log);
}
