//! Tells a record from a log, by content, and reads it with the reader of its kind.
//!
//! Conservative: a log taken for a record would be lost, a record taken for a log only looks odd.

use std::borrow::Cow;
use std::path::Path;

use serde_json::Value;

use super::elements::{Element, documents, listed, mended};
use super::{
    Context, Defect, Record, RecordKind, alertmanager, argo, changes, claims, deploys, firehydrant,
    git_log, grafana, heading, incident_file, incident_io, kubernetes_events, lines, literals,
    opsgenie, pager, pager_incidents, prose, rootly, slack, stated, statuspage,
};

/// Bytes of a record that are read at most: years of exports are less.
pub const BYTES_MAX: usize = 256 << 20;
/// Bytes of a text in prose that are read at most: more than this and nobody wrote it.
const PROSE_BYTES_MAX: usize = 4 << 20;
/// Bytes by which a record is recognised.
const HEAD_BYTES: usize = 256 << 10;
/// What nothing marks as a record must be shorter than this to be taken for one.
const UNKNOWN_BYTES_MAX: usize = 256 << 10;

/// What kind of record the file is, from its name and its first bytes (4 KiB are plenty).
/// `None` for a log, a metric file, or what cannot be told.
pub fn recognise(path: &str, head: &[u8]) -> Option<RecordKind> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.contains('\0') {
        return None;
    }
    if tells_of_files(path) {
        return None;
    }
    match text.as_bytes().first()? {
        b'{' | b'[' => of_json(text),
        _ if git_log::is_of(text) => Some(RecordKind::GitLog),
        _ if changes::is_one(text) => Some(RecordKind::Deploys),
        _ => of_csv(text).or_else(|| of_text(path, text)),
    }
}

/// The papers that lie beside logs: they tell of files, not of an incident.
fn tells_of_files(path: &str) -> bool {
    let name = Path::new(path)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("");
    let papers = [
        "readme",
        "changelog",
        "license",
        "contributing",
        "notice",
        "copying",
    ];
    papers.contains(&name.to_ascii_lowercase().as_str())
}

/// JSON is recognised by the fields of its first two elements, which must both have them.
fn of_json(text: &str) -> Option<RecordKind> {
    if incident_file::is_of(text) {
        return Some(RecordKind::Incident);
    }
    if let Some(kind) = by_fields(text) {
        return Some(kind);
    }
    if changes::is_one(text) {
        return Some(RecordKind::Deploys);
    }
    // Alertmanager's own log is known by its words.
    alertmanager::is_of(text).then_some(RecordKind::Alertmanager)
}

/// Elements that are looked at.
const LOOKED_AT: usize = 2;

/// The kinds by the fields of an element; whether lines of elements may be of that kind, for
/// logs are lines of JSON too; and its test.
type ByFields = (RecordKind, bool, fn(&Value) -> bool);
const BY_FIELDS: [ByFields; 12] = [
    (RecordKind::Statuspage, true, statuspage::is_of),
    (RecordKind::PagerDuty, false, pager::is_of),
    (RecordKind::PagerDuty, true, pager_incidents::is_of),
    (RecordKind::Opsgenie, true, opsgenie::is_of),
    (RecordKind::IncidentIo, true, incident_io::is_of),
    (RecordKind::Rootly, true, rootly::is_of),
    (RecordKind::FireHydrant, true, firehydrant::is_of),
    (RecordKind::ArgoCd, false, argo::is_of),
    (
        RecordKind::KubernetesEvents,
        false,
        kubernetes_events::is_of,
    ),
    (RecordKind::Slack, false, slack::is_of),
    (RecordKind::Grafana, false, grafana::is_of),
    (RecordKind::Deploys, false, deploys::is_of),
];
/// The names under which exports list their elements.
const LISTS: [&str; 11] = [
    "incidents",
    "scheduled_maintenances",
    "incident",
    "scheduled_maintenance",
    "log_entries",
    "data",
    "items",
    "messages",
    "deployments",
    "changes",
    "releases",
];

