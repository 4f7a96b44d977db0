//! The rows below the lanes: changes, what people said, and the incidents' windows.

use unicode_width::UnicodeWidthChar;

use super::look::{Glyphs, Ink, WindowGlyphs};
use super::marking::Marking;
use super::span::Span;
use crate::analysis::{Concluded, Snapshot};
use crate::clock::{Censor, When};
use crate::incidents::Window;
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use crate::text::{printable, shorten};

/// One row of marks: a glyph per column, and what is to be said at each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marks {
    /// Glyph and meaning per column; `None` for an empty cell.
    pub cells: Vec<Option<(char, Ink)>>,
    /// Words per column.
    pub words: Vec<String>,
    /// How many marks there are at all, also outside of the span.
    pub n: usize,
}

impl Marks {
    fn empty(columns: usize) -> Self {
        Self {
            cells: vec![None; columns],
            words: vec![String::new(); columns],
            n: 0,
        }
    }

    fn put(&mut self, column: Option<usize>, glyph: char, ink: Ink, words: &str) {
        self.n += 1;
        let Some(column) = column else { return };
        let (Some(cell), Some(said)) = (self.cells.get_mut(column), self.words.get_mut(column))
        else {
            return;
        };
        // Two letters in one cell would hide each other: their number; a plus from ten on.
        *cell = Some(match *cell {
            None | Some(('!' | '*', _)) => (glyph, ink),
            Some((digit @ '2'..='8', other)) => ((digit as u8 + 1) as char, worse(other, ink)),
            Some(('9' | '+', other)) => ('+', worse(other, ink)),
            Some((_, other)) => ('2', worse(other, ink)),
        });
        if !said.is_empty() {
            said.push_str(", ");
        }
        said.push_str(words);
    }
}

/// What several marks in one cell look like.
fn worse(one: Ink, other: Ink) -> Ink {
    match one == Ink::Bad || other == Ink::Bad {
        true => Ink::Bad,
        false => Ink::Strong,
    }
}

/// All claims of people, by time: those of the incidents and those of records that belong to none.
pub fn claims(snapshot: &Snapshot) -> Vec<&Milestone> {
    let of_incidents = snapshot
        .incidents
        .iter()
        .flat_map(|concluded| &concluded.incident.milestones);
    let of_records = snapshot
        .records
        .iter()
        .flat_map(|record| &record.milestones);
    let mut all: Vec<&Milestone> = of_incidents.chain(of_records).collect();
    let key = |claim: &&Milestone| (claim.when.at_ns, claim.kind, claim.source);
    all.sort_by_key(key);
    all.dedup_by_key(|claim| key(claim));
    all
}

/// Deploys and other changes.
pub fn changes(snapshot: &Snapshot, span: Span, columns: usize, glyphs: &Glyphs) -> Marks {
    let mut marks = Marks::empty(columns);
    let claimed = claims(snapshot)
        .into_iter()
        .filter(|claim| claim.kind == MilestoneKind::Change);
    let listed = snapshot.records.iter().flat_map(|record| &record.changes);
    let mut all: Vec<(i64, &str)> = listed
        .map(|change| (change.when.at_ns, change.title.as_str()))
        .collect();
    // A change that is listed is often claimed as well: the list has the better title.
    all.extend(claimed.map(|claim| (claim.when.at_ns, claim.note.as_str())));
    all.sort_by_key(|change| change.0);
    all.dedup_by_key(|change| change.0);
    for (at_ns, title) in all {
        let words = if title.is_empty() { "change" } else { title };
        marks.put(span.column(at_ns, columns), glyphs.change, Ink::Key, words);
    }
    // The title fits beside its mark where nothing else is: what changed is worth more than a caret.
    let placed: Vec<usize> = (0..columns)
        .filter(|&column| marks.cells[column].is_some())
        .collect();
    for (i, &column) in placed.iter().enumerate() {
        let end = placed.get(i + 1).copied().unwrap_or(columns);
        let words = printable(&marks.words[column]);
        let words = shorten(&words, (end - column).saturating_sub(2));
        if words.chars().count() >= 4 {
            for (at, letter) in words.chars().enumerate() {
                // One letter per cell: a wide one would cover its neighbour.
                let letter = if letter.width() == Some(1) {
                    letter
                } else {
                    '?'
                };
                marks.cells[column + 1 + at] = Some((letter, Ink::Dim));
            }
        }
    }
    marks
}

