//! Which words belong to which time: lines of a timeline, posts above their date, prose.

use super::Line;
use super::literals::Literal;

/// The words that belong to one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage {
    /// Index of its literal.
    pub literal: usize,
    /// Index of the literal that ends its range.
    pub until: Option<usize>,
    /// Without the time itself.
    pub text: String,
    /// First and last line, indexes.
    pub lines: (usize, usize),
}

/// The passages of a text, in order. A literal that is the other clock of a pair, or the end of a
/// range, has none of its own.
pub(super) fn passages(lines: &[Line], literals: &[Literal]) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        let here: Vec<usize> = of_line(literals, i);
        match here.first().map(|&first| &literals[first]) {
            Some(first) if first.leading => {
                let last = extent(lines, literals, i);
                let above = is_below_its_text(lines, literals, i);
                passages.extend(timeline(lines, literals, &here, (i, last), above));
                i = last;
            }
            Some(_) => passages.extend(prose(lines[i].text, literals, &here, i)),
            None => {}
        }
        i += 1;
    }
    passages
}

fn of_line(literals: &[Literal], line: usize) -> Vec<usize> {
    (0..literals.len())
        .filter(|&k| literals[k].line == line)
        .collect()
}

/// The last line of an entry: its continuation is indented, or follows a bare time.
fn extent(lines: &[Line], literals: &[Literal], start: usize) -> usize {
    let first_end = of_line(literals, start)
        .last()
        .map_or(0, |&k| literals[k].end);
    let bare = trim(lines[start].text.get(first_end..).unwrap_or("")).is_empty();
    let mut end = start;
    while let Some(next) = lines.get(end + 1) {
        let indented = next.text.starts_with([' ', '\t']);
        let own = of_line(literals, end + 1)
            .first()
            .is_some_and(|&k| literals[k].leading);
        if next.text.trim().is_empty() || own || !(indented || bare) {
            break;
        }
        end += 1;
    }
    end
}

/// `Posted Aug 05, 2020 - 03:29 CEST` stands below the text that it dates.
fn is_below_its_text(lines: &[Line], literals: &[Literal], i: usize) -> Option<(usize, usize)> {
    let text = lines[i].text.trim_start();
    let posted = text
        .get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case("posted"));
    let mut start = i;
    while posted && start > 0 {
        let above = start - 1;
        if lines[above].text.trim().is_empty()
            || of_line(literals, above)
                .iter()
                .any(|&k| literals[k].leading)
        {
            break;
        }
        start = above;
    }
    (start < i).then(|| (start, i - 1))
}

fn timeline(
    lines: &[Line],
    literals: &[Literal],
    here: &[usize],
    (start, last): (usize, usize),
    above: Option<(usize, usize)>,
) -> Vec<Passage> {
    let until = here.get(1).copied().filter(|&k| literals[k].ends_range);
    let own = here
        .iter()
        .take_while(|&&k| k == here[0] || literals[k].paired || literals[k].ends_range);
    let end = own.last().map_or(0, |&k| literals[k].end);
    let label = lines[start]
        .text
        .get(..literals[here[0]].start)
        .map(trim)
        .filter(|label| !label.eq_ignore_ascii_case("posted"))
        .unwrap_or("");
    let rest = lines[start].text.get(end..).unwrap_or("");
    let more = lines[start + 1..=last].iter().map(|line| line.text.trim());
    let body = match above {
        Some((from, to)) => post(&lines[from..=to]),
        None => std::iter::once(trim(rest))
            .chain(more)
            .collect::<Vec<_>>()
            .join(" "),
    };
    let body = body.trim();
    let text = match label.to_lowercase().as_str() {
        "" => body.to_owned(),
        // A sentence that begins with its time: without it nothing would be left to read.
        "at" | "around" | "about" | "by" | "from" | "since" | "until" if above.is_none() => {
            format!(
                "{} {body}",
                trim(lines[start].text.get(..end).unwrap_or(""))
            )
        }
        _ => format!("{label} - {body}"),
    };
    let first = above.map_or(start, |(from, _)| from);
    let mut passages = vec![Passage {
        literal: here[0],
        until,
        text,
        lines: (first, last),
    }];
    // Times inside the entry have clauses of their own.
    let inner: Vec<usize> = here
        .iter()
        .copied()
        .filter(|&k| literals[k].start >= end)
        .collect();
    if above.is_none() && !inner.is_empty() {
        let clauses = prose(lines[start].text, literals, &inner, start);
        for clause in &clauses {
            passages[0].text = passages[0].text.replace(clause.text.as_str(), " ");
        }
        passages.extend(clauses);
    }
    passages
}

/// A post of several lines; a first line of one word is its label.
fn post(lines: &[Line]) -> String {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.trim()).collect();
    match texts.split_first() {
        Some((label, body)) if !body.is_empty() && !label.contains(' ') => {
            format!("{label} - {}", body.join(" "))
        }
        _ => texts.join(" "),
    }
}

