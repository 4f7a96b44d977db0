//! PostgreSQL's `log_line_prefix`: `%m [%p] %q%u@%d `, compiled into a reader of prefixes.
//!
//! In: the string as it stands in the server's configuration. Out: a format that reads entries
//! with that prefix. Escapes that say nothing of an event (`%p`, `%l`, `%x`) are passed over.

use crate::events::Text;
use crate::formats::entries::stamp_extent;
use crate::formats::field::Field;
use crate::formats::row::Row;
use crate::formats::stamp::StampReader;
use crate::formats::{Engine, Format, catalogue};

/// Longest prefix string taken, in bytes.
const LENGTH_MAX: usize = 400;
/// What the server writes for a session that has not said who it is.
const UNKNOWN: &[u8] = b"[unknown]";
/// The SQLSTATE of what went well.
const SUCCESS: &[u8] = b"00000";

/// What an escape stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    Time,
    /// The start of the session: a time that is not the event's.
    OtherTime,
    Remote,
    SqlState,
    Text(Text),
    Skip,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(Vec<u8>),
    Escape(Escape),
}

/// A compiled prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    pieces: Vec<Piece>,
    /// From this piece on, only sessions write it (`%q`).
    sessions_from: Option<usize>,
}

/// The format of a server whose `log_line_prefix` is `prefix`. An error says what cannot be read.
pub fn compile(prefix: &str) -> Result<Format, String> {
    let mut format = catalogue::builtin_named("postgresql")
        .expect("the format comes with the program")
        .clone();
    if let Engine::Entries(entries) = &mut format.engine {
        entries.set_prefix(Prefix::new(prefix)?);
    }
    Ok(format)
}

impl Prefix {
    /// Compiles a prefix string. It must hold a time, and something between two escapes.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("a prefix of {} bytes is too long", text.len()));
        }
        let mut pieces: Vec<Piece> = Vec::new();
        let mut sessions_from = None;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c != '%' {
                push_literal(&mut pieces, c);
                continue;
            }
            // A width pads the value: `%-10u`.
            rest = rest.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit());
            let escape = rest
                .chars()
                .next()
                .ok_or("nothing stands behind the last %")?;
            rest = &rest[escape.len_utf8()..];
            match escape {
                '%' => push_literal(&mut pieces, '%'),
                'q' => sessions_from = Some(pieces.len()),
                escape => push_escape(&mut pieces, escape)?,
            }
        }
        if !pieces.contains(&Piece::Escape(Escape::Time)) {
            return Err("a prefix without %m, %t or %n says no time".to_owned());
        }
        Ok(Self {
            pieces,
            sessions_from,
        })
    }

    /// Whether lines with this prefix begin with a bracket.
    pub fn is_bracketed(&self) -> bool {
        matches!(self.pieces.first(), Some(Piece::Literal(literal)) if literal.starts_with(b"["))
    }

    /// Reads a prefix into the row's pieces. `None` if it is of another shape.
    pub fn read<'a>(
        &self,
        prefix: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        let mut rest = prefix;
        for (i, piece) in self.pieces.iter().enumerate() {
            if self.sessions_from == Some(i) && rest.trim_ascii().is_empty() {
                break;
            }
            let escape = match piece {
                Piece::Literal(literal) => {
                    rest = rest.strip_prefix(literal.as_slice())?;
                    continue;
                }
                Piece::Escape(escape) => *escape,
            };
            let is_time = matches!(escape, Escape::Time | Escape::OtherTime);
            let (stamp_end, least) = if is_time { stamp_extent(rest) } else { (0, 0) };
            let end = match self.pieces.get(i + 1) {
                Some(Piece::Literal(literal)) => {
                    least + memchr::memmem::find(rest.get(least..)?, literal)?
                }
                _ => rest.len(),
            };
            if escape == Escape::Time {
                row.set_time_ns(stamps.read(&rest[..stamp_end])?);
            } else {
                set(row, escape, rest[..end].trim_ascii(), stamps);
            }
            rest = &rest[end..];
        }
        row.time_ns().map(|_| ())
    }
}

fn push_literal(pieces: &mut Vec<Piece>, c: char) {
    let mut bytes = [0; 4];
    let bytes = c.encode_utf8(&mut bytes).as_bytes();
    match pieces.last_mut() {
        Some(Piece::Literal(literal)) => literal.extend_from_slice(bytes),
        _ => pieces.push(Piece::Literal(bytes.to_vec())),
    }
}

fn push_escape(pieces: &mut Vec<Piece>, escape: char) -> Result<(), String> {
    let meaning = match escape {
        'm' | 't' | 'n' => Escape::Time,
        's' => Escape::OtherTime,
        'u' => Escape::Text(Text::User),
        'd' => Escape::Text(Text::Service),
        'a' => Escape::Text(Text::Agent),
        'r' | 'h' => Escape::Remote,
        'e' => Escape::SqlState,
        'p' | 'P' | 'l' | 'c' | 'i' | 'v' | 'x' | 'b' | 'L' | 'Q' => Escape::Skip,
        other => return Err(format!("%{other} is no escape of log_line_prefix")),
    };
    if matches!(pieces.last(), Some(Piece::Escape(_))) {
        return Err(format!(
            "nothing separates %{escape} from what stands before it"
        ));
    }
    pieces.push(Piece::Escape(meaning));
    Ok(())
}

