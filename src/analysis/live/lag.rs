//! How far a source that is followed lags behind.
//!
//! In: how it stands and the newest stamps. Out: its lag, against the clock or the other sources.

use super::super::Live;
use crate::clock::NS_PER_S;
use crate::input::follow::Standing;

/// A stamp so old is no lag of a log that is being written, but an old log that is copied.
const LAG_NS_MAX: i64 = 86_400 * NS_PER_S;

/// How one source stands: against the clock if it is being written, else against the newest stamp.
pub(super) fn live(
    standing: &Standing,
    watermark_ns: Option<i64>,
    (clock_ns, newest_ns): (Option<i64>, Option<i64>),
) -> Live {
    let lag_ns = watermark_ns.map(|own| {
        let against_clock = clock_ns.map(|now| now.saturating_sub(own));
        let is_lag = |lag: &i64| (0..LAG_NS_MAX).contains(lag);
        let against_others = newest_ns.map_or(0, |newest| newest.saturating_sub(own));
        against_clock.filter(is_lag).unwrap_or(against_others)
    });
    Live {
        watermark_ns,
        lag_ns,
        behind_bytes: standing.behind_bytes,
        held_bytes: standing.held_bytes,
        files: standing.files,
        gone: standing.gone,
        awaits_writer: standing.awaits_writer,
        cut_short: standing.cut_short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_against_the_clock_only_while_the_source_is_written() {
        let check = |own: Option<i64>, clock: Option<i64>, newest: Option<i64>, expected| {
            let live = live(&Standing::default(), own, (clock, newest));
            assert_eq!(live.lag_ns, expected, "{own:?} {clock:?} {newest:?}");
        };
        let now = 2_000_000 * NS_PER_S;
        check(Some(now - 5), Some(now), Some(now - 3), Some(5));
        check(Some(now - 5), None, Some(now - 3), Some(2));
        check(None, Some(now), Some(now), None);
        check(Some(0), Some(now), Some(0), Some(0));
        check(Some(now + 5), Some(now), Some(now + 5), Some(0));
    }
}
