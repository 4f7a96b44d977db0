//! The report as JSON: `rfo.report/1`.
//!
//! In: a `Snapshot`. Out: one JSON object, two blanks per level, keys in a fixed order. Instants
//! are RFC 3339 UTC; what is not known is null, never 0 and never NaN; foreign text has lost its
//! control characters.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::by_hand;
use super::words::zone_words;
use crate::analysis::lint::lint;
use crate::analysis::{BlindSpot, ClockProposal, Concluded, Input, InputPart, Selection, Snapshot};
use crate::anomalies::{Anomaly, Tested};
use crate::clock::NS_PER_S;
use crate::clock::words::rfc3339;
use crate::incidents::Cause;
use crate::incidents::build::exhaustion_gap_ns;
use crate::incidents::state::recovery;
use crate::records::{Milestone, Reading, Record, Told};
use crate::series::Grid;
use crate::text::printable;

/// The name and version of this shape; a rename or removal makes a new one.
pub const SCHEMA: &str = "rfo.report/1";
/// Significant digits of a number that is not whole.
const DIGITS: usize = 6;

/// The whole report, ending in a line end.
pub fn json(snapshot: &Snapshot) -> String {
    with_selection(snapshot, None)
}

/// The same with `selection`: a range of the user's against the rest; the key is there only with
/// one.
pub fn with_selection(snapshot: &Snapshot, selection: Option<&Selection>) -> String {
    let mut report = value(snapshot);
    if let (Value::Object(report), Some(selection)) = (&mut report, selection) {
        report.insert("selection".to_owned(), tidy(selected(selection)));
    }
    let mut text = serde_json::to_string_pretty(&report).expect("a JSON value has text keys only");
    text.push('\n');
    text
}

fn selected(selection: &Selection) -> Value {
    json!({
        "from": rfc3339(selection.from_ns),
        "to": rfc3339(selection.to_ns),
        "sources": selection.sources,
    })
}

/// The report as a value, for checks and other reports.
pub fn value(snapshot: &Snapshot) -> Value {
    let conflicts: Vec<Value> = snapshot.incidents.iter().flat_map(conflicts).collect();
    let mut report = json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "title": snapshot.title,
        "finished": snapshot.progress.finished,
        "inputs": snapshot.inputs.iter().map(input).collect::<Vec<_>>(),
        "range": span(snapshot.range),
        "bucket_s": snapshot.grid.map(|grid| grid.width.as_s()),
        "slo": snapshot.slo,
        "window_gap_s": snapshot.window_gap_ns as f64 / NS_PER_S as f64,
        "group_gap_s": snapshot.group_gap_ns as f64 / NS_PER_S as f64,
        "exhaustion_gap_s": exhaustion_gap_ns(snapshot.group_gap_ns) as f64 / NS_PER_S as f64,
        "anomalies": snapshot.anomalies.iter().map(anomaly).collect::<Vec<_>>(),
        "tested": snapshot.tested.iter().map(tested).collect::<Vec<_>>(),
        "incidents": snapshot.incidents.iter().map(|one| {
            with_recovery(incident(one), one, snapshot.grid)
        }).collect::<Vec<_>>(),
        "conflicts": conflicts,
        "records": snapshot.records.iter().map(record).collect::<Vec<_>>(),
        "blind_spots": snapshot.blind_spots.iter().map(blind_spot).collect::<Vec<_>>(),
        "clock_proposals": snapshot.clock_proposals.iter().map(clock_proposal).collect::<Vec<_>>(),
    });
    if let (Value::Object(report), Some(filter)) = (&mut report, &snapshot.filter) {
        let filter = json!({
            "where": filter.text,
            "events": filter.events,
            "of": filter.of,
        });
        report.insert("filter".to_owned(), filter);
    }
    tidy(by_hand::with_files(report, snapshot))
}

fn input(input: &Input) -> Value {
    let mut value = json!({
        "path": input.path,
        "format": input.format,
        "confidence": input.confidence,
        "reason": input.reason,
        "lines": input.lines,
        "events": input.events,
        "joined": input.joined,
        "headers": input.headers,
        "unparsed": input.unparsed,
        "unparsed_samples": input.samples.iter().map(|sample| json!({
            "line": sample.line,
            "text": sample.text,
        })).collect::<Vec<_>>(),
        "bytes": input.bytes,
        "first": input.range.map(|range| rfc3339(range.0)),
        "last": input.range.map(|range| rfc3339(range.1)),
        "zone": input.zone,
        "error": input.error,
    });
    if let (false, Value::Object(fields)) = (input.parts.is_empty(), &mut value) {
        let part = |part: &InputPart| {
            json!({
                "path": part.path,
                "first_line": part.first_line,
                "lines": part.lines,
                "bytes": part.bytes,
            })
        };
        fields.insert("parts".to_owned(), input.parts.iter().map(part).collect());
    }
    value
}

