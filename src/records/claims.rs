//! Our own CSV of claims: `incident_id,kind,time,tz,source,note`; or of windows as they were
//! observed: `incident_id,first_observed,last_observed,gone_at`.

use super::delimited::{Row, Table};
use super::instant::read_instant;
use super::milestone::{ClaimSource, Milestone, MilestoneKind, Outcome};
use super::{Context, Defect, Note, NoticedBy, Record, RecordKind, Told, observed, place};
use crate::clock::zone_text;
use crate::text::printable;

/// Reads the CSV. A row whose kind is no milestone is a note; a time that cannot be read is a
/// defect, and its row a note. Optional columns: `fraction`, `outcome`, `confidence`; of the incident
/// `title`, `service`, `severity`, `noticed_by`, `planned`, where its first row that has a value counts.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut record = Record::new(path, RecordKind::Claims, context.zone);
    let table = Table::read(text);
    for row in &table.rows {
        if table.has("first_observed") {
            observed::read_row(&mut record, &table, row, text, context);
        } else {
            read_row(&mut record, &table, row, text, context);
        }
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
            describe(record, table, row);
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
pub(super) fn of_incident(record: &mut Record, id: &str) {
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

/// What a row says of the incident of the claim that comes next.
fn describe(record: &mut Record, table: &Table, row: &Row) {
    let next = record.milestones.len();
    let told = record.incidents.iter_mut();
    let Some(told) = told.rev().find(|told| told.claims.last() == Some(&next)) else {
        return;
    };
    let texts = [
        (&mut told.title, "title"),
        (&mut told.service, "service"),
        (&mut told.severity, "severity"),
    ];
    for (field, name) in texts.into_iter().filter(|(field, _)| field.is_empty()) {
        *field = printable(table.get(row, &[name]));
    }
    let noticed_by = match table
        .get(row, &["noticed_by"])
        .to_ascii_lowercase()
        .as_str()
    {
        "monitor" => Some(NoticedBy::Monitor),
        "human" => Some(NoticedBy::Human),
        "customer" => Some(NoticedBy::Customer),
        _ => None,
    };
    told.noticed_by = told.noticed_by.or(noticed_by);
    let planned = table.get(row, &["planned"]).to_ascii_lowercase();
    told.planned |= matches!(planned.as_str(), "true" | "yes" | "1");
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
    fn a_source_is_read_as_it_is_written() {
        for source in [
            ClaimSource::Log,
            ClaimSource::Deploys,
            ClaimSource::Pager,
            ClaimSource::StatusPage,
            ClaimSource::Chat,
            ClaimSource::Text,
            ClaimSource::Human,
        ] {
            assert_eq!(source_of(source.name()), source);
        }
    }

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

    #[test]
    fn further_columns_tell_of_the_incident() {
        let text = "incident_id,kind,time,service,severity,title,noticed_by,planned\n\
            7,S,2021-03-02T07:00:00Z,cart,SEV-1,slow,customer,\n\
            8,S,2021-03-03T07:00:00Z,,,,,yes\n\
            7,R,2021-03-02T07:40:00Z,other,,,monitor,\n";
        let record = read("own.csv", text, &Context::default());
        let [seven, eight] = &record.incidents[..] else {
            panic!("{:?}", record.incidents)
        };
        let texts = [&seven.service, &seven.severity, &seven.title];
        assert_eq!(texts, ["cart", "SEV-1", "slow"]);
        assert_eq!(seven.noticed_by, Some(NoticedBy::Customer));
        assert!(eight.planned && !seven.planned);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String) {
            let _ = read("own.csv", &format!("incident_id,kind,time\n{text}"), &Context::default());
        }
    }
}
