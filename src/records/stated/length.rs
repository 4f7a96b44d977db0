//! One length of time as it is written: `4h 9m`, `1 hour and 20 minutes`, `00:42:10`, `PT1H20M`.

use std::sync::LazyLock;

use regex::{Captures, Match, Regex};

use super::Length;
use super::numbers::{decimals, number, pattern};
use crate::clock::{NS_PER_MIN, NS_PER_S};

/// `about 40 minutes` may be off by that share.
const ABOUT: f64 = 0.15;
/// `over 2 hours` and `nearly 2 hours` by that, on one side.
const BEYOND: f64 = 0.25;
/// A hundred years: no incident is longer.
const NS_MAX: f64 = 3.2e18;

/// A length of time found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Bytes that it takes.
    pub start: usize,
    pub end: usize,
    /// `None` for `a few minutes`.
    pub length: Option<Length>,
    /// One component with a unit of one letter: `5m` may be anything where nothing says what.
    pub terse: bool,
}

static COMPONENT: LazyLock<Regex> = LazyLock::new(|| {
    let text = format!(
        r"(?i)\b(?P<n>\d{{1,9}}(?:[.,]\d{{1,9}})?|{})(?P<gap>[\s\u{{a0}}]{{0,2}}|-)(?P<unit>seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|[smhdw])\b(?P<half> and a half\b)?",
        pattern()
    );
    Regex::new(&text).expect("the pattern is constant and tested")
});

/// `1h20`, `4h9m`, `1d5h47m`: components without anything between them.
static GLUED: LazyLock<Regex> = LazyLock::new(|| {
    let text = r"(?i)\b\d{1,9}[dhm](?:\s?\d{1,9}[hms]){1,3}\b|\b\d{1,4}h\d{2}\b";
    Regex::new(text).expect("the pattern is constant and tested")
});

/// One of them; the last may go without its unit.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(\d{1,9})([dhms])?").expect("the pattern is constant and tested")
});

static ISO: LazyLock<Regex> = LazyLock::new(|| {
    let text =
        r"\bP(?:(?P<d>\d{1,5})D)?T?(?:(?P<h>\d{1,6})H)?(?:(?P<m>\d{1,7})M)?(?:(?P<s>\d{1,9})S)?\b";
    Regex::new(text).expect("the pattern is constant and tested")
});

static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    let text = r"\b(?P<h>\d{1,4}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?\b(?P<unit>\s?(?:hours?|hrs?|h|minutes?|mins?)\b)?";
    Regex::new(text).expect("the pattern is constant and tested")
});

/// `10 to 20 minutes`, `10 and 20 minutes`: numbers that share the unit behind them.
static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    let text = r"(?P<n>\d{1,9})\s?(?P<joint>,|-|–|to|and|or)\s?$";
    Regex::new(text).expect("the pattern is constant and tested")
});

/// All lengths of time with a unit, in order; none overlap.
pub(super) fn lengths(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut last_step = 0;
    let mut from = 0;
    let alone = |found: &Found| stands_alone(text, found.start);
    found.extend(GLUED.find_iter(text).filter_map(glued).filter(alone));
    found.extend(
        ISO.captures_iter(text)
            .filter_map(|c| iso(&c))
            .filter(alone),
    );
    found.sort_by_key(|one| one.start);
    let closed = found.clone();
    let mut open: Vec<Found> = Vec::new();
    while let Some(captures) = COMPONENT.captures_at(text, from) {
        let whole = captures.get(0).expect("group 0 is the match");
        from = whole.end();
        let inside = closed.partition_point(|one| one.end <= whole.start());
        if closed
            .get(inside)
            .is_some_and(|one| one.start < whole.end())
            || !stands_alone(text, whole.start())
        {
            continue;
        }
        let Some((mut one, step)) = component(&captures) else {
            continue;
        };
        match open.last_mut() {
            Some(last) if step < last_step && joins(text, last.end, one.start) => join(last, &one),
            _ => {
                open.extend(before_in_list(text, &mut one));
                open.push(one);
            }
        }
        last_step = step;
    }
    found.extend(open);
    found.sort_by_key(|one| (one.start, one.end));
    let all: Vec<Found> = std::mem::take(&mut found);
    let mut joined: Vec<Found> = Vec::with_capacity(all.len());
    for one in all {
        // `2 days, 3h`: the ways to write it may be mixed.
        match joined.last_mut() {
            Some(last) if joins(text, last.end, one.start) && is_smaller(last, &one) => {
                join(last, &one);
            }
            _ => joined.push(one),
        }
    }
    joined.into_iter().map(|one| weighed(text, one)).collect()
}

