//! An incident file as a record: marks and overrides are claims by hand, computed values those of
//! who said them.
//!
//! In: the texts of incident files that are read together. Out: a record for each; of several
//! files with one entry the first has it. A file that cannot be read is a record with a defect.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Action, BasisIncident, BasisMilestone, Entry, IncidentFile, Marked, Stated, merge, parse,
    standing,
};
use crate::clock::{When, Zone};
use crate::events::Evidence;
use crate::records::milestone::{ByHand, Hand};
use crate::records::{
    ClaimSource, Defect, Milestone, Note, Record, RecordKind, Told, kind_of, line_number,
    outcome_of, source_of,
};
use crate::text::printable;

/// Reads incident files, path and text each, as one history. What one person undid is undone in
/// all of them.
pub fn read_together(files: &[(&str, &str)]) -> Vec<Record> {
    let parsed: Vec<_> = files.iter().map(|(_, text)| parse(text)).collect();
    let whole: Vec<IncidentFile> = parsed.iter().flatten().cloned().collect();
    let (merged, differing) = merge(&whole);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut records = Vec::new();
    for ((path, text), file) in files.iter().zip(&parsed) {
        let mut record = Record::new(path, RecordKind::Incident, Some(Zone::UTC));
        record.written = Some((*text).into());
        match file {
            Ok(file) => {
                let is_new = |entry: &Entry| !told.contains(entry.id.as_str());
                let own: BTreeSet<&str> = file
                    .history
                    .iter()
                    .filter(|entry| is_new(entry))
                    .map(|entry| entry.id.as_str())
                    .collect();
                fill(&mut record, text, file, (&merged, &own));
                told.extend(own);
                record.file = Some(Box::new(file.clone()));
            }
            Err(why) => record
                .defects
                .push(defect("", &why.to_string(), "nothing of it")),
        }
        records.push(record);
    }
    if let Some(first) = records.first_mut() {
        let words = "two files say different things under one id";
        let defects = differing
            .iter()
            .map(|id| defect(id, words, "as the first file says"));
        first.defects.extend(defects);
    }
    records
}

fn defect(literal: &str, what: &str, reading: &str) -> Defect {
    Defect {
        line: 0,
        literal: printable(literal),
        what: what.to_owned(),
        reading: reading.to_owned(),
    }
}

/// Where things are written in the file.
struct Places<'a> {
    path: &'a str,
    /// Line, from 1, and its first byte, of each entry's id.
    ids: BTreeMap<&'a str, (u64, u64)>,
    basis: (u64, u64),
}

impl<'a> Places<'a> {
    fn of(path: &'a str, text: &'a str) -> Self {
        let mut places = Self {
            path,
            ids: BTreeMap::new(),
            basis: (1, 0),
        };
        for line in crate::records::lines(text) {
            let at = (line.number, line.offset);
            if line.text.trim_start().starts_with("\"basis\"") {
                places.basis = at;
            }
            for after in line.text.split("\"id\"").skip(1) {
                let value = after.trim_start_matches([':', ' ']).strip_prefix('"');
                let value = value.and_then(|value| value.split('"').next());
                places.ids.extend(value.map(|id| (id, at)));
            }
        }
        places
    }

    fn entry(&self, entry: &Entry) -> Evidence {
        self.line(self.ids.get(entry.id.as_str()).copied().unwrap_or((1, 0)))
    }

    fn line(&self, (line, offset): (u64, u64)) -> Evidence {
        Evidence::Line {
            path: self.path.to_owned(),
            line,
            offset,
        }
    }
}

fn fill(
    record: &mut Record,
    text: &str,
    file: &IncidentFile,
    (merged, own): (&IncidentFile, &BTreeSet<&str>),
) {
    let path = record.path.clone();
    let places = Places::of(&path, text);
    if !file.title.is_empty() {
        record.title = printable(&file.title);
    }
    let incidents = file.basis.iter().flat_map(|basis| &basis.incidents);
    for incident in incidents.clone() {
        add_computed(record, &places, incident);
    }
    if record.incidents.is_empty() {
        record.incidents.push(Told {
            id: stem(&path),
            title: printable(&file.title),
            ..Told::default()
        });
    }
    let standing = standing(merged);
    let is_own = |entry: &Entry| own.contains(entry.id.as_str());
    for mark in standing.marks.iter().filter(|one| is_own(one.entry)) {
        add_mark(record, &places, mark, file);
    }
    for entry in standing.overrides.iter().filter(|one| is_own(one)) {
        add_override(record, &places, entry, file);
    }
    for entry in standing.notes.iter().filter(|one| is_own(one)) {
        record.notes.push(Note {
            when: entry.after.as_ref().map(Stated::when),
            line: line_number(&places.entry(entry)),
            text: format!("{} (noted by {})", words(entry), printable(&entry.who)),
        });
    }
}

