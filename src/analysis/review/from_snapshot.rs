//! The incidents of one analysis as cases: what the app reviews while its sources are open.
//!
//! In: a snapshot. Out: a review with one case per incident, durations as they were measured there.
//! Says the same of an incident as its report does when that is read back (`from_report`).

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, Case, Details, Read, Review};
use crate::analysis::{Concluded, Snapshot};
use crate::durations::Choice;
use crate::events::Evidence;
use crate::records::{Milestone, MilestoneKind, Told};

/// Where a claim stands: path and line.
type Place<'a> = (&'a str, u64);

/// The review of all incidents of a snapshot.
pub fn of_snapshot(snapshot: &Snapshot) -> Review {
    let told = told(snapshot);
    let paths: BTreeSet<&str> = snapshot
        .records
        .iter()
        .map(|one| one.path.as_str())
        .collect();
    let all = snapshot.incidents.iter();
    let mut cases: Vec<Case> = all.map(|one| case(one, &told, &paths)).collect();
    let start = |case: &Case| case.start.map(|start| start.at_ns);
    // Stable: incidents of one start stay in the order of the snapshot.
    cases.sort_by_key(start);
    let records = snapshot.records.iter();
    let records = records.map(|record| Read {
        path: record.path.clone(),
        kind: Some(record.kind),
        incidents: cases
            .iter()
            .filter(|case| case.records.contains(&record.path))
            .count(),
        defects: record.defects.len(),
    });
    Review {
        asked: Asked {
            zone: snapshot.zone,
            group_gap_ns: snapshot.group_gap_ns,
            since_ns: None,
            until_ns: None,
            compare: None,
        },
        records: records.collect(),
        cases,
        left_out: Vec::new(),
        notes: Vec::new(),
    }
}

fn case(concluded: &Concluded, told: &BTreeMap<Place<'_>, &Told>, paths: &BTreeSet<&str>) -> Case {
    let incident = &concluded.incident;
    let chosen = |kind: MilestoneKind| -> Option<&Choice> {
        let mut chosen = concluded.measured.chosen.iter();
        chosen.find(|choice| choice.kind == kind)
    };
    let stated = chosen(MilestoneKind::ImpactStart);
    let window = || incident.windows.first().map(|window| window.start);
    let places: BTreeSet<Place<'_>> = incident.milestones.iter().flat_map(places).collect();
    let mine: Vec<&Told> = places
        .iter()
        .filter_map(|place| told.get(place).copied())
        .collect();
    let records: BTreeSet<&str> = places
        .iter()
        .map(|(path, _)| *path)
        .filter(|path| paths.contains(path))
        .collect();
    Case {
        id: incident.id.clone(),
        title: incident.title.clone(),
        service: mine
            .iter()
            .map(|one| one.service.clone())
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        severity: incident.severity.word().to_owned(),
        noticed_by: mine.iter().find_map(|one| one.noticed_by),
        planned: false,
        start: stated.map(|choice| choice.when).or_else(window),
        start_assumed: stated.is_none_or(|choice| choice.assumed.is_some()),
        restored: chosen(MilestoneKind::Restored).map(|choice| choice.when),
        closed: chosen(MilestoneKind::Closed).is_some(),
        durations: concluded.measured.durations.clone(),
        records: records.into_iter().map(str::to_owned).collect(),
        notes: Vec::new(),
        details: Details::Measured(Box::new(concluded.clone())),
    }
}

/// What the records tell of incidents, by the lines of their claims.
fn told(snapshot: &Snapshot) -> BTreeMap<Place<'_>, &Told> {
    let mut by_place = BTreeMap::new();
    for record in &snapshot.records {
        for told in &record.incidents {
            let claims = told.claims.iter().filter_map(|&i| record.milestones.get(i));
            by_place.extend(claims.flat_map(places).map(|place| (place, told)));
        }
    }
    by_place
}

fn places(claim: &Milestone) -> impl Iterator<Item = Place<'_>> {
    claim
        .evidence()
        .iter()
        .filter_map(|evidence| match evidence {
            Evidence::Line { path, line, .. } => Some((path.as_str(), *line)),
            Evidence::Signal { .. } => None,
        })
}
