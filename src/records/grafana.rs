//! Grafana's annotations: epoch milliseconds, points and regions. An alert that began to fire is
//! A; one that stopped is a note. A region about an outage is the outage; one that names a
//! release is a change.

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, list, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::phrases::classify;
use super::{Change, Context, Record, RecordKind, line_number};
use crate::clock::When;
use crate::text::printable;

/// A time before this, 1 January 2001 in ms, is not in milliseconds.
const MILLISECONDS_MIN: i64 = 978_307_200_000;
/// Tags and words of annotations that tell of a change.
const CHANGES: [&str; 6] = [
    "deploy",
    "deployment",
    "release",
    "rollback",
    "rollout",
    "config",
];
/// Tags of annotations that tell of users being worse off.
const OUTAGES: [&str; 5] = [
    "outage",
    "incident",
    "downtime",
    "degradation",
    "disruption",
];

/// Whether an element is an annotation.
pub(super) fn is_of(element: &Value) -> bool {
    let has = |name: &str| element.get(name).is_some();
    let placed = has("dashboardId") || has("dashboardUID") || has("panelId") || has("newState");
    has("time") && placed && (has("tags") || has("text"))
}

/// Reads an array of annotations.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::Grafana, text, context);
    export.list(&["annotations"]);
    while let Some(item) = export.next() {
        read_annotation(&mut export, &item);
    }
    export.finish()
}

fn read_annotation(export: &mut Export, item: &Item) {
    let (value, evidence) = (&item.value, &item.evidence);
    let words = words(value);
    let Some(when) = instant(export, item, "time") else {
        return export.note(None, evidence, &words);
    };
    // A point has no end, zero, or its own time again.
    let is_zero = matches!(word(value, &["timeEnd"]).as_str(), "" | "0");
    let end = (!is_zero)
        .then(|| instant(export, item, "timeEnd"))
        .flatten();
    let end = end.filter(|end| end.at_ns > when.at_ns);
    let state = text(value, "newState").to_lowercase();
    let tagged = |names: &[&str]| {
        let mut tags = list(value, "tags").iter().filter_map(Value::as_str);
        tags.any(|tag| {
            tag.to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .any(|part| names.contains(&part))
        })
    };
    if state.starts_with("alerting") {
        let said = Said::new(MilestoneKind::AlertFired, when, words);
        export.claim_alone(ClaimSource::Pager, said, evidence);
    } else if !state.is_empty() {
        export.note(Some(when), evidence, &words);
    } else if tagged(&CHANGES) {
        change(export, item, when, &words);
    } else if let (true, Some(end)) = (tagged(&OUTAGES), end) {
        for (kind, when) in [
            (MilestoneKind::ImpactStart, when),
            (MilestoneKind::Restored, end),
        ] {
            let said = Said::new(kind, when, words.clone()).sure(0.9);
            export.claim_alone(ClaimSource::Human, said, evidence);
        }
    } else {
        spoken(export, item, when, &words);
    }
}

/// Epoch milliseconds, as a number or in quotes. A smaller number is in another unit: a defect.
fn instant(export: &mut Export, item: &Item, field: &str) -> Option<When> {
    let value = at(&item.value, field);
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    match number {
        Some(ms) if ms < MILLISECONDS_MIN => {
            let line = line_number(&item.evidence);
            export.defect(line, &ms.to_string(), "not epoch milliseconds", "");
            None
        }
        _ => export.when(value, &item.evidence),
    }
}

fn change(export: &mut Export, item: &Item, when: When, words: &str) {
    let tags: Vec<&str> = list(&item.value, "tags")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let kind = if tags.iter().any(|tag| tag.contains("rollback")) {
        "rollback"
    } else {
        "deploy"
    };
    export.record.changes.push(Change {
        when,
        title: printable(words),
        service: String::new(),
        kind: kind.to_owned(),
        status: String::new(),
        evidence: item.evidence.clone(),
    });
}

/// What people wrote on a graph, at the time where they put it.
fn spoken(export: &mut Export, item: &Item, when: When, words: &str) {
    let phrases = classify(words);
    for phrase in &phrases {
        let said = Said::new(phrase.kind, when, words).sure(phrase.confidence);
        export.claim_alone(ClaimSource::Human, said, &item.evidence);
        export.as_phrased(phrase);
    }
    if phrases.is_empty() {
        export.note(Some(when), &item.evidence, words);
    }
}

/// `High error rate: ok to alerting`, or the text without its markup.
fn words(value: &Value) -> String {
    let (name, own) = (word(value, &["alertName"]), text(value, "text"));
    let states = [word(value, &["prevState"]), word(value, &["newState"])];
    match (name.as_str(), states) {
        (_, [_, new]) if new.is_empty() => plain(own),
        ("", [old, new]) => format!("{}: {old} to {new}", plain(own)),
        (name, [old, new]) => format!("{name}: {old} to {new}"),
    }
}

/// A text without its tags: `<b>deploy</b>` is `deploy`.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('<') {
        out.push_str(before);
        let after = tail
            .split_once('>')
            .filter(|(tag, _)| tag.len() <= 80 && !tag.contains(' ') || tag.starts_with("a "));
        match after {
            Some((_, after)) => rest = after,
            None => {
                out.push('<');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}