fn anomaly(anomaly: &Anomaly) -> Value {
    json!({
        "id": anomaly.id,
        "signal": anomaly.signal,
        "family": anomaly.family,
        "direction": anomaly.direction,
        "start": anomaly.start,
        "end": anomaly.end,
        "flagged_at": rfc3339(anomaly.flagged_at_ns),
        "observed": anomaly.observed,
        "expected": anomaly.expected,
        "effect": anomaly.effect,
        "p_value": anomaly.p_value,
        "n": anomaly.n,
        "score": anomaly.score,
        "detector": anomaly.detector,
        "rule": anomaly.rule,
        "new_normal": anomaly.new_normal,
        "reaches_limit": anomaly.reaches_limit,
        "evidence": anomaly.evidence,
    })
}

fn tested(tested: &Tested) -> Value {
    json!({
        "signal": tested.signal,
        "n": tested.n,
        "observed": tested.observed,
        "expected": tested.expected,
        "worst_score": tested.worst_score,
    })
}

pub(super) fn incident(concluded: &Concluded) -> Value {
    let (incident, measured) = (&concluded.incident, &concluded.measured);
    let value = json!({
        "id": incident.id,
        "title": incident.title,
        "state": incident.state,
        "severity": incident.severity,
        "windows": incident.windows,
        "milestones": incident.milestones.iter().map(milestone).collect::<Vec<_>>(),
        "durations": measured.durations,
        "contributors": incident.contributors,
        "causes": incident.causes.iter().map(cause).collect::<Vec<_>>(),
        "explanation": incident.explanation,
        "onsets": incident.onsets,
        "checks": incident.checks,
        "impact": incident.impact,
        "detectable_at": incident.detectable_at_ns.map(rfc3339),
        "burn_alert_at": concluded.burn_alert_at_ns.map(rfc3339),
        "chosen": measured.chosen,
        "measured_windows": measured.windows,
        "window_durations": measured.of_windows,
        "recurrences": measured.recurrences,
        "gaps": measured.gaps,
        "premature": measured.premature.iter().map(|one| json!({
            "milestone": one.claim,
            "window": one.window,
            "reopened_after_s": one.reopened_after_ns as f64 / NS_PER_S as f64,
        })).collect::<Vec<_>>(),
        "window_sensitivity": measured.sensitivity.iter().map(|(gap_ns, windows)| json!({
            "gap_s": *gap_ns as f64 / NS_PER_S as f64,
            "windows": windows,
        })).collect::<Vec<_>>(),
        "notes": measured.notes,
    });
    by_hand::with_amended(value, concluded)
}

/// With `recovery` where one is under way: since when, and when it is confirmed.
fn with_recovery(mut value: Value, concluded: &Concluded, grid: Option<Grid>) -> Value {
    let under_way = grid.and_then(|grid| recovery(&concluded.incident, grid.width));
    if let (Some(under_way), Value::Object(incident)) = (under_way, &mut value) {
        let recovery = json!({
            "back_at": rfc3339(under_way.back_ns),
            "confirmed_at": rfc3339(under_way.confirmed_ns),
        });
        incident.insert("recovery".to_owned(), recovery);
    }
    value
}

/// A cause, whose `at` is one instant like that of a milestone.
fn cause(cause: &Cause) -> Value {
    json!({
        "kind": cause.kind,
        "at": rfc3339(cause.at.at_ns),
        "lo": rfc3339(cause.at.lo_ns),
        "hi": rfc3339(cause.at.hi_ns),
        "censor": cause.at.censor,
        "title": cause.title,
        "window": cause.window,
        "lead_s": cause.lead_s,
        "score": cause.score,
        "supported_by": cause.supported_by,
        "contradicted_by": cause.contradicted_by,
        "standing": if cause.is_contradicted() { "contradicted" } else { "candidate" },
        "evidence": cause.evidence,
    })
}

