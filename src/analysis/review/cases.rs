//! Cases from what was read: what is told under one name is one incident, in however many records.
//!
//! A record that tells no incidents apart is cut where its claims pause longer than the group gap;
//! its incidents are not joined with those of other records. Order of the input changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::file::Contents;
use super::{Asked, Case, Details, LeftOut, Read, Review};
use crate::analysis::records_only::of_claims;
use crate::analysis::told::{nearest, runs, span, untold_of};
use crate::durations::Choice;
use crate::records::{Milestone, MilestoneKind, Record, Told};
use crate::text::printable;

/// Pairs of incidents that may be one, named at most.
const PAIRS_MAX: usize = 3;
/// Later incidents that one is compared with, at most.
const NEIGHBOURS_MAX: usize = 50;

/// What one record says of one incident.
struct Part<'a> {
    record: &'a Record,
    told: Option<&'a Told>,
    claims: Vec<&'a Milestone>,
}

/// All cases of what was read.
pub fn collect(contents: Vec<Contents>, asked: Asked) -> Review {
    let mut contents = contents;
    contents.sort_by(|a, b| a.path().cmp(b.path()));
    let mut review = Review {
        asked,
        records: Vec::new(),
        cases: Vec::new(),
        left_out: Vec::new(),
        notes: Vec::new(),
    };
    let mut named: BTreeMap<&str, Vec<Part<'_>>> = BTreeMap::new();
    let names = short_names(&contents);
    for one in &contents {
        let incidents = match one {
            Contents::Record(record) => {
                of_record(&mut review, &mut named, record, &names[&record.path])
            }
            Contents::Report { path, cases } => {
                let own = |case: &Case| Case {
                    id: printable(&format!("{}#{}", names[path], case.id)),
                    ..case.clone()
                };
                review.cases.extend(cases.iter().map(own));
                cases.len()
            }
        };
        review.records.push(one.read(incidents));
    }
    for (id, parts) in named {
        review.cases.push(case(id.to_owned(), &parts));
    }
    let key = |case: &Case| case.start.map(|start| start.at_ns);
    review
        .cases
        .sort_by(|a, b| (key(a), &a.id).cmp(&(key(b), &b.id)));
    only_asked(&mut review);
    name_apart(&mut review.cases);
    review.notes.extend(may_be_one(&review.cases));
    review
}

/// The last part of each path where no other record ends in it, else the whole path.
fn short_names(contents: &[Contents]) -> BTreeMap<String, String> {
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for one in contents {
        *times.entry(last(one.path())).or_default() += 1;
    }
    let name = |path: &str| match times[&last(path)] {
        1 => (path.to_owned(), last(path)),
        _ => (path.to_owned(), path.to_owned()),
    };
    contents.iter().map(|one| name(one.path())).collect()
}

/// Takes up a record's incidents; how many it tells of.
fn of_record<'a>(
    review: &mut Review,
    named: &mut BTreeMap<&'a str, Vec<Part<'a>>>,
    record: &'a Record,
    name: &str,
) -> usize {
    if record.incidents.is_empty() {
        return by_gap(review, record, name);
    }
    let (claims, of_none) = claims_of(record, review.asked.group_gap_ns);
    if of_none > 0 {
        let what = format!("{} ({of_none})", printable(&record.path));
        leave_out(review, "claims of none of a record's incidents", what);
    }
    let mut nameless = 0;
    for (told, claims) in record.incidents.iter().zip(claims) {
        let part = Part {
            record,
            told: Some(told),
            claims,
        };
        if told.id.is_empty() {
            nameless += 1;
            let id = match record.incidents.len() {
                1 => printable(name),
                _ => format!("{}#{nameless}", printable(name)),
            };
            review.cases.push(case(id, &[part]));
        } else {
            named.entry(&told.id).or_default().push(part);
        }
    }
    record.incidents.len()
}

