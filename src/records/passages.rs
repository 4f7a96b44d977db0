//! Which words belong to which time: lines of a timeline, posts above their date, prose.

use super::layout::{Page, is_posted, own_literals, trim};
use super::literals::Literal;

/// Fewer letters are no word that a range is told by: `am`, `to`.
const WORD_MIN: usize = 3;

/// The words that belong to one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage {
    /// Index of its literal.
    pub literal: usize,
    /// Index of the literal that ends its range.
    pub until: Option<usize>,
    /// As written.
    pub text: String,
    /// The same without the time, for what it claims.
    pub words: String,
    /// First and last line, indexes.
    pub lines: (usize, usize),
    /// It is someone's message of a chat.
    pub spoken: bool,
    /// What its sentence tells of began then, and the sentence itself is older or younger.
    pub since: bool,
}

/// The passages of a text, in order. A literal that is the other clock of a pair, or the end of a
/// range, has none of its own.
pub(super) fn passages(page: &Page) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut i = 0;
    while i < page.lines.len() {
        let mut last = i;
        if page.is_entry(i) {
            let text = page.text_of(i);
            last = text.map_or(i, |(_, last)| last.max(i));
            timeline(page, i, text, &mut passages);
        } else if !page.of_line(i).is_empty() {
            prose(page, i, page.of_line(i), &mut passages);
        }
        i = last + 1;
    }
    passages
}

/// The passage of an entry, and those of the times inside its text.
fn timeline(page: &Page, i: usize, body: Option<(usize, usize)>, passages: &mut Vec<Passage>) {
    let (lines, literals) = (page.lines, page.literals);
    let own = own_literals(literals, page.of_line(i));
    let (first, end) = (own.start, literals[own.end - 1].end);
    let above = body.filter(|&(from, _)| from < i);
    let rest = trim(lines[i].text.get(end..).unwrap_or(""));
    let mut inner = Vec::new();
    if own.end < page.of_line(i).end {
        prose(page, i, own.end..page.of_line(i).end, &mut inner);
        // A time in the entry's own sentence only adds to it: the sentence stays whole.
        let first_end = sentence_end(lines[i].text, end);
        inner.retain(|one: &Passage| literals[one.literal].start >= first_end || one.since);
    }
    if let Some((from, to)) = body {
        for at in (from..=to).filter(|&at| !page.of_line(at).is_empty()) {
            prose(page, at, page.of_line(at), &mut inner);
        }
    }
    let mut texts: Vec<String> = Vec::new();
    if above.is_none() && !rest.is_empty() {
        texts.push(without(rest, i, &inner));
    }
    if let Some((from, to)) = body {
        let more = (from..=to).map(|at| without(lines[at].text.trim(), at, &inner));
        texts.extend(more.filter(|text| !text.is_empty()));
    }
    let label = label(page, i, first, above.is_some());
    let text = match &label {
        Label::None if above.is_some() => post(&texts),
        Label::None => texts.join(" "),
        Label::Lead(end) => format!("{end} {}", texts.join(" ")),
        Label::Status(label) => format!("{label} - {}", texts.join(" ")),
    };
    // A label and a time are shown as they stand.
    let shown = if texts.is_empty() {
        trim(lines[i].text)
    } else {
        text.trim()
    };
    // A range in words is shown as it stands: when it ended is said nowhere else.
    let range = lines[i].text.get(literals[first].start..end).unwrap_or("");
    let said = |word: &str| word.len() < WORD_MIN || shown.contains(word);
    let is_said = range.split(|c: char| !c.is_ascii_lowercase()).all(said);
    let until = own.clone().find(|&k| literals[k].ends_range);
    passages.push(Passage {
        literal: first,
        until,
        text: match until {
            Some(_) if !is_said => format!("{range} {shown}"),
            _ => shown.to_owned(),
        },
        words: text.trim().to_owned(),
        lines: body.map_or((i, i), |(from, to)| (from.min(i), to.max(i))),
        spoken: page.is_speaker(i) || is_spoken(lines[i].text.get(end..).unwrap_or("")),
        since: false,
    });
    passages.extend(inner);
}

enum Label {
    None,
    /// A sentence that begins with its time: without it nothing would be left to read.
    Lead(String),
    /// `Resolved`, a name, a weekday.
    Status(String),
}

fn label(page: &Page, i: usize, first: usize, above: bool) -> Label {
    let text = page.lines[i].text;
    let before = text.get(..page.literals[first].start).map_or("", trim);
    let leads = [
        "at",
        "on",
        "around",
        "about",
        "by",
        "from",
        "since",
        "until",
        "before",
        "after",
        "just before",
        "just after",
        "shortly before",
        "shortly after",
        "between",
        "approximately",
        "roughly",
    ];
    let lower = before.to_lowercase();
    if before.is_empty() || lower == "posted" || is_posted(before) || page.is_speaker(i) {
        Label::None
    } else if leads.contains(&lower.as_str()) && !above {
        let end = page.literals[own_literals(page.literals, page.of_line(i)).end - 1].end;
        Label::Lead(trim(text.get(..end).unwrap_or("")).to_owned())
    } else {
        Label::Status(before.to_owned())
    }
}

/// A text without the clauses that have times of their own.
fn without(text: &str, line: usize, inner: &[Passage]) -> String {
    let mut text = text.to_owned();
    let parted = |one: &&Passage| one.lines.0 == line && one.text.len() > 2 && !one.since;
    for clause in inner.iter().filter(parted) {
        text = text.replacen(&clause.text, " ", 1);
    }
    text.trim().to_owned()
}

