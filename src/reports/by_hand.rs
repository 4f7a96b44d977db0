//! What was done by hand, as JSON: overrides beside what was computed, and what changed since an
//! incident file was saved.
//!
//! In: a `Snapshot`. Out: values for the report. The text of it is in `text/amended.rs`.

use serde_json::{Value, json};

use crate::analysis::{Changed, Concluded, Shown, Since, Snapshot, since};
use crate::clock::words::rfc3339;
use crate::records::{Hand, Milestone};

/// Who did what to a claim.
pub fn hand(hand: &Hand) -> Value {
    json!({
        "id": hand.id,
        "who": hand.who,
        "when": rfc3339(hand.when_ns),
        "why": hand.why,
        "what": hand.what,
    })
}

/// Every override with what was computed.
pub fn amended(concluded: &Concluded) -> Value {
    let claims = &concluded.incident.milestones;
    let at = |claim: &Milestone| json!({"at": rfc3339(claim.when.at_ns), "hand": claim.hand.as_deref().map(hand)});
    let one = |one: &crate::durations::Amended| {
        let others = one.others.iter().filter_map(|i| claims.get(*i)).map(at);
        json!({
            "kind": one.kind,
            "milestone": one.claim,
            "amended": claims.get(one.claim).map(at),
            "others": others.collect::<Vec<_>>(),
            "computed": one.computed,
        })
    };
    concluded.measured.amended.iter().map(one).collect()
}

/// The incident files among the records: when they were saved and what changed since.
pub fn files(snapshot: &Snapshot) -> Value {
    since(snapshot).iter().map(file).collect()
}

fn file(since: &Since) -> Value {
    json!({
        "path": since.path,
        "saved_at": rfc3339(since.saved_at_ns),
        "events": {"before": since.events.0, "after": since.events.1},
        "sources": {"before": since.sources.0, "after": since.sources.1},
        "changes": since.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Changed) -> Value {
    let shown = |shown: &Shown| match shown {
        Shown::Nothing => Value::Null,
        Shown::Instant(ns) => rfc3339(*ns).into(),
        Shown::Words(words) => words.clone().into(),
    };
    json!({
        "incident": change.incident,
        "what": change.what,
        "before": shown(&change.before),
        "after": shown(&change.after),
    })
}
