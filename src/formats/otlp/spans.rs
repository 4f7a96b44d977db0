//! Spans: a piece of work with its start and end.
//!
//! In: a span with the attributes that hold of it. Out: an event from its start with its duration.
//! What a server or consumer did, and what began a trace without saying what it is, is a request;
//! what a request did within (calls, statements, steps) is a message of its program and counts
//! as no request of its own.

use serde_json::Value;

use super::{Otlp, Pair, scalar};
use crate::events::{Number, Text, level};
use crate::formats::field::{Field, Unit};
use crate::formats::row::{Place, Row};
use crate::formats::stamp::{StampKind, StampReader};
use crate::formats::{Format, Parsed, SourceKind};

impl Otlp {
    /// Makes a span an event. False if it has no readable start.
    pub(super) fn span(
        &self,
        format: &Format,
        span: &Value,
        pairs: &[Pair],
        place: Place,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) -> bool {
        let text = |key: &str| scalar(&span[key]).unwrap_or_default();
        let (start, name) = (text("startTimeUnixNano"), text("name"));
        let took_ns = took_ns(&start, &text("endTimeUnixNano")).unwrap_or_default();
        let said = scalar(&span["status"]["message"]).unwrap_or_default();
        let is_request = is_request(span);
        let mut row = Row::new();
        self.set_attributes(pairs, &mut row, stamps);
        row.set(Field::Latency(Unit::Nanos), took_ns.as_bytes(), stamps);
        row.set(Field::Message, said.as_bytes(), stamps);
        if is_error(&span["status"]["code"]) {
            row.raise_level(level::ERROR);
            // A failure that has no number of HTTP's: as where no answer was sent.
            if is_request && !row.has_number(Number::Status) {
                row.set(Field::Number(Number::Status), b"0", stamps);
            }
        }
        if is_request && row.text_bytes(Text::Endpoint).is_empty() {
            row.set_text(Text::Endpoint, name.as_bytes());
        }
        if !is_request && said.is_empty() {
            row.set(Field::Message, name.as_bytes(), stamps);
        }
        row.set(Field::Time(StampKind::Epoch), start.as_bytes(), stamps);
        let at = parsed.chunk.len();
        let made = row.commit(place, format.side, parsed);
        if made && !is_request && format.kind != SourceKind::App {
            parsed.foreign.push((at, SourceKind::App));
        }
        made
    }
}

/// The time between, as digits; `None` where the end is absent or before the start.
fn took_ns(start: &str, end: &str) -> Option<String> {
    let (start, end) = (start.parse::<u64>().ok()?, end.parse::<u64>().ok()?);
    Some(end.checked_sub(start)?.to_string())
}

/// Kinds are numbers or, as protobuf's JSON has them, names: 2 is a server's, 5 a consumer's.
fn is_request(span: &Value) -> bool {
    let kind = scalar(&span["kind"]).unwrap_or_default();
    match kind.trim_start_matches("SPAN_KIND_") {
        "2" | "SERVER" | "5" | "CONSUMER" => true,
        "" | "0" | "UNSPECIFIED" => scalar(&span["parentSpanId"]).unwrap_or_default().is_empty(),
        _ => false,
    }
}

fn is_error(code: &Value) -> bool {
    matches!(scalar(code).as_deref(), Some("2" | "STATUS_CODE_ERROR"))
}

#[cfg(test)]
mod tests {
    use crate::clock::Zone;
    use crate::events::Number;
    use crate::formats::parse::parse_text;
    use crate::formats::{Parsed, SourceKind, builtin};

    fn read(spans: &str) -> Parsed {
        let format = builtin().find(|format| format.name == "otlp-spans");
        let line = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
        parse_text(format.expect("a definition"), Zone::UTC, line.as_bytes())
    }

    fn span(rest: &str) -> String {
        format!(r#"{{"name":"a","startTimeUnixNano":"1437575710000000000"{rest}}}"#)
    }

    #[test]
    fn what_a_request_does_within_is_no_request() {
        let spans = [
            span(r#","kind":2"#),
            span(r#","kind":"SPAN_KIND_CLIENT","parentSpanId":"x""#),
            span(r#","parentSpanId":"""#),
            span(r#","kind":0,"parentSpanId":"x""#),
        ];
        let parsed = read(&spans.join(","));
        assert_eq!((parsed.chunk.len(), parsed.extra), (4, 3));
        assert_eq!(parsed.foreign, [(1, SourceKind::App), (3, SourceKind::App)]);
    }

    #[test]
    fn an_end_before_the_start_is_no_duration() {
        let parsed = read(&span(r#","endTimeUnixNano":"1437575709000000000""#));
        assert_eq!(parsed.chunk.number_at(Number::LatencyUs, 0), None);
        let parsed = read(&span(r#","endTimeUnixNano":1437575710250000000"#));
        assert_eq!(parsed.chunk.number_at(Number::LatencyUs, 0), Some(250_000));
    }
}
