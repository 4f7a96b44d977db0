//! Which series are broken down by who, what and where: clients, endpoints, hosts and services of
//! requests, statements of databases, kinds and clients of jobs.
//!
//! In: what was read and the series of whole sources. Out: a series for each value that matters,
//! to stand behind the others. A source whose events were not all kept has none: half of its
//! counts would look like a fall. How often each came is nobody's harm by itself, so these are
//! internal; failures of an endpoint, host or service are felt by those who ask it.

use super::conclude::Gathered;
use super::plan::Kind;
use super::tally::nature;
use crate::events::columns::Each;
use crate::events::{Interner, Symbol, Text};
use crate::series::assemble::Nature;
use crate::series::queue::ENQUEUE_RATE;
use crate::series::values::{Counted, Wanted, values};
use crate::series::{Grid, Role, Series};

/// Values of one dimension that have a series of their own; the rest is one series.
pub const VALUES_MAX: usize = 20;
/// Values of all series together, buckets times series: beyond it fewer values have one. A
/// second of one core.
const CELLS_MAX: usize = 3_000_000;
/// With fewer values of a dimension than this it is said how many there are.
pub const VALUES_FEW: usize = 5;

/// How one kind of source is broken down.
struct Plan {
    /// The series of the whole source whose parts they are.
    whole: &'static str,
    /// Dimensions, and whether failures are counted too.
    dimensions: &'static [(Text, bool)],
    /// Which rows the whole counts.
    counted: Counted,
}

fn plan(nature: Nature) -> Option<Plan> {
    let (whole, dimensions, counted): (_, &'static [(Text, bool)], Counted) = match nature {
        Nature::Access => (
            "request rate",
            &[
                (Text::Client, false),
                (Text::Endpoint, true),
                (Text::Host, true),
                (Text::Service, true),
                (Text::Flags, false),
            ],
            Counted::Work,
        ),
        Nature::SlowQueries => ("slow queries", &[(Text::Query, false)], Counted::Work),
        Nature::Database => ("slow queries", &[(Text::Query, false)], Counted::Timed),
        Nature::Jobs => (
            ENQUEUE_RATE,
            &[(Text::Kind, false), (Text::Client, false)],
            Counted::Work,
        ),
        // A program's messages are broken down by template; a metric file's gauges are apart.
        Nature::App | Nature::Metric => return None,
    };
    Some(Plan {
        whole,
        dimensions,
        counted,
    })
}

/// A source that is broken down: its index, and its dimensions that have values.
struct Part {
    source: usize,
    plan: Plan,
    dimensions: Vec<(Text, bool)>,
}

fn parts(gathered: &Gathered<'_>) -> Vec<Part> {
    let store = gathered.merged.store();
    let part = |(source, planned): (usize, &super::plan::Planned)| {
        let Kind::Log(detected) = &planned.kind else {
            return None;
        };
        let plan = plan(nature(detected.format.kind))?;
        if store.rows_of(source) as u64 != gathered.merged.tallies[source].events() {
            return None;
        }
        let has = |(text, _): &&(Text, bool)| store.has(source, *text);
        let dimensions: Vec<_> = plan.dimensions.iter().filter(has).copied().collect();
        (!dimensions.is_empty()).then_some(Part {
            source,
            plan,
            dimensions,
        })
    };
    gathered
        .planned
        .iter()
        .enumerate()
        .filter_map(part)
        .collect()
}

/// Values that one dimension may have on this grid; `None` where nothing is broken down.
pub fn values_max(gathered: &Gathered<'_>, grid: &Grid) -> Option<usize> {
    allowed(&parts(gathered), grid)
}

fn allowed(parts: &[Part], grid: &Grid) -> Option<usize> {
    let dimensions = parts.iter().flat_map(|part| &part.dimensions);
    let series: usize = dimensions
        .map(|(_, failures)| 1 + usize::from(*failures))
        .sum();
    // The rest of a dimension is a series too.
    let each = CELLS_MAX / (series * grid.n.max(1)).max(1);
    (series > 0).then(|| each.saturating_sub(1).min(VALUES_MAX))
}

/// The series of the values of all sources, in the order of the sources and dimensions.
pub fn series(gathered: &Gathered<'_>, grid: &Grid, whole: &[Series]) -> Vec<Series> {
    let store = gathered.merged.store();
    let parts = parts(gathered);
    let max = allowed(&parts, grid).unwrap_or(0);
    let mut found = Vec::new();
    for Part {
        source,
        plan,
        dimensions,
    } in parts
    {
        let label = &gathered.planned[source].source.label;
        let named = |name: &str| {
            let mut mine = whole.iter().filter(|one| one.signal.source == *label);
            mine.find(|one| one.signal.name == name && one.signal.entity.is_none())
        };
        let Some(rate) = named(plan.whole) else {
            continue;
        };
        let rate = internal(rate);
        let share = named("error share");
        let scan = |columns, each: Each<'_>| store.each_of(source, columns, each);
        let wanted = Wanted {
            fields: &dimensions,
            counted: plan.counted,
            max,
            rows: store.rows_of(source),
            symbols: &|text| store.names(text).map_or(0, Interner::len),
        };
        let of_fields = values(scan, grid, &wanted);
        for ((text, failures), of_field) in dimensions.iter().zip(of_fields) {
            for value in of_field {
                let name = match value.symbol {
                    Symbol::OTHER => "(other)".to_owned(),
                    symbol => store.text(*text, symbol),
                };
                let entity = format!("{}={name}", text.name());
                let failures = share
                    .filter(|_| *failures)
                    .and_then(|share| value.failures(share, &entity));
                found.push(value.counts(&rate, &entity));
                found.extend(failures);
            }
        }
    }
    found
}

/// The shape of a series without its values, for parts of which nobody feels how many there are.
fn internal(rate: &Series) -> Series {
    let mut rate = rate.clone();
    rate.signal.role = Role::Internal;
    rate
}
