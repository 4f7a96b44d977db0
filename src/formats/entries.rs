//! The entries engine: log entries as PostgreSQL writes them to stderr. A prefix that begins with
//! a time, a severity, a message; the message goes on in indented lines, and lines of the same
//! prefix with `DETAIL`, `CONTEXT` or `STATEMENT` belong to the entry before them.
//!
//! In: a batch of whole entries. Out: one event an entry. The prefix (`log_line_prefix`) is not
//! configured but looked at: it may be any that begins with a time. Server messages are read in
//! English only.

use super::field::Field;
use super::fingerprint::Quotes;
use super::log_format::postgres::Prefix;
use super::row::{Place, Row};
use super::search::find_byte;
use super::stamp::StampReader;
use super::template::Template;
use super::{Format, Parsed};
use crate::events::Text;
use crate::lines::LineBatch;

/// Severities that open an entry; `DEBUG` may have a digit.
const SEVERITIES: [&[u8]; 8] = [
    b"LOG", b"ERROR", b"FATAL", b"PANIC", b"WARNING", b"NOTICE", b"INFO", b"DEBUG",
];
/// What belongs to the entry before.
const ATTACHED: [&[u8]; 6] = [
    b"DETAIL",
    b"HINT",
    b"QUERY",
    b"CONTEXT",
    b"LOCATION",
    b"STATEMENT",
];
/// Between a severity and its message.
const BEHIND: &[u8] = b":  ";
/// Longest prefix, in bytes.
const PREFIX_MAX: usize = 400;

/// The messages' templates, the first that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Entries {
    templates: Vec<Template>,
    /// How the server was told to begin its lines, where that is known.
    prefix: Option<Prefix>,
}

/// A line with a prefix: where its severity stands. Places, not slices: heads are handed on.
#[derive(Clone, Copy)]
struct Head {
    /// The line's number in the batch.
    line: usize,
    /// Where the prefix ends and the severity begins.
    severity_at: u32,
    /// Where the severity ends.
    severity_end: u32,
}

/// What a line with a prefix is to the entry before it.
#[derive(Clone, Copy)]
enum Found {
    /// The next entry.
    Opening(Head),
    /// A part of it.
    Attached(Head),
}

impl Head {
    fn prefix<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        &line[..self.severity_at as usize]
    }

    fn severity<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        &line[self.severity_at as usize..self.severity_end as usize]
    }

    /// Where the message begins in the line.
    fn message_at(&self) -> usize {
        self.severity_end as usize + BEHIND.len()
    }
}

/// Splits a line at its severity: the first word of either list that `:  ` follows.
fn head(number: usize, line: &[u8]) -> Option<Found> {
    if line.first()?.is_ascii_whitespace() {
        return None;
    }
    let region = &line[..line.len().min(PREFIX_MAX)];
    let colons = memchr::memchr_iter(b':', region);
    colons
        .filter(|at| region[*at..].starts_with(BEHIND))
        .find_map(|at| {
            let is_word = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            let length = line[..at]
                .iter()
                .rev()
                .take_while(|byte| is_word(byte))
                .count();
            let severity = &line[at - length..at];
            let name = severity
                .strip_suffix(&[severity.last().copied()?])
                .filter(|name| *name == b"DEBUG");
            let found = Head {
                line: number,
                severity_at: (at - length) as u32,
                severity_end: at as u32,
            };
            if name.is_some() || SEVERITIES.contains(&severity) {
                Some(Found::Opening(found))
            } else {
                let attached = ATTACHED.contains(&severity);
                attached.then_some(Found::Attached(found))
            }
        })
}

fn is_attached(line: &[u8]) -> bool {
    matches!(head(0, line), Some(Found::Attached(_)))
}

/// True if an event may begin at this line, whatever stands before it.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    line.first()
        .is_some_and(|byte| !matches!(byte, b' ' | b'\t'))
        && !is_attached(line)
}

impl Entries {
    /// An engine for messages of these templates.
    pub fn new(templates: Vec<Template>) -> Self {
        Self {
            templates,
            prefix: None,
        }
    }

