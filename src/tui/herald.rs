//! When to ring: which windows of the incidents are new since the sources were caught up with.
//!
//! In: every snapshot of sources that are followed, frozen or not. Out: an announcement for a new
//! incident or a relapse, once each; afterwards the title follows the state. Nothing for what was
//! there when the app was opened, and nothing where nothing is followed.

use crate::analysis::{Concluded, Snapshot};
use crate::clock::NS_PER_MIN;
use crate::incidents::State;
use crate::text::{printable, shorten};

/// A window whose edge moved by less, as more became known, is the same; a good stretch that is
/// shorter does not end a window either (`--window-gap`).
const SAME_NS: i64 = 5 * NS_PER_MIN;
/// Windows remembered.
const KNOWN_MAX: usize = 512;
/// Longest title, cells.
const TITLE_MAX: usize = 80;

/// What was announced, and what needs no announcement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Herald {
    /// First and last instant of each known window, ns UTC; `None` before the sources were caught up with.
    known: Option<Vec<(i64, i64)>>,
    /// The title that was set last, if any was.
    title: Option<String>,
}

/// What the terminal is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Whether it is new.
    pub bell: bool,
    /// The terminal's title; printable.
    pub title: String,
}

impl Herald {
    /// The title that was set last, if any was.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Takes a snapshot.
    pub fn heed(&mut self, snapshot: &Snapshot) -> Option<Announcement> {
        if !(snapshot.progress.following && snapshot.progress.finished) {
            return None;
        }
        let windows = windows(snapshot);
        let Some(known) = &mut self.known else {
            self.known = Some(windows.iter().map(|window| window.1).collect());
            return None;
        };
        let newest = merge(known, &windows);
        let bell = newest.is_some();
        let told = match newest {
            Some(index) => Some(&snapshot.incidents[index]),
            // Only a title that was set must not grow stale.
            None => self.title.as_ref().and_then(|_| foremost(snapshot)),
        };
        let title = told.map(|told| title(snapshot, told))?;
        if !bell && self.title.as_ref() == Some(&title) {
            return None;
        }
        self.title = Some(title.clone());
        Some(Announcement { bell, title })
    }
}

/// Every window in order of start: its incident, its ends, whether it is worth a bell.
fn windows(snapshot: &Snapshot) -> Vec<(usize, (i64, i64), bool)> {
    let mut windows = Vec::new();
    for (index, concluded) in snapshot.incidents.iter().enumerate() {
        let incident = &concluded.incident;
        let last = incident.windows.len().saturating_sub(1);
        for (i, window) in incident.windows.iter().enumerate() {
            let end_ns = window.end.map_or(i64::MAX, |end| end.at_ns);
            let is_on = i == last && !matches!(incident.state, State::Restored | State::NoData);
            windows.push((index, (window.start.at_ns, end_ns), is_on));
        }
    }
    windows.sort_unstable_by_key(|window| (window.1, window.0));
    windows
}

/// Takes the windows as known; the incident of the last one that was not and is worth a bell. Each
/// known one stands for one only: a second incident at the same time is a new one.
fn merge(known: &mut Vec<(i64, i64)>, windows: &[(usize, (i64, i64), bool)]) -> Option<usize> {
    let mut left = std::mem::take(known);
    let mut newest = None;
    for (index, (start_ns, end_ns), is_on) in windows {
        let same = left.iter().position(|(from_ns, to_ns)| {
            from_ns.saturating_sub(SAME_NS) < *end_ns && *start_ns < to_ns.saturating_add(SAME_NS)
        });
        match same {
            Some(same) => drop(left.remove(same)),
            None if *is_on => newest = Some(*index),
            None => {}
        }
        known.push((*start_ns, *end_ns));
    }
    // What is no window any more may become one again.
    known.extend(left);
    known.sort_unstable();
    let old = known.len().saturating_sub(KNOWN_MAX);
    known.drain(..old);
    newest
}

/// The incident of the last window.
fn foremost(snapshot: &Snapshot) -> Option<&Concluded> {
    let start = |concluded: &&Concluded| {
        let last = concluded.incident.windows.last();
        last.map(|window| window.start.at_ns)
    };
    snapshot.incidents.iter().max_by_key(start)
}

