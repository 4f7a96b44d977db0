//! How far an anomaly that is still on was seen for certain.
//!
//! In: how long its last buckets have been clear. Out: since when it seems over, and the earliest
//! instant at which a later look may find that it ended. An end itself is confirmed by `episode`.

use super::episode::{ALONE_OF, Ending, Episode, clear_buckets};
use super::history::History;
use super::rule::CLEAR_BUCKETS;
use crate::series::Grid;

/// The last buckets must be clear for so long before it seems over, minutes; at least three.
const CALM_MIN: f64 = 1.0;

/// What is known of the end of something that is still on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lasting {
    /// It ends no earlier than this, ns UTC, whatever follows; `None`: not before its data do.
    pub seen_until_ns: Option<i64>,
    /// Since when its buckets have been clear, ns UTC, where they have been for long enough to be
    /// told; not for long enough to be its end.
    pub calm_since_ns: Option<i64>,
}

/// Of an episode; nothing for one that has ended.
pub fn lasting(history: &History, grid: &Grid, episode: &Episode) -> Lasting {
    if episode.ending != Ending::Open {
        return Lasting::default();
    }
    let (now, clear) = (history.len(), episode.clear.min(history.len()));
    let last = history.bucket(now - 1) + 1;
    let first_clear = match clear {
        0 => last,
        _ => history.bucket(now - clear),
    };
    // An end may be put before a lone dirty bucket, but not by more than this.
    let slack = clear_buckets(grid.width) / ALONE_OF;
    let earliest = first_clear.saturating_sub(slack);
    let earliest = earliest.max(history.bucket(episode.flag) + 1);
    let calm = last - first_clear >= grid.width.in_minutes(CALM_MIN).max(CLEAR_BUCKETS);
    Lasting {
        seen_until_ns: Some(grid.time(earliest)),
        calm_since_ns: calm.then(|| grid.time(first_clear)),
    }
}
