//! What the readers of JSON exports share: elements with their places, fields that may be missing,
//! null or numbers in quotes, and claims told apart by incident.
//!
//! In: the text of an export. Out: a record that grows. Does not know any product's fields.

use serde_json::Value;

use super::elements::{Element, listed};
use super::instant::read_instant;
use super::milestone::{ClaimSource, Milestone, MilestoneKind};
use super::phrases::Phrase;
use super::{Context, Defect, Note, Record, RecordKind, Told, line_number};
use crate::clock::{NS_PER_S, When};
use crate::events::Evidence;
use crate::text::printable;

/// What several products write for "never".
const NEVER: &str = "0001-01-01";
/// Epoch numbers from this on are milliseconds; less are seconds. As seconds it is the year 5138.
const MILLISECONDS_MIN: f64 = 1e11;

/// An export that is being read.
pub(super) struct Export<'a> {
    pub record: Record,
    pub context: &'a Context,
    text: &'a str,
    places: Places<'a>,
}

/// One element of an export.
pub(super) struct Item<'a> {
    pub value: Value,
    pub element: Element<'a>,
    pub evidence: Evidence,
}

/// A claim before it has its evidence.
pub(super) struct Said {
    pub kind: MilestoneKind,
    pub when: When,
    pub confidence: f64,
    pub note: String,
}

impl Said {
    /// As sure as its words.
    pub(super) fn new(kind: MilestoneKind, when: When, note: impl Into<String>) -> Self {
        Self { kind, when, confidence: 1.0, note: note.into() }
    }

    pub(super) fn sure(self, confidence: f64) -> Self {
        Self { confidence, ..self }
    }
}

impl<'a> Export<'a> {
    pub(super) fn new(path: &str, kind: RecordKind, text: &'a str, context: &'a Context) -> Self {
        let record = Record::new(path, kind, context.zone);
        Self { record, context, text, places: Places::of(text) }
    }

    /// The elements that the export lists, itself or under one of these names. One that is not
    /// closed is a defect, for what follows it is lost.
    pub(super) fn elements(&mut self, names: &[&str]) -> Vec<Element<'a>> {
        let cut = super::elements::documents(self.text).into_iter().find(|one| !one.closed);
        if let Some(cut) = cut {
            let line = line_number(&self.place(cut.start));
            self.defect(line, "", "not JSON: it is cut off", "what is whole of it");
        }
        listed(self.text, names)
    }

    /// The element as a value; one that is no JSON object is a defect.
    pub(super) fn item(&mut self, element: Element<'a>) -> Option<Item<'a>> {
        let evidence = self.place(element.start);
        match serde_json::from_str::<Value>(element.text) {
            Ok(value) if value.is_object() => Some(Item { value, element, evidence }),
            read => {
                let what = match read {
                    Err(error) => format!("not JSON: {}", without_place(&error)),
                    Ok(_) => "not an object".to_owned(),
                };
                let literal: String = element.text.chars().take(40).collect();
                self.defect(line_number(&evidence), &literal, &what, "");
                None
            }
        }
    }

    /// The line of a byte.
    pub(super) fn place(&mut self, byte: usize) -> Evidence {
        self.places.evidence(byte, &self.record.path)
    }

    /// The places of an item's list, one for each of its elements.
    pub(super) fn places_of(&mut self, item: &Item<'_>, list: &str) -> Vec<Evidence> {
        let items = item.element.member(list).map(|list| list.items()).unwrap_or_default();
        items.iter().map(|one| self.place(one.start)).collect()
    }

    /// The instant that a field says: RFC 3339, or epoch seconds or milliseconds. Absent, null
    /// and "never" are none; what cannot be read is a defect.
    pub(super) fn when(&mut self, field: &Value, evidence: &Evidence) -> Option<When> {
        let (read, literal) = match field {
            Value::String(text) if text.trim().is_empty() || text.starts_with(NEVER) => return None,
            Value::String(text) => match text.parse::<f64>() {
                Ok(number) => (epoch(number).ok_or("not a time".to_owned()), text.clone()),
                Err(_) => {
                    let read = read_instant(text, self.context.zone);
                    (read.map_err(|why| why.to_string()), text.clone())
                }
            },
            Value::Number(number) => {
                let read = number.as_f64().and_then(epoch);
                (read.ok_or("not a time".to_owned()), number.to_string())
            }
            _ => return None,
        };
        match read {
            Ok(when) => Some(when),
            Err(what) => {
                self.defect(line_number(evidence), &literal, &what, "");
                None
            }
        }
    }

    /// Adds a claim to an incident.
    pub(super) fn claim(
        &mut self,
        told: &mut Told,
        source: ClaimSource,
        said: Said,
        evidence: &Evidence,
    ) {
        told.claims.push(self.record.milestones.len());
        self.claim_alone(source, said, evidence);
    }

    /// Adds a claim that belongs to no incident of the export's.
    pub(super) fn claim_alone(&mut self, source: ClaimSource, said: Said, evidence: &Evidence) {
        let evidence = vec![evidence.clone()];
        let mut milestone = Milestone::new(said.kind, said.when, source, evidence);
        milestone.confidence = said.confidence;
        milestone.note = printable(said.note.trim());
        self.record.milestones.push(milestone);
    }

    /// The last claim gets what its phrase says of outcome and share.
    pub(super) fn as_phrased(&mut self, phrase: &Phrase) {
        if let Some(last) = self.record.milestones.last_mut() {
            (last.outcome, last.fraction) = (phrase.outcome, phrase.fraction);
        }
    }

    /// What a tool calls resolved closes the incident. Service was back between the last thing
    /// known before it and then: that is claimed too, unless recovery is stated by itself.
    pub(super) fn resolved(
        &mut self,
        told: &mut Told,
        source: ClaimSource,
        (when, closed): (When, Option<When>),
        evidence: &Evidence,
    ) {
        let own = |kind| told.claims.iter().any(|&i| self.record.milestones[i].kind == kind);
        if !own(MilestoneKind::Restored) {
            let before = told.claims.iter().map(|&i| self.record.milestones[i].when.at_ns);
            let last = before.filter(|at_ns| *at_ns <= when.at_ns).max();
            let back = When::between(last.unwrap_or(when.at_ns), when.at_ns, when.hi_ns);
            let said = Said::new(MilestoneKind::Restored, back, "at the latest when resolved");
            self.claim(told, source, said.sure(0.5), evidence);
        }
        let note = if closed.is_some() { "closed" } else { "resolved" };
        let said = Said::new(MilestoneKind::Closed, closed.unwrap_or(when), note);
        self.claim(told, source, said, evidence);
    }

    pub(super) fn note(&mut self, when: Option<When>, evidence: &Evidence, text: &str) {
        let (line, text) = (line_number(evidence), printable(text.trim()));
        self.record.notes.push(Note { when, line, text });
    }

    pub(super) fn defect(&mut self, line: u64, literal: &str, what: &str, reading: &str) {
        self.record.defects.push(Defect {
            line,
            literal: printable(literal),
            what: printable(what),
            reading: reading.to_owned(),
        });
    }

    /// Ends the incident; one without any claim is not told.
    pub(super) fn tell(&mut self, told: Told) {
        if !told.claims.is_empty() {
            self.record.incidents.push(told);
        }
    }

    /// The record, named after its only incident if there is one.
    pub(super) fn finish(mut self) -> Record {
        if let [only] = &self.record.incidents[..]
            && self.record.title == printable(&self.record.path)
            && !only.title.is_empty()
        {
            self.record.title = only.title.clone();
        }
        self.record
    }
}

