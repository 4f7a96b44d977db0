//! The verdict on each stated length of time.

use std::collections::BTreeMap;

use super::candidates::{Candidate, candidates, tiers};
use super::readings::{Fit, as_written, clocks, nearest, way, with_a_slip};
use super::shared_hours::{Open, shared};
use super::slips::Slip;
use super::timeline::{Group, Groups};
use super::{Checked, Clock, Verdict, Way};
use crate::clock::Zone;
use crate::clock::words::length as length_words;
use crate::records::Record;
use crate::records::stated::{Hours, Length, Meaning, Stated};

/// What is being judged, before all of the record is known.
struct Judged<'a> {
    checked: Checked,
    pairs: Vec<Candidate<'a>>,
    /// Readings with a slip, all as likely.
    slips: Vec<Fit>,
}

/// Judges every stated length of a record; in its order, none left out.
pub(super) fn check(record: &Record, groups: &Groups) -> Vec<Checked> {
    let zone = record.zone.unwrap_or(Zone::UTC);
    let hours = &record.stated.hours;
    let mut judged: Vec<Judged> = record
        .stated
        .durations
        .iter()
        .map(|stated| judge(stated, groups, hours, zone))
        .collect();
    by_shared_hours(&mut judged, zone);
    settle_slips(&mut judged);
    judged.into_iter().map(|one| one.checked).collect()
}

fn judge<'a>(stated: &Stated, groups: &'a Groups, hours: &[Hours], zone: Zone) -> Judged<'a> {
    let checked = |verdict, remark: String| Checked {
        stated: stated.clone(),
        verdict,
        follows: None,
        reading: None,
        remark,
    };
    let alone = |verdict, remark: &str| Judged {
        checked: checked(verdict, remark.to_owned()),
        pairs: Vec::new(),
        slips: Vec::new(),
    };
    if stated.meaning == Meaning::Unnamed {
        let why = "it does not say between which events, or speaks of something else";
        return alone(Verdict::NotCheckable, why);
    }
    if let (Some(parts), Some(length)) = (stated.parts, stated.length) {
        return sum(stated, &parts, &length);
    }
    let Some(group) = groups.of_line(stated.line) else {
        return alone(Verdict::NotCheckable, "it does not say of which incident");
    };
    let pairs = candidates(stated.meaning, &group.events);
    let Some(first) = pairs.first() else {
        return alone(Verdict::NotCheckable, &missing(stated.meaning, group));
    };
    let clocks = clocks(stated, hours);
    let meant = clocks.first().map_or(Clock::Wall, |(clock, _)| *clock);
    let follows = way(first.from, first.to, meant, zone);
    let Some(length) = stated.length else {
        let mut checked = checked(Verdict::NotCheckable, "it gives no number".to_owned());
        checked.follows = Some(follows);
        let slips = Vec::new();
        return Judged {
            checked,
            pairs,
            slips,
        };
    };
    let mut checked = checked(Verdict::NotReproducible, String::new());
    checked.follows = Some(follows);
    let mut slips = Vec::new();
    if let Some(fit) = as_written(&length, &pairs, &clocks, zone) {
        checked.verdict = match fit.plain {
            true => Verdict::Reproducible,
            false => Verdict::OtherReading,
        };
        if fit.plain {
            checked.follows = Some(fit.way.clone());
        }
        checked.reading = Some(fit.way);
    } else {
        slips = slipped(stated, &length, group, &pairs, &clocks, zone);
        if let Some(fit) = slips.first() {
            checked.verdict = Verdict::Slip;
            checked.reading = Some(fit.way.clone());
        } else if let Some(why) = unread(stated.meaning, first, group) {
            checked.verdict = Verdict::NotCheckable;
            checked.follows = None;
            checked.remark = why;
        } else {
            checked.remark = near_words(&checked, &length, &pairs, meant, zone);
        }
    }
    Judged {
        checked,
        pairs,
        slips,
    }
}

/// Readings with slips repaired: one slip, else with the dates that contradict the record's own,
/// else with these and one slip more.
fn slipped(
    stated: &Stated,
    length: &Length,
    group: &Group,
    pairs: &[Candidate],
    clocks: &[(Clock, f64)],
    zone: Zone,
) -> Vec<Fit> {
    let meant = clocks.first().map_or(Clock::Wall, |(clock, _)| *clock);
    if group.repaired.is_empty() {
        return with_a_slip(length, pairs, meant, zone);
    }
    let mended = candidates(stated.meaning, &group.repaired);
    let mut fits: Vec<Fit> = match as_written(length, &mended, clocks, zone) {
        Some(fit) => vec![fit],
        None => with_a_slip(length, &mended, meant, zone),
    };
    for fit in &mut fits {
        let mut slips = group.repairs.clone();
        slips.append(&mut fit.way.slips);
        fit.way.slips = slips;
    }
    if fits.is_empty() {
        return with_a_slip(length, pairs, meant, zone);
    }
    fits
}

