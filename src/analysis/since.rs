//! What changed in the conclusions since an incident file was saved.
//!
//! In: the computed values that it keeps and those of now. Out: the differences, most telling
//! first. Says nothing of what stayed as it was.

use super::Snapshot;
use super::basis::basis;
use crate::clock::NS_PER_S;
use crate::records::incident_file::{Basis, BasisDuration, BasisIncident, BasisWindow};

/// Starts further apart than this are no one incident, ns: half a day.
const APART_NS: i64 = 12 * 3600 * NS_PER_S;
/// Smaller differences are none, ns.
const SAME_NS: u64 = NS_PER_S as u64;
/// Durations that are compared: the parts between them follow.
const DURATIONS: [&str; 8] = [
    "ttd",
    "ttn",
    "tta",
    "tti",
    "ttm",
    "ttr",
    "downtime",
    "effective_downtime",
];

/// What is new in relation to one incident file.
#[derive(Debug, Clone, PartialEq)]
pub struct Since {
    /// The file.
    pub path: String,
    /// When it was saved, ns UTC.
    pub saved_at_ns: i64,
    /// Events read then and now.
    pub events: (u64, u64),
    /// Sources read then and now; the incident file itself is one of them.
    pub sources: (u64, u64),
    /// The differences.
    pub changes: Vec<Changed>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The incident's id as it is now; as it was where it is gone.
    pub incident: String,
    /// What: `impact_start`, `ttr`, `verdict`.
    pub what: String,
    /// What it was.
    pub before: Shown,
    /// What it is.
    pub after: Shown,
}

/// A value to be shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// There is none.
    Nothing,
    /// An instant, ns UTC.
    Instant(i64),
    /// Words of ours or of logs.
    Words(String),
}

/// What changed since each incident file among the records was saved; files that were never saved
/// by an analysis are left out.
pub fn since(snapshot: &Snapshot) -> Vec<Since> {
    let saved = snapshot.records.iter().filter_map(|record| {
        let then = record.file.as_ref()?.basis.as_ref()?;
        Some((record.path.clone(), then))
    });
    let saved: Vec<_> = saved.collect();
    if saved.is_empty() {
        return Vec::new();
    }
    let now = basis(snapshot, 0);
    let one = |(path, then): (String, &Basis)| Since {
        path,
        saved_at_ns: then.saved_at,
        events: (then.events, now.events),
        sources: (then.sources, now.sources),
        changes: changes(then, &now),
    };
    saved.into_iter().map(one).collect()
}

/// The differences between two analyses, in the order of the incidents now.
pub fn changes(then: &Basis, now: &Basis) -> Vec<Changed> {
    let mut left: Vec<&BasisIncident> = then.incidents.iter().collect();
    let mut found = Vec::new();
    for incident in &now.incidents {
        let near = |(_, one): &(usize, &&BasisIncident)| {
            apart_ns(one, incident) <= APART_NS.unsigned_abs()
        };
        let nearest = left
            .iter()
            .enumerate()
            .filter(near)
            .min_by_key(|(i, one)| (apart_ns(one, incident), *i))
            .map(|(i, _)| i);
        match nearest {
            Some(i) => compare(left.remove(i), incident, &mut found),
            None => found.push(Changed {
                incident: incident.id.clone(),
                what: "incident".to_owned(),
                before: Shown::Nothing,
                after: words(&incident.title),
            }),
        }
    }
    found.extend(left.into_iter().map(|gone| Changed {
        incident: gone.id.clone(),
        what: "incident".to_owned(),
        before: words(&gone.title),
        after: Shown::Nothing,
    }));
    found
}

/// How far the first windows are apart; without windows the first milestones.
fn apart_ns(a: &BasisIncident, b: &BasisIncident) -> u64 {
    let start = |one: &BasisIncident| {
        let window = one.windows.first().map(|window| window.start.at_ns);
        window.or_else(|| one.milestones.iter().map(|one| one.stated.at_ns).min())
    };
    let overlap = |a: &BasisWindow, b: &BasisWindow| {
        a.start.at_ns < b.end.at_ns && b.start.at_ns < a.end.at_ns
    };
    if a.windows
        .iter()
        .any(|a| b.windows.iter().any(|b| overlap(a, b)))
    {
        return 0;
    }
    match (start(a), start(b)) {
        (Some(a), Some(b)) => a.abs_diff(b),
        _ => 0,
    }
}

fn words(text: &str) -> Shown {
    match text {
        "" => Shown::Nothing,
        text => Shown::Words(crate::text::printable(text)),
    }
}

