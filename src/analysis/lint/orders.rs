//! Orders that cannot be, or that surprise: over before it began, known before it hurt, two times
//! for one milestone, a line that stands where it does not belong.

use super::slips::SLIPS;
use super::timeline::{Event, Group, Role};
use super::words::{event_words, quoted};
use super::{Finding, FindingKind};
use crate::clock::words::length;
use crate::clock::{NS_PER_MIN, Zone};
use crate::durations::{Order, Status, between};
use crate::events::Evidence;
use crate::records::{ClaimSource, Record, RecordKind};
use Role::{Acknowledged, Alert, Closed, Declared, Detected, Repaired, Restored, Start};

/// Two claims of one milestone may differ by this.
const CONFLICT_NS: i64 = 5 * NS_PER_MIN;
/// A repaired order should not leave a longer time than this between the two.
const PLAUSIBLE_S: f64 = 3.0 * 86_400.0;
/// Lines of a list are at most this far apart.
const LIST_GAP: u64 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    First,
    Last,
    /// The first that is listed as a label.
    Label,
}

/// Two milestones and the order that they are due in.
struct Law {
    first: (Role, Pick),
    second: (Role, Pick),
    /// What it is if they are the other way round.
    what: &'static str,
    /// It cannot be; else it only surprises.
    required: bool,
}

const fn law(first: (Role, Pick), second: (Role, Pick), what: &'static str, required: bool) -> Law {
    Law {
        first,
        second,
        what,
        required,
    }
}

const LAWS: [Law; 9] = [
    law(
        (Start, Pick::First),
        (Restored, Pick::Last),
        "over before it began",
        true,
    ),
    law(
        (Start, Pick::First),
        (Closed, Pick::Last),
        "over before it began",
        true,
    ),
    law(
        (Start, Pick::First),
        (Repaired, Pick::Last),
        "repaired before it began",
        true,
    ),
    law(
        (Repaired, Pick::Label),
        (Closed, Pick::Last),
        "over before it was repaired",
        true,
    ),
    law(
        (Repaired, Pick::Label),
        (Restored, Pick::Last),
        "over before it was repaired",
        true,
    ),
    law(
        (Detected, Pick::First),
        (Closed, Pick::Last),
        "over before it was detected",
        true,
    ),
    law(
        (Detected, Pick::First),
        (Restored, Pick::Last),
        "over before it was detected",
        true,
    ),
    law(
        (Alert, Pick::First),
        (Acknowledged, Pick::First),
        "acknowledged before the alert",
        true,
    ),
    law(
        (Declared, Pick::Label),
        (Closed, Pick::Last),
        "declared after it was over",
        false,
    ),
];

/// The orders within one incident.
pub(super) fn of_group(record: &Record, group: &Group) -> Vec<Finding> {
    let zone = record.zone.unwrap_or(Zone::UTC);
    let mut findings: Vec<Finding> = LAWS
        .iter()
        .filter_map(|law| {
            let from = pick(&group.events, law.first)?;
            let to = pick(&group.events, law.second)?;
            reversed(from, to, law, zone)
        })
        .collect();
    findings.extend(early_warning(group, zone));
    let is_text = matches!(record.kind, RecordKind::StatusPosts | RecordKind::Report);
    if is_text || !record.incidents.is_empty() {
        findings.extend(conflicts(group, zone));
    }
    findings
}

fn pick(events: &[Event], (role, pick): (Role, Pick)) -> Option<&Event> {
    let all = || events.iter().filter(|event| event.role == role);
    match pick {
        Pick::First => all().min_by_key(|event| event.when.at_ns),
        Pick::Last => all().max_by_key(|event| event.when.at_ns),
        Pick::Label => all()
            .filter(|event| event.is_label)
            .min_by_key(|event| event.line),
    }
}

/// A finding if `to` is certainly before `from`; by the kernel's law.
fn reversed(from: &Event, to: &Event, law: &Law, zone: Zone) -> Option<Finding> {
    let kinds = (from.role.kind(), to.role.kind());
    let gap = between(
        (kinds.0, Some(&from.when)),
        (kinds.1, Some(&to.when)),
        Order::Required,
    );
    if gap.status != Status::DataError {
        return None;
    }
    let apart = length(from.when.at_ns.saturating_sub(to.when.at_ns));
    let day = zone.local(to.when.at_ns).date();
    Some(Finding {
        line: to.line,
        kind: FindingKind::Order,
        literal: to.words.clone(),
        what: format!(
            "{}: {} is {apart} before {}",
            law.what,
            event_words(to, None, zone),
            event_words(from, Some(day), zone)
        ),
        reading: match law.required {
            true => in_order(from, to, zone),
            false => String::new(),
        },
    })
}

