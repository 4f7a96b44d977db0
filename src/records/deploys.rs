//! Deployments, releases and other changes: JSON as of GitHub and GitLab, and CSV with a header.
//!
//! A deploy counts from when it began to take effect, never from when it was merged.

use serde_json::Value;

use super::delimited::{Row, Table};
use super::export::{Export, Item};
use super::instant::read_instant;
use super::{Change, Context, Defect, Record, RecordKind, line_number, place};
use crate::events::Evidence;
use crate::text::printable;

const TIME: [&str; 8] = [
    "started_at",
    "deployed_at",
    "time",
    "timestamp",
    "created_at",
    "finished_at",
    "completed_at",
    "updated_at",
];
const TITLE: [&str; 9] = [
    "title",
    "description",
    "message",
    "summary",
    "note",
    "ref",
    "sha",
    "version",
    "name",
];
const SERVICE: [&str; 6] = [
    "service",
    "application",
    "app",
    "component",
    "repository",
    "environment",
];
const KIND: [&str; 3] = ["kind", "task", "type"];
const STATUS: [&str; 4] = ["status", "state", "conclusion", "result"];

/// Whether an element is a deployment of GitHub's, GitLab's or the like.
pub(super) fn is_of(element: &Value) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| element.get(name).is_some());
    let dated = has(&["created_at", "deployed_at", "started_at", "finished_at"]);
    let versioned = has(&["sha", "ref", "version"]);
    let placed = has(&[
        "environment",
        "statuses",
        "creator",
        "deployer",
        "deployment",
        "deployable",
        "service",
    ]);
    dated && versioned && placed || is_release(element)
}

/// Whether an element is a release of GitHub's or GitLab's.
fn is_release(element: &Value) -> bool {
    let has = |name: &str| element.get(name).is_some();
    has("tag_name") && has("created_at") && (has("published_at") || has("released_at"))
}

/// Reads a JSON array, `{"deployments": [..]}`, JSON objects, or a CSV table. A change whose
/// time cannot be read is a defect. Never fails: what is not JSON is a defect.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    if text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '['])
    {
        let mut export = Export::new(path, RecordKind::Deploys, text, context);
        export.list(&["deployments", "changes", "items", "releases"]);
        while let Some(item) = export.next() {
            read_entry(&mut export, &item);
        }
        return export.finish();
    }
    let mut record = Record::new(path, RecordKind::Deploys, context.zone);
    let table = Table::read(text);
    for row in &table.rows {
        read_row(&mut record, &table, row, text, context);
    }
    record
}

fn read_entry(export: &mut Export, item: &Item) {
    let (entry, evidence) = (&item.value, &item.evidence);
    let say = |names: &[&str]| first(entry, names).unwrap_or_default();
    if is_release(entry) {
        return read_release(export, item);
    }
    let Some(time) = began(entry) else { return };
    let status = first(entry, &STATUS).or_else(|| first(last_state(entry)?, &STATUS));
    let payload = entry
        .get("payload")
        .and_then(|payload| first(payload, &SERVICE));
    let service = payload.unwrap_or_else(|| say(&SERVICE));
    let words = [say(&TITLE), service, say(&KIND), status.unwrap_or_default()];
    push(
        &mut export.record,
        &time,
        words,
        evidence.clone(),
        export.context,
    );
}

/// A release takes effect when it is published; a draft or one that is planned has none.
fn read_release(export: &mut Export, item: &Item) {
    let (entry, evidence) = (&item.value, &item.evidence);
    let is = |name: &str| entry.get(name).and_then(Value::as_bool) == Some(true);
    let title = first(entry, &["name", "tag_name"]).unwrap_or_default();
    match first(entry, &["published_at", "released_at"]) {
        Some(time) if !is("draft") && !is("upcoming_release") => {
            let words = [title, String::new(), "release".to_owned(), String::new()];
            push(
                &mut export.record,
                &time,
                words,
                evidence.clone(),
                export.context,
            );
        }
        time => {
            let when = time.and_then(|time| export.when(&Value::String(time), evidence));
            export.note(when, evidence, &format!("release {title} is not published"));
        }
    }
}

