//! The blocks engine: several lines an event, opened by header lines (`# Query_time: ...`)
//! and closed by the next header, as slow query logs have them.

use super::field::Field;
use super::fingerprint::Quotes;
use super::row::{Place, Row};
use super::stamp::StampReader;
use super::{Format, Parsed, StampSide};
use crate::clock::NS_PER_S;
use crate::events::Number;
use crate::lines::LineBatch;

/// A header line opens or continues the head of an event.
const HEADER: &[u8] = b"# ";
/// Nothing of an event comes before this header.
const TIME: &[u8] = b"# Time:";
/// Nothing but the time comes before one of these.
const USERS: [&[u8]; 2] = [b"# User@Host:", b"# User:"];
/// These open an event where no header line stands before them. Other lines of this look
/// (`# a comment`) do not: they may be part of a statement.
const OPENINGS: [&[u8]; 3] = [b"# Thread_id:", b"# Schema:", b"# Query_time:"];
/// This one looks like a header and is the statement itself.
const ADMINISTRATOR: &[u8] = b"# administrator command";

/// Which keys of the header lines mean what; the lines behind the header are the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    wanted: Vec<(Vec<u8>, Field)>,
    /// Nothing in the log says a time.
    is_undated: bool,
}

/// The time of what says none and has no neighbour that does.
pub const UNDATED_NS: i64 = 0;

/// Lines `[first, end)` of a batch that are one event.
struct Extent {
    first: usize,
    end: usize,
}

impl Extent {
    fn place(&self, batch: &LineBatch) -> Place {
        let (offset, last) = (batch.offset(self.first), self.end - 1);
        let length = batch.offset(last) + batch.line(last).len() as u64 - offset;
        Place {
            line: self.first as u64,
            offset,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }
}

/// What was met on the way through an event's lines.
#[derive(Default)]
struct Head {
    timestamp_s: Option<i64>,
    body_first: Option<usize>,
    body_end: Option<usize>,
    /// The last `use db;` in front of the statement: the statement itself if none follows.
    used: Option<usize>,
    banners: u64,
}

/// What a line is to its event.
enum Part {
    Header,
    Timestamp(i64),
    Banner,
    Use,
    Blank,
    Body,
}

fn part_of(line: &[u8], in_body: bool) -> Part {
    if is_header(line) && !in_body {
        Part::Header
    } else if let Some(seconds) = timestamp_of(line) {
        Part::Timestamp(seconds)
    } else if is_banner(line) {
        Part::Banner
    } else if !in_body && line.is_empty() {
        Part::Blank
    } else if !in_body && is_use(line) {
        Part::Use
    } else {
        Part::Body
    }
}

/// Servers that leave out `# Time` within a second write the statement's end into
/// `SET timestamp`; without that too it is the stamp before. (Since MySQL 8.0.14 the timestamp
/// is the start, but there every event has its `# Time`.)
fn set_time(row: &mut Row<'_>, timestamp_s: Option<i64>, last_stamp_ns: &mut Option<i64>) {
    match (row.time_ns(), timestamp_s, *last_stamp_ns) {
        (Some(stamp_ns), _, _) => *last_stamp_ns = Some(stamp_ns),
        (None, Some(seconds), _) => row.set_time_ns(seconds.saturating_mul(NS_PER_S)),
        (None, None, Some(stamp_ns)) => row.set_time_ns(stamp_ns),
        (None, None, None) => {}
    }
}

impl Blocks {
    /// A plan from header keys (`Query_time`) to fields. The key `Time` is the stamp.
    pub fn new(wanted: Vec<(Vec<u8>, Field)>) -> Self {
        Self {
            wanted,
            is_undated: false,
        }
    }

    /// The same for a log in which nothing says a time: what has no dated neighbour is placed at
    /// `UNDATED_NS`, so that it can be counted.
    pub fn undated(mut self) -> Self {
        self.is_undated = true;
        self
    }

    /// True if an event may begin at this line, given the line before it.
    pub fn opens(before: Option<&[u8]>, line: &[u8]) -> bool {
        if line.starts_with(TIME) {
            true
        } else if USERS.iter().any(|user| line.starts_with(user)) {
            !before.is_some_and(|before| before.starts_with(TIME))
        } else {
            OPENINGS.iter().any(|opening| line.starts_with(opening))
                && !before.is_some_and(is_header)
        }
    }

    /// Parses a batch of whole blocks.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        let n = batch.len();
        let is_open = |i: &usize| {
            Self::opens(
                i.checked_sub(1).map(|before| batch.line(before)),
                batch.line(*i),
            )
        };
        let opens: Vec<usize> = (0..n).filter(is_open).collect();
        self.before_first(batch, opens.first().copied().unwrap_or(n), parsed);
        // What comes before the first stamp happened no later, and mostly in the same second.
        let mut last_stamp_ns = first_stamp(batch, stamps);
        for (k, &first) in opens.iter().enumerate() {
            let extent = Extent {
                first,
                end: opens.get(k + 1).copied().unwrap_or(n),
            };
            self.one(format, batch, &extent, stamps, &mut last_stamp_ns, parsed);
        }
    }

