//! Moving through time: the cursor, the zoom, from incident to incident, from anomaly to anomaly.

use super::follow::reach;
use super::lanes::LaneId;
use super::layout::plot;
use super::model::Model;
use super::numbers::with_unit;
use super::span::{self, Span};
use crate::anomalies::{Anomaly, Direction};

/// How much closer one step of zoom is.
const ZOOM: f64 = 0.5;

/// Columns of the plot at the present size, at least one.
pub fn columns(model: &Model) -> usize {
    plot(model.size.0).width.max(1)
}

/// Moves the cursor by cells; the view follows it.
pub fn cells(model: &mut Model, by: i64) {
    let (Some(span), Some(cursor)) = (model.span(), model.cursor()) else {
        return;
    };
    let columns = columns(model);
    let target = span.nearest(cursor, columns) as i64 + by;
    let inside = usize::try_from(target)
        .ok()
        .filter(|&column| column < columns);
    let at_ns = match inside {
        Some(column) => span.time(column, columns),
        None => cursor.saturating_add(span.cell_ns(columns).saturating_mul(by)),
    };
    to(model, at_ns);
}

/// Puts the cursor on an instant of the data, or of the marks around them; the view follows it.
pub fn to(model: &mut Model, at_ns: i64) {
    let (Some(span), Some(reach)) = (model.span(), reach(model)) else {
        return;
    };
    let at_ns = at_ns.clamp(reach.from_ns, reach.to_ns - 1);
    model.cursor_ns = Some(at_ns);
    if !span.contains(at_ns) {
        model.zoom = Some(span.following(at_ns));
    }
}

/// To the first or the last instant of the data.
pub fn edge(model: &mut Model, last: bool) {
    if let Some(data) = model.data_span() {
        to(model, if last { data.to_ns - 1 } else { data.from_ns });
    }
}

/// Zooms around the cursor; inwards into the range, where one is selected.
pub fn zoom(model: &mut Model, inwards: bool) {
    let (Some(span), Some(cursor), Some(reach)) = (model.span(), model.cursor(), reach(model))
    else {
        return;
    };
    let columns = columns(model);
    let shortest_ns = span::CELL_NS_MIN.saturating_mul(columns as i64);
    if inwards && span.length_ns() <= shortest_ns {
        model.message = Some("a cell is never less than 100 ms".to_owned());
        return;
    }
    model.cursor_ns = Some(cursor);
    let range = match model.range {
        (Some(from_ns), Some(to_ns)) if inwards => Some(Span::new(from_ns, to_ns)),
        _ => None,
    };
    model.zoom = Some(
        match range.filter(|range| (shortest_ns..span.length_ns()).contains(&range.length_ns())) {
            Some(range) => range.following(cursor),
            None if inwards => span.zoomed(cursor, ZOOM, columns),
            None => {
                let wider = span.zoomed(cursor, 1.0 / ZOOM, columns);
                if wider.length_ns() >= reach.length_ns() {
                    reach
                } else {
                    shifted_into(wider, reach)
                }
            }
        },
    );
}

/// The same length, moved into another span that is longer.
fn shifted_into(span: Span, data: Span) -> Span {
    let length = span.length_ns();
    let from_ns = span
        .from_ns
        .min(data.to_ns.saturating_sub(length))
        .max(data.from_ns);
    Span::new(from_ns, from_ns.saturating_add(length))
}

/// All of the data; from there, the incident.
pub fn fit(model: &mut Model) {
    let (Some(span), Some(data)) = (model.span(), model.data_span()) else {
        return;
    };
    model.cursor_ns = model.cursor();
    let incident = model.incident_span().filter(|_| span == data);
    model.zoom = Some(incident.unwrap_or(data));
    if let (Some(cursor), Some(zoom)) = (model.cursor_ns, model.zoom) {
        model.cursor_ns = Some(cursor.clamp(zoom.from_ns, zoom.to_ns - 1));
    }
}

