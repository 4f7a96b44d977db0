//! Lines in a column of CSV with a header, as log stores export what they hold:
//! `"_time",host,"_raw"` of Splunk, `"@timestamp",message` of Kibana, `"labels","Time","Line"` of
//! Grafana.
//!
//! In: lines, the first of which names the columns. Out: what the program wrote, when, and the host
//! and service that the row names; a row over several lines is one. Whether what the program wrote
//! says more than the row is `detect`'s to find out.

use super::layers::Stage;
use super::{Inner, Peeled};
use crate::formats::field::LevelScale;
use crate::formats::sheet::{cells, header, row_end};
use crate::formats::stamp::StampKind;
use crate::formats::value;
use crate::lines::LineBatch;

/// Names of columns, the best first, in lower case: what the program wrote.
const LINES: [&str; 12] = [
    "_raw",
    "event.original",
    "line",
    "log",
    "textpayload",
    "logentry",
    "logmessage",
    "rawdata",
    "message",
    "@message",
    "content",
    "msg",
];
const STAMPS: [&str; 8] = [
    "_time",
    "@timestamp",
    "timestamp",
    "timegenerated",
    "time",
    "date",
    "_messagetime",
    "eventtime",
];
const SERVICES: [&str; 6] = [
    "kubernetes.container_name",
    "kubernetes.container.name",
    "containername",
    "container_name",
    "service",
    "service.name",
];
const HOSTS: [&str; 9] = [
    "kubernetes.pod_name",
    "kubernetes.pod.name",
    "podname",
    "pod",
    "host",
    "host.name",
    "hostname",
    "_sourcehost",
    "computer",
];
const LEVELS: [&str; 4] = ["severity", "level", "log.level", "loglevel"];

/// Which column says what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Columns {
    separator: u8,
    /// How many there are.
    count: u16,
    line: u16,
    stamp: u16,
    service: Option<u16>,
    host: Option<u16>,
    level: Option<u16>,
}

impl Columns {
    /// The columns that the first of some lines names, if one is of lines and one of stamps.
    pub fn of(head: &LineBatch) -> Option<Self> {
        let (separator, names) = header(head)?;
        let names: Vec<String> = names.into_iter().map(name).collect();
        let at = |ranked: &[&str]| {
            let found = ranked
                .iter()
                .find_map(|one| names.iter().position(|name| name == one));
            found.map(|at| at as u16)
        };
        Some(Self {
            separator,
            count: names.len() as u16,
            line: at(&LINES)?,
            stamp: at(&STAMPS)?,
            service: at(&SERVICES),
            host: at(&HOSTS),
            level: at(&LEVELS),
        })
    }

    /// Whether rows begin with their time.
    pub fn begin_with_time(self) -> bool {
        self.stamp == 0
    }

    /// A row without what stands around its line. The row of names is a blank line.
    pub fn peel(self, row: &[u8]) -> Option<Peeled<'_>> {
        let cells = cells(row, self.separator)?;
        let cell = |at: u16| cells[usize::from(at)];
        let named = |at: Option<u16>| at.map_or(&b""[..], cell);
        if cells.len() != usize::from(self.count) {
            return None;
        }
        let (line, stamp) = (cell(self.line), cell(self.stamp));
        if StampKind::Any.read(stamp).is_none() {
            let are_names =
                STAMPS.contains(&name(stamp).as_str()) && LINES.contains(&name(line).as_str());
            return are_names.then(|| Peeled::of(b""));
        }
        let (service, host) = (named(self.service), named(self.host));
        Some(Peeled {
            inner: Inner::Doubled(line.trim_ascii_end()),
            stamp,
            lane: if host.is_empty() { service } else { host },
            level: value::level(named(self.level), LevelScale::Words),
            host,
            service,
            ..Peeled::of(b"")
        })
    }

    /// Lines of which those of one row are one.
    pub(super) fn joined(self, stage: &Stage<'_>) -> Stage<'static> {
        let mut out = Stage::with_capacity(stage.buffer.len(), stage.items.len());
        let mut first = 0;
        while first < stage.items.len() {
            let lines = first..stage.items.len();
            let end = row_end(|i| stage.line(i), lines, self.separator);
            let mut row = stage.line(first).to_vec();
            for i in first + 1..end {
                row.push(b'\n');
                row.extend_from_slice(stage.line(i));
            }
            out.push(&row, stage.items[first].1.through(stage.items[end - 1].1));
            first = end;
        }
        out
    }
}

