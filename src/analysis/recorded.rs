//! People's records as the analysis takes them: in the zone and by the clock that the user says,
//! incident files as one history, their retractions heeded.
//!
//! In: the bytes of each record with what was asked for it. Out: records. Reads no file.

use std::sync::Arc;

use super::options::{Options, by_glob};
use super::plan::Planned;
use crate::clock::When;
use crate::records::{self, Context, Milestone, Record, RecordKind, incident_file};

/// The records so far, in any order, each with the number of its source.
#[derive(Default)]
pub(super) struct Recorded {
    records: Vec<(usize, Record)>,
}

impl Recorded {
    /// Reads one record: its local times in its `--source-tz`, all its times moved by its
    /// `--clock`. What was marked in rfo has the clock of rfo and is not moved. Returns how many
    /// claims and changes it has.
    pub(super) fn add(
        &mut self,
        source: usize,
        planned: &Planned,
        bytes: &[u8],
        context: &Context,
        options: &Options,
    ) -> u64 {
        let name = &planned.source.name;
        let own = Context {
            zone: by_glob(&options.source_zones, name)
                .copied()
                .or(context.zone),
            ..*context
        };
        let mut record = records::read(name, bytes, &own);
        if record.kind != RecordKind::Incident {
            shift(&mut record, planned.clock_offset_ns);
        }
        // What an incident file keeps of a former analysis is no claim of anyone's.
        let own = |claim: &&Milestone| record.file.is_none() || claim.hand.is_some();
        let claims = record.milestones.iter().filter(own).count();
        let said = (claims + record.changes.len()) as u64;
        self.records.push((source, record));
        said
    }

    /// First and last instant that the records so far name, ns UTC.
    pub(super) fn range(&self) -> Option<(i64, i64)> {
        let instants = self.records.iter().flat_map(|(_, record)| {
            let claims = record.milestones.iter().map(|claim| claim.when.at_ns);
            claims.chain(record.changes.iter().map(|change| change.when.at_ns))
        });
        instants.clone().min().zip(instants.max())
    }

    /// All records in the order of their sources.
    pub(super) fn all(mut self, any_log: bool) -> Vec<Record> {
        self.records.sort_by_key(|(source, _)| *source);
        let records = self.records.into_iter().map(|(_, record)| record);
        let mut records: Vec<Record> = records.collect();
        read_as_one(&mut records, any_log);
        records
    }
}

/// Reads incident files among the records as one history and heeds what they retract. What they
/// keep of a former analysis stays only where nothing else is there: else it is found anew.
pub(super) fn read_as_one(records: &mut [Record], any_log: bool) {
    let is_file = |record: &&mut Record| record.written.is_some();
    let written: Vec<(String, Arc<str>)> = records
        .iter()
        .filter_map(|record| Some((record.path.clone(), record.written.clone()?)))
        .collect();
    let texts: Vec<(&str, &str)> = written
        .iter()
        .map(|(path, text)| (path.as_str(), &**text))
        .collect();
    let together = incident_file::read_together(&texts);
    for (record, read) in records.iter_mut().filter(is_file).zip(together) {
        *record = read;
    }
    if any_log || written.len() < records.len() {
        incident_file::forget_basis(records);
    }
    incident_file::retract(records);
}

/// Moves all instants of a record, ns.
fn shift(record: &mut Record, by_ns: i64) {
    if by_ns == 0 {
        return;
    }
    let move_one = |when: &mut When| {
        for ns in [&mut when.at_ns, &mut when.lo_ns, &mut when.hi_ns] {
            *ns = ns.saturating_add(by_ns);
        }
    };
    let claims = record.milestones.iter_mut().map(|one| &mut one.when);
    claims.for_each(move_one);
    record
        .changes
        .iter_mut()
        .for_each(|one| move_one(&mut one.when));
    let notes = record.notes.iter_mut().filter_map(|one| one.when.as_mut());
    notes.for_each(move_one);
}
