//! Changes as the tools that make them list them: dpkg's log and apt's history as text; Helm's
//! history and that of one application of Argo CD as JSON.
//!
//! In: a record's text. Out: changes. What these tools say beside changes (a package's steps) is
//! left to logs.

use chrono::NaiveDateTime;
use serde_json::Value;

use super::deploys::push;
use super::{Context, Line, Record, RecordKind, lines, place};
use crate::events::Evidence;

/// Most lines looked at to tell what a text is.
const LOOKED: usize = 8;
/// What dpkg writes behind the time, and whether that changes what is installed.
const DPKG: [(&str, bool); 8] = [
    ("install", true),
    ("upgrade", true),
    ("remove", true),
    ("purge", true),
    ("startup", false),
    ("status", false),
    ("configure", false),
    ("trigproc", false),
];
/// A longer pause of dpkg's log, in seconds, ends a run.
const RUN_PAUSE_S: i64 = 60;
/// So many packages that a run changed are one change.
const RUN_MIN: usize = 4;
/// Cells that the names of a run's packages may take.
const NAMES_WIDTH: usize = 160;
/// What apt did, by the keys of its history.
const APT: [&str; 6] = [
    "Install",
    "Upgrade",
    "Downgrade",
    "Reinstall",
    "Remove",
    "Purge",
];
/// Which tool wrote a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Dpkg,
    Apt,
    Helm,
    Argo,
}

/// Whether a text, of which this is the head, is a list of changes of one of these tools.
pub(super) fn is_one(head: &str) -> bool {
    tool(head).is_some()
}

/// Reads it; `None` if it is another's, or broken.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Option<Record> {
    let text = text.trim_start_matches('\u{feff}');
    let tool = tool(text)?;
    let mut record = Record::new(path, RecordKind::Deploys, context.zone);
    match tool {
        Tool::Dpkg => dpkg(&mut record, text, context),
        Tool::Apt => apt(&mut record, text, context),
        Tool::Helm => releases(&mut record, text, context, helm)?,
        Tool::Argo => releases(&mut record, text, context, argo)?,
    }
    Some(record)
}

fn releases(
    record: &mut Record,
    text: &str,
    context: &Context,
    entry_of: fn(&Value) -> Option<Entry>,
) -> Option<()> {
    let parsed: Value = serde_json::from_str(text).ok()?;
    let path = record.path.clone();
    let mut found = Places { text, from: 0 };
    for (time, words) in parsed.as_array()?.iter().filter_map(entry_of) {
        let evidence = found.next(&time, &path);
        push(record, &time, words, evidence, context);
    }
    Some(())
}

fn tool(text: &str) -> Option<Tool> {
    let text = text.trim_start();
    if text.starts_with(['{', '[']) {
        let has = |names: &[&str]| {
            names
                .iter()
                .all(|name| text.contains(&format!("\"{name}\"")))
        };
        return match () {
            () if has(&["revision", "updated", "chart"]) => Some(Tool::Helm),
            () if has(&["revision", "deployedAt"]) => Some(Tool::Argo),
            () => None,
        };
    }
    let first = text.lines().next()?;
    let is_dpkg = |line: &str| dpkg_line(line).is_some();
    if is_dpkg(first) && text.lines().take(LOOKED).all(is_dpkg) {
        return Some(Tool::Dpkg);
    }
    let is_apt = first.starts_with("Start-Date: ") && text.contains("\nEnd-Date: ");
    is_apt.then_some(Tool::Apt)
}

fn at(path: &str, line: &Line<'_>) -> Evidence {
    Evidence::Line {
        path: path.to_owned(),
        line: line.number,
        offset: line.offset,
    }
}

