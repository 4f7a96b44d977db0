//! `git log`: commits are changes, at the commit date where it is printed. A commit is not a
//! deploy: it took effect then at the earliest, and the record says so once.
//!
//! Reads the default layout, `--pretty=fuller` (and `full`, `short` with dates), and lines of
//! hash, date and subject. The default layout prints the author's date, which says when the work
//! was first done and not when it came into the branch: that is said once too.

use chrono::DateTime;

use super::instant::read_instant;
use super::{Change, Context, Defect, Line, Record, RecordKind, lines};
use crate::clock::{NS_PER_S, When};
use crate::text::printable;

/// Lines of a file that are looked at to recognise it.
const LOOKED_AT: usize = 40;

/// Whether a text is the output of `git log`.
pub(super) fn is_of(text: &str) -> bool {
    let written: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LOOKED_AT)
        .collect();
    let Some(first) = written.first() else {
        return false;
    };
    let headed = || {
        let heads = ["Author: ", "Merge: ", "Date: "];
        written
            .get(1)
            .is_some_and(|line| heads.iter().any(|head| line.starts_with(head)))
            && written.iter().any(|line| line.starts_with("Author: "))
    };
    commit(first).is_some() && headed() || are_lines(&written)
}

/// Whether all lines are hash, date and subject, the newest first, as no log is. The last line
/// looked at may be cut off.
fn are_lines(written: &[&str]) -> bool {
    let whole = written.len().saturating_sub(1).max(1).min(written.len());
    let read: Vec<i64> = written[..whole]
        .iter()
        .map_while(|line| one_line(line, &Context::default()).map(|(_, when, _)| when.at_ns))
        .collect();
    read.len() == whole
        && whole >= 2
        && read.is_sorted_by(|a, b| a >= b)
        && read[0] > read[whole - 1]
}

/// Reads the log. Never fails: a date that cannot be read is a defect.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let mut reader = Reader {
        record: Record::new(path, RecordKind::GitLog, context.zone),
        context,
        under_way: None,
        by_author: None,
    };
    for line in lines(text.trim_start_matches('\u{feff}')) {
        reader.take(&line);
    }
    reader.end_commit();
    reader.say();
    reader.record
}

struct Reader<'a> {
    record: Record,
    context: &'a Context,
    under_way: Option<Commit>,
    /// The first date that is the author's for want of a commit date.
    by_author: Option<(u64, String)>,
}

/// A commit that is being read.
struct Commit {
    hash: String,
    line: u64,
    offset: u64,
    merge: bool,
    authored: Option<(u64, String)>,
    committed: Option<(u64, String)>,
    subject: String,
}

impl Reader<'_> {
    fn take(&mut self, line: &Line) {
        if let Some(hash) = commit(line.text) {
            self.end_commit();
            self.under_way = Some(Commit {
                hash: hash.to_owned(),
                line: line.number,
                offset: line.offset,
                merge: false,
                authored: None,
                committed: None,
                subject: String::new(),
            });
        } else if let Some(under_way) = &mut self.under_way {
            under_way.take(line);
        } else if let Some((hash, when, subject)) = one_line(line.text, self.context) {
            self.push(
                &hash,
                when,
                &subject,
                false,
                line.evidence(&self.record.path),
            );
        }
    }

    fn end_commit(&mut self) {
        let Some(commit) = self.under_way.take() else {
            return;
        };
        let by_author = commit.committed.is_none();
        let Some((line, literal)) = commit.committed.or(commit.authored) else {
            return self.defect(commit.line, &commit.hash, "no date is printed", "");
        };
        let evidence = crate::events::Evidence::Line {
            path: self.record.path.clone(),
            line: commit.line,
            offset: commit.offset,
        };
        match date(&literal, self.context) {
            Ok(when) => {
                self.push(&commit.hash, when, &commit.subject, commit.merge, evidence);
                if by_author && self.by_author.is_none() {
                    self.by_author = Some((line, literal));
                }
            }
            Err(why) => self.defect(line, &literal, &why, ""),
        }
    }

    fn push(
        &mut self,
        hash: &str,
        when: When,
        subject: &str,
        merge: bool,
        evidence: crate::events::Evidence,
    ) {
        let short: String = hash.chars().take(10).collect();
        self.record.changes.push(Change {
            when,
            title: printable(format!("{short} {subject}").trim()),
            service: String::new(),
            kind: if merge { "merge" } else { "commit" }.to_owned(),
            status: String::new(),
            evidence,
        });
    }

    /// What is to be known of all its times.
    fn say(&mut self) {
        if let Some((line, literal)) = self.by_author.take() {
            let what = "the author's date, not when it was committed (--pretty=fuller prints that)";
            self.defect(line, &literal, what, "the date of the commit");
        }
        if let Some(first) = self.record.changes.first() {
            let line = super::line_number(&first.evidence);
            let literal = first.title.clone();
            let what = "a commit is not a deploy: it took effect at this time or later";
            self.defect(line, &literal, what, "a change at its commit");
        }
    }

    fn defect(&mut self, line: u64, literal: &str, what: &str, reading: &str) {
        self.record.defects.push(Defect {
            line,
            literal: printable(literal),
            what: what.to_owned(),
            reading: reading.to_owned(),
        });
    }
}

