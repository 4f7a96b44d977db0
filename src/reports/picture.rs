//! A small picture of the whole range: one row of bars per signal over one axis of local time.
//!
//! In: series, their grid, marks with instants. Out: lines of a given width. No data is a blank,
//! zero is the lowest bar, so that silence and calm look different.

use std::ops::Range;

use super::layout::column;
use super::words::amount;
use crate::clock::{NS_PER_MIN, NS_PER_S, Zone};
use crate::series::pooled::worst_share;
use crate::series::{Family, Series, Values};

/// Cells for the rows' names.
pub const NAME_WIDTH: usize = 20;
/// Cells for the peaks behind them.
const PEAK_WIDTH: usize = 10;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The highest bar of a share stands for at least this: 0.2 % of errors is no wall of bars.
const SHARE_TOP_MIN: f64 = 0.01;
/// Distances between two ticks of the axis, minutes.
const TICKS_MIN: [i64; 17] = [
    1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 43_200,
];
/// Cells from one tick to the next, at least.
const TICK_CELLS: i64 = 9;

/// The range and the cells that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    from_ns: i64,
    to_ns: i64,
    cells: usize,
    zone: Zone,
}

impl Canvas {
    /// A canvas for `[from_ns, to_ns)` on lines of `width` cells. A range shorter than a second
    /// is drawn as one second.
    pub fn new(from_ns: i64, to_ns: i64, width: usize, zone: Zone) -> Self {
        let cells = width.saturating_sub(NAME_WIDTH + PEAK_WIDTH + 4).max(4);
        Self {
            from_ns,
            to_ns: to_ns.max(from_ns.saturating_add(NS_PER_S)),
            cells,
            zone,
        }
    }

    /// The clock times above the rows.
    pub fn axis(&self) -> String {
        let span_ns = self.to_ns.saturating_sub(self.from_ns);
        let step_ns = TICKS_MIN.iter().map(|minutes| minutes * NS_PER_MIN);
        let fits = |step_ns: &i64| {
            i128::from(*step_ns) * self.cells as i128
                >= i128::from(span_ns) * i128::from(TICK_CELLS)
        };
        let step_ns = step_ns.clone().find(fits).unwrap_or(span_ns);
        let east_ns = i64::from(self.zone.seconds_east(self.from_ns)) * NS_PER_S;
        let cells = self.cells + PEAK_WIDTH; // the last label may reach over the peaks
        let mut line = vec![' '; cells];
        let mut tick_ns = (self.from_ns.saturating_add(east_ns).div_euclid(step_ns) * step_ns)
            .saturating_sub(east_ns);
        while tick_ns < self.to_ns {
            let label = self.tick(tick_ns, step_ns);
            let at = self.cell(tick_ns);
            if tick_ns >= self.from_ns && at + label.len() <= cells {
                line.splice(at..at + label.len(), label.chars());
            }
            tick_ns = tick_ns.saturating_add(step_ns.max(1));
        }
        format!(
            "  {} {}",
            column("", NAME_WIDTH),
            line.into_iter().collect::<String>()
        )
        .trim_end()
        .to_owned()
    }

    fn tick(&self, ns: i64, step_ns: i64) -> String {
        let format = if step_ns < 1440 * NS_PER_MIN {
            "%H:%M"
        } else {
            "%-d %b"
        };
        self.zone.local(ns).format(format).to_string()
    }

    /// One signal: its name, a bar per cell, its peak.
    ///
    /// A cell shows the mean of its buckets for traffic, where a dip matters, the worst share
    /// that enough events tell, and the highest value for all else, where a spike must not drown.
    /// Inside `gaps`, ns UTC, nothing is known.
    pub fn signal(&self, name: &str, series: &Series, gaps: &[(i64, i64)]) -> String {
        let cells: Vec<f64> = (0..self.cells)
            .map(|cell| self.value(series, cell, gaps))
            .collect();
        let peak = cells
            .iter()
            .copied()
            .filter(|x| x.is_finite())
            .fold(f64::NAN, f64::max);
        let top = match series.signal.unit.as_str() {
            "share" => peak.max(SHARE_TOP_MIN),
            _ => peak,
        };
        let bars: String = cells.iter().map(|&x| bar(x, top)).collect();
        // The row's name says what is counted.
        let unit = match series.signal.unit.as_str() {
            unit @ ("share" | "s") => unit,
            unit if unit.starts_with("1/") => unit,
            _ => "",
        };
        self.row(name, &bars, &amount(peak, unit))
    }

