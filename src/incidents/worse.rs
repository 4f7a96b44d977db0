//! Degraded and down: a window is a stretch of one kind of harm.
//!
//! In: the leading anomalies of a stretch of trouble. Out: the stretch in parts, cut where
//! something users depend on goes from worse than usual to not there at all, or comes back while
//! the rest of the trouble goes on. A recovery lies between windows; between parts there is none.

use std::ops::Range;

use serde::Serialize;

use super::Window;
use super::group::end_ns;
use crate::anomalies::{Anomaly, Direction};
use crate::clock::When;
use crate::series::Family;

/// From this share of failures, and from that share of traffic lost, a service is not there.
const GONE_SHARE: f64 = 0.9;

/// What kind of harm a window is, the lesser first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// Slower, later or with more failures than usual; also where only people tell of it, who
    /// seldom say how bad it was.
    Degraded,
    /// A source that users depend on is silent, or nine tenths of it are lost.
    Down,
}

impl WindowKind {
    /// The word for screens and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// A part of a stretch of trouble; `None` at its outer edges, which windows find themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What kind of harm.
    pub kind: WindowKind,
    /// Where it was cut at its start.
    pub start: Option<When>,
    /// Where it was cut at its end.
    pub end: Option<When>,
}

/// The harm that an anomaly that users feel is.
fn kind_of(anomaly: &Anomaly) -> WindowKind {
    let down = match (anomaly.direction, anomaly.family) {
        (Direction::Silence, _) => true,
        (Direction::Down, Family::Traffic) => {
            anomaly.observed <= (1.0 - GONE_SHARE) * anomaly.expected
        }
        (Direction::Up, Family::Errors) => anomaly.observed >= GONE_SHARE,
        _ => false,
    };
    if down {
        WindowKind::Down
    } else {
        WindowKind::Degraded
    }
}

/// One stretch of being down.
struct Down {
    start: When,
    end: Option<When>,
    range: Range<i64>,
}

/// The parts of a stretch whose leading anomalies are `of`, each at least `gap_ns` long.
pub fn parts(
    anomalies: &[Anomaly],
    of: &[usize],
    stretch: &Range<i64>,
    gap_ns: i64,
    end_of_data_ns: i64,
) -> Vec<Part> {
    let downs = downs(anomalies, of, gap_ns, end_of_data_ns);
    let whole = |kind| Part {
        kind,
        start: None,
        end: None,
    };
    let is_degraded = |&i: &usize| kind_of(&anomalies[i]) == WindowKind::Degraded;
    if downs.is_empty() {
        return vec![whole(WindowKind::Degraded)];
    }
    if !of.iter().any(is_degraded) {
        return vec![whole(WindowKind::Down)];
    }
    let mut parts: Vec<Part> = Vec::new();
    let (mut from_ns, mut from) = (stretch.start, None);
    let mut open = true;
    for down in downs {
        let mut part = Part {
            start: from,
            ..whole(WindowKind::Down)
        };
        if down.range.start.saturating_sub(from_ns) >= gap_ns {
            parts.push(Part {
                start: from,
                end: Some(down.start),
                ..whole(WindowKind::Degraded)
            });
            part.start = Some(down.start);
        }
        open = stretch.end.saturating_sub(down.range.end) >= gap_ns;
        if open {
            part.end = down.end;
            (from_ns, from) = (down.range.end, down.end);
        }
        parts.push(part);
    }
    if open {
        parts.push(Part {
            start: from,
            ..whole(WindowKind::Degraded)
        });
    }
    parts
}

/// The stretches of being down, joined where less than `gap_ns` lies between them, ascending.
fn downs(anomalies: &[Anomaly], of: &[usize], gap_ns: i64, end_of_data_ns: i64) -> Vec<Down> {
    let mut all: Vec<&Anomaly> = of
        .iter()
        .map(|&i| &anomalies[i])
        .filter(|one| kind_of(one) == WindowKind::Down)
        .collect();
    all.sort_by_key(|one| (one.start.at_ns, end_ns(one, end_of_data_ns)));
    let mut joined: Vec<Down> = Vec::new();
    for one in all {
        let range = one.start.at_ns..end_ns(one, end_of_data_ns);
        match joined.last_mut() {
            Some(last) if range.start < last.range.end.saturating_add(gap_ns) => {
                if range.end > last.range.end {
                    (last.end, last.range.end) = (one.end, range.end);
                }
            }
            _ => joined.push(Down {
                start: one.start,
                end: one.end,
                range,
            }),
        }
    }
    joined
}

/// Whether a window begins where the one before it ends: the harm changed its kind, and nothing
/// recovered in between.
pub fn follows(before: &Window, window: &Window) -> bool {
    before.end.is_none_or(|end| window.start.at_ns <= end.at_ns)
}

/// The windows that begin with a worsening: number from 0, and start.
pub fn worsenings(windows: &[Window]) -> Vec<(usize, When)> {
    let worse = |k: &usize| {
        let (before, now) = (&windows[k - 1], &windows[*k]);
        follows(before, now) && now.kind > before.kind
    };
    (1..windows.len())
        .filter(worse)
        .map(|k| (k, windows[k].start))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incidents::fixture::{World, minute};
    use crate::series::{Role, Values};

    /// Degraded and silent minutes to parts: kind and where they were cut, in minutes.
    fn check(degraded: (i64, i64), silent: &[(i64, i64)], expected: &str) {
        let mut world = World::new(|_| 0.0);
        let age = world.add_series(
            "job age",
            Family::Jobs,
            Role::AsyncUserFacing,
            Values::Gauge(vec![2.0; 240]),
            2.0,
        );
        world.add_anomaly(age, Direction::Up, degraded.0, Some(degraded.1), 20.0);
        for &(start, end) in silent {
            world.add_anomaly(0, Direction::Silence, start, Some(end), 20.0);
        }
        let of: Vec<usize> = (0..world.anomalies.len()).collect();
        let ends = silent
            .iter()
            .map(|one| one.1)
            .chain([degraded.1])
            .max()
            .expect("one");
        let stretch = minute(degraded.0)..minute(ends);
        let found = parts(&world.anomalies, &of, &stretch, minute(5), minute(240));
        let at = |when: Option<When>| {
            when.map_or("..".to_owned(), |when| (when.at_ns / minute(1)).to_string())
        };
        let words: Vec<String> = found
            .iter()
            .map(|part| format!("{} {}-{}", part.kind.word(), at(part.start), at(part.end)))
            .collect();
        assert_eq!(words.join(", "), expected);
    }

    #[test]
    fn a_window_is_cut_where_it_gets_worse_and_where_it_gets_better() {
        check((10, 100), &[], "degraded ..-..");
        check((10, 100), &[(60, 100)], "degraded ..-60, down 60-..");
        check(
            (10, 100),
            &[(40, 60)],
            "degraded ..-40, down 40-60, degraded 60-..",
        );
        check(
            (10, 100),
            &[(20, 30), (60, 70)],
            "degraded ..-20, down 20-30, degraded 30-60, down 60-70, degraded 70-..",
        );
    }

    #[test]
    fn a_part_shorter_than_the_gap_is_none() {
        check((10, 100), &[(12, 100)], "down ..-..");
        check((10, 100), &[(60, 97)], "degraded ..-60, down 60-..");
        check(
            (10, 100),
            &[(40, 60), (62, 80)],
            "degraded ..-40, down 40-80, degraded 80-..",
        );
    }
}
