//! A record of people's as steps: as it would have been exported at each moment.
//!
//! Posts and tables (CSV) grow line by line. Of JSON the list grows entry by entry, and is valid
//! JSON all the time. A report is written afterwards: it comes whole with the last time it tells.
//! What says no time comes with what stands before it; what stands before the first time, with
//! it. Where the newest entry stands first, all comes with it.

use std::ops::Range;

use super::{Part, Step, Steps};
use crate::events::Evidence;
use crate::records::{self, Context, Record, RecordKind};

/// Entries of a list that are looked at one by one; of a longer one all come at the end.
const ENTRIES_MAX: usize = 5000;

/// A record's steps. Entries from `range.end` on are left out; earlier ones than its start came
/// before and are there at once.
pub fn record(
    path: &str,
    kind: RecordKind,
    bytes: Vec<u8>,
    context: &Context,
    range: &Range<i64>,
) -> Steps {
    let whole = records::read(path, &bytes, context);
    let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'[' | b'{'));
    let grown = match kind {
        RecordKind::Report => None,
        _ if is_json => by_entry(path, &bytes, context),
        _ => Some(by_line(&whole, bytes.len())),
    };
    let grown = grown.filter(|grown| !grown.ends.is_empty());
    let grown = grown.unwrap_or_else(|| Grown {
        ends: vec![(times(&whole).map(|(_, ns)| ns).max(), bytes.len())],
        tail: bytes.len(),
    });
    let mut last_ns = None;
    let mut steps: Vec<Step> = Vec::new();
    for (time_ns, end) in grown.ends {
        last_ns = last_ns.max(time_ns);
        if last_ns.is_some_and(|ns| ns >= range.end) {
            break;
        }
        steps.push(Step {
            time_ns: last_ns,
            part: Part::Replace([&bytes[..end], &bytes[grown.tail..]].concat()),
        });
    }
    Box::new(steps.into_iter().map(Ok))
}

/// A record at every moment: its first bytes, and its last ones, which are always there.
struct Grown {
    /// Since when, ns UTC, and how many of the first bytes.
    ends: Vec<(Option<i64>, usize)>,
    /// Where the last bytes begin.
    tail: usize,
}

/// The offset of the line and the time of everything that a record tells.
fn times(record: &Record) -> impl Iterator<Item = (u64, i64)> {
    let claims = record.milestones.iter();
    let claims = claims.filter_map(|claim| Some((claim.evidence().first()?, claim.when.at_ns)));
    let changes = record
        .changes
        .iter()
        .map(|change| (&change.evidence, change.when.at_ns));
    claims
        .chain(changes)
        .filter_map(|(evidence, ns)| match evidence {
            Evidence::Line { offset, .. } => Some((*offset, ns)),
            Evidence::Signal { .. } => None,
        })
}

/// Cut before each line that tells a time.
fn by_line(record: &Record, bytes: usize) -> Grown {
    let mut told: Vec<(u64, i64)> = times(record).collect();
    told.sort_unstable();
    // Of a line that tells several times all have passed when the last has.
    let mut lines: Vec<(u64, i64)> = Vec::new();
    for (offset, ns) in told {
        match lines.last_mut() {
            Some((last, latest_ns)) if *last == offset => *latest_ns = ns.max(*latest_ns),
            _ => lines.push((offset, ns)),
        }
    }
    let next = lines.iter().skip(1).map(|(offset, _)| *offset as usize);
    let ends = next.chain([bytes]).map(|end| end.min(bytes));
    let ends = lines.iter().map(|(_, ns)| Some(*ns)).zip(ends);
    Grown {
        ends: ends.collect(),
        tail: bytes,
    }
}

/// Cut behind each entry of the outermost list. The time of an entry is the last one that the
/// record tells if it is the only one.
fn by_entry(path: &str, bytes: &[u8], context: &Context) -> Option<Grown> {
    let list = entries(bytes)?;
    let (first, last) = (list.first()?, list.last()?);
    if list.len() > ENTRIES_MAX {
        return None;
    }
    let ends = list.iter().map(|entry| {
        let alone = [
            &bytes[..first.start],
            &bytes[entry.clone()],
            &bytes[last.end..],
        ]
        .concat();
        let record = records::read(path, &alone, context);
        (times(&record).map(|(_, ns)| ns).max(), entry.end)
    });
    Some(Grown {
        ends: ends.collect(),
        tail: last.end,
    })
}

