//! Lines within wrappers, lines of several formats, records of many lines, bytes that are no
//! text: `tests/fixtures/wraps/NAME.log` with what it says beside it, `NAME.expected`, in the
//! layout of the formats' fixtures, read by the format that is detected.

use std::fs;
use std::path::{Path, PathBuf};

use rfo::analysis::{Input, Options, Snapshot};
use rfo::clock::Zone;
use rfo::formats::{Parsed, detect, parse};
use rfo::lines::LineBatch;

use crate::fixtures::written;
use crate::made::analysed;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wraps")
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter_map(|name| name.strip_suffix(".log").map(str::to_owned))
        .collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

fn read(name: &str) -> (String, LineBatch, Parsed) {
    let bytes = fs::read(folder().join(format!("{name}.log"))).expect("a fixture");
    let batch = LineBatch::split(bytes, 0);
    let format = detect(&batch, name)
        .unwrap_or_else(|| panic!("{name} is not recognised"))
        .format;
    let parsed = parse(&format, Zone::UTC, &batch);
    (format.name, batch, parsed)
}

#[test]
fn every_wrapped_fixture_says_what_was_written_down_by_hand() {
    for name in names() {
        let path = folder().join(format!("{name}.expected"));
        let text = fs::read_to_string(&path).expect("an expectation");
        let (comments, rows): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with('#'));
        let (header, events) = rows.split_first().expect("a line of column names");
        let columns: Vec<&str> = header.split('\t').collect();
        let (format, _, parsed) = read(&name);
        assert_eq!(
            written(&parsed, &columns),
            events,
            "{name}, {format}: {header}"
        );
        let tally = format!(
            "lines {} events {} joined {} unparsed {} headers {}",
            parsed.lines,
            parsed.chunk.len(),
            parsed.joined,
            parsed.unparsed,
            parsed.headers
        );
        assert!(
            comments.iter().any(|line| line.ends_with(&tally)),
            "{name}: {tally}"
        );
    }
}

#[test]
fn events_point_to_the_lines_with_their_wrappers() {
    for name in names() {
        let (_, batch, parsed) = read(&name);
        for row in 0..parsed.chunk.len() {
            let line = parsed.chunk.line[row] as usize;
            let end = parsed.chunk.offset[row] + u64::from(parsed.chunk.length[row]);
            assert_eq!(
                parsed.chunk.offset[row],
                batch.offset(line),
                "{name}: {row}"
            );
            assert!(
                end >= batch.offset(line) + batch.line(line).len() as u64,
                "{name}: {row}"
            );
        }
    }
}

/// The one input of a source of these bytes. No line of it is lost.
fn input(bytes: &[u8]) -> (Input, Snapshot) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x.log");
    fs::write(&path, bytes).expect("written");
    let snapshot = analysed(&[path], |_: &mut Options| {});
    let input = snapshot.inputs[0].clone();
    let Input {
        lines,
        events,
        joined,
        unparsed,
        headers,
        ..
    } = input;
    assert_eq!(
        lines,
        events + joined + unparsed + headers,
        "{}",
        input.format
    );
    (input, snapshot)
}

/// Format, lines, events, unparsed lines of a source of these bytes.
fn check(bytes: &[u8], expected: (&str, u64, u64, u64)) {
    let (input, _) = input(bytes);
    let found = (
        input.format.as_str(),
        input.lines,
        input.events,
        input.unparsed,
    );
    assert_eq!(found, expected, "{:?} {:?}", input.reason, input.error);
}

const LINES: &str = "2024-02-03T06:09:12Z INFO opened\n2024-02-03T06:09:13Z ERROR gone\n";

#[test]
fn marks_of_byte_order_and_other_encodings_are_read() {
    check(format!("\u{feff}{LINES}").as_bytes(), ("text", 2, 2, 0));
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = format!("\u{feff}{LINES}")
            .encode_utf16()
            .flat_map(order)
            .collect();
        check(&bytes, ("text", 2, 2, 0));
    }
    check(&LINES.replace('\n', "\r\n").into_bytes(), ("text", 2, 2, 0));
}

#[test]
fn bytes_that_are_no_text_cost_no_line() {
    check(
        &LINES.replace("gone", "g\0ne").into_bytes(),
        ("text", 2, 2, 0),
    );
    check(
        &[&[0; 4096][..], LINES.as_bytes()].concat(),
        ("text", 2, 2, 0),
    );
    check(
        &[LINES.as_bytes(), b"2024-02-03T06:09:14Z INFO caf\xe9\n"].concat(),
        ("text", 3, 3, 0),
    );
    check(
        LINES.replace("2024", "\u{c}2024").as_bytes(),
        ("text", 2, 2, 0),
    );
    check(
        LINES.replace("2024", "10 %\r50 %\r2024").as_bytes(),
        ("text", 2, 2, 0),
    );
    check(
        LINES.replace("2024", "\u{1b}[0;31m2024").as_bytes(),
        ("text", 2, 2, 0),
    );
    check(b"", ("unknown", 0, 0, 0));
    check(LINES.trim_end().as_bytes(), ("text", 2, 2, 0));
}

