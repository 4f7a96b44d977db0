//! What the stamps of a source leave unsaid besides the zone, decided before it is read: years,
//! dates, the order of day and month, the machine's start.
//!
//! In: a source whose first bytes were looked at, and the other ones. Out: the context that
//! completes its stamps, and what had to be assumed, in words.

use super::plan::{Kind, Looked};
use super::years::{self, Known};
use crate::clock::words::date;
use crate::clock::{self, Zone};
use crate::formats::Format;
use crate::formats::parse::parse_text;
use crate::formats::stamp::{StampContext, StampKind};
use crate::lines::LineBatch;

/// What completes the stamps of a source.
pub(super) struct Completed {
    pub context: StampContext,
    /// What follows the words on its zone.
    pub words: String,
    /// What was assumed, for the blind spots.
    pub assumed: Vec<String>,
    /// Why it cannot be read after all.
    pub refused: Option<String>,
}

/// The newest whole stamp of each source that has some, with its index: ns UTC and label.
pub(super) fn newest(looked: &[Looked]) -> Vec<(i64, String)> {
    let whole = looked
        .iter()
        .filter(|one| !one.seen.lacks_year && !one.seen.lacks_date && !one.seen.lacks_start);
    whole
        .filter_map(|one| Some((one.seen.range_ns?.1, one.source.label.clone())))
        .collect()
}

/// Completes a source's stamps in a zone.
pub(super) fn complete(one: &Looked, zone: Zone, newest: &[(i64, String)]) -> Completed {
    let mut completed = Completed {
        context: StampContext::from(zone),
        words: String::new(),
        assumed: Vec::new(),
        refused: None,
    };
    let Kind::Log(detected) = &one.kind else {
        return completed;
    };
    let format = &detected.format;
    if one.seen.lacks_order {
        completed.order(format, &one.head);
    }
    if one.seen.lacks_start {
        completed.start(&one.head);
    }
    if one.seen.lacks_year || one.seen.lacks_date {
        let known = Known {
            source: &one.source,
            format,
            context: completed.context,
            head: &one.head,
            elsewhere: newest.iter().max().cloned(),
            now_ns: clock::now_ns(),
        };
        match one.seen.lacks_date {
            true => completed.dates(&known),
            false => completed.years(&known),
        }
    }
    completed
}

impl Completed {
    fn years(&mut self, known: &Known<'_>) {
        let Some(years) = known.years() else { return };
        self.context = self.context.near(Some(years.first_ns));
        let words = format!(
            "years from {}: {}",
            years::words(years.first_ns),
            years.reason
        );
        if years.assumed {
            self.assumed.push(format!("stamps without a year: {words}"));
        }
        self.words.push_str(&format!("; {words}"));
    }

    fn dates(&mut self, known: &Known<'_>) {
        let Some(dates) = known.dates() else { return };
        self.context = self.context.near(Some(dates.first_ns));
        let day = date(dates.first_ns, self.context.zone);
        let words = format!("dates from {day}: {}", dates.reason);
        if dates.assumed {
            self.assumed.push(format!("clocks without a date: {words}"));
        }
        self.words.push_str(&format!("; {words}"));
    }

    /// Day or month first: the reading in which the lines lie closer together.
    fn order(&mut self, format: &Format, head: &[u8]) {
        let span = |day_first: bool| {
            let context = StampContext {
                day_first: Some(day_first),
                ..self.context
            };
            let times_ns = parse_text(format, context, head).chunk.time_ns;
            let (first, last) = (times_ns.iter().min()?, times_ns.iter().max()?);
            Some(last - first)
        };
        let (month_first_ns, day_first_ns) = (span(false), span(true));
        if month_first_ns != day_first_ns {
            self.context.day_first = Some(day_first_ns < month_first_ns);
        } else {
            let what = "dates do not tell day from month: the month is taken to be first between \
                        slashes, the day between dashes";
            self.assumed.push(what.to_owned());
        }
    }

    fn start(&mut self, head: &[u8]) {
        self.context.started_ns = started(head);
        if self.context.started_ns.is_none() {
            let why = "its stamps count from the machine's start, and no line says when that was \
                       (dmesg -T and journalctl -k write times)";
            self.refused = Some(why.to_owned());
        }
    }
}

/// When the machine started, ns UTC, by a line of the kernel that has both clocks: the audit's
/// epoch, or the setting of the system clock.
fn started(head: &[u8]) -> Option<i64> {
    let batch = LineBatch::split(head.to_vec(), 0);
    (0..batch.len()).find_map(|i| {
        let line = batch.line(i);
        let open = memchr::memchr(b'[', line)?;
        let close = memchr::memchr(b']', line).filter(|close| open < *close)?;
        let since = StampKind::Boot.read(&line[open + 1..close])?;
        let rest = &line[close..];
        let at = memchr::memmem::find(rest, b" audit(").map(|at| at + 7);
        let set = memchr::memmem::find(rest, b"setting system clock to ");
        let at = at.or_else(|| Some(set? + memchr::memchr(b'(', &rest[set?..])? + 1))?;
        let number = rest[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
        let epoch = StampKind::Epoch.read(&rest[at..at + number.count()])?;
        Some(epoch.local_ns - since.local_ns)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;

    #[test]
    fn the_kernels_lines_with_both_clocks_say_when_it_started() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(
                started(line.as_bytes()).map(rfc3339).as_deref(),
                expected,
                "{line}"
            );
        };
        check(
            "[    2.500000] audit: type=2000 audit(1704448802.500:1): state=initialized",
            Some("2024-01-05T10:00:00Z"),
        );
        check(
            "[    3.000000] rtc_cmos 00:01: setting system clock to 2024-01-05T10:00:03 UTC (1704448803)",
            Some("2024-01-05T10:00:00Z"),
        );
        check("[    3.000000] usb 1-1: new device (7)", None);
        check("nothing", None);
    }
}