fn by_fields(text: &str) -> Option<RecordKind> {
    let first = documents(text).into_iter().next()?;
    let is_lines = text[first.start + first.text.len()..]
        .trim_start()
        .starts_with(['{', '[']);
    let is_list = text.starts_with('[') || LISTS.iter().any(|name| first.member(name).is_some());
    let whole = match is_lines || first.closed {
        true => Cow::Borrowed(text),
        false => Cow::Owned(mended(text)?),
    };
    let mut elements = listed(&documents(&whole), &LISTS);
    // The last of several is the one that is cut.
    if matches!(whole, Cow::Owned(_)) && elements.len() > 1 {
        elements.pop();
    }
    let parsed = elements
        .iter()
        .take(LOOKED_AT)
        .map(|one| serde_json::from_str::<Value>(one.text));
    let values: Vec<Value> = parsed.filter_map(Result::ok).collect();
    let fits = |&&(kind, lines, is_of): &&ByFields| {
        // These say themselves what they are, also alone.
        let alone = lines || matches!(kind, RecordKind::ArgoCd | RecordKind::KubernetesEvents);
        let shape = lines || !is_lines && (alone || is_list);
        shape && !values.is_empty() && values.iter().all(is_of)
    };
    let found = BY_FIELDS.iter().find(fits).map(|(kind, ..)| *kind);
    found.or_else(|| of_empty(&first))
}

/// An export that lists nothing is one all the same.
fn of_empty(document: &Element) -> Option<RecordKind> {
    let has = |name: &str| document.member(name).is_some();
    if has("log_entries") {
        Some(RecordKind::PagerDuty)
    } else if has("page") && (has("incidents") || has("scheduled_maintenances")) {
        Some(RecordKind::Statuspage)
    } else {
        None
    }
}

fn of_csv(text: &str) -> Option<RecordKind> {
    let header = text.lines().next()?.to_ascii_lowercase();
    let names: Vec<&str> = header
        .split(',')
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    let has = |name: &str| names.contains(&name);
    let dated = [
        "time",
        "timestamp",
        "deployed_at",
        "created_at",
        "started_at",
    ]
    .into_iter()
    .any(has);
    let observed = has("first_observed") && (has("last_observed") || has("gone_at"));
    if has("incident_id") && (has("kind") && has("time") || observed) {
        Some(RecordKind::Claims)
    } else if dated
        && (has("ref") || has("sha") || has("version"))
        && (has("kind") || has("service") || has("environment"))
    {
        Some(RecordKind::Deploys)
    } else {
        None
    }
}

/// Words of which a text about an incident has several.
const WORDS: [&str; 33] = [
    "looks like",
    "rolling back",
    "back to normal",
    "is down",
    "seeing errors",
    "outage",
    "incident",
    "restored",
    "investigating",
    "resolved",
    "timeline",
    "postmortem",
    "post-mortem",
    "rollback",
    "rolled back",
    "identified",
    "customers",
    "users",
    "service is",
    "engineers",
    "impact",
    "disruption",
    "monitoring",
    "root cause",
    "we are",
    "we have",
    "our ",
    "report",
    "delays",
    "normal service",
    "degraded",
    "affected",
    "the cause",
];

/// The ending of a file's name in small letters; empty where there is none.
fn ending(path: &str) -> String {
    let ending = Path::new(path)
        .extension()
        .and_then(|ending| ending.to_str());
    ending.unwrap_or("").to_ascii_lowercase()
}

fn is_named_as_text(path: &str) -> bool {
    matches!(
        ending(path).as_str(),
        "" | "txt" | "md" | "markdown" | "text"
    )
}

fn of_text(path: &str, text: &str) -> Option<RecordKind> {
    if !is_named_as_text(path) {
        return None;
    }
    let lower = text.to_lowercase();
    let told = WORDS.iter().filter(|word| lower.contains(**word)).count();
    let lines = lines(text);
    let written: Vec<_> = lines
        .iter()
        .filter(|line| !line.text.trim().is_empty())
        .collect();
    let times = literals::collect(&lines);
    let stamped = times
        .iter()
        .filter(|l| l.leading && l.second.is_some())
        .count();
    let words = text
        .split_whitespace()
        .filter(|w| w.chars().all(|c| c.is_alphabetic() || ".,;:'’".contains(c)))
        .count();
    let prose = words >= 3 * written.len() && 2 * words >= text.split_whitespace().count();
    let listed = times.iter().filter(|l| l.entry).count() >= 2;
    let marked = listed && matches!(ending(path).as_str(), "md" | "markdown");
    let is_told =
        told >= 3 && (prose || marked) && 4 * stamped <= written.len() && !are_alike(&written);
    (is_told && !times.is_empty()).then(|| heading::kind_of(path, text))
}

