//! What a text leaves unsaid of its days: the year, the day itself; and weekdays that are wrong.
//!
//! In: lines, what is known beside them. Out: the days that times are read with, and a defect for
//! each guess and each contradiction.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::Regex;

use super::dates::{DateText, dates};
use super::order::Days;
use super::sections::Outline;
use super::{Context, Defect, Line};
use crate::clock::Zone;
use crate::clock::words::date;
use crate::text::printable;

/// Years that are looked through for one in which a weekday fits: the calendar comes back.
const YEARS_BACK: i32 = 28;
/// Weekdays that are reported at most.
const WEEKDAYS_MAX: usize = 20;

static IN_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:^|[^0-9])((?:19|20)\d{2})(?:[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?[0-3]\d)?)?(?:[^0-9]|$)",
    )
    .expect("the pattern is constant and tested")
});

/// What the days of a text are, and what had to be guessed for it.
pub(super) struct Guessed {
    pub days: Days,
    pub defects: Vec<Defect>,
}

/// Decides which year dates without one are of: the text's, the logs', the file name's, or the
/// latest before the file was written in which the weekday fits.
pub(super) fn guess(
    path: &str,
    lines: &[Line],
    outline: &Outline,
    zone: Option<Zone>,
    context: &Context,
) -> Guessed {
    let zone = zone.unwrap_or(Zone::UTC);
    let day = |ns: i64| -> NaiveDate { zone.local(ns).date() };
    let covered = context
        .range_ns
        .map(|(first, last)| (day(first), day(last)));
    let found: Vec<(usize, (usize, usize, DateText))> = lines
        .iter()
        .enumerate()
        .flat_map(|(i, line)| dates(line.text).into_iter().map(move |date| (i, date)))
        .collect();
    let written = found.iter().find_map(|(_, (.., date))| date.year);
    let bare = found.iter().find(|(_, (.., date))| date.year.is_none());
    let mut defects = Vec::new();
    let guessed = match (written, bare) {
        (Some(year), _) => Some((year, None)),
        (None, Some((_, (.., date)))) => {
            unsaid_year(*date, path, covered, context, zone).map(|(year, why)| (year, Some(why)))
        }
        (None, None) => covered.map(|(first, _)| (first.year(), None)),
    };
    if let (Some((year, Some(why))), Some((i, (start, end, _)))) = (&guessed, bare) {
        defects.push(Defect {
            line: lines[*i].number,
            literal: printable(&lines[*i].text[*start..*end]),
            what: "no year is stated".to_owned(),
            reading: format!("{year}, {why}"),
        });
    }
    let year = guessed.map(|(year, _)| year);
    defects.extend(
        found
            .iter()
            .filter_map(|(i, date)| wrong_weekday(&lines[*i], *date, year))
            .take(WEEKDAYS_MAX),
    );
    let headings = found
        .iter()
        .filter(|(i, _)| outline.level[*i] > 0 || is_front(outline, *i));
    let headed = headings
        .filter_map(|(_, (.., date))| date.year)
        .next()
        .or_else(|| in_name(path));
    Guessed {
        days: Days {
            year,
            covered,
            headed,
        },
        defects,
    }
}

fn is_front(outline: &Outline, i: usize) -> bool {
    outline
        .front
        .is_some_and(|(from, to)| (from..=to).contains(&i))
}

/// The year of a name like `2021-07-12-shop-down.md`.
fn in_name(path: &str) -> Option<i32> {
    let name = path.rsplit(['/', '\\']).next()?;
    IN_NAME.captures(name)?.get(1)?.as_str().parse().ok()
}

fn unsaid_year(
    written: DateText,
    path: &str,
    covered: Option<(NaiveDate, NaiveDate)>,
    context: &Context,
    zone: Zone,
) -> Option<(i32, String)> {
    if let Some((first, last)) = covered {
        let within = |year: i32| {
            written.in_year(Some(year)).is_some_and(|day| {
                day >= first.pred_opt().unwrap_or(first) && day <= last.succ_opt().unwrap_or(last)
            })
        };
        let year = (first.year()..=last.year()).find(|&year| within(year));
        return Some((
            year.unwrap_or(first.year()),
            "the year of the logs or of the other records".to_owned(),
        ));
    }
    if let Some(year) = in_name(path) {
        return Some((year, "the year in the file's name".to_owned()));
    }
    let last = zone.local(context.written_ns?).date();
    let fits = |year: &i32| {
        let day = written.in_year(Some(*year));
        day.is_some_and(|day| {
            day <= last
                && written
                    .weekday
                    .is_none_or(|weekday| day.weekday() == weekday)
        })
    };
    let year = (last.year() - YEARS_BACK..=last.year()).rev().find(fits)?;
    let weekday = written.weekday.map_or("", |_| " in which the weekday fits");
    let on = date(context.written_ns?, zone);
    Some((
        year,
        format!("the latest{weekday} before the file was last changed ({on})"),
    ))
}

/// `Thursday 25 October 2019` was a Friday.
fn wrong_weekday(
    line: &Line,
    (start, end, written): (usize, usize, DateText),
    year: Option<i32>,
) -> Option<Defect> {
    let day = written.in_year(year)?;
    let weekday = written
        .weekday
        .filter(|&weekday| weekday != day.weekday())?;
    let on = day.format("%-d %B %Y");
    Some(Defect {
        line: line.number,
        literal: format!("{weekday}, {}", printable(&line.text[start..end])),
        what: format!("{on} was a {}", day.format("%A")),
        reading: format!("{on}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_S;

    fn check(path: &str, text: &str, context: Context, year: Option<i32>) -> Vec<String> {
        let lines = super::super::lines(text);
        let outline = super::super::sections::outline(&lines);
        let guessed = guess(path, &lines, &outline, None, &context);
        assert_eq!(guessed.days.year, year, "{text}");
        guessed
            .defects
            .iter()
            .map(|d| format!("{}: {}; {}", d.literal, d.what, d.reading))
            .collect()
    }

    #[test]
    fn an_unsaid_year_is_the_latest_that_fits_and_is_told() {
        // 22 November 2026.
        let context = Context {
            written_ns: Some(1_795_305_600 * NS_PER_S),
            ..Context::default()
        };
        let told = check("a.txt", "Tuesday 21 July", context, Some(2026));
        assert_eq!(told.len(), 1);
        assert!(
            told[0]
                .contains("the latest in which the weekday fits before the file was last changed"),
            "{told:?}"
        );
        check("a.txt", "Wednesday 22 July", context, Some(2026));
        check("a.txt", "Thursday 22 July", context, Some(2021));
        check("a.txt", "24 December", context, Some(2025));
        check("2019-03-04-shop.md", "4 March", context, Some(2019));
        check("a.txt", "4 March", Context::default(), None);
    }

    #[test]
    fn a_wrong_weekday_is_a_defect() {
        let told = check(
            "a.txt",
            "Thursday 25 October 2019",
            Context::default(),
            Some(2019),
        );
        assert_eq!(
            told,
            ["Thu, 25 October 2019: 25 October 2019 was a Friday; 25 October 2019"]
        );
        assert!(
            check(
                "a.txt",
                "Friday 25 October 2019",
                Context::default(),
                Some(2019)
            )
            .is_empty()
        );
    }
}