/// A post of several lines; a first line of one word is its label.
fn post(texts: &[String]) -> String {
    match texts.split_first() {
        Some((label, body)) if !body.is_empty() && !label.contains(' ') => {
            format!("{label} - {}", body.join(" "))
        }
        _ => texts.join(" "),
    }
}

/// `] alice: text`, ` <alice> text`: what someone said at the time of the line.
fn is_spoken(rest: &str) -> bool {
    let rest =
        rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ']' | '-' | '|' | ')'));
    if let Some(name) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        return is_name(name.0);
    }
    rest.split_once(": ").is_some_and(|(name, said)| {
        is_name(name)
            && !said.is_empty()
            && name
                .chars()
                .all(|c| !c.is_uppercase() || name.starts_with(c))
            && super::phrases::classify(name).is_empty()
            && !is_status(name)
    })
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    (1..=24).contains(&text.len())
        && text.chars().all(plain)
        && text.starts_with(|c: char| c.is_alphabetic() || c == '@')
}

fn is_status(text: &str) -> bool {
    let words = [
        "update",
        "note",
        "impact",
        "status",
        "summary",
        "action",
        "result",
        "cause",
        "monitoring",
        "identified",
        "investigating",
        "resolved",
        "completed",
        "scheduled",
    ];
    words.contains(&text.to_lowercase().as_str())
}

/// Clauses of one line of prose, each with its time. `here` are its literals that are read so.
fn prose(page: &Page, line: usize, here: std::ops::Range<usize>, passages: &mut Vec<Passage>) {
    let (text, literals) = (page.lines[line].text, page.literals);
    let owners: Vec<(usize, usize, usize)> = owners(literals, here);
    for (n, &(owner, own_end, behind)) in owners.iter().enumerate() {
        let start = match n.checked_sub(1).map(|n| owners[n].2) {
            Some(end) => end + joint(text.get(end..literals[owner].start).unwrap_or("")).1,
            None => sentence_start(text, literals[owner].start),
        };
        let end = match owners.get(n + 1) {
            Some(&(next, ..)) => {
                behind + joint(text.get(behind..literals[next].start).unwrap_or("")).0
            }
            None => sentence_end(text, behind),
        };
        let before = text.get(start..literals[owner].start).unwrap_or("").trim();
        let after = text.get(behind..end).unwrap_or("").trim();
        passages.push(Passage {
            literal: owner,
            until: (owner + 1..own_end).find(|&k| literals[k].ends_range),
            text: trim(text.get(start..end).unwrap_or("")).to_owned(),
            words: trim(&format!("{before} {after}")).to_owned(),
            lines: (line, line),
            spoken: false,
            since: text
                .get(..literals[owner].start)
                .is_some_and(|before| before.trim_end().to_lowercase().ends_with(" since")),
        });
    }
}

/// Each literal that stands for itself: its index, the index behind its pairs and its range's
/// end, and the byte behind those.
fn owners(literals: &[Literal], here: std::ops::Range<usize>) -> Vec<(usize, usize, usize)> {
    let mut owners = Vec::new();
    let mut k = here.start;
    while k < here.end {
        let own = own_literals(literals, k..here.end);
        owners.push((k, own.end, literals[own.end - 1].end));
        k = own.end;
    }
    owners
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
        let outline = super::super::sections::outline(&lines);
        let found = passages(&Page::new(&lines, &literals, &outline));
        let shown: Vec<String> = found
            .iter()
            .map(|p| {
                format!(
                    "{}:{:02} {}",
                    literals[p.literal].hour, literals[p.literal].minute, p.words
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

    #[test]
    fn paragraphs_between_two_times_belong_to_the_first() {
        check(
            "13:52 UTC\n\nWe look.\n\nMore of it.\n\n14:41 UTC\nWe work.\n\nStill so.",
            &["13:52 We look. More of it.", "14:41 We work. Still so."],
        );
        check(
            "16:10 - a\n\nmore of a\n\n16:20 - b\n\nthe end",
            &["16:10 a more of a", "16:20 b"],
        );
    }

    #[test]
    fn a_heading_ends_what_belongs_to_a_time() {
        check("10:00\nbelow\n\n## After\nprose here", &["10:00 below"]);
        check(
            "- 10:00 one\n- no time here\n- 10:05 two",
            &["10:00 one", "10:05 two"],
        );
    }

    #[test]
    fn a_page_without_the_word_posted_may_have_its_times_below() {
        check(
            "Resolved - All is well.\nAug 5, 04:00 CEST\n\nMonitoring - A fix is in.\nAug 5, 03:29 CEST\n",
            &[
                "4:00 Resolved - All is well.",
                "3:29 Monitoring - A fix is in.",
            ],
        );
    }

    #[test]
    fn a_chat_has_its_names_beside_or_above() {
        check(
            "[10:02] alice: the shop is down\n10:04 <bob> on it",
            &["10:02 alice: the shop is down", "10:04 <bob> on it"],
        );
        check(
            "alice  10:02 AM\nthe shop is down\n\nbob  10:04 AM\non it\nnow",
            &["10:02 the shop is down", "10:04 on it now"],
        );
    }

    #[test]
    fn a_time_inside_an_entry_has_its_own_clause() {
        check(
            "10:00 - Users tell us. It began at 09:45 with slow pages.",
            &["10:00 Users tell us.", "9:45 It began at with slow pages."],
        );
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "([0-9]{1,2}:[0-9]{2}( [AP]M)?|[ .,/\\-\n]|to|and|é|[a-z]){0,40}") {
            let lines = super::super::lines(&text);
            let literals = collect(&lines);
            let outline = super::super::sections::outline(&lines);
            let _ = passages(&Page::new(&lines, &literals, &outline));
        }
    }
}
