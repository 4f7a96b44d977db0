//! A dot plot on a logarithmic axis: where the lengths of many incidents lie.
//!
//! In: lengths in seconds. Out: lines of cells. One dot is one incident, or up to so many as it
//! says; what is not over is an arrow where it was last seen. Lengths of 0 and less have no place on
//! such an axis and are counted beside it.

use crate::analysis::review::statistics::Statistics;
use crate::stats::median::Median;

/// Dots above each other in a text, at most.
pub(super) const STACK_MAX: usize = 5;
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

/// Lengths in cells of a logarithmic axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Dots {
    /// Where lengths lie.
    pub axis: Axis,
    /// Known lengths in each cell.
    pub known: Vec<usize>,
    /// In each cell those that last at least so long.
    pub cut_off: Vec<usize>,
    /// The cells of the median and its interval.
    pub median: Option<Bracket>,
    /// A dot is up to so many incidents.
    pub per_dot: usize,
    /// Lengths that have no place.
    pub off: usize,
}

/// A median with its interval, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bracket {
    /// Lower end.
    pub lo: usize,
    /// The median itself.
    pub middle: usize,
    /// Upper end.
    pub hi: usize,
}

/// A tick with a label that has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// Its cell.
    pub cell: usize,
    /// Where its label begins.
    pub start: usize,
    /// Its label.
    pub words: &'static str,
}

impl Dots {
    /// The plot of a metric: its known values, what was cut off, its median. `None` where no value
    /// has a place.
    pub fn of_metric(one: &Statistics, cells: usize, stack: usize) -> Option<Self> {
        let cut_off = one.sample.cut_off.iter().map(|value| value.seconds);
        let cut_off: Vec<f64> = cut_off.collect();
        Self::of(&one.sample.seconds(), &cut_off, one.median, cells, stack)
    }

    /// Places lengths in seconds in `cells` columns, dots at most `stack` high. `None` where
    /// nothing has a place.
    pub fn of(
        known: &[f64],
        cut_off: &[f64],
        median: Option<Median>,
        cells: usize,
        stack: usize,
    ) -> Option<Self> {
        let placed = |values: &[f64]| -> Vec<f64> {
            let has_place = |x: &f64| *x > 0.0 && x.is_finite();
            values.iter().copied().filter(has_place).collect()
        };
        let (dots, arrows) = (placed(known), placed(cut_off));
        let axis = Axis::of(dots.iter().chain(&arrows).copied(), cells)?;
        let counts = axis.counts(&dots);
        let most = counts.iter().copied().max().unwrap_or(0);
        Some(Self {
            cut_off: axis.counts(&arrows),
            median: median
                .filter(|one| one.lo > 0.0)
                .map(|one| axis.bracket(one)),
            per_dot: most.div_ceil(stack.max(1)).max(1),
            off: known.len() + cut_off.len() - dots.len() - arrows.len(),
            known: counts,
            axis,
        })
    }

    /// Dots above each other in a cell.
    pub fn height(&self, cell: usize) -> usize {
        self.known.get(cell).map_or(0, |n| n.div_ceil(self.per_dot))
    }

    /// Rows of dots.
    pub fn levels(&self) -> usize {
        (0..self.known.len())
            .map(|cell| self.height(cell))
            .max()
            .unwrap_or(0)
    }

    /// Name and cells of each row as text, top down: dots, arrows, the median, ticks, their
    /// labels.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        let cells = || 0..self.known.len();
        for level in (0..self.levels()).rev() {
            let dot = |cell| {
                if self.height(cell) > level {
                    '•'
                } else {
                    ' '
                }
            };
            let name = if level == 0 { "known" } else { "" };
            rows.push((name, cells().map(dot).collect()));
        }
        if self.cut_off.iter().any(|n| *n > 0) {
            let arrow = |n: &usize| if *n > 0 { '>' } else { ' ' };
            rows.push(("at least", self.cut_off.iter().map(arrow).collect()));
        }
        if let Some(bracket) = self.median {
            let cell = |i| bracket.letter(i).unwrap_or(' ');
            rows.push(("median, CI", cells().map(cell).collect()));
        }
        rows.push(("", self.axis.line()));
        rows.push(("", self.axis.labels()));
        rows
    }
}

impl Bracket {
    /// `[--|---]`, cell by cell.
    pub fn letter(self, cell: usize) -> Option<char> {
        Some(match cell {
            i if i == self.middle => '|',
            i if i == self.lo => '[',
            i if i == self.hi => ']',
            i if self.lo < i && i < self.hi => '-',
            _ => return None,
        })
    }
}

/// A logarithmic axis of lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
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

    /// The cell of a length in seconds. `None` for lengths that have no place: 0, less, NaN.
    pub fn place(&self, seconds: f64) -> Option<usize> {
        (seconds > 0.0 && seconds.is_finite()).then(|| self.cell(seconds))
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

    fn bracket(&self, median: Median) -> Bracket {
        let [lo, middle, hi] = [median.lo, median.median, median.hi].map(|x| self.cell(x));
        Bracket { lo, middle, hi }
    }

    /// Ticks with a label that has room. The last label may end at the edge instead of beginning
    /// at its tick.
    pub fn ticks(&self) -> Vec<Tick> {
        let inside = |seconds: &f64| (self.from..=self.to).contains(seconds);
        let mut ticks: Vec<Tick> = Vec::new();
        for (seconds, words) in TICKS.into_iter().filter(|(seconds, _)| inside(seconds)) {
            let cell = self.cell(seconds);
            let Some(latest) = self.cells.checked_sub(words.len()) else {
                continue;
            };
            let start = cell.min(latest);
            let after = |last: &Tick| last.start + last.words.len() + LABEL_GAP;
            if ticks.last().is_none_or(|last| start >= after(last)) {
                ticks.push(Tick { cell, start, words });
            }
        }
        ticks
    }

    fn line(&self) -> String {
        let mut line = vec!['─'; self.cells];
        for tick in self.ticks() {
            line[tick.cell] = '┬';
        }
        line.into_iter().collect()
    }

    fn labels(&self) -> String {
        let mut labels = String::new();
        for tick in self.ticks() {
            labels.push_str(&" ".repeat(tick.start.saturating_sub(labels.len())));
            labels.push_str(tick.words);
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plot(known: &[f64], cut_off: &[f64]) -> String {
        let plot = Dots::of(known, cut_off, None, 40, STACK_MAX).expect("values above zero");
        let rows = plot.rows();
        let rows = rows.iter();
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
        let dots = |known: &[f64]| Dots::of(known, &[], None, 40, STACK_MAX);
        assert_eq!(dots(&[0.0, -5.0]), None);
        assert_eq!(dots(&[]), None);
        assert_eq!(dots(&[0.0, 5.0]).map(|one| one.off), Some(1));
    }

    proptest! {
        #[test]
        fn every_length_has_a_dot_and_no_row_is_too_long(
            known in prop::collection::vec(1e-6f64..1e12, 1..80), cells in 2usize..90,
        ) {
            let plot = Dots::of(&known, &[], None, cells, STACK_MAX).expect("values above zero");
            let rows = plot.rows();
            prop_assert!(rows.iter().all(|(_, row)| row.chars().count() <= cells));
            let drawn: usize = rows.iter().map(|(_, row)| row.matches('•').count()).sum();
            prop_assert!(drawn * plot.per_dot >= known.len());
        }
    }
}
