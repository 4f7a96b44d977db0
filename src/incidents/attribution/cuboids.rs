//! The combinations of dimensions, by layer: which leaves fall on which of their elements.

use super::sets::Leaves;

/// Elements of one cuboid at most; larger cuboids are not looked at.
const ELEMENTS_MAX: usize = 1 << 20;

/// Some dimensions and, for every leaf, the number of the element it falls on.
#[derive(Debug)]
pub struct Cuboid {
    /// The dimensions, ascending.
    pub dimensions: Vec<usize>,
    /// The element of every leaf.
    pub keys: Vec<u32>,
    /// One more than the largest number an element may have.
    pub elements: usize,
    sizes: Vec<u32>,
}

impl Cuboid {
    /// The values that make an element, with their dimensions.
    pub fn values_of(&self, key: usize) -> Vec<(usize, u32)> {
        let mut rest = key as u32;
        let mut values: Vec<(usize, u32)> = Vec::with_capacity(self.dimensions.len());
        for (dimension, size) in self.dimensions.iter().zip(&self.sizes).rev() {
            values.push((*dimension, rest % size));
            rest /= size;
        }
        values.reverse();
        values
    }

    /// Whether an element holds a value that cannot make one.
    pub fn is_lumped(&self, key: usize, leaves: &Leaves) -> bool {
        self.values_of(key)
            .iter()
            .any(|(dimension, value)| leaves.lumped[*dimension] == Some(*value))
    }
}

/// All cuboids of one dimension, then of two, and so on; in each layer in order of dimensions.
pub fn cuboids(leaves: &Leaves, depth_max: usize) -> Vec<Vec<Cuboid>> {
    let n = leaves.sizes.len();
    (1..=depth_max.min(n))
        .map(|depth| {
            let subsets = subsets(n, depth).into_iter();
            subsets
                .filter_map(|dimensions| cuboid(leaves, dimensions))
                .collect()
        })
        .collect()
}

fn cuboid(leaves: &Leaves, dimensions: Vec<usize>) -> Option<Cuboid> {
    let sizes: Vec<u32> = dimensions.iter().map(|&d| leaves.sizes[d].max(1)).collect();
    let all = |product: usize, size: &u32| product.checked_mul(*size as usize);
    let elements = sizes
        .iter()
        .try_fold(1usize, all)
        .filter(|n| *n <= ELEMENTS_MAX)?;
    let keys = (0..leaves.observed.len()).map(|i| {
        dimensions
            .iter()
            .zip(&sizes)
            .fold(0, |key, (&d, size)| key * size + leaves.values[d][i])
    });
    Some(Cuboid {
        keys: keys.collect(),
        dimensions,
        elements,
        sizes,
    })
}

/// The subsets of `0..n` of one size, in order.
fn subsets(n: usize, size: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        let longer = |subset: &Vec<usize>| {
            let from = subset.last().map_or(0, |last| last + 1);
            let subset = subset.clone();
            (from..n).map(move |next| [subset.as_slice(), &[next]].concat())
        };
        found = found.iter().flat_map(longer).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_come_in_order_and_each_once() {
        assert_eq!(subsets(3, 2), [[0, 1], [0, 2], [1, 2]]);
        assert_eq!(subsets(4, 3).len(), 4);
        assert_eq!(subsets(2, 3), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn a_key_names_its_values() {
        let leaves = Leaves {
            sizes: vec![3, 4],
            values: vec![vec![2, 0], vec![1, 3]],
            lumped: vec![None, Some(3)],
            observed: vec![1.0; 2],
            expected: vec![1.0; 2],
            ..Leaves::default()
        };
        let layers = cuboids(&leaves, 3);
        assert_eq!(layers.len(), 2);
        let pair = &layers[1][0];
        assert_eq!(pair.values_of(pair.keys[0] as usize), [(0, 2), (1, 1)]);
        assert!(pair.is_lumped(pair.keys[1] as usize, &leaves));
        assert!(!pair.is_lumped(pair.keys[0] as usize, &leaves));
    }
}
