//! Instants of the document: UTC first, the reader's clock beside it where there is one.

use super::Line;
use crate::analysis::Snapshot;
use crate::clock::words::length;
use crate::clock::{When, Zone};
use crate::reports::text;
use crate::reports::words::{Clock, zone_words};

/// The clocks of a document.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The clock of UTC.
    pub utc: Clock,
    /// The reader's clock, where it is another one.
    pub local: Option<Clock>,
}

impl Times {
    /// The clocks of a snapshot: its zone is the reader's unless it is UTC.
    pub fn of(snapshot: &Snapshot) -> Self {
        let zone = snapshot.zone;
        let is_utc = zone_words(zone) == zone_words(Zone::UTC);
        Self {
            utc: text::clock_in(snapshot, Zone::UTC),
            local: (!is_utc).then(|| text::clock_in(snapshot, zone)),
        }
    }

    /// `14:34:50 +10 s UTC (15:34:50 BST)`.
    pub fn moment(self, when: &When) -> String {
        let utc = self.utc.when(when);
        match self.local {
            Some(local) => format!(
                "{utc} UTC ({} {})",
                local.at(when.at_ns),
                local.zone.name_at(when.at_ns)
            ),
            None => format!("{utc} UTC"),
        }
    }

    /// The same for an instant that is known.
    pub fn instant(self, ns: i64) -> String {
        self.moment(&When::exact(ns))
    }

    /// The names of the columns for instants: `UTC`, `local (Europe/London)`.
    pub fn heads(self) -> Vec<String> {
        let local = self
            .local
            .map(|local| format!("local ({})", zone_words(local.zone)));
        ["UTC".to_owned()].into_iter().chain(local).collect()
    }

    /// The cells of these columns.
    pub fn cells(self, when: &When) -> Vec<Line> {
        let local = self.local.map(|local| local.at(when.at_ns));
        let cells = [self.utc.when(when)].into_iter().chain(local);
        cells.map(Line::of).collect()
    }
}

/// From one instant to another with its sign: `+5 min`, `-1 h 18 min`, `0`.
pub fn delta(from_ns: i64, to_ns: i64) -> String {
    match to_ns.saturating_sub(from_ns) {
        0 => "0".to_owned(),
        ns if ns > 0 => format!("+{}", length(ns)),
        ns => length(ns),
    }
}