/// A time on the clock where a length is due: `duration: 00:42:10`, `0:42`, `1:20 hours`. Only at
/// the start of `text`, after signs.
pub(super) fn clock(text: &str) -> Option<Found> {
    let captures = CLOCK.captures(text)?;
    let whole = captures.get(0)?;
    let signs = |c: char| c.is_whitespace() || matches!(c, ':' | '=' | '*' | '|' | '~' | '-');
    if !text.get(..whole.start())?.chars().all(signs) {
        return None;
    }
    let part = |name: &str| {
        captures
            .name(name)
            .and_then(|m| m.as_str().parse::<i64>().ok())
    };
    let in_minutes = captures
        .name("unit")
        .is_some_and(|unit| unit.as_str().trim_start().to_lowercase().starts_with("min"));
    let (first, second) = (part("h")?, part("m")?);
    let (seconds, step) = match part("s") {
        Some(third) => (first * 3600 + second * 60 + third, NS_PER_S),
        None if in_minutes => (first * 60 + second, NS_PER_S),
        None => (first * 3600 + second * 60, NS_PER_MIN),
    };
    Some(Found {
        start: whole.start(),
        end: whole.end(),
        length: Some(within(seconds as f64 * 1e9, step)),
        terse: false,
    })
}

fn within(ns: f64, step_ns: i64) -> Length {
    let ns = ns.min(NS_MAX) as i64;
    Length {
        ns,
        lo_ns: (ns - step_ns / 2).max(0),
        hi_ns: ns.saturating_add(step_ns / 2),
    }
}

/// A unit's length; `None` for what is none.
fn unit_ns(unit: &str) -> Option<i64> {
    Some(match unit.chars().next()?.to_ascii_lowercase() {
        's' => NS_PER_S,
        'm' => NS_PER_MIN,
        'h' => 60 * NS_PER_MIN,
        'd' => 24 * 60 * NS_PER_MIN,
        'w' => 7 * 24 * 60 * NS_PER_MIN,
        _ => return None,
    })
}

/// The component and its unit.
fn component(captures: &Captures) -> Option<(Found, i64)> {
    let whole = captures.get(0)?;
    let (digits, unit) = (&captures["n"], &captures["unit"]);
    let short = unit.len() == 1;
    let in_words = !digits.starts_with(|c: char| c.is_ascii_digit());
    // `a m` and `5 M` are no lengths of time.
    if short && (in_words || &captures["gap"] == "-" || unit.chars().all(char::is_uppercase)) {
        return None;
    }
    let step = unit_ns(unit)?;
    let half = if captures.name("half").is_some() {
        0.5
    } else {
        0.0
    };
    let fine = step / 10_i64.pow(decimals(digits)).max(1);
    let length = number(digits).map(|n| {
        let fine = if n.fract() != 0.0 && in_words || half > 0.0 {
            step / 2
        } else {
            fine
        };
        within((n + half) * step as f64, fine)
    });
    let found = Found {
        start: whole.start(),
        end: whole.end(),
        length,
        terse: short,
    };
    Some((found, step))
}

fn glued(found: Match) -> Option<Found> {
    let mut seconds = 0.0;
    let mut step_ns = i64::MAX;
    for part in PART.captures_iter(found.as_str()) {
        let unit = part.get(2).map_or("m", |unit| unit.as_str());
        let ns = unit_ns(unit)?;
        if ns >= step_ns {
            return None;
        }
        step_ns = ns;
        seconds += part[1].parse::<f64>().ok()? * (ns / NS_PER_S) as f64;
    }
    Some(Found {
        start: found.start(),
        end: found.end(),
        length: Some(within(seconds * 1e9, step_ns)),
        terse: false,
    })
}

/// `PT1H20M`, ISO 8601.
fn iso(captures: &Captures) -> Option<Found> {
    let whole = captures.get(0)?;
    let names = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];
    let told = names.iter().filter_map(|&(name, unit_s)| {
        let n: i64 = captures.name(name)?.as_str().parse().ok()?;
        Some((n, unit_s))
    });
    let told: Vec<(i64, i64)> = told.collect();
    let (_, step_s) = told.last()?;
    let seconds: f64 = told.iter().map(|&(n, s)| n as f64 * s as f64).sum();
    Some(Found {
        start: whole.start(),
        end: whole.end(),
        length: Some(within(seconds * 1e9, step_s * NS_PER_S)),
        terse: false,
    })
}

