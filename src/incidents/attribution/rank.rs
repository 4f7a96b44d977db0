//! One excess among the values of all dimensions: the smallest set that explains it, its parts,
//! and what else stands out.
//!
//! In: a `Tally` and a measure. Out: candidates in the order in which a reader wants them. Names
//! nothing and makes no evidence: `attribution` does.

use super::table::Table;
use super::tier::{Tier, is_ordinary, tier};
use crate::incidents::excess::{Excess, Measure, RISK_RATIO_MIN, excess_of, fair, stands_out};
use crate::series::query::Split;
use crate::series::tally::{Element, Tally};

/// A value that does not say who or what explains at least this share of the excess.
const ASIDE_SHARE_MIN: f64 = 0.25;
/// A place comes first all the same with this share, and this many times that of who and what.
const ASIDE_FIRST_SHARE: f64 = 0.5;
const ASIDE_FIRST_TIMES: f64 = 2.0;
/// A part is listed behind its contributor if it makes up this share of it.
const PART_SHARE: f64 = 0.2;
/// A value that makes up this share of a contributor belongs into its description.
const SAME_SHARE: f64 = 0.9;
/// A value with this share of its excess inside what is listed already says nothing new.
const COVERED_SHARE: f64 = 0.8;
/// The set that was found must explain this part of what the best single value explains.
const SET_SHARE: f64 = 0.5;
/// Values that an element has at most.
const DEPTH_MAX: usize = 3;
/// Single values per dimension that are ranked.
const SINGLES_MAX: usize = 50;
/// What chance makes of a value's excess is below this many standard errors.
const SIGMA_MIN: f64 = 3.0;
/// The error of a share of seconds over that of a share of events.
const TAILS: f64 = 2.0;
/// Model error of an expected count, as a share of it.
const MODEL_ERROR: f64 = 0.15;

/// What is split.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The rows.
    pub tally: &'a Tally,
    /// What of them.
    pub measure: Measure,
    /// Length of the selection over that of the baseline.
    pub scale: f64,
    /// The excess of all rows, above 0.
    pub above: f64,
}

/// Some values that must meet, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The values, the most telling first.
    pub element: Element,
    /// Their events.
    pub split: Split,
    /// Who and what, where, or how.
    pub tier: Tier,
    /// `share x ln(risk ratio) x min(1, z / 5)`.
    pub score: f64,
    /// Share of the excess; passes 1 where others fell.
    pub share: f64,
    /// How many times its baseline.
    pub risk_ratio: f64,
}

impl<'a> Subject<'a> {
    /// `None` where there is no excess, or nothing to measure it by.
    pub fn new(tally: &'a Tally, measure: Measure, scale: f64) -> Option<Self> {
        let excess = excess_of(&tally.whole, measure, scale, &tally.whole)?;
        (excess.above > 0.0).then_some(Self {
            tally,
            measure,
            scale,
            above: excess.above,
        })
    }

    /// Whether all of it is well above its baseline: below that a part may have grown by what
    /// others lost.
    pub fn rose(&self) -> bool {
        let whole = &self.tally.whole;
        let excess = excess_of(whole, self.measure, self.scale, whole);
        excess.is_some_and(|excess| excess.risk_ratio() >= RISK_RATIO_MIN)
    }

    /// Share of the excess that falls on some events.
    pub fn share(&self, split: &Split) -> f64 {
        let excess = excess_of(split, self.measure, self.scale, &self.tally.whole);
        excess.map_or(0.0, |excess| excess.above / self.above)
    }

    fn tier_of(&self, element: &[(usize, u32)]) -> Option<Tier> {
        let tiers = element
            .iter()
            .map(|(column, _)| tier(self.tally.columns[*column].dimension, self.measure));
        tiers.flatten().min()
    }

