//! Clocks that go on while an incident does: for how long it has been on, when a recovery will be
//! confirmed, since when nothing has come.
//!
//! In: the time, handed in once a second while a clock is on the screen. Out: pieces for the state
//! line. Asks for no time itself, and nothing ticks where nothing is on.

use super::look::Ink;
use super::model::Model;
use super::pen::Piece;
use crate::analysis::{Concluded, Snapshot};
use crate::clock::words::{clock_time, length};
use crate::clock::{NS_PER_MIN, NS_PER_S, When, Zone};
use crate::incidents::State;
use crate::incidents::state::{first_of_last, recovery};
use crate::records::MilestoneKind;

/// Logs whose newest stamp is older than this are looked at afterwards, ns.
const LIVE_NS_MAX: i64 = 86_400 * NS_PER_S;
/// Nothing for so long, and for so many times the usual pause, is silence.
const SILENT_NS: i64 = NS_PER_MIN;
const SILENT_PAUSES: i64 = 10;

/// The time as the screens know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticking {
    /// The clock's time when it was last told, ns UTC; `None` before.
    pub clock_ns: Option<i64>,
}

/// Whether a clock is on the screen that must be told the time, which is `clock_ns`.
pub fn is_needed(model: &Model, clock_ns: i64) -> bool {
    let Some(snapshot) = model.snapshot.as_ref().filter(|_| !model.frozen) else {
        return false;
    };
    let is_on = |concluded: &Concluded| concluded.incident.state != State::Restored;
    let ticks = model.concluded().is_some_and(is_on);
    // Where the logs are of another day their own time is shown, which moves with them.
    ticks && snapshot.progress.following && behind_ns(clock_ns, snapshot).is_some()
}

/// How long before the clock's time the newest stamp is, ns; `None` where the logs are not of now.
fn behind_ns(clock_ns: i64, snapshot: &Snapshot) -> Option<i64> {
    let behind_ns = clock_ns.saturating_sub(snapshot.range?.1);
    (0..LIVE_NS_MAX).contains(&behind_ns).then_some(behind_ns)
}

/// Whether sources of which something should have come by now are silent.
fn is_silent(snapshot: &Snapshot, behind_ns: i64) -> bool {
    let (first_ns, last_ns) = snapshot.range.unwrap_or_default();
    let events = i64::try_from(snapshot.progress.events).unwrap_or(i64::MAX);
    let pause_ns = last_ns.saturating_sub(first_ns) / events.max(1);
    behind_ns > SILENT_NS.max(pause_ns.saturating_mul(SILENT_PAUSES))
}

/// How the incident stands now: its state, which is no data where nothing comes any more; and what
/// its clocks say, `brief` where there is little room.
pub fn state(
    model: &Model,
    snapshot: &Snapshot,
    concluded: &Concluded,
    brief: bool,
) -> (State, Vec<Piece>) {
    let (state, zone) = (concluded.incident.state, model.zone());
    let last_ns = snapshot.range.map_or(0, |range| range.1);
    let clock_ns = model
        .ticking
        .clock_ns
        .filter(|_| snapshot.progress.following);
    let behind_ns = clock_ns.and_then(|clock_ns| behind_ns(clock_ns, snapshot));
    let silent_ns = behind_ns.filter(|ns| state != State::Restored && is_silent(snapshot, *ns));
    if let Some(silent_ns) = silent_ns {
        let text = format!("  nothing for {}, was {}", clock(silent_ns), state.word());
        return (State::NoData, vec![Piece::new(text, Ink::Warn)]);
    }
    let now_ns = last_ns + behind_ns.unwrap_or(0);
    let text = match state {
        State::Ongoing | State::Relapsed => on_for(concluded, now_ns, zone, brief),
        State::Recovering => back_since((snapshot, concluded), now_ns, zone, brief),
        State::NoData | State::Restored => None,
    };
    let ink = match state {
        State::Recovering => Ink::Warn,
        _ => Ink::Strong,
    };
    (
        state,
        text.map(|text| Piece::new(text, ink)).into_iter().collect(),
    )
}

/// `  on for 12 min`; after a recovery `  again since 15:54:50, for 3 min`.
fn on_for(concluded: &Concluded, now_ns: i64, zone: Zone, brief: bool) -> Option<String> {
    let first = first_of_last(&concluded.incident.windows)?;
    let start_ns = match concluded.incident.state {
        State::Relapsed => first.start,
        // As the state line and the durations have it.
        _ => began(concluded).unwrap_or(first.start),
    }
    .at_ns;
    let on = clock(now_ns.saturating_sub(start_ns));
    let since = if brief { "" } else { "since " };
    Some(match concluded.incident.state {
        State::Relapsed => format!("  again {since}{}, for {on}", clock_time(start_ns, zone)),
        _ => format!("  on for {on}"),
    })
}

/// `  back 15:40:25, sure in 6 min`; where the data end before that, how long before.
fn back_since(
    (snapshot, concluded): (&Snapshot, &Concluded),
    now_ns: i64,
    zone: Zone,
    brief: bool,
) -> Option<String> {
    let last = concluded.incident.windows.last()?;
    let recovery = recovery(&concluded.incident, snapshot.grid?.width)?;
    let back = clock_time(recovery.back_ns, zone);
    let left_ns = recovery.confirmed_ns.saturating_sub(now_ns);
    let left = match brief && left_ns > 2 * NS_PER_MIN {
        // Never sooner than it is.
        true => length((left_ns + NS_PER_MIN - 1) / NS_PER_MIN * NS_PER_MIN),
        false => clock(left_ns),
    };
    Some(match (left_ns > 0, snapshot.progress.following) {
        (true, true) => format!("  back {back}, sure in {left}"),
        (true, false) => format!("  back {back}, the data end {left} before that is sure"),
        // Judged a moment ago, when it was not; or faint deviations keep it open.
        (false, _) if last.end.is_some() => format!("  back {back}, nearly sure"),
        (false, _) => format!("  back {back}, not all the way"),
    })
}

/// When it began: what was chosen for it, which is what the durations count from.
pub fn began(concluded: &Concluded) -> Option<When> {
    let mut chosen = concluded.measured.chosen.iter();
    let start = chosen.find(|choice| choice.kind == MilestoneKind::ImpactStart);
    start.map(|choice| choice.when)
}

/// A length in whole seconds at least, from ten minutes on in minutes that are over.
fn clock(ns: i64) -> String {
    let unit_ns = match ns >= 10 * NS_PER_MIN {
        true => NS_PER_MIN,
        false => NS_PER_S,
    };
    length(ns.max(0) / unit_ns * unit_ns)
}