impl Commit {
    fn take(&mut self, line: &Line) {
        let after = |head: &str| line.text.strip_prefix(head).map(str::trim);
        let dated = |text: &str| Some((line.number, text.to_owned()));
        if let Some(text) = after("CommitDate:") {
            self.committed = dated(text);
        } else if let Some(text) = after("AuthorDate:").or_else(|| after("Date:")) {
            self.authored = dated(text);
        } else if after("Merge:").is_some() {
            self.merge = true;
        } else if self.subject.is_empty() && line.text.starts_with("    ") {
            line.text.trim().clone_into(&mut self.subject);
        }
    }
}

/// The hash of `commit 1234567890 (HEAD -> main)`.
fn commit(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("commit ")?;
    let (hash, refs) = rest.split_once(' ').unwrap_or((rest, ""));
    (is_hash(hash.trim(), 40) && (refs.is_empty() || refs.starts_with('('))).then(|| hash.trim())
}

fn is_hash(text: &str, least: usize) -> bool {
    (least..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `1a2b3c4 2021-05-04 10:00:00 +0200 subject`, with or without refs; ISO or strict ISO.
fn one_line(line: &str, context: &Context) -> Option<(String, When, String)> {
    let (hash, rest) = line.split_once(' ')?;
    let rest = match rest.strip_prefix('(') {
        Some(refs) => refs.split_once(')')?.1.trim_start(),
        None => rest,
    };
    if !is_hash(hash, 7) {
        return None;
    }
    let strict = rest.get(10..11)? == "T";
    let length = rest
        .split_inclusive(' ')
        .take(if strict { 1 } else { 3 })
        .map(str::len)
        .sum();
    let (date, subject) = rest.split_at_checked(length)?;
    let zoned = date.trim().ends_with('Z') || date.get(19..)?.contains(['+', '-']);
    let when = read_instant(date, context.zone).ok().filter(|_| zoned)?;
    Some((hash.to_owned(), when, subject.trim().to_owned()))
}

/// A date in the layouts of `--date`: default, iso, iso-strict, rfc, raw, unix.
fn date(text: &str, context: &Context) -> Result<When, String> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = text
            .parse()
            .ok()
            .and_then(|seconds: i64| seconds.checked_mul(NS_PER_S));
        return seconds
            .map(|at_ns| When::stamped(at_ns, NS_PER_S))
            .ok_or("not a time".to_owned());
    }
    for layout in [
        "%a %b %e %H:%M:%S %Y %z",
        "%a, %e %b %Y %H:%M:%S %z",
        "%s %z",
    ] {
        if let Ok(read) = DateTime::parse_from_str(text, layout) {
            let seconds = read.timestamp();
            if let Some(at_ns) = seconds.checked_mul(NS_PER_S) {
                return Ok(When::stamped(at_ns, NS_PER_S));
            }
        }
    }
    read_instant(text, context.zone).map_err(|why| why.to_string())
}