    /// The candidate, if it stands out.
    fn judge(&self, element: Element, split: Split) -> Option<Candidate> {
        let tier = self.tier_of(&element)?;
        let whole = &self.tally.whole;
        let own = excess_of(&split, self.measure, self.scale, whole)?;
        let (share, risk_ratio) = (own.above.max(0.0) / self.above, own.risk_ratio());
        let all = fair(whole, self.measure).max(1) as f64;
        let fair_share = fair(&split, self.measure) as f64 / all;
        let aside = tier != Tier::WhoOrWhat && share < ASIDE_SHARE_MIN;
        if aside || !stands_out(share, risk_ratio, fair_share) {
            return None;
        }
        let sigma = self.sigma(&own, share, fair_share);
        if sigma < SIGMA_MIN {
            return None;
        }
        Some(Candidate {
            element,
            split,
            tier,
            score: share * risk_ratio.ln() * (sigma / 5.0).min(1.0),
            share,
            risk_ratio,
        })
    }

    /// One value judged by itself, if it stands out.
    pub fn value(&self, column: usize, number: u32) -> Option<Candidate> {
        let split = *self.tally.columns[column].splits.get(number as usize)?;
        self.judge(vec![(column, number)], split)
    }

    /// How many standard errors its excess is above what it would be by chance.
    fn sigma(&self, own: &Excess, share: f64, fair_share: f64) -> f64 {
        match self.measure {
            // Seconds have no Poisson error of their own: that of the share of events stands for
            // it, twice, for durations have long tails.
            Measure::Seconds => {
                let n = self.tally.whole.timed[1].max(1) as f64;
                let error = (fair_share * (1.0 - fair_share) / n).sqrt();
                (share - fair_share) / (TAILS * error + 1.0 / n)
            }
            Measure::Events | Measure::Failed | Measure::Errors => {
                own.above / (own.expected + 1.0 + (MODEL_ERROR * own.expected).powi(2)).sqrt()
            }
        }
    }

    /// Every single value that stands out, best first.
    pub fn singles(&self) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (c, column) in self.tally.columns.iter().enumerate() {
            // A dimension with a single value that all rows have tells nothing apart.
            let some_have_none = column.splits[0].events != [0, 0];
            if column.values() + usize::from(some_have_none) < 2 {
                continue;
            }
            let tells = |v: &usize| !is_ordinary(column.dimension, column.symbols[*v]);
            let values = (1..column.splits.len()).filter(tells);
            let judged = values.filter_map(|v| self.judge(vec![(c, v as u32)], column.splits[v]));
            let mut judged: Vec<Candidate> = judged.collect();
            judged.sort_by(by_rank);
            found.extend(judged.into_iter().take(SINGLES_MAX));
        }
        found.sort_by(by_rank);
        found
    }
}

fn by_rank(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    a.tier
        .cmp(&b.tier)
        .then_with(|| b.score.total_cmp(&a.score))
        .then_with(|| a.element.cmp(&b.element))
}

/// All candidates: the smallest set that explains the excess, the parts of its first element,
/// then the single values that are not yet covered. Scores and tiers never rise along the list,
/// so that lists can be merged by them.
pub fn ranked(subject: &Subject<'_>) -> Vec<Candidate> {
    let singles = subject.singles();
    let table = Table::new(subject, &singles);
    let mut found = sets(subject, table.as_ref(), &singles);
    let covering: Vec<Element> = found.iter().map(|one| one.element.clone()).collect();
    if let Some((first, table)) = found.first().cloned().zip(table.as_ref()) {
        found.splice(1..1, parts(subject, table, &first));
    }
    found.extend(uncovered(subject, singles, &covering));
    let best = found
        .iter()
        .filter(|one| one.tier == Tier::WhoOrWhat)
        .fold(0.0f64, |best, one| best.max(one.share));
    for one in &mut found {
        let enough = one.share >= ASIDE_FIRST_SHARE && one.share >= ASIDE_FIRST_TIMES * best;
        if one.tier == Tier::Where && enough {
            one.tier = Tier::WhoOrWhat;
        }
    }
    found.sort_by_key(|one| one.tier);
    let highest = found.iter().fold(0.0f64, |best, one| best.max(one.score));
    let mut below = f64::INFINITY;
    for (i, one) in found.iter_mut().enumerate() {
        below = below.min(if i == 0 { highest } else { one.score });
        one.score = below;
    }
    found
}