/// The commonest slips whose repair puts two events in order, near each other.
fn in_order(from: &Event, to: &Event, zone: Zone) -> String {
    let mut readings = Vec::new();
    for slip in SLIPS {
        for (event, at_start) in [(from, true), (to, false)] {
            let Some(when) = slip.repair(&event.when, zone) else {
                continue;
            };
            let (start, end) = match at_start {
                true => (&when, &to.when),
                false => (&from.when, &when),
            };
            let kinds = (from.role.kind(), to.role.kind());
            let gap = between(
                (kinds.0, Some(start)),
                (kinds.1, Some(end)),
                Order::Required,
            );
            if gap.seconds.is_some_and(|s| s <= PLAUSIBLE_S) {
                let (name, words) = (slip.name(), slip.words());
                let line = event.line;
                readings.push(format!("{} (line {line}) {words} ({name})", quoted(event)));
            }
        }
    }
    readings.truncate(2);
    readings.join(", or ")
}

/// Someone knew before users were hit: legal when an alert on another signal told them.
fn early_warning(group: &Group, zone: Zone) -> Option<Finding> {
    let start = pick(&group.events, (Start, Pick::First))?;
    let known = pick(&group.events, (Detected, Pick::First))?;
    let is_monitor = |event: &&Event| {
        event.role == Alert || matches!(event.source, ClaimSource::Pager | ClaimSource::Log)
    };
    let early = |event: &Event| event.when.hi_ns < start.when.lo_ns;
    let warned = group.events.iter().filter(is_monitor).any(early);
    if !early(known) || warned {
        return None;
    }
    let apart = length(start.when.at_ns.saturating_sub(known.when.at_ns));
    let day = zone.local(known.when.at_ns).date();
    Some(Finding {
        line: known.line,
        kind: FindingKind::Order,
        literal: known.words.clone(),
        what: format!(
            "detected before it began: {} is {apart} before {}, and no alert warned of it",
            event_words(known, None, zone),
            event_words(start, Some(day), zone)
        ),
        reading: "an earlier start of the impact, or a later detection".to_owned(),
    })
}

/// Two entries that give different times for one milestone of an incident with one outage.
fn conflicts(group: &Group, zone: Zone) -> Vec<Finding> {
    let starts = group.events.iter().filter(|event| event.role == Start);
    if starts.count() > 1 {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = Vec::new();
    for role in [Closed, Repaired, Declared] {
        let mut labels = group
            .events
            .iter()
            .filter(|event| event.role == role && event.is_label);
        let Some(first) = labels.next() else { continue };
        let mut last_ns = first.when.at_ns;
        for other in labels {
            let apart = other.when.at_ns.saturating_sub(first.when.at_ns);
            // One line may be about several milestones: it is one conflict.
            let told = findings.iter().any(|one| one.line == other.line);
            let near = apart.saturating_abs() <= CONFLICT_NS;
            if near || told || other.when.at_ns == last_ns {
                continue;
            }
            last_ns = other.when.at_ns;
            findings.push(Finding {
                line: other.line,
                kind: FindingKind::Conflict,
                literal: other.words.clone(),
                what: format!(
                    "{} against {}: {} apart",
                    event_words(other, None, zone),
                    event_words(first, None, zone),
                    length(apart.saturating_abs())
                ),
                reading: String::new(),
            });
        }
    }
    findings
}

/// Lines of a list in a text that stand out of its order.
pub(super) fn of_lines(record: &Record) -> Vec<Finding> {
    if !matches!(record.kind, RecordKind::StatusPosts | RecordKind::Report) {
        return Vec::new();
    }
    let zone = record.zone.unwrap_or(Zone::UTC);
    let timed = timed_lines(record);
    let mut findings = Vec::new();
    for list in timed.chunk_by(|a, b| b.0 - a.0 <= LIST_GAP) {
        let steps = || list.windows(2).map(|pair| pair[1].1.cmp(&pair[0].1));
        let up = steps().filter(|step| step.is_gt()).count();
        let down = steps().filter(|step| step.is_lt()).count();
        let (wrong, most) = match up >= down {
            true => (std::cmp::Ordering::Less, up),
            false => (std::cmp::Ordering::Greater, down),
        };
        if most < 2 * up.min(down) {
            continue;
        }
        for pair in list.windows(2) {
            let ((above, before_ns), (line, at_ns)) = (pair[0], pair[1]);
            if at_ns.cmp(&before_ns) == wrong {
                let clock = |ns: i64| zone.local(ns).format("%Y-%m-%d %H:%M").to_string();
                findings.push(Finding {
                    line,
                    kind: FindingKind::Sequence,
                    literal: clock(at_ns),
                    what: format!(
                        "stands below {} (line {above}), out of the order of its list",
                        clock(before_ns)
                    ),
                    reading: String::new(),
                });
            }
        }
    }
    findings
}

/// Lines with one instant, in order; those with several say nothing of the order.
fn timed_lines(record: &Record) -> Vec<(u64, i64)> {
    let claims = record.milestones.iter().filter_map(|claim| {
        let line = match claim.evidence().first()? {
            Evidence::Line { line, .. } => *line,
            Evidence::Signal { .. } => return None,
        };
        Some((line, claim.when.at_ns))
    });
    let notes = record
        .notes
        .iter()
        .filter_map(|note| Some((note.line, note.when?.at_ns)));
    let mut timed: Vec<(u64, i64)> = claims.chain(notes).collect();
    timed.sort_unstable();
    timed.dedup();
    let single = timed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|line| line.len() == 1);
    single.map(|line| line[0]).collect()
}
