//! Latency histograms with exact integer bins: mergeable, nested, the same in any engine.
//!
//! The bin of `v` microseconds starts at `lo = v - v % w` with
//! `w = max(2^floor(log2 v) >> 5, 1)`: 32 bins per octave, at most 3.2 % wide.

/// Bits of resolution per octave.
pub const RESOLUTION: u32 = 5;

/// Lower edge, in microseconds, of the bin that holds `v` microseconds.
pub fn bin_of(v_us: u64) -> u64 {
    v_us - v_us % width_of(v_us)
}

/// Width, in microseconds, of the bin that holds `v` microseconds.
pub fn width_of(v_us: u64) -> u64 {
    match v_us {
        0 => 1,
        v => ((1u64 << v.ilog2()) >> RESOLUTION).max(1),
    }
}

/// How many bins there are below 2^63 microseconds, rounded up to a power of two.
pub const BINS: usize = 2048;

/// The number of the bin that holds `v` microseconds; below `BINS` up to 2^63. Bins are numbered
/// in the order of their edges.
#[inline]
pub fn bin_index(v_us: u64) -> usize {
    if v_us < 1 << (RESOLUTION + 1) {
        return v_us as usize;
    }
    let shift = v_us.ilog2() - RESOLUTION;
    ((shift << RESOLUTION) as usize) + (v_us >> shift) as usize
}

/// Lower edge, in microseconds, of a bin by its number.
fn edge_of(index: usize) -> u64 {
    if index < 1 << (RESOLUTION + 1) {
        return index as u64;
    }
    let shift = (index >> RESOLUTION) - 1;
    ((index - (shift << RESOLUTION)) as u64) << shift
}

/// Counts per latency bin, sorted by the bin's lower edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    bins: Vec<(u64, u64)>, // (lower edge in us, count)
}

impl Histogram {
    /// Counts latencies given as the lower edges of their bins, in any order.
    pub fn of_bins(mut edges_us: Vec<u64>) -> Self {
        edges_us.sort_unstable();
        let runs = edges_us.chunk_by(|a, b| a == b);
        Self {
            bins: runs.map(|run| (run[0], run.len() as u64)).collect(),
        }
    }

    /// Counts latencies given as the numbers of their bins, in any order. `counts` is room to
    /// count in, zero before and after.
    pub fn of_indices(indices: &[u16], counts: &mut [u32; BINS]) -> Self {
        let mut used = [0u64; BINS / 64];
        let mut different = 0;
        for index in indices {
            let count = &mut counts[usize::from(*index) % BINS];
            different += usize::from(*count == 0);
            *count += 1;
            used[usize::from(*index) % BINS / 64] |= 1 << (index % 64);
        }
        let mut bins = Vec::with_capacity(different);
        for (i, mut word) in used.into_iter().enumerate() {
            while word != 0 {
                let index = 64 * i + word.trailing_zeros() as usize;
                word &= word - 1;
                bins.push((edge_of(index), u64::from(counts[index])));
                counts[index] = 0;
            }
        }
        Self { bins }
    }

    /// Counts one latency.
    pub fn add(&mut self, v_us: u64) {
        self.add_bin(bin_of(v_us), 1);
    }

    /// Counts `n` latencies of the bin that starts at `edge_us`.
    pub fn add_bin(&mut self, edge_us: u64, n: u64) {
        match self.bins.binary_search_by_key(&edge_us, |bin| bin.0) {
            Ok(i) => self.bins[i].1 += n,
            Err(i) => self.bins.insert(i, (edge_us, n)),
        }
    }

    /// Adds all counts of another.
    pub fn merge(&mut self, other: &Self) {
        if self.bins.is_empty() {
            self.bins.clone_from(&other.bins);
            return;
        }
        for &(edge, n) in &other.bins {
            self.add_bin(edge, n);
        }
    }

