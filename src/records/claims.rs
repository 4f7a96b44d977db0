//! Our own CSV of claims: `incident_id,kind,time,tz,source,note`.

use super::delimited::{Row, Table};
use super::instant::read_instant;
use super::milestone::{ClaimSource, Milestone, MilestoneKind, Outcome};
use super::{Context, Defect, Note, Record, RecordKind, Told, place};
use crate::clock::zone_text;
use crate::text::printable;

/// Reads the CSV. A row whose kind is no milestone is a note; a time that cannot be read is a
/// defect, and its row a note. Optional columns: `fraction`, `outcome`, `confidence`.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut record = Record::new(path, RecordKind::Claims, context.zone);
    let table = Table::read(text);
    for row in &table.rows {
        read_row(&mut record, &table, row, text, context);
    }
    record
}

fn read_row(record: &mut Record, table: &Table, row: &Row, text: &str, context: &Context) {
    let evidence = place(text, row.start, &record.path);
    let line = super::line_number(&evidence);
    let (time, note) = (
        table.get(row, &["time"]),
        printable(table.get(row, &["note"])),
    );
    let zone = match table.get(row, &["tz"]) {
        "" => context.zone,
        own => zone_text(own).zone(None).or(context.zone),
    };
    let kind = kind_of(table.get(row, &["kind"]));
    match (kind, read_instant(time, zone)) {
        (Some(kind), Ok(when)) => {
            let source = source_of(table.get(row, &["source"]));
            let mut milestone = Milestone::new(kind, when, source, vec![evidence]).noted(note);
            milestone.fraction = table
                .get(row, &["fraction"])
                .parse()
                .ok()
                .filter(|f| (0.0..=1.0).contains(f));
            milestone.outcome = outcome_of(table.get(row, &["outcome"]));
            let confidence = table.get(row, &["confidence"]).parse().ok();
            milestone.confidence = confidence
                .filter(|c| (0.0..=1.0).contains(c))
                .unwrap_or(1.0);
            of_incident(record, table.get(row, &["incident_id"]));
            record.milestones.push(milestone);
        }
        (_, read) => {
            let what = match (&read, kind) {
                (Err(why), _) => Some(why.to_string()),
                (Ok(_), None) if !table.get(row, &["kind"]).eq_ignore_ascii_case("note") => {
                    Some("not a kind of milestone".to_owned())
                }
                _ => None,
            };
            let literal = printable(if read.is_err() {
                time
            } else {
                table.get(row, &["kind"])
            });
            record.defects.extend(what.map(|what| Defect {
                line,
                literal,
                what,
                reading: String::new(),
            }));
            record.notes.push(Note {
                when: read.ok(),
                line,
                text: note,
            });
        }
    }
}

/// The next claim belongs to that incident.
fn of_incident(record: &mut Record, id: &str) {
    let (index, id) = (record.milestones.len(), printable(id));
    match record.incidents.iter_mut().find(|told| told.id == id) {
        Some(told) => told.claims.push(index),
        None => record.incidents.push(Told {
            id,
            claims: vec![index],
            ..Told::default()
        }),
    }
}

const KINDS: [MilestoneKind; 14] = [
    MilestoneKind::Change,
    MilestoneKind::ImpactStart,
    MilestoneKind::AlertFired,
    MilestoneKind::Notified,
    MilestoneKind::Detected,
    MilestoneKind::Acknowledged,
    MilestoneKind::Engaged,
    MilestoneKind::Identified,
    MilestoneKind::MitigationAttempt,
    MilestoneKind::PartialRecovery,
    MilestoneKind::Mitigated,
    MilestoneKind::Restored,
    MilestoneKind::Closed,
    MilestoneKind::Fixed,
];

/// The milestone of a name or a letter, in any case.
pub fn kind_of(text: &str) -> Option<MilestoneKind> {
    let is = |kind: &&MilestoneKind| {
        kind.name().eq_ignore_ascii_case(text)
            || text.eq_ignore_ascii_case(&kind.letter().to_string())
    };
    KINDS.iter().find(is).copied()
}

/// Who a word of our CSV or of an incident file means; a human where it is none of them.
pub(super) fn source_of(text: &str) -> ClaimSource {
    match text.to_ascii_lowercase().as_str() {
        "log" | "logs" => ClaimSource::Log,
        "deploys" => ClaimSource::Deploys,
        "pager" | "monitor" | "monitoring" | "alert" => ClaimSource::Pager,
        "status_page" => ClaimSource::StatusPage,
        "chat" => ClaimSource::Chat,
        "text" => ClaimSource::Text,
        _ => ClaimSource::Human,
    }
}

/// The outcome of that word.
pub(super) fn outcome_of(text: &str) -> Option<Outcome> {
    Some(match text.to_ascii_lowercase().as_str() {
        "worked" => Outcome::Worked,
        "partial" => Outcome::Partial,
        "failed" => Outcome::Failed,
        "worsened" => Outcome::Worsened,
        "temporary" => Outcome::Temporary,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    const SAMPLE: &str = "incident_id,kind,time,tz,source,note\n\
        7,impact_start,2021-03-02 10:00,UTC+3,human,\"slow, then down\"\n\
        7,R,2021-03-02T07:40:00Z,,log,\n\
        8,impact_start,soon,,human,?\n\
        8,note,2021-03-03T09:00:00Z,,chat,coffee\n";

    #[test]
    fn rows_become_claims_notes_and_defects() {
        let record = read("own.csv", SAMPLE, &Context::default());
        let claims: Vec<_> = record
            .milestones
            .iter()
            .map(|m| (m.kind.letter(), rfc3339(m.when.at_ns)))
            .collect();
        let expected = [
            ('S', "2021-03-02T07:00:00Z".to_owned()),
            ('R', "2021-03-02T07:40:00Z".to_owned()),
        ];
        assert_eq!(claims, expected);
        let told: Vec<_> = record
            .incidents
            .iter()
            .map(|told| (told.id.as_str(), &told.claims[..]))
            .collect();
        assert_eq!(told, [("7", [0, 1].as_slice())]);
        assert_eq!(record.defects[0].what, "not a time");
        assert_eq!(
            record
                .notes
                .iter()
                .map(|n| n.text.as_str())
                .collect::<Vec<_>>(),
            ["?", "coffee"]
        );
        assert_eq!(
            super::super::line_number(&record.milestones[1].evidence()[0]),
            3
        );
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String) {
            let _ = read("own.csv", &format!("incident_id,kind,time\n{text}"), &Context::default());
        }
    }
}
