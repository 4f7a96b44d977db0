//! The entries engine: log entries as PostgreSQL writes them to stderr. A prefix that begins with
//! a time, a severity, a message; the message goes on in indented lines, and lines of the same
//! prefix with `DETAIL`, `CONTEXT` or `STATEMENT` belong to the entry before them.
//!
//! In: a batch of whole entries. Out: one event an entry. The prefix (`log_line_prefix`) is not
//! configured but looked at: it may be any that begins with a time. Severities are known in the
//! languages of the server (`tongues`), and lines that went through syslog as it numbers them
//! (`numbered`).

mod front;
mod layout;
pub(super) mod numbered;
mod prefix;
mod reading;
mod timed;
mod told;
pub(super) mod tongues;

use super::field::Field;
use super::log_format::postgres::Prefix;
use super::row::Row;
use super::stamp::StampReader;
use super::template::Template;
use super::wrap::layers::Origin;
use super::{Format, Parsed};
use crate::events::Text;
use crate::lines::LineBatch;
use front::{Head, head};
use layout::Layouts;
use numbered::Unnumbered;
pub(super) use prefix::stamp_extent;
use reading::Reading;
use timed::Timed;
use told::Told;

/// The messages' templates, the first that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Entries {
    templates: Vec<Template>,
    timed: Timed,
    /// How the server was told to begin its lines, where that is known.
    prefix: Option<Prefix>,
}

fn is_attached(line: &[u8]) -> bool {
    head(0, line).is_some_and(|head| head.word.is_attached())
}

/// True if an event may begin at this line, whatever stands before it.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    line.first()
        .is_some_and(|byte| !matches!(byte, b' ' | b'\t'))
        && !is_attached(line)
        && !numbered::goes_on(line)
}

impl Entries {
    /// An engine for messages of these templates.
    pub fn new(templates: Vec<Template>) -> Self {
        Self {
            timed: Timed::of(&templates),
            templates,
            prefix: None,
        }
    }

    /// Reads prefixes as the server was told to write them; those of another shape are read as
    /// they look.
    pub fn set_prefix(&mut self, prefix: Prefix) {
        self.prefix = Some(prefix);
    }

    /// Parses a batch of whole entries. `origins` say when lines were written that syslog dates.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        origins: Option<&[Origin]>,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        // A prefix that itself begins with a number in brackets is read as the server was told.
        let is_own = self.prefix.as_ref().is_some_and(Prefix::is_bracketed);
        let unnumbered = (!is_own).then(|| Unnumbered::of(batch, origins)).flatten();
        let (read, outer_ns) = match &unnumbered {
            Some(unnumbered) => (&unnumbered.batch, &unnumbered.outer_ns[..]),
            None => (batch, &[][..]),
        };
        let from = parsed.chunk.len();
        // What is dated by a wrapper goes the long way.
        let has_layouts = self.prefix.is_none() && unnumbered.is_none();
        let others_are_messages = self.timed.others_are_messages(&self.templates);
        #[cfg(test)]
        let (has_layouts, others_are_messages) = match super::laws::is_plain() {
            true => (false, false),
            false => (has_layouts, others_are_messages),
        };
        let reading = Reading {
            entries: self,
            format,
            batch: read,
            outer_ns,
            stamps,
            parsed,
            layouts: has_layouts.then(Layouts::default),
            told: others_are_messages.then(Told::new),
            seen: usize::MAX,
            head: Head::NONE,
            heads: Vec::new(),
        };
        reading.all();
        if let Some(unnumbered) = &unnumbered {
            unnumbered.put_back(from, batch, parsed);
        }
    }

    /// What the prefix of a line says: as the server was told to write it, else as it looks.
    fn who_and_when<'a>(
        &self,
        prefix: &'a [u8],
        line: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) {
        let configured = self.prefix.as_ref();
        let as_told = configured.and_then(|configured| configured.read(prefix, row, stamps));
        if as_told.is_none() {
            row.clear();
            prefix::set_time(row, prefix, stamps);
            prefix::set_who(row, line, prefix.len());
        }
    }

    /// A message as its template says; what is kept as a message is its first line.
    fn message<'a>(&self, text: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) {
        let first_line =
            |text: &'a [u8]| &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
        let timed = self.timed.split(&self.templates, text, row, stamps);
        let fits = timed.unwrap_or_else(|| {
            let mut likely = self.timed.likely(&self.templates, text).iter();
            likely.any(|template| template.split_part(text, row, stamps).is_some())
        });
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

#[cfg(test)]
mod tests {
    mod odd;

    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::formats::parse::parse_text;
    use proptest::prelude::*;

    fn format() -> &'static Format {
        crate::formats::builtin()
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
