//! An incident in the words of the first screen: pieces of text with a meaning, times in the
//! zone of the screen. Concludes nothing: every figure comes out of the snapshot.

use std::collections::BTreeMap;

use super::lane_names::stem;
use super::look::Ink;
use super::numbers::{times, with_unit};
use super::pen::Piece;
use crate::analysis::{Concluded, Snapshot};
use crate::clock::words::{clock_minute, clock_time, length, margin};
use crate::clock::{Censor, NS_PER_S, When, Zone};
use crate::durations::{Claim, Conflict};
use crate::incidents::title::short_value;
use crate::incidents::{Contributor, Explanation, Severity, State, Verdict};
use crate::text::shorten;
use unicode_width::UnicodeWidthStr;

/// The severity with its shape: `!!! critical`.
pub fn severity(severity: Severity) -> String {
    let shape = match severity {
        Severity::Minor => "!",
        Severity::Major => "!!",
        Severity::Critical => "!!!",
    };
    format!("{shape} {}", severity.word())
}

/// How bad looks.
pub fn severity_ink(severity: Severity) -> Ink {
    match severity {
        Severity::Minor => Ink::Plain,
        Severity::Major => Ink::Warn,
        Severity::Critical => Ink::Bad,
    }
}

/// How a state looks.
pub fn state_ink(state: State) -> Ink {
    match state {
        State::Ongoing | State::Relapsed => Ink::Bad,
        State::Recovering | State::NoData => Ink::Warn,
        State::Restored => Ink::Good,
    }
}

/// What it is, in `width` cells: where there is no room for all of it, without the last of three
/// parts (what is full, which the verdict says as well).
pub fn title(title: &str, width: usize) -> &str {
    match title.rsplit_once("; ") {
        Some((rest, _)) if title.width() > width && rest.contains("; ") => rest,
        _ => title,
    }
}

/// `15:35:10 ±10 s`; for a cut-off side `before 15:20:00`, `after 17:40:00`.
pub fn instant(when: When, zone: Zone) -> String {
    let at = clock_time(when.at_ns, zone);
    match when.censor {
        Some(Censor::Left) => format!("before {at}"),
        Some(Censor::Unconfirmed) | None => format!("{at}{}", margin(&when)),
        Some(_) => format!("after {at}"),
    }
}

/// `REGRESSION, not load  traffic x1.01  cost x22  sessions full at 2,000`.
pub fn verdict(explanation: &Explanation) -> Vec<Piece> {
    let word = match explanation.verdict {
        Verdict::Regression if explanation.traffic_ratio.is_none() => "REGRESSION",
        Verdict::Regression => "REGRESSION, not load",
        Verdict::Load => "LOAD, not regression",
        Verdict::Saturation => "SATURATION",
        Verdict::Exhaustion => "EXHAUSTION of a resource",
        Verdict::Silence => "SILENCE: a source stopped",
        Verdict::Unknown => "NO VERDICT: the data show neither load nor regression",
    };
    let mut out = vec![Piece::new(word, Ink::Strong)];
    // Where it was not the requests, their ratios would belie the verdict.
    if explanation.verdict == Verdict::Load && explanation.traffic_ratio.is_none_or(|x| x < 1.3) {
        let first = explanation.sentence.split("; ").next().unwrap_or_default();
        let (_, figures) = first.split_once(": ").unwrap_or(("", first));
        let figures = figures.split(", ").map(|one| format!("  {one}"));
        let figures = figures.map(|one| Piece::new(one, Ink::Plain));
        let word = Piece::new("LOAD, not of requests", Ink::Strong);
        return std::iter::once(word).chain(figures).collect();
    }
    let ratio = |name: &str, ratio: Option<f64>| {
        ratio.map(|ratio| Piece::new(format!("  {name} {}", times(ratio)), Ink::Plain))
    };
    let full = explanation.limit.as_ref().map(|limit| {
        // Of many hosts' gauges the name says enough here.
        let name = short_signal(&limit.signal)
            .split(' ')
            .next()
            .unwrap_or_default();
        let top = with_unit(limit.limit, "");
        Piece::new(format!("  {name} full at {top}"), Ink::Plain)
    });
    let (traffic, cost) = (
        ratio("traffic", explanation.traffic_ratio),
        ratio("cost", explanation.cost_ratio),
    );
    out.extend(
        [
            traffic,
            cost,
            full,
            ratio("in flight", explanation.in_flight_ratio),
        ]
        .into_iter()
        .flatten(),
    );
    out
}