/// The claims of each of a record's incidents, with those of none that are near it, as a report puts
/// them together; and how many are near none.
fn claims_of(record: &Record, gap_ns: i64) -> (Vec<Vec<&Milestone>>, usize) {
    let told = record.incidents.iter().map(|told| {
        let claim = |&i: &usize| record.milestones.get(i);
        told.claims.iter().filter_map(claim).collect()
    });
    let mut claims: Vec<Vec<&Milestone>> = told.collect();
    let spans = record.incidents.iter().zip(&claims).enumerate();
    let spans: Vec<(usize, (i64, i64))> = spans
        .filter(|(_, (told, _))| !told.planned)
        .filter_map(|(i, (_, claims))| Some((i, span(claims.iter().copied())?)))
        .collect();
    let mut of_none = 0;
    for claim in untold_of(record) {
        match nearest(spans.iter().map(|(_, span)| *span), claim, gap_ns) {
            Some(near) => claims[spans[near].0].push(claim),
            None => of_none += 1,
        }
    }
    (claims, of_none)
}

/// Cuts a record's claims where they pause; how many incidents that makes.
fn by_gap(review: &mut Review, record: &Record, name: &str) -> usize {
    let mut claims: Vec<&Milestone> = record.milestones.iter().collect();
    claims.sort_by_key(|claim| claim.when.at_ns);
    let gap_ns = review.asked.group_gap_ns;
    let is_incident = |run: &&[&Milestone]| run.iter().any(|claim| tells_of_trouble(claim));
    let runs: Vec<_> = runs(&claims, |claim| claim, gap_ns)
        .filter(is_incident)
        .collect();
    for (i, run) in runs.iter().enumerate() {
        let name = printable(name);
        let id = match runs.len() {
            1 => name,
            _ => format!("{name}#{}", i + 1),
        };
        let part = Part {
            record,
            told: None,
            claims: run.to_vec(),
        };
        review.cases.push(case(id, &[part]));
    }
    if runs.is_empty() {
        leave_out(review, "tells of no incident", printable(&record.path));
    }
    runs.len()
}

/// A change alone is no incident, nor is its permanent fix.
fn tells_of_trouble(claim: &Milestone) -> bool {
    !matches!(claim.kind, MilestoneKind::Change | MilestoneKind::Fixed)
}

fn case(id: String, parts: &[Part<'_>]) -> Case {
    let mut claims: Vec<Milestone> = parts
        .iter()
        .flat_map(|part| part.claims.iter().map(|claim| (*claim).clone()))
        .collect();
    let key = |m: &Milestone| (m.when.at_ns, m.kind, m.source, m.when.lo_ns, m.when.hi_ns);
    claims.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.note.cmp(&b.note)));
    let (mut notes, told) = (Vec::new(), |pick: fn(&Told) -> &str| -> Vec<&str> {
        let told = parts.iter().filter_map(|part| part.told).map(pick);
        told.filter(|text| !text.is_empty()).collect()
    });
    // A record of many is no title of one of them.
    let of_record = || {
        let alone = parts.first().filter(|part| part.told.is_none());
        alone.map_or_else(String::new, |part| part.record.title.clone())
    };
    let title = told(|told| &told.title)
        .first()
        .map(|title| (*title).to_owned());
    let title = title.unwrap_or_else(of_record);
    let service = one_of("service", &told(|told| &told.service), &mut notes);
    let severity = one_of("severity", &told(|told| &told.severity), &mut notes);
    let first = claims.iter().find(|claim| tells_of_trouble(claim));
    let first = first.map(|claim| claim.when);
    let closed = claims
        .iter()
        .any(|claim| claim.kind == MilestoneKind::Closed);
    let concluded = of_claims(id.clone(), title.clone(), claims);
    let chosen = |kind: MilestoneKind| -> Option<&Choice> {
        let mut chosen = concluded.measured.chosen.iter();
        chosen.find(|choice| choice.kind == kind)
    };
    let stated = chosen(MilestoneKind::ImpactStart);
    let mut records: Vec<String> = parts.iter().map(|one| one.record.path.clone()).collect();
    records.dedup();
    Case {
        id,
        title,
        service,
        severity,
        noticed_by: parts.iter().find_map(|part| part.told?.noticed_by),
        planned: parts
            .iter()
            .any(|part| part.told.is_some_and(|t| t.planned)),
        start: stated.map(|choice| choice.when).or(first),
        start_assumed: stated.is_none_or(|choice| choice.assumed.is_some()),
        restored: chosen(MilestoneKind::Restored).map(|choice| choice.when),
        closed,
        durations: concluded.measured.durations.clone(),
        records,
        notes,
        details: Details::Measured(Box::new(concluded)),
    }
}

