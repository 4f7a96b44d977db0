//! All times of a text, with their place, date, clock, exactness and zone.
//!
//! Nothing is decided here: a literal is what is written. `order` decides what it means.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Line;
use super::clocktext::clock_of;
pub(super) use super::dates::{DateText, dates};
use super::precision::{Hedge, hedge};
use super::related::relate;
use crate::clock::{ZoneText, zone_text};

/// Literals of a text, and of one line, that are read; what is beyond is words.
pub(super) const LITERALS_MAX: usize = 10_000;
/// Times of one line that are read.
pub(super) const PER_LINE_MAX: usize = 64;

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
    /// Only the hour is written.
    pub hour_only: bool,
    /// Only the day is written: somewhere in it.
    pub day_only: bool,
    /// What the words beside it say of its exactness.
    pub hedge: Hedge,
    /// Its own date or that of the heading above.
    pub date: Option<DateText>,
    /// The date is its own.
    pub dated: bool,
    pub zone: Option<ZoneText>,
    /// Its line begins with it.
    pub leading: bool,
    /// Its line is an entry of a list: it begins with its time, or is a few words and a time.
    pub entry: bool,
    /// It is the same instant as the literal before, by another clock.
    pub paired: bool,
    /// It ends the stretch that the literal before begins.
    pub ends_range: bool,
    /// As written, without its date.
    pub text: String,
}

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?P<h>\d{1,2})(?:(?P<sep>[:.])(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?|(?P<hm>\d{2}))?(?:\s*(?P<half>[ap])(?:\.m\.|m\b))?|\b(?P<word>noon|midday|midnight)\b";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^\s*\(?(?P<zone>(?:UTC|GMT)\s?[+\-−]\s?\d{1,2}(?::?\d{2})?\b|Z\b|[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+|[A-Z]{2,5}\b|\+\d{2}:?\d{2}\b)\)?";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    let hedges = "(?:just|shortly|right|soon|some time) (?:before|after)|around|about|approximately|approx\\.?|circa|roughly|by|before|after|since|until|on|at|from|between";
    let labels = "resolved|monitoring|identified|investigating|update|completed|in progress|scheduled|verifying|posted";
    let days = "(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?";
    let pattern = format!(
        r"(?i)^[\s\-*•|>\[(#–—~`_]*(?:\d{{1,2}}[.)]\s+)?(?:(?:{labels})\b)?[\s\-:–—,|*]*(?:(?:{hedges})\s)?(?:{days}\.?,?\s+)?[\s\-:–—,|*\[(~]*$"
    );
    Regex::new(&pattern).expect("the pattern is constant and tested")
});

