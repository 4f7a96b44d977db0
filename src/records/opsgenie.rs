//! Opsgenie: alerts (created is A, acknowledged K, closed V) and incidents. The times of an
//! alert's report are milliseconds after its creation.

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::{Context, Record, RecordKind, Told, noticed};
use crate::clock::{Censor, NS_PER_S, When};

const SOURCE: ClaimSource = ClaimSource::Pager;
/// Reports of more than ten years are no reports, ms.
const REPORTED_MS_MAX: i64 = 10 * 366 * 86_400_000;

/// Whether an element is an alert or an incident of Opsgenie.
pub(super) fn is_of(element: &Value) -> bool {
    let has = |name: &str| element.get(name).is_some();
    has("tinyId") && has("createdAt") && has("status") && has("message")
}

/// Reads `{"data": [..]}`, `{"data": {..}}`, an array, or lines of alerts and incidents.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::Opsgenie, text, context);
    export.list(&["data"]);
    while let Some(item) = export.next() {
        read_one(&mut export, &item);
    }
    export.finish()
}

fn read_one(export: &mut Export, item: &Item) {
    let (value, evidence) = (&item.value, &item.evidence);
    let is_incident = value.get("impactedServices").is_some();
    let by = |path| noticed::by_source(text(value, path));
    let mut told = Told {
        id: word(value, &["id", "tinyId"]),
        title: word(value, &["message"]),
        service: word(value, &["entity", "extraProperties.service"]),
        severity: word(value, &["priority"]),
        noticed_by: by("source")
            .or_else(|| by("integration.type"))
            .or_else(|| by("integration.name")),
        ..Told::default()
    };
    let created = export.when(at(value, "createdAt"), evidence);
    if let Some(when) = created {
        let (kind, note) = match is_incident {
            true => (MilestoneKind::Detected, format!("declared: {}", told.title)),
            false => (MilestoneKind::AlertFired, told.title.clone()),
        };
        export.claim(&mut told, SOURCE, Said::new(kind, when, note), evidence);
    }
    for (field, kind) in [
        ("impactStartDate", MilestoneKind::ImpactStart),
        ("impactDetectDate", MilestoneKind::Detected),
        ("impactEndDate", MilestoneKind::Restored),
    ] {
        if let Some(when) = export.when(at(value, field), evidence) {
            export.claim(&mut told, SOURCE, Said::new(kind, when, field), evidence);
        }
    }
    report(export, item, created, &mut told);
    export.tell(told);
}

/// What the report says; closed without a report, it was so when it was last changed.
fn report(export: &mut Export, item: &Item, created: Option<When>, told: &mut Told) {
    let (value, evidence) = (&item.value, &item.evidence);
    let by = |path| match word(value, &[path]) {
        name if name.is_empty() => String::new(),
        name => format!(" by {name}"),
    };
    let after = |path| {
        created
            .zip(later(at(value, path)))
            .map(|(created, ns)| shifted(created, ns))
    };
    if let Some(when) = after("report.ackTime") {
        let note = format!("acknowledged{}", by("report.acknowledgedBy"));
        export.claim(
            told,
            SOURCE,
            Said::new(MilestoneKind::Acknowledged, when, note),
            evidence,
        );
    }
    if !matches!(text(value, "status"), "closed" | "resolved") {
        return;
    }
    let changed = export.when(at(value, "updatedAt"), evidence);
    let by_then = |when: When| When {
        censor: Some(Censor::Left),
        ..when
    };
    if let Some(when) = after("report.closeTime").or(changed.map(by_then)) {
        let note = format!("closed{}", by("report.closedBy"));
        export.claim(
            told,
            SOURCE,
            Said::new(MilestoneKind::Closed, when, note),
            evidence,
        );
    }
}

/// Milliseconds as ns; zero means that it never was.
fn later(field: &Value) -> Option<i64> {
    let number = field.as_i64().or_else(|| field.as_str()?.parse().ok())?;
    (1..REPORTED_MS_MAX)
        .contains(&number)
        .then_some(number * (NS_PER_S / 1000))
}

fn shifted(when: When, ns: i64) -> When {
    let [at_ns, lo_ns, hi_ns] =
        [when.at_ns, when.lo_ns, when.hi_ns].map(|one| one.saturating_add(ns));
    When {
        at_ns,
        lo_ns,
        hi_ns,
        ..when
    }
}
