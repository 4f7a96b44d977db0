//! PagerDuty log entries: trigger is A, notify is N, acknowledge is K, resolve is V (not R).

use serde_json::Value;

use super::instant::read_instant;
use super::milestone::{ClaimSource, Milestone, MilestoneKind};
use super::{Context, Defect, Note, Record, RecordKind, line_number, place};
use crate::text::printable;

/// Reads `{"log_entries": [..]}` or a bare array. What is not an object with a type and a time is
/// skipped; other types of entries become notes. Never fails: broken JSON is one defect.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut record = Record::new(path, RecordKind::PagerDuty, context.zone);
    let parsed: Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(parsed) => parsed,
        Err(error) => {
            let (line, what) = (error.line() as u64, format!("not JSON: {error}"));
            let (literal, reading) = (String::new(), String::new());
            record.defects.push(Defect {
                line,
                literal,
                what,
                reading,
            });
            return record;
        }
    };
    let entries = parsed.get("log_entries").unwrap_or(&parsed).as_array();
    let mut from = 0;
    for entry in entries.into_iter().flatten() {
        read_entry(&mut record, entry, text, &mut from, context);
    }
    record
}

fn read_entry(record: &mut Record, entry: &Value, text: &str, from: &mut usize, context: &Context) {
    let field = |name: &str| entry.get(name).and_then(Value::as_str);
    let (Some(kind), Some(time)) = (field("type"), field("created_at")) else {
        return;
    };
    // Its place: the entry's own id, else its time, from where the last entry was found.
    let key = format!("\"{}\"", field("id").unwrap_or(time));
    let found = text.get(*from..).and_then(|rest| rest.find(&key));
    *from += found.map_or(0, |at| at + key.len());
    let evidence = place(text, from.saturating_sub(1), &record.path);
    let line = line_number(&evidence);
    if let Some(title) =
        summary(entry, "incident").filter(|_| record.title == printable(&record.path))
    {
        record.title = title;
    }
    let when = match read_instant(time, context.zone) {
        Ok(when) => when,
        Err(why) => {
            let (literal, what) = (printable(time), why.to_string());
            record.defects.push(Defect {
                line,
                literal,
                what,
                reading: String::new(),
            });
            return record.notes.push(Note {
                when: None,
                line,
                text: words(entry, kind),
            });
        }
    };
    match kind_of(kind).filter(|_| !failed(entry)) {
        Some(kind_of) => record.milestones.push(
            Milestone::new(kind_of, when, ClaimSource::Pager, vec![evidence])
                .noted(words(entry, kind)),
        ),
        None => record.notes.push(Note {
            when: Some(when),
            line,
            text: words(entry, kind),
        }),
    }
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
