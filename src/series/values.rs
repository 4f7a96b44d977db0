//! Events and failures of the values of a source's dimensions: of each client, endpoint, host,
//! statement or kind of job, per bucket.
//!
//! In: the event chunks of a source, text fields, the grid. Out: for each field the values that
//! matter most and all others together. Two passes over the columns after reading, not in the hot
//! rollup: which values matter is known only then. Does not judge anything.

use std::borrow::Borrow;

use super::rollup::STATUS_FAILED;
use super::tally;
use super::{Grid, Series, Values};
use crate::events::{Chunk, Number, Symbol, Text};

/// A value with this share of its source's events matters, or ...
pub const SHARE_MIN: f64 = 0.01;
/// ... with that many events.
pub const EVENTS_MIN: u64 = 200;
/// A value with this share of its source's events is its whole source again.
pub const SHARE_MAX: f64 = 0.95;
/// Fewer failures than this are no share worth a series: no excess of failures could be found.
pub const FAILED_MIN: u64 = 5;
/// A value of which nearly all fails all the time is how failures look, such as "no server": it has
/// no healthy past to be compared with.
pub const FAILED_SHARE_MAX: f64 = 0.95;

/// What was seen of one value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The value; `Symbol::OTHER` stands for all that have no series of their own.
    pub symbol: Symbol,
    /// Events.
    pub events: u64,
    /// Of these with a status that is a failure.
    pub failed: u64,
    /// Events per bucket of the grid.
    pub counts: Vec<u64>,
    /// Events with a status per bucket; empty where fewer than `FAILED_MIN` failed, or nearly all.
    pub tries: Vec<u64>,
    /// Failures per bucket; as long as `tries`.
    pub failures: Vec<u64>,
}

impl Value {
    /// Its counts beside those of its whole source: the same grid, coverage and family.
    pub fn counts(&self, whole: &Series, entity: &str) -> Series {
        of_entity(whole, entity, Values::Count(self.counts.clone()))
    }

    /// Its share of failures beside that of its whole source; `None` where hardly any or
    /// nearly all failed.
    pub fn failures(&self, whole: &Series, entity: &str) -> Option<Series> {
        let values = || Values::Ratio {
            k: self.failures.clone(),
            n: self.tries.clone(),
        };
        (!self.failures.is_empty()).then(|| of_entity(whole, entity, values()))
    }
}

fn of_entity(whole: &Series, entity: &str, values: Values) -> Series {
    let mut signal = whole.signal.clone();
    signal.entity = Some(entity.to_owned());
    Series {
        signal,
        family: whole.family,
        grid: whole.grid,
        values,
        covered: whole.covered.clone(),
        limit: None,
    }
}

/// Which rows of a source are counted.
pub type Counted = fn(&Chunk, usize) -> bool;

/// Requests, and of jobs those that come in: what `tally` splits as well.
pub fn work(chunk: &Chunk, row: usize) -> bool {
    tally::counts(chunk, row)
}

/// Statements and transactions that a database logs with their duration.
pub fn timed(chunk: &Chunk, row: usize) -> bool {
    chunk
        .number_at(Number::LatencyUs, row)
        .is_some_and(|latency_us| latency_us >= 0)
}

#[derive(Debug, Clone, Copy, Default)]
struct Total {
    events: u64,
    failed: u64,
}

