//! What was done by hand, as JSON: overrides beside what was computed, and what changed since an
//! incident file was saved.
//!
//! In: a `Snapshot`. Out: values for the report. The text of it is in `text/amended.rs`.

use serde_json::{Value, json};

use crate::analysis::{Changed, Concluded, Shown, Since, Snapshot, since};
use crate::clock::words::rfc3339;
use crate::records::{Hand, Milestone};

/// The value with one more key, where there is something to say.
fn with(mut value: Value, key: &str, added: Option<Value>) -> Value {
    if let (Value::Object(fields), Some(added)) = (&mut value, added) {
        fields.insert(key.to_owned(), added);
    }
    value
}

/// A claim with `hand`: who did what to it, where somebody did.
pub fn with_hand(value: Value, milestone: &Milestone) -> Value {
    with(value, "hand", milestone.hand.as_deref().map(hand))
}

fn hand(hand: &Hand) -> Value {
    json!({
        "id": hand.id,
        "who": hand.who,
        "when": rfc3339(hand.when_ns),
        "why": hand.why,
        "what": hand.what,
    })
}

/// An incident with `amended`, every override with what was computed, and `unamended_durations`,
/// where there is any.
pub fn with_amended(value: Value, concluded: &Concluded) -> Value {
    let measured = &concluded.measured;
    let claims = &concluded.incident.milestones;
    let at = |claim: &Milestone| {
        let value = json!({"at": rfc3339(claim.when.at_ns)});
        with_hand(value, claim)
    };
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
    let amended: Vec<Value> = measured.amended.iter().map(one).collect();
    let value = with(
        value,
        "amended",
        (!amended.is_empty()).then(|| amended.into()),
    );
    let before = measured.unamended.as_ref().map(|one| json!(one));
    with(value, "unamended_durations", before)
}

/// A report with `incident_files`: when each was saved and what changed since, where there is any.
pub fn with_files(value: Value, snapshot: &Snapshot) -> Value {
    let files: Vec<Value> = since(snapshot).iter().map(file).collect();
    with(
        value,
        "incident_files",
        (!files.is_empty()).then(|| files.into()),
    )
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
