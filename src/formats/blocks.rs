//! The blocks engine: several lines an event, opened by header lines (`# Query_time: ...`)
//! and closed by the next header, as slow query logs have them.

use super::field::Field;
use super::fingerprint::Quotes;
use super::row::{Place, Row};
use super::stamp::StampReader;
use super::{Format, Parsed, StampSide};
use crate::clock::NS_PER_S;
use crate::events::{Number, Text};
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

/// What the entries so far say of the time of the next one.
struct Times {
    last_stamp_ns: Option<i64>,
    /// What stamps without a zone are off, by an entry that says its end both ways.
    zone_ns: i64,
}

/// Zones are whole quarters of an hour, fourteen hours at most.
const ZONE_STEP_NS: i64 = 15 * 60 * NS_PER_S;
const ZONE_MAX_NS: i64 = 14 * 3600 * NS_PER_S;
/// The two stamps of one entry may be taken this far apart.
const APART_NS: i64 = 10 * NS_PER_S;

impl Times {
    /// Servers that leave out `# Time` within a second write the statement's end into
    /// `SET timestamp`; without that too it is the stamp before. (Since MySQL 8.0.14 the timestamp
    /// is the start, but there every event has its `# Time`, with its zone.) A `# Time` without a
    /// zone is of the server's, and the timestamp beside it says which that is.
    fn set(&mut self, row: &mut Row<'_>, timestamp_s: Option<i64>, is_local: bool) {
        let end_ns = timestamp_s.map(|seconds| seconds.saturating_mul(NS_PER_S));
        match (row.time_ns(), end_ns, self.last_stamp_ns) {
            (Some(stamp_ns), end_ns, _) => {
                if let Some(end_ns) = end_ns.filter(|_| is_local) {
                    self.learn(end_ns.saturating_sub(stamp_ns));
                }
                let zone_ns = if is_local { self.zone_ns } else { 0 };
                let stamp_ns = stamp_ns.saturating_add(zone_ns);
                row.set_time_ns(stamp_ns);
                self.last_stamp_ns = Some(stamp_ns);
            }
            (None, Some(end_ns), _) => row.set_time_ns(end_ns),
            (None, None, Some(stamp_ns)) => row.set_time_ns(stamp_ns),
            (None, None, None) => {}
        }
    }

