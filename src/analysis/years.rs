//! The years of stamps that have none, decided before a source is read.
//!
//! In: the first lines of a source, pieces of all of it where it is a plain file, its name, when
//! it was last changed, what other sources say. Out: the instant of its first stamp, from which
//! reading carries the years on, and why that one. The year comes from the file, never from today;
//! only where nothing else is known the clock's now bounds it, and that is said.

use super::plan::HEAD_BYTES;
use crate::clock::words::{date, rfc3339};
use crate::clock::{NS_PER_MIN, Zone};
use crate::formats::Format;
use crate::formats::parse::parse_text;
use crate::formats::stamp::{Lack, StampContext, StampKind};
use crate::input::{Source, glimpse};
use crate::lines::LineBatch;

const DAY_NS: i64 = 24 * 60 * NS_PER_MIN;
/// Pieces of a file that are looked at, and bytes of each.
const PIECES: (u64, u64) = (64, 4 << 10);
/// Lines of the head in which a whole stamp is looked for.
const LINES: usize = 400;
/// A stamp without a year and a whole one in the same line are of the same day, give or take.
const SAME_DAY_NS: i64 = 36 * 60 * NS_PER_MIN;
/// A last line may be this much younger than its file: zones differ.
const SLACK_NS: i64 = DAY_NS;
/// A log of the same incident ends within this of the others.
const TOGETHER_NS: i64 = 31 * DAY_NS;
/// Steps between lines are shorter than this, unless a 29 February was put into a wrong year.
const STEP_NS_MAX: i64 = 190 * DAY_NS;
const YEAR_NS: i64 = 365 * DAY_NS;

/// Where the years of a source begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Years {
    /// The instant of its first stamp, ns UTC.
    pub first_ns: i64,
    /// Why this year, in words.
    pub reason: String,
    /// True where it was taken from elsewhere and might be wrong.
    pub assumed: bool,
}

/// What is known of a source.
pub struct Known<'a> {
    /// The source.
    pub source: &'a Source,
    /// How it is read.
    pub format: &'a Format,
    /// For what else its stamps leave out.
    pub context: StampContext,
    /// Its first bytes.
    pub head: &'a [u8],
    /// The newest stamp with a year of any other source, ns UTC, and that source's label.
    pub elsewhere: Option<(i64, String)>,
    /// Now, ns UTC.
    pub now_ns: i64,
}

impl Known<'_> {
    /// Decides. `None` if no stamp can be read.
    pub fn years(&self) -> Option<Years> {
        let from_file = self.by_line().or_else(|| self.by_name());
        from_file
            .or_else(|| self.by_change())
            .or_else(|| self.by_others())
            .or_else(|| {
                let first_ns = self.first_until(self.now_ns)?;
                Some(assumed(
                    first_ns,
                    "the latest that are not in the future (nothing else says)",
                ))
            })
    }

    /// A line that holds a whole stamp of the day of its own, or whose own is whole: a program's
    /// within that of syslog.
    fn by_line(&self) -> Option<Years> {
        let (line, whole_ns) = self.whole_beside(SAME_DAY_NS)?;
        Some(Years {
            first_ns: self.first_near(whole_ns)?,
            reason: format!("line {line} holds a stamp with its year"),
            assumed: false,
        })
    }

    /// The first line, from 1, that holds a whole stamp as near as that to its own; ns UTC.
    pub(super) fn whole_beside(&self, near_ns: i64) -> Option<(usize, i64)> {
        let batch = LineBatch::split(self.head.to_vec(), 0);
        (0..batch.len().min(LINES)).find_map(|i| {
            let line = batch.line(i);
            let whole_ns = whole_stamps(line, self.context.zone).find(|whole_ns| {
                let context = self.context.near(Some(*whole_ns));
                let seen = parse_text(self.format, context, line).seen;
                let own = seen.range_ns;
                own.is_some_and(|(own_ns, _)| own_ns.abs_diff(*whole_ns) < near_ns as u64)
            })?;
            Some((i + 1, whole_ns))
        })
    }

    /// A date in the file's name: its lines are not younger.
    fn by_name(&self) -> Option<Years> {
        let name = self.source.name.rsplit('/').next()?;
        let (day_ns, text) = date_in_name(name)?;
        let first_ns = self.first_until(day_ns + DAY_NS + SLACK_NS)?;
        Some(Years {
            first_ns,
            reason: format!("the file's name says {text}"),
            assumed: false,
        })
    }

    /// The time at which the file was last changed: its last line is not younger. A copy bears
    /// the time of its copying: where other sources of the run are of the same days of another
    /// year, theirs counts.
    fn by_change(&self) -> Option<Years> {
        let modified_ns = glimpse::modified_ns(self.source)?;
        let first_ns = self.first_until(modified_ns + SLACK_NS)?;
        if let Some((other_ns, _)) = &self.elsewhere
            && first_ns.abs_diff(*other_ns) > TOGETHER_NS as u64
            && let Some(years) = self.by_others()
            && years.first_ns.abs_diff(*other_ns) <= TOGETHER_NS as u64
        {
            return Some(years);
        }
        Some(Years {
            first_ns,
            reason: format!(
                "the file was last changed on {}",
                date(modified_ns, Zone::UTC)
            ),
            assumed: false,
        })
    }

    fn by_others(&self) -> Option<Years> {
        let (other_ns, label) = self.elsewhere.as_ref()?;
        let first_ns = self.first_near(*other_ns)?;
        Some(assumed(
            first_ns,
            &format!("those nearest to the stamps of {label}"),
        ))
    }

    /// The first stamp, in the year in which it is nearest to an instant.
    pub(super) fn first_near(&self, near_ns: i64) -> Option<i64> {
        self.range(self.head, near_ns).map(|range| range.0)
    }

    pub(super) fn range(&self, lines: &[u8], near_ns: i64) -> Option<(i64, i64)> {
        let context = self.context.near(Some(near_ns));
        parse_text(self.format, context, lines).seen.range_ns
    }

    /// The first stamp, in the latest years in which no line is younger than an instant and a
    /// 29 February is one.
    fn first_until(&self, until_ns: i64) -> Option<i64> {
        let pieces = self.pieces();
        let firsts = (0..=8).filter_map(|back| {
            // Half a year before: nearest is then within the year before.
            let near_ns = until_ns - YEAR_NS / 2 - back * YEAR_NS;
            let mut last_first_then = pieces.iter().rev();
            let (mut first_ns, last_ns) =
                last_first_then.find_map(|piece| self.range(piece, near_ns))?;
            for piece in last_first_then {
                // A piece goes forward from its first line: it must end near the next one.
                let around = self.range(piece, first_ns);
                first_ns = around.map_or(first_ns, |range| range.0);
            }
            let is_whole = last_ns <= until_ns && self.goes_on(first_ns, until_ns);
            is_whole.then_some(first_ns)
        });
        let mut firsts = firsts;
        firsts
            .next()
            .or_else(|| self.first_near(until_ns - YEAR_NS / 2))
    }

    /// True if the head, read from its first stamp on, has no step that only a 29 February in a
    /// wrong year explains.
    fn goes_on(&self, first_ns: i64, until_ns: i64) -> bool {
        let context = self.context.near(Some(first_ns));
        let times_ns = parse_text(self.format, context, self.head).chunk.time_ns;
        let mut sorted = times_ns;
        sorted.sort_unstable();
        let steps = sorted
            .windows(2)
            .all(|pair| pair[1] - pair[0] <= STEP_NS_MAX);
        steps && sorted.last().is_none_or(|last| *last <= until_ns)
    }

    /// Lines from all of the source if they can be had, else its head.
    pub(super) fn pieces(&self) -> Vec<Vec<u8>> {
        let sampled = glimpse::pieces(self.source, PIECES.0, PIECES.1);
        match sampled.filter(|_| self.head.len() >= HEAD_BYTES / 2) {
            Some(pieces) => pieces,
            None => small_pieces(self.head),
        }
    }
}

