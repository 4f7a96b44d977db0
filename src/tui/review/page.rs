//! What the Review screen draws, laid out for the size of the terminal: lines of numbers, the dot
//! plot, the table. A small screen leaves out what matters least; the table keeps rows.

use super::super::document::Document;
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::figure;
use super::super::pen::Piece;
use super::super::screens::{case, wrap};
use super::words::{Line, lines};
use super::{Sort, State};
use crate::analysis::review::metrics::METRICS;
use crate::reports::review::board::Board;
use crate::reports::review::dots::Dots;

/// Cells of the names beside lines and plot.
pub const NAME_WIDTH: usize = 9;
/// Cells of a metric's column, with the blank before it.
pub const COLUMN_WIDTH: usize = 14;
/// Cells of the columns before those: start and severity.
pub const LEAD_WIDTH: usize = 27;
/// Cells that a title keeps, at least.
const TITLE_MIN: usize = 20;
/// Rows that one line may take.
const WRAP_MAX: usize = 3;
/// Rows of the table that stay as long as anything can go, with its heading.
const TABLE_MIN: usize = 7;
/// From so many rows on, things are told at length.
const TALL: usize = 32;

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub enum Page {
    /// The rows of the document: there is nothing to put together.
    #[default]
    Words,
    /// Numbers, plot and table.
    Numbers(Box<Numbers>),
}

/// Numbers, plot and table.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// Rows of text, top down.
    pub lines: Vec<Vec<Piece>>,
    /// The plot, where it has room.
    pub dots: Option<Dots>,
    /// The selected incident's cell in the plot; true where it is cut off.
    pub mark: Option<(usize, bool)>,
    /// The metrics that have a column.
    pub columns: Vec<Column>,
    /// Index in the order of the table of the first row shown.
    pub first: usize,
    /// Rows shown.
    pub rows: usize,
}

/// A metric's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The kernel's name.
    pub duration: &'static str,
    /// It is the metric that is shown above.
    pub is_shown: bool,
}

/// Lays the screen out.
pub fn refresh(model: &mut Model) {
    let Some(board) = model.review.board.clone() else {
        let mut document = Document::default();
        document.text(reading(&model.review), Ink::Plain);
        if model.review.alone {
            document.text("q gives up.", Ink::Dim);
        }
        return words(model, document);
    };
    match &board.review.cases[..] {
        [] => words(model, none(&board)),
        [_] => {
            let document = case::alone(model, &board);
            words(model, document);
        }
        _ => {
            order(&mut model.review, &board);
            let numbers = numbers(model, &board);
            model.review.page = Page::Numbers(Box::new(numbers));
        }
    }
}

/// How far the reading of records is.
fn reading(state: &State) -> String {
    let n = |n: usize| figure(n as f64);
    match state.reading {
        None => "Reading: nothing is known yet.".to_owned(),
        Some((done, of)) if done < of => format!("Read {} of {} records.", n(done), n(of)),
        Some((_, of)) => format!("Read all {} records; the numbers are computed.", n(of)),
    }
}

fn words(model: &mut Model, document: Document) {
    model.drawn.document = document;
    model.review.page = Page::Words;
    if let Some(board) = model.review.board.clone() {
        order(&mut model.review, &board);
    }
}

/// No incident, and what that means.
fn none(board: &Board) -> Document {
    let mut document = Document::default();
    document.text("There is no incident to review.", Ink::Strong);
    let left_out = board.review.left_out.iter();
    let left_out = left_out.map(|one| format!("{}: {}", one.reason, one.what.join(", ")));
    for text in board.warnings.iter().cloned().chain(left_out) {
        document.text(text, Ink::Warn);
    }
    document
}

/// Sorts the table anew where its basis changed.
fn order(state: &mut State, board: &Board) {
    let metric = state.shown().map(|(one, ..)| one.metric.duration);
    let basis = (state.boards, metric, state.sort);
    if state.order.1 == Some(basis) {
        return;
    }
    let cases = &board.review.cases;
    let mut order: Vec<usize> = (0..cases.len()).collect();
    if state.sort == Sort::Metric {
        let longest = |case: &usize| -> f64 {
            let duration = metric.and_then(|metric| cases[*case].durations.get(metric));
            let seconds = duration.and_then(|one| one.seconds.or(one.lo).or(one.hi));
            seconds.unwrap_or(f64::NEG_INFINITY)
        };
        // Stable: those without a value stay in the order of their start, at the end.
        order.sort_by(|a, b| longest(b).total_cmp(&longest(a)));
    }
    state.order = (order, Some(basis));
}

fn numbers(model: &Model, board: &Board) -> Numbers {
    let state = &model.review;
    let width = usize::from(model.size.0);
    let height = usize::from(model.size.1).saturating_sub(2);
    let text = lines(state, board, height >= TALL);
    let mut blocks: Vec<(u8, Vec<Vec<Piece>>)> = vec![(0, vec![heading(state)])];
    blocks.extend(
        text.iter()
            .map(|line| (line.importance, pieces(line, width))),
    );
    let cells = width.saturating_sub(NAME_WIDTH + 3);
    let plot = |stack: usize| dots(state, cells, stack);
    let wanted = plot(3 + height.saturating_sub(22) / 4);
    let n = blocks.len();
    let room = arrange(
        height,
        &mut blocks,
        wanted.as_ref(),
        board.review.cases.len(),
    );
    let hidden = n - blocks.len();
    if let (1.., Some(first)) = (
        hidden,
        blocks.first_mut().and_then(|(_, rows)| rows.first_mut()),
    ) {
        // Whoever reads a small screen must know that there is more.
        first.push(Piece::new(format!("  +{hidden} hidden"), Ink::Warn));
    }
    let dots = room.levels.and_then(plot);
    let mark = dots.as_ref().and_then(|dots| mark(state, dots));
    let place = state.place();
    let most = board.review.cases.len().saturating_sub(room.rows);
    Numbers {
        lines: blocks.into_iter().flat_map(|(_, rows)| rows).collect(),
        dots,
        mark,
        columns: columns(state, board, width),
        first: place.saturating_sub(room.rows / 2).min(most),
        rows: room.rows,
    }
}

