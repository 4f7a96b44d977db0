//! Changes that preceded the impact, ranked by lead time, blast radius and what speaks
//! against them. "Preceded by", never "caused by".

use std::collections::BTreeSet;

use super::change_words::{is_failure, is_reversal, prior, words_of};
use super::worse::worsenings;
use super::{Cause, Contributor, Scene, Window};
use crate::anomalies::{Anomaly, Direction};
use crate::clock::words::length;
use crate::clock::{NS_PER_MIN, NS_PER_S};
use crate::records::{Change, Milestone, MilestoneKind};

/// A change up to this long before the impact is a candidate.
const LEAD_MAX_NS: i64 = 24 * 60 * NS_PER_MIN;
/// A change may be recorded this long after the first sign.
const LATE_MAX_NS: i64 = 2 * NS_PER_MIN;
/// Beyond this lead a change needs other support.
const NEAR_NS: i64 = 30 * NS_PER_MIN;
/// How the weight of the lead decays: `exp(-lag / 8 min)`.
const LEAD_DECAY_NS: f64 = 8.0 * NS_PER_MIN as f64;
/// A sign this soon after the change supports it.
const PRECURSOR_NS: i64 = 15 * NS_PER_MIN;
/// What is left of a change's score when the trouble came back after it was undone.
const RETURNED_SHARE: f64 = 0.2;
/// A score that a change far from the impact does not reach without other support.
const PLAUSIBLE: f64 = 0.05;
/// Causes shown per incident.
const KEPT_MAX: usize = 5;

/// Candidates for an incident with these windows, best first; what is contradicted comes last.
pub fn causes(
    scene: &Scene<'_>,
    members: &[usize],
    contributors: &[Contributor],
    windows: &[Window],
) -> Vec<Cause> {
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Vec::new();
    };
    let start_ns = first.start.at_ns;
    let all: Vec<&Change> = scene
        .records
        .iter()
        .flat_map(|record| &record.changes)
        .collect();
    let candidates = all.iter().filter(|change| {
        let lead = start_ns - change.when.at_ns;
        (-LATE_MAX_NS..=LEAD_MAX_NS).contains(&lead) && !is_failure(change) && !is_reversal(change)
    });
    let judge = Judge {
        scene,
        members,
        contributors,
        window: 1,
        start_ns,
        restored_ns: last.end.map(|end| end.at_ns),
        windows,
        all: &all,
    };
    best(candidates.map(|change| judge.cause(change)).collect())
}

/// Candidates for the windows that began with a worsening, in the order of the windows: changes
/// shortly before it, among them attempts to mitigate.
pub fn of_worsenings(
    scene: &Scene<'_>,
    members: &[usize],
    contributors: &[Contributor],
    windows: &[Window],
) -> Vec<Cause> {
    let changes = scene.records.iter().flat_map(|record| &record.changes);
    let all: Vec<&Change> = changes.collect();
    let mut found = Vec::new();
    for (k, start) in worsenings(windows) {
        let judge = Judge {
            scene,
            members,
            contributors,
            window: k + 1,
            start_ns: start.at_ns,
            restored_ns: windows[k].end.map(|end| end.at_ns),
            windows: &windows[k..=k],
            all: &all,
        };
        let near = |change: &&&Change| {
            (-LATE_MAX_NS..=NEAR_NS).contains(&(start.at_ns - change.when.at_ns))
        };
        found.extend(best(
            all.iter()
                .filter(near)
                .map(|change| judge.cause(change))
                .collect(),
        ));
    }
    found
}

/// The best few, best first.
fn best(mut found: Vec<Cause>) -> Vec<Cause> {
    found.sort_by(|a, b| {
        a.is_contradicted()
            .cmp(&b.is_contradicted())
            .then_with(|| b.score.total_cmp(&a.score))
            .then_with(|| a.at.at_ns.cmp(&b.at.at_ns))
    });
    found.truncate(KEPT_MAX);
    found
}

