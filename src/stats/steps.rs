//! A sequence of levels split where it steps: binary segmentation by least squares.

use std::ops::Range;

/// A split must explain this share of the variance of what it splits...
const EXPLAINED_MIN: f64 = 0.1;
/// ... and beat the noise left by this many times its variance: the best of many places to
/// split pure noise reaches about twice the logarithm of their number.
const GAIN_MIN: f64 = 20.0;

/// The stretches of about one level of `values` with their means; NaN values are skipped.
/// A step is believed where both sides are at least `least` long, then put where it fits
/// best, which near an end may be closer. Scott & Knott 1974 (binary segmentation). Empty
/// for no values; quadratic only in the number of steps.
pub fn levels(values: &[f64], least: usize) -> Vec<(Range<usize>, f64)> {
    let mut found: Vec<Range<usize>> = Vec::new();
    split(values, 0..values.len(), least.max(1), &mut found);
    for i in 1..found.len() {
        let both = found[i - 1].start..found[i].end;
        if let Some(at) = best(values, &both, 1) {
            (found[i - 1].end, found[i].start) = (at, at);
        }
    }
    let level = |range: Range<usize>| (range.clone(), mean(&values[range]));
    found.into_iter().map(level).collect()
}

fn split(values: &[f64], range: Range<usize>, least: usize, found: &mut Vec<Range<usize>>) {
    if range.is_empty() {
        return;
    }
    match best(values, &range, least) {
        Some(at) => {
            split(values, range.start..at, least, found);
            split(values, at..range.end, least, found);
        }
        None => found.push(range),
    }
}

/// Where splitting helps most, if it helps enough.
fn best(values: &[f64], range: &Range<usize>, least: usize) -> Option<usize> {
    let all = Sums::of(&values[range.clone()]);
    let (mut left, mut best) = (Sums::default(), None::<(f64, usize)>);
    for at in range.start + 1..range.end {
        left.add(values[at - 1]);
        let right = all.less(&left);
        if at - range.start < least || range.end - at < least {
            continue;
        }
        let rest = left.error() + right.error();
        if best.is_none_or(|(least_rest, _)| rest < least_rest) {
            best = Some((rest, at));
        }
    }
    let (rest, at) = best?;
    let gain = all.error() - rest;
    let noise = rest / (all.n - 2.0).max(1.0);
    // Levels without any noise differ by rounding only.
    let matters = gain > 1e-12 && gain >= EXPLAINED_MIN * all.error();
    (matters && gain >= GAIN_MIN * noise).then_some(at)
}

fn mean(values: &[f64]) -> f64 {
    let sums = Sums::of(values);
    if sums.n > 0.0 {
        sums.x / sums.n
    } else {
        f64::NAN
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: f64,
    x: f64,
    xx: f64,
}

impl Sums {
    fn of(values: &[f64]) -> Self {
        let mut sums = Self::default();
        values.iter().for_each(|value| sums.add(*value));
        sums
    }

    fn add(&mut self, value: f64) {
        if value.is_finite() {
            self.n += 1.0;
            self.x += value;
            self.xx += value * value;
        }
    }

    fn less(&self, other: &Self) -> Self {
        Self {
            n: self.n - other.n,
            x: self.x - other.x,
            xx: self.xx - other.xx,
        }
    }

    /// Sum of squared distances from the mean.
    fn error(&self) -> f64 {
        if self.n > 0.0 {
            (self.xx - self.x * self.x / self.n).max(0.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Noise in `[-amplitude, amplitude]` that repeats only after a long time.
    fn noise(i: usize, amplitude: f64) -> f64 {
        let x = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        (x as f64 / (1u64 << 24) as f64 * 2.0 - 1.0) * amplitude
    }

    fn check(level: impl Fn(usize) -> f64, n: usize, amplitude: f64, expected: &[usize]) {
        let values: Vec<f64> = (0..n).map(|i| level(i) + noise(i, amplitude)).collect();
        let ends: Vec<usize> = levels(&values, 5)
            .iter()
            .map(|(range, _)| range.end)
            .collect();
        assert_eq!(ends.len(), expected.len(), "{ends:?}");
        assert!(
            ends.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 2),
            "{ends:?}"
        );
    }

    #[test]
    fn steps_are_found_where_they_are() {
        check(|i| if i < 840 { 0.5 } else { 0.29 }, 890, 0.13, &[840, 890]);
        check(
            |i| {
                if i < 60 {
                    0.5
                } else if i < 100 {
                    0.28
                } else {
                    0.0
                }
            },
            130,
            0.0,
            &[60, 100, 130],
        );
        check(|i| if i < 38 { 0.5 } else { 0.0 }, 40, 0.0, &[38, 40]);
    }

    #[test]
    fn noise_alone_has_no_step() {
        for n in [6, 30, 200, 2000] {
            check(|_| 0.4, n, 0.1, &[n]);
        }
        assert!(levels(&[], 5).is_empty());
    }

    proptest! {
        #[test]
        fn the_stretches_cover_all_values_in_order(values in prop::collection::vec(0.0f64..1.0, 0..200), least in 0usize..9) {
            let found = levels(&values, least);
            let mut at = 0;
            for (range, _) in &found {
                prop_assert_eq!(range.start, at);
                at = range.end;
            }
            prop_assert_eq!(at, values.len());
        }
    }
}
