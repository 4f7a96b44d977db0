//! Goes through a text line by line and puts together what it states of lengths of time.

use std::sync::LazyLock;

use regex::Regex;

use super::length::{Found, clock, lengths};
use super::meaning::{is_assigned, meaning};
use super::{Length, Meaning, STATED_MAX, Stated, StatedHours, StatedTimes, hours};
use crate::records::{Record, line_number};
use crate::text::printable;

/// A line longer than this, bytes, is read up to here: no sentence is.
const LINE_MAX: usize = 16 << 10;
/// Different working hours that one record can have.
const HOURS_MAX: usize = 4;

static UNKNOWN: LazyLock<Regex> = LazyLock::new(|| {
    let text = r"(?i)^[\s*_:=|–-]*[:=|][\s*_|]*(?P<value>n/?a|tb[cda]|none|unknown|not known|not applicable|not recorded|pending|\?+|[-–—]+)\s*[|*_.]*\s*$";
    Regex::new(text).expect("the pattern is constant and tested")
});

/// All lengths of time of a text, in its order. What is beyond `STATED_MAX` is left out, and said.
pub fn read(text: &str) -> StatedTimes {
    gather((1..).zip(text.lines()))
}

fn gather<'a>(lines: impl Iterator<Item = (u64, &'a str)>) -> StatedTimes {
    let mut times = StatedTimes::default();
    for (number, line) in lines {
        let line = cut(line, LINE_MAX);
        let told = hours::hours(line);
        for (_, hours) in &told {
            if let StatedHours::Told(hours) = hours
                && !times.hours.contains(hours)
                && times.hours.len() < HOURS_MAX
            {
                times.hours.push(*hours);
            }
        }
        times.durations.extend(of_line(line, number, &told));
        if times.durations.len() > STATED_MAX {
            times.durations.truncate(STATED_MAX);
            times.cut_off = true;
            break;
        }
    }
    times
}

/// The lengths of time in the words of a record that is no text: its claims' and other lines'.
pub(in crate::records) fn of_notes(record: &Record) -> StatedTimes {
    let claims = record.milestones.iter().map(|claim| {
        let line = claim.evidence().first().map_or(0, line_number);
        (line, claim.note.as_str())
    });
    let notes = record
        .notes
        .iter()
        .map(|note| (note.line, note.text.as_str()));
    let mut told: Vec<(u64, &str)> = claims.chain(notes).collect();
    // One post may make several claims.
    told.sort_unstable();
    told.dedup();
    gather(told.into_iter())
}

