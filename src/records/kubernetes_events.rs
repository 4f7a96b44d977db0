//! `kubectl get events -o json`: rollouts, scaling and evictions are changes, all else is a note.
//!
//! An event that happened many times has its first and its last time. Events are kept for an hour
//! by default: what is not there may have happened all the same.

use serde_json::Value;

use super::export::{Export, Item};
use super::fields::{at, text, word};
use super::{Change, Context, Record, RecordKind};
use crate::clock::When;
use crate::text::printable;

/// Reasons that say that something was changed, and what kind of change it is.
const CHANGES: [(&str, &str); 9] = [
    ("ScalingReplicaSet", "rollout"),
    ("DeploymentRollback", "rollback"),
    ("SuccessfulRescale", "scaling"),
    ("SuccessfulUpdate", "update"),
    ("Evicted", "eviction"),
    ("Preempted", "eviction"),
    ("NodeNotReady", "node"),
    ("NodeReady", "node"),
    ("Drain", "node"),
];

/// Whether an element is an event of the cluster's API. Audit events are logs.
pub(super) fn is_of(element: &Value) -> bool {
    let object = at(element, "involvedObject").is_object() || at(element, "regarding").is_object();
    let kind = matches!(text(element, "kind"), "Event" | "");
    object && kind && at(element, "reason").is_string() && at(element, "metadata").is_object()
}

/// Reads `{"items": [..]}` or one event.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::KubernetesEvents, text, context);
    export.list(&["items"]);
    while let Some(item) = export.next() {
        read_event(&mut export, &item);
    }
    export
        .record
        .changes
        .sort_by_key(|change| change.when.at_ns);
    export.finish()
}

fn read_event(export: &mut Export, item: &Item) {
    let (value, evidence) = (&item.value, &item.evidence);
    let mut instant = |paths: &[&str]| {
        paths
            .iter()
            .find_map(|path| export.when(at(value, path), evidence))
    };
    // The older fields are null in events of the newer API, and the other way round.
    let first = instant(&[
        "firstTimestamp",
        "deprecatedFirstTimestamp",
        "eventTime",
        "metadata.creationTimestamp",
    ]);
    let last = instant(&[
        "lastTimestamp",
        "deprecatedLastTimestamp",
        "series.lastObservedTime",
    ]);
    let reason = word(value, &["reason"]);
    let object = word(value, &["involvedObject.name", "regarding.name"]);
    let message = word(value, &["message", "note"]);
    let change = CHANGES.iter().find(|(name, _)| *name == reason);
    match (first, change) {
        (Some(when), Some((_, kind))) => export.record.changes.push(Change {
            when,
            title: printable(&format!("{message}{}", repeated(value, when, last))),
            service: object,
            kind: (*kind).to_owned(),
            status: String::new(),
            evidence: evidence.clone(),
        }),
        (when, _) => {
            let times = when
                .map(|when| repeated(value, when, last))
                .unwrap_or_default();
            let kind = word(value, &["involvedObject.kind", "regarding.kind"]);
            let words = format!("{reason} {kind} {object}: {message}{times}");
            export.note(when, evidence, &words);
        }
    }
}

/// `, 12 times until 10:05:00`: UTC.
fn repeated(value: &Value, first: When, last: Option<When>) -> String {
    let counts = ["count", "deprecatedCount", "series.count"];
    let count = counts
        .iter()
        .find_map(|path| at(value, path).as_u64())
        .unwrap_or(1);
    let until = last.filter(|last| count > 1 && last.at_ns > first.at_ns);
    until.map_or(String::new(), |last| {
        let until = crate::clock::words::rfc3339(last.at_ns);
        format!(", {count} times until {until}")
    })
}
