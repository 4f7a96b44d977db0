//! The delimited engine: CSV with a header. A row is one sample of one gauge (`value`,
//! perhaps with `metric`, `limit` and labels), or of several (one per numeric column).

use super::Parsed;
use super::comma::Three;
use super::stamp::StampReader;
use super::value;
use crate::events::{Number, Text};
use crate::lines::LineBatch;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Time,
    Value,
    Metric,
    Limit,
    Label(String),
    Measure(String),
}

/// The columns of a file, from its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    separator: u8,
    header: Vec<u8>,
    columns: Vec<Column>,
    /// The name of the gauge where no column names it.
    default_metric: String,
}

const TIME_NAMES: [&str; 7] = [
    "time",
    "timestamp",
    "ts",
    "date",
    "datetime",
    "@timestamp",
    "_time",
];
const LIMIT_NAMES: [&str; 3] = ["limit", "max", "capacity"];

impl Columns {
    /// The columns of a metric file from its first lines. `None` if the first line is no
    /// header with a time, or no column is numeric. `file_stem` names a lone `value`.
    pub fn detect(head: &LineBatch, file_stem: &str) -> Option<Self> {
        let header = (!head.is_empty()).then(|| head.line(0))?;
        let separator = [b',', b';', b'\t']
            .into_iter()
            .max_by_key(|byte| (memchr::memchr_iter(*byte, header).count(), 255 - byte))?;
        let names: Vec<String> = cells(header, separator)
            .map(|cell| String::from_utf8_lossy(cell).trim().to_lowercase())
            .collect();
        let time_at = names
            .iter()
            .position(|name| TIME_NAMES.contains(&name.as_str()))?;
        let long = names.iter().any(|name| name == "value");
        let numeric: Vec<bool> = (0..names.len())
            .map(|column| is_numeric(head, separator, column))
            .collect();
        let column_of = |(i, name): (usize, &String)| match name.as_str() {
            _ if i == time_at => Column::Time,
            "value" => Column::Value,
            "metric" | "name" if long => Column::Metric,
            name if LIMIT_NAMES.contains(&name) && numeric[i] => Column::Limit,
            _ if !long && numeric[i] => Column::Measure(crate::text::printable(name)),
            _ => Column::Label(crate::text::printable(name)),
        };
        let columns: Vec<Column> = names.iter().enumerate().map(column_of).collect();
        let measures = columns
            .iter()
            .any(|column| matches!(column, Column::Value | Column::Measure(_)));
        (names.len() > 1 && measures).then(|| Self {
            separator,
            header: header.to_vec(),
            columns,
            default_metric: file_stem.to_owned(),
        })
    }

