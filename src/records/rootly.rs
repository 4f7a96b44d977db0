//! Rootly: incidents of its API (JSON:API), or their bare attributes.
//!
//! Tests, examples and cancelled incidents are notes; scheduled ones are planned.

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, list, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::{Context, Record, RecordKind, Told, line_number, noticed};
use crate::clock::When;

const SOURCE: ClaimSource = ClaimSource::Human;
/// The instants that are claims as they stand.
const STATED: [(&str, MilestoneKind); 5] = [
    ("started_at", MilestoneKind::ImpactStart),
    ("detected_at", MilestoneKind::Detected),
    ("acknowledged_at", MilestoneKind::Acknowledged),
    ("identified_at", MilestoneKind::Identified),
    ("mitigated_at", MilestoneKind::Mitigated),
];

/// Whether an element is an incident of Rootly.
pub(super) fn is_of(element: &Value) -> bool {
    let fields = fields(element);
    let has = |name: &str| fields.get(name).is_some();
    has("started_at")
        && has("mitigated_at")
        && has("resolved_at")
        && (has("sequential_id") || has("slug"))
}

/// The attributes of a resource; of what is none, itself.
fn fields(element: &Value) -> &Value {
    match at(element, "attributes") {
        Value::Null => element,
        attributes => attributes,
    }
}

/// Reads `{"data": [..]}`, `{"data": {..}}`, an array, or lines of incidents.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::Rootly, text, context);
    export.list(&["data"]);
    while let Some(item) = export.next() {
        read_incident(&mut export, &item);
    }
    export.finish()
}

fn read_incident(export: &mut Export, item: &Item) {
    let (value, evidence) = (fields(&item.value), &item.evidence);
    let (kind, status) = (text(value, "kind"), text(value, "status"));
    let mut told = Told {
        id: word(
            &item.value,
            &["id", "attributes.sequential_id", "sequential_id", "slug"],
        ),
        title: word(value, &["title"]),
        service: service(value),
        severity: word(
            value,
            &[
                "severity.data.attributes.name",
                "severity.attributes.name",
                "severity.name",
                "severity",
            ],
        ),
        noticed_by: noticed::by_source(text(value, "source")),
        planned: kind.starts_with("scheduled"),
        claims: Vec::new(),
    };
    let created = export.when(at(value, "created_at"), evidence);
    let aside = kind.starts_with("test") || kind.starts_with("example");
    if aside || status.starts_with("cancel") {
        let word = if aside { kind } else { status };
        return export.note(
            created,
            evidence,
            &format!("{} {word}: {}", told.id, told.title),
        );
    }
    if told.planned {
        planned(export, item, &mut told);
        return export.tell(told);
    }
    for (field, kind) in STATED {
        if let Some(when) = export.when(at(value, field), evidence) {
            export.claim(&mut told, SOURCE, Said::new(kind, when, field), evidence);
        }
    }
    let backfilled = kind.starts_with("backfilled");
    if backfilled {
        let line = line_number(evidence);
        export.defect(
            line,
            &told.title,
            "entered afterwards",
            "the times that it states",
        );
    }
    export.declared(&mut told, SOURCE, created.filter(|_| !backfilled), evidence);
    let closed = export.when(at(value, "closed_at"), evidence);
    if let Some(when) = export.when(at(value, "resolved_at"), evidence) {
        let closed = closed.map(|when| (when, evidence.clone()));
        export.resolved(&mut told, SOURCE, (when, evidence), closed);
    }
    export.tell(told);
}

/// A maintenance took effect when it began.
fn planned(export: &mut Export, item: &Item, told: &mut Told) {
    let (value, evidence) = (fields(&item.value), &item.evidence);
    let mut first = |names: [&str; 2]| -> Option<When> {
        names
            .iter()
            .find_map(|name| export.when(at(value, name), evidence))
    };
    let (from, until) = (
        first(["started_at", "scheduled_for"]),
        first(["resolved_at", "scheduled_until"]),
    );
    for (kind, when) in [
        (MilestoneKind::Change, from),
        (MilestoneKind::Closed, until),
    ] {
        if let Some(when) = when {
            export.claim(
                told,
                SOURCE,
                Said::new(kind, when, told.title.clone()),
                evidence,
            );
        }
    }
}

fn service(value: &Value) -> String {
    let listed = [list(value, "services.data"), list(value, "services")];
    let first = listed.into_iter().find_map(<[Value]>::first);
    first
        .map(|one| word(one, &["attributes.name", "name"]))
        .unwrap_or_default()
}
