//! The value of a lane at the cursor, and the top of its scale.

use super::super::arrangement::selected;
use super::super::closer;
use super::super::lanes::{Drawing, Lane, LaneId};
use super::super::layout::{Placed, Plot};
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::{figure, with_unit};
use super::super::pen::Pen;
use crate::analysis::Snapshot;
use crate::anomalies::Direction;
use crate::series::Values;

/// Columns without a value that are passed over at the end of what is going on.
const NEAR_COLUMNS: usize = 4;

/// Where nobody moved the cursor it stands at the end of what is still going on, in a bucket that
/// is not whole yet: the column before it with a value, if one is near.
fn newest_known(values: &[f64], at: usize) -> usize {
    let near = (at.saturating_sub(NEAR_COLUMNS)..=at).rev();
    let is_known = |i: &usize| values.get(*i).is_some_and(|x| !x.is_nan());
    near.into_iter().find(is_known).unwrap_or(at)
}

/// The value at the cursor, with an arrow where it is out of the ordinary; where there is room,
/// what is usual.
pub fn value(
    model: &Model,
    pen: &mut Pen<'_>,
    (placed, y): (&Placed, usize),
    plot: &Plot,
    lane: &Lane,
    drawing: &Drawing,
) {
    let (Some(span), Some(cursor), Some(snapshot)) =
        (model.span(), model.cursor(), &model.snapshot)
    else {
        return;
    };
    let at = span.nearest(cursor, plot.width);
    let column = match model.cursor_ns {
        Some(_) => at,
        None => newest_known(&drawing.columns.values, at),
    };
    let (Some(&x), Some(&mark)) = (
        drawing.columns.values.get(column),
        drawing.marks.get(column),
    ) else {
        return;
    };
    let arrow = match mark {
        Some(Direction::Up | Direction::Ramp) => "↑",
        Some(Direction::Down | Direction::Silence) => "↓",
        None => " ",
    };
    let Some(index) = lane.series else {
        let source = silent_source(snapshot, lane, cursor);
        pen.right(plot.value_x, y, plot.value, source, Ink::Bad);
        return;
    };
    let series = &snapshot.series[index];
    let cells = ValueCells::of(plot);
    let text = match x.is_nan() {
        true => nothing(model, lane, drawing.columns.between[column]).to_owned(),
        false => with_unit(x, &drawing.columns.unit),
    };
    let limit = series.limit.filter(|_| lane.entity.is_none());
    let at_limit = limit.is_some_and(|limit| x >= limit * 0.999);
    let full = format!("full {text}");
    let text = match at_limit && full.chars().count() <= cells.value {
        true => full,
        false => text,
    };
    let bad = if mark.is_some() {
        Ink::Bad
    } else if x.is_nan() {
        Ink::Dim
    } else {
        Ink::Plain
    };
    pen.right(plot.value_x, y, cells.value, &text, bad);
    pen.text(plot.value_x + cells.value, y, 1, arrow, bad);
    top_of_scale(pen, (placed, y), plot, drawing);
    let usual = snapshot
        .expected
        .get(index)
        .and_then(|expected| expected.get(series.grid.nearest(cursor)));
    // What is usual for all is not so for one of them.
    let is_level = !matches!(series.values, Values::Gauge(_)) && lane.entity.is_none();
    if let Some(&usual) = usual.filter(|usual| usual.is_finite() && is_level && cells.usual > 3) {
        let room = cells.usual - 3;
        let usual = usual * drawing.columns.factor;
        let usual = short_value(usual, &drawing.columns.unit, room);
        let at = plot.value_x + cells.value + 1 + cells.top;
        let text = format!(" ({usual})");
        pen.text(at, y, cells.usual, &text, Ink::Dim);
    }
}

