//! All dates and times of a text, with their place, clock, precision and zone.
//!
//! Nothing is decided here: a literal is what is written. `order` decides what it means.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::{Captures, Regex};

use super::Line;
use crate::clock::{ZoneText, zone_text};

/// A date as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateText {
    pub year: Option<i32>,
    pub month: u32,
    pub day: u32,
}

impl DateText {
    /// The day, in `year` if the text gives none. `None` for a day that does not exist.
    pub(super) fn in_year(self, year: Option<i32>) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year.or(year)?, self.month, self.day)
    }
}

/// One time of day as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Literal {
    /// Index of its line.
    pub line: usize,
    /// Bytes of the line that it takes, with its own date and zone.
    pub start: usize,
    pub end: usize,
    /// 0 to 23, am and pm applied.
    pub hour: u32,
    pub minute: u32,
    pub second: Option<u32>,
    /// Written with am or pm.
    pub twelve: bool,
    /// Its own date or that of the heading above.
    pub date: Option<DateText>,
    /// The date is its own.
    pub dated: bool,
    pub zone: Option<ZoneText>,
    /// Its line begins with it.
    pub leading: bool,
    /// It is the same instant as the literal before, by another clock.
    pub paired: bool,
    /// It ends the stretch that the literal before begins.
    pub ends_range: bool,
    /// As written, without its date.
    pub text: String,
}

const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";