/// One end of the range at the cursor; an end on the wrong side of the other replaces it.
pub fn range(model: &mut Model, is_end: bool) {
    let Some(cursor) = model.cursor() else { return };
    let (from, to) = model.range;
    model.range = match is_end {
        false => (Some(cursor), to.filter(|&to| to > cursor)),
        true => (from.filter(|&from| from < cursor), Some(cursor)),
    };
}

/// To the incident that is `by` further on.
pub fn incident(model: &mut Model, by: isize) {
    let Some(snapshot) = model.snapshot.clone() else {
        return;
    };
    let Some(at) = model.incident_index() else {
        model.message = Some("no incident was found".to_owned());
        return;
    };
    let to = at
        .saturating_add_signed(by)
        .min(snapshot.incidents.len() - 1);
    if to == at {
        model.message = Some(
            if by > 0 {
                "this is the last incident"
            } else {
                "this is the first incident"
            }
            .to_owned(),
        );
    }
    choose(model, snapshot.incidents[to].incident.id.clone());
}

/// Selects an incident, brings all of it into view and the cursor to its worst moment.
pub fn choose(model: &mut Model, id: String) {
    model.incident = Some(id);
    // While data come in the cursor is with them; who goes to an incident goes to its worst moment.
    model.cursor_ns = model.worst_moment().filter(|_| model.grows);
    let whole = model.incident_span();
    let visible =
        |span: Span, whole: Span| span.from_ns <= whole.from_ns && whole.to_ns <= span.to_ns;
    if let (Some(span), Some(whole)) = (model.span(), whole)
        && !visible(span, whole)
    {
        model.zoom = Some(whole);
    }
}

/// To the next anomaly by its start, or the one before; its lane is selected.
pub fn anomaly(model: &mut Model, forward: bool) {
    let (Some(snapshot), Some(cursor)) = (model.snapshot.clone(), model.cursor()) else {
        return;
    };
    let start = |anomaly: &&Anomaly| anomaly.start.at_ns;
    let found = match forward {
        true => snapshot
            .anomalies
            .iter()
            .filter(|a| start(a) > cursor)
            .min_by_key(start),
        false => snapshot
            .anomalies
            .iter()
            .filter(|a| start(a) < cursor)
            .max_by_key(start),
    };
    let Some(anomaly) = found else {
        model.message = Some(
            if forward {
                "no anomaly after the cursor"
            } else {
                "no anomaly before the cursor"
            }
            .to_owned(),
        );
        return;
    };
    to(model, anomaly.start.at_ns);
    model.lane = snapshot
        .series
        .get(anomaly.series)
        .map(|series| LaneId::Signal(series.signal.full_name()));
    model.message = Some(sentence(anomaly));
}

/// `a3 lb.log error share up: 38.2 %, 0.1 % is usual`.
fn sentence(anomaly: &Anomaly) -> String {
    let way = match anomaly.direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Silence => "silent",
        Direction::Ramp => "growing towards its limit",
    };
    let (unit, name) = (&anomaly.signal.unit, anomaly.signal.full_name());
    let (observed, expected) = (
        with_unit(anomaly.observed, unit),
        with_unit(anomaly.expected, unit),
    );
    format!(
        "{} {name} {way}: {observed}, {expected} is usual",
        anomaly.id
    )
}

/// Selects the lane of a signal at an instant. Signals derived from a series lead to its lane.
pub fn moment(model: &mut Model, signal: Option<&str>, at_ns: i64) {
    to(model, at_ns);
    let (Some(snapshot), Some(signal)) = (&model.snapshot, signal) else {
        return;
    };
    let derived = snapshot
        .anomalies
        .iter()
        .find(|anomaly| anomaly.signal.full_name() == signal);
    let series = derived.and_then(|anomaly| snapshot.series.get(anomaly.series));
    let name = series.map_or_else(|| signal.to_owned(), |series| series.signal.full_name());
    model.lane = Some(LaneId::Signal(name));
}