/// Not the end of a version, a path or a number.
fn stands_alone(text: &str, start: usize) -> bool {
    let glue =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '#' | '_' | ':' | '$' | ',');
    !text
        .get(..start)
        .is_some_and(|before| before.ends_with(glue))
}

fn joins(text: &str, end: usize, start: usize) -> bool {
    let between = text
        .get(end..start)
        .map(|between| between.trim().to_lowercase());
    matches!(
        between.as_deref(),
        Some("" | "," | "and" | ", and" | "&" | "+")
    )
}

/// Whether the second can go on the first: `2 days, 3h`, not `10 minutes and 20 minutes`.
fn is_smaller(first: &Found, second: &Found) -> bool {
    let (Some(a), Some(b)) = (first.length, second.length) else {
        return false;
    };
    let step = a.hi_ns - a.lo_ns;
    b.ns < step && step >= NS_PER_MIN && b.hi_ns - b.lo_ns < step
}

fn join(first: &mut Found, second: &Found) {
    first.end = second.end;
    first.terse = false;
    first.length = first.length.zip(second.length).map(|(a, b)| {
        let step = b.hi_ns - b.lo_ns;
        within(a.ns as f64 + b.ns as f64, step)
    });
}

/// `10, 15 and 20 minutes` are three; `10 to 20 minutes` is one that is not known better.
fn before_in_list(text: &str, last: &mut Found) -> Vec<Found> {
    let mut listed = Vec::new();
    let (Some(length), mut start) = (last.length, last.start) else {
        return listed;
    };
    let Some(n) = text.get(last.start..last.end).and_then(leading_number) else {
        return listed;
    };
    let step = length.ns as f64 / n;
    while let Some(captures) = text.get(..start).and_then(|head| LISTED.captures(head)) {
        let (Some(whole), Ok(n)) = (captures.get(0), captures["n"].parse::<f64>()) else {
            break;
        };
        if !stands_alone(text, whole.start()) || listed.len() >= 8 {
            break;
        }
        let one = within(n * step, step.min(NS_MAX) as i64);
        let is_range = matches!(&captures["joint"], "to" | "-" | "–" | "or");
        start = whole.start();
        if is_range && listed.is_empty() && one.ns <= length.ns {
            last.start = start;
            last.length = Some(Length {
                lo_ns: one.lo_ns,
                ..length
            });
            break;
        }
        listed.push(Found {
            start,
            end: start + captures["n"].len(),
            length: Some(one),
            terse: false,
        });
    }
    listed.reverse();
    listed
}

fn leading_number(text: &str) -> Option<f64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..digits)?.parse().ok().filter(|n| *n > 0.0)
}