    fn before_first(&self, batch: &LineBatch, end: usize, parsed: &mut Parsed) {
        for i in 0..end {
            let line = batch.line(i);
            if line.is_empty() || is_banner(line) {
                parsed.headers += 1;
            } else {
                parsed.refuse(i as u64, line);
            }
        }
    }

    fn one<'a>(
        &'a self,
        format: &'a Format,
        batch: &'a LineBatch,
        extent: &Extent,
        stamps: &mut StampReader,
        last_stamp_ns: &mut Option<i64>,
        parsed: &mut Parsed,
    ) {
        let mut row = Row::new();
        let mut head = Head::default();
        for i in extent.first..extent.end {
            let line = batch.line(i);
            match part_of(line, head.body_first.is_some()) {
                Part::Header => self.header(line, &mut row, stamps),
                Part::Timestamp(seconds) => head.timestamp_s = Some(seconds),
                Part::Banner => {
                    head.banners += 1;
                    head.body_end = head.body_end.or(Some(i));
                }
                Part::Use => head.used = Some(i),
                Part::Blank => {}
                Part::Body => head.body_first = head.body_first.or(Some(i)),
            }
        }
        let first = head.body_first.or(head.used);
        let body = first.map(|first| (first, head.body_end.unwrap_or(extent.end)));
        if let Some((first, end)) = body.filter(|(first, end)| first < end) {
            let statement = batch.span(first, end);
            row.set(
                Field::Statement(Quotes::Strings),
                statement.strip_prefix(HEADER).unwrap_or(statement),
                stamps,
            );
        }
        parsed.headers += head.banners;
        set_time(&mut row, head.timestamp_s, last_stamp_ns);
        let mut side = format.side;
        if self.is_undated && row.time_ns().is_none() {
            row.set_time_ns(UNDATED_NS);
            side = StampSide::Start;
        }
        let whole = row.has_number(Number::LatencyUs);
        if whole && row.commit(extent.place(batch), side, parsed) {
            parsed.joined += (extent.end - extent.first) as u64 - 1 - head.banners;
        } else {
            let is_lost = |i: &usize| !matches!(part_of(batch.line(*i), true), Part::Banner);
            (extent.first..extent.end)
                .filter(is_lost)
                .for_each(|i| parsed.refuse(i as u64, batch.line(i)));
        }
    }

    /// `Time: 2015-07-22T14:35:10Z`, `User@Host: a[a] @ host []  Id: 3`, `Query_time: 1.1  Lock_time: 0`.
    fn header<'a>(&'a self, line: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) {
        for (key, field) in &self.wanted {
            let Some(at) = memchr::memmem::find(line, key) else {
                continue;
            };
            let own_word = at == 0 || line[at - 1] == b' ';
            let Some(value) = line[at + key.len()..]
                .strip_prefix(b":")
                .filter(|_| own_word)
            else {
                continue;
            };
            // An empty text has the next key behind two more spaces: `Schema:   Last_errno: 0`.
            let value = match field {
                Field::Text(_) => value.strip_prefix(b" ").unwrap_or(value),
                _ => value.trim_ascii_start(),
            };
            // Stamps and addresses contain spaces; all other values end at one.
            let end = match field {
                Field::Time(_) => memchr::memmem::find(value, b" #").unwrap_or(value.len()),
                Field::Text(_) => memchr::memmem::find(value, b"[")
                    .or_else(|| memchr::memchr(b' ', value))
                    .unwrap_or(value.len()),
                _ => memchr::memchr(b' ', value).unwrap_or(value.len()),
            };
            row.set(*field, value[..end].trim_ascii_end(), stamps);
        }
    }
}

fn is_header(line: &[u8]) -> bool {
    line == b"#" || line.starts_with(HEADER) && !line.starts_with(ADMINISTRATOR)
}

fn is_use(line: &[u8]) -> bool {
    line.len() < 200
        && line
            .get(..4)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"use "))
        && line.ends_with(b";")
}

/// What the server writes when it opens the file.
fn is_banner(line: &[u8]) -> bool {
    let started = || {
        memchr::memmem::find(line, b"Version:").is_some()
            && memchr::memmem::find(line, b"started").is_some()
    };
    line.starts_with(b"Tcp port:")
        || line.starts_with(b"Time  ")
        || (line.windows(6).any(|part| part == b"mysqld") && started())
}

/// The instant that a `# Time` line or a `SET timestamp` of the batch says first.
fn first_stamp(batch: &LineBatch, stamps: &mut StampReader) -> Option<i64> {
    (0..batch.len()).find_map(|i| {
        let line = batch.line(i);
        if let Some(seconds) = timestamp_of(line) {
            return Some(seconds.saturating_mul(NS_PER_S));
        }
        let stamp = line.strip_prefix(TIME)?.trim_ascii_start();
        let end = memchr::memmem::find(stamp, b" #").unwrap_or(stamp.len());
        stamps.read(stamp[..end].trim_ascii_end())
    })
}

