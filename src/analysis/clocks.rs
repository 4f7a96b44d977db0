//! Clocks that disagree: offsets between sources that log the same requests.
//!
//! In: a sample of the requests that each source has seen. Out: proposals for `--clock`, with
//! interval and number. They are shown and never applied by themselves.
//!
//! Work that one source times within that of another has its middle where the other has its own,
//! give or take what lies unevenly before and after it; the middle of both is what NTP compares
//! too (RFC 5905, section 8: the offset is the mean of the differences at start and end). The
//! offset is the median over the shared requests, its interval that of the sign test, 95 %.

use super::BlindSpot;
use super::conclude::Gathered;
use super::plan::Kind;
use crate::clock::words::length;
use crate::clock::{NS_PER_MIN, NS_PER_S};
use crate::events::sightings::{Sighting, shared};
use crate::formats::SourceKind;
use crate::series::BucketWidth;

/// Fewer shared requests say nothing.
const SHARED_MIN: usize = 20;
/// Smaller offsets are not proposed, ns.
const OFFSET_NS_MIN: i64 = NS_PER_S;
/// Sources that are compared with each other; those with most requests come first.
const SOURCES_MAX: usize = 64;

/// An offset between two sources' clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockProposal {
    /// The source whose clock would be corrected, by its label.
    pub source: String,
    /// The source whose clock it is compared with, by its label.
    pub reference: String,
    /// What to add to the source's stamps, ns; positive where it is behind.
    pub offset_ns: i64,
    /// The interval of that, 95 %, ns.
    pub interval_ns: (i64, i64),
    /// What both tell of: so many requests or milestones.
    pub shared: u64,
    /// Which of these.
    pub by: SharedBy,
}

/// What two clocks are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedBy {
    /// Requests that both sources log.
    RequestIds,
    /// Milestones that a record claims and the logs show.
    Milestones,
}

impl ClockProposal {
    /// `app.log is 45.2 s (44.9 to 45.6) behind lb.log by 812 shared request ids`.
    pub fn words(&self) -> String {
        let side = if self.offset_ns > 0 {
            "behind"
        } else {
            "ahead of"
        };
        let (low, high) = self.interval_ns;
        let (low, high) = match self.offset_ns > 0 {
            true => (low, high),
            false => (-high, -low),
        };
        if self.by == SharedBy::Milestones {
            return format!(
                "{} is {} ({} to {}) {side} {} by {} milestones{}",
                self.source,
                length(self.offset_ns.abs()),
                length(low),
                length(high),
                self.reference,
                self.shared,
                self.slip_words()
            );
        }
        format!(
            "{} is {} s ({} to {}) {side} {} by {} shared request ids",
            self.source,
            seconds(self.offset_ns.abs()),
            seconds(low),
            seconds(high),
            self.reference,
            self.shared
        )
    }

    /// The flag that corrects it: `--clock 'app.log*=+45.2s'`.
    pub fn flag(&self) -> String {
        let folder = if self.source.contains('/') { "*" } else { "" };
        let sign = if self.offset_ns > 0 { "+" } else { "-" };
        let value = match (self.by, self.offset_ns.abs()) {
            (SharedBy::RequestIds, ns) => format!("{}s", seconds(ns)),
            (SharedBy::Milestones, ns) if ns % NS_PER_MIN == 0 => format!("{}m", ns / NS_PER_MIN),
            (SharedBy::Milestones, ns) => format!("{}s", ns / NS_PER_S),
        };
        format!("--clock '{folder}{}*={sign}{value}'", self.source)
    }

    /// Half hours are zones, not watches.
    fn slip_words(&self) -> &'static str {
        match self.offset_ns % (30 * NS_PER_MIN) {
            0 => ", like a wrong zone (--source-tz, where its times name none)",
            _ => "",
        }
    }
}

/// Seconds with one decimal.
fn seconds(ns: i64) -> String {
    format!("{:.1}", ns as f64 / NS_PER_S as f64)
}

/// Clocks that are off by more than a bucket: what follows what is not certain then.
pub fn blind_spots(proposals: &[ClockProposal], width: BucketWidth) -> Vec<BlindSpot> {
    let large = proposals
        .iter()
        .filter(|one| one.offset_ns.abs() > width.ns());
    large
        .map(|one| BlindSpot {
            what: format!("{}: {} corrects it", one.words(), one.flag()),
            source: one.source.clone(),
            kind: "clock",
            range: None,
        })
        .collect()
}

