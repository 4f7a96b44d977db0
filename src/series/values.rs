//! Events and failures of the values of a source's dimensions: of each client, endpoint, host,
//! statement or kind of job, per bucket.
//!
//! In: the event chunks of a source, text fields, the grid. Out: for each field the values that
//! matter most and all others together. A pass over the columns after reading, not in the hot rollup,
//! and a second one for fields with very many values: which matter is known only after the first.
//! Does not judge anything.

mod rows;
mod table;

pub use rows::Counted;
use rows::{CLASSES, FAILED, Rows, UNTRIED};
use table::{Table, Totals};

use super::{Grid, Series, Values};
use crate::events::columns::{Each, Only};
use crate::events::{Symbol, Text};

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

/// Cells of the tables of all fields together: 32 MB.
const CELLS_MAX: usize = 8 << 20;
/// Cells for each row: a table with more costs more than a second pass.
const CELLS_PER_ROW: usize = 2;

/// What was seen of one value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The value; `Symbol::OTHER` stands for all that have no series of their own.
    pub symbol: Symbol,
    /// Events.
    pub events: u64,
    /// Of these with a status that is a failure; 0 where failures are not counted.
    pub failed: u64,
    /// Events per bucket of the grid.
    pub counts: Vec<u64>,
    /// Events with a status per bucket; empty where fewer than `FAILED_MIN` failed, or nearly all,
    /// or failures are not counted.
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

#[derive(Debug, Clone, Copy, Default)]
struct Total {
    events: u64,
    failed: u64,
}

impl Totals {
    fn of(&self, symbol: usize) -> Total {
        Total {
            events: self.events[symbol],
            failed: self.failed[symbol],
        }
    }
}

/// What is broken down.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Fields, and whether failures of their values are counted too.
    pub fields: &'a [(Text, bool)],
    /// Which rows are counted.
    pub counted: Counted,
    /// Values of a field that get a series of their own, at most.
    pub max: usize,
    /// Rows that the chunks hold, about: no more memory is taken than suits them.
    pub rows: usize,
    /// How many symbols a field has, about; there may be more.
    pub symbols: &'a dyn Fn(Text) -> usize,
}

/// For each field the values that matter, most events first, ties by symbol; behind
/// them the rest as one if it matters too. Empty where one value is nearly all there is. Rows
/// without a value or outside of the grid are left out. Costs some ns an event and field, and
/// chunks are gone through a second time only for fields with too many values for a table.
pub fn values(scan: impl Fn(Only, Each<'_>), grid: &Grid, wanted: &Wanted<'_>) -> Vec<Vec<Value>> {
    let mut free = (wanted.rows * CELLS_PER_ROW).min(CELLS_MAX);
    let fields = wanted.fields.iter();
    let new = |(text, fails): &(Text, bool)| Field::new(*fails, grid, (wanted.symbols)(*text));
    let mut fields: Vec<Field> = fields.map(new).collect();
    for_each(&scan, grid, wanted, |field, column, rows| {
        fields[field].add(column, rows, &mut free);
    });
    let summed: Vec<_> = fields.iter_mut().map(Field::sums).collect();
    let sums = summed.iter().map(|(totals, _)| totals.events.iter().sum());
    let all = sums.max().unwrap_or(0);
    let chosen = fields
        .iter()
        .zip(&summed)
        .map(|(field, (totals, by_place))| {
            let mut chosen = chosen(totals, all, (grid.n, field.classes), wanted.max);
            if let Some(table) = &field.table {
                chosen.read(table, by_place);
            }
            chosen
        });
    let mut chosen: Vec<Chosen> = chosen.collect();
    let is_left = |field: usize| fields[field].table.is_none();
    let left = |field: usize| is_left(field) && !chosen[field].values.is_empty();
    if (0..fields.len()).any(left) {
        for_each(&scan, grid, wanted, |field, column, rows| {
            if is_left(field) {
                chosen[field].add(column, rows);
            }
        });
    }
    chosen.into_iter().map(Chosen::counted).collect()
}

/// What the first pass finds out of a field.
struct Field {
    /// All there is by place and symbol, while there is room for it.
    table: Option<Table>,
    /// In place of it the totals, and no more.
    totals: Totals,
    /// How many places a bucket has.
    classes: usize,
    /// Places on the grid.
    end: usize,
}

impl Field {
    fn new(fails: bool, grid: &Grid, symbols: usize) -> Self {
        let classes = if fails { CLASSES } else { 1 };
        Self {
            table: Some(Table::new((grid.n + 1) * classes, symbols)),
            totals: Totals::default(),
            classes,
            end: grid.n * classes,
        }
    }

    /// Adds the rows of a chunk.
    fn add(&mut self, column: &[Symbol], rows: &Rows, free: &mut usize) {
        if let Some(table) = &mut self.table {
            if table.add(column, rows, self.classes, free) {
                return;
            }
            self.totals = table.sums(self.classes, self.end).0;
            self.table = None;
        }
        self.totals.add(column, rows, self.classes, self.end);
    }

    /// The totals by symbol, and where there is a table the sums by place. What has no value is no
    /// value.
    fn sums(&mut self) -> (Totals, Vec<u64>) {
        let (mut totals, by_place) = match &self.table {
            Some(table) => table.sums(self.classes, self.end),
            None => (std::mem::take(&mut self.totals), Vec::new()),
        };
        let both = [&mut totals.events, &mut totals.failed];
        let none = both.into_iter().filter_map(|one| one.first_mut());
        none.for_each(|none| *none = 0);
        (totals, by_place)
    }
}

/// The values of a field that get a series, while they are counted.
struct Chosen {
    /// Without what is counted below.
    values: Vec<Value>,
    /// How many of them stand for one symbol.
    own: usize,
    /// For each symbol where the places of its value begin.
    begins: Vec<u32>,
    /// Events by place: of each value, and of all symbols that have none.
    counts: Vec<u64>,
    /// Places of a bucket.
    classes: usize,
    /// Places of a value: those of the grid, and those for what is not counted.
    stride: usize,
}

impl Chosen {
    /// Adds the rows of a chunk to the places of their values.
    fn add(&mut self, column: &[Symbol], rows: &Rows) {
        if self.values.is_empty() {
            return;
        }
        let at = |symbol: Symbol, place: u32| (self.begins[symbol.0 as usize] + place) as usize;
        let placed = column.iter().zip(rows.places(self.classes));
        // No look at whether it has a value: what comes in any order is guessed wrongly.
        match rows.events.is_empty() {
            true => placed.for_each(|(symbol, place)| self.counts[at(*symbol, *place)] += 1),
            false => placed
                .zip(&rows.events)
                .for_each(|((symbol, place), events)| {
                    self.counts[at(*symbol, *place)] += events;
                }),
        }
    }

    /// Takes the counts from a table of all there is; the rest is what no value of its own has.
    fn read(&mut self, table: &Table, by_place: &[u64]) {
        for (place, all) in by_place.iter().enumerate() {
            let counts = table.at(place);
            let mut rest = *all;
            for (value, own) in self.values[..self.own].iter().enumerate() {
                let events = u64::from(counts[own.symbol.0 as usize]);
                self.counts[value * self.stride + place] = events;
                rest -= events;
            }
            if self.own < self.values.len() {
                self.counts[self.own * self.stride + place] = rest;
            }
        }
    }

    /// The values with what was counted of them.
    fn counted(mut self) -> Vec<Value> {
        let of_values = self.counts.chunks_exact(self.stride);
        for (value, counts) in self.values.iter_mut().zip(of_values) {
            let buckets = counts.chunks_exact(self.classes);
            let buckets = buckets.take(self.stride / self.classes - 1);
            value.counts = buckets.clone().map(|bucket| bucket.iter().sum()).collect();
            if !value.failures.is_empty() {
                let all = value.counts.iter().zip(buckets.clone());
                value.tries = all.map(|(all, bucket)| all - bucket[UNTRIED]).collect();
                value.failures = buckets.map(|bucket| bucket[FAILED]).collect();
            }
        }
        self.values
    }
}

/// The values that get a series.
fn chosen(totals: &Totals, all: u64, (buckets, classes): (usize, usize), max: usize) -> Chosen {
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
    let stride = (buckets + 1) * classes;
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
        own: own.len(),
        values,
        begins,
        classes,
        stride,
    }
}

