//! What a user says of keys: `latency=took_ms:ms` overrides what was inferred.
//!
//! In: the words of `--map`. Out: a detected format of keys (JSON, logfmt, CSV) that reads these keys
//! as was said. Formats of other engines are left as they are.

use super::detect::{Detected, first_lines, keyed};
use super::field::Field;
use super::headed::Sheet;
use super::infer::Keys;
use super::infer::units::named_unit;
use super::json::Plan;
use super::{Engine, Format, SourceKind, bare_duration};
use crate::events::{Number, Text};
use crate::lines::LineBatch;

/// A key and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    key: String,
    field: Field,
    /// As the user wrote it.
    words: String,
}

impl Mapping {
    /// Reads `ROLE=KEY` or `ROLE=KEY:UNIT`. The unit of a duration may be left out where the
    /// key's name ends in it; `level` takes a scale, `client` may be a `list`.
    pub fn read(text: &str) -> Result<Self, String> {
        let (role, rest) = text
            .split_once('=')
            .filter(|(_, key)| !key.is_empty())
            .ok_or("it must be ROLE=KEY or ROLE=KEY:UNIT")?;
        let word = if role == "endpoint" { "path" } else { role };
        let with = |detail: &str| Field::of(&format!("{word}:{detail}"));
        let split = rest.rsplit_once(':').filter(|(key, _)| !key.is_empty());
        let detailed = split.and_then(|(key, detail)| Some((key, with(detail)?)));
        let bare = || match word {
            "time" => with("any"),
            "latency" | "job_age" => named_unit(rest).and_then(|unit| with(unit.suffix())),
            _ => Field::of(word),
        };
        let found = detailed.or_else(|| Some((rest, bare()?)));
        match found.filter(|(_, field)| *field != Field::Skip) {
            Some((key, field)) => Ok(Self {
                key: key.to_owned(),
                field,
                words: crate::text::printable(text),
            }),
            None if with("ms").is_some() => Err(format!(
                "{rest:?} does not say its unit: {role}={rest}:ms (s, ms, us, ns)"
            )),
            None => Err(format!(
                "there is no role {role:?}: time, level, status, latency, client, endpoint, method, \
                 host, service, user, query, message, kind, request_id, bytes, sessions, queue"
            )),
        }
    }

    /// Whether some line has the key.
    fn is_in(&self, head: &LineBatch) -> bool {
        let mut keys = Keys::default();
        let sample = first_lines(head);
        (0..sample.len()).for_each(|i| {
            let line = sample.line(i);
            let _ = keys.add_json(line) || keys.add_logfmt(line);
        });
        let in_sheet = |sheet: Sheet| sheet.keys.has(&self.key);
        keys.has(&self.key) || Sheet::of(&sample).is_some_and(in_sheet)
    }

    /// Whether a format reads the key as was said.
    pub fn holds_in(&self, format: &Format) -> bool {
        let holds = |(key, field): &(Vec<u8>, Field)| {
            key.as_slice() == self.key.as_bytes() && *field == self.field
        };
        match &format.engine {
            Engine::Json(plan) | Engine::Logfmt(plan) => plan.wanted().iter().any(holds),
            Engine::Headed(headed) => headed.wanted().iter().any(holds),
            _ => self.bare_unit().is_some() && bare_duration::ends_in_it(format),
        }
    }

    /// The unit that is said of the bare number behind an access line.
    fn bare_unit(&self) -> Option<&'static str> {
        match self.field {
            Field::Latency(unit) if self.key == bare_duration::KEY => Some(unit.suffix()),
            _ => None,
        }
    }

    /// As the user wrote it, printable.
    pub fn words(&self) -> &str {
        &self.words
    }
}

/// The detected format with what was said of keys that the lines have. Where nothing was
/// detected for want of a time, objects and pairs are tried with the time that was said.
pub fn mapped(detected: Option<Detected>, said: &[Mapping], head: &LineBatch) -> Option<Detected> {
    let is_time = |one: &Mapping| matches!(one.field, Field::Time(_));
    let is_keyed = |one: &Detected| {
        let engine = &one.format.engine;
        matches!(
            engine,
            Engine::Json(_) | Engine::Logfmt(_) | Engine::Headed(_)
        )
    };
    let found = match detected {
        Some(found) if is_keyed(&found) => Some(found),
        other if said.iter().any(is_time) => keyed(head).or(other),
        other => other,
    };
    let unit = said.iter().find_map(Mapping::bare_unit);
    let found = match (found, unit) {
        (Some(found), Some(unit)) if bare_duration::ends_in_it(&found.format) => Some(Detected {
            format: bare_duration::in_unit(found.format, unit),
            reason: format!("{}; durations in {unit} from --map", found.reason),
            ..found
        }),
        (found, _) => found,
    };
    let there: Vec<&Mapping> = said.iter().filter(|one| one.is_in(head)).collect();
    match there.is_empty() {
        true => found,
        false => found.map(|found| override_keys(found, &there)),
    }
}