/// Offsets of a second and more between sources that share requests, in the order of the sources.
/// Each source is compared with one other: the one that shares most requests with it, what logs
/// accesses before what does not.
pub fn proposals(gathered: &Gathered<'_>) -> Vec<ClockProposal> {
    let order = by_trust(gathered);
    let mut found: Vec<(usize, ClockProposal)> = Vec::new();
    for (k, (source, ours)) in order.iter().enumerate() {
        let earlier = order[..k].iter();
        let pairs = earlier.map(|(reference, theirs)| (*reference, shared(theirs, ours)));
        let most = pairs.reduce(|best, next| {
            if next.1.len() > best.1.len() {
                next
            } else {
                best
            }
        });
        if let Some((reference, pairs)) = most
            && let Some((offset_ns, interval_ns)) = offset(&pairs)
        {
            let label = |i: usize| gathered.planned[i].source.label.clone();
            found.push((
                *source,
                ClockProposal {
                    source: label(*source),
                    reference: label(reference),
                    offset_ns,
                    interval_ns,
                    shared: pairs.len() as u64,
                    by: SharedBy::RequestIds,
                },
            ));
        }
    }
    found.sort_by_key(|(source, _)| *source);
    found.into_iter().map(|(_, proposal)| proposal).collect()
}

/// Sources that saw requests, with these; whose clocks are taken for right before others': access
/// logs first, in their order.
fn by_trust(gathered: &Gathered<'_>) -> Vec<(usize, Vec<Sighting>)> {
    let is_access = |source: usize| {
        matches!(&gathered.planned[source].kind,
            Kind::Log(detected) if detected.format.kind == SourceKind::Access)
    };
    let requests = gathered
        .merged
        .tallies
        .iter()
        .map(|tally| tally.sightings.requests());
    let mut order: Vec<(usize, Vec<Sighting>)> = requests
        .enumerate()
        .filter(|(_, requests)| !requests.is_empty())
        .collect();
    order.sort_by_key(|(source, _)| !is_access(*source));
    order.truncate(SOURCES_MAX);
    order
}

/// What to add to the second clock of each pair, and its interval, ns. `None` if it is too small,
/// too uncertain or of too few.
fn offset(pairs: &[(Sighting, Sighting)]) -> Option<(i64, (i64, i64))> {
    let n = pairs.len();
    if n < SHARED_MIN {
        return None;
    }
    let finer = |side: fn(&(Sighting, Sighting)) -> Sighting| truncation_ns(pairs.iter().map(side));
    let truncated_ns = finer(|pair| pair.0) - finer(|pair| pair.1);
    let mut differences: Vec<i64> = pairs
        .iter()
        .map(|(reference, one)| reference.middle_ns() - one.middle_ns() + truncated_ns)
        .collect();
    differences.sort_unstable();
    let mut halves: Vec<i64> = pairs
        .iter()
        .map(|(reference, one)| {
            (reference.last_ns - reference.first_ns).max(one.last_ns - one.first_ns) / 2
        })
        .collect();
    halves.sort_unstable();
    let (median_ns, half_ns) = (differences[n / 2], halves[n / 2]);
    // Ranks of the binomial distribution by its normal approximation.
    let reach = (0.98 * (n as f64).sqrt()).ceil() as usize;
    let (low, high) = (n / 2 - reach.min(n / 2), (n / 2 + reach).min(n - 1));
    let interval_ns = (differences[low], differences[high]);
    let one_sided = interval_ns.0.signum() == interval_ns.1.signum();
    let narrow = (interval_ns.1 - interval_ns.0) / 2 < median_ns.abs() / 2;
    let large = median_ns.abs() >= OFFSET_NS_MIN + half_ns;
    (large && one_sided && narrow).then_some((median_ns, interval_ns))
}