/// Time, action, package and versions of a line of dpkg's log, and whether it is a change.
fn dpkg_line(line: &str) -> Option<(&str, &str, &str, bool)> {
    let (time, rest) = line.split_at_checked(19)?;
    let is_time = time.bytes().enumerate().all(|(i, byte)| match i {
        4 | 7 => byte == b'-',
        10 => byte == b' ',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let (action, what) = rest.strip_prefix(' ')?.split_once(' ')?;
    let (_, changes) = DPKG.iter().find(|(name, _)| *name == action)?;
    is_time.then_some((time, action, what, *changes))
}

/// A package that dpkg changed: its line, the time, action, package and versions.
type Step<'t> = (Line<'t>, [&'t str; 3]);

/// What dpkg did in one run is one change where it is more than a few packages: an upgrade of a
/// system has hundreds.
fn dpkg(record: &mut Record, text: &str, context: &Context) {
    let mut run: Vec<Step<'_>> = Vec::new();
    let mut last: Option<NaiveDateTime> = None;
    for line in lines(text) {
        let Some((time, action, what, changes)) = dpkg_line(line.text) else {
            continue;
        };
        let at = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S").ok();
        let pause = at.zip(last).map(|(at, last)| at - last);
        if pause.is_some_and(|pause| pause.num_seconds().abs() > RUN_PAUSE_S) {
            push_run(record, &std::mem::take(&mut run), context);
        }
        last = at.or(last);
        if changes {
            run.push((line, [time, action, what]));
        }
    }
    push_run(record, &run, context);
}

fn push_run(record: &mut Record, run: &[Step<'_>], context: &Context) {
    let path = record.path.clone();
    if run.len() >= RUN_MIN {
        let (line, [time, action, _]) = &run[0];
        let evidence = at(&path, line);
        let action = match run.iter().all(|(_, [_, other, _])| other == action) {
            true => *action,
            false => "change",
        };
        let names: Vec<&str> = run.iter().map(|(_, [_, _, what])| package(what)).collect();
        let named = crate::text::shorten(&names.join(", "), NAMES_WIDTH);
        let title = format!("{action} {} packages: {named}", run.len());
        let words = [title, String::new(), action.to_owned(), String::new()];
        return push(record, time, words, evidence, context);
    }
    for (line, [time, action, what]) in run {
        let words = [
            format!("{action} {what}"),
            package(what).to_owned(),
            (*action).to_owned(),
            String::new(),
        ];
        push(record, time, words, at(&path, line), context);
    }
}

/// `nginx` of `nginx:amd64 1.18.0-1 1.18.0-2`.
fn package(what: &str) -> &str {
    what.split([' ', ':']).next().unwrap_or_default()
}

fn apt(record: &mut Record, text: &str, context: &Context) {
    let path = record.path.clone();
    let lines = lines(text);
    let opens = (0..lines.len()).filter(|&i| lines[i].text.starts_with("Start-Date: "));
    for first in opens {
        let block = lines[first..]
            .iter()
            .take_while(|line| !line.text.trim().is_empty());
        let block: Vec<(&str, &str)> = block
            .filter_map(|line| line.text.split_once(": "))
            .collect();
        let value = |key: &str| {
            block
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| *value)
        };
        let time = value("Start-Date").unwrap_or_default().split_whitespace();
        let time = time.collect::<Vec<_>>().join(" ");
        let done = APT.iter().find_map(|key| Some((*key, value(key)?)));
        let (action, packages) = done.unwrap_or_default();
        let title = value("Commandline").map_or(format!("{action} {packages}"), str::to_owned);
        let error = value("Error").map_or(String::new(), |_| "failed".to_owned());
        let words = [title, String::new(), action.to_ascii_lowercase(), error];
        push(record, &time, words, at(&path, &lines[first]), context);
    }
}

/// A change as a release's history says it: its time, and its title, service, kind and status.
type Entry = (String, [String; 4]);

fn helm(entry: &Value) -> Option<Entry> {
    let say = |key: &str| said(entry, key);
    let title = format!(
        "{} revision {}: {}",
        say("/chart"),
        say("/revision"),
        say("/description")
    );
    let words = [title, say("/name"), "helm".to_owned(), say("/status")];
    Some((say("/updated"), words)).filter(|(time, _)| !time.is_empty())
}

fn argo(entry: &Value) -> Option<Entry> {
    let revision: String = said(entry, "/revision").chars().take(10).collect();
    let title = format!("revision {revision} {}", said(entry, "/source/path"));
    let times = ["/deployStartedAt", "/deployedAt"].map(|key| said(entry, key));
    let time = times.into_iter().find(|time| !time.is_empty())?;
    let title = title.trim_end().to_owned();
    Some((
        time,
        [title, String::new(), "argo cd".to_owned(), String::new()],
    ))
}

/// A text or a number at a place; empty where there is neither.
fn said(entry: &Value, place: &str) -> String {
    match entry.pointer(place) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Where the times of entries stand, one after the other.
struct Places<'t> {
    text: &'t str,
    from: usize,
}

impl Places<'_> {
    fn next(&mut self, time: &str, path: &str) -> Evidence {
        let found = self.text.get(self.from..).and_then(|rest| rest.find(time));
        self.from += found.map_or(0, |at| at + time.len());
        place(self.text, self.from.saturating_sub(1), path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::records::line_number;
    use proptest::prelude::*;

    /// `line time kind service status title` of each change.
    fn check(text: &str, expected: &[&str]) {
        let context = Context {
            zone: Some(Zone::Fixed(3600)),
            ..Context::default()
        };
        let record = read("x", text, &context).expect("a list of changes");
        let shown: Vec<String> = record
            .changes
            .iter()
            .map(|c| {
                let (line, time) = (line_number(&c.evidence), rfc3339(c.when.at_ns));
                format!(
                    "{line} {time} {} {} {} {}",
                    c.kind, c.service, c.status, c.title
                )
            })
            .collect();
        assert_eq!(shown, expected);
        assert_eq!(record.defects, []);
    }

    #[test]
    fn packages_that_were_changed_are_changes_and_their_steps_are_not() {
        check(
            "2022-12-01 07:04:09 startup archives unpack\n2022-12-01 07:04:10 upgrade nginx:amd64 1.18.0-1 1.18.0-2\n2022-12-01 07:04:10 status half-configured nginx:amd64 1.18.0-1\n2022-12-01 07:04:12 remove redis:amd64 6.0 <none>\n",
            &[
                "2 2022-12-01T06:04:10Z upgrade nginx  upgrade nginx:amd64 1.18.0-1 1.18.0-2",
                "4 2022-12-01T06:04:12Z remove redis  remove redis:amd64 6.0 <none>",
            ],
        );
        check(
            "\nStart-Date: 2022-12-01  07:04:10\nCommandline: apt-get upgrade -y\nUpgrade: nginx:amd64 (1.18.0-1, 1.18.0-2)\nEnd-Date: 2022-12-01  07:04:31\n\nStart-Date: 2022-12-02  07:00:00\nInstall: jq:amd64 (1.6)\nError: Sub-process /usr/bin/dpkg returned an error code (1)\nEnd-Date: 2022-12-02  07:00:05\n",
            &[
                "2 2022-12-01T06:04:10Z upgrade   apt-get upgrade -y",
                "7 2022-12-02T06:00:00Z install  failed Install jq:amd64 (1.6)",
            ],
        );
    }

    #[test]
    fn what_dpkg_does_in_one_run_is_one_change_where_it_is_many_packages() {
        let line = |second: i64, action: &str, package: &str| {
            let time = format!("2022-12-01 07:{:02}:{:02}", second / 60, second % 60);
            format!("{time} {action} {package}:amd64 1.0 1.1\n")
        };
        let all = ["nginx", "curl", "git", "jq"];
        let run = |from: i64| -> String {
            let each = (0..).zip(all);
            each.map(|(i, name)| {
                line(from + 50 * i, "upgrade", name)
                    + &line(from + 50 * i + 9, "status", "installed")
            })
            .collect()
        };
        let text = run(0) + &run(300) + &line(515, "install", "vim");
        check(
            &text,
            &[
                "1 2022-12-01T06:00:00Z upgrade   upgrade 4 packages: nginx, curl, git, jq",
                "9 2022-12-01T06:05:00Z change   change 5 packages: nginx, curl, git, jq, vim",
            ],
        );
        check(
            &(line(0, "install", "vim") + &line(61, "install", "jq")),
            &[
                "1 2022-12-01T06:00:00Z install vim  install vim:amd64 1.0 1.1",
                "2 2022-12-01T06:01:01Z install jq  install jq:amd64 1.0 1.1",
            ],
        );
    }

    #[test]
    fn histories_of_releases_are_changes() {
        check(
            "[{\"revision\":7,\"updated\":\"2022-12-01T06:04:10.123456789Z\",\"status\":\"superseded\",\"chart\":\"shop-1.4.2\",\"app_version\":\"2.0\",\"description\":\"Upgrade complete\"},\n{\"revision\":8,\"updated\":\"2022-12-01T07:04:10+01:00\",\"status\":\"failed\",\"chart\":\"shop-1.4.3\",\"description\":\"timed out\"}]",
            &[
                "1 2022-12-01T06:04:10.123456789Z helm  superseded shop-1.4.2 revision 7: Upgrade complete",
                "2 2022-12-01T06:04:10Z helm  failed shop-1.4.3 revision 8: timed out",
            ],
        );
        check(
            "[{\"id\":3,\"revision\":\"5b8efff798038103d269\",\"deployStartedAt\":\"2022-12-01T06:04:00Z\",\"deployedAt\":\"2022-12-01T06:04:10Z\",\"source\":{\"path\":\"apps/shop\"}}]",
            &["1 2022-12-01T06:04:00Z argo cd   revision 5b8efff798 apps/shop"],
        );
    }

    #[test]
    fn logs_are_no_lists_of_changes() {
        for text in [
            "2022-12-01 06:04:10 status report sent\nx",
            "commit abc\nnothing",
            "commit messages must be short",
            "Start-Date: today",
            "{\"revision\":1,\"time\":\"2022-12-01T06:04:10Z\"}",
            "",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "(Start-Date: |End-Date: |2022-12-01 06:04:10 (upgrade|install) |é|\n|    x| ){0,20}") {
            let _ = read("x", &text, &Context::default());
        }
    }
}