fn compare(then: &BasisIncident, now: &BasisIncident, found: &mut Vec<Changed>) {
    let mut say = |what: &str, before: Shown, after: Shown| {
        if before != after {
            found.push(Changed {
                incident: now.id.clone(),
                what: what.to_owned(),
                before,
                after,
            });
        }
    };
    say("state", words(&then.state), words(&now.state));
    say("verdict", words(&then.verdict), words(&now.verdict));
    say("severity", words(&then.severity), words(&now.severity));
    let count = |one: &BasisIncident| Shown::Words(one.windows.len().to_string());
    say("windows", count(then), count(now));
    for (kind, before, after) in milestones(then, now) {
        let same = |a: i64, b: i64| a.abs_diff(b) <= SAME_NS;
        if !before.zip(after).is_some_and(|(a, b)| same(a, b)) {
            let shown = |at_ns: Option<i64>| at_ns.map_or(Shown::Nothing, Shown::Instant);
            say(&kind, shown(before), shown(after));
        }
    }
    for name in DURATIONS {
        let (before, after) = (then.durations.get(name), now.durations.get(name));
        let seconds = |one: Option<&BasisDuration>| one.and_then(|one| one.seconds);
        let same = match (seconds(before), seconds(after)) {
            (Some(a), Some(b)) => (a - b).abs() <= 1.0,
            (None, None) => true,
            _ => false,
        };
        if !same {
            let shown =
                |one: Option<&BasisDuration>| one.map_or(Shown::Nothing, |one| words(&one.words));
            say(name, shown(before), shown(after));
        }
    }
    say(
        "first contributor",
        words(&then.contributor),
        words(&now.contributor),
    );
    say(
        "first change before it",
        words(&then.cause),
        words(&now.cause),
    );
}

/// Every milestone of either with its instants, in the order of now.
fn milestones(
    then: &BasisIncident,
    now: &BasisIncident,
) -> Vec<(String, Option<i64>, Option<i64>)> {
    let at = |one: &BasisIncident, kind: &str| {
        let found = one.milestones.iter().find(|one| one.kind == kind);
        found.map(|one| one.stated.at_ns)
    };
    let mut kinds: Vec<&str> = now.milestones.iter().map(|one| one.kind.as_str()).collect();
    let gone = then.milestones.iter().map(|one| one.kind.as_str());
    let gone: Vec<&str> = gone.filter(|kind| !kinds.contains(kind)).collect();
    kinds.extend(gone);
    kinds
        .into_iter()
        .map(|kind| (crate::text::printable(kind), at(then, kind), at(now, kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{NS_PER_MIN, When};
    use crate::records::incident_file::{BasisDuration, BasisMilestone, Stated};

    fn incident(id: &str, start_min: i64, end_min: i64) -> BasisIncident {
        let at = |minute: i64| Stated::of(&When::exact(minute * NS_PER_MIN), "log");
        let milestone = |kind: &str, minute: i64| BasisMilestone {
            kind: kind.to_owned(),
            stated: at(minute),
        };
        let ttr = BasisDuration {
            seconds: Some((end_min - start_min) as f64 * 60.0),
            words: format!("{} min", end_min - start_min),
        };
        BasisIncident {
            id: id.to_owned(),
            title: format!("{id} fails"),
            verdict: "load".to_owned(),
            windows: vec![BasisWindow {
                start: at(start_min),
                end: at(end_min),
            }],
            milestones: vec![
                milestone("impact_start", start_min),
                milestone("restored", end_min),
            ],
            durations: [("ttr".to_owned(), ttr)].into(),
            ..BasisIncident::default()
        }
    }

    fn of(incidents: &[BasisIncident]) -> Basis {
        Basis {
            incidents: incidents.to_vec(),
            ..Basis::default()
        }
    }

    fn check(then: &[BasisIncident], now: &[BasisIncident], expected: &[(&str, &str)]) {
        let found = changes(&of(then), &of(now));
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.incident.as_str(), one.what.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn fuller_logs_show_what_moved_and_nothing_else() {
        check(&[incident("i1", 10, 30)], &[incident("i1", 10, 30)], &[]);
        let moved = [("i1", "restored"), ("i1", "ttr")];
        check(&[incident("i1", 10, 30)], &[incident("i1", 10, 45)], &moved);
    }

    #[test]
    fn incidents_are_compared_with_themselves_whatever_their_number() {
        let earlier = incident("i1", 10, 30);
        let (then, now) = (incident("i1", 2000, 2030), incident("i2", 2001, 2030));
        let expected = [("i1", "incident"), ("i2", "impact_start"), ("i2", "ttr")];
        check(
            std::slice::from_ref(&then),
            &[earlier.clone(), now],
            &expected,
        );
        check(&[then, earlier.clone()], &[earlier], &[("i1", "incident")]);
    }

    #[test]
    fn a_milestone_that_is_not_known_any_more_is_told() {
        let mut now = incident("i1", 10, 30);
        now.milestones.pop();
        now.verdict = "regression".to_owned();
        let found = changes(&of(&[incident("i1", 10, 30)]), &of(&[now]));
        assert_eq!(found[0].after, Shown::Words("regression".to_owned()));
        assert_eq!(
            (&found[1].before, &found[1].after),
            (&Shown::Instant(30 * NS_PER_MIN), &Shown::Nothing)
        );
    }
}
