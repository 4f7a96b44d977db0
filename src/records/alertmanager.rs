//! Alertmanager: alerts of its API or of its webhooks, and what its own log says of
//! notifications that failed. `startsAt` is A. `endsAt` never is a recovery: a firing alert has
//! a time-out in the future there, or the year 1, and a resolved one says that a rule's
//! expression went quiet, which is a note.

use std::collections::BTreeSet;

use serde_json::Value;

use super::elements::documents;
use super::instant::read_instant;
use super::milestone::{ClaimSource, Milestone, MilestoneKind};
use super::places::Places;
use super::{Context, Defect, Note, Record, RecordKind, line_number};
use crate::events::Evidence;
use crate::text::printable;

/// What Alertmanager's log says when a notification could not be sent.
const FAILED: &str = "Notify for alerts failed";
/// What it writes for "never".
const NEVER: &str = "0001-01-01";

/// Whether the first bytes of a JSON file are of Alertmanager.
pub(super) fn is_of(text: &str) -> bool {
    let is_log = text.contains("\"caller\":\"") && text.contains(FAILED);
    let is_alert = text.contains("\"startsAt\"")
        && text.contains("\"endsAt\"")
        && text.contains("\"fingerprint\"");
    is_log || is_alert
}

/// Reads an array of alerts (API), one webhook's payload, or lines of payloads and of the log in
/// JSON. Never fails: a line that is no JSON is a defect, another object is left out.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut record = Record::new(path, RecordKind::Alertmanager, context.zone);
    let (mut places, mut seen) = (Places::of(text), BTreeSet::new());
    for document in documents(text) {
        let evidence = places.evidence(document.start, path);
        match serde_json::from_str::<Value>(document.text) {
            Ok(value) => {
                read_failure(&mut record, &value, &evidence, context);
                let listed = match document.member("alerts") {
                    Some(list) => list.items(),
                    None => document.items(),
                };
                for (i, alert) in alerts(&value).iter().enumerate() {
                    let own = listed.get(i).map(|one| places.evidence(one.start, path));
                    let evidence = own.as_ref().unwrap_or(&evidence);
                    read_alert(&mut record, alert, evidence, context, &mut seen);
                }
            }
            Err(error) => {
                let line = line_number(&evidence);
                defect(&mut record, line, "", &format!("not JSON: {error}"));
            }
        }
    }
    record
}

