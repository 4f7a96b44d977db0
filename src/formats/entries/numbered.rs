//! Entries that went through syslog: the server sends an entry line by line and numbers what it
//! sends, `[7-1] ` the first line of its seventh entry, `[7-2] ` what goes on with it. The daemon
//! writes control bytes as numbers: `#011` is a tab.
//!
//! In: a batch of lines without what syslog itself writes around them. Out: the same lines as the
//! server's own log has them, and events put back to the lines as they were. Reads no entry.

use super::front::{Found, head};
use crate::formats::Parsed;
use crate::formats::placed::length;
use crate::formats::wrap::layers::Origin;
use crate::lines::LineBatch;

/// So many lines are asked whether the lines of a batch are numbered.
const LOOKED: usize = 64;
/// Digits of a number, at most.
const DIGITS_MAX: usize = 20;

/// Lines without their numbers, one for each line of the batch.
pub struct Unnumbered {
    /// The lines.
    pub batch: LineBatch,
    /// When each was written as its wrapper says; only of lines that have a number, whose prefix
    /// may leave out the time.
    pub outer_ns: Vec<Option<i64>>,
}

/// Whether the lines of a batch are numbered.
pub fn is_in(batch: &LineBatch) -> bool {
    (0..batch.len().min(LOOKED)).any(|i| number(batch.line(i)).is_some())
}

/// True if a line goes on with the entry of the line before it, because its number says so.
pub fn goes_on(line: &[u8]) -> bool {
    let opens = |rest: &[u8]| matches!(head(0, rest), Some(Found::Opening(_)));
    number(line).is_some_and(|(is_first, rest)| !is_first && !opens(rest))
}

/// Whether a line is the first of its entry, and what stands behind its number. `None` for a line
/// without one.
fn number(line: &[u8]) -> Option<(bool, &[u8])> {
    let (_, rest) = digits(line.strip_prefix(b"[")?)?;
    let (part, rest) = match rest.strip_prefix(b"-") {
        Some(rest) => digits(rest)?,
        None => (&b"1"[..], rest),
    };
    let rest = rest.strip_prefix(b"]")?;
    let rest = rest
        .strip_prefix(b" ")
        .or(rest.is_empty().then_some(rest))?;
    Some((part == b"1", rest))
}

/// Digits at the front, at least one, and what follows them.
fn digits(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let n = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (1..=DIGITS_MAX).contains(&n).then(|| bytes.split_at(n))
}

impl Unnumbered {
    /// The lines of a batch without their numbers. `None` where they have none.
    pub fn of(batch: &LineBatch, origins: Option<&[Origin]>) -> Option<Self> {
        if !is_in(batch) {
            return None;
        }
        let mut buffer = Vec::with_capacity(batch.bytes());
        let mut ranges = Vec::with_capacity(batch.len());
        let mut outer_ns = vec![None; batch.len()];
        for (i, outer_ns) in outer_ns.iter_mut().enumerate() {
            let (line, start) = (batch.line(i), buffer.len());
            match number(line) {
                None => buffer.extend_from_slice(line),
                Some((is_first, rest)) => {
                    push_unescaped(rest, &mut buffer);
                    *outer_ns = origins.and_then(|origins| origins[i].time_ns);
                    let has_place = |line: &[u8]| {
                        line.first().is_some_and(u8::is_ascii_whitespace) || head(0, line).is_some()
                    };
                    // A long line is parted between two words, or within one.
                    if !is_first && !has_place(&buffer[start..]) {
                        buffer.insert(start, b' ');
                    }
                }
            }
            ranges.push(start as u32..buffer.len() as u32);
            buffer.push(b'\n');
        }
        Some(Self {
            batch: LineBatch::of(buffer, ranges),
            outer_ns,
        })
    }

    /// Events from row `from` on lie where the lines do from which these were made.
    pub fn put_back(&self, from: usize, written: &LineBatch, parsed: &mut Parsed) {
        let chunk = &mut parsed.chunk;
        for row in from..chunk.len() {
            let end = chunk.offset[row] + u64::from(chunk.length[row]);
            let last = self.batch.line_before(end);
            let end = written.offset(last) + written.line(last).len() as u64;
            chunk.offset[row] = written.offset(chunk.line[row] as usize);
            chunk.length[row] = length(end, chunk.offset[row]);
        }
    }
}