/// A milestone in the contract's order of keys.
fn milestone(milestone: &Milestone) -> Value {
    let when = &milestone.when;
    let value = json!({
        "kind": milestone.kind,
        "at": rfc3339(when.at_ns),
        "lo": rfc3339(when.lo_ns),
        "hi": rfc3339(when.hi_ns),
        "censor": when.censor,
        "source": milestone.source,
        "confidence": milestone.confidence,
        "outcome": milestone.outcome,
        "fraction": milestone.fraction,
        "note": milestone.note,
        "evidence": milestone.evidence(),
    });
    by_hand::with_hand(value, milestone)
}

fn conflicts(concluded: &Concluded) -> Vec<Value> {
    let of_incident = |conflict| {
        let mut object = Map::new();
        object.insert("incident".to_owned(), concluded.incident.id.clone().into());
        if let Value::Object(rest) = plain(conflict) {
            object.extend(rest);
        }
        Value::Object(object)
    };
    concluded
        .measured
        .conflicts
        .iter()
        .map(of_incident)
        .collect()
}

fn record(record: &Record) -> Value {
    json!({
        "path": record.path,
        "kind": record.kind,
        "title": record.title,
        "zone": record.zone.map(zone_words),
        "milestones": record.milestones.iter().map(milestone).collect::<Vec<_>>(),
        "changes": record.changes,
        "notes": record.notes,
        "defects": record.defects,
        "stated": super::lint::stated(&lint(record)),
        "readings": record.readings.iter().map(reading).collect::<Vec<_>>(),
        "incidents": record.incidents.iter().map(told).collect::<Vec<_>>(),
    })
}

fn reading(reading: &Reading) -> Value {
    json!({
        "line": reading.line,
        "literal": reading.literal,
        "taken": rfc3339(reading.taken_ns),
        "instead": rfc3339(reading.instead_ns),
        "why": reading.why,
    })
}

fn told(told: &Told) -> Value {
    json!({
        "id": told.id,
        "title": told.title,
        "service": told.service,
        "severity": told.severity,
        "noticed_by": told.noticed_by,
        "planned": told.planned,
        "milestones": told.claims,
    })
}

fn clock_proposal(one: &ClockProposal) -> Value {
    let seconds = |ns: i64| ns as f64 / NS_PER_S as f64;
    json!({
        "source": one.source,
        "reference": one.reference,
        "offset_s": seconds(one.offset_ns),
        "low_s": seconds(one.interval_ns.0),
        "high_s": seconds(one.interval_ns.1),
        "shared": one.shared,
        "by": one.by,
        "flag": one.flag(),
    })
}

fn blind_spot(spot: &BlindSpot) -> Value {
    json!({
        "source": spot.source,
        "kind": spot.kind,
        "what": spot.what,
        "range": span(spot.range),
    })
}

fn span(range: Option<(i64, i64)>) -> Value {
    range.map_or(
        Value::Null,
        |(from, to)| json!({"from": rfc3339(from), "to": rfc3339(to)}),
    )
}

fn plain<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("the report's types have text keys only")
}

/// Numbers rounded, texts printable, all the way down. Serialising made NaN and infinity null.
pub(super) fn tidy(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(Value::Null, |x| rounded(x).into())
        }
        Value::String(text) => Value::String(printable(&text)),
        Value::Array(values) => values.into_iter().map(tidy).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (printable(&key), tidy(value)))
            .collect(),
        other => other,
    }
}