fn without_place(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Epoch seconds or milliseconds, by size. `None` for what is no time: NaN, negative, or beyond
/// the year 2262.
fn epoch(number: f64) -> Option<When> {
    let (ns_per_unit, limit) = match number >= MILLISECONDS_MIN {
        true => (NS_PER_S / 1000, 9.2e12),
        false => (NS_PER_S, 9.2e9),
    };
    let whole = (0.0..limit).contains(&number).then_some(number as i64)?;
    Some(When::stamped(whole * ns_per_unit, ns_per_unit))
}

/// The field at a dotted path: `service.summary`. Null where there is none.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    static NULL: Value = Value::Null;
    path.split('.').fold(value, |value, name| value.get(name).unwrap_or(&NULL))
}

/// The text of a field; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    at(value, path).as_str().unwrap_or_default()
}

/// The text or number at the first of these paths that has one; printable.
pub(super) fn word(value: &Value, paths: &[&str]) -> String {
    let read = |path: &&str| match at(value, path) {
        Value::String(text) if !text.trim().is_empty() => Some(printable(text.trim())),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    paths.iter().find_map(read).unwrap_or_default()
}

/// The elements of a list; none of anything else.
pub(super) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

/// Lines of a text, counted once for bytes asked in rising order.
struct Places<'a> {
    text: &'a str,
    /// Line breaks before this byte are counted.
    counted: usize,
    line: u64,
    start: usize,
}

impl<'a> Places<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, counted: 0, line: 1, start: 0 }
    }

    fn evidence(&mut self, byte: usize, path: &str) -> Evidence {
        let byte = byte.min(self.text.len());
        if byte < self.counted {
            *self = Self::of(self.text);
        }
        let between = &self.text.as_bytes()[self.counted..byte];
        self.line += memchr::memchr_iter(b'\n', between).count() as u64;
        if let Some(end) = memchr::memrchr(b'\n', between) {
            self.start = self.counted + end + 1;
        }
        self.counted = byte;
        Evidence::Line { path: path.to_owned(), line: self.line, offset: self.start as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(field: &Value, expected: Option<&str>, defects: usize) {
        let context = Context::default();
        let mut export = Export::new("x", RecordKind::Grafana, "", &context);
        let place = export.place(0);
        let when = export.when(field, &place).map(|when| rfc3339(when.at_ns));
        let found = (when.as_deref(), export.record.defects.len());
        assert_eq!(found, (expected, defects), "{field}");
    }

    #[test]
    fn instants_are_texts_or_epoch_numbers_and_null_is_none() {
        check(&json!("2021-05-04T10:00:00+02:00"), Some("2021-05-04T08:00:00Z"), 0);
        check(&json!(1_620_115_200), Some("2021-05-04T08:00:00Z"), 0);
        check(&json!("1620115200000"), Some("2021-05-04T08:00:00Z"), 0);
        check(&json!(null), None, 0);
        check(&json!(""), None, 0);
        check(&json!("0001-01-01T00:00:00Z"), None, 0);
        check(&json!("soon"), None, 1);
        check(&json!(-3), None, 1);
        check(&json!(1e300), None, 1);
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_plain_count(text in "[ab\n]{0,40}", asked in prop::collection::vec(0usize..50, 0..9)) {
            let mut places = Places::of(&text);
            for byte in asked {
                prop_assert_eq!(places.evidence(byte, "x"), super::super::place(&text, byte, "x"));
            }
        }

        #[test]
        fn any_number_is_safe(number: f64, text: String) {
            let _ = epoch(number);
            check_safe(&json!(text));
        }
    }

    fn check_safe(field: &Value) {
        let context = Context::default();
        let mut export = Export::new("x", RecordKind::Grafana, "", &context);
        let place = export.place(0);
        let _ = export.when(field, &place);
    }
}