    /// Reads prefixes as the server was told to write them; those of another shape are read as
    /// they look.
    pub fn set_prefix(&mut self, prefix: Prefix) {
        self.prefix = Some(prefix);
    }

    /// Parses a batch of whole entries.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        let mut row = Row::new();
        let mut heads: Vec<Head> = Vec::new();
        // The head of the line that ended the entry before is that of the next one.
        let mut known: Option<Option<Found>> = None;
        let mut i = 0;
        while i < batch.len() {
            let first = i;
            i += 1;
            let opening = known
                .take()
                .unwrap_or_else(|| head(first, batch.line(first)));
            if batch.line(first).trim_ascii_start().is_empty() {
                parsed.headers += 1;
                continue;
            }
            heads.clear();
            if let Some(Found::Opening(opening)) = opening {
                heads.push(opening);
            }
            while i < batch.len() && !batch.line(i).is_empty() {
                let line = batch.line(i);
                if !matches!(line[0], b' ' | b'\t') {
                    match head(i, line) {
                        Some(Found::Attached(head)) => heads.push(head),
                        opening => {
                            known = Some(opening);
                            break;
                        }
                    }
                }
                i += 1;
            }
            row.clear();
            self.one(format, batch, first..i, &heads, &mut row, stamps, parsed);
        }
    }

    /// An entry of these lines; `heads`: of those that have one.
    #[expect(clippy::too_many_arguments, reason = "an entry, and where it goes")]
    fn one<'a>(
        &'a self,
        format: &'a Format,
        batch: &'a LineBatch,
        lines: std::ops::Range<usize>,
        heads: &[Head],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        let read = heads.first().filter(|head| head.line == lines.start);
        if let Some(head) = read {
            let line = batch.line(lines.start);
            self.who_and_when(head.prefix(line), row, stamps);
            let severity = head.severity(line);
            let level = severity.strip_suffix(b"1").unwrap_or(severity);
            row.set(Field::Level(super::field::LevelScale::Words), level, stamps);
            let part = |k: usize| part(batch, lines.end, heads, k);
            let (state, message) = without_state(part(0));
            row.set(Field::Text(Text::Flags), state, stamps);
            self.message(message, row, stamps);
            let is_statement = |head: &Head| head.severity(batch.line(head.line)) == b"STATEMENT";
            let statement = (1..heads.len()).find(|k| is_statement(&heads[*k]));
            if let Some(k) = statement.filter(|_| row.text_bytes(Text::Query).is_empty()) {
                row.set(Field::Statement(Quotes::Names), part(k), stamps);
            }
            format.marks.apply(row);
        }
        let last = lines.end - 1;
        let length = batch.offset(last) + batch.line(last).len() as u64 - batch.offset(lines.start);
        let place = Place {
            line: lines.start as u64,
            offset: batch.offset(lines.start),
            length: u32::try_from(length).unwrap_or(u32::MAX),
        };
        if read.is_some() && row.commit(place, format.side, parsed) {
            parsed.joined += lines.len() as u64 - 1;
        } else {
            lines.for_each(|i| parsed.refuse(i as u64, batch.line(i)));
        }
    }

    /// What a prefix says: as the server was told to write it, else as it looks.
    fn who_and_when<'a>(&self, prefix: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) {
        let configured = self.prefix.as_ref();
        let as_told = configured.and_then(|configured| configured.read(prefix, row, stamps));
        if as_told.is_none() {
            row.clear();
            set_time(row, prefix, stamps);
            set_who(row, prefix, stamps);
        }
    }

    /// A message as its template says; what is kept as a message is its first line.
    fn message<'a>(&self, text: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) {
        let first_line =
            |text: &'a [u8]| &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
        let fits = self
            .templates
            .iter()
            .any(|template| template.split_part(text, row, stamps).is_some());
        let message = if fits {
            row.text_bytes(Text::Message)
        } else {
            text
        };
        if !message.is_empty() {
            row.set(Field::Message, first_line(message), stamps);
        }
    }
}