/// Whether a change may stand as what began the incident: of the first window, and not one that
/// is listed only because nothing else is there.
pub fn is_plausible(cause: &Cause) -> bool {
    cause.window == 1 && cause.score >= PLAUSIBLE && !cause.is_contradicted()
}

/// The claim of a cause: for the durations counted from the change.
pub fn claim(cause: &Cause) -> Milestone {
    let source = crate::records::ClaimSource::Deploys;
    let mut milestone = Milestone::new(
        MilestoneKind::Change,
        cause.at,
        source,
        cause.evidence.clone(),
    )
    .noted(cause.title.clone());
    milestone.confidence = cause.score;
    milestone
}

struct Judge<'a> {
    scene: &'a Scene<'a>,
    members: &'a [usize],
    contributors: &'a [Contributor],
    /// Which window it is about, from 1.
    window: usize,
    start_ns: i64,
    restored_ns: Option<i64>,
    windows: &'a [Window],
    all: &'a [&'a Change],
}

impl Judge<'_> {
    fn cause(&self, change: &Change) -> Cause {
        let lead_ns = self.start_ns - change.when.at_ns;
        let what = if self.window == 1 {
            "impact"
        } else {
            "worsening"
        };
        let (mut supported_by, mut contradicted_by) = (Vec::new(), Vec::new());
        let precursor = self.precursor(change);
        let lag_ns = precursor
            .map_or(lead_ns, |one| one.start.at_ns - change.when.at_ns)
            .max(0);
        let mut score = if precursor.is_none() && lead_ns > NEAR_NS {
            0.02
        } else {
            (-(lag_ns as f64) / LEAD_DECAY_NS).exp()
        };
        match precursor {
            Some(one) => supported_by.push(format!(
                "{} began {} {} it, {} before the {what}",
                one.signal.full_name(),
                if one.direction == Direction::Ramp {
                    "to climb"
                } else {
                    "to move"
                },
                // Onsets are known to a bucket: no less is claimed.
                if lag_ns < self.scene.grid.width.ns() {
                    "at once after".to_owned()
                } else {
                    format!("{} after", length(lag_ns))
                },
                length((self.start_ns - one.start.at_ns).max(0)),
            )),
            None if lead_ns <= NEAR_NS => supported_by.push(match lead_ns {
                0.. => format!("the {what} began {} after it", length(lead_ns)),
                _ => format!("it is recorded {} after the {what} began", length(-lead_ns)),
            }),
            None => contradicted_by.push(format!(
                "{} passed before the {what} and nothing moved in between",
                length(lead_ns)
            )),
        }
        score *= prior(&change.kind, &change.title);
        match self.shared_entity(change) {
            Some(entity) => {
                supported_by.push(format!("it concerns {entity}, which is in trouble"));
                score = (score * 1.5).min(1.0);
            }
            None if !change.service.is_empty() => score *= 0.8,
            None => {}
        }
        self.reversal(change, &mut supported_by, &mut contradicted_by, &mut score);
        if precursor.is_none() && lead_ns > NEAR_NS {
            contradicted_by.extend(self.without_it(change));
        }
        Cause {
            kind: if change.kind.is_empty() {
                "change".to_owned()
            } else {
                change.kind.clone()
            },
            at: change.when,
            title: change.title.clone(),
            window: self.window,
            lead_s: lead_ns as f64 / NS_PER_S as f64,
            score: score.clamp(0.0, 1.0),
            supported_by,
            contradicted_by,
            evidence: vec![change.evidence.clone()],
        }
    }

    /// The first sign between change and impact, soon after the change.
    fn precursor(&self, change: &Change) -> Option<&Anomaly> {
        let at_ns = change.when.at_ns;
        let mine = self.members.iter().map(|&m| &self.scene.anomalies[m]);
        let soon = mine.filter(|one| {
            let lag = one.start.hi_ns - at_ns;
            lag >= 0
                && one.start.lo_ns - at_ns <= PRECURSOR_NS
                && one.start.at_ns < self.start_ns - NS_PER_MIN
        });
        soon.min_by_key(|one| ((one.start.at_ns - at_ns).abs(), one.series))
    }

    /// A source, entity or contributor that the change names.
    fn shared_entity(&self, change: &Change) -> Option<String> {
        let words: Vec<String> =
            words_of(&format!("{} {}", change.service, change.title)).collect();
        // A sentence names many things: a template stands for its source only.
        let named = |one: &Anomaly| match &one.signal.entity {
            Some(entity) if entity.starts_with("template=") => one.signal.source.clone(),
            _ => one.signal.full_name(),
        };
        let troubled = self
            .members
            .iter()
            .map(|&m| named(&self.scene.anomalies[m]));
        let contributing = self
            .contributors
            .iter()
            .flat_map(|one| one.dimensions.iter().map(|(_, value)| value.clone()));
        contributing.chain(troubled).find(|name| {
            let named: BTreeSet<String> = words_of(name).collect();
            words.iter().any(|word| named.contains(word))
        })
    }

    /// The later windows that no change of the same service preceded.
    fn without_it(&self, change: &Change) -> Option<String> {
        let preceded = |start_ns: i64| {
            self.all.iter().any(|other| {
                other.service == change.service
                    && (0..=LEAD_MAX_NS).contains(&(start_ns - other.when.at_ns))
            })
        };
        let later = self.windows.iter().skip(1).map(|window| window.start.at_ns);
        let without = later.filter(|start_ns| !preceded(*start_ns)).count();
        let what = match change.service.as_str() {
            "" => "any change",
            service => &format!("a change of {service}"),
        };
        (without > 0).then(|| match without {
            1 => format!("one later window began without {what} in the day before"),
            n => format!("{n} later windows began without {what} in the day before"),
        })
    }

    /// A later change that undoes it, and whether recovery followed.
    fn reversal(
        &self,
        change: &Change,
        supported_by: &mut Vec<String>,
        contradicted_by: &mut Vec<String>,
        score: &mut f64,
    ) {
        let undone = self.all.iter().filter(|other| {
            is_reversal(other)
                && !is_failure(other)
                && other.when.at_ns > self.start_ns
                && (other.service == change.service || other.service.is_empty())
        });
        // The first that undid it, whatever the order of the list.
        let Some(undone) = undone.min_by_key(|other| other.when.at_ns) else {
            return;
        };
        let at_ns = undone.when.at_ns;
        let returned = self
            .windows
            .iter()
            .filter(|window| window.start.at_ns > at_ns)
            .count();
        if returned > 0 {
            let ended = self.windows.iter().filter_map(|window| window.end);
            let ended = ended.filter(|end| end.at_ns <= at_ns).map(|end| end.at_ns);
            contradicted_by.extend(ended.max().map(|end_ns| {
                let before = length(at_ns - end_ns);
                format!("the impact had ended {before} before it was rolled back")
            }));
            let times = match returned {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            };
            contradicted_by.push(format!(
                "the trouble came back {times} after it was rolled back"
            ));
            *score *= RETURNED_SHARE;
            return;
        }
        let after = self
            .restored_ns
            .map(|restored| restored - undone.when.at_ns);
        match after {
            Some(after) if (0..=NEAR_NS).contains(&after) => {
                supported_by.push(format!(
                    "recovery came {} after it was rolled back",
                    length(after)
                ));
                *score = (*score * 1.5).min(1.0);
            }
            Some(after) if after > NEAR_NS => {
                supported_by.push("it was rolled back before the recovery".to_owned());
                contradicted_by.push(format!(
                    "its rollback alone did not bring recovery: that took {} more",
                    length(after)
                ));
            }
            Some(after) => contradicted_by.push(format!(
                "recovery came {} before it was rolled back",
                length(-after)
            )),
            None => contradicted_by.push("it was rolled back and no recovery followed".to_owned()),
        }
    }
}
