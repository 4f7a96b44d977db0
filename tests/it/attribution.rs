//! How often attribution is right: combinations on made cubes, the first contributor on made
//! incidents. The figures that docs/METHODS.md names are printed by these tests.

use std::collections::BTreeSet;
use std::sync::Arc;

use rfo::events::{Chunk, EventStore, Interner, Number, Symbol, Text};
use rfo::incidents::attribution::sets::{Leaves, Side, search};
use rfo::incidents::attribution::{Compared, Naming, of_signal};
use rfo::incidents::excess::Measure;
use rfo::incidents::stretches::Stretches;
use rfo::series::{BucketWidth, Grid};

/// SplitMix64 (Steele et al. 2014): the same draws everywhere.
struct Draws(u64);

impl Draws {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 200.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (floor, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > floor {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

/// The element of some values: dimension and value.
type Values = Vec<(usize, u32)>;

/// A cube after the description of the synthetic sets in RiskLoc (Kalander 2022, set S): five
/// dimensions, leaves of a Weibull size, some of them empty, forecasts off by noise, one to three
/// anomalies of one to three elements each that all move by one ratio.
fn cube(draws: &mut Draws) -> (Leaves, BTreeSet<Values>) {
    let sizes: Vec<u32> = vec![10, 12, 10, 8, 5];
    let n = sizes.iter().product::<u32>() as usize;
    let (empty, noise) = (draws.between(0.0, 0.25), draws.between(0.0, 0.25));
    let shape = draws.between(0.5, 1.0);
    let mut leaves = Leaves {
        values: vec![Vec::with_capacity(n); sizes.len()],
        lumped: vec![None; sizes.len()],
        fair: vec![1.0; n],
        trust: vec![1.0; n],
        sizes: sizes.clone(),
        ..Leaves::default()
    };
    for leaf in 0..n as u32 {
        let mut rest = leaf;
        for (values, size) in leaves.values.iter_mut().zip(&sizes).rev() {
            values.push(rest % size);
            rest /= size;
        }
        let size = 100.0 * (-(1.0 - draws.uniform()).ln()).powf(1.0 / shape);
        let size = if draws.uniform() < empty { 0.0 } else { size };
        let off = (size * (1.0 + noise * draws.normal())).max(0.0);
        let swapped = draws.uniform() < 0.5;
        leaves.observed.push(if swapped { off } else { size });
        leaves.expected.push(if swapped { size } else { off });
    }
    let truth = anomalies(draws, &mut leaves, noise);
    (leaves, truth)
}

/// Moves the leaves of some elements, to the side to which the noise leans, and says which.
fn anomalies(draws: &mut Draws, leaves: &mut Leaves, noise: f64) -> BTreeSet<Values> {
    let rising = leaves.observed.iter().sum::<f64>() > leaves.expected.iter().sum::<f64>();
    let mut truth: BTreeSet<Values> = BTreeSet::new();
    let mut used: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); leaves.sizes.len()];
    let mut taken: BTreeSet<Vec<usize>> = BTreeSet::new();
    for _ in 0..1 + draws.below(3) {
        let mut dimensions: Vec<usize> = (0..leaves.sizes.len()).collect();
        let depth = 1 + draws.below(leaves.sizes.len());
        while dimensions.len() > depth {
            dimensions.remove(draws.below(dimensions.len()));
        }
        let (severity, spread) = (draws.between(0.2, 1.0) + noise, draws.between(0.0, 0.1));
        // No two anomalies in one cuboid, but for leaves: they could not be told apart.
        if !taken.insert(dimensions.clone()) && depth < leaves.sizes.len() {
            continue;
        }
        let mut own: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); leaves.sizes.len()];
        for _ in 0..1 + draws.below(3) {
            // Anomalies do not overlap: each takes values that no other has.
            let value = |d: &usize| {
                let free: Vec<u32> = (0..leaves.sizes[*d])
                    .filter(|v| !used[*d].contains(v))
                    .collect();
                (*d, free[draws.below(free.len())])
            };
            let element: Values = dimensions.iter().map(value).collect();
            for (d, v) in &element {
                own[*d].insert(*v);
            }
            if !truth.contains(&element)
                && shift(draws, leaves, &element, rising, [severity, spread])
            {
                truth.insert(element);
            }
        }
        used.iter_mut()
            .zip(own)
            .for_each(|(used, own)| used.extend(own));
    }
    truth
}

/// Whether there was anything to move.
fn shift(
    draws: &mut Draws,
    leaves: &mut Leaves,
    element: &[(usize, u32)],
    rising: bool,
    [severity, spread]: [f64; 2],
) -> bool {
    let mut moved = false;
    for i in 0..leaves.observed.len() {
        if element.iter().all(|(d, v)| leaves.values[*d][i] == *v) {
            let kept = (1.0 - (severity + spread * draws.normal())).max(0.0);
            let (from, to) = match rising {
                true => (leaves.observed[i], &mut leaves.expected[i]),
                false => (leaves.expected[i], &mut leaves.observed[i]),
            };
            *to = from * kept;
            moved |= from > 0.0;
        }
    }
    moved
}