/// The text of a part of an entry, the message or what is attached to it, with its indented
/// lines.
fn part<'a>(batch: &'a LineBatch, lines_end: usize, heads: &[Head], k: usize) -> &'a [u8] {
    let head = &heads[k];
    let end = heads.get(k + 1).map_or(lines_end, |next| next.line);
    let text = batch.span(head.line, end).get(head.message_at()..);
    text.unwrap_or(b"").trim_ascii_end()
}

/// The SQLSTATE that verbose servers write in front of a message, empty for that of success, and
/// the message without it: `53300: sorry, too many clients already`.
fn without_state(message: &[u8]) -> (&[u8], &[u8]) {
    let is_state = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    match message.split_at_checked(5) {
        Some((state, rest)) if state.iter().all(is_state) && rest.starts_with(b": ") => {
            let state = if state == b"00000" {
                &state[..0]
            } else {
                state
            };
            (state, &rest[2..])
        }
        _ => (&message[..0], message),
    }
}

/// The time at the start of a prefix: `%m` or `%t` with its zone, or `%n`.
fn set_time<'a>(row: &mut Row<'a>, prefix: &'a [u8], stamps: &mut StampReader) {
    if let Some(time_ns) = stamps.read(&prefix[..stamp_extent(prefix).0]) {
        row.set_time_ns(time_ns);
    }
}

/// How long the stamp at the start of some text is: what can be read of it, and all of it with
/// its zone. A zone that is an abbreviation other than UTC says nothing certain: the time is read
/// as one without a zone.
pub(super) fn stamp_extent(text: &[u8]) -> (usize, usize) {
    let word = |from: usize| {
        let is_end = |byte: &u8| matches!(byte, b' ' | b':' | b',' | b'[' | b']' | b'|');
        let length = text.get(from..).unwrap_or(b"").iter();
        from + length.take_while(|byte| !is_end(byte)).count()
    };
    if text.get(4) != Some(&b'-') {
        return (word(0), word(0));
    }
    // The clock has colons of its own: `2019-10-25 05:40:12.345`.
    let clock_end = word(19.min(text.len()));
    if text.get(clock_end) != Some(&b' ') {
        return (clock_end, clock_end);
    }
    let zone_end = word(clock_end + 1);
    let zone = &text[clock_end + 1..zone_end];
    if zone.is_empty() {
        return (clock_end, clock_end);
    }
    let is_offset = matches!(zone.first(), Some(b'+' | b'-')) || matches!(zone, b"UTC" | b"GMT");
    (if is_offset { zone_end } else { clock_end }, zone_end)
}

/// `10.0.0.5`, as `%h` writes it.
fn is_address(word: &[u8]) -> bool {
    let is_part =
        |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    word.split(|&byte| byte == b'.').all(is_part) && memchr::memchr_iter(b'.', word).count() == 3
}

