//! Before reading: what each source is, from its first bytes. Format, record or neither; zone.

use std::io::Read;
use std::sync::Arc;

use super::options::{Options, by_glob};
use super::unsaid;
use crate::clock::Zone;
use crate::clock::words::length;
use crate::formats::bare_duration;
use crate::formats::mapping::{Mapping, mapped};
use crate::formats::parse::parse_text;
use crate::formats::stamp::{Seen, StampContext};
use crate::formats::wrap;
use crate::formats::{Detected, catalogue, detect, why_not};
use crate::input::{Origin, Source, open};
use crate::lines::LineBatch;
use crate::records::{self, RecordKind};

/// Bytes of a source that are looked at.
pub(super) const HEAD_BYTES: usize = 256 << 10;
/// Share of bytes that are no text from which a source is not a log.
const BINARY_SHARE: f64 = 0.1;

/// So many NUL bytes in a row are a hole.
const HOLE_MIN: usize = 512;

/// What a source is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A log of this format.
    Log(Box<Detected>),
    /// A record of people's.
    Record(RecordKind),
    /// Lines that no format reads, or nothing at all: counted and sampled.
    Unknown(String),
    /// It cannot be read.
    Unreadable(String),
}

/// A source and how it will be read.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The source.
    pub source: Source,
    /// What it is.
    pub kind: Kind,
    /// What completes its stamps: the zone of those without an offset, the instant of the first,
    /// the order of day and month, the machine's start.
    pub context: StampContext,
    /// What its first stamps are like.
    pub seen: Seen,
    /// What was assumed of its stamps besides the zone, in words.
    pub assumed: Vec<String>,
    /// Where the zone comes from, in words.
    pub zone_reason: String,
    /// True where the zone was taken from elsewhere and might be wrong.
    pub zone_assumed: bool,
    /// What to add to its stamps, ns.
    pub clock_offset_ns: i64,
}

/// A source whose first bytes were looked at.
pub(super) struct Looked {
    pub source: Source,
    pub kind: Kind,
    /// What its first stamps are like; those without an offset read as UTC.
    pub seen: Seen,
    pub head: Vec<u8>,
}

