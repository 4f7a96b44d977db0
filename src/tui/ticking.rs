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
use crate::clock::{NS_PER_MIN, NS_PER_S, Zone};
use crate::incidents::State;
use crate::incidents::state::confirmed_at_ns;

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
/// its clocks say.
pub fn state(model: &Model, snapshot: &Snapshot, concluded: &Concluded) -> (State, Vec<Piece>) {
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
        State::Ongoing | State::Relapsed => on_for(concluded, now_ns, zone),
        State::Recovering => back_since(snapshot, concluded, now_ns, zone),
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
fn on_for(concluded: &Concluded, now_ns: i64, zone: Zone) -> Option<String> {
    let start_ns = concluded.incident.windows.last()?.start.at_ns;
    let on = clock(now_ns.saturating_sub(start_ns));
    Some(match concluded.incident.state {
        State::Relapsed => format!("  again since {}, for {on}", clock_time(start_ns, zone)),
        _ => format!("  on for {on}"),
    })
}

/// `  back 15:40:25, sure in 6 min`; where the data end before that, how long before.
fn back_since(
    snapshot: &Snapshot,
    concluded: &Concluded,
    now_ns: i64,
    zone: Zone,
) -> Option<String> {
    let last = concluded.incident.windows.last()?;
    let back_ns = last
        .end
        .map_or(last.lasting.calm_since_ns, |end| Some(end.at_ns));
    let back = clock_time(back_ns?, zone);
    let sure_ns = confirmed_at_ns(&concluded.incident, snapshot.grid?.width)?;
    let left_ns = sure_ns.saturating_sub(now_ns);
    Some(match (left_ns > 0, snapshot.progress.following) {
        (true, true) => format!("  back {back}, sure in {}", clock(left_ns)),
        (true, false) => format!(
            "  back {back}, the data end {} before that is sure",
            clock(left_ns)
        ),
        // Judged a moment ago, when it was not; or faint deviations keep it open.
        (false, _) if last.end.is_some() => format!("  back {back}, nearly sure"),
        (false, _) => format!("  back {back}, not all the way"),
    })
}

/// A length in whole seconds at least.
fn clock(ns: i64) -> String {
    length(ns.max(0) / NS_PER_S * NS_PER_S)
}