    /// What is left of the counts without another's, never below 0.
    pub fn less(&self, other: &Self) -> Self {
        let taken = |edge: u64| match other.bins.binary_search_by_key(&edge, |bin| bin.0) {
            Ok(i) => other.bins[i].1,
            Err(_) => 0,
        };
        let left = self
            .bins
            .iter()
            .map(|&(edge, n)| (edge, n.saturating_sub(taken(edge))));
        Self {
            bins: left.filter(|(_, n)| *n > 0).collect(),
        }
    }

    /// The bins: lower edge in microseconds and count, ascending.
    pub fn bins(&self) -> &[(u64, u64)] {
        &self.bins
    }

    /// How many latencies.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|bin| bin.1).sum()
    }

    /// How many are in bins that start at or above `edge_us`.
    pub fn count_from(&self, edge_us: u64) -> u64 {
        let from = self.bins.partition_point(|bin| bin.0 < edge_us);
        self.bins[from..].iter().map(|bin| bin.1).sum()
    }

    /// Sum of all latencies taken at their bins' middle, microseconds.
    pub fn sum_us(&self) -> f64 {
        self.bins
            .iter()
            .map(|&(edge, n)| (edge as f64 + width_of(edge) as f64 / 2.0) * n as f64)
            .sum()
    }

    /// Lower edge of the bin that holds quantile `p` in `[0, 1]`, microseconds. `None` when empty.
    pub fn quantile_us(&self, p: f64) -> Option<u64> {
        let total = self.count();
        let rank = (p * total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        self.bins.iter().find_map(|&(edge, n)| {
            seen += n;
            (seen >= rank).then_some(edge)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bins_are_exact_up_to_63_and_3_percent_wide_above() {
        assert_eq!(bin_of(0), 0);
        assert_eq!(bin_of(63), 63);
        assert_eq!(bin_of(65), 64);
        assert_eq!(bin_of(1_000_000), 999_424);
    }

    #[test]
    fn quantiles_name_their_bin() {
        let mut histogram = Histogram::default();
        (1..=100u64).for_each(|v| histogram.add(v * 1000));
        assert_eq!(histogram.quantile_us(0.5), Some(bin_of(50_000)));
        assert_eq!(histogram.quantile_us(1.0), Some(bin_of(100_000)));
        assert_eq!(Histogram::default().quantile_us(0.5), None);
    }

    proptest! {
        #[test]
        fn a_bin_holds_its_value(v in 0u64..1 << 50) {
            prop_assert!(bin_of(v) <= v && v < bin_of(v) + width_of(v));
            prop_assert_eq!(bin_of(bin_of(v)), bin_of(v));
        }

        #[test]
        fn the_number_of_a_bin_is_that_of_its_edge(v in 0u64..1 << 62) {
            prop_assert!(bin_index(v) < BINS);
            prop_assert_eq!(edge_of(bin_index(v)), bin_of(v));
        }

        #[test]
        fn counting_by_number_is_counting_by_edge(values in prop::collection::vec(0u64..1 << 40, 0..300)) {
            let indices: Vec<u16> = values.iter().map(|v| bin_index(*v) as u16).collect();
            let mut counts = [0; BINS];
            let counted = Histogram::of_indices(&indices, &mut counts);
            prop_assert_eq!(counted, Histogram::of_bins(values.iter().map(|v| bin_of(*v)).collect()));
            prop_assert!(counts.iter().all(|count| *count == 0));
        }

        #[test]
        fn merging_is_adding(a in prop::collection::vec(0u64..1 << 40, 0..50), b in prop::collection::vec(0u64..1 << 40, 0..50)) {
            let fill = |xs: &[u64]| { let mut h = Histogram::default(); xs.iter().for_each(|&x| h.add(x)); h };
            let mut merged = fill(&a);
            merged.merge(&fill(&b));
            prop_assert_eq!(merged.less(&fill(&b)), fill(&a));
            prop_assert_eq!(merged, fill(&[a, b].concat()));
        }
    }
}