/// `query token_auth: 92 % of the extra seconds; without it 1.4 s → 61 ms`, in `width` cells.
pub fn contributor(contributor: &Contributor, width: usize) -> Vec<Piece> {
    let with = &contributor.counterfactual;
    let what = match with.unit {
        "s" => "extra seconds".to_owned(),
        "share" => "extra failures".to_owned(),
        "1/s" => format!("extra {}", short_signal(&contributor.signal)),
        _ => "excess".to_owned(),
    };
    // More than all of it, where others fell: no reader counts that way.
    let share = match contributor.share_of_excess {
        share if share >= 0.995 => format!(": all of the {what}"),
        share => format!(": {} of the {what}", with_unit(share, "share")),
    };
    let observed = with_unit(with.observed, with.unit);
    let left = with_unit(with.without, with.unit);
    let long = format!("; without it {observed} → {left}");
    let room =
        |without: &str| width.saturating_sub(share.chars().count() + without.chars().count());
    // Who it is matters more than what there was before: that goes first where room is short.
    let fits = who(contributor, 0).chars().count() <= room(&long);
    let without = if fits {
        long
    } else {
        format!("; without it {left}")
    };
    let room = room(&without);
    vec![
        Piece::new(shorten(&who(contributor, room), room.max(12)), Ink::Strong),
        Piece::new(share, Ink::Plain),
        Piece::new(without, Ink::Plain),
    ]
}

/// The dimensions and values; statements by verb and table where they do not fit in `room`.
fn who(contributor: &Contributor, room: usize) -> String {
    let all = |value: fn(&str, &str) -> String| {
        let pairs = contributor
            .dimensions
            .iter()
            .map(|(name, of)| format!("{name} {}", value(name, of)));
        pairs.collect::<Vec<_>>().join(", ")
    };
    let whole = all(|_, value| value.to_owned());
    if whole.chars().count() <= room {
        whole
    } else {
        all(short_value)
    }
}

/// What a reader must not believe: premature claims, then conflicts.
pub fn notes(concluded: &Concluded, zone: Zone) -> Vec<String> {
    let measured = &concluded.measured;
    let premature = measured.premature.iter().filter_map(|premature| {
        let claim = concluded.incident.milestones.get(premature.claim)?;
        let (at, word, who) = (
            clock_minute(claim.when.at_ns, zone),
            claim.kind.name(),
            claim.source.words(),
        );
        let after = length(premature.reopened_after_ns);
        Some(format!(
            "{at} \"{word}\" ({who}) was premature: back after {after}"
        ))
    });
    premature
        .chain(
            measured
                .conflicts
                .iter()
                .map(|conflict| conflict_words(conflict, concluded, zone)),
        )
        .collect()
}

/// `conflict: detected 09:04 report, 12:05 pager (3 h 1 min apart)`.
pub fn conflict_words(conflict: &Conflict, concluded: &Concluded, zone: Zone) -> String {
    let side = |claim: &Claim| {
        let stated = claim.claim.map(|i| &concluded.incident.milestones[i]);
        let hand = stated.and_then(|stated| stated.hand.as_ref());
        let who = hand.map_or_else(String::new, |hand| format!(" by {}", hand.who));
        let (at, source) = (clock_minute(claim.at_ns, zone), claim.source.words());
        format!("{at} {source}{who}")
    };
    let claims: Vec<String> = conflict.claims.iter().map(side).collect();
    let apart = length((conflict.difference_s * NS_PER_S as f64) as i64);
    format!(
        "conflict: {} {} ({apart} apart)",
        conflict.kind.name(),
        claims.join(", ")
    )
}

