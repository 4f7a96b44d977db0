//! What the next block of a followed source needs from those before it.
//!
//! In: its blocks in order. Out: how the stamps of each are read, its column names, and the event
//! that its first lines may go on with: what is written while it is read is handed on in the
//! middle of a trace.

use crate::formats::behind::{self, Before};
use crate::formats::carry::Carry;
use crate::formats::stamp::{Seen, StampContext};
use crate::formats::{Format, parse};
use crate::input::Block;
use crate::input::blocks::ColumnNames;
use crate::lines::LineBatch;

/// Bytes of the start of a block in which its first event is looked for.
const HEAD_BYTES: usize = 4 << 10;
/// Bytes of the end of a block in which its last event is looked for, one after the other.
const TAIL_BYTES: [usize; 3] = [4 << 10, 32 << 10, 256 << 10];

/// What is known of a source between two blocks.
pub struct Between {
    context: StampContext,
    carry: Carry,
    columns: ColumnNames,
    /// The end of the block before, and of what that went on with.
    tail: Option<Before>,
}

impl Between {
    /// Before the first block.
    pub fn new(context: StampContext, seen: Seen) -> Self {
        Self {
            context,
            carry: Carry::new(context, seen),
            columns: ColumnNames::default(),
            tail: None,
        }
    }

    /// Tells the next block its column names, and makes copies in it blank. How its stamps are
    /// read, and what its first lines may go on with.
    pub fn over(
        &mut self,
        format: Option<&Format>,
        block: &mut Block,
    ) -> (StampContext, Option<Before>) {
        if block.header.is_none() {
            let is_first = block.bytes.starts_with(b"#");
            block.header = self.columns.over(&block.bytes, is_first);
        }
        let Some(format) = format else {
            return (self.context, None);
        };
        self.carry.blank_copies(format, &mut block.bytes);
        let context = self.carry.over(format, &block.bytes);
        let before = self
            .tail
            .take()
            .filter(|_| !begins_with_event(format, context, block))
            .and_then(|tail| last_event(format, &tail));
        self.tail = tail(before.as_ref(), &block.bytes, context);
        (context, before)
    }
}

/// Whether the first line of a block is that of an event, whatever stands before it.
fn begins_with_event(format: &Format, context: StampContext, block: &Block) -> bool {
    let within = &block.bytes[..block.bytes.len().min(HEAD_BYTES)];
    let end = memchr::memrchr(b'\n', within).map_or(within.len(), |end| end + 1);
    let head = LineBatch::split(within[..end].to_vec(), 0).under(block.header.clone());
    parse(format, context, &head).chunk.offset.first() == Some(&0)
}

/// What stands behind a block: lines from so far before its end that its last event is most likely
/// among them. `None` if its last line has no end yet.
fn tail(before: Option<&Before>, bytes: &[u8], context: StampContext) -> Option<Before> {
    let bytes_max = TAIL_BYTES[TAIL_BYTES.len() - 1];
    let whole = match before {
        Some(before) if bytes.len() < bytes_max => &[&before.bytes, bytes].concat(),
        _ => bytes,
    };
    let context = before.map_or(context, |before| before.context);
    let bytes = last_lines(whole, bytes_max).to_vec();
    bytes.ends_with(b"\n").then_some(Before { bytes, context })
}

/// Whole lines, no more than so many bytes, from the end of a text.
fn last_lines(text: &[u8], bytes_max: usize) -> &[u8] {
    match text.len().checked_sub(bytes_max) {
        None | Some(0) => text,
        Some(from) => {
            let end = memchr::memchr(b'\n', &text[from - 1..]);
            end.map_or(&[], |n| &text[from + n..])
        }
    }
}

