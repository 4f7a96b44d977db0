//! The incident file, `NAME.rfo.json`: what was read, what it gave then, and what people marked.
//!
//! In: the bytes of such a file. Out: the file as a value, which `history` changes, `store` keeps
//! and `claims` reads as a record. Computes no milestone and no duration: `basis` holds those that
//! an analysis gave. docs/INCIDENT_FILE.md describes every field; what a newer writer added is kept.

mod basis;
mod claims;
mod history;
pub mod store;
mod time;
mod view;
mod when;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::words::rfc3339;
use crate::clock::{Censor, When};

pub use basis::{Basis, BasisDuration, BasisIncident, BasisMilestone, BasisWindow};
pub use claims::{forget_basis, read_together, retract};
pub use history::{Aim, Marked, Refused, Standing, aim, apply, completed, merge, standing};
pub use view::View;
pub use when::when_of;

/// The name and version of this shape; a rename or removal makes a new one.
pub const SCHEMA: &str = "rfo.incident/1";
/// How names of such files end.
pub const ENDING: &str = ".rfo.json";
/// Keys that this version does not know, in their order.
type Rest = Map<String, Value>;

/// One incident file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentFile {
    /// Always `rfo.incident/1`.
    pub schema: String,
    /// What it is about; empty where nobody said.
    #[serde(default)]
    pub title: String,
    /// What is read, and how.
    #[serde(default)]
    pub reading: Reading,
    /// What the app showed when it was saved last; `None` where nothing was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What an analysis gave when it was saved last; `None` before the first time.
    #[serde(default)]
    pub basis: Option<Basis>,
    /// Everything that people did to it, oldest first. Only ever appended to.
    #[serde(default)]
    pub history: Vec<Entry>,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Default for IncidentFile {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            title: String::new(),
            reading: Reading::default(),
            view: None,
            basis: None,
            history: Vec::new(),
            rest: Rest::new(),
        }
    }
}

/// What is read, and how: enough to read it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Files, folders and globs relative to the file's folder or absolute, `docker:NAME` and the
    /// like as they were named.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Flags of the command line without their dashes, each with its values as written: `bucket`
    /// = `10s`. The range is `since` and `until`, RFC 3339.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A milestone is claimed: it stands beside all other claims.
    Mark,
    /// Words with an instant.
    Note,
    /// A milestone of the incident is overridden, or the instant of an own mark corrected.
    Amend,
    /// A mark, an override or a claim of a record no longer counts.
    Retract,
    /// A former entry is as if it were not there.
    Undo,
    /// An analysis was saved: sources, options and computed values are new.
    Save,
    /// What a newer writer knows.
    #[serde(untagged)]
    Other(String),
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Ten hex digits, of the entry's own content; no two entries have the same.
    #[serde(default)]
    pub id: String,
    /// Who did it.
    #[serde(default)]
    pub who: String,
    /// When it was done, ns UTC; RFC 3339 in the file.
    #[serde(rename = "when", with = "time")]
    pub when_ns: i64,
    /// What was done.
    pub action: Action,
    /// The milestone's name: `restored`. Absent for notes, undone entries and saved analyses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The line of a log that it was put on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LogPlace>,
    /// What it is about: the id of a former entry, or `PATH:LINE` of a record's claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The value before: what stood in this file, else what was computed.
    #[serde(default)]
    pub before: Option<Stated>,
    /// The value after; `None` where none is left.
    #[serde(default)]
    pub after: Option<Stated>,
    /// The mark's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What the mark rests on: a call, a dashboard, an address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Why it was amended, retracted or undone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// How an attempt to mitigate ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Up to which share of the service it recovered, in `[0, 1]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Entry {
    /// An entry without words, values or id.
    pub fn new(action: Action, who: &str, when_ns: i64) -> Self {
        Self {
            id: String::new(),
            who: who.to_owned(),
            when_ns,
            action,
            kind: None,
            line: None,
            of: None,
            before: None,
            after: None,
            note: String::new(),
            source: String::new(),
            why: String::new(),
            outcome: None,
            fraction: None,
            rest: Rest::new(),
        }
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogPlace {
    /// The source, as it was named when it was read.
    pub path: String,
    /// Line number, from 1.
    pub line: u64,
    /// Byte offset of its first byte.
    #[serde(default)]
    pub offset: u64,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

/// An instant as somebody stated it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The best instant, ns UTC.
    #[serde(rename = "at", with = "time")]
    pub at_ns: i64,
    /// Not before this.
    #[serde(rename = "lo", with = "time")]
    pub lo_ns: i64,
    /// Not after this.
    #[serde(rename = "hi", with = "time")]
    pub hi_ns: i64,
    /// Set where one side is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub censor: Option<Censor>,
    /// Who says so: `log`, `status_page`, `human`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// As it was typed: `15:40`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub literal: String,
    /// The zone in which it was typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Stated {
    /// The instant, by that source.
    pub fn of(when: &When, source: &str) -> Self {
        Self {
            at_ns: when.at_ns,
            lo_ns: when.lo_ns,
            hi_ns: when.hi_ns,
            censor: when.censor,
            source: source.to_owned(),
            literal: String::new(),
            zone: String::new(),
            rest: Rest::new(),
        }
    }

    /// The instant. Bounds in the wrong order are turned.
    pub fn when(&self) -> When {
        When {
            censor: self.censor,
            ..When::between(self.lo_ns, self.at_ns, self.hi_ns)
        }
    }

    /// `2024-02-03T15:40:00Z`.
    pub fn words(&self) -> String {
        rfc3339(self.at_ns)
    }
}

/// Whether the first bytes of a file are those of an incident file, of whatever version.
pub fn is_of(head: &str) -> bool {
    let opening: String = head
        .chars()
        .take(400)
        .filter(|c| !c.is_whitespace())
        .collect();
    opening.starts_with('{') && opening.contains("\"schema\":\"rfo.incident/")
}

/// Why a text is no incident file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Unreadable {
    #[error("it is not an incident file of rfo (its schema is {0:?})")]
    Foreign(String),
    #[error("it was written by a newer rfo (its schema is {0:?}, this rfo knows {SCHEMA:?})")]
    Newer(String),
    #[error("it is damaged at line {line}: {why}")]
    Damaged { line: usize, why: String },
}