/// What was tested and found normal: for an incident its checks, else all that was tested.
pub fn checked(snapshot: &Snapshot, concluded: Option<&Concluded>) -> Vec<String> {
    let full: Vec<String> = match concluded {
        Some(concluded) => concluded
            .incident
            .checks
            .iter()
            .map(|check| check.signal.clone())
            .collect(),
        None => snapshot
            .tested
            .iter()
            .map(|tested| tested.signal.full_name())
            .collect(),
    };
    // Counted once: a folder may hold thousands of signals, and this is said after every key.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for signal in &full {
        *counts.entry(short_signal(signal)).or_default() += 1;
    }
    let mut out: Vec<String> = Vec::new();
    for signal in &full {
        let short = short_signal(signal);
        let alone = counts[short] == 1;
        let (source, _) = signal.split_once(' ').unwrap_or(("", ""));
        out.push(if alone {
            short.to_owned()
        } else {
            format!("{short} {}", stem(source))
        });
    }
    out
}

/// What cannot be seen, each in a few words.
pub fn blind(snapshot: &Snapshot) -> Vec<String> {
    let words = |spot: &crate::analysis::BlindSpot| match spot.source.as_str() {
        "" => spot.what.clone(),
        source => format!("{source}: {}", spot.what),
    };
    snapshot.blind_spots.iter().map(words).collect()
}

/// As many items as fit into `width` cells, how many more there are and the key that shows them.
pub fn listed(items: &[String], width: usize, key: &str) -> String {
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let left = items.len() - i - 1;
        let joint = if i == 0 { "" } else { "; " };
        let rest = if left == 0 {
            0
        } else {
            format!("; +{left} more: {key}").chars().count()
        };
        if i > 0 && out.chars().count() + joint.len() + item.chars().count() + rest > width {
            out.push_str(&format!("; +{} more: {key}", left + 1));
            break;
        }
        out.push_str(joint);
        // A single item longer than the line still leaves room for the count.
        out.push_str(&shorten(
            item,
            width.saturating_sub(out.chars().count() + rest),
        ));
    }
    out
}

/// A signal's name without its source.
pub fn short_signal(full_name: &str) -> &str {
    full_name.split_once(' ').map_or(full_name, |parts| parts.1)
}

/// `window`, `windows`.
pub fn plural(n: usize, word: &str) -> String {
    if n == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_off_start_says_so() {
        assert_eq!(
            instant(When::censored(0, Censor::Left), Zone::UTC),
            "before 00:00:00"
        );
        assert_eq!(
            instant(When::between(0, 10_000_000_000, 20_000_000_000), Zone::UTC),
            "00:00:10 ±10 s"
        );
        assert_eq!(
            instant(When::between(0, 0, 60_000_000_000), Zone::UTC),
            "00:00:00 +60 s"
        );
        assert_eq!(instant(When::exact(0), Zone::Fixed(3600)), "01:00:00");
    }

    #[test]
    fn a_title_loses_its_last_part_before_a_word_of_it_is_cut() {
        let whole = "45 % of requests fail; query q, user api; sessions full at 2,002";
        assert_eq!(title(whole, 80), whole);
        let short = "45 % of requests fail; query q, user api";
        assert_eq!((title(whole, 60), title(short, 20)), (short, short));
    }

    #[test]
    fn a_queue_is_told_by_its_jobs_and_not_by_requests_that_did_not_move() {
        let snapshot = crate::tui::fixture::outage();
        let mut explanation = snapshot.incidents[0].incident.explanation.clone();
        explanation.verdict = Verdict::Load;
        explanation.traffic_ratio = Some(1.0);
        explanation.sentence =
            "more jobs came in than x could finish: jobs x3.44, up to 131,567 queued; rest".into();
        let words: String = verdict(&explanation)
            .into_iter()
            .map(|one| one.text)
            .collect();
        assert_eq!(
            words,
            "LOAD, not of requests  jobs x3.44  up to 131,567 queued"
        );
    }

    #[test]
    fn a_list_says_what_it_leaves_out() {
        let items: Vec<String> = ["one", "two", "three"].map(str::to_owned).to_vec();
        assert_eq!(listed(&items, 40, "7"), "one; two; three");
        assert_eq!(listed(&items, 16, "7"), "one; +2 more: 7");
        assert_eq!(listed(&items[..1], 2, "7"), "o~");
        assert_eq!(listed(&[], 9, "7"), "");
    }
}
