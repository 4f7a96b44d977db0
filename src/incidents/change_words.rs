//! What the words of a change say: which things it names, whether it failed or took another
//! back, and how often its kind is at fault.

use crate::records::Change;

/// The words of a text that may name an entity: numbered names, and whole words of four letters
/// and more that are neither plain English of change lists, nor SQL, nor names of signals.
pub fn words_of(text: &str) -> impl Iterator<Item = String> {
    let lower = text.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.len() >= 4 && !COMMON_WORDS.contains(word))
        .map(str::to_owned)
        .collect();
    // Numbered names are whole: `app-2` is not any `app`.
    let numbered = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .filter(|word| word.contains('-') && word.ends_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned);
    words.into_iter().chain(numbered.collect::<Vec<_>>())
}

/// Words that name no entity.
const COMMON_WORDS: [&str; 44] = [
    "deploy",
    "deployed",
    "config",
    "configuration",
    "push",
    "change",
    "changes",
    "release",
    "rollback",
    "production",
    "server",
    "servers",
    "service",
    "services",
    "limit",
    "rate",
    "error",
    "errors",
    "latency",
    "request",
    "requests",
    "share",
    "message",
    "messages",
    "session",
    "sessions",
    "queue",
    "queries",
    "slow",
    "over",
    "flight",
    "host",
    "from",
    "with",
    "into",
    "more",
    "allow",
    "that",
    "this",
    "where",
    "select",
    "insert",
    "update",
    "delete",
];

/// Whether a change takes another back: a rollback, a revert.
pub fn is_reversal(change: &Change) -> bool {
    let text = format!("{} {}", change.kind, change.title).to_lowercase();
    ["rollback", "roll back", "rolled back", "revert"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a change is recorded as failed.
pub fn is_failure(change: &Change) -> bool {
    matches!(
        change.status.to_lowercase().as_str(),
        "failure" | "failed" | "error" | "cancelled"
    )
}

/// How often changes of a kind turn out to matter.
pub fn prior(kind: &str, title: &str) -> f64 {
    let text = format!("{kind} {title}").to_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if is(&[
        "config",
        "deploy",
        "release",
        "push",
        "migration",
        "rollout",
        "flag",
    ]) {
        1.0
    } else if is(&["restart", "reboot", "scale", "patch", "limit"]) {
        0.7
    } else {
        0.5
    }
}
