//! FireHydrant: incidents of its API. A milestone counts from `occurred_at`, which beats when it
//! was entered.

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, list, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::{Context, NoticedBy, Record, RecordKind, Told, noticed};
use crate::clock::When;
use crate::events::Evidence;

const SOURCE: ClaimSource = ClaimSource::Human;

/// Whether an element is an incident of FireHydrant.
pub(super) fn is_of(element: &Value) -> bool {
    let has = |name: &str| element.get(name).is_some();
    element["milestones"].is_array()
        && has("started_at")
        && (has("current_milestone") || has("lifecycle_phases"))
}

/// Reads `{"data": [..]}`, an array, one incident, or lines of them.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::FireHydrant, text, context);
    export.list(&["data"]);
    while let Some(item) = export.next() {
        read_incident(&mut export, &item);
    }
    export.finish()
}

fn read_incident(export: &mut Export, item: &Item) {
    let (value, evidence) = (&item.value, &item.evidence);
    let mut told = Told {
        id: word(value, &["number", "id"]),
        title: word(value, &["name"]),
        service: service(value),
        severity: word(value, &["severity", "severity.slug", "priority"]),
        noticed_by: noticed_by(value),
        ..Told::default()
    };
    let created = export.when(at(value, "created_at"), evidence);
    if !at(value, "discarded_at").is_null() {
        return export.note(
            created,
            evidence,
            &format!("{} discarded: {}", told.id, told.title),
        );
    }
    let places = export.places_of(item, "milestones");
    let (mut resolved, mut closed) = (None, None);
    for (i, milestone) in list(value, "milestones").iter().enumerate() {
        let place = places.get(i).unwrap_or(evidence);
        let name = word(milestone, &["type", "slug", "name"]);
        let occurred = export.when(at(milestone, "occurred_at"), place);
        let entered = || at(milestone, "created_at");
        let Some(when) = occurred.or_else(|| export.when(entered(), place)) else {
            continue;
        };
        match name.as_str() {
            "resolved" => resolved = Some((when, place.clone())),
            "closed" => closed = Some((when, place.clone())),
            name => stated(export, &mut told, name, when, place),
        }
    }
    bounds(export, item, created, &mut told);
    match (resolved, closed) {
        (Some((when, place)), closed) => {
            export.resolved(&mut told, SOURCE, (when, &place), closed);
        }
        (None, Some(closed)) => export.closed(&mut told, SOURCE, closed),
        (None, None) => {}
    }
    export.tell(told);
}

fn stated(export: &mut Export, told: &mut Told, name: &str, when: When, place: &Evidence) {
    let kind = match name {
        "started" => MilestoneKind::ImpactStart,
        "detected" => MilestoneKind::Detected,
        "acknowledged" => MilestoneKind::Acknowledged,
        "investigating" => MilestoneKind::Engaged,
        "identified" => MilestoneKind::Identified,
        "mitigated" => MilestoneKind::Mitigated,
        _ => return export.note(Some(when), place, &format!("{} {name}", told.id)),
    };
    export.claim(told, SOURCE, Said::new(kind, when, name), place);
}

/// Start and awareness where no milestone states them.
fn bounds(export: &mut Export, item: &Item, created: Option<When>, told: &mut Told) {
    let evidence = &item.evidence;
    let started = export.when(at(&item.value, "started_at"), evidence);
    if let (Some(when), false) = (started, export.says(told, MilestoneKind::ImpactStart)) {
        let said = Said::new(MilestoneKind::ImpactStart, when, "started_at");
        export.claim(told, SOURCE, said, evidence);
    }
    export.declared(told, SOURCE, created, evidence);
}

fn service(value: &Value) -> String {
    let impacts = list(value, "impacts").iter();
    let mut hit = impacts.filter(|impact| text(impact, "type") == "service");
    let impact = hit.next().map(|impact| word(impact, &["impact.name"]));
    let listed = || {
        list(value, "services")
            .first()
            .map(|one| word(one, &["name"]))
    };
    impact.or_else(listed).unwrap_or_default()
}

/// Alerts open incidents as the system; people as users.
fn noticed_by(value: &Value) -> Option<NoticedBy> {
    match text(value, "created_by.type") {
        "system" | "System" => Some(NoticedBy::Monitor),
        kind if kind.ends_with("user") => Some(NoticedBy::Human),
        _ => noticed::by_source(text(value, "created_by.source")),
    }
}
