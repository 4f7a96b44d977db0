//! Slack: a channel's day of an export. Each message is read like a post of a status page, at the
//! time of its own `ts`, which is a text: epoch seconds, a point and a serial number.
//!
//! Joins and topics are notes; so is a question, which claims nothing. Whose words they are is
//! kept with them; one day file knows only those names that its messages carry.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{list, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::phrases::{Phrase, classify};
use super::{Context, Record, RecordKind};
use crate::clock::{Censor, NS_PER_S, When};

/// What is said in a hurry is less sure than a report.
const HURRY: f64 = 0.8;
/// What was edited later may not have said so at first.
const EDITED: f64 = 0.7;
/// Kinds of messages that people wrote; all others Slack wrote about the channel.
const SPOKEN: [&str; 6] = [
    "",
    "bot_message",
    "me_message",
    "thread_broadcast",
    "file_share",
    "file_comment",
];

/// `<@U1|ada>`, `<https://x|y>`, `<!here>`.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<([^<>|]*)(?:\|([^<>]*))?>").expect("the pattern is constant and tested")
});

/// Whether an element is a message of an export.
pub(super) fn is_of(element: &Value) -> bool {
    text(element, "type") == "message" && stamp(text(element, "ts")).is_some()
}

/// Reads an array of messages, in any order.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::Slack, text, context);
    let mut messages = Vec::new();
    export.list(&["messages"]);
    while let Some(item) = export.next() {
        messages.push(item);
    }
    messages.sort_by_key(|item| stamp(word_of(item, "ts")).map(|when| when.at_ns));
    let mut seen = BTreeSet::new();
    for message in &messages {
        // A reply that was sent to the channel too may be there twice.
        let key = (
            word(&message.value, &["ts"]),
            word(&message.value, &["user", "bot_id"]),
        );
        if seen.insert(key) {
            read_message(&mut export, message);
        }
    }
    export.finish()
}

fn word_of<'v>(item: &'v Item, path: &str) -> &'v str {
    text(&item.value, path)
}

/// `1620115200.000200`: the digits after the point tell messages of a second apart.
fn stamp(ts: &str) -> Option<When> {
    let (seconds, serial) = ts.split_once('.')?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let seconds: i64 =
        (is_digits(seconds) && is_digits(serial)).then(|| seconds.parse().ok())??;
    (seconds < i64::MAX / NS_PER_S).then(|| When::stamped(seconds * NS_PER_S, NS_PER_S))
}

fn read_message(export: &mut Export, item: &Item) {
    let (value, evidence) = (&item.value, &item.evidence);
    let said = spoken(value);
    let words = match author(value) {
        name if name.is_empty() => said.clone(),
        name => format!("{name}: {said}"),
    };
    let Some(when) = stamp(text(value, "ts")) else {
        let line = super::line_number(evidence);
        export.defect(line, text(value, "ts"), "not a time of Slack's", "");
        return export.note(None, evidence, &words);
    };
    let known = export.record.milestones.len();
    if SPOKEN.contains(&text(value, "subtype")) {
        let sure = if value.get("edited").is_some() {
            HURRY * EDITED
        } else {
            HURRY
        };
        for phrase in classify(&statements(&said)) {
            claim(export, item, (when, sure), &phrase, &words);
        }
    }
    if export.record.milestones.len() == known {
        export.note(Some(when), evidence, &words);
    }
}

fn claim(
    export: &mut Export,
    item: &Item,
    (when, sure): (When, f64),
    phrase: &Phrase,
    words: &str,
) {
    // Impact began before anyone wrote of it.
    let when = match phrase.kind {
        MilestoneKind::ImpactStart => When {
            censor: Some(Censor::Left),
            ..when
        },
        _ => when,
    };
    let said = Said::new(phrase.kind, when, words).sure(phrase.confidence * sure);
    export.claim_alone(ClaimSource::Chat, said, &item.evidence);
    export.as_phrased(phrase);
}

/// The text without marks; a bot's is in its attachments.
fn spoken(value: &Value) -> String {
    let own = text(value, "text");
    let of_attachment = |one: &Value| word(one, &["fallback", "text", "pretext", "title"]);
    let raw = match own.trim() {
        "" => list(value, "attachments")
            .first()
            .map(of_attachment)
            .unwrap_or_default(),
        own => own.to_owned(),
    };
    plain(&raw)
}

fn plain(text: &str) -> String {
    let shown = |found: &Captures| match (found.get(2), &found[1]) {
        (Some(label), _) => label.as_str().to_owned(),
        (None, target) => target.replacen('!', "@", 1),
    };
    let text = MARK.replace_all(text, shown);
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The sentences that are no questions, and no quotations of others.
fn statements(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('>'));
    let sentences = lines.flat_map(|line| line.split_inclusive(['.', '!', '?']));
    let told: Vec<&str> = sentences
        .filter(|sentence| !sentence.trim_end().ends_with('?'))
        .collect();
    told.join(" ")
}

fn author(value: &Value) -> String {
    let names = [
        "user_profile.display_name",
        "user_profile.real_name",
        "user_profile.name",
        "username",
        "bot_profile.name",
        "user",
        "bot_id",
    ];
    word(value, &names)
}