fn cut(line: &str, most: usize) -> &str {
    let mut end = line.len().min(most);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

fn of_line(line: &str, number: u64, told: &[(usize, StatedHours)]) -> Vec<Stated> {
    if !line.contains(|c: char| c.is_ascii_alphanumeric()) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (from, to) in sentences(line) {
        let sentence = &line[from..to];
        let found = lengths(sentence);
        let mut stated: Vec<(Stated, Found)> = Vec::new();
        for (i, one) in found.iter().enumerate() {
            let before = &sentence[..one.start];
            let (meaning, label) = meaning(before, &sentence[one.end..]);
            if meaning == Meaning::Unnamed && is_doubtful(one, &sentence[one.start..one.end]) {
                continue;
            }
            let next = told
                .iter()
                .find(|(at, _)| *at >= from + one.end && *at < to);
            let next = next.filter(|(at, _)| {
                found
                    .get(i + 1)
                    .is_none_or(|other| *at < from + other.start)
            });
            let label = label_words(&before[label]);
            let stated_here = Stated {
                line: number,
                literal: printable(&sentence[one.start..one.end]),
                label,
                meaning,
                length: one.length,
                hours: next.map(|(_, hours)| *hours),
                parts: None,
            };
            stated.push((stated_here, *one));
        }
        inherit(sentence, &mut stated);
        add_up(&mut stated);
        if stated.is_empty() {
            stated.extend(without_unit(sentence, number));
        }
        all.extend(stated.into_iter().map(|(stated, _)| stated));
    }
    all
}

/// `5m` may be metres or a million, `a second` another one, `a day` a rate: without a word of what
/// they are the length of they are none.
fn is_doubtful(found: &Found, text: &str) -> bool {
    let lower = text.to_lowercase();
    let article = lower.starts_with("a ") || lower.starts_with("an ");
    found.terse && lower.ends_with(['m', 'w']) || article && text.split_whitespace().count() == 2
}

/// The words of a label as they are written, without signs.
fn label_words(label: &str) -> String {
    printable(label.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// `outages of 10 and 20 minutes`: what names one of a list names all of it.
fn inherit(sentence: &str, stated: &mut [(Stated, Found)]) {
    for i in (1..stated.len()).rev() {
        let between = sentence
            .get(stated[i - 1].1.end..stated[i].1.start)
            .unwrap_or("")
            .trim();
        let listed = matches!(between, "" | "," | "and" | ", and" | "&");
        let (before, after) = stated.split_at_mut(i);
        let (last, here) = (&mut before[i - 1].0, &mut after[0].0);
        if listed && last.meaning == Meaning::Unnamed && !matches!(here.meaning, Meaning::Total) {
            last.meaning = here.meaning;
        }
    }
    for i in 1..stated.len() {
        let between = sentence
            .get(stated[i - 1].1.end..stated[i].1.start)
            .unwrap_or("")
            .trim();
        let (before, after) = stated.split_at_mut(i);
        let (last, here) = (&before[i - 1].0, &mut after[0].0);
        let listed = matches!(between, "," | "and" | ", and" | "&");
        if listed && here.meaning == Meaning::Unnamed && last.meaning != Meaning::Total {
            here.meaning = last.meaning;
        }
    }
}

/// Two or more outages and their total in one sentence must agree.
fn add_up(stated: &mut [(Stated, Found)]) {
    let parts: Vec<Length> = stated
        .iter()
        .filter(|(one, _)| one.meaning == Meaning::Outage)
        .filter_map(|(one, _)| one.length)
        .collect();
    if parts.len() < 2 {
        return;
    }
    let sum = |of: fn(&Length) -> i64| parts.iter().map(of).fold(0_i64, i64::saturating_add);
    let all = Length {
        ns: sum(|part| part.ns),
        lo_ns: sum(|part| part.lo_ns),
        hi_ns: sum(|part| part.hi_ns),
    };
    let totals = stated
        .iter_mut()
        .filter(|(one, _)| one.meaning == Meaning::Total);
    totals.for_each(|(one, _)| one.parts = Some(all));
}

/// `duration: 00:42:10` and `Time to detect: n/a`, which have no unit.
fn without_unit(sentence: &str, number: u64) -> Option<(Stated, Found)> {
    let colon = sentence
        .char_indices()
        .filter(|(_, c)| matches!(c, ':' | '=' | '|'));
    for (at, _) in colon.take(8) {
        let (head, rest) = sentence.split_at(at);
        let rest_of_label = head.trim_end_matches(['*', '_', ' ', '|']);
        let (meaning, label) = meaning(rest_of_label, "");
        let ends_there = label.end == rest_of_label.len() && !label.is_empty();
        if meaning == Meaning::Unnamed || !ends_there || !is_assigned(rest.get(..1)?) {
            continue;
        }
        let shown = |start: usize, end: usize, length: Option<Length>| {
            let found = Found {
                start,
                end,
                length,
                terse: false,
            };
            let stated = Stated {
                line: number,
                literal: printable(&sentence[start..end]),
                label: label_words(&rest_of_label[label.clone()]),
                meaning,
                length,
                hours: None,
                parts: None,
            };
            (stated, found)
        };
        if let Some(value) = UNKNOWN.captures(rest).and_then(|found| found.name("value")) {
            return Some(shown(at + value.start(), at + value.end(), None));
        }
        if let Some(found) = clock(rest) {
            return Some(shown(at + found.start, at + found.end, found.length));
        }
    }
    None
}

/// Where the sentences of a line begin and end.
fn sentences(line: &str) -> Vec<(usize, usize)> {
    let mut starts = vec![0];
    let stops = [". ", "! ", "? ", "; "];
    let bytes = line.as_bytes();
    for at in memchr::memchr_iter(b' ', bytes).filter(|at| *at > 0) {
        let ends = stops.iter().any(|stop| bytes[at - 1] == stop.as_bytes()[0]);
        let abbreviated = line
            .get(..at)
            .is_some_and(|head| head.ends_with("approx.") || head.ends_with(" c."));
        if ends && !abbreviated {
            starts.push(at + 1);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([line.len()]);
    starts.clone().into_iter().zip(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_MIN;
    use proptest::prelude::*;

    /// Each as `line meaning literal=minutes [hours] [=parts]`.
    fn check(text: &str, expected: &[&str]) {
        let shown: Vec<String> = read(text).durations.iter().map(shown).collect();
        assert_eq!(shown, expected, "{text}");
    }

    fn shown(one: &Stated) -> String {
        let minutes = |length: Length| length.ns as f64 / NS_PER_MIN as f64;
        let length = one
            .length
            .map_or("?".to_owned(), |length| format!("{}", minutes(length)));
        let hours = match one.hours {
            Some(StatedHours::Told(hours)) => format!(" [{}]", hours.words()),
            Some(StatedHours::Untold) => " [?]".to_owned(),
            None => String::new(),
        };
        let parts = one
            .parts
            .map_or(String::new(), |parts| format!(" ={}", minutes(parts)));
        format!(
            "{} {} {}={length}{hours}{parts}",
            one.line,
            one.meaning.words(),
            one.literal
        )
    }

    #[test]
    fn labels_with_their_values_are_found() {
        check(
            "- **Time to repair**: 5h 7m\n\n- **Time to resolve**: 6h (during support hours 08:30-16:00)\n",
            &[
                "1 time to repair 5h 7m=307",
                "3 time to resolve 6h=360 [08:30-16:00 Mon-Fri]",
            ],
        );
        check(
            "| Time to detect | 12 min |",
            &["1 time to detect 12 min=12"],
        );
        check(
            "Duration: 00:42:10",
            &["1 length of the outage 00:42:10=42.166666666666664"],
        );
        check("Time to detect: n/a", &["1 time to detect n/a=?"]);
        check(
            "**Time to acknowledge**: TBC",
            &["1 time to acknowledge TBC=?"],
        );
        assert_eq!(
            read("* **Time to repair**: 5h").durations[0].label,
            "Time to repair"
        );
    }

    #[test]
    fn sentences_are_read_one_by_one() {
        check(
            "It took 10 minutes to identify the cause. The outage, lasting 38 minutes, is over.",
            &[
                "1 time to identify 10 minutes=10",
                "1 length of the outage 38 minutes=38",
            ],
        );
        check(
            "All was down for about 2 hours.",
            &["1 length of the outage 2 hours=120"],
        );
        check(
            "The check runs every 5 minutes.",
            &["1 length of time 5 minutes=5"],
        );
    }

    #[test]
    fn a_sum_knows_its_parts() {
        check(
            "There were two outages of 10 and 20 minutes, 35 minutes in total.",
            &[
                "1 length of the outage 10=10",
                "1 length of the outage 20 minutes=20",
                "1 total length 35 minutes=35 =30",
            ],
        );
    }

    #[test]
    fn working_hours_anywhere_are_kept() {
        let times = read("Our support hours are 9-5.\nTime to resolve: 3h\n");
        let words: Vec<String> = times.hours.iter().map(|hours| hours.words()).collect();
        assert_eq!(words, ["09:00-17:00 Mon-Fri"]);
        assert_eq!(times.durations[0].hours, None);
    }

    #[test]
    fn too_many_are_cut_off_and_that_is_said() {
        let times = read(&"lasted 5 minutes\n".repeat(STATED_MAX + 1));
        assert_eq!((times.durations.len(), times.cut_off), (STATED_MAX, true));
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, told in "(Time to (detect|repair): |\\*\\*|lasted |[0-9]{1,3}|h|m| minutes|n/a|\\||, | and |[.] |total|support hours |\n|é){0,30}") {
            let _ = (read(&text), read(&told));
        }
    }
}
