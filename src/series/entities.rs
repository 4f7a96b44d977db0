//! Series of the values of one dimension: of each template, client or endpoint of a source.
//!
//! In: the event chunks of a source (asked for once a pass: they may lie in a file), a text field, the grid. Out: counts per bucket of the values
//! that matter most, and of all others together. A pass by symbol after reading, not in the hot
//! rollup: which values matter is known only then. Does not judge anything.

use super::{Grid, Series, Values};
use crate::events::columns::{Each, Only};
use crate::events::{Number, Symbol, Text, level};

/// What was seen of one value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// The value; `Symbol::OTHER` stands for all that have no series of their own.
    pub symbol: Symbol,
    /// Events.
    pub events: u64,
    /// How bad most of them are.
    pub gravity: Gravity,
    /// Events per bucket of the grid.
    pub counts: Vec<u64>,
}

/// How bad most of an entity's events are. Ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Below warning, or without a level.
    Plain,
    /// Most say no level, but what they say is a failure.
    Failure,
    /// At least half are warnings or worse.
    Warning,
    /// At least half are errors or worse.
    Error,
}

impl Entity {
    /// Its series beside that of its whole source: the same grid, coverage, role and family.
    pub fn series(self, whole: &Series, name: &str, entity: String) -> Series {
        let mut series = Series {
            values: Values::Count(self.counts),
            ..whole.clone()
        };
        series.signal.name = name.to_owned();
        series.signal.entity = Some(entity);
        series
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Total {
    events: u64,
    warnings: u64,
    errors: u64,
    levelled: u64,
}

impl Total {
    fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            warnings: self.warnings + other.warnings,
            errors: self.errors + other.errors,
            levelled: self.levelled + other.levelled,
        }
    }

    /// `tells` is asked of what says no level.
    fn gravity(&self, tells: impl FnOnce() -> bool) -> Gravity {
        let most = |part: u64| part > 0 && 2 * part >= self.events;
        if most(self.errors) {
            Gravity::Error
        } else if most(self.errors + self.warnings) {
            Gravity::Warning
        } else if self.events > 0 && !most(self.levelled) && tells() {
            Gravity::Failure
        } else {
            Gravity::Plain
        }
    }
}