/// `time to restore  mttr[impact->restored]   3 of 9`.
fn heading(state: &State) -> Vec<Piece> {
    let Some((one, at, n)) = state.shown() else {
        return vec![Piece::new(" no metric has a value", Ink::Strong)];
    };
    vec![
        Piece::new(format!(" {}", one.metric.title.to_uppercase()), Ink::Strong),
        Piece::new(format!("  {}", one.metric.name), Ink::Key),
        Piece::new(format!("  {} of {n}", at + 1), Ink::Dim),
    ]
}

fn pieces(line: &Line, width: usize) -> Vec<Vec<Piece>> {
    let mut rows = wrap(&line.text, width.saturating_sub(NAME_WIDTH + 3));
    if rows.len() > WRAP_MAX {
        rows.truncate(WRAP_MAX);
        let last = rows.last_mut().expect("WRAP_MAX is more than 0");
        last.push_str(" …");
    }
    let labelled = |(i, text): (usize, String)| {
        let label = if i == 0 { line.label } else { "" };
        vec![
            Piece::new(format!(" {label:<NAME_WIDTH$} "), Ink::Dim),
            Piece::new(text, line.ink),
        ]
    };
    rows.into_iter().enumerate().map(labelled).collect()
}

struct Room {
    /// Dots above each other at most; `None` where the plot has no room.
    levels: Option<usize>,
    /// Rows of the table below its heading.
    rows: usize,
}

/// Shares the rows of the screen: text goes by importance, then the plot, then rows of the table.
fn arrange(
    height: usize,
    blocks: &mut Vec<(u8, Vec<Vec<Piece>>)>,
    dots: Option<&Dots>,
    n: usize,
) -> Room {
    let text =
        |blocks: &[(u8, Vec<Vec<Piece>>)]| blocks.iter().map(|(_, rows)| rows.len()).sum::<usize>();
    let table = TABLE_MIN.min(1 + n);
    let fixed = dots.map_or(0, rows_beside_dots);
    let wanted = dots.map_or(0, Dots::levels);
    let plot = fixed + wanted.min(1);
    while text(blocks) + plot + table > height {
        let last = blocks
            .iter()
            .map(|(importance, _)| *importance)
            .max()
            .unwrap_or(0);
        if last == 0 {
            break;
        }
        let place = blocks
            .iter()
            .rposition(|(importance, _)| *importance == last);
        blocks.remove(place.expect("the greatest is among them"));
    }
    let left = height.saturating_sub(text(blocks));
    if plot == 0 || left < plot + table.min(3) {
        let rows = left.saturating_sub(1).min(n);
        return Room { levels: None, rows };
    }
    let levels = wanted.min(left.saturating_sub(fixed + table).max(1));
    let rows = left.saturating_sub(fixed + levels + 1).min(n);
    Room {
        levels: Some(levels),
        rows,
    }
}

/// Rows of the plot that are not dots: arrows, interval, axis, labels.
fn rows_beside_dots(dots: &Dots) -> usize {
    let arrows = dots.cut_off.iter().any(|n| *n > 0);
    2 + usize::from(arrows) + usize::from(dots.median.is_some())
}

fn dots(state: &State, cells: usize, stack: usize) -> Option<Dots> {
    let (one, ..) = state.shown()?;
    Dots::of_metric(one, cells, stack)
}

/// Where the selected incident is in the plot.
fn mark(state: &State, dots: &Dots) -> Option<(usize, bool)> {
    let ((one, ..), (case, _)) = (state.shown()?, state.case()?);
    let mine = |values: &[crate::analysis::review::metrics::Value]| {
        values
            .iter()
            .find(|value| value.case == case)
            .map(|value| value.seconds)
    };
    let known = mine(&one.sample.known).map(|seconds| (seconds, false));
    let found = known.or_else(|| mine(&one.sample.cut_off).map(|seconds| (seconds, true)));
    let (seconds, is_cut_off) = found?;
    Some((dots.axis.place(seconds)?, is_cut_off))
}

/// The metric that is shown, then others that have values, as many as fit.
fn columns(state: &State, board: &Board, width: usize) -> Vec<Column> {
    let Some((one, ..)) = state.shown() else {
        return Vec::new();
    };
    let room = width.saturating_sub(2 + LEAD_WIDTH + TITLE_MIN) / COLUMN_WIDTH;
    let shown = one.metric.duration;
    let is_told = |name: &str| board.told().iter().any(|one| one.metric.duration == name);
    let others = METRICS.iter().map(|metric| metric.duration);
    let others = others.filter(|name| *name != shown && !name.starts_with("segment_"));
    std::iter::once(shown)
        .chain(others.filter(|name| is_told(name)))
        .take(room.max(1))
        .map(|duration| Column {
            duration,
            is_shown: duration == shown,
        })
        .collect()
}
