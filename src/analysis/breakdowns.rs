//! Which series are broken down by entity: the messages of programs by their template.
//!
//! In: what was read and the series of whole sources. Out: a series for each template that
//! matters, and one of all that tell of a failure without a level, to stand behind the others. A
//! source whose events were not all kept has none: half of its counts would look like a fall.

use super::conclude::Gathered;
use super::plan::Kind;
use super::tally::nature;
use crate::events::columns::Each;
use crate::events::{Symbol, Text};
use crate::formats::failure::tells_of_failure;
use crate::series::assemble::{FAILURE_MESSAGES, MESSAGE_RATE, Nature};
use crate::series::entities::{Entity, Gravity, entities};
use crate::series::{Grid, Role, Series, Values};

/// Templates of one source that have a series of their own; the rest is one series.
pub const TEMPLATES_MAX: usize = 50;

/// The series of the templates of all programs' logs, in the order of the sources.
pub fn templates(gathered: &Gathered<'_>, grid: &Grid, whole: &[Series]) -> Vec<Series> {
    let store = gathered.merged.store();
    let mut found = Vec::new();
    for (source, planned) in gathered.planned.iter().enumerate() {
        let Kind::Log(detected) = &planned.kind else {
            continue;
        };
        let label = &planned.source.label;
        let is_whole =
            |one: &&Series| one.signal.source == *label && one.signal.name == MESSAGE_RATE;
        let Some(whole) = whole.iter().find(is_whole) else {
            continue;
        };
        let all_kept = store.rows_of(source) as u64 == gathered.merged.tallies[source].events();
        if nature(detected.format.kind) != Nature::App || !all_kept {
            continue;
        }
        let scan = |columns, each: Each<'_>| store.each_of(source, columns, each);
        // A format with marks knows what its program says.
        let marks = &detected.format.marks;
        let tells =
            |symbol| marks.is_empty() && tells_of_failure(&store.text(Text::Message, symbol));
        let entities = entities(scan, Text::Message, grid, TEMPLATES_MAX, &tells);
        // One template alone is its whole source.
        if entities.len() < 2 {
            continue;
        }
        found.extend(failures(&entities, whole));
        for entity in entities {
            let text = match entity.symbol {
                Symbol::OTHER => "(other)".to_owned(),
                symbol => store.text(Text::Message, symbol),
            };
            let name = match entity.gravity {
                Gravity::Error => "error messages",
                Gravity::Warning => "warnings",
                Gravity::Failure => FAILURE_MESSAGES,
                Gravity::Plain => "messages",
            };
            found.push(entity.series(whole, name, format!("template={text}")));
        }
    }
    found
}

/// All messages of a source that tell of a failure without a level, if there are any: its error
/// messages, as far as words tell.
fn failures(entities: &[Entity], whole: &Series) -> Option<Series> {
    let mut failures = entities
        .iter()
        .filter(|one| one.gravity == Gravity::Failure);
    let mut counts = failures.next()?.counts.clone();
    for other in failures {
        for (sum, count) in counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
    }
    let mut series = Series {
        values: Values::Count(counts),
        ..whole.clone()
    };
    series.signal.name = FAILURE_MESSAGES.to_owned();
    series.signal.role = Role::Internal;
    Some(series)
}
