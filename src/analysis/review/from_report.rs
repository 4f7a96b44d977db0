//! Incidents of `rfo.report/1`, read back: milestones as they were chosen, durations as measured.
//!
//! In: a report's JSON, which may have been written by anybody. Out: cases. Measures nothing
//! again; what is no duration becomes a data error.

use serde_json::Value;

use super::metrics::METRICS;
use super::{Case, Details};
use crate::clock::{Censor, When};
use crate::durations::{Duration, Durations, Status};
use crate::records::NoticedBy;
use crate::text::printable;

/// Longer than this, seconds (317 years), is no length of an incident.
const SECONDS_MAX: f64 = 1e10;

/// All incidents of a report, by their names there.
pub(super) fn cases(path: &str, report: &Value) -> Vec<Case> {
    let incidents = report["incidents"].as_array();
    let all = incidents.into_iter().flatten().enumerate();
    all.map(|(i, incident)| case(path, i, incident)).collect()
}

fn case(path: &str, index: usize, incident: &Value) -> Case {
    let id = match incident["id"].as_str() {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => (index + 1).to_string(),
    };
    let stated = chosen(incident, "impact_start");
    let window = || when(&incident["windows"][0]["start"]);
    let start = stated.as_ref().and_then(|one| when(&one["when"]));
    Case {
        id,
        title: text(&incident["title"]),
        service: text(&incident["service"]),
        severity: text(&incident["severity"]),
        noticed_by: noticed_by(&incident["noticed_by"]),
        planned: incident["planned"].as_bool().unwrap_or(false),
        start: start.or_else(window),
        start_assumed: stated.is_none_or(|one| !one["assumed"].is_null()),
        restored: chosen(incident, "restored").and_then(|one| when(&one["when"])),
        closed: chosen(incident, "closed").is_some(),
        durations: durations(&incident["durations"]),
        records: vec![path.to_owned()],
        notes: Vec::new(),
        details: Details::Reported(incident.clone()),
    }
}

fn noticed_by(value: &Value) -> Option<NoticedBy> {
    match value.as_str()? {
        "monitor" => Some(NoticedBy::Monitor),
        "human" => Some(NoticedBy::Human),
        "customer" => Some(NoticedBy::Customer),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    printable(value.as_str().unwrap_or_default())
}

/// What the report took for a milestone.
fn chosen<'a>(incident: &'a Value, kind: &str) -> Option<&'a Value> {
    let chosen = incident["chosen"].as_array()?;
    chosen.iter().find(|one| one["kind"] == kind)
}

fn when(value: &Value) -> Option<When> {
    let instant = |key: &str| {
        let text = value[key].as_str()?;
        let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
        at.timestamp_nanos_opt()
    };
    let at = instant("at")?;
    let (lo, hi) = (instant("lo").unwrap_or(at), instant("hi").unwrap_or(at));
    let censor = match value["censor"].as_str() {
        Some("left") => Some(Censor::Left),
        Some("now") => Some(Censor::Now),
        Some("end_of_data") => Some(Censor::EndOfData),
        Some("published") => Some(Censor::Published),
        Some("unconfirmed") => Some(Censor::Unconfirmed),
        _ => None,
    };
    Some(When {
        censor,
        ..When::between(lo, at, hi)
    })
}

fn durations(value: &Value) -> Durations {
    let one = |metric: super::metrics::Metric| {
        let written = value.get(metric.duration)?;
        Some((metric.duration, duration(written)))
    };
    Durations(METRICS.into_iter().filter_map(one).collect())
}

fn duration(value: &Value) -> Duration {
    let number = |key: &str| value[key].as_f64();
    let (seconds, lo, hi) = (number("seconds"), number("lo"), number("hi"));
    let reason = value["reason"].as_str().map(printable);
    let words = || reason.clone().unwrap_or_else(|| "not said".to_owned());
    let status = match value["status"].as_str() {
        Some("exact") => Status::Exact,
        Some("interval") => Status::Interval,
        Some("lower_bound") => Status::LowerBound,
        Some("upper_bound") => Status::UpperBound,
        Some("ongoing") => Status::Ongoing,
        Some("missing") => return Duration::missing(words()),
        Some("data_error") => return Duration::data_error(words()),
        _ => return Duration::data_error("the report gives no status"),
    };
    let needed = match status {
        Status::Exact | Status::Interval => [seconds, lo, hi].map(|x| x.or(seconds)),
        Status::UpperBound => [hi; 3],
        _ => [lo; 3],
    };
    let [Some(x), Some(least), Some(most)] = needed else {
        return Duration::data_error("the report gives no number");
    };
    let lawful = least <= x && x <= most && least.abs().max(most.abs()) <= SECONDS_MAX;
    if !lawful {
        return Duration::data_error("the report's numbers are no length of time");
    }
    Duration {
        seconds,
        lo,
        hi,
        status,
        reason,
        from: None,
        to: None,
    }
}
