//! Degraded and down: a window begins anew where the harm gets worse.
//!
//! In: the leading anomalies of a stretch of trouble. Out: the stretch in parts, cut where
//! something users depend on goes from worse than usual to not there at all. A recovery lies
//! between windows; between parts there is none.

use serde::Serialize;

use super::Window;
use crate::anomalies::{Anomaly, Direction};
use crate::clock::When;
use crate::series::Family;

/// From this share of failures, and from that share of traffic lost, a service is not there.
const GONE_SHARE: f64 = 0.9;

/// What kind of harm a window is at its worst, the lesser first.
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
        // One host that fails altogether is a part of the service.
        (Direction::Up, Family::Errors) => anomaly.observed >= GONE_SHARE && !anomaly.is_entity(),
        _ => false,
    };
    if down {
        WindowKind::Down
    } else {
        WindowKind::Degraded
    }
}

/// The parts of a stretch whose leading anomalies are `of`: cut where it first gets worse, at
/// least `gap_ns` after it began. Where it eases it is not cut: that is told by milestones.
pub fn parts(anomalies: &[Anomaly], of: &[usize], start_ns: i64, gap_ns: i64) -> Vec<Part> {
    let all = of.iter().map(|&i| &anomalies[i]);
    let (degraded, down): (Vec<&Anomaly>, Vec<&Anomaly>) =
        all.partition(|one| kind_of(one) == WindowKind::Degraded);
    let part = |kind, start, end| Part { kind, start, end };
    let Some(first) = down.iter().min_by_key(|one| one.start.at_ns) else {
        return vec![part(WindowKind::Degraded, None, None)];
    };
    let later = first.start.at_ns.saturating_sub(start_ns) >= gap_ns;
    if degraded.is_empty() || !later {
        return vec![part(WindowKind::Down, None, None)];
    }
    vec![
        part(WindowKind::Degraded, None, Some(first.start)),
        part(WindowKind::Down, Some(first.start), None),
    ]
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
        let found = parts(&world.anomalies, &of, minute(degraded.0), minute(5));
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
    fn a_window_is_cut_where_it_gets_worse_and_not_where_it_eases() {
        check((10, 100), &[], "degraded ..-..");
        check((10, 100), &[(60, 100)], "degraded ..-60, down 60-..");
        check((10, 100), &[(40, 60)], "degraded ..-40, down 40-..");
        check(
            (10, 100),
            &[(20, 30), (60, 70)],
            "degraded ..-20, down 20-..",
        );
    }

    #[test]
    fn what_is_down_within_the_gap_was_down_from_the_start() {
        check((10, 100), &[(12, 100)], "down ..-..");
        check((10, 100), &[(10, 30), (60, 70)], "down ..-..");
    }
}
