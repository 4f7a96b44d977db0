//! Times that are told from another one: `15 minutes later`, `lasting 38 minutes`, `T+12m`.
//!
//! In: the words of a passage or of a line without a time. Out: how long after the time before
//! it, how exactly, and which words say so. Durations that a report states as results (`time to
//! repair: 4 h`) are not read here.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::clock::{NS_PER_MIN, NS_PER_S, When};

/// A length of time as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub ns: i64,
    /// Half of what it is rounded to, ns.
    pub slack_ns: i64,
}

/// What happens after a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What the clause says happens that much later.
    Later,
    /// What began at the time before lasted so long.
    Lasting,
    /// Counted from the text's own zero.
    SinceZero,
}

/// A relative time in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relative {
    pub kind: Kind,
    pub span: Span,
    /// Bytes of the clause that it dates.
    pub clause: (usize, usize),
    /// Bytes of the words of time alone.
    pub words: (usize, usize),
}

const UNIT: &str = r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)";
const COUNT: &str = r"(?:\d{1,4}(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|half an)";

static PATTERNS: LazyLock<[(Regex, Kind); 4]> = LazyLock::new(|| {
    let hedge = r"(?P<hedge>about |around |approximately |approx\.? |roughly |~ ?|some |nearly |almost |only |just |over |under |less than |more than )?";
    let span = format!(
        r"{hedge}(?P<n>{COUNT})[ -]?(?P<unit>{UNIT})\b(?:(?: and|,)? ?(?P<n2>\d{{1,2}}) ?(?P<unit2>{UNIT})\b)?"
    );
    let pattern = |text: String| Regex::new(&text).expect("the patterns are constant and tested");
    [
        (
            pattern(format!(
                r"(?i)\bT ?\+ ?(?P<n>\d{{1,4}}(?:\.\d+)?) ?(?P<unit>{UNIT})(?: ?(?P<n2>\d{{1,2}}) ?(?P<unit2>{UNIT})?)?\b"
            )),
            Kind::SinceZero,
        ),
        (
            pattern(format!(
                r"(?i)\b{span} (?:later|afterwards|after that|after this|thereafter)\b"
            )),
            Kind::Later,
        ),
        (
            pattern(format!(
                r"(?i)\b(?:after|within)(?: a further| another)? {span}"
            )),
            Kind::Later,
        ),
        (
            pattern(format!(
                r"(?i)\b(?:lasting|lasted|last|for) (?:a total of |the next )?{span}"
            )),
            Kind::Lasting,
        ),
    ]
});

/// The relative times of a text, in order and apart. At most eight.
pub(super) fn relatives(text: &str) -> Vec<Relative> {
    let mut found: Vec<Relative> = Vec::new();
    let begins =
        |b: u8| b.is_ascii_digit() || matches!(b, b'a' | b'A' | b'f' | b'F' | b'w' | b'W' | b'l');
    if !text.bytes().any(begins) {
        return found;
    }
    for (pattern, kind) in PATTERNS.iter() {
        for captures in pattern.captures_iter(text).take(8) {
            let whole = captures.get(0).expect("group 0 is the match");
            let apart = found
                .iter()
                .all(|one| whole.end() <= one.words.0 || one.words.1 <= whole.start());
            if let (Some(span), true) = (span(&captures), apart) {
                found.push(Relative {
                    kind: *kind,
                    span,
                    clause: clause(text, whole.start(), whole.end()),
                    words: (whole.start(), whole.end()),
                });
            }
        }
    }
    found.sort_by_key(|one| one.words);
    found.truncate(8);
    found
}

fn span(captures: &Captures) -> Option<Span> {
    let part = |n: &str, unit: &str| {
        let count = count(captures.name(n)?.as_str())?;
        let unit = captures
            .name(unit)
            .map_or(NS_PER_MIN, |unit| unit_ns(unit.as_str()));
        Some((count, unit))
    };
    let (n, unit) = part("n", "unit")?;
    let (more, fine) = part("n2", "unit2").unwrap_or((0.0, unit));
    let ns = (n * unit as f64 + more * fine as f64) as i64;
    let unit = unit.min(fine);
    let hedged = captures.name("hedge").is_some();
    // Fives and tens are rounded to themselves.
    let round = if more == 0.0 && n >= 10.0 && n % 5.0 == 0.0 {
        5
    } else {
        1
    };
    let slack_ns = unit / 2 * if hedged { 2 * round } else { round };
    (ns > 0 && ns < 400 * 24 * 60 * NS_PER_MIN).then_some(Span { ns, slack_ns })
}