/// Six significant digits, but never less than whole numbers.
pub(super) fn rounded(x: f64) -> f64 {
    if x.abs() >= 1e5 {
        return x.round();
    }
    let text = format!("{x:.*e}", DIGITS - 1);
    let x: f64 = text.parse().expect("a formatted number is a number");
    if x == 0.0 { 0.0 } else { x } // no negative zero
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use proptest::prelude::*;

    /// A release changes the version and nothing else.
    fn unversioned(snapshot: &Snapshot) -> String {
        let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
        let text = json(snapshot);
        assert!(text.contains(version));
        text.replacen(version, "\"version\": \"0\"", 1)
    }

    #[test]
    fn the_contract_is_kept() {
        insta::assert_snapshot!("json_outage", unversioned(&fixture::outage()));
    }

    #[test]
    fn nothing_found_is_a_report_too() {
        insta::assert_snapshot!("json_quiet", unversioned(&fixture::quiet()));
    }

    #[test]
    fn a_recovery_under_way_says_since_when_and_when_it_is_confirmed() {
        let mut snapshot = fixture::outage();
        let recovery = |snapshot: &Snapshot| value(snapshot)["incidents"][0]["recovery"].clone();
        assert!(recovery(&snapshot).is_null());
        let incident = &mut snapshot.incidents[0].incident;
        incident.state = crate::incidents::State::Recovering;
        let back = crate::clock::When::exact(600 * NS_PER_S).unconfirmed();
        incident.windows.last_mut().unwrap().end = Some(back);
        let expected = json!({
            "back_at": "1970-01-01T00:10:00Z",
            "confirmed_at": "1970-01-01T00:20:00Z",
        });
        assert_eq!(recovery(&snapshot), expected);
    }

    #[test]
    fn every_key_of_the_contract_is_there() {
        let report = value(&fixture::outage());
        let check = |at: &str, keys: &str| {
            let object = report.pointer(at).and_then(Value::as_object).expect(at);
            for key in keys.split_whitespace() {
                assert!(object.contains_key(key), "{at} has no {key}");
            }
        };
        check(
            "",
            "schema version inputs range bucket_s anomalies incidents conflicts blind_spots",
        );
        check(
            "/inputs/0",
            "path format confidence lines events unparsed bytes first last zone",
        );
        check("/range", "from to");
        check(
            "/anomalies/0",
            "id signal direction start end flagged_at observed expected effect p_value detector",
        );
        check("/anomalies/0/signal", "source name role entity unit");
        check("/anomalies/0/start", "at lo hi censor");
        check(
            "/incidents/0",
            "id title state severity windows milestones durations contributors causes explanation checks impact detectable_at burn_alert_at",
        );
        check("/incidents/0/windows/0", "start end kind anomalies");
        check(
            "/incidents/0/milestones/0",
            "kind at lo hi source confidence outcome fraction note evidence",
        );
        check(
            "/incidents/0/durations/ttd",
            "seconds lo hi status reason from to",
        );
        check(
            "/incidents/0/contributors/0",
            "dimensions signal share_of_excess risk_ratio events counterfactual",
        );
        check(
            "/incidents/0/contributors/0/counterfactual",
            "observed without expected",
        );
        check(
            "/incidents/0/causes/0",
            "kind at title window lead_s score supported_by contradicted_by",
        );
        check(
            "/incidents/0/explanation",
            "verdict traffic_ratio cost_ratio",
        );
        check(
            "/incidents/0/checks/0",
            "signal verdict observed expected n",
        );
        check(
            "/incidents/0/impact",
            "failed_requests clients user_minutes excess_seconds slo_budget_share",
        );
    }

    #[test]
    fn what_is_not_a_number_is_null() {
        let mut snapshot = fixture::outage();
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            snapshot.anomalies[0].observed = x;
            snapshot.anomalies[0].p_value = x;
            snapshot.slo = x;
            snapshot.incidents[0].incident.contributors[0].risk_ratio = x;
            snapshot.incidents[0].incident.contributors[0]
                .counterfactual
                .without = x;
            snapshot.incidents[0].incident.explanation.cost_ratio = Some(x);
            let report: Value = serde_json::from_str(&json(&snapshot)).expect("valid JSON");
            assert_eq!(report["anomalies"][0]["observed"], Value::Null);
            assert_eq!(report["slo"], Value::Null);
            assert_eq!(
                report["incidents"][0]["explanation"]["cost_ratio"],
                Value::Null
            );
            assert_eq!(
                report["incidents"][0]["contributors"][0]["counterfactual"]["without"],
                Value::Null
            );
        }
    }

    #[test]
    fn foreign_text_cannot_reach_the_terminal_through_json() {
        let mut snapshot = fixture::outage();
        snapshot.title = "a\u{9b}2J\u{1b}[31m\u{202e}b".to_owned();
        let text = json(&snapshot);
        assert!(text.contains("\"a·2J·[31m·b\""), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }

    proptest! {
        #[test]
        fn rounding_keeps_six_digits_and_is_done_once(x in -1e12f64..1e12) {
            prop_assert!((rounded(x) - x).abs() <= x.abs() * 5e-6, "{x} {}", rounded(x));
            prop_assert_eq!(rounded(rounded(x)), rounded(x));
        }
    }
}