/// Without the signs that stand between a time and its text.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '-' | '–' | '—' | ':' | '|' | '*' | '•' | ']' | '[' | '(' | ')' | '#' | '>'
            )
    })
}

/// Clauses of one line of prose, each with its time.
fn prose(text: &str, literals: &[Literal], here: &[usize], line: usize) -> Vec<Passage> {
    let single = |k: &usize| !literals[*k].paired && !literals[*k].ends_range;
    let owners: Vec<usize> = here.iter().copied().filter(single).collect();
    let mut passages = Vec::new();
    for (n, &owner) in owners.iter().enumerate() {
        let previous = n.checked_sub(1).map(|n| tail(literals, here, owners[n]));
        let start = previous.map_or_else(
            || sentence_start(text, literals[owner].start),
            |end| end + joint(text.get(end..literals[owner].start).unwrap_or("")).1,
        );
        let own_end = tail(literals, here, owner);
        let end = match owners.get(n + 1) {
            Some(&next) => own_end + joint(text.get(own_end..literals[next].start).unwrap_or("")).0,
            None => sentence_end(text, own_end),
        };
        let before = text.get(start..literals[owner].start).unwrap_or("").trim();
        let after = text.get(own_end..end).unwrap_or("").trim();
        let until = here
            .iter()
            .copied()
            .find(|&k| k == owner + 1 && literals[k].ends_range);
        let text = format!("{before} {after}").trim().to_owned();
        passages.push(Passage {
            literal: owner,
            until,
            text,
            lines: (line, line),
        });
    }
    passages
}

/// Where a literal ends, with its pair and the end of its range.
fn tail(literals: &[Literal], here: &[usize], owner: usize) -> usize {
    let own =
        |&&k: &&usize| k == owner || (k > owner && (literals[k].paired || literals[k].ends_range));
    here.iter()
        .skip_while(|&&k| k != owner)
        .take_while(own)
        .last()
        .map_or(0, |&k| literals[k].end)
}

/// Where one clause ends and the next begins in what stands between two times: at a full stop,
/// else at the last joint, else at once.
fn joint(between: &str) -> (usize, usize) {
    let joints = [". ", "; ", ", ", " and ", " then ", " but ", " before "];
    let at = |joint: &&str| between.rfind(*joint).map(|at| (at, at + joint.len()));
    joints.iter().find_map(at).unwrap_or((0, 0))
}

fn sentence_start(text: &str, before: usize) -> usize {
    let head = text.get(..before).unwrap_or("");
    [". ", "! ", "? "]
        .iter()
        .filter_map(|stop| head.rfind(stop).map(|at| at + 2))
        .max()
        .unwrap_or(0)
}

fn sentence_end(text: &str, after: usize) -> usize {
    let rest = text.get(after..).unwrap_or("");
    let stop = [". ", "! ", "? "]
        .iter()
        .filter_map(|stop| rest.find(stop))
        .min();
    stop.map_or(text.len(), |at| after + at)
}

#[cfg(test)]
mod tests {
    use super::super::literals::collect;
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let lines = super::super::lines(text);
        let literals = collect(&lines);
        let shown: Vec<String> = passages(&lines, &literals)
            .iter()
            .map(|p| {
                format!(
                    "{}:{:02} {}",
                    literals[p.literal].hour, literals[p.literal].minute, p.text
                )
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_sentence_that_begins_with_its_time_keeps_it() {
        check(
            "At 19:19 we took it out.",
            &["19:19 At 19:19 we took it out."],
        );
        check(
            "Resolved 19:19 it is well",
            &["19:19 Resolved - it is well"],
        );
    }

    #[test]
    fn an_entry_takes_its_line_and_what_is_indented_below() {
        check(
            "7:46 AM:  one\n   more\n9:04 AM: two\nprose",
            &["7:46 one more", "9:04 two"],
        );
        check(
            "10:00\nbelow the time\n\n10:05 - b",
            &["10:00 below the time", "10:05 b"],
        );
        check("| 2026-03-30 08:56 | in a table |", &["8:56 in a table"]);
    }

    #[test]
    fn a_posted_line_dates_the_text_above() {
        check(
            "Resolved\nAll is well.\nPosted Aug 05, 2020 - 04:00 CEST",
            &["4:00 Resolved - All is well."],
        );
    }

    #[test]
    fn clauses_of_prose_have_one_time_each() {
        check(
            "It was a Monday. 40% was back by 11:05 PM and 100% by 11:55 PM. Then tea.",
            &["23:05 40% was back by", "23:55 100% by"],
        );
    }

    #[test]
    fn pairs_and_ranges_are_one_entry() {
        check("14:41 UTC+1 / 06:41 PST we look", &["14:41 we look"]);
        check("09:05 - 09:30 errors", &["9:05 errors"]);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "([0-9]{1,2}:[0-9]{2}( [AP]M)?|[ .,/\\-\n]|to|and|é|[a-z]){0,40}") {
            let lines = super::super::lines(&text);
            let _ = passages(&lines, &collect(&lines));
        }
    }
}
