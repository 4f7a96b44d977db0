//! A log as steps: every event with the lines that belong to it, at the time when it was written.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use super::{Part, Step, Steps};
use crate::analysis::plan::{Kind, Planned};
use crate::clock::NS_PER_MIN;
use crate::events::{Chunk, Number};
use crate::formats::blocks::UNDATED_NS;
use crate::formats::carry::Carry;
use crate::formats::cut::cut;
use crate::formats::stamp::StampContext;
use crate::formats::{Format, StampSide, parse};
use crate::input::{self, Block, Blocks, open};
use crate::lines::LineBatch;

/// A time that is later than the next line's by more than this is a slip and not waited for.
const SLIP_NS: i64 = 60 * NS_PER_MIN;

/// A log's steps. What was written outside of `range` (ns UTC) is left out; what stands before
/// the first event stays. A source that no format reads is one step without a time a block.
/// # Errors
/// If it cannot be opened; what fails later is an item of the steps.
pub fn log(planned: &Planned, range: Range<i64>) -> Result<Steps, input::Error> {
    let reader = open(&planned.source, Arc::default())?;
    let format = match &planned.kind {
        Kind::Log(detected) => Some(detected.format.clone()),
        _ => None,
    };
    Ok(Box::new(Log {
        blocks: Blocks::new(reader, cut(format.as_ref())),
        format,
        carry: Carry::new(planned.context, planned.seen),
        context: planned.context,
        range,
        ready: VecDeque::new(),
        before: Vec::new(),
        last_ns: None,
        ended: false,
    }))
}

struct Log {
    blocks: Blocks<Box<dyn Read + Send>>,
    format: Option<Format>,
    carry: Carry,
    context: StampContext,
    range: Range<i64>,
    ready: VecDeque<Step>,
    /// What stands before the first event that is kept.
    before: Vec<u8>,
    /// When the last event was written.
    last_ns: Option<i64>,
    ended: bool,
}

