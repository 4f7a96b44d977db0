//! The Logs screen's part of `update`: moving, fetching more, searching what is loaded.

use unicode_width::UnicodeWidthStr;

use super::fetch::{Anchor, LinesPage, LinesRequest, LogRow};
use super::keys::Action;
use super::log_look::{self, LogLook};
use super::model::{Effect, Model, Screen};
use super::prompt::{Prompt, Purpose};
use super::sift::{self, Sift};
use crate::clock::words::clock_time;

/// The lines around the cursor.
#[derive(Debug, Clone, Default)]
pub struct Logs {
    /// Loaded lines, ascending in time.
    pub rows: Vec<LogRow>,
    /// The selected line: index of its source and byte offset in it.
    pub selected: Option<(usize, u64)>,
    /// Nothing lies before the loaded lines.
    pub at_start: bool,
    /// Nothing lies after the loaded lines.
    pub at_end: bool,
    /// Number of the newest request; answers to older ones are dropped.
    pub request: u64,
    /// An answer is awaited.
    pub loading: bool,
    /// What was searched for last.
    pub pattern: String,
    /// How lines are shown.
    pub look: LogLook,
    /// The filter.
    pub sift: Sift,
}

/// More lines are fetched when so few are left in the direction of the move.
const NEAR_EDGE: usize = 40;

/// Shows the lines at the time cursor.
pub fn open(model: &mut Model) -> Effect {
    let Some(cursor) = model.cursor() else {
        model.message = Some("nothing was read yet".to_owned());
        return Effect::None;
    };
    model.show(Screen::Logs);
    request(model, Anchor::Time(cursor), false)
}

/// Asks for lines. `keep` leaves the loaded ones in place until the answer comes.
pub fn request(model: &mut Model, anchor: Anchor, keep: bool) -> Effect {
    if matches!(anchor, Anchor::Line { time_ns: None, .. }) {
        // Evidence is shown whatever the filter says of it.
        (model.logs.sift.filter, model.logs.sift.counts) = (None, None);
    }
    let sieve = sift::sieve(model);
    let Some(snapshot) = &model.snapshot else {
        return Effect::None;
    };
    let logs = &mut model.logs;
    logs.request += 1;
    logs.loading = anchor != Anchor::Nowhere;
    if !keep {
        logs.rows.clear();
        logs.selected = None;
    }
    Effect::Lines(LinesRequest {
        number: logs.request,
        store: snapshot.store.clone(),
        anchor,
        sieve,
    })
}

/// Takes the answer to the newest request; older ones are dropped.
pub fn receive(model: &mut Model, page: LinesPage) -> Effect {
    if sift::is_counting(model, page.number) {
        return sift::counted(model, &page);
    }
    let logs = &mut model.logs;
    if page.number != logs.request {
        return Effect::None;
    }
    logs.loading = false;
    if page.counts.is_some() {
        logs.sift.counts = page.counts;
    }
    if page.message.is_some() {
        model.message = page.message;
    }
    if page.rows.is_empty() {
        return sift::go_on(model);
    }
    // The user may have moved on while the lines were read.
    let still_there = logs
        .selected
        .is_some_and(|selected| index_of(&page.rows, selected).is_some());
    if !still_there {
        logs.selected = page.selected;
    }
    logs.rows = page.rows;
    (logs.at_start, logs.at_end) = (page.at_start, page.at_end);
    sift::go_on(model)
}

/// Index of the selected line among the loaded ones.
pub fn selected_index(model: &Model) -> Option<usize> {
    index_of(&model.logs.rows, model.logs.selected?)
}

fn index_of(rows: &[LogRow], (source, offset): (usize, u64)) -> Option<usize> {
    rows.iter()
        .position(|row| row.line.source == source && row.line.offset == offset)
}

/// Does what a key asks for on this screen.
pub fn act(model: &mut Model, action: Action) -> Effect {
    let page = (usize::from(model.size.1) / 2).max(1) as isize;
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::HalfDown => step(model, page),
        Action::HalfUp => step(model, -page),
        Action::First | Action::Last => {
            let Some(data) = model.data_span() else {
                return Effect::None;
            };
            let at_ns = if action == Action::First {
                data.from_ns
            } else {
                data.to_ns
            };
            model.cursor_ns = Some(at_ns.min(data.to_ns - 1));
            // Work may start before the first stamp: the very first line is asked for.
            request(
                model,
                Anchor::Time(if action == Action::First {
                    i64::MIN
                } else {
                    i64::MAX
                }),
                false,
            )
        }
        Action::Search => {
            model.prompt = Some(Prompt::new(Purpose::Search, ""));
            Effect::None
        }
        Action::Filter => {
            sift::begin(model);
            Effect::None
        }
        Action::NextHit => {
            find(model, true);
            Effect::None
        }
        Action::PreviousHit => {
            find(model, false);
            Effect::None
        }
        Action::Wrap => {
            model.message = Some(model.logs.look.toggle_wrap().to_owned());
            Effect::None
        }
        Action::Columns => {
            model.message = Some(model.logs.look.turn().to_owned());
            Effect::None
        }
        Action::ScrollLeft | Action::ScrollRight => {
            let (columns, rows) = (model.logs.look.columns, &model.logs.rows);
            let cells = |row: &LogRow| log_look::text(columns, &row.text, &row.fields).width();
            let widest = rows.iter().map(cells).max().unwrap_or(0);
            model
                .logs
                .look
                .scroll(action == Action::ScrollRight, widest);
            Effect::None
        }
        _ => Effect::None,
    }
}

