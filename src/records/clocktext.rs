//! Whether some digits are a time of day: `7:46 AM`, `11.15` in a range, `1600` behind a date.
//!
//! In: what the pattern of times found, and the text around it. Out: the time of day, or that it
//! is none.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A time of day as written.
pub(super) struct ClockText {
    /// 0 to 23, am and pm applied.
    pub hour: u32,
    pub minute: u32,
    pub second: Option<u32>,
    /// Written with am or pm.
    pub twelve: bool,
    /// Only the hour is written.
    pub hour_only: bool,
}

/// The time of day, if what is written is one.
pub(super) fn clock_of(
    captures: &Captures,
    before: &str,
    after: &str,
    dated: bool,
) -> Option<ClockText> {
    let part = |name: &str| captures.name(name).map(|m| m.as_str());
    let number = |name: &str| part(name).and_then(|text| text.parse::<u32>().ok());
    if let Some(word) = part("word") {
        return word_of(word, before);
    }
    let half = part("half").map(str::to_ascii_lowercase);
    let plain = match (part("sep"), part("hm")) {
        (Some(":"), _) => true,
        (Some(_), _) => half.is_some() || begins_range(after),
        (None, Some(_)) => half.is_some() || is_military(before, after, dated),
        (None, None) => half.is_some() || begins_half_range(after),
    };
    let glued = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.' | '/' | '$' | '+');
    let stamped = dated && before.ends_with('T');
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
    let minute = number("m").or_else(|| number("hm"));
    let second = number("s");
    let exists = minute.is_none_or(|m| m < 60) && second.is_none_or(|s| s < 60);
    exists.then_some(ClockText {
        hour,
        minute: minute.unwrap_or(0),
        second,
        twelve: half.is_some(),
        hour_only: minute.is_none(),
    })
}

/// `at noon`, `around midnight`: only as a time, not as a name.
fn word_of(word: &str, before: &str) -> Option<ClockText> {
    let last = before.split_whitespace().next_back()?.to_ascii_lowercase();
    let told = [
        "at", "around", "about", "by", "before", "after", "until", "since", "from", "past",
    ];
    let hour = if word.eq_ignore_ascii_case("midnight") {
        0
    } else {
        12
    };
    told.contains(&last.as_str()).then_some(ClockText {
        hour,
        minute: 0,
        second: None,
        twelve: false,
        hour_only: true,
    })
}

/// `2025-01-14 1600`, `at 0930 UTC`, `1600 hrs`: four digits that can only be a time here.
fn is_military(before: &str, after: &str, dated: bool) -> bool {
    let rest = after.trim_start();
    let zoned = ["UTC", "GMT", "hrs", "hours", "Z "]
        .iter()
        .any(|word| rest.starts_with(word));
    let ends = after.is_empty() || after.starts_with(|c: char| !c.is_alphanumeric() && c != '-');
    let four = before.is_empty() || before.ends_with([' ', '\t', '|', '-', 'T', '@']);
    four && ends && (zoned || dated)
}

/// `2-3 pm`, `10 to 11am`.
fn begins_half_range(after: &str) -> bool {
    static REST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\s*(?:-|–|to)\s*\d{1,2}(?:[:.]\d{2})?\s*[ap](?:\.m\.|m\b)")
            .expect("the pattern is constant and tested")
    });
    REST.is_match(after)
}

/// `11.15 to 14:30`: a dot is a time's only before the end of a range.
fn begins_range(after: &str) -> bool {
    let rest = after.trim_start();
    let rest = ["to ", "-", "–", "until "]
        .iter()
        .find_map(|sep| rest.strip_prefix(sep));
    rest.is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}