/// `inc` of `a/inc.rfo.json`.
fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    printable(name.strip_suffix(super::ENDING).unwrap_or(name))
}

/// One incident as it was computed: its milestones are claims of who said them then.
fn add_computed(record: &mut Record, places: &Places<'_>, incident: &BasisIncident) {
    let mut told = Told {
        id: printable(&incident.id),
        title: printable(&incident.title),
        severity: printable(&incident.severity),
        ..Told::default()
    };
    let evidence = places.line(places.basis);
    for BasisMilestone { kind, stated } in &incident.milestones {
        let Some(kind) = kind_of(kind) else { continue };
        let source = source_of(&stated.source);
        told.claims.push(record.milestones.len());
        let claim = Milestone::new(kind, stated.when(), source, vec![evidence.clone()]);
        record
            .milestones
            .push(claim.noted("as it was computed when the file was saved"));
    }
    record.incidents.push(told);
}

fn add_mark(record: &mut Record, places: &Places<'_>, mark: &Marked<'_>, file: &IncidentFile) {
    let entry = mark.entry;
    let (Some(kind), Some(stated)) = (entry.kind.as_deref().and_then(kind_of), mark.stated())
    else {
        record.defects.push(defect(
            &entry.id,
            "a mark without a milestone or an instant",
            "",
        ));
        return;
    };
    let line = entry.line.as_ref().map(|line| Evidence::Line {
        path: printable(&line.path),
        line: line.line,
        offset: line.offset,
    });
    let mut evidence: Vec<Evidence> = line.into_iter().collect();
    evidence.push(places.entry(entry));
    evidence.extend(mark.corrected.map(|entry| places.entry(entry)));
    let mut claim = Milestone::new(kind, stated.when(), ClaimSource::Human, evidence)
        .noted(words(entry))
        .by(hand(entry, ByHand::Marked));
    if let (Some(corrected), Some(hand)) = (mark.corrected, claim.hand.as_mut()) {
        hand.why = printable(&corrected.why);
    }
    claim.outcome = entry.outcome.as_deref().and_then(outcome_of);
    claim.fraction = entry.fraction.filter(|share| (0.0..=1.0).contains(share));
    assign(record, claim.when, file);
    record.milestones.push(claim);
}

fn add_override(record: &mut Record, places: &Places<'_>, entry: &Entry, file: &IncidentFile) {
    let (Some(kind), Some(stated)) = (entry.kind.as_deref().and_then(kind_of), &entry.after) else {
        record.defects.push(defect(
            &entry.id,
            "an amendment without a milestone or an instant",
            "",
        ));
        return;
    };
    let evidence = vec![places.entry(entry)];
    let claim = Milestone::new(kind, stated.when(), ClaimSource::Human, evidence)
        .noted(words(entry))
        .by(hand(entry, ByHand::Overrides));
    let about = entry.before.as_ref().unwrap_or(stated).when();
    assign(record, about, file);
    record.milestones.push(claim);
}

/// The next claim belongs to the computed incident that is nearest.
fn assign(record: &mut Record, when: When, file: &IncidentFile) {
    let distance = |incident: &BasisIncident| {
        let windows = incident.windows.iter();
        let apart = windows.map(|window| {
            let (start, end) = (window.start.at_ns, window.end.at_ns);
            (i128::from(start) - i128::from(when.at_ns))
                .max(i128::from(when.at_ns) - i128::from(end))
        });
        apart.min().unwrap_or(i128::MAX).max(0)
    };
    let incidents = file
        .basis
        .iter()
        .flat_map(|basis| basis.incidents.iter().enumerate());
    let nearest = incidents.min_by_key(|(_, incident)| distance(incident));
    let index = record.milestones.len();
    let told = record.incidents.get_mut(nearest.map_or(0, |(i, _)| i));
    if let Some(told) = told {
        told.claims.push(index);
    }
}

fn hand(entry: &Entry, what: ByHand) -> Hand {
    Hand {
        id: printable(&entry.id),
        who: printable(&entry.who),
        when_ns: entry.when_ns,
        why: printable(&entry.why),
        what,
        before_ns: entry.before.as_ref().map(|before| before.at_ns),
    }
}

/// The note and what it rests on.
fn words(entry: &Entry) -> String {
    match (entry.note.as_str(), entry.source.as_str()) {
        (note, "") => printable(note),
        ("", source) => printable(&format!("from {source}")),
        (note, source) => printable(&format!("{note} (from {source})")),
    }
}