/// Looks at every source. Also returns the zone for local times, with the reason.
pub fn plan(sources: Vec<Source>, options: &Options) -> (Vec<Planned>, Zone) {
    let looked: Vec<Looked> = sources
        .into_iter()
        .map(|source| look(source, options))
        .collect();
    let (default, from) = default_zone(&looked, options);
    let newest = unsaid::newest(&looked);
    let planned = looked.into_iter().map(|one| {
        let named = by_glob(&options.source_zones, &one.source.name);
        let (zone, zone_reason, zone_assumed) = match (one.seen.written_offset, named) {
            (Some(None), Some(zone)) => (*zone, "from --source-tz".to_owned(), false),
            (Some(Some(seconds)), _) => (
                default,
                format!("{}, as the stamps say", Zone::Fixed(seconds).name_at(0)),
                false,
            ),
            (Some(None), None) => (
                default,
                format!("{}, assumed {from}", default.name_at(0)),
                options.zone.is_none(),
            ),
            (None, Some(zone)) if matches!(one.kind, Kind::Record(_)) => {
                let words = format!("{}, from --source-tz", zone.name_at(0));
                (default, words, false)
            }
            (None, _) => (default, String::new(), false),
        };
        let clock_offset_ns = by_glob(&options.clock_offsets, &one.source.name)
            .copied()
            .unwrap_or(0);
        let zone_reason = match (&one.kind, clock_offset_ns) {
            (Kind::Record(_), moved) if moved != 0 => {
                let words = format!("all times moved by {}, from --clock", length(moved));
                [zone_reason, words]
                    .into_iter()
                    .filter(|one| !one.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            _ => zone_reason,
        };
        let completed = unsaid::complete(&one, zone, &newest);
        let doubts = doubtful(&one, options);
        Planned {
            kind: completed.refused.map_or(one.kind, Kind::Unknown),
            source: one.source,
            context: completed.context,
            seen: one.seen,
            assumed: [completed.assumed, doubts].concat(),
            zone_reason: [zone_reason, completed.words].join(""),
            zone_assumed,
            clock_offset_ns,
        }
    });
    let planned: Vec<Planned> = planned.collect();
    planned.iter().for_each(logged);
    (planned, default)
}

/// Tells rfo's own log what a source was taken for.
fn logged(one: &Planned) {
    let (source, zone) = (&one.source.name, &one.zone_reason);
    match &one.kind {
        Kind::Log(found) => {
            let (format, sure) = (&found.format.name, found.confidence);
            tracing::debug!(?source, format, sure, zone, "format chosen");
        }
        Kind::Record(kind) => tracing::debug!(?source, record = kind.word(), "record"),
        _ => tracing::debug!(?source, "not a log that can be read"),
    }
}

/// `--tz`; else the one offset other than UTC that sources write; else UTC.
fn default_zone(looked: &[Looked], options: &Options) -> (Zone, String) {
    if let Some(zone) = options.zone {
        return (zone, "from --tz".to_owned());
    }
    let local = |one: &Looked| match one.seen.written_offset {
        Some(Some(seconds)) if seconds != 0 => Some((seconds, one.source.label.clone())),
        _ => None,
    };
    let offsets: Vec<(i32, String)> = looked.iter().filter_map(local).collect();
    match offsets.first() {
        Some((seconds, name)) if offsets.iter().all(|(other, _)| other == seconds) => {
            (Zone::Fixed(*seconds), format!("like {name}"))
        }
        _ => (
            Zone::UTC,
            "for want of a better one (--tz or --source-tz says)".to_owned(),
        ),
    }
}

fn look(source: Source, options: &Options) -> Looked {
    let mut head = Vec::new();
    let read = open(&source, Arc::default())
        .map(|reader| reader.take(HEAD_BYTES as u64).read_to_end(&mut head));
    let failure = match read {
        Err(error) => Some(error.to_string()),
        Ok(Err(error)) if head.is_empty() => Some(format!("cannot read {}: {error}", source.name)),
        Ok(_) => None,
    };
    let (kind, seen) = match failure {
        Some(error) => (Kind::Unreadable(error), Seen::default()),
        None => judge(&source, &mut head, options),
    };
    Looked {
        source,
        kind,
        seen,
        head,
    }
}

/// What is not certain of a log's durations, unless the user said it.
fn doubtful(looked: &Looked, options: &Options) -> Vec<String> {
    let Kind::Log(detected) = &looked.kind else {
        return Vec::new();
    };
    let is_said = |one: &Mapping| one.holds_in(&detected.format);
    let is_named = by_glob(&options.formats, &looked.source.name).is_some();
    if is_named || options.mappings.iter().any(is_said) {
        return Vec::new();
    }
    let head = LineBatch::split(looked.head.clone(), 0);
    bare_duration::doubt(&detected.format, &head)
        .into_iter()
        .collect()
}

fn judge(source: &Source, head: &mut Vec<u8>, options: &Options) -> (Kind, Seen) {
    if head.is_empty() {
        let why = match source.origin {
            Origin::Kept(_) => "nothing has come from it",
            _ => "it is empty",
        };
        return (Kind::Unknown(why.to_owned()), Seen::default());
    }
    let share = binary_share(head);
    if share > BINARY_SHARE {
        let error = crate::input::Error::Binary {
            name: source.name.clone(),
            share: share * 100.0,
        };
        return (Kind::Unreadable(error.to_string()), Seen::default());
    }
    let forced = by_glob(&options.formats, &source.name);
    let told = told(source, head, options);
    if forced.is_none()
        && told.is_none()
        && let Some(kind) = records::recognise(&source.name, head)
    {
        return (Kind::Record(kind), Seen::default());
    }
    // The last line of a long head is cut off: it must not be judged.
    if head.len() == HEAD_BYTES {
        let end = memchr::memrchr(b'\n', head).map_or(head.len(), |end| end + 1);
        head.truncate(end);
    }
    let detected = match forced.and_then(|name| catalogue::named(name)) {
        Some(format) => {
            let head = LineBatch::split(head.clone(), 0);
            Some(wrap::detect::forced(format, &head))
        }
        None if told.is_some() => told,
        None => detect(&LineBatch::split(head.clone(), 0), &source.stem()),
    };
    let detected = match options.mappings.is_empty() {
        true => detected,
        false => mapped(
            detected,
            &options.mappings,
            &LineBatch::split(head.clone(), 0),
        ),
    };
    match detected {
        Some(detected) => {
            let context = StampContext::from(Zone::UTC).open_start();
            let seen = parse_text(&detected.format, context, head).seen;
            (Kind::Log(Box::new(detected)), seen)
        }
        None => (
            Kind::Unknown(why_not(&LineBatch::split(head.clone(), 0))),
            Seen::default(),
        ),
    }
}

/// The format that `--log-format` says for this source: by its glob, or because it reads half of
/// the source's first lines.
fn told(source: &Source, head: &[u8], options: &Options) -> Option<Detected> {
    let named = |glob: &str| by_glob(&[(glob.to_owned(), ())], &source.name).is_some();
    let reads_half = |format| {
        let parsed = parse_text(format, Zone::UTC, head);
        parsed.chunk.len() as u64 * 2 >= (parsed.lines - parsed.headers).max(1)
    };
    let said = options
        .log_formats
        .iter()
        .find(|(glob, format)| match glob {
            Some(glob) => named(glob),
            None => reads_half(format),
        });
    said.map(|(_, format)| Detected {
        format: format.clone(),
        confidence: 1.0,
        reason: "from --log-format".to_owned(),
    })
}

/// Share of control bytes other than white space and escape. A long run of NUL is a hole, as
/// truncation under a writer leaves it, and no matter.
fn binary_share(head: &[u8]) -> f64 {
    let runs = head.chunk_by(|a, b| (*a == 0) == (*b == 0));
    let is_hole = |run: &&[u8]| run[0] == 0 && run.len() >= HOLE_MIN;
    let seen = runs.filter(|run| !is_hole(run));
    let (mut control, mut bytes) = (0, 0);
    for run in seen {
        let is_control = |byte: &&u8| {
            byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x1b | 0x0c)
        };
        control += run.iter().filter(is_control).count();
        bytes += run.len();
    }
    control as f64 / bytes.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_makes_no_log_binary_and_scattered_bytes_do() {
        let hole = [&[0; 4096][..], b"2024-02-03 06:09:12 a\n"].concat();
        assert_eq!(binary_share(&hole), 0.0);
        assert!(binary_share(b"\0\x01ab") > BINARY_SHARE);
        assert!(binary_share("a\0b\0".repeat(50).as_bytes()) > BINARY_SHARE);
    }
}
