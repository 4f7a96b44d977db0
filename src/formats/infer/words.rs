//! What was inferred, in words.
//!
//! In: meanings of keys. Out: a sentence with each key, its role, its unit, and how sure that is
//! where it is not nearly certain.

use super::Inferred;
use crate::formats::field::{Field, Unit};

/// Meanings of which is less sure are told with how sure they are.
const SURE: f64 = 0.9;
/// How sure a unit is that the values alone tell.
const UNIT_SURE: f64 = 0.7;

/// `inferred time=ts, latency=took (ms by its values, 68 % sure), client=peer (78 % sure)`; units
/// that are others for some services behind it.
pub fn words(inferred: &[Inferred], by_service: &[(Vec<u8>, Unit)]) -> String {
    let words: Vec<String> = inferred.iter().map(word).collect();
    let mut out = format!("inferred {}", words.join(", "));
    for (service, unit) in by_service {
        let service = crate::text::printable(&String::from_utf8_lossy(service));
        out.push_str(&format!("; durations of {service} in {}", unit.suffix()));
    }
    out
}

fn word(one: &Inferred) -> String {
    let sure = match one.is_unit_guessed {
        true => one.confidence * UNIT_SURE,
        false => one.confidence,
    };
    let unit = match one.field {
        Field::Latency(unit) if one.is_unit_guessed => {
            Some(format!("{} by its values", unit.suffix()))
        }
        Field::Latency(unit) | Field::JobAge(unit) => Some(unit.suffix().to_owned()),
        _ => None,
    };
    let sure = (sure < SURE).then(|| format!("{:.0} % sure", 100.0 * sure));
    let details: Vec<String> = unit.into_iter().chain(sure).collect();
    let key = crate::text::printable(&one.key);
    let said = match role(one.field) {
        "" => key,
        role => format!("{role}={key}"),
    };
    match details.is_empty() {
        true => said,
        false => format!("{said} ({})", details.join(", ")),
    }
}

/// The role of a field; empty for those that nothing infers.
fn role(field: Field) -> &'static str {
    match field {
        Field::Time(_) => "time",
        Field::Nanos => "nanoseconds",
        Field::Latency(_) => "latency",
        Field::JobAge(_) => "job age",
        Field::Number(number) => number.name(),
        Field::Text(text) => text.name(),
        Field::Target => "endpoint",
        Field::Request => "request",
        Field::Statement(_) => "query",
        Field::Message => "message",
        Field::MessageWithLevel => "message and level",
        Field::Level(_) => "level",
        Field::RpcStatus => "status of gRPC",
        Field::Failure => "failure",
        Field::JobStep => "job step",
        Field::RequestId => "request id",
        Field::Address | Field::Addresses => "client",
        Field::Skip
        | Field::Date
        | Field::Clock
        | Field::ClockUtc
        | Field::ClockNear
        | Field::TimeUtc
        | Field::Start
        | Field::End
        | Field::LatencyPart(_)
        | Field::OriginLatency(_)
        | Field::Sum(_)
        | Field::Micro(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::infer::Keys;

    #[test]
    fn what_is_not_nearly_certain_is_told_with_how_sure_it_is() {
        let mut keys = Keys::default();
        assert!(keys.add_json(
            br#"{"ts":"2024-05-03T09:00:01Z","took_ms":5,"operation":"/a","level":"info"}"#
        ));
        assert_eq!(
            words(&keys.infer(), &[]),
            "inferred time=ts, level=level, latency=took_ms (ms), endpoint=operation"
        );
        let mut keys = Keys::default();
        assert!(keys.add_json(br#"{"ts":"2024-05-03T09:00:01Z","cost":0.25,"peer":"10.0.0.7"}"#));
        assert_eq!(
            words(&keys.infer(), &[(b"a".to_vec(), Unit::Millis)]),
            "inferred time=ts, latency=cost (s by its values, 55 % sure), client=peer (76 % sure); durations of a in ms"
        );
    }
}