    /// Stretches: `┣━━┫`, or `┃` where one is as short as a cell.
    pub fn stretches(&self, name: &str, stretches: &[(i64, i64)]) -> String {
        let mut line = vec![' '; self.cells];
        for &(from_ns, to_ns) in stretches {
            let (first, last) = (
                self.cell(from_ns),
                self.cell(to_ns.saturating_sub(1).max(from_ns)),
            );
            line[first..=last].fill('━');
            match first == last {
                true => line[first] = '┃',
                false => (line[first], line[last]) = ('┣', '┫'),
            }
        }
        self.row(name, &line.into_iter().collect::<String>(), "")
    }

    /// Letters at instants; `*` where several different ones share a cell.
    pub fn marks(&self, name: &str, marks: &[(i64, char)]) -> String {
        let mut line = vec![' '; self.cells];
        for &(ns, letter) in marks
            .iter()
            .filter(|mark| (self.from_ns..=self.to_ns).contains(&mark.0))
        {
            let cell = &mut line[self.cell(ns)];
            *cell = if [' ', letter].contains(cell) {
                letter
            } else {
                '*'
            };
        }
        self.row(name, &line.into_iter().collect::<String>(), "")
    }

    fn row(&self, name: &str, cells: &str, peak: &str) -> String {
        format!(
            "  {} {cells} {}",
            column(name, NAME_WIDTH),
            column(peak, PEAK_WIDTH)
        )
        .trim_end()
        .to_owned()
    }

    fn cell(&self, ns: i64) -> usize {
        let (into, span) = (
            i128::from(ns) - i128::from(self.from_ns),
            i128::from(self.to_ns) - i128::from(self.from_ns),
        );
        (into * self.cells as i128 / span).clamp(0, self.cells as i128 - 1) as usize
    }

    fn value(&self, series: &Series, cell: usize, gaps: &[(i64, i64)]) -> f64 {
        let buckets = self.buckets(series, cell);
        let is_dark = |i: &usize| {
            let (from_ns, to_ns) = (series.grid.time(*i), series.grid.time(i + 1));
            gaps.iter().any(|gap| gap.0 <= from_ns && to_ns <= gap.1)
        };
        if let Values::Ratio { k, n } = &series.values {
            let slice = |counts: &[u64]| counts.get(buckets.clone()).unwrap_or(&[]).to_vec();
            return worst_share(&slice(k), &slice(n));
        }
        let values = buckets
            .filter(|i| !is_dark(i))
            .filter_map(|i| value(series, i))
            .filter(|x| x.is_finite());
        match series.family {
            Family::Traffic => {
                let (sum, n) = values.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
                sum / n
            }
            _ => values.fold(f64::NAN, f64::max),
        }
    }

    /// The buckets that start in a cell, or the one that spans it, within what the source covers.
    fn buckets(&self, series: &Series, cell: usize) -> Range<usize> {
        let grid = &series.grid;
        let edge = |cell: usize| {
            let span = i128::from(self.to_ns) - i128::from(self.from_ns);
            let ns = i128::from(self.from_ns) - i128::from(grid.start_ns)
                + span * cell as i128 / self.cells as i128;
            ns.div_euclid(i128::from(grid.width.ns()))
                .clamp(0, grid.n as i128) as usize
        };
        let (from, to) = (edge(cell), edge(cell + 1));
        from.max(series.covered.start)..to.max(from + 1).min(series.covered.end).min(grid.n)
    }
}

/// The value of a bucket in the signal's unit; `None` where nothing is known.
pub fn value(series: &Series, i: usize) -> Option<f64> {
    match &series.values {
        Values::Count(counts) => counts.get(i).map(|&count| count as f64 * per_count(series)),
        Values::Ratio { k, n } => n
            .get(i)
            .filter(|&&n| n > 0)
            .map(|&n| k[i] as f64 / n as f64),
        Values::Gauge(levels) => levels.get(i).copied(),
        Values::Latency(bins) => bins.get(i)?.quantile_us(0.99).map(|us| us as f64 / 1e6),
    }
}