/// Leaves out of incident files what was computed when they were saved: it is computed anew.
pub fn forget_basis(records: &mut [Record]) {
    for record in records
        .iter_mut()
        .filter(|one| one.kind == RecordKind::Incident)
    {
        let kept: Vec<usize> = (0..record.milestones.len())
            .filter(|&i| record.milestones[i].hand.is_some())
            .collect();
        for told in &mut record.incidents {
            let place = |claim: &usize| kept.binary_search(claim).ok();
            told.claims = told.claims.iter().filter_map(place).collect();
        }
        record.milestones.retain(|one| one.hand.is_some());
    }
}

/// Marks the claims of records that incident files among them retract. They stay, with who, when
/// and why, and count for nothing. What is not there to be retracted is a defect.
pub fn retract(records: &mut [Record]) {
    let files: Vec<IncidentFile> = records
        .iter()
        .filter_map(|record| record.file.as_deref().cloned())
        .collect();
    let (merged, _) = merge(&files);
    for entry in standing(&merged).retracted {
        let mut found = false;
        let others = records
            .iter_mut()
            .filter(|one| one.kind != RecordKind::Incident);
        for claim in others.flat_map(|record| &mut record.milestones) {
            if names(entry, claim) {
                claim.hand = Some(Box::new(hand(entry, ByHand::Retracted)));
                found = true;
            }
        }
        let has_it = |record: &&mut Record| {
            let file = record.file.as_deref();
            file.is_some_and(|file| file.history.iter().any(|one| one.id == entry.id))
        };
        if let (false, Some(record)) = (found, records.iter_mut().find(has_it)) {
            let of = entry.of.as_deref().unwrap_or_default();
            record
                .defects
                .push(defect(of, "retracts a claim that is not there", ""));
        }
    }
}

