//! What the readers of JSON exports share: elements with their places, and claims told apart by
//! incident.
//!
//! In: the text of an export. Out: a record that grows. Does not know any product's fields.

use std::collections::VecDeque;

use serde_json::Value;

use super::elements::{Element, documents, listed};
use super::fields::epoch;
use super::instant::read_instant;
use super::milestone::{ClaimSource, Milestone, MilestoneKind};
use super::phrases::Phrase;
use super::places::Places;
use super::{Context, Defect, Note, Record, RecordKind, Told, line_number};
use crate::clock::When;
use crate::events::Evidence;
use crate::text::printable;

/// What several products write for "never".
const NEVER: &str = "0001-01-01";

/// Broken elements after which the rest is looked through again: each may be as long as all.
const MENDS_MAX: usize = 100;

/// An export that is being read.
pub(super) struct Export<'a> {
    pub record: Record,
    pub context: &'a Context,
    text: &'a str,
    places: Places<'a>,
    /// Elements still to be read.
    left: VecDeque<Element<'a>>,
    /// How often what a broken element swallowed is still looked for.
    mends: usize,
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
        Self {
            kind,
            when,
            confidence: 1.0,
            note: note.into(),
        }
    }

    pub(super) fn sure(self, confidence: f64) -> Self {
        Self { confidence, ..self }
    }
}

impl<'a> Export<'a> {
    pub(super) fn new(path: &str, kind: RecordKind, text: &'a str, context: &'a Context) -> Self {
        let record = Record::new(path, kind, context.zone);
        let (places, left, mends) = (Places::of(text), VecDeque::new(), MENDS_MAX);
        Self {
            record,
            context,
            text,
            places,
            left,
            mends,
        }
    }

    /// Takes up the elements that the export lists, itself or under one of these names. Where the
    /// text is cut off, that is a defect.
    pub(super) fn list(&mut self, names: &[&str]) {
        let documents = documents(self.text);
        if let Some(cut) = documents
            .iter()
            .find(|one| !one.closed && !is_line(one, &documents))
        {
            let line = line_number(&self.place(cut.start));
            self.defect(
                line,
                "",
                "not JSON: it is cut off or broken",
                "what is whole of it",
            );
        }
        self.left = listed(&documents, names).into();
    }

    /// The next element that is a JSON object. One that is none is a defect, and what it swallowed
    /// is read all the same.
    pub(super) fn next(&mut self) -> Option<Item<'a>> {
        loop {
            let element = self.left.pop_front()?;
            let evidence = self.place(element.start);
            let what = match serde_json::from_str::<Value>(element.text) {
                Ok(value) if value.is_object() => {
                    return Some(Item {
                        value,
                        element,
                        evidence,
                    });
                }
                Err(error) => format!("not JSON: {}", without_place(&error)),
                Ok(_) => "not an object".to_owned(),
            };
            let literal: String = element.text.chars().take(40).collect();
            self.defect(line_number(&evidence), &literal, &what, "");
            if self.mends > 0 {
                self.mends -= 1;
                let swallowed = element.after(self.text);
                if !swallowed.is_empty() {
                    self.left = swallowed.into();
                }
            }
        }
    }

    /// The line of a byte.
    pub(super) fn place(&mut self, byte: usize) -> Evidence {
        self.places.evidence(byte, &self.record.path)
    }

    /// The places of an item's list, one for each of its elements.
    pub(super) fn places_of(&mut self, item: &Item<'_>, list: &str) -> Vec<Evidence> {
        let items = item
            .element
            .member(list)
            .map(|list| list.items())
            .unwrap_or_default();
        items.iter().map(|one| self.place(one.start)).collect()
    }

    /// The instant that a field says: RFC 3339, or epoch seconds or milliseconds. Absent, null
    /// and "never" are none; what cannot be read is a defect.
    pub(super) fn when(&mut self, field: &Value, evidence: &Evidence) -> Option<When> {
        let (read, literal) = match field {
            Value::String(text) if text.trim().is_empty() || text.starts_with(NEVER) => {
                return None;
            }
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

    /// What a tool calls resolved closes the incident, unless it says of itself when it was
    /// closed. Service was back between the last thing known before it and then: that is claimed
    /// too, unless recovery is stated by itself.
    pub(super) fn resolved(
        &mut self,
        told: &mut Told,
        source: ClaimSource,
        (when, evidence): (When, &Evidence),
        closed: Option<(When, Evidence)>,
    ) {
        if !self.says(told, MilestoneKind::Restored) {
            let before = told
                .claims
                .iter()
                .map(|&i| self.record.milestones[i].when.at_ns);
            let last = before.filter(|at_ns| *at_ns <= when.at_ns).max();
            let back = When::between(last.unwrap_or(when.at_ns), when.at_ns, when.hi_ns);
            let said = Said::new(MilestoneKind::Restored, back, "at the latest when resolved");
            self.claim(told, source, said.sure(0.5), evidence);
        }
        match closed {
            Some(closed) => self.closed(told, source, closed),
            None => {
                let said = Said::new(MilestoneKind::Closed, when, "resolved");
                self.claim(told, source, said, evidence);
            }
        }
    }

    pub(super) fn closed(
        &mut self,
        told: &mut Told,
        source: ClaimSource,
        closed: (When, Evidence),
    ) {
        let said = Said::new(MilestoneKind::Closed, closed.0, "closed");
        self.claim(told, source, said, &closed.1);
    }

    /// That an incident was declared shows that people knew, if nothing else does.
    pub(super) fn declared(
        &mut self,
        told: &mut Told,
        source: ClaimSource,
        created: Option<When>,
        evidence: &Evidence,
    ) {
        if let (Some(when), false) = (created, self.says(told, MilestoneKind::Detected)) {
            let said = Said::new(MilestoneKind::Detected, when, "declared").sure(0.8);
            self.claim(told, source, said, evidence);
        }
    }

    /// Whether an incident has a claim of this kind.
    pub(super) fn says(&self, told: &Told, kind: MilestoneKind) -> bool {
        told.claims
            .iter()
            .any(|&i| self.record.milestones[i].kind == kind)
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

/// Whether a document that is not closed is one of many lines: then it costs itself only.
fn is_line(one: &Element, documents: &[Element]) -> bool {
    documents.len() > 1 && !one.text.contains('\n')
}

fn without_place(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned()
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
        check(
            &json!("2021-05-04T10:00:00+02:00"),
            Some("2021-05-04T08:00:00Z"),
            0,
        );
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
        fn any_text_as_a_time_is_safe(text: String) {
            let context = Context::default();
            let mut export = Export::new("x", RecordKind::Grafana, "", &context);
            let place = export.place(0);
            let _ = export.when(&json!(text), &place);
        }
    }
}
