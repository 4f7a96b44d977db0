//! The pairs of events that a label can mean, each with how far it is from the plain meaning.

use super::timeline::{Event, Role};
use crate::records::stated::Meaning;
use Role::{
    Acknowledged, Alert, Change, Closed, Declared, Detected, Engaged, Identified, Repaired,
    Restored, Start,
};

/// Events of one side that are tried.
const SIDE_MAX: usize = 12;
/// Another event of the same role than the plain one.
const SAME_ROLE: f64 = 0.6;
/// One of several outages, each from its start to its own end.
const OWN_WINDOW: f64 = 0.2;
/// Below this a pair is what the label plainly means.
pub(super) const PLAIN: f64 = 0.3;

/// Roles of one side; those of a tier are alike, an earlier tier is plainer.
type Tiers = &'static [&'static [Role]];

/// Where lengths with that meaning begin and end.
pub(super) fn tiers(meaning: Meaning) -> (Tiers, Tiers) {
    const IMPACT: Tiers = &[
        &[Start],
        &[Detected, Alert],
        &[Declared],
        &[Acknowledged, Engaged],
        &[Identified],
    ];
    const ALERT: Tiers = &[&[Alert], &[Detected], &[Start]];
    match meaning {
        Meaning::Detect => (
            &[&[Start], &[Change]],
            &[&[Detected, Alert], &[Declared], &[Acknowledged, Engaged]],
        ),
        Meaning::Acknowledge => (ALERT, &[&[Acknowledged], &[Engaged]]),
        Meaning::Respond => (ALERT, &[&[Acknowledged, Engaged], &[Declared]]),
        Meaning::Identify => (IMPACT, &[&[Identified]]),
        Meaning::Mitigate | Meaning::Repair => (IMPACT, &[&[Repaired], &[Restored], &[Closed]]),
        Meaning::Resolve => (IMPACT, &[&[Closed], &[Restored], &[Repaired]]),
        Meaning::Outage | Meaning::Total => (IMPACT, &[&[Restored], &[Closed], &[Repaired]]),
        Meaning::Unnamed => (&[], &[]),
    }
}

/// Two events and how far they are from what the label plainly means: 0 is that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub from: &'a Event,
    pub to: &'a Event,
    pub price: f64,
}

/// All pairs, the plainest first; the first is the plain one.
pub(super) fn candidates(meaning: Meaning, events: &[Event]) -> Vec<Candidate<'_>> {
    let (starts, ends) = tiers(meaning);
    let starts = side(starts, events, Side::Start);
    let ends = side(ends, events, Side::End);
    let mut all = Vec::with_capacity(starts.len() * ends.len());
    for &(from, start_price) in &starts {
        for &(to, end_price) in &ends {
            let mut price = start_price + end_price;
            if meaning == Meaning::Outage && is_own_end(from, to, &starts, &ends) {
                price = price.min(OWN_WINDOW);
            }
            all.push(Candidate { from, to, price });
        }
    }
    all.sort_by(|a, b| {
        let place = |one: &Candidate| (one.from.line, one.to.line);
        a.price
            .total_cmp(&b.price)
            .then_with(|| place(a).cmp(&place(b)))
    });
    all
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
}

fn side(tiers: Tiers, events: &[Event], side: Side) -> Vec<(&Event, f64)> {
    let mut found: Vec<(&Event, f64)> = Vec::new();
    let mut price = 0.0;
    for tier in tiers {
        let here: Vec<&Event> = events
            .iter()
            .filter(|event| tier.contains(&event.role))
            .collect();
        let Some(plain) = plain(&here, side) else {
            continue;
        };
        found.push((plain, price));
        let others = here.into_iter().filter(|event| event.when != plain.when);
        found.extend(others.map(|event| (event, price + SAME_ROLE)));
        price += 1.0;
    }
    found.truncate(SIDE_MAX);
    found
}

/// What is meant if nothing says otherwise: a label before a sentence; then the first to start
/// and the last to end, of labels the first that is listed.
fn plain<'a>(here: &[&'a Event], side: Side) -> Option<&'a Event> {
    let labels = here.iter().filter(|event| event.is_label);
    let of_labels = labels.min_by_key(|event| event.line);
    let of_all = match side {
        Side::Start => here.iter().min_by_key(|event| event.when.at_ns),
        Side::End => here.iter().max_by_key(|event| event.when.at_ns),
    };
    of_labels.or(of_all).copied()
}

/// Whether `to` is the first end after `from`, and no other start lies between: one of several
/// outages.
fn is_own_end(from: &Event, to: &Event, starts: &[(&Event, f64)], ends: &[(&Event, f64)]) -> bool {
    let (begins, over) = (from.when.at_ns, to.when.at_ns);
    let between = |event: &Event| event.when.at_ns > begins && event.when.at_ns < over;
    let same_start = |event: &Event| event.role == from.role;
    let same_end = |event: &Event| event.role == to.role;
    from.role == Start
        && to.role == Restored
        && begins < over
        && !starts.iter().any(|(e, _)| same_start(e) && between(e))
        && !ends.iter().any(|(e, _)| same_end(e) && between(e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{NS_PER_MIN, When};
    use crate::records::ClaimSource;

    fn event(role: Role, line: u64, minute: i64, is_label: bool) -> Event {
        Event {
            role,
            when: When::stamped(minute * NS_PER_MIN, NS_PER_MIN),
            line,
            words: String::new(),
            is_label,
            source: ClaimSource::Text,
        }
    }

    /// The pairs as `from-to` lines, those that are plain first and marked.
    fn check(meaning: Meaning, events: &[Event], expected: &str) {
        let shown: Vec<String> = candidates(meaning, events)
            .iter()
            .map(|one| {
                let mark = if one.price < PLAIN { "!" } else { "" };
                format!("{}-{}{mark}", one.from.line, one.to.line)
            })
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn the_impact_is_the_plain_start_and_others_follow() {
        let events = [
            event(Start, 1, 0, true),
            event(Declared, 2, 6, true),
            event(Closed, 3, 20, true),
        ];
        check(Meaning::Resolve, &events, "1-3! 2-3");
        check(Meaning::Resolve, &events[1..], "2-3!");
        check(Meaning::Detect, &events, "1-2!");
        check(Meaning::Acknowledge, &events, "");
    }

    #[test]
    fn a_label_beats_a_sentence() {
        let events = [
            event(Detected, 1, 5, true),
            event(Detected, 2, 0, false),
            event(Repaired, 3, 9, true),
            event(Repaired, 4, 30, false),
        ];
        check(Meaning::Repair, &events, "1-3! 1-4 2-3 2-4");
    }

    #[test]
    fn every_outage_has_its_own_end() {
        let events = [
            event(Start, 1, 0, false),
            event(Restored, 2, 10, false),
            event(Start, 3, 20, false),
            event(Restored, 4, 35, false),
        ];
        check(Meaning::Outage, &events, "1-4! 1-2! 3-4! 3-2");
    }
}
