//! PagerDuty's log entries: trigger is A, notify is N, acknowledge is K, resolve is V (not R).

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::{Context, Record, RecordKind, Told, noticed};
use crate::text::printable;

/// Whether an element is a log entry.
pub(super) fn is_of(element: &Value) -> bool {
    text(element, "type").ends_with("_log_entry")
}

/// Reads `{"log_entries": [..]}` or a bare array. What has no type and no time is skipped; other
/// types of entries become notes. Never fails: what is not JSON is a defect.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::PagerDuty, text, context);
    let mut incidents = Vec::new();
    export.list(&["log_entries"]);
    while let Some(item) = export.next() {
        read_entry(&mut export, &item, &mut incidents);
    }
    let first = incidents
        .iter()
        .map(|told: &Told| told.title.clone())
        .find(|title| !title.is_empty());
    if let Some(title) = first {
        export.record.title = title;
    }
    incidents.into_iter().for_each(|told| export.tell(told));
    export.finish()
}

fn read_entry(export: &mut Export, item: &Item, incidents: &mut Vec<Told>) {
    let (entry, evidence) = (&item.value, &item.evidence);
    let kind = text(entry, "type");
    if kind.is_empty() || !at(entry, "created_at").is_string() {
        return;
    }
    let told = of_incident(entry, incidents);
    let words = words(entry, kind);
    let when = export.when(at(entry, "created_at"), evidence);
    // An incident that was merged is not over: it goes on as the other one.
    let merged = text(entry, "channel.type").contains("merge");
    let claims = kind_of(kind).filter(|_| !failed(entry) && !merged);
    match (when, claims) {
        (Some(when), Some(kind)) => {
            let said = Said::new(kind, when, words);
            export.claim(&mut incidents[told], ClaimSource::Pager, said, evidence);
        }
        _ => export.note(when, evidence, &words),
    }
}

/// The incident of an entry, by its id; entries without one are of one incident.
fn of_incident(entry: &Value, incidents: &mut Vec<Told>) -> usize {
    let id = word(entry, &["incident.id", "incident.incident_number"]);
    let known = incidents.iter().position(|told| told.id == id);
    let index = known.unwrap_or_else(|| {
        incidents.push(Told {
            id,
            ..Told::default()
        });
        incidents.len() - 1
    });
    let told = &mut incidents[index];
    let fill = |field: &mut String, paths: &[&str]| {
        if field.is_empty() {
            *field = word(entry, paths);
        }
    };
    fill(
        &mut told.title,
        &["incident.summary", "incident.title", "incident.name"],
    );
    fill(
        &mut told.service,
        &[
            "service.summary",
            "incident.service.summary",
            "service.name",
        ],
    );
    fill(
        &mut told.severity,
        &["incident.priority.summary", "incident.urgency"],
    );
    if text(entry, "type").starts_with("trigger") {
        told.noticed_by = told.noticed_by.or_else(|| trigger_of(entry));
    }
    index
}

/// Who triggered an incident, from the entry of its trigger.
pub(super) fn trigger_of(entry: &Value) -> Option<super::NoticedBy> {
    let by = |path| noticed::by_source(text(entry, path));
    let agent = match text(entry, "agent.type") {
        "" => None,
        // A user who stands for those who call in.
        _ if by("agent.summary") == Some(super::NoticedBy::Customer) => by("agent.summary"),
        user if user.starts_with("user") => Some(super::NoticedBy::Human),
        _ => Some(super::NoticedBy::Monitor),
    };
    agent
        .or_else(|| by("channel.type"))
        .or_else(|| by("summary"))
}

fn kind_of(kind: &str) -> Option<MilestoneKind> {
    Some(match kind.trim_end_matches("_log_entry") {
        "trigger" => MilestoneKind::AlertFired,
        "notify" => MilestoneKind::Notified,
        "acknowledge" => MilestoneKind::Acknowledged,
        "resolve" => MilestoneKind::Closed,
        _ => return None,
    })
}

/// Whether the entry says that its notification was not delivered.
fn failed(entry: &Value) -> bool {
    let channel = entry.get("channel");
    let notification = channel.and_then(|channel| channel.get("notification"));
    let status = |value: Option<&Value>| {
        let status = value
            .and_then(|value| value.get("status"))
            .and_then(Value::as_str);
        status.map(str::to_ascii_lowercase)
    };
    let stated = status(notification)
        .or_else(|| status(channel))
        .or_else(|| status(Some(entry)));
    stated.is_some_and(|status| {
        ["fail", "error", "undeliver", "bounce"]
            .iter()
            .any(|s| status.contains(s))
    })
}

fn summary(entry: &Value, part: &str) -> Option<String> {
    let part = entry.get(part)?;
    let words = part
        .get("summary")
        .or_else(|| part.get("title"))
        .or_else(|| part.get("name"))?;
    words.as_str().map(printable)
}