/// A head of few bytes in pieces of whole lines.
fn small_pieces(head: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let full = pieces
            .last()
            .is_some_and(|piece| piece.len() + line.len() > PIECES.1 as usize);
        if full {
            pieces.push(Vec::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.extend_from_slice(line);
        }
    }
    pieces
}

fn assumed(first_ns: i64, what: &str) -> Years {
    Years {
        first_ns,
        reason: format!("assumed to be {what}"),
        assumed: true,
    }
}

/// Stamps with a year that begin anywhere in a line, ns UTC.
fn whole_stamps(line: &[u8], zone: Zone) -> impl Iterator<Item = i64> {
    let line = &line[..line.len().min(4 << 10)];
    let begins = |at: &usize| {
        line[*at].is_ascii_alphanumeric()
            && !at
                .checked_sub(1)
                .is_some_and(|before| line[before].is_ascii_alphanumeric())
    };
    (0..line.len()).filter(begins).filter_map(move |at| {
        let n = StampKind::Any.leading_length(&line[at..])?;
        let stamp = StampKind::Any.read(&line[at..at + n])?;
        // A bare number may be anything.
        let is_date = line[at..at + n].iter().any(|byte| !byte.is_ascii_digit());
        let context = StampContext::from(zone);
        (stamp.lack == Lack::Nothing && is_date).then(|| context.instant(stamp))?
    })
}

/// The date in a file's name (`messages-20240107`, `app.2024-01-07.log`): ns UTC of its start and
/// its text.
pub(super) fn date_in_name(name: &str) -> Option<(i64, &str)> {
    let bytes = name.as_bytes();
    (0..bytes.len()).find_map(|at| {
        if at > 0 && bytes[at - 1].is_ascii_digit() {
            return None;
        }
        let digits = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (n, stamp) = match digits {
            8 => (8, format!("{}000000", name.get(at..at + 8)?)),
            4 => (10, format!("{}T00:00:00", name.get(at..at + 10)?)),
            _ => return None,
        };
        let stamp = StampKind::Any.read(stamp.as_bytes())?;
        let ends = bytes.get(at + n).is_none_or(|byte| !byte.is_ascii_digit());
        (ends && stamp.lack == Lack::Nothing).then_some((stamp.local_ns, &name[at..at + n]))
    })
}

/// The year of an instant in words.
pub fn words(ns: i64) -> String {
    rfc3339(ns).chars().take(4).collect()
}
