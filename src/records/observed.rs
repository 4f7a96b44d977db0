//! Rows of windows as someone observed them from outside: when an incident was first and last
//! seen, and when it was seen to be gone. It began at the latest when it was first seen, and
//! ended between the last sight and the first look that missed it.

use super::claims::{of_incident, source_of};
use super::delimited::{Row, Table};
use super::instant::read_instant;
use super::milestone::{ClaimSource, Milestone, MilestoneKind};
use super::{Context, Defect, Note, Record, line_number, place};
use crate::clock::{Censor, When, zone_text};
use crate::events::Evidence;
use crate::text::printable;

/// Reads one row. Without `gone_at` it was still there when last seen: that is a note, no end.
pub(super) fn read_row(
    record: &mut Record,
    table: &Table,
    row: &Row,
    text: &str,
    context: &Context,
) {
    let evidence = place(text, row.start, &record.path);
    let id = table.get(row, &["incident_id"]);
    let mut instant = |name: &str| instant(record, table, row, name, &evidence, context);
    let (first, last, gone) = (
        instant("first_observed"),
        instant("last_observed"),
        instant("gone_at"),
    );
    let source = match table.get(row, &["source"]) {
        "" => ClaimSource::StatusPage,
        named => source_of(named),
    };
    let mut claim = |kind, when, note: &str| {
        of_incident(record, id);
        let milestone = Milestone::new(kind, when, source, vec![evidence.clone()]);
        record.milestones.push(milestone.noted(note));
    };
    if let Some(when) = first.or(last) {
        let at_most = When {
            censor: Some(Censor::Left),
            ..when
        };
        claim(MilestoneKind::ImpactStart, at_most, "first observed");
    }
    match (last.or(first), gone) {
        (Some(last), Some(gone)) => {
            let middle = last.lo_ns + (gone.hi_ns - last.lo_ns) / 2;
            let end = When::between(last.lo_ns, middle, gone.hi_ns);
            claim(MilestoneKind::Restored, end, "last observed, then gone");
        }
        (None, Some(gone)) => {
            let at_most = When {
                censor: Some(Censor::Left),
                ..gone
            };
            claim(MilestoneKind::Restored, at_most, "observed to be gone");
        }
        (when, None) => record.notes.push(Note {
            when,
            line: line_number(&evidence),
            text: printable(&format!("{id}: still there when last observed")),
        }),
    }
}

fn instant(
    record: &mut Record,
    table: &Table,
    row: &Row,
    name: &str,
    evidence: &Evidence,
    context: &Context,
) -> Option<When> {
    let literal = table.get(row, &[name]);
    let zone = match table.get(row, &["tz"]) {
        "" => context.zone,
        own => zone_text(own).zone(None).or(context.zone),
    };
    if literal.is_empty() {
        return None;
    }
    match read_instant(literal, zone) {
        Ok(when) => Some(when),
        Err(why) => {
            record.defects.push(Defect {
                line: line_number(evidence),
                literal: printable(literal),
                what: why.to_string(),
                reading: String::new(),
            });
            None
        }
    }
}
