//! Pairs of clocks that disagree: `13:52 UTC+1 / 05:52 PST` where the place shows daylight time.
//!
//! In: the pairs of a record whose second clock is not the first's instant. Out: one defect for
//! all pairs with the same slip. The first clock of a pair is the one that is used.

use super::Defect;
use crate::clock::words::length;
use crate::clock::{Label, Zone, ZoneText};

/// A pair whose clocks disagree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Misfit {
    /// Its line, from 1.
    pub line: u64,
    /// The second clock as written; printable.
    pub literal: String,
    /// What its zone says.
    pub zone: Option<ZoneText>,
    /// The instant of the first clock, ns UTC.
    pub at_ns: i64,
    /// The second clock read literally less the first, ns; `None` if it cannot be read.
    pub apart_ns: Option<i64>,
    /// Whether the clocks of the label's place show the second time at the instant.
    pub fits: bool,
}

/// Defects of the pairs, those with the same zone and slip together, by their first lines.
/// `pairs` is how many pairs of clocks the record has.
pub(super) fn defects(misfits: &[Misfit], pairs: usize) -> Vec<Defect> {
    let alike =
        |a: &Misfit, b: &Misfit| (a.zone, a.apart_ns, a.fits) == (b.zone, b.apart_ns, b.fits);
    let mut groups: Vec<Vec<&Misfit>> = Vec::new();
    for misfit in misfits {
        match groups.iter_mut().find(|group| alike(group[0], misfit)) {
            Some(group) => group.push(misfit),
            None => groups.push(vec![misfit]),
        }
    }
    groups.iter().map(|group| defect(group, pairs)).collect()
}

fn defect(group: &[&Misfit], pairs: usize) -> Defect {
    let first = group[0];
    let literals: Vec<&str> = group.iter().map(|one| one.literal.as_str()).collect();
    let apart = first.apart_ns.map_or_else(
        || "disagree".to_owned(),
        |ns| format!("are {} apart as written", length(ns.abs())),
    );
    let which = match (group.len(), pairs) {
        (1, 1) => "the two clocks".to_owned(),
        (n, pairs) if n == pairs => format!("the two clocks of all {n} pairs"),
        (n, pairs) => format!("the two clocks of {n} of {pairs} pairs"),
    };
    let used = Zone::UTC.local(first.at_ns).format("%H:%M UTC");
    let reading = match first.zone {
        Some(ZoneText::Label(Label { place, .. })) if first.fits => {
            let zone = Zone::Named(place);
            let all = if group.len() > 1 {
                ", which fits all"
            } else {
                ""
            };
            format!(
                "{} ({} then){all}: {used}",
                zone.name_at(first.at_ns),
                place.name()
            )
        }
        _ => format!("the first clock of the pair: {used}"),
    };
    Defect {
        line: first.line,
        literal: literals.join(", "),
        what: format!("zone label error: {which} {apart}"),
        reading,
    }
}
