//! What in the records of a review contradicts itself, in few words, and to which incident it
//! belongs.
//!
//! In: records, and the cases made of them. Out: per record what is to be mended, line by line.
//! Judges nothing: the linter does. `rfo lint` tells the same at length.

use std::collections::BTreeMap;

use crate::analysis::lint::{self, Checked, Verdict, way_words};
use crate::analysis::review::{Case, Details};
use crate::clock::Zone;
use crate::events::Evidence;
use crate::records::{Record, RecordKind};

/// One thing to be mended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mend {
    /// Its line, from 1; 0 for the whole record.
    pub line: u64,
    /// As written.
    pub literal: String,
    /// What is wrong with it.
    pub what: String,
    /// How it would be right; empty where that is not known.
    pub reading: String,
}

/// What the linter says of one record. All texts are printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linted {
    /// The record as the user named it.
    pub path: String,
    /// What it is.
    pub kind: RecordKind,
    /// Lengths of time that it states.
    pub stated: usize,
    /// Of those, the ones that follow from its own timeline.
    pub reproducible: usize,
    /// What is to be mended, by line.
    pub mends: Vec<Mend>,
}

/// Where a finding is: index of the record, index of the finding in it.
pub type Place = (usize, usize);

/// Checks a record.
pub fn linted(record: &Record) -> Linted {
    let found = lint::lint(record);
    let zone = record.zone.unwrap_or(Zone::UTC);
    let lengths = found.checked.iter().filter(|one| one.verdict.is_finding());
    let findings = found.findings.iter().map(|one| Mend {
        line: one.line,
        literal: one.literal.clone(),
        what: one.what.clone(),
        reading: one.reading.clone(),
    });
    let mut mends: Vec<Mend> = lengths
        .map(|one| length(one, zone))
        .chain(findings)
        .collect();
    mends.sort();
    Linted {
        path: record.path.clone(),
        kind: record.kind,
        stated: found.checked.len(),
        reproducible: found.count(Verdict::Reproducible),
        mends,
    }
}

fn length(one: &Checked, zone: Zone) -> Mend {
    let label = match one.stated.label.is_empty() {
        true => one.stated.meaning.words(),
        false => &one.stated.label,
    };
    let follows = one
        .follows
        .as_ref()
        .map(|way| format!("it follows {}", way_words(way, zone)));
    let said = [
        one.verdict.words().to_owned(),
        follows.unwrap_or_default(),
        one.remark.clone(),
    ];
    let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
    let reading = one.reading.as_ref().map(|way| way_words(way, zone));
    Mend {
        line: one.stated.line,
        literal: format!("{label}: {}", one.stated.literal),
        what: said.join("; "),
        reading: reading.unwrap_or_default(),
    }
}

/// For each case the findings that are about it: those of a record that tells of it alone, and of
/// any other record those on a line of its claims.
pub fn of_cases(linted: &[Linted], cases: &[Case]) -> Vec<Vec<Place>> {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for path in cases.iter().flat_map(|case| &case.records) {
        *told.entry(path).or_default() += 1;
    }
    let numbers: BTreeMap<&str, usize> = linted
        .iter()
        .enumerate()
        .map(|(i, one)| (one.path.as_str(), i))
        .collect();
    let of_case = |case: &Case| -> Vec<Place> {
        let lines = lines(case);
        let mut places = Vec::new();
        for path in &case.records {
            let Some(&record) = numbers.get(path.as_str()) else {
                continue;
            };
            let alone = told.get(path.as_str()) == Some(&1);
            let mends = linted[record].mends.iter().enumerate();
            let mine = mends.filter(|(_, mend)| {
                alone || lines.binary_search(&(path.as_str(), mend.line)).is_ok()
            });
            places.extend(mine.map(|(i, _)| (record, i)));
        }
        places
    };
    cases.iter().map(of_case).collect()
}

/// The lines of a case's claims, in order.
fn lines(case: &Case) -> Vec<(&str, u64)> {
    let Details::Measured(concluded) = &case.details else {
        return Vec::new();
    };
    let claims = concluded.incident.milestones.iter();
    let evidence = claims.flat_map(|claim| claim.evidence());
    let lines = evidence.filter_map(|one| match one {
        Evidence::Line { path, line, .. } => Some((path.as_str(), *line)),
        Evidence::Signal { .. } => None,
    });
    let mut lines: Vec<(&str, u64)> = lines.collect();
    lines.sort_unstable();
    lines
}