impl Iterator for Log {
    type Item = io::Result<Step>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.ended {
            match self.blocks.next_block() {
                Ok(Some(block)) => self.take(block),
                Ok(None) => self.end(),
                Err(error) => return Some(Err(io::Error::other(error))),
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

impl Log {
    fn take(&mut self, block: Block) {
        let Some(format) = &self.format else {
            self.ready.push_back(Step {
                time_ns: None,
                part: Part::Append(block.bytes),
            });
            return;
        };
        self.context = self.carry.over(format, &block.bytes);
        let batch = LineBatch::split(block.bytes.clone(), block.offset).under(block.header);
        let chunk = parse(format, self.context, &batch).chunk;
        let events = written(&chunk, format.side);
        let place =
            |offset: u64| (offset.saturating_sub(block.offset) as usize).min(block.bytes.len());
        let first = events
            .first()
            .map_or(block.bytes.len(), |(_, offset)| place(*offset));
        self.without_time(&block.bytes[..first]);
        for (i, (time_ns, offset)) in events.iter().enumerate() {
            let end = events
                .get(i + 1)
                .map_or(block.bytes.len(), |(_, next)| place(*next));
            let time_ns = self.last_ns.map_or(*time_ns, |last| last.max(*time_ns));
            self.last_ns = Some(time_ns);
            self.event(time_ns, &block.bytes[place(*offset)..end]);
        }
    }

    fn event(&mut self, time_ns: i64, bytes: &[u8]) {
        if self.range.contains(&time_ns) {
            let mut all = std::mem::take(&mut self.before);
            all.extend_from_slice(bytes);
            self.ready.push_back(Step {
                time_ns: Some(time_ns),
                part: Part::Append(all),
            });
        }
    }

    /// Lines without a time go with the event before them, or before the first one.
    fn without_time(&mut self, bytes: &[u8]) {
        match self.last_ns {
            Some(last_ns) if !bytes.is_empty() => self.event(last_ns, bytes),
            Some(_) => {}
            None => self.before.extend_from_slice(bytes),
        }
    }

    fn end(&mut self) {
        self.ended = true;
        let before = std::mem::take(&mut self.before);
        if !before.is_empty() {
            self.ready.push_back(Step {
                time_ns: None,
                part: Part::Append(before),
            });
        }
    }
}

/// When each event was written and where it begins, in the order of the file. Events of one line
/// are one; those without a time, or whose time is a slip, go with the event before.
fn written(chunk: &Chunk, side: StampSide) -> Vec<(i64, u64)> {
    let stamp = |row: usize| match (side, chunk.number_at(Number::LatencyUs, row)) {
        (StampSide::End, Some(latency_us)) => {
            chunk.time_ns[row].saturating_add(latency_us.saturating_mul(1000))
        }
        _ => chunk.time_ns[row],
    };
    let dated = (0..chunk.len()).filter(|row| chunk.time_ns[*row] != UNDATED_NS);
    let mut events: Vec<(i64, u64)> = Vec::with_capacity(chunk.len());
    for row in dated {
        let (time_ns, offset) = (stamp(row), chunk.offset[row]);
        if events.last().is_none_or(|(_, last)| *last < offset) {
            events.push((time_ns, offset));
        }
    }
    let slips: Vec<bool> = events
        .windows(2)
        .map(|pair| pair[0].0.saturating_sub(pair[1].0) > SLIP_NS)
        .collect();
    let mut slips = slips.into_iter().chain([false]);
    events.retain(|_| !slips.next().unwrap_or(false));
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Options;
    use crate::analysis::plan::plan;
    use crate::input::discover;

    fn steps(name: &str, text: &str, range: Range<i64>) -> Vec<Step> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        let (sources, _) = discover(std::slice::from_ref(&path));
        let (planned, _) = plan(sources, &Options::new(vec![path]));
        let all: io::Result<Vec<Step>> = log(&planned[0], range).expect("opens").collect();
        all.expect("reads")
    }

    /// Seconds after 12:00 of 3 Feb 2024 and the text of each step.
    fn check(name: &str, text: &str, range_s: Range<i64>, expected: &[(i64, &str)]) {
        const NOON_S: i64 = 1_706_961_600;
        const S: i64 = 1_000_000_000;
        let range = (NOON_S + range_s.start) * S..(NOON_S + range_s.end) * S;
        let found: Vec<(i64, String)> = steps(name, text, range)
            .into_iter()
            .map(|step| match (step.time_ns, step.part) {
                (Some(ns), Part::Append(bytes)) => {
                    (ns / S - NOON_S, String::from_utf8(bytes).expect("text"))
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let found: Vec<(i64, &str)> = found.iter().map(|(s, text)| (*s, text.as_str())).collect();
        assert_eq!(found, expected);
    }

    const APP: &str = "started by hand\n\
        2024-02-03 12:00:00 INFO ready\n\
        2024-02-03 12:00:05 ERROR no route\n  at a.rs:1\n  at b.rs:2\n\
        2024-02-03 12:00:03 INFO late line\n\
        2024-02-03 12:00:09 INFO done";

    #[test]
    fn events_keep_their_lines_and_never_go_back_in_time() {
        check(
            "app.log",
            APP,
            -100..100,
            &[
                (0, "started by hand\n2024-02-03 12:00:00 INFO ready\n"),
                (
                    5,
                    "2024-02-03 12:00:05 ERROR no route\n  at a.rs:1\n  at b.rs:2\n",
                ),
                (5, "2024-02-03 12:00:03 INFO late line\n"),
                (9, "2024-02-03 12:00:09 INFO done"),
            ],
        );
    }

    #[test]
    fn what_is_cut_goes_with_all_its_lines_but_the_head_stays() {
        check(
            "app.log",
            APP,
            6..100,
            &[(9, "started by hand\n2024-02-03 12:00:09 INFO done")],
        );
    }

    #[test]
    fn a_slip_of_the_clock_holds_nothing_up() {
        let text =
            "2024-02-03 12:00:00 INFO a\n2031-02-03 12:00:01 INFO b\n2024-02-03 12:00:02 INFO c\n";
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let first = [lines[0], lines[1]].concat();
        check("app.log", text, -100..100, &[(0, &first), (2, lines[2])]);
    }

    #[test]
    fn a_request_is_written_when_it_has_ended() {
        let line = |second: u32, took: &str| {
            format!(
                "10.0.0.1 - - [03/Feb/2024:12:00:{second:02} +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"-\" {took}\n"
            )
        };
        let lines: Vec<String> = (0..20).map(|second| line(second + 20, "15.000")).collect();
        let found = steps("access.log", &lines.concat(), super::super::ALWAYS);
        let first = found.first().and_then(|step| step.time_ns);
        assert_eq!(first, Some(1_706_961_620_000_000_000));
        assert_eq!(found.len(), 20);
    }

    #[test]
    fn what_no_format_reads_comes_at_once_and_whole() {
        let text = "nothing here\nhas a time\n";
        let found = steps("notes.log", text, super::super::ALWAYS);
        let part = Part::Append(text.as_bytes().to_vec());
        assert_eq!(
            found,
            [Step {
                time_ns: None,
                part
            }]
        );
    }
}
