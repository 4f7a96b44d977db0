//! Whether a definition reads its own samples as it says.
//!
//! In: a definition and what it compiles to. Out: what does not hold, in words.

use super::Format;
use super::definition::{Definition, Sample};
use super::parse::parse_text;
use super::stamp::{StampContext, StampKind};
use crate::clock::Zone;
use crate::clock::words::rfc3339;
use crate::events::{Number, Text};

/// What does not hold of a definition's samples, each in a line; nothing if all do.
pub fn check(definition: &Definition, format: &Format) -> Vec<String> {
    definition
        .sample
        .iter()
        .enumerate()
        .flat_map(|(i, sample)| {
            let faults = faults(format, sample).into_iter();
            faults.map(move |fault| format!("sample {}: {fault}", i + 1))
        })
        .collect()
}

fn faults(format: &Format, sample: &Sample) -> Vec<String> {
    // A stamp without a year is of the year that the sample says; a machine started in 1970.
    let context = StampContext::from(Zone::UTC).open_start();
    let time = sample.time.as_deref();
    let stamp = time.and_then(|time| StampKind::Iso.read(time.as_bytes()));
    let context = context.near(stamp.and_then(|stamp| context.instant(stamp)));
    let parsed = parse_text(format, context, sample.line.as_bytes());
    let line = crate::text::shorten(&crate::text::printable(&sample.line), 100);
    let Some(time) = &sample.time else {
        return match parsed.chunk.is_empty() && parsed.unparsed > 0 {
            true => Vec::new(),
            false => vec![format!("must be refused, but it is read: {line}")],
        };
    };
    let events = parsed.chunk.len() as u64 - parsed.extra;
    if events != 1 || parsed.unparsed > 0 {
        let unparsed = parsed.unparsed;
        return vec![format!(
            "gives {events} events and {unparsed} unparsed lines, not one event: {line}"
        )];
    }
    let found = rfc3339(parsed.chunk.time_ns[0]);
    let mut faults = Vec::new();
    if found != *time {
        faults.push(format!("time is {found}, not {time}: {line}"));
    }
    for (key, value) in &sample.fields {
        let found = match (Number::named(key), Text::named(key)) {
            (Some(field), _) => parsed.chunk.number_at(field, 0).map(toml::Value::Integer),
            (None, Some(field)) => {
                let symbol = parsed.chunk.text_at(field, 0);
                let text = symbol.map(|symbol| parsed.names[field as usize].text(symbol));
                text.map(toml::Value::String)
            }
            (None, None) => {
                faults.push(format!("{key:?} is no column"));
                continue;
            }
        };
        if found.as_ref() != Some(value) {
            let found = found.map_or("nothing".to_owned(), |found| found.to_string());
            faults.push(format!("{key} is {found}, not {value}: {line}"));
        }
    }
    faults
}
