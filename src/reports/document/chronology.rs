//! The timeline as a table: what the logs show and what people say, in one order.

use super::draft::Draft;
use super::durations::words;
use super::recovery::outcome;
use super::times::delta;
use super::{Block, Line, Section};
use crate::analysis::Concluded;
use crate::clock::When;
use crate::events::Evidence;
use crate::records::{ClaimSource, Milestone, MilestoneKind, Record};
use crate::reports::excerpt::excerpt;
use crate::reports::words::percent;

/// Rows of the table; the rest is counted.
const ROWS_MAX: usize = 400;
/// Cells of one note; the record itself has the rest.
pub const NOTE_CELLS_MAX: usize = 600;
/// Changes up to this long before impact are part of the story.
const CHANGES_BEFORE_NS: i64 = 24 * 60 * crate::clock::NS_PER_MIN;

/// One row in the making.
struct Row<'a> {
    when: When,
    what: Vec<String>,
    by: &'static str,
    note: &'a str,
    evidence: &'a [Evidence],
}

/// The whole table.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let mut rows = rows(concluded);
    rows.extend(changes(draft.snapshot.records.as_slice(), concluded));
    if rows.is_empty() {
        return None;
    }
    rows.sort_by_key(|row| row.when.at_ns);
    let start_ns = concluded
        .measured
        .windows
        .first()
        .map(|one| one.start.at_ns);
    let mut head = draft.times.heads();
    if start_ns.is_some() {
        head.push("from impact".to_owned());
    }
    head.extend(["what", "who says so", "in words", "sources"].map(str::to_owned));
    let cells = rows.iter().take(ROWS_MAX).map(|row| {
        let mut cells = draft.times.cells(&row.when);
        cells.extend(start_ns.map(|start_ns| Line::of(delta(start_ns, row.when.at_ns))));
        cells.push(Line::of(row.what.join("; ")));
        cells.push(Line::of(row.by));
        cells.push(note(row));
        cells.push(Line::default().cite(draft.cite(row.evidence)));
        cells
    });
    let table = Block::Table {
        head,
        rows: cells.collect(),
    };
    let mut blocks = vec![table];
    if rows.len() > ROWS_MAX {
        let words = format!("And {} more, in the JSON report.", rows.len() - ROWS_MAX);
        blocks.push(Block::Paragraph(Line::of(words)));
    }
    Some(Section::new(level, "Timeline", blocks))
}

fn note(row: &Row) -> Line {
    match (row.note, row.by) {
        ("", _) => Line::default(),
        (note, by) if by == ClaimSource::Log.words() => Line::of(note),
        (note, _) => Line::default().quote(excerpt(note, NOTE_CELLS_MAX)),
    }
}

/// One row per line of evidence and instant: a post that says several things is told once.
fn rows(concluded: &Concluded) -> Vec<Row<'_>> {
    let mut rows: Vec<Row> = Vec::new();
    for claim in &concluded.incident.milestones {
        let what = what(claim);
        let (by, note) = (claim.source.words(), claim.note.as_str());
        let same = |row: &&mut Row| {
            row.when.at_ns == claim.when.at_ns && row.by == by && row.evidence == claim.evidence()
        };
        match rows.iter_mut().find(same) {
            Some(row) => {
                row.what.push(what);
                // The longer note is the shorter one and what was found out about it.
                if note.len() > row.note.len() {
                    row.note = note;
                }
            }
            None => rows.push(Row {
                when: claim.when,
                what: vec![what],
                by,
                note,
                evidence: claim.evidence(),
            }),
        }
    }
    rows
}

fn what(claim: &Milestone) -> String {
    let mut said = words(claim.kind);
    if claim.kind == MilestoneKind::MitigationAttempt {
        said += &format!(": {}", outcome(claim.outcome));
    }
    if let Some(fraction) = claim.fraction {
        said += &format!(" to {}", percent(fraction));
    }
    if claim.confidence < 0.995 {
        said += &format!(" ({} sure)", percent(claim.confidence));
    }
    said
}

/// Listed changes around the incident that no claim is about.
fn changes<'a>(records: &'a [Record], concluded: &'a Concluded) -> Vec<Row<'a>> {
    let windows = &concluded.measured.windows;
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Vec::new();
    };
    let around = first.start.at_ns.saturating_sub(CHANGES_BEFORE_NS)..=last.end.at_ns;
    let claims = &concluded.incident.milestones;
    let is_told = |evidence: &Evidence| claims.iter().any(|one| one.evidence().contains(evidence));
    let all = records.iter().flat_map(|record| &record.changes);
    all.filter(|change| around.contains(&change.when.at_ns) && !is_told(&change.evidence))
        .map(|change| Row {
            when: change.when,
            what: vec![words(MilestoneKind::Change)],
            by: ClaimSource::Deploys.words(),
            note: &change.title,
            evidence: std::slice::from_ref(&change.evidence),
        })
        .collect()
}
