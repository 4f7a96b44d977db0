//! The headed engine: CSV with a header whose rows are requests or messages, as exports of log
//! stores are. What the columns mean is inferred from names and values, as of keys.
//!
//! In: batches of lines; a cell in quotes may hold separators, line ends and quotes written as two.
//! Out: one event a row. Rows of samples of gauges are the `delimited` engine's.

use std::ops::Range;

use super::csv::{cell, commit};
use super::field::Field;
use super::infer::{Inferred, Keys, kind_of, side_of};
use super::row::Row;
use super::sheet::{SEPARATORS, cells, header, row_end};
use super::stamp::{StampKind, StampReader};
use super::{Engine, Format, Parsed};
use crate::lines::LineBatch;

/// Longest first cell of a row that begins with its time, in bytes.
const STAMP_MAX: usize = 48;
/// Rows of gauges have a column of this name.
const VALUE: &[u8] = b"value";

/// The columns of a file, from its header, and what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headed {
    separator: u8,
    header: Vec<u8>,
    names: Vec<Vec<u8>>,
    wanted: Vec<(Vec<u8>, Field)>,
}

/// A header, and what its columns hold in the first rows.
#[derive(Debug, Default)]
pub struct Sheet {
    separator: u8,
    header: Vec<u8>,
    names: Vec<Vec<u8>>,
    /// The names with their values.
    pub keys: Keys,
}

impl Sheet {
    /// Reads the first lines of a file. `None` if the first is no header, or no row has its cells.
    pub fn of(sample: &LineBatch) -> Option<Self> {
        let (separator, names) = header(sample)?;
        let names = names.into_iter().map(name);
        let mut sheet = Self {
            separator,
            header: sample.line(0).to_vec(),
            names: names.collect::<Option<_>>()?,
            keys: Keys::default(),
        };
        let mut at = 1;
        let mut rows = 0;
        while at < sample.len() {
            let first = at;
            at = row_end(|i| sample.line(i), at..sample.len(), separator);
            let cells = cells(sample.span(first, at), separator);
            if let Some(cells) = cells.filter(|cells| cells.len() == sheet.names.len()) {
                let said = sheet
                    .names
                    .iter()
                    .zip(cells)
                    .filter(|(_, cell)| is_said(cell));
                sheet
                    .keys
                    .add_pairs(said.map(|(name, cell)| (name.clone(), cell.to_vec())));
                rows += 1;
            }
        }
        (sheet.names.len() > 1 && rows > 0).then_some(sheet)
    }

    /// The format of rows that are requests or messages, and what its columns mean. `None` for
    /// gauges and for what has no time.
    pub fn format(self) -> Option<(Format, Vec<Inferred>)> {
        let inferred = self.keys.infer();
        let wanted = inferred
            .iter()
            .map(|one| (one.key.clone().into_bytes(), one.field));
        let wanted: Vec<(Vec<u8>, Field)> = wanted.collect();
        let has = |is: &dyn Fn(&Field) -> bool| wanted.iter().any(|(_, field)| is(field));
        let is_event = has(&|field| {
            matches!(
                field,
                Field::Target
                    | Field::Request
                    | Field::Message
                    | Field::MessageWithLevel
                    | Field::JobStep
            )
        });
        let is_gauge = self
            .names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(VALUE));
        if !is_event || is_gauge || !has(&|field| matches!(field, Field::Time(_))) {
            return None;
        }
        let kind = kind_of(wanted.iter().map(|(_, field)| field));
        let side = side_of(kind, &inferred);
        let engine = Engine::Headed(Headed {
            separator: self.separator,
            header: self.header,
            names: self.names,
            wanted,
        });
        Some((Format::new("csv", kind, side, engine), inferred))
    }
}

impl Headed {
    /// The columns that mean something, by name.
    pub fn wanted(&self) -> &[(Vec<u8>, Field)] {
        &self.wanted
    }

    /// Whether rows begin with their time: then `opens` tells where one may begin.
    pub fn begins_with_time(&self) -> bool {
        let is_first = |(name, field): &(Vec<u8>, Field)| {
            matches!(field, Field::Time(_)) && self.names.first() == Some(name)
        };
        self.wanted.iter().any(is_first)
    }

