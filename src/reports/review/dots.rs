//! A dot plot on a logarithmic axis: where the lengths of many incidents lie.
//!
//! In: lengths in seconds. Out: lines of cells. One dot is one incident, or up to so many as it
//! says; what is not over is an arrow where it was last seen. Lengths of 0 and less have no place on
//! such an axis and are counted beside it.

use crate::stats::median::Median;

/// Dots above each other, at most.
const STACK_MAX: usize = 5;
/// Cells from one tick's label to the next, at least.
const LABEL_GAP: usize = 2;
/// Ticks of the axis: seconds and their words.
const TICKS: [(f64, &str); 19] = [
    (1e-3, "1 ms"),
    (0.01, "10 ms"),
    (0.1, "100 ms"),
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (300.0, "5 min"),
    (600.0, "10 min"),
    (1_800.0, "30 min"),
    (3_600.0, "1 h"),
    (7_200.0, "2 h"),
    (21_600.0, "6 h"),
    (43_200.0, "12 h"),
    (86_400.0, "1 d"),
    (259_200.0, "3 d"),
    (604_800.0, "7 d"),
    (2_592_000.0, "30 d"),
    (31_536_000.0, "1 y"),
    (315_360_000.0, "10 y"),
];

/// The plot, each row with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dots {
    /// Name and cells, top down: dots, arrows, the median, ticks, their labels.
    pub rows: Vec<(&'static str, String)>,
    /// A dot is up to so many incidents.
    pub per_dot: usize,
    /// Lengths that have no place.
    pub off: usize,
}

/// Plots lengths into `cells` columns. `None` where nothing has a place.
pub(super) fn dots(
    known: &[f64],
    cut_off: &[f64],
    median: Option<Median>,
    cells: usize,
) -> Option<Dots> {
    let placed = |values: &[f64]| -> Vec<f64> {
        values
            .iter()
            .copied()
            .filter(|x| *x > 0.0 && x.is_finite())
            .collect()
    };
    let (dots, arrows) = (placed(known), placed(cut_off));
    let axis = Axis::of(dots.iter().chain(&arrows).copied(), cells)?;
    let counts = axis.counts(&dots);
    let most = counts.iter().copied().max().unwrap_or(0);
    let per_dot = most.div_ceil(STACK_MAX).max(1);
    let mut rows = Vec::new();
    for level in (0..most.div_ceil(per_dot)).rev() {
        let dot = |count: &usize| {
            if count.div_ceil(per_dot) > level {
                '•'
            } else {
                ' '
            }
        };
        let name = if level == 0 { "known" } else { "" };
        rows.push((name, counts.iter().map(dot).collect()));
    }
    if !arrows.is_empty() {
        let arrow = |count: &usize| if *count > 0 { '>' } else { ' ' };
        rows.push(("at least", axis.counts(&arrows).iter().map(arrow).collect()));
    }
    if let Some(median) = median.filter(|median| median.lo > 0.0) {
        rows.push(("median, CI", axis.bracket(median)));
    }
    rows.push(("", axis.line()));
    rows.push(("", axis.labels()));
    Some(Dots {
        rows,
        per_dot,
        off: known.len() + cut_off.len() - dots.len() - arrows.len(),
    })
}

struct Axis {
    cells: usize,
    from: f64,
    to: f64,
}

impl Axis {
    /// From the last tick before the values to the first behind them. `None` without values.
    fn of(values: impl Iterator<Item = f64>, cells: usize) -> Option<Self> {
        let (mut least, mut most) = (f64::INFINITY, 0.0f64);
        for x in values {
            (least, most) = (least.min(x), most.max(x));
        }
        if least > most || cells < 2 {
            return None;
        }
        let ticks = TICKS.map(|(seconds, _)| seconds);
        let before = ticks.iter().rev().find(|tick| **tick <= least);
        let behind = ticks.iter().find(|tick| **tick > most);
        Some(Self {
            cells,
            from: before.copied().unwrap_or(least),
            to: behind.copied().unwrap_or(most * 1.1),
        })
    }

