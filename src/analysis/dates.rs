//! The dates of clocks that have none, decided before a source is read.
//!
//! In: the first lines of a source, pieces of all of it where it is a plain file, its name, when it
//! was last changed, what other sources say. Out: the instant of its first stamp, from which reading
//! carries the days on: a clock that goes back by more than `CLOCK_BACK_NS` is of the next one. It is
//! an assumption wherever no line says a date, and a silence of nearly a day is not seen.

use super::years::{Known, Years, date_in_name};
use crate::clock::words::date;
use crate::clock::{NS_PER_MIN, NS_PER_S, Zone};
use crate::formats::stamp::context::CLOCK_BACK_NS;
use crate::input::glimpse;

const HOUR_NS: i64 = 60 * NS_PER_MIN;
const DAY_NS: i64 = 24 * HOUR_NS;
/// A last line may be this much younger than its file: clocks differ.
const SLACK_NS: i64 = 3 * HOUR_NS;
/// A whole stamp in a line is of its own time if it is this near.
const SAME_NS: i64 = 5 * NS_PER_S;
/// The first of the clocks that are read where this is near is this much later, at most.
const FORWARD_NS: i64 = DAY_NS - CLOCK_BACK_NS;

impl Known<'_> {
    /// Decides. `None` if no stamp can be read.
    pub(super) fn dates(&self) -> Option<Years> {
        if let Some(by_line) = self.by_stamp_in_line() {
            return Some(by_line);
        }
        let by_name = self.by_day_in_name();
        let by_change = glimpse::modified_ns(self.source).and_then(|modified_ns| {
            let first_ns = self.first_of_last_until(modified_ns + SLACK_NS)?;
            let day = date(modified_ns, Zone::UTC);
            Some(assumed(
                first_ns,
                &format!("the file was last changed on {day}"),
            ))
        });
        match (by_name, by_change) {
            // A log is named by its day, or by the day after it on which it was rotated.
            (Some(named), Some(changed)) => {
                let is_rotated =
                    named.first_ns.abs_diff(changed.first_ns + DAY_NS) < HOUR_NS as u64 * 2;
                Some(if is_rotated { changed } else { named })
            }
            (Some(named), None) => Some(named),
            (None, changed) => changed.or_else(|| self.by_end_of_others()).or_else(|| {
                let first_ns = self.first_of_last_until(self.now_ns)?;
                Some(assumed(
                    first_ns,
                    "the latest that are not in the future, nothing else says",
                ))
            }),
        }
    }

    /// A line that says its date besides: the first clock is less than a day before it.
    fn by_stamp_in_line(&self) -> Option<Years> {
        let (line, whole_ns) = self.whole_beside(SAME_NS)?;
        Some(Years {
            first_ns: self.first_near(whole_ns.saturating_sub(FORWARD_NS - SAME_NS))?,
            reason: format!("line {line} holds a whole stamp"),
            assumed: false,
        })
    }

    /// The first clock on the day that the file's name says.
    fn by_day_in_name(&self) -> Option<Years> {
        let name = self.source.name.rsplit('/').next()?;
        let (day_ns, text) = date_in_name(name)?;
        let east_ns = i64::from(self.context.zone.seconds_east(day_ns)) * NS_PER_S;
        let first_ns = self.first_near(day_ns + CLOCK_BACK_NS - east_ns)?;
        Some(assumed(first_ns, &format!("the file's name says {text}")))
    }

    /// It ends when the others do, or before.
    fn by_end_of_others(&self) -> Option<Years> {
        let (other_ns, label) = self.elsewhere.as_ref()?;
        let first_ns = self.first_of_last_until(other_ns.saturating_add(SLACK_NS))?;
        Some(assumed(
            first_ns,
            &format!("it ends when {label} does, or before"),
        ))
    }

    /// The first clock where the last is the latest that is not younger than an instant.
    fn first_of_last_until(&self, until_ns: i64) -> Option<i64> {
        let pieces = self.pieces();
        let mut range: Option<(i64, i64)> = None;
        let mut last_piece = None;
        for piece in &pieces {
            // Pieces follow one another: what is between them is taken to be less than a day.
            let near_ns = range.map_or(DAY_NS * 10_000, |(_, last_ns)| last_ns);
            if let Some((first_ns, last_ns)) = self.range(piece, near_ns) {
                range = Some((range.map_or(first_ns, |(first_ns, _)| first_ns), last_ns));
                last_piece = Some((piece, last_ns - first_ns));
            }
        }
        let ((first_ns, last_ns), (piece, length_ns)) = (range?, last_piece?);
        let near_ns = until_ns - length_ns - FORWARD_NS;
        let ends = [near_ns, near_ns - DAY_NS].map(|near_ns| Some(self.range(piece, near_ns)?.1));
        let end_ns = ends
            .into_iter()
            .flatten()
            .find(|end_ns| *end_ns <= until_ns)?;
        self.first_near(end_ns - (last_ns - first_ns))
    }
}

fn assumed(first_ns: i64, why: &str) -> Years {
    Years {
        first_ns,
        reason: why.to_owned(),
        assumed: true,
    }
}