/// What comes back every day or week is no instant: `support hours 10:00-17:00`, `daily at 3:00`.
static RECURRING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)\b(?:(?:support|business|office|working|opening|quiet|core) hours|daily|nightly|weekly|weekdays|every (?:day|night|morning|evening|weekday|week|hour)|each (?:day|night|morning))\b[\s:,(\[]*(?:at|from|between|of|are|were)?\s*$";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

/// All times of the lines in order of place; each has its date where one is known. A line that is
/// a few words and a date gives a day.
pub(super) fn collect(lines: &[Line]) -> Vec<Literal> {
    let mut literals = Vec::new();
    let mut heading = None;
    let mut dated = None;
    let month_first = is_month_first(lines);
    let mut fenced = false;
    for (i, line) in lines.iter().enumerate() {
        if literals.len() >= LITERALS_MAX {
            break;
        }
        let mut dates = dates(line.text);
        if month_first {
            dates
                .iter_mut()
                .for_each(|(.., date)| *date = date.month_first());
        }
        let mut found = times(i, line.text, &dates);
        // When it was written says nothing of when it happened.
        if found.is_empty() && is_of_writing(line.text) {
            continue;
        }
        found.extend(day(i, line.text, &dates).filter(|_| found.is_empty()));
        fenced ^= line.text.trim_start().starts_with("```");
        // What a program printed, or where something lies, dates nothing.
        let foreign = fenced || line.text.contains(['"', '{', '=']) || line.text.contains("://");
        let is_heading =
            found.is_empty() && !foreign && (line.text.trim().len() <= 80 || heading.is_none());
        if let (Some(&(_, _, date)), true) = (dates.first(), is_heading || heading.is_none()) {
            // The day of an entry dates those below it only where no heading does.
            match found.is_empty() {
                true if foreign => {}
                true => heading = Some(date),
                false => dated = dated.or(Some(date)),
            }
        }
        for literal in &mut found {
            dated = literal.date.or(dated);
            literal.date = literal.date.or(heading).or(dated);
        }
        relate(line.text, &mut found);
        literals.extend(found);
    }
    literals.truncate(LITERALS_MAX);
    literals
}

/// Whether `03/04/2021` begins with the month here: another date that can only be read so, or a
/// clock of North America.
fn is_month_first(lines: &[Line]) -> bool {
    let mut either = false;
    for line in lines
        .iter()
        .filter(|line| line.text.matches('/').count() >= 2)
    {
        for (start, end, date) in dates(line.text) {
            let first = line.text[start..end].split('/').next().unwrap_or("");
            let slashed = first.len() <= 2 && line.text[start..end].contains('/');
            if slashed && !date.either && date.month != date.day {
                return first.parse() == Ok(date.month);
            }
            either |= date.either;
        }
    }
    let american = |line: &Line| {
        line.text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| {
                matches!(
                    word,
                    "PST" | "PDT" | "PT" | "MST" | "MDT" | "CDT" | "EDT" | "EST" | "ET"
                )
            })
    };
    either && lines.iter().any(american)
}

/// `First detected 2021-05-03 (time not known)`: an entry that names only the day.
fn day(line: usize, text: &str, dates: &[(usize, usize, DateText)]) -> Option<Literal> {
    let &[(start, end, date)] = dates else {
        return None;
    };
    let before = text[..start].trim();
    let listed = before.starts_with(['-', '*', '•', '|']) || before.ends_with(':');
    let label = before.trim_matches(|c: char| !c.is_alphanumeric());
    let after = text[end..].trim();
    let ends = after.is_empty() || after.starts_with(['(', '.', '|']) || after == ",";
    let short = !label.is_empty() && label.split_whitespace().count() <= 5 && after.len() <= 40;
    (listed && ends && short && date.year.is_some() && super::labels::of_key(label).is_some()).then(
        || Literal {
            line,
            start,
            end,
            hour: 12,
            minute: 0,
            second: None,
            twelve: false,
            hour_only: false,
            day_only: true,
            hedge: hedge(&text[..start], ""),
            date: Some(date),
            dated: true,
            zone: None,
            leading: false,
            entry: true,
            paired: false,
            ends_range: false,
            text: text[start..end].to_owned(),
        },
    )
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
        "date of report",
        "author",
    ];
    lower.len() <= 80 && openings.iter().any(|opening| lower.starts_with(opening))
}

