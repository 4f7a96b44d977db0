//! PagerDuty's incidents: created is A, an acknowledgement is K, resolved is V (not R). One that
//! was merged follows its parent: its claims are the parent's, and it is not over by itself.

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, list, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::{Context, NoticedBy, Record, RecordKind, Told, pager};

const SOURCE: ClaimSource = ClaimSource::Pager;

/// Whether an element is an incident of PagerDuty.
pub(super) fn is_of(element: &Value) -> bool {
    let has = |name: &str| element.get(name).is_some();
    has("incident_number") && has("created_at") && has("status") && has("service")
}

/// An incident, and the one it was merged into.
struct Merging {
    told: Told,
    parent: String,
}

/// Reads `{"incidents": [..]}`, `{"incident": {..}}`, an array, or lines of incidents.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::PagerDuty, text, context);
    let mut all = Vec::new();
    export.list(&["incidents", "incident"]);
    while let Some(item) = export.next() {
        all.push(read_incident(&mut export, &item));
    }
    for told in follow_parents(all) {
        export.tell(told);
    }
    export.finish()
}

fn read_incident(export: &mut Export, item: &Item) -> Merging {
    let (value, evidence) = (&item.value, &item.evidence);
    let parent = match text(value, "resolve_reason.type") {
        reason if reason.starts_with("merge") => word(value, &["resolve_reason.incident.id"]),
        _ => String::new(),
    };
    let mut told = Told {
        id: word(value, &["id", "incident_number"]),
        title: word(value, &["title", "summary", "description"]),
        service: word(value, &["service.summary", "service.name"]),
        severity: word(value, &["priority.summary", "priority.name", "urgency"]),
        noticed_by: noticed_by(value),
        ..Told::default()
    };
    if let Some(when) = export.when(at(value, "created_at"), evidence) {
        let said = Said::new(MilestoneKind::AlertFired, when, told.title.clone());
        export.claim(&mut told, SOURCE, said, evidence);
    }
    for acknowledgement in list(value, "acknowledgements") {
        let by = word(
            acknowledgement,
            &["acknowledger.summary", "acknowledger.name"],
        );
        if let Some(when) = export.when(at(acknowledgement, "at"), evidence) {
            let said = Said::new(
                MilestoneKind::Acknowledged,
                when,
                format!("acknowledged by {by}"),
            );
            export.claim(&mut told, SOURCE, said, evidence);
        }
    }
    resolve(export, item, &mut told, &parent);
    Merging { told, parent }
}

/// `last_status_change_at` is when it was resolved where nothing else says so.
fn resolve(export: &mut Export, item: &Item, told: &mut Told, parent: &str) {
    let (value, evidence) = (&item.value, &item.evidence);
    if text(value, "status") != "resolved" {
        return;
    }
    let resolved = export.when(at(value, "resolved_at"), evidence);
    let when = resolved.or_else(|| export.when(at(value, "last_status_change_at"), evidence));
    match (when, parent) {
        (Some(when), "") => {
            let said = Said::new(MilestoneKind::Closed, when, "resolved");
            export.claim(told, SOURCE, said, evidence);
        }
        (when, "") => export.note(when, evidence, "resolved, no time is given"),
        (when, parent) => {
            let words = format!("{} was merged into {parent}", told.id);
            export.note(when, evidence, &words);
        }
    }
}

fn noticed_by(value: &Value) -> Option<NoticedBy> {
    let alerts = at(value, "alert_counts.all").as_u64().unwrap_or(0);
    let by_alert = (alerts > 0).then_some(NoticedBy::Monitor);
    by_alert.or_else(|| pager::trigger_of(at(value, "first_trigger_log_entry")))
}

/// Hands the claims of merged incidents to the one that they ended in, if the export has it.
fn follow_parents(all: Vec<Merging>) -> Vec<Told> {
    let ids: std::collections::BTreeMap<String, usize> = all
        .iter()
        .enumerate()
        .map(|(i, one)| (one.told.id.clone(), i))
        .collect();
    let parents: Vec<Option<usize>> = all
        .iter()
        .map(|one| ids.get(&one.parent).copied())
        .collect();
    let end = |from: usize| {
        let mut at = from;
        // A ring of parents has no end: after as many steps as there are it is left.
        for _ in 0..parents.len() {
            match parents[at] {
                Some(parent) => at = parent,
                None => return at,
            }
        }
        from
    };
    let ends: Vec<usize> = (0..all.len()).map(end).collect();
    let mut told: Vec<Told> = all.into_iter().map(|one| one.told).collect();
    for (child, parent) in ends
        .into_iter()
        .enumerate()
        .filter(|(child, parent)| child != parent)
    {
        let claims = std::mem::take(&mut told[child].claims);
        told[parent].claims.extend(claims);
    }
    told
}
