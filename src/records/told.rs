//! What a text says of its incidents beside their times: title, service, severity, who noticed.
//!
//! In: lines, outline, the record's claims. Out: one `Told` for a text about one incident,
//! several where headings with days of their own tell them apart.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::dates;
use super::sections::Outline;
use super::{Line, NoticedBy, Record, RecordKind, Told, line_number};
use crate::text::printable;
use NoticedBy::{Customer, Human, Monitor};

/// Incidents of one text at most; what is beyond belongs to the last.
const INCIDENTS_MAX: usize = 500;

/// The incidents of a text. None without any claim.
pub(super) fn told(lines: &[Line], outline: &Outline, record: &Record) -> Vec<Told> {
    if record.milestones.is_empty() {
        return Vec::new();
    }
    let parts = parts(lines, outline);
    let claims_of = |from: u64, to: u64| -> Vec<usize> {
        let line = |i: &usize| {
            let number = line_number(&record.milestones[*i].evidence()[0]);
            (from..to).contains(&number)
        };
        (0..record.milestones.len()).filter(line).collect()
    };
    let number = |i: usize| lines.get(i).map_or(u64::MAX, |line| line.number);
    let several: Vec<Told> = parts
        .iter()
        .enumerate()
        .map(|(n, &start)| {
            let end = parts.get(n + 1).copied().unwrap_or(lines.len());
            let claims = claims_of(number(start), number(end));
            let title = title_of(lines[start].text);
            of_part(&lines[start..end], title, claims, record.kind)
        })
        .filter(|told| !told.claims.is_empty())
        .collect();
    if several.len() >= 2 {
        return several;
    }
    let all = (0..record.milestones.len()).collect();
    vec![of_part(lines, record.title.clone(), all, record.kind)]
}

/// Headings of one level that have a day and a name of their own: where incidents begin.
fn parts(lines: &[Line], outline: &Outline) -> Vec<usize> {
    let named = |i: &usize| {
        let text = lines[*i].text;
        let found = dates(text);
        let words = found.first().map_or(0, |&(start, end, _)| {
            let rest = format!("{} {}", &text[..start], &text[end..]);
            let is_word =
                |w: &&str| w.len() > 2 && !w.contains("day") && w.chars().all(char::is_alphabetic);
            rest.split(|c: char| !c.is_alphanumeric())
                .filter(is_word)
                .count()
        });
        outline.level[*i] > 0 && words >= 1
    };
    for level in 1..=6 {
        let here: Vec<usize> = (0..lines.len())
            .filter(|&i| outline.level[i] == level)
            .filter(named)
            .take(INCIDENTS_MAX)
            .collect();
        let mut days: Vec<_> = here
            .iter()
            .filter_map(|&i| {
                dates(lines[i].text)
                    .first()
                    .map(|d| (d.2.year, d.2.month, d.2.day))
            })
            .collect();
        days.sort_unstable();
        days.dedup();
        if days.len() >= 2 {
            return here;
        }
    }
    Vec::new()
}

fn title_of(heading: &str) -> String {
    printable(heading.trim_matches(|c: char| c.is_whitespace() || c == '#'))
}

fn of_part(lines: &[Line], title: String, claims: Vec<usize>, kind: RecordKind) -> Told {
    Told {
        title,
        service: first(lines, &SERVICE),
        severity: first(lines, &SEVERITY),
        noticed_by: noticed_by(lines, kind),
        planned: lines.iter().any(|line| PLANNED.is_match(line.text)),
        claims,
        ..Told::default()
    }
}

static SERVICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[\s\-*•|#>]*(?:affected |impacted )?(?:services?|systems?|components?|products?)(?: affected| impacted)?\**\s*[:|]\**\s*([^,;.|(]{2,60})|(?i)^\s*this incident affected:\s*([^,;.|(]{2,60})",
    )
});

static SEVERITY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(sev[- ]?[0-5])\b|^[\s\-*•|#>]*(?:incident )?(?:severity|priority|impact level)\**\s*[:|]\**\s*\**([\w -]{1,20}\w)",
    )
});

static PLANNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[\s\-*•#>]*(?:scheduled|planned) (?:maintenance|downtime)\b|^\s*(?:the )?scheduled maintenance (?:has been completed|is (?:currently )?in progress)",
    )
});

/// A line that says how it was found out: its first words count before all else.
static FOUND_LINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[\s\-*•|#>]*(?:identified|detection|detected by|reported by|discovered by|noticed by|how (?:was it|it was|did we) (?:detected|noticed|found|find out)[^:]*|source)\**\s*[:|]\**\s*(.*)$",
    )
});