/// With the word before it that says how exact it is.
fn weighed(text: &str, found: Found) -> Found {
    let Some(length) = found.length else {
        return found;
    };
    let head = text
        .get(..found.start)
        .unwrap_or("")
        .trim_end()
        .to_lowercase();
    let ends = |words: &[&str]| words.iter().any(|word| head.ends_with(word));
    let share = |share: f64| (length.ns as f64 * share) as i64;
    let mut weighed = length;
    if ends(&["at least", "a minimum of"]) {
        (weighed.lo_ns, weighed.hi_ns) = (length.ns, i64::MAX);
    } else if ends(&["over", "more than", "just over", "longer than"]) {
        (weighed.lo_ns, weighed.hi_ns) = (length.ns, length.hi_ns.saturating_add(share(BEYOND)));
    } else if ends(&[
        "nearly",
        "almost",
        "under",
        "less than",
        "up to",
        "not quite",
    ]) {
        (weighed.lo_ns, weighed.hi_ns) = (length.lo_ns - share(BEYOND), length.ns);
    } else if ends(&[
        "about",
        "around",
        "approximately",
        "approx",
        "approx.",
        "roughly",
        "circa",
        "some",
        "~",
        "≈",
        "c.",
    ]) {
        (weighed.lo_ns, weighed.hi_ns) = (
            length.lo_ns.min(length.ns - share(ABOUT)),
            length.hi_ns.max(length.ns.saturating_add(share(ABOUT))),
        );
    }
    Found {
        length: Some(weighed),
        ..found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each length in seconds as `lo<ns<hi`, with its text.
    fn shown(found: &[Found], text: &str) -> String {
        let one = |one: &Found| {
            let text = &text[one.start..one.end];
            match one.length {
                Some(length) => {
                    let s = |ns: i64| {
                        if ns == i64::MAX {
                            "?".to_owned()
                        } else {
                            format!("{}", ns as f64 / 1e9)
                        }
                    };
                    format!(
                        "{text}={}<{}<{}",
                        s(length.lo_ns),
                        s(length.ns),
                        s(length.hi_ns)
                    )
                }
                None => format!("{text}=?"),
            }
        };
        found.iter().map(one).collect::<Vec<_>>().join(" | ")
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(shown(&lengths(text), text), expected, "{text}");
    }

    #[test]
    fn lengths_are_read_in_the_ways_that_people_write_them() {
        check("5h 7m", "5h 7m=18390<18420<18450");
        check("0h 03m", "0h 03m=150<180<210");
        check("took 4h9m", "4h9m=14910<14940<14970");
        check("1h20 of it", "1h20=4770<4800<4830");
        check("1d 5h 47m", "1d 5h 47m=107190<107220<107250");
        check(
            "a total of 1 hour and 20 minutes",
            "1 hour and 20 minutes=4770<4800<4830",
        );
        check("2 days, 3h", "2 days, 3h=181800<183600<185400");
        check(
            "1 hour, 2 minutes and 5 seconds",
            "1 hour, 2 minutes and 5 seconds=3724.5<3725<3725.5",
        );
        check("the 38-minute outage", "38-minute=2250<2280<2310");
        check("1.5 hours", "1.5 hours=5220<5400<5580");
        check("an hour and a half", "an hour and a half=4500<5400<6300");
        check("half an hour", "half an hour=900<1800<2700");
        check("forty-five minutes", "forty-five minutes=2670<2700<2730");
        check("PT1H20M", "PT1H20M=4770<4800<4830");
        check("700h 30m", "700h 30m=2521770<2521800<2521830");
    }

    #[test]
    fn how_exact_it_is_depends_on_its_words() {
        check("lasted 7h", "7h=23400<25200<27000");
        check("about 40 minutes", "40 minutes=2040<2400<2760");
        check("over 2 hours", "2 hours=7200<7200<10800");
        check("nearly 2 hours", "2 hours=3600<7200<7200");
        check("at least 2 hours", "2 hours=7200<7200<?");
        check("after a few minutes", "a few minutes=?");
    }

    #[test]
    fn numbers_may_share_a_unit() {
        check(
            "outages of 10 and 20 minutes",
            "10=570<600<630 | 20 minutes=1170<1200<1230",
        );
        check("10 to 20 minutes", "10 to 20 minutes=570<1200<1230");
        check(
            "5, 10 and 20 min",
            "5=270<300<330 | 10=570<600<630 | 20 min=1170<1200<1230",
        );
        check(
            "10 minutes and 20 minutes",
            "10 minutes=570<600<630 | 20 minutes=1170<1200<1230",
        );
    }

    #[test]
    fn what_is_no_length_is_left_alone() {
        check(
            "version 1.20, 3D, 4 GB, 5 M users, 10 am, part 2 of 3, a day-to-day",
            "a day=43200<86400<129600",
        );
        check("v1.5h and #5m", "");
    }

    #[test]
    fn a_clock_is_a_length_only_where_one_is_due() {
        let check = |text: &str, expected: Option<i64>| {
            let found = clock(text).and_then(|found| found.length);
            assert_eq!(found.map(|length| length.ns / NS_PER_S), expected, "{text}");
        };
        check(": 00:42:10", Some(2530));
        check(" 1:20 hours", Some(4800));
        check(": 12:30 minutes", Some(750));
        check("from 10:05", None);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, told in "([0-9]{1,12}|h|m|s|d| |hours?|minutes|and|,|a|half|:|P|T|about |é){0,24}") {
            for text in [text, told] {
                let _ = clock(&text);
                for one in lengths(&text) {
                    prop_assert!(one.start < one.end && text.get(one.start..one.end).is_some());
                    prop_assert!(one.length.is_none_or(|l| l.lo_ns <= l.ns && l.ns <= l.hi_ns));
                }
            }
        }
    }
}
