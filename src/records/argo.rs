//! Argo CD: the applications' history and last operation. A sync is a change that began to take
//! effect when it was started; when a commit was made or merged is not asked.

use serde_json::Value;

use super::export::{Export, Item};
use super::fields::{at, list, text, word};
use super::{Change, Context, Record, RecordKind};
use crate::clock::When;
use crate::events::Evidence;
use crate::text::printable;

/// Digits of a revision that are shown.
const REVISION_DIGITS: usize = 10;

/// Whether an element is an application of Argo CD.
pub(super) fn is_of(element: &Value) -> bool {
    let named = text(element, "kind") == "Application"
        && text(element, "apiVersion").starts_with("argoproj.io/");
    // Elements of its own API's list have neither.
    let shaped = at(element, "metadata.name").is_string()
        && at(element, "spec.project").is_string()
        && at(element, "status.sync").is_object();
    named || shaped
}

/// Reads one application, or `{"items": [..]}`.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::ArgoCd, text, context);
    export.list(&["items"]);
    while let Some(item) = export.next() {
        read_application(&mut export, &item);
    }
    export
        .record
        .changes
        .sort_by_key(|change| change.when.at_ns);
    export.finish()
}

/// One sync before it is a change.
struct Sync {
    when: When,
    revision: String,
    kind: &'static str,
    status: String,
    evidence: Evidence,
}

fn read_application(export: &mut Export, item: &Item) {
    let name = word(&item.value, &["metadata.name"]);
    let mut syncs = history(export, item);
    if let Some(last) = operation(export, item) {
        // The last operation, if it went well, is the last of the history too.
        let known =
            |sync: &Sync| (sync.when.at_ns - last.when.at_ns).abs() < crate::clock::NS_PER_S;
        match syncs.iter_mut().find(|sync| known(sync)) {
            Some(sync) => sync.status = last.status,
            None => syncs.push(last),
        }
    }
    for sync in syncs {
        let revision: String = sync.revision.chars().take(REVISION_DIGITS).collect();
        export.record.changes.push(Change {
            when: sync.when,
            title: printable(&format!("sync {revision}")),
            service: name.clone(),
            kind: sync.kind.to_owned(),
            status: sync.status,
            evidence: sync.evidence,
        });
    }
}

/// A revision that was there before, and not last, is a rollback.
fn history(export: &mut Export, item: &Item) -> Vec<Sync> {
    let lists = item
        .element
        .member("status")
        .and_then(|status| status.member("history"));
    let places: Vec<Evidence> = lists
        .map(|history| history.items())
        .unwrap_or_default()
        .iter()
        .map(|one| export.place(one.start))
        .collect();
    let (mut syncs, mut seen): (Vec<Sync>, Vec<String>) = (Vec::new(), Vec::new());
    for (i, entry) in list(&item.value, "status.history").iter().enumerate() {
        let evidence = places.get(i).unwrap_or(&item.evidence).clone();
        let revision = revision(entry);
        let back = seen.iter().rev().skip(1).any(|one| *one == revision)
            && seen.last().is_some_and(|last| *last != revision);
        seen.push(revision.clone());
        let started = export.when(at(entry, "deployStartedAt"), &evidence);
        let when = started.or_else(|| export.when(at(entry, "deployedAt"), &evidence));
        let Some(when) = when else { continue };
        let kind = if back { "rollback" } else { "deploy" };
        syncs.push(Sync {
            when,
            revision,
            kind,
            status: "Succeeded".to_owned(),
            evidence,
        });
    }
    syncs
}

fn operation(export: &mut Export, item: &Item) -> Option<Sync> {
    let state = at(&item.value, "status.operationState");
    let element = item
        .element
        .member("status")
        .and_then(|status| status.member("operationState"));
    let evidence = element.map_or(item.evidence.clone(), |one| export.place(one.start));
    let started = export.when(at(state, "startedAt"), &evidence);
    let when = started.or_else(|| export.when(at(state, "finishedAt"), &evidence))?;
    let revision = word(
        state,
        &[
            "syncResult.revision",
            "operation.sync.revision",
            "operation.revision",
        ],
    );
    let status = word(state, &["phase"]);
    Some(Sync {
        when,
        revision,
        kind: "deploy",
        status,
        evidence,
    })
}

/// An application of several sources has several revisions: the first of them.
fn revision(entry: &Value) -> String {
    match word(entry, &["revision"]) {
        none if none.is_empty() => {
            let first = list(entry, "revisions").first().and_then(Value::as_str);
            first.map(printable).unwrap_or_default()
        }
        one => one,
    }
}