/// Stamps of whole seconds are cut off: on average they lie half a second early. 0 for others.
fn truncation_ns(sightings: impl Iterator<Item = Sighting> + Clone) -> i64 {
    let whole = |end: fn(&Sighting) -> i64| {
        sightings
            .clone()
            .all(|one| end(&one).rem_euclid(NS_PER_S) == 0)
    };
    if whole(|one| one.first_ns) || whole(|one| one.last_ns) {
        NS_PER_S / 2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A proxy's request of `latency` and an app's line somewhere within it, its clock `behind`.
    fn pair(i: i64, latency_ns: i64, behind_ns: i64) -> (Sighting, Sighting) {
        let first_ns = i * 7_919_000_001;
        let sighting = |first_ns: i64, last_ns: i64| Sighting {
            id: i as u64,
            first_ns,
            last_ns,
        };
        let within = first_ns + latency_ns * (i * 37 % 101) / 100 - behind_ns;
        (
            sighting(first_ns, first_ns + latency_ns),
            sighting(within, within),
        )
    }

    #[test]
    fn a_clock_that_is_behind_is_seen_with_its_interval() {
        let pairs: Vec<_> = (0..500)
            .map(|i| pair(i, 400_000_000, 45 * NS_PER_S))
            .collect();
        let (offset_ns, (low, high)) = offset(&pairs).expect("an offset");
        assert!(
            (offset_ns - 45 * NS_PER_S).abs() < 50_000_000,
            "{offset_ns}"
        );
        assert!(low <= 45 * NS_PER_S && 45 * NS_PER_S <= high && high - low < 100_000_000);
    }

    #[test]
    fn a_second_cut_off_is_allowed_for() {
        let cut = |one: Sighting| {
            let last_ns = one.last_ns - one.last_ns.rem_euclid(NS_PER_S);
            let moved = last_ns - one.last_ns;
            Sighting {
                first_ns: one.first_ns + moved,
                last_ns,
                ..one
            }
        };
        let pairs: Vec<_> = (0..900)
            .map(|i| pair(i, 100_000_000, -3 * NS_PER_S))
            .map(|(proxy, app)| (cut(proxy), app))
            .collect();
        let (offset_ns, _) = offset(&pairs).expect("an offset");
        assert!(
            (offset_ns + 3 * NS_PER_S).abs() < 100_000_000,
            "{offset_ns}"
        );
    }

    #[test]
    fn small_offsets_few_requests_and_long_ones_say_nothing() {
        let pairs = |n, latency_ns, behind_ns| {
            (0..n)
                .map(|i| pair(i, latency_ns, behind_ns))
                .collect::<Vec<_>>()
        };
        assert_eq!(offset(&pairs(500, 400_000_000, 0)), None);
        assert_eq!(offset(&pairs(500, 400_000_000, NS_PER_S / 2)), None);
        assert_eq!(offset(&pairs(19, 400_000_000, 45 * NS_PER_S)), None);
        assert_eq!(offset(&pairs(500, 60 * NS_PER_S, 5 * NS_PER_S)), None);
    }

    #[test]
    fn words_and_flag_say_what_to_do() {
        let proposal = ClockProposal {
            source: "app.log".to_owned(),
            reference: "lb.log".to_owned(),
            offset_ns: 45_200_000_000,
            interval_ns: (44_900_000_000, 45_600_000_000),
            shared: 812,
            by: SharedBy::RequestIds,
        };
        assert_eq!(
            proposal.words(),
            "app.log is 45.2 s (44.9 to 45.6) behind lb.log by 812 shared request ids"
        );
        assert_eq!(proposal.flag(), "--clock 'app.log*=+45.2s'");
        let ahead = ClockProposal {
            offset_ns: -proposal.offset_ns,
            interval_ns: (-45_600_000_000, -44_900_000_000),
            ..proposal
        };
        assert_eq!(
            ahead.words(),
            "app.log is 45.2 s (44.9 to 45.6) ahead of lb.log by 812 shared request ids"
        );
        assert_eq!(ahead.flag(), "--clock 'app.log*=-45.2s'");
    }

    #[test]
    fn of_a_record_the_zone_is_named_and_minutes_are_written() {
        let slip = ClockProposal {
            source: "a/status.txt".to_owned(),
            reference: "the logs".to_owned(),
            offset_ns: -60 * NS_PER_MIN,
            interval_ns: (-61 * NS_PER_MIN, -59 * NS_PER_MIN),
            shared: 4,
            by: SharedBy::Milestones,
        };
        assert_eq!(
            slip.words(),
            "a/status.txt is 1 h (59 min to 1 h 1 min) ahead of the logs by 4 milestones, like a wrong zone (--source-tz, where its times name none)"
        );
        assert_eq!(slip.flag(), "--clock '*a/status.txt*=-60m'");
        let watch = ClockProposal {
            offset_ns: 90 * NS_PER_S,
            interval_ns: (80 * NS_PER_S, 100 * NS_PER_S),
            ..slip
        };
        assert!(
            watch
                .words()
                .ends_with("90 s (80 s to 100 s) behind the logs by 4 milestones")
        );
        assert_eq!(watch.flag(), "--clock '*a/status.txt*=+90s'");
    }

    proptest! {
        #[test]
        fn any_pairs_are_safe(times in prop::collection::vec((any::<i32>(), 0..1000i64, any::<i32>()), 0..60)) {
            let pairs: Vec<_> = times
                .iter()
                .map(|(a, latency, b)| {
                    let one = |first: i32, last: i64| Sighting { id: 0, first_ns: first.into(), last_ns: i64::from(first) + last };
                    (one(*a, *latency), one(*b, 0))
                })
                .collect();
            let _ = offset(&pairs);
        }
    }
}