/// `rfo: ONGOING critical slow-token-auth`.
fn title(snapshot: &Snapshot, concluded: &Concluded) -> String {
    let incident = &concluded.incident;
    let text = format!(
        "rfo: {} {} {}",
        incident.state.word().to_uppercase(),
        incident.severity.word(),
        snapshot.title
    );
    shorten(&printable(&text), TITLE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::When;
    use crate::incidents::Window;
    use crate::tui::fixture::{self, S};

    /// A state, and windows as seconds from the start.
    type Case<'a> = (State, &'a [(i64, Option<i64>)]);

    /// Live data with incidents of these windows, seconds from the start; an open one has no end.
    fn live(incidents: &[Case<'_>]) -> Snapshot {
        let mut snapshot = fixture::outage();
        (snapshot.progress.following, snapshot.progress.finished) = (true, true);
        let of = snapshot.incidents.remove(0);
        snapshot.incidents = incidents
            .iter()
            .map(|(state, windows)| {
                let mut concluded = of.clone();
                let window = |(start, end): &(i64, Option<i64>)| Window {
                    start: When::exact(start * S),
                    end: end.map(|end| When::exact(end * S)),
                    ..of.incident.windows[0].clone()
                };
                concluded.incident.windows = windows.iter().map(window).collect();
                concluded.incident.state = *state;
                concluded
            })
            .collect();
        snapshot
    }

    /// The bells of some snapshots, one after another.
    fn bells(snapshots: &[Snapshot]) -> Vec<bool> {
        let mut herald = Herald::default();
        let bell = |one: Option<Announcement>| one.is_some_and(|one| one.bell);
        snapshots.iter().map(|one| bell(herald.heed(one))).collect()
    }

    #[test]
    fn what_was_there_at_the_start_is_not_announced() {
        let on = live(&[(State::Ongoing, &[(1000, None)])]);
        let mut reading = on.clone();
        reading.progress.finished = false;
        assert_eq!(bells(&[reading, on.clone(), on.clone()]), [false; 3]);
        let mut past = on;
        past.progress.following = false;
        assert_eq!(bells(&[live(&[]), past]), [false; 2]);
    }

    #[test]
    fn a_new_incident_counts_once_however_its_edge_moves() {
        let on = |start| live(&[(State::Ongoing, &[(start, None)])]);
        let over = live(&[(State::Restored, &[(1000, Some(1600))])]);
        let bells = bells(&[
            live(&[]),
            on(1000),
            on(940),
            on(1060),
            live(&[]),
            on(1000),
            over,
        ]);
        assert_eq!(bells, [false, true, false, false, false, false, false]);
    }

    #[test]
    fn a_relapse_and_a_second_incident_count() {
        let first = (State::Restored, &[(1000, Some(1600))][..]);
        let again = (State::Relapsed, &[(1000, Some(1600)), (3000, None)][..]);
        let other = (State::Ongoing, &[(3020, None)][..]);
        let snapshots = [
            live(&[]),
            live(&[(State::Ongoing, &[(1000, None)])]),
            live(&[first]),
            live(&[again]),
            live(&[again, other]),
            live(&[other, again]),
        ];
        assert_eq!(bells(&snapshots), [false, true, false, true, true, false]);
    }

    #[test]
    fn a_title_follows_the_state_and_steers_nothing() {
        let mut herald = Herald::default();
        herald.heed(&live(&[]));
        let mut on = live(&[(State::Ongoing, &[(1000, None)])]);
        on.title = "shop\u{7}\u{1b}]0;x".to_owned();
        let told = herald.heed(&on).expect("it is new");
        assert_eq!(told.title, "rfo: ONGOING critical shop··]0;x");
        assert_eq!(herald.heed(&on), None);
        on.incidents[0].incident.state = State::Restored;
        let told = herald.heed(&on).expect("the title is another");
        assert!(!told.bell && told.title.starts_with("rfo: RESTORED"));
    }
}
