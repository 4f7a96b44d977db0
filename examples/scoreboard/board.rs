//! What was expected, what was found, and the table of both.

use std::fmt::Write as _;

use rfo::formats::stamp::{StampContext, StampKind};
use rfo::formats::{path, value};

use crate::reading::Found;

/// What is compared of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    Time,
    Status,
    Duration,
    Client,
    Path,
    Level,
    Method,
    Bytes,
}

impl Aspect {
    const ALL: [(Self, &str); 8] = [
        (Self::Time, "time"),
        (Self::Status, "status"),
        (Self::Duration, "duration"),
        (Self::Client, "client"),
        (Self::Path, "path"),
        (Self::Level, "level"),
        (Self::Method, "method"),
        (Self::Bytes, "bytes"),
    ];
}

/// An instant as another program wrote it, which may cut off digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instant {
    /// Nanoseconds UTC.
    pub ns: i64,
    /// What its last digit counts, nanoseconds.
    pub precision_ns: i64,
}

/// What another program says of a record; `None` is no statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// Its stamp.
    pub time: Option<Instant>,
    /// HTTP status.
    pub status: Option<i64>,
    /// Microseconds.
    pub duration_us: Option<f64>,
    /// Any of these is right; empty is no statement.
    pub clients: Vec<String>,
    /// The request target as written.
    pub path: Option<String>,
    /// The level's word.
    pub level: Option<String>,
    /// HTTP method.
    pub method: Option<String>,
    /// Bytes sent.
    pub bytes: Option<i64>,
}

/// A row of the board: a file or a kind of log.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Which one.
    pub name: String,
    /// The format that rfo chose.
    pub format: String,
    /// Records that the oracle knows.
    pub records: u64,
    /// Of them, those at whose line rfo has no event.
    pub missing: u64,
    /// Events where the oracle has no record.
    pub extra: u64,
    /// Lines that rfo could not read.
    pub unparsed: u64,
    /// False if it is shown but not part of the total.
    pub counted: bool,
    misses: usize,
    right: [u64; Aspect::ALL.len()],
    stated: [u64; Aspect::ALL.len()],
}

/// All rows of a set.
#[derive(Debug, Default)]
pub struct Board {
    /// In order.
    pub rows: Vec<Row>,
    /// Line, expected, found.
    pub misses: Vec<String>,
    /// What else is to be said, below the table.
    pub notes: String,
    /// Right and all, where that is not what the rows add up to.
    pub counts: Option<[u64; 2]>,
}

/// Misses that are kept of a row.
const MISSES_MAX: usize = 40;

impl Row {
    /// An empty row that counts.
    pub fn new(name: &str, format: &str, unparsed: u64) -> Self {
        Self {
            name: name.to_owned(),
            format: format.to_owned(),
            unparsed,
            counted: true,
            ..Self::default()
        }
    }