/// Where the entries of the first list lie that is at the top or in an object at the top.
fn entries(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let (mut depth, mut list_depth) = (0usize, None);
    let (mut in_text, mut escaped) = (false, false);
    let (mut found, mut start, mut end) = (Vec::new(), None, 0);
    for (at, byte) in bytes.iter().enumerate() {
        let is_inside = list_depth.is_some_and(|of| depth >= of);
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
        } else if is_inside && Some(depth) == list_depth && matches!(byte, b',' | b']') {
            found.extend(start.take().map(|start| start..end));
            if *byte == b']' {
                return Some(found);
            }
            continue;
        } else {
            match byte {
                b'"' => in_text = true,
                b'[' | b'{' => {
                    depth += 1;
                    if *byte == b'[' && list_depth.is_none() && depth <= 2 {
                        list_depth = Some(depth);
                        continue;
                    }
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if is_inside && !byte.is_ascii_whitespace() {
            start.get_or_insert(at);
            end = at + 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let found = entries(text.as_bytes()).unwrap_or_default();
        let texts: Vec<&str> = found.into_iter().map(|at| &text[at]).collect();
        assert_eq!(texts, expected, "{text}");
    }

    #[test]
    fn entries_are_those_of_the_outermost_list() {
        check(
            "[1, {\"a\": [2, 3]} ,\"x,]\\\"\"]",
            &["1", "{\"a\": [2, 3]}", "\"x,]\\\"\""],
        );
        check(
            "{\"of\": \"[\", \"list\": [ {\"b\": 1},\n {} ], \"n\": 2}",
            &["{\"b\": 1}", "{}"],
        );
        check("[]", &[]);
        check("[1, 2", &[]);
        check("{\"a\": {\"b\": [1]}}", &[]);
    }

    const DEPLOYS: &str = r#"[
 {"id": 1, "sha": "aa11", "environment": "live", "service": "shop", "created_at": "2024-02-03T12:00:00Z"},
 {"id": 2, "sha": "bb22", "environment": "live", "service": "shop", "created_at": "2024-02-03T12:30:00Z"}
]
"#;

    fn steps(path: &str, text: &str, until: i64) -> Vec<(Option<i64>, String)> {
        let kind = records::recognise(path, text.as_bytes()).expect("a record");
        let context = Context::default();
        let found = record(
            path,
            kind,
            text.as_bytes().to_vec(),
            &context,
            &(i64::MIN..until),
        );
        found
            .map(|step| match step.expect("memory does not fail") {
                Step {
                    time_ns,
                    part: Part::Replace(bytes),
                } => (time_ns, String::from_utf8(bytes).expect("text")),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_list_grows_entry_by_entry_and_is_whole_json_all_the_time() {
        let found = steps("deploys.json", DEPLOYS, i64::MAX);
        let noon = 1_706_961_600_000_000_000;
        let times: Vec<Option<i64>> = found.iter().map(|(ns, _)| *ns).collect();
        assert_eq!(times, [Some(noon), Some(noon + 1_800_000_000_000)]);
        for (i, (_, text)) in found.iter().enumerate() {
            let read: Vec<serde_json::Value> = serde_json::from_str(text).expect("whole JSON");
            assert_eq!(read.len(), i + 1);
        }
        assert_eq!(found[1].1, DEPLOYS);
        assert_eq!(steps("deploys.json", DEPLOYS, noon + 1).len(), 1);
    }

    #[test]
    fn a_table_grows_line_by_line_with_its_head() {
        let text = "incident_id,kind,time,tz,source,note\n\
            7,detected,2024-02-03T12:10:00Z,UTC,status,seen\n\
            7,restored,2024-02-03T12:40:00Z,UTC,status,over\n";
        let found = steps("claims.csv", text, i64::MAX);
        let lines: Vec<usize> = found.iter().map(|(_, text)| text.lines().count()).collect();
        assert_eq!(lines, [2, 3]);
        assert_eq!(found[1].1, text);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            if let Some(found) = entries(&bytes) {
                prop_assert!(found.iter().all(|at| at.start < at.end && at.end <= bytes.len()));
            }
        }
    }
}