/// Whether the lines begin alike, as those of a log do: the same shape of letters and digits.
fn are_alike(written: &[&super::Line]) -> bool {
    let shape = |line: &&super::Line| -> String {
        let class = |c: char| {
            if c.is_ascii_digit() {
                '0'
            } else if c.is_alphabetic() {
                'a'
            } else {
                c
            }
        };
        line.text.chars().take(16).map(class).collect()
    };
    let mut shapes: Vec<String> = written.iter().map(shape).collect();
    shapes.sort_unstable();
    let most = shapes
        .chunk_by(|a, b| a == b)
        .map(<[String]>::len)
        .max()
        .unwrap_or(0);
    written.len() >= 20 && 2 * most > written.len()
}

/// Reads a record with the reader that its content asks for; what is no known record is read as
/// prose. Invalid UTF-8 is replaced; what is beyond 256 MiB, in prose beyond 4 MiB, is left out,
/// as a defect. Never fails.
pub fn read(path: &str, bytes: &[u8], context: &Context) -> Record {
    if let Some(record) = incident_file_of(path, bytes) {
        return record;
    }
    let kind = recognise(path, &bytes[..bytes.len().min(HEAD_BYTES)]);
    let most = match kind {
        Some(
            RecordKind::StatusPosts | RecordKind::Report | RecordKind::Chat | RecordKind::Incident,
        )
        | None => PROSE_BYTES_MAX,
        Some(_) => BYTES_MAX,
    };
    let read = &bytes[..bytes.len().min(most)];
    let text = String::from_utf8_lossy(read);
    let mut record = reader(kind, &text)(path, &text, context);
    record.stated = match record.kind {
        RecordKind::StatusPosts | RecordKind::Report | RecordKind::Chat => stated::read(&text),
        _ => stated::of_notes(&record),
    };
    if read.len() < bytes.len() {
        record.defects.push(Defect {
            line: 0,
            literal: String::new(),
            what: format!("longer than {} MiB", most >> 20),
            reading: format!("its first {} MiB", most >> 20),
        });
    }
    record
}

/// An incident file is read whole, however long its history: half of it would be damaged.
fn incident_file_of(path: &str, bytes: &[u8]) -> Option<Record> {
    let text = String::from_utf8_lossy(bytes);
    let is_it = incident_file::is_of(text.trim_start_matches('\u{feff}').trim_start());
    is_it.then(|| incident_file::read_together(&[(path, &text)]).pop())?
}

/// The reader of a kind; PagerDuty has two.
fn reader(kind: Option<RecordKind>, text: &str) -> fn(&str, &str, &Context) -> Record {
    match kind {
        Some(RecordKind::Statuspage) => statuspage::read,
        Some(RecordKind::PagerDuty) if lists_incidents(text) => pager_incidents::read,
        Some(RecordKind::PagerDuty) => pager::read,
        Some(RecordKind::Opsgenie) => opsgenie::read,
        Some(RecordKind::Alertmanager) => alertmanager::read,
        Some(RecordKind::IncidentIo) => incident_io::read,
        Some(RecordKind::Rootly) => rootly::read,
        Some(RecordKind::FireHydrant) => firehydrant::read,
        Some(RecordKind::Slack) => slack::read,
        Some(RecordKind::Grafana) => grafana::read,
        Some(RecordKind::Deploys) => |path, text, context| {
            changes::read(path, text, context).unwrap_or_else(|| deploys::read(path, text, context))
        },
        Some(RecordKind::ArgoCd) => argo::read,
        Some(RecordKind::KubernetesEvents) => kubernetes_events::read,
        Some(RecordKind::GitLog) => git_log::read,
        Some(RecordKind::Claims) => claims::read,
        Some(
            RecordKind::StatusPosts | RecordKind::Report | RecordKind::Chat | RecordKind::Incident,
        )
        | None => prose::read,
    }
}