    /// The same columns with other meanings.
    pub fn with(self, wanted: Vec<(Vec<u8>, Field)>) -> Self {
        Self { wanted, ..self }
    }

    /// Parses a batch.
    pub fn parse(
        &self,
        format: &Format,
        batch: &LineBatch,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) {
        let place = |(name, field): &(Vec<u8>, Field)| {
            Some((self.names.iter().position(|one| one == name)?, *field))
        };
        let places: Vec<(usize, Field)> = self.wanted.iter().filter_map(place).collect();
        let mut at = 0;
        while at < batch.len() {
            let first = batch.line(at);
            if first.trim_ascii().is_empty() || first == self.header {
                parsed.headers += 1;
                at += 1;
                continue;
            }
            let row = at..row_end(|i| batch.line(i), at..batch.len(), self.separator);
            at = row.end;
            if self
                .one(format, (batch, &row), &places, stamps, parsed)
                .is_none()
            {
                row.for_each(|i| parsed.refuse(i as u64, batch.line(i)));
            }
        }
    }

    fn one(
        &self,
        format: &Format,
        (batch, lines): (&LineBatch, &Range<usize>),
        places: &[(usize, Field)],
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) -> Option<()> {
        let text = batch.span(lines.start, lines.end);
        let cells = cells(text, self.separator).filter(|cells| cells.len() == self.names.len())?;
        let mut row = Row::new();
        for (at, field) in places {
            if is_said(cells[*at]) {
                row.set_doubled(*field, cells[*at], stamps);
            }
        }
        commit(format, row, (batch, lines.clone()), stamps, parsed)
    }
}

/// Whether a row that begins with its time may begin at this line. A line within a cell that looks
/// so is taken for one.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    let head = &line[..line.len().min(STAMP_MAX)];
    let is_stamp = |separator: &u8| {
        let first = cell(head, *separator).filter(|(_, rest)| rest.is_some());
        first.is_some_and(|(piece, _)| StampKind::Any.read(piece.trim_ascii()).is_some())
    };
    SEPARATORS.iter().any(is_stamp)
}

/// A column's name as a key; `None` for what is no name.
fn name(cell: &[u8]) -> Option<Vec<u8>> {
    let is_name = cell.iter().any(u8::is_ascii_alphabetic) && std::str::from_utf8(cell).is_ok();
    is_name.then(|| {
        cell.iter()
            .map(|byte| if *byte == b' ' { b'_' } else { *byte })
            .collect()
    })
}