fn count(text: &str) -> Option<f64> {
    let words = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let lower = text.to_ascii_lowercase();
    if let Some(i) = words.iter().position(|word| *word == lower) {
        return Some(i as f64 + 1.0);
    }
    match lower.as_str() {
        "a" | "an" => Some(1.0),
        "half an" => Some(0.5),
        "fifteen" => Some(15.0),
        "twenty" => Some(20.0),
        "thirty" => Some(30.0),
        number => number.parse().ok(),
    }
}

fn unit_ns(text: &str) -> i64 {
    match text.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b's') => NS_PER_S,
        Some(b'h') => 60 * NS_PER_MIN,
        Some(b'd') => 24 * 60 * NS_PER_MIN,
        _ => NS_PER_MIN,
    }
}

/// The clause around some words: to the marks on both sides, or where another verb is joined.
fn clause(text: &str, start: usize, end: usize) -> (usize, usize) {
    let stops = [". ", "; ", "! ", "? "];
    let head = &text[..start];
    let from = stops
        .iter()
        .filter_map(|stop| head.rfind(stop).map(|at| at + 2))
        .max()
        .unwrap_or(0);
    let rest = &text[end..];
    let to = stops
        .iter()
        .filter_map(|stop| rest.find(stop))
        .min()
        .map_or(text.len(), |at| end + at);
    // "It failed, and 15 minutes later it was back": the clause begins at the joint.
    let joint = [", and ", " and ", ", "]
        .iter()
        .filter_map(|joint| {
            text[from..start]
                .rfind(joint)
                .map(|at| from + at + joint.len())
        })
        .max();
    (joint.unwrap_or(from), to)
}

impl Span {
    /// The instant that much after another.
    pub(super) fn after(self, base: &When) -> When {
        When {
            at_ns: base.at_ns.saturating_add(self.ns),
            lo_ns: base.lo_ns.saturating_add(self.ns - self.slack_ns),
            hi_ns: base.hi_ns.saturating_add(self.ns + self.slack_ns),
            censor: base.censor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `kind minutes±slack: clause`, in seconds where it is no whole minute.
    fn check(text: &str, expected: &[&str]) {
        let shown: Vec<String> = relatives(text)
            .iter()
            .map(|one| {
                let kind = match one.kind {
                    Kind::Later => "+",
                    Kind::Lasting => "for ",
                    Kind::SinceZero => "T+",
                };
                let (s, slack) = (one.span.ns / NS_PER_S, one.span.slack_ns / NS_PER_S);
                format!("{kind}{s}±{slack}: {}", &text[one.clause.0..one.clause.1])
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn lengths_after_another_time_are_found() {
        check(
            "It failed; 15 minutes later it was back.",
            &["+900±150: 15 minutes later it was back."],
        );
        check(
            "After 20 minutes it was back",
            &["+1200±150: After 20 minutes it was back"],
        );
        check(
            "an outage lasting 38 minutes",
            &["for 2280±30: an outage lasting 38 minutes"],
        );
        check(
            "down for about two hours",
            &["for 7200±3600: down for about two hours"],
        );
        check("T+12m: paged", &["T+720±30: T+12m: paged"]);
        check("T+1h05 restored", &["T+3900±30: T+1h05 restored"]);
        check(
            "It fell, and 1 h 30 min later it was back",
            &["+5400±30: 1 h 30 min later it was back"],
        );
    }

    #[test]
    fn other_numbers_are_no_lengths() {
        check("for 3 servers, after 2021, later on, 5 minutes", &[]);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, near in "(after |for |[0-9]{1,6}|m| min| h|ours| later|T\\+|é|, and |\\. ){0,16}") {
            for text in [text, near] {
                for one in relatives(&text) {
                    prop_assert!(text.get(one.clause.0..one.clause.1).is_some());
                    let when = one.span.after(&When::exact(0));
                    prop_assert!(when.lo_ns <= when.at_ns && when.at_ns <= when.hi_ns);
                }
            }
        }
    }
}
