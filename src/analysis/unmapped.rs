//! What `--map` says of keys that no source has: most likely a slip of the pen.

use super::BlindSpot;
use super::conclude::Gathered;
use super::plan::{Kind, Planned};
use crate::formats::mapping::Mapping;

/// A blind spot for each mapping that no source reads by.
pub fn unmapped(gathered: &Gathered<'_>) -> Vec<BlindSpot> {
    let reads = |one: &Mapping, planned: &Planned| match &planned.kind {
        Kind::Log(detected) => one.holds_in(&detected.format),
        _ => false,
    };
    let said = gathered.options.mappings.iter();
    said.filter(|one| !gathered.planned.iter().any(|planned| reads(one, planned)))
        .map(|one| BlindSpot {
            source: "--map".to_owned(),
            what: format!("{}: no source has such a key", one.words()),
            kind: "unparsed",
            range: None,
        })
        .collect()
}