/// User, database and client of a prefix, where it has them: `%u@%d`, `%r` as `10.0.0.5(53122)`,
/// or `user=%u,db=%d,client=%h`.
fn set_who<'a>(row: &mut Row<'a>, prefix: &'a [u8], stamps: &mut StampReader) {
    let words = prefix.split(|byte| matches!(byte, b' ' | b',' | b':'));
    for word in words.filter(|word| !word.is_empty() && !word.starts_with(b"[unknown]")) {
        let at = |byte: u8| find_byte(byte, word);
        match (at(b'='), at(b'@'), at(b'(')) {
            (Some(i), _, _) => {
                let field = match &word[..i] {
                    b"user" => Field::Text(Text::User),
                    b"db" | b"database" => Field::Text(Text::Service),
                    b"client" | b"host" | b"remote" => Field::Text(Text::Client),
                    _ => Field::Skip,
                };
                row.set(field, &word[i + 1..], stamps);
            }
            (None, Some(i), _) => {
                row.set_text(Text::User, &word[..i]);
                row.set_text(Text::Service, &word[i + 1..]);
            }
            (None, None, Some(i)) if word.ends_with(b")") => row.set_text(Text::Client, &word[..i]),
            (None, None, None) if is_address(word) => row.set_text(Text::Client, word),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::formats::parse::parse_text;
    use proptest::prelude::*;

    fn format() -> &'static Format {
        crate::formats::builtin()
            .iter()
            .find(|format| format.name == "postgresql")
            .expect("a definition")
    }

    /// `user database client time` of an entry with this prefix.
    fn check(prefix: &str, expected: &str) {
        let parsed = parse_text(
            format(),
            Zone::UTC,
            format!("{prefix}LOG:  hello there").as_bytes(),
        );
        assert_eq!(parsed.chunk.len(), 1, "{prefix}");
        let text = |field: Text| {
            parsed.chunk.text_at(field, 0).map_or("-".into(), |symbol| {
                parsed.names[field as usize].text(symbol)
            })
        };
        let words = [
            text(Text::User),
            text(Text::Service),
            text(Text::Client),
            rfc3339(parsed.chunk.time_ns[0]),
        ];
        assert_eq!(words.join(" "), expected, "{prefix}");
    }

    #[test]
    fn any_prefix_that_begins_with_a_time_is_read() {
        check(
            "2019-10-25 05:40:12.345 UTC [4711] app@print ",
            "app print - 2019-10-25T05:40:12.345Z",
        );
        check(
            "2019-10-25 05:40:12 UTC:10.0.0.3(53122):app@print:[4711]:",
            "app print 10.0.0.3 2019-10-25T05:40:12Z",
        );
        check(
            "2019-10-25 05:40:12 UTC [4711]: [2-1] user=app,db=print,app=psql,client=10.0.0.5 ",
            "app print 10.0.0.5 2019-10-25T05:40:12Z",
        );
        check(
            "2019-10-25 05:40:12.345 UTC [4711] 10.0.0.5 app@print ",
            "app print 10.0.0.5 2019-10-25T05:40:12.345Z",
        );
        check("1571982012.345 4711 ", "- - - 2019-10-25T05:40:12.345Z");
        check(
            "2019-10-25 07:40:12.345 +02 [4711] [unknown]@[unknown] ",
            "- - - 2019-10-25T05:40:12.345Z",
        );
        check(
            "2019-10-25 05:40:12.345 CEST [4711] ",
            "- - - 2019-10-25T05:40:12.345Z",
        );
    }

    #[test]
    fn what_is_attached_belongs_to_the_entry_before_it() {
        let text = "2019-10-25 05:40:12 UTC [1] LOG:  process 1 still waiting for ShareLock on transaction 9 after 1000.1 ms\n\
            2019-10-25 05:40:12 UTC [1] DETAIL:  Process holding the lock: 2. Wait queue: 1.\n\
            2019-10-25 05:40:12 UTC [1] STATEMENT:  UPDATE t\n\t   SET a = 7\n\
            2019-10-25 05:40:13 UTC [1] ERROR:  deadlock detected\n";
        let parsed = parse_text(format(), Zone::UTC, text.as_bytes());
        assert_eq!(
            (parsed.chunk.len(), parsed.joined, parsed.unparsed),
            (2, 3, 0)
        );
        let query = parsed.chunk.text_at(Text::Query, 0).expect("a statement");
        assert_eq!(
            parsed.names[Text::Query as usize].text(query),
            "update t set a = ?"
        );
        assert_eq!(parsed.chunk.text_at(Text::Query, 1), None);
    }

    #[test]
    fn a_severity_in_a_statement_opens_nothing() {
        let text = "2019-10-25 05:40:12 UTC [1] LOG:  duration: 1200.000 ms  statement: SELECT 'ERROR:  x'\n\tFROM t\n";
        let parsed = parse_text(format(), Zone::UTC, text.as_bytes());
        assert_eq!((parsed.chunk.len(), parsed.joined), (1, 1));
        let query = parsed.chunk.text_at(Text::Query, 0).expect("a statement");
        assert_eq!(
            parsed.names[Text::Query as usize].text(query),
            "select ? from t"
        );
    }

    proptest! {
        #[test]
        fn every_line_of_any_text_is_accounted_for(text in "(2019-10-25 05:40:12 UTC |LOG:  |DETAIL:  |STATEMENT:  |duration: 5 ms|\t|\n|[1] |a@b |1571982012.3 |é|:|=|@){0,40}") {
            let parsed = parse_text(format(), Zone::UTC, text.as_bytes());
            prop_assert_eq!(parsed.lines, parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers);
        }
    }
}