/// Whether an entry names this claim by its line and, where it says one, its kind.
fn names(entry: &Entry, claim: &Milestone) -> bool {
    let Some((path, line)) = entry.of.as_deref().and_then(|of| of.rsplit_once(':')) else {
        return false;
    };
    let same_path = |other: &str| {
        let ends = |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.ends_with('/'));
        other == path || ends(other, path) || ends(path, other)
    };
    let is_it = |evidence: &Evidence| match evidence {
        Evidence::Line { path, line: at, .. } => line == at.to_string() && same_path(path),
        Evidence::Signal { .. } => false,
    };
    let same_kind = entry
        .kind
        .as_deref()
        .is_none_or(|kind| kind == claim.kind.name());
    entry.action == Action::Retract && same_kind && claim.evidence().iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::super::{Basis, BasisWindow, apply, completed, text};
    use super::*;
    use crate::clock::NS_PER_MIN;
    use crate::records::{Context, read, recognise};

    fn stated(minute: i64) -> Stated {
        Stated::of(&When::stamped(minute * NS_PER_MIN, NS_PER_MIN), "human")
    }

    fn entry(action: Action, who: &str, kind: &str, minute: i64) -> Entry {
        Entry {
            kind: (!kind.is_empty()).then(|| kind.to_owned()),
            after: Some(stated(minute)),
            why: "the dashboard says so".to_owned(),
            note: "seen".to_owned(),
            ..Entry::new(action, who, minute)
        }
    }

    fn with(file: IncidentFile, entry: Entry) -> IncidentFile {
        let entry = completed(&file, entry);
        apply(&file, entry).expect("in order")
    }

    fn file() -> IncidentFile {
        let log = |minute| Stated {
            source: "log".to_owned(),
            ..stated(minute)
        };
        let incident = |id: &str, minute: i64| BasisIncident {
            id: id.to_owned(),
            title: format!("{id} fails"),
            windows: vec![BasisWindow {
                start: log(minute),
                end: log(minute + 10),
            }],
            milestones: vec![BasisMilestone {
                kind: "impact_start".to_owned(),
                stated: log(minute),
            }],
            ..BasisIncident::default()
        };
        let file = IncidentFile {
            title: "slow carts".to_owned(),
            basis: Some(Basis {
                incidents: vec![incident("i1", 100), incident("i2", 900)],
                ..Basis::default()
            }),
            ..IncidentFile::default()
        };
        let file = with(file, entry(Action::Mark, "ana", "detected", 103));
        let file = with(file, entry(Action::Amend, "ben", "impact_start", 899));
        with(file, entry(Action::Note, "ana", "", 104))
    }

    #[test]
    fn a_file_is_a_record_with_claims_by_hand_and_its_incidents() {
        let text = text(&file());
        assert_eq!(
            recognise("a/inc.rfo.json", text.as_bytes()),
            Some(RecordKind::Incident)
        );
        let record = read("a/inc.rfo.json", text.as_bytes(), &Context::default());
        let claims: Vec<_> = record
            .milestones
            .iter()
            .map(|one| {
                (
                    one.kind.letter(),
                    one.source,
                    one.hand.as_ref().map(|hand| (hand.who.as_str(), hand.what)),
                )
            })
            .collect();
        let expected = [
            ('S', ClaimSource::Log, None),
            ('S', ClaimSource::Log, None),
            ('D', ClaimSource::Human, Some(("ana", ByHand::Marked))),
            ('S', ClaimSource::Human, Some(("ben", ByHand::Overrides))),
        ];
        assert_eq!(claims, expected);
        let told: Vec<_> = record
            .incidents
            .iter()
            .map(|told| (told.title.as_str(), told.claims.clone()))
            .collect();
        assert_eq!(told, [("i1 fails", vec![0, 2]), ("i2 fails", vec![1, 3])]);
        assert_eq!(
            (record.title.as_str(), record.notes[0].text.as_str()),
            ("slow carts", "seen (noted by ana)")
        );
        let line = line_number(&record.milestones[2].evidence()[0]) as usize;
        assert!(
            text.lines()
                .nth(line - 1)
                .expect("a line")
                .contains("\"id\"")
        );
        let mut records = [record];
        forget_basis(&mut records);
        let told: Vec<_> = records[0]
            .incidents
            .iter()
            .map(|told| told.claims.clone())
            .collect();
        assert_eq!(
            (records[0].milestones.len(), told),
            (2, vec![vec![0], vec![1]])
        );
    }

    #[test]
    fn of_two_files_each_entry_is_told_once_and_an_undo_holds_for_both() {
        let ana = file();
        let mark = ana.history[0].id.clone();
        let undo = Entry {
            of: Some(mark),
            ..Entry::new(Action::Undo, "ben", 9)
        };
        let ben = with(ana.clone(), undo);
        let ben = with(ben, entry(Action::Mark, "ben", "restored", 110));
        let (ana, ben) = (text(&ana), text(&ben));
        let records = read_together(&[("a.rfo.json", &ana), ("b.rfo.json", &ben)]);
        let by_hand = |record: &Record| -> String {
            let hands = record.milestones.iter().filter(|one| one.hand.is_some());
            hands.map(|one| one.kind.letter()).collect()
        };
        assert_eq!(
            (by_hand(&records[0]), by_hand(&records[1])),
            ("S".to_owned(), "R".to_owned())
        );
    }

    #[test]
    fn a_claim_that_is_retracted_stays_with_who_and_why() {
        let csv = "incident_id,kind,time,tz,source,note\n1,restored,2024-02-03T10:00:00Z,,chat,\n";
        let retraction = |of: &str| Entry {
            of: Some(of.to_owned()),
            after: None,
            ..entry(Action::Retract, "ana", "", 1)
        };
        let file = with(file(), retraction("own.csv:2"));
        let file = text(&with(file, retraction("own.csv:9")));
        let own = read("sub/own.csv", csv.as_bytes(), &Context::default());
        let mut records = vec![own];
        records.extend(read_together(&[("inc.rfo.json", &file)]));
        retract(&mut records);
        let hand = records[0].milestones[0].hand.as_ref().expect("retracted");
        assert_eq!((hand.what, hand.who.as_str()), (ByHand::Retracted, "ana"));
        assert_eq!(records[1].defects.len(), 1);
        assert_eq!(records[1].defects[0].literal, "own.csv:9");
    }

    #[test]
    fn instants_that_no_one_can_mean_are_damage_and_wide_ones_are_safe() {
        let with = |at: &str, lo: &str| {
            let stated =
                format!("{{\"at\":\"{at}\",\"lo\":\"{lo}\",\"hi\":\"1970-01-01T00:00:00Z\"}}");
            let entry = format!(
                "{{\"id\":\"a\",\"who\":\"\\u001b[2J\",\"when\":\"{at}\",\"action\":\"amend\",\"kind\":\"R\",\"before\":{stated},\"after\":{stated}}}"
            );
            let file = format!("{{\"schema\":\"rfo.incident/1\",\"history\":[{entry},{entry}]}}");
            read("a.rfo.json", file.as_bytes(), &Context::default())
        };
        let far = with("2199-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
        assert!(
            far.milestones
                .iter()
                .all(|one| one.hand.as_ref().is_some_and(|hand| hand.who == "·[2J"))
        );
        assert_eq!((far.milestones.len(), far.defects.len()), (1, 0));
        for at in ["1678-01-01T00:00:00Z", "2261-01-01T00:00:00Z", "soon"] {
            let record = with(at, at);
            assert_eq!(
                (record.milestones.len(), record.defects.len()),
                (0, 1),
                "{at}"
            );
        }
    }

    #[test]
    fn a_damaged_file_is_a_record_with_a_defect() {
        let head = "{\"schema\":\"rfo.incident/1\",\n\"history\":[";
        let record = read("inc.rfo.json", head.as_bytes(), &Context::default());
        assert_eq!(
            (record.kind, record.milestones.len(), record.defects.len()),
            (RecordKind::Incident, 0, 1)
        );
        assert!(record.defects[0].what.contains("line 2"));
    }
}
