//! The OTLP engine: log records and spans of OpenTelemetry as its file exporter writes them, one
//! JSON object a line with batches of records of several resources.
//!
//! In: a batch of lines. Out: one event a record or span (`spans`); a line that holds none is
//! unparsed. What is said of a resource (`service.name`) is said of each of its records. Metrics
//! are not read.

mod spans;

use serde_json::Value;

use super::field::{Field, LevelScale};
use super::row::{Place, Row};
use super::stamp::{StampKind, StampReader};
use super::{Format, Parsed, parse};
use crate::lines::LineBatch;

/// Deepest nesting of an attribute that is followed.
const DEPTH_MAX: usize = 4;

/// Which attributes mean what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otlp {
    wanted: Vec<(Vec<u8>, Field)>,
}

/// An attribute's key and its value as text.
type Pair = (String, String);

impl Otlp {
    /// An engine from names of attributes, of records and of resources, to fields. Where two
    /// feed one field the first wins.
    pub fn new(wanted: Vec<(Vec<u8>, Field)>) -> Self {
        Self { wanted }
    }

    /// Parses a batch.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        for i in 0..batch.len() {
            let line = batch.line(i);
            if line.trim_ascii().is_empty() {
                parsed.headers += 1;
                continue;
            }
            let place = Place {
                line: i as u64,
                offset: batch.offset(i),
                length: u32::try_from(line.len()).unwrap_or(u32::MAX),
            };
            let value: Option<Value> = serde_json::from_slice(line).ok();
            let made = value.map_or(0, |value| self.line(format, &value, place, stamps, parsed));
            match made {
                0 => parsed.refuse(i as u64, line),
                made => parsed.extra += made - 1,
            }
        }
    }

    /// How many records of a line became events.
    fn line(
        &self,
        format: &Format,
        value: &Value,
        place: Place,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) -> u64 {
        let mut made = 0;
        for resource in list(value, "resourceLogs") {
            let mut shared = Vec::new();
            attributes(&resource["resource"]["attributes"], "", 0, &mut shared);
            let scopes = list(resource, "scopeLogs")
                .iter()
                .chain(list(resource, "instrumentationLibraryLogs"));
            for record in scopes.flat_map(|scope| list(scope, "logRecords")) {
                let mut pairs = shared.clone();
                attributes(&record["attributes"], "", 0, &mut pairs);
                made += u64::from(self.record(format, record, &pairs, place, stamps, parsed));
            }
        }
        for resource in list(value, "resourceSpans") {
            let mut shared = Vec::new();
            attributes(&resource["resource"]["attributes"], "", 0, &mut shared);
            let scopes = list(resource, "scopeSpans")
                .iter()
                .chain(list(resource, "instrumentationLibrarySpans"));
            for span in scopes.flat_map(|scope| list(scope, "spans")) {
                let mut pairs = shared.clone();
                attributes(&span["attributes"], "", 0, &mut pairs);
                made += u64::from(self.span(format, span, &pairs, place, stamps, parsed));
            }
        }
        made
    }

    /// Sets what the attributes say.
    fn set_attributes<'a>(&self, pairs: &'a [Pair], row: &mut Row<'a>, stamps: &mut StampReader) {
        for (name, field) in self.wanted.iter().rev() {
            let is_it = |pair: &&Pair| pair.0.as_bytes() == name.as_slice();
            if let Some((_, value)) = pairs.iter().rev().find(is_it) {
                row.set(*field, value.as_bytes(), stamps);
            }
        }
    }

    fn record(
        &self,
        format: &Format,
        record: &Value,
        pairs: &[Pair],
        place: Place,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) -> bool {
        // A record without a time of its own has that of its collection.
        let instant = |key: &str| scalar(&record[key]).filter(|text| text != "0");
        let time = instant("timeUnixNano").or_else(|| instant("observedTimeUnixNano"));
        let number = scalar(&record["severityNumber"]);
        let word = scalar(&record["severityText"]);
        let mut body = Vec::new();
        any_value(&record["body"], "", 0, &mut body);
        let text: Vec<&str> = body.iter().map(|(_, text)| text.as_str()).collect();
        let text = text.join(" ");
        let mut row = Row::new();
        self.set_attributes(pairs, &mut row, stamps);
        row.set(Field::Message, text.as_bytes(), stamps);
        if let Some(word) = &word {
            row.set(Field::Level(LevelScale::Words), word.as_bytes(), stamps);
        }
        if let Some(number) = &number {
            let number = number.trim_start_matches("SEVERITY_NUMBER_");
            row.set(Field::Level(LevelScale::Words), number.as_bytes(), stamps);
            row.set(
                Field::Level(LevelScale::Telemetry),
                number.as_bytes(),
                stamps,
            );
        }
        if let Some(time) = &time {
            row.set(Field::Time(StampKind::Epoch), time.as_bytes(), stamps);
        }
        let _ = parse::messages(format, &mut row, stamps);
        row.commit(place, format.side, parsed)
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// A text, number or truth value as text; 64-bit numbers are written as texts.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// `[{"key":"a","value":{"stringValue":"x"}}]` as pairs; keys of inner lists are joined by dots.
fn attributes(value: &Value, above: &str, depth: usize, pairs: &mut Vec<Pair>) {
    for one in value.as_array().map_or(&[][..], Vec::as_slice) {
        let key = one["key"].as_str().unwrap_or_default();
        let path = match above {
            "" => key.to_owned(),
            above => format!("{above}.{key}"),
        };
        any_value(&one["value"], &path, depth, pairs);
    }
}

fn any_value(value: &Value, path: &str, depth: usize, pairs: &mut Vec<Pair>) {
    let Some((kind, value)) = value.as_object().and_then(|map| map.iter().next()) else {
        return;
    };
    match kind.as_str() {
        "kvlistValue" if depth < DEPTH_MAX => {
            attributes(&value["values"], path, depth + 1, pairs);
        }
        _ => pairs.extend(scalar(value).map(|text| (path.to_owned(), text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::parse::parse_text;
    use proptest::prelude::*;

    fn format() -> &'static Format {
        crate::formats::builtin()
            .find(|format| format.name == "otlp")
            .expect("a definition")
    }

    #[test]
    fn one_line_gives_an_event_for_each_of_its_records() {
        let record =
            |time: &str| format!(r#"{{"timeUnixNano":"{time}","body":{{"stringValue":"x"}}}}"#);
        let line = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{},{}]}}]}},{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#,
            record("1437575710000000000"),
            record("1437575711000000000"),
            record("1437575712000000000"),
        );
        let parsed = parse_text(format(), Zone::UTC, line.as_bytes());
        assert_eq!(
            (parsed.chunk.len(), parsed.extra, parsed.unparsed),
            (3, 2, 0)
        );
    }

    #[test]
    fn a_line_without_records_is_unparsed() {
        for line in [
            "{}",
            "[]",
            "{",
            r#"{"resourceLogs":[]}"#,
            r#"{"resourceSpans":[{}]}"#,
        ] {
            let parsed = parse_text(format(), Zone::UTC, line.as_bytes());
            assert_eq!((parsed.chunk.len(), parsed.unparsed), (0, 1), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_safe(line in r#"(\{|\}|\[|\]|"resourceLogs":|"scopeLogs":|"logRecords":|"body":|"timeUnixNano":|"1437575710000000000"|1e99|null|,){0,40}"#) {
            let _ = parse_text(format(), Zone::UTC, line.as_bytes());
        }
    }
}