/// What the records call it; where they disagree, the first by path, and a note.
fn one_of(what: &str, said: &[&str], notes: &mut Vec<String>) -> String {
    let distinct: BTreeSet<&str> = said.iter().copied().collect();
    if distinct.len() > 1 {
        let words: Vec<&str> = distinct.into_iter().collect();
        notes.push(format!(
            "records disagree on its {what}: {}",
            words.join(", ")
        ));
    }
    said.first()
        .map_or_else(String::new, |text| (*text).to_owned())
}

/// Keeps what started in the period asked for.
fn only_asked(review: &mut Review) {
    let (since, until) = (review.asked.since_ns, review.asked.until_ns);
    if since.is_none() && until.is_none() {
        return;
    }
    let (mut outside, mut unknown) = (Vec::new(), Vec::new());
    review.cases.retain(|case| {
        let Some(start) = case.start else {
            unknown.push(case.id.clone());
            return false;
        };
        let inside = since.is_none_or(|since| since <= start.at_ns)
            && until.is_none_or(|until| start.at_ns < until);
        if !inside {
            outside.push(case.id.clone());
        }
        inside
    });
    for (reason, what) in [
        ("started outside of --since and --until", outside),
        ("no start is known", unknown),
    ] {
        if !what.is_empty() {
            let reason = reason.to_owned();
            review.left_out.push(LeftOut { reason, what });
        }
    }
}

fn leave_out(review: &mut Review, reason: &str, what: String) {
    let mut known = review.left_out.iter_mut();
    match known.find(|one| one.reason == reason) {
        Some(one) => one.what.push(what),
        None => review.left_out.push(LeftOut {
            reason: reason.to_owned(),
            what: vec![what],
        }),
    }
}

/// No two cases have one name, so that a list of names says which are meant.
fn name_apart(cases: &mut [Case]) {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases {
        let times = names.entry(case.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            case.id = format!("{} ({times})", case.id);
        }
    }
}

/// Incidents of different records that overlap in time and may be of one service: perhaps one,
/// counted twice.
fn may_be_one(cases: &[Case]) -> Option<String> {
    let span = |case: &Case| {
        let start = case.start?.at_ns;
        Some((start, case.restored.map_or(start, |end| end.at_ns)))
    };
    let spans: Vec<_> = cases
        .iter()
        .filter_map(|case| Some((span(case)?, case)))
        .collect();
    let (mut pairs, mut n) = (Vec::new(), 0usize);
    for (i, ((_, end), one)) in spans.iter().enumerate() {
        let later = spans[i + 1..].iter().take(NEIGHBOURS_MAX);
        let overlapping = later.take_while(|((start, _), _)| start <= end);
        for (_, two) in overlapping.filter(|(_, two)| may_be(one, two)) {
            n += 1;
            if pairs.len() < PAIRS_MAX {
                pairs.push(format!("{} and {}", one.id, two.id));
            }
        }
    }
    let more = if n > PAIRS_MAX { "; and more" } else { "" };
    (n > 0).then(|| {
        format!(
            "{n} pairs overlap in time and share no name, so each counts as two: {}{more} (one \
             incident_id, or rfo report, joins them)",
            pairs.join("; ")
        )
    })
}

/// Of no common record, and not of two services.
fn may_be(one: &Case, two: &Case) -> bool {
    let apart = one.records.iter().all(|path| !two.records.contains(path));
    let unsaid = one.service.is_empty() || two.service.is_empty();
    apart && (unsaid || one.service.to_lowercase() == two.service.to_lowercase())
}

impl Contents {
    fn read(&self, incidents: usize) -> Read {
        let (kind, defects) = match self {
            Self::Record(record) => (Some(record.kind), record.defects.len()),
            Self::Report { .. } => (None, 0),
        };
        Read {
            path: self.path().to_owned(),
            kind,
            incidents,
            defects,
        }
    }
}