fn set<'a>(row: &mut Row<'a>, escape: Escape, value: &'a [u8], stamps: &mut StampReader) {
    match escape {
        _ if value == UNKNOWN => {}
        Escape::Text(text) => row.set(Field::Text(text), value, stamps),
        // `10.0.0.5(53122)`
        Escape::Remote => {
            let end = memchr::memchr(b'(', value).unwrap_or(value.len());
            row.set(Field::Text(Text::Client), &value[..end], stamps);
        }
        Escape::SqlState if value != SUCCESS => row.set(Field::Text(Text::Flags), value, stamps),
        Escape::SqlState | Escape::Time | Escape::OtherTime | Escape::Skip => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::formats::parse::parse_text;
    use proptest::prelude::*;

    /// `user database client sqlstate level time` of a line read by a prefix.
    fn check(prefix: &str, line: &str, expected: &str) {
        check_format(&compile(prefix).expect("compiles"), line, expected);
    }

    fn check_format(format: &Format, line: &str, expected: &str) {
        let parsed = parse_text(format, Zone::UTC, line.as_bytes());
        assert_eq!(parsed.chunk.len(), 1, "{line}");
        let text = |field: Text| {
            parsed.chunk.text_at(field, 0).map_or("-".into(), |symbol| {
                parsed.names[field as usize].text(symbol)
            })
        };
        let words = [
            text(Text::User),
            text(Text::Service),
            text(Text::Client),
            text(Text::Flags),
            rfc3339(parsed.chunk.time_ns[0]),
        ];
        assert_eq!(words.join(" "), expected, "{line}");
    }

    #[test]
    fn a_prefix_is_read_as_the_server_was_told_to_write_it() {
        check(
            "%m [%p] %q%u@%d ",
            "2019-10-25 05:40:12.345 UTC [4711] app@print LOG:  hello",
            "app print - - 2019-10-25T05:40:12.345Z",
        );
        check(
            "%m [%p] %q%u@%d ",
            "2019-10-25 05:40:12.345 UTC [4711] LOG:  hello",
            "- - - - 2019-10-25T05:40:12.345Z",
        );
        check(
            "%t:%r:%u@%d:[%p]:",
            "2019-10-25 05:40:12 UTC:10.0.0.3(53122):[unknown]@print:[4711]:FATAL:  no",
            "- print 10.0.0.3 - 2019-10-25T05:40:12Z",
        );
        check(
            "%u|%d|%h|%e|%s|%m|%%",
            "app|print|10.0.0.3|53300|2019-10-25 01:00:00 UTC|2019-10-25 05:40:12.345 UTC|%FATAL:  no",
            "app print 10.0.0.3 53300 2019-10-25T05:40:12.345Z",
        );
        check(
            "[%-6p] %n %10u: ",
            "[4711  ] 1571982012.345        app: ERROR:  no",
            "app - - - 2019-10-25T05:40:12.345Z",
        );
    }

    #[test]
    fn the_directive_of_a_configuration_is_read_without_its_name_and_quotes() {
        let check = |directive: &str, line: &str, expected: &str| {
            let format = crate::formats::log_format::compile(directive).expect("compiles");
            check_format(&format, line, expected);
        };
        check(
            "log_line_prefix = '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h '",
            "2019-10-25 05:40:12 UTC [812]: [7-1] user=app,db=print,app=api,client=10.0.0.3 LOG:  hello",
            "app print 10.0.0.3 - 2019-10-25T05:40:12Z",
        );
        check(
            "log_line_prefix = '< %m %p %h %u@%d %e %c:%l %x > '",
            "< 2019-10-25 05:40:12.345 UTC 812 10.0.0.3 app@print 40P01 65e7:9 0 > ERROR:  deadlock detected",
            "app print 10.0.0.3 40P01 2019-10-25T05:40:12.345Z",
        );
        check(
            "log_line_prefix='[%p] %t user=%u,db=%d,client=%r '",
            "[812] 2019-10-25 05:40:12 UTC user=app,db=print,client=10.0.0.3(53122) FATAL:  no",
            "app print 10.0.0.3 - 2019-10-25T05:40:12Z",
        );
        check(
            "log_line_prefix = '%n %r %a %e [%p]: '\t# strftime is of no use here",
            "1571982012.345 10.0.0.3(53122) api 55P03 [812]: LOG:  waits",
            "- - 10.0.0.3 55P03 2019-10-25T05:40:12.345Z",
        );
        check(
            "log_line_prefix = '%m [%p] %q%u@%d/%a '",
            "2019-10-25 05:40:12.345 UTC [4711] LOG:  checkpoint starting: time",
            "- - - - 2019-10-25T05:40:12.345Z",
        );
    }

    #[test]
    fn a_line_of_another_prefix_is_read_as_it_looks() {
        check(
            "%u %m ",
            "2019-10-25 05:40:12.345 UTC [4711] app@print LOG:  hello",
            "app print - - 2019-10-25T05:40:12.345Z",
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        for (prefix, why) in [
            ("%u@%d ", "a prefix without %m, %t or %n says no time"),
            ("%m%u ", "nothing separates %u from what stands before it"),
            ("%m %y ", "%y is no escape of log_line_prefix"),
            ("%m %", "nothing stands behind the last %"),
        ] {
            assert_eq!(compile(prefix).expect_err("refused"), why);
        }
    }

    proptest! {
        #[test]
        fn any_prefix_and_line_are_safe(prefix: String, line: Vec<u8>) {
            for prefix in [prefix.as_str(), "%m [%p] %q%u@%d "] {
                if let Ok(format) = compile(prefix) {
                    let _ = parse_text(&format, Zone::UTC, &line);
                }
            }
        }
    }
}
