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
use crate::events::chunk::ABSENT;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Requests, and of jobs those that come in: what `tally` splits as well.
    Work,
    /// Statements and transactions that a database logs with their duration.
    Timed,
}

impl Counted {
    /// Puts the rows that are not counted into the bucket `nowhere`.
    fn leave_out(self, chunk: &Chunk, buckets: &mut [u32], nowhere: u32) {
        // Half of the rows may be none, in no order: that would be guessed wrongly.
        let leave_out = |(bucket, is_left_out): (&mut u32, bool)| {
            *bucket = if is_left_out { nowhere } else { *bucket };
        };
        let column = |field: Number| chunk.number(field).iter();
        let has_steps = !chunk.number(Number::JobStep).is_empty();
        match self {
            Self::Timed if chunk.number(Number::LatencyUs).is_empty() => buckets.fill(nowhere),
            Self::Timed => {
                let untimed = column(Number::LatencyUs).map(|us| *us < 0);
                buckets.iter_mut().zip(untimed).for_each(leave_out);
            }
            Self::Work if has_steps => {
                let left_out = (0..chunk.len()).map(|row| !tally::counts(chunk, row));
                buckets.iter_mut().zip(left_out).for_each(leave_out);
            }
            // Without one of the two columns all are counted.
            Self::Work => {
                let rows = column(Number::Status).zip(chunk.text(Text::Kind));
                let left_out =
                    rows.map(|(status, kind)| (*status == ABSENT) & (*kind != Symbol::NONE));
                buckets.iter_mut().zip(left_out).for_each(leave_out);
            }
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Total {
    events: u64,
    failed: u64,
}

/// The same of every symbol.
#[derive(Clone, Default)]
struct Totals {
    events: Vec<u64>,
    failed: Vec<u64>,
}

impl Totals {
    fn of(&self, symbol: usize) -> Total {
        Total {
            events: self.events[symbol],
            failed: self.failed[symbol],
        }
    }
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
    let mut totals = vec![Totals::default(); fields.len()];
    for_each(chunks(), fields, grid, counted, |field, column, rows| {
        add_up(&mut totals[field], column, rows);
    });
    // What has no value is no value.
    for totals in &mut totals {
        let both = [&mut totals.events, &mut totals.failed];
        let none = both.into_iter().filter_map(|one| one.first_mut());
        none.for_each(|none| *none = 0);
    }
    let sums = totals.iter().map(|totals| totals.events.iter().sum());
    let all = sums.max().unwrap_or(0);
    let chosen = totals.iter().map(|totals| chosen(totals, all, grid.n, max));
    let mut chosen: Vec<Chosen> = chosen.collect();
    for_each(chunks(), fields, grid, counted, |field, column, rows| {
        chosen[field].add(column, rows);
    });
    chosen.into_iter().map(Chosen::counted).collect()
}

/// Adds the rows of a chunk to the totals of a field's values.
fn add_up(totals: &mut Totals, column: &[Symbol], rows: &Rows) {
    let largest = column.iter().map(|symbol| symbol.0).max().unwrap_or(0) as usize;
    let symbols = totals.events.len().max(largest + 1);
    totals.events.resize(symbols, 0);
    totals.failed.resize(symbols, 0);
    let add = |(symbol, events): (&Symbol, u64)| totals.events[symbol.0 as usize] += events;
    match rows.events.is_empty() {
        true => {
            let is_counted = rows.buckets.iter().map(|bucket| *bucket < rows.nowhere);
            column.iter().zip(is_counted.map(u64::from)).for_each(add);
        }
        false => column.iter().zip(rows.events.iter().copied()).for_each(add),
    }
    for &row in &rows.failed {
        totals.failed[column[row as usize].0 as usize] += rows.events(row);
    }
}

/// The values of a field that get a series, while they are counted.
struct Chosen {
    /// Without what is counted below.
    values: Vec<Value>,
    /// For each symbol where the buckets of its value begin.
    begins: Vec<u32>,
    /// Events by bucket: of each value, and of all symbols that have none.
    counts: Vec<u64>,
    /// As many: those of them that have no status.
    untried: Vec<u64>,
    /// Buckets of a value: those of the grid, and one for what is not counted.
    stride: usize,
}

impl Chosen {
    /// Adds the rows of a chunk to the buckets of their values.
    fn add(&mut self, column: &[Symbol], rows: &Rows) {
        if self.values.is_empty() {
            return;
        }
        let place =
            |symbol: Symbol, bucket: u32| (self.begins[symbol.0 as usize] + bucket) as usize;
        let placed = column.iter().zip(&rows.buckets);
        // No look at whether it has a value: what comes in any order is guessed wrongly.
        match rows.events.is_empty() {
            true => placed.for_each(|(symbol, bucket)| self.counts[place(*symbol, *bucket)] += 1),
            false => placed
                .zip(&rows.events)
                .for_each(|((symbol, bucket), events)| {
                    self.counts[place(*symbol, *bucket)] += events;
                }),
        }
        if self.values.iter().all(|value| value.failures.is_empty()) {
            return;
        }
        for &row in &rows.untried {
            let at = place(column[row as usize], rows.buckets[row as usize]);
            self.untried[at] += rows.events(row);
        }
        for &row in &rows.failed {
            let bucket = rows.buckets[row as usize];
            let value = place(column[row as usize], bucket) / self.stride;
            let value = self.values.get_mut(value);
            if let Some(value) = value.filter(|value| !value.failures.is_empty()) {
                value.failures[bucket as usize] += rows.events(row);
            }
        }
    }

    /// The values with what was counted of them.
    fn counted(mut self) -> Vec<Value> {
        for (i, value) in self.values.iter_mut().enumerate() {
            let own = i * self.stride..(i + 1) * self.stride - 1;
            value.counts = self.counts[own.clone()].to_vec();
            if !value.failures.is_empty() {
                let untried = value.counts.iter().zip(&self.untried[own]);
                value.tries = untried.map(|(all, untried)| all - untried).collect();
            }
        }
        self.values
    }
}

/// The values that get a series.
fn chosen(totals: &Totals, all: u64, buckets: usize, max: usize) -> Chosen {
    let matters = |events: u64| {
        let share = events as f64 / all as f64;
        (share >= SHARE_MIN || events >= EVENTS_MIN) && share < SHARE_MAX
    };
    let events = &totals.events;
    let mut ranked: Vec<usize> = (0..events.len()).filter(|&i| events[i] > 0).collect();
    ranked.sort_by_key(|&i| (std::cmp::Reverse(events[i]), i));
    let is_own = |i: &usize| *i != Symbol::OTHER.0 as usize && matters(events[*i]);
    let own: Vec<usize> = ranked.iter().copied().filter(is_own).take(max).collect();
    let of_one = |symbol: Symbol, total: Total| {
        let shares = if has_share(total) { buckets } else { 0 };
        Value {
            symbol,
            events: total.events,
            failed: total.failed,
            counts: Vec::new(),
            tries: Vec::new(),
            failures: vec![0; shares],
        }
    };
    let mut values: Vec<Value> = own
        .iter()
        .map(|&i| of_one(Symbol(i as u32), totals.of(i)))
        .collect();
    let rest = ranked.iter().filter(|i| !own.contains(i));
    let rest = rest.fold(Total::default(), |sum, &i| Total {
        events: sum.events + events[i],
        failed: sum.failed + totals.failed[i],
    });
    if !values.is_empty() && matters(rest.events) {
        values.push(of_one(Symbol::OTHER, rest));
    }
    // Where there is no rest, and for what has no value, the last.
    let stride = buckets + 1;
    let at = |place: usize| (place * stride) as u32;
    let mut begins = vec![at(own.len()); events.len()];
    for (place, &i) in own.iter().enumerate() {
        begins[i] = at(place);
    }
    if let Some(none) = begins.first_mut() {
        *none = at(values.len());
    }
    let cells = match values.is_empty() {
        true => 0,
        false => (values.len() + 1) * stride,
    };
    Chosen {
        counts: vec![0; cells],
        untried: vec![0; cells],
        values,
        begins,
        stride,
    }
}

/// Whether its share of failures can be told from what is usual for it.
fn has_share(total: Total) -> bool {
    total.failed >= FAILED_MIN && total.failed as f64 <= FAILED_SHARE_MAX * total.events as f64
}

/// The rows of a chunk, and which of them are counted.
#[derive(Default)]
struct Rows {
    /// The bucket of each row.
    buckets: Vec<u32>,
    /// The bucket of those that are not counted: the one behind the last.
    nowhere: u32,
    /// How many events each row stands for; empty where each that is counted is one.
    events: Vec<u64>,
    /// Rows that are counted and have a status that is a failure.
    failed: Vec<u32>,
    /// Rows that are counted and have no status.
    untried: Vec<u32>,
}

impl Rows {
    fn events(&self, row: u32) -> u64 {
        self.events.get(row as usize).copied().unwrap_or(1)
    }

    /// Takes in another chunk in place of the last.
    fn take(&mut self, chunk: &Chunk, counted: Counted, grid: &Grid) {
        let nowhere = grid.n as u32;
        grid.find(&chunk.time_ns, &mut self.buckets);
        counted.leave_out(chunk, &mut self.buckets, nowhere);
        self.nowhere = nowhere;
        self.events.clear();
        let repeats = chunk.number(Number::Repeat).iter().zip(&self.buckets);
        self.events.extend(repeats.map(|(repeat, bucket)| {
            // What is not there is the least of all numbers.
            (*repeat).max(1).unsigned_abs() * u64::from(*bucket < nowhere)
        }));
        self.told_apart(chunk.number(Number::Status));
    }

    /// Finds the rows that are counted and failed, or have no status. Each row is written where the
    /// next belongs and stays there if it is one: half of them may be, in no order.
    fn told_apart(&mut self, statuses: &[i64]) {
        let (rows, nowhere) = (self.buckets.len(), self.nowhere);
        if statuses.is_empty() {
            self.failed.clear();
            self.untried.clear();
            let all = (0..rows as u32).filter(|row| self.buckets[*row as usize] < nowhere);
            self.untried.extend(all);
            return;
        }
        self.failed.resize(rows + 1, 0);
        self.untried.resize(rows + 1, 0);
        let (mut failed, mut untried) = (0, 0);
        for (row, (status, bucket)) in statuses.iter().zip(&self.buckets).enumerate() {
            let is_counted = usize::from(*bucket < nowhere);
            let is_untried = usize::from(*status == ABSENT);
            let is_failure = 1 ^ is_untried ^ usize::from((1..STATUS_FAILED).contains(status));
            self.failed[failed] = row as u32;
            failed += is_counted & is_failure;
            self.untried[untried] = row as u32;
            untried += is_counted & is_untried;
        }
        self.failed.truncate(failed);
        self.untried.truncate(untried);
    }
}

/// Each field of each chunk that has it: its index, its column and the rows.
fn for_each(
    chunks: impl Iterator<Item: Borrow<Chunk>>,
    fields: &[Text],
    grid: &Grid,
    counted: Counted,
    mut take: impl FnMut(usize, &[Symbol], &Rows),
) {
    let mut rows = Rows::default();
    for chunk in chunks {
        let chunk: &Chunk = chunk.borrow();
        rows.take(chunk, counted, grid);
        for (field, text) in fields.iter().enumerate() {
            let column = chunk.text(*text);
            if !column.is_empty() {
                take(field, column, &rows);
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
            Counted::Work,
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

    /// Second, client, status and repeat of a request.
    type Request = (i64, Option<u32>, Option<i64>, Option<i64>);

    fn sparse(requests: &[Request]) -> Chunk {
        let mut chunk = Chunk::default();
        for &(second, client, status, repeat) in requests {
            chunk.open(second * 1_000_000_000, 0, 0, 0);
            client
                .into_iter()
                .for_each(|client| chunk.set_text(Text::Client, Symbol(client)));
            status
                .into_iter()
                .for_each(|status| chunk.set_number(Number::Status, status));
            repeat
                .into_iter()
                .for_each(|repeat| chunk.set_number(Number::Repeat, repeat));
        }
        chunk.seal();
        chunk
    }

    proptest! {
        #[test]
        fn every_bucket_holds_what_one_by_one_counts(requests in prop::collection::vec((-2i64..14, prop::option::of(1u32..6), prop::option::of(prop::sample::select(vec![0i64, 200, 404, 500])), prop::option::of(1i64..4)), 0..120), cut in 0usize..120, max in 0usize..6) {
            let (some, others) = requests.split_at(cut.min(requests.len()));
            let chunks = [sparse(some), sparse(others)];
            let found = values(|| chunks.iter(), &[Text::Client], &GRID, Counted::Work, max);
            let own: Vec<u32> = found[0].iter().map(|one| one.symbol.0).filter(|symbol| *symbol != Symbol::OTHER.0).collect();
            for one in &found[0] {
                let is_mine = |client: u32| match one.symbol {
                    Symbol::OTHER => !own.contains(&client),
                    symbol => symbol.0 == client,
                };
                let mine = |second: i64, wanted: &dyn Fn(Option<i64>) -> bool| {
                    let mine = requests.iter().filter(|request| request.0 == second && request.1.is_some_and(is_mine) && wanted(request.2));
                    mine.map(|request| request.3.unwrap_or(1) as u64).sum::<u64>()
                };
                for second in 0..GRID.n {
                    let count = |wanted: &dyn Fn(Option<i64>) -> bool| mine(second as i64, wanted);
                    prop_assert_eq!(one.counts[second], count(&|_| true));
                    if !one.failures.is_empty() {
                        prop_assert_eq!(one.tries[second], count(&|status| status.is_some()));
                        prop_assert_eq!(one.failures[second], count(&|status| status.is_some_and(|n| n <= 0 || n >= 500)));
                    }
                }
            }
        }

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
