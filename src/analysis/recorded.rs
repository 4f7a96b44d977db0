//! People's records as the analysis takes them: in the zone and by the clock that the user says,
//! incident files as one history, their retractions heeded.
//!
//! In: the bytes of each record with what was asked for it. Out: records. Reads no file.

use super::options::{Options, by_glob};
use super::plan::Planned;
use crate::clock::When;
use crate::records::{self, Context, Milestone, Record, RecordKind, incident_file};

/// The records so far, in the order of the sources.
#[derive(Default)]
pub(super) struct Recorded {
    records: Vec<Record>,
    /// Places and texts of incident files.
    files: Vec<(usize, String)>,
}

impl Recorded {
    /// Reads one record: its local times in its `--source-tz`, all its times moved by its
    /// `--clock`. What was marked in rfo has the clock of rfo and is not moved. Returns how many
    /// claims and changes it has.
    pub(super) fn add(
        &mut self,
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
        match record.kind {
            RecordKind::Incident => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                self.files.push((self.records.len(), text));
            }
            _ => shift(&mut record, planned.clock_offset_ns),
        }
        // What an incident file keeps of a former analysis is no claim of anyone's.
        let own = |claim: &&Milestone| record.file.is_none() || claim.hand.is_some();
        let claims = record.milestones.iter().filter(own).count();
        let said = (claims + record.changes.len()) as u64;
        self.records.push(record);
        said
    }

    /// All records. What incident files keep of a former analysis stays only where nothing else
    /// is there: else it is found anew.
    pub(super) fn all(mut self, any_log: bool) -> Vec<Record> {
        let texts: Vec<(&str, &str)> = self
            .files
            .iter()
            .map(|(i, text)| (self.records[*i].path.as_str(), text.as_str()))
            .collect();
        let together = incident_file::read_together(&texts);
        for ((i, _), record) in self.files.iter().zip(together) {
            self.records[*i] = record;
        }
        if any_log || self.files.len() < self.records.len() {
            incident_file::forget_basis(&mut self.records);
        }
        incident_file::retract(&mut self.records);
        self.records
    }
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