/// A column's name in lower case, without the zone that Azure writes behind it.
fn name(cell: &[u8]) -> String {
    let name = String::from_utf8_lossy(cell).to_ascii_lowercase();
    let bare = name.strip_suffix(" [utc]").unwrap_or(&name);
    bare.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::{Interner, Number, Text};
    use crate::formats::detect::detect;
    use crate::formats::parse::parse;
    use crate::formats::wrap::Wrapper;
    use crate::formats::wrap::layers::unwrap;
    use proptest::prelude::*;

    /// `FORMAT: lines headers unparsed; status client host service of each event`.
    fn check(text: &str, expected: &str) {
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let found = detect(&batch, "export").expect("a format");
        let parsed = parse(&found.format, Zone::UTC, &batch);
        let name = |text: Text, row| {
            let symbol = parsed.chunk.text_at(text, row).unwrap_or_default();
            parsed.names[text as usize].text(symbol)
        };
        let events = (0..parsed.chunk.len()).map(|row| {
            let status = parsed.chunk.number_at(Number::Status, row).unwrap_or(-1);
            format!(
                "; {status} {} {} {}",
                name(Text::Client, row),
                name(Text::Host, row),
                name(Text::Service, row)
            )
        });
        let said = format!(
            "{}: {} {} {}{}",
            found.format.name,
            parsed.lines,
            parsed.headers,
            parsed.unparsed,
            events.collect::<String>()
        );
        assert_eq!(said, expected, "{text}");
    }

    const ACCESS: &str =
        r#"10.0.0.1 - - [03/Feb/2024:06:09:12 +0000] ""GET /a HTTP/1.1"" 502 1 ""-"" ""curl"""#;

    #[test]
    fn lines_in_a_column_are_read_as_what_they_are() {
        let splunk = format!(
            "\"_time\",host,source,\"_raw\"\n\"2024-02-03T06:09:12.000+0000\",h1,/a,\"{ACCESS}\"\n"
        );
        check(&splunk, "combined in rows: 2 1 0; 502 10.0.0.1 h1 ");
        let grafana = format!(
            "\"labels\",\"Time\",\"Line\",\"id\"\n\"{{\"\"app\"\":\"\"a\"\"}}\",\"2024-02-03 06:09:12.000\",\"{ACCESS}\",\"1\"\n"
        );
        check(&grafana, "combined in rows: 2 1 0; 502 10.0.0.1  ");
        let azure = format!(
            "\"TimeGenerated [UTC]\",Computer,ContainerName,LogEntry\n\"2/3/2024, 6:09:12.000 AM\",n1,web,\"{ACCESS}\"\n"
        );
        check(&azure, "combined in rows: 2 1 0; 502 10.0.0.1 n1 web");
    }

    #[test]
    fn columns_that_say_what_happened_are_read_themselves() {
        check(
            "time,host,status,path,message\n2024-02-03T06:09:12Z,h,502,/a,refused\n",
            "csv: 2 1 0; 502  h ",
        );
        check(
            "time,host,message\n2024-02-03T06:09:12Z,h,pool is empty\n",
            "csv: 2 1 0; -1  h ",
        );
    }

    #[test]
    fn a_row_over_several_lines_is_one() {
        let java = "\"@timestamp\",message\n\"2024-02-03 06:09:12.001\",\"2024-02-03 06:09:12.000 ERROR [main] shop.Pay - x\n\tat shop.Pay\"\n\"2024-02-03 06:09:13.001\",\"2024-02-03 06:09:13.000  INFO [main] shop.Pay - y\"\n";
        let batch = LineBatch::split(java.as_bytes().to_vec(), 0);
        let columns = Columns::of(&batch).expect("columns");
        let mut names = vec![Interner::new(100); Text::COUNT];
        let found = unwrap(
            &[Wrapper::Rows(columns)],
            Zone::UTC.into(),
            &batch,
            &mut names,
        );
        let lane = &found.lanes[0];
        let lines: Vec<_> = (0..lane.batch.len()).map(|i| lane.batch.line(i)).collect();
        assert_eq!(
            lines,
            [
                &b""[..],
                b"2024-02-03 06:09:12.000 ERROR [main] shop.Pay - x\n\tat shop.Pay",
                b"2024-02-03 06:09:13.000  INFO [main] shop.Pay - y"
            ]
        );
        assert_eq!(found.joined, 1);
    }

    proptest! {
        #[test]
        fn every_line_is_in_some_row(text in "(time,line\n|2024-02-03,\"a\n|2024-02-03,b\n|\"\n|x\"\n|,\n){0,20}") {
            let batch = LineBatch::split(text.into_bytes(), 0);
            let head = LineBatch::split(b"time,line".to_vec(), 0);
            let columns = Columns::of(&head).expect("columns");
            let mut names = vec![Interner::new(100); Text::COUNT];
            let found = unwrap(&[Wrapper::Rows(columns)], Zone::UTC.into(), &batch, &mut names);
            let rows: usize = found.lanes.iter().map(|lane| lane.batch.len()).sum();
            prop_assert_eq!(rows as u64 + found.joined, batch.len() as u64);
        }
    }
}