fn words(entry: &Value, kind: &str) -> String {
    let own = entry.get("summary").and_then(Value::as_str).map(printable);
    let by = summary(entry, "agent")
        .map(|agent| format!(" by {agent}"))
        .unwrap_or_default();
    let kind = printable(kind.trim_end_matches("_log_entry"));
    let undelivered = if failed(entry) { ", not delivered" } else { "" };
    format!(
        "{}{undelivered}",
        own.unwrap_or_else(|| format!("{kind}{by}"))
    )
}

#[cfg(test)]
mod tests {
    use super::super::line_number;
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    const SAMPLE: &str = r#"{"log_entries": [
  {"id": "R1", "type": "trigger_log_entry", "created_at": "2021-05-04T10:00:00Z", "incident": {"summary": "queue age"}},
  {"id": "R2", "type": "notify_log_entry", "created_at": "2021-05-04T10:00:05Z", "channel": {"notification": {"status": "failed"}}},
  {"id": "R3", "type": "notify_log_entry", "created_at": "2021-05-04T10:20:05+00:00", "agent": {"summary": "rota"}},
  {"id": "R4", "type": "acknowledge_log_entry", "created_at": "2021-05-04T10:21:00Z", "unknown": [1, {}]},
  {"id": "R5", "type": "assign_log_entry", "created_at": "2021-05-04T10:22:00Z"},
  {"id": "R6", "type": "resolve_log_entry", "created_at": "2021-05-04T11:00:00Z"},
  7, {"type": 3}
]}"#;

    #[test]
    fn entries_become_the_four_milestones_of_a_pager() {
        let record = read("pager.json", SAMPLE, &Context::default());
        assert_eq!(record.incidents.len(), 1);
        assert_eq!(record.incidents[0].claims, [0, 1, 2, 3]);
        let claims: Vec<_> = record
            .milestones
            .iter()
            .map(|m| {
                (
                    m.kind.letter(),
                    rfc3339(m.when.at_ns),
                    line_number(&m.evidence()[0]),
                )
            })
            .collect();
        let expected = [
            ('A', "10:00:00", 2),
            ('N', "10:20:05", 4),
            ('K', "10:21:00", 5),
            ('V', "11:00:00", 7),
        ];
        assert_eq!(
            claims,
            expected.map(|(letter, at, line)| (letter, format!("2021-05-04T{at}Z"), line))
        );
        let notes: Vec<_> = record.notes.iter().map(|n| n.text.as_str()).collect();
        assert_eq!(notes, ["notify, not delivered", "assign"]);
        assert_eq!(record.title, "queue age");
    }

    #[test]
    fn who_triggered_it_noticed_it() {
        let check = |agent: &str, channel: &str, expected| {
            let entry = serde_json::json!({
                "agent": {"type": agent, "summary": "x"}, "channel": {"type": channel},
            });
            assert_eq!(trigger_of(&entry), expected, "{agent} {channel}");
        };
        use super::super::NoticedBy::{Customer, Human, Monitor};
        check("user_reference", "website", Some(Human));
        check("service_reference", "api", Some(Monitor));
        check("", "website", Some(Human));
        check("", "api", None);
        let for_callers =
            serde_json::json!({"agent": {"type": "user_reference", "summary": "customer support"}});
        assert_eq!(trigger_of(&for_callers), Some(Customer));
    }

    #[test]
    fn incidents_are_told_apart_and_a_merge_closes_nothing() {
        let text = r#"[
            {"id": "1", "type": "trigger_log_entry", "created_at": "2021-05-04T10:00:00Z", "incident": {"id": "A", "summary": "a"}, "service": {"summary": "Mailer"}},
            {"id": "2", "type": "trigger_log_entry", "created_at": "2021-05-04T10:01:00Z", "incident": {"id": "B", "summary": "b"}},
            {"id": "3", "type": "resolve_log_entry", "created_at": "2021-05-04T10:02:00Z", "incident": {"id": "B"}, "channel": {"type": "merge"}},
            {"id": "4", "type": "resolve_log_entry", "created_at": "2021-05-04T11:02:00Z", "incident": {"id": "A"}, "channel": {"type": "website"}}
        ]"#;
        let record = read("pager.json", text, &Context::default());
        let told: Vec<_> = record
            .incidents
            .iter()
            .map(|one| (one.id.as_str(), one.service.as_str(), one.claims.as_slice()))
            .collect();
        assert_eq!(
            told,
            [
                ("A", "Mailer", [0, 2].as_slice()),
                ("B", "", [1].as_slice())
            ]
        );
    }

    #[test]
    fn broken_json_is_a_defect() {
        let record = read("pager.json", "{\"log_entries\": [", &Context::default());
        assert_eq!((record.milestones.len(), record.defects.len()), (0, 1));
    }

    proptest! {
        #[test]
        fn any_entry_is_safe(kind in "(trigger|notify|x)?(_log_entry)?", time: String, id: String) {
            let entry = serde_json::json!({"type": kind, "created_at": time, "id": id});
            let _ = read("p", &serde_json::json!([entry, entry]).to_string(), &Context::default());
        }
    }
}