    /// The columns in words, for the reason why this format was chosen.
    pub fn words(&self) -> String {
        let gauges: Vec<&str> = self
            .columns
            .iter()
            .filter_map(|column| match column {
                Column::Value => Some("value"),
                Column::Measure(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let labels: Vec<&str> = self
            .columns
            .iter()
            .filter_map(|column| match column {
                Column::Label(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        match labels.len() {
            0 => format!("gauges {}", gauges.join(", ")),
            _ => format!("gauges {} by {}", gauges.join(", "), labels.join(", ")),
        }
    }
}

/// Parses a batch: every readable row becomes an event per gauge.
pub fn parse(columns: &Columns, batch: &LineBatch, stamps: &mut StampReader, parsed: &mut Parsed) {
    for i in 0..batch.len() {
        let line = batch.line(i);
        if line.is_empty() || line == columns.header || line[0] == b'#' {
            parsed.headers += 1;
        } else if one(columns, batch, i, stamps, parsed).is_none() {
            parsed.refuse(i as u64, line);
        }
    }
}

fn one(
    columns: &Columns,
    batch: &LineBatch,
    i: usize,
    stamps: &mut StampReader,
    parsed: &mut Parsed,
) -> Option<()> {
    let line = batch.line(i);
    let cells: Vec<&[u8]> = cells(line, columns.separator).collect();
    let with_cells = || columns.columns.iter().zip(&cells);
    let time_ns = with_cells()
        .find(|(column, _)| **column == Column::Time)
        .and_then(|(_, cell)| stamps.read(cell))?;
    let limit = with_cells()
        .find(|(column, _)| **column == Column::Limit)
        .and_then(|(_, cell)| number(cell, columns.separator));
    let named = with_cells()
        .find(|(column, _)| **column == Column::Metric)
        .map(|(_, cell)| *cell);
    let labels = with_cells().filter_map(|(column, cell)| match column {
        Column::Label(name) if !cell.is_empty() => {
            Some(format!("{name}={}", String::from_utf8_lossy(cell)))
        }
        _ => None,
    });
    let label = labels.collect::<Vec<_>>().join(",");
    let mut made = 0;
    for (column, cell) in with_cells() {
        let metric = match column {
            Column::Value => named.unwrap_or(columns.default_metric.as_bytes()),
            Column::Measure(name) => name.as_bytes(),
            _ => continue,
        };
        let Some(sample) = number(cell, columns.separator) else {
            continue;
        };
        parsed
            .chunk
            .open(time_ns, i as u64, batch.offset(i), line.len() as u32);
        parsed.chunk.set_number(Number::ValueMicro, sample);
        if let Some(limit) = limit {
            parsed.chunk.set_number(Number::LimitMicro, limit);
        }
        let symbol = parsed.names[Text::Metric as usize].intern(metric);
        parsed.chunk.set_text(Text::Metric, symbol);
        if !label.is_empty() {
            let symbol = parsed.names[Text::Host as usize].intern(label.as_bytes());
            parsed.chunk.set_text(Text::Host, symbol);
        }
        made += 1;
    }
    (made > 0).then_some(())
}

/// Cells of a line; a quoted cell loses its quotes (a separator in quotes does not split).
fn cells(line: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        if let Some(body) = line.strip_prefix(b"\"")
            && let Some(end) = memchr::memchr(b'"', body)
        {
            rest = body.get(end + 2..).filter(|_| body.len() > end + 1);
            return Some(&body[..end]);
        }
        let end = memchr::memchr(separator, line).unwrap_or(line.len());
        rest = line.get(end + 1..).filter(|_| line.len() > end);
        Some(line[..end].trim_ascii())
    })
}

/// A cell's number in millionths. Where commas separate cells, one within a cell in quotes stands
/// between thousands; else it is a point.
fn number(cell: &[u8], separator: u8) -> Option<i64> {
    let three = match separator {
        b',' => Three::Thousands,
        _ => Three::Decimals,
    };
    value::micro_with_comma(cell, three)
}

fn is_numeric(head: &LineBatch, separator: u8, column: usize) -> bool {
    let cell = |i: usize| cells(head.line(i), separator).nth(column);
    let mut samples = (1..head.len())
        .filter_map(cell)
        .filter(|cell| !cell.is_empty())
        .take(50)
        .peekable();
    samples.peek().is_some()
        && samples
            .all(|cell| number(cell, separator).is_some() || cell.eq_ignore_ascii_case(b"nan"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::stamp::StampKind;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let mut parsed = Parsed::default();
        let found = Columns::detect(&batch, "ports");
        if let Some(columns) = &found {
            parse(
                columns,
                &batch,
                &mut StampReader::new(StampKind::Any, Zone::UTC),
                &mut parsed,
            );
        }
        let event = |row: usize| {
            let text = |field: Text| {
                parsed
                    .chunk
                    .text_at(field, row)
                    .map(|s| parsed.names[field as usize].text(s))
                    .unwrap_or_default()
            };
            let number = |field| {
                parsed
                    .chunk
                    .number_at(field, row)
                    .map_or("-".to_owned(), |n| (n / 1_000_000).to_string())
            };
            format!(
                "{}[{}]={}/{}",
                text(Text::Metric),
                text(Text::Host),
                number(Number::ValueMicro),
                number(Number::LimitMicro)
            )
        };
        let seen: Vec<String> = (0..parsed.chunk.len()).map(event).collect();
        assert_eq!(seen.join(" "), expected, "{text}");
    }

    #[test]
    fn a_long_file_has_one_gauge_a_row() {
        check("time,value\n2020-01-01T00:00:00Z,5\n", "ports[]=5/-");
        check(
            "ts;value;metric;host;limit\n1577836800;5;busy;a;9\n1577836801;;busy;a;9",
            "busy[host=a]=5/9",
        );
    }

    #[test]
    fn a_wide_file_has_a_gauge_a_column() {
        check(
            "time,host,cpu,memory\n2020-01-01T00:00:00Z,\"a,b\",5,7",
            "cpu[host=a,b]=5/- memory[host=a,b]=7/-",
        );
    }

    #[test]
    fn what_has_no_time_is_no_metric_file() {
        check("a,b\n1,2\n", "");
        check("", "");
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "time,value,(a|b)\n(.|\n)*") {
            let batch = LineBatch::split(text.into_bytes(), 0);
            if let Some(columns) = Columns::detect(&batch, "x") {
                parse(&columns, &batch, &mut StampReader::new(StampKind::Any, Zone::UTC), &mut Parsed::default());
            }
        }
    }
}
