//! The smallest sets of values that explain a deviation: a search over combinations of
//! dimensions.
//!
//! In: leaves (every combination of values that occurs) with what was observed and expected. Out:
//! elements (some values that must meet) that together make up the deviation, each with its share.
//! Knows neither logs nor what the numbers count.
//!
//! Method: deviation per leaf and the noise cut mirrored from the quieter side as in RiskLoc
//! (Kalander 2022); per cuboid the element with the largest excess whose leaves move together
//! (share of abnormal weight less the residual of a common ratio, the ripple effect of HotSpot,
//! Sun et al. 2018); the shallowest layer wins; its leaves are taken out and the search goes on.

use super::cuboids::{Cuboid, cuboids};

/// An element needs this share of the whole deviation; the search ends when less is left.
const SHARE_MIN: f64 = 0.02;
/// How well its leaves must move together, in `[0, 1]`.
const FIT_MIN: f64 = 0.5;
/// Elements found at most.
const FOUND_MAX: usize = 12;
/// Elements of a cuboid that are looked at, largest first.
const LOOKED_AT_MAX: usize = 60;
/// Extreme deviations that the noise cut leaves out on either side...
const EXTREMES: usize = 5;
/// ... but not more than one in this many.
const EXTREMES_PART: usize = 8;
/// Leaves of an element from which its fit is trusted in full.
const LEAVES_TRUSTED: f64 = 20.0;

/// Which deviations are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// More than expected.
    Above,
    /// Whichever side is louder than noise.
    Louder,
}

/// The combinations of values that occur, one leaf each.
#[derive(Debug, Clone, Default)]
pub struct Leaves {
    /// How many values each dimension has; values are numbered from 0.
    pub sizes: Vec<u32>,
    /// Per dimension the value of every leaf.
    pub values: Vec<Vec<u32>>,
    /// Values that cannot make an element, per dimension: "no value" and what was lumped.
    pub lumped: Vec<Option<u32>>,
    /// What was seen, not negative.
    pub observed: Vec<f64>,
    /// What was to be expected, not negative.
    pub expected: Vec<f64>,
    /// The share of all that would be the leaf's if it were like all others; any scale.
    pub fair: Vec<f64>,
    /// How far a leaf's deviation is believed, in `(0, 1]`: less for a few events.
    pub trust: Vec<f64>,
}

/// Sums over the leaves of a candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    /// What was seen.
    pub observed: f64,
    /// What was to be expected.
    pub expected: f64,
    /// Its fair share, in the scale of the leaves.
    pub fair: f64,
}

/// Values that must meet and explain a part of the deviation.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Dimension and value, by dimension.
    pub values: Vec<(usize, u32)>,
    /// Share of the deviation of all abnormal leaves.
    pub share: f64,
    /// How well its leaves move together, in `[FIT_MIN, 1]`.
    pub fit: f64,
}

/// The elements that make up the deviation, in the order in which they were found. `eligible`
/// may refuse a candidate by its sums. Elements of up to `depth_max` values; empty where nothing
/// deviates. Costs some ns per leaf, cuboid and element found.
pub fn search(
    leaves: &Leaves,
    side: Side,
    depth_max: usize,
    eligible: &dyn Fn(&Sums) -> bool,
) -> Vec<Found> {
    let Some(mut state) = State::new(leaves, side) else {
        return Vec::new();
    };
    let layers = cuboids(leaves, depth_max);
    let mut found: Vec<Found> = Vec::new();
    while found.len() < FOUND_MAX && state.left() > SHARE_MIN * state.total {
        let best = layers.iter().find_map(|layer| {
            let in_layer = layer
                .iter()
                .filter_map(|cuboid| state.best_of(cuboid, eligible));
            in_layer.reduce(|best, next| {
                if next.excess > best.excess {
                    next
                } else {
                    best
                }
            })
        });
        let Some(best) = best else { break };
        found.push(Found {
            values: best.cuboid.values_of(best.key),
            share: best.excess / state.total,
            fit: best.fit,
        });
        state.remove(best.cuboid, best.key);
    }
    found
}

/// A candidate of a layer.
struct Best<'a> {
    cuboid: &'a Cuboid,
    key: usize,
    excess: f64,
    fit: f64,
}

struct State<'a> {
    leaves: &'a Leaves,
    /// Deviation in `[-2, 2]`, above expectation positive.
    deviation: Vec<f64>,
    /// Excess in the direction that is looked for.
    excess: Vec<f64>,
    abnormal: Vec<bool>,
    weight: Vec<f64>,
    alive: Vec<bool>,
    total: f64,
}

