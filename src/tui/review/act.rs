//! Keys of the Review screen: move over incidents, choose metric, order and periods, search.

use super::super::keys::Action;
use super::super::model::{Effect, Model, Screen};
use super::super::moves;
use super::super::prompt::{Prompt, Purpose};
use super::page::Page;
use super::{Sort, State, has_table, is_review};
use crate::analysis::review::{Case, Days};

/// Carries out an action on the Review screen.
pub fn act(model: &mut Model, action: Action) -> Effect {
    let half = match &model.review.page {
        Page::Numbers(numbers) => (numbers.rows / 2).max(1) as isize,
        Page::Words => 1,
    };
    if !has_table(model) && is_choice(action) {
        model.message = Some("that needs two incidents or more".to_owned());
        return Effect::None;
    }
    match action {
        Action::Down => step(&mut model.review, 1),
        Action::Up => step(&mut model.review, -1),
        Action::HalfDown => step(&mut model.review, half),
        Action::HalfUp => step(&mut model.review, -half),
        Action::First => step(&mut model.review, isize::MIN),
        Action::Last => step(&mut model.review, isize::MAX),
        Action::NextMetric => metric(&mut model.review, true),
        Action::PreviousMetric => metric(&mut model.review, false),
        Action::Sort => sort(&mut model.review),
        Action::Split => split(model),
        Action::Search => {
            model.prompt = Some(Prompt::new(Purpose::SearchIncidents, &model.review.pattern));
        }
        Action::NextHit => hit(model, true, false),
        Action::PreviousHit => hit(model, false, false),
        Action::Drill => drill(model),
        _ => {}
    }
    Effect::None
}

/// Whether an action on the Review screen is this module's; otherwise it is one on a list.
pub fn takes(model: &Model, action: Action) -> bool {
    has_table(model) || is_choice(action)
}

fn is_choice(action: Action) -> bool {
    matches!(
        action,
        Action::NextMetric
            | Action::PreviousMetric
            | Action::Sort
            | Action::Split
            | Action::Search
            | Action::NextHit
            | Action::PreviousHit
    )
}

/// Why an action is none where only records are open; `None` where it is one.
pub fn refused(model: &Model, action: Action) -> Option<&'static str> {
    if !model.review.alone {
        return None;
    }
    match action {
        Action::Show(screen) if !is_review(screen) && screen != Screen::Help => {
            Some("only records are open: the other screens need logs (rfo LOGS RECORDS)")
        }
        Action::Freeze => Some("nothing arrives that could be held back"),
        _ => None,
    }
}

fn step(state: &mut State, by: isize) {
    let last = state.order.0.len().saturating_sub(1);
    let to = state.place().saturating_add_signed(by).min(last);
    select(state, to);
}

fn select(state: &mut State, place: usize) {
    let Some((board, &case)) = state.board.as_ref().zip(state.order.0.get(place)) else {
        return;
    };
    state.selected = board.review.cases.get(case).map(|case| case.id.clone());
}

/// The next metric of which anything is known, around the end.
fn metric(state: &mut State, forward: bool) {
    let Some((_, at, n)) = state.shown() else {
        return;
    };
    let to = if forward { at + 1 } else { at + n - 1 } % n;
    let told = state.board.as_ref().map(|board| board.told());
    state.metric = told.and_then(|told| Some(told.get(to)?.metric.duration));
}

fn sort(state: &mut State) {
    // What was selected stays so.
    select(state, state.place());
    state.sort = match state.sort {
        Sort::Start => Sort::Metric,
        Sort::Metric => Sort::Start,
    };
}

/// Two periods: all before the selected incident's day, and all from that day on. Once more drops
/// them.
fn split(model: &mut Model) {
    let state = &mut model.review;
    let zone = state.zone();
    let Some((_, case)) = state.case() else {
        return;
    };
    let Some(start) = case.start else {
        model.message = Some("nobody says when it started: no period begins with it".to_owned());
        return;
    };
    let days = Days::around(start.at_ns, zone);
    let is_set = state.split == Some(days);
    state.split = Some(days).filter(|_| !is_set);
    model.message = Some(match is_set {
        true => "the periods are dropped".to_owned(),
        false => format!("compared: --compare {},{}", days.0.typed(), days.1.typed()),
    });
}

/// Into the selected incident.
fn drill(model: &mut Model) {
    let Some((_, case)) = model.review.case() else {
        model.message = Some("there is no incident".to_owned());
        return;
    };
    let id = case.id.clone();
    model.review.selected = Some(id.clone());
    if model.review.alone {
        model.rows.remove(&Screen::Case);
        model.show(Screen::Case);
    } else {
        moves::choose(model, id);
        model.show(Screen::Incident);
    }
}

/// Looks for incidents by title, name or service, from the selected one on.
pub fn search(model: &mut Model, pattern: String) {
    model.review.pattern = pattern;
    hit(model, true, true);
}

fn hit(model: &mut Model, forward: bool, here: bool) {
    let state = &mut model.review;
    let pattern = state.pattern.to_lowercase();
    if pattern.is_empty() {
        model.message = Some("/ searches the titles".to_owned());
        return;
    }
    let Some(board) = state.board.clone() else {
        return;
    };
    let is_hit = |case: &Case| {
        let texts = [&case.title, &case.id, &case.service];
        texts
            .iter()
            .any(|text| text.to_lowercase().contains(&pattern))
    };
    let order = state.order.0.iter().enumerate();
    let hits = order.filter(|&(_, &case)| is_hit(&board.review.cases[case]));
    let hits: Vec<usize> = hits.map(|(place, _)| place).collect();
    let at = state.place();
    let found = match forward {
        true => hits.iter().position(|&hit| hit > at || (here && hit == at)),
        false => hits.iter().rposition(|&hit| hit < at),
    };
    // Around the end.
    let around = if forward {
        0
    } else {
        hits.len().saturating_sub(1)
    };
    let number = found.unwrap_or(around);
    let n = hits.len();
    model.message = Some(match hits.get(number) {
        Some(&place) => {
            select(state, place);
            format!("{} of {n} incidents with \"{}\"", number + 1, state.pattern)
        }
        None => format!(
            "no incident has \"{}\" in title, name or service",
            state.pattern
        ),
    });
}
