//! incident.io: incidents of its API, whose instants are named timestamps that people may set.
//!
//! Tests and tutorials are notes, and so are incidents that were declined, cancelled or merged.

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, list, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::{Context, NoticedBy, Record, RecordKind, Told};

const SOURCE: ClaimSource = ClaimSource::Human;

/// Whether an element is an incident of incident.io.
pub(super) fn is_of(element: &Value) -> bool {
    let has = |name: &str| element.get(name).is_some();
    has("incident_status") && has("reference") && has("created_at")
}

/// Reads `{"incidents": [..]}`, `{"incident": {..}}`, an array, or lines of incidents.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::IncidentIo, text, context);
    export.list(&["incidents", "incident"]);
    while let Some(item) = export.next() {
        read_incident(&mut export, &item);
    }
    export.finish()
}

fn read_incident(export: &mut Export, item: &Item) {
    let (value, evidence) = (&item.value, &item.evidence);
    let (mode, status) = (text(value, "mode"), text(value, "incident_status.category"));
    let mut told = Told {
        id: word(value, &["reference", "id"]),
        title: word(value, &["name"]),
        service: service(value),
        severity: word(value, &["severity.name"]),
        noticed_by: noticed_by(at(value, "creator")),
        ..Told::default()
    };
    let aside = [mode, status].into_iter().find(|word| {
        [
            "test",
            "tutorial",
            "declined",
            "canceled",
            "cancelled",
            "merged",
        ]
        .contains(word)
    });
    let created = export.when(at(value, "created_at"), evidence);
    if let Some(word) = aside {
        return export.note(
            created,
            evidence,
            &format!("{} {word}: {}", told.id, told.title),
        );
    }
    let places = export.places_of(item, "incident_timestamp_values");
    let (mut resolved, mut closed) = (None, None);
    for (i, entry) in list(value, "incident_timestamp_values").iter().enumerate() {
        let place = places.get(i).unwrap_or(evidence);
        let name = word(entry, &["incident_timestamp.name", "name"]);
        let Some(when) = export.when(stamp(entry), place) else {
            continue;
        };
        match name.to_lowercase().trim_end_matches(" at") {
            "resolved" => resolved = Some((when, place.clone())),
            "closed" => closed = Some((when, place.clone())),
            lower => match kind_of(lower) {
                Some(kind) => export.claim(&mut told, SOURCE, Said::new(kind, when, name), place),
                None => export.note(Some(when), place, &format!("{} {name}", told.id)),
            },
        }
    }
    // One that was written down afterwards was created when it was over.
    let declared = created.filter(|_| mode != "retrospective");
    export.declared(&mut told, SOURCE, declared, evidence);
    match (resolved, closed) {
        (Some((when, place)), closed) => {
            export.resolved(&mut told, SOURCE, (when, &place), closed);
        }
        (None, Some(closed)) => export.closed(&mut told, SOURCE, closed),
        (None, None) => {}
    }
    export.tell(told);
}

/// The instant of a timestamp, as older and newer versions of the API nest it.
fn stamp(entry: &Value) -> &Value {
    match at(entry, "value.value") {
        Value::Null => at(entry, "value"),
        inner => inner,
    }
}

/// The timestamps that incident.io comes with, and the usual names of people's own.
fn kind_of(name: &str) -> Option<MilestoneKind> {
    Some(match name {
        "impact started" | "impact start" | "started" => MilestoneKind::ImpactStart,
        "reported" | "declared" | "detected" => MilestoneKind::Detected,
        "accepted" | "acknowledged" => MilestoneKind::Acknowledged,
        "identified" => MilestoneKind::Identified,
        // Its word for "a fix is in place, we are watching".
        "fixed" | "mitigated" | "stabilised" | "stabilized" => MilestoneKind::Mitigated,
        "impact ended" | "impact end" | "restored" | "recovered" => MilestoneKind::Restored,
        _ => return None,
    })
}

fn noticed_by(creator: &Value) -> Option<NoticedBy> {
    let is = |name: &str| at(creator, name).is_object();
    if is("alert") {
        Some(NoticedBy::Monitor)
    } else if is("user") {
        Some(NoticedBy::Human)
    } else {
        None
    }
}

/// The first value of the custom field that names what was affected.
fn service(value: &Value) -> String {
    let names = [
        "affected service",
        "affected services",
        "service",
        "services",
        "component",
    ];
    let is_service = |entry: &&Value| {
        let name = word(entry, &["custom_field.name"]).to_lowercase();
        names.contains(&name.as_str())
    };
    let entry = list(value, "custom_field_entries").iter().find(is_service);
    let first = entry.and_then(|entry| list(entry, "values").first());
    let paths = [
        "value_catalog_entry.name",
        "value_option.value",
        "value_text",
    ];
    first.map(|value| word(value, &paths)).unwrap_or_default()
}