/// When a deployment began to take effect: its job's start, or the first state that says that
/// it is under way or done, else its own time.
fn began(entry: &Value) -> Option<String> {
    let of_job = entry
        .get("deployable")
        .and_then(|job| first(job, &["started_at", "finished_at"]));
    let states = entry.get("statuses").and_then(Value::as_array);
    let begun = |state: &&Value| {
        let word = first(state, &STATUS).unwrap_or_default();
        matches!(word.as_str(), "in_progress" | "success")
    };
    let of_states = states.and_then(|states| {
        let times = states
            .iter()
            .filter(begun)
            .filter_map(|state| first(state, &["created_at"]));
        times.min()
    });
    of_job.or(of_states).or_else(|| first(entry, &TIME))
}

/// GitHub's own states of a deployment, in any order: the latest counts.
fn last_state(entry: &Value) -> Option<&Value> {
    let time = |state: &Value| first(state, &TIME).unwrap_or_default();
    let states = entry.get("statuses")?.as_array()?.iter().enumerate();
    states
        .max_by_key(|&(i, state)| (time(state), i))
        .map(|(_, state)| state)
}

/// The first of these fields that is there, as text; of an object, its name.
fn first(entry: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match entry.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(part) => part.get("name").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    })
}

fn read_row(record: &mut Record, table: &Table, row: &Row, text: &str, context: &Context) {
    let evidence = place(text, row.start, &record.path);
    let words =
        [&TITLE[..], &SERVICE, &KIND, &STATUS].map(|names| table.get(row, names).to_owned());
    push(record, table.get(row, &TIME), words, evidence, context);
}

/// Adds a change of these words, title, service, kind and status; a defect if its time is none.
pub(super) fn push(
    record: &mut Record,
    time: &str,
    [title, service, kind, status]: [String; 4],
    evidence: Evidence,
    context: &Context,
) {
    match read_instant(time, context.zone) {
        Ok(when) => {
            let title = title.lines().next().map(printable).unwrap_or_default();
            let [service, kind, status] = [service, kind, status].map(|text| printable(&text));
            record.changes.push(Change {
                when,
                title,
                service,
                kind,
                status,
                evidence,
            });
        }
        Err(why) => {
            let (line, literal) = (line_number(&evidence), printable(time));
            record.defects.push(Defect {
                line,
                literal,
                what: why.to_string(),
                reading: String::new(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[(&str, &str, &str, &str, u64)]) {
        let record = read("deploys", text, &Context::default());
        let shown: Vec<_> = record
            .changes
            .iter()
            .map(|c| {
                (
                    rfc3339(c.when.at_ns),
                    c.title.as_str(),
                    c.service.as_str(),
                    c.status.as_str(),
                    line_number(&c.evidence),
                )
            })
            .collect();
        let shown: Vec<_> = shown
            .iter()
            .map(|(at, t, s, st, line)| (at.as_str(), *t, *s, *st, *line))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn json_lists_give_changes_and_merge_time_is_not_deploy_time() {
        let text = "[\n {\"merged_at\": \"2021-01-01T00:00:00Z\", \"created_at\": \"2021-01-02T08:00:00Z\", \"ref\": \"v7\", \"service\": \"cart\", \"statuses\": [{\"state\": \"pending\"}, {\"state\": \"success\"}]},\n 4,\n {\"created_at\": \"2021-01-02T09:00:00Z\", \"description\": \"limit\", \"state\": \"failure\"}]";
        check(
            text,
            &[
                ("2021-01-02T08:00:00Z", "v7", "cart", "success", 2),
                ("2021-01-02T09:00:00Z", "limit", "", "failure", 4),
            ],
        );
        check(
            "{\"deployments\": [{\"time\": \"2021-01-02T09:00:00Z\", \"sha\": \"ab\"}]}",
            &[("2021-01-02T09:00:00Z", "ab", "", "", 1)],
        );
    }

    #[test]
    fn csv_lists_give_changes_and_bad_times_are_defects() {
        let text =
            "time,kind,ref,service\n2021-01-02T08:00:00Z,deploy,v7,cart\nnever,deploy,v8,cart\n";
        check(text, &[("2021-01-02T08:00:00Z", "v7", "cart", "", 2)]);
        assert_eq!(
            read("deploys", text, &Context::default()).defects[0].line,
            3
        );
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, time: String) {
            let _ = read("d", &text, &Context::default());
            let _ = read("d", &serde_json::json!([{"time": time, "ref": text}]).to_string(), &Context::default());
        }
    }
}