    /// Compares a record with the event at its line and keeps what differs in `misses`.
    pub fn compare(
        &mut self,
        line: &str,
        expected: &Expected,
        found: Option<&Found>,
        misses: &mut Vec<String>,
    ) {
        self.records += 1;
        self.missing += u64::from(found.is_none());
        for (i, (aspect, name)) in Aspect::ALL.into_iter().enumerate() {
            let Some((said, right, here)) = verdict(aspect, expected, found) else {
                continue;
            };
            self.stated[i] += 1;
            self.right[i] += u64::from(right);
            if !right && self.misses < MISSES_MAX {
                self.misses += 1;
                let line = rfo::text::shorten(&rfo::text::printable(line), 160);
                misses.push(format!(
                    "{}: {name} expected {said}, found {here}: {line}",
                    self.name
                ));
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.missing += other.missing;
        self.extra += other.extra;
        self.unparsed += other.unparsed;
        for i in 0..Aspect::ALL.len() {
            self.right[i] += other.right[i];
            self.stated[i] += other.stated[i];
        }
    }

    fn share(&self) -> String {
        let (right, stated) = (
            self.right.iter().sum::<u64>(),
            self.stated.iter().sum::<u64>(),
        );
        match stated {
            0 => "-".to_owned(),
            _ => format!("{:.1} %", right as f64 * 100.0 / stated as f64),
        }
    }
}

/// What is expected in words, whether it was found, and what was; `None` without a statement.
fn verdict(
    aspect: Aspect,
    expected: &Expected,
    found: Option<&Found>,
) -> Option<(String, bool, String)> {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
    let number = |said: Option<i64>, here: fn(&Found) -> Option<i64>| {
        let (said, here) = (said?, found.and_then(here));
        Some((
            said.to_string(),
            here == Some(said),
            shown(here.map(|n| n.to_string())),
        ))
    };
    let text = |said: Option<String>, here: Option<&String>| {
        let said = said?;
        let right = here == Some(&said);
        Some((said, right, shown(here.cloned())))
    };
    match aspect {
        Aspect::Time => {
            let said = expected.time?;
            let right = found.is_some_and(|found| is_at(found, said));
            let here = found.map(|found| rfo::clock::words::rfc3339(found.start_ns));
            Some((rfo::clock::words::rfc3339(said.ns), right, shown(here)))
        }
        Aspect::Duration => {
            let said = expected.duration_us?;
            let here = found.and_then(|found| found.latency_us);
            // Whole milliseconds may be cut off.
            let tolerance_us = if said % 1000.0 == 0.0 { 999.0 } else { 1.0 };
            let right = here.is_some_and(|here| (here as f64 - said).abs() <= tolerance_us);
            Some((
                format!("{said} us"),
                right,
                shown(here.map(|us| format!("{us} us"))),
            ))
        }
        Aspect::Client => {
            let said = expected.clients.first()?.clone();
            let here = found.and_then(|found| found.client.clone());
            let right = here
                .as_ref()
                .is_some_and(|here| expected.clients.contains(here));
            Some((said, right, shown(here)))
        }
        Aspect::Path => text(
            expected.path.as_deref().map(endpoint),
            found.and_then(|found| found.endpoint.as_ref()),
        ),
        Aspect::Level => {
            let word = expected.level.as_ref()?;
            let said = severity(word);
            let here = found.and_then(|found| found.level);
            Some((
                format!("{word} = {said:?}"),
                said.is_some() && here == said,
                shown(here.map(|n| n.to_string())),
            ))
        }
        Aspect::Status => number(expected.status, |found| found.status),
        Aspect::Bytes => number(expected.bytes, |found| found.bytes),
        Aspect::Method => text(
            expected.method.clone(),
            found.and_then(|found| found.method.as_ref()),
        ),
    }
}

/// rfo keeps when the work began; a stamp may be of its end.
fn is_at(found: &Found, said: Instant) -> bool {
    let end_ns = found.start_ns + found.latency_us.unwrap_or(0) * 1000;
    // Some cut the digits that they do not write off, some round.
    let same = |ns: i64| (ns - said.ns).abs() < said.precision_ns;
    same(found.start_ns) || same(end_ns)
}

/// The endpoint of a request target: ids are placeholders.
fn endpoint(target: &str) -> String {
    let mut out = Vec::new();
    path::normalise(target.as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A level's word on rfo's scale: 0 debug to 5 fatal. PostgreSQL's words that go with another
/// entry (`DETAIL`, `STATEMENT`) are no levels.
fn severity(word: &str) -> Option<i64> {
    Some(match word.to_lowercase().as_str() {
        "trace" | "debug" | "verbose" => 0,
        "info" | "information" | "log" | "system" => 1,
        "notice" | "note" => 2,
        "warn" | "warning" => 3,
        "error" => 4,
        "fatal" | "critical" | "crit" | "alert" | "emerg" => 5,
        other => value::level(other.as_bytes(), rfo::formats::field::LevelScale::Words)?,
    })
}

/// A stamp in RFC 3339 as other programs write it. `None` if it is none.
pub fn instant(text: &str) -> Option<Instant> {
    let stamp = StampKind::Iso.read(text.as_bytes())?;
    let ns = StampContext::from(rfo::clock::Zone::UTC).instant(stamp)?;
    let digits = text.get(19..)?.strip_prefix('.').map_or(0, |fraction| {
        fraction.bytes().take_while(u8::is_ascii_digit).count()
    });
    let precision_ns = 10i64.pow(9 - u32::try_from(digits.min(9)).ok()?);
    Some(Instant { ns, precision_ns })
}

impl Board {
    /// How much of what is expected was found, per cent; 0 where nothing is expected.
    pub fn right_percent(&self) -> f64 {
        let sum = |of: fn(&Row) -> &[u64]| {
            let rows = self.rows.iter().filter(|row| row.counted);
            rows.flat_map(|row| of(row).iter()).sum::<u64>()
        };
        let summed = || [sum(|row| &row.right), sum(|row| &row.stated)];
        let [right, all] = self.counts.unwrap_or_else(summed);
        right as f64 * 100.0 / all.max(1) as f64
    }

    /// The table, and the misses if they are wanted.
    pub fn text(&self, set: &str, with_misses: bool) -> String {
        let mut out = format!("## {set}\n\n");
        if !self.rows.is_empty() {
            let mut header = format!(
                "{:<48} {:<14} {:>7} {:>7} {:>5} {:>8}",
                "", "format", "records", "missing", "extra", "unparsed"
            );
            for (_, name) in Aspect::ALL {
                let _ = write!(header, " {name:>9}");
            }
            let _ = writeln!(out, "{header} {:>8}", "right");
            let mut total = Row::new("total", "", 0);
            for row in &self.rows {
                out.push_str(&line(row));
                if row.counted {
                    total.add(row);
                }
            }
            out.push_str(&line(&total));
        }
        out.push_str(&self.notes);
        if with_misses && !self.misses.is_empty() {
            let _ = writeln!(out, "\nmisses:\n{}", self.misses.join("\n"));
        }
        out
    }
}

fn line(row: &Row) -> String {
    let name = format!("{}{}", row.name, if row.counted { "" } else { " *" });
    let mut out = format!(
        "{name:<48.48} {:<14.14} {:>7} {:>7} {:>5} {:>8}",
        row.format, row.records, row.missing, row.extra, row.unparsed
    );
    for (right, stated) in row.right.iter().zip(&row.stated) {
        let cell = match stated {
            0 => "-".to_owned(),
            _ => format!("{right}/{stated}"),
        };
        let _ = write!(out, " {cell:>9}");
    }
    let _ = writeln!(out, " {:>8}", row.share());
    out
}