#[test]
fn combinations_are_found_as_well_as_by_the_best_published_searches() {
    let (mut right, mut found, mut there, mut first) = (0, 0, 0, 0);
    const CUBES: usize = 40;
    for seed in 0..CUBES as u64 {
        let (leaves, truth) = cube(&mut Draws(seed));
        let answer: Vec<Values> = search(&leaves, Side::Louder, 5, &|_| true)
            .into_iter()
            .map(|one| one.values)
            .collect();
        first += usize::from(answer.first().is_some_and(|one| truth.contains(one)));
        right += answer.iter().filter(|one| truth.contains(*one)).count();
        found += answer.len();
        there += truth.len();
    }
    let f1 = 2.0 * right as f64 / (found + there) as f64;
    let figures = format!(
        "{CUBES} cubes: F1 {f1:.3}, precision {:.3}, recall {:.3}, first right {:.3}",
        right as f64 / found as f64,
        right as f64 / there as f64,
        first as f64 / CUBES as f64
    );
    eprintln!("{figures}");
    assert!(f1 >= 0.60, "{figures}");
}

const CLIENTS: usize = 40;
const ENDPOINTS: usize = 20;
/// Length of the baseline, minutes.
const BEFORE_MIN: f64 = 60.0;

/// What a made incident does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ClientFloods,
    EndpointFloods,
    PairFloods,
    EndpointFails,
    EndpointSlows,
}

/// A made incident of some minutes: its events, the measure, and who did it.
struct Made {
    store: EventStore,
    measure: Measure,
    guilty: Vec<(String, String)>,
    minutes: f64,
}

/// The requests of one client for one endpoint: expected numbers before and during, and how many
/// of the latter fail and how long they take.
struct Cell {
    before: f64,
    during: f64,
    failing: f64,
    mean_us: f64,
}

/// Clients of Zipf sizes with tastes of their own among endpoints; every client's rate drifts;
/// `per_min` requests a minute. Client by client, endpoint by endpoint; and who did it.
fn cells(kind: Kind, draws: &mut Draws, minutes: f64, per_min: f64) -> (Vec<Cell>, [usize; 2]) {
    let guilty = [draws.below(CLIENTS), draws.below(ENDPOINTS)];
    let (added, failing) = (draws.between(0.25, 1.0), draws.between(0.1, 0.6));
    let slower = draws.between(3.0, 20.0);
    let zipf = |rank: usize| 1.0 / (rank as f64 + 1.0).powf(1.1);
    let weights: f64 = (0..CLIENTS).map(zipf).sum();
    let mut cells = Vec::new();
    for c in 0..CLIENTS {
        let tastes: Vec<f64> = (0..ENDPOINTS)
            .map(|_| 0.05 - (1.0 - draws.uniform()).ln())
            .collect();
        let all: f64 = tastes.iter().sum();
        let drift = (0.12 * draws.normal()).exp();
        for (e, taste) in tastes.iter().enumerate() {
            let (size, taste) = (zipf(c) / weights, taste / all);
            let extra = match kind {
                Kind::ClientFloods if c == guilty[0] => taste,
                Kind::EndpointFloods if e == guilty[1] => size,
                Kind::PairFloods if [c, e] == guilty => 1.0,
                _ => 0.0,
            };
            let bad = |of: Kind| kind == of && e == guilty[1];
            cells.push(Cell {
                before: BEFORE_MIN * per_min * size * taste,
                during: minutes * per_min * (size * taste * drift + added * extra),
                failing: if bad(Kind::EndpointFails) {
                    failing
                } else {
                    0.004
                },
                mean_us: if bad(Kind::EndpointSlows) {
                    slower
                } else {
                    1.0
                } * 80e3,
            });
        }
    }
    (cells, guilty)
}

