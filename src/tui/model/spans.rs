//! Which stretches and instants the screens show: all of the data, the incident, the cursor.

use super::super::span::Span;
use super::Model;
use crate::clock::Zone;

impl Model {
    /// All of the data.
    pub fn data_span(&self) -> Option<Span> {
        let snapshot = self.snapshot.as_ref()?;
        let grid = snapshot
            .grid
            .map(|grid| Span::new(grid.start_ns, grid.end_ns()));
        grid.or_else(|| {
            snapshot
                .range
                .map(|(first, last)| Span::new(first, last.saturating_add(1)))
        })
    }

    /// The stretch around the selected incident, where it is a small part of the data.
    pub fn incident_span(&self) -> Option<Span> {
        let data = self.data_span()?;
        let windows = &self.concluded()?.incident.windows;
        let from_ns = windows.first()?.start.lo_ns;
        let to_ns = windows.last()?.end.map_or(data.to_ns, |end| end.hi_ns);
        Some(Span::new(from_ns, to_ns).widened(0.2).within(data))
    }

    /// The visible stretch of time.
    pub fn span(&self) -> Option<Span> {
        let data = self.data_span()?;
        self.zoom.or(self.follow).or(Some(data))
    }

    /// What is shown first: the incident where it is a small part of the data, else all of them.
    pub fn first_look(&self) -> Option<Span> {
        let data = self.data_span()?;
        let incident = self
            .incident_span()
            .filter(|span| span.length_ns() < data.length_ns() / 3);
        incident.or(Some(data))
    }

    /// The zone of the other clock; `None` where both show the same at the instant.
    pub fn other_zone(&self, at_ns: i64) -> Option<Zone> {
        let local = self.snapshot.as_ref()?.zone;
        let other = if self.utc { local } else { Zone::UTC };
        (local.seconds_east(at_ns) != 0).then_some(other)
    }

    /// The time cursor. Until it is moved it stands at the end of the data while they come in;
    /// else at the worst moment of the selected incident, or at the end of the data while that is
    /// not over or where there is none.
    pub fn cursor(&self) -> Option<i64> {
        let span = self.span()?;
        let clamp = |ns: i64| ns.clamp(span.from_ns, span.to_ns - 1);
        let last = self
            .snapshot
            .as_ref()?
            .range
            .map_or(i64::MAX, |range| range.1);
        self.cursor_ns.map(clamp).or_else(|| {
            let worst = self.worst_moment().filter(|_| !self.grows);
            Some(clamp(worst.unwrap_or(last)))
        })
    }

    /// The worst moment of the selected incident; `None` while it is not over.
    pub fn worst_moment(&self) -> Option<i64> {
        let grid = self.snapshot.as_ref()?.grid?;
        let incident = &self.concluded()?.incident;
        let first = incident.windows.first()?;
        incident.windows.last()?.end?;
        let lost = incident
            .lost_share
            .iter()
            .enumerate()
            .filter(|(_, share)| !share.is_nan());
        let worst = lost.fold((0.0, None), |best, (i, &share)| {
            if share > best.0 {
                (share, Some(i))
            } else {
                best
            }
        });
        Some(worst.1.map_or(first.start.at_ns, |i| grid.time(i)))
    }
}
