//! fail2ban's samples: a comment before a line says at what time it was written.
//!
//! `# failJSON: {"time": "2005-06-21T16:47:48", ...}` is local time of `ZONE`. Lines without a
//! year are of the year before `NOON_OF`, the day that its tests take for today; so every line is
//! read by itself, since the samples of a file are in no order. Two readings are compared: by the
//! format that is detected for the file's lines, and as plain text with a stamp.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use rfo::clock::Zone;
use rfo::clock::zone::Local;
use rfo::formats::parse::parse_text;
use rfo::formats::stamp::{StampContext, StampKind};
use rfo::formats::{Engine, Format, detect};
use rfo::lines::LineBatch;

use crate::board::Board;

/// Where the oracle's clock hangs.
const ZONE: Zone = Zone::Named(chrono_tz::Tz::Europe__Zurich);
/// Half a year before the oracle's today: its year without a number lies around it.
const MIDDLE_OF_YEAR_NS: i64 = 1_108_296_000 * 1_000_000_000;
/// Misses shown of a file.
const MISSES_MAX: usize = 40;

/// A line and its instant, ns UTC.
struct Sample {
    line: String,
    time_ns: i64,
}

/// The table of all files, with the misses below it if they are wanted.
pub fn score(folder: &Path, with_misses: bool) -> Result<Board> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .collect::<Result<_, _>>()?;
    names.sort_by_key(fs::DirEntry::file_name);
    let mut out = String::new();
    let (mut misses, mut total) = (String::new(), [0; 3]);
    for entry in names.iter().filter(|entry| entry.path().is_file()) {
        let samples = samples(&String::from_utf8_lossy(&fs::read(entry.path())?));
        if samples.is_empty() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let (format, counts) = one(&samples, &name, &mut misses);
        for (sum, n) in total.iter_mut().zip(counts) {
            *sum += n;
        }
        out.push_str(&row(&name, &format, counts));
    }
    out.push_str(&row("total", "", total));
    if with_misses {
        out.push_str("\nmisses:\n");
        out.push_str(&misses);
    }
    Ok(Board {
        notes: out,
        counts: Some([total[1] as u64, total[0] as u64]),
        ..Board::default()
    })
}

fn row(name: &str, format: &str, [lines, detected, plain]: [usize; 3]) -> String {
    let share = |n: usize| n as f64 * 100.0 / lines.max(1) as f64;
    format!(
        "{name:<28} {format:<16} {lines:>5} lines, times right: {detected:>5} ({:>5.1} %), as text {plain:>5} ({:>5.1} %)\n",
        share(detected),
        share(plain),
    )
}

/// The format and how many lines there are, are read right, and are read right as text.
fn one(samples: &[Sample], name: &str, misses: &mut String) -> (String, [usize; 3]) {
    let lines: Vec<&str> = samples.iter().map(|sample| sample.line.as_str()).collect();
    let detected = detect(&LineBatch::split(lines.join("\n").into_bytes(), 0), name);
    let plain = plain();
    let format = detected.map_or_else(|| plain.clone(), |detected| detected.format);
    let mut counts = [samples.len(), 0, 0];
    let mut shown = 0;
    for sample in samples {
        let found = time_of(&format, &sample.line);
        counts[1] += usize::from(found == Some(sample.time_ns));
        counts[2] += usize::from(time_of(&plain, &sample.line) == Some(sample.time_ns));
        if found != Some(sample.time_ns) && shown < MISSES_MAX {
            shown += 1;
            let words = rfo::clock::words::rfc3339;
            let found = found.map_or_else(|| "nothing".to_owned(), words);
            let line = rfo::text::shorten(&rfo::text::printable(&sample.line), 120);
            let _ = writeln!(
                misses,
                "{name}: expected {}, found {found}: {line}",
                words(sample.time_ns)
            );
        }
    }
    (format.name, counts)
}

/// The time of a line, whole seconds: the oracle has no fractions.
fn time_of(format: &Format, line: &str) -> Option<i64> {
    let context = StampContext::from(ZONE).near(Some(MIDDLE_OF_YEAR_NS));
    let parsed = parse_text(format, context, line.as_bytes());
    let time_ns = parsed.chunk.time_ns.first()?;
    Some(time_ns - time_ns.rem_euclid(1_000_000_000))
}

fn plain() -> Format {
    Format::new(
        "text",
        rfo::formats::SourceKind::App,
        rfo::formats::StampSide::Start,
        Engine::Plain,
    )
}

/// Lines with the time that the comment before them states.
fn samples(text: &str) -> Vec<Sample> {
    let mut stated: Option<i64> = None;
    let mut samples = Vec::new();
    for line in text.lines() {
        if let Some(json) = line.strip_prefix("# failJSON:") {
            let value = serde_json::from_str::<serde_json::Value>(json).ok();
            stated = value.and_then(|value| instant(value["time"].as_str()?));
        } else if !line.starts_with('#')
            && !line.trim().is_empty()
            && let Some(time_ns) = stated.take()
        {
            samples.push(Sample {
                line: line.to_owned(),
                time_ns,
            });
        }
    }
    samples
}

fn instant(text: &str) -> Option<i64> {
    let stamp = StampKind::Iso.read(text.as_bytes())?;
    match ZONE.resolve(rfo::clock::words::utc(stamp.local_ns).naive_utc()) {
        Local::One(ns) | Local::Two(ns, _) => Some(ns - ns.rem_euclid(1_000_000_000)),
        Local::Gap => None,
    }
}