/// For each field the values that matter, most events first, at most `max`, ties by symbol; behind
/// them the rest as one if it matters too. Empty where one value is nearly all there is. Rows
/// without a value or outside of the grid are left out. Costs some ns an event and field.
pub fn values<I: Iterator<Item: Borrow<Chunk>>>(
    chunks: impl Fn() -> I,
    fields: &[Text],
    grid: &Grid,
    counted: Counted,
    max: usize,
) -> Vec<Vec<Value>> {
    let mut totals = vec![Vec::<Total>::new(); fields.len()];
    let mut all = 0;
    for_each(chunks(), fields, grid, counted, |field, symbol, row| {
        let totals = &mut totals[field];
        if totals.len() <= symbol {
            totals.resize(symbol + 1, Total::default());
        }
        totals[symbol].events += row.events;
        totals[symbol].failed += if row.failed { row.events } else { 0 };
    });
    for totals in &totals {
        all = all.max(totals.iter().map(|one| one.events).sum());
    }
    let mut found = Vec::new();
    let mut places = Vec::new();
    for totals in &totals {
        let (values, of_symbol) = chosen(totals, all, grid.n, max);
        found.push(values);
        places.push(of_symbol);
    }
    for_each(chunks(), fields, grid, counted, |field, symbol, row| {
        let Some(value) = found[field].get_mut(places[field][symbol]) else {
            return;
        };
        value.counts[row.bucket] += row.events;
        if row.tried && !value.tries.is_empty() {
            value.tries[row.bucket] += row.events;
            value.failures[row.bucket] += if row.failed { row.events } else { 0 };
        }
    });
    found
}

/// The values that get a series, and for each symbol its place among them; no place is beyond.
fn chosen(totals: &[Total], all: u64, buckets: usize, max: usize) -> (Vec<Value>, Vec<usize>) {
    let matters = |events: u64| {
        let share = events as f64 / all as f64;
        (share >= SHARE_MIN || events >= EVENTS_MIN) && share < SHARE_MAX
    };
    let seen = |i: &usize| totals[*i].events > 0;
    let mut ranked: Vec<usize> = (0..totals.len()).filter(seen).collect();
    ranked.sort_by_key(|&i| (std::cmp::Reverse(totals[i].events), i));
    let is_own = |i: &usize| *i != Symbol::OTHER.0 as usize && matters(totals[*i].events);
    let own: Vec<usize> = ranked.iter().copied().filter(is_own).take(max).collect();
    let mut places = vec![own.len(); totals.len()];
    for (place, &i) in own.iter().enumerate() {
        places[i] = place;
    }
    let of_one = |symbol: Symbol, total: Total| {
        let shares = if has_share(total) { buckets } else { 0 };
        Value {
            symbol,
            events: total.events,
            failed: total.failed,
            counts: vec![0; buckets],
            tries: vec![0; shares],
            failures: vec![0; shares],
        }
    };
    let mut values: Vec<Value> = own
        .iter()
        .map(|&i| of_one(Symbol(i as u32), totals[i]))
        .collect();
    let rest = ranked.iter().filter(|i| !own.contains(i));
    let rest = rest.fold(Total::default(), |sum, &i| Total {
        events: sum.events + totals[i].events,
        failed: sum.failed + totals[i].failed,
    });
    if !values.is_empty() && matters(rest.events) {
        values.push(of_one(Symbol::OTHER, rest));
    }
    (values, places)
}

/// Whether its share of failures can be told from what is usual for it.
fn has_share(total: Total) -> bool {
    total.failed >= FAILED_MIN && total.failed as f64 <= FAILED_SHARE_MAX * total.events as f64
}

/// What a row adds.
#[derive(Debug, Clone, Copy)]
struct Row {
    bucket: usize,
    events: u64,
    tried: bool,
    failed: bool,
}