/// Reads the text of an incident file.
///
/// # Errors
/// If it is no such file, one of a version that is not known, or damaged.
pub fn parse(text: &str) -> Result<IncidentFile, Unreadable> {
    let damaged = |error: serde_json::Error| Unreadable::Damaged {
        line: error.line(),
        why: crate::text::printable(&error.to_string()),
    };
    let value: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(damaged)?;
    let schema = value.get("schema").and_then(Value::as_str).unwrap_or("");
    match schema {
        SCHEMA => serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(damaged),
        other if other.starts_with("rfo.incident/") => {
            Err(Unreadable::Newer(crate::text::printable(other)))
        }
        other => Err(Unreadable::Foreign(crate::text::printable(other))),
    }
}

/// The text of an incident file: two blanks per level, keys in a fixed order, ending in a line end.
pub fn text(file: &IncidentFile) -> String {
    let mut text = serde_json::to_string_pretty(file).expect("its maps have text keys only");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_newer_writer_added_is_kept_on_every_level() {
        let written = r#"{"schema":"rfo.incident/1","colour":"red",
            "reading":{"sources":["a.log"],"options":{"bucket":["10s"]},"depth":3},
            "basis":{"saved_at":"2024-02-03T10:00:00Z","incidents":[{"id":"i1","mood":"bad"}],"x":1},
            "history":[{"id":"00000000aa","who":"ana","when":"2024-02-03T10:00:00.5Z","action":"sing",
              "after":{"at":"2024-02-03T09:00:00Z","lo":"2024-02-03T09:00:00Z","hi":"2024-02-03T09:00:59Z","sun":true},
              "tune":[1,2]}]}"#;
        let file = parse(written).expect("it is one");
        let again: Value = serde_json::from_str(&text(&file)).expect("JSON");
        for (at, expected) in [
            ("/colour", serde_json::json!("red")),
            ("/reading/depth", serde_json::json!(3)),
            ("/reading/options/bucket/0", serde_json::json!("10s")),
            ("/basis/x", serde_json::json!(1)),
            ("/basis/incidents/0/mood", serde_json::json!("bad")),
            ("/history/0/action", serde_json::json!("sing")),
            ("/history/0/tune", serde_json::json!([1, 2])),
            ("/history/0/after/sun", serde_json::json!(true)),
        ] {
            assert_eq!(again.pointer(at), Some(&expected), "{at}");
        }
        assert_eq!(parse(&text(&file)), Ok(file));
    }

    #[test]
    fn what_is_no_incident_file_says_why() {
        let why = |text: &str| parse(text).expect_err("refused").to_string();
        assert!(why("{\"schema\":\"rfo.report/1\"}").contains("not an incident file"));
        assert!(why("{\"schema\":\"rfo.incident/2\"}").contains("newer rfo"));
        assert!(why("{\"schema\":\"rfo.incident/1\",\n\"history\":[").contains("line 2"));
        assert!(why("{\"schema\":\"rfo.incident/1\",\"history\":7}").contains("damaged"));
        assert!(why("[]").contains("not an incident file"));
    }

    #[test]
    fn the_first_bytes_tell_an_incident_file() {
        assert!(is_of(&text(&IncidentFile::default())));
        assert!(!is_of("{\"schema\": \"rfo.report/1\"}") && !is_of("rfo.incident/1"));
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String) {
            let _ = parse(&text);
            let _ = parse(&format!("{{\"schema\":\"rfo.incident/1\",\"history\":[{{{text}}}]}}"));
        }
    }
}
