//! Dates as people write them, with the weekday that stands beside them.
//!
//! In: one line. Out: its dates with their places. Which year a date without one belongs to, and
//! whether `03/04/2021` begins with the day or the month, is decided elsewhere.

use std::sync::LazyLock;

use chrono::{NaiveDate, Weekday};
use regex::{Captures, Regex};

/// A date as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateText {
    pub year: Option<i32>,
    pub month: u32,
    pub day: u32,
    /// The weekday written beside it.
    pub weekday: Option<Weekday>,
    /// `03/04/2021` may begin with the month as well.
    pub either: bool,
}

impl DateText {
    /// The day, in `year` if the text gives none. `None` for a day that does not exist.
    pub(super) fn in_year(self, year: Option<i32>) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year.or(year)?, self.month, self.day)
    }

    /// The same read with the month first.
    pub(super) fn month_first(self) -> Self {
        match self.either {
            true => Self {
                month: self.day,
                day: self.month,
                ..self
            },
            false => self,
        }
    }
}

const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";

static DATES: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    let pattern = |text: &str| {
        Regex::new(&text.replace("MONTH", MONTHS)).expect("the patterns are constant and tested")
    };
    [
        pattern(r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})"),
        pattern(
            r"(?i)\b(?P<name>MONTH)\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y>\d{4})\b)?",
        ),
        pattern(
            r"(?i)\b(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<name>MONTH)\b\.?,?(?:[\s-]+(?P<y>\d{4})\b)?",
        ),
        pattern(r"\b(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})\b"),
        pattern(r"\b(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<y>\d{4}|\d{2})\b"),
    ]
});

static WEEKDAY_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"(?i)\b(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+(?:the\s+)?$";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

static WEEKDAY_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)^,?\s*\(?(mon|tues|wednes|thurs|fri|satur|sun)day\b";
    Regex::new(pattern).expect("the pattern is constant and tested")
});

/// Dates of one line that are looked at; a line with more is no line of people's.
const PER_LINE_MAX: usize = 64;

/// The dates of a line in order: `(start, end, date)`.
pub(super) fn dates(text: &str) -> Vec<(usize, usize, DateText)> {
    let mut found: Vec<(usize, usize, DateText)> = Vec::new();
    // No date without a digit, and most lines have none.
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return found;
    }
    for pattern in DATES.iter() {
        for captures in pattern.captures_iter(text).take(PER_LINE_MAX) {
            let whole = captures.get(0).expect("group 0 is the match");
            let overlaps = found
                .iter()
                .any(|&(a, b, _)| whole.start() < b && a < whole.end());
            if let (Some(date), false) = (date(&captures), overlaps) {
                let (before, after) = (&text[..whole.start()], &text[whole.end()..]);
                let weekday = weekday(before, after);
                found.push((whole.start(), whole.end(), DateText { weekday, ..date }));
            }
        }
    }
    found.sort_by_key(|&(start, ..)| start);
    found.truncate(PER_LINE_MAX);
    found
}

fn weekday(before: &str, after: &str) -> Option<Weekday> {
    let near = before.len().saturating_sub(24);
    let near = (near..=before.len()).find(|&at| before.is_char_boundary(at))?;
    let captures = WEEKDAY_BEFORE
        .captures(&before[near..])
        .or_else(|| WEEKDAY_AFTER.captures(after))?;
    captures[1].get(..3)?.parse().ok()
}

fn date(captures: &Captures) -> Option<DateText> {
    let number = |name: &str| {
        captures
            .name(name)
            .and_then(|m| m.as_str().parse::<u32>().ok())
    };
    let year = captures.name("y").and_then(|m| year(m.as_str()));
    let (month, day, either) = match (number("first"), number("second"), captures.name("name")) {
        (Some(first), Some(second), _) if second > 12 => (first, second, false),
        (Some(first), Some(second), _) => (second, first, first <= 12 && first != second),
        (_, _, Some(name)) => (month(name.as_str())?, number("d")?, false),
        _ => (number("m")?, number("d")?, false),
    };
    let date = DateText {
        year,
        month,
        day,
        weekday: None,
        either,
    };
    let years = 1970..=2200;
    let known = date.year.is_none_or(|year| years.contains(&year));
    // A leap year: every day that can exist.
    let exists = DateText { year: None, ..date }
        .in_year(Some(2020))
        .is_some();
    (known && exists).then_some(date)
}

/// Two digits are of this century up to 69.
fn year(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    Some(match (text.len(), year) {
        (2, 0..=69) => 2000 + year,
        (2, _) => 1900 + year,
        _ => year,
    })
}

fn month(name: &str) -> Option<u32> {
    let short = name.get(..3)?.to_ascii_lowercase();
    let names = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    names.iter().position(|&n| n == short).map(|i| i as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let shown: Vec<String> = dates(text)
            .iter()
            .map(|(_, _, d)| {
                let year = d.year.map_or("?".to_owned(), |y| y.to_string());
                let weekday = d.weekday.map(|w| format!(" {w}")).unwrap_or_default();
                let either = if d.either { " or" } else { "" };
                format!("{year}-{}-{}{weekday}{either}", d.month, d.day)
            })
            .collect();
        assert_eq!(shown.join(", "), expected, "{text}");
    }

    #[test]
    fn dates_are_found_however_they_are_written() {
        check("on 2021-05-03 and 2021/5/4", "2021-5-3, 2021-5-4");
        check(
            "May 3, 2021; 4th of May 2021; 5-May-2021",
            "2021-5-3, 2021-5-4, 2021-5-5",
        );
        check("3.5.2021", "2021-5-3");
        check("Jul 14, 19:52 UTC", "?-7-14");
        check("24/07/25", "2025-7-24");
        check("07/24/2025", "2025-7-24");
        check("03/04/2021", "2021-4-3 or");
        check("99/99/2021, 2021-13-01, 31 June", "");
    }

    #[test]
    fn a_weekday_belongs_to_the_date_beside_it() {
        check("Thursday 25 October 2019", "2019-10-25 Thu");
        check("Wed, Jul 22", "?-7-22 Wed");
        check("on 2021-05-03 (Monday)", "2021-5-3 Mon");
        check("Sunday was calm, 3 May 2021 not", "2021-5-3");
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, near in "([0-9]{1,4}|[/. -]|May|Sunday|é){0,20}") {
            for text in [text, near] {
                for (start, end, date) in dates(&text) {
                    prop_assert!(start < end && end <= text.len());
                    prop_assert!(date.in_year(Some(2020)).is_some() || date.year.is_some());
                }
            }
        }
    }
}