/// The seconds of `SET timestamp=5;`, perhaps beside others: `SET insert_id=7,timestamp=5;`.
fn timestamp_of(line: &[u8]) -> Option<i64> {
    const NAMES: [&[u8]; 3] = [b"timestamp", b"insert_id", b"last_insert_id"];
    let (word, rest) = line.split_at_checked(4)?;
    if !word.eq_ignore_ascii_case(b"SET ") || rest.len() > 100 {
        return None;
    }
    let mut timestamp_s = None;
    for pair in rest.trim_ascii_end().strip_suffix(b";")?.split(|&byte| byte == b',') {
        let at = memchr::memchr(b'=', pair)?;
        let (name, value) = (pair[..at].trim_ascii(), pair[at + 1..].trim_ascii());
        if !NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return None;
        }
        // MariaDB writes a fraction where the session has one.
        let whole = value.split(|&byte| byte == b'.').next().unwrap_or(b"");
        let seconds = super::value::integer(whole)?;
        if name.eq_ignore_ascii_case(NAMES[0]) {
            timestamp_s = Some(seconds);
        }
    }
    timestamp_s
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(lines: &str, expected: &[usize]) {
        let batch = LineBatch::split(lines.as_bytes().to_vec(), 0);
        let opens = |i: &usize| {
            Blocks::opens(
                i.checked_sub(1).map(|before| batch.line(before)),
                batch.line(*i),
            )
        };
        assert_eq!(
            (0..batch.len()).filter(opens).collect::<Vec<_>>(),
            expected,
            "{lines}"
        );
    }

    #[test]
    fn an_event_opens_at_the_first_of_its_header_lines() {
        check(
            "# Time: x\n# User@Host: a\n# Query_time: 1\nSELECT 1;\n# User@Host: a\n# Query_time: 1\nSELECT 2;",
            &[0, 4],
        );
        check(
            "SELECT 1;\n# Thread_id: 1\n# Query_time: 1\nSELECT 2;",
            &[1],
        );
    }

    #[test]
    fn comments_and_plans_open_nothing() {
        check(
            "# User@Host: a\n# Query_time: 1\n#\n# explain: id\n#\nSELECT 1\n# a comment\nFROM t;",
            &[0],
        );
        check("SELECT 1\n# a comment\n# Time: x", &[2]);
    }

    /// `start latency query` of each event of a log.
    fn events(lines: &str) -> Vec<String> {
        let format = crate::formats::builtin()
            .iter()
            .find(|format| format.name == "mysql-slow")
            .expect("a definition");
        let parsed = crate::formats::parse::parse_text(format, crate::clock::Zone::UTC, lines.as_bytes());
        assert_eq!(parsed.unparsed, 0, "{lines}");
        let event = |row: usize| {
            let query = parsed.chunk.text_at(crate::events::Text::Query, row);
            format!(
                "{} {} {}",
                crate::clock::words::rfc3339(parsed.chunk.time_ns[row]),
                parsed.chunk.number_at(Number::LatencyUs, row).unwrap_or(-1),
                query.map_or("-".to_owned(), |query| {
                    parsed.names[crate::events::Text::Query as usize].text(query)
                })
            )
        };
        (0..parsed.chunk.len()).map(event).collect()
    }

    #[test]
    fn what_comes_before_the_first_stamp_has_that_stamp() {
        let lines = "# User@Host: a[a] @ b []\n# Query_time: 1\nSELECT 1;\n# Time: 150722 15:35:10\n# User@Host: a[a] @ b []\n# Query_time: 2\nSELECT 2;";
        assert_eq!(
            events(lines),
            ["2015-07-22T15:35:09Z 1000000 select ?", "2015-07-22T15:35:08Z 2000000 select ?"]
        );
    }

    #[test]
    fn settings_are_no_part_of_a_statement_and_a_lone_use_is_one() {
        let lines = "# Query_time: 1\nuse a;\nSET last_insert_id=7,insert_id=9,timestamp=1437579310;\nINSERT INTO t VALUES (1);\n# Thread_id: 7\n# Query_time: 1\nuse a;\nUSE `a`;";
        assert_eq!(
            events(lines),
            ["2015-07-22T15:35:09Z 1000000 insert into t values (?+)", "2015-07-22T15:35:09Z 1000000 use `a`"]
        );
        assert_eq!(timestamp_of(b"SET timestamp=5, sql_mode='';"), None);
        assert_eq!(timestamp_of(b"SET timestamp=5.25;"), Some(5));
    }

    proptest! {
        #[test]
        fn every_line_of_any_text_is_accounted_for(text in "(# Time: 150722 15:35:10\n|# Query_time: 1\n|# x\n|SELECT 1;\n|SET timestamp=5;\n|use a;\n|\n|Tcp port: 1\n|#\n){0,30}") {
            let format = crate::formats::builtin().iter().find(|format| format.name == "mysql-slow").expect("a definition");
            let parsed = crate::formats::parse::parse_text(format, crate::clock::Zone::UTC, text.as_bytes());
            prop_assert_eq!(parsed.lines, parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers);
        }
    }
}