    fn cell(&self, x: f64) -> usize {
        let part = (x / self.from).ln() / (self.to / self.from).ln();
        let cell = (part * (self.cells - 1) as f64).round().max(0.0);
        (cell as usize).min(self.cells - 1)
    }

    fn counts(&self, values: &[f64]) -> Vec<usize> {
        let mut counts = vec![0; self.cells];
        for &x in values {
            counts[self.cell(x)] += 1;
        }
        counts
    }

    /// `[--|---]`
    fn bracket(&self, median: Median) -> String {
        let [lo, middle, hi] = [median.lo, median.median, median.hi].map(|x| self.cell(x));
        let cell = |i: usize| match i {
            i if i == middle => '|',
            i if i == lo => '[',
            i if i == hi => ']',
            i if lo < i && i < hi => '-',
            _ => ' ',
        };
        (0..self.cells).map(cell).collect()
    }

    /// Ticks with a label that has room: their cell, where the label begins, the label. The last
    /// label may end at the edge instead of beginning at its tick.
    fn ticks(&self) -> Vec<(usize, usize, &'static str)> {
        let inside = |seconds: &f64| (self.from..=self.to).contains(seconds);
        let mut ticks: Vec<(usize, usize, &'static str)> = Vec::new();
        for (seconds, words) in TICKS.into_iter().filter(|(seconds, _)| inside(seconds)) {
            let cell = self.cell(seconds);
            let Some(latest) = self.cells.checked_sub(words.len()) else {
                continue;
            };
            let start = cell.min(latest);
            let after = |(_, start, words): &(usize, usize, &str)| start + words.len() + LABEL_GAP;
            if ticks.last().is_none_or(|last| start >= after(last)) {
                ticks.push((cell, start, words));
            }
        }
        ticks
    }

    fn line(&self) -> String {
        let mut line = vec!['─'; self.cells];
        for (cell, ..) in self.ticks() {
            line[cell] = '┬';
        }
        line.into_iter().collect()
    }

    fn labels(&self) -> String {
        let mut labels = String::new();
        for (_, start, words) in self.ticks() {
            labels.push_str(&" ".repeat(start.saturating_sub(labels.len())));
            labels.push_str(words);
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plot(known: &[f64], cut_off: &[f64]) -> String {
        let plot = dots(known, cut_off, None, 40).expect("values above zero");
        let rows = plot.rows.iter();
        let rows = rows.map(|(name, cells)| format!("{name:>8} {}", cells.trim_end()));
        rows.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn dots_lie_on_a_logarithmic_axis_and_stack() {
        let found = plot(&[60.0, 600.0, 600.0, 6_000.0], &[1_800.0]);
        let expected = [
            "                            •",
            "   known •                  •                  •",
            "at least                             >",
            "         ┬────────────┬──────────────┬──────────┬",
            "         1 min        5 min          30 min   2 h",
        ];
        assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn without_a_length_above_zero_there_is_no_plot() {
        assert_eq!(dots(&[0.0, -5.0], &[], None, 40), None);
        assert_eq!(dots(&[], &[], None, 40), None);
        assert_eq!(dots(&[0.0, 5.0], &[], None, 40).map(|one| one.off), Some(1));
    }

    proptest! {
        #[test]
        fn every_length_has_a_dot_and_no_row_is_too_long(
            known in prop::collection::vec(1e-6f64..1e12, 1..80), cells in 2usize..90,
        ) {
            let plot = dots(&known, &[], None, cells).expect("values above zero");
            prop_assert!(plot.rows.iter().all(|(_, row)| row.chars().count() <= cells));
            let drawn: usize = plot.rows.iter().map(|(_, row)| row.matches('•').count()).sum();
            prop_assert!(drawn * plot.per_dot >= known.len());
        }
    }
}