fn is_said(cell: &[u8]) -> bool {
    !matches!(cell, b"" | b"-" | b"null" | b"NULL" | b"(null)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::{Number, Text};
    use crate::formats::detect::detect;
    use crate::formats::parse::parse;

    /// Name of the format, then of each event time, status, latency, endpoint or message. What is no
    /// such row is a text with a stamp.
    fn check(text: &str, expected: &str) {
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let found = detect(&batch, "requests").expect("a format");
        let parsed = parse(&found.format, Zone::UTC, &batch);
        let chunk = &parsed.chunk;
        let number = |field, row| {
            chunk
                .number_at(field, row)
                .map_or("-".to_owned(), |value| value.to_string())
        };
        let mut said = vec![found.format.name.clone()];
        for row in 0..chunk.len() {
            let text = [Text::Endpoint, Text::Message]
                .into_iter()
                .find_map(|field| {
                    let symbol = chunk.text_at(field, row)?;
                    Some(parsed.names[field as usize].text(symbol))
                });
            said.push(format!(
                "{} {} {} {}",
                chunk.time_ns[row] / 1_000_000_000,
                number(Number::Status, row),
                number(Number::LatencyUs, row),
                text.unwrap_or_default()
            ));
        }
        let lines = batch.len() as u64;
        assert_eq!(
            lines,
            chunk.len() as u64 + parsed.joined + parsed.headers + parsed.unparsed
        );
        assert_eq!(said.join("; "), expected, "{text}");
    }

    #[test]
    fn rows_with_a_path_and_a_status_are_requests() {
        check(
            "timestamp,service,method,path,status,duration_ms,user\n\
             2026-11-20 03:00:01,shop,GET,/p/1,200,12,u1\n\
             2026-11-20 03:00:02,shop,GET,/p/2,503,2004.5,-\n\
             2026-11-20 03:00:03,shop,GET,/p,x/2,503,7,u\n",
            "csv; 1795143600 200 12000 /p/{id}; 1795143599 503 2004500 /p/{id}; 1795143603 - - ,shop,GET,/p,<*>,<*>,<*>,u",
        );
        check(
            "Date;Status Code;URL\n2026-11-20T03:00:01Z;404;/a\n2026-11-20T03:00:01Z;500;/b\n",
            "csv; 1795143601 404 - /a; 1795143601 500 - /b",
        );
    }

    #[test]
    fn a_message_says_its_level_where_no_column_does() {
        let text = "\"@timestamp\",pod,message\n\
             2026-11-20 03:00:01,api-0,handled\n\
             2026-11-20 03:00:02,api-0,\"ERROR \"\"db\"\" gone\"\n";
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let found = detect(&batch, "export").expect("a format");
        let chunk = parse(&found.format, Zone::UTC, &batch).chunk;
        let levels = [0, 1].map(|row| chunk.number_at(Number::Level, row));
        assert_eq!(levels, [None, Some(4)]);
    }

    #[test]
    fn messages_may_hold_separators_quotes_and_lines() {
        check(
            "\"@timestamp\",level,message\n\
             2026-11-20T03:00:01Z,error,\"could not pay: \"\"no, sorry\"\"\n  at shop.Pay\"\n\
             2026-11-20T03:00:02Z,info,paid\n\
             2026-11-20T03:00:03Z,info,\"never closed\n",
            "csv; 1795143601 - - could not pay: \"no, sorry\"; 1795143602 - - paid; 1795143603 - - ,info,\"never closed",
        );
    }

    #[test]
    fn a_quote_within_a_cell_is_text() {
        check(
            "time,level,message\n\
             2026-11-20T03:00:01Z,info,a disk of x\" more\n\
             2026-11-20T03:00:02Z,info,paid\n",
            "csv; 1795143601 - - a disk of x\" more; 1795143602 - - paid",
        );
    }

    #[test]
    fn rows_that_begin_with_their_time_may_begin_there() {
        let check =
            |line: &str, expected| assert_eq!(opens(None, line.as_bytes()), expected, "{line}");
        check("2026-11-20T03:00:01Z,error,\"no", true);
        check("\"Nov 20, 2026 @ 03:00:01.250\";a", true);
        check("1795143601.25\tGET\t/a", true);
        check("java.lang.Error: 7,8", false);
        check("at shop.Pay, line 7\"", false);
        check("2026-11-20T03:00:01Z", false);
        let of = |text: &str| {
            let sheet = Sheet::of(&LineBatch::split(text.into(), 0)).expect("a header");
            let Engine::Headed(headed) = sheet.format().expect("messages").0.engine else {
                panic!("another engine");
            };
            headed.begins_with_time()
        };
        assert!(of("time,message\n2026-11-20T03:00:01Z,cannot pay\n"));
        assert!(!of(
            "host,time,message\na,2026-11-20T03:00:01Z,cannot pay\n"
        ));
    }

    #[test]
    fn exports_of_log_stores_are_read() {
        check(
            "\"@timestamp\",\"kubernetes.pod.name\",message\n\
             \"Nov 20, 2026 @ 03:00:01.250\",\"api-1\",\"cannot pay, no answer\"\n",
            "csv; 1795143601 - - cannot pay, no answer",
        );
        check(
            "Date,Host,Service,Status,Message\n\
             \"2026-11-20T03:00:01.250Z\",\"web-1\",\"api\",\"error\",\"cannot pay\"\n",
            "csv; 1795143601 - - cannot pay",
        );
    }

    #[test]
    fn samples_of_gauges_are_none() {
        for text in [
            "time,value,host\n2026-11-20T03:00:01Z,7,a\n2026-11-20T03:00:02Z,8,a\n",
            "time,host,cpu,memory\n2026-11-20T03:00:01Z,a,7,9\n2026-11-20T03:00:02Z,a,8,9\n",
        ] {
            let found = detect(&LineBatch::split(text.into(), 0), "x").expect("a format");
            assert_eq!(found.format.name, "metric-csv");
        }
    }
}