/// What one event of a bucket adds to a rate in the signal's unit; 1 where it is a plain count.
fn per_count(series: &Series) -> f64 {
    match series.signal.unit.as_str() {
        "1/s" => 1.0 / series.grid.width.as_s(),
        "1/min" => 60.0 / series.grid.width.as_s(),
        _ => 1.0,
    }
}

fn bar(x: f64, top: f64) -> char {
    match x {
        x if x.is_nan() => ' ',
        x if x <= 0.0 || top <= 0.0 => BARS[0],
        x => BARS[1 + ((x / top * 6.0).round() as usize).min(6)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{BucketWidth, Grid, Role, Signal};
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    fn series(family: Family, values: Values, covered: Range<usize>) -> Series {
        let (source, name, unit) = ("a.log".into(), "x".into(), "1/s".into());
        let signal = Signal {
            source,
            name,
            role: Role::UserFacing,
            entity: None,
            unit,
        };
        let width = BucketWidth::seconds(10).unwrap();
        let grid = Grid {
            start_ns: 0,
            width,
            n: 8,
        };
        Series {
            signal,
            family,
            grid,
            values,
            covered,
            limit: None,
        }
    }

    /// A canvas of 8 cells for 80 s.
    fn canvas() -> Canvas {
        Canvas::new(0, 80 * NS_PER_S, NAME_WIDTH + PEAK_WIDTH + 4 + 8, Zone::UTC)
    }

    #[test]
    fn silence_is_blank_and_zero_is_the_lowest_bar() {
        let counts = Values::Count(vec![0, 0, 10, 70, 40, 0, 0, 0]);
        let requests = series(Family::Traffic, counts, 1..6);
        let line = canvas().signal("requests", &requests, &[]);
        assert_eq!(line, "  requests              ▁▃█▅▁   7/s");
        let gap = (50 * NS_PER_S, 60 * NS_PER_S);
        let line = canvas().signal("requests", &requests, &[gap]);
        assert_eq!(line, "  requests              ▁▃█▅    7/s");
    }

    #[test]
    fn a_series_without_values_has_no_peak() {
        let line = canvas().signal(
            "level",
            &series(Family::Gauge, Values::Gauge(vec![f64::NAN; 8]), 0..8),
            &[],
        );
        assert_eq!(line, "  level                         n/a");
    }

    #[test]
    fn windows_and_letters_stand_where_they_happened() {
        let ns = |s: i64| s * NS_PER_S;
        assert_eq!(
            canvas()
                .stretches("w", &[(ns(10), ns(40)), (ns(60), ns(65))])
                .trim(),
            "w                     ┣━┫  ┃"
        );
        assert_eq!(
            canvas()
                .marks(
                    "p",
                    &[(ns(10), 'S'), (ns(11), 'D'), (ns(70), 'R'), (ns(99), 'V')]
                )
                .trim(),
            "p                     *     R"
        );
    }

    #[test]
    fn the_axis_is_local() {
        let hours = 3600 * NS_PER_S;
        let axis = Canvas::new(0, 2 * hours, 80, Zone::Fixed(1800)).axis();
        assert_eq!(axis.trim(), "00:30      01:00       01:30      02:00");
    }

    proptest! {
        #[test]
        fn every_row_fits(from: i64, to: i64, marks: Vec<(i64, char)>, width in 40usize..120, levels in prop::collection::vec(any::<f64>(), 8)) {
            let canvas = Canvas::new(from, to, width, Zone::UTC);
            let pairs: Vec<(i64, i64)> = marks.iter().map(|mark| (mark.0, mark.0.saturating_add(5))).collect();
            let letters: Vec<(i64, char)> = marks.iter().map(|mark| (mark.0, 'S')).collect();
            let signal = canvas.signal("a very long name of a signal", &series(Family::Gauge, Values::Gauge(levels), 0..8), &[]);
            for line in [signal, canvas.stretches("x", &pairs), canvas.marks("x", &letters)] {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