#[test]
fn a_line_of_ten_megabytes_is_one_event() {
    let long = format!(
        "{LINES}2024-02-03T06:09:14Z INFO {}\n{LINES}",
        "x".repeat(10 << 20)
    );
    check(long.as_bytes(), ("text", 5, 5, 0));
}

#[test]
fn escape_sequences_of_a_log_reach_no_report() {
    let line =
        "{\"time\":\"2024-02-03T06:09:12Z\",\"level\":\"error\",\"msg\":\"\u{1b}[2Jgone\"}\n";
    let (_, snapshot) = input(line.repeat(5).as_bytes());
    let text = rfo::reports::json::json(&snapshot);
    assert!(!text.contains('\u{1b}') && !text.contains("u001b"));
}

#[test]
fn requests_among_messages_have_their_series() {
    let second = |s: usize| {
        format!(
            "{{\"level\":\"info\",\"time\":\"2024-02-03T06:{:02}:{:02}Z\",\"msg\":\"sold\"}}\n203.0.113.9 - - [03/Feb/2024:06:{:02}:{:02} +0000] \"GET /cart HTTP/1.1\" 200 512 \"-\" \"probe/1.0\"\n",
            s / 60,
            s % 60,
            s / 60,
            s % 60
        )
    };
    let text: String = (0..600).map(second).collect();
    let (input, snapshot) = input(text.as_bytes());
    assert_eq!((input.events, input.unparsed), (1200, 0));
    assert_eq!(input.format, "combined + json");
    let names: Vec<&str> = snapshot
        .series
        .iter()
        .map(|one| one.signal.name.as_str())
        .collect();
    for name in ["request rate", "message rate"] {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
}

#[test]
fn a_block_of_another_format_is_judged_anew() {
    let json = |s: usize| {
        format!(
            "{{\"level\":\"info\",\"time\":\"2024-02-03T06:{:02}:{:02}Z\",\"msg\":\"sold\",\"room\":\"{}\"}}\n",
            s / 60,
            s % 60,
            "x".repeat(400)
        )
    };
    let access = |s: usize| {
        format!(
            "203.0.113.9 - - [03/Feb/2024:07:{:02}:{:02} +0000] \"GET /cart HTTP/1.1\" 200 512 \"-\" \"probe/1.0\"\n",
            s / 60,
            s % 60
        )
    };
    let text: String = (0..3000).map(json).chain((0..3000).map(access)).collect();
    let (input, _) = input(text.as_bytes());
    assert_eq!(
        (input.format.as_str(), input.events, input.unparsed),
        ("json + combined", 6000, 0)
    );
}

#[test]
fn an_export_of_the_journal_says_what_its_json_says_in_blocks_of_any_size() {
    let (mut export, mut json) = (Vec::new(), String::new());
    for i in 0..6_000_u64 {
        let (second, unit) = (
            1_709_280_000 + i,
            ["till.service", "stock.service"][i as usize % 2],
        );
        let head = format!(
            "__CURSOR=s=1;i={i}\n__REALTIME_TIMESTAMP={second}000000\nPRIORITY=3\n_HOSTNAME=a\n_SYSTEMD_UNIT={unit}\n_PID=7\n"
        );
        let message = format!(
            "order {i} failed\n\n  at {}\n__CURSOR=x",
            "till.pay ".repeat(20)
        );
        export.extend_from_slice(head.as_bytes());
        export.extend_from_slice(b"MESSAGE\n");
        export.extend_from_slice(&(message.len() as u64).to_le_bytes());
        export.extend_from_slice(format!("{message}\n\n").as_bytes());
        json += &format!(
            "{}\n",
            serde_json::json!({"__CURSOR": format!("s=1;i={i}"), "__REALTIME_TIMESTAMP": format!("{second}000000"), "PRIORITY": "3", "_HOSTNAME": "a", "_SYSTEMD_UNIT": unit, "_PID": "7", "MESSAGE": message})
        );
    }
    let ((of_export, exported), (of_json, read)) = (input(&export), input(json.as_bytes()));
    assert_eq!(
        (of_export.format.as_str(), of_json.format.as_str()),
        ("journald", "journald")
    );
    assert_eq!(
        (of_export.events, of_export.unparsed, of_export.headers),
        (6_000, 0, 6_000)
    );
    assert_eq!(of_json.events, 6_000);
    assert_eq!(
        (exported.range, exported.incidents.len()),
        (read.range, read.incidents.len())
    );
    let templates = |snapshot: &Snapshot| {
        let names = snapshot.series.iter().map(|one| format!("{one:?}"));
        names
            .filter(|one| one.contains("order"))
            .collect::<Vec<_>>()
    };
    assert_eq!(templates(&exported), templates(&read));
}