static DATES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    let pattern = |text: &str| {
        Regex::new(&text.replace("MONTH", MONTHS)).expect("the patterns are constant and tested")
    };
    [
        pattern(r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})"),
        pattern(
            r"(?i)\b(?P<name>MONTH)\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y>\d{4})\b)?",
        ),
        pattern(
            r"(?i)\b(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name>MONTH)\b\.?,?(?:\s+(?P<y>\d{4})\b)?",
        ),
        pattern(r"\b(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})\b"),
    ]
});

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?P<h>\d{1,2})(?:(?P<sep>[:.])(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?)?(?:\s*(?P<half>[ap])(?:\.m\.|m\b))?";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^\s*\(?(?P<zone>(?:UTC|GMT)\s?[+\-−]\s?\d{1,2}(?::?\d{2})?\b|Z\b|[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+|[A-Z]{2,5}\b|\+\d{2}:?\d{2}\b)\)?";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)^[\s\-*•|>\[(#–—]*(?:(?:resolved|monitoring|identified|investigating|update|completed|posted|at|from)\b)?[\s\-:–—,|]*$";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

/// All times of the lines in order of place; each has its date where one is known.
pub(super) fn collect(lines: &[Line]) -> Vec<Literal> {
    let mut literals = Vec::new();
    let mut heading = None;
    for (i, line) in lines.iter().enumerate() {
        let dates = dates(line.text);
        let mut found = times(i, line.text, &dates);
        // When it was written says nothing of when it happened.
        if found.is_empty() && is_of_writing(line.text) {
            continue;
        }
        let is_heading = found.is_empty() && (line.text.trim().len() <= 80 || heading.is_none());
        if let (Some(&(_, _, date)), true) = (dates.first(), is_heading || heading.is_none()) {
            heading = Some(date);
        }
        for literal in &mut found {
            literal.date = literal.date.or(heading);
        }
        relate(line.text, &mut found);
        literals.extend(found);
    }
    literals
}

/// `Published 2019-10-30`, `Last updated: 3 May`: a line about the text itself.
fn is_of_writing(text: &str) -> bool {
    let lower = text
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let openings = [
        "published",
        "last updated",
        "updated",
        "last modified",
        "written",
        "report published",
    ];
    lower.len() <= 80 && openings.iter().any(|opening| lower.starts_with(opening))
}

/// The dates of a line: `(start, end, date)`.
pub(super) fn dates(text: &str) -> Vec<(usize, usize, DateText)> {
    let mut found: Vec<(usize, usize, DateText)> = Vec::new();
    for pattern in DATES.iter() {
        for captures in pattern.captures_iter(text) {
            let whole = captures.get(0).expect("group 0 is the match");
            let overlaps = found
                .iter()
                .any(|&(a, b, _)| whole.start() < b && a < whole.end());
            if let (Some(date), false) = (date(&captures), overlaps) {
                found.push((whole.start(), whole.end(), date));
            }
        }
    }
    found.sort_by_key(|&(start, ..)| start);
    found
}

fn date(captures: &Captures) -> Option<DateText> {
    let number = |name: &str| {
        captures
            .name(name)
            .and_then(|m| m.as_str().parse::<u32>().ok())
    };
    let month = match captures.name("name") {
        Some(name) => month(name.as_str())?,
        None => number("m")?,
    };
    let date = DateText {
        year: number("y").map(|y| y as i32),
        month,
        day: number("d")?,
    };
    date.in_year(Some(2020)).map(|_| date) // a leap year: every day that can exist
}

fn month(name: &str) -> Option<u32> {
    let short = name.get(..3)?.to_ascii_lowercase();
    let names = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    names.iter().position(|&n| n == short).map(|i| i as u32 + 1)
}

fn times(line: usize, text: &str, dates: &[(usize, usize, DateText)]) -> Vec<Literal> {
    let mut found: Vec<Literal> = Vec::new();
    for captures in TIME.captures_iter(text) {
        let whole = captures.get(0).expect("group 0 is the match");
        if dates
            .iter()
            .any(|&(start, end, _)| whole.start() < end && start < whole.end())
        {
            continue;
        }
        let within_last = found.last().is_some_and(|last| whole.start() < last.end);
        if !within_last {
            found.extend(time(line, text, &captures, dates));
        }
    }
    found
}

fn time(
    line: usize,
    text: &str,
    captures: &Captures,
    dates: &[(usize, usize, DateText)],
) -> Option<Literal> {
    let whole = captures.get(0).expect("group 0 is the match");
    let number = |name: &str| {
        captures
            .name(name)
            .and_then(|m| m.as_str().parse::<u32>().ok())
    };
    let half = captures
        .name("half")
        .map(|m| m.as_str().to_ascii_lowercase());
    let separator = captures.name("sep").map(|m| m.as_str());
    let (before, after) = (&text[..whole.start()], &text[whole.end()..]);
    let own = dates
        .iter()
        .rev()
        .find(|&&(_, end, _)| is_joint(text.get(end..whole.start())));
    let plain = match separator {
        Some(":") => true,
        Some(_) => half.is_some() || begins_range(after),
        None => half.is_some(),
    };
    let glued = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.' | '/' | '$' | '+');
    let stamped = own.is_some() && before.ends_with('T');
    let goes_on = after.starts_with(|c: char| c == '%' || c.is_ascii_digit())
        || after
            .strip_prefix(':')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if !plain || goes_on || (before.ends_with(glued) && !stamped) {
        return None;
    }
    let hour = match (number("h")?, half.as_deref()) {
        (12, Some("a")) => 0,
        (h @ 1..=11, Some("p")) => h + 12,
        (h @ 0..=23, _) => h,
        _ => return None,
    };
    let (minute, second) = (number("m").unwrap_or(0), number("s"));
    if minute > 59 || second.is_some_and(|s| s > 59) {
        return None;
    }
    let (zone, zone_end) = zone_after(after, second.is_some());
    let start = own.map_or(whole.start(), |&(start, ..)| start);
    let end = whole.end() + zone_end;
    Some(Literal {
        line,
        start,
        end,
        hour,
        minute,
        second,
        twelve: half.is_some(),
        date: own.map(|&(.., date)| date),
        dated: own.is_some(),
        zone,
        leading: LEAD.is_match(&text[..start]),
        paired: false,
        ends_range: false,
        text: text[whole.start()..end].trim().to_owned(),
    })
}

/// Whether what stands between a date and a time joins them.
fn is_joint(between: Option<&str>) -> bool {
    between.is_some_and(|text| {
        let text = text.trim();
        matches!(
            text,
            "" | "T" | "-" | "–" | "," | "at" | ", at" | "|" | "@" | ":"
        )
    })
}

/// `11.15 to 14:30`: a dot is a time's only before the end of a range.
fn begins_range(after: &str) -> bool {
    let rest = after.trim_start();
    let rest = ["to ", "-", "–", "until "]
        .iter()
        .find_map(|sep| rest.strip_prefix(sep));
    rest.is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

fn zone_after(after: &str, to_the_second: bool) -> (Option<ZoneText>, usize) {
    if let Some(found) = ZONE.captures(after) {
        let zone = zone_text(&found["zone"]);
        if zone != ZoneText::Unknown {
            return (Some(zone), found[0].len());
        }
    }
    // `09:05-09:30` is a range; only a full stamp has an offset west of UTC.
    let west = after
        .get(..6)
        .filter(|text| to_the_second && text.starts_with('-'));
    match west.map(zone_text) {
        Some(ZoneText::Zone(zone)) => (Some(ZoneText::Zone(zone)), 6),
        _ => (None, 0),
    }
}

/// Finds pairs (`14:41 UTC+1 / 06:41 PST`, two cells of a table) and ranges (`09:05 - 09:30`) on one line.
fn relate(text: &str, literals: &mut [Literal]) {
    for i in 1..literals.len() {
        let between = text
            .get(literals[i - 1].end..literals[i].start)
            .unwrap_or("")
            .trim();
        let before = text[..literals[i - 1].start].to_ascii_lowercase();
        literals[i].paired = matches!(between, "/" | "|");
        literals[i].ends_range = match between {
            "-" | "–" | "—" | "to" | "until" | "till" => !literals[i - 1].ends_range,
            "and" => before.trim_end().ends_with("between"),
            _ => false,
        };
        if literals[i].ends_range {
            literals[i - 1].zone = literals[i - 1].zone.or(literals[i].zone);
        }
        literals[i].leading &= i == 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each literal as `hour:minute[z][L][P][R]`, with its date's day.
    fn check(text: &str, expected: &str) {
        let shown: Vec<String> = collect(&super::super::lines(text))
            .iter()
            .map(|l| {
                let flags = [
                    (l.zone.is_some(), "z"),
                    (l.leading, "L"),
                    (l.paired, "P"),
                    (l.ends_range, "R"),
                ];
                let flags: String = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
                let day = l
                    .date
                    .map(|d| format!("@{}.{}", d.month, d.day))
                    .unwrap_or_default();
                format!("{}:{:02}{flags}{day}", l.hour, l.minute)
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{text}");
    }

    #[test]
    fn times_are_found_in_the_layouts_that_people_use() {
        check("16:10 - we look", "16:10L");
        check("7:46 AM:  a push", "7:46L");
        check("| 2026-03-30 08:56 | text |", "8:56L@3.30");
        check("- 2026-03-30T08:56:01Z text", "8:56zL@3.30");
        check("Posted Aug 05, 2020 - 03:29 CEST", "3:29zL@8.5");
        check("Resolved - Jul 14, 19:52 UTC", "19:52zL@7.14");
        check("14:41 UTC+1 / 06:41 PST", "14:41zL 6:41zP");
        check("| 7:46 AM | 04:46 | a push |", "7:46L 4:46P");
        check("in summer time, +01:00", "");
        check("09:05 - 09:30 errors", "9:05L 9:30R");
        check("From 6:26 PM to 7:58 PM PT all was slow", "18:26zL 19:58zR");
        check("it lasted from 11.15 to 14:30", "11:15 14:30R");
        check("back by 11 p.m. and 12:05 AM", "23:00 0:05");
        check("2026-03-30T08:56:00-05:00 x", "8:56zL@3.30");
    }

    #[test]
    fn numbers_that_are_no_times_are_left_alone() {
        check(
            "version 1.20, 10.0.0.1:8080, 40% of 3:1, 25:10, $4:20, 12:60, a1:20",
            "",
        );
        check("it took 11.15 seconds on 5 May 2021", "");
    }

    #[test]
    fn a_heading_dates_the_lines_below() {
        check(
            "Wednesday 22 July\n\n15:40 - one\n15:55 - two",
            "15:40L@7.22 15:55L@7.22",
        );
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, times in "[0-9:. apmAPMUTC+/\\-–\n]{0,60}") {
            for text in [text, times] {
                for literal in collect(&super::super::lines(&text)) {
                    prop_assert!(literal.hour < 24 && literal.minute < 60 && literal.start < literal.end);
                }
            }
        }
    }
}