/// What people said and nobody retracted, in order of time: what was marked in the app also before
/// the analysis knows of it.
pub fn said<'a>(snapshot: &'a Snapshot, marking: &'a Marking) -> Vec<&'a Milestone> {
    let is_said = |claim: &&Milestone| {
        claim.kind != MilestoneKind::Change
            && claim.source != ClaimSource::Log
            && (claim.is_claim() || claim.overrides())
    };
    // What was made by hand is known best by the files themselves.
    let of_records = claims(snapshot)
        .into_iter()
        .filter(|claim| claim.hand.is_none());
    let mut all: Vec<&Milestone> = of_records.chain(&marking.claims).filter(is_said).collect();
    all.sort_by_key(|claim| (claim.when.at_ns, claim.kind, claim.source));
    all
}

/// What people said: the milestone's letter, lower case; premature ones with `!`, overrides with
/// `*`, notes as `"`. One's own stand out.
pub fn people(snapshot: &Snapshot, marking: &Marking, span: Span, columns: usize) -> Marks {
    let mut marks = Marks::empty(columns);
    let premature: Vec<i64> = snapshot
        .incidents
        .iter()
        .flat_map(premature_times)
        .collect();
    for claim in said(snapshot, marking) {
        let column = span.column(claim.when.at_ns, columns);
        let name = claim.kind.name().replace('_', " ");
        let wrong = premature.contains(&claim.when.at_ns) && says_it_is_over(claim.kind);
        let is_mine = claim
            .hand
            .as_ref()
            .is_some_and(|one| one.who == marking.who);
        let (beside, words) = match (wrong, claim.overrides()) {
            (true, _) => (Some('!'), format!("{name}!")),
            (false, true) => (Some('*'), format!("{name}*")),
            (false, false) => (None, name),
        };
        let ink = match (wrong, is_mine) {
            (true, _) => Ink::Bad,
            (false, true) => Ink::Key,
            (false, false) => Ink::Strong,
        };
        let letter = claim.kind.letter().to_ascii_lowercase();
        marks.put(column, letter, ink, &words);
        let next = column.and_then(|column| marks.cells.get_mut(column + 1));
        if let (Some(cell @ None), Some(glyph)) = (next, beside) {
            *cell = Some((glyph, ink));
        }
    }
    for note in &marking.notes {
        let column = span.column(note.when.at_ns, columns);
        marks.put(column, '"', Ink::Key, &note.text);
    }
    marks
}

fn says_it_is_over(kind: MilestoneKind) -> bool {
    matches!(
        kind,
        MilestoneKind::Restored
            | MilestoneKind::Mitigated
            | MilestoneKind::Closed
            | MilestoneKind::Fixed
    )
}

fn premature_times(concluded: &Concluded) -> Vec<i64> {
    let claims = &concluded.incident.milestones;
    concluded
        .measured
        .premature
        .iter()
        .filter_map(|wrong| Some(claims.get(wrong.claim)?.when.at_ns))
        .collect()
}

/// The windows of all incidents; those of the selected one stand out.
pub fn windows(
    snapshot: &Snapshot,
    selected: Option<usize>,
    span: Span,
    columns: usize,
    glyphs: &Glyphs,
) -> Marks {
    let mut marks = Marks::empty(columns);
    // A window that is not over is drawn as far as there are data.
    let last = snapshot
        .range
        .map_or(i64::MAX, |range| range.1.saturating_add(1));
    let order = (0..snapshot.incidents.len())
        .filter(|i| Some(*i) != selected)
        .chain(selected);
    for i in order {
        let Some(concluded) = snapshot.incidents.get(i) else {
            continue;
        };
        let (shapes, ink) = if Some(i) == selected {
            (&glyphs.window, Ink::Strong)
        } else {
            (&glyphs.other, Ink::Dim)
        };
        for (number, window) in concluded.incident.windows.iter().enumerate() {
            let words = match Some(i) == selected {
                true => format!("window {}", number + 1),
                false => format!("of {}", concluded.incident.id),
            };
            window_cells(&mut marks, (window, last), span, shapes, ink, &words);
        }
    }
    marks
}