/// The alerts of an API's answer, of a payload, or the one that this is.
fn alerts(value: &Value) -> &[Value] {
    if let Some(list) = value.as_array() {
        return list;
    }
    let list = value.get("alerts").and_then(Value::as_array);
    match list {
        Some(list) => list,
        None if value.get("startsAt").is_some() => std::slice::from_ref(value),
        None => &[],
    }
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// One alert: its start is a claim, once; the end of one that is resolved a note.
fn read_alert(
    record: &mut Record,
    alert: &Value,
    evidence: &Evidence,
    context: &Context,
    seen: &mut BTreeSet<(String, i64)>,
) {
    let (Some(labels), Some(start)) = (alert.get("labels"), field(alert, "startsAt")) else {
        return;
    };
    let line = line_number(evidence);
    let when = match read_instant(start, context.zone) {
        Ok(when) => when,
        Err(why) => return defect(record, line, start, &why.to_string()),
    };
    let name = field(labels, "alertname").unwrap_or("alert");
    let summary = alert.get("annotations").and_then(|all| {
        let own = field(all, "summary").or_else(|| field(all, "description"));
        own.map(|own| format!(": {own}"))
    });
    let words = printable(&format!("{name}{}", summary.unwrap_or_default()));
    let key = (labels.to_string(), when.at_ns);
    if seen.insert(key) {
        let (kind, source) = (MilestoneKind::AlertFired, ClaimSource::Pager);
        let claim = Milestone::new(kind, when, source, vec![evidence.clone()]);
        record.milestones.push(claim.noted(words));
    }
    let end = field(alert, "endsAt").filter(|end| !end.starts_with(NEVER));
    let Some(end) = end.filter(|_| field(alert, "status") == Some("resolved")) else {
        return;
    };
    match read_instant(end, context.zone) {
        Ok(when) => record.notes.push(Note {
            when: Some(when),
            line,
            text: printable(&format!("alert {name} no longer fires")),
        }),
        Err(why) => defect(record, line, end, &why.to_string()),
    }
}

/// A line of the log that tells of a notification that failed.
fn read_failure(record: &mut Record, value: &Value, evidence: &Evidence, context: &Context) {
    if field(value, "msg") != Some(FAILED) {
        return;
    }
    let why = field(value, "err").unwrap_or("no reason is given");
    let stamp = field(value, "ts").unwrap_or_default();
    let line = line_number(evidence);
    let when = read_instant(stamp, context.zone);
    if let Err(why) = &when {
        defect(record, line, stamp, &why.to_string());
    }
    record.notes.push(Note {
        when: when.ok(),
        line,
        text: printable(&format!("notification not delivered: {why}")),
    });
}

fn defect(record: &mut Record, line: u64, literal: &str, what: &str) {
    record.defects.push(Defect {
        line,
        literal: printable(literal),
        what: what.to_owned(),
        reading: String::new(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    const FIRING: &str = r#"{"receiver":"pager","status":"firing","version":"4","alerts":[{"status":"firing","labels":{"alertname":"QueueOld"},"annotations":{"summary":"jobs wait"},"startsAt":"2021-05-04T10:00:15.3Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"a1"}]}"#;
    const RESOLVED: &str = r#"{"receiver":"pager","status":"resolved","version":"4","alerts":[{"status":"resolved","labels":{"alertname":"QueueOld"},"annotations":{"summary":"jobs wait"},"startsAt":"2021-05-04T10:00:15.3Z","endsAt":"2021-05-04T10:40:00Z","fingerprint":"a1"}]}"#;
    const LOGGED: &str = r#"{"caller":"dispatch.go:352","component":"dispatcher","err":"pager/webhook[0]: notify retry canceled after 7 attempts","level":"error","msg":"Notify for alerts failed","num_alerts":1,"ts":"2021-05-04T10:05:15.301Z"}"#;
    const API: &str = r#"[{"annotations":{},"endsAt":"2021-05-04T10:10:00.000Z","fingerprint":"b7","receivers":[{"name":"pager"}],"startsAt":"2021-05-04T09:58:00.000Z","status":{"inhibitedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"2021-05-04T10:06:00.000Z","labels":{"alertname":"DiskFull"}}]"#;

    /// Claims by letter and time, then notes.
    fn check(text: &str, claims: &[&str], notes: &[&str]) {
        assert!(is_of(text), "{text}");
        let record = read("a.json", text, &Context::default());
        let shown = |m: &Milestone| format!("{} {}", m.kind.letter(), rfc3339(m.when.at_ns));
        let found: Vec<String> = record.milestones.iter().map(shown).collect();
        assert_eq!(found, claims, "{text}");
        let found: Vec<&str> = record.notes.iter().map(|n| n.text.as_str()).collect();
        assert_eq!(found, notes, "{text}");
        assert_eq!(record.defects, [], "{text}");
    }

    #[test]
    fn an_alert_fires_once_and_its_end_is_a_note() {
        let lines = [FIRING, RESOLVED].join("\n");
        check(
            &lines,
            &["A 2021-05-04T10:00:15.300Z"],
            &["alert QueueOld no longer fires"],
        );
        check(FIRING, &["A 2021-05-04T10:00:15.300Z"], &[]);
    }

    #[test]
    fn the_end_of_an_active_alert_is_a_time_out_and_no_recovery() {
        check(API, &["A 2021-05-04T09:58:00Z"], &[]);
    }

    #[test]
    fn a_failed_notification_is_a_note_with_its_reason() {
        let note =
            "notification not delivered: pager/webhook[0]: notify retry canceled after 7 attempts";
        check(LOGGED, &[], &[note]);
    }

    #[test]
    fn a_line_that_is_no_json_and_a_time_that_is_none_are_defects() {
        let wrong = FIRING.replace("2021-05-04T10", "soon");
        let record = read(
            "a.json",
            &format!("{wrong}\nnothing\n"),
            &Context::default(),
        );
        let found: Vec<_> = record.defects.iter().map(|d| d.line).collect();
        assert_eq!((record.milestones.len(), found), (0, vec![1, 2]));
    }

    proptest! {
        #[test]
        fn any_alert_is_safe(start: String, end: String, labels: String, line: String) {
            let alert = serde_json::json!({"startsAt": start, "endsAt": end, "labels": {"a": labels}, "status": "resolved"});
            let _ = read("a", &serde_json::json!([alert, alert]).to_string(), &Context::default());
            let _ = read("a", &format!("{line}\n{alert}\n"), &Context::default());
        }
    }
}