/// Tabs and line ends as they were: `#011`, `#012`.
fn push_unescaped(mut text: &[u8], buffer: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr(b'#', text) {
        let (before, rest) = text.split_at(at);
        buffer.extend_from_slice(before);
        let (written, length) = match rest {
            [b'#', b'0', b'1', b'1', ..] => (b'\t', 4),
            [b'#', b'0', b'1', b'2', ..] => (b'\n', 4),
            _ => (b'#', 1),
        };
        buffer.push(written);
        text = &rest[length..];
    }
    buffer.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::events::{Number, Text};
    use crate::formats::stamp::StampContext;
    use crate::formats::{detect, parse};
    use proptest::prelude::*;

    const AT: &str = "2024-02-03T06:09:12+00:00 db-1 postgres";

    /// Each event of what a syslog holds: `FORMAT lines/joined/unparsed`, then
    /// `TIME LEVEL LATENCY_US USER SERVICE QUERY | MESSAGE`.
    fn check(text: &str, expected: &[&str]) {
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let found = detect(&batch, "x").expect("a format");
        let parsed = parse(&found.format, StampContext::from(Zone::UTC), &batch);
        let (lines, joined, unparsed) = (parsed.lines, parsed.joined, parsed.unparsed);
        let mut said = vec![format!("{} {lines}/{joined}/{unparsed}", found.format.name)];
        for row in 0..parsed.chunk.len() {
            let number = |field| parsed.chunk.number_at(field, row);
            let number = |field| number(field).map_or("-".to_owned(), |n| n.to_string());
            let text = |field: Text| match parsed.chunk.text_at(field, row) {
                Some(symbol) => parsed.names[field as usize].text(symbol),
                None => "-".to_owned(),
            };
            let words = [
                rfc3339(parsed.chunk.time_ns[row]),
                number(Number::Level),
                number(Number::LatencyUs),
                text(Text::User),
                text(Text::Service),
                text(Text::Query),
                "|".to_owned(),
                text(Text::Message),
            ];
            said.push(words.join(" "));
        }
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn entries_in_numbered_parts_are_those_of_the_servers_own_log() {
        let text = [
            "[812]: [7-1] 2024-02-03 06:09:12.500 UTC [812] app@till LOG:  duration: 1500.250 ms  statement: SELECT id",
            "[812]: [7-2] #011FROM bills",
            "[812]: [7-3] #011",
            "[812]: [7-4] #011WHERE id = 7",
            "[813]: [3-1] 2024-02-03 06:09:13.000 UTC [813] app@till ERROR:  deadlock detected",
            "[813]: [3-2] 2024-02-03 06:09:13.000 UTC [813] app@till DETAIL:  Process 813 waits for ShareLock; blocked by process 812.",
            "[813]: [3-3] #011Process 812 waits for ShareLock; blocked by process 813.",
            "[813]: [3-4] 2024-02-03 06:09:13.000 UTC [813] app@till STATEMENT:  UPDATE bills",
            "[813]: [3-5] #011SET paid = true",
            "[812]: [8-1] 2024-02-03 06:09:14.000 UTC [812] app@till LOG:  duration: 2.000 ms",
        ];
        let text: String = text.iter().map(|line| format!("{AT}{line}\n")).collect();
        check(
            &text,
            &[
                "postgresql in syslog 10/7/0",
                "2024-02-03T06:09:10.999750Z 1 1500250 app till select id from bills where id = ? | -",
                "2024-02-03T06:09:13Z 4 - app till update bills set paid = true | deadlock detected",
                "2024-02-03T06:09:13.998Z 1 2000 app till - | -",
            ],
        );
    }

    #[test]
    fn a_prefix_that_leaves_the_time_to_syslog_has_that_of_syslog() {
        let text = [
            "[812]: [7-1] user=app,db=till,client=10.0.0.3 LOG:  duration: 1500.000 ms  execute S_1: SELECT $1",
            "[812]: [7-2] user=app,db=till,client=10.0.0.3 DETAIL:  parameters: $1 = '9'",
            "[812]: [8] FATAL:  sorry, too many clients already",
        ];
        let text: String = text
            .iter()
            .map(|line| format!("Feb  3 06:09:12 db-1 postgres{line}\n"))
            .collect();
        check(
            &text,
            &[
                "postgresql in syslog 3/1/0",
                "1972-02-03T06:09:10.500Z 1 1500000 app till select ? | -",
                "1972-02-03T06:09:12Z 5 - - postgres - | sorry, too many clients already",
            ],
        );
    }

    #[test]
    fn a_long_line_is_put_together_wherever_it_was_parted() {
        let text = format!(
            "{AT}[812]: [7-1] 2024-02-03 06:09:12.000 UTC [812] app@till LOG:  duration: 5.000 ms  statement: SELECT a\n\
             {AT}[812]: [7-2]  FROM bills WHERE\n{AT}[812]: [7-3] id = 7#012#011AND paid\n"
        );
        check(
            &text,
            &[
                "postgresql in syslog 3/2/0",
                "2024-02-03T06:09:11.995Z 1 5000 app till select a from bills where id = ? and paid | -",
            ],
        );
    }

    #[test]
    fn a_block_is_cut_before_the_first_part_only() {
        assert!(!goes_on(b"[7-1] LOG:  x") && !goes_on(b"[7] LOG:  x") && !goes_on(b"x"));
        assert!(goes_on(b"[7-2] #011FROM t") && goes_on(b"[7-12] DETAIL:  x"));
        // `[%l-2] ` may be a prefix of the server's own.
        assert!(!goes_on(b"[7-2] 2024-02-03 06:09:12 UTC LOG:  x"));
    }

    proptest! {
        #[test]
        fn every_numbered_line_is_accounted_for(text in "(\\[7-[123]\\] |\\[8\\] |2019-10-25 05:40:12 UTC |LOG:  |DETAIL:  |duration: 5 ms|#011|#012|#|\n|\t|é){0,40}") {
            let format = crate::formats::catalogue::builtin_named("postgresql").expect("a definition");
            let parsed = crate::formats::parse::parse_text(format, Zone::UTC, text.as_bytes());
            prop_assert_eq!(parsed.lines, parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers);
        }
    }
}
