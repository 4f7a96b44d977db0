//! What a program says when it crashes, between its events and without a stamp.
//!
//! In: a line that no format reads, and the events before it. Out: an event of its own at the time of
//! the one before, to which the lines behind it belong. What an event says that tells of a failure
//! itself belongs to that event.

use super::field::Field;
use super::row::{Place, Row};
use super::stamp::StampReader;
use super::{Parsed, SourceKind, StampSide};
use crate::events::{Number, Text, level};

/// The kind of a crash's event.
pub(super) const KIND: &[u8] = b"crash";
/// How the first line of a crash begins: Go, Java, .NET.
const HEADS: [&[u8]; 4] = [
    b"panic: ",
    b"fatal error: ",
    b"Exception in thread ",
    b"Unhandled exception",
];
/// Rust says which thread, and where.
const THREAD: &[u8] = b"thread '";
const PANICKED: &[u8] = b"' panicked at ";
/// Python's exceptions are also written with a message before them.
const TRACEBACK: &[u8] = b"Traceback (most recent call last)";

/// Whether a line is the first of a crash, whatever stands before it.
pub(super) fn begins(line: &[u8]) -> bool {
    let is_thread = || line.starts_with(THREAD) && memchr::memmem::find(line, PANICKED).is_some();
    HEADS.iter().any(|head| line.starts_with(head)) || is_thread()
}

/// How severe is what a line says behind an event of this level. Behind a request a traceback is the
/// request's.
fn severity(kind: SourceKind, line: &[u8], before: Option<i64>) -> Option<i64> {
    let tells_itself = before.is_some_and(|one| one >= level::WARNING);
    if tells_itself {
        None
    } else if begins(line) {
        Some(level::FATAL)
    } else {
        let is_traceback = kind == SourceKind::App && line.starts_with(TRACEBACK);
        is_traceback.then_some(level::ERROR)
    }
}

/// Adds the line as an event if it is the first of a crash, at the wrapper's time if that has one.
/// False if it is none.
pub(super) fn add<'a>(
    (kind, side): (SourceKind, StampSide),
    (line, place, outer_ns): (&'a [u8], Place, Option<i64>),
    (row, stamps): (&mut Row<'a>, &mut StampReader),
    parsed: &mut Parsed,
) -> bool {
    let chunk = &parsed.chunk;
    let Some(last) = chunk.len().checked_sub(1) else {
        return false;
    };
    if !matches!(kind, SourceKind::App | SourceKind::Access) {
        return false;
    }
    let Some(level) = severity(kind, line, chunk.number_at(Number::Level, last)) else {
        return false;
    };
    let took_us = match side {
        StampSide::End => chunk.number_at(Number::LatencyUs, last).unwrap_or(0),
        StampSide::Start => 0,
    };
    let after_ns = chunk.time_ns[last].saturating_add(took_us.saturating_mul(1000));
    row.clear();
    row.set_time_ns(outer_ns.unwrap_or(after_ns));
    row.set_number(Number::Level, level);
    row.set_text(Text::Kind, KIND);
    row.set(Field::Message, line.trim_ascii(), stamps);
    row.commit(place, side, parsed);
    if kind != SourceKind::App {
        parsed.foreign.push((last + 1, SourceKind::App));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::catalogue::builtin_named;
    use crate::formats::parse::parse_text;

    const GO: &str = "panic: till is locked\n[signal SIGSEGV: segmentation violation]\n\ngoroutine 7 [running]:\nmain.main()\n\t/app/main.go:10 +0x25\nexit status 2\n";

    /// Level, kind and time of each event, and how many lines joined them.
    fn read(level: &str, crash: &str) -> (Vec<(Option<i64>, bool, i64)>, u64) {
        let line = |second: i64| format!("2024-03-05 10:00:0{second} [{level}] api.pay: took 7\n");
        let text = line(1) + crash + &line(2);
        let parsed = parse_text(
            builtin_named("python").expect("built in"),
            Zone::UTC,
            text.as_bytes(),
        );
        assert_eq!(parsed.unparsed, 0, "{:?}", parsed.samples);
        let chunk = &parsed.chunk;
        let event = |row: usize| {
            let is_crash = chunk.text_at(Text::Kind, row).is_some();
            let second = chunk.time_ns[row] / 1_000_000_000 % 60;
            (chunk.number_at(Number::Level, row), is_crash, second)
        };
        ((0..chunk.len()).map(event).collect(), parsed.joined)
    }

    #[test]
    fn a_crash_is_an_event_and_its_lines_belong_to_it() {
        for (crash, level, joined) in [
            (GO, 5, 5),
            (
                "Exception in thread \"main\" a.B: c\n\tat d.E.f(G.java:1)\n",
                5,
                1,
            ),
            (
                "thread 'main' panicked at src/main.rs:5:1:\nno till\nnote: run with `RUST_BACKTRACE=1`\n",
                5,
                2,
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'\n",
                4,
                2,
            ),
        ] {
            let expected = [
                (Some(1), false, 1),
                (Some(level), true, 1),
                (Some(1), false, 2),
            ];
            assert_eq!(read("INFO", crash), (expected.to_vec(), joined), "{crash}");
        }
    }

    #[test]
    fn behind_a_request_it_is_a_message_and_no_request() {
        let line = "[GIN] 2024/03/05 - 10:00:01 | 200 | 1.5ms | 10.0.0.7 | GET \"/pay\"\n";
        let gin = builtin_named("gin").expect("built in");
        let parsed = parse_text(gin, Zone::UTC, (line.to_owned() + GO).as_bytes());
        assert_eq!((parsed.chunk.len(), parsed.unparsed), (2, 0));
        assert_eq!(parsed.foreign, [(1, SourceKind::App)]);
    }

    #[test]
    fn what_an_error_is_followed_by_belongs_to_it() {
        let (events, joined) = read("ERROR", GO);
        assert_eq!(events, [(Some(4), false, 1), (Some(4), false, 2)]);
        assert_eq!(joined, 6);
    }
}