fn lists_incidents(text: &str) -> bool {
    let first = listed(&documents(text), &LISTS).into_iter().next();
    let value = first.and_then(|one| serde_json::from_str(one.text).ok());
    value.is_some_and(|value| pager_incidents::is_of(&value))
}

/// Reads what the user calls a record. `None` for what is none: bytes that are no text, a log, and
/// a text that tells of no time and no length of time.
pub fn read_if_record(path: &str, bytes: &[u8], context: &Context) -> Option<Record> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    if recognise(path, head).is_some() {
        return Some(read(path, bytes, context));
    }
    let is_short = bytes.len() <= UNKNOWN_BYTES_MAX && !bytes.contains(&0);
    let text = String::from_utf8_lossy(head);
    if !is_short || !is_named_as_text(path) || tells_of_files(path) || is_alike(&text) {
        return None;
    }
    let record = read(path, bytes, context);
    let timed = record.notes.iter().any(|note| note.when.is_some());
    (timed || !record.milestones.is_empty() || !record.stated.durations.is_empty())
        .then_some(record)
}

fn is_alike(text: &str) -> bool {
    let lines = lines(text);
    let written: Vec<_> = lines
        .iter()
        .filter(|line| !line.text.trim().is_empty())
        .collect();
    are_alike(&written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(path: &str, head: &str, expected: Option<RecordKind>) {
        assert_eq!(recognise(path, head.as_bytes()), expected, "{path}");
    }

    #[test]
    fn records_are_known_by_their_content() {
        check(
            "a.json",
            "{\n \"log_entries\": [\n",
            Some(RecordKind::PagerDuty),
        );
        check(
            "a",
            "[{\"type\": \"trigger_log_entry\", \"created_at\": \"",
            Some(RecordKind::PagerDuty),
        );
        check(
            "d.json",
            "[{\"sha\": \"ab\", \"environment\": \"production\", \"created_at\": \"2021\"",
            Some(RecordKind::Deploys),
        );
        check(
            "d.csv",
            "time,kind,ref,service\n2021-01-01T00:00:00Z,deploy,v1,cart\n",
            Some(RecordKind::Deploys),
        );
        check(
            "c.csv",
            "incident_id,kind,time,tz,source,note\n",
            Some(RecordKind::Claims),
        );
        check(
            "status.txt",
            "Slow pages\n3 May\n\n10:05 - We are investigating slow pages on node four.\n10:31 - Service is restored for all customers.\n",
            Some(RecordKind::StatusPosts),
        );
        check(
            "r.md",
            "# Report on the outage\n\n## Timeline\n- 10:05 the outage begins for all customers\n- 10:30 a rollback restored the service\n",
            Some(RecordKind::Report),
        );
    }

    #[test]
    fn logs_and_metrics_are_not_records() {
        let access =
            "203.0.113.9 - - [03/May/2021:10:05:00 +0000] \"GET /incident HTTP/1.1\" 200 12\n"
                .repeat(30);
        let told = "2021-05-03 10:05:00 INFO incident resolved, service is restored, customers notified by monitoring\n".repeat(3);
        let minute = "10:05 worker restored connection after outage, monitoring customers impact\n"
            .repeat(30);
        check("access.txt", &access, None);
        check("app", &told, None);
        check("app.txt", &minute, None);
        check(
            "app.log",
            "10:05 - we are investigating\n10:31 - service is restored for customers\n",
            None,
        );
        check("t.csv", "time,host,value\n2021-01-01T00:00:00Z,a,3\n", None);
        check(
            "a.json",
            "{\"time\":\"2021-01-01T00:00:00Z\",\"msg\":\"deployments done\",\"ref\":1}\n{\"time\":1}\n",
            None,
        );
        let story = "# Sample\nThe outage begins at 10:05 for customers and service is restored at 10:31 by our engineers.\n";
        check("logs/README.md", story, None);
        check("e", "", None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = recognise("x.txt", &bytes);
            let _ = read("x.txt", &bytes, &Context::default());
        }
    }
}
