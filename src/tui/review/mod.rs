//! The Review screen: many incidents together. What the user chose there and what was computed.
//!
//! The numbers are a `Board`, computed on a thread of its own (`ask`); keys change the choices
//! (`act`); `page` lays out what is drawn. Computes no number itself.

mod act;
mod ask;
mod page;
mod words;

use std::sync::Arc;

pub use act::{act, refused, search, takes};
pub use ask::{Answer, Request, Wanted, answer, not_taken, receive, wish};
pub use page::{COLUMN_WIDTH, Column, LEAD_WIDTH, NAME_WIDTH, Numbers, Page, refresh};
pub use words::value;

use super::model::{Model, Screen};
use crate::analysis::review::statistics::Statistics;
use crate::analysis::review::{Case, Days};
use crate::clock::Zone;
use crate::reports::review::board::{Board, Change};

/// The order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By start, the oldest first.
    #[default]
    Start,
    /// By the metric that is shown, the longest first.
    Metric,
}

/// What the Review screen is drawn from.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// `rfo review`: there are records and nothing else, and this screen is the first.
    pub alone: bool,
    /// What the header calls the records, then.
    pub title: String,
    /// The newest numbers.
    pub board: Option<Arc<Board>>,
    /// Counts up with every board.
    pub boards: u64,
    /// The snapshot's generation that the board is of.
    pub generation: Option<u64>,
    /// Records read so far, and of how many; `None` where none are being read.
    pub reading: Option<(usize, usize)>,
    /// A board is awaited; until it comes nothing else is asked for.
    pub waiting: bool,
    /// The comparison that is awaited; another one takes its place.
    pub asked: Option<Wanted>,
    /// The chosen metric, by the kernel's name; `None` for the one that says most.
    pub metric: Option<&'static str>,
    /// The order of the table.
    pub sort: Sort,
    /// The selected incident's id; `None` for the first of the table.
    pub selected: Option<String>,
    /// The two periods that a key set; `None` for those of `--compare`, if any.
    pub split: Option<(Days, Days)>,
    /// The newest comparison: of these periods, in this metric, of this board.
    pub change: Option<Compared>,
    /// What was searched for last.
    pub pattern: String,
    /// What is drawn.
    pub page: Page,
    /// Indexes of all cases in the order of the table, and what that order depends on.
    pub order: (Vec<usize>, Option<OrderBasis>),
}

/// What the order of the table depends on: board, metric, order.
pub type OrderBasis = (u64, Option<&'static str>, Sort);

/// A comparison and what it is of.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The two periods.
    pub days: (Days, Days),
    /// The metric, by the kernel's name.
    pub metric: &'static str,
    /// The comparison.
    pub change: Arc<Change>,
}

impl State {
    /// The two periods to compare.
    pub fn days(&self) -> Option<(Days, Days)> {
        let asked = || self.board.as_ref()?.review.asked.compare;
        self.split.or_else(asked)
    }

    /// The numbers of the metric that is shown, its place among those that have any, and how many
    /// those are.
    pub fn shown(&self) -> Option<(&Statistics, usize, usize)> {
        let board = self.board.as_ref()?;
        let told = board.told();
        let main = || board.main_metric().map(|metric| metric.duration);
        let of = |name: &str| told.iter().position(|one| one.metric.duration == name);
        let at = self.metric.and_then(of).or_else(|| main().and_then(of))?;
        Some((told[at], at, told.len()))
    }

    /// The place of the selected incident in the order of the table.
    pub fn place(&self) -> usize {
        let Some((board, id)) = self.board.as_ref().zip(self.selected.as_ref()) else {
            return 0;
        };
        let is_it = |&case: &usize| board.review.cases[case].id == *id;
        self.order.0.iter().position(is_it).unwrap_or(0)
    }

    /// The selected incident and its index.
    pub fn case(&self) -> Option<(usize, &Case)> {
        let index = *self.order.0.get(self.place())?;
        Some((index, self.board.as_ref()?.review.cases.get(index)?))
    }

    /// The zone of its times, where no snapshot has one.
    pub fn zone(&self) -> Zone {
        self.board
            .as_ref()
            .map_or(Zone::UTC, |board| board.review.asked.zone)
    }
}

/// Whether it is one of the screens about many incidents.
pub fn is_review(screen: Screen) -> bool {
    matches!(screen, Screen::Review | Screen::Case | Screen::Findings)
}

/// Whether the Review screen shows a table of incidents.
pub fn has_table(model: &Model) -> bool {
    model.screen == Screen::Review && matches!(model.review.page, Page::Numbers(_))
}

/// The app of `rfo review`, before its numbers are there.
pub fn begin(model: &mut Model, title: String) {
    model.review.alone = true;
    model.review.title = title;
    model.screen = Screen::Review;
}