/// The top of a lane's scale: beside the value, or where it is in a lane of several rows.
fn top_of_scale(pen: &mut Pen<'_>, (placed, y): (&Placed, usize), plot: &Plot, drawing: &Drawing) {
    let (columns, cells) = (&drawing.columns, ValueCells::of(plot));
    if !columns.top.is_finite() {
        return;
    }
    if cells.top > 3 {
        let top = short_value(columns.top, &columns.unit, cells.top - 2);
        let at = plot.value_x + cells.value + 1;
        pen.text(at, y, cells.top, &format!(" ≤{top}"), Ink::Dim);
    } else if cells.top == 0 && placed.height > 1 {
        // Bars have their value at their foot, a heatmap at its head.
        let row = match drawing.heat.is_some() {
            true => y + 1,
            false => placed.y,
        };
        let top = short_value(columns.top, &columns.unit, cells.value - 1);
        pen.right(plot.value_x, row, cells.value, &format!("≤{top}"), Ink::Dim);
    }
}

/// What stands where there is no value.
fn nothing(model: &Model, lane: &Lane, is_between: bool) -> &'static str {
    match is_between {
        true => "no event",
        false => closer::instead(model, lane).unwrap_or("no data"),
    }
}

/// What the selected row has no room for: the top of a lane's scale where no column is left for it,
/// what is said at the cursor of a row of marks.
pub fn aside(model: &Model, plot: &Plot) -> Option<String> {
    if plot.value >= VALUE_WITH_TOP {
        return None;
    }
    let drawn = &model.drawn;
    let marks = match &model.lane {
        Some(LaneId::Changes) => Some(&drawn.changes),
        Some(LaneId::People) => Some(&drawn.people),
        Some(LaneId::Windows) => Some(&drawn.windows),
        _ => None,
    };
    if let Some(marks) = marks {
        let at = model.span()?.nearest(model.cursor()?, plot.width);
        return marks
            .words
            .get(at)
            .cloned()
            .filter(|words| !words.is_empty());
    }
    let id = selected(model)?;
    let at = drawn.lanes.iter().position(|lane| lane.id == id)?;
    let drawing = drawn.drawings.get(at.checked_sub(drawn.first_lane)?)?;
    let columns = &drawing.columns;
    let top = with_unit(columns.top, &columns.unit);
    columns.top.is_finite().then(|| format!("top {top}"))
}

/// A value in its unit; where that does not fit, without the unit, which stands beside it.
fn short_value(x: f64, unit: &str, room: usize) -> String {
    let whole = with_unit(x, unit);
    match unit {
        _ if whole.chars().count() <= room => whole,
        "s" => format!("{} s", figure(x)),
        _ => figure(x),
    }
}

/// So many cells hold the top of the scale beside the value.
pub(super) const VALUE_WITH_TOP: usize = 14;

/// The parts of the value's place: the value, an arrow, the top of the scale, what is usual.
struct ValueCells {
    value: usize,
    top: usize,
    usual: usize,
}

impl ValueCells {
    /// Columns of their own, so that the eye can go down each.
    fn of(plot: &Plot) -> Self {
        let (value, top) = match plot.value {
            0..VALUE_WITH_TOP => (plot.value.saturating_sub(1), 0),
            VALUE_WITH_TOP..24 => (9, plot.value - 10),
            _ => (10, 10),
        };
        Self {
            value,
            top,
            usual: plot.value.saturating_sub(value + 1 + top),
        }
    }
}

/// The source that is silent at an instant; empty when none is.
fn silent_source<'a>(snapshot: &'a Snapshot, lane: &Lane, at_ns: i64) -> &'a str {
    let anomalies = lane
        .anomalies
        .iter()
        .filter_map(|&i| snapshot.anomalies.get(i));
    let mut silent = anomalies.filter(|anomaly| {
        anomaly.start.at_ns <= at_ns && anomaly.end.is_none_or(|end| at_ns < end.at_ns)
    });
    silent.next().map_or("", |anomaly| &anomaly.signal.source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_is_that_of_a_near_column_or_none() {
        let nan = f64::NAN;
        assert_eq!(newest_known(&[1.0, 2.0, nan, nan], 3), 1);
        assert_eq!(newest_known(&[1.0, 2.0, 3.0], 1), 1);
        assert_eq!(newest_known(&[1.0, nan, nan, nan, nan, nan, nan], 6), 6);
        assert_eq!(newest_known(&[], 2), 2);
    }
}
