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

/// How many bins there are, rounded up to a power of two.
pub const BINS: usize = 2048;

/// The number of the bin that holds `v` microseconds, below `BINS`. Bins are numbered in the order
/// of their edges.
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

/// A count takes the lower bits of a bin, its number those above: bins sort by their edges.
const COUNT_BITS: u32 = 64 - BINS.ilog2();
/// The largest count of a bin: 9e15.
const COUNT_MAX: u64 = (1 << COUNT_BITS) - 1;
/// From so many histograms on their sum is counted bin by bin.
const MANY: usize = 4;

/// Counts per latency bin, sorted by the bin's lower edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Number and count of each bin that has one, in one word: half of what edges and counts take.
    bins: Vec<u64>,
}

/// A bin by its number.
fn bin(index: usize, n: u64) -> u64 {
    (index as u64) << COUNT_BITS | n.min(COUNT_MAX)
}

/// Adds `n` to the count of a bin.
fn raised(bin: u64, n: u64) -> u64 {
    bin + n.min(COUNT_MAX - (bin & COUNT_MAX))
}

impl Histogram {
    /// Counts latencies given as the lower edges of their bins, in any order.
    pub fn of_bins(mut edges_us: Vec<u64>) -> Self {
        edges_us.sort_unstable();
        let runs = edges_us.chunk_by(|a, b| a == b);
        Self {
            bins: runs
                .map(|run| bin(bin_index(run[0]), run.len() as u64))
                .collect(),
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
                bins.push(bin(index, u64::from(counts[index])));
                counts[index] = 0;
            }
        }
        Self { bins }
    }

    /// The counts of several together.
    pub fn sum<'a>(all: impl ExactSizeIterator<Item = &'a Self>) -> Self {
        if all.len() < MANY {
            let mut sum = Self::default();
            all.for_each(|one| sum.merge(one));
            return sum;
        }
        let mut counts = [0u64; BINS];
        for one in all {
            for bin in &one.bins {
                let count = &mut counts[(bin >> COUNT_BITS) as usize % BINS];
                *count = count.saturating_add(bin & COUNT_MAX);
            }
        }
        let counted = counts.iter().enumerate().filter(|(_, n)| **n > 0);
        Self {
            bins: counted.map(|(index, n)| bin(index, *n)).collect(),
        }
    }

    /// Counts one latency.
    pub fn add(&mut self, v_us: u64) {
        self.add_bin(v_us, 1);
    }

    /// Counts `n` latencies of the bin that holds `edge_us`.
    pub fn add_bin(&mut self, edge_us: u64, n: u64) {
        let index = bin_index(edge_us);
        let known = self
            .bins
            .binary_search_by_key(&(index as u64), |bin| bin >> COUNT_BITS);
        match known {
            Ok(i) => self.bins[i] = raised(self.bins[i], n),
            Err(i) => self.bins.insert(i, bin(index, n)),
        }
    }

    /// Adds all counts of another. Costs some ns a bin of both.
    pub fn merge(&mut self, other: &Self) {
        let mut fresh = other.len_without(self);
        let mut own = self.bins.len();
        self.bins.resize(own + fresh, 0);
        // From the last bin to the first: each is moved once, to where it stays.
        for &theirs in other.bins.iter().rev() {
            while own > 0 && self.bins[own - 1] >> COUNT_BITS > theirs >> COUNT_BITS {
                own -= 1;
                self.bins[own + fresh] = self.bins[own];
            }
            if own > 0 && self.bins[own - 1] >> COUNT_BITS == theirs >> COUNT_BITS {
                own -= 1;
                self.bins[own + fresh] = raised(self.bins[own], theirs & COUNT_MAX);
            } else {
                fresh -= 1;
                self.bins[own + fresh] = theirs;
            }
        }
    }

    /// How many of its bins another does not have.
    fn len_without(&self, other: &Self) -> usize {
        let mut rest = other.bins.iter().map(|bin| bin >> COUNT_BITS).peekable();
        let is_fresh = |bin: &&u64| {
            let index = **bin >> COUNT_BITS;
            while rest.next_if(|own| *own < index).is_some() {}
            rest.peek() != Some(&index)
        };
        self.bins.iter().filter(is_fresh).count()
    }

    /// What is left of the counts without another's, never below 0.
    pub fn less(&self, other: &Self) -> Self {
        let taken = |edge: u64| {
            let index = bin_index(edge) as u64;
            let found = other
                .bins
                .binary_search_by_key(&index, |bin| bin >> COUNT_BITS);
            found.map_or(0, |i| other.bins[i] & COUNT_MAX)
        };
        let left = self
            .bins()
            .map(|(edge, n)| (edge, n.saturating_sub(taken(edge))));
        let left = left.filter(|(_, n)| *n > 0);
        Self {
            bins: left.map(|(edge, n)| bin(bin_index(edge), n)).collect(),
        }
    }

    /// The bins: lower edge in microseconds and count, ascending.
    pub fn bins(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> {
        let bins = self.bins.iter();
        bins.map(|bin| (edge_of((bin >> COUNT_BITS) as usize), bin & COUNT_MAX))
    }

    /// Bytes of memory its bins take.
    pub fn bytes(&self) -> usize {
        self.bins.len() * size_of::<u64>()
    }

    /// True without a latency.
    pub fn is_empty(&self) -> bool {
        self.bins.is_empty()
    }

    /// How many latencies.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|bin| bin & COUNT_MAX).sum()
    }

    /// How many are in bins that start at or above `edge_us`.
    pub fn count_from(&self, edge_us: u64) -> u64 {
        let is_below = |bin: &u64| edge_of((bin >> COUNT_BITS) as usize) < edge_us;
        let above = &self.bins[self.bins.partition_point(is_below)..];
        above.iter().map(|bin| bin & COUNT_MAX).sum()
    }

    /// Sum of all latencies taken at their bins' middle, microseconds.
    pub fn sum_us(&self) -> f64 {
        self.bins()
            .map(|(edge, n)| (edge as f64 + width_of(edge) as f64 / 2.0) * n as f64)
            .sum()
    }

    /// Lower edge of the bin that holds quantile `p` in `[0, 1]`, microseconds. `None` when empty.
    pub fn quantile_us(&self, p: f64) -> Option<u64> {
        let total = self.count();
        let rank = (p * total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        self.bins().find_map(|(edge, n)| {
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

    #[test]
    fn a_count_beyond_all_bounds_stays_in_its_bin() {
        let mut histogram = Histogram::default();
        histogram.add_bin(64, u64::MAX);
        histogram.add_bin(64, 1);
        histogram.add(u64::MAX);
        let bins: Vec<(u64, u64)> = histogram.bins().collect();
        assert_eq!(bins, [(64, COUNT_MAX), (bin_of(u64::MAX), 1)]);
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
            prop_assert_eq!(&merged, &fill(&[a.as_slice(), &b].concat()));
            let parts: Vec<Histogram> = a.chunks(7).chain([&b[..]]).map(fill).collect();
            prop_assert_eq!(Histogram::sum(parts.iter()), merged);
        }
    }
}
