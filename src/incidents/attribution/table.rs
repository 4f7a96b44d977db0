//! The leaves of an excess: where the dimensions that matter meet, with the values that matter.
//!
//! In: a subject and the single values that stand out. Out: leaves for the search, and what any
//! of their combinations adds up to, without another pass over the rows. Bounded: a few
//! dimensions, some tens of values each, the rest together as one value that is never named.

use super::rank::{Candidate, Subject};
use super::sets::{Leaves, Side, Sums, search};
use super::tier::{Tier, tier};
use crate::incidents::excess::{Measure, excess_of, fair, stands_out};
use crate::series::query::Split;
use crate::series::tally::{Cell, Element};

/// Dimensions that are combined at most.
const COLUMNS_MAX: usize = 6;
/// Values kept per dimension by excess, and as many by size.
const VALUES_MAX: usize = 24;
/// Cells at most; with more the least telling dimension is left out.
const CELLS_MAX: usize = 20_000;
/// A leaf of this many events is believed by half.
const TRUST_EVENTS: f64 = 4.0;

/// The leaves.
#[derive(Debug)]
pub struct Table<'a> {
    subject: Subject<'a>,
    /// Index of the column of each dimension.
    columns: Vec<usize>,
    cells: Vec<Cell>,
}

impl<'a> Table<'a> {
    /// `None` where no dimension has a value that stands out.
    pub fn new(subject: &Subject<'a>, singles: &[Candidate]) -> Option<Self> {
        let mut columns: Vec<usize> = Vec::new();
        for single in singles {
            let column = single.element[0].0;
            let dimension = subject.tally.columns[column].dimension;
            let counts = tier(dimension, subject.measure).is_some_and(|tier| tier != Tier::How);
            if counts && !columns.contains(&column) && columns.len() < COLUMNS_MAX {
                columns.push(column);
            }
        }
        while !columns.is_empty() {
            let kept: Vec<(usize, Vec<bool>)> = columns
                .iter()
                .map(|&column| (column, kept(subject, column)))
                .collect();
            if let Some(cells) = subject.tally.cells(&kept, CELLS_MAX) {
                return Some(Self {
                    subject: *subject,
                    columns,
                    cells,
                });
            }
            columns.pop();
        }
        None
    }

    /// The elements that the search finds, as columns and values.
    pub fn search(&self, depth_max: usize) -> Vec<Element> {
        let (leaves, codes) = self.leaves();
        let all = leaves.fair.iter().sum::<f64>().max(1.0);
        let eligible = |sums: &Sums| {
            let share = (sums.observed - sums.expected) / self.subject.above;
            let risk_ratio = (sums.observed + 1.0) / (sums.expected + 1.0);
            stands_out(share, risk_ratio, sums.fair / all)
        };
        let found = search(&leaves, Side::Above, depth_max, &eligible);
        let named = |(dimension, code): (usize, u32)| {
            (self.columns[dimension], codes[dimension][code as usize])
        };
        found
            .into_iter()
            .map(|one| one.values.into_iter().map(named).collect())
            .collect()
    }

    /// What the events add up to in which the values of an element meet. `None` where a value is
    /// not in the table.
    pub fn of(&self, element: &[(usize, u32)]) -> Option<Split> {
        let places = self.places(element)?;
        let mut sum = Split::default();
        let mut any = false;
        for cell in self.cells.iter().filter(|cell| is_in(cell, &places)) {
            sum.add(&cell.split);
            any = true;
        }
        any.then_some(sum)
    }

    /// An element with one more value of each other dimension, the value last, and what its
    /// events add up to; in order of dimension and value.
    pub fn extensions(&self, element: &[(usize, u32)]) -> Vec<(Element, Split)> {
        let Some(places) = self.places(element) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (dimension, column) in self.columns.iter().enumerate() {
            if places.iter().any(|(place, _)| *place == dimension) {
                continue;
            }
            let mut sums: std::collections::BTreeMap<u32, Split> = Default::default();
            for cell in self.cells.iter().filter(|cell| is_in(cell, &places)) {
                sums.entry(cell.values[dimension])
                    .or_default()
                    .add(&cell.split);
            }
            sums.remove(&0);
            let longer = sums
                .into_iter()
                .map(|(value, split)| ([element, &[(*column, value)]].concat(), split));
            found.extend(longer);
        }
        found
    }

    fn places(&self, element: &[(usize, u32)]) -> Option<Vec<(usize, u32)>> {
        let place = |(column, value): &(usize, u32)| {
            let at = self.columns.iter().position(|one| one == column)?;
            Some((at, *value))
        };
        element.iter().map(place).collect()
    }

    /// The leaves with values numbered densely, and each dimension's values by that number.
    fn leaves(&self) -> (Leaves, Vec<Vec<u32>>) {
        let whole = &self.subject.tally.whole;
        let mut leaves = Leaves {
            lumped: vec![Some(0); self.columns.len()],
            ..Leaves::default()
        };
        let mut codes: Vec<Vec<u32>> = Vec::new();
        for dimension in 0..self.columns.len() {
            let mut values: Vec<u32> = self
                .cells
                .iter()
                .map(|cell| cell.values[dimension])
                .collect();
            values.push(0);
            values.sort_unstable();
            values.dedup();
            let code = |cell: &Cell| {
                let at = values.binary_search(&cell.values[dimension]);
                at.expect("the values were taken from the cells") as u32
            };
            leaves.values.push(self.cells.iter().map(code).collect());
            leaves.sizes.push(values.len() as u32);
            codes.push(values);
        }
        for cell in &self.cells {
            let excess = excess_of(&cell.split, self.subject.measure, self.subject.scale, whole);
            let (observed, expected) =
                excess.map_or((0.0, 0.0), |one| (one.observed, one.expected));
            leaves.observed.push(observed);
            leaves.expected.push(expected);
            leaves
                .fair
                .push(fair(&cell.split, self.subject.measure) as f64);
            let events = match self.subject.measure {
                Measure::Seconds => cell.split.timed[1] as f64,
                Measure::Events | Measure::Failed | Measure::Errors => observed + expected,
            };
            leaves.trust.push(trust(events));
        }
        (leaves, codes)
    }
}

/// How far the deviation of so many events is believed: half at four, nine tenths at 324.
fn trust(events: f64) -> f64 {
    let root = events.sqrt();
    root / (root + TRUST_EVENTS.sqrt())
}

fn is_in(cell: &Cell, places: &[(usize, u32)]) -> bool {
    places.iter().all(|(at, value)| cell.values[*at] == *value)
}

/// The values of a column with the largest excess and the most events.
fn kept(subject: &Subject<'_>, column: usize) -> Vec<bool> {
    let splits = &subject.tally.columns[column].splits;
    let mut keep = vec![false; splits.len()];
    let mass = |split: &Split| split.events[0] as f64 * subject.scale + split.events[1] as f64;
    let excess = |split: &Split| subject.share(split);
    for size in [&excess as &dyn Fn(&Split) -> f64, &mass] {
        let mut order: Vec<(f64, usize)> = splits
            .iter()
            .enumerate()
            .skip(1)
            .map(|(v, split)| (size(split), v))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        order
            .iter()
            .take(VALUES_MAX)
            .for_each(|(_, v)| keep[*v] = true);
    }
    keep
}