/// Whether its share of failures can be told from what is usual for it.
fn has_share(total: Total) -> bool {
    total.failed >= FAILED_MIN && total.failed as f64 <= FAILED_SHARE_MAX * total.events as f64
}

/// Each field of each chunk that has it: its index, its column and the rows.
fn for_each(
    scan: impl Fn(Only, Each<'_>),
    grid: &Grid,
    wanted: &Wanted<'_>,
    mut take: impl FnMut(usize, &[Symbol], &Rows),
) {
    let mut rows = Rows::default();
    let classes = wanted.fields.iter().any(|(_, fails)| *fails);
    let texts = wanted.fields.iter().map(|(text, _)| *text);
    let columns = Only::of(rows::NUMBERS, texts.chain(rows::TEXTS));
    scan(columns, &mut |chunk| {
        rows.take(chunk, wanted.counted, grid, classes);
        for (field, (text, _)) in wanted.fields.iter().enumerate() {
            let column = chunk.text(*text);
            if !column.is_empty() {
                take(field, column, &rows);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::columns::scan_of;
    use crate::events::{Chunk, Number};
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

    fn wanted(fields: &[(Text, bool)], max: usize, rows: usize) -> Wanted<'_> {
        Wanted {
            fields,
            counted: Counted::Work,
            max,
            rows,
            symbols: &|_| 4,
        }
    }

    fn found(requests: &[(i64, u32, u32, i64)], max: usize) -> Vec<Vec<Value>> {
        let fields = [(Text::Client, true), (Text::Host, true)];
        values(
            scan_of(&[chunk(requests)]),
            &GRID,
            &wanted(&fields, max, 1000),
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
        fn every_bucket_holds_what_one_by_one_counts(requests in prop::collection::vec((-2i64..14, prop::option::of(1u32..6), prop::option::of(prop::sample::select(vec![0i64, 200, 404, 500])), prop::option::of(1i64..4)), 0..120), cut in 0usize..120, max in 0usize..6, rows in prop_oneof![Just(0usize), 10usize..100]) {
            let (some, others) = requests.split_at(cut.min(requests.len()));
            let chunks = [sparse(some), sparse(others)];
            let found = values(scan_of(&chunks), &GRID, &wanted(&[(Text::Client, true)], max, rows));
            let counts = values(scan_of(&chunks), &GRID, &wanted(&[(Text::Client, false)], max, rows));
            prop_assert!(counts[0].iter().all(|one| one.failures.is_empty() && one.failed == 0));
            let of = |found: &[Value]| found.iter().map(|one| (one.symbol, one.counts.clone())).collect::<Vec<_>>();
            prop_assert_eq!(of(&counts[0]), of(&found[0]));
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
