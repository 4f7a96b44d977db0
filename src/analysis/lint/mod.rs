//! Checks a record against itself: every length of time that it states, every order, every date.
//!
//! In: a `Record` of any kind. Out: for each stated length whether it follows from the record's
//! own timeline, by which events and which clock, or which single slip would make it right; and
//! all that contradicts itself. Reads no file and no log; the lengths are the kernel's.

mod candidates;
mod dates;
mod orders;
mod readings;
mod shared_hours;
mod slips;
mod stated;
mod timeline;
mod words;

use serde::Serialize;

use crate::durations::Duration;
use crate::records::stated::{Hours, Stated};
use crate::records::{Defect, Record};

pub use timeline::{Event, Role};
pub use words::{clock_words, event_words, way_words};

/// Whether a stated length of time holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It follows from the timeline, by the events that its label means and the clock it names.
    Reproducible,
    /// It follows by another start, another end or another clock.
    OtherReading,
    /// It follows if one slip in the timeline is repaired.
    Slip,
    /// No reading of the timeline gives it.
    NotReproducible,
    /// The timeline lacks a milestone, or it does not say what it is the length of.
    NotCheckable,
}

impl Verdict {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 5] = [
        Self::Reproducible,
        Self::OtherReading,
        Self::Slip,
        Self::NotReproducible,
        Self::NotCheckable,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reproducible => "reproducible",
            Self::OtherReading => "reproducible by another reading",
            Self::Slip => "reproducible with a slip",
            Self::NotReproducible => "not reproducible",
            Self::NotCheckable => "not checkable",
        }
    }

    /// Whether the record should be mended for it.
    pub fn is_finding(self) -> bool {
        matches!(
            self,
            Self::OtherReading | Self::Slip | Self::NotReproducible
        )
    }
}

/// Which time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// All of it.
    Wall,
    /// Only working hours.
    Hours(Hours),
}

/// A way to get a length of time out of the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// From this event.
    pub from: Event,
    /// To this one.
    pub to: Event,
    /// By this clock.
    pub clock: Clock,
    /// So long.
    pub duration: Duration,
    /// With these slips repaired, in words; empty for the timeline as it is written.
    pub slips: Vec<String>,
}

/// One stated length of time and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// As the record states it.
    pub stated: Stated,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What follows by the label's own events and clock; `None` where one is missing.
    pub follows: Option<Way>,
    /// The way that makes it right; that of `follows` where it is reproducible.
    pub reading: Option<Way>,
    /// What else there is to say: what is missing, what comes nearest; may be empty.
    pub remark: String,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The reader could not take it as it is written.
    Defect,
    /// Two milestones are in an order that cannot be, or that is surprising.
    Order,
    /// A date contradicts that of the title or of the file.
    Date,
    /// The record gives two times for one milestone.
    Conflict,
    /// A line stands out of the order of its list.
    Sequence,
}

/// Something in a record that contradicts itself. All texts are printable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Its line, from 1; 0 for the whole record.
    pub line: u64,
    /// What it is about.
    pub kind: FindingKind,
    /// As written.
    pub literal: String,
    /// What is wrong with it.
    pub what: String,
    /// How it would be right; empty when that is not known.
    pub reading: String,
}

/// All that was found in one record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Linted {
    /// Every stated length of time, in the record's order.
    pub checked: Vec<Checked>,
    /// All else, by line.
    pub findings: Vec<Finding>,
    /// What was left out of the check because there is too much of it; mostly empty.
    pub cut_off: Vec<String>,
}

impl Linted {
    /// How many stated lengths have that verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checked
            .iter()
            .filter(|one| one.verdict == verdict)
            .count()
    }

    /// How much there is to mend.
    pub fn findings_total(&self) -> usize {
        let stated = self.checked.iter().filter(|one| one.verdict.is_finding());
        stated.count() + self.findings.len()
    }
}

/// Checks one record.
pub fn lint(record: &Record) -> Linted {
    let mut groups = timeline::groups(record);
    let mut cut_off = Vec::new();
    if groups.cut_off {
        cut_off.push("only the first 400 timed lines of each incident were checked".to_owned());
    }
    if record.stated.cut_off {
        let most = crate::records::stated::STATED_MAX;
        cut_off.push(format!(
            "only the first {most} lengths of time were checked"
        ));
    }
    let mut findings = defects(&record.defects);
    for group in &mut groups.all {
        findings.extend(dates::of_group(record, group));
        findings.extend(orders::of_group(record, group));
    }
    findings.extend(orders::of_lines(record));
    findings.sort();
    findings.dedup();
    Linted {
        checked: stated::check(record, &groups),
        findings,
        cut_off,
    }
}

/// The reader's own defects; the same one on many lines is one finding.
fn defects(defects: &[Defect]) -> Vec<Finding> {
    let mut findings: Vec<(Finding, usize)> = Vec::new();
    for defect in defects {
        let same = |(one, _): &&mut (Finding, usize)| {
            one.what == defect.what && one.reading == defect.reading
        };
        // Only what is the same on every line can be many.
        match findings.iter_mut().take(100).find(same) {
            Some((_, count)) => *count += 1,
            None => findings.push((
                Finding {
                    line: defect.line,
                    kind: FindingKind::Defect,
                    literal: defect.literal.clone(),
                    what: defect.what.clone(),
                    reading: defect.reading.clone(),
                },
                1,
            )),
        }
    }
    let counted = findings.into_iter().map(|(mut finding, count)| {
        if count > 1 {
            finding.what += &format!(" ({count} times)");
        }
        finding
    });
    counted.collect()
}

#[cfg(test)]
mod tests;