    fn learn(&mut self, apart_ns: i64) {
        let zone_ns = apart_ns
            .saturating_add(ZONE_STEP_NS / 2)
            .div_euclid(ZONE_STEP_NS)
            .saturating_mul(ZONE_STEP_NS);
        let is_zone = apart_ns.saturating_sub(zone_ns).saturating_abs() <= APART_NS;
        if is_zone && zone_ns.saturating_abs() <= ZONE_MAX_NS {
            self.zone_ns = zone_ns;
        }
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
        if !line.starts_with(HEADER) {
            false
        } else if line.starts_with(TIME) {
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
        let mut times = Times {
            last_stamp_ns: first_stamp(batch, stamps),
            zone_ns: 0,
        };
        for (k, &first) in opens.iter().enumerate() {
            let extent = Extent {
                first,
                end: opens.get(k + 1).copied().unwrap_or(n),
            };
            self.one(format, batch, &extent, stamps, &mut times, parsed);
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
        times: &mut Times,
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
        let is_local = stamps.seen().written_offset == Some(None);
        times.set(&mut row, head.timestamp_s, is_local);
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
        if let Some(client) = client_of(line) {
            row.set(Field::Text(Text::Client), client, stamps);
        }
        for (key, field) in &self.wanted {
            let Some(at) = place_of(key, line) else {
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
        || (names_server(line) && started())
}

/// Whether `mysqld` stands in a line; few hold its rarest letter.
fn names_server(line: &[u8]) -> bool {
    let mut letters = memchr::memchr_iter(b'q', line);
    letters.any(|at| at >= 3 && line[at - 3..].starts_with(b"mysqld"))
}

/// The first place of a short text whose first byte is rare.
fn place_of(text: &[u8], line: &[u8]) -> Option<usize> {
    let Some(first) = text.first() else {
        return Some(0);
    };
    memchr::memchr_iter(*first, line).find(|at| line[*at..].starts_with(text))
}

/// Who asked, of `# User@Host: api[api] @ app-1 [10.0.0.4]  Id: 8123`: the address, else the name.
fn client_of(line: &[u8]) -> Option<&[u8]> {
    let at = USERS.iter().find_map(|user| place_of(&user[2..], line))?;
    let mut signs = memchr::memchr_iter(b'@', &line[at..]).map(|sign| at + sign);
    let is_alone = |sign: &usize| *sign > at && line[sign - 1..].starts_with(b" @ ");
    let host = &line[signs.find(is_alone)? + 2..];
    let (name, rest) = host.split_at(memchr::memchr(b'[', host)?);
    let address = rest[1..].split(|&byte| byte == b']').next().unwrap_or(b"");
    let client = if address.is_empty() {
        name.trim_ascii()
    } else {
        address
    };
    (!client.is_empty()).then_some(client)
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
    for pair in rest
        .trim_ascii_end()
        .strip_suffix(b";")?
        .split(|&byte| byte == b',')
    {
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
            .find(|format| format.name == "mysql-slow")
            .expect("a definition");
        let parsed =
            crate::formats::parse::parse_text(format, crate::clock::Zone::UTC, lines.as_bytes());
        assert_eq!(parsed.unparsed, 0, "{lines}");
        let event = |row: usize| {
            let query = parsed.chunk.text_at(Text::Query, row);
            format!(
                "{} {} {}",
                crate::clock::words::rfc3339(parsed.chunk.time_ns[row]),
                parsed.chunk.number_at(Number::LatencyUs, row).unwrap_or(-1),
                query.map_or("-".to_owned(), |query| {
                    parsed.names[Text::Query as usize].text(query)
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
            [
                "2015-07-22T15:35:09Z 1000000 select ?",
                "2015-07-22T15:35:08Z 2000000 select ?"
            ]
        );
    }

    #[test]
    fn a_time_without_a_zone_is_of_the_zone_that_the_timestamp_beside_it_says() {
        let entry = |time: &str, set: &str| {
            format!("# Time: {time}\n# User@Host: a[a] @ b []\n# Query_time: 1\n{set}SELECT 1;\n")
        };
        let set = "SET timestamp=1437572110;\n"; // 13:35:10 UTC
        let lines = entry("150722 15:35:11", set) + &entry("150722 15:35:20", "");
        assert_eq!(
            events(&lines),
            [
                "2015-07-22T13:35:10Z 1000000 select ?",
                "2015-07-22T13:35:19Z 1000000 select ?"
            ]
        );
        // Of another day: a replica runs what was asked then.
        let lines = entry("150724 19:05:11", set);
        assert_eq!(events(&lines), ["2015-07-24T19:05:10Z 1000000 select ?"]);
    }

    #[test]
    fn settings_are_no_part_of_a_statement_and_a_lone_use_is_one() {
        let lines = "# Query_time: 1\nuse a;\nSET last_insert_id=7,insert_id=9,timestamp=1437579310;\nINSERT INTO t VALUES (1);\n# Thread_id: 7\n# Query_time: 1\nuse a;\nUSE `a`;";
        assert_eq!(
            events(lines),
            [
                "2015-07-22T15:35:09Z 1000000 insert into t values (?+)",
                "2015-07-22T15:35:09Z 1000000 use `a`"
            ]
        );
        assert_eq!(timestamp_of(b"SET timestamp=5, sql_mode='';"), None);
        assert_eq!(timestamp_of(b"SET timestamp=5.25;"), Some(5));
    }

    proptest! {
        #[test]
        fn every_line_of_any_text_is_accounted_for(text in "(# Time: 150722 15:35:10\n|# Query_time: 1\n|# x\n|SELECT 1;\n|SET timestamp=5;\n|use a;\n|\n|Tcp port: 1\n|#\n){0,30}") {
            let format = crate::formats::builtin().find(|format| format.name == "mysql-slow").expect("a definition");
            let parsed = crate::formats::parse::parse_text(format, crate::clock::Zone::UTC, text.as_bytes());
            prop_assert_eq!(parsed.lines, parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers);
        }
    }
}