fn times(line: usize, text: &str, dates: &[(usize, usize, DateText)]) -> Vec<Literal> {
    let mut found: Vec<Literal> = Vec::new();
    let mut recurring: Option<usize> = None;
    for captures in TIME.captures_iter(text) {
        let whole = captures.get(0).expect("group 0 is the match");
        if dates
            .iter()
            .any(|&(start, end, _)| whole.start() < end && start < whole.end())
        {
            continue;
        }
        let within_last = found.last().is_some_and(|last| whole.start() < last.end);
        if within_last {
            continue;
        }
        let Some(time) = time(line, text, &captures, dates) else {
            continue;
        };
        // `support hours 10:00-17:00`: the end of the range is no instant either.
        let between = recurring
            .and_then(|end| text.get(end..time.start))
            .map(str::trim);
        let goes_on = matches!(between, Some("-" | "–" | "to" | "until" | "and"));
        match goes_on || RECURRING.is_match(text.get(..time.start).unwrap_or("")) {
            true => recurring = Some(time.end),
            false => found.push(time),
        }
        if found.len() >= PER_LINE_MAX {
            break;
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
    let (before, after) = (&text[..whole.start()], &text[whole.end()..]);
    let own = dates
        .iter()
        .rev()
        .find(|&&(_, end, _)| is_joint(text.get(end..whole.start())));
    let read = clock_of(captures, before, after, own.is_some())?;
    let (zone, zone_end) = zone_after(after, read.second.is_some());
    let (mut start, mut end) = (whole.start(), whole.end() + zone_end);
    let mut date = own.map(|&(.., date)| date);
    start = own.map_or(start, |&(from, ..)| from);
    // `09:05 UTC on 3 May 2021`: the date behind is its own as well.
    let behind = dates
        .iter()
        .find(|&&(from, ..)| from >= end && is_joint_behind(text.get(end..from).unwrap_or("x")));
    if let (None, Some(&(_, to, behind))) = (date, behind) {
        (date, end) = (Some(behind), to);
    }
    let leading = LEAD.is_match(&text[..start]);
    Some(Literal {
        line,
        start,
        end,
        hour: read.hour,
        minute: read.minute,
        second: read.second,
        twelve: read.twelve,
        hour_only: read.hour_only,
        day_only: false,
        hedge: hedge(&text[..start], &text[end..]),
        date,
        dated: date.is_some(),
        zone,
        leading,
        entry: leading || is_labelled(&text[..start], &text[end..]),
        paired: false,
        ends_range: false,
        text: text[whole.start()..whole.end() + zone_end]
            .trim()
            .to_owned(),
    })
}

/// A few words, then the time, then nothing: `- Fault occurs 2020-02-25 07:32`.
fn is_labelled(before: &str, after: &str) -> bool {
    let label = before.trim_matches(|c: char| !c.is_alphanumeric());
    let words = label.split_whitespace().count();
    let listed =
        before.trim_start().starts_with(['-', '*', '•', '|']) || before.trim_end().ends_with(':');
    let ends = after.trim_matches([' ', '.', '|', '*', ')']).is_empty();
    listed && ends && (1..=5).contains(&words)
}

/// Whether what stands between a date and a time joins them.
fn is_joint(between: Option<&str>) -> bool {
    between.is_some_and(|text| {
        let text = text.trim();
        matches!(
            text,
            "" | "T"
                | "-"
                | "–"
                | ","
                | "at"
                | ", at"
                | "|"
                | "@"
                | ":"
                | "around"
                | "at around"
                | "at about"
                | "~"
                | "by"
        )
    })
}

/// `10:05 on 3 May 2021`, `10:05 UTC, 3 May`.
fn is_joint_behind(between: &str) -> bool {
    matches!(between.trim(), "" | "," | "on" | "of" | "on the" | ", on")
        && between.starts_with([' ', ','])
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
    fn times_without_a_colon_need_a_reason() {
        check("Repaired: 2025-01-14 1600", "16:00@1.14");
        check("at 0930 UTC we look", "9:30zL");
        check("from 2-3 pm", "14:00L 15:00R");
        check("9:05 to 10:30 pm", "21:05L 22:30R");
        check("around noon and at midnight", "12:00L 0:00");
        check("room 1600, year 2021", "");
        check("10:05 UTC on 3 May 2021 it fell", "10:05zL@5.3");
    }

    #[test]
    fn what_comes_back_every_day_is_no_instant() {
        check("7h (during support hours 10:00-17:00)", "");
        check("the job runs daily at 03:00", "");
    }

    #[test]
    fn an_entry_may_name_only_its_day() {
        check("- First detected 2023-01-04 (time not known)", "12:00@1.4");
        check("We saw it on 2023-01-04.", "");
    }

    #[test]
    fn a_slashed_date_follows_the_text() {
        check("24/07/25\n10:00 a", "10:00L@7.24");
        check("07/24/2025\n03/04/2025\n10:00 a", "10:00L@3.4");
        check("03/04/2025\n10:00 a", "10:00L@4.3");
        check("03/04/2025\n10:00 EST a", "10:00zL@3.4");
    }

    #[test]
    fn an_entry_dates_those_below_where_no_heading_does() {
        check("2021-05-03 10:00 a\n10:15 b", "10:00L@5.3 10:15L@5.3");
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
