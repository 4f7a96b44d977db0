//! The records engine: events of several lines whose fields stand on more than one of them. A
//! record goes from the line that opens it to the next one that opens another: a request of Rails
//! from `Started` on, a record of java.util.logging from its date on.
//!
//! In: a batch of whole records. Out: one event a record, of templates in which `\n` parts the
//! lines. Lines with a tag in brackets in front belong to the record of that tag, wherever they
//! stand. A line that begins with a stamp belongs to no record that it does not open.

use std::collections::BTreeMap;

use super::field::Field;
use super::row::{Place, Row};
use super::stamp::{StampKind, StampReader};
use super::template::{self, Template};
use super::{Format, Parsed, parse, plain};
use crate::events::Text;
use crate::lines::LineBatch;

/// Most lines of a record; those that follow belong to none.
const LINES_MAX: usize = 1000;
/// Longest tag, in bytes.
const TAG_MAX: usize = 100;

/// The records' templates, the first that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    templates: Vec<Template>,
}

/// Lines of a batch that are one record.
struct Record {
    lines: Vec<usize>,
    /// Where its text lies, line by line and without tags.
    text: Vec<u8>,
}

/// True if a record may begin at this line, whatever stands before it.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    is_request(tagged(line).1) || is_dated(line)
}

/// `Started GET "/cart/7" for 203.0.113.9 at 2022-12-01 06:04:08 +0000`
fn is_request(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"Started ").unwrap_or(b"");
    let method = rest
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    method > 0
        && rest[method..].starts_with(b" \"")
        && memchr::memmem::find(rest, b"\" for ").is_some()
}

/// `Dec 01, 2022 6:04:10 AM org.shop.Cart pay`: a date, and who spoke, in a word or two.
fn is_dated(line: &[u8]) -> bool {
    if !matches!(line, [_, _, _, b' ', _, _, b',', b' ', ..]) {
        return false;
    }
    let is_name = |byte: &u8| !matches!(byte, b':' | b',' | b';' | b'"' | b'=');
    let stamp = StampKind::Syslog.leading_length(line);
    let who = stamp.and_then(|n| line[n..].strip_prefix(b" "));
    who.is_some_and(|who| {
        let words = who.split(|byte| *byte == b' ').count();
        (1..=2).contains(&words) && !who.is_empty() && who.iter().all(is_name)
    })
}

/// A line's tag, `[5d1c-9e] ` or none, and what stands behind it.
fn tagged(line: &[u8]) -> (&[u8], &[u8]) {
    let end = match line.first() {
        Some(b'[') => memchr::memchr(b']', &line[..line.len().min(TAG_MAX)]),
        _ => None,
    };
    match end {
        Some(end) if line.get(end + 1) == Some(&b' ') => (&line[..=end], &line[end + 2..]),
        _ => (&line[..0], line),
    }
}

impl Records {
    /// An engine for records of these templates.
    pub fn new(templates: Vec<Template>) -> Self {
        Self { templates }
    }

    /// Parses a batch of whole records.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        let records = records(batch, parsed);
        for record in &records {
            let mut row = Row::new();
            let fits = template::split_any(&self.templates, &record.text, &mut row, stamps);
            if fits.is_some() {
                let message = row.text_bytes(Text::Message);
                let end = memchr::memchr(b'\n', message).unwrap_or(message.len());
                row.set(Field::Message, &message[..end], stamps);
                let _ = parse::messages(format, &mut row, stamps);
            }
            if fits.is_some() && row.commit(record.place(batch), format.side, parsed) {
                parsed.joined += record.lines.len() as u64 - 1;
            } else {
                let lines = record.lines.iter();
                lines.for_each(|&i| parsed.refuse(i as u64, batch.line(i)));
            }
        }
    }
}

/// The records of a batch in the order in which they begin. What belongs to none is refused, or is
/// blank.
fn records(batch: &LineBatch, parsed: &mut Parsed) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut open: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut newest = None;
    for i in 0..batch.len() {
        let line = batch.line(i);
        let (tag, rest) = tagged(line);
        if opens(None, line) {
            newest = Some(records.len());
            open.insert(tag, records.len());
            records.push(Record {
                lines: vec![i],
                text: rest.to_vec(),
            });
            continue;
        }
        let of_tag = open.get(tag).copied().filter(|_| !tag.is_empty());
        let own = of_tag.or(newest).filter(|_| !plain::leads(line));
        let own = own.filter(|own| records[*own].lines.len() < LINES_MAX);
        match own {
            _ if line.trim_ascii().is_empty() => parsed.headers += 1,
            Some(own) => records[own].add(i, if of_tag.is_some() { rest } else { line }),
            None => parsed.refuse(i as u64, line),
        }
    }
    records
}

impl Record {
    fn add(&mut self, i: usize, line: &[u8]) {
        self.lines.push(i);
        self.text.push(b'\n');
        self.text.extend_from_slice(line);
    }