/// Selects a loaded line by its index; near the ends of what is loaded more is fetched.
pub fn to_row(model: &mut Model, index: usize) -> Effect {
    match selected_index(model) {
        Some(at) => step(model, index as isize - at as isize),
        None => Effect::None,
    }
}

fn step(model: &mut Model, by: isize) -> Effect {
    let Some(at) = selected_index(model) else {
        return Effect::None;
    };
    let rows = &model.logs.rows;
    let last = rows.len() - 1;
    let to = at.saturating_add_signed(by).min(last);
    select(model, to);
    let (logs, line) = (&model.logs, model.logs.rows[to].line);
    let wants_more = if by > 0 {
        last - to < NEAR_EDGE && !logs.at_end
    } else {
        to < NEAR_EDGE && !logs.at_start
    };
    if !wants_more || logs.loading {
        return Effect::None;
    }
    let (source, offset) = (line.source, line.offset);
    request(
        model,
        Anchor::Line {
            source,
            line: line.line,
            offset,
            time_ns: Some(line.time_ns),
        },
        true,
    )
}

/// Selects a loaded line; the time cursor goes with it.
fn select(model: &mut Model, index: usize) {
    let line = model.logs.rows[index].line;
    model.logs.selected = Some((line.source, line.offset));
    model.cursor_ns = Some(line.time_ns);
}

/// Searches for what was typed; for nothing: for the same again.
pub fn search(model: &mut Model, pattern: String) {
    if !pattern.is_empty() {
        model.logs.pattern = pattern;
    }
    find(model, true);
}

/// Where a pattern begins in a text, bytes; without capitals in the pattern case does not count.
pub fn position(text: &str, pattern: &str) -> Option<usize> {
    if pattern.is_empty() {
        None
    } else if pattern.chars().any(char::is_uppercase) {
        text.find(pattern)
    } else {
        // ASCII only, so that positions in the lower-case text are those of the text.
        text.to_ascii_lowercase()
            .find(&pattern.to_ascii_lowercase())
    }
}

fn find(model: &mut Model, forward: bool) {
    let (Some(at), logs) = (selected_index(model), &model.logs) else {
        model.message = Some("no lines are loaded".to_owned());
        return;
    };
    if logs.pattern.is_empty() {
        model.message = Some("nothing to search for; / asks for it".to_owned());
        return;
    }
    let hits: Vec<usize> = (0..logs.rows.len())
        .filter(|&i| position(&logs.rows[i].text, &logs.pattern).is_some())
        .collect();
    let next = match forward {
        true => hits
            .iter()
            .position(|&i| i > at)
            .or((!hits.is_empty()).then_some(0)),
        false => hits
            .iter()
            .rposition(|&i| i < at)
            .or(hits.len().checked_sub(1)),
    };
    let where_searched = loaded(model);
    let pattern = &model.logs.pattern;
    model.message = Some(match next {
        Some(n) => format!(
            "{} of {} lines with {pattern:?} among {where_searched}",
            n + 1,
            hits.len()
        ),
        None => format!("{pattern:?} is not in the {where_searched}"),
    });
    if let Some(n) = next {
        select(model, hits[n]);
    }
}

/// `400 loaded lines, 15:30:01 to 15:32:10`.
fn loaded(model: &Model) -> String {
    let (rows, zone) = (&model.logs.rows, model.zone());
    let at = |row: Option<&LogRow>| {
        row.map(|row| clock_time(row.line.time_ns, zone))
            .unwrap_or_default()
    };
    format!(
        "{} loaded lines, {} to {}",
        rows.len(),
        at(rows.first()),
        at(rows.last())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_letters_find_capitals_but_not_the_other_way() {
        assert_eq!(position("Connect ERROR", "error"), Some(8));
        assert_eq!(position("connect error", "ERROR"), None);
        assert_eq!(position("über ERROR", "error"), Some(6));
        assert_eq!(position("anything", ""), None);
    }
}
