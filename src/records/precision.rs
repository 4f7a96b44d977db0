//! How exactly a time is meant: `around 10:15`, `by 11:05 PM`, `just before noon`.
//!
//! In: the words before and after a time, and how it is written. Out: how far the instant may lie
//! before and after what is written. The rule is in docs/METHODS.md.

use std::sync::LazyLock;

use regex::Regex;

use crate::clock::{NS_PER_MIN, When};

/// What the words beside a time say of its exactness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Hedge {
    /// Nothing, or "at", "exactly".
    #[default]
    None,
    /// "Around", "about", "approximately", "circa", "~", "roughly", "or so".
    About,
    /// "By", "before", "prior to", "no later than": at the time or earlier.
    Before,
    /// "Just before", "shortly before".
    JustBefore,
    /// "After", "later than": at the time or later.
    After,
    /// "Just after", "shortly after", "just past".
    JustAfter,
}

/// Around a time of which only the hour is said; at a quarter of an hour; at another minute.
const HOUR_MIN: i64 = 30;
const QUARTER_MIN: i64 = 15;
const MINUTE_MIN: i64 = 5;
/// "By" and "after" leave so much open on their side, "just" and "shortly" so much.
const OPEN_MIN: i64 = 30;
const NEAR_MIN: i64 = 10;

const BEFORE_WORDS: &[(&str, Hedge)] = &[
    (
        r"(?:just|shortly|right|slightly|moments|a little) (?:before|prior to)",
        Hedge::JustBefore,
    ),
    (
        r"(?:just|shortly|right|soon|slightly|moments|a little) (?:after|past)",
        Hedge::JustAfter,
    ),
    (
        r"around|about|approximately|approx\.?|circa|ca\.|roughly|nearly|almost|some time around",
        Hedge::About,
    ),
    (
        r"by|before|prior to|no later than|not later than|at the latest at|as of",
        Hedge::Before,
    ),
    (
        r"after|later than|no earlier than|not before|some time after|at the earliest at",
        Hedge::After,
    ),
];

static PATTERNS: LazyLock<Vec<(Regex, Hedge)>> = LazyLock::new(|| {
    let compiled = |&(words, hedge): &(&str, Hedge)| {
        let pattern = format!(r"(?i)(?:^|[^\w])(?:{words})(?:\s+the)?\s*$");
        (
            Regex::new(&pattern).expect("the patterns are constant and tested"),
            hedge,
        )
    };
    BEFORE_WORDS.iter().map(compiled).collect()
});

static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*\(?(?:or so|-ish|ish|approx(?:imately|\.)?|or thereabouts|more or less)\b")
        .expect("the pattern is constant and tested")
});

/// What the text before and after a time says of it.
pub(super) fn hedge(before: &str, after: &str) -> Hedge {
    if before.trim_end().ends_with(['~', '≈']) || AFTER.is_match(after) {
        return Hedge::About;
    }
    let start = before.len().saturating_sub(40);
    let near = (start..=before.len()).find(|&at| before.is_char_boundary(at));
    let near = &before[near.unwrap_or(before.len())..];
    let found = PATTERNS.iter().find(|(pattern, _)| pattern.is_match(near));
    found.map_or(Hedge::None, |&(_, hedge)| hedge)
}

impl Hedge {
    /// The instant with what the words leave open. `hour_only`: no minutes are written.
    pub(super) fn widen(self, when: When, minute: u32, hour_only: bool) -> When {
        let about = match (hour_only, minute % 15) {
            (true, _) => HOUR_MIN,
            (false, 0) => QUARTER_MIN,
            _ => MINUTE_MIN,
        };
        let (before, after) = match self {
            Self::None => (0, 0),
            Self::About => (about, about),
            Self::Before => (OPEN_MIN, 0),
            Self::JustBefore => (NEAR_MIN, 0),
            Self::After => (0, OPEN_MIN),
            Self::JustAfter => (0, NEAR_MIN),
        };
        When {
            lo_ns: when.lo_ns.saturating_sub(before * NS_PER_MIN),
            hi_ns: when.hi_ns.saturating_add(after * NS_PER_MIN),
            ..when
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_words_beside_a_time_say_how_exact_it_is() {
        let check = |before: &str, after: &str, expected| {
            assert_eq!(hedge(before, after), expected, "{before}|{after}");
        };
        check("It began around ", " when", Hedge::About);
        check("It began at ~", "", Hedge::About);
        check("at ", " or so", Hedge::About);
        check("back by ", "", Hedge::Before);
        check("just before ", "", Hedge::JustBefore);
        check("shortly after ", "", Hedge::JustAfter);
        check("After ", " all", Hedge::After);
        check("It began at ", "", Hedge::None);
        check("nearby ", "", Hedge::None);
    }

    #[test]
    fn a_hedge_widens_the_interval_by_what_is_rounded() {
        let minute = When::stamped(0, NS_PER_MIN);
        let check = |hedge: Hedge, at: u32, hour_only: bool, expected: (i64, i64)| {
            let wide = hedge.widen(minute, at, hour_only);
            let minutes = (wide.lo_ns / NS_PER_MIN, (wide.hi_ns + 1) / NS_PER_MIN);
            assert_eq!((wide.at_ns, minutes), (0, expected));
        };
        check(Hedge::None, 0, true, (0, 1));
        check(Hedge::About, 0, true, (-30, 31));
        check(Hedge::About, 15, false, (-15, 16));
        check(Hedge::About, 7, false, (-5, 6));
        check(Hedge::Before, 5, false, (-30, 1));
        check(Hedge::JustAfter, 5, false, (0, 11));
        check(Hedge::After, 5, false, (0, 31));
    }

    proptest! {
        #[test]
        fn any_text_is_safe(before: String, after: String) {
            let _ = hedge(&before, &after);
        }
    }
}