    fn place(&self, batch: &LineBatch) -> Place {
        let (first, last) = (self.lines[0], self.lines[self.lines.len() - 1]);
        let length = batch.offset(last) + batch.line(last).len() as u64 - batch.offset(first);
        Place {
            line: first as u64,
            offset: batch.offset(first),
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::events::Number;
    use crate::formats::parse::parse_text;
    use proptest::prelude::*;

    /// `events/joined/unparsed`, then each event's `TIME LEVEL STATUS LATENCY_US ENDPOINT SERVICE`.
    fn check(format: &str, text: &str, expected: &[&str]) {
        let format = crate::formats::catalogue::builtin_named(format).expect("a definition");
        let parsed = parse_text(format, Zone::UTC, text.as_bytes());
        let n = parsed.chunk.len();
        let mut said = vec![format!("{n}/{}/{}", parsed.joined, parsed.unparsed)];
        for row in 0..n {
            let number = |field| match parsed.chunk.number_at(field, row) {
                Some(number) => number.to_string(),
                None => "-".to_owned(),
            };
            let text = |field: Text| match parsed.chunk.text_at(field, row) {
                Some(symbol) => parsed.names[field as usize].text(symbol),
                None => "-".to_owned(),
            };
            let words = [
                rfc3339(parsed.chunk.time_ns[row]),
                number(Number::Level),
                number(Number::Status),
                number(Number::LatencyUs),
                text(Text::Endpoint),
                text(Text::Service),
            ];
            said.push(words.join(" "));
        }
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn a_request_goes_from_started_to_the_next_one() {
        check(
            "rails-requests",
            "Started GET \"/cart/7?a=1\" for 203.0.113.9 at 2022-12-01 06:04:08 +0100\n\
             Processing by CartsController#show as HTML\n  Parameters: {\"id\"=>\"7\"}\n\
             Completed 200 OK in 12ms (Views: 3.1ms | ActiveRecord: 1.2ms)\n\n\n\
             Started POST \"/pay\" for 203.0.113.9 at 2022-12-01 06:04:09 +0100\n\
             Completed 503 Service Unavailable in 5003ms\n\
             Started GET \"/gone\" for 203.0.113.9 at 2022-12-01 06:04:10 +0100\n\n\
             ActionController::RoutingError (No route matches [GET] \"/gone\"):\n",
            &[
                "3/5/0",
                "2022-12-01T05:04:08Z - 200 12000 /cart/{id} CartsController",
                "2022-12-01T05:04:09Z - 503 5003000 /pay -",
                "2022-12-01T05:04:10Z - - - /gone -",
            ],
        );
    }

    #[test]
    fn lines_of_a_tag_belong_to_its_request_wherever_they_stand() {
        check(
            "rails-requests",
            "[5d1c] Started GET \"/a\" for ::1 at 2022-12-01 06:04:08 +0000\n\
             [77ab] Started GET \"/b\" for ::1 at 2022-12-01 06:04:08 +0000\n\
             [5d1c] Completed 200 OK in 700ms\n[77ab] Completed 404 Not Found in 3ms\n",
            &[
                "2/2/0",
                "2022-12-01T06:04:08Z - 200 700000 /a -",
                "2022-12-01T06:04:08Z - 404 3000 /b -",
            ],
        );
    }

    #[test]
    fn the_second_line_of_a_record_says_its_level() {
        check(
            "java-logging",
            "Dec 01, 2022 6:04:10 AM org.shop.Cart pay\nSEVERE: no card\norg.shop.DeclinedException: no\n\tat org.shop.Cart.pay(Cart.java:7)\n\
             Dec 01, 2022 12:04:11 PM org.shop.Cart\nCONFIG: a\nDec 01, 2022 1:04:11 PM org.shop.Cart pay\nSCHWERWIEGEND: b\n",
            &[
                "3/5/0",
                "2022-12-01T06:04:10Z 4 - - - org.shop.Cart",
                "2022-12-01T12:04:11Z 0 - - - org.shop.Cart",
                "2022-12-01T13:04:11Z 4 - - - org.shop.Cart",
            ],
        );
    }

    #[test]
    fn lines_of_others_belong_to_no_record() {
        check(
            "java-logging",
            "INFO: first\nDec 01, 2022 6:04:10 AM org.shop.Cart pay\nINFO: a\n2022-12-01 06:04:11 b\n",
            &["1/1/2", "2022-12-01T06:04:10Z 1 - - - org.shop.Cart"],
        );
        assert!(!opens(None, b"Dec 01, 2022 6:04:10 AM the shop: opens"));
        assert!(!opens(None, b"Started GET in 7 ms") && !opens(None, b"[a] b"));
    }

    proptest! {
        #[test]
        fn every_line_of_any_text_is_accounted_for(text in "(Started GET \"/a\" for |::1 at |2022-12-01 06:04:08 \\+0000|Completed 200 OK in 7ms|Dec 01, 2022 6:04:10 AM a.B c|INFO: x|\\[t\\] |\n|\t|é){0,40}") {
            for name in ["rails-requests", "java-logging"] {
                let format = crate::formats::catalogue::builtin_named(name).expect("a definition");
                let parsed = parse_text(format, Zone::UTC, text.as_bytes());
                prop_assert_eq!(parsed.lines, parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers);
            }
        }
    }
}