impl<'a> State<'a> {
    fn new(leaves: &'a Leaves, side: Side) -> Option<Self> {
        let n = leaves.observed.len();
        let pairs = || leaves.observed.iter().zip(&leaves.expected);
        let deviation: Vec<f64> = pairs()
            .zip(&leaves.trust)
            .map(|((v, f), trust)| {
                if v + f > 0.0 {
                    trust * 2.0 * (v - f) / (v + f)
                } else {
                    0.0
                }
            })
            .collect();
        let cut = noise_cut(&deviation, side)?;
        let above = cut >= 0.0;
        let abnormal: Vec<bool> = deviation
            .iter()
            .map(|d| if above { *d > cut } else { *d < cut })
            .collect();
        let weight = (0..n).map(|i| {
            let (v, f, d) = (leaves.observed[i], leaves.expected[i], deviation[i]);
            let raw = if abnormal[i] {
                d.abs()
            } else {
                (cut - d).abs()
            };
            if v == 0.0 && f == 0.0 {
                0.0
            } else {
                raw.min(1.0) * leaves.trust[i]
            }
        });
        let weight = weight.collect();
        let mut excess: Vec<f64> = pairs()
            .map(|(v, f)| if above { v - f } else { f - v })
            .collect();
        let sum = |excess: &[f64]| -> f64 {
            excess
                .iter()
                .zip(&abnormal)
                .filter(|(_, is)| **is)
                .map(|(x, _)| x)
                .sum()
        };
        let mut total = sum(&excess);
        if total < 0.0 && side == Side::Louder {
            excess.iter_mut().for_each(|x| *x = -*x);
            total = -total;
        }
        (total > 0.0).then(|| Self {
            leaves,
            deviation,
            excess,
            abnormal,
            weight,
            alive: vec![true; n],
            total,
        })
    }

    /// The deviation that no element explains yet.
    fn left(&self) -> f64 {
        let alive = (0..self.alive.len()).filter(|&i| self.alive[i] && self.abnormal[i]);
        alive.map(|i| self.excess[i]).sum()
    }

    /// The element with the largest excess in a cuboid that fits and is eligible.
    fn best_of<'b>(
        &self,
        cuboid: &'b Cuboid,
        eligible: &dyn Fn(&Sums) -> bool,
    ) -> Option<Best<'b>> {
        let n = cuboid.elements;
        let (mut excess, mut count, mut weights) =
            (vec![0.0; n], vec![[0u32; 2]; n], vec![[0.0; 2]; n]);
        for (i, &key) in cuboid.keys.iter().enumerate() {
            if self.alive[i] {
                let (key, which) = (key as usize, usize::from(self.abnormal[i]));
                excess[key] += self.excess[i];
                count[key][which] += 1;
                weights[key][which] += self.weight[i];
            }
        }
        let mut candidates: Vec<usize> = (0..n)
            .filter(|&key| excess[key] > SHARE_MIN * self.total && count[key][1] > 0)
            .filter(|&key| !cuboid.is_lumped(key, self.leaves))
            .collect();
        candidates.sort_by(|a, b| excess[*b].total_cmp(&excess[*a]).then(a.cmp(b)));
        candidates.truncate(LOOKED_AT_MAX);
        candidates.into_iter().find_map(|key| {
            let doubt = (f64::from(count[key][0] + count[key][1]) / LEAVES_TRUSTED).min(1.0);
            let [normal, abnormal] = weights[key];
            let share = abnormal / (abnormal + normal + doubt);
            let ripple = (share >= FIT_MIN).then(|| self.ripple(cuboid, key))?;
            let fit = Some(share - ripple).filter(|fit| *fit >= FIT_MIN)?;
            eligible(&self.sums(cuboid, key)).then_some(Best {
                cuboid,
                key,
                excess: excess[key],
                fit,
            })
        })
    }

    /// How far the leaves of an element are from one common ratio, over how far they are from
    /// what was expected of them; 0 where there is nothing to compare.
    fn ripple(&self, cuboid: &Cuboid, key: usize) -> f64 {
        let leaves = self.leaves;
        let both: Vec<usize> = self
            .members(cuboid, key)
            .filter(|&i| leaves.observed[i] != 0.0 && leaves.expected[i] != 0.0)
            .collect();
        let sum = |of: &[f64]| both.iter().map(|&i| of[i]).sum::<f64>();
        let ratio = sum(&leaves.observed) / sum(&leaves.expected);
        let residual = |i: &usize| {
            let (own, common) = (leaves.observed[*i], leaves.expected[*i] * ratio);
            leaves.trust[*i] * (2.0 * (common - own) / (common + own)).abs()
        };
        let residuals: f64 = both.iter().map(residual).sum();
        let deviations: f64 = both.iter().map(|&i| self.deviation[i].abs()).sum();
        if deviations > 0.0 {
            residuals / deviations
        } else {
            0.0
        }
    }

    fn sums(&self, cuboid: &Cuboid, key: usize) -> Sums {
        let mut sums = Sums::default();
        for i in self.members(cuboid, key) {
            sums.observed += self.leaves.observed[i];
            sums.expected += self.leaves.expected[i];
            sums.fair += self.leaves.fair[i];
        }
        sums
    }

    fn members<'b>(&'b self, cuboid: &'b Cuboid, key: usize) -> impl Iterator<Item = usize> + 'b {
        let keys = cuboid.keys.iter().enumerate();
        keys.filter(move |(i, k)| **k as usize == key && self.alive[*i])
            .map(|(i, _)| i)
    }

    fn remove(&mut self, cuboid: &Cuboid, key: usize) {
        for (alive, k) in self.alive.iter_mut().zip(&cuboid.keys) {
            *alive &= *k as usize != key;
        }
    }
}

