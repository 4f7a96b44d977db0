//! The lengths of time that people's records state, each with PASS or FAIL.

use crate::analysis::lint::{Checked, Verdict, lint, way_words};
use crate::clock::Zone;
use crate::records::Record;
use crate::records::stated::Meaning;
use crate::reports::layout::{Page, Paint};

/// Lengths shown of one record at most; the rest is counted.
const SHOWN_MAX: usize = 12;

/// Each length that a record states of its incident: whether it follows from its timeline, and
/// how it would.
pub fn stated(page: &mut Page, record: &Record) {
    let zone = record.zone.unwrap_or(Zone::UTC);
    let checked = lint(record).checked;
    let named: Vec<&Checked> = checked
        .iter()
        .filter(|one| one.stated.meaning != Meaning::Unnamed)
        .collect();
    for one in named.iter().take(SHOWN_MAX) {
        let (paint, word) = match one.verdict {
            Verdict::Reproducible => (Paint::Green, "PASS"),
            Verdict::NotCheckable => (Paint::Dim, "not checkable"),
            _ => (Paint::Red, "FAIL"),
        };
        let lead = format!("    {word}: ");
        page.flow(paint, &lead, 6, &words(record, one, zone));
    }
    if named.len() > SHOWN_MAX {
        let more = named.len() - SHOWN_MAX;
        page.line(&format!("    and {more} more stated lengths (rfo lint)"));
    }
}

/// `"Time to repair: 16m", but 22 min from ...; it is right if counted 16 min from ... [r.md:13]`.
fn words(record: &Record, one: &Checked, zone: Zone) -> String {
    let label = match one.stated.label.is_empty() {
        true => one.stated.meaning.words(),
        false => &one.stated.label,
    };
    let literal = format!("\"{label}: {}\"", one.stated.literal);
    let follows = one.follows.as_ref().map(|way| way_words(way, zone));
    let reading = one.reading.as_ref().map(|way| way_words(way, zone));
    let remark = one.remark.as_str();
    let said = match (one.verdict, follows, reading) {
        (Verdict::Reproducible, Some(follows), _) => format!(": {follows}"),
        (Verdict::OtherReading | Verdict::Slip, Some(follows), Some(reading)) => {
            format!(", but {follows}; it would be right as {reading}")
        }
        (Verdict::NotReproducible, Some(follows), _) => format!(", but {follows}"),
        _ => format!(": {remark}"),
    };
    format!("{literal}{said} [{}:{}]", record.path, one.stated.line)
}