/// Field, symbol and row of each counted event with a value on the grid.
fn for_each(
    chunks: impl Iterator<Item: Borrow<Chunk>>,
    fields: &[Text],
    grid: &Grid,
    counted: Counted,
    mut take: impl FnMut(usize, usize, Row),
) {
    let mut bucket_of = grid.buckets();
    for chunk in chunks {
        let chunk: &Chunk = chunk.borrow();
        for row in 0..chunk.len() {
            let Some(bucket) = bucket_of(chunk.time_ns[row]) else {
                continue;
            };
            if !counted(chunk, row) {
                continue;
            }
            let status = chunk.number_at(Number::Status, row);
            let events = chunk.number_at(Number::Repeat, row).map_or(1, |n| n.max(1));
            let of_row = Row {
                bucket,
                events: events.unsigned_abs(),
                tried: status.is_some(),
                failed: status.is_some_and(|status| status >= STATUS_FAILED || status <= 0),
            };
            for (field, text) in fields.iter().enumerate() {
                if let Some(symbol) = chunk.text_at(*text, row) {
                    take(field, symbol.0 as usize, of_row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::BucketWidth;
    use proptest::prelude::*;

    const GRID: Grid = Grid {
        start_ns: 0,
        width: BucketWidth::SECOND,
        n: 10,
    };

    /// Requests of (second, client, host, status).
    fn chunk(requests: &[(i64, u32, u32, i64)]) -> Chunk {
        let mut chunk = Chunk::default();
        for &(second, client, host, status) in requests {
            chunk.open(second * 1_000_000_000, 0, 0, 0);
            chunk.set_text(Text::Client, Symbol(client));
            chunk.set_text(Text::Host, Symbol(host));
            chunk.set_number(Number::Status, status);
        }
        chunk.seal();
        chunk
    }

    fn found(requests: &[(i64, u32, u32, i64)], max: usize) -> Vec<Vec<Value>> {
        let fields = [Text::Client, Text::Host];
        values(
            || std::iter::once(chunk(requests)),
            &fields,
            &GRID,
            work,
            max,
        )
    }

    #[test]
    fn failures_are_counted_where_there_are_enough_to_be_an_excess() {
        let mut requests = vec![(1, 2, 5, 503); 5];
        requests.extend([(2, 2, 5, 200), (2, 3, 5, 503), (3, 3, 6, 404), (4, 3, 6, 0)]);
        let [clients, hosts] = &found(&requests, 5)[..] else {
            panic!("two fields");
        };
        let brief = |one: &Value| (one.symbol.0, one.events, one.failed);
        assert_eq!(
            clients.iter().map(brief).collect::<Vec<_>>(),
            [(2, 6, 5), (3, 3, 2)]
        );
        assert_eq!(
            hosts.iter().map(brief).collect::<Vec<_>>(),
            [(5, 7, 6), (6, 2, 1)]
        );
        assert_eq!(hosts[0].failures, [0, 5, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(hosts[0].tries, [0, 5, 2, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(hosts[1].counts, [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
        assert!(hosts[1].failures.is_empty());
    }

    #[test]
    fn a_value_that_is_its_whole_source_and_values_that_are_rare_have_no_series() {
        let mut requests = vec![(1, 2, 9, 200); 990];
        requests.extend((0..10).map(|i| (2, 10 + i, 9, 200)));
        assert_eq!(found(&requests, 5), [[], []]);
    }

    #[test]
    fn what_had_no_room_in_the_table_of_names_is_never_one_of_the_first() {
        let mut requests = vec![(1, 1, 2, 200); 6];
        requests.extend([(2, 7, 3, 200), (3, 7, 3, 200)]);
        let clients = &found(&requests, 5)[0];
        let symbols: Vec<Symbol> = clients.iter().map(|one| one.symbol).collect();
        assert_eq!(symbols, [Symbol(7), Symbol::OTHER]);
        assert_eq!(clients[1].events, 6);
    }

    proptest! {
        #[test]
        fn buckets_add_up_to_the_totals(requests in prop::collection::vec((-2i64..14, 0u32..9, 0u32..4, prop::sample::select(vec![0i64, 200, 404, 500])), 0..80), max in 0usize..6) {
            for values in found(&requests, max) {
                prop_assert!(values.len() <= max + 1);
                for one in values {
                    prop_assert_eq!(one.counts.iter().sum::<u64>(), one.events);
                    let total = Total { events: one.events, failed: one.failed };
                    let failed = if has_share(total) { one.failed } else { 0 };
                    prop_assert_eq!(one.failures.iter().sum::<u64>(), failed);
                    prop_assert!(one.failures.iter().zip(&one.tries).all(|(k, n)| k <= n));
                }
            }
        }
    }
}