/// Beyond this a leaf is abnormal: the smaller of the two extremes is noise, and noise is taken
/// to reach as far to the other side. Positive: above expectation. `None` without leaves.
fn noise_cut(deviation: &[f64], side: Side) -> Option<f64> {
    let mut sorted: Vec<f64> = deviation.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let last = sorted.len().checked_sub(1)?;
    let skip = EXTREMES.min(last / EXTREMES_PART);
    let (low, high) = (sorted[skip], sorted[last - skip]);
    Some(match side {
        Side::Louder if low.abs() <= high.abs() => -low,
        Side::Louder => -high,
        // Drops may be real too: they hide at most half of the rise.
        Side::Above => low.abs().min(high.max(0.0) / 2.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6 x 5 x 4 values of 100 each, less those that `factor` changes.
    fn leaves(factor: impl Fn(u32, u32, u32) -> f64) -> Leaves {
        let sizes = vec![6, 5, 4];
        let mut leaves = Leaves {
            values: vec![Vec::new(); 3],
            lumped: vec![None; 3],
            sizes,
            ..Leaves::default()
        };
        for i in 0..120u32 {
            let at = [i / 20, i / 4 % 5, i % 4];
            // A little noise that is the same every time.
            let noise = 1.0 + 0.02 * (f64::from(i * 7919 % 101) / 50.0 - 1.0);
            at.iter()
                .zip(&mut leaves.values)
                .for_each(|(v, values)| values.push(*v));
            leaves.expected.push(100.0);
            leaves
                .observed
                .push(100.0 * noise * factor(at[0], at[1], at[2]));
            leaves.fair.push(1.0);
            leaves.trust.push(1.0);
        }
        leaves
    }

    fn check(factor: impl Fn(u32, u32, u32) -> f64, expected: &[&[(usize, u32)]]) {
        let leaves = leaves(factor);
        for side in [Side::Above, Side::Louder] {
            let found = search(&leaves, side, 3, &|_| true);
            let values: Vec<&[(usize, u32)]> = found.iter().map(|one| &one.values[..]).collect();
            assert_eq!(values, expected, "{side:?}");
        }
    }

    #[test]
    fn one_value_is_one_value_not_its_parts() {
        check(|a, _, _| if a == 2 { 3.0 } else { 1.0 }, &[&[(0, 2)]]);
    }

    #[test]
    fn a_pair_is_named_where_neither_alone_explains_it() {
        let pair = |a, b, _| if a == 2 && b == 1 { 4.0 } else { 1.0 };
        check(pair, &[&[(0, 2), (1, 1)]]);
    }

    #[test]
    fn two_causes_are_two_elements_the_larger_first() {
        let two = |a, _, c| match (a, c) {
            (0, _) => 2.0,
            (5, 3) => 9.0,
            _ => 1.0,
        };
        check(two, &[&[(0, 0)], &[(0, 5), (2, 3)]]);
    }

    #[test]
    fn what_is_refused_is_not_found_and_noise_is_nothing() {
        let found = search(&leaves(|_, _, _| 1.0), Side::Above, 3, &|_| false);
        assert!(found.is_empty(), "{found:?}");
        assert!(search(&Leaves::default(), Side::Above, 3, &|_| true).is_empty());
    }

    #[test]
    fn only_drops_are_nothing_above() {
        let drop = leaves(|a, _, _| if a == 1 { 0.2 } else { 1.0 });
        let found = search(&drop, Side::Louder, 3, &|_| true);
        assert_eq!(found[0].values, [(0, 1)]);
        let above = search(&drop, Side::Above, 3, &|sums| {
            sums.observed > 1.3 * sums.expected
        });
        assert!(above.is_empty(), "{above:?}");
    }
}