/// The events of an incident of some minutes.
fn made(kind: Kind, seed: u64, minutes: f64, per_min: f64) -> Made {
    let number = seed.wrapping_mul(977) + kind as u64 * 31 + minutes as u64;
    let mut draws = Draws(number);
    let (cells, guilty) = cells(kind, &mut draws, minutes, per_min);
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(100)).collect();
    let mut chunk = Chunk::default();
    for (i, cell) in cells.iter().enumerate() {
        let mut name =
            |field: Text, name: String| (field, names[field as usize].intern(name.as_bytes()));
        let texts = [
            name(Text::Client, format!("c{}", i / ENDPOINTS)),
            name(Text::Endpoint, format!("/e{}", i % ENDPOINTS)),
        ];
        rows(
            &mut chunk,
            &mut draws,
            texts,
            -1,
            [cell.before, 0.004, 80e3],
        );
        rows(
            &mut chunk,
            &mut draws,
            texts,
            1,
            [cell.during, cell.failing, cell.mean_us],
        );
    }
    chunk.seal();
    let client = ("client".to_owned(), format!("c{}", guilty[0]));
    let endpoint = ("endpoint".to_owned(), format!("/e{}", guilty[1]));
    let (measure, guilty) = match kind {
        Kind::ClientFloods => (Measure::Events, vec![client]),
        Kind::PairFloods => (Measure::Events, vec![client, endpoint]),
        Kind::EndpointFloods => (Measure::Events, vec![endpoint]),
        Kind::EndpointFails => (Measure::Failed, vec![endpoint]),
        Kind::EndpointSlows => (Measure::Seconds, vec![endpoint]),
    };
    Made {
        store: EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names)),
        measure,
        guilty,
        minutes,
    }
}

/// Few rows that stand for many requests; durations count by row.
fn rows(
    chunk: &mut Chunk,
    draws: &mut Draws,
    texts: [(Text, Symbol); 2],
    time_ns: i64,
    [mean, failing, mean_us]: [f64; 3],
) {
    let n = draws.poisson(mean);
    let failed = draws.poisson(n as f64 * failing).min(n);
    for (status, count) in [(200, n - failed), (503, failed)] {
        let parts = count.min(8);
        for part in 0..parts {
            chunk.open(time_ns, 1, 0, 0);
            chunk.set_number(Number::Status, status);
            chunk.set_number(Number::Repeat, ((count + part) / parts) as i64);
            let latency_us = (mean_us * (0.5 * draws.normal()).exp()) as i64;
            chunk.set_number(Number::LatencyUs, latency_us);
            texts
                .into_iter()
                .for_each(|(field, symbol)| chunk.set_text(field, symbol));
        }
    }
}

/// Dimensions of the contributors, each in order of their names.
fn contributors(made: &Made) -> Vec<Vec<(String, String)>> {
    let minute_ns = 60e9;
    let stretches = Stretches {
        baseline: vec![-(BEFORE_MIN * minute_ns) as i64..0],
        selection: vec![0..(made.minutes * minute_ns) as i64],
    };
    let naming = Naming {
        store: &made.store,
        path: "web.log",
        signal: "web.log request rate",
        at_ns: 0,
        grid: Grid {
            start_ns: 0,
            width: BucketWidth::MINUTE,
            n: 1,
        },
    };
    let found = of_signal(
        &Compared::new(&made.store, 0, stretches, usize::MAX),
        made.measure,
        naming,
    );
    let mut dimensions: Vec<Vec<(String, String)>> =
        found.into_iter().map(|one| one.dimensions).collect();
    dimensions.iter_mut().for_each(|one| one.sort());
    dimensions
}

#[test]
fn a_pair_is_one_contributor_and_its_values_are_not_listed_beside_it() {
    for seed in 0..10 {
        let made = made(Kind::PairFloods, seed, 30.0, 1200.0);
        let found = contributors(&made);
        assert_eq!(found[0], made.guilty, "{seed}");
        let again =
            |one: &Vec<(String, String)>| made.guilty.iter().any(|value| one.contains(value));
        assert!(!found[1..].iter().any(again), "{seed}: {found:?}");
    }
}

#[test]
fn whoever_did_it_is_the_first_contributor_at_the_end_and_at_the_alert() {
    const SEEDS: u64 = 20;
    let kinds = [
        Kind::ClientFloods,
        Kind::EndpointFloods,
        Kind::PairFloods,
        Kind::EndpointFails,
        Kind::EndpointSlows,
    ];
    for (when, minutes) in [("at the end", 30.0), ("at the alert", 2.0)] {
        let (mut exact, mut named, mut all) = (0, 0, 0);
        let mut wrong = String::new();
        for kind in kinds {
            for seed in 0..SEEDS {
                let made = made(kind, seed, minutes, 1200.0);
                let first = contributors(&made).into_iter().next().unwrap_or_default();
                all += 1;
                exact += usize::from(first == made.guilty);
                let is_named = made.guilty.iter().all(|one| first.contains(one));
                named += usize::from(is_named);
                if first != made.guilty {
                    wrong += &format!(
                        "\n{when}, {kind:?} {seed}: {first:?}, not {:?}",
                        made.guilty
                    );
                }
            }
        }
        eprintln!("{when}: named first {named} of {all}, exactly {exact}{wrong}");
        assert!(
            named as f64 >= 0.95 * all as f64,
            "{when}: {named} of {all}{wrong}"
        );
        assert!(
            exact as f64 >= 0.90 * all as f64,
            "{when}: exactly {exact} of {all}{wrong}"
        );
    }
}