fn override_keys(mut found: Detected, said: &[&Mapping]) -> Detected {
    let mut wanted = match &found.format.engine {
        Engine::Json(plan) | Engine::Logfmt(plan) => plan.wanted().to_vec(),
        Engine::Headed(headed) => headed.wanted().to_vec(),
        _ => return found,
    };
    for one in said.iter().rev() {
        wanted.retain(|(key, field)| {
            key.as_slice() != one.key.as_bytes() && !are_one_role(*field, one.field)
        });
        wanted.insert(0, (one.key.clone().into_bytes(), one.field));
    }
    let has = |is: &dyn Fn(&Field) -> bool| wanted.iter().any(|(_, field)| is(field));
    let is_access = has(&|field| matches!(field, Field::Number(Number::Status)))
        && has(&|field| matches!(field, Field::Target | Field::Text(Text::Method)));
    if is_access && found.format.kind == SourceKind::App {
        found.format.kind = SourceKind::Access;
    }
    // A unit that is said is that of all services.
    let is_unit_said = said
        .iter()
        .any(|one| matches!(one.field, Field::Latency(_)));
    let with_units = |plan: Plan| match is_unit_said {
        true => Plan::new(wanted.clone()),
        false => Plan::new(wanted.clone()).with_units(plan.units()),
    };
    found.format.engine = match found.format.engine {
        Engine::Json(plan) => Engine::Json(with_units(plan)),
        Engine::Logfmt(plan) => Engine::Logfmt(with_units(plan)),
        Engine::Headed(headed) => Engine::Headed(headed.with(wanted)),
        other => other,
    };
    let words: Vec<&str> = said.iter().map(|one| one.words.as_str()).collect();
    found.reason = format!("{}; {} from --map", found.reason, words.join(", "));
    found
}

fn are_one_role(a: Field, b: Field) -> bool {
    match (a, b) {
        (Field::Text(a), Field::Text(b)) => a == b,
        (Field::Number(a), Field::Number(b)) => a == b,
        // Addresses, with ports or in lists, are clients too.
        (Field::Address | Field::Addresses, Field::Text(Text::Client))
        | (Field::Text(Text::Client), Field::Address | Field::Addresses) => true,
        _ => std::mem::discriminant(&a) == std::mem::discriminant(&b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::formats::{detect, parse};

    /// `time latency_us client` of the first event of lines with these mappings.
    fn check(lines: &str, said: &[&str], expected: &str) {
        let said: Vec<Mapping> = said
            .iter()
            .map(|text| Mapping::read(text).expect("a mapping"))
            .collect();
        let batch = LineBatch::split(lines.as_bytes().to_vec(), 0);
        let found = mapped(detect(&batch, "x"), &said, &batch).expect("a format");
        let parsed = parse(&found.format, Zone::UTC, &batch);
        let chunk = &parsed.chunk;
        let client = chunk.text_at(Text::Client, 0);
        let words = [
            rfc3339(chunk.time_ns[0]),
            chunk
                .number_at(Number::LatencyUs, 0)
                .map_or("-".into(), |n| n.to_string()),
            client.map_or("-".into(), |one| {
                parsed.names[Text::Client as usize].text(one)
            }),
        ];
        assert_eq!(words.join(" "), expected, "{lines}");
    }

    #[test]
    fn what_is_said_of_a_key_overrides_what_was_inferred() {
        let line =
            r#"{"ts":"2024-05-03T09:00:01Z","duration":1,"took":250,"account":"a","tenant":"b"}"#;
        let own = "2024-05-03T09:00:00.750Z 250000 b";
        check(line, &["latency=took:ms", "client=tenant"], own);
        let line = "ts=2024-05-03T09:00:01Z level=info took_ms=250 account=a tenant=b";
        check(line, &["latency=took_ms", "client=tenant"], own);
    }

    #[test]
    fn a_key_that_no_line_has_changes_nothing() {
        let line = r#"{"ts":"2024-05-03T09:00:01Z","duration_ms":250,"account":"a"}"#;
        check(
            line,
            &["latency=tokk:ms"],
            "2024-05-03T09:00:00.750Z 250000 a",
        );
    }

    #[test]
    fn a_time_that_nobody_could_guess_makes_lines_events() {
        let line = r#"{"when":"2024-05-03T09:00:01Z","took_ms":250}"#;
        check(line, &["time=when"], "2024-05-03T09:00:00.750Z 250000 -");
    }

    #[test]
    fn the_unit_of_a_bare_number_behind_an_access_line_can_be_said() {
        let line =
            r#"203.0.113.5 - - [22/Jul/2015:15:35:11 +0100] "GET /a HTTP/1.1" 200 5 "-" "x" 250"#;
        let lines = format!("{line}\n").repeat(40);
        check(&lines, &[], "2015-07-22T14:35:11Z 250 203.0.113.5");
        let own = "2015-07-22T14:35:10.750Z 250000 203.0.113.5";
        check(&lines, &["latency=%D:ms"], own);
        let short = lines.replace(" 250\n", " 7\n");
        check(&short, &[], "2015-07-22T14:35:10.993Z 7000 203.0.113.5");
        check(
            &short,
            &["latency=%D:us"],
            "2015-07-22T14:35:10.999993Z 7 203.0.113.5",
        );
    }

    #[test]
    fn a_wrong_mapping_says_what_would_be_right() {
        let error = |text: &str| Mapping::read(text).expect_err("refused");
        assert!(error("latency").contains("ROLE=KEY"));
        assert!(error("latency=took").contains("latency=took:ms"));
        assert!(error("speed=took").contains("there is no role \"speed\""));
        assert!(error("client=").contains("ROLE=KEY"));
    }
}