/// The last event of some lines and all behind it.
fn last_event(format: &Format, tail: &Before) -> Option<Before> {
    let in_last = |bytes_max: &usize| {
        let lines = last_lines(&tail.bytes, *bytes_max);
        let parsed = parse(format, tail.context, &LineBatch::split(lines.to_vec(), 0));
        let start = behind::last_start(&parsed)?;
        Some(lines.get(start..)?.to_vec())
    };
    let bytes = TAIL_BYTES.iter().find_map(in_last)?;
    Some(Before {
        bytes,
        context: tail.context,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::{Number, Text};
    use crate::formats::behind::parse_behind;
    use crate::formats::catalogue::builtin_named;
    use crate::formats::{Parsed, Tables, parse_with};
    use crate::lines::LineBatch;

    /// Offset, time, level and kind of each event; then lines joined, unparsed and left out.
    type Told = (Vec<(u64, i64, Option<i64>, Vec<u8>)>, [u64; 4]);

    /// What a text becomes that is handed on in these parts.
    fn told(format: &Format, parts: &[&str]) -> Told {
        let context = StampContext::from(Zone::UTC);
        let mut between = Between::new(context, Seen::default());
        let mut tables = Tables::default();
        let mut told = (Vec::new(), [0; 4]);
        let mut offset = 0;
        for part in parts {
            let mut block = Block {
                bytes: part.as_bytes().to_vec(),
                offset,
                header: None,
            };
            offset += part.len() as u64;
            let (context, before) = between.over(Some(format), &mut block);
            let batch = LineBatch::split(block.bytes, block.offset);
            let mut parsed = match before {
                Some(before) => parse_behind(format, (before, context), &batch, tables),
                None => parse_with(format, context, &batch, tables),
            };
            assert_eq!(parsed.lines, batch.len() as u64);
            put(&parsed, &mut told);
            tables = parsed.take_tables();
        }
        told
    }

    fn put(parsed: &Parsed, (events, counts): &mut Told) {
        let chunk = &parsed.chunk;
        let kinds = &parsed.names[Text::Kind as usize];
        for row in 0..chunk.len() {
            let kind = chunk.text_at(Text::Kind, row);
            let kind = kind.map_or(Vec::new(), |kind| kinds.bytes(kind).to_vec());
            let level = chunk.number_at(Number::Level, row);
            events.push((chunk.offset[row], chunk.time_ns[row], level, kind));
        }
        let more = [parsed.lines, parsed.joined, parsed.unparsed, parsed.headers];
        for (count, more) in counts.iter_mut().zip(more) {
            *count += more;
        }
    }

    /// Wherever a text is parted between two lines, it becomes the same.
    fn check(format: &str, text: &str) {
        let format = builtin_named(format).expect("built in");
        let whole = told(format, &[text]);
        assert_eq!(whole.1[2], 0, "all is read");
        for (end, _) in text.match_indices('\n') {
            let (head, tail) = text.split_at(end + 1);
            assert_eq!(told(format, &[head, tail]), whole, "behind {head:?}");
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        assert_eq!(told(format, &lines), whole, "line by line");
    }

    #[test]
    fn traces_and_crashes_that_come_late_belong_where_they_would() {
        check(
            "python",
            "2024-03-05 10:00:01 [INFO] api.pay: took 7\n\
             Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'\n\
             2024-03-05 10:00:02 [INFO] api.pay: took 8\n\
             panic: till is locked\n\ngoroutine 7 [running]:\nmain.main()\n\t/app/main.go:10 +0x25\n\
             2024-03-05 10:00:03 [ERROR] api.pay: till\n\
             panic: till is locked\nexit status 2\n\
             2024-03-05 10:00:04 [INFO] api.pay: took 9\n",
        );
    }

    #[test]
    fn behind_requests_too() {
        check(
            "gin",
            "[GIN] 2024/03/05 - 10:00:01 | 200 | 1.5ms | 10.0.0.7 | GET \"/pay\"\n\
             panic: till is locked\n\ngoroutine 7 [running]:\nmain.main()\n\
             [GIN] 2024/03/05 - 10:00:02 | 200 | 1.5ms | 10.0.0.7 | GET \"/pay\"\n",
        );
    }

    #[test]
    fn statements_and_blocks_too() {
        check(
            "postgresql",
            "2024-03-05 10:00:01 UTC [7] LOG:  duration: 5.000 ms  statement: select a\n\tfrom b\n\
             2024-03-05 10:00:02 UTC [7] ERROR:  canceling statement due to statement timeout\n\
             2024-03-05 10:00:02 UTC [7] STATEMENT:  select c\n\tfrom d\n\
             2024-03-05 10:00:03 UTC [7] LOG:  checkpoint starting: time\n",
        );
    }

    #[test]
    fn what_is_not_whole_yet_is_not_gone_on_with() {
        let context = StampContext::from(Zone::UTC);
        let event = "2024-03-05 10:00:01 [INFO] api.pay: took 7\n";
        assert_eq!(tail(None, event.trim_end().as_bytes(), context), None);
        let long = format!("{event}{}", "  x\n".repeat(TAIL_BYTES[2]));
        let kept = tail(None, long.as_bytes(), context).expect("whole");
        assert_eq!(kept.bytes.len(), TAIL_BYTES[2]);
        let format = builtin_named("python").expect("built in");
        assert_eq!(last_event(format, &kept), None, "its event is too far");
        let lines = format!("{event}{event}{}", "  x\n".repeat(9_000));
        let kept = tail(None, lines.as_bytes(), context).expect("whole");
        let last = last_event(format, &kept).expect("among them");
        assert_eq!(last.bytes, lines.as_bytes()[event.len()..]);
    }

    #[test]
    fn the_last_lines_are_whole_ones() {
        let of =
            |bytes_max| String::from_utf8_lossy(last_lines(b"ab\ncd\n", bytes_max)).into_owned();
        assert_eq!(
            [of(9), of(6), of(5), of(4), of(3), of(2)],
            ["ab\ncd\n", "ab\ncd\n", "cd\n", "cd\n", "cd\n", ""]
        );
    }
}
