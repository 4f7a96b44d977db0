//! Which of two readings of the same lines is kept: as they stand, or without the layers around them.
//!
//! In: both readings. Out: whether the first is the better one. Reads no line itself but those of
//! the journal.

use super::Wrapper;
use super::detect::open;
use crate::events::Number;
use crate::formats::detect::Detected;
use crate::formats::field::Field;
use crate::formats::mixed::Anew;
use crate::formats::parse::parse_as;
use crate::formats::{Engine, Format, SourceKind};
use crate::lines::LineBatch;

/// A reading without layers must read so much more than a known format that stands the layers.
const CLEARLY: f64 = 0.25;
/// So much of a text must be read by its pairs: what is not may be the rest of a message.
const PAIRED_MIN: f64 = 0.9;

/// True if the reading as the lines stand is kept: a format that knows its own wrapper.
pub(super) fn stays(
    plain: &Detected,
    inner: &Detected,
    layers: &[Wrapper],
    sample: &LineBatch,
) -> bool {
    const STRICT: [Wrapper; 6] = [
        Wrapper::Cri,
        Wrapper::DockerJson,
        Wrapper::PodPrefix,
        Wrapper::Compose,
        Wrapper::Stern,
        Wrapper::Pretty,
    ];
    // Parts of entries belong together by the process that syslog names.
    let is_of_entries = |found: &Detected| matches!(found.format.engine, Engine::Entries(_));
    if is_of_entries(plain) && is_of_entries(inner) && layers == [Wrapper::Syslog] {
        return plain.confidence > inner.confidence;
    }
    let is_guess = is_text(&plain.format) || is_inferred(&plain.format);
    if layers.iter().any(|layer| STRICT.contains(layer)) {
        return false;
    }
    // Cells of which nothing is known are texts of their rows.
    if layers.last() == Some(&Wrapper::Cells) {
        return is_text(&inner.format);
    }
    // Objects behind words are read for what they say of requests or severity, else the words are
    // the message.
    if layers.last() == Some(&Wrapper::Prefixed) && is_inferred(&inner.format) && is_mute(inner) {
        return true;
    }
    // Texts that are objects are opened for what is known of them, else left as they are.
    if layers == [Wrapper::Colour] || layers == [Wrapper::Nested] && is_inferred(&inner.format) {
        return plain.confidence >= inner.confidence;
    }
    if plain.format.name == "journald" {
        let parsed = parse_as(&inner.format, open(), sample, Anew::Keep);
        let as_they_stand = parsed.read_by.get("journald").copied().unwrap_or(0);
        return as_they_stand * 5 > parsed.chunk.len() as u64 * 4;
    }
    !is_guess && plain.confidence + CLEARLY > inner.confidence
}

/// Whether the lines within records are of a known format, or their keys say what they are about,
/// and the records themselves say nothing of requests. Texts with pairs behind them are messages
/// where the pairs say nothing of requests.
pub(super) fn says_more(inner: &Detected, plain: &Detected) -> bool {
    let of_keys = |format: &Format| match &format.engine {
        Engine::Json(plan) | Engine::Logfmt(plan) => plan.wanted().to_vec(),
        Engine::Headed(headed) => headed.wanted().to_vec(),
        _ => Vec::new(),
    };
    let is_of_requests = |(_, field): &(Vec<u8>, Field)| {
        matches!(
            field,
            Field::Number(_) | Field::Latency(_) | Field::Target | Field::Request | Field::JobStep
        )
    };
    let is_told = |(_, field): &(Vec<u8>, Field)| {
        matches!(
            field,
            Field::Message | Field::MessageWithLevel | Field::Level(_)
        )
    };
    let keys = of_keys(&inner.format);
    let is_paired = inner.format.around.wrappers.last() == Some(&Wrapper::Paired);
    let tells_of_requests = plain.format.requests.is_some();
    let is_known = match is_inferred(&inner.format) {
        true if tells_of_requests => false,
        true if is_paired => inner.confidence >= PAIRED_MIN && keys.iter().any(is_of_requests),
        true => keys.iter().any(is_told) || keys.iter().any(is_of_requests),
        false => !is_text(&inner.format),
    };
    let plain = of_keys(&plain.format);
    // Pairs without words are no lines of logfmt where words stand in front of them.
    let lacks_words = is_paired && !plain.iter().any(is_told);
    is_known && (lacks_words || !plain.iter().any(is_of_requests))
}

/// Whether a program's messages are read as such, of which none says how a request ended or how long
/// it took: pairs in them may.
pub(super) fn tells_of_nothing_timed(format: &Format, sample: &LineBatch) -> bool {
    if format.kind != SourceKind::App || !matches!(format.engine, Engine::Template(_)) {
        return false;
    }
    // What its words tell, its pairs may tell better.
    let format = Format {
        durations: None,
        ..format.clone()
    };
    let chunk = parse_as(&format, open(), sample, Anew::Keep).chunk;
    chunk.number(Number::Status).is_empty() && chunk.number(Number::LatencyUs).is_empty()
}

/// Whether the keys of objects say nothing of requests, statements or what happened.
fn is_mute(found: &Detected) -> bool {
    let Engine::Json(plan) = &found.format.engine else {
        return true;
    };
    let says = |(_, field): &(Vec<u8>, Field)| {
        matches!(
            field,
            Field::Number(_)
                | Field::Latency(_)
                | Field::Target
                | Field::Request
                | Field::Statement(_)
                | Field::JobStep
                | Field::Level(_)
        )
    };
    !plan.wanted().iter().any(says)
}

/// Whether what keys or columns mean was inferred; layers stand behind the name.
pub(super) fn is_inferred(format: &Format) -> bool {
    let name = format.name.split(" in ").next();
    matches!(name, Some("json" | "logfmt" | "csv"))
}

/// Whether lines are texts of which only time and level are known.
pub(super) fn is_text(format: &Format) -> bool {
    matches!(format.engine, Engine::Plain)
}

/// The same, and their messages tell of no requests.
pub(super) fn tells_nothing(format: &Format) -> bool {
    is_text(format) && format.requests.is_none()
}
