//! What is compared: the windows, and the baseline before them.

use std::ops::Range;

use crate::clock::{NS_PER_MIN, NS_PER_S};

/// How long before the first window the baseline begins.
const BASELINE_NS: i64 = 60 * NS_PER_MIN;
/// A baseline shorter than this is made of all that is outside the windows.
const BASELINE_MIN_NS: i64 = 5 * NS_PER_MIN;

/// Stretches of time before and between the windows, and the windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretches {
    /// The baseline.
    pub baseline: Vec<Range<i64>>,
    /// The windows.
    pub selection: Vec<Range<i64>>,
}

impl Stretches {
    /// The windows against the hour before the first of them, without what lies in `troubled`
    /// (the windows of all incidents); against all that is outside where that is too short.
    /// All of it within `data`, where the source speaks at all.
    pub fn around(selection: Vec<Range<i64>>, data: &Range<i64>, troubled: &[Range<i64>]) -> Self {
        let clipped = |range: Range<i64>| range.start.max(data.start)..range.end.min(data.end);
        let selection: Vec<Range<i64>> = selection
            .into_iter()
            .map(clipped)
            .filter(|range| range.end > range.start)
            .collect();
        let first = selection.first().map_or(data.end, |range| range.start);
        let hour = first.saturating_sub(BASELINE_NS).max(data.start)..first;
        let mut avoid: Vec<Range<i64>> = selection.iter().chain(troubled).cloned().collect();
        avoid.sort_by_key(|range| (range.start, range.end));
        let before = outside(hour, &avoid);
        let length: i64 = before.iter().map(|range| range.end - range.start).sum();
        let baseline = if length >= BASELINE_MIN_NS {
            before
        } else {
            outside(data.clone(), &avoid)
        };
        Self {
            baseline,
            selection,
        }
    }

    /// A range against all other data. Both empty where they do not meet.
    pub fn against_the_rest(range: Range<i64>, data: &Range<i64>) -> Self {
        let selected = range.start.max(data.start)..range.end.min(data.end);
        if selected.end <= selected.start {
            return Self {
                baseline: Vec::new(),
                selection: Vec::new(),
            };
        }
        Self {
            baseline: outside(data.clone(), std::slice::from_ref(&selected)),
            selection: vec![selected],
        }
    }

    /// Length of the selection over the length of the baseline; 0 without a baseline.
    pub fn scale(&self) -> f64 {
        let [baseline, selection] = self.lengths_s();
        if baseline > 0.0 {
            selection / baseline
        } else {
            0.0
        }
    }

    /// Length of the baseline and of the selection, seconds.
    pub fn lengths_s(&self) -> [f64; 2] {
        [&self.baseline, &self.selection].map(|ranges| {
            let length_ns: i64 = ranges.iter().map(|range| range.end - range.start).sum();
            length_ns as f64 / NS_PER_S as f64
        })
    }
}

/// What is left of `whole` without the ranges of `avoid`, which are sorted by start.
fn outside(whole: Range<i64>, avoid: &[Range<i64>]) -> Vec<Range<i64>> {
    let mut left = Vec::new();
    let mut from = whole.start;
    for range in avoid {
        left.push(from..range.start.min(whole.end));
        from = from.max(range.end);
    }
    left.push(from..whole.end);
    left.retain(|range| range.end > range.start);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_is_the_hour_before_or_all_that_is_outside() {
        let minute = NS_PER_MIN;
        let data = 0..600 * minute;
        let selection = vec![120 * minute..130 * minute, 140 * minute..150 * minute];
        let found = Stretches::around(selection, &data, &[70 * minute..80 * minute]);
        assert_eq!(
            found.baseline,
            [60 * minute..70 * minute, 80 * minute..120 * minute]
        );
        assert!((found.scale() - 20.0 / 50.0).abs() < 1e-9);
        let early = Stretches::around(vec![minute..30 * minute], &data, &[]);
        assert_eq!(early.baseline, [0..minute, 30 * minute..600 * minute]);
    }

    #[test]
    fn the_rest_is_all_that_the_range_leaves() {
        let found = Stretches::against_the_rest(20..30, &(0..100));
        assert_eq!(
            (found.baseline, found.selection),
            (vec![0..20, 30..100], vec![20..30])
        );
        let ends = Stretches::against_the_rest(90..300, &(0..100));
        assert_eq!(
            (ends.baseline, ends.selection),
            (vec![0..90], vec![90..100])
        );
        let apart = Stretches::against_the_rest(200..300, &(0..100));
        assert!(apart.baseline.is_empty() && apart.selection.is_empty());
    }
}