static WHO: LazyLock<[(Regex, NoticedBy); 3]> = LazyLock::new(|| {
    [
        (
            pattern(
                r"(?i)\b(?:alert(?:s|ed|ing)?|alarms?|monitor(?:s|ing)?|pingdom|nagios|prometheus|pager ?duty|pagers?|health ?checks?|probes?|watchdog|synthetic\w*)\b[^.;]{0,40}\b(?:fire[sd]?|firing|alert(?:s|ed)?|trigger(?:s|ed)?|raised|show(?:s|ed|ing)|detect(?:s|ed)|report(?:s|ed)|caught|went off|rang|indicat(?:es|ed)|notified|paged|down|noticed)\b|\b(?:tests?|checks?) failed\b|\b(?:alerts?|alarms?) (?:from|for|on|that)\b",
            ),
            Monitor,
        ),
        (
            pattern(
                r"(?i)\b(?:customers?|users?|clients?|subscribers?|merchants?|visitors?)\b[^.;]{0,25}\b(?:report(?:s|ed|ing)?|notic(?:e|ed)|complain(?:s|ed|ts?)?|notif(?:y|ies|ied)|contact(?:s|ed)|raised|told|tell)\b|\b(?:reports?|complaints?|tickets?|calls?) (?:from|by) (?:\w+ )?(?:customers?|users?|clients?)\b|\breceived (?:\w+ )?reports\b|\breports (?:of|that)\b|\bsupport tickets?\b",
            ),
            Customer,
        ),
        (
            pattern(
                r"(?i)\b(?:engineers?|developers?|operators?|team(?: members?)?|we|staff|colleagues?|someone|admins?|on-?call)\b[^.;]{0,30}\b(?:notic(?:e|ed)|spotted|discovered|found|saw|see|observed|aware|detected)\b|\b(?:human|manual) inspection\b|\bvia (?:an )?engineers?\b|\bnotification from\b|\bannounced\b|\bspotted\b",
            ),
            Human,
        ),
    ]
});

/// Words of a line about how it was found that name the finder without a verb.
static NOUNS: LazyLock<[(Regex, NoticedBy); 3]> = LazyLock::new(|| {
    [
        (
            pattern(
                r"(?i)\b(?:alert\w*|alarms?|monitor\w*|pingdom|pager\w*|health ?checks?|probes?|automat\w+)\b",
            ),
            Monitor,
        ),
        (pattern(r"(?i)\b(?:customers?|users?|clients?)\b"), Customer),
        (
            pattern(
                r"(?i)\b(?:engineers?|developers?|team|staff|colleagues?|human|manual\w*|messages?|announced)\b",
            ),
            Human,
        ),
    ]
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns are constant and tested")
}

fn first(lines: &[Line], pattern: &Regex) -> String {
    let found = lines.iter().find_map(|line| {
        let captures = pattern.captures(line.text)?;
        captures.iter().skip(1).flatten().next().map(|m| m.as_str())
    });
    found.map_or_else(String::new, |text| {
        printable(text.trim_matches([' ', '*', '|']))
    })
}

/// Who noticed it first: a line that says how it was found, else the first such words.
fn noticed_by(lines: &[Line], kind: RecordKind) -> Option<NoticedBy> {
    let said = lines.iter().enumerate().find_map(|(i, line)| {
        let rest = FOUND_LINE.captures(line.text)?.get(1)?.as_str().trim();
        // The answer may stand in the paragraph below.
        let below = || {
            lines[i + 1..]
                .iter()
                .map(|line| line.text.trim())
                .find(|text| !text.is_empty())
        };
        Some(if rest.is_empty() { below()? } else { rest })
    });
    // A status label is `Identified` too, and says nothing of who.
    let said = said.filter(|_| kind != RecordKind::StatusPosts);
    said.and_then(|text| earliest(text, &*WHO).or_else(|| earliest(text, &*NOUNS)))
        .or_else(|| lines.iter().find_map(|line| earliest(line.text, &*WHO)))
}

/// Whose words come first in a text.
fn earliest(text: &str, who: &[(Regex, NoticedBy)]) -> Option<NoticedBy> {
    let text = text.get(..4000).unwrap_or(text);
    let found = who
        .iter()
        .filter_map(|(pattern, by)| Some((pattern.find(text)?.start(), *by)));
    found.min_by_key(|&(start, _)| start).map(|(_, by)| by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<NoticedBy>) {
        let lines = super::super::lines(text);
        assert_eq!(noticed_by(&lines, RecordKind::Report), expected, "{text}");
    }

    #[test]
    fn the_first_who_noticed_is_told() {
        check(
            "Customers reported slow pages. Later an alert fired.",
            Some(Customer),
        );
        check(
            "An alert fired on queue age; customers reported it too.",
            Some(Monitor),
        );
        check("One of our engineers noticed the queue.", Some(Human));
        check("The disk was full.", None);
    }

    #[test]
    fn a_line_about_detection_comes_first() {
        check(
            "An alert fired.\n- **Identified**: Users told us in the channel",
            Some(Customer),
        );
        check("- **Identified**:\n\nVia engineer", Some(Human));
        check("Detection: automated check", Some(Monitor));
    }

    #[test]
    fn service_and_severity_are_the_texts_own() {
        let text = "- **Severity**: SEV-2\nAffected services: Checkout, Search\n";
        let lines = super::super::lines(text);
        let one = of_part(&lines, String::new(), Vec::new(), RecordKind::Report);
        assert_eq!(
            (one.service.as_str(), one.severity.as_str()),
            ("Checkout", "SEV-2")
        );
    }

    #[test]
    fn headings_with_a_day_and_a_name_tell_incidents_apart() {
        let check = |text: &str, expected: &[usize]| {
            let lines = super::super::lines(text);
            assert_eq!(
                parts(&lines, &super::super::sections::outline(&lines)),
                expected
            );
        };
        check(
            "# Log\n## 3 May 2021 shop down\nx\n## 9 May 2021 search slow\ny",
            &[1, 3],
        );
        check(
            "# Log\n## Monday 3 May 2021\nx\n## Tuesday 4 May 2021\ny",
            &[],
        );
        check("# Shop down, 3 May 2021\n## Timeline", &[]);
    }
}
