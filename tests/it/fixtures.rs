//! A fixture per format, `tests/fixtures/formats/NAME.log`, with what it says beside it,
//! `NAME.expected`: written by hand, or printed by the parser and read against the log line by line.
//!
//! An expectation file is tab separated. Comment lines begin with `#`; one of them ends in the
//! tally, `lines 19 events 15 joined 0 unparsed 3 headers 1`. The first other line names the
//! columns: `line` (from 1), `time` (start of the work, RFC 3339 UTC) and names of an event's
//! numbers and texts. Then one line per event in the order of the log; `-` is absent.

use std::fs;
use std::path::{Path, PathBuf};

use rfo::clock::{Zone, words::rfc3339};
use rfo::events::{Number, Text};
use rfo::formats::stamp::StampContext;
use rfo::formats::{Format, Parsed, builtin, detect, parse};
use rfo::lines::LineBatch;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

fn batch(format: &str) -> LineBatch {
    let path = folder().join(format!("{format}.log"));
    let bytes = fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    LineBatch::split(bytes, 0)
}

fn read(format: &Format) -> Parsed {
    // Stamps that count from a machine's start count from 1970.
    let context = StampContext::from(Zone::UTC).open_start();
    parse(format, context, &batch(&format.name))
}

/// What a parsed fixture says, written like its expectation.
pub(crate) fn written(parsed: &Parsed, columns: &[&str]) -> Vec<String> {
    let cell = |row: usize, column: &str| {
        let chunk = &parsed.chunk;
        let number = Number::ALL.iter().find(|field| field.name() == column);
        let text = Text::ALL.iter().find(|field| field.name() == column);
        let said = match (column, number, text) {
            ("line", ..) => Some((chunk.line[row] + 1).to_string()),
            ("time", ..) => Some(rfc3339(chunk.time_ns[row])),
            (_, Some(field), _) => chunk.number_at(*field, row).map(|n| n.to_string()),
            (_, _, Some(field)) => chunk
                .text_at(*field, row)
                .map(|symbol| parsed.names[*field as usize].text(symbol)),
            _ => panic!("{column:?} is no column"),
        };
        said.unwrap_or_else(|| "-".to_owned())
    };
    let line = |row| {
        let cells: Vec<String> = columns.iter().map(|column| cell(row, column)).collect();
        cells.join("\t")
    };
    (0..parsed.chunk.len()).map(line).collect()
}

#[test]
fn every_fixture_says_what_is_written_beside_it() {
    for format in builtin() {
        let path = folder().join(format!("{}.expected", format.name));
        let text =
            fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let (comments, rows): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with('#'));
        let (header, events) = rows.split_first().expect("a line of column names");
        let columns: Vec<&str> = header.split('\t').collect();
        let parsed = read(format);
        for (found, expected) in written(&parsed, &columns).iter().zip(events) {
            assert_eq!(found, expected, "{}: {header}", format.name);
        }
        let Parsed {
            lines,
            joined,
            unparsed,
            headers,
            ..
        } = &parsed;
        let tally = format!(
            "lines {lines} events {} joined {joined} unparsed {unparsed} headers {headers}",
            parsed.chunk.len()
        );
        assert!(
            comments.iter().any(|line| line.ends_with(&tally)),
            "{}: {tally}",
            format.name
        );
        assert_eq!(parsed.chunk.len(), events.len(), "{}", format.name);
    }
}

#[test]
fn every_fixture_alone_is_recognised() {
    for format in builtin() {
        let found = detect(&batch(&format.name), &format.name).map(|detected| detected.format.name);
        assert_eq!(found.as_ref(), Some(&format.name));
    }
}

#[test]
fn no_line_of_a_fixture_is_lost_and_the_unparsed_are_shown() {
    for format in builtin() {
        let parsed = read(format);
        let sum = parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers;
        assert_eq!(parsed.lines + parsed.extra, sum, "{}", format.name);
        assert!(
            parsed.unparsed > 0 && !parsed.samples.is_empty(),
            "{}: no line that cannot be read",
            format.name
        );
    }
}

/// The raw bytes that an event points to begin with its line.
#[test]
fn every_event_points_to_its_line() {
    for format in builtin() {
        let (batch, parsed) = (batch(&format.name), read(format));
        for row in 0..parsed.chunk.len() {
            let line = parsed.chunk.line[row] as usize;
            assert_eq!(
                parsed.chunk.offset[row],
                batch.offset(line),
                "{}: line {}",
                format.name,
                line + 1
            );
            assert!(
                parsed.chunk.length[row] as usize >= batch.line(line).len(),
                "{}: line {}",
                format.name,
                line + 1
            );
        }
    }
}
