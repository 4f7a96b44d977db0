//! Who or what makes up the difference between the selected range, else the incident, and the
//! rest: per signal by contributors, then by every dimension.

use super::super::compare::{Subject, subject};
use super::super::document::{Document, Target};
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::{count, seconds, times, with_unit};
use super::super::pen::Piece;
use super::super::words;
use super::incident::target;
use crate::analysis::comparison::{Comparison, Place, Value, Values};
use crate::analysis::selection::Selected;
use crate::clock::words::{clock_time, length};
use crate::text::shorten;

/// A signal that is not this many times its rest is only named.
const MOVED: f64 = 1.1;
/// A dimension that differs less is only named.
const DIFFERENCE_MIN: f64 = 0.02;
/// Cells that are kept for figures beside a value.
const FIGURES: usize = 46;

/// The tables of the newest comparison.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let Some(comparison) = begin(model, &mut document) else {
        return document;
    };
    let width = usize::from(model.size.0).saturating_sub(4);
    let at_ns = model.cursor().unwrap_or(0);
    signals(&mut document, comparison, at_ns, width);
    let (telling, alike): (Vec<_>, Vec<_>) = comparison
        .dimensions
        .iter()
        .partition(|values| values.difference >= DIFFERENCE_MIN);
    for values in telling {
        dimension(&mut document, values, width);
    }
    let named: Vec<String> = alike
        .iter()
        .map(|values| format!("{} {}", values.dimension, values.source))
        .collect();
    listed(&mut document, "Alike before and during", &named, width);
    document
}

/// What is compared with what, and the comparison; says what is missing where there is none.
pub fn begin<'a>(model: &'a Model, document: &mut Document) -> Option<&'a Comparison> {
    if model.snapshot.is_none() {
        document.text("Reading: nothing is known yet.", Ink::Plain);
        return None;
    }
    let Some(subject) = subject(model) else {
        document.text(
            "There is no incident, and no range is selected.",
            Ink::Plain,
        );
        document.text(
            "On the Timeline, [ and ] set a range at the cursor; then come back.",
            Ink::Dim,
        );
        return None;
    };
    document.text(headline(model, &subject), Ink::Strong);
    document.fixed = 1;
    match &model.comparing.answer {
        Some(answer) => Some(answer),
        None => {
            document.text("Comparing ...", Ink::Warn);
            None
        }
    }
}

fn headline(model: &Model, subject: &Subject) -> String {
    match subject {
        Subject::Range(from_ns, to_ns) => format!(
            "{} to {} ({}) against all other data",
            clock_time(*from_ns, model.zone()),
            clock_time(*to_ns, model.zone()),
            length(to_ns - from_ns)
        ),
        Subject::Incident(id, windows) => format!(
            "incident {id}: {} against the hour before; [ ] on the Timeline: a range",
            count(*windows as u64, "window")
        ),
    }
}

/// Signals that moved, each with its contributors; those that did not by name.
fn signals(document: &mut Document, comparison: &Comparison, at_ns: i64, width: usize) {
    let moved = |one: &&Selected| {
        !one.contributors.is_empty()
            || one
                .ratio
                .is_none_or(|ratio| ratio >= MOVED || ratio * MOVED <= 1.0)
    };
    let (moved, alike): (Vec<_>, Vec<_>) = comparison.signals.iter().partition(moved);
    for one in moved {
        signal(document, one, at_ns, width);
    }
    let named: Vec<String> = alike
        .iter()
        .map(|one| {
            let ratio = one
                .ratio
                .map_or_else(String::new, |ratio| format!(" {}", times(ratio)));
            format!("{}{ratio}", one.signal)
        })
        .collect();
    listed(document, "Hardly changed", &named, width);
}

fn signal(document: &mut Document, one: &Selected, at_ns: i64, width: usize) {
    let value = |x: f64| with_unit(x, one.unit);
    let was = match (one.baseline, one.ratio) {
        (Some(baseline), Some(ratio)) => format!(", was {} ({})", value(baseline), times(ratio)),
        (Some(baseline), None) => format!(", was {}", value(baseline)),
        (None, _) => ", nothing to compare with".to_owned(),
    };
    let pieces = vec![
        Piece::new(format!("{} ", one.signal), Ink::Key),
        Piece::new(value(one.observed), Ink::Strong),
        Piece::new(format!("{was}; {}", count(one.events, "event")), Ink::Plain),
    ];
    document.row(one.signal.clone(), pieces).target = Some(Target::Moment {
        signal: Some(one.signal.clone()),
        at_ns,
    });
    for contributor in &one.contributors {
        let mut pieces = vec![Piece::new("  ", Ink::Plain)];
        pieces.extend(words::contributor(contributor, width.saturating_sub(2)));
        let key = format!("{} {:?}", one.signal, contributor.dimensions);
        let row = document.row(key, pieces);
        row.target = contributor.evidence.iter().find_map(target);
    }
    if one.contributors.is_empty() && one.ratio.is_some_and(|ratio| ratio >= MOVED) {
        document.text("  nobody and nothing stands out", Ink::Dim);
    }
}

fn dimension(document: &mut Document, values: &Values, width: usize) {
    document.heading(&format!(
        "{} {}: {}, {} of the events differ",
        values.dimension,
        values.source,
        count(values.distinct as u64, "value"),
        with_unit(values.difference, "share")
    ));
    for value in &values.rows {
        let key = format!("{} {} {}", values.source, values.dimension, value.value);
        let row = document.row(key, row(value, width));
        row.target = value.first.as_ref().map(line_target);
    }
}

/// `10.40.0.7   0.1 % → 12 %   fails 88 %, was 0.1 %   1.1 s, was 61 ms`.
fn row(value: &Value, width: usize) -> Vec<Piece> {
    let room = width.saturating_sub(FIGURES).max(12);
    let share = |x: f64| with_unit(x, "share");
    let [before, during] = value.share;
    let mut pieces = vec![
        Piece::new(
            format!("  {:<room$} ", shorten(&value.value, room)),
            Ink::Strong,
        ),
        Piece::new(
            format!("{:>7} → {:<7}", share(before), share(during)),
            Ink::Plain,
        ),
    ];
    let failed = value.failed[1];
    if failed > 0.0 {
        pieces.push(Piece::new(format!(" fails {:>6}", share(failed)), Ink::Bad));
    }
    if value.mean_s[1].is_finite() {
        let was = match value.mean_s[0].is_finite() {
            true => format!(", was {}", seconds(value.mean_s[0])),
            false => String::new(),
        };
        pieces.push(Piece::new(
            format!("  {}{was}", seconds(value.mean_s[1])),
            Ink::Dim,
        ));
    }
    pieces
}

/// Where a line is opened.
pub fn line_target(place: &Place) -> Target {
    Target::Line {
        path: place.path.clone(),
        line: place.line,
        offset: place.offset,
    }
}

fn listed(document: &mut Document, heading: &str, named: &[String], width: usize) {
    if named.is_empty() {
        return;
    }
    document.heading(heading);
    for line in super::wrap(&named.join(", "), width.saturating_sub(2)) {
        document.text(format!("  {line}"), Ink::Dim);
    }
}
