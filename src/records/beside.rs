//! Times that stand beside the timeline: in prose, as ends of ranges, as second clocks.
//!
//! In: one literal and how the timeline was read. Out: its reading, on the day nearest to the
//! timeline, and in the half of the day in which the timeline tells of the same.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDateTime, NaiveTime};

use super::literals::Literal;
use super::order::{Changed, Days, Placed, at, base};

/// How the timeline was read, by time of day.
pub(super) struct Told {
    by_time: BTreeMap<NaiveTime, Vec<usize>>,
    bounds: Option<(NaiveDateTime, NaiveDateTime)>,
}

/// Entries of one minute that are compared at most.
const SAME_MINUTE_MAX: usize = 16;

impl Told {
    /// `chain` are the literals of the timeline.
    pub(super) fn new(chain: &[usize], placed: &[Option<Placed>]) -> Self {
        let mut by_time: BTreeMap<NaiveTime, Vec<usize>> = BTreeMap::new();
        let mut bounds: Option<(NaiveDateTime, NaiveDateTime)> = None;
        for &i in chain {
            let Some(placed) = placed[i] else { continue };
            let same = by_time.entry(placed.local.time()).or_default();
            if same.len() < SAME_MINUTE_MAX {
                same.push(i);
            }
            let (first, last) = bounds.unwrap_or((placed.local, placed.local));
            bounds = Some((first.min(placed.local), last.max(placed.local)));
        }
        Self { by_time, bounds }
    }

    /// The entry that tells of the same at the same minute.
    fn twin(&self, time: NaiveTime, text: &str, words: &[String]) -> Option<usize> {
        let same = self.by_time.get(&time)?;
        same.iter()
            .find(|&&j| share_a_word(text, &words[j]))
            .copied()
    }
}

/// The reading of a literal that is not of the timeline; `None` where no date is known.
pub(super) fn beside(
    i: usize,
    literals: &[Literal],
    words: &[String],
    told: &mut Told,
    placed: &[Option<Placed>],
    days: Days,
) -> Option<Placed> {
    let literal = &literals[i];
    let day = base(literal, days)?;
    let plain = |local: NaiveDateTime, flipped: bool| Placed {
        local,
        flipped,
        changed: Changed::Nothing,
    };
    let start = (literal.ends_range || literal.paired)
        .then(|| placed[i.checked_sub(1)?])
        .flatten();
    if let Some(start) = start {
        let day = if literal.dated {
            day
        } else {
            start.local.date()
        };
        let same_day = at(literal, day, false);
        let next = literal.ends_range && same_day < start.local && !literal.dated;
        return Some(plain(same_day + Duration::days(i64::from(next)), false));
    }
    let twin = |flipped: bool| told.twin(at(literal, day, flipped).time(), &words[i], words);
    let as_written = twin(false);
    let slipped = if literal.twelve && as_written.is_none() {
        twin(true)
    } else {
        None
    };
    let flipped = slipped.is_some();
    let entry = as_written.or(slipped).and_then(|j| placed[j]);
    if let (Some(entry), false) = (entry, literal.dated) {
        return Some(plain(entry.local, flipped));
    }
    let Some((first, last)) = told.bounds else {
        return Some(plain(at(literal, day, flipped), flipped));
    };
    let far = |shift: &i64| {
        let local = at(literal, day, flipped) + Duration::days(*shift);
        let outside = (first - local).max(local - last).max(Duration::zero());
        (outside, shift.abs())
    };
    let shift = match literal.dated {
        true => 0,
        false => [0, 1, -1, 2].into_iter().min_by_key(far)?,
    };
    Some(plain(
        at(literal, day, flipped) + Duration::days(shift),
        flipped,
    ))
}

/// Whether two texts have a word of four letters or more in common.
fn share_a_word(a: &str, b: &str) -> bool {
    let words = |text: &str| {
        let text = text.get(..400).unwrap_or(text).to_lowercase();
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| w.chars().count() >= 4);
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let others = words(b);
    words(a).iter().any(|word| others.contains(word))
}
