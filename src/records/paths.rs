//! The two cheapest ways through a row of choices, where each step has a price.
//!
//! In: for each place, what it costs to come to each of its choices from each of those before.
//! Out: at most two paths, the cheapest first. Cost: places x choices², whatever the prices.

/// One step of a path: the choices of two neighbours.
pub(super) struct Step<'a, W> {
    pub ways: [&'a [W]; 2],
    /// A section begins between them.
    pub opens: bool,
}

/// A choice for each place, and what all steps cost together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub ways: Vec<usize>,
    pub price: f64,
}

/// The choice before, and which of its two arrivals.
type Via = (u16, u8);
/// Where the two cheapest ways to a choice come from.
type Origins = [Option<Via>; 2];

/// One of the two cheapest ways to a choice.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    price: f64,
    via: Via,
}

/// The two cheapest paths through `n` places. `prices(k)` gives, for each choice of place `k`, the
/// price to come to it from each choice of place `k - 1`; for the first place, one price each.
/// Of equal paths those with the lower choices come first.
pub(super) fn two_cheapest(n: usize, prices: impl Fn(usize) -> Vec<Vec<f64>>) -> Vec<Path> {
    let mut back: Vec<Vec<Origins>> = Vec::with_capacity(n);
    let mut last: Vec<[Option<Arrival>; 2]> = Vec::new();
    for k in 0..n {
        let rows = prices(k);
        let arrive = |row: &Vec<f64>| match k {
            0 => [
                row.first().map(|&price| Arrival { price, via: (0, 0) }),
                None,
            ],
            _ => cheapest_of(&last, row),
        };
        let here: Vec<[Option<Arrival>; 2]> = rows.iter().map(arrive).collect();
        let via = |two: &[Option<Arrival>; 2]| two.map(|one| one.map(|arrival| arrival.via));
        back.push(here.iter().map(via).collect());
        last = here;
    }
    let mut ends: Vec<(f64, usize, usize)> = last
        .iter()
        .enumerate()
        .flat_map(|(way, two)| {
            let known = two.iter().enumerate();
            known.filter_map(move |(rank, one)| one.map(|one| (one.price, way, rank)))
        })
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.2, a.1).cmp(&(b.2, b.1))));
    ends.truncate(2);
    ends.into_iter()
        .map(|(price, way, rank)| Path {
            ways: walk(&back, way, rank),
            price,
        })
        .collect()
}

fn cheapest_of(last: &[[Option<Arrival>; 2]], row: &[f64]) -> [Option<Arrival>; 2] {
    let mut two: [Option<Arrival>; 2] = [None, None];
    for (way, (from, step)) in last.iter().zip(row).enumerate() {
        for (rank, arrival) in from.iter().enumerate() {
            let Some(arrival) = arrival else { continue };
            let price = arrival.price + step;
            let new = Some(Arrival {
                price,
                via: (way as u16, rank as u8),
            });
            let cheaper = |than: Option<Arrival>| than.is_none_or(|than| price < than.price);
            if cheaper(two[0]) {
                two = [new, two[0]];
            } else if cheaper(two[1]) {
                two[1] = new;
            }
        }
    }
    two
}

fn walk(back: &[Vec<Origins>], way: usize, rank: usize) -> Vec<usize> {
    let (mut way, mut rank) = (way, rank);
    let mut ways = Vec::with_capacity(back.len());
    for row in back.iter().rev() {
        ways.push(way);
        let via = row[way][rank].expect("only arrivals that exist are walked back");
        (way, rank) = (usize::from(via.0), usize::from(via.1));
    }
    ways.reverse();
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_place_has_no_path() {
        assert_eq!(two_cheapest(0, |_| Vec::new()), []);
    }

    proptest! {
        #[test]
        fn they_are_the_two_cheapest_of_all(
            table in proptest::collection::vec(proptest::collection::vec(0u8..20, 3 * 3), 1..5),
        ) {
            let price = |k: usize, from: usize, to: usize| match k {
                0 => f64::from(table[0][to]),
                _ => f64::from(table[k][3 * from + to]),
            };
            let rows = |k: usize| -> Vec<Vec<f64>> {
                let from = if k == 0 { 1 } else { 3 };
                (0..3).map(|to| (0..from).map(|from| price(k, from, to)).collect()).collect()
            };
            let n = table.len();
            let mut all: Vec<f64> = (0..3usize.pow(n as u32))
                .map(|code| {
                    let way = |k: usize| code / 3usize.pow(k as u32) % 3;
                    (0..n).map(|k| price(k, k.checked_sub(1).map_or(0, way), way(k))).sum()
                })
                .collect();
            all.sort_by(f64::total_cmp);
            let found: Vec<f64> = two_cheapest(n, rows).iter().map(|path| path.price).collect();
            prop_assert_eq!(&found[..], &all[..2]);
        }
    }
}