/// A total against the parts that stand beside it.
fn sum<'a>(stated: &Stated, parts: &Length, length: &Length) -> Judged<'a> {
    let agrees = parts.lo_ns <= length.hi_ns && length.lo_ns <= parts.hi_ns;
    let added = length_words(parts.ns);
    let (verdict, remark) = match agrees {
        true => (
            Verdict::Reproducible,
            format!("the parts named beside it add up to {added}"),
        ),
        false => (
            Verdict::NotReproducible,
            format!("the parts named beside it add up to {added}"),
        ),
    };
    let checked = Checked {
        stated: stated.clone(),
        verdict,
        follows: None,
        reading: None,
        remark,
    };
    Judged {
        checked,
        pairs: Vec::new(),
        slips: Vec::new(),
    }
}

/// The entry of the label's own milestone, where it gives no time and another took its place.
fn unread(meaning: Meaning, taken: &Candidate, group: &Group) -> Option<String> {
    let (starts, ends) = tiers(meaning);
    let tier = |tiers: &[&[super::Role]], role: super::Role| {
        tiers.iter().position(|tier| tier.contains(&role))
    };
    let plainer = |tiers: &[&[super::Role]], role, taken| {
        let (own, other) = (tier(tiers, role), tier(tiers, taken));
        own.zip(other).is_some_and(|(own, other)| own < other)
    };
    let found = group.untimed.iter().find(|(role, ..)| {
        plainer(starts, *role, taken.from.role) || plainer(ends, *role, taken.to.role)
    });
    found
        .map(|(_, line, words)| format!("\"{words}\" (line {line}) gives no time that can be read"))
}

/// Which milestone the timeline does not have.
fn missing(meaning: Meaning, group: &Group) -> String {
    let (starts, ends) = tiers(meaning);
    let has = |tiers: &[&[super::Role]]| {
        let roles = || tiers.iter().flat_map(|tier| tier.iter());
        group
            .events
            .iter()
            .any(|event| roles().any(|role| *role == event.role))
    };
    let name = |tiers: &[&[super::Role]]| {
        tiers
            .first()
            .and_then(|tier| tier.first())
            .map_or("", |role| role.words())
    };
    let missing: Vec<&str> = [starts, ends]
        .into_iter()
        .filter(|tiers| !has(tiers))
        .map(name)
        .collect();
    format!("the timeline does not have {}", missing.join(" nor "))
}

/// What comes nearest, where that is another way than the plain one; else how far that is off.
fn near_words(
    checked: &Checked,
    length: &Length,
    pairs: &[Candidate],
    clock: Clock,
    zone: Zone,
) -> String {
    let Some((way, apart_s)) = nearest(length, pairs, clock, zone) else {
        return "the end is before the start".to_owned();
    };
    let apart = length_words((apart_s.abs() * 1e9) as i64);
    let more = if apart_s > 0.0 { "more" } else { "less" };
    match checked.follows.as_ref() == Some(&way) {
        true => format!("{apart} {more} than stated"),
        false => format!(
            "nearest: {}, {apart} {more}",
            super::words::way_words(&way, zone)
        ),
    }
}

/// Hours that nobody stated, where several lengths share them.
fn by_shared_hours(judged: &mut [Judged], zone: Zone) {
    let is_open = |one: &Judged| {
        matches!(
            one.checked.verdict,
            Verdict::NotReproducible | Verdict::Slip
        ) && one.checked.stated.hours.is_none()
    };
    let places: Vec<usize> = (0..judged.len()).filter(|&i| is_open(&judged[i])).collect();
    let open: Vec<Open> = places
        .iter()
        .filter_map(|&i| {
            Some(Open {
                length: judged[i].checked.stated.length?,
                pairs: &judged[i].pairs,
            })
        })
        .collect();
    // Every open one has a length and pairs, or it would be settled; sums have neither.
    if open.len() != places.len() {
        return;
    }
    let Some(ways) = shared(&open, zone) else {
        return;
    };
    for (i, way) in places.into_iter().zip(ways) {
        if let Some(way) = way {
            let one = &mut judged[i];
            one.checked.verdict = Verdict::OtherReading;
            one.checked.remark =
                "no hours are stated; these fit more than one of the record's lengths".to_owned();
            one.checked.reading = Some(way);
            one.slips.clear();
        }
    }
}

/// Of slips that are as likely, the one that explains most of the record.
fn settle_slips(judged: &mut [Judged]) {
    let mut votes: BTreeMap<(u64, Slip), usize> = BTreeMap::new();
    for one in judged.iter() {
        let mut named: Vec<_> = one.slips.iter().filter_map(|fit| fit.slipped).collect();
        named.sort_unstable();
        named.dedup();
        for slip in named {
            *votes.entry(slip).or_default() += 1;
        }
    }
    for one in judged.iter_mut() {
        let count = |fit: &Fit| fit.slipped.map_or(0, |slip| votes[&slip]);
        let Some(most) = one.slips.iter().map(count).max() else {
            continue;
        };
        let best: Option<Way> = one
            .slips
            .iter()
            .find(|fit| count(fit) == most)
            .map(|fit| fit.way.clone());
        let others = one.slips.len() - 1;
        one.checked.reading = best;
        if others > 0 && most < 2 {
            one.checked.remark = format!("{others} other slips would fit as well");
        }
    }
}
