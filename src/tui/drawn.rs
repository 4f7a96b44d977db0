//! What was derived from the model for drawing, and what it was derived from.

use super::arrangement::Arrangement;
use super::document::Document;
use super::duration_rows::DurationRow;
use super::lanes::{Drawing, Lane};
use super::layout::{Content, Placed};
use super::marks::Marks;
use super::pen::Piece;
use super::span::Span;

/// What is drawn, computed whenever something changes.
#[derive(Debug, Clone, Default)]
pub struct Drawn {
    /// All lanes, the most telling first.
    pub ranked: Vec<Lane>,
    /// The same as they stand on the screen.
    pub lanes: Vec<Lane>,
    /// Index in `lanes` of the first shown.
    pub first_lane: usize,
    /// Drawings of the shown lanes, from `first_lane` on.
    pub drawings: Vec<Drawing>,
    /// Where everything is on the Timeline.
    pub rows: Vec<Placed>,
    /// What `lanes` and `drawings` were computed from.
    pub basis: Option<Basis>,
    /// Deploys and other changes.
    pub changes: Marks,
    /// What people said.
    pub people: Marks,
    /// The windows.
    pub windows: Marks,
    /// The durations shown.
    pub durations: Vec<DurationRow>,
    /// Premature claims, conflicts.
    pub notes: Vec<String>,
    /// What was found normal.
    pub checked: Vec<String>,
    /// What cannot be seen.
    pub blind: Vec<String>,
    /// What explains the selected range.
    pub range: Vec<Vec<Piece>>,
    /// What is said where there is no incident.
    pub prose: Vec<Vec<Piece>>,
    /// The rows of the list screen that is shown.
    pub document: Document,
}

/// What resampled lanes depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// Counts up with every snapshot shown.
    pub generation: u64,
    /// The visible stretch.
    pub span: Span,
    /// Columns of the plot.
    pub columns: usize,
    /// Rows of the screen.
    pub height: u16,
    /// The selected incident.
    pub incident: Option<usize>,
    /// The first lane shown.
    pub first_lane: usize,
    /// How the user arranged the lanes.
    pub arrangement: Arrangement,
    /// How much there is.
    pub content: Content,
    /// Which closer look.
    pub closer: u64,
}
