//! Dates that contradict the record's own: that of its title, or of its file's name.

use chrono::NaiveDate;

use super::slips::Slip;
use super::timeline::{Event, Group};
use super::{Finding, FindingKind};
use crate::clock::Zone;
use crate::records::Record;
use crate::records::stated::date_in;
use crate::text::printable;

/// Nearer than this, days, to the record's own date a date may stand.
const NEAR_DAYS: i64 = 45;
/// Further than this, days, it is doubted.
const FAR_DAYS: i64 = 180;

/// Finds dates of another year and repairs them in the group; and a title whose day is none of
/// the timeline's.
pub(super) fn of_group(record: &Record, group: &mut Group) -> Vec<Finding> {
    let zone = record.zone.unwrap_or(Zone::UTC);
    let title = date_in(&record.title);
    let file = date_in(record.path.rsplit('/').next().unwrap_or(""));
    let Some(own) = title.or(file) else {
        return Vec::new();
    };
    let mut findings: Vec<Finding> = Vec::new();
    if let (Some(title), Some(file)) = (title, file)
        && title != file
    {
        findings.push(finding(
            0,
            title,
            &format!("the file's name says {file}"),
            "",
        ));
    }
    let mut repaired = group.events.clone();
    for event in &mut repaired {
        let day = zone.local(event.when.at_ns).date();
        if (day - own).num_days().abs() < FAR_DAYS {
            continue;
        }
        let Some((slip, when)) = [Slip::Year(1), Slip::Year(-1)]
            .into_iter()
            .filter_map(|slip| Some((slip, slip.repair(&event.when, zone)?)))
            .find(|(_, when)| {
                let days = zone.local(when.at_ns).date() - own;
                days.num_days().abs() <= NEAR_DAYS
            })
        else {
            continue;
        };
        let other = zone.local(when.at_ns).date();
        let what = format!("{} from {own}, the record's own date", a_year(slip));
        findings.push(finding(
            event.line,
            day,
            &what,
            &format!("{other} (wrong year)"),
        ));
        let words = format!("{day} (line {}) is read as {other}", event.line);
        if !group.repairs.contains(&words) {
            group.repairs.push(words);
        }
        event.when = when;
    }
    if !group.repairs.is_empty() {
        group.repaired = repaired;
    }
    findings.extend(no_day_of_its_own(group, own, zone));
    findings.dedup();
    findings
}

fn a_year(slip: Slip) -> &'static str {
    match slip {
        Slip::Year(years) if years > 0 => "about a year before what is due",
        _ => "about a year after what is due",
    }
}

/// The title's day is not within a day of anything that the record tells of.
fn no_day_of_its_own(group: &Group, own: NaiveDate, zone: Zone) -> Option<Finding> {
    let events: &[Event] = match group.repaired.is_empty() {
        true => &group.events,
        false => &group.repaired,
    };
    let day = |event: &Event| zone.local(event.when.at_ns).date();
    let nearest = events
        .iter()
        .min_by_key(|event| ((day(event) - own).num_days().abs(), event.line))?;
    let apart = (day(nearest) - own).num_days().abs();
    (apart > 1).then(|| {
        let what = format!(
            "the record's own date, but nothing happens on it; the nearest is {} (line {})",
            day(nearest),
            nearest.line
        );
        finding(0, own, &what, "")
    })
}

fn finding(line: u64, literal: NaiveDate, what: &str, reading: &str) -> Finding {
    Finding {
        line,
        kind: FindingKind::Date,
        literal: printable(&literal.to_string()),
        what: what.to_owned(),
        reading: reading.to_owned(),
    }
}