/// The elements that together explain the excess, largest first, each with all values that its
/// excess shares. The best single value where the search finds none.
fn sets(subject: &Subject<'_>, table: Option<&Table>, singles: &[Candidate]) -> Vec<Candidate> {
    let searched = table
        .map(|table| table.search(DEPTH_MAX))
        .unwrap_or_default();
    let mut found: Vec<Candidate> = searched
        .into_iter()
        .filter_map(|element| {
            let split = table?.of(&element)?;
            subject.judge(telling_first(element, singles), split)
        })
        .collect();
    found.sort_by(|a, b| a.tier.cmp(&b.tier).then(b.share.total_cmp(&a.share)));
    if let Some(single) = singles.first() {
        let enough = |one: &Candidate| one.share >= SET_SHARE * single.share;
        if !found.iter().any(enough) {
            found.insert(0, single.clone());
        }
    }
    let mut described: Vec<Candidate> = Vec::new();
    for one in found {
        let one = match table {
            Some(table) => with_all_it_shares(subject, table, singles, one),
            None => one,
        };
        if !described.iter().any(|other| other.element == one.element) {
            described.push(one);
        }
    }
    described
}

/// Adds the values of other dimensions of its tier that nearly all of the excess shares, where
/// they stand out by themselves: "this client, on this endpoint" is one finding, not two.
fn with_all_it_shares(
    subject: &Subject<'_>,
    table: &Table,
    singles: &[Candidate],
    mut one: Candidate,
) -> Candidate {
    while one.element.len() < DEPTH_MAX {
        let inner = |single: &Candidate| {
            let (column, value) = single.element[0];
            let apart = one.element.iter().all(|(of, _)| *of != column);
            let enough = single.share >= SAME_SHARE * SAME_SHARE * one.share;
            if !(apart && enough && single.tier == one.tier) {
                return None;
            }
            let split = table.of(&[&one.element[..], &[(column, value)]].concat())?;
            let share = subject.share(&split);
            (share >= SAME_SHARE * one.share).then_some((share, (column, value), split))
        };
        let best = singles
            .iter()
            .filter_map(inner)
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        let longer = best.and_then(|(_, value, split)| {
            let element = [&one.element[..], &[value]].concat();
            subject.judge(telling_first(element, singles), split)
        });
        match longer {
            Some(longer) => one = longer,
            None => break,
        }
    }
    one
}

/// The values in the order in which they stand out by themselves; those that do not, last.
fn telling_first(mut element: Element, singles: &[Candidate]) -> Element {
    let place = |value: &(usize, u32)| singles.iter().position(|one| one.element[0] == *value);
    element.sort_by_key(|value| (place(value).unwrap_or(usize::MAX), *value));
    element
}

/// The values of other dimensions, as telling as its own, that make up a good part of a
/// contributor.
fn parts(subject: &Subject<'_>, table: &Table, first: &Candidate) -> Vec<Candidate> {
    if first.element.len() == DEPTH_MAX {
        return Vec::new();
    }
    let mut found: Vec<Candidate> = table
        .extensions(&first.element)
        .into_iter()
        .filter(|(element, _)| {
            let added = element.last().map(|value| vec![*value]).unwrap_or_default();
            subject
                .tier_of(&added)
                .is_some_and(|tier| tier <= first.tier)
        })
        .filter_map(|(element, split)| subject.judge(element, split))
        .filter(|part| part.share >= PART_SHARE * first.share)
        .collect();
    found.sort_by(|a, b| {
        b.share
            .total_cmp(&a.share)
            .then_with(|| a.element.cmp(&b.element))
    });
    found
}

/// The single values whose excess does not lie within what is listed already.
fn uncovered(
    subject: &Subject<'_>,
    singles: Vec<Candidate>,
    covering: &[Element],
) -> Vec<Candidate> {
    let covered = subject.tally.covered(covering);
    let mut inside: Vec<Option<Vec<Split>>> = vec![None; subject.tally.columns.len()];
    let mut left = singles;
    left.retain(|single| {
        let (column, value) = single.element[0];
        let splits = inside[column].get_or_insert_with(|| subject.tally.within(&covered, column));
        subject.share(&splits[value as usize]) < COVERED_SHARE * single.share
    });
    left
}