fn window_cells(
    marks: &mut Marks,
    (window, last): (&Window, i64),
    span: Span,
    shapes: &WindowGlyphs,
    ink: Ink,
    words: &str,
) {
    marks.n += 1;
    let columns = marks.cells.len();
    let far = When::censored(last.max(window.start.at_ns), Censor::EndOfData);
    let end = window.end.unwrap_or(far);
    let inside = window.start.at_ns < span.to_ns && end.at_ns > span.from_ns;
    if columns == 0 || !inside {
        return;
    }
    let first = span.nearest(window.start.at_ns, columns);
    let last = span
        .nearest(end.at_ns.saturating_sub(1), columns)
        .max(first);
    let begins = window.start.censor.is_none() && window.start.at_ns >= span.from_ns;
    let ends = end.censor.is_none() && end.at_ns <= span.to_ns;
    let mut set = |column: usize, glyph: char| {
        // Two windows within one cell: their number.
        let before = marks.cells[column]
            .filter(|(_, other)| *other == ink)
            .map(|(glyph, _)| glyph);
        let glyph = match before {
            Some(digit @ '2'..='8') => (digit as u8 + 1) as char,
            Some(other) if other != shapes.uncertain => '2',
            _ => glyph,
        };
        marks.cells[column] = Some((glyph, ink));
        words.clone_into(&mut marks.words[column]);
    };
    for column in first..=last {
        let glyph = match (column == first, column == last) {
            (true, true) if begins && ends => shapes.single,
            (true, true) if begins => shapes.open_end,
            (true, _) if begins => shapes.start,
            (true, _) => shapes.open_start,
            (_, true) if ends => shapes.end,
            (_, true) => shapes.open_end,
            _ => shapes.inside,
        };
        set(column, glyph);
    }
    uncertain(
        marks,
        (window.start.lo_ns, window.start.at_ns),
        span,
        first,
        shapes.uncertain,
        ink,
    );
    uncertain(
        marks,
        (end.at_ns, end.hi_ns),
        span,
        last,
        shapes.uncertain,
        ink,
    );
}

/// Marks the empty cells in which an edge may lie, outside of the window.
fn uncertain(
    marks: &mut Marks,
    between: (i64, i64),
    span: Span,
    edge: usize,
    glyph: char,
    ink: Ink,
) {
    let columns = marks.cells.len();
    // Less than a cell is less than the edge's own glyph says.
    let within_a_cell = between.1.saturating_sub(between.0) < span.cell_ns(columns);
    if within_a_cell || between.1 < span.from_ns || between.0 >= span.to_ns {
        return;
    }
    for column in span.nearest(between.0, columns)..=span.nearest(between.1, columns) {
        if column != edge && marks.cells[column].is_none() {
            marks.cells[column] = Some((glyph, ink));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::look::{Colour, Look};
    use crate::tui::theme::Theme;

    fn check(window: (i64, i64, i64, Option<i64>), expected: &str) {
        let (lo, start, span_end, end) = window;
        let window = Window {
            start: When::between(lo, start, start),
            end: end.map(When::exact),
            lasting: crate::anomalies::Lasting::default(),
            kind: crate::incidents::WindowKind::Degraded,
            anomalies: Vec::new(),
        };
        let mut marks = Marks::empty(10);
        let look = Look {
            colour: Colour::None,
            theme: Theme::Dark,
            ascii: true,
        };
        window_cells(
            &mut marks,
            (&window, span_end),
            Span::new(0, span_end),
            &look.glyphs().window,
            Ink::Strong,
            "w",
        );
        let drawn: String = marks
            .cells
            .iter()
            .map(|cell| cell.map_or(' ', |cell| cell.0))
            .collect();
        assert_eq!(drawn.trim_end(), expected);
    }

    const S: i64 = 1_000_000_000;

    #[test]
    fn a_window_shows_its_edges_and_what_is_uncertain() {
        check((2 * S, 2 * S, 10 * S, Some(6 * S)), "  [==]");
        check((0, 2 * S, 10 * S, Some(6 * S)), "~~[==]");
        check((2 * S, 2 * S, 10 * S, Some(2 * S + 1)), "  I");
        check((7 * S, 7 * S, 10 * S, None), "       [=>");
        check((-5 * S, -5 * S, 10 * S, Some(3 * S)), "<=]");
        check((-9 * S, -9 * S, 10 * S, Some(-S)), "");
    }
}