/// The values of a field with the most events, errors before warnings before failures (of values
/// without a level, those that `tells` says tell of one) before all others, at most `max`, in that
/// order; ties by symbol. Behind them, if there is more, the rest as one. Events
/// without a value or outside of the grid are left out. Costs two passes of a few ns an event.
pub fn entities(
    scan: impl Fn(Only, Each<'_>),
    field: Text,
    grid: &Grid,
    max: usize,
    tells: &dyn Fn(Symbol) -> bool,
) -> Vec<Entity> {
    let totals = totals(&scan, field, grid);
    let gravity = |i: usize| totals[i].gravity(|| tells(Symbol(i as u32)));
    let gravities: Vec<Gravity> = (0..totals.len()).map(gravity).collect();
    let mut ranked: Vec<usize> = (0..totals.len())
        .filter(|&i| totals[i].events > 0)
        .collect();
    ranked.sort_by_key(|&i| {
        let rank = (gravities[i], totals[i].events);
        (i == Symbol::OTHER.0 as usize, std::cmp::Reverse(rank), i)
    });
    let own = ranked.len().min(max);
    let is_other = |i: usize| i == Symbol::OTHER.0 as usize;
    let own = own - usize::from(own > 0 && is_other(ranked[own - 1]));
    let mut places = vec![own; totals.len()];
    for (place, &i) in ranked[..own].iter().enumerate() {
        places[i] = place;
    }
    let entity = |symbol: Symbol, events: u64, gravity: Gravity| Entity {
        symbol,
        events,
        gravity,
        counts: vec![0; grid.n],
    };
    let named = ranked[..own].iter();
    let named = named.map(|&i| entity(Symbol(i as u32), totals[i].events, gravities[i]));
    let mut found: Vec<Entity> = named.collect();
    if own < ranked.len() {
        let rest = ranked[own..].iter().map(|&i| totals[i]);
        let rest = rest.fold(Total::default(), Total::plus);
        found.push(entity(Symbol::OTHER, rest.events, rest.gravity(|| false)));
    }
    for_each(&scan, field, grid, |symbol, bucket, _, events| {
        found[places[symbol]].counts[bucket] += events;
    });
    found
}

fn totals(scan: impl Fn(Only, Each<'_>), field: Text, grid: &Grid) -> Vec<Total> {
    let mut totals: Vec<Total> = Vec::new();
    for_each(scan, field, grid, |symbol, _, level, events| {
        if totals.len() <= symbol {
            totals.resize(symbol + 1, Total::default());
        }
        let total = &mut totals[symbol];
        total.events += events;
        total.levelled += level.map_or(0, |_| events);
        match level {
            Some(one) if one >= level::ERROR => total.errors += events,
            Some(level::WARNING) => total.warnings += events,
            _ => {}
        }
    });
    totals
}

/// Symbol, bucket, level and number of each event with a value on the grid.
fn for_each(
    scan: impl Fn(Only, Each<'_>),
    field: Text,
    grid: &Grid,
    mut take: impl FnMut(usize, usize, Option<i64>, u64),
) {
    let mut bucket_of = grid.buckets();
    let columns = Only::of([Number::Repeat, Number::Level], [field]);
    scan(columns, &mut |chunk| {
        for (row, symbol) in chunk.text(field).iter().enumerate() {
            let Some(bucket) = bucket_of(chunk.time_ns[row]) else {
                continue;
            };
            if *symbol != Symbol::NONE {
                let events = chunk.number_at(Number::Repeat, row).map_or(1, |n| n.max(1));
                let level = chunk.number_at(Number::Level, row);
                take(symbol.0 as usize, bucket, level, events.unsigned_abs());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Chunk;
    use crate::events::columns::scan_of;
    use crate::series::BucketWidth;
    use proptest::prelude::*;

    const GRID: Grid = Grid {
        start_ns: 0,
        width: BucketWidth::SECOND,
        n: 10,
    };

    /// Events of (second, symbol, level).
    fn chunk(events: &[(i64, u32, i64)]) -> Chunk {
        let mut chunk = Chunk::default();
        for &(second, symbol, level) in events {
            chunk.open(second * 1_000_000_000, 0, 0, 0);
            chunk.set_text(Text::Message, Symbol(symbol));
            chunk.set_number(Number::Level, level);
        }
        chunk.seal();
        chunk
    }

    #[test]
    fn errors_come_first_and_the_rest_is_together() {
        let chunk = chunk(&[
            (0, 2, 1),
            (1, 2, 1),
            (1, 3, 1),
            (2, 3, 1),
            (3, 3, 1),
            (4, 4, 4),
            (5, 5, 3),
            (6, 0, 1),
            (99, 2, 1),
        ]);
        let found = entities(
            scan_of(std::slice::from_ref(&chunk)),
            Text::Message,
            &GRID,
            3,
            &|_| true,
        );
        let brief: Vec<_> = found
            .iter()
            .map(|one| (one.symbol.0, one.events, one.gravity))
            .collect();
        let expected = [
            (4, 1, Gravity::Error),
            (5, 1, Gravity::Warning),
            (3, 3, Gravity::Plain),
            (1, 2, Gravity::Plain),
        ];
        assert_eq!(brief, expected);
        assert_eq!(found[2].counts, [0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(found[3].counts, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn failures_without_a_level_come_before_what_is_only_more() {
        let mut chunk = Chunk::default();
        for (second, symbol) in [(0, 2), (1, 2), (2, 3), (3, 4), (4, 4), (5, 4)] {
            chunk.open(second * 1_000_000_000, 0, 0, 0);
            chunk.set_text(Text::Message, Symbol(symbol));
            if symbol == 4 {
                chunk.set_number(Number::Level, 1);
            }
        }
        chunk.seal();
        let scan = scan_of(std::slice::from_ref(&chunk));
        let tells = |symbol: Symbol| symbol.0 != 2;
        let found = entities(scan, Text::Message, &GRID, 3, &tells);
        let brief: Vec<_> = found
            .iter()
            .map(|one| (one.symbol.0, one.gravity))
            .collect();
        let expected = [
            (3, Gravity::Failure),
            (4, Gravity::Plain),
            (2, Gravity::Plain),
        ];
        assert_eq!(brief, expected, "what says that it is none is none");
    }

    #[test]
    fn what_had_no_room_in_the_table_of_names_is_never_one_of_the_first() {
        let chunk = chunk(&[(0, 1, 4), (1, 1, 4), (2, 7, 1)]);
        let found = entities(
            scan_of(std::slice::from_ref(&chunk)),
            Text::Message,
            &GRID,
            5,
            &|_| true,
        );
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].symbol, found[1].events), (Symbol::OTHER, 2));
        assert!(entities(scan_of(&[]), Text::Message, &GRID, 5, &|_| true).is_empty());
    }

    proptest! {
        #[test]
        fn every_event_on_the_grid_is_counted_once(events in prop::collection::vec((-2i64..14, 0u32..9, 0i64..6), 0..60), max in 0usize..6) {
            let chunk = chunk(&events);
            let found = entities(scan_of(std::slice::from_ref(&chunk)), Text::Message, &GRID, max, &|_| false);
            prop_assert!(found.len() <= max + 1);
            let counted: u64 = found.iter().flat_map(|one| &one.counts).sum();
            let on_grid = events.iter().filter(|one| (0..10).contains(&one.0) && one.1 > 0).count();
            prop_assert_eq!(counted, on_grid as u64);
            prop_assert_eq!(found.iter().map(|one| one.events).sum::<u64>(), counted);
        }
    }
}
