//! People's records as they were read: what each says of its incidents, its mistakes, what was
//! guessed, and what might have been meant instead.

use crate::analysis::Snapshot;
use crate::records::{Defect, NoticedBy, Reading, Record, RecordKind, Told};
use crate::reports::layout::{Page, Paint};
use crate::reports::words::{Clock, plural, zone_words};

/// Incidents of one record shown at most.
const SHOWN_MAX: usize = 12;

/// People's records: what each is, how its times were read, what is wrong with it.
pub fn section(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    if snapshot.records.is_empty() {
        return;
    }
    page.heading("people's records");
    for record in &snapshot.records {
        let counts = [
            plural(record.milestones.len(), "claim"),
            plural(record.changes.len(), "change"),
            plural(record.notes.len(), "other line"),
        ];
        let zone = record.zone.map_or_else(|| "no zone".to_owned(), zone_words);
        page.flow(
            Paint::Dim,
            "  ",
            4,
            &format!("{}: {}, {zone}", record_lead(record), counts.join(", ")),
        );
        for told in record.incidents.iter().take(SHOWN_MAX) {
            let words = told_words(told);
            if !words.is_empty() {
                page.flow(Paint::Dim, "    ", 6, &format!("{}: {words}", told.title));
            }
        }
        for defect in &record.defects {
            page.flow(
                Paint::Yellow,
                "    defect: ",
                6,
                &defect_words(record, defect),
            );
        }
        super::stated::stated(page, record);
        for reading in &record.readings {
            page.flow(
                Paint::Dim,
                "    or else: ",
                6,
                &reading_words(record, clock, reading),
            );
        }
    }
}

/// `"12:05 AM" read as 12:05 PM: out of order otherwise [report.txt:7]`.
fn defect_words(record: &Record, defect: &Defect) -> String {
    let reading = match defect.reading.as_str() {
        "" => "left out".to_owned(),
        reading => format!("read as {reading}"),
    };
    format!(
        "\"{}\" {reading}: {} [{}:{}]",
        defect.literal, defect.what, record.path, defect.line
    )
}

/// `noticed first by a customer, SEV-2, of Checkout`.
fn told_words(told: &Told) -> String {
    let by = told.noticed_by.map(|by| match by {
        NoticedBy::Monitor => "noticed first by a monitor".to_owned(),
        NoticedBy::Human => "noticed first by someone of the staff".to_owned(),
        NoticedBy::Customer => "noticed first by users".to_owned(),
    });
    let named = |name: &str, text: &str| (!text.is_empty()).then(|| format!("{name} {text}"));
    let parts = [
        by,
        named("severity", &told.severity),
        named("service", &told.service),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `"00:10" taken for 4 May 00:10, 3 May 00:10 in the next most likely order [chat.txt:7]`.
fn reading_words(record: &Record, clock: Clock, reading: &Reading) -> String {
    let days = Clock {
        days: true,
        ..clock
    };
    let year = |ns: i64| clock.zone.local(ns).format("%Y").to_string();
    let (taken, instead) = (reading.taken_ns, reading.instead_ns);
    // Only a slip of the year shows no difference otherwise.
    let years = year(taken) != year(instead);
    let at = |ns: i64| match years {
        true => format!("{} {}", days.at(ns), year(ns)),
        false => days.at(ns),
    };
    let (taken, instead) = (at(taken), at(instead));
    format!(
        "\"{}\" taken for {taken}; {instead} {} [{}:{}]",
        reading.literal, reading.why, record.path, reading.line
    )
}

/// `status.txt (status posts)`.
pub fn record_lead(record: &Record) -> String {
    let kind = match record.kind {
        RecordKind::PagerDuty => "pager export",
        RecordKind::Alertmanager => "alerts",
        RecordKind::Deploys => "changes",
        other => other.word(),
    };
    format!("{} ({kind})", record.path)
}
